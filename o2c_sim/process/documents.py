"""Document registers: what each delivery carries, each invoice bills and each payment settles.

Flat columns of numbers, so that a million documents cost no Python object each. A list of members
(the lines of a delivery, the deliveries of an invoice) is one flat column and a column of ends.
"""

from __future__ import annotations

from array import array
from math import nan

from o2c_sim.engine.columns import Floats, Integers
from o2c_sim.process.order import Part


class Documents:
    """Numbers and contents of deliveries, invoices, payments and credit memos."""

    def __init__(self) -> None:
        self.orders = 0
        # Of these, quotations that are lost or not decided yet.
        self.quotations_without_order = 0
        # When each order's goods are wanted by the customer and are promised to be there, by what
        # was agreed with the customer; NaN before confirmation.
        self.order_wanted_at = array("d")
        self.order_promised_at = array("d")
        # New values of orders and lines, as they change.
        self.changed_order = Integers()
        self.changed_order_time = Floats()
        self.changed_order_value_minor = Integers()
        self.changed_line = Integers()
        self.changed_line_time = Floats()
        self.changed_line_quantity = Integers()
        self.changed_line_value_minor = Integers()
        # Lines by change of date; when it was made, and when the order is to be there from then on.
        self.date_change_line = Integers()
        self.date_change_end = Integers()
        self.date_change_order = Integers()
        self.date_change_time = Floats()
        self.date_change_promised_at = Floats()
        # Lines by delivery: those of delivery n end before delivery_end[n].
        self.delivery_line = Integers()
        self.delivery_end = Integers()
        self.delivery_promised_at = Floats()
        # Lines of a delivery that were not found, and so are not in it after all.
        self.shortage_delivery = Integers()
        self.shortage_line = Integers()
        # Deliveries by invoice.
        self.invoice_delivery = Integers()
        self.invoice_end = Integers()
        self.invoice_customer = Integers()
        self.invoice_time = Floats()
        self.invoice_amount_minor = Integers()
        self.invoice_due_day = array("q")
        # Invoices made in the place of cancelled ones, and the due days that others had before.
        self.replaced_invoice = Integers()
        self.replacing_invoice = Integers()
        self.moved_invoice = Integers()
        self.moved_time = Floats()
        self.moved_due_day = Integers()
        self.payment_customer = Integers()
        self.payment_amount_minor = Integers()
        self.payment_method = Integers()
        # One row for each invoice that a payment is meant for, or was used for later.
        self.application_payment = Integers()
        self.application_invoice = Integers()
        self.application_later = Integers()
        self.prepayment_payment = Integers()
        self.prepayment_order = Integers()
        self.credit_memo_invoice = Integers()
        self.credit_memo_amount_minor = Integers()
        self.refund_payment = Integers()
        # Lines by return.
        self.return_line = Integers()
        self.return_end = Integers()
        self.return_delivery = Integers()

    def new_order(self) -> None:
        """Register the next order."""
        self.orders += 1
        self.order_wanted_at.append(nan)
        self.order_promised_at.append(nan)

    def agree(self, order: int, wanted_at: float, promised_at: float) -> None:
        """Register when an order is wanted and when it is promised to be with the customer."""
        self.order_wanted_at[order] = wanted_at
        self.order_promised_at[order] = promised_at

    def new_order_value(self, order: int, time: float, value_minor: int) -> None:
        """Register that an order is worth something else from now on."""
        self.changed_order.append(order)
        self.changed_order_time.append(time)
        self.changed_order_value_minor.append(value_minor)

    def new_line_value(self, line: int, time: float, quantity: int, value_minor: int) -> None:
        """Register the new quantity and value of a line, 0 for one that is given up."""
        self.changed_line.append(line)
        self.changed_line_time.append(time)
        self.changed_line_quantity.append(quantity)
        self.changed_line_value_minor.append(value_minor)

    def new_date_change(self, order: int, lines: list[int], time: float, promised_at: float) -> int:
        """Register that the date of some lines of an order has moved; return the number."""
        self.date_change_order.append(order)
        self.date_change_time.append(time)
        self.date_change_promised_at.append(promised_at)
        self.date_change_line.extend(lines)
        self.date_change_end.append(len(self.date_change_line))
        return len(self.date_change_end) - 1

    def new_shortage(self, delivery: int, line: int) -> int:
        """Register that a line of a delivery was not found and return the number of the entry."""
        self.shortage_delivery.append(delivery)
        self.shortage_line.append(line)
        return len(self.shortage_line) - 1

    def new_delivery(self, parts: list[Part], promised_at: float) -> int:
        """Register a delivery of some lines, promised for a time, and return its number."""
        self.delivery_promised_at.append(promised_at)
        lines = self.delivery_line
        for order, slots in parts:
            first = order.first_line
            for slot in slots:
                lines.append(first + slot)
        self.delivery_end.append(len(lines))
        return len(self.delivery_end) - 1

    def new_invoice(
        self, deliveries: list[int], customer: int, time: float, amount_minor: int, due_day: int
    ) -> int:
        """Register an invoice for some deliveries and return its number."""
        self.invoice_delivery.extend(deliveries)
        self.invoice_end.append(len(self.invoice_delivery))
        self.invoice_customer.append(customer)
        self.invoice_time.append(time)
        self.invoice_amount_minor.append(amount_minor)
        self.invoice_due_day.append(due_day)
        return len(self.invoice_end) - 1

    def deliveries_of(self, invoice: int) -> list[int]:
        """Return the deliveries that an invoice bills."""
        first = self.invoice_end[invoice - 1] if invoice else 0
        return [self.invoice_delivery[place] for place in range(first, self.invoice_end[invoice])]

    def replace_invoice(self, cancelled: int, new: int) -> None:
        """Register that an invoice was made in the place of a cancelled one."""
        self.replaced_invoice.append(cancelled)
        self.replacing_invoice.append(new)

    def move_due_day(self, invoice: int, time: float, due_day: int) -> None:
        """Register that an invoice is due on another day from now on."""
        self.moved_invoice.append(invoice)
        self.moved_time.append(time)
        self.moved_due_day.append(self.invoice_due_day[invoice])
        self.invoice_due_day[invoice] = due_day

    def new_payment(self, customer: int, amount_minor: int, method: int) -> int:
        """Register a payment and return its number."""
        self.payment_customer.append(customer)
        self.payment_amount_minor.append(amount_minor)
        self.payment_method.append(method)
        return len(self.payment_method) - 1

    def new_application(self, payment: int, invoice: int, later: bool = False) -> int:
        """Register that a payment is meant for an invoice and return the number of the entry.

        *later* says that the invoice was not there yet when the payment came.
        """
        self.application_payment.append(payment)
        self.application_invoice.append(invoice)
        self.application_later.append(later)
        return len(self.application_payment) - 1

    def new_prepayment(self, payment: int, order: int) -> None:
        """Register that a payment is for an order that is not delivered yet."""
        self.prepayment_payment.append(payment)
        self.prepayment_order.append(order)

    def new_credit_memo(self, invoice: int, amount_minor: int) -> int:
        """Register a credit memo on an invoice and return its number."""
        self.credit_memo_invoice.append(invoice)
        self.credit_memo_amount_minor.append(amount_minor)
        return len(self.credit_memo_invoice) - 1

    def new_refund(self, payment: int) -> int:
        """Register a refund out of a payment and return its number."""
        self.refund_payment.append(payment)
        return len(self.refund_payment) - 1

    def new_return(self, delivery: int, lines: list[int]) -> int:
        """Register goods that come back of a delivery and return the number of the return."""
        self.return_line.extend(lines)
        self.return_end.append(len(self.return_line))
        self.return_delivery.append(delivery)
        return len(self.return_end) - 1
