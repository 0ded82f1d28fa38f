"""Names of companies and scenarios in pages, and the files behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from o2c_sim.errors import Problem, ScenarioError, ToolkitError, UsageError
from reports.workbench.workspace import Workspace

if TYPE_CHECKING:
    from o2c_sim import CompanyModel
    from scenarios.scenario_file import ScenarioFile

# A scenario that somebody saved, as pages name it; others ship.
SAVED = "saved:"
# Those that ship have fewer than 1,000; YAML takes seconds for a hundred times as many.
MOST_CHARACTERS = 30_000
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list to choose from: what a form sends, and what people read."""

    key: str
    label: str
    group: str


def companies(workspace: Workspace) -> list[Choice]:
    """Return the companies there are: those that ship, then the calibrated ones."""
    from o2c_sim import reference_names

    shipped = [Choice(name, name.replace("_", " "), "Reference") for name in reference_names()]
    return shipped + [Choice(one.name, one.name, "Calibrated") for one in workspace.companies()]


def company_argument(workspace: Workspace, name: str) -> str:
    """Return a company as ``--company`` takes it: a name that ships, or a file.

    Raises
    ------
    UsageError
        If there is no such company.
    """
    from o2c_sim import reference_names
    from o2c_sim.errors import did_you_mean

    if name in reference_names():
        return name
    found = workspace.company(name)
    if found is not None:
        if found.path.is_file():
            return str(found.path)
        files = sorted(found.path.glob("*.yaml"))
        named = [path for path in files if path.name == "company.yaml"]
        if named or files:
            return str((named or files)[0])
    known = [one.key for one in companies(workspace)]
    raise UsageError(
        Problem(
            f"there is no company {name[:80]!r}",
            allowed=", ".join(known),
            suggestion=did_you_mean(name, known),
        )
    )


def company_model(workspace: Workspace, name: str) -> CompanyModel:
    """Return a company; raises UsageError if there is none, ModelError if it is wrong."""
    from o2c_sim import load_company

    return load_company(company_argument(workspace, name))


def scenarios(workspace: Workspace) -> list[Choice]:
    """Return the scenarios there are: those that ship with id and title, then the saved ones."""
    from scenarios.library_index import LIBRARY

    groups = {"A": "Automation", "B": "Automation", "P": "Policy", "R": "Shocks"}
    found = [
        Choice(name, f"{entry.id} {_title(name)}", groups.get(entry.id[:1], "Others"))
        for name, entry in LIBRARY.items()
    ]
    return found + [
        Choice(SAVED + one.name, one.name, "Saved here") for one in workspace.scenarios()
    ]


def scenario_argument(workspace: Workspace, key: str) -> str:
    """Return a scenario as verbs take it: a name that ships, or a file.

    Raises
    ------
    UsageError
        If there is no such scenario.
    """
    from scenarios.inheritance import scenario_names

    if key in scenario_names():
        return key
    found = workspace.scenario(key.removeprefix(SAVED)) if key.startswith(SAVED) else None
    if found is None:
        raise UsageError(
            Problem(f"there is no scenario {key[:80]!r}", suggestion="one of the list")
        )
    return str(found.path)


def read_base(workspace: Workspace, source: str | Path, company: str) -> ScenarioFile:
    """Return a scenario with what it extends, on a company.

    Raises
    ------
    ToolkitError
        If either is wrong.
    """
    from scenarios.inheritance import read_scenario

    return read_scenario(source, company_argument(workspace, company)).file


def company_of(text: str) -> str:
    """Return what a scenario says that it extends; empty if it says nothing readable."""
    from o2c_sim.model.yaml_tree import read_tree

    named = read_tree(text, "scenario.yaml", ScenarioError).get("extends")
    return named if isinstance(named, str) else ""


def refusals(text: str, workspace: Workspace) -> Iterator[str]:
    """Yield why a scenario of a user's is not read: it names files, or is too long.

    A scenario may extend a file beside it. In a workbench nobody may name a place on the server,
    so that only companies and scenarios known by name are allowed.
    """
    from o2c_sim import reference_names
    from scenarios.inheritance import scenario_names

    if len(text) > MOST_CHARACTERS:
        yield f"the file has more than {MOST_CHARACTERS:,} characters"
        return
    try:
        named = company_of(text)
    except ToolkitError as error:
        yield from (str(problem) for problem in error.problems)
        return
    known = {*reference_names(), *scenario_names(), *(c.name for c in workspace.companies())}
    if not _PLAIN.fullmatch(named) or named not in known:
        yield (
            f"extends: {named[:80]!r} is not known here; allowed: a company "
            f"({', '.join(choice.key for choice in companies(workspace))}) or a shipped scenario"
        )


def _title(name: str) -> str:
    from scenarios.inheritance import read_scenario

    return read_scenario(name).file.title
