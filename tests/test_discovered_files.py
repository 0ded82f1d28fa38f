"""A discovered process is written and read back; what is wrong in the files is told."""

import datetime as dt
import math
import re

import numpy as np
import polars as pl
import pytest
from discovered_by_hand import ALWAYS, FLAT, OFFICE, Step, exponential, model
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim import ModelError, UsageError
from o2c_sim.discovered.files import load, save
from o2c_sim.discovered.levers import with_leave_out_share
from o2c_sim.discovered.model import Pool, Routing
from o2c_sim.discovered.simulation import simulate_discovered
from o2c_sim.discovered.week_text import week_as_line, week_as_text, week_of, week_of_line

NIGHTS = ((20.25, 28.0), (44.0, 45.5))


def process():
    """Return a process with two pools, concurrency and a strange name."""
    steps = [
        [
            Step(0, 0, 0.25, work, hour=9.5),
            Step(1, 1, 0, 1, (0,), 10.0),
            Step(2, -1, 1, 0, (0,), 10.0),
            Step(0, 0, 0, work, (1, 2), 12.0),
        ]
        for work in exponential(20, 1)
    ]
    return model(
        steps,
        [Pool("front desk", ("ann", "bob"), 2, OFFICE), Pool("yes", ("1",), 3, NIGHTS)],
        activities=("a: b", "x.y", "null"),
        per_week=12.345678,
        gaps=exponential(30, 2),
        block=2.5,
        routing=Routing(switch_share=0.3, neighbours=4, memory=2, least=3),
        weight=np.linspace(0.5, 2, 20),
    )


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a process."""
    return save(process(), tmp_path / "model")


def simulated(of):
    """Return a short log."""
    return simulate_discovered(of, cases=60, start=dt.datetime(2026, 1, 5), seed=3)


def test_what_is_read_runs_as_what_was_written(folder):
    """Bit for bit, and the text says what the model is."""
    assert simulated(load(folder)).equals(simulated(process()))
    text = (folder / "model.yaml").read_text("utf-8")
    assert "mon: 09:00-17:00" in text
    assert "kind: discovered" in text
    assert save(load(folder), folder, replace=True) == folder
    assert (folder / "model.yaml").read_text("utf-8") == text


def test_an_existing_folder_is_not_replaced_unless_asked_for(folder):
    """Nothing is lost in silence."""
    with pytest.raises(UsageError, match="already exists"):
        save(process(), folder)


def edit(folder, old, new):
    """Change the text."""
    path = folder / "model.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_an_edited_text_changes_the_process(folder):
    """Capacity, hours, arrivals, routing, work and delay."""
    edit(folder, "capacity: 2", "capacity: 5")
    edit(folder, "mon: 09:00-17:00", "mon: 06:00-12:00, 13:30-24:00")
    edit(folder, "per_week: 12.345678", "per_week: 20")
    edit(folder, "switch_share: 0.3", "switch_share: 0")
    edit(folder, "work_factor: 1.0", "work_factor: 2")
    edit(folder, "delay_factor: 1.0", "delay_factor: 0.5")
    found, before = load(folder), process()
    assert found.pools[0].capacity == 5
    assert found.pools[0].week[:2] == ((6.0, 12.0), (13.5, 24.0))
    assert found.arrivals.per_week == 20
    assert found.routing.switch_share == 0
    own = before.histories.activity == 0
    assert np.allclose(found.histories.work_hours[own], 2 * before.histories.work_hours[own])
    assert np.allclose(found.histories.delay_hours[own], 0.5 * before.histories.delay_hours[own])
    assert (found.histories.work_hours[~own] == before.histories.work_hours[~own]).all()


MISTAKES = {
    "another kind of model": ("kind: discovered", "kind: company", "kind"),
    "a misspelt key": ("per_week:", "per_wek:", "did you mean 'per_week'"),
    "no capacity": ("capacity: 2", "capacity: 0", "capacity"),
    "half a person": ("capacity: 2", "capacity: 2.5", "capacity"),
    "no number": ("per_week: 12.345678", "per_week: .nan", "per_week"),
    "hours out of order": ("mon: 09:00-17:00", "mon: 17:00-09:00", "out of order; allowed: hours"),
    "hours that overlap": ("mon: 09:00-17:00", "mon: 09:00-17:00, 16:00-18:00", "out of order"),
    "25 hours": ("mon: 09:00-17:00", "mon: 09:00-25:00", "out of order"),
    "61 minutes": ("mon: 09:00-17:00", "mon: 09:61-17:00", "60 minutes"),
    "words for hours": ("mon: 09:00-17:00", "mon: morning", "'morning' is no hours"),
    "an unknown day": ("mon: 09:00", "monday: 09:00", "monday"),
    "a share above 1": ("switch_share: 0.3", "switch_share: 1.3", "switch_share"),
    "a negative block": ("block: 2.5", "block: -2.5", "block"),
    "a fact edited": ("steps: 40", "steps: 41", "edit work_factor or delay_factor instead"),
    "an activity renamed": ("  x.y:", "  x.z:", "activity is x.y"),
    "a pool renamed": ("  front desk:", "  back desk:", "pool is front desk"),
    "the same person twice": ("[ann, bob]", "[ann, ann]", "there twice"),
    "a profile that is no whole": (f"{FLAT[0]}", "0.5", "add up to"),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_in_the_text_is_told(folder, what):
    """One clear message."""
    old, new, said = MISTAKES[what]
    edit(folder, old, new)
    with pytest.raises(ModelError, match=re.escape(said)) as error:
        load(folder)
    assert any(str(folder) in problem.where for problem in error.value.problems)


STEPS = {
    "a negative wait": ("delay_hours", -1.0),
    "no number": ("work_hours", math.nan),
    "an endless task": ("work_hours", math.inf),
    "an hour beyond the week": ("hour", 169.0),
    "a weight of nothing": ("weight", 0.0),
    "weights that differ within a case": ("weight", 7.0),
    "an unknown activity": ("activity", "q"),
    "an unknown pool": ("pool", "q"),
    "a step before itself": ("predecessors", [2]),
    "a step before a later one": ("predecessors", [3]),
    "a step before the case": ("predecessors", [-1]),
    "a step twice": ("predecessors", [0, 0]),
    "a missing predecessor": ("predecessors", [None]),
    "a case out of order": ("case", 5),
    "no case": ("case", None),
    "no work": ("work_hours", None),
}


@pytest.mark.parametrize("what", STEPS)
def test_a_step_that_cannot_be_is_told_with_its_row(folder, what):
    """Row 7 of the table, which is the third step of the second case, is damaged."""
    column, value = STEPS[what]
    path = folder / "histories.parquet"
    table = pl.read_parquet(path)
    values = table[column].to_list()
    values[6] = value
    table.with_columns(pl.Series(column, values, table.schema[column])).write_parquet(path)
    with pytest.raises(ModelError, match="allowed") as error:
        load(folder)
    told = [p for p in error.value.problems if p.where.endswith(("row 7", "row 5"))]
    assert any(column in problem.message for problem in told)


def test_a_first_step_that_waits_is_refused(folder):
    """Nothing is before it."""
    path = folder / "histories.parquet"
    table = pl.read_parquet(path)
    before = table["predecessors"].to_list()
    before[0] = [0]
    table.with_columns(pl.Series("predecessors", before)).write_parquet(path)
    with pytest.raises(ModelError, match=r"row 1: predecessors is"):
        load(folder)


TABLES = {
    "a column too few": lambda table: table.drop("hour"),
    "a column too many": lambda table: table.with_columns(horu=1),
    "another type": lambda table: table.with_columns(pl.col("hour").cast(pl.String)),
    "no step": lambda table: table.head(0),
}


@pytest.mark.parametrize("what", TABLES)
def test_a_table_of_another_form_is_refused(folder, what):
    """With the columns that there must be."""
    path = folder / "histories.parquet"
    TABLES[what](pl.read_parquet(path)).write_parquet(path)
    with pytest.raises(ModelError, match="allowed"):
        load(folder)


@pytest.mark.parametrize("gaps", [[1.0, -1.0, 3.0], [1.0, math.nan], [2.0, 2.0], [], [None, 1.0]])
def test_gaps_that_cannot_be_are_refused(folder, gaps):
    """Negative, no number, of another mean, none."""
    pl.DataFrame({"gap": pl.Series(gaps, dtype=pl.Float64)}).write_parquet(
        folder / "arrival_gaps.parquet"
    )
    with pytest.raises(ModelError, match="arrival_gaps"):
        load(folder)


@pytest.mark.parametrize("name", ["model.yaml", "histories.parquet", "arrival_gaps.parquet"])
def test_files_that_are_missing_or_something_else_are_refused(folder, name):
    """Absent, empty, and bytes of another kind."""
    for content in (None, b"", b"\xff\x00PAR1 no such thing"):
        (folder / name).unlink()
        if content is not None:
            (folder / name).write_bytes(content)
        with pytest.raises(ModelError, match=re.escape(name)):
            load(folder)
        (folder / name).write_bytes(b"")


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    """With what it would hold."""
    with pytest.raises(ModelError, match="no such folder"):
        load(tmp_path / "nothing")


LINES = {
    "always": ALWAYS,
    "mon-fri 09:00-17:00": OFFICE,
    "tue 08:00-09:30, 10:00-11:00; sun 20:00-24:00": ((32, 33.5), (34, 35), (164, 168)),
}


@pytest.mark.parametrize("line", LINES)
def test_hours_in_a_line(line):
    """As people say them, both ways."""
    assert week_of_line(line) == LINES[line]
    assert week_as_line(LINES[line]) == line


@pytest.mark.parametrize(
    "line", ["", "mon", "mon-fri", "fri-mon 09:00-17:00", "mon 9-17", "xyz 09:00-17:00",
             "mon 09:00-10:00; mon 11:00-12:00"],
)  # fmt: skip
def test_a_line_of_something_else_is_refused(line):
    """A clear message each."""
    with pytest.raises(ValueError, match=r"is no|ends before|there twice|no weekdays"):
        week_of_line(line)


@st.composite
def weeks(draw):
    """Return stretches that do not touch, in seconds made hours."""
    bounds = draw(st.sets(st.integers(0, 168 * 3600), min_size=2, max_size=20))
    moments = sorted(bounds)[: len(bounds) // 2 * 2]
    return tuple((a / 3600, b / 3600) for a, b in zip(moments[::2], moments[1::2], strict=True))


def test_what_is_left_out_is_written_as_not_there(tmp_path):
    """A model changed by a lever can be kept."""
    less = with_leave_out_share(process(), "x.y", 1)
    kept = load(save(less, tmp_path / "less"))
    assert "x.y" not in simulated(kept)["activity"]
    assert simulated(kept)["activity"].unique().sort().to_list() == ["a: b", "null"]


@given(weeks())
def test_hours_come_back_from_their_text(week):
    """Also over midnight, and from a line."""
    assert np.allclose(week_of_line(week_as_line(week)), week, atol=1e-9)
    text = week_as_text(week)
    if isinstance(text, str):
        assert week == ALWAYS
    else:
        assert np.allclose(week_of(text), week, atol=1e-9)
