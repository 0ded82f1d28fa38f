"""One contender of the mining benchmark in a process of its own; prints JSON.

``python -m benchmarks.mining_contender NAME --log PATH`` prints ``wall_seconds``, ``cpu_seconds``,
``peak_bytes`` (of the whole process) and ``found``: figures that must agree between contenders.
The clock does not cover the start of Python and imports.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.contender import peak_bytes

Found = dict[str, float]
Run = Callable[[], Found]


def toolkit(arguments: argparse.Namespace) -> Run:
    """Prepare the toolkit: read the log, flatten it, and take it apart."""
    from mining import performance, variants
    from mining.ordered_cases import OrderedCases
    from mining.read import read_log

    def run() -> Found:
        read = read_log(arguments.log)
        cases = OrderedCases.of(read.log.flatten(read.case_type))
        graph = performance.directly_follows(cases)
        times = performance.throughput(cases)
        ways = variants.variants(cases)
        hours = graph.edges["mean_hours"] * graph.edges["count"]
        return {
            "edges": graph.edges.height,
            "pairs": int(graph.edges["count"].sum()),
            "pair_hours": float(hours.sum()),
            "cases": times.height,
            "case_hours": float(times["hours"].sum()),
            "variants": ways.height,
        }

    return run


def pm4py(arguments: argparse.Namespace) -> Run:
    """Prepare pm4py as its documentation says: a frame, ``format_dataframe``, then the figures.

    Without that step it would trust the order of the rows.
    pandas reads Parquet through packages that nothing here needs, so Polars reads it; every name
    becomes one Python object, which is less memory than pandas would take.
    """
    import numpy as np
    import pandas as pd
    import polars as pl

    from mining.discovery import quiet_pm4py

    def names(values: pl.Series) -> Any:
        distinct = values.unique().sort()
        codes = values.cast(pl.Enum(distinct)).to_physical().to_numpy()
        return np.array(distinct.to_list(), dtype=object)[codes]

    with quiet_pm4py() as engine:
        import pm4py.discovery
        import pm4py.stats  # noqa: F401 (loaded before the clock starts)

    def run() -> Found:
        with quiet_pm4py():
            table = pl.read_parquet(arguments.log)
            columns = {name: names(table[name]) for name in ("case", "activity")}
            frame = pd.DataFrame({**columns, "time": table["time"].to_numpy()})
            del table, columns
            keys = {"case_id": "case", "activity_key": "activity", "timestamp_key": "time"}
            frame = engine.format_dataframe(frame, **keys)
            graph, _starts, _ends = engine.discover_dfg(frame)
            times, _starts, _ends = engine.discover_performance_dfg(frame)
            durations = engine.get_all_case_durations(frame)
            ways = engine.get_variants(frame)
        return {
            "edges": len(graph),
            "pairs": sum(graph.values()),
            "pair_hours": sum(times[pair]["mean"] * n for pair, n in graph.items()) / 3600,
            "cases": len(durations),
            "case_hours": sum(durations) / 3600,
            "variants": len(ways),
        }

    return run


def alignments(arguments: argparse.Namespace, engine: str) -> Run:
    """Prepare optimal alignments of every variant with the discovered model, one by one."""
    import polars as pl

    from benchmarks.mining_logs import read_real
    from mining.alignments import align
    from mining.discovery import discover_petri_net
    from mining.variants import counted

    rows = read_real(arguments.log).with_columns(
        case=pl.col("case").rank("dense").cast(pl.UInt32), event=pl.int_range(pl.len())
    )
    ways = list(counted(rows))
    model = discover_petri_net(rows, 0.2)
    align(ways[:1], model, engine=engine)

    def run() -> Found:
        if engine == "r4pm":
            costs = [found.cost if found else -1 for found in align(ways, model).values()]
            return {"variants": len(costs), "cost": sum(costs)}
        limit = time.perf_counter() + arguments.seconds
        costs = []
        for way in ways:
            (found,) = align([way], model, engine=engine).values()
            costs.append(found.cost if found else -1)
            if time.perf_counter() > limit:
                break
        return {"variants": len(costs), "cost": sum(costs)}

    return run


def report(arguments: argparse.Namespace) -> Run:
    """Prepare ``o2c mine LOG -o FOLDER``: from a file to the report, start of Python included."""
    command = [sys.executable, "-c", "from reports.cli import main; main()", "mine"]
    command += [str(arguments.log), "--output", str(arguments.log.parent / "findings"), "--quiet"]

    def run() -> Found:
        subprocess.run([*command, "--force"], check=True)
        return {}

    return run


CONTENDERS: dict[str, Callable[[argparse.Namespace], Run]] = {
    "toolkit": toolkit,
    "pm4py": pm4py,
    "align": lambda arguments: alignments(arguments, "r4pm"),
    "align-pm4py": lambda arguments: alignments(arguments, "pm4py"),
    "report": report,
}


def main() -> None:
    """Run one contender and print what it took and found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mining_contender")
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=120, help="limit of pm4py's alignments")
    arguments = parser.parse_args()
    run = CONTENDERS[arguments.name](arguments)
    wall, cpu = time.perf_counter(), time.process_time()
    found = run()
    took = {
        "wall_seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "peak_bytes": peak_bytes(children=arguments.name == "report"),
    }
    print(json.dumps({"found": found, **took}))


if __name__ == "__main__":
    main()
