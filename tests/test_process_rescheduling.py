"""Rescheduling: dates that the goods, the customer or the planner move."""

import numpy as np
import polars as pl
import pytest
from by_hand import DAY, HOUR, HandMade
from ideal import WEEKDAYS, ideal
from run_checks import activity_name, everything

from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v
from o2c_sim.process import activity
from o2c_sim.process.cycle import found
from o2c_sim.process.replenishment import follow_demand

NIGHTLY = {"days": [*WEEKDAYS, "sat", "sun"], "times": ["01:00"]}


def test_a_missed_date_is_put_off_and_goods_that_come_bring_it_forward(distributor):
    """Planned in 10 days, there in 12: told on day 11 that it takes 7 days more, and at last.

    The date is missed at the end of Wednesday, day 9 (counted from 0 the tenth day ends there):
    the run of Thursday 1:00 puts it off to Thursday week, the goods come on Saturday 0:00, the
    run of Saturday tells it, and the delivery is made on Monday.
    """
    made = HandMade(
        distributor,
        [0],
        {
            "fulfilment.rescheduling_run": NIGHTLY,
            "fulfilment.promise_allowance_days": 6,
            "inventory.supplier_lead_days": {"distribution": "uniform", "low": 0, "high": 20},
        },
    )
    policy = made.company.stock._policy
    twelve = made.company.draws("twelve days", lambda drawn: np.full_like(drawn, 12.0))
    object.__setattr__(policy, "lead_days", twelve)
    made.place([0], [3])
    made.run(20)
    assert made.happened(activity.CHANGE_DELIVERY_DATE) == [(0, 10, 1), (1, 12, 1)]
    assert made.happened(activity.CREATE_DELIVERY) == [(0, 14, 3)]
    # Dates to be there: 6 hours of dispatch and the allowance of 6 days after the delivery run.
    told = made.company.documents.date_change_promised_at
    later = 6 * DAY + DAY / 4 + 3 * HOUR
    assert list(told) == [17 * DAY + later, 14 * DAY + later]
    assert made.company.documents.order_promised_at[0] == 10 * DAY + later
    assert made.company.backordered == {}


def test_goods_that_come_when_planned_move_no_date(distributor):
    """Exactly 20 days, as planned."""
    made = HandMade(distributor, [0], {"fulfilment.rescheduling_run": NIGHTLY})
    made.place([0], [3])
    made.run(30)
    assert made.happened(activity.CHANGE_DELIVERY_DATE) == []
    assert made.happened(activity.CREATE_DELIVERY) == [(0, 21, 3)]


def test_customers_put_their_orders_off(distributor):
    """Everybody asks once for a week later: all deliveries a week later, the promise as well."""
    changes = {
        "fulfilment.date_change_share": 1,
        "fulfilment.date_change_again_share": 0,
        "fulfilment.date_change_days": 7,
    }
    window = Window(0, 40, 0)
    plain = simulate(ideal(distributor), window=window)
    moved = simulate(ideal(distributor, changes), window=window)
    assert everything(moved, ideal(distributor, changes)) == []
    asked = moved.log.events.filter(activity_name == v.CHANGE_DELIVERY_DATE)
    assert asked["role"].cast(pl.String).unique().to_list() == ["Order desk"]

    def dates(run):
        created = run.log.flatten(v.ORDER).filter(activity_name == v.CREATE_DELIVERY)
        return created.select("case", "time").join(
            run.log.objects_of(v.ORDER).select("object", "promised_date"),
            left_on="case",
            right_on="object",
        )

    both = dates(plain).join(dates(moved), on="case", suffix="_moved")
    assert both.height > 150
    late = both.select(
        (pl.col(f"{name}_moved") - pl.col(name)).dt.total_days().alias(name)
        for name in ("time", "promised_date")
    )
    # Who asks when the desk is closed and the delivery is made before it opens is too late.
    too_late = late.filter(pl.col("time") == 0)
    assert too_late.height < 0.6 * late.height
    assert set(late.filter(pl.col("time") > 0).rows()) == {(7, 7)}


def test_how_often_customers_change_their_minds(distributor):
    """Each change is followed by another with the share given: a geometric distribution."""
    model = ideal(
        distributor,
        {
            "fulfilment.confirmed_lead_days": 10,
            "fulfilment.date_change_share": 0.5,
            "fulfilment.date_change_again_share": 0.3,
            "fulfilment.date_change_days": 7,
            "demand.orders_per_week": 300,
        },
    )
    log = simulate(model, window=Window(0, 150, 0)).log
    orders = (
        log.flatten(v.ORDER)
        .group_by("case")
        .agg(
            (activity_name == v.CHANGE_DELIVERY_DATE).sum().alias("changes"),
            (activity_name == v.POST_GOODS_ISSUE).any().alias("issued"),
        )
    )
    changes = orders.filter("issued")["changes"]
    n = changes.len()
    assert n > 4_000
    # Four standard errors of a share of 0.5 are 0.03; a few ask too late.
    assert (changes > 0).mean() == pytest.approx(0.5, abs=0.05)
    assert (changes > 1).sum() / (changes > 0).sum() == pytest.approx(0.3, abs=0.05)


def test_the_planner_follows_season_and_growth(distributor):
    """Twice the demand in February: order-up-to levels double on the first of the month."""
    season = [0.5, 1.0, *([1.05] * 10)]
    model = ideal(distributor, {"demand.season": season, "fulfilment.availability_check": True})
    company = found(model, 1, 0)
    company.start(follow_demand(company))
    january = company.stock._policy.order_up_to
    company.env.run(until=30 * DAY)
    february = company.stock._policy.order_up_to
    for before, after in zip(january, february, strict=True):
        assert after == pytest.approx(2 * before, abs=3)
