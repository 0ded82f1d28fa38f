"""Domain-free simulation engine: time, calendars, people, batch runs, randomness, recording.

===================  =======================================================
Clock                simulation seconds and civil time
Draws                the random draws of one purpose, addressed by entity
Environment          SimPy's environment with a faster loop and light processes
PoolStatistics       what a pool of people did in a window
Recorder             columnar event recorder
RunCalendar          when a batch job runs
StaffPool            people who share a queue and a calendar
Streams              all random draws of one replication
WorkingCalendar      working-time arithmetic
===================  =======================================================
"""

from o2c_sim.engine.calendar import WorkingCalendar
from o2c_sim.engine.clock import Clock
from o2c_sim.engine.environment import Environment
from o2c_sim.engine.randomness import Draws, Streams
from o2c_sim.engine.recorder import Recorder
from o2c_sim.engine.runs import RunCalendar
from o2c_sim.engine.staff import PoolStatistics, StaffPool

__all__ = [
    "Clock",
    "Draws",
    "Environment",
    "PoolStatistics",
    "Recorder",
    "RunCalendar",
    "StaffPool",
    "Streams",
    "WorkingCalendar",
]
