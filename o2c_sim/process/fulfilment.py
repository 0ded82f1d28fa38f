"""Fulfilment: delivery run, dispatch, pick and pack, goods issue."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Clock, Draws, RunCalendar, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.calendars import RunModel
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.parameter import Parameter
from o2c_sim.process import (
    activity,
    allocation,
    capture,
    credit,
    insolvency,
    own_steps,
    transport,
)
from o2c_sim.process.calendars import run_calendar, system_run
from o2c_sim.process.order import ERROR_AT_PICKING, Delivery, Part

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order


@dataclass(frozen=True, slots=True)
class FulfilmentPolicy:
    """When deliveries are made, who picks what first, and how goods travel.

    A run or a distribution that a company does without is None.
    """

    lead_days: Draws
    availability_check: bool
    production_days: Draws
    never_delivered: Draws
    never_delivered_share: float
    allowance_seconds: float
    rescheduling_run: RunCalendar | None
    rescheduling_days: float
    date_change: Draws
    date_change_share: float
    date_change_again: Draws
    date_change_again_share: float
    date_change_moment: Draws
    date_change_days: Draws
    date_change_minutes: Draws
    delivery_run: RunCalendar
    dispatch_days: Draws
    pick_minutes: Draws
    pick_minutes_per_line: float
    earliest_promise_first: bool
    short_pick: Draws
    short_pick_share: float
    pickup_run: RunCalendar | None
    carrier_days: Draws | None
    carrier_round: RunCalendar | None
    damage: Draws
    damage_share: float


def fulfilment_policy(model: CompanyModel, streams: Streams, clock: Clock) -> FulfilmentPolicy:
    """Compile the model's fulfilment section."""
    section = model.fulfilment

    def run(parameter: Parameter[RunModel | None]) -> RunCalendar | None:
        return None if parameter.value is None else run_calendar(parameter.value, clock)

    carrier = section.carrier_days.value
    return FulfilmentPolicy(
        lead_days=streams.draws("fulfilment.lead", section.confirmed_lead_days.value.quantile),
        availability_check=section.availability_check.value,
        production_days=streams.draws(
            "fulfilment.production", model.products.production_lead_days.value.quantile
        ),
        never_delivered=streams.draws("fulfilment.never_delivered"),
        never_delivered_share=section.never_delivered_share.value,
        allowance_seconds=section.promise_allowance_days.value * DAY,
        rescheduling_run=system_run(section.rescheduling_run.value, model, clock)
        if section.rescheduling_run.value is not None
        else None,
        rescheduling_days=section.rescheduling_days.value,
        date_change=streams.draws("fulfilment.date_change"),
        date_change_share=section.date_change_share.value,
        date_change_again=streams.draws("fulfilment.date_change_again"),
        date_change_again_share=section.date_change_again_share.value,
        date_change_moment=streams.draws("fulfilment.date_change_moment"),
        date_change_days=streams.draws(
            "fulfilment.date_change_days", section.date_change_days.value.quantile
        ),
        date_change_minutes=streams.draws(
            "fulfilment.date_change_touch", section.date_change_touch_minutes.value.quantile
        ),
        delivery_run=system_run(section.delivery_run.value, model, clock),
        dispatch_days=streams.draws(
            "fulfilment.dispatch", section.dispatch_lead_days.value.quantile
        ),
        pick_minutes=streams.draws(
            "fulfilment.pick", section.pick_minutes_per_order.value.quantile
        ),
        pick_minutes_per_line=section.pick_minutes_per_line.value,
        earliest_promise_first=section.pick_priority.value == "due_date",
        short_pick=streams.draws("fulfilment.short_pick"),
        short_pick_share=section.short_pick_share.value,
        pickup_run=run(section.pickup_run),
        carrier_days=streams.draws("fulfilment.carrier", carrier.quantile)
        if carrier.highest() > 0
        else None,
        carrier_round=run(section.carrier_round),
        damage=streams.draws("fulfilment.damage"),
        damage_share=section.damage_share.value,
    )


def next_delivery(company: Company, order: Order) -> Generator[Any, Any, Delivery | None]:
    """Wait for the run that creates the next delivery of an order's open lines; return it.

    The goods must be there, and their day must have come; what is blocked waits. Returns None
    once no line is open: the rest is rejected, or goes with another order's delivery.
    """
    run, customer = company.fulfilment.delivery_run, order.customer
    while order.open_lines:
        if customer.insolvent:
            insolvency.cancel(company, order)
            break
        if order.blocks or not allocation.ready(order):
            order.news = company.env.event()
            yield order.news
            continue
        run_at = run.next(max(order.due_at, company.env.now))
        if customer.consolidates:
            customer.to_deliver.setdefault(run_at, []).append(order)
        yield run_at
        if credit.is_stale(company, order):
            yield from credit.check_before_delivery(company, order)
            if company.env.now > run_at:
                continue
        delivery = _create_what_is_due(company, order)
        if delivery is not None:
            return delivery
    return None


