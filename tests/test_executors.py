"""Work in several processes gives what work in one gives, and survives a worker's death."""

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from light_tasks import (
    die,
    fail,
    memory_settings,
    polars_threads,
    report_problems,
    square,
    square_or_die_once,
    square_slowly,
    square_unless_13,
    tell_process,
)

from o2c_sim import (
    LogError,
    MissingDependencyError,
    ModelError,
    Problem,
    ScenarioError,
    UsageError,
)
from scenarios.executors import (
    Processes,
    Serial,
    default_workers,
    local,
    prepare,
    run_tasks,
)


def test_one_worker_runs_in_this_process():
    """Results in order, each announced once as it ends, and a lambda will do."""
    seen = []
    found = run_tasks(lambda n: n * n, [3, 1, 2], 1, lambda *pair: seen.append(pair))
    assert found == [9, 1, 4]
    assert seen == [(0, 9), (1, 1), (2, 4)]


def test_two_workers_give_the_same_in_the_order_of_the_tasks():
    """Later tasks end first; each is announced once."""
    tasks, seen = [0, 1, 5, 9], {}
    found = run_tasks(square_slowly, tasks, 2, lambda i, result: seen.update({i: result}))
    assert found == [square(n) for n in tasks] == run_tasks(square, tasks, 1)
    assert seen == dict(enumerate(found))


def test_prepared_processes_are_taken_once_by_who_asks_for_as_many():
    """They are there before the tasks, give the same, and end with their executor."""
    prepare(2, square)
    with local(3) as other, local(2) as executor:
        waiting = set(executor._processes)
        assert len(waiting) == 2
        assert other._processes == set()
        assert dict(executor.run(square, [3, 4, 5])) == {0: 9, 1: 16, 2: 25}
        assert executor._processes == waiting
        assert local(2)._processes == set()
    assert not any(process.is_alive() for process in waiting)
    prepare(1, square)
    assert isinstance(local(1), Serial)


def test_a_killed_worker_is_replaced_and_nothing_is_lost(tmp_path):
    """One task kills its process with SIGKILL at its first attempt; all results are right."""
    marker = tmp_path / "died"
    seen = []
    tasks = [(n, str(marker) if n == 2 else "") for n in range(6)]
    found = run_tasks(square_or_die_once, tasks, 2, lambda i, _: seen.append(i))
    assert marker.exists(), "no worker died: the test shows nothing"
    assert found == [0, 1, 4, 9, 16, 25]
    assert sorted(seen) == list(range(6)), "a finished task is not announced twice"


def test_a_task_that_always_kills_its_worker_is_given_up():
    """Three attempts, then the error with what to do; never an answer with holes."""
    with pytest.raises(ScenarioError, match="died 3 times") as caught:
        run_tasks(die, [1, 2], 2)
    assert "--workers" in caught.value.problems[0].suggestion


def test_a_task_that_kills_its_worker_does_not_keep_others_from_their_results():
    """It is tried last; what can be had, and stored, is had before it is given up."""
    seen = []
    with pytest.raises(ScenarioError, match="died 3 times"):
        run_tasks(square_unless_13, [13, *range(12)], 2, lambda i, result: seen.append(result))
    assert sorted(seen) == [n * n for n in range(12)]


def test_processes_stay_for_the_next_tasks():
    """Starting one costs more than a second: many small lots share them."""
    with Processes(2) as executor:
        lots = [set(dict(executor.run(tell_process, range(6))).values()) for _ in range(2)]
        assert os.getpid() not in lots[0] | lots[1]
        assert len(lots[0] | lots[1]) <= 2


def test_a_worker_that_dies_between_two_lots_is_replaced():
    """Nobody was waiting for it; the next lot notices."""
    with Processes(2) as executor:
        (victim, *_) = dict(executor.run(tell_process, range(6))).values()
        os.kill(victim, signal.SIGKILL)
        assert dict(executor.run(square, range(6))) == {n: n * n for n in range(6)}


def test_results_that_nobody_wants_any_more_end_the_workers():
    """Whoever stops reading stops the work."""
    with Processes(2) as executor:
        results = executor.run(square_slowly, [0] * 50)
        next(results)
        began = time.monotonic()
        results.close()
        assert dict(executor.run(square, [3, 4])) == {0: 9, 1: 16}
    assert time.monotonic() - began < 5


def alive(pid):
    """Return whether a process runs; one that only waits to be fetched does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")
def test_workers_end_when_their_parent_is_killed():
    """A parent that gets SIGKILL cannot tell them; they notice, and no orphan goes on."""
    code = (
        "from light_tasks import tell_process_slowly\n"
        "from scenarios.executors import Processes\n"
        "if __name__ == '__main__':\n"
        "    for _, pid in Processes(2).run(tell_process_slowly, range(100)):\n"
        "        print(pid, flush=True)\n"
    )
    tests = Path(__file__).parent
    path = os.pathsep.join([str(tests.parent), str(tests)])
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    pids = {int(parent.stdout.readline()) for _ in range(4)}
    assert all(alive(pid) for pid in pids)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    end = time.monotonic() + 5
    while any(alive(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    assert [pid for pid in pids if alive(pid)] == []


def test_no_more_processes_than_tasks():
    """One task needs none; a number of tasks that is not known may need all."""
    assert isinstance(local(4, tasks=1), Serial)
    assert isinstance(local(1), Serial)
    assert isinstance(local(2), Processes)


def test_a_tasks_own_exception_is_not_retried():
    """It comes out as it is."""
    with pytest.raises(ArithmeticError, match="task"):
        run_tasks(fail, [1, 2], 2)
    with pytest.raises(ArithmeticError, match="task 1"):
        run_tasks(fail, [1, 2], 1)


def test_workers_keep_to_one_thread_and_the_setting_is_put_back(monkeypatch):
    """The processes are the parallelism; the caller's environment is as it was."""
    monkeypatch.setenv("POLARS_MAX_THREADS", "3")
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "12345678")
    monkeypatch.delenv("MALLOC_MMAP_THRESHOLD_", raising=False)
    before = dict(os.environ)
    assert run_tasks(polars_threads, [0, 1], 2) == [1, 1]
    assert run_tasks(memory_settings, [0, 1], 2) == 2 * [("12345678", str(32 << 20))]
    assert dict(os.environ) == before
    monkeypatch.delenv("POLARS_MAX_THREADS")
    run_tasks(square, [0, 1], 2)
    assert "POLARS_MAX_THREADS" not in os.environ


def test_the_toolkits_errors_come_back_with_all_their_problems():
    """Place, message and suggestion of each, not only the text."""
    with pytest.raises(ModelError) as caught:
        run_tasks(report_problems, [0, 1], 2)
    assert caught.value.problems == (
        Problem("one", where="x:1"),
        Problem("two", suggestion="three"),
    )


@pytest.mark.parametrize(
    "error", [MissingDependencyError("pm4py", "mining"), LogError("x"), UsageError(Problem("y"))]
)
def test_every_error_survives_the_way_between_processes(error):
    """Kind, problems, text and exit code."""
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert (back.problems, str(back), back.exit_code) == (
        error.problems, str(error), error.exit_code,
    )  # fmt: skip


def test_no_task_gives_no_result():
    """Neither one worker nor two."""
    assert run_tasks(square, [], 1) == run_tasks(square, [], 2) == []


def test_default_workers_are_the_processors_allowed():
    """At least one."""
    assert 1 <= default_workers() <= (os.cpu_count() or 1)
