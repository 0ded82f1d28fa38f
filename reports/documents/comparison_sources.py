"""Where the numbers of a comparison come from: parameters, definitions, how it was run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from mining.kpis import KpiDefinition
from reports.answer import definition_of, told_population
from reports.documents.cells import text_cell
from reports.documents.document import Cell, Column, Facts, Table
from reports.documents.kpi_view import metric_keys
from reports.number_text import count_text, share_text
from scenarios.comparison import Comparison, ParameterSource

# What nobody has measured must be read first.
_PROVENANCE_ORDER = ("assumed", "published", "data")


def provenance_text(parameters: Sequence[ParameterSource]) -> str:
    """Return how many parameters come from data, were published, or are assumed."""
    if not parameters:
        return ""
    counts = Counter(parameter.provenance for parameter in parameters)
    order = [*_PROVENANCE_ORDER[::-1], *sorted(set(counts) - set(_PROVENANCE_ORDER))]
    words = {"data": "from data", "published": "published figures"}
    told = ", ".join(f"{counts[kind]} {words.get(kind, kind)}" for kind in order)
    return f"{count_text(len(parameters))} parameters: {told}."


def parameter_table(parameters: Sequence[ParameterSource]) -> Table:
    """Return every parameter with its provenance, those that are assumed first."""
    heads = (Column("Parameter"), Column("Value"), Column("Kind"), Column("Source"))
    rows = [
        (
            text_cell(parameter.path, code=True),
            text_cell(parameter.value),
            text_cell(parameter.provenance),
            text_cell(parameter.source),
        )
        for parameter in sorted(parameters, key=_by_provenance)
    ]
    caption = "All parameters of the company with their sources; those that are assumed come first"
    return Table("parameters", caption, heads, rows, folded=True)


def definition_table(
    comparison: Comparison, definitions: Mapping[str, KpiDefinition]
) -> list[Table]:
    """Return what each KPI means and who defines it so; no table where none is defined."""
    heads = ("KPI", "Key", "Formula", "Counted over", "Better", "Source")
    found = [
        definition_of(key, definitions)
        for key in metric_keys(comparison, definitions)
        if key in definitions
    ]
    if not found:
        return []
    rows = [
        (
            text_cell(kpi.label),
            text_cell(kpi.key, code=True),
            text_cell(kpi.formula),
            text_cell(told_population(kpi)),
            text_cell(kpi.better),
            text_cell(kpi.source),
        )
        for kpi in found
    ]
    caption = "What each KPI means, and who defines it so"
    return [Table("definitions", caption, [Column(name) for name in heads], rows, folded=True)]


def run_facts(comparison: Comparison) -> Facts:
    """Return window, replications, seed and confidence."""
    replications = comparison.replications
    decision = f"{replications}: {comparison.decision}" if comparison.decision else ""
    return Facts(
        [
            ("Warm-up", _days(comparison.warm_up_days, "not measured")),
            ("Measured period", _days(comparison.measured_days)),
            ("Cool-down", _days(comparison.cool_down_days, "for orders to be paid")),
            (
                "Orders measured",
                Cell(
                    f"{count_text(comparison.orders)}, mean over the baseline's replications",
                    comparison.orders,
                    "count",
                ),
            ),
            (
                "Replications",
                Cell(decision or count_text(replications), replications, "count"),
            ),
            *(
                (f"Settling of {name}", text_cell(warm_up.why))
                for name, warm_up in comparison.warm_up.items()
            ),
            ("Seed", Cell(str(comparison.seed), comparison.seed)),
            (
                "Confidence",
                Cell(share_text(comparison.confidence), comparison.confidence, "share"),
            ),
        ]
    )


def _days(days: float, note: str = "") -> Cell:
    return Cell(f"{days:g} days" + (f", {note}" if note else ""), days, "days")


def _by_provenance(parameter: ParameterSource) -> tuple[int, str]:
    known = parameter.provenance in _PROVENANCE_ORDER
    return (_PROVENANCE_ORDER.index(parameter.provenance) if known else -1), parameter.path
