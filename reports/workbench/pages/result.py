"""The result of a what-if or a search: live while it runs, then what to do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response

from o2c_sim.errors import Problem, ToolkitError, UsageError
from reports.workbench import results
from reports.workbench.experiment import (
    MOST_REPLICATIONS,
    MOST_RUNS,
    SCENARIO,
    SPANS,
    best_commands,
    break_even_commands,
    compare_commands,
    log_commands,
    report_commands,
)
from reports.workbench.job import DONE, FOLDER, Job
from reports.workbench.jobs import JobQueue
from reports.workbench.pages.what_if import SentForm
from reports.workbench.rendering import render
from reports.workbench.results import BEST, BREAK_EVEN, FILES, FORMATS, LOG, SEARCHES, WHAT_IF
from reports.workbench.search_form import (
    DEFAULT_LIMIT,
    DEFAULT_RUNS,
    FEWEST_BEST_RUNS,
    known,
    kpi_choices,
    label,
    read_best,
    read_runs,
    today_means,
)
from reports.workbench.security import session_id
from reports.workbench.workspace import Workspace

router = APIRouter()
_SHOWN = (WHAT_IF, *SEARCHES, FILES, LOG)


@router.get("/results/{job_id}")
def result(request: Request, job_id: str) -> Response:
    """Show a result and how far it has come."""
    return _page(request, _job(request, job_id))


@router.get("/results/{job_id}/files/{form}")
def download(request: Request, job_id: str, form: str) -> Response:
    """Return a file of a result."""
    job = _job(request, job_id)
    if job.kind in (FILES, LOG):
        path = results.made_file(job) if form == job.about.get("format") else None
    else:
        found = {one.form: one.path for one in results.downloads(job, _queue(request))}
        path = found.get(form)
    if path is None:
        raise HTTPException(404, "This file has not been made yet.")
    return FileResponse(path, media_type=FORMATS[form][1], filename=f"o2c-{job.id}{path.suffix}")


@router.post("/results/{job_id}/files/{form}")
def make(request: Request, job_id: str, form: str) -> Response:
    """Make a file of a result that takes a moment."""
    job = _job(request, job_id, *SEARCHES, WHAT_IF)
    source = results.result_file(job)
    if (
        source is None
        or form not in results.MADE_ON_DEMAND
        or (form == "log" and job.kind != WHAT_IF)
    ):
        raise HTTPException(404, "There is no such file of this result.")
    name, _ = FORMATS[form]
    about = {"of": job.id, "format": form, "round": job.round}
    made = _queue(request).submit(
        LOG if form == "log" else FILES,
        f"{name}: {job.title}",
        log_commands(str(source), job.about["names"][0])
        if form == "log"
        else report_commands(str(source.parent), form),
        session_id(request),
        about=about,
        quick=form != "log",
    )
    return _to(made)


@router.post("/results/{job_id}/more")
def more(request: Request, job_id: str) -> Response:
    """Run a comparison on with twice the replications, as a result of its own."""
    job = _job(request, job_id, WHAT_IF)
    had = results.replications(job)
    count = 2 * (had or 1)
    if job.state != DONE:
        # What was cancelled, or failed, goes on to what it was to have.
        count = results.planned(job)
    if count > MOST_REPLICATIONS:
        raise UsageError(
            Problem(
                f"{count} replications are more than this page runs",
                allowed=f"{MOST_REPLICATIONS} or fewer",
                suggestion="the command line, with --replications",
            )
        )
    about = dict(job.about)
    commands = compare_commands(
        about["scenarios"], about["company"], SPANS[about["span"]], count, about["seed"]
    )
    made = _queue(request).submit(
        WHAT_IF,
        job.title,
        # What is in the store comes at once; rounds of hardly more would only say it again.
        [command for command in commands[:-1] if results.count_of(command) > 2 * had]
        + commands[-1:],
        session_id(request),
        about={**about, "replications": count},
        files=_files(job),
    )
    return _to(made)


@router.post("/results/{job_id}/break-even")
def break_even(request: Request, job_id: str, form: SentForm) -> Response:
    """Search how much of a scenario a KPI's target takes."""
    job = _job(request, job_id, WHAT_IF)
    kpi, target = form.fields.get("kpi", ""), form.fields.get("target", "").strip()
    known([kpi])
    try:
        from scenarios.search.target import read_target

        read_target(target)
    except ToolkitError as error:
        return _page(request, job, {"target": str(error.problems[0])}, form.fields)
    runs = read_runs(form.fields)
    if isinstance(runs, str):
        return _page(request, job, {"runs": runs}, form.fields)
    about = job.about
    commands = break_even_commands(
        about["scenarios"][0], about["company"], SPANS[about["span"]], about["seed"], kpi, target,
        runs,
    )  # fmt: skip
    return _search(request, job, BREAK_EVEN, f"What it takes for {label(kpi)}: {target}", commands)


