r"""Which formats may read some lines: told from the text of a format's template, before its reader is made.

To make ninety readers and to compile their expressions takes longer than detection may; nearly all of them
cannot read the lines at hand. What is tested here is necessary for reading a line, strictly or loosely,
and never sufficient: detection finds the same with and without it, only later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from logattr.formats.model import Format
from logattr.reading.jsonmap import required_keys
from logattr.reading.reference import holds_in_order
from logattr.reading.template import KINDS

__all__ = ["candidates"]

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[^{}]+")
_BRACES = {"{{": "{", "}}": "}"}
# Escapes with which a value of a fixed kind may be nothing at all; see :mod:`reference`.
_MAY_BE_EMPTY = frozenset({"json", "none"})
# Kinds of times for which no dash can stand.
_TIMES = frozenset({"clf", "clf_local", "clf_wrong_sign", "ctime"})


def candidates(formats: Iterable[Format], lines: Sequence[bytes]) -> list[Format]:
    """The formats that may read one of some lines; the others surely do not.

    Examples
    --------
    >>> from logattr.formats import FORMATS
    >>> some = [FORMATS[name] for name in ("common", "gunicorn", "fastly", "alb", "caddy_json")]
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
            # Whatever one line holds all of them hold together: most shapes end here.
            shapes = [shape for shape in _shapes(one) if shape.may_stand_in(whole)]
            may = any(shape.may_fit(line) for shape in shapes for line in lines)
        else:
            may = True
        if may:
            found.append(one)
    return found


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a line of one shape must hold: literals in this order, one of some words each, times."""

    begins: bytes
    ends: bytes
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

    def may_fit(self, line: bytes) -> bool:
        """Whether a line holds it, and the literals in their order."""
        in_order = holds_in_order(line, self.begins, self.literals, self.ends)
        return in_order and self.may_stand_in(line)


@cache
def _shapes(format_: Format) -> tuple[_Shape, ...]:
    return tuple(_shape(line, format_.escapes) for line in format_.template.split("\n"))


def _shape(text: str, escapes: str) -> _Shape:
    pieces = [(match[0], match[1]) for match in _PIECE.finditer(text)]
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
        kind = inside.partition(":")[2] or ("clf" if inside == "time" else "")
        if kind.startswith("=") and escapes not in _MAY_BE_EMPTY:
            words.append(tuple(word.encode() for word in kind[1:].split("|")))
        elif kind in _TIMES and escapes not in _MAY_BE_EMPTY:
            times.append(_searcher(kind))
    ends = "" if marks else literals[-1]
    return _Shape(
        literals[0].encode(),
        ends.encode(),
        tuple(one.encode() for one in literals if one),
        tuple(words),
        tuple(times),
    )


@cache
def _searcher(kind: str) -> Callable[[bytes], object]:
    return re.compile(KINDS[kind].encode()).search
