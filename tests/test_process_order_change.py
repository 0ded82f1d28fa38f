"""Changes, rejected lines and cancellations after confirmation: value, credit and stock follow."""

from collections import Counter

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ideal import ideal
from one_order import DAY, HOUR, company_of, happened, place, recorded
from run_checks import activity_name, everything, varied

from o2c_sim import ModelError, Window, override, simulate
from o2c_sim import vocabulary as v
from o2c_sim.engine import Clock, Streams
from o2c_sim.process.cycle import found, receive_orders
from o2c_sim.process.order_change import change_policy, changed

WEEK = {"changes.touch_minutes": 30, "fulfilment.confirmed_lead_days": 7}
ALWAYS = {
    "changes.share": 1,
    "changes.price_share": 0,
    "changes.quantity_factor": 1.5,
    "changes.request_days": 1,
}


def changes_of(company):
    """Return (activity, line or order, amount, day, hour) of all that was changed."""
    kinds = (v.CHANGE_ORDER, v.REJECT_ORDER_LINE, v.CANCEL_ORDER)
    return [
        (name, number, amount, int(end // DAY), round(end % DAY / HOUR, 2))
        for name, number, _, end, _, amount in recorded(company)
        if name in kinds
    ]


@pytest.mark.parametrize(
    ("quantity", "factor", "expected"),
    [(10, 1.5, (15, 1_500)), (10, 1.0, (11, 1_100)), (10, 0.97, (9, 900)), (1, 0.1, (2, 2_000))],
)
def test_a_quantity_changes_by_one_unit_at_least(distributor, quantity, factor, expected):
    """The price of a unit stays."""
    company = company_of(ideal(distributor, {**ALWAYS, "changes.quantity_factor": factor}))
    order = place(company, 1_000, quantity=quantity)
    assert changed(company.changes, order, 0) == expected


def test_a_price_changes_and_the_quantity_stays(distributor):
    """Ten per cent off 10.05 is 9.04 or 9.05; here the nearest even cent below."""
    model = ideal(distributor, {"changes.price_share": 1, "changes.price_factor": 0.9})
    company = company_of(model)
    assert changed(company.changes, place(company, 1_005), 0) == (10, 904)


def test_a_change_is_worked_on_and_the_new_value_is_billed(distributor):
    """Ordered on Monday at 09:00, changed a day later in half an hour of work, billed as changed.

    15 units instead of 10 of a line of 20.00 make 30.00.
    """
    company = company_of(ideal(distributor, {**WEEK, **ALWAYS}))
    order = place(company, 2_000)
    company.env.run(until=DAY + 10 * HOUR)
    assert changes_of(company) == [(v.CHANGE_ORDER, 0, 1_000, 1, 9.5)]
    assert order.value_minor == order.customer.exposure_minor == 3_000
    assert order.quantities == [15]
    company.env.run(until=12 * DAY)
    assert list(company.documents.invoice_amount_minor) == [3_000]
    assert list(company.documents.changed_order_value_minor) == [3_000]
    assert list(company.documents.changed_line_quantity) == [15]


def test_what_leaves_first_is_not_changed(distributor):
    """The customer asks after the delivery is made: nothing happens."""
    company = company_of(ideal(distributor, {**ALWAYS, "changes.request_days": 5}))
    place(company, 2_000)
    company.env.run(until=20 * DAY)
    assert changes_of(company) == []


def test_a_slow_desk_comes_too_late(distributor):
    """The request is in time, but the desk is busy until the goods have been delivered."""
    model = ideal(
        distributor, {**ALWAYS, "staff.order_desk.headcount": 1, "changes.request_days": 0.1}
    )
    company = company_of(model)
    company.order_desk.work(24 * HOUR)
    place(company, 2_000)
    company.env.run(until=20 * DAY)
    assert changes_of(company) == []


GROWTH = {
    **WEEK,
    **ALWAYS,
    "credit.denial_share": 0,
    "credit.auto_release_share": 0,
    "credit.review_wait_days": 10,
    "credit.review_touch_minutes": 60,
}


def test_growth_beyond_the_limit_holds_the_delivery(distributor):
    """From 20.00 to 30.00 with a limit of 25.00: held for ten days, delivered after that.

    Wanted after a week, on Monday; released on Friday of the second week at 10:30 after an hour's
    review, so delivered in the run of Monday after that.
    """
    company = company_of(ideal(distributor, GROWTH))
    company.customers[0].limit_minor = 2_500
    place(company, 2_000)
    company.env.run(until=20 * DAY)
    assert happened(company)[4:9] == [
        (v.CHANGE_ORDER, 1, 9.5),
        (v.CHECK_CREDIT, 1, 9.5),
        (v.SET_CREDIT_BLOCK, 1, 9.5),
        (v.RELEASE_CREDIT_BLOCK, 11, 10.5),
        (v.CREATE_DELIVERY, 14, 3.0),
    ]


def test_growth_that_credit_denies_is_taken_back(distributor):
    """The order goes on as it was before: 10.00 more and 10.00 less, and 20.00 billed."""
    model = ideal(distributor, {**GROWTH, "credit.denial_share": 1, "credit.review_wait_days": 0})
    company = company_of(model)
    company.customers[0].limit_minor = 2_500
    order = place(company, 2_000)
    company.env.run(until=12 * DAY)
    assert changes_of(company) == [
        (v.CHANGE_ORDER, 0, 1_000, 1, 9.5),
        (v.CHANGE_ORDER, 0, -1_000, 1, 10.5),
    ]
    assert order.quantities == [10]
    assert list(company.documents.invoice_amount_minor) == [2_000]
    # Without a release the goods of a denied order would seem to leave.
    block = (v.SET_CREDIT_BLOCK, v.DENY_CREDIT, v.RELEASE_CREDIT_BLOCK)
    assert [name for name, *_ in happened(company) if name in block] == list(block)


def test_less_needs_no_new_check(distributor):
    """An order that shrinks is not checked again."""
    company = company_of(ideal(distributor, {**GROWTH, "changes.quantity_factor": 0.5}))
    company.customers[0].limit_minor = 2_000
    place(company, 2_000)
    company.env.run(until=3 * DAY)
    assert Counter(name for name, *_ in happened(company))[v.CHECK_CREDIT] == 1


REJECTED = {**WEEK, "changes.rejection_share": 1, "changes.rejection_days": 1}
CANCELLED = {**WEEK, "changes.cancellation_share": 1, "changes.cancellation_days": 1}


def test_a_rejected_line_is_neither_delivered_nor_billed(distributor):
    """One of two lines goes on Tuesday at 09:30; the other is billed."""
    company = company_of(ideal(distributor, REJECTED))
    order = place(company, 2_000, 500)
    company.env.run(until=12 * DAY)
    [(activity, line, amount, *moment)] = changes_of(company)
    assert (activity, moment) == (v.REJECT_ORDER_LINE, [1, 9.5])
    assert amount == (2_000, 500)[line]
    assert order.value_minor == order.customer.exposure_minor == 2_500 - amount
    assert list(company.documents.invoice_amount_minor) == [2_500 - amount]


def test_an_order_ends_with_its_last_line(distributor):
    """A rejected single line cancels the order, with nothing left to cancel."""
    company = company_of(ideal(distributor, REJECTED))
    order = place(company, 2_000)
    company.env.run(until=12 * DAY)
    assert changes_of(company) == [
        (v.REJECT_ORDER_LINE, 0, 2_000, 1, 9.5),
        (v.CANCEL_ORDER, 0, 0, 1, 9.5),
    ]
    assert order.customer.exposure_minor == 0
    assert len(company.documents.delivery_end) == 0


def test_a_cancelled_order_leaves_nothing(distributor):
    """Both lines go at once, and with them what counts against the limit."""
    company = company_of(ideal(distributor, CANCELLED))
    order = place(company, 2_000, 500)
    company.env.run(until=12 * DAY)
    assert changes_of(company) == [(v.CANCEL_ORDER, 0, 2_500, 1, 9.5)]
    assert order.customer.exposure_minor == order.value_minor == 0
    assert len(company.documents.delivery_end) == 0


def test_who_cancels_what_is_paid_in_advance_is_refunded(distributor):
    """The money is in before the customer cancels; all of it goes back."""
    model = ideal(
        distributor,
        {
            **CANCELLED,
            "changes.cancellation_days": 4,
            "customers.prepayment_share": 1,
            "customers.prepayment_days": 1,
            "cash_application.refund_days": 1,
        },
    )
    company = company_of(model)
    place(company, 2_000)
    company.env.run(until=15 * DAY)
    refunds = [row[5] for row in recorded(company) if row[0] == v.REFUND_CUSTOMER]
    assert refunds == [2_000]
    assert company.ledger.balances()["unapplied_cash"] == 0


def test_a_held_order_is_cancelled_as_soon_as_it_is_free(distributor):
    """Asked for on the second day, while credit holds it for ten: granted on its release."""
    model = ideal(
        distributor,
        {
            **CANCELLED,
            "credit.denial_share": 0,
            "credit.auto_release_share": 0,
            "credit.review_wait_days": 10,
            "credit.review_touch_minutes": 60,
        },
    )
    company = company_of(model)
    company.customers[0].limit_minor = 0
    place(company, 2_000)
    company.env.run(until=20 * DAY)
    assert changes_of(company) == [(v.CANCEL_ORDER, 0, 2_000, 10, 10.6)]


@given(
    seed=st.integers(0, 1_000),
    shares=st.tuples(*[st.sampled_from([0.0, 0.3, 1.0])] * 5),
    days=st.sampled_from([0.2, 2, 6]),
)
@settings(max_examples=20)
def test_exposure_and_stock_come_back_to_nothing(distributor, seed, shares, days):
    """Long after the last order nobody owes anything, and no unit is kept for anybody.

    Whatever was changed, rejected, cancelled, withheld, denied, delivered in parts or lost.
    """
    change, rejection, cancellation, partial, errors = shares
    model = override(
        distributor,
        {
            "changes.share": change,
            "changes.request_days": days,
            "changes.rejection_share": rejection,
            "changes.rejection_days": days,
            "changes.cancellation_share": cancellation / 3,
            "credit.partial_release_share": partial,
            "credit.recheck_after_days": 5,
            "capture.manual_error_share": errors,
            "customers.credit_limit_days": 60,
            "inventory.safety_stock_days": 3,
            "write_off.after_days": 60,
            "demand.orders_per_week": 60,
            "customers.count": 30,
        },
        "test",
    )
    company = found(model, seed, 0)
    company.start(receive_orders(company, 15))
    company.env.run(until=company.clock.midnight(700))
    assert {customer.exposure_minor for customer in company.customers} == {0}
    assert company.stock.on_hand == company.stock.available
    assert not company.ledger.balances()["accounts_receivable"]


BUSY = {
    "changes.share": 0.3,
    "changes.rejection_share": 0.3,
    "changes.cancellation_share": 0.1,
}


def test_the_log_tells_what_every_order_is_worth(distributor):
    """Value ordered, changed, rejected and cancelled is the value billed, to the cent.

    And the changes of the order's and the lines' value say so too.
    """
    model = ideal(distributor, {**WEEK, **ALWAYS, **BUSY})
    run = simulate(model, window=Window(0, 60, 60))
    assert everything(run, model) == []
    cents = (pl.col("amount") * 100).round()
    signs = {
        v.RECEIVE_ORDER: 1,
        v.CHANGE_ORDER: 1,
        v.REJECT_ORDER_LINE: -1,
        v.CANCEL_ORDER: -1,
        v.CREATE_INVOICE: -1,
    }
    rows = run.log.flatten(v.ORDER).filter(activity_name.is_in(list(signs)))
    sign = activity_name.replace_strict(signs, return_dtype=pl.Int64)
    orders = rows.group_by("case").agg(
        (sign * cents.fill_null(0)).sum().alias("left"),
        activity_name.is_in([v.CREATE_INVOICE, v.CANCEL_ORDER]).any().alias("ended"),
        (sign * cents.fill_null(0)).filter(activity_name != v.CREATE_INVOICE).sum().alias("worth"),
        (activity_name == v.CHANGE_ORDER).any().alias("changed"),
    )
    ended = orders.filter("ended")
    assert ended.height > 300
    assert ended["changed"].sum() > 50
    assert (ended["left"] == 0).all()
    last = (
        run.log.object_changes.filter(pl.col("attribute") == "value")
        .group_by("object", maintain_order=True)
        .agg((pl.col("value").last().cast(pl.Float64) * 100).round().alias("told"))
    )
    told = last.join(orders, left_on="object", right_on="case")
    assert told.height > 100
    assert (told["told"] == told["worth"]).all()


def test_changes_of_some_orders_leave_the_others_as_they_were(distributor):
    """With people enough, an order that nobody changes has the same dates to the microsecond."""
    before, after = (
        simulate(ideal(distributor, {**WEEK, **ALWAYS, **changes}), window=Window(0, 60, 60)).log
        for changes in ({"changes.share": 0}, BUSY)
    )
    rows = after.flatten(v.ORDER)
    touched = rows.filter(
        activity_name.is_in([v.CHANGE_ORDER, v.REJECT_ORDER_LINE, v.CANCEL_ORDER])
    )["case"].unique()
    columns = ["case", "activity", "start", "time"]
    plain = before.flatten(v.ORDER).select(columns)
    others = rows.filter(~pl.col("case").is_in(touched.implode())).select(columns)
    assert touched.len() > 100
    assert others.height > 1_000
    assert others.join(plain, on=columns, how="anti").height == 0


def test_a_higher_share_changes_the_same_orders_and_more(distributor):
    """A draw of the order's own decides, whatever else happens."""
    cancelled = [
        set(
            simulate(
                ideal(distributor, {**WEEK, "changes.cancellation_share": share}),
                window=Window(0, 60, 30),
            )
            .log.flatten(v.ORDER)
            .filter(activity_name == v.CANCEL_ORDER)["case"]
        )
        for share in (0.1, 0.2)
    ]
    assert cancelled[0] < cancelled[1]


def test_the_kinds_of_change_have_draws_of_their_own(distributor):
    """Which orders change and which are cancelled is independent: one in four does both."""
    policy = change_policy(distributor, Streams(1, 0))
    both = [policy.change(n) < 0.5 and policy.cancellation(n) < 0.5 for n in range(4_000)]
    assert sum(both) / 4_000 == pytest.approx(0.25, abs=0.03)


def test_a_company_whose_file_is_silent_on_changes_has_none(distributor):
    """Old files stay as they were."""
    tree = distributor.model_dump(by_alias=True)
    del tree["changes"]
    model = varied(type(distributor).model_validate(tree))
    run = simulate(model, window=Window(0, 30, 0))
    names = set(run.log.events["activity"].cast(pl.String))
    assert names.isdisjoint({v.CHANGE_ORDER})
    assert Clock(model.start_date, model.zone).day(0.0) == 0


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"changes.share": 1.1}, "share"),
        ({"changes.request_days": -1}, "request_days"),
        ({"changes.quantity_factor": -1}, "quantity_factor"),
        ({"changes.price_factor": 1e6}, "price_factor"),
        ({"changes.rejection_days": 1e9}, "rejection_days"),
        ({"changes.wishes": 1}, "wishes"),
    ],
)
def test_bad_values_are_refused(distributor, changes, part):
    """Each with its name."""
    with pytest.raises(ModelError, match=part):
        override(distributor, changes, "test")
