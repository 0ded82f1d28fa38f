"""OCEL 2.0 SQLite, the relational serialisation.

Written here rather than by r4pm or pm4py: r4pm has no writer for it, and pm4py's writes tables
without the primary and foreign keys that the standard asks for.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from mining.write.parts import EPOCH, Parts, attributes
from mining.write.text import plain, standard_type

_SQL_TYPES = {
    "boolean": "BOOLEAN", "integer": "INTEGER", "float": "REAL", "time": "TIMESTAMP",
    "string": "TEXT",
}  # fmt: skip

_TABLES = """
CREATE TABLE event_map_type (ocel_type TEXT, ocel_type_map TEXT, PRIMARY KEY(ocel_type));
CREATE TABLE object_map_type (ocel_type TEXT, ocel_type_map TEXT, PRIMARY KEY(ocel_type));
CREATE TABLE event (ocel_id TEXT, ocel_type TEXT, PRIMARY KEY(ocel_id),
  FOREIGN KEY(ocel_type) REFERENCES event_map_type(ocel_type));
CREATE TABLE object (ocel_id TEXT, ocel_type TEXT, PRIMARY KEY(ocel_id),
  FOREIGN KEY(ocel_type) REFERENCES object_map_type(ocel_type));
CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT,
  PRIMARY KEY(ocel_event_id, ocel_object_id, ocel_qualifier),
  FOREIGN KEY(ocel_event_id) REFERENCES event(ocel_id),
  FOREIGN KEY(ocel_object_id) REFERENCES object(ocel_id));
CREATE TABLE object_object (ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT,
  PRIMARY KEY(ocel_source_id, ocel_target_id, ocel_qualifier),
  FOREIGN KEY(ocel_source_id) REFERENCES object(ocel_id),
  FOREIGN KEY(ocel_target_id) REFERENCES object(ocel_id));
"""


def write(parts: Parts, path: Path) -> None:
    """Write the parts of a log as one OCEL 2.0 SQLite database.

    Parameters
    ----------
    parts
        See :func:`~mining.write.parts.split`.
    path
        The file to make.
    """
    connection = sqlite3.connect(path)
    try:
        # The file is written aside and renamed, so nothing is gained by a journal.
        connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _TABLES)
        event_tables = _table_names(parts.event_types)
        object_tables = _table_names(parts.object_types)
        _insert(connection, "event_map_type", 2, event_tables.items())
        _insert(connection, "object_map_type", 2, object_tables.items())
        _insert(connection, "event", 2, _rows(parts.events.select("id", "activity")))
        _insert(connection, "object", 2, _rows(parts.objects.select("id", "type")))
        _insert(
            connection, "event_object", 3,
            _rows(parts.event_objects.select("event_id", "object_id", "qualifier")),
        )  # fmt: skip
        _insert(
            connection, "object_object", 3,
            _rows(parts.object_relations.select("source_id", "target_id", "qualifier")),
        )  # fmt: skip
        _events(connection, parts, event_tables)
        _objects(connection, parts, object_tables)
        connection.commit()
    finally:
        connection.close()


def _events(connection: sqlite3.Connection, parts: Parts, tables: dict[str, str]) -> None:
    by_type = _by_type(parts.events, "activity")
    for name, table in tables.items():
        declared = parts.event_types[name]
        columns = "".join(f", {_quoted(a)} {_SQL_TYPES[k]}" for a, k in declared.items())
        connection.execute(
            f"CREATE TABLE {_quoted('event_' + table)} (ocel_id TEXT, ocel_time TIMESTAMP{columns},"
            " PRIMARY KEY(ocel_id), FOREIGN KEY(ocel_id) REFERENCES event(ocel_id))"
        )
        rows = by_type[name].select("id", _stamp(), *_values(by_type[name], declared))
        _insert(connection, f"event_{table}", rows.width, _rows(rows))


def _objects(connection: sqlite3.Connection, parts: Parts, tables: dict[str, str]) -> None:
    by_type = _by_type(parts.objects, "type")
    for name, table in tables.items():
        declared = parts.object_types[name]
        columns = "".join(f", {_quoted(a)} {_SQL_TYPES[k]}" for a, k in declared.items())
        connection.execute(
            f"CREATE TABLE {_quoted('object_' + table)} (ocel_id TEXT, ocel_time TIMESTAMP,"
            f" ocel_changed_field TEXT{columns},"
            " FOREIGN KEY(ocel_id) REFERENCES object(ocel_id))"
        )
        first = by_type[name].select(
            "id",
            pl.lit(EPOCH.replace("T", " ")).alias("time"),
            pl.lit(None, dtype=pl.String).alias("field"),
            *_values(by_type[name], declared),
        )
        _insert(connection, f"object_{table}", first.width, _rows(first))
        changes = parts.object_changes.filter(pl.col("type") == name)
        later = changes.select(
            "id",
            _stamp(),
            "attribute",
            *(pl.when(pl.col("attribute") == a).then(pl.col("value")).alias(a) for a in declared),
        )
        _insert(connection, f"object_{table}", later.width, _rows(later))


def _stamp() -> pl.Expr:
    return pl.col("time").dt.strftime("%Y-%m-%d %H:%M:%S%.fZ")


def _values(table: pl.DataFrame, declared: dict[str, str]) -> list[pl.Expr]:
    own = set(attributes(table))
    expressions = []
    for name in declared:
        if name not in own:
            # Declared only because it changes later; no first value is known.
            expressions.append(pl.lit(None, dtype=pl.String).alias(name))
            continue
        dtype = table.schema[name]
        kind = standard_type(dtype)
        value = plain(name, dtype) if kind in ("time", "string") else pl.col(name)
        if kind == "boolean":
            value = value.cast(pl.Int8)
        expressions.append(value.alias(name))
    return expressions


def _by_type(table: pl.DataFrame, kind: str) -> dict[str, pl.DataFrame]:
    named = table.with_columns(pl.col(kind).cast(pl.String))
    pieces = named.partition_by(kind, as_dict=True, maintain_order=True)
    return {str(key[0]): piece for key, piece in pieces.items()}


def _table_names(types: Iterable[str]) -> dict[str, str]:
    """Return a table name for every type; SQLite does not tell upper from lower case."""
    names: dict[str, str] = {}
    taken: set[str] = {"map_type"}
    for name in types:
        base = re.sub(r"\W+", "", name.title() if name.islower() else name) or "Type"
        candidate, number = base, 2
        while candidate.lower() in taken | {"object"}:
            candidate, number = f"{base}_{number}", number + 1
        taken.add(candidate.lower())
        names[name] = candidate
    return names


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _rows(table: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    return table.iter_rows()


def _insert(
    connection: sqlite3.Connection, table: str, width: int, rows: Iterable[tuple[Any, ...]]
) -> None:
    marks = ",".join("?" * width)
    connection.executemany(f"INSERT INTO {_quoted(table)} VALUES ({marks})", rows)
