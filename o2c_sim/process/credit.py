"""Credit check: an order beyond the limit, or of a customer in arrears, is held and reviewed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from math import inf, nextafter
from typing import TYPE_CHECKING, Any, Literal

from o2c_sim.engine import Clock, Draws, RunCalendar, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, cancellation, open_items
from o2c_sim.process.calendars import system_run
from o2c_sim.process.products import MINOR_UNITS

if TYPE_CHECKING:
    from simpy import Event

    from o2c_sim.process.company import Company
    from o2c_sim.process.customers import Customer
    from o2c_sim.process.order import Order

Reason = Literal["insolvent", "limit", "large", "dunned", "promises", "overdue"]


@dataclass(frozen=True, slots=True)
class CreditPolicy:
    """When orders are held and how holds end."""

    limit_share: float
    overdue_tolerance_days: float
    overdue_share: float
    dunning_level: int
    large_order_minor: float
    auto_release: Draws
    auto_release_share: float
    review_wait_days: Draws
    review_touch_minutes: Draws
    denial: Draws
    denial_share: float
    partial_release: Draws
    partial_release_share: float
    withheld_days: float
    recheck_run: RunCalendar | None
    recheck_after_seconds: float


def credit_policy(model: CompanyModel, streams: Streams, clock: Clock) -> CreditPolicy:
    """Compile the model's credit section."""
    section = model.credit
    run = section.recheck_run.value
    return CreditPolicy(
        limit_share=section.limit_share.value,
        overdue_tolerance_days=section.overdue_tolerance_days.value,
        overdue_share=section.overdue_share.value,
        dunning_level=section.hold_at_dunning_level.value,
        large_order_minor=section.large_order_value.value * MINOR_UNITS or inf,
        auto_release=streams.draws("credit.auto_release"),
        auto_release_share=section.auto_release_share.value,
        review_wait_days=streams.draws("credit.wait", section.review_wait_days.value.quantile),
        review_touch_minutes=streams.draws(
            "credit.touch", section.review_touch_minutes.value.quantile
        ),
        denial=streams.draws("credit.denial"),
        denial_share=section.denial_share.value,
        partial_release=streams.draws("credit.partial_release"),
        partial_release_share=section.partial_release_share.value,
        withheld_days=section.withheld_days.value,
        recheck_run=None if run is None else system_run(run, model, clock),
        recheck_after_seconds=section.recheck_after_days.value * DAY,
    )


def check(company: Company, order: Order) -> Generator[Any, Any, bool]:
    """Check a new order's credit; return whether it may go on, after any hold has ended."""
    company.record(activity.CHECK_CREDIT, order.number)
    reason = reason_to_hold(company, order.customer, order.value_minor)
    if reason is not None and not (yield from _hold(company, order, reason, order.value_minor)):
        company.record(activity.CANCEL_ORDER, order.number, amount_minor=order.value_minor)
        order.open_lines = []
        return False
    order.credit_checked_at = company.env.now
    return True


def check_again(company: Company, order: Order) -> Generator[Any, Any, bool]:
    """Check the credit of a confirmed order; return whether it may go on.

    Nothing of it is delivered while it is held. What is held already is not checked twice. A
    release is good for the delivery run that comes next: else an order whose checks age quickly
    would be held anew in each run, and never leave.
    """
    if order.credit_checked_at == inf:
        return True
    company.record(activity.CHECK_CREDIT, order.number)
    released, reason = True, reason_to_hold(company, order.customer)
    if reason is not None:
        order.credit_checked_at = inf
        order.block()
        released = yield from _hold(company, order, reason, 0)
        order.unblock()
        order.credit_checked_at = company.fulfilment.delivery_run.next(company.env.now)
    else:
        order.credit_checked_at = company.env.now
    return released


