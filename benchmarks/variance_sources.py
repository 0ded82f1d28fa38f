"""Where the variance of order-processing hours between replications comes from, part by part.

An order's hours until its confirmation are cut at its events; a part is the time that ends with one
kind of them, waits included. As parts add up to the hours, their covariances with the hours add up
to the variance. The last columns follow the orders that a person worked on in both companies: with
draws addressed alike, times that are mostly luck go together, and times in a queue need not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.business_time import business_hours
from mining.kpis import Period
from o2c_sim import EventLog, ToolkitError, Window, simulate
from o2c_sim import vocabulary as v
from scenarios.replication import measured_orders, measured_period
from scenarios.scenario import Scenario, load_scenario

Array = npt.NDArray[np.float64]

# Activity to what ends with it.
PARTS = {
    v.CREATE_SALES_ORDER: "entry",
    v.CLARIFY_ORDER: "question",
    v.REMOVE_ORDER_BLOCK: "answer and release",
    v.CORRECT_ORDER: "correction",
    v.RELEASE_CREDIT_BLOCK: "credit hold",
}
REST = "all other"


@dataclass(frozen=True, slots=True)
class Source:
    """One part of the hours in both companies.

    Parameters
    ----------
    part
        One of :data:`PARTS`, or all other.
    baseline_hours, scenario_hours
        Mean over orders.
    baseline_pct, difference_pct
        Share of the variance of the mean hours, and of their difference, between replications:
        covariance of the part with the whole over the variance of the whole.
    in_both_pct
        Orders of which a person did this part in both companies.
    correlation
        Over those orders, of the part's hours in one company with those in the other.
    """

    part: str
    baseline_hours: float
    scenario_hours: float
    baseline_pct: float
    difference_pct: float
    in_both_pct: float
    correlation: float


def order_parts(log: EventLog, period: Period) -> pl.DataFrame:
    """Return the parts of the processing of the orders received in a period and confirmed.

    Returns
    -------
    polars.DataFrame
        ``case``, ``part``, ``hours`` (business hours), ``by_hand`` (Boolean). The parts of an
        order add up to its time from receipt to confirmation.
    """
    view = measured_orders(log, period).with_columns(pl.col("activity").cast(pl.String))
    ends = [
        view.filter(pl.col("activity") == activity).group_by("case").agg(pl.col("time").min())
        for activity in (v.RECEIVE_ORDER, v.CONFIRM_ORDER)
    ]
    limits = ends[0].rename({"time": "received"}).join(ends[1].rename({"time": "done"}), on="case")
    rows = (
        view.join(limits, on="case", maintain_order="left")
        .filter(pl.col("time").is_between(pl.col("received"), pl.col("done")))
        .with_columns(pl.col("time").shift(1).over("case").alias("before"))
        .drop_nulls("before")
    )
    hours = business_hours(rows["before"], rows["time"], log.zone)
    return (
        rows.with_columns(
            pl.Series("hours", hours),
            pl.col("activity").replace_strict(PARTS, default=REST).alias("part"),
            (~pl.col("automated")).fill_null(value=False).alias("by_hand"),
        )
        .group_by("case", "part", maintain_order=True)
        .agg(pl.col("hours").sum(), pl.col("by_hand").any())
    )


def sources(baseline: Sequence[pl.DataFrame], scenario: Sequence[pl.DataFrame]) -> list[Source]:
    """Return what each part contributes, from the :func:`order_parts` of each replication."""
    before, after = _means(baseline), _means(scenario)
    whole, change = _total(before), _total(after) - _total(before)
    found = []
    for part in (*PARTS.values(), REST):
        pairs = pl.concat(
            [
                one.filter(pl.col("by_hand") & (pl.col("part") == part))
                .join(
                    other.filter(pl.col("by_hand") & (pl.col("part") == part)),
                    on="case",
                    suffix="_scenario",
                )
                .select("hours", "hours_scenario")
                for one, other in zip(baseline, scenario, strict=True)
            ]
        )
        orders = sum(one["case"].n_unique() for one in baseline)
        found.append(
            Source(
                part=part,
                baseline_hours=float(before[part].mean()),
                scenario_hours=float(after[part].mean()),
                baseline_pct=_share_pct(before[part], whole),
                difference_pct=_share_pct(after[part] - before[part], change),
                in_both_pct=100 * pairs.height / orders,
                correlation=_correlation(pairs),
            )
        )
    return found


def single_orders_pct(runs: Sequence[pl.DataFrame]) -> float:
    """Return how much of the variance between replications orders would make by themselves.

    Were the hours of orders independent, the mean of *n* of them would have the variance of one
    order over *n*. The rest is what orders of a replication have in common: the same queues.
    """
    each = [one.group_by("case").agg(pl.col("hours").sum())["hours"].to_numpy() for one in runs]
    alone = np.mean([hours.var(ddof=1) / len(hours) for hours in each])
    return float(100 * alone / np.var([hours.mean() for hours in each], ddof=1))


def _means(runs: Sequence[pl.DataFrame]) -> dict[str, Array]:
    """Return, for each part, its mean over all orders of each replication."""
    counts = [one["case"].n_unique() for one in runs]
    return {
        part: np.array(
            [
                one.filter(pl.col("part") == part)["hours"].sum() / count
                for one, count in zip(runs, counts, strict=True)
            ]
        )
        for part in (*PARTS.values(), REST)
    }


def _total(means: dict[str, Array]) -> Array:
    total: Array = np.sum(list(means.values()), axis=0)
    return total


def _share_pct(part: Array, whole: Array) -> float:
    variance = float(whole.var(ddof=1))
    return float(100 * np.cov(part, whole)[0, 1] / variance) if variance > 0 else float("nan")


def _correlation(pairs: pl.DataFrame) -> float:
    if pairs.height < 3:
        return float("nan")
    value = pairs.select(pl.corr("hours", "hours_scenario")).item()
    return float("nan") if value is None else float(value)


def main(command_line: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.variance_sources",
        description=(__doc__ or "").splitlines()[0],
    )
    parser.add_argument("--scenario", default="case_a", metavar="NAME")
    parser.add_argument("--replications", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--warm-up", type=int, default=150, metavar="DAYS")
    parser.add_argument("--days", type=int, default=180)
    # Enough for all but a few of the orders to be confirmed.
    parser.add_argument("--cool-down", type=int, default=30, metavar="DAYS")
    asked = parser.parse_args(command_line)
    if asked.replications < 4:
        parser.error(f"--replications {asked.replications}: at least 4")
    try:
        window = Window(asked.warm_up, asked.days, asked.cool_down)
        scenario = load_scenario(asked.scenario)
        runs = [
            _replication(scenario, window, asked.seed, number)
            for number in range(asked.replications)
        ]
    except ToolkitError as error:
        parser.error(str(error))
    before, after = [one for one, _ in runs], [other for _, other in runs]
    if min(one["case"].n_unique() for one in (*before, *after)) < 2:
        parser.error(f"--days {asked.days}: fewer than two orders confirmed in a replication")
    totals = _total(_means(before)), _total(_means(after))
    print(
        f"{scenario.name}, {asked.replications} replications, seed {asked.seed}, window "
        f"{asked.warm_up} + {asked.days} + {asked.cool_down} days; business hours from receipt to "
        "confirmation, mean and standard deviation of the replications' means"
    )
    for name, total, one in zip(("baseline", "scenario"), totals, (before, after), strict=True):
        print(
            f"{name:<12}{total.mean():8.2f}{total.std(ddof=1):8.3f}; single orders' luck "
            f"{single_orders_pct(one):.0f} % of the variance"
        )
    print(f"{'difference':<12}{(totals[1] - totals[0]).mean():8.2f}{_spread(totals):8.3f}")
    print(f"{'':<22}{'mean hours':>17}{'% of variance of':>24}{'by hand in both':>25}")
    print(
        f"{'part':<22}{'baseline':>9}{'scenario':>9}{'baseline':>12}{'difference':>12}"
        f"{'% of orders':>13}{'correlation':>12}"
    )
    for row in sources(before, after):
        print(
            f"{row.part:<22}{row.baseline_hours:>9.3f}{row.scenario_hours:>9.3f}"
            f"{row.baseline_pct:>12.0f}{row.difference_pct:>12.0f}"
            f"{row.in_both_pct:>13.1f}{row.correlation:>12.3f}"
        )
    return 0


def _replication(
    scenario: Scenario, window: Window, seed: int, number: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the parts of the orders of the baseline and of the scenario."""
    period = measured_period(scenario.baseline, window)
    one = simulate(scenario.baseline, seed=seed, replication=number, window=window)
    other = simulate(
        scenario.model,
        seed=seed,
        replication=number,
        window=window,
        changes=scenario.changes(window),
    )
    return order_parts(one.log, period), order_parts(other.log, period)


def _spread(totals: tuple[Array, Array]) -> float:
    return float((totals[1] - totals[0]).std(ddof=1))


if __name__ == "__main__":
    sys.exit(main())
