"""Trade-offs: points of which none is better than another in every response."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from o2c_sim import MissingDependencyError, Problem, ScenarioError
from scenarios.estimate import Estimate
from scenarios.search.evaluation import Evaluate, Point, point_text
from scenarios.search.factor import Factor
from scenarios.search.watch import TODAY
from scenarios.statistics import t_interval

Array = npt.NDArray[np.float64]
Standing = Literal["front", "maybe", "dominated"]

# Half of the budget looks for points, the other half finds out how good the best of them are.
# The share is assumed, and so are the sizes.
_SEARCH_SHARE = 0.5
_SEARCH_REPLICATIONS = 2
_FINAL_REPLICATIONS = 10
_LAYERS, _MOST_FINAL = 2, 25
_POPULATION = 12
# Generations in a row without a new point after which a small space counts as searched.
_IDLE = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A point of the search, judged by replications that the search did not see.

    Parameters
    ----------
    point
        Factor to value; empty for the company as it is.
    estimates
        Response to its estimate.
    changes
        Response to the paired difference from the company as it is.
    standing
        ``front``: no other point is better in all responses. ``maybe``: one is in the mean, which
        may be chance. ``dominated``: one is, at the confidence.
    better
        Index of the point that dominates it, in the mean at least; -1 on the front.
    """

    point: Point
    estimates: dict[str, Estimate]
    changes: dict[str, Estimate]
    standing: Standing
    better: int


@dataclass(frozen=True, slots=True)
class Front:
    """Result of a search for trade-offs.

    Parameters
    ----------
    responses
        Names of what is minimised.
    candidates
        By the first response; the company as it is among them.
    searched
        Different points that were looked at.
    replications
        Fresh ones of each candidate.
    runs, confidence
        Runs made, confidence of the intervals and of "dominated".
    """

    responses: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    searched: int
    replications: int
    runs: int
    confidence: float


