"""Excel workbooks: one sheet as a flat table; formula cells count with their values.

A workbook is a zip archive of XML from somebody else: before the reader sees it, every part is
unpacked once against a bound, and one that is larger, or larger than it says, is refused.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from mining.read import engines
from mining.read.container import CHUNK, MAX_RATIO, RATIO_CHECKED_FROM
from mining.read.flat import FlatTable
from o2c_sim.errors import LogError, MissingDependencyError, Problem, UsageError, did_you_mean

MAX_UNPACKED = 2 * 2**30
MAX_PARTS = 10_000
# A sheet is laid out as a full rectangle in memory, however few of its cells are filled.
MAX_CELLS = 50_000_000
_CELL = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
_ERROR = re.compile(rb"""<c\b[^>]*\bt=["']e["']""")


def is_workbook(path: Path) -> bool:
    """Return whether a zip archive is an Excel workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name == "xl/workbook.xml" for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def table(plain: Path, source: Path, sheet: str | None) -> FlatTable:
    """Read a sheet: its first row that is filled is the header.

    Parameters
    ----------
    plain
        The file.
    source
        The file that the user named.
    sheet
        Name of the sheet; that with most rows when ``None``.

    Raises
    ------
    LogError
        If the workbook is damaged, too large, or has no sheet with rows.
    UsageError
        If it has no sheet of that name.
    MissingDependencyError
        If the reader of workbooks is not installed.
    """
    where = str(source)
    wrong = _screen(plain, where)
    reader = engines.load("fastexcel")
    if reader is None:
        raise MissingDependencyError("fastexcel", "mining")
    book, _spoken = engines.run(lambda: reader.read_excel(str(plain)), where)
    names: list[str] = list(book.sheet_names)
    if sheet is not None and sheet not in names:
        raise UsageError(
            Problem(
                f"there is no sheet {sheet!r} (--sheet)",
                where=where,
                allowed=", ".join(names),
                suggestion=did_you_mean(sheet, names),
            )
        )
    frames = {name: _rows(book, name, where) for name in ([sheet] if sheet else names)}
    chosen = max(frames, key=lambda name: frames[name].height, default="")
    if not chosen or frames[chosen].height < 1:
        raise LogError(Problem("no sheet has rows", where=where, allowed="a header and rows"))
    notes = []
    others = [name for name in names if name != chosen]
    if sheet is None and others:
        notes.append(
            f"sheet {chosen!r} is read, the one with most rows; --sheet could also name "
            f"{', '.join(map(repr, others))}"
        )
    frame, first = _headed(frames[chosen])
    if wrong:
        notes.append(f"{wrong} cells of the workbook hold an error of a formula: they are empty")

    def lines(rows: Sequence[int]) -> list[int]:
        return [row + first + 1 for row in rows]

    return FlatTable.of(frame, where, lines, {"sheet": chosen}, notes)


def _screen(plain: Path, where: str) -> int:
    """Refuse archives that are damaged or grow too large; count the cells that hold an error."""
    allowed = max(MAX_RATIO * plain.stat().st_size, RATIO_CHECKED_FROM)
    written = wrong = 0
    try:
        with zipfile.ZipFile(plain) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS:
                raise LogError(Problem(f"the workbook has {len(parts)} parts", where=where))
            for part in parts:
                extent = _Extent()
                with archive.open(part) as file:
                    while block := file.read(CHUNK):
                        written += len(block)
                        extent.see(block)
                        wrong += len(_ERROR.findall(block))
                        if extent.cells > MAX_CELLS:
                            raise LogError(
                                Problem(
                                    f"{part.filename} spans {extent.cells:,} cells",
                                    where=where,
                                    allowed=f"at most {MAX_CELLS:,} cells",
                                    suggestion="delete cells far away from the table, or save "
                                    "the sheet as CSV",
                                )
                            )
                        if written > MAX_UNPACKED or written > allowed:
                            raise LogError(
                                Problem(
                                    f"the workbook grows beyond {written >> 20} MiB when unpacked",
                                    where=where,
                                    allowed=f"at most {MAX_UNPACKED >> 20} MiB and {MAX_RATIO} "
                                    "times its size",
                                    suggestion="save the sheet as CSV",
                                )
                            )
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        why = f"the workbook is damaged or encrypted: {error}"
        raise LogError(Problem(why, where=where)) from error
    return wrong


class _Extent:
    """The rectangle that the cells of a part span, by their references."""

    def __init__(self) -> None:
        self.columns, self.rows, self._tail = 1, 1, b""

    @property
    def cells(self) -> int:
        return self.columns * self.rows

    def see(self, block: bytes) -> None:
        text = self._tail + block
        self._tail = text[-16:]
        found = _CELL.findall(text)
        if not found:
            return
        for letters in {letters for letters, _row in found}:
            number = 0
            for letter in letters:
                number = number * 26 + letter - 64
            self.columns = max(self.columns, number)
        self.rows = max(self.rows, *(int(row) for _letters, row in found))


def _rows(book: Any, name: str, where: str) -> pl.DataFrame:
    """Return a sheet as text, from its first row on; sheets of charts have none."""
    try:
        rows, _spoken = engines.run(
            lambda: book.load_sheet(
                name, header_row=None, skip_rows=0, dtypes="string"
            ).to_polars(),
            where,
        )
    except LogError:
        return pl.DataFrame()
    return pl.DataFrame(rows).cast(pl.String)


def _headed(rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return the rows below the header under its names, and the header's row, from 1.

    Titles above a table fill one cell or two; the header is the first row that fills most columns.
    """
    filled = rows.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    wide = (filled.head(50) * 2 > rows.width).arg_true()
    header = int(wide[0]) if len(wide) else 0
    names: list[str] = []
    for index, value in enumerate(rows.row(header), 1):
        name = (value or "").strip() or f"column_{index}"
        names.append(f"{name}_duplicated_{index}" if name in names else name)
    below = rows.slice(header + 1)
    below.columns = names
    empty = [n for n in names if n.startswith("column_") and below[n].null_count() == below.height]
    return below.drop(empty), header + 1
