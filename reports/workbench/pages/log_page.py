"""What the pages of one log have in common."""

from __future__ import annotations

from fastapi import Request
from starlette.exceptions import HTTPException

from reports.workbench.log_jobs import LogJobs
from reports.workbench.security import session_id


def log_of(request: Request, log_id: str) -> LogJobs:
    """Return the log that an address names.

    Raises
    ------
    HTTPException
        404 if there is none.
    """
    state = request.app.state
    place = state.workspace.log(log_id)
    if place is None:
        raise HTTPException(404, "There is no such log. It may have been removed.")
    return LogJobs(state.jobs, state.workspace, place, session_id(request))


async def fields_of(request: Request) -> dict[str, str]:
    """Return the fields of a form that was sent, the last of each name."""
    async with request.form() as form:
        return {str(name): value for name, value in form.items() if isinstance(value, str)}
