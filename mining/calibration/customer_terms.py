"""What customers are like apart from when they pay: terms, ways to pay, channels, discounts."""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

import numpy as np
import polars as pl

from mining.calibration.estimate import DRAWS, Estimate, Source
from mining.calibration.families import fit, refits
from mining.calibration.receivables import invoice_rows, is_list, name_of
from mining.calibration.shares import counted, share, shares, standing_apart
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v
from o2c_sim.model.section import INVOICE_CHANNELS, PAYMENT_METHODS

TERMS = "customers.payment_terms_days"
# More kinds of terms than this are a curve.
_MOST_TERMS = 15
# Moments with several invoices paid, from which on it shows whether they are paid in one sum:
# with fewer they may have been sent on different days.
_COINCIDENCES = 3
# What a share of customers is told from: column of :func:`traits` to parameter.
TRAITS = {
    "prepays": "prepayment_share",
    "bundles": "bundling_share",
    "takes_discount": "discount_offered_share",
}
_ASSUMED = {
    "discount_offered_share": "whoever is offered a cash discount takes it: offers do not show",
    "bundling_share": "told of customers with several invoices to pay on one day",
}

IDENTIFIABLE = (
    TERMS,
    "customers.payment_method_shares",
    "customers.invoice_channel_shares",
    "customers.prepayment_share",
    "customers.bundling_share",
    "customers.discount_rate",
)
NOT_IDENTIFIABLE = {
    "customers.discount_offered_share": "who is offered a discount and never takes it",
    "customers.discount_taken_share": "as above; offered times taken shows",
    "customers.discount_days": "the last day on which one was allowed, less the money's way",
    "customers.prepayment_days": "the money's way is in it",
    "customers.rest_days": "the money's way is in it",
}


