"""Objects, events and relations of a log under construction, by readable identity."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from o2c_sim.errors import LogError, Problem
from o2c_sim.eventlog import TIME, EventLog

_EVENT: dict[str, Any] = {
    "ref": pl.String, "activity": pl.String, "time": TIME, "resource": pl.String,
    "automated": pl.Boolean, "amount": pl.Float64, "rank": pl.Int32, "transaction": pl.String,
    "only_day": pl.Boolean,
}  # fmt: skip
_CHANGE: dict[str, Any] = {
    "object_id": pl.String,
    "time": TIME,
    "attribute": pl.String,
    "value": pl.String,
}


def identity(object_type: str, *parts: str) -> pl.Expr:
    """Return ``type:number`` of columns; null where one is: numbers repeat from type to type."""
    number = pl.concat_str([pl.col(part) for part in parts], separator="/")
    return pl.concat_str(pl.lit(f"{object_type}:"), number)


@dataclass(slots=True)
class Parts:
    """What a log is put together from."""

    objects: list[pl.DataFrame] = field(default_factory=list)
    events: list[pl.DataFrame] = field(default_factory=list)
    related: list[pl.DataFrame] = field(default_factory=list)
    lasting: list[pl.DataFrame] = field(default_factory=list)
    changes: list[pl.DataFrame] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add_objects(
        self, object_type: str, rows: pl.DataFrame, key: tuple[str, ...], *attributes: str | pl.Expr
    ) -> None:
        """Add one object of a type for each row."""
        self.objects.append(
            rows.select(
                identity(object_type, *key).alias("object_id"),
                pl.lit(object_type).alias("type"),
                pl.concat_str([pl.col(part) for part in key], separator="/").alias("number"),
                *attributes,
            )
            .drop_nulls("object_id")
            .unique("object_id", keep="first", maintain_order=True)
        )

    def add_events(
        self, activity: str, rows: pl.DataFrame, ref: tuple[str, ...], rank: int, **columns: pl.Expr
    ) -> None:
        """Add one event for each row that has a time; *columns* as the table of events has."""
        given = {
            name: columns.get(name, pl.lit(None)).cast(dtype)
            for name, dtype in _EVENT.items()
            if name not in ("ref", "activity", "rank")
        }
        self.events.append(
            rows.select(
                identity(activity, *ref).alias("ref"), pl.lit(activity).alias("activity"), **given,
            )
            .with_columns(pl.lit(rank, pl.Int32).alias("rank"))
            .drop_nulls(["ref", "time"])
            .unique("ref", keep="first", maintain_order=True)
            .select(list(_EVENT))
        )  # fmt: skip

    def relate(
        self, activity: str, rows: pl.DataFrame, ref: tuple[str, ...], object_type: str,
        key: tuple[str, ...],
    ) -> None:  # fmt: skip
        """Relate events to objects, a pair for each row."""
        self.related.append(
            rows.select(
                identity(activity, *ref).alias("ref"),
                identity(object_type, *key).alias("object_id"),
                pl.lit(object_type).alias("qualifier"),
            ).drop_nulls()
        )

    def bind(
        self, qualifier: str, rows: pl.DataFrame, source: tuple[str, tuple[str, ...]],
        target: tuple[str, tuple[str, ...]],
    ) -> None:  # fmt: skip
        """Relate objects to objects, a pair for each row."""
        self.lasting.append(
            rows.select(
                identity(source[0], *source[1]).alias("source_id"),
                identity(target[0], *target[1]).alias("target_id"),
                pl.lit(qualifier).alias("qualifier"),
            ).drop_nulls()
        )

    def add_changes(self, rows: pl.DataFrame) -> None:
        """Add changes of attributes: object_id, time, attribute, value."""
        self.changes.append(rows.select(pl.col(c).cast(t) for c, t in _CHANGE.items()))

    def log(self, zone: str, source: str) -> EventLog:
        """Return the log; relations to what does not exist are left out and counted."""
        if not self.events or not sum(part.height for part in self.events):
            raise LogError(Problem("no document has a time, so there is no event", where=source))
        events = pl.concat(self.events).sort("time", "rank", "ref").with_row_index("event")
        objects = (
            pl.concat(self.objects, how="diagonal_relaxed")
            .unique("object_id", keep="first", maintain_order=True)
            .with_row_index("object")
        )
        number = objects.select("object_id", "object")
        related = self._known(
            pl.concat(self.related).unique(maintain_order=True)
            .join(events.select("ref", "event"), on="ref", how="inner")
            .join(number, on="object_id", how="left")
            .select("event", "object", "qualifier"), "of events",
        )  # fmt: skip
        source_number = number.rename({"object_id": "source_id", "object": "source"})
        target_number = number.rename({"object_id": "target_id", "object": "target"})
        lasting = self._known(
            pl.concat(self.lasting).unique(maintain_order=True)
            .join(source_number, on="source_id", how="left")
            .join(target_number, on="target_id", how="left")
            .select("source", "target", "qualifier"), "between documents",
        )  # fmt: skip
        changes = pl.concat(self.changes) if self.changes else pl.DataFrame(schema=_CHANGE)
        changed = (
            changes.join(number, on="object_id", how="inner")
            .select("object", "time", "attribute", "value")
            .sort("object", "time", "attribute", maintain_order=True)
        )
        return EventLog(
            events=_event_table(events),
            objects=_without_empty(
                objects.select("object", "object_id", _enum(objects["type"]),
                               pl.exclude("object", "object_id", "type"))
            ),
            event_objects=related.with_columns(_enum(related["qualifier"])).sort("event", "object"),
            object_relations=lasting.with_columns(_enum(lasting["qualifier"]))
            .sort("source", "target", "qualifier"),
            object_changes=changed,
            zone=zone,
            source=source,
        )  # fmt: skip

    def _known(self, joined: pl.DataFrame, what: str) -> pl.DataFrame:
        known = joined.drop_nulls()
        if missing := joined.height - known.height:
            self.notes.append(
                f"{missing:,} links {what} name a document that is not in the extract; left out"
            )
        return known.unique(maintain_order=True)


def _event_table(events: pl.DataFrame) -> pl.DataFrame:
    table = events.select(
        "event",
        _enum(events["activity"]),
        pl.lit(None, TIME).alias("start"),
        "time",
        _enum(events["resource"]),
        pl.lit(None, pl.Enum([])).alias("role"),
        "automated",
        "amount",
        "transaction",
        "only_day",
        pl.col("ref").alias("event_id"),
    )
    return _without_empty(table, "start", "resource", "role", "automated", "amount")


def _without_empty(table: pl.DataFrame, *kept: str) -> pl.DataFrame:
    empty = [c for c in table.columns if c not in kept and table[c].null_count() == table.height]
    return table.drop(empty)


def _enum(values: pl.Series) -> pl.Series:
    return values.cast(pl.Enum(values.drop_nulls().unique().sort()))
