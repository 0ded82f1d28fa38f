"""One phase on its way through time: what it sets on each day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from o2c_sim import CompanyModel
from scenarios.application import Settings, value_before
from scenarios.levers import LEVERS
from scenarios.phases import STEP_DAYS, alike, between, part_done
from scenarios.scenario_checks import end_of
from scenarios.scenario_file import Location, Phase


@dataclass(slots=True)
class Course:
    """A phase on its way through time.

    ``before`` and ``held``: what the company has, and what is set, on the day before it begins;
    ``at_once``: what does not pass through values in between; ``whole``: what has no fractions.
    """

    phase: Phase
    targets: dict[Location, Any]
    number: int
    before: dict[Location, Any] = field(default_factory=dict)
    held: dict[Location, Any] = field(default_factory=dict)
    at_once: set[Location] = field(default_factory=set)
    whole: set[Location] = field(default_factory=set)

    def begin(self, in_force: Settings, now: CompanyModel, then: CompanyModel) -> None:
        """Note what there is before the phase.

        Parameters
        ----------
        in_force
            What is set on the day before.
        now, then
            The company on that day, and with all that the phase comes to; without a volume
            response, which is no part of a setting.
        """
        self.held = {at: in_force[at] for at in self.targets if at in in_force}
        for at in self.targets:
            read = value_before(now, at)
            if at[0] == "overrides":
                # As the model writes them, two values can be told apart or be mixed.
                self.before[at], self.targets[at] = read, value_before(then, at)
            else:
                # A lever that is a change from the company as it is reads 0 whatever was set.
                self.before[at] = self.held.get(at, read)
            if isinstance(read, int):
                self.whole.add(at)
            target = self.targets[at]
            if is_dated(at) or isinstance(target, str) or not alike(self.before[at], target):
                self.at_once.add(at)

    def in_force(self, day: int) -> bool:
        """Return whether a day lies within the phase."""
        return self.phase.from_day <= day < end_of(self.phase)

    def on(self, day: int) -> dict[Location, Any]:
        """Return what the phase sets on a day."""
        if not self.in_force(day):
            return {}
        part = part_done(self.phase, day)
        found = {}
        for at, target in self.targets.items():
            if part == 1.0 or at in self.at_once:
                found[at] = target
            elif part > 0:
                value = _moved(at, self.before[at], target, part)
                found[at] = round(value) if at in self.whole else value
            elif at in self.held:
                found[at] = self.held[at]
        return found

    def idle(self) -> bool:
        """Return whether nothing is other than before."""
        return all(
            self.before[at] == target or not (self._takes_a_step or at in self.at_once)
            for at, target in self.targets.items()
        )

    def why_idle(self) -> str:
        """Return why nothing is other than before."""
        if self._takes_a_step:
            return "the company has these values already"
        return "it is over before the first step of its ramp-up"

    @property
    def _takes_a_step(self) -> bool:
        first = min(STEP_DAYS, self.phase.ramp_up_days)
        return self.phase.from_day + first < end_of(self.phase)


def is_dated(at: Location) -> bool:
    """Return whether a lever makes something happen on one day, of which there are no parts."""
    return at[0] == "levers" and LEVERS[str(at[1])].write_on is not None


def _moved(at: Location, before: Any, target: Any, part: float) -> Any:
    """Return a value on its way; levers stay in their range."""
    value = between(before, target, part)
    lever = LEVERS.get(str(at[1])) if at[0] == "levers" else None
    if lever is None:
        return value
    return min(max(value, lever.low), lever.high)
