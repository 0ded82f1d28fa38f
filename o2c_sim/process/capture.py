"""Order capture: the order is entered, by a person or an interface, and clarified if need be."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import HOUR, MINUTE
from o2c_sim.model.capture import CaptureModel, ErrorPlace
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.section import CHANNELS
from o2c_sim.process import activity
from o2c_sim.process.order import (
    ERROR_AT_PICKING,
    ERROR_BEFORE_CONFIRMATION,
    ERROR_BY_CUSTOMER,
    NO_ERROR,
)

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order

Outcome = TypeVar("Outcome")

_ERRORS: dict[ErrorPlace, int] = {
    "confirmation": ERROR_BEFORE_CONFIRMATION,
    "picking": ERROR_AT_PICKING,
    "customer": ERROR_BY_CUSTOMER,
}


@dataclass(frozen=True, slots=True)
class CapturePolicy:
    """How orders are captured; entry times in minutes by channel number, None for no person.

    ``clarification_waits`` and ``errors_found`` are pairs of the upper end of a draw and what it
    means then, in rising order.
    """

    entry_minutes: tuple[Draws | None, ...]
    system_minutes: Draws
    email: int
    auto_capture: Draws
    auto_capture_share: float
    exception: Draws
    exception_share: float
    exception_kind: Draws
    clarification_touch_minutes: Draws
    clarification_waits: tuple[tuple[float, Draws], ...]
    makes_errors: bool
    error: Draws
    manual_error_share: float
    automatic_error_share: float
    error_found: Draws
    errors_found: tuple[tuple[float, int], ...]
    correction_minutes: Draws


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
    found = section.error_found_shares.value
    places = [place for place in _ERRORS if found.get(place, 0.0) > 0]
    return CapturePolicy(
        entry_minutes=tuple(entry),
        system_minutes=streams.draws("capture.entry", section.system_minutes.value.quantile),
        email=CHANNELS.index("email"),
        auto_capture=streams.draws("capture.auto_capture"),
        auto_capture_share=section.email_auto_capture_share.value,
        exception=streams.draws("capture.exception"),
        exception_share=section.exception_share.value,
        exception_kind=streams.draws("capture.exception_kind"),
        clarification_touch_minutes=streams.draws(
            "capture.clarification_touch", section.clarification_touch_minutes.value.quantile
        ),
        clarification_waits=_clarification_waits(section, streams),
        makes_errors=section.manual_error_share.value + section.automatic_error_share.value > 0,
        error=streams.draws("capture.error"),
        manual_error_share=section.manual_error_share.value,
        automatic_error_share=section.automatic_error_share.value,
        error_found=streams.draws("capture.error_found"),
        errors_found=tuple(
            (end, _ERRORS[place])
            for end, place in zip(accumulate(found[p] for p in places), places, strict=True)
        ),
        correction_minutes=streams.draws(
            "capture.correction", section.correction_minutes.value.quantile
        ),
    )


def _clarification_waits(
    section: CaptureModel, streams: Streams
) -> tuple[tuple[float, Draws], ...]:
    """Return the wait of each kind of exception, in hours: the same luck whatever the kind."""
    kinds = [kind for kind in section.exception_kinds.value.values() if kind.share > 0]
    ends = accumulate(kind.share for kind in kinds)
    waits = [kind.wait_hours or section.clarification_wait_hours.value for kind in kinds]
    return tuple(
        (end, streams.draws("capture.clarification_wait", wait.quantile))
        for end, wait in zip(ends, waits, strict=True)
    )


def enter(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Enter the order into the system: by the order desk, or by an interface."""
    policy, number = company.capture, order.number
    company.record(activity.RECEIVE_ORDER, number, amount_minor=order.value_minor)
    by_hand = policy.entry_minutes[order.channel]
    if order.channel == policy.email and policy.auto_capture.at(number) < policy.auto_capture_share:
        by_hand = None
    if by_hand is None:
        start, seconds = company.env.now, policy.system_minutes.at(number) * MINUTE
        if company.system_hours is None:
            yield company.after(seconds)
        else:
            # What comes in while the systems are down is entered when they are up again.
            start = company.system_hours.next_open(start)
            yield company.system_hours.add(start, seconds)
        company.record(activity.CREATE_SALES_ORDER, number, start)
    else:
        start, person = yield company.order_desk.work(by_hand.at(number) * MINUTE)
        company.record(activity.CREATE_SALES_ORDER, number, start, person)
    if policy.makes_errors:
        share = policy.automatic_error_share if by_hand is None else policy.manual_error_share
        if policy.error.at(number) < share:
            order.error = _by_share(policy.error_found.at(number), policy.errors_found)


def clarify(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Clear up what is wrong with the order: price, master data, something else.

    The order desk asks, the customer answers after some working hours, the desk amends the order.
    """
    policy, number = company.capture, order.number
    if policy.exception.at(number) < policy.exception_share:
        company.record(activity.SET_ORDER_BLOCK, number)
        touch = policy.clarification_touch_minutes.at(number) * MINUTE / 2
        start, person = yield company.order_desk.work(touch)
        company.record(activity.CLARIFY_ORDER, number, start, person)
        hours = _by_share(policy.exception_kind.at(number), policy.clarification_waits).at(number)
        yield company.until(company.office_hours.add(company.env.now, hours * HOUR))
        start, person = yield company.order_desk.work(touch)
        company.record(activity.REMOVE_ORDER_BLOCK, number, start, person)
    if order.error == ERROR_BEFORE_CONFIRMATION:
        yield from correct(company, order)


def correct(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Let the order desk correct an error of the order's entry that has been found."""
    order.error = NO_ERROR
    touch = company.capture.correction_minutes.at(order.number) * MINUTE
    start, person = yield company.order_desk.work(touch)
    company.record(activity.CORRECT_ORDER, order.number, start, person)


def _by_share(draw: float, outcomes: tuple[tuple[float, Outcome], ...]) -> Outcome:
    """Return the outcome in whose share of the numbers from 0 to 1 a draw lies."""
    for end, outcome in outcomes:
        if draw < end:
            return outcome
    return outcomes[-1][1]
