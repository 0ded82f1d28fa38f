"""Small inputs for the command line: a log, a run folder and a comparison folder, made once."""

import pytest
from command_line import FEW, SHORT, o2c

ROWS = (
    "case,activity,time\n"
    + "\n".join(
        f"{case},{activity},2024-03-{day + case % 7:02d}T{hour:02d}:{case % 60:02d}:00"
        for case in range(1, 21)
        for day, hour, activity in (
            (1, 9, "Receive Order"),
            (2, 10, "Create Sales Order"),
            (3, 11, "Confirm Order"),
            (8, 12, "Create Delivery"),
            (9, 13, "Post Goods Issue"),
            (10, 14, "Create Invoice"),
        )
    )
    + "\n"
)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Make an empty working folder, so that a test sees whatever a verb leaves behind."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.argv", ["o2c", "from", "a", "test"])
    return folder


@pytest.fixture
def log_csv(tmp_path):
    """Write twenty orders that get as far as their invoice."""
    path = tmp_path / "orders.csv"
    path.write_text(ROWS)
    return path


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory):
    """Simulate a short run, written in every format."""
    folder = tmp_path_factory.mktemp("simulated") / "run"
    formats = ("ocel-json", "ocel-sqlite", "ocel-xml", "xes", "csv")
    flags = [word for name in formats for word in ("--format", name)]
    outcome = o2c("simulate", *SHORT, "--output", folder, *flags)
    assert outcome.code == 0, outcome
    return folder


@pytest.fixture(scope="session")
def comparison_folder(tmp_path_factory):
    """Compare one scenario, in short runs."""
    folder = tmp_path_factory.mktemp("compared") / "result"
    outcome = o2c("compare", "case_b", *FEW, "--output", folder)
    assert outcome.code == 0, outcome
    return folder
