"""Disputes and deductions, as data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from o2c_sim.model.distribution import Distribution
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import NonNegative, Role, Section, Share

Reason = Literal["price", "quantity", "damage", "invoice", "deduction", "other"]
REASONS: tuple[Reason, ...] = ("price", "quantity", "damage", "invoice", "deduction", "other")
# Why a customer contests an invoice that has nothing wrong with it.
WITHOUT_CAUSE: tuple[Reason, ...] = ("price", "quantity", "other")


class DisputeReasonModel(Section):
    """What is particular to disputes of one reason; what is left out is as for all disputes."""

    share: Share = Field(
        default=0.0, description="of the disputes without a cause, those with this reason"
    )
    owner: Role = Field(default="disputes", description="who investigates and decides")
    investigation_days: Distribution | None = Field(
        default=None, description="until the facts are there, calendar days"
    )
    touch_minutes: Distribution | None = Field(
        default=None, description="the owner's work on one dispute, minutes"
    )
    credited_share: Share | None = Field(
        default=None,
        description="disputes that end with a credit memo; those with a cause always do",
    )
    credited_fraction: Distribution | None = Field(
        default=None, description="part of what is contested that is credited then"
    )

    rejected_paid_share: Share = Field(
        default=1.0,
        description="rejected disputes whose customer pays after all; the others are never paid",
    )

    @model_validator(mode="after")
    def _within_range(self) -> DisputeReasonModel:
        fraction = self.credited_fraction
        if fraction is not None and not (fraction.lowest() >= 0 and fraction.highest() <= 1):
            raise ValueError("credited_fraction: from 0 to 1 (give it a cap)")
        return self


class DisputeModel(Section):
    """Invoices that customers contest: nothing is paid and nobody reminds until it is settled."""

    share: Parameter[Share] = Field(
        description="invoices disputed without a cause that the model knows, over all customers; "
        "more disputes mean later cash, more credit memos and more work"
    )
    propensity: Parameter[Distribution] = Field(
        description="spread between customers; scaled, cut off at 1, to the share above"
    )
    cause_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="invoices with something really wrong (damaged goods, an error of entry or of "
        "billing) whose customer says so",
    )
    reasons: Parameter[dict[Reason, DisputeReasonModel]] = Field(
        default=Parameter[dict[Reason, DisputeReasonModel]](value={}),
        description="what is particular to disputes about the price, the quantity, damage, the "
        "invoice, a deduction from a payment, or something other; empty treats all alike",
    )
    notice_days: Parameter[Distribution] = Field(
        description="from receipt of the invoice until the customer objects"
    )
    investigation_days: Parameter[Distribution] = Field(
        description="until the facts are there, calendar days; nothing is paid in the meantime"
    )
    touch_minutes: Parameter[Distribution] = Field(
        description="an analyst's work on one dispute, minutes"
    )
    credited_share: Parameter[Share] = Field(
        description="disputes that end with a credit memo; the others are rejected"
    )
    credited_fraction: Parameter[Distribution] = Field(
        description="part of the invoice that is credited then"
    )
    reissue_share: Parameter[Share] = Field(
        default=Parameter[Share](value=1.0),
        description="wrong invoices that are cancelled and made anew, due from then, if nothing "
        "is paid yet; the others are put right by a credit memo",
    )
    automatic_credit_value: Parameter[NonNegative] = Field(
        default=Parameter[NonNegative](value=0.0),
        description="a deduction up to this, in currency, is credited at once without a person; "
        "more saves work and gives away more",
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

    @model_validator(mode="after")
    def _reasons_add_up(self) -> DisputeModel:
        shares = {name: reason.share for name, reason in self.reasons.value.items()}
        caused = sorted(name for name in shares if name not in WITHOUT_CAUSE and shares[name] > 0)
        if caused:
            raise ValueError(
                f"reasons: no share for {', '.join(caused)}, which have causes of their own; "
                f"only for {', '.join(WITHOUT_CAUSE)}"
            )
        if sum(shares.values()) > 1 + 1e-9:
            raise ValueError(f"reasons: the shares sum to {sum(shares.values()):.6g}, more than 1")
        return self
