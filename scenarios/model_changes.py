"""What a scenario changes in a company's model, path by path and day by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from o2c_sim import CompanyModel, parameters
from scenarios.phases import when_text
from scenarios.scenario import Scenario
from scenarios.scenario_checks import end_of


@dataclass(frozen=True, slots=True)
class PathChange:
    """One value of a model before and after.

    Parameters
    ----------
    path
        Path of the parameter; inside a value of several parts, on to the part that differs.
    before, after
        As text; ``none`` where there is no such part.
    """

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DatedChanges:
    """What is other than before from a day on.

    Parameters
    ----------
    day
        Counted from the first measured day; None for all the time.
    when
        The same in words.
    changes
        The values that differ from those of the day before.
    as_before
        Whether everything is from then on as it is all the time.
    """

    day: int | None
    when: str
    changes: tuple[PathChange, ...]
    as_before: bool


def path_changes(before: CompanyModel, after: CompanyModel) -> tuple[PathChange, ...]:
    """Return the values that differ between two models of a company, in the model's order."""
    old, new = dict(parameters(before)), dict(parameters(after))
    found = []
    for path in new:
        if path not in old or old[path].value == new[path].value:
            continue
        was, becomes = (
            dict(_parts(parameter.model_dump(by_alias=True, exclude_none=True)["value"], path))
            if parameter.value is not None
            else {}
            for parameter in (old[path], new[path])
        )
        found += [
            PathChange(part, was.get(part, "none"), becomes.get(part, "none"))
            for part in dict.fromkeys((*was, *becomes))
            if was.get(part) != becomes.get(part)
        ]
    return tuple(found)


def dated_changes(scenario: Scenario) -> tuple[DatedChanges, ...]:
    """Return what a scenario changes all the time, then where its phases begin, rest and end.

    The weekly steps of a ramp-up are left out: of a phase there are the day from which it is
    complete and the day from which it is over.
    """
    steady = path_changes(scenario.baseline, scenario.model)
    found = [DatedChanges(None, "all the time", steady, as_before=False)] if steady else []
    days: dict[int, list[str]] = {}
    for phase in scenario.file.phases:
        label = phase.name or "phase"
        complete = phase.from_day + phase.ramp_up_days
        days.setdefault(phase.from_day, []).append(f"{label}: {when_text(phase)}")
        if phase.from_day < complete < end_of(phase):
            days.setdefault(complete, []).append(f"{label}: complete on day {complete}")
        if phase.until_day is not None:
            days.setdefault(phase.until_day, []).append(f"{label}: over on day {phase.until_day}")
    last = scenario.model
    for day, events in sorted(days.items()):
        model = _model_on(scenario, day)
        changes = path_changes(last, model)
        if changes:
            as_before = model == scenario.model
            found.append(DatedChanges(day, "; ".join(events), changes, as_before))
        last = model
    return tuple(found)


def _model_on(scenario: Scenario, day: int) -> CompanyModel:
    past = [step.model for step in scenario.steps if step.day <= day]
    return past[-1] if past else scenario.model


def _parts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a value with their paths; a list of single values is one part."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _parts(item, f"{path}.{key}")
    elif isinstance(value, list | tuple) and any(isinstance(v, Mapping | list) for v in value):
        for number, item in enumerate(value, 1):
            yield from _parts(item, f"{path}.{number}")
    elif isinstance(value, list | tuple):
        if value:
            yield path, ", ".join(map(_text, value))
    else:
        yield path, _text(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else str(value)
