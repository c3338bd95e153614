r"""Records that are JSON objects, one on a line: values by path, column-wise.

Each record is decoded into a structure that holds only the paths that the format asks for, and those
as the bytes that stand in the line; everything else is skipped. Strings are unescaped and numbers read
once per distinct value. So numbers keep all their digits, and bytes that are no UTF-8 harm nobody.

Where a key comes twice, the last one counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.reading.escapes import to_text
from logattr.reading.jsonmap import Condition, Mapping, Path, Rule
from logattr.reading.jsonrepair import repair
from logattr.reading.jsonvalues import KINDS, text_of
from logattr.reading.requests import NO_REQUEST, split_request, split_target
from logattr.reading.template import Field
from logattr.reading.tokens import Encoded, Tokens, encode

__all__ = ["JsonParser", "json_hint"]

_ABSENT = msgspec.Raw(b"")
# Some hundred records at once stay in the processor's cache while their columns are pulled.
_CHUNK = 256
_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_REQUEST_PARTS = frozenset({"request", "method", "target", "path", "query", "protocol"})
_NOTHING = frozenset({None, b"", b"-"})
_NO_VALUE = frozenset({None, b"", b"null"})
# Paths that the first record must lack before a structure of its own is made for its like, and chunks
# of other keys after which it is given up.
_MANY = 4
_MOST_MISSES = 3
_MOST_KEYS = 300
_ODD_KEY = re.compile(r'[\x00-\x1f"\\]')  # msgspec knows no field of such a name
_SHOWN = 6  # alternatives in a reason
_ANY = msgspec.json.Decoder(dict[str, msgspec.Raw])

Columns = dict[Path, Encoded]
Decode = Callable[[Sequence[bytes], int, "_Node | None", list[int], dict[Path, list[bytes]]], bool]


class JsonParser:
    r"""Reads JSON objects by one table of paths.

    Parameters
    ----------
    mapping
        See :mod:`logattr.reading.jsonmap`.

    Examples
    --------
    >>> from logattr.reading.jsonmap import parse_mapping
    >>> parser = JsonParser(parse_mapping("requires  ip\nclient  ip\nstatus  http.status"))
    >>> tokens = parser.strict([b'{"ip": "192.0.2.1", "http": {"status": 200}}', b'{"a": 1}', b"?"])
    >>> tokens.rows.tolist(), [column.values for column in tokens.columns]
    ([0], [[b'192.0.2.1'], [b'200']])
    """

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.fields = tuple(rule.field for rule in mapping.rules)
        self._tree = _structure(mapping.paths)
        named = {field.column for field in self.fields}
        self._splits_requests = "request" in named and bool(named & {"method", "target"})
        quote = "" if mapping.embedded else '"'  # inside of a text, the quotes are escaped
        self._needed = tuple(
            tuple(f"{quote}{condition.path[-1]}{quote}".encode() for condition in row)
            for row in mapping.requires
        )

    def strict(self, lines: Sequence[bytes]) -> Tokens:
        """The lines that are JSON objects and hold what the format requires."""
        return self._tokens(lines, self._decode)

    def loose(self, lines: Sequence[bytes]) -> Tokens:
        """Lines that are almost JSON, as nginx and others write them; see :mod:`jsonrepair`."""
        return self._tokens(lines, self._decode_mended)

    def progress(self, line: bytes) -> tuple[int, Field | None]:
        """How many of the required values a line holds, and the first field (null: all are there)."""
        record = _record(line)
        if record is None:
            return 0, self.fields[0]
        missing = list(self._missing(line, record))
        met = len(self.mapping.requires) - len(missing)
        return met, self.fields[0] if missing else None

    def explain(self, line: bytes) -> str:
        """Why the line is no record of the format."""
        record = _record(line)
        if record is None:
            return _why_no_json(line)
        for row in self._missing(line, record):
            more = " or others" if len(row) > _SHOWN else ""
            return f"no {' or '.join(dict.fromkeys(map(_shown, row[:_SHOWN])))}{more}"
        return "a value where an object is expected"

    def _missing(self, line: bytes, record: dict[str, msgspec.Raw]) -> Iterator[tuple[Condition, ...]]:
        """The rows of conditions that a record does not meet."""
        for row in self.mapping.requires:
            if not any(_fits(_follow(record, condition.path), condition) for condition in row):
                yield row

    def _tokens(self, lines: Sequence[bytes], decode: Decode) -> Tokens:
        rows: list[int] = []
        parts: dict[Path, list[bytes]] = {path: [] for path in self.mapping.paths}
        if self._may_hold_records(lines):
            learned = self._learned(lines)
            misses = 0
            for first in range(0, len(lines), _CHUNK):
                structure = learned if misses < _MOST_MISSES else None
                misses += not decode(lines[first : first + _CHUNK], first, structure, rows, parts)
        count = len(rows)
        if not count:
            return Tokens((), np.zeros(0, np.int64), ())
        columns: Columns = {path: _encode(texts, count) for path, texts in parts.items()}
        keep = self._matching(columns, count)
        if not keep.all():
            columns = {path: _only(one, keep) for path, one in columns.items()}
        kept = np.array(rows, np.int64)[keep]
        made = [(rule.field, self._column(rule, columns)) for rule in self.mapping.rules]
        # What no record holds is no column: then it is as if the format did not know it.
        filled = [(field, column) for field, column in made if column is not None]
        if self._splits_requests:
            filled = _with_split_requests(filled, len(kept))
        return Tokens(tuple(field for field, _ in filled), kept, tuple(column for _, column in filled))

    def _may_hold_records(self, lines: Sequence[bytes]) -> bool:
        """Whether every required key occurs somewhere: spares other formats' lines the decoding."""
        if not any(line.lstrip().startswith(b"{") for line in lines):
            return False
        whole = b"\n".join(lines)
        return all(any(key in whole for key in row) for row in self._needed)

    def _learned(self, lines: Sequence[bytes]) -> _Node | None:
        """A structure for the keys of the first record and no others, where that spares many paths."""
        for line in lines:
            try:
                keys = dict.fromkeys(_ANY.decode(line))
            except _ERRORS:
                continue
            paths = [path for path in self.mapping.paths if path[0] in keys]
            few = len(self.mapping.paths) - len(paths) < _MANY
            if few or len(keys) > _MOST_KEYS or any(map(_ODD_KEY.search, keys)):
                return None
            return _structure(paths, only=tuple(keys))
        return None

    def _decode(
        self,
        lines: Sequence[bytes],
        first: int,
        learned: _Node | None,
        rows: list[int],
        parts: dict[Path, list[bytes]],
    ) -> bool:
        """Decode some lines, note which are records, pull their values; whether the structure fitted."""
        if learned is not None:
            try:
                records = list(map(learned.decode, lines))
            except _ERRORS:
                pass  # a key that the first record has not, or no record: all again, one by one
            else:
                rows.extend(range(first, first + len(lines)))
                learned.pull(records, parts)
                for path in self.mapping.paths:
                    if path not in learned.paths:
                        parts[path].append(b"\n" * (len(lines) - 1))
                return True
        decode, embedded, records = self._tree.decode, self.mapping.embedded, []
        for row, line in enumerate(lines, first):
            try:
                records.append(decode(_unpacked(line, embedded) if embedded else line))
            except _ERRORS:
                continue
            rows.append(row)
        if records:
            self._tree.pull(records, parts)
        return learned is None

    def _decode_mended(
        self,
        lines: Sequence[bytes],
        first: int,
        learned: _Node | None,
        rows: list[int],
        parts: dict[Path, list[bytes]],
    ) -> bool:
        return self._decode([repair(line) or b"" for line in lines], first, None, rows, parts)

    def _matching(self, columns: Columns, count: int) -> NDArray[np.bool_]:
        """Which records hold all that is required."""
        keep = np.ones(count, np.bool_)
        for row in self.mapping.requires:
            any_of = np.zeros(count, np.bool_)
            for condition in row:
                encoded = columns[condition.path]
                fits = np.array([_fits(value, condition) for value in encoded.values], np.bool_)
                any_of |= fits[encoded.codes]
                if any_of.all():
                    break
            keep &= any_of
        return keep

    def _column(self, rule: Rule, columns: Columns) -> Encoded | None:
        """The first alternative that holds something, row by row but by code; null where none does."""
        result: Encoded | None = None
        for source in rule.sources:
            if all(_is_absent(columns[path]) for path in source):
                continue
            found = self._converted(rule, source, columns)
            if all(value is None for value in found.values):
                continue
            result = found if result is None else _first_of(result, found)
            if all(value is not None for value in result.values):
                break
        return result

    def _converted(self, rule: Rule, source: tuple[Path, ...], columns: Columns) -> Encoded:
        convert, nulls = KINDS[rule.kind].convert, _NOTHING | self.mapping.nulls
        parts = [columns[path] for path in source]
        codes: NDArray[np.int32]
        if len(parts) == 1:
            raws: list[bytes] = list(parts[0].values)  # type: ignore[arg-type]
            codes = parts[0].codes
        else:
            stacked = np.stack([part.codes for part in parts], axis=1)
            distinct, inverse = np.unique(stacked, axis=0, return_inverse=True)
            codes = inverse.reshape(-1).astype(np.int32)
            raws = [
                _joined([part.values[code] for part, code in zip(parts, row, strict=True)])
                for row in distinct
            ]
        if KINDS[rule.kind].keeps_texts:
            values = [raw[1:-1] if raw[:1] == b'"' and b"\\" not in raw else convert(raw) for raw in raws]
        else:
            values = [convert(raw) for raw in raws]
        if rule.kind == "address":
            merged = encode(values)
            values, codes = list(merged.values), merged.codes[codes]
        return Encoded([None if value in nulls else value for value in values], codes)


