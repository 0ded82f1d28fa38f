"""Intervals and tests over replications: t intervals, paired differences, quantiles, Holm."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, log, sqrt

import numpy as np
import numpy.typing as npt
from scipy import special

from mining.multiplicity import holm as holm
from o2c_sim import ScenarioError
from scenarios.estimate import Estimate

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate of any statistic over replications, with its confidence interval.

    Parameters
    ----------
    estimate, low, high
        In the metric's unit; a limit is NaN where the replications are too few for one.
    confidence
        Between 0 and 1.
    """

    estimate: float
    low: float
    high: float
    confidence: float


def t_interval(values: Array, confidence: float) -> Estimate:
    """Return the mean of independent replications with its t interval.

    Parameters
    ----------
    values
        One value per replication; NaN values (a replication without a single case) make the
        estimate NaN rather than being dropped in silence.
    confidence
        Between 0 and 1.

    Returns
    -------
    Estimate
        The interval is NaN with fewer than two replications.

    References
    ----------
    Law, "Simulation Modeling and Analysis", 5th ed., 2015, section 4.5.
    """
    n = len(values)
    mean = float(np.mean(values)) if n else float("nan")
    if n < 2 or not np.isfinite(mean):
        return Estimate(mean, float("nan"), float("nan"), float("nan"), n, confidence)
    sd = float(np.std(values, ddof=1))
    half = float(special.stdtrit(n - 1, 0.5 + confidence / 2)) * sd / sqrt(n)
    return Estimate(mean, mean - half, mean + half, sd, n, confidence)


def paired_p_value(differences: Array) -> float:
    """Return the two-sided p-value of the paired t test that the mean difference is zero.

    1 when all differences are zero; NaN with fewer than two replications or NaN values.
    """
    n = len(differences)
    if n < 2 or not np.all(np.isfinite(differences)):
        return float("nan")
    mean, sd = float(np.mean(differences)), float(np.std(differences, ddof=1))
    if sd == 0:
        return 1.0 if mean == 0 else 0.0
    t = abs(mean) / (sd / sqrt(n))
    return float(2 * special.stdtr(n - 1, -t))


def quantile_interval(values: Array, share: float, confidence: float) -> Interval:
    """Return a quantile over replications with its exact interval, whatever the distribution.

    What one more replication would exceed with probability 1 - *share*: not the mean over
    replications of each one's own quantile over orders.

    Parameters
    ----------
    values
        One value per replication.
    share
        Of the distribution below the quantile, such as 0.9.
    confidence
        Between 0 and 1; the interval covers at least so often.

    Returns
    -------
    Interval
        The limits are two of the values in order, by the binomial distribution; NaN where
        :func:`replications_for_quantile` asks for more of them. All is NaN with a NaN value.

    Raises
    ------
    ScenarioError
        If *share* is not between 0 and 1.

    References
    ----------
    Conover, "Practical Nonparametric Statistics", 3rd ed., 1999, section 3.2.
    """
    if not 0 < share < 1:
        raise ScenarioError(f"a quantile at {share:g}; allowed: above 0 and below 1")
    n = len(values)
    if not n or not np.all(np.isfinite(values)):
        return Interval(float("nan"), float("nan"), float("nan"), confidence)
    ordered = np.sort(values)
    tail = (1 - confidence) / 2
    # below[k] = P(at most k of n values lie below the quantile).
    below = special.bdtr(np.arange(n + 1), n, share)
    lower = int(np.searchsorted(below, tail, side="right"))
    upper = int(np.searchsorted(below, 1 - tail, side="left"))
    return Interval(
        float(np.quantile(values, share)),
        float(ordered[lower - 1]) if lower >= 1 else float("nan"),
        float(ordered[upper]) if upper < n else float("nan"),
        confidence,
    )


def replications_for_quantile(share: float, confidence: float) -> int:
    """Return how many replications the interval of a quantile takes to have both its limits."""
    return ceil(log((1 - confidence) / 2) / log(max(share, 1 - share)))


def pairing_gain(scenario: Array, baseline: Array, confidence: float = 0.95) -> Interval:
    """Return by what factor common random numbers cut the replications of a difference.

    The variance that the mean difference would have with independent seeds, the sum of both
    variances, over that of the paired differences. Below 1 pairing does harm.

    Parameters
    ----------
    scenario, baseline
        Values of a metric by replication, replication r of both under the same draws.
    confidence
        Of the interval, which is the jackknife's for the logarithm of the ratio.

    Returns
    -------
    Interval
        Infinite where no replication differs, NaN with fewer than four replications or NaN values.

    References
    ----------
    Miller, "The jackknife: a review", Biometrika 61, 1974, section 3 (logarithms of variances).
    """
    n, nan = len(baseline), float("nan")
    delta = scenario - baseline
    if n < 4 or not np.all(np.isfinite(delta)):
        return Interval(nan, nan, nan, confidence)
    kept = ~np.eye(n, dtype=bool)
    apart = scenario.var(ddof=1) + baseline.var(ddof=1)
    paired = float(delta.var(ddof=1))
    if paired <= 1e-24 * apart or np.ptp(delta) == 0:
        return Interval(float("inf"), float("inf"), float("inf"), confidence)
    left_out = np.array(
        [
            log((scenario[row].var(ddof=1) + baseline[row].var(ddof=1)) / delta[row].var(ddof=1))
            for row in kept
            if np.ptp(delta[row]) > 0
        ]
    )
    if len(left_out) < n:
        return Interval(float(apart / paired), nan, nan, confidence)
    whole = log(apart / paired)
    found = t_interval(n * whole - (n - 1) * left_out, confidence)
    return Interval(float(apart / paired), exp(found.low), exp(found.high), confidence)


def pairing_bound(scenario: Array, baseline: Array) -> float:
    """Return the largest :func:`pairing_gain` that values with these variances can have.

    Standard deviations *s* and *b* leave a difference of at least *s* - *b*, were the values never
    so well paired (Cauchy and Schwarz), so the gain is at most (s2 + b2) / (s - b)2. A scenario
    that removes most of the variance by itself leaves common random numbers little to save.

    Parameters
    ----------
    scenario, baseline
        Values of a metric by replication.

    Returns
    -------
    float
        Infinite for equal variances; NaN with fewer than two replications or NaN values.
    """
    if len(baseline) < 2 or not np.all(np.isfinite(scenario + baseline)):
        return float("nan")
    after, before = float(scenario.std(ddof=1)), float(baseline.std(ddof=1))
    left = (after - before) ** 2
    return (after**2 + before**2) / left if left > 0 else float("inf")
