"""Time stamps that do not mean what they seem to mean: grain, batch runs, computed lags, zones.

The checks of :mod:`mining.quality` that look at the clock only.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from mining.finding import ENOUGH, Finding, examples

BATCH_HOUR_SHARE = 0.35
BATCH_MINUTE_EVENTS = 5
WORKING_DAY_HOURS = 9


def findings(
    events: pl.DataFrame, single: pl.DataFrame, clocks: pl.DataFrame, zone: str
) -> list[Finding]:
    """Return what the clock gives away.

    Parameters
    ----------
    events
        Rows of event and case in the order (case, time, event), with ``activity`` as text and
        ``local``, the completion on the company's clock.
    single
        The same with each event once, however many cases it belongs to.
    clocks
        What :func:`on_the_clock` says of *single*.
    zone
        The company's IANA time zone.
    """
    return [
        *_completion_only(single),
        *_day_grain(clocks, single),
        *_minute_grain(single),
        *_batch_clock(clocks, single),
        *_constant_lag(events),
        *_zone_doubt(single, clocks, zone),
    ]


def day_grain(clocks: pl.DataFrame) -> frozenset[str]:
    """Return the activities of which only the day is known."""
    return frozenset(clocks.filter(_is_day_grain())["activity"])


def clocked(clocks: pl.DataFrame) -> frozenset[str]:
    """Return the activities that a clock sets off: at day grain, at a fixed hour or in batches."""
    run = (pl.col("hour_share") >= BATCH_HOUR_SHARE) | (pl.col("together_share") >= 0.5)
    return frozenset(clocks.filter(_is_day_grain() | run)["activity"])


def on_the_clock(single: pl.DataFrame) -> pl.DataFrame:
    """Return for each activity how its completions lie on the clock."""
    clock, hour = pl.col("local").dt.time(), pl.col("local").dt.hour()
    together = pl.len().over("activity", pl.col("local").dt.truncate("1m"))
    return (
        single.with_columns(clock=clock, hour=hour, together=together)
        .group_by("activity")
        .agg(
            events=pl.len(),
            clock=pl.col("clock").mode().sort().first(),
            clock_share=(pl.col("clock").unique_counts().max() / pl.len()),
            hour=pl.col("hour").mode().sort().first(),
            hour_share=(pl.col("hour").unique_counts().max() / pl.len()),
            together_share=(pl.col("together") >= BATCH_MINUTE_EVENTS).mean(),
        )
        .sort("events", "activity", descending=[True, False])
    )


def _is_day_grain() -> pl.Expr:
    edge = (pl.col("clock") == pl.time(0, 0, 0)) | (pl.col("clock") == pl.time(23, 59, 59))
    return edge & (pl.col("clock_share") >= 0.95) & (pl.col("events") > 1)


def _completion_only(single: pl.DataFrame) -> list[Finding]:
    missing = single["start"].null_count()
    if missing < single.height:
        return []
    return [
        Finding(
            "completion_only", "warning",
            f"none of the {missing:,} events has a start time", missing, "events",
            "the split of time into waiting and work, utilisation, staffing",
            "read durations between activities as waiting plus work",
        )
    ]  # fmt: skip


def _day_grain(clocks: pl.DataFrame, single: pl.DataFrame) -> list[Finding]:
    return [
        Finding(
            "day_grain", "serious",
            f"{row['clock_share']:.1%} of {row['activity']!r} are stamped {row['clock']}: "
            "only the day is known", row["events"], "events",
            "durations to and from it below a day, its order within the day, hours of work",
            "compare days, not hours; do not read the order of events of that day",
            examples(single.filter(pl.col("activity") == row["activity"])),
        )
        for row in clocks.filter(_is_day_grain()).iter_rows(named=True)
    ]  # fmt: skip


def _minute_grain(single: pl.DataFrame) -> list[Finding]:
    fine = single.filter(pl.col("time") != pl.col("time").dt.truncate("1m"))
    if fine.height or single.height < ENOUGH:
        return []
    return [
        Finding(
            "minute_grain", "info",
            f"no stamp of {single.height:,} has seconds: the log knows minutes", single.height,
            "events", "durations of a few minutes, the order within a minute",
            "take the order of the file within a minute",
        )
    ]  # fmt: skip


def _batch_clock(clocks: pl.DataFrame, single: pl.DataFrame) -> list[Finding]:
    enough = clocks.filter(~_is_day_grain() & (pl.col("events") >= ENOUGH))
    findings = []
    for row in enough.iter_rows(named=True):
        signs = []
        if row["hour_share"] >= BATCH_HOUR_SHARE:
            signs.append(f"{row['hour_share']:.0%} fall in the hour from {row['hour']:02d}:00")
        if row["together_share"] >= 0.5:
            signs.append(
                f"{row['together_share']:.0%} share their minute with at least "
                f"{BATCH_MINUTE_EVENTS - 1} others"
            )
        what = (
            "looks like a run at a fixed hour" if "hour" in "".join(signs) else "is done in batches"
        )
        if signs:
            findings.append(
                Finding(
                    "batch_clock", "warning",
                    f"{row['activity']!r} {what}: {' and '.join(signs)}",
                    row["events"], "events",
                    "hours of work, resource load, short durations to and from it",
                    "model it as a run or a mass action, not as single pieces of work",
                    examples(single.filter(pl.col("activity") == row["activity"])),
                )
            )  # fmt: skip
    return findings


def _constant_lag(events: pl.DataFrame) -> list[Finding]:
    steps = (
        events.select(
            "case", "activity", "time",
            then=pl.col("activity").shift(-1),
            lag=pl.col("time").shift(-1) - pl.col("time"),
            same=pl.col("case") == pl.col("case").shift(-1),
        )
        .filter("same")
        .group_by("activity", "then", "lag")
        .len()
        .group_by("activity", "then")
        .agg(
            total=pl.col("len").sum(),
            most=pl.col("len").max(),
            lag=pl.col("lag").sort_by("len", "lag").last(),
        )
        .filter(
            (pl.col("total") >= ENOUGH)
            & (pl.col("most") >= 0.95 * pl.col("total"))
            & (pl.col("lag") > timedelta(0))
        )
        .sort("most", "activity", descending=[True, False])
    )  # fmt: skip
    return [
        Finding(
            "constant_lag", "serious",
            f"{row['then']!r} comes exactly {row['lag']} after {row['activity']!r} in "
            f"{row['most']:,} of {row['total']:,} direct successions", row["most"], "events",
            f"every duration to and from {row['then']!r}: the stamp looks computed",
            "treat the two as one activity, or take the second stamp from another source",
            examples(events.filter(pl.col("activity") == row["then"])),
        )
        for row in steps.iter_rows(named=True)
    ]  # fmt: skip


def _zone_doubt(single: pl.DataFrame, clocks: pl.DataFrame, zone: str) -> list[Finding]:
    batch = pl.col("hour_share") >= BATCH_HOUR_SHARE
    plain = clocks.filter(~_is_day_grain() & ~batch).select("activity")
    human = single.join(plain, on="activity", how="semi").filter(
        ~pl.col("automated").fill_null(value=False)
    )
    if human.height < 10 * ENOUGH:
        return []
    hours = human["local"].dt.hour()
    counts = [int((hours == hour).sum()) for hour in range(24)]
    windows = [
        sum(counts[(begin + i) % 24] for i in range(WORKING_DAY_HOURS)) for begin in range(24)
    ]
    begin = max(range(24), key=windows.__getitem__)
    share = windows[begin] / human.height
    if share < 0.65 or 5 <= begin <= 10:
        return []
    shift = (begin - 8 + 12) % 24 - 12
    end = (begin + WORKING_DAY_HOURS) % 24
    return [
        Finding(
            "zone_doubt", "warning",
            f"{share:.0%} of {human.height:,} events not marked as automated lie between "
            f"{begin:02d}:00 and {end:02d}:00 {zone}; a day from 08:00 fits a clock {-shift:+d} h "
            "from it",
            human.height, "events", "hours of work, calendars, what counts as the same day",
            "name the company's time zone with --zone, or ask where the stamps come from",
            examples(human),
        )
    ]  # fmt: skip
