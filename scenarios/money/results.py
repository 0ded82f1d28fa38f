"""What a change is worth: the figures of a business case, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.estimate import Band, Estimate


@dataclass(frozen=True, slots=True)
class Cost:
    """What the change itself costs, as the scenario file says it.

    Parameters
    ----------
    one_off
        Paid once, currency.
    one_off_day
        When, days from the first measured day.
    per_year
        Paid every year while the change is in force, currency.
    life_years
        How long the change is in force before it has to be made anew.
    discount_rate_pct_per_year
        Rate at which later money counts less.
    """

    one_off: float = 0.0
    one_off_day: float = 0.0
    per_year: float = 0.0
    life_years: float = 5.0
    discount_rate_pct_per_year: float = 8.0


@dataclass(frozen=True, slots=True)
class Amount:
    """One part of a sum of money; positive is better for the company.

    Parameters
    ----------
    key, label
        Short name and name for people.
    value
        Currency, or currency per year where the sum is a yearly one.
    explanation
        What is counted, in words.
    """

    key: str
    label: str
    value: Estimate
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class ProfitEffect:
    """What a change does to the result of a year.

    Parameters
    ----------
    amounts
        The parts, currency per year; they add up to the total in every replication.
    total
        Their sum, before the running cost of the change.
    per
        ``year``, or ``measured days`` for a change that ends and does not come back.
    """

    amounts: tuple[Amount, ...]
    total: Estimate
    per: str


@dataclass(frozen=True, slots=True)
class DayRange:
    """A day with its interval; None where it does not come in the measured period."""

    day: float | None
    earliest: float | None
    latest: float | None


@dataclass(frozen=True, slots=True)
class CashFreed:
    """Cash that is in the bank earlier than it would be: once, while the change lasts.

    Parameters
    ----------
    amount
        Fall of the cash tied up: averaged over the measured days for a change in force since
        before, over the last days for one that goes live in them; currency.
    receivables
        Fall of the open receivables over the same days, currency.
    path
        By measured day, the mean with its confidence interval, currency.
    path_of
        What the path follows: ``cash tied up`` or ``receivables less unapplied cash``.
    half, ninety
        Day after the go-live by which half and 90 % of the path's final level is in; None where
        the change was in force before the measured period or frees no cash that can be told
        from zero.
    note
        What limits the figures, in words; may be empty.
    """

    amount: Estimate
    receivables: Estimate
    path: Band
    path_of: str
    half: DayRange | None
    ninety: DayRange | None
    note: str


@dataclass(frozen=True, slots=True)
class CashFlowAtRisk:
    """How far customers' money of some days may fall short of what is expected.

    Parameters
    ----------
    horizon_days
        Length of the period looked at.
    level
        Confidence level, 0 to 1: receipts fall short by more in 1 - level of the periods.
    baseline_mean, scenario_mean
        Expected net receipts of one period, currency.
    baseline, scenario
        Cash-flow-at-risk: expected receipts less their (1 - level) quantile, currency.
    difference
        Scenario less baseline, paired.
    periods
        Periods that do not overlap in each replication.
    note
        Says when there are too few replications; may be empty.
    """

    horizon_days: int
    level: float
    baseline_mean: Estimate
    scenario_mean: Estimate
    baseline: Estimate
    scenario: Estimate
    difference: Estimate
    periods: int
    note: str


@dataclass(frozen=True, slots=True)
class Payback:
    """Months until a change has earned what it cost; None is "not within its life".

    Parameters
    ----------
    months
        At the mean effect.
    earliest, latest
        Months by which the upper and the lower limit of the mean cumulative gain are positive.
    confidence
        Of that interval, 0 to 1.
    """

    months: float | None
    earliest: float | None
    latest: float | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Investment:
    """What comes of the money put into a change.

    Parameters
    ----------
    cost
        As the scenario file says it.
    net_per_year
        Profit effect of a year less the running cost, currency.
    npv
        Net present value, currency.
    npv_amounts
        Its parts, present values that add up to it.
    payback
        From the yearly effect alone: cash freed does not count, as it must be given back.
    payback_with_cash
        The same with the cash freed counted when it comes in, and without what its financing
        would have cost.
    """

    cost: Cost
    net_per_year: Estimate
    npv: Estimate
    npv_amounts: tuple[Amount, ...]
    payback: Payback
    payback_with_cash: Payback


@dataclass(frozen=True, slots=True)
class BusinessCase:
    """What a scenario is worth, against its baseline, with what the figures rest on.

    Parameters
    ----------
    currency
        ISO code of all money.
    cash
        What comes once.
    profit
        What comes every year.
    investment
        None where the scenario names no cost of the change.
    cash_flow_at_risk
        By horizon.
    assumptions
        What the figures rest on, one sentence each.
    warnings
        What may be misread, one sentence each.
    """

    currency: str
    cash: CashFreed
    profit: ProfitEffect
    investment: Investment | None
    cash_flow_at_risk: tuple[CashFlowAtRisk, ...]
    assumptions: tuple[str, ...]
    warnings: tuple[str, ...]