def estimate_terms(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return the payment terms, one value a customer: the commonest of its invoices.

    Customers who pay by card or before delivery owe at once, whatever their terms; they are left
    out. Terms are a table of values if there are few, else a fitted distribution.
    """
    rows = invoice_rows(source)
    if rows.is_empty() or rows["terms_days"].null_count() == rows.height:
        return ()
    at_once = pl.col("terms_days") == 0
    usual = (
        rows.drop_nulls(["terms_days", "customer"])
        .filter(pl.col("terms_days") >= 0)
        .group_by("customer")
        .agg(
            pl.col("terms_days").mode().sort().first(),
            (pl.col("method") == "card").any().fill_null(value=False).alias("card"),
            pl.col("prepaid").any(),
            pl.col("paid").is_not_null().any().alias("pays"),
        )
        .filter(~pl.col("card"), ~((pl.col("prepaid") | ~pl.col("pays")) & at_once))
        .sort("customer")
    )
    if usual.is_empty():
        return ()
    days = usual["terms_days"].to_numpy().astype(float)
    where = f"{name_of(source)}: commonest terms of {len(days):,} customers"
    kinds, counts = np.unique(days, return_counts=True)
    if len(kinds) > _MOST_TERMS:
        fitted = fit(days)
        draws = refits(fitted, days, seed=seed)
        return (Estimate(TERMS, fitted.value, where, len(days), draws=draws, misfit=fitted.misfit),)
    rng = np.random.default_rng([seed, crc32(TERMS.encode())])
    drawn = rng.dirichlet(counts + 0.5, size=DRAWS)
    names = kinds.tolist()
    table = tuple(_table(names, row.tolist()) for row in (counts / counts.sum(), *drawn))
    return (Estimate(TERMS, table[0], where, len(days), draws=table[1:], misfit=0.0),)


def estimate_ways(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return customers by the way they pay and by the way their invoices reach them."""
    rows = invoice_rows(source)
    if rows.is_empty() or is_list(source):
        return ()
    found: list[Estimate | None] = []
    for column, known, what in (
        ("method", PAYMENT_METHODS, "payments"),
        ("channel", INVOICE_CHANNELS, "invoices"),
    ):
        told = rows.drop_nulls(["customer", column])
        usual = told.group_by("customer").agg(pl.col(column).mode().sort().first())
        counts: dict[str, int] = {name: int((usual[column] == name).sum()) for name in known}
        path = f"customers.{'payment_method' if column == 'method' else 'invoice_channel'}_shares"
        text = f"{name_of(source)}: {usual.height:,} customers, the commonest of their {what}"
        found.append(shares(path, counts, text, seed))
    return tuple(estimate for estimate in found if estimate is not None)


def estimate_traits(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return the shares of customers who prepay, pay in one sum, or take cash discounts.

    The share is that of the customers in no segment and of the segments that are like them; the
    others are in ``customers.segments`` (:func:`own_shares`).
    """
    known = traits(source)
    if known is None:
        return ()
    found: list[Estimate | None] = []
    for column, name in TRAITS.items():
        told = known.drop_nulls(column)
        (hits, total), _ = standing_apart(_counts(told, column))
        text = f"{name_of(source)}: {total:,} customers"
        found.append(share(f"customers.{name}", hits, total, text, seed, _ASSUMED.get(name, "")))
    if known["takes_discount"].sum():
        found += [_discount_rate(source, seed)]
        found.append(
            Estimate(
                "customers.discount_taken_share", 1.0, name_of(source), known.height,
                draws=(1.0,) * DRAWS, assumption=_ASSUMED["discount_offered_share"],
            )
        )  # fmt: skip
    return tuple(estimate for estimate in found if estimate is not None)


ESTIMATORS: tuple[Callable[[Source, int], tuple[Estimate, ...]], ...] = (
    estimate_terms,
    estimate_ways,
    estimate_traits,
)


def own_shares(source: Source) -> dict[str, dict[str, float]]:
    """Return, by segment, the shares of customers that stand apart from the others'."""
    known = traits(source)
    own: dict[str, dict[str, float]] = {}
    if known is None:
        return own
    for column, name in TRAITS.items():
        _, apart = standing_apart(_counts(known.drop_nulls(column), column))
        for segment, (hits, total) in apart.items():
            own.setdefault(segment, {})[name] = round(hits / total, 4)
    return own


def traits(source: Source) -> pl.DataFrame | None:
    """Return what each customer of a log does; None of a list or a log without payments.

    Returns
    -------
    polars.DataFrame
        ``customer``, ``segment``, ``prepays``, ``bundles``, ``takes_discount`` (Boolean; null
        where nothing tells).
    """
    if is_list(source) or v.PAYMENT not in source.log.object_types:
        return None
    rows = invoice_rows(source).drop_nulls("customer")
    if rows.is_empty() or v.RECEIVE_PAYMENT not in source.log.activities:
        return None
    per_customer = (
        rows.filter(pl.col("paid").is_not_null() | pl.col("prepaid"))
        .group_by("customer")
        .agg(
            pl.col("segment").first(),
            # A customer who prepays does so for all orders; a rest may be invoiced later.
            (pl.col("prepaid").mean() > 0.5).alias("prepays"),
            (pl.col("discount").mean() > 0.1).alias("takes_discount"),
        )
    )
    return per_customer.join(_bundling(source, rows), on="customer", how="left").sort("customer")


def _bundling(source: Source, rows: pl.DataFrame) -> pl.DataFrame:
    """Return who pays several invoices with one payment, of those often with several at once."""
    view = ObjectEvents.of(source.log)
    received = view.of_activities(v.PAYMENT, (v.RECEIVE_PAYMENT,)).select(
        "event", "time", pl.col("case").alias("payment")
    )
    pairs = received.join(view.related(v.INVOICE).rename({"case": "invoice"}), on="event").join(
        rows.filter(~pl.col("prepaid")).select("invoice", "customer"), on="invoice"
    )
    # A rest, or what is paid twice, comes by itself however the customer pays.
    pairs = pairs.sort("time", "event").unique("invoice", keep="first", maintain_order=True)
    per_payment = pairs.group_by("customer", "time", "payment").agg(pl.len().alias("invoices"))
    per_day = per_payment.group_by("customer", "time").agg(
        pl.len().alias("payments"), pl.col("invoices").max()
    )
    together = per_day.filter((pl.col("invoices") > 1) | (pl.col("payments") > 1))
    return together.group_by("customer").agg(
        # Sent on different days and seen together, they say nothing of how a customer pays.
        pl.when(pl.len() >= _COINCIDENCES).then((pl.col("invoices") > 1).any()).alias("bundles")
    )


def _discount_rate(source: Source, seed: int) -> Estimate | None:
    view = ObjectEvents.of(source.log)
    rows = invoice_rows(source).select("invoice", "amount")
    allowed = view.of_activities(v.INVOICE, (v.ALLOW_DISCOUNT,)).select(
        pl.col("case").alias("invoice"), "cents"
    )
    rates = (
        allowed.join(rows, on="invoice")
        .select((pl.col("cents") / 100 / pl.col("amount")).alias("rate"))["rate"]
        .drop_nulls()
        .to_numpy()
    )
    if not len(rates):
        return None
    rng = np.random.default_rng([seed, crc32(b"discount_rate")])
    drawn = [float(np.median(rng.choice(rates, len(rates)))) for _ in range(DRAWS)]
    value = round(float(np.median(rates)), 4)
    low, high = (round(float(q), 4) for q in np.quantile([*drawn, value], [0.025, 0.975]))
    text = f"{name_of(source)}: median of {len(rates):,} cash discounts"
    return Estimate("customers.discount_rate", value, text, len(rates), low, high, tuple(drawn))


def _counts(known: pl.DataFrame, column: str) -> dict[str, tuple[int, int]]:
    return counted(known["segment"].fill_null("").to_list(), known[column].to_list())


def _table(values: list[float], chances: list[float]) -> dict[str, object]:
    if len(values) == 1:
        return {"distribution": "constant", "value": values[0]}
    rounded = {value: round(chance, 6) for value, chance in zip(values, chances, strict=True)}
    largest = max(rounded, key=lambda value: rounded[value])
    rounded[largest] = round(rounded[largest] + 1 - sum(rounded.values()), 6)
    return {"distribution": "empirical", "shares": rounded}
