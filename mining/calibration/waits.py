"""Waits between two stamps, with what a batch run or a queue adds to them taken out.

A wait that ends in a batch run was over at some moment since the run before: it is an interval.
Work that begins at a moment at which nobody has just become free was not queued for: the wait is
known. Work that begins when somebody becomes free, or when a shift begins, was ready at some
moment of that busy time: between the last start without a queue and the last with one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.calibration.estimate import Estimate, Source
from mining.calibration.families import fit, refits
from mining.calibration.run_clock import Ints, instants
from o2c_sim.eventlog import EventLog

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DAY_MICROSECONDS = 86_400_000_000.0
# Fewer waits say nothing of a distribution.
FEWEST = 20
# A start within so many microseconds of an end was waited for.
_AT_ONCE = 1_000
# A clock time at which work begins on so many days is the beginning of a shift.
_SHIFT_DAYS = 4
_GRAIN_SECOND = 86_399


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits of cases, in days; of some only an interval is known, some are not over.

    Parameters
    ----------
    days
        Shape (n,): the wait, or the most that it can have been; of an open case, that so far.
    lower
        Shape (n,): the least that it can have been; the same where it is known.
    open
        Shape (n,): whether the case still waits.
    block
        Shape (n,): what is drawn together in a bootstrap.
    """

    days: Floats
    lower: Floats
    open: Flags
    block: Ints

    def taken(self, kept: Flags) -> Waits:
        """Return some of the waits."""
        return Waits(self.days[kept], self.lower[kept], self.open[kept], self.block[kept])

    @property
    def exact(self) -> bool:
        """Whether every wait is known."""
        return bool((self.lower == self.days).all())


def days_between(earlier: pl.Series, later: pl.Series) -> Floats:
    """Return the days from one time to another, NaN where either is missing."""
    span = (later - earlier).cast(pl.Int64).cast(pl.Float64)
    return span.fill_null(float("nan")).to_numpy() / DAY_MICROSECONDS


def since_last_run(begin: Ints, end: Ints, runs: Ints) -> Floats:
    """Return the least wait of what was done in a run: until the run before, 0 if none was.

    Parameters
    ----------
    begin, end
        Shape (n,), microseconds: when the wait began, and when the run ended it.
    runs
        When it runs, rising.
    """
    place = np.searchsorted(runs, end, side="right") - 2
    before = np.where(place >= 0, runs[np.maximum(place, 0)], begin)
    least: Floats = np.maximum(before - begin, 0) / DAY_MICROSECONDS
    return least


def run_instants(run: Mapping[str, Any] | None, log_times: pl.Series, zone: str) -> Ints:
    """Return the moments of a run over the time of a log and the month before it."""
    if run is None or log_times.is_empty():
        return np.empty(0, np.int64)
    days = log_times.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()
    first, last = days.dt.offset_by("-31d").min(), days.max()
    return instants(run, first, last, zone)  # type: ignore[arg-type]


def since_midnight(begin: Ints, end: pl.Series, zone: str) -> Floats:
    """Return the least wait of what has a date for a stamp: until the beginning of that day."""
    local = end.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    midnight = local.dt.truncate("1d").dt.convert_time_zone("UTC").cast(pl.Int64).to_numpy()
    least: Floats = np.maximum(midnight - begin, 0) / DAY_MICROSECONDS
    return least


def queued_within(ready: Ints, start: Ints, ends: Ints, zone: str) -> tuple[Floats, Floats]:
    """Return the least and the most that cases can have waited before they could be worked on.

    Parameters
    ----------
    ready
        Shape (n,), microseconds: when the wait began.
    start
        Shape (n,): when work on the case began.
    ends
        When any work of the same people ended.
    zone
        Of the company's clock.

    Returns
    -------
    tuple of numpy.ndarray
        In days. Both are the time until *start* where nobody was waited for. Otherwise the case
        became ready at some moment of a busy time: it begins with the last start before that did
        not queue, and ends with the last start before the next that did not. That the case's own
        start is earlier is left out of account: it depends on when the case became ready, and
        such an interval would not hold all moments alike.
    """
    ends = np.sort(ends)
    freed = np.zeros(len(start), np.bool_)
    if len(ends):
        near = ends[np.minimum(np.searchsorted(ends, start - _AT_ONCE, side="left"), len(ends) - 1)]
        freed = np.abs(near - start) <= _AT_ONCE
    exact = ~freed & ~_at_shift(start, zone)
    order = np.argsort(start, kind="stable")
    busy = np.cumsum(exact[order])
    begins = np.concatenate(([np.iinfo(np.int64).min], start[order][exact[order]]))
    # Starts rise: the last of each busy time is where the next one begins.
    last = np.flatnonzero(np.append(busy[1:] != busy[:-1], True))
    latest = start[order][last][np.searchsorted(busy[last], busy)]
    low, high = np.empty_like(start), np.empty_like(start)
    low[order] = np.maximum(begins[busy], ready[order])
    high[order] = np.maximum(latest, ready[order])
    low, high = np.where(exact, start, low), np.where(exact, start, high)
    return (low - ready) / DAY_MICROSECONDS, (high - ready) / DAY_MICROSECONDS


def _at_shift(start: Ints, zone: str) -> Flags:
    """Return which starts are at a clock time at which work begins on many days."""
    times = pl.Series(start).cast(pl.Datetime("us"))
    local = times.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    clock = local.dt.hour().cast(pl.Int64) * 3_600 + local.dt.minute().cast(pl.Int64) * 60
    table = pl.DataFrame(
        {
            "clock": clock + local.dt.second().cast(pl.Int64),
            "whole": local.dt.microsecond() == 0,
            "day": local.dt.date(),
        }
    )
    days = table.select(pl.col("day").n_unique().over("clock"))["day"]
    return ((days >= _SHIFT_DAYS) & table["whole"]).to_numpy()


def waits_estimate(
    path: str, waits: Waits, source: Source, seed: int, what: str, assumption: str = ""
) -> Estimate | None:
    """Return the distribution of some waits as an estimate; None of fewer than 20 that are over."""
    if int((~waits.open).sum()) < FEWEST:
        return None
    censored = waits.open if waits.open.any() else None
    lower = None if waits.exact else waits.lower
    fitted = fit(waits.days, censored=censored, lower=lower)
    drawn = refits(
        fitted, waits.days, seed=seed, blocks=waits.block, censored=censored, lower=lower
    )
    open_ = int(waits.open.sum())
    told = f"{source.name}: {what}, {len(waits.days)} waits" + (
        f", {open_} of them not over" if open_ else ""
    )
    told += f"; {fitted.chosen} by AIC" if fitted.aic else f"; {fitted.chosen}"
    return Estimate(
        path,
        fitted.value,
        told,
        len(waits.days),
        draws=drawn,
        misfit=fitted.ks,
        assumption=assumption,
    )


def ends_of_pool(log: EventLog, activity: str) -> Ints:
    """Return when any work of the people who do an activity ended, microseconds."""
    events = log.events.filter(pl.col("start") < pl.col("time"))
    own = events.filter(pl.col("activity").cast(pl.String) == activity)
    if own["resource"].null_count() < own.height:
        people = own["resource"].drop_nulls().unique()
        own = events.filter(pl.col("resource").is_in(people.implode()))
    return own["time"].cast(pl.Int64).to_numpy()
