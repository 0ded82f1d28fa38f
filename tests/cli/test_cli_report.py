"""``o2c report``: formats, places, currency, locale, logo and template."""

import base64
import hashlib
import json
import sys

import pytest
from command_line import o2c, refused, refused_as_json

from o2c_sim.errors import UsageError
from reports.cli.report_sources import TEMPLATES, one_currency, template_of
from reports.cli.report_target import report_target
from reports.documents.formats import FORMATS, known_formats, write
from reports.documents.logo import MOST_BYTES, read_logo

# One red point, as PNG.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJg"
    "gg=="
)


def targets(output, *formats):
    """Return formats, target and whether it is a folder, as the command line would."""
    from pathlib import Path

    names, target, is_folder = report_target(formats, None if output is None else Path(output))
    return names, str(target), is_folder


def test_the_suffix_names_the_format():
    """And the format names the file where nothing is said; several make a folder."""
    assert targets(None) == (["html"], "report.html", False)
    assert targets("a.PDF") == (["pdf"], "a.PDF", False)
    assert targets("a.htm") == (["html"], "a.htm", False)
    assert targets("there") == (["html"], "there", False)
    assert targets(None, "xlsx") == (["xlsx"], "report.xlsx", False)
    assert targets("a.2024", "pdf") == (["pdf"], "a.2024", False)
    assert targets(None, "html,pdf", "json") == (["html", "pdf", "json"], "report", True)
    assert targets("out", "md") == (["md"], "out", True)
    assert targets(None, " HTML, html ") == (["html"], "report.html", False)


@pytest.mark.parametrize(
    ("output", "formats", "said"),
    [
        ("a.docx", (), "'.docx' is not the suffix of a format"),
        ("a.html", ("pdf",), "the suffix says html, --format says pdf"),
        ("a.html", ("html,pdf",), "several formats go in a folder"),
        ("a.md", (), "goes in a folder"),
        ("a.tex", ("tex",), "--format tex --output a"),
        (None, ("htlm",), "did you mean 'html'?"),
        (None, (",",), "no format is named"),
    ],
)
def test_a_target_that_cannot_be(output, formats, said):
    """One clear message, and what is allowed."""
    with pytest.raises(UsageError, match=said.replace("?", r"\?")) as fault:
        targets(output, *formats)
    assert fault.value.problems[0].allowed or fault.value.problems[0].suggestion


@pytest.mark.slow
def test_all_formats_in_one_folder(log_csv, here):
    """A folder with every format and a manifest that names each file by its SHA-256."""
    outcome = o2c("report", log_csv, "--format", "html,xlsx,md,tex,json,pdf", "-o", "all")
    assert outcome.code == 0, outcome
    assert outcome.out.splitlines() == [
        "report: all",
        "  report.html, report.xlsx, report.md, report.tex, report.json, report.pdf",
    ]
    folder = here / "all"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["format"] == "o2c-report/1"
    assert manifest["kind"] == "log"
    read = hashlib.sha256(log_csv.read_bytes()).hexdigest()
    assert manifest["made_from"] == {"orders.csv": read}
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert there == {*manifest["files"], "manifest.json"}
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    assert (folder / "report.xlsx").read_bytes().startswith(b"PK")
    document = json.loads((folder / "report.json").read_text())
    assert document["kind"] == "log"
    refused(o2c("report", log_csv, "--format", "html,json", "-o", "all"), 2, "already exists")
    again = o2c("report", log_csv, "--format", "html,json", "-o", "all", "--force", "--json")
    assert again.document["result"] == {
        "kind": "log", "output": "all", "formats": ["html", "json"],
        "files": ["all/report.html", "all/report.json", "all/manifest.json"],
    }  # fmt: skip
    assert not (folder / "report.md").exists(), "the old folder is replaced, not added to"


def test_a_writer_that_fails_leaves_nothing(log_csv, here, monkeypatch):
    """Neither a file nor half a folder is left behind, nor what was there replaced."""

    def broken(document):
        raise UsageError("the pen broke")

    monkeypatch.setattr("reports.documents.json_document.json_text", broken)
    refused(o2c("report", log_csv, "-o", "x.json"), 2, "the pen broke")
    refused(o2c("report", log_csv, "--format", "html,json", "-o", "x"), 2, "the pen broke")
    assert list(here.iterdir()) == []


def test_the_currency_is_named_not_converted(comparison_folder, run_folder, log_csv, here):
    """A log that names none takes the one given; another than the result's is refused."""
    assert o2c("report", log_csv, "--currency", "eur", "-o", "a.json").code == 0
    assert json.loads((here / "a.json").read_text())["currency"] == "EUR"
    for source in (comparison_folder, run_folder):
        refused(
            o2c("report", source, "--currency", "CHF", "-o", "b.html"),
            2, "its amounts are in USD", "not converted",
        )  # fmt: skip
    assert not (here / "b.html").exists()
    problems = refused_as_json(
        o2c("report", log_csv, "--currency", "euros", "-o", "b.html", "--json"), 2, "usage"
    )
    assert "three letters" in problems[0]["allowed"]
    assert one_currency("", "", here) == ""
    assert one_currency("USD", "USD", here) == "USD"


