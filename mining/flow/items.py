"""Work items: when each was created, started and done, and what stages and blocks it passed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from mining.activity_names import reference_names
from mining.analysis import in_reference_names
from mining.flow.blockers import blocked_intervals, blocked_time
from mining.flow.clocks import Clock, dates_apart, days, require_clock
from mining.flow.endings import endings
from mining.flow.stages import Workflow, workflow
from mining.ordered_cases import ordered
from o2c_sim.errors import LogError, Problem
from o2c_sim.eventlog import EventLog

OUTCOMES = ("open", "completed", "cancelled")


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a log as of a moment.

    Parameters
    ----------
    table
        One row per item, by number: ``item`` (object number), ``name`` (its id), ``created`` (its
        first event; beginning where known), ``started`` (when the first work on it began; null
        while nobody has), ``done`` (null while open), ``outcome`` (Enum of :data:`OUTCOMES`; a
        cancelled item has a ``done`` too), ``reaction_days`` (created to started), ``cycle_days``
        (started to done), ``lead_days`` (reaction + cycle), ``age_days`` (started to *as_of*, of
        open items that are started), ``total_age_days`` (created to *as_of*, of open items),
        ``stage`` (furthest stage reached, from 0), ``blocked_days`` (elapsed or business days, up
        to *as_of*), ``was_blocked``, ``blocked_by`` (reason that holds an open item at *as_of*;
        null where none). Moments are naive UTC; null where not known.
    reached
        ``item`` and for each stage ``stage_0``, ``stage_1`` ...: when the item first was in the
        stage or beyond it, null where it was not yet. What is done has passed all stages.
    intervals
        ``item``, ``stage`` (from 0), ``entered``, ``left`` (null while it is in it); by item and
        stage. An item that goes back stays in the furthest stage it has reached; a stage that is
        skipped or passed in no time has no row.
    blocked
        See :func:`mining.flow.blockers.blocked_intervals`.
    workflow
        Stages and endings.
    as_of
        The moment, naive UTC.
    clock
        How days are counted.
    zone
        The company's IANA time zone.
    case_type
        What an item is.
    starts_known
        Whether the log knows when work begins; otherwise the first completion after the creation
        stands for it.
    left_out
        Cases that never became an item (a quotation without an order).
    """

    table: pl.DataFrame
    reached: pl.DataFrame
    intervals: pl.DataFrame
    blocked: pl.DataFrame
    workflow: Workflow
    as_of: datetime
    clock: Clock
    zone: str
    case_type: str
    starts_known: bool
    left_out: int


