"""The states of a job as server-sent events, for a page that shows them as they come."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response, StreamingResponse

from reports.workbench.jobs import JobQueue
from reports.workbench.security import session_id

router = APIRouter()
_LOOK_SECONDS = 0.25
# Something must be sent now and then, or a closed connection is not noticed.
_SILENT_LOOKS = 40
# Of one browser; each is a connection, of which others need some as well.
_MOST_STREAMS = 30


@router.get("/jobs/{job_id}")
def job(request: Request, job_id: str) -> Response:
    """Return the state of a job as JSON."""
    found = _queue(request).get(job_id)
    if found is None:
        raise HTTPException(404, "There is no such job.")
    return JSONResponse(found.public())


@router.get("/jobs/{job_id}/events")
def events(request: Request, job_id: str) -> Response:
    """Tell each new state of a job; the stream ends when the job is over."""
    if _queue(request).get(job_id) is None:
        raise HTTPException(404, "There is no such job.")
    if _streams(request)[session_id(request)] >= _MOST_STREAMS:
        raise HTTPException(429, "Too many pages of this browser watch jobs. Close some of them.")
    return StreamingResponse(
        _states(request, job_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.post("/jobs/{job_id}/cancel")
def cancel(request: Request, job_id: str) -> Response:
    """Cancel a job; go back to the page that asked."""
    from starlette.responses import RedirectResponse

    found = _queue(request).cancel(job_id)
    if found is None:
        raise HTTPException(404, "There is no such job.")
    return RedirectResponse(f"/results/{found.id}", status_code=303)


async def _states(request: Request, job_id: str) -> AsyncIterator[str]:
    streams, session = _streams(request), session_id(request)
    streams[session] += 1
    try:
        async for state in _changes(request, job_id):
            yield state
    finally:
        streams[session] -= 1
        if not streams[session]:
            del streams[session]


async def _changes(request: Request, job_id: str) -> AsyncIterator[str]:
    queue = _queue(request)
    told, silent = "", 0
    while not queue.closing and not request.app.state.stopping.is_set():
        found = queue.get(job_id)
        if found is None:
            return
        now = json.dumps(found.public())
        if now != told:
            yield f"event: state\ndata: {now}\n\n"
            told, silent = now, 0
        elif silent >= _SILENT_LOOKS:
            yield ": still there\n\n"
            silent = 0
        if found.over:
            return
        silent += 1
        await asyncio.sleep(_LOOK_SECONDS)


def _streams(request: Request) -> Counter[str]:
    """Return session to the number of its streams."""
    streams: Counter[str] = request.app.state.streams
    return streams


def _queue(request: Request) -> JobQueue:
    queue: JobQueue = request.app.state.jobs
    return queue
