"""The analysis of a log: findings first, then the map and all views, of all or of some cases."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response

from reports.workbench.filter_form import filters_of, kept_fields
from reports.workbench.job import Job
from reports.workbench.log_jobs import (
    ANALYSIS,
    CALIBRATION,
    DEVIATIONS,
    EXPORT,
    LINT,
    VALIDATION,
    LogJobs,
    document_of,
)
from reports.workbench.pages.log_page import fields_of, log_of
from reports.workbench.rendering import render
from reports.workbench.report_parts import (
    Part,
    parts,
    tabs,
    with_case_links,
    with_definitions,
)

router = APIRouter()
FINDINGS, DEVIATION_TAB = "findings", "deviations"
_SEVERITIES = ("serious", "warning", "info")
_MEDIA = {
    ".html": "text/html",
    ".json": "application/json",
    ".csv": "text/csv",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.get("/report.css")
def style() -> Response:
    """Return the style of reports, for parts of them inside a page."""
    return Response(_style(), media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@router.get("/logs/{log_id}")
def analyse(request: Request, log_id: str, part: str = "", job: str = "") -> Response:
    """Show one part of an analysis, or how far it has come."""
    log = log_of(request, log_id)
    if not log.confirmed:
        return RedirectResponse(f"/logs/{log_id}/columns", status_code=303)
    if log.undated and not job:
        return RedirectResponse(f"/logs/{log_id}/calibrate", status_code=303)
    shown = log.known(job, ANALYSIS) if job else log.job(ANALYSIS)
    if shown is None:
        if job:
            raise HTTPException(404, "There is no such analysis of this log.")
        shown = log.analyse()
    return _page(request, log, shown, part)


@router.post("/logs/{log_id}/analyse")
async def again(request: Request, log_id: str) -> Response:
    """Begin an analysis of the cases that a form asks for."""
    given = await fields_of(request)
    log = log_of(request, log_id)
    made = await run_in_threadpool(log.analyse, filters_of(given))
    return RedirectResponse(f"/logs/{log_id}?job={made.id}", status_code=303)


@router.post("/logs/{log_id}/check")
async def check(request: Request, log_id: str) -> Response:
    """Begin to look for deviations."""
    given = await fields_of(request)
    log = log_of(request, log_id)
    shown = log.known(given.get("job", ""), ANALYSIS)
    await run_in_threadpool(log.check, () if shown is None else shown.about.get("filters", ()))
    return RedirectResponse(_address(log_id, DEVIATION_TAB, shown), status_code=303)


@router.post("/logs/{log_id}/export")
async def export(request: Request, log_id: str) -> Response:
    """Begin to make files of an analysis."""
    given = await fields_of(request)
    log = log_of(request, log_id)
    what = given.get("what", "")
    if what not in ("documents", "tables"):
        raise HTTPException(422, "There are documents and tables.")
    shown = log.known(given.get("job", ""), ANALYSIS)
    filters = () if shown is None else shown.about.get("filters", ())
    made = await run_in_threadpool(log.export, what, filters)
    return RedirectResponse(f"/logs/{log_id}/files/{made.id}", status_code=303)


@router.get("/logs/{log_id}/files/{job_id}")
def files(request: Request, log_id: str, job_id: str) -> Response:
    """List the files that a job has made."""
    log = log_of(request, log_id)
    job = log.known(job_id, EXPORT, ANALYSIS, DEVIATIONS, CALIBRATION, VALIDATION)
    if job is None:
        raise HTTPException(404, "There are no such files.")
    return render(
        request, "log_files.html.j2", path="/analyse", log=log.place, job=job, files=_files(job)
    )


@router.get("/logs/{log_id}/files/{job_id}/{name:path}")
def file(request: Request, log_id: str, job_id: str, name: str) -> Response:
    """Send one of these files."""
    log = log_of(request, log_id)
    job = log.known(job_id, EXPORT, ANALYSIS, DEVIATIONS, CALIBRATION, VALIDATION)
    # Only names that the listing holds: no path is built of what a request says.
    place = None if job is None else dict(_files(job)).get(name)
    if place is None:
        raise HTTPException(404, "There is no such file.")
    media = _MEDIA.get(place.suffix, "application/octet-stream")
    return FileResponse(place, media_type=media, filename=place.name)


def _page(request: Request, log: LogJobs, job: Job, wanted: str) -> Response:
    found = _report(job)
    known = tabs(found)
    names = [(FINDINGS, "Findings"), *((tab.key, tab.name) for tab in known)]
    names.append((DEVIATION_TAB, "Deviations"))
    chosen = wanted if wanted in dict(names) else FINDINGS
    sections = next((tab.sections for tab in known if tab.key == chosen), ())
    lint = document_of(job, LINT)
    filters = list(job.about.get("filters", ()))
    deviations = _deviations(log, filters) if chosen == DEVIATION_TAB else None
    return render(
        request,
        "analyse.html.j2",
        path="/analyse",
        log=log.place,
        job=job,
        ready=bool(found),
        tabs=[(key, name, _address(log.place.id, key, job)) for key, name in names],
        chosen=chosen,
        markup=[_shown(found[key], job, log.place.id) for key in sections if key in found],
        lint=lint,
        findings=_by_severity(lint),
        deviations=deviations,
        deviation_markup=_deviation_markup(deviations),
        analyses=log.analyses(),
        filters=filters,
        fields=kept_fields(filters),
        activities=_activities(job),
        command=job.command_line(job.rounds - 1),
    )


def _report(job: Job) -> Mapping[str, Part]:
    return {} if job.result is None else parts(job.result / "report.html")


def _shown(part: Part, job: Job, log_id: str) -> Any:
    from markupsafe import Markup

    text = part.markup
    if part.key == "map":
        text = with_case_links(text, log_id, job.about.get("filters", ()))
    if part.key == "kpis":
        text = with_definitions(text, _definitions(job))
    # Written by `o2c report`, which escapes every name.
    return Markup(text)


def _deviation_markup(job: Job | None) -> Any:
    from markupsafe import Markup

    found = {} if job is None else _report(job)
    return Markup(found["conformance"].markup) if "conformance" in found else ""


def _deviations(log: LogJobs, filters: list[str]) -> Job | None:
    found = [
        job
        for job in log.jobs.jobs(kind=DEVIATIONS)
        if log.known(job.id, DEVIATIONS) and list(job.about.get("filters", ())) == filters
    ]
    return found[0] if found else None


def _by_severity(lint: Mapping[str, Any] | None) -> list[tuple[str, list[dict[str, Any]]]]:
    if lint is None:
        return []
    groups = (
        (name, [f for f in lint["findings"] if f["severity"] == name]) for name in _SEVERITIES
    )
    return [(name, found) for name, found in groups if found]


def _address(log_id: str, part: str, job: Job | None) -> str:
    query = {"part": part, **({} if job is None else {"job": job.id})}
    return f"/logs/{log_id}?{urlencode(query)}"


def _files(job: Job) -> list[tuple[str, Path]]:
    """Return the files of a result by their name within it."""
    if job.result is None:
        return []
    if job.result.is_file():
        return [(job.result.name, job.result)]
    found = (path for path in sorted(job.result.rglob("*")) if path.is_file())
    return [(path.relative_to(job.result).as_posix(), path) for path in found]


def _activities(job: Job) -> list[str]:
    return [] if job.result is None else list(_facts(job.result / "report.json")[0])


def _definitions(job: Job) -> Mapping[str, str]:
    return {} if job.result is None else _facts(job.result / "report.json")[1]


def _facts(report: Path) -> tuple[tuple[str, ...], Mapping[str, str]]:
    try:
        return _facts_of(report, report.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError):
        return (), {}


@functools.lru_cache(maxsize=8)
def _facts_of(report: Path, changed: int) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Return the activities of a log and the definition of each KPI by its label."""
    document = json.loads(report.read_text("utf-8"))
    activities = tuple(sorted(row["activity"] for row in document["result"]["activities"]))
    definitions = {}
    for section in document["sections"]:
        for block in section["blocks"]:
            if block.get("key") == "kpi-definitions":
                for row in block["rows"]:
                    label, formula, over, source = (cell["text"] for cell in row)
                    definitions[label] = f"{formula}. Counted over: {over}. Source: {source}."
    return activities, definitions


@functools.cache
def _style() -> str:
    import reports.documents

    folder = Path(reports.documents.__file__).parent / "templates"
    text = (folder / "style.css.j2").read_text("utf-8")
    # Nested, so that the page around a part keeps its own style.
    return f".report{{\n{text}\n}}\n"
