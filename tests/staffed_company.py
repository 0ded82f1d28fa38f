"""Companies whose people and calendars are known, and their logs."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import polars as pl

from o2c_sim import CompanyModel, EventLog, Window, load_company, simulate
from o2c_sim.eventlog import empty_changes

MONDAY = dt.datetime(2025, 1, 6)


def company(changes: dict[str, Any], orders: float = 250) -> CompanyModel:
    """Return the distributor with other people and calendars."""
    tree = load_company("distributor").model_dump(by_alias=True, mode="python")
    tree["demand"]["orders_per_week"]["value"] = orders
    tree["calendars"] |= changes.pop("calendars", {})
    for role, values in changes.items():
        for name, value in values.items():
            known = value if name == "calendar" else {
                "value": value, "provenance": "assumed", "source": "test"
            }  # fmt: skip
            tree["staff"][role][name] = known
    return CompanyModel.model_validate(tree)


SHORT_DAY = {
    "days": ["mon", "tue", "wed", "thu", "fri"],
    "shifts": ["07:30-12:30", "13:00-16:30"],
    "holidays": ["2025-02-17", "2025-03-14"],
}


@functools.cache
def staffed() -> EventLog:
    """Return the log of a company with absence, shifts, help and a calendar of its own."""
    early = {"days": ["mon", "tue", "wed", "thu", "fri", "sat"], "shifts": ["06:00-14:00"]}
    late = {"days": ["mon", "tue", "wed", "thu", "fri"], "shifts": ["14:00-22:00"]}
    model = company(
        {
            "calendars": {"office": SHORT_DAY, "early": early, "late": late},
            "order_desk": {"headcount": 4, "absence_share": 0.08},
            "credit": {"headcount": 2, "helps": ["order_desk"]},
            "warehouse": {
                "headcount": 6,
                "calendar": "early",
                "teams": [
                    {"headcount": 4, "calendar": "early"},
                    {"headcount": 2, "calendar": "late"},
                ],
            },
        },
        orders=600,
    )
    return simulate(model, seed=3, window=Window(0, 150, 0)).log


def flat_log(rows: pl.DataFrame) -> EventLog:
    """Return a log by order from ``case``, ``activity``, ``time`` and optional columns."""
    unknown = {
        "start": pl.lit(None, pl.Datetime("us")),
        "resource": pl.lit(None, pl.String),
        "role": pl.lit(None, pl.String),
        "automated": pl.lit(None, pl.Boolean),
        "amount": pl.lit(None, pl.Float64),
    }
    rows = rows.with_columns(
        value.alias(name) for name, value in unknown.items() if name not in rows.columns
    )
    events = rows.sort("time").with_row_index("event").with_columns(
        pl.col("event").cast(pl.UInt32), pl.col("case").cast(pl.UInt32)
    )  # fmt: skip
    objects = pl.DataFrame({"object": events["case"].unique().sort()}).with_columns(
        pl.col("object").cast(pl.String).alias("object_id"), pl.lit("order").alias("type")
    )
    links = events.select("event", pl.col("case").alias("object")).with_columns(
        pl.lit("order").alias("qualifier")
    )
    return EventLog(events.drop("case"), objects, links, object_changes=empty_changes())
