"""When people work and when batch jobs run."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from o2c_sim.model.section import Section, Weekday

# No month lacks one of these; what is later in the month is its last day.
MonthDay = Annotated[int, Field(ge=1, le=28)] | Literal["last"]
_CLOCK = re.compile(r"^([01]\d|2[0-4]):([0-5]\d)$")


def minutes_of_day(text: str) -> int:
    """Return the minutes since midnight of ``HH:MM`` (``24:00`` is the end of the day).

    Raises
    ------
    ValueError
        If *text* is not a time of day.
    """
    match = _CLOCK.match(text) if isinstance(text, str) else None
    minutes = int(match[1]) * 60 + int(match[2]) if match else 1_441
    if minutes > 1_440:
        raise ValueError(f"{text!r} is not a time of day; write HH:MM in quotes, such as '08:30'")
    return minutes


class CalendarModel(Section):
    """When people work: the same shifts on each working day, except on holidays."""

    days: tuple[Weekday, ...] = Field(
        min_length=1, description="working weekdays; nobody works on the others"
    )
    shifts: tuple[str, ...] = Field(
        min_length=1, description="'HH:MM-HH:MM' in local time, not overlapping"
    )
    holidays: tuple[dt.date, ...] = Field(
        default=(), description="days off, YYYY-MM-DD; work waits until the next working day"
    )

    @field_validator("shifts")
    @classmethod
    def _shifts_in_order(cls, shifts: tuple[str, ...]) -> tuple[str, ...]:
        end = -1
        for shift in shifts:
            first, dash, last = shift.partition("-")
            if not dash:
                raise ValueError(f"{shift!r} is not a shift; write 'HH:MM-HH:MM'")
            opens, closes = minutes_of_day(first.strip()), minutes_of_day(last.strip())
            if opens >= closes:
                raise ValueError(f"shift {shift!r} does not end after it starts")
            if opens < end:
                raise ValueError(f"shift {shift!r} overlaps the one before it")
            end = closes
        return shifts


class RunModel(Section):
    """When a batch job runs, in local time."""

    days: tuple[Weekday, ...] = Field(
        default=(), description="weekdays on which the job runs; left out if month_days is given"
    )
    month_days: tuple[MonthDay, ...] = Field(
        default=(),
        description="days of the month on which the job runs, 1 to 28 or 'last', whatever the "
        "weekday",
    )
    times: tuple[str, ...] = Field(
        min_length=1,
        description="'HH:MM', local time of each run; more runs a day mean less waiting for one",
    )

    @model_validator(mode="after")
    def _some_day(self) -> RunModel:
        if bool(self.days) == bool(self.month_days):
            raise ValueError("give either days (weekdays) or month_days, with at least one day")
        return self

    @field_validator("times")
    @classmethod
    def _times_of_day(cls, times: tuple[str, ...]) -> tuple[str, ...]:
        for time in times:
            if minutes_of_day(time) == 1_440:
                raise ValueError("'24:00' is not a run time; write '00:00' of the next day")
        return tuple(sorted(times))
