"""KPIs of receivables: DSO in its forms, ageing, disputes outstanding, cash tied up and lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

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
from mining.measures import NAN, Array, Instants, Period, local_date, mean, ratio
from mining.object_events import ObjectEvents
from mining.receivables import daily_flows
from o2c_sim import vocabulary as v

# Assumed, a year; the domain's usual weighted cost of capital, as in the reference companies.
ASSUMED_COST_OF_CAPITAL = 0.09
CONVENTIONAL_DAYS = 30
_DAYS_A_MONTH = 365 / 12


def receivables_kpis(view: ObjectEvents, rows: pl.DataFrame, period: Period) -> dict[str, float]:
    """Return the KPIs of what is open, and of the money moved in a period.

    Parameters
    ----------
    view
        A log with invoices.
    rows
        What :func:`mining.receivables.invoices` gives.
    period
        The measured period.
    """
    month_before = period.end - dt.timedelta(days=CONVENTIONAL_DAYS)
    every_day = daily_flows(view, min(period.first, month_before), period.last)
    flows = every_day.tail(period.days)
    # What was cancelled is invoiced once more, or was never owed.
    net_sales = flows["sales"] - flows["invoice_cancellations"]
    sales = float(net_sales.sum())
    closing = float(flows["receivables"][-1])
    opening = closing - float(
        flows.select(
            (pl.col("sales") + pl.col("reopened")).sum()
            - pl.sum_horizontal(
                "invoice_cancellations",
                "credited_on_items",
                "discounts",
                "cash_applied",
                "written_off",
            ).sum()
        ).item()
    )
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
    written_off, recovered = (float(flows[name].sum()) for name in ("written_off", "recoveries"))
    receipts = float(flows["receipts"].sum())
    unapplied = mean(flows["unapplied"])
    receivables = mean(flows["receivables"])
    sales_per_year = sales * 365 / period.days
    return {
        "dso_simple_days": dso_simple(closing, sales, period.days),
        "dso_conventional_days": _dso_conventional(view, closing, every_day, month_before),
        "true_dso_days": _true_dso(view, items, period),
        "dso_countback_days": dso_countback(closing, net_sales.clip(0).to_numpy()),
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
        "discount_share": ratio(float(flows["discounts"].sum()), sales),
        "credited_share": ratio(float(flows["credited"].sum()), sales),
        "bad_debt_share": ratio(written_off, sales),
        "bad_debt_net_share": ratio(written_off - recovered, sales),
        "recovery_share": ratio(recovered, written_off),
    }


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
    cents = changes.sums(view.days[changes.row] <= _day_number(period.last))
    place = view.places(v.INVOICE, rows["invoice"])
    own = cents[place] != 0
    overdue = np.datetime64(period.last) - rows["due"].to_numpy()[own]
    return _OpenItems(
        cents[place[own]], overdue / np.timedelta64(1, "D"), rows["issued"].to_numpy()[own]
    )


def _weighted_days(items: _OpenItems) -> float:
    """Return how long overdue items are overdue, each by what is open."""
    late = items.overdue_days > 0
    cents, days = items.cents[late], items.overdue_days[late].astype(np.int64)
    return ratio(float((days * cents).sum()), float(cents.sum()))


def _day_number(date: dt.date) -> int:
    return (date - dt.date(1970, 1, 1)).days


def _dso_conventional(
    view: ObjectEvents, closing: float, every_day: pl.DataFrame, first: dt.date
) -> float:
    """Return the DSO by the sales of the last 30 days; NaN if the log begins within them."""
    begun = view.dates.min()
    assert begun is None or isinstance(begun, dt.date)
    if begun is None or begun > first:
        return NAN
    month = every_day.filter(pl.col("date") >= first)
    sales = float((month["sales"] - month["invoice_cancellations"]).sum())
    return dso_simple(closing, sales, CONVENTIONAL_DAYS)


def _true_dso(view: ObjectEvents, items: _OpenItems, period: Period) -> float:
    """Return the age of each open invoice x its amount / the net sales of its month, summed."""
    if np.isnat(items.issued).any():
        return NAN
    changes = item_changes(view)
    day = view.days[changes.row]
    sold = changes.of(v.CREATE_INVOICE, v.CANCEL_INVOICE) & (day <= _day_number(period.last))
    issued = pl.DataFrame({"issued": items.issued}).select(local_date("issued", view.log.zone))
    issued_on = issued.to_series().to_numpy()
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
    return float(pl.Series(age_days * items.cents / sales).sort().sum())


def _disputed_days(view: ObjectEvents, rows: pl.DataFrame, period: Period) -> dict[str, float]:
    """Return days of disputes outstanding, by what is disputed and by what is decided a day."""
    zone = view.log.zone
    disputes = (
        view.stretches(v.INVOICE, v.OPEN_DISPUTE, (v.RESOLVE_DISPUTE,))
        .select(
            pl.col("case").alias("invoice"),
            local_date("first", zone).alias("opened"),
            local_date("last", zone).alias("resolved"),
        )
        .filter(pl.col("opened") <= period.last)
        .join(rows.select("invoice", "amount"), on="invoice")
    )
    amounts = {
        "incurred": pl.col("opened") >= period.first,
        "decided": pl.col("resolved").is_between(period.first, period.last),
        "still": pl.col("resolved").is_null() | (pl.col("resolved") > period.last),
    }
    # Whole cents: their sum does not depend on the order of the rows that a join returns.
    cents = (pl.col("amount") * 100).round().cast(pl.Int64)
    sums = disputes.select(cents.filter(which).sum().alias(n) for n, which in amounts.items())
    incurred, decided, still = (number / 100 for number in sums.row(0))
    return {
        "disputed_days": days_deductions_outstanding(still, incurred, period.days),
        "disputed_by_resolution_days": days_deductions_outstanding(still, decided, period.days),
    }
