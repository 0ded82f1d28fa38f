"""Payment: the customer pays by terms, habit and payment run, or never; money takes its way."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from o2c_sim.engine import Clock, Draws, RunCalendar, Streams
from o2c_sim.engine.clock import DAY
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.section import PAYMENT_METHODS
from o2c_sim.process import activity
from o2c_sim.process.calendars import run_calendar
from o2c_sim.process.customers import ANY_DAY

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Invoice

_NOON_MINUTES = 720
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class PaymentPolicy:
    """How customers pay; float in days by method number."""

    lateness_days: Draws
    float_days: tuple[Draws | None, ...]
    default: Draws
    default_share: float
    statement_run: RunCalendar


def payment_policy(model: CompanyModel, streams: Streams, clock: Clock) -> PaymentPolicy:
    """Compile what the model says of customers' payments."""
    section = model.customers
    floats = section.payment_float_days.value
    return PaymentPolicy(
        lateness_days=streams.draws("payment.lateness", section.lateness_noise_days.value.quantile),
        float_days=tuple(
            streams.draws("payment.float", floats[name].quantile) if name in floats else None
            for name in PAYMENT_METHODS
        ),
        default=streams.draws("payment.default"),
        default_share=section.default_share.value,
        statement_run=run_calendar(model.cash_application.statement_run.value, clock),
    )


def plan(company: Company, invoice: Invoice) -> None:
    """Settle, as the invoice arrives, when the customer sends its payment and how it travels."""
    policy, customer, number = company.payment, invoice.order.customer, invoice.order.number
    if policy.default(number) < policy.default_share:
        invoice.sends_at = inf
        return
    day = pay_day(
        invoice.due_day,
        customer.habit_days + policy.lateness_days(number),
        company.today(),
        customer.pay_weekday,
        company.clock,
    )
    invoice.sends_at = max(company.clock.at(day, _NOON_MINUTES), company.env.now)
    float_days = policy.float_days[customer.method]
    invoice.float_seconds = float_days(number) * DAY if float_days is not None else 0.0


def pay_sooner(company: Company, invoice: Invoice, sends_at: float) -> None:
    """Let the customer send its payment sooner than planned, in its next payment run if it has one.

    What is sent already travels no faster, and a customer that will object does so before paying.
    """
    now, customer, clock = company.env.now, invoice.order.customer, company.clock
    if not now < invoice.sends_at < inf:
        return
    if customer.pay_weekday != ANY_DAY:
        day = clock.day(sends_at)
        ahead = (customer.pay_weekday - clock.weekday(day)) % 7
        sends_at = clock.at(day + ahead, _NOON_MINUTES) if ahead else sends_at
    invoice.sends_at = min(invoice.sends_at, sends_at)
    if invoice.dispute_at < inf:
        invoice.dispute_at = min(invoice.dispute_at, max(invoice.sends_at - DAY, now))


def booked_at(company: Company, invoice: Invoice) -> float:
    """Return when the bank statement will show the payment, as things stand; infinite if never."""
    if invoice.sends_at == inf:
        return inf
    arrives_at = invoice.sends_at + invoice.float_seconds
    return company.payment.statement_run.next(max(arrives_at, company.env.now))


def book(company: Company, invoice: Invoice) -> int:
    """Book the payment that the bank statement shows and return its number."""
    payment = company.documents.new_payment(
        invoice.number, invoice.open_minor, invoice.order.customer.method
    )
    company.ledger.receive_cash(company.env.now, invoice.number, invoice.open_minor)
    company.record(activity.RECEIVE_PAYMENT, payment)
    return payment


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
