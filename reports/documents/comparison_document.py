"""The comparison of scenarios as a document: the answer first, then what it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

from mining.kpis import DEFINITIONS, KpiDefinition
from reports.documents.cells import text_cell
from reports.documents.comparison_sources import (
    definition_table,
    parameter_table,
    provenance_text,
    run_facts,
)
from reports.documents.comparison_summary import (
    all_limits,
    further_section,
    method,
    summary_section,
)
from reports.documents.document import (
    Block,
    Cell,
    Column,
    Document,
    Facts,
    Heading,
    Logo,
    Reproduction,
    Section,
    Table,
    Text,
)
from reports.documents.kpi_view import cycle_groups, kpi_tables, other_groups
from reports.documents.money_view import money_blocks
from reports.documents.scenario_maps import map_blocks
from reports.figures.cash_curve import cash_curve_picture
from reports.figures.receivables import receivables_picture
from reports.figures.utilisation_heat_map import utilisation_picture
from reports.number_text import count_text, share_text
from scenarios.comparison import Comparison


def comparison_document(
    comparison: Comparison,
    *,
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
    logo: Logo | None = None,
    brief: bool = False,
) -> Document:
    """Return the report of a comparison.

    Parameters
    ----------
    comparison
        The baseline first; a baseline alone gives a report without differences.
    definitions
        Label, unit, direction and source of each KPI; keys not listed are shown by their key.
    logo
        For the head of the document.
    brief
        Whether to leave out all but the answer, what was changed and how it was simulated.

    Returns
    -------
    Document
        Its result is the comparison as its file has it.
    """
    compared = len(comparison.outcomes) > 1
    told = "scenario comparison" if compared else "simulation of the baseline"
    return Document(
        kind="comparison",
        title=f"{comparison.company}: order to cash, "
        + ("scenarios compared" if compared else "the baseline simulated"),
        heading="Which change brings the cash in sooner?"
        if compared
        else "How does the cash come in?",
        kicker=f"{comparison.company} \u00b7 order to cash \u00b7 {told}",
        basis=(
            f"Simulated: {comparison.measured_days:g} measured days, about "
            f"{count_text(comparison.orders)} orders, {comparison.replications} replications"
            + (", the same random numbers in every scenario." if compared else ".")
        ),
        sections=[
            summary_section(comparison, definitions),
            *further_section(comparison, definitions),
            *all_limits(comparison),
            *_levers(comparison),
            *([] if brief else _detail(comparison, definitions)),
            _run(comparison),
        ],
        reproduction=Reproduction(comparison.command, comparison.seed, comparison.versions),
        currency=comparison.currency,
        logo=logo,
        result=partial(_result, comparison),
    )


def _detail(comparison: Comparison, definitions: Mapping[str, KpiDefinition]) -> list[Section]:
    return [
        _cycle_times(comparison, definitions),
        _kpis(comparison, definitions),
        _cash(comparison),
        *_optional("money", "Business case", money_blocks(comparison)),
        Section("maps", "Process maps", map_blocks(comparison), new_page=True),
        *_optional("staff", "How busy people are", _staff(comparison)),
        *_optional("checks", "Checks", _checks(comparison)),
        _sources(comparison, definitions),
    ]


def _result(comparison: Comparison) -> Mapping[str, object]:
    from scenarios.result_file import to_document

    return to_document(comparison)


def _optional(key: str, title: str, blocks: list[Block]) -> list[Section]:
    return [Section(key, title, blocks)] if blocks else []


def _levers(comparison: Comparison) -> list[Section]:
    scenarios = comparison.outcomes[1:]
    if not scenarios:
        return []
    rows: list[tuple[Cell, ...]] = []
    groups = []
    for outcome in scenarios:
        groups.append((len(rows), outcome.title))
        rows += [
            (
                text_cell(f"{s.label} ({s.unit})" if s.unit else s.label),
                text_cell(s.before),
                text_cell(s.after),
                text_cell(s.source),
                text_cell(s.lever, code=True),
            )
            for s in outcome.settings
        ] or [tuple(text_cell(text) for text in ("No lever is moved.", "", "", "", ""))]
    heads = ("Lever", "Before", "After", "Published effect and evidence", "Key")
    table = Table(
        "levers",
        "Levers of each scenario, before and after. Everything else is as in the baseline.",
        [Column(name) for name in heads],
        rows,
        groups,
    )
    described = [(o.title, text_cell(o.description)) for o in scenarios if o.description]
    blocks: list[Block] = [Facts(described), table] if described else [table]
    return [Section("levers", "What was changed", blocks)]


def _cycle_times(comparison: Comparison, definitions: Mapping[str, KpiDefinition]) -> Section:
    level = share_text(comparison.confidence)
    compared = len(comparison.outcomes) > 1
    beside = "; beside each scenario's value its difference from the baseline" if compared else ""
    blocks: list[Block] = [
        *kpi_tables(
            comparison,
            definitions,
            cycle_groups(comparison),
            key="cycle-times",
            caption=f"Mean, median and 90th percentile with {level} intervals{beside}.",
        )
    ]
    if not blocks:
        blocks.append(Text(["No cycle times were measured."]))
    elif compared:
        blocks.append(Text([method(comparison)], small=True))
    return Section("cycle", "Cycle times", [*blocks, *_terms(comparison)])


def _terms(comparison: Comparison) -> list[Block]:
    if not comparison.terms_bound:
        return []
    titles = {outcome.name: outcome.title for outcome in comparison.outcomes}
    rows = [
        (text_cell(titles.get(name, name)), _share_cell(share))
        for name, share in comparison.terms_bound.items()
    ]
    return [
        Heading("How much of it is merely payment terms"),
        Text(
            [
                "So much of the time from invoice to cash lies before the due date, within the "
                "credit period agreed with the customer. Work on late payment, disputes and cash "
                "application can act on the rest; the part within terms shrinks only where "
                "customers pay or are cleared earlier still, or get other terms."
            ]
        ),
        Table(
            "payment-terms",
            "Share of the time from invoice to cash that lies within the payment terms",
            (Column("Scenario"), Column("Within payment terms", unit="share")),
            rows,
        ),
    ]


def _share_cell(share: float) -> Cell:
    known = None if math.isnan(share) else share
    return Cell(share_text(share, 1), known, "share", bar=known)


def _kpis(comparison: Comparison, definitions: Mapping[str, KpiDefinition]) -> Section:
    level = share_text(comparison.confidence)
    beside = (
        " Beside each scenario's value: its difference from the baseline with the interval, the "
        "verdict after Holm's correction and, where a difference was detected, its size in percent "
        "of the baseline."
        if len(comparison.outcomes) > 1
        else ""
    )
    tables: list[Block] = [
        *kpi_tables(
            comparison,
            definitions,
            other_groups(comparison, definitions),
            key="kpis",
            caption=f"Mean over replications with its {level} interval.{beside}",
        )
    ]
    return Section("kpis", "Other KPIs", tables or [Text(["No KPI was measured."])])


def _cash(comparison: Comparison) -> Section:
    curve = cash_curve_picture(comparison)
    owed = receivables_picture(comparison)
    blocks: list[Block] = [curve]
    if len(comparison.outcomes) > 1:
        blocks.append(
            Text(
                [
                    "Besides money that is in earlier, the lead over the baseline counts credit "
                    "memos avoided and orders not lost, which go on for as long as the change "
                    "lasts."
                ],
                small=True,
            )
        )
    blocks += [
        owed,
        Text(
            [
                "Receivables fall when invoices are cleared sooner in the books, too, even where "
                "no customer pays sooner: see cash tied up, and invoice to payment received."
            ],
            small=True,
        ),
    ]
    return Section("cash", "Cash", blocks)


def _staff(comparison: Comparison) -> list[Block]:
    if not any(outcome.utilisation for outcome in comparison.outcomes):
        return []
    return [utilisation_picture(comparison)]


def _checks(comparison: Comparison) -> list[Block]:
    if not comparison.checks:
        return []
    return [Facts([(label, text_cell(text)) for label, text in comparison.checks.items()])]


def _sources(comparison: Comparison, definitions: Mapping[str, KpiDefinition]) -> Section:
    blocks: list[Block] = []
    if comparison.parameters:
        blocks.append(Text([provenance_text(comparison.parameters)]))
        blocks.append(parameter_table(comparison.parameters))
    else:
        blocks.append(Text(["The sources of the company's parameters were not recorded."]))
    blocks += definition_table(comparison, definitions)
    return Section("parameters", "Where the numbers come from", blocks)


def _run(comparison: Comparison) -> Section:
    return Section(
        "run",
        "How it was simulated",
        [
            run_facts(comparison),
            Text(
                [
                    f"Simulated results for {comparison.company}. They hold for the model and the "
                    "parameters above, not for the future."
                ],
                small=True,
            ),
        ],
    )
