"""An object-centric map: activities once, and the paths of each object type between them."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mining.object_graph import ObjectGraph
from reports.process_engine import Line, Shape, placed
from reports.process_fold import Curve, most_compact
from reports.process_graph import END, START, Edge, ProcessGraph, filtered, happy_path

NODE_WIDTH, NODE_HEIGHT = 116.0, 46.0
PILL_WIDTH, PILL_HEIGHT = 112.0, 46.0
END_SIZE = 22.0
LABEL_WIDTH, LABEL_HEIGHT = 44.0, 16.0
_ROW_WIDTH = 900.0
# Beyond, an object is not what goes through the process but what the process uses (a customer).
_MOST_EVENTS_PER_OBJECT = 25.0
_MOST_TYPES = 6
# Activities and paths that a reader can follow.
MOST_SHOWN = (24, 60)
_SHARES = (1.0, 0.99, 0.97, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.0)

# An activity of all types, or the start or end of one.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class TypeArc:
    """A path of one object type.

    Parameters
    ----------
    type
        Object type.
    source, target
        Places.
    count
        Objects that take it, once for each time.
    curve
        How it runs; points from the top left.
    """

    type: str
    source: Place
    target: Place
    count: int
    curve: Curve


@dataclass(frozen=True, slots=True)
class ObjectMap:
    """Where everything of an object-centric map lies.

    Parameters
    ----------
    width, height
        In points.
    types
        Shown, the one with the most events first.
    left_out
        Types that are not shown.
    boxes
        Place to (x, y, width, height), x and y the centre.
    arcs
        Paths of all types.
    hidden_arcs
        Paths of the types shown that are left out as rare.
    objects
        Type to its number of objects, those included that begin on a path left out.
    """

    width: float
    height: float
    types: tuple[str, ...]
    left_out: tuple[str, ...]
    boxes: Mapping[Place, tuple[float, float, float, float]]
    arcs: tuple[TypeArc, ...]
    hidden_arcs: int
    objects: Mapping[str, int]


def object_map(
    graph: ObjectGraph,
    types: Collection[str] | None = None,
    *,
    most: tuple[int, int] = MOST_SHOWN,
) -> ObjectMap:
    """Lay out an object-centric directly-follows graph from left to right.

    Parameters
    ----------
    graph
        From :func:`mining.object_graph.object_graph`.
    types
        Object types to show. By default the six with the most events, types left out whose
        objects have more than 25 events on average: customers and products do not go through
        the process.
    most
        How many activities and paths are shown at most, the most frequent of each type first;
        beyond, only what holds the map together.

    Raises
    ------
    MissingDependencyError
        If the package that lays graphs out is not installed.
    """
    chosen, left_out = _types(graph, types)
    wholes = {kind: type_graph(graph, kind) for kind in chosen}
    parts = _readable(wholes, most)
    if not parts:
        return ObjectMap(NODE_WIDTH, 28.0, (), left_out, {}, (), 0, {})
    spine = [(n, "") for n in happy_path(parts[chosen[0]]) if n not in (START, END)]
    names = sorted({place for k, p in parts.items() for n in p.nodes for place in [_place(k, n)]})
    order = [*spine, *(place for place in names if place not in set(spine))]
    number = {place: index for index, place in enumerate(order)}
    steps = [(k, edge) for k, part in parts.items() for edge in part.edges]
    straight = set(itertools.pairwise(spine))
    lines = []
    for kind, edge in steps:
        ends = (_place(kind, edge[0]), _place(kind, edge[1]))
        largest = max(parts[kind].edges.values()) or 1
        weight = 50 if ends in straight else 1 + round(10 * parts[kind].edges[edge] / largest)
        lines.append(Line(number[ends[0]], number[ends[1]], weight))
    shapes = [_shape(place, place in set(spine)) for place in order]
    drawn = placed(shapes, lines, label=(LABEL_WIDTH, LABEL_HEIGHT))
    page = most_compact(
        [(drawn.boxes, drawn.curves)],
        row_width=_ROW_WIDTH,
        label_size=(LABEL_WIDTH - 10.0, LABEL_HEIGHT),
    )
    arcs = tuple(
        TypeArc(kind, _place(kind, edge[0]), _place(kind, edge[1]), parts[kind].edges[edge], curve)
        for (kind, edge), curve in zip(steps, page.curves, strict=True)
    )
    hidden = sum(len(wholes[kind].edges) - len(parts[kind].edges) for kind in parts)
    boxes = dict(zip(order, page.nodes, strict=True))
    objects = {kind: whole.nodes[START] for kind, whole in wholes.items()}
    return ObjectMap(page.width, page.height, tuple(parts), left_out, boxes, arcs, hidden, objects)


def type_graph(graph: ObjectGraph, kind: str) -> ProcessGraph:
    """Return activities and paths of one object type, its start and end included."""
    mine = graph.of_type(kind)
    nodes: dict[str, int] = dict(mine.activities.select("activity", "count").iter_rows())
    edges: dict[Edge, int] = {
        (source, target): count
        for source, target, count in mine.edges.select("source", "target", "count").iter_rows()
    }
    for activity, objects in mine.starts.select("activity", "objects").iter_rows():
        edges[START, activity] = objects
    for activity, objects in mine.ends.select("activity", "objects").iter_rows():
        edges[activity, END] = objects
    nodes[START] = int(mine.starts["objects"].sum())
    nodes[END] = int(mine.ends["objects"].sum())
    return ProcessGraph(dict(sorted(nodes.items())), dict(sorted(edges.items())))


def _types(
    graph: ObjectGraph, types: Collection[str] | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    events: dict[str, int] = {}
    objects: dict[str, int] = {}
    for kind, count in graph.activities.select("type", "count").iter_rows():
        events[kind] = events.get(kind, 0) + count
    for kind, count in graph.starts.select("type", "objects").iter_rows():
        objects[kind] = objects.get(kind, 0) + count
    order = sorted(events, key=lambda kind: (-events[kind], kind))
    if types is not None:
        for kind in types:
            graph.of_type(kind)  # an unknown type is an error that names the known ones
        chosen = [kind for kind in order if kind in types]
    else:
        light = [k for k in order if events[k] <= _MOST_EVENTS_PER_OBJECT * objects.get(k, 0)]
        chosen = (light or order)[:_MOST_TYPES]
    return tuple(chosen), tuple(kind for kind in order if kind not in chosen)


def _readable(wholes: Mapping[str, ProcessGraph], most: tuple[int, int]) -> dict[str, ProcessGraph]:
    """Return as much of each type as keeps the map small, all types by the same shares."""
    parts: dict[str, ProcessGraph] = {}
    for activities, paths in _falling():
        parts = {kind: filtered(whole, activities, paths) for kind, whole in wholes.items()}
        names = {name for part in parts.values() for name in part.nodes} - {START, END}
        arcs = sum(len(part.edges) for part in parts.values())
        if len(names) <= most[0] and arcs <= most[1]:
            break
    return parts


def _falling() -> Sequence[tuple[float, float]]:
    """Return pairs of shares from all to least: first fewer paths, then fewer activities."""
    return [(share, part) for share in _SHARES for part in (1.0, 0.95, 0.9, 0.8, 0.6, 0.0)]


def _place(kind: str, name: str) -> Place:
    return (name, kind) if name in (START, END) else (name, "")


def _shape(place: Place, straight: bool) -> Shape:
    if place[0] == START:
        return Shape(PILL_WIDTH, PILL_HEIGHT)
    if place[0] == END:
        return Shape(END_SIZE, END_SIZE)
    return Shape(NODE_WIDTH, NODE_HEIGHT, straight)
