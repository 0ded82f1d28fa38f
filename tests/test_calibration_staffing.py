"""Who works when: calendars, people and their work recovered from logs of known companies."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from staffed_company import MONDAY, SHORT_DAY, company, flat_log, staffed

from mining.calibration.adoption import adopt, value_of
from mining.calibration.estimate import Estimate, Source
from mining.calibration.human_work import human_work, role_of_title
from mining.calibration.presence import heads
from mining.calibration.staffing import ESTIMATORS, calendar, estimate_staffing
from mining.calibration.weekly_hours import WeeklyHours
from o2c_sim import EventLog, Window, load_company, simulate


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
