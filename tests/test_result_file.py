"""The result file: every number comes back; what is no result file is refused, never a stumble."""

import copy
import json
import math
import random

import numpy as np
import polars as pl
import pytest
from example_comparison import example_comparison

from o2c_sim import ScenarioError, UsageError
from scenarios.result_file import FORMAT, read_comparison, to_document, write_comparison


@pytest.fixture(scope="module")
def document():
    """Return a comparison as JSON-ready data."""
    return to_document(example_comparison(scenarios=1))


def assert_equal(left, right, path="comparison"):
    """Assert that two values of a comparison agree in type and every number."""
    if isinstance(left, np.ndarray):
        np.testing.assert_array_equal(left, right, err_msg=path)
    elif isinstance(left, pl.DataFrame):
        assert left.equals(right), path
        assert left.schema == right.schema, path
    elif hasattr(left, "__dataclass_fields__"):
        assert type(left) is type(right), path
        for name in left.__dataclass_fields__:
            assert_equal(getattr(left, name), getattr(right, name), f"{path}.{name}")
    elif isinstance(left, dict):
        assert list(left) == list(right), path
        for key in left:
            assert_equal(left[key], right[key], f"{path}[{key!r}]")
    elif isinstance(left, tuple):
        assert isinstance(right, tuple), path
        assert len(left) == len(right), path
        for number, pair in enumerate(zip(left, right, strict=True)):
            assert_equal(*pair, f"{path}[{number}]")
    elif isinstance(left, float) and math.isnan(left):
        assert math.isnan(right), path
    else:
        assert left == right, path


@pytest.mark.parametrize("scenarios", [1, 3])
def test_every_number_comes_back(scenarios, tmp_path):
    """Written and read, a comparison is the same to the last digit; written again, too."""
    comparison = example_comparison(scenarios=scenarios)
    path = write_comparison(comparison, tmp_path / "comparison.json")
    assert_equal(comparison, read_comparison(path))
    again = write_comparison(read_comparison(path), tmp_path / "again.json")
    assert json.loads(again.read_text()) == json.loads(path.read_text())


def test_what_is_undefined_stays_undefined(tmp_path):
    """NaN and infinity are null in the file, which is strict JSON, and NaN when read."""
    comparison = example_comparison(scenarios=1)
    estimate = comparison.outcomes[1].estimates["late_share"]
    object.__setattr__(estimate, "low", math.nan)
    object.__setattr__(estimate, "high", math.inf)
    path = write_comparison(comparison, tmp_path / "c.json")
    json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{name} in the file"))
    read = read_comparison(path).outcomes[1].estimates["late_share"]
    assert math.isnan(read.low)
    assert math.isnan(read.high)
    assert read.mean == estimate.mean


def test_empty_tables_keep_their_types(document, tmp_path):
    """A map without a single path comes back with columns of the right types."""
    changed = copy.deepcopy(document)
    edges = changed["outcomes"][0]["process_map"]["edges"]
    edges.update({column: [] for column in edges})
    (tmp_path / "c.json").write_text(json.dumps(changed))
    table = read_comparison(tmp_path / "c.json").outcomes[0].process_map.edges
    assert table.schema["count"] == pl.Int64
    assert table.schema["source"] == pl.String


def test_nothing_is_overwritten(tmp_path):
    """An existing file is refused and stays as it is; replace=True replaces it whole."""
    path = tmp_path / "c.json"
    path.write_text("mine")
    with pytest.raises(UsageError, match="already exists"):
        write_comparison(example_comparison(scenarios=1), path)
    assert path.read_text() == "mine"
    write_comparison(example_comparison(scenarios=1), path, replace=True)
    assert read_comparison(path).seed == example_comparison(scenarios=1).seed
    assert [file.name for file in tmp_path.iterdir()] == ["c.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b"5", b'"text"', b"\xff\xfe", b"\x00" * 100, b"{}",
        b'{"format": "o2c-comparison/2"}', b'{"format": ["o2c-comparison/1"]}',
        b'{"format": "o2c-comparison/1"}', b"[" * 100_000, b'{"a":' * 100_000,
        b'{"format": "o2c-comparison/1", "company": NaN}',
    ],
    ids=range(15),
)  # fmt: skip
def test_what_is_no_comparison_is_refused(content, tmp_path):
    """Nothing, prose, bytes, other formats and endless nesting are refused with the file's name."""
    path = tmp_path / "c.json"
    path.write_bytes(content)
    with pytest.raises(ScenarioError, match=r"c\.json"):
        read_comparison(path)
    with pytest.raises(ScenarioError):
        read_comparison(tmp_path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(share, document, tmp_path):
    """A file cut off anywhere is no comparison."""
    text = json.dumps(document)
    (tmp_path / "c.json").write_text(text[: int(share * len(text))])
    with pytest.raises(ScenarioError):
        read_comparison(tmp_path / "c.json")


def test_parts_that_do_not_belong_together_are_refused(document, tmp_path):
    """Outcomes without differences, no outcome, curves of two lengths, columns of two lengths."""

    def changed(change):
        damaged = copy.deepcopy(document)
        change(damaged)
        (tmp_path / "c.json").write_text(json.dumps(damaged))
        with pytest.raises(ScenarioError, match="damaged"):
            read_comparison(tmp_path / "c.json")

    changed(lambda d: d["differences"].clear())
    changed(lambda d: d.update(outcomes=[], differences={}))
    changed(lambda d: d["outcomes"][0]["cash_in"]["high"].pop())
    changed(lambda d: d["outcomes"][0]["process_map"]["edges"]["count"].pop())
    changed(lambda d: d["outcomes"][0]["process_map"].update(starts={"name": ["x"]}))
    changed(lambda d: d.update(surprise=1))


def places(node, above=()):
    """Yield the path of every value in JSON-ready data; of a list only the first two items."""
    items = node.items() if isinstance(node, dict) else enumerate(node[:2])
    for key, value in items:
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from places(value, (*above, key))


DAMAGE = (
    None, -1, 1e308, math.nan, 10**400, True, "x", "1", [], {}, [None], [[[]]], {"a": 1},
)  # fmt: skip


def test_any_single_damage_is_refused_or_harmless(document, tmp_path):
    """One value replaced by nonsense: the file is refused, or read and told as text; no stumble."""
    from reports.cli.compare import result_lines

    rng = random.Random(20260101)
    path = tmp_path / "c.json"
    refused = 0
    for place in rng.sample(sorted(places(document), key=str), 150):
        damaged = copy.deepcopy(document)
        node = damaged
        for key in place[:-1]:
            node = node[key]
        node[place[-1]] = rng.choice(DAMAGE)
        path.write_text(json.dumps(damaged))
        try:
            result_lines(read_comparison(path))
        except ScenarioError:
            refused += 1
    assert refused > 50
    assert document["format"] == FORMAT
