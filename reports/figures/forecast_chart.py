"""Forecast chart: a burn-up of finished work and scope, and the fan of what may come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mining.flow.burn_up import BurnUp
from mining.flow.forecast import (
    MOST_DAYS,
    OPTIMISTIC,
    PESSIMISTIC,
    TYPICAL,
    Forecast,
)
from reports.documents.cells import text_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import TEXT_SIZE, direct_labels, drawable, dress, new_figure
from reports.figures.flow_words import counted
from reports.figures.forecast_words import basis_text, coverage_text
from reports.figures.palette import ACCENT, INK, MUTED, PAPER
from reports.figures.value_axis import value_ticks
from reports.number_text import count_text, share_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mining.flow.backtest import Coverage
    from mining.flow.throughput import Counts

_MOST_POINTS = 400
_CASES = (("optimistic", OPTIMISTIC), ("typical", TYPICAL), ("pessimistic", PESSIMISTIC))


@dataclass(frozen=True, slots=True)
class _Lines:
    """What is drawn: days after the as-of date, and counts since the history began."""

    past_days: Counts
    scope: Counts
    finished: Counts
    future_days: Counts
    low: Counts
    middle: Counts
    high: Counts


def forecast_chart_picture(
    history: BurnUp, forecast: Forecast, noun: str = "items", *, coverage: Coverage | None = None
) -> Picture:
    """Return the burn-up chart with its forecast.

    Parameters
    ----------
    history
        Scope and finished work; its last day is the forecast's as-of date.
    forecast
        Of the work that is open then.
    noun
        What the items are called, in the plural.
    coverage
        How often such forecasts held in the past, for the caption.
    """
    said = _cases_text(forecast)
    typical = forecast.when(TYPICAL)
    work, be = counted(forecast.remaining, noun, "open"), "is" if forecast.remaining == 1 else "are"
    title = (
        f"Forecast of the {work}: cannot be said"
        if forecast.problem
        else f"The {work} {be} typically finished by {typical or 'a day beyond ten years'}"
    )
    caption = (
        f"Counted from {history.first}: scope is what was open then and what has come since, as "
        f"known on {forecast.as_of} (later arrivals are left out); the distance between the lines "
        "is the open work. "
    )
    if forecast.problem:
        caption += forecast.problem
    else:
        caption += (
            f"Fan: from {share_text(OPTIMISTIC)} to {share_text(PESSIMISTIC)} likelihood, dashed "
            f"the middle. {said} {basis_text(forecast)} {coverage_text(coverage)}"
        )
    return Picture(
        key="forecast-chart",
        title=title,
        caption=caption.strip(),
        alternative=f"Burn-up chart of {work} on {forecast.as_of}. {forecast.problem or said}",
        figure=lambda: forecast_chart(history, forecast, noun),
        data=_table(history, forecast, noun),
        chart=NativeChart(
            "line",
            "Day",
            ("Scope", "Finished", "Pessimistic", "Typical", "Optimistic"),
            "Day",
            f"{noun[:1].upper()}{noun[1:]}",
        ),
        wide=True,
    )


def forecast_chart(history: BurnUp, forecast: Forecast, noun: str = "items") -> Figure:
    """Draw scope, finished work and the fan until the pessimistic day.

    Parameters
    ----------
    history, forecast, noun
        As for :func:`forecast_chart_picture`.
    """
    lines = _lines(history, forecast)
    figure = new_figure(9.2, 4.8)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.085, right=0.86, top=0.93, bottom=0.14)
    if not lines.past_days.size:
        axes.remove()
        figure.text(
            0.5, 0.5, "No day to show.", ha="center", color=MUTED.light, fontsize=TEXT_SIZE + 1
        )
        return figure
    scope, ends = int(lines.scope[-1]), [(float(lines.scope[-1]), "Scope", INK.light)]
    axes.plot(lines.past_days, lines.scope, color=INK.light, linewidth=1.6)
    axes.plot(lines.past_days, lines.finished, color=ACCENT.light, linewidth=2.2)
    if lines.future_days.size:
        last = int(lines.future_days[-1])
        axes.plot([0, last], [scope, scope], color=INK.light, linewidth=1.4, dashes=(1.2, 1.4))
        axes.fill_between(
            lines.future_days, lines.low, lines.high, facecolor=ACCENT.light, alpha=0.18,
            linewidth=0,
        )  # fmt: skip
        for edge in (lines.low, lines.high):
            axes.plot(lines.future_days, edge, color=ACCENT.light, linewidth=0.8)
        axes.plot(
            lines.future_days, lines.middle, color=ACCENT.light, linewidth=1.8, dashes=(5, 1.6)
        )
        if forecast.remaining:
            ends[0] = (float(scope), "Scope today", INK.light)
    done_now = float(lines.finished[-1])
    axes.margins(x=0)
    most = max(scope, 1)
    _mark_cases(axes, forecast, scope, most)
    axes.set_xlim(float(lines.past_days[0]), _right(lines))
    axes.set_ylim(0, most * (1.36 if lines.future_days.size and forecast.remaining else 1.15))
    _today(axes, forecast.as_of, lines)
    dress(axes, xlabel="Day", ylabel=f"{noun[:1].upper()}{noun[1:]} since {history.first}")
    _ticks(axes, forecast.as_of)
    if lines.future_days.size:
        direct_labels(axes, [*ends, (float(lines.middle[-1]), "Forecast", ACCENT.light)])
        _note_finished(axes, lines)
    else:
        direct_labels(axes, [*ends, (done_now, "Finished", ACCENT.light)])
    if forecast.problem:
        axes.set_title(
            drawable(forecast.problem), loc="left", fontsize=TEXT_SIZE, color=INK.light,
            parse_math=False,
        )  # fmt: skip
    return figure


def _lines(history: BurnUp, forecast: Forecast) -> _Lines:
    size = history.scope.size
    past = _sampled(size)
    done = int(history.finished[-1]) if size else 0
    scope = done + forecast.remaining
    fan = forecast.fan[:, : _shown_days(forecast)]
    future = _sampled(fan.shape[1])
    # From today's point, so that the fan hangs on the line.
    rows = [
        np.concatenate([[done], np.minimum(done + row[future], scope)]) if future.size else row[:0]
        for row in fan
    ]
    days = np.concatenate([[0], future + 1]) if future.size else future
    return _Lines(past - size + 1, history.scope[past], history.finished[past], days, *rows)


def _shown_days(forecast: Forecast) -> int:
    """Return how far the fan is drawn: until the pessimistic day, and a little more."""
    if forecast.problem:
        return 0
    days = np.sort(forecast.days_needed)[int(np.ceil(PESSIMISTIC * forecast.trials - 1e-9)) - 1]
    if days > MOST_DAYS:
        return int(forecast.fan.shape[1])
    return int(min(forecast.fan.shape[1], max(days + 1 + days // 12, 3)))


def _sampled(size: int) -> Counts:
    """Return at most 400 places of *size*, evenly, the first and the last among them."""
    if size <= _MOST_POINTS:
        return np.arange(size)
    return np.unique(np.linspace(0, size - 1, _MOST_POINTS).round().astype(np.int64))


def _right(lines: _Lines) -> float:
    if not lines.future_days.size:
        return float(max(1, -lines.past_days[0] // 12))
    return float(lines.future_days[-1])


def _mark_cases(axes: Axes, forecast: Forecast, scope: int, most: int) -> None:
    """Mark where the fan reaches the scope line, each name in a row of its own."""
    if forecast.problem or not forecast.remaining:
        return
    for row, (word, share) in enumerate(_CASES):
        day = forecast.when(share)
        if day is None:
            continue
        at, height = (day - forecast.as_of).days, most * (1.29 - 0.085 * row)
        axes.plot([at, at], [scope, height], color=MUTED.light, linewidth=0.9)
        axes.plot([at], [scope], marker="D", markersize=5, color=INK.light)
        axes.annotate(
            drawable(f"{word} ({share_text(share)})  {day}"), (at, height), xytext=(-5, 0),
            textcoords="offset points", ha="right", va="center", fontsize=TEXT_SIZE - 0.5,
            color=INK.light, parse_math=False,
            bbox={"facecolor": PAPER.light, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip


def _today(axes: Axes, as_of: dt.date, lines: _Lines) -> None:
    axes.axvline(0, color=MUTED.light, linewidth=1.0, dashes=(4, 2))
    left = -float(lines.past_days[0]) > _right(lines)
    axes.annotate(
        f"as of {as_of}", (0, 0), xycoords=("data", "axes fraction"),
        xytext=(-5 if left else 5, 6), textcoords="offset points",
        ha="right" if left else "left", fontsize=TEXT_SIZE - 0.5, color=MUTED.light,
        bbox={"facecolor": PAPER.light, "edgecolor": "none", "pad": 1.0},
    )  # fmt: skip


def _note_finished(axes: Axes, lines: _Lines) -> None:
    """Name the finished line near its middle, below it, where the fan cannot be."""
    middle = len(lines.past_days) // 2
    axes.annotate(
        "Finished", (float(lines.past_days[middle]), float(lines.finished[middle])),
        xytext=(6, -5), textcoords="offset points", ha="left", va="top", fontsize=TEXT_SIZE,
        color=ACCENT.light,
    )  # fmt: skip


def _ticks(axes: Axes, as_of: dt.date) -> None:
    low, high = axes.get_xlim()
    step = max(1, -(-int(high - low) // 6))
    if step > 3:
        step = -(-step // 7) * 7
    first = -(int(-low) // step) * step
    ticks = [tick for tick in range(first, int(high) + 1, step) if low <= tick <= high]
    axes.set_xticks(ticks, [str(as_of + dt.timedelta(days=tick)) for tick in ticks])
    value_ticks(axes.yaxis, whole=True)


def _cases_text(forecast: Forecast) -> str:
    words = (
        f"{word} ({share_text(share)}) {forecast.when(share) or 'beyond what was drawn'}"
        for word, share in _CASES
    )
    return f"All finished: {', '.join(words)}."


def _table(history: BurnUp, forecast: Forecast, noun: str) -> Table:
    lines = _lines(history, forecast)
    none = text_cell("")
    scope = int(lines.scope[-1]) if lines.scope.size else 0

    def number(value: int) -> Cell:
        return Cell(count_text(value), int(value), "count")

    def day(days: int) -> Cell:
        date = forecast.as_of + dt.timedelta(days=int(days))
        return Cell(str(date), date)

    rows = [
        (day(at), number(all_of), number(done), none, none, none)
        for at, all_of, done in zip(lines.past_days, lines.scope, lines.finished, strict=True)
    ]
    rows += [
        (day(at), number(scope), none, number(low), number(middle), number(high))
        for at, low, middle, high in zip(
            lines.future_days[1:], lines.low[1:], lines.middle[1:], lines.high[1:], strict=True
        )
    ]
    heads = ("Scope", "Finished", "Pessimistic", "Typical", "Optimistic")
    return Table(
        "forecast-chart",
        f"Scope and finished {noun} by day, then the forecast",
        (Column("Day"), *(Column(name, True, "count") for name in heads)),
        rows,
        folded=True,
        most_rows=40,
    )
