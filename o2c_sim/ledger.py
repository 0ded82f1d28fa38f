"""The accounts-receivable sub-ledger and cash book: balanced postings in integer minor units.

Every posting debits one account and credits another by the same amount, so the books balance by
construction; what can fail, and is checked, is that open items agree with the control account
and that every day rolls forward: opening AR + invoices - credit memos - cash applied -
write-offs = closing AR.
"""

from __future__ import annotations

from array import array
from typing import Final

import numpy as np
import polars as pl

from o2c_sim.engine.clock import Clock

INVOICE: Final = 0
CASH_RECEIPT: Final = 1
CASH_APPLICATION: Final = 2
WRITE_OFF: Final = 3
CREDIT_MEMO: Final = 4

POSTING_KINDS = ("invoice", "cash_receipt", "cash_application", "write_off", "credit_memo")
RECEIVABLES, REVENUE, BANK, UNAPPLIED_CASH, BAD_DEBT, REVENUE_DEDUCTIONS = ACCOUNTS = (
    "accounts_receivable",
    "revenue",
    "bank",
    "unapplied_cash",
    "bad_debt_expense",
    "revenue_deductions",
)
# (debit, credit) of each kind of posting
_ACCOUNTS_OF = (
    (RECEIVABLES, REVENUE),
    (BANK, UNAPPLIED_CASH),
    (UNAPPLIED_CASH, RECEIVABLES),
    (BAD_DEBT, RECEIVABLES),
    (REVENUE_DEDUCTIONS, RECEIVABLES),
)


class LedgerError(Exception):
    """A posting that the books do not allow: a fault in the model, never in a user's input."""


class Ledger:
    """Post what moves receivables and cash; keep open items to the cent."""

    def __init__(self) -> None:
        self._times = array("d")
        self._kinds = array("b")
        self._invoices = array("q")
        self._amounts = array("q")
        # Settled invoices stay, with nothing open, so that none is posted twice.
        self._open: dict[int, int] = {}
        self._unapplied: dict[int, int] = {}
        self.open_total_minor = 0

    def open_minor(self, invoice: int) -> int:
        """Return what is open on an invoice; 0 if it is settled or unknown."""
        return self._open.get(invoice, 0)

    def post_invoice(self, time: float, invoice: int, amount_minor: int) -> None:
        """Post an invoice to receivables and revenue.

        Raises
        ------
        LedgerError
            If the amount is not positive or the invoice was posted before.
        """
        if amount_minor <= 0 or invoice in self._open:
            raise LedgerError(f"invoice {invoice} of {amount_minor} at {time}")
        self._open[invoice] = amount_minor
        self.open_total_minor += amount_minor
        self._post(time, INVOICE, invoice, amount_minor)

    def receive_cash(self, time: float, invoice: int, amount_minor: int) -> None:
        """Post a receipt to bank and unapplied cash; *invoice* is what it is meant for.

        Raises
        ------
        LedgerError
            If the amount is not positive.
        """
        if amount_minor <= 0:
            raise LedgerError(f"receipt of {amount_minor} for invoice {invoice} at {time}")
        self._unapplied[invoice] = self._unapplied.get(invoice, 0) + amount_minor
        self._post(time, CASH_RECEIPT, invoice, amount_minor)

    def apply_cash(self, time: float, invoice: int, amount_minor: int) -> None:
        """Apply received cash to an invoice.

        Raises
        ------
        LedgerError
            If more is applied than was received for it or than is open on it.
        """
        received = self._unapplied.get(invoice, 0)
        if not 0 < amount_minor <= min(received, self.open_minor(invoice)):
            raise LedgerError(f"applying {amount_minor} to invoice {invoice} at {time}")
        if received == amount_minor:
            del self._unapplied[invoice]
        else:
            self._unapplied[invoice] = received - amount_minor
        self._reduce(invoice, amount_minor)
        self._post(time, CASH_APPLICATION, invoice, amount_minor)

    def credit(self, time: float, invoice: int, amount_minor: int) -> None:
        """Post a credit memo against an open invoice.

        Raises
        ------
        LedgerError
            If the amount is not positive or exceeds what is open.
        """
        if not 0 < amount_minor <= self.open_minor(invoice):
            raise LedgerError(f"credit of {amount_minor} on invoice {invoice} at {time}")
        self._reduce(invoice, amount_minor)
        self._post(time, CREDIT_MEMO, invoice, amount_minor)

    def write_off(self, time: float, invoice: int) -> int:
        """Write off all that is open on an invoice and return it (minor units).

        Raises
        ------
        LedgerError
            If nothing is open.
        """
        amount = self.open_minor(invoice)
        if amount <= 0:
            raise LedgerError(f"nothing to write off on invoice {invoice} at {time}")
        self._reduce(invoice, amount)
        self._post(time, WRITE_OFF, invoice, amount)
        return amount

    def postings(self, clock: Clock) -> pl.DataFrame:
        """Return the journal.

        Returns
        -------
        polars.DataFrame
            ``posting`` (order of posting), ``time`` (naive UTC), ``date`` (local), ``kind``,
            ``debit``, ``credit``, ``invoice`` (number), ``amount_minor``.
        """
        # To the microsecond, as in the log: a wait that ends at midnight may end a rounding error
        # before it and belongs to the new day in both.
        micros = np.rint(np.array(self._times, dtype=np.float64) * 1e6).astype(np.int64)
        days = [clock.day(time) for time in (micros / 1e6).tolist()]
        kinds = np.array(self._kinds, dtype=np.int64)
        debit = np.array([ACCOUNTS.index(debit) for debit, _ in _ACCOUNTS_OF])
        credit = np.array([ACCOUNTS.index(credit) for _, credit in _ACCOUNTS_OF])
        return pl.DataFrame(
            {
                "posting": np.arange(micros.size, dtype=np.uint32),
                "time": micros + clock.epoch_microseconds,
                "day": np.array(days, dtype=np.int32),
                "kind": kinds,
                "debit": debit[kinds],
                "credit": credit[kinds],
                "invoice": np.array(self._invoices, dtype=np.uint32),
                "amount_minor": np.array(self._amounts, dtype=np.int64),
            }
        ).select(
            "posting",
            pl.col("time").cast(pl.Datetime("us")),
            (pl.lit(clock.start_date) + pl.duration(days=pl.col("day")))
            .cast(pl.Date)
            .alias("date"),
            _named("kind", POSTING_KINDS),
            _named("debit", ACCOUNTS),
            _named("credit", ACCOUNTS),
            "invoice",
            "amount_minor",
        )

    def _reduce(self, invoice: int, amount: int) -> None:
        self._open[invoice] -= amount
        self.open_total_minor -= amount

    def _post(self, time: float, kind: int, invoice: int, amount: int) -> None:
        self._times.append(time)
        self._kinds.append(kind)
        self._invoices.append(invoice)
        self._amounts.append(amount)


