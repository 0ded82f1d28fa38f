"""A company that becomes another one during a run: what changes, and what stays bit-identical."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ideal import ideal
from one_order import DAY, HOUR, happened, place
from polars.testing import assert_frame_equal
from run_checks import activity_name, books, orders_and_cash, references, sequence

from o2c_sim import ModelChange, ModelError, Window, fingerprint, load_company, override, simulate
from o2c_sim import vocabulary as v
from o2c_sim.extension import load_extension
from o2c_sim.process import change_over, insolvency
from o2c_sim.process.cycle import found
from o2c_sim.process.cycle import run as run_days
from scenarios.levers import LEVERS

WINDOW = Window(5, 30, 5)
TABLES = ("events", "objects", "object_changes", "event_objects", "object_relations")
RESULTS = ("postings", "receivables", "costs", "utilisation")


def small(name="distributor", changes=None):
    """Return a reference company with a hundred customers."""
    return override(load_company(name), {"customers.count": 100, **(changes or {})}, "test")


@pytest.fixture(scope="module")
def company():
    """Return a small distributor."""
    return small()


@pytest.fixture(scope="module")
def unchanged(company):
    """Return a run of it without changes."""
    return simulate(company, seed=3, window=WINDOW)


def changed(model, day, changes, seed=3, window=WINDOW, back=None):
    """Return a run in which some parameters change on a day, and change back on another."""
    later = [ModelChange(day, override(model, changes, "test"))]
    later += [] if back is None else [ModelChange(back, model)]
    return simulate(model, seed=seed, window=window, changes=later)


def events_before(run, day):
    """Return the events before the midnight of a day, as plain values."""
    zone = run.manifest["zone"]
    date = dt.date.fromisoformat(run.manifest["start_date"]) + dt.timedelta(days=day)
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return run.log.events.filter(local.dt.date() < date).cast(
        {"resource": pl.String, "role": pl.String, "activity": pl.String}
    )


def wrong_with(run):
    """Return what is wrong with the books, the documents and their order in a run."""
    return [*books(run), *orders_and_cash(run), *sequence(run), *references(run), *_twice(run)]


def _twice(run):
    busy = run.log.events.drop_nulls("role").sort("resource", "start", "time")
    if busy.filter(pl.col("start") < pl.col("time").shift().over("resource")).height:
        yield "a person is double-booked"


@pytest.mark.parametrize("name", ["distributor", "manufacturer", "consumer_supplier"])
def test_a_change_to_the_same_company_changes_nothing(name):
    """Not one bit, although everything is set up anew."""
    model = small(name)
    plain = simulate(model, seed=3, window=WINDOW)
    again = simulate(model, seed=3, window=WINDOW, changes=[ModelChange(9, model)])
    for table in TABLES:
        assert getattr(again.log, table).equals(getattr(plain.log, table)), table
    for table in RESULTS:
        assert getattr(again, table).equals(getattr(plain, table)), table
    assert again.warnings == plain.warnings


def test_setting_everything_up_anew_changes_nothing(company, unchanged):
    """Parameters that decide nothing here make new people, customers, demand and stock."""
    idle = {
        "products.production_lead_days": 3,
        "staff.credit.cost_per_hour": 1,
        "credit.withheld_days": company.credit.withheld_days.value + 1,
        "credit.partial_release_share": 0,
        "disputes.settle_days": company.disputes.settle_days.value.scaled(1.0).model_dump(),
        "demand.season": (1.0,) * 12,
    }
    model = override(company, {"credit.partial_release_share": 0}, "test")
    plain = simulate(model, seed=3, window=WINDOW)
    run = changed(model, 20, idle)
    for table in ("events", "objects", "object_changes", "event_objects", "object_relations"):
        left, right = getattr(run.log, table), getattr(plain.log, table)
        assert left.drop("cost", strict=False).equals(right.drop("cost", strict=False)), table
    assert run.postings.equals(plain.postings)


MUCH = {
    "capture.email_auto_capture_share": 1,
    "capture.exception_share": 0.5,
    "credit.limit_share": 0.2,
    "credit.denial_share": 0.5,
    "fulfilment.short_pick_share": 0.2,
    "billing.error_share": 0.3,
    "customers.payment_terms_days": 5,
    "customers.collective_invoice_share": 1,
    "customers.insolvencies_per_year": 5,
    "customers.prepayment_share": 0.5,
    "customers.bundling_share": 1,
    "dunning.levels": [{"overdue_days": 1, "hazard_ratio": 2}],
    "disputes.share": 0.5,
    "demand.orders_per_week": 400,
    "demand.lines_per_order": 2,
    "inventory.safety_stock_days": 0,
    "returns.share": 0.3,
    "staff.order_desk.headcount": 4,
    "staff.warehouse.absence_share": 0.3,
    "billing.tax_share": 0.2,
}


@pytest.mark.parametrize("day", [2, 20, 39])
def test_what_was_before_stays(company, unchanged, day):
    """Whatever changes, every event before that midnight is the same bit by bit."""
    run = changed(company, day, MUCH)
    before = events_before(unchanged, day)
    assert before.height > 20
    assert_frame_equal(events_before(run, day), before, check_exact=True)
    assert not run.log.events.select("time", "amount").equals(
        unchanged.log.events.select("time", "amount")
    )
    assert wrong_with(run) == []


def test_everything_changes_and_back(company):
    """Every section for 20 days, then the company of before: nothing is lost."""
    run = changed(company, 10, MUCH, back=25)
    assert wrong_with(run) == []
    assert run.receivables["closing_minor"][-1] > 0


def test_a_change_on_the_first_day_is_the_other_company(company):
    """Of several by then, the last one counts; the manifest tells of no change."""
    other = override(company, MUCH, "test")
    plain = simulate(other, seed=3, window=WINDOW)
    run = simulate(
        company, seed=3, window=WINDOW, changes=[ModelChange(-9, company), ModelChange(0, other)]
    )
    for table in TABLES:
        assert getattr(run.log, table).equals(getattr(plain.log, table)), table
    assert run.manifest == plain.manifest


def test_the_manifest_tells_what_changed_when(company):
    """Day and hash of each model."""
    other = override(company, {"staff.credit.headcount": 2}, "test")
    run = simulate(
        company, seed=3, window=WINDOW, changes=[ModelChange(5, other), ModelChange(9, company)]
    )
    assert run.manifest["model_sha256"] == fingerprint(company)
    assert run.manifest["changes"] == [
        {"day": 5, "model_sha256": fingerprint(other)},
        {"day": 9, "model_sha256": fingerprint(company)},
    ]
    assert ModelChange(5, other).sha256 == fingerprint(other)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("customers.count", 99),
        ("products.count", 5),
        ("products.popularity_sigma", 0.1),
        ("products.unit_price", 3),
        ("products.unit_cost_share", 0.1),
        ("products.make_to_order_share", 0.1),
        ("fulfilment.availability_check", False),
    ],
)
def test_what_cannot_change_is_refused_by_name(company, path, value):
    """Before anything is simulated; both values are told."""
    with pytest.raises(ModelError, match=f"{path}.*cannot change during a run.*{value}"):
        changed(company, 5, {path: value})


@pytest.mark.parametrize(
    ("section", "value"),
    [("zone", "UTC"), ("currency", "EUR"), ("start_date", dt.date(2025, 1, 7))],
)
def test_clock_and_currency_cannot_change(company, section, value):
    """They are what everything is counted in."""
    other = type(company).model_validate({**company.model_dump(by_alias=True), section: value})
    with pytest.raises(ModelError, match=f"{section}.*cannot change"):
        simulate(company, window=WINDOW, changes=[ModelChange(5, other)])


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ([5, 5], "day 5 does not come after day 5"),
        ([9, 5], "day 5 does not come after day 9"),
        ([40], "after the run, which has 40 days"),
        ([True], "the day is True"),
        ([1.5], "the day is 1.5"),
    ],
)
def test_changes_come_in_order_and_within_the_run(company, days, message):
    """One a day, in order, as whole numbers."""
    with pytest.raises(ModelError, match=message):
        simulate(company, window=WINDOW, changes=[ModelChange(day, company) for day in days])


def test_too_many_orders_after_a_change_are_refused(company):
    """20 million are the most, whenever they come."""
    with pytest.raises(ModelError, match="orders would be simulated"):
        changed(company, 5, {"demand.orders_per_week": 10_000_000})


def arrivals_by_day(run):
    """Return the arrival times of each day of a run."""
    received = run.log.events.filter(activity_name == v.RECEIVE_ORDER)
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(run.manifest["zone"])
    first = dt.date.fromisoformat(run.manifest["start_date"])
    days = received.select(((local.dt.date() - first).dt.total_days()).alias("day"), "time")
    return {day: rows["time"].to_list() for (day,), rows in days.group_by("day")}


def test_a_surge_of_demand_for_thirty_days():
    """250 a week, +40 % for 30 days: 1,500 arrivals within 4 standard deviations of Poisson.

    The luck of each day's size is the same, so no day has fewer; outside, all times are the same.
    """
    model = small(changes={"demand.day_factor_cv": 0, "capture.quotation_share": 0})
    window = Window(5, 50, 5)
    surge = {"demand.orders_per_week": 350}
    plain = arrivals_by_day(simulate(model, seed=3, window=window))
    more = arrivals_by_day(changed(model, 20, surge, window=window, back=50))
    outside = [day for day in range(60) if not 20 <= day < 50]
    assert all(plain.get(day) == more.get(day) for day in outside)
    inside = sum(len(more.get(day, ())) for day in range(20, 50))
    per_weekday = [model.demand.weekday_shares.value.get(d, 0) for d in
                   ("mon", "tue", "wed", "thu", "fri", "sat", "sun")]  # fmt: skip
    start = model.start_date.weekday()
    expected = 350 * sum(per_weekday[(start + day) % 7] for day in range(20, 50))
    assert abs(inside - expected) < 4 * np.sqrt(expected)
    assert inside > 1.3 * sum(len(plain.get(day, ())) for day in range(20, 50))
    assert all(len(more.get(day, ())) >= len(plain.get(day, ())) for day in range(20, 50))


def test_orders_before_the_surge_keep_their_contents():
    """Lines of two before, of three from the change on; numbers go on, lines are counted on."""
    model = small(changes={"demand.lines_per_order": 2, "capture.quotation_share": 0})
    run = changed(model, 20, {"demand.lines_per_order": 3})
    orders = run.log.flatten(v.ORDER).filter(activity_name == v.RECEIVE_ORDER).sort("time")
    before = len(events_before(run, 20).filter(pl.col("activity") == v.RECEIVE_ORDER))
    lines = (
        run.log.object_relations.filter(pl.col("qualifier").cast(pl.String) == "line of")
        .group_by("target")
        .len()
    )
    counts = orders.join(lines, left_on="case", right_on="target", how="left")["len"].to_list()
    assert set(counts[:before]) == {2}
    assert set(counts[before:]) == {3}
    assert wrong_with(run) == []


def test_more_people_clear_a_backlog_and_fewer_build_one():
    """70 orders a working day of half an hour each: for one person, then for ten, then for one.

    Of 35 hours of work one person does 8 a day: in two weeks about 500 orders are left, which
    ten people, with 45 hours to spare a day, do in six days.
    """
    work = {
        "demand.channel_shares": {"phone": 1},
        "capture.touch_minutes": {"phone": 30, "email": 30},
        "staff.order_desk.headcount": 1,
        "demand.orders_per_week": 350,
        "demand.day_factor_cv": 0,
    }
    model = ideal(load_company("distributor"), {**work, "customers.count": 20})
    ten = override(model, {"staff.order_desk.headcount": 10}, "test")
    run = simulate(
        model,
        seed=3,
        window=Window(0, 56, 0),
        changes=[ModelChange(14, ten), ModelChange(42, model)],
    )
    entered = run.log.flatten(v.ORDER).pivot(
        "activity", index="case", values="time", aggregate_function="first"
    )
    received, done = entered[v.RECEIVE_ORDER], entered[v.CREATE_SALES_ORDER]

    def waiting(day):
        moment = dt.datetime(2025, 1, 6) + dt.timedelta(days=day)
        return int(((received < moment) & ((done >= moment) | done.is_null())).sum())

    assert 400 < waiting(14) < 650
    # What comes after five in the afternoon waits for the next day.
    assert max(waiting(25), waiting(42)) < 15
    assert 400 < waiting(56) < 650
    desk = run.utilisation.row(by_predicate=pl.col("role") == "Order desk", named=True)
    # Nine people leave on the last change, once their tasks of half an hour are done.
    assert 0 <= desk["open_hours"] - 8 * (10 + 20 * 10 + 10) <= 9 * 0.5
    assert desk["headcount"] == 1
    people = run.log.events.filter(pl.col("role").cast(pl.String) == "Order desk")["resource"]
    assert people.cast(pl.String).n_unique() == 10


def test_people_are_paid_by_the_rate_in_force(company):
    """30 an hour, then 60: the labour of every event is its hours times the rate of its day."""
    free = {f"costs.{name}": {} for name in ("order_entry", "invoice_sending", "transaction")}
    rates = {f"staff.{role}.cost_per_hour": 30 for role in company.staff}
    model = override(company, {**free, **rates, "costs.payment_receipt": {}}, "test")
    run = changed(model, 20, {path: 60 for path in rates})
    plain = simulate(model, seed=3, window=WINDOW)
    early = events_before(run, 20).height
    cost, single = run.log.events["cost"].fill_null(0), plain.log.events["cost"].fill_null(0)
    assert cost[:early].equals(single[:early])
    by_person = plain.log.events["role"].is_not_null()
    assert cost[early:].filter(by_person[early:]).to_list() == pytest.approx(
        (2 * single[early:].filter(by_person[early:])).to_list(), abs=1.1e-4
    )
    assert by_person[early:].any()


def test_capital_costs_what_it_costs_in_each_period(company):
    """5 % for the first 10 measured days, 10 % for the rest: by hand from the roll-forward."""
    model = override(company, {"costs.capital_cost_share_per_year": 0.05}, "test")
    run = changed(model, 15, {"costs.capital_cost_share_per_year": 0.10})
    owed = (
        run.receivables["closing_minor"] - run.receivables["closing_unapplied_minor"]
    ).to_numpy() / 100
    expected = (owed[5:15].sum() * 0.05 + owed[15:35].sum() * 0.10) / 365
    table = run.costs.filter(pl.col("stage") == "financing")
    assert table["financing"].item() == pytest.approx(expected)


def test_terms_hold_for_invoices_made_from_then_on():
    """30 days, from day 20 on 10: due dates and attributes; the customer's change is in the log."""
    model = ideal(load_company("distributor"), {"customers.count": 20})
    run = changed(model, 20, {"customers.payment_terms_days": 10}, window=Window(0, 50, 0))
    invoices = run.log.objects_of(v.INVOICE)
    given = (pl.col("due_date").dt.date() - pl.col("invoice_date").dt.date()).dt.total_days()
    late = pl.col("invoice_date") >= dt.datetime(2025, 1, 26)
    rows = invoices.select(given.alias("given"), "payment_terms_days", late.alias("late"))
    assert set(rows.unique().iter_rows()) == {(30, 30, False), (10, 10, True)}
    customers = run.log.objects_of(v.CUSTOMER)
    assert set(customers["payment_terms_days"]) == {30}
    news = run.log.object_changes.filter(pl.col("attribute") == "payment_terms_days")
    assert set(news["value"]) == {"10"}
    assert set(news["object"]) == set(customers["object"])
    assert set(news["time"]) == {dt.datetime(2025, 1, 26)}


