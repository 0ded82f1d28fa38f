"""What the ledger posts, allows and refuses."""

import datetime as dt

import polars as pl
import pytest
from hand_ledger import CLOCK, books

from o2c_sim.ledger import POSTING_KINDS, Ledger, LedgerError


def test_the_journal_names_accounts_invoices_and_payments():
    """What every kind of posting debits and credits, and which numbers it carries."""
    rows = books().postings(CLOCK)
    carried = rows.select(
        "kind", "debit", "credit", pl.col("invoice", "payment").is_not_null()
    ).unique(maintain_order=True)
    receivable, unapplied, tax = "accounts_receivable", "unapplied_cash", "tax_payable"
    assert carried.rows() == [
        ("invoice", receivable, "revenue", True, False),
        ("invoice", receivable, tax, True, False),
        ("provision", "bad_debt_expense", "allowance", False, False),
        ("cash_receipt", "bank", unapplied, False, True),
        ("cash_discount", "discounts_allowed", receivable, True, False),
        ("cash_discount", tax, receivable, True, False),
        ("cash_application", unapplied, receivable, True, True),
        ("refund", unapplied, "bank", False, True),
        ("bank_fee", "bank_fees", "bank", False, True),
        ("credit_to_account", "revenue_deductions", unapplied, True, True),
        ("credit_to_account", tax, unapplied, True, True),
        ("payment_return", receivable, "bank", True, True),
        ("write_off", "allowance", receivable, True, False),
        ("write_off", "bad_debt_expense", receivable, True, False),
        ("credit_memo", "revenue_deductions", receivable, True, False),
        ("credit_memo", tax, receivable, True, False),
        ("provision", "allowance", "bad_debt_expense", False, False),
        ("recovery", "bank", "recoveries", True, False),
        ("agency_fee", "collection_fees", "bank", True, False),
        ("insurance_claim", "bank", "insurance_recoveries", True, False),
        ("invoice_cancellation", "revenue", receivable, True, False),
    ]
    assert set(rows["kind"]) == set(POSTING_KINDS)
    assert rows["time"][0] == dt.datetime(2025, 1, 6, 17), "noon in New York"
    applied = rows.filter(pl.col("kind") == "cash_application")
    assert applied.select("payment", "invoice", "amount_minor").rows() == [
        (0, 0, 11_662),
        (0, 1, 3_338),
        (1, 1, 3_662),
        (0, 2, 1_190),
    ]


def test_open_items_go_down_as_cash_is_applied():
    """10,000 less 4,000 is 6,000; a settled or unknown invoice has nothing open."""
    ledger = Ledger()
    ledger.post_invoice(0, 1, 10_000)
    ledger.receive_cash(1, 7, 9_000)
    assert ledger.open_minor(1) == 10_000, "a receipt alone leaves the invoice open"
    ledger.apply_cash(2, 7, 1, 4_000)
    assert (ledger.open_minor(1), ledger.open_minor(9), ledger.open_minor(-1)) == (6_000, 0, 0)
    assert [ledger.unapplied_minor(p) for p in (7, 6, 8, -1)] == [5_000, 0, 0, 0]
    assert ledger.write_off(3, 1) == 6_000
    assert (ledger.open_minor(1), ledger.open_total_minor) == (0, 0)


def test_cancelling_part_of_an_invoice_takes_the_rest_of_its_tax():
    """100 cents with 7 of tax: 33 credited, so 2.31 of tax, whole cents 2; cancelled 67 with 5."""
    ledger = Ledger()
    ledger.post_invoice(0, 0, 100, 7)
    ledger.credit(1, 0, 33)
    ledger.cancel_invoice(2, 0)
    assert ledger.postings(CLOCK)["amount_minor"].to_list() == [93, 7, 31, 2, 62, 5]
    assert ledger.balances()["tax_payable"] == 0


