"""The benchmark of accuracy: its table and its counts."""

import pytest
from process_logs import office_process

from benchmarks import accuracy
from mining.validation import protocol


@pytest.fixture
def logs(tmp_path, monkeypatch):
    """Write two logs, one of them under a name of the literature; replay instead of discovery."""
    monkeypatch.setattr(protocol, "discovered", protocol.replay)
    paths = [tmp_path / name for name in ("Production.csv", "office.csv")]
    for path in paths:
        office_process(7, 80).drop("event").write_csv(path)
    return paths


def test_the_table_and_the_counts(logs, capsys):
    """Five lines for a published log and three for another; the replay is never above itself."""
    assert accuracy.main([*map(str, logs), "--runs=2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 5 + 3 + 2
    assert {line.count("|") for line in lines if line} == {9, 0}
    assert lines[5] == "| | best published | 0.528 | 61.13 | 2.669 | 18.69 | 24.71 | |"
    assert lines[-1].endswith("at or below the replayed past in 10 of 10.")
    assert " of 5 cells" in lines[-1]


def test_without_the_logs_it_is_left_out(monkeypatch, tmp_path, capsys):
    """No data is no failure."""
    monkeypatch.setenv("O2C_DATA", str(tmp_path))
    assert accuracy.main([]) == 0
    assert "set O2C_DATA" in capsys.readouterr().out
