"""The chart of accounts, and what each kind of posting debits and credits."""

from __future__ import annotations

from typing import Final

(
    RECEIVABLES,
    REVENUE,
    TAX_PAYABLE,
    BANK,
    UNAPPLIED_CASH,
    BAD_DEBT,
    ALLOWANCE,
    REVENUE_DEDUCTIONS,
    DISCOUNTS_ALLOWED,
    BANK_FEES,
    RECOVERIES,
    INSURANCE_RECOVERIES,
    COLLECTION_FEES,
) = ACCOUNTS = (
    "accounts_receivable",
    "revenue",
    "tax_payable",
    "bank",
    "unapplied_cash",
    "bad_debt_expense",
    "allowance",
    "revenue_deductions",
    "discounts_allowed",
    "bank_fees",
    "recoveries",
    "insurance_recoveries",
    "collection_fees",
)

(
    INVOICE,
    CASH_RECEIPT,
    CASH_APPLICATION,
    WRITE_OFF,
    CREDIT_MEMO,
    INVOICE_CANCELLATION,
    CASH_DISCOUNT,
    CREDIT_TO_ACCOUNT,
    REFUND,
    PAYMENT_RETURN,
    BANK_FEE,
    PROVISION,
    RECOVERY,
    AGENCY_FEE,
    INSURANCE_CLAIM,
) = POSTING_KINDS = (
    "invoice",
    "cash_receipt",
    "cash_application",
    "write_off",
    "credit_memo",
    "invoice_cancellation",
    "cash_discount",
    "credit_to_account",
    "refund",
    "payment_return",
    "bank_fee",
    "provision",
    "recovery",
    "agency_fee",
    "insurance_claim",
)

# (kind, debit, credit): a kind has several entries where it moves several pairs of accounts.
ENTRIES: Final = (
    (INVOICE, RECEIVABLES, REVENUE),
    (INVOICE, RECEIVABLES, TAX_PAYABLE),
    (INVOICE_CANCELLATION, REVENUE, RECEIVABLES),
    (INVOICE_CANCELLATION, TAX_PAYABLE, RECEIVABLES),
    (CREDIT_MEMO, REVENUE_DEDUCTIONS, RECEIVABLES),
    (CREDIT_MEMO, TAX_PAYABLE, RECEIVABLES),
    (CASH_DISCOUNT, DISCOUNTS_ALLOWED, RECEIVABLES),
    (CASH_DISCOUNT, TAX_PAYABLE, RECEIVABLES),
    (CREDIT_TO_ACCOUNT, REVENUE_DEDUCTIONS, UNAPPLIED_CASH),
    (CREDIT_TO_ACCOUNT, TAX_PAYABLE, UNAPPLIED_CASH),
    (CASH_RECEIPT, BANK, UNAPPLIED_CASH),
    (CASH_APPLICATION, UNAPPLIED_CASH, RECEIVABLES),
    (REFUND, UNAPPLIED_CASH, BANK),
    (PAYMENT_RETURN, RECEIVABLES, BANK),
    (PAYMENT_RETURN, UNAPPLIED_CASH, BANK),
    (BANK_FEE, BANK_FEES, BANK),
    (PROVISION, BAD_DEBT, ALLOWANCE),
    (PROVISION, ALLOWANCE, BAD_DEBT),
    (WRITE_OFF, ALLOWANCE, RECEIVABLES),
    (WRITE_OFF, BAD_DEBT, RECEIVABLES),
    (RECOVERY, BANK, RECOVERIES),
    (AGENCY_FEE, COLLECTION_FEES, BANK),
    (INSURANCE_CLAIM, BANK, INSURANCE_RECOVERIES),
)
INVOICE_NET: Final = 0
INVOICE_TAX: Final = 1
CANCEL_NET: Final = 2
CANCEL_TAX: Final = 3
CREDIT_NET: Final = 4
CREDIT_TAX: Final = 5
DISCOUNT_NET: Final = 6
DISCOUNT_TAX: Final = 7
ACCOUNT_CREDIT_NET: Final = 8
ACCOUNT_CREDIT_TAX: Final = 9
RECEIVE: Final = 10
APPLY: Final = 11
REFUND_CASH: Final = 12
RETURN_APPLIED: Final = 13
RETURN_UNAPPLIED: Final = 14
CHARGE: Final = 15
PROVIDE: Final = 16
RELEASE: Final = 17
WRITE_OFF_PROVIDED: Final = 18
WRITE_OFF_EXPENSED: Final = 19
RECOVER: Final = 20
RECOVER_FEE: Final = 21
CLAIM: Final = 22
