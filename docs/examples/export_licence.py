"""A stage: what goes abroad needs an export licence before it may be picked."""

from dataclasses import replace

import numpy as np

from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.extension import Activity

CHECK_LICENCE = Activity("Check Export Licence", about="delivery")
EXPORT_SHARE = 0.2  # of customers
WAIT_DAYS = 3.0  # mean, exponential
TOUCH_MINUTES = 15.0


def is_export(company, customer):
    """Return whether a customer is abroad: the same ones whatever else changes."""
    return company.draws("licence.export")(customer.number) < EXPORT_SHARE


def obtain_licence(company, delivery):
    """Wait for the authority, then let the order desk file the licence."""
    wait = company.draws("licence.wait", lambda u: -WAIT_DAYS * np.log1p(-u))
    yield company.after(wait(*delivery.luck) * DAY)
    start, person = yield company.order_desk.work(TOUCH_MINUTES * MINUTE)
    company.record(company.number_of(CHECK_LICENCE), delivery.number, start, person)


def extend(stages):
    """Put the licence before picking."""

    def ship(company, delivery):
        if is_export(company, delivery.customer):
            yield from obtain_licence(company, delivery)
        yield from stages.ship(company, delivery)

    return replace(stages, ship=ship)
