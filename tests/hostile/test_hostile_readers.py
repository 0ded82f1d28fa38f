"""Every reader against the corpus: refused with a reason, or read; in bounded memory and time."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import corpus
import pytest
from real_logs import folder

from mining.compliance.rule_file import load_rules
from mining.read import mapping_file, read_log
from o2c_sim.errors import ToolkitError, UsageError
from o2c_sim.eventlog import EventLog

MOST_KILOBYTES = 1_200_000
LINKS = {"links", "linked-log"}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Try the whole corpus in one process with limits; return what became of each file."""
    place = tmp_path_factory.mktemp("corpus")
    files, temporary = place / "files", place / "tmp"
    files.mkdir()
    temporary.mkdir()
    makers = {**{name: make for name, (make, _) in corpus.REFUSED.items()}, **corpus.READ}
    for name, make in makers.items():
        if name not in LINKS:
            make(files / name)
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, str(here / "try_all.py"), str(files)],
        env={**os.environ, "PYTHONPATH": str(here.parents[1]), "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    assert done.stderr == ""
    assert list(temporary.iterdir()) == [], "temporary files remain"
    assert {path.name for path in files.iterdir()} == makers.keys() - LINKS
    return {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", sorted(corpus.REFUSED.keys() - LINKS))
def test_refused_with_the_file_and_the_reason(name, outcomes):
    """One error of the toolkit's own, with the file's name and what is wrong with it."""
    found = outcomes[name]
    assert corpus.REFUSED[name][1] in found.get("refused", ""), found
    assert name in found["refused"]


@pytest.mark.parametrize("name", sorted(corpus.READ))
def test_strange_and_read(name, outcomes):
    """It is read and taken apart; a formula is a name like any other."""
    assert outcomes[name].get("events", 0) >= 1, outcomes[name]


def test_memory_stays_bounded(outcomes):
    """The whole corpus, bombs and a million activities included, in one process."""
    assert max(found["peak"] for found in outcomes.values()) < MOST_KILOBYTES


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("name", sorted(LINKS))
def test_links_out_of_a_folder_are_not_followed(name, tmp_path):
    """What lies outside is named as a link; none of its content is shown."""
    make, said = corpus.REFUSED[name]
    make(tmp_path / name)
    with pytest.raises(ToolkitError, match="link out of the folder") as caught:
        read_log(tmp_path / name)
    assert said in str(caught.value)
    assert "080000" not in str(caught.value)


YAML = {
    "aliases": "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(20)
    ),
    "deep": "[" * 5_000,
    "object": "columns: !!python/object/apply:os.system ['true']\n",
    "nul": "columns: {case: \0}\n",
    "list": "- 1\n- 2\n",
    "number": "17\n",
    "empty": "",
    "latin1": "zone: Z\u00fcrich\n",
    "nan": "rules: .nan\ncolumns: .nan\n",
    "tabs": "columns:\n\t- case\n",
}  # fmt: skip


@pytest.mark.parametrize("name", YAML)
@pytest.mark.parametrize("load", [mapping_file.load, load_rules], ids=["mapping", "rules"])
def test_hostile_yaml(name, load, tmp_path):
    """Aliases are not expanded, nothing is run; a usage error that names the file."""
    path = tmp_path / "x.yaml"
    path.write_bytes(YAML[name].encode("latin-1" if name == "latin1" else "utf-8"))
    with pytest.raises(UsageError, match=r"x\.yaml"):
        load(path)


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Return the content with bytes changed, cut out, doubled, or cut off."""
    found = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(max(len(found), 1))
        kind = rng.randrange(4)
        if kind == 0 and found:
            found[at] = rng.randrange(256)
        elif kind == 1:
            del found[at : at + rng.randint(1, 40)]
        elif kind == 2:
            found[at:at] = found[at : at + rng.randint(1, 40)]
        else:
            found[at:at] = rng.choice(
                [b"\x00", b"\xff", b'"', b"<", b"9" * 30, b"NaN", b"-1", b"{"]
            )
    return bytes(found)


def seeds(place: Path) -> dict[str, bytes]:
    """Return a sound file of each format that one file can have."""
    makers = {
        "x.csv": corpus.rows("1,A,2024-01-01", "1,B,2024-01-02"),
        "x.csv.gz": corpus.squeezed(b"case,activity,time\n1,A,2024-01-01\n1,B,2024-01-02\n"),
        "x.xes": corpus.text(corpus.XES % ("A", "2024-01-01T00:00:00Z")),
        "x.jsonocel": corpus.ocel(),
        "x.xlsx": corpus.workbook_with([["1", "A", "2024-01-01"], ["1", "B", "2024-01-02"]]),
        "x.parquet": corpus.parquet(
            case=["1", "1"], activity=["A", "B"], time=["2024-01-01", "2024-01-02"]
        ),
        "invoices.csv": corpus.text(
            "invoiceNumber,customerID,InvoiceDate,DueDate,InvoiceAmount,SettledDate\n"
            "1,a,1/2/2013,2/1/2013,55.94,1/15/2013\n2,b,1/26/2013,2/25/2013,61.74,3/3/2013\n"
        ),
    }
    for name, make in makers.items():
        make(place / name)
    found = {name: (place / name).read_bytes() for name in makers}
    for name in ("ocel20_example.xmlocel", "ocel20_example.sqlite"):
        if (folder() / name).is_file():
            found[name] = (folder() / name).read_bytes()
    return found


def test_damaged_files_are_read_or_refused(tmp_path):
    """Random damages to each format: a log, or the toolkit's own error."""
    rng = random.Random(8)
    for name, content in seeds(tmp_path).items():
        for _ in range(25):
            attempt(tmp_path / name, damaged(content, rng))


def test_damaged_sap_tables_are_read_or_refused(tmp_path):
    """A table of an extract with random damage, the others whole."""
    source = folder() / "sap_s4_tables"
    if not source.is_dir():
        pytest.skip(f"{source} is absent; set O2C_DATA to the folder of the public logs")
    rng = random.Random(9)
    extract = tmp_path / "extract"
    extract.mkdir()
    whole = {path.name: path.read_bytes() for path in source.iterdir() if path.is_file()}
    for name, content in whole.items():
        (extract / name).write_bytes(content)
    for name in rng.sample(sorted(whole), min(4, len(whole))):
        (extract / name).write_bytes(damaged(whole[name], rng))
        attempt(extract)
        (extract / name).write_bytes(whole[name])


def attempt(path: Path, content: bytes | None = None) -> None:
    """Read a path; anything but a log or the toolkit's own error is a failure."""
    if content is not None:
        path.write_bytes(content)
    try:
        found = read_log(path)
    except ToolkitError:
        return
    assert isinstance(found.log, EventLog)
