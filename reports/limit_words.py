"""Limits of a search in words: ``Cost per order at most EUR 31.50``."""

from __future__ import annotations

from collections.abc import Mapping

from mining.kpis import DEFINITIONS, KpiDefinition
from reports.answer import definition_of, signed_text
from reports.number_text import scale_of, share_text, value_text
from scenarios.estimate import Estimate
from scenarios.search.constraint import Constraint


def limit_words(
    one: Constraint, currency: str = "", definitions: Mapping[str, KpiDefinition] = DEFINITIONS
) -> str:
    """Return a limit in words, with its unit.

    Parameters
    ----------
    one
        The limit.
    currency
        ISO code.
    definitions
        Labels and units of KPIs.
    """
    definition = definition_of(one.kpi, definitions)
    return f"{definition.label} {one.sense} {limit_value(one, currency, definitions)}"


def limit_value(
    one: Constraint, currency: str = "", definitions: Mapping[str, KpiDefinition] = DEFINITIONS
) -> str:
    """Return what a limit allows, such as ``EUR 31.50``, ``today's`` or ``today's +2.0 %``."""
    unit = definition_of(one.kpi, definitions).unit
    if one.limit.kind == "level":
        return value_text(one.limit.value, unit, currency)
    if not one.limit.value:
        return "today's"
    sign = "+" if one.limit.value > 0 else "-"
    size = abs(one.limit.value)
    if one.limit.kind == "relative":
        decimals = 0 if round(100 * size, 6).is_integer() else 1
        return f"today's {sign}{share_text(size, decimals)}"
    text = scale_of(unit, size, currency=currency, difference=True).text(size)
    return f"today's {sign}{text}"


def distance(one: Constraint, margin: Estimate) -> Estimate:
    """Return KPI less limit: above 0 where the KPI lies above it, whichever side is allowed."""
    if one.sense == "at most":
        return margin
    return Estimate(
        -margin.mean,
        -margin.high,
        -margin.low,
        margin.standard_deviation,
        margin.replications,
        margin.confidence,
    )


def distance_text(
    one: Constraint,
    margin: Estimate,
    currency: str = "",
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> str:
    """Return how far a KPI lies from its limit, with sign, unit and interval."""
    unit = definition_of(one.kpi, definitions).unit
    text, span = signed_text(distance(one, margin), unit, currency)
    return f"{text} ({span})" if span else text
