"""Looking along a line: margins to the target at positions, with their cost in runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy import special

from scenarios.estimate import Estimate
from scenarios.search.evaluation import Evaluate, Point
from scenarios.search.line import Line
from scenarios.search.target import Target
from scenarios.statistics import t_interval

Array = npt.NDArray[np.float64]

TODAY: Point = {}


@dataclass(frozen=True, slots=True)
class Node:
    """What one place on the line gave.

    Parameters
    ----------
    value
        Of the line's number.
    response
        Estimate of the response, in its unit.
    change
        Paired difference from the company as it is, in the response's unit.
    change_pct
        The same in percent of the mean today, with limits by Fieller's method; NaN where the
        mean today is not told from zero.
    """

    value: float
    response: Estimate
    change: Estimate
    change_pct: Estimate


class Watch:
    """Asks for margins and keeps count of the runs.

    A margin is how far the response has got beyond the target: negative before it is reached.

    Parameters
    ----------
    evaluate, line, target
        What is asked, where, and for what.
    response
        Index of the response.
    max_runs
        Budget.
    """

    def __init__(
        self, evaluate: Evaluate, line: Line, target: Target, response: int, max_runs: int
    ) -> None:
        self._evaluate, self._line, self._target = evaluate, line, target
        self._response, self._max_runs = response, max_runs
        self._asked: dict[str, int] = {}

    @property
    def runs(self) -> int:
        """The number of runs asked for."""
        return sum(self._asked.values())

    @property
    def runs_left(self) -> int:
        """What is left of the budget."""
        return self._max_runs - self.runs

    def affordable(self, positions: Sequence[float], replications: int) -> bool:
        """Return whether the budget allows these runs."""
        keys = {repr(TODAY), *(repr(self._point(p)) for p in positions)}
        new = sum(max(0, replications - self._asked.get(key, 0)) for key in keys)
        return self.runs + new <= self._max_runs

    def margins(self, positions: Sequence[float], replications: int) -> Array:
        """Return the margins, shape (positions, replications)."""
        today, *found = self._responses(positions, replications)
        sign = self._target.sign(today)
        return np.array([sign * self._target.shortfall(own, today) for own in found])

    def node(self, position: float, replications: int, confidence: float) -> Node:
        """Return what a position gave, for people."""
        today, found = self._responses([position], replications)
        return Node(
            value=self._line.at(position),
            response=t_interval(found, confidence),
            change=t_interval(found - today, confidence),
            change_pct=relative_pct(found, today, confidence),
        )

    def today(self, replications: int, confidence: float) -> Estimate:
        """Return the response of the company as it is."""
        return t_interval(self._responses([], replications)[0], confidence)

    def _point(self, position: float) -> Point:
        return self._line.point(self._line.at(position))

    def _responses(self, positions: Sequence[float], replications: int) -> list[Array]:
        points = [TODAY, *(self._point(p) for p in positions)]
        for point in points:
            self._asked[repr(point)] = max(replications, self._asked.get(repr(point), 0))
        return list(self._evaluate(points, range(replications))[:, :, self._response])


def t_quantile(replications: int, confidence: float) -> float:
    """Return the quantile of Student's t for a two-sided interval."""
    return float(special.stdtrit(replications - 1, 0.5 + confidence / 2))


def relative_pct(found: Array, today: Array, confidence: float) -> Estimate:
    """Return the change of a mean in percent of today's, with Fieller's interval.

    References
    ----------
    Fieller, "Some problems in interval estimation", J. Royal Statistical Society B 16, 1954.
    """
    n, nan = len(today), float("nan")
    bottom, change = float(np.mean(today)), found - today
    if n < 2 or bottom == 0:
        return Estimate(nan, nan, nan, nan, n, confidence)
    q = t_quantile(n, confidence) ** 2 / n
    (v11, v12), (_, v22) = np.cov(change, today)
    top = float(np.mean(change))
    a, b, c = bottom**2 - q * v22, top * bottom - q * v12, top**2 - q * v11
    if a <= 0:
        return Estimate(100 * top / bottom, nan, nan, nan, n, confidence)
    root = sqrt(max(0.0, b * b - a * c))
    spread = float(np.std(100 * (change - top / bottom * today) / bottom, ddof=1))
    ends = sorted((100 * (b - root) / a, 100 * (b + root) / a))
    return Estimate(100 * top / bottom, ends[0], ends[1], spread, n, confidence)
