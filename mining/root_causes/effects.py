"""How an outcome differs between the cases that have a value of an attribute and the others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from mining.proportions import (
    difference_interval,
    risk_ratio,
    same_share_p,
    two_sided,
)

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Effect:
    """The outcome of some cases beside that of the others.

    Parameters
    ----------
    cases, others
        How many with and without.
    level, other_level
        The outcome: share of the cases, or mean days.
    difference, low, high
        First minus second, with its interval: Newcombe's for shares, Welch's for days.
    ratio, ratio_low, ratio_high
        Risk ratio with its interval; NaN for days.
    median, other_median
        Of the days; NaN for shares.
    p_value
        Of the pooled test or Fisher's for shares, of the rank-sum test for days.
    """

    cases: int
    others: int
    level: float
    other_level: float
    difference: float
    low: float
    high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    median: float
    other_median: float
    p_value: float


def effect(
    values: Array,
    exposed: Flags,
    unit: str,
    *,
    cluster: Integers | None = None,
    confidence: float = 0.95,
) -> Effect:
    """Return the effect of a value on an outcome.

    Parameters
    ----------
    values
        The outcome of each case.
    exposed
        Which cases have the value; both kinds must occur.
    unit
        ``share`` or ``days``.
    cluster
        Which cases hang together; intervals and p-value allow for it by the design effect, the
        factor by which it raises the variance. Each case for itself without it.
    confidence
        Of the intervals.

    References
    ----------
    Rao and Scott, "A simple method for the analysis of clustered binary data", Biometrics 48,
    1992.
    """
    return (_of_shares if unit == "share" else _of_days)(values, exposed, cluster, confidence)


def design_effect(values: Array, exposed: Flags, cluster: Integers | None) -> float:
    """Return by what factor clusters raise the variance of a difference; at least 1."""
    if cluster is None:
        return 1.0
    scores = (exposed - exposed.mean()) * (values - values.mean())
    alone = float((scores**2).sum())
    together = float((np.bincount(cluster, scores) ** 2).sum())
    return max(together / alone, 1.0) if alone > 0 else 1.0


def _of_shares(
    values: Array, exposed: Flags, cluster: Integers | None, confidence: float
) -> Effect:
    cases, others = int(exposed.sum()), int((~exposed).sum())
    hits = int(values[exposed].sum())
    counts = (hits, cases, int(values.sum()) - hits, others)
    factor = design_effect(values, exposed, cluster)
    a, n, b, m = (count / factor for count in counts)
    low, high = difference_interval(a, n, b, m, confidence)
    ratio, ratio_low, ratio_high = risk_ratio(a, n, b, m, confidence)
    level, other = hits / cases, counts[2] / others
    return Effect(
        cases=cases,
        others=others,
        level=level,
        other_level=other,
        difference=level - other,
        low=low,
        high=high,
        ratio=ratio,
        ratio_low=ratio_low,
        ratio_high=ratio_high,
        median=math.nan,
        other_median=math.nan,
        p_value=same_share_p(*counts) if factor == 1.0 else _pooled_p(counts, factor),
    )


def _of_days(values: Array, exposed: Flags, cluster: Integers | None, confidence: float) -> Effect:
    one, other = values[exposed], values[~exposed]
    difference = float(one.mean() - other.mean())
    reach = _welch_reach(one, other, confidence)
    reach *= math.sqrt(design_effect(values, exposed, cluster))
    return Effect(
        cases=one.size,
        others=other.size,
        level=float(one.mean()),
        other_level=float(other.mean()),
        difference=difference,
        low=difference - reach,
        high=difference + reach,
        ratio=math.nan,
        ratio_low=math.nan,
        ratio_high=math.nan,
        median=float(np.median(one)),
        other_median=float(np.median(other)),
        p_value=rank_sum_p(values, exposed, cluster),
    )


def rank_sum_p(values: Array, exposed: Flags, cluster: Integers | None = None) -> float:
    """Return the two-sided p-value of the rank-sum test, normal, corrected for ties and clusters.

    Durations have long tails, in which a test of means finds differences that are not there.

    References
    ----------
    Lehmann, "Nonparametrics: Statistical Methods Based on Ranks", 1975, section 1.4.
    """
    n = values.size
    _, code, times = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(times) - (times - 1) / 2)[code]
    one = int(exposed.sum())
    spread = float(((ranks - (n + 1) / 2) ** 2).sum()) / (n - 1)
    error = math.sqrt(spread * one * (n - one) / n)
    if error == 0:
        return 1.0
    error *= math.sqrt(design_effect(ranks, exposed, cluster))
    return two_sided((float(ranks[exposed].sum()) - one * (n + 1) / 2) / error)


def _welch_reach(one: Array, other: Array, confidence: float) -> float:
    """Return half the width of Welch's interval of a difference of means."""
    if min(one.size, other.size) < 2:
        return math.nan
    parts = [float(side.var(ddof=1)) / side.size for side in (one, other)]
    whole = sum(parts)
    if whole == 0:
        return 0.0
    freedom = whole**2 / (parts[0] ** 2 / (one.size - 1) + parts[1] ** 2 / (other.size - 1))
    return float(special.stdtrit(freedom, 0.5 + confidence / 2)) * math.sqrt(whole)


def _pooled_p(counts: tuple[int, int, int, int], factor: float) -> float:
    """Return the p-value of the pooled test of two shares whose variance is larger by a factor."""
    hits, cases, other_hits, others = counts
    share = (hits + other_hits) / (cases + others)
    variance = share * (1 - share) * (1 / cases + 1 / others) * factor
    return two_sided((hits / cases - other_hits / others) / math.sqrt(variance))
