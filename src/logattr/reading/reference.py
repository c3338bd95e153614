"""The reference parser: a template becomes regular expressions, slow and obviously right.

A line is tried strictly first: unquoted values hold no blanks, quoted ones no bare quotes. What is
left is tried loosely, because some writers escape nothing: free texts may then hold anything, but
only where a shortest-first and a longest-first reading agree on every field; otherwise the line
could mean two things, and is a reject.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache

import numpy as np

from logattr.reading.template import KINDS, STARTS, Field, Template, kind_pattern
from logattr.reading.tokens import Tokens, encode

__all__ = ["ONE_CLIENT", "ReferenceParser", "field_pattern", "holds_in_order", "neighbours"]

_BACKSLASH_QUOTES = frozenset({"apache", "nginx", "json", "quotes"})
_QUOTED = r'[^"\\]*(?:\\.[^"\\]*)*'  # `\"` and `\\` inside: Apache, JSON; nginx writes \x22 instead
# Bare quotes inside quotes, but not what looks like the end of one value and the begin of the next.
_LOOSELY_QUOTED = r'(?:(?!" "|" \[\d|\d\] ").)*'
# Of a line that holds two requests, the longest reading takes the last one: so the two differ.
_LOOSE_STATUS = {"strict": "status", "shortest": "status_or_zero", "longest": "only_status"}
_BEHIND = r'(?:(?:[A-Za-z_][\w.-]*[=:])?"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^ "]+)'
#: A client before a blank: a comma behind an address says that more of them come.
ONE_CLIENT = "[^ ]*[^ ,]"
_LIST = r"[^ ,\[\]]+(?:, ?[^ ,\[\]]+)*"  # `a, b, c`: a forwarded list in the address column
# Inside a user, an address and a log name, or at its end the `-` of nobody: there are columns in front, and
# who is named there is no user.
_NO_USER = rf'(?![^"\[]*?(?<![^ ,])(?:{KINDS["address"]}) - |[^"\[]+ - \[)'


class ReferenceParser:
    """Reads lines by the regular expressions of one template.

    Parameters
    ----------
    template
        Literals and fields.

    Examples
    --------
    >>> from logattr.reading.template import parse_template
    >>> tokens = ReferenceParser(parse_template("{client} {status}")).strict([b"192.0.2.1 200", b"?"])
    >>> tokens.rows.tolist(), [column.values for column in tokens.columns]
    ([0], [[b'192.0.2.1'], [b'200']])
    """

    def __init__(self, template: Template) -> None:
        self.template = template
        self._literals = _mandatory_literals(template)
        first, last = template.items[0], template.items[-1]
        self._first = first.encode() if isinstance(first, str) else b""
        self._last = last.encode() if isinstance(last, str) and template.optional_from is None else b""
        #: What is quickest to look for in a line that is none of the template's.
        self.longest_literal = max(self._literals, key=len, default=b"")
        self._nothing = Tokens(template.fields, np.zeros(0, np.int64), (encode(()),) * len(template.fields))
        self._patterns: dict[str, re.Pattern[bytes]] = {}
        self._heads: dict[int, re.Pattern[bytes]] = {}

    def strict(self, lines: Sequence[bytes]) -> Tokens:
        """The lines that follow the format to the letter."""
        return self._collect(self._strict(lines))

    def loose(self, lines: Sequence[bytes]) -> Tokens:
        """The lines that follow it but for bare quotes or blanks, and can be read in one way only."""
        return self._collect(self._loose(lines))

    def rows(self, lines: Sequence[bytes], how: str) -> list[int]:
        """Positions of the lines that are read in a strict or a loose attempt, without what is in them."""
        matches = self._strict(lines) if how == "strict" else self._loose(lines)
        return [row for row, match in enumerate(matches) if match is not None]

    def _strict(self, lines: Sequence[bytes]) -> Iterable[re.Match[bytes] | None]:
        # Compiling takes milliseconds: a template whose literals are in no line is not worth it.
        if not any(map(self._may_fit, lines)):
            return ()
        return map(self._pattern("strict").fullmatch, lines)

    def _loose(self, lines: Sequence[bytes]) -> Iterator[re.Match[bytes] | None]:
        if not any(map(self._may_fit, lines)) or not self._has_loose_reading:
            return
        shortest, longest = self._pattern("shortest"), self._pattern("longest")
        for line in lines:
            tried = len(line) <= _LOOSE_BYTES and self._may_fit(line)
            found = shortest.fullmatch(line) if tried else None
            again = longest.fullmatch(line) if found else None
            yield found if found and again and found.regs == again.regs else None

    def progress(self, line: bytes) -> tuple[int, Field | None]:
        """How many fields a line gets through, and the first that it does not fit (null: all fit)."""
        text = line[:_LOOSE_BYTES]
        number = 0
        for index, item in enumerate(self.template.items[: self.template.optional_from]):
            if isinstance(item, Field) and item.kind != "tail":
                if self._head(index).match(text) is None:
                    return number, item
                number += 1
        return number, None

    def passes(self, line: bytes, number: int) -> bool:
        """Whether a line gets through so many fields: one expression, where :meth:`progress` makes many."""
        at = [index for index, item in enumerate(self.template.items) if isinstance(item, Field)][number - 1]
        return self._head(at).match(line[:_LOOSE_BYTES]) is not None

    def _pattern(self, mode: str) -> re.Pattern[bytes]:
        """A pattern of the whole template, looked for once: to compare templates takes longer than a line."""
        if mode not in self._patterns:
            self._patterns[mode] = _compiled(self.template, mode)
        return self._patterns[mode]

    @cached_property
    def _has_loose_reading(self) -> bool:
        return _pattern(self.template, "shortest") != _pattern(self.template, "strict")

    def _head(self, index: int) -> re.Pattern[bytes]:
        """The pattern of the line up to the end of an item; compiled when it is asked for, by any thread."""
        if index not in self._heads:
            head = Template(self.template.items[: index + 2], self.template.escapes)
            self._heads[index] = _compiled(head, "strict")
        return self._heads[index]

    def _may_fit(self, line: bytes) -> bool:
        """Whether a line holds the template's literals in order: necessary, cheap, and not sufficient."""
        return holds_in_order(line, self._first, self._literals, self._last)

    def _collect(self, matches: Iterable[re.Match[bytes] | None]) -> Tokens:
        rows: list[int] = []
        groups: list[tuple[bytes | None, ...]] = []
        for row, match in enumerate(matches):
            if match is not None:
                rows.append(row)
                groups.append(match.groups())
        if not rows:
            return self._nothing
        columns = zip(*groups, strict=True)
        return Tokens(self.template.fields, np.array(rows, np.int64), tuple(map(encode, columns)))


