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
from logattr.reading.shapes import parse_shape
from logattr.reading.template import Field, Template, kind_of, kind_pattern

__all__ = ["candidates", "fitting_shapes", "may_reach"]

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
_WORDS = frozenset(
    {"address", "host_name", "dotted_name", "word", "epoch_seconds", "epoch_milliseconds", "integer", "status"}
)
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
        required = required_keys(format_.template)
        return sample.has_records and all(any(map(sample.holds, row)) for row in required)
    if format_.syntax == "template":
        return any(True for _ in fitting_shapes(format_, sample))
    if format_.syntax in DIALECTS:
        return any(may_hold(format_, line) for line in sample.lines)
    if format_.syntax in _DIRECTIVES:
        literals = _between_directives(format_.template, format_.syntax)
        return all(map(sample.holds, literals)) and sample.may_hold_in_order(literals)
    return True


def fitting_shapes(format_: Format, lines: Sequence[bytes] | Sample) -> Iterator[Template]:
    """Of a format in our own language the shapes that may fit one of some lines, one after the other."""
    sample = lines if isinstance(lines, Sample) else Sample(lines)
    at = 0
    for text in format_.template.split("\n"):
        # Whatever one line holds all of them hold together: most shapes end here.
        literals = _literals(text)
        if all(map(sample.holds, literals)) and sample.may_hold_in_order(literals):
            shape = _shape(text, format_.escapes)
            if shape.may_stand_in(sample) and any(map(shape.may_fit, shape.hopeful(sample.lines))):
                yield parse_shape(text, at, format_.escapes)
        at += len(text) + 1


@cache
def _between_directives(text: str, syntax: str) -> tuple[bytes, ...]:
    """What stands between the directives or variables of a server's own format string."""
    return tuple(part.encode() for part in re.split(_DIRECTIVES[syntax], text) if part)


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
        return any(may_begin(format_, line) for line in sample.lines)
    if format_.syntax != "template":
        return True
    texts = format_.template.split("\n")
    shapes = [_pieces(text) for text in texts]
    fields = [sum(bool(inside) and inside != "?" for _, inside in shape) for shape in shapes]
    enough = share * sum(fields)
    # Of a format with many shapes no single one has enough.
    for text, pieces, count in zip(texts, shapes, fields, strict=True):
        if count >= enough and any(_passed(pieces, line) >= enough for line in sample.lines):
            shape = _shape(text, format_.escapes)
            starts = sample.starts(shape.begins)
            if starts and (shape.first is None or shape.first.may_stand(starts)):
                return True
    return False


def _passed(shape: Sequence[tuple[str, str | None]], line: bytes) -> int:
    """Fields of a shape before the first literal that a line does not hold behind the others."""
    at = passed = pending = 0
    for whole, inside in shape:
        if inside:
            pending += inside != "?"
            continue
        literal = _BRACES.get(whole, whole).encode()
        at = line.find(literal, at)
        if at < 0:
            return passed
        at += len(literal)
        passed, pending = passed + pending, 0
    return passed + pending


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

