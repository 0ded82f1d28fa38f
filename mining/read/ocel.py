"""OCEL 2.0: object-centric logs in their three serialisations.

Read with r4pm, else with pm4py; what they return becomes a log in :mod:`mining.read.ocel_tables`.
Attributes that the file does not declare for a type are not valid OCEL 2.0; r4pm leaves them out.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from mining.read import engines
from mining.read.container import HEAD
from mining.read.mapping import ColumnMapping
from mining.read.ocel_tables import STAMP, Tables, event_log
from mining.read.times import parse
from mining.read.xes import spoken_notes
from o2c_sim.errors import LogError, Problem
from o2c_sim.eventlog import EventLog

IMPORTER = {
    "ocel-json": ("jsonocel", "OCEL20_STANDARD"),
    "ocel-xml": ("xmlocel", "OCEL20"),
    "ocel-sqlite": ("sqlite", "OCEL20"),
}
SUFFIXES = {
    "ocel-json": (".json", ".jsonocel"),
    "ocel-xml": (".xml", ".xmlocel"),
    "ocel-sqlite": (".sqlite", ".db"),
}
AWARE = re.compile(r"(Z|UTC|[+-]\d{2}:?\d{2})\s*$")


def read(
    plain: Path,
    source: Path,
    mapping: ColumnMapping,
    form: str,
    zone: str,
    *,
    engine: str | None = None,
) -> tuple[EventLog, list[str]]:
    """Read an OCEL 2.0 file.

    Parameters
    ----------
    plain
        The file without compression, already screened.
    source
        The file that the user named.
    mapping
        Event attributes that hold start, resource, role, automated and amount; attributes of
        exactly these names are used otherwise.
    form
        ``ocel-json``, ``ocel-xml`` or ``ocel-sqlite``.
    zone
        The company's IANA time zone, kept with the log; stamps are UTC in this format.
    engine
        ``r4pm`` or ``pm4py``; the first that is installed when ``None``.

    Returns
    -------
    tuple
        The log, and notes with counts of broken references.

    Raises
    ------
    LogError
        If the file is not OCEL 2.0, or an event lacks its time or activity.
    MissingDependencyError
        If neither engine is installed.
    """
    where = str(source)
    notes: list[str] = []
    recorded: dict[str, list[str]] = {}
    if form == "ocel-sqlite":
        recorded, naive, notes = _sqlite_facts(plain, where)
    else:
        naive = _is_naive(plain)
    tables, spoken = _tables(plain, where, form, engine)
    if naive and zone != "UTC":
        tables = {name: _in_zone(table, zone, notes) for name, table in tables.items()}
    # For a database the broken references that the engine prints have been counted already.
    kept = [line for line in spoken if form != "ocel-sqlite" or "not found" not in line]
    notes += spoken_notes(kept)
    log = event_log(tables, recorded, mapping, zone=zone, where=where, notes=notes)
    return log, notes


def _tables(plain: Path, where: str, form: str, engine: str | None) -> tuple[Tables, list[str]]:
    fast = engines.load("r4pm.df") if engine != "pm4py" else None
    if fast is not None:
        calls = {
            "ocel-json": fast.import_ocel_json,
            "ocel-xml": fast.import_ocel_xml,
            "ocel-sqlite": fast.import_ocel,
        }
        if plain.suffix not in SUFFIXES[form]:
            # The compiled reader goes by the name of the file; a link would not do on Windows.
            return _renamed(plain, where, calls[form], SUFFIXES[form][0])
        tables, spoken = engines.run(lambda: calls[form](str(plain)), where)
        return {name: _sorted_columns(table) for name, table in tables.items()}, spoken
    engines.pm4py()
    folder, variant = IMPORTER[form]
    importer = engines.load(f"pm4py.objects.ocel.importer.{folder}.importer")
    assert importer is not None
    # By its own parser: pm4py's simplified reader would call r4pm where that is installed.
    own = importer.Variants[variant]
    ocel, spoken = engines.run(lambda: importer.apply(str(plain), variant=own), where)
    names = {"o2o": "o2o", "object_changes": "object_changes", "relations": "relations"}
    names |= {"events": "events", "objects": "objects"}
    tables = {name: engines.to_polars(getattr(ocel, name)) for name in names}
    spoken.insert(0, "pm4py leaves out events without objects and objects without events")
    return {name: _sorted_columns(table) for name, table in tables.items()}, spoken


def _renamed(plain: Path, where: str, call: Any, suffix: str) -> tuple[Tables, list[str]]:
    with tempfile.TemporaryDirectory(prefix="o2c-") as folder:
        copy = Path(folder) / f"log{suffix}"
        shutil.copyfile(plain, copy)
        tables, spoken = engines.run(lambda: call(str(copy)), where)
    return {name: _sorted_columns(table) for name, table in tables.items()}, spoken


def _sorted_columns(table: pl.DataFrame) -> pl.DataFrame:
    """Return the table with its attributes in a fixed order; the engine's order is random."""
    return table.select(sorted(table.columns))


def _is_naive(plain: Path) -> bool:
    """Tell whether the first event of a JSON or XML file has a time without an offset."""
    with plain.open("rb") as file:
        text = file.read(HEAD)
    # Attributes of objects carry times too, but those of 1970 mean "from the beginning".
    stamps = re.findall(rb'"?time"?\s*[:=]\s*"(\d{4}-[^"]+)"', text)
    own = [stamp for stamp in stamps if not stamp.startswith(b"1970")]
    return bool(own) and not AWARE.search(own[0].decode("ascii", errors="replace"))


def _in_zone(table: pl.DataFrame, zone: str, notes: list[str]) -> pl.DataFrame:
    if STAMP not in table.columns or table.is_empty():
        return table
    parsed = parse(table[STAMP], zone)
    notes += [note for note in parsed.notes if note not in notes]
    return table.with_columns(parsed.values.alias(STAMP))


def _sqlite_facts(plain: Path, where: str) -> tuple[dict[str, list[str]], bool, list[str]]:
    """Return ids in the order recorded, whether times are naive, and notes on broken references.

    The engine goes through one table per event type, so the order of events with equal times
    is lost, and it drops relations of events that do not exist with one printed line each.
    """
    recorded: dict[str, list[str]] = {}
    connection = sqlite3.connect(f"file:{plain.resolve().as_posix()}?mode=ro&immutable=1", uri=True)
    try:
        sound = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        if sound != "ok":
            # A copy that broke off can look like a whole database with fewer rows.
            raise sqlite3.DatabaseError(sound.splitlines()[-1])
        for table in ("event", "object"):
            rows = connection.execute(f"SELECT ocel_id FROM {table} ORDER BY rowid")
            recorded[table] = [str(row[0]) for row in rows]
        dangling = connection.execute(
            "SELECT count(*) FROM event_object WHERE ocel_event_id NOT IN "
            "(SELECT ocel_id FROM event)"
        ).fetchone()[0]
        first = connection.execute("SELECT ocel_type_map FROM event_map_type").fetchone()
        name = str(first[0] if first else "").replace('"', '""')
        stamp = connection.execute(f'SELECT ocel_time FROM "event_{name}" LIMIT 1').fetchone()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise LogError(
            Problem(
                f"not an OCEL 2.0 database: {error}",
                where=where,
                allowed="tables event, object, event_object, object_object, event_map_type, ...",
            )
        ) from error
    finally:
        connection.close()
    naive = stamp is not None and not AWARE.search(str(stamp[0]))
    if not dangling:
        return recorded, naive, []
    return recorded, naive, [f"{dangling} event-to-object relations of events that do not exist"]
