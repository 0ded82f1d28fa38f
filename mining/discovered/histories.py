"""The observed cases as histories: what is done after what, how much work, how much waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from mining.discovered.arrivals import HOUR, hour_of_week
from mining.discovered.precedence import Steps
from o2c_sim.discovered.model import HOURS_OF_WEEK, NO_POOL, Histories, Pool

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
# From moments (microseconds since 1970) to hours passed until then.
Clock = Callable[[Integers], Floats]


def histories(
    steps: Steps,
    predecessors: Sequence[Sequence[int]],
    pool: Integers,
    pools: Sequence[Pool],
    weight: Floats,
) -> Histories:
    """Return the histories of a log's cases.

    Parameters
    ----------
    steps
        The steps, by case and start.
    predecessors
        Of each step: positions within its case.
    pool
        Of each step: the pool that did it, or ``NO_POOL``.
    pools
        The pools: their hours turn clock time into work and waiting.
    weight
        Of each case.

    Returns
    -------
    Histories
        Waiting in the open hours of the pool, without those in which all its people were busy:
        what is waited for the pool to open, and for somebody to have time, is no delay.
    """
    ready = _ready(steps, predecessors)
    delay = (steps.start - ready) / HOUR
    work = (steps.end - steps.start) / HOUR
    for number, one in enumerate(pools):
        mine = pool == number
        opened = _open_hours(one)
        queued = _full_hours(steps.start[mine], steps.end[mine], one.capacity, opened)
        work[mine] = opened(steps.end[mine]) - opened(steps.start[mine])
        delay[mine] = opened(steps.start[mine]) - opened(ready[mine])
        delay[mine] -= queued(steps.start[mine]) - queued(ready[mine])
    sizes = np.array([len(before) for before in predecessors], dtype=np.int64)
    return Histories(
        case=steps.case,
        activity=steps.activity,
        pool=pool if pools else np.full(steps.activity.size, NO_POOL, dtype=np.int64),
        delay_hours=np.maximum(delay, 0.0),
        work_hours=np.maximum(work, 0.0),
        predecessor=np.array([p for before in predecessors for p in before], dtype=np.int64),
        predecessors=np.concatenate([[0], np.cumsum(sizes)]),
        hour=hour_of_week(ready),
        weight=weight,
    )


def _ready(steps: Steps, predecessors: Sequence[Sequence[int]]) -> Integers:
    """Return when the last of the predecessors of each step was done; else when its case began."""
    ends = steps.end.tolist()
    ready: list[int] = []
    for first, last in zip(steps.case[:-1].tolist(), steps.case[1:].tolist(), strict=True):
        began = int(steps.start[first])
        for i in range(first, last):
            before = predecessors[i]
            ready.append(max([ends[first + p] for p in before]) if before else began)
    return np.array(ready, dtype=np.int64)


def _open_hours(pool: Pool) -> Clock:
    """Return the function from microseconds to the open hours of a pool until then."""
    edges = np.array([edge for interval in pool.week for edge in interval])
    gains = np.tile([1.0, 0.0], len(pool.week)) * np.diff(np.append(edges, HOURS_OF_WEEK))
    passed = np.concatenate([[0.0], np.cumsum(gains)])
    a_week = passed[-1]

    def until(time: Integers) -> Floats:
        hour = hour_of_week(time)
        week = np.round((time / HOUR - hour) / HOURS_OF_WEEK)
        index = np.searchsorted(edges, hour, side="right")
        inside = np.where(index % 2 == 1, hour - edges[np.maximum(index - 1, 0)], 0.0)
        result: Floats = week * a_week + passed[np.maximum(index - 1, 0)] + inside
        return result

    return until


def _full_hours(start: Integers, end: Integers, capacity: int, opened: Clock) -> Clock:
    """Return the function to the open hours until then in which all people of a pool were busy."""
    moments = np.concatenate([end, start])
    change = np.concatenate([np.full(end.size, -1), np.ones(start.size, np.int64)])
    # A task that ends as another begins makes room for it.
    order = np.lexsort((change, moments))
    moments, busy = moments[order], np.cumsum(change[order])
    # The count between two moments is that after the last event of the first of them.
    last = np.append(moments[1:] != moments[:-1], True)
    moments, full = moments[last], busy[last] >= capacity
    begins = moments[full & ~np.append(False, full[:-1])]
    ends = moments[~full & np.append(False, full[:-1])]
    if not begins.size:
        return lambda time: np.zeros(time.size)
    opens, closes = opened(begins), opened(ends)
    passed = np.concatenate([[0.0], np.cumsum(closes - opens)])

    def until(time: Integers) -> Floats:
        index = np.searchsorted(begins, time, side="right") - 1
        now = np.maximum(index, 0)
        inside = np.minimum(opened(time), closes[now]) - opens[now]
        result: Floats = np.where(index < 0, 0.0, passed[now] + np.maximum(inside, 0.0))
        return result

    return until
