"""A value with its provenance: where a number comes from travels with the number."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

T = TypeVar("T")

Provenance = Literal["data", "published", "assumed"]


class Parameter(BaseModel, Generic[T]):
    """A model value, what kind of evidence stands behind it, and the source.

    A value written plainly in a model file (``headcount: 3``) is taken as ``assumed``.

    Parameters
    ----------
    value
        The value, in the unit that the field's name states.
    provenance
        ``data`` (computed from a data set), ``published`` (read in a document) or ``assumed``.
    source
        The data set or document; required unless the value is assumed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: T = Field(description="the value, in the unit that the field's name states")
    provenance: Provenance = Field(
        default="assumed",
        description="data (computed from a data set), published (read in a document) or assumed",
    )
    source: str = Field(default="", description="data set or document behind the value")

    @model_validator(mode="before")
    @classmethod
    def _plain_value(cls, raw: Any) -> Any:
        # A constant distribution also has a "value" key: it is told by its own tag.
        annotated = isinstance(raw, dict) and "value" in raw and "distribution" not in raw
        if isinstance(raw, Parameter):
            return raw
        value = raw["value"] if annotated else raw
        # Python counts with True as 1, so a share of "true" would pass for 100 %.
        if isinstance(value, bool) and cls.model_fields["value"].annotation is not bool:
            raise ValueError("true and false are no values here")
        return raw if annotated else {"value": raw}

    @model_validator(mode="after")
    def _evidence_has_a_source(self) -> Parameter[T]:
        if self.provenance != "assumed" and not self.source:
            raise ValueError(f"provenance {self.provenance!r} needs a source")
        return self
