"""Stopping: how many replications make the intervals as narrow as was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
import numpy.typing as npt
from scipy import special

from o2c_sim import Problem, ScenarioError

Array = npt.NDArray[np.float64]

# Before this many replications no precision counts as reached. Five are customary; but a rule that
# stops when the spread happens to look small makes intervals too narrow, and with ten they cover a
# per cent more often (docs/statistics.md).
LEAST_REPLICATIONS = 10
# Precision must hold for so many more replications (Hoad, Robinson and Davies).
LOOK_AHEAD = 5
# Beyond this many replications the look-ahead grows with their number (the same source).
_SCALED_FROM = 100


@dataclass(frozen=True, slots=True)
class Precision:
    """How narrow a confidence interval must become.

    Parameters
    ----------
    half_width
        Of the interval: in the metric's unit, or as a share of a mean if *relative*.
    relative
        Whether it is a share: of the metric's own mean, or, for paired differences, of the
        baseline's.
    """

    half_width: float
    relative: bool = False

    def __post_init__(self) -> None:
        """Refuse what no number of replications reaches."""
        if not 0 < self.half_width < float("inf"):
            raise ScenarioError(
                Problem(
                    f"a half-width of {self.half_width:g}",
                    allowed="a number above 0: in the metric's unit, or a share such as 0.05",
                )
            )


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to stop, and if not, how many replications to have next.

    Parameters
    ----------
    done
        Nothing more is to be run: all goals are reached, the budget is used up, or what is left
        can never be reached.
    next_total
        Replications to have in all before deciding again; the present number when done.
    reached
        Metric to whether its precision holds, look-ahead included.
    worst
        The metric that is furthest from its goal; None if all are reached.
    text
        One sentence for people.
    """

    done: bool
    next_total: int
    reached: Mapping[str, bool]
    worst: str | None
    text: str


def next_replications(
    samples: Mapping[str, Array],
    goals: Mapping[str, Precision],
    budget: int,
    *,
    references: Mapping[str, Array] | None = None,
    confidence: float = 0.95,
    least: int = LEAST_REPLICATIONS,
    look_ahead: int = LOOK_AHEAD,
) -> Decision:
    """Decide, from the replications so far, how many to run next.

    A metric's precision is reached when its interval has been narrow enough at each number of
    replications from some *n* (at least *least*) up to *n* + look-ahead, and still is. While a
    metric is not there, the number that its present standard deviation asks for is predicted
    (Stein's two-stage idea), its look-ahead added, and never more than twice the present number
    asked for at once, since a standard deviation of few values is rough. The decision is a
    function of the samples alone: whoever runs exactly up to ``next_total`` each time gets the
    same replications with any number of workers.

    Parameters
    ----------
    samples
        Metric to its values so far, one a replication, all of the same length. For a paired
        comparison the values are differences.
    goals
        Metric to the precision that is asked for; metrics of *samples* without a goal are not
        looked at.
    budget
        Replications that may be run in all.
    references
        Metric to the values whose mean a relative goal is a share of, such as the baseline's; the
        metric's own values if it is not there.
    confidence
        Of the intervals, 0 to 1.
    least
        Replications before which nothing counts as reached.
    look_ahead
        Replications for which a precision must hold; from 100 on, in proportion to their number.

    Raises
    ------
    ScenarioError
        If a goal has no samples, the lengths differ, or the numbers make no sense.

    Notes
    -----
    A metric with a NaN value never counts as reached. Since its mean stays NaN whatever is added,
    it is not waited for either: the others decide, and the text names it.

    References
    ----------
    Hoad, Robinson and Davies, "Automated selection of the number of replications for a discrete-
    event simulation", Journal of the Operational Research Society 61, 2010; Stein, "A two-sample
    test for a linear hypothesis whose power is independent of the variance", Annals of
    Mathematical Statistics 16, 1945.
    """
    n = _checked(samples, goals, budget, confidence, least, look_ahead)
    if n < least:
        total = min(least, budget)
        return Decision(
            n >= total,
            max(n, total),
            dict.fromkeys(goals, False),
            next(iter(goals)),
            f"{n} replications; the first decision is at {least}"
            + ("" if budget >= least else f", beyond the budget of {budget}"),
        )
    ratios: dict[str, float] = {}
    reached: dict[str, bool] = {}
    wanted: dict[str, int] = {}
    for name, goal in goals.items():
        values = np.asarray(samples[name], dtype=np.float64)
        against = np.asarray((references or {}).get(name, values), dtype=np.float64)
        course = _half_width_ratios(values, against, goal, confidence)
        ratios[name] = float(course[-1])
        held = _held_from(course, least)
        end = None if held is None else held + _look(held, look_ahead)
        reached[name] = end is not None and n >= end
        if np.isfinite(values).all() and np.isfinite(against).all() and not reached[name]:
            wanted[name] = end if end is not None else _predicted(course[-1], n, confidence, budget)
            if end is None:
                wanted[name] = min(wanted[name] + _look(wanted[name], look_ahead), 2 * n)
    missing = [name for name in goals if np.isnan(ratios[name])]
    open_goals = {name: ratios[name] for name in goals if not reached[name]}
    worst = max(open_goals, key=lambda k: _order(open_goals[k])) if open_goals else None
    done = not wanted or n >= budget
    next_total = n if done else min(max(n + 1, *wanted.values(), 0), budget)
    return Decision(
        done,
        next_total,
        reached,
        worst,
        _text(n, budget, next_total, done, reached, ratios, worst)
        + (f"; no value in some replication: {', '.join(missing)}" if missing else ""),
    )


