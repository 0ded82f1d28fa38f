"""A mean over replications with its interval, and a curve of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replications with its confidence interval.

    Parameters
    ----------
    mean, low, high
        Point estimate and interval limits, in the metric's unit; NaN when undefined.
    standard_deviation
        Between replications.
    replications
        Number of values behind the estimate.
    confidence
        Confidence level, 0 to 1.
    """

    mean: float
    low: float
    high: float
    standard_deviation: float
    replications: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Band:
    """A curve by day with a band over replications.

    Parameters
    ----------
    day
        Days since the start of the measured period.
    mean
        By day, over replications, in the metric's unit.
    low, high
        Limits of the band: of a curve, a 90 % prediction interval for one more replication; of a
        lead, the confidence interval of the mean.
    """

    day: Array
    mean: Array
    low: Array
    high: Array
