"""Addresses in bulk: strict parsing, canonical text, IANA scopes, embedded IPv4."""

from __future__ import annotations

import ipaddress
import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logattr.addresses import (
    EMBEDDINGS,
    Addresses,
    blocks,
    canonical,
    embedded,
    network_texts,
    not_global_scopes,
    parse,
    scopes,
)

IPV4 = st.integers(0, (1 << 32) - 1).map(ipaddress.IPv4Address)
IPV6 = st.integers(0, (1 << 128) - 1).map(ipaddress.IPv6Address)
# Texts of the characters that addresses are made of hit the edges far more often than any text.
ALMOST = st.text(alphabet="0123456789abcfx.:%/ ٣", max_size=24)
SPELLINGS = st.one_of(
    IPV4.map(str),
    IPV6.map(str),
    IPV6.map(lambda a: a.exploded.upper()),
    st.tuples(IPV6, IPV4).map(lambda pair: f"{pair[0].exploded[:29]}:{pair[1]}"),
    st.lists(st.text("0123456789abcdefF", min_size=0, max_size=4), max_size=9).map(":".join),
)


def integers(addresses: Addresses) -> list[int]:
    return [
        high << 64 | low for high, low in zip(addresses.high.tolist(), addresses.low.tolist(), strict=True)
    ]


def scope_of(text: str) -> str:
    codes, names = scopes(parse([text]))
    return names[codes[0]]