# A loose reading tries every place where a text could end: quadratic in the length of the line, so
# only lines up to the usual limit of a request line (8 KiB) are tried.
_LOOSE_BYTES = 8 << 10


@lru_cache(maxsize=2048)
def _compiled(template: Template, mode: str) -> re.Pattern[bytes]:
    return re.compile(_pattern(template, mode).encode(), re.DOTALL)


def _mandatory_literals(template: Template) -> tuple[bytes, ...]:
    items = template.items[: template.optional_from]
    return tuple(item.encode() for item in items if isinstance(item, str))


def _pattern(template: Template, mode: str) -> str:
    """One group per field. ``mode``: strict, or shortest- or longest-first for free texts."""
    items = template.items
    out: list[str] = []
    for index, item in enumerate(items):
        optional = template.optional_from is not None and index >= template.optional_from
        if isinstance(item, str):
            out.append(("(?:" if optional else "") + re.escape(item))
        else:
            out.append(f"({field_pattern(template, index, mode)})")
    if template.optional_from is not None:
        missing = sum(isinstance(item, str) for item in items[template.optional_from :])
        out.append(")?" * missing)
    return "".join(out)


def holds_in_order(line: bytes, first: bytes, literals: Iterable[bytes], last: bytes) -> bool:
    """Whether a line begins and ends so, and holds some literals one behind the other.

    Examples
    --------
    >>> holds_in_order(b"[a] b", b"[", [b"[", b"] "], b""), holds_in_order(b"] [", b"", [b"[", b"]"], b"")
    (True, False)
    """
    if not line.startswith(first) or not line.endswith(last):
        return False
    at = 0
    for literal in literals:
        at = line.find(literal, at)
        if at < 0:
            return False
        at += len(literal)
    return True


