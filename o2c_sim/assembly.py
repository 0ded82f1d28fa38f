"""From recorded rows and document registers to the object-centric event log."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim import vocabulary
from o2c_sim.eventlog import TIME, EventLog, empty_changes
from o2c_sim.model.section import CHANNELS, INVOICE_CHANNELS, PAYMENT_METHODS, ROLES
from o2c_sim.process import activity
from o2c_sim.process.company import Company
from o2c_sim.process.demand import MAX_LINES, MINOR_UNITS

Ints = npt.NDArray[np.int64]

SYSTEM = "System"
ROLE_TITLES = {
    "order_desk": "Order desk",
    "credit": "Credit analyst",
    "warehouse": "Warehouse",
    "collections": "Collector",
    "disputes": "Dispute analyst",
    "cash_application": "Cash applier",
}
_PREFIX = {
    vocabulary.CUSTOMER: "CU",
    vocabulary.ORDER: "SO",
    vocabulary.ORDER_LINE: "SL",
    vocabulary.DELIVERY: "DL",
    vocabulary.INVOICE: "IN",
    vocabulary.PAYMENT: "PY",
}


class _Numbering:
    """Object numbers: customers first, then orders, lines, deliveries, invoices, payments."""

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = counts
        self.first: dict[str, int] = {}
        total = 0
        for object_type in vocabulary.OBJECT_TYPES:
            self.first[object_type] = total
            total += counts[object_type]


def event_log(company: Company, source: str) -> EventLog:
    """Return the log of what has happened in a company so far.

    Parameters
    ----------
    company
        A company that has been run.
    source
        Description of the run, for people.
    """
    documents = company.documents
    contents = company.demand.contents(0, documents.orders)
    lines_before = np.concatenate(([0], np.cumsum(contents.lines)))
    numbering = _Numbering(
        {
            vocabulary.CUSTOMER: len(company.customers),
            vocabulary.ORDER: documents.orders,
            vocabulary.ORDER_LINE: int(lines_before[-1]),
            vocabulary.DELIVERY: len(documents.delivery_order),
            vocabulary.INVOICE: len(documents.invoice_order),
            vocabulary.PAYMENT: len(documents.payment_invoice),
        }
    )
    rows = company.recorder.table()
    activities = rows[:, 0].astype(np.int64)
    numbers = rows[:, 1].astype(np.int64)
    delivery_order = np.array(documents.delivery_order, dtype=np.int64)
    invoice_order = np.array(documents.invoice_order, dtype=np.int64)
    invoice_delivery = np.array(documents.invoice_delivery, dtype=np.int64)
    payment_invoice = np.array(documents.payment_invoice, dtype=np.int64)

    # The order behind each event, by way of its delivery, invoice or payment.
    order = numbers.copy()
    invoice = np.full_like(numbers, -1)
    about = {name: np.isin(activities, kinds) for name, kinds in activity.ABOUT.items()}
    order[about["delivery"]] = delivery_order[numbers[about["delivery"]]]
    invoice[about["invoice"]] = numbers[about["invoice"]]
    invoice[about["payment"]] = payment_invoice[numbers[about["payment"]]]
    billed = invoice >= 0
    order[billed] = invoice_order[invoice[billed]]

    events = _events(company, rows, activities, invoice, order, contents.value_minor)
    links: list[tuple[Ints, Ints, str]] = []

    def link(where: npt.NDArray[np.bool_], objects: Ints, object_type: str) -> None:
        links.append((np.flatnonzero(where), objects + numbering.first[object_type], object_type))

    link(np.ones(len(order), dtype=bool), order, vocabulary.ORDER)
    link(about["delivery"], numbers[about["delivery"]], vocabulary.DELIVERY)
    created = activities == activity.CREATE_INVOICE
    link(created, invoice_delivery[invoice[created]], vocabulary.DELIVERY)
    link(billed, invoice[billed], vocabulary.INVOICE)
    link(about["payment"], numbers[about["payment"]], vocabulary.PAYMENT)
    received = activities == activity.RECEIVE_ORDER
    link(received, contents.customer[order[received]], vocabulary.CUSTOMER)
    with_lines = np.isin(activities, activity.WITH_LINES)
    line_events, line_numbers = _expand(np.flatnonzero(with_lines), order, lines_before)
    links.append(
        (line_events, line_numbers + numbering.first[vocabulary.ORDER_LINE], vocabulary.ORDER_LINE)
    )

    relations = [
        ("placed by", vocabulary.ORDER, np.arange(documents.orders), "customer", contents.customer),
        (
            "line of",
            vocabulary.ORDER_LINE,
            np.arange(int(lines_before[-1])),
            vocabulary.ORDER,
            np.repeat(np.arange(documents.orders), contents.lines),
        ),
        ("delivers", vocabulary.DELIVERY, np.arange(len(delivery_order)), "order", delivery_order),
        ("bills", vocabulary.INVOICE, np.arange(len(invoice_order)), "delivery", invoice_delivery),
        ("pays", vocabulary.PAYMENT, np.arange(len(payment_invoice)), "invoice", payment_invoice),
    ]
    return EventLog(
        events=events,
        objects=_objects(company, numbering, contents.lines, contents),
        event_objects=_event_objects(links),
        object_relations=_relations(relations, numbering),
        object_changes=empty_changes(),
        zone=company.model.zone,
        source=source,
    )


def _events(
    company: Company,
    rows: npt.NDArray[np.float64],
    activities: Ints,
    invoice: Ints,
    order: Ints,
    order_value_minor: Ints,
) -> pl.DataFrame:
    people, roles = [SYSTEM], [""]
    for role in ROLES:
        title = ROLE_TITLES[role]
        headcount = company.pools[role].headcount
        people.extend(f"{title} {i + 1}" for i in range(headcount))
        roles.extend([title] * headcount)
    role_names = [ROLE_TITLES[role] for role in ROLES]
    person = rows[:, 4].astype(np.int64)
    external = np.isin(activities, activity.EXTERNAL)
    role_codes = np.array([role_names.index(role) if role else -1 for role in roles])[person]
    amounts = _amounts(company, rows, activities, invoice, order, order_value_minor)
    epoch = company.clock.epoch_microseconds
    micros = np.rint(rows[:, 2:4] * 1e6).astype(np.int64) + epoch
    return pl.DataFrame(
        {
            "event": np.arange(len(rows), dtype=np.uint32),
            "activity": _enum(activities, vocabulary.ACTIVITIES),
            "start": pl.Series(micros[:, 0]).cast(TIME),
            "time": pl.Series(micros[:, 1]).cast(TIME),
            "resource": _enum(np.where(external, -1, person), people),
            "role": _enum(role_codes, role_names),
            "automated": pl.Series(np.where(external, -1, person == 0)).replace_strict(
                {-1: None, 0: False, 1: True}, return_dtype=pl.Boolean
            ),
            "amount": pl.Series(amounts).fill_nan(None),
        }
    )


def _amounts(
    company: Company,
    rows: npt.NDArray[np.float64],
    activities: Ints,
    invoice: Ints,
    order: Ints,
    order_value_minor: Ints,
) -> npt.NDArray[np.float64]:
    """Return the money that each event moves, currency; NaN where none."""
    documents = company.documents
    billed = np.array(documents.invoice_amount_minor, dtype=np.int64)
    paid = np.array(documents.payment_amount_minor, dtype=np.int64)

    def by_invoice(amounts: dict[int, int]) -> Ints:
        minor = np.zeros(len(billed), dtype=np.int64)
        minor[np.fromiter(amounts.keys(), np.int64, len(amounts))] = np.fromiter(
            amounts.values(), np.int64, len(amounts)
        )
        return minor

    numbers = rows[:, 1].astype(np.int64)
    minor_by_kind = {
        activity.RECEIVE_ORDER: (order_value_minor, order),
        activity.CANCEL_ORDER: (order_value_minor, order),
        activity.CREATE_INVOICE: (billed, invoice),
        activity.CREATE_CREDIT_MEMO: (by_invoice(documents.credited_minor), invoice),
        activity.RECEIVE_PAYMENT: (paid, numbers),
        activity.CLEAR_INVOICE: (paid, numbers),
        activity.WRITE_OFF_INVOICE: (by_invoice(documents.written_off_minor), invoice),
    }
    found = np.full(len(rows), np.nan)
    for kind, (minor, places) in minor_by_kind.items():
        where = activities == kind
        found[where] = minor[places[where]] / MINOR_UNITS
    return found


def _objects(
    company: Company, numbering: _Numbering, lines: Ints, contents: object
) -> pl.DataFrame:
    customers, documents, clock = company.customers, company.documents, company.clock
    columns = contents
    values_minor = columns.line_values_minor  # type: ignore[attr-defined]
    written = np.arange(MAX_LINES) < lines[:, None]
    due = [clock.date(day) for day in documents.invoice_due_day]
    issued = np.rint(np.array(documents.invoice_time) * 1e6).astype(np.int64)
    frames = {
        vocabulary.CUSTOMER: {
            "payment_terms_days": pl.Series([c.terms_days for c in customers], dtype=pl.Int32),
            "credit_limit": pl.Series([c.limit_minor / MINOR_UNITS for c in customers]),
            "invoice_channel": _enum(
                np.array([c.invoice_channel for c in customers]), INVOICE_CHANNELS
            ),
            "billing_run": _enum(
                np.array([int(c.weekly_invoice) for c in customers]), ("daily", "weekly")
            ),
        },
        vocabulary.ORDER: {
            "value": pl.Series(columns.value_minor / MINOR_UNITS),  # type: ignore[attr-defined]
            "channel": _enum(columns.channel, CHANNELS),  # type: ignore[attr-defined]
        },
        vocabulary.ORDER_LINE: {
            "value": pl.Series(values_minor[written] / MINOR_UNITS),
        },
        vocabulary.DELIVERY: {},
        vocabulary.INVOICE: {
            "amount": pl.Series(np.array(documents.invoice_amount_minor) / MINOR_UNITS),
            "invoice_date": pl.Series(issued + clock.epoch_microseconds).cast(TIME),
            "due_date": pl.Series(due, dtype=pl.Date).cast(TIME),
            "payment_terms_days": pl.Series(
                [
                    customers[c].terms_days
                    for c in columns.customer[  # type: ignore[attr-defined]
                        np.array(documents.invoice_order, dtype=np.int64)
                    ].tolist()
                ],
                dtype=pl.Int32,
            ),
        },
        vocabulary.PAYMENT: {
            "amount": pl.Series(np.array(documents.payment_amount_minor) / MINOR_UNITS),
            "payment_method": _enum(
                np.array(documents.payment_method, dtype=np.int64), PAYMENT_METHODS
            ),
        },
    }
    parts = []
    for object_type in vocabulary.OBJECT_TYPES:
        count = numbering.counts[object_type]
        first = numbering.first[object_type]
        numbers = pl.Series(np.arange(1, count + 1)).cast(pl.String).str.zfill(7)
        parts.append(
            pl.DataFrame(
                {
                    "object": np.arange(first, first + count, dtype=np.uint32),
                    "object_id": pl.Series([f"{_PREFIX[object_type]}-"] * count, dtype=pl.String)
                    + numbers,
                    "type": _enum(
                        np.full(count, vocabulary.OBJECT_TYPES.index(object_type)),
                        vocabulary.OBJECT_TYPES,
                    ),
                    **frames[object_type],
                }
            )
        )
    return pl.concat(parts, how="diagonal")


def _expand(events: Ints, order: Ints, lines_before: npt.NDArray[np.int64]) -> tuple[Ints, Ints]:
    """Return one (event, line) pair per line of the order behind each event."""
    first = lines_before[order[events]]
    count = lines_before[order[events] + 1] - first
    starts = np.concatenate(([0], np.cumsum(count)))[:-1]
    within = np.arange(int(count.sum())) - np.repeat(starts, count)
    return np.repeat(events, count), np.repeat(first, count) + within


def _event_objects(links: list[tuple[Ints, Ints, str]]) -> pl.DataFrame:
    kinds = [vocabulary.OBJECT_TYPES.index(object_type) for _, _, object_type in links]
    events = np.concatenate([events for events, _, _ in links])
    objects = np.concatenate([objects for _, objects, _ in links])
    qualifiers = np.repeat(kinds, [len(events) for events, _, _ in links])
    rank = np.lexsort((objects, events))
    return pl.DataFrame(
        {
            "event": events[rank].astype(np.uint32),
            "object": objects[rank].astype(np.uint32),
            "qualifier": _enum(qualifiers[rank], vocabulary.OBJECT_TYPES),
        }
    )


def _relations(
    relations: list[tuple[str, str, Ints, str, Ints]], numbering: _Numbering
) -> pl.DataFrame:
    names = [name for name, *_ in relations]
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "source": (sources + numbering.first[source_type]).astype(np.uint32),
                    "target": (targets + numbering.first[target_type]).astype(np.uint32),
                    "qualifier": _enum(np.full(len(sources), names.index(name)), names),
                }
            )
            for name, source_type, sources, target_type, targets in relations
        ]
    )


def _enum(codes: npt.NDArray[np.int64], names: tuple[str, ...] | list[str]) -> pl.Series:
    """Return codes as an Enum series; -1 is null."""
    kind = pl.Enum(list(names))
    lookup = pl.Series([*names, None], dtype=kind)
    return lookup.gather(np.where(codes < 0, len(names), codes).astype(np.uint32))
