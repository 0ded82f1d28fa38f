"""Queues of the workbench in tests, and jobs that take no time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reports.workbench.jobs import JobQueue
from reports.workbench.settings import Settings
from reports.workbench.workspace import Workspace

QUICK = ["schema", "levers", "--json"]
LONG = ["simulate", "distributor", "--days", "30000", "--output", "{output}"]


class Queue:
    """A queue in a folder, begun and closed with its test."""

    def __init__(self, folder: Path, **settings) -> None:
        self.folder, self.settings = folder, settings
        self.open()

    def open(self, *, start: bool = True) -> None:
        """Open the folder, as a server does that starts."""
        workspace = Workspace(self.folder)
        self.jobs = JobQueue(Settings(self.folder, **self.settings), workspace)
        if start:
            self.jobs.start()

    def run(self, *commands, session="a", **options):
        """Submit a job and wait for its end."""
        job = self.jobs.submit("test", "Test", commands, session, **options)
        return self.jobs.wait(job.id, 60)

    def until(self, job, state, seconds=30):
        """Wait until a job is in a state."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.jobs.get(job.id).state == state:
                return self.jobs.get(job.id)
            time.sleep(0.02)
        raise AssertionError(f"not {state}: {self.jobs.get(job.id)}")


@contextmanager
def opened_queues(folder: Path) -> Iterator[Callable[..., Queue]]:
    """Yield a function that opens a queue; what it runs is ended with the block."""
    made: list[Queue] = []

    def opened(**settings: Any) -> Queue:
        made.append(Queue(folder, **settings))
        return made[-1]

    try:
        yield opened
    finally:
        for item in made:
            item.jobs.close()


def script(monkeypatch, code: str) -> None:
    """Let each job run a piece of Python with its arguments in place of ``o2c``."""
    monkeypatch.setattr("reports.workbench.job_start._CODE", code)


ECHO = """
import sys, time, pathlib
from reports.workbench.job_process import limit, take_order
limit(int(sys.argv[1]), int(sys.argv[2]))
verb, *rest = sys.argv[1:] if take_order() else ["none"]
if verb == "sleep":
    time.sleep(float(rest[0]))
elif verb == "write":
    pathlib.Path(rest[0]).write_text(rest[1])
elif verb == "exit":
    sys.exit(int(rest[0]))
elif verb == "say":
    print(*rest)
elif verb == "fail":
    print(rest[0].replace("|", "\\n"), file=sys.stderr)
    sys.exit(3)
elif verb == "take":
    data = bytearray(int(rest[0]))
elif verb == "fill":
    with open(rest[0], "wb") as file:
        file.write(b"x" * int(rest[1]))
elif verb == "child":
    import subprocess
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    time.sleep(60)
"""


def processes_in(folder: Path) -> list[str]:
    """Return the processes that work in a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "cwd") == str(folder):
                found.append(entry.name)
        except OSError:
            continue
    return found
