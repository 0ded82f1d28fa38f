"""Flow views as data: cycle times, ageing, cumulative flow, Time Chart."""

import datetime as dt
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.flow.ageing import ageing_wip
from mining.flow.cumulative_flow import cumulative_flow
from mining.flow.cycle_time import MOST_POINTS, cycle_times, percentiles_of
from mining.flow.items import items
from mining.flow.time_chart import time_chart
from o2c_sim import vocabulary as v
from o2c_sim.errors import UsageError
from tests import real_logs
from tests.case_logs import DAY_ONE, case_log, random_cases

DAY = 24.0


def process(begin, *waits):
    """Return a case that goes from "a" through "b" and "c" to "z" with waits in days."""
    hours = np.cumsum([begin, *waits]) * DAY
    return list(zip("abcz", map(float, hours), strict=False))


def finished(count, step=1.0):
    """Return items begun day after day, the k-th with a cycle time of k + 1 elapsed days."""
    cases = {f"c{k}": process(k * step, 1, k + 1, 0)[:3] for k in range(count)}
    return {key: [*case, ("z", case[-1][1])] for key, case in cases.items()}


def test_percentiles_are_values_that_so_many_do_not_exceed():
    """Of 1 to 20 days, 17 are at most 17: 85 %; with 19 of them 95 %."""
    found = items(case_log(finished(20)), "order", clock="elapsed")
    times = cycle_times(found)
    assert times.percentiles == pytest.approx({50: 10.0, 70: 14.0, 85: 17.0, 95: 19.0})
    assert (times.completed, times.still_open, times.cancelled, times.every) == (20, 0, 0, 1)
    assert percentiles_of(pl.Series([], dtype=pl.Float64), (50,)) == {}


@given(days=st.lists(st.integers(1, 60), min_size=1, max_size=60))
def test_a_percentile_is_the_least_value_with_enough_below(days):
    """By the definition, value by value."""
    for percentage, value in percentiles_of(pl.Series(days), (1, 50, 85, 95, 100)).items():
        enough = [
            x for x in sorted(days) if 100 * sum(d <= x for d in days) >= percentage * len(days)
        ]
        assert value == enough[0]


def test_points_on_one_place_are_one_with_their_number():
    """Two items of one day and one length; the third is longer."""
    log = case_log(
        {"p": process(0, 1, 1, 1), "q": process(0, 1, 1, 1), "r": process(0, 0.5, 1, 1.5)}
    )
    points = cycle_times(items(log, "order")).points
    assert points.select("days", "items").rows() == [(3.0, 2), (4.0, 1)] or points.select(
        "days", "items"
    ).rows() == [(3.0, 3)]
    assert points["items"].sum() == 3


def test_many_points_are_thinned_and_percentiles_are_not():
    """A sample is said to be one; the lines are those of all."""
    found = items(real_logs._event_log(real_logs.MANUFACTURING), "order_line")
    times = cycle_times(found)
    assert times.every > 1
    assert times.points["items"].sum() <= MOST_POINTS
    done = found.table.filter(pl.col("outcome") == "completed")["cycle_days"]
    assert times.percentiles == percentiles_of(done, (50, 70, 85, 95))
    assert times.completed == done.len()


def test_ages_against_the_pace_by_hand():
    """Ten items left "b" at 1 to 10 days of age; an open one in "b" is 20 days old by then."""
    cases = {f"c{k}": process(k, 0.5, k + 1, 0.25) for k in range(10)}
    cases["old"] = process(0, 0.5)
    cases["new"] = process(15)
    log = case_log(cases)
    as_of = DAY_ONE + dt.timedelta(days=20.5)
    ageing = ageing_wip(items(log, "order", clock="elapsed", as_of=as_of, closing=["z"]))
    assert [column.name for column in ageing.columns] == ["Not started", "a", "b", "c"]
    assert [column.wip for column in ageing.columns] == [1, 0, 1, 0]
    assert ageing.columns[2].pace == pytest.approx({50: 5.0, 70: 7.0, 85: 9.0, 95: 10.0})
    assert ageing.columns[0].pace == pytest.approx(dict.fromkeys((50, 70, 85, 95), 0.5))
    assert ageing.overall == pytest.approx({50: 5.25, 70: 7.25, 85: 9.25, 95: 10.25})
    assert ageing.open_items.select("name", "column", "days").rows() == [
        ("new", 0, 5.5),
        ("old", 2, 20.0),
    ]


