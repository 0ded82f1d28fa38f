"""Words beside pictures: nouns that agree with their number, names that leave room for others."""

from __future__ import annotations

from reports.figures.text_fit import ELLIPSIS
from reports.number_text import count_text

_LONGEST_NAME = 60


def counted_noun(count: int, noun: str) -> str:
    """Return a number with its noun: ``1 case``, ``1 200 cases``."""
    return f"{count_text(count)} {noun}{'' if count == 1 else 's'}"


def brief(name: str, longest: int = _LONGEST_NAME) -> str:
    """Return a name cut to what a sentence can hold."""
    return name if len(name) <= longest else name[: longest - 1].rstrip() + ELLIPSIS
