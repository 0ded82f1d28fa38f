"""Who works when: calendars, people and their work recovered from logs of known companies."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import numpy as np
import polars as pl
import pytest

from mining.calibration.adoption import adopt, value_of
from mining.calibration.estimate import Estimate, Source
from mining.calibration.extraneous import extraneous_delays
from mining.calibration.human_work import human_work, role_of_title
from mining.calibration.presence import heads
from mining.calibration.staffing import ESTIMATORS, calendar, estimate_staffing
from mining.calibration.weekly_hours import WeeklyHours
from mining.calibration.workforce import automation, workforce
from o2c_sim import CompanyModel, EventLog, Window, load_company, simulate
from o2c_sim.eventlog import empty_changes

MONDAY = dt.datetime(2025, 1, 6)

# ---------------------------------------------------------------- companies


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


def found_in(log: EventLog) -> dict[str, Estimate]:
    """Return what the estimators find in a log, by path."""
    return {
        estimate.path: estimate
        for estimator in ESTIMATORS
        for estimate in estimator(Source(log, "order", log.zone, "test"), 1)
    }


def test_calendars_with_their_holidays_are_recovered() -> None:
    """Odd shifts and two holidays come back exactly."""
    found = found_in(staffed())
    assert found["calendars.office"].value == SHORT_DAY
    assert found["staff.credit.calendar"].value == "office"
    # Too few calls to show hours of their own: those of the office, which they lie in.
    for role in ("billing", "disputes"):
        assert found[f"staff.{role}.calendar"].value == "office"


def test_shifts_are_recovered_as_teams() -> None:
    """Four early people and two late ones, each with their days."""
    found = found_in(staffed())
    teams = found["staff.warehouse.teams"].value
    assert sorted(team["headcount"] for team in teams) == [2, 4]
    shifts = {team["headcount"]: found[f"calendars.{team['calendar']}"].value for team in teams}
    assert shifts[4]["shifts"] == ["06:00-14:00"]
    assert "sat" in shifts[4]["days"]
    assert shifts[2]["shifts"] == ["14:00-22:00"]
    assert found["staff.warehouse.headcount"].draws == ()


def test_heads_absence_help_and_cost_are_recovered() -> None:
    """What the model says of people comes back from the log."""
    found = found_in(staffed())
    truth = {"order_desk": 4, "credit": 2, "warehouse": 6, "billing": 1, "disputes": 1}
    for role, count in truth.items():
        assert found[f"staff.{role}.headcount"].value == count, role
    absence = found["staff.order_desk.absence_share"]
    assert absence.low is not None
    assert absence.high is not None
    assert absence.low <= 0.08 <= absence.high
    assert absence.high < 0.15
    assert found["staff.credit.helps"].value == ["order_desk"]
    assert "staff.order_desk.helps" not in found
    rates = {"order_desk": 28, "credit": 38, "warehouse": 26, "disputes": 36}
    for role, rate in rates.items():
        assert found[f"staff.{role}.cost_per_hour"].value == pytest.approx(rate, abs=0.01)


def test_the_company_accepts_what_was_found() -> None:
    """All values together make a valid company; nothing is refused."""
    _, taken, refused = adopt(
        load_company("distributor"), [value_of(one) for one in found_in(staffed()).values()]
    )
    assert not refused
    assert len(taken) > 20


def test_estimates_do_not_depend_on_the_run() -> None:
    """The same log and seed give the same estimates."""
    log = staffed()
    first = estimate_staffing(Source(log, "order", log.zone, "test"), 7)
    again = estimate_staffing(Source(log, "order", log.zone, "test"), 7)
    assert first == again


def test_a_small_company_gets_the_hours_of_its_desk_for_all_roles() -> None:
    """Roles with a task a day share the calendar that theirs lie in."""
    model = company({"warehouse": {"headcount": 1}}, orders=60)
    log = simulate(model, seed=2, window=Window(0, 150, 0)).log
    found = found_in(log)
    assert found["calendars.office"].value["shifts"] == ["08:00-12:00", "13:00-17:00"]
    assert {path for path in found if path.startswith("calendars.")} == {
        "calendars.office",
        "calendars.warehouse",
    }
    assert found["staff.cash_application.calendar"].value == "office"
    # Nobody else to compare with, and slow days: absence cannot be told from nothing to do.
    assert "staff.order_desk.absence_share" not in found


# ---------------------------------------------------------------- hand-made logs


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


def clerks(shares: dict[str, int], weeks: int = 20) -> pl.DataFrame:
    """Return order entries by people, each so many a working day."""
    rng = np.random.default_rng(5)
    rows: list[tuple[int, str, str, dt.datetime]] = []
    for day in range(weeks * 7):
        if day % 7 > 4:
            continue
        for name, count in shares.items():
            for minute in np.sort(rng.uniform(480, 1_020, count)):
                at = MONDAY + dt.timedelta(days=day, minutes=float(minute))
                rows.append((len(rows), "Create Sales Order", name, at))
    return pl.DataFrame(
        rows, schema=["case", "activity", "resource", "time"], orient="row"
    ).with_columns(pl.col("time").cast(pl.Datetime("us")))


def test_somebody_who_helps_once_a_month_is_no_head() -> None:
    """Two clerks do 12 orders a day each; a third one does one in four weeks."""
    rows = clerks({"anna": 12, "ben": 12})
    rare = clerks({"carl": 1}).gather_every(20).with_columns(pl.col("case") + 100_000)
    found = found_in(flat_log(pl.concat([rows, rare])))
    assert found["staff.order_desk.headcount"].value == 2


def test_a_successor_is_not_a_second_head() -> None:
    """Anna leaves after ten weeks, Ben begins then; Carl is there all the time."""
    rows = clerks({"anna": 10, "ben": 10, "carl": 10})
    half = MONDAY + dt.timedelta(weeks=10)
    name, time = pl.col("resource"), pl.col("time")
    kept = rows.filter(~((name == "anna") & (time >= half)) & ~((name == "ben") & (time < half)))
    found = found_in(flat_log(kept))
    assert found["staff.order_desk.headcount"].value == 2


def test_part_time_counts_for_its_part() -> None:
    """Six people of whom two are there on two days of five: 4 + 2 * 0.4 is 5 heads, not 6."""
    rows = clerks({name: 12 for name in "abcdef"})
    day = pl.col("time").dt.ordinal_day()
    away = (pl.col("resource").is_in(["e", "f"])) & (day * 7 % 5 > 1)
    rows = rows.filter(~away)
    found = found_in(flat_log(rows))
    assert found["staff.order_desk.headcount"].value == 5
    assert found["staff.order_desk.absence_share"].value == 0.0


def test_a_job_under_a_persons_name_is_no_person() -> None:
    """What goes on at half past each hour, day and night, is a job."""
    rows = clerks({"anna": 12, "ben": 12})
    hours = [MONDAY + dt.timedelta(hours=h, minutes=31) for h in range(20 * 7 * 24)]
    job = pl.DataFrame(
        {
            "case": range(200_000, 200_000 + len(hours)),
            "activity": "Create Sales Order",
            "resource": "nightly",
            "time": hours,
        }
    ).with_columns(pl.col("time").cast(pl.Datetime("us")), pl.col("case").cast(pl.Int64))
    found = found_in(flat_log(pl.concat([rows, job])))
    assert found["staff.order_desk.headcount"].value == 2
    assert found["calendars.office"].value["shifts"] == ["08:00-17:00"]


def test_a_log_that_names_nobody_tells_hours_but_no_heads() -> None:
    """The clock shows when the desk works, not how many sit there."""
    found = found_in(flat_log(clerks({"anna": 20, "ben": 20}).drop("resource")))
    assert set(found) == {"calendars.office", "staff.order_desk.calendar"}
    assert found["calendars.office"].value["shifts"] == ["08:00-17:00"]
    assert "names nobody" in found["staff.order_desk.calendar"].assumption


def test_a_log_of_systems_only_tells_nothing() -> None:
    """No people, no estimates."""
    rows = clerks({"batch": 20}).with_columns(pl.lit(value=True).alias("automated"))
    log = flat_log(rows)
    assert found_in(log) == {}
    assert human_work(Source(log, "order", "UTC", "test")) is None


def test_people_of_a_role_whose_work_is_not_in_the_log_are_not_counted() -> None:
    """Who creates deliveries by hand tells nothing of how many people pick."""
    rows = clerks({"anna": 12}).with_columns(pl.lit("Create Delivery").alias("activity"))
    assert found_in(flat_log(rows)) == {}


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("Customer Service Representative", "order_desk"),
        ("Corporate Credit Manager", "credit"),
        ("Cash applier", "cash_application"),
        ("warehouse", "warehouse"),
        ("Collections specialist", "collections"),
        ("Master Scheduler", None),
    ],
)
def test_titles_become_roles_only_where_they_are_clear(title: str, role: str | None) -> None:
    """A title that could be anything is left to what the person does."""
    assert role_of_title(title) == role


def test_a_calendar_is_written_as_in_a_model_file() -> None:
    """A night shift is two shifts of the day; midnight is 24:00 at its end."""
    hours = WeeklyHours(((0, 360), (1_320, 1_440)), (dt.date(2025, 1, 6),))
    assert calendar(hours) == {
        "days": ["mon"],
        "shifts": ["00:00-06:00", "22:00-24:00"],
        "holidays": ["2025-01-06"],
    }


def test_heads_of_one_person_are_one() -> None:
    """One is the least."""
    rows = clerks({"anna": 3}).with_columns(pl.col("time").alias("done"))
    assert heads(rows) == 1


# ---------------------------------------------------------------- tables


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


def test_the_absence_of_the_only_person_is_no_holiday() -> None:
    """Dora has the counter to herself and is ill for three days while the desk works on."""
    ill = [dt.date(2025, 2, 4), dt.date(2025, 3, 5), dt.date(2025, 3, 27)]
    desk = clerks({"anna": 12, "ben": 12, "carl": 12, "eve": 12})
    dora = clerks({"dora": 15}).filter(~pl.col("time").dt.date().is_in(ill))
    credit = dora.with_columns(
        pl.lit("Release Credit Block").alias("activity"), pl.col("case") + 100_000
    )
    found = found_in(flat_log(pl.concat([desk, credit])))
    assert {path for path in found if path.startswith("calendars")} == {"calendars.office"}
    assert found["calendars.office"].value["holidays"] == []
    assert found["staff.credit.absence_share"].value == pytest.approx(3 / 98)


def test_a_nightly_run_does_not_open_a_desk_that_the_log_does_not_name() -> None:
    """Dates that a job moves between one and two at night are no work of the desk."""
    desk = clerks({"anna": 20}).drop("resource")
    run = desk.with_columns(
        pl.lit("Change Delivery Date").alias("activity"),
        pl.col("case") + 100_000,
        pl.col("time").dt.truncate("1d") + pl.duration(minutes=60 + pl.col("case") % 50),
    )
    found = found_in(flat_log(pl.concat([desk, run])))
    assert found["calendars.office"].value["shifts"] == ["08:00-17:00"]
