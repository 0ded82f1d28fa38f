"""Jobs survive the end of a server: closed, killed, started again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from command_line import ROOT, o2c_process, o2c_run, refused
from job_queue import ECHO, LONG, QUICK, opened_queues, processes_in, script

from reports.workbench.job import DONE, FAILED, RUNNING, WAITING, read_job, write_job
from reports.workbench.jobs import JobQueue, QueueFull
from reports.workbench.settings import Settings
from reports.workbench.workspace import Workspace, new_id


@pytest.fixture
def queue(tmp_path):
    """Return a function that opens a queue; what it runs is ended with the test."""
    with opened_queues(tmp_path) as opened:
        yield opened


@pytest.fixture
def echo(monkeypatch):
    """Replace ``o2c`` by a few verbs that start in no time."""
    script(monkeypatch, ECHO)


# Restarts


def test_closing_keeps_jobs_for_the_next_start(queue, echo):
    """What ran waits, what was complete stays, and the next start takes it up where it was."""
    opened = queue(max_jobs=1)
    script_job = [["write", "{output}", "one"], ["sleep", "60"]]
    job = opened.jobs.submit("test", "T <b>", script_job, "a", about={"x": 1})
    end = time.monotonic() + 30
    while opened.jobs.get(job.id).round < 1 and time.monotonic() < end:
        time.sleep(0.02)
    other = opened.jobs.submit("test", "", [["say", "x"]], "a")
    opened.jobs.close()
    with pytest.raises(QueueFull, match="closing"):
        opened.jobs.submit("test", "", [["say", "x"]], "a")
    opened.open(start=False)
    kept = opened.jobs.get(job.id)
    assert (kept.state, kept.round, kept.title, kept.about) == (WAITING, 1, "T <b>", {"x": 1})
    assert kept.result.read_text() == "one"
    opened.jobs.start()
    opened.until(job, RUNNING)
    opened.jobs.cancel(job.id)
    assert opened.jobs.wait(other.id, 30).state == DONE


def test_a_job_that_no_server_survives_is_given_up(queue, echo):
    """Three starts, then it is said."""
    opened = queue()
    job = opened.run(["say", "x"])
    from dataclasses import replace

    write_job(replace(job, state=RUNNING, starts=3))
    opened.jobs.close()
    opened.open()
    assert opened.jobs.get(job.id).state == FAILED
    assert "not tried again" in opened.jobs.get(job.id).message


def test_old_results_go_and_kept_ones_stay(queue, echo):
    """After their days, unless somebody saved them."""
    from dataclasses import replace

    opened = queue(keep_results_days=10.0)
    old, saved, new = (opened.run(["say", "x"]) for _ in range(3))
    opened.jobs.note(saved.id, kept=True, name="mine")
    for job in (old, saved):
        write_job(replace(opened.jobs.get(job.id), changed=time.time() - 11 * 86_400))
    opened.jobs.close()
    opened.open()
    assert {job.id for job in opened.jobs.jobs()} == {saved.id, new.id}
    assert not old.folder.exists()
    assert opened.jobs.get(saved.id).about["name"] == "mine"


def test_a_job_that_gets_on_is_not_given_up(queue, echo):
    """Starts are counted from the last command that ended."""
    opened = queue()
    job = opened.jobs.submit("test", "", [["say", "x"], ["sleep", "60"]], "a")
    end = time.monotonic() + 30
    while opened.jobs.get(job.id).round < 1 and time.monotonic() < end:
        time.sleep(0.02)
    assert opened.jobs.get(job.id).starts == 0
    opened.jobs.cancel(job.id)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": 1}', '{"commands": 3}'])
def test_a_damaged_job_hinders_nothing(queue, echo, text):
    """It is left alone."""
    opened = queue()
    good = opened.run(["say", "x"])
    bad = opened.folder / "results" / new_id()
    bad.mkdir()
    (bad / "job.json").write_text(text)
    (opened.folder / "results" / "stray").mkdir()
    opened.jobs.close()
    opened.open()
    assert [job.id for job in opened.jobs.jobs()] == [good.id]
    assert read_job(bad) is None


# The server as a process


@contextmanager
def server(folder: Path):
    """Yield ``o2c serve`` as a process and a browser that came in by its link; kill it after."""
    with (
        o2c_process("serve", "--no-browser", "--port", 0, "--workspace", folder) as process,
        httpx.Client(timeout=20) as client,
    ):
        try:
            lines = [process.stdout.readline(), process.stdout.readline()]
            found = re.search(r"(http://127\.0\.0\.1:\d+)(/login\S+)", lines[1])
            assert found is not None, (lines, process.poll())
            client.base_url = found[1]
            # The socket listens already: the request waits until it is answered.
            assert client.get(found[2]).status_code == 303
            yield process, client
        finally:
            process.kill()


def none_in(folder: Path) -> bool:
    """Tell whether the processes in a folder end within ten seconds."""
    until = time.monotonic() + 10
    while processes_in(folder) and time.monotonic() < until:
        time.sleep(0.05)
    return not processes_in(folder)


def test_kill_minus_nine_loses_no_job(tmp_path):
    """The job's process goes with the server; the next start takes the job up again."""
    queue = JobQueue(Settings(tmp_path), Workspace(tmp_path))  # as a server left it
    job = queue.submit("test", "", [LONG], "a")
    done = queue.submit("test", "", [QUICK], "b")
    with server(tmp_path) as (process, client):
        until = time.monotonic() + 30
        while not client.get(f"/jobs/{done.id}").json()["over"] and time.monotonic() < until:
            time.sleep(0.1)
        assert client.get(f"/jobs/{job.id}").json()["state"] == RUNNING
        assert processes_in(job.folder)
    assert process.returncode == -signal.SIGKILL
    assert none_in(job.folder)
    assert read_job(job.folder).state == RUNNING

    with server(tmp_path) as (process, client):
        assert client.get(f"/jobs/{done.id}").json()["state"] == DONE
        assert client.get(f"/jobs/{job.id}").json()["state"] in (WAITING, RUNNING)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0, (out, err)
        assert err == ""
    assert none_in(job.folder)
    assert read_job(job.folder).state == WAITING


def test_two_servers_do_not_share_a_workspace(tmp_path):
    """The second says so, with exit code 2; the first's end frees the folder."""
    with server(tmp_path):
        second = o2c_run("serve", "--no-browser", "--port", 0, "--workspace", tmp_path)
        refused(second, 2, "another workbench uses this workspace")
    with server(tmp_path):
        pass


def test_ctrl_c_ends_open_streams(tmp_path):
    """A page that shows a running job does not hold the server up."""
    queue = JobQueue(Settings(tmp_path), Workspace(tmp_path))
    job = queue.submit("test", "", [LONG], "a")
    with server(tmp_path) as (process, client):
        with client.stream("GET", f"/jobs/{job.id}/events") as stream:
            assert stream.status_code == 200
            states = stream.iter_text()
            next(states)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            list(states)
        process.communicate(timeout=20)
        assert time.monotonic() - began < 12
        assert process.returncode == 0


def test_the_server_loads_nothing_heavy():
    """A page is there in no time because nothing of the analysis is loaded."""
    code = (
        "import sys; from reports.workbench.server import serve;"
        "print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    heavy = {"numpy", "polars", "pandas", "pm4py", "matplotlib", "scipy", "simpy", "typst"}
    assert not heavy & set(done.stdout.split())
