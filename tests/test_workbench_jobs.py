"""Jobs: as the command line, one after the other, bounded, fair, and kept whatever happens."""

from __future__ import annotations

import json
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
from workbench_client import app_of, inside, post

from reports.workbench.job import CANCELLED, DONE, FAILED, RUNNING, WAITING, read_job, write_job
from reports.workbench.jobs import JobQueue, QueueFull
from reports.workbench.settings import Settings
from reports.workbench.workspace import Workspace, new_id

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


@pytest.fixture
def queue(tmp_path):
    """Return a function that opens a queue; what it runs is ended with the test."""
    made = []

    def opened(**settings):
        made.append(Queue(tmp_path, **settings))
        return made[-1]

    yield opened
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


def test_removing_a_job_leaves_nothing(queue, echo):
    """Also while it runs."""
    opened = queue()
    job = opened.jobs.submit("test", "", [["sleep", "60"]], "a")
    opened.until(job, RUNNING)
    opened.jobs.remove(job.id)
    assert opened.jobs.get(job.id) is None
    assert not job.folder.exists()
    opened.jobs.remove(job.id)


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
