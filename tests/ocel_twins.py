"""A log as the OCEL object of pm4py, table by table, so that both look at the same rows."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from mining.discovery import quiet_pm4py
from o2c_sim.eventlog import EventLog


def pm4py_ocel(log: EventLog) -> tuple[Any, Any]:
    """Return pm4py, silenced, and the log as its OCEL object, rows in the order of the log."""
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pm4py")
    events = log.events.select(
        pl.format("e{}", "event").alias("ocel:eid"),
        pl.col("activity").cast(pl.String).alias("ocel:activity"),
        pl.col("time").alias("ocel:timestamp"),
        "event",
    )
    objects = log.objects.select(
        pl.format("o{}", "object").alias("ocel:oid"),
        pl.col("type").cast(pl.String).alias("ocel:type"),
        "object",
    )
    relations = (
        log.event_objects.select("event", "object")
        .unique()
        .join(events, on="event")
        .join(objects, on="object")
        .sort("ocel:timestamp", "event", "object")
        .with_columns(pl.lit("").alias("ocel:qualifier"))
        .drop("event", "object")
    )

    def frame(table: pl.DataFrame) -> Any:
        return pandas.DataFrame(
            {
                name: table[name].to_numpy() if name == "ocel:timestamp" else table[name].to_list()
                for name in table.columns
            }
        )

    with quiet_pm4py() as pm4py:
        from pm4py.objects.ocel.obj import OCEL

        ordered = events.sort("ocel:timestamp", "event").drop("event")
        return pm4py, OCEL(frame(ordered), frame(objects.drop("object")), frame(relations))