@given(seed=st.integers(0, 5_000), count=st.integers(2, 40))
@settings(max_examples=20, deadline=None)
def test_pace_rises_from_column_to_column_and_wip_counts_every_open_item(seed, count):
    """Who has left a column has left those before it, at no greater age."""
    found = items(case_log(random_cases(seed, count, "abcd")), "order", clock="elapsed")
    ageing = ageing_wip(found)
    assert sum(column.wip for column in ageing.columns) == ageing.open_items.height
    assert ageing.open_items.height == (found.table["outcome"] == "open").sum()
    worked = [column for column in ageing.columns if column.name != "Not started"]
    for before, after in pairwise(worked):
        assert all(before.pace[p] <= after.pace[p] for p in before.pace)


def test_cumulative_flow_by_hand():
    """One item through a (day 1 to 2), b (2 to 4), one day of waiting first, and an open one."""
    log = case_log({"p": process(0, 1, 2, 1), "q": process(2)})
    flow = cumulative_flow(items(log, "order", closing=["z"]))
    assert flow.names == ("Not started", "a", "b", "c", "Done")
    assert flow.started == 1
    assert flow.days["date"][0] == DAY_ONE.date()
    assert flow.days["reached_0"].to_list() == [1, 1, 2, 2, 2]
    assert flow.days["reached_1"].to_list() == [0, 1, 1, 1, 1]
    assert flow.days["reached_3"].to_list() == [0, 0, 0, 1, 1]
    assert flow.days["reached_4"].to_list() == [0, 0, 0, 0, 1]
    assert flow.days["wip"].to_list() == [1, 1, 2, 2, 1]


def test_littles_law_by_hand():
    """2 and 3 item-days within 4 days: WIP 1.25 = 0.5 a day x 2.5 days; an open day adds 1/4."""
    closed = {"p": [("a", 0.0), ("z", 2 * DAY)], "q": [("a", DAY), ("z", 4 * DAY)]}
    little = cumulative_flow(items(case_log(closed), "order", closing=["z"])).little
    assert little.days == pytest.approx(4.0)
    assert little.mean_wip == pytest.approx(1.25)
    assert little.throughput == pytest.approx(0.5)
    assert little.mean_days == pytest.approx(2.5)
    assert little.residual == pytest.approx(0.0, abs=1e-12)
    log = case_log({**closed, "r": [("a", 3 * DAY)]})
    little = cumulative_flow(items(log, "order", closing=["z"])).little
    assert little.mean_wip == pytest.approx(1.5)
    assert little.residual == pytest.approx(0.25)


def test_littles_law_of_a_window_counts_what_lies_in_it():
    """Days 2 and 3 (from midnight): p leaves on day 3 at 8:00, q is there all along."""
    log = case_log(
        {
            "p": [("a", 0.0), ("z", 2 * DAY)],
            "q": [("a", 0.0), ("z", 9 * DAY)],
            "gone": [("a", 0.0), ("z", 4.0)],
            "later": [("a", 8 * DAY), ("z", 9 * DAY)],
        }
    )
    day = DAY_ONE.date()
    found = items(log, "order", closing=["z"])
    flow = cumulative_flow(found, day + dt.timedelta(days=1), day + dt.timedelta(days=2))
    assert flow.days.height == 2
    assert flow.little.days == pytest.approx(2.0)
    # q: 2 days; p: a day and the 8 hours of day 3.
    assert flow.little.mean_wip == pytest.approx((2 + 1 + 8 / 24) / 2)
    assert flow.little.throughput == pytest.approx(0.5)
    assert flow.little.mean_days == pytest.approx(2.0)


