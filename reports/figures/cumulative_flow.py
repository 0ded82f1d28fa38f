"""The cumulative flow diagram: how many items had reached which column, and what is between."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from mining.flow.cumulative_flow import CumulativeFlow, cumulative_flow
from mining.flow.items import Items
from reports.documents.cells import count_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import TEXT_SIZE, direct_labels, dress, new_figure
from reports.figures.flow_words import counted, definition_words, noun
from reports.figures.palette import INK, MUTED, PANEL, PAPER, SERIES, Tone
from reports.figures.value_axis import date_ticks, distinct, nothing, one_line, value_ticks
from reports.number_text import count_text, value_text

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Numbers = npt.NDArray[np.float64]
    Days = npt.NDArray[np.datetime64]

_MOST_DAYS = 1_500
_HATCHES = ("", "////", "....", "\\\\\\\\", "", "xxxx", "||||", "----", "oo")
_NAME_WIDTH = 112.0
# Smaller arrows than these shares of the axes cannot be read.
_SMALLEST = 0.03
# Height of a label and of the axes.
_LABEL_POINTS, _AXES_POINTS = 13.0, 285.0


def cumulative_flow_figure(flow: CumulativeFlow, what: str = "items") -> Figure:
    """Draw one line per column of the board and one for what is done; below them the WIP by day.

    Parameters
    ----------
    flow
        Cumulative counts by day.
    what
        What the items are called, in the plural.
    """
    figure = new_figure(9.2, 6.4)
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    figure.subplots_adjust(left=0.085, right=0.765, top=0.95, bottom=0.09, hspace=0.16)
    days = flow.days.gather_every(_step(flow))
    # The last day is held to its end, or its step could not be seen.
    held = days.tail(1).with_columns(pl.col("date") + pl.duration(days=1))
    days = pl.concat([days, held])
    dates = days["date"].to_numpy()
    lines = [days[f"reached_{place}"].to_numpy().astype(float) for place in range(len(flow.names))]
    styles = _styles(len(lines))
    labels = []
    for place, (line, (tone, hatch)) in enumerate(zip(lines, styles, strict=True)):
        lower = lines[place + 1] if place + 1 < len(lines) else np.zeros_like(line)
        axes.fill_between(
            dates, lower, line, step="post", linewidth=0, hatch=hatch,
            facecolor=(tone.light, 0.32 if tone is not PANEL else 1.0),
            edgecolor=(tone.light, 0.38),
        )  # fmt: skip
        axes.plot(dates, line, drawstyle="steps-post", color=INK.light, linewidth=0.9)
        if line.size:
            # Equal heights stay in the order of the columns.
            middle = (line[-1] + lower[-1]) / 2 - 1e-6 * place * float(lines[0][-1])
            label = f"{one_line(flow.names[place], _NAME_WIDTH)} {count_text(line[-1] - lower[-1])}"
            labels.append((float(middle), label, INK.light))
    axes.margins(x=0)
    # Names of columns that end at the top stack beyond it.
    room = 1 + max(0.04, (_LABEL_POINTS * len(labels) / 2 - 14) / _AXES_POINTS)
    axes.set_ylim(0, max(1.0, room * float(lines[0].max(initial=0.0))))
    axes.set_xlim(axes.get_xlim())
    value_ticks(axes.yaxis, whole=True)
    dress(axes, xlabel="", ylabel=f"{what.capitalize()}, cumulative (number)")
    _annotate(axes, dates, lines[flow.started], lines[-1])
    direct_labels(axes, labels)
    _draw_wip(below, flow, dates, lines)
    if not lines[0].any():
        nothing(axes, f"There are no {what}")
    return figure


def cumulative_flow_picture(items: Items, *, key: str = "cumulative-flow") -> Picture:
    """Return :func:`cumulative_flow_figure` of some items, with its numbers and Little's law."""
    flow, what = cumulative_flow(items), noun(items.case_type)
    names = distinct(("Date", *flow.names, "Work in progress"))
    shown = flow.days.gather_every(_step(flow))
    rows = [
        [Cell(date.isoformat(), date, "date"), *(count_cell(number) for number in numbers)]
        for date, *numbers in shown.iter_rows()
    ]
    return Picture(
        key=key,
        title=_title(flow, what),
        caption=_caption(items, flow, what),
        alternative=_told(flow, what),
        figure=lambda: cumulative_flow_figure(flow, what),
        data=Table(
            key,
            f"Cumulative flow of {what} by the end of each day",
            [Column(names[0]), *(Column(name, right=True, unit="count") for name in names[1:])],
            rows,
            folded=True,
            most_rows=40,
        ),
        chart=NativeChart(
            "line",
            names[0],
            tuple(names[1:-1]),
            "Date",
            f"{what.capitalize()}, cumulative (number)",
        ),
        wide=True,
    )


