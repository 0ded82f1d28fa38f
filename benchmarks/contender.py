"""One contender in a process of its own: prepare, run under the CPU clock, print JSON.

``python -m benchmarks.contender NAME --folder FOLDER`` prints ``count`` (log rows, or waits of
the bare loop), ``orders``, ``cpu_seconds`` and ``peak_bytes`` (of the whole process). CPU time is
user and system time of all threads; it covers the simulation and the writing of its log, and not
the start of Python, imports and the reading of the model.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Work:
    """What a run has made: log rows (or waits), and orders."""

    count: int
    orders: int


Run = Callable[[], Work]


def bare(arguments: argparse.Namespace) -> Run:
    """Prepare 1,000 SimPy processes that do nothing but wait, about *size* times in all."""
    import simpy

    periods = [1 + i / 1_000 for i in range(1_000)]
    until = arguments.size / sum(1 / period for period in periods)

    def wait(env: simpy.Environment, period: float) -> Generator[Any, Any, None]:
        while True:
            yield env.timeout(period)

    def run() -> Work:
        env = simpy.Environment()
        for period in periods:
            env.process(wait(env, period))
        env.run(until=until)
        return Work(sum(int(until / period) for period in periods), 0)

    return run


def naive(arguments: argparse.Namespace) -> Run:
    """Prepare the naive flow at the reference company's demand."""
    from benchmarks import naive_flow
    from o2c_sim import load_company

    orders_per_day = load_company(arguments.company).demand.orders_per_week.value / 7
    path = arguments.folder / "naive.csv"

    def run() -> Work:
        count = naive_flow.run(arguments.days, orders_per_day, arguments.seed, path)
        return Work(count, 0)

    return run


def small(arguments: argparse.Namespace) -> Run:
    """Prepare the small model on the toolkit's engine; *size* is the number of orders."""
    from benchmarks import small_model

    path = arguments.folder / "small.parquet"

    def run() -> Work:
        return Work(small_model.run(arguments.size, arguments.seed, path), arguments.size)

    return run


def full(arguments: argparse.Namespace) -> Run:
    """Prepare the reference company; a *size* makes it so large that it gets so many orders."""
    from o2c_sim import Window, load_company, override, simulate

    model = load_company(arguments.company)
    if arguments.size:
        expected = model.demand.orders_per_week.value / 7 * arguments.days
        model = override(model, grown(model, arguments.size / expected), "benchmark")

    def run() -> Work:
        window = Window(warm_up_days=0, measured_days=arguments.days, cool_down_days=0)
        done = simulate(model, seed=1, replication=arguments.seed, window=window)
        done.log.write(arguments.folder / "full", replace=True)
        return Work(done.log.events.height, int(done.manifest["orders"]))

    return run


def grown(model: Any, factor: float) -> dict[str, float | int]:
    """Return the changes that make a company larger: orders, customers and people alike."""
    from o2c_sim import parameters

    changes: dict[str, float | int] = {
        "demand.orders_per_week": model.demand.orders_per_week.value * factor,
        "customers.count": max(1, round(model.customers.count.value * factor)),
    }
    for path, parameter in parameters(model):
        if path.startswith("staff.") and path.endswith(".headcount"):
            changes[path] = max(1, math.ceil(parameter.value * factor))
    return changes


CONTENDERS: dict[str, Callable[[argparse.Namespace], Run]] = {
    "bare": bare,
    "naive": naive,
    "small": small,
    "full": full,
}


def peak_bytes(*, children: bool = False) -> int | None:
    """Return the largest memory this process, or a child of it, has held; None if not known."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    who = resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF
    return resource.getrusage(who).ru_maxrss * unit


def main() -> None:
    """Run one contender and print what it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.contender")
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("--folder", type=Path, required=True, help="where the log is written")
    parser.add_argument("--size", type=int, default=0, help="orders; waits of the bare loop")
    parser.add_argument("--days", type=int, default=450, help="length of the run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--company", default="distributor", help="reference company")
    arguments = parser.parse_args()
    run = CONTENDERS[arguments.name](arguments)
    began = time.process_time()
    done = run()
    seconds = time.process_time() - began
    print(json.dumps({**asdict(done), "cpu_seconds": seconds, "peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main()
