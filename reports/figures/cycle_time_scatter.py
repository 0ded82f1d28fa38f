"""The cycle-time scatter plot: each finished item by its date, with percentile lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mining.flow.cycle_time import CycleTimes, cycle_times
from mining.flow.items import Items
from reports.documents.cells import count_cell, text_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import TEXT_SIZE, direct_labels, dress, new_figure
from reports.figures.flow_words import (
    counted,
    counting_words,
    day_unit,
    days_text,
    definition_words,
    is_skewed,
    logarithmic,
    noun,
    roomy,
    short_days_text,
)
from reports.figures.palette import ACCENT, BAD, INK
from reports.figures.value_axis import date_ticks, nothing, value_ticks
from reports.number_text import count_text, share_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The share that service level expectations are usually given for.
_EXPECTED = 85
# Below it, the 95th percentile is the longest item.
_ENOUGH = 20
_DOT, _LARGEST_DOT = 11.0, 150.0
_LEAST_DAYS = 0.01


def cycle_time_scatter(times: CycleTimes, what: str = "items") -> Figure:
    """Draw finished items by date of completion and cycle time.

    Parameters
    ----------
    times
        The points and percentiles.
    what
        What the items are called, in the plural.
    """
    figure = new_figure(9.2, 4.6)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.08, right=0.83, top=0.91, bottom=0.13)
    dress(axes, xlabel="Completed on", ylabel=f"Cycle time ({day_unit(times.clock)})")
    if not times.points.height:
        value_ticks(axes.yaxis)
        nothing(axes, f"No {what} were completed")
        return figure
    _draw_points(axes, times)
    values = times.points["days"].to_numpy()
    longest = float(values.max())
    axes.set_ylim(0, 1.06 * max(longest, max(times.percentiles.values(), default=0), 1e-9))
    if is_skewed(longest, times.percentiles.get(95, 0.0)):
        positive = values[values > 0]
        logarithmic(axes, 0.8 * max(float(positive.min()), _LEAST_DAYS))
    else:
        value_ticks(axes.yaxis, whole=times.clock == "whole days")
    roomy(axes, times.points["date"].to_list(), 7)
    date_ticks(axes)
    for percentage, days in times.percentiles.items():
        axes.axhline(days, color=INK.light, linewidth=1.1 if percentage == _EXPECTED else 0.8,
                     dashes=(5, 2.2), zorder=3)  # fmt: skip
    direct_labels(
        axes,
        [
            (days, f"{percentage} %  {short_days_text(days, times.clock)}", INK.light)
            for percentage, days in times.percentiles.items()
        ],
    )
    return figure


def cycle_time_scatter_picture(items: Items, *, key: str = "cycle-time-scatter") -> Picture:
    """Return :func:`cycle_time_scatter` of some items, with its numbers."""
    times, what = cycle_times(items), noun(items.case_type)
    unit = day_unit(times.clock)
    expected = times.percentiles.get(_EXPECTED)
    title = f"Cycle time of completed {what}"
    if expected is not None:
        title += f": {_EXPECTED} % took at most {days_text(expected, times.clock)}"
    rows = [
        [
            Cell(date.isoformat(), date, "date"),
            Cell(days_text(days, times.clock), days, unit),
            text_cell("yes" if blocked else "no"),
            count_cell(number),
            text_cell(name or ""),
        ]
        for date, days, blocked, number, name in times.points.select(
            "date", "days", "was_blocked", "items", "name"
        ).iter_rows()
    ]
    lines = [
        [
            text_cell(f"{percentage} % took at most"),
            Cell(days_text(days, times.clock), days, unit),
            text_cell(""),
            count_cell(times.completed),
            text_cell(""),
        ]
        for percentage, days in times.percentiles.items()
    ]
    return Picture(
        key=key,
        title=title,
        caption=_caption(items, times, what),
        alternative=_told(times, what),
        figure=lambda: cycle_time_scatter(times, what),
        data=Table(
            key,
            f"Cycle times of completed {what}",
            [
                Column("Completed on"),
                Column("Cycle time", right=True, unit=unit),
                Column("Blocked"),
                Column("Number", right=True, unit="count"),
                Column("One of them"),
            ],
            [*lines, *rows],
            groups=((0, "Percentiles"), (len(lines), "Drawn")) if rows else (),
            folded=True,
            most_rows=40,
        ),
        chart=NativeChart(
            "scatter", "Completed on", ("Cycle time",), "Completed on", f"Cycle time ({unit})"
        ),
        wide=True,
    )


def _draw_points(axes: Axes, times: CycleTimes) -> None:
    points = times.points
    blocked = points["was_blocked"].to_numpy()
    dates = points["date"].to_numpy()
    days = np.maximum(points["days"].to_numpy(), _LEAST_DAYS)
    sizes = np.minimum(_DOT * points["items"].to_numpy(), _LARGEST_DOT)
    drawn = (
        (
            ~blocked,
            "o",
            ACCENT.light,
            0.45,
            "no block recorded" if times.blocks_known else "completed",
        ),
        (blocked, "^", BAD.light, 0.85, "blocked at least once"),
    )
    numbers = (times.completed - times.blocked, times.blocked)
    for (chosen, marker, colour, alpha, label), number in zip(drawn, numbers, strict=True):
        if chosen.any():
            axes.scatter(
                dates[chosen],
                days[chosen],
                s=sizes[chosen],
                marker=marker,
                facecolors=colour if marker == "o" else "none",
                edgecolors="none" if marker == "o" else colour,
                linewidths=0.0 if marker == "o" else 0.9,
                alpha=alpha,
                label=f"{label} ({count_text(number)})",
            )
    legend = axes.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, frameon=False,
        fontsize=TEXT_SIZE - 0.5, handletextpad=0.3, labelcolor=INK.light, borderaxespad=0.1,
    )  # fmt: skip
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_sizes([28.0])  # type: ignore[attr-defined]


def _caption(items: Items, times: CycleTimes, what: str) -> str:
    size = "Dots on the same place are one, larger with their number."
    if times.every > 1:
        size += f" Every {times.every}th of them by completion is drawn, the lines are of all."
    said = [
        f"Each dot: one of {counted(times.completed, what, 'completed')}. {size}",
        "Cycle time: started to done.",
        definition_words(items),
        counting_words(times.clock),
        "Dashed: so many percent took at most that long.",
        f"Not in it: {count_text(times.still_open)} open"
        + (f", {count_text(times.cancelled)} cancelled" if times.cancelled else "")
        + ".",
    ]
    if (times.points["days"] < _LEAST_DAYS).any():
        said.append(f"Shorter times than {_LEAST_DAYS:g} days are drawn there.")
    if 0 < times.completed < _ENOUGH:
        said.append(f"Fewer than {_ENOUGH}: the upper percentiles say little.")
    if not times.blocks_known:
        said.append("Blocks are not known in this log.")
    return " ".join(said)


def _told(times: CycleTimes, what: str) -> str:
    if not times.completed:
        return f"No {what} were completed."
    lines = ", ".join(
        f"{percentage} % within {days_text(days, times.clock)}"
        for percentage, days in times.percentiles.items()
    )
    share = share_text(times.blocked / times.completed, 1)
    blocked = f" {share} were blocked at least once." if times.blocks_known else ""
    return (
        f"Scatter plot of {counted(times.completed, what, 'completed')} by date and cycle time: "
        f"{lines}.{blocked}"
    )
