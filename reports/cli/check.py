"""``o2c check``: does a log follow a model, the normative one or another."""

from __future__ import annotations

import dataclasses
import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.check_tables import deviation_table, fitness_text, span_text
from reports.cli.console import emit, plain, say, working
from reports.cli.faults import FOR_REPORTS, require, verb
from reports.cli.prices import COST_OF_CAPITAL

if TYPE_CHECKING:
    import polars as pl

    from mining.compliance import RuleResult
    from mining.conformance import Conformance
    from mining.normative import NormativeCheck
    from mining.read import ReadLog
    from reports.cli.reading import Run
    from reports.documents.document import Block

FOUND_SOMETHING = 1
MODELS = ("normative", "discovered")


class Method(StrEnum):
    """How a log is held against a model."""

    ALIGNMENTS = "alignments"
    REPLAY = "replay"


class Grain(StrEnum):
    """Within what span events are taken to have happened in the order of the process."""

    EVENT = "event"
    INSTANT = "instant"
    DAY = "day"


@verb
def check(
    log: Annotated[Path, typer.Argument(help="A log; see o2c mine.")],
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            help="normative (the order-to-cash model that ships), discovered (from the log "
            "itself), or a .bpmn or .pnml file.",
        ),
    ] = "normative",
    method: Annotated[
        Method,
        typer.Option(
            help="alignments are exact; replay counts tokens, as many tools do, and needs another "
            "model than the normative one."
        ),
    ] = Method.ALIGNMENTS,
    min_fitness: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Exit with 1 if the average fitness is lower."),
    ] = None,
    noise: Annotated[
        float, typer.Option(min=0, max=1, help="For --model discovered; see o2c mine.")
    ] = 0.2,
    grain: Annotated[
        Grain,
        typer.Option(
            help="For --model normative: events of one instant, or of one day, count as in the "
            "order of the process; event keeps the order of the log. Take day where stamps know "
            "only the day or come from batch jobs."
        ),
    ] = Grain.INSTANT,
    precision: Annotated[
        bool, typer.Option("--precision/--no-precision", help="Compute precision, too.")
    ] = True,
    rules: Annotated[
        Path | None,
        typer.Option(help="Rules of your own (YAML) to price, in place of those that ship."),
    ] = None,
    cost_of_capital: Annotated[
        float, typer.Option(min=0, max=1, help="Per year, to price days: 0.09 is 9 %, assumed.")
    ] = COST_OF_CAPITAL,
    currency: Annotated[
        str, typer.Option(help="Currency of the log's amounts, to show beside them.")
    ] = "",
    output: options.Output = None,
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
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Check a log against a model, by alignments or token replay, and say what deviations go with.

    Prints fitness, precision and the deviations, says what part of the process the log covers,
    and lists deviations and broken rules (see o2c rules) with the days and the cash that go with
    them, the dearest first. With --output also writes a report and the tables as CSV.

    o2c check log.csv --model normative --min-fitness 0.9

    o2c check log.csv --grain day
    """
    from mining.compliance import check_rules, load_rules, shipped_rules
    from o2c_sim import vocabulary as v
    from reports.cli.examined import examined
    from reports.cli.places import ready_folder
    from reports.cli.prices import price_list, price_table
    from reports.cli.reading import run_of
    from reports.cli.rules import documents
    from reports.cli.tables import wrapped

    _require_model(model, method)
    asked = shipped_rules() if rules is None else load_rules(rules)
    ready_folder(output, force=force, inputs=(log,) if rules is None else (log, rules))
    require("pm4py", *(() if output is None else FOR_REPORTS))
    with working("reading", quiet=quiet):
        known = examined(
            log,
            zone,
            filters=filters,
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
            invoice_columns=invoice_columns,
            mapping_file=mapping_file,
            write_mapping=write_mapping,
            force=force,
        )
    read, chosen = known.read, known.case_type
    cases = read.log.flatten(chosen)
    with working("checking", quiet=quiet):
        results, notes = check_cases(
            cases,
            model,
            noise=noise,
            precision=precision,
            grain=grain,
            method=method,
            case_name="" if chosen == "case" else chosen,
        )
    # What a case under way still lacks is no deviation yet.
    judged = results.get("completed cases", results["all cases"])
    run = run_of(log)
    currency = currency or ("" if run is None else run.currency)
    with working("pricing", quiet=quiet):
        kept = check_rules(
            read.log, asked, case_type=chosen, recorded=() if run is None else v.ACTIVITIES
        )
        prices = price_list(
            read,
            chosen,
            judged,
            kept,
            grain=grain if model == "normative" else None,
            cost_of_capital=cost_of_capital,
        )
    average = results["all cases"].average_fitness
    failed = min_fitness is not None and not average >= min_fitness
    document = {
        "source": read.log.source,
        "model": model,
        "results": {name: _document(result) for name, result in results.items()},
        "notes": [*notes, *read.notes],
        "findings": known.documents,
        "cost_of_capital": cost_of_capital,
        "currency": currency,
        "rules": documents(kept),
        "prices": prices.to_dicts(),
        "passed": not failed,
    }
    if output is not None:
        with working("writing the report", quiet=quiet):
            _write(
                output, log, read, chosen, run, document, results, kept, prices,
                noise=noise, filtered=bool(filters), force=force,
            )  # fmt: skip
    if json_output:
        emit("check", {**document, "output": str(output) if output else None})
    else:
        for line in known.said:
            say(line, quiet=quiet)
        for note in notes:
            say(wrapped(note), quiet=quiet)
        say(quiet=quiet)
        for name, result in results.items():
            say(f"{name} ({result.cases:,}):\n  {fitness_text(result)}", quiet=quiet)
        of = "completed cases" if "completed cases" in results else "all cases"
        say(f"\nof the {of}:\n{deviation_table(judged.deviations)}", quiet=quiet)
        say(f"\nAt a cost of capital of {cost_of_capital:.1%} a year:", quiet=quiet)
        say(price_table(prices, currency), quiet=quiet)
        if output is not None:
            say(f"report: {output / 'report.html'}", quiet=quiet)
        if failed:
            say(f"average fitness {average:.4f} is below {min_fitness}")
    if failed:
        raise typer.Exit(FOUND_SOMETHING)


def _write(
    folder: Path,
    log: Path,
    read: ReadLog,
    case_type: str,
    run: Run | None,
    document: dict[str, Any],
    results: dict[str, Conformance],
    rules: list[RuleResult],
    prices: pl.DataFrame,
    *,
    noise: float,
    filtered: bool,
    force: bool,
) -> None:
    """Write the report of the log with its deviations, the tables and the document."""
    from mining.compliance import faults
    from mining.views import views
    from o2c_sim.atomic import new_folder
    from reports.cli.log_page import page_of_log
    from reports.cli.mine import analysed
    from reports.documents.html import html
    from reports.table_file import write_table

    page = page_of_log(
        log,
        read,
        case_type,
        analysed(read, case_type, run),
        findings=() if filtered else None,
        views=views(read.log, case_type, recorded=read.recorded),
        model=_model_blocks(read.log.flatten(case_type), document["model"], noise),
        currency=document["currency"],
        conformance=results,
        prices=prices,
    )
    with new_folder(folder, replace=force) as aside:
        (aside / "report.html").write_text(html(page), encoding="utf-8")
        write_table(prices, aside / "deviations.csv")
        write_table(faults(rules), aside / "faults.csv")
        text = json.dumps(plain(document), indent=1, default=str, allow_nan=False)
        (aside / "check.json").write_text(text + "\n", encoding="utf-8")


def _model_blocks(cases: pl.DataFrame, model: str, noise: float) -> list[Block]:
    """Return the picture of the model that was checked against."""
    from mining.discovery import discover_petri_net, read_model
    from reports.documents.model_pictures import discovered_text, model_blocks, normative_blocks

    if model == "normative":
        return normative_blocks(cases)
    if model == "discovered":
        return model_blocks(discover_petri_net(cases, noise), discovered_text(noise))
    return model_blocks(read_model(model), f"The model that was checked against, {model}.")


def check_cases(
    cases: pl.DataFrame,
    model: str,
    *,
    noise: float = 0.2,
    precision: bool = True,
    grain: Grain = Grain.INSTANT,
    method: Method = Method.ALIGNMENTS,
    case_name: str = "",
) -> tuple[dict[str, Conformance], list[str]]:
    """Return the results of checking a case view against a named model or a model file.

    Returns
    -------
    results
        ``all cases``, and for the normative model ``completed cases`` as well.
    notes
        What was covered and assumed.
    """
    if model == "normative":
        found = _normative(cases, precision=precision, grain=grain, case_name=case_name)
        results = {"all cases": found.all_cases}
        if found.completed is not None:
            results["completed cases"] = found.completed
        return results, [span_text(found.stages), found.coverage]
    from mining.conformance import check as check_model
    from mining.discovery import discover_petri_net, read_model

    net = discover_petri_net(cases, noise) if model == "discovered" else read_model(model)
    if method is Method.REPLAY:
        from mining.token_replay import replay
        from mining.variants import counted

        result = replay(counted(cases), net, precision=precision)
    else:
        result = check_model(cases, net, precision=precision)
    return {"all cases": result}, [text for text in (result.coverage, result.method) if text]


def _normative(
    cases: pl.DataFrame, *, precision: bool, grain: Grain, case_name: str
) -> NormativeCheck:
    from mining import normative
    from o2c_sim import LogError, Problem

    try:
        return normative.check(
            cases, precision=precision, grain=grain.value, case_name=case_name.replace("_", " ")
        )
    except LogError as error:
        # What can be done about it depends on where it is asked.
        raise LogError(
            Problem(
                problem.message,
                where=problem.where,
                allowed=problem.allowed,
                suggestion="--model discovered, or a .bpmn or .pnml file of this process",
            )
            for problem in error.problems
        ) from error


def _require_model(model: str, method: Method) -> None:
    from o2c_sim.errors import Problem, UsageError, did_you_mean

    if model == "normative" and method is Method.REPLAY:
        raise UsageError(
            Problem(
                "--method replay is not for the normative model: its silent steps make a replay "
                "see deviations where there are none",
                allowed="alignments",
                suggestion="--model discovered, or a .bpmn or .pnml file, for a replay",
            )
        )
    path = Path(model)
    if model in MODELS or (path.is_file() and path.suffix.lower() in (".bpmn", ".pnml")):
        return
    if path.is_file():
        problem = Problem(f"{path.suffix!r} is not the suffix of a model", where=model)
    else:
        problem = Problem("there is no such model", where=model)
    raise UsageError(
        dataclasses.replace(
            problem,
            allowed=f"{', '.join(MODELS)}, or a .bpmn or .pnml file",
            suggestion=did_you_mean(model, MODELS),
        )
    )


def _document(result: Conformance) -> dict[str, Any]:
    import polars as pl

    return {
        field.name: value.to_dicts() if isinstance(value, pl.DataFrame) else value
        for field in dataclasses.fields(result)
        if (value := getattr(result, field.name)) is not None
    }
