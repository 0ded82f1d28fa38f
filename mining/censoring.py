"""Durations of which some have not ended yet: quantiles that do not forget the open cases.

Leaving out what is open makes a process look faster than it is: the slow cases are those that are
still open when the log ends.

References
----------
Kaplan, Meier, "Nonparametric estimation from incomplete observations", Journal of the American
Statistical Association 53, 1958.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mining.measures import NAN, Array, mean, spread

Flags = npt.NDArray[np.bool_]


def censored_quantile(durations: Array, ended: Flags, probability: float) -> float:
    """Return a quantile of durations, those of open cases being known only as "longer than".

    Parameters
    ----------
    durations
        Shape (cases,): from start to end, or to the end of the log for a case that is open.
    ended
        Shape (cases,): whether the case has ended; it is censored otherwise.
    probability
        Of the quantile, above 0 and below 1.

    Returns
    -------
    float
        The least duration by which the Kaplan-Meier estimate says that the share *probability*
        has ended; the ordinary sample quantile if nothing is open. Infinite if so many are open
        that the quantile lies beyond what was observed, NaN without cases.
    """
    if durations.size == 0:
        return NAN
    if ended.all():
        return float(np.quantile(durations, probability))
    return _kaplan_meier(durations, durations[ended], probability)[0]


def _kaplan_meier(durations: Array, ended: Array, *probabilities: float) -> list[float]:
    """Return quantiles of all durations, given those of the cases that have ended."""
    if not ended.size:
        return [float("inf")] * len(probabilities)
    times, ends = np.unique(ended, return_counts=True)
    # Who is censored at a moment is still at risk in it.
    at_risk = durations.size - np.searchsorted(np.sort(durations), times, side="left")
    share = 1 - np.cumprod(1 - ends / at_risk)
    reached = [np.flatnonzero(share >= probability - 1e-12) for probability in probabilities]
    return [float(times[found[0]]) if found.size else float("inf") for found in reached]


def spread_with_open(stem: str, unit: str, ended: Array, still_open: Array) -> dict[str, float]:
    """Return the mean of what has ended, and median and 90th percentile by Kaplan-Meier.

    Parameters
    ----------
    stem, unit
        The keys are ``{stem}_{statistic}_{unit}``.
    ended, still_open
        Durations of the cases that have ended, and those so far of the open ones.

    Returns
    -------
    dict
        A quantile that lies beyond what was observed is NaN: all that is known is that it is long.
    """
    if not still_open.size:
        return spread(stem, unit, ended)
    found = {f"{stem}_mean_{unit}": mean(ended)}
    durations = np.concatenate([ended, still_open])
    median, p90 = _kaplan_meier(durations, ended, 0.5, 0.9)
    for name, value in (("median", median), ("p90", p90)):
        found[f"{stem}_{name}_{unit}"] = value if np.isfinite(value) else NAN
    return found
