"""Pictures of searches: every number is the result's, from the result and from its file."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from noisy_functions import NoisyFunction
from picture_checks import HOSTILE, assert_whole, numbers_of, svg_of

from mining.kpi_definition import KpiDefinition
from o2c_sim import ScenarioError
from reports.figures.break_even_curve import break_even_picture
from reports.figures.cash_freed_waterfall import decomposition_picture
from reports.figures.importance import importance_picture
from reports.figures.pareto_front import pareto_picture
from reports.figures.tornado import tornado_picture
from scenarios.decomposition import decompose
from scenarios.search.break_even import find_break_even
from scenarios.search.factor import Factor
from scenarios.search.line import Line
from scenarios.search.pareto import pareto
from scenarios.search.search_file import read_search
from scenarios.search.sensitivity import Importance, Index, Screening
from scenarios.search.target import read_target
from scenarios.search.tornado import tornado

KPI, CASH = "order_to_cash_mean_days", "receivables_mean"


def definition(key, unit="days", better="lower"):
    """Return a definition whose label is the key."""
    return KpiDefinition(key, key, unit, "a formula", "a population", "a source", better)


def decomposed(response=CASH, names=("a", "b", "c")):
    """Return a decomposition of effects -3, 2 and -0.5 (millions) that add up."""
    worth = dict(zip(names, (-3e6, 2e6, -5e5), strict=False))
    toy = NoisyFunction(
        lambda point: (1e7 + sum(worth.get(name, -1e4) for name in point),),
        (response,),
        common=1e5,
        own=1e3,
    )
    return decompose(toy, dict.fromkeys(names, 1), range(4))[0]


def test_cash_freed_is_what_receivables_fall_by():
    """A fall of 3 m is 3 m of cash freed, a rise of 2 m takes 2 m away; the sum is the change."""
    found = decomposed()
    picture = assert_whole(decomposition_picture(found, "EUR", scenario="Case B"))
    assert picture.title.startswith("Cash freed by lever: +EUR 1.5 m (")
    values = numbers_of(picture, "Cash freed")
    assert values == [-c.shapley.mean for c in found.contributions] + [-found.change.mean]
    assert values[0] == pytest.approx(3e6, rel=0.01)
    assert sum(values[:-1]) == pytest.approx(values[-1])
    low, high = picture.data.rows[0][1].low, picture.data.rows[0][1].high
    assert (low, high) == (
        -found.contributions[0].shapley.high,
        -found.contributions[0].shapley.low,
    )
    # The lever that ties cash up is hatched, those that free it are not.
    hatches = [bool(bar.get_hatch()) for bar in picture.figure().axes[0].patches]
    assert hatches == [False, True, False, False]


def test_a_fall_in_days_is_better_and_keeps_its_sign():
    """Of a KPI that is no cash the change itself is drawn, and a fall of days is no hatch."""
    found = decomposed(KPI)
    picture = assert_whole(decomposition_picture(found))
    values = numbers_of(picture, picture.chart.series[0])
    assert values == [c.shapley.mean for c in found.contributions] + [found.change.mean]
    hatches = [bool(bar.get_hatch()) for bar in picture.figure().axes[0].patches]
    assert hatches == [False, True, False, False]


def tornado_of(names=("x", "y"), choices=()):
    """Return the bars of 10 + 4 x - y, today both at 0.5."""
    factors = [Factor(name, 0.0, 1.0, now=0.5, label=name) for name in names]
    if choices:
        factors[1] = Factor(names[1], choices=choices, now=choices[0], label=names[1])

    def linear(point):
        x, y = (point.get(name, 0.5) for name in names)
        return (10 + 4 * x - (choices.index(y) if choices and y in choices else y * (not choices)),)

    toy = NoisyFunction(linear, (KPI,), common=1)
    return tornado(toy, factors, replications=3)


def test_a_tornado_has_the_widest_bar_on_top():
    """From 0.5 to the ends 4 x moves by -2 and +2, -y by +0.5 and -0.5."""
    bars = tornado_of()
    picture = assert_whole(tornado_picture(bars, KPI))
    head = next(c.name for c in picture.data.columns if c.name.startswith("Change of"))
    assert numbers_of(picture, head) == [e.change.mean for bar in bars for e in bar.effects]
    assert numbers_of(picture, head) == pytest.approx([-2, 2, 0.5, -0.5])
    assert numbers_of(picture, "Setting") == [None] * 4
    drawn = [bar.get_width() for bar in picture.figure().axes[0].patches]
    assert drawn == pytest.approx([-2, 2, 0.5, -0.5])
    heights = [bar.get_y() for bar in picture.figure().axes[0].patches]
    assert heights == sorted(heights), "from the top downwards, none on another"


def test_words_as_settings_have_bars_of_their_own():
    """Of three words, today's is not drawn; each of the others has a bar and a label."""
    bars = tornado_of(choices=("weekly", "daily", "never"))
    picture = assert_whole(tornado_picture(bars, KPI))
    assert len(picture.figure().axes[0].patches) == 4
    said = [text.get_text() for text in picture.figure().axes[0].texts]
    assert any(text.startswith("daily:") for text in said)
    assert not any(text.startswith("weekly:") for text in said)


