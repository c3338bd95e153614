"""Formats whose lines have several shapes: one template each, tried in turn, read as one table.

A file server writes one shape per kind of event, a proxy another for connections that failed. The
fields of all shapes stand side by side; what a line's shape does not have is null.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from logattr.reading.reference import ReferenceParser
from logattr.reading.template import Field, Template, parse_template
from logattr.reading.tokens import Encoded, Tokens, encode

__all__ = ["ShapesParser", "parse_shape", "parse_shapes"]


def parse_shapes(text: str, *, escapes: str = "none") -> tuple[Template, ...]:
    r"""Read templates that are separated by line breaks; positions count from the start of the text.

    Examples
    --------
    >>> [field.position for one in parse_shapes("{client} in\n{client} out") for field in one.fields]
    [1, 13]
    """
    shapes, at = [], 0
    for line in text.split("\n"):
        shapes.append(parse_shape(line, at, escapes))
        at += len(line) + 1
    return tuple(shapes)


@lru_cache(maxsize=1024)
def parse_shape(line: str, at: int, escapes: str) -> Template:
    """Read one of several templates, which begins somewhere in the whole text."""
    one = parse_template(line, escapes=escapes)
    items = tuple(
        item if isinstance(item, str) else Field(item.name, item.column, item.kind, item.position + at)
        for item in one.items
    )
    return Template(items, escapes, one.optional_from)


class ShapesParser:
    r"""Reads each line by the first shape that fits.

    Parameters
    ----------
    shapes
        Templates, the special before the general.

    Attributes
    ----------
    template
        All shapes with line breaks between them: for documents and messages, not for reading.
    first
        The shape that is tried first.

    Examples
    --------
    >>> parser = ShapesParser(parse_shapes("{client} got {object_key}\n{client} left"))
    >>> tokens = parser.strict([b"192.0.2.1 got a", b"192.0.2.1 left"])
    >>> [field.name for field in tokens.fields], tokens.columns[1].expand()
    (['client', 'object_key'], [b'a', None])
    """

    def __init__(self, shapes: Sequence[Template]) -> None:
        items: list[str | Field] = []
        for shape in shapes:
            items += ["\n", *shape.items] if items else shape.items
        self.template = Template(tuple(items), shapes[0].escapes)
        self.first = shapes[0]
        self._parsers = [ReferenceParser(shape) for shape in shapes]
        # The same field of two shapes is one column; times and numbers of different kinds are not.
        self._keys = list(dict.fromkeys(_key(field) for field in self.template.fields))
        by_key: dict[tuple[str, str], Field] = {}
        for field in self.template.fields:
            by_key.setdefault(_key(field), field)
        self._fields = tuple(by_key.values())
        self._nothing = Tokens(self._fields, np.zeros(0, np.int64), (encode(()),) * len(self._fields))

    def strict(self, lines: Sequence[bytes]) -> Tokens:
        """The lines that follow one of the shapes to the letter."""
        return self._read(lines, "strict")

    def loose(self, lines: Sequence[bytes]) -> Tokens:
        """The lines that follow one of the shapes but for bare quotes or blanks."""
        return self._read(lines, "loose")

    def progress(self, line: bytes) -> tuple[int, Field | None]:
        """How far the shape gets that gets furthest."""
        return max((parser.progress(line) for parser in self._parsers), key=lambda found: found[0])

    def _read(self, lines: Sequence[bytes], how: str) -> Tokens:
        # Most shapes share their longest literal, and most lines that no shape fits do not hold it.
        holding = {
            literal: [row for row, line in enumerate(lines) if literal in line]
            for literal in {parser.longest_literal for parser in self._parsers}
        }
        if not any(holding.values()):
            return self._nothing
        left = np.ones(len(lines), np.bool_)
        parts: list[tuple[NDArray[np.int64], Tokens]] = []
        for parser in self._parsers:
            tried = np.array(holding[parser.longest_literal], np.int64)
            tried = tried[left[tried]]
            if not len(tried):
                continue
            found: Tokens = getattr(parser, how)([lines[row] for row in tried.tolist()])
            if len(found.rows):
                parts.append((tried[found.rows], found))
                left[tried[found.rows]] = False
        if not parts:
            return self._nothing
        rows = np.sort(np.concatenate([own for own, _ in parts]))
        columns = tuple(self._column(key, rows, parts) for key in self._keys)
        return Tokens(self._fields, rows, columns)

    def _column(
        self,
        key: tuple[str, str],
        rows: NDArray[np.int64],
        parts: Sequence[tuple[NDArray[np.int64], Tokens]],
    ) -> Encoded:
        values: list[bytes | None] = [None] * len(rows)
        for own, tokens in parts:
            for field, column in zip(tokens.fields, tokens.columns, strict=True):
                if _key(field) == key and isinstance(column, Encoded):
                    for row, value in zip(np.searchsorted(rows, own).tolist(), column.expand(), strict=True):
                        values[row] = value
        return encode(values)


def _key(field: Field) -> tuple[str, str]:
    """What makes two fields the same column: the name, and for times and durations the kind."""
    return field.name, field.kind if field.column in {"time", "duration_ms"} else ""
