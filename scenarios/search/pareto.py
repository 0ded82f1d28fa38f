"""Trade-offs: points of which none is better than another in every response."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from o2c_sim import Problem, ScenarioError
from scenarios.estimate import Estimate
from scenarios.search.constraint import Constraint, margins_of, shared_level, verdict_of
from scenarios.search.evaluation import Evaluate, Point
from scenarios.search.factor import Factor
from scenarios.search.pareto_search import (
    POPULATION,
    SEARCH_REPLICATIONS,
    dominates,
    nearest,
    searched_points,
)
from scenarios.search.watch import TODAY
from scenarios.statistics import t_interval

Array = npt.NDArray[np.float64]
Standing = Literal["front", "maybe", "dominated", "undecided", "beyond"]

# Half of the budget looks for points, the other half finds out how good the best of them are.
# The share is assumed, and so are the sizes.
_SEARCH_SHARE = 0.5
_FINAL_REPLICATIONS = 10
_MOST_FINAL = 25


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
        may be chance. ``dominated``: one is, at the confidence. Where there are limits, only points
        within them are compared; others are ``beyond`` one or ``undecided``.
    better
        Index of the point that dominates it, in the mean at least; -1 without one.
    margins
        By how much each limit is passed; below 0 is within.
    """

    point: Point
    estimates: dict[str, Estimate]
    changes: dict[str, Estimate]
    standing: Standing
    better: int
    margins: tuple[Estimate, ...] = ()


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
    constraints
        Limits that points of the front keep to.
    """

    responses: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    searched: int
    replications: int
    runs: int
    confidence: float
    constraints: tuple[Constraint, ...] = ()


def pareto(
    evaluate: Evaluate,
    factors: Sequence[Factor],
    *,
    signs: Sequence[int],
    max_runs: int,
    constraints: Sequence[Constraint] = (),
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
        1 for each response to minimise, -1 for each to maximise; responses after these are only
        constrained.
    max_runs
        Budget.
    constraints
        Limits of responses. Only points that are within them at the confidence, by their fresh
        replications, are on the front.
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
    least = 4 * POPULATION
    if max_runs < least:
        raise ScenarioError(Problem(f"a budget of {max_runs} runs", allowed=f"{least} or more"))
    if not 2 <= len(signs) <= len(evaluate.responses):
        raise ScenarioError(Problem("a trade-off needs two responses or more, each with a sign"))
    scale = np.array(signs, dtype=float)
    limits = tuple(constraints)
    searched = searched_points(
        evaluate, factors, scale, limits, int(max_runs * _SEARCH_SHARE), seed, progress
    )
    spent = (len(searched) + bool(limits)) * SEARCH_REPLICATIONS
    most = min(_MOST_FINAL, (max_runs - spent) // _FINAL_REPLICATIONS - 1)
    chosen = nearest(searched, most)
    points: list[Point] = [TODAY, *(searched[i].point for i in chosen)]
    replications = (max_runs - spent) // len(points)
    fresh = range(SEARCH_REPLICATIONS, SEARCH_REPLICATIONS + replications)
    found = evaluate(points, fresh)
    progress(spent + len(points) * replications, max_runs)
    return Front(
        evaluate.responses[: len(signs)],
        judged(points, found, scale, evaluate.responses, confidence, limits),
        len(searched),
        replications,
        spent + len(points) * replications,
        confidence,
        limits,
    )


def judged(
    points: Sequence[Point],
    found: Array,
    scale: Array,
    responses: Sequence[str],
    confidence: float,
    constraints: Sequence[Constraint] = (),
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
        1 to minimise, -1 to maximise, of each response but those that are only constrained.
    responses
        Names.
    confidence
        Of intervals and verdicts.
    constraints
        Limits; see :func:`scenarios.search.constraint.verdict_of`.
    """
    values = found[:, :, : len(scale)] * scale
    means = values.mean(axis=1)
    order = np.lexsort(means.T[::-1])
    place = {int(i): rank for rank, i in enumerate(order)}
    level = shared_level(len(points), len(constraints), confidence)
    limited = [
        verdict_of(margins_of(constraints, responses, own, found[0]), level)
        if constraints
        else ("within", ())
        for own in found
    ]
    within = [i for i, (verdict, _) in enumerate(limited) if verdict == "within"]
    candidates = []
    for i in (int(i) for i in order):
        verdict, margins = limited[i]
        standing: Standing = "front" if verdict == "within" else verdict
        better = -1
        rivals = [j for j in within if i in within and dominates(means[j], means[i])]
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
                margins,
            )
        )
    return tuple(candidates)


def _surely(differences: Array, points: int, confidence: float) -> bool:
    """Return whether every response is lower; each test alone must say so, so none is corrected."""
    n = len(differences)
    t = float(special.stdtrit(n - 1, 1 - (1 - confidence) / (points - 1)))
    half = t * differences.std(axis=0, ddof=1) / np.sqrt(n)
    equal = np.all(differences == 0, axis=0)
    lower = differences.mean(axis=0) + half < 0
    return bool(np.all(lower | equal) and np.any(lower))
