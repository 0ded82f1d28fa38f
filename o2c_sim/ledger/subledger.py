"""The accounts-receivable sub-ledger and cash book: what the books allow, and what is open.

A payment may settle several invoices and an invoice may be settled by several payments. Invoices
and payments have numbers that count up from 0.

Where an invoice has tax, what lowers its price after the sale (a cancellation, a credit memo, a
discount) lowers the tax in proportion, as Article 90(1) of Council Directive 2006/112/EC has it;
a whole minor unit at a time, so that all of the price takes all of the tax. A write-off does not:
relief for bad debts differs by country and is left out.
"""

from __future__ import annotations

from array import array

import polars as pl

from o2c_sim.engine.clock import Clock
from o2c_sim.ledger import accounts as chart
from o2c_sim.ledger.bad_debts import BadDebts
from o2c_sim.ledger.journal import NONE, Journal, LedgerError
from o2c_sim.ledger.numbered import at, make_room


class Ledger:
    """Post what moves receivables and cash; keep open items to the cent.

    Every method that posts takes the simulation time in seconds, the number of the invoice, of
    the payment or of both, and an amount in integer minor units.

    Attributes
    ----------
    open_total_minor
        Open on all invoices, minor units.
    """

    def __init__(self) -> None:
        self.open_total_minor = 0
        self._journal = Journal()
        self._bad_debts = BadDebts(self._journal)
        self._post = self._journal.post
        # By invoice number; settled invoices stay, so that none is posted twice.
        self._billed = array("q")
        self._open = array("q")
        # By payment number; the last is the row of the journal where it was last applied.
        self._received = array("q")
        self._unapplied = array("q")
        self._last_application = array("q")
        # What is rare: by invoice, but for the last two.
        self._tax: dict[int, int] = {}
        self._reduced: dict[int, int] = {}
        self._credited_to_account: dict[int, int] = {}
        self._application_before: dict[int, int] = {}  # of the same payment, row by row
        self._returned: set[int] = set()

    @property
    def allowance_minor(self) -> int:
        """Provided for bad debts and not yet used, minor units."""
        return self._bad_debts.allowance_minor

    def open_minor(self, invoice: int) -> int:
        """Return what is open on an invoice; 0 if it is settled or unknown."""
        return at(self._open, invoice)

    def unapplied_minor(self, payment: int) -> int:
        """Return what is left of a payment to apply or refund; 0 if nothing or unknown."""
        return at(self._unapplied, payment)

    def paid_minor(self, invoice: int) -> int:
        """Return the cash applied to an invoice less what came back with returned payments."""
        on_open_items = self._reduced.get(invoice, 0) - self._credited_to_account.get(invoice, 0)
        settled_without_cash = on_open_items + self._bad_debts.written_off_minor(invoice)
        return at(self._billed, invoice) - self.open_minor(invoice) - settled_without_cash

    def price_minor(self, invoice: int) -> int:
        """Return what was billed less all that lowered the price: no more can be credited."""
        return at(self._billed, invoice) - self._reduced.get(invoice, 0)

    def tax_minor(self, invoice: int) -> int:
        """Return the tax that was billed on an invoice."""
        return self._tax.get(invoice, 0)

    def creditable_minor(self, invoice: int) -> int:
        """Return the cash applied to an invoice that can still be credited to the account."""
        paid = self.paid_minor(invoice) - self._credited_to_account.get(invoice, 0)
        return min(paid, self.price_minor(invoice))

    def post_invoice(
        self, time: float, invoice: int, amount_minor: int, tax_minor: int = 0
    ) -> None:
        """Post an invoice to receivables, revenue and tax payable.

        Parameters
        ----------
        time, invoice
            See the class.
        amount_minor
            What the customer owes, tax included.
        tax_minor
            The tax in it.

        Raises
        ------
        LedgerError
            If the amount is not positive, the tax is negative or leaves no revenue, or the
            invoice was posted before.
        """
        if not 0 <= tax_minor < amount_minor or invoice < 0 or at(self._billed, invoice):
            raise LedgerError(f"invoice {invoice} of {amount_minor}, tax {tax_minor}, at {time}")
        self._post(time, chart.INVOICE_NET, invoice, NONE, amount_minor - tax_minor)
        if tax_minor:
            self._post(time, chart.INVOICE_TAX, invoice, NONE, tax_minor)
            self._tax[invoice] = tax_minor
        if invoice >= len(self._open):
            make_room(invoice, self._billed, self._open)
        self._billed[invoice] = self._open[invoice] = amount_minor
        self.open_total_minor += amount_minor

    def cancel_invoice(self, time: float, invoice: int) -> int:
        """Reverse what is open of an unpaid invoice, its revenue and its tax; return it.

        Raises
        ------
        LedgerError
            If nothing is open, something was paid, or something was credited to the account.
        """
        amount = self.open_minor(invoice)
        if amount <= 0 or self.paid_minor(invoice) or invoice in self._credited_to_account:
            raise LedgerError(f"cancelling {amount} of invoice {invoice} at {time}")
        self._reduce_price(time, chart.CANCEL_NET, chart.CANCEL_TAX, invoice, NONE, amount)
        self._settle(invoice, amount)
        return amount

    def receive_cash(self, time: float, payment: int, amount_minor: int) -> None:
        """Post a receipt to bank and unapplied cash.

        Raises
        ------
        LedgerError
            If the amount is not positive or the payment was received before.
        """
        if amount_minor <= 0 or payment < 0 or at(self._received, payment):
            raise LedgerError(f"payment {payment} of {amount_minor} at {time}")
        self._post(time, chart.RECEIVE, NONE, payment, amount_minor)
        if payment >= len(self._received):
            make_room(payment, self._received, self._unapplied, self._last_application)
        self._received[payment] = self._unapplied[payment] = amount_minor
        self._last_application[payment] = NONE

    def apply_cash(self, time: float, payment: int, invoice: int, amount_minor: int) -> None:
        """Apply a payment, or part of it, to an invoice.

        Raises
        ------
        LedgerError
            If more is applied than is left of the payment or open on the invoice.
        """
        left, open_minor = at(self._unapplied, payment), at(self._open, invoice)
        if not 0 < amount_minor <= min(left, open_minor):
            raise LedgerError(
                f"applying {amount_minor} of payment {payment}, which has {left} left, to invoice "
                f"{invoice}, which has {open_minor} open, at {time}"
            )
        row = len(self._journal.amounts)
        self._post(time, chart.APPLY, invoice, payment, amount_minor)
        self._unapplied[payment] = left - amount_minor
        self._open[invoice] = open_minor - amount_minor
        self.open_total_minor -= amount_minor
        if self._last_application[payment] != NONE:
            self._application_before[row] = self._last_application[payment]
        self._last_application[payment] = row

    def allow_discount(self, time: float, invoice: int, amount_minor: int) -> None:
        """Allow a cash discount on an open invoice.

        Raises
        ------
        LedgerError
            If the amount is not positive or exceeds what is open or what the price has left.
        """
        self._refuse_reduction("discount", time, invoice, amount_minor, self.open_minor(invoice))
        self._reduce_price(
            time, chart.DISCOUNT_NET, chart.DISCOUNT_TAX, invoice, NONE, amount_minor
        )
        self._settle(invoice, amount_minor)

    def credit(self, time: float, invoice: int, amount_minor: int) -> None:
        """Post a credit memo against an open invoice.

        Raises
        ------
        LedgerError
            If the amount is not positive or exceeds what is open or what the price has left.
        """
        self._refuse_reduction("credit", time, invoice, amount_minor, self.open_minor(invoice))
        self._reduce_price(time, chart.CREDIT_NET, chart.CREDIT_TAX, invoice, NONE, amount_minor)
        self._settle(invoice, amount_minor)

    def credit_to_account(self, time: float, invoice: int, payment: int, amount_minor: int) -> None:
        """Post a credit memo for what was paid already; it may be refunded or applied.

        Parameters
        ----------
        time, invoice, amount_minor
            See the class.
        payment
            The payment that the customer's credit balance is kept with.

        Raises
        ------
        LedgerError
            If the amount is not positive or exceeds what was paid on the invoice and not yet
            credited, or the payment was never received or has been returned.
        """
        credited = self._credited_to_account.get(invoice, 0)
        most = self.paid_minor(invoice) - credited
        if payment in self._returned or not at(self._received, payment):
            raise LedgerError(f"credit to payment {payment}, which the bank does not have")
        self._refuse_reduction("credit to account", time, invoice, amount_minor, most)
        net, tax = chart.ACCOUNT_CREDIT_NET, chart.ACCOUNT_CREDIT_TAX
        self._reduce_price(time, net, tax, invoice, payment, amount_minor)
        self._credited_to_account[invoice] = credited + amount_minor
        self._unapplied[payment] += amount_minor

    def refund(self, time: float, payment: int, amount_minor: int) -> None:
        """Pay back what is left of a payment, or part of it.

        Raises
        ------
        LedgerError
            If the amount is not positive or exceeds what is left.
        """
        left = self.unapplied_minor(payment)
        if not 0 < amount_minor <= left:
            raise LedgerError(
                f"refund of {amount_minor} of payment {payment}, which has {left} left, at {time}"
            )
        self._post(time, chart.REFUND_CASH, NONE, payment, amount_minor)
        self._unapplied[payment] = left - amount_minor

    def return_payment(self, time: float, payment: int) -> list[tuple[int, int]]:
        """Take back a payment that its bank returns, and reopen the invoices it settled.

        The bank takes exactly what it gave: first what was applied, oldest first, then what is
        left. So a credit balance that was kept with the payment stays, and so does what it
        settled.

        Returns
        -------
        list of (int, int)
            Invoice and what is open on it again, minor units, oldest application first.

        Raises
        ------
        LedgerError
            If the payment was never received, was returned before, or was refunded in part.
        """
        due = at(self._received, payment)
        if not due or payment in self._returned:
            raise LedgerError(f"return of payment {payment}, which the bank does not have")
        reopened: dict[int, int] = {}
        for invoice, applied in self._applications(payment):
            amount = min(applied, due)
            due -= amount
            if amount:
                reopened[invoice] = reopened.get(invoice, 0) + amount
        if due > self._unapplied[payment]:
            raise LedgerError(f"return of payment {payment} at {time}, of which part was refunded")
        for invoice, amount in reopened.items():
            self._post(time, chart.RETURN_APPLIED, invoice, payment, amount)
            self._settle(invoice, -amount)
        if due:
            self._post(time, chart.RETURN_UNAPPLIED, NONE, payment, due)
            self._unapplied[payment] -= due
        self._returned.add(payment)
        return list(reopened.items())

    def charge_fee(self, time: float, payment: int, amount_minor: int) -> None:
        """Post what a bank or card company charges for a payment or for its return.

        Raises
        ------
        LedgerError
            If the amount is not positive or the payment was never received.
        """
        if amount_minor <= 0 or not at(self._received, payment):
            raise LedgerError(f"fee of {amount_minor} for payment {payment} at {time}")
        self._post(time, chart.CHARGE, NONE, payment, amount_minor)

    def provide(self, time: float, amount_minor: int) -> None:
        """Provide for bad debts; a negative amount releases what was provided.

        Raises
        ------
        LedgerError
            If the amount is 0 or more is released than is there.
        """
        self._bad_debts.provide(time, amount_minor)

    def write_off(self, time: float, invoice: int) -> int:
        """Write off all that is open on an invoice and return it (minor units).

        The allowance bears it as far as it goes, the expense of the day the rest.

        Raises
        ------
        LedgerError
            If nothing is open.
        """
        amount = self.open_minor(invoice)
        if amount <= 0:
            raise LedgerError(f"nothing to write off on invoice {invoice} at {time}")
        self._bad_debts.write_off(time, invoice, amount)
        self._settle(invoice, amount)
        return amount

    def recover(self, time: float, invoice: int, amount_minor: int, fee_minor: int = 0) -> None:
        """Post what an agency or an estate pays on an invoice that was written off.

        Parameters
        ----------
        time, invoice, amount_minor
            See the class; the amount is before the fee.
        fee_minor
            What the agency keeps of it.

        Raises
        ------
        LedgerError
            If the amount is not positive or exceeds what was written off and not yet recovered,
            or the fee is negative or exceeds the amount.
        """
        self._bad_debts.recover(time, invoice, amount_minor, fee_minor)

    def claim_insurance(self, time: float, invoice: int, amount_minor: int) -> None:
        """Post what credit insurance pays on an invoice that was written off.

        Raises
        ------
        LedgerError
            If the amount is not positive or exceeds what was written off and not yet recovered.
        """
        self._bad_debts.claim_insurance(time, invoice, amount_minor)

    def balances(self) -> dict[str, int]:
        """Return debits less credits of every account, minor units: assets are positive."""
        return self._journal.balances()

    def postings(self, clock: Clock) -> pl.DataFrame:
        """Return the journal.

        Returns
        -------
        polars.DataFrame
            ``posting`` (order of posting), ``time`` (naive UTC), ``date`` (local), ``kind``,
            ``debit``, ``credit``, ``invoice`` and ``payment`` (numbers, null where there is
            none), ``amount_minor``. An invoice with tax is two postings of kind ``invoice``, and
            so with what cancels or lowers it; a write-off is two where the allowance bears a part.
        """
        return self._journal.table(clock)

    def _settle(self, invoice: int, amount: int) -> None:
        self._open[invoice] -= amount
        self.open_total_minor -= amount

    def _refuse_reduction(
        self, what: str, time: float, invoice: int, amount: int, most: int
    ) -> None:
        # After a credit to the account, a returned payment reopens more than is left of the price.
        most = min(most, self.price_minor(invoice))
        if not 0 < amount <= most:
            raise LedgerError(f"{what} of {amount} on invoice {invoice} at {time}: at most {most}")

    def _reduce_price(
        self, time: float, net: int, tax: int, invoice: int, payment: int, amount: int
    ) -> None:
        before = self._reduced.get(invoice, 0)
        after = before + amount
        whole_tax, billed = self._tax.get(invoice, 0), self._billed[invoice]
        tax_part = whole_tax * after // billed - whole_tax * before // billed
        if amount > tax_part:
            self._post(time, net, invoice, payment, amount - tax_part)
        if tax_part:
            self._post(time, tax, invoice, payment, tax_part)
        self._reduced[invoice] = after

    def _applications(self, payment: int) -> list[tuple[int, int]]:
        """Return invoice and amount of what a payment was applied to, oldest first."""
        found = []
        row = self._last_application[payment]
        while row != NONE:
            found.append((self._journal.invoices[row], self._journal.amounts[row]))
            row = self._application_before.get(row, NONE)
        return found[::-1]
