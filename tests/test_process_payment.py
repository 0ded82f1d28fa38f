"""When a customer pays and how much: terms, habit, payment run, method, parts."""

import datetime as dt

import polars as pl
import pytest
from by_invoice import days_after, settled, total
from hypothesis import given
from hypothesis import strategies as st
from ideal import ideal
from run_checks import activity_name

from o2c_sim import ModelError, override
from o2c_sim import vocabulary as v
from o2c_sim.engine import Clock
from o2c_sim.process.customers import ANY_DAY
from o2c_sim.process.cycle import found
from o2c_sim.process.invoice import Invoice
from o2c_sim.process.payment import last_pay_day, pay_at, pay_day
from o2c_sim.process.remittance import send

CLOCK = Clock(dt.date(2025, 1, 6), "UTC")  # day 0 is a Monday
FRIDAY = 4


@pytest.mark.parametrize(
    ("due", "late", "received", "run", "paid", "why"),
    [
        (30, 0, 0, ANY_DAY, 30, "a Wednesday: on the due day"),
        (33, 0, 0, ANY_DAY, 35, "a Saturday: on Monday"),
        (34, 0, 0, ANY_DAY, 35, "a Sunday: on Monday"),
        (30, 2, 0, ANY_DAY, 32, "two days late: on Friday"),
        (30, 2.5, 0, ANY_DAY, 32, "2.5 rounds to the even 2"),
        (30, -6, 0, ANY_DAY, 24, "six days early"),
        (30, -20, 25, ANY_DAY, 25, "meant to pay on day 10, had the invoice on day 25"),
        (0, 0, 5, ANY_DAY, 7, "due at once, received on Saturday: on Monday"),
        (30, 0, 0, FRIDAY, 32, "the run nearest to Wednesday 30 is Friday 32"),
        (28, 0, 0, FRIDAY, 25, "the run nearest to Monday 28 is the Friday before"),
        (29, 0, 0, FRIDAY, 32, "Tuesday is three days before Friday: nearest is ahead"),
        (28, 0, 28, FRIDAY, 32, "the run before came too early for the invoice"),
    ],
)
def test_pay_day(due, late, received, run, paid, why):
    """Day 0 is a Monday, so day 30 is a Wednesday."""
    assert pay_day(due, late, received, run, CLOCK) == paid, why


@given(
    due=st.integers(0, 100),
    late=st.floats(-40, 60),
    received=st.integers(0, 100),
    run=st.integers(-1, 4),
)
def test_nobody_pays_before_the_invoice_or_on_a_weekend(due, late, received, run):
    """Paid on a weekday (on that of the run), not before receipt, within half a week of intent."""
    day = pay_day(due, late, received, run, CLOCK)
    intended = max(due + round(late), received)
    assert day >= received
    assert day % 7 < 5
    if run == ANY_DAY:
        assert intended <= day <= intended + 2
    else:
        assert day % 7 == run
        assert abs(day - intended) <= 3 or (day - intended <= 6 and day - 7 < received)


@pytest.mark.parametrize(
    ("day", "run", "paid"),
    [(9, ANY_DAY, 9), (12, ANY_DAY, 11), (13, ANY_DAY, 11), (9, FRIDAY, 4), (11, FRIDAY, 11)],
)
def test_last_pay_day(day, run, paid):
    """Day 9 is a Wednesday; days 12 and 13 are a weekend."""
    assert last_pay_day(day, run, CLOCK) == paid


def test_terms_move_the_cash_by_as_many_days(distributor):
    """Terms of 28 days instead of 21 (the same weekdays): each invoice is paid 7 days later."""
    receipts = []
    for terms in (28, 21):
        _, events = settled(distributor, {"customers.payment_terms_days": terms})
        paid = events.filter(pl.col("name") == v.RECEIVE_PAYMENT).select("case", "time")
        receipts.append(paid)
    later = receipts[0].join(receipts[1], on="case", suffix="_sooner")
    assert later.height > 600
    assert set((later["time"] - later["time_sooner"]).dt.total_hours()) == {7 * 24}


