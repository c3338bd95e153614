r"""Records that are JSON objects, one on a line: values by path, column-wise.

Of each record only the paths that the format asks for are looked at, and those as the bytes that stand in
the line. Strings are unescaped and numbers read once per distinct value, or as a whole column. So numbers
keep all their digits, and bytes that are no UTF-8 harm nobody.

Where a key comes twice, the last one counts.

Large blocks are read by compiled code first, see :mod:`logattr.reading.jsonspans`; both make their columns
here, and this way is the one that says what is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AbstractMapping
from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from logattr.reading.escapes import to_text
from logattr.reading.jsoncolumns import Column, RawColumn
from logattr.reading.jsonmap import Condition, Mapping, Path, Rule
from logattr.reading.jsonrepair import repair
from logattr.reading.jsonrequests import first_of, with_split_requests
from logattr.reading.jsonstructs import ANY, ERRORS, Puller
from logattr.reading.jsonvalues import KINDS, NOTHING, text_of
from logattr.reading.program import fills
from logattr.reading.template import Field
from logattr.reading.tokens import (
    Encoded,
    Tokens,
    Typed,
    missing_of,
)

__all__ = ["JsonParser", "json_hint"]

_TYPED_COLUMNS = frozenset({"bytes_sent", "bytes_received", "duration_ms", "status", "time"})
_NO_VALUE = frozenset({None, b"", b"null"})
_FEW = 16  # lines, in which the required keys are looked for before they are in all
_SHOWN = 6  # alternatives in a reason

Columns = AbstractMapping[Path, Column]


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
        named = {field.column for field in self.fields}
        self._splits_requests = "request" in named and bool(named & {"method", "target"})
        quote = "" if mapping.embedded else '"'  # inside of a text, the quotes are escaped
        self._needed = tuple(
            tuple(f"{quote}{condition.path[-1]}{quote}".encode() for condition in row)
            for row in mapping.requires
        )

    def strict(self, lines: Sequence[bytes]) -> Tokens:
        """The lines that are JSON objects and hold what the format requires."""
        return self._tokens(lines)

    def loose(self, lines: Sequence[bytes]) -> Tokens:
        """Lines that are almost JSON, as nginx and others write them; see :mod:`jsonrepair`."""
        return self._tokens(_repaired(lines))

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

    def strict_alone(self, lines: Sequence[bytes], others: Sequence[JsonParser]) -> Tokens | None:
        r"""The same, where the keys of all lines show that no other parser can read one; null where one may.

        A format for records of any keys comes after all others. To ask each of them first takes longer
        than to read the lines.

        Examples
        --------
        >>> from logattr.reading.jsonmap import parse_mapping
        >>> rules = "client ip\nuser user\nhost host"
        >>> one, other = (JsonParser(parse_mapping(f"requires {key}\n{rules}")) for key in ("ip", "id"))
        >>> one.strict_alone([b'{"ip": "192.0.2.1"}'], [other]).rows.tolist()
        [0]
        >>> one.strict_alone([b'{"ip": "192.0.2.1", "id": 1}'], [other]) is None
        True
        """
        if self.mapping.embedded:
            return None
        puller = self._pulled(lines)
        keys = puller.keys
        if not keys or any(other.mapping.may_hold(keys) for other in others):
            return None
        return self._made(puller)

    def _tokens(self, lines: Sequence[bytes]) -> Tokens:
        return self._made(self._pulled(lines))

    def _pulled(self, lines: Sequence[bytes]) -> Puller:
        puller, embedded = Puller(self.mapping.paths), self.mapping.embedded
        if self._may_hold_records(lines):
            puller.pull([_unpacked(line, embedded) for line in lines] if embedded else lines)
        return puller

    def rows(self, lines: Sequence[bytes], how: str) -> list[int]:
        """Positions of the lines that are read in a strict or a loose attempt, without what is in them."""
        puller = self._pulled(lines if how == "strict" else _repaired(lines))
        keep = self.matching(_columns(puller), len(puller.rows))
        return [row for row, kept in zip(puller.rows, keep.tolist(), strict=True) if kept]

    def _made(self, puller: Puller) -> Tokens:
        count, columns = len(puller.rows), _columns(puller)
        keep = self.matching(columns, count)
        if not keep.all():
            columns = {path: column.kept(keep) for path, column in columns.items()}
        return self.tokens(columns, np.array(puller.rows, np.int64)[keep])

    def tokens(
        self, columns: Columns, rows: NDArray[np.int64], wanted: AbstractSet[str] | None = None
    ) -> Tokens:
        """Tokens of records that hold what is required.

        Parameters
        ----------
        columns
            The values of each path, one per record.
        rows
            Positions of the records.
        wanted
            Events columns that are wanted; null: all.
        """
        if not len(rows):
            return Tokens((), np.zeros(0, np.int64), ())
        rules = [one for one in self.mapping.rules if wanted is None or fills(one.field, wanted | {"time"})]
        made = [(rule.field, self._column(rule, columns)) for rule in rules]
        # What no record holds is no column: then it is as if the format did not know it.
        filled = [(field, column) for field, column in made if column is not None]
        if self._splits_requests:
            filled = with_split_requests(filled, len(rows))
        return Tokens(tuple(field for field, _ in filled), rows, tuple(column for _, column in filled))

    def _may_hold_records(self, lines: Sequence[bytes]) -> bool:
        """Whether every required key occurs somewhere: spares other formats' lines the decoding."""
        if not any(line.lstrip().startswith(b"{") for line in lines):
            return False
        return self.may_read(b"\n".join(lines[:_FEW])) or self.may_read(b"\n".join(lines))

    def may_read(self, data: bytes) -> bool:
        """Whether every required key occurs somewhere in a block."""
        return all(any(key in data for key in row) for row in self._needed)

    @property
    def is_flat(self) -> bool:
        """Whether no value is a text that holds JSON, which only the slow way reads."""
        return not self.mapping.embedded

    def matching(self, columns: Columns, count: int) -> NDArray[np.bool_]:
        """Which records hold all that is required."""
        keep = np.ones(count, np.bool_)
        for row in self.mapping.requires:
            any_of = np.zeros(count, np.bool_)
            for condition in row:
                any_of |= _fitting(columns[condition.path], condition)
                if any_of.all():
                    break
            keep &= any_of
        return keep

    def _column(self, rule: Rule, columns: Columns) -> Encoded | Typed | None:
        """The first alternative that holds something, row by row but by code; null where none does."""
        result: Encoded | None = None
        there = [source for source in rule.sources if not all(columns[path].is_absent for path in source)]
        for source in there:
            if result is None and (read := self._typed(rule, source, columns, alone=len(there) == 1)):
                return read
            found = self._converted(rule, source, columns)
            missing = missing_of(found.values)
            if missing.all():
                continue
            if result is not None:
                found = first_of(result, found)
                missing = missing_of(found.values)
            result = found
            if not missing.any():
                break
        return result

    def _typed(self, rule: Rule, source: tuple[Path, ...], columns: Columns, *, alone: bool) -> Typed | None:
        """A column of plain numbers or times, converted; null for any other."""
        kind, name = KINDS[rule.kind], rule.field.column
        # Words that mean nothing may be numbers.
        if len(source) > 1 or name not in _TYPED_COLUMNS or self.mapping.nulls:
            return None
        if (name == "status") != (kind.reads == "status") or (name == "time") != kind.reads.endswith("times"):
            return None
        read = columns[source[0]].typed(kind, may_miss=alone)
        # Only durations have fractions.
        fits = read is not None and (name == "duration_ms" or read.values.dtype == np.int64)
        return read if fits else None

    def _converted(self, rule: Rule, source: tuple[Path, ...], columns: Columns) -> Encoded:
        kind, nulls = KINDS[rule.kind], NOTHING | self.mapping.nulls
        if len(source) == 1:
            return columns[source[0]].texts(kind, nulls)
        parts = [columns[path].encoded for path in source]
        stacked = np.stack([part.codes for part in parts], axis=1)
        distinct, inverse = np.unique(stacked, axis=0, return_inverse=True)
        raws = [
            _joined([part.values[code] for part, code in zip(parts, row, strict=True)]) for row in distinct
        ]
        values = [kind.convert(raw) for raw in raws]
        values = [None if value in nulls else value for value in values]
        return Encoded(values, inverse.reshape(-1).astype(np.int32))


