"""``o2c compare``: what a change gains in days and cash, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reports.cli import options
from reports.cli.console import command_line, emit, progress, say
from reports.cli.faults import FOR_REPORTS, require, verb

if TYPE_CHECKING:
    from o2c_sim import CompanyModel
    from scenarios.comparison import Comparison
    from scenarios.scenario import Scenario

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
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-if",
            metavar="KPI>DELTA",
            help="Exit with 1 if a scenario changes a KPI by more (or less) than that; repeatable.",
        ),
    ] = None,
    opening: options.Opening = None,
    extension: options.Extension = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Compare scenarios with the company as it is.

    The same orders, customers and luck meet every scenario (common random numbers), so the
    differences are paired. With --output, writes comparison.json and report.html.

    o2c compare case_a case_b --replications 20 --output result

    o2c compare case_b --fail-if "dso_simple_days>1"
    """
    from o2c_sim import Window
    from o2c_sim.atomic import new_folder
    from o2c_sim.opening_files import read_opening
    from reports.cli.places import ready_folder
    from scenarios.compare import compare as run_comparison
    from scenarios.result_file import to_document, write_comparison

    conditions = [parse_condition(text) for text in fail_if or []]
    inputs = tuple(Path(p) for p in (*scenarios, company, opening, extension) if p is not None)
    ready_folder(output, force=force, inputs=inputs)
    if output is not None:
        require(*FOR_REPORTS)
    baseline, loaded = load_all(scenarios, company, overrides or [])
    state = None if opening is None else read_opening(opening, baseline)
    with progress("simulating", quiet=quiet) as step:
        comparison = run_comparison(
            baseline,
            loaded,
            seed=seed,
            replications=replications,
            window=Window(options.warm_up_days(warm_up, opening), days, cool_down),
            workers=workers,
            extension=extension,
            opening=state,
            confidence=confidence,
            command=command_line(),
            progress=step,
        )
    if output is not None:
        from reports.documents.comparison_html import comparison_html

        with new_folder(output, replace=force) as aside:
            write_comparison(comparison, aside / "comparison.json")
            (aside / "report.html").write_text(comparison_html(comparison), encoding="utf-8")
    broken = [text for condition in conditions for text in violations(comparison, condition)]
    if json_output:
        emit(
            "compare",
            {
                "comparison": to_document(comparison),
                "failed": broken,
                "output": str(output) if output else None,
            },
        )
    else:
        for line in result_lines(comparison):
            say(line, quiet=quiet)
        if output is not None:
            say(f"report: {output / 'report.html'}", quiet=quiet)
        for text in broken:
            say(text)
    if broken:
        raise typer.Exit(FOUND_SOMETHING)


def load_all(
    scenarios: Sequence[str], company: str | None, settings: Sequence[str]
) -> tuple[CompanyModel, list[Scenario]]:
    """Return the baseline and the scenarios, every fault of all files reported at once."""
    from o2c_sim import ScenarioError, ToolkitError, load_company, override
    from reports.cli.settings import parse_settings
    from scenarios.scenario import load_scenario, rebased

    changes = parse_settings(settings)
    loaded, problems = [], []
    for source in scenarios:
        try:
            loaded.append(load_scenario(source, extends=company))
        except ToolkitError as error:
            problems += list(error.problems)
    if problems:
        raise ScenarioError(problems)
    baseline = loaded[0].baseline if company is None else load_company(company)
    if changes:
        # A parameter set by hand describes the company, so it holds in every scenario.
        baseline = override(baseline, changes, "--set")
        loaded = [rebased(scenario, baseline) for scenario in loaded]
    return baseline, loaded


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


def result_lines(comparison: Comparison) -> list[str]:
    """Return a comparison as text: the answer first, then the figures, then what limits it."""
    from reports.answer import comparison_answer
    from reports.cli.tables import comparison_table, wrapped

    lines = [
        wrapped(
            f"{comparison.company}: {comparison.orders:,.0f} orders measured over "
            f"{comparison.measured_days:g} days, {comparison.replications} replications, seed "
            f"{comparison.seed}, {100 * comparison.confidence:g} % intervals"
        ),
        "",
    ]
    for text in comparison_answer(comparison):
        lines += [wrapped(text), ""]
    lines += [wrapped(text) for text in _terms(comparison)]
    for outcome in comparison.outcomes[1:]:
        lines += ["", f"{outcome.title} ({outcome.name})"]
        lines.append(comparison_table(comparison, comparison.differences[outcome.name]))
    lines += ["", _LEGEND]
    warnings = [f"{o.name}: {text}" for o in comparison.outcomes for text in o.warnings]
    return [*lines, *(wrapped(f"warning: {text}", 2) for text in warnings)]


def _terms(comparison: Comparison) -> list[str]:
    """Return how much of the time to cash lies within the agreed terms."""
    return [
        f"{name}: {share:.0%} of the time from invoice to cash lies within the payment terms"
        for name, share in comparison.terms_bound.items()
        if share == share
    ]
