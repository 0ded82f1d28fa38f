"""BPMN 2.0 XML with a layered layout of its own, so that no drawing program is needed."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from typing import Any

_MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_DIAGRAM = "http://www.omg.org/spec/BPMN/20100524/DI"
_BOUNDS = "http://www.omg.org/spec/DD/20100524/DC"
_LINES = "http://www.omg.org/spec/DD/20100524/DI"
_COLUMN, _ROW, _MARGIN = 150, 100, 60
_SIZES = {"startEvent": (36, 36), "endEvent": (36, 36), "task": (110, 70)}
_GATEWAY_SIZE = (50, 50)


@dataclass(frozen=True, slots=True)
class Elements:
    """What a BPMN diagram consists of.

    Parameters
    ----------
    kinds
        BPMN name of each node: ``startEvent``, ``task``, ``exclusiveGateway`` and the like; the
        start events first.
    names
        Of the tasks; empty for all other nodes.
    flows
        (node, node) of each sequence flow, by number.
    """

    kinds: tuple[str, ...]
    names: tuple[str, ...]
    flows: tuple[tuple[int, int], ...]


def elements(diagram: Any) -> Elements:
    """Return nodes and flows of a ``pm4py`` BPMN diagram, numbered from the start event."""
    nodes = _from_the_start(diagram)
    number = {node: place for place, node in enumerate(nodes)}
    kinds = tuple(_kind(node) for node in nodes)
    return Elements(
        kinds,
        tuple(
            str(node.get_name() or "") if kind == "task" else ""
            for node, kind in zip(nodes, kinds, strict=True)
        ),
        tuple(
            (number[node], number[arc.get_target()])
            for node in nodes
            for arc in node.get_out_arcs()
        ),
    )


def to_xml(diagram: Any, name: str) -> str:
    """Return a BPMN diagram as BPMN 2.0 XML with coordinates.

    Parameters
    ----------
    diagram
        A ``pm4py`` BPMN diagram of one process.
    name
        The name of the process.

    Returns
    -------
    str
        An XML document. Identifiers count from the start event, so equal diagrams give equal
        documents.
    """
    nodes = _from_the_start(diagram)
    ids = {node: f"node_{number}" for number, node in enumerate(nodes, start=1)}
    flows = [arc for node in nodes for arc in node.get_out_arcs()]
    boxes = _layout(nodes)
    for prefix, uri in (("bpmn", _MODEL), ("bpmndi", _DIAGRAM), ("dc", _BOUNDS), ("di", _LINES)):
        ElementTree.register_namespace(prefix, uri)
    root = ElementTree.Element(
        f"{{{_MODEL}}}definitions",
        {"id": "definitions", "targetNamespace": "http://bpmn.io/schema/bpmn"},
    )
    process = ElementTree.SubElement(
        root, f"{{{_MODEL}}}process", {"id": "process", "name": name, "isExecutable": "false"}
    )
    flow_ids = {id(flow): f"flow_{number}" for number, flow in enumerate(flows, start=1)}
    for node in nodes:
        element = ElementTree.SubElement(process, f"{{{_MODEL}}}{_kind(node)}", {"id": ids[node]})
        if node.get_name() and _kind(node) == "task":
            element.set("name", node.get_name())
        for arc in node.get_in_arcs():
            ElementTree.SubElement(element, f"{{{_MODEL}}}incoming").text = flow_ids[id(arc)]
        for arc in node.get_out_arcs():
            ElementTree.SubElement(element, f"{{{_MODEL}}}outgoing").text = flow_ids[id(arc)]
    for flow in flows:
        ends = {"sourceRef": ids[flow.get_source()], "targetRef": ids[flow.get_target()]}
        ElementTree.SubElement(
            process, f"{{{_MODEL}}}sequenceFlow", {"id": flow_ids[id(flow)], **ends}
        )
    _draw(root, nodes, flows, ids, flow_ids, boxes)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _kind(node: Any) -> str:
    """Return the BPMN element of a node: what pm4py's class of that name stands for."""
    kind = type(node).__name__
    if kind.endswith("StartEvent"):
        return "startEvent"
    if kind.endswith("EndEvent"):
        return "endEvent"
    if kind.endswith("Gateway"):
        return kind[0].lower() + kind[1:]
    return "task"


def _from_the_start(diagram: Any) -> list[Any]:
    """Return the nodes breadth first from the start event, which makes their order repeatable."""
    found = [node for node in diagram.get_nodes() if _kind(node) == "startEvent"]
    seen = set(found)
    for node in found:
        for arc in node.get_out_arcs():
            if arc.get_target() not in seen:
                seen.add(arc.get_target())
                found.append(arc.get_target())
    return found


