"""Damaged folders of results: a run without its tables, a comparison that is none."""

import json
import shutil

import pytest
from command_line import o2c, refused

from o2c_sim import Window, load_company, simulate
from scenarios.result_file import FORMAT


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Write one short run."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    return simulate(load_company("distributor"), window=Window(0, 10, 0)).write(folder)


@pytest.fixture
def run(whole, tmp_path):
    """Copy the run, to be damaged."""
    return shutil.copytree(whole, tmp_path / "run")


@pytest.mark.parametrize("name", ["events", "objects", "event_objects", "object_changes"])
def test_a_run_without_a_table(name, run):
    """A missing or damaged table is named; exit 3."""
    path = run / "log" / f"{name}.parquet"
    content = path.read_bytes()
    path.unlink()
    refused(o2c("mine", run), 3, name)
    path.write_bytes(content[: len(content) // 2])
    refused(o2c("mine", run), 3, "cannot be read")
    path.write_bytes(b"")
    refused(o2c("mine", run), 3, "cannot be read")


@pytest.mark.parametrize(
    "about", ["", "{", "[]", "null", "{}", '{"format_version": 9}', '{"format_version": 1}',
              '{"format_version": 1, "zone": 5, "source": []}',
              '{"format_version": 1, "zone": "Mars", "source": "x"}'],
)  # fmt: skip
def test_a_run_with_a_damaged_description(about, run):
    """A ``log.json`` that is none, or of another format, is refused; exit 3."""
    (run / "log" / "log.json").write_text(about)
    refused(o2c("mine", run), 3, "log")


@pytest.mark.parametrize(
    "manifest", ["", "[]", "{}", '{"start_date": 5}', '{"start_date": "2025-01-01"}', "[" * 10_000]
)
def test_a_run_with_a_damaged_manifest(manifest, run):
    """Without a manifest a run is still a log; it is measured whole."""
    (run / "manifest.json").write_text(manifest)
    result = o2c("mine", run, "--json").document["result"]
    assert result["kpi_period"] is None


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"format": "o2c-comparison/7"}', json.dumps({"format": FORMAT}), "[" * 99_999,
     json.dumps({"format": FORMAT, "outcomes": None}), "\x00"],
)  # fmt: skip
def test_a_broken_comparison(content, here):
    """From the folder or the file: exit 2, one message, no page."""
    (here / "result").mkdir()
    (here / "result" / "comparison.json").write_text(content)
    for source in ("result", "result/comparison.json"):
        refused(o2c("report", source, "-o", "page.html"), 2, "comparison.json")
    assert [path.name for path in here.iterdir()] == ["result"]


def test_a_comparison_is_no_log(here):
    """Mining a comparison says what it is not."""
    (here / "comparison.json").write_text(json.dumps({"format": FORMAT}))
    refused(o2c("mine", "comparison.json"), 3, "not OCEL 2.0")
