"""Fulfilment: deliveries in parts and together, shortages, pick-ups, transport."""

import dataclasses

import polars as pl
import pytest
from by_hand import DAY, HOUR, HandMade
from ideal import WEEKDAYS
from run_checks import activity_name, everything

from o2c_sim import ModelError, Window, override, simulate
from o2c_sim import vocabulary as v
from o2c_sim.process import activity, allocation, transport
from o2c_sim.process.cycle import found
from o2c_sim.process.cycle import run as go_on


def test_what_is_there_goes_first_and_the_rest_follows(distributor):
    """Wanted on Tuesday; the missing line comes in 20 days, on Sunday: it leaves on Monday.

    Two deliveries, two invoices, nothing left on stock.
    """
    made = HandMade(distributor, [10, 5])
    made.place([0, 1, 0], [6, 6, 1])
    made.run(30)
    assert made.delivered() == [[0, 2], [1]]
    assert made.happened(activity.CREATE_DELIVERY) == [(0, 1, 3), (1, 21, 3)]
    assert made.happened(activity.POST_GOODS_ISSUE) == [(0, 1, 9.5), (1, 21, 9.5)]
    assert list(made.company.documents.invoice_amount_minor) == [700, 600]
    assert made.company.stock.on_hand == [3, 0]
    assert made.company.customers[0].exposure_minor == 1_300


def test_who_wants_it_complete_gets_it_once_and_later(distributor):
    """One delivery, when the last line is there."""
    made = HandMade(distributor, [10, 5], {"fulfilment.complete_delivery_share": 1})
    made.place([0, 1, 0], [6, 6, 1])
    made.run(40)
    assert made.delivered() == [[0, 1, 2]]
    assert made.happened(activity.CREATE_DELIVERY) == [(0, 21, 3)]


def test_one_delivery_for_all_orders_that_are_due(distributor):
    """Two orders of a customer due in the same run go together, a third one goes a day later.

    Another customer's order goes by itself. One invoice bills the delivery of both orders.
    """
    made = HandMade(distributor, [100], {"fulfilment.consolidation_share": 1})
    made.place([0, 0], [1, 2])
    made.place([0], [3], at=2 * HOUR)
    made.place([0], [4], customer=1, at=2 * HOUR)
    made.place([0], [5], at=4 * HOUR)
    made.run(5)
    assert made.delivered() == [[0, 1, 2], [3], [4]]
    assert [day for _, day, _ in made.happened(activity.CREATE_DELIVERY)] == [1, 1, 2]
    assert list(made.company.documents.invoice_amount_minor) == [600, 400, 500]
    assert made.company.stock.on_hand == [85]


def test_each_order_of_a_delivery_needs_credit_of_its_own(distributor):
    """Two orders of a customer, due in Friday's run; only the second was checked long ago.

    The customer is in arrears since Wednesday. The first one's check, of Thursday, still holds: it
    goes alone. The second one is held in Friday's run, and denied.
    """
    changes = {
        "fulfilment.consolidation_share": 1,
        "fulfilment.confirmed_lead_days": 4,
        "credit.recheck_after_days": 2,
        "credit.overdue_tolerance_days": 1,
        "credit.denial_share": 1,
        "credit.auto_release_share": 0,
    }
    for arrears, delivered in ((True, [[0]]), (False, [[0, 1]])):
        made = HandMade(distributor, [100], changes)
        fresh, stale = made.place([0], [1]), made.place([0], [2])
        fresh.credit_checked_at, stale.credit_checked_at = 3 * DAY, 0.0
        if arrears:
            fresh.customer.open_minor_by_due_day[-1] = 1
        made.run(8)
        assert made.delivered() == delivered
        checked = [n for n, _, _ in made.happened(activity.CHECK_CREDIT)]
        assert checked == [stale.number], "once, whether it passes or not"
        cancelled = [(n, day) for n, day, _ in made.happened(activity.CANCEL_ORDER)]
        assert cancelled == ([(stale.number, 4)] if arrears else [])


