"""``o2c check``: does a log follow a model, the normative one or another."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.console import emit, say, working
from reports.cli.faults import require, verb

if TYPE_CHECKING:
    import polars as pl

    from mining.conformance import Conformance
    from mining.normative import NormativeCheck

FOUND_SOMETHING = 1
_LEGEND = "missing: the model asks for it there; unexpected: the model does not allow it there"
MODELS = ("normative", "discovered")


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
    zone: options.Zone = "UTC",
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Check a log against a model by alignments.

    Prints fitness, precision and the deviations, worst first, and says what part of the process
    the log covers.

    o2c check log.csv --model normative --min-fitness 0.9

    o2c check log.csv --grain day
    """
    from reports.cli.reading import mapping_lines, read_for
    from reports.cli.tables import wrapped

    _require_model(model)
    require("pm4py")
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
        )
    cases = read.log.flatten(chosen)
    with working("checking", quiet=quiet):
        results, notes = check_cases(cases, model, noise=noise, precision=precision, grain=grain)
    average = results["all cases"].average_fitness
    failed = min_fitness is not None and not average >= min_fitness
    if json_output:
        found = {name: _document(result) for name, result in results.items()}
        emit(
            "check",
            {
                "source": read.log.source,
                "model": model,
                "results": found,
                "notes": notes,
                "passed": not failed,
            },
        )
    else:
        for line in mapping_lines(read):
            say(line, quiet=quiet)
        for note in notes:
            say(wrapped(note), quiet=quiet)
        say(quiet=quiet)
        for name, result in results.items():
            say(f"{name} ({result.cases:,}):\n  {fitness_text(result)}", quiet=quiet)
        say(f"\n{deviation_table(results['all cases'].deviations)}", quiet=quiet)
        if failed:
            say(f"average fitness {average:.4f} is below {min_fitness}")
    if failed:
        raise typer.Exit(FOUND_SOMETHING)


def check_cases(
    cases: pl.DataFrame,
    model: str,
    *,
    noise: float = 0.2,
    precision: bool = True,
    grain: Grain = Grain.INSTANT,
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
        found = _normative(cases, precision=precision, grain=grain)
        results = {"all cases": found.all_cases}
        if found.completed is not None:
            results["completed cases"] = found.completed
        return results, [_span(found.stages), found.coverage]
    from mining.conformance import check as check_model
    from mining.discovery import discover_petri_net, read_model

    net = discover_petri_net(cases, noise) if model == "discovered" else read_model(model)
    result = check_model(cases, net, precision=precision)
    return {"all cases": result}, [text for text in (result.coverage, result.method) if text]


def fitness_text(result: Conformance) -> str:
    """Return fitness and precision in one line."""
    parts = [
        f"{result.fitting_share:.1%} of cases fit",
        f"average fitness {result.average_fitness:.4f}",
        f"log fitness {result.log_fitness:.4f}",
    ]
    if result.precision is not None:
        parts.append(f"precision {result.precision:.4f}")
    return ", ".join(parts)


def deviation_table(deviations: pl.DataFrame, top: int = 12) -> str:
    """Return the most frequent deviations."""
    from reports.cli.tables import text_table

    if deviations.is_empty():
        return "no deviations"
    rows = [
        (row["kind"], row["activity"], f"{row['cases']:,}", f"{row['share']:.1%}")
        for row in deviations.head(top).iter_rows(named=True)
    ]
    table = text_table(("deviation", "activity", "cases", "share"), rows, "llrr")
    more = deviations.height - top
    left = f"\n{more} more with --json" if more > 0 else ""
    return f"{table}{left}\n{_LEGEND}"


def _normative(cases: pl.DataFrame, *, precision: bool, grain: Grain) -> NormativeCheck:
    from mining import normative
    from o2c_sim import LogError, Problem

    try:
        return normative.check(cases, precision=precision, grain=grain.value)
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


def _span(stages: tuple[str, ...]) -> str:
    """Return what part of the process was checked, in one sentence."""
    from mining.rules import STAGES

    absent = [stage for stage in STAGES if stage not in stages]
    span = f"from {stages[0]} to {stages[-1]}" if len(stages) > 1 else f"only {stages[0]}"
    if not absent:
        return f"The log covers the whole process, {span}."
    return (
        f"The log covers {len(stages)} of the {len(STAGES)} stages of order to cash, {span}. "
        f"It records no {' and no '.join(absent)}, so nothing is said about "
        f"{'that' if len(absent) == 1 else 'these'}."
    )


def _require_model(model: str) -> None:
    from o2c_sim.errors import Problem, UsageError, did_you_mean

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
