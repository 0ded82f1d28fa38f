"""The benchmark of common random numbers: its table and what it calls worse."""

import math

import numpy as np
import pytest

from benchmarks import common_random_numbers
from scenarios.differences import MAIN
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
    gain, change = found[MAIN[0]]
    a, b = np.array([11.0, 41, 21, 32]), np.array([10.0, 40, 20, 30])
    assert gain.estimate == pytest.approx((a.var() + b.var()) / (a - b).var())
    assert change == pytest.approx(5)


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
    row = common_random_numbers.line("case_a", MAIN[0], Interval(*limits, 0.95), -3.0)
    assert said in row


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
    assert len(lines) == 2 + 2 * len(MAIN)
    assert sum(line.startswith("case_b") for line in lines) == len(MAIN)


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