def roll_forward(postings: pl.DataFrame, first: int, days: int, clock: Clock) -> pl.DataFrame:
    """Return the receivables roll-forward by local day.

    Parameters
    ----------
    postings
        Journal of :meth:`Ledger.postings`.
    first, days
        First day number and number of days.
    clock
        The company's clock.

    Returns
    -------
    polars.DataFrame
        One row a day: ``date``, ``opening_minor``, ``invoices_minor``, ``credit_memos_minor``,
        ``cash_applied_minor``, ``write_offs_minor``, ``closing_minor``, ``receipts_minor``.
    """
    calendar = pl.DataFrame({"date": [clock.date(day) for day in range(first + days)]})

    def by_day(kind: str) -> pl.Expr:
        amount = pl.col("amount_minor").filter(pl.col("kind").cast(pl.String) == kind)
        return amount.sum().cast(pl.Int64)

    flows = postings.group_by("date").agg(
        by_day("invoice").alias("invoices_minor"),
        by_day("cash_application").alias("cash_applied_minor"),
        by_day("write_off").alias("write_offs_minor"),
        by_day("credit_memo").alias("credit_memos_minor"),
        by_day("cash_receipt").alias("receipts_minor"),
    )
    change = (
        pl.col("invoices_minor")
        - pl.col("credit_memos_minor")
        - pl.col("cash_applied_minor")
        - pl.col("write_offs_minor")
    )
    return (
        calendar.join(flows, on="date", how="left", maintain_order="left")
        .with_columns(pl.exclude("date").fill_null(0))
        .with_columns(
            change.cum_sum().alias("closing_minor"),
        )
        .with_columns((pl.col("closing_minor") - change).alias("opening_minor"))
        .select(
            "date",
            "opening_minor",
            "invoices_minor",
            "credit_memos_minor",
            "cash_applied_minor",
            "write_offs_minor",
            "closing_minor",
            "receipts_minor",
        )
        .slice(first)
    )


def _named(column: str, names: tuple[str, ...]) -> pl.Expr:
    kind = pl.Enum(names)
    return pl.col(column).replace_strict(dict(enumerate(names)), return_dtype=kind).alias(column)
