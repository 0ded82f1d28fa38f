"""From the confirmed order to the goods at the customer, as data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from o2c_sim.model.calendars import RunModel
from o2c_sim.model.distribution import Constant, Distribution
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import NonNegative, Section, Share

PickPriority = Literal["first_come", "due_date"]
_ShareBelowOne = Annotated[float, Field(ge=0, lt=1)]


def _none() -> Parameter[Distribution]:
    return Parameter[Distribution](value=Constant(distribution="constant", value=0))


class FulfilmentModel(Section):
    """Confirmation, delivery, picking, goods issue and transport."""

    confirmed_lead_days: Parameter[Distribution] = Field(
        description="order confirmation until the customer wants the delivery to be created, "
        "calendar days; goods that are not there by then make it later"
    )
    availability_check: Parameter[bool] = Field(
        default=Parameter[bool](value=False),
        description="whether order lines need stock or production; false: all goods are always "
        "at hand",
    )
    never_delivered_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="order lines that are confirmed and then neither delivered nor rejected: "
        "services, requests for a bill, lines that are forgotten; the more, the fewer goods leave",
    )
    complete_delivery_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="customers who want an order in one delivery; the others get what is there, "
        "and the rest later; the more, the fewer and the later the deliveries",
    )
    consolidation_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="customers who get one delivery for all their orders that are due in a "
        "delivery run; the more, the fewer deliveries",
    )
    promise_allowance_days: Parameter[NonNegative] = Field(
        default=Parameter[NonNegative](value=4.0),
        description="calendar days from the planned dispatch until the date that the customer is "
        "promised; more of them make more deliveries punctual",
    )
    rescheduling_run: Parameter[RunModel | None] = Field(
        default=Parameter[RunModel | None](value=None),
        description="when the dates of lines that wait for goods are worked out anew; none: "
        "the customer is told nothing until the goods come",
    )
    rescheduling_days: Parameter[NonNegative] = Field(
        default=Parameter[NonNegative](value=7.0),
        description="by how many days a missed date is put off, until it is known when the goods "
        "come",
    )
    date_change_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="orders whose customer asks, after the confirmation, to be delivered later; "
        "the more, the later the goods and the more work for the order desk",
    )
    date_change_again_share: Parameter[_ShareBelowOne] = Field(
        default=Parameter[_ShareBelowOne](value=0.0),
        description="of the changes of date, those that are followed by another; below 1, or an "
        "order would be put off for ever",
    )
    date_change_days: Parameter[Distribution] = Field(
        default=Parameter[Distribution](value=Constant(distribution="constant", value=7)),
        description="by how much a customer puts the delivery off, calendar days",
    )
    date_change_touch_minutes: Parameter[Distribution] = Field(
        default=_none(),
        description="the order desk's work on a customer's change of date, minutes",
    )
    delivery_run: Parameter[RunModel] = Field(description="when delivery documents are created")
    dispatch_lead_days: Parameter[Distribution] = Field(
        description="delivery creation until picking may start, calendar days"
    )
    pick_minutes_per_order: Parameter[Distribution] = Field(
        description="warehouse work on an order whatever its size, minutes: pick, pack, paperwork"
    )
    pick_minutes_per_line: Parameter[NonNegative] = Field(
        description="warehouse work that each line of an order adds, minutes"
    )
    pick_priority: Parameter[PickPriority] = Field(
        default=Parameter[PickPriority](value="first_come"),
        description="which delivery the warehouse picks first: the one that has waited longest "
        "or the one that is promised earliest",
    )
    short_pick_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="lines that are not found when they are picked, though the books have them: "
        "the stock is corrected and the line follows later",
    )
    pickup_run: Parameter[RunModel | None] = Field(
        default=Parameter[RunModel | None](value=None),
        description="when the carrier fetches goods: what is packed later leaves with the next "
        "pick-up; none: goods leave as soon as they are packed",
    )
    carrier_days: Parameter[Distribution] = Field(
        default=_none(),
        description="goods issue until the carrier has brought the goods, calendar days; longer "
        "means later delivery; 0: no transport is shown",
    )
    carrier_round: Parameter[RunModel | None] = Field(
        default=Parameter[RunModel | None](value=None),
        description="when carriers hand goods over to customers; none: at any time",
    )
    damage_share: Parameter[Share] = Field(
        default=Parameter[Share](value=0.0),
        description="deliveries that arrive damaged; the customer claims it on the invoice",
    )
