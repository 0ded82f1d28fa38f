"""The checks of a run find what is wrong with it: one fault each, put in by hand."""

from dataclasses import replace

import polars as pl
import pytest
from calendar_checks import batch_jobs, people
from run_checks import activity_name, books, orders_and_cash, references, sequence

from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v
from o2c_sim.engine import Clock
from o2c_sim.ledger import Ledger, roll_forward


def with_events(run, changed):
    """Return the run with another events table."""
    return replace(run, log=replace(run.log, events=changed))


def with_postings(run, changed, model):
    """Return the run with another journal, rolled forward anew."""
    clock = Clock(model.start_date, model.zone)
    rows = roll_forward(changed, 0, run.receivables.height, clock)
    return replace(run, postings=changed, receivables=rows)


def row_of(run, activity, column, value):
    """Return the events with one column of the first event of an activity changed."""
    number = run.log.events.filter(activity_name == activity)["event"][0]
    return run.log.events.with_columns(
        pl.when(pl.col("event") == number).then(value).otherwise(pl.col(column)).alias(column)
    )


def test_a_skipped_application_is_found(run, distributor):
    """Take one cash application out of the journal: books fail from its day on."""
    kind = pl.col("kind").cast(pl.String)
    gone = run.postings.filter(kind == "cash_application")["posting"][5]
    faulty = with_postings(run, run.postings.filter(pl.col("posting") != gone), distributor)
    assert list(books(run)) == []
    assert len(list(books(faulty))) > 30


def test_a_posting_that_is_a_cent_off_is_found(run, distributor):
    """One invoice posted with one cent too much."""
    first = (pl.col("posting") == 0).cast(pl.Int64)
    changed = run.postings.with_columns(pl.col("amount_minor") + first)
    assert list(books(with_postings(run, changed, distributor)))


def test_a_posting_on_the_wrong_day_is_found(run, distributor):
    """One invoice posted the day after it was issued: that one day is wrong, the end is right."""
    last = run.postings.filter(pl.col("kind").cast(pl.String) == "invoice")["posting"][-300]
    late = pl.duration(days=(pl.col("posting") == last).cast(pl.Int8))
    changed = run.postings.with_columns(pl.col("date") + late)
    problems = list(books(with_postings(run, changed, distributor)))
    assert sum("receivables are" in problem for problem in problems) == 1
    assert sum("sales are" in problem for problem in problems) == 2


def test_forgetting_to_apply_cash_in_the_code_is_found(distributor, monkeypatch):
    """A ledger whose ``apply_cash`` does nothing does not pass."""
    monkeypatch.setattr(Ledger, "apply_cash", lambda *_: None)
    faulty = simulate(distributor, window=Window(0, 60, 0))
    problems = list(books(faulty))
    assert any("cash_applied are" in problem for problem in problems)
    assert any("unapplied are" in problem for problem in problems)
    assert any("invoices are open with another amount" in problem for problem in problems)


def test_a_cent_too_many_is_found(run):
    """An invoice, a payment and a clearing with another amount than they had."""
    for activity, complaint in (
        (v.CREATE_INVOICE, "posted with another amount"),
        (v.RECEIVE_PAYMENT, "booked with another amount"),
        (v.CLEAR_INVOICE, "more is taken off an invoice than was open"),
    ):
        more = with_events(run, row_of(run, activity, "amount", pl.col("amount") + 0.01))
        assert any(complaint in problem for problem in orders_and_cash(more)), activity
        assert any("by the log, and not" in problem for problem in books(more)), activity
    less = with_events(run, row_of(run, v.CLEAR_INVOICE, "amount", pl.col("amount") - 0.01))
    assert any("something stays open" in problem for problem in orders_and_cash(less))


def doubled(run, activity, renamed=None):
    """Return the run with the first event of an activity recorded again, at once."""
    log = run.log
    number = log.events.filter(activity_name == activity)["event"][0]
    again = log.events.filter(pl.col("event") == number)
    if renamed:
        again = again.with_columns(pl.lit(renamed).cast(again.schema["activity"]).alias("activity"))

    def renumbered(table):
        later = pl.col("event") + (pl.col("event") > number).cast(pl.UInt32)
        return table.with_columns(later.cast(pl.UInt32))

    links = log.event_objects.filter(pl.col("event") == number)
    one_more = (pl.col("event") + 1).cast(pl.UInt32)
    events = pl.concat([renumbered(log.events), again.with_columns(one_more)]).sort("event")
    linked = pl.concat([renumbered(log.event_objects), links.with_columns(one_more)])
    return replace(
        run, log=replace(log, events=events, event_objects=linked.sort("event", "object"))
    )