def set_up(changes, later, day=2, then=None):
    """Return an ideal company at 09:00 of its first day, which changes on the midnight of a day.

    *then* changes besides on the midnight two days after it.
    """
    model = ideal(load_company("distributor"), {"customers.count": 3, **changes})
    coming = [ModelChange(day, override(model, later, "test"))]
    if then is not None:
        coming.append(ModelChange(day + 2, override(coming[0].model, then, "test")))
    found_ = found(model, 1, 0, changes=tuple(coming))
    for change in coming:
        change_over.expect(found_, change, 1e9)
    found_.env.run(until=9 * HOUR)
    return found_


def test_a_prepayment_of_before_pays_the_invoice_of_after():
    """Paid in advance on day 1, delivered and billed when nobody prepays any more: cleared."""
    before = {
        "customers.prepayment_share": 1,
        "customers.prepayment_days": 0.1,
        "fulfilment.confirmed_lead_days": 3,
    }
    company_ = set_up(before, {"customers.prepayment_share": 0})
    place(company_, 10_000)
    company_.env.run(until=20 * DAY)
    names = [name for name, _, _ in happened(company_)]
    assert names.count(v.RECEIVE_PAYMENT) == 1
    assert v.CLEAR_INVOICE in names
    assert company_.customers[0].exposure_minor == 0
    assert not company_.customers[0].prepays


