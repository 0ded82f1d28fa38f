"""What if: levers of a company as a form, which becomes a scenario and a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from reports.workbench import scenario_source
from reports.workbench.experiment import REPLICATIONS, SPANS, compare_commands
from reports.workbench.job import Job
from reports.workbench.jobs import JobQueue
from reports.workbench.lever_form import SHOCKS, by_stage
from reports.workbench.log_jobs import CALIBRATION
from reports.workbench.rendering import render
from reports.workbench.results import WHAT_IF
from reports.workbench.security import FIELD, session_id
from reports.workbench.what_if_form import (
    DEFAULT_START,
    WhatIfForm,
    Wish,
    new_form,
    read_form,
    refilled,
)
from reports.workbench.workspace import Workspace

router = APIRouter()
_JOB = "job:"
_MOST_FIELDS = 500


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as a browser sent it: the last of each field, all of those named ``beside``, files."""

    fields: dict[str, str]
    beside: tuple[str, ...]
    files: dict[str, bytes]


async def sent(request: Request) -> Sent:
    """Return the form of a request, without its token; files up to the length of a scenario."""
    async with request.form(max_fields=_MOST_FIELDS, max_files=2) as form:
        items = form.multi_items()
        files = {
            key: await value.read(scenario_source.MOST_CHARACTERS * 4 + 1)
            for key, value in items
            if isinstance(value, UploadFile)
        }
    texts = {key: value for key, value in items if isinstance(value, str) and key != FIELD}
    chosen = [value for key, value in items if key == "beside" and isinstance(value, str)]
    return Sent(texts, tuple(filter(None, chosen)), files)


SentForm = Annotated[Sent, Depends(sent)]


@router.get("/what-if")
def form(request: Request, company: str = "", start: str | None = None) -> Response:
    """Show the levers of a company, moved as a scenario says if one is named.

    ``start=job:ID`` gives the form of an earlier what-if back; without *start* and *company*, a
    shipped scenario serves as an example.
    """
    workspace: Workspace = request.app.state.workspace
    if start is None:
        start = "" if company else DEFAULT_START
    if start.startswith(_JOB):
        job = _job(request, start.removeprefix(_JOB))
        kept = job.about.get("form")
        if not isinstance(kept, dict):
            raise HTTPException(404, "This result was not made by a form.")
        return _page(request, refilled(workspace, kept, tuple(job.about.get("beside", ()))))
    return _page(request, new_form(workspace, company, start))


@router.post("/what-if")
def run(request: Request, form: SentForm) -> Response:
    """Run what a form says, or show the form again with what is wrong."""
    workspace: Workspace = request.app.state.workspace
    wish, shown = read_form(workspace, form.fields, form.beside)
    if wish is None:
        return _page(request, shown, 422)
    job = submit(request, wish, form)
    return RedirectResponse(f"/results/{job.id}", status_code=303)


def submit(request: Request, wish: Wish, form: Sent) -> Job:
    """Hand a comparison to the queue.

    Raises
    ------
    QueueFull
        If too many wait.
    """
    jobs: JobQueue = request.app.state.jobs
    commands = compare_commands(
        wish.scenarios, wish.company, wish.span, wish.replications, wish.seed
    )
    return jobs.submit(
        WHAT_IF,
        wish.title,
        commands,
        session_id(request),
        files=wish.files,
        about={
            "form": form.fields,
            "beside": list(form.beside),
            "names": list(wish.names),
            "scenarios": list(wish.scenarios),
            "company": wish.company,
            "span": wish.span.key,
            "seed": wish.seed,
            "replications": wish.replications,
            "searchable": wish.searchable,
        },
    )


def _page(request: Request, form: WhatIfForm, status_code: int = 200) -> Response:
    workspace: Workspace = request.app.state.workspace
    stages = by_stage(form.fields)
    shocks = stages.pop(SHOCKS, [])
    return render(
        request,
        "what_if.html.j2",
        status_code=status_code,
        form=form,
        evidence=_evidence(request, form.company),
        stages=stages,
        shocks=shocks,
        companies=_grouped(scenario_source.companies(workspace)),
        scenarios=_grouped(scenario_source.scenarios(workspace)),
        spans=list(SPANS.values()),
        replications=REPLICATIONS,
    )


def _evidence(request: Request, company: str) -> str:
    """Return the address of the calibration that a company was saved from; empty if none is."""
    jobs: JobQueue = request.app.state.jobs
    of_it = (job for job in jobs.jobs(kind=CALIBRATION) if job.about.get("company") == company)
    return next((str(job.about.get("page", "")) for job in of_it), "")


def _grouped(
    choices: Sequence[scenario_source.Choice],
) -> dict[str, list[scenario_source.Choice]]:
    found: dict[str, list[scenario_source.Choice]] = {}
    for choice in choices:
        found.setdefault(choice.group, []).append(choice)
    return found


def _job(request: Request, job_id: str) -> Job:
    jobs: JobQueue = request.app.state.jobs
    job = jobs.get(job_id)
    if job is None or job.kind != WHAT_IF:
        raise HTTPException(404, "There is no such result. It may have been removed.")
    return job
