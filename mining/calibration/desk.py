"""When a desk is open and has somebody free: what tells waiting for facts from waiting in line.

A task that begins while others of the desk are idle became ready at that moment. One that begins
as the desk opens, or as a colleague gets free, became ready at some moment since somebody was
last idle: between the two the log cannot tell.

A desk may be at work that leaves nothing in the log. Tasks of which the arrival is known tell: one
that begins as it arrives shows that somebody is idle, one that waits that nobody is. First come is
first served, so a task begun after another came after it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.calibration.weekly_hours import WeeklyHours, on_the_wall, weekly_hours

Floats = npt.NDArray[np.float64]

# Fewer tasks than this do not show when a desk is open.
LEAST_TASKS = 60
_HOUR = np.timedelta64(3_600_000_000, "us")
_SLACK_HOURS = 2 / 3_600
_DAY_MINUTES = 1_440


@dataclass(frozen=True, slots=True)
class Desk:
    """A group of people with one queue of work; times are local hours since 1970.

    Parameters
    ----------
    hours
        When it is open.
    idle_from, idle_until
        Stretches in which it is open and not everybody there is busy, in order, shape
        (stretches,). How many are there on a day is told by how many are busy at a time, as some
        may be away; a day on which nobody begins anything tells nothing.
    """

    hours: WeeklyHours
    idle_from: Floats
    idle_until: Floats
    known_start: Floats
    known_arrival: Floats

    def last_idle(self, begun: Floats) -> Floats:
        """Return the last moment at which a task would have begun, had it been ready by then.

        Parameters
        ----------
        begun
            When tasks began, local hours.

        Returns
        -------
        numpy.ndarray
            *begun* itself where somebody was idle just before; minus infinity if nobody was since
            the log began.
        """
        place = np.searchsorted(self.idle_from, begun - _SLACK_HOURS, side="left") - 1
        known = place >= 0
        last = np.full(len(begun), -np.inf)
        last[known] = np.minimum(self.idle_until[place[known]], begun[known])
        before = np.searchsorted(self.known_start, begun - _SLACK_HOURS, side="left") - 1
        served = before >= 0
        last[served] = np.maximum(last[served], self.known_arrival[before[served]])
        near = last > begun - _SLACK_HOURS
        last[near] = begun[near]
        return last

    def next_begin(self, ready: Floats) -> Floats:
        """Return when a task would begin, local hours; infinite after all that is known.

        As somebody is idle next, or at the latest with the first task that is known to have come
        later.
        """
        place = np.searchsorted(self.idle_until, ready, side="right")
        begin = np.append(self.idle_from, np.inf)[place]
        begin = np.maximum(begin, ready)
        after = np.searchsorted(self.known_arrival, ready, side="left")
        later = np.append(self.known_start, np.inf)[after]
        soonest: Floats = np.minimum(begin, np.maximum(later, ready))
        return soonest

    def open_hours(self, start: Floats, end: Floats) -> Floats:
        """Return the open hours between pairs of local hours; 0 where *end* is not later."""
        return self.hours.between(_moments(start), _moments(end))


def desk(
    events: pl.DataFrame, zone: str, role: str, arrivals: pl.DataFrame | None = None
) -> Desk | None:
    """Return the desk whose work some events are.

    Parameters
    ----------
    events
        With ``start``, ``time`` (naive UTC), ``resource``, ``role`` and ``automated``.
    zone
        IANA time zone of its clock.
    role
        Its name in the log.
    arrivals
        ``event`` and ``arrived`` (naive UTC) of the tasks that are known to have been ready then;
        None if the log has all that the desk does.

    Returns
    -------
    Desk or None
        None if the log has too few of its tasks with a start before their end.
    """
    tasks = (
        events.filter((pl.col("role") == role) & (pl.col("start") < pl.col("time")))
        .unique("event")
        .sort("start")
    )
    if tasks.height < LEAST_TASKS:
        return None
    quarters = pl.concat(
        [tasks.select("resource", time="start"), tasks.select("resource", "time")]
    ).with_columns(pl.col("time").dt.truncate("15m").alias("quarter"))
    stamps = quarters.unique(["resource", "quarter"], maintain_order=True)["time"]
    hours = weekly_hours(on_the_wall(stamps, zone))
    if hours is None:
        return None
    start, end = local_hours(tasks["start"], zone), local_hours(tasks["time"], zone)
    opens, closes = _open_stretches(hours, float(start.min()), float(end.max()))
    if arrivals is None:
        nothing = np.empty(0)
        return Desk(hours, *_idle(opens, closes, start, end, None), nothing, nothing)
    known = tasks.join(arrivals, on="event").sort("start")
    began = local_hours(known["start"], zone)
    came = np.minimum(local_hours(known["arrived"], zone), began)
    idle = _idle(opens, closes, start, end, _proven(began, came, closes))
    return Desk(hours, *idle, began, np.maximum.accumulate(came))


def role_of(events: pl.DataFrame, *activities: str) -> str | None:
    """Return the role that does most of some activities; None where no role is known."""
    done = events.filter(pl.col("activity").is_in(list(activities)) & ~pl.col("automated"))
    named = done["role"].drop_nulls()
    return None if named.is_empty() else str(named.mode().sort()[0])


def local_hours(moments: pl.Series, zone: str) -> Floats:
    """Return naive UTC datetimes as local hours since 1970; NaN for null."""
    wall = on_the_wall(moments, zone)
    hours: Floats = (wall - np.datetime64("1970-01-01")) / _HOUR
    return hours


def _moments(hours: Floats) -> npt.NDArray[np.datetime64]:
    micros = np.rint(hours * 3.6e9).astype(np.int64)
    return np.datetime64("1970-01-01", "us") + micros.astype("timedelta64[us]")


def _open_stretches(hours: WeeklyHours, first: float, last: float) -> tuple[Floats, Floats]:
    monday = np.floor((first / 24 - 4) / 7) * 7 + 4
    weeks = np.arange(monday, last / 24 + 7, 7) * 24
    pairs = np.array(hours.intervals, dtype=np.float64) / 60
    opens = (weeks[:, None] + pairs[:, 0]).ravel()
    closes = (weeks[:, None] + pairs[:, 1]).ravel()
    days = np.floor(opens / 24)
    shut = np.array(hours.closed, dtype="datetime64[D]").astype(np.int64)
    works = ~np.isin(days, shut)
    return opens[works], closes[works]


def _proven(began: Floats, came: Floats, closes: Floats) -> tuple[Floats, Floats]:
    """Return the stretches in which a task that began as it came shows the desk to be idle.

    Each lasts until the next task comes that has to wait, or until the desk closes.
    """
    waited = began - came > _SLACK_HOURS
    since = began[~waited]
    waiting = np.append(np.sort(came[waited]), np.inf)
    until = np.minimum(
        waiting[np.searchsorted(waiting, since)],
        np.append(closes, closes[-1] + 1)[np.searchsorted(closes, since)],
    )
    return since, until


def _idle(
    opens: Floats,
    closes: Floats,
    start: Floats,
    end: Floats,
    proven: tuple[Floats, Floats] | None,
) -> tuple[Floats, Floats]:
    """Return the stretches in which the desk is open and fewer than all there are busy."""
    since, lasts = proven if proven is not None else (opens, closes)
    parts = (opens, closes, start, end, since, lasts)
    times = np.concatenate(parts)
    order = np.argsort(times, kind="stable")
    times = times[order]

    def under_way(first: int) -> Floats:
        """Return how many stretches, which begin and end as two parts say, are under way."""
        steps = [np.zeros(len(part)) for part in parts]
        steps[first] += 1
        steps[first + 1] -= 1
        return np.cumsum(np.concatenate(steps)[order])

    busy = under_way(2)
    day = np.floor(times / 24).astype(np.int64)
    day -= day[0]
    there = np.zeros(day[-1] + 1)
    np.maximum.at(there, day, np.where(under_way(0) > 0, busy, 0.0))
    is_idle = (under_way(0) > 0) & (busy < there[day]) & (under_way(4) > 0)
    begin, until = times[:-1], times[1:]
    kept = is_idle[:-1] & (until - begin > 1e-9)
    begin, until = begin[kept], until[kept]
    if not len(begin):
        return begin, until
    # Stretches that follow each other without a gap are one.
    joins = np.concatenate([[False], begin[1:] - until[:-1] < 1e-9])
    firsts = np.flatnonzero(~joins)
    lasts = np.concatenate([firsts[1:] - 1, [len(begin) - 1]])
    return begin[firsts], until[lasts]
