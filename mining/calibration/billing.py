"""Billing from a log: blocks, what triggers it, tax, the way of invoices and their rejection."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from mining.calibration.batch_runs import estimate_billing_runs
from mining.calibration.documents_view import (
    customers_of_deliveries,
    delivery_type,
    moments,
    related,
)
from mining.calibration.estimate import Estimate, Source
from mining.calibration.run_clock import Ints
from mining.calibration.shares import share, shares
from mining.calibration.waits import (
    DAY_MICROSECONDS,
    FEWEST,
    Floats,
    Waits,
    ends_of_pool,
    queued_within,
    run_instants,
    since_last_run,
    waits_estimate,
)
from o2c_sim import vocabulary as v
from o2c_sim.model.section import INVOICE_CHANNELS

IDENTIFIABLE: tuple[str, ...] = (
    "billing.block_share",
    "billing.block_days",
    "billing.trigger",
    "billing.tax_share",
    "billing.delivery_days",
    "billing.rejection_share",
    "billing.rejection_days",
    "customers.invoice_channel_shares",
    "customers.weekly_invoice_share",
    "customers.monthly_invoice_share",
    "customers.collective_invoice_share",
)
"""Paths that an object-centric log with invoices, customers and their attributes tells."""

NOT_IDENTIFIABLE: dict[str, str] = {
    "billing.error_share": "an error shows only where the invoice is cancelled or contested; the "
    "log tells the product with the share that is found",
    "billing.error_found_share": "see billing.error_share",
}

TUNABLE: dict[str, str] = {
    "billing.error_share": "share of invoices that are disputed",
    "billing.error_found_share": "share of invoices that are cancelled before they are sent",
}
"""Paths that only simulation can find, and the statistic of the log that each moves."""

# Professional judgement for channels that a company does not use; the model wants a value of each.
_USUAL_DAYS: dict[str, Any] = {
    "paper": {"distribution": "gamma", "shape": 2, "scale": 1.25, "cap": 30},
    "pdf": {"distribution": "constant", "value": 0.1},
    "e_invoice": {"distribution": "constant", "value": 0},
}
_BY_SYSTEMS = ("portal", "e_invoice")
# Tax is told if so many invoices have the same ratio of gross to net, to a part in a thousand.
_SAME_RATIO, _RATIO_WIDTH = 0.6, 1e-3
# What is billed later than the next run, beyond this share, waits for something else.
_UNEXPLAINED = 0.05
_LATER_DAYS = 0.02


def estimate_billing_blocks(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return the share of deliveries that are blocked for billing, and for how long."""
    log, kind = source.log, delivery_type(source)
    if kind not in log.object_types or v.POST_GOODS_ISSUE not in log.activities:
        return ()
    if v.CREATE_INVOICE not in log.activities:
        return ()
    names = (v.POST_GOODS_ISSUE, v.SET_BILLING_BLOCK, v.REMOVE_BILLING_BLOCK)
    table = moments(log, kind, names)
    issued = table.drop_nulls(v.POST_GOODS_ISSUE)
    blocked = table.drop_nulls(v.SET_BILLING_BLOCK)
    # A block that is only seen to be removed was there from the beginning.
    either = (v.SET_BILLING_BLOCK, v.REMOVE_BILLING_BLOCK)
    hits = issued.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in either)).height
    told = f"{source.name}: deliveries with a billing block"
    found = [share(IDENTIFIABLE[0], hits, issued.height, told, seed)]
    if blocked.height >= FEWEST:
        found.append(_block_days(source, seed, blocked))
    return tuple(one for one in found if one is not None)


def _block_days(source: Source, seed: int, blocked: pl.DataFrame) -> Estimate | None:
    log = source.log
    started = f"{v.REMOVE_BILLING_BLOCK} start"
    open_ = blocked[v.REMOVE_BILLING_BLOCK].is_null().to_numpy()
    last = log.events["time"].max()
    begin = _micros(blocked[v.SET_BILLING_BLOCK])
    end = _micros(pl.select(pl.coalesce(blocked[started], blocked[v.REMOVE_BILLING_BLOCK])
                            .fill_null(last)).to_series())  # fmt: skip
    end = np.maximum(end, begin)
    days: Floats = (end - begin) / DAY_MICROSECONDS
    lower, said = days, "the wait for a biller and the work are in it"
    if blocked[started].null_count() == blocked[v.REMOVE_BILLING_BLOCK].null_count():
        low, high = queued_within(
            begin[~open_], end[~open_], ends_of_pool(log, v.REMOVE_BILLING_BLOCK), source.zone
        )
        lower, days = days.copy(), days.copy()
        lower[~open_], days[~open_] = low, high
        said = "removals that queued became ready at some moment of the busy time they began in"
    waits = Waits(days, lower, open_, blocked["case"].cast(pl.Int64).to_numpy())
    return waits_estimate(IDENTIFIABLE[1], waits, source, seed, "billing blocks", said)


