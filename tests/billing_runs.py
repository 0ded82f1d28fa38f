"""Runs that bill: when what happened to an object, and how often."""

import polars as pl
from run_checks import activity_name

from o2c_sim import Window

SHORT = Window(0, 60, 0)


def times_by(run, object_type, *names):
    """Return one row an object: when each activity first happened to it, null if it did not."""
    return (
        run.log.flatten(object_type)
        .group_by("case")
        .agg(pl.col("time").filter(activity_name == name).first().alias(name) for name in names)
        .sort("case")
    )


def happened(run, name):
    """Return how often an activity happened."""
    return run.log.events.filter(activity_name == name).height