def test_a_credit_that_is_all_tax_or_has_none_is_one_posting():
    """Half of the price is tax: of two credits of a cent, the second takes the cent of tax."""
    ledger = Ledger()
    ledger.post_invoice(0, 0, 100, 50)
    ledger.credit(1, 0, 1)
    ledger.credit(2, 0, 1)
    assert ledger.postings(CLOCK).select("debit", "amount_minor").rows()[2:] == [
        ("revenue_deductions", 1),
        ("tax_payable", 1),
    ]


def returned_with_credit(refunded):
    """Payment 0 of 100 settles invoice 0; 30 are credited to it, and refunded or not; returned."""
    ledger = Ledger()
    ledger.post_invoice(0, 0, 100)
    ledger.receive_cash(1, 0, 100)
    ledger.apply_cash(2, 0, 0, 100)
    ledger.credit_to_account(3, 0, 0, 30)
    if refunded:
        ledger.refund(4, 0, 30)
    assert ledger.return_payment(5, 0) == [(0, 100)]
    return ledger


def test_a_credit_balance_outlives_the_payment_it_was_kept_with():
    """The bank takes 100 and no more; the customer owes 100 and has 30 to his credit."""
    ledger = returned_with_credit(refunded=False)
    assert (ledger.open_minor(0), ledger.unapplied_minor(0)) == (100, 30)
    assert ledger.balances()["bank"] == 0
    ledger.apply_cash(6, 0, 0, 30)
    assert ledger.open_minor(0) == 70


def test_a_refunded_credit_is_owed_again_when_the_payment_comes_back():
    """He has had goods worth 70 and 30 in cash: he owes 100, of which 70 can be credited."""
    ledger = returned_with_credit(refunded=True)
    assert (ledger.open_minor(0), ledger.unapplied_minor(0)) == (100, 0)
    assert ledger.balances()["bank"] == -30
    assert ledger.price_minor(0) == 70
    for credit in (ledger.credit, ledger.allow_discount):
        with pytest.raises(LedgerError, match="at most 70"):
            credit(6, 0, 71)
    with pytest.raises(LedgerError):
        ledger.cancel_invoice(6, 0)
    ledger.credit(6, 0, 70)
    assert ledger.write_off(7, 0) == 30


def test_no_more_is_credited_to_an_account_than_was_paid():
    """60 of 100 are paid; after a credit of 45 there are 15 left to credit."""
    ledger = Ledger()
    ledger.post_invoice(0, 0, 100)
    ledger.receive_cash(1, 0, 60)
    ledger.apply_cash(2, 0, 0, 60)
    ledger.credit_to_account(3, 0, 0, 45)
    with pytest.raises(LedgerError, match="at most 15"):
        ledger.credit_to_account(4, 0, 0, 16)
    ledger.credit_to_account(4, 0, 0, 15)
    assert (ledger.open_minor(0), ledger.paid_minor(0), ledger.unapplied_minor(0)) == (40, 60, 60)


def test_one_invoice_settled_twice_by_one_payment_reopens_once():
    """Two applications of 40 and 25, and 35 not applied: the invoice has 65 open again."""
    ledger = Ledger()
    ledger.post_invoice(0, 0, 100)
    ledger.receive_cash(1, 0, 100)
    ledger.apply_cash(2, 0, 0, 40)
    ledger.apply_cash(2, 0, 0, 25)
    assert ledger.return_payment(3, 0) == [(0, 65)]
    assert (ledger.open_minor(0), ledger.unapplied_minor(0)) == (100, 0)
    assert ledger.postings(CLOCK)["amount_minor"].to_list() == [100, 100, 40, 25, 65, 35]


