"""Settings by path, such as ``pools.front desk.capacity``, on a discovered process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from o2c_sim.discovered import levers
from o2c_sim.discovered.model import DiscoveredModel
from o2c_sim.discovered.week_text import LINE_ALLOWED, week_of, week_of_line
from o2c_sim.discovered.weeks import Week
from o2c_sim.errors import Problem, ScenarioError, ToolkitError, did_you_mean

# What a robot takes for a step, unless it is said: assumed.
AUTOMATED_MINUTES = 1.0
POOL_SETTINGS = ("capacity", "week")
ACTIVITY_SETTINGS = (
    "work_factor",
    "delay_factor",
    "weight_factor",
    "repetition_factor",
    "automated_share",
    "automated_minutes",
    "leave_out_share",
)
ARRIVAL_SETTINGS = ("factor",)
_ALLOWED = (
    f"pools.NAME.{'|'.join(POOL_SETTINGS)}, arrivals.factor, "
    f"activities.NAME.{'|'.join(ACTIVITY_SETTINGS)}"
)


def with_settings(model: DiscoveredModel, settings: Mapping[str, Any]) -> DiscoveredModel:
    """Return the model with what the settings change.

    They are applied in one order, whatever theirs is: pools, arrivals, and of activities work,
    delays, weights, automation, and what is left out.

    Parameters
    ----------
    model
        The model.
    settings
        Path to value. Names may hold dots: a path is cut at its first and last one.

    Raises
    ------
    ScenarioError
        With every setting that cannot be made.
    """
    problems: list[Problem] = []
    for path in sorted(settings, key=_rank):
        try:
            model = _with_setting(model, path, settings)
        except ToolkitError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return model


def parts(path: str) -> tuple[str, str, str]:
    """Return what a path is about, its name and its setting: ``pools``, ``front``, ``week``."""
    section, _, rest = path.partition(".")
    name, _, setting = rest.rpartition(".")
    return section, name, setting


def _rank(path: str) -> tuple[int, str]:
    section, _, setting = parts(path)
    if section in ("pools", "arrivals"):
        return -1, path
    return (ACTIVITY_SETTINGS.index(setting) if setting in ACTIVITY_SETTINGS else 0), path


def _with_setting(
    model: DiscoveredModel, path: str, settings: Mapping[str, Any]
) -> DiscoveredModel:
    section, name, setting = parts(path)
    value = settings[path]
    if section == "pools" and setting == "capacity":
        return levers.with_capacity(model, name, _whole(path, value))
    if section == "pools" and setting == "week":
        return levers.with_week(model, name, _week(path, value))
    if section == "arrivals" and setting in ARRIVAL_SETTINGS and not name:
        return levers.with_arrivals_factor(model, _number(path, value))
    if section == "activities" and setting in ACTIVITY_SETTINGS:
        number = _number(path, value)
        if setting == "automated_minutes":
            share = f"activities.{name}.automated_share"
            if share not in settings:
                raise ScenarioError(Problem(f"{path} without {share}", suggestion=f"{share}=0.5"))
            return model
        if setting == "automated_share":
            minutes = settings.get(f"activities.{name}.automated_minutes", AUTOMATED_MINUTES)
            return levers.with_automated_share(model, name, number, _number(path, minutes))
        return _ON_ACTIVITIES[setting](model, name, number)
    raise ScenarioError(
        Problem(f"unknown setting {path!r}", allowed=_ALLOWED, suggestion=_meant(section, setting))
    )


def _meant(section: str, setting: str) -> str:
    known = {"pools": POOL_SETTINGS, "arrivals": ARRIVAL_SETTINGS, "activities": ACTIVITY_SETTINGS}
    if section in known:
        return did_you_mean(setting, known[section])
    return did_you_mean(section, known)


def _repetition(model: DiscoveredModel, name: str, factor: float) -> DiscoveredModel:
    return levers.with_weight_factor(model, name, factor, repeated=True)


_ON_ACTIVITIES: Mapping[str, Callable[[DiscoveredModel, str, float], DiscoveredModel]] = {
    "work_factor": levers.with_work_factor,
    "delay_factor": levers.with_delay_factor,
    "weight_factor": levers.with_weight_factor,
    "repetition_factor": _repetition,
    "leave_out_share": levers.with_leave_out_share,
}


def _number(path: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ScenarioError(Problem(f"{path}: {str(value)[:60]!r} is no number"))
    return float(value)


def _whole(path: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ScenarioError(
            Problem(f"{path}: {str(value)[:60]!r} is no whole number", allowed="1, 2, 3 ...")
        )
    return value


def _week(path: str, value: Any) -> Week:
    """Return the week of a line, or of hours by weekday."""
    try:
        return week_of(value) if isinstance(value, dict) else week_of_line(str(value))
    except ValueError as error:
        message, _, allowed = str(error).partition("; allowed: ")
        raise ScenarioError(
            Problem(f"{path}: {message}", allowed=allowed or LINE_ALLOWED)
        ) from None
