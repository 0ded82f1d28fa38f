"""``o2c rerun``: one replication of an experiment again, with its full log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.console import command_line, emit, say, working
from reports.cli.faults import verb
from reports.cli.what_if import load_all

if TYPE_CHECKING:
    from scenarios.replication import Replication
    from scenarios.scenario import Scenario

DIFFERS = 1
BASELINE = "baseline"
# What a comparison has recorded and the command line must not contradict.
_RECORDED = (
    "company", "overrides", "seed", "warm_up", "days", "cool_down", "opening", "extension",
)  # fmt: skip
_SAME, _NOT_KEPT = "same as stored", "no run of the store to compare with"


@verb
def rerun(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            help="A scenario's YAML file, a scenario that ships, or a comparison.json, whose own "
            "company, seed and days are used."
        ),
    ],
    replication: Annotated[int, typer.Option("--replication", min=0, help="Which one, from 0.")],
    scenario: Annotated[
        str | None,
        typer.Option(
            "--scenario", help="Which, if there are several; 'baseline' for the company as it is."
        ),
    ] = None,
    company: Annotated[
        str | None,
        typer.Option("--company", help="Another company than the one the scenario names."),
    ] = None,
    overrides: options.Overrides = None,
    output: options.Output = None,
    seed: options.Seed = 1,
    warm_up: options.WarmUpUnlessOpening = None,
    days: options.Days = 180,
    cool_down: options.CoolDown = 120,
    opening: options.Opening = None,
    extension: options.Extension = None,
    store: options.StoreFolder = None,
    no_store: options.NoStore = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Run one replication of an experiment again, with the full log.

    It is compared bit for bit with what the store has kept of it; a difference ends with exit code
    1. With --output, writes what simulate writes. A comparison of several scenarios needs
    --scenario, too: rerun result/comparison.json --scenario case_a --replication 7.

    o2c rerun case_a --replication 7 --output run
    """
    from o2c_sim import Window
    from o2c_sim.atomic import new_folder
    from o2c_sim.opening_files import read_opening
    from reports.cli.places import ready_folder
    from reports.cli.running import open_store
    from scenarios.experiment import Plan, measured_period, summarise, task_of
    from scenarios.task import extension_text, simulated

    asked = {name: context.params[name] for name in _RECORDED} | {"scenarios": [source]}
    if (file := _comparison_in(source)) is not None:
        asked = _recorded(file, context)
    ready_folder(output, force=force, inputs=tuple(_inputs(asked, source)))
    baseline, loaded = load_all(
        asked["scenarios"], asked["company"], asked["overrides"] or [], grids=True
    )
    chosen = _chosen(loaded, scenario)
    state = None if asked["opening"] is None else read_opening(asked["opening"], baseline)
    window = Window(
        options.warm_up_days(asked["warm_up"], asked["opening"]), asked["days"], asked["cool_down"]
    )
    plan = Plan(baseline) if chosen is None else Plan(chosen.model, chosen.changes(window))
    own = None if asked["extension"] is None else extension_text(asked["extension"])
    task = task_of(plan, asked["seed"], replication, window, extension=own, opening=state)
    name = BASELINE if chosen is None else chosen.name
    with working(f"simulating {window.days} days of {name}", quiet=quiet):
        run = simulated(task)
        kept = summarise(run, measured_period(plan.model, window), with_map=task.replication == 0)
    found = open_store(store, no_store)
    before = None if found is None else found.read(task.key)
    differing = [] if before is None else _differing(before, kept, task.key)
    verdict = _NOT_KEPT if before is None else _SAME
    if differing:
        verdict = f"differs from what is stored: {', '.join(differing)}"
    if output is not None:
        about = {"command": command_line(), "scenario": name, "store_key": task.key}
        with working("writing", quiet=quiet), new_folder(output, replace=force) as aside:
            run.write_tables(aside, about)
    if json_output:
        result = {
            "scenario": name,
            "manifest": run.manifest,
            "kpis": kept.kpis,
            "warnings": run.warnings,
            "verdict": verdict,
            "differing": differing,
            "output": str(output) if output else None,
        }
        emit("rerun", result)
    else:
        _print(run.manifest, kept, name, baseline.currency, quiet)
        say(f"\n{verdict}", quiet=quiet and not differing)
        if output is not None:
            say(f"written to {output}", quiet=quiet)
    if differing:
        raise typer.Exit(DIFFERS)


