"""Parquet: one flat table, a folder that the toolkit wrote, or a run folder that holds one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from mining.read import engines
from mining.read.columns import resolve
from mining.read.container import require_inside
from mining.read.mapping import ColumnMapping
from mining.read.table import to_log
from o2c_sim.errors import LogError, Problem
from o2c_sim.eventlog import TABLES, EventLog, are_row_numbers, read_folder

MARK = "log.json"


def log_folder(path: Path) -> Path:
    """Return the folder with the five tables: *path* itself or its ``log`` sub-folder.

    Raises
    ------
    LogError
        If neither holds a log.
    """
    for folder in (path, path / "log"):
        if _is_log(folder):
            return folder
    raise LogError(
        Problem(
            "the folder holds no event log",
            where=str(path),
            allowed="a folder with events.parquet and log.json, or one with such a folder 'log', "
            "or a folder of SAP tables (S/4HANA views, or VBAK, VBFA, LIKP, VBRK, BSID, ...)",
        )
    )


def holds_log(path: Path) -> bool:
    """Return whether a folder is, or holds, a log that the toolkit wrote."""
    return _is_log(path) or _is_log(path / "log")


def _is_log(folder: Path) -> bool:
    return (folder / MARK).is_file() or (folder / "events.parquet").is_file()


def read_tables(path: Path) -> EventLog:
    """Read the folder that :meth:`~o2c_sim.eventlog.EventLog.write` made.

    Raises
    ------
    LogError
        If a table is missing, unreadable or refers to rows that do not exist.
    """
    folder = log_folder(path)
    require_inside(folder, [MARK, *(f"{name}.parquet" for name in TABLES)])
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
        if (count := _unknown(used, known))
    ]
    if problems:
        raise LogError(problems)
    return log


def _unknown(used: pl.Series, known: pl.Series) -> int:
    """Count the numbers that are not known; numbers that just count up need no look-up."""
    if are_row_numbers(known):
        return int((used >= len(known)).sum())
    return int((~used.is_in(known.implode())).sum())


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
    _require_plain(frame.select(set(resolved.columns.values())), where)

    def rows(index: Sequence[int]) -> list[int]:
        return [row + 1 for row in index]

    log, resolved, table_notes = to_log(
        frame, resolved, zone=zone, source=where, lines=rows, typed=True
    )
    return log, resolved, notes + table_notes


def _require_plain(frame: pl.DataFrame, where: str) -> None:
    problems = [
        Problem(
            f"column {name!r} holds {dtype}", where=where, allowed="text, numbers, dates or times"
        )
        for name, dtype in frame.schema.items()
        if dtype.is_nested() or dtype in (pl.Binary, pl.Object)
    ]
    if problems:
        raise LogError(problems)
