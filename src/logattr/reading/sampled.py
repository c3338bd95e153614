"""Some lines of a file, and what is asked about them again and again: each answer is found once.

All answers are about what some line must hold to be read, so that one look at all lines together, or at one
of many that are alike, rules out a shape for all of them.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from functools import cached_property

from logattr.reading.reference import holds_in_order

__all__ = ["Sample", "masked"]

_HEAD_BYTES = 32  # a date and a time with all its digits
_LETTERS_AND_DIGITS = (string.ascii_letters + string.digits).encode()
_MASK = bytes.maketrans(_LETTERS_AND_DIGITS, b"a" * 52 + b"0" * 10)


def masked(text: bytes) -> bytes:
    """The text with ``0`` for every digit and ``a`` for every letter.

    Examples
    --------
    >>> masked(b"[10/Jan/2024]")
    b'[00/aaa/0000]'
    """
    return text.translate(_MASK)


class Sample:
    """Some lines without line ends.

    Examples
    --------
    >>> sample = Sample([b'a "b" 1', b'[c] "d" 2'])
    >>> sample.holds(b"] "), sample.may_hold_in_order((b'" ', b"[")), sample.starts(b"[")
    (True, False, frozenset({b'c]'}))
    """

    def __init__(self, lines: Sequence[bytes]) -> None:
        self.lines = lines
        self.whole = b"\n".join(lines)
        self._held: dict[bytes | str, bool] = {}
        self._in_order: dict[tuple[bytes, ...], bool] = {}
        self._most: dict[bytes, int] = {}
        self._starts: dict[bytes, frozenset[bytes]] = {}

    @cached_property
    def masked(self) -> bytes:
        """All lines with their letters and digits masked."""
        return masked(self.whole)

    @cached_property
    def has_records(self) -> bool:
        """Whether a line begins as a JSON object."""
        return any(line.lstrip().startswith(b"{") for line in self.lines)

    @cached_property
    def alike(self) -> dict[bytes, int]:
        """One line of each kind, and how many there are of it: they differ in letters and digits only."""
        kinds: dict[bytes, list[bytes]] = {}
        for line in self.lines:
            kinds.setdefault(line.translate(None, _LETTERS_AND_DIGITS), []).append(line)
        return {lines[0]: len(lines) for lines in kinds.values()}

    @cached_property
    def _marks(self) -> tuple[bytes, ...]:
        """Distinct lines without their letters and digits: of most logs there are few."""
        return tuple({line.translate(None, _LETTERS_AND_DIGITS) for line in self.lines})

    @cached_property
    def heads(self) -> tuple[bytes, ...]:
        """Distinct begins of the lines, masked."""
        return tuple({masked(line[:_HEAD_BYTES]) for line in self.lines})

    def begins(self, marks: Sequence[bytes]) -> bool:
        """Whether a line begins with one of some marks."""
        return any(self.whole.startswith(mark) or self.holds(b"\n" + mark) for mark in marks)

    def most(self, mark: bytes) -> int:
        """How often a mark stands in the line that has most of it."""
        if mark not in self._most:
            self._most[mark] = max((line.count(mark) for line in self.lines), default=0)
        return self._most[mark]

    def holds(self, literal: bytes | str) -> bool:
        """Whether a line holds some bytes."""
        found = self._held.get(literal)
        if found is None:
            found = (literal if isinstance(literal, bytes) else literal.encode()) in self.whole
            self._held[literal] = found
        return found

    def may_hold_in_order(self, literals: Sequence[bytes]) -> bool:
        """Whether a line may hold these one behind the other: told without letters and digits."""
        marks = tuple(filter(None, (one.translate(None, _LETTERS_AND_DIGITS) for one in literals)))
        found = self._in_order.get(marks)
        if found is None:
            found = any(holds_in_order(line, b"", marks, b"") for line in self._marks)
            self._in_order[marks] = found
        return found

    def starts(self, begin: bytes) -> frozenset[bytes]:
        """Up to the next blank, what stands behind the begin of lines that begin so."""
        found = self._starts.get(begin)
        if found is None:
            size = len(begin)
            heads = (line[size : size + 64] for line in self.lines if line.startswith(begin))
            found = self._starts[begin] = frozenset(head.partition(b" ")[0] for head in heads)
        return found