@pytest.mark.parametrize(("before", "after"), [(0, 1), (1, 0)])
def test_deliveries_that_wait_for_a_run_are_billed_when_collecting_changes(before, after):
    """Delivered on day 1 for the run of day 4, which makes one or two invoices as was planned."""
    changes = {
        "customers.collective_invoice_share": before,
        "billing.daily_run": {"days": ["fri"], "times": ["10:00"]},
        "fulfilment.confirmed_lead_days": 0,
    }
    company_ = set_up(changes, {"customers.collective_invoice_share": after}, day=3)
    for _ in range(2):
        place(company_, 10_000)
    company_.env.run(until=8 * DAY)
    invoices = [row for row in happened(company_) if row[0] == v.CREATE_INVOICE]
    assert len(invoices) == (1 if before else 2)
    assert {day for _, day, _ in invoices} == {4}


def test_a_reminder_of_a_level_that_is_no_more_is_not_sent():
    """Two levels, the second due after the change to one: sent once."""
    levels = [{"overdue_days": 7, "hazard_ratio": 1}, {"overdue_days": 28, "hazard_ratio": 1}]
    changes = {"dunning.levels": levels, "customers.default_share": 1}
    reminders = (v.SEND_DUNNING_LEVEL_1, v.SEND_DUNNING_LEVEL_2)
    for later, count in (({"dunning.levels": levels}, 2), ({"dunning.levels": levels[:1]}, 1)):
        company_ = set_up(changes, later, day=50)
        place(company_, 10_000)
        company_.env.run(until=90 * DAY)
        names = [name for name, _, _ in happened(company_)]
        assert sum(name in reminders for name in names) == count