def estimate_invoicing(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return what makes a delivery ready for billing, the tax, and how customers are billed."""
    found = [*_trigger(source, seed), *_tax(source), *_customers(source, seed)]
    return tuple(found)


def _trigger(source: Source, seed: int) -> list[Estimate]:
    log, kind = source.log, delivery_type(source)
    wanted = {v.POST_GOODS_ISSUE, v.CREATE_INVOICE}
    if not wanted <= set(log.activities) or kind not in log.object_types:
        return []
    names = (v.POST_GOODS_ISSUE, v.CONFIRM_DELIVERY, v.CREATE_INVOICE, v.SET_BILLING_BLOCK)
    table = moments(log, kind, names).drop_nulls((v.POST_GOODS_ISSUE, v.CREATE_INVOICE))
    if table.height < FEWEST:
        return []
    told = f"{source.name}: goods issue, arrival and invoice of {table.height} deliveries"
    if v.CONFIRM_DELIVERY not in log.activities:
        return _unexplained(source, seed, table)
    before = (table[v.CONFIRM_DELIVERY].is_null()) | (
        table[v.CREATE_INVOICE] < table[v.CONFIRM_DELIVERY]
    )
    after = float(before.mean() or 0.0) < _UNEXPLAINED  # type: ignore[arg-type]
    value = "proof_of_delivery" if after else "goods_issue"
    return [Estimate("billing.trigger", value, told, table.height)]


def _unexplained(source: Source, seed: int, table: pl.DataFrame) -> list[Estimate]:
    """Return the time from goods issue to invoice, where no run explains it, as a transport.

    The log shows no arrival: what the invoice waits for besides its run is not said.
    """
    runs = {one.path: one.value for one in estimate_billing_runs(source, seed)}
    usual: dict[str, Any] | None = runs.get("billing.daily_run")
    table = table.filter(
        pl.col(v.SET_BILLING_BLOCK).is_null(),
        pl.col(v.CREATE_INVOICE) >= pl.col(v.POST_GOODS_ISSUE),
    )
    if usual is None or table.height < FEWEST:
        return []
    grid = run_instants(usual, source.log.events["time"], source.zone)
    begin, end = _micros(table[v.POST_GOODS_ISSUE]), _micros(table[v.CREATE_INVOICE])
    days: Floats = (end - begin) / DAY_MICROSECONDS
    lower = np.minimum(since_last_run(begin, end, grid), days)
    if float((lower > _LATER_DAYS).mean()) < _UNEXPLAINED:
        return [Estimate("billing.trigger", "goods_issue", source.name, table.height)]
    said = (
        "invoices come later than the next run, and the log does not say why: the time is written "
        "as transport, with billing on proof of delivery"
    )
    waits = Waits(days, lower, np.zeros(days.size, np.bool_), _micros(table["case"]))
    lag = waits_estimate(
        "fulfilment.carrier_days", waits, source, seed, "goods issue to invoice", said
    )
    if lag is None:
        return []
    found = [
        lag,
        Estimate("fulfilment.carrier_round", None, lag.source, lag.sample, assumption=said),
        Estimate("billing.trigger", "proof_of_delivery", lag.source, lag.sample, assumption=said),
    ]
    for kind, path in (("weekly", IDENTIFIABLE[8]), ("monthly", IDENTIFIABLE[9])):
        if f"billing.{kind}_run" not in runs:
            told = f"{source.name}: the clock shows no {kind} run"
            found.append(Estimate(path, 0.0, told, lag.sample, assumption=said))
    return found


def _tax(source: Source) -> list[Estimate]:
    """Return the ratio of what invoices ask for to the net value of their lines, less 1."""
    log = source.log
    columns = {"amount", "value"} <= set(log.objects.columns)
    if not columns or v.INVOICE not in log.object_types or v.ORDER_LINE not in log.object_types:
        return []
    value = log.objects.select("object", "amount", "value")
    net = (
        related(log, "bills")
        .join(related(log, "ships"), left_on="target", right_on="source")
        .join(value.drop("amount"), left_on="target_right", right_on="object")
        .group_by("source")
        .agg(pl.col("value").sum())
    )
    ratio = (
        net.join(value.drop("value"), left_on="source", right_on="object")
        .filter(pl.col("value") > 0)
        .select(pl.col("amount") / pl.col("value"))
        .to_series()
        .drop_nulls()
        .to_numpy()
    )
    if ratio.size < FEWEST:
        return []
    middle = float(np.median(ratio))
    if float((np.abs(ratio - middle) < _RATIO_WIDTH).mean()) < _SAME_RATIO:
        return []
    rate = max(round(middle - 1.0, 4), 0.0)
    told = f"{source.name}: amount of {ratio.size} invoices over the net value of their lines"
    return [Estimate("billing.tax_share", rate, told, int(ratio.size), rate, rate)]


def _customers(source: Source, seed: int) -> list[Estimate]:
    log, found = source.log, []
    if v.CUSTOMER not in log.object_types:
        return []
    customers = log.objects.filter(pl.col("type").cast(pl.String) == v.CUSTOMER)
    told = f"{source.name}: customers"
    if "invoice_channel" in customers.columns:
        counts = _counts(customers["invoice_channel"])
        known: dict[str, int] = {n: counts[n] for n in INVOICE_CHANNELS if n in counts}
        found.append(shares(IDENTIFIABLE[7], known, told, seed))
    if "billing_run" in customers.columns:
        counts = _counts(customers["billing_run"])
        total = sum(counts.values())
        for kind, path in (("weekly", IDENTIFIABLE[8]), ("monthly", IDENTIFIABLE[9])):
            found.append(share(path, counts.get(kind, 0), total, told, seed))
    found.append(_collective(source, seed))
    return [one for one in found if one is not None]


def _collective(source: Source, seed: int) -> Estimate | None:
    """Return the share of customers whose deliveries of one run are on one invoice.

    Only a customer with several deliveries in one run shows it.
    """
    log = source.log
    bills = related(log, "bills")
    if bills.is_empty():
        return None
    replaced = related(log, "replaces")["source"]
    bills = bills.filter(~pl.col("source").is_in(replaced.implode()))
    owner = customers_of_deliveries(log).rename({"delivery": "target"})
    made = moments(log, v.INVOICE, (v.CREATE_INVOICE,)).select(
        pl.col("case").alias("source"), pl.col(v.CREATE_INVOICE).alias("time")
    )
    by_run = (
        bills.join(owner, on="target")
        .join(made, on="source")
        .group_by("customer", "time")
        .agg(pl.len().alias("deliveries"), pl.col("source").n_unique().alias("invoices"))
        .filter(pl.col("deliveries") > 1)
        .group_by("customer")
        .agg((pl.col("invoices") < pl.col("deliveries")).mean().alias("together"))
    )
    told = f"{source.name}: customers with several deliveries in a billing run"
    hits = int((by_run["together"] > 0.5).sum())
    return share(IDENTIFIABLE[10], hits, by_run.height, told, seed)


def estimate_invoice_travel(source: Source, seed: int) -> tuple[Estimate, ...]:
    """Return how long invoices travel by channel, how many are rejected, and when that is known."""
    log = source.log
    wanted = {v.CREATE_INVOICE, v.SEND_INVOICE}
    if v.INVOICE not in log.object_types or not wanted <= set(log.activities):
        return ()
    table = moments(log, v.INVOICE, (v.CREATE_INVOICE, v.SEND_INVOICE, v.REJECT_INVOICE))
    table = table.drop_nulls(v.CREATE_INVOICE).join(
        _invoice_channels(source), on="case", how="left", maintain_order="left"
    )
    # An invoice that is cancelled before it is sent never travels.
    cancelled = moments(log, v.INVOICE, (v.CANCEL_INVOICE,)).drop_nulls(v.CANCEL_INVOICE)
    sent = table.drop_nulls(v.SEND_INVOICE).filter(
        ~pl.col("case").is_in(cancelled["case"].implode())
    )
    found = [
        _travel(source, seed, table.join(cancelled, on="case", how="anti"), sent),
        *_rejections(source, seed, sent),
    ]
    return tuple(one for one in found if one is not None)


def _travel(source: Source, seed: int, made: pl.DataFrame, sent: pl.DataFrame) -> Estimate | None:
    begin = pl.coalesce(f"{v.SEND_INVOICE} start", v.CREATE_INVOICE)
    days_late = (pl.col(v.SEND_INVOICE) - begin).cast(pl.Int64) / DAY_MICROSECONDS
    sent = sent.with_columns(days_late.alias("days")).filter(pl.col("days") >= 0)
    known = [name for name in INVOICE_CHANNELS if (sent["channel"] == name).any()]
    if not known or made.is_empty():
        return None
    value: dict[str, Any] = {}
    drawn: list[dict[str, Any]] = [{} for _ in range(50)]
    misfit = 0.0
    for name in known:
        days = sent.filter(pl.col("channel") == name)["days"].to_numpy()
        if days.size < FEWEST:
            continue
        # A stamp holds microseconds: the same interval is not always the same number.
        days = np.round(days, 6)
        waits = Waits(days, days, np.zeros(days.size, np.bool_), np.arange(days.size))
        one = waits_estimate(name, waits, source, seed, name)
        if one is None:
            continue
        value[name], misfit = one.value, max(misfit, one.misfit or 0.0)
        for place, row in enumerate(drawn):
            row[name] = one.draws[place]
    if not value:
        return None
    unseen = {name: days for name, days in _USUAL_DAYS.items() if name not in value}
    for row in (value, *drawn):
        row.update(unseen)
    said = f"usual days for what too few customers get: {', '.join(unseen)}" if unseen else ""
    told = f"{source.name}: invoice to its sending, {sent.height} invoices by channel"
    return Estimate(
        IDENTIFIABLE[4],
        value,
        told,
        sent.height,
        draws=tuple(drawn),
        misfit=misfit,
        assumption=said,
    )


def _rejections(source: Source, seed: int, sent: pl.DataFrame) -> list[Estimate | None]:
    by_systems = sent.filter(pl.col("channel").is_in(list(_BY_SYSTEMS)))
    if by_systems.is_empty():
        return []
    rejected = by_systems[v.REJECT_INVOICE].is_not_null()
    told = f"{source.name}: invoices by portal or as e-invoice with {v.REJECT_INVOICE}"
    found = [share(IDENTIFIABLE[5], int(rejected.sum()), by_systems.height, told, seed)]
    known = by_systems.filter(rejected)
    if known.height >= FEWEST:
        begin, end = _micros(known[v.SEND_INVOICE]), _micros(known[v.REJECT_INVOICE])
        days: Floats = np.maximum(end - begin, 0) / DAY_MICROSECONDS
        waits = Waits(days, days, np.zeros(days.size, np.bool_), _micros(known["case"]))
        found.append(waits_estimate(IDENTIFIABLE[6], waits, source, seed, "sending to rejection"))
    return found


def _invoice_channels(source: Source) -> pl.DataFrame:
    """Return ``case`` (invoice) and ``channel``, from its customer; empty where none is said."""
    log = source.log
    empty = pl.DataFrame(schema={"case": pl.UInt32, "channel": pl.String})
    if v.CUSTOMER not in log.object_types or "invoice_channel" not in log.objects.columns:
        return empty
    channel = log.objects.select(
        pl.col("object").alias("customer"), pl.col("invoice_channel").cast(pl.String)
    )
    billed = related(log, "bills").rename({"source": "case", "target": "delivery"})
    owner = customers_of_deliveries(log)
    return (
        billed.join(owner, on="delivery")
        .group_by("case")
        .agg(pl.col("customer").first())
        .join(channel, on="customer")
        .select("case", pl.col("invoice_channel").alias("channel"))
    )


def _counts(column: pl.Series) -> dict[str, int]:
    table = column.drop_nulls().cast(pl.String).value_counts(name="count")
    return dict(zip(table[column.name].to_list(), table["count"].to_list(), strict=True))


def _micros(times: pl.Series) -> Ints:
    return times.cast(pl.Int64).to_numpy()


ESTIMATORS = (estimate_billing_blocks, estimate_invoicing, estimate_invoice_travel)
