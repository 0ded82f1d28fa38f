"""How fast the log distances are beside their reference implementation, and whether they agree.

See ``docs/benchmarks.md`` for what is compared with what.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.measurement import Failure, Spread, last_line
from mining.log_comparison.n_grams import n_gram_distance
from mining.validation.scores import score

# What the toolkit claims for the n-gram distance.
CLAIMED = 50
ACTIVITIES = 25
EVENTS_PER_CASE = 15


def made_log(cases: int, seed: int) -> pl.DataFrame:
    """Return a log of random walks through 25 activities, as an event table."""
    draw = np.random.default_rng(seed)
    lengths = 1 + draw.poisson(EVENTS_PER_CASE - 1, cases)
    case = np.repeat(np.arange(cases), lengths)
    # Mostly the next activity, at times any other: sequences that repeat, and some that do not.
    step = np.where(draw.random(case.size) < 0.8, 1, draw.integers(ACTIVITIES, size=case.size))
    activity = np.cumsum(step) % ACTIVITIES
    begun = np.sort(draw.integers(0, 200 * 86_400, cases))
    waited = np.cumsum(draw.exponential(3_600, case.size))
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    start = (begun[case] + waited - waited[first][case]).astype(np.int64) * 1_000_000
    origin = pl.lit(dt.datetime(2024, 1, 1)).cast(pl.Datetime("us"))
    return pl.DataFrame({"case": case, "activity": activity, "start": start}).select(
        pl.format("case {}", "case").alias("case"),
        pl.format("activity {}", "activity").alias("activity"),
        (origin + pl.duration(microseconds="start")).alias("start"),
        (origin + pl.duration(microseconds=pl.col("start") + 900_000_000)).alias("time"),
        pl.lit("somebody").alias("resource"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("event"),
    )


def compare(reference: str, cases: int, rounds: int, folder: Path) -> list[str]:
    """Measure both, print, and return what is wrong."""
    logs = [made_log(cases, seed) for seed in (1, 2)]
    paths = [folder / f"{n}.csv" for n in range(2)]
    for log, path in zip(logs, paths, strict=True):
        log.write_csv(path)
    command = [str(Path(reference).absolute()), "-m", "benchmarks.distance_reference"]
    ratios, wrong = [], []
    n_gram_distance(*logs)  # the first call loads what all later ones use
    for _ in range(rounds):
        theirs = json.loads(last_line([*command, *map(str, paths)]))
        begun = time.process_time()
        value = n_gram_distance(*logs)
        took = time.process_time() - begun
        seconds = theirs.pop("cpu_seconds")
        ratios.append(seconds / took)
        print(f"{cases:,} cases a log: reference {seconds:.2f} CPU s, toolkit {took:.4f} CPU s")
        ours = {**score(logs[1], logs[0]), "ngd": value}
        wrong += [
            f"{name}: {ours[name]!r} beside {value!r}"
            for name, value in theirs.items()
            if ours[name] != value
        ]
    ratio = Spread.of(ratios)
    print(f"n-gram distance: {ratio.median:.0f} x the reference", end="")
    print(f" ({ratio.lowest:.0f} to {ratio.highest:.0f}); five distances equal: {not wrong}")
    if ratio.median < CLAIMED:
        wrong.append(f"{ratio.median:.0f} x the reference, claimed are {CLAIMED}")
    return wrong


def main(command_line: list[str] | None = None) -> int:
    """Measure, print, and return 0, or 1 if a distance differs or the claim does not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.distances", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--reference", metavar="PYTHON", help="Python with log-distance-measures")
    parser.add_argument("--cases", type=int, default=5_000, help="in each of the two logs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a check, on a small log")
    arguments = parser.parse_args(command_line)
    reference = arguments.reference
    if not reference or not Path(reference).exists():
        print(
            "left out: no environment with log-distance-measures (make bench-simulation makes it)"
        )
        return 0
    cases, rounds = (500, 1) if arguments.quick else (arguments.cases, arguments.rounds)
    try:
        with tempfile.TemporaryDirectory() as name:
            wrong = compare(reference, cases, rounds, Path(name))
    except Failure as failure:
        wrong = [str(failure)]
    for text in wrong:
        print(text, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
