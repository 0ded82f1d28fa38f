"""What becomes of unpaid invoices, as data."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from o2c_sim.model.calendars import RunModel
from o2c_sim.model.distribution import Constant, Distribution
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import NonNegative, Section, Share

_Days = Annotated[float, Field(ge=0, le=36_500, allow_inf_nan=False)]


def _share() -> Parameter[Share]:
    return Parameter[Share](value=0.0)


def _constant(value: float) -> Parameter[Distribution]:
    return Parameter[Distribution](value=Constant(distribution="constant", value=value))


class WriteOffModel(Section):
    """When an unpaid invoice is given up, what still comes of it, and what is set aside for it."""

    run: Parameter[RunModel] = Field(description="when overdue invoices are looked through")
    after_days: Parameter[NonNegative] = Field(
        description="days overdue after which an unpaid invoice is given up; more days keep it "
        "longer in the receivables"
    )
    small_balance_value: Parameter[NonNegative] = Field(
        default=Parameter[NonNegative](value=0.0),
        description="a rest that a short payment has left is written off in the next run if it is "
        "at most this, in currency; more saves disputes and gives away more",
    )
    agency_share: Parameter[Share] = Field(
        default=_share(),
        description="invoices given up that a collection agency gets; not those of insolvent or "
        "insured customers",
    )
    agency_days: Parameter[Distribution] = Field(
        default=_constant(90),
        description="from the referral until an agency that succeeds has the money, calendar days",
    )
    agency_fee_share: Parameter[Share] = Field(
        default=_share(), description="part of what it recovers that the agency keeps"
    )
    collectability_shares: Parameter[dict[_Days, Share]] = Field(
        default=Parameter[dict[_Days, Share]](value={}),
        description="invoices that an agency recovers, by days overdue at the referral, which "
        "lie on straight lines between those given; empty: none",
    )
    insurance_days: Parameter[Distribution] = Field(
        default=_constant(60),
        description="from the write-off of an insured debt until the insurer pays, calendar days",
    )
    allowance_run: Parameter[RunModel] = Field(
        default=Parameter[RunModel](value=RunModel(month_days=("last",), times=("23:00",))),
        description="when the allowance for bad debts is adjusted to the age of the receivables",
    )
    allowance_shares: Parameter[dict[_Days, Share]] = Field(
        default=Parameter[dict[_Days, Share]](value={}),
        description="part of what is open that the allowance covers, by days overdue from which "
        "it holds, 0 for what is not overdue; empty: no allowance, losses are expensed",
    )

    @model_validator(mode="after")
    def _agency_recovers_something(self) -> WriteOffModel:
        if self.agency_share.value > 0 and not self.collectability_shares.value:
            raise ValueError("agency_share: give collectability_shares, what an agency recovers")
        return self