REFUSED = {
    "an invoice of nothing": lambda books: books.post_invoice(9, 5, 0),
    "a negative invoice": lambda books: books.post_invoice(9, 5, -1),
    "an invoice of half a cent": lambda books: books.post_invoice(9, 5, 1.5),
    "an invoice of nothing but tax": lambda books: books.post_invoice(9, 5, 10, 10),
    "an invoice with negative tax": lambda books: books.post_invoice(9, 5, 10, -1),
    "an invoice with half a cent of tax": lambda books: books.post_invoice(9, 5, 10, 0.5),
    "an open invoice again": lambda books: books.post_invoice(9, 3, 100),
    "a settled invoice again": lambda books: books.post_invoice(9, 1, 100),
    "a cancelled invoice again": lambda books: books.post_invoice(9, 6, 100),
    "a negative invoice number": lambda books: books.post_invoice(9, -1, 100),
    "cancelling what is settled": lambda books: books.cancel_invoice(9, 1),
    "cancelling what is cancelled": lambda books: books.cancel_invoice(9, 6),
    "cancelling what is paid in part": lambda books: books.cancel_invoice(9, 4),
    "cancelling what never was": lambda books: books.cancel_invoice(9, 77),
    "a receipt of nothing": lambda books: books.receive_cash(9, 8, 0),
    "a negative receipt": lambda books: books.receive_cash(9, 8, -100),
    "a receipt of half a cent": lambda books: books.receive_cash(9, 8, 0.5),
    "a payment received again": lambda books: books.receive_cash(9, 1, 100),
    "a returned payment received again": lambda books: books.receive_cash(9, 2, 100),
    "a negative payment number": lambda books: books.receive_cash(9, -1, 100),
    "cash that was not received": lambda books: books.apply_cash(9, 77, 3, 1),
    "more than is left of the payment": lambda books: books.apply_cash(9, 0, 3, 41),
    "more than is open": lambda books: books.apply_cash(9, 1, 4, 51),
    "a negative application": lambda books: books.apply_cash(9, 0, 3, -1),
    "an application of nothing": lambda books: books.apply_cash(9, 0, 3, 0),
    "an application of half a cent": lambda books: books.apply_cash(9, 0, 3, 0.5),
    "cash of a returned payment": lambda books: books.apply_cash(9, 2, 3, 1),
    "cash of the last payment, by -1": lambda books: books.apply_cash(9, -1, 3, 1),
    "cash on an invoice that is settled": lambda books: books.apply_cash(9, 1, 1, 100),
    "cash on an invoice that never was": lambda books: books.apply_cash(9, 1, 77, 1),
    "cash on the last invoice, by -1": lambda books: books.apply_cash(9, 1, -1, 1),
    "a discount beyond what is open": lambda books: books.allow_discount(9, 4, 51),
    "a discount of nothing": lambda books: books.allow_discount(9, 4, 0),
    "a credit beyond what is open": lambda books: books.credit(9, 4, 51),
    "a negative credit": lambda books: books.credit(9, 4, -1),
    "a credit of half a cent": lambda books: books.credit(9, 4, 0.5),
    "a credit on what never was": lambda books: books.credit(9, 77, 1),
    "a credit to the account beyond what was paid": lambda b: b.credit_to_account(9, 4, 0, 51),
    "a credit to the account of nothing": lambda books: books.credit_to_account(9, 4, 0, 0),
    "a credit to a returned payment": lambda books: books.credit_to_account(9, 4, 2, 1),
    "a credit to a payment that never was": lambda books: books.credit_to_account(9, 4, 77, 1),
    "a refund beyond what is left": lambda books: books.refund(9, 0, 41),
    "a refund of nothing": lambda books: books.refund(9, 0, 0),
    "a refund of a returned payment": lambda books: books.refund(9, 2, 1),
    "a return of what never came": lambda books: books.return_payment(9, 77),
    "a second return": lambda books: books.return_payment(9, 2),
    "a return of what was refunded": lambda books: books.return_payment(9, 0),
    "a fee of nothing": lambda books: books.charge_fee(9, 0, 0),
    "a fee of a payment that never was": lambda books: books.charge_fee(9, 77, 1),
    "a provision of nothing": lambda books: books.provide(9, 0),
    "a release beyond the allowance": lambda books: books.provide(9, -11),
    "writing off what is settled": lambda books: books.write_off(9, 1),
    "writing off what never was": lambda books: books.write_off(9, 77),
    "a recovery of what was not written off": lambda books: books.recover(9, 3, 1),
    "a recovery beyond what was written off": lambda books: books.recover(9, 2, 61),
    "a recovery of nothing": lambda books: books.recover(9, 2, 0),
    "a fee beyond the recovery": lambda books: books.recover(9, 2, 10, 11),
    "a negative fee": lambda books: books.recover(9, 2, 10, -1),
    "a claim beyond what was written off": lambda books: books.claim_insurance(9, 2, 61),
    "a claim of nothing": lambda books: books.claim_insurance(9, 2, 0),
}


