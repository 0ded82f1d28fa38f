"""From the invoice to cash, as data: customers, billing, dunning, calls, disputes, cash."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from o2c_sim.model.calendars import RunModel
from o2c_sim.model.distribution import Distribution
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import (
    INVOICE_CHANNELS,
    InvoiceChannel,
    NonNegative,
    PaymentMethod,
    Section,
    Share,
    require_sum_of_one,
)


class CustomerModel(Section):
    """The customers: how much they buy, on which terms, how and when they pay."""

    count: Parameter[Annotated[int, Field(ge=1, le=10_000_000)]]
    volume_sigma: Parameter[NonNegative] = Field(
        description="sigma of the log-normal spread of order rates between customers"
    )
    payment_terms_days: Parameter[Distribution]
    credit_limit_days: Parameter[Distribution] = Field(
        description="credit limit, in days of the customer's average order value per day"
    )
    lateness_effect_days: Parameter[Distribution] = Field(
        description="a customer's own habit: days after the due date, one value per customer"
    )
    lateness_noise_days: Parameter[Distribution] = Field(
        description="days after due date plus habit, one value per invoice"
    )
    weekly_pay_run_share: Parameter[Share] = Field(
        description="customers who pay on one weekday only"
    )
    payment_method_shares: Parameter[dict[PaymentMethod, Share]]
    payment_float_days: Parameter[dict[PaymentMethod, Distribution]]
    invoice_channel_shares: Parameter[dict[InvoiceChannel, Share]]
    weekly_invoice_share: Parameter[Share] = Field(
        description="customers invoiced in the weekly run instead of the daily one"
    )
    default_share: Parameter[Share] = Field(description="invoices that are never paid")

    @model_validator(mode="after")
    def _complete(self) -> CustomerModel:
        require_sum_of_one("payment_method_shares", self.payment_method_shares.value.values())
        require_sum_of_one("invoice_channel_shares", self.invoice_channel_shares.value.values())
        used = {m for m, share in self.payment_method_shares.value.items() if share > 0}
        missing = sorted(used - set(self.payment_float_days.value))
        if missing:
            raise ValueError(f"payment_float_days: nothing for {', '.join(missing)}")
        if not self.credit_limit_days.value.lowest() >= 0:
            raise ValueError("credit_limit_days: can be negative; give it a floor of 0 or more")
        return self


class BillingModel(Section):
    """Billing runs and the way invoices travel."""

    daily_run: Parameter[RunModel]
    weekly_run: Parameter[RunModel]
    delivery_days: Parameter[dict[InvoiceChannel, Distribution]] = Field(
        description="from the billing run until the customer holds the invoice, calendar days"
    )

    @model_validator(mode="after")
    def _every_channel(self) -> BillingModel:
        missing = sorted(set(INVOICE_CHANNELS) - set(self.delivery_days.value))
        if missing:
            raise ValueError(f"delivery_days: nothing for {', '.join(missing)}")
        return self


class DunningLevel(Section):
    """One level of reminder."""

    overdue_days: Annotated[float, Field(ge=1, le=1_000)] = Field(
        description="days overdue from which it is sent"
    )
    hazard_ratio: Annotated[float, Field(ge=1, le=100)] = Field(
        description="how much faster a customer pays once it has come"
    )


class DunningModel(Section):
    """Reminders, up to three levels; they rest while an invoice is disputed."""

    run: Parameter[RunModel]
    levels: Parameter[Annotated[tuple[DunningLevel, ...], Field(min_length=1, max_length=3)]]

    @model_validator(mode="after")
    def _levels_in_order(self) -> DunningModel:
        days = [level.overdue_days for level in self.levels.value]
        if days != sorted(set(days)):
            raise ValueError(f"levels: days overdue must rise from level to level, not {days}")
        return self


class CollectionsModel(Section):
    """Calls to customers whose invoices are overdue."""

    call_after_days: Parameter[Annotated[float, Field(ge=1, le=10_000)]] = Field(
        description="days overdue before a collector calls"
    )
    recall_days: Parameter[Annotated[float, Field(ge=1, le=1_000)]] = Field(
        description="days from a call without success to the next"
    )
    worklist: Parameter[Literal["oldest", "largest", "riskiest"]] = Field(
        description="who is called first: longest overdue, largest amount, or amount x habit"
    )
    touch_minutes: Parameter[Distribution]
    promise_share: Parameter[Share] = Field(description="calls that end in a promise to pay")
    promise_days: Parameter[Annotated[float, Field(ge=0, le=365)]]
    promise_kept_share: Parameter[Share]
    hazard_ratio: Parameter[Annotated[float, Field(ge=1, le=100)]] = Field(
        description="how much faster a called customer pays without a promise"
    )
    hazard_days: Parameter[NonNegative] = Field(description="for how long a call has that effect")


class DisputeModel(Section):
    """Invoices that customers contest: nothing is paid and nobody reminds until it is settled."""

    share: Parameter[Share] = Field(description="invoices disputed, over all customers")
    propensity: Parameter[Distribution] = Field(
        description="spread between customers; scaled, cut off at 1, to the share above"
    )
    notice_days: Parameter[Distribution] = Field(
        description="from receipt of the invoice until the customer objects"
    )
    investigation_days: Parameter[Distribution] = Field(
        description="until the facts are there, calendar days"
    )
    touch_minutes: Parameter[Distribution]
    credited_share: Parameter[Share] = Field(description="disputes that end with a credit memo")
    credited_fraction: Parameter[Distribution] = Field(
        description="part of the invoice that is credited then"
    )
    settle_days: Parameter[Distribution] = Field(
        description="from the decision until the customer means to pay"
    )

    @model_validator(mode="after")
    def _within_range(self) -> DisputeModel:
        if self.propensity.value.lowest() < 0 or self.propensity.value.mean() <= 0:
            raise ValueError("propensity: must be 0 or more, and more on average")
        if self.credited_fraction.value.lowest() < 0 or self.credited_fraction.value.highest() >= 1:
            raise ValueError("credited_fraction: from 0 to below 1 (give it a cap)")
        return self


class CashApplicationModel(Section):
    """Bank statement and the matching of payments to invoices."""

    statement_run: Parameter[RunModel]
    auto_match_share: Parameter[Share]
    research_wait_days: Parameter[Distribution] = Field(
        description="until the remittance is found for a payment that did not match"
    )
    touch_minutes: Parameter[Distribution]


class WriteOffModel(Section):
    """When an unpaid invoice is given up."""

    run: Parameter[RunModel]
    after_days: Parameter[NonNegative] = Field(description="days overdue")
