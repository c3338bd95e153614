"""The table of special-purpose addresses, row by row against IANA's two registries of 2026-07-18.

https://www.iana.org/assignments/iana-ipv4-special-registry/ and
https://www.iana.org/assignments/iana-ipv6-special-registry/: block, RFC, month of allocation, month of
termination, globally reachable (-: N/A or empty).
"""

from __future__ import annotations

import pytest

from logattr.addresses import blocks

REGISTRIES = """
0.0.0.0/8 791 1981-09 - no
0.0.0.0/32 1122 1981-09 - no
10.0.0.0/8 1918 1996-02 - no
100.64.0.0/10 6598 2012-04 - no
127.0.0.0/8 1122 1981-09 - no
169.254.0.0/16 3927 2005-05 - no
172.16.0.0/12 1918 1996-02 - no
192.0.0.0/24 6890 2010-01 - no
192.0.0.0/29 7335 2011-06 - no
192.0.0.8/32 7600 2015-03 - no
192.0.0.9/32 7723 2015-10 - yes
192.0.0.10/32 8155 2017-02 - yes
192.0.0.170/32 8880 2013-02 - no
192.0.0.171/32 8880 2013-02 - no
192.0.2.0/24 5737 2010-01 - no
192.31.196.0/24 7535 2014-12 - yes
192.52.193.0/24 7450 2014-12 - yes
192.88.99.0/24 7526 2001-06 2015-03 -
192.88.99.2/32 6751 2012-10 - no
192.168.0.0/16 1918 1996-02 - no
192.175.48.0/24 7534 1996-01 - yes
198.18.0.0/15 2544 1999-03 - no
198.51.100.0/24 5737 2010-01 - no
203.0.113.0/24 5737 2010-01 - no
240.0.0.0/4 1112 1989-08 - no
255.255.255.255/32 919 1984-10 - no
::1/128 4291 2006-02 - no
::/128 4291 2006-02 - no
::ffff:0:0/96 4291 2006-02 - no
64:ff9b::/96 6052 2010-10 - yes
64:ff9b:1::/48 8215 2017-06 - no
100::/64 6666 2012-06 - no
100:0:0:1::/64 9780 2025-04 - no
2001::/23 2928 2000-09 - no
2001::/32 4380 2006-01 - -
2001:1::1/128 7723 2015-10 - yes
2001:1::2/128 8155 2017-02 - yes
2001:1::3/128 9665 2024-04 - yes
2001:2::/48 5180 2008-04 - no
2001:3::/32 7450 2014-12 - yes
2001:4:112::/48 7535 2014-12 - yes
2001:10::/28 4843 2007-03 2014-03 -
2001:20::/28 7343 2014-07 - yes
2001:30::/28 9374 2022-12 - yes
2001:db8::/32 3849 2004-07 - no
2002::/16 3056 2001-02 - -
2620:4f:8000::/48 7534 2011-05 - yes
3fff::/20 9637 2024-07 - no
5f00::/16 9602 2024-04 - no
fc00::/7 4193 2005-10 - no
fe80::/10 4291 2006-02 - no
"""
#: What the registries of the whole address spaces and of multicast say beyond them.
ELSEWHERE = {
    *("224.0.0.0/4", "ff00::/8", "fec0::/10", "::/8", "::/96", "100::/8", "200::/7", "400::/6", "800::/5"),
    *("1000::/4", "4000::/3", "6000::/3", "8000::/3", "a000::/3", "c000::/3", "e000::/4", "f000::/5"),
    *("f800::/6", "fe00::/9"),
}
ROWS = {line.split()[0]: line.split()[1:] for line in REGISTRIES.strip().splitlines()}
TABLE = {row.block: row for row in blocks()}


@pytest.mark.parametrize("block", ROWS)
def test_a_row_says_what_the_registry_says(block: str) -> None:
    rfc, registered, terminated, reachable = ROWS[block]
    row = TABLE[block]
    assert f"RFC {rfc}" in [part.split(" s.")[0] for part in row.rfc.split("; ")]
    assert (row.registered, row.terminated or "-") == (registered, terminated)
    assert row.globally_reachable == {"yes": True, "no": False, "-": None}[reachable]


def test_the_table_has_every_row_of_the_registries_and_no_other_but_whole_spaces() -> None:
    assert TABLE.keys() == ROWS.keys() | ELSEWHERE


def test_the_blocks_of_the_ipv6_space_leave_no_gap_but_global_unicast() -> None:
    # ::/8 to ff00::/8 without 2000::/3: what is not assigned to anybody is not looked up.
    spaces = [
        *("::/8", "100::/8", "200::/7", "400::/6", "800::/5", "1000::/4", "4000::/3", "6000::/3", "8000::/3"),
        *("a000::/3", "c000::/3", "e000::/4", "f000::/5", "f800::/6", "fc00::/7", "fe00::/9", "fe80::/10"),
        *("fec0::/10", "ff00::/8"),
    ]
    whole = sum(2 ** (128 - int(block.split("/")[1])) for block in spaces if block in TABLE)
    assert whole == 2**128 - 2**125
