"""Arrow tables to DataFrames: the public face of what is Arrow inside."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from logattr.reading.threads import all_of, workers

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["FrameBuilder", "to_frame"]

_MANY = 100_000
_GROWTH = 1.5


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
    builder = FrameBuilder(table.schema)
    builder.expect(len(table))
    builder.add(table)
    return builder.finish()


class FrameBuilder:
    """A DataFrame out of tables that come one after the other, each of which is let go at once.

    Memory that is touched for the first time is dear: a frame that is filled as its rows come needs half of
    what tables and frame together do.

    Parameters
    ----------
    schema
        Of every table.

    Examples
    --------
    >>> import pyarrow as pa
    >>> tables = [pa.table({"n": [1, None]}), pa.table({"n": [3]})]
    >>> builder = FrameBuilder(tables[0].schema)
    >>> for table in tables:
    ...     builder.add(table)
    >>> builder.finish()["n"].tolist()
    [1, <NA>, 3]
    """

    def __init__(self, schema: pa.Schema) -> None:
        import pyarrow as pa

        self.rows = 0
        self._room = 0
        self._schema = schema
        self._own: dict[str, _Codes | _Numbers] = {}
        for field in schema:
            if pa.types.is_dictionary(field.type):
                self._own[field.name] = _Codes(field.type)
            elif pa.types.is_signed_integer(field.type):
                self._own[field.name] = _Numbers(field.type)
        self._rest: list[pa.Table] = []

    def expect(self, rows: int) -> None:
        """Make room for so many rows in all; more may come, or fewer."""
        self._room = max(self._room, rows)

    def add(self, table: pa.Table) -> None:
        """Take the rows of a table."""
        start, self.rows = self.rows, self.rows + len(table)
        if self.rows > self._room:
            self._room = int(self.rows * _GROWTH) if start else self.rows
        for name, own in self._own.items():
            at = start
            for chunk in table[name].chunks:
                own.put(chunk, at, self._room)
                at += len(chunk)
        self._rest.append(table.drop_columns(list(self._own)))

    def finish(self) -> pd.DataFrame:
        """The frame; the builder is empty afterwards."""
        import pandas as pd
        import pyarrow as pa

        mapped = {pa.bool_(): pd.BooleanDtype(), pa.string(): pd.StringDtype("pyarrow")}
        parts = [partial(own.column, self.rows) for own in self._own.values()]
        made = dict(
            zip(self._own, all_of(parts, threads=workers() if self.rows >= _MANY else 1), strict=True)
        )
        names = [name for name in self._schema.names if name not in made]
        rest = pa.concat_tables([self._schema.empty_table().select(names), *self._rest])
        self._own, self._rest = {}, []
        others = rest.to_pandas(types_mapper=mapped.get)
        columns = {name: made[name] if name in made else others[name] for name in self._schema.names}
        return pd.DataFrame(columns, index=others.index if names else None, copy=False)


def _with_room(array: NDArray[Any] | None, type_: Any, start: int, room: int, nothing: Any) -> NDArray[Any]:
    """The array with room for so many rows; the first ones hold what they did, or nothing."""
    if array is not None and len(array) >= room:
        return array
    new = _small_pages(room, type_)
    new[:start] = nothing if array is None else array[:start]
    return new


def _small_pages(rows: int, type_: Any) -> NDArray[Any]:
    """An array that is not filled; numpy asks for huge pages, whose first touch virtual machines pay dear."""
    import numpy as np
    import pyarrow as pa

    size = rows * np.dtype(type_).itemsize
    if not size:
        return np.empty(rows, type_)
    return np.frombuffer(pa.allocate_buffer(size, memory_pool=pa.system_memory_pool()), type_)


class _Numbers:
    """Integers and where there is none, each copied once; pandas' own way copies them twice."""

    def __init__(self, type_: pa.DataType) -> None:
        self._type = type_.to_pandas_dtype()
        self._values: NDArray[Any] | None = None
        self._nulls: NDArray[np.bool_] | None = None

    def put(self, chunk: pa.Array, start: int, room: int) -> None:
        end = start + len(chunk)
        if self._values is None and chunk.null_count == len(chunk):
            return  # nothing but nulls so far
        self._values = _with_room(self._values, self._type, start, room, 0)
        self._nulls = _with_room(self._nulls, bool, start, room, True)
        if chunk.null_count:
            self._values[start:end] = chunk.fill_null(0).to_numpy()
            self._nulls[start:end] = chunk.is_null().to_numpy(zero_copy_only=False)
        else:
            self._values[start:end] = chunk.to_numpy()
            self._nulls[start:end] = False

    def column(self, rows: int) -> pd.arrays.IntegerArray:
        import numpy as np
        import pandas as pd

        if self._values is None or self._nulls is None:
            return pd.arrays.IntegerArray(np.zeros(rows, self._type), np.ones(rows, np.bool_))
        return pd.arrays.IntegerArray(self._values[:rows], self._nulls[:rows])


class _Codes:
    """Codes and distinct texts as they are; Arrow's own way makes a Python object of each text."""

    def __init__(self, type_: pa.DictionaryType) -> None:
        self._type = type_
        self._codes: NDArray[np.int32] | None = None
        self._texts: list[pa.Array] = []  # of each chunk
        self._ends: list[int] = []

    def put(self, chunk: pa.DictionaryArray, start: int, room: int) -> None:
        import numpy as np

        if self._codes is None and chunk.null_count == len(chunk):
            return
        self._codes = _with_room(self._codes, np.int32, start, room, -1)
        self._texts.append(chunk.dictionary)
        self._ends.append(start + len(chunk))
        self._codes[start : start + len(chunk)] = chunk.indices.fill_null(-1).to_numpy()

    def column(self, rows: int) -> pd.Categorical:
        import numpy as np
        import pandas as pd
        import pyarrow as pa

        texts = pa.array([], self._type.value_type)
        codes = np.full(rows, -1, np.int8) if self._codes is None else self._codes[:rows]
        if self._texts:
            both = pa.concat_arrays(self._texts).dictionary_encode()
            texts, numbers = both.dictionary, both.indices.fill_null(-1).to_numpy()
            first, start = 0, 0
            for known, end in zip(self._texts, self._ends, strict=True):
                own = np.append(numbers[first : first + len(known)], np.int32(-1))
                # Null is the code -1, which is the last one's.
                np.take(own, codes[start:end], out=codes[start:end], mode="wrap")
                first, start = first + len(known), end
        categories = pd.Index(pd.array(texts, dtype=pd.StringDtype("pyarrow", na_value=np.nan)))
        return pd.Categorical.from_codes(codes, categories=categories)
