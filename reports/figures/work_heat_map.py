"""Work and waiting of each role by hour of the week, as heat maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.grouping import Floats
from mining.work_profile import HOURS_PER_WEEK, WorkProfile
from reports.documents.cells import count_cell, text_cell, value_cell
from reports.documents.document import Column, Picture, Table
from reports.figures.canvas import TEXT_SIZE, dress, new_figure
from reports.figures.palette import ACCENT, BAD, GRID, INK, MUTED, PAPER, Tone
from reports.figures.value_axis import nothing, one_line
from reports.figures.words import brief, counted_noun
from reports.number_text import Scale, scale_of, share_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ROW_INCHES, _FRAME_INCHES, _FOOT_INCHES = 0.235, 0.5, 0.45
_NAME_POINTS = 172
# A row that hardly changes has no pattern that shades could show. A convention.
_EVEN = 0.9


def work_heat_map(profile: WorkProfile) -> Figure:
    """Draw one map for what is done, one for what is in hand where known, one for what waits.

    Where the people are known, what is in hand is drawn as a share of them: how busy they are.

    Parameters
    ----------
    profile
        What :func:`mining.work_profile.work_profile` gives.
    """
    panels = _panels(profile)
    rows = max(profile.groups.height, 1)
    height = len(panels) * (rows * _ROW_INCHES + _FRAME_INCHES) + _FOOT_INCHES
    figure = new_figure(9.2, height)
    grid = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
    figure.subplots_adjust(
        left=0.27,
        right=0.815,
        top=1 - 0.36 / height,
        bottom=(_FOOT_INCHES + 0.1) / height,
        hspace=_FRAME_INCHES / (rows * _ROW_INCHES),
    )
    for place, (axes, (column, title, tone)) in enumerate(zip(grid, panels, strict=True)):
        last = place == len(panels) - 1
        label = "Hour of the week (company's clock; each day from 0 to 24 h)" if last else ""
        dress(axes, xlabel=label, ylabel="", title=title)
        if profile.hours.is_empty():
            nothing(axes, "The log has no events")
            continue
        _draw(axes, profile, column, tone)
    return figure


def work_heat_map_picture(profile: WorkProfile, *, key: str = "work-heat-map") -> Picture:
    """Return :func:`work_heat_map` with its numbers."""
    measures = [column for column, *_ in _panels(profile)]
    heads = {
        "done": ("Done per hour", "events"),
        "in_hand": ("In hand", "events"),
        "busy": ("Busy", "share"),
        "waiting": ("Waiting", "cases"),
    }
    columns = (
        Column(profile.by.capitalize()),
        Column("Day"),
        Column("Hour", True, "count"),
        *(Column(heads[column][0], True, heads[column][1]) for column in measures),
    )
    rows = [
        (
            text_cell(group),
            text_cell(_DAYS[weekday - 1]),
            count_cell(hour),
            *(
                value_cell(value, "share" if column == "busy" else "count")
                for column, value in zip(measures, values, strict=True)
            ),
        )
        for group, weekday, hour, *values in profile.hours.select(
            "group", "weekday", "hour", *measures
        ).iter_rows()
    ]
    waiting = (
        "Waiting: mean number of cases between the completion of a step and the start of the next "
        "one, counted at whom the next one belongs to; a queue and an agreed day look the same."
        if profile.has_starts
        else "Waiting: mean number of cases between the completion of a step and that of the next "
        "one, counted at whom the next one belongs to; the log has no starts, so the work itself "
        "is in it, and so are agreed days."
    )
    in_hand = ""
    if "busy" in measures:
        in_hand = (
            " Busy: mean number of tasks begun and not completed, by the people of the role; a "
            "task that waits for the next morning counts as begun. Only roles with people are "
            "shown."
        )
    elif profile.has_starts:
        in_hand = " In hand: mean number of events begun and not completed, nights included."
    weeks = counted_noun(max(round(profile.weeks), 1), "week")
    parts = int(profile.groups["parts"].sum()) if profile.groups.height else 0
    summed = " The smallest are summed up." if parts > profile.groups.height else ""
    return Picture(
        key=key,
        title=f"The week by {profile.by}: work done and work waiting",
        caption=f"Means over {weeks}, by hour of the week. Done: "
        f"events completed in an hour.{in_hand} {waiting} Each row is shaded from 0 to its own "
        "peak, which stands beside it; what waits is shaded from the row's lowest hour to its "
        "highest, both beside it with the hour of the highest, and left pale (even) where the "
        f"lowest is at least {share_text(_EVEN)} of the highest.{summed}",
        alternative=_told(profile),
        figure=lambda: work_heat_map(profile),
        data=Table(key, "Means by hour of the week", columns, rows, folded=True, most_rows=24),
    )


def _panels(profile: WorkProfile) -> list[tuple[str, str, Tone]]:
    panels = [("done", "Done: events completed per hour", ACCENT)]
    if profile.hours["busy"].null_count() < profile.hours.height:
        panels.append(("busy", "Busy: tasks in hand per person (mean)", ACCENT))
    elif profile.has_starts:
        panels.append(("in_hand", "In hand: events begun and not completed (mean)", ACCENT))
    what = "Waiting: cases" if profile.has_starts else "Waiting or being worked on: cases"
    return [*panels, ("waiting", f"{what} before the next step (mean)", BAD)]


def _draw(axes: Axes, profile: WorkProfile, column: str, tone: Tone) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    names = profile.groups["group"].to_list()
    values = profile.hours[column].to_numpy().reshape(len(names), HOURS_PER_WEEK)
    peaks = np.nanmax(np.where(np.isnan(values), 0.0, values), axis=1)
    lows = _lows(values, column)
    shades = (values - lows[:, None]) / np.where(peaks > lows, peaks - lows, 1.0)[:, None]
    shades[_even(values, column)] = 0.0
    shading = LinearSegmentedColormap.from_list("shades", [PAPER.light, tone.light])
    colours = shading.with_extremes(bad=GRID.light)
    axes.grid(visible=False)
    axes.imshow(
        np.ma.masked_invalid(shades), cmap=colours, vmin=0, vmax=1, aspect="auto",
        interpolation="nearest", extent=(0, HOURS_PER_WEEK, len(names), 0),
    )  # fmt: skip
    for day in range(1, 7):
        axes.axvline(24 * day, color=MUTED.light, linewidth=0.7, zorder=3)
    for row in range(1, len(names)):
        axes.axhline(row, color=PAPER.light, linewidth=1.2)
    axes.set_xticks([24 * day + 12 for day in range(7)], list(_DAYS))
    axes.set_xticks([6 * k for k in range(29)], minor=True)
    axes.tick_params(axis="x", which="major", length=0, pad=5)
    axes.tick_params(axis="x", which="minor", length=2.5, color=MUTED.light)
    size = TEXT_SIZE - 1
    axes.set_yticks(
        [row + 0.5 for row in range(len(names))],
        [one_line(name, _NAME_POINTS, size) for name in names],
        fontsize=size,
    )
    axes.tick_params(axis="y", length=0)
    for label in axes.get_yticklabels():
        label.set_color(INK.light)
        label.set_parse_math(False)
    for row, peak in enumerate(peaks):
        axes.annotate(
            _peak(values[row], float(lows[row]), float(peak), column), (1.0, row + 0.5), (6, 0),
            xycoords=axes.get_yaxis_transform(), textcoords="offset points", va="center",
            fontsize=size, color=INK.light, parse_math=False,
        )  # fmt: skip


def _peak(values: Floats, low: float, peak: float, column: str) -> str:
    """Return the largest value of a row and its hour; of what waits from the smallest on."""
    if peak <= 0:
        return "none"
    slot = int(np.nanargmax(values))
    if column == "busy":
        number = share_text(peak)
    else:
        # One decimal throughout, unless that would say 0.0.
        scale = Scale(1.0, 1) if 0.05 <= peak < 100 else scale_of("count", peak)
        number = scale.number(peak)
        if column == "waiting":
            if low >= _EVEN * peak:
                return f"{scale.number(low)} to {number}, even"
            return f"{scale.number(low)} to {number}, {_DAYS[slot // 24]} {slot % 24:02d} h"
    return f"peak {number}, {_DAYS[slot // 24]} {slot % 24:02d} h"


def _lows(values: Floats, column: str) -> Floats:
    """Return where the shades of each row begin: at what always waits, elsewhere at 0."""
    if column != "waiting":
        return np.zeros(len(values))
    lows: Floats = np.min(np.where(np.isnan(values), np.inf, values), axis=1)
    return np.where(np.isfinite(lows), lows, 0.0)


def _even(values: Floats, column: str) -> npt.NDArray[np.bool_]:
    """Return which rows have no pattern over the week."""
    peaks = np.max(np.where(np.isnan(values), 0.0, values), axis=1)
    even: npt.NDArray[np.bool_] = (_lows(values, column) >= _EVEN * peaks) & (peaks > 0)
    return even


def _told(profile: WorkProfile) -> str:
    if profile.hours.is_empty():
        return "The log has no events."
    parts = []
    for column, what in (("done", "done per hour"), ("waiting", "waiting")):
        known = profile.hours.filter(pl.col(column).is_not_nan()).sort(column, descending=True)
        group, weekday, hour, value = known.select("group", "weekday", "hour", column).row(0)
        number = scale_of("count", value).number(value)
        parts.append(
            f"most {what}: {brief(group)}, {number} on {_DAYS[weekday - 1]} at {hour:02d} h"
        )
    groups = counted_noun(profile.groups.height, "group")
    return f"The week of {groups} by {profile.by}; {'; '.join(parts)}."
