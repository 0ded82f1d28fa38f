"""The research appendix of a comparison: STRESS-DES, every difference, every parameter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby

from mining.kpis import DEFINITIONS, KpiDefinition
from reports.answer import definition_of, verdict
from reports.documents.cells import change_cell, count_cell, estimate_cell, text_cell, value_cell
from reports.documents.comparison_sources import definition_table, parameter_table, run_facts
from reports.documents.document import (
    Block,
    Cell,
    Code,
    Column,
    Document,
    Heading,
    Listing,
    Logo,
    Reproduction,
    Section,
    Table,
    Text,
)
from reports.number_text import Scale, count_text, share_text, significant_text
from scenarios.comparison import Comparison, MetricDifference, ScenarioOutcome
from scenarios.stress_des import BY_AUTHOR, FILLED, IN_PART, StressForm, StressItem, stress_des

_REFERENCE = (
    "After Monks et al., Strengthening the reporting of empirical simulation studies, Journal of "
    "Simulation 13(1), 2019, doi:10.1080/17477778.2018.1442155."
)


def appendix_document(
    comparison: Comparison,
    *,
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
    logo: Logo | None = None,
) -> Document:
    """Return what a reviewer asks for beside the report of a comparison.

    Parameters
    ----------
    comparison
        The baseline first.
    definitions
        Label, unit, formula and source of each KPI.
    logo
        For the head of the document.

    Returns
    -------
    Document
        The STRESS-DES form as filled in by the toolkit, the design of the experiment, every paired
        difference with interval, adjusted p-value, detectable difference and variance reduction,
        and every parameter with its provenance.
    """
    form = stress_des(comparison)
    return Document(
        kind="appendix",
        title=f"{comparison.company}: research appendix",
        heading="Research appendix: model, experiment and all results",
        kicker=f"{comparison.company} · order to cash · scenario comparison",
        basis=(
            f"{len(comparison.outcomes)} scenarios with the baseline, {comparison.replications} "
            f"replications each under common random numbers, {comparison.measured_days:g} measured "
            f"days, about {count_text(comparison.orders)} orders a replication."
        ),
        sections=[
            Section("design", "Design of the experiment", _design(comparison, form)),
            Section("stress-des", "STRESS-DES", _form(form), new_page=True),
            *_differences(comparison, definitions),
            Section("baseline", "The baseline", [_baseline(comparison, definitions)]),
            Section(
                "parameters", "Parameters", [parameter_table(comparison.parameters)], new_page=True
            ),
            Section(
                "definitions",
                "Definitions of the KPIs",
                definition_table(comparison, definitions),
                new_page=True,
            ),
        ],
        reproduction=Reproduction(comparison.command, comparison.seed, comparison.versions),
        currency=comparison.currency,
        logo=logo,
        result=partial(_result, comparison),
    )


def _result(comparison: Comparison) -> Mapping[str, object]:
    from scenarios.result_file import to_document

    return to_document(comparison)


def _design(comparison: Comparison, form: StressForm) -> list[Block]:
    return [
        run_facts(comparison),
        Text(
            [
                f"Intervals hold {share_text(comparison.confidence)} by Student's t over "
                "replications; differences are paired by replication. p-values are two-sided, of "
                "the paired t test, corrected by Holm's method over the scenarios, the main "
                "metrics as one family and all others as a second one. The detectable difference "
                "is the smallest that so many replications find with a probability of 80 %. "
                "Variance ratio: of the difference with its control variates over that without. "
                "Pairing gain: how many times as many replications with independent seeds would "
                "be as good.",
                f"STRESS-DES: {form.count(FILLED)} of {len(form.items)} items are filled in by the "
                f"toolkit, {form.count(IN_PART)} in part, {form.count(BY_AUTHOR)} are left to the "
                "author.",
            ]
        ),
    ]


def _form(form: StressForm) -> list[Block]:
    blocks: list[Block] = [Text([_REFERENCE], small=True)]
    for section, items in groupby(form.items, key=lambda item: item.section):
        blocks.append(Heading(section))
        for item in items:
            blocks += _item(item)
    return blocks


def _item(item: StressItem) -> list[Block]:
    name = f"{item.number} {item.name}"
    paragraphs = [text for text in item.paragraphs if text]
    blocks: list[Block] = []
    if paragraphs or not item.rows:
        blocks.append(Text([f"{name}. {paragraphs[0]}" if paragraphs else f"{name}."]))
    if paragraphs[1:]:
        blocks.append(Text(paragraphs[1:]))
    if item.diagram:
        blocks += [Text(["The flow chart in Mermaid's notation:"], small=True), Code(item.diagram)]
    if item.rows:
        rows = [[text_cell(cell) for cell in row] for row in item.rows]
        key = f"stress-des-{item.number.replace('.', '-')}"
        heads = [Column(head) for head in item.head]
        blocks.append(Table(key, name, heads, rows, folded=len(rows) > 12, most_rows=60))
    if item.asked:
        blocks.append(Listing("", [f"To be filled in by the author: {item.asked}."]))
    return blocks


def _differences(comparison: Comparison, definitions: Mapping[str, KpiDefinition]) -> list[Section]:
    tables = [
        _difference_table(comparison, number, outcome, definitions)
        for number, outcome in enumerate(comparison.outcomes[1:], start=1)
    ]
    return [Section("differences", "Every difference", tables, new_page=True)] if tables else []


def _difference_table(
    comparison: Comparison,
    number: int,
    outcome: ScenarioOutcome,
    definitions: Mapping[str, KpiDefinition],
) -> Table:
    heads = (
        "Metric", "Baseline", "Scenario", "Difference", "Relative", "Adjusted p", "Detectable",
        "Variance ratio", "Pairing gain",
    )  # fmt: skip
    rows = [
        _difference_row(comparison, item, definition_of(item.metric, definitions))
        for item in comparison.differences[outcome.name]
    ]
    return Table(
        f"differences-{number}",
        f"{outcome.title}: paired differences from the baseline",
        [Column(heads[0]), *(Column(head, right=True) for head in heads[1:])],
        rows,
    )


def _difference_row(
    comparison: Comparison, item: MetricDifference, definition: KpiDefinition
) -> Sequence[Cell]:
    unit, currency = definition.unit, comparison.currency
    relative = item.relative_pct
    controls = f"controls: {', '.join(item.controls)}" if item.controls else ""
    return (
        text_cell(definition.label, item.metric),
        estimate_cell(item.baseline, unit, currency),
        estimate_cell(item.scenario, unit, currency),
        change_cell(item.difference, unit, currency, verdict=verdict(item, definition)),
        text_cell("") if relative is None else change_cell(relative, "%"),
        Cell(_p_text(item.adjusted_p), item.adjusted_p),
        value_cell(item.detectable, unit, currency),
        _number(item.variance_ratio, controls),
        _number(item.pairing_gain),
    )


def _p_text(p: float) -> str:
    if math.isnan(p):
        return "n/a"
    limit = Scale(1.0, 4)
    return f"< {limit.number(0.0001)}" if p < 0.0001 else limit.number(p)


def _number(value: float, note: str = "") -> Cell:
    if math.isnan(value):
        return text_cell("", note)
    return Cell(significant_text(value, 3), value, note=note)


def _baseline(comparison: Comparison, definitions: Mapping[str, KpiDefinition]) -> Table:
    base = comparison.outcomes[0]
    rows = [
        (
            text_cell(definition_of(key, definitions).label, key),
            estimate_cell(estimate, definition_of(key, definitions).unit, comparison.currency),
            count_cell(comparison.replications),
        )
        for key, estimate in base.estimates.items()
    ]
    heads = [Column("KPI"), Column("Mean, with its interval", right=True)]
    return Table(
        "baseline", "KPIs of the baseline", [*heads, Column("Replications", right=True)], rows
    )
