"""Killed at random moments, an experiment goes on and ends as if nothing had happened."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from command_line import o2c_process, o2c_run
from resumed_experiment import REPLICATIONS, digest, experiment

from scenarios.executors import Processes
from scenarios.store import Store

TESTS = Path(__file__).parent
KILLS = 20

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc"),
]


@pytest.fixture(scope="module")
def uninterrupted():
    """Return the digest of the experiment made at once, in one process, kept nowhere."""
    return digest(experiment(workers=1))


@pytest.fixture
def moments():
    """Return random numbers; the moments of death differ from run to run all the same."""
    return np.random.default_rng(20)


def workers_of(pid):
    """Return the processes that a process has started."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def gone(pid):
    """Return whether a process has ended, or only waits to be fetched."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def kept(folder):
    """Return the number of runs in a store."""
    return Store(folder).contents().replications


def test_a_parent_that_is_killed_again_and_again(uninterrupted, moments, tmp_path):
    """SIGKILL at 20 random moments: nothing kept is lost or damaged, no orphan, same result."""
    folder, result = tmp_path / "store", tmp_path / "digest"
    path = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    command = [sys.executable, str(TESTS / "resumed_experiment.py"), folder, "2", result]
    killed, before = 0, 0
    while not result.exists():
        process = subprocess.Popen(
            list(map(str, command)), env={**os.environ, "PYTHONPATH": path}, start_new_session=True
        )
        if killed < KILLS:
            # From before the first worker starts until shortly after a result or two.
            if killed % 4:
                while kept(folder) == before and process.poll() is None:
                    time.sleep(0.005)
            time.sleep(moments.uniform(0, 0.15 if killed % 4 else 1.5))
            workers = workers_of(process.pid) if process.poll() is None else []
            process.kill()
            killed += process.wait() == -signal.SIGKILL
            end = time.monotonic() + 10
            while not all(map(gone, workers)) and time.monotonic() < end:
                time.sleep(0.02)
            assert [pid for pid in workers if not gone(pid)] == []
        else:
            assert process.wait() == 0
        assert kept(folder) >= before
        before = kept(folder)
    assert killed == KILLS
    assert result.read_text() == uninterrupted
    assert before == 2 * REPLICATIONS
    said = []
    assert digest(experiment(workers=1, store=Store(folder, said.append))) == uninterrupted
    assert said == [], "no damaged entry"


def test_workers_that_are_killed_again_and_again(uninterrupted, moments, tmp_path):
    """SIGKILL to one of two, at 20 random moments: their runs are made again, same result."""
    killed = []
    with Processes(2) as executor:

        def kill():
            victims = [process.pid for process in executor._processes if process.is_alive()]
            if victims:
                killed.append(victims[int(moments.integers(len(victims)))])
                os.kill(killed[-1], signal.SIGKILL)

        timers = []

        def sometimes(done, total):
            idle = not timers or not timers[-1].is_alive()
            if idle and len(killed) < KILLS and (moments.random() < 0.5 or done > 40):
                timers.append(threading.Timer(moments.uniform(0, 0.2), kill))
                timers[-1].start()

        found = experiment(executor=executor, store=Store(tmp_path), progress=sometimes)
    for timer in timers:
        timer.join()
    assert len(killed) == KILLS
    assert digest(found) == uninterrupted
    assert kept(tmp_path) == 2 * REPLICATIONS


def test_the_command_line_goes_on_where_it_was_killed(tmp_path):
    """A comparison killed twice writes, byte for byte, what one that was left alone writes."""
    line = ("compare", "case_a", "-r", 12, "--workers", 2, "-o", "result")
    line += ("--days", 20, "--warm-up", 10, "--cool-down", 10)
    written = []
    for name, kills in (("alone", 0), ("killed", 2)):
        folder, store = tmp_path / name, tmp_path / f"{name}-store"
        folder.mkdir()
        options = {"cwd": str(folder), "O2C_STORE": str(store)}
        for _ in range(kills):
            before = kept(store)
            process = o2c_process(*line, **options)
            while kept(store) < before + 3:
                assert process.poll() is None
                time.sleep(0.01)
            process.kill()
            process.communicate()
            assert not (folder / "result").exists()
        outcome = o2c_run(*line, **options)
        assert outcome.code == 0, outcome
        written.append((folder / "result" / "comparison.json").read_bytes())
        assert kept(store) == 24
    assert written[0] == written[1]
