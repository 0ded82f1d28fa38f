"""KPIs of small logs, each number worked out by hand, and of a run against its ledger."""

import datetime as dt
import math

import polars as pl
import pytest
from hand_kpis import OBJECTS, STEPS, WEB_BY_HAND
from hand_kpis_more import MORE_BY_HAND
from hand_log import build, moment, web
from ideal import ideal

from mining.kpis import DEFINITIONS, Period, measure, order_facts, whole_period
from mining.receivables import daily_flows
from o2c_sim import LogError, Window, simulate
from o2c_sim import vocabulary as v

MARCH = Period(dt.date(2025, 3, 1), dt.date(2025, 4, 1))


ORDERS = [
    {  # 0: confirmed after 5 business hours by hand, paid early, matched by itself
        "amount": 1000,
        "due": "04-04",
        "steps": [
            (v.RECEIVE_ORDER, "03-03 10:00", None),
            (v.CREATE_SALES_ORDER, "03-03 11:00", "person"),
            (v.CONFIRM_ORDER, "03-03 15:00", "system"),
            (v.POST_GOODS_ISSUE, "03-05 10:00", "system"),
            (v.CREATE_INVOICE, "03-05 18:00", "system"),
            (v.SEND_INVOICE, "03-05 18:00", "system"),
            (v.RECEIVE_PAYMENT, "03-20 07:00", None),
            (v.CLEAR_INVOICE, "03-21 18:00", "system"),
        ],
    },
    {  # 1: held over the weekend, reminded two days after paying, matched by hand
        "amount": 500,
        "due": "03-21",
        "steps": [
            (v.RECEIVE_ORDER, "03-07 16:00", None),
            (v.CREATE_SALES_ORDER, "03-07 16:00", "system"),
            (v.SET_CREDIT_BLOCK, "03-07 16:01", "system"),
            (v.RELEASE_CREDIT_BLOCK, "03-10 10:00", "person"),
            (v.CONFIRM_ORDER, "03-10 10:00", "system"),
            (v.POST_GOODS_ISSUE, "03-11 16:00", "system"),
            (v.CREATE_INVOICE, "03-11 18:00", "system"),
            (v.SEND_INVOICE, "03-11 18:00", "system"),
            (v.RECEIVE_PAYMENT, "03-22 07:00", None),
            (v.SEND_DUNNING_LEVEL_1, "03-24 06:00", "system"),
            (v.CLEAR_INVOICE, "03-25 18:00", "person"),
        ],
    },
    {  # 2: of a Saturday, touchless, overdue and rightly reminded, still open
        "amount": 2000,
        "due": "03-20",
        "steps": [
            (v.RECEIVE_ORDER, "03-08 12:00", None),
            (v.CREATE_SALES_ORDER, "03-08 12:00", "system"),
            (v.CONFIRM_ORDER, "03-08 12:06", "system"),
            (v.POST_GOODS_ISSUE, "03-12 12:00", "person"),
            (v.CREATE_INVOICE, "03-12 18:00", "system"),
            (v.SEND_INVOICE, "03-12 18:00", "system"),
            (v.SEND_DUNNING_LEVEL_1, "03-31 06:00", "system"),
        ],
    },
    {  # 3: received in the last hour of the period
        "steps": [
            (v.RECEIVE_ORDER, "03-31 23:30", None),
            (v.CREATE_SALES_ORDER, "03-31 23:30", "system"),
            (v.CONFIRM_ORDER, "03-31 23:30", "system"),
        ],
    },
    {  # 4: received in the first minute after it: not counted
        "steps": [
            (v.RECEIVE_ORDER, "04-01 00:00", None),
            (v.CREATE_SALES_ORDER, "04-01 09:00", "person"),
            (v.CONFIRM_ORDER, "04-01 16:00", "system"),
        ],
    },
    {  # 5: received before, written off on the last day
        "amount": 300,
        "due": "03-01",
        "steps": [
            (v.RECEIVE_ORDER, "02-20 10:00", None),
            (v.CREATE_SALES_ORDER, "02-20 10:00", "person"),
            (v.CONFIRM_ORDER, "02-20 16:00", "system"),
            (v.POST_GOODS_ISSUE, "02-21 10:00", "system"),
            (v.CREATE_INVOICE, "02-21 18:00", "system"),
            (v.SEND_INVOICE, "02-21 18:00", "system"),
            (v.WRITE_OFF_INVOICE, "03-31 05:00", "system"),
        ],
    },
    {  # 6: denied and cancelled
        "steps": [
            (v.RECEIVE_ORDER, "03-10 09:00", None),
            (v.CREATE_SALES_ORDER, "03-10 09:00", "system"),
            (v.SET_CREDIT_BLOCK, "03-10 09:00", "system"),
            (v.DENY_CREDIT, "03-10 12:00", "person"),
            (v.CANCEL_ORDER, "03-10 12:00", "system"),
        ],
    },
    {  # 7: received before, billed on 3 March, disputed and credited 100, not due yet
        "amount": 700,
        "credit": 100,
        "due": "04-02",
        "steps": [
            (v.RECEIVE_ORDER, "02-25 10:00", None),
            (v.CREATE_SALES_ORDER, "02-25 10:00", "system"),
            (v.CONFIRM_ORDER, "02-25 10:00", "system"),
            (v.POST_GOODS_ISSUE, "03-03 10:00", "system"),
            (v.CREATE_INVOICE, "03-03 18:00", "system"),
            (v.SEND_INVOICE, "03-03 18:00", "system"),
            (v.OPEN_DISPUTE, "03-10 09:00", None),
            (v.RESOLVE_DISPUTE, "03-14 21:00", "person"),
            (v.CREATE_CREDIT_MEMO, "03-14 21:00", "system"),
        ],
    },
]  # fmt: skip


