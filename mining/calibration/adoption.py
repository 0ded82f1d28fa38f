"""Estimates become values of a company; what the model refuses stays out, with the reason."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from mining.calibration.estimate import Estimate
from o2c_sim import CompanyModel, ModelError, Problem

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Value:
    """One value that a company is to have, in the form of a model file.

    Parameters
    ----------
    path
        Dotted path in the model; below a parameter it is a key of the parameter's value.
    value
        Plain numbers, text, lists and mappings.
    provenance, source
        The evidence; not written where the model keeps none.
    """

    path: str
    value: Any
    provenance: str
    source: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that the model does not allow, or that a better one stands before."""

    path: str
    value: Any
    reason: str


def value_of(estimate: Estimate) -> Value:
    """Return an estimate as a value with provenance ``data``."""
    return Value(estimate.path, rounded(estimate.value), "data", estimate.source)


def adopt(
    company: CompanyModel, values: Sequence[Value]
) -> tuple[CompanyModel, tuple[Value, ...], tuple[Refused, ...]]:
    """Return a company with other values, as many of them as go together.

    Parameters
    ----------
    company
        What holds where nothing is said; it is not changed.
    values
        In order of preference.

    Returns
    -------
    tuple
        The company, the values that it has now, and those it refuses.
    """
    if not values:
        return company, (), ()
    tree = company.model_dump(by_alias=True, mode="python")
    whole, reason = _validated(_with(tree, values))
    if whole is not None:
        return whole, tuple(values), ()
    # Something is refused: one by one tells what, and a second round takes what had only waited
    # for another value, such as a role's calendar for the calendar itself.
    taken: list[Value] = []
    waiting = [(value, reason) for value in values]
    for _ in range(2):
        left = []
        for value, _ in waiting:
            trial = _with(tree, [*taken, value])
            found, why = _validated(trial)
            if found is None:
                left.append((value, why))
            else:
                taken.append(value)
        waiting = left
    model, reason = _validated(_with(tree, taken))
    if model is None:  # pragma: no cover - each step of the way there was valid
        raise ModelError(Problem(f"the values do not go together: {reason}"))
    refused = tuple(Refused(value.path, value.value, why) for value, why in waiting)
    return model, tuple(taken), refused


def rounded(value: Any) -> Any:
    """Return a value with six significant digits; shares that summed to 1 still do."""
    if isinstance(value, BaseModel):
        return rounded(value.model_dump(by_alias=True, exclude_none=True))
    if hasattr(value, "item") and not isinstance(value, bool | int | float | str):
        value = value.item()
    if isinstance(value, Mapping):
        return _shares({_key(key): rounded(item) for key, item in value.items()}, value)
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, float) and math.isfinite(value):
        short = float(f"{value:.{_DIGITS}g}")
        return 0.0 if short == 0 else short
    return value


def _key(key: Any) -> Any:
    if hasattr(key, "item"):
        key = key.item()
    return float(f"{key:.{_DIGITS}g}") if isinstance(key, float) else key


def _shares(short: dict[Any, Any], long: Mapping[Any, Any]) -> dict[Any, Any]:
    """Give the largest share what rounding took from the sum."""
    numbers = [item for item in long.values() if isinstance(item, int | float)]
    if len(numbers) < len(long) or not numbers or abs(sum(numbers) - 1) > 1e-6:
        return short
    largest = max(short, key=lambda key: short[key])
    rest = math.fsum(item for key, item in short.items() if key != largest)
    return {**short, largest: round(1 - rest, 9)}


def _with(tree: Mapping[str, Any], values: Sequence[Value]) -> dict[str, Any]:
    whole: dict[str, Any] = dict(tree)
    for value in values:
        whole = _set(whole, value.path.split("."), value)
    return whole


def _set(node: Mapping[str, Any], parts: list[str], value: Value) -> dict[str, Any]:
    """Return a mapping with one value set; what is not on the way is shared with the old one."""
    head, *rest = parts
    before = node.get(head)
    if _is_parameter(before):
        assert before is not None
        content = value.value
        if rest:
            content = _inside(before["value"], rest, value.value)
        new: Any = {"value": content, "provenance": value.provenance, "source": value.source}
    elif rest:
        new = _set(before if isinstance(before, Mapping) else {}, rest, value)
    else:
        new = value.value
    return {**node, head: new}


def _inside(content: Any, parts: list[str], value: Any) -> Any:
    head, *rest = parts
    held = dict(content) if isinstance(content, Mapping) else {}
    held[head] = _inside(held.get(head), rest, value) if rest else value
    return held


def _is_parameter(node: Any) -> bool:
    return isinstance(node, Mapping) and {"value", "provenance", "source"} == node.keys()


def _validated(tree: Mapping[str, Any]) -> tuple[CompanyModel | None, str]:
    try:
        return CompanyModel.model_validate(tree), ""
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"] if part != "value")
        message = first["msg"].removeprefix("Value error, ")
        return None, f"{where}: {message}" if where else message
