"""Order change: what the customer changes, rejects or cancels after the order is confirmed.

Each request is a process beside the order's own, and works only on what is not delivered yet.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, allocation, cancellation, credit, prepayment

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order

# The draws of an order's work: one for each kind of request.
_CHANGE: Final = 0
_REJECTION: Final = 1
_CANCELLATION: Final = 2


@dataclass(frozen=True, slots=True)
class ChangePolicy:
    """How many orders change, when, and by how much."""

    change: Draws
    change_share: float
    change_days: Draws
    by_price: Draws
    by_price_share: float
    price_factor: Draws
    quantity_factor: Draws
    rejection: Draws
    rejection_share: float
    rejection_days: Draws
    cancellation: Draws
    cancellation_share: float
    cancellation_days: Draws
    line: Draws
    touch_minutes: Draws


def change_policy(model: CompanyModel, streams: Streams) -> ChangePolicy:
    """Compile the model's section on changes."""
    section = model.changes
    return ChangePolicy(
        change=streams.draws("change.arises"),
        change_share=section.share.value,
        change_days=streams.draws("change.days", section.request_days.value.quantile),
        by_price=streams.draws("change.by_price"),
        by_price_share=section.price_share.value,
        price_factor=streams.draws("change.factor", section.price_factor.value.quantile),
        quantity_factor=streams.draws("change.factor", section.quantity_factor.value.quantile),
        rejection=streams.draws("change.rejection"),
        rejection_share=section.rejection_share.value,
        rejection_days=streams.draws(
            "change.rejection_days", section.rejection_days.value.quantile
        ),
        cancellation=streams.draws("change.cancellation"),
        cancellation_share=section.cancellation_share.value,
        cancellation_days=streams.draws(
            "change.cancellation_days", section.cancellation_days.value.quantile
        ),
        line=streams.draws("change.line"),
        touch_minutes=streams.draws("change.touch", section.touch_minutes.value.quantile),
    )


def foresee(company: Company, order: Order) -> None:
    """Decide, as an order is confirmed, what its customer will want to change."""
    policy, number = company.changes, order.number
    if policy.change_share and policy.change.at(number) < policy.change_share:
        company.start(_change(company, order))
    if policy.rejection_share and policy.rejection.at(number) < policy.rejection_share:
        company.start(_reject(company, order))
    if policy.cancellation_share and policy.cancellation.at(number) < policy.cancellation_share:
        company.start(_cancel(company, order))


def _change(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Change a line; if the order grows and credit denies that, it goes on as it was before."""
    done = yield from _attended(company, order, company.changes.change_days, _CHANGE)
    if done is None:
        return
    slot = _one_line(company, order, _CHANGE)
    quantity, value_minor = order.quantities[slot], order.values_minor[slot]
    new_quantity, new_value_minor = changed(company.changes, order, slot)
    _set_line(company, order, slot, new_quantity, new_value_minor, *done)
    if new_value_minor <= value_minor or (yield from credit.check_again(company, order)):
        return
    if slot in order.open_lines and order.values_minor[slot] == new_value_minor:
        _set_line(company, order, slot, quantity, value_minor, company.env.now, 0)
    if order.open_lines and not order.customer.insolvent:
        company.record(activity.RELEASE_CREDIT_BLOCK, order.number)


def _reject(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Give up one line."""
    done = yield from _attended(company, order, company.changes.rejection_days, _REJECTION)
    if done is not None:
        cancellation.reject(company, order, [_one_line(company, order, _REJECTION)], *done)


def _cancel(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Give up all that is open."""
    done = yield from _attended(company, order, company.changes.cancellation_days, _CANCELLATION)
    if done is not None:
        cancellation.cancel(company, order, *done)


def _attended(
    company: Company, order: Order, days: Draws, kind: int
) -> Generator[Any, Any, tuple[float, int] | None]:
    """Wait for the customer's request and for the order desk to attend to it.

    Returns the start of the work and who did it; None if nothing was open any more, when the
    customer asked or when the desk came to it.
    """
    number = order.number
    yield company.until(max(order.received_at + days.at(number) * DAY, company.env.now))
    if not order.open_lines:
        return None
    touch = company.changes.touch_minutes.at(number, kind) * MINUTE
    done: tuple[float, int] = yield company.order_desk.work(touch)
    return done if order.open_lines else None


def _one_line(company: Company, order: Order, kind: int) -> int:
    """Return the open line that the request is about."""
    return order.open_lines[
        int(company.changes.line.at(order.number, kind) * len(order.open_lines))
    ]


def changed(policy: ChangePolicy, order: Order, slot: int) -> tuple[int, int]:
    """Return the new quantity and the new value, in minor units, of a line that changes."""
    number, quantity, value_minor = order.number, order.quantities[slot], order.values_minor[slot]
    if policy.by_price.at(number) < policy.by_price_share:
        return quantity, max(round(value_minor * policy.price_factor.at(number)), 1)
    factor = policy.quantity_factor.at(number)
    new = max(round(quantity * factor), 1)
    if new == quantity:
        new = quantity - 1 if factor < 1 and quantity > 1 else quantity + 1
    return new, max(round(value_minor * new / quantity), 1)


def _set_line(
    company: Company,
    order: Order,
    slot: int,
    quantity: int,
    value_minor: int,
    start: float,
    person: int,
) -> None:
    """Give a line another quantity and value; value, exposure and stock follow."""
    now, documents = company.env.now, company.documents
    more_minor = value_minor - order.values_minor[slot]
    if quantity != order.quantities[slot]:
        allocation.reallocate(company, order, slot, quantity)
    order.values_minor[slot] = value_minor
    order.value_minor += more_minor
    order.customer.exposure_minor += more_minor
    documents.new_line_value(order.first_line + slot, now, quantity, value_minor)
    documents.new_order_value(order.number, now, order.value_minor)
    company.record(activity.CHANGE_ORDER, order.number, start, person, more_minor)
    prepayment.refund_excess(company, order)
