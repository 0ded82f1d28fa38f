"""OCEL 2.0 files: three serialisations, two engines, broken references."""

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from mining.read import ColumnMapping, ocel, read_log
from o2c_sim.errors import LogError

FILES = {"ocel-json": "jsonocel", "ocel-xml": "xmlocel", "ocel-sqlite": "sqlite"}
TABLES = ("events", "objects", "event_objects", "object_relations", "object_changes")


@pytest.fixture
def data():
    """Return the folder of the public logs, which is not part of the project."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("O2C_DATA", default))
    if not (folder / "ocel20_example.jsonocel").is_file():
        pytest.skip(
            f"the OCEL example is not in {folder}; set O2C_DATA to the folder of the public logs"
        )
    return folder


def test_the_three_serialisations_give_one_log(data):
    """The JSON has offsets; XML and SQLite have the clock of Central Europe without one."""
    logs = [
        read_log(data / f"ocel20_example.{suffix}", zone="Europe/Berlin").log
        for suffix in FILES.values()
    ]
    first = logs[0]
    assert [getattr(first, table).height for table in TABLES] == [13, 9, 20, 7, 3]
    for other in logs[1:]:
        for table in TABLES:
            assert getattr(first, table).equals(getattr(other, table)), table


@pytest.mark.parametrize("form", FILES)
def test_both_engines_read_the_same_log(data, form):
    """pm4py is the referee; every event and object of this log has a partner, so none is lost."""
    path = data / f"ocel20_example.{FILES[form]}"
    fast, slow = (
        ocel.read(path, path, ColumnMapping(), form, "UTC", engine=engine)[0]
        for engine in ("r4pm", "pm4py")
    )
    for table in TABLES:
        assert (
            getattr(fast, table)
            .sort(by=_keys(table))
            .equals(getattr(slow, table).sort(by=_keys(table)))
        ), table


def _keys(table):
    return {
        "events": "event", "objects": "object", "event_objects": ["event", "object", "qualifier"],
        "object_relations": ["source", "target"], "object_changes": ["object", "time"],
    }[table]  # fmt: skip


def _small():
    attribute = {"name": "net_value", "time": "1970-01-01T00:00:00Z", "value": 12.5}
    return {
        "objectTypes": [
            {"name": "order", "attributes": [{"name": "net_value", "type": "float"}]},
            {"name": "invoice", "attributes": []},
        ],
        "eventTypes": [{"name": "Create", "attributes": [{"name": "resource", "type": "string"}]}],
        "objects": [
            {"id": "o1", "type": "order", "attributes": [attribute]},
            {"id": "o2", "type": "order", "relationships": [{"objectId": "x", "qualifier": "q"}]},
        ],
        "events": [
            {
                "id": f"e{i}", "type": "Create", "time": f"2024-01-0{i}T08:00:00Z",
                "attributes": [{"name": "resource", "value": "ann"}],
                "relationships": [{"objectId": "o1", "qualifier": "of"}],
            }
            for i in (1, 2)
        ],
    }  # fmt: skip


def _written(folder, content):
    path = folder / "log.json"
    path.write_text(json.dumps(content))
    return path


def test_attributes_named_as_the_tables_fill_the_tables(tmp_path):
    """``resource`` of the file is the resource; other attributes stay attributes."""
    content = _small()
    content["eventTypes"][0]["attributes"].append({"name": "clerk", "type": "string"})
    for event in content["events"]:
        event["attributes"].append({"name": "clerk", "value": "bob"})
    path = _written(tmp_path, content)
    assert read_log(path).log.events["resource"].to_list() == ["ann", "ann"]
    read = read_log(path, ColumnMapping(resource="clerk"))
    assert read.log.events["resource"].to_list() == ["bob", "bob"]
    with pytest.raises(LogError, match="did you mean 'clerk'"):
        read_log(path, ColumnMapping(resource="clerks"))


def test_broken_references_are_counted(tmp_path):
    """One relation to an object that is not there, one event and one object twice, one alone."""
    content = _small()
    content["events"][0]["relationships"].append({"objectId": "gone", "qualifier": "of"})
    content["events"].append(dict(content["events"][1], relationships=[]))
    content["events"].append(dict(content["events"][1], id="e9", relationships=[]))
    content["objects"].append(dict(content["objects"][0]))
    read = read_log(_written(tmp_path, content))
    exists = "relations refer to something that does not exist and are left out"
    assert set(read.notes) >= {
        "1 events with an id that occurs before",
        "1 objects with an id that occurs before",
        f"1 event-to-object {exists}",
        f"1 object-to-object {exists}",
        "1 events have no object: they belong to no case",
        "1 objects have no event",
    }
    assert (read.log.events.height, read.log.objects.height) == (3, 2)


def test_broken_references_of_a_database_are_counted(tmp_path, data, capfd):
    """The engine would print one line per relation and go on."""
    path = tmp_path / "log.db"
    shutil.copyfile(data / "ocel20_example.sqlite", path)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO event_object VALUES ('gone', 'PO1', 'q')")
        connection.execute("INSERT INTO event_object VALUES ('e1', 'gone', 'q')")
    connection.close()
    read = read_log(path)
    assert read.notes[0] == "1 event-to-object relations of events that do not exist"
    assert "1 event-to-object relations refer to something" in read.notes[1]
    assert capfd.readouterr() == ("", "")


def test_the_case_notion_is_chosen_and_can_be_named(tmp_path):
    """An order is the natural case; another type may be asked for, an unknown one not."""
    content = _small()
    content["objects"].append({"id": "i1", "type": "invoice"})
    content["events"][0]["relationships"].append({"objectId": "i1", "qualifier": "of"})
    path = _written(tmp_path, content)
    assert read_log(path).case_type == "order"
    assert read_log(path, ColumnMapping(case_type="invoice")).case_type == "invoice"
    with pytest.raises(LogError, match="did you mean 'order'"):
        read_log(path, ColumnMapping(case_type="orders"))


def test_a_database_that_is_no_ocel_is_refused(tmp_path):
    """The tables that are needed are named."""
    path = tmp_path / "log.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE customers (id TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(LogError, match=r"not an OCEL 2\.0 database: no such table: event"):
        read_log(path)


def test_json_that_is_cut_off_is_refused(tmp_path):
    """The engine's words, without its traceback."""
    path = _written(tmp_path, _small())
    path.write_text(path.read_text()[:-20])
    with pytest.raises(LogError, match="cannot be read"):
        read_log(path)


@pytest.mark.parametrize("kind", ["jsonocel", "xmlocel", "sqlite"])
@pytest.mark.parametrize("name", ["log", "log.csv", "log.JSON", "log.xml"])
def test_the_content_decides_and_not_the_name(kind, name, data, tmp_path):
    """Each serialisation is read under any name, as what it is."""
    source = data / f"ocel20_example.{kind}"
    (tmp_path / name).write_bytes(source.read_bytes())
    assert read_log(tmp_path / name).log.events.height == read_log(source).log.events.height