def held_company(later, day=3, then=None, **changes):
    """Return a company that holds an order for its review on day 10, and rechecks each noon."""
    noon = {"days": ["mon", "tue", "wed", "thu", "fri"], "times": ["12:00"]}
    settings = {
        "credit.large_order_value": 1,
        "credit.review_wait_days": 10,
        "credit.auto_release_share": 0,
        "credit.denial_share": 0,
        "credit.recheck_run": noon,
    }
    return set_up({**settings, **changes}, later, day, then)


def test_held_orders_are_released_when_the_rule_goes():
    """The first run after the change finds no reason to hold any more."""
    company_ = held_company({"credit.large_order_value": 0})
    place(company_, 10_000)
    company_.env.run(until=20 * DAY)
    released = next(row for row in happened(company_) if row[0] == v.RELEASE_CREDIT_BLOCK)
    assert released == (v.RELEASE_CREDIT_BLOCK, 3, 12.0)


def test_held_orders_wait_for_the_analyst_when_the_run_goes():
    """No runs from day 3 on, no reason from day 5 on: the review of day 10 releases it.

    The run of day 3, which was waited for since the day before, is the last.
    """
    company_ = held_company({"credit.recheck_run": None}, then={"credit.large_order_value": 0})
    place(company_, 10_000)
    company_.env.run(until=20 * DAY)
    released = next(row for row in happened(company_) if row[0] == v.RELEASE_CREDIT_BLOCK)
    assert released[1] == 10


