"""What programs send that mean harm, and disks that are full: the workbench stays, in words."""

from __future__ import annotations

import errno
import io
import os
import stat
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from workbench_client import another, app_of, enter, form_token, inside, outside, post
from workbench_sockets import heard, serving, until

from reports.workbench import jobs, source
from reports.workbench.access import Access
from reports.workbench.experiment import SPANS, compare_commands
from reports.workbench.job import CANCELLED, DONE, FAILED, RUNNING, WAITING, Job, write_job
from reports.workbench.jobs import JobQueue
from reports.workbench.results import count_of
from reports.workbench.security import HEADERS
from reports.workbench.settings import Settings
from reports.workbench.turns import Turns
from reports.workbench.workspace import Workspace, new_id

TOKEN = "correct horse battery"
FORM = {"content-type": "application/x-www-form-urlencoded"}


# The door


def test_of_browsers_that_come_at_once_one_is_let_in(monkeypatch):
    """The code is used up before the next one looks, however threads take turns."""

    def slowly(one: str, other: str) -> bool:
        same = one == other
        time.sleep(0.01)
        return same

    monkeypatch.setattr("reports.workbench.access._same", slowly)
    access = Access(b"key", "", "code")
    with ThreadPoolExecutor(8) as pool:
        let_in = [s for s in pool.map(access.by_link, ["code"] * 8) if s is not None]
    assert len(let_in) == 1


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", FORM["content-type"]])
def test_who_was_not_let_in_sends_no_upload(tmp_path, kind):
    """The limit of uploads is for those who came in; a secret is short."""
    with outside(tmp_path, auth_token=TOKEN) as browser:
        headers = {"content-type": kind}
        assert browser.post("/login", content=b"x" * 20_000, headers=headers).status_code == 413
        parts = (b"x" * 1_000 for _ in range(20))
        assert browser.post("/login", content=parts, headers=headers).status_code == 413


def test_a_login_of_many_fields_is_a_wrong_one(tmp_path):
    """They are not all read."""
    with outside(tmp_path, auth_token=TOKEN) as browser:
        body = "&".join(f"a{i}=1" for i in range(1_000)) + f"&token={TOKEN}"
        assert browser.post("/login", content=body, headers=FORM).status_code == 403


@pytest.mark.parametrize("origin", ["http://[::1", "http://[", "//", "\x00", "é"])
def test_an_origin_that_is_none_is_foreign(tmp_path, origin):
    """Refused in words and with all headers, not a fault."""
    with inside(tmp_path) as browser:
        answer = post(browser, "/login", headers={"origin": origin.encode("latin-1")})
        assert answer.status_code == 403
        assert "another site" in answer.text
        assert HEADERS.items() <= dict(answer.headers).items() or all(
            answer.headers[name] == value for name, value in HEADERS.items()
        )


@pytest.mark.parametrize("text", ["", "abcd", "no key", "é"])
def test_a_damaged_key_is_replaced(tmp_path, text):
    """With an empty one anybody could sign a cookie."""
    (tmp_path / "secret").write_text(text, "utf-8")
    key = Workspace(tmp_path).secret()
    assert len(key) == 32
    assert Workspace(tmp_path).secret() == key


