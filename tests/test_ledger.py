"""The books: by hand, against a plain list of postings, and with faults planted."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_twins import PlainLedger

from o2c_sim.engine import Clock
from o2c_sim.ledger import Ledger, LedgerError, roll_forward

DAY = 86_400.0
CLOCK = Clock(dt.date(2025, 1, 6), "America/New_York")


def books():
    """Two invoices: 100.00 paid in two parts, 70.00 written off on day 3."""
    ledger = Ledger()
    ledger.post_invoice(0.5 * DAY, 1, 10_000)
    ledger.post_invoice(1.5 * DAY, 2, 7_000)
    ledger.receive_cash(1.6 * DAY, 1, 10_000)
    ledger.apply_cash(2.5 * DAY, 1, 4_000)
    ledger.apply_cash(2.6 * DAY, 1, 6_000)
    ledger.write_off(3.5 * DAY, 2)
    return ledger


def test_a_ledger_kept_by_hand():
    """Closing: 100.00, then 170.00, 70.00 and 0.00; each day opens where the last one closed."""
    rows = roll_forward(books().postings(CLOCK), 0, 5, CLOCK)
    assert rows.drop("date").rows() == [
        # opening, invoices, credit memos, applied, written off, closing, receipts
        (0, 10_000, 0, 0, 0, 10_000, 0),
        (10_000, 7_000, 0, 0, 0, 17_000, 10_000),
        (17_000, 0, 0, 10_000, 0, 7_000, 0),
        (7_000, 0, 0, 0, 7_000, 0, 0),
        (0, 0, 0, 0, 0, 0, 0),
    ]
    assert rows["date"].to_list() == [dt.date(2025, 1, 6 + i) for i in range(5)]


def test_a_roll_forward_may_begin_later():
    """From day 2 on, the opening balance carries what was before."""
    rows = roll_forward(books().postings(CLOCK), 2, 2, CLOCK)
    assert rows["opening_minor"].to_list() == [17_000, 7_000]
    assert rows.height == 2


def test_the_journal_names_accounts():
    """An invoice debits receivables and credits revenue; a write-off is an expense."""
    rows = books().postings(CLOCK)
    assert rows.select("kind", "debit", "credit").unique(maintain_order=True).rows() == [
        ("invoice", "accounts_receivable", "revenue"),
        ("cash_receipt", "bank", "unapplied_cash"),
        ("cash_application", "unapplied_cash", "accounts_receivable"),
        ("write_off", "bad_debt_expense", "accounts_receivable"),
    ]
    assert rows["time"][0] == dt.datetime(2025, 1, 6, 17), "noon in New York"


def test_open_items_go_down_as_cash_is_applied():
    """10,000 less 4,000 is 6,000; a settled or unknown invoice has nothing open."""
    ledger = Ledger()
    ledger.post_invoice(0, 1, 10_000)
    ledger.receive_cash(1, 1, 9_000)
    assert ledger.open_minor(1) == 10_000, "a receipt alone leaves the invoice open"
    ledger.apply_cash(2, 1, 4_000)
    assert (ledger.open_minor(1), ledger.open_minor(9)) == (6_000, 0)
    assert ledger.write_off(3, 1) == 6_000
    assert (ledger.open_minor(1), ledger.open_total_minor) == (0, 0)


REFUSED = {
    "an invoice of nothing": lambda books: books.post_invoice(9, 5, 0),
    "a negative invoice": lambda books: books.post_invoice(9, 5, -1),
    "an open invoice again": lambda books: books.post_invoice(9, 3, 100),
    "a settled invoice again": lambda books: books.post_invoice(9, 1, 100),
    "a receipt of nothing": lambda books: books.receive_cash(9, 3, 0),
    "a negative receipt": lambda books: books.receive_cash(9, 3, -100),
    "cash that was not received": lambda books: books.apply_cash(9, 3, 1),
    "more than was received": lambda books: books.apply_cash(9, 4, 51),
    "a negative application": lambda books: books.apply_cash(9, 4, -1),
    "an application of nothing": lambda books: books.apply_cash(9, 4, 0),
    "cash on an invoice that is settled": lambda books: books.apply_cash(9, 1, 100),
    "cash on an invoice that never was": lambda books: books.apply_cash(9, 77, 1),
    "writing off what is settled": lambda books: books.write_off(9, 2),
    "writing off what never was": lambda books: books.write_off(9, 77),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_books_refuse(what):
    """A refused posting raises and leaves no trace in the journal."""
    ledger = books()
    ledger.post_invoice(5 * DAY, 3, 500)
    ledger.post_invoice(5 * DAY, 4, 100)
    ledger.receive_cash(5 * DAY, 4, 50)
    ledger.receive_cash(5 * DAY, 1, 100)
    before = ledger.postings(CLOCK)
    with pytest.raises(LedgerError):
        REFUSED[what](ledger)
    assert ledger.postings(CLOCK).equals(before)
    assert ledger.open_total_minor == 600


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["invoice", "cash_receipt", "cash_application", "write_off"]),
        st.integers(0, 4),
        st.integers(1, 500),
    ),
    max_size=60,
)


@given(steps=STEPS)
def test_open_items_equal_the_plain_list_of_postings(steps):
    """Random postings, refused ones included: open items, totals and closing balances agree."""
    ledger, plain = Ledger(), PlainLedger()
    for number, (kind, invoice, amount) in enumerate(steps):
        time = number * DAY / 4
        before = (plain.open(invoice), plain.unapplied(invoice))
        allowed = {
            "invoice": plain.total("invoice", invoice) == 0,
            "cash_receipt": True,
            "cash_application": amount <= min(before),
            "write_off": before[0] > 0,
        }[kind]
        post = {
            "invoice": ledger.post_invoice,
            "cash_receipt": ledger.receive_cash,
            "cash_application": ledger.apply_cash,
            "write_off": lambda time, invoice, _: ledger.write_off(time, invoice),
        }[kind]
        if allowed:
            post(time, invoice, amount)
            plain.postings.append((kind, invoice, before[0] if kind == "write_off" else amount))
        else:
            with pytest.raises(LedgerError):
                post(time, invoice, amount)
    assert [ledger.open_minor(i) for i in range(5)] == [plain.open(i) for i in range(5)]
    assert ledger.open_total_minor == plain.open()
    rows = roll_forward(ledger.postings(CLOCK), 0, len(steps) // 4 + 1, CLOCK)
    assert rows["closing_minor"][-1] == plain.open()
    assert rows["opening_minor"][1:].to_list() == rows["closing_minor"][:-1].to_list()


def test_a_posting_at_midnight_belongs_to_the_new_day():
    """Even when the sum of waits ends a nanosecond before it."""
    ledger = Ledger()
    ledger.post_invoice(CLOCK.midnight(1) - 1e-9, 1, 100)
    rows = ledger.postings(CLOCK)
    assert rows["time"][0] == dt.datetime(2025, 1, 7, 5)
    assert rows["date"][0] == dt.date(2025, 1, 7)


def test_an_empty_journal_has_empty_days():
    """No postings give a roll-forward of zeros, not an empty table."""
    rows = roll_forward(Ledger().postings(CLOCK), 0, 3, CLOCK)
    assert rows["closing_minor"].to_list() == [0, 0, 0]
    assert rows.schema["closing_minor"] == pl.Int64
