"""What a card of the board says about an item besides its stage: customer, amount, who, due."""

from __future__ import annotations

import datetime as dt

import polars as pl

from mining.bottlenecks import value_column
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

_CUSTOMER_COLUMNS = ("customer", "customer_id", "customer_name")
_VALUES = ("value", "amount")
_SCHEMA = {
    "item": pl.UInt32,
    "customer": pl.String,
    "amount": pl.Float64,
    "assignee": pl.String,
    "due": pl.Date,
}


def card_facts(
    log: EventLog, case_type: str, chosen: pl.Series, as_of: dt.datetime
) -> pl.DataFrame:
    """Return what is known of some items.

    Parameters
    ----------
    log
        The log.
    case_type
        Object type of the items.
    chosen
        Object numbers of the items that are asked for.
    as_of
        Naive UTC; what happens later is not known.

    Returns
    -------
    polars.DataFrame
        In the order of *chosen*: ``item``, ``customer`` (id of the customer that the item or one
        of its events names), ``amount`` (currency: its ``value`` or ``amount``, or what
        :func:`mining.bottlenecks.value_column` finds), ``assignee`` (who did its last event that
        names somebody), ``due`` (its ``due_date``, or else the last due date of the invoices among
        its events); null where not known.
    """
    wanted = chosen.cast(pl.UInt32).unique(maintain_order=True).rename("item").to_frame()
    if wanted.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    own = wanted.join(
        log.objects_of(case_type).rename({"object": "item"}), on="item", maintain_order="left"
    )
    events = log.event_objects.rename({"object": "item"}).join(wanted, on="item", how="semi")
    events = events.select("item", "event").join(
        log.events.select("event", "time", pl.col("resource").cast(pl.String)), on="event"
    )
    events = events.filter(pl.col("time") <= as_of).sort("time", "event")
    beside = (
        events.select("item", "event")
        .join(log.event_objects.select("event", "object"), on="event")
        .join(
            log.objects.select("object", pl.col("type").cast(pl.String), "object_id"), on="object"
        )
    )
    parts = (
        _customers(log, wanted, own, beside),
        _amounts(log, case_type, own),
        events.drop_nulls("resource")
        .group_by("item", maintain_order=True)
        .agg(pl.col("resource").last().alias("assignee")),
        _due_dates(log, own, beside),
    )
    result = wanted
    for part in parts:
        result = result.join(part, on="item", how="left", maintain_order="left")
    return result.select(pl.col(name).cast(kind) for name, kind in _SCHEMA.items())


def _customers(
    log: EventLog, wanted: pl.DataFrame, own: pl.DataFrame, beside: pl.DataFrame
) -> pl.DataFrame:
    named = [name for name in _CUSTOMER_COLUMNS if name in own.columns]
    itself = own.select(
        "item", pl.coalesce(*(pl.col(name).cast(pl.String) for name in named)).alias("customer")
    ) if named else wanted.with_columns(pl.lit(None, pl.String).alias("customer"))  # fmt: skip
    customers = log.objects.filter(pl.col("type").cast(pl.String) == v.CUSTOMER).select(
        "object", "object_id"
    )
    related = log.object_relations.select(pl.col("source").alias("item"), "target").join(
        customers, left_on="target", right_on="object"
    )
    through = pl.concat(
        [
            related.select(pl.col("item").cast(pl.UInt32), "object_id"),
            beside.filter(pl.col("type") == v.CUSTOMER).select("item", "object_id"),
        ]
    )
    other = (
        through.join(wanted, on="item", how="semi")
        .group_by("item", maintain_order=True)
        .agg(pl.col("object_id").first().alias("other"))
    )
    return itself.join(other, on="item", how="left").select(
        "item", pl.coalesce("customer", "other").alias("customer")
    )


def _amounts(log: EventLog, case_type: str, own: pl.DataFrame) -> pl.DataFrame:
    named = [name for name in _VALUES if name in own.columns]
    worth = value_column(log, case_type)
    named += [worth] if worth is not None and worth in own.columns and worth not in named else []
    values = [pl.col(name).cast(pl.Float64, strict=False) for name in named]
    return own.select("item", pl.coalesce(*values, pl.lit(None, pl.Float64)).alias("amount"))


def _due_dates(log: EventLog, own: pl.DataFrame, beside: pl.DataFrame) -> pl.DataFrame:
    if "due_date" not in log.objects.columns:
        return own.select("item", pl.lit(None, pl.Date).alias("due"))
    dates = log.objects.select("object", pl.col("due_date").cast(pl.Date, strict=False))
    invoices = (
        beside.filter(pl.col("type") == v.INVOICE)
        .join(dates, on="object")
        .group_by("item")
        .agg(pl.col("due_date").max().alias("last"))
    )
    itself = (
        pl.col("due_date").cast(pl.Date, strict=False)
        if "due_date" in own.columns
        else pl.lit(None, pl.Date)
    )
    return (
        own.select("item", itself.alias("own"))
        .join(invoices, on="item", how="left")
        .select("item", pl.coalesce("own", "last").alias("due"))
    )
