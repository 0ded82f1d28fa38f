"""Floors, names and sizes: what keeps the code base as it was planned."""

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import o2c_sim

ROOT = Path(o2c_sim.__file__).parents[1]
FLOORS = ("o2c_sim", "mining", "scenarios", "reports")
HEAVY = ("pm4py", "pandas", "matplotlib", "r4pm", "jinja2", "wasmtime")


def modules(package):
    """Return the Python files of a package."""
    return sorted((ROOT / package).rglob("*.py"))


ALL = [path for floor in FLOORS for path in modules(floor)]


def names(path):
    """Return a readable id."""
    return path.relative_to(ROOT).as_posix()


def imported(path):
    """Yield (root package, line) of each import of a file, lazy and TYPE_CHECKING ones included.

    A string that names a module of ours counts: that is how packages load on first use.
    """
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{names(path)}:{node.lineno}: relative import"
            yield str(node.module).partition(".")[0], node.lineno
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            if called.endswith(("import_module", "__import__")):
                yield str(node.args[0].value).partition(".")[0], node.lineno
        elif isinstance(node, ast.Dict):
            for key in node.keys:
                if isinstance(key, ast.Constant) and re.fullmatch(
                    r"[a-z0-9_]+(\.[a-z0-9_]+)+", str(key.value)
                ):
                    yield str(key.value).partition(".")[0], node.lineno


@pytest.mark.parametrize("path", ALL, ids=names)
def test_imports_run_downward_only(path):
    """Reports -> scenarios -> mining -> o2c_sim, and nothing looks up, not even lazily."""
    floor = FLOORS.index(path.relative_to(ROOT).parts[0])
    above = set(FLOORS[floor + 1 :]) | {"tests", "benchmarks"}
    assert [(root, line) for root, line in imported(path) if root in above] == []


@pytest.mark.parametrize("path", modules("o2c_sim"), ids=names)
def test_the_simulator_stands_alone(path):
    """It needs no mining, no data frames but Polars, and no pictures, not even lazily."""
    assert [(root, line) for root, line in imported(path) if root in HEAVY] == []


@pytest.mark.parametrize("path", [p for f in FLOORS for p in modules(f)], ids=names)
def test_no_randomness_or_time_but_what_is_passed_in(path):
    """``random`` and a global generator would break the pairing of scenarios."""
    roots = {root for root, _ in imported(path)}
    assert "random" not in roots
    text = path.read_text("utf-8")
    assert not re.search(r"np\.random\.(seed|rand|normal|uniform|choice|default_rng\(\))", text)


def test_importing_the_simulator_loads_nothing_heavy():
    """In a fresh process: neither pm4py nor pandas nor Matplotlib, nor any floor above."""
    code = (
        "import sys, json, o2c_sim;"
        "print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "o2c_sim" in loaded
    assert loaded & {*HEAVY, "mining", "scenarios", "reports"} == set()


def test_a_simulation_loads_nothing_heavy():
    """Not on use either: a day simulated and written without a data frame of another kind."""
    code = (
        "import sys, json; from o2c_sim import *;"
        "simulate(load_company('distributor'), window=Window(0, 1, 0));"
        "print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) & {*HEAVY, "mining", "scenarios", "reports"} == set()


PUBLIC = [
    path.parent.relative_to(ROOT).as_posix().replace("/", ".")
    for path in ALL
    if path.name == "__init__.py" and "__all__" in path.read_text("utf-8")
]


@pytest.mark.parametrize("package", PUBLIC)
def test_public_names_are_sorted_and_can_be_imported(package):
    """Constants first, then classes, then functions, each in order, and each there."""
    module = importlib.import_module(package)
    kind = [(0 if n.isupper() else 1 if n[0].isupper() else 2, n) for n in module.__all__]
    assert kind == sorted(set(kind))
    for name in module.__all__:
        assert getattr(module, name) is not None


@pytest.mark.parametrize("package", [*FLOORS, "o2c_sim.engine", "o2c_sim.model"])
def test_the_table_in_the_docstring_is_the_public_interface(package):
    """What the package's description lists is what ``__all__`` names, each with its explanation."""
    assert package in PUBLIC
    module = importlib.import_module(package)
    rules = [i for i, line in enumerate(module.__doc__.splitlines()) if line.startswith("====")]
    table = module.__doc__.splitlines()[rules[0] + 1 : rules[1]]
    rows = [line.split(None, 1) for line in table if line and not line.startswith(" ")]
    assert all(len(row) == 2 for row in rows), "each name has its explanation"
    listed = [name for name, _ in rows]
    assert sorted(listed) == sorted(module.__all__)


@pytest.mark.parametrize("path", ALL, ids=names)
def test_modules_have_a_noun_for_a_name_and_one_subject(path):
    """No drawer for odds and ends, no module that hides a second noun, each with a docstring."""
    assert path.stem not in {
        "utils",
        "util",
        "helpers",
        "helper",
        "manager",
        "base",
        "common",
        "misc",
    }
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 400
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("floor", FLOORS)
def test_every_floor_is_typed(floor):
    """``py.typed`` ships, so that type checkers believe the annotations."""
    assert (ROOT / floor / "py.typed").is_file()


def test_the_check_of_imports_can_fail(tmp_path):
    """It sees plain, lazy, from-, dynamic and tabled imports."""
    source = tmp_path / "x.py"
    source.write_text(
        "import reports.cli\n"
        "def f():\n    from scenarios import levers\n"
        "import importlib\nimportlib.import_module('mining.kpis')\n"
        "_HOMES = {'pandas.core': ('x',)}\n"
    )
    assert {root for root, _ in imported(source)} == {
        "reports",
        "scenarios",
        "importlib",
        "mining",
        "pandas",
    }
