"""Payment: when the customer pays, by terms, habit, discount and payment run, or never."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final

import numpy as np

from o2c_sim.engine import Clock, Draws, Streams
from o2c_sim.engine.clock import DAY
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.section import PAYMENT_METHODS
from o2c_sim.process import segments
from o2c_sim.process.customers import ANY_DAY, CARD, DIRECT_DEBIT, DRAWN
from o2c_sim.process.order import Luck

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.customers import Customer
    from o2c_sim.process.invoice import Invoice

_NOON_MINUTES: Final = 720
_SATURDAY: Final = 5
_YEAR_DAYS: Final = 365
# Who pays on the due date orders so far ahead that this part of the payments is in time.
_IN_TIME: Final = 0.99
# So many payments led by one invoice have draws of their own.
_PAYMENTS: Final = 8


@dataclass(frozen=True, slots=True)
class PaymentPolicy:
    """When customers pay; lateness and default by segment number, lead by method number."""

    lateness_days: tuple[Draws, ...]
    lead_days: tuple[float, ...]
    default: Draws
    default_shares: tuple[float, ...]
    discount_days: int
    unearned: Draws
    unearned_share: float
    dynamic: Draws
    dynamic_share: float
    dynamic_rate_per_year: float
    dynamic_days: int


def payment_policy(model: CompanyModel, streams: Streams) -> PaymentPolicy:
    """Compile what the model says of the time of payments."""
    section = model.customers
    floats = section.payment_float_days.value
    by_segment = segments.settings(section)
    return PaymentPolicy(
        lateness_days=tuple(
            streams.draws("payment.lateness", own.lateness_noise_days.value.quantile)
            for own in by_segment
        ),
        lead_days=tuple(
            float(floats[name].quantile(np.array(_IN_TIME))) if name in floats else 0.0
            for name in PAYMENT_METHODS
        ),
        default=streams.draws("payment.default"),
        default_shares=tuple(own.default_share.value for own in by_segment),
        discount_days=int(section.discount_days.value),
        unearned=streams.draws("payment.unearned"),
        unearned_share=section.unearned_discount_share.value,
        dynamic=streams.draws("payment.dynamic_discount"),
        dynamic_share=section.dynamic_discount_share.value,
        dynamic_rate_per_year=section.dynamic_discount_rate_per_year.value,
        dynamic_days=int(section.dynamic_discount_days.value),
    )


def plan(company: Company, invoice: Invoice) -> None:
    """Settle, as the invoice arrives, when the customer means to pay it.

    A card is charged now, a direct debit is drawn on the due date, a customer that takes cash
    discounts pays in its last payment run that earns it, and one that is paid for each day saved
    in the first run after its approval. Otherwise terms, habit and chance tell
    when it clears the invoice for payment, and that is when it pays, or on the due date.
    """
    policy, customer = company.payment, invoice.customer
    defaults = policy.default.of(invoice.luck) < policy.default_shares[customer.segment]
    if defaults or customer.insolvent:
        invoice.sends_at = inf
        return
    clock, today = company.clock, company.today()
    if customer.method == CARD:
        pay_at(invoice, company.env.now)
        return
    if customer.method == DIRECT_DEBIT:
        day = pay_day(invoice.due_day, 0.0, today, ANY_DAY, clock)
        pay_at(invoice, max(clock.at(day, _NOON_MINUTES), company.env.now))
        return
    late_days = customer.habit_days + policy.lateness_days[customer.segment].of(invoice.luck)
    if customer.pays_on_due_date:
        day = last_pay_day(invoice.due_day + max(round(late_days), 0), ANY_DAY, clock)
        sends_at = to_arrive_at(company, invoice, day)
    else:
        day = pay_day(invoice.due_day, late_days, today, customer.pay_weekday, clock)
        sends_at = clock.at(day, _NOON_MINUTES)
    if customer.takes_discount:
        last = discount_until(company, invoice)
        early = last_pay_day(last, customer.pay_weekday, clock)
        unearned = policy.unearned.of(invoice.luck) < policy.unearned_share
        if early >= today and not unearned:
            sends_at = min(sends_at, clock.at(early, _NOON_MINUTES))
        invoice.takes_discount = unearned or clock.day(sends_at) <= last
    elif takes_dynamic_discount(company, customer):
        sends_at = min(sends_at, _once_approved(company, invoice))
    pay_at(invoice, max(sends_at, company.env.now))


def to_arrive_at(company: Company, invoice: Invoice, day: int) -> float:
    """Return when to send a payment so that the bank statement of a day shows it.

    The customer allows for the longest usual float of its method. Without a statement on that
    day, the next one is meant.
    """
    statement_at = company.remittance.statement_run.next(company.clock.midnight(day))
    return statement_at - company.payment.lead_days[invoice.customer.method] * DAY


def discount_until(company: Company, invoice: Invoice) -> int:
    """Return the last day on which a payment earns the cash discount."""
    return invoice.due_day - invoice.terms_days + company.payment.discount_days


def takes_dynamic_discount(company: Company, customer: Customer) -> bool:
    """Return whether a customer pays early for a discount that grows with the days saved."""
    policy = company.payment
    return (
        policy.dynamic_share > 0
        and not customer.takes_discount
        and customer.method not in DRAWN
        and policy.dynamic.at(customer.number) < policy.dynamic_share
    )


def _once_approved(company: Company, invoice: Invoice) -> float:
    """Return noon of the first day on which a customer pays what it has approved before it is due.

    Infinity if that is not before the due date: there is nothing to earn.
    """
    clock, customer = company.clock, invoice.customer
    approved = invoice.due_day - invoice.terms_days + company.payment.dynamic_days
    day = max(approved, company.today())
    weekday, run = clock.weekday(day), customer.pay_weekday
    if run != ANY_DAY:
        day += (run - weekday) % 7
    elif weekday >= _SATURDAY:
        day += 7 - weekday
    return clock.at(day, _NOON_MINUTES) if day < invoice.due_day else inf


def dynamic_discount_rate(company: Company, invoice: Invoice) -> float:
    """Return the part of an invoice that its customer takes off for paying it now.

    The yearly rate times the days until the due date, over 365; 0 from the due date on.
    """
    if not takes_dynamic_discount(company, invoice.customer):
        return 0.0
    days = max(invoice.due_day - company.today(), 0)
    return min(company.payment.dynamic_rate_per_year * days / _YEAR_DAYS, 1.0)


def pay_at(invoice: Invoice, sends_at: float) -> None:
    """Let the customer mean to pay an invoice at a time, with what else it pays then."""
    invoice.sends_at = sends_at
    customer = invoice.customer
    if customer.bundles_payments:
        customer.to_pay.setdefault(sends_at, []).append(invoice)


def pay_sooner(company: Company, invoice: Invoice, sends_at: float) -> None:
    """Let the customer send its payment sooner than planned, in its next payment run if it has one.

    What is sent already travels no faster, and a customer that will object does so before paying.
    """
    now, customer = company.env.now, invoice.customer
    if invoice.in_transit or not now < invoice.sends_at < inf:
        return
    sends_at = in_pay_run(company, customer, sends_at)
    if sends_at < invoice.sends_at:
        pay_at(invoice, sends_at)
    if invoice.dispute_at < inf:
        invoice.dispute_at = min(invoice.dispute_at, max(invoice.sends_at - DAY, now))


def in_pay_run(company: Company, customer: Customer, time: float) -> float:
    """Return a time, or noon of the customer's next payment run if that is another day."""
    if customer.pay_weekday == ANY_DAY:
        return time
    day = company.clock.day(time)
    ahead = (customer.pay_weekday - company.clock.weekday(day)) % 7
    return company.clock.at(day + ahead, _NOON_MINUTES) if ahead else time


