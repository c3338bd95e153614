"""Fields that have no column of their own, as one JSON object per event."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logattr.reading.template import Field
from logattr.reading.texts import as_strings, put
from logattr.reading.tokens import Bytes, Encoded
from logattr.reading.typed import MILLISECONDS

__all__ = ["extra_column"]

_to_json = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps makes an encoder for each value
_NUMBER_KINDS = frozenset({*MILLISECONDS, "integer", "integer_or_more", "padded", "status", "status_or_zero"})
_PADDED = frozenset({"tail", "captures", "syslog", "syslog_host"})
_NOTHING = frozenset({None, b"-", b""})
# What JSON writes as it stands: an integer without leading zeros, and a text without quotes, backslashes and
# control characters (RFC 8259, sections 6 and 7).
_PLAIN_NUMBER = r"\A(?:0|-?[1-9][0-9]*)\z"
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
    pieces = [_pieces(field, column, decode) for field, column in there]
    codes = [column.codes for _, column in there]
    combinations = math.prod(map(len, pieces))
    if combinations > count:
        return _objects([piece.take(pa.array(one)) for piece, one in zip(pieces, codes, strict=True)])
    every = np.indices([len(piece) for piece in pieces]).reshape(len(pieces), -1)
    objects = _objects([piece.take(pa.array(one)) for piece, one in zip(pieces, every, strict=True)])
    return objects.take(pa.array(np.ravel_multi_index(codes, [len(piece) for piece in pieces])))


def _objects(pieces: Sequence[pa.StringArray]) -> pa.StringArray:
    """JSON objects of some pieces; null where all are."""
    # Not `null_handling="skip"`: Arrow 26 loses rows in which all are null.
    behind = [pc.binary_join_element_wise(piece, ", ", "").fill_null("") for piece in pieces]
    joined = pc.utf8_rtrim(pc.binary_join_element_wise(*behind, ""), characters=", ")
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
