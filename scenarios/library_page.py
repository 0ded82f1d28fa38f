"""The library as text: one entry for a terminal, all of them for the documentation."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.inheritance import read_scenario
from scenarios.library_entry import GRADES, LibraryEntry, library_settings
from scenarios.library_index import LIBRARY

_KINDS = {
    "A": "Automation of the order",
    "B": "Automation of the receivables",
    "P": "Policy",
    "R": "Shocks",
}
_SECTIONS = {
    "Automation": ("A", "B"),
    "Policy": ("P",),
    "Shocks": ("R",),
}


def entry_lines(entry: LibraryEntry) -> list[str]:
    """Return what the library says of a scenario, for a terminal."""
    grades = ", ".join(f"{grade} ({GRADES[grade]})" for grade in entry.evidence)
    return [
        f"library: {entry.id}, {_KINDS[entry.id[0]].lower()}",
        f"changes: {entry.changes}",
        f"published effect: {entry.effect}" + (f" [{entry.source}]" if entry.source else ""),
        f"evidence: {grades}",
        f"falls short: {entry.falls_short}",
    ]


def library_page() -> str:
    """Return the text of ``docs/library.md``."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# The library of scenarios"
    yield ""
    yield (
        "Every scenario that ships, by its id. Published effects are "
        "mostly observational or claimed by vendors: they are targets to test, and no inputs of "
        "the model. A lever's *default* is the value in the scenario's file, days count from the "
        "first measured one, and *allowed* is what the lever takes."
    )
    yield ""
    yield "| evidence | means |"
    yield "|---|---|"
    for grade, meaning in GRADES.items():
        yield f"| {grade} | {meaning} |"
    for section, kinds in _SECTIONS.items():
        yield ""
        yield f"## {section}"
        for entry in LIBRARY.values():
            if entry.id[0] in kinds:
                yield from _section(entry)


def _section(entry: LibraryEntry) -> Iterator[str]:
    yield ""
    yield f"### {entry.id}: `{entry.scenario}`"
    yield ""
    file = read_scenario(entry.scenario).file
    yield f"{file.title}. {file.description.strip()}"
    yield ""
    yield f"- Changes: {entry.changes}."
    yield f"- Published effect: {entry.effect}." + (
        f" Source: {entry.source}." if entry.source else ""
    )
    yield f"- Evidence: {', '.join(entry.evidence)}."
    yield f"- Falls short: {entry.falls_short}."
    yield ""
    yield "| setting | default | allowed |"
    yield "|---|---|---|"
    for setting in library_settings(entry):
        yield f"| `{setting.name}` | {setting.default} | {setting.allowed} |"