def _create_what_is_due(company: Company, order: Order) -> Delivery | None:
    """Create the delivery of what is due in this run, of all the customer's orders if it wishes.

    Since the order began to wait for the run its date may have moved, or lines been rejected. An
    order whose credit has become bad is left out: its own process holds it, in this run.
    """
    now, customer = company.env.now, order.customer
    if customer.insolvent:
        return None
    orders = customer.to_deliver.pop(now, [order]) if customer.consolidates else [order]
    parts = [
        Part(due, slots)
        for due in orders
        if due.due_at <= now
        and not due.blocks
        and (slots := allocation.ready(due))
        and credit.is_good(company, due)
    ]
    return create_delivery(company, parts) if parts else None


def create_delivery(company: Company, parts: list[Part]) -> Delivery:
    """Create a delivery; its lines are no longer open."""
    policy, leading, promised_at = company.fulfilment, parts[0].order, 0.0
    for order, slots in parts:
        promised_at = max(promised_at, allocation.promised_at(company, order, slots))
    number = company.documents.new_delivery(parts, promised_at)
    delivery = Delivery(number, leading.customer, parts, (leading.number, leading.deliveries))
    delivery.promised_at = promised_at
    for order, slots in parts:
        if policy.short_pick_share > 0:
            missing = _missing(policy, order, slots)
            if missing:
                delivery.missing.append(Part(order, missing))
        order.deliveries += 1
        if len(slots) == len(order.open_lines):
            order.open_lines = []
        else:
            order.open_lines = [slot for slot in order.open_lines if slot not in slots]
    if delivery.missing:
        delivery.picked = company.env.event()
    company.record(activity.CREATE_DELIVERY, delivery.number)
    own_steps.follow_delivery(company, parts)
    return delivery


def ship(company: Company, delivery: Delivery) -> Generator[Any, Any, None]:
    """Pick, pack and issue a delivery, and hand it over to the carrier.

    The warehouse picks when the dispatch date has come. What it does not find is left out, and
    supplied anew from then on; the rest leaves at once or with the next pick-up. A delivery of
    which nothing was found is over.
    """
    policy, luck = company.fulfilment, delivery.luck
    yield company.after(policy.dispatch_days.of(luck) * DAY)
    for order, _ in delivery.parts:
        if order.error == ERROR_AT_PICKING:
            yield from capture.correct(company, order)
    minutes = policy.pick_minutes.of(luck) + policy.pick_minutes_per_line * delivery.lines
    priority = delivery.promised_at if policy.earliest_promise_first else 0.0
    start, person = yield company.warehouse.work(minutes * MINUTE, priority)
    company.record(activity.PICK_AND_PACK, delivery.number, start, person)
    if delivery.missing:
        _record_shortages(company, delivery)
        if not delivery.parts:
            return
    if policy.pickup_run is not None:
        yield policy.pickup_run.next(company.env.now)
    if policy.availability_check:
        for order, slots in delivery.parts:
            company.stock.issue_lines(order.products, order.quantities, slots)
    delivery.goods_issued_at = company.env.now
    company.record(activity.POST_GOODS_ISSUE, delivery.number)
    own_steps.follow_goods_issue(company, delivery.parts)
    transport.hand_over(company, delivery)


def _missing(policy: FulfilmentPolicy, order: Order, slots: list[int]) -> list[int]:
    """Return the lines that will not be found; each attempt has a draw of its own."""
    luck = policy.short_pick.of_run(order.first_line, len(order.products), order.deliveries)
    # Nearly always all are found: that is settled for all lines at a time.
    if min(luck) >= policy.short_pick_share:
        return []
    return [slot for slot in slots if luck[slot] < policy.short_pick_share]


def _record_shortages(company: Company, delivery: Delivery) -> None:
    """Leave out what was not found: the stock is corrected, and the lines are open again."""
    gone = {part.order: part.slots for part in delivery.missing}
    delivery.leave_out(gone)
    for order, slots in gone.items():
        for slot in slots:
            shortage = company.documents.new_shortage(delivery.number, order.first_line + slot)
            company.record(activity.RECORD_SHORTAGE, shortage)
        order.open_lines = sorted([*order.open_lines, *slots])
        if company.fulfilment.availability_check:
            for slot in slots:
                product, quantity = order.products[slot], order.quantities[slot]
                company.stock.lose(product, quantity, allocated=True)
                line = order.backorders.get(slot)
                allocation.claim(company, order, slot, line.promised_at if line else order.due_at)
        order.tell()
    if delivery.picked is not None:
        delivery.picked.succeed()
