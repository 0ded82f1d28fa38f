"""What is open on the first day of a warm start, made by hand."""

import datetime as dt

from o2c_sim.opening import OpenInvoice

START = dt.date(2025, 1, 6)  # a Monday, in the ideal company and in the distributor


def days(number):
    """Return the date that many days after the start."""
    return START + dt.timedelta(number)


def invoice(number, customer="K1", amount=100_00, issued=-20, due=10, disputed=False):
    """Return an open invoice; dates in days after the start."""
    return OpenInvoice(f"R{number}", customer, amount, days(issued), days(due), disputed)
