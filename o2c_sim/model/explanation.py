"""What each value of a company model means: description, unit, allowed values, evidence."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from o2c_sim.model.allowed_text import FAMILIES, allowed_text, models_in, unit_of
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.distribution import Family
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.value_text import brief_text, statistics, value_lines

DISTRIBUTIONS = "distributions"
Kind = Literal["section", "parameter", "setting", "distribution"]


@dataclass(frozen=True, slots=True)
class Part:
    """A key inside a parameter's value, or a parameter of a distribution."""

    name: str
    meaning: str
    unit: str
    allowed: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one path of a model means, and what the model says there.

    Parameters
    ----------
    path
        Dotted path, as ``--set`` and error messages write it.
    kind
        ``section`` (holds others), ``parameter`` (has a provenance), ``setting`` (has none) or
        ``distribution`` (a family that a parameter may use).
    meaning
        The description.
    unit
        Unit of the value; empty if there is none.
    allowed
        Type and range in words.
    value
        What the model holds; None for a section, a distribution, and what is not given.
    given
        Whether the company's file states the value; if not, it is the default.
    default
        The value in words if the file leaves it out; empty if it must be given.
    provenance, source
        The evidence; empty for all but parameters.
    parts
        The keys inside the value.
    """

    path: str
    kind: Kind
    meaning: str
    unit: str = ""
    allowed: str = ""
    value: Any = None
    given: bool = True
    default: str = ""
    provenance: str = ""
    source: str = ""
    parts: tuple[Part, ...] = ()

    @property
    def name(self) -> str:
        """The last word of the path."""
        return self.path.rpartition(".")[2]

    @property
    def parent(self) -> str:
        """The path of the section that holds this; empty at the top."""
        return self.path.rpartition(".")[0]

    def lines(self) -> list[str]:
        """Return the value in words; see :func:`o2c_sim.model.value_text.value_lines`."""
        return value_lines(self.value, self.unit) if self._has_value else []

    def brief(self) -> str:
        """Return the value in a few words."""
        return brief_text(self.value, self.unit) if self._has_value else ""

    @property
    def _has_value(self) -> bool:
        return self.kind in ("parameter", "setting")

    def statistics(self) -> dict[str, Any]:
        """Return mean, median and 90th percentile of a distribution, or of each by key."""
        if isinstance(self.value, Family):
            return dict(statistics(self.value))
        if isinstance(self.value, Mapping):
            families = {k: v for k, v in self.value.items() if isinstance(v, Family)}
            return {str(key): statistics(family) for key, family in families.items()}
        return {}


def explanations(model: CompanyModel) -> tuple[Explanation, ...]:
    """Return an explanation of every section and value of a model, then of every distribution.

    Sections come before what they hold, in the order of the model.
    """
    return (*_fields(type(model), model, "", model.currency), *_families())


def _fields(
    kind: type[BaseModel], value: BaseModel | None, prefix: str, currency: str
) -> Iterator[Explanation]:
    for name, info in kind.model_fields.items():
        path = f"{prefix}{info.alias or name}"
        for item in _field(info, getattr(value, name, None), path, currency):
            stated = value is not None and name in value.model_fields_set
            yield item if stated else replace(item, given=False)


def _field(info: FieldInfo, value: Any, path: str, currency: str) -> Iterator[Explanation]:
    annotation, meaning = _given(info.annotation), info.description or ""
    held = next((kind for kind in models_in(annotation)), None)
    if held is not None and issubclass(held, Parameter):
        yield _leaf("parameter", path, info, held.model_fields["value"], value, currency)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield Explanation(path, "section", meaning)
        yield from _fields(type(value) if value else annotation, value, f"{path}.", currency)
    elif held is not None and typing.get_origin(annotation) is dict:
        yield Explanation(path, "section", meaning)
        for key in value or ():
            yield Explanation(f"{path}.{key}", "section", _summary(held))
            yield from _fields(held, value[key], f"{path}.{key}.", currency)
    else:
        yield _leaf("setting", path, info, info, value, currency)


def _leaf(
    kind: Kind, path: str, info: FieldInfo, inner: FieldInfo, value: Any, currency: str
) -> Explanation:
    *sections, name = path.split(".")
    meaning = info.description or ""
    unit = unit_of(name, inner.annotation, meaning, currency)
    if name == "count" and sections:
        unit = sections[-1].replace("_", " ")
    default = ""
    if not info.is_required():
        content = info.get_default(call_default_factory=True)
        plain = content.value if isinstance(content, Parameter) else content
        default = "; ".join(value_lines(plain, unit))
    evidence = (value.provenance, value.source) if isinstance(value, Parameter) else ("", "")
    parts = tuple(
        part
        for held in models_in(inner.annotation)
        if not issubclass(held, Family)
        for part in _parts(held, currency)
    )
    return Explanation(
        path,
        kind,
        meaning,
        unit,
        allowed_text(inner.annotation, inner.metadata, name),
        value.value if isinstance(value, Parameter) else value,
        default=default,
        provenance=evidence[0],
        source=evidence[1],
        parts=parts,
    )


def _parts(kind: type[BaseModel], currency: str) -> Iterator[Part]:
    for name, info in kind.model_fields.items():
        written, meaning = info.alias or name, info.description or ""
        unit = unit_of(written, info.annotation, meaning, currency)
        yield Part(written, meaning, unit, allowed_text(info.annotation, info.metadata))


def _families() -> Iterator[Explanation]:
    yield Explanation(
        DISTRIBUTIONS, "section", "families that a value may follow instead of being one number"
    )
    for family in FAMILIES:
        tag = typing.get_args(family.model_fields["distribution"].annotation)[0]
        # Their parameters are in the unit of the field that uses them; limits come last.
        parts = [
            Part(part.name, part.meaning, "", part.allowed)
            for part in _parts(family, "")
            if part.name != "distribution"
        ]
        parts.sort(key=lambda part: part.name in ("floor", "cap"))
        path = f"{DISTRIBUTIONS}.{tag}"
        yield Explanation(path, "distribution", _summary(family), parts=tuple(parts))


def _given(annotation: Any) -> Any:
    """Return what may be there, for what may also be absent."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        options = [o for o in typing.get_args(annotation) if o is not type(None)]
        return options[0] if len(options) == 1 else annotation
    return annotation


def _summary(kind: type[BaseModel]) -> str:
    text = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0]
    return " ".join(text.split()).removesuffix(".")
