"""Throughput: how many items a process finishes on each day, and what that depends on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.measures import NAN, local_date
from o2c_sim.errors import Problem, UsageError

Counts: TypeAlias = npt.NDArray[np.int64]
Sampling: TypeAlias = Literal["days", "weekdays", "weeks"]

# The design of the flow views: the window that forecasts draw from unless somebody chooses.
WINDOW_DAYS = 60
SAMPLINGS: tuple[Sampling, ...] = ("days", "weekdays", "weeks")
# A convention: patterns are claimed where chance alone would show them once in a hundred windows.
_LEVEL = 0.01
_FEWEST_WEEKS = 3


@dataclass(frozen=True, slots=True)
class Throughput:
    """Items finished on each day of a stretch of days, days without any included.

    Parameters
    ----------
    first
        The first local day.
    finished
        Shape (days,): items finished on each day.
    """

    first: dt.date
    finished: Counts

    @property
    def days(self) -> int:
        """Number of days."""
        return int(self.finished.size)

    @property
    def last(self) -> dt.date:
        """The last day; the day before the first where there is none."""
        return self.first + dt.timedelta(days=self.days - 1)

    @property
    def total(self) -> int:
        """Items finished in all."""
        return int(self.finished.sum())

    @property
    def mean(self) -> float:
        """Items finished a day; NaN without a day."""
        return self.total / self.days if self.days else NAN

    @property
    def weekdays(self) -> Counts:
        """Shape (days,): 0 for a Monday to 6 for a Sunday."""
        return (self.first.weekday() + np.arange(self.days)) % 7

    def between(self, first: dt.date, last: dt.date) -> Throughput:
        """Return the part from day *first* to day *last*, both included, as far as it is held."""
        start = max(0, (first - self.first).days)
        end = max(start, min(self.days, (last - self.first).days + 1))
        return Throughput(self.first + dt.timedelta(days=start), self.finished[start:end])

    def window(self, days: int) -> Throughput:
        """Return the last *days* days; fewer where the log is shorter.

        Raises
        ------
        UsageError
            If *days* is below 1.
        """
        if days < 1:
            raise UsageError(
                Problem(f"a window of {days} days", allowed="a whole number of days from 1 up")
            )
        return self.between(self.last - dt.timedelta(days=days - 1), self.last)


def daily_throughput(
    done: pl.Series, first: dt.date, as_of: dt.date, zone: str = "UTC"
) -> Throughput:
    """Count finished items by local day.

    Parameters
    ----------
    done
        Naive UTC moment at which each item was finished; null while it is open.
    first, as_of
        The first and the last day that are counted, both whole and both included.
    zone
        IANA time zone whose days count.

    Returns
    -------
    Throughput
        Every day from *first* to *as_of*, with 0 where nothing was finished; no day if *as_of*
        lies before *first*.
    """
    days = max(0, (as_of - first).days + 1)
    moments = pl.DataFrame({"done": done.drop_nulls().cast(pl.Datetime("us"))})
    at = moments.select((local_date("done", zone) - first).dt.total_days())["done"].to_numpy()
    at = at[(at >= 0) & (at < days)].astype(np.int64)
    return Throughput(first, np.bincount(at, minlength=days)[:days].astype(np.int64))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A window of throughput, and how future days are drawn from it.

    Parameters
    ----------
    window
        The days that are drawn from.
    sampling
        ``days`` draws each future day from all days of the window; ``weekdays`` draws a Monday
        from the window's Mondays and so on; ``weeks`` draws whole weeks of seven days.
    weekday_p
        p-value of the test that all weekdays are alike (Kruskal and Wallis, 1952); NaN where the
        window is shorter than three weeks or never changes.
    trend
        Kendall's rank correlation of throughput (less its weekday's mean, if days are drawn by
        weekday) with the day, -1 to 1; NaN where it cannot be said.
    trend_p
        p-value of the test that it is 0.
    chosen
        Whether somebody chose *sampling*, rather than the test.
    """

    window: Throughput
    sampling: Sampling
    weekday_p: float = NAN
    trend: float = NAN
    trend_p: float = NAN
    chosen: bool = False

    @property
    def changing(self) -> Literal["", "rising", "falling"]:
        """Whether throughput rose or fell within the window by more than chance explains."""
        if not self.trend_p < _LEVEL:
            return ""
        return "rising" if self.trend > 0 else "falling"