def test_folders_are_for_their_owner_also_in_a_shared_one(tmp_path):
    """Whoever made the workspace's folder, and however open it is."""
    tmp_path.chmod(0o755)
    Workspace(tmp_path)
    for name in ("logs", "results", "scenarios", "companies", "crashes"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o700


def test_processes_of_jobs_do_not_have_the_secret(tmp_path, monkeypatch):
    """They read files of strangers."""
    monkeypatch.setenv("O2C_AUTH_TOKEN", TOKEN)
    code = "import os; from reports.workbench.job_process import take_order; take_order();"
    code += "print('O2C_AUTH_TOKEN' in os.environ, len(os.environ) > 3)"
    monkeypatch.setattr("reports.workbench.job_start._CODE", code)
    queue = JobQueue(Settings(tmp_path), Workspace(tmp_path))
    queue.start()
    try:
        job = queue.wait(queue.submit("test", "", [["x"]], "a").id, 30)
        assert job.stdout(0) == "False True\n"
    finally:
        queue.close()


def test_the_source_is_packed_once_and_of_any_date(monkeypatch, tmp_path):
    """Everybody may ask for it; some installations date all files 1970."""
    (tmp_path / "pack").mkdir()
    file = tmp_path / "pack" / "a.py"
    file.write_text("x")
    os.utime(file, (0, 0))
    for name, value in (("_ROOT", tmp_path), ("_PACKAGES", ("pack",)), ("_BESIDE", ())):
        monkeypatch.setattr(source, name, value)
    source._packed.cache_clear()
    try:
        first = source.archive().body
        file.write_text("y" * 100)
        assert source.archive().body == first
        with zipfile.ZipFile(io.BytesIO(first)) as packed:
            assert [Path(name).name for name in packed.namelist()] == ["a.py"]
    finally:
        source._packed.cache_clear()


def test_a_stranger_and_a_guess(tmp_path):
    """Identifiers are too long to guess, and without a session a right one is of no use."""
    with inside(tmp_path) as browser:
        queue = app_of(browser).state.jobs
        job = queue.submit("test", "", [["x"]], "a")
        stranger = another(browser)
        for path in (f"/jobs/{job.id}", f"/jobs/{job.id}/events", f"/results/{job.id}"):
            assert stranger.get(path).status_code == 403
        assert stranger.post(f"/jobs/{job.id}/cancel").status_code == 403
        assert queue.get(job.id).state not in (CANCELLED, FAILED)
        for guess in (new_id(), job.id.upper() + "x", job.id[:-1], f"../{job.id}", "%00" * 16):
            assert browser.get(f"/jobs/{guess}").status_code == 404


# Scenarios


@pytest.mark.parametrize(
    "value",
    ["!!bool foo", "!!omap 3", "!!int x", "!!set [1]", "!!binary 1", "!!timestamp x",
     "&a [*a]", "!!python/object/apply:os.system [exit]", "[" * 3_000, "? {a: 1}", "9" * 5_000],
)  # fmt: skip
def test_hostile_yaml_is_answered_in_words(tmp_path, value):
    """Tags that do not fit, loops and depths without end."""
    with inside(tmp_path) as browser:
        for text in (f"extends: distributor\nname: x\na: {value}\n", f"extends: {value}\n"):
            answer = post(browser, "/scenarios", data={"text": text, "name": "x"})
            assert answer.status_code == 422
        assert not list((tmp_path / "crashes").iterdir())
        assert not list((tmp_path / "scenarios").iterdir())


# Full disks


def no_room(*_arguments, **_options):
    """Fail like a full disk."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_said(tmp_path, monkeypatch):
    """A form that cannot be kept is answered in words; nothing half is left."""
    with inside(tmp_path) as browser:
        monkeypatch.setattr(jobs, "write_job", no_room)
        path = f"/upload?form_token={form_token(browser)}"
        table = ("x.csv", b"case,activity,time\n1,A,2020-01-01\n")
        answer = browser.post(path, files={"log": table})
        assert answer.status_code == 507
        assert "is full" in answer.text
        assert answer.headers["x-frame-options"] == "DENY"
        assert not list((tmp_path / "results").iterdir())
        assert not list((tmp_path / "logs").iterdir())
        assert not app_of(browser).state.jobs.jobs()


def test_a_fault_on_a_full_disk_is_still_a_page(tmp_path, monkeypatch):
    """The report of the fault cannot be written; the page comes all the same."""
    with outside(tmp_path) as browser:

        def broken(*_arguments):
            raise ZeroDivisionError

        monkeypatch.setattr("reports.workbench.login._ask", broken)
        (tmp_path / "crashes").rmdir()
        answer = browser.get("/login")
    assert answer.status_code == 500
    assert "not in what you did" in answer.text
    assert answer.headers["x-frame-options"] == "DENY"


SAY = """
import sys, time
from reports.workbench.job_process import take_order
take_order()
time.sleep(float(sys.argv[1]))
"""


def test_a_full_disk_costs_the_queue_no_place(tmp_path, monkeypatch):
    """States are told though they cannot be written; the next job runs; cancelling works."""
    monkeypatch.setattr("reports.workbench.job_start._CODE", SAY)
    queue = JobQueue(Settings(tmp_path, max_jobs=1), Workspace(tmp_path))
    first, second, third = (
        queue.submit("test", "", [[seconds]], "a") for seconds in ("0", "60", "0")
    )
    written = jobs.write_job
    monkeypatch.setattr(jobs, "write_job", no_room)
    queue.start()
    try:
        assert queue.wait(first.id, 30).state == DONE
        assert queue.cancel(second.id).state == CANCELLED
        assert queue.wait(third.id, 30).state == DONE
        monkeypatch.setattr(jobs, "write_job", written)
        fourth = queue.submit("test", "", [["0"]], "a")
        assert queue.wait(fourth.id, 30).state == DONE
    finally:
        queue.close()
    # What could not be written is run again by the next server: lost is nothing.
    again = JobQueue(Settings(tmp_path), Workspace(tmp_path))
    assert [again.get(job.id).state for job in (first, third, fourth)] == [WAITING, WAITING, DONE]


def test_a_company_that_cannot_be_copied_leaves_the_one_before(tmp_path, monkeypatch):
    """Whole or not at all, and nothing beside it."""
    workspace = Workspace(tmp_path)
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, text in ((old, "old"), (new, "new")):
        folder.mkdir()
        (folder / "company.yaml").write_text(text)
    saved = workspace.save_company("mine", old)
    with monkeypatch.context() as patch:
        patch.setattr("shutil.copytree", no_room)
        with pytest.raises(OSError, match="No space"):
            workspace.save_company("mine", new, replace=True)
    assert (saved.path / "company.yaml").read_text() == "old"
    workspace.save_company("mine", new, replace=True)
    assert (saved.path / "company.yaml").read_text() == "new"
    assert [path.name for path in (tmp_path / "companies").iterdir()] == ["mine"]


def test_notes_of_a_log_made_at_once_are_all_kept(tmp_path):
    """Two pages that note something do not undo each other."""
    workspace = Workspace(tmp_path)
    place = workspace.new_log("x.csv")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: workspace.describe_log(place.id, **{f"n{i}": i}), range(40)))
    assert workspace.log(place.id).about == {f"n{i}": i for i in range(40)}


# Waiting


def test_many_who_wait_for_a_job_leave_threads_for_others(tmp_path):
    """Beyond a number of them, a job is returned as it is."""
    queue = JobQueue(Settings(tmp_path), Workspace(tmp_path))  # not started: it waits for ever
    job = queue.submit("test", "", [["x"]], "a")
    with ThreadPoolExecutor(40) as pool:
        began = time.monotonic()
        took = list(
            pool.map(lambda _: (queue.wait(job.id, 0.8), time.monotonic() - began)[1], range(40))
        )
    assert sum(seconds < 0.6 for seconds in took) == 40 - jobs._MOST_WAITERS
    assert queue._waiters == 0


def test_the_streams_of_one_browser_are_bounded_and_leave_others_theirs(tmp_path, monkeypatch):
    """Hundreds of them would take all connections; who has gone away is not counted."""
    monkeypatch.setattr("reports.workbench.events._MOST_STREAMS", 3)
    with inside(tmp_path) as browser:
        state = app_of(browser).state
        monkeypatch.setattr(state.jobs, "_next", lambda quick: None)
        job = state.jobs.submit("test", "", [["x"]], "a")
        path = f"/jobs/{job.id}/events"
        other = another(browser)
        enter(other)
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"

        def stream(client) -> bytes:
            return f"{head}Cookie: o2c_8765={client.cookies['o2c_8765']}\r\n\r\n".encode()

        with serving(app_of(browser)) as connect:
            held = []
            for _ in range(3):
                held.append(connect(stream(browser)))
                assert b"200 OK" in held[-1].recv(1 << 16)
            assert b" 429 " in heard(connect(stream(browser)))
            assert b"200 OK" in connect(stream(other)).recv(1 << 16)
            for one in held:
                one.close()
            assert until(lambda: sum(state.streams.values()) == 1, 5)
            assert b"200 OK" in connect(stream(browser)).recv(1 << 16)
            state.stopping.set()


def job_of(session: str, created: float) -> Job:
    """Return a job that waits."""
    return Job(new_id(), "test", "", session, (), Path(), created, created)


def test_sessions_take_turns():
    """Whoever asks for six things first does not go before everybody else six times."""
    turns = Turns(1)
    waiting = [*(job_of("a", i) for i in range(6)), job_of("b", 10.0), job_of("c", 11.0)]
    order = []
    while (job := turns.next(waiting, ())) is not None:
        waiting.remove(job)
        order.append((job.session, job.created))
    assert order == [("a", 0), ("b", 10), ("c", 11), *(("a", i) for i in range(1, 6))]
    # One place is left for others; those with least running come first.
    turns = Turns(3)
    running = [job_of("a", 0), job_of("a", 1)]
    assert turns.next([job_of("a", 2)], running) is None
    assert turns.next([job_of("a", 2), job_of("b", 3)], running).session == "b"


def test_a_slow_look_of_one_person_does_not_hold_up_another(tmp_path, monkeypatch):
    """A file made to take long is the matter of whoever sent it."""
    monkeypatch.setattr("reports.workbench.job_start._CODE", SAY)
    queue = JobQueue(Settings(tmp_path), Workspace(tmp_path))
    queue.start()
    try:
        for _ in range(3):
            queue.submit("test", "", [["60"]], "evil", quick=True)
        job = queue.submit("test", "", [["0"]], "good", quick=True)
        assert queue.wait(job.id, 20).state == DONE
    finally:
        queue.close()


LITTER = """
import os, pathlib, tempfile, sys, time
before = tempfile.gettempdir()
from reports.workbench.job_process import take_order
take_order()
folder = pathlib.Path(tempfile.mkdtemp(prefix="o2c-"))
(folder / "events.csv").write_text("x" * 1000)
tempfile.mkstemp(prefix="o2c-crash-", suffix=".txt")
print(folder.parent, os.environ["TMPDIR"], flush=True)
os.kill(os.getpid(), 9)
"""


def test_temporary_files_are_in_the_workspace_and_go_with_the_command(tmp_path, monkeypatch):
    """An unpacked log of gigabytes must not stay when its process is killed."""
    monkeypatch.setattr("reports.workbench.job_start._CODE", LITTER)
    queue = JobQueue(Settings(tmp_path), Workspace(tmp_path))
    queue.start()
    try:
        job = queue.wait(queue.submit("test", "", [["x"]], "a").id, 30)
    finally:
        queue.close()
    temporary = job.folder / "temporary"
    assert job.state == FAILED
    assert job.stdout(0).split() == [str(temporary)] * 2
    # Only the report of the fault, which a message may name.
    assert [path.name[:10] for path in temporary.iterdir()] == ["o2c-crash-"]
    assert stat.S_IMODE(temporary.stat().st_mode) == 0o700
    # What a killed server left goes at the next start.
    (temporary / "o2c-x").mkdir()
    (job.folder / ".output-0.abc").mkdir()
    write_job(replace(job, state=RUNNING))
    JobQueue(Settings(tmp_path), Workspace(tmp_path))
    assert not (temporary / "o2c-x").exists()
    assert not (job.folder / ".output-0.abc").exists()


@pytest.mark.parametrize("state", [FAILED, CANCELLED])
def test_what_failed_runs_again_as_it_was_meant(tmp_path, state):
    """Such as after three servers were killed: all replications, not the fewest there are."""
    commands = compare_commands(["shorter_terms"], "distributor", SPANS["month"], 24, 1)
    about = {
        "scenarios": ["shorter_terms"], "company": "distributor", "span": "month", "seed": 1,
        "names": ["shorter_terms"],
    }  # fmt: skip
    with inside(tmp_path) as browser:
        queue = app_of(browser).state.jobs
        job = queue.submit("what_if", "", commands, "another", about=about)
        queue.cancel(job.id)
        with queue._changed:
            queue._tell(replace(queue.get(job.id), state=state))
        answer = post(browser, f"/results/{job.id}/more")
        assert answer.status_code == 303
        again = queue.get(answer.headers["location"].rpartition("/")[2])
        assert again.about["replications"] == 24
        assert count_of(again.commands[-1]) == 24
