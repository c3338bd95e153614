"""Targets, paths and queries of a block, as one Arrow array: what `reading.requests` does one by one."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.reading import requests
from logattr.reading.escapes import to_text
from logattr.reading.texts import as_strings, put, text_array
from logattr.reading.tokens import Bytes, Encoded

__all__ = ["in_short", "target_parts"]

_MARK = ord("?")
_ABSOLUTE = r"\A[A-Za-z][A-Za-z0-9+.-]*://"
_PARAMETER = rf"(?:{'|'.join(requests.LISTING_PARAMETERS)})(?:[=&]|\z)"
# What a listing looks like, as `requests.http_action` says, and what stands for one.
_LISTING = {
    "path": (r"/\z", b"/"),
    "query": (rf"(?:\A|&){_PARAMETER}", b"prefix"),
    "target": (rf"(?s)\A[^?]*(?:/(?:\?|\z)|\?(?:.*&)?{_PARAMETER})", b"/"),
}


def in_short(name: str, values: Bytes) -> Encoded:
    """Of distinct paths, queries or targets whether they make a listing, which is all that actions need.

    Examples
    --------
    >>> found = in_short("path", Bytes(pa.array([b"/a/", b"/a", None], pa.binary()), np.zeros(3, np.uint8)))
    >>> found.expand()
    [b'/', b'-', None]
    """
    pattern, word = _LISTING[name]
    array = values.array
    lists = _true(pc.match_substring_regex(array, pattern))
    if name == "target":
        odd = _true(pc.match_substring_regex(array, _ABSOLUTE))
        parts = [requests.split_target(to_text(text)) for text in array.filter(pa.array(odd)).to_pylist()]
        lists[odd] = [requests.http_action("GET", *one) == "list" for one in parts]
    something = _true(pc.greater(pc.binary_length(array), 0))
    return Encoded([None, b"-", word], np.where(something, 1 + lists, 0).astype(np.int32))


def target_parts(values: Bytes, nulls: AbstractSet[bytes | None]) -> tuple[pa.StringArray, pa.StringArray]:
    """Path and query of each distinct target; null where it names no path.

    Examples
    --------
    >>> targets = Bytes(pa.array([b"/a?b", b"*", b"http://x"], pa.binary()), np.zeros(3, np.uint8))
    >>> [part.to_pylist() for part in target_parts(targets, {b"-"})]
    [['/a', None, '/'], ['b', None, None]]
    """
    from logattr.reading.columnar import gathered

    texts, _ = text_array(values, to_text, nulls)
    _, offsets, data = texts.buffers()
    view = np.frombuffer(data if data is not None and data.size else b"\0", np.uint8)
    bounds = np.frombuffer(offsets, np.int32)[texts.offset :][: len(texts) + 1]
    begins, ends = bounds[:-1], bounds[1:]
    marks = _first_marks(view, begins, ends)
    spans = np.zeros((2, len(texts), 2), np.int32)
    spans[0, :, 0], spans[0, :, 1] = begins, marks - begins
    spans[1, :, 0], spans[1, :, 1] = marks + 1, ends - marks - 1  # negative without a mark: null
    without = ~_true(pc.match_substring(texts, "/"))
    spans[0, spans[0, :, 1] == 0, 1] = -1
    spans[:, without, 1] = -1
    path, query = (as_strings(gathered(view, part)) for part in spans)
    odd = _true(pc.match_substring_regex(texts, _ABSOLUTE))
    if odd.any():
        split = [requests.split_target(text) for text in texts.filter(pa.array(odd)).to_pylist()]
        path, query = (put(part, odd, [one[at] for one in split]) for at, part in enumerate((path, query)))
    return path, query


def _first_marks(
    view: NDArray[np.uint8], begins: NDArray[np.int32], ends: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Where the first question mark of each text stands, or its end."""
    marks = np.append(np.flatnonzero(view == _MARK), len(view))
    found: NDArray[np.int32] = np.minimum(marks[np.searchsorted(marks, begins)], ends).astype(np.int32)
    return found


def _true(found: pa.BooleanArray) -> NDArray[np.bool_]:
    """As numpy has it; null is false."""
    array: NDArray[np.bool_] = found.fill_null(False).to_numpy(zero_copy_only=False).copy()
    return array
