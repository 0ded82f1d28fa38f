"""Scenarios: what would change, in business words, on top of a company."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from o2c_sim import (
    CompanyModel,
    Problem,
    ScenarioError,
    ToolkitError,
    load_company,
    reference_names,
)
from scenarios.application import VOLUME, Settings, changed, settings_of, value_before
from scenarios.comparison import LeverSetting
from scenarios.grid import expanded
from scenarios.inheritance import read_scenario, scenario_names
from scenarios.levers import LEVERS
from scenarios.phases import when_text
from scenarios.scenario_checks import phase_text
from scenarios.scenario_file import Location, Places, ScenarioFile, WrittenScenario
from scenarios.timeline import PhaseSetting, Step, Timeline, timeline

if TYPE_CHECKING:
    from o2c_sim import ModelChange, Window

__all__ = [
    "Scenario",
    "ScenarioFile",
    "apply",
    "load_scenario",
    "load_scenarios",
    "rebased",
    "scenario_names",
]

# A grid of which every point is wrong need not say so ten thousand times.
_PROBLEMS_SHOWN = 20
# Of a scenario that is looked at and not run; the default window's.
_WARM_UP_DAYS = 150


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario ready to run.

    Parameters
    ----------
    name, title, description
        For people.
    file
        All that it says, with what it extends.
    baseline
        The company it changes.
    model
        The company with what is in force all the time.
    settings
        What it changes, with before and after; of phases also when.
    steps
        The company from each day on which a phase changes it, in the default window; a run takes
        :meth:`changes`.
    places
        The lines of its file.
    """

    name: str
    title: str
    description: str
    file: ScenarioFile
    baseline: CompanyModel
    model: CompanyModel
    settings: tuple[LeverSetting, ...]
    steps: tuple[Step, ...] = ()
    places: Places = field(default_factory=lambda: Places("", {}))

    def changes(self, window: Window) -> tuple[ModelChange, ...]:
        """Return the changes of the company in a run.

        Parameters
        ----------
        window
            Of the run; phases count from its first measured day.

        Raises
        ------
        ScenarioError
            If a phase begins before the run, or when it is over.
        """
        from o2c_sim import ModelChange

        problems = list(self._outside(window))
        if problems:
            raise ScenarioError(problems)
        steps = self.steps
        if any(LEVERS[name].write_on for phase in self.file.phases for name in phase.levers):
            # What happens on a date needs the run's own days.
            warm_up = window.warm_up_days
            steps = _timeline(self.file, self.baseline, self.model, self.places, warm_up).steps
        days = [(window.warm_up_days + step.day, step.model) for step in steps]
        return tuple(ModelChange(day, model) for day, model in days if day < window.days)

    def _outside(self, window: Window) -> list[Problem]:
        last = window.measured_days + window.cool_down_days - 1
        found = []
        for number, phase in enumerate(self.file.phases):
            where = self.places.of("phases", number, "from_day")
            if phase.from_day < -window.warm_up_days:
                found.append(
                    Problem(
                        f"{phase_text(phase)} begins on day {phase.from_day}, before the run",
                        where=where,
                        allowed=f"day {-window.warm_up_days} (the warm-up) or later",
                        suggestion=f"a warm-up of {-phase.from_day} days",
                    )
                )
            elif phase.from_day > last:
                found.append(
                    Problem(
                        f"{phase_text(phase)} begins on day {phase.from_day}, after the run",
                        where=where,
                        allowed=f"day {last} (the end of the cool-down) or earlier",
                        suggestion="more measured days",
                    )
                )
        return found


def load_scenario(source: Path | str, *, extends: str | None = None) -> Scenario:
    """Load one scenario and apply it to its company.

    Parameters
    ----------
    source
        A YAML file or the name of a shipped scenario (:func:`scenario_names`).
    extends
        Another company instead of the one the scenario names.

    Raises
    ------
    ScenarioError
        If the scenario is wrong, every problem at once; if the company does not allow a value; if
        the file is a grid.
    ModelError
        If the company is wrong.
    """
    written = read_scenario(source, extends)
    if written.file.grid:
        raise ScenarioError(
            Problem(
                "the file is a grid of many scenarios",
                where=written.places.of("grid"),
                allowed="one scenario",
                suggestion="o2c sweep, which takes grids",
            )
        )
    return _applied(written, _company(written.file.extends))


