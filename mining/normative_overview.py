"""The normative model at a glance: its stages in order, as a block diagram that can be read.

The model itself (:mod:`mining.normative`) is a Petri net of rules that no diagram can show: who
may do what depends on flags. The overview keeps which steps a stage has and in which order the
required ones come; it says nothing of the rules between optional steps.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mining.blocks import BLOCKS
from mining.bpmn import Elements
from mining.normative import covered_stages
from mining.reference_view import PROCESS_ORDER
from mining.rules import MILESTONES, rules

_PLACE = {activity: place for place, activity in enumerate(PROCESS_ORDER)}


def normative_overview(covered: Collection[str] | None = None, most_optional: int = 4) -> Elements:
    """Return stages, required steps in a row, and optional steps as ways that may be taken.

    Parameters
    ----------
    covered
        Reference names to show, such as those that a log records; all if None.
    most_optional
        Optional steps shown one by one in a stage; where there are more, one task counts them.

    Returns
    -------
    Elements
        A block diagram: in each stage the required steps, then a choice between the optional
        ones that may be repeated or passed by. Milestones of a stage count as required.
    """
    every = rules(BLOCKS, preset=frozenset(), credit_unseen=False, lines=False)
    known = {rule.activity for rule in every if rule.activity is not None}
    names = known if covered is None else known & set(covered)
    # Who clarifies a block does so only where one is set.
    blocked = {name for block in BLOCKS for name in block.activities}
    required = {rule.activity for rule in every if rule.required} - blocked
    # Where a stage has several milestones, any of them reaches it, and only one has to happen.
    required |= {marks[0] for marks in MILESTONES.values() if len(marks) == 1}
    diagram = _Diagram()
    for stage in covered_stages(names) or ():
        mine = {rule.activity for rule in every if rule.stage == stage and rule.activity in names}
        steps = sorted((n for n in mine if n), key=lambda n: _PLACE.get(n, len(_PLACE)))
        for name in (n for n in steps if n in required):
            diagram.task(name)
        optional = [n for n in steps if n not in required]
        if len(optional) > most_optional:
            rest = len(optional) - most_optional + 1
            more = f"{rest} other steps of {stage}"
            optional = [*optional[: most_optional - 1], more]
        if optional:
            diagram.choice(optional)
    return diagram.elements()


class _Diagram:
    """A block diagram under construction, from its start to its end."""

    def __init__(self) -> None:
        self._kinds, self._names = ["startEvent"], [""]
        self._flows: list[tuple[int, int]] = []
        self._last = 0

    def _node(self, kind: str, name: str = "") -> int:
        self._kinds.append(kind)
        self._names.append(name)
        return len(self._kinds) - 1

    def task(self, name: str) -> None:
        """Add a step that comes next."""
        node = self._node("task", name)
        self._flows.append((self._last, node))
        self._last = node

    def choice(self, names: Sequence[str]) -> None:
        """Add steps of which none, one or, by going back, several happen."""
        split, join = self._node("exclusiveGateway"), self._node("exclusiveGateway")
        self._flows += [(self._last, split), (split, join), (join, split)]
        for name in names:
            node = self._node("task", name)
            self._flows += [(split, node), (node, join)]
        self._last = join

    def elements(self) -> Elements:
        """Return the diagram with its end."""
        end = self._node("endEvent")
        flows = (*self._flows, (self._last, end))
        return Elements(tuple(self._kinds), tuple(self._names), flows)
