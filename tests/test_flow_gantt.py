"""The Gantt chart: which items, their bars, blocks and due dates, and its picture."""

import datetime as dt
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.flow.gantt import gantt
from mining.flow.items import items
from o2c_sim import simulate
from o2c_sim import vocabulary as v
from o2c_sim.errors import UsageError
from reports.figures.canvas import figure_svg
from reports.figures.gantt import gantt_picture
from tests.case_logs import DAY_ONE, case_log, random_cases
from tests.small_company import WINDOW, small
from tests.test_flow_board import HOSTILE, held, paid

DAY = dt.timedelta(days=1)


def chart(cases, attributes=None, **options):
    """Return the Gantt chart of cases."""
    log = case_log(cases, attributes)
    return gantt(log, items(log, "order"), **options)


def test_bars_by_hand():
    """Created on day 0, first worked on on day 1, blocked from day 2 to the end, day 10."""
    found = chart({"p": paid(), "held": held()})
    assert found.chosen == "open"
    (row,) = found.rows
    stretches = [
        (bar.stage, (bar.since - DAY_ONE) / DAY, (bar.until - DAY_ONE) / DAY) for bar in row.bars
    ]
    assert stretches == [(None, 0, 1), (found.stages.index("Credit"), 1, 10)]
    (block,) = row.blocks
    assert (block.reason, block.since, block.until) == (
        "Credit hold", DAY_ONE + 2 * DAY, DAY_ONE + 10 * DAY,
    )  # fmt: skip
    assert (row.done, row.due, row.late) == (None, None, False)


@pytest.mark.parametrize(("due", "late"), [(9, True), (10, False), (11, False)])
def test_late_is_after_the_due_date(due, late):
    """Done on day 10, or still open then."""
    dates = [(DAY_ONE + due * DAY).date()] * 2
    for name, cases in (("held", {"p": paid(), "held": held()}), ("p", {"p": paid(), "q": paid()})):
        found = chart(cases, {"due_date": dates}, names=[name])
        assert [row.late for row in found.rows] == [late]
        words = [text.get_text() for text in gantt_picture(found).figure().axes[0].texts]
        assert any("late" in word for word in words) == late


def test_the_oldest_have_rows_and_the_others_are_counted():
    """Fifty open orders, each a day younger than the last."""
    cases = {f"o{n:02}": [(name, hours + 24.0 * n) for name, hours in held()] for n in range(50)}
    found = chart({**cases, "p": paid()})
    assert [row.name for row in found.rows] == [f"o{n:02}" for n in range(40)]
    assert found.more == 10
    assert found.more_since == (DAY_ONE + 40 * DAY, DAY_ONE + 49 * DAY)
    picture = gantt_picture(found)
    labels = [label.get_text() for label in picture.figure().axes[0].get_yticklabels()]
    assert labels[-1] == "and 10 more"
    assert "10 more open orders" in picture.caption


def test_begun_items_come_first():
    """An older order that nobody has begun has no row where there is room for one only."""
    begun = [(name, hours + 24.0) for name, hours in held()]
    found = chart({"idle": held()[:1], "begun": begun, "p": paid()}, most_rows=1)
    assert [row.name for row in found.rows] == ["begun"]
    assert found.more == 1
    picture = gantt_picture(found)
    assert "begun come before" in picture.caption
    assert picture.title.startswith("1 begun and open order on a timeline, the oldest first")


def test_without_open_items_the_longest_are_shown():
    """All are paid: the two that took longest, the earliest created first."""
    found = chart({"a": paid(10), "b": paid(30), "c": paid(20)}, most_rows=2)
    assert found.chosen == "done"
    assert {row.name for row in found.rows} == {"b", "c"}
    assert found.more == 1


def test_unknown_names_are_refused():
    """Each with its name; and a chart has at least one row."""
    with pytest.raises(UsageError, match="named 'nobody'"):
        chart({"a": paid()}, names=["a", "nobody"])
    with pytest.raises(UsageError, match="0 rows"):
        chart({"a": paid()}, most_rows=0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1_000))
def test_bars_cover_the_life_of_an_item_without_overlap(seed):
    """From creation to the end or the as-of moment, one after the other."""
    found = chart(random_cases(seed, 12))
    for row in found.rows:
        end = row.done or found.as_of
        at = row.created
        for bar in row.bars:
            assert at == bar.since < bar.until
            at = bar.until
        assert at == end


def test_hostile_names_are_inert_and_cut():
    """They are drawn as text, and do not run into the bars."""
    found = chart({"p": paid(), **{name: held() for name in HOSTILE}})
    picture = gantt_picture(found)
    figure = picture.figure()
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure).draw()
    left = figure.axes[0].get_window_extent().x0
    for label in figure.axes[0].get_yticklabels():
        box = label.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= left
    ET.fromstring(figure_svg(picture.figure(), title=picture.title, identifier="x"))


def test_every_stretch_is_in_the_table():
    """As many rows as bars, blocks and due dates of a simulated company, with their moments."""
    log = simulate(small(), seed=1, window=WINDOW).log
    known = items(log, "order", as_of=log.events["time"].quantile(0.7))
    found = gantt(log, known)
    picture = gantt_picture(found)
    marks = sum(len(r.bars) + len(r.blocks) + (r.due is not None) for r in found.rows)
    assert len(picture.data.rows) == marks
    assert any(row.due for row in found.rows)
    moments = {(row[0].value or row[0].text, row[2].value) for row in picture.data.rows}
    assert all((row.name, bar.since) in moments for row in found.rows for bar in row.bars)
    created = [row.created for row in found.rows]
    assert created == sorted(created)
    assert "<svg" in figure_svg(picture.figure(), title="", identifier="x")


def test_one_item_of_one_moment():
    """An item with a single event has a row, and the chart has room."""
    found = chart({"a": [(v.CREATE_SALES_ORDER, 0.0)], "p": paid()}, names=["a"])
    assert "<svg" in figure_svg(gantt_picture(found).figure(), title="", identifier="x")
