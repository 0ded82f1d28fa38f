"""Bootstrap over clusters of cases: how far a figure would wander with other cases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mining.multiplicity import holm
from mining.proportions import two_sided

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
MEAN, MEDIAN, P90 = "mean", "median", "p90"
_LEVELS = {MEDIAN: 0.5, P90: 0.9}


@dataclass(frozen=True, slots=True)
class Grouped:
    """Values in groups, such as the times of each arc, and what is drawn with replacement.

    Parameters
    ----------
    units
        The cluster of cases (0..n-1) that a value is of; it may have several values in a group.
    groups
        The group (0..g-1) of a value.
    values
        The values; no NaN.
    sizes
        Number of units and of groups.
    ended
        Whether a value is of a case that has ended; of an open one it is known only as "longer
        than". All have ended when None; otherwise there is one group.
    """

    units: Integers
    groups: Integers
    values: Array
    sizes: tuple[int, int]
    ended: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of two logs.

    Parameters
    ----------
    first, second
        The figure in each; NaN of nothing.
    low, high
        Percentile interval of second minus first; NaN where a log has too few values.
    p_value
        Two-sided, by the normal distribution with the bootstrap's standard error.
    holm_p_value
        Corrected for all that were compared together.
    """

    first: float
    second: float
    low: float
    high: float
    p_value: float
    holm_p_value: float = math.nan


def differences(
    first: Grouped,
    second: Grouped,
    statistics: Sequence[str],
    *,
    resamples: int,
    seed: int,
    confidence: float = 0.95,
    fewest: int = 20,
) -> dict[str, list[Difference]]:
    """Return each statistic of each group in two samples, with the interval of its difference.

    Clusters of cases, not values, are drawn with replacement, as many as there are, in each log for
    itself: a cluster takes all its values with it, so that they need not be independent.

    Parameters
    ----------
    first, second
        The samples, with the same groups.
    statistics
        Of :data:`MEAN`, :data:`MEDIAN`, :data:`P90`.
    resamples
        How often to draw.
    seed
        Of the drawing.
    confidence
        Of the intervals.
    fewest
        Values that both logs must have for an interval.

    Returns
    -------
    dict
        A list by group for each statistic; ``holm_p_value`` is left out.

    References
    ----------
    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 8 and 13.
    """
    observed, drawn, counts = [], [], []
    for number, sample in enumerate((first, second)):
        ordered = _by_group(sample)
        draw = np.random.default_rng([seed, number])
        units = sample.sizes[0]
        observed.append(_figures(ordered, np.ones(units, np.int64), statistics))
        weights = (
            np.bincount(draw.integers(units, size=units), minlength=units)
            if units
            else np.zeros(0, np.int64)
            for _ in range(resamples)
        )
        drawn.append([_figures(ordered, weight, statistics) for weight in weights])
        counts.append(np.bincount(sample.groups, minlength=sample.sizes[1]))
    known = np.minimum(*counts) >= fewest
    found = {}
    for name in statistics:
        spread = np.array([late[name] - early[name] for early, late in zip(*drawn, strict=True)])
        found[name] = [
            _difference(
                observed[0][name][g], observed[1][name][g], spread[:, g], known[g], confidence
            )
            for g in range(known.size)
        ]
    return found


def corrected(found: Sequence[Difference]) -> list[Difference]:
    """Return the differences with their p-values corrected together by Holm's procedure."""
    adjusted = holm([one.p_value for one in found])
    return [
        Difference(one.first, one.second, one.low, one.high, one.p_value, p)
        for one, p in zip(found, adjusted, strict=True)
    ]


def _by_group(sample: Grouped) -> Grouped:
    order = np.lexsort((sample.units, sample.values, sample.groups))
    ended = None if sample.ended is None else sample.ended[order]
    return Grouped(
        sample.units[order], sample.groups[order], sample.values[order], sample.sizes, ended
    )


def _figures(sample: Grouped, weights: Integers, statistics: Sequence[str]) -> dict[str, Array]:
    """Return the statistics of each group as if each value stood there as often as its weight."""
    if sample.ended is not None:
        return _censored_figures(sample, sample.ended, weights[sample.units], statistics)
    groups = sample.sizes[1]
    weight = weights[sample.units]
    found = {}
    # Values stand group by group, so one running sum serves all groups.
    ends = np.searchsorted(sample.groups, np.arange(groups), "right")
    upto = np.concatenate([[0], np.cumsum(weight)])
    before = upto[np.concatenate([[0], ends[:-1]])]
    total = upto[ends] - before
    if MEAN in statistics:
        sums = np.bincount(sample.groups, weight * sample.values, minlength=groups)
        with np.errstate(invalid="ignore", divide="ignore"):
            found[MEAN] = sums / total
    for name in (name for name in statistics if name in _LEVELS):
        place = np.maximum(total - 1, 0) * _LEVELS[name]
        lower = np.floor(place).astype(np.int64)
        at = [
            _values_at(sample.values, upto, before + np.minimum(step, np.maximum(total - 1, 0)))
            for step in (lower, lower + 1)
        ]
        found[name] = np.where(total > 0, at[0] + (place - lower) * (at[1] - at[0]), np.nan)
    return found


def _censored_figures(
    sample: Grouped, ended: npt.NDArray[np.bool_], weight: Integers, statistics: Sequence[str]
) -> dict[str, Array]:
    """Return the mean of what has ended, and quantiles by Kaplan-Meier; NaN if not reached."""
    of_ended = weight * ended
    found = {MEAN: np.array([np.nan])}
    if of_ended.any():
        found[MEAN] = np.array([np.average(sample.values, weights=of_ended)])
    starts = np.flatnonzero(np.diff(sample.values, prepend=-np.inf))
    before = np.cumsum(weight)[starts] - weight[starts]
    at_risk = weight.sum() - before
    ends = np.add.reduceat(of_ended, starts)
    surviving = np.cumprod(1 - ends / np.maximum(at_risk, 1))
    for name in (name for name in statistics if name in _LEVELS):
        reached = np.flatnonzero((1 - surviving >= _LEVELS[name] - 1e-12) & (ends > 0))
        value = sample.values[starts[reached[0]]] if reached.size else np.nan
        found[name] = np.array([value])
    return found


def _values_at(values: Array, upto: Integers, places: Integers) -> Array:
    """Return the values at places (from 0) of the sample in which each stands by its weight."""
    if not values.size:
        return np.full(places.shape, np.nan)
    rows = np.searchsorted(upto[1:], places, "right")
    return values[np.minimum(rows, values.size - 1)]


def _difference(
    first: float, second: float, spread: Array, known: bool, confidence: float
) -> Difference:
    kept = spread[np.isfinite(spread)]
    if not known or kept.size < 2:
        return Difference(float(first), float(second), math.nan, math.nan, math.nan)
    tail = (1 - confidence) / 2
    low, high = np.quantile(kept, [tail, 1 - tail])
    gap, error = float(second - first), float(kept.std(ddof=1))
    if gap == 0:
        return Difference(float(first), float(second), float(low), float(high), 1.0)
    p = two_sided(gap / error) if error > 0 else 0.0
    return Difference(float(first), float(second), float(low), float(high), p)
