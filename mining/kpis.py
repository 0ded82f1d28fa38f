"""Order-to-cash KPIs: the one place where their formulas live."""

from __future__ import annotations

from dataclasses import dataclass


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
    """

    key: str
    label: str
    unit: str
    formula: str
    population: str
    source: str
    better: str


DEFINITIONS: dict[str, KpiDefinition] = {}
