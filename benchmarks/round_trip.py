"""How well calibration recovers companies that are known: a table per parameter.

Each company is a reference company with parameters moved by a seeded draw. It is simulated, and
calibrated from its log alone. See ``docs/calibration.md``.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence

from benchmarks.round_trip_checks import Check, RoundTrip, compared
from benchmarks.round_trip_companies import SEEDS, source_of_company, varied_company
from benchmarks.round_trip_effects import all_effects, effects_table
from mining.calibration.company import calibrate


def round_trip(seed: int) -> RoundTrip:
    """Simulate and calibrate the company of a seed; return what was recovered."""
    name, model = varied_company(seed)
    return compared(seed, name, model, calibrate(source_of_company(model, seed), seed=seed))


def round_trips(seeds: Iterable[int], workers: int) -> list[RoundTrip]:
    """Return the round trips of all seeds, in order."""
    if workers == 1:
        return [round_trip(seed) for seed in seeds]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        return pool.map(round_trip, seeds, chunksize=1)


def table(trips: Sequence[RoundTrip]) -> list[str]:
    """Return the lines of the table per parameter, the worst first, and the sum."""
    by_path: dict[str, list[Check]] = defaultdict(list)
    for trip in trips:
        for check in trip.checks:
            by_path[_family(check.path)].append(check)
    lines = ["| parameter | companies | checks | recovered |", "|---|---|---|---|"]
    for path, checks in sorted(by_path.items(), key=lambda item: (_share(item[1]), item[0])):
        companies = len({check.seed for check in checks})
        lines.append(f"| `{path}` | {companies} | {len(checks)} | {_share(checks):.0%} |")
    every = [check for trip in trips for check in trip.checks]
    return [*lines, f"| all | {len(trips)} | {len(every)} | {_share(every):.1%} |"]


def _family(path: str) -> str:
    """Return a path with what is named by the company as a star."""
    parts = path.split(".")
    if parts[0] in ("staff", "calendars") or parts[:2] == ["customers", "segments"]:
        parts[2 if parts[0] == "customers" else 1] = "*"
    return ".".join(parts)


def _share(checks: Sequence[Check]) -> float:
    return sum(check.recovered for check in checks) / len(checks) if checks else 1.0


def main(command_line: list[str] | None = None) -> int:
    """Measure and print; return 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.round_trip", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--companies", type=int, default=len(SEEDS))
    parser.add_argument("--seed", type=int, default=SEEDS.start, help="of the first company")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--effects", action="store_true", help="compare scenarios, too")
    parser.add_argument("--misses", action="store_true", help="list what was not recovered")
    arguments = parser.parse_args(command_line)
    seeds = range(arguments.seed, arguments.seed + arguments.companies)
    trips = round_trips(seeds, arguments.workers)
    print("\n".join(table(trips)))
    for trip in trips:
        for name, why in trip.failures:
            print(f"company {trip.seed}: {name} failed: {why}")
    if arguments.misses:
        for check in (one for trip in trips for one in trip.checks if not one.recovered):
            print(check)
    if arguments.effects:
        print("\n".join(effects_table(all_effects(workers=arguments.workers))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
