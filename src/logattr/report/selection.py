"""Some rows of a large table: counted by mask, taken by position, never copied whole."""

from __future__ import annotations

from typing import Any

__all__ = ["equal_rows", "first_rows", "plain_rows", "sums_by"]


def equal_rows(table: Any, name: str, value: object) -> Any:
    """Mask (numpy) of the rows in which a column has a value; null is no value.

    Examples
    --------
    >>> import pyarrow as pa
    >>> equal_rows(pa.table({"a": ["x", None, "y"]}), "a", "x").tolist()
    [True, False, False]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table[name]
    if pa.types.is_dictionary(column.type):
        # A category is compared once, not once per row.
        found = [
            pc.equal(chunk.dictionary, value).take(chunk.indices).fill_null(False) for chunk in column.chunks
        ]
        mask = pa.chunked_array(found, pa.bool_())
    else:
        mask = pc.equal(column, value).fill_null(False)
    return mask.to_numpy()


def first_rows(table: Any, mask: Any, most: int | None = None) -> Any:
    """The first rows (all of them: null) in which a mask is true."""
    import numpy as np
    import pyarrow as pa

    return table.take(pa.array(np.flatnonzero(mask)[:most]))


def plain_rows(table: Any) -> list[dict[str, Any]]:
    """Rows as dictionaries, times without their zone, UTC.

    ``Table.to_pylist`` takes five times as long: it makes an object of Arrow per category, and per time.

    Examples
    --------
    >>> import pyarrow as pa
    >>> plain_rows(pa.table({"a": pa.array(["x", None]).dictionary_encode(), "b": [1, 2]}))
    [{'a': 'x', 'b': 1}, {'a': None, 'b': 2}]
    """
    names, columns = table.column_names, [_plain(column).to_pylist() for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(column: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    if pa.types.is_list(column.type) and pa.types.is_dictionary(column.type.value_type):
        return column.cast(pa.list_(column.type.value_type.value_type))
    return column.cast(pa.timestamp("us")) if pa.types.is_timestamp(column.type) else column


def sums_by(table: Any, keys: tuple[str, ...], mask: Any = None) -> dict[tuple[Any, ...], tuple[int, int]]:
    """Clients and requests by the values of some categories, in rows in which a mask is true.

    Examples
    --------
    >>> import pyarrow as pa
    >>> sums_by(pa.table({"k": pa.array(["x", "y", "x"]).dictionary_encode(), "requests": [1, 2, 4]}), ("k",))
    {('x',): (2, 5), ('y',): (1, 2)}
    """
    import numpy as np

    from logattr.attribution.outcomes import codes_of

    requests = table["requests"].to_numpy()
    code = np.zeros(len(requests), np.int64)
    names: list[tuple[Any, ...]] = [()]
    for key in keys:
        values, own = codes_of(table[key])
        texts = [*values.to_pylist(), None]
        code = code * len(texts) + own
        names = [(*before, text) for before in names for text in texts]
    if mask is not None:
        code, requests = code[mask], requests[mask]
    clients = np.bincount(code, minlength=len(names)).tolist()
    sums = np.zeros(len(names), np.int64)
    np.add.at(sums, code, requests)
    every = zip(names, clients, sums.tolist(), strict=True)
    return {name: (count, total) for name, count, total in every if count}
