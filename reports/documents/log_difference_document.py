"""The comparison of two logs as a document."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from mining.kpis import DEFINITIONS
from mining.log_comparison import LogComparison
from mining.log_comparison.comparison import Side
from mining.performance import DirectlyFollows
from o2c_sim.simulation import versions
from reports.documents.cells import duration_cell, text_cell
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
    Warnings,
)
from reports.figures.map_difference_picture import difference_picture
from reports.number_text import (
    NOT_AVAILABLE,
    count_text,
    duration_text,
    scale_of,
    share_text,
    significant_text,
    value_text,
)

_ROWS = 40
_Row = dict[str, Any]


def log_difference_document(
    found: LogComparison,
    first: DirectlyFollows,
    second: DirectlyFollows,
    *,
    command: str = "",
    seed: int | None = None,
    logo: Logo | None = None,
    result: Callable[[], dict[str, Any]] | None = None,
) -> Document:
    """Return the report of a comparison of two logs.

    Parameters
    ----------
    found
        What tells the logs apart.
    first, second
        Directly-follows graphs of both.
    command
        The command line that reproduces it.
    seed
        Of the resampling.
    logo
        For the head of the document.
    result
        Makes the whole result as JSON-ready data.
    """
    level = 1 - found.confidence
    sides = (("First", found.first), ("Second", found.second))
    return Document(
        kind="log-difference",
        title="Two event logs compared",
        heading="What tells two logs apart",
        kicker="Order to cash \u00b7 two event logs",
        basis=f"{found.first.source} and {found.second.source}",
        sections=[
            Section(
                "summary",
                "Summary",
                [
                    Facts([(name, text_cell(side.source, _size(side))) for name, side in sides]),
                    _throughput(found),
                    Text(["Changes are second minus first."], small=True),
                    *([Warnings([("", text) for text in found.notes])] if found.notes else []),
                ],
            ),
            Section(
                "map",
                "Difference map",
                [difference_picture(first, second, comparison=found)],
                new_page=True,
            ),
            Section("often", "How often", _frequencies(found, level), new_page=True),
            Section("slow", "How long", [_lags(found, level)]),
            Section("kpis", "KPIs", [_kpis(found)]),
            Section("distances", "Distances", [_distances(found)]),
        ],
        reproduction=Reproduction(command, seed, versions()),
        logo=logo,
        result=result,
    )


def _size(side: Side) -> str:
    return (
        f"{count_text(side.cases)} cases ({side.case_type}), {count_text(side.events)} events, "
        f"{count_text(side.variants)} variants"
    )


def _heads(name: str, found: LogComparison, unit: str = "", *more: str) -> list[Column]:
    numbers = ("First", "Second", f"Change, {share_text(found.confidence)} interval")
    return [
        Column(name),
        *(Column(head, True, unit) for head in numbers),
        *(Column(head, True) for head in more),
    ]


def _throughput(found: LogComparison) -> Table:
    rows = [
        (
            text_cell(name),
            duration_cell(one.first),
            duration_cell(one.second),
            _limited(duration_cell(one.second - one.first), one.low, one.high, duration_text),
        )
        for name, one in found.throughput.items()
    ]
    caption = "Calendar time from a case's first to its last event"
    return Table("throughput", caption, _heads("Throughput time", found, "hours"), rows)


def _frequencies(found: LogComparison, level: float) -> list[Block]:
    blocks: list[Block] = [
        Text(
            [
                "Times per case, for what differs by more than chance (corrected by Holm within "
                f"each table); at most {_ROWS} rows, the largest differences first."
            ]
        )
    ]
    for name, table in (
        ("Activities", found.activities),
        ("Arcs", found.arcs),
        ("Variants", found.variants),
    ):
        rows = [
            (
                text_cell(_name(row)),
                _per_case(row["first_per_case"]),
                _per_case(row["second_per_case"]),
                _limited(
                    Cell(f"{row['difference']:+.4g}", row["difference"], "per case"),
                    row["low"],
                    row["high"],
                    _figure,
                ),
                text_cell(row["change"]),
            )
            for row in _surest(table, level, "difference")
        ]
        heads = _heads(name[:-1] if name != "Activities" else "Activity", found, "per case", "Is")
        caption = f"{name} ({count_text(table.height)} compared)"
        blocks += [Heading(name), Table(name.lower(), caption, heads, rows)]
    return blocks


def _lags(found: LogComparison, level: float) -> Table:
    rows = [
        (
            text_cell(_name(row)),
            duration_cell(row["first_median_hours"]),
            duration_cell(row["second_median_hours"]),
            _limited(
                duration_cell(row["difference_hours"]),
                row["low_hours"],
                row["high_hours"],
                duration_text,
            ),
        )
        for row in _surest(found.lags, level, "added_hours")
    ]
    caption = (
        "Median time of the steps that both logs have, for what differs by more than chance (Holm)"
    )
    return Table("steps", caption, _heads("Step", found, "hours"), rows)


def _kpis(found: LogComparison) -> Table:
    rows = []
    for row in found.kpis.iter_rows(named=True):
        unit = row["unit"]
        scale = scale_of(unit, row["difference"], difference=True)
        told = "percentage points" if unit == "share" else unit
        change = Cell(scale.text(row["difference"]), _finite(row["difference"]), told)
        rows.append(
            (
                text_cell(DEFINITIONS[row["kpi"]].label),
                Cell(value_text(row["first"], unit), _finite(row["first"]), unit),
                Cell(value_text(row["second"], unit), _finite(row["second"]), unit),
                _limited(change, row["low"], row["high"], scale.number),
                Cell(_figure(row["holm_p_value"]), _finite(row["holm_p_value"]), "p value"),
            )
        )
    caption = "What both logs carry; balances and ratios of sums have no interval"
    return Table("kpis", caption, _heads("KPI", found, "", "p (Holm)"), rows)


def _distances(found: LogComparison) -> Table:
    columns = [Column("Distance"), Column("Compares"), Column("Unit")]
    columns += [Column(name, True) for name in ("Value", "By chance, mean", "By chance, most")]
    rows = [
        (
            *(text_cell(row[name]) for name in ("label", "meaning", "unit")),
            *(
                Cell(_figure(row[name]), _finite(row[name]), row["unit"])
                for name in ("distance", "chance_mean", "chance_highest")
            ),
        )
        for row in found.distances.iter_rows(named=True)
    ]
    caption = "Published distances, beside those of logs dealt at random from the cases of both"
    return Table("distances", caption, columns, rows)


def _surest(table: pl.DataFrame, level: float, by: str) -> Sequence[_Row]:
    sure = table.filter(pl.col("holm_p_value") <= level)
    return sure.sort(pl.col(by).abs(), descending=True).head(_ROWS).to_dicts()


def _per_case(value: float) -> Cell:
    return Cell(_figure(value), _finite(value), "per case")


def _limited(
    cell: Cell, low: float | None, high: float | None, told: Callable[[float], str]
) -> Cell:
    """Return a cell with its interval, where both limits are known."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return cell
    return replace(cell, low=low, high=high, note=f"{told(low)} to {told(high)}")


def _name(row: _Row) -> str:
    if "activities" in row:
        return " \u2192 ".join(row["activities"])
    return row["activity"] if "activity" in row else f"{row['source']} \u2192 {row['target']}"


def _finite(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _figure(value: float | None) -> str:
    return NOT_AVAILABLE if value is None or math.isnan(value) else significant_text(value)
