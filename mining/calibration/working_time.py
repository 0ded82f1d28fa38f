"""Who works together and when, from the events of any log: pools of people and their hours.

For logs with any activity and resource names; nothing here knows order to cash. Events are a
Polars table with ``case``, ``activity``, ``time`` (completion, naive UTC) and, where the log has
them, ``start`` and ``resource``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from mining.calibration.activity_groups import activity_groups
from mining.calibration.weekly_hours import (
    ALWAYS,
    Moments,
    WeeklyHours,
    narrowest,
    on_the_wall,
    weekly_hours,
)

Kind = Literal["people", "system", "outside"]

# Stamps with which a resource is given hours of its own.
OWN_STAMPS = 150
# Stamps with which a pool has hours of its own, even if another's would do.
POOL_STAMPS = 200
# Outside: so many resources of so few cases each must be the customers, or students, themselves.
_OUTSIDE_RESOURCES = 20
_OUTSIDE_CASES = 2
_SYSTEM_SECONDS = 1.0
_SYSTEM_SHARE = 0.9
# Nobody has so many tasks in hand at a time.
_SYSTEM_TASKS = 5
_SYSTEM_HOURS_PER_WEEK = 120
_A_MOMENT = dt.timedelta(microseconds=1)
EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Pool:
    """Resources that do the same activities.

    Parameters
    ----------
    name
        The activity that they do most, with a number if several pools do that.
    kind
        ``people``; ``system``, one that works round the clock in no time, or on many things at
        once; ``outside``, many who each see to a case or two of their own, or nobody that the log
        names: nobody queues for these.
    resources
        Their names, the busiest first; empty for the work of nobody that the log names.
    activities
        Share of the pool's events by activity.
    events
        Number of the pool's events.
    hours
        When they work.
    capacity
        Resources at work on a usual day, at least 1: not those on the pay-roll.
    presence
        Share of the pool's working days on which each resource is seen.
    multitasking
        Mean number of tasks that a resource has begun and not ended, while there is any; 1 where
        no starts are known.
    """

    name: str
    kind: Kind
    resources: tuple[str, ...]
    activities: dict[str, float]
    events: int
    hours: WeeklyHours
    capacity: int
    presence: dict[str, float]
    multitasking: float


def working_calendars(
    events: pl.DataFrame, zone: str, *, of: tuple[Pool, ...] | None = None
) -> dict[str, WeeklyHours]:
    """Return when each resource works.

    A resource with at least :data:`OWN_STAMPS` stamps of work has hours of its own; the others
    have those of their pool.

    Parameters
    ----------
    events
        See the module's description.
    zone
        IANA time zone of the clock.
    of
        The pools, if they are known already.

    Returns
    -------
    dict
        From the name of a resource to its hours; :data:`EVERYBODY` is for the work of nobody
        that the log names.
    """
    found = pools(events, zone) if of is None else of
    hours = {name: pool.hours for pool in found for name in pool.resources}
    work = moments_of_work(_prepared(events), zone)
    people = [pool for pool in found if pool.kind == "people"]
    members = [name for pool in people for name in pool.resources]
    theirs = work.filter(pl.col("resource").is_in(members)) if members else work
    hours[EVERYBODY] = weekly_hours(theirs["local"].to_numpy()) or ALWAYS
    kinds = {name: pool.kind for pool in found for name in pool.resources}
    for (name,), rows in work.group_by("resource"):
        if name is None or rows.height < OWN_STAMPS or kinds.get(str(name)) != "people":
            continue
        own = weekly_hours(rows["local"].to_numpy())
        if own is not None:
            hours[str(name)] = own
    return hours


def pools(events: pl.DataFrame, zone: str) -> tuple[Pool, ...]:
    """Return the resources in groups that do the same activities, the busiest group first.

    Grouped by average linkage on the angle between the profiles of activities
    (:mod:`mining.calibration.activity_groups`). A resource with very few events joins the pool
    that it resembles most, if it resembles any. Events without a resource form one pool for each
    activity.

    Parameters
    ----------
    events
        See the module's description.
    zone
        IANA time zone of the clock.
    """
    work = _prepared(events)
    if not work.height:
        return ()
    group = activity_groups(work)
    work = work.join(group, on="resource", how="left").with_columns(
        pl.coalesce(pl.col("pool"), -1 - pl.col("activity").rank("dense").cast(pl.Int64))
    )
    parts = sorted(work.group_by("pool"), key=lambda item: (-item[1].height, item[0]))
    stamps = [moments_of_work(rows, zone) for _, rows in parts]
    hours = _hours_of([table["local"].to_numpy() for table in stamps])
    found = [
        _pool(rows, table, own) for (_, rows), table, own in zip(parts, stamps, hours, strict=True)
    ]
    return tuple(_numbered(found))


def _prepared(events: pl.DataFrame) -> pl.DataFrame:
    """Return the columns that are needed, as text where they are names."""
    unknown = {"start": pl.lit(None, pl.Datetime("us")), "resource": pl.lit(None, pl.String)}
    missing = [value.alias(name) for name, value in unknown.items() if name not in events.columns]
    whole = events.with_columns(missing)
    once = ["event"] if "event" in whole.columns else []
    names = pl.col("activity", "resource").cast(pl.String)
    start = pl.min_horizontal("start", "time")
    # A start after the end is a wrong stamp; polars ignores nulls in a minimum.
    begun = pl.when(pl.col("start").is_not_null()).then(start).alias("start")
    work = whole.select(*once, "case", names, begun, "time").filter(pl.col("time").is_not_null())
    return work.unique(once, keep="first", maintain_order=True) if once else work


def moments_of_work(work: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Return ``resource`` and ``local``: moments of work, once for a person and quarter of an hour.

    The start of what takes time and the end of everything; what only has a day has no moment.
    """
    takes_time = pl.col("start").is_not_null() & (pl.col("start") < pl.col("time"))
    stamps = pl.concat(
        [
            # What ends on the stroke of closing time belongs to the hour before.
            work.select(
                "activity",
                "resource",
                pl.when(takes_time)
                .then(pl.col("time") - _A_MOMENT)
                .otherwise("time")
                .alias("time"),
            ),
            work.filter(takes_time).select("activity", "resource", time="start"),
        ]
    )
    stamps = stamps.with_columns(pl.Series("local", on_the_wall(stamps["time"], zone)))
    clock = pl.col("local").dt.time()
    day_grain = ((clock == pl.time(0, 0, 0)) | (clock == pl.time(23, 59, 59))).mean()
    # Work of nobody that the log names may be the work of many: only mass actions count once.
    nobody, local = pl.col("resource").is_null(), pl.col("local").dt
    together = pl.when(nobody).then(local.truncate("1m")).otherwise(local.truncate("15m"))
    return (
        stamps.filter(day_grain.over("activity") < 0.5)
        .with_columns(together.alias("together"))
        .unique(["resource", "together"], maintain_order=True)
        .select("resource", "local")
    )


