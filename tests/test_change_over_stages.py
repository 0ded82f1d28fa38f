"""What waits while a company changes: every stage goes on, under the new policies or the old."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest
from changed_runs import WINDOW, changed, small, wrong_with
from ideal import ideal
from one_order import DAY, HOUR, happened, place
from run_checks import activity_name

from o2c_sim import ModelChange, Window, load_company, override, simulate
from o2c_sim import vocabulary as v
from o2c_sim.extension import load_extension
from o2c_sim.process import change_over, insolvency
from o2c_sim.process.cycle import found
from o2c_sim.process.cycle import run as run_days


@pytest.fixture(scope="module")
def company():
    """Return a small distributor."""
    return small()


@pytest.fixture(scope="module")
def unchanged(company):
    """Return a run of it without changes."""
    return simulate(company, seed=3, window=WINDOW)


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
