"""Collections: calls about overdue invoices; promises made, kept and broken."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from math import ceil, inf
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, dunning, payment, write_off

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Invoice

Priority = Callable[["Invoice"], float]


@dataclass(frozen=True, slots=True)
class CollectionsPolicy:
    """Whom collectors call when, and what comes of it."""

    call_after_days: int
    recall_days: float
    priority: Priority
    touch_minutes: Draws
    promise: Draws
    promise_share: float
    promise_days: float
    kept: Draws
    kept_share: float
    hazard_ratio: float
    hazard_days: float


# Lower numbers are called first.
WORKLISTS: dict[str, Priority] = {
    "oldest": lambda invoice: invoice.due_day,
    "largest": lambda invoice: -invoice.open_minor,
    "riskiest": lambda invoice: (
        -invoice.open_minor * max(1.0, 1.0 + invoice.order.customer.habit_days)
    ),
}


def collections_policy(model: CompanyModel, streams: Streams) -> CollectionsPolicy:
    """Compile the model's collections section."""
    section = model.collections
    return CollectionsPolicy(
        call_after_days=ceil(section.call_after_days.value),
        recall_days=section.recall_days.value,
        priority=WORKLISTS[section.worklist.value],
        touch_minutes=streams.draws("collections.touch", section.touch_minutes.value.quantile),
        promise=streams.draws("collections.promise"),
        promise_share=section.promise_share.value,
        promise_days=section.promise_days.value,
        kept=streams.draws("collections.kept"),
        kept_share=section.promise_kept_share.value,
        hazard_ratio=section.hazard_ratio.value,
        hazard_days=section.hazard_days.value,
    )


def schedule_call(company: Company, invoice: Invoice) -> None:
    """Put the invoice on the worklist for the day on which a first call is due."""
    day = invoice.due_day + company.collections.call_after_days
    invoice.call_at = company.clock.midnight(day)


def call(company: Company, invoice: Invoice) -> Generator[Any, Any, None]:
    """Wait for a collector and call; remind meanwhile.

    Nobody waits in the collectors' queue for what is paid, disputed or written off first.
    """
    policy, number = company.collections, invoice.order.number
    task = company.collection_desk.work(
        policy.touch_minutes(number, invoice.calls) * MINUTE, policy.priority(invoice)
    )
    while not task.begun():
        over_at = min(payment.booked_at(company, invoice), invoice.dispute_at, invoice.gives_up_at)
        yield task | company.until(min(over_at, invoice.dunning_at))
        if task.begun():
            break
        if over_at <= invoice.dunning_at:
            company.collection_desk.withdraw(task)
            # A disputed invoice is called about again once the dispute is settled.
            disputed = over_at == invoice.dispute_at
            invoice.call_at = company.env.now if disputed else inf
            return
        dunning.remind(company, invoice)
    start, person = yield from dunning.wait_for(company, invoice, task)
    company.record(
        activity.CALL_CUSTOMER, invoice.number, start, company.collection_desk_names + person
    )
    invoice.calls += 1
    invoice.call_at = company.env.now + policy.recall_days * DAY
    # The call may have lasted past the run in which the invoice was to be given up.
    write_off.schedule(company, invoice)
    if company.env.now < invoice.sends_at:
        _agree(company, invoice)


def _agree(company: Company, invoice: Invoice) -> None:
    """Work out what the call has changed: a promise, kept or not, or just some pressure."""
    policy, number, now = company.collections, invoice.order.number, company.env.now
    occurrence = invoice.calls - 1
    if policy.promise(number, occurrence) < policy.promise_share:
        company.record(activity.RECORD_PROMISE, invoice.number)
        if policy.kept(number, occurrence) < policy.kept_share:
            payment.pay_sooner(company, invoice, now + policy.promise_days * DAY)
    elif invoice.sends_at < inf:
        seconds = policy.hazard_days * DAY
        sends_at = pressed(now, invoice.sends_at, policy.hazard_ratio, seconds)
        payment.pay_sooner(company, invoice, sends_at)


def pressed(now: float, sends_at: float, hazard_ratio: float, seconds: float) -> float:
    """Return when a customer pays whose hazard of paying is higher for a while.

    While the effect lasts, *hazard_ratio* seconds of the time that was left go by in each second;
    what is left after it goes by as before.
    """
    left = sends_at - now
    if left <= hazard_ratio * seconds:
        return now + left / hazard_ratio
    return now + left - (hazard_ratio - 1) * seconds
