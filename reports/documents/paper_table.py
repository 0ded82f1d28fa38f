"""Fit a table to paper: widths of columns, a page turned on its side, a split into parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.documents.document import Cell, Table
from reports.documents.paper_text import (
    BOLD,
    ZERO_WIDTH_SPACE,
    breakable,
    on_paper,
    paper_cell,
    verdict_text,
)
from reports.figures.typeface import printed_width
from reports.number_text import count_text

# Points between two columns.
GUTTER = 9.0
BAR_WIDTH = 34.0
NOTE_SHARE = 0.86
NO_BREAK_SPACE = "\u00a0"
_WIDEST = 1500.0
_LONGEST_INTERVAL = 72.0
_WIDEST_HEAD = 80.0
_NARROWEST_PROSE = 62.0
# Rounding and kerning of the typesetter.
_SAFETY = 1.02
_UNBROKEN = 26


@dataclass(frozen=True, slots=True)
class Part:
    """Some columns of a table that fit a page together.

    Parameters
    ----------
    columns
        Their indices; a further part repeats the first column, which names the rows.
    widths
        In points, without the gutters.
    sideways
        Whether the page must be turned.
    """

    columns: tuple[int, ...]
    widths: tuple[float, ...]
    sideways: bool


def shown_rows(table: Table) -> Sequence[Sequence[Cell]]:
    """Return the rows that a page shows, with the sum at the end if there is one."""
    if not table.most_rows or len(table.rows) <= table.most_rows:
        return table.rows
    if table.total:
        return [*table.rows[: table.most_rows], table.rows[-1]]
    return table.rows[: table.most_rows]


def paper_rows(table: Table) -> list[list[Cell]]:
    """Return :func:`shown_rows` with texts that a page can hold."""
    return [[paper_cell(cell) for cell in row] for row in shown_rows(table)]


def hidden_rows_text(table: Table) -> str:
    """Return the sentence on rows that are left out; empty if all are shown."""
    hidden = len(table.rows) - len(shown_rows(table))
    if not hidden:
        return ""
    rows = "row is" if hidden == 1 else "rows are"
    return f"{count_text(hidden)} more {rows} in the workbook."


def unbroken(text: str) -> str:
    """Return a number with its unit so that no line ends inside it."""
    return text.replace(" ", NO_BREAK_SPACE) if len(text) <= _UNBROKEN else text


def fit(table: Table, width: float, turned_width: float, size: float) -> list[Part]:
    """Return the parts in which a table is printed.

    Parameters
    ----------
    table
        Any table.
    width, turned_width
        Points between the margins, upright and sideways.
    size
        Of the type, in points.

    Returns
    -------
    list of Part
        One, where a page turned on its side holds all columns without breaking a number.
    """
    needs = [_needs(table, index, size) for index in range(len(table.columns))]
    everything = tuple(range(len(needs)))
    for room, sideways in ((width, False), (turned_width, True)):
        if widths := _widths([needs[i] for i in everything], room):
            return [Part(everything, widths, sideways)]
    parts = []
    rest = list(everything[1:])
    while rest:
        chosen = [0, rest.pop(0)]
        while rest and _widths([needs[i] for i in (*chosen, rest[0])], turned_width):
            chosen.append(rest.pop(0))
        widths = _widths([needs[i] for i in chosen], turned_width)
        # Two columns that do not fit together: numbers break after all.
        widths = widths or (turned_width * 0.4, turned_width * 0.6 - GUTTER)
        parts.append(Part(tuple(chosen), widths, sideways=True))
    return parts or [Part(everything, (turned_width,) * len(everything), sideways=True)]


def _widths(needs: Sequence[tuple[float, float]], room: float) -> tuple[float, ...]:
    """Return widths between the least and the wanted ones; empty if the least do not fit.

    Columns that want little more than they need get it; prose shares what is left by its length.
    """
    free = room - GUTTER * (len(needs) - 1) - sum(least for least, _ in needs)
    if free < 0:
        return ()
    more = [wanted - least for least, wanted in needs]
    given = [0.0] * len(needs)
    waiting = sorted(range(len(needs)), key=lambda index: more[index])
    while waiting and more[waiting[0]] <= free / len(waiting):
        index = waiting.pop(0)
        given[index] = more[index]
        free -= more[index]
    total = sum(more[index] for index in waiting)
    for index in waiting:
        given[index] = free * more[index] / total
    return tuple(least + extra for (least, _), extra in zip(needs, given, strict=True))


def _needs(table: Table, index: int, size: float) -> tuple[float, float]:
    """Return the least width of a column and the one in which no cell takes a second line."""
    column = table.columns[index]
    head = size * BOLD
    least = _longest_word(on_paper(column.name), head)
    wanted = max(least, min(printed_width(on_paper(column.name), head), _WIDEST_HEAD))
    for row in shown_rows(table):
        cell = paper_cell(row[index])
        text = on_paper(cell.text)
        beside = BAR_WIDTH + 4 if cell.bar is not None else 0.0
        if column.right and len(text) <= _UNBROKEN:
            text = unbroken(text)
        type_size = size * (BOLD if table.total and row is table.rows[-1] else 1.0)
        least = max(least, _longest_word(text, type_size, mono=cell.code) + beside)
        wanted = max(wanted, printed_width(text, type_size, mono=cell.code) + beside)
        verdict = verdict_text(cell.kind, cell.verdict)
        for line, scale in ((cell.note, NOTE_SHARE), (verdict, NOTE_SHARE * BOLD)):
            if line:
                line = on_paper(line)
                least = max(least, _longest_word(line, size * scale))
                wanted = max(wanted, printed_width(line, size * scale))
        if column.right and cell.note:
            # An interval of usual length stays on one line.
            note = printed_width(on_paper(cell.note), size * NOTE_SHARE)
            least = max(least, min(note, _LONGEST_INTERVAL))
    least *= _SAFETY
    wanted = max(least, min(wanted * _SAFETY, _WIDEST))
    return (least if column.right else max(least, min(wanted, _NARROWEST_PROSE))), wanted


def _longest_word(text: str, size: float, *, mono: bool = False) -> float:
    words = breakable(text).replace(ZERO_WIDTH_SPACE, " ").split(" ")
    return max((printed_width(word, size, mono=mono) for word in words), default=0.0)
