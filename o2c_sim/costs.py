"""What the cycle costs: people's time, transactions, fees and the money that is tied up.

An event costs the working time of whoever did it, from its start to its end on that person's
calendar, at the rate of that person's own role, and what doing it costs besides (postage, bank
charges). Time in which people wait for work is not charged to any event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim.engine import WorkingCalendar
from o2c_sim.engine.clock import HOUR
from o2c_sim.ledger.accounts import AGENCY_FEE, BANK_FEE, INVOICE
from o2c_sim.model.section import CHANNELS, INVOICE_CHANNELS, PAYMENT_METHODS, ROLES
from o2c_sim.process import activity
from o2c_sim.process.demand import MINOR_UNITS
from o2c_sim.vocabulary import ACTIVITIES

if TYPE_CHECKING:
    from o2c_sim.process.company import Company

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_DAYS_PER_YEAR = 365
# So many events at a time, so that what is needed in passing stays small.
_CHUNK = 1 << 19
# Each activity belongs to one stage.
STAGES: dict[str, tuple[int, ...]] = {
    "order": (
        activity.RECEIVE_ORDER,
        activity.CREATE_QUOTATION,
        activity.CREATE_SALES_ORDER,
        activity.SET_ORDER_BLOCK,
        activity.CLARIFY_ORDER,
        activity.REMOVE_ORDER_BLOCK,
        activity.CORRECT_ORDER,
        activity.CANCEL_ORDER,
        activity.CONFIRM_ORDER,
        activity.CHANGE_ORDER,
        activity.CHANGE_DELIVERY_DATE,
        activity.REJECT_ORDER_LINE,
        activity.REQUEST_PREPAYMENT,
    ),
    "credit": (
        activity.CHECK_CREDIT,
        activity.SET_CREDIT_BLOCK,
        activity.RELEASE_CREDIT_BLOCK,
        activity.DENY_CREDIT,
    ),
    "fulfilment": (
        activity.PRODUCE_GOODS,
        activity.CREATE_DELIVERY,
        activity.PICK_AND_PACK,
        activity.RECORD_SHORTAGE,
        activity.POST_GOODS_ISSUE,
        activity.CONFIRM_DELIVERY,
        activity.AUTHORISE_RETURN,
        activity.RECEIVE_RETURN,
        activity.INSPECT_RETURN,
    ),
    "billing": (
        activity.SET_BILLING_BLOCK,
        activity.REMOVE_BILLING_BLOCK,
        activity.CREATE_INVOICE,
        activity.SEND_INVOICE,
        activity.REJECT_INVOICE,
        activity.CANCEL_INVOICE,
    ),
    "collections": (
        activity.SEND_DUNNING_LEVEL_1,
        activity.SEND_DUNNING_LEVEL_2,
        activity.SEND_DUNNING_LEVEL_3,
        activity.CALL_CUSTOMER,
        activity.RECORD_PROMISE,
        activity.BREAK_PROMISE,
        activity.REFER_TO_AGENCY,
        activity.WRITE_OFF_INVOICE,
        activity.RECORD_RECOVERY,
        activity.DECLARE_INSOLVENCY,
    ),
    "disputes": (
        activity.OPEN_DISPUTE,
        activity.RESOLVE_DISPUTE,
        activity.CREATE_CREDIT_MEMO,
    ),
    "cash_application": (
        activity.RECEIVE_PAYMENT,
        activity.RETURN_PAYMENT,
        activity.APPLY_PAYMENT,
        activity.CLEAR_INVOICE,
        activity.ALLOW_DISCOUNT,
        activity.REFUND_CUSTOMER,
    ),
}
INVENTORY, FINANCING = "inventory", "financing"
# The document whose number a stage's costs are set against, and the event that makes one.
_PER = {
    "order": "order",
    "credit": "order",
    "fulfilment": "order",
    "billing": "invoice",
    "collections": "invoice",
    "disputes": "invoice",
    "cash_application": "payment",
}
_MADE_BY = {
    "order": activity.RECEIVE_ORDER,
    "invoice": activity.CREATE_INVOICE,
    "payment": activity.RECEIVE_PAYMENT,
}
# The stage of an activity that an extension brings, by what it is about.
_STAGE_OF = {
    "customer": "order",
    "order": "order",
    "order_line": "fulfilment",
    "delivery": "fulfilment",
    "return": "fulfilment",
    "invoice": "billing",
    "credit_memo": "disputes",
    "payment": "cash_application",
}
_FEES = {BANK_FEE: "cash_application", AGENCY_FEE: "collections"}


@dataclass(frozen=True, slots=True)
class Tariff:
    """What people's time and transactions cost, in currency units.

    Attributes
    ----------
    calendars
        The calendars that people work on.
    calendar_of
        By number of the person: place in *calendars*; -1 for 0, which is nobody.
    per_hour
        By number of the person.
    by_activity
        By number of the activity: what doing it once costs whatever the document.
    by_document
        By number of the activity: what it costs besides for each document it is about.
    """

    calendars: tuple[WorkingCalendar, ...]
    calendar_of: Ints
    per_hour: Floats
    by_activity: Floats
    by_document: dict[int, Floats]


def tariff(company: Company) -> Tariff:
    """Return what the events of a company, run so far, cost."""
    model = company.model
    places: dict[WorkingCalendar, int] = {}
    calendar_of, per_hour = [-1], [0.0]
    for role in ROLES:
        calendars = company.pools[role].calendars
        calendar_of += [places.setdefault(calendar, len(places)) for calendar in calendars]
        per_hour += [model.staff[role].cost_per_hour.value] * len(calendars)
    section, documents = model.costs, company.documents
    of_customer = np.array([c.invoice_channel for c in company.customers], dtype=np.int64)
    orders = documents.orders
    by_kind: dict[int, tuple[Floats, Callable[[], Ints]]] = {
        activity.CREATE_SALES_ORDER: (
            _by_name(section.order_entry.value, CHANNELS),
            lambda: company.demand.channels(0, orders),
        ),
        activity.SEND_INVOICE: (
            _by_name(section.invoice_sending.value, INVOICE_CHANNELS),
            lambda: of_customer[np.array(documents.invoice_customer, dtype=np.int64)],
        ),
        activity.RECEIVE_PAYMENT: (
            _by_name(section.payment_receipt.value, PAYMENT_METHODS),
            lambda: np.array(documents.payment_method, dtype=np.int64),
        ),
    }
    return Tariff(
        calendars=tuple(places),
        calendar_of=np.array(calendar_of),
        per_hour=np.array(per_hour),
        by_activity=np.append(
            _by_name(section.transaction.value, ACTIVITIES), np.zeros(len(company.activities))
        ),
        by_document={
            kind: prices[find()] for kind, (prices, find) in by_kind.items() if prices.any()
        },
    )


def hours_worked(rates: Tariff, rows: Floats) -> Floats:
    """Return the working hours of each recorded row, shape (rows,); see ``Recorder.table``."""
    person = rows[:, 4].astype(np.int64)
    calendar = rates.calendar_of[person]
    lasting = rows[:, 3] > rows[:, 2]
    seconds = np.zeros(len(rows))
    for place, calendar_ in enumerate(rates.calendars):
        own = np.flatnonzero((calendar == place) & lasting)
        start, end = rows[own, 2], rows[own, 3]
        seconds[own] = calendar_.elapsed_at(end) - calendar_.elapsed_at(start)
    return seconds / HOUR


def labour(rates: Tariff, rows: Floats, hours: Floats) -> Floats:
    """Return what the working hours of each recorded row cost, currency."""
    return hours * rates.per_hour[rows[:, 4].astype(np.int64)]


def transaction(rates: Tariff, rows: Floats) -> Floats:
    """Return what each recorded row costs besides people's time, currency."""
    activities = rows[:, 0].astype(np.int64)
    costs = rates.by_activity[activities]
    for kind, of_document in rates.by_document.items():
        own = np.flatnonzero(activities == kind)
        costs[own] += of_document[rows[own, 1].astype(np.int64)]
    return costs


