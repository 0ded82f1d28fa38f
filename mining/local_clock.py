"""The local time of moments: the time zone is asked once for each day, not for each moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.event_links import Integers
from mining.measures import Flags, Instants

Spans = npt.NDArray[np.timedelta64]
_US_PER_DAY = 86_400_000_000
_NOT_A_DATE = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True)
class LocalClock:
    """The wall clock of a time zone; quick in the days that it was made for, true in all others.

    Parameters
    ----------
    zone
        IANA name of the time zone.
    first
        The first day that it was made for: UTC, days since 1970-01-01.
    ahead
        By which the wall clock is ahead of UTC as each day from the first begins.
    changes
        Whether it is another time ahead as the day ends.
    """

    zone: str
    first: int
    ahead: Spans
    changes: Flags

    @classmethod
    def of(cls, zone: str, moments: Instants) -> LocalClock:
        """Return a clock for the days of some moments (naive UTC, all known)."""
        days = _days(moments)
        first, last = (int(days.min()), int(days.max())) if days.size else (0, 0)
        if last - first >= days.size:  # More days than moments: each moment is asked for.
            return cls(zone, first, np.zeros(1, "timedelta64[us]"), np.ones(1, np.bool_))
        midnights = np.arange(first, last + 2).astype("datetime64[D]").astype("datetime64[us]")
        ahead = _asked(midnights, zone) - midnights
        # No zone sets its clocks back and forth within a day.
        return cls(zone, first, ahead[:-1], ahead[1:] != ahead[:-1])

    def wall(self, moments: Instants) -> Instants:
        """Return the local time of naive UTC moments, microseconds; NaT of NaT."""
        day = _days(moments) - self.first
        place = np.clip(day, 0, len(self.ahead) - 1)
        local: Instants = moments + self.ahead[place]
        odd = (self.changes[place] | (place != day)) & ~np.isnat(moments)
        if odd.any():
            local[odd] = _asked(moments[odd], self.zone)
        return local

    def dates(self, moments: Instants) -> Instants:
        """Return the local dates of naive UTC moments; NaT of NaT."""
        local = self.wall(moments)
        dates: Instants = np.where(np.isnat(local), _NOT_A_DATE, _days(local).view("M8[D]"))
        return dates


def _days(moments: Instants) -> Integers:
    """Return the days since 1970-01-01; any number of NaT."""
    return moments.view(np.int64) // _US_PER_DAY


def _asked(moments: Instants, zone: str) -> Instants:
    """Return the local time of each moment, all of them known, by the time zone's own rules."""
    at = pl.col("at").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    asked = pl.DataFrame({"at": moments}).select(at.dt.replace_time_zone(None))
    return asked["at"].to_numpy()
