"""Replications of several companies under common random numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.kpi_definitions import DEFINITIONS
from mining.kpis import Period, measure
from mining.performance import DirectlyFollows, directly_follows
from mining.receivables import daily_flows
from o2c_sim import (
    CompanyModel,
    EventLog,
    ExtensionError,
    Problem,
    ScenarioError,
    SimulationRun,
    Window,
    load_extension,
    simulate,
)
from o2c_sim import vocabulary as v
from o2c_sim.extension import Extension
from o2c_sim.opening import Opening
from scenarios.executors import run_tasks

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Task:
    """One replication of one company, as text: models do not travel between processes.

    An extension is its file and the SHA-256 that the file had when the experiment began.
    """

    model_json: str
    seed: int
    replication: int
    window: Window
    extension: tuple[str, str] | None = None
    opening: Opening | None = None


@dataclass(frozen=True, slots=True)
class Replication:
    """What is kept of one replication.

    Parameters
    ----------
    kpis
        KPI key to value.
    receipts_to_date
        Customer receipts since the first day, by day: the day before the measured period first,
        then each measured day; currency.
    receivables
        Open receivables at the end of each measured day, currency.
    utilisation
        Role to busy share of working time.
    orders
        Orders received in the measured period.
    process_map
        Directly-follows graph of those orders; only of replication 0.
    warnings
        Of the run.
    """

    kpis: dict[str, float]
    receipts_to_date: Array
    receivables: Array
    utilisation: dict[str, float]
    orders: int
    process_map: DirectlyFollows | None
    warnings: tuple[str, ...]


def measured_period(model: CompanyModel, window: Window) -> Period:
    """Return the dates that a window measures."""
    first = model.start_date + dt.timedelta(days=window.warm_up_days)
    return Period(first, first + dt.timedelta(days=window.measured_days))


def receipts(log: EventLog, period: Period) -> pl.DataFrame:
    """Return the events by which orders were received in a period."""
    date = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(log.zone).dt.date()
    received = pl.col("activity").cast(pl.String) == v.RECEIVE_ORDER
    return log.events.filter(received & (date >= period.first) & (date < period.end))


def measured_orders(log: EventLog, period: Period) -> pl.DataFrame:
    """Return the case view of the orders received in a period."""
    received = log.event_objects.join(receipts(log, period).select("event"), on="event", how="semi")
    return log.flatten(v.ORDER).join(
        received.select(pl.col("object").alias("case")),
        on="case",
        how="semi",
        maintain_order="left",
    )


def replicate(task: Task) -> Replication:
    """Simulate one replication and keep what comparisons need."""
    model = _model(task.model_json)
    run = simulate(
        model,
        seed=task.seed,
        replication=task.replication,
        window=task.window,
        extension=None if task.extension is None else _extension(*task.extension),
        opening=task.opening,
    )
    return summarise(run, measured_period(model, task.window), with_map=task.replication == 0)


@lru_cache(maxsize=16)
def _model(model_json: str) -> CompanyModel:
    return CompanyModel.model_validate_json(model_json)


@lru_cache(maxsize=1)
def _extension(path: str, sha256: str) -> Extension:
    extension = load_extension(path)
    if extension.sha256 != sha256:
        raise ExtensionError(Problem("the file has changed since the experiment began", path))
    return extension


def summarise(run: SimulationRun, period: Period, *, with_map: bool) -> Replication:
    """Return what is kept of a run, measured over a period.

    Every KPI is there; those without a single case are NaN.

    Raises
    ------
    ScenarioError
        If the run has no order at all.
    """
    if v.ORDER not in run.log.object_types:
        raise ScenarioError(
            Problem(
                f"no order came in replication {run.manifest['replication']}",
                where="demand.orders_per_week",
                suggestion="more orders a week or a longer window",
            )
        )
    day_before = period.first - dt.timedelta(days=1)
    flows = daily_flows(run.log, day_before, period.end - dt.timedelta(days=1))
    roles = zip(run.utilisation["role"], run.utilisation["utilisation"], strict=True)
    return Replication(
        kpis=dict.fromkeys(DEFINITIONS, float("nan"))
        | measure(run.log, period, recorded=v.ACTIVITIES),
        receipts_to_date=flows["receipts_to_date"].to_numpy(),
        receivables=flows["receivables"].to_numpy()[1:],
        utilisation={str(role): float(share) for role, share in roles},
        orders=receipts(run.log, period).height,
        process_map=directly_follows(measured_orders(run.log, period)) if with_map else None,
        warnings=run.warnings,
    )


def run_replications(
    models: list[CompanyModel],
    *,
    seed: int,
    replications: int,
    window: Window,
    workers: int,
    extension: Path | str | None = None,
    opening: Opening | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[list[Replication]]:
    """Return the replications of each model.

    Replication r of every model shares its random draws with replication r of the others.

    Parameters
    ----------
    models
        The companies, the baseline first.
    seed
        Seed of the experiment.
    replications
        Number per model, at least 2.
    window
        Warm-up, measured days, cool-down.
    workers
        Processes to use.
    extension
        A Python file with own stages and policies, for every model alike.
    opening
        The state from which every run starts.
    progress
        Called with the number of finished runs and of all runs.

    Raises
    ------
    ScenarioError
        If fewer than two replications are asked for.
    ExtensionError
        If the extension cannot be used, or fails.
    """
    if replications < 2:
        raise ScenarioError(f"{replications} replications give no interval; ask for 2 or more")
    texts = [model.model_dump_json(by_alias=True) for model in models]
    file = None
    if extension is not None:
        path = Path(extension).resolve()
        file = (str(path), load_extension(path).sha256)
    tasks = [
        Task(text, seed, r, window, file, opening) for r in range(replications) for text in texts
    ]
    finished = 0

    def done(index: int, result: Replication) -> None:
        nonlocal finished
        finished += 1
        progress(finished, len(tasks))

    results = run_tasks(replicate, tasks, workers, done)
    return [results[i :: len(models)] for i in range(len(models))]
