"""What a rule is: a template, the activities it speaks of, conditions, a time bound, persons."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mining.compliance.span import Span, parse_span
from o2c_sim.errors import did_you_mean

Scalar = bool | int | float | str


class Severity(StrEnum):
    """How bad it is when a rule is broken; worst first."""

    SERIOUS = "serious"
    WARNING = "warning"
    INFO = "info"


class Template(StrEnum):
    """The form of a rule. The names are those of DECLARE, with two of our own at the end."""

    EXISTENCE = "existence"
    ABSENCE = "absence"
    EXACTLY = "exactly"
    INIT = "init"
    END = "end"
    RESPONDED_EXISTENCE = "responded_existence"
    COEXISTENCE = "coexistence"
    NOT_COEXISTENCE = "not_coexistence"
    RESPONSE = "response"
    PRECEDENCE = "precedence"
    SUCCESSION = "succession"
    NOT_SUCCESSION = "not_succession"
    CHAIN_RESPONSE = "chain_response"
    CHAIN_PRECEDENCE = "chain_precedence"
    CHAIN_SUCCESSION = "chain_succession"
    NOT_CHAIN_SUCCESSION = "not_chain_succession"
    ALTERNATE_RESPONSE = "alternate_response"
    ALTERNATE_PRECEDENCE = "alternate_precedence"
    ALTERNATE_SUCCESSION = "alternate_succession"
    NOT_WHILE = "not_while"
    EACH = "each"


COUNTED = frozenset((Template.EXISTENCE, Template.ABSENCE, Template.EXACTLY))
UNARY = frozenset((*COUNTED, Template.INIT, Template.END))
OWN = frozenset((Template.NOT_WHILE, Template.EACH))
BINARY = frozenset(Template) - UNARY - OWN

# Keys that only some templates know, and those that need them.
_KEYS = {
    "then": (BINARY, BINARY),
    "then_where": (BINARY, frozenset[Template]()),
    "within": (BINARY, frozenset[Template]()),
    "person": (BINARY, frozenset[Template]()),
    "times": (COUNTED, frozenset((Template.EXACTLY,))),
    "after": (frozenset((Template.NOT_WHILE,)), frozenset((Template.NOT_WHILE,))),
    "until": (frozenset((Template.NOT_WHILE,)), frozenset[Template]()),
    "must": (frozenset((Template.EACH,)), frozenset((Template.EACH,))),
}


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _template(value: Any) -> Any:
    if value not in list(Template):
        names = [template.value for template in Template]
        hint = did_you_mean(str(value)[:80], names)
        raise ValueError(
            f"there is no such template; allowed: {', '.join(names)}"
            + (f"; {hint}" if hint else "")
        )
    return value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Condition(_Part):
    """What an attribute must be; every key that is given must hold, and a gap never does.

    Parameters
    ----------
    one_of
        Values, one of which it must be; in a file the value or a list of values.
    is_not
        Values that it must not be.
    above, at_least, below, at_most
        Bounds of a number.
    """

    one_of: tuple[Scalar, ...] = ()
    is_not: tuple[Scalar, ...] = ()
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, Condition):
            return value
        if not isinstance(value, Mapping):
            value = {"one_of": value}
        elif not value:
            raise ValueError("no condition is given")
        found = dict(value)
        for key in ("one_of", "is_not"):
            if key in found:
                items = found[key] if isinstance(found[key], list | tuple) else [found[key]]
                if not items or not all(isinstance(item, Scalar) for item in items):
                    raise ValueError("expects a text, a number, true or false, or a list of these")
                found[key] = tuple(items)
        return found

    @property
    def bounds(self) -> dict[str, float]:
        """The bounds that are given."""
        names = ("above", "at_least", "below", "at_most")
        return {name: bound for name in names if (bound := getattr(self, name)) is not None}


Names = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]
Where = dict[str, Condition]


class Rule(_Part):
    """One rule.

    Parameters
    ----------
    title
        What is asked, in a few words.
    why
        Why it matters.
    severity
        How bad a breach is.
    case
        Object types, one of which is the case: the first that the log has with all activities.
    template
        The form of the rule.
    activity, then
        Activities, any of which counts; ``then`` is the later one of a pair.
    after, until
        Of ``not_while``: what begins the state in which ``activity`` must not happen, and what
        ends it.
    where, then_where
        Conditions on the event that counts as ``activity`` or as ``then``.
    must
        Of ``each``: conditions that every ``activity`` must meet.
    cases
        Conditions on the case's own attributes: the rule speaks of these cases only.
    within
        Longest time between the two events of a pair.
    person
        ``same`` or ``different``: who did the two events of a pair. A pair is by the same person
        if both are known to be people, and equal; otherwise it is by different ones.
    times
        Of ``existence`` at least (1), of ``absence`` at most (0), of ``exactly`` just so many.
    limit
        Share of what the rule applies to that may break it.
    """

    title: str = Field(min_length=1)
    why: str = ""
    severity: Severity = Severity.WARNING
    case: Names
    template: Annotated[Template, BeforeValidator(_template)]
    activity: Names
    then: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    after: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    until: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    where: Where = {}
    then_where: Where = {}
    must: Where = {}
    cases: Where = {}
    within: Annotated[Span | None, BeforeValidator(parse_span)] = None
    person: Literal["same", "different"] | None = None
    times: int | None = Field(default=None, ge=0, le=1_000_000)
    limit: float = Field(default=0.0, ge=0.0, lt=1.0)

    @model_validator(mode="after")
    def _keys_of_the_template(self) -> Rule:
        faults = []
        for key, (allowed, needed) in _KEYS.items():
            given = bool(getattr(self, key)) or (key == "times" and self.times is not None)
            if given and self.template not in allowed:
                faults.append(f"the template {self.template.value!r} knows no {key!r}")
            elif not given and self.template in needed:
                faults.append(f"the template {self.template.value!r} needs {key!r}")
        if self.template is Template.EXISTENCE and self.times == 0:
            faults.append("'times' of 'existence' must be at least 1")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The sets of activities that the rule speaks of."""
        return tuple(g for g in (self.activity, self.then, self.after, self.until) if g)

    def with_groups(self, groups: Mapping[str, tuple[str, ...]]) -> Rule:
        """Return the rule with the names of groups replaced by their activities."""
        spread = {
            key: tuple(dict.fromkeys(a for n in getattr(self, key) for a in groups.get(n, (n,))))
            for key in ("activity", "then", "after", "until")
        }
        return self.model_copy(update=spread)


class RuleFile(_Part):
    """A file of rules.

    Parameters
    ----------
    rules
        By name.
    groups
        Names for sets of activities.
    names
        What activities of the log are called in the reference vocabulary; looked up first.
    recorded
        Activities that the log records even if none happened: their absence is then a finding.
    system_users
        Resources that are programs, not people.
    """

    rules: dict[str, Rule] = Field(min_length=1)
    groups: dict[str, Names] = {}
    names: dict[str, str] = {}
    recorded: tuple[str, ...] = ()
    system_users: tuple[str, ...] = ()

    @property
    def ready(self) -> dict[str, Rule]:
        """The rules with the names of groups replaced by their activities."""
        return {name: rule.with_groups(self.groups) for name, rule in self.rules.items()}
