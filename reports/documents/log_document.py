"""The template for the analysis of an event log: the summary first, then what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mining.finding import Finding
from mining.kpis import DEFINITIONS, KpiDefinition
from reports.answer import definition_of, told_population
from reports.documents.cells import count_cell, duration_cell, text_cell, value_cell
from reports.documents.conformance_tables import conformance_blocks
from reports.documents.document import (
    Answer,
    Block,
    Cell,
    Column,
    Document,
    Facts,
    Listing,
    Section,
    Table,
    Text,
    Warnings,
)
from reports.documents.log_map import map_sections
from reports.documents.log_report import LogReport
from reports.documents.log_summary import answers
from reports.documents.view_sections import view_sections
from reports.figures.variant_bars import variant_bars_picture
from reports.number_text import count_text, share_text

_VARIANTS_SHOWN = 20
_MOST_VARIANTS = 2_000
_FINDINGS_SHOWN = 6
# Sequences of cases that go round for ever are cut, and say so.
_STEPS = 60
_PERIOD = ("First event", "Last event")


def log_document(
    analysis: LogReport,
    *,
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> Document:
    """Return the document of a log.

    Parameters
    ----------
    analysis
        What was found.
    definitions
        Label, unit and source of each KPI.

    Raises
    ------
    MissingDependencyError
        If the layout engine of the process map is not installed.
    """
    sections = [
        Section("summary", "Summary", _summary(analysis)),
        Section("quality", "Data quality", _quality(analysis)),
        *map_sections(analysis.title, analysis.graph, analysis.path_cases),
        Section("model", "Process model", analysis.model, new_page=True),
        *(() if analysis.views is None else view_sections(analysis.views, analysis.currency)),
        *analysis.sections,
        Section("variants", "Variants", _variants(analysis)),
        Section("kpis", "KPIs", _kpis(analysis, definitions)),
        Section(
            "conformance",
            "Conformance",
            conformance_blocks(analysis.conformance, analysis.prices, analysis.currency),
        ),
    ]
    return Document(
        kind="log",
        title=f"{analysis.title}: order to cash, event log analysed",
        heading=analysis.title,
        kicker="Order to cash · event log",
        basis=_basis(analysis),
        sections=[section for section in sections if section.blocks],
        reproduction=analysis.reproduction,
        currency=analysis.currency,
        logo=analysis.logo,
        result=analysis.result,
    )


def _summary(analysis: LogReport) -> list[Block]:
    serious = [f for f in analysis.findings if f.severity == "serious"]
    blocks: list[Block] = [Facts(_facts(analysis), large=True), Answer(answers(analysis))]
    if serious:
        shown = [("", finding.message) for finding in serious[:_FINDINGS_SHOWN]]
        left = len(serious) - len(shown)
        if left > 0:
            shown.append(("", f"{count_text(left)} more are listed under Data quality"))
        blocks.append(Warnings(shown))
    note = (
        "Throughput time is calendar time from a case's first to its last event. Analysed from "
        "the event log as it was given; what the log does not hold, the report cannot show."
    )
    return [*blocks, Text([note], small=True)]


def _basis(analysis: LogReport) -> str:
    parts = [f"{count_text(analysis.graph.cases)} cases", f"{_events(analysis).text} events"]
    days = [analysis.quality[name].text for name in _PERIOD if name in analysis.quality]
    if days:
        parts.append(" to ".join(days))
    if analysis.currency:
        parts.append(f"amounts in {analysis.currency}")
    return ", ".join(parts)


def _events(analysis: LogReport) -> Cell:
    # An event of several cases is one event.
    return analysis.quality.get("Events", count_cell(analysis.graph.events))


def _facts(analysis: LogReport) -> list[tuple[str, Cell]]:
    facts = [
        ("Cases", count_cell(analysis.graph.cases)),
        ("Events", _events(analysis)),
        ("Activities", count_cell(analysis.graph.activities.height)),
        ("Variants", count_cell(analysis.variants.height)),
    ]
    return facts + [
        (f"Throughput time, {label[:1].lower()}{label[1:]}", duration_cell(hours))
        for label, hours in analysis.throughput.items()
    ]


def _quality(analysis: LogReport) -> list[Block]:
    blocks: list[Block] = [Facts(list(analysis.quality.items())), *_findings(analysis.findings)]
    if not analysis.findings:
        told = "The quality checks found nothing; a log without findings only shows no sign."
        blocks.append(Text([told]))
    if analysis.notes:
        blocks.append(Listing("What the reader of the log noted", list(analysis.notes)))
    return blocks


def _findings(findings: Sequence[Finding]) -> list[Block]:
    serious = [finding for finding in findings if finding.severity == "serious"]
    others = [finding for finding in findings if finding.severity != "serious"]
    shown = [finding for finding in findings if finding.examples]
    blocks: list[Block] = []
    if serious:
        told = "Serious: numbers will be wrong"
        blocks.append(_finding_table("findings-serious", told, serious))
    elif findings:
        blocks.append(Text(["The quality checks found nothing serious."]))
    if others:
        told = f"Warnings (some numbers will be wrong) and notes: {count_text(len(others))}"
        blocks.append(_finding_table("findings-others", told, others, folded=True))
    if shown:
        rows = [(text_cell(f.message), text_cell("; ".join(f.examples))) for f in shown]
        columns = _columns(("What was found", "Where to look"), right=())
        told = "Where to look: a few of the events, cases or objects of each finding"
        blocks.append(Table("findings-examples", told, columns, rows, folded=True))
    return blocks


def _finding_table(
    key: str, caption: str, findings: Sequence[Finding], *, folded: bool = False
) -> Table:
    rows = [
        (
            text_cell(finding.message),
            *((text_cell(finding.severity),) if folded else ()),
            Cell(f"{count_text(finding.count)} {finding.unit}", finding.count, finding.unit),
            text_cell(finding.spoils),
            text_cell(finding.advice),
        )
        for finding in findings
    ]
    severity = ("Severity",) if folded else ()
    head = ("What was found", *severity, "In", "Spoils", "What to do")
    return Table(key, caption, _columns(head, right=()), rows, folded=folded)


def _variants(analysis: LogReport) -> list[Block]:
    if analysis.variants.is_empty():
        return []
    ranked = analysis.variants.sort("variant")
    rows = [
        (
            count_cell(row["variant"]),
            text_cell(chain_text(row["activities"])),
            count_cell(row["count"]),
            Cell(share_text(row["share"], 1), row["share"], "share", bar=_bar(row["share"])),
            Cell(share_text(row["cumulative_share"], 1), row["cumulative_share"], "share"),
            duration_cell(row["median_hours"]),
        )
        for row in ranked.head(_MOST_VARIANTS).iter_rows(named=True)
    ]
    caption = "The most frequent sequences of activities"
    left = ranked.height - len(rows)
    if left > 0:
        caption += f"; {count_text(left)} rarer variants are not listed"
    head = ("No.", "Activities", "Cases", "Share", "Together", "Median time")
    columns = _columns(head, right=(2, 3, 4, 5))
    listed = Table("variants-table", caption, columns, rows, most_rows=_VARIANTS_SHOWN)
    return [variant_bars_picture(ranked), listed]


def chain_text(activities: Iterable[str]) -> str:
    """Return the steps of a sequence in one line, of a very long one the first."""
    steps = list(activities)
    shown = " → ".join(steps[:_STEPS])
    left = len(steps) - _STEPS
    return f"{shown} → … and {count_text(left)} more steps" if left > 0 else shown


def _kpis(analysis: LogReport, definitions: Mapping[str, KpiDefinition]) -> list[Block]:
    if not analysis.kpis:
        return _unsupported(analysis, definitions)
    listed = [key for key in definitions if key in analysis.kpis]
    keys = [*listed, *sorted(set(analysis.kpis) - set(listed))]
    known = {key: definition_of(key, definitions) for key in keys}
    values = [
        (text_cell(one.label), text_cell(key, code=True),
         value_cell(analysis.kpis[key], one.unit, analysis.currency))
        for key, one in known.items()
    ]  # fmt: skip
    meanings = [
        (text_cell(one.label), text_cell(one.formula), text_cell(told_population(one)),
         text_cell(one.source))
        for one in known.values()
    ]  # fmt: skip
    scope = [Text([f"{analysis.kpi_scope}."])] if analysis.kpi_scope else []
    return [
        *scope,
        Table("kpi-values", "Values of this log", _columns(("KPI", "Key", "Value"), (2,)), values),
        Table(
            "kpi-definitions",
            "What the KPIs mean, what they are counted over and who defines them so",
            _columns(("KPI", "Formula", "Counted over", "Source"), right=()),
            meanings,
            folded=True,
        ),
        *_unsupported(analysis, definitions),
    ]


def _unsupported(analysis: LogReport, definitions: Mapping[str, KpiDefinition]) -> list[Block]:
    if not analysis.unsupported:
        return []
    rows = [
        (text_cell(definition_of(key, definitions).label), text_cell(missing))
        for key, missing in analysis.unsupported.items()
    ]
    return [
        Table(
            "kpis-without-a-number",
            f"KPIs that this log has no number for, and what it lacks ({count_text(len(rows))})",
            _columns(("KPI", "What is missing"), right=()),
            rows,
            folded=True,
        )
    ]


def _bar(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _columns(names: Iterable[str], right: Iterable[int]) -> list[Column]:
    places = set(right)
    return [Column(name, right=number in places) for number, name in enumerate(names)]
