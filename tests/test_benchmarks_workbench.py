"""The benchmark of the workbench: what it says, and that it notices what it must."""

import pytest

from benchmarks import workbench
from benchmarks.measurement import Failure
from benchmarks.workbench import Answers


@pytest.fixture
def fake(monkeypatch):
    """Replace what is measured by known times: 4 s ready, 6 s cold."""
    told = {1: Answers((4.0, 20.0, 45.0), "a"), 0: Answers((6.0, 24.0, 50.0), "a")}
    monkeypatch.setattr(workbench, "answers", lambda ready, rounds, settle: told[ready])
    monkeypatch.setattr(workbench, "first_page", lambda: 1.25)
    return told


def test_the_ratio_stands_last(fake, capsys):
    """Cold takes half as long again."""
    assert workbench.main(["--rounds=2"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "start page: 1.25 s after the command (goal 2)",
        "ready: first answer after 4.00, 4.00 s (goal 5), final after 45.0, 45.0 s (goal 60)",
        "cold: first answer after 6.00, 6.00 s (goal 5), final after 50.0, 50.0 s (goal 60)",
        "1.50 x as soon as cold",
    ]


def test_another_result_is_a_failure(fake, capsys):
    """Speed alone is no success."""
    fake[0] = Answers((6.0,), "b")
    assert workbench.main([]) == 1
    assert "another result" in capsys.readouterr().err


def test_what_breaks_is_said(fake, monkeypatch, capsys):
    """One line, exit code 1."""

    def broken(*_):
        raise Failure("the comparison failed: it broke")

    monkeypatch.setattr(workbench, "answers", broken)
    assert workbench.main([]) == 1
    assert capsys.readouterr().err == "the comparison failed: it broke\n"


@pytest.mark.slow
def test_it_runs(capsys):
    """The quick check, with a real server and real jobs."""
    assert workbench.main(["--quick", "--rounds=1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("x as soon as cold")
