"""What a document says beside a process map: title, caption and the same facts as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mining.performance import DirectlyFollows
from reports.figures.map_marks import node_text, shown_share_text
from reports.number_text import count_text, duration_text
from reports.process_graph import END, START, Edge, edges_of, filtered, union
from reports.process_map import MapLayout

# A reader can follow about this many activities and paths; beyond, the rare hide the process.
_ACTIVITIES = 24
_PATHS = 60
_PATHS_PER_NODE = 1.8
_SHARES = (1.0, 0.99, 0.98, 0.97, 0.95, 0.93, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.0)
_GRAPHS_PER_TABLE = 4


def readable_shares(graphs: Sequence[DirectlyFollows]) -> tuple[float, float]:
    """Return the shares of events and of transitions to show so that a map can be read.

    Both are 1 for a small union of graphs; otherwise the largest that keep the map small, or 0
    (the happy path and what hangs together with it) when none does.
    """
    whole = union(graphs)
    activities = next(
        (share for share in _SHARES if len(filtered(whole, share, 0.0).nodes) <= _ACTIVITIES + 2),
        0.0,
    )
    most = min(_PATHS, _PATHS_PER_NODE * len(filtered(whole, activities, 0.0).nodes))
    paths = next(
        (share for share in _SHARES if len(filtered(whole, activities, share).edges) <= most), 0.0
    )
    return activities, paths


def map_view(
    name: str, identifier: str, layout: MapLayout, graph: DirectlyFollows
) -> dict[str, str]:
    """Return the values that the template's ``map_figure`` macro takes."""
    cases = f"{count_text(graph.cases)} cases, {count_text(graph.events)} events"
    return {
        "name": name,
        "identifier": identifier,
        "title": f"Process map, {name}",
        "caption": f"{name}: {cases}. {shown_share_text(layout)}",
    }


def path_rows(graph: DirectlyFollows) -> list[dict[str, str]]:
    """Return every path of a graph, also those that its map leaves out."""
    cases = dict(zip(_ways(graph), graph.edges["cases"], strict=True))
    counts, times = edges_of(graph), _times(graph)
    rows = []
    for source, target in _order([graph]):
        way = (source, target)
        median, p90 = times.get(way, ("", ""))
        rows.append(
            {
                "source": node_text(source),
                "target": node_text(target),
                "count": count_text(counts[way]),
                "cases": count_text(cases.get(way, counts[way])),
                "median": median,
                "p90": p90,
            }
        )
    return rows


def path_tables(graphs: Sequence[tuple[str, DirectlyFollows]]) -> list[dict[str, object]]:
    """Return tables with every path of all graphs, a column for each, a few to a table."""
    order = _order([graph for _, graph in graphs])
    tables: list[dict[str, object]] = []
    for first in range(0, len(graphs), _GRAPHS_PER_TABLE):
        chosen = graphs[first : first + _GRAPHS_PER_TABLE]
        known = [(edges_of(graph), _times(graph)) for _, graph in chosen]
        rows = [
            {
                "source": node_text(way[0]),
                "target": node_text(way[1]),
                "cells": [_cell(way, counts, times) for counts, times in known],
            }
            for way in order
        ]
        tables.append({"names": [name for name, _ in chosen], "rows": rows})
    return tables


def _cell(
    way: Edge, counts: Mapping[Edge, int], times: Mapping[Edge, tuple[str, str]]
) -> dict[str, str]:
    if way not in counts:
        return {"count": "not here", "times": ""}
    told = ", ".join(times[way]) if way in times else ""
    return {"count": count_text(counts[way]), "times": told}


def _order(graphs: Sequence[DirectlyFollows]) -> list[Edge]:
    """Return all paths: those from the start, then by frequency, those to the end last."""
    edges = union(graphs).edges
    return sorted(edges, key=lambda way: (way[0] != START, way[1] == END, -edges[way], way))


def _times(graph: DirectlyFollows) -> dict[Edge, tuple[str, str]]:
    columns = (graph.edges["median_hours"], graph.edges["p90_hours"])
    return {
        way: (duration_text(median), duration_text(p90))
        for way, median, p90 in zip(_ways(graph), *columns, strict=True)
    }


def _ways(graph: DirectlyFollows) -> list[Edge]:
    return list(zip(graph.edges["source"], graph.edges["target"], strict=True))
