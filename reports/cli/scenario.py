"""``o2c scenario``: look at, write and check scenario files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.console import emit, say
from reports.cli.faults import verb
from reports.cli.group import Verbs

if TYPE_CHECKING:
    from scenarios.scenario import Scenario

scenario = typer.Typer(
    name="scenario",
    cls=Verbs,
    help="List, show, write and check scenario files.",
    no_args_is_help=True,
)


@scenario.command("list")
@verb
def list_scenarios(
    folder: Annotated[
        Path | None, typer.Argument(help="A folder with scenario files, besides those that ship.")
    ] = None,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """List the scenarios that ship, and those of a folder.

    o2c scenario list

    o2c scenario list my-scenarios
    """
    from reports.cli.scenario_list import COLUMNS, listed
    from reports.cli.tables import text_table, wrapped

    rows = listed(folder)
    if json_output:
        emit("scenario list", {"scenarios": [row.document for row in rows]})
        return
    table = [[row.cell(column) for column in COLUMNS] for row in rows if not row.problems]
    say(text_table(COLUMNS, table, "l" * len(COLUMNS)), quiet=quiet)
    for row in rows:
        if row.problems:
            why = f"{row.file}: not valid: {row.problems[0]}"
            say(wrapped(f"{why}; o2c scenario validate {row.file}", 2), quiet=quiet)


@scenario.command("show")
@verb
def show(
    name: Annotated[str, typer.Argument(help="A scenario that ships, or a YAML file.")],
    company: Annotated[
        str | None, typer.Option("--company", help="Another company than the scenario names.")
    ] = None,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Show what a scenario changes: levers before and after, phases, cost, the model's paths.

    o2c scenario show case_b

    o2c scenario show my-scenario.yaml --company distributor_poor
    """
    from dataclasses import asdict

    from reports.cli.scenario_show import grid_lines, scenario_document, scenario_lines
    from scenarios.library_index import LIBRARY
    from scenarios.scenario import load_scenarios

    found = load_scenarios(name, extends=company)
    entry = LIBRARY.get(name)
    if json_output:
        known = None if entry is None else asdict(entry)
        documents = [scenario_document(one) for one in found]
        emit("scenario show", {"library": known, "scenarios": documents})
        return
    lines = scenario_lines(found[0], entry) if len(found) == 1 else grid_lines(found)
    for line in lines:
        say(line, quiet=quiet)


@scenario.command("new")
@verb
def new(
    file: Annotated[Path, typer.Argument(help="The file to write.")] = Path("scenario.yaml"),
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="NAME", help="A scenario or a file to begin from."),
    ] = None,
    company: Annotated[
        str | None, typer.Option("--company", help="The company that it changes.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Write a scenario file to edit: every key explained, every lever there as a comment.

    o2c scenario new my-scenario.yaml --from case_a
    """
    import shlex

    from o2c_sim.atomic import new_file
    from reports.cli.places import ready_file
    from reports.cli.scenario_list import beginning
    from scenarios.scenario_template import name_from, template_text

    inputs = tuple(Path(given) for given in (source, company) if given is not None)
    _named(file)
    ready_file(file, force=force, inputs=inputs)
    start, model = beginning(source, company, file.parent)
    text = template_text(str(file), name_from(file.stem), model, start)
    with new_file(file, replace=force) as aside:
        aside.write_text(text, encoding="utf-8")
    if json_output:
        emit("scenario new", {"file": str(file), "from": source, "extends": start.extends})
        return
    say(f"{file}: a scenario of {start.extends}", quiet=quiet)
    for command in ("scenario validate", "scenario show", "compare"):
        say(f"  o2c {command} {shlex.quote(str(file))}", quiet=quiet)


@scenario.command("validate")
@verb
def validate(
    files: Annotated[list[str], typer.Argument(help="Scenario files, or names.")],
    company: Annotated[
        str | None, typer.Option("--company", help="Another company than the scenarios name.")
    ] = None,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Check scenario files; every problem of every file at once, with its line.

    o2c scenario validate my-scenario.yaml
    """
    from o2c_sim import ScenarioError, ToolkitError
    from scenarios.scenario import load_scenarios

    found: list[dict[str, Any]] = []
    problems = []
    for file in files:
        try:
            found.append({"file": file, **_summary(load_scenarios(file, extends=company))})
        except ToolkitError as error:
            problems += list(error.problems)
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    if json_output:
        emit("scenario validate", {"files": found})
        return
    for item in found:
        say(f"{item['file']}: valid, {item['summary']}", quiet=quiet)


def _summary(found: tuple[Scenario, ...]) -> dict[str, Any]:
    from reports.cli.tables import counted

    first = found[0]
    phases = first.file.phases
    parts = [counted(len(first.settings), "setting") + f" on {first.baseline.name}"]
    if phases:
        parts.append(counted(len(phases), "phase"))
    warm_up = max(0, -min((phase.from_day for phase in phases), default=0))
    if warm_up:
        parts.append(f"a warm-up of at least {warm_up} days needed")
    if len(found) > 1:
        parts.insert(0, counted(len(found), "scenario"))
    return {
        "scenarios": len(found),
        "settings": len(first.settings),
        "phases": len(phases),
        "warm_up_days": warm_up,
        "company": first.baseline.name,
        "summary": ", ".join(parts),
    }


def _named(file: Path) -> None:
    from o2c_sim.errors import Problem, UsageError
    from scenarios.inheritance import scenario_names

    if str(file) in scenario_names():
        raise UsageError(
            Problem(
                f"{file} is the name of a scenario that ships, which a file cannot have",
                allowed="the name of a file to write, such as scenario.yaml",
                suggestion=f"o2c scenario new --from {file}",
            )
        )
