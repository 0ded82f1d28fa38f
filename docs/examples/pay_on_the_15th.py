"""A payment behaviour: everybody pays on the 15th of the month after the invoice arrives."""

import datetime as dt
from dataclasses import replace

from o2c_sim.process import payment

NOON = 12 * 60


def plan_payment(company, invoice):
    """Let the customer send its payment at noon of the next month's 15th."""
    if invoice.customer.insolvent:
        return
    clock = company.clock
    today = clock.date(company.today())
    next_month = (today.replace(day=1) + dt.timedelta(days=32)).replace(day=15)
    day = (next_month - clock.start_date).days
    payment.pay_at(invoice, clock.at(day, NOON))


def extend(stages):
    """Put it in the place of the toolkit's own."""
    return replace(stages, plan_payment=plan_payment)
