r"""Which formats may read some lines: told from the text of a format's template, before its reader is made.

To make ninety readers and to compile their expressions takes longer than detection may; nearly all of them
cannot read the lines at hand. What is tested here is necessary for reading a line, strictly or loosely,
and never sufficient: detection finds the same with and without it, only later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from logattr.formats.model import Format
from logattr.reading.dialects import DIALECTS, may_begin, may_hold
from logattr.reading.jsonmap import required_keys
from logattr.reading.misfits import column_pattern
from logattr.reading.reference import holds_in_order
from logattr.reading.sampled import Sample, masked
from logattr.reading.sftp import MARKS
from logattr.reading.shapes import parse_shape
from logattr.reading.template import Field, Template, kind_of, kind_pattern

__all__ = ["candidates", "fitting_shapes", "may_reach", "reach"]

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[^{}]+")
_BRACES = {"{{": "{", "}}": "}"}
# Escapes with which a value of a fixed kind may be nothing at all; see :mod:`reference`.
_MAY_BE_EMPTY = frozenset({"json", "none"})
# Fields at the begin of a line that are looked at: more take longer to compile than they save.
_HEAD_FIELDS = 3
# Kinds of times for which no dash can stand: what is in them, masked.
_TIMES = {
    "clf": b"00/aaa/0000:00:00:00 ",
    "clf_local": b"00/aaa/0000:00:00:00",
    "clf_wrong_sign": b"00/aaa/0000:00:00:00 ",
    "ctime": b" 00:00:00 0000",
}
# Kinds of numbers, which end with a digit, or are the dash that stands for none.
_NUMBERS = frozenset({"integer", "status", "seconds", "milliseconds", "microseconds"})
_END_OF_NUMBER = b"0123456789-"


def _begins_with_date(text: bytes) -> bool:
    return text[:1] == b"-" or (text[4:5] == b"-" and text[:4].isdigit())


def _begins_with_digit(text: bytes) -> bool:
    return text[:1].isdigit()


def _begins_with_capital(text: bytes) -> bool:
    return text[:1].isupper()


# Kind of a first field -> whether what stands there begins like one; of other kinds a blank ends the value.
_FIRST: dict[str, Callable[[bytes], object]] = {
    **dict.fromkeys(("clf", "clf_local", "clf_wrong_sign"), _begins_with_digit),
    **dict.fromkeys(("iso8601", "iso8601_utc"), _begins_with_date),
    "ctime": _begins_with_capital,
}
# Kinds of which, before a blank, a value is one word; and times of fixed form with more than one.
_WORDS = frozenset(
    {
        *("address", "address_or_nothing", "host_name", "dotted", "dotted_name", "host", "client"),
        *("epoch_seconds", "epoch_milliseconds", "epoch_microseconds"),
        *("seconds", "milliseconds", "microseconds"),
        *("text", "word", "token", "integer", "status", "hex", "method", "request_id_16", "request_id_32"),
    }
)
_LONG_TIMES = frozenset({"clf", "clf_bracketed", "clf_local", "iso8601", "iso8601_utc", "ctime", "timestamp"})
# Languages of servers: what stands for a value in their format strings.
_DIRECTIVES = {"apache": r"%[<>!,\d]*(?:\{[^}]*\})?\^?[A-Za-z]", "nginx": r"\$\w+"}


def candidates(formats: Iterable[Format], lines: Sequence[bytes] | Sample) -> list[Format]:
    """The formats that may read one of some lines; the others surely do not.

    Examples
    --------
    >>> from logattr.formats import FORMATS
    >>> some = [FORMATS[name] for name in ("common", "gunicorn", "fastly", "alb", "caddy_json", "iis")]
    >>> line = b'192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326'
    >>> [one.name for one in candidates(some, [line])]
    ['common']
    """
    sample = lines if isinstance(lines, Sample) else Sample(lines)
    return [one for one in formats if _may_read(one, sample)]


def _may_read(format_: Format, sample: Sample) -> bool:
    if format_.syntax == "json":
        if not sample.has_records:
            return False
        return all(any(map(sample.holds, row)) for row in required_keys(format_.template))
    if format_.syntax == "template":
        return any(True for _ in fitting_shapes(format_, sample))
    if format_.syntax in DIALECTS:
        return may_hold(format_, sample)
    if format_.syntax in _DIRECTIVES:
        literals = _between_directives(format_.template, format_.syntax)
        return all(map(sample.holds, literals)) and sample.may_hold_in_order(literals)
    return any(map(sample.holds, MARKS)) if format_.syntax == "sftp" else True


def fitting_shapes(format_: Format, lines: Sequence[bytes] | Sample) -> Iterator[Template]:
    """Of a format in our own language the shapes that may fit one of some lines, one after the other."""
    sample = lines if isinstance(lines, Sample) else Sample(lines)
    at = 0
    for text in format_.template.split("\n"):
        # Whatever one line holds all of them hold together: most shapes end here.
        if _has_literals(text, sample) and sample.may_hold_in_order(_literals(text)):
            shape = _shape(text, format_.escapes)
            if shape.may_stand_in(sample) and any(map(shape.may_fit, shape.hopeful(sample.lines))):
                yield parse_shape(text, at, format_.escapes)
        at += len(text) + 1


@cache
def _between_directives(text: str, syntax: str) -> tuple[bytes, ...]:
    """What stands between the directives or variables of a server's own format string."""
    return tuple(part.encode() for part in re.split(_DIRECTIVES[syntax], text) if part)


