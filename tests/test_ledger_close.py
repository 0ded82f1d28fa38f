"""The daily close: roll-forward, trial balance, ageing; by hand and with faults planted."""

import datetime as dt

import polars as pl
import pytest
from hand_ledger import BALANCES, CLOCK, ROLLED, books, faults

from o2c_sim.ledger import (
    ACCOUNTS,
    POSTING_KINDS,
    Ledger,
    LedgerError,
    ageing,
    roll_forward,
    trial_balance,
)


def test_a_ledger_kept_by_hand():
    """Each day opens where the last one closed; the rest of payment 1 lasts a tenth of a day."""
    rows = roll_forward(books().postings(CLOCK), 0, 7, CLOCK)
    assert rows["date"].to_list() == [dt.date(2025, 1, 6 + i) for i in range(7)]
    assert rows.drop("date").to_dict(as_series=False) == ROLLED


def test_a_roll_forward_may_begin_later_and_end_earlier():
    """From day 2 on, the opening balances carry what was before."""
    rows = roll_forward(books().postings(CLOCK), 2, 3, CLOCK)
    assert rows["date"].to_list() == [dt.date(2025, 1, 8 + i) for i in range(3)]
    assert rows.drop("date").to_dict(as_series=False) == {
        column: values[2:5] for column, values in ROLLED.items()
    }


def test_what_was_open_before_the_start_is_in_the_opening_balance():
    """An invoice posted the evening before day 0."""
    ledger = Ledger()
    ledger.post_invoice(-3600.0, 0, 700)
    ledger.post_invoice(3600.0, 1, 50)
    row = roll_forward(ledger.postings(CLOCK), 0, 1, CLOCK).row(0, named=True)
    assert (row["opening_minor"], row["invoices_minor"], row["closing_minor"]) == (700, 50, 750)


def test_balances_by_hand():
    """Every account at the end of the seven days; they sum to nothing."""
    ledger = books()
    assert ledger.balances() == BALANCES
    assert sum(BALANCES.values()) == 0
    assert [ledger.open_minor(i) for i in range(5)] == [10_000, 0, 3_810, 0, 0]
    assert ledger.open_total_minor == 13_810
    assert ledger.allowance_minor == 400
    assert [ledger.paid_minor(i) for i in range(4)] == [0, 3_662, 1_190, 0]
    assert ledger.price_minor(0) == 11_900 - 3_090


def test_the_trial_balance_of_each_day():
    """Debits are credits at every close, and the last close has the balances of the ledger."""
    posts = books().postings(CLOCK)
    for day in range(8):
        rows = trial_balance(posts, CLOCK, day)
        assert rows["account"].to_list() == list(ACCOUNTS)
        assert rows["debit_minor"].sum() == rows["credit_minor"].sum() > 0
    assert dict(rows.select("account", "balance_minor").iter_rows()) == BALANCES
    first = {
        account: (debit, credit)
        for account, debit, credit, _ in trial_balance(posts, CLOCK, 0).iter_rows()
        if debit or credit
    }
    assert first == {
        "accounts_receivable": (23_900, 0),
        "revenue": (0, 22_000),
        "tax_payable": (0, 1_900),
        "bad_debt_expense": (3_000, 0),
        "allowance": (0, 3_000),
    }


TWO_LEGS = [(kind, leg) for kind in POSTING_KINDS for leg in (0, -1)]


@pytest.mark.parametrize(("kind", "leg"), TWO_LEGS)
def test_a_posting_that_was_forgotten_is_found(kind, leg):
    """Take one posting out of the journal: a control account disagrees, or the cash does."""
    ledger = books()
    posts = ledger.postings(CLOCK)
    gone = posts.filter(pl.col("kind") == kind)["posting"][leg]
    rows = roll_forward(posts.filter(pl.col("posting") != gone), 0, 7, CLOCK)
    found = faults(ledger, rows)
    if rows["closing_cash_minor"][-1] != ledger.balances()["bank"]:
        found.append("the cash book is not the bank's balance")
    assert found


