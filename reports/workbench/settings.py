"""What a workbench is started with."""

from __future__ import annotations

import os
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path

MEGABYTE = 1_000_000
GIBIBYTE = 2**30
DEFAULT_PORT = 8765


@dataclass(frozen=True, slots=True)
class Settings:
    """How the server listens, what it keeps and how much work it takes on.

    Defaults without a source of their own are choices of this project, made for one person on a
    machine of two cores.

    Parameters
    ----------
    workspace
        Folder of logs, results and scenarios; the only place that the server writes to.
    host, port
        Where it listens.
    auth_token
        Secret that people type to come in; empty where only the printed link lets them in.
    allowed_hosts
        Names of this machine, beside the loopback ones, that a browser may use for it.
    max_jobs
        Jobs that run at the same time; where there are two or more, one place is kept free for
        other people than those who fill the others.
    ready_processes
        Processes that have loaded what jobs need and wait for one, each with its workers.
    max_waiting, max_jobs_per_session
        Jobs that may wait in all; jobs of one browser that may wait or run.
    max_upload_bytes
        Size of an uploaded file.
    max_form_bytes
        Size of everything else that a browser sends.
    max_job_memory_bytes
        Data of one process of a job (``RLIMIT_DATA``); a job may have as many as there are cores.
    max_job_file_bytes
        One file that a job writes.
    max_job_hours, max_quick_seconds
        Time on the clock after which a job, or a quick look at a file, is ended.
    keep_results_days
        Results that nobody saved go after so many days without a change; None keeps all.
    """

    workspace: Path
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    auth_token: str = field(default="", repr=False)
    allowed_hosts: tuple[str, ...] = ()
    max_jobs: int = 2
    ready_processes: int = 0
    max_waiting: int = 20
    max_jobs_per_session: int = 6
    max_upload_bytes: int = 100 * MEGABYTE
    max_form_bytes: int = 1 * MEGABYTE
    max_job_memory_bytes: int = 4 * GIBIBYTE
    max_job_file_bytes: int = 4 * GIBIBYTE
    max_job_hours: float = 4.0
    max_quick_seconds: float = 60.0
    keep_results_days: float | None = 90.0
    link_code: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)


def default_workspace() -> Path:
    """Return where results are kept: ``O2C_WORKSPACE``, or a folder of the user's data."""
    own = os.environ.get("O2C_WORKSPACE")
    if own:
        return Path(own)
    if sys.platform == "win32":
        data = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        data = Path.home() / "Library" / "Application Support"
    else:
        data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "o2c" / "workbench"
