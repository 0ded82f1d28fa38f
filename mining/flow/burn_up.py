"""Scope and finished work over time: what a burn-up chart draws."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.flow.throughput import Counts, daily_throughput
from mining.measures import local_date


@dataclass(frozen=True, slots=True)
class BurnUp:
    """Scope and finished items at the end of each day of a stretch that ends with the as-of date.

    Parameters
    ----------
    first
        The first day.
    scope
        Shape (days,): items that were open when the stretch began, or have been created since.
    finished
        Shape (days,): items finished since the stretch began. Scope less finished is the open
        work at the end of that day.
    """

    first: dt.date
    scope: Counts
    finished: Counts

    @property
    def as_of(self) -> dt.date:
        """The last day."""
        return self.first + dt.timedelta(days=int(self.scope.size) - 1)

    @property
    def open_now(self) -> int:
        """Items open at the end of the last day; 0 without a day."""
        return int(self.scope[-1] - self.finished[-1]) if self.scope.size else 0


def burn_up(
    created: pl.Series, done: pl.Series, first: dt.date, as_of: dt.date, zone: str = "UTC"
) -> BurnUp:
    """Return scope and finished items by day.

    Parameters
    ----------
    created, done
        Naive UTC moments of each item, in the same order; *done* is null while it is open.
    first, as_of
        The stretch of whole local days, both included.
    zone
        IANA time zone whose days count.

    Returns
    -------
    BurnUp
        Items created after *as_of* do not count; items finished after it count as open.
    """
    before = first - dt.timedelta(days=1)
    known = created.is_not_null()
    came, went = created.filter(known), done.filter(known)
    open_then = _up_to(came, before, zone) - _up_to(went, before, zone)
    arrivals = daily_throughput(came, first, as_of, zone).finished
    departures = daily_throughput(went, first, as_of, zone).finished
    return BurnUp(first, open_then + np.cumsum(arrivals), np.cumsum(departures))


def _up_to(moments: pl.Series, day: dt.date, zone: str) -> int:
    known = pl.DataFrame({"at": moments.drop_nulls().cast(pl.Datetime("us"))})
    return int(known.select((local_date("at", zone) <= day).sum()).item())