def screening(method, count=5):
    """Return an invented screening."""
    spread = 0.5 if method == "morris" else float("nan")
    return Screening(
        method,
        KPI,
        tuple(
            Importance(
                Factor(f"f{n}", 0, 1, label=(HOSTILE * 9)[n]),
                Index(0.5 / (n + 1), float("nan") if method == "morris" else 0.02),
                Index(0.8 / (n + 1), 0.05),
                spread,
            )
            for n in range(count)
        ),
        0.02,
        40,
        5,
        0.95,
    )


@pytest.mark.parametrize("method", ["morris", "sobol"])
@pytest.mark.parametrize("count", [0, 1, 40])
def test_importances_are_those_of_the_screening(method, count):
    """Every factor is in the table; of forty a page draws the first."""
    found = screening(method, count)
    picture = assert_whole(importance_picture(found))
    column = picture.data.columns[1].name
    assert numbers_of(picture, column) == [one.total.value for one in found.importances]
    assert ("are drawn; the table has all" in picture.caption) == (count == 40)
    # Morris has one bar a factor, Sobol two.
    bars = len(picture.figure().axes[0].patches)
    assert bars == min(count, 24) * (1 if method == "morris" else 2)


def front():
    """Return the trade-offs of a known problem."""

    def zdt1(point):
        a, b = (point.get(name, 1.0) for name in "ab")
        g = 1 + 9 * b
        return a, g * (1 - np.sqrt(a / g))

    toy = NoisyFunction(zdt1, (KPI, CASH), own=0.02, common=0.1)
    return pareto(toy, [Factor(name, 0, 1) for name in "ab"], signs=(1, 1), max_runs=300)


def test_the_front_is_drawn_as_it_was_judged():
    """Means and changes of every candidate, filled where it is on the front, today as a diamond."""
    found = front()
    definitions = {KPI: definition(KPI), CASH: definition(CASH, "currency")}
    picture = assert_whole(pareto_picture(found, "EUR", definitions=definitions))
    for key in (KPI, CASH):
        assert numbers_of(picture, key) == [c.estimates[key].mean for c in found.candidates]
        changes = numbers_of(picture, f"{key}: change from today")
        assert changes == [c.changes[key].mean for c in found.candidates]
    marks = [line for line in picture.figure().axes[0].lines if line.get_marker() in "oDx"]
    filled = [m for m in marks if m.get_marker() == "o" and m.get_markerfacecolor() != "#ffffff"]
    best = [c for c in found.candidates if c.standing == "front" and c.point]
    assert len(filled) == len(best)
    today = [m for m in marks if m.get_marker() == "D"]
    assert [(m.get_xdata()[0], m.get_ydata()[0]) for m in today] == [(0, 0)]


BREAK_EVENS = {
    "-40 %": (lambda x: 10 - 6 * x, 0.667, "Of today's mean"),
    "-3": (lambda x: 10 - 6 * x, 0.5, "Change from today"),
    "= 11": (lambda x: 9 + 5 * x, 0.4, "Order-to-cash cycle time, mean"),
    "= 99": (lambda x: 9 + 5 * x, None, "Order-to-cash cycle time, mean"),
}


def broken_even(target):
    """Return a break-even of a straight line."""
    function = BREAK_EVENS[target][0]
    toy = NoisyFunction(lambda p: (function(p.get("x", 0.0)),), (KPI,), own=0.1, common=1)
    line = Line("the lever", "%", 0.0, 1.0, False, lambda v: {"x": v} if v else {})
    return find_break_even(toy, line, read_target(target))


