"""What a scenario changes on the map: more is solid, fewer is dashed, both with signed counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from mining.performance import DirectlyFollows
from reports.figures.map_marks import Mark, node_text
from reports.number_text import count_text
from reports.process_graph import END, START, Edge, edges_of
from reports.process_map import MapLayout

_Key = TypeVar("_Key", str, Edge)


def difference_marks(
    layout: MapLayout, graph: DirectlyFollows, baseline: DirectlyFollows
) -> tuple[dict[str, Mark], dict[Edge, Mark]]:
    """Return what to draw on activities and paths for *graph* compared with *baseline*.

    Counts are compared as they are: both graphs are of the same orders under common random
    numbers, so their numbers of cases hardly differ.
    """
    names = [box.name for box in layout.nodes]
    shown = [(edge.source, edge.target) for edge in layout.edges]
    ways = {edge: f"{node_text(edge[0])} \u2192 {node_text(edge[1])}" for edge in shown}
    return (
        _marks({name: node_text(name) for name in names}, _events(graph), _events(baseline)),
        _marks(ways, edges_of(graph), edges_of(baseline)),
    )


def _marks(
    titles: Mapping[_Key, str], now: Mapping[_Key, int], before: Mapping[_Key, int]
) -> dict[_Key, Mark]:
    changes = {key: now.get(key, 0) - before.get(key, 0) for key in titles}
    most = max((abs(change) for change in changes.values()), default=0) or 1
    marks = {}
    for key, change in changes.items():
        counts = f"{count_text(before.get(key, 0))} before, {count_text(now.get(key, 0))} now"
        sign = "+" if change > 0 else "\u2212"
        lines = (f"{sign}{count_text(abs(change))}",) if change else ()
        direction = (change > 0) - (change < 0)
        marks[key] = Mark(abs(change) / most, lines, f"{titles[key]}: {counts}", True, direction)
    return marks


def _events(graph: DirectlyFollows) -> dict[str, int]:
    counts = dict(graph.activities.select("activity", "count").iter_rows())
    ends = {START: int(graph.starts["count"].sum()), END: int(graph.ends["count"].sum())}
    return {**counts, **ends}
