"""Whole or not at all: files and folders are written aside and renamed into place."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from o2c_sim.errors import Problem, UsageError


def refuse_existing(path: Path | str) -> Path:
    """Return *path* as a Path.

    Raises
    ------
    UsageError
        If something is there already.
    """
    path = Path(path)
    if path.exists():
        raise UsageError(
            Problem(
                "already exists", where=str(path), suggestion="another --output, or add --force"
            )
        )
    return path


@contextmanager
def new_folder(folder: Path | str, *, replace: bool = False) -> Iterator[Path]:
    """Yield an empty folder that becomes *folder* when the block ends without an exception.

    Parameters
    ----------
    folder
        Where the folder is to be.
    replace
        Replace an existing folder instead of refusing it.

    Raises
    ------
    UsageError
        If *folder* exists and *replace* is false.
    """
    folder = Path(folder) if replace else refuse_existing(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield aside
        aside.chmod(0o755)
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
            os.replace(folder, old / folder.name)
            os.replace(aside, folder)
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.replace(aside, folder)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


@contextmanager
def new_file(path: Path | str, *, replace: bool = False) -> Iterator[Path]:
    """Yield a path aside that becomes *path* when the block ends without an exception.

    Parameters
    ----------
    path
        Where the file is to be; the yielded path has the same suffixes.
    replace
        Replace an existing file instead of refusing it.

    Raises
    ------
    UsageError
        If *path* exists and *replace* is false.
    """
    path = Path(path) if replace else refuse_existing(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        aside = Path(folder) / path.name
        yield aside
        os.replace(aside, path)
