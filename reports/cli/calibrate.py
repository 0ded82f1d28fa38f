"""``o2c calibrate``: a real log becomes a model of the company, with the evidence of each value."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.calibration_lines import document, header, lines
from reports.cli.console import command_line, emit, plain, progress, say, working
from reports.cli.faults import verb

if TYPE_CHECKING:
    from mining.calibration.company import Calibration
    from mining.calibration.tuning import Tuned
    from mining.read import ReadLog
    from scenarios.calibration_ranking import Ranking

_WHAT = "What is calibrated"


@verb
def calibrate(
    log: Annotated[
        Path,
        typer.Argument(
            help="CSV, TSV, Excel, XES, OCEL 2.0 (JSON, XML, SQLite), Parquet, .gz of these, a "
            "run, a list of invoices, or a folder of SAP tables."
        ),
    ],
    ar: Annotated[
        Path | None,
        typer.Option(
            "--ar",
            metavar="FILE",
            help="A list of invoices for the half from the invoice to cash.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="Folder for model.yaml, its uncertainty and the report; or a .yaml file, which "
            "the others then stand beside.",
        ),
    ] = Path("calibration"),
    extends: Annotated[
        str | None,
        typer.Option(
            "--extends",
            metavar="COMPANY",
            help="Reference company for what the log does not tell (o2c init --list); chosen by "
            "the log by default.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    first: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DATE",
            help="Leave out cases that start before; an order starts when it is created.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    last: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="DATE",
            help="Take the log as it stood at the end of this day.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    discovered: Annotated[
        bool,
        typer.Option(
            "--discovered",
            help="Learn a model of whatever process the log shows, instead of order to cash.",
            rich_help_panel=_WHAT,
        ),
    ] = False,
    tuning: Annotated[
        int,
        typer.Option(
            "--tuning",
            min=0,
            max=10_000,
            metavar="RUNS",
            help="Simulated runs for what cannot be read off (delays, thresholds, people); 0 for "
            "none.",
            rich_help_panel=_WHAT,
        ),
    ] = 30,
    ranking: Annotated[
        bool,
        typer.Option(
            "--ranking/--no-ranking",
            help="Find out by short runs which assumed values matter most.",
            rich_help_panel=_WHAT,
        ),
    ] = True,
    case: options.CaseColumn = None,
    activity: options.ActivityColumn = None,
    time: options.TimeColumn = None,
    start: options.StartColumn = None,
    resource: options.ResourceColumn = None,
    role: options.RoleColumn = None,
    automated: options.AutomatedColumn = None,
    amount: options.AmountColumn = None,
    time_format: options.TimeFormat = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    case_type: options.CaseType = None,
    filters: options.Filters = None,
    sheet: options.Sheet = None,
    invoice_columns: options.InvoiceColumns = None,
    mapping_file: options.MappingFile = None,
    write_mapping: options.WriteMapping = None,
    zone: options.Zone = "UTC",
    seed: options.Seed = 1,
    workers: options.Workers = None,
    show_all: Annotated[
        bool, typer.Option("--all", help="Show every value from the data, with its interval.")
    ] = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Make a model of a company from its log.

    Writes model.yaml, in which every value says whether it comes from the data or is assumed,
    model.uncertainty.json for `o2c compare --parameter-uncertainty`, and a report of what was
    found, how sure it is, what is missing and which assumptions matter most.

    o2c calibrate log.csv --output calibrated
    """
    from o2c_sim import Problem, UsageError
    from reports.cli.examined import findings_of, quality_lines
    from reports.cli.filtering import narrowed
    from reports.cli.reading import mapping_lines, read_for

    period = _date("--from", first), _date("--until", last)
    if period[0] is not None and period[1] is not None and period[0] > period[1]:
        raise UsageError(Problem(f"--from {first} is after --until {last}"))
    if discovered:
        _refuse_beside_discovered({"--ar": ar, "--extends": extends})
    places = _places(output, force=force, inputs=tuple(p for p in (log, ar) if p is not None))
    with working("reading", quiet=quiet):
        read, chosen = read_for(
            log,
            zone,
            case=case,
            activity=activity,
            time=time,
            start=start,
            resource=resource,
            role=role,
            automated=automated,
            amount=amount,
            time_format=time_format,
            delimiter=delimiter,
            encoding=encoding,
            case_type=case_type,
            sheet=sheet,
            invoice_columns=None if ar is not None else invoice_columns,
            mapping_file=mapping_file,
            write_mapping=write_mapping,
            force=force,
        )
        findings = findings_of(read, chosen, log)
        read = narrowed(read, chosen, filters)
        listed = None
        if ar is not None:
            listed, _ = read_for(ar, zone, invoice_columns=invoice_columns)
    said = [*mapping_lines(read), *quality_lines(findings)]
    if discovered:
        _discover(
            read,
            chosen,
            period,
            output,
            seed,
            said,
            force=force,
            quiet=quiet,
            json_output=json_output,
        )
        return
    found, tuned, ranked = _calibrated(
        read, chosen, period, listed, extends, tuning, ranking, seed, workers,
        quiet=quiet or json_output,
    )  # fmt: skip
    written = _write(found, tuned, ranked, places, seed, force=force)
    if json_output:
        emit("calibrate", {**document(found, tuned, ranked), "output": written})
        return
    for line in (*said, *lines(found, tuned, ranked, show_all=show_all)):
        say(line, quiet=quiet)
    for path in written.values():
        say(f"written: {path}", quiet=quiet)