def _annotate(axes: Axes, dates: Days, started: Numbers, done: Numbers) -> None:
    """Draw WIP as a vertical, approximate cycle time as a horizontal distance, and the slope."""
    if dates.size < 3 or done[-1] <= 0:
        return
    at = _place(started, done)
    height = done[at]
    before = int(np.searchsorted(started, height, side="left"))
    wip, days = started[at] - height, float((dates[at] - dates[before]).astype(float))
    arrow = {"arrowstyle": "<->", "color": INK.light, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    tall, wide = axes.get_ylim()[1], float((dates[-1] - dates[0]).astype(float)) or 1.0
    if wip > _SMALLEST * tall:
        axes.annotate("", (dates[at], started[at]), (dates[at], height), arrowprops=arrow)
    if days > _SMALLEST * wide and height > 0:
        axes.annotate("", (dates[before], height), (dates[at], height), arrowprops=arrow)
    if wip > 0:
        _say(axes, f"WIP {count_text(wip)}", dates[at], height + wip / 2, (7, 0), "left")
    if height > 0 and days > 0:
        told = f"approx. {count_text(days)} {'day' if days == 1 else 'days'}"
        if days > 0.16 * wide:
            _say(
                axes,
                told,
                dates[before] + (dates[at] - dates[before]) / 2,
                height,
                (0, 9),
                "center",
            )
        else:
            _say(axes, told, dates[before], height, (-7, 6), "right")
    # Throughput: the slope of the lowest line up to the moment of the arrows.
    first = int(np.searchsorted(done, 0.25 * height, side="left"))
    run = float((dates[at] - dates[first]).astype(float))
    if run > 0 and done[at] > done[first]:
        axes.plot([dates[first], dates[at]], [done[first], done[at]], color=INK.light,
                  linewidth=1.6, dashes=(1.5, 1.5))  # fmt: skip
        rate = (done[at] - done[first]) / run
        middle = (first + at) // 2
        _say(axes, f"throughput {value_text(rate, 'count')} a day", dates[middle], done[middle],
             (10, -16), "left")  # fmt: skip


def _place(started: Numbers, done: Numbers) -> int:
    """Return where the arrows go: where they are long, but not at the edge."""
    low, high = int(0.35 * done.size), max(int(0.8 * done.size), int(0.35 * done.size) + 1)
    # Where nothing flows any more, distances mean nothing.
    flows = done[low:high] < max(0.97 * float(done[-1]), 1.0)
    wip = np.where(flows, (started - done)[low:high], -1.0)
    return low + int(np.argmax(wip))


def _say(axes: Axes, text: str, x: Any, y: float, away: tuple[float, float], side: str) -> None:
    axes.annotate(
        text, (x, y), xytext=away, textcoords="offset points", ha=side, va="center",
        fontsize=TEXT_SIZE - 0.5, color=INK.light, zorder=6, parse_math=False,
        bbox={"boxstyle": "round,pad=0.2", "facecolor": PAPER.light, "alpha": 0.9, "linewidth": 0},
    )  # fmt: skip


def _draw_wip(axes: Axes, flow: CumulativeFlow, dates: Days, lines: list[Numbers]) -> None:
    total, begun = lines[0] - lines[-1], lines[flow.started] - lines[-1]
    axes.fill_between(dates, 0, begun, step="post", facecolor=(INK.light, 0.12), linewidth=0)
    axes.plot(dates, begun, drawstyle="steps-post", color=INK.light, linewidth=1.4,
              label="started")  # fmt: skip
    ends = {float(begun[-1]): INK.light}
    if flow.started:
        axes.plot(dates, total, drawstyle="steps-post", color=MUTED.light, linewidth=1.2,
                  dashes=(5, 1.6), label="with not started")  # fmt: skip
        ends.setdefault(float(total[-1]), MUTED.light)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0.0, 0.97), ncols=2, frameon=False,
        fontsize=TEXT_SIZE - 0.5, labelcolor=INK.light, borderaxespad=0.1,
    )  # fmt: skip
    axes.margins(x=0)
    axes.set_ylim(0, max(1.0, 1.08 * float(total.max(initial=0.0))))
    value_ticks(axes.yaxis, most=4, whole=True)
    date_ticks(axes, most=7)
    dress(axes, xlabel="Date (end of the day)", ylabel="WIP (number)")
    direct_labels(axes, [(number, count_text(number), tone) for number, tone in ends.items()])


