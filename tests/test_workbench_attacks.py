"""What programs send that mean harm, and disks that are full: the workbench stays, in words."""

from __future__ import annotations

import errno
import io
import os
import socket
import stat
import subprocess
import sys
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from workbench_client import another, app_of, enter, form_token, inside, outside, post

from reports.workbench import connections, jobs, source
from reports.workbench.access import Access
from reports.workbench.connections import Connection
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


# Processes that wait ready


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


def until(question, seconds: float = 20.0) -> bool:
    """Wait until a question is answered with yes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if question():
            return True
        time.sleep(0.05)
    return False


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


# Connections


@contextmanager
def serving(app=None, **patches):
    """Serve an application from a thread, with other times; yield a function that connects."""

    async def plain(scope, receive, send):
        assert scope["type"] == "http"
        more = True
        while more:
            message = await receive()
            more = message.get("more_body", False)
            if message["type"] == "http.disconnect":
                return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * big[0]})

    big = [patches.pop("answer_bytes", 1)]
    before = {name: getattr(connections, name) for name in patches}
    for name, value in patches.items():
        setattr(connections, name, value)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app or plain, http=Connection, log_level="critical", lifespan="off", ws="none",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    assert until(lambda: server.started)
    made: list[socket.socket] = []

    def connect(data: bytes = b"") -> socket.socket:
        made.append(socket.create_connection(listening.getsockname()))
        made[-1].settimeout(5)
        made[-1].sendall(data)
        return made[-1]

    try:
        yield connect
    finally:
        for one in made:
            one.close()
        server.should_exit = True
        thread.join(10)
        for name, value in before.items():
            setattr(connections, name, value)


def heard(one: socket.socket) -> bytes:
    """Return all that comes until the other side closes; b'open' if it does not."""
    out = b""
    try:
        while part := one.recv(1 << 16):
            out += part
    except TimeoutError:
        return b"open"
    except ConnectionError:
        pass
    return out


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


def test_a_request_that_is_never_complete_ends_its_connection():
    """Nothing, half a head, a head with a byte now and then, half a body."""
    with serving(HEAD_SECONDS=0.5, BODY_SECONDS=0.5) as connect:
        waiting = [
            connect(), connect(HEAD), connect(HEAD + b"Content-Length: 9\r\n\r\nabc"),
            connect(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\n"),
        ]  # fmt: skip
        dripping = connect(HEAD)

        def refused() -> bool:
            try:
                dripping.sendall(b"a")
            except OSError:
                return True
            return False

        assert until(refused, 5)
        assert [heard(one) for one in waiting] == [b""] * 4
        # Who is in time is answered.
        assert b"200 OK" in heard(connect(HEAD + b"Content-Length: 0\r\nConnection: close\r\n\r\n"))


def test_a_body_that_comes_steadily_is_waited_for():
    """However long it takes."""
    with serving(BODY_SECONDS=0.2, BODY_BYTES=5) as connect:
        one = connect(HEAD + b"Content-Length: 100\r\nConnection: close\r\n\r\n")
        for _ in range(10):
            time.sleep(0.1)
            one.sendall(b"x" * 10)
        assert b"200 OK" in heard(one)


def test_an_answer_that_nobody_reads_ends():
    """Its connection does not stay for ever."""
    with serving(ANSWER_SECONDS=0.3, answer_bytes=30_000_000) as connect:
        whole = HEAD + b"Content-Length: 0\r\nConnection: close\r\n\r\n"
        one = connect(whole)
        time.sleep(1.5)
        assert len(heard(one)) < 30_000_000
        # Who reads, also slowly, gets all of it.
        slow, read = connect(whole), 0
        began = time.monotonic()
        while part := slow.recv(1 << 20):
            read += len(part)
            time.sleep(0.02)
        assert time.monotonic() - began > 0.6
        assert read > 30_000_000


def test_too_many_connections_end_the_oldest_that_ask_for_nothing():
    """A crowd that only holds them does not shut others out."""
    with serving(MOST_CONNECTIONS=10) as connect:
        held = [connect(HEAD) for _ in range(30)]
        asked = connect(HEAD + b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in heard(asked)
        for one in held:
            one.settimeout(0.02)
        assert sum(heard(one) == b"open" for one in held) <= 10


def test_what_is_no_http_is_answered_with_all_headers():
    """TLS, doubled lengths, endless heads."""
    with serving() as connect:
        for data in (
            b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
            HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
            HEAD + b"Host: y\r\n\r\n",
            HEAD + b"X: " + b"a" * 70_000,
        ):
            said = heard(connect(data)).decode().casefold()
            assert said.startswith("http/1.1 400")
            for name, value in HEADERS.items():
                assert f"{name}: {value}\r\n".casefold() in said


def test_who_goes_away_while_sending_leaves_no_report_of_a_fault(tmp_path):
    """It is nobody's fault."""
    with inside(tmp_path) as browser:
        app = app_of(browser)
        head = [
            f"POST /what-if?form_token={form_token(browser)} HTTP/1.1", "Host: 127.0.0.1:8765",
            f"Cookie: o2c_8765={browser.cookies['o2c_8765']}", "Content-Length: 5000",
        ]  # fmt: skip
        with serving(app) as connect:
            for kind in ("multipart/form-data; boundary=B", FORM["content-type"]):
                text = "\r\n".join([*head, f"Content-Type: {kind}", "", "--B\r\n"])
                one = connect(text.encode())
                time.sleep(0.2)
                one.close()
            time.sleep(0.3)
            answer = connect(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            assert b"200 OK" in heard(answer)
        assert not list((tmp_path / "crashes").iterdir())


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