def nth_payment(invoice: Invoice) -> Luck:
    """Return the address of the draws of the invoice's next payment."""
    order, turn = invoice.luck
    return order, turn * _PAYMENTS + min(invoice.payments, _PAYMENTS - 1)


def pay_day(
    due_day: int, late_days: float, received_day: int, pay_weekday: int, clock: Clock
) -> int:
    """Return the day on which a customer pays.

    Parameters
    ----------
    due_day
        Day number of the due date.
    late_days
        Days after it at which the customer means to pay (negative: before).
    received_day
        Day on which the invoice arrived; nobody pays before.
    pay_weekday
        Weekday of the customer's payment run, or ``ANY_DAY``.
    clock
        The company's clock.

    Returns
    -------
    int
        The run nearest to the intended day (the earlier of two), or the intended day itself,
        moved from a weekend to Monday.
    """
    day = max(due_day + round(late_days), received_day)
    weekday = clock.weekday(day)
    if pay_weekday == ANY_DAY:
        return day if weekday < _SATURDAY else day + 7 - weekday
    ahead = (pay_weekday - weekday) % 7
    nearest = day + (ahead if ahead <= 3 else ahead - 7)
    return nearest if nearest >= received_day else nearest + 7


def last_pay_day(day: int, pay_weekday: int, clock: Clock) -> int:
    """Return the last day up to *day* on which a customer pays: its run, or a working day."""
    weekday = clock.weekday(day)
    if pay_weekday == ANY_DAY:
        return day - max(weekday - _SATURDAY + 1, 0)
    return day - (weekday - pay_weekday) % 7
