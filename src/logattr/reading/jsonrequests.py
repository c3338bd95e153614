"""Columns of which records fill one or another; and requests of records that name them in different ways."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from logattr.reading.escapes import to_text
from logattr.reading.request_lines import PARTS, request_parts
from logattr.reading.requests import NO_REQUEST, split_request, split_target
from logattr.reading.targets import target_parts
from logattr.reading.template import Field
from logattr.reading.tokens import NOT_ASCII, Bytes, Encoded, Typed, missing_of, numbered_anew, together

__all__ = ["Filled", "first_of", "with_split_requests"]

Filled = list[tuple[Field, Encoded | Typed]]
_REQUEST_PARTS = frozenset({"request", *PARTS})


def first_of(one: Encoded, other: Encoded) -> Encoded:
    """One column, and the other where the first holds nothing."""
    nothing = missing_of(one.values)
    if not nothing.any():
        return one
    codes = np.where(nothing[one.codes], other.codes + len(one.values), one.codes).astype(np.int32)
    return together(one.values, other.values, codes)


def with_split_requests(columns: Filled, count: int) -> Filled:
    """Request lines taken apart, where other records name method and target themselves.

    Where all records do the same, nothing has to be done: events are assembled from either.
    """
    by_name = {field.column: one for field, one in columns if field.column and isinstance(one, Encoded)}
    if "request" not in by_name and "query" not in by_name:
        return columns
    if not by_name.keys() & (_REQUEST_PARTS - {"request"}):
        return columns
    lines, targets = (by_name.get(name, _nothing(count)) for name in ("request", "target"))
    known = dict(zip(("path", "query"), _target_columns(targets), strict=True))
    made = [(field, column) for field, column in columns if field.column not in _REQUEST_PARTS]
    for name, part in zip(PARTS, _request_columns(lines), strict=True):
        for other in (by_name.get(name), known.get(name)):
            part = first_of(part, other) if other is not None else part  # noqa: PLW2901
        made.append((Field(name, name, "text"), part))
    return made


def _request_columns(lines: Encoded) -> list[Encoded]:
    """The parts of request lines."""
    if isinstance(lines.values, Bytes):
        parts = request_parts(lines.values, {None})
        return [_of_texts(parts[name], lines) for name in PARTS]
    split = [split_request(to_text(line)) if line is not None else NO_REQUEST for line in lines.values]
    return [Encoded([_bytes(getattr(one, name)) for one in split], lines.codes) for name in PARTS]


def _target_columns(targets: Encoded) -> list[Encoded]:
    """Path and query of targets. One without a slash is no path, as in assemble."""
    if isinstance(targets.values, Bytes):
        return [_of_texts(part, targets) for part in target_parts(targets.values, {None})]
    texts = [to_text(one) if one is not None else "" for one in targets.values]
    apart = [split_target(text) if "/" in text else (None, None) for text in texts]
    return [Encoded([_bytes(one[at]) for one in apart], targets.codes) for at in range(2)]


def _of_texts(texts: pa.Array, whole: Encoded) -> Encoded:
    """A column of parts of distinct texts."""
    if pa.types.is_dictionary(texts.type):
        texts = texts.dictionary_decode()
    marks = np.zeros(len(texts), np.uint8)
    if isinstance(whole.values, Bytes):
        marks |= whole.values.marks & np.uint8(NOT_ASCII)
    return numbered_anew(texts.cast(pa.binary()), marks, whole.codes)


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogatepass")


def _nothing(count: int) -> Encoded:
    return Encoded([None], np.zeros(count, np.int32))
