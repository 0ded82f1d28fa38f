"""Plain-text tables for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from reports.number_text import duration_text, value_text

if TYPE_CHECKING:
    import polars as pl

    from mining.kpis import KpiDefinition
    from scenarios.comparison import Comparison, MetricDifference


WIDTH = 100
_CELL_LINES = 4


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]], align: str = "") -> str:
    """Return an aligned table of at most :data:`WIDTH` characters.

    Parameters
    ----------
    head
        Names of the columns.
    rows
        Cells.
    align
        ``l`` or ``r`` for each column; the first left and the others right by default. The widest
        left-aligned column is wrapped where the table would be too wide.
    """
    align = align or "l" + "r" * (len(head) - 1)
    widths = [max(len(line[i]) for line in (head, *rows)) for i in range(len(head))]
    surplus = sum(widths) + 2 * (len(widths) - 1) - WIDTH
    if surplus > 0:
        left = [i for i, side in enumerate(align) if side == "l"]
        widest = max(left, key=widths.__getitem__)
        widths[widest] = max(widths[widest] - surplus, 10)

    def aligned(line: Sequence[str]) -> str:
        cells = (
            cell.rjust(width) if side == "r" else cell.ljust(width)
            for cell, width, side in zip(line, widths, align, strict=True)
        )
        return "  ".join(cells).rstrip()

    lines = [head, ["-" * width for width in widths]]
    for row in rows:
        cells = [_cell(cell, width) for cell, width in zip(row, widths, strict=True)]
        lines += zip_longest(*cells, fillvalue="")
    return "\n".join(map(aligned, lines))


def wrapped(text: str, indent: int = 0) -> str:
    """Return a text in lines of at most :data:`WIDTH` characters, all but the first indented."""
    return textwrap.fill(
        text,
        WIDTH,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def counted(number: int, one: str, many: str = "") -> str:
    """Return a count with its noun, such as ``1 case`` and ``1,434 cases``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


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
            " > ".join(row["activities"]),
        )
        for row in variants.head(top).iter_rows(named=True)
    ]
    return text_table(("variant", "cases", "share", "median", "activities"), rows, "rrrrl")


def comparison_table(comparison: Comparison, differences: Sequence[MetricDifference]) -> str:
    """Return baseline, scenario and difference of one scenario's KPIs."""
    from reports.answer import (
        UNCORRECTED,
        UNDETECTED,
        UNKNOWN,
        definition_of,
        estimate_text,
        signed_text,
        verdict,
    )

    brief = {UNDETECTED: "-", UNCORRECTED: "unsure", UNKNOWN: "n/a"}
    rows = []
    for difference in differences:
        definition = definition_of(difference.metric)
        change, span = signed_text(difference.difference, definition.unit)
        found = verdict(difference, definition)
        rows.append(
            (
                _label(definition, comparison.currency),
                _brief(estimate_text(difference.baseline, definition.unit)[0]),
                _brief(estimate_text(difference.scenario, definition.unit)[0]),
                _brief(change),
                span,
                brief.get(found, found),
            )
        )
    head = ("KPI", "baseline", "scenario", "change", "interval", "verdict")
    return text_table(head, rows, "lrrrrl")


def _cell(text: str, width: int) -> list[str]:
    lines = textwrap.wrap(text, width) if len(text) > width else [text]
    if len(lines) > _CELL_LINES:
        lines = [*lines[: _CELL_LINES - 1], lines[_CELL_LINES - 1][: width - 4] + " ..."]
    return lines


def _brief(text: str) -> str:
    return text.replace(" days", " d").replace("90th percentile", "p90")


def _label(definition: KpiDefinition, currency: str) -> str:
    money = f" ({currency})" if definition.unit == "currency" and currency else ""
    return definition.label.replace("90th percentile", "p90") + money
