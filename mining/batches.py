"""Batches: activities done for many cases at once, and the waiting that this costs."""

from __future__ import annotations

import polars as pl

from mining.ordered_cases import coded_activities, ordered
from mining.performance import MICROSECONDS_PER_HOUR

GAP_SECONDS = 60.0
SMALLEST = 5
# A run has a clock where this share of its batches begins at the same minute of the day.
CLOCK_SHARE = 0.5


def batches(
    cases: pl.DataFrame,
    zone: str = "UTC",
    *,
    gap_seconds: float = GAP_SECONDS,
    smallest: int = SMALLEST,
) -> pl.DataFrame:
    """Return for each activity how far it is done in batches.

    A batch is a chain of events of one activity, each at most *gap_seconds* after the one before,
    of at least *smallest* events. Both bounds are assumptions.

    Parameters
    ----------
    cases
        A case view, in any row order; an event of several cases counts once.
    zone
        IANA time zone of the clock.
    gap_seconds, smallest
        What makes a batch.

    Returns
    -------
    polars.DataFrame
        One row per activity with a batch, the most waiting first: ``activity``, ``events``,
        ``batched`` (events in batches), ``batched_share``, ``batches``, ``mean_size``,
        ``largest``, ``median_gap_hours`` (between the beginnings of batches), ``clock``
        (HH:MM, where at least half of the batches begin in that minute; else null),
        ``clock_share``, ``waiting_hours`` (sum, from the case's event before to the batch) and
        ``gathering_hours`` (the part of it until the last case of the batch is ready: what a
        batch costs even if it starts as soon as it is complete).

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    view = ordered(cases)
    activity = coded_activities(view["activity"])
    ready = pl.when(pl.col("case") == pl.col("case").shift(1)).then(pl.col("time").shift(1))
    gap = pl.col("time") - pl.col("time").shift(1)
    apart = (pl.col("activity") != pl.col("activity").shift(1)) | (
        gap > pl.duration(microseconds=round(gap_seconds * 1e6))
    )
    events = (
        view.lazy()
        .select(activity, "event", "time", ready.alias("ready"))
        # An event of several cases is ready when the last of them is.
        .group_by("event")
        .agg(pl.col("activity").first(), pl.col("time").first(), pl.col("ready").max())
        .sort("activity", "time", "event")
        .with_columns(apart.fill_null(True).cum_sum().alias("batch"))
    )
    groups = events.group_by("batch", maintain_order=True).agg(
        pl.col("activity").first(),
        pl.len().alias("size"),
        pl.col("time").first().alias("begin"),
        _hours((pl.col("time") - pl.col("ready")).sum()).alias("waiting"),
        _hours((pl.col("ready").max() - pl.col("ready")).sum()).alias("gathering"),
    )
    local = pl.col("begin").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    is_batch = pl.col("size") >= smallest
    minute = local.dt.to_string("%H:%M").filter(is_batch)
    table = (
        groups.group_by("activity")
        .agg(
            pl.col("size").sum().cast(pl.Int64).alias("events"),
            pl.col("size").filter(is_batch).sum().cast(pl.Int64).alias("batched"),
            is_batch.sum().cast(pl.Int64).alias("batches"),
            pl.col("size").filter(is_batch).mean().alias("mean_size"),
            pl.col("size").filter(is_batch).max().cast(pl.Int64).alias("largest"),
            _hours(pl.col("begin").filter(is_batch).sort().diff().median()).alias(
                "median_gap_hours"
            ),
            minute.mode().sort().first().alias("clock"),
            (minute.unique_counts().max() / is_batch.sum()).alias("clock_share"),
            pl.col("waiting").filter(is_batch).sum().alias("waiting_hours"),
            pl.col("gathering").filter(is_batch).sum().alias("gathering_hours"),
        )
        .filter(pl.col("batches") > 0)
        .with_columns(
            pl.col("activity").cast(pl.String),
            (pl.col("batched") / pl.col("events")).alias("batched_share"),
            pl.when((pl.col("clock_share") >= CLOCK_SHARE) & (pl.col("batches") > 1))
            .then("clock")
            .alias("clock"),
        )
        .collect()
    )
    columns = [
        "activity", "events", "batched", "batched_share", "batches", "mean_size", "largest",
        "median_gap_hours", "clock", "clock_share", "waiting_hours", "gathering_hours",
    ]  # fmt: skip
    return table.select(columns).sort(["waiting_hours", "activity"], descending=[True, False])


def _hours(duration: pl.Expr) -> pl.Expr:
    return duration.dt.total_microseconds() / MICROSECONDS_PER_HOUR
