"""Replications of several companies under common random numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from o2c_sim import CompanyModel, ModelChange, ScenarioError, Window
from o2c_sim.opening import Opening
from scenarios.environment import environment_sha256
from scenarios.executors import Executor, default_workers, local
from scenarios.replication import (
    COST_KINDS,
    Array,
    Minor,
    Replication,
    measured_orders,
    measured_period,
    receipts,
    summarise,
)
from scenarios.replication_file import decode
from scenarios.store import Store
from scenarios.task import ExtensionText, Task, extension_text, replicate

# Companies whose replications are run side by side; a worker keeps twice as many at hand.
_AT_A_TIME = 64

__all__ = [
    "COST_KINDS",
    "Array",
    "Minor",
    "Plan",
    "Replication",
    "measured_orders",
    "measured_period",
    "receipts",
    "run_replications",
    "summarise",
    "task_of",
]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a company is, day by day of a run.

    Parameters
    ----------
    model
        The company on the first day.
    changes
        What it is from later days on.
    draws
        Other companies that it might as well be: replication r is one of number r modulo their
        number, instead of the first two; none for a company that is known.
    """

    model: CompanyModel
    changes: tuple[ModelChange, ...] = ()
    draws: tuple[Plan, ...] = ()

    def of(self, replication: int) -> Plan:
        """Return what the company is in one replication."""
        return self.draws[replication % len(self.draws)] if self.draws else self


def run_replications(
    plans: Sequence[Plan | CompanyModel],
    *,
    seed: int,
    replications: int | range,
    window: Window,
    executor: Executor | None = None,
    workers: int | None = None,
    store: Store | None = None,
    extension: Path | str | None = None,
    opening: Opening | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[list[Replication]]:
    """Return the replications of each plan.

    Replication r of every plan shares its random draws with replication r of the others. The
    result depends neither on where the runs are made nor on whether they come from a store.

    Parameters
    ----------
    plans
        The companies, the baseline first; two that are equal are run once.
    seed
        Seed of the experiment.
    replications
        Number per plan, at least 2, or which ones: ``range(10, 20)`` are ten more.
    window
        Warm-up, measured days, cool-down.
    executor
        Where to run; it stays open, so that several calls can share it.
    workers
        Without an executor: processes of this machine to use, one a processor by default.
    store
        Where finished replications are kept and looked up; nothing is kept by default.
    extension
        A Python file with own stages and policies, for every plan alike.
    opening
        The state from which every run starts.
    progress
        Called with the number of finished runs and of all runs; first, if the store has some of
        them, with how many.

    Raises
    ------
    ScenarioError
        If fewer than two replications are asked for.
    ExtensionError
        If the extension cannot be used, or fails.
    KeyboardInterrupt
        With a text that says what is kept, if there is a store.
    """
    numbers = range(replications) if isinstance(replications, int) else replications
    if isinstance(replications, int) and replications < 2:
        raise ScenarioError(f"{replications} replications give no interval; ask for 2 or more")
    text = None if extension is None else extension_text(extension)
    asked = []
    for plan in plans:
        written: dict[int, Task] = {}
        for r in numbers:
            one = plan.of(r) if isinstance(plan, Plan) else plan
            if id(one) not in written:
                written[id(one)] = task_of(one, seed, 0, window, extension=text, opening=opening)
            asked.append(replace(written[id(one)], replication=r))
    keys = [task.key for task in asked]
    tasks = dict(zip(keys, asked, strict=True))
    found: dict[str, Replication] = {}
    if store is not None:
        found = {key: kept for key in tasks if (kept := store.read(key)) is not None}
        if found:
            progress(len(found), len(tasks))
    left = _in_turn([key for key in tasks if key not in found], tasks)
    if left:
        count = default_workers() if workers is None else workers
        own = nullcontext(executor) if executor is not None else local(count, len(left))
        try:
            with own as runner, closing(runner.run(replicate, [tasks[key] for key in left])) as ran:
                for index, content in ran:
                    key = left[index]
                    if store is not None:
                        store.write(key, content)
                    found[key] = decode(content, key)
                    progress(len(found), len(tasks))
        except KeyboardInterrupt:
            if store is None:
                raise
            raise KeyboardInterrupt(
                f"the same command goes on: {len(found):,} of {len(tasks):,} runs are kept"
            ) from None
    results = [found[key] for key in keys]
    each = len(numbers)
    return [results[i * each : (i + 1) * each] for i in range(len(plans))]


def _in_turn(keys: Sequence[str], tasks: Mapping[str, Task]) -> list[str]:
    """Return keys in the order in which their tasks are best run.

    The same replication of several companies in a row, since a worker keeps its draws; of some
    companies at a time only, since a worker keeps the companies that it has read.
    """
    companies: dict[tuple[str, tuple[tuple[int, str], ...]], int] = {}
    lot = {
        key: companies.setdefault((task.model_json, task.changes), len(companies)) // _AT_A_TIME
        for key in keys
        for task in [tasks[key]]
    }
    return sorted(keys, key=lambda key: (lot[key], tasks[key].replication))


def task_of(
    plan: Plan | CompanyModel,
    seed: int,
    replication: int,
    window: Window,
    *,
    extension: ExtensionText | None = None,
    opening: Opening | None = None,
) -> Task:
    """Return one replication of a plan as it is sent to a worker; its key names it in a store."""
    plan = plan if isinstance(plan, Plan) else Plan(plan)
    return Task(
        model_json=_text(plan.model),
        changes=tuple((change.day, _text(change.model)) for change in plan.changes),
        seed=seed,
        replication=replication,
        window=window,
        extension=extension,
        opening=opening,
        environment=environment_sha256(),
    )


def _text(model: CompanyModel) -> str:
    return model.model_dump_json(by_alias=True)
