"""Logs come in: every known format, and everything that is none is refused and leaves nothing."""

import gzip
import html
import io
import json
import os
import re
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("fastapi")
from workbench_client import app_of, inside, post

from mining.read.mapping_file import load
from o2c_sim.errors import UsageError
from reports.workbench import log_files
from reports.workbench.log_jobs import COLUMNS, document_of
from reports.workbench.mapping_form import confirmed, mapping_text, part_fields, problem_texts

DATA = Path(os.environ.get("O2C_DATA", "../shared/data"))
CSV = "case,activity,time\n1,Go,2024-01-01 10:00\n1,Stop,2024-01-02 10:00\n2,Go,2024-01-03 10:00\n"
EVENT = (
    '<event><string key="concept:name" value="{}"/>'
    '<date key="time:timestamp" value="2024-01-0{}T10:00:00Z"/></event>'
)
XES = (
    '<?xml version="1.0"?><log><trace><string key="concept:name" value="1"/>'
    f"{EVENT.format('Go', 1)}{EVENT.format('Stop', 2)}</trace></log>"
)
HOSTILE = '"><script>alert(1)</script>=1+1 \u202etxt.csv'


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Yield a browser of one workbench for all tests here."""
    with inside(tmp_path_factory.mktemp("upload") / "ws", max_jobs_per_session=50) as browser:
        yield browser


def sent(client, *files):
    """Upload files as (name, content)."""
    parts = [("log", (name, content, "application/octet-stream")) for name, content in files]
    return post(client, "/upload", files=parts)


def workspace(client):
    """Return the workspace behind a browser."""
    return app_of(client).state.workspace


def found(client, answer):
    """Return what the columns of an upload that was taken seem to mean."""
    assert answer.status_code == 303, text_of(answer)
    log_id = re.fullmatch(r"/logs/([0-9a-f]{16})/columns", answer.headers["location"])[1]
    jobs = app_of(client).state.jobs
    job = jobs.wait(workspace(client).log(log_id).about[f"{COLUMNS}_job"], 60)
    assert job.state == "done", job.message
    return document_of(job)


def text_of(answer):
    """Return a page as people read it."""
    return html.unescape(" ".join(re.sub("<[^>]+>", " ", answer.text).split()))


def refused(client, answer, *said):
    """Assert that an upload is refused in words and that nothing of it stays."""
    assert answer.status_code in (413, 422), text_of(answer)
    assert "Traceback" not in answer.text
    for words in said:
        assert words in text_of(answer)


def excel(frame):
    """Return a workbook."""
    file = io.BytesIO()
    frame.write_excel(file)
    return file.getvalue()


def parquet(frame):
    """Return a Parquet file."""
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


FRAME = pl.read_csv(io.StringIO(CSV), infer_schema=False)
OFTEN = ("log.csv", "log.xlsx", "log.xes.gz")
FORMATS = {
    "log.csv": CSV.encode(),
    "LOG.CSV": CSV.encode("utf-16"),
    "log.csv.gz": gzip.compress(CSV.encode()),
    "log.tsv": CSV.replace(",", "\t").encode(),
    "log.txt": CSV.replace(",", ";").encode(),
    "log.xlsx": excel(FRAME),
    "log.parquet": parquet(FRAME),
    "log.xes": XES.encode(),
    "log.xes.gz": gzip.compress(XES.encode()),
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in OFTEN else pytest.mark.slow) for name in FORMATS],
)
def test_every_format_is_taken_and_its_columns_are_shown(client, name):
    """The guess names case, activity and time; the page shows the rows."""
    answer = sent(client, (name, FORMATS[name]))
    result = found(client, answer)
    assert {part for part in ("case", "activity", "time") if result["mapping"][part]} == {
        "case", "activity", "time",
    }  # fmt: skip
    page = client.get(answer.headers["location"])
    assert page.status_code == 200
    assert "Stop" in page.text
    assert "Start the analysis" in page.text


@pytest.mark.parametrize(
    "suffix",
    ["jsonocel", *(pytest.param(one, marks=pytest.mark.slow) for one in ("xmlocel", "sqlite"))],
)
def test_object_centric_logs_offer_their_case_types(client, suffix):
    """The three serialisations; nothing is to be mapped, only the case is chosen."""
    file = DATA / f"ocel20_example.{suffix}"
    if not file.exists():
        pytest.skip("the shared data are absent")
    answer = sent(client, (file.name, file.read_bytes()))
    result = found(client, answer)
    assert result["choosable"] is False
    assert "Payment" in result["case_types"]
    assert '<option value="Payment"' in client.get(answer.headers["location"]).text


def test_sap_tables_come_together(client):
    """Several files make one log; their names are kept, because they say what they are."""
    folder = DATA / "sap_s4_tables"
    if not folder.exists():
        pytest.skip("the shared data are absent")
    answer = sent(client, *((path.name, path.read_bytes()) for path in sorted(folder.iterdir())))
    assert "order" in found(client, answer)["case_types"]


PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
REFUSED = {
    "nothing chosen": ([], "no file was chosen"),
    "empty": ([("log.csv", b"")], "is empty"),
    "a picture named as a table": ([("log.csv", PNG)], "should be a table as text"),
    "a page named as a workbook": ([("log.xlsx", b"<html>")], "begins like XML"),
    "a table named as Parquet": ([("log.parquet", CSV.encode())], "should be Parquet"),
    "a program": ([("log.exe", b"MZ")], "does not end like a file with a log"),
    "no ending": ([("log", CSV.encode())], "does not end like"),
    "an archive": ([("log.zip", FORMATS["log.xlsx"])], "does not end like"),
    "not packed": ([("log.csv.gz", CSV.encode())], "is not compressed"),
    "packed in secret": ([("log.csv", FORMATS["log.csv.gz"])], "is compressed"),
    "damaged packing": ([("log.csv.gz", b"\x1f\x8b\x08" + bytes(20))], "damaged .gz"),
    "cut-off packing": ([("log.xes.gz", FORMATS["log.xes.gz"][:-20])], ""),
    "a workbook that is none": ([("log.xlsx", b"PK\x03\x04" + bytes(100))], ""),
    "no log as XML": ([("log.xes", b"<svg/>")], "not"),
    "no log as JSON": ([("log.json", b'{"a": 1}')], ""),
    "cut-off Parquet": ([("log.parquet", FORMATS["log.parquet"][:60])], ""),
    "two that are no tables": ([("a.xes", XES.encode()), ("b.csv", b"a")], "no table of an SAP"),
    "the same name twice": ([("VBAK.csv", b"a"), ("vbak.CSV", b"a")], "same name"),
    "a table that climbs": ([("../../x.csv", b"a\n1"), ("VBAK.csv", b"a\n1")], ""),
    "a table with a strange name": ([("a b;.csv", b"a"), ("VBAK.csv", b"a")], "no table of an SAP"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_log_is_refused_and_leaves_nothing(client, case):
    """Each with words; neither a log nor a job nor a file stays."""
    place = workspace(client)
    before = (len(place.logs()), sorted(place.results.iterdir()))
    files, said = REFUSED[case]
    refused(client, sent(client, *files), said)
    assert (len(place.logs()), sorted(place.results.iterdir())) == before


def test_a_log_that_is_too_large_is_refused_before_it_is_read(client):
    """101 MB by the header: none of it needs to come."""
    place = workspace(client)
    before = len(place.logs())
    answer = post(
        client, "/upload", content=b"x",
        headers={
            "content-type": "multipart/form-data; boundary=b", "content-length": "101000000",
        },
    )  # fmt: skip
    refused(client, answer, "100 MB")
    assert len(place.logs()) == before


@pytest.mark.slow
def test_bombs_end_in_their_own_process(tmp_path):
    """A table of 375 MB in 2 MB and a workbook of zeros: both refused, nothing stays."""
    packed = gzip.compress(b"case,activity,time\n" + b"1,a,2024-01-01\n" * 25_000_000, 1)
    zeros = io.BytesIO()
    with zipfile.ZipFile(zeros, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(700_000_000))
    with inside(tmp_path / "ws", max_job_memory_bytes=1 << 30) as browser:
        for name, content in (("log.csv.gz", packed), ("log.xlsx", zeros.getvalue())):
            answer = sent(browser, (name, content))
            refused(browser, answer)
            assert workspace(browser).logs() == []
            assert list(workspace(browser).results.iterdir()) == []
        # The workbench itself goes on.
        assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        HOSTILE,
        "../../../etc/passwd.csv",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("..\\..\\boot.csv", "x" * 400 + ".csv", "%2e%2e%2f.csv",
                         "😀\u202e$`rm -rf`.csv", "-o=x.csv", "con.csv")
        ),
        ".csv",
    ],
)  # fmt: skip
def test_a_hostile_name_is_only_text(client, name):
    """It is shown escaped, names no path, and no option."""
    if name == ".csv":
        refused(client, sent(client, (name, CSV.encode())), "does not end like")
        return
    answer = sent(client, (name, CSV.encode()))
    found(client, answer)
    log = workspace(client).log(answer.headers["location"].split("/")[2])
    files = [path for path in log.folder.rglob("*") if path.is_file()]
    assert {path.parent for path in files} <= {log.folder, log.folder / "file"}
    kept = log.about["file"]
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*\.csv", kept)
    for page in (client.get(answer.headers["location"]), client.get("/"), client.get("/analyse")):
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "\u202e" not in page.text


def test_columns_of_hostile_names_are_chosen_and_kept_as_they_are(client):
    """Scripts, quotes, colons and line breaks in a header survive the form and the file."""
    names = ['<script>alert("x")</script>', "=1+1: - {a}", "when?'\""]
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    rows = "1,Go,2024-01-01 10:00\n1,Stop,2024-01-02 10:00\n"
    answer = sent(client, ("x.csv", f"{header}\n{rows}".encode()))
    location = answer.headers["location"]
    page = client.get(location)
    assert "<script>alert" not in page.text
    # The reader of tables leaves doubled quotation marks of a header as they are.
    assert found(client, answer)["columns"] == [name.replace('"', '""') for name in names]
    given = dict(zip(("case", "activity", "time"), found(client, answer)["columns"], strict=True))
    answer = post(client, location, data=given)
    assert answer.status_code == 303, text_of(answer)
    log = workspace(client).log(location.split("/")[2])
    assert load(log.folder / "mapping.yaml").mapping.columns == given
    app_of(client).state.jobs.cancel(log.about["analysis_job"])


def test_a_form_that_makes_no_sense_is_said_beside_its_field(client):
    """Nothing starts; what was chosen stays chosen."""
    answer = sent(client, ("x.csv", CSV.encode()))
    location = answer.headers["location"]
    wrong = {"case": "case", "activity": "case", "time": "gone", "zone": "Mars/Olympus"}
    page = post(client, location, data=wrong)
    assert page.status_code == 422
    for words in ("has another part already", "no such column", "Not a time zone"):
        assert words in text_of(page)
    assert page.text.count('aria-invalid="true"') == 3
    assert "confirmed" not in workspace(client).log(location.split("/")[2]).about


def looked(client, location):
    """Return the page of the columns when the file has been looked at."""
    log = workspace(client).log(location.split("/")[2])
    app_of(client).state.jobs.wait(log.about[f"{COLUMNS}_job"], 60)
    return client.get(location)


def test_a_table_that_is_not_understood_can_be_corrected(client):
    """What is missing is said; a wrong separator is an error that can be put right."""
    answer = sent(client, ("x.csv", b"a;b;c\n1,5;Go;2024-01-01\n1,5;Stop;2024-01-02\n"))
    location = answer.headers["location"]
    assert "a" in found(client, answer)["columns"]
    look = location.replace("columns", "look")
    assert post(client, look, data={"delimiter": ","}).status_code == 303
    page = looked(client, location)
    assert "could not be read" in page.text
    assert "Look again" in page.text
    assert post(client, look, data={"delimiter": ";"}).status_code == 303
    page = looked(client, location)
    assert "Start the analysis" in page.text
    assert ">1,5<" in page.text
    odd = sent(client, ("odd.csv", b"x,y,z\n1,2,3\n3,4,5\n"))
    assert "Not understood yet" in looked(client, odd.headers["location"]).text


def test_too_many_columns_are_cut_and_said(client):
    """The form stays usable."""
    names = ["case", "activity", "time", *(f"c{i}" for i in range(3000))]
    row = ["1", "Go", "2024-01-01", *["x"] * 3000]
    content = "\n".join([",".join(names), ",".join(row), ",".join(row)])
    answer = sent(client, ("wide.csv", content.encode()))
    assert len(found(client, answer)["columns"]) == 200
    assert "3,003 columns" in client.get(answer.headers["location"]).text


def test_a_log_is_removed_with_all_that_was_made_of_it(client):
    """The folder and the jobs go; its pages answer 404."""
    answer = sent(client, ("x.csv", CSV.encode()))
    found(client, answer)
    log_id = answer.headers["location"].split("/")[2]
    log = workspace(client).log(log_id)
    assert post(client, f"/logs/{log_id}/remove").status_code == 303
    assert not log.folder.exists()
    jobs = app_of(client).state.jobs
    assert not [job for job in jobs.jobs() if job.about.get("log") == log_id]
    for path in ("", "/columns", "/cases", "/calibrate"):
        assert client.get(f"/logs/{log_id}{path}").status_code == 404


@pytest.mark.parametrize("log_id", ["0" * 16, "..", "%2e%2e", "x", "0" * 15 + "/.."])
def test_no_address_names_another_place(client, log_id):
    """Unknown and climbing identifiers are not found."""
    assert client.get(f"/logs/{log_id}/columns").status_code in (404, 405)


def test_a_form_without_its_token_is_refused(client):
    """Upload and choice alike."""
    assert client.post("/upload", files={"log": ("x.csv", CSV)}).status_code == 403


@given(st.text(max_size=60))
def test_no_name_becomes_a_path(name):
    """Whatever a file is called: it is refused, or kept under letters, digits, - and _."""
    from reports.workbench.pages.upload import _stored

    for text in (name, f"{name}.csv", f"{name}.xes.gz"):
        try:
            kept = _stored(text)
        except UsageError:
            continue
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.[a-z]+)(\.gz)?", kept)
        assert log_files.ending_of(kept) == log_files.ending_of(text)


FOUND = {
    "columns": ["a", "b", "c"], "choosable": True, "invoice_columns": None, "case_types": [],
    "mapping": {"case": "a", "activity": "b", "time": "c", "delimiter": ";"},
}  # fmt: skip


@given(st.dictionaries(st.sampled_from(["case", "activity", "time", "zone", "start", "case_type"]),
                       st.text(max_size=20)))  # fmt: skip
def test_what_a_form_confirms_is_a_mapping_file(given_fields):
    """Either every fault has its field, or the file reads back as what was chosen."""
    said = confirmed(FOUND, given_fields)
    if said.errors:
        assert set(said.errors) <= {"case", "activity", "time", "zone", "start", "case_type"}
        return
    assert json.loads(mapping_text(said.mapping)) == said.mapping


def test_the_form_shows_the_guess_until_something_is_chosen():
    """A field that was emptied stays empty."""
    assert [field.column for field in part_fields(FOUND)][:3] == ["a", "b", "c"]
    chosen = part_fields(FOUND, {"case": "b", "activity": "", "time": "c"})
    assert [field.column for field in chosen][:3] == ["b", "", "c"]


def test_problems_are_told_without_the_places_of_the_server():
    """Message, what is allowed and a hint; not where the file lies."""
    problem = {"message": "m", "where": "/home/x", "allowed": "a", "suggestion": "s"}
    assert problem_texts([problem]) == ["m; allowed: a; s"]
