"""Slow, obvious books: what the ledger must agree with, added up anew at each question."""

from decimal import ROUND_FLOOR, Decimal


class Refused(Exception):
    """What plain books do not allow."""


class PlainLedger:
    """The books from nothing but a list of entries, added up again at each question.

    An entry is (kind, debit, credit, invoice, payment, amount); amounts are decimals.
    """

    def __init__(self):
        self.entries = []

    def total(self, kind=None, debit=None, credit=None, invoice=None, payment=None):
        """Return the sum of the entries that match."""
        wanted = (kind, debit, credit, invoice, payment)
        amounts = (
            amount
            for *entry, amount in self.entries
            if all(w in (None, found) for w, found in zip(wanted, entry, strict=True))
        )
        return sum(amounts, Decimal(0))

    def balance(self, account, invoice=None, payment=None):
        """Return debits less credits."""
        at = {"invoice": invoice, "payment": payment}
        return self.total(debit=account, **at) - self.total(credit=account, **at)

    def open(self, invoice=None):
        """Return what is open on one invoice or on all."""
        return self.balance("accounts_receivable", invoice)

    def unapplied(self, payment=None):
        """Return what is left of one payment or of all."""
        return -self.balance("unapplied_cash", payment=payment)

    def paid(self, invoice):
        """Return the cash applied less what came back."""
        back = self.total("payment_return", "accounts_receivable", invoice=invoice)
        return self.total("cash_application", invoice=invoice) - back

    def price(self, invoice):
        """Return what was billed less what was cancelled, credited and discounted."""
        return self.total("invoice", invoice=invoice) - self._lowered(invoice)

    def post_invoice(self, invoice, amount, tax):
        """Bill."""
        self._require(0 <= tax < amount and not self.total("invoice", invoice=invoice))
        self._enter("invoice", "accounts_receivable", "revenue", invoice, None, amount - tax)
        self._enter("invoice", "accounts_receivable", "tax_payable", invoice, None, tax)

    def cancel_invoice(self, invoice):
        """Reverse what is open of an invoice without payment."""
        self._require(self.open(invoice) > 0 and not self.paid(invoice))
        self._require(not self.total("credit_to_account", invoice=invoice))
        self._lower("invoice_cancellation", "revenue", "accounts_receivable", invoice, None,
                    self.open(invoice))  # fmt: skip

    def credit(self, invoice, amount):
        """Credit what is open."""
        self._require(0 < amount <= min(self.open(invoice), self.price(invoice)))
        self._lower(
            "credit_memo", "revenue_deductions", "accounts_receivable", invoice, None, amount
        )

    def allow_discount(self, invoice, amount):
        """Allow a discount on what is open."""
        self._require(0 < amount <= min(self.open(invoice), self.price(invoice)))
        self._lower(
            "cash_discount", "discounts_allowed", "accounts_receivable", invoice, None, amount
        )

    def credit_to_account(self, invoice, payment, amount):
        """Credit what was paid, and keep it with a payment."""
        left = self.paid(invoice) - self.total("credit_to_account", invoice=invoice)
        self._require(0 < amount <= min(left, self.price(invoice)))
        self._require(self._in_the_bank(payment))
        self._lower(
            "credit_to_account", "revenue_deductions", "unapplied_cash", invoice, payment, amount
        )

    def receive_cash(self, payment, amount):
        """Receive a payment, once."""
        self._require(amount > 0 and not self.total("cash_receipt", payment=payment))
        self._enter("cash_receipt", "bank", "unapplied_cash", None, payment, amount)

    def apply_cash(self, payment, invoice, amount):
        """Settle with what is left of a payment."""
        self._require(0 < amount <= min(self.unapplied(payment), self.open(invoice)))
        self._enter(
            "cash_application", "unapplied_cash", "accounts_receivable", invoice, payment, amount
        )

    def refund(self, payment, amount):
        """Pay back what is left of a payment."""
        self._require(0 < amount <= self.unapplied(payment))
        self._enter("refund", "unapplied_cash", "bank", None, payment, amount)

    def return_payment(self, payment):
        """Give back all that was received: oldest application first, then what is left."""
        self._require(self._in_the_bank(payment))
        due = self.total("cash_receipt", payment=payment)
        reopened = {}
        for kind, _, _, invoice, by, amount in self.entries:
            if (kind, by) == ("cash_application", payment):
                taken = min(amount, due)
                due -= taken
                reopened[invoice] = reopened.get(invoice, 0) + taken
        reopened = {invoice: amount for invoice, amount in reopened.items() if amount}
        self._require(due <= self.unapplied(payment))
        for invoice, amount in reopened.items():
            self._enter("payment_return", "accounts_receivable", "bank", invoice, payment, amount)
        self._enter("payment_return", "unapplied_cash", "bank", None, payment, due)
        return list(reopened.items())

    def charge_fee(self, payment, amount):
        """Pay the bank for a payment."""
        self._require(amount > 0 and self.total("cash_receipt", payment=payment))
        self._enter("bank_fee", "bank_fees", "bank", None, payment, amount)

    def provide(self, amount):
        """Provide or release."""
        self._require(amount != 0 and amount >= self.balance("allowance"))
        sides = ("bad_debt_expense", "allowance")
        debit, credit = sides if amount > 0 else sides[::-1]
        self._enter("provision", debit, credit, None, None, abs(amount))

    def write_off(self, invoice):
        """Write off what is open, the allowance first."""
        amount = self.open(invoice)
        self._require(amount > 0)
        first = min(amount, -self.balance("allowance"))
        self._enter("write_off", "allowance", "accounts_receivable", invoice, None, first)
        self._enter(
            "write_off", "bad_debt_expense", "accounts_receivable", invoice, None, amount - first
        )
        return amount

    def recover(self, invoice, amount, fee):
        """Recover at most what was written off."""
        self._require(0 <= fee <= amount)
        self._require(0 < amount <= self._lost(invoice))
        self._enter("recovery", "bank", "recoveries", invoice, None, amount)
        self._enter("agency_fee", "collection_fees", "bank", invoice, None, fee)

    def claim_insurance(self, invoice, amount):
        """Claim at most what was written off and not recovered."""
        self._require(0 < amount <= self._lost(invoice))
        self._enter("insurance_claim", "bank", "insurance_recoveries", invoice, None, amount)

    def _lost(self, invoice):
        back = ("recovery", "insurance_claim")
        return self.total("write_off", invoice=invoice) - sum(
            self.total(kind, invoice=invoice) for kind in back
        )

    def _in_the_bank(self, payment):
        came_back = self.total("payment_return", payment=payment)
        return self.total("cash_receipt", payment=payment) > 0 and not came_back

    def _lowered(self, invoice):
        kinds = ("invoice_cancellation", "credit_memo", "cash_discount", "credit_to_account")
        return sum(self.total(kind, invoice=invoice) for kind in kinds)

    def _lower(self, kind, debit, credit, invoice, payment, amount):
        """Take the tax that is due on the price so far, rounded down, less what was taken."""
        billed = self.total("invoice", invoice=invoice)
        tax = self.total("invoice", credit="tax_payable", invoice=invoice)
        so_far = self._lowered(invoice) + amount
        taken = self.total(debit="tax_payable", invoice=invoice)
        part = (tax * so_far / billed).to_integral_value(ROUND_FLOOR) - taken
        self._enter(kind, debit, credit, invoice, payment, amount - part)
        self._enter(kind, "tax_payable", credit, invoice, payment, part)

    def _enter(self, kind, debit, credit, invoice, payment, amount):
        if amount:
            self.entries.append((kind, debit, credit, invoice, payment, amount))

    def _require(self, condition):
        if not condition:
            raise Refused
