"""What holds of every run, whatever the company: nothing is lost, made up or done twice."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_checks import activity_name, cents, everything, varied

from mining.receivables import open_items
from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v
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
    "customers.pays_on_due_date_share": share,
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


def test_a_run_without_a_single_order(distributor):
    """One order in 5,000 weeks: empty tables of the right shape, no error."""
    quiet = varied(distributor, {"demand.orders_per_week": 0.0002})
    run = simulate(quiet, window=Window(0, 3, 0))
    assert run.manifest["orders"] == 0
    assert run.log.events.height == 0
    assert run.log.object_types == ("customer",)
    assert run.receivables["closing_minor"].to_list() == [0, 0, 0]
    assert everything(run, quiet) == []
