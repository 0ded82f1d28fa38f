"""The journal: every posting in the order it was made, in flat columns."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim.engine.clock import Clock
from o2c_sim.engine.columns import Floats, Integers
from o2c_sim.enumerated import enumerated
from o2c_sim.ledger.accounts import ACCOUNTS, ENTRIES, POSTING_KINDS

NONE: Final = -1
_KIND = np.array([POSTING_KINDS.index(kind) for kind, _, _ in ENTRIES], dtype=np.int8)
_DEBIT = np.array([ACCOUNTS.index(debit) for _, debit, _ in ENTRIES], dtype=np.int8)
_CREDIT = np.array([ACCOUNTS.index(credit) for _, _, credit in ENTRIES], dtype=np.int8)


class LedgerError(Exception):
    """A posting that the books do not allow: a fault in the model, never in a user's input."""


class Journal:
    """Keep postings; each debits one account and credits another by the same amount."""

    def __init__(self) -> None:
        self._times = Floats()
        self._entries = Integers()
        self.invoices = Integers()
        self.payments = Integers()
        self.amounts = Integers()

    def post(self, time: float, entry: int, invoice: int, payment: int, amount_minor: int) -> None:
        """Add a posting; *entry* is a row of the chart's ``ENTRIES``, :data:`NONE` no number."""
        # The amount first: one that is not a whole number fails before anything is written.
        self.amounts.append(amount_minor)
        self._times.append(time)
        self._entries.append(entry)
        self.invoices.append(invoice)
        self.payments.append(payment)

    def balances(self) -> dict[str, int]:
        """Return debits less credits of every account, minor units."""
        entries, amounts = _copy(self._entries), _copy(self.amounts)
        balances = dict.fromkeys(ACCOUNTS, 0)
        for entry, (_, debit, credit) in enumerate(ENTRIES):
            moved = int(amounts[entries == entry].sum())
            balances[debit] += moved
            balances[credit] -= moved
        return balances

    def table(self, clock: Clock) -> pl.DataFrame:
        """Return the journal as a table: see :meth:`o2c_sim.ledger.Ledger.postings`."""
        # To the microsecond, as in the log: a wait that ends at midnight may end a rounding error
        # before it and belongs to the new day in both.
        micros = np.rint(np.array(self._times, dtype=np.float64) * 1e6).astype(np.int64)
        seconds = micros / 1e6
        last_day = clock.day(float(seconds.max())) if seconds.size else 0
        # What was posted before the first day was so by a company that started with open items.
        first_day = min(clock.day(float(seconds.min())), 0) if seconds.size else 0
        midnights = np.array([clock.midnight(day) for day in range(first_day, last_day + 1)])
        days = np.searchsorted(midnights, seconds, side="right") - 1 + first_day
        since_1970 = (clock.start_date - dt.date(1970, 1, 1)).days
        entries = _copy(self._entries)
        return pl.DataFrame(
            {
                "posting": np.arange(micros.size, dtype=np.uint32),
                "time": pl.Series(micros + clock.epoch_microseconds).cast(pl.Datetime("us")),
                "date": pl.Series((days + since_1970).astype(np.int32)).cast(pl.Date),
                "kind": enumerated(_KIND[entries], POSTING_KINDS),
                "debit": enumerated(_DEBIT[entries], ACCOUNTS),
                "credit": enumerated(_CREDIT[entries], ACCOUNTS),
                "invoice": _numbers(self.invoices),
                "payment": _numbers(self.payments),
                "amount_minor": _copy(self.amounts),
            }
        )


def _copy(column: Integers) -> npt.NDArray[np.int64]:
    return np.array(column, dtype=np.int64)


def _numbers(column: Integers) -> pl.Series:
    numbers = np.array(column, dtype=np.float64)
    numbers[numbers == NONE] = np.nan
    return pl.Series(numbers, nan_to_null=True).cast(pl.UInt32)
