"""From the model's calendars to the engine's."""

from __future__ import annotations

from o2c_sim.engine import Clock, RunCalendar, WorkingCalendar
from o2c_sim.engine.calendar import shifts_calendar
from o2c_sim.model.calendars import CalendarModel, RunModel, minutes_of_day
from o2c_sim.model.section import WEEKDAYS


def working_calendar(model: CalendarModel, clock: Clock) -> WorkingCalendar:
    """Return the engine's form of a working calendar."""
    shifts = [
        (minutes_of_day(first.strip()), minutes_of_day(last.strip()))
        for first, _, last in (shift.partition("-") for shift in model.shifts)
    ]
    return shifts_calendar(
        clock,
        [WEEKDAYS.index(day) for day in model.days],
        shifts,
        [(holiday - clock.start_date).days for holiday in model.holidays],
    )


def run_calendar(model: RunModel, clock: Clock) -> RunCalendar:
    """Return the engine's form of a batch job's calendar."""
    return RunCalendar(
        clock,
        [WEEKDAYS.index(day) for day in model.days],
        [minutes_of_day(time) for time in model.times],
    )
