"""From recorded rows and document registers to the object-centric event log."""

from __future__ import annotations

import datetime as dt
from array import array

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim import costs
from o2c_sim import vocabulary as v
from o2c_sim.document_relations import DocumentRelations
from o2c_sim.eventlog import TIME, EventLog
from o2c_sim.model.section import CHANNELS, INVOICE_CHANNELS, PAYMENT_METHODS, ROLES
from o2c_sim.object_changes import object_changes
from o2c_sim.process import activity, opening
from o2c_sim.process.company import Company
from o2c_sim.process.customers import BILLING_RUNS
from o2c_sim.process.demand import MINOR_UNITS, OrderColumns
from o2c_sim.relations import Relation

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# So many events at a time, so that what is needed in passing stays small.
_CHUNK = 1 << 19

SYSTEM = "System"
ROLE_TITLES = {
    "order_desk": "Order desk",
    "credit": "Credit analyst",
    "warehouse": "Warehouse",
    "billing": "Biller",
    "collections": "Collector",
    "disputes": "Dispute analyst",
    "cash_application": "Cash applier",
}
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


def event_log(company: Company, source: str) -> EventLog:
    """Return the log of what has happened in a company so far.

    Parameters
    ----------
    company
        A company that has been run.
    source
        Description of the run, for people.
    """
    contents = opening.add_to_registers(
        company, company.order_book.contents(0, company.documents.orders)
    )
    web = DocumentRelations(company, contents)
    rows = company.recorder.table()
    return EventLog(
        events=_events(company, rows),
        objects=_objects(company, web, contents),
        event_objects=_event_objects(web, rows, company.activities),
        object_relations=_object_relations(web),
        object_changes=object_changes(company, web.first),
        zone=company.model.zone,
        source=source,
    )


def _events(company: Company, rows: Floats) -> pl.DataFrame:
    people, roles = [SYSTEM], [-1]
    for role in ROLES:
        title = ROLE_TITLES[role]
        places = company.pools[role].places
        people.extend(f"{title} {i + 1}" for i in range(places))
        roles.extend([ROLES.index(role)] * places)
    role_of = np.array(roles)
    own = company.activities
    names = (*v.ACTIVITIES, *(activity_.name for activity_ in own))
    external = np.isin(np.arange(len(names)), activity.EXTERNAL)
    external[len(v.ACTIVITIES) :] = [activity_.external for activity_ in own]
    automated = pl.Series([False, True, None])
    epoch, rates = company.clock.epoch_microseconds, costs.tariff(company)
    frames = []
    for start in range(0, max(len(rows), 1), _CHUNK):
        part = rows[start : start + _CHUNK]
        activities, person = part[:, 0].astype(np.int64), part[:, 4].astype(np.int64)
        nobody = external[activities]
        micros = np.rint(part[:, 2:4] * 1e6).astype(np.int64) + epoch
        cost = costs.of_events(rates, part)
        amount = np.where(part[:, 5] == 0, np.nan, part[:, 5] / MINOR_UNITS)
        frames.append(
            pl.DataFrame(
                {
                    "event": np.arange(start, start + len(part), dtype=np.uint32),
                    "activity": _enum(activities, names),
                    "start": pl.Series(micros[:, 0]).cast(TIME),
                    "time": pl.Series(micros[:, 1]).cast(TIME),
                    "resource": _enum(np.where(nobody, -1, person), people),
                    "role": _enum(role_of[person], [ROLE_TITLES[role] for role in ROLES]),
                    "automated": automated[np.where(nobody, 2, person == 0).astype(np.uint32)],
                    "amount": pl.Series(amount).fill_nan(None),
                    "cost": pl.Series(np.where(cost == 0, np.nan, cost)).fill_nan(None),
                }
            )
        )
    return pl.concat(frames)