def _styles(count: int) -> list[tuple[Tone, str]]:
    """Return tone and hatch of each band from the top; what is done is plain."""
    bands = [
        (SERIES[place % len(SERIES)], _HATCHES[place % len(_HATCHES)]) for place in range(count - 1)
    ]
    return [*bands, (PANEL, "")]


def _step(flow: CumulativeFlow) -> int:
    return max(1, math.ceil(flow.days.height / _MOST_DAYS))


def _title(flow: CumulativeFlow, what: str) -> str:
    if not flow.days.height:
        return f"Cumulative flow of {what}"
    last = flow.days["wip"][-1]
    return f"Cumulative flow of {what}: {count_text(last)} open at the end"


def _caption(items: Items, flow: CumulativeFlow, what: str) -> str:
    little = flow.little
    said = [
        f"Each line: {what} that had reached the column or gone beyond it by the end of the day; "
        "a line never falls. An item that goes back stays in the furthest column it has reached.",
        "Vertical arrow: work in progress (WIP), started and not done. Horizontal arrow: "
        "approximate average cycle time up to that day (drawn where long enough). Dotted slope: "
        "throughput.",
        "Parallel lines: a stable flow.",
    ]
    if flow.cancelled:
        said.append(f"{count_text(flow.cancelled)} cancelled items leave as the completed do.")
    if _step(flow) > 1:
        said.append(f"Every {_step(flow)}th day is drawn.")
    if little.days > 0 and little.mean_days == little.mean_days:
        product = little.throughput * little.mean_days
        said.append(
            f"Little's law over {value_text(little.days, 'days')}, creation to end, elapsed time: "
            f"mean WIP {value_text(little.mean_wip, 'count')} = throughput "
            f"{value_text(little.throughput, 'count')} a day x mean "
            f"{value_text(little.mean_days, 'days')} = {value_text(product, 'count')}, residual "
            f"{value_text(little.residual, 'count')}: what is open at the edges of the window."
        )
    said.append(definition_words(items))
    return " ".join(said)


def _told(flow: CumulativeFlow, what: str) -> str:
    if not flow.days.height:
        return f"There are no {what}."
    first, last = flow.days.row(0, named=True), flow.days.row(-1, named=True)
    counts = ", ".join(
        f"{one_line(name, 400)} {count_text(last[f'reached_{place}'])}"
        for place, name in enumerate(flow.names)
    )
    return (
        f"Cumulative flow of {what} from {first['date']} to {last['date']}. At the end had "
        f"reached: {counts}; {counted(last['wip'], what, 'open')}."
    )
