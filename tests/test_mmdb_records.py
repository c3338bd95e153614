"""The decoder of records: hostile data ends in an error, and parts that records share are decoded once."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logattr.databases.records import RecordReader

from .mmdb_writer import Typed, encode, pointer

_PAIR, _SINGLE = bytes([0xE2]), bytes([0xE1])  # maps of two entries and of one


def reader(data: bytes, folder: Path, *, all_languages: bool = True) -> RecordReader:
    path = folder / "data"
    path.write_bytes(data or b"\0")
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return RecordReader(mapped, 0, len(data), all_languages=all_languages)


def pointed(steps: int, first: bytes, step: Any) -> tuple[bytes, int]:
    """Data in which each value points to the one before; and where the last one begins."""
    data, at = first, 0
    for _ in range(steps):
        before, at = at, len(data)
        data += step(pointer(before))
    return data, at


def test_a_record_that_multiplies_itself_is_refused(tmp_path: Path) -> None:
    data, last = pointed(40, encode("x" * 20), lambda to: _PAIR + encode("a") + to + encode("b") + to)
    with pytest.raises(ValueError, match="too large"):
        reader(data, tmp_path).read(last)


def test_a_record_that_grows_by_pointers_to_records_read_before_is_refused(tmp_path: Path) -> None:
    data, starts = encode("x"), [0]
    for _ in range(400):
        starts.append(len(data))
        data += _SINGLE + encode("a") + pointer(starts[-2])
    one = reader(data, tmp_path)
    with pytest.raises(ValueError, match="too deep"):
        list(map(one.read, starts))  # each is only one level deeper than the one before


def test_a_record_that_holds_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds itself"):
        reader(_SINGLE + encode("a") + pointer(0), tmp_path).read(0)


@pytest.mark.parametrize("key", [encode(7), encode([1]), pointer(8)], ids=["number", "array", "pointer"])
def test_a_key_that_is_no_string_is_refused(key: bytes, tmp_path: Path) -> None:
    data = (_SINGLE + key + encode("v")).ljust(8, b"\0") + encode({"a": 1})
    with pytest.raises(ValueError, match="key is no string"):
        reader(data, tmp_path).read(0)


def test_parts_that_records_share_are_one_object(tmp_path: Path) -> None:
    shared = encode({"names": {"en": "Spain", "de": "Spanien"}})
    records = [_PAIR + encode("country") + pointer(0) + encode("n") + encode(n) for n in (1, 2)]
    data = shared + b"".join(records)
    one = reader(data, tmp_path, all_languages=False)
    first, second = one.read(len(shared)), one.read(len(shared) + len(records[0]))
    assert (first["n"], second["n"]) == (1, 2)
    assert first["country"] is second["country"]
    assert first["country"] == {"names": {"en": "Spain"}}


_values = st.recursive(
    st.none().map(lambda _: True)
    | st.text(max_size=40)
    | st.integers(-(1 << 31), (1 << 128) - 1)
    | st.floats(allow_nan=False)
    | st.sampled_from([Typed("uint16", 7), Typed("float", 0.5)]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def plain(value: Any) -> Any:
    if isinstance(value, Typed):
        return value.value
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


@settings(deadline=None)
@given(value=_values, tail=st.binary(max_size=8))
def test_what_was_written_is_read(value: Any, tail: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    data = encode(value)
    folder = tmp_path_factory.getbasetemp()
    assert reader(data + tail, folder).read(0) == plain(value)


@settings(deadline=None)
@given(value=_values, data=st.data())
def test_a_cut_record_is_an_error_and_nothing_else(
    value: Any, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = encode(value)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ValueError):  # noqa: PT011 - also what int() and decode() say
        reader(whole[:cut], tmp_path_factory.getbasetemp()).read(0)


@settings(deadline=None, max_examples=300)
@given(data=st.binary(min_size=1, max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    one = reader(data, tmp_path_factory.getbasetemp(), all_languages=False)
    try:
        one.read(0)
    except ValueError:
        return
