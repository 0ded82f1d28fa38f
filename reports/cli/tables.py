"""Plain-text tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reports.number_text import duration_text, value_text

if TYPE_CHECKING:
    import polars as pl

    from scenarios.comparison import Comparison, MetricDifference


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]], right: int = 1) -> str:
    """Return an aligned table; columns from number *right* on are right-aligned."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]

    def aligned(line: Sequence[str]) -> str:
        cells = (
            cell.rjust(width) if i >= right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        return "  ".join(cells).rstrip()

    rule = "  ".join("-" * width for width in widths)
    return "\n".join([aligned(lines[0]), rule, *map(aligned, lines[1:])])


def kpi_table(kpis: Mapping[str, float], currency: str) -> str:
    """Return KPI labels and values."""
    from mining.kpis import DEFINITIONS

    rows = [
        (DEFINITIONS[key].label, value_text(value, DEFINITIONS[key].unit, currency))
        for key, value in kpis.items()
    ]
    return text_table(("KPI", "value"), rows)


def utilisation_table(utilisation: pl.DataFrame) -> str:
    """Return how busy each role was."""
    rows = [
        (
            row["role"],
            str(row["headcount"]),
            f"{row['utilisation']:.0%}",
            duration_text(row["mean_wait_hours"]),
        )
        for row in utilisation.iter_rows(named=True)
    ]
    return text_table(("role", "people", "busy", "mean wait"), rows)


def variant_table(variants: pl.DataFrame, top: int = 5) -> str:
    """Return the most frequent variants."""
    rows = [
        (
            str(row["variant"]),
            f"{row['count']:,}",
            f"{row['share']:.1%}",
            duration_text(row["median_hours"]),
            _path(row["activities"]),
        )
        for row in variants.head(top).iter_rows(named=True)
    ]
    return text_table(("variant", "cases", "share", "median", "activities"), rows, right=0)


def slow_table(edges: pl.DataFrame, top: int = 5) -> str:
    """Return the transitions that hold the most time in all."""
    import polars as pl

    total = pl.col("mean_hours") * pl.col("count")
    worst = (
        edges.filter(pl.col("source") != pl.col("target")).sort(total, descending=True).head(top)
    )
    rows = [
        (
            f"{row['source']} -> {row['target']}",
            f"{row['count']:,}",
            duration_text(row["median_hours"]),
            duration_text(row["p90_hours"]),
        )
        for row in worst.iter_rows(named=True)
    ]
    return text_table(("where time goes", "times", "median", "p90"), rows)


def comparison_table(comparison: Comparison, differences: Sequence[MetricDifference]) -> str:
    """Return baseline, scenario and difference of one scenario's KPIs."""
    from mining.kpis import DEFINITIONS
    from reports.answer import estimate_text, signed_text, verdict

    rows = []
    for difference in differences:
        definition = DEFINITIONS[difference.metric]
        unit, currency = definition.unit, comparison.currency
        value, span = signed_text(difference.difference, unit, currency)
        rows.append(
            (
                definition.label,
                estimate_text(difference.baseline, unit, currency)[0],
                estimate_text(difference.scenario, unit, currency)[0],
                value,
                span,
                verdict(difference, definition),
            )
        )
    head = ("KPI", "baseline", "scenario", "difference", "interval", "verdict")
    return text_table(head, rows)


def _path(activities: Sequence[str]) -> str:
    text = " > ".join(activities)
    return text if len(text) <= 100 else text[:97] + "..."
