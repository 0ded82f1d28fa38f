"""Any document as one self-contained HTML file: no script, nothing fetched, readable on paper."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.documents.document import (
    Cell,
    Column,
    Document,
    Heading,
    Picture,
    Reproduction,
    Section,
    Table,
    tables_of,
)
from reports.documents.rendering import rendered
from reports.figures.canvas import figure_svg
from reports.number_text import count_text

# A page shows so many of the numbers behind a picture; the workbook holds all of them.
PICTURE_ROWS = 200
# Text columns with longer entries may break their lines; numbers and short words may not.
_LONG = 24
_NARROW = 4
_WORD = 30
# What fits beside the page number at the foot of a printed page, in three lines.
_FOOT = 360
# A picture as wide as the widest figures (9.2 inches) fills a page of 1032 pixels.
_PIXELS_PER_POINT = 1032 / (9.2 * 72)
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A block as the template takes it.

    Parameters
    ----------
    name
        Which macro writes it.
    block
        The block, or what of it is shown.
    level
        Of the heading that a picture brings along; 0 where the section's own heading says it.
    """

    name: str
    block: object
    level: int = 0


@dataclass(frozen=True, slots=True)
class _ShownTable:
    """A table with what the page leaves out and how its columns are set."""

    table: Table
    columns: Sequence[tuple[Column, str]]
    parts: Sequence[tuple[str, Sequence[Sequence[Cell]]]]
    left_out: str
    label: str


@dataclass(frozen=True, slots=True)
class _ShownPicture:
    """A picture with its numbers as a table."""

    picture: Picture
    numbers: _ShownTable
    framed: bool


def html(document: Document) -> str:
    """Return a document as a web page.

    A picture is drawn by its ``markup``, in a frame that scrolls if that is one ``<svg>``
    element, otherwise by its figure; its numbers stand folded beneath it.

    Parameters
    ----------
    document
        What to write. Keys of sections, tables and pictures become anchors.

    Returns
    -------
    str
        A whole HTML document that needs no other file, no script and no network.

    Raises
    ------
    ValueError
        If a key is used twice, or is not made of lower-case letters, digits and hyphens.
    MissingDependencyError
        If a package of the extra ``reports`` is not installed.
    """
    _check_keys(document)
    drawings: dict[str, str] = {"@foot": _foot(document.reproduction)}
    sections = [(section, list(_blocks(section, drawings))) for section in document.sections]
    made = document.reproduction
    context: dict[str, object] = {
        "title": document.title,
        "document": document,
        "logo": _logo(document),
        "contents": [
            *((f"s-{section.key}", section.title) for section in document.sections),
            ("reproduction", "How to reproduce it"),
        ],
        "sections": sections,
        "seed": "" if made.seed is None else str(made.seed),
        "versions": sorted(made.versions.items()),
        "made_from": sorted(made.made_from.items()),
    }
    return rendered("document.html.j2", context, drawings)


def main_part(page: str) -> str:
    """Return what stands between head and foot of a page of :func:`html`, to set it in another.

    Ids, classes and ``--`` colours are those of the page; its style sheet has to come along.

    Raises
    ------
    ValueError
        If it is not such a page.
    """
    # Text of a document is escaped, so that these tags are the template's own.
    head, found, rest = page.partition('<main id="main">')
    inside, end, _ = rest.rpartition("</main>")
    if not head or not found or not end:
        raise ValueError("not a page of this toolkit")
    return inside


def _check_keys(document: Document) -> None:
    for kind, keys in (
        ("section", [section.key for section in document.sections]),
        ("table", [table.key for table in tables_of(document)]),
    ):
        for key in keys:
            if not _KEY.fullmatch(key):
                raise ValueError(
                    f"key of a {kind}: {key!r}; lower-case letters, digits and hyphens are allowed"
                )
        if len(keys) != len(set(keys)):
            twice = sorted({key for key in keys if keys.count(key) > 1})
            raise ValueError(f"keys of {kind}s must be unique; used twice: {', '.join(twice)}")


def _blocks(section: Section, drawings: dict[str, str]) -> Iterator[_Shown]:
    level = 3
    for block in section.blocks:
        name = type(block).__name__.lower()
        if isinstance(block, Heading):
            # A picture below a heading stands one level deeper.
            level = 4
        if isinstance(block, Picture):
            drawings[block.key] = _drawing(block)
            own = block.title.strip() != section.title.strip()
            yield _Shown(name, _picture(block, drawings[block.key]), level if own else 0)
        elif isinstance(block, Table):
            yield _Shown(name, _table(block, block.most_rows))
        else:
            yield _Shown(name, block)


