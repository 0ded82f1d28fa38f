"""A discovered process as it is and otherwise, under the same luck."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from o2c_sim.discovered.model import UNLIMITED, DiscoveredModel
from o2c_sim.discovered.simulation import DiscoveredRun, run_discovered
from o2c_sim.engine.clock import HOUR
from o2c_sim.engine.staff import PoolStatistics
from o2c_sim.errors import Problem, ScenarioError
from scenarios.comparison import MetricDifference
from scenarios.differences import relative_difference
from scenarios.power import detectable_difference, strictest_level
from scenarios.statistics import holm, paired_p_value, t_interval

Array = npt.NDArray[np.float64]

# Of the cases: the first ones meet a process without any work in progress, and are not measured.
WARM_UP_SHARE = 0.2
FEWEST_CASES = 20
# Weeks repeat, so any Monday will do.
_START = dt.datetime(2024, 1, 1)
_WEEK_HOURS = 168.0
# A queue that grew in the measured time by this share of the tasks served, and by more than that
# many tasks, is not in balance: assumed.
_GROWTH_SHARE, _GROWTH_TASKS = 0.1, 10


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of a run of any process.

    Parameters
    ----------
    key
        Identifier, for example ``cycle_time_mean_hours``.
    label
        Name for people.
    unit
        ``hours``, ``share`` or ``cases/week``.
    better
        ``lower``, ``higher`` or ``neither``.
    """

    key: str
    label: str
    unit: str
    better: str


CASE_MEASURES = (
    Measure("cycle_time_mean_hours", "Cycle time, mean", "hours", "lower"),
    Measure("cycle_time_median_hours", "Cycle time, median", "hours", "lower"),
    Measure("cycle_time_p90_hours", "Cycle time, 90th percentile", "hours", "lower"),
    Measure("throughput_per_week", "Throughput", "cases/week", "higher"),
)


@dataclass(frozen=True, slots=True)
class DiscoveredComparison:
    """What a change of a discovered process does.

    Parameters
    ----------
    measures
        What was measured, in the order of *differences*.
    differences
        Paired by replication; p-values after Holm's correction over all of them.
    cases, warm_up_cases
        Of each run: cases simulated, and the first of them, which are not measured.
    replications, seed
        Runs of each model, and the seed of the first.
    confidence
        Of intervals and verdicts.
    warnings
        What the figures do not say.
    """

    measures: tuple[Measure, ...]
    differences: tuple[MetricDifference, ...]
    cases: int
    warm_up_cases: int
    replications: int
    seed: int
    confidence: float
    warnings: tuple[str, ...]


def compare_discovered(
    baseline: DiscoveredModel,
    changed: DiscoveredModel,
    *,
    cases: int,
    replications: int,
    seed: int,
    confidence: float = 0.95,
    step: Callable[[int, int], None] = lambda done, total: None,
) -> DiscoveredComparison:
    """Return what a change does to cycle time, throughput and pools.

    Both models meet the same arrivals, histories and luck, replication by replication. All cases
    that arrive run to their end. Cycle time is counted from a case's arrival to the end of its
    last step. Throughput, waits (hours of the clock from a task's coming until its start) and
    utilisation are those between the arrival of the first and the last measured case.

    Parameters
    ----------
    baseline, changed
        The process as it is and otherwise.
    cases
        Of each run, those of the warm-up included.
    replications
        Runs of each model, at least 2.
    seed
        Of the draws.
    confidence
        Of intervals and verdicts.
    step
        Told after each run how many are done, and of how many.

    Raises
    ------
    ScenarioError
        With too few cases or replications.
    """
    if cases < FEWEST_CASES:
        raise ScenarioError(Problem(f"{cases} cases a run", allowed=f"at least {FEWEST_CASES}"))
    if replications < 2:
        raise ScenarioError(Problem(f"{replications} replications", allowed="at least 2"))
    models = [baseline, changed]
    runs: list[list[dict[str, float]]] = [[], []]
    growing: Counter[tuple[int, str]] = Counter()
    warm_up = int(WARM_UP_SHARE * cases)
    for replication in range(replications):
        for side, model in enumerate(models):
            run = run_discovered(
                model, cases=cases, start=_START, seed=seed, replication=replication
            )
            figures, grown = _figures(run, model, warm_up)
            runs[side].append(figures)
            growing.update((side, name) for name in grown)
            step(2 * replication + side + 1, 2 * replications)
    measures = tuple(
        measure
        for measure in (*CASE_MEASURES, *_pool_measures(models, cases))
        if all(measure.key in figures for side in runs for figures in side)
    )
    before, after = (
        {m.key: np.array([figures[m.key] for figures in side]) for m in measures} for side in runs
    )
    return DiscoveredComparison(
        measures,
        _differences(before, after, confidence),
        cases,
        warm_up,
        replications,
        seed,
        confidence,
        (*_unknown_queues(baseline, changed), *_no_balance(growing, replications)),
    )