def test_the_locale_writes_the_numbers(log_csv, here):
    """German numbers have a decimal comma, in text and in pictures; values stay the same."""
    assert o2c("report", log_csv, "--locale", "de_DE", "-o", "de.json").code == 0
    assert o2c("report", log_csv, "-o", "neutral.json").code == 0
    german, neutral = ((here / f"{name}.json").read_text() for name in ("de", "neutral"))
    assert '"8,0 d"' in german or ",0 d" in german
    assert ",0 d" not in neutral
    refused(o2c("report", log_csv, "--locale", "xx_XX", "-o", "x.html"), 2, "xx_XX", "de_DE")
    assert not (here / "x.html").exists()


@pytest.mark.slow
def test_the_logo_stands_in_the_page(log_csv, here):
    """A PNG goes into the head of the page, whatever its name."""
    (here / "logo.txt").write_bytes(PNG)
    assert o2c("report", log_csv, "--logo", "logo.txt").code == 0
    page = (here / "report.html").read_text("utf-8")
    assert base64.b64encode(PNG).decode() in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        (b"<svg onload=alert(1)>", "neither a PNG nor a JPEG"),
        (b"", "neither a PNG nor a JPEG"),
        (PNG[:40], "is a damaged picture"),
        (PNG[:8] + b"\x00" * 50, "is a damaged picture"),
        (PNG + b"\x00" * MOST_BYTES, "has 2.0 MB"),
    ],
)
def test_what_is_no_logo_is_refused(log_csv, here, content, said):
    """The first bytes, the size and the picture itself are checked before anything is read."""
    if content is not None:
        (here / "logo.png").write_bytes(content)
    refused(
        o2c("report", log_csv, "--logo", "logo.png"), 2, "--logo logo.png", said, "at most 2 MB"
    )
    assert not (here / "report.html").exists()


def test_a_huge_picture_is_refused(tmp_path):
    """Few bytes can hold many pixels: 25 million of them."""
    from PIL import Image

    Image.new("1", (5_000, 5_000)).save(tmp_path / "huge.png")
    with pytest.raises(UsageError, match="5000 x 5000 pixels"):
        read_logo(tmp_path / "huge.png")


def test_the_template_is_guessed_from_the_source(comparison_folder, run_folder, log_csv, here):
    """A comparison by folder, file or mark; anything else is tried as a log."""
    assert template_of(comparison_folder, None) == "comparison"
    assert template_of(comparison_folder / "comparison.json", None) == "comparison"
    (here / "renamed.json").write_bytes((comparison_folder / "comparison.json").read_bytes())
    assert template_of(here / "renamed.json", None) == "comparison"
    assert template_of(run_folder, None) == template_of(log_csv, None) == "log"
    assert template_of(log_csv, "comparison") == "comparison"
    refused(o2c("report", log_csv, "--template", "comparision"), 2, "did you mean 'comparison'?")
    refused(o2c("report", log_csv, "--template", "comparison"), 2)
    assert set(TEMPLATES) >= {"comparison", "appendix", "calibration", "validation", "log"}
    outcome = o2c("report", comparison_folder, "--template", "appendix", "-o", "appendix.html")
    assert outcome.code == 0, outcome
    assert "STRESS-DES" in (here / "appendix.html").read_text("utf-8")


def test_a_missing_writer_says_what_to_install(log_csv, here, monkeypatch):
    """Exit 4 with the exact line, before the log is read."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    monkeypatch.setattr(
        "reports.cli.faults.util.find_spec",
        lambda name: None if name == "xlsxwriter" else object(),
    )
    refused(
        o2c("report", log_csv, "-o", "x.xlsx"),
        4,
        "XlsxWriter",
        "pip install 'o2c-toolkit[reports]'",
    )
    assert list(here.iterdir()) == []


def test_what_is_read_is_not_replaced(log_csv, here):
    """Neither the logo nor a folder around it."""
    (here / "in").mkdir()
    (here / "in" / "logo.png").write_bytes(PNG)
    flags = ("--logo", "in/logo.png", "--force")
    refused(o2c("report", log_csv, *flags, "-o", "in/logo.png"), 2, "the suffix")
    (here / "in" / "logo.html").write_bytes(PNG)
    refused(
        o2c("report", log_csv, "--logo", "in/logo.html", "--force", "-o", "in/logo.html"),
        2, "which is read",
    )  # fmt: skip
    refused(o2c("report", log_csv, *flags, "--format", "html,json", "-o", "in"), 2, "which is read")


def test_formats_by_hand(tmp_path):
    """The list of formats is the one of the help; unknown ones are all named at once."""
    assert list(FORMATS) == ["html", "pdf", "xlsx", "md", "tex", "json"]
    with pytest.raises(UsageError) as fault:
        known_formats(["html,doc", "odt"])
    assert [p.message for p in fault.value.problems] == [
        "unknown format 'doc'", "unknown format 'odt'",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="unknown format"):
        write(None, tmp_path / "x", ["doc"])
    assert not (tmp_path / "x").exists()


def test_a_template_for_what_is_not_there_names_the_file(log_csv, here):
    """And no number of an operating system's fault."""
    (here / "folder").mkdir()
    for template in ("comparison", "appendix"):
        outcome = o2c("report", "folder", "--template", template, "-o", "x.html")
        refused(outcome, 2, "comparison.json: there is no such file", "o2c compare")
        assert "Errno" not in outcome.err
    assert not (here / "x.html").exists()
