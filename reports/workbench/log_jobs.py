"""The command lines that read an uploaded log: every number on its pages comes from one of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reports.workbench.job import DONE, FAILED, FOLDER, OUTPUT, RESULT, Job
from reports.workbench.jobs import JobQueue
from reports.workbench.mapping_form import mapping_text
from reports.workbench.workspace import LogPlace, Workspace, write_json

COLUMNS, ANALYSIS, DEVIATIONS, EXPORT = "columns", "analysis", "deviations", "export"
CASES, CALIBRATION, VALIDATION = "cases", "calibration", "validation"
# Commands of an analysis: the findings come first.
LINT, REPORT = 0, 1
QUICK, THOROUGH, DISCOVERED = "quick", "thorough", "discovered"
# Options of `o2c calibrate`: no simulated runs, what it takes by itself, any process.
EFFORTS: Mapping[str, tuple[str, ...]] = {
    QUICK: ("--tuning=0", "--no-ranking"),
    THOROUGH: (),
    DISCOVERED: ("--discovered",),
}
_MAPPING = "mapping.yaml"
# Fewer than the command line's 10: enough for a band, and an answer while people wait.
_JUDGED_RUNS = 5
_NOT_YET = ("cancelled", "ended: ", "the server ended", "the job could not be run")


class LogJobs:
    """Asks the queue for what the pages of one log show.

    Parameters
    ----------
    jobs
        The queue.
    workspace
        Where the log is; notes which jobs belong to it.
    place
        The log.
    session
        Who asks.
    """

    def __init__(self, jobs: JobQueue, workspace: Workspace, place: LogPlace, session: str) -> None:
        self.jobs = jobs
        self.place = place
        self._workspace = workspace
        self._session = session

    @property
    def source(self) -> Path:
        """The file or folder of tables."""
        return self.place.folder / "file" / str(self.place.about.get("file", ""))

    @property
    def confirmed(self) -> bool:
        """Whether somebody has confirmed what the columns mean."""
        return "confirmed" in self.place.about

    def job(self, kind: str) -> Job | None:
        """Return the newest job of a kind for this log; None if there is none."""
        return self.jobs.get(str(self.place.about.get(f"{kind}_job", "")))

    def known(self, job_id: str, *kinds: str) -> Job | None:
        """Return a job if it is of these kinds and about this log."""
        job = self.jobs.get(job_id)
        if job is None or job.kind not in kinds or job.about.get("log") != self.place.id:
            return None
        return job

    def analyses(self) -> list[Job]:
        """Return the analyses of this log, the newest first."""
        return [job for job in self.jobs.jobs(kind=ANALYSIS) if self.known(job.id, ANALYSIS)]

    def look(self, options: Mapping[str, str] | None = None) -> Job:
        """Ask what the columns seem to mean; *options* say how the file is written."""
        said = [f"--{name}={value}" for name, value in (options or {}).items() if value]
        command = ["columns", str(self.source), *said, "--json"]
        return self._submit(COLUMNS, "Columns", [command], quick=True)

    def confirm(self, mapping: Mapping[str, Any]) -> None:
        """Keep what the columns mean, as the mapping file that every verb reads."""
        path = self.place.folder / _MAPPING
        if mapping:
            path.write_text(mapping_text(mapping), "utf-8")
        else:
            path.unlink(missing_ok=True)
        self.place = self._workspace.describe_log(self.place.id, confirmed=dict(mapping))

    def analyse(self, filters: Sequence[str] = ()) -> Job:
        """Ask for the findings and then for the analysis of all or some cases."""
        commands = [
            ["lint", *self._read(), "--json"],
            ["report", *self._read(), *_filters(filters), "--format=html,json",
             "--output", OUTPUT],
        ]  # fmt: skip
        return self._submit(ANALYSIS, "Analysis", commands, filters=list(filters))

    def check(self, filters: Sequence[str] = ()) -> Job:
        """Ask for the deviations from the model of order to cash, with what goes with them."""
        command = ["check", *self._read(), *_filters(filters), "--output", OUTPUT]
        return self._submit(DEVIATIONS, "Deviations", [command], filters=list(filters))

    def export(self, what: str, filters: Sequence[str] = ()) -> Job:
        """Ask for files: ``documents`` (PDF, Excel and more) or ``tables`` (CSV and models)."""
        verb = {
            "documents": ["report", "--format=pdf,xlsx,md"],
            "tables": ["mine"],
        }[what]
        command = [verb[0], *self._read(), *verb[1:], *_filters(filters), "--output", OUTPUT]
        return self._submit(EXPORT, "Files", [command], filters=list(filters), what=what)

    @property
    def kind(self) -> str:
        """What the confirmed columns are of: ``events`` or ``invoices``."""
        return str(self.place.about.get("confirmed", {}).get("kind", "events"))

    @property
    def undated(self) -> bool:
        """Whether it is a list of invoices without dates: nothing happens in it."""
        columns = self.place.about.get("confirmed", {}).get("columns", {})
        return self.kind == "invoices" and not {"invoice_date", "settled_date"} & set(columns)

    def newest(self, kind: str) -> tuple[Job | None, Job | None]:
        """Return the newest job of a kind that is done, and the newest in any state."""
        jobs = [job for job in self.jobs.jobs(kind=kind) if self.known(job.id, kind)]
        return next((job for job in jobs if job.state == DONE), None), next(iter(jobs), None)

    def calibrate(self, effort: str, ledger: LogJobs | None = None) -> Job:
        """Ask for a model of the company; its document is ``report.html`` in the job's folder.

        Parameters
        ----------
        effort
            One of :data:`EFFORTS`.
        ledger
            A list of invoices for how the customers pay.
        """
        more = list(EFFORTS[effort]) + ([] if ledger is None else ledger.as_ledger())
        commands = [
            ["calibrate", *self._read(), *more, "--output", OUTPUT],
            ["report", RESULT, "--format=html", "--output", f"{FOLDER}/report.html", "--force"],
        ]
        return self._submit(
            CALIBRATION,
            "Calibration",
            commands,
            effort=effort,
            ledger=None if ledger is None else ledger.place.id,
            ledger_name=None if ledger is None else ledger.place.name,
        )

    def as_ledger(self) -> list[str]:
        """Return the options that add this list of invoices, with its columns as confirmed."""
        columns = self.place.about.get("confirmed", {}).get("columns", {})
        return [
            f"--ar={self.source}",
            *(f"--column={part}={column}" for part, column in columns.items()),
        ]

    def validate(self, calibration: Job, ledger: LogJobs | None = None) -> Job:
        """Ask how far a model, made as *calibration* was, lies from data that it has not seen.

        A log's last part judges a model of its first part. The customers of a list of invoices
        are judged by the list itself.
        """
        effort = str(calibration.about.get("effort", QUICK))
        if self.kind == "invoices" and calibration.result is not None:
            model = str(calibration.result / "model.yaml")
            judged = ["validate-model", model, *self.as_ledger()]
        elif effort == DISCOVERED:
            judged = ["validate-model", *self._read(), f"--runs={_JUDGED_RUNS}"]
        else:
            judged = ["validate-model", *self._read(), "--order-to-cash", f"--runs={_JUDGED_RUNS}"]
            judged += [option for option in EFFORTS[effort] if option.startswith("--tuning")]
            judged += [] if ledger is None else ledger.as_ledger()
        commands = [
            [*judged, "--output", OUTPUT],
            ["report", RESULT, "--format=html", "--output", f"{FOLDER}/report.html", "--force"],
        ]
        return self._submit(VALIDATION, "Validation", commands, of=calibration.id)

    def answer(self, arguments: Sequence[str], wait_seconds: float) -> Job:
        """Return the job of a list of cases, which is made once for each question.

        Parameters
        ----------
        arguments
            Of ``o2c cases``, without the log.
        wait_seconds
            How long to wait for it.
        """
        command = ["cases", *self._read(), *arguments, "--json"]
        key = hashlib.sha256(json.dumps([command, self._mapping()]).encode()).hexdigest()[:32]
        note = self.place.folder / "answers" / f"{key}.json"
        job = self._noted(note)
        if job is None:
            job = self._submit(CASES, "Cases", [command], quick=True, noted=False)
            note.parent.mkdir(exist_ok=True)
            write_json(note, {"job": job.id})
        return self.jobs.wait(job.id, wait_seconds) or job

    def _noted(self, note: Path) -> Job | None:
        try:
            job = self.jobs.get(str(json.loads(note.read_text("utf-8"))["job"]))
        except (OSError, ValueError, KeyError):
            return None
        # What time or people have ended may be asked again; what the log refuses may not.
        again = job is not None and (
            job.state not in (FAILED, "cancelled") or not job.message.startswith(_NOT_YET)
        )
        return job if again else None

    def _mapping(self) -> str:
        path = self.place.folder / _MAPPING
        return path.read_text("utf-8") if path.exists() else ""

    def _read(self) -> list[str]:
        path = self.place.folder / _MAPPING
        return [str(self.source), *([f"--mapping={path}"] if path.exists() else [])]

    def _submit(
        self,
        kind: str,
        title: str,
        commands: Sequence[Sequence[str]],
        *,
        quick: bool = False,
        noted: bool = True,
        **about: Any,
    ) -> Job:
        job = self.jobs.submit(
            kind,
            f"{title}: {self.place.name}",
            commands,
            self._session,
            about={"log": self.place.id, **about},
            quick=quick,
        )
        job = self.jobs.note(job.id, page=self._page(job)) or job
        if noted:
            self.place = self._workspace.describe_log(self.place.id, **{f"{kind}_job": job.id})
        return job

    def _page(self, job: Job) -> str:
        """Return the address that shows a job."""
        within = {
            COLUMNS: "/columns",
            ANALYSIS: f"?job={job.id}",
            DEVIATIONS: "?part=deviations",
            EXPORT: f"/files/{job.id}",
            CASES: "/cases",
            CALIBRATION: "/calibrate",
            VALIDATION: "/calibrate",
        }
        return f"/logs/{self.place.id}{within[job.kind]}"


def document_of(job: Job, command: int = 0) -> dict[str, Any] | None:
    """Return the result that a command printed as JSON; None where there is none yet."""
    try:
        document = json.loads(job.stdout(command))
    except ValueError:
        return None
    result = document.get("result")
    return result if isinstance(result, dict) else None


def problems_of(job: Job, command: int = 0) -> list[str]:
    """Return why a command failed, as texts for people."""
    from reports.workbench.mapping_form import problem_texts

    if job.message.startswith(_NOT_YET):
        # It was ended, and knows only that.
        return [job.message]
    try:
        return problem_texts(json.loads(job.stdout(command))["error"]["problems"])
    except (ValueError, KeyError, TypeError):
        return [job.message] if job.message else []


def _filters(texts: Sequence[str]) -> list[str]:
    return [f"--filter={text}" for text in texts]
