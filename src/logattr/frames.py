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
    frame: pd.DataFrame = table.unify_dictionaries().to_pandas(types_mapper=mapped.get)
    return frame
