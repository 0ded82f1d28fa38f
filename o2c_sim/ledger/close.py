"""The daily close, from the journal alone: roll-forward, trial balance and ageing."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
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
    POSTING_KINDS,
    RECEIVABLES,
    RECOVERY,
    REFUND,
    UNAPPLIED_CASH,
    WRITE_OFF,
)
from o2c_sim.ledger.journal import LedgerError

Ints = npt.NDArray[np.int64]

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
    moved = _moved(postings, clock.date(first), days)

    def flow(*kinds: str, debit: str | None = None) -> Ints:
        return sum(
            (
                sums[1:]
                for (kind, debited, _), sums in moved.items()
                if kind in kinds and debit in (None, debited)
            ),
            start=np.zeros(days, dtype=np.int64),
        )

    def balance(account: str) -> Ints:
        change = np.zeros(days + 1, dtype=np.int64)
        for (_, debit, credit), sums in moved.items():
            change += sums * ((debit == account) - (credit == account))
        return np.cumsum(change)

    receivables = balance(RECEIVABLES)
    return pl.DataFrame(
        {
            "date": pl.Series([clock.date(first + day) for day in range(days)], dtype=pl.Date),
            "opening_minor": receivables[:-1],
            "invoices_minor": flow(INVOICE),
            "credit_memos_minor": flow(CREDIT_MEMO),
            "cash_applied_minor": flow(CASH_APPLICATION),
            "write_offs_minor": flow(WRITE_OFF),
            "closing_minor": receivables[1:],
            "receipts_minor": flow(CASH_RECEIPT),
            "discounts_minor": flow(CASH_DISCOUNT),
            "cancellations_minor": flow(INVOICE_CANCELLATION),
            "reopened_minor": flow(PAYMENT_RETURN, debit=RECEIVABLES),
            "returned_minor": flow(PAYMENT_RETURN),
            "account_credits_minor": flow(CREDIT_TO_ACCOUNT),
            "refunds_minor": flow(REFUND),
            "fees_minor": flow(BANK_FEE, AGENCY_FEE),
            "recoveries_minor": flow(RECOVERY, INSURANCE_CLAIM),
            "closing_unapplied_minor": -balance(UNAPPLIED_CASH)[1:],
            "closing_cash_minor": balance(BANK)[1:],
            "closing_allowance_minor": -balance(ALLOWANCE)[1:],
        }
    )


def _moved(postings: pl.DataFrame, first: dt.date, days: int) -> dict[tuple[str, str, str], Ints]:
    """Return what was moved by kind, account debited and account credited, minor units.

    Of each there is the sum of all that was posted before the first day, and of each day.
    """
    columns = {"kind": POSTING_KINDS, "debit": ACCOUNTS, "credit": ACCOUNTS}
    table = postings.select(
        *(pl.col(name).cast(pl.Enum(values)).to_physical() for name, values in columns.items()),
        pl.col("date").to_physical(),
        "amount_minor",
    )
    kind, debit, credit, date, amount = (column.to_numpy() for column in table)
    shape = tuple(map(len, columns.values()))
    sort = np.ravel_multi_index((kind, debit, credit), shape)
    # The two dozen sorts that there are, of thousands that there might be.
    found = np.flatnonzero(np.bincount(sort, minlength=math.prod(shape)))
    row = np.zeros(math.prod(shape), dtype=np.int64)
    row[found] = np.arange(len(found))
    day = np.maximum(date - (first - dt.date(1970, 1, 1)).days + 1, 0)
    within = day <= days
    sums = np.zeros((len(found), days + 1), dtype=np.int64)
    np.add.at(sums.reshape(-1), (row[sort] * (days + 1) + day)[within], amount[within])
    return {
        (POSTING_KINDS[k], ACCOUNTS[d], ACCOUNTS[c]): own
        for k, d, c, own in zip(*np.unravel_index(found, shape), sums, strict=True)
    }


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
