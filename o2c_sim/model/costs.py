"""What the cycle costs besides people's time, as data."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from o2c_sim.errors import did_you_mean
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import Channel, InvoiceChannel, NonNegative, PaymentMethod, Section
from o2c_sim.vocabulary import ACTIVITIES

_Rate = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]


class CostModel(Section):
    """Costs by transaction, and of the money tied up; people's time costs what staff says."""

    order_entry: Parameter[dict[Channel, NonNegative]] = Field(
        default=Parameter[dict[Channel, NonNegative]](value={}),
        description="systems and fees for one order entered, by channel, currency; a channel that "
        "is left out costs nothing but people's time",
    )
    invoice_sending: Parameter[dict[InvoiceChannel, NonNegative]] = Field(
        default=Parameter[dict[InvoiceChannel, NonNegative]](value={}),
        description="print, postage and fees for one invoice sent, by channel, currency; a channel "
        "that is left out costs nothing",
    )
    payment_receipt: Parameter[dict[PaymentMethod, NonNegative]] = Field(
        default=Parameter[dict[PaymentMethod, NonNegative]](value={}),
        description="what receiving one payment costs, by method, currency, besides the fees that "
        "are kept in the books (card, returned direct debit)",
    )
    transaction: Parameter[dict[str, NonNegative]] = Field(
        default=Parameter[dict[str, NonNegative]](value={}),
        description="what doing an activity once costs besides, by the activity's name, currency, "
        "such as the postage of a reminder",
    )
    capital_cost_share_per_year: Parameter[_Rate] = Field(
        default=Parameter[_Rate](value=0.0),
        description="cost of capital as a part of the money tied up in receivables, less "
        "payments in the bank that are not applied yet, per year: 0.09 is 9 %",
    )

    @model_validator(mode="after")
    def _known_activities(self) -> CostModel:
        for name in self.transaction.value:
            if name not in ACTIVITIES:
                hint = did_you_mean(name, ACTIVITIES)
                raise ValueError(f"transaction: {name!r} is not an activity of the log; {hint}")
        return self
