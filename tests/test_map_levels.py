"""The map whose detail is chosen: no choice tears it, and every number is the log's."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta

import polars as pl
import pytest
from example_comparison import directly_follows, graph_of
from hypothesis import given, settings
from hypothesis import strategies as st
from test_figures import odd_graph
from test_process_map import random_walks, reached

from mining.path_cases import path_cases
from mining.performance import directly_follows as measured
from reports.figures.map_marks import METRICS, edge_marks
from reports.figures.process_map_picture import map_picture, path_table
from reports.map_levels import MapLevels, map_levels, printable_layout, readable_shares
from reports.number_text import duration_text
from reports.process_graph import END, START, filtered, union

GRAPH = directly_follows(cases=300)
BUSY = random_walks(32)
LEVELS = {"example": map_levels([GRAPH]), "busy": map_levels([BUSY])}


def case_view(cases: dict[int, list[tuple[str, float]]]) -> pl.DataFrame:
    """Return a case view from each case's activities and their hours since the start."""
    begin = datetime(2026, 1, 5)
    rows = [
        (case, activity, begin + timedelta(hours=hours))
        for case, events in cases.items()
        for activity, hours in events
    ]
    return pl.DataFrame(
        {
            "case": [row[0] for row in rows],
            "event": range(len(rows)),
            "activity": [row[1] for row in rows],
            "time": pl.Series([row[2] for row in rows], dtype=pl.Datetime("us")),
        }
    )


THREE = case_view(
    {
        1: [("order", 0), ("ship", 10), ("bill", 12)],
        2: [("order", 0), ("ship", 30), ("ship", 31), ("bill", 40)],
        3: [("order", 0), ("bill", 5)],
    }
)


def shown_by_style(markup: str, activities: int, paths: int) -> set[str]:
    """Return the titles that one choice leaves, from the rules of the style sheet alone."""
    css = markup[markup.index("<style>") : markup.index("</style>")]
    # A kind with one level has no buttons, and no rule asks for them.
    kinds = [
        (key, level) for key, level in (("a", activities), ("p", paths)) if f"#m-{key}1" in css
    ]
    when = "".join(rf":has\(#m-{key}{level}:checked\)" for key, level in kinds)
    chosen = re.search(rf"#m{when} :is\(([^)]*)\)", css[css.index("@supports") :])
    gone = set(chosen.group(1).replace(".", "").split(",")) if chosen else set()
    titles = re.findall(r'class="(?:arc|node)([^"]*)"[^>]*><title>([^<]*)</title>', markup)
    return {title for names, title in titles if not gone & set(names.split())}


@pytest.mark.parametrize("name", LEVELS)
def test_no_choice_tears_the_map(name: str) -> None:
    """Whatever is chosen, each activity shown lies on a way from start to end."""
    levels = LEVELS[name]
    assert len(levels.parts) == len(levels.activity_shares) * len(levels.path_shares)
    for part in levels.parts.values():
        assert reached(set(part.edges), START) == set(part.nodes)
        assert reached({(b, a) for a, b in part.edges}, END) == set(part.nodes)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=8), min_size=1))
def test_no_choice_tears_any_map(walks: list[list[str]]) -> None:
    """The same of arbitrary logs: what hung together in the log does so at every level."""
    cases = {n: [(name, float(k)) for k, name in enumerate(walk)] for n, walk in enumerate(walks)}
    levels = map_levels([measured(case_view(cases))])
    for part in levels.parts.values():
        assert reached(set(part.edges), START) == set(part.nodes)
        assert reached({(b, a) for a, b in part.edges}, END) == set(part.nodes)


@pytest.mark.parametrize("name", LEVELS)
def test_every_choice_has_its_place_and_more_shows_more(name: str) -> None:
    """One layout holds all levels, and a higher level of activities shows at least as many."""
    levels = LEVELS[name]
    places = {box.name for box in levels.layout.nodes}
    lines = {(edge.source, edge.target) for edge in levels.layout.edges}
    for part in levels.parts.values():
        assert set(part.nodes) <= places
        assert set(part.edges) <= lines
    for (a, p), part in levels.parts.items():
        if (a + 1, p) in levels.parts:
            assert set(part.nodes) <= set(levels.parts[a + 1, p].nodes)
        if (a, p + 1) in levels.parts:
            assert set(part.edges) <= set(levels.parts[a, p + 1].edges)


def test_style_sheet_shows_what_the_levels_say() -> None:
    """The rules of each combination leave exactly the activities and paths of its part."""
    levels = LEVELS["busy"]
    marks = edge_marks(levels.layout, BUSY)
    markup = map_picture(BUSY, levels=levels).markup("m")
    for (a, p), part in levels.parts.items():
        shown = shown_by_style(markup, a, p)
        assert {marks[edge].title for edge in part.edges} <= shown
        hidden = {mark.title for edge, mark in marks.items() if edge not in part.edges}
        assert not hidden & shown


