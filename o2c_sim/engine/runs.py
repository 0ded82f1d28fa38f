"""Batch jobs on a calendar of their own: billing run, dunning run, bank statement."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from math import inf
from typing import Final

from o2c_sim.engine.calendar import Interval, merged
from o2c_sim.engine.clock import DAY, Clock

_DAY: Final = int(DAY)
# The last day of a month, whatever its number.
LAST: Final = 0


class RunCalendar:
    """The times at which a batch job runs.

    Parameters
    ----------
    clock
        The company's clock.
    weekdays
        Weekdays with a run, Monday 0 to Sunday 6; at least one, unless there are month days.
    minutes
        Minutes of the day at which it runs; at least one.
    closed
        Intervals, in seconds, in which no job can run (an outage of the systems): a run that
        falls into one happens when it ends.
    month_days
        Days of the month with a run, from 1, whatever the weekday; :data:`LAST` is the last one.
    """

    def __init__(
        self,
        clock: Clock,
        weekdays: Iterable[int],
        minutes: Iterable[int],
        closed: Iterable[Interval] = (),
        month_days: Iterable[int] = (),
    ) -> None:
        self._clock = clock
        self._weekdays = frozenset(weekdays)
        self._month_days = frozenset(month_days)
        self._minutes = tuple(sorted(minutes))
        if not (self._weekdays or self._month_days) or not self._minutes:
            raise ValueError("a batch job needs at least one weekday and one time of day")
        self._closed = merged(closed)
        self._times: list[float] = []
        self._next_day = 0
        # By period of 24 hours from time 0, its first run or the first one after it.
        self._first: list[int] = []

    def next(self, time: float) -> float:
        """Return the first run at or after *time*."""
        times = self._times
        while not times or times[-1] < time:
            self._extend()
        if time <= times[0]:
            return times[0]
        # Past the first run, which is not before time 0: what is cut off is a fraction.
        period = int(time) // _DAY
        # Systems that never come back put a run off for ever, and that is in no period.
        i = self._first[period] if period < len(self._first) else len(times) - 1
        while times[i] < time:
            i += 1
        return times[i]

    def _extend(self) -> None:
        """Add the runs of the next day."""
        day, self._next_day = self._next_day, self._next_day + 1
        if not self._runs_on(day):
            return
        for minutes in self._minutes:
            time = self._when_open(self._clock.at(day, minutes))
            while len(self._first) <= time // DAY:
                self._first.append(len(self._times))
            self._times.append(time)

    def _runs_on(self, day: int) -> bool:
        if self._clock.weekday(day) in self._weekdays:
            return True
        if not self._month_days:
            return False
        if self._clock.date(day).day in self._month_days:
            return True
        return LAST in self._month_days and self._clock.date(day + 1).day == 1

    def _when_open(self, time: float) -> float:
        # The last interval that has begun by then; (time, inf) ranks after one that begins then.
        i = bisect_right(self._closed, (time, inf)) - 1
        return time if i < 0 else max(time, self._closed[i][1])
