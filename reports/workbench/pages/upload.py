"""A log comes in: written to disk, looked at from a process of its own, its columns confirmed."""

from __future__ import annotations

import re
import shutil
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from o2c_sim.errors import LogError, Problem, UsageError
from reports.workbench import log_files
from reports.workbench.job import FAILED
from reports.workbench.jobs import QueueFull
from reports.workbench.log_jobs import COLUMNS, LogJobs, document_of, problems_of
from reports.workbench.mapping_form import (
    COMMON_ZONES,
    DELIMITERS,
    TIME_FORMATS,
    confirmed,
    part_fields,
)
from reports.workbench.pages.log_page import fields_of, log_of
from reports.workbench.rendering import render
from reports.workbench.security import session_id

router = APIRouter()
_LOOK_SECONDS = 8.0
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
# Files that can be written in more than one way, as `o2c columns` calls them.
_FORMS = {".csv": "delimited", ".tsv": "delimited", ".txt": "delimited", ".xlsx": "zip"}
_LOOK_OPTIONS = ("delimiter", "encoding", "sheet")


@router.post("/upload")
async def upload(request: Request) -> Response:
    """Take one log, or the tables of one SAP extract; then show what its columns mean."""
    form = await request.form(max_files=log_files.MOST_FILES + 1, max_fields=10)
    files = [item for item in form.getlist("log") if isinstance(item, UploadFile)]
    files = [file for file in files if file.filename]
    try:
        log = await run_in_threadpool(_kept, request, files)
    finally:
        await form.close()
    return RedirectResponse(f"/logs/{log.place.id}/columns", status_code=303)


@router.get("/logs/{log_id}/columns")
def columns(request: Request, log_id: str) -> Response:
    """Show what the columns seem to mean, with the first rows, to confirm or correct."""
    return _columns_page(request, log_of(request, log_id))


@router.post("/logs/{log_id}/columns")
async def confirm(request: Request, log_id: str) -> Response:
    """Take what the columns mean, and begin the analysis."""
    given = await fields_of(request)
    log = log_of(request, log_id)
    return await run_in_threadpool(_confirmed, request, log, given)


@router.post("/logs/{log_id}/look")
async def look(request: Request, log_id: str) -> Response:
    """Look at the file again, as it is said to be written."""
    given = await fields_of(request)
    log = log_of(request, log_id)
    log.look({name: given.get(name, "") for name in _LOOK_OPTIONS})
    return RedirectResponse(f"/logs/{log_id}/columns", status_code=303)


@router.post("/logs/{log_id}/remove")
def remove(request: Request, log_id: str) -> Response:
    """Remove a log and everything that was made of it."""
    log = log_of(request, log_id)
    for job in log.jobs.jobs():
        if job.about.get("log") == log_id:
            log.jobs.remove(job.id)
    request.app.state.workspace.remove_log(log_id)
    return RedirectResponse("/analyse", status_code=303)


def _kept(request: Request, files: list[UploadFile]) -> LogJobs:
    """Write files to disk and ask what is in them; what is refused leaves nothing behind."""
    state = request.app.state
    names = [file.filename or "" for file in files]
    problem = log_files.names_problem(names)
    if problem is not None:
        raise UsageError(problem)
    # Names are checked before anything is written.
    stored = [_stored(names[0])] if len(names) == 1 else [log_files.table_name(n) for n in names]
    shown = names[0] if len(names) == 1 else f"{len(names)} tables"
    place = state.workspace.new_log(shown)
    try:
        folder = place.folder / "file"
        target = folder if len(files) == 1 else folder / "tables"
        target.mkdir(parents=True)
        for file, name in zip(files, stored, strict=True):
            with (target / name).open("wb") as out:
                shutil.copyfileobj(file.file, out, 1 << 20)
            log_files.require_kind(target / name, file.filename or "")
        within = stored[0] if len(files) == 1 else "tables"
        size = sum((target / name).stat().st_size for name in stored)
        place = state.workspace.describe_log(place.id, file=within, bytes=size)
        log = LogJobs(state.jobs, state.workspace, place, session_id(request))
        job = log.look()
        ended = log.jobs.wait(job.id, _LOOK_SECONDS)
        if ended is not None and ended.state == FAILED:
            texts = problems_of(ended)
            log.jobs.remove(job.id)
            raise LogError([Problem(text) for text in texts])
        return log
    except (UsageError, LogError, QueueFull, OSError):
        state.workspace.remove_log(place.id)
        raise


def _stored(name: str) -> str:
    """Return the file name on disk: letters, digits, - and _ of the user's, and a known ending."""
    ending = log_files.ending_of(name).stored
    own = name.replace("\\", "/").rpartition("/")[2]
    stem = _UNSAFE.sub("_", own[: len(own) - len(ending)]).strip("_")[:60].lstrip("-")
    return (stem or "log") + ending


def _confirmed(request: Request, log: LogJobs, given: dict[str, str]) -> Response:
    found = _found(log)
    if found is None:
        return RedirectResponse(f"/logs/{log.place.id}/columns", status_code=303)
    said = confirmed(found, given)
    if said.errors:
        return _columns_page(request, log, given, said.errors)
    log.confirm(said.mapping)
    if log.undated:
        return RedirectResponse(f"/logs/{log.place.id}/calibrate", status_code=303)
    log.analyse()
    return RedirectResponse(f"/logs/{log.place.id}", status_code=303)


def _found(log: LogJobs) -> dict[str, Any] | None:
    job = log.job(COLUMNS)
    return None if job is None else document_of(job)


def _columns_page(
    request: Request,
    log: LogJobs,
    given: dict[str, str] | None = None,
    errors: dict[str, str] | Any = None,
) -> Response:
    job = log.job(COLUMNS) or log.look()
    job = log.jobs.wait(job.id, 0 if job.over else 2) or job
    found = document_of(job)
    mapping = {} if found is None else found["mapping"]
    said = given if given is not None else dict(log.place.about.get("confirmed", {}))
    return render(
        request,
        "columns.html.j2",
        path="/analyse",
        status_code=422 if errors else 200,
        log=log.place,
        job=job,
        problems=problems_of(job) if job.state == FAILED else [],
        found=found,
        form=_FORMS.get(log.source.suffix, ""),
        fields=[] if found is None else part_fields(found, _chosen(log, given), errors),
        errors=errors or {},
        zone=said.get("zone") or "UTC",
        zones=COMMON_ZONES,
        case_type=said.get("case_type") or "",
        time_format=said.get("time_format") or mapping.get("time_format") or "",
        time_formats=_with_own(TIME_FORMATS, mapping.get("time_format")),
        delimiters=DELIMITERS,
        doubts=[] if found is None else [one["message"] for one in found["problems"]],
    )


def _chosen(log: LogJobs, given: dict[str, str] | None) -> dict[str, str] | None:
    """Return what was chosen: in this form, or when the columns were confirmed before."""
    if given is not None:
        return given
    before = log.place.about.get("confirmed", {}).get("columns")
    return dict(before) if before else None


def _with_own(formats: tuple[tuple[str, str], ...], own: str | None) -> list[tuple[str, str]]:
    known = [*formats]
    if own and own not in [name for name, _ in known]:
        known.append((own, own))
    return known
