"""The books: receivables, cash, bad debts and tax in balanced postings of integer minor units.

=============  ==================================================================
ACCOUNTS       the chart of accounts
BUCKETS        of the ageing, by days past due
Ledger         posts what moves receivables and cash, refuses what the books do not allow
LedgerError    a posting that the books do not allow
POSTING_KINDS  what is posted: invoice, receipt, application, write-off ...
ageing         open receivables by days past due at the close of a day
roll_forward   receivables from opening to closing balance, day by day, and the cash book
trial_balance  debits and credits of every account at the close of a day
=============  ==================================================================

Every posting debits one account and credits another by the same amount, so the books balance by
construction. What can fail, and is checked: open items agree with the control account, what is
unapplied agrees with the payments it came from, and every day rolls forward.
"""

from __future__ import annotations

from o2c_sim.ledger.accounts import ACCOUNTS, POSTING_KINDS
from o2c_sim.ledger.close import BUCKETS, ageing, roll_forward, trial_balance
from o2c_sim.ledger.journal import LedgerError
from o2c_sim.ledger.subledger import Ledger

__all__ = [
    "ACCOUNTS",
    "BUCKETS",
    "POSTING_KINDS",
    "Ledger",
    "LedgerError",
    "ageing",
    "roll_forward",
    "trial_balance",
]
