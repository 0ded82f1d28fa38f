"""What an event costs: the working time of whoever did it, and what doing it costs besides.

The time counts from the event's start to its end on that person's calendar, at the rate of that
person's own role; besides it there is postage, or a bank's charge. Time in which people wait for
work is not charged to any event. The prices are those in force when the event ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from o2c_sim.engine import WorkingCalendar
from o2c_sim.engine.clock import HOUR
from o2c_sim.model.section import CHANNELS, INVOICE_CHANNELS, PAYMENT_METHODS, ROLES
from o2c_sim.process import activity
from o2c_sim.vocabulary import ACTIVITIES

if TYPE_CHECKING:
    from o2c_sim.process.company import Company

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
# From periods and numbers of documents: the kind of each document, such as its channel.
_Kinds = Callable[[Ints, Ints], Ints]


@dataclass(frozen=True, slots=True)
class Tariff:
    """What people's time and transactions cost, in currency units; one row a period.

    Attributes
    ----------
    calendars
        The calendars that people work on.
    calendar_of
        By number of the person: place in *calendars*; -1 for 0, which is nobody.
    begins_at
        When each period of the run begins, simulation seconds.
    per_hour
        By period and number of the person.
    by_activity
        By period and number of the activity: what doing it once costs whatever the document.
    by_document
        By number of the activity: returns what it costs besides, from periods and the numbers of
        the documents it is about.
    """

    calendars: tuple[WorkingCalendar, ...]
    calendar_of: Ints
    begins_at: Floats
    per_hour: Floats
    by_activity: Floats
    by_document: Mapping[int, Callable[[Ints, Ints], Floats]]

    def periods(self, rows: Floats) -> Ints:
        """Return the period in which each recorded row ends, shape (rows,)."""
        if len(self.begins_at) == 1:
            return np.zeros(len(rows), dtype=np.int64)
        return np.searchsorted(self.begins_at, rows[:, 3], side="right") - 1


def tariff(company: Company) -> Tariff:
    """Return what the events of a company, run so far, cost."""
    models = [period.model for period in company.periods]
    places: dict[WorkingCalendar, int] = {}
    calendar_of, role_of = [-1], [-1]
    for number, role in enumerate(ROLES):
        calendars = company.pools[role].calendars
        calendar_of += [places.setdefault(calendar, len(places)) for calendar in calendars]
        role_of += [number] * len(calendars)
    own = [0.0] * len(company.activities)
    return Tariff(
        calendars=tuple(places),
        calendar_of=np.array(calendar_of),
        begins_at=np.array([period.begins_at for period in company.periods]),
        # Nobody is the last role, and costs nothing.
        per_hour=np.array(
            [[*(model.staff[role].cost_per_hour.value for role in ROLES), 0.0] for model in models]
        )[:, role_of],
        by_activity=np.array(
            [[*_by_name(model.costs.transaction.value, ACTIVITIES), *own] for model in models]
        ),
        by_document=_by_document(company),
    )


def _by_document(company: Company) -> dict[int, Callable[[Ints, Ints], Floats]]:
    """Return what is to be paid for documents by their kind; activities without it are left out."""
    documents, periods = company.documents, company.periods
    sections = [period.model.costs for period in periods]

    def of_orders() -> _Kinds:
        channels = company.order_book.channels(0, documents.orders)
        return lambda period, order: channels[order]

    def of_invoices() -> _Kinds:
        customers = np.array(documents.invoice_customer, dtype=np.int64)
        channels = np.array([[c.invoice_channel for c in p.customers] for p in periods])
        return lambda period, invoice: channels[period, customers[invoice]]

    def of_payments() -> _Kinds:
        methods = np.array(documents.payment_method, dtype=np.int64)
        return lambda period, payment: methods[payment]

    priced: tuple[tuple[int, Floats, Callable[[], _Kinds]], ...] = (
        (
            activity.CREATE_SALES_ORDER,
            np.array([_by_name(s.order_entry.value, CHANNELS) for s in sections]),
            of_orders,
        ),
        (
            activity.SEND_INVOICE,
            np.array([_by_name(s.invoice_sending.value, INVOICE_CHANNELS) for s in sections]),
            of_invoices,
        ),
        (
            activity.RECEIVE_PAYMENT,
            np.array([_by_name(s.payment_receipt.value, PAYMENT_METHODS) for s in sections]),
            of_payments,
        ),
    )
    return {kind: _priced(table, kinds()) for kind, table, kinds in priced if table.any()}


def _priced(table: Floats, which: _Kinds) -> Callable[[Ints, Ints], Floats]:
    def price(period: Ints, document: Ints) -> Floats:
        prices: Floats = table[period, which(period, document)]
        return prices

    return price


def hours_worked(rates: Tariff, rows: Floats) -> Floats:
    """Return the working hours of each recorded row, shape (rows,); see ``Recorder.table``."""
    worked = np.flatnonzero((rows[:, 4] > 0) & (rows[:, 3] > rows[:, 2]))
    start, end, person = rows[worked, 2], rows[worked, 3], rows[worked, 4]
    calendar = rates.calendar_of[person.astype(np.int64)]
    seconds = np.zeros(len(worked))
    for place, calendar_ in enumerate(rates.calendars):
        own = np.flatnonzero(calendar == place)
        seconds[own] = calendar_.elapsed_at(end[own]) - calendar_.elapsed_at(start[own])
    hours = np.zeros(len(rows))
    hours[worked] = seconds / HOUR
    return hours


def labour(rates: Tariff, rows: Floats, hours: Floats) -> Floats:
    """Return what the working hours of each recorded row cost, currency."""
    per_hour: Floats = rates.per_hour[rates.periods(rows), rows[:, 4].astype(np.int64)]
    return hours * per_hour


def transaction(rates: Tariff, rows: Floats) -> Floats:
    """Return what each recorded row costs besides people's time, currency."""
    activities, periods = rows[:, 0].astype(np.int64), rates.periods(rows)
    costs: Floats = rates.by_activity[periods, activities]
    for kind, price in rates.by_document.items():
        own = np.flatnonzero(activities == kind)
        costs[own] += price(periods[own], rows[own, 1].astype(np.int64))
    return costs


def of_events(rates: Tariff, rows: Floats) -> Floats:
    """Return what each recorded row costs, currency, to a hundredth of a minor unit."""
    whole = labour(rates, rows, hours_worked(rates, rows)) + transaction(rates, rows)
    return np.round(whole, 4)


def _by_name(prices: Mapping[Any, float], names: tuple[str, ...]) -> Floats:
    return np.array([prices.get(name, 0.0) for name in names], dtype=np.float64)
