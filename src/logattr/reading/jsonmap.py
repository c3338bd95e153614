r"""The table that says where in a JSON record each column is found.

One row per line: a column, perhaps ``:kind``, and the paths whose values fill it.

.. code-block:: text

    requires   logger = http.log.access* | msg = handled request
    client     request.client_ip | request.remote_ip
    time       ts
    duration_ms:go_duration   duration
    extra.level   level

``|`` takes the first value that is there, ``+`` joins several with a blank. A dot goes one object
down; ``\.`` is a dot inside a key. ``requires`` names what a record must hold to be of the format:
a path, or a path and the pattern of its text (``*`` and ``?`` as in file names); a record must meet
each ``requires`` row, in one of its alternatives. ``extra.NAME`` keeps a value under that name.
``embedded KEY`` says that the value of a key of the record may be a text that holds JSON; ``nulls``
lists words that mean nothing is there, beside the empty text and ``-``. ``time_format`` gives the
strftime format of times that are none of those that :mod:`logattr.reading.timestamps` knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace

from logattr.columns import EVENTS
from logattr.errors import FormatError
from logattr.reading.jsonvalues import KINDS
from logattr.reading.template import Field
from logattr.reading.times import strftime_pattern

__all__ = ["Condition", "Mapping", "Path", "Rule", "parse_mapping", "parse_path", "required_keys"]

Path = tuple[str, ...]

_KIND_OF_COLUMN = {
    "time": "timestamp",
    "status": "status",
    "bytes_sent": "integer",
    "bytes_received": "integer",
    "duration_ms": "milliseconds",
    "forwarded": "list",
}
# Made by the reader itself, not taken from a record.
_NOT_GIVEN = {"source", "line", "offset", "time_zone_known", "format", "extra", "action"} | {
    "client_ip", "client_raw", "client_host", "client_rule", "peer_ip"
}  # fmt: skip
COLUMNS = tuple(
    name
    for name in ("client", "peer", "request", *(column.name for column in EVENTS))
    if name not in _NOT_GIVEN
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A path that must hold a value, and the pattern of its text; an empty pattern fits any."""

    path: Path
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What fills one field: alternatives, each of one path or of several that are joined."""

    field: Field
    kind: str
    sources: tuple[tuple[Path, ...], ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole table."""

    rules: tuple[Rule, ...]
    requires: tuple[tuple[Condition, ...], ...] = ()
    embedded: tuple[str, ...] = ()
    nulls: frozenset[bytes] = field(default_factory=frozenset)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every path that is looked at, once."""
        wanted = [path for rule in self.rules for source in rule.sources for path in source]
        wanted += [condition.path for row in self.requires for condition in row]
        return tuple(dict.fromkeys(wanted))

    def may_hold(self, keys: Set[str]) -> bool:
        """Whether a record with no other keys than these may be of the format."""
        return all(any(condition.path[0] in keys for condition in row) for row in self.requires)


def parse_mapping(text: str) -> Mapping:
    r"""Read a table.

    Parameters
    ----------
    text
        Rows as the module describes them; ``#`` begins a remark.

    Raises
    ------
    FormatError
        If a row cannot be read, a column or kind is unknown, or nothing is mapped; with the row.

    Examples
    --------
    >>> mapping = parse_mapping("client  id\\.orig_h\nstatus  http.status | code")
    >>> [(rule.field.column, rule.kind, rule.sources) for rule in mapping.rules][0]
    ('client', 'text', ((('id.orig_h',),),))
    """
    rules: dict[str, Rule] = {}
    requires: list[tuple[Condition, ...]] = []
    embedded: list[str] = []
    nulls: set[bytes] = set()
    time_format = ""
    for number, line in enumerate(text.splitlines(), 1):
        row = line.strip()
        if not row or row.startswith("#"):
            continue
        name, _, rest = row.partition(" ")
        rest = rest.strip()
        if not rest:
            raise _wrong(number, row, "a column, blanks and at least one path")
        if name == "requires":
            requires.append(tuple(_condition(one, number) for one in rest.split(" | ")))
        elif name == "embedded":
            embedded.append(rest)
        elif name == "time_format":
            strftime_pattern(rest)  # refuses what is none
            time_format = rest
        elif name == "nulls":
            nulls.update(word.encode() for word in rest.split())
        elif name.partition(":")[0] in rules:
            raise _wrong(number, row, "one row per column; ` | ` separates alternatives")
        else:
            rules[name.partition(":")[0]] = _rule(name, rest, number)
    if time_format and "time" in rules:
        made = replace(rules["time"].field, kind=f"strftime:{time_format}")
        rules["time"] = replace(rules["time"], field=made, kind="text")
    mapping = Mapping(tuple(rules.values()), tuple(requires), tuple(embedded), frozenset(nulls))
    _check(mapping)
    return mapping


def required_keys(text: str) -> Iterator[Iterator[bytes]]:
    r"""For each ``requires`` row of a table what must occur in the lines, in one of its alternatives.

    Quicker than :func:`parse_mapping`, for tables that may not be needed at all; one after the other, for
    most lines do not hold the first.

    Examples
    --------
    >>> [list(row) for row in required_keys("requires  http.status | code\nclient  ip")]
    [[b'"status"', b'"code"']]
    """
    rows = [(line.strip().partition(" "), at) for at, line in enumerate(text.splitlines(), 1)]
    # Inside of a text, the quotes are escaped.
    quote = "" if any(name == "embedded" for (name, _, _), _ in rows) else '"'
    for (name, _, rest), at in rows:
        if name == "requires":
            paths = (_condition(one, at).path for one in rest.strip().split(" | "))
            yield (f"{quote}{path[-1]}{quote}".encode() for path in paths)


def _rule(name: str, rest: str, number: int) -> Rule:
    column, _, kind = name.partition(":")
    extra = column.removeprefix("extra.")
    is_extra = extra != column and bool(extra)
    if not is_extra and column not in COLUMNS:
        raise _wrong(
            number, f"{name} {rest}", f"extra.NAME, requires, embedded, nulls, or one of {', '.join(COLUMNS)}"
        )
    kind = kind or _KIND_OF_COLUMN.get(column, "text")
    if kind not in KINDS:
        raise _wrong(number, f"{name} {rest}", f"a kind of {', '.join(KINDS)}")
    sources = tuple(tuple(parse_path(path, number) for path in one.split(" + ")) for one in rest.split(" | "))
    made = Field(
        extra.replace("\\.", ".") if is_extra else column,
        None if is_extra else column,
        KINDS[kind].field_kind,
        number,
    )
    return Rule(made, kind, sources)


def _condition(text: str, number: int) -> Condition:
    path, _, pattern = text.partition(" = ")
    return Condition(parse_path(path, number), pattern.strip())


def parse_path(text: str, number: int = 1) -> Path:
    r"""Keys from the outermost in.

    Examples
    --------
    >>> parse_path(r"http.id\.orig_h")
    ('http', 'id.orig_h')
    """
    plain = tuple(text.strip().split("."))
    if all(plain) and "\\" not in text and '"' not in text and text.isprintable():
        return plain  # as nearly all are
    keys = tuple(re.sub(r"\\(.)", r"\1", key) for key in re.findall(r"(?:[^.\\]|\\.)+", text.strip()))
    if not keys or re.search(r"(?<!\\)\.\.|(?<!\\)\.$|^\.", text.strip()):
        raise _wrong(number, text, "keys with dots between them")
    if any(not key.isprintable() or '"' in key or "\\" in key for key in keys):
        raise _wrong(number, text, "keys without quotes, backslashes and control characters")
    return keys


def _check(mapping: Mapping) -> None:
    if not mapping.rules:
        raise FormatError("a table of JSON paths without a row", "at least one column and its path")
    paths = set(mapping.paths)
    for path in paths:
        for length in range(1, len(path)):
            if path[:length] in paths:
                raise FormatError(
                    f"the path {'.'.join(path[:length])!r} is used as a value, "
                    f"and as an object in {'.'.join(path)!r}",
                    "one of the two",
                )


def _wrong(number: int, row: str, expected: str) -> FormatError:
    return FormatError(f"row {number} of the JSON paths, {row[:200]!r}", expected)
