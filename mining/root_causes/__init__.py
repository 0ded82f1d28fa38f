"""Which attributes of cases go with delay, lateness, deviation or rework, and how sure that is.

===============  ===================================================================
Finding          an attribute that goes with the outcome
Outcome          what is looked into: a share of cases, or days
RootCauses       all findings of one log
find_causes      test every attribute of the cases
outcome_of       the outcome that a word, an activity or an attribute stands for
===============  ===================================================================
"""

from mining.root_causes.causes import Finding, RootCauses, find_causes
from mining.root_causes.outcomes import Outcome, outcome_of

__all__ = ["Finding", "Outcome", "RootCauses", "find_causes", "outcome_of"]
