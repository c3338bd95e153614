"""Request lines of a block, as one Arrow array, to their parts: what `reading.requests` does one by one."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.reading import requests
from logattr.reading.escapes import to_text
from logattr.reading.texts import as_strings, spread_texts
from logattr.reading.tokens import NOT_ASCII, Bytes

__all__ = ["PARTS", "request_parts"]

PARTS = ("method", "target", "path", "query", "protocol")
_FEW = frozenset({"method", "protocol"})


def request_parts(
    values: Bytes,
    nulls: AbstractSet[bytes | None],
    *,
    wanted: AbstractSet[str] = frozenset(PARTS),
    encoded: AbstractSet[str] = frozenset(),
) -> dict[str, pa.Array]:
    """The wanted parts of distinct request lines and, as ``action``, what these did.

    Method, protocol, action and ``encoded`` parts are dictionary-encoded.

    Examples
    --------
    >>> lines = Bytes(pa.array([b"GET /a/?b HTTP/1.1", b"-"], pa.binary()), np.zeros(2, np.uint8))
    >>> {name: part.to_pylist() for name, part in request_parts(lines, {b"-"}).items()}["action"]
    ['list', None]
    """
    from logattr.reading.columnar import bytes_of
    from logattr.reading.kernel import split_requests

    count = len(values)
    view, bounds = bytes_of(values)
    # One part behind the other, so that each stands together.
    spans = np.zeros((len(PARTS), count, 2), np.int32)
    odd, listing = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    split_requests(view, bounds, spans, odd, listing)
    odd |= (values.marks & NOT_ASCII) != 0
    spans[:, odd, 1] = -1
    slow = [
        requests.NO_REQUEST if line in nulls else requests.split_request(to_text(line or b""))
        for line in values.array.filter(pa.array(odd)).to_pylist()
    ]
    view = _with_texts(view, spans, odd, slow)
    parts = {
        name: (_encoded if name in encoded | _FEW else _plain)(view, spans[at])
        for at, name in enumerate(PARTS)
        if name in wanted or name == "method"
    }
    did = [requests.http_action(one.method, one.path, one.query) for one in slow]
    return parts | {"action": _actions(parts["method"], listing, odd, did)}


def _plain(view: NDArray[np.uint8], spans: NDArray[np.int32]) -> pa.StringArray:
    """Texts at some places."""
    from logattr.reading.columnar import gathered

    return as_strings(gathered(view, spans))


def _encoded(view: NDArray[np.uint8], spans: NDArray[np.int32]) -> pa.DictionaryArray:
    """The same where most come several times."""
    from logattr.reading.columnar import encoded_spans

    found = encoded_spans(view, spans)
    if not isinstance(found.values, Bytes):
        raise TypeError(found.values)
    texts = as_strings(found.values.array)
    return spread_texts(texts, found.codes, pa.dictionary(pa.int32(), pa.string()), unique=True)


def _with_texts(
    view: NDArray[np.uint8],
    spans: NDArray[np.int32],
    odd: NDArray[np.bool_],
    slow: Sequence[requests.Request],
) -> NDArray[np.uint8]:
    """The bytes with the parts of odd requests behind them, to which the spans are set."""
    extra = bytearray()
    for at, name in enumerate(PARTS):
        for row, one in zip(np.flatnonzero(odd).tolist(), slow, strict=True):
            text = getattr(one, name)
            if text is not None:
                data = text.encode()
                spans[at, row] = len(view) + len(extra), len(data)
                extra += data
    return np.concatenate([view, np.frombuffer(bytes(extra), np.uint8)]) if extra else view


def _actions(
    methods: pa.DictionaryArray, listing: NDArray[np.bool_], odd: NDArray[np.bool_], did: Sequence[str | None]
) -> pa.DictionaryArray:
    """What requests did, as ``requests.http_action`` says; ``did`` of the odd ones."""
    usual = [requests.http_action(name, None, None) for name in methods.dictionary.to_pylist()]
    names = list(dict.fromkeys(name for name in [*usual, "list", *did] if name is not None))
    number = {name: at for at, name in enumerate(names)} | {None: -1}
    codes = methods.indices.fill_null(0).to_numpy(zero_copy_only=False)
    actions = np.array([number[name] for name in usual] or [-1], np.int32)[codes]
    actions[listing & (actions == number.get("read", -1))] = number["list"]
    actions[odd] = [number[name] for name in did]
    return pa.DictionaryArray.from_arrays(pa.array(actions, mask=actions < 0), pa.array(names, pa.string()))
