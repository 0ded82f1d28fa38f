"""Compliance rules: what must not happen in a log, who must not do both, and by when.

==============  ==============================================================
Rule            one rule, checked by pydantic
RuleFile        rules with their groups and names
RuleResult      what one rule found in a log
Template        the forms that a rule can have
check_rules     check a log against rules
faults          every event at fault, as one table
load_rules      read rules from a YAML file
shipped_rules   the rules that ship
==============  ==============================================================
"""

from mining.compliance.checking import RuleResult, check_rules, faults
from mining.compliance.rule import Rule, RuleFile, Template
from mining.compliance.rule_file import load_rules, shipped_rules

__all__ = [
    "Rule",
    "RuleFile",
    "RuleResult",
    "Template",
    "check_rules",
    "faults",
    "load_rules",
    "shipped_rules",
]