def _print(
    manifest: Mapping[str, Any], kept: Replication, name: str, currency: str, quiet: bool
) -> None:
    from reports.cli.tables import kpi_table, wrapped

    text = (
        f"{manifest['company']}, {name}: {kept.orders:,} orders measured, seed "
        f"{manifest['seed']}, replication {manifest['replication']}"
    )
    say(wrapped(text), quiet=quiet)
    say(quiet=quiet)
    say(kpi_table(kept.kpis, currency), quiet=quiet)
    for warning in kept.warnings:
        say(wrapped(f"warning: {warning}", 2), quiet=quiet)


def _comparison_in(source: str) -> Path | None:
    """Return the comparison's file if the source is one, or the folder of one."""
    path = Path(source)
    if path.is_dir():
        path = path / "comparison.json"
    return path if path.suffix == ".json" else None


def _recorded(file: Path, context: typer.Context) -> dict[str, Any]:
    """Return the options of the command line that made a comparison.

    Raises
    ------
    UsageError
        If it was made in another way, or an option here contradicts it.
    """
    import shlex

    from o2c_sim import Problem, UsageError
    from reports.cli.app import app
    from scenarios.result_file import read_comparison

    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name in _RECORDED
        and getattr(context.get_parameter_source(parameter.name), "name", "") == "COMMANDLINE"
    ]
    if given:
        raise UsageError(
            Problem(f"{', '.join(given)}: the comparison has its own", where=str(file))
        )
    command = read_comparison(file).command
    words = shlex.split(command)
    if words[:2] != ["o2c", "compare"]:
        raise UsageError(
            Problem(
                f"was made by {command!r}",
                where=str(file),
                allowed="a comparison made by o2c compare",
                suggestion="name the scenario itself",
            )
        )
    verbs: Any = typer.main.get_command(app)
    params = verbs.commands["compare"].make_context("compare", words[2:]).params
    return {name: params[name] for name in (*_RECORDED, "scenarios")}


def _inputs(asked: Mapping[str, Any], source: str) -> list[Path]:
    named = (source, *asked["scenarios"], asked["company"], asked["opening"], asked["extension"])
    return [Path(name) for name in named if name is not None]


def _chosen(loaded: list[Scenario], name: str | None) -> Scenario | None:
    """Return the scenario to run; None for the baseline.

    Raises
    ------
    UsageError
        If there is none of that name, or several and no name.
    """
    from o2c_sim import Problem, UsageError
    from o2c_sim.errors import did_you_mean

    if name == BASELINE:
        return None
    names = [one.name for one in loaded]
    if name is None and len(loaded) == 1:
        return loaded[0]
    if name is None or name not in names:
        allowed = [BASELINE, *names]
        raise UsageError(
            Problem(
                "there are several scenarios" if name is None else f"--scenario {name!r}",
                allowed=", ".join(allowed[:30]),
                suggestion=did_you_mean(name, allowed) if name else "--scenario NAME",
            )
        )
    return loaded[names.index(name)]


def _differing(stored: Replication, own: Replication, key: str) -> list[str]:
    """Return what is not the same, bit for bit."""
    import struct

    from scenarios.replication_file import encode

    def bits(value: float) -> bytes:
        return struct.pack("d", value)

    found = [
        name
        for name in {**stored.kpis, **own.kpis}
        if bits(stored.kpis.get(name, 0.0)) != bits(own.kpis.get(name, 0.0))
    ]
    if not found and encode(stored, key) != encode(own, key):
        found = ["not the KPIs, but something else that is kept"]
    return found
