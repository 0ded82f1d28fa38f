"""The benchmark of the log distances: its logs, its comparison, and what it says."""

import datetime as dt
import json
import sys

import polars as pl
import pytest

from benchmarks import distances
from benchmarks.measurement import Failure
from mining.validation.scores import score

CASES = ("--cases=60", "--rounds=1")


def test_the_logs_are_as_they_are_described():
    """Whole cases of about fifteen events, in the order of time, the same for the same seed."""
    log = distances.made_log(400, 1)
    assert log["case"].n_unique() == 400
    assert log.height / 400 == pytest.approx(distances.EVENTS_PER_CASE, rel=0.05)
    assert log["activity"].n_unique() == distances.ACTIVITIES
    waited = log.sort("case", "event").select(pl.col("start").diff().over("case")).to_series()
    assert (waited.drop_nulls() >= dt.timedelta()).all()
    assert log.equals(distances.made_log(400, 1))
    assert not log.equals(distances.made_log(400, 2))


@pytest.fixture
def reference(monkeypatch):
    """Replace the reference by what it is known to give, in a time to be chosen."""
    logs = [distances.made_log(60, seed) for seed in (1, 2)]
    said = {"cpu_seconds": 1_000.0, **score(logs[1], logs[0])}

    def last_line(command):
        if said.get("broken"):
            raise Failure("it broke")
        return json.dumps(said)

    monkeypatch.setattr(distances, "last_line", last_line)
    return said


@pytest.mark.usefixtures("reference")
def test_equal_and_fast_is_what_is_claimed(capsys):
    """Exit code 0 and the ratio."""
    assert distances.main(["--reference", sys.executable, *CASES]) == 0
    assert "five distances equal: True" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"redd": 1.0}, "redd: "),
        ({"ngd": 0.5}, "ngd: "),
        ({"cpu_seconds": 1e-9}, "claimed are 50"),
        ({"broken": 1}, "it broke"),
    ],
)
def test_a_difference_a_slow_run_and_a_failure_are_said(change, said, reference, capsys):
    """On standard error, with exit code 1."""
    reference.update(change)
    assert distances.main(["--reference", sys.executable, *CASES]) == 1
    assert said in capsys.readouterr().err


def test_without_the_reference_it_is_left_out(capsys):
    """No package is no failure."""
    assert distances.main(["--reference", "/no/such/python"]) == 0
    assert "left out" in capsys.readouterr().out
