"""Times that look made up: evenly spread, evenly spaced or all alike.

Real lags lean to the right, follow working hours and hardly ever repeat to the second.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.finding import ENOUGH, EXAMPLES, Finding, examples

_MANY = 500
_ALIKE = 0.8
_SPOILS = "durations, bottlenecks, forecasts: these times were perhaps not recorded but made up"
_ADVICE = "ask where the stamps come from; do not fit or forecast from them"
# Kolmogorov's 10 % point of sqrt(n) D; what stays below it is as even as a made-up column. The
# log is not called made-up for one arc: its range must be over an hour and to the second.
_EVEN = 1.2238


def findings(events: pl.DataFrame, single: pl.DataFrame, clocked: frozenset[str]) -> list[Finding]:
    """Return signs of made-up times.

    Parameters
    ----------
    events
        Rows of event and case in the order (case, time, event), with ``activity`` as text,
        ``local`` and ``case_id``.
    single
        The same with each event once.
    clocked
        Activities at day grain or done in runs, whose lags say nothing.
    """
    people = single.filter(~pl.col("automated").fill_null(value=False))
    return [
        *_even_lags(events, clocked),
        *_alike(events),
        *_around_the_clock(people.filter(~pl.col("activity").is_in(list(clocked)))),
        *_even_arrivals(events),
    ]


def _even_lags(events: pl.DataFrame, clocked: frozenset[str]) -> list[Finding]:
    steps = (
        events.lazy()
        .select(
            "activity", "case", "case_id", "event", "local",
            then=pl.col("activity").shift(-1),
            same=pl.col("case") == pl.col("case").shift(-1),
            lag=(pl.col("time").shift(-1) - pl.col("time")).dt.total_microseconds() / 3.6e9,
        )
        .filter(
            pl.col("same")
            & ~pl.col("activity").is_in(list(clocked))
            & ~pl.col("then").is_in(list(clocked))
        )
        .filter(pl.len().over("activity", "then") >= _MANY)
        .collect()
    )  # fmt: skip
    found = []
    for (source, target), rows in sorted(steps.group_by("activity", "then")):
        lags = np.sort(rows["lag"].to_numpy())
        if lags[-1] - lags[0] < 1 or _unevenness(lags) > _EVEN:
            continue
        found.append(
            Finding(
                "flat_times", "warning",
                f"the {len(lags):,} lags from {source!r} to {target!r} are spread evenly between "
                f"{lags[0]:.1f} and {lags[-1]:.1f} hours, as drawn by lot", len(lags), "events",
                _SPOILS, _ADVICE, examples(rows),
            )
        )  # fmt: skip
    return found


def _alike(events: pl.DataFrame) -> list[Finding]:
    cases = events.group_by("case", maintain_order=True).agg(
        pl.col("case_id").first(), span=pl.col("time").last() - pl.col("time").first(), n=pl.len()
    )
    cases = cases.filter((pl.col("n") > 1) & (pl.col("span") > pl.duration(seconds=1)))
    if cases.height < ENOUGH:
        return []
    span, times = cases["span"].value_counts(sort=True).sort(
        ["count", "span"], descending=[True, False]
    ).row(0)  # fmt: skip
    if times < _ALIKE * cases.height:
        return []
    ids = cases.filter(pl.col("span") == span)["case_id"].head(EXAMPLES)
    return [
        Finding(
            "identical_durations", "serious",
            f"{times:,} of {cases.height:,} cases take exactly {span}", times, "cases",
            _SPOILS, _ADVICE, tuple(map(str, ids)),
        )
    ]  # fmt: skip


def _around_the_clock(people: pl.DataFrame) -> list[Finding]:
    if people.height < _MANY:
        return []
    local = people["local"]
    seconds = (
        local.dt.hour().cast(pl.Int64) * 3600 + local.dt.minute().cast(pl.Int64) * 60
        + local.dt.second().cast(pl.Int64)
    ).to_numpy()  # fmt: skip
    hours = np.bincount(seconds // 3600, minlength=24) / len(seconds)
    weekend = int((local.dt.weekday() > 5).sum()) / len(local)
    # Between the least and the busiest hour of any office lies a factor of ten and more.
    if hours.max() > 1.5 / 24 or hours.min() < 0.5 / 24 or not 0.2 < weekend < 0.37:
        return []
    return [
        Finding(
            "flat_times", "warning",
            f"{people.height:,} events not marked as automated are spread evenly over the 24 hours "
            f"and over the week ({weekend:.0%} on weekends)", people.height, "events", _SPOILS,
            "mark automated activities with --automated; else " + _ADVICE, examples(people),
        )
    ]  # fmt: skip


def _even_arrivals(events: pl.DataFrame) -> list[Finding]:
    begins = events.group_by("case", maintain_order=True).agg(pl.col("time").first())["time"].sort()
    gaps = begins.diff().drop_nulls().dt.total_microseconds()
    gaps = gaps.filter(gaps > 0)
    if len(gaps) < ENOUGH:
        return []
    gap, times = gaps.value_counts(sort=True).sort(
        [pl.nth(1), pl.nth(0)], descending=[True, False]
    ).row(0)  # fmt: skip
    if times < 0.5 * len(gaps) or gap % 86_400_000_000 == 0:
        return []
    return [
        Finding(
            "even_arrivals", "warning",
            f"{times:,} of {len(gaps):,} cases begin exactly {gap / 6e7:.1f} minutes after the one "
            "before", times, "cases", "arrival rates, peaks, waiting", _ADVICE,
        )
    ]  # fmt: skip


def _unevenness(ordered: npt.NDArray[np.float64]) -> float:
    """Return sqrt(n) times Kolmogorov's distance from the uniform distribution on the range."""
    n = len(ordered)
    even = (ordered - ordered[0]) / (ordered[-1] - ordered[0])
    steps = np.arange(n + 1) / n
    distance = max(float(np.max(steps[1:] - even)), float(np.max(even - steps[:-1])))
    return distance * float(np.sqrt(n))
