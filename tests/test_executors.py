"""Work in several processes gives what work in one gives, and survives a worker's death."""

import os
import pickle
from concurrent.futures.process import BrokenProcessPool

import pytest
from light_tasks import (
    die,
    fail,
    polars_threads,
    report_problems,
    square,
    square_or_die_once,
    square_slowly,
)

from o2c_sim import LogError, MissingDependencyError, ModelError, Problem, UsageError
from scenarios.executors import default_workers, run_tasks


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
    """Three attempts, then the error; never an answer with holes."""
    with pytest.raises(BrokenProcessPool):
        run_tasks(die, [1, 2], 2)


def test_a_tasks_own_exception_is_not_retried():
    """It comes out as it is."""
    with pytest.raises(ArithmeticError, match="task"):
        run_tasks(fail, [1, 2], 2)
    with pytest.raises(ArithmeticError, match="task 1"):
        run_tasks(fail, [1, 2], 1)


def test_workers_keep_to_one_thread_and_the_setting_is_put_back(monkeypatch):
    """The processes are the parallelism; the caller's environment is as it was."""
    monkeypatch.setenv("POLARS_MAX_THREADS", "3")
    assert run_tasks(polars_threads, [0, 1], 2) == [1, 1]
    assert os.environ["POLARS_MAX_THREADS"] == "3"
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