def check_before_delivery(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Check the credit of an order about to be delivered again; what is denied is cancelled."""
    if not (yield from check_again(company, order)):
        cancellation.cancel(company, order)


def is_stale(company: Company, order: Order) -> bool:
    """Return whether the credit of what is open was checked too long ago to deliver it."""
    age = company.env.now - order.credit_checked_at
    return age > company.credit.recheck_after_seconds and bool(order.open_lines)


def is_good(company: Company, order: Order) -> bool:
    """Return whether credit lets an order be delivered; a check of long ago is repeated.

    Nothing is held here: an order for which this is False is for :func:`check_before_delivery`.
    """
    if not is_stale(company, order):
        return True
    if reason_to_hold(company, order.customer) is not None:
        return False
    company.record(activity.CHECK_CREDIT, order.number)
    order.credit_checked_at = company.env.now
    return True


def reason_to_hold(company: Company, customer: Customer, new_minor: int = 0) -> Reason | None:
    """Return why a customer's order is held; None if it is not.

    Exposure is confirmed orders plus open invoices less applied cash, so cash that was received
    but not yet applied still counts against the limit. Who pays in advance owes nothing.

    Parameters
    ----------
    company, customer
        Whose order it is.
    new_minor
        Value of a new order, minor units; 0 for one that counts as exposure already.
    """
    policy = company.credit
    if customer.insolvent:
        return "insolvent"
    if customer.prepays:
        return None
    if customer.exposure_minor + new_minor > policy.limit_share * customer.limit_minor:
        return "limit"
    if new_minor > policy.large_order_minor:
        return "large"
    if policy.dunning_level and open_items.dunning_level(customer) >= policy.dunning_level:
        return "dunned"
    today = company.today()
    if company.collections.holds_orders(customer, today):
        return "promises"
    latest, overdue_minor = today - policy.overdue_tolerance_days, 0
    for day, minor in customer.open_minor_by_due_day.items():
        if day < latest:
            overdue_minor += minor
    # With a share of 0 anything that is overdue is too much: what is open is never negative.
    return "overdue" if overdue_minor > policy.overdue_share * customer.limit_minor else None


def _hold(
    company: Company, order: Order, reason: Reason, new_minor: int
) -> Generator[Any, Any, bool]:
    """Hold an order until a rule, a run or an analyst decides; return whether it is released."""
    policy, number, turn = company.credit, order.number, order.credit_holds
    order.credit_holds += 1
    company.record(activity.SET_CREDIT_BLOCK, number)
    if reason == "insolvent":
        company.record(activity.DENY_CREDIT, number)
        return False
    denied = policy.denial.at(number, turn) < policy.denial_share
    # The rule releases only what a review would release: what is denied stays denied.
    if not denied and policy.auto_release.at(number, turn) < policy.auto_release_share:
        company.record(activity.RELEASE_CREDIT_BLOCK, number)
        return True
    reviewed = yield from _review(company, order, turn, new_minor)
    if reviewed is None:
        company.record(activity.RELEASE_CREDIT_BLOCK, number)
        return True
    start, person = reviewed
    if denied or order.customer.insolvent:
        company.record(activity.DENY_CREDIT, number, start, person)
        return False
    released_minor = 0
    if (
        reason_to_hold(company, order.customer, new_minor) == "limit"
        and policy.partial_release.at(number, turn) < policy.partial_release_share
    ):
        released_minor = _withhold(company, order, new_minor)
    company.record(activity.RELEASE_CREDIT_BLOCK, number, start, person, released_minor)
    return True


def _review(
    company: Company, order: Order, turn: int, new_minor: int
) -> Generator[Any, Any, tuple[float, int] | None]:
    """Wait for an analyst's review; return its start and the analyst.

    Returns None if a re-check run finds first that the reason for the hold has gone.
    """
    policy, desk, run = company.credit, company.credit_desk, company.credit.recheck_run
    ready_at = company.env.now + policy.review_wait_days.at(order.number, turn) * DAY
    if run is None or run.next(_later(company)) >= ready_at:
        yield company.until(ready_at)
    else:
        ready = company.wake_at(ready_at)
        if not (yield from _outlasts(company, order, new_minor, ready, lambda: ready.processed)):
            return None
    task = desk.work(policy.review_touch_minutes.at(order.number, turn) * MINUTE)
    if not (
        task.begun()
        or run is None
        or (yield from _outlasts(company, order, new_minor, task, task.begun))
    ):
        desk.withdraw(task)
        return None
    reviewed: tuple[float, int] = yield task
    return reviewed


def _outlasts(
    company: Company, order: Order, new_minor: int, end: Event, over: Callable[[], bool]
) -> Generator[Any, Any, bool]:
    """Wait for *end*, or for a run that finds it over; return whether the hold still stands.

    Returns False if a re-check run finds first that the reason for the hold has gone.
    """
    customer, held = order.customer, company.held
    place = held.enter(customer, new_minor)
    watch(company)
    stands = True
    while stands and not over():
        yield end | held.wait(place, company.env.event())
        stands = over() or reason_to_hold(company, customer, new_minor) is not None
    held.leave(place)
    return stands


def _recheck(company: Company) -> Generator[Any, Any, None]:
    """Look in each run, as long as orders are held, which of them may be released."""
    held = company.held

    def passes(customer: Customer, new_minor: int) -> bool:
        return reason_to_hold(company, customer, new_minor) is None

    while held and (run := company.credit.recheck_run) is not None:
        yield company.until(run.next(_later(company)))
        # After the lines that the same run rejects: they make room.
        yield company.until(company.env.now)
        for news in held.candidates(passes):
            news.succeed()
    held.watched = False


def watch(company: Company) -> None:
    """See to it that somebody looks after the held orders, if there is a run that does."""
    if company.held and not company.held.watched and company.credit.recheck_run is not None:
        company.held.watched = True
        company.start(_recheck(company))


def _withhold(company: Company, order: Order, new_minor: int) -> int:
    """Withhold the lines that the limit has no room for; return the value of the others.

    Returns 0, and withholds nothing, if no line fits or if lines are withheld already.
    """
    lines = order.open_lines
    limit_minor = company.credit.limit_share * order.customer.limit_minor
    counted_minor = order.value_of(lines) - new_minor
    room_minor = limit_minor - order.customer.exposure_minor + counted_minor
    released_minor, withheld = 0, []
    for slot in lines:
        value_minor = order.values_minor[slot]
        if released_minor + value_minor <= room_minor:
            released_minor += value_minor
        else:
            withheld.append(slot)
    if order.withheld or not released_minor:
        return 0
    order.withheld = withheld
    company.start(_release_the_rest(company, order))
    return released_minor


def _release_the_rest(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Release the withheld lines in the first run that finds room for them, or reject them."""
    customer, last = order.customer, company.env.now + company.credit.withheld_days * DAY
    while True:
        run = company.credit.recheck_run
        # Where the run has been done away with since, somebody looks a day later.
        next_at = company.env.now + DAY if run is None else run.next(_later(company))
        yield company.until(next_at)
        rest = [slot for slot in order.withheld if slot in order.open_lines]
        if not rest:
            break
        if customer.insolvent or company.env.now > last:
            cancellation.reject(company, order, rest)
            break
        if customer.exposure_minor <= company.credit.limit_share * customer.limit_minor:
            company.record(activity.CHECK_CREDIT, order.number)
            break
    order.withheld = []
    order.tell()


def _later(company: Company) -> float:
    return nextafter(company.env.now, inf)
