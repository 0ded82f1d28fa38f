"""A process discovered from a log, as data: histories of cases, pools of people, arrivals.

A case that is simulated follows the history of an observed one, and may pass to another history
wherever both have come to the same point (see :mod:`o2c_sim.discovered.routing`). A history says
what is done, after what, by which pool, how much work it is, and how long the case waits for
reasons that neither queue nor calendar explains. Waiting for people is not in it: it comes from
the pools, so that more people, other hours or less work shorten it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
# Of a step that no pool does: it is done at once, at any hour.
NO_POOL = -1
# Of a step that is left out: it is not done, and what waits for it need not wait any longer.
LEFT_OUT = -2
# Tasks at the same time of a pool for which nobody queues: customers, students, systems.
UNLIMITED = 1_000_000
HOURS_OF_WEEK = 168


@dataclass(frozen=True, slots=True)
class Pool:
    """People or systems that share their work.

    Parameters
    ----------
    name
        What reports call it.
    resources
        Names written into the log, at least one.
    capacity
        How many tasks they do at the same time, together.
    week
        When they work: (from, until) in hours of the week, Monday 00:00 UTC being 0, in order and
        apart; ``((0, 168),)`` is always.
    """

    name: str
    resources: tuple[str, ...]
    capacity: int
    week: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When cases arrive: a renewal process whose clock runs with the intensity of the week.

    Parameters
    ----------
    per_week
        Arrivals a week, on average.
    profile
        Shares of the 168 hours of a week (Monday 00:00 UTC first); their sum is 1.
    gaps
        Times between arrivals in the order observed, in units of the mean time between arrivals
        (their mean is 1), on the clock that runs with the intensity.
    block
        Mean number of consecutive gaps that are drawn together, which keeps busy and quiet times.
    """

    per_week: float
    profile: Floats
    gaps: Floats
    block: float


@dataclass(frozen=True, slots=True)
class Histories:
    """Observed cases, as far as they do not depend on who else was there.

    Steps of a case are in order of their observed start; a step begins after all its
    ``predecessors`` (positions within the case) are done, then waits ``delay_hours``, then for
    the pool, and takes ``work_hours``. The first step of a case has no predecessor and begins
    ``delay_hours`` after the arrival.

    Parameters
    ----------
    case
        First step of each case, and the number of steps at the end: cases + 1 numbers.
    activity
        Of each step: number in :attr:`DiscoveredModel.activities`.
    pool
        Of each step: number of the pool, :data:`NO_POOL` or :data:`LEFT_OUT`.
    delay_hours
        Of each step: waiting that neither queue nor calendar explains, in open hours of the pool
        (hours of the clock without a pool).
    work_hours
        Of each step: duration in open hours of the pool (hours of the clock without one).
    predecessor, predecessors
        Positions within the case: those of step i are ``predecessor[predecessors[i] :
        predecessors[i + 1]]``.
    hour
        Of each step: the hour of the week at which the last of its predecessors was done (of the
        first: at which the case arrived).
    weight
        Of each case: how many cases it stands for (censoring, recency); positive.
    """

    case: Integers
    activity: Integers
    pool: Integers
    delay_hours: Floats
    work_hours: Floats
    predecessor: Integers
    predecessors: Integers
    hour: Floats
    weight: Floats

    @property
    def cases(self) -> int:
        """Number of cases."""
        return self.case.size - 1


@dataclass(frozen=True, slots=True)
class Routing:
    """How a case passes from one history to another.

    Parameters
    ----------
    switch_share
        Probability of passing, at each point where a case may.
    neighbours
        Of the histories that have come to the same point, as many whose hour of the week is
        nearest are considered.
    memory
        Points are the same if all steps until then are; where fewer than ``least`` cases share
        them, if the last ``memory`` activities are, then fewer.
    least
        See ``memory``.
    stratified
        Whether cases are spread evenly over short and long histories (see
        :mod:`o2c_sim.discovered.strata`), which lowers the variance between replications. For
        estimates of what is expected; not for how much a log can vary.
    """

    switch_share: float = 0.1
    neighbours: int = 20
    memory: int = 5
    least: int = 5
    stratified: bool = False


@dataclass(frozen=True, slots=True)
class DiscoveredModel:
    """A process that can be simulated, discovered from a log.

    Parameters
    ----------
    name
        What reports call it.
    source
        Where it comes from: the log, its period, its size.
    activities
        Names.
    pools
        Pools of people and systems.
    arrivals, histories, routing
        See there.
    """

    name: str
    source: str
    activities: tuple[str, ...]
    pools: tuple[Pool, ...]
    arrivals: Arrivals
    histories: Histories
    routing: Routing
