"""Rows of blank-separated logs with blanks too many: mended where only one reading fits.

What is known of such rows (IIS): a blank at the end; two blanks for one; raw blanks in the query, which
Exchange and whoever else calls ``AppendToLog`` writes (plaso issue 3529); raw blanks between the quotes
of a cookie. Columns with a type, such as the port behind the query, tell where such a text ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from logattr.patterns import lazily
from logattr.reading.template import KINDS, Field

__all__ = ["mended"]

_ADDRESS = lazily(rb"[0-9A-Fa-f:.]+(?:%[\w.~-]+)?|-")
# A mended row must show its address and its method, or nothing holds the columns in their place.
_ANCHORS = {
    "c-ip": _ADDRESS,
    "s-ip": _ADDRESS,
    "cs-method": lazily(rb"(?:\[\d*\])?[A-Za-z_-]+"),
    "cs-version": lazily(rb"(?:HTTP|FTP)/[\d.]+|-", re.IGNORECASE),
}


def mended(
    line: bytes, fields: Sequence[Field], misfit: Callable[[Field, bytes], bool]
) -> list[bytes] | None:
    """The columns of a row with blanks too many; null when none or several readings fit.

    Parameters
    ----------
    line
        The row.
    fields
        Its columns.
    misfit
        Tells whether a text cannot stand in a column.
    """
    trimmed = line.rstrip(b" ").split(b" ")
    if len(trimmed) == len(fields):
        return trimmed
    words = [word for word in trimmed if word]
    if len(words) == len(fields):
        return words
    if len(trimmed) < len(fields):
        return None
    found = [
        row
        for row in _readings(trimmed, fields)
        if not any(_wrong(one, word, misfit) for one, word in zip(fields, row, strict=True))
    ]
    return found[0] if len(found) == 1 else None


def _wrong(one: Field, word: bytes, misfit: Callable[[Field, bytes], bool]) -> bool:
    anchor = _ANCHORS.get(one.name.lower())
    return misfit(one, word) or (anchor is not None and anchor.fullmatch(word) is None)


def _readings(words: Sequence[bytes], fields: Sequence[Field]) -> Iterator[list[bytes]]:
    """The row once for each column that may hold all the blanks that are too many."""
    surplus = len(words) - len(fields)
    names = [one.name.lower() for one in fields]
    for at, name in enumerate(names):
        pieces = words[at : at + surplus + 1]
        # Behind a query a typed column must tell where it ends, and an address that no column more
        # than the header names stands at the end: numbers alone would fit a row that is shifted.
        anchored = bool({"c-ip", "s-ip"} & set(names[at + 1 :])) and KINDS.get(fields[at + 1].kind)
        if (name == "cs-uri-query" and anchored) or (name == "cs(cookie)" and _within_quotes(pieces)):
            yield [*words[:at], b" ".join(pieces), *words[at + surplus + 1 :]]


def _within_quotes(pieces: Sequence[bytes]) -> bool:
    """Whether every blank between the pieces stands inside quotes, and the last quote is closed."""
    quotes = 0
    for piece in pieces[:-1]:
        quotes += piece.count(b'"')
        if quotes % 2 == 0:
            return False
    return (quotes + pieces[-1].count(b'"')) % 2 == 0
