"""Columns of names: numbers become a Polars Enum column."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl


def enumerated(numbers: npt.NDArray[np.integer[Any]], names: Iterable[str]) -> pl.Series:
    """Return numbers as an Enum column of the names that they count from 0; -1 is null.

    Parameters
    ----------
    numbers
        Any whole numbers from -1 to below the number of names.
    names
        The categories, in order.
    """
    by_number = _by_number(tuple(names))
    if numbers.dtype.kind == "i" and numbers.min(initial=0) < 0:
        numbers = np.where(numbers < 0, len(by_number) - 1, numbers)
    # By a series: Polars takes rows sooner by one of its own than by an array.
    return by_number[pl.Series(numbers.astype(np.uint32, copy=False))]


@functools.lru_cache(maxsize=64)
def _by_number(names: tuple[str, ...]) -> pl.Series:
    """Return the names, and null after the last: every run has the same ones."""
    return pl.Series([*names, None], dtype=pl.Enum(list(names)))
