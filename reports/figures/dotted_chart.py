"""The dotted chart: every event a dot, its case by its time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from mining.dotted_chart import DottedSample
from reports.documents.cells import count_cell, duration_cell, text_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.activity_marks import MOST, OTHER_MARK, Mark, activity_marks
from reports.figures.canvas import TEXT_SIZE, dress, new_figure
from reports.figures.palette import INK
from reports.figures.value_axis import date_ticks, nothing, one_line, value_ticks
from reports.figures.words import brief, counted_noun
from reports.number_text import count_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ORDERS = {
    "start": "first event",
    "end": "last event",
    "duration": "duration",
    "events": "number of events",
}
_LEGEND_POINTS = 165
_FEW_CASES = 10


def dotted_chart(sample: DottedSample) -> Figure:
    """Draw a dotted chart.

    Parameters
    ----------
    sample
        What :func:`mining.dotted_chart.sampled_dotted_chart` gives.
    """
    dots = sample.dots
    # The legend needs its lines even where there are few cases.
    named = min(dots["color"].n_unique(), MOST + 1)
    height = min(5.2, max(0.75 + 0.24 * sample.cases, 0.75 + 0.215 * named, 2.1))
    figure = new_figure(9.2, height)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.085, right=0.715, top=1 - 0.15 / height, bottom=0.6 / height)
    # Where some cases are left out, a dot stands at the place that its case has among all.
    step = sample.cases / max(sample.shown_cases, 1)
    size = 9.0 if dots.height > 600 else 20.0
    for label, mark, some in _layers(dots):
        axes.scatter(
            some["time"].to_numpy(), (some["row"].to_numpy() * step) + 1, s=size,
            marker=mark.marker, color=mark.tone.light, alpha=0.8, linewidths=0,
            label=label,
        )  # fmt: skip
    if dots.height:
        date_ticks(axes, most=7)
        edge = max(0.6, sample.cases * 0.015)
        axes.set_ylim(sample.cases + edge, 1 - edge)
        if dots["time"].n_unique() == 1:
            moment = dots["time"][0]
            axes.set_xlim(moment - timedelta(days=2), moment + timedelta(days=2))
        _legend(axes)
    if sample.cases > _FEW_CASES:
        value_ticks(axes.yaxis, whole=True)
    else:
        axes.set_yticks(range(1, sample.cases + 1))
    dress(
        axes,
        xlabel="Date (company's clock)",
        ylabel=f"Case, by {_ORDERS[sample.order]}",
    )
    if not dots.height:
        nothing(axes, "The log has no events")
    return figure


def dotted_chart_picture(sample: DottedSample, *, key: str = "dotted-chart") -> Picture:
    """Return :func:`dotted_chart` with its numbers."""
    dots = sample.dots
    rank = sample.cases / max(sample.shown_cases, 1)
    rows = [
        (
            text_cell(str(case)),
            count_cell(int(row * rank) + 1),
            Cell(time.isoformat(" ", "minutes"), time, "date"),
            text_cell(color or ""),
            duration_cell(hours),
        )
        for case, row, time, color, hours in dots.select(
            "case", "row", "time", "color", "hours"
        ).iter_rows()
    ]
    columns = (
        Column("Case"),
        Column("Place in the stack", True, "count"),
        Column("Time"),
        Column("Activity"),
        Column("Since the first event", True, "hours"),
    )
    all_shown = dots.height == sample.events
    which = (
        "All cases and events are shown."
        if all_shown
        else f"Shown are {count_text(dots.height)} of {count_text(sample.events)} events, those of "
        f"{count_text(sample.shown_cases)} of {counted_noun(sample.cases, 'case')}, evenly spaced "
        "in the stack: what is rare may be missing, the pattern is not changed."
    )
    return Picture(
        key=key,
        title="When things happened, case by case",
        caption=f"Each dot is an event, each row a case, stacked by {_ORDERS[sample.order]}; "
        f"colour and form tell the activity. {which}",
        alternative=_told(sample),
        figure=lambda: dotted_chart(sample),
        data=Table(key, "Events shown", columns, rows, folded=True, most_rows=30),
        chart=NativeChart(
            "scatter", "Time", ("Place in the stack",), "Date", "Place of the case in the stack"
        ),
    )


def _layers(dots: pl.DataFrame) -> list[tuple[str, Mark, pl.DataFrame]]:
    """Return label, mark and dots of each activity; the rare ones together, drawn first."""
    names = dots["color"].fill_null("")
    counted = names.value_counts().sort(["count", "color"], descending=[True, False])
    order = counted["color"].to_list()
    marks = activity_marks(order)
    layers = [(name, mark, dots.filter(names == name)) for name, mark in marks.items()]
    rest = len(order) - len(marks)
    if rest:
        others = dots.filter(~names.is_in(list(marks)))
        layers.insert(0, (f"{rest} other activities", OTHER_MARK, others))
    return layers


def _legend(axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    legend = axes.legend(
        [*handles],
        [one_line(label, _LEGEND_POINTS, TEXT_SIZE - 1) for label in labels],
        loc="upper left",
        bbox_to_anchor=(1.015, 1.01),
        fontsize=TEXT_SIZE - 1,
        frameon=False,
        markerscale=2.0,
        handletextpad=0.4,
        labelspacing=0.6,
        borderaxespad=0.0,
    )
    for text in legend.get_texts():
        text.set_color(INK.light)
        text.set_parse_math(False)


def _told(sample: DottedSample) -> str:
    dots = sample.dots
    if not dots.height:
        return "The log has no events."
    counted = dots["color"].value_counts().sort(["count", "color"], descending=[True, False])
    first, last = dots.select(first=pl.col("time").min(), last=pl.col("time").max()).row(0)
    names = ", ".join(brief(str(name)) for name in counted["color"].to_list()[:3])
    return (
        f"{counted_noun(sample.events, 'event')} of {counted_noun(sample.cases, 'case')}; those "
        f"shown are from {first:%Y-%m-%d} to {last:%Y-%m-%d}; most frequent: {names}."
    )
