"""How many log rows a CPU-second gives, beside a bare SimPy loop, naive SimPy and Prosimos.

A log row is one activity instance with start and completion; every contender writes its log.
See ``docs/benchmarks.md`` for what is compared with what.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks import tables
from benchmarks.equivalence import Figures, differences, figures, read
from benchmarks.measurement import Failure, Sample, contend, rates, run
from o2c_sim import compiled

MILLION = 1_000_000
_LOGS = {"small": "small.parquet", "prosimos": "prosimos.csv"}


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is run.

    Parameters
    ----------
    rounds
        Runs of each contender, in turn.
    waits
        Of the bare loop.
    small_orders
        Of the small model, in both engines.
    days
        Length of the runs of the reference company.
    orders
        Numbers of orders of the growth table, the yardstick last; run up to three times.
    """

    rounds: int
    waits: int
    small_orders: int
    days: int
    orders: tuple[int, ...]


FULL = Sizes(rounds=5, waits=500_000, small_orders=4_000, days=450, orders=(10_000, 100_000))
QUICK = Sizes(rounds=1, waits=20_000, small_orders=500, days=60, orders=(500, 2_000))


@dataclass(slots=True)
class Results:
    """Samples by contender, figures of the small model by engine, and what failed and why."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    figures: dict[str, list[Figures]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def measure(sizes: Sizes, prosimos: str | None, folder: Path) -> Results:
    """Run every contender in turn, so that a change of the machine's speed meets all alike."""
    results = Results()
    for i in range(sizes.rounds):
        for name in tables.LABELS:
            if name in results.failures or (name == "prosimos" and not prosimos):
                continue
            if name == "sources" and not compiled.in_use():
                continue
            try:
                if prosimos and name == "prosimos":
                    sample = _run_prosimos(prosimos, sizes.small_orders, i, folder / _LOGS[name])
                else:
                    size = {"bare": sizes.waits, "small": sizes.small_orders}.get(name, 0)
                    sample = contend(name, folder, size=size, days=sizes.days, seed=i)
            except Failure as failure:
                results.failures[name] = str(failure)
                continue
            results.samples.setdefault(name, []).append(sample)
            if name in _LOGS:
                found = figures(read(folder / _LOGS[name]))
                results.figures.setdefault(name, []).append(found)
    return results


def grow(sizes: Sizes, million: bool, folder: Path) -> dict[int, list[Sample]]:
    """Run the reference company at growing numbers of orders, the largest once."""
    samples: dict[int, list[Sample]] = {}
    for i in range(min(sizes.rounds, 3)):
        for orders in sizes.orders:
            sample = contend("full", folder, size=orders, days=sizes.days, seed=i)
            samples.setdefault(orders, []).append(sample)
    if million:
        samples[MILLION] = [contend("full", folder, size=MILLION, days=sizes.days)]
    return samples


def report(sizes: Sizes, prosimos: str | None, million: bool, folder: Path) -> list[str]:
    """Measure and print; return what is wrong, in words."""
    if not compiled.in_use():
        print("The toolkit is not compiled (make compile).")
    results = measure(sizes, prosimos, folder)
    print(f"log rows per CPU-second, medians of {sizes.rounds} rounds (lowest to highest)")
    print(*tables.rate_lines(results.samples, results.failures), sep="\n")
    wrong = [f"{tables.LABELS[name]}: {text}" for name, text in results.failures.items()]
    if not ({"small", "prosimos"} & results.failures.keys()) and "prosimos" in results.figures:
        ours, theirs = (Figures.mean(results.figures[name]) for name in ("small", "prosimos"))
        orders = sizes.small_orders * sizes.rounds
        print(f"\nthe small model in both engines, {orders:,} orders each, means")
        print(*tables.equivalence_lines(ours, theirs), sep="\n")
        wrong += [f"not the same process: {d}" for d in differences(ours, theirs, orders)]
    if "full" in results.failures:
        return wrong
    yardstick = sizes.orders[-1]
    print(f"\nthe reference company grown, {sizes.days} days; rates beside {yardstick:,} orders'")
    try:
        print(*tables.growth_lines(grow(sizes, million, folder), yardstick), sep="\n")
    except Failure as failure:
        wrong.append(f"the reference company grown: {failure}")
    print(f"\n{rates(results.samples['full']).median:.0f} log rows/CPU-s", flush=True)
    return wrong


def main(command_line: list[str] | None = None) -> int:
    """Measure, print, and return 0, or 1 if a contender failed or the two models differ."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.simulation", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, one round: a check")
    parser.add_argument("--million", action="store_true", help="a million orders as well")
    parser.add_argument("--rounds", type=int, help=f"runs of each (default {FULL.rounds})")
    parser.add_argument(
        "--prosimos", metavar="PYTHON", help="the Python of an environment with Prosimos"
    )
    arguments = parser.parse_args(command_line)
    if arguments.rounds is not None and arguments.rounds < 1:
        parser.error(f"--rounds {arguments.rounds}: at least 1")
    sizes = QUICK if arguments.quick else FULL
    sizes = replace(sizes, rounds=arguments.rounds or sizes.rounds)
    prosimos = arguments.prosimos
    if not prosimos or not Path(prosimos).exists():
        print(f"Prosimos is left out: {'there is no ' + prosimos if prosimos else 'not asked for'}")
        prosimos = None
    with tempfile.TemporaryDirectory() as name:
        wrong = report(sizes, prosimos, arguments.million, Path(name))
    for text in wrong:
        print(text, file=sys.stderr)
    return 1 if wrong else 0


def _run_prosimos(python: str, orders: int, seed: int, log: Path) -> Sample:
    # Absolute, as the child runs in the project's folder; not resolved, or a virtual
    # environment's Python would become the system's.
    command = [str(Path(python).absolute()), "-m", "benchmarks.small_prosimos"]
    return run([*command, f"--orders={orders}", f"--seed={seed}", f"--log={log}"])


if __name__ == "__main__":
    sys.exit(main())
