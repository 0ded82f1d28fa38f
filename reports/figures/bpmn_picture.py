"""A process model as a BPMN diagram: tasks, gateways and events from left to right."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING

from mining.bpmn import Elements, elements
from mining.discovery import Model, to_bpmn
from mining.normative_overview import normative_overview
from o2c_sim.errors import Problem, UsageError
from reports.documents.cells import text_cell
from reports.documents.document import Cell, Column, Picture, Table
from reports.figures.drawing import Arrow, Drawing, Item, Outline, Words
from reports.figures.drawing_figure import drawing_figure
from reports.figures.drawing_svg import drawing_svg
from reports.figures.palette import ACCENT, INK, MUTED
from reports.figures.process_map_picture import page_width
from reports.figures.text_fit import printable, wrapped
from reports.number_text import count_text
from reports.process_engine import Line, Shape, placed
from reports.process_fold import most_compact

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_NODES = 160
# From about two flows to a node on, lines can no longer be followed; a small diagram may have more.
_MOST_FLOWS_PER_NODE = 1.8
_SMALL = 30
_TASK = (108.0, 46.0)
_GATEWAY = 32.0
_EVENT = 26.0
_ROW_WIDTH = 900.0
_NAME_SIZE = 11.0
# A bold face and wide screens' fonts need more than the size says.
_NAME_FIT = 12.6
_LINE = 12.6
_WORDS = {
    "startEvent": "Start",
    "endEvent": "End",
    "task": "Task",
    "exclusiveGateway": "Exclusive gateway",
    "parallelGateway": "Parallel gateway",
    "inclusiveGateway": "Inclusive gateway",
}


def bpmn_picture(
    model: Model, *, key: str = "bpmn", title: str = "Process model", caption: str = ""
) -> Picture:
    """Return the BPMN diagram of a discovered model.

    Parameters
    ----------
    model
        From :mod:`mining.discovery`; for the normative model see :func:`normative_picture`.
    key, title
        Of the picture.
    caption
        What is said before the legend, such as how the model was found.

    Raises
    ------
    UsageError
        If the diagram has too many elements to be read.
    MissingDependencyError
        If pm4py or the package that lays graphs out is not installed.
    """
    found = elements(to_bpmn(model))
    return elements_picture(
        found, key=key, title=title, caption=caption or f"Model: {printable(model.name)}."
    )


def normative_picture(
    covered: Collection[str] | None = None,
    *,
    key: str = "normative",
    title: str = "Normative model at a glance",
) -> Picture:
    """Return the stages of the normative model; its rules are more than a diagram can show.

    Parameters
    ----------
    covered
        Reference names to show, such as those that a log records; all if None.
    key, title
        Of the picture.

    Raises
    ------
    MissingDependencyError
        If the package that lays graphs out is not installed.
    """
    part = "" if covered is None else ", with the steps that the log records"
    return elements_picture(
        normative_overview(covered),
        key=key,
        title=title,
        caption=(
            f"An overview of the normative model{part}: required steps in a row; the optional "
            "steps of a stage stand behind its required ones, whenever they may happen, and may "
            "be passed by or repeated. Conformance is checked against the whole model, whose rules "
            "between blocks, documents and payments no diagram shows."
        ),
    )


def elements_picture(found: Elements, *, key: str, title: str, caption: str) -> Picture:
    """Return the picture of a diagram; parameters and errors as of :func:`bpmn_picture`."""
    drawing = bpmn_drawing(found)

    @functools.cache
    def figure() -> Figure:
        return drawing_figure(drawing, width=page_width(drawing.width, drawing.height))

    counts = Counter(found.kinds)
    told = ", ".join(
        f"{count_text(number)} {_WORDS.get(kind, kind).lower()}{'s' if number != 1 else ''}"
        for kind, number in sorted(counts.items())
        if kind not in ("startEvent", "endEvent")
    )
    return Picture(
        key=key,
        title=title,
        caption=(
            f"{caption} BPMN 2.0: boxes are tasks; a diamond with \u00d7 chooses one of its ways, "
            "one with + takes all of them at once; the thin ring is the start, the thick one the "
            "end. Read rows from left to right, like text."
        ),
        alternative=f"BPMN diagram with {told or 'no tasks'} and "
        f"{count_text(len(found.flows))} sequence flows.",
        figure=figure,
        data=_table(found, f"{key}-data", f"{title}: every sequence flow"),
        markup=lambda prefix: drawing_svg(drawing, title=title, identifier=prefix),
        wide=True,
    )


def bpmn_drawing(found: Elements) -> Drawing:
    """Lay a diagram out and draw it.

    Raises
    ------
    UsageError
        If it has too many elements to be read.
    """
    most_flows = _MOST_FLOWS_PER_NODE * max(len(found.kinds), _SMALL)
    if len(found.kinds) > _MOST_NODES or len(found.flows) > most_flows:
        raise UsageError(
            Problem(
                f"a diagram of {len(found.kinds)} elements and {len(found.flows)} flows cannot be "
                "read",
                allowed=f"at most {_MOST_NODES} elements, and {_MOST_FLOWS_PER_NODE} flows to each",
                suggestion="discover with more noise, or cut the model to fewer activities",
            )
        )
    if not found.kinds:
        return Drawing(120.0, 28.0, [Words(8.0, 18.0, "No tasks", 12.0, MUTED, anchor="start")])
    shapes = [_shape(kind) for kind in found.kinds]
    lines = [Line(source, target, 2) for source, target in found.flows]
    drawn = placed(shapes, lines, gap=0.16, step=0.3)
    page = most_compact([(drawn.boxes, drawn.curves)], row_width=_ROW_WIDTH)
    items: list[Item] = []
    for (source, target), curve in zip(found.flows, page.curves, strict=True):
        way = f"{_told(found, source)} \u2192 {_told(found, target)}"
        items.append(Arrow(curve.points, curve.tip, MUTED, 1.3, title=way))
    for number, (x, y, width, height) in enumerate(page.nodes):
        items += _node(found.kinds[number], found.names[number], x, y, width, height)
    return Drawing(page.width, page.height, items)


def _shape(kind: str) -> Shape:
    if kind in ("startEvent", "endEvent"):
        return Shape(_EVENT, _EVENT, border="source" if kind == "startEvent" else "sink")
    if kind.endswith("Gateway"):
        return Shape(_GATEWAY, _GATEWAY)
    return Shape(*_TASK)


def _node(kind: str, name: str, x: float, y: float, width: float, height: float) -> list[Item]:
    if kind in ("startEvent", "endEvent"):
        line = 1.4 if kind == "startEvent" else 3.4
        return [
            Outline(x, y, width - 3, height - 3, "circle", INK, line_width=line, title=_WORDS[kind])
        ]
    if kind.endswith("Gateway"):
        diamond = Outline(
            x, y, width, height, "diamond", INK, line_width=1.4, title=_WORDS.get(kind, kind)
        )
        return [diamond, *_sign(kind, x, y)]
    lines = wrapped(name, _NAME_FIT, width - 12.0, 3) or ("(no name)",)
    first = y - (len(lines) - 1) * _LINE / 2 + 3.8
    box = Outline(x, y, width, height, "box", ACCENT, fill_alpha=0.1, title=name or "(no name)")
    words = [
        Words(x, first + place * _LINE, text, _NAME_SIZE, bold=True)
        for place, text in enumerate(lines)
    ]
    return [box, *words]


def _sign(kind: str, x: float, y: float) -> list[Item]:
    """Return the sign in a gateway's diamond: a cross, a plus or a ring."""
    if kind == "inclusiveGateway":
        return [Outline(x, y, 13.0, 13.0, "circle", INK, line_width=2.0)]
    reach = 4.6 if kind == "exclusiveGateway" else 6.4
    ways = ((1, 1), (1, -1)) if kind == "exclusiveGateway" else ((1, 0), (0, 1))
    strokes: list[Item] = []
    for a, b in ways:
        start, end = (x - a * reach, y - b * reach), (x + a * reach, y + b * reach)
        strokes.append(Arrow((start, start, end, end), None, INK, 2.2))
    return strokes


def _told(found: Elements, number: int) -> str:
    """Return a node in words; gateways of a kind are counted from the start."""
    kind, name = found.kinds[number], found.names[number]
    if kind == "task":
        return printable(name) or "(no name)"
    place = found.kinds[: number + 1].count(kind)
    word = _WORDS.get(kind, kind)
    return f"{word} {place}" if found.kinds.count(kind) > 1 else word


def _table(found: Elements, key: str, caption: str) -> Table:
    columns = (Column("From"), Column("Kind"), Column("To"), Column("Kind of the next"))
    rows: list[list[Cell]] = [
        [
            text_cell(text)
            for node in flow
            for text in (_told(found, node), _WORDS.get(found.kinds[node], found.kinds[node]))
        ]
        for flow in found.flows
    ]
    return Table(key, caption, columns, rows, folded=True)
