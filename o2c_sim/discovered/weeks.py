"""Working weeks that repeat: hours of the week, calendars, text."""

from __future__ import annotations

import functools

from o2c_sim.discovered.model import HOURS_OF_WEEK
from o2c_sim.engine.calendar import Interval, WorkingCalendar
from o2c_sim.engine.clock import HOUR

Week = tuple[tuple[float, float], ...]
ALWAYS: Week = ((0.0, float(HOURS_OF_WEEK)),)
_WEEKS_OF_YEAR = 52


def calendar_of_week(week: Week) -> WorkingCalendar:
    """Return the calendar of a week that repeats for ever, in seconds from a Monday, 00:00.

    Parameters
    ----------
    week
        (from, until) in hours of the week, in order and apart.
    """
    if week == ALWAYS:
        return WorkingCalendar.always_open()

    @functools.cache
    def intervals(year: int) -> list[Interval]:
        weeks = range(year * _WEEKS_OF_YEAR, (year + 1) * _WEEKS_OF_YEAR)
        return [
            ((number * HOURS_OF_WEEK + opens) * HOUR, (number * HOURS_OF_WEEK + closes) * HOUR)
            for number in weeks
            for opens, closes in week
        ]

    return WorkingCalendar(intervals)
