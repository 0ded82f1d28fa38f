"""The benchmark of experiments: what it says, and that it notices what it must."""

import pytest

from benchmarks import experiments
from benchmarks.experiments import Sample
from benchmarks.measurement import Failure


@pytest.fixture
def fake(monkeypatch):
    """Replace the children by samples of known times: 0.5 s a run, 1.8 times that with two."""
    digests = {1: "a", 2: "a"}

    def contend(workers, replications, window, companies=1):
        if workers not in digests:
            raise Failure("it broke")
        seconds = 0.5 * replications * companies / (1.8 if workers == 2 else 1)
        return Sample(seconds, digests[workers])

    monkeypatch.setattr(experiments, "contend", contend)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    return digests


def test_the_ratio_stands_last(fake, capsys):
    """40 runs take 20 s on one core and 11.1 s on two; 6,000 runs 27.8 minutes."""
    assert experiments.main(["--rounds=2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "1.80 x one core"
    assert lines[0].endswith("; the simulator runs from its sources")
    assert "6 scenarios x 5 replications, 450 days each, 2 cores: 8.3 s, 3.60 runs/s" in lines[4]
    assert "27.8 minutes (goal 15)" in lines[4]


def test_other_results_of_two_cores_are_a_failure(fake, capsys):
    """Speed alone is no success."""
    fake[2] = "b"
    assert experiments.main([]) == 1
    assert "another result" in capsys.readouterr().err


def test_a_child_that_breaks_is_said(fake, capsys):
    """One line, exit code 1."""
    del fake[2]
    assert experiments.main([]) == 1
    assert capsys.readouterr().err == "it broke\n"


@pytest.mark.slow
def test_it_runs(capsys):
    """The quick check, with real children."""
    assert experiments.main(["--quick"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("x one core")
