"""What calibration recovered of a company that is known, number by number."""

from __future__ import annotations

import fnmatch
import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import TypeAdapter

import mining.calibration
from mining.calibration.company import Calibration
from mining.calibration.estimate import Estimate
from o2c_sim import CompanyModel, parameters
from o2c_sim.model.calendars import CalendarModel, RunModel
from o2c_sim.model.distribution import Distribution, Family

# A true value at the edge of an interval of values with six digits is in it.
SLACK = 1e-5

_DISTRIBUTION: TypeAdapter[Family] = TypeAdapter(Distribution)


@dataclass(frozen=True, slots=True)
class Check:
    """One number of one parameter of one company.

    Parameters
    ----------
    seed
        The company.
    path, what
        The parameter, and which number of it: ``value``, ``median``, ``mean``, ``p90``, a key.
    true, found, low, high
        The number in the company, as estimated, and the limits of its interval.
    sample
        Observations behind the estimate.
    """

    seed: int
    path: str
    what: str
    true: Any
    found: Any
    low: Any
    high: Any
    sample: int

    @property
    def recovered(self) -> bool:
        """Whether the interval holds the true number; what is no number must be equal."""
        if isinstance(self.true, int | float) and not isinstance(self.true, bool):
            slack = SLACK * (abs(self.true) + SLACK)
            return bool(self.low - slack <= self.true <= self.high + slack)
        return bool(self.true == self.found)


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What came of one company."""

    seed: int
    reference: str
    checks: tuple[Check, ...]
    failures: tuple[tuple[str, str], ...]


def identifiable() -> tuple[str, ...]:
    """Return the paths, or patterns of paths, that the estimators claim to tell."""
    found: list[str] = []
    for module in pkgutil.iter_modules(mining.calibration.__path__):
        name = f"mining.calibration.{module.name}"
        found += getattr(importlib.import_module(name), "IDENTIFIABLE", ())
    return tuple(found)


def compared(seed: int, name: str, model: CompanyModel, found: Calibration) -> RoundTrip:
    """Return what a calibration recovered of a company."""
    patterns = identifiable()
    truth = {path: one.value for path, one in parameters(model)}
    checks = []
    for estimate in found.estimates:
        if not any(_covers(pattern, estimate.path) for pattern in patterns):
            continue
        checks += _checks(seed, estimate, model, truth)
    return RoundTrip(seed, name, tuple(checks), found.failures)


def _covers(pattern: str, path: str) -> bool:
    return fnmatch.fnmatchcase(path, pattern) or path.startswith(f"{pattern}.")


def _checks(
    seed: int, estimate: Estimate, model: CompanyModel, truth: Mapping[str, Any]
) -> list[Check]:
    def check(what: str, true: Any, found: Any, low: Any = None, high: Any = None) -> Check:
        return Check(seed, estimate.path, what, true, found, low, high, estimate.sample)

    path, value = estimate.path, estimate.value
    if path.startswith("calendars."):
        open_minutes = _minutes(CalendarModel.model_validate(value))
        of_truth = [_minutes(calendar) for calendar in model.calendars.values()]
        return [check("open minutes", True, open_minutes in of_truth)]
    if path.endswith(".calendar"):
        role = path.split(".")[1]
        calendars = {str(name): one.calendar for name, one in model.staff.items()}
        return [check("name", calendars[role], value)]
    true = truth[path] if path in truth else _inside(truth, path)
    if true is None:
        return []
    if isinstance(true, RunModel):
        return [check("run", true, RunModel.model_validate(value))]
    if estimate.low is not None and estimate.high is not None:
        return [check("value", float(true), float(value), estimate.low, estimate.high)]
    if isinstance(true, Family):
        return [
            check(what, *numbers)
            for what, numbers in _statistics(true, value, estimate.draws).items()
        ]
    if isinstance(true, Mapping) and isinstance(value, Mapping):
        return [one for key in true for one in _entry(check, key, true[key], value, estimate.draws)]
    return [check("value", _plain(true), _plain(value))]


def _entry(
    check: Any, key: Any, true: Any, value: Mapping[Any, Any], draws: Sequence[Any]
) -> list[Check]:
    if isinstance(true, Family):
        if key not in value:
            return []
        rows = _statistics(true, value[key], [one[key] for one in draws])
        return [check(f"{key} {what}", *numbers) for what, numbers in rows.items()]
    drawn = [float(one.get(key, 0)) for one in draws]
    found = float(value.get(key, 0))
    return [check(str(key), float(true), found, min(drawn), max(drawn))]


def _statistics(
    true: Family, value: Any, draws: Sequence[Any]
) -> dict[str, tuple[float, float, float, float]]:
    """Return median, mean and p90: true, found, and the range of the draws.

    The range of n draws holds one more of the same kind with probability (n - 1) / (n + 1), which
    is 96 % for 50.
    """
    found, *drawn = (_figures(_DISTRIBUTION.validate_python(one)) for one in (value, *draws))
    of_truth = _figures(true)
    return {
        what: (
            of_truth[what],
            found[what],
            min(one[what] for one in drawn),
            max(one[what] for one in drawn),
        )
        for what in of_truth
    }


def _figures(family: Family) -> dict[str, float]:
    median, high = family.quantile(np.array([0.5, 0.9]))
    return {"median": float(median), "mean": float(family.mean()), "p90": float(high)}


def _minutes(calendar: CalendarModel) -> frozenset[tuple[str, int]]:
    """Return the open minutes of a week."""
    return frozenset(
        (day, minute)
        for day in calendar.days
        for shift in calendar.shifts
        for minute in range(*_limits(shift))
    )


def _limits(shift: str) -> tuple[int, int]:
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in shift.split("-"))
    return start, end if end > start else end + 24 * 60


def _inside(truth: Mapping[str, Any], path: str) -> Any:
    """Return a value below a parameter, such as one segment's; None where there is none."""
    parts = path.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        known = truth.get(".".join(parts[:cut]))
        if known is None:
            continue
        for part in parts[cut:]:
            known = known.get(part) if isinstance(known, Mapping) else getattr(known, part, None)
        return known
    return None


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump())
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
