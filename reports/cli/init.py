"""``o2c init``: a company file to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from reports.cli import options
from reports.cli.console import emit, say
from reports.cli.faults import verb


@verb
def init(
    file: Annotated[Path, typer.Argument(help="The file to write.")] = Path("company.yaml"),
    template: Annotated[
        str, typer.Option("--template", "-t", metavar="NAME", help="The company to begin from.")
    ] = "distributor",
    list_templates: Annotated[
        bool, typer.Option("--list", help="List the templates and write nothing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Write a company file to edit: a reference company with every key explained in comments.

    o2c init --template distributor my-company.yaml
    """
    if list_templates:
        _list(json_output)
        return
    from collections import Counter

    from o2c_sim import load_company, parameters
    from o2c_sim.atomic import new_file
    from o2c_sim.model.template import template_text
    from reports.cli.tables import wrapped

    text = template_text(template, str(file))
    _ready(file, force=force)
    with new_file(file, replace=force) as aside:
        aside.write_text(text, encoding="utf-8")
    kinds = Counter(item.provenance for _, item in parameters(load_company(template)))
    if json_output:
        emit("init", {"file": str(file), "template": template, "parameters": dict(kinds)})
        return
    said = (
        f"{file}: the template {template} with {kinds.total()} parameters, "
        f"{kinds['assumed']} of them assumed; its first lines say what to replace first"
    )
    say(wrapped(said, 2), quiet=quiet)
    for command in ("explain --company", "validate", "simulate"):
        say(f"  o2c {command} {shlex.quote(str(file))}", quiet=quiet)


def _ready(file: Path, *, force: bool) -> None:
    from o2c_sim.errors import Problem, UsageError
    from o2c_sim.model import reference_names
    from reports.cli.places import ready_file

    if str(file) in reference_names():
        raise UsageError(
            Problem(
                f"{file} is the name of a template, which a file cannot have",
                allowed="the name of a file to write, such as company.yaml",
                suggestion=f"o2c init --template {file}",
            )
        )
    if file.exists() and not file.is_dir() and not force:
        raise UsageError(
            Problem("already exists", where=str(file), suggestion="another name, or add --force")
        )
    ready_file(file, force=True)


def _list(json_output: bool) -> None:
    from o2c_sim import load_company
    from o2c_sim.model import reference_names
    from reports.cli.tables import wrapped

    described = {name: load_company(name).description for name in reference_names()}
    if json_output:
        rows = [{"name": name, "description": text} for name, text in described.items()]
        emit("init", {"templates": rows})
        return
    for name, text in described.items():
        say(wrapped(f"{name}: {text}", 2))
