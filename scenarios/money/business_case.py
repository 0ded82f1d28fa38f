"""The business case of a scenario: cash once, profit every year, what it costs, what it risks."""

from __future__ import annotations

from collections.abc import Sequence

from o2c_sim import CompanyModel
from o2c_sim.model.section import ROLES
from scenarios.money.cash_flow_at_risk import cash_flow_at_risk
from scenarios.money.cash_freed import cash_freed, freed
from scenarios.money.investment import investment
from scenarios.money.ledger_bridge import require_reconciled
from scenarios.money.paired_runs import MeasuredRun, Timing, has_flow, require_paired
from scenarios.money.profit import gains, profit_effect, rates_of
from scenarios.money.results import BusinessCase, Cost, ProfitEffect
from scenarios.money.waterfall import told_from_zero

# A part that makes more of the total than this is named.
_DOMINANT = 0.6


def business_case(
    baseline: Sequence[MeasuredRun],
    scenario: Sequence[MeasuredRun],
    *,
    model: CompanyModel,
    changed: CompanyModel,
    timing: Timing,
    cost: Cost | None = None,
    volume_response_pct: float = 0.0,
    confidence: float = 0.95,
) -> BusinessCase:
    """Return what a scenario is worth.

    Parameters
    ----------
    baseline, scenario
        Paired replications, with their costs and daily flows.
    model, changed
        The company as it is, and as the scenario makes it in the end.
    timing
        When the change is in force.
    cost
        What it costs; without it there is neither present value nor payback.
    volume_response_pct
        What the scenario file assumes the change to do to the order volume; it is in the runs
        already and here only told.
    confidence
        Of all intervals.

    Raises
    ------
    ScenarioError
        If the runs do not belong together, their books do not reconcile, or the cost makes no
        sense.
    """
    require_paired(baseline, scenario)
    require_reconciled(baseline)
    require_reconciled(scenario)
    parts = gains(baseline, scenario, rates_of(model), timing, rates_of(changed))
    cash = cash_freed(baseline, scenario, timing, confidence)
    profit = profit_effect(parts, timing, confidence)
    half_day = None if cash.half is None else cash.half.day
    return BusinessCase(
        currency=model.currency,
        cash=cash,
        profit=profit,
        investment=(
            None
            if cost is None
            else investment(
                parts,
                freed(baseline, scenario, timing),
                timing.first_day + (half_day or 0),
                cost,
                timing,
                confidence,
            )
        ),
        cash_flow_at_risk=cash_flow_at_risk(baseline, scenario, timing, confidence),
        assumptions=_assumptions(model, timing, cost, volume_response_pct),
        warnings=(
            *_hired(model, changed),
            *_few_days(timing),
            *_dominant(profit),
            *_sales_by_invoices((*baseline, *scenario)),
        ),
    )


def _assumptions(
    model: CompanyModel, timing: Timing, cost: Cost | None, volume_response_pct: float
) -> tuple[str, ...]:
    """Return what the figures rest on, one sentence each."""
    margin, tax = model.products.unit_cost_share, model.billing.tax_share
    capital = model.costs.capital_cost_share_per_year
    stock = model.inventory.carrying_cost_share_per_year
    days = timing.measured_days - timing.first_day
    said = [
        "Every figure is the scenario less the baseline in the same replication: same orders, "
        "customers and luck.",
        f"A year is what {days} measured days show, times {timing.per_year:.3g}; no season is "
        "taken out and nothing grows."
        if timing.stays
        else "The change ends within the measured days: amounts are of these days, not of a year.",
        f"Sales lost or won count at a gross margin of {1 - margin.value:.1%} "
        f"({margin.provenance}).",
        f"Tax of {tax.value:.1%} on sales is passed on and no profit; income tax is left out.",
        "Labour is hours worked, not people paid: hours saved are money only where they are used "
        "for other work or the payroll shrinks. New staff belongs in the cost of the change.",
        f"Financing costs {capital.value:.1%} a year ({capital.provenance}) of receivables less "
        f"unapplied cash; stock costs {stock.value:.1%} ({stock.provenance}).",
        "Credit memos are income lost: the model bills what was ordered, so a memo never corrects "
        "too high a bill.",
        "Bad debt counts when it is written off; the allowance is an estimate of it and not "
        "counted as well.",
        "The company pays its suppliers as before.",
    ]
    if volume_response_pct:
        said.append(
            f"Customers are assumed to order {volume_response_pct:+g} % because of the change; the "
            "runs contain it."
        )
    if cost is not None:
        said += [
            f"The change costs {cost.one_off:,.0f} {model.currency} once and "
            f"{cost.per_year:,.0f} {model.currency} a year, as the scenario says, and lasts "
            f"{cost.life_years:g} years.",
            f"Later money counts less by {cost.discount_rate_pct_per_year:g} % a year; yearly "
            "effects come at the end of each year.",
            "Cash freed is given back at the end of the life. The present value counts the cash "
            "and not the financing it saves; the yearly effect counts the financing and not the "
            "cash.",
            "Payback is not discounted and does not count the cash freed, unless it says so.",
        ]
    return tuple(said)


def _hired(model: CompanyModel, changed: CompanyModel) -> list[str]:
    before = {role: model.staff[role].headcount.value for role in ROLES}
    after = {role: changed.staff[role].headcount.value for role in ROLES}
    return [
        f"{role}: {before[role]} people become {after[role]}; pay for hours without work is not in "
        "the labour cost, so put it into the running cost of the change"
        for role in ROLES
        if before[role] != after[role]
    ]


def _few_days(timing: Timing) -> list[str]:
    said = []
    if timing.until_day is not None and timing.until_day > timing.measured_days:
        said.append(
            f"the change ends on day {timing.until_day:g}, after the measured days; what it does "
            "later is not in the figures"
        )
    days = timing.measured_days - timing.first_day
    if timing.stays and days < 90:
        said.append(
            f"a year is made of {days} days; losses that are rare are badly known from so few"
        )
    if timing.stays and timing.goes_live:
        said.append(
            "the year is made of the days since the go-live, ramp-up included; the full effect is "
            "larger where it builds up"
        )
    if float("-inf") < timing.from_day < 0:
        said.append(
            f"the change began {-timing.from_day:g} days before the measured days; what it does "
            "may not have settled by then"
        )
    return said


def _dominant(profit: ProfitEffect) -> list[str]:
    """Say it where one part makes most of the total: a reader should look at that part first."""
    if not told_from_zero(profit.total):
        return []
    return [
        f"{part.label} makes {part.value.mean / profit.total.mean:.0%} of the total: "
        f"{part.explanation}"
        for part in profit.amounts
        if part.value.mean / profit.total.mean > _DOMINANT
    ]


def _sales_by_invoices(runs: Sequence[MeasuredRun]) -> list[str]:
    if has_flow(runs, "ordered"):
        return []
    return [
        "sales are counted by invoices; those that fall just before or after the measured days "
        "widen the interval of their margin"
    ]
