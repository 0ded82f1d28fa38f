"""Running ``o2c`` in tests: in this process where possible, as a process where it must be one."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from reports.cli import app

ROOT = Path(__file__).resolve().parents[1]
SHORT = ("--days", "20", "--warm-up", "10", "--cool-down", "10")
FEW = (*SHORT, "--replications", "2", "--workers", "1")
VERBS = (
    "demo", "serve", "doctor", "mine", "columns", "cases", "lint", "check", "rules", "convert",
    "diff", "causes", "calibrate", "validate-model",
    "simulate", "compare", "sweep", "decompose", "sensitivity", "breakeven", "optimise",
    "rerun", "report", "plot", "store", "what-if",
    "validate", "schema", "init", "explain", "plausibility",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """Exit code and both streams."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as JSON; fails if there is anything else on it."""
        return json.loads(self.out)


def o2c(*args: object) -> Outcome:
    """Run a command line in this process."""
    result = CliRunner().invoke(app, [str(arg) for arg in args], prog_name="o2c")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)


def o2c_process(*args: object, **environment: str) -> subprocess.Popen[str]:
    """Start a command line as a process of its own group."""
    code = "from reports.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        cwd=environment.pop("cwd", str(ROOT)),
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def o2c_run(*args: object, **environment: str) -> Outcome:
    """Run a command line as a process to its end."""
    process = o2c_process(*args, **environment)
    out, err = process.communicate(timeout=120)
    return Outcome(process.returncode, out, err)


def refused(outcome: Outcome, code: int, *said: str) -> None:
    """Assert that a command line ended with one clear message and this exit code."""
    assert outcome.code == code, outcome
    assert outcome.out == "", "a refusal puts nothing on stdout"
    assert outcome.err.startswith("error: "), outcome.err
    assert "Traceback" not in outcome.err
    assert "inside the toolkit" not in outcome.err
    for text in said:
        assert text in outcome.err


def refused_as_json(outcome: Outcome, code: int, kind: str) -> list[dict[str, str]]:
    """Assert the same of a command line with ``--json``; return its problems."""
    assert outcome.code == code, outcome
    error = outcome.document["error"]
    assert outcome.document["format"] == "o2c/1"
    assert error["kind"] == kind
    assert all(set(p) == {"message", "where", "allowed", "suggestion"} for p in error["problems"])
    assert len(error["problems"]) >= 1
    return error["problems"]


def name_of(command: Any) -> str:
    """Return what a verb is called on the command line."""
    return str(command.name or command.callback.__name__)


def examples(verb: str) -> list[list[str]]:
    """Return the example command lines in a verb's help, as arguments."""
    text = next(c.callback.__doc__ for c in app.registered_commands if name_of(c) == verb)
    found = re.findall(r"^o2c (.+)$", text, flags=re.MULTILINE)
    return [shlex.split(line.partition(" > ")[0]) for line in found]
