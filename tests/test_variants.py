"""Variants and their ranks."""

from __future__ import annotations

import naive
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from real_logs import DISTRIBUTOR, MANUFACTURING, case_view, pm4py_frame

from mining import variants

TRACES = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=5), min_size=1, max_size=9)


def test_ranks_by_count_and_then_by_name() -> None:
    """Of two variants with one case each, the alphabetically first comes first."""
    table = variants.variants(naive.case_view(["ba", "ab", "ca", "ca"]))
    assert table["activities"].to_list() == [["c", "a"], ["a", "b"], ["b", "a"]]
    assert table["count"].to_list() == [2, 1, 1]
    assert table["share"].to_list() == [0.5, 0.25, 0.25]
    assert table["cumulative_share"].to_list() == [0.5, 0.75, 1.0]
    assert table["median_hours"].to_list() == [1.0, 1.0, 1.0]


@given(TRACES, st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_equals_the_obvious_count_in_any_row_order(traces: list[list[str]], seed: int) -> None:
    """Grouping by one text per case counts what tuples in a Counter count."""
    cases = naive.case_view(traces).sample(fraction=1.0, shuffle=True, seed=seed)
    assert variants.counted(cases) == naive.variants(cases)


def test_each_case_knows_its_variant() -> None:
    """The rank of a case is the row of its variant."""
    cases = naive.case_view(["ab", "b", "b"])
    assert variants.of_cases(cases).rows() == [(0, 2), (1, 1), (2, 1)]


@pytest.mark.parametrize("name", [MANUFACTURING, DISTRIBUTOR])
def test_a_real_log_has_the_variants_that_pm4py_finds(name: str) -> None:
    """On a frame that is sorted as it must be, both count the same."""
    pm4py, frame = pm4py_frame(name)
    expected = pm4py.get_variants(frame)
    assert variants.counted(case_view(name)) == dict(expected)


@pytest.mark.parametrize("name", [MANUFACTURING, DISTRIBUTOR])
def test_a_shuffled_real_log_gives_the_identical_table(name: str) -> None:
    """Row order carries no information."""
    cases = case_view(name)
    mixed = cases.sample(fraction=1.0, shuffle=True, seed=3)
    assert_frame_equal(variants.variants(cases), variants.variants(mixed))


def test_equal_sums_of_different_sequences_are_told_apart(monkeypatch) -> None:
    """Where the sums say nothing, sequences are compared activity by activity."""
    cases = naive.case_view(["ab", "ba", "ab", "b", "aab"])
    expected = variants.variants(cases)
    monkeypatch.setattr(variants, "_sums", lambda code, begins, sizes, names: begins * 0)
    assert_frame_equal(variants.variants(cases), expected)


@pytest.mark.parametrize("rows", [1, 2, 3, 1_000])
def test_parts_of_any_size_give_the_same(rows: int, monkeypatch) -> None:
    """Cases are never cut, whatever is looked at at once; one may be longer than that."""
    cases = naive.case_view(["abc", "a", "abcabc", "ba", "abc"])
    expected = naive.variants(cases)
    monkeypatch.setattr(variants, "_ROWS_AT_ONCE", rows)
    assert variants.counted(cases) == expected