def _unknown_queues(baseline: DiscoveredModel, changed: DiscoveredModel) -> list[str]:
    """Return which pools get a limit that had none, and what that means."""
    return [
        f"{pool.name!r} had no limit as it is: its delays hold what waiting for people there was, "
        "and the limit's waiting comes on top of it"
        for pool, then in zip(baseline.pools, changed.pools, strict=True)
        if then.capacity < UNLIMITED <= pool.capacity
    ]


def _no_balance(growing: Mapping[tuple[int, str], int], replications: int) -> list[str]:
    """Return which queues grew in most runs."""
    return [
        f"{('as it is', 'with the change')[side]}, the queue of {name!r} grows from beginning "
        f"to end in {count} of {replications} runs: it cannot keep up, and its figures depend "
        "on the number of cases"
        for (side, name), count in sorted(growing.items())
        if 2 * count > replications
    ]


def _pool_measures(models: Sequence[DiscoveredModel], cases: int) -> list[Measure]:
    """Return what is measured of pools, those left out for which nobody ever has to wait."""
    found = []
    for pool, *others in zip(*(model.pools for model in models), strict=True):
        if min(one.capacity for one in (pool, *others)) >= cases:
            continue
        key = f"pools.{pool.name}"
        found += [
            Measure(f"{key}.mean_wait_hours", f"Wait for {pool.name}, mean", "hours", "lower"),
            Measure(f"{key}.utilisation", f"{pool.name} busy", "share", "neither"),
        ]
    return found


def _figures(
    run: DiscoveredRun, model: DiscoveredModel, warm_up: int
) -> tuple[dict[str, float], list[str]]:
    """Return the figures of a run, and the pools whose queues grew."""
    ended = run.ended
    cycle = (ended - run.arrived)[warm_up:] / HOUR
    start, end = float(run.arrived[warm_up]), float(run.arrived[-1])
    weeks = (end - start) / HOUR / _WEEK_HOURS
    within = int(((ended >= start) & (ended < end)).sum())
    figures = {
        "cycle_time_mean_hours": float(cycle.mean()),
        "cycle_time_median_hours": float(np.median(cycle)),
        "cycle_time_p90_hours": float(np.quantile(cycle, 0.9)),
        "throughput_per_week": within / weeks if weeks > 0 else float("nan"),
    }
    growing = []
    for pool, staff in zip(model.pools, run.pools, strict=True):
        key = f"pools.{pool.name}"
        if staff is None:
            # Nobody waits for a pool without limit, and how busy it is has no meaning.
            figures[f"{key}.mean_wait_hours"] = 0.0
            continue
        told = staff.statistics(start, end)
        if told.tasks:
            figures[f"{key}.mean_wait_hours"] = told.mean_wait_hours
        if told.open_hours > 0:
            figures[f"{key}.utilisation"] = told.utilisation
        if _grows(told):
            growing.append(pool.name)
    return figures, growing


def _grows(told: PoolStatistics) -> bool:
    growth = told.waiting_at_end - told.waiting_at_start
    return growth > max(_GROWTH_TASKS, _GROWTH_SHARE * told.tasks)


def _differences(
    before: Mapping[str, Array], after: Mapping[str, Array], confidence: float
) -> tuple[MetricDifference, ...]:
    """Return the paired difference of each measure, corrected for their number."""
    keys = list(before)
    adjusted = holm([paired_p_value(after[key] - before[key]) for key in keys])
    found = []
    for key, p in zip(keys, adjusted, strict=True):
        difference = t_interval(after[key] - before[key], confidence)
        level = strictest_level(confidence, len(keys))
        found.append(
            MetricDifference(
                metric=key,
                baseline=t_interval(before[key], confidence),
                scenario=t_interval(after[key], confidence),
                difference=difference,
                relative_pct=relative_difference(after[key], before[key], confidence),
                adjusted_p=p,
                detected=p < 1 - confidence,
                detectable=difference.standard_deviation
                * detectable_difference(1.0, difference.replications, level=level),
            )
        )
    return tuple(found)