def _refuse_beside_discovered(given: dict[str, object]) -> None:
    from o2c_sim import Problem, UsageError

    for option, value in given.items():
        if value is not None:
            raise UsageError(
                Problem(
                    f"{option} beside --discovered, which learns from the log alone",
                    suggestion=f"leave out {option} or --discovered",
                )
            )


def _date(option: str, text: str | None) -> dt.date | None:
    from o2c_sim import Problem, UsageError

    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(Problem(f"{option} {text!r} is no date", allowed="YYYY-MM-DD")) from None


def _places(output: Path, *, force: bool, inputs: tuple[Path, ...]) -> dict[str, Path]:
    """Return where each file goes, and make sure that it can be written."""
    from reports.cli.places import ready_file, ready_folder

    if output.suffix in (".yaml", ".yml"):
        stem = output.with_suffix("")
        places = {
            "model": output,
            "uncertainty": stem.with_name(f"{stem.name}.uncertainty.json"),
            "report": stem.with_name(f"{stem.name}.calibration.md"),
            "data": stem.with_name(f"{stem.name}.calibration.json"),
        }
        for place in places.values():
            ready_file(place, force=force, inputs=inputs)
        return places
    ready_folder(output, force=force, inputs=inputs)
    return {
        "model": output / "model.yaml",
        "uncertainty": output / "model.uncertainty.json",
        "report": output / "calibration.md",
        "data": output / "calibration.json",
    }


def _calibrated(
    read: ReadLog,
    case_type: str,
    period: tuple[dt.date | None, dt.date | None],
    listed: ReadLog | None,
    extends: str | None,
    budget: int,
    ranking: bool,
    seed: int,
    workers: int | None,
    *,
    quiet: bool,
) -> tuple[Calibration, Tuned | None, Ranking | None]:
    from mining.calibration.company import calibrate as company_of
    from mining.calibration.matching import match
    from mining.calibration.source import source_of
    from mining.calibration.tuning import tune
    from scenarios.calibration_ranking import rank_assumed

    source = source_of(read, case_type, first=period[0], last=period[1], receivables=listed)
    with progress("estimating", quiet=quiet) as step:
        found = company_of(source, extends=extends, seed=seed, progress=step)
    tuned = None
    if budget:
        with progress("tuning by simulation", quiet=quiet) as step:
            found, tuned = tune(found, seed=seed, budget=budget, progress=step)
        with progress("matching the log by simulation", quiet=quiet) as step:
            found, _ = match(found, seed=seed, progress=step)
    ranked = None
    if ranking:
        with progress("ranking what is assumed", quiet=quiet) as step:
            ranked = rank_assumed(
                found.company, found.assumed, seed=seed, workers=workers, progress=step
            )
    return found, tuned, ranked


