"""Order-to-cash simulation: a company in YAML becomes an event log and a receivables ledger.

====================  ======================================================
CompanyModel          a company's order-to-cash cycle as data
EventLog              the exchange format: five OCEL 2.0 tables
LogError              a log that cannot be used
MissingDependencyError  an optional package that is not installed
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
override              a model with other values
parameters            every parameter of a model with its provenance
read_folder           read a log written by the toolkit
reference_names       the reference companies that ship
simulate              run one replication
====================  ======================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from o2c_sim._version import __version__
from o2c_sim.lazy import loader

if TYPE_CHECKING:
    from o2c_sim.errors import (
        LogError,
        MissingDependencyError,
        ModelError,
        Problem,
        ScenarioError,
        ToolkitError,
        UsageError,
    )
    from o2c_sim.eventlog import EventLog, read_folder
    from o2c_sim.model import (
        CompanyModel,
        fingerprint,
        load_company,
        override,
        parameters,
        reference_names,
    )
    from o2c_sim.simulation import SimulationRun, Window, simulate

__all__ = [
    "CompanyModel",
    "EventLog",
    "LogError",
    "MissingDependencyError",
    "ModelError",
    "Problem",
    "ScenarioError",
    "SimulationRun",
    "ToolkitError",
    "UsageError",
    "Window",
    "__version__",
    "fingerprint",
    "load_company",
    "override",
    "parameters",
    "read_folder",
    "reference_names",
    "simulate",
]

# Names are loaded when first used, so that `o2c --help` does not pay for numpy and polars.
_HOMES = {
    "o2c_sim.errors": (
        "LogError",
        "MissingDependencyError",
        "ModelError",
        "Problem",
        "ScenarioError",
        "ToolkitError",
        "UsageError",
    ),
    "o2c_sim.eventlog": ("EventLog", "read_folder"),
    "o2c_sim.model": (
        "CompanyModel",
        "fingerprint",
        "load_company",
        "override",
        "parameters",
        "reference_names",
    ),
    "o2c_sim.simulation": ("SimulationRun", "Window", "simulate"),
}


__getattr__ = loader(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
