"""Arrow tables to DataFrames: the public face of what is Arrow inside."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from logattr.reading.threads import all_of, workers

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["to_frame"]

_MANY = 100_000


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
        pa.bool_(): pd.BooleanDtype(),
        pa.string(): pd.StringDtype("pyarrow"),
    }
    own = {
        field.name: partial(
            _categorical if pa.types.is_dictionary(field.type) else _integers, table[field.name]
        )
        for field in table.schema
        if pa.types.is_dictionary(field.type) or pa.types.is_signed_integer(field.type)
    }
    threads = workers() if len(table) >= _MANY else 1
    made = dict(zip(own, all_of(list(own.values()), threads=threads), strict=True))
    rest = table.drop_columns(list(own)).to_pandas(types_mapper=mapped.get)
    columns = {name: made[name] if name in made else rest[name] for name in table.column_names}
    return pd.DataFrame(columns, index=rest.index if len(rest.columns) else None, copy=False)


def _integers(column: pa.ChunkedArray) -> pd.arrays.IntegerArray:
    """Numbers and where there is none, each copied once; pandas' own way copies them twice."""
    import numpy as np
    import pandas as pd

    type_ = column.type.to_pandas_dtype()
    empty = np.zeros(0, type_)
    values = [chunk.fill_null(0).to_numpy() for chunk in column.chunks]
    nulls = [chunk.is_null().to_numpy(zero_copy_only=False) for chunk in column.chunks]
    return pd.arrays.IntegerArray(
        np.concatenate([empty, *values]), np.concatenate([np.zeros(0, np.bool_), *nulls])
    )


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
