"""What a what-if runs: ``o2c compare`` in rounds, each with more replications than the last.

The store keeps the replications of a round for the next one, so that rounds cost little more than
the last of them alone, and the first answer comes early.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.workbench.job import FOLDER, OUTPUT, RESULT

SCENARIO = "scenario.yaml"
REPORT = "report.html"
# Two replications are the fewest that have an interval; each round has at least twice the last's.
ROUNDS = (2, 8, 24, 48, 96)
REPLICATIONS = (12, 24, 48)
DEFAULT_REPLICATIONS = 24
MOST_REPLICATIONS = 96
MOST_BESIDE = 4
MOST_RUNS = 2_000
SEARCH_REPLICATIONS = 4
# So that about a third of a search's runs are its first look at every point (assumed).
_FEWEST_POINTS, _RUNS_A_POINT = 8, 15


@dataclass(frozen=True, slots=True)
class Span:
    """How long a run is, in days: before, while and after orders are measured."""

    key: str
    name: str
    warm_up: int
    days: int
    cool_down: int

    @property
    def options(self) -> tuple[str, ...]:
        """The span as options of a verb."""
        return (
            f"--warm-up={self.warm_up}",
            f"--days={self.days}",
            f"--cool-down={self.cool_down}",
        )


# The shortest leaves some orders open, so that the mean time from order to cash comes out a little
# short; the longest is the command line's own.
SPANS: Mapping[str, Span] = {
    span.key: span
    for span in (
        Span("month", "a month: the quickest answer", 60, 30, 90),
        Span("quarter", "a quarter", 120, 90, 120),
        Span("half_year", "half a year, as on the command line", 150, 180, 120),
    )
}
DEFAULT_SPAN = "month"


def compare_commands(
    scenarios: Sequence[str], company: str, span: Span, replications: int, seed: int
) -> list[list[str]]:
    """Return the rounds of a comparison as arguments of ``o2c``.

    Parameters
    ----------
    scenarios
        Names that ship, or files, which may begin with ``{folder}``.
    company
        What they change.
    span, seed
        Of every run.
    replications
        Of the last round, which alone makes the whole report.
    """
    counts = [count for count in ROUNDS if count < replications] + [replications]
    return [
        [
            "compare",
            *scenarios,
            f"--company={company}",
            *span.options,
            f"--replications={count}",
            f"--seed={seed}",
            "--output",
            OUTPUT,
            *(() if count == replications else ("--brief",)),
        ]
        for count in counts
    ]


def break_even_commands(
    scenario: str, company: str, span: Span, seed: int, kpi: str, target: str, runs: int
) -> list[list[str]]:
    """Return the search for what a KPI's target takes, and its report."""
    return _search(
        ["breakeven", scenario, f"--kpi={kpi}", f"--target={target}"],
        company, span, seed, runs,
    )  # fmt: skip


def best_commands(
    scenario: str,
    company: str,
    span: Span,
    seed: int,
    kpis: Sequence[str],
    runs: int,
    *,
    large: bool = False,
    limits: Sequence[str] = (),
) -> list[list[str]]:
    """Return the search for the best settings: of one KPI, or trade-offs of several.

    Parameters
    ----------
    scenario, company, span, seed
        What is searched, and how it is run.
    kpis
        To make small.
    runs
        At most.
    large
        Whether the first KPI is to be large.
    limits
        Options such as ``--at-most=cost_per_order=today``.
    """
    method = "best" if len(kpis) == 1 else "pareto"
    aims = ["--maximise" if large else "--minimise", *["--minimise"] * (len(kpis) - 1)]
    wanted = [f"{aim}={kpi}" for aim, kpi in zip(aims, kpis, strict=True)]
    # A first stage of few runs at few points fits a small budget.
    points = max(_FEWEST_POINTS, runs // _RUNS_A_POINT)
    how = [f"--points={points}"] if method == "best" else []
    commands = _search(
        ["optimise", scenario, f"--method={method}", *wanted, *limits, *how],
        company, span, seed, runs,
    )  # fmt: skip
    # One best point without limits is told by what the search prints.
    return commands[:1] if method == "best" and not limits else commands


def report_commands(source: str, form: str) -> list[list[str]]:
    """Return what writes a result in another format into the job's folder."""
    return [["report", source, f"--format={form}", "--output", f"{FOLDER}/report.{form}"]]


def log_commands(comparison: str, scenario: str) -> list[list[str]]:
    """Return what makes one replication again with its whole log, and writes that as one file."""
    rerun = ["rerun", comparison, f"--scenario={scenario}", "--replication=0", "--output", OUTPUT]
    convert = ["convert", f"{RESULT}/log", "--to=ocel-json", "--output", f"{FOLDER}/log.json"]
    return [rerun, convert]


def _search(begin: list[str], company: str, span: Span, seed: int, runs: int) -> list[list[str]]:
    search = [
        *begin,
        f"--company={company}",
        f"--budget={runs}",
        f"--replications={SEARCH_REPLICATIONS}",
        *span.options,
        f"--seed={seed}",
        "--output",
        OUTPUT,
    ]
    report = ["report", RESULT, "--template=search", "--output", f"{FOLDER}/{REPORT}"]
    return [search, report]
