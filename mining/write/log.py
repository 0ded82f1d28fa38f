"""Writing a log in one of the exchange formats, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from mining.write import delimited, ocel_json, ocel_sqlite, ocel_xml, xes
from mining.write.parts import split
from o2c_sim.atomic import new_file
from o2c_sim.errors import Problem, UsageError, did_you_mean
from o2c_sim.eventlog import EventLog

FORMATS = ("csv", "ocel-json", "ocel-sqlite", "ocel-xml", "parquet", "xes")
_OCEL = {"ocel-json": ocel_json.write, "ocel-sqlite": ocel_sqlite.write, "ocel-xml": ocel_xml.write}
_FLAT = {"csv": delimited.write, "xes": xes.write}


def write_log(
    log: EventLog,
    path: Path | str,
    *,
    format: str,
    case_type: str | None = None,
    replace: bool = False,
) -> Path:
    """Write a log; the same log gives the same bytes.

    Parameters
    ----------
    log
        The log.
    path
        The file to make; for ``parquet`` the folder.
    format
        ``parquet`` (the five tables), ``ocel-json``, ``ocel-sqlite``, ``ocel-xml``, or flattened
        on one object type ``xes`` or ``csv``.
    case_type
        The object type that serves as the case notion of ``xes`` and ``csv``; may be left away
        if the log has only one type.
    replace
        Replace what is there already.

    Returns
    -------
    pathlib.Path
        What was written.

    Raises
    ------
    UsageError
        If the format is not known, a case type is needed, or *path* exists already.
    LogError
        If no object has the case type.
    """
    path = Path(path)
    if format == "parquet":
        return log.write(path, replace=replace)
    if format in _OCEL:
        parts = split(log)
        with new_file(path, replace=replace) as aside:
            _OCEL[format](parts, aside)
        return path
    if format not in _FLAT:
        raise UsageError(
            Problem(
                f"the format {format!r} is not known",
                allowed=", ".join(FORMATS),
                suggestion=did_you_mean(format, FORMATS),
            )
        )
    if case_type is None:
        if len(log.object_types) != 1:
            raise UsageError(
                Problem(
                    f"{format} has one case notion, and the log has {len(log.object_types)} types",
                    allowed=", ".join(log.object_types),
                    suggestion="name one with --case-type",
                )
            )
        case_type = log.object_types[0]
    with new_file(path, replace=replace) as aside:
        _FLAT[format](log, case_type, aside)
    return path
