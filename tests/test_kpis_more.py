"""KPIs of ages, promises, holds and payments by hand; open cases; what a log cannot support."""

import dataclasses
import datetime as dt
import math

import polars as pl
import pytest
from hand_kpis import OBJECTS, STEPS
from hand_kpis_more import MORE_BY_HAND, more_log
from hand_log import moment, web

from mining.kpi_beyond import BEYOND
from mining.kpi_definition import KAPLAN_MEIER
from mining.kpi_support import NO_CASE, TOO_MANY_OPEN
from mining.kpi_traps import traps_of
from mining.kpis import DEFINITIONS, Period, measure, unsupported
from o2c_sim import vocabulary as v

MARCH = Period(dt.date(2025, 3, 1), dt.date(2025, 4, 1))


@pytest.mark.parametrize("kind", [pl.Date, pl.Datetime("us"), pl.String])
def test_ages_promises_holds_and_payments_by_hand(kind):
    """Each number is derived beside it."""
    found = measure(more_log(kind), MARCH)
    assert {key: found[key] for key in MORE_BY_HAND} == pytest.approx(
        MORE_BY_HAND, abs=1e-9, nan_ok=True
    )


def test_the_ages_and_what_is_not_due_are_all_that_is_open():
    """The five parts of the receivables add up."""
    found = measure(more_log(), MARCH)
    parts = ("current", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_90")
    assert sum(found[f"{part}_share"] for part in parts) == pytest.approx(1)


def test_the_conventional_dso_needs_thirty_days_of_log():
    """A log that begins within them has no sales to divide by."""
    steps = [
        ("03-20 12:00", v.CREATE_INVOICE, "i", 100),
        ("03-21 12:00", v.CREATE_INVOICE, "j", 100),
        ("03-31 12:00", v.CLEAR_INVOICE, "i", 100),
    ]
    invoices = {name: (v.INVOICE, {"amount": 100}) for name in "ij"}
    assert math.isnan(measure(web(invoices, steps), MARCH)["dso_conventional_days"])
    earlier = [
        ("03-01 12:00", v.CREATE_INVOICE, "k", 40),
        ("03-02 12:00", v.CLEAR_INVOICE, "k", 40),
    ]
    log = web({**invoices, "k": (v.INVOICE, {"amount": 40})}, steps + earlier)
    # The thirty days begin on 2 March: 100 x 30 / 200, and not / 240
    assert measure(log, MARCH)["dso_conventional_days"] == 15


def collected(*steps, end="04-30 12:00"):
    """Return the KPIs of invoices a to d of 1 March, 100 each, of which a was paid on the 11th."""
    names = "abcd"
    log = web(
        {n: (v.INVOICE, {"amount": 100, "due_date": moment("03-31 00:00")}) for n in names},
        [
            *(("03-01 12:00", v.CREATE_INVOICE, n, 100) for n in names),
            ("03-11 12:00", v.RECEIVE_PAYMENT, "a", 100),
            ("03-11 12:00", v.CLEAR_INVOICE, "a", 100),
            *steps,
            (end, v.CALL_CUSTOMER, "a"),
        ],
    )
    return measure(log, MARCH)


def test_open_invoices_count_as_longer_than_so_far():
    """Of four one is paid after 10 days and one after 20: the median is 20 and not 15."""
    paid = (
        ("03-21 12:00", v.RECEIVE_PAYMENT, "b", 100),
        ("03-21 12:00", v.CLEAR_INVOICE, "b", 100),
    )
    found = collected(*paid)
    assert found["invoice_to_cash_mean_days"] == 15
    assert found["invoice_to_cash_median_days"] == 20
    assert math.isnan(found["invoice_to_cash_p90_days"])
    assert found["invoice_to_payment_median_days"] == 20


def test_cancelled_credited_and_written_off_invoices_are_left_out():
    """They will never be paid: the one that was is all there is."""
    found = collected(
        ("03-05 12:00", v.CANCEL_INVOICE, "b", 100),
        ("03-05 12:00", v.CREATE_CREDIT_MEMO, "c", 100),
        ("03-05 12:00", v.WRITE_OFF_INVOICE, "d", 100),
    )
    assert found["invoice_to_cash_median_days"] == 10
    assert found["invoice_to_cash_p90_days"] == 10


def test_money_not_yet_applied_has_been_received():
    """Invoice b: money after 4 days, not applied; c: money that went back. Two of four after 10."""
    found = collected(
        ("03-05 12:00", v.RECEIVE_PAYMENT, "b", 100),
        ("03-05 12:00", v.RECEIVE_PAYMENT, "c", 100),
        ("03-06 12:00", v.RETURN_PAYMENT, "c", 100),
    )
    assert found["invoice_to_payment_median_days"] == 10
    assert math.isnan(found["invoice_to_cash_median_days"])


def test_open_orders_and_deliveries_count_and_cancelled_ones_do_not():
    """Order A is confirmed, shipped and billed in a day; B waits, C is cancelled after shipping."""
    names = {n: (v.ORDER, {}) for n in "ABC"} | {f"D{n}": (v.DELIVERY, {}) for n in "ABC"}
    steps = [
        *(("03-03 08:00", v.RECEIVE_ORDER, n) for n in "ABC"),
        ("03-03 10:00", v.CONFIRM_ORDER, "A"),
        ("03-04 08:00", v.POST_GOODS_ISSUE, "A DA"),
        ("03-04 20:00", v.CREATE_INVOICE, "A DA"),
        ("03-04 08:00", v.POST_GOODS_ISSUE, "C DC"),
        ("03-05 08:00", v.CANCEL_ORDER, "C"),
        ("03-12 08:00", v.CALL_CUSTOMER, "A"),
    ]
    found = measure(web(names, steps), MARCH)
    assert found["order_processing_median_hours"] == 2
    assert math.isnan(found["order_processing_p90_hours"])
    # A and C after one day; B is open for nine
    assert found["order_cycle_median_days"] == 1
    assert math.isnan(found["order_cycle_p90_days"])
    assert found["billing_lag_p90_days"] == 0.5
    shipped = [*steps, ("03-12 08:00", v.POST_GOODS_ISSUE, "B DB")]
    late = [*shipped, ("03-20 08:00", v.CALL_CUSTOMER, "A")]
    assert math.isnan(measure(web(names, late), MARCH)["billing_lag_p90_days"])
    assert measure(web(names, late), MARCH)["billing_lag_median_days"] == 0.5


def test_without_open_cases_nothing_has_changed():
    """The web of documents has every goods issue billed: the sample quantiles stand."""
    found = measure(web(OBJECTS, STEPS), MARCH)
    assert found["billing_lag_median_days"] == 0.75


def test_what_a_log_lacks_is_named():
    """Activity, object type, attribute; where all are there, the cases."""
    log = more_log()
    found = measure(log, MARCH)
    lacking = unsupported(log, found)
    assert not {key for key in lacking if not math.isnan(found.get(key, math.nan))}
    assert {key for key in DEFINITIONS if key not in lacking} == {
        key for key, value in found.items() if not math.isnan(value)
    }
    assert lacking["order_to_delivery_mean_days"] == f"activity {v.CONFIRM_DELIVERY!r}"
    assert lacking["line_fill_share"] == "object type 'order_line'"
    assert lacking["cost_per_order"] == "attribute 'cost' of events"
    assert lacking["cost_per_payment"] == "attribute 'cost' of events"
    assert lacking["otif_requested_share"] == (
        "object type 'order_line'; attribute 'requested_date' of orders"
    )
    assert lacking["dispute_resolution_p90_days"] == TOO_MANY_OPEN
    assert lacking["cash_conversion_cycle_days"] == "inventory and payables"
    assert BEYOND.keys() <= lacking.keys()
    may = Period(dt.date(2025, 5, 1), dt.date(2025, 6, 1))
    assert unsupported(log, measure(log, may))["late_share"] == NO_CASE


def test_a_promise_without_its_date_cannot_be_checked():
    """The attribute of the event is what is missing."""
    log = more_log()
    silent = dataclasses.replace(log, events=log.events.drop("promised_date"))
    lacking = unsupported(silent, measure(silent, MARCH))
    assert lacking["promise_met_share"] == "attribute 'promised_date' of events"


def test_every_quantile_of_a_duration_is_censored_and_told_so():
    """Median and ninth decile say Kaplan-Meier, whatever they are of; nothing else does."""
    for key, definition in DEFINITIONS.items():
        told = definition.censoring == KAPLAN_MEIER
        assert told == ("_median_" in key or "_p90_" in key), key
        assert all(traps_of(definition)), key
    assert any("sales surge" in text for text in traps_of(DEFINITIONS["dso_simple_days"]))
