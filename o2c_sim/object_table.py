"""The log's table of objects: documents and customers, numbered, named, with their attributes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim import vocabulary as v
from o2c_sim.document_relations import DocumentRelations
from o2c_sim.enumerated import enumerated
from o2c_sim.eventlog import TIME
from o2c_sim.local_days import at_midnight, dates_of
from o2c_sim.model.section import CHANNELS, INVOICE_CHANNELS, PAYMENT_METHODS
from o2c_sim.process import opening
from o2c_sim.process.company import Company
from o2c_sim.process.customers import BILLING_RUNS
from o2c_sim.process.demand import MINOR_UNITS, OrderColumns

Ints = npt.NDArray[np.int64]

_PREFIX = {
    v.CUSTOMER: "CU",
    v.ORDER: "SO",
    v.ORDER_LINE: "SL",
    v.DELIVERY: "DL",
    v.INVOICE: "IN",
    v.PAYMENT: "PY",
    v.CREDIT_MEMO: "CM",
    v.RETURN: "RE",
}
_THOUSAND = 1_000
_LAST_DIGITS = pl.Series([f"{number:03}" for number in range(_THOUSAND)])


def object_table(company: Company, web: DocumentRelations, contents: OrderColumns) -> pl.DataFrame:
    """Return the table of objects, type by type in the order of the vocabulary.

    Parameters
    ----------
    company
        A company that has been run.
    web
        How its documents hang together.
    contents
        Of its orders.
    """
    frames = _attributes(company, contents)
    taxed = any(period.model.billing.tax_share.value for period in company.periods)
    if taxed or company.billing.tax_share:
        taxes = [company.ledger.tax_minor(n) for n in range(web.counts[v.INVOICE])]
        frames[v.INVOICE]["tax"] = pl.Series(taxes, dtype=pl.Float64) / MINOR_UNITS
    for object_type, names in opening.source_ids(company, web.counts).items():
        frames[object_type]["source_id"] = pl.Series(names, dtype=pl.String)
    parts = []
    for place, object_type in enumerate(v.OBJECT_TYPES):
        count, first = web.counts[object_type], web.first[object_type]
        parts.append(
            pl.DataFrame(
                {
                    "object": np.arange(first, first + count, dtype=np.uint32),
                    "object_id": _identifiers(_PREFIX[object_type], count),
                    "type": enumerated(np.full(count, place), v.OBJECT_TYPES),
                    **frames[object_type],
                }
            )
        )
    return pl.concat(parts, how="diagonal")


def _attributes(company: Company, contents: OrderColumns) -> dict[str, dict[str, pl.Series]]:
    """Return what is told of the objects of each type."""
    documents, clock, earliest = company.documents, company.clock, company.periods[0]
    # As they were at first; what has become of them is among the changes.
    customers = earliest.customers
    issued = np.rint(np.array(documents.invoice_time) * 1e6).astype(np.int64)
    terms = np.array([c.terms_days for c in customers])
    return {
        v.CUSTOMER: {
            "segment": enumerated(
                np.array([c.segment - 1 for c in customers]),
                earliest.model.customers.segments.value,
            ),
            "payment_terms_days": pl.Series(terms.astype(np.int32)),
            "credit_limit": pl.Series([c.limit_minor / MINOR_UNITS for c in customers]),
            "invoice_channel": enumerated(
                np.array([c.invoice_channel for c in customers]), INVOICE_CHANNELS
            ),
            "billing_run": enumerated(np.array([c.billing_run for c in customers]), BILLING_RUNS),
        },
        v.ORDER: {
            "value": pl.Series(contents.value_minor / MINOR_UNITS),
            "channel": enumerated(contents.channel, CHANNELS),
            "requested_date": dates_of(clock, np.array(documents.order_wanted_at)),
            "promised_date": dates_of(clock, np.array(documents.order_promised_at)),
        },
        v.ORDER_LINE: {
            "value": pl.Series(contents.line_value_minor / MINOR_UNITS),
            "product": pl.Series(contents.line_product.astype(np.int32)),
            "quantity": pl.Series(contents.line_quantity),
        },
        v.DELIVERY: {"promised_date": dates_of(clock, np.array(documents.delivery_promised_at))},
        v.INVOICE: {
            "amount": _currency(documents.invoice_amount_minor),
            "invoice_date": pl.Series(issued + clock.epoch_microseconds).cast(TIME),
            "due_date": at_midnight(clock, _ints(documents.invoice_due_day)),
            "payment_terms_days": pl.Series(_invoice_terms(company).astype(np.int32)),
        },
        v.PAYMENT: {
            "amount": _currency(documents.payment_amount_minor),
            "payment_method": enumerated(_ints(documents.payment_method), PAYMENT_METHODS),
        },
        v.CREDIT_MEMO: {"amount": _currency(documents.credit_memo_amount_minor)},
        v.RETURN: {},
    }


def _identifiers(prefix: str, count: int) -> pl.Series:
    """Return identifiers such as SO-0000001, from 1 on; seven digits at least."""
    numbers = np.arange(1, count + 1, dtype=np.uint32)
    thousands, rest = np.divmod(numbers, np.uint32(_THOUSAND))
    # Text is put together a thousand at a time: digit by digit takes several times as long.
    heads = pl.Series([f"{prefix}-{head:04}" for head in range(count // _THOUSAND + 1)])
    return heads[pl.Series(thousands)] + _LAST_DIGITS[pl.Series(rest)]


def _invoice_terms(company: Company) -> Ints:
    """Return each invoice's terms when it was made, days."""
    customer = _ints(company.documents.invoice_customer)
    terms = np.zeros(len(customer), dtype=np.int64)
    for period in company.periods:
        made = slice(period.first_invoice, None)
        terms[made] = np.array([c.terms_days for c in period.customers])[customer[made]]
    return terms


def _ints(column: npt.ArrayLike) -> Ints:
    return np.array(column, dtype=np.int64)


def _currency(minor: npt.ArrayLike) -> pl.Series:
    return pl.Series(_ints(minor) / MINOR_UNITS)
