"""Figures: well-formed, self-contained, repeatable, and every number is the input's."""

from __future__ import annotations

import itertools
import re
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from example_comparison import directly_follows, example_comparison, graph_of

from mining.performance import DirectlyFollows
from o2c_sim.errors import MissingDependencyError
from reports.figures.canvas import _apart, drawable, figure_svg, new_figure
from reports.figures.cash_curve import cash_curve
from reports.figures.palette import ALL, series_style
from reports.figures.process_map_figure import process_map_figure
from reports.figures.process_map_svg import process_map_svg
from reports.figures.receivables import receivables
from reports.figures.text_fit import text_width, wrapped
from reports.number_text import count_text, duration_text
from reports.process_map import process_map
from scenarios.estimate import Band

SVG = "{http://www.w3.org/2000/svg}"
GRAPH = directly_follows(cases=300)
ODD_NAMES = (
    "<script>alert(1)</script>",
    "\U0001f69a Ship & \"bill\" 'it'",
    "x" * 200,
    "many words " * 18,
    "a\x00b\x1fc",
    "$\\frac{1}{2}$",
    "\u65e5\u672c\u8a9e",
    "",
)


def texts(svg: str) -> list[str]:
    """Return the texts of a picture; parsing asserts that it is well-formed."""
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def odd_graph() -> DirectlyFollows:
    """Return a chain of activities whose names are hard to draw."""
    pairs = {pair: [2.0, 4.0] for pair in itertools.pairwise(ODD_NAMES)}
    return graph_of(pairs, dict.fromkeys(ODD_NAMES, 2), {ODD_NAMES[0]: 2}, {ODD_NAMES[-1]: 2})


@pytest.mark.parametrize("metric", ["frequency", "performance"])
def test_map_shows_every_count_and_median(metric: str) -> None:
    """All counts and median times of the graph stand on the map as text, in either metric."""
    shown = texts(process_map_svg(process_map([GRAPH]), GRAPH, metric=metric))
    for row in GRAPH.edges.to_dicts():
        assert count_text(row["count"]) in shown
        assert duration_text(row["median_hours"]) in shown
    for row in GRAPH.activities.to_dicts():
        assert any(text.split(" \u00b7 ")[0] == count_text(row["count"]) for text in shown)


def test_wider_is_darker_and_more_frequent() -> None:
    """Width and opacity rise together with the count, so neither colour nor width is alone."""
    svg = ET.fromstring(process_map_svg(process_map([GRAPH]), GRAPH))
    drawn = {}
    for group in svg.findall(f"{SVG}g[@opacity]"):
        title, path = group.find(f"{SVG}title"), group.find(f"{SVG}path")
        if path is not None and title is not None:
            way = (title.text or "").split(":")[0]
            drawn[way] = (float(path.get("stroke-width", 0)), float(group.get("opacity", 0)))
    rows = GRAPH.edges.sort("count").to_dicts()
    rising = [drawn[f"{row['source']} \u2192 {row['target']}"] for row in rows]
    assert [width for width, _ in rising] == sorted(width for width, _ in rising)
    assert [dark for _, dark in rising] == sorted(dark for _, dark in rising)
    assert rising[0] < rising[-1]


def test_scenarios_are_drawn_in_the_same_place() -> None:
    """Two graphs on one layout differ in numbers and strength, never in position."""
    other = directly_follows(cases=300, seed=9, speed=0.0)
    layout = process_map([GRAPH, other])
    places = []
    for graph in (GRAPH, other):
        frames = ET.fromstring(process_map_svg(layout, graph)).iter(f"{SVG}rect")
        places.append([(r.get("x"), r.get("y")) for r in frames if r.get("rx") == "6"])
    assert places[0] == places[1]
    absent = process_map_svg(layout, other)
    assert "Set Credit Block: does not happen here" in absent
    assert 'stroke-dasharray="4 4"' in absent


def test_names_are_escaped_and_fit_their_boxes() -> None:
    """Markup, emoji, control characters and 200 letters give well-formed XML and short lines."""
    graph = odd_graph()
    svg = process_map_svg(process_map([graph]), graph, title='<b>"&', standalone=True)
    root = ET.fromstring(svg)
    assert "<script" not in svg
    assert root.find(f"{SVG}title").text == '<b>"&'
    for line in texts(svg):
        assert text_width(line, 12.0) <= 116
    assert "(no name)" in texts(svg)


