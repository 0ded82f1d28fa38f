"""CSV: the log flattened on one object type, one row per event and case.

The values are data and stay as they are. A value that begins with ``=``, ``+``, ``-`` or ``@``
is a formula to a spreadsheet program; open a log from a source that is not trusted with an
import that reads every column as text.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from o2c_sim.eventlog import EventLog

_COLUMNS = ("activity", "start", "time", "resource", "role", "automated", "amount")


def write(log: EventLog, case_type: str, path: Path) -> None:
    """Write the cases of one type with the attributes of the case in every row.

    Parameters
    ----------
    log
        The log; times are written as UTC with the suffix ``Z``.
    case_type
        The object type that serves as the case notion.
    path
        The file to make.
    """
    flat = log.flatten(case_type)
    cases = log.objects_of(case_type).rename({"object_id": "@id", "object": "case"}).drop("type")
    clashing = {c: f"case:{c}" for c in cases.columns if c != "case" and c in flat.columns}
    whole = flat.join(cases.rename(clashing), on="case", how="left", maintain_order="left")
    others = [c for c in whole.columns if c not in ("case", "event", "@id", *_COLUMNS)]
    # A part that no event has would only be an empty column.
    known = [c for c in _COLUMNS if whole[c].null_count() < whole.height]
    times = [c for c, dtype in whole.schema.items() if isinstance(dtype, pl.Datetime)]
    whole.with_columns(pl.col(times).dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")).select(
        pl.col("@id").alias("case"), *known, *others
    ).write_csv(path)
