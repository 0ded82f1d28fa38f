"""What every part of a model shares: strictness, shares, names of channels, roles and weekdays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from o2c_sim.model.distribution import Family
from o2c_sim.model.parameter import Parameter

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Channel = Literal["edi", "portal", "email", "phone"]
CHANNELS: tuple[Channel, ...] = ("edi", "portal", "email", "phone")
InvoiceChannel = Literal["paper", "pdf", "portal", "e_invoice"]
INVOICE_CHANNELS: tuple[InvoiceChannel, ...] = ("paper", "pdf", "portal", "e_invoice")
PaymentMethod = Literal["check", "ach", "wire", "card", "direct_debit"]
PAYMENT_METHODS: tuple[PaymentMethod, ...] = ("check", "ach", "wire", "card", "direct_debit")
Role = Literal[
    "order_desk", "credit", "warehouse", "billing", "collections", "disputes", "cash_application"
]
ROLES: tuple[Role, ...] = (
    "order_desk",
    "credit",
    "warehouse",
    "billing",
    "collections",
    "disputes",
    "cash_application",
)


# Units in field names, as days; what may be negative; the longest duration.
_UNITS = {"_days": 1.0, "_hours": 1 / 24, "_minutes": 1 / 1440}
_SIGNED = ("lateness_effect_days", "lateness_noise_days")
_CENTURY = 36_525.0


class Section(BaseModel):
    """A part of a model: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _durations_in_reach(self) -> Section:
        """Refuse durations below zero or beyond a century: they would never end, or not begin."""
        for name in type(self).model_fields:
            limits = duration_limits(name)
            given = getattr(self, name)
            if limits is None or not isinstance(given, Parameter | Family):
                continue
            value = given.value if isinstance(given, Parameter) else given
            for item in value.values() if isinstance(value, dict) else [value]:
                if item is None:
                    continue
                low, high = _range(item)
                if not low >= limits[0]:
                    raise ValueError(f"{name}: can be {low:g}; give it a floor of 0 or more")
                if not high <= limits[1]:
                    raise ValueError(f"{name}: can be longer than a century; give it a cap")
        return self


def duration_limits(name: str) -> tuple[float, float] | None:
    """Return the shortest and the longest duration that a field may hold, in the field's unit.

    Returns
    -------
    tuple of float, or None
        None if the field is not a duration: its name states no unit of time.
    """
    days = next((size for unit, size in _UNITS.items() if unit in name), 0.0)
    if not days or name == "credit_limit_days":
        return None
    return (-_CENTURY / days if name in _SIGNED else 0.0), _CENTURY / days


def _range(value: float | Family) -> tuple[float, float]:
    """Return the smallest and, but for one draw in a thousand million, the largest value."""
    if isinstance(value, Family):
        return value.lowest(), value.highest()
    return float(value), float(value)


def require_sum_of_one(name: str, shares: Iterable[float]) -> None:
    """Refuse shares that do not sum to 1.

    Raises
    ------
    ValueError
        With the sum.
    """
    total = sum(shares)
    if abs(total - 1.0) > 1e-6:
        raise ValueError(f"{name}: the shares sum to {total:.6g}, not to 1")
