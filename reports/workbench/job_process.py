"""The process of one command: it limits itself, waits for its order, ends with the server.

Run as ``python -c "from reports.workbench.job_process import main; main()" MEMORY FILE [--ready]``.
The order is one line of JSON on standard input (see :mod:`reports.workbench.job_start`). Limits are
set before anything is read, without code between fork and exec.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import tempfile
import threading
from contextlib import suppress

_CANNOT_START = 70
_NEEDS_SOON = (
    "reports.cli.compare",
    "scenarios.compare",
    "scenarios.request",
    "scenarios.result_file",
    "reports.documents.comparison_document",
    "reports.documents.html",
    "jinja2",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
)


def main() -> None:
    """Set the limits, wait for the order and run ``o2c`` with its arguments."""
    limit(int(sys.argv[1]), int(sys.argv[2]))
    # What waits for an end and takes nothing can begin before there is an order.
    follows = hasattr(select, "poll")
    if follows:
        _follow_the_server()
    if "--ready" in sys.argv[3:]:
        _load()
    if take_order(follows=follows):
        from reports.cli import main as o2c

        o2c()


def take_order(*, follows: bool = False) -> bool:
    """Wait for the order and become the process of its command; tell whether there was one.

    Without one the server has gone, or needs this process no more.

    Parameters
    ----------
    follows
        Whether this process ends with the server already.
    """
    line = _order()
    if not line:
        return False
    order = json.loads(line)
    try:
        for path, number in ((order["out"], 1), (order["err"], 2)):
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.chdir(order["folder"])
        os.makedirs(order["temporary"], mode=0o700, exist_ok=True)
    except OSError:
        # Not the code of a finding, which an uncaught exception would end with.
        sys.exit(_CANNOT_START)
    # Modules read before the order may have asked where temporary files are.
    os.environ["TMPDIR"] = tempfile.tempdir = order["temporary"]
    os.environ["O2C_PROGRESS"] = order["progress"]
    sys.argv[1:] = order["arguments"]
    if not follows:
        _follow_the_server()
    return True


def _load() -> None:
    """Import what most jobs need; what is not installed is for the command to say."""
    import importlib

    from o2c_sim.model.loading import load_company, reference_names
    from scenarios.executors import default_workers, prepare
    from scenarios.task import replicate

    for name in _NEEDS_SOON:
        with suppress(ImportError):
            importlib.import_module(name)
    for name in reference_names():
        load_company(name)
    prepare(default_workers(), replicate)


def _order() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(0, 1 << 16)
        if not part:
            return b""
        line += part
    return line


def limit(memory_bytes: int, file_bytes: int) -> None:
    """Limit this process and those that it starts."""
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


def _follow_the_server() -> None:
    threading.Thread(target=_end_with_the_server, daemon=True).start()


def _end_with_the_server() -> None:
    """Kill this process and its workers when the server is gone, however it ended.

    The server holds the other end of standard input and writes nothing after the order.
    """
    if hasattr(select, "poll"):
        ended = select.poll()
        # For no event: an end is told in any case, and an order is left to be read.
        ended.register(0, 0)
        ended.poll()
    else:
        while os.read(0, 1024):
            pass
    if hasattr(os, "killpg") and os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(137)
