"""KPI tables and headline cards as texts for a template; every number is the comparison's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mining.kpis import KpiDefinition
from reports.answer import (
    BETTER,
    CASE_KEYS,
    CHANGED,
    HEADLINE_CASH,
    HEADLINE_TIME,
    WORSE,
    definition_of,
    estimate_text,
    find,
    signed_text,
    verdict,
)
from reports.number_text import Scale
from scenarios.comparison import Comparison, MetricDifference, ScenarioOutcome

# More columns than these do not fit on a page; further scenarios get a table of their own.
SCENARIOS_PER_TABLE = 3

# (title, prefix of the keys, unit of the keys)
CYCLES = (
    (
        "Case A, order processing: order receipt to confirmation, business hours",
        "order_processing",
        "hours",
    ),
    ("Case B, collection cycle: invoice to cash, calendar days", "invoice_to_cash", "days"),
    ("The whole cycle: order to cash, calendar days", "order_to_cash", "days"),
)
STATISTICS = ("mean", "median", "p90")

_KINDS = {BETTER: "better", WORSE: "worse", CHANGED: "changed"}


def kpi_tables(
    comparison: Comparison,
    definitions: Mapping[str, KpiDefinition],
    groups: Sequence[tuple[str, Sequence[str]]] | None = None,
) -> list[dict[str, object]]:
    """Return tables of a few scenarios each.

    Parameters
    ----------
    comparison
        The baseline first.
    definitions
        Labels, units and directions.
    groups
        (title, KPI keys) of each part; every KPI of the comparison in one part when None.
    """
    parts = groups if groups is not None else (("", metric_keys(comparison, definitions)),)
    scenarios = comparison.outcomes[1:]
    columns = [
        scenarios[k : k + SCENARIOS_PER_TABLE]
        for k in range(0, len(scenarios), SCENARIOS_PER_TABLE)
    ] or [()]
    tables: list[dict[str, object]] = []
    for chosen in columns:
        filled = [
            {
                "title": title,
                "rows": [_row(comparison, chosen, key, definitions) for key in keys],
            }
            for title, keys in parts
            if keys
        ]
        if filled:
            tables.append({"names": [outcome.title for outcome in chosen], "groups": filled})
    return tables


def cycle_groups(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """Return for each case's cycle time the keys of its statistics that were measured."""
    known = set(comparison.outcomes[0].estimates) if comparison.outcomes else set()
    groups = []
    for title, prefix, unit in CYCLES:
        keys = [f"{prefix}_{statistic}_{unit}" for statistic in STATISTICS]
        groups.append((title, [key for key in keys if key in known]))
    return [group for group in groups if group[1]]


def other_groups(
    comparison: Comparison, definitions: Mapping[str, KpiDefinition]
) -> list[tuple[str, list[str]]]:
    """Return the keys of all KPIs that are not among the cycle times."""
    told = {key for _, keys in cycle_groups(comparison) for key in keys}
    return [("", [key for key in metric_keys(comparison, definitions) if key not in told])]


def metric_keys(comparison: Comparison, definitions: Mapping[str, KpiDefinition]) -> list[str]:
    """Return every KPI of any outcome, in the order of the definitions, unlisted ones last."""
    known = {key for outcome in comparison.outcomes for key in outcome.estimates}
    listed = [key for key in definitions if key in known]
    return listed + sorted(known - set(listed))


def cards(
    comparison: Comparison, definitions: Mapping[str, KpiDefinition]
) -> list[dict[str, object]]:
    """Return one card per scenario: time and cash large, then each case's own cycle time."""
    result: list[dict[str, object]] = []
    for outcome in comparison.outcomes[1:]:
        items: list[dict[str, str]] = []
        told: set[str] = set()
        for keys in (HEADLINE_TIME, HEADLINE_CASH, *((key,) for key in CASE_KEYS)):
            found = find(comparison, outcome.name, keys)
            if found is not None and found.metric not in told:
                told.add(found.metric)
                items.append(_card_item(comparison, found, definitions))
        result.append({"title": outcome.title, "items": items})
    return result


def _card_item(
    comparison: Comparison,
    difference: MetricDifference,
    definitions: Mapping[str, KpiDefinition],
) -> dict[str, str]:
    definition = definition_of(difference.metric, definitions)
    change, interval = signed_text(difference.difference, definition.unit, comparison.currency)
    found = verdict(difference, definition)
    return {
        "label": definition.label,
        "change": change,
        "interval": interval,
        "relative": _relative(difference) if difference.detected else "",
        "verdict": found,
        "kind": _KINDS.get(found, "none"),
    }


def _row(
    comparison: Comparison,
    scenarios: Sequence[ScenarioOutcome],
    key: str,
    definitions: Mapping[str, KpiDefinition],
) -> dict[str, object]:
    definition = definition_of(key, definitions)
    value, interval = estimate_text(
        comparison.outcomes[0].estimates.get(key), definition.unit, comparison.currency
    )
    return {
        "label": definition.label,
        "baseline": {"value": value, "interval": interval},
        "cells": [_cell(comparison, outcome, key, definition) for outcome in scenarios],
    }


def _cell(
    comparison: Comparison, outcome: ScenarioOutcome, key: str, definition: KpiDefinition
) -> dict[str, str]:
    value, _ = estimate_text(outcome.estimates.get(key), definition.unit, comparison.currency)
    difference = find(comparison, outcome.name, (key,))
    if difference is None:
        return {
            "value": value,
            "change": "",
            "interval": "",
            "relative": "",
            "verdict": "",
            "kind": "",
        }
    change, interval = signed_text(difference.difference, definition.unit, comparison.currency)
    found = verdict(difference, definition)
    return {
        "value": value,
        "change": change,
        "interval": interval,
        "relative": _relative(difference) if difference.detected else "",
        "verdict": found,
        "kind": _KINDS.get(found, "none"),
    }


def _relative(difference: MetricDifference) -> str:
    """Return the difference in percent of the baseline, which is already a percentage."""
    relative = difference.relative_pct
    if relative is None or math.isnan(relative.mean):
        return ""
    scale = Scale(1.0, 1, after=" %")
    positive = relative.mean > 0 and scale.number(relative.mean).strip("0.")
    return f"+{scale.text(relative.mean)}" if positive else scale.text(relative.mean)
