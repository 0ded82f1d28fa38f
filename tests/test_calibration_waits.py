"""Where waiting comes from, what people offer, what systems do: tables beside known companies."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from staffed_company import MONDAY, company, flat_log, staffed

from mining.calibration.estimate import Source
from mining.calibration.extraneous import extraneous_delays
from mining.calibration.human_work import human_work
from mining.calibration.staffing import calendar
from mining.calibration.workforce import automation, workforce
from o2c_sim import Window, simulate


def test_waits_are_split_into_closed_queue_and_rest() -> None:
    """Anna works from 8 to 17, and begins most orders as they come.

    One comes at 10:05 while she is busy until 11:00: 55 minutes of queue. One comes at 16:30 and
    is begun on the next day at 9: half an hour for nothing, 15 hours closed, an hour for nothing.
    """
    rows: list[tuple[dt.datetime, float, float, float]] = []
    for week in range(40):
        day = MONDAY + dt.timedelta(weeks=week)
        rows += [(day, hour, hour, hour + 1.0) for hour in (8, 9, 10, 12, 13, 14, 15)]
        rows += [(day, 10 + 1 / 12, 11.0, 12.0), (day, 16.5, 33.0, 34.0)]
        rows += [(day, hour, hour, hour + 1.0) for hour in (34, 35, 36, 37, 38, 39, 40)]
        # The rest of the week tells when she works.
        rows += [
            (day, at / 4, at / 4, (at + 1) / 4)
            for d in (2, 3, 4)
            for at in range(d * 96 + 32, d * 96 + 68)
        ]
    records: list[tuple[object, ...]] = []
    for case, (day, ready, begun, done) in enumerate(rows):
        came, start, end = (day + dt.timedelta(hours=h) for h in (ready, begun, done))
        records.append((case, "Receive Order", came, came, None, None))
        records.append((case, "Create Sales Order", start, end, "anna", False))
    log = flat_log(
        pl.DataFrame(
            records,
            schema=["case", "activity", "start", "time", "resource", "automated"],
            orient="row",
        ).with_columns(pl.col("start", "time").cast(pl.Datetime("us")))
    )
    source = Source(log, "order", "UTC", "test")
    work = human_work(source)
    assert work is not None
    assert calendar(work.hours["order_desk"])["shifts"] == ["08:00-17:00"]
    row = extraneous_delays(source).row(0, named=True)
    per_week = len(rows) / 40
    assert row["closed_hours"] * per_week == pytest.approx(15.0)
    assert row["queue_hours"] * per_week == pytest.approx(11 / 12, abs=1e-6)
    assert row["extraneous_hours"] * per_week == pytest.approx(1.5, abs=1e-6)
    assert row["waiting_hours"] == pytest.approx(
        row["closed_hours"] + row["queue_hours"] + row["extraneous_hours"]
    )


def test_the_parts_of_a_wait_sum_to_the_wait() -> None:
    """Nothing is lost or counted twice."""
    log = staffed()
    table = extraneous_delays(Source(log, "order", log.zone, "test"))
    parts = table.select(
        pl.sum_horizontal("closed_hours", "queue_hours", "run_hours", "extraneous_hours")
    ).to_series()
    assert np.abs((parts - table["waiting_hours"]).to_numpy()).max() < 1e-3
    # Goods wait for the lorry, which the runs of the pick-up explain.
    issue = table.row(by_predicate=pl.col("activity") == "Post Goods Issue", named=True)
    assert issue["extraneous_hours"] < 0.01 * issue["waiting_hours"]


def test_the_workforce_agrees_with_the_pools_of_the_simulation() -> None:
    """Hours worked and offered are those that the simulation counted itself."""
    model = company({})
    run = simulate(model, seed=2, window=Window(0, 120, 0))
    table = workforce(Source(run.log, "order", run.log.zone, "test"))
    truth = {row["role"]: row for row in run.utilisation.iter_rows(named=True)}
    teams = {row["team"]: row for row in table.iter_rows(named=True)}
    for team, role, missing in (
        ("warehouse", "Warehouse", 0.01),
        ("order_desk", "Order desk", 0.06),
    ):
        # Work that comes to nothing, such as a change to an order that is gone, leaves no event.
        seen, true = teams[team], truth[role]
        assert (1 - missing) * true["busy_hours"] <= seen["busy_hours"] <= true["busy_hours"] + 1
        assert seen["utilisation"] == pytest.approx(true["utilisation"], abs=0.05)
        assert seen["at_once"] == pytest.approx(1.0, abs=1e-6)


def test_the_share_of_robots_counts_what_the_log_says() -> None:
    """Customers and banks are neither people nor systems of the company."""
    log = staffed()
    table = automation(Source(log, "order", log.zone, "test"))
    rows = {row["activity"]: row for row in table.iter_rows(named=True)}
    assert rows["Pick and Pack"]["share"] == 0.0
    assert rows["Check Credit"]["share"] == 1.0
    assert rows["Create Sales Order"]["low"] < 0.5 < rows["Create Sales Order"]["high"]
    assert "Receive Payment" not in rows
