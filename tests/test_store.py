"""What is kept of a replication comes back bit for bit, or not at all."""

import hashlib
import io
import multiprocessing
import os
import pickle
import struct
import sys
import time

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from same_bits import bits

from mining.performance import DirectlyFollows
from scenarios.replication import Replication
from scenarios.replication_file import DamagedError, decode, encode
from scenarios.store import Store, default_folder

KEY = hashlib.sha256(b"a run").hexdigest()
OTHER = hashlib.sha256(b"another run").hexdigest()


def floats_from_bits(bits):
    """Return the float of 64 bits: every one there is, the many NaNs among them."""
    return struct.unpack("d", struct.pack("Q", bits))[0]


any_float = st.one_of(
    st.integers(0, 2**64 - 1).map(floats_from_bits),
    st.sampled_from([0.0, -0.0, float("nan"), float("inf"), -float("inf")]),
)
named = st.dictionaries(st.text(max_size=8), any_float, max_size=5)


@st.composite
def maps(draw):
    """Return a process map, with gaps where the log did not say what was automated."""
    names = draw(st.lists(st.text(max_size=5), max_size=4))
    shares = draw(st.lists(st.none() | any_float, min_size=len(names), max_size=len(names)))
    numbers = pl.Series(range(len(names)), dtype=pl.Int64)
    text = pl.Series(names, dtype=pl.String)
    return DirectlyFollows(
        edges=pl.DataFrame({"source": text, "target": text, "count": numbers}),
        activities=pl.DataFrame(
            {"activity": text, "automated_share": pl.Series(shares, dtype=pl.Float64)}
        ),
        starts=pl.DataFrame({"activity": text, "count": numbers}),
        ends=pl.DataFrame({"activity": text, "count": numbers}),
        cases=draw(st.integers(0, 2**40)),
        events=3,
    )


@st.composite
def replications(draw):
    """Anything that could be kept of a run."""
    days = draw(st.integers(0, 4))
    curve = st.lists(any_float, min_size=days, max_size=days)
    minor = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=days, max_size=days)
    return Replication(
        kpis=draw(named),
        receipts_to_date=np.array(draw(curve), dtype=np.float64),
        receivables=np.array(draw(curve), dtype=np.float64),
        utilisation=draw(named),
        orders=draw(st.integers(0, 2**40)),
        process_map=draw(st.none() | maps()),
        warnings=tuple(draw(st.lists(st.text(max_size=5), max_size=2))),
        costs=draw(named),
        flows={
            name: np.array(draw(minor), dtype=np.int64)
            for name in draw(st.lists(st.text(max_size=5), max_size=3, unique=True))
        },
    )


def plain(kpi=1.5):
    """Return a small replication."""
    curve = np.array([1.0, float("nan")])
    flows = {"invoices_minor": np.array([1, 2])}
    return Replication({"dso": kpi}, curve, curve, {"Biller": 0.5}, 7, None, (), {}, flows)


@given(replications())
def test_what_is_written_is_read_bit_for_bit(kept):
    """Also NaN payloads, minus zero, gaps, empty tables, the order of names."""
    assert bits(decode(encode(kept, KEY), KEY)) == bits(kept)


@given(replications())
def test_the_same_replication_has_the_same_bytes(kept):
    """So a file can be compared with a run by its bytes."""
    assert encode(kept, KEY) == encode(decode(encode(kept, KEY), KEY), KEY)


@given(st.data())
def test_any_change_of_any_byte_is_noticed(data):
    """No parser ever sees a damaged file."""
    content = bytearray(encode(plain(), KEY))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(DamagedError):
        decode(bytes(content), KEY)


@given(st.integers(0, 5_000))
def test_any_truncation_is_noticed(length):
    """As a full disk or a power failure leaves it."""
    content = encode(plain(), KEY)
    with pytest.raises(DamagedError):
        decode(content[: min(length, len(content) - 1)], KEY)


def test_a_file_under_another_name_is_noticed():
    """A copy or a symbolic link to another run is not this run."""
    with pytest.raises(DamagedError, match="as something else"):
        decode(encode(plain(), OTHER), KEY)


class Trap:
    """Something that acts when it is unpickled."""

    def __reduce__(self):
        return (os._exit, (7,))


def test_nothing_in_a_file_is_executed():
    """A pickle that would end this process is only bytes that are not a replication."""
    with pytest.raises(DamagedError):
        decode(pickle.dumps(Trap()), KEY)


def test_a_forged_file_with_a_right_checksum_is_refused():
    """Parquet, right marks, wrong content."""
    buffer = io.BytesIO()
    marks = {"o2c.schema": "o2c-replication/2", "o2c.key": KEY}
    checksum = {"o2c.checksum": "o2c-sha256:" + "0" * 64}
    pl.DataFrame({"kpi": [["a"]]}).write_parquet(buffer, metadata=marks | checksum)
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest().encode()
    with pytest.raises(DamagedError, match="cannot be read"):
        decode(content.replace(b"0" * 64, digest), KEY)


@pytest.fixture
def said():
    """Return the list that a store's warnings go to."""
    return []


