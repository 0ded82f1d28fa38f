"""Where a process map's activities and paths lie: one layout for all scenarios, page-wide."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from mining.performance import DirectlyFollows
from reports.figures.text_fit import wrapped
from reports.process_engine import Line, Placed, Shape, placed, turns
from reports.process_fold import Point, most_compact
from reports.process_graph import (
    END,
    START,
    ProcessGraph,
    against_flow,
    filtered,
    happy_path,
    union,
)
from reports.process_labels import label_places

NAME_SIZE = 12.0
# Names are bold, and some screens have a wide face.
NAME_FIT = 13.0
PADDING = 8.0
LINE_HEIGHT = 14.0
ROW_WIDTH = 900.0
MARGIN = 12.0
NODE_WIDTH = 116.0
LABEL_WIDTH = 48.0
LABEL_HEIGHT = 26.0
GLYPH_SIZE = 26.0
_MOST_LINES = 3
# Who finds the ways back, the engine or we; whether start and end are held at the borders.
_VARIATIONS = ((False, True), (True, True), (True, False))


@dataclass(frozen=True, slots=True)
class NodeBox:
    """Where an activity lies.

    Parameters
    ----------
    name
        The activity as the log writes it; START or END for the glyphs.
    x, y
        Centre, in points from the top left corner.
    width, height
        In points.
    """

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class EdgePath:
    """How a path runs.

    Parameters
    ----------
    source, target
        Names as in :class:`NodeBox`.
    points
        A start and three points for each cubic Bezier segment, in points from the top left.
    tip
        Where the arrow head ends; it begins at the last of *points*.
    label
        Centre of the label's room.
    happy
        Whether it belongs to the happy path.
    """

    source: str
    target: str
    points: tuple[Point, ...]
    tip: Point
    label: Point
    happy: bool


@dataclass(frozen=True, slots=True)
class MapLayout:
    """A layout of the union of graphs, so that every scenario is drawn in the same place.

    Parameters
    ----------
    width, height
        Size in points.
    nodes, edges
        Geometry, sorted by name.
    happy
        The dominant way from START to END.
    rows
        Number of rows that the map is folded into.
    hidden_activities, hidden_paths
        How many the filter left out.
    covered
        Share (0 to 1) of all transitions that the paths shown make up; NaN without any.
    """

    width: float
    height: float
    nodes: tuple[NodeBox, ...]
    edges: tuple[EdgePath, ...]
    happy: tuple[str, ...]
    rows: int
    hidden_activities: int
    hidden_paths: int
    covered: float


def process_map(
    graphs: Sequence[DirectlyFollows],
    *,
    activity_share: float = 1.0,
    path_share: float = 1.0,
    row_width: float = ROW_WIDTH,
    lines: int | None = None,
) -> MapLayout:
    """Lay out the union of *graphs* from left to right, its happy path straight.

    Parameters
    ----------
    graphs
        The baseline first, then its scenarios; or one graph.
    activity_share, path_share
        Share (0 to 1) of events and transitions to show at least, see
        :func:`reports.process_graph.filtered`.
    row_width
        Width in points beyond which the map is folded into rows that read like lines of text.
    lines
        Lines of text that an activity's name may take; as many as the names need by default, two
        at least and three at most.

    Returns
    -------
    MapLayout
        The same for the same graphs, whatever the order of their rows.

    Raises
    ------
    MissingDependencyError
        If the package that lays graphs out is not installed.
    """
    whole = union(graphs)
    return laid_out(
        whole, filtered(whole, activity_share, path_share), row_width=row_width, lines=lines
    )


def laid_out(
    whole: ProcessGraph,
    graph: ProcessGraph,
    *,
    row_width: float = ROW_WIDTH,
    lines: int | None = None,
    label_width: float = LABEL_WIDTH,
) -> MapLayout:
    """Lay out *graph*, a part of *whole*; parameters and errors as of :func:`process_map`.

    *label_width* is the room in points for the numbers of each path.
    """
    spine = happy_path(graph)
    total = sum(whole.edges.values())
    hidden_activities = len(whole.nodes) - len(graph.nodes)
    hidden_paths = len(whole.edges) - len(graph.edges)
    covered = sum(graph.edges.values()) / total if total else float("nan")
    if not graph.nodes:
        return MapLayout(
            NODE_WIDTH, LINE_HEIGHT * 2, (), (), (), 1, hidden_activities, hidden_paths, covered
        )
    height = LINE_HEIGHT * ((lines or _lines(graph)) + 1) + 10.0
    order = [*spine, *(name for name in graph.nodes if name not in set(spine))]
    happy = set(itertools.pairwise(spine))
    steps = [*itertools.pairwise(spine), *(edge for edge in graph.edges if edge not in happy)]
    # The engine's heuristics are a matter of luck: the most compact drawing of a few wins, of
    # those whose happy path never turns back.
    drawn = [
        _placed(graph, spine, order, steps, (height, label_width), own_cycles=own, pinned=pinned)
        for own, pinned in _VARIATIONS
    ]
    fewest = min(turns(found, len(spine)) for found in drawn)
    folded = most_compact(
        [(found.boxes, found.curves) for found in drawn if turns(found, len(spine)) == fewest],
        row_width=row_width,
        label_size=(label_width - 12.0, LABEL_HEIGHT),
        margin=MARGIN,
    )
    places = label_places(
        folded.curves,
        [source == target for source, target in steps],
        folded.nodes,
        (label_width - 10.0, LABEL_HEIGHT + 5.0),
    )
    boxes = [NodeBox(name, *box) for name, box in zip(order, folded.nodes, strict=True)]
    paths = [
        EdgePath(
            source,
            target,
            curve.points,
            curve.tip,
            place,
            (source, target) in happy,
        )
        for (source, target), curve, place in zip(steps, folded.curves, places, strict=True)
    ]
    return MapLayout(
        folded.width,
        folded.height,
        tuple(sorted(boxes, key=lambda box: box.name)),
        tuple(sorted(paths, key=lambda path: (path.source, path.target))),
        spine,
        folded.rows,
        hidden_activities,
        hidden_paths,
        covered,
    )


def _lines(graph: ProcessGraph) -> int:
    """Return how many lines the longest name needs, within limits."""
    needed = (
        len(wrapped(name, NAME_FIT, NODE_WIDTH - 2 * PADDING, _MOST_LINES))
        for name in graph.nodes
        if name not in (START, END)
    )
    return max(2, *needed, 0)


def _placed(
    graph: ProcessGraph,
    spine: Sequence[str],
    order: Sequence[str],
    steps: Sequence[tuple[str, str]],
    room: tuple[float, float],
    *,
    own_cycles: bool,
    pinned: bool,
) -> Placed:
    """Return one drawing; *own_cycles* tells the engine which paths lead back.

    *room* is the height of an activity and the width of a label.
    """
    number = {name: index for index, name in enumerate(order)}
    borders = {START: "source", END: "sink"} if pinned else {}
    shapes = [
        Shape(GLYPH_SIZE, GLYPH_SIZE, name in spine, borders.get(name, ""))
        if name in (START, END)
        else Shape(NODE_WIDTH, room[0], name in spine)
        for name in order
    ]
    backward = against_flow(graph, spine) if own_cycles else set()
    most = max(graph.edges.values(), default=1) or 1
    happy = set(itertools.pairwise(spine))
    lines = [
        Line(
            number[edge[0]],
            number[edge[1]],
            200 if edge in happy else 1 + round(10 * graph.edges[edge] / most),
            edge in backward,
        )
        for edge in steps
    ]
    return placed(shapes, lines, label=(room[1], LABEL_HEIGHT))
