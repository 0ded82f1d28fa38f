"""Batch jobs on a calendar of their own: billing run, dunning run, bank statement."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from o2c_sim.engine.clock import Clock


class RunCalendar:
    """The times at which a batch job runs.

    Parameters
    ----------
    clock
        The company's clock.
    weekdays
        Weekdays with a run, Monday 0 to Sunday 6; at least one.
    minutes
        Minutes of the day at which it runs; at least one.
    """

    def __init__(self, clock: Clock, weekdays: Iterable[int], minutes: Iterable[int]) -> None:
        self._clock = clock
        self._weekdays = frozenset(weekdays)
        self._minutes = tuple(sorted(minutes))
        if not self._weekdays or not self._minutes:
            raise ValueError("a batch job needs at least one weekday and one time of day")
        self._times: list[float] = []
        self._next_day = 0

    def next(self, time: float) -> float:
        """Return the first run at or after *time*."""
        while not self._times or self._times[-1] < time:
            day, self._next_day = self._next_day, self._next_day + 1
            if self._clock.weekday(day) in self._weekdays:
                self._times.extend(self._clock.at(day, minutes) for minutes in self._minutes)
        return self._times[bisect_left(self._times, time)]