def _drawing(picture: Picture) -> str:
    identifier = f"f-{picture.key}"
    if picture.markup is not None:
        return picture.markup(identifier)
    drawn = figure_svg(
        picture.figure(),
        title=picture.title,
        description=picture.alternative,
        identifier=identifier,
    )
    # All figures are enlarged alike, so that their letters have one size on the page.
    width = re.search(r'<svg [^>]*width="([\d.]+)pt"', drawn)
    if width is None:
        return drawn
    most = round(float(width[1]) * _PIXELS_PER_POINT)
    return drawn.replace("<svg ", f'<svg style="max-width:{most}px" ', 1)


def _picture(picture: Picture, drawing: str) -> _ShownPicture:
    most = picture.data.most_rows
    numbers = _table(picture.data, min(most, PICTURE_ROWS) if most else PICTURE_ROWS)
    return _ShownPicture(picture, numbers, drawing.lstrip().startswith("<svg"))


def _table(table: Table, most_rows: int) -> _ShownTable:
    shown = list(table.rows[:most_rows] if most_rows else table.rows)
    left_out = len(table.rows) - len(shown)
    if left_out and table.total:
        # A sum is of all rows, also of those that are not shown.
        shown, left_out = [*shown[:-1], table.rows[-1]], len(table.rows) - len(shown)
    note = ""
    if left_out:
        note = (
            f"{count_text(len(shown))} of {count_text(len(table.rows))} rows are shown; "
            f"the other {count_text(left_out)} are in the workbook."
        )
    columns = [(column, _column_class(place, column, shown)) for place, column in _placed(table)]
    return _ShownTable(table, columns, _parts(table, shown), note, table.caption[:80])


def _placed(table: Table) -> list[tuple[int, Column]]:
    return list(enumerate(table.columns))


def _column_class(place: int, column: Column, rows: Sequence[Sequence[Cell]]) -> str:
    """Return the class that sets how a column's cells are aligned and broken."""
    longest = max((len(row[place].text) for row in rows), default=0)
    # A word that no line holds breaks anywhere, or it would push the table off the paper.
    endless = any(len(word) > _WORD for word in _words(column, place, rows))
    if column.right:
        return "right endless" if endless else "right"
    if endless:
        return "wrap endless"
    if place == 0:
        return "narrow" if longest <= _NARROW else ""
    numeric = any(_is_number(row[place].value) for row in rows)
    return "number" if numeric else ("wrap" if longest > _LONG else "")


def _words(column: Column, place: int, rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """Yield what of a column stays in one line: words, and the parts of keys between joints."""
    yield from column.name.split()
    for row in rows:
        cell = row[place]
        yield from re.split(r"[\s_.]+" if cell.code else r"\s+", cell.text)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _parts(
    table: Table, rows: Sequence[Sequence[Cell]]
) -> list[tuple[str, Sequence[Sequence[Cell]]]]:
    """Return the rows of each part with its title, parts without a shown row left out."""
    if not table.groups:
        return [("", rows)]
    starts = [start for start, _ in table.groups]
    parts = [("", rows[: starts[0]])] if starts[0] else []
    ends = [*starts[1:], len(rows)]
    parts += [
        (title, rows[start:end])
        for (start, title), end in zip(table.groups, ends, strict=True)
        if rows[start:end]
    ]
    return parts


def _logo(document: Document) -> str:
    if document.logo is None:
        return ""
    content = base64.b64encode(document.logo.content).decode("ascii")
    return f"data:{document.logo.media_type};base64,{content}"


def _foot(made: Reproduction) -> str:
    """Return the CSS that writes command, seed and versions at the foot of each printed page."""
    seed = [] if made.seed is None else [f"seed {made.seed}"]
    versions = [" ".join(item) for item in sorted(made.versions.items())]
    told = " · ".join(part for part in (made.command, *seed, ", ".join(versions)) if part)
    if len(told) > _FOOT:
        # The command and the seed first; the last page has all of it.
        told = " · ".join([part for part in (_cut(made.command), *seed) if part])
    return _css_string(told)


def _cut(command: str) -> str:
    return command if len(command) <= _FOOT else command[: _FOOT - 1] + "\u2026"


def _css_string(text: str) -> str:
    """Return *text* as a quoted CSS string that can end neither the string nor the style."""
    safe = "".join(
        c if c.isascii() and (c.isalnum() or c in " .,=_/:-") else f"\\{ord(c):x} " for c in text
    )
    return f'"{safe}"'
