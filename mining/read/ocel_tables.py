"""OCEL tables: what an engine read, checked for broken references and numbered.

Neither engine reports broken references as a count, and pm4py drops events and objects without
a partner, so referential integrity is checked here.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from mining.read.mapping import ColumnMapping
from mining.read.times import parse
from o2c_sim.errors import LogError, Problem, did_you_mean
from o2c_sim.eventlog import EVENT_COLUMNS, OBJECT_COLUMNS, TIME, EventLog, empty_changes

EVENT, OBJECT, ACTIVITY = "ocel:eid", "ocel:oid", "ocel:activity"
TYPE, STAMP, QUALIFIER, FIELD = "ocel:type", "ocel:timestamp", "ocel:qualifier", "ocel:field"
PARTS = ("start", "resource", "role", "automated", "amount")

Tables = dict[str, pl.DataFrame]


def event_log(
    tables: Tables,
    recorded: dict[str, list[str]],
    mapping: ColumnMapping,
    *,
    zone: str,
    where: str,
    notes: list[str],
) -> EventLog:
    """Turn the five tables of an engine into a log.

    Parameters
    ----------
    tables
        ``events``, ``objects``, ``relations``, ``o2o`` and ``object_changes`` with OCEL's names.
    recorded
        Event and object ids in the order recorded, where the engine loses it.
    mapping
        Event attributes that hold start, resource, role, automated and amount.
    zone
        The company's IANA time zone, kept with the log.
    where
        The file, for people.
    notes
        Counts of what is broken are added here.

    Raises
    ------
    LogError
        If an event lacks its id, time or activity, or a named attribute does not exist.
    """
    # Columns of an empty table come without a type, and cannot be joined then.
    events = tables["events"].cast({EVENT: pl.String, ACTIVITY: pl.String})
    objects = tables["objects"].cast({OBJECT: pl.String, TYPE: pl.String})
    problems = [
        Problem(f"{count} events have no {what}", where=where)
        for what, column in (("id", EVENT), ("activity", ACTIVITY), ("readable time", STAMP))
        if (count := events[column].null_count())
    ]
    if events.is_empty():
        problems.append(Problem("there is no event in it", where=where))
    if problems:
        raise LogError(problems)
    events = _ordered(events, EVENT, recorded.get("event")).sort(STAMP, maintain_order=True)
    events = _unique(events, EVENT, "event", notes)
    objects = _unique(_ordered(objects, OBJECT, recorded.get("object")), OBJECT, "object", notes)
    event_numbers = events.select(EVENT, pl.int_range(pl.len(), dtype=pl.UInt32).alias("event"))
    object_numbers = objects.select(OBJECT, pl.int_range(pl.len(), dtype=pl.UInt32).alias("object"))
    relations = _related(tables["relations"], event_numbers, object_numbers, notes)
    log = EventLog(
        events=_events(events, mapping, where),
        objects=_objects(objects),
        event_objects=relations,
        object_relations=_object_relations(tables["o2o"], object_numbers, notes),
        object_changes=_changes(tables["object_changes"], object_numbers),
        zone=zone,
        source=where,
    )
    _lonely(log, notes)
    return log


def _unique(table: pl.DataFrame, key: str, what: str, notes: list[str]) -> pl.DataFrame:
    kept = table.unique(key, keep="first", maintain_order=True)
    if kept.height < table.height:
        notes.append(f"{table.height - kept.height} {what}s with an id that occurs before")
    return kept


def _ordered(table: pl.DataFrame, key: str, ids: list[str] | None) -> pl.DataFrame:
    if ids is None:
        return table
    order = pl.DataFrame({key: ids}, schema={key: pl.String}).unique(key, maintain_order=True)
    order = order.with_row_index("@order")
    return table.join(order, on=key, how="left").sort("@order", maintain_order=True).drop("@order")


def _events(events: pl.DataFrame, mapping: ColumnMapping, where: str) -> pl.DataFrame:
    attributes = [c for c in events.columns if not c.startswith("ocel:")]
    unknown = [
        Problem(
            f"no event has the attribute {column!r} (--{part})",
            where=where,
            allowed=", ".join(attributes),
            suggestion=did_you_mean(column, attributes),
        )
        for part in PARTS
        if (column := mapping.column(part)) is not None and column not in attributes
    ]
    if unknown:
        raise LogError(unknown)
    used = {part: mapping.column(part) or part for part in PARTS}
    kinds: dict[str, Any] = {
        "start": TIME, "resource": None, "role": None, "automated": pl.Boolean, "amount": pl.Float64
    }  # fmt: skip
    columns = [
        pl.int_range(events.height, dtype=pl.UInt32, eager=True).alias("event"),
        _enum(events[ACTIVITY]).alias("activity"),
    ]
    for part in PARTS:
        name = used[part]
        values = events[name] if name in attributes else pl.Series(name, [None] * events.height)
        columns.append(_as(values, kinds[part]).alias(part))
    columns.insert(3, events[STAMP].cast(TIME).alias("time"))
    taken = {*EVENT_COLUMNS, "event_id", "case"}
    rest = [
        _attribute(events[c], taken)
        for c in attributes
        if c not in used.values() and events[c].null_count() < events.height
    ]
    return pl.DataFrame([*columns, events[EVENT].alias("event_id"), *rest])


def _objects(objects: pl.DataFrame) -> pl.DataFrame:
    own = [c for c in objects.columns if not c.startswith("ocel:")]
    attributes = [_attribute(objects[c], {*OBJECT_COLUMNS}) for c in own]
    return pl.DataFrame(
        [
            pl.int_range(objects.height, dtype=pl.UInt32, eager=True).alias("object"),
            objects[OBJECT].alias("object_id"),
            _enum(objects[TYPE]).alias("type"),
            *(a for a in attributes if a.null_count() < len(a)),
        ]
    )


def _attribute(values: pl.Series, taken: set[str]) -> pl.Series:
    """Return an attribute under a name that is free, and of a type that can be written."""
    if isinstance(values.dtype, pl.Datetime):
        values = values.cast(TIME)
    return values.alias(f"{values.name}_column") if values.name in taken else values


def _as(values: pl.Series, dtype: Any) -> pl.Series:
    if dtype is None:
        return _enum(values.cast(pl.String))
    if dtype == TIME and values.dtype == pl.String:
        return parse(values, "UTC").values
    if dtype == pl.Boolean and values.dtype == pl.String:
        return values.str.to_lowercase().replace_strict(
            ["true", "false", "1", "0"], [True, False, True, False], default=None,
            return_dtype=pl.Boolean,
        )  # fmt: skip
    return values.cast(dtype, strict=False)


def _enum(values: pl.Series) -> pl.Series:
    return values.cast(pl.Enum(values.drop_nulls().unique().sort()))


def _related(
    relations: pl.DataFrame, events: pl.DataFrame, objects: pl.DataFrame, notes: list[str]
) -> pl.DataFrame:
    joined = _texts(relations, EVENT, OBJECT)
    joined = joined.join(events, on=EVENT, how="left").join(objects, on=OBJECT, how="left")
    return _kept(joined, "event", "object", "event-to-object", notes)


def _object_relations(o2o: pl.DataFrame, objects: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    if o2o.is_empty():
        o2o = pl.DataFrame(schema=dict.fromkeys((OBJECT, f"{OBJECT}_2", QUALIFIER), pl.String))
    sources = objects.rename({"object": "source"})
    targets = objects.rename({"object": "target", OBJECT: f"{OBJECT}_2"})
    joined = _texts(o2o, OBJECT, f"{OBJECT}_2")
    joined = joined.join(sources, on=OBJECT, how="left").join(targets, on=f"{OBJECT}_2", how="left")
    return _kept(joined, "source", "target", "object-to-object", notes)


def _texts(relations: pl.DataFrame, *keys: str) -> pl.DataFrame:
    return relations.select(
        *(pl.col(key).cast(pl.String) for key in keys),
        pl.col(QUALIFIER).cast(pl.String).fill_null(""),
    )


def _kept(joined: pl.DataFrame, left: str, right: str, what: str, notes: list[str]) -> pl.DataFrame:
    whole = joined.drop_nulls([left, right])
    if whole.height < joined.height:
        notes.append(
            f"{joined.height - whole.height} {what} relations refer to something that does not "
            "exist and are left out"
        )
    columns = [left, right, "qualifier"]
    single = whole.rename({QUALIFIER: "qualifier"}).select(columns).unique()
    if single.height < whole.height:
        notes.append(f"{whole.height - single.height} {what} relations occur twice")
    single = single.sort(columns)
    return single.with_columns(_enum(single["qualifier"]))


def _changes(changes: pl.DataFrame, objects: pl.DataFrame) -> pl.DataFrame:
    if changes.is_empty() or FIELD not in changes.columns:
        return empty_changes()
    fields = changes[FIELD].drop_nulls().unique().sort().to_list()
    nothing = pl.lit(None, dtype=pl.String)
    value = pl.coalesce(
        nothing,
        *(
            pl.when(pl.col(FIELD) == field).then(pl.col(field).cast(pl.String)).otherwise(nothing)
            for field in fields
            if field in changes.columns
        ),
    )
    return (
        changes.with_columns(value=value)
        .join(objects, on=OBJECT, how="inner")
        .select("object", pl.col(STAMP).cast(TIME).alias("time"),
                pl.col(FIELD).alias("attribute"), "value")
        .drop_nulls(["attribute", "time"])
        .sort("object", "time", "attribute", maintain_order=True)
    )  # fmt: skip


def _lonely(log: EventLog, notes: list[str]) -> None:
    events = log.events.height - log.event_objects["event"].n_unique()
    objects = log.objects.height - log.event_objects["object"].n_unique()
    if events:
        notes.append(f"{events} events have no object: they belong to no case")
    if objects:
        notes.append(f"{objects} objects have no event")
