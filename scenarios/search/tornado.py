"""What each factor does alone: one factor at a time, from the company as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scenarios.estimate import Estimate
from scenarios.search.designs import one_at_a_time
from scenarios.search.evaluation import Evaluate, Point, run_all
from scenarios.search.factor import Factor
from scenarios.search.watch import TODAY, relative_pct
from scenarios.statistics import t_interval


@dataclass(frozen=True, slots=True)
class Effect:
    """What the response is when one factor alone has another value.

    Parameters
    ----------
    value
        Of the factor.
    response
        Estimate of the response, in its unit.
    change
        Paired difference from the company as it is.
    change_pct
        The same in percent of the mean today.
    """

    value: Any
    response: Estimate
    change: Estimate
    change_pct: Estimate


@dataclass(frozen=True, slots=True)
class TornadoBar:
    """One factor of a tornado: its effects, and the distance between the extremes."""

    factor: Factor
    effects: tuple[Effect, ...]
    swing: float


def tornado(
    evaluate: Evaluate,
    factors: Sequence[Factor],
    *,
    replications: int,
    confidence: float = 0.95,
    response: int = 0,
) -> tuple[TornadoBar, ...]:
    """Move each factor alone to its ends, or to each listed value; the longest bar first.

    Parameters
    ----------
    evaluate, factors
        What is asked, and what varies.
    replications
        Per point, at least 2; all under common random numbers.
    confidence
        Of the intervals.
    response
        Index among the evaluation's responses.
    """
    points = one_at_a_time(factors)
    found = run_all(evaluate, [TODAY, *points], range(replications))[:, :, response]
    today, others = found[0], dict(zip(map(_name, points), found[1:], strict=True))
    bars = []
    for factor in factors:
        effects = []
        for value in factor.levels(2):
            own = others[_name({factor.name: value})]
            effects.append(
                Effect(
                    value,
                    t_interval(own, confidence),
                    t_interval(own - today, confidence),
                    relative_pct(own, today, confidence),
                )
            )
        changes = [0.0, *(effect.change.mean for effect in effects)]
        bars.append(TornadoBar(factor, tuple(effects), max(changes) - min(changes)))
    return tuple(sorted(bars, key=lambda bar: -bar.swing))


def _name(point: Point) -> str:
    return repr(sorted(point.items()))
