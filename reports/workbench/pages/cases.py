"""The cases behind a number: a list that filters narrow, and the events of one case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from reports.workbench.filter_form import filters_of, kept_fields
from reports.workbench.job import FAILED
from reports.workbench.log_jobs import document_of, problems_of
from reports.workbench.pages.log_page import fields_of, log_of
from reports.workbench.rendering import render

router = APIRouter()
PAGE = 50
_WAIT_SECONDS = 12.0
ORDERS = (
    ("longest", "longest first"),
    ("shortest", "shortest first"),
    ("first", "oldest first"),
    ("last", "newest first"),
    ("most-events", "most events first"),
)
_MOST_FILTERS = 20


@router.get("/logs/{log_id}/cases")
def cases(
    request: Request,
    log_id: str,
    filter: Annotated[list[str] | None, Query()] = None,
    order: str = "longest",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """List the cases that pass the filters."""
    log = log_of(request, log_id)
    if not log.confirmed:
        return RedirectResponse(f"/logs/{log_id}/columns", status_code=303)
    filters = [text for text in (filter or []) if text.strip()][:_MOST_FILTERS]
    chosen = order if order in dict(ORDERS) else ORDERS[0][0]
    arguments = [
        *(f"--filter={text}" for text in filters),
        f"--order={chosen}",
        f"--limit={PAGE}",
        f"--offset={PAGE * (page - 1)}",
    ]
    job = log.answer(arguments, _WAIT_SECONDS)
    found = document_of(job) if job.over else None

    def address(number: int) -> str:
        return cases_address(log_id, filters, chosen, number)

    return render(
        request,
        "cases.html.j2",
        path="/analyse",
        log=log.place,
        job=job,
        problems=problems_of(job) if job.state == FAILED else [],
        found=found,
        rows=[] if found is None else [_row(row, found["zone"]) for row in found["cases"]],
        filters=filters,
        fields=kept_fields(filters),
        activities=[] if found is None else found["activities"],
        orders=ORDERS,
        order=chosen,
        page=page,
        pages=1 if found is None else max(1, -(-found["total"] // PAGE)),
        address=address,
        command=job.command_line(0),
    )


@router.post("/logs/{log_id}/cases")
async def narrowed(request: Request, log_id: str) -> Response:
    """Go to the list of the cases that a form asks for."""
    given = await fields_of(request)
    log_of(request, log_id)
    address = cases_address(log_id, filters_of(given), given.get("order", ORDERS[0][0]), 1)
    return RedirectResponse(address, status_code=303)


@router.get("/logs/{log_id}/cases/one")
def one(
    request: Request,
    log_id: str,
    id: str = "",
) -> Response:
    """Show the events of one case."""
    log = log_of(request, log_id)
    if not log.confirmed or not id:
        return RedirectResponse(f"/logs/{log_id}/cases", status_code=303)
    job = log.answer([f"--id={id}"], _WAIT_SECONDS)
    found = document_of(job) if job.over else None
    return render(
        request,
        "case.html.j2",
        path="/analyse",
        log=log.place,
        job=job,
        case=id,
        problems=problems_of(job) if job.state == FAILED else [],
        found=found,
        rows=[] if found is None else [_event(row, found["zone"]) for row in found["events"]],
        command=job.command_line(0),
    )


def cases_address(log_id: str, filters: Sequence[str], order: str, page: int) -> str:
    """Return the address of a list of cases."""
    query = [*(("filter", text) for text in filters), ("order", order), ("page", str(page))]
    return f"/logs/{log_id}/cases?{urlencode(query, errors='replace')}"


def _row(row: dict[str, object], zone: str) -> dict[str, str]:
    from reports.number_text import count_text, duration_text

    return {
        "case": str(row["case"]),
        "first": _moment(str(row["first"]), zone),
        "time": duration_text(float(str(row["hours"]))),
        "events": count_text(int(str(row["events"]))),
        "variant": count_text(int(str(row["variant"]))),
        "end": str(row["end_activity"]),
    }


def _event(row: dict[str, object], zone: str) -> dict[str, str]:
    from reports.number_text import duration_text, value_text

    since, amount = row["hours_since"], row["amount"]
    return {
        "activity": str(row["activity"]),
        "time": _moment(str(row["time"]), zone),
        "since": "" if since is None else duration_text(float(str(since))),
        "resource": str(row["resource"] or ""),
        "role": str(row["role"] or ""),
        "amount": "" if amount is None else value_text(float(str(amount)), ""),
    }


def _moment(text: str, zone: str) -> str:
    """Return a moment of a log, which are in UTC, by the log's own clock."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    try:
        return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    except (OverflowError, KeyError, ValueError):
        return f"{moment:%Y-%m-%d %H:%M} UTC"
