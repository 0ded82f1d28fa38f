"""Where replications run: in this process, in several, on a cluster; the results are the same.

===============  ============================================================
Dask             on a Dask cluster, or a local one of its own
Executor         what runs tasks
Processes        in several processes of this machine
Serial           in this process
default_workers  the number of processors this process may use
local            in this process, or in several where that pays
prepare          processes of this machine, started before there are tasks
run_tasks        all results, in the order of the tasks
===============  ============================================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from scenarios.executors.dask_cluster import Dask
from scenarios.executors.executor import Executor, R, Serial, T
from scenarios.executors.processes import Processes, default_workers

__all__ = [
    "Dask",
    "Executor",
    "Processes",
    "Serial",
    "default_workers",
    "local",
    "prepare",
    "run_tasks",
]

_prepared: dict[int, Processes] = {}


def local(workers: int, tasks: int | None = None) -> Executor:
    """Return what runs tasks on this machine.

    Parameters
    ----------
    workers
        Processes to use; 1 runs in this process.
    tasks
        How many there are, if known: processes start for no more than that.
    """
    needed = workers if tasks is None else min(workers, tasks)
    if needed > 1:
        return _prepared.pop(needed) if needed in _prepared else Processes(needed)
    return Serial()


def prepare(workers: int, function: Callable[..., object]) -> None:
    """Start processes now, for the first :func:`local` of this process that asks for as many.

    Parameters
    ----------
    workers
        How many; none start for 1.
    function
        The module-level function that they will run; they import its module.
    """
    if workers > 1:
        _prepared[workers] = Processes(workers)
        _prepared[workers].prepare(function)


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
    ScenarioError
        If worker processes died three times over; tasks lost with a worker are run again.
    """
    finished: dict[int, R] = {}
    with (
        local(workers, len(tasks)) as executor,
        closing(executor.run(function, tasks)) as results,
    ):
        for index, result in results:
            finished[index] = result
            done(index, result)
    return [finished[index] for index in range(len(tasks))]
