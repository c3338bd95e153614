"""Fields that have no column of their own, as one JSON object per event."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.reading.template import Field
from logattr.reading.texts import as_strings, put
from logattr.reading.tokens import Bytes, Encoded
from logattr.reading.typed import MILLISECONDS

__all__ = ["extra_column"]

_to_json = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps makes an encoder for each value
_NUMBER_KINDS = frozenset({*MILLISECONDS, "integer", "integer_or_more", "padded", "status", "status_or_zero"})
_PADDED = frozenset({"tail", "captures", "syslog", "syslog_host"})
_NOTHING = frozenset({None, b"-", b""})
_FEW_COMBINATIONS = 2048
# What JSON writes as it stands: an integer without leading zeros, a real number in its shortest form, and a
# text without quotes, backslashes and control characters (RFC 8259, sections 6 and 7).
_PLAIN_NUMBER = r"\A(?:0|-?[1-9][0-9]*|(?:0|[1-9][0-9]{0,8})\.[0-9]{0,2}[1-9])\z"
_PLAIN_TEXT = r'\A[^"\\\x00-\x1f]*\z'


def extra_column(
    fields: Sequence[tuple[Field, Encoded]], count: int, decode: Callable[[bytes], str]
) -> pa.StringArray:
    """JSON objects, by the name that the format string gives the fields; null where all are missing.

    Parameters
    ----------
    fields
        Fields and their columns; of a name that comes twice the last one counts that is there.
    count
        Number of rows.
    decode
        Undoes the writer's escapes.

    Examples
    --------
    >>> from logattr.reading.tokens import encode
    >>> size, word = Field("%O", None, "integer"), Field("%I", None, "word")
    >>> columns = [(size, encode([b"07", b"-"])), (word, encode([b"a", b"-"]))]
    >>> extra_column(columns, 2, bytes.decode).to_pylist()
    ['{"%O": 7, "%I": "a"}', None]
    """
    there = [(field, column) for field, column in fields if any(one not in _NOTHING for one in column.values)]
    if not there:
        return pa.nulls(count, pa.string())
    if len({field.name for field, _ in there}) < len(there):
        return _one_by_one(there, count, decode)
    groups = [_together(group, decode) for group in _groups(there)]
    if len(groups) == 1:
        ((texts, codes),) = groups
        return _objects(texts).take(pa.array(codes))
    rows = [texts.take(pa.array(codes)) for texts, codes in groups]
    return _objects(pc.binary_join_element_wise(*rows, ""))


def _groups(fields: Sequence[tuple[Field, Encoded]]) -> list[list[tuple[Field, Encoded]]]:
    """Neighbours that together take few values: what is made of these is made once for each."""
    groups: list[list[tuple[Field, Encoded]]] = []
    combinations = 0
    for field, column in fields:
        combinations *= len(column.values)
        if not groups or combinations > _FEW_COMBINATIONS:
            groups.append([])
            combinations = len(column.values)
        groups[-1].append((field, column))
    return groups


def _together(
    fields: Sequence[tuple[Field, Encoded]], decode: Callable[[bytes], str]
) -> tuple[pa.StringArray, NDArray[np.int64]]:
    """Distinct pieces of objects out of several fields, a comma behind each, and the code of each row."""
    (field, column), *others = fields
    pieces = [_pieces(field, column, decode)]
    codes = column.codes.astype(np.int64)
    firsts = [np.arange(len(column.values))]
    for field, column in others:
        codes = codes * len(column.values) + column.codes
        used = np.flatnonzero(np.bincount(codes, minlength=1))
        number = np.zeros(int(used[-1]) + 1, np.int64)
        number[used] = np.arange(len(used))
        codes = number[codes]
        before, this = np.divmod(used, len(column.values))
        firsts = [*(one[before] for one in firsts), this]
        pieces.append(_pieces(field, column, decode))
    taken = [piece.take(pa.array(at)) for piece, at in zip(pieces, firsts, strict=True)]
    # Not `null_handling="skip"`: Arrow 26 loses rows in which all are null.
    behind = [pc.binary_join_element_wise(piece, ", ", "").fill_null("") for piece in taken]
    return pc.binary_join_element_wise(*behind, ""), codes


def _objects(texts: pa.StringArray) -> pa.StringArray:
    """Objects out of their pieces; null where there are none."""
    joined = pc.utf8_rtrim(texts, characters=", ")
    objects = pc.binary_join_element_wise("{", joined, "}", "")
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), objects)


def _pieces(field: Field, column: Encoded, decode: Callable[[bytes], str]) -> pa.StringArray:
    """``"name": value`` of each distinct value; null where there is none."""
    values = column.values
    head = f"{_to_json(field.name)}: "
    if not isinstance(values, Bytes):
        return pa.array([_piece(head, field, value, decode) for value in values], pa.string())
    array = values.array
    number = field.kind in _NUMBER_KINDS
    plain = values.marks == 0
    if field.kind in _PADDED or field.kind.startswith("="):
        plain = np.zeros(len(values), np.bool_)
    texts = as_strings(pc.if_else(pa.array(plain), array, b""))
    fits = pc.match_substring_regex(texts, _PLAIN_NUMBER if number else _PLAIN_TEXT)
    nothing = pc.is_in(texts, value_set=pa.array(["-", ""]))
    odd = ~(plain & fits.fill_null(False).to_numpy(zero_copy_only=False)) | nothing.to_numpy(
        zero_copy_only=False
    )
    quote = "" if number else '"'
    found = pc.binary_join_element_wise(head + quote, texts, quote, "")
    slow = [_piece(head, field, value, decode) for value in array.filter(pa.array(odd)).to_pylist()]
    return put(found, odd, slow)


def _piece(head: str, field: Field, value: bytes | None, decode: Callable[[bytes], str]) -> str | None:
    return None if value in _NOTHING else head + _to_json(_value(field, value or b"", decode))


def _value(field: Field, value: bytes, decode: Callable[[bytes], str]) -> str | int | float:
    if field.kind in _NUMBER_KINDS:
        return int(value) if value.strip().lstrip(b"+-").isdigit() else float(value)
    padded = field.kind in _PADDED or field.kind.startswith("=")
    return decode(value).strip() if padded else decode(value)


def _one_by_one(
    fields: Sequence[tuple[Field, Encoded]], count: int, decode: Callable[[bytes], str]
) -> pa.StringArray:
    texts = []
    for row in range(count):
        values = [(field, column.values[column.codes[row]]) for field, column in fields]
        record = {
            field.name: _value(field, value, decode) for field, value in values if value and value != b"-"
        }
        texts.append(_to_json(record) if record else None)
    return pa.array(texts, pa.string())