def of_events(rates: Tariff, rows: Floats) -> Floats:
    """Return what each recorded row costs, currency, to a hundredth of a minor unit."""
    whole = labour(rates, rows, hours_worked(rates, rows)) + transaction(rates, rows)
    return np.round(whole, 4)


def by_stage(
    company: Company, postings: pl.DataFrame, receivables: pl.DataFrame, first: int, days: int
) -> pl.DataFrame:
    """Return the costs of some days by stage.

    Parameters
    ----------
    company
        A company that has been run.
    postings, receivables
        Its journal and its roll-forward by day.
    first, days
        Number of the first day, and how many there are.

    Returns
    -------
    polars.DataFrame
        One row a stage, inventory and financing last: ``stage``, ``hours`` (worked on events that
        ended in these days), ``labour``, ``transaction``, ``fees`` (in the books: bank, card,
        agency; and the premium of the credit insurance: its share of what insured customers were
        billed), ``financing`` (average receivables less unapplied cash at the end of a day x cost
        of capital x days / 365: money in the bank is not financed, and prepayments finance a part
        of the rest; for the inventory its average value at cost x carrying cost x days / 365),
        ``total``, ``per`` (order, invoice or payment; null for the last two), ``documents`` (how
        many of them were received or made in these days), ``unit_cost`` (labour and transaction
        per document; null without any: fees and financing go with amounts, not with documents).
        Money in currency units.
    """
    clock = company.clock
    rates, rows = tariff(company), company.recorder.table()
    kinds_in_all, names = len(ACTIVITIES) + len(company.activities), list(STAGES)
    stage_of = np.empty(kinds_in_all, dtype=np.int64)
    for place, kinds in enumerate(STAGES.values()):
        stage_of[list(kinds)] = place
    for own, activity_ in enumerate(company.activities, len(ACTIVITIES)):
        stage_of[own] = names.index(_STAGE_OF[activity_.about])
    sums = np.zeros((3, len(STAGES)))
    made = np.zeros(kinds_in_all, dtype=np.int64)
    start, end = clock.midnight(first), clock.midnight(first + days)
    for begin in range(0, len(rows), _CHUNK):
        part = rows[begin : begin + _CHUNK]
        part = part[(part[:, 3] >= start) & (part[:, 3] < end)]
        activities = part[:, 0].astype(np.int64)
        made += np.bincount(activities, minlength=kinds_in_all)
        hours = hours_worked(rates, part)
        for sum_, values in zip(
            sums, (hours, labour(rates, part, hours), transaction(rates, part)), strict=True
        ):
            sum_ += np.bincount(stage_of[activities], values, minlength=len(STAGES))
    fees = _fees(postings, company, first, days)
    fees["credit"] = _premium(postings, company, first, days)
    owed_minor = receivables["closing_minor"] - receivables["closing_unapplied_minor"]
    average = float(owed_minor[first : first + days].mean() or 0) / MINOR_UNITS  # type: ignore[arg-type]
    rate = company.model.costs.capital_cost_share_per_year.value
    table = pl.DataFrame(
        {
            "stage": [*STAGES, INVENTORY, FINANCING],
            "hours": [*sums[0].tolist(), 0.0, 0.0],
            "labour": [*sums[1].tolist(), 0.0, 0.0],
            "transaction": [*sums[2].tolist(), 0.0, 0.0],
            "fees": [*(fees.get(stage, 0.0) for stage in STAGES), 0.0, 0.0],
            "financing": [
                *[0.0] * len(STAGES),
                _carrying_rate(company, start, end) * days / _DAYS_PER_YEAR,
                average * rate * days / _DAYS_PER_YEAR,
            ],
            "per": [*_PER.values(), None, None],
            "documents": [*(int(made[_MADE_BY[per]]) for per in _PER.values()), None, None],
        }
    )
    total = pl.sum_horizontal("labour", "transaction", "fees", "financing")
    per_document = (pl.col("labour") + pl.col("transaction")) / pl.col("documents")
    unit = pl.when(pl.col("documents") > 0).then(per_document)
    return table.with_columns(total.alias("total")).with_columns(unit.alias("unit_cost"))


