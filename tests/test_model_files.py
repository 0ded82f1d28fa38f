"""Model files of other hands: gateways, loops, silent steps, markings, what is refused."""

from __future__ import annotations

from pathlib import Path

import naive
import pytest

from mining import conformance, discovery, precision
from o2c_sim.errors import ModelError

_BPMN = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p">'
_END = "</process></definitions>"
LOOPS = _BPMN + (
    '<startEvent id="s"/><task id="a" name="A"/><parallelGateway id="fork"/>'
    '<task id="b" name="B"/><userTask id="c" name="C"/><parallelGateway id="join"/>'
    '<exclusiveGateway id="again"/><serviceTask id="d" name="D"/><exclusiveGateway id="done"/>'
    '<endEvent id="e"/>'
)


def flows(*pairs: str) -> str:
    """Return sequence flows between elements, each ``source>target``."""
    ends = (pair.split(">") for pair in pairs)
    return "".join(
        f'<sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}"/>'
        for number, (source, target) in enumerate(ends)
    )


def pnml(arcs: tuple[str, ...], silent: str = "", marked: str = "") -> str:
    """Return a net: capitals are transitions, small letters places; *marked*: start and end."""
    nodes = sorted({node for arc in arcs for node in arc.split(">")})
    text = '<pnml><net id="n" type="http://www.pnml.org/version-2009/grammar/pnmlcoremodel">'
    text += '<page id="g">'
    for node in nodes:
        if node.islower():
            token = "<initialMarking><text>1</text></initialMarking>"
            text += f'<place id="{node}"><name><text>{node}</text></name>'
            text += f"{token if node == marked[:1] else ''}</place>"
        else:
            hidden = '<toolspecific tool="ProM" version="6.4" activity="$invisible$"/>'
            text += f'<transition id="{node}"><name><text>{node}</text></name>'
            text += f"{hidden if node in silent else ''}</transition>"
    for number, arc in enumerate(arcs):
        source, target = arc.split(">")
        text += f'<arc id="arc{number}" source="{source}" target="{target}"/>'
    text += "</page>"
    if marked[1:]:
        text += f'<finalmarkings><marking><place idref="{marked[1:]}"><text>1</text></place>'
        text += "</marking></finalmarkings>"
    return f"{text}</net></pnml>"


def fits(model: discovery.Model, trace: str) -> bool:
    """Return whether a case follows a model."""
    return conformance.check_variants({tuple(trace): 1}, model).fitting_share == 1.0


def test_gateways_and_a_loop_drawn_by_hand(tmp_path: Path) -> None:
    """A, then B and C in either order, then D once or more."""
    path = tmp_path / "hand.bpmn"
    path.write_text(
        LOOPS
        + flows(
            "s>a", "a>fork", "fork>b", "fork>c", "b>join", "c>join", "join>again", "again>d",
            "d>done", "done>again", "done>e",
        )
        + _END
    )  # fmt: skip
    model = discovery.read_model(path)
    assert model.activities == ("A", "B", "C", "D")
    assert [t for t in ("ABCD", "ACBD", "ACBDDD") if not fits(model, t)] == []
    assert [t for t in ("ABD", "ABC", "BACD", "ABCDA") if fits(model, t)] == []


@pytest.mark.parametrize(
    ("gateway", "fitting"),
    [("exclusive", {"A", "B"}), ("parallel", {"AB", "BA"}), ("inclusive", {"A", "B", "AB", "BA"})],
)
def test_each_gateway_means_what_bpmn_says(gateway: str, fitting: set[str], tmp_path: Path) -> None:
    """One of two, both, or any of them."""
    path = tmp_path / "gate.bpmn"
    path.write_text(
        _BPMN
        + '<startEvent id="s"/><task id="a" name="A"/><task id="b" name="B"/><endEvent id="e"/>'
        f'<{gateway}Gateway id="g"/><{gateway}Gateway id="h"/>'
        + flows("s>g", "g>a", "g>b", "a>h", "b>h", "h>e")
        + _END
    )
    model = discovery.read_model(path)
    assert {t for t in ("A", "B", "AB", "BA", "AA") if fits(model, t)} == fitting


