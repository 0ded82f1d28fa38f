"""Billing: which run an invoice goes with, collective invoices, proof of delivery and blocks."""

import datetime as dt

import polars as pl
import pytest
from billing_runs import SHORT, times_by
from hypothesis import given
from hypothesis import strategies as st
from ideal import ideal
from pydantic import ValidationError
from run_checks import activity_name, cents, everything

from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v
from o2c_sim.engine import Clock, RunCalendar
from o2c_sim.engine.runs import LAST
from o2c_sim.model.calendars import RunModel
from o2c_sim.process.cycle import found
from o2c_sim.process.cycle import run as run_company

# Run calendars.


@given(
    weekdays=st.sets(st.integers(0, 6)),
    month_days=st.sets(st.sampled_from([1, 2, 15, 28, LAST])),
    minutes=st.sets(st.integers(0, 1439), min_size=1, max_size=3),
    start=st.dates(dt.date(2023, 12, 1), dt.date(2025, 3, 1)),
    hours=st.floats(0, 24 * 70),
)
def test_the_next_run_is_the_one_that_stepping_day_by_day_finds(
    weekdays, month_days, minutes, start, hours
):
    """Weekdays, days of the month and the last of the month, leap years included."""
    if not weekdays and not month_days:
        return
    expected = [
        day * 86_400 + minute * 60
        for day in range(110)
        for minute in sorted(minutes)
        if (date := start + dt.timedelta(days=day))
        and (
            date.weekday() in weekdays
            or date.day in month_days
            or (LAST in month_days and (date + dt.timedelta(days=1)).day == 1)
        )
    ]
    runs = RunCalendar(Clock(start, "UTC"), weekdays, minutes, month_days=month_days)
    assert runs.next(hours * 3600) == next(t for t in expected if t >= hours * 3600)


@pytest.mark.parametrize(
    "raw",
    [
        {"times": ["10:00"]},
        {"days": ["mon"], "month_days": [1], "times": ["10:00"]},
        {"month_days": [29], "times": ["10:00"]},
        {"month_days": [0], "times": ["10:00"]},
        {"month_days": ["first"], "times": ["10:00"]},
        {"month_days": ["last"], "times": []},
    ],
)
def test_a_run_has_weekdays_or_days_that_every_month_has(raw):
    """Neither, both, or a day that February lacks is refused."""
    with pytest.raises(ValidationError):
        RunModel.model_validate(raw)


@pytest.mark.parametrize(
    ("month_days", "expected"),
    [(["last"], {31, 28}), ([1, 15], {1, 15})],
)
def test_monthly_invoices_wait_for_their_day(distributor, month_days, expected):
    """In January and February 2025 the last days are the 31st (a Friday) and the 28th."""
    run = simulate(
        ideal(
            distributor,
            {
                "customers.monthly_invoice_share": 1,
                "billing.monthly_run": {"month_days": month_days, "times": ["18:00"]},
            },
        ),
        window=SHORT,
    )
    made = run.log.events.filter(activity_name == v.CREATE_INVOICE)["time"]
    assert set(made.dt.day()) == expected
    assert set(made.dt.hour()) == {18}
    kinds = run.log.objects_of(v.CUSTOMER)["billing_run"].cast(pl.String)
    assert set(kinds) == {"monthly"}


def test_more_weekly_customers_leave_the_monthly_ones_until_the_last(distributor):
    """20 % monthly: raising the weekly share to 50 % takes daily customers only."""

    def runs(weekly):
        changes = {
            "customers.weekly_invoice_share": weekly,
            "customers.monthly_invoice_share": 0.2,
        }
        company = found(ideal(distributor, changes), 1, 0)
        return [customer.billing_run for customer in company.customers]

    before, after, all_weekly = runs(0), runs(0.5), runs(1)
    assert set(before) == {0, 2}
    assert [run == 2 for run in before] == [run == 2 for run in after]
    assert set(all_weekly) == {1}


def test_a_collective_invoice_bills_all_deliveries_of_a_run(distributor):
    """One invoice for each customer and run, worth what its deliveries are worth."""
    changes = {
        "customers.collective_invoice_share": 1,
        "customers.monthly_invoice_share": 1,
        "customers.count": 5,
    }
    model = ideal(distributor, changes)
    run = simulate(model, window=SHORT)
    assert everything(run, model) == []
    company = found(model, 1, 0)
    run_company(company, 60)
    # What is done is forgotten: only the next run is waited for.
    for customer in company.customers:
        assert all(run_at > company.env.now for run_at in customer.to_bill)
    invoices = run.log.objects_of(v.INVOICE)
    assert invoices.height == 10
    assert invoices.group_by("invoice_date").len()["len"].to_list() == [5, 5]
    relations = run.log.object_relations.with_columns(pl.col("qualifier").cast(pl.String))
    billed = relations.filter(pl.col("qualifier") == "bills")
    assert billed.height > 200
    shipped = relations.filter(pl.col("qualifier") == "ships").join(
        run.log.objects.select("object", cents("value").alias("cents")),
        left_on="target",
        right_on="object",
    )
    worth = (
        billed.join(shipped, left_on="target", right_on="source")
        .group_by(pl.col("source").alias("object"))
        .agg(pl.col("cents").sum())
    )
    both = worth.join(invoices.select("object", cents("amount").alias("asked")), on="object")
    assert both.height == 10
    assert both["cents"].to_list() == both["asked"].to_list()


