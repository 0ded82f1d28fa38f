"""KPIs of invoices and cost where an easy definition would mislead; each number by hand."""

import datetime as dt
import math

import pytest
from hand_log import moment, web
from ideal import ideal

from mining.kpis import Period, invoice_spans, measure, order_facts
from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v

MARCH = Period(dt.date(2025, 3, 1), dt.date(2025, 4, 1))
INVOICE = {"amount": 100, "due_date": moment("03-23 00:00")}


def log_of(steps, **objects):
    """Return a log of the orders A, B, C, the invoices i, j, k and what else is given."""
    every = {name: (v.ORDER, {}) for name in "ABC"} | {name: (v.INVOICE, INVOICE) for name in "ijk"}
    used = {name for step in steps for name in step[2].split()}
    return web({n: about for n, about in (every | objects).items() if n in used}, steps)


def test_a_rest_that_is_credited_ends_the_collection_of_what_was_paid():
    """Invoice i: 60 paid after 10 days, 40 credited after 20; j: paid after 10. Mean 15.

    Invoice k is credited in full: it brings no cash and has no collection cycle.
    """
    log = log_of(
        [
            *(("03-01 12:00", v.RECEIVE_ORDER, order) for order in "ABC"),
            ("03-03 12:00", v.CREATE_INVOICE, "A i", 100),
            ("03-03 12:00", v.CREATE_INVOICE, "B j", 100),
            ("03-03 12:00", v.CREATE_INVOICE, "C k", 100),
            ("03-05 12:00", v.CREATE_CREDIT_MEMO, "C k", 100),
            ("03-13 12:00", v.APPLY_PAYMENT, "A i", 60),
            ("03-13 12:00", v.CLEAR_INVOICE, "B j", 100),
            ("03-23 12:00", v.CREATE_CREDIT_MEMO, "A i", 40),
        ]
    )
    found = measure(log, MARCH)
    assert found["invoice_to_cash_mean_days"] == 15
    assert found["order_to_cash_mean_days"] == 17
    assert found["late_share"] == 0
    assert found["open_share"] == 0
    spans = invoice_spans(log, MARCH)
    assert spans["to_cash_days"].sort().to_list() == [10, 20]
    assert order_facts(log)["cleared"].null_count() == 1


def test_a_rest_that_is_credited_in_part_is_still_open():
    """60 paid and 30 credited of 100: neither invoice nor order has come to its end."""
    log = log_of(
        [
            ("03-01 12:00", v.RECEIVE_ORDER, "A"),
            ("03-03 12:00", v.CREATE_INVOICE, "A i", 100),
            ("03-13 12:00", v.APPLY_PAYMENT, "A i", 60),
            ("03-23 12:00", v.CREATE_CREDIT_MEMO, "A i", 30),
            ("03-03 12:00", v.CREATE_INVOICE, "B j", 100),
            ("03-04 12:00", v.CLEAR_INVOICE, "B j", 100),
        ]
    )
    found = measure(log, MARCH)
    assert found["invoice_to_cash_mean_days"] == 1
    assert math.isnan(found["order_to_cash_mean_days"])
    assert found["open_share"] == 1


def test_a_memo_after_the_end_does_not_move_it():
    """Cleared after 10 days; what is credited later goes to the customer's account."""
    log = log_of(
        [
            ("03-03 12:00", v.CREATE_INVOICE, "A i", 100),
            ("03-13 12:00", v.CLEAR_INVOICE, "A i", 100),
            ("03-23 12:00", v.CREATE_CREDIT_MEMO, "A i", 30),
        ]
    )
    assert measure(log, MARCH)["invoice_to_cash_mean_days"] == 10


RETURNED = (
    ("03-05 12:00", v.AUTHORISE_RETURN, "A D R"),
    ("03-08 12:00", v.RECEIVE_RETURN, "A D R"),
)
DOCUMENTS = {
    "D": (v.DELIVERY, {}),
    "E": (v.DELIVERY, {}),
    "R": (v.RETURN, {}),
    "M": (v.CREDIT_MEMO, {}),
    "N": (v.CREDIT_MEMO, {}),
}