@pytest.mark.parametrize(
    ("check", "activity", "renamed", "complaint"),
    [
        (orders_and_cash, v.RECEIVE_ORDER, None, "an order is not received exactly once"),
        (orders_and_cash, v.POST_GOODS_ISSUE, None, "a line is delivered twice"),
        (orders_and_cash, v.CREATE_INVOICE, None, "a line is billed twice"),
        (orders_and_cash, v.RECEIVE_PAYMENT, None, "a payment is booked"),
        (orders_and_cash, v.CLEAR_INVOICE, None, "Clear Invoice on an invoice with nothing open"),
        (orders_and_cash, v.CLEAR_INVOICE, None, "more is applied and refunded"),
        (orders_and_cash, v.CLEAR_INVOICE, v.SEND_DUNNING_LEVEL_1, "Send Dunning Level 1 on an"),
        (orders_and_cash, v.CREATE_INVOICE, v.APPLY_PAYMENT, "and not cleared"),
        (sequence, v.CREATE_SALES_ORDER, None, "Create Sales Order twice for one order"),
        (sequence, v.PICK_AND_PACK, None, "Pick and Pack twice for one delivery"),
        (sequence, v.SEND_DUNNING_LEVEL_1, None, "Send Dunning Level 1 twice for one invoice"),
        (sequence, v.SEND_DUNNING_LEVEL_1, v.SEND_DUNNING_LEVEL_3, "Level 3 without"),
        (sequence, v.SET_CREDIT_BLOCK, None, "do not take turns"),
        (sequence, v.SET_CREDIT_BLOCK, v.CREATE_DELIVERY, "Create Delivery while Set Credit Block"),
        (sequence, v.OPEN_DISPUTE, v.CALL_CUSTOMER, "Call Customer while Open Dispute is in force"),
        (sequence, v.RESOLVE_DISPUTE, None, "do not take turns"),
        (sequence, v.RECEIVE_PAYMENT, None, "Receive Payment twice for one payment"),
        (sequence, v.CREATE_SALES_ORDER, v.CANCEL_ORDER, "Confirm Order after Cancel Order"),
        (sequence, v.CREATE_CREDIT_MEMO, None, "Create Credit Memo twice for one credit_memo"),
    ],
)
def test_what_happens_once_too_often_is_found(run, check, activity, renamed, complaint):
    """An event recorded again, or another one in its place, breaks the rule that forbids it."""
    problems = set(check(doubled(run, activity, renamed))).difference(check(run))
    assert any(complaint in problem for problem in problems), problems


def test_faults_of_order_and_time_are_found(run):
    """An end before the start, a step too early, a step of another kind."""
    early = row_of(run, v.CLEAR_INVOICE, "time", pl.col("start") - pl.duration(days=40))
    assert any("before it starts" in problem for problem in sequence(with_events(run, early)))
    other = row_of(run, v.CONFIRM_ORDER, "activity", pl.lit(v.CLEAR_INVOICE))
    assert any("without Confirm Order" in p for p in sequence(with_events(run, other)))
    soon = row_of(run, v.PICK_AND_PACK, "start", pl.col("start") - pl.duration(days=40))
    assert any("starts before Create Delivery" in p for p in sequence(with_events(run, soon)))


def test_faults_of_people_are_found(run, distributor):
    """A task at night and a person in two places."""
    entry = row_of(run, v.CLARIFY_ORDER, "start", pl.col("start") - pl.duration(hours=40))
    assert any("outside its hours" in p for p in people(with_events(run, entry), distributor))
    twice = run.log.events.with_columns(
        pl.when(pl.col("role").cast(pl.String) == "Warehouse")
        .then(pl.lit("Warehouse 1"))
        .otherwise(pl.col("resource").cast(pl.String))
        .alias("resource")
    )
    assert any("double-booked" in p for p in people(with_events(run, twice), distributor))


def test_a_reminder_outside_the_dunning_run_is_found(run, distributor):
    """One minute late."""
    late = row_of(run, v.SEND_DUNNING_LEVEL_1, "time", pl.col("time") + pl.duration(minutes=1))
    found = list(batch_jobs(with_events(run, late), distributor))
    assert found == ["Send Dunning Level 1 happened outside its runs"]


def test_faults_of_relations_are_found(run):
    """A relation to an object that is not there, a repeated id, an event without its order."""
    log = run.log
    assert any(
        "leads nowhere" in p
        for p in references(replace(run, log=replace(log, objects=log.objects[:-1])))
    )
    ids = log.objects.with_columns(object_id=pl.lit("SO-1"))
    assert any(
        "id occurs twice" in p for p in references(replace(run, log=replace(log, objects=ids)))
    )
    orders = log.event_objects.filter(pl.col("qualifier").cast(pl.String) != v.ORDER)
    lost = replace(run, log=replace(log, event_objects=orders))
    turned = replace(run, log=replace(log, event_objects=log.event_objects.reverse()))
    assert any("not sorted" in p for p in references(turned))
    assert any("an event without an order" in p for p in references(lost))
    number = log.events.filter(activity_name == v.CONFIRM_ORDER)["event"][0]
    order = log.event_objects.filter(pl.col("qualifier").cast(pl.String) == v.ORDER)["object"]
    foreign = pl.DataFrame(
        {"event": [number], "object": [order.max()], "qualifier": [v.ORDER]},
        schema=log.event_objects.schema,
    )
    more = pl.concat([log.event_objects, foreign]).sort("event", "object")
    two = replace(run, log=replace(log, event_objects=more))
    assert any("with several orders" in p for p in references(two))
    billed = log.events.filter(activity_name == v.CREATE_INVOICE)["event"][0]
    kept = (pl.col("event") != billed) | (pl.col("qualifier").cast(pl.String) != v.ORDER)
    lacking = replace(run, log=replace(log, event_objects=log.event_objects.filter(kept)))
    assert any("lacks an order" in p for p in references(lacking))
