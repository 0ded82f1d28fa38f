"""What a kept result depends on besides its inputs."""

from types import SimpleNamespace

import pytest

from scenarios import environment


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return the folder of a package that counts as the code behind a replication."""
    (tmp_path / "kpis.py").write_text("formula = 1\n")
    known = SimpleNamespace(__file__=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(environment, "_PACKAGES", (known,))
    return tmp_path


def code():
    """Return the SHA-256 of the code as it is now."""
    return environment.code_sha256.__wrapped__()


def test_another_formula_is_another_environment(package):
    """Old results do not answer for it."""
    before = code()
    (package / "kpis.py").write_text("formula = 2\n")
    assert code() != before


def test_what_editors_leave_beside_the_code_hinders_nothing(package):
    """Emacs marks a file that is being edited by a link that leads nowhere."""
    before = code()
    (package / ".#kpis.py").symlink_to("somebody@somewhere.1234")
    assert code() == before
