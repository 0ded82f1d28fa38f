"""A log becomes a model of its company: progress, parameters with their evidence, the verdict."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from o2c_sim.errors import Problem, UsageError
from reports.workbench.job import DONE, WAITING, Job
from reports.workbench.log_jobs import (
    CALIBRATION,
    DISCOVERED,
    EFFORTS,
    QUICK,
    THOROUGH,
    VALIDATION,
    LogJobs,
)
from reports.workbench.page_words import with_fields
from reports.workbench.pages.log_page import fields_of, log_of
from reports.workbench.rendering import render
from reports.workbench.report_parts import parts, within
from reports.workbench.workspace import NAME_RULE, Workspace

router = APIRouter()
_LABELS: Mapping[str, tuple[str, str]] = {
    QUICK: (
        "A company, quick",
        "Order to cash, as far as it can be read off the log. Under a minute for most logs.",
    ),
    THOROUGH: (
        "A company, thorough",
        "The same, then simulated and moved until it behaves as the log does; also finds which "
        "assumptions matter most. Several minutes.",
    ),
    DISCOVERED: (
        "Another process",
        "Learned as the log shows it, whatever its steps are called. It can be judged here; it "
        "has no levers of order to cash.",
    ),
}
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_MOST_OF_A_NAME = 40


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
    return _page(request, log)


@router.post("/logs/{log_id}/calibrate")
async def begin(request: Request, log_id: str) -> Response:
    """Begin to calibrate, unless it is under way."""
    given = await fields_of(request)
    log = log_of(request, log_id)
    effort = given.get("effort", QUICK)
    if effort not in EFFORTS:
        raise UsageError(Problem(f"effort {effort!r}", allowed=", ".join(EFFORTS)))
    ledger = None
    if given.get("ledger") and effort != DISCOVERED:
        ledger = log_of(request, given["ledger"])
        if not ledger.confirmed or ledger.kind != "invoices":
            raise UsageError(
                Problem(
                    "this is no list of invoices", suggestion="choose one of the lists, or none"
                )
            )
    _done, newest = log.newest(CALIBRATION)
    if newest is None or newest.over:
        await run_in_threadpool(log.calibrate, effort, ledger)
    return RedirectResponse(f"/logs/{log_id}/calibrate", status_code=303)


@router.post("/logs/{log_id}/validate")
def validate(request: Request, log_id: str) -> Response:
    """Begin to hold a model of the log's first part against its last part."""
    log = log_of(request, log_id)
    calibration, _newest = log.newest(CALIBRATION)
    if calibration is None:
        raise UsageError(Problem("there is no finished calibration of this log"))
    _verdict, running = log.newest(VALIDATION)
    if running is None or running.over:
        log.validate(calibration, _ledger_of(request, calibration))
    return RedirectResponse(f"/logs/{log_id}/calibrate#verdict", status_code=303)


@router.post("/logs/{log_id}/company")
async def save(request: Request, log_id: str) -> Response:
    """Keep the model as a company for what-if questions."""
    given = await fields_of(request)
    log = log_of(request, log_id)
    job = log.known(given.get("job", ""), CALIBRATION) or log.newest(CALIBRATION)[0]
    if job is None or job.state != DONE or job.result is None:
        raise UsageError(Problem("there is no finished calibration of this log"))
    if job.about.get("effort") == DISCOVERED:
        raise UsageError(
            Problem(
                "this model has no levers of order to cash",
                suggestion="make a model of the company, quick or thorough",
            )
        )
    workspace: Workspace = request.app.state.workspace
    name = given.get("name", "").strip() or _free_name(log, workspace)
    try:
        await run_in_threadpool(
            workspace.save_company, name, job.result, replace=given.get("replace") == "yes"
        )
    except UsageError as error:
        return _page(request, log, name, str(error.problems[0]))
    log.jobs.note(job.id, kept=True, company=name)
    return RedirectResponse(f"/what-if?company={quote(name)}", status_code=303)


def _page(request: Request, log: LogJobs, name: str = "", problem: str = "") -> Response:
    workspace: Workspace = request.app.state.workspace
    made, newest = log.newest(CALIBRATION)
    verdict, judging = log.newest(VALIDATION)
    # A verdict speaks of one model only.
    verdict, judging = (
        job if job is not None and made is not None and job.about.get("of") == made.id else None
        for job in (verdict, judging)
    )
    saved = str(made.about.get("company", "")) if made else ""
    return render(
        request,
        "calibrate.html.j2",
        status_code=422 if problem else 200,
        path="/calibrate",
        log=log.place,
        kind=log.kind,
        effort=str(made.about.get("effort", QUICK)) if made else "",
        ahead=log.jobs.ahead_of(newest) if newest and newest.state == WAITING else 0,
        undated=log.undated,
        made=made,
        newest=newest,
        judging=judging,
        efforts=[(key, *_LABELS[key]) for key in EFFORTS],
        # A next try begins as the last one did.
        wanted=str(newest.about.get("effort", QUICK)) if newest else QUICK,
        ledger=newest.about.get("ledger") if newest else None,
        ledgers=_ledgers(workspace, log.place.id),
        markup=_document(made),
        verdict=_document(verdict, beside=True),
        judged=verdict,
        running=next((j for j in (newest, judging) if j and not j.over), None),
        name=name or _free_name(log, workspace),
        problem=problem,
        companies=workspace.companies(),
        saved=saved if saved and workspace.company(saved) else "",
        name_rule=NAME_RULE,
    )


def _ledger_of(request: Request, calibration: Job) -> LogJobs | None:
    """Return the list of invoices that a model was made with.

    Raises
    ------
    UsageError
        If it has been removed.
    """
    ledger = calibration.about.get("ledger")
    if not ledger:
        return None
    if request.app.state.workspace.log(str(ledger)) is None:
        name = calibration.about.get("ledger_name")
        raise UsageError(
            Problem(
                f"the list of invoices {name!r}, which this model was made with, has been removed",
                suggestion="bring it in again, make the model again with it, and test that one",
            )
        )
    return log_of(request, str(ledger))


def _document(job: Job | None, *, beside: bool = False) -> list[Any]:
    """Return the sections of a job's document, beside another one's; none before it is done."""
    from markupsafe import Markup

    if job is None or job.state != DONE:
        return []
    # Written by `o2c report`, which escapes every name.
    found = parts(job.folder / "report.html")
    markup = [with_fields(part.markup) for part in found.values()]
    return [Markup(within(part) if beside else part) for part in markup]


def _ledgers(workspace: Workspace, log_id: str) -> list[tuple[str, str]]:
    """Return the other logs that are lists of invoices: what customers pay, and when."""
    return [
        (log.id, log.name)
        for log in workspace.logs()
        if log.id != log_id and log.about.get("confirmed", {}).get("kind") == "invoices"
    ]


def _free_name(log: LogJobs, workspace: Workspace) -> str:
    """Return a name for the company of a log that no other company bears."""
    stem = Path(log.place.name).name.partition(".")[0]
    stem = _NOT_IN_NAME.sub("_", stem).strip("_-")[:_MOST_OF_A_NAME] or "company"
    taken = {one.name for one in workspace.companies()}
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
