"""From the customer's order to goods issue, as data."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from o2c_sim.model.calendars import RunModel
from o2c_sim.model.distribution import Distribution
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import (
    Channel,
    NonNegative,
    Section,
    Share,
    Weekday,
    require_sum_of_one,
)


class DemandModel(Section):
    """Orders as customers send them."""

    orders_per_week: Parameter[Annotated[float, Field(gt=0, le=10_000_000)]]
    weekday_shares: Parameter[dict[Weekday, Share]]
    hour_shares: Parameter[dict[int, Share]]
    day_factor_cv: Parameter[Annotated[float, Field(ge=0, le=100)]] = Field(
        description="coefficient of variation of the gamma factor on each day's order rate"
    )
    channel_shares: Parameter[dict[Channel, Share]]
    lines_per_order: Parameter[Distribution]
    line_value: Parameter[Distribution] = Field(description="net value of a line, currency")

    @model_validator(mode="after")
    def _profiles(self) -> DemandModel:
        require_sum_of_one("weekday_shares", self.weekday_shares.value.values())
        require_sum_of_one("hour_shares", self.hour_shares.value.values())
        require_sum_of_one("channel_shares", self.channel_shares.value.values())
        if any(not 0 <= hour <= 23 for hour in self.hour_shares.value):
            raise ValueError("hour_shares: hours go from 0 to 23")
        smallest = self.lines_per_order.value.lowest()
        if not smallest >= 1:
            raise ValueError(f"lines_per_order: can be {smallest:g}; an order has at least 1 line")
        if not self.line_value.value.lowest() >= 0:
            raise ValueError("line_value: can be negative; give it a floor of 0 or more")
        if not self.line_value.value.highest() <= 1e12:
            raise ValueError("line_value: can be above a million millions; give it a cap")
        if not self.lines_per_order.value.highest() <= 1e6:
            raise ValueError("lines_per_order: can be above a million; give it a cap")
        return self


class CaptureModel(Section):
    """Order entry and validation."""

    touch_minutes: Parameter[dict[Channel, Distribution]] = Field(
        description="entry time by hand; EDI and portal orders enter without a person"
    )
    system_minutes: Parameter[Distribution] = Field(description="entry time without a person")
    email_auto_capture_share: Parameter[Share]
    exception_share: Parameter[Share] = Field(description="orders that need clarification")
    clarification_touch_minutes: Parameter[Distribution]
    clarification_wait_hours: Parameter[Distribution] = Field(
        description="until the customer has answered, hours of the order desk's calendar"
    )


class CreditModel(Section):
    """Credit check, hold and release."""

    overdue_tolerance_days: Parameter[NonNegative] = Field(
        description="an invoice overdue by more than this holds the customer's new orders"
    )
    auto_release_share: Parameter[Share] = Field(
        description="of the holds that review would release, those that a rule releases at once"
    )
    review_wait_days: Parameter[Distribution] = Field(
        description="until the facts for a decision are there, calendar days"
    )
    review_touch_minutes: Parameter[Distribution]
    denial_share: Parameter[Share] = Field(description="reviewed holds that end in a denial")


class FulfilmentModel(Section):
    """From the confirmed order to goods issue."""

    confirmed_lead_days: Parameter[Distribution] = Field(
        description="order confirmation until the delivery is due to be created, calendar days"
    )
    delivery_run: Parameter[RunModel]
    dispatch_lead_days: Parameter[Distribution] = Field(
        description="delivery creation until picking may start, calendar days"
    )
    pick_minutes_per_order: Parameter[Distribution]
    pick_minutes_per_line: Parameter[NonNegative]
