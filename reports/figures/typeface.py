"""The typeface of all print, DejaVu Sans as Matplotlib ships it: what it covers, how wide it runs.

Matplotlib from 3.11 on orders right-to-left text and joins Arabic letters itself; what is left
to do is to take out characters that would turn a whole line round, and to write what the
typeface lacks in letters that it has.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from reports.figures.text_fit import printable

FAMILY = "DejaVu Sans"
MONOSPACED = "DejaVu Sans Mono"
_LONGEST_NAME = 24
_SOUNDS = (" LETTER ", " SYLLABLE ", " SIGN ")


def fonts_folder() -> Path:
    """Return the folder of the typeface's files."""
    from matplotlib import get_data_path

    return Path(get_data_path()) / "fonts" / "ttf"


def substituted(text: str, covered: Container[str] | None = None) -> str:
    """Return *text* in characters that a typeface covers.

    Letters in compatibility forms become plain ones. Any other character that is missing is
    named in brackets: by its Unicode name (``[delivery truck]``), letters and syllables by their
    sound, and where there is only a number by its code point (``[U+652F]``). Neighbours share a
    bracket. Control characters become spaces; format characters and variation selectors, which
    show nothing and could reverse the rest of a line, are left out.

    Parameters
    ----------
    text
        Any text.
    covered
        Characters that can be written; by default those of the typeface of print.
    """
    text = printable(text)
    if text.isascii():
        return text
    known = _covered() if covered is None else covered
    composed = unicodedata.normalize("NFC", text)
    kept = [character for character in composed if not _hidden(character)]
    parts: list[str] = []
    for missing, run in groupby(kept, lambda c: not all(p in known for p in _plain(c, known))):
        if missing:
            parts.append(f"[{' '.join(_named(character) for character in run)}]")
        else:
            parts.extend(_plain(character, known) for character in run)
    return "".join(parts)


def printed_width(text: str, size: float, *, mono: bool = False) -> float:
    """Return the width of *text* set in *size*, in the same unit, without kerning."""
    if mono:
        return size * _advance("0", MONOSPACED) * len(text)
    return size * sum(_advance(character, FAMILY) for character in text)


def _plain(character: str, covered: Container[str]) -> str:
    return character if character in covered else unicodedata.normalize("NFKC", character)


def _hidden(character: str) -> bool:
    # The non-joiner is a format character too, but Persian spelling needs it.
    if character == "\u200c":
        return False
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"


def _named(character: str) -> str:
    name = unicodedata.name(character, "")
    if not name or name.startswith("CJK "):
        return f"U+{ord(character):04X}"
    for sound in _SOUNDS:
        name = name.rpartition(sound)[2]
    return name[:_LONGEST_NAME].strip().lower()


@cache
def _font(family: str) -> Any:
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    # Our own copy: the cached one of Matplotlib keeps a size and a transform between uses.
    return FT2Font(font_manager.findfont(family))


@cache
def _covered() -> frozenset[str]:
    return frozenset(chr(code) for code in _font(FAMILY).get_charmap())


@cache
def _advance(character: str, family: str) -> float:
    from matplotlib.ft2font import LoadFlags

    font = _font(family)
    if not font.get_char_index(ord(character)):
        # What stands in for it is at most about as wide as its own type is high.
        return 1.0
    glyph = font.load_char(ord(character), LoadFlags.NO_SCALE)
    return float(glyph.horiAdvance) / float(font.units_per_EM)