def neighbours(items: Sequence[str | Field], index: int) -> tuple[str, str]:
    """The literal before a field, and the one behind it, or how the field behind it begins.

    Examples
    --------
    >>> neighbours(["[", Field("time", "time", "clf"), "] "], 1)
    ('[', '] ')
    """
    before = items[index - 1] if index else ""
    behind = items[index + 1] if index + 1 < len(items) else ""
    return (
        before if isinstance(before, str) else "",
        STARTS.get(behind.kind, "") if isinstance(behind, Field) else behind,
    )


def field_pattern(template: Template, index: int, mode: str) -> str:
    r"""The pattern of the field that is the item ``index`` of a template.

    Examples
    --------
    >>> from logattr.reading.template import parse_template
    >>> field_pattern(parse_template("{client} {status}"), 2, "strict")
    '\\d{3}|-|'
    """
    field = template.items[index]
    if isinstance(field, str):
        raise TypeError(field)
    return _field_pattern(field, *neighbours(template.items, index), mode, template.escapes)


def _field_pattern(field: Field, before: str, after: str, mode: str, escapes: str) -> str:
    """The pattern of one field between two literals."""
    if field.kind.startswith("strftime:"):
        from logattr.reading.times import strftime_pattern

        return re.sub(r"\(\?P<\w+>", "(?:", strftime_pattern(field.kind.removeprefix("strftime:"))) + "|-"
    if field.kind == "tail":
        return rf"(?: {_BEHIND})*" if mode == "strict" else ""
    if fixed := kind_pattern(_LOOSE_STATUS[mode] if field.kind == "status" else field.kind):
        # nginx's escape=json writes nothing for a number that is missing.
        return fixed + ("|" if escapes in {"json", "none"} else "")
    if mode != "strict" and field.kind != "client":
        return _loose_text(field, before, after, lazy="?" if mode == "shortest" else "")
    if field.kind == "quoted":
        return f'"{_inside_quotes(escapes)}"|-'
    return _closed(field, before, after, escapes, strict=mode == "strict")


def _loose_text(field: Field, before: str, after: str, *, lazy: str) -> str:
    """A free text whose writer escapes nothing."""
    if field.kind == "quoted":
        return f'"{_LOOSELY_QUOTED + lazy}"|-'
    if field.column == "user" and not before.endswith('"'):
        # A quote there is the begin of a request: two lines in one, or a user who makes up a line.
        return f'{_NO_USER}[^"]*{lazy}|""'
    return (_LOOSELY_QUOTED if before.endswith('"') and after.startswith('"') else ".*") + lazy


def _inside_quotes(escapes: str) -> str:
    return _QUOTED if escapes in _BACKSLASH_QUOTES else '[^"]*'


def _closed(field: Field, before: str, after: str, escapes: str, *, strict: bool) -> str:
    """A text that ends where the first character of the literal behind it comes."""
    if before.endswith('"') and after.startswith('"'):
        return _inside_quotes(escapes)
    if field.kind == "client" and after[:1] in {"", " "}:
        return ONE_CLIENT if strict else _LIST
    if field.kind == "client" and not after.startswith("]"):
        return "[^ ]+?"  # an IPv6 address holds the colon that may stand behind it
    if not after:
        return ".*"
    stop = re.escape(after[0])
    if before.endswith('"'):
        return rf'(?:[^"\\{stop}]|\\.)*'
    return f"[^{stop}]" + ("+" if after[0] == " " and escapes != "none" else "*")
