"""Open items: what each customer owes, by invoice and by due day, and its credit exposure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from o2c_sim.process.customers import Customer
    from o2c_sim.process.invoice import Invoice


def add(invoice: Invoice, ordered_minor: int) -> None:
    """Take up a new invoice: it counts against the credit limit in place of the goods it bills.

    Parameters
    ----------
    invoice
        The invoice, nothing of it settled.
    ordered_minor
        What the billed lines have counted against the limit since their confirmation.
    """
    customer = invoice.customer
    customer.exposure_minor += invoice.open_minor - ordered_minor
    customer.open_invoices[invoice.number] = invoice
    customer.open_by_dunning_level[invoice.dunning_level] += 1
    by_day = customer.open_minor_by_due_day
    by_day[invoice.due_day] = by_day.get(invoice.due_day, 0) + invoice.open_minor


def reduce(invoice: Invoice, amount_minor: int) -> None:
    """Take off what was paid, credited or given up; an invoice with nothing left open is closed."""
    customer, day = invoice.customer, invoice.due_day
    invoice.open_minor -= amount_minor
    customer.exposure_minor -= amount_minor
    by_day = customer.open_minor_by_due_day
    left = by_day[day] - amount_minor
    if left:
        by_day[day] = left
    else:
        del by_day[day]
    if not invoice.open_minor:
        del customer.open_invoices[invoice.number]
        customer.open_by_dunning_level[invoice.dunning_level] -= 1


def reopen(invoice: Invoice, amount_minor: int) -> None:
    """Put back what a returned payment had settled, or a part of it."""
    customer, day = invoice.customer, invoice.due_day
    if not invoice.open_minor:
        customer.open_by_dunning_level[invoice.dunning_level] += 1
    invoice.open_minor += amount_minor
    customer.exposure_minor += amount_minor
    customer.open_invoices[invoice.number] = invoice
    by_day = customer.open_minor_by_due_day
    by_day[day] = by_day.get(day, 0) + amount_minor


def raise_dunning_level(invoice: Invoice) -> None:
    """Count one more reminder of an invoice that is open."""
    by_level = invoice.customer.open_by_dunning_level
    by_level[invoice.dunning_level] -= 1
    invoice.dunning_level += 1
    by_level[invoice.dunning_level] += 1


def dunning_level(customer: Customer) -> int:
    """Return the highest level at which one of a customer's open invoices was reminded."""
    by_level = customer.open_by_dunning_level
    return next((level for level in range(len(by_level) - 1, 0, -1) if by_level[level]), 0)


def move_due_day(invoice: Invoice, due_day: int) -> None:
    """Let an invoice be due on another day."""
    amount_minor, by_day = invoice.open_minor, invoice.customer.open_minor_by_due_day
    if amount_minor and due_day != invoice.due_day:
        left = by_day[invoice.due_day] - amount_minor
        if left:
            by_day[invoice.due_day] = left
        else:
            del by_day[invoice.due_day]
        by_day[due_day] = by_day.get(due_day, 0) + amount_minor
    invoice.due_day = due_day


def overdue_minor(invoice_customer_days: dict[int, int], latest_day: int) -> int:
    """Return what was due before a day.

    Parameters
    ----------
    invoice_customer_days
        A customer's open amount by due day (``open_minor_by_due_day``).
    latest_day
        Day number; what is due on it or later does not count.
    """
    return sum(amount for day, amount in invoice_customer_days.items() if day < latest_day)
