"""Text for paper: in characters that the typeface has, and broken where it would overflow."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from reports.documents.document import Cell, Reproduction
from reports.documents.rendering import typeset
from reports.figures.typeface import printed_width, substituted

ZERO_WIDTH_SPACE = "\u200b"
# Width of a line of prose in multiples of the type size, and how much wider bold type runs.
PROSE = 40.0
BOLD = 1.14
SIGNS = {"better": "\u2713", "worse": "\u2715", "changed": "\u25b3", "none": "\u25cb"}
_WORDS = {
    "better": "better",
    "worse": "worse",
    "changed": "changed",
    "none": "no detectable difference",
}
_MOST_PROSE = 4000
_MOST_IN_CELL = 500
# Words up to this length fit the narrowest column.
_LONGEST_WORD = 14
_LONGEST_PIECE = 18
_LONG_WORD = re.compile(rf"\S{{{_LONGEST_WORD},}}")
_PIECE = re.compile(rf"[^\s{ZERO_WIDTH_SPACE}]{{{_LONGEST_PIECE},}}")
_SEAM = re.compile(r"(?<=[_/\\.:;=,@&?|+\-])(?=\w)")


def on_paper(text: str, room: float = PROSE) -> str:
    """Return *text* as it is set on paper, cut where no page could hold it.

    Parameters
    ----------
    text
        Any text.
    room
        Width of a line in multiples of the type size. Longer words get invisible places to break;
        others stay as they are, so that they can be searched for and copied.
    """
    return _fitted(cut(substituted(typeset(text)), _MOST_PROSE), room)


def code_on_paper(text: str, room: float = PROSE) -> str:
    """Return a command, key or path as it is set on paper: no sign is exchanged for another."""
    lines = cut(text, _MOST_PROSE).split("\n")
    return "\n".join(_fitted(substituted(line), room, mono=True) for line in lines)


def paper_cell(cell: Cell) -> Cell:
    """Return a cell whose texts a page can hold; the workbook and the JSON hold them whole."""
    if max(len(cell.text), len(cell.note), len(cell.verdict)) <= _MOST_IN_CELL // 12:
        return cell
    texts = (cut(substituted(text), _MOST_IN_CELL) for text in (cell.text, cell.note, cell.verdict))
    text, note, verdict = texts
    return replace(cell, text=text, note=note, verdict=verdict)


def cut(text: str, most: int) -> str:
    """Return *text*, its end replaced by an ellipsis if it has more than *most* characters."""
    return text if len(text) <= most else text[: most - 1] + "\u2026"


def breakable(text: str) -> str:
    """Return *text* with zero-width spaces in words too long for a column.

    After a joining mark where there is one, else between any two letters.
    """
    text = _LONG_WORD.sub(lambda word: _SEAM.sub(ZERO_WIDTH_SPACE, word.group()), text)
    return _PIECE.sub(lambda piece: _anywhere(piece.group()), text)


def _fitted(text: str, room: float, *, mono: bool = False) -> str:
    # Bold type runs wider.
    room /= BOLD
    return " ".join(
        breakable(word) if printed_width(word, 1.0, mono=mono) > room else word
        for word in text.split(" ")
    )


def verdict_text(kind: str, verdict: str) -> str:
    """Return a verdict's sign and words; empty where there is none."""
    words = verdict or _WORDS.get(kind, "")
    return f"{SIGNS[kind]}\u00a0{words}" if kind in SIGNS else words


def reproduction_lines(reproduction: Reproduction) -> tuple[str, str]:
    """Return the command, and a line of seed, versions and inputs with their hashes' starts."""
    parts = [] if reproduction.seed is None else [f"seed {reproduction.seed}"]
    parts += [f"{package} {version}" for package, version in reproduction.versions.items()]
    parts += [
        f"{name} (SHA-256\u00a0{digest[:12]}\u2026)" if digest else name
        for name, digest in reproduction.made_from.items()
    ]
    return reproduction.command, " \u00b7 ".join(parts)


def _anywhere(piece: str) -> str:
    parts = []
    for number, character in enumerate(piece):
        if number and not unicodedata.combining(character):
            parts.append(ZERO_WIDTH_SPACE)
        parts.append(character)
    return "".join(parts)
