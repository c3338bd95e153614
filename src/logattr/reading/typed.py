"""Columns of texts to columns of numbers and times: every conversion once per distinct text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from logattr.reading.template import Field
from logattr.reading.times import clf_microseconds, combine, is_time
from logattr.reading.timestamps import timestamps
from logattr.reading.tokens import Encoded, Typed

__all__ = ["MILLISECONDS", "number_column", "time_column"]

#: Kinds of durations, and what a number of that kind is in milliseconds.
MILLISECONDS = {"seconds": 1000.0, "milliseconds": 1.0, "microseconds": 0.001}
# `000` is nginx's and Squid's way to say that there was no response, 0 Envoy's, -1 HAProxy's.
_NO_STATUS = frozenset({b"000", b"0", b"-1"})
_NOTHING = frozenset({None, b"-", b""})


def number_column(field: Field, column: Encoded) -> Typed:
    """Numbers as the lines have them: integers, but of durations real numbers in their own unit.

    Examples
    --------
    >>> from logattr.reading.tokens import encode
    >>> number_column(Field("status", "status", "status"), encode([b"200", b"-"])).missing.tolist()
    [False, True]
    """
    nothing = _NOTHING | (_NO_STATUS if field.column == "status" else frozenset())
    missing = np.array([value in nothing for value in column.values], np.bool_)
    if field.column == "duration_ms":
        numbers = [0.0 if value in nothing else float(value or b"") for value in column.values]
        values: NDArray[np.float64] | NDArray[np.int64] = np.array(numbers, np.float64)
    else:
        values = np.array([0 if value in nothing else int(value or b"") for value in column.values], np.int64)
    return Typed(values[column.codes], missing[column.codes])


def time_column(fields: Sequence[Field], columns: Sequence[Encoded], zone: tzinfo) -> Typed:
    """Times out of one field, or of several that hold the parts of one and have the same codes.

    Parameters
    ----------
    fields, columns
        The fields of the column ``time`` and their texts. Several columns share their codes.
    zone
        Of times that state no offset.
    """
    codes = columns[0].codes
    values = [column.values for column in columns]
    if len(fields) == 1 and fields[0].kind == "clf":
        times = clf_microseconds([value or b"" for value in values[0]])
        known = np.ones(len(times), np.bool_)
    elif len(fields) == 1 and fields[0].kind in {"timestamp", "epoch_seconds"}:
        times, known = timestamps(values[0], zone)
    else:
        times, known = combine([field.kind for field in fields], values, zone)
    missing = ~is_time(times)
    return Typed(np.where(missing, 0, times)[codes], missing[codes], known[codes])
