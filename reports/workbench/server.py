"""The server process: its socket, its lock on the workspace, its end."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType

import uvicorn

from o2c_sim.errors import Problem, UsageError
from o2c_sim.file_lock import locked
from reports.workbench.app import create_app
from reports.workbench.connections import Connection
from reports.workbench.settings import DEFAULT_PORT, Settings

_PORTS_TO_TRY = 20
_BACKLOG = 128
# Streams of job states end at once; downloads get so long.
_GRACE_SECONDS = 5


def open_socket(host: str, port: int | None) -> socket.socket:
    """Return a listening socket.

    Parameters
    ----------
    host
        Address to listen on.
    port
        Port; None takes the first free one from the usual one on, 0 any free one.

    Raises
    ------
    UsageError
        If the address cannot be listened on, or the given port is taken.
    """
    wanted = range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TO_TRY) if port is None else (port,)
    for candidate in wanted:
        try:
            return _bound(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                problem = Problem(
                    f"cannot listen on {host}, port {candidate}: {error.strerror or error}",
                    allowed="an address of this machine and a port that you may use",
                    suggestion=f"--host 127.0.0.1 --port {DEFAULT_PORT}",
                )
                raise UsageError(problem) from None
    if port is None:
        taken = f"ports {wanted[0]} to {wanted[-1]} are taken"
        hint = "--port 0 for any free one"
    else:
        taken, hint = f"port {port} is taken", "another --port, or none at all"
    raise UsageError(Problem(taken, suggestion=hint))


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # A port of a server that has just ended is free; on Windows this means another thing.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(_BACKLOG)
    except OSError:
        made.close()
        raise
    return made


@contextmanager
def only_server(workspace: Path) -> Iterator[None]:
    """Hold a workspace for this process; the lock goes with the process, however it ends.

    Raises
    ------
    UsageError
        If another server has it.
    """
    try:
        workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = (workspace / "lock").open("a")
    except OSError as error:
        raise UsageError(
            Problem(
                f"{error.strerror or error}",
                where=str(workspace),
                suggestion="--workspace with a folder that you may write",
            )
        ) from None
    with file:
        if not locked(file):
            raise UsageError(
                Problem(
                    "another workbench uses this workspace",
                    where=str(workspace),
                    suggestion="use that one, or give another --workspace",
                )
            )
        yield


class _Server(uvicorn.Server):
    """Tells the application that the end has come, so that its endless streams end."""

    on_exit: Callable[[], None] = staticmethod(lambda: None)
    on_start: Callable[[], None] = staticmethod(lambda: None)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.on_start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.on_exit()
        super().handle_exit(sig, frame)


def serve(
    settings: Settings,
    listening: socket.socket,
    *,
    announce: Callable[[str], None],
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until the process is told to end; jobs that run are ended and taken up next time.

    Parameters
    ----------
    settings
        How it is started; the port is that of the socket.
    listening
        Socket of :func:`open_socket`.
    announce
        Called with the address of each link that lets a browser in.
    ready
        Called once requests are answered.
    """
    settings = replace(settings, port=listening.getsockname()[1])
    _keep_temporary_files(settings.workspace)
    app = create_app(settings, announce=lambda code: announce(link(settings, code)))
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,  # it would hold the codes of links
        server_header=False,
        proxy_headers=False,
        http=Connection,
        ws="none",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config)
    server.on_exit = app.state.stopping.set
    server.on_start = ready
    announce(link(settings, settings.link_code))
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


def _keep_temporary_files(workspace: Path) -> None:
    """Keep uploads under way in the workspace; what a killed server left there goes."""
    folder = workspace / "temporary"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except OSError:
        return
    tempfile.tempdir = str(folder)


def link(settings: Settings, code: str) -> str:
    """Return the address that lets one browser in."""
    host = settings.host
    if host in ("0.0.0.0", "::"):
        host = settings.allowed_hosts[0] if settings.allowed_hosts else "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/login?code={code}"
