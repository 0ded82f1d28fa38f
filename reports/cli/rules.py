"""``o2c rules``: which compliance rules does a log break, in which cases, by whom."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.console import emit, plain, say, working
from reports.cli.faults import verb

if TYPE_CHECKING:
    from mining.compliance import RuleFile, RuleResult
    from reports.cli.examined import Examined

FOUND_SOMETHING = 1
_MANY = 12
_FEW = 3
_LACKS = re.compile(r"no .+ has '[^']+'(?: or '[^']+')*")
_QUOTED = re.compile(r"'([^']+)'")


class FailOn(StrEnum):
    """From what severity on a broken rule makes the verb end with 1."""

    SERIOUS = "serious"
    WARNING = "warning"
    INFO = "info"


@verb
def rules(
    log: Annotated[Path | None, typer.Argument(help="A log; see o2c mine.")] = None,
    rules_file: Annotated[
        Path | None,
        typer.Option(
            "--rules", help="A YAML file with rules of your own, in place of the shipped."
        ),
    ] = None,
    with_shipped: Annotated[
        bool, typer.Option("--with-shipped", help="With --rules: the rules that ship as well.")
    ] = False,
    list_rules: Annotated[
        bool, typer.Option("--list", help="List the rules; no log is needed.")
    ] = False,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(help="Exit with 1 if a rule of this severity, or a worse one, is broken."),
    ] = None,
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
    """Check a log against compliance rules.

    Prints what each rule applies to and who breaks it, the worst first, and names the rules that
    the log cannot tell about. With --output also writes every event at fault as CSV.

    o2c rules log.csv --fail-on serious

    o2c rules --list
    """
    from o2c_sim.errors import Problem, UsageError

    chosen = _chosen(rules_file, with_shipped=with_shipped)
    if list_rules:
        _list(chosen, quiet=quiet, json_output=json_output)
        return
    if log is None:
        raise UsageError(
            Problem("no log is given", suggestion="o2c rules LOG, or o2c rules --list")
        )
    from mining.compliance import check_rules
    from o2c_sim import vocabulary as v
    from reports.cli.examined import examined
    from reports.cli.places import ready_folder
    from reports.cli.reading import run_of

    inputs = (log,) if rules_file is None else (log, rules_file)
    ready_folder(output, force=force, inputs=inputs)
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
    read, case_notion = known.read, known.case_type
    recorded = () if run_of(log) is None else v.ACTIVITIES
    with working("checking", quiet=quiet):
        results = [
            result
            for file in chosen
            for result in check_rules(read.log, file, case_type=case_notion, recorded=recorded)
        ]
    failed = any(_fails(result, fail_on) for result in results)
    if output is not None:
        _write(results, known, output, force=force)
    if json_output:
        where = str(output) if output else None
        emit(
            "rules",
            {
                "source": read.log.source,
                "findings": known.documents,
                "notes": read.notes,
                "rules": documents(results),
                "passed": not failed,
                "output": where,
            },
        )
    else:
        for line in [*known.said, read.log.source, "", *rule_lines(results)]:
            say(line, quiet=quiet)
        if output is not None:
            say(f"events at fault: {output / 'faults.csv'}", quiet=quiet)
        if failed:
            say(f"a rule of severity {fail_on} or worse is broken")
    if failed:
        raise typer.Exit(FOUND_SOMETHING)


def documents(results: list[RuleResult]) -> list[dict[str, Any]]:
    """Return results as JSON-ready data, the worst first."""
    return [
        {
            "name": result.name,
            "title": result.rule.title,
            "why": result.rule.why,
            "severity": str(result.rule.severity),
            "template": str(result.rule.template),
            "checked": result.checked,
            "passed": result.passed if result.checked else None,
            "case_type": result.case_type or None,
            "cases": result.cases,
            "applicable_cases": len(result.applicable_cases),
            "broken_cases": len(result.broken_cases),
            "applied": result.applied,
            "broken": result.broken,
            "pending": result.pending,
            "share": result.share if result.checked else None,
            "limit": result.rule.limit,
            "examples": result.examples,
            "notes": list(result.notes),
        }
        for result in worst_first(results)
    ]


def worst_first(results: list[RuleResult]) -> list[RuleResult]:
    """Return broken rules by severity and number of cases, then those kept, then the others."""
    from mining.compliance.rule import Severity

    rank = {severity: place for place, severity in enumerate(Severity)}
    return sorted(
        results,
        key=lambda r: (
            not r.checked,
            r.passed,
            rank[r.rule.severity],
            -len(r.broken_cases),
            r.name,
        ),
    )


def rule_lines(results: list[RuleResult]) -> list[str]:
    """Return results as lines of text."""
    from reports.cli.tables import counted, text_table, wrapped

    ordered = worst_first(results)
    broken = [r for r in ordered if r.checked and not r.passed]
    kept = [r for r in ordered if r.passed]
    untold = [r for r in ordered if not r.checked]
    lines = [
        f"{counted(len(broken), 'rule')} broken, {len(kept):,} kept, "
        f"{len(untold):,} that the log cannot tell about"
    ]
    if broken:
        rows = [
            (
                r.rule.title,
                str(r.rule.severity),
                f"{len(r.broken_cases):,} of {len(r.applicable_cases):,} ({r.case_type})",
                # A rule with a limit is judged by the share of its events.
                f"{r.share if r.rule.limit else len(r.broken_cases) / len(r.applicable_cases):.1%}",
                ", ".join(r.examples[:2]),
            )
            for r in broken
        ]
        head = ("broken", "severity", "cases", "share", "such as")
        lines += ["", text_table(head, rows, "llrrl")]
    if kept:
        lines += ["", "kept, no such case:"]
    for r in kept[:_MANY]:
        pending = f", {r.pending:,} not due yet" if r.pending else ""
        applied = f"{counted(len(r.applicable_cases), 'case')} ({r.case_type})"
        lines.append(wrapped(f"  {r.rule.title}: {applied}{pending}", 4))
    if len(kept) > _MANY:
        lines.append(f"  {len(kept) - _MANY} more with --json")
    lines += _untold_lines(untold)
    notes = dict.fromkeys(note for r in (*broken, *kept) for note in r.notes)
    return [*lines, *(("", *(wrapped(f"note: {note}", 2) for note in notes)) if notes else ())]


def _untold_lines(untold: list[RuleResult]) -> list[str]:
    """Return the rules that were not checked: why, and in short those whose activities lack."""
    from reports.cli.tables import wrapped

    lacking: list[RuleResult] = []
    rest: list[RuleResult] = []
    for r in untold:
        (lacking if all(map(_LACKS.fullmatch, r.notes)) else rest).append(r)
    if len(lacking) <= _FEW:
        lacking, rest = [], untold
    lines = ["", "cannot be told:"] if untold else []
    lines += [wrapped(f"  {r.rule.title}: {'; '.join(r.notes)}", 4) for r in rest]
    if lacking:
        names = sorted({n for r in lacking for note in r.notes for n in _QUOTED.findall(note)})
        lines += [
            wrapped(f"  for want of activities: {'; '.join(r.rule.title for r in lacking)}", 4),
            wrapped(
                f"  not found in the log: {', '.join(names)}. If it has them by other names, say "
                "so in a mapping file (--mapping).",
                4,
            ),
        ]
    return lines


def _fails(result: RuleResult, fail_on: FailOn | None) -> bool:
    grave = list(FailOn)
    return (
        fail_on is not None
        and result.checked
        and not result.passed
        and grave.index(FailOn(result.rule.severity)) <= grave.index(fail_on)
    )


def _chosen(path: Path | None, *, with_shipped: bool) -> list[RuleFile]:
    from mining.compliance import load_rules, shipped_rules

    own = [] if path is None else [load_rules(path)]
    return [*own, *([shipped_rules()] if with_shipped or not own else [])]


def _list(files: list[RuleFile], *, quiet: bool, json_output: bool) -> None:
    from reports.cli.tables import text_table

    found = {name: rule for file in files for name, rule in file.ready.items()}
    if json_output:
        listed = [{"name": n, **r.model_dump(mode="json")} for n, r in found.items()]
        emit("rules", {"rules": listed})
        return
    rows = [(n, r.title, str(r.severity), r.template.value) for n, r in found.items()]
    say(text_table(("rule", "what it forbids or asks", "severity", "template"), rows, "llll"),
        quiet=quiet)  # fmt: skip


def _write(results: list[RuleResult], known: Examined, folder: Path, *, force: bool) -> None:
    from mining.compliance import faults
    from o2c_sim.atomic import new_folder
    from reports.table_file import write_table

    with new_folder(folder, replace=force) as aside:
        write_table(faults(results), aside / "faults.csv")
        document = {"findings": known.documents, "rules": documents(results)}
        text = json.dumps(plain(document), indent=1, default=str)
        (aside / "rules.json").write_text(text + "\n", encoding="utf-8")
