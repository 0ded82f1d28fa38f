"""Where replications run: in this process or in several; the results are the same."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

ATTEMPTS = 3


def default_workers() -> int:
    """Return the number of processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def run_tasks(
    function: Callable[[T], R],
    tasks: Sequence[T],
    workers: int,
    done: Callable[[int, R], None] = lambda index, result: None,
) -> list[R]:
    """Return the function's result for each task, in the order of the tasks.

    Parameters
    ----------
    function
        A module-level function without side effects.
    tasks
        Its arguments.
    workers
        Processes to use; 1 runs in this process.
    done
        Called with the task's index and result as each one ends.

    Raises
    ------
    BrokenProcessPool
        If worker processes died three times over; tasks lost with a worker are run again.
    """
    if workers <= 1 or len(tasks) <= 1:
        results = []
        for index, task in enumerate(tasks):
            results.append(function(task))
            done(index, results[-1])
        return results
    finished: dict[int, R] = {}
    for attempt in range(ATTEMPTS):
        left = [index for index in range(len(tasks)) if index not in finished]
        if not left:
            break
        try:
            for index, result in _in_processes(function, tasks, left, workers):
                finished[index] = result
                done(index, result)
        except BrokenProcessPool:
            if attempt == ATTEMPTS - 1:
                raise
    return [finished[index] for index in range(len(tasks))]


def _in_processes(
    function: Callable[[T], R], tasks: Sequence[T], indices: Sequence[int], workers: int
) -> Iterator[tuple[int, R]]:
    # Forking a process whose libraries hold threads can deadlock, so workers start afresh.
    context = multiprocessing.get_context("spawn")
    with _one_thread_each():
        others = set(multiprocessing.active_children())
        pool = ProcessPoolExecutor(min(workers, len(indices)), mp_context=context)
        try:
            with _deaf_to_interrupts():
                futures: dict[Future[R], int] = {
                    pool.submit(function, tasks[i]): i for i in indices
                }
            waiting = set(futures)
            while waiting:
                ended, waiting = wait(waiting, timeout=0.25, return_when=FIRST_COMPLETED)
                for future in ended:
                    yield futures[future], future.result()
        except BaseException:
            for worker in set(multiprocessing.active_children()) - others:
                worker.kill()
            raise
        finally:
            # One call: a second one would take the cancellation back.
            pool.shutdown(cancel_futures=True)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let processes start that Ctrl-C does not reach: this process ends them, and quietly."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Keep each worker's data-frame library to one thread: the processes are the parallelism."""
    before = os.environ.get("POLARS_MAX_THREADS")
    os.environ["POLARS_MAX_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["POLARS_MAX_THREADS"]
        else:
            os.environ["POLARS_MAX_THREADS"] = before
