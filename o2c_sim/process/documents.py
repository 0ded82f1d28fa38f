"""Document registers: which delivery belongs to which order, and what each invoice says."""

from __future__ import annotations

from array import array


class Documents:
    """Numbers and contents of deliveries, invoices and payments, column by column."""

    def __init__(self) -> None:
        self.orders = 0
        self.delivery_order = array("q")
        self.invoice_delivery = array("q")
        self.invoice_order = array("q")
        self.invoice_time = array("d")
        self.invoice_amount_minor = array("q")
        self.invoice_due_day = array("q")
        self.payment_invoice = array("q")
        self.payment_amount_minor = array("q")
        self.payment_method = array("q")
        # One credit memo, one dispute and one write-off at most per invoice.
        self.credited_minor: dict[int, int] = {}
        self.written_off_minor: dict[int, int] = {}

    def new_delivery(self, order: int) -> int:
        """Register a delivery of an order and return its number."""
        self.delivery_order.append(order)
        return len(self.delivery_order) - 1

    def new_invoice(
        self, delivery: int, order: int, time: float, amount_minor: int, due_day: int
    ) -> int:
        """Register an invoice for a delivery and return its number."""
        self.invoice_delivery.append(delivery)
        self.invoice_order.append(order)
        self.invoice_time.append(time)
        self.invoice_amount_minor.append(amount_minor)
        self.invoice_due_day.append(due_day)
        return len(self.invoice_order) - 1

    def new_payment(self, invoice: int, amount_minor: int, method: int) -> int:
        """Register a payment for an invoice and return its number."""
        self.payment_invoice.append(invoice)
        self.payment_amount_minor.append(amount_minor)
        self.payment_method.append(method)
        return len(self.payment_invoice) - 1

    def new_credit_memo(self, invoice: int, amount_minor: int) -> None:
        """Note what was credited on an invoice."""
        self.credited_minor[invoice] = amount_minor

    def note_write_off(self, invoice: int, amount_minor: int) -> None:
        """Note what was written off on an invoice."""
        self.written_off_minor[invoice] = amount_minor
