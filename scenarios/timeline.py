"""From the phases of a scenario to the company on each day of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from o2c_sim import CompanyModel, ModelChange, ModelError, Problem, ScenarioError, parameters
from o2c_sim.change import in_force
from scenarios.application import VOLUME, Place, Settings, changed, settings_of
from scenarios.course import Course, is_dated
from scenarios.phases import days_of
from scenarios.scenario_checks import end_of, phase_text
from scenarios.scenario_file import Location, Phase, Places


@dataclass(frozen=True, slots=True)
class Step:
    """The company from a day on.

    Parameters
    ----------
    day
        Counted from the first measured day; negative in the warm-up.
    model
        The company from local midnight of that day until the next step.
    """

    day: int
    model: CompanyModel


@dataclass(frozen=True, slots=True)
class PhaseSetting:
    """What a phase makes of one setting.

    Parameters
    ----------
    phase
        The phase.
    location
        ``("levers", name)``, ``("overrides", path)`` or the volume response.
    before, target
        The values on the day before the phase begins and when it is complete.
    """

    phase: Phase
    location: Location
    before: Any
    target: Any


@dataclass(frozen=True, slots=True)
class Timeline:
    """The company in time: steps in order, and what each phase sets."""

    steps: tuple[Step, ...]
    settings: tuple[PhaseSetting, ...]


def timeline(
    phases: Sequence[Phase],
    baseline: CompanyModel,
    steady: Settings,
    model: CompanyModel,
    source: str,
    places: Places,
    *,
    warm_up_days: int,
    volume_response_pct: float = 0.0,
) -> Timeline:
    """Return the company from each day on which phases change it.

    Parameters
    ----------
    phases
        In the order in which they begin; no two set the same thing at the same time.
    baseline
        The company as it is.
    steady
        What is set all the time.
    model
        The company with that.
    source
        What changes it; becomes the provenance of the values.
    places
        Where it is written.
    warm_up_days
        Days of a run before the first measured day, for what comes on a date.
    volume_response_pct
        Change of order volume that comes with the first phase, in percent.

    Raises
    ------
    ScenarioError
        If the company does not allow a value, or a phase changes nothing.
    """
    courses = [
        Course(phase, settings_of(phase.levers, phase.overrides), number)
        for number, phase in enumerate(phases)
    ]
    if phases and volume_response_pct:
        courses.append(_volume_course(phases, volume_response_pct))
    days = sorted({day for course in courses for day in days_of(course.phase)})

    def company(settings: Settings, day: int) -> CompanyModel:
        if settings == steady:
            return model
        place, dates = _place(courses, places, day), _dates(courses, day, warm_up_days)
        return changed(baseline, settings, source, place, dates)

    settings, current = dict(steady), model
    steps: list[Step] = []
    for day in days:
        begun = [course for course in courses if course.phase.from_day < day]
        beginning = [course for course in courses if course.phase.from_day == day]
        rest = _set_by(begun, steady, day)
        for course in beginning:
            now = current if VOLUME not in settings else company(_without_volume(settings), day)
            then = company(_without_volume({**rest, **course.targets}), day)
            course.begin(settings, now, then)
        settings = _set_by([*begun, *beginning], steady, day)
        following = company(settings, day)
        if following is not current and _differ(following, current):
            steps.append(Step(day, following))
            current = following
    if problems := list(_unchangeable(model, steps, phases, warm_up_days, places)):
        raise ScenarioError(problems)
    idle = [course for course in courses if course.idle()]
    if idle:
        raise ScenarioError(
            Problem(
                f"{phase_text(course.phase)} changes nothing: {course.why_idle()}",
                where=places.of("phases", course.number),
            )
            for course in idle
        )
    return Timeline(
        tuple(steps),
        tuple(
            PhaseSetting(course.phase, location, course.before[location], target)
            for course in courses
            for location, target in course.targets.items()
        ),
    )


def _set_by(courses: Iterable[Course], steady: Settings, day: int) -> dict[Location, Any]:
    """Return what is set on a day: all the time, then by phases."""
    settings = dict(steady)
    for course in courses:
        settings |= course.on(day)
    return settings


def _differ(one: CompanyModel, other: CompanyModel) -> bool:
    """Return whether a value differs; where it comes from does not matter."""
    values = ({path: p.value for path, p in parameters(model)} for model in (one, other))
    return next(values) != next(values)


def _without_volume(settings: Settings) -> dict[Location, Any]:
    return {at: value for at, value in settings.items() if at != VOLUME}


def _volume_course(phases: Sequence[Phase], pct: float) -> Course:
    """Return the volume response: it comes with the first phase and goes with the last."""
    end = max(map(end_of, phases))
    phase = phases[0].model_copy(update={"until_day": None if end == inf else int(end)})
    return Course(phase, {VOLUME: pct}, 0)


def _unchangeable(
    model: CompanyModel,
    steps: Sequence[Step],
    phases: Sequence[Phase],
    warm_up_days: int,
    places: Places,
) -> Iterator[Problem]:
    """Yield what phases set although it cannot change during a run."""
    # After the first day and in order; what matters here is that they are changes.
    dated = [ModelChange(warm_up_days + step.day + 1, step.model) for step in steps]
    try:
        in_force(model, dated, dated[-1].day + 1 if dated else 1)
    except ModelError as error:
        for path in dict.fromkeys(problem.where for problem in error.problems):
            number = next((n for n, phase in enumerate(phases) if path in phase.overrides), None)
            at = ("phases", number, "overrides", path) if number is not None else ("phases",)
            yield Problem(
                f"{path}: cannot change during a run",
                where=places.of(*at),
                allowed="one value for the whole run",
                suggestion="overrides outside the phases, which hold all the time",
            )


def _dates(courses: Sequence[Course], day: int, warm_up_days: int) -> dict[str, int]:
    """Return the levers of the phases in force on a day, with the day of the run they began on."""
    return {
        str(at[1]): warm_up_days + course.phase.from_day
        for course in courses
        for at in course.targets
        if is_dated(at) and course.in_force(day)
    }


def _place(courses: Sequence[Course], places: Places, day: int) -> Place:
    """Return where each setting in force on a day is written."""

    def place(location: Location) -> str:
        for course in courses:
            if location in course.targets and course.in_force(day):
                return places.of("phases", course.number, *location)
        return places.of(*location)

    return place
