"""A table of a document as a sheet: heads, intervals as columns of their own, filter, print."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from reports.documents.document import Cell, Column, Table
from reports.documents.workbook_cells import (
    Formats,
    is_number,
    number_length,
    safe_text,
    unit_word,
    write_cell,
    write_number,
    write_text,
)

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

# Excel, "Excel specifications and limits".
MOST_ROWS = 1_048_576
HEAD_ROW = 3
_MOST_WIDTH, _LEAST_WIDTH = 60, 9
_SAMPLED = 500
_HEAD_LINES = 3
# A column that holds nothing, and what a line over several columns takes.
_FREE_WIDTH, _READABLE_WIDTH, _MOST_MERGED = 8.43, 100.0, 12
_LINE_POINTS = 13.5
# Excel, "Excel specifications and limits": a row is at most 409 points high.
_MOST_LINES = 30
_HEAD = {"bold": True, "text_wrap": True, "bottom": 1, "bg_color": "#f5f7f9"}

Look = dict[str, Any]
Writer = Callable[["Worksheet", int, int, Cell, Formats, Look], None]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the parts of a table stand in its sheet.

    Parameters
    ----------
    first_row, last_row
        Rows of data, counted from 0, without the row of a sum; the last is before the first in
        an empty table.
    columns
        Place of each column of the table that holds its values, by the column's name.
    widths
        Of each column written, in characters.
    """

    first_row: int
    last_row: int
    columns: dict[str, int]
    widths: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Written:
    """One column of the sheet: its head, its width, what goes into a row, and its words."""

    head: str
    width: float
    write: Writer | None
    source: int
    words: Callable[[Cell], str] = lambda cell: ""


def write_table(
    sheet: Worksheet,
    table: Table,
    formats: Formats,
    currency: str,
    *,
    charted: frozenset[str] = frozenset(),
) -> Placed:
    """Write a table from the row of heads on.

    Parameters
    ----------
    sheet
        Its sheet; the rows above :data:`HEAD_ROW` are left alone.
    table
        What to write, all rows of it up to the limit of a spreadsheet.
    formats
        Of the workbook.
    currency
        ISO code of its money.
    charted
        Names of columns that a chart draws: what is missing in them stays empty, because a chart
        would draw a text as zero.
    """
    part_of = _parts(table)
    written: list[_Written] = []
    columns: dict[str, int] = {}
    if table.groups:
        written.append(_Written("Part", _fit(part_of, "Part"), None, -1))
    for index, column in enumerate(table.columns):
        columns.setdefault(column.name, len(written))
        cells = [row[index] for row in table.rows]
        written += _columns(column, index, cells, currency, blank=column.name in charted)
    room = MOST_ROWS - HEAD_ROW - 1
    rows = table.rows[:room]
    for place, item in enumerate(written):
        write_text(sheet, HEAD_ROW, place, item.head, formats, **_HEAD)
        sheet.set_column(place, place, item.width)
    _set_height(sheet, HEAD_ROW, [(item.head, item.width / 1.1) for item in written])
    for number, row in enumerate(rows):
        at = HEAD_ROW + 1 + number
        look: Look = {"bold": True, "top": 1} if table.total and number == len(rows) - 1 else {}
        for place, item in enumerate(written):
            if item.write is None:
                write_text(sheet, at, place, part_of[number], formats, **look)
            else:
                item.write(sheet, at, place, row[item.source], formats, look)
        wrapped = [(item.words(row[item.source]), item.width) for item in written]
        _set_height(sheet, at, wrapped)
    last = HEAD_ROW + len(rows) - (1 if table.total and rows else 0)
    sheet.freeze_panes(HEAD_ROW + 1, 1)
    if written:
        sheet.autofilter(HEAD_ROW, 0, max(last, HEAD_ROW), len(written) - 1)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    sheet.repeat_rows(HEAD_ROW)
    return Placed(HEAD_ROW + 1, last, columns, tuple(item.width for item in written))


def write_across(
    sheet: Worksheet, row: int, text: str, widths: Sequence[float], formats: Formats, **look: Any
) -> None:
    """Write a text over as many columns as make a readable line, in a row as high as it needs.

    Parameters
    ----------
    sheet, row
        Where; nothing else stands in the row.
    text
        What; nothing is written if it is empty.
    widths
        Of the columns of the sheet, in characters.
    formats
        Of the workbook.
    **look
        Properties of the format.
    """
    if not text:
        return
    room, last = 0.0, -1
    while room < _READABLE_WIDTH and last < _MOST_MERGED:
        last += 1
        room += widths[last] if last < len(widths) else _FREE_WIDTH
    shown = formats.look(text_wrap=True, align="left", **look)
    sheet.merge_range(row, 0, row, last, "", shown)
    sheet.write_string(row, 0, safe_text(text), shown)
    size = float(look.get("font_size", 10))
    lines = lines_of(text, room * 10 / size * (0.92 if look.get("bold") else 1.0))
    sheet.set_row(row, lines * _LINE_POINTS * size / 10 + 2)


def lines_of(text: str, width: float) -> int:
    """Return how many lines a text takes in a column of *width* characters, the most shown."""
    lines = sum(max(1, math.ceil(len(line) / width)) for line in text.splitlines() or [""])
    return min(lines, _MOST_LINES)


