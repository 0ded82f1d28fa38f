"""Several scenarios at once, as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from o2c_sim import Problem, ScenarioError, fingerprint
from scenarios.levers import LEVERS, changes
from scenarios.scenario import Scenario, apply
from scenarios.scenario_checks import overlap_problems
from scenarios.scenario_file import Cost, Location, Phase, Places


def combine_scenarios(scenarios: Sequence[Scenario]) -> Scenario:
    """Return one scenario that does all that several do.

    Costs add up; volume responses multiply. The name is theirs, joined by ``+``.

    Parameters
    ----------
    scenarios
        Of the same company.

    Raises
    ------
    ScenarioError
        If they change different companies; with everything that two of them set to different
        values, in phases or all the time.
    """
    if not scenarios:
        raise ScenarioError(Problem("nothing to combine", suggestion="name at least one scenario"))
    first = scenarios[0]
    if len(scenarios) == 1:
        return first
    problems = [
        Problem(
            f"scenario {s.name!r} changes the company {s.baseline.name!r}, not "
            f"{first.baseline.name!r}"
        )
        for s in scenarios
        if fingerprint(s.baseline) != fingerprint(first.baseline)
    ]
    if problems:
        raise ScenarioError(problems)
    for one, other in combinations(scenarios, 2):
        problems += _conflicts(one, other)
    phases, places = _phases(scenarios)
    problems += overlap_problems(phases, range(len(phases)), places)
    if problems:
        raise ScenarioError(problems)
    levers: dict[str, Any] = {}
    overrides: dict[str, Any] = {}
    volume = 1.0
    for scenario in scenarios:
        levers |= scenario.file.levers
        overrides |= scenario.file.overrides
        volume *= 1 + scenario.file.volume_response_pct / 100
    file = first.file.model_copy(
        update={
            "name": " + ".join(s.name for s in scenarios),
            "title": " + ".join(s.title for s in scenarios),
            "description": " ".join(s.description.strip() for s in scenarios).strip(),
            "evidence": " ".join(s.file.evidence.strip() for s in scenarios).strip(),
            "levers": levers,
            "overrides": overrides,
            "phases": phases,
            "cost": _cost(scenarios),
            "volume_response_pct": round(100 * (volume - 1), 9),
        }
    )
    return apply(file, first.baseline, file.name, places)


def _conflicts(one: Scenario, other: Scenario) -> Iterable[Problem]:
    """Yield each setting that two scenarios make differently, one of them perhaps in a phase."""
    for name, value in _steady(one).items():
        if name in _steady(other) and _steady(other)[name] != value:
            yield _twice(one, other, name, ": it is set to different values")
    for steady, phased in ((one, other), (other, one)):
        for phase in phased.file.phases:
            for name in (*phase.levers, *phase.overrides):
                if name in _steady(steady):
                    yield _twice(steady, phased, name, ": set all the time, and in a phase")
    for lever, path in ((one, other), (other, one)):
        written = changes(lever.baseline, lever.file.levers, lever.name)
        for name in written.keys() & path.file.overrides.keys():
            if name not in lever.file.overrides:
                yield _twice(lever, path, name, ": set by a lever, and directly")


def _steady(scenario: Scenario) -> Mapping[str, Any]:
    return {**scenario.file.levers, **scenario.file.overrides}


def _twice(one: Scenario, other: Scenario, name: str, how: str) -> Problem:
    places = ", ".join(sorted({_place(one, name), _place(other, name)}))
    return Problem(
        f"{name}{how} in the scenarios {one.name!r} and {other.name!r}",
        where=places,
        allowed="scenarios that agree on what both set",
    )


def _place(scenario: Scenario, name: str) -> str:
    kind = "levers" if name in LEVERS else "overrides"
    candidates: list[Location] = [(kind, name)]
    candidates += [("phases", n, kind, name) for n in range(len(scenario.file.phases))]
    found = [at for at in candidates if at in scenario.places.lines]
    return scenario.places.of(*found[0]) if found else scenario.places.whole or scenario.name


def _phases(scenarios: Sequence[Scenario]) -> tuple[tuple[Phase, ...], Places]:
    """Return all phases in the order in which they begin, and the lines of all scenarios."""
    owned = [(s, number, phase) for s in scenarios for number, phase in enumerate(s.file.phases)]
    owned.sort(key=lambda item: item[2].from_day)
    lines: dict[Location, str] = {}
    for scenario in reversed(scenarios):
        lines |= {at: text for at, text in scenario.places.lines.items() if at[0] != "phases"}
    for place, (scenario, number, _) in enumerate(owned):
        lines |= {
            ("phases", place, *at[2:]): text
            for at, text in scenario.places.lines.items()
            if at[:2] == ("phases", number)
        }
    named = tuple(
        phase.model_copy(update={"name": f"{scenario.name}: {phase.name}"}) if phase.name else phase
        for scenario, _, phase in owned
    )
    return named, Places(" + ".join(s.name for s in scenarios), lines)


def _cost(scenarios: Sequence[Scenario]) -> Cost | None:
    """Return all costs as one.

    Raises
    ------
    ScenarioError
        If they are spread over different years, or paid on different days.
    """
    costs = [s.file.cost for s in scenarios if s.file.cost is not None]
    if not costs:
        return None
    problems = [
        Problem(
            f"cost: {name} differs: {' and '.join(f'{v:g}' for v in sorted(values))}",
            where=", ".join(s.places.of("cost", name) for s in scenarios if s.file.cost),
            allowed="the same in all scenarios that are combined",
        )
        for name in ("one_off_day", "life_years", "discount_rate_pct_per_year")
        if len(values := {getattr(cost, name) for cost in costs}) > 1
    ]
    if problems:
        raise ScenarioError(problems)
    total = {name: sum(getattr(cost, name) for cost in costs) for name in ("one_off", "per_year")}
    return costs[0].model_copy(update=total)
