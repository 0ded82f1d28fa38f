"""What is installed: the wheel's content, its data at work, and the pinned requirements."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOTS = {"o2c_sim", "mining", "scenarios", "reports"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel, without network."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel):
    """Return the names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def project():
    """Return the project's table of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_the_roots_are_the_four_packages(names):
    """Nothing but the four packages and the metadata is put into an environment."""
    roots = {name.partition("/")[0] for name in names}
    assert {root for root in roots if not root.endswith(".dist-info")} == ROOTS
    assert len(roots) == len(ROOTS) + 1


def test_every_source_file_is_in_the_wheel(names):
    """Modules, models, scenarios, templates and type markers: what is in the tree is shipped."""
    wanted = {
        path.relative_to(ROOT).as_posix()
        for root in ROOTS
        for path in (ROOT / root).rglob("*")
        if path.is_file() and path.suffix in (".py", ".yaml", ".j2", ".typed", ".css", ".js")
    }
    assert wanted <= set(names)
    for name in (
        "o2c_sim/model/reference/distributor.yaml", "scenarios/library/case_a.yaml",
        "reports/documents/templates/base.html.j2", *(f"{root}/py.typed" for root in ROOTS),
    ):  # fmt: skip
        assert name in names


def test_nothing_else_is_in_the_wheel(names):
    """No tests, benchmarks, caches or data of others; the licence is there."""
    assert not [n for n in names if re.search(r"(^|/)(tests?|benchmarks|docs|__pycache__)/", n)]
    assert not [n for n in names if n.endswith((".pyc", ".csv", ".gz", ".parquet"))]
    assert any(re.search(r"\.dist-info/(licenses/)?LICENSE$", name) for name in names)


def test_the_metadata(wheel, project):
    """Name, licence, extras and the console script are what pyproject.toml declares."""
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        text = archive.read(metadata).decode("utf-8")
        scripts = archive.read(metadata.replace("METADATA", "entry_points.txt")).decode("utf-8")
    assert "Name: o2c-toolkit\n" in text
    assert "License-Expression: AGPL-3.0-or-later\n" in text
    assert set(re.findall(r"^Provides-Extra: (\w+)$", text, re.M)) == set(
        project["optional-dependencies"]
    )
    assert "o2c = reports.cli:main" in scripts


@pytest.mark.slow
def test_the_unpacked_wheel_works(wheel, tmp_path):
    """From the wheel alone, shipped companies and scenarios are found and a run is simulated."""
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    code = (
        f"import sys; sys.path[:] = [p for p in sys.path if p != {str(ROOT)!r}]; import o2c_sim;"
        "print(o2c_sim.__file__, file=sys.stderr); from reports.cli import main; main()"
    )
    commands = (
        ["validate", "distributor", "case_a"],
        ["compare", "case_b", "--days", "20", "--warm-up", "5", "--cool-down", "5", "-r", "2",
         "--workers", "1", "-o", "result"],
    )  # fmt: skip
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-c", code, *command], cwd=tmp_path, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(folder)}, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stderr.strip() == str(folder / "o2c_sim" / "__init__.py")
    assert (tmp_path / "result" / "report.html").is_file()


def canonical(name):
    """Return a distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def dependency(text):
    """Return the name in a requirement."""
    return canonical(re.match(r"[A-Za-z0-9._-]+", text)[0])


def test_requirements_are_pinned_and_hashed():
    """Each entry names one version and at least one SHA-256; there is no address of any index."""
    text = (ROOT / "requirements.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    entries = re.split(r"\n(?=\S)", "\n".join(lines).strip())
    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+==[\w.!+]+( ;|\s)", entry), entry[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry[:80]
    assert not re.search(r"https?://|--index|--extra-index|--find-links|@ ", "\n".join(lines))


def test_requirements_cover_what_is_declared(project):
    """Every dependency, extra and developer tool of pyproject.toml is pinned."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    wanted = {dependency(text) for text in project["dependencies"]}
    for extra in (*project["optional-dependencies"].values(), *groups.values()):
        wanted |= {dependency(text) for text in extra}
    text = (ROOT / "requirements.txt").read_text("utf-8")
    pinned = {canonical(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.M)}
    assert wanted - {"o2c-toolkit"} <= pinned


def test_installed_versions_are_the_pinned_ones(project):
    """Declared packages are installed in a pinned version: the environment is the tested one."""
    from importlib import metadata

    text = (ROOT / "requirements.txt").read_text("utf-8")
    pinned = [(canonical(n), v) for n, v in re.findall(r"^([\w.-]+)==([\w.!+]+)", text, re.M)]
    for name in map(dependency, project["dependencies"]):
        assert (name, metadata.version(name)) in pinned