def unit_costs(costs: pl.DataFrame) -> dict[str, float]:
    """Return cost per order, invoice and payment, and what serving the customers costs in all.

    Parameters
    ----------
    costs
        What :func:`by_stage` returned.

    Returns
    -------
    dict
        ``cost_per_order`` (order desk and credit), ``cost_per_invoice`` (billing) and
        ``cost_per_payment`` (cash application): labour and transactions;
        ``cost_to_serve`` (all stages with fees and financing), and the same per order. Currency;
        not a number where there is no such document.
    """

    def per(document: str, stages: pl.DataFrame) -> float:
        counts = costs.filter(pl.col("per") == document)["documents"]
        return float(stages["whole"].sum()) / counts[0] if counts[0] else float("nan")

    worked = costs.with_columns((pl.col("labour") + pl.col("transaction")).alias("whole"))
    order = worked.filter(pl.col("stage").is_in(["order", "credit"]))
    everything = costs.with_columns(pl.col("total").alias("whole"))
    return {
        "cost_per_order": per("order", order),
        "cost_per_invoice": per("invoice", worked.filter(pl.col("stage") == "billing")),
        "cost_per_payment": per("payment", worked.filter(pl.col("per") == "payment")),
        "cost_to_serve": float(costs["total"].sum()),
        "cost_to_serve_per_order": per("order", everything),
    }


