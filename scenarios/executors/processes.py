"""Tasks in several processes of this machine; what is lost with a process is run again."""

from __future__ import annotations

import gc
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

from o2c_sim.errors import Problem, ScenarioError
from scenarios.executors.executor import Executor, R, T

ATTEMPTS = 3
_POLL_SECONDS = 0.25
# The processes are the parallelism: one thread is enough for each worker's data frames.
_THREADS = {"POLARS_MAX_THREADS": "1"}
# The next replication takes as much memory as the one before, so what is freed is kept (GNU's C
# library, bytes; 32 MiB is the most that it allows). Who has settings of his own keeps them.
_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(256 << 20), "MALLOC_MMAP_THRESHOLD_": str(32 << 20)}


def default_workers() -> int:
    """Return the number of processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


class Processes(Executor):
    """Runs tasks in worker processes, which stay for the next lot of tasks.

    Parameters
    ----------
    workers
        Number of processes.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._processes: set[BaseProcess] = set()

    def run(
        self, function: Callable[[T], R], tasks: Sequence[T]
    ) -> Generator[tuple[int, R], None, None]:
        """Yield results as tasks end; see :meth:`Executor.run`."""
        left = dict.fromkeys(range(len(tasks)))
        deaths = 0
        try:
            while left:
                # After a death one task alone: if it is to blame, it takes no other one with it.
                begun = list(left)[: 1 if deaths else None]
                try:
                    for index, result in self._ended(function, tasks, begun):
                        del left[index]
                        deaths = 0
                        yield index, result
                except BrokenProcessPool:
                    self._kill()
                    deaths += 1
                    if deaths == ATTEMPTS:
                        raise ScenarioError(_given_up(self._workers)) from None
                    # The oldest were under way; should one be to blame, all others go first.
                    under_way = [index for index in begun if index in left][: self._workers]
                    for index in under_way:
                        del left[index]
                        left[index] = None
        except BaseException:
            self._kill()
            raise

    def prepare(self, function: Callable[..., object]) -> None:
        """Start the processes and have them import the function's module before there are tasks."""
        with self._starting() as pool:
            for _ in range(self._workers):
                pool.submit(callable, function)

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None
        self._processes = set()

    def _kill(self) -> None:
        """End the processes at once; their results would be thrown away."""
        for process in self._processes:
            process.kill()
        self.close()

    @contextmanager
    def _starting(self) -> Iterator[ProcessPoolExecutor]:
        """Yield the pool; processes start as tasks are handed over to it."""
        others = set(multiprocessing.active_children()) - self._processes
        with _settings_of_workers(), deaf_to_interrupts():
            if self._pool is None:
                # Forking a process whose libraries hold threads can deadlock, so workers start
                # afresh.
                self._pool = ProcessPoolExecutor(
                    self._workers,
                    mp_context=multiprocessing.get_context("spawn"),
                    initializer=_end_with_parent,
                )
            try:
                yield self._pool
            finally:
                self._processes = set(multiprocessing.active_children()) - others

    def _ended(
        self, function: Callable[[T], R], tasks: Sequence[T], indices: Sequence[int]
    ) -> Iterator[tuple[int, R]]:
        ended: queue.SimpleQueue[Future[R]] = queue.SimpleQueue()
        futures: dict[Future[R], int] = {}
        with self._starting() as pool:
            for index in indices:
                future = pool.submit(_done, function, tasks[index])
                futures[future] = index
                future.add_done_callback(ended.put)
        for _ in indices:
            future = _next(ended)
            yield futures[future], future.result()


def _done(function: Callable[[T], R], task: T) -> R:
    """Return the result of a task, in a worker."""
    result = function(task)
    if not gc.get_freeze_count():
        # The first task has imported all there is to import. That stays, and each search for
        # garbage would walk through it again.
        gc.collect()
        gc.freeze()
    return result


def _next(ended: queue.SimpleQueue[Future[R]]) -> Future[R]:
    """Wait so that Ctrl-C is noticed on every system."""
    while True:
        try:
            return ended.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            continue


def _given_up(workers: int) -> Problem:
    return Problem(
        f"worker processes died {ATTEMPTS} times and nothing got done in between",
        suggestion="fewer --workers if memory ran short" if workers > 1 else "",
    )


def _end_with_parent() -> None:
    """Let this worker end when the process that started it is gone, even if it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Let processes start that Ctrl-C does not reach: this process ends them, and quietly."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # The first process of all brings this one along, which lets interrupts through as it starts.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _settings_of_workers() -> Iterator[None]:
    """Let processes start whose libraries are told what is known of the work."""
    before = dict(os.environ)
    os.environ.update({**_MEMORY, **before, **_THREADS})
    try:
        yield
    finally:
        for name in (*_MEMORY, *_THREADS):
            if name in before:
                os.environ[name] = before[name]
            else:
                del os.environ[name]
