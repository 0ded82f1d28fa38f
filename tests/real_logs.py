"""The public SAP logs as event logs, or a skip that says where they were looked for."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mining.discovery import quiet_pm4py
from o2c_sim.eventlog import EventLog

MANUFACTURING = "sap_o2c_manufacturing_2016.csv.gz"
DISTRIBUTOR = "sap_o2c_distributor_2007_2009.csv.gz"
_COLUMNS = {
    MANUFACTURING: ("Key", "Date", "Activity"),
    DISTRIBUTOR: ("case_id", "timestamp", "activity"),
}


def folder() -> Path:
    """Return the folder of the public logs, which is not part of the project."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("O2C_DATA", default))


@lru_cache(maxsize=2)
def case_view(name: str) -> pl.DataFrame:
    """Return the case view of a public SAP log; its case is the order line."""
    return _event_log(name).flatten("order_line")


def _event_log(name: str) -> EventLog:
    path = folder() / name
    if not path.is_file():
        pytest.skip(f"{path} is absent; set O2C_DATA to the folder of the public logs")
    case, time, activity = _COLUMNS[name]
    rows = pl.read_csv(path, infer_schema_length=0).with_row_index("event")
    names = rows[activity].unique().sort()
    keys = rows[case].unique().sort()
    events = rows.select(
        pl.col("event").cast(pl.UInt32),
        pl.col(activity).cast(pl.Enum(names)).alias("activity"),
        pl.lit(None, pl.Datetime("us")).alias("start"),
        pl.col(time).str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us").alias("time"),
        pl.lit(None, pl.Enum([])).alias("resource"),
        pl.lit(None, pl.Enum([])).alias("role"),
        pl.lit(None, pl.Boolean).alias("automated"),
        pl.lit(None, pl.Float64).alias("amount"),
    )
    objects = pl.DataFrame({"object_id": keys}).select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("object"),
        "object_id",
        pl.lit("order_line", pl.Enum(["order_line"])).alias("type"),
    )
    event_objects = (
        rows.select(pl.col("event").cast(pl.UInt32), pl.col(case).alias("object_id"))
        .join(objects, on="object_id")
        .select("event", "object", pl.lit("case", pl.Enum(["case"])).alias("qualifier"))
    )
    return EventLog(events=events, objects=objects, event_objects=event_objects, source=name)


def pm4py_frame(name: str) -> tuple[Any, Any]:
    """Return pm4py, silenced, and the log as the sorted pandas frame that it wants."""
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pm4py")
    cases = case_view(name)
    with quiet_pm4py() as pm4py:
        frame = pandas.DataFrame(
            {
                "case": cases["case"].cast(pl.String).to_list(),
                "activity": cases["activity"].cast(pl.String).to_list(),
                "time": cases["time"].to_numpy(),
            }
        )
        formatted = pm4py.format_dataframe(
            frame, case_id="case", activity_key="activity", timestamp_key="time"
        )
    return pm4py, formatted
