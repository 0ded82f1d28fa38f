"""Columns of numbers: a list that grows at its end, in eight bytes a number."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim.engine.columns import LATEST, Floats, Integers

SMALLEST, LARGEST = -(2**63), 2**63 - 1
INTEGERS = st.lists(st.integers(SMALLEST, LARGEST), max_size=40)
FLOATS = st.lists(st.floats(allow_nan=False), max_size=40)
# So many that columns put by what has been written, several times and at its limit.
REPEATED = st.sampled_from((1, 1, LATEST // 8, LATEST // 8 + 1, 600))


def same(column, expected):
    """Return whether a column is a list in every way in which it can be read."""
    return (
        len(column) == len(expected)
        and list(column) == expected
        and np.array(column).tolist() == expected
        and all(column[n] == expected[n] for n in range(len(expected))[:3])
        and (not expected or (column[-1] == expected[-1] and column[-len(expected)] == expected[0]))
    )


@given(INTEGERS, REPEATED, INTEGERS)
def test_integers_are_a_list(some, times, more):
    """Whether they come one by one or together, and read in between or not."""
    column, expected = Integers(some * times), some * times
    assert same(column, expected)
    for number in more:
        column.append(number)
        expected.append(number)
    column.extend(some)
    assert same(column, expected + some)


@given(FLOATS, REPEATED, FLOATS)
def test_floats_are_a_list(some, times, more):
    """Bit by bit, negative zero and infinities included."""
    column, expected = Floats(some * times), some * times
    assert same(column, expected)
    for number in more:
        column.append(number)
        expected.append(number)
    column.extend(some)
    assert same(column, expected + some)
    assert np.array(column).tobytes() == np.array(expected + some, dtype=np.float64).tobytes()


@pytest.mark.parametrize("column", [Integers(), Floats()])
def test_what_is_written_is_put_by(column):
    """A writer would double its room again and again."""
    for number in range(3 * LATEST):
        column.append(number)
        assert len(column._latest) < LATEST
    assert list(column) == list(range(3 * LATEST))


def test_what_is_not_a_number_stays_one():
    """NaN stands for what is not known yet."""
    assert math.isnan(Floats([1.0, math.nan])[1])


@given(st.lists(st.integers(SMALLEST, LARGEST), min_size=1, max_size=600), st.data())
def test_an_integer_is_replaced(numbers, data):
    """At its place, counted from either end."""
    column = Integers(numbers)
    place = data.draw(st.integers(-len(numbers), len(numbers) - 1))
    column[place] = numbers[place] = data.draw(st.integers(SMALLEST, LARGEST))
    column.append(7)
    assert same(column, [*numbers, 7])


@pytest.mark.parametrize("place", [2, -3, 10**6])
def test_a_place_outside_is_refused(place):
    """Nothing is read or written beside the column."""
    for column in (Integers([1, 2]), Floats([1, 2])):
        with pytest.raises(IndexError, match=f"place {place} of 2"):
            column[place]
    whole = Integers([1, 2])
    with pytest.raises(IndexError, match=f"place {place} of 2"):
        whole[place] = 3
    assert list(whole) == [1, 2]


@pytest.mark.parametrize("wrong", [1.5, "7", None, 2**63, SMALLEST - 1])
def test_what_does_not_fit_leaves_integers_as_they_were(wrong):
    """No part of it is written."""
    column = Integers([1])
    with pytest.raises((TypeError, ValueError)):
        column.append(wrong)
    assert list(column) == [1]


@pytest.mark.parametrize("wrong", ["7", None])
def test_what_is_no_number_leaves_floats_as_they_were(wrong):
    """No part of it is written."""
    column = Floats([1])
    with pytest.raises(TypeError):
        column.append(wrong)
    assert list(column) == [1]


def test_an_array_is_a_copy():
    """A column grows while arrays of it are in use, and they stay as they are."""
    column = Integers(range(300))
    before = np.array(column, dtype=np.float64)
    column.append(300)
    column[0] = 9
    assert before.tolist() == list(range(300))
    assert np.array(column)[[0, -1]].tolist() == [9, 300]
    assert np.array(Floats(), dtype=np.float64).shape == (0,)
