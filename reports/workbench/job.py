"""A job: command lines that run one after the other, and how far they have come."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from reports.workbench.workspace import write_json

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
STATES = (WAITING, RUNNING, DONE, FAILED, CANCELLED)

# In a command, these stand for places of the job; alone, or followed by "/" and a file's name.
OUTPUT = "{output}"  # new folder or file of this command; becomes Job.result when it has ended
RESULT = "{result}"  # what the newest complete command with OUTPUT has written
FOLDER = "{folder}"  # the job's own folder, with the files given to submit()
# Where a command has its temporary files: an unpacked log can be large.
TEMPORARY = "temporary"
_CRASH = "o2c-crash-"
# What verbs write aside until it is whole.
_ASIDE = ".output-*"
_PLACES = (OUTPUT, RESULT, FOLDER)


@dataclass(frozen=True, slots=True)
class Job:
    """One state of a job; a later state is another object (ask the queue again).

    Parameters
    ----------
    id, kind, title
        Identifier; word of the page that made it, such as ``what_if``; one line to show, which
        may hold hostile names.
    session
        Whose it is.
    commands
        Arguments of ``o2c``, one list for each command, with the places above in them.
    state
        ``waiting``, ``running``, ``done``, ``failed`` or ``cancelled``.
    round, rounds
        Commands that have ended, and all.
    step, step_done, step_total
        What the command that runs says of its progress; 0 of 0 where it says nothing.
    message
        One or more lines for people: why it waits or failed.
    folder
        Its own folder.
    created, changed
        Seconds since 1970.
    exit_code
        Of the last command that ended; None before.
    about
        What the page that made it wants to know later; plain JSON values.
    kept
        Whether it stays until somebody removes it.
    """

    id: str
    kind: str
    title: str
    session: str
    commands: tuple[tuple[str, ...], ...]
    folder: Path
    created: float
    changed: float
    state: str = WAITING
    round: int = 0
    rounds: int = 1
    step: str = ""
    step_done: int = 0
    step_total: int = 0
    message: str = ""
    exit_code: int | None = None
    newest: str = ""
    quick: bool = False
    starts: int = 0
    kept: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def result(self) -> Path | None:
        """What the newest complete command with ``{output}`` has written; None before."""
        return self.folder / self.newest if self.newest else None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in (DONE, FAILED, CANCELLED)

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1, taking all commands as equally long."""
        within = self.step_done / self.step_total if self.step_total else 0.0
        return 1.0 if self.state == DONE else min(1.0, (self.round + within) / max(1, self.rounds))

    def stdout(self, command: int) -> str:
        """Return what a command (0 is the first) has printed, such as its JSON document."""
        path = self.folder / f"stdout-{command}.txt"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def arguments(self, command: int) -> list[str]:
        """Return the arguments of a command with its places filled in."""
        places = {
            OUTPUT: str(self.folder / output_name(command)),
            RESULT: str(self.result or self.folder / "missing"),
            FOLDER: str(self.folder),
        }
        return [filled(argument, places) for argument in self.commands[command]]

    def command_line(self, command: int) -> str:
        """Return a command as a user would type it."""
        import shlex

        return shlex.join(["o2c", *self.arguments(command)])

    def public(self) -> dict[str, Any]:
        """Return what the browser is told about it, as JSON."""
        names = ("id", "kind", "title", "state", "round", "rounds", "step", "step_done")
        shown = {name: getattr(self, name) for name in (*names, "step_total", "message")}
        return {**shown, "share": round(self.share, 4), "over": self.over}


def output_name(command: int) -> str:
    """Return the name, within the job's folder, of what a command writes."""
    return f"output-{command}"


def tidy(folder: Path) -> None:
    """Remove what a command of a job left unfinished, such as when it was killed.

    Reports of faults stay: messages name them.
    """
    for path in (*(folder / TEMPORARY).glob("*"), *folder.glob(_ASIDE)):
        if not path.name.startswith(_CRASH):
            clear(path)


def clear(path: Path) -> None:
    """Remove a file or folder that a command left when it was ended; nothing if there is none."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def filled(argument: str, places: Mapping[str, str]) -> str:
    """Return an argument with the place that it begins with, if any, filled in."""
    for place in _PLACES:
        if argument == place or argument.startswith(f"{place}/"):
            return places[place] + argument[len(place) :]
    return argument


def write_job(job: Job) -> None:
    """Write a job into its folder, whole or not at all."""
    kept = {
        name: value
        for name, value in asdict(job).items()
        if name not in ("folder", "step", "step_done", "step_total")
    }
    write_json(job.folder / "job.json", kept)


def read_job(folder: Path) -> Job | None:
    """Return the job of a folder; None if there is none that can be read."""
    try:
        kept = json.loads((folder / "job.json").read_text("utf-8"))
        known = {item.name for item in fields(Job)}
        kept = {name: value for name, value in kept.items() if name in known}
        commands: Sequence[Sequence[str]] = kept.pop("commands")
        return Job(folder=folder, commands=tuple(tuple(c) for c in commands), **kept)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
