"""Conditions on attributes, applied to a column at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.compliance.rule import Condition, Scalar
from o2c_sim.errors import did_you_mean

_COMPARE = {
    "above": pl.Series.gt,
    "at_least": pl.Series.ge,
    "below": pl.Series.lt,
    "at_most": pl.Series.le,
}


def lacking(frame: pl.DataFrame, conditions: Mapping[str, Condition], what: str) -> list[str]:
    """Return why conditions cannot be judged, one sentence each; empty if they can."""
    reasons = []
    for name, condition in conditions.items():
        if name not in frame.columns:
            hint = did_you_mean(name, frame.columns)
            reasons.append(f"{what} have no attribute {name!r}" + (f"; {hint}" if hint else ""))
        elif frame[name].null_count() == frame.height:
            reasons.append(f"no value of {name!r} is recorded of {what}")
        elif condition.bounds and _numbers(frame[name]).null_count() == frame.height:
            reasons.append(f"{name!r} of {what} is no number")
    return reasons


def meets(frame: pl.DataFrame, conditions: Mapping[str, Condition]) -> npt.NDArray[np.bool_]:
    """Return which rows meet all conditions; a gap meets none."""
    found = np.ones(frame.height, dtype=bool)
    for name, condition in conditions.items():
        column = frame[name]
        found &= column.is_not_null().to_numpy()
        if condition.one_of:
            found &= _is_one_of(column, condition.one_of)
        if condition.is_not:
            found &= ~_is_one_of(column, condition.is_not)
        for bound, value in condition.bounds.items():
            numbers = _numbers(column)
            found &= _COMPARE[bound](numbers, value).fill_null(value=False).to_numpy()
    return found


def known(frame: pl.DataFrame, conditions: Mapping[str, Condition]) -> npt.NDArray[np.bool_]:
    """Return which rows have a value of every attribute that conditions ask for."""
    found = np.ones(frame.height, dtype=bool)
    for name in conditions:
        found &= frame[name].is_not_null().to_numpy()
    return found


def _is_one_of(column: pl.Series, values: tuple[Scalar, ...]) -> npt.NDArray[np.bool_]:
    """Return which values are among *values*; texts are compared without regard to case."""
    found = np.zeros(len(column), dtype=bool)
    for value in values:
        if isinstance(value, bool) or column.dtype == pl.Boolean:
            text = column.cast(pl.String).str.to_lowercase()
            equal = text == str(value).lower()
        elif isinstance(value, int | float):
            equal = _numbers(column) == float(value)
        else:
            equal = column.cast(pl.String).str.to_lowercase() == value.lower()
        found |= equal.fill_null(value=False).to_numpy()
    return found


def _numbers(column: pl.Series) -> pl.Series:
    if column.dtype.is_numeric():
        return column.cast(pl.Float64)
    if column.dtype.is_temporal():
        return pl.Series([None] * len(column), dtype=pl.Float64)
    return column.cast(pl.String).cast(pl.Float64, strict=False)