def test_what_credit_withholds_is_released_without_a_run():
    """Half of an order is withheld by the analyst; with no run any more somebody looks daily."""
    company_ = held_company(
        {"credit.recheck_run": None, "credit.partial_release_share": 0, "credit.limit_share": 99},
        day=14,
        **{
            "credit.large_order_value": 0,
            "credit.partial_release_share": 1,
            "credit.withheld_days": 90,
            "credit.limit_share": 1e-9,
        },
    )
    company_.customers[0].limit_minor = 6_000 * 10**9
    order = place(company_, 5_000, 5_000)
    company_.env.run(until=13 * DAY)
    assert order.withheld == [1]
    company_.env.run(until=20 * DAY)
    assert not order.withheld
    assert len([row for row in happened(company_) if row[0] == v.CREATE_DELIVERY]) == 2


def test_dates_are_reviewed_once_a_run_is_introduced():
    """A line that waits since before the change is told of its new date; without, it is not."""
    changes = {
        "fulfilment.availability_check": True,
        "inventory.supplier_lead_days": 30,
        "inventory.safety_stock_days": 0,
        "products.count": 1,
        "fulfilment.rescheduling_days": 7,
    }
    daily = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "times": ["02:00"]}
    told = []
    for later, shown in (({"fulfilment.rescheduling_run": daily}, True), ({}, False)):
        company_ = set_up(changes, {**later, "costs.transaction": {}}, day=3)
        # More than there is, twice: the second waits for goods that are not even ordered for it.
        units = company_.stock.available[0]
        place(company_, 10_000, quantity=units)
        order = place(company_, 10_000, quantity=units)
        company_.env.run(until=1 * DAY)
        order.backorders[0].told_at = order.backorders[0].promised_at = 0.0
        company_.env.run(until=5 * DAY)
        told.append(v.CHANGE_DELIVERY_DATE in [name for name, _, _ in happened(company_)])
        assert (order.number in company_.backordered) == shown
    assert told == [True, False]


