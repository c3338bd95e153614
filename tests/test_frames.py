"""Tables to frames: the same values, however the rows come."""

from __future__ import annotations

import datetime

import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from logattr.frames import FrameBuilder, to_frame

CATEGORY = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("client", CATEGORY),
        ("status", pa.int16()),
        ("bytes_sent", pa.int64()),
        ("path", pa.string()),
        ("time", pa.timestamp("us", tz="UTC")),
        ("known", pa.bool_()),
        ("duration_ms", pa.float64()),
    ]
)
ROW = st.tuples(
    st.none() | st.sampled_from(["192.0.2.1", "2001:db8::1", ""]),
    st.none() | st.sampled_from([0, 200, -1]),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.text(max_size=3),
    st.none() | st.just(datetime.datetime(2024, 1, 10, tzinfo=datetime.UTC)),
    st.none() | st.booleans(),
    st.none() | st.floats(allow_nan=False),
)


def table_of(rows: list[tuple[object, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(SCHEMA)
    arrays = [pa.array(list(column), field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    return pa.table(arrays, schema=SCHEMA)


def values_of(frame: pd.DataFrame) -> list[list[object]]:
    """Python values, null as None."""
    return [[None if pd.isna(value) else value for value in frame[name].astype(object)] for name in frame]


@given(st.lists(st.lists(ROW, max_size=5), max_size=5), st.none() | st.integers(0, 30))
def test_rows_come_out_as_they_went_in(blocks: list[list[tuple[object, ...]]], expected: int | None) -> None:
    """Whatever was expected, in one table or in several whose dictionaries differ."""
    builder = FrameBuilder(SCHEMA)
    if expected is not None:
        builder.expect(expected)
    for rows in blocks:
        builder.add(table_of(rows))
    frame = builder.finish()
    whole = [row for rows in blocks for row in rows]
    assert values_of(frame) == [list(column) for column in zip(*whole, strict=True)] or not whole
    assert frame.shape == (len(whole), len(SCHEMA))
    pd.testing.assert_frame_equal(
        frame, to_frame(pa.concat_tables([table_of(one) for one in blocks] or [table_of([])]))
    )


def test_columns_keep_their_types() -> None:
    types = to_frame(table_of([(None,) * len(SCHEMA)])).dtypes.astype(str).to_dict()
    assert types == {
        "client": "category",
        "status": "Int16",
        "bytes_sent": "Int64",
        "path": "string",
        "time": "datetime64[us, UTC]",
        "known": "boolean",
        "duration_ms": "float64",
    }


def test_a_text_of_several_dictionaries_is_one_category() -> None:
    builder = FrameBuilder(pa.schema([("client", CATEGORY)]))
    for texts in (["b", "a"], [None], ["a", "c", None], ["b"]):
        builder.add(pa.table({"client": pa.array(texts).dictionary_encode().cast(CATEGORY)}))
    column = builder.finish()["client"]
    assert list(column.cat.categories) == ["b", "a", "c"]
    assert column.cat.codes.tolist() == [0, 1, -1, 1, 2, -1, 0]