def _is_absent(encoded: Encoded) -> bool:
    return len(encoded.values) == 1 and encoded.values[0] == b""


def _joined(raws: list[bytes | None]) -> bytes:
    texts = [text_of(raw or b"") for raw in raws]
    if any(text in _NOTHING for text in texts):
        return b""
    return msgspec.json.encode(" ".join(to_text(text or b"") for text in texts))


def _only(encoded: Encoded, keep: NDArray[np.bool_]) -> Encoded:
    """The rows to keep, and of the distinct values those that they use."""
    used, codes = np.unique(encoded.codes[keep], return_inverse=True)
    return Encoded([encoded.values[code] for code in used], codes.reshape(-1).astype(np.int32))


def _first_of(one: Encoded, other: Encoded) -> Encoded:
    """One column, and the other where the first holds nothing."""
    nothing = np.array([value is None for value in one.values], np.bool_)
    codes = np.where(nothing[one.codes], other.codes + len(one.values), one.codes).astype(np.int32)
    return Encoded([*one.values, *other.values], codes)


def _with_split_requests(columns: list[tuple[Field, Encoded]], count: int) -> list[tuple[Field, Encoded]]:
    """Request lines taken apart, where other records name method and target themselves.

    Where all records do the same, nothing has to be done: events are assembled from either.
    """
    by_name = {field.column: column for field, column in columns if field.column}
    if "request" not in by_name and "query" not in by_name:
        return columns
    if not by_name.keys() & (_REQUEST_PARTS - {"request"}):
        return columns
    lines = by_name.get("request", _nothing(count))
    split = [split_request(to_text(line)) if line is not None else NO_REQUEST for line in lines.values]
    targets = by_name.get("target", _nothing(count))
    texts = [to_text(one) if one is not None else "" for one in targets.values]
    # A target without a slash is no path, as in assemble: a record means one thing whoever reads it.
    apart = [split_target(text) if "/" in text else (None, None) for text in texts]
    known = {
        "path": Encoded([_bytes(path) for path, _ in apart], targets.codes),
        "query": Encoded([_bytes(query) for _, query in apart], targets.codes),
    }
    made = [(field, column) for field, column in columns if field.column not in _REQUEST_PARTS]
    for name in ("method", "target", "path", "query", "protocol"):
        part = Encoded([_bytes(getattr(one, name)) for one in split], lines.codes)
        for other in (by_name.get(name), known.get(name)):
            part = _first_of(part, other) if other is not None else part
        made.append((Field(name, name, "text"), part))
    return made


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogatepass")


