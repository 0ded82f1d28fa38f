"""A log of any process as the plain table that discovery, simulation and scores work on."""

from __future__ import annotations

import polars as pl

from mining.read import ReadLog
from o2c_sim.errors import LogError, Problem

COLUMNS = ("case", "activity", "start", "time", "resource", "event")


def event_table(read: ReadLog) -> pl.DataFrame:
    """Return the events of a log, one row each.

    Parameters
    ----------
    read
        A log that was read.

    Returns
    -------
    polars.DataFrame
        ``case`` (its name), ``activity``, ``resource`` (null where unknown), ``start`` and
        ``time`` (naive UTC microseconds; where a start is unknown, the completion stands for it),
        ``event`` (row number), in the order of the file.

    Raises
    ------
    LogError
        If there is no event.
    """
    log = read.log
    view = log.flatten(read.case_type)
    if view.is_empty():
        raise LogError(Problem("the log has no event", where=log.source))
    names = log.objects.select(pl.col("object").alias("case"), "object_id")
    return (
        view.join(names, on="case", how="left", maintain_order="left")
        .sort("event", maintain_order=True)
        .select(
            pl.col("object_id").cast(pl.String).alias("case"),
            pl.col("activity").cast(pl.String),
            pl.coalesce("start", "time").alias("start"),
            "time",
            pl.col("resource").cast(pl.String),
            pl.int_range(pl.len(), dtype=pl.Int64).alias("event"),
        )
    )


def typed(events: pl.DataFrame) -> pl.DataFrame:
    """Return events with the columns and types of an event table, whoever made them."""
    names = pl.col("case", "activity", "resource").cast(pl.String)
    moments = pl.col("start", "time").cast(pl.Datetime("us"))
    return events.with_columns(names, moments, pl.col("event").cast(pl.Int64)).select(COLUMNS)


def cases_of(events: pl.DataFrame) -> pl.DataFrame:
    """Return the cases of an event table.

    Parameters
    ----------
    events
        See :func:`event_table`.

    Returns
    -------
    polars.DataFrame
        ``case``, ``start`` (of its first activity), ``end`` (of its last), by (start, case).
    """
    return (
        events.group_by("case")
        .agg(pl.col("start").min(), pl.col("time").max().alias("end"))
        .sort("start", "case")
    )
