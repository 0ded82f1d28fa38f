"""``o2c serve``: the workbench, the toolkit in the browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from reports.cli import options
from reports.cli.console import say
from reports.cli.faults import require, verb

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SHORTEST_TOKEN = 12
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}")
_MEGABYTE, _GIBIBYTE = 1_000_000, 2**30
# For the first answer; the next one starts when nothing runs.
_READY_PROCESSES = 1
_LISTEN, _LIMITS = "Where it listens", "Limits"


@verb
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on.", rich_help_panel=_LISTEN)
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            help="Port; 0 takes any free one.",
            show_default="the first free one from 8765 on",
            rich_help_panel=_LISTEN,
        ),
    ] = None,
    auth_token: Annotated[
        str | None,
        typer.Option(
            "--auth-token",
            envvar="O2C_AUTH_TOKEN",
            help="Secret of 12 or more characters to log in with; needed to serve other machines. "
            "Better in the environment, where lists of processes do not show it.",
            show_default=False,
            rich_help_panel=_LISTEN,
        ),
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allowed-host",
            help="Name under which browsers may address it, beside this machine's loopback.",
            rich_help_panel=_LISTEN,
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the link; open no browser.")
    ] = False,
    workspace: Annotated[
        Path | None,
        typer.Option(
            help="Folder for logs, results and scenarios.",
            show_default="a folder of your user's data",
        ),
    ] = None,
    max_jobs: Annotated[
        int,
        typer.Option(min=1, max=64, help="Jobs at the same time.", rich_help_panel=_LIMITS),
    ] = 2,
    max_upload: Annotated[
        int,
        typer.Option(
            min=1, max=100_000, help="Megabytes of an uploaded file.", rich_help_panel=_LIMITS
        ),
    ] = 100,
    max_memory: Annotated[
        float,
        typer.Option(
            min=0.5,
            max=4_096,
            help="Gibibytes of memory for one process of a job.",
            rich_help_panel=_LIMITS,
        ),
    ] = 4.0,
    keep_days: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Remove results that nobody saved and that did not change for so many days.",
            rich_help_panel=_LIMITS,
        ),
    ] = 90.0,
    quiet: options.Quiet = False,
) -> None:
    """Open the workbench: the toolkit in the browser, on this machine.

    Prints a link that lets one browser in, and opens it. Ctrl-C ends it; jobs that were running
    are taken up at the next start.

    o2c serve

    o2c serve --no-browser --port 8800 --workspace workbench
    """
    token = _checked(host, auth_token or "", allowed_host or [])
    require("fastapi", "jinja2", "python_multipart", "uvicorn")

    from reports.workbench.server import only_server, open_socket, serve
    from reports.workbench.settings import Settings, default_workspace

    folder = (workspace or default_workspace()).resolve()
    with only_server(folder), open_socket(host, port) as listening:
        links: list[str] = []

        def announce(link: str) -> None:
            # Not held back by --quiet: without the link there is no way in.
            say(f"link for one browser: {link}" if not links else f"link for the next: {link}")
            links.append(link)

        settings = Settings(
            workspace=folder,
            host=host,
            auth_token=token,
            allowed_hosts=tuple(allowed_host or ()),
            max_jobs=max_jobs,
            ready_processes=_READY_PROCESSES,
            max_upload_bytes=max_upload * _MEGABYTE,
            max_job_memory_bytes=int(max_memory * _GIBIBYTE),
            keep_results_days=keep_days,
        )
        say(f"workbench: {folder}; Ctrl-C ends it", quiet=quiet)
        serve(
            settings,
            listening,
            announce=announce,
            ready=lambda: None if no_browser else _open_browser(links[0]),
        )


def _checked(host: str, token: str, allowed: list[str]) -> str:
    from o2c_sim.errors import Problem, UsageError

    problems = [
        Problem(f"--allowed-host {name!r}", allowed="a host name or address without a port")
        for name in allowed
        if not _HOST.fullmatch(name)
    ]
    if not _HOST.fullmatch(host):
        problems.append(Problem(f"--host {host!r}", allowed="an address of this machine"))
    if token and len(token) < _SHORTEST_TOKEN:
        problems.append(
            Problem(
                f"--auth-token has {len(token)} characters",
                allowed=f"{_SHORTEST_TOKEN} or more",
                suggestion="a long random one from a password manager",
            )
        )
    if host not in _LOOPBACK and not token:
        problems.append(
            Problem(
                f"--host {host} lets other machines in, and there is no --auth-token",
                allowed=f"{', '.join(_LOOPBACK)} without one",
                suggestion="set O2C_AUTH_TOKEN to a long secret, and --allowed-host to the name "
                "that browsers use",
            )
        )
    if problems:
        raise UsageError(problems)
    return token


def _open_browser(link: str) -> None:
    import threading
    import webbrowser

    # Some browsers return only when they are closed.
    threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()
