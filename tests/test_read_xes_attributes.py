"""XES without the standard keys, or with others that mean more: the attributes can be chosen."""

from __future__ import annotations

import dataclasses
import re

import pytest
from command_line import o2c
from picture_checks import HOSTILE

from mining.read import ColumnMapping, read_log, xes
from mining.read.container import inflated
from mining.read.mapping_file import load
from mining.read.preview import preview
from o2c_sim.errors import LogError
from reports.cli.console import plain
from reports.workbench.mapping_form import confirmed, mapping_text, part_fields

ROWS = (
    ("O1", "Create", "2024-01-01T09:00:00{}", "start", "Ann"),
    ("O1", "Create", "2024-01-01T10:00:00{}", "complete", "Ann"),
    ("O1", "Ship", "2024-01-02T10:00:00{}", "complete", "Bob"),
    ("O2", "Create", "2024-01-03T09:00:00{}", "complete", "Ann"),
    ("O2", "Ship", "2024-01-04T09:00:00{}", "complete", "Ann"),
)
CHOSEN = {"case": "case:order", "activity": "step", "time": "done", "lifecycle": "phase"}


def odd(folder, *, offset="+01:00", more=""):
    """Write a log in which no attribute has a name of the standard."""
    traces = {}
    for order, step, done, phase, who in ROWS:
        traces.setdefault(order, []).append(
            f'<event><string key="step" value="{step}"/>'
            f'<date key="done" value="{done.format(offset)}"/>'
            f'<string key="phase" value="{phase}"/><string key="who" value="{who}"/>{more}</event>'
        )
    body = "".join(
        f'<trace><string key="order" value="{order}"/>{"".join(events)}</trace>'
        for order, events in traces.items()
    )
    path = folder / "odd.xes"
    path.write_text(f"<log>{body}</log>", encoding="utf-8")
    return path


def test_attributes_play_the_parts_that_they_are_given(tmp_path):
    """Starts and completions are joined by the attribute that says so; 09:00+01:00 is 08:00 UTC."""
    read = read_log(odd(tmp_path), ColumnMapping(**CHOSEN, resource="who"))
    events = read.log.events
    assert events["activity"].to_list() == ["Create", "Ship", "Create", "Ship"]
    assert [None if t is None else t.hour for t in events["start"]] == [8, None, None, None]
    assert events["time"][0].hour == 9
    assert events["resource"].to_list() == ["Ann", "Bob", "Ann", "Ann"]
    assert read.log.objects["object_id"].to_list() == ["O1", "O2"]
    assert any(note.startswith("1 of 4 completions paired") for note in read.notes)


def test_the_other_attribute_of_two_can_be_meant(tmp_path):
    """A standard key is a guess like any other: what the user names comes before it."""
    more = '<string key="concept:name" value="X"/><string key="org:resource" value="SYS"/>'
    path = odd(tmp_path, more=more)
    guessed = read_log(path, ColumnMapping(case="case:order", time="done"))
    assert set(guessed.log.activities) == {"X"}
    chosen = read_log(path, ColumnMapping(**CHOSEN, resource="who"))
    assert set(chosen.log.activities) == {"Create", "Ship"}
    assert chosen.log.events["resource"][1] == "Bob"


def test_both_engines_read_them_alike(tmp_path):
    """r4pm and pm4py give the same events for the same choice."""
    path = odd(tmp_path)
    with inflated(path) as file:
        logs = [
            xes.read(file, path, ColumnMapping(**CHOSEN), "UTC", engine=engine)[0]
            for engine in ("r4pm", "pm4py")
        ]
    assert logs[0].events.equals(logs[1].events)


def test_stamps_without_an_offset_are_of_the_zone_whatever_the_attribute_is_called(tmp_path):
    """09:00 in Berlin in January is 08:00 UTC, also where the stamp is not ``time:timestamp``."""
    mapping = ColumnMapping(**CHOSEN)
    local = read_log(odd(tmp_path, offset=""), mapping, zone="Europe/Berlin")
    assert local.log.events["start"][0].hour == 8
    instant = read_log(odd(tmp_path, offset="Z"), mapping, zone="Europe/Berlin")
    assert instant.log.events["start"][0].hour == 9


def test_an_attribute_that_is_not_there_is_said_with_those_that_are(tmp_path):
    """As for columns, the life cycle included."""
    for part in ("activity", "lifecycle"):
        mapping = dataclasses.replace(ColumnMapping(**CHOSEN), **{part: "phas"})
        with pytest.raises(LogError, match="there is no column 'phas'") as error:
            read_log(odd(tmp_path), mapping)
        assert "did you mean 'phase'" in str(error.value)
        assert "case:order, done, phase, step, who" in str(error.value)


