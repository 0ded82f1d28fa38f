"""A small company whose log is calibrated from, with values of its own."""

import functools

from mining.calibration.estimate import Source
from o2c_sim import load_company, simulate
from o2c_sim.model.override import override
from o2c_sim.simulation import Window

CHANGES = {
    "customers.count": 120,
    "demand.orders_per_week": 220,
    "billing.block_share": 0.06,
    "billing.block_days": {"distribution": "lognormal", "median": 3, "sigma": 0.8, "cap": 60},
    "billing.tax_share": 0.19,
    "billing.trigger": "proof_of_delivery",
    "billing.rejection_share": 0.12,
    "billing.delivery_days": {
        "paper": {"distribution": "lognormal", "median": 2, "sigma": 0.4, "cap": 30},
        "pdf": 0.1,
        "e_invoice": 0,
    },
    "fulfilment.short_pick_share": 0.02,
    "fulfilment.dispatch_lead_days": {"distribution": "gamma", "shape": 2, "scale": 0.7, "cap": 30},
    "fulfilment.carrier_days": {"distribution": "weibull", "shape": 1.5, "scale": 2, "cap": 30},
    "fulfilment.confirmed_lead_days": {
        "distribution": "gamma", "shape": 1.2, "scale": 4, "cap": 90
    },
    "fulfilment.delivery_run": {"days": ["mon", "tue", "thu", "fri"], "times": ["02:15", "11:40"]},
    "billing.daily_run": {"days": ["mon", "tue", "wed", "thu", "fri"], "times": ["09:30"]},
    "billing.weekly_run": {"days": ["thu"], "times": ["21:00"]},
    "billing.monthly_run": {"month_days": [15, "last"], "times": ["22:00"]},
    "dunning.run": {"days": ["tue", "fri"], "times": ["06:00"]},
}  # fmt: skip


@functools.cache
def calibrated_company():
    """Return the company and the source of its log."""
    model = override(load_company("distributor"), CHANGES, "test")
    run = simulate(model, seed=12, window=Window(0, 150, 10))
    return model, Source(run.log, "order", run.log.zone, "test log")