def items(
    log: EventLog,
    case_type: str,
    *,
    as_of: datetime | None = None,
    clock: Clock = "whole days",
    closing: Collection[str] | None = None,
) -> Items:
    """Return the items of a log.

    Created is the first event of an item. Started is when the first work on it began: the first
    event that took time, or else the event after the first (by a person or a machine; its
    completion where the log knows no beginning). Done is the last closing activity, see
    :mod:`mining.flow.endings`.

    Parameters
    ----------
    log
        The log; its own activity names are translated to the reference vocabulary as far as known.
    case_type
        The object type whose objects are the items.
    as_of
        Naive UTC; what happens later is not known. The last event by default.
    clock
        How days are counted, see :data:`mining.flow.clocks.CLOCK_WORDS`.
    closing
        Activities that end an item, by the log's names or the reference names, see
        :func:`mining.flow.stages.workflow`.

    Raises
    ------
    LogError
        If the log has no objects of that type, or none of them has an event by then.
    UsageError
        If the clock is not known.
    """
    require_clock(clock)
    known = in_reference_names(log)
    translated = reference_names(closing or ())
    flow = _workflow_of(known, case_type, [new or own for own, new in translated.items()])
    if as_of is not None:
        known = replace(known, events=known.events.filter(pl.col("time") <= as_of))
    view = ordered(known.flatten(case_type)).with_columns(
        pl.col("case").cast(pl.UInt32), pl.col("activity").cast(pl.String)
    )
    cases = view["case"].n_unique()
    view = view.filter(~pl.col("activity").is_in(flow.before))
    if view.is_empty():
        raise LogError(Problem(f"no {case_type} has an event by {as_of}"))
    last = view["time"].max()
    assert isinstance(last, datetime)
    now = as_of or last
    moments = _moments(view).join(endings(known, view, flow, case_type), on="item", how="left")
    moments = moments.with_columns(
        pl.when(pl.col("done").is_not_null())
        .then(pl.min_horizontal("started", "done").fill_null(pl.col("done")))
        .otherwise("started")
        .alias("started")
    )
    reached = _reached(view, flow, moments)
    over = moments.select("item", "created", pl.coalesce("done", pl.lit(now)).alias("over"))
    blocked = blocked_intervals(view, over)
    table = _table(moments, reached, blocked, flow, now, clock, log.zone)
    names = log.objects.select(
        pl.col("object").cast(pl.UInt32).alias("item"),
        pl.col("object_id").cast(pl.String).alias("name"),
    )
    return Items(
        table=table.join(names, on="item", how="left", maintain_order="left").select(
            "item", "name", pl.exclude("item", "name")
        ),
        reached=reached,
        intervals=_intervals(reached, moments, flow),
        blocked=blocked,
        workflow=flow,
        as_of=now,
        clock=clock,
        zone=log.zone,
        case_type=case_type,
        starts_known=view["start"].null_count() < view.height,
        left_out=cases - table.height,
    )


def _workflow_of(log: EventLog, case_type: str, closing: Collection[str]) -> Workflow:
    cases = log.flatten(case_type)
    if cases.is_empty():
        raise LogError(Problem(f"no {case_type} has an event"))
    return workflow(cases, case_type, closing=closing)


def _moments(view: pl.DataFrame) -> pl.DataFrame:
    """Return ``item``, ``created`` and ``started``."""
    begin = pl.coalesce("start", "time")
    took_time = (pl.col("start") < pl.col("time")).fill_null(False)
    first = pl.col("case") != pl.col("case").shift()
    work = view.select("case", begin.alias("begin"), took_time.alias("took"), "time").with_columns(
        first.fill_null(True).alias("first")
    )
    return (
        work.group_by("case", maintain_order=True)
        .agg(
            pl.col("begin").min().alias("created"),
            # An event that takes no time is the arrival; one that takes time is work already.
            pl.col("begin").filter(~pl.col("first") | pl.col("took")).min().alias("started"),
        )
        .rename({"case": "item"})
    )


def _reached(view: pl.DataFrame, flow: Workflow, moments: pl.DataFrame) -> pl.DataFrame:
    begin = pl.coalesce("start", "time")
    entries = [moments.select("item", pl.col("created").alias("at"), pl.lit(0).alias("stage"))]
    for number, stage in enumerate(flow.stages[1:], start=1):
        entered = view.filter(pl.col("activity").is_in(stage.activities)).select(
            pl.col("case").alias("item"),
            pl.when(pl.col("activity").is_in(stage.entered_by))
            .then(begin)
            .otherwise("time")
            .alias("at"),
            pl.lit(number).alias("stage"),
        )
        if stage.only_after:
            # What came before counts from that moment on.
            gate = (
                view.filter(pl.col("activity") == stage.only_after)
                .group_by(pl.col("case").alias("item"))
                .agg(pl.col("time").min().alias("gate"))
            )
            entered = entered.join(gate, on="item").select(
                "item", pl.max_horizontal("at", "gate").alias("at"), "stage"
            )
        entries.append(entered)
    at_or_beyond = [
        pl.col("at").filter(pl.col("stage") >= number).min().alias(f"stage_{number}")
        for number in range(len(flow.stages))
    ]
    found = pl.concat(entries).group_by("item").agg(at_or_beyond)
    columns = [pl.col(f"stage_{number}") for number in range(len(flow.stages))]
    return (
        moments.select("item", "created", "done")
        .join(found, on="item", how="left", maintain_order="left")
        .select("item", *(_within(column) for column in columns))
    )


