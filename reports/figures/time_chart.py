"""The Time Chart: reaction and cycle time of each item, and their medians week by week."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from mining.flow.items import Items
from mining.flow.time_chart import Chosen, TimeChart, time_chart
from reports.documents.cells import count_cell, text_cell, value_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import TEXT_SIZE, direct_labels, dress, new_figure
from reports.figures.flow_words import (
    counted,
    counting_words,
    day_unit,
    days_text,
    definition_words,
    noun,
    roomy,
    short_days_text,
)
from reports.figures.palette import ACCENT, BAD, GRID, INK, MUTED
from reports.figures.value_axis import date_ticks, nothing, one_line, value_ticks
from reports.number_text import count_text, share_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CHOSEN_WORDS = {"latest": "the last completed", "longest": "the longest"}
_NAME_WIDTH = 96.0
# Fewer than this many items make a median that one of them can move far.
_FEW = 5
_EXPECTED = 85
# Share of the axis that a text above a line takes.
_APART = 0.22
# Column, name, what it means, tone, dash, marker.
_LINES: tuple[tuple[str, str, str, Any, tuple[float, ...], str], ...] = (
    ("cycle_days", "Cycle", "started to done", ACCENT, (), "o"),
    ("reaction_days", "Reaction", "created to started", MUTED, (5, 1.6), "s"),
    ("blocked_days_if_blocked", "Blocked", "of those blocked", BAD, (1.2, 1.4), "^"),
)


def time_chart_figure(chart: TimeChart, what: str = "items") -> Figure:
    """Draw one bar per item: reaction pale, cycle dark, blocked hatched.

    Parameters
    ----------
    chart
        The items.
    what
        What they are called, in the plural.
    """
    count = max(chart.cards.height, 1)
    figure = new_figure(9.2, 1.5 + 0.235 * max(count, 4))
    axes = figure.subplots()
    height = figure.get_figheight()
    figure.subplots_adjust(left=0.17, right=0.93, top=1 - 0.62 / height, bottom=0.55 / height)
    dress(axes, xlabel=f"Time ({day_unit(chart.clock)})", ylabel="")
    axes.grid(visible=False, axis="y")
    axes.grid(axis="x", color=GRID.light, linewidth=0.8)
    if not chart.cards.height:
        nothing(axes, f"No {what} were completed")
        return figure
    rows = np.arange(chart.cards.height)
    reaction, cycle, lead, blocked = (
        chart.cards[name].to_numpy()
        for name in ("reaction_days", "cycle_days", "lead_days", "blocked_days")
    )
    axes.barh(rows, reaction, height=0.66, facecolor=(ACCENT.light, 0.25), edgecolor=ACCENT.light,
              linewidth=0.7, label="reaction: created to started")  # fmt: skip
    axes.barh(rows, cycle, left=reaction, height=0.66, facecolor=ACCENT.light,
              edgecolor=ACCENT.light, linewidth=0.7, label="cycle: started to done")  # fmt: skip
    if blocked.any():
        axes.barh(rows, blocked, height=0.26, facecolor="white", edgecolor=BAD.light,
                  hatch="/////", linewidth=0.7,
                  label="of which blocked (length, not place)")  # fmt: skip
    longest = max(float(lead.max()), chart.p85_lead_days, chart.mean_lead_days)
    for row, days in enumerate(lead):
        axes.annotate(
            short_days_text(float(days), chart.clock), (float(days), row), xytext=(4, 0),
            textcoords="offset points", va="center", fontsize=TEXT_SIZE - 1.5, color=INK.light,
            bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "alpha": 0.85, "linewidth": 0},
        )  # fmt: skip
    axes.set_xlim(0, 1.13 * longest)
    axes.set_ylim(chart.cards.height - 0.4, -0.6)
    axes.set_yticks(
        rows,
        [one_line(name, _NAME_WIDTH, TEXT_SIZE - 1) or "(no name)" for name in chart.cards["name"]],
        fontsize=TEXT_SIZE - 1,
        parse_math=False,
    )
    axes.tick_params(axis="y", length=0, colors=INK.light)
    value_ticks(axes.xaxis, whole=chart.clock == "whole days" and longest > 5)
    _draw_means(axes, chart, longest)
    handles, _ = axes.get_legend_handles_labels()
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.16, 1.0), ncols=3, frameon=False,
        fontsize=TEXT_SIZE - 0.5, labelcolor=INK.light, borderaxespad=0.2,
    )  # fmt: skip
    return figure


def time_chart_weeks(chart: TimeChart, what: str = "items") -> Figure:
    """Draw the medians of reaction, cycle and blocked days by week of completion, and how many.

    Parameters
    ----------
    chart
        The periods; by month where there are too many weeks.
    what
        What the items are called, in the plural.
    """
    figure = new_figure(9.2, 5.0)
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    figure.subplots_adjust(left=0.08, right=0.80, top=0.95, bottom=0.11, hspace=0.16)
    rows = _with_gaps(chart)
    dates = rows["period"].to_numpy()
    labels = []
    for column, name, _, tone, dash, marker in _LINES:
        values = rows[column].cast(pl.Float64).fill_null(math.nan).to_numpy()
        if np.isnan(values).all():
            continue
        axes.plot(dates, values, color=tone.light, linewidth=1.5, dashes=dash or (1, 0))
        number = "blocked_items" if column.startswith("blocked") else "items"
        few = rows[number].fill_null(0).to_numpy() < _FEW
        for chosen, face in ((few, "white"), (~few, tone.light)):
            axes.scatter(dates[chosen], values[chosen], s=15, marker=marker, facecolors=face,
                         edgecolors=tone.light, linewidths=0.9, zorder=3)  # fmt: skip
        last = float(values[~np.isnan(values)][-1])
        labels.append((last, f"{name} {short_days_text(last, chart.clock)}", tone.light))
    width = 5.6 if chart.by == "week" else 24.0
    axes.set_ylim(bottom=0)
    axes.set_ylim(0, 1.05 * axes.get_ylim()[1])
    value_ticks(axes.yaxis)
    dress(axes, xlabel="", ylabel=f"Median ({day_unit(chart.clock)})")
    below.bar(dates, rows["items"].fill_null(0).to_numpy(), width=width,
              color=MUTED.light, alpha=0.55)  # fmt: skip
    value_ticks(below.yaxis, most=4, whole=True)
    dress(below, xlabel=f"{chart.by.capitalize()} of completion (first day)", ylabel="Number (n)")
    if rows.height:
        # Bars stand on the first day of their week or month.
        roomy(axes, rows["period"].to_list(), 9 * width, 0.7 * width)
        date_ticks(axes, most=7)
        direct_labels(axes, labels)
    else:
        nothing(axes, f"No {what} were completed")
        value_ticks(below.yaxis)
    return figure


def time_chart_picture(
    items: Items, chosen: Chosen = "latest", *, key: str = "time-chart"
) -> Picture:
    """Return :func:`time_chart_figure` of some items, with its numbers."""
    chart, what = time_chart(items, chosen), noun(items.case_type)
    unit = day_unit(chart.clock)
    names = ("Reaction", "Cycle", "Lead", "Blocked")
    rows = [
        [text_cell(name), Cell(done.isoformat(), done, "date"), *_durations(values, chart)]
        for name, done, *values in chart.cards.iter_rows()
    ]
    number = count_text(chart.cards.height)
    title = f"Time Chart: {counted(chart.cards.height, what)}, {_CHOSEN_WORDS[chosen]}"
    return Picture(
        key=key,
        title=title,
        caption=" ".join(
            [
                f"{number} of {counted(chart.completed, what, 'completed')}: "
                f"{_CHOSEN_WORDS[chosen]}, the {'latest' if chosen == 'latest' else 'longest'} on "
                "top. Lead time (at the end of the bar) = reaction + cycle. Lines: mean and 85th "
                f"percentile of the lead times of all {count_text(chart.completed)}.",
                *_shared_words(items, chart),
            ]
        ),
        alternative=_told(chart, what),
        figure=lambda: time_chart_figure(chart, what),
        data=Table(
            key,
            title,
            [
                Column("Name"),
                Column("Done"),
                *(Column(name, right=True, unit=unit) for name in names),
            ],
            rows,
            folded=True,
        ),
        chart=NativeChart(
            "bar", "Name", ("Reaction", "Cycle"), what.capitalize(), f"Time ({unit})", stacked=True
        ),
    )


def time_chart_weeks_picture(items: Items, *, key: str = "time-chart-weeks") -> Picture:
    """Return :func:`time_chart_weeks` of some items, with its numbers."""
    chart, what = time_chart(items), noun(items.case_type)
    unit = day_unit(chart.clock)
    head = f"{chart.by.capitalize()} from"
    rows = [
        [
            Cell(row["period"].isoformat(), row["period"], "date"),
            *_durations([row["reaction_days"], row["cycle_days"], row["lead_days"]], chart),
            *_durations([row["blocked_days_if_blocked"]], chart),
            value_cell(row["blocked_share"], "share"),
            count_cell(row["items"]),
        ]
        for row in chart.periods.iter_rows(named=True)
    ]
    names = ("Reaction", "Cycle", "Lead", "Blocked, of those blocked")
    return Picture(
        key=key,
        title=f"Reaction, cycle and blocked time of {what} by {chart.by}",
        caption=" ".join(
            [
                f"Medians of the {what} completed in each {chart.by}; below, how many (n). "
                "Reaction: created to started. Cycle: started to done. Blocked: of those that were "
                f"blocked at all. Hollow marks: fewer than {_FEW} items. Medians do not add up. At "
                "the beginning of a log only short ones can have been completed.",
                *_shared_words(items, chart),
            ]
        ),
        alternative=_weeks_told(chart, what),
        figure=lambda: time_chart_weeks(chart, what),
        data=Table(
            key,
            f"Medians by {chart.by} of completion",
            [
                Column(head),
                *(Column(name, right=True, unit=unit) for name in names),
                Column("Share blocked", right=True, unit="share"),
                Column("Number (n)", right=True, unit="count"),
            ],
            rows,
            folded=True,
            most_rows=40,
        ),
        chart=NativeChart(
            "line", head, ("Reaction", "Cycle", names[3]), f"{chart.by.capitalize()} of completion",
            f"Median ({unit})",
        ),
    )  # fmt: skip


def _draw_means(axes: Any, chart: TimeChart, longest: float) -> None:
    lines = [(chart.mean_lead_days, "mean"), (chart.p85_lead_days, f"{_EXPECTED} %")]
    lines.sort(key=lambda line: line[0])
    for days, name in lines:
        dash = (5.0, 2.0) if name == "mean" else (1.5, 1.5)
        axes.axvline(days, color=INK.light, linewidth=1.0, dashes=dash, zorder=0.5)
    (low, _), (high, _) = lines
    texts = [f"{name} {short_days_text(days, chart.clock)}" for days, name in lines]
    places = [(low, texts[0], "left"), (high, texts[1], "left")]
    if high - low < _APART * longest:
        # Too close for two texts on the same side of their lines.
        places = [(low, texts[0], "right"), (high, texts[1], "left")]
        if low < _APART * longest:
            places = [(low, "  |  ".join(texts), "left")]
    for days, text, side in places:
        axes.annotate(
            text, (days, 1.0), xycoords=axes.get_xaxis_transform(),
            xytext=(3 if side == "left" else -3, 3), textcoords="offset points", ha=side,
            va="bottom", fontsize=TEXT_SIZE - 1, color=INK.light,
        )  # fmt: skip


def _with_gaps(chart: TimeChart) -> pl.DataFrame:
    """Return the periods with an empty row for each in which nothing was completed."""
    rows = chart.periods
    if rows.is_empty():
        return rows
    first, last = rows["period"][0], rows["period"][-1]
    assert isinstance(first, dt.date)
    every = pl.date_range(first, last, "1w" if chart.by == "week" else "1mo", eager=True)
    return pl.DataFrame({"period": every}).join(
        rows, on="period", how="left", maintain_order="left"
    )


def _durations(values: list[float | None], chart: TimeChart) -> list[Cell]:
    unit = day_unit(chart.clock)
    return [Cell(days_text(value, chart.clock), value, unit) for value in values]


def _shared_words(items: Items, chart: TimeChart) -> list[str]:
    said = [definition_words(items), counting_words(chart.clock)]
    if chart.blocks_known and chart.clock == "whole days":
        said.append("Blocked days are elapsed days of 24 hours.")
    if not chart.blocks_known:
        said.append("Blocks are not known in this log.")
    return said


def _told(chart: TimeChart, what: str) -> str:
    if not chart.completed:
        return f"No {what} were completed."
    first = chart.cards.row(0, named=True)
    return (
        f"Bars of {counted(chart.cards.height, what)}, {_CHOSEN_WORDS[chart.chosen]}: the "
        f"first took {days_text(first['lead_days'], chart.clock)}, of which "
        f"{days_text(first['reaction_days'], chart.clock)} of reaction. Lead time of all: mean "
        f"{days_text(chart.mean_lead_days, chart.clock)}, 85 % within "
        f"{days_text(chart.p85_lead_days, chart.clock)}."
    )


def _weeks_told(chart: TimeChart, what: str) -> str:
    if chart.periods.is_empty():
        return f"No {what} were completed."
    full = chart.periods.filter(pl.col("items") >= _FEW)
    rows = full if full.height else chart.periods
    first, last = rows.row(0, named=True), rows.row(-1, named=True)
    share = share_text(last["blocked_share"], 1)
    blocked = (
        f" In the last, {share} of {count_text(last['items'])} had been blocked."
        if chart.blocks_known
        else ""
    )
    return (
        f"Median cycle time goes from {days_text(first['cycle_days'], chart.clock)} in the "
        f"{chart.by} of {first['period']} to {days_text(last['cycle_days'], chart.clock)} in that "
        f"of {last['period']}, median reaction from "
        f"{days_text(first['reaction_days'], chart.clock)} to "
        f"{days_text(last['reaction_days'], chart.clock)}.{blocked}"
    )
