"""What the searching verbs share: the company they search, its runs, and the files they write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli.console import DOCUMENT_FORMAT, command_line, emit, plain, progress, say

if TYPE_CHECKING:
    import polars as pl

    from o2c_sim import CompanyModel, Window
    from scenarios.estimate import Estimate
    from scenarios.scenario import Scenario
    from scenarios.search.constraint import Constraint
    from scenarios.search.evaluation import CompanyEvaluation, Point
    from scenarios.search.factor import Factor

Subject = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO|COMPANY", help="A scenario or a company: one that ships, or a YAML file."
    ),
]
Company = Annotated[
    str | None,
    typer.Option("--company", help="Another company than the one the scenario names."),
]
Factors = Annotated[
    list[str] | None,
    typer.Option(
        "--factor",
        metavar="NAME=LOW:HIGH",
        help="Lever, or path of a parameter, with its range, or ONE|OTHER; repeatable. Of a "
        "scenario: its levers, each from today's value to the scenario's.",
    ),
]
_WARNED = 3
Confidence = Annotated[float, typer.Option(min=0.5, max=0.9999, help="Of all intervals.")]


@dataclass
class Experiment:
    """How the runs of a search are made.

    Parameters
    ----------
    seed, window, workers
        As the options say.
    executor, scheduler, store, no_store
        Where the runs are made and kept.
    quiet
        Whether to show no progress.
    total
        Runs to be made at most; the progress bar counts to it.
    """

    seed: int
    window: Window
    workers: int | None
    executor: str
    scheduler: str | None
    store: Path | None
    no_store: bool
    quiet: bool
    total: int = field(default=0)

    @contextmanager
    def evaluation(
        self, model: CompanyModel, responses: Sequence[str]
    ) -> Iterator[CompanyEvaluation]:
        """Yield what evaluates points of a company."""
        from reports.cli.running import open_executor, open_store
        from scenarios.search.evaluation import CompanyEvaluation, company_runs

        kept = open_store(self.store, self.no_store)
        with (
            open_executor(self.executor, self.scheduler, self.workers) as runner,
            progress("simulating", quiet=self.quiet) as step,
        ):
            runs = company_runs(
                seed=self.seed,
                progress=lambda done: step(done, max(done, self.total)),
                window=self.window,
                executor=runner,
                store=kept,
            )
            yield CompanyEvaluation(model, responses, runs)

    def announce(self, runs: int, what: str) -> None:
        """Say what the search will cost before it begins."""
        self.total = runs
        say(f"{what}: {runs:,} runs at most of {self.window.days:,} days each", quiet=self.quiet)


def load_subject(
    name: str, company: str | None, settings: Sequence[str]
) -> tuple[CompanyModel, Scenario | None]:
    """Return the company of a verb's argument and, if it names one, the scenario.

    Raises
    ------
    ScenarioError, ModelError
        If either is wrong; if a scenario changes over time, as a search has no days.
    """
    from o2c_sim import Problem, ScenarioError, load_company, override, reference_names
    from reports.cli.settings import parse_settings
    from reports.cli.what_if import load_all
    from scenarios.scenario import scenario_names

    if name not in scenario_names() and (name in reference_names() or not _is_scenario(name)):
        if company is not None:
            raise ScenarioError(Problem("--company goes with a scenario", where=name))
        model = load_company(name)
        changes = parse_settings(settings)
        return (override(model, changes, "--set") if changes else model), None
    model, (scenario,) = load_all([name], company, settings)
    if scenario.file.phases:
        raise ScenarioError(
            Problem(
                "a search varies settings that are in force all the time; this scenario has phases",
                where=name,
                suggestion="a scenario file without phases",
            )
        )
    return model, scenario


def _is_scenario(name: str) -> bool:
    """Return whether a file has a title, as scenarios have and companies have not."""
    path = Path(name)
    if not path.is_file():
        return False
    text = path.read_text(encoding="utf-8", errors="replace")
    return any(line.startswith("title:") for line in text.splitlines())


def finish(
    command: str,
    result: Mapping[str, Any],
    table: pl.DataFrame,
    lines: Callable[[], Sequence[str]],
    *,
    output: Path | None,
    force: bool,
    quiet: bool,
    json_output: bool,
) -> None:
    """Write a search's files and print its result.

    Parameters
    ----------
    command
        The verb.
    result
        For JSON.
    table
        For ``COMMAND.csv``.
    lines
        The result as text.
    output, force, quiet, json_output
        As the options say.
    """
    from o2c_sim.atomic import new_folder
    from reports.table_file import write_table

    document = {**result, "command": command_line(), "output": str(output) if output else None}
    if output is not None:
        with new_folder(output, replace=force) as aside:
            write_table(table, aside / f"{command}.csv")
            whole = {"format": DOCUMENT_FORMAT, "command": command, "result": plain(document)}
            text = json.dumps(whole, indent=1, allow_nan=False, default=str)
            (aside / "search.json").write_text(text + "\n", encoding="utf-8")
    if json_output:
        emit(command, document)
        return
    for line in lines():
        say(line, quiet=quiet)
    if output is not None:
        say(f"table: {output / f'{command}.csv'}", quiet=quiet)


def warning_lines(warnings: Mapping[str, int], runs: int) -> list[str]:
    """Return what the runs warned of, each kind once with the number of its warnings."""
    from reports.cli.tables import counted, wrapped

    kinds: dict[str, tuple[str, int]] = {}
    for text, count in warnings.items():
        # What comes after the colon are the figures of one run.
        kind = text.partition(":")[0]
        first, before = kinds.get(kind, (text, 0))
        kinds[kind] = (first, before + count)
    ranked = sorted(kinds.values(), key=lambda item: -item[1])[:_WARNED]
    return [
        wrapped(f"warning: {text} ({counted(count, 'warning')} like it in {runs:,} runs)", 2)
        for text, count in ranked
    ]


def estimate_document(estimate: Estimate) -> dict[str, float]:
    """Return an estimate for JSON."""
    return {
        "mean": estimate.mean,
        "low": estimate.low,
        "high": estimate.high,
        "replications": estimate.replications,
    }


def limit_documents(constraints: Sequence[Constraint]) -> list[dict[str, str]]:
    """Return limits for JSON, as they are written in options."""
    return [{"kpi": one.kpi, "sense": one.sense, "limit": one.limit_text} for one in constraints]


def margin_columns(margins: Sequence[Estimate]) -> dict[str, float]:
    """Return by how much limits are passed, as columns of a table; below 0 is within."""
    return {
        f"limit_{n}_margin{suffix}": value
        for n, one in enumerate(margins, 1)
        for suffix, value in (("", one.mean), ("_low", one.low), ("_high", one.high))
    }


def change_text(estimate: Estimate, key: str, currency: str) -> str:
    """Return a change of a KPI with its interval."""
    from mining.kpis import DEFINITIONS
    from reports.answer import signed_text

    text, span = signed_text(estimate, DEFINITIONS[key].unit, currency)
    return f"{text} ({span})" if span else text


def level_text(estimate: Estimate, key: str, currency: str) -> str:
    """Return a KPI with its interval."""
    from mining.kpis import DEFINITIONS
    from reports.answer import estimate_text

    text, span = estimate_text(estimate, DEFINITIONS[key].unit, currency)
    return f"{text} ({span})" if span else text


def percent_text(estimate: Estimate) -> str:
    """Return a relative change with its interval."""
    from math import isnan

    if isnan(estimate.mean):
        return "n/a"
    text = f"{estimate.mean:+.1f} %"
    return text if isnan(estimate.low) else f"{text} ({estimate.low:.1f} to {estimate.high:.1f})"


def at_or_now(point: Point, factor: Factor) -> Any:
    """Return a factor's value at a point; today's where the point does not say."""
    return point.get(factor.name, factor.now)


def settings_text(point: Point, factors: Sequence[Factor]) -> str:
    """Return a point in one line."""
    if not point:
        return "as it is"
    return ", ".join(f"{f.name}={value_cell(at_or_now(point, f))}" for f in factors)


def value_cell(value: Any) -> str:
    """Return a factor's value for a table."""
    return f"{value:g}" if isinstance(value, int | float) else str(value)
