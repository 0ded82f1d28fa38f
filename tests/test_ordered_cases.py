"""One case view for several measures: its order is checked once, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable

import naive
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from mining import ordered_cases, performance, variants
from mining.ordered_cases import OrderedCases
from o2c_sim import LogError

TRACES = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=5), max_size=9)
TABLES: list[Callable[[pl.DataFrame | OrderedCases], pl.DataFrame]] = [
    performance.throughput,
    performance.activity_times,
    performance.rework,
    variants.variants,
    variants.of_cases,
    lambda cases: performance.directly_follows(cases).edges,
    lambda cases: performance.directly_follows(cases).activities,
]


@given(TRACES, st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_measures_of_a_shared_view_are_those_of_the_rows(
    traces: list[list[str]], seed: int
) -> None:
    """Whatever is asked first, and in whatever order the rows came."""
    cases = naive.case_view(traces or ["a"]).sample(fraction=1.0, shuffle=True, seed=seed)
    shared = OrderedCases.of(cases)
    for table in TABLES:
        assert_frame_equal(table(shared), table(cases))
    assert variants.counted(shared) == naive.variants(cases)


def test_the_order_is_checked_once(monkeypatch) -> None:
    """That is what the view is for."""
    checks = []
    check = ordered_cases.are_in_order
    monkeypatch.setattr(
        ordered_cases, "are_in_order", lambda *rows: checks.append(1) or check(*rows)
    )
    shared = OrderedCases.of(naive.case_view(["ab", "b"]))
    for table in TABLES:
        table(shared)
    assert len(checks) == 1
    assert OrderedCases.of(shared) is shared


def test_starts_and_ends_are_those_of_the_case() -> None:
    """The first start, which is not the first completion; where none is known, that."""
    cases = naive.case_view(["ab", "b"])
    shared = OrderedCases.of(cases)
    times = cases["time"].to_physical().to_list()
    assert shared.sizes.tolist() == [2, 1]
    assert shared.ended.tolist() == [times[1], times[2]]
    began = cases.with_columns(
        (pl.col("time") - pl.duration(hours=9)).alias("start"),
    ).with_columns(pl.when(pl.col("case") == 0).then("start"))
    assert OrderedCases.of(began).started.tolist() == [times[0] - 9 * 3_600_000_000, times[2]]


def test_a_view_without_rows_has_no_case() -> None:
    """Nothing is measured, and nothing fails."""
    shared = OrderedCases.of(naive.case_view(["ab"]).clear())
    assert performance.throughput(shared).is_empty()
    assert variants.variants(shared).is_empty()


def test_a_missing_column_is_named() -> None:
    """With those that every case view has."""
    with pytest.raises(LogError, match="no column 'time'"):
        OrderedCases.of(naive.case_view(["ab"]).drop("time"))
