"""The first page: what this is, the ways in, and what was done last."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from reports.workbench.jobs import JobQueue
from reports.workbench.log_files import ACCEPT, ALLOWED, size_text
from reports.workbench.rendering import render
from reports.workbench.workspace import Workspace

router = APIRouter()
_RECENT = 8


@router.get("/")
def start(request: Request) -> Response:
    """Show the ways in and the newest results."""
    jobs: JobQueue = request.app.state.jobs
    workspace: Workspace = request.app.state.workspace
    results = [job for job in jobs.jobs() if not job.quick][:_RECENT]
    return render(
        request,
        "start.html.j2",
        results=results,
        logs=workspace.logs()[:_RECENT],
        accept=ACCEPT,
        allowed=ALLOWED,
        most=size_text(request.app.state.settings.max_upload_bytes),
    )


@router.get("/analyse")
def logs(request: Request) -> Response:
    """List the logs, and take a new one."""
    workspace: Workspace = request.app.state.workspace
    return render(
        request,
        "logs.html.j2",
        logs=workspace.logs(),
        accept=ACCEPT,
        allowed=ALLOWED,
        most=size_text(request.app.state.settings.max_upload_bytes),
    )
