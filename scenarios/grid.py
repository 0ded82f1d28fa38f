"""Grids: one scenario file, many scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from scenarios.levers import LEVERS
from scenarios.scenario_file import Places, ScenarioFile, WrittenScenario

# Lever or path to one of its values, with the value's place in the list.
Point = Mapping[str, tuple[int, Any]]


def expanded(written: WrittenScenario) -> Iterator[WrittenScenario]:
    """Yield each scenario of a grid; a file without one is a single scenario.

    ``combine: all`` is the full factorial, the last key varying fastest; ``each`` takes one value
    at a time, all else being as the file says. Names are the file's, with the values in brackets.
    """
    file = written.file
    if not file.grid:
        yield written
        return
    for point in points(file):
        yield WrittenScenario(_at(file, point), _places(written.places, point))


def points(file: ScenarioFile) -> Iterator[Point]:
    """Yield the points of a file's grid."""
    numbered = {name: list(enumerate(values)) for name, values in file.grid.items()}
    if file.combine == "each":
        yield from ({name: value} for name, values in numbered.items() for value in values)
        return
    for values in product(*numbered.values()):
        yield dict(zip(numbered, values, strict=True))


def _at(file: ScenarioFile, point: Point) -> ScenarioFile:
    values = {name: value for name, (_, value) in point.items()}
    levers = {name: value for name, value in values.items() if name in LEVERS}
    overrides = {name: value for name, value in values.items() if name not in LEVERS}
    shown = {name: _shown(number, value) for name, (number, value) in point.items()}
    return file.model_copy(
        update={
            "name": f"{file.name} [{', '.join(f'{k}={v}' for k, v in shown.items())}]",
            "title": f"{file.title}: {', '.join(f'{k} {v}' for k, v in shown.items())}",
            "levers": {**file.levers, **levers},
            "overrides": {**file.overrides, **overrides},
            "grid": {},
        }
    )


def _shown(number: int, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.10g}"
    # Lists and mappings would make a name of many lines; their place in the list tells them apart.
    return value if isinstance(value, str) else f"#{number + 1}"


def _places(places: Places, point: Point) -> Places:
    lines = dict(places.lines)
    for name, (number, _) in point.items():
        kind = "levers" if name in LEVERS else "overrides"
        lines[kind, name] = places.of("grid", name, number)
    return Places(places.whole, lines)
