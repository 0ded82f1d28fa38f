"""The best of some points within limits: what a company can have for no more than so much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from o2c_sim import Problem, ScenarioError
from scenarios.estimate import Estimate
from scenarios.search.constrained_search import Search
from scenarios.search.constraint import (
    Constraint,
    Verdict,
    margins_of,
    shared_level,
    verdict_of,
)
from scenarios.search.evaluation import Evaluate, Point
from scenarios.search.selection import correct_share
from scenarios.search.watch import TODAY
from scenarios.statistics import t_interval

Array = npt.NDArray[np.float64]

# Half of the budget looks, the other half judges the few that are left. All of these are assumed.
_SEARCH_SHARE = 0.5
_FINAL_REPLICATIONS = 10
_MOST_FINAL = 5
_FEWEST_FINAL = 4


@dataclass(frozen=True, slots=True)
class Setting:
    """A point that was judged by replications of its own.

    Parameters
    ----------
    point
        Factor to value; empty for the company as it is.
    verdict
        Whether it is within the limits.
    aim, change
        Estimate of the KPI that is to be small or large, and its paired difference from today.
    limited
        Estimate of each constrained KPI.
    margins
        By how much it passes each limit; below 0 is within. The verdict follows from these.
    """

    point: Point
    verdict: Verdict
    aim: Estimate
    change: Estimate
    limited: tuple[Estimate, ...]
    margins: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True)
class Passed:
    """A point that the search passed over, with its means there, of which nothing is claimed.

    Parameters
    ----------
    point
        Factor to value.
    aim, limited
        Means of the KPIs.
    replications
        That it got.
    """

    point: Point
    aim: float
    limited: tuple[float, ...]
    replications: int


@dataclass(frozen=True, slots=True)
class BestWithin:
    """What was chosen within limits.

    Parameters
    ----------
    aim, sense
        KPI, and whether it is to be small or large.
    constraints
        The limits.
    settings
        Those that were judged, by their change from today, the best first; the company as it is
        among them.
    best
        Index of the best of those within; -1 where none is.
    passed
        Those that the search passed over.
    probability
        Cautious estimate that the best is the best of those judged within.
    runs, confidence
        Runs made; confidence that all verdicts are right.
    """

    aim: str
    sense: Literal["small", "large"]
    constraints: tuple[Constraint, ...]
    settings: tuple[Setting, ...]
    best: int
    passed: tuple[Passed, ...]
    probability: float
    runs: int
    confidence: float


def least_runs(points: int, first_stage: int) -> int:
    """Return the smallest budget for a number of points, the company as it is not counted."""
    return (points + 1) * first_stage + _FEWEST_FINAL * _FINAL_REPLICATIONS


def best_within(
    evaluate: Evaluate,
    points: Sequence[Point],
    constraints: Sequence[Constraint],
    *,
    max_runs: int,
    first_stage: int = 10,
    confidence: float = 0.95,
    maximise: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> BestWithin:
    """Choose the best of some points, and the company as it is, whose KPIs keep to limits.

    Half of the budget looks where the best may be: runs go to what is not yet told from the best
    or from a limit. The few points that may be it are then run again with fresh replications, and
    only these are judged, so that neither the verdicts nor the figures are flattered by the
    choice. How many each gets is settled before the first of them, by what the search saw.

    Parameters
    ----------
    evaluate, points
        What is asked, and where; the first response is the aim, the constrained KPIs are others
        or the same.
    constraints
        One or more.
    max_runs
        Budget.
    first_stage
        Replications of each point before the allocation begins.
    confidence
        That all verdicts "within" and "beyond" are right.
    maximise
        Whether more of the aim is better.
    progress
        Called with the runs made and the budget.

    Raises
    ------
    ScenarioError
        If there is no constraint, nothing to choose from, or the budget is too small.

    References
    ----------
    Lee, Pujowidianto, Li, Chen and Yap, "Approximate simulation budget allocation for selecting
    the best design in the presence of stochastic constraints", IEEE Transactions on Automatic
    Control 57, 2012: a point needs runs until the easier of two is sure, that it is worse or that
    it is beyond a limit. The allocation decides where the search looks; no claim rests on it.
    """
    every: list[Point] = [TODAY, *(point for point in points if point)]
    _require(every, constraints, max_runs, first_stage, confidence)
    search = Search(evaluate, every, constraints, -1.0 if maximise else 1.0)
    search.run([first_stage] * len(every))
    goal = max(search.runs, min(int(max_runs * _SEARCH_SHARE), max_runs - _least_final()))
    while search.runs < goal:
        progress(search.runs, max_runs)
        if not search.step(min(goal, search.runs + len(every))):
            break
    left = max_runs - search.runs
    most = min(_MOST_FINAL, left // _FINAL_REPLICATIONS - 1)
    chosen = [0, *search.finalists(most, confidence)]
    counts = search.fresh_counts(chosen, _FINAL_REPLICATIONS, left)
    found = _fresh(evaluate, [every[i] for i in chosen], counts, max(search.counts))
    runs = search.runs + sum(counts)
    progress(runs, max_runs)
    settings = _judged(
        [every[i] for i in chosen], found, evaluate.responses, constraints, confidence
    )
    order = sorted(range(len(chosen)), key=lambda i: (search.sign * settings[i].change.mean, i))
    ranked = [settings[i] for i in order]
    within = [place for place, one in enumerate(ranked) if one.verdict == "within"]
    rivals = [-search.sign * found[order[place]][:, 0] for place in within]
    names = list(evaluate.responses)
    return BestWithin(
        names[0],
        "large" if maximise else "small",
        tuple(constraints),
        tuple(ranked),
        within[0] if within else -1,
        tuple(
            _passed(every[i], search.means(i), search.counts[i], names, constraints)
            for i in range(len(every))
            if i not in chosen
        ),
        correct_share(rivals, 0) if within else 0.0,
        runs,
        confidence,
    )


def _fresh(
    evaluate: Evaluate, points: Sequence[Point], counts: Sequence[int], start: int
) -> list[Array]:
    """Return each point's responses in its number of replications from *start* on."""
    found = [np.empty((0, len(evaluate.responses)))] * len(points)
    had = 0
    for count in sorted(set(counts)):
        own = [i for i, wanted in enumerate(counts) if wanted > had]
        new = evaluate([points[i] for i in own], range(start + had, start + count))
        for i, values in zip(own, new, strict=True):
            found[i] = np.concatenate([found[i], values])
        had = count
    return found


