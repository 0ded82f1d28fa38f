"""Where a process map's activities and paths lie: one layout for all scenarios, page-wide."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from mining.performance import DirectlyFollows
from reports.process_engine import (
    LABEL_HEIGHT,
    LABEL_WIDTH,
    NODE_WIDTH,
    VARIATIONS,
    numbering,
    placed,
    turns,
)
from reports.process_fold import Curve, Point, flat, fold
from reports.process_graph import filtered, happy_path, union

LINE_HEIGHT = 14.0
ROW_WIDTH = 900.0
MARGIN = 12.0
_NEAR = 11.0


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
    lines: int = 2,
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
        Lines of text that an activity's name may take.

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
    graph = filtered(whole, activity_share, path_share)
    spine = happy_path(graph)
    total = sum(whole.edges.values())
    hidden_activities = len(whole.nodes) - len(graph.nodes)
    hidden_paths = len(whole.edges) - len(graph.edges)
    covered = sum(graph.edges.values()) / total if total else float("nan")
    if not graph.nodes:
        return MapLayout(
            NODE_WIDTH, LINE_HEIGHT * 2, (), (), (), 1, hidden_activities, hidden_paths, covered
        )
    height = LINE_HEIGHT * (lines + 1) + 10.0
    # The engine's heuristics are a matter of luck: the most compact drawing of a few wins, of
    # those whose happy path never turns back.
    drawn = [
        placed(graph, spine, height, own_cycles=own, pinned=pinned) for own, pinned in VARIATIONS
    ]
    tried = [
        fold(
            [(x, y, w, h) for x, y, w, h in nodes],
            [curve for _, _, curve in curves],
            row_width=row_width,
            label_size=(LABEL_WIDTH - 12.0, LABEL_HEIGHT),
            margin=MARGIN,
        )
        for _, nodes, curves in drawn
    ]
    best = min(
        range(len(tried)),
        key=lambda k: (turns(drawn[k], len(spine)), tried[k].width * tried[k].height, k),
    )
    folded, (names, _, curves) = tried[best], drawn[best]
    order = numbering(graph, spine)
    happy = set(itertools.pairwise(spine))
    boxes = [
        NodeBox(order[name], x, y, w, h)
        for name, (x, y, w, h) in zip(names, folded.nodes, strict=True)
    ]
    paths = [
        EdgePath(
            order[tail],
            order[head],
            curve.points,
            curve.tip,
            _beside(curve) if tail != head else curve.label,
            (order[tail], order[head]) in happy,
        )
        for (tail, head, _), curve in zip(curves, folded.curves, strict=True)
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


def _beside(curve: Curve) -> Point:
    """Return the label's centre, moved onto the curve where that passes through its room.

    The two lines of a label can then be set above and below the curve.
    """
    x, y = curve.label
    near = [
        point
        for point in flat(curve.points, 24)
        if abs(point[0] - x) < LABEL_WIDTH / 3 and abs(point[1] - y) < _NEAR
    ]
    return (x, min(near, key=lambda point: abs(point[0] - x))[1]) if near else (x, y)
