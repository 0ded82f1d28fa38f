"""Write a document as Markdown: one file that reads as text, and its figures beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

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
from reports.documents.figure_files import write_figures, write_logo
from reports.documents.paper_table import hidden_rows_text, shown_rows
from reports.documents.paper_text import verdict_text
from reports.documents.rendering import typeset
from reports.figures.text_fit import printable

FILE = "report.md"
# What Markdown, or one of its common dialects, reads as a sign of its own.
_SPECIAL = re.compile(r"[\\`*_\[\]|~$]")
# A heading, a list or a rule, if it stands at the start of a line.
_AT_START = re.compile(r"^(#(?=#{0,5}(?:\s|$))|[-+](?=[-\s]|$)|\d{1,9}(?=[.)](?:\s|$)))")
_ADDRESS = re.compile(r"(?<=[A-Za-z])(://)|(?<=\bwww)(\.)|(@)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def write_markdown(document: Document, folder: Path) -> list[Path]:
    """Write ``report.md`` with tables of GitHub's dialect, and ``figures/KEY.svg``.

    No HTML is used, and none from the data comes through.

    Parameters
    ----------
    document
        Any document.
    folder
        Is made where it is missing; files in it of the same names are replaced.

    Returns
    -------
    list of Path
        What was written, the text first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures = {key: path for key, (_, path) in write_figures(document, folder, "svg").items()}
    logo = write_logo(document, folder)
    parts = [f"![Logo]({logo})"] if logo else []
    parts += [escaped(document.kicker), f"# {escaped(document.heading)}", escaped(document.basis)]
    for section in document.sections:
        parts.append(f"## {escaped(section.title)}")
        for block in section.blocks:
            parts += _block(block, figures)
    parts += _reproduction(document)
    target = folder / FILE
    target.write_text("\n\n".join(filter(None, parts)) + "\n", encoding="utf-8", newline="\n")
    return [target, *(folder / path for path in (*figures.values(), *([logo] if logo else ())))]


def escaped(text: str) -> str:
    """Return *text* on one line, with nothing in it that Markdown or HTML would act upon."""
    # Spaces at the start would make code of a paragraph.
    text = printable(typeset(text)).strip()
    text = _SPECIAL.sub(r"\\\g<0>", text)
    text = "".join(_ENTITIES.get(character, character) for character in text)
    text = _ADDRESS.sub(lambda found: "\\" + found.group(), text)
    return _AT_START.sub(_unlisted, text)


def _unlisted(found: re.Match[str]) -> str:
    mark = found.group()
    return mark + "\\" if mark.isdigit() else "\\" + mark


def code_span(text: str) -> str:
    """Return *text* as code inside a line."""
    text = printable(text)
    if not text.strip():
        return ""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{space}{text}{space}{fence}"


def _block(block: Block, figures: Mapping[str, str]) -> list[str]:
    match block:
        case Text():
            return [escaped(text) for text in block.paragraphs]
        case Heading():
            return [f"### {escaped(block.text)}"]
        case Answer():
            return [
                "> " + (f"**{escaped(title)}** " if title else "") + escaped(text)
                for title, text in block.items
            ]
        case Warnings():
            return [
                f"**Warning{': ' + escaped(place) if place else ''}.** {escaped(text)}"
                for place, text in block.items
            ]
        case Cards():
            parts = []
            for card in block.cards:
                parts += [f"**{escaped(card.title)}**", *_facts(card.items)]
            return parts
        case Facts():
            return _facts(block.items)
        case Listing():
            title = [f"**{escaped(block.title)}**"] if block.title else []
            return [*title, *_list(escaped(text) for text in block.items)]
        case Code():
            return [_fenced(block.text)]
        case Table():
            return _table(block)
        case Picture():
            alternative = escaped(block.alternative or block.title)
            return [
                f"**{escaped(block.title)}**" if block.title.strip() else "",
                f"![{alternative}]({figures[block.key]})",
                escaped(block.caption),
            ]


def _list(items: Iterable[str]) -> list[str]:
    lines = [f"- {text}" for text in items]
    return ["\n".join(lines)] if lines else []


def _facts(items: Sequence[tuple[str, Cell]]) -> list[str]:
    return _list(f"{escaped(label)}: {_cell(cell)}" for label, cell in items)


def _cell(cell: Cell) -> str:
    text = code_span(cell.text) if cell.code else escaped(cell.text)
    note = f"({escaped(cell.note)})" if cell.note else ""
    verdict = escaped(verdict_text(cell.kind, cell.verdict))
    return " ".join(filter(None, (text, note, verdict)))


def _table(table: Table) -> list[str]:
    if not table.columns:
        return []
    rows = shown_rows(table)
    groups = dict(table.groups)
    empty = [""] * (len(table.columns) - 1)
    lines = [
        _row([escaped(column.name) for column in table.columns]),
        _row(["---:" if column.right else ":---" for column in table.columns]),
    ]
    for number, row in enumerate(rows):
        if number in groups:
            lines.append(_row([_bold(escaped(groups[number])), *empty]))
        cells = [_in_table(cell) for cell in row]
        total = table.total and number == len(rows) - 1
        lines.append(_row([_bold(cell) for cell in cells] if total else cells))
    return [escaped(table.caption), "\n".join(lines), escaped(hidden_rows_text(table))]


def _in_table(cell: Cell) -> str:
    if not cell.code:
        return _cell(cell)
    # Inside a table even code may not hold a bare pipe.
    return _cell(cell).replace(code_span(cell.text), code_span(cell.text).replace("|", "\\|"))


def _bold(text: str) -> str:
    return f"**{text}**" if text else ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _fenced(text: str) -> str:
    lines = [printable(line) for line in text.split("\n")]
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}text", *lines, fence])


def _reproduction(document: Document) -> list[str]:
    made = document.reproduction
    facts = [] if made.seed is None else [f"Seed: {made.seed}"]
    facts += [f"{escaped(name)} {escaped(version)}" for name, version in made.versions.items()]
    facts += [
        f"{escaped(name)}, SHA-256 {code_span(digest)}" if digest else escaped(name)
        for name, digest in made.made_from.items()
    ]
    if not facts and not made.command:
        return []
    return ["---", _fenced(made.command) if made.command else "", *_list(facts)]
