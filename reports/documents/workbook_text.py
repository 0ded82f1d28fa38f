"""Sentences, cards and facts of a document in a spreadsheet, one below the other."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reports.documents.document import (
    Answer,
    Block,
    Card,
    Cards,
    Cell,
    Code,
    Document,
    Facts,
    Heading,
    Listing,
    Reproduction,
    Section,
    Text,
    Warnings,
)
from reports.documents.workbook_cells import (
    Formats,
    is_number,
    safe_text,
    unit_word,
    write_cell,
    write_number,
    write_text,
)

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

_WIDTHS = (46.0, 20.0, 14.0, 14.0, 46.0)
_LAST = len(_WIDTHS) - 1
_LINE_POINTS = 13.5
_MUTED = "#55606e"
_LOGO_PIXELS = (220, 60)
_MOST_LINES = 30


class TextSheet:
    """Writes a sheet from the top down: text across all columns, facts in columns.

    Parameters
    ----------
    sheet
        An empty sheet.
    formats
        Of the workbook.
    currency
        ISO code of its money.
    """

    def __init__(self, sheet: Worksheet, formats: Formats, currency: str) -> None:
        self._sheet = sheet
        self._formats = formats
        self._currency = currency
        self._row = 0
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)

    def head(self, document: Document) -> None:
        """Write what a document is about."""
        if document.logo is not None:
            self._logo(document.logo.content)
        if document.kicker:
            self._across(document.kicker, font_color=_MUTED)
        self._across(document.heading, bold=True, font_size=18)
        if document.basis:
            self._across(document.basis, font_color=_MUTED)
        self._row += 1

    def section(self, section: Section, *, titled: bool) -> None:
        """Write the text of a section; its tables and pictures have sheets of their own."""
        if titled:
            self._across(section.title, bold=True, font_size=14)
        for block in section.blocks:
            self._block(block)
        self._row += 1

    def contents(self, sheets: Sequence[tuple[str, str]]) -> None:
        """Write links to the other sheets: (name, what it holds)."""
        self._across("Contents", bold=True, font_size=14)
        look = self._formats.look(font_color="#0a5c93", underline=1)
        for name, title in sheets:
            quoted = name.replace("'", "''")
            self._sheet.write_url(self._row, 0, f"internal:'{quoted}'!A1", look, safe_text(name))
            if title:
                self._merged(self._row, 1, title, {})
            self._row += 1

    def reproduction(self, told: Reproduction) -> None:
        """Write what makes the same result again."""
        self._across("Reproduce", bold=True, font_size=14)
        seed = Cell("none: nothing is random") if told.seed is None else Cell(str(told.seed))
        self._fact("Command", Cell(told.command or "not recorded"))
        self._fact("Seed", seed)
        for title, items in (("Versions", told.versions), ("Made from", told.made_from)):
            if items:
                self._row += 1
                self._across(title, bold=True)
            for name, value in items.items():
                self._fact(name, Cell(value))

    def _block(self, block: Block) -> None:
        match block:
            case Answer(items):
                for title, sentences in items:
                    if title:
                        self._across(title, bold=True)
                    self._across(sentences, font_size=12)
            case Cards(cards):
                for card in cards:
                    self._card(card)
            case Facts(items):
                self._heads()
                for label, cell in items:
                    self._fact(label, cell)
            case Warnings(items):
                self._across("Limits", bold=True)
                for where, what in items:
                    self._across(f"{where}: {what}" if where else what)
            case Listing(title, items):
                if title:
                    self._across(title, bold=True)
                for item in items:
                    self._across(f"\u2022 {item}")
            case Text(paragraphs):
                for paragraph in paragraphs:
                    self._across(paragraph)
            case Code(text):
                for line in text.splitlines():
                    self._across(line, font_name="Consolas")
            case Heading(text):
                self._across(text, bold=True, font_size=12)
            case _:
                return
        self._row += 1

    def _card(self, card: Card) -> None:
        self._across(card.title, bold=True)
        self._heads()
        for label, cell in card.items:
            self._fact(label, cell)

    def _heads(self) -> None:
        for column, word in enumerate(("", "Value", "Low", "High", "Unit and note")):
            look = {"font_color": _MUTED, "bottom": 1}
            align = {"align": "right"} if 0 < column < _LAST else {}
            write_text(self._sheet, self._row, column, word, self._formats, **look, **align)
        self._row += 1

    def _fact(self, label: str, cell: Cell) -> None:
        write_text(self._sheet, self._row, 0, label, self._formats, text_wrap=True)
        if not is_number(cell.value) and len(cell.text) > _WIDTHS[1]:
            # Words have no low and high, and may use their room.
            self._merged(self._row, 1, " \u2014 ".join(filter(None, (cell.text, cell.note))), {})
            self._row += 1
            return
        look: dict[str, Any] = {} if is_number(cell.value) else {"align": "left"}
        write_cell(self._sheet, self._row, 1, cell, self._formats, **look)
        for column, bound in ((2, cell.low), (3, cell.high)):
            if bound is not None:
                write_number(self._sheet, self._row, column, bound, cell.unit, self._formats)
        unit = unit_word(cell.unit, self._currency) if is_number(cell.value) else ""
        words = "; ".join(filter(None, (unit, cell.note, cell.verdict)))
        if words:
            write_text(self._sheet, self._row, _LAST, words, self._formats, text_wrap=True)
        self._row += 1

    def _across(self, text: str, **look: Any) -> None:
        self._merged(self._row, 0, text, look)
        self._row += 1

    def _merged(self, row: int, column: int, text: str, look: dict[str, Any]) -> None:
        """Write text over all columns from *column* on, the row as high as it needs."""
        shown = self._formats.look(text_wrap=True, align="left", **look)
        self._sheet.merge_range(row, column, row, _LAST, "", shown)
        self._sheet.write_string(row, column, safe_text(text), shown)
        size = float(look.get("font_size", 10))
        room = sum(_WIDTHS[column:]) * 10 / size * (0.92 if look.get("bold") else 1.0)
        lines = min(max(1, math.ceil(len(text) / room)), _MOST_LINES)
        if lines > 1 or size > 10:
            self._sheet.set_row(row, lines * _LINE_POINTS * size / 10 + 2)

    def _logo(self, content: bytes) -> None:
        """Put a picture into a row of its own, no larger than a letterhead's."""
        from PIL import Image

        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
        share = min(_LOGO_PIXELS[0] / max(width, 1), _LOGO_PIXELS[1] / max(height, 1), 1.0)
        told = {
            "image_data": io.BytesIO(content), "x_scale": share, "y_scale": share,
            "description": "Logo", "object_position": 3,
        }  # fmt: skip
        self._sheet.set_row(self._row, _LOGO_PIXELS[1] * 0.75 + 6)
        self._sheet.insert_image(self._row, 0, "logo", told)
        self._row += 1