def _nothing(count: int) -> Encoded:
    return Encoded([None], np.zeros(count, np.int32))


def _encode(parts: list[bytes], count: int) -> Encoded:
    """Distinct values and codes of a column whose values are joined with line feeds, which they lack."""
    if not count:
        return Encoded([], np.zeros(0, np.int32))
    whole = b"\n".join(parts) + b"\n"
    if len(whole) == count:
        return Encoded([b""], np.zeros(count, np.int32))  # nothing but line feeds: no record has it
    data = np.frombuffer(whole, np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    offsets = np.concatenate(([0], ends + 1)).astype(np.int64)
    # Each value keeps the line feed behind it, so that no byte has to be moved.
    array = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), count, [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    ).dictionary_encode()
    values = [value[:-1] for value in array.dictionary.to_pylist()]
    return Encoded(values, array.indices.to_numpy())


@dataclass(frozen=True, slots=True)
class _Node:
    """The structure of one object: where its values and the objects inside it are found."""

    type: type[msgspec.Struct]
    decode: Callable[[bytes], Any]
    paths: frozenset[Path]
    values: tuple[tuple[Callable[[Any], msgspec.Raw], Path], ...]
    inner: tuple[tuple[Callable[[Any], Any], _Node], ...]

    def pull(self, records: Sequence[Any], parts: dict[Path, list[bytes]]) -> None:
        """Append the values of each path, joined with line feeds."""
        for get, path in self.values:
            parts[path].append(b"\n".join(map(get, records)))
        for get, node in self.inner:
            empty = node.type()
            node.pull([get(record) or empty for record in records], parts)


