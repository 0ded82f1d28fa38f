"""Collections: calls to customers who are overdue; promises made, kept and broken.

A customer is on the worklist once, whatever it owes: one call is about all that is overdue. It is
told of under the invoice that was due for a call first.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from math import ceil, inf
from typing import TYPE_CHECKING, Any, Final

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, dunning, open_items, payment

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.customers import Customer
    from o2c_sim.process.invoice import Invoice

Priority = Callable[["Customer", int], float]
# So many calls led by one invoice have draws of their own.
_CALLS: Final = 64


@dataclass(frozen=True, slots=True)
class CollectionsPolicy:
    """Whom collectors call when, and what comes of it.

    Attributes
    ----------
    again_seconds
        From a broken promise until the next call.
    hold_after_broken
        So many broken promises hold new orders while anything is overdue; 0 for never.
    """

    call_after_days: int
    recall_days: float
    priority: Priority
    touch_minutes: Draws
    promise: Draws
    promise_share: float
    promise_days: float
    grace_days: float
    kept: Draws
    kept_share: float
    again_seconds: float
    hold_after_broken: int
    hazard_ratio: float
    hazard_days: float

    def holds_orders(self, customer: Customer, today: int) -> bool:
        """Return whether a customer who has broken promises gets nothing for now."""
        if not self.hold_after_broken or customer.broken_promises < self.hold_after_broken:
            return False
        return any(day < today for day in customer.open_minor_by_due_day)


def _overdue_minor(customer: Customer, today: int) -> int:
    return open_items.overdue_minor(customer.open_minor_by_due_day, today)


def _risk(customer: Customer, today: int) -> float:
    return _overdue_minor(customer, today) * max(1.0, 1.0 + customer.habit_days)


# By customer and day; lower numbers are called first.
WORKLISTS: dict[str, Priority] = {
    "oldest": lambda customer, today: min(customer.open_minor_by_due_day),
    "largest": lambda customer, today: -_overdue_minor(customer, today),
    "riskiest": lambda customer, today: -_risk(customer, today),
}


def collections_policy(model: CompanyModel, streams: Streams) -> CollectionsPolicy:
    """Compile the model's collections section."""
    section = model.collections
    again_days = section.broken_recall_days.value
    if again_days is None:
        waited = section.promise_days.value + section.promise_grace_days.value
        again_days = max(section.recall_days.value - waited, 0.0)
    return CollectionsPolicy(
        call_after_days=ceil(section.call_after_days.value),
        recall_days=section.recall_days.value,
        priority=WORKLISTS[section.worklist.value],
        touch_minutes=streams.draws("collections.touch", section.touch_minutes.value.quantile),
        promise=streams.draws("collections.promise"),
        promise_share=section.promise_share.value,
        promise_days=section.promise_days.value,
        grace_days=section.promise_grace_days.value,
        kept=streams.draws("collections.kept"),
        kept_share=section.promise_kept_share.value,
        again_seconds=again_days * DAY,
        hold_after_broken=section.hold_after_broken_promises.value,
        hazard_ratio=section.hazard_ratio.value,
        hazard_days=section.hazard_days.value,
    )


def schedule_call(company: Company, invoice: Invoice) -> None:
    """Put the invoice on the worklist for the day on which a first call is due."""
    day = invoice.due_day + company.collections.call_after_days
    invoice.call_at = company.clock.midnight(day)


def call(company: Company, invoice: Invoice) -> Generator[Any, Any, list[Invoice]]:
    """Do what is due about an invoice: wait for a collector and call, or go along with a call.

    Nobody waits in the collectors' queue for what is paid, disputed or written off first, and
    nobody calls an insolvent customer.

    Returns
    -------
    list of Invoice
        The customer's other invoices whose plans have changed.
    """
    customer = invoice.customer
    if customer.insolvent:
        invoice.call_at = invoice.promised_at = inf
        return []
    if invoice.promised_at < inf and _is_put_off(company, invoice):
        return []
    if company.env.now < customer.next_call_at:
        # The customer was called a short while ago: this invoice has become due for it since.
        invoice.call_at = customer.next_call_at
        return []
    customer.to_call.append(invoice)
    if len(customer.to_call) > 1:
        invoice.call_at = inf
        return []
    called = yield from _reach(company, invoice)
    along, customer.to_call = customer.to_call[1:], []
    if called:
        return _agree(company, invoice, along)
    for other in along:
        other.call_at = inf if customer.insolvent else company.env.now
    return along


