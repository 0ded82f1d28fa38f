"""The board: columns, cards, pace, blockers, and its picture and page."""

import datetime as dt
import xml.etree.ElementTree as ET
from dataclasses import replace

import polars as pl
import pytest

from mining.flow.ageing import ageing_wip
from mining.flow.board import SLOWEST, board, pace_of
from mining.flow.cards import card_facts
from mining.flow.items import items
from o2c_sim import simulate
from o2c_sim import vocabulary as v
from o2c_sim.errors import UsageError
from reports.figures.blocker_pareto import blocker_pareto_picture
from reports.figures.board import board_figure, board_picture
from reports.figures.board_words import head_text
from reports.figures.canvas import figure_svg
from tests.case_logs import DAY_ONE, case_log
from tests.small_company import WINDOW, small

DAY = 24.0
HOSTILE = (
    "<script>alert(1)</script>",
    "=1+1\"&'",
    "\u202e\u05e9\u05dc\u05d5\u05dd",
    "$x_2$ % \\ # _",
    "\U0001f69a" * 3,
    "long " * 100,
)


def paid(days=10):
    """Return the events of an order that is paid after so many days."""
    names = (v.CREATE_SALES_ORDER, v.CREATE_DELIVERY, v.POST_GOODS_ISSUE, v.CREATE_INVOICE,
             v.RECEIVE_PAYMENT, v.CLEAR_INVOICE)  # fmt: skip
    return [(name, place * days * DAY / 5) for place, name in enumerate(names)]


def held():
    """Return an order that a credit block holds from day 2 on."""
    return [(v.CREATE_SALES_ORDER, 0.0), (v.CHECK_CREDIT, 1 * DAY), (v.SET_CREDIT_BLOCK, 2 * DAY)]


def example(**options):
    """Return the board of three paid orders, one held by credit and one being delivered."""
    cases = {f"p{n}": paid(10 + n) for n in range(3)} | {
        "held": held(),
        "moving": paid()[:2],
    }
    log = case_log(cases, {"value": [1.0, 2.0, 3.0, 4000.0, None]}, people="Ann ")
    return log, board(log, items(log, "order"), **options)


def test_the_board_by_hand():
    """As of day 12 the held order stands in Credit for 10 days; its age counts from day 1."""
    _, found = example()
    columns = {column.name: column for column in found.columns}
    assert found.wip == 2
    assert {name: column.wip for name, column in columns.items() if column.wip} == {
        "Credit": 1,
        "Fulfilment": 1,
    }
    (card,) = columns["Credit"].cards
    assert (card.name, card.amount, card.blocked_by) == ("held", 4000.0, "Credit hold")
    assert card.blocked_days == 10.0
    assert card.days == 12.0
    assert card.assignee is not None
    assert columns["Fulfilment"].cards[0].amount is None
    assert columns["Credit"].blocked == 1
    (cluster,) = found.clusters
    assert (cluster.reason, cluster.intervals, cluster.items, cluster.days, cluster.now) == (
        "Credit hold", 1, 1, 10.0, 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("days", "pace"), [(1, 50), (4, 50), (4.5, 70), (9, 85), (20, 95), (20.1, SLOWEST)]
)
def test_the_pace_is_the_lowest_percentile_not_exceeded(days, pace):
    """Percentiles 4, 6, 10 and 20 days."""
    assert pace_of(days, {50: 4.0, 70: 6.0, 85: 10.0, 95: 20.0}) == pace
    assert pace_of(days, {}) is None


def test_more_items_than_cards():
    """Twelve alike: the eight oldest have cards, and four are counted."""
    cases = {f"p{n}": paid() for n in range(3)} | {f"o{n:02}": held() for n in range(12)}
    log = case_log(cases)
    found = board(log, items(log, "order"))
    (column,) = [column for column in found.columns if column.wip]
    assert (column.wip, len(column.cards), column.more) == (12, 8, 4)
    words = [text.get_text() for text in board_figure(found).axes[0].texts]
    drawn = sum(word.startswith("o") and word[1:].isdigit() for word in words)
    assert f"+ {12 - drawn} more" in words


