"""Batch runs in the stamps of one activity: at which minutes, on which days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim.model.section import WEEKDAYS

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_DAY_MINUTES = 1_440
# What is usual around a minute is the mean of so many minutes on either side, without the busiest.
_AROUND, _KEPT = 60, 0.8
# A run has this many times what is usual, and more events than chance gives: so many standard
# errors of a count and so many more.
_CORE, _ERRORS, _MORE = 5.0, 6.0, 5.0
# Minutes next to it belong to it while they have this many times what is usual.
_EDGE = 2.0
_GAP_MINUTES = 3
_FEWEST_DATES = 3
# Share of all weeks with a run on a weekday, and of what the busiest weekday has.
_OF_WEEKS, _OF_BUSIEST = 0.25, 0.4
# With more than this share of its events on other days it runs on those, too.
_UNEXPLAINED = 0.15
# The same of months.
_OF_MONTHS, _FEWEST_MONTHS = 0.6, 2
# So much of two runs' weekdays in common makes them times of one run.
_ALIKE = 0.6
_LAST = "last"
_MONTH_DAYS = 28
# A stamp at the first or the last second of the day is a date.
_DATE_ONLY = (0, 86_399)
_GRAIN_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Run:
    """A batch run.

    Parameters
    ----------
    days
        Weekdays as a model has them; empty if it runs by days of the month.
    month_days
        Days of the month, 1 to 28 or ``last``.
    times
        Local times, HH:MM.
    events
        Number of events in it.
    """

    days: tuple[str, ...]
    month_days: tuple[int | str, ...]
    times: tuple[str, ...]
    events: int

    @property
    def value(self) -> dict[str, Any]:
        """The run as a model file has it."""
        if self.month_days:
            return {"month_days": list(self.month_days), "times": list(self.times)}
        return {"days": list(self.days), "times": list(self.times)}


@dataclass(frozen=True, slots=True)
class Stamps:
    """Local stamps of one activity.

    Parameters
    ----------
    minutes
        Shape (n,): minute of the day.
    dates
        Shape (n,): day number since 1970-01-01.
    """

    minutes: Ints
    dates: Ints

    @classmethod
    def of(cls, times: pl.Series, zone: str) -> Stamps:
        """Return the local stamps of naive times in UTC."""
        local = times.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
        minutes = local.dt.hour().cast(pl.Int64) * 60 + local.dt.minute().cast(pl.Int64)
        dates = local.dt.date().cast(pl.Int32).cast(pl.Int64)
        return cls(minutes.to_numpy(), dates.to_numpy())

    def without(self, taken: Flags) -> Stamps:
        """Return the others."""
        return Stamps(self.minutes[~taken], self.dates[~taken])


def is_day_grain(times: pl.Series, zone: str) -> bool:
    """Return whether times are dates only: all at the first or the last second of the day."""
    if times.is_empty():
        return False
    local = times.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    second = local.dt.hour().cast(pl.Int64) * 3600 + local.dt.minute().cast(pl.Int64) * 60
    second = second + local.dt.second().cast(pl.Int64)
    return float(second.is_in(list(_DATE_ONLY)).sum()) >= _GRAIN_SHARE * len(times)


def runs_in(stamps: Stamps) -> tuple[Run, ...]:
    """Return the batch runs that stamps show, the one with the most events first.

    A run is a minute of the day with at least five times the events that are usual in the hour
    around it, on most of the weekdays, or days of the month, on which it happens.
    """
    if not stamps.dates.size:
        return ()
    span = (int(stamps.dates.min()), int(stamps.dates.max()))
    found: list[Run] = []
    for first, last in _peaks(stamps):
        within = (stamps.minutes >= first) & (stamps.minutes <= last)
        part = Stamps(stamps.minutes[within], stamps.dates[within])
        found += _patterns(part, _begin(part), span)
    return tuple(sorted(_joined(found), key=lambda run: -run.events))


def in_runs(stamps: Stamps) -> Flags:
    """Return which stamps lie in a minute of the day that is a peak."""
    inside = np.zeros(stamps.minutes.size, np.bool_)
    for first, last in _peaks(stamps):
        inside |= (stamps.minutes >= first) & (stamps.minutes <= last)
    return inside


def instants(run: Mapping[str, Any], first: dt.date, last: dt.date, zone: str) -> Ints:
    """Return when a run happens from one local date to another, microseconds in UTC, rising."""
    dates = pl.date_range(first, last, eager=True)
    weekday = dates.dt.weekday() - 1
    if run.get("month_days"):
        wanted = dates.dt.day().is_in([day for day in run["month_days"] if day != _LAST])
        if _LAST in run["month_days"]:
            wanted = wanted | (dates == dates.dt.month_end())
    else:
        wanted = weekday.is_in([WEEKDAYS.index(day) for day in run["days"]])
    days = dates.filter(wanted).cast(pl.Datetime("us"))
    found = []
    for time in run["times"]:
        hours, minutes = map(int, time.split(":"))
        local = days + dt.timedelta(hours=hours, minutes=minutes)
        utc = local.dt.replace_time_zone(
            zone, ambiguous="earliest", non_existent="null"
        ).dt.convert_time_zone("UTC")
        found.append(utc.drop_nulls().cast(pl.Int64).to_numpy())
    return np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)


def _peaks(stamps: Stamps) -> list[tuple[int, int]]:
    """Return the first and last minute of each stretch of minutes that stands out."""
    counts = np.bincount(stamps.minutes, minlength=_DAY_MINUTES).astype(np.float64)
    around = np.concatenate((counts[-_AROUND:], counts, counts[:_AROUND]))
    windows = np.lib.stride_tricks.sliding_window_view(around, 2 * _AROUND + 1)
    # The busiest minutes of the hour around are left out: they may be runs themselves.
    usual = np.sort(windows, axis=1)[:, : round(_KEPT * windows.shape[1])].mean(axis=1)
    chance = usual + _ERRORS * np.sqrt(usual) + _MORE
    core = np.flatnonzero((counts >= _CORE * usual) & (counts >= chance))
    edge = (counts > 0) & (counts >= _EDGE * usual)
    found: list[tuple[int, int]] = []
    for minute in core.tolist():
        if found and minute <= found[-1][1] + _GAP_MINUTES:
            found[-1] = (found[-1][0], max(minute, found[-1][1]))
            continue
        first = last = minute
        while first > 0 and edge[first - 1] and (not found or first - 1 > found[-1][1]):
            first -= 1
        while last + 1 < _DAY_MINUTES and edge[last + 1]:
            last += 1
        found.append((first, last))
    return found


def _begin(stamps: Stamps) -> int:
    """Return the minute in which a run usually begins: the median over its days."""
    order = np.lexsort((stamps.minutes, stamps.dates))
    _, firsts = np.unique(stamps.dates[order], return_index=True)
    return int(np.median(stamps.minutes[order][firsts]))


def _patterns(part: Stamps, begin: int, span: tuple[int, int]) -> list[Run]:
    """Return the runs at one time of the day: one by weekday, one by day of the month."""
    time = (f"{begin // 60:02d}:{begin % 60:02d}",)
    dates, sizes = np.unique(part.dates, return_counts=True)
    calendar = np.arange(span[0], span[1] + 1)
    weekdays = _weekdays(dates, calendar, _OF_BUSIEST)
    by_weekday = np.isin(_weekday(dates), weekdays)
    month_days = _month_days(dates[~by_weekday], calendar)
    kept = by_weekday | np.isin(_month_day(dates), [0 if d == _LAST else d for d in month_days])
    if weekdays and sizes[~kept].sum() > _UNEXPLAINED * sizes.sum():
        # So much on other days is a run that often finds nothing to do.
        weekdays = _weekdays(dates, calendar, _OF_BUSIEST / 4)
        by_weekday = np.isin(_weekday(dates), weekdays)
    found = []
    if weekdays:
        days = tuple(WEEKDAYS[day] for day in weekdays)
        found.append(Run(days, (), time, int(sizes[by_weekday].sum())))
    if month_days:
        found.append(Run((), month_days, time, int(sizes[kept & ~by_weekday].sum())))
    return found


def _weekdays(dates: Ints, calendar: Ints, of_busiest: float) -> list[int]:
    hits = np.bincount(_weekday(dates), minlength=7)
    rates = hits / np.maximum(np.bincount(_weekday(calendar), minlength=7), 1)
    busiest = float(rates.max())
    if busiest < _OF_WEEKS or hits.sum() < _FEWEST_DATES:
        return []
    return [day for day in range(7) if rates[day] >= of_busiest * busiest]


def _month_days(dates: Ints, calendar: Ints) -> tuple[int | str, ...]:
    hits = np.bincount(_month_day(dates), minlength=32)
    chances = np.bincount(_month_day(calendar), minlength=32)
    kept = (hits >= _FEWEST_MONTHS) & (hits >= _OF_MONTHS * chances)
    found: list[int | str] = [day for day in range(1, _MONTH_DAYS + 1) if kept[day]]
    return (*found, _LAST) if kept[0] else tuple(found)


def _weekday(dates: Ints) -> Ints:
    return (dates + 3) % 7


def _month_day(dates: Ints) -> Ints:
    """Return the day of the month; 0 for the last one."""
    days = pl.Series(dates).cast(pl.Int32).cast(pl.Date)
    number = days.dt.day().cast(pl.Int64)
    return number.set(days == days.dt.month_end(), 0).to_numpy()


def _joined(runs: list[Run]) -> list[Run]:
    """Return runs on much the same weekdays as one run with several times."""
    found: list[Run] = []
    for run in sorted(runs, key=lambda one: (-one.events, one.times)):
        for place, other in enumerate(found):
            if run.month_days == other.month_days and _alike(run.days, other.days):
                times = tuple(sorted({*run.times, *other.times}))
                joined = Run(other.days, other.month_days, times, run.events + other.events)
                found[place] = joined
                break
        else:
            found.append(run)
    return found


def _alike(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    union = {*first, *second}
    return not union or len({*first} & {*second}) >= _ALIKE * len(union)


def spread_times(stamps: Stamps, least_share: float) -> tuple[str, ...]:
    """Return half past each hour that has at least a share of the stamps."""
    hours = np.bincount(stamps.minutes // 60, minlength=24)
    kept = np.flatnonzero(hours >= max(least_share * hours.sum(), 1)).tolist()
    return tuple(f"{hour:02d}:30" for hour in kept)
