"""Finding a root along a line among noise: a bracket, then an interval from nodes close by."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import ceil, floor, log10, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

from scenarios.search.crossing import Crossing, crossing
from scenarios.search.line import Line
from scenarios.search.watch import Watch, t_quantile

Array = npt.NDArray[np.float64]
Status = Literal["reached", "already", "not_reachable", "undecided"]

GRID = 5
OUT_OF_RUNS = "the budget of runs ended before the precision was reached"
# A step this much of the way to the target, over this little of the line, is a jump.
_JUMP_SHARE, _JUMP_WIDTH = 0.5, 1 / 8
# A place counts as off the line through its neighbours at this confidence. Assumed.
_STRAIGHT = 0.999


class RootSearch:
    """The state of one search: positions are 0 (start) to 1 (end)."""

    def __init__(
        self,
        watch: Watch,
        line: Line,
        replications: int,
        confidence: float,
        precision: float,
        progress: Callable[[int], None],
    ) -> None:
        self.watch, self.replications, self.confidence = watch, replications, confidence
        self.seen: dict[float, int] = {}
        self.warnings: list[str] = []
        self._steps, self._precision, self._progress = line.steps, precision, progress

    def run(self) -> tuple[Status, Crossing | None]:
        """Return the outcome and, if the target is reached, where."""
        grid = self._grid()
        means = self._margins(grid).mean(axis=1)
        self._look_at_shape(grid)
        if means[0] >= 0:
            already = self._already(grid)
            if already is not False:
                start = Crossing(grid[0], grid[0], grid[0], False)
                return ("already", start) if already else ("undecided", None)
            means = self._margins(grid).mean(axis=1)
        if not (means >= 0).any():
            best = grid[int(np.argmax(means))]
            status = self._decide(best)
            if status != "reached":
                return status, None
            means = self._margins(grid).mean(axis=1)
            if not (means >= 0).any():
                return "undecided", None
        first = int(np.argmax(means >= 0))
        a, b = self._narrow(grid[first - 1], grid[first])
        return "reached", self._by_step(a, b) if self._steps else self._by_inversion(a, b)

    def _grid(self) -> list[float]:
        steps = self._steps
        if not steps:
            return [float(p) for p in np.linspace(0, 1, GRID)]
        return sorted({round(p * steps) / steps for p in np.linspace(0, 1, GRID)})

    def _mean(self, position: float) -> float:
        """Return the mean margin with the replications that the place has."""
        return float(self.watch.margins([position], self.seen[position])[0].mean())

    def _margins(self, positions: list[float]) -> Array:
        found = self.watch.margins(positions, self.replications)
        for position in positions:
            self.seen[position] = max(self.replications, self.seen.get(position, 0))
        self._progress(self.watch.runs)
        return found

    def _side(
        self, position: float, replications: int | None = None, confidence: float | None = None
    ) -> int:
        """Return 1 if the target is reached there, -1 if not, 0 if that cannot be told."""
        if replications is None:
            margins = self._margins([position])[0]
        else:
            margins = self.watch.margins([position], replications)[0]
        level = self.confidence if confidence is None else confidence
        half = t_quantile(len(margins), level) * _standard_error(margins)
        mean = float(margins.mean())
        return 1 if mean > half or mean == half == 0 else -1 if mean < -half else 0

    def _affordable(self, positions: list[float], replications: int | None = None) -> bool:
        affordable = self.watch.affordable(positions, replications or self.replications)
        if not affordable:
            self.warnings.append(OUT_OF_RUNS)
        return affordable

    def _look_at_shape(self, grid: list[float]) -> None:
        """Warn of a response that goes both up and down, or crosses the target more than once."""
        margins = self._margins(grid)
        signs = np.sign(margins.mean(axis=1)) >= 0
        if np.count_nonzero(signs[1:] != signs[:-1]) > 1:
            self.warnings.append(
                "the target is crossed more than once; this is the crossing next to the start"
            )
        steps = np.diff(margins, axis=0)
        # Each of the comparisons gets its part of the error.
        level = 1 - (1 - self.confidence) / max(1, len(steps))
        t = t_quantile(self.replications, level)
        clear = [np.sign(s.mean()) for s in steps if abs(s.mean()) > t * _standard_error(s)]
        if len(set(clear)) > 1:
            self.warnings.append("the response is not monotone along the line")

    def _already(self, grid: list[float]) -> bool | None:
        """Return whether the start reaches the target; None if the budget does not tell."""
        error = 1 - self.confidence
        while True:
            error /= 2
            side = self._side(grid[0], confidence=1 - error)
            if side:
                return side == 1
            if not self._affordable(grid, 2 * self.replications):
                return None
            self.replications *= 2

    def _decide(self, best: float) -> Status:
        """Add replications at the best place until it is told from the target.

        Each look spends half of the error that is left, so that looking again and again does not
        make "not reachable" more likely than the confidence says.
        """
        error = 1 - self.confidence
        while True:
            error /= 2
            side = self._side(best, confidence=1 - error)
            if side == -1:
                return "not_reachable"
            if side == 1 or float(self._margins([best])[0].mean()) >= 0:
                return "reached" if self._affordable(self._grid()) else "undecided"
            if not self._affordable([best], 2 * self.replications):
                return "undecided"
            self.replications *= 2

    def _narrow(self, a: float, b: float) -> tuple[float, float]:
        """Narrow a bracket whose margin is negative at *a* only, until noise or width stops it."""
        halve = False
        while b - a > (1.5 / self._steps if self._steps else self._precision):
            at_a, at_b = (float(m) for m in self._margins([a, b]).mean(axis=1))
            share = 0.5 if halve else min(0.9, max(0.1, at_a / (at_a - at_b)))
            middle = a + share * (b - a)
            if not self._steps:
                # On a lattice, so that close places share their runs and can be read.
                middle = min(max(self._snapped(middle), a), b)
                if middle in (a, b):
                    break
            else:
                middle = min(max(middle, self._stepped(a, 1)), self._stepped(b, -1))
                middle = self._stepped(middle, 0)
            if not self._affordable([middle]):
                break
            side = self._side(middle)
            before = b - a
            if float(self._margins([middle])[0].mean()) >= 0:
                b = middle
            else:
                a = middle
            if side == 0 and not self._steps:
                break
            halve = b - a > before / 2
        return a, b

    def _by_step(self, a: float, b: float) -> Crossing:
        """Return the first whole step that reaches the target, with those that may be it."""
        while True:
            low, high, below = b, b, a
            while below >= 0 and self._may_side(below) != -1:
                low, below = below, self._stepped(below, -1)
            while high < 1 and self._may_side(high) != 1:
                high = self._stepped(high, 1)
            more = 2 * self.replications
            if (high - low) / 2 <= self._precision or not self._affordable([low, a, b, high], more):
                if high == 1 and self._may_side(high) != 1:
                    self.warnings.append("the interval reaches the end of the line")
                return Crossing(b, low, high, False)
            self.replications = more
            # With more replications the step over the target may be another one.
            while self._margins([b])[0].mean() < 0 and b < 1 and self._next(b, 1):
                a, b = b, self._stepped(b, 1)
            while self._margins([a])[0].mean() >= 0 and a > 0 and self._next(a, -1):
                a, b = self._stepped(a, -1), a

    def _may_side(self, position: float) -> int:
        """Return the side of a position; 0 where the budget does not allow to look."""
        return self._side(position) if self._affordable([position]) else 0

    def _stepped(self, position: float, steps: int) -> float:
        return (round(position * self._steps) + steps) / self._steps

    def _next(self, position: float, steps: int) -> bool:
        return self._affordable([self._stepped(position, steps)])

    def _by_inversion(self, a: float, b: float) -> Crossing:
        """Return the root with its interval, from nodes close by and enough replications."""
        nodes = [a, b]
        found = crossing(nodes, self._margins(nodes), self.confidence)
        if b - a <= self._precision and self._side(a) == -1 and self._side(b) == 1:
            return Crossing(found.position, a, b, self._leaps(a, b))
        before = self.replications
        while True:
            # The place is as uncertain as its last interval says; the next one should fit in.
            expected = found.half_width * sqrt(before / self.replications)
            window = max(found.half_width + expected, self._precision)
            near = self._around(found.position, window)
            if not self._affordable(near):
                break
            nodes, found = near, crossing(near, self._margins(near), self.confidence)
            while (found.open_low and nodes[0] > 0) or (found.open_high and nodes[-1] < 1):
                window *= 2
                near = sorted({*nodes, *self._around(found.position, window)})
                if not self._affordable(near):
                    break
                nodes, found = near, crossing(near, self._margins(near), self.confidence)
            if found.half_width <= self._precision:
                break
            before, more = self.replications, self._more(found.half_width)
            if more < 1.1 * before:
                self.warnings.append(OUT_OF_RUNS)
                break
            self.replications = more
        return self._widened(found, nodes)

    def _around(self, position: float, window: float) -> list[float]:
        places = (position - window, position, position + window)
        return sorted({min(1.0, max(0.0, self._snapped(place))) for place in places})

    def _snapped(self, position: float) -> float:
        """Return the nearest place of a lattice much finer than the precision."""
        return round(position, 1 - floor(log10(self._precision)))

    def _more(self, half_width: float) -> int:
        """Return the replications that the precision needs, or those that the budget allows.

        The next step runs three nodes anew, and the company as it is as often.
        """
        wanted = ceil(self.replications * min(8.0, 1.2 * (half_width / self._precision) ** 2))
        return min(wanted, (self.watch.runs_left + self.replications) // 4)

    def _widened(self, found: Crossing, nodes: list[float]) -> Crossing:
        """Take in what the interpolation between the nodes does not know.

        Where the response is not a straight line between them, or the interval is cut off by the
        last of them, it reaches to the next place that is told from the target.
        """
        low, high = found.low, found.high
        jump = any(
            left < high and right > low and self._leaps(left, right)
            for left, right in pairwise(nodes)
        )
        bent = jump or self._bent(nodes)
        if found.open_low or bent:
            edge = low if bent else nodes[0]
            low = self._told(sorted((p for p in self.seen if p <= edge), reverse=True), -1, edge)
        if found.open_high or bent:
            edge = high if bent else nodes[-1]
            high = self._told(sorted(p for p in self.seen if p >= edge), 1, edge)
        if high == 1 and self._side(1.0, self.seen[1.0]) != 1:
            self.warnings.append("the interval reaches the end of the line")
        return Crossing(found.position, low, high, jump)

    def _told(self, places: list[float], side: int, limit: float) -> float:
        """Return the next of the places that is told from the target, or the last of them."""
        for place in places:
            if self._side(place, self.seen[place]) == side:
                return place
            limit = place
        return limit

    def _bent(self, nodes: list[float]) -> bool:
        """Return whether a place between the nodes lies off the straight lines through them."""
        places = [p for p in self.seen if nodes[0] < p < nodes[-1] and p not in nodes]
        for place in places:
            n = self.seen[place]
            right = int(np.searchsorted(nodes, place))
            left_at, right_at = nodes[right - 1], nodes[right]
            weight = (place - left_at) / (right_at - left_at)
            left, own, after = self.watch.margins([left_at, place, right_at], n)
            off = own - (1 - weight) * left - weight * after
            level = 1 - (1 - _STRAIGHT) / len(places)
            if abs(float(off.mean())) > t_quantile(n, level) * _standard_error(off):
                return True
        return False

    def _leaps(self, a: float, b: float) -> bool:
        """Return whether a short stretch holds much of the whole change along the line."""
        means = [self._mean(position) for position in self._grid()]
        leap = abs(self._mean(b) - self._mean(a))
        return b - a <= _JUMP_WIDTH and leap >= _JUMP_SHARE * (max(means) - min(means))


def _standard_error(values: Array) -> float:
    return float(np.std(values, ddof=1)) / sqrt(len(values))
