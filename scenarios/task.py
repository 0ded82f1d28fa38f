"""One replication as it travels to a worker: text and numbers, with a key that names it."""

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from o2c_sim import (
    CompanyModel,
    ExtensionError,
    ModelChange,
    Problem,
    ScenarioError,
    SimulationRun,
    Window,
    load_extension,
    simulate,
)
from o2c_sim.engine import Streams
from o2c_sim.extension import Extension
from o2c_sim.opening import Opening
from scenarios.environment import environment_sha256
from scenarios.replication import measured_period, summarise
from scenarios.replication_file import SCHEMA, encode

_of_thread = threading.local()


@dataclass(frozen=True, slots=True)
class ExtensionText:
    """A user's own Python file: where it is on the machine it comes from, and its text."""

    path: str
    sha256: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Task:
    """One replication of one company.

    Parameters
    ----------
    model_json
        The company on the first day.
    changes
        Day of the run and the company from that day on.
    seed, replication, window, opening
        See :func:`o2c_sim.simulate`.
    extension
        Stages and policies of the user's own.
    environment
        SHA-256 of :func:`scenarios.environment.environment` where the experiment began.
    """

    model_json: str
    changes: tuple[tuple[int, str], ...]
    seed: int
    replication: int
    window: Window
    extension: ExtensionText | None = None
    opening: Opening | None = None
    environment: str = ""

    @property
    def key(self) -> str:
        """SHA-256 of all that the result depends on."""
        parts = {
            "schema": SCHEMA,
            "model": _sha256(self.model_json),
            "changes": [[day, _sha256(text)] for day, text in self.changes],
            "seed": self.seed,
            "replication": self.replication,
            "window": asdict(self.window),
            "extension": None if self.extension is None else self.extension.sha256,
            "opening": None if self.opening is None else self.opening.sha256,
            "environment": self.environment,
        }
        return _sha256(json.dumps(parts, sort_keys=True))


def simulated(task: Task) -> SimulationRun:
    """Simulate a task, log and all.

    Raises
    ------
    ScenarioError
        If this process runs other code, or other versions, than the one that made the task.
    """
    if task.environment != environment_sha256():
        raise ScenarioError(
            Problem(
                "a worker runs another version of the toolkit or of its packages",
                suggestion="the same installation everywhere; begin again if the code was changed",
            )
        )
    return simulate(
        _model(task.model_json),
        seed=task.seed,
        replication=task.replication,
        window=task.window,
        extension=None if task.extension is None else _extension(task.extension),
        opening=task.opening,
        changes=[ModelChange(day, _model(text)) for day, text in task.changes],
        streams=_streams(task.seed, task.replication),
    )


def replicate(task: Task) -> bytes:
    """Simulate a task and return what is kept, as :func:`scenarios.replication_file.encode` does.

    Bytes travel between processes; pickled objects would cost more and would have to be trusted.
    """
    period = measured_period(_model(task.model_json), task.window)
    kept = summarise(simulated(task), period, with_map=task.replication == 0)
    return encode(kept, task.key)


def extension_text(path: Path | str) -> ExtensionText:
    """Read a user's own Python file, and make sure that it can be used.

    Raises
    ------
    ExtensionError
        If it cannot.
    """
    path = Path(path).resolve()
    sha256 = load_extension(path).sha256
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ExtensionError(Problem("the file changed while it was read", str(path)))
    return ExtensionText(str(path), sha256, content)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _streams(seed: int, replication: int) -> Streams:
    """Return the draws of a replication: those of this thread's task before, if it is the same."""
    latest: Streams | None = getattr(_of_thread, "streams", None)
    if latest is None or (latest.seed, latest.replication) != (seed, replication):
        latest = _of_thread.streams = Streams(seed, replication)
    return latest


# A company with a ramp-up of a year changes every week.
@lru_cache(maxsize=128)
def _model(model_json: str) -> CompanyModel:
    return CompanyModel.model_validate_json(model_json)


@lru_cache(maxsize=1)
def _extension(text: ExtensionText) -> Extension:
    """Load the very text that the experiment began with, whatever has become of the file."""
    path = Path(text.path)
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == text.sha256:
        return load_extension(path)
    if hashlib.sha256(text.content).hexdigest() != text.sha256:
        raise ExtensionError(Problem("the file was damaged on its way to a worker", text.path))
    with tempfile.TemporaryDirectory(prefix="o2c-extension-") as folder:
        copy = Path(folder) / path.name
        copy.write_bytes(text.content)
        return load_extension(copy)
