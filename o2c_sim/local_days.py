"""Local days of simulation times, many at a time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim.eventlog import TIME

if TYPE_CHECKING:
    from o2c_sim.engine import Clock

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_DAY_MICROSECONDS = 86_400_000_000


def days_of(clock: Clock, seconds: Floats) -> Ints:
    """Return the local day numbers of simulation times.

    The midnights between them are looked up once; no time is converted to civil time by itself.
    """
    if not seconds.size:
        return np.empty(0, dtype=np.int64)
    first, last = clock.day(float(seconds.min())), clock.day(float(seconds.max()))
    midnights = np.array([clock.midnight(day) for day in range(first, last + 1)])
    return np.searchsorted(midnights, seconds, side="right") + (first - 1)


def at_midnight(clock: Clock, days: Ints) -> pl.Series:
    """Return the dates of day numbers, as Datetime."""
    return pl.Series(_date_microseconds(clock, days)).cast(TIME)


def dates_of(clock: Clock, seconds: Floats) -> pl.Series:
    """Return the local dates of simulation times, as Datetime; NaN is null.

    Times count to the microsecond, as in the log: one that is a rounding error before midnight
    belongs to the new day.
    """
    micros = np.rint(seconds * 1e6 + clock.epoch_microseconds) - clock.epoch_microseconds
    known = ~np.isnan(micros)
    # Microseconds of whole days are exact in a double too, and only a double can be none.
    dates = np.full(len(micros), np.nan)
    dates[known] = _date_microseconds(clock, days_of(clock, micros[known] / 1e6))
    return pl.Series(dates, nan_to_null=True).cast(pl.Int64).cast(TIME)


def _date_microseconds(clock: Clock, days: Ints) -> Ints:
    since_1970 = (clock.start_date - dt.date(1970, 1, 1)).days
    return (days + since_1970) * _DAY_MICROSECONDS
