"""The histories of a discovered process, made ready to be run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from o2c_sim.discovered.model import HOURS_OF_WEEK, DiscoveredModel
from o2c_sim.discovered.precedence import Precedence, precedence
from o2c_sim.discovered.routing import Switching
from o2c_sim.engine.clock import HOUR

# A case of more steps than the longest observed, times this, follows its history to the end.
MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class Program:
    """Histories as plain lists, which a loop reads several times faster than arrays.

    Parameters
    ----------
    order, switching
        The order of the steps, and where a case may pass to another history.
    activity, pool
        Of each step: their numbers.
    delay, work
        Of each step: seconds.
    end
        Of each step: the one after the last of its history.
    start_hour
        Of each step that no pool does: the hour of the week at which it began.
    most_steps
        A case of more steps than that stays in its history.
    """

    order: Precedence
    switching: Switching
    activity: list[int]
    pool: list[int]
    delay: list[float]
    work: list[float]
    end: list[int]
    start_hour: list[float]
    most_steps: int


# The latest programs, with what each was made of: several runs of one model share one.
_made: list[tuple[tuple[object, ...], Program]] = []
_KEPT = 4


def program_of(model: DiscoveredModel) -> Program:
    """Return what a model's histories are for the run; made once for several runs."""
    histories, routing = model.histories, model.routing
    weeks = tuple(pool.week for pool in model.pools)
    for (of_histories, *other), program in _made:
        if of_histories is histories and other == [routing, weeks]:
            return program
    order = precedence(histories)
    lengths = np.diff(histories.case)
    program = Program(
        order,
        Switching(histories, model.pools, routing, order),
        histories.activity.tolist(),
        histories.pool.tolist(),
        (histories.delay_hours * HOUR).tolist(),
        (histories.work_hours * HOUR).tolist(),
        np.repeat(histories.case[1:], lengths).tolist(),
        ((histories.hour + histories.delay_hours) % HOURS_OF_WEEK).tolist(),
        MOST_STEPS * int(lengths.max()),
    )
    _made.append(((histories, routing, weeks), program))
    del _made[:-_KEPT]
    return program
