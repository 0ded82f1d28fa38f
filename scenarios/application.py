"""Settings put into a company; whatever it does not allow is told with the file and line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from o2c_sim import CompanyModel, ModelError, Problem, ScenarioError, override, parameters
from o2c_sim.errors import did_you_mean
from scenarios.lever import Value
from scenarios.levers import LEVERS, changes
from scenarios.scenario_file import Location

# Where a setting stands in a file ("levers", name; "overrides", path; VOLUME) to its value.
Settings = Mapping[Location, Any]
# Returns ``file:line`` of a setting.
Place = Callable[[Location], str]

VOLUME: Location = ("volume_response_pct",)
ALL_THE_TIME: Mapping[str, int] = {}
_ORDERS = "demand.orders_per_week"


def settings_of(
    levers: Mapping[str, Value], overrides: Mapping[str, Any], volume_response_pct: float = 0.0
) -> dict[Location, Any]:
    """Return what is set, by the place at which it is set."""
    found: dict[Location, Any] = {("levers", name): value for name, value in levers.items()}
    found |= {("overrides", path): value for path, value in overrides.items()}
    return found | ({VOLUME: volume_response_pct} if volume_response_pct else {})


def changed(
    baseline: CompanyModel,
    settings: Settings,
    source: str,
    place: Place,
    days: Mapping[str, int] = ALL_THE_TIME,
) -> CompanyModel:
    """Return a company with settings: levers first, then overrides, then the volume response.

    Parameters
    ----------
    baseline
        The company as it is; returned itself if nothing is set.
    settings
        See :func:`settings_of`.
    source
        What changes it; becomes the provenance of the values.
    place
        Where each setting is written.
    days
        Lever to the day of the run, from 0, from which it is in force, if that is not the first.

    Raises
    ------
    ScenarioError
        With every setting that the company does not allow, and every lever that another setting
        undoes.
    """
    if not settings:
        return baseline
    levers = {str(at[1]): value for at, value in settings.items() if at[0] == "levers"}
    overrides = {str(at[1]): value for at, value in settings.items() if at[0] == "overrides"}
    known = {path for path, _ in parameters(baseline)}
    problems = [
        Problem(
            f"{path!r} is not a parameter of the model",
            where=place(("overrides", path)),
            suggestion=did_you_mean(path, known) or "o2c schema lists the parameters",
        )
        for path in overrides
        if path not in known
    ]
    if problems:
        raise ScenarioError(problems)
    try:
        wanted = {**changes(baseline, levers, source, day=days), **overrides}
        model = override(baseline, wanted, f"scenario {source}") if wanted else baseline
    except ScenarioError as error:
        raise ScenarioError(_at_their_levers(error.problems, place)) from error
    except ModelError as error:
        raise ScenarioError(_to_blame(baseline, levers, overrides, source, place, error)) from error
    if undone := [*_undone(model, levers, overrides, place)]:
        raise ScenarioError(undone)
    volume = settings.get(VOLUME, 0.0)
    if volume:
        orders = model.demand.orders_per_week.value * (1 + volume / 100)
        model = override(model, {_ORDERS: orders}, f"scenario {source}: volume response")
    return model


def value_before(model: CompanyModel, location: Location) -> Any:
    """Return what a model says of a setting that nobody has set, as a file would write it."""
    if location == VOLUME:
        return 0.0
    if location[0] == "levers":
        return LEVERS[str(location[1])].read(model)
    node: Any = model
    for part in str(location[1]).split("."):
        node = node[part] if isinstance(node, Mapping) else getattr(node, part)
    return node.model_dump(by_alias=True)["value"]


def _at_their_levers(problems: tuple[Problem, ...], place: Place) -> list[Problem]:
    """Give problems of levers, which begin with the lever's name, the lever's line."""
    found = []
    for problem in problems:
        name = problem.message.partition(":")[0]
        where = place(("levers", name)) if name in LEVERS else problem.where
        found.append(Problem(problem.message, where, problem.allowed, problem.suggestion))
    return found


def _to_blame(
    baseline: CompanyModel,
    levers: Mapping[str, Value],
    overrides: Mapping[str, Any],
    source: str,
    place: Place,
    error: ModelError,
) -> list[Problem]:
    """Return what the model refuses with the line of the setting, found by trying each alone."""
    found: list[Problem] = []
    attempts: list[tuple[Location, Callable[[], object]]] = [
        (("levers", name), lambda n=name, v=value: _alone(baseline, n, v, source))  # type: ignore[misc]
        for name, value in levers.items()
    ]
    attempts += [
        (("overrides", path), lambda p=path, v=value: override(baseline, {p: v}, source))  # type: ignore[misc]
        for path, value in overrides.items()
    ]
    for location, attempt in attempts:
        try:
            attempt()
        except (ModelError, ScenarioError) as refused:
            found += [
                Problem(p.message, place(location), p.allowed, p.suggestion)
                for p in refused.problems
            ]
    # Settings that are right one by one can still not stand together.
    whole = place(())
    return found or [Problem(p.message, whole, p.allowed, p.suggestion) for p in error.problems]


def _alone(baseline: CompanyModel, name: str, value: Value, source: str) -> CompanyModel:
    return override(baseline, changes(baseline, {name: value}, source), source)


def _undone(
    model: CompanyModel,
    levers: Mapping[str, Value],
    overrides: Mapping[str, Any],
    place: Place,
) -> list[Problem]:
    """Return each lever that an override has moved: its value in a report would not be true."""
    found = []
    for name, value in levers.items() if overrides else ():
        lever = LEVERS[name]
        reached = lever.read(model)
        if lever.relative or _same(reached, value):
            continue
        shown = f"{reached:g}" if isinstance(reached, int | float) else reached
        lines = ", ".join(place(("overrides", path)) for path in overrides)
        found.append(
            Problem(
                f"{name}: {value!r} is undone by an override, which leaves {shown}",
                where=place(("levers", name)),
                allowed=f"the lever, or the override (at {lines})",
            )
        )
    return found


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return bool(np.isclose(one, other, rtol=1e-6, atol=1e-5))
