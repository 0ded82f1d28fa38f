"""How long a discovered process must run until its queues are as full as they usually are."""

from __future__ import annotations

import math

import numpy as np

from o2c_sim.discovered.model import HOURS_OF_WEEK, UNLIMITED, DiscoveredModel

# Of the cases, as many are over by then that began at the beginning of the warm-up.
_SHARE = 0.95
_MOST_WEEKS = 8


def warm_up_weeks(model: DiscoveredModel) -> int:
    """Return the weeks after which nearly all cases are over; 0 where nobody queues.

    Parameters
    ----------
    model
        The process.

    Returns
    -------
    int
        From 1 to 8, or 0. The hours of a case are those of its steps one after the other, work
        and delays stretched by the hours in which their pools are closed: an upper bound but for
        queues.
    """
    limited = [number for number, pool in enumerate(model.pools) if pool.capacity < UNLIMITED]
    histories = model.histories
    if not limited or not np.isin(histories.pool, limited).any():
        return 0
    stretch = np.ones(len(model.pools) + 1)
    for number, pool in enumerate(model.pools):
        stretch[number] = HOURS_OF_WEEK / sum(until - since for since, until in pool.week)
    of_step = np.where(histories.pool >= 0, histories.pool, len(model.pools))
    hours = (histories.delay_hours + histories.work_hours) * stretch[of_step]
    lengths = np.add.reduceat(hours, histories.case[:-1])
    weeks = math.ceil(float(np.quantile(lengths, _SHARE)) / HOURS_OF_WEEK)
    return min(max(weeks, 1), _MOST_WEEKS)
