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
from logattr.reading.reference import holds_in_order
from logattr.reading.shapes import parse_shape
from logattr.reading.template import KINDS, Template, kind_of, kind_pattern

__all__ = ["candidates", "fitting_shapes", "may_reach"]

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[^{}]+")
_BRACES = {"{{": "{", "}}": "}"}
# Escapes with which a value of a fixed kind may be nothing at all; see :mod:`reference`.
_MAY_BE_EMPTY = frozenset({"json", "none"})
# Fields at the begin of a line that are looked at: more take longer to compile than they save.
_HEAD_FIELDS = 3
# Kinds of times for which no dash can stand.
_TIMES = frozenset({"clf", "clf_local", "clf_wrong_sign", "ctime"})
# Kinds of numbers, which end with a digit, or are the dash that stands for none.
_NUMBERS = frozenset({"integer", "status", "seconds", "milliseconds", "microseconds"})
_END_OF_NUMBER = b"0123456789-"


def candidates(formats: Iterable[Format], lines: Sequence[bytes]) -> list[Format]:
    """The formats that may read one of some lines; the others surely do not.

    Examples
    --------
    >>> from logattr.formats import FORMATS
    >>> some = [FORMATS[name] for name in ("common", "gunicorn", "fastly", "alb", "caddy_json", "iis")]
    >>> line = b'192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326'
    >>> [one.name for one in candidates(some, [line])]
    ['common']
    """
    whole = b"\n".join(lines)
    has_records = any(line.lstrip().startswith(b"{") for line in lines)
    found = []
    for one in formats:
        if one.syntax == "json":
            may = has_records and all(any(key in whole for key in row) for row in required_keys(one.template))
        elif one.syntax == "template":
            may = any(True for _ in _fitting(one, lines, whole))
        elif one.syntax in DIALECTS:
            may = any(may_hold(one, line) for line in lines)
        else:
            may = True
        if may:
            found.append(one)
    return found


def fitting_shapes(format_: Format, lines: Sequence[bytes]) -> Iterator[Template]:
    """Of a format in our own language the shapes that may fit one of some lines, one after the other."""
    return _fitting(format_, lines, b"\n".join(lines))


def _fitting(format_: Format, lines: Sequence[bytes], whole: bytes) -> Iterator[Template]:
    at = 0
    for text in format_.template.split("\n"):
        # Whatever one line holds all of them hold together: most shapes end here.
        if _has_literals(text, whole):
            shape = _shape(text, format_.escapes)
            if shape.may_stand_in(whole) and any(map(shape.may_fit, shape.hopeful(lines))):
                yield parse_shape(text, at, format_.escapes)
        at += len(text) + 1


def _has_literals(text: str, whole: bytes) -> bool:
    """Whether some lines hold the literals of a shape; stops at the first that they do not hold."""
    for match in _PIECE.finditer(text):
        if match[1] == "?":
            return True
        if match[1] is None and _BRACES.get(match[0], match[0]).encode() not in whole:
            return False
    return True


def may_reach(format_: Format, lines: Sequence[bytes], share: float) -> bool:
    """Whether one of some lines may get through this share of a format's fields, told without its reader.

    Examples
    --------
    >>> from logattr.formats import FORMATS
    >>> lines = [b'192.0.2.1 - - nothing else', b"lorem ipsum"]
    >>> [may_reach(FORMATS[name], lines, 0.4) for name in ("gunicorn", "iis", "common")]
    [False, False, True]
    """
    if format_.syntax in DIALECTS:
        return any(may_begin(format_, line) for line in lines)
    if format_.syntax != "template":
        return True
    shapes = [_pieces(text) for text in format_.template.split("\n")]
    fields = [sum(bool(inside) and inside != "?" for _, inside in shape) for shape in shapes]
    enough = share * sum(fields)
    # Of a format with many shapes no single one has enough.
    large = [shape for shape, count in zip(shapes, fields, strict=True) if count >= enough]
    return any(_passed(shape, line) >= enough for shape in large for line in lines)


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
class _Shape:
    """What a line of one shape must hold: literals in this order, one of some words each, times.

    ``head`` is the pattern of its begin, where that is of fixed kinds; ``last`` what its last byte may be,
    where a number stands there.
    """

    head: str
    begins: bytes
    ends: bytes
    last: bytes
    literals: tuple[bytes, ...]
    words: tuple[tuple[bytes, ...], ...]
    times: tuple[Callable[[bytes], object], ...]

    def may_stand_in(self, text: bytes) -> bool:
        """Whether a text holds what a line must."""
        return (
            all(literal in text for literal in self.literals)
            and all(any(word in text for word in words) for words in self.words)
            and all(search(text) for search in self.times)
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
            and self.may_stand_in(line)
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
    # Literal text between fields; nothing at either end where a field stands there.
    literals = [""]
    words: list[tuple[bytes, ...]] = []
    times: list[Callable[[bytes], object]] = []
    for whole, inside in mandatory:
        if inside is None:
            literals[-1] += _BRACES.get(whole, whole)
            continue
        literals.append("")
        kind = kind_of(inside)
        if kind.startswith("=") and escapes not in _MAY_BE_EMPTY:
            words.append(tuple(word.encode() for word in kind[1:].split("|")))
        elif kind in _TIMES and escapes not in _MAY_BE_EMPTY:
            times.append(_searcher(kind))
    ends = "" if marks else literals[-1]
    inside = pieces[-1][1] if pieces and not marks else None
    number = inside is not None and kind_of(inside) in _NUMBERS and escapes not in _MAY_BE_EMPTY
    return _Shape(
        _head(escapes, mandatory),
        literals[0].encode(),
        ends.encode(),
        _END_OF_NUMBER if number else b"",
        tuple(one.encode() for one in literals if one),
        tuple(words),
        tuple(times),
    )


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


@cache
def _searcher(kind: str) -> Callable[[bytes], object]:
    return re.compile(KINDS[kind].encode()).search