def half_way():
    """Invoice 1 settled, 2 written off with 60 of it to recover, 3 open with 500, 4 half paid.

    Invoice 6 is cancelled. Payment 0 has 40 left of 100 and 10 were refunded; 1 has 900 left; 2
    was returned. The allowance is 10.
    """
    ledger = Ledger()
    for invoice, amount in ((1, 100), (2, 80), (3, 500), (4, 100), (6, 100)):
        ledger.post_invoice(0, invoice, amount)
    ledger.cancel_invoice(1, 6)
    ledger.provide(1, 90)
    for payment, amount in ((0, 100), (1, 1_000), (2, 70)):
        ledger.receive_cash(2, payment, amount)
    ledger.apply_cash(3, 0, 4, 50)
    ledger.apply_cash(3, 1, 1, 100)
    ledger.refund(4, 0, 10)
    ledger.return_payment(4, 2)
    ledger.write_off(5, 2)
    ledger.recover(6, 2, 20)
    return ledger


def state(ledger):
    """Return all that can be asked of a ledger."""
    numbers = range(-1, 10)
    return (
        ledger.postings(CLOCK).rows(),
        [ledger.open_minor(i) for i in numbers],
        [ledger.paid_minor(i) for i in numbers],
        [ledger.price_minor(i) for i in numbers],
        [ledger.unapplied_minor(p) for p in numbers],
        ledger.open_total_minor,
        ledger.allowance_minor,
    )


@pytest.mark.parametrize("what", REFUSED)
def test_the_books_refuse(what):
    """A refused posting raises and leaves no trace."""
    ledger = half_way()
    before = state(ledger)
    with pytest.raises(TypeError if "half a cent" in what else LedgerError):
        REFUSED[what](ledger)
    assert state(ledger) == before


LIMITS = {
    "all that is open": lambda books: books.apply_cash(9, 1, 4, 50),
    "all that is left": lambda books: books.apply_cash(9, 0, 3, 40),
    "a discount of all that is open": lambda books: books.allow_discount(9, 4, 50),
    "a credit of all that is open": lambda books: books.credit(9, 4, 50),
    "a credit of all that was paid": lambda books: books.credit_to_account(9, 4, 0, 50),
    "a refund of all that is left": lambda books: books.refund(9, 0, 40),
    "a release of all the allowance": lambda books: books.provide(9, -10),
    "a recovery of all, for the fee": lambda books: books.recover(9, 2, 60, 60),
    "a claim of all": lambda books: books.claim_insurance(9, 2, 60),
    "a fee for a payment that came back": lambda books: books.charge_fee(9, 2, 1),
    "an invoice of a cent": lambda books: books.post_invoice(9, 7, 1),
}


@pytest.mark.parametrize("what", LIMITS)
def test_the_books_allow_up_to_the_limit(what):
    """One cent less than what is refused is posted."""
    ledger = half_way()
    before = len(state(ledger)[0])
    LIMITS[what](ledger)
    assert len(state(ledger)[0]) > before
