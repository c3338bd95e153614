"""From a value per distinct record to a column of a million rows, without an object per row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["spread"]

_CATEGORY = pa.dictionary(pa.int32(), pa.string())


def spread(values: Sequence[Any], positions: NDArray[Any], type_: pa.DataType = _CATEGORY) -> pa.Array:
    """Values by position; -1 is the last value.

    The dictionary of a category holds what occurs and nothing else: pandas shows the rest as empty
    categories.

    Examples
    --------
    >>> spread(["a", "b", "a", None], np.array([2, -1, 0])).to_pylist()
    ['a', None, 'a']
    """
    if not pa.types.is_dictionary(type_):
        array = pa.array(values, type_)
        if array.null_count == len(array):
            return pa.nulls(len(positions), type_)
        return array.take(pa.array(np.where(positions < 0, len(values) - 1, positions)))
    encoded = pa.array(values, pa.string()).dictionary_encode()
    if not len(encoded.dictionary):
        return pa.nulls(len(positions), type_)
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)[positions]
    used = np.zeros(len(encoded.dictionary) + 1, np.bool_)
    used[codes] = True  # -1, for null, is the last
    renumbered = (np.cumsum(used) - 1).astype(np.int32)[codes]
    return pa.DictionaryArray.from_arrays(
        pa.array(renumbered, mask=codes < 0), encoded.dictionary.take(pa.array(np.flatnonzero(used[:-1])))
    )
