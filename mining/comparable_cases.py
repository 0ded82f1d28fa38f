"""What makes cases comparable: how long they took, what they are worth, whose, how far they got."""

from __future__ import annotations

import polars as pl

from mining.activity_names import reference_names
from mining.bottlenecks import value_column
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

_DAY = 86_400_000_000
# How far a case got; a later one counts more.
_REACHED = {
    "entered": (v.CREATE_SALES_ORDER, v.CONFIRM_ORDER),
    "delivery": (v.CREATE_DELIVERY,),
    "goods issue": (v.POST_GOODS_ISSUE,),
    "billed": (v.CREATE_INVOICE,),
    "paid": (v.RECEIVE_PAYMENT,),
    "cleared": (v.CLEAR_INVOICE,),
    "written off": (v.WRITE_OFF_INVOICE,),
    "cancelled": (v.CANCEL_ORDER, v.CANCEL_INVOICE),
}
_VALUES = ("value", "amount")


def comparable_cases(log: EventLog, object_type: str) -> pl.DataFrame:
    """Return what decides whether two cases of a type may be compared.

    Parameters
    ----------
    log
        The log.
    object_type
        The case notion.

    Returns
    -------
    polars.DataFrame
        By case with an event: ``case`` (object number), ``days`` (first to last event, elapsed),
        ``value`` (currency; its ``value`` or ``amount``, or else what
        :func:`mining.bottlenecks.value_column` finds, or the largest amount of an event; null where
        there is none), ``segment`` (its own, or that of its customer, directly or
        through its orders; empty where unknown), ``reached`` (how far it got, by the names of the
        reference vocabulary), ``ended`` (whether it got as far as any case of the log does, or was
        cancelled or written off: a case under way has no duration yet).

    Raises
    ------
    LogError
        If no object has that type.
    """
    rows = log.flatten(object_type)
    rank = {name: place for place, names in enumerate(_REACHED.values(), 1) for name in names}
    ranks = {
        own: rank.get(reference or "", 0)
        for own, reference in reference_names(log.activities).items()
    }
    steps = rows.with_columns(
        pl.col("activity").cast(pl.String).replace_strict(ranks, return_dtype=pl.Int64).alias("far")
    )
    table = steps.group_by(pl.col("case").cast(pl.Int64)).agg(
        ((pl.col("time").max() - pl.col("time").min()).dt.total_microseconds() / _DAY).alias(
            "days"
        ),
        pl.col("amount").abs().max().alias("largest"),
        pl.col("far").max(),
    )
    about = log.objects_of(object_type)
    worth = [name for name in _VALUES if name in about]
    named = value_column(log, object_type)
    worth += [named] if named is not None and named not in worth else []
    values = [pl.col(name).cast(pl.Float64, strict=False) for name in worth]
    own = about.select(
        pl.col("object").cast(pl.Int64).alias("case"),
        pl.coalesce(*values, pl.lit(None, pl.Float64)).alias("value"),
    )
    names = pl.DataFrame({"far": range(len(_REACHED) + 1), "reached": ["", *_REACHED]})
    stages = list(_REACHED)
    cleared = stages.index("cleared") + 1
    furthest = table.filter(pl.col("far") <= cleared)["far"].max()
    return (
        table.join(own, on="case", how="left")
        .join(names, on="far", how="left")
        .join(_segments(log, object_type), on="case", how="left")
        .select(
            "case",
            "days",
            pl.coalesce("value", "largest").alias("value"),
            pl.col("segment").fill_null(""),
            pl.col("reached").fill_null(""),
            ((pl.col("far") == furthest) | (pl.col("far") > cleared)).alias("ended"),
        )
        .sort("case")
    )


def _segments(log: EventLog, object_type: str) -> pl.DataFrame:
    """Return ``case`` and ``segment`` of the cases of which it is known."""
    nothing = pl.DataFrame(schema={"case": pl.Int64, "segment": pl.String})
    if "segment" not in log.objects.columns:
        return nothing
    known = (
        log.objects.lazy()
        .filter(pl.col("segment").is_not_null())
        .select("object", pl.col("segment").cast(pl.String))
    )
    cases = (
        log.objects.lazy()
        .filter(pl.col("type").cast(pl.String) == object_type)
        .select(pl.col("object").alias("case"))
    )
    beside = _beside(log)
    itself = cases.select("case", pl.col("case").alias("object"))
    near = cases.join(beside, on="case").select("case", "object")
    orders = log.objects.lazy().filter(pl.col("type").cast(pl.String) == v.ORDER).select("object")
    through = (
        near.join(orders, on="object", how="semi")
        .rename({"object": "order"})
        .join(beside.rename({"case": "order"}), on="order")
        .select("case", "object")
    )
    for way in (itself, near, through):
        found = (
            way.join(known, on="object")
            .group_by(pl.col("case").cast(pl.Int64))
            .agg(pl.col("segment").min())
            .collect()
        )
        if found.height:
            return found
    return nothing


def _beside(log: EventLog) -> pl.LazyFrame:
    """Return pairs of objects (``case``, ``object``) that are related, or share an event.

    Only customers and orders are looked for on the far side, so the pairs stay few.
    """
    far = (
        log.objects.lazy()
        .filter(pl.col("type").cast(pl.String).is_in([v.CUSTOMER, v.ORDER]))
        .select("object")
    )
    links = log.event_objects.lazy().select("event", "object")
    shared = links.rename({"object": "case"}).join(links.join(far, on="object"), on="event")
    related = log.object_relations.lazy().select(
        pl.col("source").alias("case"), pl.col("target").alias("object")
    )
    return (
        pl.concat([shared.select("case", "object"), related.join(far, on="object", how="semi")])
        .filter(pl.col("case") != pl.col("object"))
        .unique()
    )
