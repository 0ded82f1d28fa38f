"""Reading event logs: any usual file becomes an :class:`~o2c_sim.eventlog.EventLog`.

:func:`read_log` recognises CSV, XES, OCEL 2.0 and Parquet by content, guesses which column
plays which part, and returns the guess with the log so that it can be shown and corrected.
"""

from mining.read.log import ReadLog, read_log
from mining.read.mapping import ColumnMapping

__all__ = ["ColumnMapping", "ReadLog", "read_log"]