@pytest.mark.parametrize(
    ("terms", "cleared"),
    [(30, {1: 31, 2: 31, 3: 33, 4: 33, 5: 32}), (20, {1: 22, 2: 21, 3: 21, 4: 21, 5: 21})],
)
def test_ten_days_less_of_terms_shorten_the_collection_cycle_by_ten_days(
    distributor, terms, cleared
):
    """Days from invoice to clearing by the weekday of the invoice, worked out by hand.

    Paid on the due day or the Monday after, on the statement of the next working day: an invoice
    of a Wednesday with 30 days is due on a Friday and cleared on Monday, after 33. On average
    over the weekdays, 30 and 20 days of terms are 10.8 days apart.
    """
    _, events = settled(distributor, {"customers.payment_terms_days": terms})
    rows = events.filter(pl.col("name") == v.CLEAR_INVOICE)
    found = rows.select(
        pl.col("issued").dt.weekday(),
        (pl.col("time").dt.date() - pl.col("issued")).dt.total_days().alias("days"),
    )
    assert dict(found.unique().iter_rows()) == cleared
    assert found.unique().height == 5


def test_a_card_is_charged_as_the_invoice_arrives(distributor):
    """Whatever the terms are; the company keeps the fee out of its bank account."""
    run, events = settled(
        distributor,
        {"customers.payment_method_shares": {"card": 1}, "customers.card_fee_share": 0.03}
        | {"customers.payment_float_days": {"card": 0}},
    )
    # Billed at 10:00, charged at once, on the statement of the next working day.
    assert set(days_after(events, v.CLEAR_INVOICE, "issued")) == {1, 3}
    assert set(events["due"] - events["issued"]) == {dt.timedelta(0)}
    fees = run.postings.filter(pl.col("kind").cast(pl.String) == "bank_fee")["amount_minor"].sum()
    assert fees == pytest.approx(0.03 * total(run, v.RECEIVE_PAYMENT), rel=1e-5)


QUIET = {"dunning.levels": [{"overdue_days": 900, "hazard_ratio": 1}]}
DEBIT = {
    "customers.payment_method_shares": {"direct_debit": 1},
    "customers.payment_float_days": {"direct_debit": 0},
    "customers.payment_terms_days": 28,
}


def test_a_direct_debit_is_drawn_on_the_due_date(distributor):
    """However late the customer would be: at noon of the due day, on the next statement."""
    _, events = settled(distributor, DEBIT | {"customers.lateness_effect_days": 30})
    assert set(days_after(events, v.RECEIVE_PAYMENT, "due")) == {1, 3}
    assert set(days_after(events, v.CLEAR_INVOICE, "due")) == {1, 3}


def test_a_returned_direct_debit_opens_its_invoice_again(distributor):
    """All debits come back two days later; ten days after that customers pay by themselves."""
    run, events = settled(
        distributor,
        DEBIT
        | {
            "customers.direct_debit_return_share": 1,
            "customers.direct_debit_return_days": 2,
            "customers.direct_debit_return_fee": 5,
            "customers.rest_days": 10,
            **QUIET,
        },
    )
    steps = (
        events.filter(pl.col("name").is_in([v.RECEIVE_PAYMENT, v.CLEAR_INVOICE]))
        .group_by("case")
        .agg(pl.col("name").len().alias("steps"), pl.col("time").max().dt.date(), pl.col("due"))
        .filter(pl.col("steps") == 4)
    )
    assert steps.height > 300
    # Booked one day after the due date (three over a weekend), back after 2, paid after 10 more,
    # on the statement of the same morning, or of the Monday after.
    late = (steps["time"] - steps["due"].list.first()).dt.total_days()
    assert 13 <= late.min() <= late.max() <= 17
    returned = run.log.events.filter(activity_name == v.RETURN_PAYMENT)
    assert returned.height >= steps.height
    fees = run.postings.filter(pl.col("kind").cast(pl.String) == "bank_fee")
    assert set(fees["amount_minor"]) == {500}
    assert fees.height == returned.height
    reopened = run.receivables["reopened_minor"].sum()
    assert reopened == total(run, v.RETURN_PAYMENT)


