"""How fast and in how much memory a log is mined, beside pm4py, in one run.

See ``docs/benchmarks.md`` for what is compared with what.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks import mining_logs
from benchmarks.measurement import Failure, Spread, last_line

MILLION = 1_000_000
# pm4py takes its durations in floating-point seconds.
_RELATIVE = 1e-9


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run took and found.

    Parameters
    ----------
    found
        Figures that contenders must agree on.
    wall_seconds, cpu_seconds
        Time by the clock, and of all threads together.
    peak_bytes
        Largest memory of the process; None if not known.
    """

    found: dict[str, float]
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int | None = None


def contend(name: str, log: Path, *, seconds: float = 120) -> Sample:
    """Run a contender of :mod:`benchmarks.mining_contender` in a process of its own.

    Raises
    ------
    Failure
        If it ends with an error or prints something else.
    """
    module = ["-m", "benchmarks.mining_contender", name, f"--log={log}", f"--seconds={seconds}"]
    text = last_line([sys.executable, *module])
    try:
        return Sample(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise Failure(f"not a sample: {text[-200:]!r}") from error


def disagreements(ours: Sample, theirs: Sample) -> list[str]:
    """Return, in words, where two contenders found different figures."""
    return [
        f"{name}: {ours.found.get(name)!r} beside {value!r}"
        for name, value in theirs.found.items()
        if abs(ours.found.get(name, float("inf")) - value) > _RELATIVE * abs(value)
    ]


def mine_logs(folder: Path, events: int, rounds: int) -> list[str]:
    """Measure load, directly-follows, performance, durations and variants; return what is wrong."""
    logs = {"own Parquet": folder / "own", "foreign Parquet": folder / "foreign.parquet"}
    labels = {name: f"toolkit, {name}" for name in logs}
    samples: dict[str, list[Sample]] = {}
    wrong: list[str] = []
    for _ in range(rounds):
        for name, log in logs.items():
            samples.setdefault(labels[name], []).append(contend("toolkit", log))
        samples.setdefault("pm4py", []).append(contend("pm4py", logs["foreign Parquet"]))
    theirs = samples["pm4py"]
    print(f"\n{events:,} events: load, directly-follows, performance, durations, variants")
    print(f"{'':<28}{'seconds':>9}{'CPU s':>8}{'MiB':>8}   x pm4py")
    for label, found in samples.items():
        ratio = Spread.of(
            [b.wall_seconds / a.wall_seconds for a, b in zip(found, theirs, strict=True)]
        )
        print(line(label, found) + f"   {ratio.median:.1f}")
        wrong += [f"{label}, {text}" for text in disagreements(found[0], theirs[0])]
    return wrong


def line(label: str, samples: list[Sample]) -> str:
    """Return the medians of a contender's runs."""
    wall = Spread.of([sample.wall_seconds for sample in samples]).median
    cpu = Spread.of([sample.cpu_seconds for sample in samples]).median
    peaks = [sample.peak_bytes for sample in samples if sample.peak_bytes]
    peak = f"{max(peaks) / 2**20:,.0f}" if peaks else "unknown"
    return f"{label:<28}{wall:>9.2f}{cpu:>8.2f}{peak:>8}"


def align_logs(real: Path, seconds: float) -> list[str]:
    """Measure alignments of the real log; pm4py is stopped at a limit. Return what is wrong."""
    ours = contend("align", real)
    theirs = contend("align-pm4py", real, seconds=seconds)
    done, count = int(theirs.found["variants"]), int(ours.found["variants"])
    stopped = done < count
    ratio = theirs.wall_seconds / ours.wall_seconds
    print(f"\nalignments of the real log, {count:,} variants, inductive model with noise 0.2")
    print(line("toolkit", [ours]))
    print(line("pm4py", [theirs]) + (f"   stopped after {done:,} variants" if stopped else ""))
    # What was stopped took at least its time for all of them.
    print(f"{'at least ' if stopped else ''}{ratio:.0f} x pm4py")
    return [] if stopped else disagreements(ours, theirs)


def main(command_line: list[str] | None = None) -> int:
    """Measure, print, and return 0, or 1 if a contender failed or found something else."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.mining", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--quick", action="store_true", help="the real log once: a check")
    parser.add_argument("--large", action="store_true", help="ten million events as well")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each at a million events")
    parser.add_argument("--seconds", type=float, default=400, help="limit of pm4py's alignments")
    arguments = parser.parse_args(command_line)
    if arguments.rounds < 1:
        parser.error(f"--rounds {arguments.rounds}: at least 1")
    real = mining_logs.real_log()
    if not real.is_file():
        print(f"left out: {real} is absent; set O2C_DATA to the folder of the public logs")
        return 0
    sizes = {1: 1} if arguments.quick else {MILLION: arguments.rounds}
    if arguments.large:
        sizes[10 * MILLION] = 1
    wrong: list[str] = []
    try:
        for size, rounds in sizes.items():
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                # In a child: a process inherits the peak memory of the one that starts it.
                made = [sys.executable, "-m", "benchmarks.mining_logs", str(real), str(size), name]
                events = int(last_line(made))
                wrong += mine_logs(folder, events, rounds)
                if size <= MILLION:
                    sample = contend("report", folder / "log.csv")
                    print(f"\n{events:,} events, from CSV to the HTML report (o2c mine)")
                    print(line("toolkit", [sample]), flush=True)
        wrong += align_logs(real, 5 if arguments.quick else arguments.seconds)
    except Failure as failure:
        wrong.append(str(failure))
    for text in wrong:
        print(text, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
