"""Matching: the order value above which orders are held."""

import pytest

from mining.calibration.correction import order_value_held


@pytest.mark.parametrize(
    ("held", "wanted", "expected"),
    [
        ([(100.0, 0.04)], 0.02, 100 * 2**1.3),
        ([(100.0, 0.04), (400.0, 0.01)], 0.02, 200.0),
        ([(100.0, 0.04), (400.0, 0.01), (150.0, 0.02)], 0.02, 150.0),
        ([(100.0, 0.0)], 0.5, 20.0),
        ([(100.0, 0.5)], 0.0, 500.0),
    ],
    ids=["a step", "between two", "met already", "none held so far", "none held in the log"],
)
def test_the_order_value_that_is_held_is_found_between_those_tried(held, wanted, expected):
    """Halfway in the logarithms of both; a lone value is moved, by at most a factor of five."""
    assert order_value_held(held, wanted) == pytest.approx(expected)
