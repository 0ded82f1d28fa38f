"""Work items: created, started, done, and the stages and blocks between."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.flow.board_columns import NOT_STARTED, board_columns
from mining.flow.clocks import CLOCKS
from mining.flow.items import items
from mining.flow.stages import MOST_STAGES, workflow
from o2c_sim import simulate
from o2c_sim import vocabulary as v
from o2c_sim.errors import LogError, UsageError
from reports.figures.flow_words import definition_words
from tests import hand_log, real_logs
from tests.case_logs import DAY_ONE, case_log, random_cases
from tests.small_company import WINDOW, small

DAY = 24.0
PAID = [
    (v.CREATE_SALES_ORDER, 0.0),
    (v.CREATE_DELIVERY, 1 * DAY),
    (v.POST_GOODS_ISSUE, 2 * DAY),
    (v.CREATE_INVOICE, 3 * DAY),
    (v.RECEIVE_PAYMENT, 33 * DAY),
    (v.CLEAR_INVOICE, 34 * DAY),
]
CASH = dt.timedelta(days=34)


def only(log, case_type="order", **options):
    """Return the first item of a log as a dictionary."""
    return items(log, case_type, **options).table.row(0, named=True)


def test_an_order_by_hand():
    """Created on day 1 at 8:00; the delivery of day 2 starts it; cleared on day 35."""
    item = only(case_log({"o": PAID}))
    assert item["created"] == DAY_ONE
    assert item["started"] == DAY_ONE + dt.timedelta(days=1)
    assert item["done"] == DAY_ONE + CASH
    assert item["outcome"] == "completed"
    assert (item["reaction_days"], item["cycle_days"], item["lead_days"]) == (1.0, 34.0, 35.0)


def test_elapsed_and_business_days_by_hand():
    """DAY_ONE is Monday, 8:00 (UTC): 33 days of work begin on Tuesday and end on a Sunday."""
    log = case_log({"o": PAID})
    elapsed, business = only(log, clock="elapsed"), only(log, clock="business")
    assert (elapsed["reaction_days"], elapsed["cycle_days"]) == (1.0, 33.0)
    # One working day from Monday to Tuesday, 8:00; then 24 until Sunday five weeks on.
    assert (business["reaction_days"], business["cycle_days"]) == (1.0, 24.0)


def test_dates_are_those_of_the_companys_zone():
    """23:30 in UTC is the next day in Paris: a stay of two hours there is one date, here two."""
    steps = [
        (v.CREATE_SALES_ORDER, "06-01 21:00", None),
        (v.CREATE_DELIVERY, "06-01 21:30", None),
        (v.POST_GOODS_ISSUE, "06-01 23:00", None),
    ]
    utc = only(hand_log.build([{"steps": steps}]))
    paris = only(hand_log.build([{"steps": steps}], zone="Europe/Paris"))
    assert (utc["cycle_days"], paris["cycle_days"]) == (1.0, 2.0)


def test_work_that_took_time_starts_an_item_with_its_first_event():
    """An arrival takes no time; what took time is work, and so the item is started at once."""
    log = case_log({"o": [("file", 5.0), ("decide", 9.0)]})
    starts = pl.Series([DAY_ONE + dt.timedelta(hours=h) for h in (3.0, 8.0)])
    worked = type(log)(
        log.events.with_columns(starts.cast(pl.Datetime("us")).alias("start")),
        log.objects,
        log.event_objects,
    )
    item = only(worked, clock="elapsed")
    assert item["created"] == item["started"] == DAY_ONE + dt.timedelta(hours=3)
    assert items(worked, "order").starts_known
    assert only(log)["started"] == DAY_ONE + dt.timedelta(hours=9)


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        (PAID[:4], "open"),
        # Two invoices, one of them cleared.
        ([*PAID[:4], (v.CREATE_INVOICE, 90.0), (v.CLEAR_INVOICE, 500.0)], "open"),
        ([*PAID[:4], (v.CREATE_INVOICE, 90.0), *PAID[4:], (v.CLEAR_INVOICE, 900.0)], "completed"),
        # A cancelled invoice needs no cash.
        ([*PAID[:4], (v.CANCEL_INVOICE, 80.0), (v.CREATE_INVOICE, 90.0), *PAID[4:]], "completed"),
        # Goods that left after the clearing are still to be billed.
        ([*PAID, (v.CREATE_DELIVERY, 40 * DAY)], "open"),
        ([PAID[0], (v.CANCEL_ORDER, 9.0)], "cancelled"),
        # The order went on although it had been cancelled.
        ([PAID[0], (v.CANCEL_ORDER, 9.0), PAID[1]], "open"),
        ([*PAID[:4], (v.WRITE_OFF_INVOICE, 400.0)], "completed"),
    ],
)
def test_what_done_means(events, outcome):
    """The closing activities are those that the log holds, so another order shows them all."""
    log = case_log({"o": events, "other": [*PAID, (v.WRITE_OFF_INVOICE, 2000.0)]})
    assert only(log)["outcome"] == outcome


def test_an_order_with_open_invoices_as_objects_is_open():
    """With invoices as objects, what is open decides: a full credit memo closes an order too."""
    begin = [(v.RECEIVE_ORDER, "01-02 09:00", None), (v.CREATE_SALES_ORDER, "01-02 10:00", None)]
    billed = [*begin, (v.CREATE_INVOICE, "01-05 10:00", "system")]
    credited = [*billed, (v.CREATE_CREDIT_MEMO, "01-09 10:00", "person")]
    cash = (v.RECEIVE_PAYMENT, "02-01 10:00", None), (v.CLEAR_INVOICE, "02-02 10:00", "system")
    log = hand_log.build(
        [
            {"steps": [*billed, *cash], "amount": 100.0, "due": "02-04"},
            {"steps": billed, "amount": 100.0, "due": "02-04"},
            {"steps": credited, "amount": 100.0, "due": "02-04", "credit": 100.0},
        ]
    )
    table = items(log, "order").table
    assert table["outcome"].to_list() == ["completed", "open", "completed"]
    assert table["done"][2] == hand_log.moment("01-09 10:00")
    more = [*billed, *cash, (v.CREATE_DELIVERY, "02-20 10:00", "system")]
    later = hand_log.build([{"steps": more, "amount": 100.0, "due": "02-04"}])
    # What was delivered after the clearing is still to be billed.
    assert only(later)["outcome"] == "open"
    assert items(log, "invoice").table["outcome"].to_list() == ["completed", "open", "completed"]


def test_what_happens_later_is_not_known():
    """As of day 11 an order of day 1 is 11 days old; its work began on day 2, 10 days ago."""
    log = case_log({"o": PAID, "late": [(v.CREATE_SALES_ORDER, 30 * DAY)]})
    then = DAY_ONE + dt.timedelta(days=10)
    found = items(log, "order", as_of=then)
    assert found.as_of == then
    assert found.table["name"].to_list() == ["o"]
    item = found.table.row(0, named=True)
    assert (item["outcome"], item["age_days"], item["total_age_days"]) == ("open", 10.0, 11.0)
    assert item["done"] is item["cycle_days"] is item["lead_days"] is None


def test_a_quotation_is_no_order_yet():
    """An order counts from its entry, and a quotation without an order is left out and counted."""
    quoted = [(v.CREATE_QUOTATION, 0.0)]
    log = case_log({"o": [*quoted, *((n, h + DAY) for n, h in PAID)], "quotation": quoted})
    found = items(log, "order")
    assert (found.table["name"].to_list(), found.left_out) == (["o"], 1)
    assert found.table["created"][0] == DAY_ONE + dt.timedelta(days=1)
    said = definition_words(found)
    assert "first event, not counting Create Quotation. 1 order with nothing else left out." in said
    assert "first event. Started" in definition_words(items(case_log({"o": PAID}), "order"))


def test_nobody_has_started_an_item_with_one_event():
    """It has a total age, but no age since the start of work."""
    table = items(case_log({"o": PAID, "new": PAID[:1]}), "order").table
    assert table["started"][1] is None
    assert table["age_days"][1] is None
    assert table["total_age_days"][1] == 35.0


def test_stages_of_order_to_cash_and_when_they_were_reached():
    """Payment moves the order to cash application, clearing ends it; no check, no Credit."""
    found = items(case_log({"o": PAID}), "order")
    assert found.workflow.names == (
        "Capture", "Fulfilment", "Billing", "Collection", "Cash application",
    )  # fmt: skip
    assert found.workflow.closing == (v.CLEAR_INVOICE,)
    entered = (found.intervals["entered"] - DAY_ONE).dt.total_days().to_list()
    left = (found.intervals["left"] - DAY_ONE).dt.total_days().to_list()
    assert entered == [0, 1, 2, 3, 33]
    assert left == [1, 2, 3, 33, 34]


def test_a_check_begun_enters_credit_and_a_confirmation_given_enters_fulfilment():
    """Waiting for the check is Capture, waiting for the goods is Fulfilment, not Credit."""
    steps = [(v.CREATE_SALES_ORDER, 1.0), (v.CHECK_CREDIT, 5.0), (v.CONFIRM_ORDER, 7.0)]
    log = case_log({"o": [*steps, (v.CREATE_DELIVERY, 9.0), (v.POST_GOODS_ISSUE, 12.0)]})
    starts = [DAY_ONE + dt.timedelta(hours=hours) for hours in (0, 4, 6, 8, 11)]
    began = pl.Series("start", starts, dtype=pl.Datetime("us"))
    found = items(replace(log, events=log.events.with_columns(began)), "order")
    assert found.workflow.names == ("Capture", "Credit", "Fulfilment")
    entered = (found.intervals["entered"] - DAY_ONE).dt.total_hours().to_list()
    assert entered == [0, 4, 7]


def test_money_before_the_invoice_does_not_move_an_order_on():
    """A prepayment counts from the invoice on; until then goods are what the order waits for."""
    early = [PAID[0], (v.RECEIVE_PAYMENT, 2.0), *PAID[1:4]]
    found = items(case_log({"o": early, "other": PAID}), "order")
    stages = dict(zip(found.workflow.names, found.reached.row(0)[1:], strict=True))
    assert stages["Fulfilment"] == DAY_ONE + dt.timedelta(days=1)
    assert stages["Cash application"] == DAY_ONE + dt.timedelta(days=3)


def test_other_processes_pass_their_happy_path_in_eight_stages_at_most():
    """Twelve steps make eight stages; the last step ends an item and is none."""
    names = [chr(ord("a") + k) for k in range(12)]
    whole = [(name, float(k)) for k, name in enumerate(names)]
    strays = [("a", 0.0), ("x", 1.0), ("b", 2.0), *whole[2:]]
    log = case_log({"1": whole, "2": whole, "3": strays})
    found = workflow(log.flatten("order"))
    assert len(found.stages) == MOST_STAGES
    assert found.names[0] == "a"
    assert not found.is_reference
    assert found.closing == ("l",)
    # An activity beside the path leaves an item in the stage it is in.
    short = case_log({**{str(k): whole[:3] for k in range(20)}, "stray": [("a", 0.0), ("x", 1.0)]})
    assert items(short, "order").table["stage"].to_list() == [1] * 20 + [0]


def test_closing_activities_may_be_named_and_must_occur():
    """Done is then the last of them."""
    log = case_log({"o": PAID})
    assert only(log, closing=[v.CREATE_INVOICE])["done"] == DAY_ONE + dt.timedelta(days=3)
    own = case_log({"o": [("Line Creation", 0.0), ("Delivery", 24.0), ("Good Issue", 48.0)]})
    assert only(own, closing=["Delivery"])["done"] == DAY_ONE + dt.timedelta(days=1)
    with pytest.raises(LogError, match="Create Invoice"):
        items(log, "order", closing=["Create Invoic"])


def test_errors_say_what_is_allowed():
    """A clock, an object type and a date that do not exist."""
    log = case_log({"o": PAID})
    with pytest.raises(UsageError, match="whole days, elapsed, business"):
        items(log, "order", clock="moon")
    with pytest.raises(LogError, match="no objects of type"):
        items(log, "invoice")
    with pytest.raises(LogError, match="has an event"):
        items(log, "order", as_of=DAY_ONE - dt.timedelta(days=1))


def test_blocks_begin_when_set_and_end_when_lifted_or_overtaken():
    """Set twice, lifted once: one interval. A removal that nobody set leaves none."""
    blocked = [
        PAID[0],
        (v.SET_CREDIT_BLOCK, 2.0),
        (v.SET_CREDIT_BLOCK, 4.0),
        (v.RELEASE_CREDIT_BLOCK, 8.0),
        (v.REMOVE_ORDER_BLOCK, 9.0),
        (v.SET_BILLING_BLOCK, 10.0),
        *PAID[1:4],
    ]
    still = [PAID[0], (v.SET_CREDIT_BLOCK, 1.0)]
    found = items(case_log({"o": blocked, "held": still, "other": PAID}), "order")
    assert found.blocked.select("item", "reason", "lifted").rows() == [
        (0, "Credit hold", True),
        (0, "Billing block", True),
        (1, "Credit hold", False),
    ]
    hours = (found.blocked["until"] - found.blocked["since"]).dt.total_hours().to_list()
    # The invoice of day 3 shows that the billing block was gone; the last one goes on.
    assert hours == [6, 3 * 24 - 10, 34 * 24 - 1]
    assert found.table["blocked_by"].to_list() == [None, "Credit hold", None]
    assert found.table["was_blocked"].to_list() == [True, True, False]


def test_overlapping_blocks_count_once():
    """Twelve hours of credit hold and eighteen of order block, six of them both: one day."""
    steps = [PAID[0], (v.SET_CREDIT_BLOCK, 0.0), (v.SET_ORDER_BLOCK, 6.0),
             (v.RELEASE_CREDIT_BLOCK, 12.0), (v.REMOVE_ORDER_BLOCK, 24.0), *PAID[2:]]  # fmt: skip
    assert only(case_log({"o": steps}))["blocked_days"] == pytest.approx(1.0)


@given(seed=st.integers(0, 10_000), count=st.integers(1, 30), clock=st.sampled_from(CLOCKS))
@settings(max_examples=25, deadline=None)
def test_lead_is_reaction_plus_cycle_and_moments_are_in_order(seed, count, clock):
    """On every clock; whole days are also the dates of the life, both ends included."""
    names = "abcdef"
    found = items(case_log(random_cases(seed, count, names)), "order", clock=clock)
    table = found.table
    assert table.height == count
    done = table.filter(pl.col("outcome") != "open")
    lead = (done["reaction_days"] + done["cycle_days"]).to_numpy()
    assert np.array_equal(lead, done["lead_days"].to_numpy())
    assert (done["lead_days"] >= done["cycle_days"]).all()
    if clock == "whole days":
        dates = (done["done"].dt.date() - done["created"].dt.date()).dt.total_days() + 1
        assert done["lead_days"].to_list() == dates.to_list()
    if clock == "elapsed":
        span = (done["done"] - done["created"]).dt.total_microseconds() / 8.64e10
        assert np.allclose(span.to_numpy(), done["lead_days"].to_numpy(), rtol=0, atol=1e-9)
    assert (done["created"] <= done["started"]).all()
    assert (done["started"] <= done["done"]).all()


@given(seed=st.integers(0, 10_000), count=st.integers(1, 25))
@settings(max_examples=20, deadline=None)
def test_stages_are_reached_in_order_and_fill_the_life_of_an_item(seed, count):
    """No stage before the one before it; the stays add up to the whole life."""
    found = items(case_log(random_cases(seed, count, "abcd")), "order")
    for columns in (found.reached, board_columns(found).reached):
        moments = columns.drop("item").rows()
        for row in moments:
            known = [moment for moment in row if moment is not None]
            assert known == sorted(known)
            assert row[: len(known)] == tuple(known)
    life = found.intervals.with_columns(pl.col("left").fill_null(found.as_of))
    stayed = life.group_by("item").agg((pl.col("left") - pl.col("entered")).sum().alias("stayed"))
    table = found.table.join(stayed, on="item")
    end = table["done"].fill_null(found.as_of)
    assert (end - table["created"]).to_list() == table["stayed"].to_list()


def test_the_same_whatever_the_order_of_the_rows():
    """Neither tables turned round nor relations shuffled change an item."""
    log = case_log(random_cases(7, 40))
    turned = type(log)(
        log.events.reverse(),
        log.objects,
        log.event_objects.sample(fraction=1.0, shuffle=True, seed=1),
    )
    assert items(log, "order").table.equals(items(turned, "order").table)


def test_a_simulated_company_has_orders_in_every_state():
    """No order is completed while one of its lines is open; lines end with their order."""
    log = simulate(small(), seed=1, window=WINDOW).log
    found = items(log, v.ORDER)
    assert found.starts_known
    assert set(found.table["outcome"].cast(pl.String)) >= {"open", "completed"}
    assert found.workflow.names[-1] == "Cash application"
    assert found.blocked.height > 0
    lines = items(log, v.ORDER_LINE)
    of_order = (
        log.object_relations.filter(pl.col("source").is_in(lines.table["item"].implode()))
        .join(found.table, left_on="target", right_on="item")
        .join(lines.table, left_on="source", right_on="item", suffix="_line")
    )
    pairs = set(of_order.select("outcome", "outcome_line").cast(pl.String).rows())
    assert ("completed", "open") not in pairs
    assert ("cancelled", "open") not in pairs


@pytest.mark.parametrize(
    ("name", "closing", "stages", "open_share"),
    [
        (real_logs.MANUFACTURING, v.POST_GOODS_ISSUE, ("Capture", "Credit", "Fulfilment"), 0.08),
        (
            real_logs.DISTRIBUTOR,
            v.CREATE_INVOICE,
            ("Capture", "Credit", "Fulfilment", "Billing"),
            0.0,
        ),
    ],
)
def test_real_logs_end_where_they_end(name, closing, stages, open_share):
    """One ends at goods issue with open lines, the other holds billed lines only."""
    found = items(real_logs._event_log(name), "order_line")
    assert found.workflow.closing == (closing,)
    assert found.workflow.names == stages
    share = (found.table["outcome"] == "open").mean()
    assert share == pytest.approx(open_share, abs=0.005)
    assert not found.starts_known


def test_the_column_of_what_is_not_started_is_left_out_where_nothing_waits():
    """Where all is begun in the moment of its creation there is nothing to show."""
    waiting = board_columns(items(case_log({"o": PAID}), "order"))
    assert waiting.names[0] == NOT_STARTED
    at_once = case_log({"o": [(v.CREATE_SALES_ORDER, 0.0), (v.POST_GOODS_ISSUE, 0.0)]})
    assert NOT_STARTED not in board_columns(items(at_once, "order")).names
