"""How a case passes from one observed history to another that has come to the same point."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from o2c_sim.discovered.model import (
    HOURS_OF_WEEK,
    Floats,
    Histories,
    Integers,
    Pool,
    Routing,
)
from o2c_sim.discovered.nearest import nearest, one_of
from o2c_sim.discovered.precedence import Precedence
from o2c_sim.discovered.weeks import calendar_of_week
from o2c_sim.engine.clock import HOUR

# Of what fewer histories share than are asked for.
RARE = -2


@dataclass(frozen=True, slots=True)
class _Points:
    """Points of histories, those that are alike together, in order of the hour of the week.

    Parameters
    ----------
    steps
        The step after which the point is.
    hours
        Its hour of the week.
    ranges
        Of each kind of point: the first, and the one after the last.
    """

    steps: Sequence[int]
    hours: Sequence[float]
    ranges: dict[int, tuple[int, int]]


class Switching:
    """Where a case that has done certain activities may go on.

    Parameters
    ----------
    histories, pools, routing
        Of the model.
    order
        The order of the steps.

    Attributes
    ----------
    root
        The point of a case that has done nothing, for :meth:`along`.
    """

    root = 0

    def __init__(
        self,
        histories: Histories,
        pools: Sequence[Pool],
        routing: Routing,
        order: Precedence,
    ) -> None:
        self._routing = routing
        self._activities = int(histories.activity.max()) + 1
        starts = histories.case
        of_case = np.repeat(np.arange(histories.cases), np.diff(starts))
        place = np.arange(int(starts[-1])) - starts[:-1][of_case]
        self._weights: list[float] = histories.weight[of_case].tolist()
        begin_hours = histories.hour[starts[:-1]]
        self._lengths = dict(zip(starts[:-1].tolist(), _ranks(histories), strict=True))
        by_hour = np.lexsort((_shuffled(begin_hours.size), begin_hours))
        self._begins = _Points(
            starts[:-1][by_hour].tolist(), begin_hours[by_hour].tolist(), {0: (0, by_hour.size)}
        )
        if routing.switch_share <= 0:
            return
        hours = _meeting_hours(histories, pools, order)
        meeting = np.flatnonzero(np.array(order.meeting))
        whole, self._whole = self._prefixes(histories.activity, of_case, starts)
        self._prefix_points = _points(whole, meeting, hours)
        # Of the last activity, the last two ... up to the memory; and how to find them.
        recent = histories.activity.astype(np.int64)
        self._suffix_points = [_points(recent, meeting, hours)]
        self._suffixes: list[dict[int, int]] = [{}]
        for length in range(2, routing.memory + 1):
            before = np.concatenate(([RARE], recent[:-1]))
            before[place < length - 1] = RARE
            recent, known = self._longer(before, histories.activity, of_case)
            if not known:
                break
            self._suffixes.append(known)
            self._suffix_points.append(_points(recent, meeting, hours))

    def first(self, hour: float, coin: float, luck: float, place: float | None = None) -> int:
        """Return the first step of the history of a case that arrives at an hour of the week.

        Parameters
        ----------
        hour
            Hour of the week.
        coin, luck
            Draws from 0 to 1.
        place
            From 0 to 1: how long the history is to be among the nearest ones; by luck if None.
        """
        among = (0, len(self._begins.steps))
        if place is None:
            return self._one_of(self._begins, among, hour, coin, luck)
        places = nearest(self._begins.hours, *among, hour, self._routing.neighbours, coin)
        steps = sorted((self._begins.steps[i] for i in places), key=self._lengths.__getitem__)
        passed = list(accumulate(self._weights[step] for step in steps))
        return steps[min(bisect_right(passed, place * passed[-1]), len(steps) - 1)]

    def along(self, point: int, activity: int) -> int:
        """Return the point reached from another one by an activity, as far as it is common."""
        if point == RARE:
            return RARE
        return self._whole.get(point * self._activities + activity, RARE)

    def onward(
        self, point: int, done: Sequence[int], hour: float, coin: float, luck: float
    ) -> int | None:
        """Return the step after which a case goes on, in the history of that step.

        Parameters
        ----------
        point
            Where the case is, from :meth:`along`.
        done
            Its activities so far, at least as many as the memory or all.
        hour
            Hour of the week.
        coin, luck
            Draws from 0 to 1.
        """
        found = self._prefix_points.ranges.get(point)
        if found is not None:
            return self._one_of(self._prefix_points, found, hour, coin, luck)
        for length in range(min(len(done), len(self._suffix_points)), 0, -1):
            recent = done[-length]
            for i in range(1, length):
                known = self._suffixes[i].get(recent * self._activities + done[i - length])
                if known is None:
                    break
                recent = known
            else:
                points = self._suffix_points[length - 1]
                found = points.ranges.get(recent)
                if found is not None:
                    return self._one_of(points, found, hour, coin, luck)
        return None

    def _one_of(
        self, points: _Points, among: tuple[int, int], hour: float, coin: float, luck: float
    ) -> int:
        places = nearest(points.hours, *among, hour, self._routing.neighbours, coin)
        steps = [points.steps[place] for place in places]
        return one_of(steps, self._weights, luck)

    def _prefixes(
        self, activity: Integers, of_case: Integers, starts: Integers
    ) -> tuple[Integers, dict[int, int]]:
        """Return the point after each step by all steps until then, and how to find it."""
        lengths = np.diff(starts)
        point = np.full(activity.size, RARE, dtype=np.int64)
        known: dict[int, int] = {}
        cases = np.arange(lengths.size)
        before = np.zeros(lengths.size, dtype=np.int64)
        for place in range(int(lengths.max())):
            going_on = (lengths[cases] > place) & (before != RARE)
            cases, before = cases[going_on], before[going_on]
            if cases.size < self._routing.least:
                break
            steps = starts[cases] + place
            keys, of_step, count = np.unique(
                before * self._activities + activity[steps],
                return_inverse=True,
                return_counts=True,
            )
            common = count >= self._routing.least
            numbers = np.where(common, len(known) + np.cumsum(common), RARE)
            known.update(zip(keys[common].tolist(), numbers[common].tolist(), strict=True))
            before = numbers[of_step]
            point[steps] = before
        return point, known

    def _longer(
        self, before: Integers, activity: Integers, of_case: Integers
    ) -> tuple[Integers, dict[int, int]]:
        """Return what the last activities are, one more than *before*, and how to find it."""
        number = np.full(activity.size, RARE, dtype=np.int64)
        common = np.flatnonzero(before != RARE)
        if not common.size:
            return number, {}
        keys, of_step = np.unique(
            before[common] * self._activities + activity[common], return_inverse=True
        )
        cases = int(of_case[-1]) + 1
        pairs = np.unique(of_step * cases + of_case[common])
        enough = np.bincount(pairs // cases, minlength=keys.size) >= self._routing.least
        numbers = np.where(enough, np.arange(keys.size), RARE)
        number[common] = numbers[of_step]
        return number, dict(zip(keys[enough].tolist(), numbers[enough].tolist(), strict=True))


def _points(kinds: Integers, meeting: Integers, hours: Floats) -> _Points:
    """Return the points after the steps of *meeting*, by kind and hour."""
    steps = meeting[kinds[meeting] != RARE]
    order = steps[np.lexsort((_shuffled(steps.size), hours[steps], kinds[steps]))]
    sorted_kinds = kinds[order]
    bounds = [0, *(np.flatnonzero(np.diff(sorted_kinds)) + 1).tolist(), order.size]
    ranges = {int(sorted_kinds[low]): (low, high) for low, high in pairwise(bounds) if low < high}
    return _Points(order.tolist(), hours[order].tolist(), ranges)


def _shuffled(count: int) -> Integers:
    """Return numbers in an order that has nothing to do with that of the log."""
    return np.random.Generator(np.random.Philox(key=0)).permutation(count)


def _meeting_hours(histories: Histories, pools: Sequence[Pool], order: Precedence) -> Floats:
    """Return the hour of the week of the meeting after each step (of no meaning without one).

    It is when the predecessors of the next step are done. The end of a case is not in its
    history: it is worked out from its last steps as if nobody had waited for people.
    """
    hours = np.append(histories.hour[1:], 0.0)
    calendars = [calendar_of_week(pool.week) for pool in pools]
    for begin, end in zip(histories.case[:-1].tolist(), histories.case[1:].tolist(), strict=True):
        # Since the last meeting.
        since = end - 1
        while since > begin and not order.meeting[since - 1]:
            since -= 1
        met = float(histories.hour[since])
        latest = 0.0
        for step in range(since, end):
            if order.successors[step]:
                continue
            ready = float(histories.hour[step])
            time = ready * HOUR
            delay, work = float(histories.delay_hours[step]), float(histories.work_hours[step])
            if (pool := int(histories.pool[step])) < 0:
                done = ready + delay + work
            else:
                calendar = calendars[pool]
                done = calendar.add(calendar.add(time, delay * HOUR), work * HOUR) / HOUR
            latest = max(latest, (ready - met) % HOURS_OF_WEEK + done - ready)
        hours[end - 1] = met + latest
    within: Floats = np.mod(hours, HOURS_OF_WEEK)
    return within


def _ranks(histories: Histories) -> list[int]:
    """Return the place of each history: those of the same activities together, short ones first."""
    starts = histories.case[:-1]
    hours = np.add.reduceat(histories.delay_hours + histories.work_hours, starts)
    routes: dict[bytes, int] = {}
    route = np.array(
        [
            routes.setdefault(histories.activity[first:last].tobytes(), len(routes))
            for first, last in zip(starts.tolist(), histories.case[1:].tolist(), strict=True)
        ]
    )
    mean = np.bincount(route, hours) / np.bincount(route)
    ranks = np.empty(route.size, dtype=np.int64)
    ranks[np.lexsort((hours, route, mean[route]))] = np.arange(route.size)
    return ranks.tolist()
