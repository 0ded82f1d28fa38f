"""One order alone in an ideal company: what happens to it, and when."""

from o2c_sim.process.cycle import found, order_to_cash
from o2c_sim.process.order import Order
from o2c_sim.vocabulary import ACTIVITIES

HOUR = 3_600
DAY = 86_400


def company_of(model, day=0):
    """Return a company at 09:00 of a day, without demand of its own."""
    company = found(model, 1, 0)
    company.env.run(until=company.clock.midnight(day) + 9 * HOUR)
    return company


def place(company, *values_minor, quantity=10, customer=0, process=order_to_cash):
    """Let a customer place an order now, one line per value; return it."""
    company.documents.new_order()
    count = len(values_minor)
    order = Order(
        company.documents.orders - 1,
        company.customers[customer],
        0,
        # The lines of the log's own demand are more numerous; these need numbers, not more.
        64 * (company.documents.orders - 1),
        [0] * count,
        [quantity] * count,
        list(values_minor),
        sum(values_minor),
        company.env.now,
    )
    company.start(process(company, order))
    return order


def happened(company, *without):
    """Return (activity, day, hour) of all that was recorded, in order; hours to the minute."""
    return [
        (name, int(end // DAY), round(end % DAY / HOUR, 2))
        for name, _, _, end, _, _ in recorded(company)
        if name not in without
    ]


def recorded(company):
    """Return (activity, number, start, end, person, amount in minor units) of each record."""
    return [
        (ACTIVITIES[int(kind)], int(number), start, end, int(person), round(amount))
        for kind, number, start, end, person, amount in company.recorder.table().tolist()
    ]
