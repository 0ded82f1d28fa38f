"""Break-even: where along a line a response reaches its target, with an interval for the place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

import numpy as np

from o2c_sim import Problem, ScenarioError
from scenarios.estimate import Estimate
from scenarios.search.evaluation import Evaluate, Point
from scenarios.search.line import Line
from scenarios.search.root_finding import GRID, RootSearch, Status
from scenarios.search.target import Target
from scenarios.search.watch import Node, Watch


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where a response reaches its target.

    Parameters
    ----------
    status
        ``reached``; ``already`` at the start of the line; ``not_reachable`` on this line, at the
        confidence; ``undecided`` within the budget.
    value, low, high
        The place and its interval, in the line's unit, low below high; NaN unless reached.
    point
        The settings at *value*; empty unless reached.
    best
        The place on the line that got furthest towards the target.
    nodes
        Every place that was run, along the line.
    today
        The response of the company as it is.
    jump
        Whether the response leaps over the target instead of passing through it.
    warnings
        What limits the result, in words.
    runs, replications, confidence
        Runs made, replications at the end, confidence of the intervals.
    """

    line: Line
    target: Target
    response: str
    status: Status
    value: float
    low: float
    high: float
    point: Point
    best: Node
    nodes: tuple[Node, ...]
    today: Estimate
    jump: bool
    warnings: tuple[str, ...]
    runs: int
    replications: int
    confidence: float


def find_break_even(
    evaluate: Evaluate,
    line: Line,
    target: Target,
    *,
    response: int = 0,
    replications: int = 10,
    confidence: float = 0.95,
    precision: float = 0.02,
    max_runs: int = 400,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> BreakEven:
    """Find where along a line a response reaches its target.

    A grid shows where the target is crossed and whether the response is monotone. The bracket is
    then narrowed until it is as narrow as wanted or the noise decides; there, replications grow.
    The interval holds every place whose margin to the target, interpolated between nodes close by
    in each replication, is not told from zero: the inversion of a t test under common random
    numbers.

    Parameters
    ----------
    evaluate, line, target
        What is asked, where, and for what.
    response
        Index among the evaluation's responses.
    replications
        At first; more near the root.
    confidence
        Of the interval.
    precision
        Half-width of the interval to stop at, as a share of the line's length.
    max_runs
        Budget.
    progress
        Called with the runs made and the budget.

    Raises
    ------
    ScenarioError
        If the budget does not allow the grid, or the request makes no sense.

    References
    ----------
    Fieller, "Some problems in interval estimation", J. Royal Statistical Society B 16, 1954.
    """
    _require(line, replications, confidence, precision, max_runs)
    search = RootSearch(
        Watch(evaluate, line, target, response, max_runs),
        line,
        replications,
        confidence,
        precision,
        lambda runs: progress(runs, max_runs),
    )
    status, found = search.run()
    watch, n = search.watch, search.replications
    nodes = tuple(
        watch.node(position, seen, confidence) for position, seen in sorted(search.seen.items())
    )
    means = {p: float(np.mean(watch.margins([p], seen))) for p, seen in search.seen.items()}
    farthest = max(means, key=means.__getitem__)
    best = watch.node(farthest, search.seen[farthest], confidence)
    ends = sorted((line.at(found.low), line.at(found.high))) if found else [nan, nan]
    value = line.at(found.position) if found else nan
    return BreakEven(
        line=line,
        target=target,
        response=evaluate.responses[response],
        status=status,
        value=value,
        low=ends[0],
        high=ends[1],
        point=line.point(value) if found else {},
        best=best,
        nodes=nodes,
        today=watch.today(n, confidence),
        jump=bool(found and found.jump),
        warnings=tuple(dict.fromkeys(search.warnings)),
        runs=watch.runs,
        replications=n,
        confidence=confidence,
    )


def _require(
    line: Line, replications: int, confidence: float, precision: float, max_runs: int
) -> None:
    problems = []
    if line.start == line.end:
        problems.append(Problem(f"{line.label}: start and end are the same, {line.start:g}"))
    if replications < 3:
        problems.append(Problem(f"{replications} replications", allowed="3 or more"))
    if not 0.5 <= confidence < 1:
        problems.append(Problem(f"a confidence of {confidence:g}", allowed="0.5 to below 1"))
    if not 0 < precision < 1:
        problems.append(Problem(f"a precision of {precision:g}", allowed="between 0 and 1"))
    least = (GRID + 1) * replications
    if max_runs < least:
        problems.append(Problem(f"a budget of {max_runs} runs", allowed=f"{least} or more"))
    if problems:
        raise ScenarioError(problems)
