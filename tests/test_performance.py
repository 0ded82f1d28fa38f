"""Directly-follows relations, throughput, activity times and rework."""

from __future__ import annotations

from datetime import timedelta

import naive
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from real_logs import DISTRIBUTOR, MANUFACTURING, case_view, pm4py_frame

from mining import performance
from o2c_sim.errors import LogError

TRACES = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=6), min_size=1, max_size=8)


def test_two_cases_by_hand() -> None:
    """a-b-c and a-b, one hour apart: (a, b) twice in two cases, (b, c) once."""
    found = performance.directly_follows(naive.case_view(["abc", "ab"]))
    assert found.edges.rows() == [
        ("a", "b", 2, 2, 1.0, 1.0, 1.0),
        ("b", "c", 1, 1, 1.0, 1.0, 1.0),
    ]
    assert found.starts.rows() == [("a", 2)]
    assert found.ends.rows() == [("b", 1), ("c", 1)]
    assert (found.cases, found.events) == (2, 5)


def test_a_pair_repeated_in_one_case_counts_that_case_once() -> None:
    """a-b-a-b holds (a, b) twice, in one case."""
    edges = performance.directly_follows(naive.case_view(["abab"])).edges
    assert edges.filter(source="a", target="b").select("count", "cases").row(0) == (2, 1)