# Orders received in March: 0, 1, 2, 3 and 6. Invoices issued in March: 0, 1, 2 and 7.
# The log ends on 1 April, 16:00: orders 2 and 3, and the invoices of 2 and 7, are still open.
# A quantile is where the Kaplan-Meier estimate reaches it; NaN where it does not.
BY_HAND = {
    # 0: Monday 10 to 15 = 5 h; 1: Friday 16-17 and Monday 8-10 = 3 h; 2 and 3 out of hours = 0
    "order_processing_mean_hours": 2.0,
    "order_processing_median_hours": 1.5,
    "order_processing_p90_hours": 3 + 0.7 * 2,  # place 0.9 * 3 = 2.7 of 0, 0, 3, 5
    # 2, 4 and 4 days to goods issue
    "order_cycle_mean_days": 10 / 3,
    "order_cycle_median_days": 4.0,
    "order_cycle_p90_days": 4.0,
    # 5 March to 21 March and 11 March to 25 March, both at 18:00
    "invoice_to_cash_mean_days": 15.0,
    "invoice_to_cash_median_days": 16.0,  # two of four
    "invoice_to_cash_p90_days": math.nan,
    "invoice_to_cash_weighted_days": (1000 * 16 + 500 * 14) / 1500,
    # To the 20th and the 22nd, 07:00: 14 d 13 h and 10 d 13 h
    "invoice_to_payment_mean_days": 12 + 13 / 24,
    "invoice_to_payment_median_days": 14 + 13 / 24,
    "invoice_to_payment_p90_days": math.nan,
    # 18 days 8 h and 18 days 2 h
    "order_to_cash_mean_days": 18 + 5 / 24,
    # Order 3 drops out before the first is paid: of three, a third after 18 d 2 h
    "order_to_cash_median_days": 18 + 8 / 24,
    "order_to_cash_p90_days": math.nan,
    "order_to_cash_weighted_days": 18 + (2 / 3 * 8 + 1 / 3 * 2) / 24,
    # 8, 2 and 6 hours
    "invoice_lag_mean_days": 16 / 3 / 24,
    # Sold 700 + 1000 + 500 + 2000 = 4200; open at the end 2000 + 700 - 100
    "dso_simple_days": 2600 * 31 / 4200,
    "dso_conventional_days": 2600 * 30 / 4200,
    # Back from 31 March: 2000 on the 12th, 500 on the 11th, then 100 of the 1000 of the 5th
    "dso_countback_days": 26 + 100 / 1000,
    "best_possible_dso_days": 600 * 31 / 4200,
    # Cleared ones: 30 and 10 days of terms; 14 days early and 4 late
    "payment_terms_mean_days": 20.0,
    "terms_share": (16 + 10) / (16 + 14),  # 16 days of 30, and the first 10 of 14
    "days_late_mean_days": -5.0,
    "days_late_weighted_days": (-14 * 1000 + 4 * 500) / 1500,
    "days_late_paid_mean_days": (-15 + 1) / 2,
    "late_share": 0.5,
    "touchless_share": 0.5,  # 2 and 3 of the four confirmed ones
    "credit_hold_share": 2 / 5,
    "dispute_share": 1 / 4,
    "dispute_value_share": 700 / 4200,
    "dispute_resolution_mean_days": 4.5,
    "automatic_match_share": 0.5,
    "automatic_match_value_share": 1000 / 1500,
    "false_dunning_share": 1 / 4,
    # 300 for 2 days, 1000 for 2, 2000 for 6, 2500 for 1, 4500 for 9, 3500 for 4, 3000 for 6, 2700;
    # less the credit of 100 from the 14th on, for 18 days
    "receivables_mean": (92_300 - 1_800) / 31,
    # Ordered and not paid: 1000 for 2 days, 2000 for 4, 2500 for 1, 4500 for 6, 4400 for 6 (less
    # the credit), 3400 for 2, 2900 for 9, and 2600 on the last day (less the write-off)
    "cash_tied_up_mean": 101_400 / 31,
    "credited_share": 100 / 4200,
    "bad_debt_share": 300 / 4200,
    "open_share": 2 / 5,
}


