"""A workbench with something in every state, and how a browser comes to each of them.

Its queue runs nothing by itself: a state stays as it is made, however long it is looked at.
What a page shows of a log comes from the real commands, run in this process; reports of other
kinds are invented documents, which hold every kind of block.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import documents
import pytest
from command_line import o2c
from starlette.exceptions import HTTPException
from starlette.requests import Request

from reports.workbench import experiment
from reports.workbench.app import create_app
from reports.workbench.job import CANCELLED, DONE, FAILED, RUNNING, Job, output_name
from reports.workbench.jobs import JobQueue, QueueFull
from reports.workbench.log_jobs import LogJobs
from reports.workbench.settings import Settings

TOKEN = "a long secret for tests"
LONG = "Auftragsbestätigungsdokumentenversandverfahrensüberprüfung"
HOSTILE = "<img src=x onerror=alert(1)>"
FILE_NAME = f"{LONG} der Niederlassung <b>Süd {'x' * 80}.csv"
CASE = "Auftrag-00000-der-Niederlassung-Süd"
CODES = (400, 403, 404, 405, 413, 422, 429, 500, 503)
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"
Open = Callable[[Any, "Bench"], None]


def log_text(orders: int = 12) -> str:
    """Return orders whose columns nobody could guess the case by, with long and hostile names."""
    rows = ["belongs to,what,when,who"]
    for number in range(orders):
        names = ["Receive Order", LONG, HOSTILE, "=1+1", "Confirm Order", "Post Goods Issue"]
        if number % 3 == 0:
            names[1], names[2] = names[2], names[1]
        for hour, name in enumerate(names):
            day = f"2024-01-{1 + number + hour // 2:02d}"
            rows.append(f"{CASE[:9]}{number}{CASE[12:]},{name},{day} {8 + hour:02d}:00,Ann")
    return "\n".join(rows)


@dataclass
class Bench:
    """A workbench that is served, and the objects in it by a name."""

    address: str
    app: Any
    logs: dict[str, str]
    jobs: dict[str, str]

    @property
    def queue(self) -> JobQueue:
        """The queue, in which states are set."""
        queue: JobQueue = self.app.state.jobs
        return queue

    def log(self, name: str) -> LogJobs:
        """Return a log by its name here."""
        state = self.app.state
        place = state.workspace.log(self.logs[name])
        return LogJobs(state.jobs, state.workspace, place, "tests")

    def new_log(self, name: str, text: str, shown: str = FILE_NAME) -> LogJobs:
        """Bring in a log as an upload does."""
        workspace = self.app.state.workspace
        place = workspace.new_log(shown)
        self.logs[name] = place.id
        (place.folder / "file").mkdir()
        (place.folder / "file" / "log.csv").write_text(text, "utf-8")
        workspace.describe_log(place.id, file="log.csv", bytes=len(text))
        return self.log(name)

    def set(self, job: Job, **changes: Any) -> Job:
        """Put a job into a state."""
        with self.queue._changed:
            return self.queue._keep(replace(self.queue._jobs[job.id], **changes))

    def do(self, job: Job) -> Job:
        """Run the commands of a job to their end, in this process."""
        for number in range(job.round, job.rounds):
            ended = o2c(*job.arguments(number))
            (job.folder / f"stdout-{number}.txt").write_text(ended.out, "utf-8")
            if ended.code not in (0, 1):
                return self.set(job, state=FAILED, message=ended.err[-300:], exit_code=ended.code)
            writes = "{output}" in job.commands[number]
            job = self.set(
                job, round=number + 1, newest=output_name(number) if writes else job.newest
            )
        return self.set(job, state=DONE)

    def show(self, job: Job, markup: str, *, inside: bool = False, **files: str) -> Job:
        """Give a job a report, and files in its result."""
        result = job.folder / output_name(0)
        result.mkdir(exist_ok=True)
        place = result if inside else job.folder
        (place / "report.html").write_text(markup, "utf-8")
        for name, text in files.items():
            (result / name.replace("_", ".")).write_text(text, "utf-8")
        return self.set(job, newest=output_name(0), round=job.rounds, state=DONE)

    def result(self, name: str, kind: str = "what_if", **changes: Any) -> Job:
        """Make a result of a kind, in a state."""
        commands = experiment.compare_commands(
            ["{folder}/scenario.yaml"], "distributor", experiment.SPANS["month"], 24, 1
        )
        about = {
            "form": {"title": LONG, "company": "distributor", "start": ""},
            "beside": [],
            "names": [LONG],
            "scenarios": ["{folder}/scenario.yaml"],
            "company": "distributor",
            "span": "month",
            "seed": 1,
            "replications": 24,
            "searchable": True,
        }
        title = f"{LONG} {HOSTILE} {name}"
        job = self.queue.submit(
            kind, title, commands, name, about={**about, **changes.pop("about", {})},
            files={"scenario.yaml": "schema_version: 1\n"},
        )  # fmt: skip
        self.jobs[name] = job.id
        return self.set(job, **changes)


@contextmanager
def serving(folder: Path, fill: bool = True) -> Iterator[Bench]:
    """Serve a workbench, empty or with something in every state."""
    uvicorn = pytest.importorskip("uvicorn")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JobQueue, "start", lambda self: None)
        # Room for all that waits at the same time.
        settings = Settings(
            folder, port=port, auth_token=TOKEN, max_waiting=99, max_jobs_per_session=99
        )
        app = create_app(settings)
        bench = Bench(f"http://127.0.0.1:{port}", app, {}, {})
        patch.setattr(JobQueue, "wait", lambda queue, job_id, seconds: _answered(bench, job_id))
        app.add_api_route("/fails/{code}", _failing)
        if fill:
            _fill(bench)
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        until = time.monotonic() + 30
        while not server.started and time.monotonic() < until:
            time.sleep(0.05)
        yield bench
        server.should_exit = True
        thread.join(timeout=30)


def _answered(bench: Bench, job_id: str) -> Job | None:
    """Return a list of cases at once: the page waits for it."""
    job = bench.queue.get(job_id)
    return bench.do(job) if job is not None and job.kind == "cases" and not job.over else job


def _failing(request: Request, code: int) -> None:
    """Fail as pages do."""
    if code == 429:
        raise QueueFull("6 of your jobs wait or run already. Wait for one to end, or cancel one.")
    if code == 500:
        raise RuntimeError(HOSTILE)
    raise HTTPException(code, f"{LONG} {HOSTILE} cannot be done.")


def _fill(bench: Bench) -> None:
    _logs(bench)
    _models(bench)
    _results(bench)
    workspace = bench.app.state.workspace
    workspace.save_scenario("Rechnungsfreigabeverfahren_beschleunigt", "schema_version: 1\n")


def _logs(bench: Bench) -> None:
    guessed = bench.new_log("guessed", log_text())
    bench.do(guessed.look())
    broken = bench.new_log("broken", "\x00", "broken.csv")
    bench.set(broken.look(), state=FAILED, message="line 1 cannot be read")
    bench.new_log("looked at", log_text()).look()
    columns = {"case": "belongs to", "activity": "what", "time": "when", "resource": "who"}
    log = bench.new_log("whole", log_text())
    bench.do(log.look())
    log.confirm({"columns": columns, "zone": "UTC"})
    analysis = bench.do(log.analyse())
    assert analysis.state == DONE, analysis.message
    bench.jobs["analysis"] = analysis.id
    states: Mapping[str, dict[str, Any]] = {
        "waiting": {},
        "running": {"state": RUNNING, "step": "reading events", "step_done": 3, "step_total": 9},
        "failed": {"state": FAILED, "message": f"{LONG}: no event has a time {HOSTILE}"},
        "cancelled": {"state": CANCELLED, "message": "cancelled"},
    }
    for name, changes in states.items():
        one = bench.new_log(name, log_text())
        one.confirm({"columns": columns, "zone": "UTC"})
        bench.set(one.analyse(), **changes)
        bench.set(one.check(), **changes)
        bench.set(one.calibrate("quick"), **changes)
        bench.jobs[f"export {name}"] = bench.set(one.export("documents"), **changes).id


def _models(bench: Bench) -> None:
    blocks = documents.PAGES["blocks"]()
    log = bench.log("whole")
    bench.show(
        log.check(), blocks.replace('id="s-summary"', 'id="s-conformance"', 1), inside=True
    )  # fmt: skip
    made = bench.show(log.calibrate("quick"), blocks)
    # Names of figures and tables are those of one kind of report.
    bench.show(log.validate(made), re.sub(r'(["#])([fpt])-', r"\1\2-v-", blocks))
    bench.jobs["export"] = bench.show(log.export("tables"), blocks, inside=True, a_csv="a").id
    other = bench.new_log("verdict runs", log_text())
    other.confirm({"columns": {}, "zone": "UTC"})
    bench.show(other.analyse(), blocks, inside=True)
    made = bench.show(other.calibrate("quick"), blocks)
    bench.set(other.validate(made), state=RUNNING, step="run 2 of 3")
    fresh = bench.new_log("fresh", log_text())
    fresh.confirm({"columns": {}, "zone": "UTC"})
    ledger = bench.new_log("ledger", log_text(), f"Offene Posten {LONG}.csv")
    ledger.confirm({"kind": "invoices", "columns": {}})


def _results(bench: Bench) -> None:
    bench.result("waiting")
    bench.result("running", state=RUNNING, step="simulating", step_done=1, step_total=2)
    blocks = documents.PAGES["blocks"]()
    first = bench.show(bench.result("first round"), blocks, inside=True)
    bench.set(first, state=RUNNING, round=1, step="simulating", step_done=2, step_total=12)
    bench.show(bench.result("done"), blocks, inside=True, comparison_json="{}")
    compared = documents.PAGES["comparison"]()
    bench.show(bench.result("compared"), compared, inside=True, comparison_json="{}")
    some = bench.show(bench.result("cancelled late"), blocks, inside=True, comparison_json="{}")
    bench.set(some, state=CANCELLED, round=1, message="cancelled")
    bench.result("cancelled", state=CANCELLED, message="cancelled")
    bench.result("failed", state=FAILED, message=f"{LONG}: a lever is out of range {HOSTILE}")
    of = {"about": {"of": bench.jobs["done"]}}
    bench.result("search runs", "break_even", state=RUNNING, step="40 of 120 runs", **of)
    printed = bench.result("printed", "best", state=DONE, newest=output_name(0), round=1, **of)
    (printed.folder / "stdout-0.txt").write_text(f"best settings\n  {LONG} = 4 days\n" * 4, "utf-8")
    bench.show(bench.result("searched", "break_even", **of), blocks, search_json="{}")
    made = {"about": {"of": bench.jobs["done"], "format": "pdf"}}
    bench.result("making", "files", state=RUNNING, **made)
    bench.result("made", "files", state=DONE, **made)


def at(path: str, *, opened: bool = True) -> Open:
    """Return what opens an address, with every detail of it unfolded."""

    def go(page: Any, bench: Bench) -> None:
        filled = path
        for name, log_id in bench.logs.items():
            filled = filled.replace(f"<{name}>", f"/logs/{log_id}")
        for name, job_id in bench.jobs.items():
            filled = filled.replace(f"[{name}]", job_id)
        page.goto(bench.address + filled)
        if opened:
            page.evaluate(OPEN_ALL)

    return go


def sent(path: str, button: str, fields: Mapping[str, str]) -> Open:
    """Return what fills fields of a form, by their names, and sends it."""

    def go(page: Any, bench: Bench) -> None:
        at(path)(page, bench)
        for name, value in fields.items():
            field = page.locator(f'[name="{name}"]').last
            kind = field.evaluate("field => field.tagName")
            field.select_option(value) if kind == "SELECT" else field.fill(value)
        with page.expect_navigation():
            page.get_by_role("button", name=button, exact=True).click()
        page.evaluate(OPEN_ALL)

    return go


def _listed(page: Any, bench: Bench) -> None:
    """Open the list of cases of an activity, below the map."""
    at("<whole>?part=map")(page, bench)
    page.locator("svg.process-map a.node").first.focus()
    page.keyboard.press("Enter")
    page.locator("div.cases:target").wait_for()


PARTS = (
    "findings", "summary", "map", "variants", "bottlenecks", "flow", "forecast", "patterns",
    "kpis", "deviations",
)  # fmt: skip
OUTSIDE: Mapping[str, Open] = {
    "login": at("/login"),
    "wrong token": sent("/login", "Log in", {"token": "wrong"}),
    "used link": at("/login?code=used"),
    "refused": at("/results"),
}
EMPTY: Mapping[str, Open] = {
    "start, empty": at("/"),
    "logs, empty": at("/analyse"),
    "calibrate, empty": at("/calibrate"),
    "results, empty": at("/results"),
}
FILLED: Mapping[str, Open] = {
    "start": at("/"),
    "logs": at("/analyse"),
    "calibrate": at("/calibrate"),
    "results": at("/results"),
    "scenario refused": sent("/results", "Check and save", {"text": f"{LONG}: {HOSTILE}"}),
    **{f"error {code}": at(f"/fails/{code}") for code in CODES},
    "looking": at("<looked at>/columns"),
    "unreadable": at("<broken>/columns"),
    "columns": at("<guessed>/columns"),
    "columns refused": sent("<guessed>/columns", "Start the analysis", {"zone": "Nowhere"}),
    **{f"part {part}": at(f"<whole>?part={part}") for part in PARTS},
    "list of a map": _listed,
    **{f"analysis {state}": at(f"<{state}>") for state in ("waiting", "running", "failed",
                                                           "cancelled")},
    "deviations not asked": at("<verdict runs>?part=deviations"),
    **{f"deviations {state}": at(f"<{state}>?part=deviations") for state in ("running", "failed")},
    "cases": at("<whole>/cases"),
    "cases refused": at("<whole>/cases?filter=nonsense"),
    "case": at(f"<whole>/cases/one?id={CASE[:9]}0{CASE[12:]}"),
    "no case": at("<whole>/cases/one?id=none"),
    "files": at("<whole>/files/[export]"),
    "files running": at("<running>/files/[export running]"),
    "files failed": at("<failed>/files/[export failed]"),
    "calibrate form": at("<fresh>/calibrate"),
    **{f"calibration {state}": at(f"<{state}>/calibrate") for state in ("running", "failed",
                                                                        "cancelled")},
    "calibrated, verdict": at("<whole>/calibrate"),
    "calibrated, verdict runs": at("<verdict runs>/calibrate"),
    "what-if": at("/what-if?company=distributor&start="),
    "what-if with shocks": at("/what-if?start=outage"),
    "what-if refused": sent(
        "/what-if?company=distributor&start=", "Run the comparison",
        {"lever.dispute_days": "9999", "shock_from_day": "x", "seed": "-"},
    ),
    **{f"result {name}": at(f"/results/[{name}]") for name in (
        "waiting", "running", "first round", "done", "cancelled late", "cancelled", "failed",
        "search runs", "printed", "searched", "making", "made",
    )},
    "search refused": sent("/results/[cancelled late]", "Save", {"name": "not/a/name"}),
}  # fmt: skip
