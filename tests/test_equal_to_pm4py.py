"""Counts of whole real logs beside pm4py's: pairs with their times, rework, in any row order."""

from __future__ import annotations

import pytest
from polars.testing import assert_frame_equal
from real_logs import DISTRIBUTOR, MANUFACTURING, case_view, pm4py_frame

from mining import performance, variants

LOGS = [MANUFACTURING, DISTRIBUTOR]


@pytest.mark.parametrize("name", LOGS)
def test_performance_of_pairs(name: str) -> None:
    """Mean and median hours between two activities are pm4py's, of every pair."""
    pm4py, frame = pm4py_frame(name)
    pairs, _, _ = pm4py.discover_performance_dfg(frame)
    edges = performance.directly_follows(case_view(name)).edges
    assert edges.height == len(pairs)
    for source, target, mean, median in edges.select(
        "source", "target", "mean_hours", "median_hours"
    ).iter_rows():
        theirs = pairs[(source, target)]
        assert 3600 * mean == pytest.approx(theirs["mean"], rel=1e-9, abs=1e-6)
        assert 3600 * median == pytest.approx(theirs["median"], rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("name", LOGS)
def test_rework(name: str) -> None:
    """Cases with rework are pm4py's, by activity."""
    pm4py, frame = pm4py_frame(name)
    expected = pm4py.get_rework_cases_per_activity(frame)
    found = performance.rework(case_view(name))
    assert {a: n for a, n in found.select("activity", "rework_cases").rows() if n} == expected


@pytest.mark.parametrize("name", LOGS)
@pytest.mark.parametrize("order", ["time", "shuffled"])
def test_row_order_changes_nothing(name: str, order: str) -> None:
    """Sorted by time as simulators write logs, or shuffled: with thousands of ties, one answer."""
    cases = case_view(name)
    other = (
        cases.sort("time", maintain_order=True)
        if order == "time"
        else cases.sample(fraction=1.0, shuffle=True, seed=11)
    )
    ties = cases.height - cases.select("case", "time").n_unique()
    assert ties > 1_000
    assert variants.counted(other) == variants.counted(cases)
    assert_frame_equal(
        performance.directly_follows(other).edges, performance.directly_follows(cases).edges
    )
