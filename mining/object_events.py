"""The events of each object of a log, joined once per object type and shared by all readers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

import polars as pl

from o2c_sim.eventlog import EventLog

_COLUMNS = ("event", "activity", "start", "time", "automated", "amount", "cost")


class ObjectEvents:
    """What happened to each object of a log, by object type.

    Parameters
    ----------
    log
        The log; it must not change afterwards.
    """

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self._rows: dict[str, pl.DataFrame] = {}
        self._spans: dict[str, dict[str, pl.DataFrame]] = {}
        self._kept: dict[str, pl.DataFrame] = {}
        self._names = frozenset(log.events["activity"].unique().cast(pl.String))

    @classmethod
    def of(cls, log: EventLog | ObjectEvents) -> ObjectEvents:
        """Return the view of a log; of a view, the view itself."""
        return log if isinstance(log, cls) else cls(log)  # type: ignore[arg-type]

    def rows(self, object_type: str) -> pl.DataFrame:
        """Return the events of the objects of one type.

        Raises
        ------
        LogError
            If no object has that type.

        Returns
        -------
        polars.DataFrame
            ``case`` (object number), ``event``, ``activity``, ``start``, ``time``, ``automated``,
            ``cents`` (the event's amount, whole cents, null where it has none) and, where the log
            has it, ``cost``; in no particular order. An event of several objects occurs for each.
        """
        if object_type not in self._rows:
            self._rows[object_type] = self._join(object_type)
        return self._rows[object_type]

    def of_activities(self, object_type: str, activities: Iterable[str]) -> pl.DataFrame:
        """Return the rows of some activities, with their names as text."""
        present = [name for name in activities if name in self._names]
        rows = self.rows(object_type).filter(pl.col("activity").is_in(present))
        return rows.with_columns(pl.col("activity").cast(pl.String))

    def spans(self, object_type: str, activity: str) -> pl.DataFrame:
        """Return when something first and last happened to each object that it happened to.

        Returns
        -------
        polars.DataFrame
            ``case``, ``first``, ``last`` (completion), ``begun`` (the earliest start), ``times``
            (how often), ``cents`` (sum of the amounts).
        """
        if object_type not in self._spans:
            self._spans[object_type] = self._all_spans(object_type)
        parts = self._spans[object_type]
        return parts.get(activity, parts[""])

    def stretches(self, object_type: str, opens: str, ends: tuple[str, ...]) -> pl.DataFrame:
        """Return each time that something was opened on an object, until the next end of it.

        Returns
        -------
        polars.DataFrame
            ``case``, ``first`` (the opening; of several in a row the first one), ``last`` (null
            without an end); a row each time, so an object may have several.
        """
        ended = pl.col("activity").is_in(list(ends))
        rows = self.of_activities(object_type, (opens, *ends)).sort("case", "time", "event")
        return (
            rows.with_columns((ended.cum_sum() - ended.cast(pl.UInt32)).over("case").alias("turn"))
            .group_by("case", "turn", maintain_order=True)
            .agg(
                pl.col("time").filter(~ended).min().alias("first"),
                pl.col("time").filter(ended).min().alias("last"),
            )
            .filter(pl.col("first").is_not_null())
            .drop("turn")
        )

    def once(self, name: str, compute: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return a table that several readers need, computed for the first of them."""
        if name not in self._kept:
            self._kept[name] = compute()
        return self._kept[name]

    @cached_property
    def _repeats(self) -> bool:
        """Whether an event may be related to one object twice; sorted tables show it cheaply."""
        pairs = pl.col("event").cast(pl.UInt64) * 2**32 + pl.col("object").cast(pl.UInt64)
        keys = self.log.event_objects.select(pairs.alias("key"))["key"]
        return not keys.is_sorted() or bool((keys.diff().drop_nulls() <= 0).any())

    def _all_spans(self, object_type: str) -> dict[str, pl.DataFrame]:
        spans = (
            self.rows(object_type)
            .lazy()
            .group_by("activity", "case")
            .agg(
                pl.col("time").min().alias("first"),
                pl.col("time").max().alias("last"),
                pl.coalesce("start", "time").min().alias("begun"),
                pl.len().alias("times"),
                pl.col("cents").sum(),
            )
            .collect()
        )
        parts = spans.partition_by("activity", as_dict=True, include_key=False)
        by_name = {str(key[0]): part for key, part in parts.items()}
        return {**by_name, "": spans.drop("activity").clear()}

    def _join(self, object_type: str) -> pl.DataFrame:
        log = self.log
        numbers = log.objects_of(object_type).lazy().select("object")
        kept = [name for name in _COLUMNS if name in log.events.columns]
        related = log.event_objects.lazy().join(numbers, on="object", how="semi")
        if self._repeats:  # under two qualifiers
            related = related.unique(["event", "object"])
        return (
            related.select("event", pl.col("object").alias("case"))
            .join(log.events.lazy().select(kept), on="event", how="inner")
            .with_columns((pl.col("amount") * 100).round().cast(pl.Int64).alias("cents"))
            .drop("amount")
            .collect()
        )
