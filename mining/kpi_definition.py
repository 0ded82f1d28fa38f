"""What a KPI is: formula, population, unit and source, beside the number wherever it goes."""

from __future__ import annotations

from dataclasses import dataclass

from o2c_sim import vocabulary as v

ORDERS = "orders received in the period; those that have not got so far are left out and counted"
INVOICES = (
    "invoices issued in the period and cleared; those that are open, written off, cancelled or "
    "credited in full (they bring no cash) are left out"
)
RECEIVED = "orders received in the period"
ISSUED = "invoices issued in the period"
DAYS = "days of the period"
CREDIT_HOLD = (v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT)
TRADE = "common usage in the trade; no standard opened"
CRF = "Credit Research Foundation, KPI definitions"


@dataclass(frozen=True, slots=True)
class KpiDefinition:
    """What a KPI means.

    Parameters
    ----------
    key
        Identifier, for example ``order_to_cash_mean_days``.
    label
        Name for people.
    unit
        ``days``, ``hours``, ``share`` (0 to 1), ``currency`` or ``count``.
    formula
        The formula in words.
    population
        Which orders, invoices or days, and what happens to open ones.
    source
        Where the definition comes from.
    better
        ``lower``, ``higher`` or ``neither``.
    needs
        Activities of the reference vocabulary, one of which the log must record; without it the
        KPI would be a number about nothing and is left out.
    """

    key: str
    label: str
    unit: str
    formula: str
    population: str
    source: str
    better: str
    needs: tuple[str, ...] = ()


def spread_of(
    stem: str, unit: str, label: str, formula: str, population: str, source: str, needs: str
) -> list[KpiDefinition]:
    """Return the definitions of mean, median and 90th percentile of a time; less is better."""
    return [
        KpiDefinition(
            f"{stem}_{statistic}_{unit}",
            f"{label}, {word}",
            unit,
            formula,
            population,
            source,
            "lower",
            (needs,),
        )
        for statistic, word in (("mean", "mean"), ("median", "median"), ("p90", "90th percentile"))
    ]
