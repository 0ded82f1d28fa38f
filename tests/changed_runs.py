"""Runs of a company that changes on the way; importable, so not in a test."""

import datetime as dt

import polars as pl
from run_checks import books, orders_and_cash, references, sequence

from o2c_sim import ModelChange, Window, load_company, override, simulate

WINDOW = Window(5, 30, 5)
TABLES = ("events", "objects", "object_changes", "event_objects", "object_relations")
RESULTS = ("postings", "receivables", "costs", "utilisation")


MUCH = {
    "capture.email_auto_capture_share": 1,
    "capture.exception_share": 0.5,
    "credit.limit_share": 0.2,
    "credit.denial_share": 0.5,
    "fulfilment.short_pick_share": 0.2,
    "billing.error_share": 0.3,
    "customers.payment_terms_days": 5,
    "customers.collective_invoice_share": 1,
    "customers.insolvencies_per_year": 5,
    "customers.prepayment_share": 0.5,
    "customers.bundling_share": 1,
    "dunning.levels": [{"overdue_days": 1, "hazard_ratio": 2}],
    "disputes.share": 0.5,
    "demand.orders_per_week": 400,
    "demand.lines_per_order": 2,
    "inventory.safety_stock_days": 0,
    "returns.share": 0.3,
    "staff.order_desk.headcount": 4,
    "staff.warehouse.absence_share": 0.3,
    "billing.tax_share": 0.2,
}


def small(name="distributor", changes=None):
    """Return a reference company with a hundred customers."""
    return override(load_company(name), {"customers.count": 100, **(changes or {})}, "test")


def changed(model, day, changes, seed=3, window=WINDOW, back=None):
    """Return a run in which some parameters change on a day, and change back on another."""
    later = [ModelChange(day, override(model, changes, "test"))]
    later += [] if back is None else [ModelChange(back, model)]
    return simulate(model, seed=seed, window=window, changes=later)


def events_before(run, day):
    """Return the events before the midnight of a day, as plain values."""
    zone = run.manifest["zone"]
    date = dt.date.fromisoformat(run.manifest["start_date"]) + dt.timedelta(days=day)
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return run.log.events.filter(local.dt.date() < date).cast(
        {"resource": pl.String, "role": pl.String, "activity": pl.String}
    )


def wrong_with(run):
    """Return what is wrong with the books, the documents and their order in a run."""
    return [*books(run), *orders_and_cash(run), *sequence(run), *references(run), *_twice(run)]


def _twice(run):
    busy = run.log.events.drop_nulls("role").sort("resource", "start", "time")
    if busy.filter(pl.col("start") < pl.col("time").shift().over("resource")).height:
        yield "a person is double-booked"