def test_an_invoice_is_paid_in_two_payments(distributor):
    """60 % on the due day, the rest two weeks after that is posted: n payments for one invoice."""
    _, events = settled(
        distributor,
        {
            "customers.partial_payment_share": 1,
            "customers.partial_payment_fraction": 0.6,
            "customers.rest_days": 14,
            **QUIET,
        },
    )
    done = events.filter(pl.col("name").is_in([v.APPLY_PAYMENT, v.CLEAR_INVOICE]))
    ends = done.group_by("case", maintain_order=True).agg(
        pl.col("name"), pl.col("cents"), pl.col("time"), pl.col("billed").first()
    )
    ends = ends.filter(pl.col("name").list.len() == 2)
    assert ends.height > 300
    for names, cents, times, billed in ends.drop("case").iter_rows():
        assert names == [v.APPLY_PAYMENT, v.CLEAR_INVOICE]
        assert cents == [round(0.6 * billed), billed - round(0.6 * billed)]
        # Sent 14 days later at 07:00: on the statement of that morning.
        assert (times[1] - times[0]).days == 14


def test_one_payment_settles_what_is_paid_on_a_day(distributor):
    """With a payment run on one weekday, invoices of a week are paid together."""
    changes = {"customers.count": 5, "customers.weekly_pay_run_share": 1}
    single, _ = settled(distributor, changes)
    bundled, _ = settled(distributor, changes | {"customers.bundling_share": 1})
    links = bundled.log.object_relations.filter(pl.col("qualifier").cast(pl.String) == "pays")
    per_payment = links.group_by("source").len()["len"]
    assert per_payment.max() > 5
    assert total(single, v.CLEAR_INVOICE) == total(bundled, v.CLEAR_INVOICE)
    payments = [
        r.log.events.filter(activity_name == v.RECEIVE_PAYMENT).height for r in (single, bundled)
    ]
    # Five customers, one run a week each: no more payments than that.
    assert payments[1] <= 5 * 13 < payments[0] / 5
    # Nobody pays sooner or later for it.
    assert single.receivables["closing_minor"].equals(bundled.receivables["closing_minor"])


def test_an_invoice_planned_twice_for_a_day_is_paid_once(distributor):
    """As when a reminder or a decision leaves the day as it was; one moved away is left out."""
    company = found(distributor, 1, 0)
    customer = company.customers[0]
    customer.bundles_payments = True
    first, second, moved = (Invoice(n, customer, (n, 0), 100, 30) for n in range(3))
    for invoice in (first, second, moved, second, first):
        pay_at(invoice, 50.0)
    pay_at(moved, 60.0)
    payment, _ = send(company, first)
    assert [item.invoice for item in payment.remittance] == [first, second]
    assert (first.in_transit, second.in_transit, moved.in_transit) == (True, True, False)


def test_prepaid_goods_leave_after_the_money_is_in(distributor):
    """Asked for as the order is confirmed; the invoice is settled as it is made."""
    run, events = settled(
        distributor, {"customers.prepayment_share": 1, "customers.prepayment_days": 5}
    )
    by_order = run.log.flatten(v.ORDER).with_columns(activity_name)
    steps = (v.CONFIRM_ORDER, v.REQUEST_PREPAYMENT, v.RECEIVE_PAYMENT, v.CREATE_DELIVERY)
    times = by_order.group_by("case").agg(
        *(pl.col("time").filter(pl.col("activity") == name).min().alias(name) for name in steps)
    )
    asked = times.drop_nulls()
    assert asked.height > 500
    assert (asked[v.CONFIRM_ORDER] == asked[v.REQUEST_PREPAYMENT]).all()
    wait = (asked[v.RECEIVE_PAYMENT] - asked[v.REQUEST_PREPAYMENT]).dt.total_days()
    assert wait.is_between(5, 8).all()
    assert (asked[v.RECEIVE_PAYMENT] < asked[v.CREATE_DELIVERY]).all()
    cleared = events.filter(pl.col("name") == v.CLEAR_INVOICE)
    assert set(days_after(cleared, v.CLEAR_INVOICE, "issued")) == {0}
    assert run.receivables["closing_minor"].max() == 0


