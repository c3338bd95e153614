"""Tokens become events: every conversion is done once per distinct value, then spread by code."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.columns import EVENTS, schema
from logattr.reading import requests
from logattr.reading.clients import TrustedProxies, choose
from logattr.reading.escapes import DIALECTS, to_text
from logattr.reading.extras import extra_column
from logattr.reading.operations_text import DECIDERS, FILE_SERVERS, METHODS, PATHS
from logattr.reading.request_lines import PARTS, request_parts
from logattr.reading.targets import in_short, target_parts
from logattr.reading.template import PSEUDO_COLUMNS, Field
from logattr.reading.texts import put, spread, spread_texts, text_array
from logattr.reading.tokens import Bytes, Encoded, Tokens, Typed, encode
from logattr.reading.typed import MILLISECONDS, number_column, time_column

if TYPE_CHECKING:
    from logattr.formats.model import Format

__all__ = ["Context", "assemble", "batch_schema"]

_TEXT_COLUMNS = ("user", "referrer", "user_agent", "host", "forwarded", "request_id", "tls")
_RAW_COLUMNS = ("operation", "bucket", "object_key", "method", "path", "query", "target", "protocol")
_NUMBER_COLUMNS = frozenset({"status", "bytes_sent", "bytes_received", "duration_ms"})
_MOST_KNOWN = 1 << 17  # clients that are kept in mind
_ALWAYS = frozenset({"source", "line", "offset", "time", "time_zone_known", "format"})

_LISTING_PARAMETERS = tuple(word.encode() for word in requests.LISTING_PARAMETERS)


@dataclass(frozen=True, slots=True)
class Context:
    """What the lines do not say themselves, and which columns are wanted (null: all).

    ``known`` holds the clients that were chosen already, by the text of the client column.
    """

    source: str
    zone: tzinfo
    trusted_proxies: TrustedProxies | None = None
    columns: frozenset[str] | None = None
    known: dict[str | None, tuple[str | None, ...]] = dataclasses.field(default_factory=dict, compare=False)


@cache
def batch_schema(columns: frozenset[str] | None) -> pa.Schema:
    """Columns and types of a batch: all of ``columns.EVENTS``, or the wanted ones and those of every batch.

    Where not all are wanted, every text is dictionary-encoded, and the dictionary of a column that is
    declared as plain text may hold a text twice.

    Examples
    --------
    >>> batch_schema(frozenset({"path"})).names
    ['source', 'line', 'offset', 'time', 'time_zone_known', 'path', 'format']
    """
    whole = schema(EVENTS)
    if columns is None:
        return whole
    category = whole.field("source").type
    return pa.schema(
        field.with_type(category) if field.type == pa.string() else field
        for field in whole
        if field.name in columns | _ALWAYS
    )


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
    rows = _Rows(tokens, escapes, context, target)
    arrays: dict[str, pa.Array] = {
        "source": rows.constant(context.source),
        "format": rows.constant(format_.name),
        "line": pa.array(lines),
        "offset": pa.array(offsets),
        **_time(rows),
        **_clients(rows),
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


class _Rows:
    """The fields of one batch by the column that they fill."""

    def __init__(self, tokens: Tokens, escapes: str, context: Context, target: pa.Schema) -> None:
        self.context = context
        self.decode = DIALECTS[escapes]
        self.count = len(tokens.rows)
        self.target = target
        both = list(zip(tokens.fields, tokens.columns, strict=True))
        self.pairs = [(field, column) for field, column in both if isinstance(column, Encoded)]
        self.typed = [(field, column) for field, column in both if isinstance(column, Typed)]
        self.by_column: dict[str, tuple[Field, Encoded]] = {}
        for field, column in self.pairs:
            if field.column is not None:
                self.by_column.setdefault(field.column, (field, column))
        self.nulls = {None, b"-"} if escapes in {"apache", "nginx"} else {None, b"-", b""}

    def constant(self, text: str) -> pa.Array:
        return pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(self.count, np.int32)), pa.array([text], pa.string())
        )

    def decoded(self, encoded: Encoded, decode: Callable[[bytes], str]) -> list[str | None]:
        """Distinct values as text; ``-`` is null, and quotes of the kind ``quoted`` are taken off."""
        return [
            None if value in self.nulls else decode(value)  # type: ignore[arg-type]
            for value in encoded.values
        ]

    def find(self, column: str) -> Encoded | None:
        found = self.by_column.get(column)
        if found is None:
            return None
        field, encoded = found
        return unquoted(encoded) if field.kind == "quoted" else encoded

    def text(self, column: str, decode: Callable[[bytes], str] = to_text) -> pa.Array:
        encoded = self.find(column)
        if encoded is None:
            return pa.nulls(self.count, self.type(column))
        if isinstance(encoded.values, Bytes) and column != "user":
            texts, unique = text_array(encoded.values, decode, self.nulls)
            return spread_texts(texts, encoded.codes, self.type(column), unique=unique)
        # Apache writes an empty user as two quotes (mod_log_config.c, log_remote_user).
        texts = [
            "" if value == b'""' and column == "user" else text
            for value, text in zip(encoded.values, self.decoded(encoded, decode), strict=True)
        ]
        return self.spread(texts, encoded.codes, column)

    def spread(self, values: Sequence[Any], codes: NDArray[np.int32], column: str) -> pa.Array:
        """Distinct values as an Arrow array of the column's type."""
        return spread(values, codes, self.type(column))

    def type(self, column: str) -> pa.DataType:
        """Type of a column, or the declared one if nobody wants it but others are made of it."""
        at = self.target.get_field_index(column)
        return self.target.field(at).type if at >= 0 else schema(EVENTS).field(column).type

    def spread_texts(
        self, texts: pa.Array, codes: NDArray[np.int32], column: str, *, unique: bool = False
    ) -> pa.Array:
        """The same of texts that stand in an Arrow array."""
        # Of columns that are declared as plain text a dictionary may hold a text twice.
        unique = unique or schema(EVENTS).field(column).type == pa.string()
        return spread_texts(texts, codes, self.type(column), unique=unique)


