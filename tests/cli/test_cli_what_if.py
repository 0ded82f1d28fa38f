"""``o2c what-if``: its table, its document, what it lists and refuses."""

import json

import pytest
from command_line import o2c, refused, refused_as_json
from discovered_by_hand import OFFICE, Step, exponential, model

from o2c_sim.discovered.files import load, save
from o2c_sim.discovered.model import UNLIMITED, Pool

FAST = ("--replications", 4, "--cases", 100)


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a process with a desk, a system without limit and rework."""
    steps = [
        [Step(0, 0, 0.5, work), Step(1, 1, 1, 0.1), *([Step(0, 0, 0, 1.0)] * (number % 3 == 0))]
        for number, work in enumerate(exponential(50, 1))
    ]
    people = [Pool("desk", ("ann", "bob"), 2, OFFICE), Pool("system", ("s",), UNLIMITED, OFFICE)]
    process = model(
        steps, people, activities=("check", "book"), per_week=30, gaps=exponential(40, 2)
    )
    return save(process, tmp_path / "discovered")


def test_a_change_is_compared_with_the_process_as_it_is(folder):
    """The table names every figure, with and without the change, and the same in JSON."""
    line = ("what-if", folder, "--set", "pools.desk.capacity=1", *FAST)
    outcome = o2c(*line)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("by hand: pools.desk.capacity=1\n")
    assert max(map(len, outcome.out.splitlines())) <= 100
    for text in ("Cycle time, mean", "Throughput", "Wait for desk, mean", "4 runs of 100 cases"):
        assert text in outcome.out
    assert "system" not in outcome.out, "nobody waits for a system without limit"
    result = o2c(*line, "--json").document["result"]
    measures = {one["measure"]: one for one in result["measures"]}
    wait = measures["pools.desk.mean_wait_hours"]
    assert wait["changed"]["mean"] > wait["baseline"]["mean"]
    assert wait["difference"]["replications"] == 4
    assert result["settings"] == {"pools.desk.capacity": 1}
    assert (result["cases"], result["warm_up_cases"], result["seed"]) == (100, 20, 1)


def test_the_same_command_gives_the_same_bytes(folder):
    """And another seed gives others."""
    line = ("what-if", folder, "--set", "arrivals.factor=1.1", "--json", *FAST)
    assert o2c(*line).out == o2c(*line).out
    assert o2c(*line).out != o2c(*line, "--seed", 2).out


def test_without_a_change_it_lists_what_can_be_changed(folder):
    """Pools with their hours, activities with their figures, paths."""
    outcome = o2c("what-if", folder)
    assert (outcome.code, outcome.err) == (0, "")
    for text in ("mon-fri 09:00-17:00", "no limit", "check", "activities.NAME.leave_out_share"):
        assert text in outcome.out
    told = o2c("what-if", folder, "--json").document["result"]
    assert told["pools"]["desk"] == {
        "capacity": 2, "week": "mon-fri 09:00-17:00", "resources": ["ann", "bob"],
    }  # fmt: skip
    assert told["activities"]["check"]["steps"] == 67


def test_the_changed_process_is_kept(folder, here):
    """As a model of its own, which goes on from there, and as a diagram without what is gone."""
    line = ("what-if", folder, "--set", "activities.book.leave_out_share=1", *FAST, "-o", "less")
    assert o2c(*line).out.endswith("written: less/what-if.json\n")
    again = o2c(*line, "--json", "--force").document
    assert json.loads((here / "less" / "what-if.json").read_text("utf-8")) == again
    diagram = (here / "less" / "model.bpmn").read_text("utf-8")
    assert 'name="check"' in diagram
    assert 'name="book"' not in diagram
    assert load(here / "less" / "model").histories.activity.tolist().count(1) == 0
    refused(o2c(*line), 2, "already exists")
    refused(o2c("what-if", folder, "-o", "other"), 2, "--set PATH=VALUE")
    refused(o2c(*line[:4], *FAST, "-o", folder, "--force"), 2, "which is read")


def test_quiet_says_nothing(folder):
    """But what is wrong."""
    outcome = o2c("what-if", folder, "--set", "pools.desk.week=always", "--quiet", *FAST)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_what_cannot_be_is_refused(folder, tmp_path):
    """A wrong path, a wrong value, no such folder, a damaged file."""
    line = ("what-if", folder, *FAST)
    refused(o2c(*line, "--set", "pools.dsk.capacity=1"), 2, "did you mean 'desk'")
    refused(o2c(*line, "--set", "pools.desk.capacity"), 2, "PATH=VALUE")
    refused(o2c(*line, "--set", "activities.check.leave_out_share=2"), 2, "0 to 1")
    refused(o2c("what-if", tmp_path / "none", "--set", "arrivals.factor=2"), 2, "no such folder")
    problems = refused_as_json(
        o2c(*line, "--set", "pools.desk.week=never", "--json"), 2, "scenario"
    )
    assert "no days and hours" in problems[0]["message"]
    (folder / "histories.parquet").write_bytes(b"no table")
    refused(o2c(*line, "--set", "arrivals.factor=2"), 2, "histories.parquet")
