"""Columns of numbers that grow at their end: eight bytes a number, and no object of Python each.

In machine code a number is written where it is to lie, which takes a few nanoseconds; to append
to an :mod:`array` it is made an object first, and a method is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from librt.strings import BytesWriter, write_f64_le, write_i64_le

if TYPE_CHECKING:
    from mypy_extensions import i64

# What a writer has written is put by at so many bytes: it would double its room when that is
# full, which a long run has not got, and leave the processor's nearest memory.
LATEST: Final = 2_048
_SIZE: Final = 8


class Integers:
    """A column of whole numbers of 64 bits."""

    __slots__ = ("_before", "_latest")

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._before = bytearray()
        self._latest = BytesWriter()
        self.extend(numbers)

    def append(self, number: i64) -> None:
        """Add a number at the end; ValueError if it takes more than 64 bits."""
        latest = self._latest
        write_i64_le(latest, number)
        if len(latest) == LATEST:
            self._put_by()

    def extend(self, numbers: Iterable[int]) -> None:
        """Add numbers at the end."""
        for number in numbers:
            self.append(number)

    def __len__(self) -> int:
        return (len(self._before) + len(self._latest)) // _SIZE

    def __getitem__(self, place: int) -> int:
        """Return the number at a place, which may be counted from the end; IndexError outside."""
        begin = _begin(place, len(self))
        self._put_by()
        return int.from_bytes(self._before[begin : begin + _SIZE], "little", signed=True)

    def __setitem__(self, place: int, number: int) -> None:
        """Put another number at a place."""
        begin = _begin(place, len(self))
        self._put_by()
        self._before[begin : begin + _SIZE] = number.to_bytes(_SIZE, "little", signed=True)

    def __iter__(self) -> Iterator[int]:
        numbers: list[int] = np.array(self).tolist()
        return iter(numbers)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """Return a copy as a NumPy array, of 64-bit integers unless another type is asked for."""
        return _array(self._before, self._latest, "<i8", dtype)

    def _put_by(self) -> None:
        self._before += self._latest.getvalue()
        self._latest.truncate(0)


class Floats:
    """A column of floating-point numbers of 64 bits."""

    __slots__ = ("_before", "_latest")

    def __init__(self, numbers: Iterable[float] = ()) -> None:
        self._before = bytearray()
        self._latest = BytesWriter()
        self.extend(numbers)

    def append(self, number: float) -> None:
        """Add a number at the end."""
        latest = self._latest
        write_f64_le(latest, number)
        if len(latest) == LATEST:
            self._put_by()

    def extend(self, numbers: Iterable[float]) -> None:
        """Add numbers at the end."""
        for number in numbers:
            self.append(number)

    def __len__(self) -> int:
        return (len(self._before) + len(self._latest)) // _SIZE

    def __getitem__(self, place: int) -> float:
        """Return the number at a place, which may be counted from the end; IndexError outside."""
        begin = _begin(place, len(self))
        self._put_by()
        return float(np.frombuffer(bytes(self._before[begin : begin + _SIZE]), "<f8")[0])

    def __iter__(self) -> Iterator[float]:
        numbers: list[float] = np.array(self).tolist()
        return iter(numbers)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """Return a copy as a NumPy array, of 64-bit floats unless another type is asked for."""
        return _array(self._before, self._latest, "<f8", dtype)

    def _put_by(self) -> None:
        self._before += self._latest.getvalue()
        self._latest.truncate(0)


def _begin(place: int, count: int) -> int:
    """Return where the number at a place begins, in bytes."""
    if not -count <= place < count:
        raise IndexError(f"place {place} of {count}")
    return (place + count if place < 0 else place) * _SIZE


def _array(before: bytearray, latest: BytesWriter, kind: str, dtype: Any) -> npt.NDArray[Any]:
    # Bytes of its own: a column that lends its buffer cannot grow.
    whole = before + latest.getvalue()
    numbers = np.frombuffer(whole, kind)
    return numbers if dtype is None else numbers.astype(dtype, copy=False)
