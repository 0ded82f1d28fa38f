"""Rescheduling: delivery dates move, because the customer or the goods want it."""

from __future__ import annotations

from collections.abc import Generator
from math import inf, nextafter
from typing import TYPE_CHECKING, Any, Final

from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.process import activity, allocation
from o2c_sim.process.backorder import Backorder

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order

REVIEW: Final = "rescheduling.review_dates"


def may_ask_for_later(company: Company, order: Order) -> None:
    """Decide, as an order is confirmed, whether its customer will ask to be delivered later."""
    policy = company.fulfilment
    if (
        policy.date_change_share > 0
        and policy.date_change.at(order.number) < policy.date_change_share
    ):
        company.start(_ask_for_later(company, order))


def _ask_for_later(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Let the customer put the delivery off, once or several times, until it is made.

    The customer asks at some moment before the day on which the goods are wanted; the order desk
    changes the date, if nothing has been delivered meanwhile that the change is about.
    """
    policy, number, turn = company.fulfilment, order.number, 0
    while order.due_at > company.env.now:
        left = order.due_at - company.env.now
        yield company.after(policy.date_change_moment.at(number, turn) * left)
        touch = policy.date_change_minutes.at(number, turn) * MINUTE
        start, person = yield company.order_desk.work(touch)
        if not order.open_lines:
            return
        order.due_at = max(order.due_at, company.env.now)
        order.due_at += policy.date_change_days.at(number, turn) * DAY
        allocation.promise(company, order)
        _record(company, order, order.open_lines, start, person)
        if policy.date_change_again.at(number, turn) >= policy.date_change_again_share:
            return
        turn += 1


def review_dates(company: Company) -> Generator[Any, Any, None]:
    """Work out anew, in each rescheduling run, when the lines that wait can be delivered."""
    while (run := company.fulfilment.rescheduling_run) is not None:
        yield company.until(run.next(nextafter(company.env.now, inf)))
        for order in list(company.backordered.values()):
            _review(company, order)
    company.standing.discard(REVIEW)


def watch(company: Company) -> None:
    """Let the dates be reviewed from now on, also of the lines that wait already."""
    if company.fulfilment.rescheduling_run is None:
        company.backordered.clear()
        return
    lines = {line for line in company.stock.claims() if isinstance(line, Backorder)}
    orders = {line.order.number: line.order for line in lines if line.waiting}
    for number in sorted(orders):
        company.backordered.setdefault(number, orders[number])
    if REVIEW not in company.standing:
        company.standing.add(REVIEW)
        company.start(review_dates(company))


def _review(company: Company, order: Order) -> None:
    """Tell the customer the new date of lines that come a day or more later, or sooner.

    Goods that have not come on their day are expected some days later; goods that have come can
    be delivered now.
    """
    now, lines, waits = company.env.now, [], False
    for slot in order.open_lines:
        line = order.backorders.get(slot)
        if line is None:
            continue
        if not line.waiting:
            line.expected_at = min(line.expected_at, now)
        elif line.expected_at <= now:
            line.expected_at = now + company.fulfilment.rescheduling_days * DAY
        lines.append(line)
        waits = waits or line.waiting
    changed = [
        line.slot
        for group in ([lines] if order.customer.complete_delivery else [[n] for n in lines])
        if _has_moved(order, group)
        for line in group
    ]
    if changed:
        _record(company, order, changed)
    if not waits:
        del company.backordered[order.number]


def _has_moved(order: Order, lines: list[Backorder]) -> bool:
    """Return whether lines that go together have another date than the customer knows."""
    if not lines:
        return False
    told_at = expected_at = order.due_at
    for line in lines:
        told_at = max(told_at, line.told_at)
        expected_at = max(expected_at, line.expected_at)
    if abs(expected_at - told_at) < DAY:
        return False
    for line in lines:
        line.told_at = expected_at
    return True


def _record(
    company: Company, order: Order, slots: list[int], start: float | None = None, person: int = 0
) -> None:
    lines = [order.first_line + slot for slot in slots]
    told = [order.due_at]
    told += [order.backorders[s].told_at for s in order.open_lines if s in order.backorders]
    promised_at = company.fulfilment.delivery_run.next(max(told)) + order.promise_seconds
    change = company.documents.new_date_change(order.number, lines, company.env.now, promised_at)
    company.record(activity.CHANGE_DELIVERY_DATE, change, start, person)