def _is_put_off(company: Company, invoice: Invoice) -> bool:
    """Look into a promise; return whether the next call is for later."""
    now, promised_at = company.env.now, invoice.promised_at
    invoice.promised_at = inf
    # Money came in meanwhile, though not for all of it, if this look is late.
    if now - promised_at < 1:
        company.record(activity.BREAK_PROMISE, invoice.number)
        invoice.customer.broken_promises += 1
    invoice.call_at = promised_at + company.collections.again_seconds
    return invoice.call_at > now


def _reach(company: Company, invoice: Invoice) -> Generator[Any, Any, bool]:
    """Wait for a collector and the end of the call, reminding meanwhile; return whether it came."""
    policy, customer, (order, occurrence) = company.collections, invoice.customer, _nth(invoice)
    task = company.collection_desk.work(
        policy.touch_minutes.at(order, occurrence) * MINUTE,
        policy.priority(customer, company.today()),
    )
    invoice.call_task = task
    while not task.begun():
        over_at = min(invoice.sends_at, invoice.dispute_at, invoice.gives_up_at)
        wake = company.wake_at(min(over_at, invoice.dunning_at))
        yield company.env.first_of(task, wake)
        if task.begun():
            break
        over = over_at <= invoice.dunning_at or not invoice.open_minor or customer.insolvent
        if over:
            company.collection_desk.withdraw(task)
            invoice.call_task = None
            # What is left open is called about again once the dispute is settled, or later.
            disputed = over_at == invoice.dispute_at
            wait = 0.0 if disputed else policy.recall_days * DAY
            invoice.call_at = company.env.now + wait
            return False
        company.stages.remind(company, invoice)
    invoice.call_task = None
    start, person = yield from dunning.wait_for(company, invoice, task)
    company.record(activity.CALL_CUSTOMER, invoice.number, start, person)
    return True


def _nth(invoice: Invoice) -> tuple[int, int]:
    """Return the address of the draws of the call that is next."""
    order, turn = invoice.luck
    return order, turn * _CALLS + min(invoice.calls, _CALLS - 1)


def _agree(company: Company, invoice: Invoice, along: list[Invoice]) -> list[Invoice]:
    """Work out what the call has changed: a promise, kept or not, or just some pressure.

    Returns the customer's other invoices that the call was about. Each open invoice is looked at
    once a call, and so at most every few days.
    """
    policy, now, today = company.collections, company.env.now, company.today()
    customer, (order, occurrence) = invoice.customer, _nth(invoice)
    again_at = inf if customer.insolvent else now + policy.recall_days * DAY
    overdue = (other for other in customer.open_invoices.values() if _is_overdue(other, today))
    called = dict.fromkeys([invoice, *overdue, *along])
    # The call may have lasted past the run in which the invoice was to be given up.
    company.stages.schedule_write_off(company, invoice)
    invoice.calls += 1
    unpaid = now < invoice.sends_at and invoice.open_minor > 0 and not customer.insolvent
    # Who does not pay what was contested says so, and promises nothing.
    refuses = invoice.disputes > 0 and invoice.sends_at == inf
    promises = (
        unpaid and not refuses and policy.promise.at(order, occurrence) < policy.promise_share
    )
    pays_at = inf
    if promises:
        company.record(activity.RECORD_PROMISE, invoice.number)
        pays_at = payment.in_pay_run(company, customer, now + policy.promise_days * DAY)
        invoice.promised_at = pays_at + policy.grace_days * DAY
        again_at = invoice.promised_at + policy.again_seconds
    kept = promises and policy.kept.at(order, occurrence) < policy.kept_share
    for one in called:
        one.call_at = again_at
        if kept:
            payment.pay_sooner(company, one, pays_at)
        elif not promises and now < one.sends_at < inf:
            seconds = policy.hazard_days * DAY
            sends_at = pressed(now, one.sends_at, policy.hazard_ratio, seconds)
            payment.pay_sooner(company, one, sends_at)
    customer.next_call_at = again_at
    if promises:
        invoice.call_at = invoice.promised_at
    return [other for other in called if other is not invoice]


def _is_overdue(invoice: Invoice, today: int) -> bool:
    """Return whether a call is about an invoice; one that has not arrived yet is no such."""
    arrived = invoice.gives_up_at < inf
    return arrived and invoice.due_day < today and not (invoice.in_transit or invoice.disputed)


def pressed(now: float, sends_at: float, hazard_ratio: float, seconds: float) -> float:
    """Return when a customer pays whose hazard of paying is higher for a while.

    While the effect lasts, *hazard_ratio* seconds of the time that was left go by in each second;
    what is left after it goes by as before.
    """
    left = sends_at - now
    if left <= hazard_ratio * seconds:
        return now + left / hazard_ratio
    return now + left - (hazard_ratio - 1) * seconds
