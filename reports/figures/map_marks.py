"""What a process map says: strength, numbers and tooltip of each activity and path."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from mining.performance import DirectlyFollows
from reports.figures.text_fit import printable
from reports.number_text import count_text, duration_text, share_text
from reports.process_graph import END, START, Edge, edges_of
from reports.process_map import NAME_SIZE as NAME_SIZE
from reports.process_map import EdgePath, MapLayout

Metric = Literal["frequency", "performance", "p90", "total"]
METRICS: tuple[Metric, ...] = ("frequency", "performance", "p90", "total")
METRIC_TEXTS: dict[Metric, str] = {
    "frequency": "How often",
    "performance": "Median time",
    "p90": "90th percentile",
    "total": "Total time",
}

COUNT_SIZE = 10.5
LABEL_SIZE = 10.5


@dataclass(frozen=True, slots=True)
class Mark:
    """How strongly something is drawn and what is written on it.

    Parameters
    ----------
    strength
        0 to 1, the metric relative to its largest value on the map.
    lines
        What is written on it, most important first.
    title
        The whole story, for a tooltip.
    present
        Whether this graph has it; what only another scenario has is drawn as a ghost.
    """

    strength: float
    lines: tuple[str, ...]
    title: str
    present: bool


def node_text(name: str) -> str:
    """Return an activity's name for people; the glyphs' names become words."""
    return {START: "Start", END: "End"}.get(name, printable(name))


def node_marks(layout: MapLayout, graph: DirectlyFollows) -> dict[str, Mark]:
    """Return what to draw on each activity of *layout* for one graph."""
    rows = {
        row["activity"]: row
        for row in graph.activities.select(
            "activity", "count", "cases", "automated_share"
        ).to_dicts()
    }
    most = max((row["count"] for row in rows.values()), default=0) or 1
    ends = {START: graph.starts["count"].sum(), END: graph.ends["count"].sum()}
    marks = {}
    for box in layout.nodes:
        if box.name in ends:
            cases = int(ends[box.name] or 0)
            word = "start" if box.name == START else "end"
            marks[box.name] = Mark(1.0, (), f"{count_text(cases)} cases {word} here", cases > 0)
            continue
        row = rows.get(box.name)
        if row is None:
            title = f"{node_text(box.name)}: does not happen here"
            marks[box.name] = Mark(0.0, ("not here",), title, False)
            continue
        text = count_text(row["count"])
        title = f"{node_text(box.name)}: {text} events in {count_text(row['cases'])} cases"
        share = row["automated_share"]
        if share is not None:
            title += f", {share_text(share)} automated"
            text += f" \u00b7 {share_text(share)} auto"
        marks[box.name] = Mark(row["count"] / most, (text,), title, True)
    return marks


def edge_marks(
    layout: MapLayout, graph: DirectlyFollows, metric: Metric = "frequency"
) -> dict[Edge, Mark]:
    """Return what to draw on each path of *layout* for one graph."""
    counts = edges_of(graph)
    times = _times(graph)
    shown = [(edge.source, edge.target) for edge in layout.edges]
    place = METRICS.index(metric)
    most = max((counts.get(edge, 0) for edge in shown), default=0) or 1
    longest = max((times[edge][place] for edge in shown if edge in times), default=0.0) or 1.0
    marks = {}
    for edge in shown:
        way = f"{node_text(edge[0])} \u2192 {node_text(edge[1])}"
        if edge not in counts:
            marks[edge] = Mark(0.0, (), f"{way}: does not happen here", False)
            continue
        count = count_text(counts[edge])
        if edge not in times:
            strength = counts[edge] / most if metric == "frequency" else 0.0
            marks[edge] = Mark(strength, (count,), f"{way}: {count} cases", True)
            continue
        hours = [duration_text(value) for value in times[edge]]
        title = (
            f"{way}: {count} times, median {hours[1]}, 90th percentile {hours[2]}, "
            f"{hours[3]} in total"
        )
        if metric == "frequency":
            marks[edge] = Mark(counts[edge] / most, (count, hours[1]), title, True)
        else:
            strength = max(times[edge][place], 0.0) / longest
            marks[edge] = Mark(strength, (hours[place], count), title, True)
    return marks


def _times(graph: DirectlyFollows) -> dict[Edge, tuple[float, float, float, float]]:
    """Return count, median, 90th percentile and total hours of each path with a time."""
    columns = ("source", "target", "count", "median_hours", "p90_hours", "mean_hours")
    return {
        (source, target): (float(count), median or 0.0, p90 or 0.0, (mean or 0.0) * count)
        for source, target, count, median, p90, mean in graph.edges.select(columns).iter_rows()
    }


def stroke_width(strength: float) -> float:
    """Return the width of a path; the square root keeps rare paths visible."""
    return 1.0 + 6.0 * math.sqrt(max(strength, 0.0))


def opacity(strength: float) -> float:
    """Return how dark a path is drawn."""
    return 0.52 + 0.43 * math.sqrt(max(strength, 0.0))


def arrow_head(edge: EdgePath, width: float) -> tuple[tuple[float, float], ...]:
    """Return the three corners of the arrow head."""
    (x, y), (tip_x, tip_y) = edge.points[-1], edge.tip
    across, up = tip_x - x, tip_y - y
    length = (across**2 + up**2) ** 0.5 or 1.0
    half = (3.2 + width * 0.6) / length
    return (tip_x, tip_y), (x - up * half, y + across * half), (x + up * half, y - across * half)


def label_lines(edge: EdgePath, mark: Mark) -> tuple[tuple[float, float, str], ...]:
    """Return centre, baseline and text of a path's numbers: one above its line, one below."""
    half = stroke_width(mark.strength) / 2
    x, y = edge.label
    baselines = (y - half - 2.5, y + half + LABEL_SIZE - 0.5)
    if edge.source == edge.target:
        # A loop is narrower than its label: both lines go on top.
        baselines = (y - LABEL_SIZE - 1.0, y - 1.0)
    return tuple((x, baseline, line) for baseline, line in zip(baselines, mark.lines, strict=False))


def shown_share_text(layout: MapLayout) -> str:
    """Return what the map leaves out, in words."""
    activities = len([box for box in layout.nodes if box.name not in (START, END)])
    paths = len(layout.edges)
    text = f"Shows {counted_text(activities, 'activity')} and {counted_text(paths, 'path')}"
    if layout.hidden_paths or layout.hidden_activities:
        left = [
            counted_text(number, f"rare {noun}")
            for number, noun in (
                (layout.hidden_activities, "activity"),
                (layout.hidden_paths, "path"),
            )
            if number
        ]
        text += (
            f", {share_text(layout.covered)} of all transitions; {' and '.join(left)} "
            f"{'is' if layout.hidden_paths + layout.hidden_activities == 1 else 'are'} left out"
        )
    return text + "."


def graph_size_text(graph: DirectlyFollows) -> str:
    """Return how many cases and events a graph is of."""
    return f"{counted_text(graph.cases, 'case')}, {counted_text(graph.events, 'event')}"


def counted_text(count: int, noun: str) -> str:
    """Return a number of things in words people use."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count_text(count)} {noun if count == 1 else many}"