def _structure(paths: Sequence[Path], at: Path = (), *, only: tuple[str, ...] | None = None) -> _Node:
    """A structure with the given paths; ``only`` names the keys that a record may have at all."""
    values = [path for path in paths if len(path) == len(at) + 1]
    deeper: dict[str, list[Path]] = {}
    for path in paths:
        if len(path) > len(at) + 1:
            deeper.setdefault(path[len(at)], []).append(path)
    inner = {key: _structure(some, (*at, key)) for key, some in deeper.items()}
    names = {f"v{number}": path[-1] for number, path in enumerate(values)}
    objects = {f"o{number}": key for number, key in enumerate(inner)}
    mapped = {*names.values(), *objects.values()}
    others = {f"x{number}": key for number, key in enumerate(only or ()) if key not in mapped}
    made = msgspec.defstruct(
        "Record",
        [
            *((name, msgspec.Raw, _ABSENT) for name in (*names, *others)),
            *((name, inner[key].type | None, None) for name, key in objects.items()),
        ],
        rename={**names, **objects, **others},
        forbid_unknown_fields=only is not None,
        gc=False,
        frozen=True,
    )
    return _Node(
        made,
        msgspec.json.Decoder(made).decode,
        frozenset(paths),
        tuple((attrgetter(name), path) for name, path in zip(names, values, strict=True)),
        tuple((attrgetter(name), inner[key]) for name, key in objects.items()),
    )


def _unpacked(line: bytes, keys: tuple[str, ...]) -> bytes:
    """A record whose values under some keys are texts of JSON: these become objects."""
    if not any(f'"{key}"'.encode() in line for key in keys):
        return line
    record = _ANY.decode(line)
    for key in keys:
        text = text_of(bytes(record[key])) if key in record else None
        if text is not None and text.lstrip()[:1] == b"{":
            record[key] = msgspec.Raw(text)
    return msgspec.json.encode(record)


@lru_cache(maxsize=4)  # every format of the family is asked about the same line in turn
def _record(line: bytes) -> dict[str, msgspec.Raw] | None:
    for text in (line, repair(line)):
        try:
            return _ANY.decode(text) if text is not None else None
        except _ERRORS:
            continue
    return None


def _follow(record: dict[str, msgspec.Raw], path: Path) -> bytes:
    value = bytes(record.get(path[0], b""))
    for key in path[1:]:
        try:
            value = bytes(_ANY.decode(value).get(key, b""))
        except _ERRORS:
            return b""
    return value


def _fits(raw: bytes | None, condition: Condition) -> bool:
    if not condition.pattern:
        return raw not in _NO_VALUE
    text = text_of(raw or b"")
    return text is not None and fnmatchcase(to_text(text), condition.pattern)


def _shown(condition: Condition) -> str:
    path = ".".join(condition.path)
    return f"{path} = {condition.pattern}" if condition.pattern else path


def _why_no_json(line: bytes) -> str:
    if line[:1] != b"{":
        return "no JSON object"
    try:
        _ANY.decode(line)
    except RecursionError:
        return "objects or lists nested too deeply"
    except UnicodeDecodeError:
        return "a key that is no UTF-8"
    except msgspec.MsgspecError as error:
        # msgspec says "JSON is malformed: ... (byte 12)" or "Input data was truncated".
        text = str(error)
        return (
            "a JSON object that does not end"
            if "truncated" in text
            else f"no valid JSON: {text.removeprefix('JSON is malformed: ')}"
        )
    return "no JSON object"


def json_hint(lines: Sequence[bytes]) -> tuple[str, str, str] | None:
    """What to say of a log of JSON records that no format reads: given, expected, try; null for others.

    Examples
    --------
    >>> json_hint([b'{"version": 6, "connections": {}}'])[0]
    'JSON records without a client and a request under any known name; their keys are version, connections'
    """
    for line in lines:
        try:
            keys = list(_ANY.decode(line))
        except _ERRORS:
            continue
        shown = ", ".join(keys[:12]) + (", ..." if len(keys) > 12 else "")
        return (
            f"JSON records without a client and a request under any known name; their keys are {shown}",
            "an access log",
            "--format FILE.toml with the paths of client, time and request, if it is one; "
            "`logattr formats` lists what is read",
        )
    return None
