"""KPIs of receivables: DSO in its forms, ageing, disputes outstanding, cash tied up and lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import reduce

import numpy as np
import polars as pl

from mining.dso import (
    average_days_delinquent,
    best_possible_dso,
    collection_effectiveness,
    days_deductions_outstanding,
    dso_countback,
    dso_simple,
)
from mining.event_links import Integers
from mining.item_changes import item_changes
from mining.measures import (
    NAN,
    Array,
    Instants,
    Period,
    day_number,
    mean,
    polars_sum,
    ratio,
    whole_days,
)
from mining.object_events import ObjectEvents
from mining.receivables import flows_by_day
from mining.stretches import stretches
from o2c_sim import vocabulary as v

# Assumed, a year; the domain's usual weighted cost of capital, as in the reference companies.
ASSUMED_COST_OF_CAPITAL = 0.09
CONVENTIONAL_DAYS = 30
_DAYS_A_MONTH = 365 / 12
# What takes off receivables, as flows are called.
_LOWERING = (
    "invoice_cancellations",
    "credited_on_items",
    "discounts",
    "cash_applied",
    "written_off",
)


def receivables_kpis(view: ObjectEvents, rows: pl.DataFrame, period: Period) -> dict[str, float]:
    """Return the KPIs of what is open, and of the money moved in a period.

    Parameters
    ----------
    view
        A log with invoices.
    rows
        ``amount``, ``due`` and ``issued`` of :func:`mining.receivables.invoices`.
    period
        The measured period.
    """
    month_before = period.end - dt.timedelta(days=CONVENTIONAL_DAYS)
    first = min(period.first, month_before)
    every_day = flows_by_day(view, first, period.last)
    flows = {name: values[-period.days :] for name, values in every_day.items()}
    # What was cancelled is invoiced once more, or was never owed.
    net_sales = flows["sales"] - flows["invoice_cancellations"]
    sales = polars_sum(net_sales)
    closing = float(flows["receivables"][-1])
    opening = closing - _risen(flows)
    items = _aged(view, rows, period)
    overdue, cents = items.overdue_days, items.cents
    limits = {
        "current": overdue <= 0,
        "1_30": (overdue >= 1) & (overdue <= 30),
        "31_60": (overdue >= 31) & (overdue <= 60),
        "61_90": (overdue >= 61) & (overdue <= 90),
        "90": overdue > 90,
        "known": ~np.isnan(overdue),
    }
    ages = {name: int(cents[which].sum()) / 100 for name, which in limits.items()}
    current, known = ages.pop("current"), ages.pop("known")
    if not known and closing > 0:
        current = NAN  # Nothing that is open has a due date.
    months = period.days / _DAYS_A_MONTH
    written_off, recovered = (polars_sum(flows[name]) for name in ("written_off", "recoveries"))
    receipts = polars_sum(flows["receipts"])
    unapplied = mean(flows["unapplied"])
    receivables = mean(flows["receivables"])
    sales_per_year = sales * 365 / period.days
    return {
        "dso_simple_days": dso_simple(closing, sales, period.days),
        "dso_conventional_days": _dso_conventional(view, closing, every_day, month_before),
        "true_dso_days": _true_dso(view, items, period),
        "dso_countback_days": dso_countback(closing, np.maximum(net_sales, 0)),
        "best_possible_dso_days": best_possible_dso(current, sales, period.days),
        "average_days_delinquent_days": average_days_delinquent(
            closing, current, sales, period.days
        ),
        "collection_effectiveness": collection_effectiveness(
            opening, sales / months, closing, current
        ),
        "current_share": ratio(current, known),
        "past_due_share": ratio(known - current, known),
        **{f"overdue_{name}_share": ratio(amount, known) for name, amount in ages.items()},
        "overdue_weighted_days": _weighted_days(items),
        "receivables_turnover_ending": ratio(sales_per_year, closing),
        "receivables_turnover_mean": ratio(sales_per_year, receivables),
        "credit_sales_per_day": sales / period.days,
        **_disputed_days(view, rows, period),
        "receivables_mean": receivables,
        "carrying_cost": receivables * ASSUMED_COST_OF_CAPITAL * period.days / 365,
        # What is tied up begins with the orders; a log without them would show what is left of it.
        "cash_tied_up_mean": mean(flows["tied_up"]) if v.RECEIVE_ORDER in view.activities else NAN,
        "unapplied_share": ratio(unapplied, receivables),
        "unapplied_days": ratio(unapplied, receipts / period.days),
        "discount_share": ratio(polars_sum(flows["discounts"]), sales),
        "credited_share": ratio(polars_sum(flows["credited"]), sales),
        "bad_debt_share": ratio(written_off, sales),
        "bad_debt_net_share": ratio(written_off - recovered, sales),
        "recovery_share": ratio(recovered, written_off),
    }


def _risen(flows: dict[str, Array]) -> float:
    """Return by how much the receivables have risen."""
    # One after the other: how Polars would add up columns depends on how many threads it has.
    lowered = reduce(np.add, (flows[name] for name in _LOWERING))
    return polars_sum(flows["sales"] + flows["reopened"]) - polars_sum(lowered)


@dataclass(frozen=True, slots=True)
class _OpenItems:
    """What is open on invoices, which may be less than nothing: one row an invoice.

    ``cents``; ``overdue_days`` (NaN without a due date); ``issued`` (naive UTC, NaT if unknown).
    """

    cents: Integers
    overdue_days: Array
    issued: Instants


def _aged(view: ObjectEvents, rows: pl.DataFrame, period: Period) -> _OpenItems:
    """Return what is open at the end of the period, by invoice, and how long overdue it is."""
    changes = item_changes(view)
    cents = changes.sums(view.days[changes.row] <= day_number(period.last))
    own = np.flatnonzero(cents)
    due, issued = (rows[name].to_numpy()[own] for name in ("due", "issued"))
    return _OpenItems(cents[own], whole_days(due, np.datetime64(period.last)), issued)


def _weighted_days(items: _OpenItems) -> float:
    """Return how long overdue items are overdue, each by what is open."""
    late = items.overdue_days > 0
    cents, days = items.cents[late], items.overdue_days[late].astype(np.int64)
    return ratio(float((days * cents).sum()), float(cents.sum()))


def _dso_conventional(
    view: ObjectEvents, closing: float, every_day: dict[str, Array], first: dt.date
) -> float:
    """Return the DSO by the sales of the last 30 days; NaN if the log begins within them."""
    if not view.days.size or view.days.min() > day_number(first):
        return NAN
    net_sales = every_day["sales"] - every_day["invoice_cancellations"]
    return dso_simple(closing, polars_sum(net_sales[-CONVENTIONAL_DAYS:]), CONVENTIONAL_DAYS)


def _true_dso(view: ObjectEvents, items: _OpenItems, period: Period) -> float:
    """Return the age of each open invoice x its amount / the net sales of its month, summed."""
    if np.isnat(items.issued).any():
        return NAN
    changes = item_changes(view)
    day = view.days[changes.row]
    sold = changes.of(v.CREATE_INVOICE, v.CANCEL_INVOICE) & (day <= day_number(period.last))
    issued_on = view.clock.dates(items.issued)
    months, month = np.unique(
        np.append(issued_on, day[sold].astype("datetime64[D]")).astype("datetime64[M]"),
        return_inverse=True,
    )
    sales = np.zeros(len(months), np.int64)
    np.add.at(sales, month[len(issued_on) :], changes.cents[sold])
    sales = sales[month[: len(issued_on)]]
    if (sales <= 0).any():
        return NAN
    age_days = (np.datetime64(period.last) - issued_on).astype(np.int64)
    return polars_sum(np.sort(age_days * items.cents / sales))


def _disputed_days(view: ObjectEvents, rows: pl.DataFrame, period: Period) -> dict[str, float]:
    """Return days of disputes outstanding, by what is disputed and by what is decided a day."""
    disputes = stretches(view, v.INVOICE, v.OPEN_DISPUTE, (v.RESOLVE_DISPUTE,))
    opened, resolved = view.clock.dates(disputes.first), view.clock.dates(disputes.last)
    end, amount = (
        np.datetime64(period.end),
        rows["amount"].cast(pl.Float64).to_numpy()[disputes.place],
    )
    # Whole cents: their sum does not depend on the order of adding.
    cents = np.rint(np.where(np.isnan(amount), 0, amount * 100)).astype(np.int64)
    begun = opened < end
    amounts = {
        "incurred": begun & (opened >= np.datetime64(period.first)),
        "decided": begun & period.contains(resolved),
        "still": begun & ~(resolved < end),
    }
    incurred, decided, still = (int(cents[which].sum()) / 100 for which in amounts.values())
    return {
        "disputed_days": days_deductions_outstanding(still, incurred, period.days),
        "disputed_by_resolution_days": days_deductions_outstanding(still, decided, period.days),
    }