def half_widths(values: Array, confidence: float) -> Array:
    """Return the half-width of the t interval of the first 1, 2, ... values.

    Infinite for the first, NaN from the first value on that is not a number.
    """
    n = np.arange(1, len(values) + 1)
    # Deviations from one of the values lose no digits where all are large and alike.
    shifted = values - values[0]
    mean = np.cumsum(shifted) / n
    squares = np.maximum(np.cumsum(shifted**2) - n * mean**2, 0)
    widths = np.full(len(values), np.inf)
    if len(values) > 1:
        t = special.stdtrit(n[1:] - 1, 0.5 + confidence / 2)
        widths[1:] = t * np.sqrt(squares[1:] / (n[1:] - 1) / n[1:])
    widths[~np.isfinite(np.cumsum(values))] = np.nan
    return widths


def _half_width_ratios(values: Array, against: Array, goal: Precision, confidence: float) -> Array:
    """Return half-width over goal after 1, 2, ... replications; at most 1 is narrow enough."""
    widths = half_widths(values, confidence)
    if not goal.relative:
        return widths / goal.half_width
    scale = np.abs(np.cumsum(against) / np.arange(1, len(against) + 1)) * goal.half_width
    ratios = np.full(len(values), np.inf)
    np.divide(widths, scale, out=ratios, where=scale > 0)
    # Values that are all zero have a width of zero: as narrow as any share of their mean.
    ratios[(widths == 0) & (scale == 0)] = 0
    ratios[np.isnan(widths) | np.isnan(scale)] = np.nan
    return ratios


def _held_from(course: Array, least: int) -> int | None:
    """Return the number of replications since which every ratio was at most 1, if there is one."""
    # NaN is not at most 1.
    missed = np.flatnonzero(~(course <= 1))
    held = max(int(missed[-1]) + 2 if len(missed) else 1, least)
    return held if held <= len(course) else None


def _look(n: int, look_ahead: int) -> int:
    return look_ahead if n <= _SCALED_FROM else ceil(look_ahead * n / _SCALED_FROM)


def _predicted(ratio: float, n: int, confidence: float, budget: int) -> int:
    """Return the least number whose interval has ratio 1 if the standard deviation stays."""
    if not np.isfinite(ratio):
        return budget
    numbers = np.arange(n + 1, max(budget, n + 1) + 1)
    t = special.stdtrit(np.array([n - 1]), 0.5 + confidence / 2)[0]
    future = special.stdtrit(numbers - 1, 0.5 + confidence / 2) / np.sqrt(numbers)
    enough = np.flatnonzero(ratio * sqrt(n) / t * future <= 1)
    return int(numbers[enough[0]]) if len(enough) else int(numbers[-1])


def _order(ratio: float) -> float:
    return float("inf") if np.isnan(ratio) else ratio


def _text(
    n: int,
    budget: int,
    next_total: int,
    done: bool,
    reached: Mapping[str, bool],
    ratios: Mapping[str, float],
    worst: str | None,
) -> str:
    if worst is None:
        return f"{n} replications: the precision asked for is reached"
    count = f"{sum(reached.values())} of {len(reached)} goals reached"
    far = f"{worst} is {ratios[worst]:.2g} times as wide as asked for"
    if ratios[worst] <= 1:
        far = f"{worst} must hold a little longer"
    if not np.isfinite(ratios[worst]):
        far = f"{worst} has no interval"
    if not done:
        return f"{n} replications: {count}; {far}; next decision at {next_total}"
    why = f"the budget of {budget} is used up" if n >= budget else "more would not help"
    return f"{n} replications: {count}; {far}; {why}"


def _checked(
    samples: Mapping[str, Array],
    goals: Mapping[str, Precision],
    budget: int,
    confidence: float,
    least: int,
    look_ahead: int,
) -> int:
    problems = [
        Problem(f"no values of {name!r}", allowed=", ".join(sorted(samples)))
        for name in goals
        if name not in samples
    ]
    lengths = {len(samples[name]) for name in goals if name in samples}
    if not goals:
        problems.append(Problem("no precision is asked for", suggestion="name at least one goal"))
    if len(lengths) > 1:
        problems.append(Problem(f"metrics with {sorted(lengths)} values", allowed="equally many"))
    if budget < 2:
        problems.append(Problem(f"a budget of {budget} replications", allowed="2 or more"))
    if not 0 < confidence < 1:
        problems.append(Problem(f"a confidence of {confidence:g}", allowed="above 0, below 1"))
    if least < 2 or look_ahead < 0:
        problems.append(
            Problem(
                f"at least {least} replications, look-ahead {look_ahead}",
                allowed="2 or more, 0 or more",
            )
        )
    if problems:
        raise ScenarioError(problems)
    return lengths.pop()
