"""A process map as a picture of a document: chosen from on a page, still on paper."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mining.path_cases import PathCases
from mining.performance import DirectlyFollows
from reports.documents.cells import count_cell, duration_cell, text_cell, value_cell
from reports.documents.document import Cell, Column, Picture, Table
from reports.figures.map_marks import METRICS, Metric, graph_size_text, node_text, shown_share_text
from reports.figures.process_map_case_lists import CaseLists
from reports.figures.process_map_figure import process_map_figure
from reports.figures.process_map_page import map_markup
from reports.map_levels import MapLevels, map_levels, printable_layout
from reports.number_text import count_text, duration_text
from reports.process_graph import END, START, edges_of, happy_path, union

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A page turned on its side, less its caption; inches.
PAGE_WIDTH = 10.2
PAGE_HEIGHT = 6.4
POINTS_PER_INCH = 72.0
PAGE_POINTS = (PAGE_WIDTH * POINTS_PER_INCH, PAGE_HEIGHT * POINTS_PER_INCH)
_MOST_ROWS = 2000
_STEPS_TOLD = 12
_COLUMNS = (
    Column("From"),
    Column("To"),
    Column("Times", right=True, unit="count"),
    Column("Cases", right=True, unit="count"),
    Column("Median time", right=True, unit="hours"),
    Column("90th percentile", right=True, unit="hours"),
    Column("Total time", right=True, unit="hours"),
    Column("Automated", right=True, unit="share"),
)


def map_picture(
    graph: DirectlyFollows,
    *,
    key: str = "map",
    title: str = "Process map",
    levels: MapLevels | None = None,
    metrics: Sequence[Metric] = METRICS,
    cases: PathCases | None = None,
    name: str = "",
) -> Picture:
    """Return the process map of a log or a scenario.

    Parameters
    ----------
    graph
        Whose numbers to show.
    key, title
        Of the picture.
    levels
        From :func:`reports.map_levels.map_levels` of all scenarios that are to be drawn in the
        same places; of this graph alone by default.
    metrics
        What lines may show on a page; paper shows the first.
    cases
        From :func:`mining.path_cases.path_cases`: examples that activities and paths lead to.
    name
        What the graph is of, for the caption; empty where the title says it.

    Raises
    ------
    MissingDependencyError
        If the package that lays graphs out is not installed.
    """
    known = levels if levels is not None else map_levels([graph])
    lists = None if cases is None else CaseLists.of(cases)

    @functools.cache
    def on_paper() -> Figure:
        layout = printable_layout(known, *PAGE_POINTS)
        width = page_width(layout.width, layout.height)
        return process_map_figure(layout, graph, metric=metrics[0], width=width)

    size = graph_size_text(graph)
    return Picture(
        key=key,
        title=title,
        caption=_caption(known, f"{name}: {size}" if name else size),
        alternative=_alternative(graph, size),
        figure=on_paper,
        data=path_table(graph, f"{key}-data", f"{title}: every activity and path"),
        markup=lambda prefix: map_markup(
            known, graph, prefix, title=title, metrics=metrics, cases=lists
        ),
        wide=True,
    )


def page_width(width: float, height: float) -> float:
    """Return the width in inches at which a drawing of that size in points goes on a page."""
    scale = min(
        PAGE_WIDTH * POINTS_PER_INCH / width, PAGE_HEIGHT * POINTS_PER_INCH / height, _LARGEST
    )
    return width * scale / POINTS_PER_INCH


# A drawing of three boxes need not fill the page.
_LARGEST = 1.0


def _caption(levels: MapLevels, size: str) -> str:
    return (
        f"{size}. {shown_share_text(levels.readable)} A wide, dark line is taken often; below the "
        "number of times stands the median time. Times run from the completion of one activity to "
        "that of the next, in calendar time. Read rows from left to right, like text. Paper may "
        "show less than a screen; the table holds every path."
    )


def _alternative(graph: DirectlyFollows, size: str) -> str:
    steps = [node_text(step) for step in happy_path(union([graph])) if step not in (START, END)]
    if not steps:
        return f"Process map of {size}."
    told = ", ".join(_short(step) for step in steps[:_STEPS_TOLD])
    told += f" and {len(steps) - _STEPS_TOLD} more" if len(steps) > _STEPS_TOLD else ""
    text = f"Process map of {size}. The main path runs through {told}."
    if graph.edges.height:
        slow = graph.edges.sort(["median_hours", "source", "target"], descending=True).row(
            0, named=True
        )
        text += (
            f" The slowest path by its median leads from {_short(node_text(slow['source']))} to "
            f"{_short(node_text(slow['target']))}: {duration_text(slow['median_hours'])}, "
            f"{count_text(slow['count'])} times."
        )
    return text


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "\u2026"


def path_table(graph: DirectlyFollows, key: str, caption: str) -> Table:
    """Return every activity and path of a graph with its numbers, the most frequent first."""
    none = text_cell("")
    rows: list[list[Cell]] = []
    for row in graph.activities.iter_rows(named=True):
        numbers = [count_cell(row["count"]), count_cell(row["cases"]), none, none, none]
        automated = row["automated_share"]
        share = none if automated is None else value_cell(automated, "share")
        rows.append([text_cell(node_text(row["activity"])), none, *numbers, share])
    activities = len(rows)
    timed = {(row["source"], row["target"]): row for row in graph.edges.iter_rows(named=True)}
    counts = edges_of(graph)
    order = sorted(counts, key=lambda way: (way[0] != START, way[1] == END, -counts[way], way))
    for way in order[: _MOST_ROWS - activities]:
        names = [text_cell(node_text(name)) for name in way]
        if way not in timed:
            rows.append([*names, count_cell(counts[way]), count_cell(counts[way]), *[none] * 4])
            continue
        row = timed[way]
        hours = (row["median_hours"], row["p90_hours"], (row["mean_hours"] or 0.0) * row["count"])
        rows.append(
            [
                *names,
                count_cell(row["count"]),
                count_cell(row["cases"]),
                *(duration_cell(value) for value in hours),
                none,
            ]
        )
    groups = [(0, "Activities")] if activities else []
    groups += [(activities, "Paths, from the completion of one activity to that of the next")]
    if len(order) > _MOST_ROWS - activities:
        caption += f" (the {count_text(_MOST_ROWS)} most frequent)"
    return Table(key, caption, _COLUMNS, rows, groups=groups if rows else (), folded=True)
