"""A document as an Excel workbook: the answer first, a sheet for each table and each picture."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from o2c_sim.errors import MissingDependencyError
from reports.documents.document import (
    Document,
    Picture,
    Section,
    Table,
)
from reports.documents.workbook_cells import Formats, safe_text
from reports.documents.workbook_chart import add_chart
from reports.documents.workbook_table import MOST_ROWS, write_across, write_table
from reports.documents.workbook_text import TextSheet
from reports.figures.text_fit import printable

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

# The same document gives the same bytes, whenever it is written.
_CREATED = datetime(2000, 1, 1)
_LONGEST_NAME = 31
_LONGEST_MARGIN = 255
_A4 = 9
# Characters across a page on its side, printed at 60 %; smaller cannot be read.
_PAGE_CHARACTERS = 240
_NO_CHART = "The picture itself is in the HTML and PDF formats; these are its numbers."
_OWN_CHART = (
    "The chart is the spreadsheet's own and draws no intervals: colours, patterns and bands that "
    "are named here are those of the other formats."
)
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def workbook(document: Document) -> bytes:
    """Return a document as the bytes of an ``.xlsx`` file.

    Parameters
    ----------
    document
        Any document. Every number is written as the result holds it: a share as 0 to 1 with a
        percentage format, money in currency; an interval in two columns of its own.

    Returns
    -------
    bytes
        No formula, no link that leaves the file, the same for the same document.

    Raises
    ------
    MissingDependencyError
        If XlsxWriter is not installed.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError as missing:
        raise MissingDependencyError("xlsxwriter", "reports") from missing
    page = io.BytesIO()
    book = Workbook(page, _OPTIONS)
    book.set_properties(
        {
            "title": safe_text(document.title)[:255],
            "subject": safe_text(document.basis)[:255],
            "comments": safe_text(document.reproduction.command)[:2000],
            "created": _CREATED,
        }
    )
    book.set_size(2000, 1400)
    formats = Formats(book, document.currency)
    parts = list(_parts(document))
    names = sheet_names(["Summary", "Facts and notes", *(part.key for _, part in parts)])
    summary_name, notes_name, *part_names = names
    reproduce_name = sheet_names([*names, "Reproduce"])[-1]
    first, *others = document.sections or (Section("", "", ()),)
    told = [section for section in others if _has_text(section)]
    sheets = [(name, _title(part)) for name, (_, part) in zip(part_names, parts, strict=True)]
    after = [(notes_name, "Facts and notes of all other sections")] if told else []
    summary = _sheet(book, summary_name, document, landscape=False)
    writer = TextSheet(summary, formats, document.currency)
    writer.head(document)
    writer.section(first, titled=False)
    writer.contents([*after, *sheets, (reproduce_name, "Command, seed and versions")])
    if told:
        notes = _sheet(book, notes_name, document, landscape=False)
        writer = TextSheet(notes, formats, document.currency)
        for section in told:
            writer.section(section, titled=True)
    for name, (section, part) in zip(part_names, parts, strict=True):
        sheet = _sheet(book, name, document, landscape=True)
        _write_part(book, sheet, name, section, part, formats, document.currency, summary_name)
    reproduce = _sheet(book, reproduce_name, document, landscape=False)
    TextSheet(reproduce, formats, document.currency).reproduction(document.reproduction)
    book.close()
    return page.getvalue()


def sheet_names(keys: list[str]) -> list[str]:
    r"""Return a name for each sheet: as Excel allows it, and no two alike.

    At most 31 characters, none of ``[]:*?/\``, no apostrophe at an end, not ``History``, and
    different from all others in more than upper and lower case.
    """
    names: list[str] = []
    used = {"", "history"}
    for key in keys:
        words = re.sub(r"[\[\]:*?/\\]", " ", printable(key)).replace("-", " ").replace("_", " ")
        plain = _cut(" ".join(words.split()), _LONGEST_NAME) or "Sheet"
        plain = plain[0].upper() + plain[1:]
        name, number = plain, 1
        while name.casefold() in used:
            number += 1
            end = f" {number}"
            name = _cut(plain, _LONGEST_NAME - len(end)) + end
        used.add(name.casefold())
        names.append(name)
    return names


def _cut(text: str, units: int) -> str:
    """Return the beginning of a text in UTF-16 units, which Excel counts."""
    text = text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")
    return text.strip(" '")


def _parts(document: Document) -> Iterator[tuple[Section, Table | Picture]]:
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Table | Picture):
                yield section, block


def _title(part: Table | Picture) -> str:
    return part.title if isinstance(part, Picture) else part.caption


def _has_text(section: Section) -> bool:
    return any(not isinstance(block, Table | Picture) for block in section.blocks)


def _sheet(book: Workbook, name: str, document: Document, *, landscape: bool) -> Worksheet:
    """Add a sheet that is ready to be printed."""
    sheet: Any = book.add_worksheet(name)
    sheet.set_paper(_A4)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.8)
    told = document.reproduction
    seed = "" if told.seed is None else f"seed {told.seed}"
    sheet.set_header("&L" + _margin(document.title, 240))
    sheet.set_footer(
        "&L" + _margin("   ".join(filter(None, (told.command, seed))), 220) + "&R&P/&N"
    )
    return sheet


def _margin(text: str, longest: int) -> str:
    """Return text for a header or footer, where ``&`` begins a code."""
    kept = ""
    for character in printable(text):
        more = "&&" if character == "&" else character
        if len((kept + more).encode("utf-16-le")) > 2 * longest:
            return kept + "\u2026"
        kept += more
    # A digit after "&L" would be read as a size of type.
    return f" {kept}" if kept[:1].isdigit() else kept


def _write_part(
    book: Workbook,
    sheet: Worksheet,
    name: str,
    section: Section,
    part: Table | Picture,
    formats: Formats,
    currency: str,
    summary: str,
) -> None:
    """Write a table, or a picture's numbers and its chart."""
    table = part.data if isinstance(part, Picture) else part
    chart = part.chart if isinstance(part, Picture) else None
    title = f"{section.title}: {_title(part)}" if section.title else _title(part)
    told = [part.caption] if isinstance(part, Picture) else []
    if isinstance(part, Picture):
        told.append(_NO_CHART if chart is None else _OWN_CHART)
    if len(table.rows) > MOST_ROWS - 4:
        told.append("Cut at the last row that a sheet can hold.")
    link = formats.look(font_color="#0a5c93", underline=1)
    sheet.write_url(2, 0, f"internal:'{summary}'!A1", link, "Back to the summary")
    charted = frozenset() if chart is None else frozenset((chart.x, *chart.series))
    placed = write_table(sheet, table, formats, currency, charted=charted)
    write_across(sheet, 0, title, placed.widths, formats, bold=True, font_size=13)
    write_across(sheet, 1, " ".join(told), placed.widths, formats, font_color="#55606e")
    sheet.fit_to_pages(max(1, math.ceil(sum(placed.widths) / _PAGE_CHARACTERS)), 0)
    sheet.repeat_columns(0)
    if isinstance(part, Picture):
        add_chart(book, sheet, name, part, placed)
