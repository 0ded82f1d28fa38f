"""Jobs: as the command line, one after the other, bounded and fair."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from command_line import ROOT
from job_queue import ECHO, QUICK, opened_queues, processes_in, script
from workbench_client import app_of, inside, post

from reports.workbench.job import CANCELLED, DONE, FAILED, RUNNING, WAITING
from reports.workbench.jobs import QueueFull
from reports.workbench.workspace import new_id


@pytest.fixture
def queue(tmp_path):
    """Return a function that opens a queue; what it runs is ended with the test."""
    with opened_queues(tmp_path) as opened:
        yield opened


@pytest.fixture
def echo(monkeypatch):
    """Replace ``o2c`` by a few verbs that start in no time."""
    script(monkeypatch, ECHO)


# As the command line


def test_a_ready_process_does_the_same(queue, tmp_path):
    """Same output, same folder, one process a command; those that wait end with the queue."""
    opened = queue(ready_processes=2)
    starter = opened.jobs._starter
    starter.refill(0)
    deadline = time.monotonic() + 60
    while len(waiting := list(starter._ready)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    job = opened.run(QUICK, QUICK)
    assert job.state == DONE
    assert [process.poll() for process in waiting] == [0, 0]
    cold = queue(ready_processes=0).run(QUICK)
    assert job.stdout(0) == job.stdout(1) == cold.stdout(0)
    while len(again := list(starter._ready)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    opened.jobs.close()
    assert all(process.poll() is not None for process in again)


def test_a_ready_process_that_was_ended_is_replaced(queue, echo):
    """The command runs in another one."""
    opened = queue(ready_processes=1)
    starter = opened.jobs._starter
    starter.refill(0)
    deadline = time.monotonic() + 60
    while not starter._ready:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process = starter._ready[0]
    os.kill(process.pid, signal.SIGKILL)
    assert opened.run(["say", "a"]).stdout(0) == "a\n"


def test_a_job_is_the_command_line(queue):
    """What it prints is what the command line prints, byte for byte."""
    job = queue().run(QUICK)
    code = "from reports.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run(
        [sys.executable, "-c", code, *QUICK], capture_output=True, check=True, env=environment
    ).stdout
    assert job.state == DONE
    assert job.exit_code == 0
    assert job.stdout(0) == said.decode("utf-8")
    assert job.command_line(0) == "o2c schema levers --json"


def test_the_message_of_a_failed_command_is_its_own(queue):
    """Its error, what is allowed and what to try; no traceback."""
    job = queue().run(["simulate", "nobody"], ["schema"])
    assert job.state == FAILED
    assert job.exit_code == 2
    assert job.message.startswith("error: nobody: ")
    assert "allowed: " in job.message
    assert job.round == 0


# Rounds and results


def test_rounds_run_in_order_and_each_result_is_whole(queue, echo):
    """The result is that of the newest complete command; those before stay readable."""
    job = queue().run(
        ["write", "{output}", "one"],
        ["say", "{result}", "{folder}/given.txt", "a {output}", "{output}x"],
        ["write", "{output}", "two"],
        ["exit", "1"],
        files={"given.txt": "ä"},
    )
    assert job.state == DONE
    assert (job.round, job.rounds, job.exit_code, job.share) == (4, 4, 1, 1.0)
    assert job.result.read_text() == "two"
    folder = job.folder
    said = f"{folder}/output-0 {folder}/given.txt a {{output}} {{output}}x\n"
    assert job.stdout(1) == said
    assert (folder / "given.txt").read_text("utf-8") == "ä"
    assert (folder / "output-0").read_text() == "one"


def test_a_round_that_fails_leaves_the_results_before(queue, echo):
    """What was complete stays."""
    job = queue().run(
        ["write", "{output}", "one"], ["fail", "error: no"], ["write", "{output}", "x"]
    )
    assert (job.state, job.round, job.message) == (FAILED, 1, "error: no")
    assert job.result.read_text() == "one"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("warning: w|error: bad|  allowed: x", "error: bad\n  allowed: x"),
        ("Traceback (most recent call last):|  File x|ValueError: bad", "ValueError: bad"),
        ("", "the command ended with exit code 3"),
        ("<script>|", "<script>"),
    ],
)
def test_what_is_shown_of_an_error(queue, echo, said, shown):
    """From the first error on; never a traceback."""
    assert queue().run(["fail", said]).message == shown


def test_progress_is_told(queue):
    """The steps of a command are those of its progress bar."""
    opened = queue()
    compare = [
        "compare", "case_a", "--replications", "2", "--days", "5", "--warm-up", "0",
        "--cool-down", "0", "--workers", "1", "--no-store", "--set", "demand.orders_per_week=20",
        "--set", "customers.count=60",
        "--output", "{output}",
    ]  # fmt: skip
    job = opened.run(compare)
    assert job.state == DONE, job.message
    lines = (job.folder / "progress-0.txt").read_text("utf-8").splitlines()
    steps = [line.split("\t") for line in lines if not line.endswith("\t0\t0")]
    assert steps[-1][1] == steps[-1][2] == "4"
    assert (job.result / "comparison.json").exists()


# Bounds


def test_the_queue_is_bounded(queue, echo):
    """By session and in all; the text says whose limit it is."""
    opened = queue(max_jobs=1, max_waiting=3, max_jobs_per_session=2)

    def submit(session):
        return opened.jobs.submit("test", "", [["sleep", "60"]], session)

    opened.until(submit("a"), RUNNING)
    submit("a")
    with pytest.raises(QueueFull, match="2 of your jobs"):
        submit("a")
    submit("b")
    last = submit("b")
    with pytest.raises(QueueFull, match="3 jobs wait"):
        submit("c")
    assert opened.jobs.ahead_of(last) == 3
    assert len(list((opened.folder / "results").iterdir())) == 4


def test_a_session_leaves_a_place_to_others(queue, echo):
    """However much one person asks for, another one's job begins at once."""
    opened = queue(max_jobs=2)
    mine = [opened.jobs.submit("test", "", [["sleep", "60"]], "a") for _ in range(3)]
    opened.until(mine[0], RUNNING)
    began = time.monotonic()
    assert opened.run(["say", "hello"], session="b").state == DONE
    assert time.monotonic() - began < 10
    assert [opened.jobs.get(job.id).state for job in mine] == [RUNNING, WAITING, WAITING]


