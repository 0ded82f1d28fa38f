"""The daily close, from the journal alone: roll-forward, trial balance and ageing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import polars as pl

from o2c_sim.engine.clock import Clock
from o2c_sim.ledger.accounts import (
    ACCOUNTS,
    AGENCY_FEE,
    ALLOWANCE,
    BANK,
    BANK_FEE,
    CASH_APPLICATION,
    CASH_DISCOUNT,
    CASH_RECEIPT,
    CREDIT_MEMO,
    CREDIT_TO_ACCOUNT,
    INSURANCE_CLAIM,
    INVOICE,
    INVOICE_CANCELLATION,
    PAYMENT_RETURN,
    RECEIVABLES,
    RECOVERY,
    REFUND,
    UNAPPLIED_CASH,
    WRITE_OFF,
)
from o2c_sim.ledger.journal import LedgerError

BUCKETS = ("current", "1-30", "31-60", "61-90", "91+")
_BUCKET_STARTS = (1, 31, 61, 91)  # days past due

_DEBIT, _CREDIT, _AMOUNT = pl.col("debit"), pl.col("credit"), pl.col("amount_minor")


def roll_forward(postings: pl.DataFrame, first: int, days: int, clock: Clock) -> pl.DataFrame:
    """Return the receivables roll-forward by local day, with the cash book's side of it.

    Three identities hold on every day. The closing balances are those of the accounts and not of
    the flows, so a posting of a kind that no flow counts breaks them.

    - opening + invoices - cancellations - credit memos - discounts - cash applied + reopened -
      write-offs = closing (receivables);
    - receipts + recoveries - refunds - returned - fees = change of closing cash;
    - receipts + account credits - cash applied - refunds - (returned - reopened) = change of
      closing unapplied cash.

    Parameters
    ----------
    postings
        Journal of :meth:`Ledger.postings`.
    first, days
        First day number and number of days; what was posted before is in the opening balance.
    clock
        The company's clock.

    Returns
    -------
    polars.DataFrame
        One row a day, minor units, tax included: ``date``, ``opening_minor``,
        ``invoices_minor``, ``credit_memos_minor`` (on open items), ``cash_applied_minor``,
        ``write_offs_minor``, ``closing_minor``, ``receipts_minor``, ``discounts_minor``,
        ``cancellations_minor``, ``reopened_minor`` (invoices open again as their payment came
        back), ``returned_minor`` (payments that came back), ``account_credits_minor`` (credit
        memos on what was paid), ``refunds_minor``, ``fees_minor`` (bank, card and agency),
        ``recoveries_minor`` (agency and insurance), ``closing_unapplied_minor``,
        ``closing_cash_minor`` and ``closing_allowance_minor``.
    """
    calendar = pl.DataFrame({"date": [clock.date(first + day) for day in range(-1, days)]})
    kind = pl.col("kind")

    def flow(name: str, *kinds: str, where: pl.Expr | None = None) -> pl.Expr:
        counted = kind.is_in(list(kinds)) if where is None else kind.is_in(list(kinds)) & where
        return _AMOUNT.filter(counted).sum().alias(f"{name}_minor")

    def change(account: str) -> pl.Expr:
        debits, credits = _AMOUNT.filter(_DEBIT.eq(account)), _AMOUNT.filter(_CREDIT.eq(account))
        return debits.sum() - credits.sum()

    flows = (
        postings.group_by(
            pl.max_horizontal("date", pl.lit(clock.date(first - 1))), "kind", "debit", "credit"
        )
        .agg(_AMOUNT.sum())
        .group_by("date")
        .agg(
            flow("invoices", INVOICE),
            flow("credit_memos", CREDIT_MEMO),
            flow("cash_applied", CASH_APPLICATION),
            flow("write_offs", WRITE_OFF),
            flow("receipts", CASH_RECEIPT),
            flow("discounts", CASH_DISCOUNT),
            flow("cancellations", INVOICE_CANCELLATION),
            flow("reopened", PAYMENT_RETURN, where=_DEBIT == RECEIVABLES),
            flow("returned", PAYMENT_RETURN),
            flow("account_credits", CREDIT_TO_ACCOUNT),
            flow("refunds", REFUND),
            flow("fees", BANK_FEE, AGENCY_FEE),
            flow("recoveries", RECOVERY, INSURANCE_CLAIM),
            change(RECEIVABLES).alias("closing_minor"),
            (-change(UNAPPLIED_CASH)).alias("closing_unapplied_minor"),
            change(BANK).alias("closing_cash_minor"),
            (-change(ALLOWANCE)).alias("closing_allowance_minor"),
        )
    )
    return (
        calendar.join(flows, on="date", how="left", maintain_order="left")
        .with_columns(pl.exclude("date").fill_null(0))
        .with_columns(pl.col("^closing_.*$").cum_sum())
        .with_columns(pl.col("closing_minor").shift(fill_value=0).alias("opening_minor"))
        .select(
            "date",
            "opening_minor",
            "invoices_minor",
            "credit_memos_minor",
            "cash_applied_minor",
            "write_offs_minor",
            "closing_minor",
            "receipts_minor",
            "discounts_minor",
            "cancellations_minor",
            "reopened_minor",
            "returned_minor",
            "account_credits_minor",
            "refunds_minor",
            "fees_minor",
            "recoveries_minor",
            "closing_unapplied_minor",
            "closing_cash_minor",
            "closing_allowance_minor",
        )
        .slice(1)
    )


def trial_balance(postings: pl.DataFrame, clock: Clock, day: int) -> pl.DataFrame:
    """Return what each account was debited and credited by the close of a day.

    Parameters
    ----------
    postings
        Journal of :meth:`Ledger.postings`.
    clock
        The company's clock.
    day
        Day number.

    Returns
    -------
    polars.DataFrame
        One row an account, in the order of the chart: ``account``, ``debit_minor`` and
        ``credit_minor`` (totals, minor units), ``balance_minor`` (debits less credits). The two
        totals have the same sum.
    """
    posted = _until(postings, clock.date(day))

    def total(side: str) -> pl.DataFrame:
        return posted.group_by(pl.col(side).cast(pl.String).alias("account")).agg(
            _AMOUNT.sum().alias(f"{side}_minor")
        )

    return (
        pl.DataFrame({"account": ACCOUNTS})
        .join(total("debit"), on="account", how="left", maintain_order="left")
        .join(total("credit"), on="account", how="left", maintain_order="left")
        .with_columns(pl.exclude("account").fill_null(0))
        .with_columns((pl.col("debit_minor") - pl.col("credit_minor")).alias("balance_minor"))
    )


def ageing(postings: pl.DataFrame, due_days: Sequence[int], day: int, clock: Clock) -> pl.DataFrame:
    """Return open receivables by days past due at the close of a day.

    Parameters
    ----------
    postings
        Journal of :meth:`Ledger.postings`.
    due_days
        Day number on which each invoice is due, by invoice number; today's, if it was reset.
    day
        Day number of the close.
    clock
        The company's clock.

    Returns
    -------
    polars.DataFrame
        One row a bucket: ``bucket`` (current, 1-30, 31-60, 61-90, 91+ days past due),
        ``invoices`` (open ones), ``open_minor``. The buckets add up to the closing balance.

    Raises
    ------
    LedgerError
        If an open invoice has no due day.

    Notes
    -----
    An invoice due on the day of the close is current. The share that is current and the share
    above 91 days are those of the Credit Research Foundation's survey; unapplied cash is not
    taken off, as the invoices it is meant for are not known.
    """
    opened, settled = _DEBIT == RECEIVABLES, _CREDIT == RECEIVABLES
    open_minor = _AMOUNT.filter(opened).sum() - _AMOUNT.filter(settled).sum()
    items = (
        _until(postings, clock.date(day))
        .filter(opened | settled)
        .group_by("invoice")
        .agg(open_minor.alias("open_minor"))
        .filter(pl.col("open_minor") != 0)
    )
    invoices = items["invoice"].to_numpy()
    due = np.asarray(due_days, dtype=np.int64)
    if invoices.size and int(invoices.max()) >= due.size:
        raise LedgerError(f"invoice {invoices.max()} is open and has no due day")
    bucket = np.searchsorted(_BUCKET_STARTS, day - due[invoices], side="right")
    sums = (
        items.with_columns(pl.Series("number", bucket, dtype=pl.Int64))
        .group_by("number")
        .agg(pl.len().cast(pl.Int64).alias("invoices"), pl.col("open_minor").sum())
    )
    return (
        pl.DataFrame({"bucket": BUCKETS})
        .with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("number"))
        .join(sums, on="number", how="left", maintain_order="left")
        .with_columns(pl.col("invoices", "open_minor").fill_null(0))
        .drop("number")
    )


def _until(postings: pl.DataFrame, last: dt.date) -> pl.DataFrame:
    return postings.filter(pl.col("date") <= last)
