"""Cases as the events of their histories, by days after their begin."""

import datetime as dt

import polars as pl

from o2c_sim import vocabulary as v

DAY = dt.timedelta(days=1)


def cases(*histories, begin=dt.datetime(2024, 1, 1, 12)):
    """Return case events from (activity, days after the begin) per case."""
    rows = [
        (case, activity, begin + days * DAY, begin)
        for case, history in enumerate(histories)
        for activity, days in history
    ]
    return pl.DataFrame(rows, schema=["case", "activity", "time", "begin"], orient="row")


def delivered_after(*days):
    """Return cases that are delivered so many days after their entry."""
    return cases(*([(v.CREATE_SALES_ORDER, 0), (v.CREATE_DELIVERY, day)] for day in days))
