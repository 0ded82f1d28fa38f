"""Events with the invoice that they are about, for tests that follow invoices."""

import polars as pl
from ideal import ideal
from run_checks import activity_name, cents, everything

from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v


def by_invoice(run):
    """Return a run's events by invoice: name, time, cents, and the invoice's own dates and cents.

    ``issued`` and ``due`` are dates; ``billed`` is what the invoice asks for.
    """
    invoices = run.log.objects.filter(pl.col("type").cast(pl.String) == v.INVOICE).select(
        pl.col("object").alias("case"),
        pl.col("invoice_date").dt.date().alias("issued"),
        pl.col("due_date").dt.date().alias("due"),
        cents("amount").alias("billed"),
    )
    events = run.log.flatten(v.INVOICE).select(
        "case", activity_name.alias("name"), "time", cents("amount").alias("cents"), "event"
    )
    return events.join(invoices, on="case").sort("event", "case")


def days_after(events, name, start):
    """Return for each event of a name how many days after a date of its invoice it happened."""
    rows = events.filter(pl.col("name") == name)
    return (rows["time"].dt.date() - rows[start]).dt.total_days()


def total(run, name):
    """Return the cents of all events of a name."""
    return run.log.events.filter(activity_name == name).select(cents("amount").sum()).item() or 0


def settled(distributor, changes, days=120):
    """Return a run of the ideal company with some changes, and its events by invoice."""
    model = ideal(distributor, changes)
    run = simulate(model, window=Window(0, days, 0))
    assert everything(run, model) == []
    return run, by_invoice(run)
