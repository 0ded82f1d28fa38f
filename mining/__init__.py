"""What a log says: reading, quality, performance, discovery, conformance, KPIs.

==================  ==========================================================
Analysis            all that is found in one log
ColumnMapping       which column of a flat log means what
Conformance         how a log agrees with a model
DEFINITIONS         every KPI with formula, population and source
DirectlyFollows     directly-follows graph with frequency and performance
KpiDefinition       what a KPI means
Model               a Petri net to check against
Period              the measured period
Quality             size and signs of trouble of a log
ReadLog             a log as read, with mapping and notes
analyse             find all that is in a log
directly_follows    the directly-follows graph of a case view
discover_bpmn       a BPMN model of a case view
discover_petri_net  a Petri net of a case view
measure             the KPIs that a log carries
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
    from mining.conformance import Conformance
    from mining.discovery import Model, discover_bpmn, discover_petri_net
    from mining.kpi_definitions import DEFINITIONS, KpiDefinition
    from mining.kpis import Period, measure
    from mining.performance import DirectlyFollows, directly_follows, throughput
    from mining.quality import Quality
    from mining.read import ColumnMapping, ReadLog, read_log
    from mining.write import write_log

__all__ = [
    "DEFINITIONS",
    "Analysis",
    "ColumnMapping",
    "Conformance",
    "DirectlyFollows",
    "KpiDefinition",
    "Model",
    "Period",
    "Quality",
    "ReadLog",
    "analyse",
    "directly_follows",
    "discover_bpmn",
    "discover_petri_net",
    "measure",
    "read_log",
    "throughput",
    "write_log",
]

_HOMES = {
    "mining.analysis": ("Analysis", "analyse"),
    "mining.conformance": ("Conformance",),
    "mining.discovery": ("Model", "discover_bpmn", "discover_petri_net"),
    "mining.kpi_definitions": ("DEFINITIONS", "KpiDefinition"),
    "mining.kpis": ("Period", "measure"),
    "mining.performance": ("DirectlyFollows", "directly_follows", "throughput"),
    "mining.quality": ("Quality",),
    "mining.read": ("ColumnMapping", "ReadLog", "read_log"),
    "mining.write": ("write_log",),
}

__getattr__ = loader(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
