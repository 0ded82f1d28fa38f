"""Starting the process of a command; some wait ready, so that the first answer comes sooner."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

from reports.workbench.job import TEMPORARY
from reports.workbench.settings import Settings

_CODE = "from reports.workbench.job_process import main; main()"
_SECRET = "O2C_AUTH_TOKEN"
_PACKAGES = str(Path(__file__).resolve().parents[2])
# A page that a browser opens first, or next, comes before what it may ask for later.
_AFTER_SECONDS = 3.0


class Starter:
    """Starts processes of commands, and keeps a few that have loaded already what verbs need.

    Which process takes a command changes how soon it ends and nothing else.

    Parameters
    ----------
    settings
        Limits of every process, and how many wait ready.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._ready: list[subprocess.Popen[bytes]] = []
        self._timer: threading.Timer | None = None
        self._closed = False

    def start(
        self, arguments: Sequence[str], folder: Path, out: Path, err: Path, progress: Path
    ) -> subprocess.Popen[bytes]:
        """Start a command.

        Parameters
        ----------
        arguments
            Of ``o2c``.
        folder
            Where it runs.
        out, err, progress
            Files for what it prints and how far it is; the first two are emptied.
        """
        order = {
            "arguments": list(arguments),
            "folder": str(folder),
            "out": str(out),
            "err": str(err),
            "progress": str(progress),
            "temporary": str(folder / TEMPORARY),
        }
        for path in (out, err):
            path.write_bytes(b"")
        line = json.dumps(order).encode() + b"\n"
        while (process := self._taken()) is not None:
            if _told(process, line):
                return process
            end(process)
        process = self._waiting(err=err)
        # One that could not even begin has said why.
        _told(process, line)
        return process

    def refill(self, after_seconds: float = _AFTER_SECONDS) -> None:
        """Have as many processes wait ready as wanted, from so many seconds on."""
        with self._lock:
            if self._closed or self._timer is not None or not self._settings.ready_processes:
                return
            self._timer = threading.Timer(after_seconds, self._fill)
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        """End those that wait."""
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
            waiting, self._ready = self._ready, []
        for process in waiting:
            end(process)

    def _taken(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            while self._ready:
                process = self._ready.pop(0)
                if process.poll() is None:
                    return process
                end(process)
        return None

    def _fill(self) -> None:
        # A machine that is short of processes or files has none to spare for waiting.
        with self._lock, suppress(OSError):
            self._timer = None
            while not self._closed and len(self._ready) < self._settings.ready_processes:
                self._ready.append(self._waiting("--ready"))

    def _waiting(self, *options: str, err: Path | None = None) -> subprocess.Popen[bytes]:
        """Return a process that waits for its order on standard input."""
        limits = (self._settings.max_job_memory_bytes, self._settings.max_job_file_bytes)
        environment = {
            # What reads files of strangers needs no secret.
            **{name: value for name, value in os.environ.items() if name != _SECRET},
            "PYTHONPATH": os.pathsep.join(
                filter(None, (_PACKAGES, os.environ.get("PYTHONPATH", "")))
            ),
            # A file in the job's folder must never be imported in place of a module.
            "PYTHONSAFEPATH": "1",
            "NO_COLOR": "1",
        }
        with nullcontext(subprocess.DEVNULL) if err is None else err.open("ab") as stderr:
            return subprocess.Popen(
                [sys.executable, "-c", _CODE, *map(str, limits), *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env=environment,
                start_new_session=True,
            )


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that does nothing yet with its workers, and close its input."""
    if hasattr(os, "killpg"):
        # It leads its own group, from before it runs any code.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


def _told(process: subprocess.Popen[bytes], line: bytes) -> bool:
    """Give a process its order; tell whether it was there to take it."""
    assert process.stdin is not None
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except OSError:
        return False
    return True
