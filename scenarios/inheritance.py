"""From a scenario's name or file to all that it says, with what it extends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap

from o2c_sim import CompanyModel, Problem, ScenarioError, ToolkitError, reference_names
from o2c_sim.errors import did_you_mean
from o2c_sim.model.loading import line_of, validation_problems
from o2c_sim.model.yaml_tree import read_text, read_tree
from scenarios.scenario_checks import file_problems, overlap_problems
from scenarios.scenario_file import Cost, Location, Places, ScenarioFile, WrittenScenario

MAX_DEPTH = 10
# So far down do settings have lines of their own: phases, number, levers, name.
_DEEPEST = 4
# Keys that a scenario has and a company has not; both may extend another.
_OWN_KEYS = tuple(key for key in ScenarioFile.model_fields if key not in CompanyModel.model_fields)
_SCENARIO = re.compile(
    rf"""^\{{?["']?(?:{"|".join(k for k in _OWN_KEYS if k != "extends")})["']?\s*:""", re.MULTILINE
)
# What a scenario takes from the one that it extends; phases are counted anew.
_INHERITED = ("levers", "overrides", "cost", "volume_response_pct")


def scenario_names() -> tuple[str, ...]:
    """Return the names of the scenarios that ship with the toolkit."""
    folder = resources.files("scenarios.library")
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".yaml")))


def read_scenario(source: Path | str, company: str | None = None) -> WrittenScenario:
    """Read a scenario and what it extends, down to the company.

    Parameters
    ----------
    source
        A YAML file or the name of a shipped scenario (:func:`scenario_names`).
    company
        Another company than the one at the end of the chain, which then need not exist.

    Returns
    -------
    WrittenScenario
        All settings; ``extends`` is the company, as :func:`o2c_sim.load_company` takes it.

    Raises
    ------
    ScenarioError
        If a file is wrong, with every problem of that file; if files extend one another in a
        circle, or more than ten deep.
    """
    chain: list[WrittenScenario] = []
    seen: list[str] = []
    following: Path | str | None = source
    while following is not None:
        key = _key(following)
        if key in seen or len(chain) == MAX_DEPTH:
            raise ScenarioError(_endless(chain, seen, key))
        seen.append(key)
        text, where, folder = _text(following)
        written = _read(text, where)
        if chain and written.file.grid:
            raise ScenarioError(_extended_grid(chain[-1], written))
        base, following = _extended(written, folder, company)
        chain.append(written)
    names = tuple(written.file.extends for written in chain)
    merged = chain.pop()
    while chain:
        merged = _merged(merged, chain.pop())
    file = merged.file
    settled = file.model_copy(update={"extends": company or base})
    if not (file.levers or file.overrides or file.phases or file.grid or file.volume_response_pct):
        raise ScenarioError(
            Problem(
                "the scenario changes nothing",
                where=merged.places.whole,
                allowed="at least one of levers, overrides, phases, grid, volume_response_pct",
            )
        )
    return WrittenScenario(settled, merged.places, names)


def is_scenario(text: str) -> bool:
    """Return whether a YAML text is a scenario and not a company, by its keys."""
    return _SCENARIO.search(text) is not None


def _key(source: Path | str) -> str:
    return str(source) if str(source) in scenario_names() else str(Path(source).resolve())


def _text(source: Path | str) -> tuple[str, str, Path | None]:
    """Return a scenario's text, its name for messages, and the folder of what it extends."""
    if str(source) in scenario_names():
        where = f"{source}.yaml"
        return (resources.files("scenarios.library") / where).read_text("utf-8"), where, None
    path = Path(source)
    return read_text(path, ScenarioError, scenario_names()), str(path), path.parent


def _read(text: str, where: str) -> WrittenScenario:
    """Return a file with its lines; every problem of it at once."""
    tree = read_tree(text, where, ScenarioError)
    places = Places(where, dict(_lines(tree, where)))
    problems: list[Problem] = []
    file = None
    try:
        file = ScenarioFile.model_validate(tree)
    except ValidationError as error:
        problems += validation_problems(error, tree, ScenarioFile, where)
    problems += file_problems(tree, places)
    if file is None or problems:
        raise ScenarioError(sorted(problems, key=_line_number))
    return WrittenScenario(file, places)


def _line_number(problem: Problem) -> int:
    line = problem.where.rpartition(":")[2]
    return int(line) if line.isdecimal() else 0


