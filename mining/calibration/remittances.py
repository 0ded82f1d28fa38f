"""What customers send: short, in parts, twice, not at all; and debits that come back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.families import fit, refits
from mining.calibration.receivables import invoice_rows, is_list, name_of
from mining.calibration.shares import share
from mining.object_events import ObjectEvents
from mining.receivables import open_items
from o2c_sim import vocabulary as v

_APPLICATIONS = (v.APPLY_PAYMENT, v.CLEAR_INVOICE)
_DRAWN = ("card", "direct_debit")
_FEWEST = 8
# A rest that nobody contests or pays is no part payment if it is small.
_SMALL_REST = 0.25
_DAYS_PER_YEAR = 365.25
_MOST_FRACTION = 0.95

IDENTIFIABLE = (
    "customers.short_payment_share",
    "customers.partial_payment_share",
    "customers.short_payment_fraction",
    "customers.partial_payment_fraction",
    "customers.duplicate_payment_share",
    "customers.direct_debit_return_share",
    "customers.direct_debit_return_days",
    "customers.insolvencies_per_year",
)
NOT_IDENTIFIABLE = {
    "customers.duplicate_payment_days": "the money's way is in it",
    "customers.unearned_discount_share": "a late discount is not marked as one",
    "customers.card_fee_share": "fees are no events",
    "customers.direct_debit_return_fee": "fees are no events",
    "customers.insolvency_write_off_days": "the write-off run is in it",
}


def estimate_deviations(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return how often first payments are short or a part, and of how much.

    A first payment that leaves a rest is short if the rest is then disputed, written off or left
    alone though small; it is a part payment if the rest is paid. Cards and direct debits are
    never either.
    """
    if not _has_payments(source):
        return ()
    first = _first_payments(source)
    total = first.height
    short, partial = first.filter(pl.col("kind") == "short"), first.filter(pl.col("kind") == "part")
    where = f"{name_of(source)}: first payments of {total:,} invoices"
    found: list[Estimate | None] = [
        share("customers.short_payment_share", short.height, total, where, seed),
        share("customers.partial_payment_share", partial.height, total, where, seed),
        distribution(
            "customers.short_payment_fraction",
            1 - short["paid_part"].to_numpy(), where, seed, cap=_MOST_FRACTION,
        ),
        distribution(
            "customers.partial_payment_fraction",
            partial["paid_part"].to_numpy(), where, seed, cap=_MOST_FRACTION,
        ),
    ]  # fmt: skip
    return tuple(estimate for estimate in found if estimate is not None)


