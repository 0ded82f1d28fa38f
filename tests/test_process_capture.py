"""Quotations, exceptions by kind, and errors of entry that are found later."""

import datetime as dt

import polars as pl
import pytest
from ideal import ideal
from run_checks import activity_name, everything

from o2c_sim import ModelError, Window, override, simulate
from o2c_sim import vocabulary as v
from o2c_sim.process.cycle import found, receive_orders

WINDOW = Window(0, 60, 30)


def times(log, *activities):
    """Return the completion of the first of each activity, by order id."""
    return (
        log.flatten(v.ORDER)
        .group_by("case")
        .agg(
            *[pl.col("time").filter(activity_name == name).min().alias(name) for name in activities]
        )
        .sort("case")
    )


def having(log, activity):
    """Return the orders that an activity happens to."""
    return set(log.flatten(v.ORDER).filter(activity_name == activity)["case"])


def quoted(won_share):
    """Return the settings of a company all of whose demand begins with a quotation."""
    return {
        "capture.quotation_share": 1,
        "capture.quotation_minutes": 30,
        "capture.quotation_decision_days": 9,
        "capture.quotation_won_share": won_share,
    }


def test_an_order_follows_a_quotation_on_a_working_day(distributor):
    """Decided after nine days; what falls on a weekend comes on Monday, at the enquiry's hour.

    A quotation made on Monday is decided on Wednesday of the next week, one made on Thursday on
    Monday in eleven days.
    """
    model = ideal(distributor, quoted(1))
    run = simulate(model, window=WINDOW)
    assert everything(run, model) == []
    spans = times(run.log, v.CREATE_QUOTATION, v.RECEIVE_ORDER).drop_nulls()
    made, came = spans[v.CREATE_QUOTATION], spans[v.RECEIVE_ORDER]
    days = dict(
        zip(
            made.dt.weekday(),
            (came.dt.date() - made.dt.date()).dt.total_days(),
            strict=True,
        )
    )
    assert days == {1: 9, 2: 9, 3: 9, 4: 11, 5: 10}
    assert came.dt.weekday().max() == 5


def test_a_lost_quotation_leaves_no_order(distributor):
    """Four in ten are won: the others are neither received nor counted."""
    model = ideal(distributor, quoted(0.4))
    run = simulate(model, window=WINDOW)
    assert everything(run, model) == []
    made, won = having(run.log, v.CREATE_QUOTATION), having(run.log, v.RECEIVE_ORDER)
    assert won < made
    assert run.manifest["orders"] == len(won)
    old = times(run.log, v.CREATE_QUOTATION).filter(
        pl.col(v.CREATE_QUOTATION) < pl.col(v.CREATE_QUOTATION).max() - pl.duration(days=14)
    )
    share = len(won.intersection(old["case"])) / old.height
    assert share == pytest.approx(0.4, abs=3 * (0.4 * 0.6 / old.height) ** 0.5)


def test_more_quotations_won_are_the_same_ones_and_more(distributor):
    """The lever moves only marginal quotations, and nothing of the others."""
    few, many = (
        simulate(ideal(distributor, quoted(share)), window=WINDOW).log for share in (0.3, 0.4)
    )
    assert having(few, v.RECEIVE_ORDER) < having(many, v.RECEIVE_ORDER)
    both = times(few, v.RECEIVE_ORDER, v.CLEAR_INVOICE).drop_nulls()
    after = times(many, v.RECEIVE_ORDER, v.CLEAR_INVOICE)
    assert both.height > 50
    assert both.join(after, on=both.columns, how="anti").height == 0


def test_each_kind_of_exception_waits_as_long_as_it_does(distributor):
    """A quarter wrong prices with two hours of waiting, the rest lacking data with eight.

    The desk's work takes no time here, so what lies between question and amendment is the wait.
    """
    model = ideal(
        distributor,
        {
            "capture.exception_share": 1,
            "capture.clarification_touch_minutes": 0,
            "capture.clarification_wait_hours": 2,
            "capture.exception_kinds": {
                "price": {"share": 0.25},
                "master_data": {"share": 0.75, "wait_hours": 8},
            },
        },
    )
    log = simulate(model, window=WINDOW).log
    hours = found(model, 1, 0).office_hours
    waits = times(log, v.CLARIFY_ORDER, v.REMOVE_ORDER_BLOCK).drop_nulls()
    start = dt.datetime.combine(model.start_date, dt.time())
    worked = [
        round(hours.between(*[(t - start).total_seconds() for t in span]) / 3_600, 6)
        for _, *span in waits.iter_rows()
    ]
    assert set(worked) == {2.0, 8.0}
    share = worked.count(2.0) / len(worked)
    assert share == pytest.approx(0.25, abs=3 * (0.25 * 0.75 / len(worked)) ** 0.5)


