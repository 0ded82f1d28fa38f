"""A flat table as it was found in a file, before anybody says what its columns mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from mining.read.columns import resolve
from mining.read.lifecycle import chosen_column, paired
from mining.read.mapping import ColumnMapping
from mining.read.table import to_log
from o2c_sim.errors import LogError, Problem
from o2c_sim.eventlog import EventLog

_ROW = "@row"


@dataclass(frozen=True, slots=True)
class FlatTable:
    """Rows of text.

    Parameters
    ----------
    frame
        The rows, blank ones left out.
    where
        The file, for people.
    lines
        Gives the line of the file for row indices, for messages.
    used
        How the file was read: ``delimiter`` and ``encoding``, or ``sheet``.
    notes
        What was noticed.
    """

    frame: pl.DataFrame
    where: str
    lines: Callable[[Sequence[int]], list[int]]
    used: dict[str, str]
    notes: list[str]

    @classmethod
    def of(
        cls,
        frame: pl.DataFrame,
        where: str,
        lines: Callable[[Sequence[int]], list[int]],
        used: dict[str, str],
        notes: list[str],
    ) -> FlatTable:
        """Return the table without the rows that have no value at all."""
        # A blank line reads as a row without any value; it is no event, but it counts as a line.
        index = frame.select(~pl.all_horizontal(pl.all().is_null())).to_series().arg_true()
        if blank := frame.height - len(index):
            notes = [*notes, f"{blank} rows without any value are skipped"]
        frame = frame[index]
        duplicated = [c for c in frame.columns if "_duplicated_" in c]
        if duplicated:
            notes = [*notes, f"column names occur twice; renamed: {', '.join(duplicated)}"]
        return cls(frame, where, lambda rows: lines(index[list(rows)].to_list()), used, notes)

    def events(
        self, mapping: ColumnMapping, zone: str
    ) -> tuple[EventLog, ColumnMapping, list[str]]:
        """Return the rows as events.

        Parameters
        ----------
        mapping
            What the user said about the columns.
        zone
            IANA time zone of stamps without an offset.

        Returns
        -------
        tuple
            The log, the mapping used, and notes.

        Raises
        ------
        LogError
            If the rows are not events.
        """
        resolved, column_notes = resolve(self.frame, mapping, self.where)
        if self.frame.is_empty():
            raise LogError(Problem("there is a header but no event", where=self.where))
        frame, lines, resolved, pair_notes = self._paired(resolved)
        log, resolved, table_notes = to_log(
            frame,
            replace(resolved, **self.used),
            zone=zone,
            source=self.where,
            lines=lines,
            unit="row",
        )
        return log, resolved, [*self.notes, *column_notes, *pair_notes, *table_notes]

    def _paired(
        self, mapping: ColumnMapping
    ) -> tuple[pl.DataFrame, Callable[[Sequence[int]], list[int]], ColumnMapping, list[str]]:
        """Join starts and completions that are rows of their own."""
        column = chosen_column(self.frame.columns, mapping)
        if column is None:
            return self.frame, self.lines, mapping, []
        numbered = self.frame.with_row_index(_ROW)
        frame, mapping, notes = paired(numbered, mapping, column)
        rows = frame[_ROW]
        return (
            frame.drop(_ROW),
            lambda index: self.lines(rows[list(index)].to_list()),
            mapping,
            notes,
        )