def test_every_kpi_of_a_month_by_hand():
    """Eight orders; the derivation of each number stands beside it."""
    found = measure(build(ORDERS), MARCH)
    assert {key: found[key] for key in BY_HAND} == pytest.approx(BY_HAND, abs=1e-9, nan_ok=True)
    known = BY_HAND.keys() | WEB_BY_HAND.keys() | MORE_BY_HAND.keys()
    assert known == DEFINITIONS.keys()


def test_every_kpi_of_a_web_of_documents_by_hand():
    """Orders, deliveries, invoices and payments many to many; each number is derived above."""
    found = measure(web(OBJECTS, STEPS), MARCH)
    assert {key: found[key] for key in WEB_BY_HAND} == pytest.approx(WEB_BY_HAND, abs=1e-9)


def test_without_a_promise_nothing_is_said_of_punctuality():
    """A log whose orders have no promised date has no OTIF, and no perfect order."""
    plain = {
        name: (kind, {**about, "promised_date": None}) for name, (kind, about) in OBJECTS.items()
    }
    found = measure(web(plain, STEPS), MARCH)
    assert not {"otif_share", "perfect_order_share", "on_time_delivery_share"} & found.keys()
    assert found["line_fill_share"] == 3 / 4


def test_the_period_is_of_local_days():
    """23:30 UTC on 31 March is 19:30 in New York: in March. 03:59 UTC on 1 April still is."""
    late = [{"steps": [(v.RECEIVE_ORDER, when, None), (v.CONFIRM_ORDER, "04-02 12:00", "person")]}
            for when in ("03-31 23:30", "04-01 03:59", "04-01 04:00")]  # fmt: skip
    log = build(late, zone="America/New_York")
    april = Period(dt.date(2025, 4, 1), dt.date(2025, 5, 1))
    # In March two, confirmed on Wednesday 08:00 local: Tuesday 9 h. In April the third alone: 9 h.
    assert measure(log, MARCH)["order_processing_mean_hours"] == 9
    assert measure(log, april)["order_processing_mean_hours"] == 9
    assert order_facts(log).height == 3


def test_a_period_without_a_case_gives_nan_and_not_zero():
    """No order and no invoice in May: means are NaN, balances are what is still open."""
    found = measure(build(ORDERS), Period(dt.date(2025, 5, 1), dt.date(2025, 6, 1)))
    for key in ("order_cycle_mean_days", "late_share", "touchless_share", "dso_simple_days",
                "open_share", "bad_debt_share", "false_dunning_share"):  # fmt: skip
        assert math.isnan(found[key])
    assert found["receivables_mean"] == 2600
    assert found["cash_tied_up_mean"] == 2600
    assert math.isnan(found["dso_countback_days"]), "no sales in May exhaust 2700"