def _has_literals(text: str, sample: Sample) -> bool:
    """Whether some lines hold together the literals of a shape; stops at the first that they do not hold."""
    for part in text.split("{"):
        if part.startswith("?}"):
            break
        literal = part.rpartition("}")[2]
        if literal and not sample.holds(literal):
            return False
    return True


@cache
def _literals(text: str) -> tuple[bytes, ...]:
    """The literals of a shape that every line of it holds, in their order."""
    text = text.partition("{?}")[0]
    if "{{" in text or "}}" in text:
        return _shape(text, "").literals
    return tuple(part.rpartition("}")[2].encode() for part in text.split("{") if part[-1:] not in {"", "}"})


def may_reach(format_: Format, lines: Sequence[bytes] | Sample, share: float) -> bool:
    """Whether one of some lines may get through this share of a format's fields, told without its reader.

    Examples
    --------
    >>> from logattr.formats import FORMATS
    >>> lines = [b'192.0.2.1 - - nothing else', b"lorem ipsum"]
    >>> [may_reach(FORMATS[name], lines, 0.4) for name in ("gunicorn", "iis", "common")]
    [False, False, True]
    """
    sample = lines if isinstance(lines, Sample) else Sample(lines)
    if format_.syntax in DIALECTS:
        return may_begin(format_, sample, share)
    if format_.syntax != "template":
        return True
    shapes = format_.template.split("\n")
    fields = [text.count("{") - 2 * text.count("{{") - text.count("{?}") for text in shapes]
    enough = share * sum(fields)
    # Of a format with many shapes no single one has enough.
    large = [_items(text) for text, count in zip(shapes, fields, strict=True) if count >= enough]
    may_miss = format_.escapes in _MAY_BE_EMPTY
    return any(reach(items, line, may_miss=may_miss) >= enough for items in large for line in sample.lines)


def reach(items: Iterable[str | Field], line: bytes, *, may_miss: bool = False) -> int:
    """The most fields that a line may get through, told by literals and the kinds of the first fields.

    Parameters
    ----------
    items
        Literals and fields, as of a template.
    line
        The line.
    may_miss
        Whether a value may be nothing at all.

    Examples
    --------
    >>> from logattr.reading.template import parse_template
    >>> items = parse_template("{client} {status} {user}|{host}").items
    >>> reach(items, b"192.0.2.1 404 kim|"), reach(items, b"lorem ipsum"), reach(items, b"192.0.2.1 404 kim")
    (4, 1, 2)
    """
    at = passed = 0
    # The fields since the last literal; and whether it is known where they begin.
    pending: list[str] = []
    known = True
    quoted = False
    for item in items:
        if isinstance(item, Field):
            pending.append(item.kind)
            continue
        literal = item.encode()
        end = -1
        if known and not pending:
            end = at if line.startswith(literal, at) else -2
        elif known and len(pending) == 1 and not quoted:
            end = _end_of_field(pending[0], literal, line, at, may_miss=may_miss)
        known = end >= 0
        if end == -1:
            end = line.find(literal, at)
        if end < 0:
            # Of fields with nothing between them all but the last may be there.
            return passed + max(0, len(pending) - 1)
        at, quoted = end + len(literal), item.endswith('"')
        passed, pending = passed + len(pending), []
    return passed + len(pending)


def _end_of_field(kind: str, literal: bytes, line: bytes, at: int, *, may_miss: bool) -> int:
    """Where a field ends that begins at a place; -1: it is not known; -2: it does not end."""
    if may_miss and line.startswith(literal, at):
        return -1
    pattern = column_pattern(Field("", None, kind))
    if literal[:1] == b" " and kind in _WORDS:
        end = line.find(b" ", at)
        fits = end >= 0 and line.startswith(literal, end)
        return end if fits and (pattern is None or pattern.fullmatch(line, at, end)) else -2
    if kind not in _LONG_TIMES or pattern is None:
        return -1
    match = pattern.match(line, at)
    if match is None:
        return -2
    return match.end() if line.startswith(literal, match.end()) else -1


@cache
def _items(text: str) -> tuple[str | Field, ...]:
    """Literals and fields of a shape, without what may be missing at the end."""
    pieces = _pieces(text)
    marks = [at for at, (_, inside) in enumerate(pieces) if inside == "?"]
    return tuple(
        _BRACES.get(whole, whole) if inside is None else Field("", None, kind_of(inside))
        for whole, inside in (pieces[: marks[0]] if marks else pieces)
    )


