"""Fit names into boxes without a font at hand: estimated widths, wrapping, ellipsis."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "\u2026"
_NARROW = frozenset("fijlrtI.,:;'|!()[]- \u202f")
_WIDE = frozenset("mwMW@%&\u2026")
# Embeddings, overrides and isolates: a name with one of these would turn round what follows it.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def text_width(text: str, size: float) -> float:
    """Return the estimated width of *text* in a sans-serif face of *size*, on the safe side."""
    return size * sum(_advance(character) for character in text)


def wrapped(text: str, size: float, width: float, lines: int) -> tuple[str, ...]:
    """Break *text* into at most *lines* lines no wider than *width*.

    What is cut ends in an ellipsis. Words longer than a line are broken inside, after a hyphen
    where there is one; control characters become spaces.
    """
    text = printable(text)
    rows: list[str] = []
    row = ""
    for word in text.split():
        candidate = f"{row} {word}" if row else word
        if text_width(candidate, size) <= width:
            row = candidate
            continue
        if row:
            rows.append(row)
        while text_width(word, size) > width:
            head = _head(word, size, width)
            rows.append(head)
            word = word[len(head) :]
        row = word
    if row:
        rows.append(row)
    if len(rows) <= lines:
        return tuple(rows)
    last = rows[lines - 1]
    while last and text_width(last + ELLIPSIS, size) > width:
        last = last[:-1]
    return (*rows[: lines - 1], last.rstrip() + ELLIPSIS)


def printable(text: str) -> str:
    """Return *text* without control characters and without those that reverse a line.

    Control characters, which XML forbids, become spaces; surrogates are replaced.
    """
    kept = []
    for character in text:
        category = unicodedata.category(character)
        if category == "Cc":
            kept.append(" ")
        elif character in _TURNING:
            continue
        elif category == "Cs" or ord(character) in (0xFFFE, 0xFFFF):
            kept.append("\ufffd")
        else:
            kept.append(character)
    return "".join(kept)


def _head(word: str, size: float, width: float) -> str:
    end, taken = 1, text_width(word[0], size)
    while end < len(word) and taken + (advance := text_width(word[end], size)) <= width:
        end, taken = end + 1, taken + advance
    # A mark without a width of its own stays with its letter.
    while end < len(word) and text_width(word[end], size) == 0.0:
        end += 1
    # A compound is broken where it is joined.
    joined = word.rfind("-", 1, end)
    return word[: joined + 1] if joined > 0 else word[:end]


def _advance(character: str) -> float:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0.0
    if unicodedata.east_asian_width(character) in "WF" or ord(character) > 0x1F000:
        return 1.2
    if character in _NARROW:
        return 0.36
    if character in _WIDE:
        return 0.92
    return 0.70 if character.isupper() else 0.58
