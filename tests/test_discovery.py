"""Discovered models, and model files."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import naive
import pytest
from real_logs import MANUFACTURING, case_view, pm4py_frame

from mining import conformance, discovery, variants
from mining.reference_process import overview
from o2c_sim.errors import LogError, ModelError, UsageError

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DIAGRAM = "{http://www.omg.org/spec/BPMN/20100524/DI}"
LOG = naive.case_view(["abcd"] * 6 + ["acbd"] * 3 + ["abbcd"] * 2 + ["ad"])


def test_a_sequence_is_discovered_as_a_sequence() -> None:
    """One variant makes one line."""
    assert str(discovery.discover_tree(naive.case_view(["abc"]))) == "->( 'a', 'b', 'c' )"


def test_without_noise_every_case_fits() -> None:
    """The inductive miner keeps all observed behaviour when told so."""
    model = discovery.discover_petri_net(LOG, noise=0.0)
    assert conformance.check(LOG, model).fitting_share == 1.0


def test_a_real_log_gives_the_tree_that_pm4py_gives_for_all_its_events() -> None:
    """Variants with counts are all that the miner looks at."""
    pm4py, frame = pm4py_frame(MANUFACTURING)
    with discovery.quiet_pm4py():
        expected = pm4py.discover_process_tree_inductive(frame, noise_threshold=0.2)
    assert str(discovery.discover_tree(case_view(MANUFACTURING))) == str(expected)


@pytest.mark.parametrize("suffix", [".pnml", ".bpmn"])
@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_a_model_survives_its_file(suffix: str, noise: float, tmp_path: Path) -> None:
    """Written and read again, it judges the log as before."""
    model = discovery.discover_petri_net(LOG, noise)
    write = {".pnml": discovery.write_pnml, ".bpmn": discovery.write_bpmn}[suffix]
    again = discovery.read_model(write(model, tmp_path / f"model{suffix}"))
    before, after = (conformance.check(LOG, m, precision=False) for m in (model, again))
    assert again.activities == model.activities
    assert after.average_fitness == before.average_fitness
    assert after.deviations.equals(before.deviations)


def test_bpmn_has_a_place_for_everything_and_repeats_exactly(tmp_path: Path) -> None:
    """Every node has a box, every flow a line, no two boxes overlap, two files are equal."""
    model = overview()
    path = discovery.write_bpmn(model, tmp_path / "one.bpmn")
    root = ElementTree.parse(path).getroot()
    process = root.find(f"{BPMN}process")
    assert process is not None
    flows = process.findall(f"{BPMN}sequenceFlow")
    nodes = [element for element in process if element not in flows]
    shapes = root.findall(f".//{DIAGRAM}BPMNShape")
    assert {shape.get("bpmnElement") for shape in shapes} == {node.get("id") for node in nodes}
    assert len(root.findall(f".//{DIAGRAM}BPMNEdge")) == len(flows)
    boxes = [
        [int(shape[0].attrib[key]) for key in ("x", "y", "width", "height")] for shape in shapes
    ]
    for number, (x, y, width, height) in enumerate(boxes):
        for x2, y2, width2, height2 in boxes[:number]:
            assert x >= x2 + width2 or x2 >= x + width or y >= y2 + height2 or y2 >= y + height
    again = discovery.write_bpmn(model, tmp_path / "two.bpmn")
    assert path.read_text() == again.read_text()


def test_discovery_does_not_depend_on_row_order() -> None:
    """A shuffled log gives the same tree."""
    mixed = LOG.sample(fraction=1.0, shuffle=True, seed=1)
    assert str(discovery.discover_tree(mixed)) == str(discovery.discover_tree(LOG))
    assert variants.counted(mixed) == variants.counted(LOG)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("empty.pnml", ""),
        ("cut.bpmn", "<definitions"),
        ("other.pnml", "<html><body/></html>"),
        ("nothing.bpmn", '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>'),
    ],
)
def test_a_bad_file_is_refused_by_name(name: str, text: str, tmp_path: Path) -> None:
    """The message starts with the file."""
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ModelError, match=name):
        discovery.read_model(path)


def test_absent_files_and_foreign_endings_are_refused(tmp_path: Path) -> None:
    """So are files to write that do not end as their format does."""
    with pytest.raises(ModelError, match="no such file"):
        discovery.read_model(tmp_path / "absent.pnml")
    with pytest.raises(ModelError, match="not a model"):
        discovery.read_model(tmp_path / "model.txt")
    with pytest.raises(UsageError, match="does not end"):
        discovery.write_pnml(discovery.discover_petri_net(LOG), tmp_path / "model.xml")


def test_impossible_requests_are_refused() -> None:
    """A share above one, or a log without cases."""
    with pytest.raises(UsageError, match="noise"):
        discovery.discover_tree(LOG, noise=2.0)
    with pytest.raises(LogError, match="without cases"):
        discovery.discover_tree(LOG.clear())
