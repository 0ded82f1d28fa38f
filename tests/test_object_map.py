"""The object-centric map and the difference map: every type and every change is there to see."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from example_comparison import directly_follows, graph_of

from mining.log_comparison.case_table import CaseTable
from mining.log_comparison.frequencies import activity_frequencies, arc_frequencies
from mining.object_graph import ObjectGraph
from mining.performance import directly_follows as measured
from o2c_sim.errors import LogError
from reports.figures.drawing import Arrow, Words, legend
from reports.figures.drawing_figure import drawing_figure
from reports.figures.map_changes import compared_changes, counted_changes
from reports.figures.map_difference_picture import difference_drawing, difference_picture
from reports.figures.object_map_picture import object_drawing, object_map_picture
from reports.figures.palette import ACCENT
from reports.map_levels import map_levels
from reports.object_map import object_map
from reports.process_graph import END, START
from reports.process_map import process_map

HOSTILE = (
    "<script>alert(1)</script>",
    "=1+1",
    "x" * 500,
    "\u05e9\u05dc\u05d5\u05dd \u202e",
    "$\\a$",
)


def objects(chains: dict[str, list[tuple[tuple[str, ...], int]]]) -> ObjectGraph:
    """Return the graph of types whose objects all go through a chain of activities."""
    edges, activities, starts, ends = [], [], [], []
    for kind, walks in chains.items():
        for walk, count in walks:
            for source, target in itertools.pairwise(walk):
                edges.append((kind, source, target, count))
            activities += [(kind, name, count) for name in walk]
            starts.append((kind, walk[0], count))
            ends.append((kind, walk[-1], count))

    def table(rows: list[tuple], columns: list[str], value: str) -> pl.DataFrame:
        frame = pl.DataFrame(
            rows, schema=[*((name, pl.String) for name in columns), (value, pl.Int64)], orient="row"
        )
        return frame.group_by(columns).agg(pl.col(value).sum()).sort([value, *columns])

    count = pl.col("count")
    return ObjectGraph(
        table(edges, ["type", "source", "target"], "count").with_columns(
            event_pairs=count, objects=count, mean_hours=pl.lit(2.0), median_hours=pl.lit(1.0)
        ),
        table(activities, ["type", "activity"], "count").with_columns(events=count, objects=count),
        table(starts, ["type", "activity"], "objects"),
        table(ends, ["type", "activity"], "objects"),
    )


SHOP = objects(
    {
        "order": [(("Receive", "Ship", "Bill"), 8), (("Receive", "Bill"), 2)],
        "delivery": [(("Pick", "Ship"), 12)],
        "invoice": [(("Bill", "Pay"), 10)],
    }
)


def test_activities_once_and_arcs_for_each_type() -> None:
    """Ship and Bill concern two types and are drawn once; every type keeps its own arcs."""
    found = object_map(SHOP)
    assert found.types == ("order", "delivery", "invoice")
    names = [name for name, kind in found.boxes if not kind]
    assert sorted(names) == ["Bill", "Pay", "Pick", "Receive", "Ship"]
    counts = {(arc.type, arc.source[0], arc.target[0]): arc.count for arc in found.arcs}
    assert counts["order", "Receive", "Ship"] == 8
    assert counts["order", "Receive", "Bill"] == 2
    assert counts["delivery", START, "Pick"] == 12
    assert counts["invoice", "Pay", END] == 10
    assert len(counts) == 11


def test_each_type_has_its_own_colour_and_line_style() -> None:
    """Neither colour nor dashes are shared, and the legend and the arcs agree."""
    drawing = object_drawing(object_map(SHOP))
    styles: dict[str, set[tuple[str, int]]] = {}
    for item in drawing.items:
        if isinstance(item, Arrow) and item.title:
            kind = item.title.split(":")[0]
            styles.setdefault(kind, set()).add((item.tone.variable, len(item.dash)))
    assert set(styles) == {"order", "delivery", "invoice"}
    assert all(len(found) == 1 for found in styles.values())
    tones = [next(iter(found))[0] for found in styles.values()]
    assert len(set(tones)) == 3
    words = [item.text for item in drawing.items if isinstance(item, Words)]
    assert all(words.count(kind) == 2 for kind in styles)  # at its start and in the legend


def test_types_that_only_take_part_are_left_out_and_named() -> None:
    """A customer with thirty events is no process; asked for, it is shown."""
    chains = {
        "order": [(("Receive", "Ship"), 40)],
        "customer": [(("Receive", *(["Ship", "Receive"] * 20)), 1)],
    }
    graph = objects(chains)
    assert object_map(graph).types == ("order",)
    assert "Types not shown: customer" in object_map_picture(graph).caption
    assert set(object_map(graph, ["customer", "order"]).types) == {"customer", "order"}


def test_number_of_objects_is_of_all_however_few_paths_are_shown() -> None:
    """Two of ten orders begin with Quote; on a map too small for that, ten still begin."""
    graph = objects({"order": [(("Receive", "Ship"), 8), (("Quote", "Receive", "Ship"), 2)]})
    small = object_map(graph, most=(2, 3))
    assert sum(arc.count for arc in small.arcs if arc.source == (START, "order")) == 8
    assert small.hidden_arcs == 2
    assert small.objects == {"order": 10}
    words = [item.text for item in object_drawing(small).items if isinstance(item, Words)]
    assert "10" in words


def test_unknown_type_is_an_error_that_names_the_known() -> None:
    """A slip of the pen is answered with what there is."""
    with pytest.raises(LogError, match="delivery, invoice, order"):
        object_map(SHOP, ["ordr"])


def test_object_map_drawings_agree_and_hold_every_number() -> None:
    """Counts stand on the page and in the table; the figure has the same shape."""
    picture = object_map_picture(SHOP)
    svg = picture.markup("m")
    root = ET.fromstring(svg)
    shown = [element.text for element in root.iter() if element.tag.endswith("text")]
    for row in picture.data.rows:
        assert row[3].text in shown
    width, height = picture.figure().get_size_inches()
    box = [float(part) for part in root.get("viewBox", "").split()]
    assert width / height == pytest.approx(box[2] / box[3], rel=0.01)
    by_hand = {("order", "Receive", "Ship"): 8, ("invoice", "Start", "Bill"): 10}
    rows = {tuple(cell.text for cell in row[:3]): row[3].value for row in picture.data.rows}
    assert by_hand.items() <= rows.items()


def test_hostile_names_of_types_and_activities_are_inert() -> None:
    """Markup stays text on the page and long names end in an ellipsis on paper."""
    graph = objects({name: [((*HOSTILE, name), 3)] for name in HOSTILE})
    picture = object_map_picture(graph, title="<b>&")
    svg = picture.markup("m")
    assert "<script" not in svg
    ET.fromstring(svg)
    picture.figure()
    empty = object_map_picture(objects({}))
    assert "No objects" in empty.markup("m")
    assert empty.data.rows == []


def cases_of(walks: list[str]) -> pl.DataFrame:
    """Return a case view of walks of one-letter activities, one second apart."""
    rows = [(n, k, name) for n, walk in enumerate(walks) for k, name in enumerate(walk)]
    return pl.DataFrame(
        {
            "case": pl.Series([n for n, _, _ in rows], dtype=pl.UInt32),
            "event": range(len(rows)),
            "activity": [name for _, _, name in rows],
            "time": pl.Series([k * 1_000_000 for _, k, _ in rows]).cast(pl.Datetime("us")),
        }
    )


def compared(first: list[str], second: list[str]) -> tuple:
    """Return graphs of both and what the comparison of logs says of them."""
    views = [cases_of(first), cases_of(second)]
    tables = [
        CaseTable(view, len(walks), np.arange(len(walks)))
        for view, walks in zip(views, (first, second), strict=True)
    ]
    found = SimpleNamespace(
        arcs=arc_frequencies(*tables), activities=activity_frequencies(*tables), confidence=0.95
    )
    return measured(views[0]), measured(views[1]), found


BEFORE = ["abcz"] * 300 + ["acz"] * 100 + ["adz"] * 50
AFTER = ["abcz"] * 180 + ["acz"] * 199 + ["aez"] * 50 + ["afz"]


def test_difference_says_what_is_new_gone_more_and_fewer() -> None:
    """D is gone, e is new, a to c more; f happened once and is no difference to be told."""
    first, second, found = compared(BEFORE, AFTER)
    changes = compared_changes(found.arcs, found.activities)
    kinds = {edge: change.kind for edge, change in changes.paths.items()}
    assert kinds["a", "d"] == "gone"
    assert kinds["a", "e"] == "new"
    assert kinds["a", "c"] == "more"
    assert kinds["a", "b"] == "fewer"
    assert not changes.paths["a", "f"].detected(0.05)
    assert changes.paths["a", "c"].detected(0.05)
    # 100 of 450 cases, then 199 of 430.
    assert changes.paths["a", "c"].difference == pytest.approx(199 / 430 - 100 / 450)
    assert changes.paths[START, "a"].kind == "equal"
    picture = difference_picture(first, second, comparison=found)
    rows = {(r[0].text, r[1].text): r for r in picture.data.rows}
    row = rows["a", "c"]
    assert [cell.value for cell in row[2:6]] == [100, 199, 100, 199]
    assert row[6].value == pytest.approx(199 / 430 - 100 / 450)
    assert row[6].low < row[6].value < row[6].high
    assert row[7].value < 0.001
    assert rows["a", "f"][8].text == "no detectable difference"
    assert len(rows) == found.arcs.height + found.activities.height
    assert "Holm" in picture.caption


def test_chance_is_drawn_faintly_and_changes_are_not() -> None:
    """What is not detected is thin and without a number; the rest has sign, colour and dashes."""
    first, second, found = compared(BEFORE, AFTER)
    changes = compared_changes(found.arcs, found.activities)
    drawing = difference_drawing(process_map([first, second]), changes, 0.05)
    drawn = {
        item.title.split(":")[0]: item
        for item in drawing.items
        if isinstance(item, Arrow) and item.title
    }
    assert drawn["a \u2192 f"].alpha < 0.5
    assert drawn["a \u2192 f"].width == 1.0
    styles = {
        (drawn[f"a \u2192 {name}"].tone.variable, drawn[f"a \u2192 {name}"].dash) for name in "bcde"
    }
    assert len(styles) == 4
    words = [item.text for item in drawing.items if isinstance(item, Words)]
    assert "gone \u221211.1" in words  # 50 of 450
    assert "new +11.6" in words  # 50 of 430
    assert "22.2 \u2192 46.3" in words
    for legend_text in ("more often", "less often", "new", "gone", "no detectable difference"):
        assert legend_text in words


def test_the_same_log_twice_shows_no_difference() -> None:
    """Nothing is drawn strongly and the words say so."""
    first, second, found = compared(BEFORE, BEFORE)
    picture = difference_picture(first, second, comparison=found)
    assert "no path differs detectably" in picture.alternative
    assert not re.search(r">[+\u2212]\d", picture.markup("m"))


def test_scenarios_are_counted_per_case_and_not_tested() -> None:
    """Without a comparison the caption says that one replication is shown, and no p is given."""
    base, other = directly_follows(cases=300), directly_follows(cases=600, seed=4)
    picture = difference_picture(base, other, names=("Baseline", "Fast"))
    assert "One replication of each is shown" in picture.caption
    assert {row[7].text for row in picture.data.rows} == {"not tested"}
    changes = counted_changes(base, other)
    # All orders begin the same way, twice as many in the second run: per case nothing changes.
    assert changes.paths[START, "Receive Order"].kind == "equal"


def test_the_largest_change_that_is_not_drawn_is_named() -> None:
    """On the places of another map a path may be missing: the caption says which."""
    first, second, found = compared(BEFORE, AFTER)
    whole = difference_picture(first, second, comparison=found, levels=map_levels([first, second]))
    assert "not drawn" not in whole.caption
    part = difference_picture(first, second, comparison=found, levels=map_levels([first]))
    assert "not drawn: a \u2192 e, new +11.6." in part.caption


def test_difference_of_hostile_and_empty_graphs() -> None:
    """Odd names are inert, one empty side makes everything new, two make a statement."""
    pairs = {pair: [1.0] for pair in itertools.pairwise(HOSTILE)}
    odd = graph_of(pairs, dict.fromkeys(HOSTILE, 1), {HOSTILE[0]: 1}, {HOSTILE[-1]: 1})
    empty = graph_of({}, {}, {}, {})
    picture = difference_picture(empty, odd)
    svg = picture.markup("m")
    assert "<script" not in svg
    ET.fromstring(svg)
    picture.figure()
    assert {row[8].text for row in picture.data.rows} == {"new"}
    assert "No activities" in difference_picture(empty, empty).markup("m")


def test_legend_wraps_within_its_page() -> None:
    """Samples go to a further row before they leave the page."""
    entries = [(Arrow((), None, ACCENT), f"entry number {n}") for n in range(6)]
    items, height = legend(entries, 300.0, 0.0)
    words = [item for item in items if isinstance(item, Words)]
    assert len({item.y for item in words}) > 1
    assert max(item.y for item in words) < height
    assert all(item.x < 300 for item in words)


def test_figures_of_drawings_stay_on_their_page() -> None:
    """Every text of the printed map lies inside the figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = drawing_figure(object_drawing(object_map(SHOP)), width=8.0)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    width, height = canvas.get_width_height()
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height
