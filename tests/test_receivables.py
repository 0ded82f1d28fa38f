"""Invoices, daily balances and days sales outstanding, by hand."""

import datetime as dt
import math

import numpy as np
import pytest
from hand_log import build
from hypothesis import given
from hypothesis import strategies as st

from mining.receivables import (
    best_possible_dso,
    daily_flows,
    dso_countback,
    dso_simple,
    invoices,
)
from o2c_sim import LogError
from o2c_sim import vocabulary as v


def test_simple_dso_by_hand():
    """Receivables of 150 and sales of 300 in 30 days are 15 days; no sales are no answer."""
    assert dso_simple(150, 300, 30) == 15
    assert math.isnan(dso_simple(150, 0, 30))
    assert best_possible_dso(50, 300, 30) == 5


@pytest.mark.parametrize(
    ("receivables", "sales", "days", "why"),
    [
        (100, [50, 100], 1.0, "exactly the last day"),
        (150, [50, 100], 2.0, "exactly both"),
        (125, [50, 100], 1.5, "and half of the day before"),
        (100, [80, 0, 0, 60], 3.5, "days without sales count: 60, 0, 0 and half of 80"),
        (0, [50, 100], 0.0, "nothing is open"),
        (30, [0, 60, 0, 0], 2.5, "two empty days, then half of 60"),
    ],
)
def test_countback_by_hand(receivables, sales, days, why):
    """Sales are taken off the receivables from the last day backwards."""
    assert dso_countback(receivables, np.array(sales, dtype=float)) == days, why


@pytest.mark.parametrize("sales", [[50, 100], [0, 0], []])
def test_countback_is_nan_when_the_sales_do_not_exhaust_the_receivables(sales):
    """151 of 150: the true answer lies before the data, and is not the length of the data."""
    assert math.isnan(dso_countback(151, np.array(sales, dtype=float)))


@given(daily=st.floats(1, 1e4), share=st.floats(0.01, 1), days=st.integers(5, 90))
def test_with_level_sales_both_dso_agree(daily, share, days):
    """Selling the same each day, simple and countback are the same number."""
    receivables = share * daily * (days - 1)
    counted = dso_countback(receivables, np.full(days, daily))
    assert counted == pytest.approx(dso_simple(receivables, daily * days, days), rel=1e-6)


def test_countback_does_not_fall_because_sales_rise():
    """The same 100 open since ten days; sales double in the last five days.

    Simple: 100 * 10 / (5*10 + 5*20) = 6.67 instead of 10. Countback: 5 days of 20 = 5 days.
    """
    sales = np.array([10.0] * 5 + [20.0] * 5)
    assert dso_simple(100, sales.sum(), 10) == pytest.approx(20 / 3)
    assert dso_countback(100, sales) == 5


def two_invoices():
    """One paid on 6 March, matched on the 8th, one written off on the 10th."""
    return build(
        [
            {"amount": 100.10, "due": "03-05", "steps": [
                (v.CREATE_INVOICE, "03-02 18:00", "system"),
                (v.RECEIVE_PAYMENT, "03-06 07:00", None),
                (v.CLEAR_INVOICE, "03-08 09:00", "person"),
            ]},
            {"amount": 0.20, "due": "03-05", "steps": [
                (v.CREATE_INVOICE, "03-03 18:00", "system"),
                (v.WRITE_OFF_INVOICE, "03-10 05:00", "system"),
            ]},
        ]
    )  # fmt: skip


def test_daily_flows_by_hand():
    """Balance by day from 3 March; the invoice of the day before counts in the balance.

    Money received and not applied is still receivable: 100.10 until the 8th.
    """
    flows = daily_flows(two_invoices(), dt.date(2025, 3, 3), dt.date(2025, 3, 11))
    for column, expected in {
        "receivables": [100.30] * 5 + [0.20] * 2 + [0] * 2,
        "sales": [0.20] + [0] * 8,
        "receipts": [0] * 3 + [100.10] + [0] * 5,
        "receipts_to_date": [0] * 3 + [100.10] * 6,
        "written_off": [0] * 7 + [0.20] + [0],
    }.items():
        assert flows[column].to_list() == pytest.approx(expected, rel=1e-12), column


def test_days_before_the_log_are_days_of_nothing():
    """A window that begins before the first invoice has zero balances there."""
    flows = daily_flows(two_invoices(), dt.date(2025, 2, 27), dt.date(2025, 3, 2))
    assert flows["receivables"].to_list() == pytest.approx([0, 0, 0, 100.10])


def test_invoices_with_their_moments():
    """Issued, cleared, written off, due; null where it has not happened."""
    rows = invoices(two_invoices())
    assert rows["amount"].to_list() == [100.10, 0.20]
    assert rows["due"].to_list() == [dt.date(2025, 3, 5)] * 2
    assert rows["cleared"].to_list() == [dt.datetime(2025, 3, 8, 9), None]
    assert rows["written_off"].to_list() == [None, dt.datetime(2025, 3, 10, 5)]


def test_a_log_without_invoices_is_refused():
    """The error names the object types there are."""
    with pytest.raises(LogError, match="invoice"):
        invoices(build([{"steps": [(v.RECEIVE_ORDER, "03-03 10:00", None)]}]))
