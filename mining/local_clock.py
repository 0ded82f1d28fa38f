"""The local time of moments: the time zone is asked once for each hour, not for each moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.measures import Flags, Instants

Spans = npt.NDArray[np.timedelta64]
_US_PER_HOUR = 3_600_000_000
_US_PER_DAY = 24 * _US_PER_HOUR
_NOT_A_DATE = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True)
class LocalClock:
    """The wall clock of a time zone; quick in the time that it was made for, true at any other.

    Parameters
    ----------
    zone
        IANA name of the time zone.
    step
        What it was made for is cut into hours or, if they are many, into days; microseconds.
    first
        The first of them: UTC, counted from 1970-01-01.
    ahead
        By which the wall clock is ahead of UTC as each of them begins.
    changes
        Whether it is another time ahead as it ends.
    """

    zone: str
    step: int
    first: int
    ahead: Spans
    changes: Flags

    @classmethod
    def of(cls, zone: str, moments: Instants) -> LocalClock:
        """Return a clock for the time of some moments (naive UTC, all known)."""
        micros = moments.view(np.int64)
        for step in (_US_PER_HOUR, _US_PER_DAY) if micros.size else ():
            first, last = int(micros.min()) // step, int(micros.max()) // step
            if last - first < micros.size:
                begins = (np.arange(first, last + 2) * step).view("datetime64[us]")
                ahead = _asked(begins, zone) - begins
                # No zone sets its clocks back and forth within a day.
                return cls(zone, step, first, ahead[:-1], ahead[1:] != ahead[:-1])
        # More days than moments: each moment is asked for.
        return cls(zone, _US_PER_DAY, 0, np.zeros(1, "timedelta64[us]"), np.ones(1, np.bool_))

    def wall(self, moments: Instants) -> Instants:
        """Return the local time of naive UTC moments, microseconds; NaT of NaT."""
        step = moments.view(np.int64) // self.step - self.first
        place = np.minimum(np.maximum(step, 0), len(self.ahead) - 1)
        local: Instants = moments + self.ahead[place]
        odd = (self.changes[place] | (place != step)) & ~np.isnat(moments)
        if odd.any():
            local[odd] = _asked(moments[odd], self.zone)
        return local

    def dates(self, moments: Instants) -> Instants:
        """Return the local dates of naive UTC moments; NaT of NaT."""
        local = self.wall(moments)
        days = (local.view(np.int64) // _US_PER_DAY).view("datetime64[D]")
        dates: Instants = np.where(np.isnat(local), _NOT_A_DATE, days)
        return dates


def _asked(moments: Instants, zone: str) -> Instants:
    """Return the local time of each moment, all of them known, by the time zone's own rules."""
    at = pl.col("at").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    asked = pl.DataFrame({"at": moments}).select(at.dt.replace_time_zone(None))
    return asked["at"].to_numpy()