def _by_name(prices: Mapping[Any, float], names: tuple[str, ...]) -> Floats:
    return np.array([prices.get(name, 0.0) for name in names], dtype=np.float64)


def _carrying_rate(company: Company, start: float, end: float) -> float:
    """Return what the stock held between two times costs a year, currency; 0 if none is kept."""
    if not company.fulfilment.availability_check:
        return 0.0
    value_minor = company.stock.statistics(start, end).mean_value_minor
    share = company.model.inventory.carrying_cost_share_per_year.value
    return value_minor / MINOR_UNITS * share


def _premium(postings: pl.DataFrame, company: Company, first: int, days: int) -> float:
    """Return the premium for what insured customers were billed in some days, currency."""
    share = company.model.credit.insurance_premium_share.value
    if not share:
        return 0.0
    insured = [customer.number for customer in company.customers if customer.insured]
    customer = np.array(company.documents.invoice_customer, dtype=np.int64)
    numbers = np.flatnonzero(np.isin(customer, insured))
    own = pl.Series(numbers).cast(postings.schema["invoice"])
    billed = postings.filter(
        _dates(company, first, days),
        pl.col("kind").cast(pl.String) == INVOICE,
        pl.col("invoice").is_in(own.implode()),
    )
    return float(billed["amount_minor"].sum()) / MINOR_UNITS * share


def _dates(company: Company, first: int, days: int) -> pl.Expr:
    return pl.col("date").is_between(
        company.clock.date(first), company.clock.date(first + days), closed="left"
    )


def _fees(postings: pl.DataFrame, company: Company, first: int, days: int) -> dict[str, float]:
    """Return the fees in the books of some days by stage, currency."""
    booked = (
        postings.filter(
            _dates(company, first, days), pl.col("kind").cast(pl.String).is_in(list(_FEES))
        )
        .group_by(pl.col("kind").cast(pl.String))
        .agg(pl.col("amount_minor").sum())
    )
    return {_FEES[kind]: amount / MINOR_UNITS for kind, amount in booked.iter_rows()}