def _objects(company: Company, web: DocumentRelations, contents: OrderColumns) -> pl.DataFrame:
    documents, clock, earliest = company.documents, company.clock, company.periods[0]
    # As they were at first; what has become of them is among the changes.
    customers = earliest.customers
    issued = np.rint(np.array(documents.invoice_time) * 1e6).astype(np.int64)
    terms = [c.terms_days for c in customers]
    frames: dict[str, dict[str, pl.Series]] = {
        v.CUSTOMER: {
            "segment": _enum(
                np.array([c.segment - 1 for c in customers]),
                list(earliest.model.customers.segments.value),
            ),
            "payment_terms_days": pl.Series(terms, dtype=pl.Int32),
            "credit_limit": pl.Series([c.limit_minor / MINOR_UNITS for c in customers]),
            "invoice_channel": _enum(
                np.array([c.invoice_channel for c in customers]), INVOICE_CHANNELS
            ),
            "billing_run": _enum(np.array([c.billing_run for c in customers]), BILLING_RUNS),
        },
        v.ORDER: {
            "value": pl.Series(contents.value_minor / MINOR_UNITS),
            "channel": _enum(contents.channel, CHANNELS),
            "requested_date": _local_dates(company, documents.order_wanted_at),
            "promised_date": _local_dates(company, documents.order_promised_at),
        },
        v.ORDER_LINE: {
            "value": pl.Series(contents.line_value_minor / MINOR_UNITS),
            "product": pl.Series(contents.line_product, dtype=pl.Int32),
            "quantity": pl.Series(contents.line_quantity, dtype=pl.Int64),
        },
        v.DELIVERY: {"promised_date": _local_dates(company, documents.delivery_promised_at)},
        v.INVOICE: {
            "amount": _currency(documents.invoice_amount_minor),
            "invoice_date": pl.Series(issued + clock.epoch_microseconds).cast(TIME),
            "due_date": _dates(company, documents.invoice_due_day),
            "payment_terms_days": pl.Series(_invoice_terms(company), dtype=pl.Int32),
        },
        v.PAYMENT: {
            "amount": _currency(documents.payment_amount_minor),
            "payment_method": _enum(_ints(documents.payment_method), PAYMENT_METHODS),
        },
        v.CREDIT_MEMO: {"amount": _currency(documents.credit_memo_amount_minor)},
        v.RETURN: {},
    }
    taxed = any(period.model.billing.tax_share.value for period in company.periods)
    if taxed or company.billing.tax_share:
        taxes = [company.ledger.tax_minor(n) for n in range(web.counts[v.INVOICE])]
        frames[v.INVOICE]["tax"] = pl.Series(taxes, dtype=pl.Float64) / MINOR_UNITS
    for object_type, names in opening.source_ids(company, web.counts).items():
        frames[object_type]["source_id"] = pl.Series(names, dtype=pl.String)
    parts = []
    for object_type in v.OBJECT_TYPES:
        count, first = web.counts[object_type], web.first[object_type]
        numbers = pl.Series(np.arange(1, count + 1)).cast(pl.String).str.zfill(7)
        parts.append(
            pl.DataFrame(
                {
                    "object": np.arange(first, first + count, dtype=np.uint32),
                    "object_id": pl.repeat(
                        f"{_PREFIX[object_type]}-", count, dtype=pl.String, eager=True
                    )
                    + numbers,
                    "type": _enum(
                        np.full(count, v.OBJECT_TYPES.index(object_type)), v.OBJECT_TYPES
                    ),
                    **frames[object_type],
                }
            )
        )
    return pl.concat(parts, how="diagonal")


def _invoice_terms(company: Company) -> Ints:
    """Return each invoice's terms when it was made, days."""
    customer = _ints(company.documents.invoice_customer)
    terms = np.zeros(len(customer), dtype=np.int64)
    for period in company.periods:
        made = slice(period.first_invoice, None)
        terms[made] = np.array([c.terms_days for c in period.customers])[customer[made]]
    return terms


