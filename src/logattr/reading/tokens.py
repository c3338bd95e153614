"""What parsers give: the fields of many lines as columns of distinct values and codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from logattr.reading.template import Field

__all__ = ["Encoded", "Tokens", "encode"]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A column of texts as distinct values and one code per row; null is a value of its own."""

    values: Sequence[bytes | None]
    codes: NDArray[np.int32]

    def expand(self) -> list[bytes | None]:
        """The texts, one per row."""
        values = self.values
        return [values[code] for code in self.codes]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The fields of the lines that were understood: the seam between parsers and what follows.

    Parameters
    ----------
    fields
        What each column means.
    rows
        Positions of the lines in the list that was parsed.
    columns
        One per field, as long as ``rows``.
    headers
        Positions of lines that describe others and are no events, such as ``#Fields``.
    others
        More of the same lines, with other fields: rows under another header.
    reasons
        Why lines are no events, by position, where the parser knows better than :func:`parse.reason`.
    """

    fields: tuple[Field, ...]
    rows: NDArray[np.int64]
    columns: tuple[Encoded, ...]
    headers: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    others: tuple[Tokens, ...] = ()
    reasons: Mapping[int, str] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[Tokens, ...]:
        """These and the others."""
        return (self, *self.others)

    @property
    def all_rows(self) -> NDArray[np.int64]:
        """Positions of all lines that were understood."""
        return np.concatenate([part.rows for part in self.parts])


def encode(values: Sequence[bytes | None]) -> Encoded:
    """Dictionary-encode a column, codes in order of first appearance.

    Examples
    --------
    >>> encode([b"a", None, b"a"]).codes.tolist()
    [0, 1, 0]
    """
    seen: dict[bytes | None, int] = {}
    codes = np.fromiter((seen.setdefault(value, len(seen)) for value in values), np.int32, len(values))
    return Encoded(list(seen), codes)