@pytest.mark.parametrize("metric", METRICS)
def test_all_metrics_stand_on_the_map(metric: str) -> None:
    """Median, 90th percentile and total of each path with a time are written beside it."""
    markup = map_picture(GRAPH, levels=LEVELS["example"]).markup("m")
    shown = set(re.findall(r"<text[^>]*>([^<]*)</text>", markup))
    for row in GRAPH.edges.to_dicts():
        hours = {
            "frequency": row["median_hours"],
            "performance": row["median_hours"],
            "p90": row["p90_hours"],
            "total": row["mean_hours"] * row["count"],
        }
        assert duration_text(hours[metric]) in shown


def test_examples_of_cases_by_hand() -> None:
    """Case 2 ships 30 h after its order, case 1 after 10 h; the repeat in case 2 takes 1 h."""
    found = path_cases(THREE)
    ways = {}
    for source, target, case, hours in found.paths.iter_rows():
        ways.setdefault((source, target), []).append((case, hours))
    assert ways["order", "ship"] == [("2", 30.0), ("1", 10.0)]
    assert ways["ship", "ship"] == [("2", 1.0)]
    assert ways["order", "bill"] == [("3", 5.0)]
    assert ways[None, "order"] == [("2", 40.0), ("1", 12.0), ("3", 5.0)]
    assert ways["bill", None] == ways[None, "order"]
    before = {a: [] for a in ("order", "ship", "bill")}
    for activity, case, hours in found.activities.iter_rows():
        before[activity].append((case, hours))
    assert before["ship"] == [("2", 30.0), ("1", 10.0)]
    assert before["order"] == [("1", 0.0), ("2", 0.0), ("3", 0.0)]
    assert dict(found.activity_counts.iter_rows()) == {"order": 3, "ship": 2, "bill": 3}


def test_examples_bear_the_names_of_cases_and_are_few() -> None:
    """Objects' own names replace their numbers; no more than asked for of each."""
    names = pl.DataFrame({"object": [1, 2, 3], "object_id": ["SO-1", "SO-2", "SO-3"]})
    found = path_cases(THREE, names, most=1)
    assert found.paths.filter(source="order", target="ship")["case"].to_list() == ["SO-2"]
    counts = found.path_counts.filter(source="order", target="ship")["cases"]
    assert counts.to_list() == [2]


def test_path_counts_are_those_of_the_graph() -> None:
    """Distinct cases of each pair agree with the directly-follows graph."""
    joined = measured(THREE).edges.join(path_cases(THREE).path_counts, on=["source", "target"])
    assert joined["cases"].to_list() == joined["cases_right"].to_list()
    assert joined.height == measured(THREE).edges.height


def test_every_link_of_the_map_leads_to_a_list() -> None:
    """Each activity and path is a link, and what it leads to is there once and names a case."""
    markup = map_picture(measured(THREE), cases=path_cases(THREE)).markup("m")
    links = re.findall(r'<a href="#([^"]+)" class="(?:arc|node)', markup)
    lists = re.findall(r'<div class="cases" id="([^"]+)"[^>]*>(.*?)</div>', markup)
    assert sorted(links) == sorted(key for key, _ in lists)
    assert len(links) == 3 + len(map_levels([measured(THREE)]).layout.edges)
    # Who cannot see the hint is told it with each link.
    assert markup.count('aria-describedby="m-hint"') == len(links)
    assert markup.count('<p class="hint" id="m-hint">') == 1
    ship = next(body for _, body in lists if "order \u2192 ship" in body)
    assert re.findall(r"<li[^>]*>(\d): ([^<]*)</li>", ship) == [("2", "30.0 h"), ("1", "10.0 h")]


def test_maps_of_one_page_do_not_meddle() -> None:
    """Ids and names of two maps differ, and each rule is about its own map only."""
    picture = map_picture(GRAPH, levels=LEVELS["example"])
    one, two = picture.markup("one"), picture.markup("two")
    ids = re.findall(r'\bid="([^"]+)"', one + two)
    assert len(ids) == len(set(ids))
    css = one[one.index("<style>") + 7 : one.index("</style>")]
    selectors = re.findall(r"(?:^|[{}])([^{}@]+)\{", css)
    assert selectors
    for selector in selectors:
        for part in re.split(r",(?![^(]*\))", selector):
            assert part.strip().startswith("#one")


def test_each_group_of_buttons_has_one_choice() -> None:
    """Of each group exactly the default is checked; every button has words."""
    levels = LEVELS["example"]
    markup = map_picture(GRAPH, levels=levels).markup("m")
    for key, chosen in (("m", 0), ("a", levels.default[0]), ("p", levels.default[1])):
        found = re.findall(rf'name="m-{key}" id="m-{key}(\d+)"( checked)?>([^<]+)<', markup)
        assert [int(number) for number, checked, _ in found if checked] == [chosen]