def expected(text: str) -> tuple[int, int]:
    """Version and number after the standard library; zone ids are no part of an address here."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return 0, 0
    return (0, 0) if "%" in text else (address.version, int(address))


@given(st.lists(st.one_of(SPELLINGS, ALMOST, st.none()), max_size=20))
@example(["2001:db8::1"] * 3 + [None, "::1", "1::2::3"])
@example(["2001:db8::1", "\ud800"])
def test_a_column_is_parsed_as_each_of_its_texts(texts: list[str | None]) -> None:
    alone = [parse([text]) for text in texts]
    assert integers(parse(texts)) == [number for one in alone for number in integers(one)]
    assert parse(texts).version.tolist() == [version for one in alone for version in one.version.tolist()]


@given(st.one_of(SPELLINGS, ALMOST, st.text(max_size=50)))
@example("\ud800")
@example("1.2.3.4\0")
@example("::1\0")
@example("1:2:3:4:5:6:7::")
@example("::2:3:4:5:6:7:8")
@example("1::2::3")
@example("::1.2.3.04")
@example("::ffff:1.2.3.4")
@example("1:2:3:4:5:6:7:1.2.3.4")
@example("12345::")
def test_parsing_is_exactly_as_strict_as_the_standard_library(text: str) -> None:
    parsed = parse([text])
    assert (int(parsed.version[0]), integers(parsed)[0]) == expected(text)


@pytest.mark.parametrize(
    "text",
    [
        "0121.02.0105.0240",
        "0x51.0x2.0x45.0xa0",
        "0x51024445",
        "81.2.17824",
        "1359103392",
        "198.51.100.07",
        "198.51.100.7 ",
        " 198.51.100.7",
        "198.51.100.7\n",
        "198.51.100.7:80",
        "[2001:db8::1]",
        "[2001:db8::1]:443",
        "fe80::1%eth0",
        "fe80::1%",
        "198.51.100.7/32",
        "198.51.100",
        "198.51.100.7.9",
        "198.51.100.256",
        "198.51.100.-1",
        "١.٢.٣.٤",
        "1.2.3.4\0",
        "localhost",
        "-",
        "",
        ":",
        "::::",
        "1" * 100_000,
        ":" * 100_000,
    ],
)
def test_other_spellings_are_no_addresses(text: str) -> None:
    parsed = parse([text, "192.0.2.1"])
    assert parsed.version.tolist() == [0, 4]
    assert integers(parsed) == [0, int(ipaddress.ip_address("192.0.2.1"))]
    assert canonical(parsed) == [None, "192.0.2.1"]


def test_rows_keep_their_places_in_a_mixed_column() -> None:
    parsed = parse(["2001:db8::1", None, "192.0.2.1", "x", "2001:DB8::2", "192.0.2.2"])
    assert len(parsed) == 6
    assert parsed.version.tolist() == [6, 0, 4, 0, 6, 4]
    assert canonical(parsed) == ["2001:db8::1", None, "192.0.2.1", None, "2001:db8::2", "192.0.2.2"]
    assert canonical(parsed.take([5, 0])) == ["192.0.2.2", "2001:db8::1"]
    assert canonical(parsed.take(parsed.version == 6)) == ["2001:db8::1", "2001:db8::2"]


def test_an_empty_column_gives_empty_answers() -> None:
    nobody = parse([])
    assert len(nobody) == 0
    assert canonical(nobody) == []
    assert network_texts(nobody, np.array([])) == []
    assert len(scopes(nobody)[0]) == len(embedded(nobody)[1]) == 0


@given(st.lists(st.one_of(st.none(), SPELLINGS, ALMOST, st.text("0123456789.\n", max_size=20))))
def test_texts_do_not_disturb_each_other(texts: list[str | None]) -> None:
    one_by_one = [parse([text]) for text in texts]
    together = parse(texts)
    for name in ("high", "low", "version"):
        assert getattr(together, name).tolist() == [int(getattr(one, name)[0]) for one in one_by_one]


@given(st.lists(IPV4))
def test_ipv4_texts_come_back(addresses: list[ipaddress.IPv4Address]) -> None:
    texts = [str(address) for address in addresses]
    assert canonical(parse(texts)) == texts


@given(IPV6)
@example(ipaddress.IPv6Address("::"))
@example(ipaddress.IPv6Address("::1.2.3.4"))
@example(ipaddress.IPv6Address("1:0:2:0:3:0:4:0"))
@example(ipaddress.IPv6Address("1:0:0:2:0:0:0:3"))
def test_ipv6_texts_follow_rfc_5952(address: ipaddress.IPv6Address) -> None:
    if address.ipv4_mapped is None:
        assert canonical(parse([address.exploded.upper()])) == [str(address)]


@given(IPV4)
def test_mapped_addresses_end_in_a_dotted_quad(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    assert canonical(parse([f"::FFFF:{number >> 16:x}:{number & 0xFFFF:x}"])) == [f"::ffff:{address}"]


# What each block is called in the registries of IANA, and its scope. The test below compares the
# table with this list in both directions.
BLOCKS = {
    "reserved": "0.0.0.0/8 240.0.0.0/4 ::/8 100::/8 200::/7 400::/6 800::/5 1000::/4 4000::/3 6000::/3 "
    "8000::/3 a000::/3 c000::/3 e000::/4 f000::/5 f800::/6 fe00::/9",
    "unspecified": "0.0.0.0/32 ::/128",
    "private": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16",
    "cgnat": "100.64.0.0/10",
    "loopback": "127.0.0.0/8 ::1/128",
    "link_local": "169.254.0.0/16 fe80::/10",
    "site_local": "fec0::/10",
    "protocol_assignment": "192.0.0.0/24 192.0.0.0/29 192.0.0.8/32 192.0.0.170/32 192.0.0.171/32 "
    "192.88.99.2/32 2001::/23 100:0:0:1::/64",
    "anycast_service": "192.0.0.9/32 192.0.0.10/32 2001:1::1/128 2001:1::2/128 2001:1::3/128",
    "documentation": "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20",
    "as112": "192.31.196.0/24 192.175.48.0/24 2001:4:112::/48 2620:4f:8000::/48",
    "amt": "192.52.193.0/24 2001:3::/32",
    "6to4_relay": "192.88.99.0/24",
    "benchmarking": "198.18.0.0/15 2001:2::/48",
    "multicast": "224.0.0.0/4 ff00::/8",
    "broadcast": "255.255.255.255/32",
    "v4_compat": "::/96",
    "v4_mapped": "::ffff:0:0/96",
    "nat64": "64:ff9b::/96",
    "nat64_local": "64:ff9b:1::/48",
    "discard": "100::/64",
    "teredo": "2001::/32",
    "orchid": "2001:10::/28 2001:20::/28",
    "drone_id": "2001:30::/28",
    "6to4": "2002::/16",
    "srv6": "5f00::/16",
    "ula": "fc00::/7",
}
BLOCK_SCOPES = {block: scope for scope, listed in BLOCKS.items() for block in listed.split()}


def test_the_table_holds_exactly_the_blocks_of_the_registries() -> None:
    assert {row.block: row.scope for row in blocks()} == BLOCK_SCOPES
    assert len(blocks()) == len(BLOCK_SCOPES)


def test_every_row_of_the_table_is_complete() -> None:
    for row in blocks():
        network = ipaddress.ip_network(row.block)
        assert str(network) == row.block
        assert row.name
        assert row.rfc.startswith("RFC ")
        assert not row.registered or "1981-01" <= row.registered <= "2026-12"


@pytest.mark.parametrize("block", BLOCK_SCOPES)
def test_the_most_specific_block_decides_at_its_ends_and_beside_them(block: str) -> None:
    network = ipaddress.ip_network(block)
    around = [network[0], network[-1]]
    if int(network[0]) > 0:
        around.append(network[0] - 1)
    if int(network[-1]) < (1 << network.max_prefixlen) - 1:
        around.append(network[-1] + 1)
    networks = [(ipaddress.ip_network(text), scope) for text, scope in BLOCK_SCOPES.items()]
    for address in around:
        holding = [
            (n.prefixlen, scope) for n, scope in networks if n.version == address.version and address in n
        ]
        assert scope_of(str(address)) == (max(holding)[1] if holding else "global"), address


def test_the_first_address_of_a_block_without_a_finer_one_has_its_scope() -> None:
    finer = {"0.0.0.0/8", "192.0.0.0/24", "::/8", "::/96", "100::/8", "2001::/23"}
    for block in BLOCK_SCOPES.keys() - finer:
        assert scope_of(str(ipaddress.ip_network(block)[0])) == BLOCK_SCOPES[block]


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "192.0.1.1", "223.255.255.255", "2001:200::", "2c00::", "2003::"]
)
def test_public_addresses_are_global(text: str) -> None:
    assert scope_of(text) == "global"


def test_what_is_no_address_is_invalid_and_never_looked_up() -> None:
    assert scope_of("999.1.1.1") == "invalid"
    assert "invalid" in not_global_scopes()


def test_a_scope_is_looked_up_always_or_never() -> None:
    for scope, rows in itertools.groupby(sorted(blocks(), key=lambda row: row.scope), lambda row: row.scope):
        assert len({row.not_global for row in rows}) == 1, scope


def test_what_iana_calls_unreachable_is_not_looked_up_unless_it_carries_another_address() -> None:
    carriers = set(EMBEDDINGS)
    assert not carriers & not_global_scopes()
    assert "global" not in not_global_scopes()
    for row in blocks():
        if row.globally_reachable is False and row.scope not in carriers:
            assert row.not_global, row
        if row.globally_reachable and row.not_global:
            assert row.scope in {"orchid", "drone_id"}  # identifiers that are never routed


@pytest.mark.parametrize(
    ("text", "inner", "kind"),
    [
        ("::ffff:192.0.2.33", "192.0.2.33", "v4_mapped"),
        ("::192.0.2.33", "192.0.2.33", "v4_compat"),
        ("2002:c000:221::1", "192.0.2.33", "6to4"),
        # RFC 4380 section 4, with the server 65.54.227.120; the client is behind 192.0.2.45.
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.0.2.45", "teredo"),
        ("64:ff9b::192.0.2.33", "192.0.2.33", "nat64"),
        ("64:ff9b:1::192.0.2.33", "64:ff9b:1::c000:221", None),
        ("64:ff9b::1:0:0", "64:ff9b::1:0:0", None),
        ("::", "::", None),
        ("::1", "::1", None),
        ("2001:1::1", "2001:1::1", None),
        ("2003::1", "2003::1", None),
        ("192.0.2.33", "192.0.2.33", None),
    ],
)
def test_the_address_inside_an_address_is_found(text: str, inner: str, kind: str | None) -> None:
    found, kinds = embedded(parse([text]))
    assert canonical(found) == [inner]
    assert kinds.tolist() == [EMBEDDINGS.index(kind) if kind else -1]


def test_embedding_keeps_what_is_no_address() -> None:
    found, kinds = embedded(parse([None, "2002:c000:221::1"]))
    assert canonical(found) == [None, "192.0.2.33"]
    assert kinds.tolist() == [-1, EMBEDDINGS.index("6to4")]


@given(IPV6)
def test_embedded_addresses_agree_with_the_standard_library(address: ipaddress.IPv6Address) -> None:
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
    if inner:
        assert canonical(embedded(parse([str(address)]))[0]) == [str(inner)]


def test_embedding_changes_no_argument() -> None:
    given_ = parse(["2002:c000:221::1"])
    before = integers(given_)
    embedded(given_)
    assert integers(given_) == before


@given(st.one_of(st.tuples(IPV4, st.integers(0, 32)), st.tuples(IPV6, st.integers(0, 128))))
def test_networks_are_those_of_the_standard_library(case: tuple[ipaddress.IPv4Address, int]) -> None:
    address, length = case
    network = ipaddress.ip_network((address, length), strict=False)
    text = network_texts(parse([str(address)]), np.array([length], np.uint8))[0]
    assert text is not None
    assert ipaddress.ip_network(text) == network
    assert text.endswith(f"/{length}")
