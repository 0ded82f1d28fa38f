"""What a change does to the yearly result: sales, deductions, losses, fees, work, interest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from o2c_sim import CompanyModel
from scenarios.money.paired_runs import (
    MINOR_UNITS,
    Array,
    MeasuredRun,
    Timing,
    cost,
    flow,
    has_flow,
    require_paired,
)
from scenarios.money.results import Amount, ProfitEffect
from scenarios.statistics import t_interval

FINANCING = "financing"


@dataclass(frozen=True, slots=True)
class Rates:
    """What turns amounts of the books into profit.

    Parameters
    ----------
    gross_margin_share
        Part of a sale's net value that is left after what the goods cost, 0 to 1.
    tax_share
        Tax on top of the net value: 0.19 is 19 %.
    """

    gross_margin_share: float
    tax_share: float


def rates_of(model: CompanyModel) -> Rates:
    """Return the rates of a company: 1 less ``products.unit_cost_share``, ``billing.tax_share``."""
    return Rates(1 - model.products.unit_cost_share.value, model.billing.tax_share.value)


_Measure = Callable[[Sequence[MeasuredRun], Rates], Array]


@dataclass(frozen=True, slots=True)
class _Part:
    label: str
    explanation: str
    value: _Measure


def _sum(runs: Sequence[MeasuredRun], **signs: int) -> Array:
    total = np.sum([sign * flow(runs, name).sum(axis=1) for name, sign in signs.items()], axis=0)
    return np.asarray(total, dtype=np.float64) / MINOR_UNITS


def _sales(runs: Sequence[MeasuredRun], rates: Rates) -> Array:
    # What was ordered and kept meets the same customers in both runs. What was invoiced also
    # moves with each invoice that falls just before or after the measured days.
    if has_flow(runs, "ordered"):
        net = _sum(runs, ordered=1, changed=1, rejected=-1, cancelled=-1)
    else:
        net = _sum(runs, invoices=1, cancellations=-1) / (1 + rates.tax_share)
    return net * rates.gross_margin_share


_PARTS: dict[str, _Part] = {
    "sales_margin": _Part(
        "Gross margin of sales",
        "orders received less those changed, rejected and cancelled (or, where runs do not keep "
        "them, invoices less those cancelled), net of tax, at the gross margin",
        _sales,
    ),
    "credit_memos": _Part(
        "Credit memos",
        "on open items and on what was paid, net of tax; goods sent back count as worth nothing",
        lambda runs, r: _sum(runs, credit_memos=-1, account_credits=-1) / (1 + r.tax_share),
    ),
    "discounts": _Part(
        "Cash discounts",
        "discounts for early payment that were allowed, net of tax",
        lambda runs, r: _sum(runs, discounts=-1) / (1 + r.tax_share),
    ),
    "bad_debt": _Part(
        "Bad debt",
        "written off less recovered by agencies and insurers; the allowance does not count",
        lambda runs, r: _sum(runs, write_offs=-1, recoveries=1),
    ),
    "fees": _Part(
        "Fees",
        "bank, card and agency fees and the premium of the credit insurance",
        lambda runs, r: -cost(runs, "fees"),
    ),
    "labour": _Part(
        "Labour",
        "hours worked on the cycle's steps at people's cost per hour",
        lambda runs, r: -cost(runs, "labour"),
    ),
    "transaction": _Part(
        "Transactions",
        "systems, postage and charges per order, invoice, payment and activity",
        lambda runs, r: -cost(runs, "transaction"),
    ),
    "inventory": _Part(
        "Carrying cost of stock",
        "average stock at cost, at its carrying cost",
        lambda runs, r: -cost(runs, "financing", "inventory"),
    ),
    FINANCING: _Part(
        "Financing of receivables",
        "average receivables less unapplied cash, at the cost of capital",
        lambda runs, r: -cost(runs, "financing", "financing"),
    ),
}


def gains(
    baseline: Sequence[MeasuredRun],
    scenario: Sequence[MeasuredRun],
    rates: Rates,
    timing: Timing,
    changed: Rates | None = None,
) -> dict[str, Array]:
    """Return by how much each part of the result is better, by replication.

    Parameters
    ----------
    baseline, scenario
        Paired replications.
    rates
        See :func:`rates_of`.
    timing
        What is measured counts for the days in which the change was in force, and is brought to
        a year of 365 days; a change that ends is not.
    changed
        Rates of the company as the scenario makes it, where they differ.

    Returns
    -------
    dict
        Key of the part to shape (replications,), currency per year.

    Raises
    ------
    ScenarioError
        If the runs do not belong together.
    """
    require_paired(baseline, scenario)
    return {
        key: (part.value(scenario, changed or rates) - part.value(baseline, rates))
        * timing.per_year
        for key, part in _PARTS.items()
    }


def profit_effect(parts: dict[str, Array], timing: Timing, confidence: float) -> ProfitEffect:
    """Return the parts of :func:`gains` and their sum with paired t intervals."""
    return ProfitEffect(
        amounts=amounts(parts, confidence),
        total=t_interval(total(parts), confidence),
        per="year" if timing.stays else "measured days",
    )


def amounts(parts: dict[str, Array], confidence: float) -> tuple[Amount, ...]:
    """Return the parts of :func:`gains` as estimates."""
    return tuple(
        Amount(key, _PARTS[key].label, t_interval(value, confidence), _PARTS[key].explanation)
        for key, value in parts.items()
    )


def total(parts: dict[str, Array]) -> Array:
    """Return the sum of the parts, by replication."""
    return np.asarray(np.sum(list(parts.values()), axis=0), dtype=np.float64)
