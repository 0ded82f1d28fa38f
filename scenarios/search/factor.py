"""What a search moves: a lever or a parameter with the values it may take."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan

from o2c_sim import CompanyModel, Problem, ScenarioError, parameters
from o2c_sim.errors import did_you_mean
from o2c_sim.model.distribution import Constant
from scenarios.lever import Value
from scenarios.levers import LEVERS

_ALLOWED = "NAME=LOW:HIGH or NAME=ONE|OTHER; NAME is a lever or the path of a parameter"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# Sums such as 45 + 0.1 * 50 end in ...0001; nobody means that digit.
_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that is varied, over a range or a list of values.

    Parameters
    ----------
    name
        Lever, or dotted path of a parameter.
    low, high
        Ends of the range, in *unit*; NaN where there are *choices*.
    whole
        Whether only whole numbers make sense.
    choices
        The values, where they are listed; of words, or of numbers in the order as given.
    now
        Value in the company as it is; None where it cannot be read.
    label, unit
        For people.
    """

    name: str
    low: float = nan
    high: float = nan
    whole: bool = False
    choices: tuple[Value, ...] = ()
    now: Value | None = None
    label: str = ""
    unit: str = ""

    @property
    def count(self) -> int:
        """The number of different values; 0 where there is no end to them."""
        if self.choices:
            return len(self.choices)
        return round(self.high - self.low) + 1 if self.whole else 0

    @property
    def first(self) -> Value:
        """The value at position 0."""
        return self.at(0.0)

    @property
    def last(self) -> Value:
        """The value at position 1."""
        return self.at(1.0)

    def at(self, position: float) -> Value:
        """Return the value at a position from 0 to 1; listed values share the way equally."""
        if self.count:
            index = min(int(position * self.count), self.count - 1)
            return self.choices[index] if self.choices else int(self.low) + index
        return round(self.low + position * (self.high - self.low), _DECIMALS)

    def position(self, value: Value) -> float:
        """Return where a value of this factor lies, from 0 to 1; listed values evenly spaced."""
        if self.choices:
            return self.choices.index(value) / max(1, len(self.choices) - 1)
        return (float(value) - self.low) / (self.high - self.low)

    def levels(self, number: int) -> tuple[Value, ...]:
        """Return up to *number* different values, evenly spaced, both ends among them."""
        if self.choices:
            return self.choices
        steps = min(number, self.count) if self.whole else number
        if steps == 1:
            return (self.first,)
        width = (self.high - self.low) / (steps - 1)
        values = (self.low + i * width for i in range(steps))
        return tuple(round(v) if self.whole else round(v, _DECIMALS) for v in values)


def read_factors(texts: Sequence[str], model: CompanyModel) -> tuple[Factor, ...]:
    """Read factors as a user writes them.

    Parameters
    ----------
    texts
        Such as ``auto_match_pct=45:95``, ``dunning_run=weekly|daily``,
        ``cash_application.touch_minutes=2:8`` or, for a lever that is a word, its name alone.
    model
        The company; gives today's values and knows its parameters.

    Raises
    ------
    ScenarioError
        With every factor that cannot be read, is named twice, or has no range.
    """
    found: dict[str, Factor] = {}
    problems = []
    for text in texts:
        try:
            factor = read_factor(text, model)
        except ScenarioError as error:
            problems += list(error.problems)
            continue
        if factor.name in found:
            problems.append(Problem(f"factor {factor.name!r} is named twice"))
        found[factor.name] = factor
    if not texts:
        problems.append(Problem("no factor to vary", allowed=_ALLOWED))
    if problems:
        raise ScenarioError(problems)
    return tuple(found.values())


def read_factor(text: str, model: CompanyModel) -> Factor:
    """Read one factor; see :func:`read_factors`."""
    name, _, values = (part.strip() for part in text.partition("="))
    if name in LEVERS:
        return _lever_factor(name, values, model)
    return _parameter_factor(name, values, model)


