"""Minutes of people's work, recovered from starts and ends, or from the gaps between ends."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import TypeAdapter

from mining.calibration.effort import ESTIMATORS, IDENTIFIABLE, estimate_effort
from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.human_work import human_work
from mining.calibration.task_minutes import SESSION_MINUTES, lines_of_deliveries, task_minutes
from o2c_sim import EventLog, Window, load_company, override, parameters, simulate
from o2c_sim.eventlog import empty_changes
from o2c_sim.model.distribution import Distribution

MONDAY = dt.datetime(2025, 1, 6)
FAMILY: TypeAdapter[Any] = TypeAdapter(Distribution)
COMPANIES = ("distributor", "manufacturer", "consumer_supplier")
BUSY = {
    "demand.orders_per_week": 250,
    "disputes.share": 0.08,
    "billing.block_share": 0.05,
    "billing.rejection_share": 0.08,
    "returns.share": 0.05,
    "staff.order_desk.absence_share": 0.05,
    "fulfilment.pick_minutes_per_line": 2.5,
    "cash_application.auto_match_share": 0.5,
}


def mean(value: Any) -> float:
    """Return the mean of a distribution as a model file has it."""
    return float(FAMILY.validate_python(value).mean())


@functools.cache
def simulated(name: str) -> EventLog:
    """Return half a year of a reference company with more exceptions than usual."""
    model = override(load_company(name), BUSY, "test")
    return simulate(model, seed=11, window=Window(0, 180, 0)).log


@functools.cache
def found_in(name: str) -> dict[str, Estimate]:
    """Return what the estimators find in it, by path."""
    log = simulated(name)
    return {
        estimate.path: estimate
        for estimator in ESTIMATORS
        for estimate in estimator(Source(log, "order", log.zone, "test"), 1)
    }


@functools.cache
def truth(name: str) -> dict[str, Any]:
    """Return the parameters that the company was simulated with."""
    model = override(load_company(name), BUSY, "test")
    return {path: parameter.value for path, parameter in parameters(model)}


@pytest.mark.slow
@pytest.mark.parametrize("name", COMPANIES)
def test_the_mean_minutes_are_recovered_within_their_interval(name: str) -> None:
    """Nine in ten means lie between the 2.5 and the 97.5 % point of their draws, or nearly.

    The draws are 50, so their ends are coarse: a hundredth of the mean is let pass.
    """
    found, true = found_in(name), truth(name)
    checked, inside = 0, []
    for path, estimate in found.items():
        if path == "fulfilment.pick_minutes_per_line":
            continue
        pairs = [(estimate.value, estimate.draws, true[path])]
        if path == "capture.touch_minutes":
            pairs = [
                (value, tuple(draw[channel] for draw in estimate.draws), true[path][channel])
                for channel, value in estimate.value.items()
            ]
        for _, draws, known in pairs:
            low, high = np.quantile([mean(draw) for draw in draws], [0.025, 0.975])
            checked += 1
            inside.append(low * 0.99 <= known.mean() <= high * 1.01)
            assert mean(draws[0]) == pytest.approx(known.mean(), rel=0.35), path
    assert checked >= 12
    assert sum(inside) >= 0.85 * checked, f"{sum(inside)} of {checked}"


def test_the_intervals_cover_what_they_should_over_the_companies() -> None:
    """Over all companies together 90 % of the parameters are within their interval."""
    inside = []
    for name in COMPANIES:
        for path, estimate in found_in(name).items():
            if path in ("capture.touch_minutes", "fulfilment.pick_minutes_per_line"):
                continue
            low, high = np.quantile([mean(draw) for draw in estimate.draws], [0.025, 0.975])
            known = truth(name)[path].mean()
            inside.append(low * 0.99 <= known <= high * 1.01)
    assert np.mean(inside) >= 0.9, f"{sum(inside)} of {len(inside)}"


@pytest.mark.parametrize("name", COMPANIES)
def test_all_that_is_called_identifiable_is_found(name: str) -> None:
    """Of a busy company every kind of task is seen; no quotations where none are made."""
    missing = set(IDENTIFIABLE) - set(found_in(name))
    assert missing <= {"capture.quotation_minutes"}
    for estimate in found_in(name).values():
        assert len(estimate.draws) == DRAWS
        assert estimate.sample >= 10
        assert estimate.path in truth(name)


@pytest.mark.parametrize("name", COMPANIES)
def test_minutes_by_line_are_told_from_minutes_by_order(name: str) -> None:
    """The slope lies in its interval; what is left has the shape that it was drawn from."""
    found = found_in(name)
    line, order = (found[f"fulfilment.pick_minutes_per_{unit}"] for unit in ("line", "order"))
    assert line.low is not None
    assert line.high is not None
    assert line.low <= 2.5 <= line.high
    assert mean(order.value) == pytest.approx(
        truth(name)["fulfilment.pick_minutes_per_order"].mean(), rel=0.05
    )


def test_a_constant_is_found_as_a_constant() -> None:
    """Stamps are kept to a microsecond; six minutes are six minutes again, also over a night."""
    value = found_in("distributor")["cash_application.touch_minutes"].value
    assert value == {"distribution": "constant", "value": 6.0}


def test_the_lines_of_a_pick_are_those_of_its_delivery() -> None:
    """Each pick has a number of lines, and their sum is that of the deliveries picked."""
    log = simulated("distributor")
    lines = lines_of_deliveries(Source(log, "order", log.zone, "test"))
    picks = log.events.filter(pl.col("activity") == "Pick and Pack").height
    assert lines.height == picks
    assert lines["lines"].min() == 1


# ---------------------------------------------------------------- hand-made logs


def log_of(rows: list[tuple[int, str, str, dt.datetime | None, dt.datetime]]) -> EventLog:
    """Return a log by order from (order, activity, person, start, end)."""
    events = (
        pl.DataFrame(
            rows,
            schema={
                "case": pl.UInt32,
                "activity": pl.String,
                "resource": pl.String,
                "start": pl.Datetime("us"),
                "time": pl.Datetime("us"),
            },
            orient="row",
        )
        .sort("time", "case")
        .with_row_index("event")
        .with_columns(
            pl.col("event").cast(pl.UInt32),
            pl.lit(None, pl.String).alias("role"),
            pl.lit(value=False).alias("automated"),
            pl.lit(None, pl.Float64).alias("amount"),
        )
    )
    objects = pl.DataFrame({"object": events["case"].unique().sort()}).with_columns(
        pl.col("object").cast(pl.String).alias("object_id"), pl.lit("order").alias("type")
    )
    links = events.select(
        "event", pl.col("case").alias("object"), pl.lit("order").alias("qualifier")
    )
    return EventLog(events.drop("case"), objects, links, object_changes=empty_changes())


def minutes_of(log: EventLog) -> pl.DataFrame:
    """Return the minutes of the tasks in a log."""
    source = Source(log, "order", "UTC", "test")
    work = human_work(source)
    assert work is not None
    return task_minutes(work, source)


def days_of_work(minutes: float, days: int = 60, *, starts: bool = True) -> list[Any]:
    """Return tasks of so many minutes, one after the other, from 8 to 12 and 13 to 17."""
    rows: list[Any] = []
    for day in range(days):
        if day % 7 > 4:
            continue
        for opens, closes in ((8, 12), (13, 17)):
            at = MONDAY + dt.timedelta(days=day, hours=opens)
            end = MONDAY + dt.timedelta(days=day, hours=closes)
            while at + dt.timedelta(minutes=minutes) <= end:
                done = at + dt.timedelta(minutes=minutes)
                rows.append((len(rows), "Create Sales Order", "anna", at if starts else None, done))
                at = done
    return rows


def test_a_break_in_a_task_is_no_work() -> None:
    """Begun at 11:50 and ended at 13:20, with lunch from 12 to 13: 30 minutes; over night too."""
    rows = days_of_work(10)
    moment = MONDAY + dt.timedelta(days=70)
    rows.append((9_000, "Correct Order", "anna", moment.replace(hour=11, minute=50),
                 moment.replace(hour=13, minute=20)))  # fmt: skip
    later = moment + dt.timedelta(days=2)
    rows.append((9_001, "Correct Order", "anna", later.replace(hour=16, minute=45),
                 (later + dt.timedelta(days=1)).replace(hour=8, minute=30)))  # fmt: skip
    tasks = minutes_of(log_of(rows)).filter(pl.col("activity") == "Correct Order")
    assert tasks["minutes"].to_list() == [30.0, 45.0]


def test_a_task_over_the_absence_of_its_person_is_left_out() -> None:
    """One task in a hundred goes on over a whole day: the person was away, not slow."""
    rows = days_of_work(10)
    moment = MONDAY + dt.timedelta(days=70)
    rows.append((9_000, "Create Sales Order", "anna", moment.replace(hour=16, minute=55),
                 (moment + dt.timedelta(days=2)).replace(hour=8, minute=5)))  # fmt: skip
    tasks = minutes_of(log_of(rows))
    assert tasks["minutes"].max() == 10.0


def test_work_that_takes_days_stays() -> None:
    """Where most tasks take more than a day, none is left out."""
    rows = days_of_work(10)
    for week in range(10):
        begun = MONDAY + dt.timedelta(days=70 + 7 * week, hours=9)
        rows.append((9_000 + week, "Correct Order", "ben", begun, begun + dt.timedelta(days=2)))
    tasks = minutes_of(log_of(rows)).filter(pl.col("activity") == "Correct Order")
    assert tasks.height == 10
    assert tasks["minutes"].min() == 16 * 60


def test_what_is_recorded_at_the_end_of_other_work_takes_no_time() -> None:
    """A payment clears three invoices in six minutes: one task, not three, of six minutes."""
    rows = []
    for row in days_of_work(6):
        number, _, person, start, end = row
        rows.append((3 * number, "Clear Invoice", person, start, end))
        rows += [(3 * number + i, "Clear Invoice", person, end, end) for i in (1, 2)]
    tasks = minutes_of(log_of(rows))
    assert tasks.height == len(rows) / 3
    assert tasks["event"].n_unique() == tasks.height
    assert set(tasks["minutes"]) == {6.0}


def test_gaps_between_ends_are_the_minutes_where_no_start_is_known() -> None:
    """Somebody who is busy all day: the gap is the task, but for the first one of a session."""
    log = log_of(days_of_work(10, starts=False))
    tasks = minutes_of(log)
    assert set(tasks["minutes"].round(6)) == {10.0}
    estimates = {one.path: one for one in estimate_effort(Source(log, "order", "UTC", "t"), 1)}
    touch = estimates["capture.touch_minutes"]
    assert mean(touch.value["email"]) == pytest.approx(10.0)
    assert "no starts" in touch.assumption
    assert f"{SESSION_MINUTES:.0f}" in touch.assumption


def test_a_long_pause_is_no_task() -> None:
    """Who ends a task every two hours may have done anything in between."""
    assert minutes_of(log_of(days_of_work(120, starts=False))).is_empty()


def test_what_is_ended_together_is_one_task() -> None:
    """Four orders released in the same second count once."""
    rows: list[Any] = []
    for number, name, person, start, end in days_of_work(20, starts=False):
        rows += [(4 * number + i, name, person, start, end) for i in range(4)]
    tasks = minutes_of(log_of(rows))
    assert set(tasks["minutes"].round(6)) == {20.0}
    assert tasks.height < len(rows) / 4 + 1


def test_few_tasks_and_no_people_tell_nothing() -> None:
    """Nine tasks are no distribution."""
    rows = days_of_work(10)[:9]
    assert estimate_effort(Source(log_of(rows), "order", "UTC", "t"), 1) == ()
    log = log_of(days_of_work(10))
    systems = EventLog(
        log.events.with_columns(pl.lit(value=True).alias("automated")),
        log.objects,
        log.event_objects,
    )
    assert estimate_effort(Source(systems, "order", "UTC", "t"), 1) == ()


def test_the_same_seed_gives_the_same_estimates() -> None:
    """Nothing depends on the run."""
    source = Source(log_of(days_of_work(7.5)), "order", "UTC", "t")
    assert estimate_effort(source, 3) == estimate_effort(source, 3)
