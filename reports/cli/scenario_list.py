"""Which scenarios there are, and what a new one begins from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from o2c_sim.errors import Problem, ScenarioError, ToolkitError, UsageError

if TYPE_CHECKING:
    from o2c_sim import CompanyModel
    from scenarios.library_entry import LibraryEntry
    from scenarios.scenario_file import ScenarioFile, WrittenScenario

COLUMNS = ("name", "id", "title", "extends", "evidence")
# Column to what the library calls it.
_OF_THE_LIBRARY = {"id": "id", "evidence": "grade"}


@dataclass(frozen=True, slots=True)
class ListedScenario:
    """One scenario of a list.

    Parameters
    ----------
    file
        File name, or the name of one that ships.
    written
        What it says; None if it is not valid.
    problems
        Why it is not valid.
    shipped
        Whether it ships.
    """

    file: str
    written: WrittenScenario | None
    problems: tuple[Problem, ...]
    shipped: bool

    def cell(self, column: str) -> str:
        """Return one column of the list as text."""
        if self.written is None:
            return ""
        if column == "extends":
            return " > ".join(self.written.chain)
        if column == "name":
            return self.written.file.name if self.shipped else self.file
        if column == "title":
            return self.written.file.title
        entry = self._entry
        return "" if entry is None else str(getattr(entry, _OF_THE_LIBRARY[column]))

    @property
    def _entry(self) -> LibraryEntry | None:
        """What the library says of it, if it ships."""
        from scenarios.library_index import LIBRARY

        return LIBRARY.get(self.file) if self.shipped else None

    @property
    def document(self) -> dict[str, Any]:
        """The row as JSON-ready data."""
        if self.written is None:
            return {"file": self.file, "valid": False, "problems": list(map(str, self.problems))}
        file = self.written.file
        return {
            "file": self.file,
            "valid": True,
            "shipped": self.shipped,
            "name": file.name,
            "id": self.cell("id") or None,
            "title": file.title,
            "extends": list(self.written.chain),
            "evidence": file.evidence,
            "grade": self.cell("evidence") or None,
            "levers": list(file.levers),
            "overrides": list(file.overrides),
            "phases": len(file.phases),
            "grid": list(file.grid),
        }


def listed(folder: Path | None) -> list[ListedScenario]:
    """Return the scenarios that ship, then those of a folder; files of companies are left out.

    Raises
    ------
    UsageError
        If the folder is none.
    """
    from scenarios.inheritance import scenario_names

    rows = [_row(name, shipped=True) for name in scenario_names()]
    if folder is not None:
        rows += [_row(str(path), shipped=False) for path in _files(folder)]
    return rows


def beginning(
    source: str | None, company: str | None, folder: Path
) -> tuple[ScenarioFile, CompanyModel]:
    """Return what a new file says first, and the company that it changes.

    Parameters
    ----------
    source
        A scenario to begin from, if any.
    company
        The company that it changes, instead of the scenario's.
    folder
        Where the file is to be: it names files beside it.

    Raises
    ------
    ToolkitError
        If the scenario or the company is wrong.
    """
    from o2c_sim import load_company, reference_names
    from scenarios.inheritance import read_scenario
    from scenarios.scenario_template import first_scenario

    if source is None:
        start = first_scenario(company or "distributor")
    else:
        start = read_scenario(source, company).file
    model = load_company(start.extends)
    if start.extends not in reference_names():
        beside = os.path.relpath(start.extends, folder)
        start = start.model_copy(update={"extends": beside})
    return start, model


def _row(source: str, *, shipped: bool) -> ListedScenario:
    from scenarios.inheritance import read_scenario

    try:
        return ListedScenario(source, read_scenario(source), (), shipped)
    except ToolkitError as error:
        return ListedScenario(source, None, error.problems, shipped)


def _files(folder: Path) -> Iterator[Path]:
    from o2c_sim.model.yaml_tree import read_text
    from scenarios.inheritance import is_scenario

    if not folder.is_dir():
        raise UsageError(
            Problem("is not a folder", where=str(folder), allowed="a folder with *.yaml files")
        )
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml")):
        try:
            text = read_text(path, ScenarioError)
        except ScenarioError:
            continue
        if is_scenario(text):
            yield path