def test_a_quick_look_does_not_wait_behind_long_jobs(queue, echo):
    """It has a place of its own, and is ended when it is not quick."""
    opened = queue(max_jobs=1, max_quick_seconds=1.0)
    opened.until(opened.jobs.submit("test", "", [["sleep", "60"]], "a"), RUNNING)
    assert opened.run(["say", "x"], quick=True).state == DONE
    slow = opened.run(["sleep", "60"], quick=True)
    assert slow.state == FAILED
    assert "longer than the 1 seconds of a look" in slow.message


@pytest.mark.skipif(sys.platform != "linux", reason="limits of other systems differ")
def test_memory_and_files_are_limited(queue, echo):
    """A job that grows too large fails and says so; the server and other jobs go on."""
    opened = queue(max_job_memory_bytes=300_000_000, max_job_file_bytes=1_000_000)
    assert opened.run(["take", "20000000"]).state == DONE
    grown = opened.run(["take", "400000000"])
    assert grown.state == FAILED
    assert "limit of 0.3 GiB" in grown.message
    assert "Traceback" not in grown.message
    assert opened.run(["fill", "{output}", "900000"]).state == DONE
    full = opened.run(["fill", "{output}", "2000000"])
    assert full.state == FAILED
    assert "too large" in full.message.casefold()


# Cancelling


def test_cancelling_ends_the_process_and_its_workers(queue, echo):
    """At once, whether it waits or runs; the queue goes on."""
    opened = queue(max_jobs=1)
    running = opened.jobs.submit("test", "", [["child"]], "a")
    waiting = opened.jobs.submit("test", "", [["say", "x"]], "a")
    opened.until(running, RUNNING)
    time.sleep(0.7)
    assert opened.jobs.cancel(waiting.id).state == CANCELLED
    assert opened.jobs.cancel(running.id).state == CANCELLED
    assert opened.run(["say", "x"]).state == DONE
    assert opened.jobs.get(running.id).state == CANCELLED
    assert not processes_in(running.folder)
    assert opened.jobs.cancel(running.id).state == CANCELLED
    assert opened.jobs.cancel(new_id()) is None


def test_removing_a_job_leaves_nothing(queue, echo):
    """Also while it runs."""
    opened = queue()
    job = opened.jobs.submit("test", "", [["sleep", "60"]], "a")
    opened.until(job, RUNNING)
    opened.jobs.remove(job.id)
    assert opened.jobs.get(job.id) is None
    assert not job.folder.exists()
    opened.jobs.remove(job.id)


# Over the wire


def test_the_states_of_a_job_as_events(tmp_path, echo):
    """Each state once, up to the last; then the stream ends."""
    with inside(tmp_path) as client:
        jobs = app_of(client).state.jobs
        job = jobs.submit("test", "<b>", [["sleep", "0.6"], ["say", "x"]], "a")
        text = client.get(f"/jobs/{job.id}/events").text
        states = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
        assert [s for s in states if s["over"]] == states[-1:]
        assert states[-1]["state"] == DONE
        assert states[-1]["round"] == 2
        assert client.get(f"/jobs/{job.id}").json() == states[-1]
        assert "session" not in states[-1]
        assert client.get(f"/jobs/{new_id()}/events").status_code == 404


def test_cancelling_by_a_form(tmp_path, echo):
    """Leads back to the page of the result."""
    with inside(tmp_path) as client:
        jobs = app_of(client).state.jobs
        job = jobs.submit("test", "", [["sleep", "60"]], "a")
        answer = post(client, f"/jobs/{job.id}/cancel")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/results/{job.id}"
        assert jobs.get(job.id).state == CANCELLED
