"""Delimited text: CSV and TSV files, whatever their delimiter and encoding."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from mining.read.flat import FlatTable
from mining.read.mapping import ColumnMapping
from mining.read.table import SHOWN
from o2c_sim.errors import LogError, Problem

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 65_536


def table(plain: Path, source: Path, mapping: ColumnMapping) -> FlatTable:
    """Read a delimited text file.

    Parameters
    ----------
    plain
        The file without compression.
    source
        The file that the user named.
    mapping
        Its delimiter and encoding, where the user named them.

    Raises
    ------
    LogError
        If the file is not a table.
    """
    where = str(source)
    text, encoding, notes = decode(plain.read_bytes(), mapping.encoding, where)
    if "\n" not in text:
        text = text.replace("\r", "\n")
    text, first_line = _without_hint(text)
    delimiter = _named(mapping.delimiter, where) or _delimiter(text, where)
    frame = _table(text, delimiter, where, first_line)

    def lines(rows: Sequence[int]) -> list[int]:
        return _lines(text, delimiter, rows, first_line)

    used = {"delimiter": delimiter, "encoding": encoding}
    return FlatTable.of(frame, where, lines, used, notes)


def decode(data: bytes, wanted: str | None, where: str) -> tuple[str, str, list[str]]:
    """Return the text of *data*, its encoding, and notes; LogError if it has none."""
    if wanted is not None:
        try:
            return data.decode(wanted).removeprefix("\ufeff"), wanted, []
        except (UnicodeDecodeError, LookupError) as error:
            raise LogError(
                Problem(
                    f"the text is not {wanted}: {error}",
                    where=where,
                    suggestion="leave --encoding away to have it guessed",
                )
            ) from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), "utf-16", []
    try:
        return data.decode("utf-8-sig"), "utf-8", []
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise LogError(
            Problem(
                f"the text is neither UTF-8 nor cp1252 (byte 0x{byte:02x})",
                where=f"{where}, row {line}",
                suggestion="name the encoding with --encoding",
            )
        ) from error
    return text, "cp1252", [f"not UTF-8 (byte 0x{byte:02x} in row {line}): read as cp1252"]


def _without_hint(text: str) -> tuple[str, int]:
    """Return the text without the ``sep=;`` line that Excel writes, and the header's line."""
    if text[:4].lower() == "sep=" and "\n" in text[:8]:
        return text[text.index("\n") + 1 :], 2
    return text, 1


def _named(delimiter: str | None, where: str) -> str | None:
    delimiter = {"\\t": "\t", "tab": "\t"}.get(delimiter or "", delimiter)
    if delimiter is not None and len(delimiter.encode()) != 1:
        raise LogError(
            Problem(
                f"{delimiter!r} cannot be the delimiter",
                where=where,
                allowed="one character, or tab (--delimiter)",
            )
        )
    return delimiter


def _delimiter(text: str, where: str) -> str:
    sample = text[:SAMPLE]
    best, score = "", 0.0
    for delimiter in DELIMITERS:
        widths = [len(row) for _, row in _numbered(sample, delimiter) if row][:50]
        if not widths or widths[0] < 3:
            continue
        # The last sampled line may be cut off; most lines must be as wide as the header.
        agreeing = sum(width == widths[0] for width in widths) / len(widths)
        if agreeing * 100 + min(widths[0], 50) > score:
            best, score = delimiter, agreeing * 100 + min(widths[0], 50)
    if best:
        return best
    head = sample.lstrip().partition("\n")[0][:80]
    raise LogError(
        Problem(
            f"not a table with at least three columns; it begins {head!r}",
            where=f"{where}, row 1",
            allowed="a header and one event per row (at least its case, activity and time), "
            "separated by comma, semicolon, tab or |",
            suggestion="name the delimiter with --delimiter",
        )
    )


def _table(text: str, delimiter: str, where: str, first_line: int) -> pl.DataFrame:
    try:
        return pl.read_csv(
            text.encode("utf-8"),
            separator=delimiter,
            infer_schema=False,
        )
    except pl.exceptions.PolarsError as error:
        raise LogError(_ragged(text, delimiter, where, first_line)) from error


def _ragged(text: str, delimiter: str, where: str, first_line: int) -> list[Problem]:
    """Say why the text is no table; slow, for messages only."""
    width, last, total = 0, 0, 0
    found: list[tuple[int, int]] = []
    for before, row in _numbered(text, delimiter):
        if before == 0:
            width = len(row)
        elif len(row) > width:
            total += 1
            found += [(before + first_line, len(row))] if len(found) < SHOWN else []
        last = before
    if not found:
        return [
            Problem(
                "a quotation mark is opened and never closed",
                where=f"{where}, row {last + first_line}",
                suggestion='close it, or write a quotation mark in a field as ""',
            )
        ]
    shown = "; ".join(f"row {line}: {fields}" for line, fields in found)
    return [
        Problem(
            f"{total} rows have more fields than the header ({shown})",
            where=f"{where}, row {found[0][0]}",
            allowed=f"{width} fields",
            suggestion=f"quote fields that contain {delimiter!r}",
        )
    ]


def _lines(text: str, delimiter: str, rows: Sequence[int], first_line: int) -> list[int]:
    """Return the 1-based file lines on which rows begin; slow, for messages only."""
    wanted = set(rows)
    lines: dict[int, int] = {}
    for index, (before, _row) in enumerate(_numbered(text, delimiter), start=-1):
        if index in wanted:
            lines[index] = before + first_line
            if len(lines) == len(wanted):
                break
    return [lines.get(row, row + first_line + 1) for row in rows]


def _numbered(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield every row, header and blank lines included, with the number of lines before it."""
    reader = csv.reader(io.StringIO(text.replace("\r", " ")), delimiter=delimiter)
    before = 0
    while True:
        try:
            row = next(reader)
        except (StopIteration, csv.Error):
            return
        yield before, row
        before = reader.line_num
