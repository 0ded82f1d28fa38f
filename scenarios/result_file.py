"""A comparison as one JSON file, and back: what a report is made from, and what can be kept."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from o2c_sim import Problem, ScenarioError
from o2c_sim.atomic import new_file
from scenarios.comparison import Comparison

FORMAT = "o2c-comparison/1"

# An empty table has no values to read the types from.
_COLUMNS = {
    **dict.fromkeys(("source", "target", "activity"), pl.String),
    **dict.fromkeys(("count", "cases"), pl.Int64),
    **dict.fromkeys(("mean_hours", "median_hours", "p90_hours", "automated_share"), pl.Float64),
}
_TABLES = (
    {"source", "target", "count", "cases", "mean_hours", "median_hours", "p90_hours"},
    {"activity", "count", "cases", "automated_share"},
    {"activity", "count"},
)
_DAMAGES = (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError)


def to_document(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as JSON-ready data; NaN becomes null."""
    content: dict[str, Any] = _plain(comparison)
    return {"format": FORMAT, **content}


def write_comparison(comparison: Comparison, path: Path, *, replace: bool = False) -> Path:
    """Write a comparison as JSON, whole or not at all.

    Raises
    ------
    UsageError
        If *path* exists and *replace* is false.
    """
    with new_file(path, replace=replace) as aside:
        text = json.dumps(to_document(comparison), indent=1, allow_nan=False)
        aside.write_text(text + "\n", encoding="utf-8")
    return path


def read_comparison(path: Path) -> Comparison:
    """Read what :func:`write_comparison` wrote.

    Raises
    ------
    ScenarioError
        If the file is not a comparison.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ScenarioError(
            Problem(
                "there is no such file",
                where=str(path),
                allowed="the comparison.json of `o2c compare`",
            )
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ScenarioError(
            Problem(f"cannot be read as a comparison: {error}", where=str(path))
        ) from error
    if not isinstance(document, dict) or document.pop("format", None) != FORMAT:
        raise ScenarioError(
            Problem("is not a comparison", where=str(path), allowed=f"a file of format {FORMAT}")
        )
    try:
        comparison: Comparison = _typed(Comparison, document)
        _require_whole(comparison)
    except (*_DAMAGES, pl.exceptions.PolarsError) as error:
        why = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise ScenarioError(
            Problem(
                f"is a damaged comparison ({why})",
                where=str(path),
                suggestion="run o2c compare again",
            )
        ) from error
    return comparison


def _require_whole(comparison: Comparison) -> None:
    """Refuse a comparison whose parts do not belong together; a report would stumble over it."""
    names = [outcome.name for outcome in comparison.outcomes]
    if not names or set(comparison.differences) != set(names[1:]):
        raise ValueError(f"differences of {list(comparison.differences)}, outcomes {names}")
    for outcome in comparison.outcomes:
        for band in (outcome.cash_in, outcome.receivables, outcome.cash_lead):
            if band is None:
                continue
            shapes = {curve.shape for curve in (band.day, band.mean, band.low, band.high)}
            if len(shapes) > 1 or band.day.ndim != 1:
                raise ValueError(f"curves of {outcome.name!r} differ in length")


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, pl.DataFrame):
        return {column: _plain(value[column].to_list()) for column in value.columns}
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value


def _typed(kind: Any, value: Any) -> Any:
    """Return JSON data as an instance of the annotated type *kind*."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        inner = next(option for option in arguments if option is not type(None))
        return None if value is None else _typed(inner, value)
    if origin is tuple:
        return tuple(_typed(arguments[0], item) for item in value)
    if origin is np.ndarray:
        return np.array([np.nan if item is None else item for item in value], dtype=np.float64)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: _typed(arguments[1], item) for key, item in value.items()}
    if kind is pl.DataFrame:
        return _table(value)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        unknown = set(value) - set(hints)
        if unknown:
            raise ValueError(f"unknown entries {sorted(unknown)}")
        return kind(**{name: _typed(hints[name], item) for name, item in value.items()})
    if kind is float:
        return float("nan") if value is None else float(value)
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is not {kind.__name__}")
    return value


def _table(columns: Mapping[str, list[Any]]) -> pl.DataFrame:
    if set(columns) not in _TABLES or not all(isinstance(c, list) for c in columns.values()):
        raise ValueError(f"a table of {list(columns)}")
    table = pl.DataFrame(columns, schema={name: _COLUMNS[name] for name in columns})
    gaps = [name for name, kind in table.schema.items() if kind != pl.Float64]
    if any(table[name].null_count() for name in gaps):
        raise ValueError(f"gaps in a table of {list(columns)}")
    return table
