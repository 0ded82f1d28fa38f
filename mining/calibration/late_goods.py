"""Which orders were delivered later than wanted because their goods were not there."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.calibration.documents_view import links, related
from mining.calibration.run_clock import Ints
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

_DATES = ("requested_date", "promised_date")


def orders_of_late_goods(
    log: EventLog, kind: str, table: pl.DataFrame, runs: Ints
) -> tuple[pl.Series, pl.Series]:
    """Return the orders whose first delivery came late with its goods, and those with any delay.

    Parameters
    ----------
    log, kind
        The log, and the object type that orders are seen by.
    table
        ``case`` and the time of its first ``Create Delivery``.
    runs
        When deliveries are created, microseconds.

    Returns
    -------
    tuple of polars.Series
        Object numbers. A customer who takes an order in parts gets the first part when it is
        wanted, as long as the goods of one line are there.
    """
    told = _told(log, kind)
    if kind != v.ORDER or v.ORDER_LINE not in log.object_types:
        return told, told
    parts = links(log, v.CREATE_DELIVERY, v.ORDER, v.ORDER_LINE)
    # An event of several orders has lines of each: those of this one are meant.
    own = related(log, "line of").rename({"source": v.ORDER_LINE, "target": v.ORDER})
    parts = parts.join(own, on=[v.ORDER_LINE, v.ORDER], how="semi")
    first = table.select(pl.col("case").alias(v.ORDER), pl.col(v.CREATE_DELIVERY).alias("time"))
    in_parts = parts.group_by(v.ORDER).agg(pl.col("event").n_unique() > 1, pl.len().alias("lines"))
    splitters = _orders_of_splitters(log, in_parts.filter("event")[v.ORDER])
    whole = in_parts.filter(
        ~pl.col("event") & ((pl.col("lines") == 1) | ~pl.col(v.ORDER).is_in(splitters.implode()))
    )[v.ORDER]
    late = told.filter(told.is_in(whole.implode()))
    if v.PRODUCE_GOODS not in log.activities:
        return late, told
    made = links(log, v.PRODUCE_GOODS, v.ORDER, v.ORDER_LINE)
    late = late.filter(~late.is_in(made[v.ORDER].implode()))
    lines = parts.join(first, on=[v.ORDER, "time"], how="semi").join(
        made.select(v.ORDER_LINE, pl.col("time").alias("made")), on=v.ORDER_LINE, how="left"
    )
    return pl.concat([late, _made_late(lines, splitters, runs)]).unique(), told


def _told(log: EventLog, kind: str) -> pl.Series:
    """Return the orders that the log says to be late: put off, or promised later than requested."""
    automatic = log.events.filter(
        (pl.col("activity").cast(pl.String) == v.CHANGE_DELIVERY_DATE)
        & pl.col("automated").fill_null(value=False)
    )
    put_off = log.event_objects.join(automatic.select("event"), on="event", how="semi")
    found = [put_off["object"].cast(pl.UInt32)]
    if kind == v.ORDER and set(_DATES) <= set(log.objects.columns):
        later = log.objects.filter(
            (pl.col("type").cast(pl.String) == v.ORDER)
            & (pl.col("promised_date") > pl.col("requested_date"))
        )
        found.append(later["object"].cast(pl.UInt32))
    return pl.concat(found).unique()


def _orders_of_splitters(log: EventLog, split: pl.Series) -> pl.Series:
    """Return all orders of the customers of some orders."""
    placed = related(log, "placed by")
    customers = placed.filter(pl.col("source").is_in(split.implode()))["target"].unique()
    return placed.filter(pl.col("target").is_in(customers.implode()))["source"].cast(pl.UInt32)


def _made_late(lines: pl.DataFrame, splitters: pl.Series, runs: Ints) -> pl.Series:
    """Return the orders whose first delivery waited for production since the run before.

    For all its lines, if the customer takes no parts; for the first of them, if it does.
    """
    orders = lines.group_by(v.ORDER).agg(
        pl.col("made").max().alias("last"),
        # A line that was not made was there from the beginning.
        pl.when(pl.col("made").is_null().any())
        .then(None)
        .otherwise(pl.col("made").min())
        .alias("made"),
        pl.col("time").first(),
    )
    time = orders["time"].cast(pl.Int64).to_numpy()
    place = np.searchsorted(runs, time, side="right") - 2
    before = pl.Series(runs[np.maximum(place, 0)] if runs.size else time).cast(pl.Datetime("us"))
    in_parts = pl.col(v.ORDER).is_in(splitters.implode())
    ready = pl.when(in_parts).then("made").otherwise("last")
    return orders.filter((ready > before).fill_null(value=False))[v.ORDER].cast(pl.UInt32)


def wanted_runs(
    log: EventLog, table: pl.DataFrame, late: pl.Series, runs: Ints, zone: str
) -> pl.DataFrame:
    """Return in which runs late goods were wanted, where dates tell it.

    The first delivery is promised as many days later than the order was requested as its run is
    later than the wanted one.

    Parameters
    ----------
    log, table, runs
        As in :func:`orders_of_late_goods`.
    late
        Orders whose goods were made until their first delivery.
    zone
        Of the company's clock.

    Returns
    -------
    polars.DataFrame
        ``case``, ``after`` and ``by``: the wanted run is the first one after a moment, and not
        after another one, microseconds. Empty where the log has no such dates.
    """
    schema = {"case": pl.UInt32, "after": pl.Int64, "by": pl.Int64}
    known = {v.DELIVERY, v.ORDER} <= set(log.object_types) and set(_DATES) <= set(
        log.objects.columns
    )
    if not known or not runs.size:
        return pl.DataFrame(schema=schema)
    first = table.select(pl.col("case").alias(v.ORDER), pl.col(v.CREATE_DELIVERY).alias("time"))
    dates = log.objects.select("object", *_DATES)
    rows = (
        links(log, v.CREATE_DELIVERY, v.ORDER, v.DELIVERY)
        .join(first, on=[v.ORDER, "time"], how="semi")
        .filter(pl.col(v.ORDER).is_in(late.implode()))
        .join(dates.select("object", "requested_date"), left_on=v.ORDER, right_on="object")
        .join(dates.select("object", "promised_date"), left_on=v.DELIVERY, right_on="object")
        .drop_nulls(["requested_date", "promised_date"])
        .unique(v.ORDER, maintain_order=True)
    )
    clock = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()
    gap = (pl.col("promised_date") - pl.col("requested_date")).dt.total_days()
    wanted = rows.with_columns((clock - pl.duration(days=gap)).alias("date")).filter(gap >= 0)
    calendar = (
        pl.DataFrame({"run": runs, "after": np.concatenate(([0], runs[:-1]))})
        .with_columns(pl.col("run").cast(pl.Datetime("us")).alias("time"))
        .group_by(clock.alias("date"))
        .agg(pl.col("after").min(), pl.col("run").max().alias("by"))
    )
    return wanted.join(calendar, on="date").select(
        pl.col(v.ORDER).cast(pl.UInt32).alias("case"), "after", "by"
    )
