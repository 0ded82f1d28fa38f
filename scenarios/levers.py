"""All levers, and what a set of them changes in a company."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from o2c_sim import CompanyModel, Problem, ScenarioError, override
from o2c_sim.errors import did_you_mean
from scenarios.cash_levers import CASH_LEVERS
from scenarios.lever import Changes, Lever, Value
from scenarios.order_levers import ORDER_LEVERS
from scenarios.payment_levers import PAYMENT_LEVERS
from scenarios.people_levers import PEOPLE_LEVERS
from scenarios.shock_levers import SHOCK_LEVERS

_ALL = (*ORDER_LEVERS, *CASH_LEVERS, *PAYMENT_LEVERS, *PEOPLE_LEVERS, *SHOCK_LEVERS)

LEVERS: Mapping[str, Lever] = {lever.name: lever for lever in _ALL}


def changes(
    model: CompanyModel,
    settings: Mapping[str, Value],
    where: str,
    *,
    day: int | Mapping[str, int] = 0,
) -> Changes:
    """Return the parameters that lever settings change.

    Levers apply in the order of :data:`LEVERS`, each to what those before it have left, so that
    the order in a file does not matter.

    Parameters
    ----------
    model
        The baseline.
    settings
        Lever name to value.
    where
        File name for messages.
    day
        Day of the run, from 0, from which the levers are in force: an outage or an insolvency
        comes then. Or lever name to its own day, 0 for the others.

    Raises
    ------
    ScenarioError
        With every unknown lever and every value out of range; if the company cannot have a
        value; if one lever undoes another.
    ModelError
        If the model does not allow a value.
    """
    problems = list(setting_problems(settings, where))
    if problems:
        raise ScenarioError(problems)
    found: Changes = {}
    changed = model
    for lever in LEVERS.values():
        if lever.name not in settings:
            continue
        value = settings[lever.name]
        try:
            if lever.write_on is None:
                wanted = lever.write(changed, value)
            else:
                own = day if isinstance(day, int) else day.get(lever.name, 0)
                wanted = lever.write_on(changed, value, own)
        except ValueError as error:
            raise ScenarioError(
                Problem(f"{lever.name}: {value!r} does not fit this company: {error}", where=where)
            ) from error
        found |= wanted
        if len(settings) > 1:
            changed = override(changed, wanted, where)
    if len(settings) > 1:
        _require_kept(changed, settings, where)
    return found


def _require_kept(model: CompanyModel, settings: Mapping[str, Value], where: str) -> None:
    """Refuse levers of which one has moved what another had set."""
    problems = []
    for name, value in settings.items():
        lever = LEVERS[name]
        reached = lever.read(model)
        if not lever.relative and not _same(reached, value):
            shown = f"{reached:g}" if isinstance(reached, int | float) else reached
            problems.append(
                Problem(
                    f"{name}: {value!r} is undone by another lever, which leaves {shown}",
                    where=where,
                    suggestion="set one of the two, or the parameters themselves in overrides",
                )
            )
    if problems:
        raise ScenarioError(problems)


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return bool(np.isclose(one, other, rtol=1e-6, atol=1e-5))


def setting_problems(settings: Mapping[str, Value], where: str) -> Iterable[Problem]:
    """Yield what is wrong with lever settings whatever the company: names, ranges, choices."""
    for name, value in settings.items():
        lever = LEVERS.get(name)
        if lever is None:
            yield Problem(
                f"unknown lever {name!r}",
                where=where,
                allowed=", ".join(LEVERS),
                suggestion=did_you_mean(name, LEVERS),
            )
        elif lever.choices:
            if value not in lever.choices:
                yield Problem(
                    f"{name}: {value!r} is not a choice",
                    where=where,
                    allowed=lever.allowed,
                    suggestion=did_you_mean(str(value), lever.choices),
                )
        elif (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not lever.low <= value <= lever.high
        ):
            yield Problem(
                f"{name}: {value!r} is out of range",
                where=where,
                allowed=lever.allowed,
            )
        elif lever.unit == "people" and value != int(value):
            yield Problem(f"{name}: {value!r} is not a whole number of people", where=where)
