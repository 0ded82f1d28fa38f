"""One picture as a file of its own: SVG, PDF or PNG, or its numbers as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

from reports.documents.document import Cell, Picture, Table
from reports.figures.canvas import figure_bytes, figure_svg

SUFFIXES = (".svg", ".pdf", ".png", ".csv")
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = tuple("=+-@\t\r")


def picture_bytes(picture: Picture, suffix: str, *, dots_per_inch: float = 150.0) -> bytes:
    """Return a picture in the format of a file's suffix.

    Parameters
    ----------
    picture
        From a document.
    suffix
        One of :data:`SUFFIXES`.
    dots_per_inch
        Of a PNG.
    """
    if suffix == ".csv":
        return table_csv(picture.data).encode("utf-8")
    if suffix == ".svg":
        text = figure_svg(picture.figure(), title=picture.title, identifier=picture.key)
        return ('<?xml version="1.0" encoding="utf-8"?>\n' + text + "\n").encode("utf-8", "replace")
    return figure_bytes(picture.figure(), suffix.removeprefix("."), dots_per_inch=dots_per_inch)


def table_csv(table: Table) -> str:
    """Return a table as CSV: unrounded values, with the ends of intervals in columns of their own.

    A text that a spreadsheet would take for a formula gets a quote before it (OWASP, "CSV
    Injection").
    """
    spans = [
        any(row[place].low is not None or row[place].high is not None for row in table.rows)
        for place in range(len(table.columns))
    ]
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    heads: list[str] = []
    for column, span in zip(table.columns, spans, strict=True):
        unit = f" ({column.unit})" if column.unit else ""
        heads += [f"{column.name}{unit}", *(["low", "high"] if span else [])]
    writer.writerow([_safe(head) for head in heads])
    for row in table.rows:
        cells: list[Any] = []
        for cell, span in zip(row, spans, strict=True):
            cells += [_plain(cell), *([cell.low, cell.high] if span else [])]
        writer.writerow(cells)
    return page.getvalue()


def _plain(cell: Cell) -> Any:
    if cell.value is None:
        # An unknown number is an empty field, not the words for it.
        return "" if cell.unit else _safe(cell.text)
    return _safe(cell.value) if isinstance(cell.value, str) else cell.value


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
