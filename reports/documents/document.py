"""What a document says, before any format: sections of text, numbers, tables and pictures.

A template (:mod:`reports.documents.comparison_document` and its neighbours) turns a result into a
:class:`Document`; a format (HTML, PDF, Excel, Markdown, LaTeX, JSON) writes any document. A number
is a :class:`Cell` that carries both the value of the result file and the text people read, so that
no format can say another number than the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Value: TypeAlias = float | int | str | bool | date | datetime | None
Kind: TypeAlias = Literal["", "better", "worse", "changed", "none"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry of a table or of a list of facts.

    Parameters
    ----------
    text
        What people read, with its unit.
    value
        The number (or text, date) as the result holds it, unrounded; None where *text* is all.
        Shares are 0 to 1, durations in *unit*, money in currency.
    unit
        ``days``, ``hours``, ``share``, ``percentage points`` (of a share: still 0 to 1),
        ``currency``, ``count`` or any other word.
    low, high
        The interval of *value*, None without one.
    note
        A smaller second line: the interval in words, a definition, a source.
    kind
        A verdict that is shown by sign and word as well as by colour.
    verdict
        The verdict's words.
    bar
        Share (0 to 1) of a bar beside the text; None without a bar.
    code
        Whether *text* is a key or a path to be set in a fixed-width face.
    """

    text: str
    value: Value = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    note: str = ""
    kind: Kind = ""
    verdict: str = ""
    bar: float | None = None
    code: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; *right* for numbers; *unit* as in :class:`Cell` where all agree."""

    name: str
    right: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Parameters
    ----------
    key
        Unique in its document: anchor, sheet name, file name. Lower case, digits and hyphens.
    caption
        What it shows.
    columns
        Heads; the first column names the rows.
    rows
        Cells, as many in each row as there are columns.
    groups
        (index of the first row, title) of each part; empty for a table in one part.
    folded
        Detail that a screen shows closed and paper may put last.
    total
        Whether the last row is a sum.
    most_rows
        How many rows a page shows before it refers to the workbook; 0 shows all. The workbook and
        the JSON always hold all.
    """

    key: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    groups: Sequence[tuple[int, str]] = ()
    folded: bool = False
    total: bool = False
    most_rows: int = 0


@dataclass(frozen=True, slots=True)
class NativeChart:
    """How a workbook draws the table behind a picture.

    Parameters
    ----------
    kind
        Type of chart.
    x
        Name of the column of categories or x values.
    series
        Names of the columns that are drawn.
    x_label, y_label
        Axis titles with units.
    stacked
        Whether bars, columns or areas are stacked.
    """

    kind: Literal["line", "column", "bar", "area", "scatter"]
    x: str
    series: Sequence[str]
    x_label: str
    y_label: str
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, and the numbers that it is drawn from.

    Parameters
    ----------
    key
        Unique in its document.
    title
        What is seen, in a few words; with what it means where the data say so.
    caption
        Definitions, sample, what a band or a line is.
    alternative
        What it shows, for those who cannot see it: a sentence with the main numbers.
    figure
        Draws it with Matplotlib, for paper; called when needed only.
    data
        Every number that is drawn (aggregated where the picture aggregates).
    chart
        For the workbook; None where no native chart can show it.
    markup
        Makes the HTML for a page from a prefix of ids unique in the page, instead of the SVG of
        *figure*; must escape what comes from data itself.
    wide
        Whether it needs a whole page width, or a page turned on its side.
    """

    key: str
    title: str
    caption: str
    alternative: str
    figure: Callable[[], Figure]
    data: Table
    chart: NativeChart | None = None
    markup: Callable[[str], str] | None = None
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs; *small* for notes."""

    paragraphs: Sequence[str]
    small: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What it all means, large and first: (title or empty, sentences)."""

    items: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Card:
    """A scenario at a glance: its title and (label, cell) of its main numbers."""

    title: str
    items: Sequence[tuple[str, Cell]]


@dataclass(frozen=True, slots=True)
class Cards:
    """Cards side by side."""

    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Facts:
    """Label and value, one to a line; *large* for the few that open a document."""

    items: Sequence[tuple[str, Cell]]
    large: bool = False


@dataclass(frozen=True, slots=True)
class Warnings:
    """What limits or spoils a result: (where, what)."""

    items: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of sentences; *folded* under *title* where it is detail."""

    title: str
    items: Sequence[str]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A command line or a file, to be copied."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below that of the section."""

    text: str


Block: TypeAlias = (
    Text | Answer | Cards | Facts | Warnings | Listing | Code | Table | Picture | Heading
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document with an entry in its contents.

    Parameters
    ----------
    key
        Anchor, unique in the document.
    title
        Heading.
    blocks
        What it holds, in order.
    new_page
        Whether paper begins a page here.
    """

    key: str
    title: str
    blocks: Sequence[Block]
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What makes the same result again; every page of paper names it.

    Parameters
    ----------
    command
        The command line.
    seed
        Of the random numbers; None where nothing is random.
    versions
        Package to version.
    made_from
        File and SHA-256 of what was read, where known.
    """

    command: str = ""
    seed: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    made_from: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Logo:
    """A company's picture: media type (``image/png``, ``image/jpeg``) and its bytes."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """A document without a format.

    Parameters
    ----------
    kind
        ``comparison``, ``log``, ``calibration``, ``validation``, ``appendix`` and the like.
    title
        For the window, the file's properties and the contents.
    heading
        The question or the subject, large.
    kicker
        A line above the heading: company, basis.
    basis
        A line below it: what was measured or simulated, how much of it.
    sections
        The first is the one-page summary.
    reproduction
        Command, seed, versions.
    currency
        ISO code of all money; empty where there is none.
    logo
        A company's picture for the head of each format; None without.
    result
        Makes the whole result as JSON-ready data for the JSON format; called when needed only.
    """

    kind: str
    title: str
    heading: str
    kicker: str
    basis: str
    sections: Sequence[Section]
    reproduction: Reproduction
    currency: str = ""
    logo: Logo | None = None
    result: Callable[[], Mapping[str, Any]] | None = None


def tables_of(document: Document) -> list[Table]:
    """Return every table of a document in order, those behind its pictures included."""
    return [
        block.data if isinstance(block, Picture) else block
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Picture | Table)
    ]


def pictures_of(document: Document) -> list[Picture]:
    """Return every picture of a document in order."""
    blocks = (block for section in document.sections for block in section.blocks)
    return [block for block in blocks if isinstance(block, Picture)]
