"""The Petri net of the normative order-to-cash model, cut to what a log records."""

from __future__ import annotations

from dataclasses import dataclass

from mining.discovery import Model, quiet_pm4py
from mining.rules import BLOCKS, SINK, SOURCE, STAGES, Rule, rules, stage_of
from o2c_sim import vocabulary as v

CREDIT_EVENTS = frozenset((v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT))


@dataclass(frozen=True, slots=True)
class Setting:
    """How the model is cut and eased for one log."""

    stages: tuple[str, ...]
    preset: frozenset[str] = frozenset()
    credit_unseen: bool = False
    lines: bool = False


def build(names: frozenset[str], setting: Setting) -> Model:
    """Return the net of the rules that apply; names outside *names* are silent or left out."""
    last = setting.stages[-1]
    every = rules(
        tuple(block for block in BLOCKS if not block.activities.isdisjoint(names)),
        preset=setting.preset,
        credit_unseen=setting.credit_unseen and not CREDIT_EVENTS.isdisjoint(names),
        lines=setting.lines,
    )
    kept = [_cut(rule, last) for rule in every if is_until(rule.stage, last)]
    kept = [
        rule for rule in kept if rule.activity is None or rule.required or rule.activity in names
    ]
    # Deliveries that nobody recorded have no number, so nothing can be asked of what follows them.
    if v.CREATE_DELIVERY not in names:
        kept = [_without(rule, {"to_pick"}) for rule in kept]
        if v.PICK_AND_PACK not in names:
            kept = [
                _without(rule, {"to_issue"}) for rule in kept if rule.activity != v.PICK_AND_PACK
            ]
    return _net(_reachable(kept), names, f"normative, {setting.stages[0]} to {last}")


def is_until(stage: str, last: str) -> bool:
    """Return whether a stage is not after the last one."""
    return STAGES.index(stage) <= STAGES.index(last)


def _cut(rule: Rule, last: str) -> Rule:
    """Return a rule without the places that only matter after the last covered stage."""
    places = {*rule.takes, *rule.gives}
    return _without(rule, {place for place in places if not is_until(stage_of(place), last)})


def _without(rule: Rule, places: set[str]) -> Rule:
    takes = tuple(place for place in rule.takes if place not in places)
    gives = tuple(place for place in rule.gives if place not in places)
    return Rule(rule.activity, takes, gives, rule.stage, rule.required)


def _reachable(chosen: list[Rule]) -> list[Rule]:
    """Return the rules whose places can ever hold a token."""
    marked = {SOURCE}
    growing = True
    while growing:
        before = len(marked)
        marked.update(p for rule in chosen if marked.issuperset(rule.takes) for p in rule.gives)
        growing = len(marked) > before
    return [rule for rule in chosen if marked.issuperset(rule.takes)]


def _net(chosen: list[Rule], names: frozenset[str], title: str) -> Model:
    with quiet_pm4py():
        from pm4py.objects.petri_net.obj import Marking, PetriNet
        from pm4py.objects.petri_net.utils.petri_utils import add_arc_from_to

        net = PetriNet(title)
        places = {
            name: PetriNet.Place(name)
            for name in sorted({place for rule in chosen for place in (*rule.takes, *rule.gives)})
        }
        net.places.update(places.values())
        shapes = dict.fromkeys(
            (rule.activity if rule.activity in names else None, rule.takes, rule.gives)
            for rule in chosen
        )
        for number, (label, takes, gives) in enumerate(shapes):
            if label is None and sorted(takes) == sorted(gives):
                continue  # a silent step that changes nothing
            step = PetriNet.Transition(f"rule_{number:03}", label)
            net.transitions.add(step)
            for place in takes:
                add_arc_from_to(places[place], step, net)
            for place in gives:
                add_arc_from_to(step, places[place], net)
        return Model(title, net, Marking({places[SOURCE]: 1}), Marking({places[SINK]: 1}))
