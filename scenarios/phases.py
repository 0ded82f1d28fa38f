"""Phases in time: their days, how far a ramp-up has come, and the values on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scenarios.scenario_checks import end_of
from scenarios.scenario_file import Phase

STEP_DAYS = 7
# So many halvings does a learning curve make in its ramp-up; what is left is done at its end.
_HALVINGS = 4


def days_of(phase: Phase) -> Iterator[int]:
    """Yield the days on which a phase changes something."""
    yield phase.from_day
    ramp = phase.ramp_up_days
    yield from (phase.from_day + day for day in range(STEP_DAYS, ramp, STEP_DAYS))
    if phase.from_day + ramp < end_of(phase):
        yield phase.from_day + ramp
    if phase.until_day is not None:
        yield phase.until_day


def part_done(phase: Phase, day: int) -> float:
    """Return how much of a phase's change is in force on a day, 0 to 1.

    It grows in steps of a week: linearly, or as a learning curve, 1 - 2^(-t / half) with a half of
    a quarter of the ramp-up, which is complete at its end.
    """
    since = day - phase.from_day
    if since >= phase.ramp_up_days:
        return 1.0
    t = since // STEP_DAYS * STEP_DAYS
    if phase.ramp_up == "linear":
        return t / phase.ramp_up_days
    return float(1 - 2.0 ** (-t * _HALVINGS / phase.ramp_up_days))


def when_text(phase: Phase) -> str:
    """Return a phase's days in words, such as ``from day 30, over 60 days``."""
    text = f"from day {phase.from_day}"
    if phase.until_day is not None:
        text += f" until day {phase.until_day}"
    if phase.ramp_up_days:
        how = "learning " if phase.ramp_up == "learning" else ""
        text += f", {how}over {phase.ramp_up_days} days"
    return text


def alike(before: Any, target: Any) -> bool:
    """Return whether two values differ in numbers only, so that one can move to the other."""
    if isinstance(before, Mapping) and isinstance(target, Mapping):
        return before.keys() == target.keys() and all(
            alike(before[key], item) for key, item in target.items()
        )
    if isinstance(before, list | tuple) and isinstance(target, list | tuple):
        return len(before) == len(target) and all(map(alike, before, target))
    if _number(before) and _number(target):
        return True
    return bool(before == target)


def between(before: Any, target: Any, part: float) -> Any:
    """Return the value a part (0 to 1) of the way from one to another; see :func:`alike`."""
    if isinstance(target, Mapping):
        return {key: between(before[key], item, part) for key, item in target.items()}
    if isinstance(target, list | tuple):
        return [between(b, item, part) for b, item in zip(before, target, strict=True)]
    if isinstance(target, bool) or not isinstance(target, int | float):
        return target
    value = before + (target - before) * part
    return round(value) if isinstance(before, int) and isinstance(target, int) else value


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
