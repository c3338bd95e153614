"""Packed integers and parts, against the plain way."""

from __future__ import annotations

import gc
import itertools
import weakref
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logattr.attribution.hours import Hours, hours_of
from logattr.attribution.packing import TIME_STEPS, Packed, pack
from logattr.attribution.parts import Parts, added_up
from logattr.attribution.sessions import SESSION_GAP, Sessions
from logattr.attribution.summary import NEVER
from logattr.attribution.tops import Tops

LEAST, MOST = -(2**63), 2**63 - 1
SECOND, DAY = 1_000_000, 86_400_000_000
YEAR_1, YEAR_9999 = -62_135_596_800 * SECOND, 253_402_300_799 * SECOND

whole = st.integers(LEAST, MOST)
seconds = st.integers(YEAR_1 // SECOND, YEAR_9999 // SECOND).map(lambda second: second * SECOND)
milliseconds = st.integers(-(10**13), 10**14).map(lambda one: one * 1000)
times = st.one_of(
    seconds, milliseconds, whole, st.sampled_from([NEVER, YEAR_1, -SECOND, -1, 0, YEAR_9999, MOST])
)


@settings(deadline=None)
@given(values=st.one_of(*(st.lists(one, max_size=60) for one in (whole, seconds, milliseconds, times))))
@example([NEVER, MOST])
@example([SECOND * number for number in range(20)] + [SECOND * 20 + 1])  # the first do not tell the step
def test_integers_come_out_as_they_went_in(values: list[int]) -> None:
    for steps, press in itertools.product(((), TIME_STEPS, (64,)), (False, True)):
        packed = pack(np.array(values, np.int64), steps, press=press)
        assert packed.values().dtype == np.int64
        assert packed.values().tolist() == values
        assert len(packed) == len(values)


@pytest.mark.parametrize(
    ("values", "steps", "type_"),
    [
        ([5, 260], (), np.uint8),
        ([-1, 255], (), np.uint16),
        ([3, 3 + 64 * 255], (64,), np.uint8),
        ([0, 136 * 365 * DAY], TIME_STEPS, np.uint32),
        ([0, 137 * 366 * DAY], TIME_STEPS, np.uint64),
        ([1000, 49 * DAY], TIME_STEPS, np.uint32),
        ([1, SECOND], TIME_STEPS, np.uint32),
        ([NEVER, 0], TIME_STEPS, np.uint64),
    ],
)
def test_as_few_bytes_as_range_and_step_allow(values: list[int], steps: tuple[int, ...], type_: Any) -> None:
    assert pack(np.array(values, np.int64), steps).type == type_


def test_what_repeats_takes_next_to_nothing() -> None:
    assert pack(np.repeat(np.arange(200), 5000), press=True).nbytes < 20_000


def test_a_packed_array_is_no_view_of_what_was_packed() -> None:
    values = np.arange(4)
    packed = pack(values)
    values[:] = 0
    packed.values()[:] = 0
    assert packed.values().tolist() == [0, 1, 2, 3]
    assert isinstance(packed, Packed)


# Few and small, so that they meet; and the largest number that a client can have.
numbers = st.one_of(st.integers(0, 5), st.sampled_from([63, 64, 65, 128, 2**31 - 1]))


@settings(deadline=None)
@given(
    blocks=st.lists(
        st.lists(st.tuples(numbers, st.integers(0, 3), st.integers(0, 2**40)), max_size=12), max_size=8
    ),
    merge_from=st.sampled_from([0, 5, 1 << 14]),
)
def test_counts_of_pairs_are_those_of_a_dictionary(
    blocks: list[list[tuple[int, int, int]]], merge_from: int
) -> None:
    expected: Counter[tuple[int, int]] = Counter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("logattr.attribution.parts._MERGE_FROM", merge_from)
        parts = Parts(added_up, steps=[(), ()])
        for block in blocks:
            parts.add(*np.array(block, np.int64).reshape(-1, 3).T)
            for client, code, count in block:
                expected[client, code] += count
    rows = [row for columns in parts for row in zip(*(one.tolist() for one in columns), strict=True)]
    assert len(rows) == len(parts) == len({(client, code) for block in blocks for client, code, _ in block})
    assert {(client, code): count for client, code, count in rows} == {
        (client, code): expected[client, code] for client, code, _ in rows
    }


def test_columns_are_changed_part_by_part() -> None:
    parts = Parts(added_up, steps=[(), ()])
    parts.add(np.array([1, 65, 2, 1]), np.array([4, 4, 4, 4]), np.array([1, 1, 1, 1]))
    parts.change(lambda clients, codes, counts: (clients, codes * 10, counts))
    rows = [row for columns in parts for row in zip(*(one.tolist() for one in columns), strict=True)]
    assert sorted(rows) == [(1, 40, 2), (2, 40, 1), (65, 40, 1)]


# Times that a log may hold: the years 1 to 9999, to the second, the millisecond or finer.
log_times = st.one_of(
    st.integers(0, 40).map(lambda half: half * SESSION_GAP // 2),
    st.integers(0, 10 * SESSION_GAP),
    st.sampled_from([YEAR_1, -DAY, -1, 0, 2**32 * SECOND, YEAR_9999]),
)


@given(
    blocks=st.lists(
        st.lists(st.tuples(st.sampled_from([0, 1, 63, 64, 65, 129]), log_times), min_size=1, max_size=15),
        max_size=6,
    ),
    merge_from=st.sampled_from([0, 5, 1 << 14]),
)
@settings(deadline=None)
def test_sessions_and_hours_are_the_obvious_ones(
    blocks: list[list[tuple[int, int]]], merge_from: int
) -> None:
    sessions, hours, size = Sessions(), Hours(), 130
    seen: dict[int, list[int]] = {row: [] for row in range(size)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("logattr.attribution.parts._MERGE_FROM", merge_from)
        for block in blocks:
            clients = np.array([client for client, _ in block])
            at = np.array([time for _, time in block], np.int64)
            sessions.add(clients, at)
            order = np.argsort(clients, kind="stable")
            hours.add(*hours_of(clients[order], at[order]))
            for client, time in zip(clients.tolist(), at.tolist(), strict=True):
                seen[client].append(time)
    first, last, known = sessions.span(size)
    table = hours.table(size).to_pylist()
    for client, found in seen.items():
        ordered = sorted(found)
        gaps = [b - a for a, b in itertools.pairwise(ordered)]
        assert sessions.counts(size)[client] == bool(found) + sum(gap > SESSION_GAP for gap in gaps)
        assert known[client] == bool(found)
        if found:
            assert (first[client], last[client]) == (ordered[0], ordered[-1])
        week = Counter((time // (3600 * SECOND) + 72) % 168 for time in found)
        days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
        assert table[client] == [
            f"{days[hour // 24]} {hour % 24:02}: {count}" for hour, count in sorted(week.items())
        ]


def test_texts_that_no_client_has_any_more_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logattr.attribution.tops._FORGET_FROM", 1000)
    tops = Tops(2)
    for block in range(50):
        texts = pa.array(["/often", *(f"/{block}/{number}" for number in range(20))])
        codes = np.array([0, 0, *range(21)], np.int32)
        tops.add([(texts, np.zeros(len(codes), np.int64), codes)])
    assert len(tops) <= 4 * 2
    assert tops._texts.array.nbytes < 3000
    assert tops.most_frequent(1, 1).to_pylist() == [["/often"]]


def test_what_is_let_go_is_free_at_once() -> None:
    gc.disable()
    try:
        tops = Tops(2)
        tops.add([(pa.array(["/a"]), np.zeros(1, np.int64), np.zeros(1, np.int32))])
        held = weakref.ref(tops._counts)
        del tops
        assert held() is None
    finally:
        gc.enable()
