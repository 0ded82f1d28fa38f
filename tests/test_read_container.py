"""Files from somebody else: compression, disguise, and XML that means harm."""

import gzip

import pytest

from mining.read import read_log
from mining.read.container import inflated, kind
from o2c_sim.errors import LogError, UsageError

LOG = b"case,activity,time\n1,A,2024-01-01\n1,B,2024-01-02\n"


def _refused(path):
    with pytest.raises(LogError) as caught:
        read_log(path)
    return str(caught.value)


def test_the_content_decides_not_the_name(tmp_path):
    """A compressed CSV that is called .xes is read as what it is."""
    path = tmp_path / "log.xes"
    path.write_bytes(gzip.compress(LOG))
    with inflated(path) as plain:
        assert kind(plain, path) == "delimited"
    assert read_log(path).log.events.height == 2


def test_a_cut_off_archive_is_refused(tmp_path):
    """Half a download is not half a log."""
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(LOG * 1000)[:80])
    assert "cut off" in _refused(path)
    path.write_bytes(b"\x1f\x8b" + b"nonsense")
    assert "damaged" in _refused(path)


def test_a_bomb_is_stopped_by_size(tmp_path):
    """Decompression stops at the bound instead of filling the disk."""
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(b"0" * 4_000_000))
    with pytest.raises(LogError, match="grows beyond"), inflated(path, max_size=1_000_000):
        pass


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE log [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!-- a comment --><!DOCTYPE log SYSTEM "file:///etc/hostname">',
        '<?pi?>\n<!ENTITY x SYSTEM "http://localhost/">',
    ],
)
def test_entities_are_refused_before_any_parser_sees_them(tmp_path, declaration):
    """No expansion and no fetching, whatever the engines would do."""
    path = tmp_path / "log.xes"
    path.write_text(f'<?xml version="1.0"?>{declaration}<log><trace/></log>')
    assert "entities, which is refused" in _refused(path)


def test_cut_off_xml_is_refused(tmp_path):
    """The compiled reader would return the part that is there without a word."""
    path = tmp_path / "log.xes"
    path.write_text('<log><trace><string key="concept:name" value="1"/>')
    assert "cut off" in _refused(path)


def test_an_absent_file_suggests_its_neighbour(tmp_path):
    """A slip in the name is the usual reason."""
    (tmp_path / "orders.csv").write_bytes(LOG)
    assert "did you mean 'orders.csv'?" in _refused(tmp_path / "order.csv")


def test_an_unknown_zone_is_a_usage_error(tmp_path):
    """A zone is an IANA name."""
    with pytest.raises(UsageError, match="not a time zone"):
        read_log(tmp_path, zone="Mars/Olympus")