def _judged(
    points: Sequence[Point],
    found: Sequence[Array],
    responses: Sequence[str],
    constraints: Sequence[Constraint],
    confidence: float,
) -> list[Setting]:
    """Return points with their verdicts; the first is the company as it is."""
    # The figures of whichever is chosen hold, as the error is shared out among all.
    aim_level = 1 - (1 - confidence) / len(points)
    level = shared_level(len(points), len(constraints), confidence)
    names = list(responses)
    settings = []
    for point, own in zip(points, found, strict=True):
        verdict, margins = verdict_of(margins_of(constraints, names, own, found[0]), level)
        settings.append(
            Setting(
                point,
                verdict,
                t_interval(own[:, 0], aim_level),
                t_interval(own[:, 0] - found[0][: len(own), 0], aim_level),
                tuple(t_interval(own[:, names.index(one.kpi)], level) for one in constraints),
                margins,
            )
        )
    return settings


def _passed(
    point: Point,
    means: Array,
    replications: int,
    names: Sequence[str],
    constraints: Sequence[Constraint],
) -> Passed:
    limited = tuple(float(means[names.index(one.kpi)]) for one in constraints)
    return Passed(point, float(means[0]), limited, replications)


def _least_final() -> int:
    return _FEWEST_FINAL * _FINAL_REPLICATIONS


def _require(
    points: Sequence[Point],
    constraints: Sequence[Constraint],
    max_runs: int,
    first_stage: int,
    confidence: float,
) -> None:
    problems = []
    if not constraints:
        problems.append(Problem("no limit to keep to", allowed="one constraint or more"))
    if len(points) < 2:
        problems.append(Problem("no point to choose but the company as it is"))
    if first_stage < 3:
        problems.append(Problem(f"{first_stage} replications at first", allowed="3 or more"))
    if not 0.5 <= confidence < 1:
        problems.append(Problem(f"a confidence of {confidence:g}", allowed="0.5 to below 1"))
    least = least_runs(len(points) - 1, first_stage)
    if max_runs < least:
        problems.append(Problem(f"a budget of {max_runs} runs", allowed=f"{least} or more"))
    if problems:
        raise ScenarioError(problems)
