"""What is looked into: for each case whether something happened to it, or how many days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.measures import local_date
from mining.performance import throughput
from mining.reference_view import Grain, in_process_order, translate
from o2c_sim import vocabulary as v
from o2c_sim.errors import Problem, UsageError, did_you_mean
from o2c_sim.eventlog import EventLog

WORDS = ("delay", "late", "deviation", "rework")
SHARE, DAYS = "share", "days"
_PROMISES = {
    "promised_date": (v.CONFIRM_DELIVERY, v.POST_GOODS_ISSUE),
    "due_date": (v.CLEAR_INVOICE,),
}
_MICROSECONDS_PER_DAY = 86.4e9
_NAMED = 8
_TWO = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome of each case.

    Parameters
    ----------
    name
        As it was asked for.
    meaning
        What it is, in one sentence.
    unit
        ``share`` (values 0 or 1) or ``days``.
    cases
        ``case`` (object number) and ``value`` (Float64), by case; cases of which the outcome is
        not known are left out.
    activities
        Activities that the outcome is made of: who does them is no cause of it.
    attributes
        Attributes that the outcome is made of.
    """

    name: str
    meaning: str
    unit: str
    cases: pl.DataFrame
    activities: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """The outcome of each case."""
        return self.cases["value"].to_numpy()


def outcome_of(
    log: EventLog,
    case_type: str,
    of: str,
    *,
    limit_days: float | None = None,
    grain: Grain = "instant",
) -> Outcome:
    """Return the outcome that a text stands for.

    Parameters
    ----------
    log, case_type
        The cases.
    of
        ``delay``: days from a case's first to its last event. ``late``: longer than *limit_days*,
        or after the date in the attribute ``promised_date`` or ``due_date``. ``deviation``: does
        not follow the normative model. ``rework``: some activity more than once. An activity: it
        happens. ``A > B``: days from the first A to the first B after it. ``attribute=value``.
    limit_days
        For ``late``.
    grain
        For ``deviation``, see :func:`mining.normative.check`.

    Raises
    ------
    UsageError
        If the text stands for nothing in this log.
    """
    view = log.flatten(case_type)
    names = log.activities
    if of in names:
        return _happens(view, of)
    if of == "delay":
        return _delay(view)
    if of == "late":
        return _late(log, view, case_type, limit_days)
    if of == "rework":
        return _rework(view)
    if of == "deviation":
        return _deviation(view, grain)
    source, arrow, target = (part.strip() for part in of.partition(">"))
    if arrow and {source, target} <= set(names):
        return _between(view, source, target)
    attribute, equals, level = of.partition("=")
    rows = log.objects_of(case_type)
    if equals and attribute in rows.columns:
        return _has_value(rows, attribute, level)
    raise UsageError(_unknown(of, names, rows, case_type))


def _happens(view: pl.DataFrame, activity: str) -> Outcome:
    value = (pl.col("activity").cast(pl.String) == activity).any()
    return Outcome(
        activity,
        f"{activity} happens in the case",
        SHARE,
        _per_case(view, value),
        activities=frozenset([activity]),
    )


def _delay(view: pl.DataFrame) -> Outcome:
    times = throughput(view)
    taken = times.select("case", _days(times["end"] - times["start"]))
    return Outcome("delay", "days from the first to the last event of a case", DAYS, taken)


def _late(log: EventLog, view: pl.DataFrame, case_type: str, limit_days: float | None) -> Outcome:
    if limit_days is not None:
        times = throughput(view).select("case", (pl.col("hours") > 24 * limit_days).alias("value"))
        meaning = f"more than {limit_days:g} days from the first to the last event of a case"
        return Outcome("late", meaning, SHARE, _as_number(times))
    rows = log.objects_of(case_type)
    for attribute, activities in _PROMISES.items():
        if attribute not in rows.columns:
            continue
        for activity in activities:
            if activity in log.activities:
                return _after_promise(log, view, rows, attribute, activity)
    flags = [
        f"--of {name}={rows[name].drop_nulls()[0]}"
        for name in rows.columns
        if name not in ("object", "object_id", "type")
        and rows[name].dtype == pl.String
        and rows[name].drop_nulls().n_unique() == _TWO
    ]
    raise UsageError(
        Problem(
            f"late: no {case_type} has a promised_date or due_date to be late by",
            allowed="a limit in days (--limit-days), or an attribute that says it",
            suggestion=" or ".join(["--limit-days 30", *flags[:2]]),
        )
    )


