"""How soon the workbench shows a page, a first answer and the final one of the default what-if.

See ``docs/benchmarks.md`` for what is compared with what.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measurement import ROOT, Failure

COMPANY, SCENARIO, REPLICATIONS = "distributor", "case_b", 24
# What the prepared process needs to load, and a person to fill in a form.
SETTLE_SECONDS = 12.0
_SERVE = "from reports.cli import main; main()"
_LINK = re.compile(r"link for one browser: (\S+)")


@dataclass(frozen=True, slots=True)
class Answers:
    """Seconds from the press of the button to each round's answer, and what the last one says."""

    seconds: tuple[float, ...]
    result: str


def first_page() -> float:
    """Return the seconds from the command ``o2c serve`` to the whole start page.

    Raises
    ------
    Failure
        If the server ends, or the page is not there.
    """
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as (server, begun):
        for line in server.stdout or ():
            if found := _LINK.search(line):
                jar = http.cookiejar.CookieJar()
                opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
                page = opener.open(found[1], timeout=30).read()
                if b"</html>" not in page:
                    raise Failure("the start page is not whole")
                return time.monotonic() - begun
        raise Failure("the server ended before it printed its link")


@contextmanager
def _served(workspace: Path) -> Iterator[tuple[subprocess.Popen[str], float]]:
    command = [sys.executable, "-u", "-c", _SERVE, "serve", "--no-browser", "--port=0"]
    begun = time.monotonic()
    server = subprocess.Popen(
        [*command, f"--workspace={workspace}"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        yield server, begun
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=30)


def answers(
    ready_processes: int, rounds: Sequence[Sequence[str]], settle_seconds: float
) -> Answers:
    """Run the rounds of a comparison as a job of a queue that has waited a while.

    Raises
    ------
    Failure
        If the job fails.
    """
    from reports.workbench.jobs import JobQueue
    from reports.workbench.settings import Settings
    from reports.workbench.workspace import Workspace

    with tempfile.TemporaryDirectory() as folder:
        os.environ["O2C_STORE"] = f"{folder}/store"
        place = Path(folder) / "workspace"
        queue = JobQueue(Settings(place, ready_processes=ready_processes), Workspace(place))
        queue.start()
        try:
            time.sleep(settle_seconds)
            begun = time.monotonic()
            job = queue.submit("what_if", "benchmark", rounds, "benchmark")
            seconds: list[float] = []
            while not job.over:
                time.sleep(0.02)
                job = queue.get(job.id) or job
                if job.round > len(seconds):
                    seconds.append(time.monotonic() - begun)
            if job.state != "done":
                raise Failure(f"the comparison {job.state}: {job.message}")
            result = json.loads((job.result / "comparison.json").read_text())
            # Where it was written to.
            result.pop("command")
            return Answers(tuple(seconds), json.dumps(result))
        finally:
            queue.close()
            del os.environ["O2C_STORE"]


def main(command_line: list[str] | None = None) -> int:
    """Measure, print, and return 0, or 1 if something failed or gave another result."""
    from reports.workbench.experiment import DEFAULT_SPAN, SPANS, Span, compare_commands

    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.workbench", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--quick", action="store_true", help="a few days: a check")
    parser.add_argument("--rounds", type=int, default=3, help="of ready and cold in turns")
    given = parser.parse_args(command_line)
    if given.rounds < 1:
        parser.error(f"--rounds {given.rounds}: at least 1")
    span, count, settle = SPANS[DEFAULT_SPAN], REPLICATIONS, SETTLE_SECONDS
    if given.quick:
        span, count, settle = Span("quick", "a few days", 0, 5, 5), 2, 1.0
    rounds = compare_commands([SCENARIO], COMPANY, span, count, seed=1)
    try:
        page = first_page()
        pairs = [(answers(1, rounds, settle), answers(0, rounds, 0.0)) for _ in range(given.rounds)]
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    if len({answer.result for pair in pairs for answer in pair}) > 1:
        print("a process that waited ready gave another result", file=sys.stderr)
        return 1
    print(f"start page: {page:.2f} s after the command (goal 2)")
    for name, column in (("ready", 0), ("cold", 1)):
        times = [pair[column].seconds for pair in pairs]
        first = ", ".join(f"{seconds[0]:.2f}" for seconds in times)
        last = ", ".join(f"{seconds[-1]:.1f}" for seconds in times)
        print(f"{name}: first answer after {first} s (goal 5), final after {last} s (goal 60)")
    ratio = sum(cold.seconds[0] for _, cold in pairs) / sum(hot.seconds[0] for hot, _ in pairs)
    print(f"{ratio:.2f} x as soon as cold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
