"""What is wrong with a scenario file, as far as it can be told without its company."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any

from pydantic import ValidationError

from o2c_sim import Problem
from o2c_sim.errors import did_you_mean
from scenarios.levers import LEVERS, setting_problems
from scenarios.scenario_file import MAX_PHASES, Location, Phase, Places

MAX_COMBINATIONS = 10_000


def file_problems(tree: Mapping[str, Any], places: Places) -> list[Problem]:
    """Return what the schema cannot say of a file: levers, phases in time, the grid.

    Parameters
    ----------
    tree
        The file's content, right or wrong; what is not of the right kind is left to the schema.
    places
        Its lines.
    """
    problems = list(_lever_problems(tree.get("levers"), ("levers",), places))
    phases: list[tuple[Phase, int]] = []
    raw = tree.get("phases")
    for number, item in enumerate(raw[:MAX_PHASES] if isinstance(raw, list) else ()):
        if isinstance(item, Mapping):
            at = ("phases", number, "levers")
            problems += _lever_problems(item.get("levers"), at, places)
        try:
            phases.append((Phase.model_validate(item), number))
        except ValidationError:
            continue
    problems += _time_problems(phases, places)
    problems += overlap_problems([phase for phase, _ in phases], [n for _, n in phases], places)
    problems += _grid_problems(tree, phases, places)
    return problems


def overlap_problems(
    phases: Sequence[Phase], numbers: Sequence[int], places: Places
) -> Iterator[Problem]:
    """Yield each lever or path that two phases set at the same time.

    Parameters
    ----------
    phases
        In the order in which they begin.
    numbers
        Their places in the list of phases.
    places
        The lines.
    """
    for later, phase in enumerate(phases):
        for earlier, other in enumerate(phases[:later]):
            if phase.from_day >= end_of(other) or other.from_day >= end_of(phase):
                continue
            for kind in ("levers", "overrides"):
                for name in getattr(phase, kind):
                    if name not in getattr(other, kind):
                        continue
                    yield Problem(
                        f"{name}: {phase_text(phase)} and {phase_text(other)} set it at the same "
                        "time",
                        where=places.of("phases", numbers[later], kind, name),
                        allowed="one phase at a time; the other is written at "
                        + places.of("phases", numbers[earlier], kind, name),
                        suggestion=f"until_day: {phase.from_day} in the earlier phase",
                    )


def end_of(phase: Phase) -> float:
    """Return the day from which a phase is over; infinity if it stays."""
    return inf if phase.until_day is None else phase.until_day


def phase_text(phase: Phase) -> str:
    """Return a phase's name and days in words."""
    days = f"the phase from day {phase.from_day}"
    if phase.until_day is not None:
        days += f" until day {phase.until_day}"
    return f"phase {phase.name!r}" if phase.name else days


def _lever_problems(levers: Any, at: Location, places: Places) -> Iterator[Problem]:
    for name, value in levers.items() if isinstance(levers, Mapping) else ():
        # What is neither a number nor a word is refused by the schema.
        if isinstance(name, str) and isinstance(value, int | float | str):
            if isinstance(value, bool):
                continue
            yield from setting_problems({name: value}, places.of(*at, name))


def _time_problems(phases: Sequence[tuple[Phase, int]], places: Places) -> Iterator[Problem]:
    names: dict[str, int] = {}
    last: int | None = None
    for phase, number in phases:
        if last is not None and phase.from_day < last:
            yield Problem(
                f"from_day: {phase.from_day} is before the phase above, which begins on day {last}",
                where=places.of("phases", number, "from_day"),
                allowed="phases in the order in which they begin",
            )
        last = phase.from_day
        if phase.until_day is not None and phase.until_day <= phase.from_day:
            yield Problem(
                f"until_day: {phase.until_day} is not after from_day: {phase.from_day}",
                where=places.of("phases", number, "until_day"),
                allowed=f"{phase.from_day + 1} or later",
            )
        elif phase.until_day is not None and phase.ramp_up_days > phase.until_day - phase.from_day:
            yield Problem(
                f"ramp_up_days: {phase.ramp_up_days} is longer than the phase",
                where=places.of("phases", number, "ramp_up_days"),
                allowed=f"at most {phase.until_day - phase.from_day} days",
            )
        if not phase.levers and not phase.overrides:
            yield Problem(
                f"{phase_text(phase)} changes nothing",
                where=places.of("phases", number),
                allowed="levers or overrides in every phase",
            )
        if phase.name is not None and phase.name in names:
            yield Problem(
                f"two phases are called {phase.name!r}",
                where=places.of("phases", number, "name"),
                allowed="a name of its own for each phase",
            )
        if phase.name is not None:
            names[phase.name] = number


def _grid_problems(
    tree: Mapping[str, Any], phases: Sequence[tuple[Phase, int]], places: Places
) -> Iterator[Problem]:
    grid = tree.get("grid")
    if not isinstance(grid, Mapping) or not grid:
        if "combine" in tree:
            yield Problem("combine: there is no grid to combine", where=places.of("combine"))
        return
    combinations = 1
    for name, values in grid.items():
        if not isinstance(values, list) or not isinstance(name, str):
            continue
        combinations *= max(1, len(values))
        if len(values) <= MAX_COMBINATIONS:
            yield from _value_problems(name, values, places)
        if any(name in phase.levers or name in phase.overrides for phase, _ in phases):
            yield Problem(
                f"{name}: a phase sets what the grid varies",
                where=places.of("grid", name),
                allowed="in a grid, what is in force all the time",
                suggestion="a scenario file for each value",
            )
    if tree.get("combine", "all") == "each":
        combinations = sum(len(v) for v in grid.values() if isinstance(v, list))
    if combinations > MAX_COMBINATIONS:
        yield Problem(
            f"grid: {combinations:,} scenarios",
            where=places.of("grid"),
            allowed=f"at most {MAX_COMBINATIONS:,}",
            suggestion="fewer values, or combine: each",
        )


def _value_problems(name: str, values: list[Any], places: Places) -> Iterator[Problem]:
    where = places.of("grid", name)
    if name not in LEVERS and "." not in name:
        yield Problem(
            f"unknown lever {name!r}",
            where=where,
            allowed="a lever, or the path of a parameter",
            suggestion=did_you_mean(name, LEVERS) or "o2c schema levers",
        )
        return
    for number, value in enumerate(values):
        at = places.of("grid", name, number)
        if any(value == other for other in values[:number]):
            yield Problem(f"{name}: {_brief(value)} stands twice in the grid", where=at)
        if name not in LEVERS:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            allowed = LEVERS[name].allowed
            yield Problem(f"{name}: a lever is a number or a word", where=at, allowed=allowed)
        else:
            yield from setting_problems({name: value}, at)


def _brief(value: Any) -> str:
    return repr(value) if isinstance(value, int | float | str) else "a value"
