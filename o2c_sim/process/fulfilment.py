"""Fulfilment: delivery run, dispatch, pick and pack, goods issue."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Clock, Draws, RunCalendar, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity
from o2c_sim.process.calendars import run_calendar

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order


@dataclass(frozen=True, slots=True)
class FulfilmentPolicy:
    """When deliveries are made and how long picking takes."""

    lead_days: Draws
    delivery_run: RunCalendar
    dispatch_days: Draws
    pick_minutes: Draws
    pick_minutes_per_line: float


def fulfilment_policy(model: CompanyModel, streams: Streams, clock: Clock) -> FulfilmentPolicy:
    """Compile the model's fulfilment section."""
    section = model.fulfilment
    return FulfilmentPolicy(
        lead_days=streams.draws("fulfilment.lead", section.confirmed_lead_days.value.quantile),
        delivery_run=run_calendar(section.delivery_run.value, clock),
        dispatch_days=streams.draws(
            "fulfilment.dispatch", section.dispatch_lead_days.value.quantile
        ),
        pick_minutes=streams.draws(
            "fulfilment.pick", section.pick_minutes_per_order.value.quantile
        ),
        pick_minutes_per_line=section.pick_minutes_per_line.value,
    )


def deliver(company: Company, order: Order) -> Generator[Any, Any, int]:
    """Deliver the order and return the number of the delivery.

    The delivery run picks the order up once its confirmed lead time has passed; the warehouse
    picks and packs when the dispatch date has come, and goods issue follows at once.
    """
    policy, number = company.fulfilment, order.number
    due = company.env.now + policy.lead_days(number) * DAY
    yield company.until(policy.delivery_run.next(due))
    delivery = company.documents.new_delivery(number)
    company.record(activity.CREATE_DELIVERY, delivery)
    yield company.after(policy.dispatch_days(number) * DAY)
    minutes = policy.pick_minutes(number) + policy.pick_minutes_per_line * order.lines
    start, person = yield company.warehouse.work(minutes * MINUTE)
    company.record(activity.PICK_AND_PACK, delivery, start, company.warehouse_names + person)
    company.record(activity.POST_GOODS_ISSUE, delivery)
    return delivery