@given(seed=st.integers(0, 5_000), count=st.integers(1, 40))
@settings(max_examples=25, deadline=None)
def test_lines_never_fall_nor_cross_and_wip_is_arrivals_less_departures(seed, count):
    """Each day, counted again item by item."""
    found = items(case_log(random_cases(seed, count, "abcd")), "order")
    flow = cumulative_flow(found)
    lines = flow.days.select(pl.col("^reached_.*$")).to_numpy()
    assert (np.diff(lines, axis=0) >= 0).all()
    assert (np.diff(lines, axis=1) <= 0).all()
    assert lines[-1, 0] == count
    for date, wip in flow.days.select("date", "wip").iter_rows():
        arrived = found.table.filter(pl.col("created").dt.date() <= date).height
        departed = found.table.filter(pl.col("done").dt.date() <= date).height
        assert wip == arrived - departed
    dates = flow.days["date"]
    assert dates.to_list() == pl.date_range(dates[0], dates[-1], eager=True).to_list()


def test_cancelled_items_leave_the_flow_but_have_no_cycle_time():
    """One of two orders is cancelled: nothing is in progress, one has a cycle time."""
    done = [(v.CREATE_SALES_ORDER, 0.0), (v.CREATE_DELIVERY, 2.0), (v.POST_GOODS_ISSUE, 9.0)]
    log = case_log({"o": done, "x": [done[0], (v.CANCEL_ORDER, 5.0)]})
    found = items(log, "order")
    flow = cumulative_flow(found)
    assert (flow.cancelled, flow.days["wip"][-1]) == (1, 0)
    assert cycle_times(found).completed == 1
    assert time_chart(found).completed == 1


def test_time_chart_shows_the_latest_or_the_longest():
    """Of 40 items the 30 last ones, or the 30 longest, which here are the same, first the last."""
    cases = finished(40)
    cases["quick"] = [("a", 100 * DAY), ("b", 101 * DAY), ("c", 101 * DAY), ("z", 101 * DAY)]
    found = items(case_log(cases), "order", clock="elapsed")
    latest, longest = time_chart(found), time_chart(found, "longest", 5)
    assert latest.cards.height == 30
    assert latest.cards["name"][0] == "quick"
    assert longest.cards["name"].to_list() == ["c39", "c38", "c37", "c36", "c35"]
    assert longest.cards["lead_days"][0] == pytest.approx(41.0)
    assert longest.mean_lead_days == latest.mean_lead_days
    assert latest.mean_lead_days == pytest.approx((sum(range(2, 42)) + 1) / 41)
    with pytest.raises(UsageError, match="latest, longest"):
        time_chart(found, "oldest")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="1 card"):
        time_chart(found, "latest", 0)


def test_weekly_medians_by_hand():
    """DAY_ONE is a Monday. Week 1: cycles of 1, 1 and 3 days; the week after: one of 2."""
    cases = {
        "p": process(0, 1, 1, 0),
        "q": process(0, 0, 1, 0),
        "r": process(0, 1, 3, 0),
        "s": process(7, 1, 2, 0),
    }
    chart = time_chart(items(case_log(cases), "order", clock="elapsed"))
    assert chart.by == "week"
    assert chart.periods["period"].to_list() == [dt.date(2024, 1, 1), dt.date(2024, 1, 8)]
    assert chart.periods["items"].to_list() == [3, 1]
    assert chart.periods["cycle_days"].to_list() == pytest.approx([1.0, 2.0])
    assert chart.periods["reaction_days"].to_list() == pytest.approx([1.0, 1.0])
    assert chart.periods["blocked_days_if_blocked"].to_list() == [None, None]


def test_long_logs_are_told_by_month():
    """Three years have more weeks than a page can tell apart."""
    cases = {f"c{k}": process(30 * k, 1, 1, 1) for k in range(38)}
    chart = time_chart(items(case_log(cases), "order"))
    assert chart.by == "month"
    assert chart.periods["items"].sum() == 38