def load_scenarios(source: Path | str, *, extends: str | None = None) -> tuple[Scenario, ...]:
    """Load all scenarios of a file: several if it has a grid, else one; see :func:`load_scenario`.

    Raises
    ------
    ScenarioError, ModelError
        As :func:`load_scenario`.
    """
    written = read_scenario(source, extends)
    baseline = _company(written.file.extends)
    found: list[Scenario] = []
    problems: dict[Problem, None] = {}
    for one in expanded(written):
        try:
            found.append(_applied(one, baseline))
        except ToolkitError as error:
            problems |= dict.fromkeys(error.problems)
        if len(problems) >= _PROBLEMS_SHOWN:
            break
    if problems:
        raise ScenarioError(problems)
    return tuple(found)


def rebased(scenario: Scenario, baseline: CompanyModel) -> Scenario:
    """Return the scenario as it changes another company."""
    return apply(scenario.file, baseline, scenario.name, scenario.places)


def apply(
    file: ScenarioFile, baseline: CompanyModel, where: str, places: Places | None = None
) -> Scenario:
    """Apply a scenario to a company.

    Parameters
    ----------
    file
        What is to change; a grid in it is left aside.
    baseline
        The company.
    where
        File name for messages.
    places
        Lines of the file for messages, if there are any.

    Raises
    ------
    ScenarioError
        If the company does not allow a value.
    """
    places = places or Places(where, {})
    steady = _steady(file)
    model = changed(baseline, steady, file.name, lambda at: places.of(*at))
    earliest = min((phase.from_day for phase in file.phases), default=0)
    course = _timeline(file, baseline, model, places, max(_WARM_UP_DAYS, -earliest))
    settings = [_setting(at, value_before(baseline, at), value) for at, value in steady.items()]
    settings += [_phase_setting(item) for item in course.settings]
    return Scenario(
        name=file.name,
        title=file.title,
        description=file.description,
        file=file,
        baseline=baseline,
        model=model,
        settings=tuple(settings),
        steps=course.steps,
        places=places,
    )


def _company(source: str) -> CompanyModel:
    return _reference(source) if source in reference_names() else load_company(source)


@functools.cache
def _reference(name: str) -> CompanyModel:
    # A reference company does not change, and many scenarios are loaded on the same one.
    return load_company(name)


def _applied(written: WrittenScenario, baseline: CompanyModel) -> Scenario:
    return apply(written.file, baseline, written.places.whole, written.places)


def _timeline(
    file: ScenarioFile,
    baseline: CompanyModel,
    model: CompanyModel,
    places: Places,
    warm_up_days: int,
) -> Timeline:
    steady = _steady(file)
    return timeline(
        file.phases,
        baseline,
        steady,
        model,
        file.name,
        places,
        warm_up_days=warm_up_days,
        volume_response_pct=0.0 if VOLUME in steady else file.volume_response_pct,
    )


def _steady(file: ScenarioFile) -> Settings:
    """Return what is in force all the time.

    The volume response comes with the change: with the first phase, if there are only phases.
    """
    steady = settings_of(file.levers, file.overrides)
    if steady or not file.phases:
        return settings_of(file.levers, file.overrides, file.volume_response_pct)
    return steady


def _setting(at: Location, before: Any, after: Any, when: str = "") -> LeverSetting:
    shown = f"{_shown(after)} {when}".rstrip()
    name = str(at[-1])
    if at == VOLUME:
        label, unit, source = "Change of order volume that the change causes", "%", "assumed"
    elif at[0] == "levers":
        lever = LEVERS[name]
        label, unit, source = lever.label, lever.unit, lever.evidence
    else:
        return LeverSetting(name, name, "", _old(before), shown, "set directly")
    return LeverSetting(name, label, unit, _shown(before), shown, source)


def _phase_setting(item: PhaseSetting) -> LeverSetting:
    return _setting(item.location, item.before, item.target, when_text(item.phase))


def _old(value: Any) -> str:
    """Return a value of an override before it is set: what is long would not fit a table."""
    return _shown(value) if isinstance(value, int | float | str) else "as in the company"


def _shown(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return f"{value:g}"
