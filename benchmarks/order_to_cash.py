"""How near two calibrated companies come to a month that they have not seen, as Markdown.

Each company is calibrated and judged by the command line, as a user would. The logs are public, and
no part of the project. See ``docs/validation.md`` for what is compared and for the limits.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mining.validation.activity_patterns import ALLOWED_POINTS
from mining.validation.lag_distances import ALLOWED_RATIO


@dataclass(frozen=True, slots=True)
class Case:
    """A log, what of it a company is made from, and what judges it.

    Parameters
    ----------
    name
        For people.
    file
        Name of the log.
    train_first, train_last
        First day on which training cases begin (None: all), and the day at whose end the log is
        taken.
    first, last
        Days on which the cases begin that judge it.
    """

    name: str
    file: str
    train_first: str | None
    train_last: str
    first: str
    last: str

    def calibrate(self, log: Path, folder: Path, options: Sequence[str]) -> list[str]:
        """Return the command that makes the company."""
        since = [] if self.train_first is None else ["--from", self.train_first]
        until = ["--until", self.train_last]
        return ["calibrate", str(log), *since, *until, *options, "--output", str(folder)]

    def judge(self, log: Path, folder: Path, options: Sequence[str]) -> list[str]:
        """Return the command that judges it."""
        since = [] if self.train_first is None else ["--train-from", self.train_first]
        days = ["--from", self.first, "--until", self.last, *since]
        return ["validate-model", str(folder / "model.yaml"), str(log), *days, *options]


CASES = (
    Case(
        "manufacturer, 2016-09",
        "sap_o2c_manufacturing_2016.csv.gz",
        None,
        "2016-08-31",
        "2016-09-01",
        "2016-09-30",
    ),
    Case(
        "distributor, 2009-05",
        "sap_o2c_distributor_2007_2009.csv.gz",
        "2009-01-01",
        "2009-04-30",
        "2009-05-01",
        "2009-05-31",
    ),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What ``o2c validate-model`` says of a company, and the CPU seconds of either command."""

    case: Case
    result: Mapping[str, Any]
    calibration_seconds: float
    validation_seconds: float


def default_folder() -> Path:
    """Return the folder of the logs, which are not part of the project."""
    data = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("O2C_DATA", data))


def judged(case: Case, log: Path, *, seed: int, runs: int, ranking: bool) -> Judged:
    """Calibrate and judge one company.

    Raises
    ------
    subprocess.CalledProcessError
        If one of the commands fails.
    """
    draws = ["--seed", str(seed), "--json"]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "company"
        asked = draws if ranking else [*draws, "--no-ranking"]
        _, calibration = command(case.calibrate(log, folder, asked))
        document, validation = command(case.judge(log, folder, [*draws, "--runs", str(runs)]))
    return Judged(case, document["result"], calibration, validation)


def command(arguments: Sequence[str]) -> tuple[dict[str, Any], float]:
    """Run a verb of the command line; return its document and its CPU seconds."""
    start = [sys.executable, "-c", "from reports.cli import main; main()"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run([*start, *arguments], check=True, stdout=subprocess.PIPE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    document: dict[str, Any] = json.loads(ended.stdout)
    return document, seconds


def lag_lines(found: Judged) -> list[str]:
    """Return a row for each lag between milestones."""
    rows, name = [], found.case.name
    for row in found.result["lags"]:
        if row["milestone"]:
            days = (_number(row[f"{part}_days"], 3) for part in ("floor", "known", "distance"))
            cells = [name, f"{row['source']} to {row['target']}", *days]
            rows.append(_row([*cells, _number(row["ratio"], 2), _yes(row["within"])]))
            name = ""
    return rows


def summary_lines(found: Judged) -> list[str]:
    """Return what of each kind is within its limit, and each figure that is not."""
    result = found.result
    lags = [row for row in result["lags"] if row["milestone"]]
    kinds = (
        (f"lags at most {ALLOWED_RATIO:g} times train to test, or an hour", lags),
        (f"activities within {ALLOWED_POINTS:g} points", result["prevalence"]),
        ("KPIs inside the band of 95 %", result["kpis"]),
    )
    counts = "; ".join(
        f"{what}: {sum(row['within'] for row in rows)} of {len(rows)}" for what, rows in kinds
    )
    variants, cases = result["variant_coverage"], result["cases"]
    lines = [
        f"- **{found.case.name}**: {counts}. Variants of {variants['simulated']:.0%} of the judged "
        f"cases are simulated ({variants['train']:.0%} are in the training part). "
        f"{cases['test']:,} cases judged, {cases['train']:,} in the training part. CPU: "
        f"calibration {found.calibration_seconds:.0f} s, validation "
        f"{found.validation_seconds:.0f} s."
    ]
    for row in result["prevalence"]:
        if not row["within"]:
            train, test, simulated = (
                _number(row[f"{part}_percent"], 1) for part in ("train", "test", "simulated")
            )
            lines.append(
                f"  - {row['activity']}: simulated {simulated} % of the cases, observed {test} %, "
                f"in the training part {train} %"
            )
    for row in result["kpis"]:
        if not row["within"]:
            test, low, high, train = (
                _number(row[part], 2) for part in ("test", "low", "high", "train")
            )
            lines.append(
                f"  - {row['label']} ({row['unit']}): observed {test}, band {low} to {high}, in "
                f"the training part {train}"
            )
    return lines


def main(command_line: list[str] | None = None) -> int:
    """Calibrate, judge and print; return 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.order_to_cash", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--runs", type=int, default=10, help="simulated runs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ranking", action="store_true", help="with it, for the whole CPU time")
    names = [case.name.partition(",")[0] for case in CASES]
    parser.add_argument("companies", nargs="*", metavar="COMPANY", help=f"{' '.join(names)}: all")
    chosen = parser.parse_args(command_line)
    if unknown := set(chosen.companies).difference(names):
        parser.error(f"no company {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    wanted = [case for case in CASES if case.name.startswith(tuple(chosen.companies or names))]
    logs = {case: default_folder() / case.file for case in wanted}
    if absent := [str(log) for log in logs.values() if not log.is_file()]:
        print(f"left out: {', '.join(absent)} absent; set O2C_DATA to the folder of the logs")
        return 0
    found = [
        judged(case, log, seed=chosen.seed, runs=chosen.runs, ranking=chosen.ranking)
        for case, log in logs.items()
    ]
    heads = ["company, judged month", "lag", "train to test, days", "train as known then"]
    heads += ["model to test", "ratio", "within"]
    print(_row(heads), _row(["---"] * len(heads)), sep="\n")
    print("\n".join(line for one in found for line in lag_lines(one)))
    print()
    print("\n".join(line for one in found for line in summary_lines(one)))
    return 0


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _yes(within: bool) -> str:
    return "yes" if within else "**no**"


if __name__ == "__main__":
    sys.exit(main())
