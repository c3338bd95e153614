"""Tokens become events: every conversion is done once per distinct value, then spread by code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.columns import EVENTS, schema
from logattr.reading import requests
from logattr.reading.batch import Context, Rows, batch_schema, unquoted
from logattr.reading.client_columns import client_columns
from logattr.reading.escapes import DIALECTS, to_text
from logattr.reading.extras import extra_column
from logattr.reading.operations_text import DECIDERS, FILE_SERVERS, METHODS, MODES, OUTCOMES, PATHS
from logattr.reading.request_lines import PARTS, request_parts
from logattr.reading.targets import in_short, target_parts
from logattr.reading.template import PSEUDO_COLUMNS
from logattr.reading.tokens import Bytes, Encoded, Tokens, distinct_rows, encode
from logattr.reading.typed import MILLISECONDS, number_column, time_column

if TYPE_CHECKING:
    from logattr.formats.model import Format

__all__ = ["Context", "assemble", "batch_schema"]

_TEXT_COLUMNS = ("user", "referrer", "user_agent", "host", "forwarded", "request_id", "tls")
_RAW_COLUMNS = ("operation", "bucket", "object_key", "method", "path", "query", "target", "protocol")
_NUMBER_COLUMNS = frozenset({"status", "bytes_sent", "bytes_received", "duration_ms"})

_LISTING_PARAMETERS = tuple(word.encode() for word in requests.LISTING_PARAMETERS)


def assemble(
    tokens: Tokens,
    escapes: str,
    format_: Format,
    context: Context,
    *,
    lines: NDArray[np.int64],
    offsets: NDArray[np.int64],
) -> pa.Table:
    """Events of the lines that one format understood.

    Parameters
    ----------
    tokens
        The fields, distinct values and codes.
    escapes
        How the writer escapes texts, see :mod:`logattr.reading.escapes`.
    format_
        The format that read them.
    context
        Source name, assumed time zone, trusted proxies.
    lines, offsets
        Number and offset of each line, one per row of the tokens.

    Returns
    -------
    pyarrow.Table
        With the schema :func:`batch_schema`.
    """
    target = batch_schema(context.columns)
    rows = Rows(tokens, escapes, context, target)
    arrays: dict[str, pa.Array] = {
        "source": rows.constant(context.source),
        "format": rows.constant(format_.name),
        "line": pa.array(lines),
        "offset": pa.array(offsets),
        **_time(rows),
        **client_columns(rows),
        **_numbers(rows),
        **_request(rows, format_.actions),
        **_transferred(rows, format_.actions),
    }
    if "extra" in target.names:
        arrays["extra"] = _extra(rows)
    for name in _TEXT_COLUMNS:
        if name in target.names and name not in arrays:
            arrays[name] = rows.text(name, DIALECTS[escapes])
    return pa.table(
        [
            arrays[field.name] if field.name in arrays else pa.nulls(rows.count, field.type)
            for field in target
        ],
        schema=target,
    )


def _time(rows: Rows) -> dict[str, pa.Array]:
    found = next((column for field, column in rows.typed if field.column == "time"), None)
    if found is None:
        parts = [(field, encoded) for field, encoded in rows.pairs if field.column == "time"]
        if not parts:
            return {}
        columns = [encoded for _, encoded in parts]
        if len(parts) > 1:
            joined, codes = distinct_rows(columns, rows.count)
            columns = [Encoded([values[at] for values in joined], codes) for at in range(len(parts))]
        found = time_column([field for field, _ in parts], columns, rows.context.zone)
    time = pa.array(found.values, pa.timestamp("us", tz="UTC"), mask=found.missing)
    return {"time": time, "time_zone_known": pa.array(found.known, mask=found.missing)}


def _numbers(rows: Rows) -> dict[str, pa.Array]:
    arrays: dict[str, pa.Array] = {}
    texts = [
        (field, number_column(field, column))
        for field, column in rows.pairs
        if field.column in _NUMBER_COLUMNS
    ]
    for field, column in [*rows.typed, *texts]:
        name = field.column or ""
        if name not in _NUMBER_COLUMNS or name not in rows.target.names:
            continue
        values, missing = column.values, column.missing
        if name == "duration_ms":
            values = values * MILLISECONDS.get(field.kind, 1.0)
            missing = missing | (values < 0)  # load balancers write -1 for what did not happen
        array = pa.array(values, rows.target.field(name).type, mask=missing)
        # Lines of one format may give a duration in different units.
        arrays[name] = pc.coalesce(arrays[name], array) if name in arrays else array
    return arrays


def _number(text: bytes | None, factor: float, *, integer: bool) -> float | int | None:
    if text is None or text in {b"-", b""}:
        return None
    return int(text) if integer else float(text) * factor


def _request(rows: Rows, actions: str) -> dict[str, pa.Array]:
    """Method, target, path, query, protocol and action, from the request line or their own columns."""
    arrays = {name: rows.text(name) for name in _RAW_COLUMNS if name in rows.by_column}
    if "query" in arrays:
        arrays["query"] = _without_mark(rows)
    request = rows.find("request")
    if request is not None:
        arrays = _request_line(rows, request) | arrays
    elif "target" in arrays and "path" not in arrays:
        target = rows.by_column["target"][1]
        parts = dict(zip(("path", "query"), _target_parts(rows, target), strict=True))
        arrays = parts | arrays
    if actions in FILE_SERVERS and "path" not in arrays and "object_key" in arrays:
        arrays["path"] = arrays["object_key"]  # file servers have no other path
    if actions in DECIDERS and "operation" in rows.by_column:
        arrays["action"] = _action_of_operation(rows, actions)
    elif actions in PATHS:
        arrays |= _storage_path(rows, actions)
    elif request is None and "method" in arrays:
        arrays["action"] = _action_of_columns(rows, METHODS.get(actions, requests.http_action))
    file_server = actions in PATHS or actions in FILE_SERVERS
    wanted = "target" in rows.target.names and "target" not in arrays
    if request is None and not file_server and wanted and "path" in arrays:
        arrays["target"] = _joined(rows, arrays["path"], arrays.get("query"))
    return arrays


def _target_parts(rows: Rows, target: Encoded) -> tuple[pa.Array, pa.Array]:
    """Path and query of targets."""
    if isinstance(target.values, Bytes):
        path, query = target_parts(target.values, rows.nulls)
        return rows.spread_texts(path, target.codes, "path"), rows.spread_texts(query, target.codes, "query")
    # `*`, and the host and port of CONNECT, are targets without a path (RFC 9112, section 3.2).
    both = [
        requests.split_target(text) if text and "/" in text else (None, None)
        for text in rows.decoded(target, to_text)
    ]
    paths, queries = (
        rows.spread([one[at] for one in both], target.codes, name)
        for at, name in enumerate(("path", "query"))
    )
    return paths, queries


def _request_line(rows: Rows, request: Encoded) -> dict[str, pa.Array]:
    """The parts of request lines and what these did."""
    if isinstance(request.values, Bytes):
        # Nearly every request line has a target of its own, but many share their path.
        encoded = {name for name in ("path", "query") if pa.types.is_dictionary(rows.type(name))}
        wanted = frozenset(rows.target.names)
        parts = request_parts(request.values, rows.nulls, wanted=wanted, encoded=encoded)
        return {
            name: rows.spread_texts(texts, request.codes, name)
            for name, texts in parts.items()
            if name in rows.target.names
        }
    lines = rows.decoded(request, to_text)
    split = [requests.NO_REQUEST if line is None else requests.split_request(line) for line in lines]
    arrays = {name: rows.spread([getattr(one, name) for one in split], request.codes, name) for name in PARTS}
    did = [requests.http_action(one.method, one.path, one.query) for one in split]
    return arrays | {"action": rows.spread(did, request.codes, "action")}


def _action_of_operation(rows: Rows, actions: str) -> pa.Array:
    """What each operation did; nothing but `other` where the log says that it failed."""
    by_name = {field.name: encoded for field, encoded in rows.pairs}
    by_name["operation"] = rows.by_column["operation"][1]
    names = [name for name in ("operation", *OUTCOMES, *MODES) if name in by_name]
    distinct, codes = distinct_rows([by_name[name] for name in names], rows.count)
    decide = DECIDERS[actions]
    did = []
    for row in distinct:
        said = {name: to_text(text) for name, text in zip(names, row, strict=True) if text}
        outcome, mode = (next(filter(None, map(said.get, which)), None) for which in (OUTCOMES, MODES))
        did.append(decide(said.get("operation"), outcome, mode))
    return rows.spread(did, codes, "action")


def _storage_path(rows: Rows, actions: str) -> dict[str, pa.Array]:
    """Bucket, object and action out of method and path, which holds the query, too, and all of it encoded."""
    distinct, codes = distinct_rows([rows.by_column[name][1] for name in ("method", "path")], rows.count)
    found = []
    for method, text in distinct:
        path, _, query = (b"" if text in rows.nulls else text or b"").partition(b"%3F")
        said = [rows.decode(value) if value else None for value in (method, path, query)]
        found.append((*PATHS[actions](*said), to_text(path) if path else None, said[2]))
    names = ("bucket", "object_key", "action", "path", "query")
    return {name: rows.spread([one[at] for one in found], codes, name) for at, name in enumerate(names)}


def _transferred(rows: Rows, actions: str) -> dict[str, pa.Array]:
    """Bytes of a file: sent where it was read, received where it was written, also when that failed."""
    if "transferred" not in rows.by_column or "operation" not in rows.by_column:
        return {}
    operation, count = (rows.by_column[name][1] for name in ("operation", "transferred"))
    distinct, codes = distinct_rows([operation, count], rows.count)
    decide = DECIDERS[actions]
    arrays = {}
    for column, direction in (("bytes_sent", "read"), ("bytes_received", "write")):
        values = [
            _number(number, 1.0, integer=True)
            if did and decide(to_text(did), None, None) == direction
            else None
            for did, number in distinct
        ]
        arrays[column] = rows.spread(values, codes, column)
    return arrays


def _joined(rows: Rows, path: pa.Array, query: pa.Array | None) -> pa.Array:
    """The target out of path and query where these are columns of their own."""
    texts, more = _plain(path), None if query is None else _plain(query)
    if more is not None:
        texts = pc.if_else(pc.is_valid(more), pc.binary_join_element_wise(texts, more, "?"), texts)
    return texts if rows.type("target") == texts.type else texts.dictionary_encode()


def _plain(texts: pa.Array) -> pa.Array:
    return texts.dictionary_decode() if pa.types.is_dictionary(texts.type) else texts


def _without_mark(rows: Rows) -> pa.Array:
    """The query without the question mark that Apache's %q writes; null when there is no query."""
    field, encoded = rows.by_column["query"]
    if field.kind == "text":
        return rows.text("query")
    texts = rows.decoded(encoded, to_text)
    if field.kind == "query":
        texts = [text[1:] if text else None for text in texts]
    return rows.spread(texts, encoded.codes, "query")