@pytest.fixture
def store(tmp_path, said):
    """Return an empty store."""
    return Store(tmp_path / "store", said.append)


def test_what_is_kept_is_found_again(store, said):
    """By its key and by no other; in folders that stay small."""
    assert store.read(KEY) is None
    store.write(KEY, encode(plain(), KEY))
    assert bits(store.read(KEY)) == bits(plain())
    assert store.read(OTHER) is None
    relative = store.path(KEY).relative_to(store.folder).as_posix()
    assert relative == f"{KEY[:2]}/{KEY[2:4]}/{KEY}.parquet"
    assert [p for p in store.folder.rglob("*") if p.is_file()] == [store.path(KEY)]
    assert said == []


def test_a_damaged_entry_is_said_and_counts_as_missing(store, said):
    """Then the run is made again and takes its place."""
    content = encode(plain(), KEY)
    store.write(KEY, content)
    store.path(KEY).write_bytes(content[:-100])
    assert store.read(KEY) is None
    assert len(said) == 1
    assert "is damaged" in said[0]
    store.write(KEY, content)
    assert store.read(KEY) is not None


def test_a_folder_in_place_of_an_entry_is_survived(store, said):
    """It is said, the run is made, and the result is not lost with it."""
    store.path(KEY).mkdir(parents=True)
    assert store.read(KEY) is None
    store.write(KEY, encode(plain(), KEY))
    assert len(said) == 2


def test_a_store_that_cannot_be_written_is_said_once(tmp_path, said):
    """A full disk must not end a long experiment."""
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file" / "store", said.append)
    for key in (KEY, OTHER):
        store.write(key, encode(plain(), key))
        assert store.read(key) is None
    assert [text for text in said if "not kept" in text] == said[:1]


def test_warnings_are_pythons_by_default(tmp_path):
    """A program that uses the package sees them."""
    store = Store(tmp_path)
    store.path(KEY).parent.mkdir(parents=True)
    store.path(KEY).write_bytes(b"PAR1")
    with pytest.warns(UserWarning, match="damaged"):
        assert store.read(KEY) is None


def write_often(folder):
    """Write the same entry a hundred times; run in another process."""
    store = Store(folder)
    for _ in range(100):
        store.write(KEY, encode(plain(), KEY))
        if store.read(KEY) is None:
            sys.exit(1)


@pytest.mark.slow
def test_two_processes_write_the_same_entry(store):
    """Neither fails nor reads half a file."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_often, args=(store.folder,)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert store.contents().replications == 1


def keys_of(number):
    """Return some keys."""
    return [hashlib.sha256(bytes([i])).hexdigest() for i in range(number)]


def test_what_was_used_longest_ago_goes_first(store):
    """Written in order 0, 1, 2; then 0 is read: with room for two, 1 goes."""
    keys = keys_of(3)
    for age, key in zip((30, 20, 10), keys, strict=True):
        store.write(key, encode(plain(), key))
        os.utime(store.path(key), (time.time() - age, time.time() - age))
    store.read(keys[0])
    size = store.contents().size_bytes // 3
    removed = store.prune(keep_bytes=2 * size)
    assert (removed.replications, removed.size_bytes) == (1, size)
    assert [store.read(key) is not None for key in keys] == [True, False, True]


def test_what_was_not_used_for_long_goes(store):
    """Two days unused, with a limit of one; the rest stays whatever its size."""
    keys = keys_of(2)
    for age_days, key in zip((2, 0), keys, strict=True):
        store.write(key, encode(plain(), key))
        used = time.time() - 86_400 * age_days
        os.utime(store.path(key), (used, used))
    assert store.prune(unused_since=time.time() - 86_400).replications == 1
    assert store.read(keys[1]) is not None


def test_what_killed_writers_left_goes_too(store):
    """A folder of two hours ago, not one of this second; other files are not touched."""
    store.write(KEY, encode(plain(), KEY))
    folder = store.path(KEY).parent
    old, new, own = folder / ".x.parquet.abc", folder / ".x.parquet.def", store.folder / "notes"
    for path in (old, new, own):
        path.mkdir()
    os.utime(old, (time.time() - 7_200, time.time() - 7_200))
    store.prune()
    assert [path.exists() for path in (old, new, own)] == [False, True, True]
    assert store.contents().replications == 1


def test_an_absent_store_is_empty(store):
    """Asking about it makes no folder."""
    assert store.contents().replications == 0
    assert store.prune(keep_bytes=0).replications == 0
    assert not store.folder.exists()


def test_the_default_folder(monkeypatch, tmp_path):
    """The user's own choice, else the system's place for what can be made again."""
    monkeypatch.setenv("O2C_STORE", str(tmp_path / "own"))
    assert default_folder() == tmp_path / "own"
    monkeypatch.delenv("O2C_STORE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "o2c" / "replications"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert default_folder() == tmp_path / "local" / "o2c" / "replications"
    monkeypatch.setattr("sys.platform", "darwin")
    assert default_folder().parts[-4:] == ("Library", "Caches", "o2c", "replications")
