"""The mining benchmark: its logs, its comparison, and what it says."""

import polars as pl
import pytest
from real_logs import MANUFACTURING, folder

from benchmarks import mining, mining_logs
from benchmarks.measurement import Failure
from benchmarks.mining import Sample

FOUND = {"edges": 3, "pair_hours": 12.5}
ROWS = pl.DataFrame(
    {"case": ["1", "1", "2"], "activity": ["A", "B", "A"], "time": [1, 2, 3]},
    schema_overrides={"time": pl.Datetime("us")},
)


def test_copies_are_whole_cases_under_new_names():
    """Ten events asked for of a log of three: three copies, six cases."""
    made = mining_logs.copied(ROWS, 10)
    assert made.height == 9
    assert made["case"].n_unique() == 6
    assert mining_logs.copied(ROWS, 1).height == 3


def test_disagreements_are_found():
    """A figure off by a part in a thousand, and one that is missing."""
    ours = Sample(FOUND, 1.0, 1.0)
    assert mining.disagreements(ours, ours) == []
    assert len(mining.disagreements(Sample({"edges": 3.003}, 1.0, 1.0), ours)) == 2


@pytest.fixture
def fake(monkeypatch):
    """Replace the children by samples of known times."""
    seconds = {"toolkit": 2.0, "pm4py": 60.0, "align": 1.0, "align-pm4py": 120.0, "report": 9.0}
    if not (folder() / MANUFACTURING).is_file():
        pytest.skip("the public SAP log is absent")

    def contend(name, log, **_):
        if name not in seconds:
            raise Failure("it broke")
        more = {"variants": 5 if name == "align-pm4py" else 10, "cost": 7}
        return Sample({**FOUND, **more} if "align" in name else FOUND, seconds[name], 1.0, 2**20)

    monkeypatch.setattr(mining, "contend", contend)
    monkeypatch.setattr(mining, "last_line", lambda command: "1000000")
    return seconds


def test_the_report_has_the_ratios(fake, capsys):
    """60 seconds beside 2 are 30 times; stopped alignments give a lower bound."""
    assert mining.main(["--rounds=1"]) == 0
    out = capsys.readouterr().out
    assert out.count(" 30.0\n") == 2
    assert "stopped after 5 variants" in out
    assert "at least 120 x pm4py" in out


def test_a_contender_that_breaks_is_said(fake, capsys):
    """One line on standard error, exit code 1."""
    del fake["pm4py"]
    assert mining.main(["--rounds=1"]) == 1
    assert capsys.readouterr().err == "it broke\n"


def test_without_the_log_it_is_left_out(monkeypatch, tmp_path, capsys):
    """No data is no failure."""
    monkeypatch.setenv("O2C_DATA", str(tmp_path))
    assert mining.main([]) == 0
    assert "is absent; set O2C_DATA" in capsys.readouterr().out
