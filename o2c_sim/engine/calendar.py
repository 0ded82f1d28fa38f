"""Working-time arithmetic in O(log n): when is the work done that starts now."""

from __future__ import annotations

import functools
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from o2c_sim.engine.clock import Clock

Interval = tuple[float, float]
Floats = npt.NDArray[np.float64]


class WorkingCalendar:
    """Open intervals on the simulation's time axis, extended as far as anybody asks.

    Parameters
    ----------
    intervals_of_year
        Returns the open intervals, in order, that begin in year 0, 1, 2 ... of the simulation;
        an empty year ends the calendar.
    closed
        Intervals of the simulation's time in which nobody works whatever the year says, such as
        an outage of the systems; in any order, in seconds.
    absences_of_year
        Returns the intervals of year 0, 1, 2 ... in which the one person is absent whose
        calendar this is, in order.

    Raises
    ------
    ValueError
        If the first year has no open interval, or if nothing is left of any year.
    """

    def __init__(
        self,
        intervals_of_year: Callable[[int], Iterable[Interval]],
        closed: Iterable[Interval] = (),
        absences_of_year: Callable[[int], Iterable[Interval]] | None = None,
    ) -> None:
        self._intervals_of_year = intervals_of_year
        self._closed = merged(closed)
        self._absences_of_year = absences_of_year
        self._years = 0
        self.opens: list[float] = []
        self.closes: list[float] = []
        # Working seconds before each interval opens, and in all so far.
        self._before: list[float] = []
        self._total = 0.0
        # The three lists as arrays, as long as they stay as they are.
        self._arrays: tuple[Floats, Floats, Floats] | None = None
        # The interval asked for last: most questions are about the same hours.
        self._last_opens = self._last_closes = 0.0
        if not self._extend():
            raise ValueError("the calendar has no open hour in its first year")
        while not self.opens:
            if not self._extend():
                raise ValueError("the calendar has no open hour that is not closed")

    @classmethod
    def always_open(cls) -> WorkingCalendar:
        """Return a calendar that never closes."""
        return cls(lambda year: [(0.0, float("inf"))] if year == 0 else [])

    def is_open(self, time: float) -> bool:
        """Return whether work is going on at *time* (closing times are closed)."""
        if self._last_opens <= time < self._last_closes:
            return True
        i = self._index(time)
        if i < 0 or time >= self.closes[i]:
            return False
        self._last_opens, self._last_closes = self.opens[i], self.closes[i]
        return True

    def next_open(self, time: float) -> float:
        """Return *time* if open, else when the calendar opens next."""
        i = self._index(time)
        if i >= 0 and time < self.closes[i]:
            return time
        while i + 1 >= len(self.opens):
            self._require_more(time)
        return self.opens[i + 1]

    def add(self, time: float, work: float) -> float:
        """Return when *work* seconds of working time, begun at *time*, are done.

        Work of zero seconds begun in a closed hour is done when the calendar opens.
        """
        end = time + work
        if self._last_opens <= time < self._last_closes and end <= self._last_closes:
            return end
        i = self._index(time)
        if i >= 0 and time < self.closes[i]:
            if end <= self.closes[i]:
                return end
            target = self._before[i] + (time - self.opens[i]) + work
        else:
            while i + 1 >= len(self.opens):
                self._require_more(time)
            target = self._before[i + 1] + work
            if work == 0:
                return self.opens[i + 1]
        while self._total < target:
            self._require_more(time)
        # bisect_right minus one finds the interval in which the target falls; a target on a
        # boundary belongs to the interval that ends there.
        j = bisect_right(self._before, target) - 1
        if target == self._before[j] and j > 0:
            j -= 1
        return self.opens[j] + (target - self._before[j])

    def between(self, start: float, end: float) -> float:
        """Return the working seconds between two times; 0 if *end* is not after *start*."""
        return max(0.0, self.elapsed(end) - self.elapsed(start))

    def elapsed(self, time: float) -> float:
        """Return the working seconds from time 0 until *time*."""
        i = self._index(time)
        if i < 0:
            return 0.0
        return self._before[i] + min(time, self.closes[i]) - self.opens[i]

    def elapsed_at(self, times: Floats) -> Floats:
        """Return the working seconds from time 0 until each of many times."""
        if not times.size:
            return np.zeros(0)
        self._index(float(times.max()))
        if self._arrays is None:
            self._arrays = np.array(self.opens), np.array(self.closes), np.array(self._before)
        opens, closes, before = self._arrays
        i = np.searchsorted(opens, times, side="right") - 1
        worked = before[i] + np.minimum(times, closes[i]) - opens[i]
        return np.where(i < 0, 0.0, worked)

    def _index(self, time: float) -> int:
        opens = self.opens
        while time >= opens[-1] and time >= self.closes[-1] and self._extend():
            pass
        return bisect_right(opens, time) - 1

    def _require_more(self, time: float) -> None:
        if not self._extend():
            raise ValueError(f"the calendar has no open hour after {time:.0f} s")

    def _extend(self) -> bool:
        found = list(self._intervals_of_year(self._years))
        offered = bool(found)
        if self._closed:
            found = _without(found, self._closed)
        if self._absences_of_year is not None:
            found = _without(found, list(self._absences_of_year(self._years)))
        self._years += 1
        for start, end in found:
            self._append(start, end)
        return offered

    def _append(self, start: float, end: float) -> None:
        self._arrays = None
        if self.closes and start == self.closes[-1]:
            # Adjoining shifts are one interval, so that a task may span them.
            self.closes[-1] = end
        else:
            self.opens.append(start)
            self.closes.append(end)
            self._before.append(self._total)
        self._total += end - start


