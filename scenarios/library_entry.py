"""One scenario of the library: what it changes, what is known of its effect, what falls short."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.inheritance import read_scenario
from scenarios.levers import LEVERS

# How good the evidence for a published effect is, best first.
GRADES = {
    "data": "computed from a data set",
    "calculation": "arithmetic, or a small model of ours",
    "report": "a survey or a report, read",
    "vendor": "claimed by somebody who sells it",
    "article": "claimed by an article, without a study behind it",
    "guess": "no source was found",
}


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """What the library says of one shipped scenario.

    Parameters
    ----------
    id
        A0 to A11 and B0 (automation), P1 to P12 (policy), R1 to R7 (shocks); of two scenarios
        that ask the same question both have its id.
    scenario
        Name of the scenario.
    changes
        What it changes in the model, in words.
    effect
        Published effect, or that none was found.
    source
        Where that is from; empty if nowhere.
    evidence
        Grades of the sources, the best first; see :data:`GRADES`.
    falls_short
        What the model does not tell.
    """

    id: str
    scenario: str
    changes: str
    effect: str
    source: str
    evidence: tuple[str, ...]
    falls_short: str

    @property
    def grade(self) -> str:
        """The best grade of its evidence."""
        return self.evidence[0]


@dataclass(frozen=True, slots=True)
class LibrarySetting:
    """One setting of a shipped scenario.

    Parameters
    ----------
    name
        Lever or path.
    default
        The value in the file, and when it is in force.
    allowed
        The values that it may have, in words.
    """

    name: str
    default: str
    allowed: str


def library_settings(entry: LibraryEntry) -> tuple[LibrarySetting, ...]:
    """Return what an entry's scenario sets, with the range that each setting may have."""
    file = read_scenario(entry.scenario).file
    found = [(name, value, "") for name, value in (file.levers | file.overrides).items()]
    for phase in file.phases:
        until = "" if phase.until_day is None else f" until day {phase.until_day}"
        when = f" from day {phase.from_day}{until}"
        found += [(name, value, when) for name, value in (phase.levers | phase.overrides).items()]
    if file.volume_response_pct:
        found.append(("volume_response_pct", file.volume_response_pct, ""))
    return tuple(
        LibrarySetting(
            name,
            (f"{value:g}" if isinstance(value, int | float) else str(value)) + when,
            LEVERS[name].allowed if name in LEVERS else "as in the model",
        )
        for name, value, when in found
    )