def test_empty_map_says_so() -> None:
    """No cases is a statement, not a blank."""
    empty = graph_of({}, {}, {}, {})
    assert texts(process_map_svg(process_map([empty]), empty)) == ["No activities"]


def test_wrapping_keeps_words_and_marks_what_is_cut() -> None:
    """Lines are no wider than asked for; only a cut text ends in an ellipsis."""
    assert wrapped("Send Dunning Level 1", 12.0, 100, 2) == ("Send Dunning", "Level 1")
    cut = wrapped("word " * 40, 12.0, 100, 2)
    assert len(cut) == 2
    assert cut[-1].endswith("\u2026")
    assert wrapped("", 12.0, 100, 2) == ()


@pytest.mark.parametrize("draw", [cash_curve, receivables])
def test_curves_are_themed_repeatable_and_self_contained(draw: object) -> None:
    """Twice the same bytes, well-formed, no address but namespaces, axes with units."""
    comparison = example_comparison()
    first, again = (
        figure_svg(draw(comparison), title="Cash <by> day", identifier="cash") for _ in range(2)
    )
    assert first == again
    root = ET.fromstring(first)
    assert root.get("role") == "img"
    assert not re.search(r'https?://(?!www\.w3\.org/(2000/svg|1999/xlink)")', first)
    assert "var(--ink," in first
    assert all(name.startswith("cash-") for name in re.findall(r'\bid="([^"]+)"', first))
    labels = [axes.get_ylabel() for axes in draw(comparison).axes]
    assert all("(EUR m)" in label for label in labels)
    assert draw(comparison).axes[-1].get_xlabel().startswith("Days since")


def test_curves_plot_the_comparisons_own_numbers() -> None:
    """Lines are the means in millions, below them scenario minus baseline, bands low to high."""
    comparison = example_comparison()
    top, below = cash_curve(comparison).axes
    for line, outcome in zip(top.lines, comparison.outcomes, strict=True):
        np.testing.assert_allclose(line.get_ydata(), outcome.cash_in.mean / 1e6)
    base = comparison.outcomes[0].cash_in.mean
    for line, outcome in zip(below.lines, comparison.outcomes[1:], strict=False):
        np.testing.assert_allclose(line.get_ydata(), (outcome.cash_in.mean - base) / 1e6)
    band = top.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx(comparison.outcomes[0].cash_in.high.max() / 1e6)


def test_gains_with_a_band_are_drawn_with_it() -> None:
    """Where paired differences are given, the lower panel shows their band and says so."""
    comparison = example_comparison(scenarios=1)
    day = comparison.outcomes[0].cash_in.day
    gain = Band(day, day * 1e3, day * 0.5e3, day * 2e3)
    base, scenario = comparison.outcomes
    with_lead = replace(comparison, outcomes=(base, replace(scenario, cash_lead=gain)))
    below = cash_curve(with_lead).axes[1]
    assert len(below.collections) == 1
    assert "confidence interval" in below.get_title(loc="left")
    assert "no band" in cash_curve(comparison).axes[1].get_title(loc="left")


def test_baseline_alone_has_one_panel() -> None:
    """Without scenarios there is nothing to compare and no empty panel."""
    assert len(cash_curve(example_comparison(scenarios=0)).axes) == 1


def test_outcomes_differ_by_more_than_colour() -> None:
    """Twenty outcomes have twenty pairs of colour and dash pattern."""
    assert len({series_style(index) for index in range(20)}) == 20
    assert len({tone.variable for tone in ALL}) == len(ALL)


def test_labels_that_collide_are_moved_apart() -> None:
    """Neighbours keep their order and a step between them; lone ones stay."""
    assert _apart([0.0, 0.5, 0.5, 1.0], 0.1) == pytest.approx([0.0, 0.45, 0.55, 1.0])


def test_printed_map_draws_odd_names_without_warnings() -> None:
    """The Matplotlib map takes the same layout; characters the font lacks are named."""
    graph = odd_graph()
    layout = process_map([graph, GRAPH])
    svg = figure_svg(process_map_figure(layout, graph), title="map", identifier="m")
    assert ET.fromstring(svg).get("class") == "figure"
    assert drawable("\U0001f69a $x$") == "[delivery truck] $x$"


def test_missing_matplotlib_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Matplotlib the error names it and the extra that brings it."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingDependencyError, match="matplotlib"):
        new_figure(1, 1)
