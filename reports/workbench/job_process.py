"""The process of one command: it limits itself, and ends with the server that started it.

Run as ``python -c "from reports.workbench.job_process import main; main()" MEMORY FILE VERB ...``:
limits are set before anything is read, without code between fork and exec.
"""

from __future__ import annotations

import os
import signal
import sys
import threading


def main() -> None:
    """Set the limits and run ``o2c`` with the rest of the arguments."""
    memory_bytes, file_bytes = int(sys.argv[1]), int(sys.argv[2])
    del sys.argv[1:3]
    _limit(memory_bytes, file_bytes)
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    from reports.cli import main as o2c

    o2c()


def _limit(memory_bytes: int, file_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    # Data, not address space: engines reserve far more addresses than they ever fill.
    for what, limit in (
        (resource.RLIMIT_DATA, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        resource.setrlimit(what, (limit, limit))
    # A file that grows too large is an error to report, not a signal to die of.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def _end_with_the_server() -> None:
    """Kill this process and its workers when the server is gone, however it ended.

    The server holds the other end of standard input and never writes to it.
    """
    while os.read(0, 1024):
        pass
    if hasattr(os, "killpg") and os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(137)
