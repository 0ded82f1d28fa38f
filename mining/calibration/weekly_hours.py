"""Weekly working hours: what the clock of a log shows, and the working time between two moments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

Moments = npt.NDArray[np.datetime64]
Hours = npt.NDArray[np.float64]

DAY_MINUTES = 1_440
WEEK_MINUTES = 7 * DAY_MINUTES
# Fewer stamps than this tell no working hours.
FEWEST_STAMPS = 20
# Assumed: where there is less than this share of the usual work, nobody is on duty.
LEAST_SHARE = 0.08
# Assumed: hours that this share of somebody's stamps lie in can be that person's.
INSIDE_SHARE = 0.95
# Assumed: open for this share of the week and more, it never closes.
ALWAYS_SHARE = 0.9
# A quiet stretch as long as this could be chance once in a thousand times.
_CHANCE = 1e-3
# Shorter breaks, and shorter hours of less than this share of the usual work, are noise.
_SHORTEST_BREAK_MINUTES = 30
_SHORTEST_SHIFT_MINUTES = 60
_ISLAND_SHARE = 0.25
# Assumed: up to the edge means that so long before it there is such a share of the usual work.
_EDGE_MINUTES = 60
_EDGE_SHARE = 0.4
_SHORTEST_DAY_MINUTES = 180
_SLOTS_MINUTES = (15, 30, 60)
_STAMPS_PER_SLOT = 12
# A weekday with this many stamps has hours of its own, if they are asked for by weekday.
_STAMPS_PER_WEEKDAY = 200
# A holiday stands out from so many working days within so many days, with so many stamps each.
_NEAR_DAYS, _LEAST_NEAR, _STAMPS_A_DAY = 14, 5, 8
_MONDAY = np.datetime64("1970-01-05")
_DAY = np.timedelta64(1, "D")
_MINUTE = np.timedelta64(60_000_000, "us")


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """When somebody works: the same hours each week, except on some dates.

    Parameters
    ----------
    intervals
        Opening and closing minutes since Monday 00:00 local time, in order, without overlap;
        the last may close at 10,080.
    closed
        Local dates without work, such as holidays; in order.
    stamps
        Number of time stamps behind it; 0 if it is an assumption.
    """

    intervals: tuple[tuple[int, int], ...]
    closed: tuple[dt.date, ...] = ()
    stamps: int = 0

    @property
    def hours_per_week(self) -> float:
        """Open hours of a week without holidays."""
        return sum(closes - opens for opens, closes in self.intervals) / 60

    @property
    def always(self) -> bool:
        """Whether it never closes."""
        return self.hours_per_week == WEEK_MINUTES / 60 and not self.closed

    @property
    def weekdays(self) -> tuple[int, ...]:
        """Weekdays with an open minute, Monday 0 to Sunday 6."""
        return tuple(np.flatnonzero(self.minutes().any(axis=1)).tolist())

    def is_open(self, local: Moments) -> npt.NDArray[np.bool_]:
        """Return whether each local moment lies in an open minute."""
        day, weekday, minute, _ = _parts(local)
        on_duty: npt.NDArray[np.bool_] = self.minutes()[weekday, minute.astype(np.intp)]
        return on_duty & ~np.isin(day, self._closed_days())

    def elapsed(self, local: Moments) -> Hours:
        """Return the open hours from a fixed Monday until each local moment."""
        if not local.size:
            return np.zeros(0)
        day, weekday, minute, rest = _parts(local)
        on_duty = self.minutes()
        before = np.concatenate(
            [np.zeros((7, 1)), np.cumsum(on_duty, axis=1, dtype=np.float64)], axis=1
        )
        first = min(int(day.min()), 0)
        days = np.arange(first, int(day.max()) + 1)
        works = ~np.isin(days, self._closed_days())
        of_day = np.where(works, before[days % 7, -1], 0.0)
        until = np.concatenate([[0.0], np.cumsum(of_day)])
        today = before[weekday, minute] + rest * on_duty[weekday, minute]
        worked: Hours = (until[day - first] + np.where(works[day - first], today, 0.0)) / 60
        return worked

    def between(self, start: Moments, end: Moments) -> Hours:
        """Return the open hours between pairs of local moments; 0 where *end* is not later."""
        return np.maximum(self.elapsed(end) - self.elapsed(start), 0.0)

    def minutes(self) -> npt.NDArray[np.bool_]:
        """Return whether each minute of the week is open, shape (7, 1440), Monday first."""
        on_duty = np.zeros(WEEK_MINUTES, dtype=np.bool_)
        for opens, closes in self.intervals:
            on_duty[opens:closes] = True
        return on_duty.reshape(7, DAY_MINUTES)

    def _closed_days(self) -> npt.NDArray[np.int64]:
        return (np.array(self.closed, dtype="datetime64[D]") - _MONDAY).astype(np.int64)


ALWAYS = WeeklyHours(((0, WEEK_MINUTES),))


def on_the_wall(moments: pl.Series, zone: str) -> Moments:
    """Return naive UTC datetimes as the wall clock of a zone shows them (NaT for null)."""
    local = moments.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    wall: Moments = local.dt.replace_time_zone(None).to_numpy().astype("datetime64[us]")
    return wall


def weekly_hours(local: Moments, *, by_weekday: bool = True) -> WeeklyHours | None:
    """Return the working hours that time stamps of work show.

    A stretch of the day is closed where there is hardly any stamp (:data:`LEAST_SHARE` of the
    usual), unless that could be chance. Edges lie on quarters, halves or full hours, as fine as
    the number of stamps allows. Dates without any stamp though there should be many are holidays.

    Parameters
    ----------
    local
        Local moments at which work was begun or ended; what one person does within a quarter of
        an hour should be there once, or a mass action counts as much as a day of work.
    by_weekday
        Whether each weekday with enough stamps has hours of its own; else all have the same.

    Returns
    -------
    WeeklyHours or None
        None with fewer than :data:`FEWEST_STAMPS`.
    """
    local = local[~np.isnat(local)]
    if local.size < FEWEST_STAMPS:
        return None
    day, weekday, minute, _ = _parts(local)
    by_day = np.bincount(weekday, minlength=7)
    works = by_day >= LEAST_SHARE * _usual(by_day)
    common = _open_slots(minute[works[weekday]])
    intervals: list[tuple[int, int]] = []
    for number in np.flatnonzero(works).tolist():
        own = by_weekday and by_day[number] >= _STAMPS_PER_WEEKDAY
        spans = _open_slots(minute[weekday == number]) if own else common
        for opens, closes in spans:
            _append(intervals, number * DAY_MINUTES + opens, number * DAY_MINUTES + closes)
    hours = WeeklyHours(tuple(intervals), _holidays(day, works), int(local.size))
    if hours.hours_per_week >= ALWAYS_SHARE * WEEK_MINUTES / 60:
        return WeeklyHours(ALWAYS.intervals, (), hours.stamps)
    return hours


def narrowest(
    local: Moments, known: Iterable[WeeklyHours], share: float = INSIDE_SHARE
) -> WeeklyHours | None:
    """Return the shortest of some known hours that (nearly) all of few stamps lie in.

    The likeliest, if stamps are spread evenly over the hours: few stamps cannot show hours of
    their own, but they can tell those of others apart.

    Parameters
    ----------
    local
        Local moments of work.
    known
        The hours to choose from.
    share
        Part of the stamps that has to lie in them.

    Returns
    -------
    WeeklyHours or None
        None if fewer of the stamps lie in any of them.
    """
    fitting = [hours for hours in known if local.size and _inside(hours, local) >= share]
    return min(fitting, key=lambda hours: hours.hours_per_week, default=None)


def clear_cut(local: Moments, hours: WeeklyHours) -> bool:
    """Return whether work goes on right up to the edges of hours that stamps showed.

    Where it fades away before an edge, work may just have run out: that is no closing time. Hours
    that are over soon may be no more than the beginning of the day's work either.

    Parameters
    ----------
    local
        Local moments of work.
    hours
        Hours with the same shifts on each working day.
    """
    _, _, minute, _ = _parts(local)
    counts = np.bincount(minute, minlength=DAY_MINUTES)
    on_duty = hours.minutes()[hours.weekdays[0]]
    if on_duty.sum() < _SHORTEST_DAY_MINUTES:
        return False
    usual = counts.sum() / on_duty.sum()
    for opens, closes in _stretches(on_duty):
        edge = min(_EDGE_MINUTES, closes - opens)
        for part in (counts[opens : opens + edge], counts[closes - edge : closes]):
            if part.mean() < _EDGE_SHARE * usual:
                return False
    return True


def _inside(hours: WeeklyHours, local: Moments) -> float:
    # The moment of closing is still work: a task may end then.
    within = hours.is_open(local) | hours.is_open(local - np.timedelta64(1, "us"))
    return float(within.mean())


def _append(intervals: list[tuple[int, int]], opens: int, closes: int) -> None:
    if intervals and intervals[-1][1] == opens:
        intervals[-1] = (intervals[-1][0], closes)
    else:
        intervals.append((opens, closes))


def _parts(
    local: Moments,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64], Hours]:
    """Return day (from a Monday), weekday, minute of the day and the fraction of the minute."""
    date = local.astype("datetime64[D]")
    day = (date - _MONDAY).astype(np.int64)
    minutes = (local - date) / _MINUTE
    minute = np.floor(minutes).astype(np.int64)
    return day, day % 7, minute, minutes - minute


def _usual(counts: npt.NDArray[np.int64]) -> float:
    """Return the count of the place at which half of everything happens in busier places."""
    falling = np.sort(counts)[::-1]
    return float(falling[np.searchsorted(falling.cumsum(), falling.sum() / 2)])


def _open_slots(minute: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the open stretches of a day, in minutes, from the minutes at which work happened."""
    for size in _SLOTS_MINUTES:
        counts = np.bincount(minute // size, minlength=DAY_MINUTES // size)
        usual = _usual(counts)
        if usual >= _STAMPS_PER_SLOT:
            break
    # Seen from the busiest slot on, so that a quiet night is one stretch.
    turn = int(counts.argmax())
    counts = np.roll(counts, -turn)
    on_duty = counts >= max(LEAST_SHARE * usual, 1.0)
    for first, last in _stretches(~on_duty):
        if stats.poisson.cdf(counts[first:last].sum(), usual * (last - first)) > _CHANCE:
            on_duty[first:last] = True
    for first, last in _stretches(on_duty):
        short = (last - first) * size < _SHORTEST_SHIFT_MINUTES
        if short and counts[first:last].mean() < _ISLAND_SHARE * usual:
            on_duty[first:last] = False
    for first, last in _stretches(~on_duty):
        if (last - first) * size < _SHORTEST_BREAK_MINUTES:
            on_duty[first:last] = True
    spans = _stretches(np.roll(on_duty, turn))
    return [(first * size, last * size) for first, last in spans]


def _stretches(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first place and place after the last of each stretch of true flags."""
    edges = np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8))
    return [(int(first), int(last)) for first, last in np.flatnonzero(edges).reshape(-1, 2)]


def _holidays(day: npt.NDArray[np.int64], works: npt.NDArray[np.bool_]) -> tuple[dt.date, ...]:
    """Return the dates on which nothing happened, though much does on working days around them."""
    first = int(day.min())
    counts = np.bincount(day - first)
    days = np.arange(first, first + counts.size)
    working = works[days % 7]
    found = []
    for number in days[working & (counts == 0)].tolist():
        near = working & (np.abs(days - number) <= _NEAR_DAYS) & (counts > 0)
        # A tenth of the working days may be slower than this.
        if near.sum() >= _LEAST_NEAR and np.quantile(counts[near], 0.1) >= _STAMPS_A_DAY:
            found.append(number)
    return tuple((_MONDAY + number * _DAY).astype(dt.date) for number in found)
