"""Small logs for calibration: orders that take one step after the other."""

from __future__ import annotations

import datetime as dt

from mining.read import read_log

HAPPY = ("Create Sales Order", "Create Delivery", "Post Goods Issue", "Create Invoice")


def csv_log(tmp_path, rows, header="case,activity,time"):
    """Return a log of a few rows, as it is read."""
    path = tmp_path / "log.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return read_log(path)


def orders(count, activities=HAPPY, step_days=1.0, gap_days=1.0):
    """Return rows of orders that take one activity after the other."""
    start = dt.datetime(2024, 1, 1, 9)
    return [
        f"{case},{name},{start + dt.timedelta(days=case * gap_days + n * step_days):%Y-%m-%d %H:%M}"
        for case in range(count)
        for n, name in enumerate(activities)
    ]
