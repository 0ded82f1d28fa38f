"""Where results may go: known before the work begins, not after it."""

from __future__ import annotations

import os
from pathlib import Path

from o2c_sim.atomic import refuse_existing
from o2c_sim.errors import Problem, UsageError

# What every folder of results holds one of; --force replaces no other folder.
MARKS = (
    "manifest.json",
    "comparison.json",
    "analysis.json",
    "rules.json",
    "check.json",
    "search.json",
    "calibration.json",
    "validation.json",
    "what-if.json",
)

# What is only written: a page in the folder that it is made of may be made anew.
_NEVER_READ = (".html", ".htm", ".pdf", ".svg", ".png")


def ready_folder(folder: Path | None, *, force: bool, inputs: tuple[Path, ...] = ()) -> None:
    """Make sure that a folder of results can be written.

    Parameters
    ----------
    folder
        What ``--output`` names, if anything.
    force
        Whether it may replace what is there.
    inputs
        What the verb reads, and must not replace.

    Raises
    ------
    UsageError
        If it exists and may not be replaced, or cannot be made.
    """
    if folder is None:
        return
    _ready(folder, force=force, inputs=inputs)
    if folder.is_file():
        raise UsageError(
            Problem(
                "is a file, which --force does not replace by a folder",
                where=str(folder),
                suggestion="another --output",
            )
        )
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if not any((folder / mark).is_file() for mark in MARKS):
        raise UsageError(
            Problem(
                "is a folder that this toolkit did not write, so --force does not replace it",
                where=str(folder),
                suggestion="another --output, or remove the folder yourself",
            )
        )


def ready_file(file: Path, *, force: bool, inputs: tuple[Path, ...] = ()) -> None:
    """Make sure that a file can be written; see :func:`ready_folder`."""
    _ready(file, force=force, inputs=inputs)
    if file.is_dir():
        raise UsageError(
            Problem("is a folder", where=str(file), allowed="the name of a file to write")
        )
    if not file.is_file() or file.suffix.lower() in _NEVER_READ:
        return
    for source in inputs:
        if source.resolve() in file.resolve().parents:
            raise UsageError(
                Problem(
                    f"would replace a file of {source}, which is read",
                    where=str(file),
                    suggestion="another --output",
                )
            )


def _ready(path: Path, *, force: bool, inputs: tuple[Path, ...]) -> None:
    if path.is_symlink() and not path.exists():
        raise UsageError(
            Problem(
                f"is a link to {os.readlink(path)!r}, which is not there",
                where=str(path),
                suggestion="another --output, or remove the link",
            )
        )
    if not force:
        refuse_existing(path)
    whole = path.resolve()
    for source in filter(os.path.exists, inputs):
        read = source.resolve()
        if read == whole or whole in read.parents:
            raise UsageError(
                Problem(
                    f"would replace {source}, which is read",
                    where=str(path),
                    suggestion="another --output",
                )
            )
    there = next((parent for parent in whole.parents if parent.exists()), whole)
    if not there.is_dir():
        raise UsageError(
            Problem(f"{there} is not a folder", where=str(path), suggestion="another --output")
        )
    if not os.access(there, os.W_OK):
        raise UsageError(
            Problem(f"{there} cannot be written", where=str(path), suggestion="another --output")
        )