def _lever_factor(name: str, values: str, model: CompanyModel) -> Factor:
    lever = LEVERS[name]
    now = lever.read(model)
    if lever.choices:
        words = tuple(word.strip() for word in values.split("|")) if values else lever.choices
        wrong = [word for word in words if word not in lever.choices]
        if wrong or len(set(words)) < 2:
            raise _fault(name, values or "nothing", f"two or more of {' | '.join(lever.choices)}")
        return Factor(name, choices=words, now=now, label=lever.label)
    whole = lever.unit == "people"
    factor = _numbers(name, values, whole, lever.allowed)
    for value in factor.choices or (factor.low, factor.high):
        if not lever.low <= float(value) <= lever.high:
            raise _fault(name, values, lever.allowed)
    return _named(factor, now, lever.label, lever.unit)


def _parameter_factor(name: str, values: str, model: CompanyModel) -> Factor:
    known = {path: parameter.value for path, parameter in parameters(model)}
    if name not in known:
        raise ScenarioError(
            Problem(
                f"factor {name!r} is neither a lever nor a parameter",
                allowed=_ALLOWED,
                suggestion=did_you_mean(name, [*LEVERS, *known]) or "o2c schema levers",
            )
        )
    now = known[name]
    if isinstance(now, Constant):
        now = now.value
    if isinstance(now, bool) or not isinstance(now, int | float | str):
        raise ScenarioError(
            Problem(f"factor {name!r} is neither a number nor a word", suggestion="a lever for it")
        )
    if isinstance(now, str):
        words = tuple(word.strip() for word in values.split("|"))
        if len(set(words)) < 2:
            raise _fault(name, values or "nothing", "ONE|OTHER")
        return Factor(name, choices=words, now=now, label=name)
    factor = _numbers(name, values, isinstance(now, int), "LOW:HIGH or ONE|OTHER")
    return _named(factor, now, name, "")


def _named(factor: Factor, now: Value, label: str, unit: str) -> Factor:
    return Factor(
        factor.name, factor.low, factor.high, factor.whole, factor.choices, now, label, unit
    )


def _numbers(name: str, values: str, whole: bool, allowed: str) -> Factor:
    """Return the factor of ``LOW:HIGH`` or ``1|2|3``."""
    if not values:
        raise ScenarioError(
            Problem(
                f"factor {name!r} has no range; an unsaid one would decide the result",
                allowed=allowed,
                suggestion=f"{name}=LOW:HIGH",
            )
        )
    listed = "|" in values
    parts = [part.strip() for part in values.split("|" if listed else ":")]
    if not all(_NUMBER.fullmatch(part) and isfinite(float(part)) for part in parts):
        raise _fault(name, values, allowed)
    numbers = [float(part) for part in parts]
    if whole and any(number != int(number) for number in numbers):
        raise _fault(name, values, "whole numbers")
    if listed:
        if len(set(numbers)) != len(numbers):
            raise _fault(name, values, "each value once")
        listing = tuple(int(number) if whole else number for number in numbers)
        return Factor(name, choices=listing, whole=whole)
    if len(numbers) != 2 or numbers[0] >= numbers[1]:
        raise _fault(name, values, "LOW:HIGH with LOW below HIGH")
    return Factor(name, numbers[0], numbers[1], whole)


def _fault(name: str, values: str, allowed: str) -> ScenarioError:
    return ScenarioError(Problem(f"factor {name}: {values!r}", allowed=allowed))


def scenario_factors(levers: Mapping[str, Value], model: CompanyModel) -> tuple[Factor, ...]:
    """Return the levers of a scenario as factors, each from today's value to the scenario's.

    Levers that change nothing are left out.

    Raises
    ------
    ScenarioError
        If none is left.
    """
    found = []
    for name, target in levers.items():
        lever = LEVERS[name]
        now = lever.read(model)
        if now == target:
            continue
        if isinstance(now, str) or isinstance(target, str):
            found.append(Factor(name, choices=(now, target), now=now, label=lever.label))
            continue
        low, high = sorted((now, target))
        whole = lever.unit == "people"
        found.append(Factor(name, low, high, whole, (), now, lever.label, lever.unit))
    if not found:
        raise ScenarioError(Problem("the scenario has no lever to vary", suggestion="--factor"))
    return tuple(found)
