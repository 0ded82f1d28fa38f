"""What a forecast of flow rests on, in words: window, trials, seed, assumption, past success."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mining.flow.backtest import FEWEST_FORECASTS
from mining.flow.forecast import Forecast
from mining.flow.throughput import Pattern
from reports.number_text import Scale, count_text, share_text, value_text

if TYPE_CHECKING:
    from mining.flow.backtest import Coverage

# A convention: what differs by less than ten points is called as claimed.
_TOO_SURE = 0.10
_DRAWN = {
    "days": "each future day is drawn from all of them",
    "weekdays": "each future day is drawn from the same weekdays",
    "weeks": "whole weeks are drawn",
}


def basis_text(forecast: Forecast) -> str:
    """Return window, way of drawing, trials, seed and assumption of a forecast."""
    if forecast.pattern is None:
        return (
            f"{count_text(forecast.trials)} replications of the model, begun with the open work of "
            f"{forecast.as_of}. Not a causal forecast of anything that the model leaves out."
        )
    window = forecast.pattern.window
    return (
        f"Sample: {count_text(window.total)} finished in the {count_text(window.days)} days from "
        f"{window.first} to {window.last}, {value_text(window.mean, 'count')} a day, days without "
        f"any included; {_drawing(forecast.pattern)}. {count_text(forecast.trials)} trials, seed "
        f"{forecast.seed}. Assumes that the throughput of these days goes on; not a causal "
        f"forecast.{_warning(forecast.pattern)}"
    )


def coverage_text(coverage: Coverage | None) -> str:
    """Return how often forecasts made in the past held; empty where nobody looked."""
    if coverage is None:
        return ""
    if not coverage.enough:
        return (
            f"Too few such forecasts of the past can be judged by this log to say how well they "
            f"did ({count_text(coverage.made)}; {FEWEST_FORECASTS} are needed)."
        )
    held = coverage.held / coverage.made
    share = share_text(held)
    if held < coverage.share - _TOO_SURE:
        share += ", fewer than they claimed: read these likelihoods as too sure"
    return (
        f"Back-test: of {count_text(coverage.made)} such {share_text(coverage.share)} forecasts, "
        f"one every {count_text(coverage.every_days)} days of the log, {count_text(coverage.held)} "
        f"held ({share})."
    )


def _drawing(pattern: Pattern) -> str:
    how = _DRAWN[pattern.sampling]
    if pattern.chosen:
        return f"{how} (as chosen)"
    if pattern.sampling == "weekdays":
        return f"{how}, because throughput depends on the weekday ({_p(pattern.weekday_p)})"
    return how


def _p(p: float) -> str:
    digits = Scale(1.0, 3)
    return f"p < {digits.number(0.001)}" if p < 0.001 else f"p = {digits.number(p)}"


def _warning(pattern: Pattern) -> str:
    if not pattern.changing:
        return ""
    then = "late" if pattern.changing == "rising" else "early"
    return (
        f" Throughput was {pattern.changing} within the window ({_p(pattern.trend_p)}): if that "
        f"goes on, these forecasts are too {then}."
    )