def test_what_a_log_does_not_record_is_left_out():
    """A log that stops at the confirmation says nothing about cash, and nothing about holds."""
    front = [{"steps": order["steps"][:3]} for order in ORDERS[:1]]
    found = measure(build(front), MARCH)
    assert set(found) == {k for k in BY_HAND if k.startswith("order_processing")} | {
        "touchless_share"
    }, "and no cost, as the log has none"
    told = measure(build(front), MARCH, recorded=v.ACTIVITIES)
    assert told["credit_hold_share"] == 0
    assert told["open_share"] == 1


def test_the_whole_period_is_the_logs_first_to_last_local_day():
    """20 February to 1 April; an empty log and an empty period are refused."""
    assert whole_period(build(ORDERS)) == Period(dt.date(2025, 2, 20), dt.date(2025, 4, 2))
    with pytest.raises(LogError, match="no events"):
        whole_period(build([]))
    with pytest.raises(LogError, match="has no day"):
        Period(dt.date(2025, 3, 1), dt.date(2025, 3, 1))
    assert MARCH.days == 31


def test_only_work_before_the_confirmation_is_a_touch():
    """A person who picks afterwards does not make the order a touched one."""
    facts = order_facts(build(ORDERS))
    touched = facts.filter(pl.col("confirmed").is_not_null())["touched"]
    assert touched.to_list() == [True, True, False, False, True, True, False]
    assert facts["held"].to_list() == [False, True, False, False, False, False, True, False]


def test_a_log_that_does_not_say_who_worked_has_no_touchless_share():
    """Unknown is not automatic: a log without the attribute must not be 100 % touchless."""
    silent = [(activity, when, None) for activity, when, _ in ORDERS[0]["steps"]]
    log = build([{**ORDERS[0], "steps": silent}])
    assert order_facts(log)["touched"].to_list() == [None]
    assert math.isnan(measure(log, MARCH)["touchless_share"])


def test_kpis_from_the_log_are_those_of_the_ledger(run, distributor, window):
    """Two ways to the same number: the event log, and the roll-forward of the books. Exactly."""
    first = distributor.start_date + dt.timedelta(days=window.warm_up_days)
    period = Period(first, first + dt.timedelta(days=window.measured_days))
    found = measure(run.log, period)
    books = run.receivables
    days = books.filter((pl.col("date") >= period.first) & (pl.col("date") < period.end))
    net_sales = days["invoices_minor"] - days["cancellations_minor"]
    assert (net_sales < days["invoices_minor"]).any()
    sales, closing = net_sales.sum(), days["closing_minor"][-1]
    assert found["dso_simple_days"] == pytest.approx(closing * 60 / sales, rel=1e-12)
    assert found["receivables_mean"] == pytest.approx(days["closing_minor"].mean() / 100, rel=1e-12)
    signs = {v.RECEIVE_ORDER: 1, v.CHANGE_ORDER: 1, v.CANCEL_ORDER: -1, v.REJECT_ORDER_LINE: -1}
    name = pl.col("activity").cast(pl.String)
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(distributor.zone)
    orders = run.log.events.filter(name.is_in(list(signs))).select(
        local.dt.date().alias("date"),
        (pl.col("amount").fill_null(0) * name.replace_strict(signs)).alias("ordered"),
    )
    gone = ("credit_memos", "account_credits", "discounts", "write_offs", "receipts")
    come_back = ("refunds", "returned")
    tied_up = (
        books.join(orders.group_by("date").agg(pl.col("ordered").sum()), on="date", how="left")
        .sort("date")
        .with_columns(
            (
                pl.col("ordered").fill_null(0)
                - pl.sum_horizontal(f"{flow}_minor" for flow in gone) / 100
                + pl.sum_horizontal(f"{flow}_minor" for flow in come_back) / 100
            ).cum_sum()
        )
        .join(days, on="date", how="semi")
    )
    assert found["cash_tied_up_mean"] == pytest.approx(tied_up["ordered"].mean(), rel=1e-9)
    left, back = closing, 0.0
    for day_sales in net_sales.to_list()[::-1]:
        back += min(1, left / day_sales) if day_sales else 1
        left -= day_sales
        if left <= 0:
            break
    assert found["dso_countback_days"] == pytest.approx(back, rel=1e-12)


