"""Limits that a search keeps to: a KPI at most or at least so much, or what it is today."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from mining.kpis import DEFINITIONS
from o2c_sim import Problem, ScenarioError
from o2c_sim.errors import did_you_mean
from scenarios.estimate import Estimate
from scenarios.search.target import Target
from scenarios.statistics import t_interval

Array = npt.NDArray[np.float64]
Sense = Literal["at most", "at least"]
Verdict = Literal["within", "undecided", "beyond"]

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_LEVEL = re.compile(rf"([+-]?{_NUMBER})\s*(%?)")
_TODAY = re.compile(rf"today(?:\s*([+-])\s*({_NUMBER})\s*(%?))?")
_ALLOWED = (
    "KPI=31.5 in the KPI's unit (of a share 25 % as well), KPI=today, KPI=today+2% or KPI=today-1.5"
)


@dataclass(frozen=True, slots=True)
class Constraint:
    """A KPI that must not be above, or below, a limit.

    Parameters
    ----------
    kpi
        Its key.
    sense
        ``at most`` or ``at least``.
    limit
        A level in the KPI's unit, or a change from the company as it is; a change of 0 is today's
        own mean, with which every replication is compared in pairs.
    """

    kpi: str
    sense: Sense
    limit: Target

    def __str__(self) -> str:
        """Return the constraint as it is written in an option."""
        return f"{self.kpi}={self.limit_text}"

    @property
    def limit_text(self) -> str:
        """The limit as it is written in an option."""
        if self.limit.kind == "level":
            return f"{self.limit.value:.15g}"
        if self.limit.kind == "relative":
            return f"today{100 * self.limit.value:+.15g}%"
        return f"today{self.limit.value:+.15g}" if self.limit.value else "today"

    @property
    def paired(self) -> bool:
        """Whether the limit is told by the company as it is."""
        return self.limit.kind != "level"

    def margins(self, response: Array, today: Array) -> Array:
        """Return by how much the limit is passed, by replication; 0 and below is within.

        Parameters
        ----------
        response, today
            The KPI of a point and of the company as it is in the same replications; *today* is
            not looked at where the limit is a level.
        """
        beyond = self.limit.shortfall(response, today)
        return beyond if self.sense == "at most" else -beyond


def read_constraints(at_most: Sequence[str], at_least: Sequence[str]) -> tuple[Constraint, ...]:
    """Read limits as a user writes them: ``cost_per_order=31.5``, ``cost_per_order=today+2%``.

    Raises
    ------
    ScenarioError
        With everything that cannot be read, is said twice, or cannot be at once.
    """
    found: dict[tuple[str, Sense], Constraint] = {}
    problems: list[Problem] = []
    pairs: list[tuple[str, Sense]] = [(text, "at most") for text in at_most]
    pairs += [(text, "at least") for text in at_least]
    for text, sense in pairs:
        option = "--" + sense.replace(" ", "-")
        read = _read(text, sense)
        if isinstance(read, Problem):
            problems.append(
                Problem(
                    f"{option}: {read.message}", allowed=read.allowed, suggestion=read.suggestion
                )
            )
        elif (read.kpi, sense) in found:
            problems.append(Problem(f"{option}: {read.kpi} has two limits"))
        else:
            found[read.kpi, sense] = read
    problems += [
        Problem(
            f"{kpi} is to be at most {one.limit.value:g} and at least {other.limit.value:g} at once"
        )
        for (kpi, sense), one in found.items()
        if sense == "at most" and (other := found.get((kpi, "at least"))) is not None
        if one.limit.kind == other.limit.kind and other.limit.value > one.limit.value
    ]
    if problems:
        raise ScenarioError(problems)
    return tuple(found.values())


def margins_of(
    constraints: Sequence[Constraint], responses: Sequence[str], found: Array, today: Array
) -> Array:
    """Return the margins of a point, shape (replications, constraints).

    Parameters
    ----------
    constraints
        The limits.
    responses
        Names of the last axis of the next two; the constrained KPIs are among them.
    found, today
        Responses of the point and of the company as it is, shape (replications, responses); today
        has those of the point at least where a limit is told by it.
    """
    places = [list(responses).index(one.kpi) for one in constraints]
    return np.stack(
        [
            one.margins(found[:, n], today[: len(found), n] if one.paired else found[:, n])
            for one, n in zip(constraints, places, strict=True)
        ],
        axis=-1,
    )


def shared_level(points: int, constraints: int, confidence: float) -> float:
    """Return the level of two-sided intervals whose ends are bounds at the confidence together.

    The error of the one-sided bounds is shared out among points and constraints (Bonferroni).
    """
    return 1 - 2 * (1 - confidence) / max(1, points * constraints)


def verdict_of(margins: Array, level: float) -> tuple[Verdict, tuple[Estimate, ...]]:
    """Return whether a point is within all limits, with the estimates of its margins.

    It is ``within`` if the upper limit of every margin is 0 or less, ``beyond`` if the lower limit
    of one is above 0, else ``undecided``. With :func:`shared_level` no verdict of all points is
    wrong, with the confidence, if the replications are others than those by which the points and
    the numbers of their replications were chosen.

    Parameters
    ----------
    margins
        Shape (replications, constraints), two replications or more.
    level
        Of the intervals.
    """
    estimates = tuple(t_interval(own, level) for own in margins.T)
    if all(one.high <= 0 for one in estimates):
        return "within", estimates
    return ("beyond" if any(one.low > 0 for one in estimates) else "undecided"), estimates


def _read(text: str, sense: Sense) -> Constraint | Problem:
    kpi, equals, value = (part.strip() for part in text.partition("="))
    if not equals:
        return Problem(f"{text!r} has no limit", allowed=_ALLOWED)
    if kpi not in DEFINITIONS:
        return Problem(
            f"unknown KPI {kpi!r}",
            allowed="a key of docs/kpis.md",
            suggestion=did_you_mean(kpi, DEFINITIONS),
        )
    limit = _limit(value, DEFINITIONS[kpi].unit)
    return limit if isinstance(limit, Problem) else Constraint(kpi, sense, limit)


def _limit(value: str, unit: str) -> Target | Problem:
    if match := _TODAY.fullmatch(value):
        number = float(f"{match[1]}{match[2]}") if match[1] else 0.0
        return Target("relative", number / 100) if match[3] else Target("change", number)
    match = _LEVEL.fullmatch(value)
    if match is None:
        return Problem(f"limit {value!r}", allowed=_ALLOWED)
    if not match[2]:
        return Target("level", float(match[1]))
    if unit != "share":
        return Problem(
            f"limit {value!r}: this KPI is in {unit}, no share",
            allowed=_ALLOWED,
            suggestion="today+2% for a change of today's mean",
        )
    return Target("level", float(match[1]) / 100)
