"""Intervals and tests over replications: t intervals, paired differences, Holm's correction."""

from __future__ import annotations

from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy import special

from mining.multiplicity import holm as holm
from scenarios.comparison import Estimate

Array = npt.NDArray[np.float64]


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
