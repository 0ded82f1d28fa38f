"""Which cases of a log judge a company that is made of the earlier ones."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import polars as pl

from mining.calibration.estimate import Source
from mining.validation.case_events import case_events
from o2c_sim.errors import LogError, Problem

# As in the published protocol for any log, there counted in events.
TEST_SHARE = 0.2
# Assumed: nine in ten of the judged cases are seen to their end, if that costs no more than a
# fifth of the days of the log.
SEEN_TO_THEIR_END = 0.9
MOST_FOLLOW_UP_SHARE = 0.2
# Assumed: a week at the end in which half as many cases begin as usual, or fewer, belongs to how
# the log was cut (by the date of the quotation, say), not to the company.
FEWEST_OF_A_WEEK_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class OwnEnd:
    """The part of a log that judges.

    Parameters
    ----------
    first, until
        Cases that begin from one local date on and before the other judge. Everything before
        ``first`` is what the company is made of, as it was known then.
    """

    first: dt.date
    until: dt.date


def own_end(source: Source) -> OwnEnd:
    """Return the last cases of a log, those left out that it does not show for long enough.

    A fifth of the cases judge, the last ones by their begin. The log has to go on after the last
    of them for the 90th percentile of the observed lengths (from the begin to the last event),
    and for a fifth of its days at most; cases that begin later are left out. So are those of the
    weeks at the end in which few begin: fewer than half as many as in the week of the median case.

    Parameters
    ----------
    source
        The whole log.

    Raises
    ------
    LogError
        If all cases begin on one day, or there are none.
    """
    events = case_events(source.log, source.case_type)
    cases = events.group_by("case").agg(
        pl.col("begin").first().dt.date(), pl.col("time").max().dt.date().alias("end")
    )
    if cases["begin"].n_unique() < 2:
        raise LogError(
            Problem(
                f"the {cases.height:,} cases begin on {cases['begin'].n_unique()} day: there is "
                "no earlier and no later part",
                where=source.name,
                allowed="cases that begin on several days, better over several months",
            )
        )
    opening, end = (
        day for day in (cases["begin"].min(), cases["end"].max()) if isinstance(day, dt.date)
    )
    lengths = (cases["end"] - cases["begin"]).dt.total_days()
    longest = lengths.quantile(SEEN_TO_THEIR_END, "higher") or 0.0
    follow_up_days = min(math.ceil(longest), int(MOST_FOLLOW_UP_SHARE * (end - opening).days))
    until = min(_thinning(cases["begin"]), end - dt.timedelta(days=follow_up_days))
    # One day at least on either side of the border.
    until = max(until, opening + dt.timedelta(days=2))
    begins = cases.filter(pl.col("begin") < until)["begin"].sort()
    first = begins[min(begins.len() - 1, round((1 - TEST_SHARE) * begins.len()))]
    first = min(max(first, opening + dt.timedelta(days=1)), until - dt.timedelta(days=1))
    return OwnEnd(first, until)


def _thinning(begins: pl.Series) -> dt.date:
    """Return the day from which on few cases begin: the one after the last usual week."""
    weeks = begins.dt.truncate("1w").rename("week").to_frame().group_by("week").len()
    of_a_case = weeks["len"].repeat_by(weeks["len"]).explode().median()
    usual = weeks.filter(pl.col("len") >= FEWEST_OF_A_WEEK_SHARE * pl.lit(of_a_case))
    last = usual["week"].max()
    assert isinstance(last, dt.date)
    within = begins.filter(begins < last + dt.timedelta(days=7)).max()
    assert isinstance(within, dt.date)
    return within + dt.timedelta(days=1)
