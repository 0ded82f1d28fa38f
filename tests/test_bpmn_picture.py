"""The BPMN picture: every task, gateway and flow of the model, on the page and within it."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

import pytest

from mining.bpmn import Elements, elements
from mining.normative_overview import normative_overview
from o2c_sim import vocabulary as v
from o2c_sim.errors import UsageError
from reports.figures.bpmn_picture import (
    bpmn_drawing,
    bpmn_picture,
    elements_picture,
    normative_picture,
)
from reports.figures.drawing import Arrow, Outline, Words, head_of
from reports.process_fold import flat

SPLIT = Elements(
    (
        "startEvent", "task", "exclusiveGateway", "task", "task", "exclusiveGateway",
        "parallelGateway", "task", "task", "parallelGateway", "endEvent",
    ),
    ("", "Receive Order", "", "Check Credit", "Ask <b>twice</b>", "", "", "Ship", "Bill", "", ""),
    (
        (0, 1), (1, 2), (2, 3), (2, 4), (3, 5), (4, 5), (5, 6), (6, 7), (6, 8), (7, 9), (8, 9),
        (9, 10), (5, 1),
    ),
)  # fmt: skip


def chain(length: int) -> Elements:
    """Return tasks one after the other between start and end."""
    kinds = ("startEvent", *["task"] * length, "endEvent")
    names = ("", *(f"Task number {n}" for n in range(length)), "")
    return Elements(kinds, names, tuple(itertools.pairwise(range(length + 2))))


def test_every_element_is_drawn() -> None:
    """Tasks are boxes, gateways diamonds with their sign, events rings, and flows have heads."""
    drawing = bpmn_drawing(SPLIT)
    kinds = [item.kind for item in drawing.items if isinstance(item, Outline)]
    assert kinds.count("box") == 5
    assert kinds.count("diamond") == 4
    assert kinds.count("circle") == 2
    flows = [item for item in drawing.items if isinstance(item, Arrow) and head_of(item)]
    assert len(flows) == len(SPLIT.flows)
    signs = [item for item in drawing.items if isinstance(item, Arrow) and not head_of(item)]
    assert len(signs) == 2 * 4
    words = " ".join(item.text for item in drawing.items if isinstance(item, Words))
    for name in ("Receive Order", "Check Credit", "Ship", "Bill"):
        assert name in words


def test_flows_start_and_end_at_their_elements() -> None:
    """Also those that lead back: each end of a flow touches the shape it belongs to."""
    drawing = bpmn_drawing(SPLIT)
    shapes = [item for item in drawing.items if isinstance(item, Outline)]
    for flow in (item for item in drawing.items if isinstance(item, Arrow) and item.tip):
        for x, y in (flow.points[0], flow.tip):
            assert any(
                abs(x - s.x) <= s.width / 2 + 4 and abs(y - s.y) <= s.height / 2 + 4 for s in shapes
            )


def test_long_models_fold_and_stay_on_the_page() -> None:
    """Forty tasks become rows of a page's width; nothing overlaps, nothing is cut off."""
    drawing = bpmn_drawing(chain(40))
    assert drawing.width < 1300
    boxes = [item for item in drawing.items if isinstance(item, Outline)]
    assert len({round(box.y) for box in boxes}) >= 4
    for a, b in itertools.combinations(boxes, 2):
        apart_x = abs(a.x - b.x) >= (a.width + b.width) / 2
        apart_y = abs(a.y - b.y) >= (a.height + b.height) / 2
        assert apart_x or apart_y
    for item in drawing.items:
        if isinstance(item, Arrow):
            for x, y in flat(item.points):
                assert 0 <= x <= drawing.width
                assert 0 <= y <= drawing.height