def _repaired(lines: Sequence[bytes]) -> list[bytes]:
    return [repair(line) or b"" for line in lines]


def _columns(puller: Puller) -> dict[Path, RawColumn]:
    return {path: RawColumn(parts, len(puller.rows)) for path, parts in puller.parts.items()}


def _joined(raws: list[bytes | None]) -> bytes:
    texts = [text_of(raw or b"") for raw in raws]
    if any(text in NOTHING for text in texts):
        return b""
    return msgspec.json.encode(" ".join(to_text(text or b"") for text in texts))


def _fitting(column: Column, condition: Condition) -> NDArray[np.bool_]:
    """Which records meet a condition."""
    if not condition.pattern:
        return column.present
    encoded = column.encoded
    fits = np.array([_fits(value, condition) for value in encoded.values], np.bool_)
    found: NDArray[np.bool_] = fits[encoded.codes]
    return found


def _unpacked(line: bytes, keys: tuple[str, ...]) -> bytes:
    """A record whose values under some keys are texts of JSON: these become objects."""
    if not any(f'"{key}"'.encode() in line for key in keys):
        return line
    try:
        record = ANY.decode(line)
    except ERRORS:
        return b""
    for key in keys:
        text = text_of(bytes(record[key])) if key in record else None
        if text is not None and text.lstrip()[:1] == b"{":
            record[key] = msgspec.Raw(text)
    return msgspec.json.encode(record)


@lru_cache(maxsize=4)  # every format of the family is asked about the same line in turn
def _record(line: bytes) -> dict[str, msgspec.Raw] | None:
    for text in (line, repair(line)):
        try:
            return ANY.decode(text) if text is not None else None
        except ERRORS:
            continue
    return None


def _follow(record: dict[str, msgspec.Raw], path: Path) -> bytes:
    value = bytes(record.get(path[0], b""))
    for key in path[1:]:
        try:
            value = bytes(ANY.decode(value).get(key, b""))
        except ERRORS:
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
        ANY.decode(line)
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
            keys = list(ANY.decode(line))
        except ERRORS:
            continue
        shown = ", ".join(keys[:12]) + (", ..." if len(keys) > 12 else "")
        return (
            f"JSON records without a client and a request under any known name; their keys are {shown}",
            "an access log",
            "--format FILE.toml with the paths of client, time and request, if it is one; "
            "`logattr formats` lists what is read",
        )
    return None
