"""The tables that the benchmark prints, as lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks import small_process
from benchmarks.equivalence import Figures
from benchmarks.measurement import Sample, Spread, rates, ratios

LABELS = {
    "bare": "bare SimPy loop (waits)",
    "naive": "naive SimPy, order to cash",
    "prosimos": "Prosimos, small model",
    "small": "toolkit, small model",
    "sources": "toolkit, not compiled",
    "full": "toolkit, reference company",
}
# Whose rate stands beside whose, and by what name.
_BESIDE = {
    "small": ("prosimos", "Prosimos"),
    "sources": ("naive", "naive SimPy"),
    "full": ("naive", "naive SimPy"),
}


def rate_lines(samples: Mapping[str, Sequence[Sample]], failures: Mapping[str, str]) -> list[str]:
    """Return the rate of each contender, with ratios beside them."""
    lines = []
    for name, label in LABELS.items():
        if name in failures:
            lines.append(f"{label:<28}     failed: {failures[name]}")
        elif name in samples:
            spread = rates(samples[name])
            line = f"{label:<28}{spread.median:>11,.0f} {_between(spread, ',.0f'):<24}"
            other, title = _BESIDE.get(name, ("", ""))
            if other in samples and other not in failures:
                ratio = ratios(samples[name], samples[other])
                line += f"{ratio.median:.1f} x {title} {_between(ratio, '.1f')}"
            lines.append(line.rstrip())
    return lines


def equivalence_lines(ours: Figures, theirs: Figures) -> list[str]:
    """Return the figures of the small model in both engines."""
    lines = [f"{'':<28}{'toolkit':>11}{'Prosimos':>11}{'difference':>12}{'arithmetic':>12}"]
    for title, a, b, expected in (
        (
            "rows per order",
            ours.rows_per_order,
            theirs.rows_per_order,
            f"{small_process.rows_per_order():>12.2f}",
        ),
        ("cycle, office hours", ours.open_hours, theirs.open_hours, ""),
        ("cycle, calendar hours", ours.calendar_hours, theirs.calendar_hours, ""),
    ):
        lines.append(f"{title:<28}{a:>11.2f}{b:>11.2f}{a / b - 1:>+12.1%}{expected}")
    return lines


def growth_lines(samples: Mapping[int, Sequence[Sample]], yardstick: int) -> list[str]:
    """Return rate and peak memory at growing numbers of orders, beside the *yardstick*'s rate."""
    reference = rates(samples[yardstick]).median
    lines = [f"{'orders':>10}{'log rows':>13}{'rows/CPU-s':>13}{'rate':>9}{'peak MiB':>11}"]
    for found in samples.values():
        rate, last = rates(found).median, found[-1]
        peak = "unknown" if last.peak_bytes is None else f"{last.peak_bytes / 2**20:,.0f}"
        lines.append(
            f"{last.orders:>10,}{last.count:>13,}{rate:>13,.0f}{rate / reference:>9.0%}{peak:>11}"
        )
    return lines


def _between(spread: Spread, form: str) -> str:
    return f"({spread.lowest:{form}} to {spread.highest:{form}})"
