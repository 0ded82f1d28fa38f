"""Finished replications on disk: what has been run once is not run again."""

from __future__ import annotations

import os
import shutil
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from o2c_sim.atomic import new_file
from scenarios.replication import Replication
from scenarios.replication_file import DamagedError, decode

_SUFFIX = ".parquet"
_ABANDONED_SECONDS = 3_600


def _warned(text: str) -> None:
    warnings.warn(text, stacklevel=3)


def default_folder() -> Path:
    """Return where replications are kept: ``O2C_STORE``, or a folder of the system's cache."""
    own = os.environ.get("O2C_STORE")
    if own:
        return Path(own)
    if sys.platform == "win32":
        cache = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        cache = Path.home() / "Library" / "Caches"
    else:
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "o2c" / "replications"


@dataclass(frozen=True, slots=True)
class Contents:
    """How much a store holds."""

    replications: int
    size_bytes: int


class Store:
    """Replications by the SHA-256 of all that they depend on, one Parquet file each.

    Several processes may share it. Files are written aside and renamed into place; a reader checks
    each one's checksum before it is parsed, and nothing in it is ever executed.

    Parameters
    ----------
    folder
        Where they are kept; :func:`default_folder` by default.
    warn
        Called with a text where an entry is damaged or cannot be kept.
    """

    def __init__(
        self, folder: Path | str | None = None, warn: Callable[[str], None] = _warned
    ) -> None:
        self.folder = default_folder() if folder is None else Path(folder)
        self._warn = warn
        self._full = False

    def path(self, key: str) -> Path:
        """Return where the replication of a key is or would be."""
        return self.folder / key[:2] / key[2:4] / f"{key}{_SUFFIX}"

    def read(self, key: str) -> Replication | None:
        """Return a replication; None if it is not there, or damaged, which is said."""
        path = self.path(key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._warn(f"{path} cannot be read ({error.strerror}); it is run again")
            return None
        try:
            kept = decode(content, key)
        except DamagedError as error:
            self._warn(f"{path} is damaged ({error}); it is run again")
            return None
        # The time of the last use decides what goes first.
        with suppress(OSError):
            os.utime(path)
        return kept

    def write(self, key: str, content: bytes) -> None:
        """Keep what :func:`scenarios.replication_file.encode` returned for a key.

        A disk that is full or cannot be written costs the entry, not the experiment: that is said
        once.
        """
        path = self.path(key)
        try:
            with new_file(path, replace=True) as aside:
                aside.write_bytes(content)
        except OSError as error:
            if not self._full:
                self._warn(f"{self.folder}: {error.strerror or error}; runs are not kept")
            self._full = True

    def contents(self) -> Contents:
        """Return how much there is."""
        sizes = [size for _, _, size in self._entries()]
        return Contents(len(sizes), sum(sizes))

    def prune(
        self, *, unused_since: float | None = None, keep_bytes: int | None = None
    ) -> Contents:
        """Remove replications, those used longest ago first, and what killed writers left behind.

        Parameters
        ----------
        unused_since
            Remove what was last used before this time, seconds since 1970.
        keep_bytes
            Remove until what is left is no larger.

        Returns
        -------
        Contents
            What was removed.
        """
        entries = sorted(self._entries())
        left = sum(size for _, _, size in entries)
        removed = freed = 0
        for used, path, size in entries:
            old = unused_since is not None and used < unused_since
            if not old and (keep_bytes is None or left <= keep_bytes):
                continue
            with suppress(OSError):
                path.unlink()
                removed, freed, left = removed + 1, freed + size, left - size
        self._sweep()
        return Contents(removed, freed)

    def _entries(self) -> Iterator[tuple[float, Path, int]]:
        for path in self.folder.glob(f"??/??/*{_SUFFIX}"):
            with suppress(OSError):
                found = path.stat()
                yield found.st_mtime, path, found.st_size

    def _sweep(self) -> None:
        """Remove folders of writers that were killed; one at work has its own for an instant."""
        for folder in self.folder.glob("??/??/.*"):
            with suppress(OSError):
                if folder.stat().st_mtime < time.time() - _ABANDONED_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)
