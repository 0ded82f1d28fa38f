"""A company and a window small enough to be run many times; importable, so not in a test."""

from functools import lru_cache

from o2c_sim import Window, load_company, override

WINDOW = Window(5, 20, 5)


@lru_cache(maxsize=1)
def small():
    """Return the reference company with a tenth of its customers and orders."""
    values = {"customers.count": 50, "demand.orders_per_week": 60}
    return override(load_company("distributor"), values, "small")


@lru_cache(maxsize=1)
def staffed():
    """Return the same with more people at the order desk."""
    return override(small(), {"staff.order_desk.headcount": 12}, "staffed")
