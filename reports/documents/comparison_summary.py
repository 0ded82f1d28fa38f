"""The first page of a comparison: the answer, its numbers, what limits them, one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mining.kpis import KpiDefinition
from reports.answer import (
    CASE_KEYS,
    HEADLINE_CASH,
    HEADLINE_TIME,
    definition_of,
    scenario_sentences,
)
from reports.documents.cells import estimate_cell
from reports.documents.document import Answer, Block, Cards, Cell, Facts, Section, Text, Warnings
from reports.documents.kpi_view import cards, difference_cell, headlines
from reports.figures.headline_changes import ChangeSeries, headline_changes_picture
from reports.number_text import count_text, share_text
from scenarios.comparison import Comparison

# What fits on one page of paper beside the picture.
SCENARIOS_ON_PAGE = 3
_WARNINGS_ON_PAGE = 3
# The first sentence of a scenario has days and cash; the picture has room for both.
_QUANTITIES = 2
# One row of large numbers.
_FACTS = 4


def summary_section(comparison: Comparison, definitions: Mapping[str, KpiDefinition]) -> Section:
    """Return what fits on one page: with more scenarios than three, the rest follow after it."""
    scenarios = comparison.outcomes[1:]
    if not scenarios:
        nothing = "Only the baseline was simulated; there is nothing to compare it with."
        answer = [Answer([("", nothing)]), *_baseline_facts(comparison, definitions)]
        return Section("answer", "The answer", [*answer, *_main_limits(comparison)])
    chosen = scenarios[:SCENARIOS_ON_PAGE]
    blocks: list[Block] = [
        Answer([(o.title, scenario_sentences(comparison, o, definitions)) for o in chosen])
    ]
    if len(scenarios) > len(chosen):
        blocks.append(
            Text(
                [
                    f"The first {len(chosen)} of {count_text(len(scenarios))} scenarios, in the "
                    "order of the command; the others follow on the next page."
                ],
                small=True,
            )
        )
    else:
        blocks.append(cards(comparison, definitions))
    blocks += _main_limits(comparison)
    series = _series(comparison, definitions)
    if series:
        level = share_text(comparison.confidence)
        blocks.append(headline_changes_picture([o.title for o in scenarios], series, level))
    return Section("answer", "The answer", blocks)


def _baseline_facts(
    comparison: Comparison, definitions: Mapping[str, KpiDefinition]
) -> list[Block]:
    """Return the main numbers of the baseline, each with its interval."""
    found = comparison.outcomes[0].estimates
    items = []
    for keys in (HEADLINE_TIME, HEADLINE_CASH, *((key,) for key in CASE_KEYS)):
        key = next((key for key in keys if key in found), "")
        definition = definition_of(key, definitions)
        cell = estimate_cell(found.get(key), definition.unit, comparison.currency)
        if cell.note:
            cell = replace(cell, note=f"{share_text(comparison.confidence)} interval {cell.note}")
        if key and (definition.label, cell) not in items:
            items.append((definition.label, cell))
    return [Facts(items[:_FACTS], large=True)] if items else []


def further_section(
    comparison: Comparison, definitions: Mapping[str, KpiDefinition]
) -> list[Section]:
    """Return every scenario with its card where they do not all fit on the first page."""
    scenarios = comparison.outcomes[1:]
    if len(scenarios) <= SCENARIOS_ON_PAGE:
        return []
    told = [(o.title, scenario_sentences(comparison, o, definitions)) for o in scenarios]
    found: Cards = cards(comparison, definitions)
    return [Section("scenarios", "Every scenario", [Answer(told), found])]


def limits(comparison: Comparison) -> list[tuple[str, str]]:
    """Return each warning once, with the scenarios that it holds for."""
    where: dict[str, list[str]] = {}
    for outcome in comparison.outcomes:
        for text in outcome.warnings:
            where.setdefault(text, []).append(outcome.title)
    return [
        (_titles(list(dict.fromkeys(titles)), len(comparison.outcomes)), text)
        for text, titles in where.items()
    ]


def method(comparison: Comparison) -> str:
    """Return what the intervals are, and when a difference counts as detected."""
    return (
        f"In brackets: {share_text(comparison.confidence)} confidence intervals of the difference "
        f"from the baseline, paired over {comparison.replications} replications with the same "
        "random numbers. A difference counts as detected when it is still told from zero after "
        "Holm's correction over the scenarios and, apart from one another, the main metrics and "
        "all others; no detectable difference does not mean none."
    )


def _main_limits(comparison: Comparison) -> list[Block]:
    found = limits(comparison)
    if not found:
        return []
    shown = found[:_WARNINGS_ON_PAGE]
    if len(found) > len(shown):
        left = len(found) - len(shown)
        rest = f"{left} more limit{'s' if left == 1 else ''} these results; see below."
        shown.append(("", rest))
    return [Warnings(shown)]


def all_limits(comparison: Comparison) -> list[Section]:
    """Return every warning where the first page has not room for all."""
    found = limits(comparison)
    if len(found) <= _WARNINGS_ON_PAGE:
        return []
    return [Section("warnings", "What limits these results", [Warnings(found)])]


def _titles(titles: Sequence[str], all_of_them: int) -> str:
    if len(titles) == all_of_them > 1:
        return "Every scenario"
    return ", ".join(titles)


def _series(comparison: Comparison, definitions: Mapping[str, KpiDefinition]) -> list[ChangeSeries]:
    """Return the differences of the headline metrics, a cell for each scenario."""
    scenarios = comparison.outcomes[1:]
    found = [{d.metric: d for d in headlines(comparison, o)} for o in scenarios]
    metrics = list(dict.fromkeys(metric for of_one in found for metric in of_one))
    series = []
    for metric in metrics[:_QUANTITIES]:
        definition = definition_of(metric, definitions)
        cells = [
            difference_cell(comparison, of_one[metric], definitions)
            if metric in of_one
            else Cell("not compared")
            for of_one in found
        ]
        series.append(ChangeSeries(definition.label, definition.unit, comparison.currency, cells))
    return series
