"""The replications of a baseline and a scenario, side by side, as money looks at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from scipy import special

from o2c_sim import ScenarioError
from scenarios.estimate import Band

Array = npt.NDArray[np.float64]
Minor = npt.NDArray[np.int64]

MINOR_UNITS = 100


class MeasuredRun(Protocol):
    """What is needed of a replication; see :class:`scenarios.replication.Replication`."""

    @property
    def kpis(self) -> Mapping[str, float]:
        """KPI key to value."""

    @property
    def receivables(self) -> Array:
        """Open receivables at the end of each measured day, currency."""

    @property
    def costs(self) -> Mapping[str, float]:
        """``stage.kind`` to the cost of the measured days, currency."""

    @property
    def flows(self) -> Mapping[str, Minor]:
        """Column of the roll-forward to its value on each measured day, minor units."""


class Phase(Protocol):
    """When a part of a scenario is in force; see :class:`scenarios.scenario_file.Phase`."""

    @property
    def from_day(self) -> int:
        """First day, from the first measured day."""

    @property
    def until_day(self) -> int | None:
        """Day from which everything is as before again."""


class Span(NamedTuple):
    """A phase that is known to end, as a single event does; see :class:`Phase`."""

    from_day: int
    until_day: int | None


@dataclass(frozen=True, slots=True)
class Timing:
    """When a change is in force, in days from the first measured day.

    Parameters
    ----------
    measured_days
        Length of the measured period.
    from_day
        First day on which the change shows; 0 or less if it was in force before.
    until_day
        From this day everything is as before again; None for a change that stays.
    """

    measured_days: int
    from_day: float = float("-inf")
    until_day: float | None = None

    def __post_init__(self) -> None:
        """Refuse a change that never shows in the measured days."""
        if self.measured_days < 1:
            raise ScenarioError(f"{self.measured_days} measured days; at least 1 is needed")
        if self.from_day >= self.measured_days:
            raise ScenarioError(
                f"the change begins on day {self.from_day:g}, after the {self.measured_days} "
                "measured days: nothing of it can be measured"
            )
        if self.until_day is not None and self.until_day <= max(self.from_day, 0):
            raise ScenarioError(
                f"the change ends on day {self.until_day:g}, before any measured day of it"
            )

    @property
    def goes_live(self) -> bool:
        """Whether the change begins in the measured period."""
        return self.from_day >= 0

    @property
    def first_day(self) -> int:
        """First measured day on which the change is in force."""
        return max(int(self.from_day), 0) if self.goes_live else 0

    @property
    def stays(self) -> bool:
        """Whether the change is there to stay: only then has it an effect a year."""
        return self.until_day is None

    @property
    def days_in_force(self) -> float:
        """Measured days on which the change is in force."""
        last = self.measured_days if self.until_day is None else self.until_day
        return min(last, self.measured_days) - self.first_day

    @property
    def per_year(self) -> float:
        """Years of effect that a year has for each one measured; 1 for a change that ends."""
        return 365 / (self.measured_days - self.first_day) if self.stays else 1.0


def timing_of(
    phases: Sequence[Phase],
    *,
    always: bool,
    measured_days: int,
    from_given_state: bool = False,
) -> Timing | None:
    """Return when a scenario is in force, from its phases.

    Parameters
    ----------
    phases
        Of the scenario file.
    always
        Whether a part of it is in force all the time; it then counts as in force since before.
    measured_days
        Length of the measured period.
    from_given_state
        Whether the runs start from a given state and without a warm-up: what is in force all the
        time then goes live on the first day.

    Returns
    -------
    Timing or None
        None where no phase is in force on a measured day: nothing of it can be measured.
    """
    if always or not phases:
        return Timing(measured_days, 0 if from_given_state else float("-inf"))
    seen = [
        phase
        for phase in phases
        if phase.from_day < measured_days and (phase.until_day is None or phase.until_day > 0)
    ]
    if not seen:
        return None
    ends = [phase.until_day for phase in seen if phase.until_day is not None]
    until = max(ends) if len(ends) == len(seen) else None
    return Timing(measured_days, min(phase.from_day for phase in seen), until)


def require_paired(baseline: Sequence[MeasuredRun], scenario: Sequence[MeasuredRun]) -> None:
    """Refuse runs that do not belong together, or that carry no books.

    Raises
    ------
    ScenarioError
        If the numbers of replications differ, or costs and flows were not kept.
    """
    if len(baseline) != len(scenario) or len(baseline) < 2:
        raise ScenarioError(
            f"{len(baseline)} replications of the baseline and {len(scenario)} of the scenario; "
            "the same number of both is needed, 2 or more"
        )
    if any(not run.costs or not run.flows for run in (*baseline, *scenario)):
        raise ScenarioError("the replications carry no costs and daily flows: run them again")
    if len({len(run.flows["closing_minor"]) for run in (*baseline, *scenario)}) > 1:
        raise ScenarioError("the replications measure different numbers of days")


def flow(runs: Sequence[MeasuredRun], name: str) -> Minor:
    """Return a daily column of each replication, shape (replications, days), minor units."""
    return np.array([run.flows[f"{name}_minor"] for run in runs], dtype=np.int64)


def has_flow(runs: Sequence[MeasuredRun], name: str) -> bool:
    """Return whether every replication has a daily column."""
    return all(f"{name}_minor" in run.flows for run in runs)


def cost(runs: Sequence[MeasuredRun], kind: str, stage: str | None = None) -> Array:
    """Return a kind of cost by replication, currency, of one stage or of all."""
    wanted = f"{stage}.{kind}" if stage else f".{kind}"
    return np.array(
        [
            sum(
                value
                for key, value in run.costs.items()
                if (key == wanted if stage else key.endswith(wanted))
            )
            for run in runs
        ],
        dtype=np.float64,
    )


def mean_band(values: Array, confidence: float) -> Band:
    """Return the mean by day with its t interval.

    Parameters
    ----------
    values
        Shape (replications, days).
    confidence
        Between 0 and 1.
    """
    n, days = values.shape
    mean = values.mean(axis=0)
    half = float(special.stdtrit(n - 1, 0.5 + confidence / 2)) * values.std(axis=0, ddof=1)
    return Band(
        day=np.arange(1, days + 1, dtype=np.float64),
        mean=mean,
        low=mean - half / np.sqrt(n),
        high=mean + half / np.sqrt(n),
    )
