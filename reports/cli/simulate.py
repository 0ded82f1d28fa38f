"""``o2c simulate``: a company becomes an event log and a ledger."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from reports.cli import options
from reports.cli.console import command_line, emit, say, working
from reports.cli.faults import verb


@verb
def simulate(
    company: Annotated[
        str, typer.Argument(help="A company's YAML file, or a reference company.")
    ] = "distributor",
    output: options.Output = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", help="Also write ocel-json, ocel-sqlite, ocel-xml, xes or csv; repeatable."
        ),
    ] = None,
    case_type: Annotated[
        str, typer.Option("--case-type", help="Case notion of xes and csv.")
    ] = "order",
    overrides: options.Overrides = None,
    seed: options.Seed = 1,
    replication: Annotated[
        int, typer.Option("--replication", min=0, help="Which replication.")
    ] = 0,
    warm_up: options.WarmUpUnlessOpening = None,
    days: options.Days = 180,
    cool_down: options.CoolDown = 120,
    opening: options.Opening = None,
    extension: options.Extension = None,
    write_opening: Annotated[
        Path | None,
        typer.Option(
            "--write-opening",
            metavar="FOLDER",
            help="Write the state at the end of the run, for --opening of another one.",
        ),
    ] = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Simulate one replication of a company.

    Writes the event log (five OCEL 2.0 tables), the journal, the daily receivables, the staff's
    utilisation and a manifest, as Parquet; other formats on request.

    o2c simulate distributor --output run --format ocel-json --format xes
    """
    from mining.kpis import measure
    from mining.write import FORMATS, write_log
    from o2c_sim import Problem, UsageError, Window, load_company, load_extension, override
    from o2c_sim import simulate as run_company
    from o2c_sim import vocabulary as v
    from o2c_sim.atomic import new_folder
    from o2c_sim.errors import did_you_mean
    from o2c_sim.opening_files import read_opening
    from o2c_sim.opening_files import write_opening as save_opening
    from reports.cli.places import ready_folder
    from reports.cli.settings import parse_settings
    from scenarios.experiment import measured_period

    wanted = list(dict.fromkeys(formats or []))
    problems = [
        Problem(
            f"the format {name!r} is not known",
            allowed=", ".join(FORMATS),
            suggestion=did_you_mean(name, FORMATS),
        )
        for name in wanted
        if name not in FORMATS
    ]
    if wanted and output is None:
        problems.append(Problem("--format needs --output"))
    if case_type not in v.OBJECT_TYPES:
        problems.append(Problem(f"--case-type {case_type!r}", allowed=", ".join(v.OBJECT_TYPES)))
    if problems:
        raise UsageError(problems)
    inputs = (Path(company), *filter(None, [extension, opening]))
    ready_folder(output, force=force, inputs=inputs)
    ready_folder(write_opening, force=force, inputs=inputs)
    model = load_company(company)
    changes = parse_settings(overrides or [])
    if changes:
        model = override(model, changes, "--set")
    own = None if extension is None else load_extension(extension)
    state = None if opening is None else read_opening(opening, model)
    window = Window(options.warm_up_days(warm_up, opening), days, cool_down)
    with working(f"simulating {window.days} days of {model.name}", quiet=quiet):
        run = run_company(
            model,
            seed=seed,
            replication=replication,
            window=window,
            extension=own,
            opening=state,
            keep_closing=write_opening is not None,
        )
    kpis = measure(run.log, measured_period(model, window), recorded=v.ACTIVITIES)
    written = None
    if output is not None:
        with working("writing", quiet=quiet), new_folder(output, replace=force) as aside:
            run.write_tables(aside, {"command": command_line()})
            for name in wanted:
                if name != "parquet":
                    write_log(run.log, aside / _FILE[name], format=name, case_type=case_type)
        written = str(output)
    if write_opening is not None and run.closing is not None:
        save_opening(run.closing, write_opening, replace=force)
    if json_output:
        result = {
            "manifest": run.manifest,
            "warnings": run.warnings,
            "kpis": kpis,
            "utilisation": run.utilisation.to_dicts(),
            "output": written,
        }
        emit("simulate", result)
        return
    from reports.cli.tables import kpi_table, utilisation_table, wrapped

    text = (
        f"{model.name}: {run.manifest['orders']:,} orders, {run.manifest['events']:,} events in "
        f"{window.days} days ({days} measured), seed {seed}, replication {replication}"
    )
    say(wrapped(text), quiet=quiet)
    say(quiet=quiet)
    say(kpi_table(kpis, model.currency), quiet=quiet)
    say(f"\n{utilisation_table(run.utilisation)}", quiet=quiet)
    for warning in run.warnings:
        say(wrapped(f"warning: {warning}", 2), quiet=quiet)
    if write_opening is not None:
        next_day = model.start_date + dt.timedelta(window.days)
        say(f"\nstate written to {write_opening}: start_date {next_day} goes on", quiet=quiet)
    if written:
        say(f"\nwritten to {written}", quiet=quiet)
        if set(wanted) - {"parquet"}:
            # The exchange formats hold UTC and no word about the company's clock.
            say(f"read the exported files with --zone {model.zone}", quiet=quiet)


_FILE = {
    "ocel-json": "log.jsonocel",
    "ocel-sqlite": "log.sqlite",
    "ocel-xml": "log.xmlocel",
    "xes": "log.xes",
    "csv": "log.csv",
}
