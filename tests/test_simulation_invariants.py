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

from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v
from o2c_sim.engine import Clock
from o2c_sim.ledger import Ledger, roll_forward
from o2c_sim.process.cycle import found, run


def test_the_reference_company(run, distributor, window):
    """A run of 180 days has all activities of the vocabulary and nothing wrong."""
    assert set(run.log.activities) >= set(v.ACTIVITIES) - {v.WRITE_OFF_INVOICE, v.DENY_CREDIT}
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
    assert len(people_seen) == 18
    names = run.log.events.select(pl.col("resource", "role").cast(pl.String)).drop_nulls()
    assert (names["resource"].str.slice(0, 9) == names["role"].str.slice(0, 9)).all()


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
@settings(max_examples=400)
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

    On the way no customer's exposure is ever negative.
    """
    model = varied(data.draw(companies(distributor)), {"customers.default_share": 0.2})
    company = found(model, 3, 0)
    run(company, 20)
    while company.env.peek() < float("inf"):
        company.env.step()
        assert all(customer.exposure_minor >= 0 for customer in company.customers)
    assert [c.exposure_minor for c in company.customers] == [0] * len(company.customers)
    assert not any(c.due_days for c in company.customers)
    assert company.ledger.open_total_minor == 0


def test_exposure_is_what_is_confirmed_and_not_settled(distributor):
    """At the end of a run each customer's exposure, counted from the log, to the cent."""
    company = found(distributor, 2, 0)
    run(company, 90)
    log = simulate(distributor, seed=2, window=Window(0, 90, 0)).log
    state = (
        log.flatten(v.ORDER)
        .group_by("case")
        .agg(
            (activity_name == v.CONFIRM_ORDER).any().alias("confirmed"),
            activity_name.is_in([v.CLEAR_INVOICE, v.WRITE_OFF_INVOICE]).any().alias("settled"),
            cents("amount").filter(activity_name == v.CREATE_CREDIT_MEMO).sum().alias("credited"),
        )
    )
    value = log.objects_of(v.ORDER).select("object", (pl.col("value") * 100).round().cast(pl.Int64))
    owed = (
        state.filter(pl.col("confirmed") & ~pl.col("settled"))
        .join(value, left_on="case", right_on="object")
        .join(log.object_relations, left_on="case", right_on="source")
        .group_by("target")
        .agg((pl.col("value") - pl.col("credited")).sum())
    )
    expected = dict(owed.iter_rows())
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
    assert len(list(books(with_postings(run, changed, distributor)))) == 1


def test_forgetting_to_apply_cash_in_the_code_is_found(distributor, monkeypatch):
    """A ledger whose ``apply_cash`` does nothing does not pass."""
    monkeypatch.setattr(Ledger, "apply_cash", lambda *_: None)
    faulty = simulate(distributor, window=Window(0, 60, 0))
    assert any("unapplied cash" in problem for problem in books(faulty))
    assert any("open items" in problem for problem in books(faulty))
    assert any("invoiced is not" in problem for problem in orders_and_cash(faulty))


def test_faults_of_order_and_time_are_found(run):
    """An end before the start, a step too early, a step of another kind, a lost end."""
    early = row_of(run, v.CLEAR_INVOICE, "time", pl.col("start") - pl.duration(days=40))
    assert any("before it starts" in problem for problem in sequence(with_events(run, early)))
    other = row_of(run, v.CONFIRM_ORDER, "activity", pl.lit(v.CLEAR_INVOICE))
    assert any("Clear Invoice after" in p for p in sequence(with_events(run, other)))
    assert any("ends twice, or goes on" in p for p in orders_and_cash(with_events(run, other)))


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
    assert any("exactly one order" in p for p in references(lost))


def test_a_run_without_a_single_order(distributor):
    """One order in 5,000 weeks: empty tables of the right shape, no error."""
    quiet = varied(distributor, {"demand.orders_per_week": 0.0002})
    run = simulate(quiet, window=Window(0, 3, 0))
    assert run.manifest["orders"] == 0
    assert run.log.events.height == 0
    assert run.log.object_types == ("customer",)
    assert run.receivables["closing_minor"].to_list() == [0, 0, 0]
    assert everything(run, quiet) == []
