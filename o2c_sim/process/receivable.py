"""One open invoice until it is paid or given up: whatever comes next happens next."""

from __future__ import annotations

from collections.abc import Generator
from math import inf
from typing import TYPE_CHECKING, Any

from o2c_sim.engine.clock import DAY
from o2c_sim.process import (
    cash_application,
    direct_debit,
    dunning,
    remittance,
    write_off,
)

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.invoice import Invoice, Payment


def collect(company: Company, invoice: Invoice) -> Generator[Any, Any, None]:
    """Take an invoice from the billing run to its end, and any that takes its place."""
    yield from company.stages.send_invoice(company, invoice)
    arrive(company, invoice)
    yield from company.stages.follow(company, invoice)


def arrive(company: Company, invoice: Invoice) -> None:
    """Settle, as the customer gets the invoice, what is going to happen if nothing intervenes."""
    if not invoice.open_minor:
        return
    stages = company.stages
    stages.plan_payment(company, invoice)
    stages.foresee_dispute(company, invoice)
    stages.schedule_call(company, invoice)
    stages.schedule_write_off(company, invoice)


def follow(company: Company, invoice: Invoice) -> Generator[Any, Any, None]:
    """Follow an invoice from its arrival at the customer to its end.

    The customer pays on a day that terms, habit and payment run give; reminders and calls bring
    that day forward, a dispute puts it off. Each time the earliest of these events comes true.
    Other processes may settle the invoice meanwhile: with a payment for several invoices, or
    because the customer is insolvent. Who has moved something to an earlier time lets another
    process take over (:func:`resume`).
    """
    invoice.followed = True
    invoice.follower += 1
    follower = invoice.follower
    while invoice.open_minor:
        if invoice.in_transit:
            # Somebody else's payment is to settle it; until then only reminders go on.
            if invoice.dunning_at == inf:
                break
            invoice.wakes_at = invoice.dunning_at
            yield invoice.dunning_at
            if invoice.follower != follower:
                return
            if invoice.open_minor and invoice.dunning_at <= company.env.now:
                company.stages.remind(company, invoice)
            continue
        invoice.wakes_at = next_at = _next_at(invoice)
        yield next_at
        if invoice.follower != follower:
            return
        invoice.wakes_at = -inf
        if not invoice.open_minor or invoice.in_transit:
            continue
        yield from _happen(company, invoice)
    invoice.followed = False
    if invoice.replacement is not None:
        yield from collect(company, invoice.replacement)


def resume(company: Company, invoice: Invoice) -> None:
    """Look after an open invoice that nobody looks after, or not as soon as is due now."""
    if invoice.open_minor and (not invoice.followed or _next_at(invoice) < invoice.wakes_at):
        company.start(company.stages.follow(company, invoice))


def _next_at(invoice: Invoice) -> float:
    # Two at a time: that needs no tuple.
    customers_move = min(invoice.sends_at, invoice.dispute_at)
    companys_move = min(min(invoice.dunning_at, invoice.call_at), invoice.gives_up_at)
    return min(customers_move, companys_move)


def _happen(company: Company, invoice: Invoice) -> Generator[Any, Any, None]:
    """Do what is due now, if anything still is: the plan may have moved meanwhile."""
    now, stages = company.env.now, company.stages
    if invoice.sends_at <= now:
        paid, booked_at = stages.send_payment(company, invoice)
        if remittance.is_sent_twice(company, paid):
            company.start(_pay_twice(company, paid))
        yield from dunning.wait_until(company, invoice, booked_at)
        remittance.book(company, paid)
        yield from stages.apply_payment(company, paid, invoice)
        for item in paid.remittance:
            remittance.plan_rest(company, item.invoice)
            write_off.may_drop_rest(company, item.invoice)
            if item.invoice is not invoice:
                resume(company, item.invoice)
        if direct_debit.comes_back(company, paid):
            company.start(_come_back(company, paid))
    elif invoice.dispute_at <= now:
        yield from stages.settle_dispute(company, invoice)
        stages.schedule_write_off(company, invoice)
    elif invoice.dunning_at <= now:
        stages.remind(company, invoice)
    elif invoice.call_at <= now:
        for other in (yield from stages.call(company, invoice)):
            resume(company, other)
    elif invoice.gives_up_at <= now:
        if now - invoice.gives_up_at < 1:
            stages.write_off(company, invoice)
        else:
            # Its run went by while nobody looked after it, as when a call was under way.
            stages.schedule_write_off(company, invoice)


def _pay_twice(company: Company, paid: Payment) -> Generator[Any, Any, None]:
    """Let the customer send a payment once more by mistake."""
    yield company.after(company.remittance.duplicate_days.of(paid.luck) * DAY)
    again, booked_at = remittance.send_again(company, paid)
    yield company.until(booked_at)
    remittance.book(company, again)
    yield from cash_application.apply_again(company, again)


def _come_back(company: Company, paid: Payment) -> Generator[Any, Any, None]:
    """Let the bank return a direct debit; what it had settled is looked after again."""
    stages = company.stages
    for invoice in (yield from direct_debit.come_back(company, paid)):
        stages.schedule_notice(company, invoice)
        stages.schedule_call(company, invoice)
        stages.schedule_write_off(company, invoice)
        resume(company, invoice)