def test_a_blocked_order_waits(distributor):
    """Blocked twice on Monday, unblocked on Wednesday and Thursday noon: Friday's run."""
    made = HandMade(distributor, [100])
    order, company = made.place([0], [1]), made.company

    def block():
        yield 12 * HOUR
        order.block()
        order.block()
        yield 2 * DAY + 12 * HOUR
        order.unblock()
        yield 3 * DAY + 12 * HOUR
        order.unblock()

    company.start(block())
    made.run(10)
    assert made.happened(activity.CREATE_DELIVERY) == [(0, 4, 3)]


def test_rejected_lines_are_not_delivered(distributor):
    """One of two lines is rejected before the run, the only line of another order as well."""
    made = HandMade(distributor, [100, 0])
    order, other, waits = made.place([0, 0], [1, 2]), made.place([0], [4]), made.place([1], [4])

    def reject():
        yield 12 * HOUR
        allocation.release_lines(made.company, order, [1])
        allocation.release_lines(made.company, other, [0])
        allocation.release_lines(made.company, waits, [0])

    made.company.start(reject())
    made.run(40)
    assert made.delivered() == [[0]]
    assert not any(o.supplied for o in (order, other, waits))
    assert made.company.stock.on_hand[0] == made.company.stock.available[0] == 99


def test_what_is_packed_too_late_leaves_with_the_next_pick_up(distributor):
    """Packed on Tuesday 9:30: fetched at 9:30 sharp or, if the carrier came at 9:00, a day on.

    It is two days on the way; customers take goods at 8:00 and 12:00 from Monday to Friday: left
    on Tuesday, there on Thursday noon; left on Thursday 9:30, there on Monday at 8:00.
    """
    transit = {
        "fulfilment.carrier_days": 2,
        "fulfilment.carrier_round": {"days": WEEKDAYS, "times": ["08:00", "12:00"]},
    }
    for pickup, leaves in (("09:30", (1, 9.5)), ("09:00", (2, 9))):
        run = {"fulfilment.pickup_run": {"days": WEEKDAYS, "times": [pickup]}}
        made = HandMade(distributor, [100], {**transit, **run})
        made.place([0], [1])
        made.place([0], [1], at=2 * DAY)
        made.run(15)
        assert made.happened(activity.PICK_AND_PACK)[0] == (0, 1, 9.5)
        assert made.happened(activity.POST_GOODS_ISSUE)[0] == (0, *leaves)
    assert made.happened(activity.POST_GOODS_ISSUE) == [(0, 2, 9), (1, 4, 9)]
    assert made.happened(activity.CONFIRM_DELIVERY) == [(0, 4, 12), (1, 7, 8)]


def test_billing_does_not_wait_for_the_carrier(distributor):
    """A week on the way: the invoice is made half an hour after goods issue all the same."""
    made = HandMade(distributor, [100], {"fulfilment.carrier_days": 7})
    made.place([0], [1])
    made.run(15)
    assert made.happened(activity.CREATE_INVOICE) == [(0, 1, 10)]
    assert made.happened(activity.CONFIRM_DELIVERY) == [(0, 8, 9.5)]


def test_a_line_that_is_not_found_follows_later(distributor):
    """Nothing is found at the first attempt: no goods issue, no invoice, the stock is corrected.

    Other units are there, so the line goes with the next run; then it is found.
    """
    made = HandMade(distributor, [10], {"fulfilment.short_pick_share": 0.5})
    draw = made.company.fulfilment.short_pick
    line = next(n for n in range(100) if draw(n, 0) < 0.5 <= draw(n, 1))
    made.lines = line
    made.place([0], [4])
    made.run(10)
    assert made.delivered() == [[line], [line]]
    assert made.happened(activity.RECORD_SHORTAGE) == [(0, 1, 9.5)]
    assert made.happened(activity.POST_GOODS_ISSUE) == [(1, 2, 9.5)]
    assert list(made.company.documents.invoice_amount_minor) == [400]
    assert made.company.stock.on_hand == [2]


