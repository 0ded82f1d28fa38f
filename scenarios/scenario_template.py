"""A scenario file to begin with: every key explained, every lever at hand as a comment."""

from __future__ import annotations

import io
import re
import shlex
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML

from o2c_sim import CompanyModel
from o2c_sim._version import __version__
from scenarios.cash_levers import CASH_LEVERS
from scenarios.lever import Lever
from scenarios.levers import LEVERS
from scenarios.order_levers import ORDER_LEVERS
from scenarios.people_levers import PEOPLE_LEVERS
from scenarios.scenario_file import Cost, Phase, ScenarioFile
from scenarios.shock_levers import SHOCK_LEVERS

_WIDTH = 100
# Heading above the first lever of each group.
_HEADINGS = {
    ORDER_LEVERS[0].name: "Orders, credit, stock, delivery",
    CASH_LEVERS[0].name: "Invoice to cash",
    PEOPLE_LEVERS[0].name: "People",
    SHOCK_LEVERS[0].name: "Shocks",
}
# What a new file does until its owner says otherwise: a file that changes nothing is refused.
_FIRST: dict[str, float | str] = {"auto_match_pct": 85}
_EXAMPLE_PHASES = (
    Phase(
        name="go_live",
        from_day=30,
        ramp_up_days=60,
        ramp_up="learning",
        levers={"electronic_orders_pct": 65},
    ),
    Phase(name="strike", from_day=90, until_day=104, levers={"postal_days": 14}),
)
_EXAMPLE_COST = Cost(one_off=100_000, per_year=20_000)
_EXAMPLE_GRID = {"dispute_days": [4, 8, 16], "dunning_run": ["weekly", "daily"]}


def template_text(file: str, name: str, company: CompanyModel, source: ScenarioFile) -> str:
    """Return the text of a new scenario file.

    Parameters
    ----------
    file
        The name that the file is to have, for the commands in its header.
    name
        The scenario's name.
    company
        What it changes; the levers that are comments show its values.
    source
        What the new file says; see :func:`first_scenario`.

    Returns
    -------
    str
        YAML whose content is *source* under another name.
    """
    blocks = [
        _header(file),
        _key("schema_version", source.schema_version),
        _key("name", name),
        _key("title", source.title),
        _key("description", source.description or "...", live=bool(source.description)),
        _key("evidence", source.evidence or "...", live=bool(source.evidence)),
        _key("extends", source.extends),
        ["", *_meaning("levers"), "levers:" if source.levers else "# levers:"],
        _levers(company, source.levers),
        _section("overrides", source.overrides, {"write_off.after_days": 120}),
        _section("phases", source.phases, _EXAMPLE_PHASES),
        _section("cost", source.cost, _EXAMPLE_COST),
        _key(
            "volume_response_pct", source.volume_response_pct, live=source.volume_response_pct != 0
        ),
        _section("grid", source.grid, _EXAMPLE_GRID),
        _key("combine", source.combine, live=bool(source.grid)),
    ]
    return "\n".join(line for block in blocks for line in block) + "\n"


def first_scenario(company: str) -> ScenarioFile:
    """Return what a new file says that begins from no other: one lever of a company."""
    return ScenarioFile(
        schema_version=1,
        name="new",
        title="Match payments automatically",
        description="One lever as an example; choose your own below.",
        extends=company,
        levers=_FIRST,
    )


def name_from(stem: str) -> str:
    """Return a file's name as the name of a scenario."""
    name = re.sub(r"[^\w .-]+", "_", stem).strip("_ .-")
    return name[:60] if name[:1].isascii() and name[:1].isalnum() else f"scenario_{name}"[:60]


def _header(file: str) -> list[str]:
    # A file's name may hold anything; a line break in it would end the comment.
    file = "".join(sign if sign.isprintable() else "?" for sign in shlex.quote(file))
    commands = (
        (f"o2c scenario validate {file}", "every mistake, with its line"),
        (f"o2c scenario show {file}", "what it changes, path by path"),
        (f"o2c compare {file}", "days and cash, against the company as it is"),
        ("o2c schema scenario > scenario.schema.json", "lets an editor check as you type"),
    )
    width = max(len(command) for command, _ in commands)
    said = [
        f"A scenario: what would change in a company. Begun with o2c-toolkit {__version__}.",
        "What stands behind a # is not in force; take the # away to use it.",
        "Days count from the first measured day.",
        "",
        *(f"  {command.ljust(width)}  {what}" for command, what in commands),
        "",
    ]
    return [f"# {line}".rstrip() for line in said]


def _key(name: str, value: Any, *, live: bool = True) -> list[str]:
    text = _yaml({name: value})
    return [*_meaning(name), *(text if live else _behind(text))]


def _levers(company: CompanyModel, chosen: Mapping[str, Any]) -> list[str]:
    lines = []
    for lever in LEVERS.values():
        if lever.name in _HEADINGS:
            lines += ["", f"  # --- {_HEADINGS[lever.name]}"]
        lines += _comment(f"{lever.label}: {lever.allowed}", "  ")
        live = lever.name in chosen
        value = chosen[lever.name] if live else _now(lever, company)
        lines += [f"  {line}" if live else f"  # {line}" for line in _yaml({lever.name: value})]
    return lines


def _now(lever: Lever, company: CompanyModel) -> Any:
    """Return a lever's value in a company; of a choice that it has not made, the first word."""
    value = lever.read(company)
    if lever.choices:
        return value if value in lever.choices else lever.choices[0]
    return float(f"{min(max(float(value), lever.low), lever.high):.6g}")


def _section(name: str, value: Any, example: Any) -> list[str]:
    """Return a section as it is, or as an example behind signs of comment."""
    live = bool(value)
    shown = value if live else example
    kinds: dict[str, type[BaseModel]] = {"phases": Phase, "cost": Cost}
    parts = kinds.get(name)
    lines = ["", *_meaning(name)]
    if parts is not None:
        lines += [
            line
            for key, field in parts.model_fields.items()
            for line in _comment(f"{key}: {field.description}", "  ")
        ]
    text = _yaml({name: shown})
    return [*lines, *(text if live else _behind(text))]


def _meaning(name: str) -> list[str]:
    text = ScenarioFile.model_fields[name].description or ""
    return _comment(text[:1].upper() + text[1:], "")


def _comment(text: str, indent: str) -> list[str]:
    start = f"{indent}# "
    return textwrap.wrap(
        text, _WIDTH, initial_indent=start, subsequent_indent=start, break_on_hyphens=False
    )


def _behind(lines: Sequence[str]) -> list[str]:
    return [f"# {line}".rstrip() for line in lines]


def _yaml(value: Any) -> list[str]:
    stream = io.StringIO()
    yaml = YAML(typ="rt", pure=True)
    yaml.width = _WIDTH - 4
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(_plain(value), stream)
    return stream.getvalue().rstrip("\n").splitlines()


def _plain(value: Any) -> Any:
    """Return a value as YAML writes it plainly: no defaults, no anchors, whole numbers whole."""
    if isinstance(value, BaseModel):
        return _plain(value.model_dump(exclude_defaults=True))
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else float(value)
    return str(value) if isinstance(value, str) else value
