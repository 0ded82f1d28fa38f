"""Reading any log: recognise the file, read it, and say what was assumed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from mining.read import delimited, excel, ocel, parquet, receivables_file, sap, xes
from mining.read.container import inflated, kind, not_a_log
from mining.read.flat import FlatTable
from mining.read.mapping import ColumnMapping
from o2c_sim.errors import LogError, Problem, UsageError, did_you_mean
from o2c_sim.eventlog import EventLog
from o2c_sim.vocabulary import CLEAR_INVOICE, INVOICE, ORDER, RECEIVE_PAYMENT


@dataclass(frozen=True, slots=True)
class ReadLog:
    """A log that was read, with everything that was assumed on the way.

    Parameters
    ----------
    log
        The log.
    case_type
        The object type that serves as the case notion.
    mapping
        The columns used, every guess filled in; ``None`` where the format needs no mapping.
    notes
        What was ambiguous, repaired or left out, with counts; for people.
    recorded
        Activities that the source would show if they had happened; those that occur if empty.
    invoice_columns
        The columns of a list of invoices, by part; ``None`` for any other source.
    """

    log: EventLog
    case_type: str
    mapping: ColumnMapping | None
    notes: tuple[str, ...]
    recorded: tuple[str, ...] = ()
    invoice_columns: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        """Refuse stamps at the edge of the calendar, where no time zone can be applied."""
        _require_calendar(self.log)


def read_log(
    path: Path | str,
    mapping: ColumnMapping | None = None,
    *,
    zone: str = "UTC",
    columns: Mapping[str, str] | None = None,
) -> ReadLog:
    """Read an event log of any supported format.

    Parameters
    ----------
    path
        A CSV, TSV, Excel (.xlsx), XES, OCEL 2.0 (JSON, XML, SQLite) or Parquet file, the text
        formats also gzip-compressed; or a folder that
        :meth:`~o2c_sim.eventlog.EventLog.write` made, a folder that holds one as ``log``, or a
        folder of SAP tables.
    mapping
        Which column plays which part; what is not given is guessed.
    zone
        IANA time zone in which stamps without an offset are read.
    columns
        Columns of a list of invoices, by the parts of
        :data:`mining.read.receivables_file.NAMES`; makes a table such a list.

    Returns
    -------
    ReadLog
        The log, the case type, the mapping used and notes.

    Raises
    ------
    LogError
        If the file is not a log or holds rows that are not events; all faults at once.
    MissingDependencyError
        If XES or OCEL is asked for and neither r4pm nor pm4py is installed.
    UsageError
        If *zone* is not a time zone.
    """
    path = Path(path)
    wanted = mapping or ColumnMapping()
    _require_zone(zone)
    try:
        there = path.exists()
    except OSError as error:  # such as a name that is too long
        why = f"cannot be read: {error.strerror or error}"
        raise LogError(Problem(why, where=str(path))) from error
    if not there:
        raise LogError(_absent(path))
    if path.is_dir() and not parquet.holds_log(path) and sap.recognised(path):
        log, notes, recorded = sap.read(path, zone)
        case_type, type_notes = _case_type(log, wanted)
        return ReadLog(log, case_type, None, (*notes, *type_notes), recorded)
    if path.is_dir():
        log = parquet.read_tables(path)
        case_type, notes = _case_type(log, wanted)
        return ReadLog(log, case_type, None, tuple(notes))
    if not path.is_file():
        raise LogError(
            Problem(
                "not a regular file; it is read more than once",
                where=str(path),
                suggestion="save its content in a file first",
            )
        )
    try:
        with inflated(path) as plain:
            form = kind(plain, path)
            if form.startswith("ocel"):
                log, notes = ocel.read(plain, path, wanted, form, zone)
                case_type, type_notes = _case_type(log, wanted)
                return ReadLog(log, case_type, None, (*notes, *type_notes))
            if form == "xes":
                log, used, notes = xes.read(plain, path, wanted, zone)
            elif form == "parquet":
                log, used, notes = parquet.read_flat(plain, path, wanted, zone)
            else:
                table = _flat(plain, path, form, wanted)
                if _is_invoice_list(table, wanted, columns):
                    log, parts, notes, dates = receivables_file.events(
                        table,
                        {**({"amount": wanted.amount} if wanted.amount else {}), **(columns or {})},
                        zone,
                        wanted.time_format,
                    )
                    used = replace(ColumnMapping(time_format=dates), **table.used)
                    return ReadLog(
                        log, INVOICE, used, tuple(notes), (RECEIVE_PAYMENT, CLEAR_INVOICE), parts
                    )
                log, used, notes = table.events(wanted, zone)
    except OSError as error:
        raise LogError(
            Problem(f"cannot be read: {error.strerror or error}", where=str(path))
        ) from error
    case_type = wanted.case_type or "case"
    return ReadLog(log, case_type, replace(used, case_type=case_type), tuple(notes))


def _flat(plain: Path, path: Path, form: str, wanted: ColumnMapping) -> FlatTable:
    if form != "zip":
        return delimited.table(plain, path, wanted)
    if not excel.is_workbook(plain):
        raise not_a_log(path, "a zip archive that is no Excel workbook", "unpack it first")
    return excel.table(plain, path, wanted.sheet)


def _is_invoice_list(
    table: FlatTable, wanted: ColumnMapping, columns: Mapping[str, str] | None
) -> bool:
    if columns:
        return True
    named = any((wanted.case, wanted.activity, wanted.time))
    return not named and receivables_file.recognised(table)


def _require_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            Problem(f"{zone!r} is not a time zone", allowed="an IANA name such as Europe/Berlin")
        ) from error


def _require_calendar(log: EventLog) -> None:
    first, end = dt.datetime(2, 1, 1), dt.datetime(9999, 1, 1)
    stamps = pl.col("start", "time")
    # The extremes first: nearly all logs need no look at each row.
    least, most = (
        log.events.lazy().select(extreme).collect().row(0)
        for extreme in (stamps.min(), stamps.max())
    )
    if all(stamp is None or first <= stamp < end for stamp in (*least, *most)):
        return
    outside = log.events.filter(pl.any_horizontal((stamps < first) | (stamps >= end)))
    shown = ", ".join(str(event + 1) for event in outside["event"].head(3))
    raise LogError(
        Problem(
            f"{outside.height:,} events have stamps at the edge of the calendar (event {shown})",
            where=log.source,
            allowed="years 2 to 9998",
            suggestion="leave out placeholders such as 9999-12-31",
        )
    )


def _absent(path: Path) -> Problem:
    folder = path.parent
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    return Problem(
        "there is no such file or folder",
        where=str(path),
        suggestion=did_you_mean(path.name, names),
    )


def _case_type(log: EventLog, mapping: ColumnMapping) -> tuple[str, list[str]]:
    """Choose the case notion of an object-centric log.

    An order is the natural case of order to cash. Where the log has no such type, the best
    case notion puts every event into exactly one case; among the types that come near to that,
    the one with most objects cuts the log finest.
    """
    types = log.object_types
    if mapping.case_type is not None:
        if mapping.case_type not in types:
            raise LogError(
                Problem(
                    f"the log has no objects of type {mapping.case_type!r}",
                    where=log.source,
                    allowed=", ".join(types),
                    suggestion=did_you_mean(mapping.case_type, types),
                )
            )
        return mapping.case_type, []
    if not types:
        raise LogError(Problem("the log has no objects, so no cases", where=log.source))
    if len(types) == 1:
        return types[0], []
    related = log.event_objects.lazy().join(
        log.objects.lazy().select("object", pl.col("type").cast(pl.String)), on="object"
    )
    exact = (
        related.group_by("type", "event")
        .len()
        .group_by("type")
        .agg(events=(pl.col("len") == 1).sum())
        .join(related.group_by("type").agg(objects=pl.col("object").n_unique()), on="type")
        .collect()
    )
    fine = exact.filter(pl.col("events") >= 0.9 * pl.col("events").max()).sort(
        ["objects", "type"], descending=[True, False]
    )
    chosen = str(fine["type"][0]) if fine.height else types[0]
    if ORDER in exact["type"]:
        chosen = ORDER
    others = ", ".join(t for t in types if t != chosen)
    return chosen, [f"one case is one {chosen!r}; --case-type could also name {others}"]