def test_a_shortage_leaves_the_rest_of_the_delivery_as_it_is(distributor):
    """Of two lines one is found: it is billed alone; the other waits 20 days for new stock."""
    made = HandMade(distributor, [9], {"fulfilment.short_pick_share": 0.5})
    draw = made.company.fulfilment.short_pick
    line = next(n for n in range(200) if draw(n, 0) < 0.5 <= min(draw(n, 1), draw(n + 1, 0)))
    made.lines = line
    made.place([0, 0], [4, 5])
    made.run(40)
    assert made.delivered() == [[line, line + 1], [line]]
    assert list(made.company.documents.invoice_amount_minor) == [500, 400]
    # Noticed on Tuesday 9:30, there 20 days later, on Monday 9:30, too late for that day's run.
    assert made.happened(activity.CREATE_DELIVERY) == [(0, 1, 3), (1, 22, 3)]
    assert made.company.stock.on_hand == [0]


@pytest.mark.parametrize("own", [False, True])
def test_what_is_missing_does_not_wait_for_the_pick_up_of_the_rest(distributor, own):
    """Picked on Tuesday at 9:30, fetched on Friday: the missing line goes with Wednesday's run.

    A stage of one's own that picks nothing by the toolkit's rules tells nobody: only when it has
    ended, here on Friday, the line is looked after again, and then it is not open.
    """
    changes = {
        "fulfilment.short_pick_share": 0.5,
        "fulfilment.pickup_run": {"days": ["fri"], "times": ["12:00"]},
    }
    made = HandMade(distributor, [20], changes)
    if own:
        made.company.stages = dataclasses.replace(made.company.stages, ship=fetched_on_friday)
    draw = made.company.fulfilment.short_pick
    line = next(n for n in range(200) if draw(n, 0) < 0.5 <= min(draw(n, 1), draw(n + 1, 0)))
    made.lines = line
    order = made.place([0, 0], [4, 5])
    made.run(14)
    if own:
        assert made.happened(activity.CREATE_DELIVERY) == [(0, 1, 3)]
        assert not order.supplied
        return
    assert made.happened(activity.RECORD_SHORTAGE) == [(0, 1, 9.5)]
    assert made.happened(activity.CREATE_DELIVERY) == [(0, 1, 3), (1, 2, 3)]
    assert made.delivered() == [[line, line + 1], [line]]
    assert made.happened(activity.POST_GOODS_ISSUE) == [(0, 4, 12), (1, 4, 12)]
    assert sorted(made.company.documents.invoice_amount_minor) == [400, 500]


def fetched_on_friday(company, delivery):
    """Ship without a word about what is found."""
    yield 4 * DAY + 12 * HOUR
    company.record(activity.POST_GOODS_ISSUE, delivery.number)
    transport.hand_over(company, delivery)


def test_the_earliest_promise_is_picked_first(distributor):
    """One picker, three deliveries of a run: in the order of their numbers, or of their promises.

    The dispatch is the same, so the promise follows the day on which the goods were wanted; the
    first order of the run has been blocked and was wanted before.
    """
    for priority, expected in (("first_come", [0, 1, 2]), ("due_date", [0, 2, 1])):
        made = HandMade(
            distributor,
            [100],
            {"fulfilment.pick_priority": priority, "staff.warehouse.headcount": 1},
        )
        made.place([0], [1], at=2 * DAY)
        made.place([0], [1], at=2 * DAY)
        early = made.place([0], [1], at=1 * DAY)
        early.block()

        def unblock(order=early):
            yield 2 * DAY + 12 * HOUR
            order.unblock()

        made.company.start(unblock())
        made.run(10)
        assert [n for n, _, _ in made.happened(activity.CREATE_DELIVERY)] == [0, 1, 2]
        packed = [n for n, _, _ in made.happened(activity.PICK_AND_PACK)]
        assert packed == expected