def _lines(tree: CommentedMap, where: str) -> Iterator[tuple[Location, str]]:
    stack: list[tuple[Location, Any]] = [((), tree)]
    while stack:
        location, node = stack.pop()
        if location and (line := line_of(tree, location)) is not None:
            yield location, f"{where}:{line}"
        if len(location) < _DEEPEST:
            items: Any = ()
            if isinstance(node, Mapping):
                items = node.items()
            elif isinstance(node, list):
                items = enumerate(node)
            stack += [((*location, key), item) for key, item in items]


def _extended(
    written: WrittenScenario, folder: Path | None, company: str | None
) -> tuple[str, Path | str | None]:
    """Return the company that a file extends, or the scenario; the other one is empty."""
    name = written.file.extends
    if name in reference_names():
        return name, None
    if name in scenario_names():
        return "", name
    path = Path(name) if folder is None else folder / name
    try:
        text = read_text(path, ToolkitError)
    except ToolkitError as error:
        if company is not None:
            return company, None
        known = (*reference_names(), *scenario_names())
        raise ScenarioError(
            Problem(
                f"extends: {name!r} {error.problems[0].message}",
                where=written.places.of("extends"),
                allowed=f"a company ({', '.join(reference_names())}), a scenario that ships, or "
                "the file of either beside this one",
                suggestion=did_you_mean(name, known),
            )
        ) from error
    return ("", path) if is_scenario(text) else (str(path), None)


def _endless(chain: list[WrittenScenario], seen: list[str], key: str) -> Problem:
    path = " -> ".join(Path(name).name for name in [*seen, key])
    where = chain[-1].places.of("extends")
    if key in seen:
        return Problem(
            f"extends: the files extend one another in a circle: {path}",
            where=where,
            allowed="a company at the end of the chain",
        )
    return Problem(
        f"extends: {path} is more than {MAX_DEPTH} deep",
        where=where,
        allowed=f"{MAX_DEPTH} scenarios one on the other",
    )


def _extended_grid(child: WrittenScenario, parent: WrittenScenario) -> Problem:
    return Problem(
        f"extends: {child.file.extends!r} is a grid of many scenarios",
        where=child.places.of("extends"),
        allowed="a single scenario",
        suggestion=f"without the grid at {parent.places.of('grid')}",
    )


def _merged(parent: WrittenScenario, child: WrittenScenario) -> WrittenScenario:
    """Return what a child says on top of its parent; the child's settings win.

    Raises
    ------
    ScenarioError
        If a phase of one sets at the same time what a phase of the other sets.
    """
    above, file = parent.file, child.file
    origins = _phases(parent, child)
    lines = {at: line for at, line in parent.places.lines.items() if at[0] in _INHERITED}
    lines |= {at: line for at, line in child.places.lines.items() if at[0] != "phases"}
    for number, (owner, place) in enumerate(origins):
        lines |= {
            ("phases", number, *at[2:]): line
            for at, line in owner.places.lines.items()
            if at[:2] == ("phases", place)
        }
    places = Places(child.places.whole, lines)
    phases = tuple(owner.file.phases[place] for owner, place in origins)
    if problems := list(overlap_problems(phases, range(len(phases)), places)):
        raise ScenarioError(problems)
    own: dict[str, Any] = {
        "levers": {**above.levers, **file.levers},
        "phases": phases,
        "cost": _cost(above, file),
    }
    own["overrides"] = {**above.overrides, **file.overrides}
    if "volume_response_pct" not in file.model_fields_set:
        own["volume_response_pct"] = above.volume_response_pct
    return WrittenScenario(file.model_copy(update=own), places)


def _phases(parent: WrittenScenario, child: WrittenScenario) -> list[tuple[WrittenScenario, int]]:
    """Return whose phases there are, in the order in which they begin."""
    named = {phase.name for phase in child.file.phases if phase.name is not None}
    kept = [
        (parent, number)
        for number, phase in enumerate(parent.file.phases)
        if phase.name not in named
    ]
    own = [(child, number) for number in range(len(child.file.phases))]
    return sorted([*kept, *own], key=lambda item: item[0].file.phases[item[1]].from_day)


def _cost(above: ScenarioFile, file: ScenarioFile) -> Cost | None:
    if above.cost is None or file.cost is None:
        return file.cost or above.cost
    own = {name: getattr(file.cost, name) for name in file.cost.model_fields_set}
    return above.cost.model_copy(update=own)
