"""Insolvency: a customer fails; none of its open invoices is paid, and it gets nothing more."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from o2c_sim.engine import RunCalendar, Streams
from o2c_sim.engine.clock import DAY, Clock
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, cancellation, segments
from o2c_sim.process.calendars import system_run

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.customers import Customer
    from o2c_sim.process.order import Order

_DAYS_PER_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True)
class InsolvencyPolicy:
    """When customers fail and when their debts are given up.

    Attributes
    ----------
    waiting_years
        By customer: a standard exponential draw; its insolvency comes when its hazard has added
        up to it.
    per_year
        Hazard by segment number.
    largest_fails_at
        When the customer who orders most fails whatever its hazard, seconds; infinity for never.
    write_off_run
        When debts are given up.
    write_off_days
        Days after the insolvency from which they are.
    """

    waiting_years: tuple[float, ...]
    per_year: tuple[float, ...]
    largest_fails_at: float
    write_off_run: RunCalendar
    write_off_days: float


def insolvency_policy(model: CompanyModel, streams: Streams, clock: Clock) -> InsolvencyPolicy:
    """Compile what the model says of insolvency."""
    section = model.customers
    uniform = streams.draws("insolvency").span(0, section.count.value)
    after_days = section.largest_fails_after_days.value
    return InsolvencyPolicy(
        waiting_years=tuple((-np.log1p(-uniform)).tolist()),
        per_year=tuple(own.insolvencies_per_year.value for own in segments.settings(section)),
        largest_fails_at=inf if after_days is None else after_days * DAY,
        write_off_run=system_run(model.write_off.run.value, model, clock),
        write_off_days=section.insolvency_write_off_days.value,
    )


class Outlook(NamedTuple):
    """When a customer is going to fail, as things stand.

    Attributes
    ----------
    per_year
        Its hazard.
    fails_anyway_at
        When it fails whatever its hazard, simulation seconds; infinity for never.
    since
        From when on that holds, simulation seconds.
    spent
        What its hazard had added up to by then.
    fails_at
        When it fails, simulation seconds; infinity for never.
    """

    per_year: float
    fails_anyway_at: float
    since: float
    spent: float
    fails_at: float


def foresee(company: Company, until: float) -> None:
    """Start the insolvency of every customer that fails before a time.

    Called anew when the policy or the customers have changed, it goes on from the hazard that
    each customer has had so far.
    """
    policy, now, outlooks = company.insolvency, company.env.now, company.outlooks
    largest = max(company.customers, key=lambda customer: customer.weight)
    for customer in company.customers:
        number, spent = customer.number, 0.0
        per_year = policy.per_year[customer.segment]
        anyway_at = policy.largest_fails_at if customer is largest else inf
        before = outlooks.get(number)
        if before is not None:
            if customer.insolvent or (per_year, anyway_at) == before[:2]:
                continue
            years = (now - before.since) / (_DAYS_PER_YEAR * DAY)
            spent = before.spent + before.per_year * years
        fails_at = anyway_at
        if per_year > 0:
            years = (policy.waiting_years[number] - spent) / per_year
            fails_at = min(fails_at, now + years * _DAYS_PER_YEAR * DAY)
        fails_at = max(fails_at, now)
        outlooks[number] = Outlook(per_year, anyway_at, now, spent, fails_at)
        if fails_at < until:
            company.start(fail(company, customer, fails_at))


def fail(company: Company, customer: Customer, time: float) -> Generator[Any, Any, None]:
    """Let a customer fail at a time: all that it owes and has not sent is lost with it.

    Nobody reminds or calls any more; the write-off run gives the invoices up. Money on its way
    still arrives, and a dispute is still decided before its invoice is given up.
    """
    yield company.until(time)
    outlook = company.outlooks.get(customer.number)
    if customer.insolvent or (outlook is not None and outlook.fails_at != time):
        # Its outlook has changed since.
        return
    company.record(activity.DECLARE_INSOLVENCY, customer.number)
    customer.insolvent = True
    for invoice in customer.open_invoices.values():
        if not invoice.in_transit:
            invoice.sends_at = inf
            invoice.dispute_at = invoice.dunning_at = invoice.call_at = inf
    policy = company.insolvency
    yield company.until(policy.write_off_run.next(company.env.now + policy.write_off_days * DAY))
    for invoice in list(customer.open_invoices.values()):
        arrived = invoice.gives_up_at < inf
        if arrived and invoice.sends_at == inf and not (invoice.disputed or invoice.call_task):
            company.stages.write_off(company, invoice)


def cancel(company: Company, order: Order) -> None:
    """Cancel what is not delivered of an insolvent customer's order; refund what is prepaid."""
    cancellation.cancel(company, order)
