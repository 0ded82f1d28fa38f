"""Payment: the customer pays by terms, habit and payment run, or never; money takes its way."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Clock, Draws, RunCalendar, Streams
from o2c_sim.engine.clock import DAY
from o2c_sim.model.company import PAYMENT_METHODS, CompanyModel
from o2c_sim.process import activity, dunning
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


def await_payment(company: Company, invoice: Invoice) -> Generator[Any, Any, int | None]:
    """Wait until the bank statement shows the payment, reminding when the dunning run comes.

    Returns the number of the payment, or None when the customer never pays.
    """
    statement = company.payment.statement_run
    paid_at = _bank_time(company, invoice)
    booked_at = statement.next(paid_at) if paid_at < inf else inf
    if invoice.dunning_at < booked_at:
        yield company.until(invoice.dunning_at)
        dunning.remind(company, invoice)
        if inf > paid_at > company.env.now:
            booked_at = statement.next(dunning.hastened(company, paid_at))
    if booked_at == inf:
        return None
    yield company.until(booked_at)
    payment = company.documents.new_payment(
        invoice.number, invoice.amount_minor, invoice.order.customer.method
    )
    company.ledger.receive_cash(company.env.now, invoice.number, invoice.amount_minor)
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


def _bank_time(company: Company, invoice: Invoice) -> float:
    """Return when the money is on the bank account; infinite if never."""
    policy, customer, number = company.payment, invoice.order.customer, invoice.order.number
    if policy.default(number) < policy.default_share:
        return inf
    day = pay_day(
        invoice.due_day,
        customer.habit_days + policy.lateness_days(number),
        company.today(),  # the day on which the invoice arrived
        customer.pay_weekday,
        company.clock,
    )
    paid_at = max(company.clock.at(day, _NOON_MINUTES), invoice.received_at)
    float_days = policy.float_days[customer.method]
    return paid_at + (float_days(number) * DAY if float_days is not None else 0.0)