def test_goods_that_come_back_do_not_make_the_invoice_wrong():
    """Invoice i is credited for a return, j for no such reason; k is right: two of three."""
    log = log_of(
        [
            ("03-03 12:00", v.CREATE_INVOICE, "A D i", 100),
            ("03-03 12:00", v.CREATE_INVOICE, "B E j", 100),
            ("03-03 12:00", v.CREATE_INVOICE, "C k", 100),
            *RETURNED,
            ("03-09 12:00", v.CREATE_CREDIT_MEMO, "A i M", 20),
            ("03-09 12:00", v.CREATE_CREDIT_MEMO, "B j N", 20),
        ],
        **DOCUMENTS,
    )
    assert measure(log, MARCH)["invoice_accuracy_share"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([("03-04 12:00", v.CREATE_CREDIT_MEMO, "A i M", 20), *RETURNED], "before the return"),
        (
            [
                *RETURNED,
                ("03-09 12:00", v.CREATE_CREDIT_MEMO, "A i M", 20),
                ("03-10 12:00", v.OPEN_DISPUTE, "A i"),
            ],
            "disputed besides",
        ),
    ],
)
def test_a_return_excuses_only_its_own_credit_memo(steps, why):
    """What was credited before it, or is disputed, is wrong all the same."""
    log = log_of([("03-03 12:00", v.CREATE_INVOICE, "A D i", 100), *steps], **DOCUMENTS)
    assert measure(log, MARCH)["invoice_accuracy_share"] == 0, why


def test_without_deliveries_the_order_tells_of_the_return():
    """A log of orders and invoices only."""
    log = log_of(
        [
            ("03-03 12:00", v.CREATE_INVOICE, "A i", 100),
            ("03-05 12:00", v.AUTHORISE_RETURN, "A"),
            ("03-09 12:00", v.CREATE_CREDIT_MEMO, "A i", 20),
        ]
    )
    assert measure(log, MARCH)["invoice_accuracy_share"] == 1


def test_a_company_whose_only_trouble_is_returns_bills_accurately(distributor):
    """A third of the deliveries come back; orders with a return are no perfect ones."""
    run = simulate(ideal(distributor, {"returns.share": 0.3}), window=Window(0, 120, 0))
    period = Period(dt.date(2025, 1, 6), dt.date(2025, 3, 6))
    found = measure(run.log, period)
    assert found["credited_share"] > 0.02
    assert found["invoice_accuracy_share"] == 1
    assert found["perfect_order_share"] < 0.8
    # Papers are right and all is complete and on time: the product is the joint share.
    assert found["perfect_order_product"] == pytest.approx(found["perfect_order_share"])


def test_cost_to_serve_is_set_against_net_sales():
    """300 invoiced, 100 of it cancelled, 20 credited: 9 of 180."""
    log = log_of(
        [
            ("03-03 12:00", v.CREATE_INVOICE, "A i", 100, 3),
            ("03-03 12:00", v.CREATE_INVOICE, "B j", 100, 3),
            ("03-04 12:00", v.CANCEL_INVOICE, "B j", 100),
            ("03-05 12:00", v.CREATE_INVOICE, "B k", 100, 3),
            ("03-09 12:00", v.CREATE_CREDIT_MEMO, "A i", 20),
        ]
    )
    assert measure(log, MARCH)["cost_to_serve_share"] == pytest.approx(9 / 180)


def test_reversing_more_than_was_billed_leaves_no_share():
    """Nothing was sold on balance: a share of it would be a number about nothing."""
    log = log_of(
        [
            ("02-03 12:00", v.CREATE_INVOICE, "A i", 100, 3),
            ("03-03 12:00", v.CREATE_INVOICE, "B j", 50, 3),
            ("03-04 12:00", v.CANCEL_INVOICE, "A i", 100, 1),
        ]
    )
    assert math.isnan(measure(log, MARCH)["cost_to_serve_share"])
