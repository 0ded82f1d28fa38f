"""How long a log goes on after its last case began: a simulated log must end in the same way.

A log that was taken at some moment holds only cases that were over by then: those that began
last are there only if they were short. A simulated log whose cases all run to their end has long
ones in their place, and would be judged by a difference that no model can know. So the simulated
log is closed as the real one was. All that is looked at for it is the last arrival and the end.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim.discovered.model import HOURS_OF_WEEK

Floats = npt.NDArray[np.float64]

# So many expected cases do not stay away by chance (once in 20,000 times, were they independent;
# where arrivals come in waves, several make one).
MISSING = 10.0
# Arrivals on a timetable are not taken to be more regular than this: variance over mean of a week.
_LEAST_DISPERSION = 0.25
# If so many cases are over by then, all are.
_NEARLY_ALL = 0.99
_OLD = 0.005


def follow_up_hours(train: pl.DataFrame, test: pl.DataFrame) -> float:
    """Return how long the log of a later period goes on after the arrival of its last case.

    A log of what was over when it was taken has cases that began until its end, though fewer and
    fewer. If so many had to be there after the last arrival that their absence is no chance,
    arrivals have stopped, and the log goes on for what was still open.

    Parameters
    ----------
    train
        Events that say how many cases arrive and how long they take.
    test
        Events of the later period: only its last arrival and its end are looked at.

    Returns
    -------
    float
        Hours; 0 if cases go on to arrive; infinite if practically all came to their end.
    """
    began, over = _hours(train)
    # The log begins where its cases do, not with a few old ones.
    old = began < np.quantile(began, _OLD, method="nearest")
    began, over = began[~old], over[~old]
    arrived, ended = _hours(test)
    hours = float(ended.max() - arrived.max())
    lasting = over - began
    length = float(over.max() - began.min())
    missing = float(np.maximum(hours - lasting, 0.0).sum()) / max(length, 1e-9)
    if missing < MISSING * _dispersion(began):
        return 0.0
    return float("inf") if hours >= np.quantile(lasting, _NEARLY_ALL) else hours


def _hours(events: pl.DataFrame) -> tuple[Floats, Floats]:
    """Return when each case began and when it was over, in hours since 1970."""
    cases = events.group_by("case").agg(pl.col("start").min(), pl.col("time").max())
    began, over = (
        cases[name].dt.timestamp("us").to_numpy() / 3_600_000_000 for name in ("start", "time")
    )
    return began, over


def _dispersion(began: Floats) -> float:
    """Return the variance of the arrivals of a week over their mean; at least a quarter."""
    weeks = np.bincount(((began - began.min()) // HOURS_OF_WEEK).astype(np.int64))[:-1]
    if weeks.size < 2:
        return 1.0
    return max(float(weeks.var(ddof=1) / weeks.mean()), _LEAST_DISPERSION)