def _after_promise(
    log: EventLog, view: pl.DataFrame, rows: pl.DataFrame, attribute: str, activity: str
) -> Outcome:
    # A promise is a date without a zone; it is kept as its midnight.
    promised = rows.select(
        pl.col("object").alias("case"), pl.col(attribute).cast(pl.Date).alias("promised")
    ).drop_nulls()
    done = (
        view.filter(pl.col("activity").cast(pl.String) == activity)
        .group_by("case")
        .agg(pl.col("time").max())
        .with_columns(local_date("time", log.zone))
    )
    late = done.join(promised, on="case").select(
        "case", (pl.col("time") > pl.col("promised")).alias("value")
    )
    return Outcome(
        "late",
        f"the last {activity} comes after {attribute}; cases without either are left out",
        SHARE,
        _as_number(late),
        activities=frozenset([activity]),
        attributes=frozenset([attribute]),
    )


def _rework(view: pl.DataFrame) -> Outcome:
    again = pl.col("activity").cast(pl.String).is_duplicated().any()
    return Outcome("rework", "some activity happens more than once", SHARE, _per_case(view, again))


def _deviation(view: pl.DataFrame, grain: Grain) -> Outcome:
    from mining.normative import check
    from mining.variants import of_cases, variants

    found = check(view, grain=grain, precision=False).all_cases
    named = in_process_order(translate(view)[0], grain)
    key = pl.col("activities").list.join("\x1f").alias("key")
    wrong = found.worst_variants.select(key)["key"]
    table = variants(named).select("variant", key)
    cases = (
        of_cases(named)
        .join(table, on="variant")
        .select("case", pl.col("key").is_in(wrong.implode()).alias("value"))
    )
    return Outcome(
        "deviation",
        f"the case does not follow the normative model (order within an {grain} left open)"
        if grain != "event"
        else "the case does not follow the normative model",
        SHARE,
        _as_number(cases),
    )


def _between(view: pl.DataFrame, source: str, target: str) -> Outcome:
    name = pl.col("activity").cast(pl.String)
    began = view.filter(name == source).group_by("case").agg(pl.col("time").min().alias("began"))
    ended = (
        view.filter(name == target)
        .join(began, on="case")
        .filter(pl.col("time") >= pl.col("began"))
        .group_by("case")
        .agg(pl.col("time").min(), pl.col("began").first())
        .sort("case")
    )
    ended = ended.select("case", _days(ended["time"] - ended["began"]))
    return Outcome(
        f"{source} > {target}",
        f"days from the first {source} to the first {target} after it; cases without are left out",
        DAYS,
        ended,
        activities=frozenset([source, target]),
    )


def _has_value(rows: pl.DataFrame, attribute: str, level: str) -> Outcome:
    texts = rows.select(
        pl.col("object").alias("case"), pl.col(attribute).cast(pl.String).alias("value")
    ).drop_nulls()
    levels = texts["value"].unique().sort()
    if level not in set(levels):
        raise UsageError(
            Problem(
                f"no case has {attribute}={level}",
                allowed=_listed(levels.to_list()),
                suggestion=did_you_mean(level, levels),
            )
        )
    return Outcome(
        f"{attribute}={level}",
        f"the case's {attribute} is {level}",
        SHARE,
        _as_number(texts.with_columns(pl.col("value") == level)),
        attributes=frozenset([attribute]),
    )


def _days(spans: pl.Series) -> pl.Series:
    # Divided by NumPy: Polars' division differs in the last digit with where a row stands.
    return pl.Series("value", spans.dt.total_microseconds().to_numpy() / _MICROSECONDS_PER_DAY)


def _per_case(view: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    return _as_number(view.group_by("case").agg(value.alias("value")))


def _as_number(cases: pl.DataFrame) -> pl.DataFrame:
    return cases.with_columns(pl.col("value").cast(pl.Float64)).sort("case")


def _unknown(of: str, names: tuple[str, ...], rows: pl.DataFrame, case_type: str) -> Problem:
    attributes = [c for c in rows.columns if c not in ("object", "object_id", "type")]
    return Problem(
        f"--of {of!r} is no outcome of this log's cases ({case_type})",
        allowed=f"{', '.join(WORDS)}; an activity ({_listed(names)}); 'A > B'; attribute=value "
        f"with an attribute of {_listed(attributes) or 'none'}",
        suggestion=did_you_mean(of, [*WORDS, *names]),
    )


def _listed(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
