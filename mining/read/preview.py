"""What a file holds before anybody says what its columns mean: for people to confirm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from mining.read import delimited, engines, excel, receivables_file, xes
from mining.read.columns import named, resolve
from mining.read.container import inflated, kind, not_a_log
from mining.read.flat import FlatTable
from mining.read.lifecycle import chosen_column
from mining.read.log import read_log
from mining.read.mapping import REQUIRED, ColumnMapping
from mining.read.times import parse
from o2c_sim.errors import Problem, ToolkitError

ROWS = 20
# Formats that hold events, never a list of invoices: form of the file.
_EVENTS = ("parquet", "xes")
MOST_COLUMNS = 200
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Preview:
    """The head of a file, and what its columns seem to mean.

    Parameters
    ----------
    form
        ``delimited``, ``zip`` (Excel), ``parquet``, ``xes``, ``ocel-json`` ... or ``folder``.
    columns
        Names of its columns; for a format with fixed parts, those parts.
    rows
        Its first rows as text, long values cut.
    mapping
        The columns that were recognised, and how the file is written.
    invoice_columns
        The columns of a list of invoices; ``None`` for a log of events.
    case_types
        What a case can be, for object-centric logs.
    notes
        What was ambiguous.
    problems
        Why it cannot be read as a log yet.
    choosable
        Whether columns can be chosen: a table and the attributes of XES can, an object-centric log
        has parts of its own.
    """

    form: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    mapping: ColumnMapping = field(default_factory=ColumnMapping)
    invoice_columns: Mapping[str, str] | None = None
    case_types: Sequence[str] = ()
    notes: Sequence[str] = ()
    problems: Sequence[Problem] = ()
    choosable: bool = True


def preview(
    path: Path,
    mapping: ColumnMapping | None = None,
    zone: str = "UTC",
    *,
    columns: Mapping[str, str] | None = None,
) -> Preview:
    """Return the head of a file with a guess of what its columns mean.

    Parameters
    ----------
    path
        Anything that :func:`mining.read.read_log` reads.
    mapping
        What is known already.
    zone
        IANA time zone of stamps without an offset.
    columns
        Columns of a list of invoices that are known already, by part.

    Returns
    -------
    Preview
        With ``problems`` in place of an error where only the columns are not understood.

    Raises
    ------
    LogError
        If the file is none that could be a log.
    """
    wanted = mapping or ColumnMapping()
    if not path.is_file():
        return _of_log(path, "folder", wanted, zone)
    with inflated(path) as plain:
        form = kind(plain, path)
        if form == "zip" and not excel.is_workbook(plain):
            raise not_a_log(path, "a zip archive that is no Excel workbook", "unpack it first")
        if form == "zip":
            table = excel.table(plain, path, wanted.sheet)
        elif form == "delimited":
            table = delimited.table(plain, path, wanted)
        elif form == "parquet":
            frame, _spoken = engines.run(lambda: pl.read_parquet(plain), str(path))
            table = FlatTable(frame, str(path), list, {}, [])
        elif form == "xes":
            table = xes.table(plain, path, wanted)
        else:
            return _of_log(path, form, wanted, zone)
    return _of_table(table, form, wanted, zone, columns or {})


def _of_table(
    table: FlatTable, form: str, wanted: ColumnMapping, zone: str, columns: Mapping[str, str]
) -> Preview:
    frame = table.frame
    known = replace(wanted, **table.used)
    shown = Preview(
        form,
        frame.columns[:MOST_COLUMNS],
        _texts(frame),
        mapping=known,
        notes=[*table.notes, *_left_out(frame)],
    )
    said = any(wanted.column(part) for part in REQUIRED)
    if form not in _EVENTS and (columns or (not said and receivables_file.recognised(table))):
        amount = {"amount": wanted.amount} if wanted.amount else {}
        return _of_invoices(table, shown, {**amount, **columns})
    try:
        found, notes = resolve(frame, wanted, table.where)
    except ToolkitError as error:
        guessed = {part: name for part, name in named(frame).items() if not wanted.column(part)}
        return replace(shown, mapping=replace(known, **guessed), problems=tuple(error.problems))
    if found.time is not None and found.time_format is None:
        parsed = parse(frame[found.time], zone)
        found = replace(found, time_format=parsed.time_format)
        notes = [*notes, *parsed.notes]
    if form != "parquet" and found.start is None:
        found = replace(found, lifecycle=chosen_column(frame.columns, found))
    return replace(shown, mapping=replace(found, **table.used), notes=[*shown.notes, *notes])


def _of_invoices(table: FlatTable, shown: Preview, columns: Mapping[str, str]) -> Preview:
    try:
        return replace(shown, invoice_columns=receivables_file.parts(table, columns))
    except ToolkitError as error:
        right = {
            part: name
            for part, name in columns.items()
            if part in receivables_file.NAMES and name in table.frame.columns
        }
        guessed = receivables_file.guess(table, right)
        return replace(shown, invoice_columns=guessed, problems=tuple(error.problems))


def _left_out(frame: pl.DataFrame) -> list[str]:
    if frame.width <= MOST_COLUMNS:
        return []
    return [f"only the first {MOST_COLUMNS} of {frame.width:,} columns can be chosen"]


def _texts(frame: pl.DataFrame) -> list[list[str]]:
    return [
        ["" if value is None else str(value)[:_LONGEST] for value in row]
        for row in frame.head(ROWS).select(frame.columns[:MOST_COLUMNS]).iter_rows()
    ]


def _of_log(path: Path, form: str, wanted: ColumnMapping, zone: str) -> Preview:
    """Return the first events of a format whose parts are fixed."""
    read = read_log(path, wanted, zone=zone)
    cases = read.log.flatten(read.case_type)
    names = read.log.objects.select(pl.col("object").alias("case"), "object_id")
    first = (
        cases.sort("time", "event")
        .head(ROWS)
        .with_columns(pl.col("case").cast(names.schema["case"]))
        .join(names, on="case", how="left", maintain_order="left")
        .with_columns(pl.coalesce("object_id", pl.col("case").cast(pl.String)).alias("case"))
        .select("case", "activity", "time", "start", "resource", "role")
    )
    filled = [name for name in first.columns if first[name].null_count() < first.height]
    return Preview(
        form,
        filled,
        _texts(first.select(filled)),
        mapping=read.mapping or replace(wanted, case_type=read.case_type),
        case_types=read.log.object_types,
        notes=list(read.notes),
        choosable=False,
    )
