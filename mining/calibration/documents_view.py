"""Orders and deliveries of a log as tables: when what happened to each."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from mining.calibration.estimate import Source
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog


def delivery_type(source: Source) -> str:
    """Return the object type that deliveries are seen by: their own, or the case of a flat log."""
    return v.DELIVERY if v.DELIVERY in source.log.object_types else source.case_type


def order_type(source: Source) -> str:
    """Return the object type that orders are seen by: their own, or the case of a flat log."""
    return v.ORDER if v.ORDER in source.log.object_types else source.case_type


def moments(log: EventLog, object_type: str, firsts: Iterable[str]) -> pl.DataFrame:
    """Return when each of some activities first happened to the objects of a type.

    Returns
    -------
    polars.DataFrame
        ``case``; a column per activity, null where it never happened; and one named
        ``<activity> start``, when the first of them began (null where the log does not say).
    """
    names = list(dict.fromkeys(firsts))
    wanted = log.events.with_columns(pl.col("activity").cast(pl.String)).filter(
        pl.col("activity").is_in(names)
    )
    numbers = log.objects.filter(pl.col("type").cast(pl.String) == object_type).select("object")
    rows = (
        log.event_objects.select("event", "object")
        .join(numbers, on="object", how="semi")
        .join(wanted.select("event", "activity", "start", "time"), on="event")
        .sort("time", "event")
    )
    columns = []
    for name in names:
        own = pl.col("activity") == name
        columns += [
            pl.col("time").filter(own).first().alias(name),
            pl.col("start").filter(own).first().alias(f"{name} start"),
        ]
    return (
        rows.group_by("case" if "case" in rows.columns else "object")
        .agg(columns)
        .rename({"object": "case"})
        .sort("case")
    )


def links(log: EventLog, activity: str, first: str, second: str) -> pl.DataFrame:
    """Return the objects of two types that events of an activity have in common.

    Returns
    -------
    polars.DataFrame
        ``event``, ``time``, *first* and *second* (object numbers).
    """
    events = log.events.filter(pl.col("activity").cast(pl.String) == activity)
    kind = log.objects.select("object", pl.col("type").cast(pl.String))
    pairs = (
        log.event_objects.select("event", "object")
        .join(events.select("event", "time"), on="event")
        .join(kind, on="object")
    )
    one, other = (
        pairs.filter(pl.col("type") == name).select("event", "time", pl.col("object").alias(name))
        for name in (first, second)
    )
    return (
        one.join(other.drop("time"), on="event")
        .unique(["event", first, second])
        .sort("event", first, second)
    )


def related(log: EventLog, qualifier: str) -> pl.DataFrame:
    """Return ``source`` and ``target`` of the relations between objects of one name."""
    table = log.object_relations
    return table.filter(pl.col("qualifier").cast(pl.String) == qualifier).select("source", "target")


def customers_of_deliveries(log: EventLog) -> pl.DataFrame:
    """Return ``delivery`` and ``customer``, whose orders it delivers."""
    orders = related(log, "delivers").rename({"source": "delivery", "target": "order"})
    placed = related(log, "placed by").rename({"source": "order", "target": "customer"})
    return (
        orders.join(placed, on="order")
        .group_by("delivery")
        .agg(pl.col("customer").first())
        .sort("delivery")
    )