def test_an_invoice_disputed_twice_has_two_disputes_and_not_a_long_one():
    """Two days and four days, three weeks apart, the second one decided in April: 40 outstanding.

    The order is held twice as well, for one hour and for three.
    """
    log = web(
        {
            "A": (v.ORDER, {}),
            "i": (v.INVOICE, {"amount": 40.0, "due_date": moment("03-20 00:00")}),
        },
        [
            ("03-01 08:00", v.RECEIVE_ORDER, "A", 40.0),
            ("03-01 09:00", v.SET_CREDIT_BLOCK, "A"),
            ("03-01 10:00", v.RELEASE_CREDIT_BLOCK, "A"),
            ("03-02 09:00", v.SET_CREDIT_BLOCK, "A"),
            ("03-02 12:00", v.DENY_CREDIT, "A"),
            ("03-03 08:00", v.CREATE_INVOICE, "A i", 40.0),
            ("03-05 08:00", v.OPEN_DISPUTE, "A i"),
            ("03-07 08:00", v.RESOLVE_DISPUTE, "A i"),
            ("03-28 08:00", v.OPEN_DISPUTE, "A i"),
            ("04-01 08:00", v.RESOLVE_DISPUTE, "A i"),
            ("04-02 08:00", v.CLEAR_INVOICE, "A i", 40.0),
        ],
    )
    found = measure(log, MARCH)
    assert found["dispute_resolution_mean_days"] == 3
    assert found["disputed_days"] == 40 / (80 / 31)
    assert found["credit_hold_mean_hours"] == 2


def test_tax_ties_up_what_it_adds_to_the_receivables(distributor):
    """The same days with 19 % on top: orders not billed yet count as before, invoices with tax."""
    period = Period(dt.date(2025, 3, 1), dt.date(2025, 6, 1))
    plain, taxed = (
        measure(simulate(ideal(distributor, tax), window=Window(0, 200, 0)).log, period)
        for tax in ({}, {"billing.tax_share": 0.19})
    )
    more = taxed["receivables_mean"] - plain["receivables_mean"]
    assert more == pytest.approx(0.19 * plain["receivables_mean"], rel=1e-6)
    assert taxed["cash_tied_up_mean"] == pytest.approx(plain["cash_tied_up_mean"] + more, rel=1e-6)


def test_a_taxed_company_that_bills_nothing_yet_is_measured(distributor):
    """In the first two days there are orders and no invoice."""
    run = simulate(ideal(distributor, {"billing.tax_share": 0.19}), window=Window(0, 1, 0))
    assert v.INVOICE not in run.log.object_types
    assert daily_flows(run.log, dt.date(2025, 1, 6), dt.date(2025, 1, 6))["tied_up"][0] > 0


def test_kpis_do_not_depend_on_the_length_of_the_cool_down_once_all_is_paid(distributor):
    """The balance sheet side, which looks back only, is the same to the cent."""
    period = Period(dt.date(2025, 2, 5), dt.date(2025, 2, 25))
    short, long = (
        measure(simulate(distributor, window=Window(30, 20, cool)).log, period) for cool in (0, 40)
    )
    for key in (
        "dso_simple_days",
        "best_possible_dso_days",
        "receivables_mean",
        "cash_tied_up_mean",
    ):
        assert short[key] == long[key]
    assert short["open_share"] > long["open_share"]


def test_every_definition_says_what_it_means():
    """Formula, population and source in words; a unit and a direction of the known ones."""
    for key, definition in DEFINITIONS.items():
        assert definition.key == key
        assert definition.formula
        assert definition.population
        assert definition.source
        assert definition.unit in {"days", "hours", "share", "currency", "count"}
        assert definition.better in {"lower", "higher", "neither"}
        assert set(definition.needs) <= set(v.ACTIVITIES)
        assert definition.clock
        assert definition.weighting
        assert definition.censoring
        assert set(definition.object_types) <= set(v.OBJECT_TYPES)
        owners = {text.partition(" of ")[2] for text in definition.attributes}
        assert owners <= {"event", *v.OBJECT_TYPES}
