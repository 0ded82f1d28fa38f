"""What could be done otherwise in a discovered process: pure changes of the model.

Shares are met by draws that belong to the steps of the histories: more of a share changes more
steps and none back, so two levels of a lever differ in the marginal steps only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from o2c_sim.discovered.model import (
    HOURS_OF_WEEK,
    LEFT_OUT,
    NO_POOL,
    DiscoveredModel,
    Floats,
    Histories,
    Pool,
)
from o2c_sim.discovered.weeks import Week
from o2c_sim.engine.randomness import Streams
from o2c_sim.errors import ModelError, Problem, did_you_mean

Flags = npt.NDArray[np.bool_]
MOST_CAPACITY = 10_000_000
_MOST_FACTOR = 1_000.0


def with_capacity(model: DiscoveredModel, pool: str, capacity: int) -> DiscoveredModel:
    """Return the model with a pool that does *capacity* tasks at the same time.

    Names are added for people who join a pool in which each name stands for one task at a time.
    """
    if not 1 <= capacity <= MOST_CAPACITY:
        raise _refusal(f"pools.{pool}.capacity is {capacity}", f"1 to {MOST_CAPACITY:,}")
    before = _pool(model, pool)
    names = before.resources
    if before.capacity <= len(names) < capacity <= 1_000:
        joining = (f"{pool} +{number}" for number in range(1, capacity - len(names) + 1))
        names = (*names, *joining)
    return _with_pool(model, replace(before, capacity=capacity, resources=names))


def with_week(model: DiscoveredModel, pool: str, week: Week) -> DiscoveredModel:
    """Return the model with a pool that works in other hours of the week."""
    return _with_pool(model, replace(_pool(model, pool), week=week))


def with_arrivals_factor(model: DiscoveredModel, factor: float) -> DiscoveredModel:
    """Return the model with *factor* times as many arrivals."""
    _factor("arrivals.factor", factor, above_zero=True)
    arrivals = replace(model.arrivals, per_week=model.arrivals.per_week * factor)
    return replace(model, arrivals=arrivals)


def with_work_factor(model: DiscoveredModel, activity: str, factor: float) -> DiscoveredModel:
    """Return the model with *factor* times the work of an activity."""
    _factor(f"activities.{activity}.work_factor", factor)
    own, hours = _steps(model, activity), model.histories.work_hours
    return _with_histories(
        model, replace(model.histories, work_hours=np.where(own, hours * factor, hours))
    )


def with_delay_factor(model: DiscoveredModel, activity: str, factor: float) -> DiscoveredModel:
    """Return the model with *factor* times the delay of an activity, which no queue explains."""
    _factor(f"activities.{activity}.delay_factor", factor)
    own, hours = _steps(model, activity), model.histories.delay_hours
    return _with_histories(
        model, replace(model.histories, delay_hours=np.where(own, hours * factor, hours))
    )


def with_automated_share(
    model: DiscoveredModel, activity: str, share: float, minutes: float = 1.0
) -> DiscoveredModel:
    """Return the model in which a robot does a share of the steps of an activity.

    They wait for no pool and take *minutes*, at any hour. Their delay stays; it was counted in open
    hours of the pool, and is now as many hours of the clock as these take on average.
    """
    _share(f"activities.{activity}.automated_share", share)
    if not 0 <= minutes <= 525_600:
        raise _refusal(f"activities.{activity}.automated_minutes is {minutes:g}", "0 to 525,600")
    histories = model.histories
    robot = _steps(model, activity) & (_luck(f"automated {activity}", histories) < share)
    robot &= histories.pool != LEFT_OUT
    # Hours of the clock to an open hour, by pool; the two codes below 0 come last.
    per_open_hour = [
        HOURS_OF_WEEK / sum(closes - opens for opens, closes in pool.week) for pool in model.pools
    ]
    around = np.array([*per_open_hour, 1.0, 1.0])[histories.pool]
    return _with_histories(
        model,
        replace(
            histories,
            pool=np.where(robot, NO_POOL, histories.pool),
            delay_hours=np.where(robot, histories.delay_hours * around, histories.delay_hours),
            work_hours=np.where(robot, minutes / 60, histories.work_hours),
        ),
    )


def with_leave_out_share(model: DiscoveredModel, activity: str, share: float) -> DiscoveredModel:
    """Return the model in which a share of the steps of an activity is not done.

    What waited for such a step waits for what the step waited for. Cases are routed as if it had
    been done.

    Raises
    ------
    ModelError
        If a case would have no step left.
    """
    _share(f"activities.{activity}.leave_out_share", share)
    histories = model.histories
    out = _steps(model, activity) & (_luck(f"left out {activity}", histories) < share)
    gone = out | (histories.pool == LEFT_OUT)
    empty = np.logical_and.reduceat(gone, histories.case[:-1]).sum()
    if empty:
        raise _refusal(
            f"activities.{activity}.leave_out_share is {share:g}: {empty} observed cases would "
            "have no step left",
            "an activity that is never all of a case",
        )
    return _with_histories(
        model,
        replace(
            histories,
            pool=np.where(out, LEFT_OUT, histories.pool),
            delay_hours=np.where(out, 0.0, histories.delay_hours),
            work_hours=np.where(out, 0.0, histories.work_hours),
        ),
    )


def with_weight_factor(
    model: DiscoveredModel, activity: str, factor: float, *, repeated: bool = False
) -> DiscoveredModel:
    """Return the model in which cases with an activity are *factor* times as likely.

    Parameters
    ----------
    model
        The model.
    activity
        Its name.
    factor
        Above 0.
    repeated
        Whether only those cases count that do it more than once.
    """
    name = "repetition_factor" if repeated else "weight_factor"
    _factor(f"activities.{activity}.{name}", factor, above_zero=True)
    histories = model.histories
    times = np.add.reduceat(_steps(model, activity).astype(np.int64), histories.case[:-1])
    weight = np.where(times > int(repeated), histories.weight * factor, histories.weight)
    return _with_histories(model, replace(histories, weight=weight))


def without_left_out(histories: Histories) -> Histories:
    """Return histories in which what is left out is not there any more."""
    out = histories.pool == LEFT_OUT
    if not out.any():
        return histories
    starts = histories.case
    edges, bounds = histories.predecessor.tolist(), histories.predecessors.tolist()
    hour = histories.hour.copy()
    before: list[list[int]] = []
    for begin, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        if not out[begin:end].any():
            before += [edges[bounds[step] : bounds[step + 1]] for step in range(begin, end)]
            continue
        # What stands in for each step, by places before anything is left out.
        stands_in: list[list[int]] = []
        kept = np.cumsum(~out[begin:end]) - 1
        for step in range(begin, end):
            places = edges[bounds[step] : bounds[step + 1]]
            if len(places) == 1 and out[begin + places[0]]:
                hour[step] = hour[begin + places[0]]
            found = sorted({k for place in places for k in stands_in[place]})
            if out[step]:
                stands_in.append(found)
            else:
                stands_in.append([step - begin])
                before.append([int(kept[k]) for k in found])
        if out[begin]:
            # The case arrives when it did.
            first = begin + int(np.argmin(out[begin:end]))
            hour[first] = histories.hour[begin]
    counts = np.add.reduceat((~out).astype(np.int64), starts[:-1])
    return Histories(
        case=np.concatenate([[0], np.cumsum(counts)]),
        activity=histories.activity[~out],
        pool=histories.pool[~out],
        delay_hours=histories.delay_hours[~out],
        work_hours=histories.work_hours[~out],
        predecessor=np.array([k for places in before for k in places], dtype=np.int64),
        predecessors=np.cumsum([0, *map(len, before)]),
        hour=hour[~out],
        weight=histories.weight,
    )


def _luck(purpose: str, histories: Histories) -> Floats:
    """Return a number from 0 to 1 for each step, always the same."""
    return Streams(0, 0).draws(purpose).span(0, int(histories.case[-1]))


def _steps(model: DiscoveredModel, activity: str) -> Flags:
    """Return which steps are of an activity."""
    if activity not in model.activities:
        raise ModelError(
            Problem(
                f"there is no activity {activity!r}",
                allowed=_some(model.activities),
                suggestion=did_you_mean(activity, model.activities),
            )
        )
    own: Flags = model.histories.activity == model.activities.index(activity)
    return own


def _pool(model: DiscoveredModel, name: str) -> Pool:
    names = [pool.name for pool in model.pools]
    if name not in names:
        raise ModelError(
            Problem(
                f"there is no pool {name!r}",
                allowed=_some(names) if names else "none: the model has no pools",
                suggestion=did_you_mean(name, names),
            )
        )
    return model.pools[names.index(name)]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 30} more" if len(names) > 30 else ""
    return ", ".join(names[:30]) + more


def _with_pool(model: DiscoveredModel, changed: Pool) -> DiscoveredModel:
    pools = (changed if pool.name == changed.name else pool for pool in model.pools)
    return replace(model, pools=tuple(pools))


def _with_histories(model: DiscoveredModel, histories: Histories) -> DiscoveredModel:
    return replace(model, histories=histories)


def _share(path: str, share: float) -> None:
    if not 0 <= share <= 1:
        raise _refusal(f"{path} is {share:g}", "0 to 1")


def _factor(path: str, factor: float, *, above_zero: bool = False) -> None:
    if not 0 <= factor <= _MOST_FACTOR or (above_zero and factor == 0):
        lowest = "above 0, at most" if above_zero else "0 to"
        raise _refusal(f"{path} is {factor:g}", f"{lowest} {_MOST_FACTOR:g}")


def _refusal(message: str, allowed: str) -> ModelError:
    return ModelError(Problem(message, allowed=allowed))
