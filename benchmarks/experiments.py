"""How much faster two cores run an experiment than one, and how long a sweep takes.

See ``docs/benchmarks.md`` for what is compared with what.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import dataclass

from benchmarks.measurement import Failure, Spread, last_line
from o2c_sim.compiled import in_use

# The default window of ``o2c compare``, and one for a look at many scenarios.
FULL, SHORT = (150, 180, 120), (30, 30, 30)
REPLICATIONS = 40
SWEEP_SCENARIOS, SWEEP_REPLICATIONS, SWEEP_MINUTES = 200, 30, 15


@dataclass(frozen=True, slots=True)
class Sample:
    """What some replications took by the clock, workers' start included, and what they gave."""

    seconds: float
    digest: str


def contend(
    workers: int, replications: int, window: tuple[int, int, int], companies: int = 1
) -> Sample:
    """Run :mod:`benchmarks.experiments_contender` in a process of its own.

    Raises
    ------
    Failure
        If it ends with an error or prints something else.
    """
    options = [f"--workers={workers}", f"--replications={replications}", f"--companies={companies}"]
    command = ["-m", "benchmarks.experiments_contender", *options, "--window", *map(str, window)]
    text = last_line([sys.executable, *command])
    try:
        return Sample(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise Failure(f"not a sample: {text[-200:]!r}") from error


def cores(rounds: int, replications: int, window: tuple[int, int, int]) -> float:
    """Measure one core and two in turns, print them, and return the ratio.

    Raises
    ------
    Failure
        If a run fails, or two cores give another result than one.
    """
    pairs = [
        (contend(1, replications, window), contend(2, replications, window)) for _ in range(rounds)
    ]
    if len({sample.digest for pair in pairs for sample in pair}) > 1:
        raise Failure("two cores give another result than one")
    print(f"\n{replications} replications of the reference company, {sum(window)} days each")
    for place, label in enumerate(("one core", "two cores")):
        spread = Spread.of([pair[place].seconds for pair in pairs])
        print(f"{label:<10}{spread.median:8.1f} s  ({spread.lowest:.1f} to {spread.highest:.1f})")
    return Spread.of([one.seconds / two.seconds for one, two in pairs]).median


def sweep(scenarios: int, replications: int, window: tuple[int, int, int], workers: int) -> None:
    """Measure a sweep, and say what the whole one would take."""
    sample = contend(workers, replications, window, scenarios)
    runs = scenarios * replications
    whole = SWEEP_SCENARIOS * SWEEP_REPLICATIONS
    print(
        f"\n{scenarios} scenarios x {replications} replications, {sum(window)} days each, "
        f"{workers} cores: {sample.seconds:.1f} s, {runs / sample.seconds:.2f} runs/s; "
        f"{SWEEP_SCENARIOS} x {SWEEP_REPLICATIONS} at this rate: "
        f"{whole * sample.seconds / runs / 60:.1f} minutes (goal {SWEEP_MINUTES})",
        flush=True,
    )


def main(command_line: list[str] | None = None) -> int:
    """Measure, print, and return 0, or 1 if a run failed or gave something else."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.experiments", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--quick", action="store_true", help="a few short runs: a check")
    parser.add_argument(
        "--whole-sweep",
        action="store_true",
        help="all 200 x 30 runs of 90 days, not a part of them",
    )
    parser.add_argument("--rounds", type=int, default=1, help="of one core and two")
    given = parser.parse_args(command_line)
    if given.rounds < 1:
        parser.error(f"--rounds {given.rounds}: at least 1")
    workers = min(2, os.cpu_count() or 1)
    how = "compiled" if in_use() else "from its sources"
    print(f"Python {platform.python_version()}; the simulator runs {how}", flush=True)
    try:
        if given.quick:
            sweep(2, 2, (0, 10, 10), workers)
            ratio = cores(given.rounds, 4, (0, 10, 10))
        else:
            # Enough runs that the start of the workers is a small part of the time.
            whole = (SWEEP_SCENARIOS, SWEEP_REPLICATIONS)
            sweep(*(whole if given.whole_sweep else (20, 10)), SHORT, workers)
            sweep(6, 5, FULL, workers)
            ratio = cores(given.rounds, REPLICATIONS, FULL)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"{ratio:.2f} x one core")
    return 0


if __name__ == "__main__":
    sys.exit(main())