def _event_objects(
    web: DocumentRelations, rows: Floats, own: tuple[activity.OwnActivity, ...]
) -> pl.DataFrame:
    """Return which objects each event is related to, sorted by event and object."""
    registers = list(activity.ABOUT)
    register_of = np.full(len(v.ACTIVITIES) + len(own), -1)
    for place, register in enumerate(registers):
        register_of[list(activity.ABOUT[register])] = place
    register_of[len(v.ACTIVITIES) :] = [registers.index(activity_.about) for activity_ in own]
    kinds = list(v.OBJECT_TYPES)
    kind = np.repeat(np.arange(len(kinds)), [web.counts[object_type] for object_type in kinds])
    frames = []
    for start in range(0, max(len(rows), 1), _CHUNK):
        activities = rows[start : start + _CHUNK, 0].astype(np.int64)
        numbers = rows[start : start + _CHUNK, 1].astype(np.int64)
        keys: list[Ints] = []

        def link(
            where: Ints,
            object_type: str,
            relation: Relation | None,
            numbers: Ints = numbers,
            keys: list[Ints] = keys,
            start: int = start,
        ) -> None:
            found = numbers[where]
            if relation is not None:
                places, found = relation.expand(found)
                where = where[places]
            keys.append(((where + start) << 32) + (found + web.first[object_type]))

        about = register_of[activities]
        for place, register in enumerate(registers):
            where = np.flatnonzero(about == place)
            if where.size:
                for object_type, relation in web.related[register]:
                    link(where, object_type, relation)
        for activity_number, besides in web.besides.items():
            where = np.flatnonzero(activities == activity_number)
            for object_type, relation in besides:
                link(where, object_type, relation)
        # Event and object in one number, so that one sort of plain integers puts both in order.
        key = np.sort(np.concatenate(keys)) if keys else np.empty(0, np.int64)
        objects = (key & 0xFFFFFFFF).astype(np.uint32)
        frames.append(
            pl.DataFrame(
                {
                    "event": (key >> 32).astype(np.uint32),
                    "object": objects,
                    "qualifier": _enum(kind[objects], kinds),
                }
            )
        )
    return pl.concat(frames)


def _object_relations(web: DocumentRelations) -> pl.DataFrame:
    names = [name for name, *_ in web.lasting]
    parts = []
    for name, source_type, target_type, relation in web.lasting:
        sources, targets = relation.pairs()
        parts.append(
            pl.DataFrame(
                {
                    "source": (sources + web.first[source_type]).astype(np.uint32),
                    "target": (targets + web.first[target_type]).astype(np.uint32),
                    "qualifier": _enum(np.full(len(sources), names.index(name)), names),
                }
            )
        )
    return pl.concat(parts)


def _local_dates(company: Company, times: array[float]) -> pl.Series:
    """Return the local dates of simulation times; NaN is null."""
    micros = np.array(times, dtype=np.float64) * 1e6 + company.clock.epoch_microseconds
    moments = pl.Series(micros, dtype=pl.Float64).fill_nan(None).round().cast(pl.Int64).cast(TIME)
    local = moments.dt.replace_time_zone("UTC").dt.convert_time_zone(company.model.zone)
    return local.dt.date().cast(TIME)


def _dates(company: Company, days: array[int]) -> pl.Series:
    """Return the dates of day numbers."""
    since_epoch = company.clock.start_date - dt.date(1970, 1, 1)
    numbers = _ints(days) + since_epoch.days
    return pl.Series(numbers, dtype=pl.Int32).cast(pl.Date).cast(TIME)


def _ints(column: array[int]) -> Ints:
    return np.array(column, dtype=np.int64)


def _currency(minor: array[int]) -> pl.Series:
    return pl.Series(_ints(minor) / MINOR_UNITS, dtype=pl.Float64)


def _enum(codes: npt.NDArray[np.int64], names: tuple[str, ...] | list[str]) -> pl.Series:
    """Return codes as an Enum series; -1 is null."""
    kind = pl.Enum(list(names))
    lookup = pl.Series([*names, None], dtype=kind)
    return lookup[np.where(codes < 0, len(names), codes).astype(np.uint32)]