ERRORS = {"capture.automatic_error_share": 1, "capture.correction_minutes": 60}


@pytest.mark.parametrize(
    ("place", "after", "before"),
    [
        ("confirmation", v.CREATE_SALES_ORDER, v.CONFIRM_ORDER),
        ("picking", v.CREATE_DELIVERY, v.PICK_AND_PACK),
    ],
)
def test_an_error_costs_a_correction_where_it_is_found(distributor, place, after, before):
    """An hour of the order desk's work stands between the two steps, and delays the second."""
    model = ideal(distributor, {**ERRORS, "capture.error_found_shares": {place: 1}})
    run = simulate(model, window=WINDOW)
    assert everything(run, model) == []
    rows = times(run.log, after, v.CORRECT_ORDER, before).drop_nulls()
    assert rows.height > 300
    hour = dt.timedelta(hours=1)
    assert (rows[v.CORRECT_ORDER] - rows[after]).min() >= hour
    assert (rows[before] - rows[v.CORRECT_ORDER]).min() >= dt.timedelta()
    assert run.log.flatten(v.ORDER).filter(activity_name == before).height == (
        run.log.flatten(v.ORDER).filter(activity_name == before)["case"].n_unique()
    )


def test_what_only_the_customer_finds_is_corrected_by_nobody(distributor):
    """The order keeps its error until the invoice is contested."""
    model = ideal(distributor, {**ERRORS, "capture.error_found_shares": {"customer": 1}})
    assert having(simulate(model, window=WINDOW).log, v.CORRECT_ORDER) == set()
    company = found(model, 1, 0)
    orders, original = [], company.new_order
    company.new_order = lambda number: orders.append(original(number)) or orders[-1]
    company.start(receive_orders(company, 1))
    company.env.run(until=company.clock.midnight(2))
    assert orders
    assert all(order.error_found_by_customer for order in orders)


def test_people_and_software_err_by_shares_of_their_own(distributor):
    """Half of the telephone's orders, and none of the others; more errors are the same and more."""
    logs = [
        simulate(
            ideal(
                distributor,
                {
                    "demand.channel_shares": {"edi": 0.5, "phone": 0.5},
                    "capture.manual_error_share": share,
                    "capture.error_found_shares": {"confirmation": 1},
                },
            ),
            window=WINDOW,
        ).log
        for share in (0.3, 0.5)
    ]
    few, many = (having(log, v.CORRECT_ORDER) for log in logs)
    assert few < many
    phone = logs[1].objects.filter(pl.col("channel").cast(pl.String) == "phone")["object"]
    assert many <= set(phone)
    assert len(many) / len(phone) == pytest.approx(0.5, abs=3 * (0.25 / len(phone)) ** 0.5)


def test_what_does_not_occur_changes_nothing(distributor):
    """Kinds of exception and places of errors are of no account without any."""
    plain = ideal(distributor)
    other = override(
        plain,
        {
            "capture.exception_kinds": {"price": {"share": 1, "wait_hours": 99}},
            "capture.error_found_shares": {"picking": 1},
            "capture.quotation_won_share": 0,
        },
        "test",
    )
    logs = [simulate(model, window=WINDOW).log for model in (plain, other)]
    assert logs[0].events.equals(logs[1].events)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"capture.quotation_share": 1.1}, "quotation_share"),
        ({"capture.quotation_decision_days": -1}, "quotation_decision_days"),
        ({"capture.exception_kinds": {"price": {"share": 0.5}}}, "sum to 0.5"),
        ({"capture.exception_kinds": {"weather": {"share": 1}}}, "weather"),
        ({"capture.exception_kinds": {"price": {"share": 1, "wait_hours": -1}}}, "wait_hours"),
        ({"capture.error_found_shares": {"picking": 0.2, "customer": 0.2}}, "sum to 0.4"),
        ({"capture.error_found_shares": {"nowhere": 1}}, "nowhere"),
    ],
)
def test_bad_values_are_refused(distributor, changes, part):
    """Each with its name."""
    with pytest.raises(ModelError, match=part):
        override(distributor, changes, "test")
