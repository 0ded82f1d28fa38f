"""Processes that wait ready: limited, and gone with whoever they wait for."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from workbench_sockets import until

from reports.workbench.jobs import JobQueue
from reports.workbench.settings import Settings
from reports.workbench.workspace import Workspace


def alive(pid: int) -> bool:
    """Tell whether a process runs: neither gone nor a zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def group(leader: int) -> list[int]:
    """Return the processes of a group that run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == leader and fields[0] != "Z":
            found.append(int(entry.name))
    return found


WITH_WORKER = """
import subprocess, sys
from reports.workbench.job_process import limit, take_order
limit(int(sys.argv[1]), int(sys.argv[2]))
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
if not take_order():
    worker.kill()
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at the processes of Linux")
def test_a_process_that_waits_ends_with_its_workers_and_is_limited(tmp_path, monkeypatch):
    """When the queue closes, and within the limits from the beginning."""
    monkeypatch.setattr("reports.workbench.job_start._CODE", WITH_WORKER)
    limits = {"max_job_memory_bytes": 2**31, "max_job_file_bytes": 2**20}
    queue = JobQueue(Settings(tmp_path, ready_processes=1, **limits), Workspace(tmp_path))
    queue._starter.refill(0)
    assert until(lambda: queue._starter._ready)
    leader = queue._starter._ready[0].pid
    assert until(lambda: len(group(leader)) == 2)
    for pid in group(leader):
        text = Path(f"/proc/{pid}/limits").read_text()
        said = {line[:18].strip(): line[26:].split()[0] for line in text.splitlines()}
        assert (said["Max data size"], said["Max file size"]) == (str(2**31), str(2**20))
    queue.close()
    assert until(lambda: not group(leader), 5)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at the processes of Linux")
def test_a_ready_process_ends_with_a_server_that_was_killed(tmp_path):
    """Its prepared workers too."""
    code = (
        "import sys, time; from pathlib import Path;"
        "from reports.workbench.job_start import Starter;"
        "from reports.workbench.settings import Settings;"
        "s = Starter(Settings(Path(sys.argv[1]), ready_processes=1)); s.refill(0); time.sleep(1);"
        "print(s._ready[0].pid, flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for seconds in (0.0, 1.0, 15.0):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdout=subprocess.PIPE, env=environment, text=True,
        ) as server:  # fmt: skip
            leader = int(server.stdout.readline())
            time.sleep(seconds)
            server.kill()
        assert until(lambda leader=leader: not group(leader), 40), seconds
