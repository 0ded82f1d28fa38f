"""How accurate the discovered model is on the logs of the literature, as a table in Markdown.

See ``docs/validation.md`` for the protocol and for what stands beside the model.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from mining.read import read_log
from mining.validation.event_table import event_table
from mining.validation.protocol import ProtocolResult, run_protocol
from mining.validation.scores import MEASURES, Score

LOGS = ("LoanApp", "PurchasingExample", "AcademicCredentials")


def default_folder() -> Path:
    """Return the folder of the logs, which are not part of the project."""
    data = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("O2C_DATA", data)) / "simulation_benchmark"


def rows(found: ProtocolResult) -> list[str]:
    """Return the lines of one log: model, replay, the training part, published methods."""
    published = found.published
    lines = [
        _row(found.log, "model", found.model),
        _row("", "replay", found.replay),
        _row("", "train, as long", found.floor),
    ]
    if published is not None:
        for name, values in (("best published", published.best), ("median", published.median)):
            cells = " | ".join(f"{values[key]:.4g}" for key in MEASURES)
            lines.append(f"| | {name} | {cells} | |")
    cpu = sum(found.cpu_seconds.values())
    lines[0] = lines[0].removesuffix("| |") + f"| {cpu:.0f} |"
    return lines


def _row(log: str, what: str, scores: Mapping[str, Score]) -> str:
    cells = " | ".join(f"{scores[key].mean:.3g} ± {scores[key].sd:.2g}" for key in MEASURES)
    return f"| {log} | {what} | {cells} | |"


def counts(results: list[ProtocolResult]) -> str:
    """Return in how many cells the model is no worse than what stands beside it."""
    cells = [(found, key) for found in results for key in MEASURES]
    known = [(found, key) for found, key in cells if found.published is not None]
    replay = sum(found.model[key].mean <= found.replay[key].mean for found, key in cells)
    best, middle = (
        sum(found.model[key].mean <= getattr(found.published, which)[key] for found, key in known)
        for which in ("best", "median")
    )
    return (
        f"At or below the best published value in {best} of {len(known)} cells, the published "
        f"median in {middle}; at or below the replayed past in {replay} of {len(cells)}."
    )


def main(command_line: list[str] | None = None) -> int:
    """Measure and print; return 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("logs", nargs="*", type=Path, help="the logs of the literature by default")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(command_line)
    logs = arguments.logs or [default_folder() / f"{name}.csv.gz" for name in LOGS]
    if absent := [str(log) for log in logs if not log.is_file()]:
        print(f"left out: {', '.join(absent)} absent; set O2C_DATA to the folder of the logs")
        return 0
    print("| log | | " + " | ".join(key.upper() for key in MEASURES) + " | CPU s |")
    print("|---" * (len(MEASURES) + 3) + "|")
    results = []
    for log in logs:
        found = run_protocol(
            event_table(read_log(log)), source=str(log), runs=arguments.runs, seed=arguments.seed
        )
        results.append(found)
        print("\n".join(rows(found)), flush=True)
    print("\n" + counts(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
