"""The week of each role: how much is done in which hour, how much is in hand, how much waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.grouping import Floats, Integers
from mining.ordered_cases import activity_names, micros, ordered
from mining.performance import MICROSECONDS_PER_HOUR
from o2c_sim.errors import Problem, UsageError

GROUPS = ("role", "resource", "activity")
NOT_RECORDED = "not recorded"
AUTOMATIC = "automatic"
MOST_GROUPS = 11
HOURS_PER_WEEK = 168


@dataclass(frozen=True, slots=True)
class WorkProfile:
    """What happens in each hour of the week.

    Parameters
    ----------
    by
        What the work is parted by: ``role``, ``resource`` or ``activity``.
    hours
        One row per group and hour of the week: ``group``, ``weekday`` (1 is Monday), ``hour`` (0
        to 23, on the company's clock), ``done`` (events completed per hour, mean over the weeks),
        ``in_hand`` (mean number of events begun and not completed; null without starts),
        ``waiting`` (mean number of cases that wait for the group), ``busy`` (``in_hand`` by the
        people of the group; null where they are not known). NaN for hours of the week that the
        log does not reach.
    groups
        One row per group in the order of its events: ``group``, ``events``, ``parts`` (how many
        roles, resources or activities are in it: more than 1 in what is summed up).
    has_starts
        Whether the log says when work began. Where it does not, ``waiting`` holds the work too.
    weeks
        Length of the log in weeks.
    """

    by: str
    hours: pl.DataFrame
    groups: pl.DataFrame
    has_starts: bool
    weeks: float


def work_profile(
    cases: pl.DataFrame,
    zone: str = "UTC",
    *,
    by: str | None = None,
    most: int = MOST_GROUPS,
    people: Mapping[str, float] | None = None,
) -> WorkProfile:
    """Return the work and the waiting of each group by hour of the week.

    A case waits for a group from the end of its event before until the group begins the next; it
    is unknown whether it waits in a queue or for a day that was agreed. Without starts it waits
    until the next event ends. An event that belongs to several cases is work once.

    Parameters
    ----------
    cases
        A case view, in any row order.
    zone
        IANA time zone of the clock.
    by
        ``role``, ``resource`` or ``activity``; by default the first that the log records.
    most
        Groups to tell apart; the smallest are summed up.
    people
        How many people each group has; then only these groups are told of, which leaves out what
        runs by itself, and all of them are told apart. A simulated run keeps them as ``headcount``
        of its utilisation.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    UsageError
        If *by* is unknown or the log does not record it.
    """
    view = ordered(cases)
    by = _recorded(view, by)
    known = "start" in view.columns and view["start"].null_count() < view.height
    names, code = _named(view, by)
    is_first = view["event"].is_first_distinct().to_numpy()
    if not view.height:
        groups, _ = _groups(names, np.zeros(0, np.int64), most)
        return WorkProfile(by, _hours([], [[], [], []], known), groups, known, 0.0)
    end = micros(view["time"])
    start = micros(view.select(pl.coalesce("start", "time")).to_series()) if known else end
    axis = _Axis.of(min(int(start.min()), int(end.min())), int(end.max()), zone)
    counts = np.bincount(code[is_first], minlength=len(names))
    if people is not None:
        staffed = [people.get(name, 0) > 0 for name in names]
        counts, most = np.where(staffed, counts, 0), max(len(people), 1)
    groups, number_of = _groups(names, counts, most)
    number = number_of[code]
    told = number >= 0
    worked, waited = told & is_first, told & _has_step_before(view)
    before = np.roll(end, 1)
    size = groups.height
    measured = [
        axis.means(axis.counted(number[worked], end[worked], size)),
        axis.means(axis.occupied(number[worked], start[worked], end[worked], size)),
        # Without starts, work that has not ended is waiting.
        axis.means(axis.occupied(number[waited], before[waited], start[waited], size)),
    ]
    hours = _hours(groups["group"].to_list(), measured, known, people or {})
    return WorkProfile(by, hours, groups, known, axis.size / HOURS_PER_WEEK)


@dataclass(frozen=True, slots=True)
class _Axis:
    """The hours of a log, one after the other, and the hour of the week that each is.

    Parameters
    ----------
    origin
        Begin of the first, microseconds UTC: a full hour of the local clock.
    slot
        Hour of the week of each, 0 for Monday midnight.
    """

    origin: int
    slot: Integers

    @classmethod
    def of(cls, first: int, last: int, zone: str) -> _Axis:
        """Return the hours from a first to a last moment, microseconds UTC."""
        begin = pl.Series([first]).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        # Zones differ from UTC by half hours too; a bin is an hour of the local clock.
        local = begin.dt.convert_time_zone(zone).dt.replace_time_zone(None)
        origin = first - int(micros(local)[0]) % MICROSECONDS_PER_HOUR
        size = (last - origin) // MICROSECONDS_PER_HOUR + 1
        bins = pl.Series(origin + np.arange(size) * MICROSECONDS_PER_HOUR).cast(pl.Datetime("us"))
        hour = bins.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
        slot = (hour.dt.weekday().cast(pl.Int64) - 1) * 24 + hour.dt.hour().cast(pl.Int64)
        return cls(origin, slot.to_numpy())

    @property
    def size(self) -> int:
        """Number of hours."""
        return len(self.slot)

    def counted(self, group: Integers, moments: Integers, groups: int) -> Floats:
        """Return how many moments of each group (rows) fall into each hour (columns)."""
        place = (moments - self.origin) // MICROSECONDS_PER_HOUR
        counts = np.bincount(group * self.size + place, minlength=groups * self.size)
        table: Floats = counts.reshape(groups, self.size).astype(np.float64)
        return table

    def occupied(self, group: Integers, starts: Integers, ends: Integers, groups: int) -> Floats:
        """Return the mean number of intervals of each group that are open in each hour."""
        later = np.maximum(starts, ends)
        return self._until(group, later, groups) - self._until(group, starts, groups)

    def means(self, table: Floats) -> list[Floats]:
        """Return the mean of each hour of the week by row; NaN for one that there is none of."""
        hours = np.bincount(self.slot, minlength=HOURS_PER_WEEK)
        found = []
        for row in table:
            total = np.bincount(self.slot, weights=row, minlength=HOURS_PER_WEEK)
            means: Floats = np.full(HOURS_PER_WEEK, np.nan)
            np.divide(total, hours, out=means, where=hours > 0)
            found.append(means)
        return found

    def _until(self, group: Integers, ends: Integers, groups: int) -> Floats:
        """Return the length that intervals from the origin to *ends* have in each hour, summed."""
        hours = np.clip((ends - self.origin) / MICROSECONDS_PER_HOUR, 0.0, self.size)
        whole: Integers = hours.astype(np.int64)
        place, shape = group * (self.size + 1) + whole, (groups, self.size + 1)
        cells = groups * (self.size + 1)
        part = np.bincount(place, weights=hours - whole, minlength=cells).reshape(shape)
        ended = np.bincount(place, minlength=cells).reshape(shape)
        # An interval fills every hour before the one that it ends in.
        longer = ended.sum(axis=1, keepdims=True) - ended.cumsum(axis=1)
        filled: Floats = (part + longer)[:, : self.size].astype(np.float64)
        return filled


def _recorded(view: pl.DataFrame, by: str | None) -> str:
    recorded = [
        column
        for column in GROUPS
        if column in view.columns
        and (column == "activity" or view[column].null_count() < view.height)
    ]
    if by is None:
        return recorded[0]
    if by not in recorded:
        what = "recorded by the log" if by in GROUPS else "known"
        raise UsageError(Problem(f"{by!r} is not {what}", allowed=", ".join(recorded)))
    return by


def _has_step_before(view: pl.DataFrame) -> npt.NDArray[np.bool_]:
    case = view["case"]
    return (case == case.shift(1)).fill_null(False).to_numpy()


def _named(view: pl.DataFrame, by: str) -> tuple[list[str], Integers]:
    """Return the names of roles, resources or activities, and the place of each event's in them."""
    coded = view[by]
    if not isinstance(coded.dtype, pl.Enum):
        texts = coded.cast(pl.String)
        coded = texts.cast(pl.Enum(texts.drop_nulls().unique().sort()))
    names = [*activity_names(coded).to_list(), AUTOMATIC, NOT_RECORDED]
    nobody = pl.lit(len(names) - 1, pl.Int64)
    if "automated" in view.columns:
        automatic = pl.lit(len(names) - 2, pl.Int64)
        nobody = pl.when(pl.col("automated")).then(automatic).otherwise(nobody)
    known = pl.lit(coded.to_physical().cast(pl.Int64))
    code: Integers = view.select(pl.coalesce(known, nobody)).to_series().to_numpy()
    return names, code


def _groups(names: list[str], counts: Integers, most: int) -> tuple[pl.DataFrame, Integers]:
    """Return the groups, and the number of the group of each name; -1 where it has no events."""
    seen = [(int(count), name, code) for code, (name, count) in enumerate(
        zip(names, counts, strict=False)) if count]  # fmt: skip
    seen.sort(key=lambda item: (-item[0], item[1]))
    kept = len(seen) if len(seen) <= most else max(most - 1, 0)
    number_of = np.full(len(names), -1, np.int64)
    for number, (_, _, code) in enumerate(seen):
        number_of[code] = min(number, kept)
    rows = [(name, count, 1) for count, name, _ in seen[:kept]]
    if rest := seen[kept:]:
        rows.append((f"all {len(rest)} others", sum(count for count, *_ in rest), len(rest)))
    schema = {"group": pl.String, "events": pl.UInt32, "parts": pl.UInt32}
    return pl.DataFrame(rows, schema=schema, orient="row"), number_of


def _hours(
    names: list[str],
    measured: list[list[Floats]],
    has_starts: bool,
    people: Mapping[str, float] | None = None,
) -> pl.DataFrame:
    columns = ("done", "in_hand", "waiting")
    slots = np.tile(np.arange(HOURS_PER_WEEK), len(names))
    table = pl.DataFrame(
        {
            "group": [name for name in names for _ in range(HOURS_PER_WEEK)],
            "weekday": slots // 24 + 1,
            "hour": slots % 24,
            **{
                column: np.concatenate(parts) if parts else np.zeros(0)
                for column, parts in zip(columns, measured, strict=True)
            },
        },
        schema_overrides={"group": pl.String},
    )
    if not has_starts:
        table = table.with_columns(pl.lit(None, pl.Float64).alias("in_hand"))
    size = pl.col("group").replace_strict(
        {name: float(size) for name, size in (people or {}).items()},
        default=None,
        return_dtype=pl.Float64,
    )
    return table.with_columns((pl.col("in_hand") / size).alias("busy"))