@pytest.mark.parametrize("target", BREAK_EVENS)
def test_break_even_draws_what_the_target_is_about(target):
    """The target is one level line; what crosses it there is level, change or percentage."""
    found = broken_even(target)
    root, column = BREAK_EVENS[target][1:]
    picture = assert_whole(break_even_picture(found))
    nodes = sorted(found.nodes, key=lambda node: node.value)
    kind = {"level": "response", "change": "change", "relative": "change_pct"}[found.target.kind]
    assert picture.chart.series == (column,)
    assert numbers_of(picture, column) == [getattr(node, kind).mean for node in nodes]
    axes = picture.figure().axes[0]
    level = {"-40 %": -40, "-3": -3, "= 11": 11, "= 99": 99}[target]
    assert any(set(line.get_ydata()) == {level} for line in axes.lines)
    if root is None:
        assert "Not reachable" in picture.alternative
    else:
        assert found.value == pytest.approx(root, abs=0.05)
        assert any(set(line.get_xdata()) == {found.value} for line in axes.lines)


def test_hostile_names_make_whole_pictures():
    """Levers, groups and factors may be called anything."""
    for names in (HOSTILE[:3], HOSTILE[3:6], HOSTILE[6:9]):
        picture = assert_whole(decomposition_picture(decomposed(names=names), "EUR"))
        assert "<script" not in svg_of(picture)
        assert_whole(tornado_picture(tornado_of(names[:2]), KPI))


def test_nothing_to_show_is_said():
    """A tornado without factors, and a decomposition of nothing but zeros."""
    assert_whole(tornado_picture((), KPI))
    zeros = NoisyFunction(lambda point: (5.0,), (KPI,))
    found = decompose(zeros, {"a": 1, "b": 2}, range(3))[0]
    assert_whole(decomposition_picture(found))


def test_other_files_are_refused_with_what_is_allowed(tmp_path):
    """A missing file, no JSON, another verb's result, and a damaged one: an error, no traceback."""
    file = tmp_path / "search.json"
    for text, why in (
        (None, "cannot be read"),
        ("[1", "no result of a search"),
        ("[]", "no result of a search"),
        ('{"command": "mine", "result": {}}', "is the result of mine"),
        ('{"command": "decompose", "result": {"company": "x"}}', "no result of a search"),
    ):
        if text is not None:
            file.write_text(text)
        with pytest.raises(ScenarioError, match=why):
            read_search(tmp_path)


@pytest.mark.slow
def test_files_of_the_command_line_make_the_same_pictures(tmp_path):
    """What each verb writes is read back; its table holds the numbers of its CSV file."""
    from command_line import o2c

    short = ("--warm-up", "10", "--days", "15", "--cool-down", "20", "--no-store", "--quiet")
    kpi = "order_processing_mean_hours"

    def searched(verb, *arguments):
        folder = tmp_path / verb
        done = o2c(verb, *arguments, *short, "--output", str(folder))
        assert done.code == 0, done.err
        with next(folder.glob("*.csv")).open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return read_search(folder), rows

    found, rows = searched("sensitivity", "case_a", "--kpi", kpi, "-r", "2")
    picture = assert_whole(tornado_picture(found.bars[kpi], kpi, found.currency))
    head = next(c.name for c in picture.data.columns if c.name.startswith("Change of"))
    assert numbers_of(picture, head) == [float(row["change"]) for row in rows]

    found, rows = searched(
        "decompose", "case_a", "--kpi", kpi, "-r", "2", "--group",
        "orders=electronic_orders_pct,email_auto_capture_pct,exception_rate_pct",
    )  # fmt: skip
    picture = assert_whole(decomposition_picture(found.decompositions[0], found.currency))
    values = numbers_of(picture, picture.chart.series[0])
    assert values[:-1] == [float(row["effect"]) for row in rows if float(row["effect"])]

    found, rows = searched(
        "breakeven", "case_a", "--kpi", kpi, "--target", "-20 %", "-r", "3", "--budget", "30"
    )
    picture = assert_whole(break_even_picture(found.break_evens[0], found.currency))
    document = json.loads((tmp_path / "breakeven" / "search.json").read_text())
    assert found.break_evens[0].runs == document["result"]["searches"][0]["runs"]
    place = picture.data.columns[0].name
    assert set(numbers_of(picture, place)) <= {float(row["value"]) for row in rows}

    found, rows = searched(
        "optimise", "case_a", "--minimise", kpi, "--minimise", "cost_per_order", "--budget", "60"
    )
    picture = assert_whole(pareto_picture(found.front, found.currency))
    assert [one.estimates[kpi].mean for one in found.front.candidates] == [
        float(row[kpi]) for row in rows
    ]
    assert len(picture.data.rows) == len(rows)
