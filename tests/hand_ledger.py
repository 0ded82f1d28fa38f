"""A small ledger kept by hand, and the checks that every close must pass."""

import datetime as dt

import polars as pl

from o2c_sim.engine import Clock
from o2c_sim.ledger import Ledger

DAY = 86_400.0
CLOCK = Clock(dt.date(2025, 1, 6), "America/New_York")


def books():
    """Seven days that use every kind of posting; amounts in cents.

    Day 0: invoices of 119.00 (19.00 of it tax), 70.00 and 50.00; 30.00 provided.
    Day 1: payment 0 of 150.00 settles 116.62 of invoice 0, whose customer takes 2 % discount, and
    33.38 of invoice 1.
    Day 2: payment 1 of 40.00 settles the other 36.62 of invoice 1; the rest is refunded; 0.25 fee.
    Day 3: 11.90 of invoice 0 is credited after payment and used for invoice 2.
    Day 4: payment 0 comes back and opens invoices 0 and 1 again; 3.00 fee.
    Day 5: the open 33.38 of invoice 1 is written off; 16.62 of invoice 0 is credited; 5.00 is
    provided and 1.00 of it released.
    Day 6: an agency recovers 20.00 and keeps 5.00, the insurer pays 10.00; invoice 3 is issued
    and cancelled.
    """
    ledger = Ledger()
    ledger.post_invoice(0.5 * DAY, 0, 11_900, 1_900)
    ledger.post_invoice(0.5 * DAY, 1, 7_000)
    ledger.post_invoice(0.5 * DAY, 2, 5_000)
    ledger.provide(0.9 * DAY, 3_000)
    ledger.receive_cash(1.3 * DAY, 0, 15_000)
    ledger.allow_discount(1.5 * DAY, 0, 238)
    ledger.apply_cash(1.5 * DAY, 0, 0, 11_662)
    ledger.apply_cash(1.5 * DAY, 0, 1, 3_338)
    ledger.receive_cash(2.3 * DAY, 1, 4_000)
    ledger.apply_cash(2.4 * DAY, 1, 1, 3_662)
    ledger.refund(2.5 * DAY, 1, 338)
    ledger.charge_fee(2.5 * DAY, 1, 25)
    ledger.credit_to_account(3.5 * DAY, 0, 0, 1_190)
    ledger.apply_cash(3.6 * DAY, 0, 2, 1_190)
    assert ledger.return_payment(4.5 * DAY, 0) == [(0, 11_662), (1, 3_338)]
    ledger.charge_fee(4.5 * DAY, 0, 300)
    assert ledger.write_off(5.5 * DAY, 1) == 3_338
    ledger.credit(5.6 * DAY, 0, 1_662)
    ledger.provide(5.9 * DAY, 500)
    ledger.provide(5.9 * DAY, -100)
    ledger.recover(6.4 * DAY, 1, 2_000, 500)
    ledger.claim_insurance(6.4 * DAY, 1, 1_000)
    ledger.post_invoice(6.5 * DAY, 3, 1_000)
    assert ledger.cancel_invoice(6.6 * DAY, 3) == 1_000
    return ledger


ROLLED = {
    "opening_minor": [0, 23_900, 8_662, 5_000, 3_810, 18_810, 13_810],
    "invoices_minor": [23_900, 0, 0, 0, 0, 0, 1_000],
    "credit_memos_minor": [0, 0, 0, 0, 0, 1_662, 0],
    "cash_applied_minor": [0, 15_000, 3_662, 1_190, 0, 0, 0],
    "write_offs_minor": [0, 0, 0, 0, 0, 3_338, 0],
    "closing_minor": [23_900, 8_662, 5_000, 3_810, 18_810, 13_810, 13_810],
    "receipts_minor": [0, 15_000, 4_000, 0, 0, 0, 0],
    "discounts_minor": [0, 238, 0, 0, 0, 0, 0],
    "cancellations_minor": [0, 0, 0, 0, 0, 0, 1_000],
    "reopened_minor": [0, 0, 0, 0, 15_000, 0, 0],
    "returned_minor": [0, 0, 0, 0, 15_000, 0, 0],
    "account_credits_minor": [0, 0, 0, 1_190, 0, 0, 0],
    "refunds_minor": [0, 0, 338, 0, 0, 0, 0],
    "fees_minor": [0, 0, 25, 0, 300, 0, 500],
    "recoveries_minor": [0, 0, 0, 0, 0, 0, 3_000],
    "closing_unapplied_minor": [0, 0, 0, 0, 0, 0, 0],
    "closing_cash_minor": [0, 15_000, 18_637, 18_637, 3_337, 3_337, 5_837],
    "closing_allowance_minor": [3_000, 3_000, 3_000, 3_000, 3_000, 400, 400],
}

# Tax: 19.00 on invoice 0; the price falls by 2.38, 11.90 and 16.62 of 119.00, so by 30.90 in all,
# and the tax by 0.38, 1.90 and 2.65, so by 19.00 * 30.90 / 119.00 = 4.93.
BALANCES = {
    "accounts_receivable": 13_810,  # 100.00 of invoice 0 and 38.10 of invoice 2
    "revenue": -22_000,  # 100.00 + 70.00 + 50.00; invoice 3 is cancelled
    "tax_payable": -1_900 + 493,
    "bank": 5_837,  # 150.00 + 40.00 - 3.38 - 0.25 - 150.00 - 3.00 + 20.00 - 5.00 + 10.00
    "unapplied_cash": 0,
    "bad_debt_expense": 3_738,  # 30.00 + 5.00 - 1.00 provided, 3.38 beyond the allowance
    "allowance": -400,
    "revenue_deductions": 1_000 + 1_397,
    "discounts_allowed": 200,
    "bank_fees": 325,
    "recoveries": -2_000,
    "insurance_recoveries": -1_000,
    "collection_fees": 500,
}


def faults(ledger, rows):
    """Return which checks of the close fail, of a roll-forward up to the last posting."""
    col = {name.removesuffix("_minor"): pl.col(name) for name in rows.columns}
    settled = (
        col["cancellations"]
        + col["credit_memos"]
        + col["discounts"]
        + col["cash_applied"]
        + col["write_offs"]
    )
    cash = (
        col["receipts"] + col["recoveries"] - col["refunds"] - col["returned"] - col["fees"]
    ).cum_sum()
    unapplied = (
        col["receipts"]
        + col["account_credits"]
        - col["cash_applied"]
        - col["refunds"]
        - (col["returned"] - col["reopened"])
    ).cum_sum()
    checks = {
        "receivables roll forward": col["opening"] + col["invoices"] + col["reopened"] - settled
        == col["closing"],
        "a day opens where the last one closed": col["opening"]
        == col["closing"].shift(fill_value=0),
        "cash": cash == col["closing_cash"],
        "unapplied cash": unapplied == col["closing_unapplied"],
        "nothing is negative": pl.all_horizontal(
            pl.exclude("date", "closing_cash_minor") >= 0,
        ),
    }
    found = [name for name, holds in checks.items() if not rows.select(holds.all()).item()]
    last = rows.row(-1, named=True)
    payments = sum(ledger.unapplied_minor(p) for p in range(10))
    for account, open_items in {
        "closing_minor": sum(ledger.open_minor(i) for i in range(10)),
        "closing_unapplied_minor": payments,
        "closing_allowance_minor": ledger.allowance_minor,
    }.items():
        if last[account] != open_items:
            found.append(f"{account} is not that of the open items")
    return found
