"""The business case in words: two lines for a reader in a hurry, then what stands behind them."""

from __future__ import annotations

import math

from reports.answer import HEADLINE_CASH, HEADLINE_TIME, find
from reports.number_text import scale_of
from scenarios.comparison import Comparison, ScenarioOutcome
from scenarios.estimate import Estimate
from scenarios.money.results import (
    BusinessCase,
    CashFlowAtRisk,
    CashFreed,
    DayRange,
    Payback,
)
from scenarios.money.waterfall import told_from_zero

NO_DIFFERENCE = "no detectable difference"
_CORRECTED = "once corrected for the number of comparisons"


def outcome_summary(comparison: Comparison, outcome: ScenarioOutcome) -> tuple[str, ...]:
    """Return :func:`summary` with the verdicts of the comparison; empty without a business case."""
    if outcome.business_case is None:
        return ()
    days = find(comparison, outcome.name, HEADLINE_TIME[:1])
    cash = find(comparison, outcome.name, HEADLINE_CASH[:1])
    return summary(
        outcome.business_case,
        None if days is None else days.difference,
        days_detected=days is None or days.detected,
        cash_detected=cash is None or cash.detected,
    )


def summary(
    case: BusinessCase,
    days: Estimate | None = None,
    *,
    days_detected: bool = True,
    cash_detected: bool = True,
) -> tuple[str, str]:
    """Return the business case in two lines: days and cash, then money a year and what it pays.

    Parameters
    ----------
    case
        Of the scenario.
    days
        Difference of the mean days from order to cash, scenario less baseline.
    days_detected, cash_detected
        Whether the comparison still tells days and cash tied up from zero after Holm's correction;
        what it does not is no saving here either.

    Returns
    -------
    tuple
        Two sentences; what cannot be told from zero is called *no detectable difference*.
    """
    cash = f"cash freed once: {_freed(case.cash, case.currency, cash_detected)}"
    if days is None:
        return f"{cash[0].upper()}{cash[1:]}.", _yearly(case)
    return f"{_days(days, days_detected)}; {cash}.", _yearly(case)


def risk_text(risk: CashFlowAtRisk, currency: str) -> str:
    """Return what the cash-flow-at-risk of one horizon says."""
    scale = scale_of("currency", risk.baseline_mean.mean, risk.baseline.mean, currency=currency)
    told = (
        f"{risk.horizon_days} days: {scale.text(risk.baseline_mean.mean)} expected; in one period "
        f"of {1 / (1 - risk.level):.0f} at least {scale.text(risk.baseline.mean)} less "
        f"({scale.number(risk.baseline.low)} to {scale.number(risk.baseline.high)})"
    )
    change = risk.difference
    if not told_from_zero(change):
        return f"{told}; {NO_DIFFERENCE} in the scenario"
    moved = scale_of("currency", change.mean, change.low, change.high, currency=currency)
    size = f"{moved.text(change.mean)} ({moved.number(change.low)} to {moved.number(change.high)})"
    return f"{told}; in the scenario {'+' if change.mean > 0 else ''}{size}"


def payback_text(payback: Payback, life_years: float) -> str:
    """Return a payback with its interval, for example ``14.4 months (12.0 to 18.1)``."""
    never = f"not within its life of {life_years:g} years"
    if payback.months is None and payback.earliest is None:
        return never
    best = f"{payback.earliest:.1f}"
    if payback.months is None:
        return f"{never} at the mean effect, after {best} months at best"
    if payback.latest is None:
        return f"{payback.months:.1f} months ({best} at best, perhaps {never})"
    return f"{payback.months:.1f} months ({best} to {payback.latest:.1f})"


def _days(days: Estimate, detected: bool) -> str:
    if math.isnan(days.mean):
        return "Order to cash: cannot be estimated from these replications"
    scale = scale_of("days", days.mean, days.low, days.high, difference=True)
    if not told_from_zero(days):
        return (
            f"Order to cash: {NO_DIFFERENCE} ({scale.number(days.low)} to {scale.text(days.high)})"
        )
    if not detected:
        return (
            f"Order to cash: {NO_DIFFERENCE} {_CORRECTED} "
            f"({scale.number(days.low)} to {scale.text(days.high)})"
        )
    low, high = sorted((abs(days.low), abs(days.high)))
    size = f"{scale.text(abs(days.mean))} ({scale.number(low)} to {scale.number(high)})"
    return f"Order to cash takes {size} {'less' if days.mean < 0 else 'more'}"


def _freed(cash: CashFreed, currency: str, detected: bool) -> str:
    if not told_from_zero(cash.amount):
        return _money(cash.amount, currency)
    # For a change that goes live, other days are counted than in the KPI that was tested.
    if not detected and cash.half is None:
        scale = scale_of(
            "currency",
            cash.amount.mean,
            cash.amount.low,
            cash.amount.high,
            currency=currency,
            difference=True,
        )
        span = f"{scale.text(cash.amount.low)} to {scale.text(cash.amount.high)}"
        return f"{NO_DIFFERENCE} {_CORRECTED} ({span})"
    when = "" if cash.half is None else f", half of it {_when(cash.half)}"
    return f"{_money(cash.amount, currency)}{when}"


def _when(day: DayRange) -> str:
    if day.day is None or day.earliest is None:
        return "later than is measured"
    latest = "later than is measured" if day.latest is None else f"{day.latest:.0f}"
    return f"by day {day.day:.0f} after the go-live ({day.earliest:.0f} to {latest})"


def _yearly(case: BusinessCase) -> str:
    when = "A year" if case.profit.per == "year" else "In the measured days"
    effect = f"{when}: {_money(case.profit.total, case.currency)}"
    made = case.investment
    if made is None:
        return f"{effect}; without a cost of the change there is no present value and no payback."
    life = made.cost.life_years
    return (
        f"{effect}; net present value over {life:g} years at "
        f"{made.cost.discount_rate_pct_per_year:g} %: {_money(made.npv, case.currency)}; payback: "
        f"{payback_text(made.payback, life)}."
    )


def _money(value: Estimate, currency: str) -> str:
    if math.isnan(value.mean):
        return "cannot be estimated from these replications"
    scale = scale_of(
        "currency", value.mean, value.low, value.high, currency=currency, difference=True
    )
    span = f"{scale.number(value.low)} to {scale.number(value.high)}"
    if not told_from_zero(value):
        if value.low == value.high == 0:
            return NO_DIFFERENCE
        return f"{NO_DIFFERENCE} ({scale.text(value.low)} to {scale.text(value.high)})"
    return f"{'+' if value.mean > 0 else ''}{scale.text(value.mean)} ({span})"
