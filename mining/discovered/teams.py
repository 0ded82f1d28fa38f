"""Who does the steps: pools of people with hours and capacity, as the simulation needs them."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.calibration import working_time
from mining.discovered.arrivals import hour_of_week
from o2c_sim.discovered.model import HOURS_OF_WEEK, NO_POOL, UNLIMITED, Pool

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
People = Literal["queue", "hours", "none"]
# The simplest first: what explains most.
PEOPLE: tuple[People, ...] = ("queue", "hours", "none")

ALWAYS = ((0.0, float(HOURS_OF_WEEK)),)
# Of a pool's steps, as many may lie outside its hours; of one with more, the hours are not known.
_MOST_OUTSIDE = 0.25
# What begins at closing time is begun, and goes on the next day.
_GRACE_HOURS = 1 / 3600


def teams(
    events: pl.DataFrame, people: People = "queue", zone: str = "UTC"
) -> tuple[tuple[Pool, ...], Integers]:
    """Return the pools of a log and which of them did each step.

    Parameters
    ----------
    events
        The steps in their order: ``case``, ``activity``, ``resource``, ``start`` and ``time``
        (naive UTC).
    people
        ``queue``; ``hours``: as many as are needed, but in working hours; ``none``: no pools.
    zone
        Time zone of the working hours found; the pools' hours are in UTC of a winter week.

    Returns
    -------
    tuple
        The pools, and of each step the number of its pool, or ``NO_POOL``: steps that nobody is
        named for, and those done outside the usual hours of their pool, which no calendar tells.
    """
    if people == "none":
        return (), np.full(events.height, NO_POOL, dtype=np.int64)
    named = events.filter(pl.col("resource").is_not_null())
    if named.is_empty():
        return (), np.full(events.height, NO_POOL, dtype=np.int64)
    found = [one for one in working_time.pools(named, zone) if one.resources]
    number = {name: i for i, one in enumerate(found) for name in one.resources}
    pool = (
        events["resource"]
        .replace_strict(number, default=NO_POOL, return_dtype=pl.Int64)
        .fill_null(NO_POOL)
        .to_numpy()
        .copy()
    )
    start, end = (events[name].dt.timestamp("us").to_numpy() for name in ("start", "time"))
    result = []
    for i, one in enumerate(found):
        mine = pool == i
        week: tuple[tuple[float, float], ...] = ALWAYS
        if one.kind == "people":
            hours = tuple((opens / 60, closes / 60) for opens, closes in one.hours.intervals)
            outside = mine & ~(_within(hours, start) & _within(hours, end))
            if outside.sum() <= _MOST_OUTSIDE * mine.sum():
                week = _tightened(hours, np.concatenate([start[mine], end[mine]]))
                pool[outside] = NO_POOL
        capacity = _capacity(one, start[mine], end[mine]) if people == "queue" else UNLIMITED
        result.append(Pool(one.name, one.resources, capacity, week))
    return tuple(result), pool


def _within(week: tuple[tuple[float, float], ...], time: Integers) -> Flags:
    """Return whether each moment lies in open hours, closing times included."""
    hour = hour_of_week(time)
    inside = np.zeros(time.size, dtype=np.bool_)
    for opens, closes in week:
        inside |= (hour >= opens) & (hour <= closes)
    return inside


def _tightened(
    week: tuple[tuple[float, float], ...], time: Integers
) -> tuple[tuple[float, float], ...]:
    """Return the hours without what lies before the first and after the last stamp of each stretch.

    Hours found from stamps end on quarters of an hour; a task that begins in a quarter in which
    nobody works any more would be handed over a night too late.
    """
    hour = hour_of_week(time)
    tight = []
    for opens, closes in week:
        inside = hour[(hour >= opens) & (hour <= closes)]
        if inside.size and inside.max() > inside.min():
            tight.append((float(inside.min()), float(inside.max()) + _GRACE_HOURS))
    return tuple(tight) or week


def _capacity(pool: working_time.Pool, start: Integers, end: Integers) -> int:
    """Return how many tasks a pool does at the same time: as many as were ever seen."""
    if pool.kind != "people":
        return UNLIMITED
    moments = np.concatenate([start, end])
    change = np.concatenate([np.ones(start.size, np.int64), -np.ones(end.size, np.int64)])
    # A task that ends as another begins makes room for it; one that takes no time does not count.
    lasting = np.tile(end > start, 2)
    order = np.lexsort((change[lasting], moments[lasting]))
    at_once = int(np.cumsum(change[lasting][order]).max(initial=0))
    return max(pool.capacity, at_once, 1)
