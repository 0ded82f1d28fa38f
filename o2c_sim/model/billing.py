"""From goods issue to the invoice at the customer, as data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from o2c_sim.model.calendars import RunModel
from o2c_sim.model.distribution import Constant, Distribution
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import INVOICE_CHANNELS, InvoiceChannel, Section, Share

_Rate = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
_Trigger = Literal["goods_issue", "proof_of_delivery"]


def _none() -> Parameter[Distribution]:
    return Parameter[Distribution](value=Constant(distribution="constant", value=0))


class BillingModel(Section):
    """Billing runs, blocks and errors, and the way invoices travel."""

    daily_run: Parameter[RunModel] = Field(
        description="when invoices are made for customers who are invoiced neither weekly nor "
        "monthly; more runs shorten the wait between goods issue and invoice"
    )
    weekly_run: Parameter[RunModel] = Field(
        description="when invoices are made for customers who are invoiced weekly"
    )
    monthly_run: Parameter[RunModel] = Field(
        default=Parameter[RunModel](value=RunModel(month_days=("last",), times=("18:00",))),
        description="when invoices are made for customers who are invoiced monthly",
    )
    trigger: Parameter[_Trigger] = Field(
        default=Parameter[_Trigger](value="goods_issue"),
        description="what makes a delivery ready for the billing run: the goods have left, or "
        "they are with the customer, which comes later by the transport",
    )
    ready_days: Parameter[Distribution] = Field(
        default=_none(),
        description="from goods issue, or proof of delivery, until the papers for the invoice are "
        "complete and the next billing run takes it up, calendar days",
    )
    tax_share: Parameter[_Rate] = Field(
        default=Parameter[_Rate](value=0.0),
        description="sales tax or value-added tax on top of the net value: 0.19 is 19 %; it is "
        "part of what the customer owes and no revenue",
    )
    block_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="deliveries that are blocked for billing; the more, the later the invoices "
        "and the more work for the billers",
    )
    block_days: Parameter[Distribution] = Field(
        default=_none(),
        description="from a billing block until a biller can look at it, calendar days",
    )
    block_touch_minutes: Parameter[Distribution] = Field(
        default=_none(), description="a biller's work to remove one block, minutes"
    )
    error_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="invoices with something wrong on them, when they are first made; what the "
        "company does not find itself is found by the customer",
    )
    error_found_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="of the wrong invoices, those that are cancelled and made anew before they "
        "are sent; the more, the fewer disputes",
    )
    correction_touch_minutes: Parameter[Distribution] = Field(
        default=_none(),
        description="a biller's work to correct one invoice, wrong or rejected, minutes",
    )
    delivery_days: Parameter[dict[InvoiceChannel, Distribution]] = Field(
        description="from the billing run until the customer holds the invoice, by channel, "
        "calendar days; a portal that is left out is as fast as an e-invoice"
    )
    rejection_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="invoices by portal or as e-invoices that the receiving system rejects; each "
        "is corrected and sent again, and its due date counts from then",
    )
    rejection_days: Parameter[Distribution] = Field(
        default=_none(),
        description="from sending an invoice until its rejection is known, calendar days",
    )

    @model_validator(mode="after")
    def _every_channel(self) -> BillingModel:
        missing = sorted(set(INVOICE_CHANNELS) - {"portal"} - set(self.delivery_days.value))
        if missing:
            raise ValueError(f"delivery_days: nothing for {', '.join(missing)}")
        return self