def test_an_allowance_is_built_and_released():
    """None at first, a share of all that is open from day 20 on, none from day 40 on."""
    model = small(changes={"write_off.allowance_shares": {}})
    daily = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "times": ["12:00"]}
    shares = {"write_off.allowance_shares": {0: 0.1}, "write_off.allowance_run": daily}
    run = changed(model, 20, shares, back=40, window=Window(0, 60, 0))
    allowance = run.receivables["closing_allowance_minor"].to_numpy()
    assert not allowance[:20].any()
    assert (allowance[25:40] > 0).all()
    assert allowance[-1] == 0
    assert wrong_with(run) == []


def test_stock_follows_the_new_levels(company):
    """More safety stock is ordered at the change: it is there a lead time later, not before."""
    model = override(
        company, {"inventory.supplier_lead_days": 5, "inventory.safety_stock_days": 2}, "test"
    )
    company_ = found(model, 3, 0)
    more = found(
        model,
        3,
        0,
        changes=(ModelChange(20, override(model, {"inventory.safety_stock_days": 60}, "test")),),
    )
    for each in (company_, more):
        run_days(each, 40)
    day = [each.clock.midnight for each in (company_, more)]
    before = [
        each.stock.statistics(at(0), at(20)).mean_value_minor
        for each, at in zip((company_, more), day, strict=True)
    ]
    after = [
        each.stock.statistics(at(26), at(40)).mean_value_minor
        for each, at in zip((company_, more), day, strict=True)
    ]
    assert before[0] == pytest.approx(before[1])
    assert after[1] > 3 * after[0]


def test_a_season_that_begins_is_planned_for():
    """The levels are set at the change, and anew on the first of each month after it."""
    factors = [0.5] * 6 + [1.5] * 6
    model = small(changes={"demand.season": [1.0] * 12, "demand.growth_per_year": 0})
    company_ = found(
        model, 3, 0, changes=(ModelChange(20, override(model, {"demand.season": factors}, "t")),)
    )
    planned = []
    replan = company_.stock.replan
    company_.stock.replan = lambda policy: (
        planned.append((company_.today(), sum(policy.order_up_to))),
        replan(policy),
    )
    level = sum(company_.stock_policy(1.0).order_up_to)
    run_days(company_, 70)
    days = [day for day, _ in planned]
    firsts = [d for d in range(21, 70) if company_.clock.date(d).day == 1]
    assert days == [20, *firsts]
    assert all(units < 0.6 * level for _, units in planned)


def test_the_hazard_that_was_counts():
    """A customer that fails when its hazard comes to 1: 0.25 a year for a year, then 0.75: 2 years.

    Back at the same hazard its day is the one of before.
    """
    model = small(changes={"customers.insolvencies_per_year": 0.25})
    company_ = found(model, 3, 0)
    year = 365.25 * DAY
    insolvency.foresee(company_, 0.0)
    number = 7
    policy = company_.insolvency
    waiting = [*policy.waiting_years]
    waiting[number] = 1.0
    company_.insolvency = replace(policy, waiting_years=tuple(waiting))
    company_.outlooks.clear()
    insolvency.foresee(company_, 0.0)
    assert company_.outlooks[number].fails_at == pytest.approx(4 * year)
    company_.env.now = year
    triple = tuple(3 * hazard for hazard in policy.per_year)
    company_.insolvency = replace(company_.insolvency, per_year=triple)
    insolvency.foresee(company_, 0.0)
    assert company_.outlooks[number].fails_at == pytest.approx(2 * year)