def _within(column: pl.Expr) -> pl.Expr:
    """Return moments not before the creation and not after the end of an item."""
    kept = pl.when(column.is_not_null()).then(pl.max_horizontal(column, "created"))
    # The least of what is known: an item that is done has passed every stage.
    return pl.min_horizontal(kept, "done").name.keep()


def _intervals(reached: pl.DataFrame, moments: pl.DataFrame, flow: Workflow) -> pl.DataFrame:
    ends = reached.join(moments.select("item", "done"), on="item", maintain_order="left")
    count = len(flow.stages)
    parts = [
        ends.select(
            "item",
            pl.lit(number, dtype=pl.UInt8).alias("stage"),
            pl.col(f"stage_{number}").alias("entered"),
            pl.col(f"stage_{number + 1}" if number + 1 < count else "done").alias("left"),
        )
        for number in range(count)
    ]
    return (
        pl.concat(parts)
        .drop_nulls("entered")
        .filter(pl.col("left").is_null() | (pl.col("entered") < pl.col("left")))
        .sort("item", "stage")
    )


def _table(
    moments: pl.DataFrame,
    reached: pl.DataFrame,
    blocked: pl.DataFrame,
    flow: Workflow,
    now: datetime,
    clock: Clock,
    zone: str,
) -> pl.DataFrame:
    rows = moments.with_columns(pl.lit(now).cast(pl.Datetime("us")).alias("now"))
    is_open = pl.col("done").is_null()
    counted = rows.with_columns(
        dates_apart(rows, "created", "started", clock, zone).alias("reaction_days"),
        days(rows, "started", "done", clock, zone).alias("cycle_days"),
        days(rows, "started", "now", clock, zone).alias("age_days"),
        days(rows, "created", "now", clock, zone).alias("total_age_days"),
    ).with_columns(
        (pl.col("reaction_days") + pl.col("cycle_days")).alias("lead_days"),
        pl.when(is_open).then("age_days").alias("age_days"),
        pl.when(is_open).then("total_age_days").alias("total_age_days"),
    )
    columns = [pl.col(f"stage_{number}").is_not_null() for number in range(len(flow.stages))]
    furthest = reached.select("item", (pl.sum_horizontal(columns) - 1).alias("stage"))
    return (
        counted.join(furthest, on="item", how="left", maintain_order="left")
        .join(_blocked_days(blocked, clock, zone), on="item", how="left", maintain_order="left")
        .join(_holding(blocked), on="item", how="left", maintain_order="left")
        .select(
            "item",
            "created",
            "started",
            "done",
            "outcome",
            "reaction_days",
            "cycle_days",
            "lead_days",
            "age_days",
            "total_age_days",
            pl.col("stage").cast(pl.UInt8),
            pl.col("blocked_days").fill_null(0.0),
            pl.col("blocked_days").is_not_null().alias("was_blocked"),
            pl.when(is_open).then("blocked_by").alias("blocked_by"),
        )
        .sort("item")
    )


def _blocked_days(blocked: pl.DataFrame, clock: Clock, zone: str) -> pl.DataFrame:
    stretches = blocked_time(blocked)
    # A block of an hour is no whole day.
    counted: Clock = "elapsed" if clock == "whole days" else clock
    spans = days(stretches, "since", "until", counted, zone).cast(pl.Float64)
    return (
        stretches.with_columns(spans.alias("blocked_days"))
        .group_by("item")
        .agg(pl.col("blocked_days").sum())
    )


def _holding(blocked: pl.DataFrame) -> pl.DataFrame:
    return (
        blocked.filter(~pl.col("lifted"))
        .sort("item", "since")
        .group_by("item", maintain_order=True)
        .agg(pl.col("reason").last().alias("blocked_by"))
    )