def pattern_of(window: Throughput, sampling: Sampling | None = None) -> Pattern:
    """Return how days are to be drawn from a window.

    Parameters
    ----------
    window
        Days of the past.
    sampling
        How to draw; without it ``weekdays`` where throughput depends on the weekday (p below
        0.01 in a window of at least three weeks) and ``days`` elsewhere.

    Returns
    -------
    Pattern

    Raises
    ------
    UsageError
        If *sampling* has no such name, or the window is too short for it.

    References
    ----------
    Kruskal, Wallis, "Use of ranks in one-criterion variance analysis", Journal of the American
    Statistical Association 47, 1952. Kendall, "A new measure of rank correlation", Biometrika 30,
    1938.
    """
    if sampling is not None and sampling not in SAMPLINGS:
        raise UsageError(
            Problem(f"{sampling!r} is no way to draw days", allowed=", ".join(SAMPLINGS))
        )
    if sampling in ("weekdays", "weeks") and window.days < 7:
        raise UsageError(
            Problem(
                f"a window of {window.days} days does not hold every weekday",
                allowed="at least 7 days to draw by weekday or week",
            )
        )
    p = _weekday_p(window)
    drawn: Sampling = sampling or ("weekdays" if p < _LEVEL else "days")
    trend, trend_p = _trend(window, by_weekday=drawn != "days")
    return Pattern(window, drawn, p, trend, trend_p, sampling is not None)


def sampled(
    pattern: Pattern, draw: np.random.Generator, trials: int, after: dt.date, days: int
) -> Counts:
    """Return drawn numbers of items finished on the days after a day.

    Parameters
    ----------
    pattern
        What is drawn from and how.
    draw
        Random numbers.
    trials, days
        Size.
    after
        The day before the first drawn one.

    Returns
    -------
    numpy.ndarray
        Shape (trials, days).
    """
    window = pattern.window
    if not window.days:
        return np.zeros((trials, days), np.int64)
    if pattern.sampling == "weekdays":
        result = np.empty((trials, days), np.int64)
        own = window.weekdays
        future = (after.weekday() + 1 + np.arange(days)) % 7
        for weekday in range(7):
            at, pool = np.flatnonzero(future == weekday), window.finished[own == weekday]
            result[:, at] = pool[draw.integers(0, pool.size, (trials, at.size))]
        return result
    if pattern.sampling == "weeks":
        whole = window.days // 7
        weeks = window.finished[-7 * whole :].reshape(whole, 7)
        # The weeks of the window may begin on another weekday than the first drawn day.
        starts = (window.last.weekday() + 1) % 7
        skipped = (after.weekday() + 1 - starts) % 7
        number = -(-(days + skipped) // 7)
        drawn = weeks[draw.integers(0, whole, (trials, number))].reshape(trials, -1)
        return drawn[:, skipped : skipped + days]
    return window.finished[draw.integers(0, window.days, (trials, days))]


def _weekday_p(window: Throughput) -> float:
    if window.days < 7 * _FEWEST_WEEKS or np.ptp(window.finished) == 0:
        return NAN
    from scipy import stats

    groups = [window.finished[window.weekdays == weekday] for weekday in range(7)]
    found: Any = stats.kruskal(*groups)
    return float(found.pvalue)


def _trend(window: Throughput, *, by_weekday: bool) -> tuple[float, float]:
    values = window.finished.astype(float)
    if by_weekday:
        for weekday in range(7):
            same = window.weekdays == weekday
            values[same] -= values[same].mean() if same.any() else 0.0
    if window.days < 7 * _FEWEST_WEEKS or np.ptp(values) < 1e-9:
        return NAN, NAN
    from scipy import stats

    found: Any = stats.kendalltau(np.arange(values.size), values)
    return float(found.statistic), float(found.pvalue)