def test_a_largest_customer_that_is_spared():
    """It was to fail on day 20; on day 10 that is called off, on day 30 it is too late."""
    model = small(changes={"customers.largest_fails_after_days": 20})
    spared = {"customers.largest_fails_after_days": None}
    for day, failures in ((10, 0), (30, 1)):
        run = changed(model, day, spared)
        assert run.log.events.filter(activity_name == v.DECLARE_INSOLVENCY).height == failures


def test_an_outage_that_comes_with_a_change(company):
    """Two days without systems from the day of the change on: nobody works, no run happens."""
    start = company.start_date + dt.timedelta(days=22)
    run = changed(company, 20, {"systems.outages": [{"start": f"{start} 00:00", "hours": 48}]})
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(company.zone)
    down = run.log.events.filter(local.dt.date().is_between(start, start + dt.timedelta(days=1)))
    assert down.height > 0
    inside = down.filter(pl.col("role").is_not_null() & (pl.col("start") < pl.col("time")))
    assert inside.height == 0
    # What waits for a run since before the change keeps that appointment.
    assert down.filter(activity_name == v.CREATE_SALES_ORDER).is_empty()
    assert wrong_with(run) == []


def test_an_extension_adapts_every_model(tmp_path, company):
    """Its policies hold before and after."""
    file = tmp_path / "own.py"
    file.write_text(
        "from dataclasses import replace\n"
        "def adapt(policies, model):\n"
        "    capture = replace(policies.capture, auto_capture_share=0.0)\n"
        "    return replace(policies, capture=capture)\n"
    )
    other = override(company, {"capture.email_auto_capture_share": 1}, "test")
    company_ = found(company, 3, 0, load_extension(file), changes=(ModelChange(5, other),))
    run_days(company_, 10)
    assert company_.model is other
    assert company_.capture.auto_capture_share == 0


def other_value(lever, model, end):
    """Return a value at one end of a lever's range, or what a small company can bear of it."""
    if lever.choices:
        return lever.choices[0 if end == "low" else -1]
    value = lever.low if end == "low" else lever.high
    if lever.unit == "people":
        return min(value, 12)
    return min(value, 100) if lever.relative else value


def at_end(model, name, end):
    """Return the model with a lever at an end; None where this company cannot have that."""
    lever = LEVERS[name]
    try:
        return override(model, lever.write(model, other_value(lever, model, end)), "test")
    except ValueError:
        return None


@pytest.mark.parametrize("end", ["low", "high"])
def test_each_lever_in_turn(company, end):
    """A day at one end of each lever, one after the other."""
    models = [model for name in LEVERS if (model := at_end(company, name, end)) is not None]
    changes = [ModelChange(8 + n, model) for n, model in enumerate(models)]
    assert len(models) > 0.9 * len(LEVERS)
    run = simulate(company, seed=5, window=Window(0, 20 + len(models), 0), changes=changes)
    assert wrong_with(run) == []


@pytest.mark.slow
@pytest.mark.parametrize("end", ["low", "high"])
@pytest.mark.parametrize("name", LEVERS)
def test_each_lever_changes_during_a_run_and_back(company, unchanged, name, end):
    """At either end for two weeks: nothing before, nothing wrong."""
    model = at_end(company, name, end)
    if model is None:
        pytest.skip("this company cannot have that")
    run = simulate(
        company,
        seed=3,
        window=WINDOW,
        changes=[ModelChange(13, model), ModelChange(27, company)],
    )
    before = events_before(unchanged, 13)
    assert_frame_equal(events_before(run, 13), before, check_exact=True)
    assert wrong_with(run) == []


@pytest.mark.slow
@settings(max_examples=15)
@given(
    days=st.sets(st.integers(1, 39), min_size=1, max_size=4),
    parts=st.lists(st.sets(st.sampled_from(sorted(MUCH))), min_size=4, max_size=4),
)
def test_any_changes_in_any_order(company, days, parts):
    """Some of the large changes on some days, each in place of the ones before."""
    models = [override(company, {path: MUCH[path] for path in part}, "test") for part in parts]
    changes = [ModelChange(day, model) for day, model in zip(sorted(days), models, strict=False)]
    assert wrong_with(simulate(company, seed=3, window=WINDOW, changes=changes)) == []
