"""Invoices, daily balances and days sales outstanding, by hand."""

import datetime as dt
import math

import numpy as np
import pytest
from hand_log import build, web
from hypothesis import given
from hypothesis import strategies as st

from mining.dso import (
    best_possible_dso,
    dso_countback,
    dso_simple,
)
from mining.receivables import daily_flows, invoices
from mining.receivables_kpis import _LOWERING, _risen
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


def returned_and_credited():
    """Payment 1 settles two invoices and comes back short of a credit that was kept with it.

    Invoice 1 (100) and 2 (50) are paid by payment 1 on 4 March. On the 6th 30 of invoice 1, which
    is paid, are credited: the customer's money, and no open item. On the 7th 20 are credited on
    invoice 3 (60, open), on the 8th 50 more, of which only 40 are open. On the 10th payment 1 is
    returned: both its invoices are open again.
    """
    objects = {
        **{f"I{n}": (v.INVOICE, {"amount": amount}) for n, amount in ((1, 100), (2, 50), (3, 60))},
        "P1": (v.PAYMENT, {"amount": 150}),
        **{f"M{n}": (v.CREDIT_MEMO, {}) for n in (1, 2, 3)},
    }
    steps = [
        ("03-02 18:00", v.CREATE_INVOICE, "I1", 100),
        ("03-02 18:00", v.CREATE_INVOICE, "I2", 50),
        ("03-02 18:00", v.CREATE_INVOICE, "I3", 60),
        ("03-04 07:00", v.RECEIVE_PAYMENT, "I1 I2 P1", 150),
        ("03-04 08:00", v.CLEAR_INVOICE, "I1 P1", 100),
        ("03-04 08:00", v.CLEAR_INVOICE, "I2 P1", 50),
        ("03-06 12:00", v.CREATE_CREDIT_MEMO, "I1 M1", 30),
        ("03-07 12:00", v.CREATE_CREDIT_MEMO, "I3 M2", 20),
        ("03-08 12:00", v.CREATE_CREDIT_MEMO, "I3 M3", 50),
        ("03-10 07:00", v.RETURN_PAYMENT, "I1 I2 P1", 150),
    ]
    return web(objects, steps)


def test_returned_payments_reopen_and_credit_on_paid_invoices_does_not_count():
    """Open and unapplied day by day; what the customer has as a credit is not receivable."""
    flows = daily_flows(returned_and_credited(), dt.date(2025, 3, 2), dt.date(2025, 3, 10))
    for column, expected in {
        "receivables": [210, 210, 60, 60, 60, 40, 0, 0, 150],
        "unapplied": [0] * 4 + [30, 30, 40, 40, 40],
        "credited": [0] * 4 + [30, 20, 50, 0, 0],
        "credited_on_items": [0] * 5 + [20, 40, 0, 0],
        "reopened": [0] * 8 + [150],
        "receipts_to_date": [0, 0] + [150] * 6 + [0],
    }.items():
        assert flows[column].to_list() == expected, column


def test_a_returned_payment_takes_its_invoices_clearing_back():
    """Cleared is what is still cleared; what was credited in full is not open."""
    rows = invoices(returned_and_credited())
    assert rows["cleared"].to_list() == [None] * 3
    assert rows["open"].to_list() == [100, 50, 0]
    assert rows["credit"].to_list() == [30, 0, 70]


def test_a_return_takes_the_oldest_applications_first():
    """A payment of 150 with a credit of 30 settled 180: its bank takes 150 and not the last 30."""
    objects = {
        **{f"I{n}": (v.INVOICE, {"amount": amount}) for n, amount in ((1, 100), (2, 50), (3, 30))},
        "P1": (v.PAYMENT, {"amount": 150}),
        "M1": (v.CREDIT_MEMO, {}),
    }
    steps = [
        *(("03-02 18:00", v.CREATE_INVOICE, f"I{n}", a) for n, a in ((1, 100), (2, 50), (3, 30))),
        ("03-04 07:00", v.RECEIVE_PAYMENT, "I1 I2 P1", 150),
        ("03-04 08:00", v.CLEAR_INVOICE, "I1 P1", 100),
        ("03-04 08:00", v.CLEAR_INVOICE, "I2 P1", 50),
        ("03-06 12:00", v.CREATE_CREDIT_MEMO, "I1 M1", 30),
        ("03-07 12:00", v.CLEAR_INVOICE, "I3 P1", 30),
        ("03-10 07:00", v.RETURN_PAYMENT, "I1 I2 I3 P1", 150),
    ]
    assert invoices(web(objects, steps))["open"].to_list() == [100, 50, 0]


def test_a_rise_of_receivables_is_the_same_bits_whatever_the_number_of_threads():
    """A day's amounts are added up in the order of their names, not in that of who is free."""
    for day in np.random.default_rng(7).lognormal(8, 3, (200, len(_LOWERING))):
        flows = {name: np.array([minus]) for name, minus in zip(_LOWERING, day, strict=True)}
        flows |= {"sales": np.zeros(1), "reopened": np.zeros(1)}
        lowered = 0.0
        for minus in day:
            lowered += minus
        assert _risen(flows) == -lowered
