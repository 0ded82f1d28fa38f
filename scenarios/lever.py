"""One lever: a named change of a company in business words, and the common kinds of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

from o2c_sim import CompanyModel
from o2c_sim.model.distribution import Constant, Family

Value = float | str
Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lever:
    """One thing that a process lead can change, or that can happen to the company.

    Parameters
    ----------
    name
        Key in scenario files.
    label
        Name for people.
    unit
        ``%``, ``days``, ``hours``, ``people``, ``currency``, or empty for a choice.
    low, high
        Allowed range; both NaN for a choice.
    choices
        Allowed words of a choice.
    evidence
        Published effect and its source, or that none was found.
    read
        Returns the lever's value in a model; of a choice perhaps a word that is no choice.
    write
        Returns the parameters to change (path to value) for a new value; raises ValueError with
        the reason if this company cannot have it.
    relative
        Whether the value is a change from the company that it is read in, where it reads 0.
    write_on
        Instead of *write*, for what happens on one day: takes the day of the run, from 0, from
        which the lever is in force as well.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    choices: tuple[str, ...]
    evidence: str
    read: Callable[[CompanyModel], Value]
    write: Callable[[CompanyModel, Any], Changes]
    relative: bool = False
    write_on: Callable[[CompanyModel, Any, int], Changes] | None = None

    @property
    def allowed(self) -> str:
        """The allowed values in words."""
        return " or ".join(self.choices) or f"{self.low:,g} to {self.high:,g} {self.unit}"


def share(name: str, label: str, path: str, evidence: str, *, high: float = 100) -> Lever:
    """Return a lever that sets a share, shown in percent."""
    return Lever(
        name,
        label,
        "%",
        0,
        high,
        (),
        evidence,
        read=lambda model: round(100 * value_at(model, path), 6),
        # Rounded, so that what is read and set again is the same number.
        write=lambda model, value: {path: round(value / 100, 12)},
    )


def number(
    name: str, label: str, path: str, unit: str, evidence: str, *, low: float, high: float
) -> Lever:
    """Return a lever that sets a number as it stands in the model."""
    return Lever(
        name,
        label,
        unit,
        low,
        high,
        (),
        evidence,
        read=lambda model: value_at(model, path),
        write=lambda model, value: {path: value},
    )


def word(name: str, label: str, path: str, choices: tuple[str, ...], evidence: str) -> Lever:
    """Return a lever that sets a word as it stands in the model."""
    return choice(
        name,
        label,
        choices,
        evidence,
        read=lambda model: str(value_at(model, path)),
        write=lambda model, value: {path: value},
    )


def choice(
    name: str,
    label: str,
    choices: tuple[str, ...],
    evidence: str,
    *,
    read: Callable[[CompanyModel], str],
    write: Callable[[CompanyModel, str], Changes],
) -> Lever:
    """Return a lever that is one of some words."""
    return Lever(name, label, "", nan, nan, choices, evidence, read=read, write=write)


def percentage(
    name: str,
    label: str,
    evidence: str,
    *,
    read: Callable[[CompanyModel], float],
    write: Callable[[CompanyModel, float], Changes],
    high: float = 100,
) -> Lever:
    """Return a lever in percent, read and written as a share (0 to 1)."""
    return Lever(
        name,
        label,
        "%",
        0,
        high,
        (),
        evidence,
        read=lambda model: round(100 * read(model), 6),
        write=lambda model, value: write(model, value / 100),
    )


def change(
    name: str,
    label: str,
    evidence: str,
    write: Callable[[CompanyModel, float], Changes],
    *,
    unit: str = "%",
    low: float,
    high: float,
) -> Lever:
    """Return a lever that is a change from the company as it is.

    *write* gets the change: for ``%`` the factor (1.4 for +40 %), else the number as it is.
    """
    percent = unit == "%"
    return Lever(
        name,
        label,
        unit,
        low,
        high,
        (),
        evidence,
        read=lambda model: 0.0,
        write=lambda model, value: write(model, 1 + value / 100 if percent else value),
        relative=True,
    )


def value_at(model: CompanyModel, path: str) -> Any:
    """Return the value of the parameter at a dotted path."""
    node: Any = model
    for part in path.split("."):
        node = node[part] if isinstance(node, Mapping) else getattr(node, part)
    return node.value


def dump(distribution: Family) -> dict[str, Any]:
    """Return a distribution as it is written in a model file."""
    return distribution.model_dump(by_alias=True, exclude_none=True)


def with_mean(distribution: Family, mean: float) -> Family:
    """Return the distribution scaled to another mean; one without a mean becomes constant.

    Raises
    ------
    ValueError
        If the family has no scale.
    """
    before = distribution.mean()
    if mean == before:
        return distribution
    if mean <= 0 or before <= 0:
        return Constant(value=mean)
    return distribution.scaled(mean / before)