@pytest.mark.parametrize("kind", [k for k in POSTING_KINDS if k != "provision"])
def test_a_posting_of_the_wrong_kind_is_found(kind):
    """A posting that moves an account but is not counted among its flows breaks an identity."""
    ledger = books()
    posts = ledger.postings(CLOCK)
    first = posts.filter(pl.col("kind") == kind)["posting"][0]
    wrong = pl.when(pl.col("posting") == first).then(pl.lit("provision", posts.schema["kind"]))
    changed = posts.with_columns(wrong.otherwise(pl.col("kind")).alias("kind"))
    assert faults(ledger, roll_forward(posts, 0, 7, CLOCK)) == []
    assert faults(ledger, roll_forward(changed, 0, 7, CLOCK))


AGES = [
    (0, ["current", "current", "current"]),
    (30, ["current", "current", "current"]),
    (31, ["1-30", "current", "current"]),
    (60, ["1-30", "1-30", "current"]),
    (61, ["31-60", "1-30", "current"]),
    (91, ["61-90", "31-60", "1-30"]),
    (120, ["61-90", "61-90", "1-30"]),
    (121, ["91+", "61-90", "31-60"]),
    (400, ["91+", "91+", "91+"]),
]


@pytest.mark.parametrize(("day", "buckets"), AGES)
def test_ageing_by_hand(day, buckets):
    """Invoices of 1, 10 and 100 due on days 30, 45 and 90: current on the due day itself."""
    ledger = Ledger()
    for invoice, amount_minor in enumerate((1, 10, 100)):
        ledger.post_invoice(0, invoice, amount_minor)
    rows = ageing(ledger.postings(CLOCK), [30, 45, 90], day, CLOCK)
    assert rows["bucket"].to_list() == ["current", "1-30", "31-60", "61-90", "91+"]
    for bucket, count, open_minor in rows.iter_rows():
        inside = [10**i for i, name in enumerate(buckets) if name == bucket]
        assert (count, open_minor) == (len(inside), sum(inside)), bucket


def test_ageing_of_open_items_only():
    """At the close of day 4 invoices 0, 1 and 2 are open; of day 0, all that was billed."""
    posts = books().postings(CLOCK)
    due = [2, 3, 4, 40]
    assert ageing(posts, due, 0, CLOCK)["open_minor"].to_list() == [23_900, 0, 0, 0, 0]
    assert ageing(posts, due, 4, CLOCK).rows()[:2] == [
        ("current", 1, 3_810),
        ("1-30", 2, 11_662 + 3_338),
    ]
    assert ageing(posts, due, 6, CLOCK)["invoices"].to_list() == [0, 2, 0, 0, 0]
    with pytest.raises(LedgerError, match="invoice 2 is open and has no due day"):
        ageing(posts, due[:2], 6, CLOCK)


def test_a_posting_at_midnight_belongs_to_the_new_day():
    """Even when the sum of waits ends a nanosecond before it."""
    ledger = Ledger()
    ledger.post_invoice(CLOCK.midnight(1) - 1e-9, 1, 100)
    rows = ledger.postings(CLOCK)
    assert rows["time"][0] == dt.datetime(2025, 1, 7, 5)
    assert rows["date"][0] == dt.date(2025, 1, 7)


def test_days_of_23_and_25_hours():
    """The last second of the two Sundays on which New York changes its clocks, and the next."""
    ledger = Ledger()
    for invoice, day in enumerate((63, 64, 301, 302)):
        ledger.post_invoice(CLOCK.midnight(day) - 1, 2 * invoice, 1)
        ledger.post_invoice(CLOCK.midnight(day), 2 * invoice + 1, 1)
    dates = ledger.postings(CLOCK)["date"].to_list()
    first = CLOCK.start_date
    assert [(date - first).days for date in dates] == [62, 63, 63, 64, 300, 301, 301, 302]


def test_an_empty_journal_has_empty_days():
    """No postings give tables of zeros, not empty ones."""
    posts = Ledger().postings(CLOCK)
    rows = roll_forward(posts, 0, 3, CLOCK)
    assert rows.height == 3
    assert rows.drop("date").sum().row(0) == (0,) * len(ROLLED)
    assert set(rows.drop("date").dtypes) == {pl.Int64}
    assert trial_balance(posts, CLOCK, 0)["balance_minor"].to_list() == [0] * len(ACCOUNTS)
    assert ageing(posts, [], 0, CLOCK)["open_minor"].to_list() == [0] * 5
    assert Ledger().balances() == dict.fromkeys(ACCOUNTS, 0)