def test_limits_are_told_and_checked():
    """A head says items and limit; an exceeded one says so in words."""
    log, found = example(limits={"Credit": 1, "Fulfilment": 3})
    heads = [head_text(column) for column in found.columns]
    assert "Credit 1/1" in heads
    assert "Fulfilment 1/3" in heads
    full = replace(found.columns[0], wip=5, limit=4)
    assert head_text(full).endswith("5/4, over its limit")
    with pytest.raises(UsageError, match="no column") as refused:
        board(log, items(log, "order"), limits={"Kredit": 1})
    assert "Credit" in str(refused.value)
    with pytest.raises(UsageError, match="limit of 0"):
        board(log, items(log, "order"), limits={"Credit": 0})
    with pytest.raises(UsageError, match="-1 cards"):
        board(log, items(log, "order"), most_cards=-1)


def test_hostile_names_are_inert():
    """Script tags, formulas and the like are text in the page and in the figure."""
    cases = {f"p{n}": paid() for n in range(2)} | {name: held() for name in HOSTILE}
    log = case_log(cases)
    found = board(log, items(log, "order"))
    found = replace(
        found,
        columns=[replace(column, name=f"{HOSTILE[0]}{column.name}") for column in found.columns],
    )
    picture = board_picture(found)
    page = picture.markup("b")
    assert "<script" not in page
    root = ET.fromstring(page.replace("<br>", "<br/>"))
    assert len({element.get("id") for element in root.iter() if element.get("id")}) == len(
        found.columns
    )
    assert "&lt;script&gt;" in page
    svg = figure_svg(picture.figure(), title=picture.title, identifier="x")
    ET.fromstring(svg)


def test_every_number_of_cards_is_in_table_and_page():
    """Table, page and board say the same; the rest is counted."""
    _, found = example()
    picture = board_picture(found, "EUR")
    cards = [card for column in found.columns for card in column.cards]
    rows = [row for row in picture.data.rows if row[0].text != "without a card"]
    assert [row[2].value for row in rows] == [card.days for card in cards]
    assert [row[5].value for row in rows] == [card.amount for card in cards]
    page = picture.markup("b")
    for card in cards:
        assert card.name in page
        assert card.blocked_by is None or card.blocked_by in page
    assert "2 open orders, 1 blocked" in picture.title


def test_pareto_adds_up():
    """Shares of all days, the most first, up to one; without blocks words."""
    log = case_log({"a": held(), "b": paid(), "c": paid(30)})
    picture = blocker_pareto_picture(board(log, items(log, "order")))
    assert picture.data.rows[-1][3].value == pytest.approx(1)
    assert picture.data.rows[0][1].value == 28.0
    assert "Credit hold makes up 100 %" in picture.title
    none = case_log({"b": paid(), "c": paid(30)})
    picture = blocker_pareto_picture(board(none, items(none, "order")))
    assert picture.title == "No block is recorded"
    assert "<svg" in figure_svg(picture.figure(), title="", identifier="x")


def test_a_simulated_company():
    """Counts are those of the ageing view; customers, people, amounts and due dates are known."""
    log = simulate(small(), seed=1, window=WINDOW).log
    known = items(log, "order", as_of=log.events["time"].quantile(0.6))
    found = board(log, known)
    ageing = ageing_wip(known)
    assert [column.wip for column in found.columns] == [column.wip for column in ageing.columns]
    assert found.wip == (known.table["outcome"] == "open").sum() > 0
    cards = [card for column in found.columns for card in column.cards]
    assert all(card.customer and card.amount for card in cards)
    assert found.clusters == sorted(found.clusters, key=lambda one: -one.days)
    total = (known.blocked["until"] - known.blocked["since"]).sum() / dt.timedelta(days=1)
    assert sum(one.days for one in found.clusters) == pytest.approx(total)


def test_due_dates_are_those_of_the_invoices():
    """The last due date of the invoices that are among an order's events by then."""
    log = simulate(small(), seed=1, window=WINDOW).log
    orders = log.objects_of("order")["object"]
    facts = card_facts(log, "order", orders, log.events["time"].max())
    assert facts["item"].to_list() == orders.to_list()
    due = dict(
        log.objects_of("invoice").select("object", pl.col("due_date").cast(pl.Date)).iter_rows()
    )
    pairs = log.event_objects.select("event", "object")
    for item, last in facts.select("item", "due").head(20).iter_rows():
        beside = pairs.filter(
            pl.col("event").is_in(pairs.filter(pl.col("object") == item)["event"].implode())
        )["object"].to_list()
        assert last == max((due[one] for one in beside if one in due), default=None)
    assert facts["due"].null_count() < facts.height
    early = card_facts(log, "order", orders, DAY_ONE - dt.timedelta(days=9999))
    assert early["due"].null_count() == early.height
