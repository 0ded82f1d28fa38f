"""Two logs side by side: what is done more or less often, faster or slower, and is it chance.

=============  =============================================================
LogComparison  how the second log differs from the first
MeasuredLog    a log and what its KPIs are measured over
compare_logs   compare two logs
distances      the published distances between two case views
=============  =============================================================
"""

from mining.log_comparison.comparison import LogComparison, compare_logs
from mining.log_comparison.distances import distances
from mining.log_comparison.kpi_differences import MeasuredLog

__all__ = ["LogComparison", "MeasuredLog", "compare_logs", "distances"]
