"""Tasks on a Dask cluster: one that is there, or one of this machine for as long as it is used."""

from __future__ import annotations

import asyncio
import itertools
import logging
import pickle
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from o2c_sim.errors import MissingDependencyError, Problem, ScenarioError
from scenarios.executors.executor import Executor, R, T
from scenarios.executors.processes import deaf_to_interrupts, default_workers

CONNECT_SECONDS = 10
WORKER_SECONDS = 60
# Enough to keep workers busy, few enough that a long sweep does not fill the scheduler's memory.
_AHEAD_PER_WORKER = 4
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class Tls:
    """Files (PEM) that prove who is who: the authority, this client's certificate and its key."""

    ca: Path
    certificate: Path
    key: Path


class Dask(Executor):
    """Runs tasks on a Dask cluster, which is joined or started when the first task comes.

    Dask sends code and objects between its processes: whoever reaches a scheduler without TLS can
    run code on its workers, and the workers and this process have to trust each other.

    Parameters
    ----------
    scheduler
        Address, ``tcp://HOST:PORT`` or ``tls://HOST:PORT``; None starts a cluster of processes on
        this machine, on the loopback interface.
    workers
        Number of processes of a cluster of its own.
    tls
        Needed for, and only for, a ``tls://`` address.

    Raises
    ------
    ScenarioError
        If the address and the files do not go together.
    """

    def __init__(
        self,
        scheduler: str | None = None,
        *,
        workers: int | None = None,
        tls: Tls | None = None,
    ) -> None:
        _require_usable(scheduler, tls)
        self._scheduler = scheduler
        self._workers = default_workers() if workers is None else workers
        self._tls = tls
        self._cluster: Any = None
        self._client: Any = None

    def run(
        self, function: Callable[[T], R], tasks: Sequence[T]
    ) -> Generator[tuple[int, R], None, None]:
        """Yield results as tasks end; see :meth:`Executor.run`."""
        client, dask = self._connected(), _distributed()

        def submit(most: int) -> list[Any]:
            futures = []
            for index in itertools.islice(waiting, most):
                future = client.submit(_call, function, pickle.dumps(tasks[index]), pure=False)
                indices[future.key] = index
                futures.append(future)
            return futures

        indices: dict[str, int] = {}
        waiting = iter(range(len(tasks)))
        first = submit(_AHEAD_PER_WORKER * max(1, len(client.nthreads())))
        ended = dask.as_completed(first, loop=client.loop)
        try:
            for future in ended:
                result = future.result()
                # The next one goes out before the caller does anything with this one.
                ended.update(submit(1))
                yield indices.pop(future.key), result
        except dask.KilledWorker as error:
            raise ScenarioError(
                Problem(
                    f"Dask gave up: {error}",
                    suggestion="fewer workers if memory ran short",
                )
            ) from None
        except (CancelledError, asyncio.CancelledError, dask.comm.CommClosedError):
            raise ScenarioError(
                Problem(
                    "the Dask scheduler was lost",
                    suggestion="the same command goes on from what the store has kept",
                )
            ) from None
        finally:
            ended.clear()

    def close(self) -> None:
        """Leave the cluster; end it if it was started for this."""
        if self._cluster is not None and self._client is not None:
            # A worker that is just being replaced cannot be ended before it is there.
            with suppress(TimeoutError, OSError, RuntimeError, ValueError):
                self._client.wait_for_workers(self._workers, timeout=CONNECT_SECONDS)
        for part in (self._client, self._cluster):
            if part is not None:
                # Dask asserts that such a worker has begun; it ends with this process anyway.
                with suppress(AssertionError):
                    part.close()
        self._client = self._cluster = None

    def _connected(self) -> Any:
        if self._client is None:
            try:
                self._client = self._client_of(self._scheduler or self._started())
                _require_same(self._client, self._scheduler)
            except BaseException:
                self.close()
                raise
        return self._client

    def _started(self) -> Any:
        """Start a cluster on this machine and return its address."""
        distributed = _distributed()
        with deaf_to_interrupts():
            self._cluster = distributed.LocalCluster(
                n_workers=self._workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                # Any free port: 8787 would clash with a second cluster. Only on the loopback.
                dashboard_address="127.0.0.1:0",
                memory_limit=0,
                silence_logs=logging.CRITICAL,
                env={"POLARS_MAX_THREADS": "1"},
            )
        return self._cluster.scheduler_address

    def _client_of(self, address: str) -> Any:
        distributed = _distributed()
        security = None
        if self._tls is not None:
            security = distributed.Security(
                tls_ca_file=str(self._tls.ca),
                tls_client_cert=str(self._tls.certificate),
                tls_client_key=str(self._tls.key),
                require_encryption=True,
            )
        try:
            return distributed.Client(
                address, security=security, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, RuntimeError, ValueError) as error:
            raise ScenarioError(
                Problem(
                    f"no Dask scheduler can be reached: {str(error).splitlines()[0]}",
                    where=address,
                    allowed="tcp://HOST:PORT or tls://HOST:PORT of a running scheduler",
                )
            ) from None


def _call(function: Callable[[T], R], task: bytes) -> R:
    """Run a task in a worker, one at a time even where a worker has several threads."""
    with _ONE_AT_A_TIME:
        return function(pickle.loads(task))


def _distributed() -> Any:
    try:
        import distributed
    except ModuleNotFoundError:
        raise MissingDependencyError("distributed", "cluster") from None
    return distributed


def _require_usable(scheduler: str | None, tls: Tls | None) -> None:
    kind = "" if scheduler is None else scheduler.partition("://")[0]
    problems = []
    if scheduler is not None and kind not in ("tcp", "tls"):
        problems.append(Problem(f"--scheduler {scheduler}", allowed="tcp://... or tls://..."))
    if kind == "tls" and tls is None:
        problems.append(
            Problem(
                "a tls:// scheduler needs --tls-ca, --tls-cert and --tls-key", where=scheduler or ""
            )
        )
    if tls is not None:
        if kind != "tls":
            problems.append(Problem("--tls-... go with a tls:// --scheduler"))
        problems += [
            Problem("there is no such file", where=str(file))
            for file in (tls.ca, tls.certificate, tls.key)
            if not file.is_file()
        ]
    if problems:
        raise ScenarioError(problems)


def _require_same(client: Any, scheduler: str | None) -> None:
    """Refuse workers whose code or packages differ: their results would differ, too.

    Workers that join later are found out by their first task.
    """
    from scenarios.environment import environment

    where = scheduler or ""
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
        theirs = client.run(environment)
    except TimeoutError:
        raise ScenarioError(Problem("the scheduler has no workers", where=where)) from None
    except (ImportError, AttributeError) as error:
        raise ScenarioError(
            Problem(
                f"the workers lack the toolkit, or have another version: {error}",
                where=where,
                suggestion="install the same version of o2c-toolkit on every worker",
            )
        ) from None
    ours = environment()
    problems = [
        Problem(
            f"this worker has {name} {found.get(name, 'unknown')[:20]}, not {value[:20]}",
            where=address,
            suggestion="the same versions on every worker",
        )
        for address, found in sorted(theirs.items())
        for name, value in ours.items()
        if found.get(name) != value
    ]
    if problems:
        raise ScenarioError(problems)
