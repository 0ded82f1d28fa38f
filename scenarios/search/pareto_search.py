"""Where the search for trade-offs looks: NSGA-II, and what lies near the front that it finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from o2c_sim import MissingDependencyError, Problem, ScenarioError
from scenarios.search.constraint import Constraint, margins_of
from scenarios.search.evaluation import Evaluate, Point, point_text
from scenarios.search.factor import Factor
from scenarios.search.watch import TODAY

Array = npt.NDArray[np.float64]

# All of these are assumed.
SEARCH_REPLICATIONS = 2
POPULATION = 12
_LAYERS = 2
# Generations in a row without a new point after which a small space counts as searched.
_IDLE = 5


@dataclass(frozen=True, slots=True)
class Met:
    """A point that the search met: means of the aims to minimise, and of what is beyond limits."""

    point: Point
    aims: Array
    violation: Array


def searched_points(
    evaluate: Evaluate,
    factors: Sequence[Factor],
    scale: Array,
    constraints: Sequence[Constraint],
    budget: int,
    seed: int,
    progress: Callable[[int, int], None],
) -> list[Met]:
    """Return the different points that the search met."""
    optuna = _optuna()
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = optuna.create_study(
            directions=["minimize"] * len(scale),
            sampler=optuna.samplers.NSGAIISampler(population_size=POPULATION, seed=seed),
        )
        space = {factor.name: _distribution(optuna, factor) for factor in factors}
        seen = range(SEARCH_REPLICATIONS)
        today = evaluate([TODAY], seen)[0] if constraints else np.empty((0, 0))
        known: dict[str, Met] = {}
        refused: dict[str, str] = {}
        idle = 0
        while idle < _IDLE and (len(known) + POPULATION) * SEARCH_REPLICATIONS <= budget:
            trials = [study.ask(space) for _ in range(POPULATION)]
            points = [_point(factors, trial.params) for trial in trials]
            new = {point_text(point): point for point in points}
            new = {name: p for name, p in new.items() if name not in known | refused}
            for name, point in list(new.items()):
                if reason := evaluate.refusal(point):
                    refused[name] = reason
                    del new[name]
            if new:
                values = evaluate(list(new.values()), seen)
                for (name, point), value in zip(new.items(), values, strict=True):
                    beyond = np.zeros(0)
                    if constraints:
                        margins = margins_of(constraints, evaluate.responses, value, today)
                        beyond = np.maximum(0.0, margins.mean(axis=0))
                    aims = (value[:, : len(scale)] * scale).mean(axis=0)
                    known[name] = Met(point, aims, beyond)
            idle = 0 if new else idle + 1
            for trial, point in zip(trials, points, strict=True):
                name = point_text(point)
                if name in known:
                    for number, beyond in enumerate(known[name].violation):
                        trial.set_constraint(str(number), float(beyond))
                    study.tell(trial, [float(v) for v in known[name].aims])
                else:
                    study.tell(trial, state=optuna.trial.TrialState.FAIL)
            progress(len(known) * SEARCH_REPLICATIONS, 2 * budget)
    finally:
        optuna.logging.set_verbosity(before)
    if not known:
        raise ScenarioError(
            [Problem(f"no point can be: {text}") for text in sorted(set(refused.values()))]
        )
    return list(known.values())


def nearest(met: Sequence[Met], number: int) -> list[int]:
    """Return the indices of the first front, then of those that it hides, up to a number.

    What seems beyond a limit comes after, the nearest to it first.
    """
    within = [i for i, one in enumerate(met) if not one.violation.any()]
    left = within
    chosen: list[int] = []
    for _ in range(_LAYERS):
        front = [i for i in left if not any(dominates(met[j].aims, met[i].aims) for j in left)]
        chosen += _spread(met, front, number - len(chosen))
        left = [i for i in left if i not in front]
    if len(within) == len(met):
        return chosen
    # Limits are in units of their own; each is measured by the worst that the search met.
    worst = np.maximum(np.max([one.violation for one in met], axis=0), 1e-300)
    beyond = sorted(
        (i for i in range(len(met)) if i not in within),
        key=lambda i: (float((met[i].violation / worst).sum()), i),
    )
    return [*chosen, *beyond[: number - len(chosen)]]


def _spread(met: Sequence[Met], front: list[int], number: int) -> list[int]:
    """Return up to a number of a front, evenly along its first response, ends among them."""
    if len(front) <= number:
        return front
    ordered = sorted(front, key=lambda i: tuple(met[i].aims))
    picks = np.linspace(0, len(ordered) - 1, number).round().astype(int)
    return [ordered[i] for i in dict.fromkeys(int(p) for p in picks)]


def dominates(one: Array, other: Array) -> bool:
    """Return whether means to minimise are nowhere worse and somewhere better than others."""
    return bool(np.all(one <= other) and np.any(one < other))


def _point(factors: Sequence[Factor], params: dict[str, Any]) -> Point:
    return {factor.name: _value(factor, params[factor.name]) for factor in factors}


def _value(factor: Factor, found: Any) -> Any:
    if factor.choices:
        return factor.choices[found]
    # Steps of a range add up to ...9999; nobody means that digit.
    return found if factor.whole else round(found, 9)


def _distribution(optuna: Any, factor: Factor) -> Any:
    if factor.choices:
        return optuna.distributions.CategoricalDistribution(tuple(range(len(factor.choices))))
    if factor.whole:
        return optuna.distributions.IntDistribution(int(factor.low), int(factor.high))
    # A hundredth of the range is finer than any noise; more would only hide equal points.
    step = (factor.high - factor.low) / 100
    return optuna.distributions.FloatDistribution(factor.low, factor.high, step=step)


def _optuna() -> Any:
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise MissingDependencyError("optuna", "search") from error
    return optuna
