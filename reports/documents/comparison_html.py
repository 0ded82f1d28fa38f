"""The comparison of scenarios as one self-contained HTML file: the answer first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from mining.kpis import DEFINITIONS, KpiDefinition
from reports.answer import definition_of, estimate_text, scenario_sentences
from reports.documents.kpi_view import cards, cycle_groups, kpi_tables, metric_keys, other_groups
from reports.documents.map_view import map_view, path_tables, readable_shares
from reports.documents.money_view import assumptions, business_cases
from reports.documents.rendering import rendered
from reports.figures.canvas import figure_svg
from reports.figures.cash_curve import cash_curve
from reports.figures.process_map_svg import process_map_svg
from reports.figures.receivables import receivables
from reports.number_text import count_text, share_text
from reports.process_map import process_map
from scenarios.comparison import Comparison, Estimate, LeverSetting, ParameterSource

# What nobody has measured must be read first.
_PROVENANCE_ORDER = ("assumed", "published", "data")

_CONTENTS = (
    ("answer", "Answer"),
    ("warnings", "Limits"),
    ("levers", "What was changed"),
    ("cycle", "Cycle times"),
    ("kpis", "Other KPIs"),
    ("cash", "Cash"),
    ("money", "Business case"),
    ("maps", "Process maps"),
    ("staff", "Staff"),
    ("checks", "Checks"),
    ("parameters", "Sources"),
    ("run", "Reproduce"),
)


def comparison_html(
    comparison: Comparison,
    *,
    definitions: Mapping[str, KpiDefinition] = DEFINITIONS,
) -> str:
    """Return the report of a comparison.

    Parameters
    ----------
    comparison
        The baseline first; a baseline alone gives a report without differences.
    definitions
        Label, unit, direction and source of each KPI; keys not listed are shown by their key.

    Returns
    -------
    str
        A whole HTML document that needs no other file, no script and no network.

    Raises
    ------
    MissingDependencyError
        If a package of the extra ``reports`` is not installed.
    """
    outcomes = comparison.outcomes
    graphs = [outcome.process_map for outcome in outcomes]
    # Large maps leave out what is rare, and say so; the table below them shows every path.
    activity_share, path_share = readable_shares(graphs)
    layout = process_map(graphs, activity_share=activity_share, path_share=path_share)
    maps = []
    drawings = {
        "cash": figure_svg(
            cash_curve(comparison), title="Cumulative cash in by day", identifier="cash"
        ),
        "receivables": figure_svg(
            receivables(comparison), title="Open receivables by day", identifier="receivables"
        ),
    }
    for number, outcome in enumerate(outcomes):
        identifier = f"map-{number}"
        view = map_view(outcome.title, identifier, layout, outcome.process_map)
        maps.append(view)
        if number:
            drawings[f"{identifier}-change"] = process_map_svg(
                layout,
                outcome.process_map,
                baseline=outcomes[0].process_map,
                title=f"Process map, {outcome.title} compared with the baseline",
                identifier=f"{identifier}-change",
            )
        drawings[identifier] = process_map_svg(
            layout, outcome.process_map, title=str(view["title"]), identifier=identifier
        )
    warnings = [(o.title, text) for o in outcomes for text in o.warnings]
    roles = sorted({role for outcome in outcomes for role in outcome.utilisation})
    money = business_cases(comparison)
    left_out = {
        "warnings": not warnings,
        "money": not money,
        "staff": not roles,
        "checks": not comparison.checks,
    }
    confidence = share_text(comparison.confidence)
    context: dict[str, object] = {
        "title": f"{comparison.company}: order to cash, scenarios compared",
        "heading": "Which change brings the cash in sooner?",
        "contents": [entry for entry in _CONTENTS if not left_out.get(entry[0])],
        "company": comparison.company,
        "basis": _basis(comparison),
        "baseline": outcomes[0].title,
        "compared": len(outcomes) > 1,
        "confidence": confidence,
        "method": _method(confidence, comparison.replications) if len(outcomes) > 1 else "",
        "answers": [
            {"title": o.title, "text": scenario_sentences(comparison, o, definitions)}
            for o in outcomes[1:]
        ],
        "cards": cards(comparison, definitions),
        "warnings": warnings,
        "levers": [
            {
                "title": o.title,
                "description": o.description,
                "rows": [_lever(s) for s in o.settings],
            }
            for o in outcomes[1:]
        ],
        "cycle": kpi_tables(comparison, definitions, cycle_groups(comparison)),
        "terms": _terms(comparison),
        "kpis": kpi_tables(comparison, definitions, other_groups(comparison, definitions)),
        "money": money,
        "assumptions": assumptions(comparison),
        "maps": maps,
        "map_tables": path_tables([(o.title, o.process_map) for o in outcomes]),
        "utilisation": {
            "names": [outcome.title for outcome in outcomes],
            "rows": [
                {"role": role, "cells": [_busy(o.utilisation.get(role)) for o in outcomes]}
                for role in roles
            ],
        },
        "checks": list(comparison.checks.items()),
        "provenance": provenance_text(comparison.parameters),
        "parameters": sorted(comparison.parameters, key=_by_provenance),
        "definitions": [
            definition_of(key, definitions)
            for key in metric_keys(comparison, definitions)
            if key in definitions
        ],
        "run": _run(comparison),
        "command": comparison.command,
        "versions": sorted(comparison.versions.items()),
    }
    return rendered("comparison.html.j2", context, drawings)


def provenance_text(parameters: Sequence[ParameterSource]) -> str:
    """Return how many parameters come from data, were published, or are assumed."""
    if not parameters:
        return ""
    counts = Counter(parameter.provenance for parameter in parameters)
    order = [*_PROVENANCE_ORDER[::-1], *sorted(set(counts) - set(_PROVENANCE_ORDER))]
    words = {"data": "from data", "published": "published figures"}
    told = ", ".join(f"{counts[kind]} {words.get(kind, kind)}" for kind in order)
    return f"{count_text(len(parameters))} parameters: {told}."


def _basis(comparison: Comparison) -> str:
    return (
        f"Simulated: {_days(comparison.measured_days)} measured days, about "
        f"{count_text(comparison.orders)} orders, {comparison.replications} replications, "
        f"the same random numbers in every scenario."
    )


def _method(confidence: str, replications: int) -> str:
    return (
        f"In brackets: {confidence} confidence intervals of the difference from the baseline, "
        f"paired over {replications} replications with the same random numbers. A difference "
        "counts as detected when it is still told from zero after Holm's correction over the "
        "scenarios and, apart from one another, the main metrics and all others; no detectable "
        "difference does not mean none."
    )


def _lever(setting: LeverSetting) -> dict[str, str]:
    return {
        "lever": setting.lever,
        "label": f"{setting.label} ({setting.unit})" if setting.unit else setting.label,
        "before": setting.before,
        "after": setting.after,
        "source": setting.source,
    }


def _terms(comparison: Comparison) -> list[dict[str, str]]:
    titles = {outcome.name: outcome.title for outcome in comparison.outcomes}
    return [
        {"title": titles.get(name, name), "text": share_text(share, 1), "percent": _percent(share)}
        for name, share in comparison.terms_bound.items()
    ]


def _busy(estimate: Estimate | None) -> dict[str, str]:
    value, interval = estimate_text(estimate, "share")
    return {
        "value": value,
        "interval": interval,
        "percent": _percent(estimate.mean if estimate else math.nan),
    }


def _percent(share: float) -> str:
    """Return the length of a bar, which ends at its frame whatever the share."""
    return "0" if math.isnan(share) else f"{100 * min(max(share, 0.0), 1.0):.1f}"


def _run(comparison: Comparison) -> list[tuple[str, str]]:
    return [
        ("Warm-up", f"{_days(comparison.warm_up_days)} days, not measured"),
        ("Measured period", f"{_days(comparison.measured_days)} days"),
        ("Cool-down", f"{_days(comparison.cool_down_days)} days, for orders to be paid"),
        (
            "Orders measured",
            f"{count_text(comparison.orders)}, mean over the baseline's replications",
        ),
        (
            "Replications",
            str(comparison.replications)
            + (f": {comparison.decision}" if comparison.decision else ""),
        ),
        *((f"Settling of {name}", warm_up.why) for name, warm_up in comparison.warm_up.items()),
        ("Seed", str(comparison.seed)),
        ("Confidence", share_text(comparison.confidence)),
    ]


def _days(days: float) -> str:
    return f"{days:g}"


def _by_provenance(parameter: ParameterSource) -> tuple[int, str]:
    known = parameter.provenance in _PROVENANCE_ORDER
    return (_PROVENANCE_ORDER.index(parameter.provenance) if known else -1), parameter.path
