"""The application: state, pages, guards, and what happens when something goes wrong."""

from __future__ import annotations

import importlib
import importlib.util
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from o2c_sim._version import __version__
from reports.workbench import events, failures, login, source
from reports.workbench.access import Access
from reports.workbench.jobs import JobQueue
from reports.workbench.security import Guard, Secured
from reports.workbench.settings import Settings
from reports.workbench.workspace import Workspace

if TYPE_CHECKING:
    from fastapi.telemetry import TelemetryConfig

# Modules of reports.workbench.pages with a `router` each.
PAGES = ("start", "upload", "analyse", "cases", "calibrate", "what_if", "result", "share")
# Newer FastAPI can report to a collector that the environment names; this never does.
_NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
_STATIC = Path(__file__).parent / "static"


def create_app(
    settings: Settings, *, announce: Callable[[str], None] = lambda code: None
) -> FastAPI:
    """Return the application; ``app.state`` holds settings, workspace, jobs and access.

    Parameters
    ----------
    settings
        How it is started.
    announce
        Called with the code of the next link when one has been used.
    """
    workspace = Workspace(settings.workspace)
    jobs = JobQueue(settings, workspace)
    access = Access(workspace.secret(), settings.auth_token, settings.link_code, announce)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        jobs.start()
        yield
        app.state.stopping.set()
        jobs.close()

    app = FastAPI(
        title="o2c workbench",
        version=__version__,
        docs_url=None,  # those pages load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        telemetry=_NO_TELEMETRY,
    )
    app.state.settings = settings
    app.state.workspace = workspace
    app.state.jobs = jobs
    app.state.access = access
    app.state.stopping = threading.Event()
    app.state.streams = Counter()
    for module in (login, source, events):
        app.include_router(module.router)
    for name in PAGES:
        path = f"reports.workbench.pages.{name}"
        if importlib.util.find_spec(path) is not None:
            app.include_router(importlib.import_module(path).router)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    failures.install(app)
    # The last one added is the first that a request meets.
    app.add_middleware(failures.Refusals)
    app.add_middleware(Guard, settings=settings, access=access)
    app.add_middleware(Secured)
    return app
