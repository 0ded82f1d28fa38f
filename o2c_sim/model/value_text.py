"""Values of a model in words: numbers with their unit, distributions with mean, median and p90."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel

from o2c_sim.model.distribution import Family, StudentT

SHARE = "share"
_SINGULAR = {"days": "day", "hours": "hour", "minutes": "minute", "people": "person"}


def value_lines(value: Any, unit: str = "") -> list[str]:
    """Return a value in words, one line for each thing it holds.

    Parameters
    ----------
    value
        A value of a model: a number, a distribution, or what holds several of them.
    unit
        Its unit: ``share`` and ``shares`` are shown in percent as well.
    """
    if isinstance(value, Family):
        return _distribution_lines(value, unit)
    if isinstance(value, BaseModel):
        held = {name: getattr(value, name) for name in type(value).model_fields}
        stated = {name: item for name, item in held.items() if item is not None}
        return ["; ".join(f"{name}: {_joined(item, '')}" for name, item in stated.items())]
    if isinstance(value, Mapping):
        each = SHARE if unit == "shares" else unit
        rows = [f"{number_text(key)}: {_joined(item, each)}" for key, item in value.items()]
        nested = any(isinstance(item, BaseModel | Mapping) for item in value.values())
        return rows if nested else [", ".join(rows) or "none"]
    if isinstance(value, list | tuple):
        nested = any(isinstance(item, BaseModel | Mapping) for item in value)
        rows = [_joined(item, "") for item in value]
        return rows if nested else [", ".join(rows) or "none"]
    return [number_text(value, unit)]


def brief_text(value: Any, unit: str = "") -> str:
    """Return a value in a few words: of a distribution its median, of a list its first line."""
    lines = value_lines(value, unit)
    if isinstance(value, Family) and len(lines) > 1:
        middle = _rounded(statistics(value)["median"])
        return f"median {middle}" if unit.startswith(SHARE) else f"median {middle} {unit}".rstrip()
    return lines[0]


def number_text(value: Any, unit: str = "") -> str:
    """Return one number with its unit, or any other single value as a model file writes it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, int | float):
        return str(value)
    text = f"{value:,.10g}" if isinstance(value, float) else f"{value:,}"
    if unit.startswith(SHARE):
        return f"{text} ({100 * value:.4g} %{unit.removeprefix(SHARE)})"
    return f"{text} {_SINGULAR.get(unit, unit) if value == 1 else unit}".rstrip()


def statistics(distribution: Family) -> dict[str, float]:
    """Return mean, median and 90th percentile, floor and cap included; no mean if there is none."""
    median, p90 = distribution.quantile(np.array([0.5, 0.9])).tolist()
    found = {"median": median, "p90": p90}
    # Student's t has a mean only above one degree of freedom, unless both its tails are cut.
    cut = distribution.floor is not None and distribution.cap is not None
    if not isinstance(distribution, StudentT) or distribution.df > 1 or cut:
        found = {"mean": distribution.mean(), **found}
    return found


def _joined(value: Any, unit: str) -> str:
    return "; ".join(value_lines(value, unit))


def _distribution_lines(distribution: Family, unit: str) -> list[str]:
    content = distribution.model_dump(by_alias=True, exclude_none=True)
    family = content.pop("distribution")
    if family == "constant" and set(content) == {"value"}:
        return [number_text(content["value"], unit)]
    # The limits come first in the model, and matter least.
    content |= {limit: content.pop(limit) for limit in ("floor", "cap") if limit in content}
    written = ", ".join(f"{key} {_joined(item, '')}" for key, item in content.items())
    figures = ", ".join(f"{key} {_rounded(v)}" for key, v in statistics(distribution).items())
    shown = figures if unit.startswith(SHARE) else f"{figures} {unit}".rstrip()
    return [f"{family} ({written})", shown]


def _rounded(value: float) -> str:
    """Return three significant digits, or all digits before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
