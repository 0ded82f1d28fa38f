"""Simulation time and civil time: seconds since the model's first midnight, and dates.

Simulation time is physical seconds, so a day on which the clocks change has 23 or 25 hours.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from bisect import bisect_right
from typing import Final

DAY: Final = 86_400.0
HOUR: Final = 3_600.0
MINUTE: Final = 60.0
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Clock:
    """Translate between simulation seconds and the company's civil time.

    Parameters
    ----------
    start_date
        The local date whose midnight is simulation time 0.
    zone
        IANA name of the time zone.
    """

    def __init__(self, start_date: dt.date, zone: str) -> None:
        self.start_date = start_date
        self.zone = zoneinfo.ZoneInfo(zone)
        self.start_weekday = start_date.weekday()
        self._origin = self._instant(start_date, 0)
        self.epoch_microseconds = int((self._origin - _EPOCH) / dt.timedelta(microseconds=1))
        self._midnights = [0.0]

    def __eq__(self, other: object) -> bool:
        """Return whether the other clock tells the same time."""
        return (
            isinstance(other, Clock)
            and self.start_date == other.start_date
            and self.zone.key == other.zone.key
        )

    def __hash__(self) -> int:
        return hash((self.start_date, self.zone.key))

    def midnight(self, day: int) -> float:
        """Return the simulation time at which local day number *day* begins.

        Day 0 is the first; days before it have negative numbers and times.
        """
        if day < 0:
            return (self._instant(self.date(day), 0) - self._origin).total_seconds()
        while len(self._midnights) <= day:
            midnight = self._instant(self.date(len(self._midnights)), 0)
            self._midnights.append((midnight - self._origin).total_seconds())
        return self._midnights[day]

    def day(self, time: float) -> int:
        """Return the local day number of a simulation time."""
        if time < 0:
            instant = self._origin + dt.timedelta(seconds=time)
            return (instant.astimezone(self.zone).date() - self.start_date).days
        while self._midnights[-1] <= time:
            self.midnight(len(self._midnights))
        return bisect_right(self._midnights, time) - 1

    def weekday(self, day: int) -> int:
        """Return the weekday of a day number, Monday 0 to Sunday 6."""
        return (self.start_weekday + day) % 7

    def date(self, day: int) -> dt.date:
        """Return the local date of a day number."""
        return self.start_date + dt.timedelta(days=day)

    def at(self, day: int, minutes: int) -> float:
        """Return the simulation time of a local wall-clock time on a day.

        Parameters
        ----------
        day
            Day number.
        minutes
            Minutes since local midnight, 0 to 1440; a time that the change of clocks skips is
            taken at the moment of the change, one that occurs twice at its first occurrence, so
            that a later wall-clock time is never earlier.
        """
        midnight = self.midnight(day)
        if self.midnight(day + 1) - midnight == DAY:
            return midnight + minutes * MINUTE
        instant = self._instant(self.date(day), minutes)
        while instant.astimezone(self.zone).replace(tzinfo=None) != self._wall(day, minutes):
            minutes += 1
            instant = self._instant(self.date(day), minutes)
        return (instant - self._origin).total_seconds()

    def _wall(self, day: int, minutes: int) -> dt.datetime:
        return dt.datetime.combine(self.date(day), dt.time(0)) + dt.timedelta(minutes=minutes)

    def _instant(self, date: dt.date, minutes: int) -> dt.datetime:
        wall = dt.datetime.combine(date, dt.time(0)) + dt.timedelta(minutes=minutes)
        return wall.replace(tzinfo=self.zone).astimezone(dt.UTC)