def test_billing_may_wait_for_the_proof_of_delivery(distributor):
    """Three days on the road: billed in the first 10:00 run once the goods are there, not before.

    Without, in the first run after goods issue.
    """
    for trigger, ready in (
        ("proof_of_delivery", v.CONFIRM_DELIVERY),
        ("goods_issue", v.POST_GOODS_ISSUE),
    ):
        changes = {"billing.trigger": trigger, "fulfilment.carrier_days": 3}
        run = simulate(ideal(distributor, changes), window=SHORT)
        rows = times_by(run, v.DELIVERY, ready, v.CREATE_INVOICE).drop_nulls()
        runs = RunCalendar(Clock(dt.date(2025, 1, 6), "UTC"), range(5), [600])
        zero = dt.datetime(2025, 1, 6)
        assert rows.height > 200
        for _, there, billed in rows.iter_rows():
            first = runs.next((there - zero).total_seconds())
            assert billed == zero + dt.timedelta(seconds=first)


# Billing blocks.


def test_a_blocked_delivery_is_billed_once_a_biller_has_removed_the_block(distributor):
    """Blocked at goods issue, two days until the facts are there, half an hour of office work.

    The first run after that makes the invoice.
    """
    changes = {
        "billing.block_share": 1,
        "billing.block_days": 2,
        "billing.block_touch_minutes": 30,
    }
    model = ideal(distributor, changes)
    run = simulate(model, window=SHORT)
    assert everything(run, model) == []
    names = (v.POST_GOODS_ISSUE, v.SET_BILLING_BLOCK, v.REMOVE_BILLING_BLOCK, v.CREATE_INVOICE)
    rows = times_by(run, v.DELIVERY, *names).drop_nulls()
    assert rows.height > 200
    company = found(model, 1, 0)
    calendar, daily = company.billing_desk.calendars[0], company.billing.runs[0]
    zero = dt.datetime(2025, 1, 6)
    for _, issued, blocked, removed, billed in rows.iter_rows():
        assert blocked == issued
        done = calendar.add((blocked - zero).total_seconds() + 2 * 86_400, 1_800)
        assert removed == zero + dt.timedelta(seconds=round(done, 6))
        assert billed == zero + dt.timedelta(seconds=daily.next(done))
    people = run.log.events.filter(activity_name == v.REMOVE_BILLING_BLOCK)
    assert set(people["role"].cast(pl.String)) == {"Biller"}


def test_a_higher_block_share_blocks_further_deliveries_and_no_others(distributor):
    """The deliveries blocked at 10 % are among those at 30 %; the shares come true."""

    def blocked(share):
        run = simulate(ideal(distributor, {"billing.block_share": share}), window=SHORT)
        rows = times_by(run, v.DELIVERY, v.POST_GOODS_ISSUE, v.SET_BILLING_BLOCK)
        rows = rows.drop_nulls(v.POST_GOODS_ISSUE)
        blocked = rows.drop_nulls(v.SET_BILLING_BLOCK)
        numbers = run.log.objects.filter(pl.col("object").is_in(blocked["case"].implode()))
        return set(numbers["object_id"]), blocked.height / rows.height

    assert blocked(0) == (set(), 0)
    (few, low), (many, high) = blocked(0.1), blocked(0.3)
    assert few < many
    assert low == pytest.approx(0.1, abs=0.04)
    assert high == pytest.approx(0.3, abs=0.06)


def test_the_distributor_bills_about_as_late_as_the_sap_log(distributor):
    """SAP log 2007-10: 41 % on the day of goods issue, 3.3 days on average."""
    run = simulate(distributor, window=Window(0, 200, 0))
    rows = times_by(run, v.DELIVERY, v.POST_GOODS_ISSUE, v.CREATE_INVOICE).drop_nulls()
    days = (rows[v.CREATE_INVOICE] - rows[v.POST_GOODS_ISSUE]).dt.total_seconds() / 86_400
    assert 2 < days.mean() < 4.5
    assert 0.3 < (days < 0.6).mean() < 0.6