def test_a_net_with_silent_steps_and_a_loop(tmp_path: Path) -> None:
    """A, then B as often as wished through a silent way back, then C."""
    path = tmp_path / "net.pnml"
    arcs = ("s>A", "A>p", "p>B", "B>q", "q>T", "T>p", "q>C", "C>e")
    path.write_text(pnml(arcs, silent="T", marked="se"))
    model = discovery.read_model(path)
    assert model.activities == ("A", "B", "C")
    assert fits(model, "ABBBC")
    assert not fits(model, "AC")


def test_a_workflow_net_needs_no_markings(tmp_path: Path) -> None:
    """Its one source and its one sink are meant; of two sinks neither is."""
    path = tmp_path / "net.pnml"
    path.write_text(pnml(("s>A", "A>p", "p>B", "B>e")))
    assert fits(discovery.read_model(path), "AB")
    path.write_text(pnml(("s>A", "A>p", "p>B", "B>e", "B>f")))
    with pytest.raises(ModelError, match="no final marking"):
        discovery.read_model(path)


@pytest.mark.parametrize("suffix", [".pnml", ".bpmn"])
def test_what_pm4py_writes_is_read(suffix: str, tmp_path: Path) -> None:
    """Its exporters leave other marks than ours; the judgement is that of the net in memory."""
    cases = naive.case_view(["abcd", "acbd", "abbcd", "ad", "abcbd"])
    model = discovery.discover_petri_net(cases, noise=0.0)
    path = tmp_path / f"theirs{suffix}"
    with discovery.quiet_pm4py() as pm4py:
        if suffix == ".pnml":
            pm4py.write_pnml(model.net, model.initial, model.final, str(path))
        else:
            from pm4py.objects.bpmn.exporter.variants import etree

            etree.apply(discovery.to_bpmn(model), str(path))
    again = discovery.read_model(path)
    for trace in ("abcd", "acd", "ad", "abcbbd", "d"):
        one, other = (conformance.check_variants({tuple(trace): 1}, m) for m in (model, again))
        assert one.average_fitness == other.average_fitness


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("lost.pnml", pnml(("s>A", "A>e")).replace('target="e"', 'target="x"'), "leads to 'x'"),
        ("lost.bpmn", LOOPS + flows("s>a", "a>nowhere") + _END, "leads to 'nowhere'"),
        (
            "sub.bpmn",
            LOOPS + '<subProcess id="x" name="Ship"><task id="t" name="T"/></subProcess>' + _END,
            "a sub-process 'Ship' cannot be checked",
        ),
        (
            "late.bpmn",
            LOOPS + '<boundaryEvent id="x" name="Late" attachedToRef="a"/>' + _END,
            "an event on the border of a task 'Late'",
        ),
        (
            "two.bpmn",
            LOOPS + '</process><process id="q"><task id="t" name="T"/>' + _END,
            "holds 2 processes ('p', 'q')",
        ),
        (
            "outside.bpmn",
            '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + LOOPS + "&x;" + _END,
            "not readable XML",
        ),
    ],
)
def test_what_would_be_misread_is_refused(name: str, text: str, said: str, tmp_path: Path) -> None:
    """The reader would drop the sub-process, the event, the arc, and answer all the same."""
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ModelError, match=name) as caught:
        discovery.read_model(path)
    assert said in str(caught.value)


def test_tokens_without_end_are_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A silent step that makes a token of nothing ends with a message; the screen stays ours."""
    path = tmp_path / "breed.pnml"
    path.write_text(pnml(("s>A", "A>p", "p>T", "T>p", "T>z", "p>B", "B>e"), "T", "se"))
    model = discovery.read_model(path)
    with pytest.raises(ModelError, match="without end"):
        precision.etc_precision({("A", "B"): 1}, model)
    with pytest.raises(ModelError, match="without end"):
        conformance.check_variants({("A", "B"): 1}, model)
    print("still there")
    assert "still there" in capfd.readouterr().out
