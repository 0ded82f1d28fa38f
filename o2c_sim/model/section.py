"""What every part of a model shares: strictness, shares, names of channels, roles and weekdays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Channel = Literal["edi", "portal", "email", "phone"]
CHANNELS: tuple[Channel, ...] = ("edi", "portal", "email", "phone")
InvoiceChannel = Literal["paper", "pdf", "e_invoice"]
INVOICE_CHANNELS: tuple[InvoiceChannel, ...] = ("paper", "pdf", "e_invoice")
PaymentMethod = Literal["check", "ach", "wire", "card", "direct_debit"]
PAYMENT_METHODS: tuple[PaymentMethod, ...] = ("check", "ach", "wire", "card", "direct_debit")
Role = Literal["order_desk", "credit", "warehouse", "collections", "disputes", "cash_application"]
ROLES: tuple[Role, ...] = (
    "order_desk",
    "credit",
    "warehouse",
    "collections",
    "disputes",
    "cash_application",
)


class Section(BaseModel):
    """A part of a model: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