@dataclass(frozen=True, slots=True)
class _First:
    """What is asked of the first field: ``begins`` of its text, or else of its whole first word.

    ``instead`` may stand there where the value may be nothing at all.
    """

    begins: Callable[[bytes], object]
    instead: bytes

    def may_stand(self, starts: Iterable[bytes]) -> bool:
        """Whether one of some texts may be the value."""
        if any(map(self.begins, starts)):
            return True
        return bool(self.instead) and any(text.startswith(self.instead) or not text for text in starts)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a line of one shape must hold: literals in this order, one of some words each, times.

    ``first`` is what the first field is asked, where it is of a kind that shows by how it begins, and
    ``head`` the pattern of the begin, where that is of fixed kinds; ``last`` what its last byte may be, where
    a number stands there.
    """

    first: _First | None
    head: str
    begins: bytes
    ends: bytes
    last: bytes
    literals: tuple[bytes, ...]
    words: tuple[tuple[bytes, ...], ...]
    times: tuple[bytes, ...]

    def may_stand_in(self, sample: Sample) -> bool:
        """Whether some lines hold together what a line must."""
        starts = sample.starts(self.begins)
        return (
            bool(starts)
            and (self.first is None or self.first.may_stand(starts))
            and all(any(map(sample.holds, words)) for words in self.words)
            and all(time in sample.masked for time in self.times)
        )

    def hopeful(self, lines: Sequence[bytes]) -> list[bytes]:
        """The lines that hold the longest of the literals: quicker told than whether they hold all."""
        longest = max(self.literals, key=len, default=b"")
        return [line for line in lines if longest in line]

    def may_fit(self, line: bytes) -> bool:
        """Whether a line holds it, and the literals in their order."""
        return (
            (not self.last or line[-1:] in self.last)
            and holds_in_order(line, self.begins, self.literals, self.ends)
            and all(any(word in line for word in words) for words in self.words)
            and (not self.times or all(time in masked(line) for time in self.times))
            and (not self.head or _matcher(self.head)(line) is not None)
        )


@cache
def _pieces(text: str) -> tuple[tuple[str, str | None], ...]:
    """Literals, with nothing, and fields, with what stands between their braces."""
    return tuple((match[0], match[1]) for match in _PIECE.finditer(text))


@cache
def _shape(text: str, escapes: str) -> _Shape:
    pieces = _pieces(text)
    marks = [at for at, (_, inside) in enumerate(pieces) if inside == "?"]
    mandatory = pieces[: marks[0]] if marks else pieces
    never_empty = escapes not in _MAY_BE_EMPTY
    # Literal text between fields; nothing at either end where a field stands there.
    literals = [""]
    words: list[tuple[bytes, ...]] = []
    times: list[bytes] = []
    for whole, inside in mandatory:
        if inside is None:
            literals[-1] += _BRACES.get(whole, whole)
            continue
        literals.append("")
        kind = kind_of(inside)
        if kind.startswith("=") and never_empty:
            words.append(tuple(word.encode() for word in kind[1:].split("|")))
        elif kind in _TIMES and never_empty:
            times.append(_TIMES[kind])
    fields = [kind_of(inside) for _, inside in mandatory if inside is not None]
    ends = "" if marks else literals[-1]
    inside = pieces[-1][1] if pieces and not marks else None
    number = inside is not None and kind_of(inside) in _NUMBERS and never_empty
    return _Shape(
        _first(fields[0], "" if never_empty else literals[1], literals[1]) if fields else None,
        _head(escapes, mandatory),
        literals[0].encode(),
        ends.encode(),
        _END_OF_NUMBER if number else b"",
        tuple(one.encode() for one in literals if one),
        tuple(words),
        tuple(times),
    )


def _first(kind: str, instead: str, behind: str) -> _First | None:
    """What is asked of a first field, by its kind and the literal behind it; null: nothing."""
    begins = _FIRST.get(kind)
    if begins is None and kind in _WORDS and behind.startswith(" "):
        pattern = column_pattern(Field("", None, kind))
        begins = pattern.fullmatch if pattern else None
    return _First(begins, instead[:1].encode()) if begins else None


def _head(escapes: str, pieces: Sequence[tuple[str, str | None]]) -> str:
    """Pattern of the first fields, up to what stands behind the last that is of a fixed kind as they are."""
    missing = "|" if escapes in _MAY_BE_EMPTY else ""
    pattern = head = ""
    fields = 0
    for whole, inside in pieces:
        if inside is None:
            pattern += re.escape(_BRACES.get(whole, whole))
            head = pattern if fields else ""
            continue
        kind = kind_pattern(inside.partition(":")[2])
        if not kind or fields == _HEAD_FIELDS:
            break
        pattern += f"(?:{kind}{missing})"
        fields += 1
    return head


@cache
def _matcher(pattern: str) -> Callable[[bytes], object]:
    return re.compile(pattern.encode(), re.DOTALL).match
