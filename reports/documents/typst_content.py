"""A document as the plain data that the typst template reads: no text ever becomes typst code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from reports.documents.document import (
    Answer,
    Block,
    Cards,
    Cell,
    Code,
    Document,
    Facts,
    Heading,
    Listing,
    Picture,
    Table,
    Text,
    Warnings,
)
from reports.documents.paper_table import (
    BAR_WIDTH,
    GUTTER,
    Part,
    fit,
    hidden_rows_text,
    paper_rows,
    unbroken,
)
from reports.documents.paper_text import (
    ZERO_WIDTH_SPACE,
    breakable,
    code_on_paper,
    cut,
    on_paper,
    paper_cell,
    reproduction_lines,
    verdict_text,
)
from reports.figures.canvas import figure_bytes
from reports.figures.palette import ACCENT, BAD, GOOD, GRID, INK, MUTED, PANEL
from reports.figures.print_size import enlarge_text
from reports.figures.typeface import FAMILY, MONOSPACED, printed_width, substituted

Data = dict[str, Any]

TEXT_SIZE = 8.6
TABLE_SIZE = 7.8
FOOTER_SIZE = 6.5
_FOOTER_LINE = 9.0
# What a command longer than this says is in the section that reproduces the result.
_FOOTER_LINES = 4
_LONGEST_HEADER = 90
_POINTS_PER_INCH = 72.0
_CAPTION_ROOM = 80.0
# How much larger a picture must become for its page to be turned.
_WORTH_TURNING = 1.05
_PAPERS = {"a4": (595.28, 841.89), "us-letter": (612.0, 792.0)}
_SIDE_MARGIN = 45.0
_TOP_MARGIN = 54.0
# Widths of lines in multiples of the type size.
_HEADING, _CARD, _LABEL, _PROSE_CELL = 24.0, 8.0, 13.0, 36.0
# Share of a page's height.
_LONGEST_OPENING = 0.3
_SMALL_ROWS = 12
_SMALL_TEXT = 120
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class TypstContent:
    """The data of a document, and the files that they name."""

    data: Data
    files: dict[str, bytes]


@dataclass(slots=True)
class _Setting:
    """What is gathered while a document is turned into data."""

    width: float
    height: float
    files: dict[str, bytes] = field(default_factory=dict)
    appendix: list[tuple[str, Table | Listing]] = field(default_factory=list)

    @property
    def turned_width(self) -> float:
        # Sideways the margins at top and bottom stay what they are.
        return self.height + _TOP_MARGIN - _SIDE_MARGIN


def typst_content(document: Document, paper: str = "a4") -> TypstContent:
    """Return the data and files of a document for ``document.typ``.

    Parameters
    ----------
    document
        Any document.
    paper
        ``a4`` or ``us-letter``.

    Raises
    ------
    KeyError
        For any other paper.
    """
    width, height = _PAPERS[paper]
    footer = _footer(document, width - 2 * _SIDE_MARGIN)
    bottom = 30.0 + _FOOTER_LINE * len(footer)
    room = _Setting(width - 2 * _SIDE_MARGIN, height - _TOP_MARGIN - bottom)
    elements: list[Data] = []
    for number, section in enumerate(document.sections):
        elements.append(
            {"type": "section", "key": section.key, "title": on_paper(section.title)}
            | {"new_page": section.new_page and number > 0}
        )
        for block in section.blocks:
            if isinstance(block, Table | Listing) and block.folded:
                room.appendix.append((section.title, block))
                elements.append(_pointer(block, len(room.appendix)))
            else:
                elements += _block(block, room)
        if number == 0 and len(document.sections) > 3:
            elements.append({"type": "contents"})
    elements += _appendix(room)
    data = {
        "title": on_paper(document.title),
        "header": cut(substituted(document.title), _LONGEST_HEADER),
        "heading": on_paper(document.heading, _HEADING),
        "kicker": on_paper(document.kicker),
        "basis": on_paper(document.basis),
        "elements": _turned(elements, room.width),
        "footer": footer,
        "logo": _logo(document, room),
        "paper": paper,
        "margins": {"side": _SIDE_MARGIN, "top": _TOP_MARGIN, "bottom": bottom},
        "sizes": {"text": TEXT_SIZE, "table": TABLE_SIZE, "footer": FOOTER_SIZE},
        "gutter": GUTTER,
        "bar": BAR_WIDTH,
        "fonts": {"text": FAMILY, "code": MONOSPACED},
        "colours": {
            tone.variable[2:]: tone.light for tone in (INK, MUTED, GRID, PANEL, ACCENT, GOOD, BAD)
        },
    }
    return TypstContent(data, room.files)


def _footer(document: Document, width: float) -> list[str]:
    command, rest = reproduction_lines(document.reproduction)
    lines: list[str] = []
    for text in (command.replace("\n", " "), rest):
        lines += _broken(breakable(substituted(text)), FOOTER_SIZE, width) if text else []
    return lines


def _broken(text: str, size: float, width: float) -> list[str]:
    """Break at spaces and at invisible places, greedily; what is beyond the last line is cut."""
    lines, line = [], ""
    for piece in text.replace(ZERO_WIDTH_SPACE, "\n").replace(" ", " \n").split("\n"):
        if line and printed_width((line + piece).rstrip(), size) > width:
            lines.append(line.rstrip())
            line = piece
        else:
            line += piece
    lines.append(line.rstrip())
    if len(lines) > _FOOTER_LINES:
        lines = [*lines[: _FOOTER_LINES - 1], lines[_FOOTER_LINES - 1][:-1] + "\u2026"]
    return lines


def _block(block: Block, room: _Setting) -> list[Data]:
    match block:
        case Text():
            return [
                {
                    "type": "text",
                    "small": block.small,
                    "paragraphs": [on_paper(text) for text in block.paragraphs],
                }
            ]
        case Heading():
            return [{"type": "heading", "text": on_paper(block.text)}]
        case Answer():
            return [{"type": "answer", "items": _pairs(block.items)}]
        case Warnings():
            return [{"type": "warnings", "items": _pairs(block.items)}]
        case Cards():
            cards = [
                {"title": on_paper(card.title, _CARD), "items": _labelled(card.items, _CARD)}
                for card in block.cards
            ]
            return [{"type": "cards", "cards": cards}]
        case Facts():
            return [{"type": "facts", "large": block.large, "items": _facts(block)}]
        case Listing():
            items = [on_paper(text) for text in block.items]
            return [{"type": "listing", "title": on_paper(block.title), "items": items}]
        case Code():
            return [{"type": "code", "text": code_on_paper(block.text)}]
        case Table():
            return _table(block, room)
        case Picture():
            return [_picture(block, room)]


def _pairs(items: Sequence[tuple[str, str]]) -> list[list[str]]:
    return [[on_paper(first), on_paper(second)] for first, second in items]


def _facts(facts: Facts) -> list[Data]:
    if facts.large:
        return _labelled(facts.items, _CARD)
    return [
        {"label": on_paper(label, _LABEL), "cell": _cell(cell, _PROSE_CELL)}
        for label, cell in facts.items
    ]


def _labelled(items: Sequence[tuple[str, Cell]], room: float) -> list[Data]:
    return [{"label": on_paper(label, room), "cell": _cell(cell, room)} for label, cell in items]


def _cell(cell: Cell, room: float, *, right: bool = False) -> Data:
    cell = paper_cell(cell)
    text = (code_on_paper if cell.code else on_paper)(cell.text, room)
    return {
        "text": unbroken(text) if right else text,
        "note": on_paper(cell.note, room),
        "kind": cell.kind,
        "verdict": on_paper(verdict_text(cell.kind, cell.verdict), room),
        "bar": None if cell.bar is None else min(1.0, max(0.0, cell.bar)),
        "code": cell.code,
    }


def _table(table: Table, room: _Setting) -> list[Data]:
    if not table.columns:
        return []
    parts = fit(table, room.width, room.turned_width, TABLE_SIZE)
    return [
        _part(table, part, f" (part {number} of {len(parts)})" if len(parts) > 1 else "")
        for number, part in enumerate(parts, start=1)
    ]


def _part(table: Table, part: Part, suffix: str) -> Data:
    rows = paper_rows(table)
    rooms = [width / TABLE_SIZE for width in part.widths]
    columns = [(table.columns[i], room) for i, room in zip(part.columns, rooms, strict=True)]
    titles = {index: on_paper(title) for index, title in table.groups if index < max(len(rows), 1)}
    return {
        "type": "table",
        "sideways": part.sideways,
        "breakable": not _is_small(rows),
        "caption": on_paper(table.caption + suffix),
        "widths": part.widths,
        "columns": [
            {"name": on_paper(column.name, room), "right": column.right} for column, room in columns
        ],
        "rows": [
            {
                "group": titles.get(number),
                "total": table.total and number == len(rows) - 1,
                "cells": [
                    _cell(row[index], room, right=column.right)
                    for index, (column, room) in zip(part.columns, columns, strict=True)
                ],
            }
            for number, row in enumerate(rows)
        ],
        "more": hidden_rows_text(table),
    }


def _is_small(rows: Sequence[Sequence[Cell]]) -> bool:
    """Return whether a table surely fits a page, and so need not go on over two."""
    return len(rows) <= _SMALL_ROWS and all(
        len(cell.text) + len(cell.note) <= _SMALL_TEXT for row in rows for cell in row
    )


def _picture(picture: Picture, room: _Setting) -> Data:
    figure = picture.figure()
    wide, high = (float(inches) * _POINTS_PER_INCH for inches in figure.get_size_inches())
    upright = min(1.0, room.width / wide, (room.height - _CAPTION_ROOM) / high)
    turned = min(1.0, room.turned_width / wide, (room.width - _CAPTION_ROOM) / high)
    sideways = picture.wide and turned > _WORTH_TURNING * upright
    if not picture.wide:
        # Maps and boards choose their own size of text.
        enlarge_text(figure, upright)
    name = f"figure-{len(room.files)}.svg"
    room.files[name] = figure_bytes(figure, "svg")
    return {
        "type": "picture",
        "sideways": sideways,
        "title": on_paper(picture.title),
        "caption": on_paper(picture.caption),
        "alternative": picture.alternative or picture.title,
        "file": name,
        "width": wide * (turned if sideways else upright),
        "height": high * (turned if sideways else upright),
    }


def _pointer(block: Table | Listing, number: int) -> Data:
    title = block.caption if isinstance(block, Table) else block.title
    return {"type": "pointer", "text": on_paper(title), "target": f"appendix-{number}"}


def _appendix(room: _Setting) -> list[Data]:
    if not room.appendix:
        return []
    elements: list[Data] = [
        {"type": "section", "key": "appendix", "title": "Appendix: details", "new_page": True}
    ]
    for number, (section, block) in enumerate(room.appendix, start=1):
        title = block.caption if isinstance(block, Table) else block.title
        elements.append(
            {
                "type": "heading",
                "text": on_paper(f"{section}: {title}" if title else section),
                "label": f"appendix-{number}",
            }
        )
        details = _block(block, room)
        if len(details) == 1:
            # The heading above says it.
            details = [details[0] | {"caption": "", "title": ""}]
        elements += details
    return elements


def _logo(document: Document, room: _Setting) -> str | None:
    if document.logo is None or document.logo.media_type not in _SUFFIXES:
        return None
    name = f"logo.{_SUFFIXES[document.logo.media_type]}"
    room.files[name] = document.logo.content
    return name


def _turned(elements: Sequence[Data], height: float) -> list[Data]:
    """Put neighbours that need a page on its side together, with the words that open them."""
    result: list[Data] = []
    for element in elements:
        if not element.get("sideways"):
            result.append(element)
            continue
        opening = _opening(result)
        tall = sum(_opening_height(words) for words in opening)
        if tall > _LONGEST_OPENING * height:
            result += opening
            opening, tall = [], 0.0
        if opening and element["type"] == "picture":
            free = height - _CAPTION_ROOM - tall
            scale = min(1.0, free / element["height"])
            element = element | {"width": element["width"] * scale}
        if not opening and result and result[-1]["type"] == "sideways":
            result[-1]["elements"].append(element)
        else:
            result.append({"type": "sideways", "elements": [*opening, element]})
    return result


def _opening(elements: list[Data]) -> list[Data]:
    """Take a heading and the texts below it from the end of *elements*."""
    start = len(elements)
    while start and elements[start - 1]["type"] == "text":
        start -= 1
    if not start or elements[start - 1]["type"] not in ("section", "heading"):
        return []
    while start and elements[start - 1]["type"] in ("section", "heading"):
        start -= 1
    # A turned page is a new page already.
    opening = [element | {"new_page": False} for element in elements[start:]]
    del elements[start:]
    return opening


def _opening_height(element: Data) -> float:
    """Return the estimated height of a heading or a text across a page on its side, in points."""
    if element["type"] != "text":
        return 30.0
    lines = sum(1 + len(words) // 130 for words in element["paragraphs"])
    return 14.0 * lines
