"""Running one command of a job: its process, its progress, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from reports.workbench.job import Job, tidy
from reports.workbench.job_start import Starter
from reports.workbench.settings import GIBIBYTE, Settings

_LOOK_SECONDS = 0.25
_POLITE_SECONDS = 4.0
_LAST_LINES = 12
_MOST_CHARACTERS = 4_000
_FINDING, _INTERNAL, _INTERRUPTED = 1, 70, 130
# What the allocator of an engine says of itself as it ends.
_NOISE = ("memory allocation of", "stack backtrace:", "skipping backtrace")
_OUT_OF_MEMORY = ("MemoryError", "memory allocation of", "not enough memory")

Step = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: exit code, and what to tell people if it failed."""

    code: int
    message: str


class JobRun:
    """Runs the commands of one job; another thread may stop it.

    Parameters
    ----------
    settings
        Limits of the processes.
    starter
        What starts them.
    """

    def __init__(self, settings: Settings, starter: Starter) -> None:
        self._settings = settings
        self._starter = starter
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End the command that runs; returns at once."""
        self._stopped.set()

    def command(self, job: Job, command: int, until: float, step: Step) -> Ended:
        """Run a command to its end.

        Parameters
        ----------
        job
            Its files are named after the number of the command.
        command
            Number of the command, from 0.
        until
            Monotonic time after which it is ended.
        step
            Called with label, steps done and steps in all whenever they change.
        """
        folder = job.folder
        progress = folder / f"progress-{command}.txt"
        errors = folder / f"stderr-{command}.txt"
        progress.unlink(missing_ok=True)
        process = self._starter.start(
            job.arguments(command), folder, folder / f"stdout-{command}.txt", errors, progress
        )
        try:
            late = self._watch(process, until, progress, step)
        finally:
            _end(process)
            tidy(folder)
        code = process.returncode
        if self._stopped.is_set():
            return Ended(_INTERRUPTED, "cancelled")
        if late:
            return Ended(_INTERRUPTED, f"ended: it took longer than {self._longest(job)}")
        if code == _FINDING and _broke(errors):
            code = _INTERNAL
        return Ended(code, self._message(code, errors))

    def _watch(
        self, process: subprocess.Popen[bytes], until: float, progress: Path, step: Step
    ) -> bool:
        """Wait for the end, or for a reason to end it; tell whether it took too long."""
        told = None
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_LOOK_SECONDS)
                return False
            if self._stopped.is_set():
                return False
            if time.monotonic() > until:
                return True
            now = _progress(progress)
            if now is not None and now != told:
                told = now
                step(*now)

    def _longest(self, job: Job) -> str:
        if job.quick:
            return f"the {self._settings.max_quick_seconds:g} seconds of a look at a file"
        return f"the {self._settings.max_job_hours:g} hours that a job may take"

    def _message(self, code: int, errors: Path) -> str:
        text = _last_lines(errors)
        memory = any(sign in text for sign in _OUT_OF_MEMORY)
        if code < 0 or code == 128 + signal.SIGKILL or memory:
            text = "\n".join(line for line in text.splitlines() if not line.startswith(_NOISE))
            gigabytes = self._settings.max_job_memory_bytes / GIBIBYTE
            text += (
                f"\nThe process ended abruptly, most likely at its limit of {gigabytes:.1f} GiB of "
                "memory: use a smaller log or fewer days, or start `o2c serve` with a larger "
                "--max-memory."
            )
        return text.strip() or f"the command ended with exit code {code}"


def _broke(errors: Path) -> bool:
    """Tell whether a process broke down, which Python ends with the code of a finding."""
    return b"\nTraceback (most recent call last)" in b"\n" + errors.read_bytes()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its workers: ask politely, then insist."""
    if process.poll() is None:
        _signal(process, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_POLITE_SECONDS)
    # Workers may outlive the process that started them.
    _signal(process, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            # The process leads its own group; the group outlives it while workers do.
            os.killpg(process.pid, number)
        elif process.poll() is None:
            process.terminate()


def _progress(path: Path) -> tuple[str, int, int] | None:
    """Return the newest line of a progress file: label, done, total."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 1_000))
            lines = file.read().decode("utf-8", "replace").split("\n")
        label, done, total = lines[-2].rsplit("\t", 2)
        return label, int(done), int(total)
    except (OSError, IndexError, ValueError):
        return None


def _last_lines(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16_000))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    kept = [line for line in text.splitlines() if line.strip()]
    first = [i for i, line in enumerate(kept) if line.startswith("error:")]
    # From the first error on if the verb said one; a traceback is for the crash file.
    shown = kept[first[0] :] if first else _without_traceback(kept)
    return "\n".join(shown[-_LAST_LINES:])[-_MOST_CHARACTERS:]


def _without_traceback(lines: list[str]) -> list[str]:
    starts = [i for i, line in enumerate(lines) if line.startswith("Traceback")]
    return lines[: starts[0]] + lines[-1:] if starts else lines