def _hours_of(groups: list[Moments]) -> list[WeeklyHours]:
    """Return the hours of each group of stamps; small groups have those of a larger one."""
    clear = [weekly_hours(local) if local.size >= POOL_STAMPS else None for local in groups]
    known = [hours for hours in clear if hours is not None]
    return [
        hours or narrowest(local, known) or weekly_hours(local) or ALWAYS
        for hours, local in zip(clear, groups, strict=True)
    ]


def _pool(rows: pl.DataFrame, stamps: pl.DataFrame, hours: WeeklyHours) -> Pool:
    shares = (
        rows["activity"]
        .value_counts(sort=True)
        .sort(["count", "activity"], descending=[True, False])
    )
    activities = dict(
        zip(shares["activity"], (shares["count"] / rows.height).to_list(), strict=True)
    )
    busy = (
        rows.drop_nulls("resource")
        .group_by("resource")
        .agg(pl.len(), pl.col("case").n_unique().alias("cases"))
        .sort(["len", "resource"], descending=[True, False])
    )
    multitasking = _multitasking(rows)
    kind = _kind(rows, busy, hours, multitasking)
    capacity, presence = _presence(stamps, busy["resource"].to_list())
    return Pool(
        name=str(shares["activity"][0]),
        kind=kind,
        resources=tuple(busy["resource"].to_list()),
        activities=activities,
        events=rows.height,
        hours=ALWAYS if kind == "system" else hours,
        capacity=capacity,
        presence=presence,
        multitasking=multitasking,
    )  # fmt: skip


def _kind(rows: pl.DataFrame, busy: pl.DataFrame, hours: WeeklyHours, at_a_time: float) -> Kind:
    if not busy.height:
        return "outside"
    # Most have a case or two, whoever else does the same.
    few = int((busy["cases"] <= _OUTSIDE_CASES).sum())
    if busy.height >= _OUTSIDE_RESOURCES and few > busy.height / 2:
        return "outside"
    seconds = ((rows["time"] - rows["start"]).dt.total_microseconds() / 1e6).drop_nulls()
    quick = int((seconds <= _SYSTEM_SECONDS).sum())
    at_once = seconds.len() > 0 and quick >= _SYSTEM_SHARE * seconds.len()
    tireless = at_once and hours.hours_per_week >= _SYSTEM_HOURS_PER_WEEK
    return "system" if busy.height == 1 and (tireless or at_a_time >= _SYSTEM_TASKS) else "people"


def _presence(stamps: pl.DataFrame, resources: list[str]) -> tuple[int, dict[str, float]]:
    """Return how many are at work on a usual day, and the share of days of each."""
    days = stamps.drop_nulls("resource").select(
        "resource", pl.col("local").dt.date().alias("date")
    ).unique()  # fmt: skip
    if not days.height:
        return 1, dict.fromkeys(resources, 0.0)
    total = days["date"].n_unique()
    seen = dict(days.group_by("resource").len().iter_rows())
    # The day on which the median resource-day lies: slow days at the edges do not count as usual.
    sizes = np.sort(days.group_by("date").len()["len"].to_numpy())
    usual = sizes[np.searchsorted(sizes.cumsum(), sizes.sum() / 2)]
    return max(int(usual), 1), {name: seen.get(name, 0) / total for name in resources}


def _multitasking(rows: pl.DataFrame) -> float:
    """Return the mean number of open tasks of a resource, while it has any."""
    tasks = rows.drop_nulls(["resource", "start"]).filter(pl.col("time") > pl.col("start"))
    if not tasks.height:
        return 1.0
    worked = tasks.select((pl.col("time") - pl.col("start")).dt.total_microseconds().sum()).item()
    ends = pl.col("time").cum_max().shift(1).over("resource")
    covered = (
        tasks.sort("resource", "start")
        .with_columns(fresh=pl.max_horizontal("start", ends))
        .filter(pl.col("time") > pl.col("fresh"))
        .select((pl.col("time") - pl.col("fresh")).dt.total_microseconds().sum())
        .item()
    )
    return float(worked / covered)


def _numbered(found: list[Pool]) -> list[Pool]:
    """Return the pools under names that occur once."""
    used: dict[str, int] = {}
    named = []
    for pool in found:
        used[pool.name] = count = used.get(pool.name, 0) + 1
        name = pool.name if count == 1 else f"{pool.name} ({count})"
        fields = {key: getattr(pool, key) for key in Pool.__slots__}
        named.append(Pool(**{**fields, "name": name}))
    return named
