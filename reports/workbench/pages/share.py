"""Results and scenarios that are kept: to open, to download, to hand over as YAML."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response

from o2c_sim.errors import UsageError
from reports.workbench import scenario_source
from reports.workbench.jobs import JobQueue
from reports.workbench.pages.what_if import SentForm
from reports.workbench.rendering import render
from reports.workbench.results import FILES, LOG
from reports.workbench.scenario_form import checked_text
from reports.workbench.workspace import Workspace

router = APIRouter()
_KINDS = {
    "what_if": "What-if",
    "break_even": "Break-even",
    "best": "Best settings",
    "analysis": "Analysis",
    "deviations": "Deviations",
    "calibration": "Calibration",
    "validation": "Validation",
}
_MOST_SHOWN = 200


@router.get("/results")
def listing(request: Request) -> Response:
    """List results and saved scenarios."""
    return _page(request)


@router.get("/scenarios/{name}")
def scenario(request: Request, name: str) -> Response:
    """Return a saved scenario as its YAML file."""
    workspace: Workspace = request.app.state.workspace
    found = workspace.scenario(name)
    if found is None:
        raise HTTPException(404, "There is no scenario of this name.")
    return FileResponse(found.path, media_type="application/yaml", filename=f"{found.name}.yaml")


@router.post("/scenarios")
def upload(request: Request, form: SentForm) -> Response:
    """Save a scenario that somebody has as a YAML file, if it is right."""
    workspace: Workspace = request.app.state.workspace
    text = form.files.get("file", b"").decode("utf-8", "replace") or form.fields.get("text", "")
    name = form.fields.get("name", "").strip()
    problems = (
        list(scenario_source.refusals(text, workspace))
        if text.strip()
        else ["choose a YAML file, or paste its text"]
    )
    if not problems:
        named = scenario_source.company_of(text)
        own = workspace.company(named)
        company = None if own is None else scenario_source.company_argument(workspace, named)
        found, problems = checked_text(text, company)
        name = name or ("" if found is None else _file_name(found.name))
    if not problems:
        try:
            workspace.save_scenario(name, text, replace=form.fields.get("replace") == "yes")
        except UsageError as error:
            problems = [str(problem) for problem in error.problems]
    if problems:
        return _page(request, problems, text, name)
    return RedirectResponse("/results#scenarios", status_code=303)


@router.post("/scenarios/{name}/remove")
def remove(request: Request, name: str) -> Response:
    """Remove a saved scenario."""
    workspace: Workspace = request.app.state.workspace
    workspace.remove_scenario(name)
    return RedirectResponse("/results#scenarios", status_code=303)


def _page(
    request: Request, problems: list[str] | None = None, text: str = "", name: str = ""
) -> Response:
    jobs: JobQueue = request.app.state.jobs
    workspace: Workspace = request.app.state.workspace
    kept = [job for job in jobs.jobs() if not job.quick and job.kind not in (FILES, LOG)]
    return render(
        request,
        "results.html.j2",
        status_code=422 if problems else 200,
        jobs=kept[:_MOST_SHOWN],
        more=max(0, len(kept) - _MOST_SHOWN),
        kinds=_KINDS,
        when=_when,
        scenarios=workspace.scenarios(),
        problems=problems or [],
        text=text,
        name=name,
        days=request.app.state.settings.keep_results_days,
        now=time.time(),
    )


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _file_name(name: str) -> str:
    """Return a scenario's own name as the name of a file here."""
    kept = "".join(
        sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "_" for sign in name
    )
    return kept.lstrip("-_")[:64]
