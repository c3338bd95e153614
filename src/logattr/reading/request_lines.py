"""Request lines of a block, as one Arrow array, to their parts: what `reading.requests` does one by one."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.reading import requests
from logattr.reading.escapes import to_text
from logattr.reading.texts import as_strings, put
from logattr.reading.tokens import NOT_ASCII, Bytes

__all__ = ["PARTS", "request_parts"]

PARTS = ("method", "target", "path", "query", "protocol")


def request_parts(values: Bytes, nulls: AbstractSet[bytes | None]) -> dict[str, pa.StringArray]:
    """The parts of each distinct request line and, as ``action``, what it did.

    Examples
    --------
    >>> lines = Bytes(pa.array([b"GET /a/?b HTTP/1.1", b"-"], pa.binary()), np.zeros(2, np.uint8))
    >>> {name: part.to_pylist() for name, part in request_parts(lines, {b"-"}).items()}["action"]
    ['list', None]
    """
    from logattr.reading.columnar import gathered
    from logattr.reading.kernel import split_requests

    count = len(values)
    _, offsets, data = values.array.buffers()
    view = np.frombuffer(data if data is not None and data.size else b"\0", np.uint8)
    bounds = np.frombuffer(offsets, np.int32)[values.array.offset :][: count + 1]
    spans, odd = np.zeros((count, len(PARTS), 2), np.int32), np.zeros(count, np.bool_)
    split_requests(view, bounds, spans, odd)
    odd |= (values.marks & NOT_ASCII) != 0
    spans[odd, :, 1] = -1
    slow = [
        requests.NO_REQUEST if line in nulls else requests.split_request(to_text(line or b""))
        for line in values.array.filter(pa.array(odd)).to_pylist()
    ]
    parts: dict[str, pa.StringArray] = {}
    for at, name in enumerate(PARTS):
        array, _ = gathered(view, spans[:, at], 0)
        absent = spans[:, at, 1] < 0
        if absent.any():
            array = pc.if_else(pa.array(absent), pa.scalar(None, pa.binary()), array)
        if slow:
            found = [getattr(one, name) for one in slow]
            array = put(array, odd, [None if text is None else text.encode() for text in found])
        parts[name] = as_strings(array)
    return parts | {"action": _actions(parts)}


def _actions(parts: dict[str, pa.StringArray]) -> pa.StringArray:
    """What the requests did, as ``requests.http_action`` says."""
    encoded = parts["method"].dictionary_encode()
    did = pa.array([requests.http_action(name, None, None) for name in encoded.dictionary.to_pylist()], pa.string())
    actions = did.take(encoded.indices)
    listing: NDArray[np.bool_] = pc.ends_with(parts["path"], "/").fill_null(False).to_numpy(zero_copy_only=False)
    query = parts["query"]
    if query.null_count < len(query):
        asked = pc.match_substring_regex(query, requests.LISTING_QUERY)
        listing = listing | asked.fill_null(False).to_numpy(zero_copy_only=False)
    lists = pc.and_(pa.array(listing), pc.equal(actions, "read"))
    return pc.if_else(lists.fill_null(False), "list", actions)
