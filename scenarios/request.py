"""What is asked of an experiment, and the paired replications that answer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from o2c_sim import CompanyModel, Problem, ScenarioError, Window, fingerprint
from o2c_sim.opening import Opening
from scenarios.differences import kpi_values
from scenarios.executors import Executor, default_workers, local
from scenarios.experiment import Plan, Replication, run_replications
from scenarios.scenario import Scenario
from scenarios.stopping import Decision, Precision, next_replications
from scenarios.store import Store


@dataclass(frozen=True, slots=True)
class Request:
    """What an experiment is to find out, and at what cost.

    Parameters
    ----------
    seed, window, executor, workers, store, extension, opening, progress
        See :func:`scenarios.experiment.run_replications`.
    replications
        Of each company; with goals, before the first decision.
    confidence
        Of all intervals and verdicts.
    goals
        KPI to the precision that its paired difference from the baseline must reach, in every
        scenario; a relative one is a share of the baseline's mean.
    budget
        Replications of each company at most, with goals.
    control_variates
        Whether differences are freed from what is known of the luck of a replication, where that
        narrows them.
    """

    seed: int = 1
    replications: int = 10
    window: Window | None = None
    confidence: float = 0.95
    goals: Mapping[str, Precision] = field(default_factory=dict)
    budget: int = 200
    control_variates: bool = False
    executor: Executor | None = None
    workers: int | None = None
    store: Store | None = None
    extension: Path | str | None = None
    opening: Opening | None = None
    progress: Callable[[int, int], None] = lambda done, total: None

    @property
    def period(self) -> Window:
        """The window; by default 150, 180 and 120 days, from a known state without a warm-up."""
        if self.window is not None:
            return self.window
        return Window() if self.opening is None else Window(warm_up_days=0)


@dataclass(frozen=True, slots=True)
class Answer:
    """Paired replications of a baseline and its scenarios.

    Parameters
    ----------
    baseline
        One a replication.
    scenarios
        Scenario name to its replications, in the same order.
    decision
        Why there are no more of them; None if their number was given.
    """

    baseline: Sequence[Replication]
    scenarios: Mapping[str, Sequence[Replication]]
    decision: Decision | None = None


def answer(baseline: CompanyModel, scenarios: Sequence[Scenario], request: Request) -> Answer:
    """Run a baseline and its scenarios until the request is met.

    Raises
    ------
    ScenarioError
        If a scenario changes another company, names are not unique, or the request makes no sense.
    """
    require_comparable(baseline, scenarios, request.confidence)
    plans = [
        Plan(baseline),
        *(Plan(one.model, one.changes(request.period)) for one in scenarios),
    ]
    workers = default_workers() if request.workers is None else request.workers
    own = nullcontext(request.executor) if request.executor is not None else local(workers)
    runs: list[list[Replication]] = [[] for _ in plans]
    total, decision = request.replications, None
    with own as executor:
        while True:
            before = len(runs[0])
            more = run_replications(
                plans,
                seed=request.seed,
                replications=range(before, total) if before else total,
                window=request.period,
                executor=executor,
                store=request.store,
                extension=request.extension,
                opening=request.opening,
                progress=_counted(request.progress, before * len(plans)),
            )
            for all_of_plan, new in zip(runs, more, strict=True):
                all_of_plan += new
            found = Answer(
                runs[0], {one.name: own for one, own in zip(scenarios, runs[1:], strict=True)}
            )
            if not request.goals:
                return found
            decision = _decision(found, request)
            if decision.done:
                return Answer(found.baseline, found.scenarios, decision)
            total = decision.next_total


def _counted(progress: Callable[[int, int], None], before: int) -> Callable[[int, int], None]:
    return lambda done, total: progress(before + done, before + total)


def _decision(found: Answer, request: Request) -> Decision:
    pairs = [(name, key) for name in found.scenarios for key in request.goals]
    several = len(found.scenarios) > 1
    labels = {pair: f"{pair[1]} of {pair[0]}" if several else pair[1] for pair in pairs}
    before = {key: kpi_values(found.baseline, key) for key in request.goals}
    return next_replications(
        {
            label: kpi_values(found.scenarios[name], key) - before[key]
            for (name, key), label in labels.items()
        },
        {label: request.goals[key] for (_, key), label in labels.items()},
        request.budget,
        references={label: before[key] for (_, key), label in labels.items()},
        confidence=request.confidence,
    )


def require_comparable(
    baseline: CompanyModel, scenarios: Sequence[Scenario], confidence: float
) -> None:
    """Refuse scenarios that do not belong beside the baseline.

    Raises
    ------
    ScenarioError
        With every problem found.
    """
    problems = []
    if not scenarios:
        problems.append(Problem("nothing to compare", suggestion="name at least one scenario"))
    if not 0.5 <= confidence < 1:
        problems.append(Problem(f"a confidence of {confidence:g}", allowed="0.5 to below 1"))
    names = ["baseline", *(scenario.name for scenario in scenarios)]
    problems += [
        Problem(f"two scenarios are called {name!r}", suggestion="give each its own name")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    known = fingerprint(baseline)
    problems += [
        Problem(
            f"scenario {s.name!r} changes the company {s.baseline.name!r}, not {baseline.name!r}"
        )
        for s in scenarios
        if fingerprint(s.baseline) != known
    ]
    if problems:
        raise ScenarioError(problems)
