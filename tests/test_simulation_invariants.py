"""What must hold of every run of any company; and that each check can fail."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_checks import (
    activity_name,
    batch_jobs,
    books,
    cents,
    everything,
    orders_and_cash,
    people,
    references,
    sequence,
    varied,
)

from mining.receivables import open_items
from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v
from o2c_sim.engine import Clock
from o2c_sim.ledger import Ledger, roll_forward
from o2c_sim.model.section import ROLES
from o2c_sim.process.cycle import found, run

# What happens in half a year beside the happy path, whatever is rare.
USUAL = (
    v.SET_ORDER_BLOCK,
    v.CLARIFY_ORDER,
    v.REMOVE_ORDER_BLOCK,
    v.SET_CREDIT_BLOCK,
    v.RELEASE_CREDIT_BLOCK,
    v.SEND_DUNNING_LEVEL_1,
    v.SEND_DUNNING_LEVEL_2,
    v.CALL_CUSTOMER,
    v.RECORD_PROMISE,
    v.OPEN_DISPUTE,
    v.RESOLVE_DISPUTE,
    v.CREATE_CREDIT_MEMO,
)


def test_the_reference_company(run, distributor, window):
    """A run of 180 days has every usual activity and nothing wrong."""
    assert set(run.log.activities) >= {*v.HAPPY_PATH, *USUAL}
    assert everything(run, distributor) == []
    assert run.receivables.height == window.days
    assert run.receivables["closing_minor"].min() >= 0


def test_a_company_with_several_people_in_each_role(distributor):
    """Twice the orders, three people a role: all of them work, and nobody in two places."""
    changes = {f"staff.{role}.headcount": 3 for role in distributor.staff}
    changes |= {"demand.orders_per_week": 500, "customers.credit_limit_days": 60}
    changes |= {"collections.call_after_days": 1}
    model = varied(distributor, changes)
    run = simulate(model, seed=1, window=Window(0, 60, 0))
    assert everything(run, model) == []
    people_seen = run.log.events.filter(pl.col("role").is_not_null())["resource"].unique()
    assert len(people_seen) == 3 * len(ROLES)
    names = run.log.events.select(pl.col("resource", "role").cast(pl.String)).drop_nulls()
    assert (names["resource"].str.replace(r" \d+$", "") == names["role"]).all()


share = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])
at_midnight = {"days": ["mon", "wed", "fri"], "times": ["00:00"]}
weekdays = {"days": ["mon", "tue", "wed", "thu", "fri"], "times": ["07:00", "19:30"]}
runs = st.sampled_from([at_midnight, weekdays, {"days": ["sun"], "times": ["02:30"]}])
days = st.sampled_from([0, 0.01, 1.5, 9])
CHANGES = {
    "staff.order_desk.headcount": st.integers(1, 3),
    "staff.warehouse.headcount": st.integers(1, 3),
    "staff.cash_application.headcount": st.integers(1, 2),
    "demand.orders_per_week": st.sampled_from([0.5, 7, 60, 120]),
    "demand.day_factor_cv": st.sampled_from([0, 0.3, 3]),
    "demand.lines_per_order": st.sampled_from(
        [1, 64, {"distribution": "uniform", "low": 1, "high": 9}]
    ),
    "customers.count": st.sampled_from([1, 5, 40]),
    "customers.payment_terms_days": st.sampled_from([0, 5, 30]),
    "customers.credit_limit_days": st.sampled_from([0, 20, 5_000]),
    "customers.lateness_noise_days": st.sampled_from(
        [0, {"distribution": "uniform", "low": -9, "high": 40}]
    ),
    "customers.weekly_pay_run_share": share,
    "customers.weekly_invoice_share": share,
    "customers.default_share": share,
    "capture.exception_share": share,
    "capture.email_auto_capture_share": share,
    "credit.overdue_tolerance_days": days,
    "credit.auto_release_share": share,
    "credit.denial_share": share,
    "fulfilment.confirmed_lead_days": days,
    "fulfilment.dispatch_lead_days": days,
    "fulfilment.delivery_run": runs,
    "billing.daily_run": runs,
    "billing.weekly_run": runs,
    "dunning.run": runs,
    "dunning.levels": st.sampled_from(
        [
            [{"overdue_days": 1, "hazard_ratio": 1}],
            [{"overdue_days": 2, "hazard_ratio": 20}, {"overdue_days": 3, "hazard_ratio": 1.3}],
            [{"overdue_days": n, "hazard_ratio": 1.5} for n in (4, 5, 9)],
        ]
    ),
    "collections.call_after_days": st.sampled_from([1, 6, 40]),
    "collections.recall_days": st.sampled_from([1, 5]),
    "collections.worklist": st.sampled_from(["oldest", "largest", "riskiest"]),
    "collections.promise_share": share,
    "collections.promise_kept_share": share,
    "disputes.share": share,
    "disputes.notice_days": days,
    "disputes.investigation_days": days,
    "disputes.credited_share": share,
    "disputes.settle_days": days,
    "staff.collections.headcount": st.integers(1, 2),
    "cash_application.statement_run": runs,
    "cash_application.auto_match_share": share,
    "cash_application.research_wait_days": days,
    "write_off.run": runs,
    "write_off.after_days": st.sampled_from([0, 3, 20]),
}
SHIFTS = st.sampled_from(
    [
        ["08:00-12:00", "13:00-17:00"],
        ["00:00-24:00"],
        ["22:00-24:00"],
        ["01:00-02:30", "03:00-05:00"],
    ]
)


@st.composite
def companies(draw, reference):
    """Draw a small company: parameters, hours, zone and start."""
    chosen = draw(st.sets(st.sampled_from(sorted(CHANGES)), max_size=12))
    changes = {path: draw(CHANGES[path]) for path in sorted(chosen)}
    changes.setdefault("demand.orders_per_week", 60)
    changes.setdefault("customers.count", 20)
    changes.setdefault("write_off.after_days", 10)
    everyday = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    calendars = {
        name: {"days": everyday[: draw(st.integers(1, 7))], "shifts": draw(SHIFTS)}
        for name in ("office", "warehouse")
    }
    return varied(
        reference,
        changes,
        calendars=calendars,
        zone=draw(st.sampled_from(["America/New_York", "Europe/Berlin", "UTC"])),
        start_date=draw(
            st.sampled_from([dt.date(2025, 1, 6), dt.date(2025, 3, 1), dt.date(2025, 10, 18)])
        ),
    )


@settings(max_examples=40)
@given(data=st.data())
def test_nothing_is_lost_whatever_the_company(distributor, data):
    """Orders, cash, people, books and relations hold for random small companies over 50 days."""
    model = data.draw(companies(distributor))
    seed = data.draw(st.integers(0, 9))
    assert everything(simulate(model, seed=seed, window=Window(5, 25, 20)), model) == []


@pytest.mark.slow
@settings(max_examples=40)
@given(data=st.data())
def test_nothing_is_lost_whatever_the_company_at_length(distributor, data):
    """The same with more companies and longer runs."""
    model = data.draw(companies(distributor))
    assert (
        everything(
            simulate(model, seed=data.draw(st.integers(0, 99)), window=Window(5, 60, 90)), model
        )
        == []
    )


@settings(max_examples=10)
@given(data=st.data())
def test_exposure_goes_back_to_zero_when_all_is_settled(distributor, data):
    """After 20 days no more orders come; when the last is settled nobody owes anything.

    On no day is a customer's exposure negative.
    """
    model = varied(data.draw(companies(distributor)), {"customers.default_share": 0.2})
    company = found(model, 3, 0)
    run(company, 20)
    # Runs go on for ever: an end is set far behind the last write-off.
    for day in range(21, 1_000):
        company.env.run(until=company.clock.midnight(day))
        assert all(customer.exposure_minor >= 0 for customer in company.customers)
        if not any(customer.exposure_minor for customer in company.customers):
            break
    assert [c.exposure_minor for c in company.customers] == [0] * len(company.customers)
    assert not any(c.open_invoices or c.open_minor_by_due_day for c in company.customers)
    assert company.ledger.open_total_minor == 0


PLAIN = ("changes.share", "customers.prepayment_share", "credit.partial_release_share")


def test_exposure_is_what_is_confirmed_and_not_settled(distributor):
    """At the end of a run each customer's exposure, counted from the log, to the cent.

    It is the lines that are confirmed and neither billed nor rejected, and the open invoices;
    without order changes, so that a line is worth what it was at first, and without deposits.
    """
    plain = varied(distributor, {name: 0 for name in PLAIN})
    company = found(plain, 2, 0)
    run(company, 90)
    log = simulate(plain, seed=2, window=Window(0, 90, 0)).log
    links = log.object_relations.with_columns(pl.col("qualifier").cast(pl.String))
    placed, line_of = (
        links.filter(pl.col("qualifier") == name).select("source", "target")
        for name in ("placed by", "line of")
    )
    lines = log.flatten(v.ORDER_LINE).group_by("case").agg(activity_name.unique().alias("done"))
    ended = (v.CREATE_INVOICE, v.REJECT_ORDER_LINE)
    waiting = lines.filter(
        pl.col("done").list.contains(v.CONFIRM_ORDER)
        & ~pl.any_horizontal(pl.col("done").list.contains(name) for name in ended)
    )
    cancelled = log.flatten(v.ORDER).filter(activity_name == v.CANCEL_ORDER)["case"]
    ordered = (
        waiting.join(log.objects_of(v.ORDER_LINE), left_on="case", right_on="object")
        .join(line_of, left_on="case", right_on="source")
        .filter(~pl.col("target").is_in(cancelled.implode()))
        .select(pl.col("target").alias("order"), cents("value").alias("cents"))
        .join(placed, left_on="order", right_on="source")
        .select(pl.col("target").alias("customer"), "cents")
    )
    billed_to = (
        log.event_objects.filter(pl.col("qualifier").cast(pl.String) == v.INVOICE)
        .join(log.event_objects.filter(pl.col("qualifier").cast(pl.String) == v.ORDER), on="event")
        .join(placed, left_on="object_right", right_on="source")
        .select(pl.col("object").alias("invoice"), pl.col("target").alias("customer"))
        .unique()
    )
    billed = (
        open_items(log)
        .group_by("invoice")
        .agg(pl.col("cents").sum())
        .join(billed_to, on="invoice")
        .select("customer", "cents")
    )
    owed = pl.concat([ordered, billed]).group_by("customer").agg(pl.col("cents").sum())
    expected = dict(owed.filter(pl.col("cents") != 0).iter_rows())
    assert len(expected) > 100
    assert {c.number: c.exposure_minor for c in company.customers if c.exposure_minor} == expected


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


def test_a_run_without_a_single_order(distributor):
    """One order in 5,000 weeks: empty tables of the right shape, no error."""
    quiet = varied(distributor, {"demand.orders_per_week": 0.0002})
    run = simulate(quiet, window=Window(0, 3, 0))
    assert run.manifest["orders"] == 0
    assert run.log.events.height == 0
    assert run.log.object_types == ("customer",)
    assert run.receivables["closing_minor"].to_list() == [0, 0, 0]
    assert everything(run, quiet) == []
