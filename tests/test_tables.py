"""Records read by columns say what they say one by one, whatever a file holds."""

from __future__ import annotations

import mmap
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logattr.addresses import Addresses, parse
from logattr.databases import tables
from logattr.databases.embedded import find_embedded
from logattr.databases.leaves import ABSENT, ODD, Leaves
from logattr.databases.mmdb import open_database
from logattr.databases.records import RecordReader
from logattr.databases.schemas import recognise
from logattr.databases.tables import Column, Table, read_table
from logattr.databases.values import dig
from logattr.errors import DatabaseError

from .mmdb_writer import MARKER, Typed, encode, pointer

SAMPLES = Path(__file__).resolve().parents[1] / "../shared/data/mmdb"


@pytest.fixture
def by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few records are read as many are."""
    monkeypatch.setattr(tables, "_MANY", 0)


def assert_equal_to_one_by_one(path: Path, addresses: Addresses) -> None:
    database = open_database(path)
    try:
        shape = recognise(database)
    except DatabaseError:
        return
    found = database.find(addresses)
    table = read_table(database, shape, found)
    one_by_one = [shape.read(record) for record in database.decode(found, range(len(found.offsets)))]
    assert table.count == len(one_by_one)
    for nth, facts in enumerate(one_by_one):
        assert table.record(nth) == {name: value for name, value in facts.items() if value is not None}


@pytest.mark.usefixtures("by_columns")
def test_of_a_real_city_database() -> None:
    random = np.random.default_rng(5)
    low = random.integers(1 << 24, 224 << 24, 20_000, dtype=np.uint64)
    four = Addresses(np.zeros_like(low), low, np.full(len(low), 4, np.int8))
    assert_equal_to_one_by_one(find_embedded(), four)


@pytest.mark.usefixtures("by_columns")
@pytest.mark.parametrize(
    "name", [pytest.param(path.name, id=path.stem) for path in sorted(SAMPLES.glob("*/*.mmdb"))] or ["none"]
)
def test_of_the_vendors_samples(name: str) -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the vendors' sample databases are not beside the repository (../shared)")
    path = next(SAMPLES.glob(f"*/{name}"))
    try:
        addresses = open_database(path).sample_addresses(5000)
    except DatabaseError:
        return
    assert_equal_to_one_by_one(path, addresses)


@pytest.mark.usefixtures("by_columns")
def test_of_records_that_are_out_of_the_ordinary(write_mmdb: Callable[..., Path]) -> None:
    many = {f"key {number}": number for number in range(40)}
    long = {"en": "x" * 70_000}
    records = [
        {"country": {"iso_code": "ES"}, "city": {"names": {"en": "Madrid (Centro)"}}, "location": 7},
        {"country": {"iso_code": "ES"}, "city": {"names": long}},
        {"country": {"iso_code": "ES"}, "city": {"names": {"en": "Cádiz"}}, **many},
        {"country": {"iso_code": "ES"}, "location": {"latitude": "36.5", "longitude": Typed("float", 2.5)}},
        {"country": {"iso_code": "ES"}, "location": {"latitude": 91.0, "longitude": [1]}},
        {"country": {"iso_code": "CN"}, "subdivisions": [{"iso_code": "LN"}], "postal": {"code": 28001}},
        {"country": {"iso_code": "CN"}, "city": ["Dalian"], "location": {"accuracy_radius": 1 << 40}},
        {"country": {"iso_code": "CN"}, "location": {"accuracy_radius": Typed("uint16", 0)}, "postal": {}},
        {"traits": {"is_anonymous_proxy": True}, "registered_country": {"iso_code": "FR"}},
    ]
    networks = {f"192.0.{number}.0/24": record for number, record in enumerate(records)}
    for database_type in ("GeoLite2-City", "DBIP-City-Lite"):
        path = write_mmdb(f"{database_type}.mmdb", networks, database_type=database_type)
        assert_equal_to_one_by_one(path, parse([network[:-3] for network in networks]))


def test_a_broken_record_is_named(write_mmdb: Callable[..., Path], by_columns: None) -> None:
    place = {"country": {"iso_code": "ES"}, "city": {"names": {"en": Typed("string", b"\xff\xfe")}}}
    fine = {"country": {"iso_code": "ES"}, "city": {"names": {"en": "Madrid"}}}
    networks = {"192.0.2.0/24": fine, "198.51.100.0/24": place}
    database = open_database(write_mmdb("city.mmdb", networks, database_type="GeoLite2-City"))
    shape = next(iter(_city_shape()))
    with pytest.raises(DatabaseError, match=r"the record of 198\.51\.100\.7 cannot be decoded"):
        read_table(database, shape, database.find(parse(["192.0.2.7", "198.51.100.7"])))


def _city_shape() -> Any:
    yield recognise(open_database(find_embedded()))


PATHS = (("a",), ("b",), ("a", "b"), ("a", "a", "b"), ("names", "en"), (0,))
_KEYS = st.sampled_from(["a", "b", "names", "en", "de"])
_SCALARS = st.one_of(
    st.text(max_size=40),
    st.booleans(),
    st.floats(allow_nan=False),
    st.integers(0, (1 << 70) - 1),
    st.integers(0, 300).map(lambda number: Typed("uint16", number)),
    st.integers(-(1 << 31), -1),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=8,
)


@st.composite
def sections(draw: st.DrawFn) -> tuple[bytes, list[int]]:
    """A data section of values that point to those before them, and where each begins."""
    data, starts = b"", []
    for _ in range(draw(st.integers(1, 6))):
        starts.append(len(data))
        entries = draw(st.dictionaries(_KEYS, _VALUES, max_size=4))
        data += bytes([7 << 5 | len(entries)])
        for key, value in entries.items():
            data += encode(key)
            aims = starts[:-1] if draw(st.booleans()) else []
            data += pointer(draw(st.sampled_from(aims))) if aims else encode(value)
    return data, starts


def look(data: bytes, starts: list[int]) -> list[tuple[Any, list[Any], list[int]]]:
    """What is found at each path: the values, and the positions before them."""
    with tempfile.TemporaryFile() as file:
        file.write(data + MARKER + bytes(8))
        file.flush()
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    leaves = Leaves(mapped, 0, len(data), RecordReader(mapped, 0, len(data)))
    found = leaves.at_paths(leaves.entries(np.array(starts, np.int64)), PATHS)
    columns = []
    for path, at in found.items():
        column = Column(*leaves.values(np.where(at == ODD, ABSENT, at), lambda value: value))
        columns.append((path, [column.values[code] for code in column.codes.tolist()], at.tolist()))
    return columns


def reference(data: bytes, start: int) -> Any:
    with tempfile.TemporaryFile() as file:
        file.write(data + MARKER + bytes(8))
        file.flush()
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return RecordReader(mapped, 0, len(data)).read(start)


@settings(deadline=None)
@given(sections())
def test_values_at_paths_are_those_of_the_decoded_record(section: tuple[bytes, list[int]]) -> None:
    data, starts = section
    records = [reference(data, start) for start in starts]
    for path, values, positions in look(data, starts):
        for record, value, position in zip(records, values, positions, strict=True):
            assert position != ODD
            assert value == dig(record, *path)


@settings(deadline=None)
@given(sections(), st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=4))
@example((b"\xe1Aa \x00", [0]), [(0, 0xE1)])  # a map that holds itself
def test_whatever_bytes_stand_in_a_section(
    section: tuple[bytes, list[int]], changes: list[tuple[int, int]]
) -> None:
    """Where the decoder can read a record, its values are the same, or it is left to the decoder."""
    whole, starts = section
    data = bytearray(whole)
    for at, byte in changes:
        data[at % len(data)] = byte
    records = []
    for start in starts:
        try:
            records.append(reference(bytes(data), start))
        except (ValueError, RecursionError):
            records.append(ValueError)
    try:
        columns = look(bytes(data), starts)
    except (ValueError, RecursionError):
        assert ValueError in records
        return
    for path, values, positions in columns:
        for record, value, position in zip(records, values, positions, strict=True):
            if record is not ValueError and position != ODD:
                assert repr(value) == repr(dig(record, *path))


def test_a_long_text_that_many_records_point_to_is_made_once() -> None:
    """Sixty thousand bytes for each of twenty thousand records would be more than a gigabyte."""
    data, starts = encode("x" * 60_000), []
    for _ in range(20_000):
        starts.append(len(data))
        data += bytes([7 << 5 | 1]) + encode("a") + pointer(0)
    tracemalloc.start()
    found = {path: values for path, values, _ in look(data, starts)}
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert set(found["a",]) == {"x" * 60_000}
    assert peak < 100 << 20


def test_tables_are_joined_by_name() -> None:
    joined = Table.joined([Table.of([{"a": 1}, {"b": 2}]), Table.of([{}]), Table.of([{"b": 3}])])
    assert [joined.record(nth) for nth in range(joined.count)] == [{"a": 1}, {"b": 2}, {}, {"b": 3}]