def unquoted(encoded: Encoded) -> Encoded:
    """Take the quotes off values that are either quoted or ``-``; a quoted ``-`` stays null, too."""
    if isinstance(encoded.values, Bytes):
        from logattr.reading.columnar import without_quotes

        return Encoded(without_quotes(encoded.values), encoded.codes)
    values = [v[1:-1] if v is not None and v[:1] == b'"' and len(v) > 1 else v for v in encoded.values]
    return Encoded(values, encoded.codes)


def _time(rows: _Rows) -> dict[str, pa.Array]:
    found = next((column for field, column in rows.typed if field.column == "time"), None)
    if found is None:
        parts = [(field, encoded) for field, encoded in rows.pairs if field.column == "time"]
        if not parts:
            return {}
        columns = [encoded for _, encoded in parts]
        if len(parts) > 1:
            joined, codes = _distinct_rows(columns, rows.count)
            columns = [Encoded([values[at] for values in joined], codes) for at in range(len(parts))]
        found = time_column([field for field, _ in parts], columns, rows.context.zone)
    time = pa.array(found.values, pa.timestamp("us", tz="UTC"), mask=found.missing)
    return {"time": time, "time_zone_known": pa.array(found.known, mask=found.missing)}


def _distinct_rows(
    columns: Sequence[Encoded], count: int
) -> tuple[list[tuple[bytes | None, ...]], NDArray[np.int32]]:
    """Distinct combinations of several columns, and the code of each row."""
    if not columns:
        return [()] * bool(count), np.zeros(count, np.int32)
    codes = columns[0].codes.astype(np.int64)
    for column in columns[1:]:
        # Numbered anew after each column, so that the product stays far below 2**63.
        codes = _numbered(codes) * len(column.values) + column.codes
    numbered = _numbered(codes)
    # Written back to front, so that the first row of each number stands.
    firsts = np.empty(int(numbered.max()) + 1 if count else 0, np.int64)
    firsts[numbered[::-1]] = np.arange(count)[::-1]
    parts = [[column.values[code] for code in column.codes[firsts].tolist()] for column in columns]
    return list(zip(*parts, strict=True)), numbered.astype(np.int32)


