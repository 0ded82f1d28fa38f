"""The benchmark of common random numbers: its table and what it calls worse."""

import math

import numpy as np
import pytest

from benchmarks import common_random_numbers
from scenarios.differences import MAIN, Controls
from scenarios.statistics import Interval


class Run:
    """A replication with the same value in every main metric."""

    def __init__(self, value):
        self.kpis = dict.fromkeys(MAIN, value)


def test_gains_are_of_the_variances():
    """Differences of 1, 1, 1, 2 and values spread over 0 to 30."""
    before = [Run(v) for v in (10.0, 40.0, 20.0, 30.0)]
    after = [Run(v) for v in (11.0, 41.0, 21.0, 32.0)]
    found = common_random_numbers.gains(after, before)
    gain = found[MAIN[0]]
    a, b = np.array([11.0, 41, 21, 32]), np.array([10.0, 40, 20, 30])
    assert gain.difference.estimate == pytest.approx((a.var() + b.var()) / (a - b).var())
    assert gain.change_pct == pytest.approx(5)
    assert gain.controls == ()
    assert math.isnan(gain.controlled)


def test_the_gain_of_a_change_in_percent():
    """A quarter of the baseline, nearly: the percentage varies less than the difference can."""
    before = np.array([10.0, 40.0, 20.0, 30.0])
    after = before / 4 + np.array([0.1, -0.1, 0.1, -0.1])
    found = common_random_numbers.gains([Run(v) for v in after], [Run(v) for v in before])[MAIN[0]]
    ratio = after.mean() / before.mean()
    b = ratio * before
    assert found.percentage.estimate == pytest.approx((after.var() + b.var()) / (after - b).var())
    assert found.difference.estimate < found.bound < 2 < 100 < found.percentage.estimate


def test_controls_gain_what_they_take_off():
    """Twelve replications whose difference goes with the control but for a little."""
    luck = np.arange(12.0)
    rest = np.tile([0.3, -0.1, -0.2], 4)
    before = 50 + 3 * luck
    runs = [Run(v) for v in 20 + luck + rest], [Run(v) for v in before]
    controls = {"hours": Controls({"orders": luck}, {"orders": 5.5})}
    found = common_random_numbers.gains(*runs, controls)
    hours, days = found["order_processing_mean_hours"], found["order_to_cash_mean_days"]
    assert hours.controls == ("orders",)
    assert hours.controlled > 50 * hours.difference.estimate
    assert days.controls == ()
    assert "with orders as control" in common_random_numbers.line("case_a", MAIN[2], hours)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ((20, 15, 30), "20.0  (15.0 to 30.0)"),
        ((5, 2, 9), "below 12"),
        ((2, 0.5, 8), "not told from 1"),
        ((0.5, 0.2, 0.9), "WORSE THAN INDEPENDENT"),
        ((math.inf, math.inf, math.inf), "as much in every"),
        ((math.nan, math.nan, math.nan), "no value"),
    ],
)
def test_a_row_says_where_pairing_falls_short(limits, said):
    """By the interval, not by the estimate alone."""
    nothing = Interval(math.nan, math.nan, math.nan, 0.95)
    gain = common_random_numbers.Gain(
        Interval(*limits, 0.95), -3.0, 7.0, nothing, math.nan, controls=()
    )
    row = common_random_numbers.line("case_a", MAIN[0], gain)
    assert said in row
    assert ("at most 7.0 by any pairing" in row) == (limits[0] < 12)


def test_the_table_of_a_short_run(capsys):
    """Two scenarios, four replications of a few days: a row for each metric."""
    code = common_random_numbers.main(
        [
            *("--scenarios", "case_a", "case_b"),
            *("--replications=4", "--warm-up=5", "--days=10", "--cool-down=5", "--workers=1"),
        ]
    )
    lines = capsys.readouterr().out.splitlines()
    assert code in (0, 1)
    assert sum(line.startswith("case_a") for line in lines) == len(MAIN)
    assert sum(line.startswith("case_b") for line in lines) == len(MAIN)
    assert any("at most" in line and "change in percent" in line for line in lines)


@pytest.mark.parametrize(
    "bad",
    [
        ["--replications", "3"],
        ["--scenarios", "nothing"],
        ["--scenarios", "key_customer_insolvency", "--days", "5", "--cool-down", "0"],
    ],
)
def test_what_makes_no_sense_is_refused(bad, capsys):
    """Exit code 2 with what is allowed."""
    with pytest.raises(SystemExit) as stopped:
        common_random_numbers.main(bad)
    assert stopped.value.code == 2
    assert capsys.readouterr().err
