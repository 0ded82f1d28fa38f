"""How days are counted: as whole days, as elapsed time or as business hours."""

from __future__ import annotations

from typing import Literal, TypeAlias

import polars as pl

from mining.business_time import CLOSES_HOUR, DESCRIPTION, OPENS_HOUR, business_hours
from mining.measures import local_date
from o2c_sim.errors import Problem, UsageError

Clock: TypeAlias = Literal["whole days", "elapsed", "business"]
CLOCKS: tuple[Clock, ...] = ("whole days", "elapsed", "business")
CLOCK_WORDS: dict[Clock, str] = {
    "whole days": "whole days: last date minus first date plus 1, so a day begun counts as one",
    "elapsed": "elapsed days of 24 hours",
    "business": f"business days of {CLOSES_HOUR - OPENS_HOUR} hours ({DESCRIPTION})",
}
"""What a day is, for captions."""

_MICROSECONDS_PER_DAY = 86_400_000_000


def require_clock(clock: str) -> None:
    """Refuse a clock that is not known.

    Raises
    ------
    UsageError
        With the clocks that are.
    """
    if clock not in CLOCKS:
        raise UsageError(Problem(f"{clock!r} is no clock", allowed=", ".join(CLOCKS)))


def days(rows: pl.DataFrame, start: str, end: str, clock: Clock, zone: str) -> pl.Series:
    """Return the days from one column of moments to another; null where one is not known.

    Whole days are dates on the company's clock, ``floor(end) - floor(start) + 1``.

    Parameters
    ----------
    rows
        With both columns, naive UTC.
    start, end
        Their names.
    clock
        How to count.
    zone
        IANA time zone of the company.
    """
    if clock == "business":
        hours = business_hours(rows[start], rows[end], zone) / (CLOSES_HOUR - OPENS_HOUR)
        return pl.Series(hours).fill_nan(None)
    if clock == "elapsed":
        span = (pl.col(end) - pl.col(start)).dt.total_microseconds() / _MICROSECONDS_PER_DAY
        return rows.select(span).to_series()
    dates = local_date(end, zone) - local_date(start, zone)
    return rows.select((dates.dt.total_days() + 1).cast(pl.Float64)).to_series()


def dates_apart(rows: pl.DataFrame, start: str, end: str, clock: Clock, zone: str) -> pl.Series:
    """Return the days between two moments that both lie in a longer span.

    As :func:`days`, but without the day that whole days add, so that a span is the sum of its
    parts when one of them is counted by :func:`days`.
    """
    found = days(rows, start, end, clock, zone)
    return found - 1.0 if clock == "whole days" else found
