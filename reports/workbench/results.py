"""What a page shows of the result of a what-if or a search: its report, its files, its command."""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.workbench.experiment import REPORT, SCENARIO
from reports.workbench.job import Job
from reports.workbench.jobs import JobQueue

WHAT_IF, BREAK_EVEN, BEST = "what_if", "break_even", "best"
FILES, LOG = "files", "run_log"
SEARCHES = (BREAK_EVEN, BEST)
# Format to its name and media type; the log is one replication, made again.
FORMATS: Mapping[str, tuple[str, str]] = {
    "html": ("Report (HTML)", "text/html"),
    "pdf": ("Report (PDF)", "application/pdf"),
    "xlsx": (
        "Workbook (Excel)",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "json": ("Result (JSON)", "application/json"),
    "yaml": ("Scenario (YAML)", "application/yaml"),
    "log": ("One run's event log (OCEL 2.0 JSON)", "application/json"),
}
MADE_ON_DEMAND = ("pdf", "xlsx", "log")
_HEADING = re.compile(r'<h2 id="(h-[a-z0-9-]+)">(.*?)</h2>')
_RESULT_FILES = ("comparison.json", "search.json")


@dataclass(frozen=True, slots=True)
class Download:
    """A file of a result: ready (its path), being made (its job), or to be asked for."""

    form: str
    name: str
    path: Path | None = None
    job: Job | None = None


def report_of(job: Job) -> Path | None:
    """Return the newest report of a job; None before the first."""
    own = job.folder / REPORT
    if own.is_file():
        return own
    inside = None if job.result is None else job.result / REPORT
    return inside if inside is not None and inside.is_file() else None


def report_markup(job: Job) -> str:
    """Return the content of a job's newest report, escaped where it was made; empty before."""
    path = report_of(job)
    if path is None:
        return ""
    try:
        return _markup(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return ""


def contents(markup: str) -> list[tuple[str, str]]:
    """Return anchor and heading, as markup, of each section of a report."""
    return _HEADING.findall(markup)


def result_file(job: Job) -> Path | None:
    """Return the file of numbers of a job's newest result; None before the first."""
    if job.result is None:
        return None
    found = (job.result / name for name in _RESULT_FILES)
    return next((path for path in found if path.is_file()), None)


def replications(job: Job) -> int:
    """Return how many replications the newest result of a comparison rests on; 0 before."""
    done = job.commands[: job.round]
    return count_of(done[-1]) if done else 0


def planned(job: Job) -> int:
    """Return how many replications the last round of a comparison has."""
    return count_of(job.commands[-1])


def command_line(job: Job) -> str:
    """Return what makes the newest result (or the first, before it) in a shell.

    The files are named as they lie in the folder of the result.
    """
    number = max(0, job.round - 1)
    if job.kind in SEARCHES:
        number = 0
    arguments = [argument.replace("{folder}/", "") for argument in job.commands[number]]
    return shlex.join(["o2c", *("result" if a == "{output}" else a for a in arguments)])


def downloads(job: Job, jobs: JobQueue) -> list[Download]:
    """Return the files of a result that there are or that can be made."""
    path = result_file(job)
    if path is None:
        return []
    ready: dict[str, Path | None] = {
        "html": report_of(job),
        "json": path,
        "yaml": _file(job.folder / SCENARIO),
    }
    made = _made(job, jobs)
    found = []
    for form, (name, _) in FORMATS.items():
        if form in MADE_ON_DEMAND:
            # What has no report in one format has none in another.
            if (job.kind != WHAT_IF) if form == "log" else (ready["html"] is None):
                continue
            one = made.get(form)
            file = None if one is None else made_file(one)
            found.append(Download(form, name, file, one))
        elif ready[form] is not None:
            found.append(Download(form, name, ready[form]))
    return found


def made_file(job: Job) -> Path | None:
    """Return the file that a job of kind ``files`` or ``run_log`` has written, when it has."""
    name = "log.json" if job.kind == LOG else f"report.{job.about.get('format')}"
    return _file(job.folder / name)


def _made(job: Job, jobs: JobQueue) -> dict[str, Job]:
    """Return format to the newest job that makes it of the newest result."""
    found: dict[str, Job] = {}
    for one in jobs.jobs():
        about = one.about
        newest = about.get("of") == job.id and about.get("round") == job.round
        if one.kind in (FILES, LOG) and newest:
            found.setdefault(str(about.get("format")), one)
    return found


@functools.lru_cache(maxsize=8)
def _markup(path: Path, changed: int) -> str:
    from reports.documents.html import main_part

    return main_part(path.read_text("utf-8"))


def count_of(command: Sequence[str]) -> int:
    """Return how many replications a command of a comparison asks for; 0 for any other."""
    option = "--replications="
    said = (argument for argument in command if argument.startswith(option))
    return int(next(said, f"{option}0").removeprefix(option))


def _file(path: Path) -> Path | None:
    return path if path.is_file() else None
