"""Quotation: some demand begins with an offer, and only those won become orders."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order

_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class QuotationPolicy:
    """Which demand begins with a quotation, and what becomes of it."""

    asked: Draws
    asked_share: float
    touch_minutes: Draws
    decision_days: Draws
    won: Draws
    won_share: float


def quotation_policy(model: CompanyModel, streams: Streams) -> QuotationPolicy:
    """Compile what the model's capture section says of quotations."""
    section = model.capture
    return QuotationPolicy(
        asked=streams.draws("quotation.asked"),
        asked_share=section.quotation_share.value,
        touch_minutes=streams.draws("quotation.touch", section.quotation_minutes.value.quantile),
        decision_days=streams.draws(
            "quotation.decision", section.quotation_decision_days.value.quantile
        ),
        won=streams.draws("quotation.won"),
        won_share=section.quotation_won_share.value,
    )


def is_asked_for(company: Company, order: Order) -> bool:
    """Return whether the customer wants a quotation before it orders."""
    policy = company.quotation
    return policy.asked_share > 0 and policy.asked.at(order.number) < policy.asked_share


def win(company: Company, order: Order) -> Generator[Any, Any, bool]:
    """Make a quotation and wait for the customer's decision; return whether an order comes.

    It comes at the same time of the day as the enquiry, on a working day. What is not ordered
    leaves a quotation, and no order, in the books.
    """
    policy, number, documents = company.quotation, order.number, company.documents
    documents.quotations_without_order += 1
    start, person = yield company.order_desk.work(policy.touch_minutes.at(number) * MINUTE)
    company.record(activity.CREATE_QUOTATION, number, start, person)
    clock = company.clock
    decided_on = clock.day(company.env.now + policy.decision_days.at(number) * DAY)
    weekday = clock.weekday(decided_on)
    if weekday >= _SATURDAY:
        decided_on += 7 - weekday
    time_of_day = order.received_at - clock.midnight(clock.day(order.received_at))
    yield company.until(max(clock.midnight(decided_on) + time_of_day, company.env.now))
    if policy.won.at(number) >= policy.won_share:
        return False
    documents.quotations_without_order -= 1
    order.received_at = company.env.now
    return True
