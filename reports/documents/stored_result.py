"""Read back what ``o2c calibrate`` and ``o2c validate-model`` wrote, for a document."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from o2c_sim import Problem, UsageError
from reports.documents.document import Document

_LARGEST_BYTES = 200_000_000


def read_stored(path: Path, format_name: str) -> dict[str, Any]:
    """Return the JSON of a result.

    Parameters
    ----------
    path
        The file.
    format_name
        What its entry ``format`` must say.

    Raises
    ------
    UsageError
        If the file cannot be read, is too large, or is none of that format.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise UsageError(
                Problem(
                    "is too large for a result", where=str(path),
                    allowed=f"{_LARGEST_BYTES // 1_000_000} MB",
                )
            )  # fmt: skip
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(Problem(f"cannot be read: {error}", where=str(path))) from error
    if not isinstance(found, dict) or found.get("format") != format_name:
        raise UsageError(
            Problem(
                "is not such a result", where=str(path), allowed=f"a file of format {format_name}"
            )
        )
    return found


def built(
    path: Path, build: Callable[[Mapping[str, Any]], Document], result: Mapping[str, Any]
) -> Document:
    """Return the document of a result whose entries may be missing or of another kind.

    Raises
    ------
    UsageError
        If an entry that the document needs is damaged.
    """
    try:
        return build(result)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        why = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise UsageError(
            Problem(
                f"is damaged ({why})",
                where=str(path),
                suggestion="run the command again that made it",
            )
        ) from error
