"""A document as PDF without a typesetter: plain Matplotlib pages of the same content."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
    GUTTER,
    NOTE_SHARE,
    Part,
    fit,
    hidden_rows_text,
    paper_rows,
)
from reports.documents.paper_text import (
    ZERO_WIDTH_SPACE,
    breakable,
    paper_cell,
    reproduction_lines,
    verdict_text,
)
from reports.documents.rendering import typeset
from reports.figures.canvas import figure_bytes, new_figure
from reports.figures.palette import ACCENT, BAD, GRID, INK, MUTED
from reports.figures.typeface import MONOSPACED, printed_width, substituted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PAPERS = {"a4": (595.28, 841.89), "us-letter": (612.0, 792.0)}
_MARGIN = 45.0
_TEXT, _TABLE, _SMALL = 8.6, 7.8, 6.5
_LEADING = 1.38
_DOTS_PER_INCH = 200
_BOLD = 1.14


@dataclass(frozen=True, slots=True)
class _Style:
    size: float = _TEXT
    colour: str = INK.light
    weight: str = "normal"
    family: str = "DejaVu Sans"
    indent: float = 0.0
    after: float = 4.0


_SECTION = _Style(13.0, weight="bold", after=7.0)
_SUBHEADING = _Style(9.6, weight="bold", after=5.0)
_NOTE = _Style(7.4, MUTED.light)
_CODE = _Style(7.6, family=MONOSPACED)


class _Pages:
    """Pages that fill from the top; measured in points from their upper left corner."""

    def __init__(self, paper: str, title: str, footer: Sequence[str]) -> None:
        self.paper = _PAPERS[paper]
        self.title, self.footer = title, footer
        self.figures: list[Figure] = []
        self.turn(sideways=False)

    @property
    def room(self) -> float:
        return self.width - 2 * _MARGIN

    @property
    def left(self) -> float:
        """Points left on the page."""
        return self.bottom - self.y

    def turn(self, *, sideways: bool) -> None:
        """Begin a page."""
        self.width, self.height = self.paper[::-1] if sideways else self.paper
        self.sideways = sideways
        self.figure = new_figure(self.width / 72, self.height / 72)
        self.figures.append(self.figure)
        self.y = 50.0
        self.bottom = self.height - 34.0 - len(self.footer) * _SMALL * _LEADING

    def need(self, height: float) -> None:
        """Begin a page unless *height* points are left on this one."""
        if height > self.left and self.y > 50.0:
            self.turn(sideways=self.sideways)

    def orient(self, *, sideways: bool) -> None:
        """Begin a page unless this one is of the orientation."""
        if sideways != self.sideways:
            self.turn(sideways=sideways)

    def write(self, x: float, y: float, text: str, style: _Style, align: str = "left") -> None:
        """Write one line with its upper edge at *y*."""
        self.figure.text(
            x / self.width, 1 - y / self.height, text, fontsize=style.size, color=style.colour,
            weight=style.weight, family=style.family, ha=align, va="top", parse_math=False,
        )  # fmt: skip

    def rule(self, y: float, colour: str, width: float, right: float) -> None:
        """Draw a line across."""
        from matplotlib.lines import Line2D

        ends = (_MARGIN / self.width, right / self.width)
        line = Line2D(ends, [1 - y / self.height] * 2, color=colour, linewidth=width)
        self.figure.add_artist(line)

    def paragraph(self, text: str, style: _Style, first: str = "") -> None:
        """Write text, broken into lines and over pages; *first* stands before it."""
        step = style.size * _LEADING
        for number, line in enumerate(_lines(text, style, self.room - style.indent)):
            self.need(step)
            if first and not number:
                self.write(_MARGIN, self.y, first, style)
            self.write(_MARGIN + style.indent, self.y, line, style)
            self.y += step
        self.y += style.after

    def finish(self) -> list[Figure]:
        """Write head and foot of every page, and return all."""
        style = _Style(_SMALL, MUTED.light)
        for number, figure in enumerate(self.figures, start=1):
            self.figure = figure
            self.width, self.height = (float(inches) * 72 for inches in figure.get_size_inches())
            self.write(_MARGIN, 28, (_lines(self.title, style, self.room - 80) or [""])[0], style)
            place = f"Page {number} of {len(self.figures)}"
            self.write(self.width - _MARGIN, 28, place, style, "right")
            top = self.height - 26.0 - len(self.footer) * _SMALL * _LEADING
            self.rule(top - 3, GRID.light, 0.5, self.width - _MARGIN)
            for row, line in enumerate(self.footer):
                self.write(_MARGIN, top + row * _SMALL * _LEADING, line, style)
        return self.figures


def pdf_pages(document: Document, *, paper: str = "a4") -> bytes:
    """Return a document as plain pages: everything :func:`reports.documents.pdf.pdf` says.

    Pages hold pictures of 200 dots per inch; there are no bookmarks and no tags, which is what
    the typesetter adds.

    Parameters
    ----------
    document
        Any document.
    paper
        ``a4`` or ``us-letter``.
    """
    footer: list[str] = []
    for text in reproduction_lines(document.reproduction):
        footer += _lines(text, _Style(_SMALL), _PAPERS[paper][0] - 2 * _MARGIN)[:4]
    pages = _Pages(paper, document.title, footer)
    _head(pages, document)
    folded: list[tuple[str, Table | Listing]] = []
    for number, section in enumerate(document.sections):
        if section.new_page and number:
            pages.turn(sideways=False)
        pages.orient(sideways=False)
        pages.need(60)
        pages.y += 6
        pages.paragraph(section.title, _SECTION)
        for block in section.blocks:
            if isinstance(block, Table | Listing) and block.folded:
                folded.append((section.title, block))
            else:
                _block(pages, block)
    if folded:
        pages.turn(sideways=False)
        pages.paragraph("Appendix: details", _SECTION)
        for title, block in folded:
            pages.orient(sideways=False)
            pages.need(60)
            pages.paragraph(title, _SUBHEADING)
            _block(pages, block)
    return _file(pages.finish(), document)


def _file(figures: Sequence[Figure], document: Document) -> bytes:
    import matplotlib
    from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages

    page = io.BytesIO()
    about: dict[str, Any] = {"Title": substituted(document.title), "CreationDate": None}
    with (
        matplotlib.rc_context({"pdf.fonttype": 42, "font.family": "DejaVu Sans"}),
        PdfPages(page, metadata=about) as pages,
    ):
        for figure in figures:
            FigureCanvasPdf(figure)
            pages.savefig(figure)
    return page.getvalue()


def _head(pages: _Pages, document: Document) -> None:
    if document.logo is not None:
        _place(pages, document.logo.content, 42.0 * 4, 42.0, at_right=True)
    for text, style in (
        (document.kicker, _Style(colour=MUTED.light)),
        (document.heading, _Style(17.0, weight="bold", after=6.0)),
        (document.basis, _Style(colour=MUTED.light, after=8.0)),
    ):
        if text:
            pages.paragraph(text, style)


def _block(pages: _Pages, block: Block) -> None:
    if not isinstance(block, Table):
        pages.orient(sideways=False)
    match block:
        case Text():
            for text in block.paragraphs:
                pages.paragraph(text, _NOTE if block.small else _Style())
        case Heading():
            pages.need(50)
            pages.paragraph(block.text, _SUBHEADING)
        case Answer():
            for title, text in block.items:
                if title:
                    pages.paragraph(title, _Style(10.6, ACCENT.light, "bold", after=0.0))
                pages.paragraph(text, _Style(10.6))
        case Warnings():
            for place, text in block.items:
                words = f"{place} \u00b7 {text}" if place else text
                pages.paragraph(words, _Style(colour=BAD.light, indent=10.0), "!")
        case Cards():
            for card in block.cards:
                pages.need(40)
                pages.paragraph(card.title, _SUBHEADING)
                _facts(pages, card.items)
        case Facts():
            _facts(pages, block.items)
        case Listing():
            if block.title:
                pages.paragraph(block.title, _SUBHEADING)
            for text in block.items:
                pages.paragraph(text, _Style(indent=10.0), "\u2013")
        case Code():
            for line in block.text.split("\n"):
                pages.paragraph(line, _CODE)
        case Table():
            for part in fit(
                block, pages.paper[0] - 2 * _MARGIN, pages.paper[1] - 2 * _MARGIN, _TABLE
            ):
                _table(pages, block, part)
        case Picture():
            _picture(pages, block)


def _facts(pages: _Pages, items: Sequence[tuple[str, Cell]]) -> None:
    label_style, label_width = _Style(colour=MUTED.light), 150.0
    for label, cell in items:
        labels = _lines(label, label_style, label_width - 12)
        values = _cell_lines(cell, _TEXT, pages.room - label_width)
        pages.need(min(len(values), 30) * _TEXT * _LEADING)
        for number in range(max(len(labels), len(values))):
            pages.need(_TEXT * _LEADING)
            if number < len(labels):
                pages.write(_MARGIN, pages.y, labels[number], label_style)
            if number < len(values):
                pages.write(_MARGIN + label_width, pages.y, *values[number])
            pages.y += _TEXT * _LEADING
        pages.y += 2


def _table(pages: _Pages, table: Table, part: Part) -> None:
    pages.orient(sideways=part.sideways)
    pages.need(70)
    pages.paragraph(table.caption, _NOTE)
    heads = [
        [
            (line, _Style(_TABLE, weight="bold"))
            for line in _lines(table.columns[i].name, _Style(_TABLE, weight="bold"), width)
        ]
        for i, width in zip(part.columns, part.widths, strict=True)
    ]
    _row(pages, table, part, heads)
    groups = dict(table.groups)
    rows = paper_rows(table)
    for number, row in enumerate(rows):
        total = table.total and number == len(rows) - 1
        cells = [
            _cell_lines(row[i], _TABLE, width, weight="bold" if total else "normal")
            for i, width in zip(part.columns, part.widths, strict=True)
        ]
        height = max(map(len, cells)) * _TABLE * _LEADING + 6
        if min(height, 300) + (24 if number in groups else 0) > pages.left:
            pages.turn(sideways=pages.sideways)
            _row(pages, table, part, heads)
        if number in groups:
            pages.y += 4
            pages.paragraph(groups[number], _Style(_TABLE, weight="bold", after=3.0))
        _row(pages, table, part, cells)
    if more := hidden_rows_text(table):
        pages.paragraph(more, _NOTE)
    pages.y += 8


def _row(
    pages: _Pages, table: Table, part: Part, cells: Sequence[Sequence[tuple[str, _Style]]]
) -> None:
    step = _TABLE * _LEADING
    right = _MARGIN + sum(part.widths) + GUTTER * (len(part.widths) - 1)
    for line in range(max(map(len, cells), default=0)):
        pages.need(step)
        x = _MARGIN
        for index, width, cell in zip(part.columns, part.widths, cells, strict=True):
            aligned = table.columns[index].right
            if line < len(cell):
                text, style = cell[line]
                place = x + width if aligned else x
                pages.write(place, pages.y, text, style, "right" if aligned else "left")
            x += width + GUTTER
        pages.y += step
    pages.rule(pages.y + 1, GRID.light, 0.5, right)
    pages.y += 5


def _picture(pages: _Pages, picture: Picture) -> None:
    figure = picture.figure()
    wide, high = (float(inches) * 72 for inches in figure.get_size_inches())
    caption = _lines(picture.caption, _NOTE, pages.room)
    around = 40 + len(caption) * _NOTE.size * _LEADING
    most = pages.height - 100 - around
    scale = min(1.0, pages.room / wide, most / high)
    pages.need(high * scale + around)
    pages.paragraph(picture.title, _Style(weight="bold"))
    _place(pages, figure_bytes(figure, "png"), wide * scale, high * scale)
    pages.paragraph(picture.caption, _NOTE)


def _place(
    pages: _Pages, content: bytes, width: float, height: float, *, at_right: bool = False
) -> None:
    from PIL import Image

    image = Image.open(io.BytesIO(content)).convert("RGB")
    scale = min(width / image.width, height / image.height)
    wide, high = image.width * scale, image.height * scale
    x = pages.width - _MARGIN - wide if at_right else _MARGIN
    box = (
        x / pages.width, 1 - (pages.y + high) / pages.height,
        wide / pages.width, high / pages.height,
    )  # fmt: skip
    axes = pages.figure.add_axes(box)
    axes.set_axis_off()
    axes.imshow(image, aspect="auto", interpolation="none")
    if not at_right:
        pages.y += high + 4


def _cell_lines(
    cell: Cell, size: float, width: float, *, weight: str = "normal"
) -> list[tuple[str, _Style]]:
    cell = paper_cell(cell)
    family = MONOSPACED if cell.code else "DejaVu Sans"
    small = _Style(size * NOTE_SHARE, MUTED.light)
    bold = _Style(size * NOTE_SHARE, MUTED.light, "bold")
    main = _Style(size, weight=weight, family=family)
    rows = (
        (cell.text, main),
        (verdict_text(cell.kind, cell.verdict), bold),
        (cell.note, small),
    )
    return [(line, style) for text, style in rows for line in _lines(text, style, width)]


def _lines(text: str, style: _Style, width: float) -> list[str]:
    """Break text at spaces, and long words inside."""
    mono = style.family == MONOSPACED
    size = style.size * (_BOLD if style.weight == "bold" else 1.0)
    lines: list[str] = []
    line = ""
    prepared = substituted(text if mono else typeset(text))
    for word in prepared.split(" "):
        whole = printed_width(word, size, mono=mono) <= width
        for piece in (word if whole else breakable(word)).split(ZERO_WIDTH_SPACE):
            if line and printed_width(line + piece, size, mono=mono) > width:
                lines.append(line.rstrip())
                line = ""
            line += piece
        line += " "
    return [*lines, line.rstrip()] if line.strip() else lines
