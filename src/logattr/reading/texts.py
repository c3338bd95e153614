"""Distinct texts and codes to Arrow columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.reading.escapes import to_text
from logattr.reading.tokens import NOT_ASCII, Bytes

_ONE_NULL = 2  # null itself and `-`: with the empty text there are two that become null

__all__ = ["as_strings", "put", "spread", "spread_texts", "text_array"]


def spread(values: Sequence[Any], codes: NDArray[np.int32], type_: pa.DataType) -> pa.Array:
    """Distinct values, one per code, as an Arrow array with a value per row.

    Parameters
    ----------
    values
        Python objects; the same one may stand twice.
    codes
        One per row.
    type_
        Type of the result.

    Examples
    --------
    >>> spread([1, None], np.array([0, 1, 0], np.int32), pa.int64()).to_pylist()
    [1, None, 1]
    """
    if not pa.types.is_dictionary(type_):
        return pa.array(values, type_).take(pa.array(codes))
    # Different bytes may decode to one text: a dictionary must not hold it twice.
    seen: dict[str, int] = {}
    new = np.fromiter(
        (-1 if value is None else seen.setdefault(value, len(seen)) for value in values),
        np.int32,
        len(values),
    )
    indices = new[codes] if len(new) else codes
    return pa.DictionaryArray.from_arrays(
        pa.array(indices, mask=indices < 0), pa.array(list(seen), pa.string())
    )


def spread_texts(
    texts: pa.Array, codes: NDArray[np.int32], type_: pa.DataType, *, unique: bool = False
) -> pa.Array:
    """Like :func:`spread`, of texts that stand in an Arrow array already, dictionary-encoded or not.

    ``unique`` says that none stands twice, or that it does not matter; some may be null.

    Examples
    --------
    >>> category = pa.dictionary(pa.int32(), pa.string())
    >>> spread_texts(pa.array(["a", None, "b"]), np.arange(3, dtype=np.int32), category).to_pylist()
    ['a', None, 'b']
    """
    if not pa.types.is_dictionary(type_):
        # Arrow's own allocator asks for huge pages, whose first touch is dear on a virtual machine: from the
        # system's, a frame of all texts was read in five sixths of the time.
        return pc.take(texts, pa.array(codes), memory_pool=pa.system_memory_pool())
    if not unique and not pa.types.is_dictionary(texts.type):
        texts = texts.dictionary_encode()
    if pa.types.is_dictionary(texts.type):
        return pa.DictionaryArray.from_arrays(texts.indices.take(pa.array(codes)), texts.dictionary)
    if not texts.null_count:
        return pa.DictionaryArray.from_arrays(pa.array(codes), texts)
    valid = texts.is_valid().to_numpy(zero_copy_only=False)
    kept = (np.cumsum(valid) - 1).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(kept[codes], mask=~valid[codes]), texts.drop_null())


def text_array(
    values: Bytes, decode: Callable[[bytes], str], nulls: AbstractSet[bytes | None]
) -> tuple[pa.StringArray, bool]:
    r"""Texts of distinct bytes, and whether no text stands twice.

    Only what is not plain passes through Python.

    Examples
    --------
    >>> array = pa.array([b"a", b"-", b"caf\xe9"], pa.binary())
    >>> marks = np.array([0, 0, NOT_ASCII], np.uint8)
    >>> text_array(Bytes(array, marks), to_text, {b"-"})[0].to_pylist()
    ['a', None, 'café']
    """
    array = values.array
    odd = (values.marks & NOT_ASCII if decode is to_text else values.marks) != 0
    if array.null_count:
        odd = odd & array.is_valid().to_numpy(zero_copy_only=False)
    absent = pc.is_in(array, value_set=pa.array(sorted(nulls - {None}), pa.binary()))  # type: ignore[type-var]
    if odd.any():
        decoded = [decode(text).encode() for text in array.filter(pa.array(odd)).to_pylist()]
        array = put(array, odd, decoded)
    if pc.any(absent).as_py():
        array = pc.if_else(absent, pa.scalar(None, pa.binary()), array)
    return as_strings(array), not odd.any() and len(nulls) <= _ONE_NULL


def put(array: pa.Array, rows: NDArray[np.bool_], values: Sequence[bytes | str | None]) -> pa.Array:
    """The array, of bytes or texts, with other values in some rows."""
    return pc.replace_with_mask(array, pa.array(rows), pa.array(values, array.type)) if len(values) else array


def as_strings(array: pa.BinaryArray) -> pa.StringArray:
    """Bytes that are known to be UTF-8 as texts, without a copy."""
    return pa.Array.from_buffers(pa.string(), len(array), array.buffers(), array.null_count, array.offset)
