"""The fields of one batch of lines by the column that they fill: what all columns of events are made from."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.columns import EVENTS, schema
from logattr.reading.clients import TrustedProxies
from logattr.reading.escapes import DIALECTS, to_text
from logattr.reading.template import Field
from logattr.reading.texts import spread, spread_texts, text_array
from logattr.reading.tokens import Bytes, Encoded, Tokens, Typed

__all__ = ["Context", "Rows", "batch_schema", "unquoted"]

_ALWAYS = frozenset({"source", "line", "offset", "time", "time_zone_known", "format"})


@dataclass(frozen=True, slots=True)
class Context:
    """What the lines do not say themselves, and which columns are wanted (null: all).

    ``known`` holds the clients that were chosen already, by the text of the client column.
    """

    source: str
    zone: tzinfo
    trusted_proxies: TrustedProxies | None = None
    columns: frozenset[str] | None = None
    known: dict[str | None, tuple[str | None, ...]] = dataclasses.field(default_factory=dict, compare=False)


@cache
def batch_schema(columns: frozenset[str] | None) -> pa.Schema:
    """Columns and types of a batch: all of ``columns.EVENTS``, or the wanted ones and those of every batch.

    Where not all are wanted, every text is dictionary-encoded, and the dictionary of a column that is
    declared as plain text may hold a text twice.

    Examples
    --------
    >>> batch_schema(frozenset({"path"})).names
    ['source', 'line', 'offset', 'time', 'time_zone_known', 'path', 'format']
    """
    whole = schema(EVENTS)
    if columns is None:
        return whole
    category = whole.field("source").type
    return pa.schema(
        field.with_type(category) if field.type == pa.string() else field
        for field in whole
        if field.name in columns | _ALWAYS
    )


class Rows:
    """The fields of one batch by the column that they fill.

    Parameters
    ----------
    tokens
        The fields, distinct values and codes.
    escapes
        How the writer escapes texts.
    context
        What the lines do not say themselves.
    target
        Columns and types of the batch.
    """

    def __init__(self, tokens: Tokens, escapes: str, context: Context, target: pa.Schema) -> None:
        self.context = context
        self.decode = DIALECTS[escapes]
        self.count = len(tokens.rows)
        self.target = target
        both = list(zip(tokens.fields, tokens.columns, strict=True))
        self.pairs = [(field, column) for field, column in both if isinstance(column, Encoded)]
        self.typed = [(field, column) for field, column in both if isinstance(column, Typed)]
        self.by_column: dict[str, tuple[Field, Encoded]] = {}
        for field, column in self.pairs:
            if field.column is not None:
                self.by_column.setdefault(field.column, (field, column))
        self.nulls = {None, b"-"} if escapes in {"apache", "nginx"} else {None, b"-", b""}

    def constant(self, text: str) -> pa.Array:
        """One text for all rows."""
        return pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(self.count, np.int32)), pa.array([text], pa.string())
        )

    def decoded(self, encoded: Encoded, decode: Callable[[bytes], str]) -> list[str | None]:
        """Distinct values as text; ``-`` is null, and quotes of the kind ``quoted`` are taken off."""
        return [
            None if value in self.nulls else decode(value)  # type: ignore[arg-type]
            for value in encoded.values
        ]

    def find(self, column: str) -> Encoded | None:
        """The texts that fill a column, without quotes."""
        found = self.by_column.get(column)
        if found is None:
            return None
        field, encoded = found
        return unquoted(encoded) if field.kind == "quoted" else encoded

    def text(self, column: str, decode: Callable[[bytes], str] = to_text) -> pa.Array:
        """A column of texts as events have it."""
        encoded = self.find(column)
        if encoded is None:
            return pa.nulls(self.count, self.type(column))
        if isinstance(encoded.values, Bytes) and column != "user":
            texts, unique = text_array(encoded.values, decode, self.nulls)
            return spread_texts(texts, encoded.codes, self.type(column), unique=unique)
        # Apache writes an empty user as two quotes (mod_log_config.c, log_remote_user).
        texts = [
            "" if value == b'""' and column == "user" else text
            for value, text in zip(encoded.values, self.decoded(encoded, decode), strict=True)
        ]
        return self.spread(texts, encoded.codes, column)

    def spread(self, values: Sequence[Any], codes: NDArray[np.int32], column: str) -> pa.Array:
        """Distinct values as an Arrow array of the column's type."""
        return spread(values, codes, self.type(column))

    def type(self, column: str) -> pa.DataType:
        """Type of a column, or the declared one if nobody wants it but others are made of it."""
        at = self.target.get_field_index(column)
        return self.target.field(at).type if at >= 0 else schema(EVENTS).field(column).type

    def spread_texts(
        self, texts: pa.Array, codes: NDArray[np.int32], column: str, *, unique: bool = False
    ) -> pa.Array:
        """The same of texts that stand in an Arrow array."""
        # Of columns that are declared as plain text a dictionary may hold a text twice.
        unique = unique or schema(EVENTS).field(column).type == pa.string()
        return spread_texts(texts, codes, self.type(column), unique=unique)


def unquoted(encoded: Encoded) -> Encoded:
    """Take the quotes off values that are either quoted or ``-``; a quoted ``-`` stays null, too."""
    if isinstance(encoded.values, Bytes):
        from logattr.reading.columnar import without_quotes

        return Encoded(without_quotes(encoded.values), encoded.codes)
    values = [v[1:-1] if v is not None and v[:1] == b'"' and len(v) > 1 else v for v in encoded.values]
    return Encoded(values, encoded.codes)
