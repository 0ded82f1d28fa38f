"""KPI tables and headline cards; every number is the comparison's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mining.kpis import KpiDefinition
from reports.answer import (
    BETTER,
    CASE_KEYS,
    CHANGED,
    HEADLINE_CASH,
    HEADLINE_TIME,
    WORSE,
    definition_of,
    find,
    verdict,
)
from reports.documents.cells import change_cell, estimate_cell, text_cell
from reports.documents.document import Card, Cards, Cell, Column, Kind, Table
from reports.figures.value_axis import distinct
from reports.number_text import Scale, share_text
from scenarios.comparison import Comparison, MetricDifference, ScenarioOutcome

# More columns than these do not fit on a page; further scenarios get a table of their own.
SCENARIOS_PER_TABLE = 2

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

_KINDS: dict[str, Kind] = {BETTER: "better", WORSE: "worse", CHANGED: "changed"}


def kpi_tables(
    comparison: Comparison,
    definitions: Mapping[str, KpiDefinition],
    groups: Sequence[tuple[str, Sequence[str]]] | None = None,
    *,
    key: str = "kpis",
    caption: str = "KPIs",
) -> list[Table]:
    """Return tables of a few scenarios each: values with intervals, and differences.

    Parameters
    ----------
    comparison
        The baseline first.
    definitions
        Labels, units and directions.
    groups
        (title, KPI keys) of each part; every KPI of the comparison in one part when None.
    key, caption
        Of the tables; where there are several, the key ends in their number.
    """
    parts = groups if groups is not None else (("", metric_keys(comparison, definitions)),)
    told = [(title, keys) for title, keys in parts if keys]
    if not told:
        return []
    scenarios = comparison.outcomes[1:]
    columns = [
        scenarios[k : k + SCENARIOS_PER_TABLE]
        for k in range(0, len(scenarios), SCENARIOS_PER_TABLE)
    ] or [()]
    tables = []
    for number, chosen in enumerate(columns):
        rows: list[tuple[Cell, ...]] = []
        starts = []
        for title, keys in told:
            if title:
                starts.append((len(rows), title))
            rows += [_row(comparison, chosen, metric, definitions) for metric in keys]
        heads = [Column("KPI"), Column(comparison.outcomes[0].title, right=True)]
        for outcome in chosen:
            heads += [Column(outcome.title, True), Column(f"{outcome.title}: change", True)]
        names = distinct(head.name for head in heads)
        heads = [replace(head, name=name) for head, name in zip(heads, names, strict=True)]
        name = key if len(columns) == 1 else f"{key}-{number + 1}"
        tables.append(Table(name, caption, heads, rows, starts))
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


def cards(comparison: Comparison, definitions: Mapping[str, KpiDefinition]) -> Cards:
    """Return one card per scenario: time and cash large, then each case's own cycle time."""
    level = share_text(comparison.confidence)
    found = []
    for outcome in comparison.outcomes[1:]:
        items = []
        for difference in headlines(comparison, outcome, CASE_KEYS):
            cell = difference_cell(comparison, difference, definitions)
            note = f"{level} interval {cell.note}" if cell.note else ""
            label = definition_of(difference.metric, definitions).label
            items.append((label, replace(cell, note=note)))
        found.append(Card(outcome.title, items))
    return Cards(found)


def headlines(
    comparison: Comparison, outcome: ScenarioOutcome, further: Sequence[str] = ()
) -> list[MetricDifference]:
    """Return the scenario's differences in days and in cash, and those of *further* KPIs."""
    choices = (HEADLINE_TIME, HEADLINE_CASH, *((metric,) for metric in further))
    found = [find(comparison, outcome.name, keys) for keys in choices]
    return list({item.metric: item for item in found if item is not None}.values())


def difference_cell(
    comparison: Comparison,
    difference: MetricDifference,
    definitions: Mapping[str, KpiDefinition],
) -> Cell:
    """Return a difference with its interval, its verdict and, if detected, its percentage."""
    definition = definition_of(difference.metric, definitions)
    found = verdict(difference, definition)
    relative = _relative(difference) if difference.detected else ""
    return change_cell(
        difference.difference,
        definition.unit,
        comparison.currency,
        kind=_KINDS.get(found, "none"),
        verdict=f"{found}, {relative}" if relative else found,
    )


def _row(
    comparison: Comparison,
    scenarios: Sequence[ScenarioOutcome],
    key: str,
    definitions: Mapping[str, KpiDefinition],
) -> tuple[Cell, ...]:
    definition = definition_of(key, definitions)
    unit, currency = definition.unit, comparison.currency
    base = comparison.outcomes[0].estimates.get(key)
    cells = [text_cell(definition.label), estimate_cell(base, unit, currency)]
    for outcome in scenarios:
        difference = find(comparison, outcome.name, (key,))
        cells.append(estimate_cell(outcome.estimates.get(key), unit, currency))
        cells.append(
            text_cell("")
            if difference is None
            else difference_cell(comparison, difference, definitions)
        )
    return tuple(cells)


def _relative(difference: MetricDifference) -> str:
    """Return the difference in percent of the baseline, which is already a percentage."""
    relative = difference.relative_pct
    if relative is None or math.isnan(relative.mean):
        return ""
    scale = Scale(1.0, 1, after=" %")
    positive = relative.mean > 0 and not scale.is_nothing(relative.mean)
    return f"+{scale.text(relative.mean)}" if positive else scale.text(relative.mean)
