"""Dates whose day and month were taken for each other."""

from __future__ import annotations

import polars as pl

from mining.finding import ENOUGH, Finding, examples

FAR_DAYS = 20
NEAR_DAYS = 2
# What chance gives is measured with the swapped date moved by this many days.
_PLACEBOS = (-17, -11, -7, 7, 11, 17)
_FEWEST = 5
_ADVICE = "name the order of day and month with --time-format, and compare a few dates"
_SPOILS = "every duration, the order of events, sales by month"


def findings(events: pl.DataFrame) -> list[Finding]:
    """Return signs of swapped days and months.

    Parameters
    ----------
    events
        Rows of event and case in the order (case, time, event), with ``local``.
    """
    return _swapped(events) or _no_late_day(events)


def _swapped(events: pl.DataFrame) -> list[Finding]:
    """Find events far from their case that would lie in its midst with day and month swapped."""
    day, month = pl.col("local").dt.day(), pl.col("local").dt.month()
    date = pl.col("local").dt.date()
    case = pl.col("case")
    before = pl.when(case == case.shift(1)).then((date - date.shift(1)).dt.total_days())
    after = pl.when(case == case.shift(-1)).then((date.shift(-1) - date).dt.total_days())
    nearest = pl.min_horizontal(before, after)
    doubtful = (
        events.lazy()
        .with_columns(far=nearest, date=date)
        .filter((pl.col("far") > FAR_DAYS) & (day <= 12) & (day != month))
        .with_columns(
            swapped=pl.date(pl.col("local").dt.year(), day, month),
        )
        .collect()
    )
    if doubtful.is_empty():
        return []
    others = events.lazy().select("case", other="event", there=date)
    joined = doubtful.lazy().join(others, on="case").filter(pl.col("event") != pl.col("other"))
    away = (pl.col("there") - pl.col("swapped")).dt.total_days()
    matches = (
        joined.group_by("case", "event")
        .agg(
            (away.abs() <= NEAR_DAYS).any().alias("fits"),
            *(
                ((away - shift).abs() <= NEAR_DAYS).any().alias(f"placebo {shift}")
                for shift in _PLACEBOS
            ),
        )
        .collect()
    )
    found = int(matches["fits"].sum())
    chance = sum(int(matches[f"placebo {s}"].sum()) for s in _PLACEBOS) / len(_PLACEBOS)
    if found < _FEWEST or found <= 4 * chance:
        return []
    rows = doubtful.join(matches.filter("fits"), on=["case", "event"], how="semi").sort("event")
    return [
        Finding(
            "day_month_swap", "serious",
            f"{found:,} events lie more than {FAR_DAYS} days from the rest of their case, and "
            f"within {NEAR_DAYS} days of it with day and month swapped (chance gives about "
            f"{chance:.0f})", found, "events", _SPOILS, _ADVICE, examples(rows),
        )
    ]  # fmt: skip


def _no_late_day(events: pl.DataFrame) -> list[Finding]:
    """Find logs over many months in which no month has a 13th day."""
    facts = events.select(
        latest=pl.col("local").dt.day().max(),
        months=pl.col("local").dt.truncate("1mo").n_unique(),
        days=pl.col("local").dt.date().n_unique(),
    ).row(0, named=True)
    if facts["latest"] > 12 or facts["months"] < 4 or events.height < ENOUGH or facts["days"] < 12:
        return []
    return [
        Finding(
            "day_month_swap", "serious",
            f"no date of {events.height:,} events in {facts['months']} months has a day after the "
            "12th: days and months are swapped, or rows that could not be read so are missing",
            events.height, "events", _SPOILS, _ADVICE, examples(events),
        )
    ]  # fmt: skip
