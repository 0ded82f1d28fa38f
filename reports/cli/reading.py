"""Read the log a verb was given, with the columns its flags name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mining.read import ReadLog


def read_for(path: Path, zone: str, **columns: Any) -> tuple[ReadLog, str]:
    """Return the log and its case notion.

    Parameters
    ----------
    path
        The log.
    zone
        Time zone of stamps that state none.
    **columns
        Fields of :class:`mining.read.ColumnMapping`.
    """
    from mining.read import ColumnMapping, read_log

    read = read_log(path, ColumnMapping(**columns), zone=zone)
    wanted = columns.get("case_type")
    return read, wanted if wanted in read.log.object_types else read.case_type


def mapping_lines(read: ReadLog) -> list[str]:
    """Return how the columns were understood, for people to confirm."""
    if read.mapping is None:
        return []
    import dataclasses

    shown = [
        f"--{field.name.replace('_', '-')} {value!r}"
        for field in dataclasses.fields(read.mapping)
        if (value := getattr(read.mapping, field.name)) is not None
    ]
    return ["columns: " + "  ".join(shown)]