def estimate_repeats(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return how many payments are sent twice and how many direct debits come back, and when."""
    if not _has_payments(source):
        return ()
    view = ObjectEvents.of(source.log)
    payments = _payments(view)
    own = payments.filter(~pl.col("method").is_in(_DRAWN).fill_null(value=False))
    again = own.filter(pl.col("earlier_same"))
    found: list[Estimate | None] = []
    where = f"{name_of(source)}: {own.height:,} payments"
    if own.height:
        sent = own.height - again.height
        found.append(
            share(
                "customers.duplicate_payment_share", again.height, sent, where, seed,
                "a payment of the same amount for the same invoice is the same one again",
            )
        )  # fmt: skip
    debits = payments.filter(pl.col("method") == "direct_debit")
    if debits.height and v.RETURN_PAYMENT in view.activities:
        returned = view.spans(v.PAYMENT, v.RETURN_PAYMENT).select(
            pl.col("case").alias("payment"), pl.col("first").alias("returned")
        )
        back = debits.join(returned, on="payment", how="left")
        where = f"{name_of(source)}: {debits.height:,} direct debits"
        hits = back["returned"].drop_nulls().len()
        found.append(share("customers.direct_debit_return_share", hits, back.height, where, seed))
        posted = view.spans(v.PAYMENT, v.CLEAR_INVOICE).select(
            pl.col("case").alias("payment"), pl.col("last").alias("posted")
        )
        days = (
            back.drop_nulls("returned")
            .join(posted, on="payment")
            .select((pl.col("returned") - pl.col("posted")).dt.total_seconds() / 86_400)
        )
        found.append(
            distribution(
                "customers.direct_debit_return_days", days.to_series().to_numpy(), where, seed
            )
        )
    return tuple(estimate for estimate in found if estimate is not None)


def estimate_losses(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return how many invoices are never paid, and how often customers become insolvent.

    Never paid is what was written off, of the invoices due so long before the data end that they
    would have been; those of insolvent customers and disputed ones have reasons of their own.
    """
    if is_list(source) or v.INVOICE not in source.log.object_types:
        return ()
    rows = of_the_solvent(source, invoice_rows(source))
    view = ObjectEvents.of(source.log)
    found: list[Estimate | None] = []
    if v.CUSTOMER in source.log.object_types and not rows.is_empty():
        customers = source.log.objects_of(v.CUSTOMER).height
        failed = view.events((v.DECLARE_INSOLVENCY,)).height
        years = customers * _span_days(view) / _DAYS_PER_YEAR
        low = float(stats.gamma.ppf(0.025, failed)) / years if failed else 0.0
        high = float(stats.gamma.ppf(0.975, failed + 1)) / years
        rng = np.random.default_rng([seed, 7])
        draws = (rng.gamma(failed + 0.5, size=DRAWS) / years).tolist()
        found.append(
            Estimate(
                "customers.insolvencies_per_year", failed / years,
                f"{name_of(source)}: {failed} insolvencies in {years:,.0f} customer years",
                customers, low, high, tuple(draws),
            )
        )  # fmt: skip
    if v.WRITE_OFF_INVOICE in view.activities:
        given_up = view.spans(v.INVOICE, v.WRITE_OFF_INVOICE).select(
            pl.col("case").alias("invoice"), pl.col("first").alias("written_off")
        )
        rows = rows.join(given_up, on="invoice", how="left").filter(
            ~pl.col("disputed"), ~pl.col("cancelled"), ~pl.col("prepaid")
        )
        lost = rows.filter(pl.col("written_off").is_not_null() & pl.col("paid").is_null())
        if lost.height:
            age = lost.select(
                pl.col("written_off").cast(pl.Date).cast(pl.Int32) - pl.col("due")
            ).to_series()
            usual = int(float(age.median() or 0)) + 7  # type: ignore[arg-type]
            old = rows.filter(pl.col("due") + usual <= pl.col("seen_until"))
            hits = old.filter(pl.col("written_off").is_not_null() & pl.col("paid").is_null()).height
            where = f"{name_of(source)}: {old.height:,} invoices due {usual} days or longer"
            found.append(share("customers.default_share", hits, old.height, where, seed))
    return tuple(estimate for estimate in found if estimate is not None)


ESTIMATORS: tuple[Callable[[Source, int], tuple[Estimate, ...]], ...] = (
    estimate_deviations,
    estimate_repeats,
    estimate_losses,
)


def distribution(
    path: str,
    values: npt.NDArray[np.float64],
    where: str,
    seed: int,
    *,
    cap: float | None = None,
    censored: npt.NDArray[np.bool_] | None = None,
    assumption: str = "",
) -> Estimate | None:
    """Return a fitted distribution as an estimate; None of too few values.

    Parameters
    ----------
    path, where, seed, assumption
        Of the estimate.
    values
        In the unit of the path.
    cap
        The highest cap that the model allows.
    censored
        Which are only known to be longer.
    """
    known = len(values) if censored is None else int((~censored).sum())
    if known < _FEWEST:
        return None
    fitted = fit(values, censored=censored)
    draws = refits(fitted, values, seed=seed, censored=censored)

    def capped(value: dict[str, object]) -> dict[str, object]:
        if cap is None or value["distribution"] in ("constant", "empirical"):
            return value
        highest = value.get("cap")
        return {**value, "cap": min(float(highest), cap) if isinstance(highest, float) else cap}

    return Estimate(
        path, capped(fitted.value), where, known,
        draws=tuple(capped(one) for one in draws), misfit=fitted.misfit, assumption=assumption,
    )  # fmt: skip


def _has_payments(source: Source) -> bool:
    return (
        not is_list(source)
        and {v.INVOICE, v.PAYMENT} <= set(source.log.object_types)
        and v.RECEIVE_PAYMENT in source.log.activities
    )


def of_the_solvent(source: Source, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the invoices of customers who did not become insolvent."""
    if v.DECLARE_INSOLVENCY not in source.log.activities:
        return rows
    failed = ObjectEvents.of(source.log).spans(v.CUSTOMER, v.DECLARE_INSOLVENCY)["case"]
    names = source.log.objects.filter(pl.col("object").is_in(failed.implode()))["object_id"]
    return rows.filter(~pl.col("customer").is_in(names.implode()).fill_null(value=False))


def _span_days(view: ObjectEvents) -> float:
    time = view.log.events["time"]
    first, last = time.min(), time.max()
    return max((last - first).total_seconds() / 86_400, 1.0)  # type: ignore[operator, union-attr]


def _first_payments(source: Source) -> pl.DataFrame:
    """Return each invoice's first payment: which part of what was open it was, and its kind."""
    view = ObjectEvents.of(source.log)
    changes = open_items(view).sort("invoice", "time", "event")
    activity = pl.col("activity").cast(pl.String)
    before = (pl.col("cents").cum_sum() - pl.col("cents")).over("invoice")
    changes = changes.with_columns(before.alias("open_before"), activity.alias("activity"))
    applied = changes.filter(pl.col("activity").is_in(_APPLICATIONS))
    first = applied.group_by("invoice", maintain_order=True).agg(
        pl.col("time").first(),
        (-pl.col("cents")).first().alias("paid"),
        pl.col("open_before").first(),
        pl.len().alias("payments"),
    )
    after = pl.col("time") >= pl.col("time_first")
    later = changes.join(first.select("invoice", time_first="time"), on="invoice").filter(after)
    reduced = later.group_by("invoice").agg(
        pl.col("activity").is_in([v.CREATE_CREDIT_MEMO, v.WRITE_OFF_INVOICE]).any().alias("cut"),
    )
    disputes = view.of_activities(v.INVOICE, (v.OPEN_DISPUTE,)).select(
        pl.col("case").alias("invoice"), pl.col("time").alias("disputed_at")
    )
    contested = (
        disputes.join(first.select("invoice", "time"), on="invoice")
        .filter(pl.col("disputed_at") >= pl.col("time"))
        .select("invoice")
        .unique()
        .with_columns(pl.lit(value=True).alias("contested"))
    )
    rows = invoice_rows(source).filter(
        ~pl.col("prepaid"), ~pl.col("method").is_in(_DRAWN).fill_null(value=False)
    )
    part = pl.col("paid") / pl.col("open_before")
    rest = pl.col("paid") < pl.col("open_before") - 1
    short = (
        pl.col("contested") | pl.col("cut") | ((pl.col("payments") == 1) & (part > 1 - _SMALL_REST))
    )
    return (
        first.join(rows.select("invoice"), on="invoice", how="semi")
        .join(contested, on="invoice", how="left")
        .join(reduced, on="invoice", how="left")
        .with_columns(pl.col("contested", "cut").fill_null(value=False))
        .filter(pl.col("open_before") > 0)
        .with_columns(
            part.alias("paid_part"),
            pl.when(~rest)
            .then(pl.lit("whole"))
            .when(short)
            .then(pl.lit("short"))
            .otherwise(pl.lit("part"))
            .alias("kind"),
        )
        .sort("invoice")
    )


def _payments(view: ObjectEvents) -> pl.DataFrame:
    """Return each payment with its method, and whether the same was paid before."""
    received = view.of_activities(v.PAYMENT, (v.RECEIVE_PAYMENT,)).select(
        "event", "time", "cents", pl.col("case").alias("payment")
    )
    objects = view.objects_of(v.PAYMENT)
    method = (
        pl.col("payment_method").cast(pl.String)
        if "payment_method" in objects.columns
        else pl.lit(None, pl.String)
    ).alias("method")
    received = received.join(
        objects.select(pl.col("object").alias("payment"), method), on="payment", how="left"
    )
    pairs = received.join(view.related(v.INVOICE).rename({"case": "invoice"}), on="event")
    same = pairs.sort("time", "event").with_columns(
        (pl.int_range(pl.len()).over("invoice", "cents") > 0).alias("again")
    )
    again = same.group_by("payment").agg(pl.col("again").all().alias("earlier_same"))
    return received.join(again, on="payment", how="left").with_columns(
        pl.col("earlier_same").fill_null(value=False)
    )
