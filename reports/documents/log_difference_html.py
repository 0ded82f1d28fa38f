"""The comparison of two logs as one self-contained HTML file."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import polars as pl

from mining.kpis import DEFINITIONS
from mining.log_comparison import LogComparison
from mining.performance import DirectlyFollows
from o2c_sim.simulation import versions
from reports.documents.map_view import readable_shares
from reports.documents.rendering import rendered
from reports.figures.process_map_svg import process_map_svg
from reports.number_text import NOT_AVAILABLE, count_text, duration_text, scale_of, value_text
from reports.process_map import process_map

_PER = 1_000
_ROWS = 40
_CONTENTS = (
    ("summary", "Summary"),
    ("map", "Difference map"),
    ("often", "How often"),
    ("slow", "How long"),
    ("kpis", "KPIs"),
    ("distances", "Distances"),
    ("run", "Reproduce"),
)


def log_difference_html(
    found: LogComparison, first: DirectlyFollows, second: DirectlyFollows, *, command: str = ""
) -> str:
    """Return the report of a comparison.

    Parameters
    ----------
    found
        What tells the logs apart.
    first, second
        Directly-follows graphs of both; the map shows both per thousand cases.
    command
        The command line that reproduces it.

    Raises
    ------
    MissingDependencyError
        If a package of the extra ``reports`` is not installed.
    """
    graphs = [_per_thousand(graph) for graph in (first, second)]
    shares = readable_shares(graphs)
    layout = process_map(graphs, activity_share=shares[0], path_share=shares[1])
    drawing = process_map_svg(
        layout,
        graphs[1],
        baseline=graphs[0],
        title="What the second log does more or less often, per thousand cases",
        identifier="difference",
    )
    level = 1 - found.confidence
    context: dict[str, object] = {
        "title": "Two event logs compared",
        "contents": _CONTENTS,
        "sides": [_side("First", found.first), _side("Second", found.second)],
        "notes": list(found.notes),
        "confidence": f"{found.confidence:.0%}",
        "throughput": [
            _row(
                name,
                *(duration_text(x) for x in (one.first, one.second, one.second - one.first)),
                f"{duration_text(one.low)} to {duration_text(one.high)}",
            )
            for name, one in found.throughput.items()
        ],
        "counts": [
            ("Activities", _counts(found.activities, level), found.activities.height),
            ("Arcs", _counts(found.arcs, level), found.arcs.height),
            ("Variants", _counts(found.variants, level), found.variants.height),
        ],
        "lags": _lags(found.lags, level),
        "kpis": _kpis(found.kpis),
        "distances": [_distance(row) for row in found.distances.to_dicts()],
        "command": command,
        "versions": sorted(versions().items()),
    }
    return rendered("log_difference.html.j2", context, {"difference": drawing})


def _per_thousand(graph: DirectlyFollows) -> DirectlyFollows:
    """Return a graph as of a thousand cases, so that logs of different size can be compared."""
    count = (pl.col("count") * _PER / max(graph.cases, 1)).round().cast(pl.Int64)
    tables = ("edges", "activities", "starts", "ends")
    scaled = {name: getattr(graph, name).with_columns(count) for name in tables}
    return dataclasses.replace(graph, **scaled)


def _side(name: str, side: Any) -> dict[str, str]:
    return {
        "name": name,
        "source": side.source,
        "size": f"{count_text(side.cases)} cases ({side.case_type}), {count_text(side.events)} "
        f"events, {count_text(side.variants)} variants",
    }


def _counts(table: pl.DataFrame, level: float) -> list[dict[str, str]]:
    sure = table.filter(pl.col("holm_p_value") <= level)
    largest = sure.sort(pl.col("difference").abs(), descending=True).head(_ROWS)
    return [
        _row(
            _name(row),
            _figure(row["first_per_case"]),
            _figure(row["second_per_case"]),
            f"{row['difference']:+.4g}",
            f"{_figure(row['low'])} to {_figure(row['high'])}",
            row["change"],
        )
        for row in largest.iter_rows(named=True)
    ]


def _name(row: dict[str, Any]) -> str:
    if "activities" in row:
        return " \u2192 ".join(row["activities"])
    return row["activity"] if "activity" in row else f"{row['source']} \u2192 {row['target']}"


def _lags(table: pl.DataFrame, level: float) -> list[dict[str, str]]:
    sure = table.filter(pl.col("holm_p_value") <= level)
    largest = sure.sort(pl.col("added_hours").abs(), descending=True).head(_ROWS)
    return [
        _row(
            _name(row),
            *(
                duration_text(row[name])
                for name in ("first_median_hours", "second_median_hours", "difference_hours")
            ),
            f"{duration_text(row['low_hours'])} to {duration_text(row['high_hours'])}",
        )
        for row in largest.iter_rows(named=True)
    ]


def _kpis(table: pl.DataFrame) -> list[dict[str, str]]:
    rows = []
    for row in table.iter_rows(named=True):
        scale = scale_of(row["unit"], row["difference"], difference=True)
        known = row["low"] is not None
        rows.append(
            _row(
                DEFINITIONS[row["kpi"]].label,
                value_text(row["first"], row["unit"]),
                value_text(row["second"], row["unit"]),
                scale.text(row["difference"]),
                f"{scale.number(row['low'])} to {scale.number(row['high'])}" if known else "none",
                _figure(row["holm_p_value"]),
            )
        )
    return rows


def _distance(row: dict[str, Any]) -> dict[str, Any]:
    figures = ("distance", "chance_mean", "chance_highest")
    return {**row, **{name: _figure(row[name]) for name in figures}}


def _row(name: str, *cells: str) -> dict[str, str]:
    first, second, change, interval, *more = cells
    return {
        "name": name,
        "first": first,
        "second": second,
        "change": change,
        "interval": interval,
        "more": more[0] if more else "",
    }


def _figure(value: float | None) -> str:
    return NOT_AVAILABLE if value is None or math.isnan(value) else f"{value:.4g}"
