"""The folder of a workbench: logs, results, scenarios and companies.

Identifiers are random and names are checked against a pattern before a path is built of them, so
that no request can name a place outside.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from o2c_sim.atomic import new_file
from o2c_sim.errors import Problem, UsageError

_ID = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
NAME_RULE = "1 to 64 letters, digits, - and _, beginning with a letter or digit"
_KEY_BYTES = 32
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class LogPlace:
    """An uploaded log.

    Parameters
    ----------
    id
        Random identifier, safe in paths and addresses.
    folder
        Its own folder; files in it bear names given by the server, never by a user.
    name
        What the user's file is called; text to show, hostile until escaped.
    created
        Seconds since 1970.
    about
        What pages note about it, such as the confirmed columns; plain JSON values.
    """

    id: str
    folder: Path
    name: str
    created: float
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A scenario or company that a user saved: its name and where it is."""

    name: str
    path: Path
    changed: float


class Workspace:
    """All that a workbench keeps, below one folder.

    Parameters
    ----------
    folder
        Made, for its owner only, if it is not there.

    Raises
    ------
    UsageError
        If the folder cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._describing = threading.Lock()
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name in ("logs", "results", "scenarios", "companies", "crashes"):
                # Also inside a folder that others may look into.
                (self.folder / name).mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise UsageError(
                Problem(
                    f"{error.strerror or error}",
                    where=str(self.folder),
                    suggestion="--workspace with a folder that you may write",
                )
            ) from None

    @property
    def results(self) -> Path:
        """Folder of the jobs, one folder each."""
        return self.folder / "results"

    @property
    def crashes(self) -> Path:
        """Folder of the reports of internal faults."""
        return self.folder / "crashes"

    def secret(self) -> bytes:
        """Return the key that signs cookies; kept, so that pages stay open over a restart."""
        path = self.folder / "secret"
        key = _key(path)
        if key is None:
            key = secrets.token_bytes(_KEY_BYTES)
            with new_file(path, replace=True) as aside:
                aside.touch(mode=0o600)
                aside.write_text(key.hex(), "ascii")
        return key

    def new_log(self, name: str) -> LogPlace:
        """Make the folder of a new log; *name* is what the user's file is called."""
        place = LogPlace(new_id(), Path(), _shown(name), time.time())
        folder = self.folder / "logs" / place.id
        folder.mkdir()
        place = LogPlace(place.id, folder, place.name, place.created)
        _write_log(place)
        return place

    def log(self, log_id: str) -> LogPlace | None:
        """Return a log; None if there is none of this identifier."""
        if not is_id(log_id):
            return None
        folder = self.folder / "logs" / log_id
        try:
            kept = json.loads((folder / "log.json").read_text("utf-8"))
            return LogPlace(log_id, folder, kept["name"], kept["created"], kept["about"])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def logs(self) -> list[LogPlace]:
        """Return all logs, the newest first."""
        found = [self.log(path.name) for path in (self.folder / "logs").iterdir()]
        return sorted((log for log in found if log), key=lambda log: -log.created)

    def describe_log(self, log_id: str, **about: Any) -> LogPlace:
        """Add notes to a log, such as its confirmed columns, and return it.

        Raises
        ------
        UsageError
            If there is none of this identifier, such as when another page has removed it.
        """
        # Two pages that note something at the same time both find it noted.
        with self._describing:
            place = self.log(log_id)
            if place is None:
                raise UsageError(Problem("this log is not here any more"))
            place = LogPlace(
                place.id, place.folder, place.name, place.created, {**place.about, **about}
            )
            _write_log(place)
        return place

    def remove_log(self, log_id: str) -> None:
        """Remove a log and its files; nothing happens if there is none."""
        place = self.log(log_id)
        if place is not None:
            shutil.rmtree(place.folder, ignore_errors=True)

    def scenarios(self) -> list[SavedFile]:
        """Return the saved scenarios by name."""
        return self._saved("scenarios", ".yaml")

    def scenario(self, name: str) -> SavedFile | None:
        """Return a saved scenario; None if there is none of this name."""
        return self._one("scenarios", name, ".yaml")

    def save_scenario(self, name: str, text: str, *, replace: bool = False) -> SavedFile:
        """Save a scenario file as ``scenarios/NAME.yaml``.

        Raises
        ------
        UsageError
            If the name is no name, or taken and *replace* is false.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(Problem(f"{name!r} cannot be a name", allowed=NAME_RULE))
        path = self.folder / "scenarios" / f"{name}.yaml"
        if path.exists() and not replace:
            raise UsageError(
                Problem(f"a scenario {name!r} exists", suggestion="another name, or replace it")
            )
        with new_file(path, replace=True) as aside:
            aside.write_text(text, "utf-8")
        return SavedFile(name, path, path.stat().st_mtime)

    def remove_scenario(self, name: str) -> None:
        """Remove a saved scenario; nothing happens if there is none."""
        found = self.scenario(name)
        if found is not None:
            found.path.unlink(missing_ok=True)

    def companies(self) -> list[SavedFile]:
        """Return the calibrated companies by name; each is a folder or file that verbs accept."""
        return self._saved("companies", "")

    def company(self, name: str) -> SavedFile | None:
        """Return a calibrated company; None if there is none of this name."""
        return self._one("companies", name, "")

    def save_company(self, name: str, source: Path, *, replace: bool = False) -> SavedFile:
        """Copy a calibrated company, file or folder, to ``companies/NAME``.

        Raises
        ------
        UsageError
            If the name is no name, or taken and *replace* is false.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(Problem(f"{name!r} cannot be a name", allowed=NAME_RULE))
        place = self.folder / "companies" / name
        if place.exists() and not replace:
            raise UsageError(
                Problem(f"a company {name!r} exists", suggestion="another name, or replace it")
            )
        # Copied aside first: a full disk or a kill leaves the one that was there. The names of
        # such folders begin with a dot, which no name does.
        with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=place.parent) as folder:
            aside, before = Path(folder) / "new", Path(folder) / "before"
            if source.is_dir():
                shutil.copytree(source, aside)
            else:
                aside.mkdir()
                shutil.copyfile(source, aside / f"company{source.suffix}")
            if place.exists():
                os.replace(place, before)
            os.replace(aside, place)
        return SavedFile(name, place, place.stat().st_mtime)

    def _saved(self, kind: str, suffix: str) -> list[SavedFile]:
        found = (
            self._one(kind, path.name.removesuffix(suffix), suffix)
            for path in (self.folder / kind).iterdir()
            if path.name.endswith(suffix)
        )
        return sorted((file for file in found if file), key=lambda file: file.name.casefold())

    def _one(self, kind: str, name: str, suffix: str) -> SavedFile | None:
        if not _NAME.fullmatch(name):
            return None
        path = self.folder / kind / f"{name}{suffix}"
        return SavedFile(name, path, path.stat().st_mtime) if path.exists() else None


def new_id() -> str:
    """Return a random identifier, safe in paths and addresses."""
    return secrets.token_hex(8)


def is_id(text: str) -> bool:
    """Tell whether a text is an identifier of :func:`new_id`."""
    return _ID.fullmatch(text) is not None


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    with new_file(path, replace=True) as aside, aside.open("w", encoding="utf-8") as file:
        file.write(json.dumps(content, indent=1))
        file.flush()
        # Some file systems rename before they write: a power cut would leave an empty file.
        os.fsync(file.fileno())


def _key(path: Path) -> bytes | None:
    """Return the key of a file; None if it holds none, whose cookies anybody could sign."""
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except (FileNotFoundError, ValueError):
        return None
    return key if len(key) == _KEY_BYTES else None


def _write_log(place: LogPlace) -> None:
    kept = {"name": place.name, "created": place.created, "about": dict(place.about)}
    write_json(place.folder / "log.json", kept)


def _shown(name: str) -> str:
    """Return a user's file name without its folders, cut where it is absurdly long."""
    name = _SURROGATES.sub("?", name).replace("\\", "/").rpartition("/")[2]
    return name[:255] or "log"
