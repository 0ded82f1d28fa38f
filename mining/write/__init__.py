"""Writing event logs: Parquet, the three OCEL 2.0 serialisations, XES and CSV.

:func:`write_log` writes whole files or none, and the same log always gives the same bytes.
"""

from mining.write.log import FORMATS, write_log

__all__ = ["FORMATS", "write_log"]
