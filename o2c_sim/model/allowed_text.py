"""Which values a field of a model allows, and in which unit, in words."""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Iterator, Sequence
from typing import Any

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from o2c_sim.model.distribution import Distribution
from o2c_sim.model.section import duration_limits
from o2c_sim.model.value_text import SHARE, number_text

FAMILIES: tuple[type[BaseModel], ...] = typing.get_args(typing.get_args(Distribution)[0])

_CURRENCY = "currency"
_FEW = 4
# What the last word of a field's name says about its unit.
_UNITS = {
    "cost": _CURRENCY,
    "days": "days",
    "factor": "times",
    "fee": _CURRENCY,
    "fraction": SHARE,
    "growth": SHARE,
    "headcount": "people",
    "hours": "hours",
    "lines": "lines",
    "minutes": "minutes",
    "orders": "orders",
    "price": _CURRENCY,
    "rate": SHARE,
    "ratio": "times",
    "share": SHARE,
    "shares": "shares",
    "units": "units",
    "value": _CURRENCY,
}
_PLAIN = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    dt.date: "date, YYYY-MM-DD",
}
_COMPARED = (
    (annotated_types.Ge, "ge", "from"),
    (annotated_types.Gt, "gt", "above"),
    (annotated_types.Le, "le", "to"),
    (annotated_types.Lt, "lt", "below"),
)


def unit_of(name: str, annotation: Any, meaning: str, currency: str) -> str:
    """Return the unit that a field's name states, such as ``days`` or ``USD per hour``.

    Parameters
    ----------
    name
        The field's name; its last word, or the one before ``_per_``, is the unit.
    annotation
        The field's type; only numbers have a unit.
    meaning
        The field's description: it tells money where the name does not.
    currency
        What money is counted in.

    Returns
    -------
    str
        The unit; empty if there is none, or if neither name nor description tells.
    """
    if not _is_number(annotation):
        return ""
    left, per, right = name.partition("_per_")
    unit = _UNITS.get(left.rsplit("_", 1)[-1], "")
    if not unit and _CURRENCY in meaning.replace(",", " ").split():
        unit = _CURRENCY
    if per and not unit:
        unit = left.replace("_", " ")
    unit = currency if unit == _CURRENCY else unit
    return f"{unit} per {right.replace('_', ' ')}" if per else unit


def allowed_text(annotation: Any, metadata: Sequence[Any] = (), name: str = "") -> str:
    """Return in words which values a field allows.

    Parameters
    ----------
    annotation
        The field's type, as pydantic holds it.
    metadata
        Its constraints, as pydantic holds them.
    name
        The field's name: durations have limits of their own.
    """
    text = _allowed(annotation, metadata)
    limits = duration_limits(name) if _is_number(annotation) else None
    if limits is None or any(isinstance(item, annotated_types.Le) for item in metadata):
        return text
    if limits[0]:
        return f"{text}; below 0 too, a century at most"
    return f"{text}{'' if '0 or more' in text else ', 0 or more'}, a century at most"


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation holds, however deep in containers and unions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    else:
        for inner in typing.get_args(annotation):
            yield from models_in(inner)


def _is_number(annotation: Any) -> bool:
    if typing.get_origin(annotation) is dict:
        return _is_number(typing.get_args(annotation)[1])
    if annotation in (int, float, *FAMILIES):
        return True
    return any(map(_is_number, typing.get_args(annotation)))


def _allowed(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _allowed(inner[0], [*_flat(inner[1:]), *metadata])
    if origin is typing.Literal:
        return ("one of " if len(inner) > 1 else "") + ", ".join(map(str, inner))
    if origin in (typing.Union, types.UnionType):
        return _union_text(inner, metadata)
    if origin is dict:
        return _mapping_text(*inner)
    if origin in (tuple, list):
        return f"list{_size_text(metadata)}: {_allowed(inner[0])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        names = [info.alias or name for name, info in annotation.model_fields.items()]
        return f"({', '.join(names)})" if len(names) <= _FEW else f"{len(names)} keys"
    if annotation is str:
        return _string_text(metadata)
    return _PLAIN.get(annotation, "any value") + _range_text(metadata)


def _union_text(options: tuple[Any, ...], metadata: Sequence[Any]) -> str:
    if options == FAMILIES:
        return "number or distribution"
    given = " or ".join(_allowed(o, metadata) for o in options if o is not type(None))
    return f"{given}; may be left out" if type(None) in options else given


def _mapping_text(keys: Any, values: Any) -> str:
    if typing.get_origin(keys) is typing.Literal:
        return f"for any of {', '.join(map(str, typing.get_args(keys)))}: {_allowed(values)}"
    return f"for any {'name' if keys is str else _allowed(keys)}: {_allowed(values)}"


def _flat(metadata: tuple[Any, ...]) -> Iterator[Any]:
    for item in metadata:
        yield from item.metadata if isinstance(item, FieldInfo) else [item]


def _range_text(metadata: Sequence[Any]) -> str:
    limits = {
        word: number_text(getattr(item, name))
        for kind, name, word in _COMPARED
        for item in metadata
        if isinstance(item, kind)
    }
    if limits.keys() == {"from"}:
        return f", {limits['from']} or more"
    comma = "" if "from" in limits else ","
    return comma.join(f" {word} {limit}" for word, limit in limits.items())


def _size_text(metadata: Sequence[Any]) -> str:
    low = next((i.min_length for i in metadata if isinstance(i, annotated_types.MinLen)), 0)
    high = next((i.max_length for i in metadata if isinstance(i, annotated_types.MaxLen)), None)
    if high is None:
        return f" of at least {low:,}" if low else ""
    if low == high:
        return f" of {low:,}"
    return f" of {low:,} to {high:,}" if low else f" of at most {high:,}"


def _string_text(metadata: Sequence[Any]) -> str:
    pattern = next((i.pattern for i in metadata if getattr(i, "pattern", None)), None)
    size = _size_text(metadata)
    return (f"text like {pattern}" if pattern else "text") + (f"{size} characters" if size else "")