def test_hostile_names_and_cases_are_inert() -> None:
    """Markup in names of activities and cases stays text; the map is well-formed."""
    graph = odd_graph()
    view = case_view({1: [("<b>a</b>", 0.0), ('"&', 1.0)]})
    names = pl.DataFrame({"object": [1], "object_id": ["<script>alert(1)</script>" + "x" * 500]})
    for picture in (
        map_picture(graph, title='<script>"&'),
        map_picture(measured(view), cases=path_cases(view, names)),
    ):
        markup = picture.markup("m")
        assert "<script" not in markup
        assert "<b>a" not in markup
        svg = markup[markup.index("<svg") : markup.index("</svg>") + 6]
        ET.fromstring(svg)


def test_table_holds_every_path() -> None:
    """Each activity, pair, start and end has a row with the log's numbers."""
    table = path_table(GRAPH, "t", "c")
    rows = {(row[0].text, row[1].text): row for row in table.rows}
    assert len(rows) == sum(
        frame.height for frame in (GRAPH.activities, GRAPH.edges, GRAPH.starts, GRAPH.ends)
    )
    for edge in GRAPH.edges.to_dicts():
        row = rows[edge["source"], edge["target"]]
        assert [cell.value for cell in row[2:6]] == [
            edge["count"], edge["cases"], edge["median_hours"], edge["p90_hours"],
        ]  # fmt: skip
        assert row[6].value == pytest.approx(edge["mean_hours"] * edge["count"])


def test_paper_shows_what_can_be_read() -> None:
    """A map too large for the page is printed with less detail, a small one as on the screen."""
    example = LEVELS["example"]
    assert printable_layout(example, 2000.0, 2000.0) == example.readable
    small = printable_layout(example, 700.0, 300.0)
    assert len(small.nodes) < len(example.readable.nodes)
    assert min(700 / small.width, 300 / small.height) > min(
        700 / example.layout.width, 300 / example.layout.height
    )


def test_size_of_a_large_map_is_bounded() -> None:
    """Twenty-four activities with everything to choose stay below 250 kB."""
    graph = random_walks(24)
    assert len(map_picture(graph).markup("m").encode()) < 250_000


def test_empty_and_tiny_maps() -> None:
    """No case is a statement; one activity has nothing to choose but the metric."""
    empty = map_picture(graph_of({}, {}, {}, {}))
    assert "No activities" in empty.markup("m")
    assert "fieldset" not in empty.markup("m").split("</style>")[1]
    assert empty.data.rows == []
    assert empty.figure() is not None
    one = map_picture(graph_of({}, {"a": 5}, {"a": 5}, {"a": 5}))
    assert one.markup("m").count("<fieldset") == 1
    assert "1 activity and 2 paths" in one.caption


def test_levels_of_scenarios_hold_all_of_them() -> None:
    """A scenario drawn on common levels shows what only the other has as a ghost."""
    other = directly_follows(cases=300, seed=9, speed=0.0)
    levels: MapLevels = map_levels([GRAPH, other])
    assert set(levels.whole.edges) == set(union([GRAPH, other]).edges)
    assert "arc ghost" in map_picture(other, levels=levels).markup("m")


def test_dense_maps_are_thinned_until_they_can_be_read() -> None:
    """A small map is whole; a dense one keeps what can be followed, its table every path."""
    assert readable_shares([GRAPH]) == (1.0, 1.0)
    names = [f"a{k}" for k in range(12)]
    pairs = {(a, b): [1.0] * (40 if a < b else 1) for a in names for b in names if a != b}
    dense = graph_of(pairs, dict.fromkeys(names, 9), {"a0": 9}, {"a9": 9})
    activities, paths = readable_shares([dense])
    assert activities == 1.0
    assert paths < 1.0
    kept = filtered(union([dense]), activities, paths)
    assert set(names) < set(kept.nodes)
    least = len(filtered(union([dense]), activities, 0.0).edges)
    assert len(kept.edges) <= max(1.8 * len(kept.nodes), 1.2 * least) < len(pairs) / 2
    picture = map_picture(dense)
    assert "rare paths are left out" in picture.caption
    assert len(picture.data.rows) == len(names) + len(pairs) + 2


def test_maps_of_many_activities_keep_the_frequent_ones() -> None:
    """Of forty rare activities beside three frequent ones a reader sees what room there is for."""
    rare = {f"rare {k:02d}": k + 1 for k in range(40)}
    counts = {"order": 2_000, "ship": 2_000, **rare}
    pairs = {("order", "ship"): [1.0] * 1_180}
    pairs |= {("order", name): [1.0] * n for name, n in rare.items()}
    pairs |= {(name, "ship"): [1.0] * n for name, n in rare.items()}
    graph = graph_of(pairs, counts, {"order": 2_000}, {"ship": 2_000})
    whole = union([graph])
    activities, _ = readable_shares([graph])
    kept = set(filtered(whole, activities, 0.0).nodes)
    assert {"order", "ship", "rare 39"} < kept
    assert "rare 00" not in kept
    assert len(kept) <= 24 + 2
    # Scenarios that are drawn in the same places are thinned as one.
    assert readable_shares([graph, GRAPH]) == readable_shares([GRAPH, graph])
