"""Numbers become names."""

import numpy as np
import polars as pl
import pytest

from o2c_sim.enumerated import enumerated

NAMES = ("b", "a", "c")


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64])
def test_numbers_become_names(dtype):
    """The categories stay in their order, those that do not occur as well."""
    column = enumerated(np.array([1, 0, 1], dtype=dtype), NAMES)
    assert column.to_list() == ["a", "b", "a"]
    assert column.dtype == pl.Enum(NAMES)


def test_minus_one_is_null():
    """Also where nothing else is."""
    assert enumerated(np.array([-1, 2, -1]), list(NAMES)).to_list() == [None, "c", None]
    assert enumerated(np.array([-1]), NAMES).to_list() == [None]


def test_a_number_without_a_name_is_refused():
    """It is a fault, not a null."""
    with pytest.raises(pl.exceptions.OutOfBoundsError):
        enumerated(np.array([4]), NAMES)


def test_no_numbers():
    """A column of no rows has its categories."""
    column = enumerated(np.empty(0, dtype=np.int64), NAMES)
    assert column.len() == 0
    assert column.dtype == pl.Enum(NAMES)
