"""The reference implementation of the log distances, in its own environment; prints JSON.

``PYTHON -m benchmarks.distance_reference FIRST.csv SECOND.csv`` prints ``cpu_seconds`` of the
n-gram distance, its value and that of the other four distances of the published tables. The clock
covers neither the start of Python nor reading the files.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any


def read(path: Path) -> Any:
    """Return an event table as the reference wants it: pandas, with time zone."""
    import pandas as pd

    frame = pd.read_csv(path, dtype={"case": str, "activity": str, "resource": str})
    for column in ("start", "time"):
        frame[column] = pd.to_datetime(frame[column], utc=True, format="ISO8601")
    return frame


def measured(first: Any, second: Any) -> dict[str, float]:
    """Return the distances and the CPU time of the first."""
    import pandas as pd
    from log_distance_measures import (  # type: ignore[import-not-found, unused-ignore]
        absolute_event_distribution,
        circadian_event_distribution,
        config,
        cycle_time_distribution,
        n_gram_distribution,
        relative_event_distribution,
    )

    names = config.EventLogIDs("case", "activity", "start", "time", "resource")
    logs = (first, names, second, names)
    begun = time.process_time()
    ngd = n_gram_distribution.n_gram_distribution_distance(*logs, n=3)
    took = time.process_time() - begun
    both = {"discretize_type": config.AbsoluteTimestampType.BOTH}
    hours = {"discretize_event": config.discretize_to_hour}
    absolute = absolute_event_distribution.absolute_event_distribution_distance
    circadian = circadian_event_distribution.circadian_event_distribution_distance
    relative = relative_event_distribution.relative_event_distribution_distance
    cycle = cycle_time_distribution.cycle_time_distribution_distance
    return {
        "cpu_seconds": took,
        "ngd": ngd,
        "aedd": float(absolute(*logs, **both, **hours)),
        "cedd": float(circadian(*logs, **both)),
        "redd": float(relative(*logs, **both, **hours)),
        "ctdd": float(cycle(*logs, bin_size=pd.Timedelta(hours=1))),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.distance_reference")
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    arguments = parser.parse_args()
    print(json.dumps(measured(read(arguments.first), read(arguments.second))))


if __name__ == "__main__":
    main()