def test_no_life_cycle_can_be_wanted(tmp_path):
    """An empty text keeps starts and completions as events of their own."""
    more = '<string key="lifecycle:transition" value="complete"/>'
    path = odd(tmp_path, more=more)
    apart = dataclasses.replace(ColumnMapping(**CHOSEN), lifecycle="")
    assert read_log(path, apart).log.events.height == 5
    assert read_log(path, ColumnMapping(**CHOSEN)).log.events.height == 4


def test_the_columns_of_a_file_are_its_attributes(tmp_path):
    """What people look for comes first; the guess is that of the reader, its doubts are said."""
    more = (
        '<string key="concept:name" value="X"/><string key="lifecycle:transition" value="start"/>'
    )
    found = preview(odd(tmp_path, more=more))
    assert (found.form, found.choosable, found.invoice_columns) == ("xes", True, None)
    assert found.columns == [
        "concept:name", "lifecycle:transition", "case:order", "done", "phase", "step", "who",
    ]  # fmt: skip
    assert found.mapping.activity == "concept:name"
    assert found.mapping.lifecycle == "lifecycle:transition"
    assert len(found.rows) == 5
    assert any("guessed" in note for note in found.notes)


def test_the_command_line_shows_and_takes_them(tmp_path, monkeypatch):
    """``o2c columns`` names the parts; ``--mapping`` and flags say others."""
    path = odd(tmp_path)
    text = o2c("columns", path).out
    assert re.search(r"activity\s+step", text)
    assert re.search(r"time\s+done", text)
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "format: o2c-mapping/1\ncolumns: {case: 'case:order', activity: who, time: done, "
        "lifecycle: phase}\n"
    )
    outcome = o2c("mine", path, "--mapping", mapping, "--json")
    assert outcome.code == 0, outcome
    names = {row["activity"] for row in outcome.document["result"]["activities"]}
    assert names == {"Ann", "Bob"}
    by_flags = o2c("mine", path, "--case", "case:order", "--activity", "who", "--time", "done")
    assert by_flags.code == 0
    assert "Bob" in by_flags.out


def looked(path):
    """Return what the page is made from."""
    return plain(dataclasses.asdict(preview(path)))


def test_the_page_lets_each_attribute_be_chosen(tmp_path):
    """The form has a field for each part, and makes the mapping file that the verbs read."""
    found = looked(odd(tmp_path))
    fields = {field.name: field for field in part_fields(found)}
    assert {"case", "activity", "time", "lifecycle", "resource"} <= set(fields)
    assert fields["activity"].column == "step"
    said = confirmed(found, {**CHOSEN, "resource": "who", "zone": "UTC"})
    assert not said.errors
    file = tmp_path / "mapping.json"
    file.write_text(mapping_text(said.mapping), encoding="utf-8")
    read = read_log(tmp_path / "odd.xes", load(file).mapping)
    assert read.log.events.height == 4
    assert read.log.events["resource"][1] == "Bob"


def test_a_life_cycle_that_is_taken_away_stays_away(tmp_path):
    """The guess is not made again where the form says none."""
    transitions = '<string key="lifecycle:transition" value="complete"/>'
    path = odd(tmp_path, more=transitions)
    found = looked(path)
    assert found["mapping"]["lifecycle"] == "lifecycle:transition"
    parts = {"case": "case:order", "activity": "step", "time": "done"}
    said = confirmed(found, {**parts, "lifecycle": ""})
    assert said.mapping["columns"]["lifecycle"] == ""
    file = tmp_path / "mapping.json"
    file.write_text(mapping_text(said.mapping), encoding="utf-8")
    assert load(file).mapping.lifecycle == ""


@pytest.mark.parametrize("name", [one for one in HOSTILE if one and "\x00" not in one])
def test_hostile_names_of_attributes_are_names(tmp_path, name):
    """They can be chosen, and mean nothing else."""
    from xml.sax.saxutils import quoteattr

    path = odd(tmp_path, more=f'<string key={quoteattr(name)} value="do it"/>')
    found = looked(path)
    assert name in found["columns"]
    said = confirmed(found, {"case": "case:order", "activity": name, "time": "done"})
    assert not said.errors
    file = tmp_path / "mapping.json"
    file.write_text(mapping_text(said.mapping), encoding="utf-8")
    assert read_log(path, load(file).mapping).log.activities == ("do it",)