@router.post("/results/{job_id}/best")
def best(request: Request, job_id: str, form: SentForm) -> Response:
    """Search the best settings of a scenario's levers, within limits and a number of runs."""
    job = _job(request, job_id, WHAT_IF)
    wish, problems = read_best(form.fields, today_means(results.result_file(job)))
    if wish is None:
        return _page(request, job, problems, form.fields)
    about = job.about
    commands = best_commands(
        about["scenarios"][0], about["company"], SPANS[about["span"]], about["seed"], wish.kpis,
        wish.runs, large=wish.large, limits=wish.limits,
    )  # fmt: skip
    return _search(request, job, BEST, wish.title, commands)


@router.post("/results/{job_id}/save")
def save(request: Request, job_id: str, form: SentForm) -> Response:
    """Save the scenario of a result under a name."""
    job = _job(request, job_id, WHAT_IF)
    path = job.folder / SCENARIO
    if not path.is_file():
        raise HTTPException(404, "This result has no scenario of its own: all of it ships.")
    name = form.fields.get("name", "").strip()
    workspace: Workspace = request.app.state.workspace
    try:
        workspace.save_scenario(
            name, path.read_text("utf-8"), replace=form.fields.get("replace") == "yes"
        )
    except UsageError as error:
        return _page(request, job, {"name": str(error.problems[0])}, form.fields)
    _queue(request).note(job.id, kept=True, saved=name)
    return RedirectResponse("/results#scenarios", status_code=303)


@router.post("/results/{job_id}/remove")
def remove(request: Request, job_id: str) -> Response:
    """Remove a result and all its files."""
    job = _queue(request).get(job_id)
    if job is None:
        raise HTTPException(404, "There is no such result. It may have been removed.")
    _queue(request).remove(job_id)
    return RedirectResponse("/results", status_code=303)


def _page(
    request: Request,
    job: Job,
    problems: Mapping[str, str] | None = None,
    texts: Mapping[str, str] | None = None,
) -> Response:
    if job.kind not in _SHOWN:
        page = str(job.about.get("page", ""))
        # Set by the page that made the job; an address within the workbench only.
        if page.startswith("/") and not page.startswith("//"):
            return RedirectResponse(page, status_code=303)
        raise HTTPException(404, "This job has no page.")
    jobs = _queue(request)
    of = jobs.get(str(job.about.get("of", "")))
    report = results.report_markup(job)
    further = job.kind == WHAT_IF and job.over and job.result is not None
    today = today_means(results.result_file(job)) if further else {}
    return render(
        request,
        "result.html.j2",
        status_code=422 if problems else 200,
        job=job,
        of=of,
        ahead=jobs.ahead_of(job) if job.state == "waiting" else 0,
        report=Markup(report),
        printed=job.stdout(0) if job.kind in SEARCHES and job.result and not report else "",
        contents=[(anchor, Markup(title)) for anchor, title in results.contents(report)],
        replications=results.replications(job),
        planned=results.planned(job),
        first=results.count_of(job.commands[0]),
        command=results.command_line(job),
        downloads=results.downloads(job, jobs),
        formats=FORMATS,
        span=SPANS.get(str(job.about.get("span"))),
        kpis=kpi_choices(today) if further else [],
        default_limit=DEFAULT_LIMIT,
        most_replications=MOST_REPLICATIONS,
        most_runs=MOST_RUNS,
        fewest_runs=FEWEST_BEST_RUNS,
        default_runs=DEFAULT_RUNS,
        own=(job.folder / SCENARIO).is_file(),
        problems=problems or {},
        texts=texts or {},
    )


def _search(
    request: Request, job: Job, kind: str, title: str, commands: Sequence[Sequence[str]]
) -> Response:
    if not job.about.get("searchable", False):
        raise UsageError(
            Problem(
                "a search varies settings that are in force all the time; this scenario has phases",
                suggestion="a scenario without shocks on a day",
            )
        )
    about = {"of": job.id, **{key: job.about[key] for key in ("company", "span", "seed")}}
    made = _queue(request).submit(
        kind, f"{title} ({job.title})", commands, session_id(request), about=about,
        files=_files(job),
    )  # fmt: skip
    return _to(made)


def _files(job: Job) -> dict[str, bytes]:
    """Return the scenario files of a job, for another one."""
    prefix = f"{FOLDER}/"
    names = [s.removeprefix(prefix) for s in job.about["scenarios"] if s.startswith(prefix)]
    return {name: (job.folder / name).read_bytes() for name in names}


def _job(request: Request, job_id: str, *kinds: str) -> Job:
    job = _queue(request).get(job_id)
    if job is None or (kinds and job.kind not in kinds):
        raise HTTPException(404, "There is no such result. It may have been removed.")
    return job


def _to(job: Job) -> RedirectResponse:
    return RedirectResponse(f"/results/{job.id}", status_code=303)


def _queue(request: Request) -> JobQueue:
    queue: JobQueue = request.app.state.jobs
    return queue
