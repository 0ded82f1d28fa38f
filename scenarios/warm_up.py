"""Warm-up: how much of the beginning of a run to drop, and whether it settles at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
import numpy.typing as npt
from scipy import special

from scenarios.statistics import t_interval

Array = npt.NDArray[np.float64]

# Receivables settle only once the longest terms and the tail of late payments have passed
# (domain reference, section 2).
TAIL_DAYS = 60
# White, Cobb and Spratt (2000): MSER on means of five observations.
BATCH_DAYS = 5
# Fewer batches than this leave the minimum of MSER to chance (assumed).
_LEAST_BATCHES = 10
# Welch: half-width of the moving mean. A whole week, so that weekdays cancel.
_HALF_WINDOW_DAYS = 3
# Welch: outside is further from the final level than this many standard errors (assumed: in half a
# year of weeks, chance alone leads there once in five hundred series); there is closer than this
# share of the way it came (assumed: about four relaxation times of an exponential transient).
_OUTSIDE_ERRORS = 4.0
_THERE_SHARE = 0.02
# Days that MSER-5 alone would drop are transient if they differ from the rest at this level.
_STRETCH_CONFIDENCE = 0.99
# A drift is called a trend if it is told from zero at this level, and moves the last half of the
# series by more than this share of its mean (both assumed).
_TREND_CONFIDENCE = 0.999
_TREND_SHARE = 0.10
_TREND_BATCHES = 10


@dataclass(frozen=True, slots=True)
class WarmUp:
    """How many days to drop.

    Parameters
    ----------
    days
        From the first day; -1 if no length would do.
    method
        What decided: ``"MSER-5"``, ``"Welch"``, or both if they agree.
    reliable
        Whether the days can be used as they are.
    why
        One sentence for people: how the days were found, or what is wrong.
    """

    days: int
    method: str
    reliable: bool
    why: str


def mser5(series: Array) -> int:
    """Return the days that MSER-5 drops, or -1.

    The length is the one that makes the marginal standard error of the rest smallest: the
    squared deviations of the remaining batch means over the square of their number. It is at
    most half of the series: a minimum at that edge means that the series is too short.

    Parameters
    ----------
    series
        (replications, days) or (days,); the replications are averaged first. Days that do not
        fill a last batch of five are left out.

    References
    ----------
    White, "An effective truncation heuristic for bias reduction in simulation output",
    Simulation 69, 1997; White, Cobb and Spratt, "A comparison of five steady-state truncation
    heuristics for simulation", Winter Simulation Conference 2000.
    """
    mean = _mean(series)
    batches = len(mean) // BATCH_DAYS
    if batches < _LEAST_BATCHES or not np.isfinite(mean).all():
        return -1
    means = mean[: batches * BATCH_DAYS].reshape(batches, BATCH_DAYS).mean(axis=1)
    edge = batches // 2
    errors = [float(np.var(means[d:]) / (batches - d)) for d in range(edge + 1)]
    best = int(np.argmin(errors))
    return -1 if best == edge else best * BATCH_DAYS


def welch(series: Array) -> int:
    """Return the day from which the smoothed series is at its final level, or -1.

    Welch smooths the mean of the replications with a moving mean and looks. The rule here, in
    place of the eye: the final level is the mean of the last half. The series is *outside* while
    it is further from the level than four standard errors: of the smoothed mean over the
    replications, pooled over the days of that half, or with fewer than three replications the
    standard deviation over those days. It is *there* on the first day, after the last one outside,
    on which it is within 2 % of the way from its first day to the level, or crosses the level;
    rounded up to whole batches of five days, like MSER-5.

    Parameters
    ----------
    series
        (replications, days) or (days,).

    References
    ----------
    Welch, "The statistical analysis of simulation results", in Lavenberg (ed.), "Computer
    Performance Modeling Handbook", 1983; Law, 2015, section 9.5.1. The rule is our own.
    """
    rows = np.atleast_2d(np.asarray(series, dtype=np.float64))
    half = rows.shape[1] // 2
    if half < 2 * _HALF_WINDOW_DAYS + 1 or not np.isfinite(rows).all():
        return -1
    smooth = smoothed(rows, _HALF_WINDOW_DAYS)
    final, mean = smooth[:, half:], smooth.mean(axis=0)
    level = float(final.mean())
    if len(rows) < 3:
        error = float(final.mean(axis=0).std(ddof=1))
    else:
        own = final - final.mean(axis=1, keepdims=True)
        error = sqrt(float(own.var(axis=0, ddof=1).mean()) / len(rows))
    off = mean[:half] - level
    there = max(_THERE_SHARE * abs(float(mean[0]) - level), 1e-9 * abs(level))
    outside = max(_OUTSIDE_ERRORS * error, there)
    exits = np.flatnonzero(np.abs(off) > outside)
    if not len(exits):
        return 0
    last = int(exits[-1])
    arrived = np.flatnonzero((np.abs(off) <= there) | (off * off[last] < 0))
    after = arrived[arrived > last]
    day = ceil(after[0] / BATCH_DAYS) * BATCH_DAYS if len(after) else -1
    return day if day < half else -1


def smoothed(series: Array, half_window: int) -> Array:
    """Return the centred moving mean over days; near the ends its window shrinks, as Welch says.

    Parameters
    ----------
    series
        (replications, days) or (days,).
    half_window
        Days on either side.
    """
    days = series.shape[-1]
    total = np.cumsum(series, axis=-1)
    total = np.concatenate((np.zeros_like(total[..., :1]), total), axis=-1)
    day = np.arange(days)
    reach = np.minimum(np.minimum(day, days - 1 - day), half_window)
    means: Array = (total[..., day + reach + 1] - total[..., day - reach]) / (2 * reach + 1)
    return means


def has_trend(series: Array) -> bool:
    """Return whether the last half of a series still drifts.

    With several replications, the slope of each is one observation, so a t test holds whatever
    the autocorrelation. With one, a line is fitted to ten batch means as if they were independent,
    which is rougher. A drift that moves the half by a tenth of its mean or less is not called a
    trend.

    Parameters
    ----------
    series
        (replications, days) or (days,).
    """
    rows = np.atleast_2d(np.asarray(series, dtype=np.float64))
    rows = rows[:, rows.shape[1] // 2 :]
    length = rows.shape[1]
    day = np.arange(length) - (length - 1) / 2
    slopes = rows @ day / (day @ day)
    drift = float(slopes.mean()) * length
    if abs(drift) <= _TREND_SHARE * abs(float(rows.mean())) or length < _TREND_BATCHES:
        return False
    if len(rows) > 1:
        found = t_interval(slopes, _TREND_CONFIDENCE)
        return not found.low <= 0 <= found.high
    means = rows[0, : length // _TREND_BATCHES * _TREND_BATCHES].reshape(_TREND_BATCHES, -1)
    # The t test of a slope is that of the correlation.
    r = float(np.corrcoef(np.arange(_TREND_BATCHES), means.mean(axis=1))[0, 1])
    t = abs(r) * sqrt((_TREND_BATCHES - 2) / max(1 - r * r, 1e-300))
    return t > float(special.stdtrit(_TREND_BATCHES - 2, 0.5 + _TREND_CONFIDENCE / 2))


def detect_warm_up(series: Array) -> WarmUp:
    """Return how much of a daily series to drop: the longer of what MSER-5 and Welch say.

    MSER-5 knows nothing of the replications' error, and on autocorrelated series its minimum
    wanders. So where it would drop more than Welch, those days must differ from the rest over the
    replications; otherwise Welch's length stands.

    Parameters
    ----------
    series
        (replications, days) or (days,), from the first day of the run: open receivables, orders
        in process, tasks waiting. More replications and a longer run make the answer better.

    Returns
    -------
    WarmUp
        ``days`` is -1 where the series is too short, does not settle, or has no values.
    """
    values = np.atleast_2d(np.asarray(series, dtype=np.float64))
    days = values.shape[1]
    if not np.isfinite(values).all():
        return _none("the series has days without a value")
    if days < _LEAST_BATCHES * BATCH_DAYS:
        return _none(f"{days} days are too few: at least {_LEAST_BATCHES * BATCH_DAYS}")
    if np.ptp(values) == 0:
        return WarmUp(0, "MSER-5 and Welch", True, "the series never changes: nothing to drop")
    if has_trend(values):
        return _none(
            "no steady state: the series still rises or falls in its last half, as a growing "
            "backlog or growing demand does; its averages describe the length of the run"
        )
    found = {"MSER-5": mser5(values), "Welch": welch(values)}
    told = ", ".join(
        f"{name} {length} days" if length >= 0 else f"{name} none" for name, length in found.items()
    )
    if found["Welch"] >= 0:
        # Where MSER-5 finds no end within the half, it would drop at least the half.
        longest = found["MSER-5"] if found["MSER-5"] >= 0 else days // 2
        if longest <= found["Welch"]:
            method = "Welch" if longest < found["Welch"] else "MSER-5 and Welch"
            return WarmUp(found["Welch"], method, True, f"{told}; the longer of both")
        if _like_the_rest(values, found["Welch"], longest):
            why = f"{told}; over the replications, days up to {longest} are like the rest"
            return WarmUp(found["Welch"], "Welch", True, why)
        if found["MSER-5"] >= 0:
            return WarmUp(longest, "MSER-5", True, f"{told}; the longer of both")
    return _none(f"{told}: not settled within half of the {days} days; a longer run is needed")


def _like_the_rest(values: Array, first: int, last: int) -> bool:
    """Return whether days *first* to *last* are, over the replications, like the days after them.

    Replications are independent, so the t test holds whatever the autocorrelation. It takes at
    least three of them; with fewer the answer is no.
    """
    if len(values) < 3:
        return False
    found = t_interval(
        values[:, first:last].mean(axis=1) - values[:, last:].mean(axis=1), _STRETCH_CONFIDENCE
    )
    return found.low <= 0 <= found.high


def detect_warm_ups(series: Mapping[str, Array]) -> dict[str, WarmUp]:
    """Return :func:`detect_warm_up` of each named series; a run needs the longest of them."""
    return {name: detect_warm_up(values) for name, values in series.items()}


def short_warm_up(warm_up_days: float, longest_terms_days: float) -> str | None:
    """Return a warning if a warm-up is shorter than the longest terms plus their tail, else None.

    Needed beside detection: the few customers with the longest terms hardly move a curve, but
    their invoices are missing from it.
    """
    needed = longest_terms_days + TAIL_DAYS
    if warm_up_days >= needed:
        return None
    return (
        f"the warm-up of {warm_up_days:g} days is shorter than the longest payment terms plus "
        f"{TAIL_DAYS} days ({needed:.0f}): the company starts empty, so receivables, DSO and "
        "cash tied up have not settled"
    )


def _mean(series: Array) -> Array:
    mean: Array = np.atleast_2d(np.asarray(series, dtype=np.float64)).mean(axis=0)
    return mean


def _none(why: str) -> WarmUp:
    return WarmUp(-1, "none", False, why)
