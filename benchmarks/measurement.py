"""Run contenders as child processes, in turn, and compare their rates."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from o2c_sim import compiled

ROOT = Path(__file__).resolve().parents[1]


class Failure(Exception):
    """A contender that did not run; the message is the last thing it said."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run took.

    Parameters
    ----------
    count
        Log rows; of the bare loop, waits.
    cpu_seconds
        CPU time of the run, all threads.
    orders
        Orders simulated; 0 if the contender does not count them.
    peak_bytes
        Largest memory of the process; None if not known.
    """

    count: int
    cpu_seconds: float
    orders: int = 0
    peak_bytes: int | None = None

    @property
    def rate(self) -> float:
        """Log rows per CPU-second."""
        return self.count / self.cpu_seconds


def contend(name: str, folder: Path, **options: int | str) -> Sample:
    """Run a contender of :mod:`benchmarks.contender` in this interpreter's environment.

    The contender ``sources`` is ``full``, run from the sources where there is a compiled copy.
    """
    environment = {}
    if name == "sources":
        name, environment = "full", {compiled.SWITCHED_OFF: "1"}
    arguments = [f"--{key}={value}" for key, value in options.items()]
    module = ["-m", "benchmarks.contender"]
    return run([sys.executable, *module, name, f"--folder={folder}", *arguments], environment)


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Sample:
    """Run a command that prints a sample as JSON in its last line.

    Parameters
    ----------
    command
        Program and arguments.
    environment
        Variables besides those of this process.

    Raises
    ------
    Failure
        If it cannot be started, ends with an error, or prints something else.
    """
    text = last_line(command, environment)
    try:
        return Sample(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise Failure(f"not a sample: {text[-200:]!r}") from error


def last_line(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Run a command and return the last line it prints.

    Raises
    ------
    Failure
        If it cannot be started or ends with an error.
    """
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise Failure(str(error)) from error
    if done.returncode != 0:
        raise Failure((done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1])
    return (done.stdout.strip().splitlines() or [""])[-1]


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some figures, and how far they spread."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Summarise at least one figure."""
        return cls(statistics.median(values), min(values), max(values))


def rates(samples: Sequence[Sample]) -> Spread:
    """Summarise the rates of some runs."""
    return Spread.of([sample.rate for sample in samples])


def ratios(above: Sequence[Sample], below: Sequence[Sample]) -> Spread:
    """Summarise the ratios of two contenders' rates, round by round.

    Neighbours in time share the machine's mood, so their ratio is steadier than either rate.
    """
    return Spread.of([a.rate / b.rate for a, b in zip(above, below, strict=True)])
