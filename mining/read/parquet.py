"""Parquet: one flat table, a folder that the toolkit wrote, or a run folder that holds one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from mining.read import engines
from mining.read.columns import resolve
from mining.read.mapping import ColumnMapping
from mining.read.table import to_log
from o2c_sim.errors import LogError, Problem
from o2c_sim.eventlog import EventLog, read_folder

MARK = "log.json"


def log_folder(path: Path) -> Path:
    """Return the folder with the five tables: *path* itself or its ``log`` sub-folder.

    Raises
    ------
    LogError
        If neither holds a log.
    """
    for folder in (path, path / "log"):
        if (folder / MARK).is_file() or (folder / "events.parquet").is_file():
            return folder
    raise LogError(
        Problem(
            "the folder holds no event log",
            where=str(path),
            allowed="a folder with events.parquet and log.json, or one with such a folder 'log'",
        )
    )


def read_tables(path: Path) -> EventLog:
    """Read the folder that :meth:`~o2c_sim.eventlog.EventLog.write` made.

    Raises
    ------
    LogError
        If a table is missing, unreadable or refers to rows that do not exist.
    """
    folder = log_folder(path)
    log, _spoken = engines.run(lambda: read_folder(folder), str(folder))
    try:
        ZoneInfo(log.zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError, AttributeError) as error:
        raise LogError(
            Problem(f"{log.zone!r} is not a time zone", where=str(folder / MARK))
        ) from error
    checks = (
        ("event_objects.event", log.event_objects["event"], log.events["event"]),
        ("event_objects.object", log.event_objects["object"], log.objects["object"]),
    )
    problems = [
        Problem(f"{count} rows of {name} refer to nothing", where=str(folder))
        for name, used, known in checks
        if (count := int((~used.is_in(known.implode())).sum()))
    ]
    if problems:
        raise LogError(problems)
    return log


def read_flat(
    path: Path, source: Path, mapping: ColumnMapping, zone: str
) -> tuple[EventLog, ColumnMapping, list[str]]:
    """Read one flat Parquet table.

    Parameters
    ----------
    path
        The file.
    source
        The file that the user named.
    mapping
        What the user said about the columns.
    zone
        IANA time zone of stamps without an offset.

    Returns
    -------
    tuple
        The log, the mapping used, and notes.

    Raises
    ------
    LogError
        If the file is damaged or its rows are not events.
    """
    where = str(source)
    # Damaged files make the compiled reader panic, and print, rather than raise.
    frame, _spoken = engines.run(lambda: pl.read_parquet(path), where)
    dictionary = [n for n, t in frame.schema.items() if isinstance(t, pl.Categorical | pl.Enum)]
    frame = frame.with_columns(pl.col(dictionary).cast(pl.String))
    resolved, notes = resolve(frame, mapping, where)

    def rows(index: Sequence[int]) -> list[int]:
        return [row + 1 for row in index]

    log, resolved, table_notes = to_log(
        frame, resolved, zone=zone, source=where, lines=rows, typed=True
    )
    return log, resolved, notes + table_notes
