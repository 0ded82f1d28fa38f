"""Columns of amounts by document number, counted up from 0; an unknown number has 0."""

from __future__ import annotations

from array import array
from typing import Final

_ROOM: Final = 1024


def at(column: array[int], number: int) -> int:
    """Return the amount of a document; 0 if it is unknown."""
    return column[number] if 0 <= number < len(column) else 0


def make_room(number: int, *columns: array[int]) -> None:
    """Lengthen columns so that they have a place for a document, and for some after it."""
    for column in columns:
        missing = number + _ROOM - len(column)
        column.frombytes(bytes(missing * column.itemsize))