def pareto(
    evaluate: Evaluate,
    factors: Sequence[Factor],
    *,
    signs: Sequence[int],
    max_runs: int,
    seed: int = 1,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Front:
    """Search for the trade-offs between the responses, the company as it is among them.

    NSGA-II looks for points with few replications, all under common random numbers. What seems
    best there is so by luck as well, so the points near its front are run again with fresh
    replications, and only these count.

    Parameters
    ----------
    evaluate, factors
        What is asked, and what varies.
    signs
        1 for each response to minimise, -1 for each to maximise.
    max_runs
        Budget.
    seed
        Of the search; the replications have their own.
    confidence
        Of intervals and of "dominated".
    progress
        Called with the runs made and the budget.

    Raises
    ------
    ScenarioError
        If the budget is too small, or no point can be.
    MissingDependencyError
        Without optuna.

    References
    ----------
    Deb, Pratap, Agarwal and Meyarivan, "A fast and elitist multiobjective genetic algorithm:
    NSGA-II", IEEE Transactions on Evolutionary Computation 6, 2002.
    """
    least = 4 * _POPULATION
    if max_runs < least:
        raise ScenarioError(Problem(f"a budget of {max_runs} runs", allowed=f"{least} or more"))
    if len(signs) != len(evaluate.responses) or len(signs) < 2:
        raise ScenarioError(Problem("a trade-off needs two responses or more, each with a sign"))
    scale = np.array(signs, dtype=float)
    searched = _searched(evaluate, factors, scale, int(max_runs * _SEARCH_SHARE), seed, progress)
    spent = len(searched) * _SEARCH_REPLICATIONS
    most = min(_MOST_FINAL, (max_runs - spent) // _FINAL_REPLICATIONS - 1)
    chosen = _nearest([mean for _, mean in searched], most)
    points: list[Point] = [TODAY, *(searched[i][0] for i in chosen)]
    replications = (max_runs - spent) // len(points)
    fresh = range(_SEARCH_REPLICATIONS, _SEARCH_REPLICATIONS + replications)
    found = evaluate(points, fresh)
    progress(spent + len(points) * replications, max_runs)
    return Front(
        evaluate.responses,
        judged(points, found, scale, evaluate.responses, confidence),
        len(searched),
        replications,
        spent + len(points) * replications,
        confidence,
    )


def judged(
    points: Sequence[Point],
    found: Array,
    scale: Array,
    responses: Sequence[str],
    confidence: float,
) -> tuple[Candidate, ...]:
    """Return points with their standing; the first is the company as it is.

    A point is dominated at the confidence if another is better in every response by a one-sided
    paired t test, or equal in every replication; the error is shared out among the others.

    Parameters
    ----------
    points
        The points.
    found
        Their responses, shape (points, replications, responses).
    scale
        1 to minimise, -1 to maximise, by response.
    responses
        Names.
    confidence
        Of intervals and verdicts.
    """
    values = found * scale
    means = values.mean(axis=1)
    order = np.lexsort(means.T[::-1])
    place = {int(i): rank for rank, i in enumerate(order)}
    candidates = []
    for i in (int(i) for i in order):
        standing: Standing = "front"
        better = -1
        rivals = [j for j in range(len(points)) if _dominates(means[j], means[i])]
        if rivals:
            sure = [j for j in rivals if _surely(values[j] - values[i], len(points), confidence)]
            standing = "dominated" if sure else "maybe"
            better = place[(sure or rivals)[0]]
        candidates.append(
            Candidate(
                points[i],
                {r: t_interval(found[i, :, n], confidence) for n, r in enumerate(responses)},
                {
                    r: t_interval(found[i, :, n] - found[0, :, n], confidence)
                    for n, r in enumerate(responses)
                },
                standing,
                better,
            )
        )
    return tuple(candidates)


def _searched(
    evaluate: Evaluate,
    factors: Sequence[Factor],
    scale: Array,
    budget: int,
    seed: int,
    progress: Callable[[int, int], None],
) -> list[tuple[Point, Array]]:
    """Return the different points that the search met, with their means to minimise."""
    optuna = _optuna()
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = optuna.create_study(
            directions=["minimize"] * len(scale),
            sampler=optuna.samplers.NSGAIISampler(population_size=_POPULATION, seed=seed),
        )
        space = {factor.name: _distribution(optuna, factor) for factor in factors}
        known: dict[str, tuple[Point, Array]] = {}
        refused: dict[str, str] = {}
        idle = 0
        while idle < _IDLE and (len(known) + _POPULATION) * _SEARCH_REPLICATIONS <= budget:
            trials = [study.ask(space) for _ in range(_POPULATION)]
            points = [_point(factors, trial.params) for trial in trials]
            new = {point_text(point): point for point in points}
            new = {name: p for name, p in new.items() if name not in known | refused}
            for name, point in list(new.items()):
                if reason := evaluate.refusal(point):
                    refused[name] = reason
                    del new[name]
            if new:
                values = evaluate(list(new.values()), range(_SEARCH_REPLICATIONS)) * scale
                for (name, point), value in zip(new.items(), values, strict=True):
                    known[name] = (point, value.mean(axis=0))
            idle = 0 if new else idle + 1
            for trial, point in zip(trials, points, strict=True):
                name = point_text(point)
                if name in known:
                    study.tell(trial, [float(v) for v in known[name][1]])
                else:
                    study.tell(trial, state=optuna.trial.TrialState.FAIL)
            progress(len(known) * _SEARCH_REPLICATIONS, 2 * budget)
    finally:
        optuna.logging.set_verbosity(before)
    if not known:
        raise ScenarioError(
            [Problem(f"no point can be: {text}") for text in sorted(set(refused.values()))]
        )
    return list(known.values())


def _nearest(means: Sequence[Array], number: int) -> list[int]:
    """Return the indices of the first front, then of those that it hides, up to a number."""
    left = list(range(len(means)))
    chosen: list[int] = []
    for _ in range(_LAYERS):
        front = [i for i in left if not any(_dominates(means[j], means[i]) for j in left)]
        chosen += _spread(means, front, number - len(chosen))
        left = [i for i in left if i not in front]
    return chosen


def _spread(means: Sequence[Array], front: list[int], number: int) -> list[int]:
    """Return up to a number of a front, evenly along its first response, ends among them."""
    if len(front) <= number:
        return front
    ordered = sorted(front, key=lambda i: tuple(means[i]))
    picks = np.linspace(0, len(ordered) - 1, number).round().astype(int)
    return [ordered[i] for i in dict.fromkeys(int(p) for p in picks)]


def _dominates(one: Array, other: Array) -> bool:
    return bool(np.all(one <= other) and np.any(one < other))


def _surely(differences: Array, points: int, confidence: float) -> bool:
    """Return whether every response is lower; each test alone must say so, so none is corrected."""
    n = len(differences)
    t = float(special.stdtrit(n - 1, 1 - (1 - confidence) / (points - 1)))
    half = t * differences.std(axis=0, ddof=1) / np.sqrt(n)
    equal = np.all(differences == 0, axis=0)
    lower = differences.mean(axis=0) + half < 0
    return bool(np.all(lower | equal) and np.any(lower))


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
