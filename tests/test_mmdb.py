"""The walk through .mmdb search trees equals maxminddb's, and broken files end in one clear error."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import ipaddress
import marshal
import mmap
import os
import pickle
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import maxminddb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logattr.addresses import Addresses, parse
from logattr.databases import open_databases
from logattr.databases.embedded import ATTRIBUTION, LICENCE, find_embedded
from logattr.databases.mmdb import Database, open_database
from logattr.databases.records import RecordReader
from logattr.errors import DatabaseError

from .mmdb_writer import Typed, database_bytes, encode, pointer

SAMPLES = Path(__file__).parents[1] / "../shared/data/mmdb"
EMBEDDED = find_embedded()
needs_embedded = pytest.mark.skipif(EMBEDDED is None, reason="logattr[embedded] is not installed")

NETWORKS = {
    "1.0.0.0/8": {"n": "wide"},
    "1.2.3.0/24": {"n": "narrow"},
    "1.2.3.4/32": {"n": "one"},
    "128.0.0.0/1": {"n": "half"},
    "2001:db8::/32": {"n": "six"},
    "2001:db8::1/128": {"n": "six one"},
}
ASKED = ["1.2.3.4", "1.2.3.5", "1.9.9.9", "9.9.9.9", "200.0.0.1", "2001:db8::1", "2001:db8::2", "ff00::"]
ASKED += [
    "::1.2.3.4",
    "::ffff:1.2.3.4",
    "2002:102:304::1",
    "2001:0:102:304::",
    "0.0.0.0",
    "255.255.255.255",
    "::",
]


def sample_files(*folders: str, broken: bool = True) -> list[Any]:
    """Parameters for a test: the vendors' files, or one that skips with the reason."""
    found = sorted(path for folder in folders for path in SAMPLES.glob(f"{folder}/*.mmdb"))
    if not found:
        reason = "the vendors' sample databases are not beside the repository"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    return [path for path in found if broken or not re.search("[Bb]roken|Invalid", path.name)]


def file_name(path: Path | None) -> str:
    return path.name if path else "none"


def answers(database: Database, addresses: Addresses) -> list[tuple[Any, int]]:
    matches = database.lookup(addresses, all_languages=True)
    records = [*matches.records, None]  # -1 takes the last
    return [
        (records[at], int(length)) for at, length in zip(matches.record, matches.prefix_length, strict=True)
    ]


def same_as_maxminddb(path: Path, texts: list[str]) -> None:
    with maxminddb.open_database(path) as reader:
        for text, answer in zip(texts, answers(open_database(path), parse(texts)), strict=True):
            address = ipaddress.ip_address(text)
            if address.version == 6 and reader.metadata().ip_version == 4:
                assert answer == (None, 0)
            else:
                assert answer == reader.get_with_prefix_len(address), text


