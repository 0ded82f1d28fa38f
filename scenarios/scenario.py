"""Scenario files: what would change, in business words, on top of a company."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from o2c_sim import CompanyModel, Problem, ScenarioError, load_company, override, reference_names
from o2c_sim.model.loading import parse, read_text
from scenarios.comparison import LeverSetting
from scenarios.levers import LEVERS, changes


class ScenarioFile(BaseModel):
    """A scenario as it is written.

    Parameters
    ----------
    extends
        A reference company, or a company's YAML file beside the scenario.
    levers
        Lever name to value; see :data:`scenarios.levers.LEVERS`.
    overrides
        Dotted path of a parameter to its value, for what no lever covers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1]
    name: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][\w .-]*$")]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    description: str = ""
    extends: str
    levers: dict[str, Annotated[float, Field(strict=True)] | str] = {}
    overrides: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario ready to run.

    Parameters
    ----------
    name, title, description
        For people.
    file
        As it was written.
    baseline
        The company it changes.
    model
        The company as changed.
    settings
        What it changes, with before and after.
    """

    name: str
    title: str
    description: str
    file: ScenarioFile
    baseline: CompanyModel
    model: CompanyModel
    settings: tuple[LeverSetting, ...]


def scenario_names() -> tuple[str, ...]:
    """Return the names of the scenarios that ship with the toolkit."""
    folder = resources.files("scenarios.library")
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".yaml")))


def load_scenario(source: Path | str, *, extends: str | None = None) -> Scenario:
    """Load a scenario and apply it to its company.

    Parameters
    ----------
    source
        A YAML file or the name of a shipped scenario (:func:`scenario_names`).
    extends
        Another company instead of the one the scenario names.

    Raises
    ------
    ScenarioError
        If the scenario is wrong; every problem at once.
    ModelError
        If the company is wrong, or does not allow the values.
    """
    if str(source) in scenario_names():
        where, folder = f"{source}.yaml", None
        text = (resources.files("scenarios.library") / where).read_text("utf-8")
    else:
        path = Path(source)
        where, folder = str(path), path.parent
        text = read_text(path, ScenarioError, scenario_names())
    file = parse(text, ScenarioFile, where, ScenarioError)
    if not file.levers and not file.overrides:
        raise ScenarioError(Problem("the scenario changes nothing", where=where))
    baseline = load_company(extends or _company(file.extends, folder))
    return apply(file, baseline, where)


def rebased(scenario: Scenario, baseline: CompanyModel) -> Scenario:
    """Return the scenario as it changes another company."""
    return apply(scenario.file, baseline, scenario.name)


def apply(file: ScenarioFile, baseline: CompanyModel, where: str) -> Scenario:
    """Apply a scenario to a company; see :func:`load_scenario`."""
    wanted = {**changes(baseline, file.levers, where), **file.overrides}
    model = override(baseline, wanted, f"scenario {file.name}")
    settings = [
        LeverSetting(
            lever=name,
            label=lever.label,
            unit=lever.unit,
            before=_shown(lever.read(baseline)),
            after=_shown(value),
            source=lever.evidence,
        )
        for name, value in file.levers.items()
        for lever in (LEVERS[name],)
    ]
    settings += [
        LeverSetting(path, path, "", "as in the company", _shown(value), "set directly")
        for path, value in file.overrides.items()
    ]
    return Scenario(file.name, file.title, file.description, file, baseline, model, tuple(settings))


def _company(extends: str, folder: Path | None) -> str:
    if extends in reference_names() or folder is None:
        return extends
    return str(folder / extends)


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
