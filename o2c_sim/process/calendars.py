"""From the model's calendars to the engine's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from o2c_sim.engine import Clock, RunCalendar, WorkingCalendar
from o2c_sim.engine.calendar import Interval, shift_intervals
from o2c_sim.engine.clock import HOUR
from o2c_sim.engine.runs import LAST
from o2c_sim.model.calendars import CalendarModel, RunModel, minutes_of_day
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.people import SystemsModel
from o2c_sim.model.section import WEEKDAYS


def working_calendar(
    model: CalendarModel, clock: Clock, closed: Iterable[Interval] = ()
) -> WorkingCalendar:
    """Return the engine's form of a working calendar, less the *closed* intervals (seconds)."""
    return WorkingCalendar(shift_hours(model, clock), closed)


def working_calendars(model: CompanyModel, clock: Clock) -> dict[str, WorkingCalendar]:
    """Return the company's calendars by name, closed while the systems are down."""
    closed = outages(model.systems, clock)
    return {
        name: working_calendar(calendar, clock, closed)
        for name, calendar in model.calendars.items()
    }


def run_calendar(model: RunModel, clock: Clock, closed: Iterable[Interval] = ()) -> RunCalendar:
    """Return the engine's form of a batch job's calendar; *closed* delays runs (seconds)."""
    return RunCalendar(
        clock,
        [WEEKDAYS.index(day) for day in model.days],
        [minutes_of_day(time) for time in model.times],
        closed,
        [LAST if day == "last" else day for day in model.month_days],
    )


def system_run(model: RunModel, company: CompanyModel, clock: Clock) -> RunCalendar:
    """Return the calendar of a batch job of the company's systems: it waits while they are down."""
    return run_calendar(model, clock, outages(company.systems, clock))


def outages(model: SystemsModel, clock: Clock) -> list[Interval]:
    """Return when the systems are down, in seconds of simulation time."""
    found = []
    for outage in model.outages.value:
        day = (outage.start.date() - clock.start_date).days
        start = clock.at(day, outage.start.hour * 60 + outage.start.minute) + outage.start.second
        found.append((start, start + outage.hours * HOUR))
    return found


def system_hours(model: CompanyModel, clock: Clock) -> WorkingCalendar | None:
    """Return when the systems are up; None for always."""
    closed = outages(model.systems, clock)
    always = [(0.0, float("inf"))]
    return WorkingCalendar(lambda year: [] if year else always, closed) if closed else None


def shift_hours(model: CalendarModel, clock: Clock) -> Callable[[int], Sequence[Interval]]:
    """Return the open intervals of a calendar by year, in seconds."""
    shifts = [
        (minutes_of_day(first.strip()), minutes_of_day(last.strip()))
        for first, _, last in (shift.partition("-") for shift in model.shifts)
    ]
    return shift_intervals(
        clock,
        [WEEKDAYS.index(day) for day in model.days],
        shifts,
        [(holiday - clock.start_date).days for holiday in model.holidays],
    )
