"""The analysis of a real event log as one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from mining.kpis import DEFINITIONS, KpiDefinition
from mining.performance import DirectlyFollows
from reports.answer import definition_of, told_population
from reports.documents.map_view import map_view, path_rows, readable_shares
from reports.documents.rendering import rendered
from reports.documents.view_sections import Section
from reports.figures.process_map_svg import process_map_svg
from reports.number_text import count_text, duration_text, share_text, value_text
from reports.process_map import process_map

_VARIANTS_SHOWN = 20

_CONTENTS = (
    ("summary", "Summary"),
    ("quality", "Data quality"),
    ("map", "Process map"),
    ("slow", "Where time goes"),
    ("variants", "Variants"),
    ("kpis", "KPIs"),
    ("conformance", "Conformance"),
    ("run", "Reproduce"),
)
_MAPS = 4


@dataclass(frozen=True, slots=True)
class LogReport:
    """What the mining of a real log found.

    Parameters
    ----------
    title
        Name of the log or the company.
    graph
        Directly-follows graph of the case view.
    quality
        Facts about the log (cases, period, time zone and the like), label to text.
    findings
        What is seriously wrong in the data.
    variants
        One row per variant: ``variant`` (rank, from 1), ``activities`` (list of String),
        ``count``, ``share``, ``cumulative_share`` (0 to 1), ``median_hours``.
    throughput
        Statistic (``Mean``, ``Median`` and the like) to calendar hours from a case's first to its
        last event.
    minor_findings
        What else is doubtful in the data, and what the reader noted.
    kpis
        KPI key to value.
    conformance
        Label to text.
    deviations
        Rows of a table of deviations with their price, each column's head to its text.
    sections
        Further tables, shown after the maps.
    currency
        ISO code for KPIs in currency.
    command
        The command line that reproduces the analysis.
    versions
        Package to version.
    """

    title: str
    graph: DirectlyFollows
    quality: Mapping[str, str]
    findings: Sequence[str]
    variants: pl.DataFrame
    throughput: Mapping[str, float]
    minor_findings: Sequence[str] = ()
    kpis: Mapping[str, float] = field(default_factory=dict)
    conformance: Mapping[str, str] = field(default_factory=dict)
    deviations: Sequence[Mapping[str, str]] = ()
    sections: Sequence[Section] = ()
    currency: str = ""
    command: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


def log_html(
    analysis: LogReport,
    *,
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
    activity_share: float | None = None,
    path_share: float | None = None,
) -> str:
    """Return the report of a log.

    Parameters
    ----------
    analysis
        What was found.
    definitions
        Label, unit and source of each KPI.
    activity_share, path_share
        Share (0 to 1) of events and transitions that the map shows at least; by default
        a small graph is shown whole, and of a large one as much as can be read.

    Returns
    -------
    str
        A whole HTML document that needs no other file, no script and no network.

    Raises
    ------
    MissingDependencyError
        If a package of the extra ``reports`` is not installed.
    """
    graph = analysis.graph
    readable = readable_shares([graph])
    layout = process_map(
        [graph],
        activity_share=readable[0] if activity_share is None else activity_share,
        path_share=readable[1] if path_share is None else path_share,
    )
    often = map_view(analysis.title, "often", layout, graph)
    slow = map_view(analysis.title, "slow", layout, graph)
    drawings = {
        "often": process_map_svg(
            layout, graph, title="Process map by frequency", identifier="often"
        ),
        "slow": process_map_svg(
            layout,
            graph,
            metric="performance",
            title="Process map by median time",
            identifier="slow",
        ),
    }
    left_out = {
        "kpis": not analysis.kpis,
        "conformance": not analysis.conformance,
        "variants": analysis.variants.is_empty(),
    }
    unlisted = analysis.variants.height - _VARIANTS_SHOWN
    context: dict[str, object] = {
        "title": f"{analysis.title}: order to cash, event log analysed",
        "name": analysis.title,
        "contents": [
            *(entry for entry in _CONTENTS[:_MAPS] if not left_out.get(entry[0])),
            *((section.key, section.title) for section in analysis.sections),
            *(entry for entry in _CONTENTS[_MAPS:] if not left_out.get(entry[0])),
        ],
        "sections": list(analysis.sections),
        "facts": _facts(analysis),
        "quality": list(analysis.quality.items()),
        "findings": list(analysis.findings),
        "minor_findings": list(analysis.minor_findings),
        "often": often,
        "slow": slow,
        "paths": path_rows(graph),
        "variants": _variants(analysis.variants),
        "variants_left_out": count_text(unlisted) if unlisted > 0 else "",
        "kpis": _kpis(analysis, definitions),
        "conformance": list(analysis.conformance.items()),
        "deviations": list(analysis.deviations),
        "command": analysis.command,
        "versions": sorted(analysis.versions.items()),
    }
    return rendered("log.html.j2", context, drawings)


def _facts(analysis: LogReport) -> list[tuple[str, str]]:
    facts = [
        ("Cases", count_text(analysis.graph.cases)),
        # An event of several cases is one event.
        ("Events", analysis.quality.get("Events", count_text(analysis.graph.events))),
        ("Activities", count_text(analysis.graph.activities.height)),
        ("Variants", count_text(analysis.variants.height)),
    ]
    return facts + [
        (f"Throughput time, {label[:1].lower()}{label[1:]}", duration_text(hours))
        for label, hours in analysis.throughput.items()
    ]


def _variants(variants: pl.DataFrame) -> list[dict[str, object]]:
    if variants.is_empty():
        return []
    return [
        {
            "rank": row["variant"],
            "activities": list(row["activities"]),
            "count": count_text(row["count"]),
            "share": share_text(row["share"], 1),
            "percent": f"{100 * min(max(row['share'], 0.0), 1.0):.1f}",
            "cumulative": share_text(row["cumulative_share"], 1),
            "median": duration_text(row["median_hours"]),
        }
        for row in variants.sort("variant").head(_VARIANTS_SHOWN).to_dicts()
    ]


def _kpis(analysis: LogReport, definitions: Mapping[str, KpiDefinition]) -> list[dict[str, object]]:
    listed = [key for key in definitions if key in analysis.kpis]
    rows: list[dict[str, object]] = []
    for key in (*listed, *sorted(set(analysis.kpis) - set(listed))):
        definition = definition_of(key, definitions)
        rows.append(
            {
                "label": definition.label,
                "key": key,
                "value": value_text(analysis.kpis[key], definition.unit, analysis.currency),
                "formula": definition.formula,
                "population": told_population(definition),
                "source": definition.source,
            }
        )
    return rows
