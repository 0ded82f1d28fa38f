"""Logs to mine: the public SAP log copied, whole cases under new names, to a given size.

``python -m benchmarks.mining_logs REAL EVENTS FOLDER`` writes them and prints how many events.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import polars as pl

from benchmarks.measurement import ROOT

NAME = "sap_o2c_manufacturing_2016.csv.gz"
COLUMNS = ("case", "activity", "time")


def real_log() -> Path:
    """Return where the public log should be: ``$O2C_DATA``, or the data beside the project."""
    return Path(os.environ.get("O2C_DATA", ROOT.parent / "shared" / "data")) / NAME


def read_real(path: Path) -> pl.DataFrame:
    """Return the real log as ``case``, ``activity`` (String) and ``time`` (Datetime)."""
    rows = pl.read_csv(path, columns=["Key", "Date", "Activity"], infer_schema_length=0)
    time = pl.col("Date").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us")
    return rows.select(pl.col("Key").alias("case"), pl.col("Activity").alias("activity"), time=time)


def copied(real: pl.DataFrame, events: int) -> pl.DataFrame:
    """Return as many whole copies of a log as come nearest to *events*, at least one."""
    copies = max(1, round(events / real.height))
    return pl.concat(
        [
            real.with_columns(pl.format("{}-{}", pl.lit(i), "case").alias("case"))
            for i in range(copies)
        ]
    )


def write(real: Path, events: int, folder: Path) -> int:
    """Write ``foreign.parquet``, ``log.csv`` and the toolkit's own ``own``; return the events."""
    from mining.read import read_log

    rows = copied(read_real(real), events)
    rows.write_parquet(folder / "foreign.parquet")
    if events <= 1_000_000:
        rows.write_csv(folder / "log.csv", datetime_format="%Y-%m-%d %H:%M:%S")
    read_log(folder / "foreign.parquet").log.write(folder / "own")
    return rows.height


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