ON_THE_DAY = {"customers.pays_on_due_date_share": 1, "customers.payment_terms_days": 28}


@pytest.mark.parametrize(
    ("terms", "method", "float_days", "early", "late"),
    [
        (28, "wire", 0, -12, {0}),
        (28, "ach", {"distribution": "uniform", "low": 1, "high": 2}, -12, {0}),
        (28, "ach", 1.5, 0, {0}),
        (28, "ach", 1.5, 7, {7}),
        (27, "wire", 0, -12, {0, -2}),
        (26, "wire", 0, -12, {0, -1, -2}),
    ],
)
def test_who_pays_on_the_due_date_is_neither_early_nor_late(
    distributor, terms, method, float_days, early, late
):
    """With 28 days an invoice is due on its own weekday; what is due on a weekend comes on Friday.

    Ordered ahead by the float that 99 of 100 payments keep to; an invoice that is cleared for
    payment a week after the due date is paid then.
    """
    _, events = settled(
        distributor,
        ON_THE_DAY
        | {
            "customers.payment_terms_days": terms,
            "customers.payment_method_shares": {method: 1},
            "customers.payment_float_days": {method: float_days},
            "customers.lateness_effect_days": early,
        },
    )
    days = days_after(events, v.RECEIVE_PAYMENT, "due")
    assert days.len() > 500
    # One in a hundred is a day late, or three over a weekend.
    assert set(days) - late <= {1, 3}
    assert days.is_in(sorted(late)).mean() > 0.98


def test_more_who_pay_on_the_due_date_moves_only_these(distributor):
    """Those of a smaller share are among those of a larger one; a weekly run goes before it."""
    chosen = []
    for share in (0.3, 0.6):
        changes = {"customers.pays_on_due_date_share": share, "customers.weekly_pay_run_share": 0.4}
        customers = found_customers(distributor, changes)
        chosen.append({c.number for c in customers if c.pays_on_due_date})
        assert all(c.pay_weekday == ANY_DAY for c in customers if c.pays_on_due_date)
    assert 0 < len(chosen[0]) < len(chosen[1])
    assert chosen[0] < chosen[1]


def found_customers(distributor, changes):
    """Return the customers of the ideal company with some changes."""
    return found(ideal(distributor, changes), 1, 0).customers


def test_a_lever_moves_only_marginal_invoices(distributor):
    """Invoices that are paid short at 5 % are so at 20 % too, and by as much."""
    short = []
    for share in (0.05, 0.2):
        _, events = settled(distributor, {"customers.short_payment_share": share})
        rows = events.filter(pl.col("name") == v.APPLY_PAYMENT)
        short.append(set(rows.select("case", "time", "cents").iter_rows()))
    assert 0 < len(short[0]) < len(short[1]) / 2
    assert short[0] <= short[1]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("customers.discount_rate", 1, "less than 1"),
        ("customers.short_payment_fraction", 1, "from 0 to below 1"),
        ("customers.rest_days", -1, "floor of 0"),
        ("customers.direct_debit_return_fee", 1e17, "1000000"),
        ("customers.volume_sigma", 1e6, "10"),
        ("customers.credit_limit_days", 1e300, "give it a cap"),
        ("customers.short_payment_share", 0.99, "together at most 1"),
        ("customers.insolvencies_per_year", -1, "greater than or equal to 0"),
        ("cash_application.poor_remittance_odds_ratio", 0, "greater than 0"),
        ("cash_application.unearned_discounts", "perhaps", "'allow' or 'claim'"),
    ],
)
def test_values_that_make_no_sense_are_refused(distributor, path, value, said):
    """With the parameter's name and what is allowed."""
    with pytest.raises(ModelError, match=said):
        override(distributor, {path: value, "customers.partial_payment_share": 0.02}, "test")
