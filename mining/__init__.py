"""What a log says: reading, quality, performance, discovery, conformance, KPIs.

==================  ==========================================================
Analysis            all that is found in one log
ColumnMapping       which column of a flat log means what
Conformance         how a log agrees with a model
DEFINITIONS         every KPI with formula, population and source
DirectlyFollows     directly-follows graph with frequency and performance
KpiDefinition       what a KPI means
MeasuredLog         a log and what its KPIs are measured over
Model               a Petri net to check against
ObjectGraph         directly-follows graph of every object type
Period              the measured period
Quality             size and signs of trouble of a log
ReadLog             a log as read, with mapping and notes
Views               bottlenecks, hand-overs, batches, drift and segments of a log
analyse             find all that is in a log
check_rules         compliance rules: who breaks them
compare_logs        what tells two logs apart
directly_follows    the directly-follows graph of a case view
discover_bpmn       a BPMN model of a case view
discover_petri_net  a Petri net of a case view
find_causes         which attributes of cases go with an outcome
load_rules          compliance rules of a YAML file
measure             the KPIs that a log carries
outcome_of          the outcome that a word or an activity stands for
read_log            read a log of any known format
throughput          throughput time of each case
write_log           write a log in any known format
==================  ==========================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from o2c_sim.lazy import loader

if TYPE_CHECKING:
    from mining.analysis import Analysis, analyse
    from mining.compliance import check_rules, load_rules
    from mining.conformance import Conformance
    from mining.discovery import Model, discover_bpmn, discover_petri_net
    from mining.kpi_definitions import DEFINITIONS, KpiDefinition
    from mining.kpis import Period, measure
    from mining.log_comparison import MeasuredLog, compare_logs
    from mining.object_graph import ObjectGraph
    from mining.performance import DirectlyFollows, directly_follows, throughput
    from mining.quality import Quality
    from mining.read import ColumnMapping, ReadLog, read_log
    from mining.root_causes import find_causes, outcome_of
    from mining.views import Views
    from mining.write import write_log

__all__ = [
    "DEFINITIONS",
    "Analysis",
    "ColumnMapping",
    "Conformance",
    "DirectlyFollows",
    "KpiDefinition",
    "MeasuredLog",
    "Model",
    "ObjectGraph",
    "Period",
    "Quality",
    "ReadLog",
    "Views",
    "analyse",
    "check_rules",
    "compare_logs",
    "directly_follows",
    "discover_bpmn",
    "discover_petri_net",
    "find_causes",
    "load_rules",
    "measure",
    "outcome_of",
    "read_log",
    "throughput",
    "write_log",
]

_HOMES = {
    "mining.analysis": ("Analysis", "analyse"),
    "mining.compliance": ("check_rules", "load_rules"),
    "mining.conformance": ("Conformance",),
    "mining.discovery": ("Model", "discover_bpmn", "discover_petri_net"),
    "mining.kpi_definitions": ("DEFINITIONS", "KpiDefinition"),
    "mining.kpis": ("Period", "measure"),
    "mining.log_comparison": ("MeasuredLog", "compare_logs"),
    "mining.object_graph": ("ObjectGraph",),
    "mining.performance": ("DirectlyFollows", "directly_follows", "throughput"),
    "mining.quality": ("Quality",),
    "mining.read": ("ColumnMapping", "ReadLog", "read_log"),
    "mining.root_causes": ("find_causes", "outcome_of"),
    "mining.views": ("Views",),
    "mining.write": ("write_log",),
}

__getattr__ = loader(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
