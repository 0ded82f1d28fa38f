"""Scenario files as they are written: their schema, and the line of everything in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

# Keys and indices from the top of a file to a value.
Location = tuple[str | int, ...]

# A year of weekly changes four times over; each pair of phases is compared.
MAX_PHASES = 200


def _number_or_word(value: object) -> object:
    # Python counts with True as 1, so a lever of "true" would pass for 1 %.
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("a lever is a number or a word")
    return value


LeverValue = Annotated[float | str, BeforeValidator(_number_or_word)]
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][\w .-]*$")]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Day = Annotated[int, Field(strict=True, ge=-36_500, le=36_500)]
_Money = Annotated[float, Field(strict=True, ge=-1e15, le=1e15, allow_inf_nan=False)]
_Spent = Annotated[float, Field(strict=True, ge=0, le=1e15, allow_inf_nan=False)]
_Rate = Annotated[float, Field(strict=True, ge=0, le=100, allow_inf_nan=False)]
_Years = Annotated[float, Field(strict=True, gt=0, le=50, allow_inf_nan=False)]
_Volume = Annotated[float, Field(strict=True, ge=-90, le=900, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Phase(_Part):
    """What changes on a day, and perhaps ends on another."""

    name: Name | None = Field(
        default=None,
        description="name of the phase; a file that extends this one replaces a phase by its name",
    )
    from_day: Day = Field(
        description="first day of the change, counted from the first measured day (0); negative "
        "in the warm-up"
    )
    until_day: Day | None = Field(
        default=None,
        description="day from which everything is as before again; left out, the change stays",
    )
    ramp_up_days: Annotated[int, Field(strict=True, ge=0, le=3_650)] = Field(
        default=0,
        description="days until the change is complete, in weekly steps; words and choices change "
        "at once",
    )
    ramp_up: Literal["linear", "learning"] = Field(
        default="linear",
        description="linear: the same each week; learning: fast at first, half of what is left in "
        "every quarter of the ramp-up",
    )
    levers: dict[str, LeverValue] = Field(default={}, description="levers of this phase")
    overrides: dict[str, Any] = Field(default={}, description="overrides of this phase")


class Cost(_Part):
    """What the change costs; used by the business case, not by the simulation."""

    one_off: _Spent = Field(default=0.0, description="paid once, in currency")
    one_off_day: Day = Field(
        default=0, description="day on which it is paid, counted from the first measured day"
    )
    per_year: _Money = Field(
        default=0.0, description="running cost, currency a year; negative if it saves"
    )
    life_years: _Years = Field(default=5.0, description="years for which the change is of use")
    discount_rate_pct_per_year: _Rate = Field(
        default=8.0, description="what a year of waiting for money costs, in percent; assumed"
    )


class ScenarioFile(_Part):
    """A scenario as it is written; see ``docs/scenario-files.md``."""

    schema_version: Literal[1] = Field(description="version of this file format")
    name: Name = Field(description="short name, unique among the scenarios of a comparison")
    title: Title = Field(description="headline in reports")
    description: str = Field(default="", description="what it means, for people")
    evidence: str = Field(default="", description="what is known of its effect, and from where")
    extends: Annotated[str, Field(min_length=1, max_length=1_000)] = Field(
        description="what it changes: a company or another scenario, by name or by a file beside "
        "this one; the other scenario's settings come first"
    )
    levers: dict[str, LeverValue] = Field(
        default={}, description="lever to value, in force all the time"
    )
    overrides: dict[str, Any] = Field(
        default={},
        description="path of a parameter to its value, for what no lever covers; in force all the "
        "time, after the levers",
    )
    phases: Annotated[tuple[Phase, ...], Field(max_length=MAX_PHASES)] = Field(
        default=(), description="what changes on a day, in the order in which it begins"
    )
    cost: Cost | None = Field(default=None, description="what the change costs")
    volume_response_pct: _Volume = Field(
        default=0.0,
        description="change of order volume that the change causes, in percent; assumed",
    )
    grid: dict[str, Annotated[list[Any], Field(min_length=1)]] = Field(
        default={}, description="lever or path to a list of values: many scenarios from one file"
    )
    combine: Literal["all", "each"] = Field(
        default="all",
        description="all: every combination of the grid's values; each: one value at a time",
    )


@dataclass(frozen=True, slots=True)
class Places:
    """Where the parts of a scenario are written.

    Parameters
    ----------
    whole
        File name, for what has no line.
    lines
        Location to ``file:line``.
    """

    whole: str
    lines: Mapping[Location, str]

    def of(self, *location: str | int) -> str:
        """Return ``file:line`` of a location, or of the nearest that holds it."""
        for length in range(len(location), 0, -1):
            if (found := self.lines.get(location[:length])) is not None:
                return found
        return self.whole


@dataclass(frozen=True, slots=True)
class WrittenScenario:
    """A scenario file with its lines.

    Parameters
    ----------
    file
        What it says.
    places
        Where.
    chain
        What it extends, and what that extends, as it is written; the company last.
    """

    file: ScenarioFile
    places: Places
    chain: tuple[str, ...] = ()
