"""Business hours between two moments, for logs that carry no calendar of their own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

OPENS_HOUR = 8
CLOSES_HOUR = 17
DESCRIPTION = "Monday to Friday, 08:00 to 17:00 local, no holidays"

_DAY = np.timedelta64(1, "D")


def business_hours(start: pl.Series, end: pl.Series, zone: str) -> npt.NDArray[np.float64]:
    """Return the business hours between pairs of moments.

    Parameters
    ----------
    start, end
        Naive UTC datetimes of equal length; null gives NaN.
    zone
        IANA time zone whose wall clock counts.

    Returns
    -------
    numpy.ndarray
        Hours, Monday to Friday from 08:00 to 17:00; negative when *end* is before *start*.
    """
    at = pl.all().dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    moments = pl.DataFrame([start.alias("start"), end.alias("end")])
    local = moments.select(at.dt.replace_time_zone(None))
    return elapsed_hours(local["end"].to_numpy()) - elapsed_hours(local["start"].to_numpy())


def elapsed_hours(local: npt.NDArray[np.datetime64]) -> npt.NDArray[np.float64]:
    """Return the business hours from Monday 1970-01-05 until each local moment; NaN of NaT."""
    known = ~np.isnat(local)
    wall = np.where(known, local, np.datetime64(0, "us")).astype("datetime64[us]")
    days = wall.astype("datetime64[D]")
    hour = (wall - days) / np.timedelta64(1, "h")
    weekday = (days.astype(np.int64) + 3) % 7
    length = CLOSES_HOUR - OPENS_HOUR
    before = np.busday_count(np.datetime64("1970-01-05"), days) * length
    today = np.where(weekday < 5, np.clip(hour - OPENS_HOUR, 0, length), 0.0)
    return np.where(known, before + today, np.nan)
