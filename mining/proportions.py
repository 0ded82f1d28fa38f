"""Shares of two groups of cases: intervals of each, of their difference and ratio, and a test."""

from __future__ import annotations

import math
from functools import lru_cache

from scipy import special

_ENOUGH_EXPECTED = 5.0
_AS_LIKELY = 1e-7


def normal_quantile(confidence: float) -> float:
    """Return the half-width of a two-sided normal interval, in standard errors."""
    return float(special.ndtri(0.5 + confidence / 2))


def two_sided(z: float) -> float:
    """Return the two-sided p-value of a standard normal statistic."""
    return float(2 * special.ndtr(-abs(z)))


def wilson(hits: float, cases: float, confidence: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a share; NaN of no cases.

    References
    ----------
    Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22, 1927.
    """
    if cases <= 0:
        return math.nan, math.nan
    z = normal_quantile(confidence)
    share = hits / cases
    centre = share + z * z / (2 * cases)
    half = z * math.sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases))
    scale = 1 + z * z / cases
    # At no hits, and at nothing but hits, the bound is known; rounding would miss it by a hair.
    low = 0.0 if hits <= 0 else (centre - half) / scale
    high = 1.0 if hits >= cases else (centre + half) / scale
    return low, high


def difference_interval(
    hits: float, cases: float, other_hits: float, other_cases: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the interval of the first share minus the second, from their score intervals.

    References
    ----------
    Newcombe, "Interval estimation for the difference between independent proportions", Statistics
    in Medicine 17, 1998, method 10.
    """
    if cases <= 0 or other_cases <= 0:
        return math.nan, math.nan
    share, other = hits / cases, other_hits / other_cases
    low, high = wilson(hits, cases, confidence)
    other_low, other_high = wilson(other_hits, other_cases, confidence)
    difference = share - other
    return (
        difference - math.hypot(share - low, other_high - other),
        difference + math.hypot(high - share, other - other_low),
    )


def risk_ratio(
    hits: float, cases: float, other_hits: float, other_cases: float, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Return the ratio of two shares and its interval on the logarithmic scale.

    With no hits on a side, half a hit and half a case are added to both for the interval, and the
    ratio itself is 0, infinite or NaN.

    References
    ----------
    Katz et al., "Obtaining confidence intervals for the risk ratio in cohort studies", Biometrics
    34, 1978; the half by Walter, Biometrika 62, 1975.
    """
    if cases <= 0 or other_cases <= 0:
        return math.nan, math.nan, math.nan
    share, other = hits / cases, other_hits / other_cases
    ratio = share / other if other > 0 else (math.inf if share > 0 else math.nan)
    if hits <= 0 or other_hits <= 0:
        hits, cases, other_hits, other_cases = (
            n + 0.5 for n in (hits, cases, other_hits, other_cases)
        )
    error = math.sqrt(max(1 / hits - 1 / cases + 1 / other_hits - 1 / other_cases, 0.0))
    middle = math.log(hits / cases / (other_hits / other_cases))
    reach = normal_quantile(confidence) * error
    return ratio, _exp(middle - reach), _exp(middle + reach)


def same_share_p(hits: int, cases: int, other_hits: int, other_cases: int) -> float:
    """Return the two-sided p-value that two groups have the same share.

    The pooled normal test where every expected count is at least five, Fisher's exact test
    otherwise; NaN where a group is empty.
    """
    if cases <= 0 or other_cases <= 0:
        return math.nan
    total, all_cases = hits + other_hits, cases + other_cases
    fewest = min(total, all_cases - total) * min(cases, other_cases) / all_cases
    if fewest < _ENOUGH_EXPECTED:
        return exact_p(hits, cases, total, all_cases)
    share = total / all_cases
    error = math.sqrt(share * (1 - share) * (1 / cases + 1 / other_cases))
    return two_sided((hits / cases - other_hits / other_cases) / error)


@lru_cache(maxsize=100_000)
def exact_p(hits: int, cases: int, total_hits: int, all_cases: int) -> float:
    """Return Fisher's two-sided p-value: all tables that are no likelier than this one.

    Parameters
    ----------
    hits, cases
        Of the one group.
    total_hits, all_cases
        Of both.

    References
    ----------
    Fisher, "The logic of inductive inference", Journal of the Royal Statistical Society 98, 1935.
    """
    rest = all_cases - cases
    lowest, highest = max(0, total_hits - rest), min(cases, total_hits)

    def chances(hit: int) -> float:
        ways = _log_choose(cases, hit) + _log_choose(rest, total_hits - hit)
        return math.exp(ways - _log_choose(all_cases, total_hits))

    seen = chances(hits) * (1 + _AS_LIKELY)
    each = (chances(hit) for hit in range(lowest, highest + 1))
    return min(1.0, math.fsum(chance for chance in each if chance <= seen))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf
