from ipaddress import ip_address, ip_network

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logattr.addresses import parse
from logattr.networks.intervals import NO_ROW, Intervals, Range

V4_BASE = int(ip_address("198.51.100.0"))
V6_BASE = int(ip_address("2001:db8::"))
# Offsets at both sides of a /64 border, so that ranges start, end and span in every way.
V6_OFFSETS = st.sampled_from([0, 1, 2, 2**63, 2**64 - 2, 2**64 - 1, 2**64, 2**64 + 1, 2**65, 2**65 + 3])


def ranges_of(*texts):
    networks = [ip_network(text) for text in texts]
    return [Range(int(n[0]), int(n[-1]), n.version, row) for row, n in enumerate(networks)]


def brute_force(ranges, address):
    """The smallest covering range, among equals the lowest row."""
    number = int(address)
    covering = [
        (r.last - r.first, r.row)
        for r in ranges
        if r.version == address.version and r.first <= number <= r.last
    ]
    return min(covering)[1] if covering else NO_ROW


@st.composite
def overlapping_ranges(draw):
    v4_ends = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda ends: (4, V4_BASE, ends))
    v6_ends = st.tuples(V6_OFFSETS, V6_OFFSETS).map(lambda ends: (6, V6_BASE, ends))
    drawn = draw(st.lists(st.one_of(v4_ends, v6_ends), max_size=12))
    return [
        Range(base + min(ends), base + max(ends), version, row)
        for row, (version, base, ends) in enumerate(drawn)
    ]


@settings(max_examples=300)
@given(overlapping_ranges())
def test_the_most_specific_range_wins_as_ipaddress_says(ranges):
    asked = [ip_address(V4_BASE + offset) for offset in range(-1, 43)]
    asked += [ip_address(V6_BASE + 2**k + d) for k in (0, 1, 63, 64, 65) for d in (-2, -1, 0, 1, 2, 3)]
    found = Intervals.build(ranges).match(parse([str(address) for address in asked]))
    assert found.tolist() == [brute_force(ranges, address) for address in asked]


@given(
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 32)), max_size=30),
    st.lists(st.integers(0, 2**32 - 1), max_size=30),
)
def test_random_ipv4_networks_agree_with_ipaddress(drawn, numbers):
    networks = [ip_network((number, prefix), strict=False) for number, prefix in drawn]
    ranges = [Range(int(n[0]), int(n[-1]), 4, row) for row, n in enumerate(networks)]
    asked = [ip_address(number) for number in numbers] + [n[0] for n in networks] + [n[-1] for n in networks]
    found = Intervals.build(ranges).match(parse([str(address) for address in asked]))
    assert found.tolist() == [brute_force(ranges, address) for address in asked]


@given(
    st.lists(st.tuples(st.integers(0, 2**128 - 1), st.integers(1, 128)), max_size=30),
    st.lists(st.integers(2**32, 2**128 - 1), max_size=30),
)
def test_random_ipv6_networks_agree_with_ipaddress(drawn, numbers):
    networks = [ip_network((number.to_bytes(16, "big"), prefix), strict=False) for number, prefix in drawn]
    ranges = [Range(int(n[0]), int(n[-1]), 6, row) for row, n in enumerate(networks)]
    asked = [ip_address(number) for number in numbers] + [n[0] for n in networks] + [n[-1] for n in networks]
    found = Intervals.build(ranges).match(parse([str(address) for address in asked]))
    assert found.tolist() == [brute_force(ranges, address) for address in asked]


def test_an_ipv4_range_never_covers_the_ipv6_address_of_the_same_number():
    held = Intervals.build(ranges_of("192.0.2.0/24"))
    assert held.match(parse(["192.0.2.1", f"::{ip_address('192.0.2.1')}"])).tolist() == [0, NO_ROW]


def test_nothing_matches_where_there_is_no_range_or_no_address():
    assert Intervals.build([]).match(parse(["192.0.2.1", "2001:db8::1", None])).tolist() == [-1, -1, -1]
    assert Intervals.build(ranges_of("0.0.0.0/1")).match(parse(["-", None])).tolist() == [-1, -1]
    assert Intervals.build(ranges_of("192.0.2.0/24")).match(parse([])).tolist() == []


def test_the_same_network_twice_answers_the_first_row():
    assert Intervals.build(ranges_of("192.0.2.0/24", "192.0.2.0/24")).match(
        parse(["192.0.2.9"])
    ).tolist() == [0]


def test_the_ends_of_the_address_space_can_be_in_a_range():
    held = Intervals.build(ranges_of("255.255.255.255/32", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"))
    asked = ["255.255.255.255", "255.255.255.254", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff::"]
    assert held.match(parse(asked)).tolist() == [0, -1, 1, -1]


def test_covered_addresses_are_counted_once():
    held = Intervals.build(ranges_of("192.0.2.0/24", "192.0.2.0/25", "198.51.100.7/32", "2001:db8::/63"))
    assert held.address_count(4) == 257
    assert held.address_count(6) == 2**65
    assert held.versions() == (4, 6)
    assert Intervals.build(ranges_of("2001:db8::/32")).versions() == (6,)


@pytest.mark.parametrize("wrong", [Range(2, 1, 4, 0), Range(1, 2, 5, 0)])
def test_a_reversed_range_or_an_unknown_version_is_refused(wrong):
    with pytest.raises(ValueError, match="not a range"):
        Intervals.build([wrong])


def test_many_nested_ranges_are_flattened_in_reasonable_time():
    # 32 levels of nesting around each of 500 addresses: quadratic flattening would take minutes.
    rng = np.random.default_rng(4)
    numbers = rng.integers(2**24, 2**32, 500).tolist()
    networks = [ip_network((number, prefix), strict=False) for number in numbers for prefix in range(1, 33)]
    ranges = [Range(int(n[0]), int(n[-1]), 4, row) for row, n in enumerate(networks)]
    found = Intervals.build(ranges).match(parse([str(ip_address(number)) for number in numbers]))
    assert [networks[row].prefixlen for row in found] == [32] * 500


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 63), st.integers(26, 32)), max_size=25))
def test_networks_within_each_other_are_cut_like_any_ranges(drawn):
    networks = [ip_network((V4_BASE + offset, prefix), strict=False) for offset, prefix in drawn]
    ranges = [Range(int(n[0]), int(n[-1]), 4, row) for row, n in enumerate(networks)]
    asked = [ip_address(V4_BASE + offset) for offset in range(-1, 65)]
    found = Intervals.build(ranges)
    assert found.match(parse([str(address) for address in asked])).tolist() == [
        brute_force(ranges, address) for address in asked
    ]
    # Neighbours that one range owns are one segment, as the sweep over crossing ranges makes them.
    crossing = Intervals.build([*ranges, Range(1, 3, 4, 98), Range(2, 4, 4, 99)])
    assert len(crossing.v4.row) == len(found.v4.row) + 2
