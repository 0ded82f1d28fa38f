"""Credit check, hold, release and insurance, as data."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from o2c_sim.model.calendars import RunModel
from o2c_sim.model.distribution import Distribution
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import NonNegative, Section, Share

_Factor = Annotated[float, Field(ge=0, le=1_000)]
_Level = Annotated[int, Field(ge=0, le=3)]
_NEVER_DAYS = 36_500.0


class CreditModel(Section):
    """Credit check, hold and release."""

    limit_share: Parameter[_Factor] = Field(
        default=Parameter[_Factor](value=1.0),
        description="an order is held that takes its customer's exposure beyond this share of the "
        "credit limit; above 1 tolerates some excess",
    )
    overdue_tolerance_days: Parameter[NonNegative] = Field(
        description="an invoice overdue by more than this holds the customer's new orders; more "
        "days hold fewer orders"
    )
    overdue_share: Parameter[_Factor] = Field(
        default=Parameter[_Factor](value=0.0),
        description="such invoices hold orders only if together they exceed this share of the "
        "credit limit; 0 lets any of them hold, a larger share holds fewer orders",
    )
    hold_at_dunning_level: Parameter[_Level] = Field(
        default=Parameter[_Level](value=0),
        description="an open invoice reminded at this level or a higher one holds the customer's "
        "new orders; 0 for never",
    )
    large_order_value: Parameter[NonNegative] = Field(
        default=Parameter[NonNegative](value=0.0),
        description="an order above this value, in currency, is reviewed whatever its customer "
        "owes; 0 for none",
    )
    auto_release_share: Parameter[Share] = Field(
        description="of the holds that review would release, those that a rule releases at once; "
        "the more, the less waiting and work"
    )
    review_wait_days: Parameter[Distribution] = Field(
        description="until the facts for a decision are there, calendar days"
    )
    review_touch_minutes: Parameter[Distribution] = Field(
        description="an analyst's work on one held order, minutes"
    )
    denial_share: Parameter[Share] = Field(
        description="reviewed holds that end in a denial; the order is lost"
    )
    partial_release_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="reviews of orders beyond the limit that release only the lines within it; "
        "the rest is delivered once the customer has paid enough",
    )
    withheld_days: Parameter[NonNegative] = Field(
        default=Parameter[NonNegative](value=30.0),
        description="from a partial release until lines that are still withheld are rejected, "
        "calendar days",
    )
    recheck_run: Parameter[RunModel | None] = Field(
        default=Parameter[RunModel | None](value=None),
        description="when held orders are checked again and released without a person if the "
        "reason has gone; none: every hold waits for its review",
    )
    recheck_after_days: Parameter[NonNegative] = Field(
        default=Parameter[NonNegative](value=_NEVER_DAYS),
        description="a delivery is made only on a credit check no older than this, calendar days; "
        "fewer days stop more deliveries to customers who have come to owe too much",
    )
    insured_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="customers whose debts are insured; the insurer refuses the others",
    )
    insured_limit_factor: Parameter[_Factor] = Field(
        default=Parameter[_Factor](value=1.0),
        description="credit limit of an insured customer, as a multiple of what it would be "
        "without insurance; more holds fewer orders",
    )
    insurance_cover_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.9),
        description="part of an insured customer's loss that the insurer pays",
    )
    insurance_premium_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="premium, as a share of the sales to insured customers",
    )

    @model_validator(mode="after")
    def _the_rest_is_released_by_a_run(self) -> CreditModel:
        if self.partial_release_share.value > 0 and self.recheck_run.value is None:
            raise ValueError("partial_release_share: the rest needs a recheck_run to release it")
        return self
