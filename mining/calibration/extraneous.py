"""Extraneous delays: waiting that no queue, no closing time and no batch run explains.

The wait of a step is what passes from the last event of its objects until it begins. While the
people are off duty it is closed; while all who are there are busy it is a queue; until the next
run of a batch job it is the run's. What is left is a delay of another kind: a question to
somebody outside, goods to come, priorities that the log does not show.

References
----------
Chapela-Campa, Dumas, "Enhancing business process simulation models with extraneous activity
delays", Information Systems 122, 2024: the idea; the decomposition here is our own.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.batches import batches
from mining.calibration.estimate import Source
from mining.calibration.human_work import HumanWork, human_work
from mining.calibration.weekly_hours import ALWAYS, Moments, WeeklyHours, on_the_wall
from o2c_sim import vocabulary as v

Hours = npt.NDArray[np.float64]

# An activity runs in batches if more than this share of it is in some.
_BATCHED = 0.5
_LONGEST_GAP_SECONDS = 60.0
_LEAST_STEPS = 5
_HOUR = np.timedelta64(3_600_000_000, "us")
_DAY = np.timedelta64(1, "D")

SCHEMA = {
    "activity": pl.String,
    "by": pl.String,
    "steps": pl.Int64,
    "waiting_hours": pl.Float64,
    "closed_hours": pl.Float64,
    "queue_hours": pl.Float64,
    "run_hours": pl.Float64,
    "extraneous_hours": pl.Float64,
    "extraneous_median_hours": pl.Float64,
    "extraneous_p90_hours": pl.Float64,
}


def extraneous_delays(source: Source) -> pl.DataFrame:
    """Return what the waits before each activity are made of.

    Parameters
    ----------
    source
        The data.

    Returns
    -------
    polars.DataFrame
        One row per activity and who does it, the longest unexplained wait first: ``activity``,
        ``by`` (a team of people: a role, with a number from its second shift on; or ``system``),
        ``steps``, and mean hours a step:
        ``waiting_hours`` and its parts ``closed_hours`` (nobody on duty), ``queue_hours`` (all on
        duty busy; null without starts, when it is in the rest), ``run_hours`` (until the next
        batch run) and ``extraneous_hours``, with ``extraneous_median_hours`` and
        ``extraneous_p90_hours``. Without starts the work itself is in the rest too. Steps of
        customers, carriers and banks are left out.
    """
    work = human_work(source)
    ready = _ready(source)
    parts = []
    if work is not None:
        parts += _of_people(work, ready, source.zone)
    parts += _of_systems(source, ready)
    rows = [_row(*part) for part in parts if part[2].size >= _LEAST_STEPS]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort(
        ["extraneous_hours", "activity", "by"], descending=[True, False, False]
    )


def _row(
    activity: str, by: str, waiting: Hours, closed: Hours, queue: Hours | None, run: Hours
) -> tuple[object, ...]:
    explained = closed + run if queue is None else closed + run + queue
    rest = np.maximum(waiting - explained, 0.0)
    return (
        activity, by, int(waiting.size), float(waiting.mean()), float(closed.mean()),
        None if queue is None else float(queue.mean()), float(run.mean()), float(rest.mean()),
        float(np.median(rest)), float(np.quantile(rest, 0.9)),
    )  # fmt: skip


def _ready(source: Source) -> pl.DataFrame:
    """Return ``event`` and ``ready``: the last event before it of what it is about, UTC."""
    log = source.log
    kinds = log.objects.select("object", pl.col("type").cast(pl.String))
    links = (
        log.event_objects.select("event", "object")
        .unique()
        .join(kinds.filter(pl.col("type") != v.CUSTOMER), on="object")
        .join(
            log.events.select("event", "time", pl.coalesce("start", "time").alias("start")),
            on="event",
        )
    )
    in_order = links.sort("object", "time", "event").with_columns(
        pl.col("time").shift(1).over("object").alias("before")
    )
    # What went on at the same time may have ended after the step began: then it is the last one
    # that had ended when the step began.
    apart = in_order.filter(pl.col("before") > pl.col("start")).sort("start", "event")
    ended = links.select("object", pl.col("time").alias("ended")).sort("ended")
    earlier = apart.join_asof(
        ended, left_on="start", right_on="ended", by="object", strategy="backward",
        check_sortedness=False,
    ).select("event", pl.col("ended").alias("before"))  # fmt: skip
    direct = in_order.filter(pl.col("before") <= pl.col("start")).select("event", "before")
    return (
        pl.concat([direct, earlier])
        .drop_nulls()
        .group_by("event")
        .agg(pl.col("before").max().alias("ready"))
    )


Part = tuple[str, str, Hours, Hours, Hours | None, Hours]


def _of_people(work: HumanWork, ready: pl.DataFrame, zone: str) -> list[Part]:
    """Return the parts of the waits before the tasks of people."""
    parts: list[Part] = []
    tasks = work.tasks.drop_nulls(["team", "role"]).join(ready, on="event", how="inner")
    tasks = tasks.with_columns(pl.Series("ready", on_the_wall(tasks["ready"], zone)))
    for (team,), rows in tasks.group_by("team", maintain_order=True):
        hours = work.hours.get(str(team), ALWAYS)
        mine = work.tasks.filter(pl.col("team") == team)
        begun = rows["begun" if work.has_starts else "done"].to_numpy()
        since = np.minimum(rows["ready"].to_numpy(), begun)
        waiting = (begun - since) / _HOUR
        on_duty = hours.between(since, begun)
        closed = np.maximum(waiting - on_duty, 0.0)
        queue = _queued(mine, hours, since, begun) if work.has_starts else None
        names = rows["activity"].to_numpy()
        for name in np.unique(names):
            of = names == name
            parts.append(
                (
                    str(name), str(team), waiting[of], closed[of],
                    None if queue is None else queue[of], np.zeros(int(of.sum())),
                )
            )  # fmt: skip
    return parts


def _queued(tasks: pl.DataFrame, hours: WeeklyHours, since: Moments, until: Moments) -> Hours:
    """Return the open hours between moments in which all who are there that day are busy."""
    begun, done = tasks["begun"].to_numpy(), tasks["done"].to_numpy()
    first, last = min(begun.min(), since.min()), max(done.max(), until.max())
    days = np.arange(first.astype("datetime64[D]"), last.astype("datetime64[D]") + 2 * _DAY)
    moments = np.unique(np.concatenate([begun, done, days.astype("datetime64[us]")]))
    busy = np.cumsum(
        np.bincount(np.searchsorted(moments, begun), minlength=moments.size)
        - np.bincount(np.searchsorted(moments, done), minlength=moments.size)
    )
    seen = pl.concat(
        [tasks.select("resource", "begun").rename({"begun": "at"}),
         tasks.select("resource", "done").rename({"done": "at"})]
    ).select("resource", pl.col("at").dt.date().alias("date")).drop_nulls().unique()  # fmt: skip
    there = seen.group_by("date").len()
    count = np.zeros(days.size, dtype=np.int64)
    place = (there["date"].to_numpy().astype("datetime64[D]") - days[0]).astype(np.int64)
    count[place] = there["len"].to_numpy()
    on_duty = count[(moments.astype("datetime64[D]") - days[0]).astype(np.int64)]
    # A day on which nobody is seen counts as one on which nobody is there.
    full = (busy >= on_duty)[:-1]
    worked = hours.elapsed(moments)
    queued = np.concatenate([[0.0], np.cumsum(np.diff(worked) * full)])

    def until_then(at: Moments) -> Hours:
        place = np.clip(np.searchsorted(moments, at, side="right") - 1, 0, moments.size - 2)
        since_then: Hours = queued[place] + (hours.elapsed(at) - worked[place]) * full[place]
        return since_then

    return np.maximum(until_then(until) - until_then(since), 0.0)


def _of_systems(source: Source, ready: pl.DataFrame) -> list[Part]:
    """Return the parts of the waits before what systems do."""
    events = source.log.events
    automated = events.filter(pl.col("automated")).with_columns(pl.col("activity").cast(pl.String))
    if not automated.height:
        return []
    view = automated.with_columns(pl.col("event").alias("case"))
    table = batches(view, source.zone, gap_seconds=_LONGEST_GAP_SECONDS, smallest=2)
    in_runs = set(table.filter(pl.col("batched_share") > _BATCHED)["activity"].to_list())
    rows = automated.join(ready, on="event", how="inner")
    parts: list[Part] = []
    for (name,), steps in rows.group_by("activity", maintain_order=True):
        at = pl.coalesce("start", "time")
        begun = steps.select(at)["start"].to_numpy().astype("datetime64[us]")
        since = np.minimum(steps["ready"].to_numpy().astype("datetime64[us]"), begun)
        waiting = (begun - since) / _HOUR
        run = np.zeros(waiting.size)
        if name in in_runs:
            runs = np.sort(begun)
            ends = runs[np.searchsorted(runs, since, side="left")]
            run = (ends - since) / _HOUR
        nothing = np.zeros(waiting.size)
        parts.append((str(name), "system", waiting, nothing, nothing, run))
    return parts
