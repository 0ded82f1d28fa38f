"""What deviations go with: days longer, and the cash that is late for it.

Cases with a deviation are compared with cases without it of the same customer segment that got
equally far and have ended. The difference is an association: what makes cases deviate may also
make them slow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from mining import variants
from mining.comparable_cases import comparable_cases
from mining.compliance import RuleResult
from mining.compliance.nearest import Indices
from mining.conformance import Conformance
from o2c_sim.errors import Problem, UsageError
from o2c_sim.eventlog import EventLog

Values = npt.NDArray[np.float64]
DAYS_A_YEAR = 365
RESAMPLES = 1_000
# With fewer cases than this an interval would only look like one.
FEW = 5
# Resampled means of larger groups are drawn from their normal limit.
MANY = 2_000
_BETWEEN = "\0"
ASSOCIATION = (
    "Added days compare ended cases with and without the deviation, of the same customer segment "
    "and equally far; they go with it and need not come from it."
)
PRICES = pl.Schema(
    {
        "kind": pl.String(),
        "what": pl.String(),
        "severity": pl.String(),
        "case_type": pl.String(),
        "cases": pl.Int64(),
        "share": pl.Float64(),
        "compared_cases": pl.Int64(),
        "added_mean_days": pl.Float64(),
        "added_low_days": pl.Float64(),
        "added_high_days": pl.Float64(),
        "added_median_days": pl.Float64(),
        "value": pl.Float64(),
        "cash_tied_up": pl.Float64(),
        "cash_cost": pl.Float64(),
    }
)


@dataclass(frozen=True, slots=True)
class Deviation:
    """Cases that part from a model or break a rule, all in one way.

    Parameters
    ----------
    kind
        ``missing``, ``unexpected`` (see :class:`mining.conformance.Conformance`) or ``rule``.
    what
        The activity or the title of the rule.
    case_type
        The object type of the cases.
    cases
        Object numbers of the cases that deviate, each once.
    among
        Object numbers of all cases that could have, each once.
    severity
        Of a rule; empty otherwise.
    checked
        How many cases were checked, where these are not all of *among*: those that are completed.
    """

    kind: str
    what: str
    case_type: str
    cases: Indices = field(repr=False)
    among: Indices = field(repr=False)
    severity: str = ""
    checked: int = 0


def from_conformance(view: pl.DataFrame, case_type: str, result: Conformance) -> list[Deviation]:
    """Return the deviations of a check, with their cases.

    Parameters
    ----------
    view
        The case view that was checked; for the normative model in reference names and in the
        order that was checked.
    case_type
        The object type of its cases.
    result
        The result of the check, over all cases or the completed ones.
    """
    moves = pl.concat(
        result.worst_variants.select(
            pl.col("activities").list.join(_BETWEEN).alias("variant"),
            pl.lit(kind).alias("kind"),
            pl.col(kind).list.unique(maintain_order=True).alias("what"),
        )
        for kind in ("missing", "unexpected")
    ).explode("what", empty_as_null=True)
    ranks = variants.variants(view).select(
        pl.col("variant").alias("rank"),
        pl.col("activities").list.join(_BETWEEN).alias("variant"),
    )
    by_case = variants.of_cases(view).rename({"variant": "rank"})
    found = by_case.join(
        ranks.join(moves.drop_nulls("what"), on="variant").drop("variant"), on="rank"
    )
    among = by_case["case"].cast(pl.Int64).sort().to_numpy()
    return [
        Deviation(
            str(kind),
            str(what),
            case_type,
            part["case"].cast(pl.Int64).to_numpy(),
            among,
            checked=result.checked_cases,
        )
        for (kind, what), part in sorted(
            found.partition_by("kind", "what", as_dict=True).items(), key=lambda item: str(item[0])
        )
    ]


def from_rules(results: Iterable[RuleResult]) -> list[Deviation]:
    """Return the rules that a case breaks, with their cases."""
    return [
        Deviation(
            "rule",
            r.rule.title,
            r.case_type,
            r.broken_cases,
            r.applicable_cases,
            str(r.rule.severity),
        )
        for r in results
        if r.checked and not r.passed
    ]


def priced(
    log: EventLog, deviations: Iterable[Deviation], *, cost_of_capital: float
) -> pl.DataFrame:
    """Return deviations with the days and the cash that go with them, worst first.

    Parameters
    ----------
    log
        The log.
    deviations
        The deviations.
    cost_of_capital
        Per year, as a fraction: 0.08 for 8 %.

    Returns
    -------
    polars.DataFrame
        ``kind``, ``what``, ``severity``, ``case_type``; ``cases`` that deviate and their
        ``share`` of the cases checked that could have; ``compared_cases``, those of them that
        have ended and have comparable cases; ``added_mean_days``: the difference of mean times
        from first to last event, by stratum (segment, how far the case got), weighted by the
        deviating cases;
        ``added_low_days``, ``added_high_days``: its 95 % percentile bootstrap interval,
        resampled within each stratum with and without the deviation, null for fewer than
        :data:`FEW` cases; ``added_median_days``: the same difference of medians; ``value`` of the
        compared cases; ``cash_tied_up``: value a day of the log x added days, by Little's law
        the mean amount that is out longer; ``cash_cost``: value x added days x cost of capital
        / 365, over the whole log. Null where there is nothing to compare or no value.

    Raises
    ------
    UsageError
        If the cost of capital is not between 0 and 1.

    References
    ----------
    Efron, Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 8 and 13.
    """
    if not 0 <= cost_of_capital <= 1:
        raise UsageError(
            Problem(
                f"a cost of capital of {cost_of_capital} a year",
                allowed="a fraction from 0 to 1: 0.08 for 8 %",
            )
        )
    span = log.events.select(pl.col("time").max() - pl.col("time").min()).to_series()
    log_days = max((span.dt.total_seconds().item() or 0) / 86_400, 1.0)
    facts: dict[str, pl.DataFrame] = {}
    rows = []
    for deviation in deviations:
        kind = deviation.case_type
        if kind not in facts:
            facts[kind] = comparable_cases(log, kind)
        rows.append(_row(deviation, facts[kind], log_days, cost_of_capital))
    table = pl.DataFrame(rows, schema=PRICES, orient="row")
    days = pl.col("added_mean_days") * pl.col("compared_cases")
    return table.sort(
        "cash_cost", days, "cases", "kind", "what",
        descending=[True, True, True, False, False], nulls_last=True,
    )  # fmt: skip


def _row(
    deviation: Deviation, facts: pl.DataFrame, log_days: float, cost_of_capital: float
) -> tuple[object, ...]:
    chosen = facts["case"].to_numpy()
    cases = facts.with_columns(pl.Series("deviates", np.isin(chosen, deviation.cases))).filter(
        pl.Series(np.isin(chosen, deviation.among)) & pl.col("ended")
    )
    strata = [
        (days.filter(flags).to_numpy(), days.filter(~flags).to_numpy(), value.filter(flags))
        for part in cases.partition_by("segment", "reached")
        for days, flags, value in [(part["days"], part["deviates"], part["value"])]
    ]
    compared = [s for s in strata if len(s[0]) and len(s[1])]
    count = sum(len(s[0]) for s in compared)
    checked = deviation.checked or len(deviation.among)
    head = (
        deviation.kind,
        deviation.what,
        deviation.severity or None,
        deviation.case_type,
        len(deviation.cases),
        len(deviation.cases) / checked if checked else None,
        count,
    )
    if not count:
        return (*head, *[None] * 7)
    pairs = [s[:2] for s in compared]
    mean = _weighted([(len(a), a.mean() - b.mean()) for a, b in pairs])
    median = _weighted([(len(a), float(np.median(a) - np.median(b))) for a, b in pairs])
    low, high = _interval(pairs, f"{deviation.kind}\0{deviation.what}")
    values = pl.concat([s[2] for s in compared]).drop_nulls()
    if not len(values):
        return (*head, mean, low, high, median, None, None, None)
    value = round(float(values.sum()), 2)
    cost = value * mean * cost_of_capital / DAYS_A_YEAR
    return (*head, mean, low, high, median, value, value * mean / log_days, cost)


def _weighted(differences: list[tuple[int, float]]) -> float:
    return float(sum(n * d for n, d in differences) / sum(n for n, _ in differences))


def _interval(pairs: list[tuple[Values, Values]], name: str) -> tuple[float | None, float | None]:
    """Return the 95 % percentile bootstrap interval of the weighted difference of means."""
    count = sum(len(a) for a, _ in pairs)
    if count < FEW:
        return None, None
    # The same deviation gets the same interval, whatever else is priced beside it.
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    source = np.random.default_rng(seed)
    total = np.zeros(RESAMPLES)
    for with_it, without in pairs:
        total += len(with_it) * (_means(source, with_it) - _means(source, without))
    low, high = np.percentile(total / count, [2.5, 97.5])
    return float(low), float(high)


def _means(source: np.random.Generator, values: Values) -> Values:
    """Return means of resamples of a group."""
    if len(values) > MANY:
        spread = float(values.std()) / len(values) ** 0.5
        return source.normal(float(values.mean()), spread, RESAMPLES)
    picks = source.integers(0, len(values), (RESAMPLES, len(values)))
    return np.asarray(values[picks].mean(axis=1))
