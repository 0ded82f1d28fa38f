"""Which one object of another type an object hangs on: the customer of an order, of an invoice."""

from __future__ import annotations

import polars as pl

from o2c_sim.eventlog import EventLog

# From an invoice by its delivery and its order to the customer.
_MOST_STEPS = 3


def linked_objects(log: EventLog, object_type: str) -> dict[str, pl.DataFrame]:
    """Return for each other type the objects that those of a type lead to, where it is one each.

    Parameters
    ----------
    log
        The log.
    object_type
        Where the relations start; they are followed from source to target, over at most three
        steps, by the shortest way to each type.

    Returns
    -------
    dict
        Type to ``object`` and ``linked`` (object numbers), by object. An object that leads to
        several of a type is not in it, and a type that none leads to alone is not either.
    """
    kinds = log.objects.select("object", pl.col("type").cast(pl.String))
    relations = log.object_relations.select("source", "target").unique()
    if relations.is_empty():
        return {}
    typed = relations.join(
        kinds.select(pl.col("object").alias("target"), pl.col("type").alias("to")), on="target"
    )
    reached = kinds.filter(pl.col("type") == object_type).select(
        "object", pl.col("object").alias("at")
    )
    found: dict[str, pl.DataFrame] = {}
    for _ in range(_MOST_STEPS):
        reached = (
            reached.join(typed, left_on="at", right_on="source")
            .filter(pl.col("to") != object_type)
            .filter(~pl.col("to").is_in(list(found)))
            .select("object", "to", pl.col("target").alias("at"))
            .unique()
        )
        if reached.is_empty():
            break
        for (kind,), part in reached.partition_by("to", as_dict=True).items():
            alone = part.filter(pl.len().over("object") == 1)
            if alone.height:
                found[str(kind)] = alone.select("object", pl.col("at").alias("linked")).sort(
                    "object"
                )
        reached = reached.select("object", "at")
    return found


def grouping(log: EventLog, object_type: str, by: str) -> pl.DataFrame | None:
    """Return which group each object of a type is in, by a linked type or an attribute.

    Parameters
    ----------
    log
        The log.
    object_type
        The objects to group.
    by
        A linked object type, or an attribute of the objects; capitals do not matter.

    Returns
    -------
    polars.DataFrame or None
        ``object`` and ``group`` (String); objects without one are left out. None where the log
        has no such type or attribute.
    """
    wanted = by.casefold()
    for kind, links in sorted(linked_objects(log, object_type).items()):
        if kind.casefold() == wanted:
            names = log.objects.select(pl.col("object").alias("linked"), "object_id")
            return links.join(names, on="linked").select(
                "object", pl.col("object_id").alias("group")
            )
    rows = log.objects_of(object_type)
    for name in rows.columns:
        if name.casefold() == wanted and name not in ("object", "object_id", "type"):
            return rows.select("object", pl.col(name).cast(pl.String).alias("group")).drop_nulls()
    return None
