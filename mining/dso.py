"""Days sales outstanding and what goes with it, from balances and sales."""

from __future__ import annotations

import numpy as np

from mining.measures import Array


def dso_simple(receivables: float, credit_sales: float, days: float) -> float:
    """Return days sales outstanding: ending receivables x days / credit sales of those days.

    NaN when nothing was sold. Source: Credit Research Foundation, KPI definitions.
    """
    return receivables * days / credit_sales if credit_sales > 0 else float("nan")


def dso_countback(receivables: float, daily_sales: Array) -> float:
    """Return days sales outstanding by exhaustion.

    Sales are taken off the receivables from the last day backwards until nothing is left; the
    days needed are the DSO. It does not fall merely because sales rise.

    Parameters
    ----------
    receivables
        Open at the end of the last day, currency.
    daily_sales
        Credit sales by day, the last day last.

    Returns
    -------
    float
        Days; NaN when the sales given do not exhaust the receivables.
    """
    if receivables <= 0:
        return 0.0
    backwards = np.cumsum(daily_sales[::-1])
    day = int(np.searchsorted(backwards, receivables, side="left"))
    if day >= len(backwards):
        return float("nan")
    before = float(backwards[day - 1]) if day else 0.0
    return day + (receivables - before) / (float(backwards[day]) - before)


def best_possible_dso(current_receivables: float, credit_sales: float, days: float) -> float:
    """Return the DSO if every customer paid on time: receivables not yet due x days / sales.

    NaN when nothing was sold. Source: Credit Research Foundation, KPI definitions.
    """
    return dso_simple(current_receivables, credit_sales, days)


def average_days_delinquent(
    receivables: float, current_receivables: float, credit_sales: float, days: float
) -> float:
    """Return DSO less the best possible DSO: the days that late payment adds.

    NaN when nothing was sold. Source: Credit Research Foundation, KPI definitions.
    """
    return dso_simple(receivables - current_receivables, credit_sales, days)


def collection_effectiveness(
    opening: float, monthly_sales: float, closing: float, current_closing: float
) -> float:
    """Return the collection effectiveness index, 1 where all that was due was collected.

    (opening + monthly sales - closing) / (opening + monthly sales - current closing), receivables
    in currency. NaN when nothing was due. Source: Credit Research Foundation, KPI definitions.
    """
    due = opening + monthly_sales - current_closing
    return (opening + monthly_sales - closing) / due if due > 0 else float("nan")


def days_deductions_outstanding(outstanding: float, moved: float, days: float) -> float:
    """Return days deductions outstanding: amount under dispute / amount disputed a day.

    The denominator is in dispute: common is what was disputed in those days, some take what was
    decided. NaN when nothing was. Source: Corporate Finance Institute, days deductions outstanding.
    """
    return outstanding * days / moved if moved > 0 else float("nan")