def test_table_and_words_hold_the_whole_diagram() -> None:
    """A row for each flow with the names of both ends; gateways of a kind are numbered."""
    picture = elements_picture(SPLIT, key="bpmn", title="Model", caption="Invented.")
    rows = [tuple(cell.text for cell in row) for row in picture.data.rows]
    assert len(rows) == len(SPLIT.flows)
    assert ("Receive Order", "Task", "Exclusive gateway 1", "Exclusive gateway") in rows
    assert ("Parallel gateway 2", "Parallel gateway", "End", "End") in rows
    assert "5 tasks" in picture.alternative
    assert "13 sequence flows" in picture.alternative


def test_hostile_names_are_inert() -> None:
    """Markup, formulas and 500 letters in task names give well-formed SVG and a figure."""
    names = ("<script>alert(1)</script>", "=1+1", "x" * 500, "", "\u05e9\u05dc\u05d5\u05dd", "$a$")
    found = Elements(
        ("startEvent", *["task"] * len(names), "endEvent"),
        ("", *names, ""),
        tuple(itertools.pairwise(range(len(names) + 2))),
    )
    picture = elements_picture(found, key="b", title="<i>&", caption="")
    svg = picture.markup("m")
    assert "<script" not in svg
    ET.fromstring(svg)
    assert picture.figure() is picture.figure()


def test_empty_diagram_says_so() -> None:
    """No element is a statement, not a crash."""
    picture = elements_picture(Elements((), (), ()), key="b", title="t", caption="")
    assert "No tasks" in picture.markup("m")
    assert picture.data.rows == []


def test_diagrams_nobody_can_read_are_refused() -> None:
    """Too many elements, or too many flows between them, name the limit and what helps."""
    with pytest.raises(UsageError, match="at most 160"):
        bpmn_drawing(chain(200))
    tangled = Elements(
        ("startEvent", *["task"] * 30, "endEvent"),
        ("",) * 32,
        tuple((a, b) for a in range(12) for b in range(20)),
    )
    with pytest.raises(UsageError, match="more noise"):
        bpmn_drawing(tangled)


def test_normative_overview_keeps_the_happy_path() -> None:
    """Cut to the happy path it is a chain with every step of it, in the stages' order."""
    found = normative_overview(v.HAPPY_PATH)
    assert {name for name in found.names if name} == set(v.HAPPY_PATH)
    assert found.flows == tuple(itertools.pairwise([0, *range(1, len(found.kinds) - 1), 12]))
    assert found.names.index(v.CREATE_INVOICE) < found.names.index(v.RECEIVE_PAYMENT)


def test_normative_overview_offers_optional_steps() -> None:
    """Optional steps lie between two gateways and can be passed by; many are counted."""
    found = normative_overview()
    row = found.names.index(v.SEND_DUNNING_LEVEL_1)
    before = [found.kinds[a] for a, b in found.flows if b == row]
    after = [found.kinds[b] for a, b in found.flows if a == row]
    assert before == after == ["exclusiveGateway"]
    assert any("other steps of order" in name for name in found.names)
    first = next(k for k, kind in enumerate(found.kinds) if kind == "exclusiveGateway")
    assert {(first, first + 1), (first + 1, first)} <= set(found.flows)
    # Clarifying belongs to a block, which need not be set.
    tasks = {a for a, b in found.flows if found.kinds[a] == found.kinds[b] == "task"}
    assert v.CLARIFY_ORDER not in {found.names[task] for task in tasks}
    picture = normative_picture()
    assert "overview" in picture.caption
    assert picture.figure() is not None


def test_discovered_model_is_drawn_as_its_bpmn() -> None:
    """A model of the inductive miner has the log's activities as tasks."""
    pytest.importorskip("pm4py")
    from test_object_map import cases_of

    from mining.discovery import discover_petri_net, to_bpmn

    model = discover_petri_net(cases_of(["abcd", "acbd", "abcd", "aed"]))
    found = elements(to_bpmn(model))
    assert sorted(name for name in found.names if name) == list("abcde")
    assert found.kinds[0] == "startEvent"
    picture = bpmn_picture(model)
    assert "inductive miner" in picture.caption
    tasks = {row[0].text for row in picture.data.rows if row[1].text == "Task"}
    assert tasks == set("abcde")