@given(TRACES, st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_equals_the_obvious_loop_in_any_row_order(traces: list[list[str]], seed: int) -> None:
    """The fast algorithm and two nested loops agree, whatever the order of the rows."""
    cases = naive.case_view(traces).sample(fraction=1.0, shuffle=True, seed=seed)
    edges = performance.directly_follows(cases).edges
    expected = naive.directly_follows(cases)
    assert {(row["source"], row["target"]) for row in edges.to_dicts()} == set(expected)
    for row in edges.to_dicts():
        for name, value in expected[row["source"], row["target"]].items():
            assert row[name] == pytest.approx(value)


def test_events_of_one_instant_stand_in_the_order_recorded() -> None:
    """With no time between events only the event number tells that c came last."""
    cases = naive.case_view(["abc"], hours=0.0)
    for rows in (cases, cases.reverse()):
        assert performance.directly_follows(rows).ends.rows() == [("c", 1)]


@pytest.mark.parametrize("name", [MANUFACTURING, DISTRIBUTOR])
def test_a_shuffled_real_log_gives_identical_tables(name: str) -> None:
    """Row order carries no information, in a log with thousands of ties."""
    cases = case_view(name)
    mixed = cases.sample(fraction=1.0, shuffle=True, seed=7)
    one, other = performance.directly_follows(cases), performance.directly_follows(mixed)
    for table in ("edges", "activities", "starts", "ends"):
        assert_frame_equal(getattr(one, table), getattr(other, table))
    assert_frame_equal(performance.throughput(cases), performance.throughput(mixed))
    assert_frame_equal(performance.rework(cases), performance.rework(mixed))
    assert_frame_equal(performance.activity_times(cases), performance.activity_times(mixed))


@pytest.mark.parametrize("name", [MANUFACTURING, DISTRIBUTOR])
def test_a_real_log_agrees_with_pm4py(name: str) -> None:
    """Pairs, first and last activities and case durations are those that pm4py finds."""
    pm4py, frame = pm4py_frame(name)
    found = performance.directly_follows(case_view(name))
    pairs, starts, ends = pm4py.discover_dfg(frame)
    assert {
        (s, t): n for s, t, n in found.edges.select("source", "target", "count").rows()
    } == pairs
    assert dict(found.starts.rows()) == starts
    assert dict(found.ends.rows()) == ends
    durations = sorted(pm4py.get_all_case_durations(frame))
    hours = performance.throughput(case_view(name))["hours"].sort()
    assert (hours * 3600).to_list() == pytest.approx(durations)


def test_throughput_runs_from_the_first_start_to_the_last_completion() -> None:
    """Completions at 8, 9 and 10 o'clock with work on the first begun at 7 make 3 hours."""
    began = naive.START - timedelta(hours=1)
    cases = naive.case_view(["abc"]).with_columns(
        pl.when(pl.col("event") == 0).then(pl.lit(began, pl.Datetime("us"))).alias("start")
    )
    assert performance.throughput(cases).select("start", "hours", "events").row(0) == (
        began,
        3.0,
        3,
    )


def test_durations_of_shuffled_rows_are_equal_to_the_last_bit() -> None:
    """No rounding depends on where a row stood: thousands of odd durations, exactly equal."""
    cases = naive.case_view(["abcab"] * 3_001, hours=1 / 7).with_columns(
        pl.col("time") + pl.duration(microseconds=pl.col("event").cast(pl.Int64) ** 2)
    )
    mixed = cases.sample(fraction=1.0, shuffle=True, seed=11)
    one, other = performance.throughput(cases), performance.throughput(mixed)
    assert one["hours"].to_list() == other["hours"].to_list()
    micros = (one["end"] - one["start"]).dt.total_microseconds().to_list()
    assert one["hours"].to_list() == [m / 3_600_000_000 for m in micros]
    graphs = [performance.directly_follows(view).edges for view in (cases, mixed)]
    assert graphs[0].rows() == graphs[1].rows()
    assert performance.activity_times(cases).rows() == performance.activity_times(mixed).rows()


def test_durations_whose_sum_has_more_than_64_bits() -> None:
    """Two thousand gaps of some 2,900 years: their sum in microseconds exceeds an Int64."""
    far = pl.datetime(4900, 1, 1, time_unit="us")
    cases = naive.case_view(["ab"] * 2_000).with_columns(
        pl.when(pl.col("activity").cast(pl.String) == "b").then(far).otherwise("time").alias("time")
    )
    edges = performance.directly_follows(cases).edges
    hours = performance.throughput(cases)["hours"][0]
    assert edges.row(0)[2:] == pytest.approx((2_000, 2_000, hours, hours, hours), rel=1e-15)


def test_service_and_waiting_are_told_apart_where_starts_are_known() -> None:
    """B completes an hour after a; begun 15 minutes before that, it waited for 45."""
    cases = naive.case_view(["ab"]).with_columns(
        pl.when(pl.col("event") == 1).then(pl.col("time") - timedelta(minutes=15)).alias("start")
    )
    times = {row["activity"]: row for row in performance.activity_times(cases).to_dicts()}
    assert times["b"]["mean_service_hours"] == 0.25
    assert times["b"]["mean_waiting_hours"] == 0.75
    assert times["a"]["timed"] == 0
    assert times["a"]["mean_service_hours"] is None
    assert times["a"]["mean_waiting_hours"] is None


def test_rework_counts_cases_and_repeats() -> None:
    """Of two cases with a, one does it three times: half the cases, two repeats."""
    table = performance.rework(naive.case_view(["aaab", "ab"]))
    assert table.rows()[0] == ("a", 2, 1, 0.5, 2)
    assert table.rows()[1] == ("b", 2, 0, 0.0, 0)


def test_summary_interpolates_and_skips_nulls() -> None:
    """Of 1 to 11, the median is 6 and the ninth decile 10."""
    values = pl.Series([None, *range(1, 12)])
    assert performance.summary(values) == performance.Summary(11, 6.0, 6.0, 10.0)


def test_a_case_view_without_a_needed_column_is_refused() -> None:
    """The message names what is missing."""
    with pytest.raises(LogError, match="'time'"):
        performance.directly_follows(naive.case_view(["ab"]).drop("time"))


def test_automated_share_leaves_unknown_events_out() -> None:
    """One automated and one manual a among three make one half."""
    cases = naive.case_view(["a", "a", "a"]).with_columns(
        pl.Series("automated", [True, False, None], dtype=pl.Boolean)
    )
    activities = performance.directly_follows(cases).activities
    assert activities["automated_share"].to_list() == [0.5]
