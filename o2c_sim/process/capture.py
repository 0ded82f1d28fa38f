"""Order capture: the order is entered, by a person or an interface, and clarified if need be."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import HOUR, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.section import CHANNELS
from o2c_sim.process import activity

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order


@dataclass(frozen=True, slots=True)
class CapturePolicy:
    """How orders are captured; entry times in minutes by channel number, None for no person."""

    entry_minutes: tuple[Draws | None, ...]
    system_minutes: Draws
    email: int
    auto_capture: Draws
    auto_capture_share: float
    exception: Draws
    exception_share: float
    clarification_touch_minutes: Draws
    clarification_wait_hours: Draws


def capture_policy(model: CompanyModel, streams: Streams) -> CapturePolicy:
    """Compile the model's capture section."""
    section = model.capture
    by_hand = section.touch_minutes.value
    # One draw per order whatever the channel: the same order has the same luck in each.
    entry = [
        streams.draws("capture.entry", by_hand[name].quantile)
        if name in by_hand and name in ("email", "phone")
        else None
        for name in CHANNELS
    ]
    return CapturePolicy(
        entry_minutes=tuple(entry),
        system_minutes=streams.draws("capture.entry", section.system_minutes.value.quantile),
        email=CHANNELS.index("email"),
        auto_capture=streams.draws("capture.auto_capture"),
        auto_capture_share=section.email_auto_capture_share.value,
        exception=streams.draws("capture.exception"),
        exception_share=section.exception_share.value,
        clarification_touch_minutes=streams.draws(
            "capture.clarification_touch", section.clarification_touch_minutes.value.quantile
        ),
        clarification_wait_hours=streams.draws(
            "capture.clarification_wait", section.clarification_wait_hours.value.quantile
        ),
    )


def enter(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Enter the order into the system: by the order desk, or by an interface."""
    policy, number = company.capture, order.number
    company.record(activity.RECEIVE_ORDER, number)
    by_hand = policy.entry_minutes[order.channel]
    if order.channel == policy.email and policy.auto_capture(number) < policy.auto_capture_share:
        by_hand = None
    if by_hand is None:
        start = company.env.now
        yield company.after(policy.system_minutes(number) * MINUTE)
        company.record(activity.CREATE_SALES_ORDER, number, start)
    else:
        start, person = yield company.order_desk.work(by_hand(number) * MINUTE)
        company.record(
            activity.CREATE_SALES_ORDER, number, start, company.order_desk_names + person
        )


def clarify(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Clear up what is wrong with the order: price, address, material, ship-to.

    The order desk asks, the customer answers after some working hours, the desk amends the order.
    """
    policy, number = company.capture, order.number
    if policy.exception(number) >= policy.exception_share:
        return
    company.record(activity.SET_ORDER_BLOCK, number)
    touch = policy.clarification_touch_minutes(number) * MINUTE / 2
    start, person = yield company.order_desk.work(touch)
    company.record(activity.CLARIFY_ORDER, number, start, company.order_desk_names + person)
    answered = company.order_desk.calendar.add(
        company.env.now, policy.clarification_wait_hours(number) * HOUR
    )
    yield company.until(answered)
    start, person = yield company.order_desk.work(touch)
    company.record(activity.REMOVE_ORDER_BLOCK, number, start, company.order_desk_names + person)
