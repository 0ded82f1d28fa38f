"""Parts of an object-centric log in the words of the OCEL 2.0 standard.

The three OCEL writers share what the standard asks for and the tables do not have: text ids,
the attributes that each type declares, and relations without repetition.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from mining.write.text import standard_type
from o2c_sim.eventlog import EventLog

EPOCH = "1970-01-01T00:00:00Z"
SLICE = 50_000

_NOT_ATTRIBUTES = {
    "event", "event_id", "id", "activity", "time", "object", "object_id", "type"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parts:
    """A log with text ids.

    Parameters
    ----------
    events
        The event table with ``id``, in order of time.
    objects
        The object table with ``id``.
    event_objects
        ``event``, ``object_id``, ``qualifier`` and the numbers, each relation once.
    object_relations
        ``source``, ``target``, ``source_id``, ``target_id``, ``qualifier``, each once.
    object_changes
        ``object``, ``id``, ``time``, ``attribute``, ``value``.
    event_types, object_types
        For every type its attributes with their OCEL types.
    """

    events: pl.DataFrame
    objects: pl.DataFrame
    event_objects: pl.DataFrame
    object_relations: pl.DataFrame
    object_changes: pl.DataFrame
    event_types: dict[str, dict[str, str]]
    object_types: dict[str, dict[str, str]]


def split(log: EventLog) -> Parts:
    """Return the parts of *log* that the OCEL writers write.

    Event ids are the column ``event_id`` if it is complete and unique, else ``e<number>``.
    """
    events = log.events.with_columns(id=event_ids(log.events)).sort("time", "event")
    objects = log.objects.with_columns(id=pl.col("object_id").cast(pl.String))
    names = objects.select("object", object_id="id")
    qualifier = pl.col("qualifier").cast(pl.String).fill_null("")
    event_objects = (
        log.event_objects.select("event", "object", qualifier)
        .unique()
        .join(names, on="object", how="inner")
        .join(events.select("event", event_id="id"), on="event", how="inner")
        .sort("event", "object", "qualifier")
    )
    relations = (
        log.object_relations.select("source", "target", qualifier)
        .unique()
        .join(names.rename({"object": "source", "object_id": "source_id"}), on="source")
        .join(names.rename({"object": "target", "object_id": "target_id"}), on="target")
        .sort("source", "target", "qualifier")
    )
    changes = log.object_changes.join(
        objects.select("object", "id", pl.col("type").cast(pl.String)), on="object", how="inner"
    ).sort("object", "time", "attribute", maintain_order=True)
    object_types = _declared(objects, "type")
    for name, attribute in changes.select("type", "attribute").unique().sort(pl.all()).iter_rows():
        object_types[name].setdefault(attribute, "string")
    return Parts(
        events=events,
        objects=objects,
        event_objects=event_objects,
        object_relations=relations,
        object_changes=changes,
        event_types=_declared(events, "activity"),
        object_types=object_types,
    )


def event_ids(events: pl.DataFrame) -> pl.Series:
    """Return one text id per event, in the order of the rows."""
    if "event_id" in events.columns:
        own = events["event_id"].cast(pl.String)
        if own.null_count() == 0 and own.n_unique() == len(own):
            return own.alias("id")
    return events.select(pl.format("e{}", pl.col("event")).alias("id"))["id"]


def attributes(table: pl.DataFrame) -> list[str]:
    """Return the columns of an event or object table that are attributes."""
    return [c for c in table.columns if c not in _NOT_ATTRIBUTES]


def slices(table: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the table in pieces, so that their text never fills the memory."""
    return table.iter_slices(SLICE)


def _declared(table: pl.DataFrame, kind: str) -> dict[str, dict[str, str]]:
    """Return for every type the attributes that at least one of its rows has."""
    columns = attributes(table)
    present = (
        table.lazy()
        .group_by(pl.col(kind).cast(pl.String))
        .agg(pl.col(c).is_not_null().any() for c in columns)
        .sort(kind)
        .collect()
    )
    return {
        row[kind]: {c: standard_type(table.schema[c]) for c in columns if row[c]}
        for row in present.iter_rows(named=True)
    }
