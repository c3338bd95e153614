"""Arrow tables to DataFrames: the public face of what is Arrow inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["to_frame"]


def to_frame(table: pa.Table) -> pd.DataFrame:
    """A DataFrame with nullable numbers, categories and Arrow-backed strings.

    Parameters
    ----------
    table
        Any table of ``logattr.columns``.

    Returns
    -------
    pandas.DataFrame
        Dictionary-encoded columns are categories, integers and booleans are pandas' nullable types,
        times are UTC, dates are ``datetime.date``. Null turns no integer into a float; ``isna()`` finds it
        in every column.

    Examples
    --------
    >>> import pyarrow as pa
    >>> to_frame(pa.table({"n": [1, None]}))["n"].dtype.name
    'Int64'
    """
    import pandas as pd
    import pyarrow as pa

    mapped = {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
        pa.string(): pd.StringDtype("pyarrow"),
    }
    categories = {
        name: _categorical(table[name])
        for name in table.column_names
        if pa.types.is_dictionary(table[name].type)
    }
    rest = table.drop_columns(list(categories)).to_pandas(types_mapper=mapped.get)
    columns = {name: categories[name] if name in categories else rest[name] for name in table.column_names}
    return pd.DataFrame(columns, index=rest.index if len(rest.columns) else None, copy=False)


def _categorical(column: pa.ChunkedArray) -> pd.Categorical:
    """Codes and distinct texts as they are; Arrow's own way makes a Python object of each text."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    chunks = column.unify_dictionaries().chunks
    values = chunks[-1].dictionary if chunks else pa.array([], column.type.value_type)
    empty = np.zeros(0, np.int32)
    codes = [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in chunks]
    texts = pd.array(values, dtype=pd.StringDtype("pyarrow", na_value=np.nan))
    return pd.Categorical.from_codes(np.concatenate([empty, *codes]), categories=pd.Index(texts))
