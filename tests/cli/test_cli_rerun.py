"""``o2c rerun`` makes a replication again, bit for bit; ``o2c store`` tells what is kept."""

import json
import os
from pathlib import Path

import pytest
from command_line import FEW, SHORT, o2c, refused, refused_as_json

from o2c_sim import read_folder
from scenarios.replication_file import decode, encode
from scenarios.store import Store


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Compare two scenarios with a store of their own; return both folders."""
    folder = tmp_path_factory.mktemp("rerun")
    outcome = o2c(
        "compare", "case_a", "case_b", *FEW, "-o", folder / "result", "--store", folder / "store"
    )
    assert outcome.code == 0, outcome
    document = json.loads((folder / "result" / "comparison.json").read_text())
    words = ["o2c", "compare", "case_a", "case_b", *map(str, FEW), "--seed", "1"]
    # The tests' own runner has no command line to record.
    document["command"] = " ".join(words)
    (folder / "result" / "comparison.json").write_text(json.dumps(document))
    return folder


@pytest.fixture
def rerun(kept):
    """Return a function that reruns with that store."""
    return lambda *words: o2c("rerun", *words, "--store", kept / "store")


@pytest.mark.slow
def test_a_scenario_by_name(rerun, here):
    """The same figures as were kept, and the whole log with the key of the run beside it."""
    outcome = rerun("case_a", "--replication", 1, *SHORT, "-o", "run")
    assert outcome.code == 0, outcome
    assert "same as stored" in outcome.out
    manifest = json.loads((here / "run" / "manifest.json").read_text())
    assert (manifest["replication"], manifest["scenario"]) == (1, "case_a")
    assert len(manifest["store_key"]) == 64
    assert read_folder(here / "run" / "log").events.height == manifest["events"]


@pytest.mark.parametrize("name", ["baseline", "case_b"])
def test_from_a_comparison(rerun, kept, name):
    """Company, seed and days are the comparison's own; its folder names it, too."""
    for source in (kept / "result", kept / "result" / "comparison.json"):
        outcome = rerun(source, "--scenario", name, "--replication", 0)
        assert outcome.code == 0, outcome
        assert "same as stored" in outcome.out


def test_what_is_not_kept_is_said(rerun):
    """Another replication, or another seed: nothing to compare with, no failure."""
    for words in (("--replication", 7), ("--replication", 1, "--seed", 2)):
        outcome = rerun("case_a", *words, *SHORT)
        assert outcome.code == 0
        assert "no run of the store to compare with" in outcome.out


def test_as_one_document(rerun):
    """The verdict and all KPIs."""
    outcome = rerun("case_b", "--replication", 0, *SHORT, "--json")
    result = outcome.document["result"]
    assert (result["verdict"], result["differing"]) == ("same as stored", [])
    assert result["scenario"] == "case_b"
    assert "order_to_cash_mean_days" in result["kpis"]


def test_a_difference_is_named_and_ends_with_1(kept, tmp_path, rerun):
    """One KPI of a kept run is off by its last bit."""
    outcome = rerun("case_a", "--replication", 1, *SHORT, "-o", "run")
    key = json.loads(Path("run/manifest.json").read_text())["store_key"]
    own = Store(tmp_path / "store")
    stored = Store(kept / "store").read(key)
    value = stored.kpis["order_to_cash_mean_days"]
    stored.kpis["order_to_cash_mean_days"] = value * (1 + 2**-52)
    own.write(key, encode(stored, key))
    assert decode(own.path(key).read_bytes(), key).kpis["order_to_cash_mean_days"] != value
    line = ("rerun", "case_a", "--replication", 1, *SHORT, "--store", own.folder, "--quiet")
    outcome = o2c(*line)
    assert outcome.code == 1
    assert outcome.out == "\ndiffers from what is stored: order_to_cash_mean_days\n"


@pytest.mark.slow
def test_requests_that_make_no_sense(rerun, kept, here):
    """Each with what is allowed."""
    result = kept / "result"
    refused(rerun(result, "--replication", 0), 2, "several scenarios", "baseline, case_a, case_b")
    typo = rerun(result, "--replication", 0, "--scenario", "case_aa")
    refused(typo, 2, "did you mean 'case_a'?")
    own = rerun(result, "--replication", 0, "--scenario", "case_a", "--seed", 3)
    refused(own, 2, "--seed: the comparison has its own")
    refused(rerun("case_a"), 2, "--replication")
    problems = refused_as_json(rerun("nowhere.json", "--replication", 0, "--json"), 2, "scenario")
    assert "nowhere.json" in problems[0]["where"]
    document = json.loads((result / "comparison.json").read_text())
    Path("demo.json").write_text(json.dumps(document | {"command": "o2c demo"}))
    refused(rerun("demo.json", "--replication", 0), 2, "made by 'o2c demo'", "o2c compare")
    assert sorted(path.name for path in here.iterdir()) == ["demo.json"]


def test_what_the_store_holds(kept, tmp_path):
    """Six runs; down to half of the size, three are left; then none."""
    Store(tmp_path / "store")
    for path in (kept / "store").rglob("*.parquet"):
        own = Store(tmp_path / "store")
        own.write(path.stem, path.read_bytes())
    size = own.contents().size_bytes
    words = ("store", "--store", own.folder)
    told = o2c(*words, "--json").document["result"]
    assert (told["replications"], told["size_bytes"]) == (6, size)
    assert "6 replications" in o2c(*words).out
    outcome = o2c(*words, "--remove-unused-days", 1)
    assert "removed: 0 replications" in outcome.out
    outcome = o2c(*words, "--keep-megabytes", 0)
    assert "removed: 6 replications" in outcome.out
    assert own.contents().replications == 0


def test_the_store_of_the_environment(monkeypatch, tmp_path):
    """No option is needed; an empty one is no error."""
    monkeypatch.setenv("O2C_STORE", str(tmp_path / "own"))
    assert f"{tmp_path / 'own'}: 0 replications" in o2c("store").out
    assert not os.path.exists(tmp_path / "own")