def _action_of_columns(
    rows: Rows, action: Callable[[str | None, str | None, str | None], str | None]
) -> pa.Array:
    columns = {name: rows.find(name) for name in ("method", "path", "target", "query")}
    found = [one and _in_short(name, one) for name, one in columns.items()]
    present = [encoded for encoded in found if encoded is not None]
    distinct, codes = distinct_rows(present, rows.count)
    names = [
        name
        for name, encoded in zip(("method", "path", "target", "query"), found, strict=True)
        if encoded is not None
    ]
    did = []
    for row in distinct:
        value = {name: to_text(text) if text else None for name, text in zip(names, row, strict=True)}
        path, query = value.get("path"), value.get("query")
        if path is None and value.get("target"):
            path, query = requests.split_target(value["target"] or "")
        did.append(action(value["method"], path, query))
    return rows.spread(did, codes, "action")


def _in_short(name: str, encoded: Encoded) -> Encoded:
    """Of paths and queries only whether they make a listing: nothing else of them says what was done."""
    if name == "method":
        return encoded
    if isinstance(encoded.values, Bytes):
        few = in_short(name, encoded.values)
        return Encoded(few.values, few.codes[encoded.codes])
    short: list[bytes | None] = []
    for value in encoded.values:
        if value and not _may_list(value):
            short.append(b"-")
            continue
        text = to_text(value) if value else None
        path, query = requests.split_target(text) if text and name == "target" else (text, None)
        if name == "query":
            path, query = None, text
        lists = requests.http_action("GET", path, query) == "list"
        short.append((b"prefix" if name == "query" else b"/") if lists else b"-" if text else None)
    few = encode(short)
    return Encoded(few.values, few.codes[encoded.codes])


def _may_list(value: bytes) -> bool:
    """Whether a path, query or target may make a listing: tells nearly all that make none at once."""
    if value.endswith(b"/") or b"/?" in value or b"://" in value:
        return True
    return any(word in value for word in _LISTING_PARAMETERS)


def _extra(rows: Rows) -> pa.Array:
    """Fields without a column, as JSON objects by the name that the format string gives them."""
    known = set(schema(EVENTS).names) | PSEUDO_COLUMNS
    fields = [
        (field, unquoted(column) if field.kind == "quoted" else column)
        for field, column in rows.pairs
        if field.column not in known
    ]
    array = extra_column(fields, rows.count, rows.decode)
    return array if rows.type("extra") == array.type else array.dictionary_encode()
