"""Where the search for the best within limits looks: what gets runs, and what is judged."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy import special

from scenarios.search.constraint import Constraint, margins_of
from scenarios.search.evaluation import Evaluate, Point
from scenarios.search.selection import shared_out

Array = npt.NDArray[np.float64]

# A difference of less than a fifth of the noise is not worth more runs while others wait (assumed).
_LEAST_SIGNAL = 0.2


class Search:
    """Looks for the best within limits, and keeps count of the runs.

    The company as it is gets as many replications as any point, as all are compared with it.

    Parameters
    ----------
    evaluate, points
        What is asked, and where; the first point is the company as it is.
    constraints
        The limits.
    sign
        1 where the first response is to be small, -1 where it is to be large.
    """

    def __init__(
        self,
        evaluate: Evaluate,
        points: Sequence[Point],
        constraints: Sequence[Constraint],
        sign: float,
    ) -> None:
        self._evaluate, self._points, self._constraints = evaluate, points, constraints
        self.sign = sign
        self._values = [np.empty((0, len(evaluate.responses)))] * len(points)

    @property
    def counts(self) -> list[int]:
        """Replications of each point."""
        return [len(own) for own in self._values]

    @property
    def runs(self) -> int:
        """Runs made."""
        return sum(self.counts)

    def run(self, counts: Sequence[int]) -> None:
        """Bring points to numbers of replications; those that lack the same go together."""
        groups: dict[tuple[int, int], list[int]] = {}
        for i, (had, wanted) in enumerate(zip(self.counts, counts, strict=True)):
            if wanted > had:
                groups.setdefault((had, wanted), []).append(i)
        for span, own in groups.items():
            found = self._evaluate([self._points[i] for i in own], range(*span))
            for i, values in zip(own, found, strict=True):
                self._values[i] = np.concatenate([self._values[i], values])

    def step(self, goal: int) -> bool:
        """Give runs to the points that need them most; False where none is left to give."""
        counts = self.counts
        self.run(self._wanted(range(len(counts)), counts, goal))
        return self.counts != counts

    def fresh_counts(self, chosen: Sequence[int], least: int, budget: int) -> list[int]:
        """Return how many fresh replications each of some points gets, today's first.

        What the search saw tells who needs many; what it did not see is judged.
        """
        counts, before = [least] * len(chosen), [0]
        while counts != before:
            before, counts = counts, self._wanted(chosen, counts, budget)
        return counts

    def finalists(self, most: int, confidence: float) -> list[int]:
        """Return the points that may be the best within, the most likely first, without today.

        The best of those that seem within comes first; then the best of those that are within at
        the confidence, in case the first is not; then what is likely to be within and better.
        """
        costs = self._costs()
        means, spreads = self._margins()
        n = np.array(self.counts)
        z = -(means / _positive(spreads / np.sqrt(n)[:, None])).max(axis=1)
        likely = special.ndtr(z)
        best = self._best(costs, means)
        first: list[int] = []
        if best >= 0:
            error = self._apart(best) * np.sqrt(1 / n + 1 / n[best])
            likely = likely * special.ndtr((costs[best] - costs) / _positive(error))
            surely = [i for i in range(len(n)) if z[i] >= float(special.ndtri(confidence))]
            first = [best, *sorted(surely, key=lambda i: float(costs[i]))[:1]]
        first += sorted(range(1, len(n)), key=lambda i: (-float(likely[i]), i))
        return [i for i in dict.fromkeys(first) if i][:most]

    def means(self, i: int) -> Array:
        """Return the mean responses of a point."""
        return np.asarray(self._values[i].mean(axis=0))

    def _wanted(self, own: Sequence[int], counts: Sequence[int], goal: int) -> list[int]:
        total = sum(counts)
        # Pairs need the same replications of today, at most as many again.
        goal = total + (goal - total) // 2
        extra = shared_out(self._weights()[list(own)], np.array(counts), goal)
        wanted = [n + more for n, more in zip(counts, extra, strict=True)]
        wanted[0] = max(wanted)
        return wanted

    def _weights(self) -> Array:
        """Return how much each point needs, by the rule of Lee and others (2012)."""
        costs = self._costs()
        means, spreads = self._margins()
        signals = np.maximum(0.0, (means / _positive(spreads)).max(axis=1))
        best = self._best(costs, means)
        if best < 0:
            return np.asarray(np.maximum(signals, _LEAST_SIGNAL) ** -2.0)
        apart = _positive(self._apart(best))
        signals = np.maximum(signals, (costs - costs[best]) / apart)
        weights = np.maximum(signals, _LEAST_SIGNAL) ** -2.0
        weights[best] = 0.0
        nearest = (-means[best] / _positive(spreads[best])).min()
        weights[best] = max(
            sqrt(float(np.sum(weights**2))),
            max(float(nearest), _LEAST_SIGNAL) ** -2.0,
        )
        return np.asarray(weights)

    def _best(self, costs: Array, margins: Array) -> int:
        within = np.flatnonzero((margins <= 0).all(axis=1))
        return int(within[np.argmin(costs[within])]) if len(within) else -1

    def _costs(self) -> Array:
        """Return the aims less today's: points have different replications, pairs do not."""
        today = self._values[0]
        found = [own[:, 0] - today[: len(own), 0] for own in self._values]
        return np.array([self.sign * own.mean() for own in found])

    def _apart(self, best: int) -> Array:
        """Return the noise of the aim that a point and the best do not share, of one of the two."""
        found = []
        for own in self._values:
            both = min(len(own), len(self._values[best]))
            found.append(np.std(own[:both, 0] - self._values[best][:both, 0], ddof=1) / sqrt(2))
        return np.array(found)

    def _margins(self) -> tuple[Array, Array]:
        today, names = self._values[0], self._evaluate.responses
        found = [margins_of(self._constraints, names, own, today) for own in self._values]
        means = np.array([one.mean(axis=0) for one in found])
        return means, np.array([one.std(axis=0, ddof=1) for one in found])


def _positive(values: Array) -> Array:
    """Return values by which one may divide."""
    return np.asarray(np.maximum(values, 1e-12))
