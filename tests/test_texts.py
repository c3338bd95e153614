"""Columns of addresses and networks read as they do one by one."""

from __future__ import annotations

import ipaddress

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logattr.addresses import Addresses, canonical, network_texts, parse
from logattr.enrichment.texts import address_column, network_column

GROUPS = st.lists(st.sampled_from([0, 0, 0, 1, 0xA, 0x10, 0xFFF, 0xFFFF]), min_size=8, max_size=8)
IPV4 = st.integers(0, (1 << 32) - 1).map(ipaddress.IPv4Address)
IPV6 = st.integers(0, (1 << 128) - 1).map(ipaddress.IPv6Address)
TEXTS = st.one_of(
    IPV4.map(str),
    IPV6.map(str),
    GROUPS.map(lambda groups: ":".join(f"{group:x}" for group in groups)),
    IPV4.map(lambda address: f"::ffff:{address}"),
    st.just("-"),
)


def test_every_set_of_zero_groups() -> None:
    texts = [":".join("0" if zeros >> nth & 1 else "a0" for nth in range(8)) for zeros in range(256)]
    expected = [str(ipaddress.IPv6Address(text)) for text in texts]
    assert address_column(parse(texts)).to_pylist() == expected


def test_every_group() -> None:
    numbers = np.arange(1 << 16, dtype=np.uint64)
    column = Addresses(numbers << np.uint64(48), numbers, np.full(1 << 16, 6, np.int8))
    assert address_column(column).to_pylist() == canonical(column)


@settings(deadline=None)  # the first call makes tables
@given(st.lists(TEXTS, max_size=40))
@example(["::", "0.0.0.0", "::ffff:0:0", "::1.2.3.4", "255.255.255.255"])
def test_addresses(texts: list[str]) -> None:
    addresses = parse(texts)
    column = address_column(addresses)
    column.validate(full=True)
    assert column.to_pylist() == canonical(addresses)


@settings(deadline=None)  # the first call makes tables
@given(st.lists(st.tuples(TEXTS, st.integers(0, 128), st.booleans()), max_size=40))
@example([("255.255.255.255", 0, True), ("ffff::", 128, True), ("::ffff:192.0.2.1", 96, True)])
def test_networks(rows: list[tuple[str, int, bool]]) -> None:
    addresses = parse([text for text, _, _ in rows])
    known = np.array([known for *_, known in rows], np.bool_)
    lengths = np.array([length for _, length, _ in rows], np.uint8)
    lengths = np.where(addresses.version == 4, np.minimum(lengths, 32), lengths)
    column = network_column(addresses, lengths, known)
    column.validate(full=True)
    expected = network_texts(addresses, lengths)
    assert column.to_pylist() == [
        text if there else None for text, there in zip(expected, known.tolist(), strict=True)
    ]
