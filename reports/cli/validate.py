"""``o2c validate``: is a company or scenario file right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reports.cli import options
from reports.cli.console import emit, say
from reports.cli.faults import verb


@verb
def validate(
    files: Annotated[list[str], typer.Argument(help="Company or scenario files, or names.")],
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Check company and scenario files; every problem of every file at once.

    o2c validate company.yaml scenario.yaml
    """
    from o2c_sim import ModelError, ToolkitError

    found, problems = [], []
    for file in files:
        try:
            found.append({"file": file, **_checked(file)})
        except ToolkitError as error:
            problems += list(error.problems)
    if problems:
        raise ModelError(problems)
    if json_output:
        emit("validate", {"files": found})
        return
    for item in found:
        say(f"{item['file']}: a valid {item['kind']}, {item['summary']}", quiet=quiet)


def _checked(file: str) -> dict[str, str]:
    from collections import Counter

    from o2c_sim import load_company, parameters
    from scenarios.scenario import load_scenarios, scenario_names

    if file in scenario_names() or _is_scenario(Path(file)):
        found = load_scenarios(file)
        summary = f"{len(found[0].settings)} settings on {found[0].baseline.name}"
        if len(found) > 1:
            summary = f"{len(found):,} scenarios, {summary}"
        return {"kind": "scenario", "summary": summary}
    model = load_company(file)
    kinds = Counter(parameter.provenance for _, parameter in parameters(model))
    shown = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    return {"kind": "company", "summary": f"parameters: {shown}"}


def _is_scenario(path: Path) -> bool:
    from scenarios.inheritance import is_scenario

    try:
        return is_scenario(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return False
