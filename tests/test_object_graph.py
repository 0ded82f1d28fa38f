"""The object-centric graph and the heuristics net: equal to pm4py and r4pm."""

from __future__ import annotations

from dataclasses import replace

import naive
import polars as pl
import pytest
from ocel_twins import pm4py_ocel
from polars.testing import assert_frame_equal
from real_logs import DISTRIBUTOR, case_view, folder, pm4py_frame

from mining.discovery import quiet_pm4py, read_model, write_pnml
from mining.heuristics import discover_heuristics, heuristics_net
from mining.object_graph import object_graph
from mining.performance import directly_follows
from mining.read import read_log
from mining.write import write_log
from mining.write.dfg import write_dfg
from o2c_sim import Window, load_company, simulate
from o2c_sim.errors import LogError, UsageError

KEYS = {"event_couples": "event_pairs", "unique_objects": "objects", "total_objects": "count"}
TABLES = ("edges", "activities", "starts", "ends")


@pytest.fixture(scope="module")
def log():
    """Simulate a few days of a company, with all its objects."""
    return simulate(load_company("distributor"), seed=6, window=Window(0, 4, 30)).log


def assert_equals_pm4py(log):
    """Assert that all three counts of every arc agree."""
    pm4py, ocel = pm4py_ocel(log)
    with quiet_pm4py():
        expected = pm4py.discover_ocdfg(ocel)
    graph = object_graph(log)
    for key, column in KEYS.items():
        theirs = {
            (kind, *pair): len(members)
            for kind, pairs in expected["edges"][key].items()
            for pair, members in pairs.items()
        }
        assert theirs == {
            (kind, source, target): number
            for kind, source, target, number in graph.edges.select(
                "type", "source", "target", column
            ).rows()
        }


@pytest.mark.parametrize("form", ["jsonocel", "xmlocel", "sqlite"])
def test_the_example_logs_agree_with_pm4py(form):
    """The same official example in its three serialisations."""
    path = folder() / f"ocel20_example.{form}"
    if not path.is_file():
        pytest.skip(f"{path} is absent; set O2C_DATA to the folder of the public logs")
    assert_equals_pm4py(read_log(path).log)


def test_a_simulated_log_agrees_with_pm4py(log):
    """Eight object types, many-to-many relations, ties of time."""
    assert_equals_pm4py(log)


def test_a_simulated_log_agrees_with_r4pm(log, tmp_path):
    """Written as OCEL 2.0 with times made distinct, because r4pm does not know the log's order."""
    r4pm = pytest.importorskip("r4pm")
    shift = pl.duration(milliseconds=pl.col("event"))
    apart = replace(log, events=log.events.with_columns(pl.col("time") + shift))
    path = write_log(apart, tmp_path / "log.json", format="ocel-json")
    handle = r4pm.import_item("SlimLinkedOCEL", str(path))
    graph = object_graph(apart)
    for kind in graph.edges["type"].unique():
        found = r4pm.bindings.get_dfg_of_object_type(handle, kind)
        ours = graph.of_type(kind).edges.select("source", "target", "count").rows()
        assert {(s, t): n for (s, t), n in found} == {(s, t): n for s, t, n in ours}


def test_one_type_is_the_graph_of_its_cases(log):
    """The part of orders equals the directly-follows graph with orders as cases."""
    part = object_graph(log, ["order"])
    flat = directly_follows(log.flatten("order"))
    assert part.edges.select("source", "target", "count").equals(
        flat.edges.select("source", "target", "count")
    )
    assert part.starts.select("activity", "objects").rows() == flat.starts.rows()
    assert part.ends.select("activity", "objects").rows() == flat.ends.rows()
    assert_frame_equal(object_graph(log).of_type("order").edges, part.edges)
    with pytest.raises(LogError, match="did you mean 'order'"):
        part.of_type("ordre")


def test_the_order_of_the_rows_does_not_matter(log):
    """Tables shuffled: the identical graph."""
    mixed = replace(
        log,
        events=log.events.sample(fraction=1.0, shuffle=True, seed=1),
        event_objects=log.event_objects.sample(fraction=1.0, shuffle=True, seed=2),
    )
    one, other = object_graph(log), object_graph(mixed)
    for table in TABLES:
        assert_frame_equal(getattr(one, table), getattr(other, table))


@pytest.mark.parametrize("dependency", [0.5, 0.9])
def test_the_heuristics_net_is_that_of_pm4py(dependency):
    """The same nodes, arcs and dependency values from variants as from all events."""
    pm4py, frame = pm4py_frame(DISTRIBUTOR)
    with quiet_pm4py():
        expected = pm4py.discover_heuristics_net(frame, dependency_threshold=dependency)
    found = heuristics_net(
        case_view(DISTRIBUTOR).sample(fraction=1.0, shuffle=True, seed=3), dependency
    )
    assert found.nodes.keys() == expected.nodes.keys()
    assert found.dependency_matrix == expected.dependency_matrix
    for name, node in expected.nodes.items():
        theirs = {other.node_name for other in node.output_connections}
        assert {other.node_name for other in found.nodes[name].output_connections} == theirs


def test_the_heuristics_net_travels_as_pnml(tmp_path):
    """The Petri net is written and read again with its activities."""
    model = discover_heuristics(naive.case_view(["abcd", "acbd", "abcd"]))
    again = read_model(write_pnml(model, tmp_path / "net.pnml"))
    assert again.activities == model.activities == ("a", "b", "c", "d")
    with pytest.raises(UsageError, match="out of range"):
        discover_heuristics(naive.case_view(["ab"]), 2.0)


def test_a_dfg_file_is_read_by_pm4py(tmp_path):
    """Pairs, first and last activities come back; an activity without a pair is kept."""
    pm4py, _ = pm4py_frame(DISTRIBUTOR)
    graph = directly_follows(naive.case_view(["abc", "ab", ["d\ne"]]))
    path = write_dfg(graph, tmp_path / "log.dfg")
    with quiet_pm4py():
        pairs, starts, ends = pm4py.read_dfg(str(path))
    assert dict(pairs) == {("a", "b"): 2, ("b", "c"): 1}
    assert dict(starts) == {"a": 2, "d e": 1}
    assert dict(ends) == {"b": 1, "c": 1, "d e": 1}
