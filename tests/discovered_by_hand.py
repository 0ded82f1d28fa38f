"""Discovered processes small enough to write by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from o2c_sim.discovered.model import (
    NO_POOL,
    Arrivals,
    DiscoveredModel,
    Histories,
    Pool,
    Routing,
)
from o2c_sim.discovered.simulation import simulate_discovered

MONDAY = dt.datetime(2026, 1, 5)
ALWAYS = ((0.0, 168.0),)
OFFICE = tuple((24.0 * day + 9, 24.0 * day + 17) for day in range(5))
FLAT = np.full(168, 1 / 168)
STAY = Routing(switch_share=0.0)


@dataclass(frozen=True)
class Step:
    """One step of a history; it follows the step before unless *after* says otherwise."""

    activity: int
    pool: int = NO_POOL
    delay: float = 0.0
    work: float = 0.0
    after: tuple[int, ...] | None = None
    hour: float = 0.0


def histories(cases: Sequence[Sequence[Step]], weight: Sequence[float] | None = None) -> Histories:
    """Return histories of steps."""
    before = [
        (() if place == 0 else (place - 1,)) if step.after is None else step.after
        for case in cases
        for place, step in enumerate(case)
    ]
    steps = [step for case in cases for step in case]
    return Histories(
        case=np.cumsum([0, *(len(case) for case in cases)]),
        activity=np.array([step.activity for step in steps], dtype=np.int64),
        pool=np.array([step.pool for step in steps], dtype=np.int64),
        delay_hours=np.array([step.delay for step in steps], dtype=np.float64),
        work_hours=np.array([step.work for step in steps], dtype=np.float64),
        predecessor=np.array([place for places in before for place in places], dtype=np.int64),
        predecessors=np.cumsum([0, *(len(places) for places in before)]),
        hour=np.array([step.hour for step in steps], dtype=np.float64),
        weight=np.ones(len(cases)) if weight is None else np.array(weight, dtype=np.float64),
    )


def model(
    cases: Sequence[Sequence[Step]],
    pools: Sequence[Pool] = (),
    *,
    activities: str = "abcdefgh",
    per_week: float = 168.0,
    gaps: Sequence[float] = (1.0,),
    block: float = 1.0,
    profile: np.ndarray = FLAT,
    routing: Routing = STAY,
    weight: Sequence[float] | None = None,
) -> DiscoveredModel:
    """Return a process whose cases arrive every hour unless said otherwise."""
    return DiscoveredModel(
        name="by hand",
        source="a test",
        activities=tuple(activities),
        pools=tuple(pools),
        arrivals=Arrivals(per_week, profile, np.array(gaps, dtype=np.float64), block),
        histories=histories(cases, weight),
        routing=routing,
    )


def exponential(count: int, seed: int) -> list[float]:
    """Return numbers in random order whose distribution is the exponential one, of mean 1."""
    values = -np.log1p(-(np.arange(count) + 0.5) / count)
    shuffled: list[float] = np.random.default_rng(seed).permutation(values / values.mean()).tolist()
    return shuffled


def run(process, cases, seed=1, start=MONDAY, replication=0, follow_up_hours=float("inf")):
    """Return the log of a run."""
    return simulate_discovered(
        process,
        cases=cases,
        start=start,
        seed=seed,
        replication=replication,
        follow_up_hours=follow_up_hours,
    )


def sequences(log):
    """Return each case's activities as one text."""
    return log.group_by("case", maintain_order=True).agg("activity")["activity"].list.join("")


def variants(log):
    """Return each case's activities as one text, whatever branch was first."""
    return sequences(log.sort("case", "activity"))


def hours(column):
    """Return times in hours since the Monday of the tests."""
    return ((column - MONDAY).dt.total_microseconds() / 3.6e9).to_numpy()


ABC = [Step(0, work=1), Step(1, work=1), Step(2, work=1)]
