"""What the cycle costs: people's time, transactions, fees and the money that is tied up.

What an event costs is told by :mod:`o2c_sim.tariff`.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim.ledger.accounts import AGENCY_FEE, BANK_FEE, INVOICE, POSTING_KINDS
from o2c_sim.process import activity
from o2c_sim.process.demand import MINOR_UNITS
from o2c_sim.tariff import hours_worked, labour, of_events, tariff, transaction
from o2c_sim.vocabulary import ACTIVITIES

if TYPE_CHECKING:
    from o2c_sim.engine import Clock
    from o2c_sim.process.company import Company
    from o2c_sim.process.period import Period

__all__ = ["STAGES", "by_stage", "hours_worked", "of_events", "tariff", "unit_costs"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

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
        within = np.flatnonzero((part[:, 3] >= start) & (part[:, 3] < end))
        part = part.take(within, axis=0)
        activities = part[:, 0].astype(np.int64)
        made += np.bincount(activities, minlength=kinds_in_all)
        stage, hours = stage_of[activities], hours_worked(rates, part)
        for sum_, values in zip(
            sums, (hours, labour(rates, part, hours), transaction(rates, part)), strict=True
        ):
            sum_ += np.bincount(stage, values, minlength=len(STAGES))
    journal = _Journal.of(postings, clock)
    fees = {stage: journal.sum(kind, first, days) for kind, stage in _FEES.items()}
    periods = _periods(company, first, days)
    fees["credit"] = sum(_premium(journal, company, *period) for period in periods)
    owed_minor = receivables["closing_minor"] - receivables["closing_unapplied_minor"]
    hours_, labour_, transaction_ = (np.append(sum_, [0.0, 0.0]) for sum_ in sums)
    fees_ = np.array([fees.get(stage, 0.0) for stage in (*STAGES, INVENTORY, FINANCING)])
    financing = np.zeros(len(fees_))
    financing[-2] = sum(_carrying(company, *period) for period in periods)
    financing[-1] = sum(_financing(owed_minor, *period) for period in periods)
    documents = [int(made[_MADE_BY[per]]) for per in _PER.values()]
    unit_costs = [
        worked / number if number else None
        for worked, number in zip((labour_ + transaction_).tolist(), documents, strict=False)
    ]
    return pl.DataFrame(
        {
            "stage": [*STAGES, INVENTORY, FINANCING],
            "hours": hours_,
            "labour": labour_,
            "transaction": transaction_,
            "fees": fees_,
            "financing": financing,
            "per": [*_PER.values(), None, None],
            "documents": [*documents, None, None],
            "total": labour_ + transaction_ + fees_ + financing,
            "unit_cost": pl.Series([*unit_costs, None, None], dtype=pl.Float64),
        }
    )


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


def _periods(company: Company, first: int, days: int) -> list[tuple[Period, int, int]]:
    """Return the periods that some days are in; of each its first day among them, and how many.

    Periods with the same rates and customers are one.
    """
    periods = [company.periods[0]]
    periods += [now for was, now in pairwise(company.periods) if _rates(was) != _rates(now)]
    ends = [period.first_day for period in periods[1:]] + [first + days]
    found = []
    for period, end in zip(periods, ends, strict=True):
        begin, end = max(period.first_day, first), min(end, first + days)
        if begin < end:
            found.append((period, begin, end - begin))
    return found


def _rates(period: Period) -> tuple[float, float, float, int]:
    model = period.model
    return (
        model.costs.capital_cost_share_per_year.value,
        model.inventory.carrying_cost_share_per_year.value,
        model.credit.insurance_premium_share.value,
        id(period.customers),
    )


def _financing(owed_minor: pl.Series, period: Period, first: int, days: int) -> float:
    """Return what the money tied up in some days of a period costs, currency."""
    average = float(owed_minor[first : first + days].mean() or 0) / MINOR_UNITS  # type: ignore[arg-type]
    rate = period.model.costs.capital_cost_share_per_year.value
    return average * rate * days / _DAYS_PER_YEAR


def _carrying(company: Company, period: Period, first: int, days: int) -> float:
    """Return what the stock held in some days of a period costs, currency; 0 if none is kept."""
    if not company.fulfilment.availability_check:
        return 0.0
    start, end = company.clock.midnight(first), company.clock.midnight(first + days)
    value_minor = company.stock.statistics(start, end).mean_value_minor
    share = period.model.inventory.carrying_cost_share_per_year.value
    return value_minor / MINOR_UNITS * share * days / _DAYS_PER_YEAR


def _premium(journal: _Journal, company: Company, period: Period, first: int, days: int) -> float:
    """Return the premium for what insured customers were billed in some days, currency."""
    share = period.model.credit.insurance_premium_share.value
    if not share:
        return 0.0
    insured = np.array([customer.insured for customer in period.customers])
    of_invoice = insured[np.array(company.documents.invoice_customer, dtype=np.int64)]
    return journal.sum(INVOICE, first, days, of_invoice) * share


class _Journal(NamedTuple):
    """What the postings of a journal are of, and how much, in the order of posting.

    Attributes
    ----------
    day
        Local day number.
    kind
        Place among the kinds of posting.
    invoice
        Its number; not a number where there is none.
    amount_minor
        Minor units.
    """

    day: Ints
    kind: Ints
    invoice: Floats
    amount_minor: Ints

    @classmethod
    def of(cls, postings: pl.DataFrame, clock: Clock) -> _Journal:
        """Return the postings as arrays."""
        kind = pl.col("kind").cast(pl.Enum(POSTING_KINDS)).to_physical()
        table = postings.select(pl.col("date").to_physical(), kind, "invoice", "amount_minor")
        date, *others = (column.to_numpy() for column in table)
        return cls(date - (clock.start_date - dt.date(1970, 1, 1)).days, *others)

    def sum(self, kind: str, first: int, days: int, of_invoice: Flags | None = None) -> float:
        """Return what was posted in some days, of some invoices or of all, currency."""
        wanted = self.kind == POSTING_KINDS.index(kind)
        wanted &= (self.day >= first) & (self.day < first + days)
        rows = np.flatnonzero(wanted)
        if of_invoice is not None:
            rows = rows[of_invoice[self.invoice[rows].astype(np.int64)]]
        return int(self.amount_minor[rows].sum()) / MINOR_UNITS
