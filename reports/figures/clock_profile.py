"""On which weekdays and at which hours work is done: observed beside simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reports.documents.cells import text_cell, value_cell
from reports.documents.document import Column, NativeChart, Picture, Table
from reports.figures.canvas import TEXT_SIZE, dress, new_figure
from reports.figures.palette import ACCENT, GRID, INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PARTS = ("train", "test", "simulated", "low", "high")


def clock_profile_picture(rows: Sequence[Mapping[str, Any]]) -> Picture:
    """Return the profile of the week and of the day.

    Parameters
    ----------
    rows
        As of :func:`mining.validation.curves.clock_shares`.
    """
    cells = [
        (
            text_cell(_label(row)),
            *(value_cell(row[part], "share") for part in _PARTS),
        )
        for row in rows
    ]
    names = ("Training part", "Unseen part", "Simulated", "Lowest run", "Highest run")
    heads = [Column("When"), *(Column(name, True, "share") for name in names)]
    return Picture(
        key="clock-profile",
        title="When work is done: observed and simulated",
        caption="Share of all events on each weekday and in each hour of the day. Bars: the "
        "unseen part of the log; dashes: the part that the model was made from; dots with their "
        "lines: simulated, and the range of the single runs.",
        alternative="Share of events by weekday and by hour, observed and simulated.",
        figure=lambda: _draw(rows),
        data=Table("clock-profile", "Events by weekday and hour", heads, cells, folded=True),
        chart=NativeChart("column", "When", names[:3], "Weekday or hour", "Share of events"),
    )


def _label(row: Mapping[str, Any]) -> str:
    step = int(row["step"])
    return _DAYS[step - 1] if row["part"] == "weekday" else f"{step:02d}:00"


def _draw(rows: Sequence[Mapping[str, Any]]) -> Figure:
    figure = new_figure(9.2, 3.3)
    week, day = figure.subplots(1, 2, width_ratios=(7, 16))
    figure.subplots_adjust(left=0.065, right=0.985, top=0.86, bottom=0.16, wspace=0.16)
    _panel(week, [row for row in rows if row["part"] == "weekday"], "Weekday")
    _panel(day, [row for row in rows if row["part"] == "hour"], "Hour of the day")
    handles, labels = day.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="upper right", ncols=3, frameon=False, fontsize=TEXT_SIZE - 0.5,
        bbox_to_anchor=(0.99, 1.0), labelcolor=INK.light,
    )  # fmt: skip
    return figure


def _panel(axes: Axes, rows: Sequence[Mapping[str, Any]], name: str) -> None:
    places = list(range(len(rows)))
    percent = {part: [100 * float(row[part] or 0.0) for row in rows] for part in _PARTS}
    axes.bar(
        places, percent["test"], width=0.78, color=GRID.light, edgecolor=MUTED.light,
        linewidth=0.6, label="unseen part",
    )  # fmt: skip
    axes.hlines(
        percent["train"], [p - 0.36 for p in places], [p + 0.36 for p in places],
        color=INK.light, linewidth=1.2, linestyles=(0, (2.5, 1.2)), label="training part",
    )  # fmt: skip
    axes.vlines(places, percent["low"], percent["high"], color=ACCENT.light, linewidth=1.6)
    axes.plot(
        places, percent["simulated"], "o", color=ACCENT.light, markersize=4, label="simulated"
    )
    dress(axes, xlabel=name, ylabel="Events, %" if name == "Weekday" else "")
    every = 1 if name == "Weekday" else 3
    axes.set_xticks(places[::every], [_label(row)[:5] for row in rows][::every])
