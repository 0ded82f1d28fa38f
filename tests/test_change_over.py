"""A company that becomes another one during a run: what changes, and what stays bit-identical."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from changed_runs import MUCH, RESULTS, TABLES, WINDOW, changed, events_before, small, wrong_with
from ideal import ideal
from polars.testing import assert_frame_equal
from run_checks import activity_name

from o2c_sim import ModelChange, ModelError, Window, fingerprint, load_company, override, simulate
from o2c_sim import vocabulary as v


@pytest.fixture(scope="module")
def company():
    """Return a small distributor."""
    return small()


@pytest.fixture(scope="module")
def unchanged(company):
    """Return a run of it without changes."""
    return simulate(company, seed=3, window=WINDOW)


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
