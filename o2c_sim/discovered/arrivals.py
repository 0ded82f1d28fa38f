"""When cases arrive: gaps as they were observed, on a clock that follows the week."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

import numpy as np

from o2c_sim.discovered.model import HOURS_OF_WEEK, Arrivals, Floats
from o2c_sim.engine.clock import HOUR
from o2c_sim.engine.randomness import Streams

WEEK = HOURS_OF_WEEK * HOUR


class WeekClock:
    """The clock of arrivals: how many cases are expected until a time.

    Parameters
    ----------
    arrivals
        Their number a week and its profile.
    observed
        Hours of the week at which cases were seen to arrive: within an hour, arrivals are spread
        as these are, and evenly in an hour without any. A process fed every half hour, or at the
        stroke of three, stays one.
    """

    def __init__(self, arrivals: Arrivals, observed: Floats | None = None) -> None:
        shares = np.asarray(arrivals.profile, dtype=np.float64)
        self._per_week = float(arrivals.per_week)
        self._until: list[float] = [0.0, *np.cumsum(shares / shares.sum()).tolist()]
        self._until[-1] = 1.0
        self._moments: dict[int, tuple[list[float], list[float]]] = {}
        if observed is not None:
            hours = np.minimum(np.floor(observed).astype(np.int64), HOURS_OF_WEEK - 1)
            for hour in np.unique(hours).tolist():
                self._moments[hour] = _spread(observed[hours == hour] - hour)

    def expected(self, time: float) -> float:
        """Return the cases expected from the Monday of time 0 until a time (seconds)."""
        week, rest = divmod(time, WEEK)
        hour, into = divmod(rest, HOUR)
        before, then = self._until[int(hour)], self._until[int(hour) + 1]
        known = self._moments.get(int(hour))
        place = into / HOUR if known is None else _interpolated(into / HOUR, *known)
        return (week + before + (then - before) * place) * self._per_week

    def time(self, expected: float) -> float:
        """Return the time (seconds) at which as many cases are expected."""
        week, share = divmod(expected / self._per_week, 1.0)
        hour = min(bisect_right(self._until, share), HOURS_OF_WEEK) - 1
        while self._until[hour + 1] == self._until[hour]:
            # No arrivals in the last hours of the week; *share* is all but 1.
            hour -= 1
        before, then = self._until[hour], self._until[hour + 1]
        place = (share - before) / (then - before)
        known = self._moments.get(hour)
        if known is not None:
            place = _interpolated(place, *reversed(known))
        return week * WEEK + (hour + place) * HOUR


def _spread(moments: Floats) -> tuple[list[float], list[float]]:
    """Return the moments within an hour (0 to 1), and the share that lies before each."""
    seen, counts = np.unique(np.round(moments, 9), return_counts=True)
    before = (np.cumsum(counts) - counts / 2) / counts.sum()
    return seen.tolist(), before.tolist()


def _interpolated(value: float, points: list[float], results: list[float]) -> float:
    """Return what lies over a value between points in ascending order; beyond them, the ends'."""
    right = bisect_right(points, value)
    if right in (0, len(points)):
        return results[max(right - 1, 0)]
    low, high = points[right - 1], points[right]
    share = (value - low) / (high - low)
    return results[right - 1] + share * (results[right] - results[right - 1])


def arrival_times(
    arrivals: Arrivals,
    start: float,
    streams: Streams,
    observed: Floats | None = None,
    purpose: str = "arrival",
) -> Iterator[float]:
    """Yield when cases arrive, in seconds from a Monday, the first at *start*, without end.

    Gaps are drawn in blocks of observed consecutive ones, whose lengths are geometric (the
    stationary bootstrap), which keeps what hangs together: a busy week, a batch of orders.

    References
    ----------
    Politis, Romano, "The stationary bootstrap", Journal of the American Statistical Association
    89 (1994).
    """
    clock = WeekClock(arrivals, observed)
    gaps = arrivals.gaps.tolist()
    new_block, first_gap = streams.draws(f"{purpose} block"), streams.draws(f"{purpose} gap")
    share = 1.0 / max(1.0, arrivals.block)
    expected = clock.expected(start)
    yield start
    latest, case, place = start, 0, -1
    while True:
        case += 1
        if place < 0 or new_block.at(case) < share:
            place = int(first_gap.at(case) * len(gaps))
        else:
            place = (place + 1) % len(gaps)
        expected += gaps[place]
        # Rounding must not turn the order of arrival round.
        latest = max(latest, clock.time(expected))
        yield latest
