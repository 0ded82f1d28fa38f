"""What has become of orders, lines and due dates: the log's table of object changes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim import vocabulary as v
from o2c_sim.eventlog import TIME
from o2c_sim.local_days import at_midnight, days_of
from o2c_sim.model.section import INVOICE_CHANNELS
from o2c_sim.process.company import Company
from o2c_sim.process.customers import BILLING_RUNS
from o2c_sim.process.demand import MINOR_UNITS
from o2c_sim.process.period import Period

# Kind of object; columns of numbers and of times in seconds; attribute; its new values.
_Part: TypeAlias = tuple[str, npt.ArrayLike, npt.ArrayLike, str, pl.Series]


def object_changes(company: Company, first: Mapping[str, int]) -> pl.DataFrame:
    """Return what has changed, in order of time.

    The promised date of an order as the customer was told later; the new values and quantities of
    orders and lines, 0 for what is given up; the due date of an invoice that was due on another
    day at first, then and now; what a customer is like from a change of the company on.

    Parameters
    ----------
    company
        A company that has been run.
    first
        Number of the first object of each type.
    """
    documents = company.documents
    orders, lines = documents.changed_order, documents.changed_line
    order_time, line_time = documents.changed_order_time, documents.changed_line_time
    moved, moved_time = documents.moved_invoice, documents.moved_time
    issued = np.array(documents.invoice_time)[np.array(moved)]
    due = [documents.invoice_due_day[invoice] for invoice in moved]
    quantities = np.array(documents.changed_line_quantity)
    dated, date_time = documents.date_change_order, documents.date_change_time
    promised = days_of(company.clock, np.array(documents.date_change_promised_at))
    parts: list[_Part] = [
        (v.ORDER, dated, date_time, "promised_date", _dates(company, promised)),
        (v.INVOICE, moved, issued, "due_date", _dates(company, documents.moved_due_day)),
        (v.INVOICE, moved, moved_time, "due_date", _dates(company, due)),
        (v.ORDER, orders, order_time, "value", _currency(documents.changed_order_value_minor)),
        (v.ORDER_LINE, lines, line_time, "value", _currency(documents.changed_line_value_minor)),
        (v.ORDER_LINE, lines, line_time, "quantity", pl.Series(quantities)),
    ]
    parts += _of_customers(company)
    objects = np.concatenate(
        [np.array(numbers, dtype=np.int64) + first[kind] for kind, numbers, *_ in parts]
    )
    seconds = np.concatenate([np.array(times) for _, _, times, *_ in parts])
    micros = np.rint(seconds * 1e6).astype(np.int64) + company.clock.epoch_microseconds
    part = np.repeat(np.arange(len(parts)), [len(values) for *_, values in parts])
    attributes = pl.Series([attribute for *_, attribute, _ in parts])
    values = pl.concat([values.cast(pl.String) for *_, values in parts])
    order = np.lexsort((objects, micros))
    return pl.DataFrame(
        {
            "object": objects[order].astype(np.uint32),
            "time": pl.Series(micros[order]).cast(TIME),
            "attribute": attributes[pl.Series(part[order])],
            "value": values[pl.Series(order)],
        }
    )


def _of_customers(
    company: Company,
) -> list[_Part]:
    """Return which customers have become different at a change-over, and in what."""
    parts: list[_Part] = []
    for before, period in pairwise(company.periods):
        if period.customers is before.customers:
            continue
        old, new = _traits(before), _traits(period)
        for name, values in new.items():
            changed = [n for n, value in enumerate(values) if value != old[name][n]]
            times = np.full(len(changed), period.begins_at)
            series = pl.Series([values[n] for n in changed], dtype=pl.String)
            parts.append((v.CUSTOMER, changed, times, name, series))
    return parts


def _traits(period: Period) -> dict[str, list[str | None]]:
    """Return the customers' attributes in a period, as they stand in the table of objects."""
    segments, customers = [None, *period.model.customers.segments.value], period.customers
    return {
        "segment": [segments[c.segment] for c in customers],
        "payment_terms_days": [str(c.terms_days) for c in customers],
        "credit_limit": [str(c.limit_minor / MINOR_UNITS) for c in customers],
        "invoice_channel": [INVOICE_CHANNELS[c.invoice_channel] for c in customers],
        "billing_run": [BILLING_RUNS[c.billing_run] for c in customers],
    }


def _dates(company: Company, days: npt.ArrayLike) -> pl.Series:
    return at_midnight(company.clock, np.array(days, dtype=np.int64))


def _currency(minor: npt.ArrayLike) -> pl.Series:
    return pl.Series(np.array(minor, dtype=np.int64) / MINOR_UNITS, dtype=pl.Float64)
