"""How true the customers of a model are: days late on invoices that it was not fitted to.

The model's customers pay the unseen invoices again and again, by the model's own draws. Of each
measure the unseen value is compared with the middle 95 % of what the model shows, and the
distances of the distribution with the distance between the data that it was fitted to and the
unseen ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

from mining.calibration.adoption import adopt, value_of
from mining.calibration.disputes import estimate_disputes
from mining.calibration.estimate import Source
from mining.calibration.payment import estimate_lateness
from mining.calibration.receivables import invoice_rows
from mining.calibration.reference import lent
from mining.calibration.uncertainty import Uncertainty, drawn_company, uncertainty_of
from mining.validation.payment_behaviour import days_late, invoices
from o2c_sim import CompanyModel, LogError, Problem

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

RUNS = 200
BAND = 0.95
_LATE_DAYS = 30
# The mean of fewer invoices says little of a customer.
_INVOICES_OF_A_CUSTOMER = 3
_FEWEST_INVOICES = 20
MEASURES = (
    "share late",
    "share over 30 days late",
    "customers' mean share late",
    "median days late",
    "p90 days late",
    "SD of customers' means, days",
)
DISTANCES = ("Kolmogorov-Smirnov distance", "Wasserstein distance, days")


@dataclass(frozen=True, slots=True)
class Split:
    """Invoices to fit to, and those that are kept from it.

    Parameters
    ----------
    seen, unseen
        The data.
    how
        How they were divided, in words.
    """

    seen: Source
    unseen: Source
    how: str


def by_time(source: Source, share: float = 0.7) -> Split:
    """Return the invoices divided by their dates: those of the first part, as they stood then.

    What was not settled on the day of the division is open in the first part.

    Raises
    ------
    LogError
        If the invoices have no dates.
    """
    table = _table(source)
    if "invoice_date" not in table.columns or "settled_date" not in table.columns:
        raise LogError(
            Problem(
                "has no dates of invoices and settlements",
                where=source.receivables_name,
                suggestion="divide it by customer",
            )
        )
    dates = table["invoice_date"].drop_nulls().sort()
    day = dates[int(share * (len(dates) - 1))]
    known = pl.col("settled_date") <= day
    hidden = [name for name in ("settled_date", "days_late") if name in table.columns]
    before = table.filter(pl.col("invoice_date") <= day).with_columns(
        pl.when(known).then(pl.col(name)).alias(name) for name in hidden
    )
    after = table.filter(pl.col("invoice_date") > day)
    return Split(_of(source, before), _of(source, after), f"invoices up to {day}, judged on later")


def by_customer(source: Source, seed: int = 1, share: float = 0.5) -> Split:
    """Return the invoices divided by customer, by chance."""
    table = _table(source)
    names = table["customer"].unique().sort().shuffle(seed)
    seen = names.head(round(share * len(names))).to_frame()
    before = table.join(seen, on="customer", how="semi", maintain_order="left")
    after = table.join(seen, on="customer", how="anti", maintain_order="left")
    how = f"{len(seen)} of {len(names)} customers, judged on the others"
    return Split(_of(source, before), _of(source, after), how)


def fitted_company(
    source: Source, seed: int, extends: str = "distributor"
) -> tuple[CompanyModel, Uncertainty]:
    """Return a reference company whose customers pay like those of a list of invoices.

    Returns
    -------
    CompanyModel
        The company.
    Uncertainty
        How well its customers are known.

    Raises
    ------
    LogError
        If the list has too few payments to tell.
    """
    found = (*estimate_lateness(source, seed), *estimate_disputes(source, seed))
    if not found:
        raise LogError(
            Problem("has too few payments to tell how customers pay", where=source.receivables_name)
        )
    company = adopt(lent(extends), [value_of(estimate) for estimate in found])[0]
    return company, uncertainty_of(company, found)


def validate_receivables(
    model: CompanyModel,
    unseen: Source,
    *,
    seen: Source | None = None,
    uncertainty: Uncertainty | None = None,
    seed: int = 1,
    runs: int = RUNS,
) -> pl.DataFrame:
    """Return how the days late of a model compare with those of invoices that it has not seen.

    Parameters
    ----------
    model
        The company.
    unseen
        The invoices to judge it by.
    seen
        Those that it was fitted to, for the distance between the two.
    uncertainty
        How well the company is known: each run then has one of its draws, and the bands hold
        what the data fitted to leave open as well.
    seed
        Of the simulated payments.
    runs
        How often the model's customers pay them.

    Returns
    -------
    polars.DataFrame
        A row for each measure: ``measure``; ``unseen``, its value in the data; ``simulated``,
        the mean over the runs; ``low`` and ``high``, their middle 95 %; ``seen``, its value in
        the data fitted to; ``holds``, whether the unseen value lies between. Of a distance,
        ``unseen`` is that of the unseen invoices from all simulated ones, ``simulated``, ``low``
        and ``high`` that of single runs, and ``seen`` that from the data fitted to; it holds up
        to ``high``.

    Raises
    ------
    LogError
        If there are too few settled invoices.
    """
    rows = _settled(unseen)
    asked = invoices(rows)
    late = _late(rows)
    drawn = [model]
    if uncertainty is not None and uncertainty.count:
        numbers = range(min(uncertainty.count, runs))
        drawn = [drawn_company(model, uncertainty, number) for number in numbers]
    simulated = [days_late(drawn[run % len(drawn)], asked, seed, run) for run in range(runs)]
    table = [_measured(late, asked.customer)]
    single = np.array([_measured(one, asked.customer) for one in simulated])
    known = None
    if seen is not None:
        before = _settled(seen)
        known = (_late(before), invoices(before).customer)
    found = []
    for place, name in enumerate(MEASURES):
        low, high = np.quantile(single[:, place], [(1 - BAND) / 2, (1 + BAND) / 2])
        value = table[0][place]
        found.append(
            (
                name, value, float(single[:, place].mean()), float(low), float(high),
                None if known is None else _measured(*known)[place],
                bool(low - 1e-9 <= value <= high + 1e-9),
            )
        )  # fmt: skip
    together = np.concatenate(simulated)
    for name, distance in zip(DISTANCES, (_ks, stats.wasserstein_distance), strict=True):
        runs_apart = np.array([distance(one, together) for one in simulated])
        low, high = np.quantile(runs_apart, [(1 - BAND) / 2, (1 + BAND) / 2])
        value = float(distance(late, together))
        apart = None if known is None else float(distance(late, known[0]))
        found.append(
            (
                name,
                value,
                float(runs_apart.mean()),
                float(low),
                float(high),
                apart,
                bool(value <= high),
            )
        )
    names = ("measure", "unseen", "simulated", "low", "high", "seen", "holds")
    types = [pl.String, *[pl.Float64] * 5, pl.Boolean]
    return pl.DataFrame(found, schema=dict(zip(names, types, strict=True)), orient="row")


def held_out(
    source: Source, seed: int = 1, runs: int = RUNS
) -> tuple[tuple[str, pl.DataFrame], ...]:
    """Return how customers fitted to one part of a list are judged by the other part.

    Parameters
    ----------
    source
        A list of invoices.
    seed
        Of the fit, of the simulated payments, and of the division by customer.
    runs
        As in :func:`validate_receivables`.

    Returns
    -------
    tuple
        How the list was divided, and the judgement: by time if it has dates, and by customer.
    """
    table = _table(source)
    dated = {"invoice_date", "settled_date"} <= set(table.columns)
    splits = [*([by_time(source)] if dated else []), by_customer(source, seed)]
    found = []
    for split in splits:
        model, uncertainty = fitted_company(split.seen, seed)
        judged = validate_receivables(
            model, split.unseen, seen=split.seen, uncertainty=uncertainty, seed=seed, runs=runs
        )
        found.append((split.how, judged))
    return tuple(found)


def words(table: pl.DataFrame, how: str) -> str:
    """Return what a validation found, in words."""
    missed = table.filter(~pl.col("holds"))["measure"].to_list()
    begin = f"Days late ({how}): "
    if not missed:
        return begin + "all measures of the unseen invoices lie in the model's 95 % band."
    return begin + f"outside the model's 95 % band: {', '.join(missed)}."


def _measured(late: Ints, customer: Ints) -> tuple[float, ...]:
    """Return :data:`MEASURES` of some invoices."""
    counts = np.bincount(customer)
    present = counts > 0
    means = np.bincount(customer, weights=late)[present] / counts[present]
    shares = np.bincount(customer, weights=late > 0)[present] / counts[present]
    often = means[counts[present] >= _INVOICES_OF_A_CUSTOMER]
    spread = float(often.std(ddof=1)) if len(often) > 1 else 0.0
    return (
        float((late > 0).mean()),
        float((late > _LATE_DAYS).mean()),
        float(shares.mean()),
        float(np.median(late)),
        float(np.quantile(late, 0.9)),
        spread,
    )


def _ks(one: Ints, other: Ints) -> float:
    return float(stats.ks_2samp(one, other, method="asymp").statistic)


def _table(source: Source) -> pl.DataFrame:
    if source.receivables is None:
        raise LogError(
            Problem(
                "is no list of invoices", where=source.name, suggestion="give one with --ar FILE"
            )
        )
    return source.receivables


def _of(source: Source, table: pl.DataFrame) -> Source:
    return Source(
        source.log, source.case_type, source.zone, source.name, table, source.receivables_name
    )


def _settled(source: Source) -> pl.DataFrame:
    rows = invoice_rows(source)
    if rows.is_empty():
        raise LogError(
            Problem(
                "is no list of invoices",
                where=source.receivables_name or source.name,
                allowed="one row an invoice, with its amount and a due date, a date of settlement "
                "or the days it was late",
                suggestion="name the columns with --column PART=COLUMN",
            )
        )
    rows = rows.drop_nulls(["paid", "customer"])
    rows = rows.filter(~pl.col("prepaid"), ~pl.col("cancelled"))
    if rows.height < _FEWEST_INVOICES:
        raise LogError(
            Problem(
                f"has {rows.height} settled invoices, too few to judge a model by",
                where=source.receivables_name or source.name,
                allowed=f"{_FEWEST_INVOICES} or more",
            )
        )
    return rows


def _late(rows: pl.DataFrame) -> Ints:
    return (rows["paid"] - rows["due"]).to_numpy().astype(np.int64)