def _numbered(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers from 0 in order of first appearance."""
    numbered: NDArray[np.int64] = pa.array(codes).dictionary_encode().indices.to_numpy().astype(np.int64)
    return numbered


def _clients(rows: _Rows) -> dict[str, pa.Array]:
    raw, forwarded, peer = (rows.find(name) for name in ("client", "forwarded", "peer"))
    if rows.context.trusted_proxies is None:
        forwarded = None  # nobody's word is taken
    if raw is not None and isinstance(raw.values, Bytes) and forwarded is None and peer is None:
        return _plain_clients(rows, raw, raw.values)
    present = [encoded for encoded in (raw, forwarded, peer) if encoded is not None]
    distinct, codes = _distinct_rows(present, rows.count)

    def column(encoded: Encoded | None) -> list[str | None] | None:
        if encoded is None:
            return None
        index = [candidate is encoded for candidate in present].index(True)
        return rows.decoded(Encoded([row[index] for row in distinct], codes), rows.decode)

    raw_texts = column(raw) or [None] * len(distinct)
    clients = raw_texts
    if raw is not None and rows.by_column["client"][0].kind == "client_and_port":
        clients = [_without_port(text) if text else text for text in raw_texts]
    chosen = choose(clients, column(forwarded), column(peer), trusted_proxies=rows.context.trusted_proxies)
    return {
        "client_ip": rows.spread(chosen.client_ip, codes, "client_ip"),
        "client_raw": rows.spread(raw_texts, codes, "client_raw"),
        "client_host": rows.spread(chosen.client_host, codes, "client_host"),
        "client_rule": rows.spread(chosen.rule, codes, "client_rule"),
        "peer_ip": rows.spread(chosen.peer_ip, codes, "peer_ip"),
    }


def _plain_clients(rows: _Rows, raw: Encoded, values: Bytes) -> dict[str, pa.Array]:
    """The same where a line has one address at most; IPv4 addresses as they should be stay what they are."""
    from logattr.reading.columnar import plain_ipv4

    texts, unique = text_array(values, rows.decode, rows.nulls)
    ports = rows.by_column["client"][0].kind == "client_and_port"
    odd = np.ones(len(texts), np.bool_) if ports else ~plain_ipv4(values)
    left = texts.filter(pa.array(odd)).to_pylist()
    shown = [_without_port(text) if ports and text else text for text in left]
    chosen = _chosen(shown, rows.context)
    ips, peers, hosts, rules = zip(*chosen, strict=True) if chosen else ((), (), (), ())
    found = {}
    if "client_raw" in rows.target.names:
        found["client_raw"] = rows.spread_texts(texts, raw.codes, "client_raw", unique=unique)
    for name, values_of_odd in (("client_ip", ips), ("peer_ip", peers)):
        if name == "peer_ip" and ips == peers and "client_ip" in found:
            found[name] = found["client_ip"]
        elif name in rows.target.names:
            unique = unique and not values_of_odd
            found[name] = rows.spread_texts(put(texts, odd, values_of_odd), raw.codes, name, unique=unique)
    for name, usual, values_of_odd in (("client_host", None, hosts), ("client_rule", "peer", rules)):
        if name in rows.target.names:
            at_odd = np.full(len(texts), 0, np.int32)
            at_odd[odd] = np.arange(1, len(values_of_odd) + 1)
            found[name] = rows.spread([usual, *values_of_odd], at_odd[raw.codes], name)
    return found


def _chosen(texts: Sequence[str | None], context: Context) -> list[tuple[str | None, ...]]:
    """Address, peer, host name and rule for some texts of the client column, which come again and again."""
    known = context.known
    answers = {text: known.get(text) for text in texts}
    new = [text for text, answer in answers.items() if answer is None]
    if new:
        found = choose(new, trusted_proxies=context.trusted_proxies)
        fresh = dict(
            zip(
                new,
                zip(found.client_ip, found.peer_ip, found.client_host, found.rule, strict=True),
                strict=True,
            )
        )
        if len(known) > _MOST_KNOWN:
            known.clear()
        known.update(fresh)
        answers.update(fresh)
    return [answer for answer in map(answers.__getitem__, texts) if answer is not None]


def _without_port(text: str) -> str:
    """A client whose writer always adds the port: `2001:db8::7:2817` alone would be an address itself."""
    address, _, port = text.rpartition(":")
    return address if port.isdigit() and not text.startswith(("unix:", "[")) else text


def _numbers(rows: _Rows) -> dict[str, pa.Array]:
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


def _request(rows: _Rows, actions: str) -> dict[str, pa.Array]:
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


def _target_parts(rows: _Rows, target: Encoded) -> tuple[pa.Array, pa.Array]:
    """Path and query of targets."""
    if isinstance(target.values, Bytes):
        path, query = target_parts(target.values, rows.nulls)
        return rows.spread_texts(path, target.codes, "path"), rows.spread_texts(query, target.codes, "query")
    # `*`, and the host and port of CONNECT, are targets without a path (RFC 9112, section 3.2).
    both = [
        requests.split_target(text) if text and "/" in text else (None, None)
        for text in rows.decoded(target, to_text)
    ]
    paths, queries = (rows.spread([one[at] for one in both], target.codes, name) for at, name in enumerate(("path", "query")))
    return paths, queries


def _request_line(rows: _Rows, request: Encoded) -> dict[str, pa.Array]:
    """The parts of request lines and what these did."""
    if isinstance(request.values, Bytes):
        parts = request_parts(request.values, rows.nulls)
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


def _action_of_operation(rows: _Rows, actions: str) -> pa.Array:
    """What each operation did; nothing but `other` where the field `outcome` says that it failed."""
    by_name = {field.name: encoded for field, encoded in rows.pairs}
    by_name["operation"] = rows.by_column["operation"][1]
    names = [name for name in ("operation", "outcome", "mode") if name in by_name]
    distinct, codes = _distinct_rows([by_name[name] for name in names], rows.count)
    decide = DECIDERS[actions]
    did = []
    for row in distinct:
        said = {name: to_text(text) if text else None for name, text in zip(names, row, strict=True)}
        did.append(decide(said["operation"], said.get("outcome"), said.get("mode")))
    return rows.spread(did, codes, "action")


def _storage_path(rows: _Rows, actions: str) -> dict[str, pa.Array]:
    """Bucket, object and action out of method and path."""
    distinct, codes = _distinct_rows([rows.by_column[name][1] for name in ("method", "path")], rows.count)
    found = [PATHS[actions](*(rows.decode(value) if value else None for value in row)) for row in distinct]
    names = ("bucket", "object_key", "action")
    return {name: rows.spread([one[at] for one in found], codes, name) for at, name in enumerate(names)}


def _transferred(rows: _Rows, actions: str) -> dict[str, pa.Array]:
    """Bytes of a file: sent where it was read, received where it was written, also when that failed."""
    if "transferred" not in rows.by_column or "operation" not in rows.by_column:
        return {}
    operation, count = (rows.by_column[name][1] for name in ("operation", "transferred"))
    distinct, codes = _distinct_rows([operation, count], rows.count)
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


def _joined(rows: _Rows, path: pa.Array, query: pa.Array | None) -> pa.Array:
    """The target out of path and query where these are columns of their own."""
    texts, more = (
        one.dictionary_decode() if one is not None and pa.types.is_dictionary(one.type) else one
        for one in (path, query)
    )
    if more is not None:
        texts = pc.if_else(pc.is_valid(more), pc.binary_join_element_wise(texts, more, "?"), texts)
    return texts if rows.type("target") == texts.type else texts.dictionary_encode()


def _without_mark(rows: _Rows) -> pa.Array:
    """The query without the question mark that Apache's %q writes; null when there is no query."""
    field, encoded = rows.by_column["query"]
    if field.kind == "text":
        return rows.text("query")
    texts = rows.decoded(encoded, to_text)
    if field.kind == "query":
        texts = [text[1:] if text else None for text in texts]
    return rows.spread(texts, encoded.codes, "query")


def _action_of_columns(
    rows: _Rows, action: Callable[[str | None, str | None, str | None], str | None]
) -> pa.Array:
    columns = {name: rows.find(name) for name in ("method", "path", "target", "query")}
    found = [one and _in_short(name, one) for name, one in columns.items()]
    present = [encoded for encoded in found if encoded is not None]
    distinct, codes = _distinct_rows(present, rows.count)
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


def _extra(rows: _Rows) -> pa.Array:
    """Fields without a column, as JSON objects by the name that the format string gives them."""
    known = set(schema(EVENTS).names) | PSEUDO_COLUMNS
    fields = [
        (field, unquoted(column) if field.kind == "quoted" else column)
        for field, column in rows.pairs
        if field.column not in known
    ]
    array = extra_column(fields, rows.count, rows.decode)
    return array if rows.type("extra") == array.type else array.dictionary_encode()
