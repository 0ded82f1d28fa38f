"""Replications of a company, reduced to the figures that published ones are compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mining.emergent_figures import emergent_figures
from o2c_sim import CompanyModel, Problem, ScenarioError, Window, simulate
from o2c_sim import vocabulary as v
from scenarios.executors import run_tasks
from scenarios.experiment import measured_period, receipts


@dataclass(frozen=True, slots=True)
class FigureTask:
    """One replication of a company, as text: models do not travel between processes."""

    model_json: str
    seed: int
    replication: int
    window: Window


@dataclass(frozen=True, slots=True)
class Emergence:
    """The figures of one replication, what people had to do, and warnings.

    Parameters
    ----------
    orders
        Orders received in the measured period.
    figures
        Figure key to value.
    utilisation
        Role to busy share of working time.
    warnings
        Of the run.
    """

    orders: int
    figures: dict[str, float]
    utilisation: dict[str, float]
    warnings: tuple[str, ...]


def emerge(task: FigureTask) -> Emergence:
    """Simulate one replication and keep its figures.

    Raises
    ------
    ScenarioError
        If no invoice was made: there is nothing to compare.
    """
    model = CompanyModel.model_validate_json(task.model_json)
    run = simulate(model, seed=task.seed, replication=task.replication, window=task.window)
    if v.INVOICE not in run.log.object_types:
        raise ScenarioError(
            Problem(
                f"no invoice was made in replication {task.replication}",
                where="demand.orders_per_week",
                suggestion="more orders a week or a longer window",
            )
        )
    roles = zip(run.utilisation["role"], run.utilisation["utilisation"], strict=True)
    period = measured_period(model, task.window)
    return Emergence(
        receipts(run.log, period).height,
        emergent_figures(run.log, period),
        {str(role): float(share) for role, share in roles},
        run.warnings,
    )


def replicate_figures(
    model: CompanyModel,
    *,
    seed: int,
    replications: int,
    window: Window,
    workers: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Emergence]:
    """Return the figures of each replication of a company.

    Parameters
    ----------
    model
        The company.
    seed
        Seed of all replications.
    replications
        Number, at least 2.
    window
        Warm-up, measured days, cool-down.
    workers
        Processes to use.
    progress
        Called with the number of finished runs and of all runs.

    Raises
    ------
    ScenarioError
        If fewer than two replications are asked for.
    """
    if replications < 2:
        raise ScenarioError(f"{replications} replications give no range; ask for 2 or more")
    text = model.model_dump_json(by_alias=True)
    tasks = [FigureTask(text, seed, r, window) for r in range(replications)]
    finished = 0

    def done(index: int, result: Emergence) -> None:
        nonlocal finished
        finished += 1
        progress(finished, len(tasks))

    return run_tasks(emerge, tasks, workers, done)