def test_damage_marks_the_deliveries_it_says_and_nothing_else(distributor):
    """A share of deliveries, by draws of their own: a larger share marks more, never others."""
    faulty = []
    for share in (0.2, 0.4):
        made = HandMade(distributor, [1_000], {"fulfilment.damage_share": share})
        draw = made.company.fulfilment.damage
        faulty.append({n for n in range(500) if draw(n, 0) < made.company.fulfilment.damage_share})
    assert faulty[0] < faulty[1]
    assert 60 < len(faulty[0]) < 140


@pytest.mark.slow
def test_all_features_at_once_lose_no_line(distributor):
    """Much of everything: the invariants hold, and whatever was due 90 days ago has gone out."""
    model = override(
        distributor,
        {
            "inventory.safety_stock_days": 2,
            "products.make_to_order_share": 0.1,
            "products.production_lead_days": 6,
            "fulfilment.complete_delivery_share": 0.4,
            "fulfilment.consolidation_share": 0.5,
            "fulfilment.date_change_share": 0.4,
            "fulfilment.short_pick_share": 0.1,
            "customers.insolvencies_per_year": 0,
        },
        "test",
    )
    run = simulate(model, seed=3, window=Window(0, 150, 0))
    assert everything(run, model) == []
    lines = (
        run.log.flatten(v.ORDER_LINE)
        .group_by("case")
        .agg(
            *(
                (activity_name == name).sum().alias(name)
                for name in (v.POST_GOODS_ISSUE, v.RECORD_SHORTAGE)
            ),
            (activity_name == v.CREATE_DELIVERY).sum().alias("tries"),
        )
    )
    assert lines[v.POST_GOODS_ISSUE].max() == 1
    assert lines[v.RECORD_SHORTAGE].sum() > 200
    done = lines.filter(pl.col(v.POST_GOODS_ISSUE) == 1)
    assert (done["tries"] == done[v.RECORD_SHORTAGE] + 1).all()
    company, orders = found(model, 3, 0), []
    new_order = company.new_order

    def kept(number):
        orders.append(new_order(number))
        return orders[-1]

    company.new_order = kept
    go_on(company, 150)
    due = [order for order in orders if order.due_at < 60 * DAY]
    assert len(due) > 1_000
    assert [order.number for order in due if order.open_lines] == []


@pytest.mark.slow
def test_less_stock_means_later_goods_and_later_cash(distributor):
    """The loop from stock to cash: no safety stock against plenty, the same orders and draws."""
    days = {}
    for safety in (0, 400):
        model = override(distributor, {"inventory.safety_stock_days": safety}, "test")
        log = simulate(model, window=Window(0, 150, 0)).log
        moments = (
            log.flatten(v.ORDER)
            .group_by("case")
            .agg(
                pl.col("time").filter(activity_name == name).max().alias(name)
                for name in (v.RECEIVE_ORDER, v.POST_GOODS_ISSUE, v.CREATE_INVOICE)
            )
        )
        days[safety] = [
            (moments[name] - moments[v.RECEIVE_ORDER]).dt.total_seconds().mean() / 86_400
            for name in (v.POST_GOODS_ISSUE, v.CREATE_INVOICE)
        ]
    assert days[0][0] > days[400][0] + 1
    assert days[0][1] > days[400][1] + 1


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("damage_share", 1.5, "damage_share"),
        ("short_pick_share", -0.1, "short_pick_share"),
        # Put off again and again, such an order would never be delivered.
        ("date_change_again_share", 1, "less than 1"),
        ("carrier_days", -1, "floor of 0"),
        ("promise_allowance_days", -1, "promise_allowance_days"),
        ("pickup_run", {"days": ["mon"], "times": ["25:00"]}, "not a time of day"),
        ("rescheduling_run", {"days": [], "times": ["01:00"]}, "days"),
        ("pick_priority", "biggest", "due_date"),
        ("availability_check", "perhaps", "availability_check"),
    ],
)
def test_bad_values_are_refused(distributor, name, value, message):
    """The error names the parameter or says what is allowed."""
    with pytest.raises(ModelError, match=message):
        override(distributor, {f"fulfilment.{name}": value}, "test")