class SuccessiveCalendar(WorkingCalendar):
    """One calendar until a time, another one from then on.

    Parameters
    ----------
    before, after
        The calendars; None where nobody works.
    at
        The time of the change, simulation seconds.
    """

    def __init__(
        self, before: WorkingCalendar | None, after: WorkingCalendar | None, at: float
    ) -> None:
        self._after = after
        # So far hours have been taken over from *after*, the next ones are in this interval of it.
        self._taken_until = at
        self._next = 0
        self._last_opens = self._last_closes = 0.0
        self._arrays = None
        past = 0
        if before is not None:
            before._index(at)
            past = bisect_left(before.opens, at)
        if before is None or not past:
            # An interval of no length, so that there always is one to look at.
            self.opens, self.closes, self._before, self._total = [0.0], [0.0], [0.0], 0.0
            return
        self.opens, self.closes = before.opens[:past], before.closes[:past]
        self.closes[-1] = min(self.closes[-1], at)
        self._before = before._before[:past]
        self._total = self._before[-1] + self.closes[-1] - self.opens[-1]

    def _extend(self) -> bool:
        after = self._after
        if after is None:
            return False
        while True:
            if self._next < len(after.opens) and after.closes[self._next] > self._taken_until:
                start = max(after.opens[self._next], self._taken_until)
                # The last interval known may grow; what is added to it is taken over then.
                self._taken_until = after.closes[self._next]
                self._append(start, self._taken_until)
                return True
            if self._next + 1 < len(after.opens):
                self._next += 1
            elif not after._extend():
                return False


NO_HOURS = SuccessiveCalendar(None, None, 0.0)


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Return intervals in order, those that overlap or adjoin made one."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found


def _without(intervals: list[Interval], closed: list[Interval]) -> list[Interval]:
    """Return what is left of intervals; both lists are in order and free of overlaps."""
    left: list[Interval] = []
    first = 0
    for start, end in intervals:
        while first < len(closed) and closed[first][1] <= start:
            first += 1
        opens = start
        for closes, reopens in closed[first:]:
            if closes >= end:
                break
            if opens < closes:
                left.append((opens, closes))
            opens = reopens
        if opens < end:
            left.append((opens, end))
    return left


def shift_intervals(
    clock: Clock,
    weekdays: Iterable[int],
    shifts: Sequence[tuple[int, int]],
    closed_days: Iterable[int] = (),
) -> Callable[[int], Sequence[Interval]]:
    """Return the open intervals, by year, of shifts on chosen weekdays.

    Parameters
    ----------
    clock
        The company's clock.
    weekdays
        Working weekdays, Monday 0 to Sunday 6.
    shifts
        Opening and closing minutes of the day, in order.
    closed_days
        Day numbers without work (holidays).

    Returns
    -------
    Callable
        From the number of a year (of 365 days, from 0) to its open intervals in seconds; each
        year is worked out once, however many people and runs share the shifts.
    """
    working, closed = frozenset(weekdays), frozenset(closed_days)
    return functools.partial(_shift_intervals, clock, working, tuple(shifts), closed)


# One run after the other asks for the same years.
@functools.lru_cache(maxsize=32)
def _shift_intervals(
    clock: Clock,
    working: frozenset[int],
    shifts: tuple[tuple[int, int], ...],
    closed: frozenset[int],
    year: int,
) -> tuple[Interval, ...]:
    found = []
    for day in range(year * 365, (year + 1) * 365):
        if clock.weekday(day) in working and day not in closed:
            for first, last in shifts:
                opens, closes = clock.at(day, first), clock.at(day, last)
                # A shift within the hour that the change of clocks skips does not exist.
                if opens < closes:
                    found.append((opens, closes))
    return tuple(found)


def shifts_calendar(
    clock: Clock,
    weekdays: Iterable[int],
    shifts: Sequence[tuple[int, int]],
    closed_days: Iterable[int] = (),
    closed: Iterable[Interval] = (),
) -> WorkingCalendar:
    """Return the calendar of shifts on chosen weekdays (see :func:`shift_intervals`).

    Parameters
    ----------
    clock, weekdays, shifts, closed_days
        As for :func:`shift_intervals`.
    closed
        Intervals without work, in seconds, such as an outage of the systems.

    Raises
    ------
    ValueError
        If no day of the first year is open.
    """
    return WorkingCalendar(shift_intervals(clock, weekdays, shifts, closed_days), closed)
