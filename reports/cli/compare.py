"""``o2c compare``: what a change gains in days and cash, and how sure that is."""

from __future__ import annotations

import json
import math
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reports.cli import options
from reports.cli.console import command_line, emit, progress, say
from reports.cli.faults import FOR_REPORTS, require, verb
from reports.cli.money_lines import assumption_lines, business_case_lines, summary_lines
from reports.cli.what_if import load_all

if TYPE_CHECKING:
    from scenarios.comparison import Comparison, ScenarioOutcome

FOUND_SOMETHING = 1
_LEGEND = "verdict: - no detectable difference; unsure: not detected after Holm's correction"
_CONDITION = re.compile(r"^\s*([a-z0-9_]+)\s*(<|>)\s*([+-]?\d+(?:\.\d+)?)\s*$")


@verb
def compare(
    scenarios: Annotated[
        list[str],
        typer.Argument(help="Scenario YAML files, or scenarios that ship: case_a, case_b."),
    ],
    company: Annotated[
        str | None,
        typer.Option("--company", help="Another company than the one the scenarios name."),
    ] = None,
    overrides: options.Overrides = None,
    output: options.Output = None,
    replications: options.Replications = 10,
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.9999, help="Of all intervals and verdicts.")
    ] = 0.95,
    seed: options.Seed = 1,
    workers: options.Workers = None,
    warm_up: options.WarmUpUnlessOpening = None,
    days: options.Days = 180,
    cool_down: options.CoolDown = 120,
    all_kpis: Annotated[
        bool, typer.Option("--all", help="Show every KPI, not only those that changed.")
    ] = False,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-if",
            metavar="KPI>DELTA",
            help="Exit with 1 if a scenario changes a KPI by more (or less) than that; repeatable.",
        ),
    ] = None,
    opening: options.Opening = None,
    brief: Annotated[
        bool, typer.Option("--brief", help="A report of the answer alone, which is sooner done.")
    ] = False,
    extension: options.Extension = None,
    precision: options.Precision = None,
    max_replications: options.MaxReplications = 200,
    control_variates: options.ControlVariates = False,
    parameter_uncertainty: options.ParameterUncertainty = False,
    uncertainty_file: options.UncertaintyFile = None,
    executor: options.Executor = "local",
    scheduler: options.Scheduler = None,
    tls_ca: options.TlsAuthority = None,
    tls_cert: options.TlsCertificate = None,
    tls_key: options.TlsKey = None,
    store: options.StoreFolder = None,
    no_store: options.NoStore = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Compare scenarios with the company as it is.

    The same orders, customers and luck meet every scenario (common random numbers), so the
    differences are paired. Finished runs are kept: the same command goes on where it was stopped.
    With --output, writes comparison.json, report.html and the reporting form STRESS-DES, filled in
    as far as the runs know it.

    o2c compare case_a case_b --replications 20 --output result

    o2c compare case_b --precision order_to_cash_mean_days=0.1

    o2c compare case_b --fail-if "dso_simple_days>1"

    With --parameter-uncertainty a calibrated company is also varied within what its data allow.
    """
    from o2c_sim import Window
    from o2c_sim.atomic import new_folder
    from o2c_sim.opening_files import read_opening
    from reports.cli.parameter_uncertainty import known_draws, uncertain_lines, write_uncertain
    from reports.cli.places import ready_folder
    from reports.cli.running import TlsFiles, open_executor, open_store, parse_goals
    from reports.cli.settings import parse_settings
    from scenarios.compare import compare as run_comparison
    from scenarios.parameter_uncertainty import uncertain_comparison
    from scenarios.request import Request, answer
    from scenarios.result_file import to_document, write_comparison

    begun = time.monotonic()
    conditions = [parse_condition(text) for text in fail_if or []]
    inputs = tuple(Path(p) for p in (*scenarios, company, opening, extension) if p is not None)
    ready_folder(output, force=force, inputs=inputs)
    if output is not None:
        require(*FOR_REPORTS)
    baseline, loaded = load_all(scenarios, company, overrides or [])
    draws = None
    if parameter_uncertainty or uncertainty_file is not None:
        draws = known_draws(company, loaded, uncertainty_file)
    state = None if opening is None else read_opening(opening, baseline)
    goals = parse_goals(precision or [], replications, max_replications)
    kept = open_store(store, no_store)
    with (
        open_executor(executor, scheduler, workers, TlsFiles(tls_ca, tls_cert, tls_key)) as runner,
        progress("simulating", quiet=quiet) as step,
    ):
        request = Request(
            seed=seed,
            replications=replications,
            window=Window(options.warm_up_days(warm_up, opening), days, cool_down),
            confidence=confidence,
            goals=goals,
            budget=max_replications,
            control_variates=control_variates,
            executor=runner,
            store=kept,
            extension=extension,
            opening=state,
            progress=step,
        )
        found = answer(baseline, loaded, request)
        comparison = run_comparison(baseline, loaded, request, command=command_line(), found=found)
        uncertain = None
        if draws is not None:
            settings = parse_settings(overrides or [])
            uncertain = uncertain_comparison(*draws, loaded, request, found, settings)
    if output is not None:
        from reports.documents.comparison_document import comparison_document
        from reports.documents.html import html

        with new_folder(output, replace=force) as aside:
            write_comparison(comparison, aside / "comparison.json")
            page = html(comparison_document(comparison, brief=brief))
            (aside / "report.html").write_text(page, encoding="utf-8")
            write_form(comparison, aside, time.monotonic() - begun)
            if uncertain is not None:
                write_uncertain(uncertain, aside)
    broken = [text for condition in conditions for text in violations(comparison, condition)]
    if json_output:
        emit(
            "compare",
            {
                "comparison": to_document(comparison),
                **({} if uncertain is None else {"parameter_uncertainty": uncertain.document()}),
                "failed": broken,
                "output": str(output) if output else None,
            },
        )
    else:
        for line in result_lines(comparison, all_kpis=all_kpis):
            say(line, quiet=quiet)
        for line in [] if uncertain is None else uncertain_lines(uncertain, comparison.currency):
            say(line, quiet=quiet)
        if output is not None:
            say(f"report: {output / 'report.html'}", quiet=quiet)
        for text in broken:
            say(text)
    if broken:
        raise typer.Exit(FOUND_SOMETHING)


def write_form(comparison: Comparison, folder: Path, seconds: float) -> None:
    """Write the reporting form STRESS-DES as Markdown and JSON, with the system it was run on."""
    from reports.documents.stress_des_markdown import stress_des_markdown
    from scenarios.stress_des import running_system, stress_des, to_document

    form = stress_des(comparison, running_system() | {"run time": f"{seconds:.0f} s"})
    (folder / "stress-des.md").write_text(stress_des_markdown(form), encoding="utf-8")
    text = json.dumps(to_document(form), indent=1, allow_nan=False)
    (folder / "stress-des.json").write_text(text + "\n", encoding="utf-8")


def parse_condition(text: str) -> tuple[str, str, float]:
    """Return KPI key, ``<`` or ``>`` and threshold of a ``--fail-if``.

    Raises
    ------
    UsageError
        If the text is not of that form or the KPI is not known.
    """
    from mining.kpis import DEFINITIONS
    from o2c_sim import Problem, UsageError
    from o2c_sim.errors import did_you_mean

    match = _CONDITION.match(text)
    if match is None:
        raise UsageError(
            Problem(
                f"--fail-if {text!r}",
                allowed="KPI>DELTA or KPI<DELTA",
                suggestion="'late_share>0.01'",
            )
        )
    if match[1] not in DEFINITIONS:
        raise UsageError(
            Problem(
                f"--fail-if: unknown KPI {match[1]!r}",
                allowed=", ".join(DEFINITIONS),
                suggestion=did_you_mean(match[1], DEFINITIONS),
            )
        )
    return match[1], match[2], float(match[3])


def violations(comparison: Comparison, condition: tuple[str, str, float]) -> list[str]:
    """Return a line for each scenario whose mean difference meets the condition.

    A difference that could not be estimated meets every condition: a gate must not open unseen.
    """
    key, sign, threshold = condition
    found = []
    for name, rows in comparison.differences.items():
        change = next((row.difference.mean for row in rows if row.metric == key), float("nan"))
        if change != change:
            found.append(f"failed: {name}: {key} could not be estimated")
        elif change > threshold if sign == ">" else change < threshold:
            found.append(f"failed: {name} changes {key} by {change:+.4g} ({sign}{threshold:g})")
    return found


def result_lines(comparison: Comparison, *, all_kpis: bool = False) -> list[str]:
    """Return a comparison as text: the answer first, then the figures, then what limits it."""
    from reports.answer import comparison_answer
    from reports.cli.tables import comparison_table, counted, wrapped
    from scenarios.differences import MAIN

    lines = [
        wrapped(
            f"{comparison.company}: {comparison.orders:,.0f} orders measured over "
            f"{comparison.measured_days:g} days, {comparison.replications} replications, seed "
            f"{comparison.seed}, {100 * comparison.confidence:g} % intervals"
        ),
        "",
    ]
    if comparison.decision:
        lines += [wrapped(comparison.decision), ""]
    for outcome, text in zip(comparison.outcomes[1:], comparison_answer(comparison), strict=True):
        lines += [wrapped(text), *summary_lines(comparison, outcome), ""]
    lines += [wrapped(text) for text in _terms(comparison)]
    for outcome in comparison.outcomes[1:]:
        rows = comparison.differences[outcome.name]
        shown = [row for row in rows if all_kpis or row.detected or row.metric in MAIN]
        lines += ["", f"{outcome.title} ({outcome.name})", comparison_table(comparison, shown)]
        if hidden := len(rows) - len(shown):
            lines.append(f"{counted(hidden, 'other KPI')} without a detectable difference (--all)")
        lines += least_lines(comparison, outcome)
        lines += luck_lines(comparison, outcome)
        lines += business_case_lines(outcome)
    lines += assumption_lines(comparison.outcomes)
    lines += ["", _LEGEND]
    warnings = [f"{o.name}: {text}" for o in comparison.outcomes for text in o.warnings]
    return [*lines, *(wrapped(f"warning: {text}", 2) for text in warnings)]


def least_lines(comparison: Comparison, outcome: ScenarioOutcome) -> list[str]:
    """Return how small a difference would have been found in the main KPIs that show none."""
    from reports.answer import definition_of
    from reports.cli.tables import wrapped
    from reports.number_text import scale_of
    from scenarios.differences import MAIN

    told = []
    for row in comparison.differences[outcome.name]:
        if row.metric in MAIN and not row.detected and row.detectable > 0:
            definition = definition_of(row.metric)
            scale = scale_of(
                definition.unit, row.detectable, currency=comparison.currency, difference=True
            )
            told.append(f"{definition.label}: {scale.text(row.detectable)}")
    if not told:
        return []
    return [
        wrapped(
            f"{comparison.replications} replications find, with a probability of 80 %, a "
            f"difference from: {'; '.join(told)}"
        )
    ]


def luck_lines(comparison: Comparison, outcome: ScenarioOutcome) -> list[str]:
    """Return what common random numbers and control variates saved for the main KPIs."""
    from reports.answer import definition_of
    from reports.cli.tables import wrapped
    from scenarios.differences import MAIN

    rows = [row for row in comparison.differences[outcome.name] if row.metric in MAIN]
    gains = [
        f"{definition_of(row.metric).label}: {row.pairing_gain:,.3g}"
        + ("" if row.pairing_gain > 1 else " (no gain)")
        for row in rows
        if math.isfinite(row.pairing_gain)
    ]
    freed = [
        f"{definition_of(row.metric).label} ({', '.join(row.controls)}: variance x "
        f"{row.variance_ratio:.2f})"
        for row in rows
        if row.controls
    ]
    lines = []
    if gains:
        lines.append(
            "the same luck in both is as good as so many times the replications: "
            + "; ".join(gains)
        )
    if freed:
        lines.append(f"control variates behind the change of {'; '.join(freed)}")
    return [wrapped(text) for text in lines]


def _terms(comparison: Comparison) -> list[str]:
    """Return how much of the time to cash lies within the agreed terms."""
    return [
        f"{name}: {share:.0%} of the time from invoice to cash lies within the payment terms"
        for name, share in comparison.terms_bound.items()
        if share == share
    ]
