"""What the report of a log shows: the findings of mining, put together for the template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mining.finding import Finding
from mining.performance import DirectlyFollows
from reports.documents.cells import count_cell, text_cell
from reports.documents.document import Block, Cell, Logo, Reproduction, Section

if TYPE_CHECKING:
    import polars as pl

    from mining.analysis import Analysis
    from mining.conformance import Conformance
    from mining.path_cases import PathCases
    from mining.views import Views


@dataclass(frozen=True, slots=True)
class LogReport:
    """What the mining of a log found.

    Parameters
    ----------
    title
        Name of the log or the company.
    graph
        Directly-follows graph of the case view.
    quality
        Facts about the log: cases, period, time zone and the like.
    findings
        What is wrong or doubtful in the data, the worst first.
    variants
        See :func:`mining.variants.variants`.
    throughput
        Statistic (``Mean``, ``Median`` and the like) to calendar hours from a case's first to its
        last event.
    notes
        What the reader of the log assumed or noticed.
    kpis
        KPI key to value.
    unsupported
        KPI key to what the log lacks for it.
    kpi_scope
        What the KPIs are measured over, in one sentence.
    conformance
        Population to the result of a check.
    prices
        Deviations and broken rules with their price, see
        :func:`mining.deviation_prices.priced`; None where nothing was checked.
    views
        Bottlenecks, hand-overs and the like; None where they were not asked for.
    path_cases
        Examples that the activities and paths of the map lead to; None without.
    model
        The process model that was discovered or checked against, as a picture or a sentence.
    sections
        Further sections, mostly of pictures, before the variants.
    currency
        ISO code of all money; empty where nobody told it.
    reproduction
        Command, versions, what was read.
    logo
        A company's picture.
    result
        Makes all of it as JSON-ready data.
    """

    title: str
    graph: DirectlyFollows
    quality: Mapping[str, Cell]
    findings: Sequence[Finding]
    variants: pl.DataFrame
    throughput: Mapping[str, float]
    notes: Sequence[str] = ()
    kpis: Mapping[str, float] = field(default_factory=dict)
    unsupported: Mapping[str, str] = field(default_factory=dict)
    kpi_scope: str = ""
    conformance: Mapping[str, Conformance] = field(default_factory=dict)
    prices: pl.DataFrame | None = None
    views: Views | None = None
    path_cases: PathCases | None = None
    model: Sequence[Block] = ()
    sections: Sequence[Section] = ()
    currency: str = ""
    reproduction: Reproduction = field(default_factory=Reproduction)
    logo: Logo | None = None
    result: Callable[[], Mapping[str, Any]] | None = None


def log_report(
    found: Analysis,
    *,
    findings: Sequence[Finding] = (),
    views: Views | None = None,
    conformance: Mapping[str, Conformance] | None = None,
    prices: pl.DataFrame | None = None,
    path_cases: PathCases | None = None,
    model: Sequence[Block] = (),
    sections: Sequence[Section] = (),
    currency: str = "",
    reproduction: Reproduction | None = None,
    logo: Logo | None = None,
    result: Callable[[], Mapping[str, Any]] | None = None,
) -> LogReport:
    """Return an analysis in the form of the log report.

    Parameters
    ----------
    found
        The analysis; its findings are shown.
    findings
        More of them, from the file the log was read from.
    views, conformance, prices, path_cases, model, sections, currency, reproduction, logo, result
        As in :class:`LogReport`.
    """
    quality = found.quality
    return LogReport(
        title=Path(found.source).name or found.source,
        graph=found.graph,
        quality={
            "Cases": count_cell(quality.cases, note=_kind(found.case_type)),
            "Events": count_cell(quality.events),
            "Activities": count_cell(quality.activities),
            "Variants": count_cell(found.variants.height),
            "People and systems": count_cell(quality.resources),
            "First event": Cell(f"{quality.first:%Y-%m-%d}", quality.first),
            "Last event": Cell(f"{quality.last:%Y-%m-%d}", quality.last),
            "Time zone": text_cell(found.zone),
        },
        findings=_worst_first([*findings, *quality.findings]),
        notes=found.notes,
        variants=found.variants,
        throughput={
            "Mean": found.throughput.mean,
            "Median": found.throughput.median,
            "90th percentile": found.throughput.p90,
        },
        kpis=found.kpis,
        unsupported=found.unsupported,
        kpi_scope=kpi_scope(found),
        conformance=conformance or {},
        prices=prices,
        views=views,
        path_cases=path_cases,
        model=model,
        sections=sections,
        currency=currency,
        reproduction=reproduction or Reproduction(),
        logo=logo,
        result=result,
    )


def kpi_scope(found: Analysis, option: str = "") -> str:
    """Return what the KPIs of an analysis are measured over.

    Parameters
    ----------
    found
        The analysis.
    option
        What sets the time zone, for readers who can set it: `` (--zone)``.
    """
    if found.period is None:
        case = "" if found.case_type == "order" else f"; each {found.case_type} counts as an order"
        return f"KPIs of the whole log, by the clock of {found.zone}{option}{case}"
    return f"KPIs of the measured period, {found.period.first} up to {found.period.end}"


def _kind(case_type: str) -> str:
    return "" if case_type == "case" else f"each {case_type} is a case"


def _worst_first(findings: Sequence[Finding]) -> list[Finding]:
    from mining.quality import SEVERITIES

    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
