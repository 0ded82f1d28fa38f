"""Order-to-cash simulation: a company in YAML becomes an event log and a receivables ledger.

====================  ======================================================
CompanyModel          a company's order-to-cash cycle as data
EventLog              the exchange format: five OCEL 2.0 tables
ExtensionError        a user's own Python file that cannot be used
LogError              a log that cannot be used
Opening               open invoices, open orders and stock to start from
OpeningError          a state to start from that cannot be used
MissingDependencyError  an optional package that is not installed
ModelChange           from a day of the run on, the company is another one
ModelError            a model that cannot be used
Problem               one thing that is wrong, and what to do about it
ScenarioError         a scenario that cannot be used
SimulationRun         log, ledger, utilisation and manifest of one run
ToolkitError          base of the errors reported to users
UsageError            a request that cannot be carried out
Window                warm-up, measured days, cool-down
__version__           version of the toolkit
fingerprint           SHA-256 of a model's content
load_company          read a model file or a reference company
load_extension        a user's own stages and policies, from a Python file
override              a model with other values
parameters            every parameter of a model with its provenance
read_opening          read the state that a run starts from
read_folder           read a log written by the toolkit
reference_names       the reference companies that ship
simulate              run one replication
write_opening         write the state in which a run has ended
====================  ======================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from o2c_sim import compiled
from o2c_sim._version import __version__
from o2c_sim.lazy import loader

# Before any module of the simulator is imported.
compiled.prefer(__path__)

if TYPE_CHECKING:
    from o2c_sim.change import ModelChange
    from o2c_sim.errors import (
        ExtensionError,
        LogError,
        MissingDependencyError,
        ModelError,
        OpeningError,
        Problem,
        ScenarioError,
        ToolkitError,
        UsageError,
    )
    from o2c_sim.eventlog import EventLog, read_folder
    from o2c_sim.extension import load_extension
    from o2c_sim.model import (
        CompanyModel,
        fingerprint,
        load_company,
        override,
        parameters,
        reference_names,
    )
    from o2c_sim.opening import Opening
    from o2c_sim.opening_files import read_opening, write_opening
    from o2c_sim.simulation import SimulationRun, Window, simulate

__all__ = [
    "CompanyModel",
    "EventLog",
    "ExtensionError",
    "LogError",
    "MissingDependencyError",
    "ModelChange",
    "ModelError",
    "Opening",
    "OpeningError",
    "Problem",
    "ScenarioError",
    "SimulationRun",
    "ToolkitError",
    "UsageError",
    "Window",
    "__version__",
    "fingerprint",
    "load_company",
    "load_extension",
    "override",
    "parameters",
    "read_folder",
    "read_opening",
    "reference_names",
    "simulate",
    "write_opening",
]

# Names are loaded when first used, so that `o2c --help` does not pay for numpy and polars.
_HOMES = {
    "o2c_sim.change": ("ModelChange",),
    "o2c_sim.errors": (
        "ExtensionError",
        "LogError",
        "MissingDependencyError",
        "ModelError",
        "OpeningError",
        "Problem",
        "ScenarioError",
        "ToolkitError",
        "UsageError",
    ),
    "o2c_sim.eventlog": ("EventLog", "read_folder"),
    "o2c_sim.extension": ("load_extension",),
    "o2c_sim.model": (
        "CompanyModel",
        "fingerprint",
        "load_company",
        "override",
        "parameters",
        "reference_names",
    ),
    "o2c_sim.opening": ("Opening",),
    "o2c_sim.opening_files": ("read_opening", "write_opening"),
    "o2c_sim.simulation": ("SimulationRun", "Window", "simulate"),
}


__getattr__ = loader(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