def _discover(
    read: ReadLog,
    case_type: str,
    period: tuple[dt.date | None, dt.date | None],
    output: Path,
    seed: int,
    said: list[str],
    *,
    force: bool,
    quiet: bool,
    json_output: bool,
) -> None:
    """Write a model of whatever process the log shows."""
    import dataclasses

    from mining.calibration.source import within
    from mining.discovered.discovery import discovery
    from mining.validation.event_table import event_table
    from o2c_sim import Problem, UsageError
    from o2c_sim.atomic import new_folder
    from o2c_sim.discovered.files import save
    from reports.cli.tables import wrapped

    if output.suffix in (".yaml", ".yml"):
        raise UsageError(
            Problem(f"--discovered writes a folder, not {output}", suggestion="--output FOLDER")
        )
    log = within(read.log, case_type, *period)
    name = Path(log.source).name
    events = event_table(dataclasses.replace(read, log=log, case_type=case_type))
    with working("learning", quiet=quiet):
        found = discovery(events, seed=seed, name=name)
    choices = [
        {"question": one.question, "answers": list(one.answers), "taken": one.taken}
        for one in found.choices
    ]
    told = {
        "source": found.model.source,
        "activities": list(found.model.activities),
        "choices": choices,
        "output": str(output),
    }
    with new_folder(output, replace=force) as aside:
        save(found.model, aside, replace=True)
        (aside / "calibration.json").write_text(_json_text(told), encoding="utf-8")
    if json_output:
        emit("calibrate", told)
        return
    for line in said:
        say(line, quiet=quiet)
    say(wrapped(found.model.source), quiet=quiet)
    for one in found.choices:
        say(wrapped(f"{one.question}: {one.answers[one.taken]}", 2), quiet=quiet)
    say(f"written: {output / 'model.yaml'}", quiet=quiet)


def _write(
    found: Calibration,
    tuned: Tuned | None,
    ranked: Ranking | None,
    places: dict[str, Path],
    seed: int,
    *,
    force: bool,
) -> dict[str, str]:
    from mining.calibration.model_text import model_text
    from mining.calibration.report import markdown
    from mining.calibration.uncertainty import uncertainty_text
    from o2c_sim.atomic import new_file, new_folder
    from o2c_sim.simulation import versions
    from reports.documents.calibration_document import FORMAT

    sections = [part.markdown() for part in (tuned, ranked) if part is not None]
    texts = {
        "model": model_text(found.company, header(found)),
        "report": markdown(found, sections, command_line()),
        "data": _json_text(
            {
                "format": FORMAT,
                **document(found, tuned, ranked),
                "seed": seed,
                "command": command_line(),
                "versions": versions(),
            }
        ),
    }
    if found.uncertainty.count:
        texts["uncertainty"] = uncertainty_text(found.uncertainty)
    folder = places["model"].parent
    if places["model"].name == "model.yaml" and places["report"].name == "calibration.md":
        with new_folder(folder, replace=force) as aside:
            for name, text in texts.items():
                (aside / places[name].name).write_text(text, encoding="utf-8")
    else:
        for name, text in texts.items():
            with new_file(places[name], replace=force) as aside:
                aside.write_text(text, encoding="utf-8")
    return {name: str(places[name]) for name in texts}


def _json_text(document: dict[str, Any]) -> str:
    return json.dumps(plain(document), indent=1, allow_nan=False, default=str) + "\n"