@pytest.mark.parametrize("record_size", [24, 28, 32])
@pytest.mark.parametrize("ip_version", [4, 6])
def test_answers_equal_maxminddb_for_every_tree(
    record_size: int, ip_version: int, write_mmdb: Callable[..., Path]
) -> None:
    networks = {text: record for text, record in NETWORKS.items() if ip_version == 6 or "." in text}
    path = write_mmdb("test.mmdb", networks, record_size=record_size, ip_version=ip_version)
    database = open_database(path)
    assert (database.record_size, database.ip_version) == (record_size, ip_version)
    same_as_maxminddb(path, ASKED)
    found = dict(zip(ASKED, answers(database, parse(ASKED)), strict=True))
    assert found["1.2.3.4"] == ({"n": "one"}, 32)
    assert found["1.2.3.5"] == ({"n": "narrow"}, 32)
    assert found["1.2.3.5"][0] != found["1.9.9.9"][0] == {"n": "wide"}
    assert found["200.0.0.1"] == ({"n": "half"}, 1)
    assert found["9.9.9.9"] == (None, 5)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_answers_equal_maxminddb_for_any_networks(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    ip_version = data.draw(st.sampled_from([4, 6]))
    four = st.tuples(st.integers(0, (1 << 32) - 1).map(ipaddress.IPv4Address), st.integers(1, 32))
    six = st.tuples(st.integers(0, (1 << 128) - 1).map(ipaddress.IPv6Address), st.integers(1, 128))
    drawn = data.draw(st.lists(four if ip_version == 4 else st.one_of(four, six), max_size=12))
    networks = [ipaddress.ip_network(pair, strict=False) for pair in drawn]
    options = {
        "record_size": data.draw(st.sampled_from([24, 28, 32])),
        "ip_version": ip_version,
        "aliases": data.draw(st.booleans()),
    }
    path = tmp_path_factory.mktemp("any") / "any.mmdb"
    path.write_bytes(database_bytes({str(n): {"n": i} for i, n in enumerate(networks)}, **options))
    same_as_maxminddb(path, ASKED + [str(n[at]) for n in networks for at in (0, -1)])


@pytest.mark.parametrize("path", sample_files("maxmind", "ipinfo", broken=False), ids=file_name)
def test_answers_equal_maxminddb_on_every_network_of_the_vendors_samples(path: Path) -> None:
    texts = list(ASKED)
    with maxminddb.open_database(path) as reader:
        if "no-ipv4-search-tree" not in path.name:  # its iterator fails, lookups work
            networks = [network for network, _ in reader]
            texts += [str(network[at]) for network in networks for at in (0, -1)]
            texts += [f"::ffff:{network[0]}" for network in networks if network.version == 4]
    same_as_maxminddb(path, texts)


@needs_embedded
def test_many_random_addresses_walk_as_in_maxminddb() -> None:
    assert EMBEDDED is not None
    database = open_database(EMBEDDED)
    numbers = np.random.default_rng(2018).integers(0, 1 << 32, 200_000, dtype=np.uint64)
    column = Addresses(np.zeros_like(numbers), numbers, np.full(len(numbers), 4, np.int8))
    record, prefix_length = database.walk(column)
    with maxminddb.open_database(EMBEDDED) as reader:
        digests: dict[int, int] = {}
        for at, number in enumerate(numbers.tolist()):
            found, length = reader.get_with_prefix_len(ipaddress.IPv4Address(number))
            assert (found is None, length) == (record[at] < 0, prefix_length[at])
            if found is not None and at % 8 == 0:  # one record number is one content
                digest = zlib.crc32(marshal.dumps(found, 2))
                assert digests.setdefault(int(record[at]), digest) == digest
        some = range(0, len(numbers), 100)
        for at, (mine, length) in zip(some, answers(database, column.take(some)), strict=True):
            assert (mine, length) == reader.get_with_prefix_len(ipaddress.IPv4Address(int(numbers[at])))


@needs_embedded
def test_random_ipv6_addresses_equal_maxminddb() -> None:
    assert EMBEDDED is not None
    random = np.random.default_rng(6)
    heads = ["2001", "2a00", "2400", "2600", "2002", "2c0f", "2001:0", "2804"]
    texts = [
        f"{heads[i % 8]}:{a:x}:{b:x}::{c:x}"
        for i, (a, b, c) in enumerate(random.integers(0, 1 << 16, (3000, 3)))
    ]
    same_as_maxminddb(EMBEDDED, texts)


@needs_embedded
def test_few_and_many_addresses_get_the_same_answers() -> None:
    assert EMBEDDED is not None
    database = open_database(EMBEDDED)
    numbers = np.random.default_rng(4).integers(0, 1 << 32, 40_000, dtype=np.uint64)
    column = Addresses(np.zeros_like(numbers), numbers, np.full(len(numbers), 4, np.int8))
    record, prefix_length = database.walk(column)
    for start in range(0, 40_000, 8_000):
        part = slice(start, start + 8_000)
        few = database.walk(column.take(part))
        assert (few[0] == record[part]).all()
        assert (few[1] == prefix_length[part]).all()


def test_each_distinct_record_is_decoded_once(write_mmdb: Callable[..., Path]) -> None:
    database = open_database(
        write_mmdb("a.mmdb", {"1.0.0.0/8": {"n": 1}, "3.0.0.0/8": {"n": 1}, "5.0.0.0/8": {"n": 2}})
    )
    matches = database.lookup(parse(["1.1.1.1", "3.3.3.3", "5.5.5.5", "9.9.9.9", "1.2.3.4", None]))
    assert sorted(record["n"] for record in matches.records) == [1, 2]
    found = [matches.records[at]["n"] if at >= 0 else None for at in matches.record]
    assert found == [1, 1, 2, None, 1, None]


def test_a_column_without_any_record_gives_none(write_mmdb: Callable[..., Path]) -> None:
    database = open_database(write_mmdb("a.mmdb", {"1.0.0.0/8": {"n": 1}}))
    for texts in ([], [None], ["9.9.9.9"], ["-", "2001:db8::1"]):
        matches = database.lookup(parse(texts))
        assert matches.records == []
        assert matches.record.tolist() == [-1] * len(texts)


def test_every_data_type_is_read(write_mmdb: Callable[..., Path]) -> None:
    record = {
        "map": {"a": {"b": [1, "x", [True, False]]}},
        "text": "Besançon 辽宁",
        "long": "x" * 300,
        "longer": "y" * 70_000,
        "int32": -5,
        "uint16": Typed("uint16", 65_535),
        "uint32": 1 << 31,
        "uint64": 1 << 63,
        "uint128": 1 << 100,
        "double": -33.5,
        "float": Typed("float", 0.5),
        "bytes": b"\0\xff",
    }
    plain = {key: value.value if isinstance(value, Typed) else value for key, value in record.items()}
    path = write_mmdb("types.mmdb", {"1.0.0.0/8": record})
    assert open_database(path).lookup(parse(["1.2.3.4"])).records == [plain]
    same_as_maxminddb(path, ["1.2.3.4"])


def test_only_english_names_are_kept_unless_all_are_asked_for(write_mmdb: Callable[..., Path]) -> None:
    names = {"de": "Spanien", "en": "Spain"}
    record = {"country": {"names": names}, "subdivisions": [{"names": names}, {"names": {"de": "Ort"}}]}
    database = open_database(write_mmdb("names.mmdb", {"1.0.0.0/8": record}))
    assert database.lookup(parse(["1.2.3.4"])).records == [
        {"country": {"names": {"en": "Spain"}}, "subdivisions": [{"names": {"en": "Spain"}}, {"names": {}}]}
    ]
    assert database.lookup(parse(["1.2.3.4"]), all_languages=True).records == [record]


def test_a_database_knows_itself(write_mmdb: Callable[..., Path]) -> None:
    path = write_mmdb(
        "a.mmdb",
        NETWORKS,
        database_type="GeoLite2-City",
        build_epoch=1_530_653_216,
        description="GeoLite2 City",
    )
    database = open_database(str(path))
    assert (database.path, database.database_type, database.description) == (
        path,
        "GeoLite2-City",
        "GeoLite2 City",
    )
    assert database.build_date == dt.date(2018, 7, 3)
    assert database.node_count > 100
    assert database.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert repr(database) == "<Database a.mmdb: GeoLite2-City, built 2018-07-03>"


@pytest.mark.parametrize("build_epoch", [1 << 40, (1 << 64) - 1])
def test_a_senseless_build_date_is_unknown(build_epoch: int, write_mmdb: Callable[..., Path]) -> None:
    assert open_database(write_mmdb("a.mmdb", NETWORKS, build_epoch=build_epoch)).build_date is None


def test_a_database_survives_pickling(write_mmdb: Callable[..., Path]) -> None:
    database = open_database(write_mmdb("a.mmdb", NETWORKS))
    again = pickle.loads(pickle.dumps(database))
    assert again.sha256 == database.sha256
    assert answers(again, parse(ASKED)) == answers(database, parse(ASKED))


def test_a_sample_is_taken_from_all_over_the_tree(write_mmdb: Callable[..., Path]) -> None:
    many = {f"{a}.{b}.0.0/16": {"a": a, "b": b} for a in range(1, 200, 10) for b in range(40)}
    database = open_database(write_mmdb("a.mmdb", many))
    sample = database.sample(100)
    assert len(sample) == 100
    assert len({record["a"] for record in sample}) == 20
    assert sample == database.sample(100)


@pytest.mark.parametrize(("records", "count"), [(1, 3), (3, 3), (4, 3), (9, 3), (200, 200), (201, 200)])
def test_a_sample_has_as_many_records_as_there_are_and_are_wanted(
    write_mmdb: Callable[..., Path], records: int, count: int
) -> None:
    path = write_mmdb("a.mmdb", {f"10.0.{number}.0/24": {"n": number} for number in range(records)})
    assert len(open_database(path).sample(count)) == min(records, count)


def test_a_sample_holds_ipv4_and_ipv6_records(write_mmdb: Callable[..., Path]) -> None:
    sample = open_database(write_mmdb("a.mmdb", NETWORKS)).sample()
    assert sorted(record["n"] for record in sample) == sorted(record["n"] for record in NETWORKS.values())


# What is no database


def cause(path: Path | str) -> DatabaseError:
    with pytest.raises(DatabaseError) as caught:
        open_database(path)
    assert str(path) in caught.value.given
    assert caught.value.expected
    assert caught.value.try_
    return caught.value


@pytest.mark.parametrize(
    ("content", "given_", "try_"),
    [
        (b"", "is empty", "download"),
        (b"network,country\n1.0.0.0/8,ES\n" * 9, "is a text file", "CSV"),
        (gzip.compress(b"x" * 99, mtime=0), "is compressed with gzip", "gunzip"),
        (b"PK\x03\x04" + bytes(99), "is a ZIP archive", "unzip"),
        (bytes([11, 10, 24, 3, 1]) + os.urandom(99), "is an IP2Location database", ".MMDB"),
        (bytes(range(128, 256)) * 9, "marker of its metadata is missing", "download"),
        (b"\xab\xcd\xefMaxMind.com", "is damaged", "download"),
        (b"\xab\xcd\xefMaxMind.com" + b"\xff" * 99, "is damaged", "download"),
    ],
)
def test_what_is_no_database_is_named(content: bytes, given_: str, try_: str, tmp_path: Path) -> None:
    path = tmp_path / "given.mmdb"
    path.write_bytes(content)
    error = cause(path)
    assert given_ in error.given
    assert try_ in error.try_


def test_a_bin_file_by_name_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "IP2LOCATION-LITE-DB11.BIN"
    path.write_bytes(bytes(200))
    assert "IP2Location" in cause(path).given


def test_a_missing_file_a_directory_and_a_pipe_are_named(tmp_path: Path) -> None:
    assert "does not exist" in cause(tmp_path / "no.mmdb").given
    assert "is a directory" in cause(tmp_path).given
    os.mkfifo(tmp_path / "pipe.mmdb")
    assert "no regular file" in cause(tmp_path / "pipe.mmdb").given
    assert "cannot be read" in cause("nul\0.mmdb").given


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "secret.mmdb"
    path.write_bytes(database_bytes(NETWORKS))
    path.chmod(0)
    assert "Permission denied" in cause(path).given


def test_a_file_that_may_not_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.mmdb"
    path.write_bytes(database_bytes(NETWORKS))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "Permission denied" in cause(path).given


# Damage


def attempt(path: Path, action: Callable[[], Any]) -> Any:
    """What the action gives; None when it ends in an error, which must name the file."""
    try:
        return action()
    except DatabaseError as error:
        message = str(error)
    assert str(path) in message
    return None


def ask_everything(path: Path) -> str:
    """Ask a possibly broken file; the answers must be maxminddb's wherever there are any."""
    database = attempt(path, lambda: open_database(path))
    if database is None:
        return "does not open"
    attempt(path, database.sample)
    outcome = "ok"
    reader = maxminddb.open_database(path)
    for text in ASKED:
        address = ipaddress.ip_address(text)
        if address.version > database.ip_version:
            continue
        found = attempt(path, lambda text=text: answers(database, parse([text])))
        if found is None:
            outcome = "an address fails"
        else:
            assert repr(found[0]) == repr(reader.get_with_prefix_len(address)), text  # NaN is not itself
    return outcome


BROKEN = {
    "GeoIP2-City-Test-Invalid-Node-Count": "does not open",
    "MaxMind-DB-test-broken-search-tree-24": "an address fails",
    "libmaxminddb-deep-array-nesting": "an address fails",
    "libmaxminddb-deep-nesting": "an address fails",
    "libmaxminddb-metadata-marker-only": "does not open",
    "libmaxminddb-offset-integer-overflow": "does not open",
    "libmaxminddb-oversized-array": "an address fails",
    "libmaxminddb-oversized-map": "an address fails",
    "libmaxminddb-separator-record-max-left": "an address fails",
    "libmaxminddb-separator-record-min-left": "an address fails",
    "libmaxminddb-separator-record-min-right": "an address fails",
    "cyclic-data-structure": "does not open",
    "invalid-bytes-length": "does not open",
    "invalid-data-record-offset": "does not open",
    "invalid-map-key-length": "does not open",
    "invalid-string-length": "does not open",
    "metadata-is-an-uint128": "does not open",
    "unexpected-bytes": "does not open",
    "bad-unicode-in-map-key": "an address fails",
}


@pytest.mark.parametrize("path", sample_files("maxmind", "maxmind/bad/*"), ids=file_name)
def test_damaged_samples_give_the_right_answer_or_an_error(path: Path) -> None:
    assert ask_everything(path) == BROKEN.get(path.stem, "ok")


def test_records_behind_the_end_or_in_the_separator_are_no_records(tmp_path: Path) -> None:
    whole = database_bytes({"1.0.0.0/8": {"n": 1}}, ip_version=4, record_size=32)
    nodes = open_database_bytes(whole, tmp_path / "whole.mmdb").node_count
    value = (nodes + 16).to_bytes(4, "big")
    assert whole.count(value, 0, 8 * nodes) == 1
    for wrong in (nodes + 1, nodes + 15, nodes + 16 + 10_000, (1 << 32) - 1):
        path = tmp_path / f"{wrong}.mmdb"
        path.write_bytes(whole.replace(value, wrong.to_bytes(4, "big"), 1))
        with pytest.raises(DatabaseError, match=f"leads to {wrong}, which is no record"):
            open_database(path).walk(parse(["1.2.3.4"]))
        with pytest.raises(DatabaseError, match=str(path)):
            open_database(path).lookup(parse(["1.2.3.4"]))


@pytest.mark.parametrize(
    "key", [7, 1.5, True, b"ab", {}, {"a": 1}, [1], Typed("uint128", 1 << 100), Typed("int32", -1)], ids=repr
)
def test_a_map_whose_key_is_no_string_is_damage(key: Any, tmp_path: Path) -> None:
    # maxminddb 3.2.0 in C reads such a key as a string: it invents one or reads foreign memory.
    honest, wrong = encode("k" * 20), encode(key)
    whole = database_bytes({"1.0.0.0/8": {"outer": {"k" * 20: 1}}})
    assert whole.count(honest) == 1
    database = open_database_bytes(whole.replace(honest, wrong), tmp_path / "key.mmdb")
    with pytest.raises(DatabaseError, match="key is no string"):
        database.lookup(parse(["1.2.3.4"]))
    with pytest.raises(DatabaseError, match="key is no string"):
        database.sample()


def test_a_pointer_to_a_key_is_followed(tmp_path: Path) -> None:
    # The record of 9.0.0.0/8 is a map whose key is a pointer to the record of 1.0.0.0/8.
    for record, right in (("name", True), (7, False)):
        whole = database_bytes({"1.0.0.0/8": record, "9.0.0.0/8": {"k" * 20: 5}})
        whole = whole.replace(encode("k" * 20), pointer(0))
        database = open_database_bytes(whole, tmp_path / f"{record}.mmdb")
        if right:
            assert database.lookup(parse(["9.9.9.9"])).records == [{"name": 5}]
        else:
            with pytest.raises(DatabaseError, match="key is no string"):
                database.lookup(parse(["9.9.9.9"]))


def test_metadata_whose_key_is_no_string_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "key.mmdb"
    path.write_bytes(database_bytes(NETWORKS).replace(encode("languages"), encode(1.5)))
    assert re.search(r"metadata are broken, or do not fit the rest of the file \(.+\)", cause(path).given)


def open_database_bytes(content: bytes, path: Path) -> Database:
    path.write_bytes(content)
    return open_database(path)


def test_a_search_tree_that_goes_in_circles_ends(tmp_path: Path) -> None:
    whole = bytearray(database_bytes({"1.0.0.0/8": {"n": 1}}, ip_version=4, record_size=32))
    nodes = open_database_bytes(bytes(whole), tmp_path / "whole.mmdb").node_count
    whole[: 8 * nodes] = bytes(8 * nodes)  # every child is node 0
    database = open_database_bytes(bytes(whole), tmp_path / "circle.mmdb")
    with pytest.raises(DatabaseError, match="leads to 0"):
        database.walk(parse(["1.2.3.4"]))
    assert database.sample() == []


@pytest.fixture(scope="module")
def whole() -> bytes:
    record = {"country": {"iso_code": "ES", "names": {"en": "Spain"}}, "list": [1, 2.5, True]}
    return database_bytes(
        {"1.0.0.0/8": record, "9.9.9.0/24": {"x": "y"}, "2001:db8::/32": record}, record_size=24
    )


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_no_damage_crashes_or_lies(
    whole: bytes, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(whole)
    # Half of the damage goes to the last kilobyte: data and metadata are small beside the tree.
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.sampled_from([0, len(content) - 700]))
        content[data.draw(st.integers(start, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damage") / "damaged.mmdb"
    path.write_bytes(content[: data.draw(st.sampled_from([len(content), len(content), len(content) // 2]))])
    ask_everything(path)


# Which databases there are


def named(databases: list[Database]) -> list[str]:
    return [database.path.name for database in databases]


def test_databases_are_asked_in_order_named_then_environment_then_embedded(
    write_mmdb: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("b.mmdb", "a.MMDB"):
        (folder / name).write_bytes(database_bytes(NETWORKS))
    (folder / "README.txt").write_text("no database")
    one, two, last = (write_mmdb(name, NETWORKS) for name in ("one.mmdb", "two.mmdb", "last.mmdb"))
    monkeypatch.setattr("logattr.databases.embedded.find_embedded", lambda: last)
    environ = {"LOGATTR_DATABASES": os.pathsep.join([str(folder), "", str(two)])}
    assert named(open_databases([one], environ=environ)) == [
        "one.mmdb",
        "a.MMDB",
        "b.mmdb",
        "two.mmdb",
        "last.mmdb",
    ]
    assert named(open_databases([two, str(two), folder / "b.mmdb"], environ=environ)) == [
        *("two.mmdb", "b.mmdb", "a.MMDB", "last.mmdb")
    ]
    assert named(open_databases([], environ={})) == ["last.mmdb"]


def test_a_link_to_a_database_is_the_same_database(write_mmdb: Callable[..., Path], tmp_path: Path) -> None:
    path = write_mmdb("one.mmdb", NETWORKS)
    (tmp_path / "link.mmdb").symlink_to(path)
    assert named(open_databases([path, tmp_path / "link.mmdb"], environ={}))[:1] == ["one.mmdb"]
    assert "link.mmdb" not in named(open_databases([path, tmp_path / "link.mmdb"], environ={}))


def test_without_any_database_the_list_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logattr.databases.embedded.find_embedded", lambda: None)
    assert open_databases([], environ={}) == []


def test_a_directory_without_databases_and_a_missing_file_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="holds no"):
        open_databases([tmp_path], environ={})
    with pytest.raises(DatabaseError, match="does not exist"):
        open_databases([], environ={"LOGATTR_DATABASES": str(tmp_path / "no.mmdb")})


def test_without_its_package_there_is_no_embedded_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert find_embedded() is None


@needs_embedded
def test_the_embedded_database_is_that_of_july_2018() -> None:
    assert EMBEDDED is not None
    database = open_database(EMBEDDED)
    assert (database.database_type, database.build_date) == ("GeoLite2-City", dt.date(2018, 7, 3))
    assert "2018-07-03" in LICENCE
    assert "CC BY-SA 4.0" in LICENCE
    assert "This product includes GeoLite2 data created by MaxMind" in ATTRIBUTION


# --- the decoder ----------------------------------------------------------------------------------


def english_only(record: Any) -> Any:
    """The same without other languages, told once more."""
    if isinstance(record, list):
        return [english_only(value) for value in record]
    if not isinstance(record, dict):
        return record
    return {
        key: {k: english_only(v) for k, v in value.items() if k == "en"}
        if key == "names" and isinstance(value, dict)
        else english_only(value)
        for key, value in record.items()
    }


def as_maxminddb(path: Path, addresses: Addresses) -> list[Any]:
    """Records as maxminddb reads them."""
    with maxminddb.open_database(path) as reader:
        pairs = zip(addresses.high.tolist(), addresses.low.tolist(), addresses.version.tolist(), strict=True)
        return [
            english_only(reader.get(ipaddress.ip_address(low if version == 4 else high << 64 | low)))
            for high, low, version in pairs
        ]


@pytest.mark.parametrize("path", sample_files("maxmind", "ipinfo", broken=False))
def test_records_of_vendors_are_decoded_as_by_maxminddb(path: Path) -> None:
    database = open_database(path)
    addresses = database.sample_addresses()
    matches = database.lookup(addresses)
    assert [matches.records[number] for number in matches.record] == as_maxminddb(path, addresses)


@needs_embedded
def test_records_of_the_embedded_database_are_decoded_as_by_maxminddb() -> None:
    assert EMBEDDED is not None
    database = open_database(EMBEDDED)
    addresses = database.sample_addresses(400)
    matches = database.lookup(addresses)
    assert [matches.records[number] for number in matches.record] == as_maxminddb(EMBEDDED, addresses)


KEYS = st.sampled_from(["names", "en", "de", "a", "city"])
VALUES = st.recursive(
    st.booleans() | st.integers(0, 2**40) | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(record=st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
@settings(deadline=None)
def test_any_record_is_decoded_as_by_maxminddb(record: dict[str, Any], tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("any") / "any.mmdb"
    path.write_bytes(database_bytes({"1.0.0.0/8": record}))
    database = open_database(path)
    assert database.lookup(parse(["1.2.3.4"])).records == as_maxminddb(path, parse(["1.2.3.4"]))


def test_parts_of_parts_without_end_are_refused_quickly(tmp_path: Path) -> None:
    size, data = 64, b""
    for level in range(size):  # each a list of two pointers to the next
        behind = pointer((level + 1) * len(b"".join([b"\x02\x04", pointer(0), pointer(0)])))
        data += b"\x02\x04" + behind + behind
    data += encode("end")
    path = tmp_path / "data"
    path.write_bytes(data)
    with (
        path.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as file,
        pytest.raises(ValueError, match="too large"),
    ):
        RecordReader(file, 0, len(data)).read(0)
