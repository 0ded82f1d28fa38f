"""How many log rows a CPU-second gives, beside a bare SimPy loop and a naive SimPy model.

A log row is one activity instance with start and completion; the log is written each time.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import simpy

from benchmarks import naive_flow
from o2c_sim import Window, load_company, simulate

ROUNDS = 5
DAYS = 450


def bare_loop(processes: int = 1_000, events: int = 300_000) -> int:
    """Run SimPy processes that do nothing but wait, and return the number of waits."""
    env = simpy.Environment()

    def wait(period: float) -> Generator[Any, Any, None]:
        while True:
            yield env.timeout(period)

    for i in range(processes):
        env.process(wait(1 + i / processes))
    env.run(until=events / processes)
    return events


def toolkit(folder: Path, replication: int) -> int:
    """Simulate the reference company, write its log, and return the number of rows."""
    run = simulate(
        load_company("distributor"),
        replication=replication,
        window=Window(150, 180, DAYS - 330),
    )
    run.log.write(folder / f"log-{replication}")
    return run.log.events.height


def rate(function: Callable[[], int]) -> float:
    """Return what a function counts per CPU-second."""
    began = time.process_time()
    count = function()
    return count / (time.process_time() - began)


def main() -> None:
    """Measure in turn, so that a change of the machine's speed meets all alike."""
    orders_per_day = load_company("distributor").demand.orders_per_week.value / 7
    rates: dict[str, list[float]] = {"bare SimPy loop": [], "naive SimPy": [], "toolkit": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        toolkit(folder, ROUNDS)
        for i in range(ROUNDS):
            rates["bare SimPy loop"].append(rate(bare_loop))
            rates["naive SimPy"].append(
                rate(lambda i=i: naive_flow.run(DAYS, orders_per_day, i, folder / f"{i}.csv"))
            )
            rates["toolkit"].append(rate(lambda i=i: toolkit(folder, i)))
    middle = {label: statistics.median(values) for label, values in rates.items()}
    print(f"reference distributor, {DAYS} days, log written, {ROUNDS} rounds, medians")
    print(f"bare SimPy loop: {middle['bare SimPy loop']:>12,.0f} events/CPU-s")
    print(f"naive SimPy:     {middle['naive SimPy']:>12,.0f} log rows/CPU-s")
    print(f"toolkit:         {middle['toolkit']:>12,.0f} log rows/CPU-s")
    ratios = [t / n for t, n in zip(rates["toolkit"], rates["naive SimPy"], strict=True)]
    print(
        f"toolkit / naive: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    )
    print(f"{middle['toolkit']:.0f} log rows/CPU-s")


if __name__ == "__main__":
    main()
