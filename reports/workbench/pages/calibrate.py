"""A log becomes a model of its company: progress, parameters with their evidence, the verdict."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from o2c_sim.errors import Problem, UsageError
from reports.workbench.job import DONE, Job
from reports.workbench.log_jobs import CALIBRATION, VALIDATION, LogJobs
from reports.workbench.pages.log_page import fields_of, log_of
from reports.workbench.rendering import render
from reports.workbench.report_parts import parts
from reports.workbench.workspace import NAME_RULE, Workspace

router = APIRouter()
# Simulated runs: none, and what `o2c calibrate` takes by itself.
EFFORTS = {
    "quick": ("Quick: what can be read off the log", ("--tuning=0", "--no-ranking")),
    "thorough": ("Thorough: also tuned by simulation, with what matters most", ()),
}
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@router.get("/calibrate")
def choose(request: Request) -> Response:
    """Choose the log that a model is to be made of."""
    workspace: Workspace = request.app.state.workspace
    return render(
        request,
        "calibrate_choose.html.j2",
        logs=[log for log in workspace.logs() if "confirmed" in log.about],
        companies=workspace.companies(),
    )


@router.get("/logs/{log_id}/calibrate")
def page(request: Request, log_id: str) -> Response:
    """Show a calibration: how to begin it, how far it is, what it found."""
    log = log_of(request, log_id)
    if not log.confirmed:
        return RedirectResponse(f"/logs/{log_id}/columns", status_code=303)
    calibration, validation = log.job(CALIBRATION), log.job(VALIDATION)
    return render(
        request,
        "calibrate.html.j2",
        path="/calibrate",
        log=log.place,
        job=calibration,
        validation=validation,
        efforts=[(key, label) for key, (label, _options) in EFFORTS.items()],
        ledgers=_ledgers(request.app.state.workspace, log_id),
        markup=_document(calibration),
        verdict=_document(validation),
        running=next((j for j in (calibration, validation) if j and not j.over), None),
        company=_name(log),
        saved=request.app.state.workspace.company(_name(log)),
        name_rule=NAME_RULE,
    )


@router.post("/logs/{log_id}/calibrate")
async def begin(request: Request, log_id: str) -> Response:
    """Begin to calibrate."""
    given = await fields_of(request)
    log = log_of(request, log_id)
    effort = given.get("effort", "quick")
    if effort not in EFFORTS:
        raise UsageError(Problem(f"effort {effort!r}", allowed=", ".join(EFFORTS)))
    options = list(EFFORTS[effort][1])
    if given.get("ledger"):
        ledger = log_of(request, given["ledger"])
        options.append(f"--ar={ledger.source}")
    await run_in_threadpool(log.calibrate, options)
    return RedirectResponse(f"/logs/{log_id}/calibrate", status_code=303)


@router.post("/logs/{log_id}/validate")
def validate(request: Request, log_id: str) -> Response:
    """Begin to hold a model of the log's first part against its last part."""
    log_of(request, log_id).validate()
    return RedirectResponse(f"/logs/{log_id}/calibrate#verdict", status_code=303)


@router.post("/logs/{log_id}/company")
async def save(request: Request, log_id: str) -> Response:
    """Keep the model as a company for what-if questions."""
    given = await fields_of(request)
    log = log_of(request, log_id)
    job = log.job(CALIBRATION)
    if job is None or job.state != DONE or job.result is None:
        raise UsageError(Problem("there is no finished calibration of this log"))
    name = given.get("name", "").strip() or _name(log)
    workspace: Workspace = request.app.state.workspace
    await run_in_threadpool(
        workspace.save_company, name, job.result, replace=given.get("replace") == "yes"
    )
    return RedirectResponse(f"/what-if?company={quote(name)}", status_code=303)


def _document(job: Job | None) -> list[Any]:
    """Return the sections of a job's document; none before it is done."""
    from markupsafe import Markup

    if job is None or job.state != DONE:
        return []
    # Written by `o2c report`, which escapes every name.
    found = parts(job.folder / "report.html")
    return [Markup(part.markup) for part in found.values()]


def _ledgers(workspace: Workspace, log_id: str) -> list[tuple[str, str]]:
    """Return the other logs that are lists of invoices: what customers pay, and when."""
    return [
        (log.id, log.name)
        for log in workspace.logs()
        if log.id != log_id and log.about.get("confirmed", {}).get("kind") == "invoices"
    ]


def _name(log: LogJobs) -> str:
    """Return a name for the company of a log."""
    stem = Path(log.place.name).name.partition(".")[0]
    name = _NOT_IN_NAME.sub("_", stem).strip("_-")[:40]
    return name or "company"