def _set_height(sheet: Worksheet, row: int, wrapped: Sequence[tuple[str, float]]) -> None:
    """Make a row as high as its wrapped texts need: not every program does so by itself."""
    lines = max((lines_of(text, width) for text, width in wrapped), default=1)
    if lines > 1:
        sheet.set_row(row, lines * _LINE_POINTS + 2)


def _columns(
    column: Column, index: int, cells: list[Cell], currency: str, *, blank: bool
) -> list[_Written]:
    """Return the columns that one column of a table becomes."""
    numbers = [cell for cell in cells if is_number(cell.value)]
    units = {cell.unit or column.unit for cell in numbers}
    mixed = len(units) > 1
    word = "" if mixed or not units else unit_word(min(units), currency)
    name = column.name
    # "Median (days)" says it already.
    head = name if not word or word.casefold() in name.casefold() else f"{name} ({word})".strip()

    def value(
        sheet: Worksheet, row: int, place: int, cell: Cell, formats: Formats, look: Look
    ) -> None:
        told = cell if cell.unit or not column.unit else _with_unit(cell, column.unit)
        if _is_plain(cell):
            look = {**look, "text_wrap": True, **({"align": "right"} if column.right else {})}
        write_cell(sheet, row, place, told, formats, blank=blank, **look)

    def bound(which: str) -> Writer:
        def write(
            sheet: Worksheet, row: int, place: int, cell: Cell, formats: Formats, look: Look
        ) -> None:
            limit = cell.low if which == "low" else cell.high
            if limit is not None:
                write_number(sheet, row, place, limit, cell.unit or column.unit, formats, **look)

        return write

    def words(which: str) -> Writer:
        def write(
            sheet: Worksheet, row: int, place: int, cell: Cell, formats: Formats, look: Look
        ) -> None:
            text = str(getattr(cell, which))
            if text:
                # Not close up to the number on its left.
                write_text(sheet, row, place, text, formats, text_wrap=True, indent=1, **look)

        return write

    def unit_of(
        sheet: Worksheet, row: int, place: int, cell: Cell, formats: Formats, look: Look
    ) -> None:
        if is_number(cell.value):
            text = unit_word(cell.unit, currency)
            write_text(sheet, row, place, text or cell.unit, formats, **look)

    shown = [*(cell.text for cell in cells if _is_plain(cell)), *_as_shown(cells, column, currency)]
    result = [_Written(head, _fit(shown, head), value, index, _plain_words)]
    if mixed:
        units_shown = [unit_word(unit, currency) or unit for unit in units]
        result.append(_Written(f"{name}: unit", _fit(units_shown, "unit"), unit_of, index))
    if any(cell.low is not None or cell.high is not None for cell in cells):
        bounds = _as_shown(cells, column, currency)
        result += [
            _Written(f"{name}: {which}", _fit(bounds, f"{name}: {which}"), bound(which), index)
            for which in ("low", "high")
        ]
    if any(cell.verdict for cell in cells):
        verdicts = [cell.verdict for cell in cells]
        width = _fit(verdicts, f"{name}: verdict")
        result.append(
            _Written(f"{name}: verdict", width, words("verdict"), index, lambda cell: cell.verdict)
        )
    # The note beside an interval only says the interval again.
    if any(cell.note and cell.low is None for cell in cells):
        width = _fit([cell.note for cell in cells], f"{name}: note")
        result.append(
            _Written(f"{name}: note", width, words("note"), index, lambda cell: cell.note)
        )
    return result


def _is_plain(cell: Cell) -> bool:
    return not is_number(cell.value) and not isinstance(cell.value, date)


def _plain_words(cell: Cell) -> str:
    return cell.text if _is_plain(cell) else ""


def _as_shown(cells: Sequence[Cell], column: Column, currency: str) -> list[str]:
    """Return blanks as long as the numbers and intervals of cells stand in a spreadsheet."""
    return [
        "x" * number_length(number, cell.unit or column.unit, currency)
        for cell in cells[:_SAMPLED]
        for number in (cell.value, cell.low, cell.high)
        if is_number(number)
    ] + ["yyyy-mm-dd hh:mm" for cell in cells[:_SAMPLED] if isinstance(cell.value, date)]


def _with_unit(cell: Cell, unit: str) -> Cell:
    return Cell(cell.text, cell.value, unit)


def _parts(table: Table) -> list[str]:
    """Return the title of the part that each row belongs to."""
    titles, title = [], ""
    starts = dict(table.groups)
    for number in range(len(table.rows)):
        title = starts.get(number, title)
        titles.append(title)
    return titles


def _fit(texts: Sequence[str], head: str) -> float:
    """Return the width that texts need on one line and their head on a few, within limits."""
    longest = max((len(text) for text in texts[:_SAMPLED]), default=0)
    # A head has a button for its filter, and breaks between words only.
    word = max((len(part) for part in head.split()), default=0)
    widest = max(longest * 1.05 + 2, word + 4, len(head) / _HEAD_LINES * 1.3)
    return float(min(max(widest, _LEAST_WIDTH), _MOST_WIDTH))
