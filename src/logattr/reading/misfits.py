"""What cannot stand in a column of a row, and how that is said."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from logattr.patterns import lazily
from logattr.reading.names import Layout
from logattr.reading.template import KINDS, Field
from logattr.reading.tokens import Encoded

__all__ = ["column_pattern", "misfit", "row_reason", "without_misfits"]

_PATTERNS = {kind: lazily(text.encode(), re.DOTALL) for kind, text in KINDS.items() if text}


_NOTHING = frozenset({b""})


def column_pattern(one: Field) -> re.Pattern[bytes] | None:
    """Pattern of what stands in a column; null: anything does."""
    return _PATTERNS.get("w3c_date" if one.kind.startswith("strftime:") else one.kind)


def without_misfits(one: Field, column: Encoded) -> tuple[Encoded, NDArray[np.bool_] | None]:
    """A column without what cannot stand in it, and which of its values that are; null: none."""
    pattern = column_pattern(one)
    if pattern is None:
        return column, None
    fits = pattern.fullmatch
    nothing = _NOTHING | ({b"0"} if one.kind == "status" else frozenset())  # IIS, where nothing was answered
    wrong = np.array([v is not None and v not in nothing and not fits(v) for v in column.values], np.bool_)
    if not wrong.any():
        return column, None
    # Their rows will be dropped; what comes after converts every value, used or not.
    values = [None if bad else value for value, bad in zip(column.values, wrong, strict=True)]
    return Encoded(values, column.codes), wrong


def misfit(one: Field, value: bytes) -> bool:
    """Whether a typed column holds what it cannot; nothing at all is null, as `-` is."""
    pattern = column_pattern(one)
    return pattern is not None and bool(value) and pattern.fullmatch(value) is None


_SAID = {
    "verb": "method",
    "address_or_nothing": "address",
    "w3c_date": "date",
    "w3c_time": "time of day",
    "local_time": "time of day",
    "month_first": "date with the month first",
    "day_first": "date with the day first",
}


def _expected(kind: str) -> str:
    """A kind in words."""
    if kind.startswith(("strftime:", "iso")):
        return "date"
    return _SAID.get(kind, "number")


def row_reason(layouts: tuple[Layout, ...], words: Sequence[bytes]) -> str:
    """Why a row that was split is none of the layouts' rows."""
    expected = sorted({len(layout.fields) for layout in layouts})
    if not words:
        return "a quote that opens a value is not closed at the end of one"
    for layout in layouts:
        if len(layout.fields) == len(words):
            for one, word in zip(layout.fields, words, strict=True):
                if misfit(one, word):
                    # Without the value: reasons are counted, and there must not be one per line.
                    return f"{one.name} holds no {_expected(one.kind)}"
    if len(layouts) == 1:
        return f"{len(words)} columns where {expected[0]} are named"
    return f"{len(words)} columns, and no header; {' or '.join(map(str, expected))} are known without one"