def _layout(nodes: list[Any]) -> dict[Any, tuple[int, int, int, int]]:
    """Return each node's box (x, y, width, height): columns by distance, rows by neighbours."""
    column = _columns(nodes)
    members: dict[int, list[Any]] = {}
    for node in nodes:
        members.setdefault(column[node], []).append(node)
    row: dict[Any, float] = {}
    for index in sorted(members):
        centre = {}
        for node in members[index]:
            before = [row[a.get_source()] for a in node.get_in_arcs() if a.get_source() in row]
            centre[node] = sum(before) / len(before) if before else 0.0
        ranked = sorted(members[index], key=lambda node: centre[node])
        middle = (len(ranked) - 1) / 2
        base = sum(centre.values()) / len(centre)
        for place, node in enumerate(ranked):
            row[node] = base + place - middle
    top = min(row.values())
    boxes = {}
    for node in nodes:
        width, height = _SIZES.get(_kind(node), _GATEWAY_SIZE)
        x = _MARGIN + column[node] * _COLUMN + (_COLUMN - width) // 2
        y = _MARGIN + round((row[node] - top) * _ROW) + (_ROW - height) // 2
        boxes[node] = (x, y, width, height)
    return boxes


def _columns(nodes: list[Any]) -> dict[Any, int]:
    """Return each node's longest distance from the start, arcs that lead back left out."""
    finished: list[Any] = []
    forward: dict[Any, list[Any]] = {node: [] for node in nodes}
    state: dict[Any, str] = {}
    for root in nodes:
        stack = [] if root in state else [(root, iter(root.get_out_arcs()))]
        if stack:
            state[root] = "open"
        while stack:
            node, arcs = stack[-1]
            arc = next(arcs, None)
            if arc is None:
                state[node] = "closed"
                finished.append(node)
                stack.pop()
                continue
            target = arc.get_target()
            if state.get(target) == "open":
                continue
            forward[node].append(target)
            if target not in state:
                state[target] = "open"
                stack.append((target, iter(target.get_out_arcs())))
    column = dict.fromkeys(nodes, 0)
    for node in reversed(finished):
        for target in forward[node]:
            column[target] = max(column[target], column[node] + 1)
    return column


def _draw(
    root: ElementTree.Element,
    nodes: list[Any],
    flows: list[Any],
    ids: dict[Any, str],
    flow_ids: dict[int, str],
    boxes: dict[Any, tuple[int, int, int, int]],
) -> None:
    diagram = ElementTree.SubElement(root, f"{{{_DIAGRAM}}}BPMNDiagram", {"id": "diagram"})
    plane = ElementTree.SubElement(
        diagram, f"{{{_DIAGRAM}}}BPMNPlane", {"id": "plane", "bpmnElement": "process"}
    )
    for node in nodes:
        shape = ElementTree.SubElement(
            plane,
            f"{{{_DIAGRAM}}}BPMNShape",
            {"id": f"{ids[node]}_shape", "bpmnElement": ids[node]},
        )
        names = ("x", "y", "width", "height")
        sizes = {key: str(value) for key, value in zip(names, boxes[node], strict=True)}
        ElementTree.SubElement(shape, f"{{{_BOUNDS}}}Bounds", sizes)
    for flow in flows:
        line = ElementTree.SubElement(
            plane,
            f"{{{_DIAGRAM}}}BPMNEdge",
            {"id": f"{flow_ids[id(flow)]}_edge", "bpmnElement": flow_ids[id(flow)]},
        )
        for x, y in _waypoints(boxes[flow.get_source()], boxes[flow.get_target()]):
            ElementTree.SubElement(line, f"{{{_LINES}}}waypoint", {"x": str(x), "y": str(y)})


def _waypoints(
    source: tuple[int, int, int, int], target: tuple[int, int, int, int]
) -> list[tuple[int, int]]:
    """Return a line of right angles; one that leads back passes below both boxes."""
    left, right = source[0] + source[2], target[0]
    out_y, in_y = source[1] + source[3] // 2, target[1] + target[3] // 2
    if right > left:
        middle = (left + right) // 2
        return [(left, out_y), (middle, out_y), (middle, in_y), (right, in_y)]
    below = max(source[1] + source[3], target[1] + target[3]) + _ROW // 4
    from_x, to_x = source[0] + source[2] // 2, target[0] + target[2] // 2
    return [
        (from_x, source[1] + source[3]),
        (from_x, below),
        (to_x, below),
        (to_x, target[1] + target[3]),
    ]
