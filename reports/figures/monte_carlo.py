"""Monte Carlo forecasts: when the open work is finished, and how much is by a date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mining.flow.forecast import MOST_DAYS, SHARES, Forecast
from reports.documents.cells import count_cell, value_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import TEXT_SIZE, drawable, dress, new_figure
from reports.figures.flow_words import counted
from reports.figures.forecast_words import basis_text, coverage_text
from reports.figures.palette import BAD, GOOD, INK, MUTED, PAPER, SERIES, Tone
from reports.figures.text_fit import wrapped
from reports.figures.value_axis import value_ticks
from reports.number_text import count_text, share_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mining.flow.backtest import Coverage

_MOST_BARS = 40
_SIZE = (9.2, 4.4)
# Below, between, above: colour and pattern say the same.
_LIKELY: tuple[tuple[float, Tone, str, float], ...] = (
    (0.85, GOOD, "", 1.0),
    (0.50, SERIES[4], "....", 0.35),
    (0.00, BAD, "////", 0.0),
)


@dataclass(frozen=True, slots=True)
class _Bar:
    """Trials with an outcome from *low* to *high*, both included, and the likelihood it stands for.

    Days after the as-of date for "when", items for "how many".
    """

    low: int
    high: int
    trials: int
    likelihood: float


def monte_carlo_when_picture(
    forecast: Forecast, noun: str = "items", *, coverage: Coverage | None = None
) -> Picture:
    """Return the histogram of the day on which everything that remains is finished.

    Parameters
    ----------
    forecast
        The trials.
    noun
        What the items are called, in the plural.
    coverage
        How often such forecasts held in the past, for the caption.
    """
    said = forecast.when(0.85)
    work = counted(forecast.remaining, noun)
    title = (
        f"When the open {noun} are finished: cannot be said"
        if forecast.problem
        else f"{work}: with 85 % likelihood finished by {_day(said)}"
    )
    caption = (
        forecast.problem
        if forecast.problem
        else f"Bars: share of trials in which the last of the {work} remaining on "
        f"{forecast.as_of} is finished on that day{_width_words(_when_bars(forecast), 'days')}. "
        f"Finished by: {_shares_text(forecast, when=True)}. {_late_words(forecast)}"
        f"{basis_text(forecast)} {coverage_text(coverage)}"
    ).strip()
    return Picture(
        key="monte-carlo-when",
        title=title,
        caption=caption,
        alternative=forecast.problem
        or f"Histogram of finishing dates of {work}: {_shares_text(forecast, when=True)}.",
        figure=lambda: monte_carlo_when(forecast),
        data=_when_table(forecast, noun),
        chart=NativeChart(
            "column", "Finished until", ("Share of trials",), "Finished until (date)", "Trials, %"
        ),
        wide=True,
    )


def monte_carlo_how_many_picture(
    forecast: Forecast, noun: str = "items", *, coverage: Coverage | None = None
) -> Picture:
    """Return the histogram of how many items are finished until the forecast's date.

    Parameters
    ----------
    forecast, noun, coverage
        As for :func:`monte_carlo_when_picture`.
    """
    least = forecast.at_least(0.85)
    title = (
        f"How many {noun} until {forecast.until}: cannot be said"
        if forecast.problem or least is None
        else f"Until {forecast.until}: with 85 % likelihood at least {count_text(least)} {noun}"
    )
    caption = (
        forecast.problem
        if forecast.problem
        else f"Bars: share of trials with that number of {noun} finished after {forecast.as_of} "
        f"and until {forecast.until}{_width_words(_count_bars(forecast), noun)}. "
        f"Read from the right, finished are: {_shares_text(forecast, when=False)}. "
        f"{basis_text(forecast)} {coverage_text(coverage)}"
    ).strip()
    return Picture(
        key="monte-carlo-how-many",
        title=title,
        caption=caption,
        alternative=forecast.problem
        or f"Histogram of {noun} finished until {forecast.until}: "
        f"{_shares_text(forecast, when=False)}.",
        figure=lambda: monte_carlo_how_many(forecast, noun),
        data=_count_table(forecast, noun),
        chart=NativeChart(
            "column", "At most", ("Share of trials",), f"Finished {noun}, up to", "Trials, %"
        ),
        wide=True,
    )


def monte_carlo_when(forecast: Forecast) -> Figure:
    """Draw the histogram of finishing dates, with the days of 50, 70, 85 and 95 % likelihood."""
    bars = _when_bars(forecast)
    if not bars:
        nothing = "" if not forecast.days_needed.size else _late_words(forecast)
        return no_forecast(forecast.problem or nothing)
    marks = [
        (
            float((day - forecast.as_of).days) + 0.5,
            f"{share_text(share)}  {day}",
        )
        for share in SHARES
        if (day := forecast.when(share)) is not None
    ]
    figure = new_figure(*_SIZE)
    axes = figure.subplots()
    _draw(axes, bars, forecast.trials, marks)
    dress(axes, xlabel="Day on which the last one is finished", ylabel="Trials, %")
    _date_ticks(axes, forecast.as_of)
    _finish(figure, axes, "finished by then")
    return figure


def monte_carlo_how_many(forecast: Forecast, noun: str = "items") -> Figure:
    """Draw the histogram of items finished until the date, with what is reached at least."""
    bars = _count_bars(forecast)
    if not bars:
        return no_forecast(forecast.problem)
    # A mark stands at the left edge of its bar: "at least" begins there.
    marks = [
        (count - 0.5, f"{share_text(share)}  at least {count_text(count)}")
        for share in SHARES
        if (count := forecast.at_least(share)) is not None
    ]
    figure = new_figure(*_SIZE)
    axes = figure.subplots()
    _draw(axes, bars, forecast.trials, marks)
    days = (forecast.until - forecast.as_of).days
    dress(
        axes,
        xlabel=f"Finished {noun} in {count_text(days)} days, until {forecast.until}",
        ylabel="Trials, %",
    )
    _count_ticks(axes)
    _finish(figure, axes, "at least so many")
    return figure


def no_forecast(problem: str) -> Figure:
    """Draw the reason why nothing can be said, in place of a picture."""
    figure = new_figure(_SIZE[0], 1.6)
    words = "\n".join(wrapped(problem or "Nothing to show.", TEXT_SIZE + 1, 560, 4))
    figure.text(
        0.5, 0.5, drawable(words), ha="center", va="center", color=MUTED.light,
        fontsize=TEXT_SIZE + 1, parse_math=False,
    )  # fmt: skip
    return figure


def _when_bars(forecast: Forecast) -> list[_Bar]:
    needed = forecast.days_needed
    return _bars(needed[needed <= MOST_DAYS], forecast.trials, rising=True)


def _count_bars(forecast: Forecast) -> list[_Bar]:
    return _bars(forecast.finished, forecast.trials, rising=False)


def _bars(values: np.ndarray, trials: int, *, rising: bool) -> list[_Bar]:
    """Return at most 40 bars of equal width; *rising* if the likelihood adds up from the left."""
    if not values.size:
        return []
    low, high = int(values.min()), int(values.max())
    width = -(-(high - low + 1) // _MOST_BARS)
    number = (high - low) // width + 1
    counts = np.bincount((values - low) // width, minlength=number)
    added = np.cumsum(counts) if rising else np.cumsum(counts[::-1])[::-1]
    return [
        _Bar(low + k * width, low + (k + 1) * width - 1, int(counts[k]), float(added[k] / trials))
        for k in range(number)
    ]


def _draw(
    axes: Axes, bars: Sequence[_Bar], trials: int, marks: Sequence[tuple[float, str]]
) -> None:
    width = bars[0].high - bars[0].low + 1
    for bar in bars:
        tone, pattern, alpha = _look(bar.likelihood)
        axes.bar(
            bar.low - 0.5 + width / 2, 100 * bar.trials / trials, width=0.86 * width,
            facecolor=(tone.light if alpha == 1 else _pale(tone.light, alpha)),
            edgecolor=tone.light, hatch=pattern, linewidth=0.7,
        )  # fmt: skip
    left, right = bars[0].low - 0.5, bars[-1].high + 0.5
    margin = max(0.04 * (right - left), 0.6 * width)
    axes.set_xlim(left - margin, right + margin)
    tallest = 100 * max(bar.trials for bar in bars) / trials
    axes.set_ylim(0, tallest * 1.48)
    middle = (left + right) / 2
    for row, (at, text) in enumerate(marks):
        height = tallest * (1.42 - 0.1 * row)
        axes.plot([at, at], [0, height], color=INK.light, linewidth=1.0, dashes=(4, 2))
        before = at > middle
        axes.annotate(
            drawable(text), (at, height), xytext=(-5 if before else 5, 0),
            textcoords="offset points", ha="right" if before else "left", va="center",
            fontsize=TEXT_SIZE - 0.5, color=INK.light, parse_math=False,
            bbox={"facecolor": PAPER.light, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip


def _look(likelihood: float) -> tuple[Tone, str, float]:
    return next(
        (tone, pattern, alpha)
        for least, tone, pattern, alpha in _LIKELY
        if likelihood >= least - 1e-12
    )


def _pale(colour: str, alpha: float) -> tuple[float, float, float]:
    """Return a colour mixed with paper, so that no pattern behind shines through."""
    from matplotlib.colors import to_rgb

    red, green, blue = (1 - alpha + alpha * part for part in to_rgb(colour))
    return red, green, blue


def _finish(figure: Figure, axes: Axes, reading: str) -> None:
    from matplotlib.patches import Patch

    value_ticks(axes.yaxis)
    # The room for the marks is no share of trials.
    top = min(100.0, axes.get_ylim()[1])
    axes.set_yticks([tick for tick in axes.get_yticks() if 0 <= tick <= top])

    words = ("85 % or more likely", "50 to 85 %", "less than 50 %")
    handles = [
        Patch(
            facecolor=tone.light if alpha == 1 else _pale(tone.light, alpha),
            edgecolor=tone.light, hatch=pattern, linewidth=0.7,
            label=f"{text} {reading}" if k == 0 else text,
        )
        for k, ((_, tone, pattern, alpha), text) in enumerate(zip(_LIKELY, words, strict=True))
    ]  # fmt: skip
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, frameon=False,
        fontsize=TEXT_SIZE - 0.5, labelcolor=INK.light, borderaxespad=0.2, handlelength=1.8,
        columnspacing=1.6,
    )  # fmt: skip
    figure.subplots_adjust(left=0.08, right=0.97, top=0.9, bottom=0.15)


def _date_ticks(axes: Axes, as_of: dt.date) -> None:
    """Write dates below days after the as-of date, whole days apart."""
    low, high = axes.get_xlim()
    step = max(1, -(-int(high - low) // 7))
    if step > 3:
        step = -(-step // 7) * 7
    ticks = np.arange(int(np.ceil(low)), int(np.floor(high)) + 1, step)
    axes.set_xticks(ticks, [str(as_of + dt.timedelta(days=int(tick))) for tick in ticks])


def _count_ticks(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    # Room left of 0 is no number of items.
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: count_text(value) if value >= 0 else "")
    )


def _shares_text(forecast: Forecast, *, when: bool) -> str:
    if when:
        parts = [f"{_day(forecast.when(share))} ({share_text(share)})" for share in SHARES]
    else:
        parts = [
            f"at least {count_text(forecast.at_least(share) or 0)} ({share_text(share)})"
            for share in SHARES
        ]
    return ", ".join(parts)


def _day(day: dt.date | None) -> str:
    return str(day) if day is not None else "a day more than ten years ahead"


def _late_words(forecast: Forecast) -> str:
    late = int((forecast.days_needed > MOST_DAYS).sum())
    if not late:
        return ""
    what = "within ten years" if forecast.pattern is not None else "before their replication ends"
    return f"{count_text(late)} of {count_text(forecast.trials)} trials are not finished {what}. "


def _width_words(bars: Sequence[_Bar], noun: str) -> str:
    width = bars[0].high - bars[0].low + 1 if bars else 1
    return f" ({count_text(width)} {noun} to a bar)" if width > 1 else ""


def _when_table(forecast: Forecast, noun: str) -> Table:
    def day(days: int) -> Cell:
        date = forecast.as_of + dt.timedelta(days=days)
        return Cell(str(date), date)

    return Table(
        "monte-carlo-when",
        f"Day on which the last of {count_text(forecast.remaining)} {noun} is finished",
        (
            Column("Finished until"),
            Column("From"),
            Column("Trials", True, "count"),
            Column("Share of trials", True, "share"),
            Column("Finished by then", True, "share"),
        ),
        [
            (day(bar.high), day(bar.low), *_trials_cells(bar, forecast.trials))
            for bar in _when_bars(forecast)
        ],
        folded=True,
    )


def _count_table(forecast: Forecast, noun: str) -> Table:
    return Table(
        "monte-carlo-how-many",
        f"{noun[:1].upper()}{noun[1:]} finished after {forecast.as_of} and until {forecast.until}",
        (
            Column("At most", True, "count"),
            Column("At least", True, "count"),
            Column("Trials", True, "count"),
            Column("Share of trials", True, "share"),
            Column("At least so many", True, "share"),
        ),
        [
            (count_cell(bar.high), count_cell(bar.low), *_trials_cells(bar, forecast.trials))
            for bar in _count_bars(forecast)
        ],
        folded=True,
    )


def _trials_cells(bar: _Bar, trials: int) -> tuple[Cell, Cell, Cell]:
    return (
        count_cell(bar.trials),
        value_cell(bar.trials / trials, "share"),
        value_cell(bar.likelihood, "share"),
    )
