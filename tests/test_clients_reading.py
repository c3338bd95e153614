"""The client column: what is an address, and which address is the client."""

from __future__ import annotations

import ipaddress
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logattr.addresses import parse
from logattr.errors import OptionError
from logattr.reading.clients import RULES, TrustedProxies, choose

PRIVATE = TrustedProxies.parse("private")
V6 = "2001:db8::1"


def one(raw: str | None) -> tuple[str | None, str | None, str]:
    """Client's address, its host name and the rule for one text."""
    found = choose([raw])
    assert found.peer_ip == found.client_ip
    return found.client_ip[0], found.client_host[0], found.rule[0]


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ('"192.0.2.1"', "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("192.0.2.1:65535", "192.0.2.1"),
        ("192.0.2.1%3", "192.0.2.1"),
        ("ipv4:192.0.2.1:445", "192.0.2.1"),
        ("ipv4:192.0.2.1", "192.0.2.1"),
        ("ipv6:2001:db8::1:445", V6),
        ("ipv6:[2001:db8::1]:445", V6),
        ("2001:DB8:0:0:0:0:0:1", V6),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", V6),
        ("[2001:db8::1]", V6),
        ("[2001:db8::1]:4711", V6),
        ("[2001:db8::1%eth0]:4711", V6),
        ('"[2001:db8::1]:4711"', V6),
        ("::1%0", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("fe80::1%25en0", "fe80::1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"),
        ("::ffff:192.0.2.1:4711", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:4711", "192.0.2.1"),
        ("::ffff:192.0.2.1%0", "192.0.2.1"),
        # An IPv6 address with a port and no brackets, where nothing else can be meant:
        ("2001:db8:0:0:0:0:0:1:58430", V6),
        ("2001:db8:0:0:0:0:0:1:80", V6),
        ("2001:db8::3:4:5:6:7:80", "2001:db8:0:3:4:5:6:7"),  # :: stands for one group at least
        ("2001:db8::1:58430", V6),
        # ... and where it is an address as it stands:
        ("2001:db8::1:80", "2001:db8::1:80"),
        ("2001:db8:1:2:3:4:5:80", "2001:db8:1:2:3:4:5:80"),
        ("2001:db8::4:5:6:7:80", "2001:db8:0:4:5:6:7:80"),
    ],
)
def test_every_spelling_of_an_address_becomes_the_canonical_one(raw: str, address: str) -> None:
    assert one(raw) == (address, None, "peer")


@pytest.mark.parametrize(
    "raw",
    [
        "0121.02.0105.0240",
        "192.0.2.01",
        "0x51.0x02.0x45.0xa0",
        "0x51024530",
        "127.1",
        "127.0.1",
        "1359103392",
        "192.0.2.1.5",
        "192.0.2.256",
        "192.0.2.1:65536",
        "192.0.2.1:",
        "192.0.2.1:80:80",
        "192.0.2.1/24",
        "192.0.2.1-2",
        "192.0.2.1 198.51.100.1",
        "[192.0.2.1",
        "[2001:db8::1]:99999",
        "[2001:db8::1]x",
        "1:2:3:4:5:6:7:8:9:10",
        "2001:db8::1::2",
        "::1:99999",
        "fe80::1%",
        "١٩٢.0.2.1",
        "192.0.2.1\n",
        "host name",
        "-host.example.com",
        "host-.example.com",
        "host..example.com",
        ".example.com",
        "host.example.123",
        "host.example.0x1f",
        "a" * 64 + ".example.com",
        "a." * 126 + "ab",
        "bücher.example",
        "localhost:8080",
        "<script>alert(1)</script>",
        "<script>a,b</script>",
        "' OR 1=1 --",
        "\0",
        "\x16\x03\x01",
        "\udcff",
        '"',
        ",",
        "for=",
        "%",
        "[]",
    ],
)
def test_what_is_neither_address_nor_host_name_is_kept_out(raw: str) -> None:
    # White space around an address is not part of it.
    expected = ("192.0.2.1", None, "peer") if raw.strip() == "192.0.2.1" else (None, None, "not_an_address")
    assert one(raw) == expected


@pytest.mark.parametrize(
    ("raw", "host"),
    [
        ("proxy.example.com", "proxy.example.com"),
        ("Proxy.Example.COM.", "proxy.example.com"),
        ("localhost", "localhost"),
        ("92.118.161.13.netsystemsresearch.com", "92.118.161.13.netsystemsresearch.com"),
        ("192.0.2.1.example.net", "192.0.2.1.example.net"),
        ("1.2.0.192.in-addr.arpa", "1.2.0.192.in-addr.arpa"),
        ("my_host._tcp.example.com", "my_host._tcp.example.com"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
        ("a." * 126 + "a", "a." * 126 + "a"),
    ],
)
def test_a_host_name_stays_whole_and_is_no_address(raw: str, host: str) -> None:
    assert one(raw) == (None, host, "hostname")


@pytest.mark.parametrize(
    "raw", [None, "", "-", '"-"', '""', " ", "--", "unknown", "Unknown", "(empty)", "null"]
)
def test_nothing_is_no_address(raw: str | None) -> None:
    assert one(raw) == (None, None, "no_address")


@pytest.mark.parametrize("raw", ["unix:", "unix:/run/app.sock", "unix:3"])
def test_a_unix_socket_has_no_address(raw: str) -> None:
    assert one(raw) == (None, None, "unix_socket")


@pytest.mark.parametrize(
    ("raw", "address", "rule"),
    [
        ("192.0.2.1, 198.51.100.2", "198.51.100.2", "list_rightmost"),
        ("192.0.2.1,198.51.100.2", "198.51.100.2", "list_rightmost"),
        ('"192.0.2.1, 198.51.100.2"', "198.51.100.2", "list_rightmost"),
        ('"192.0.2.1", "198.51.100.2"', "198.51.100.2", "list_rightmost"),
        ("junk, <b>, [2001:db8::1]:80", V6, "list_rightmost"),
        ("192.0.2.1,", "192.0.2.1", "peer"),
        ("192.0.2.1, unknown", None, "no_address"),
        ("192.0.2.1, junk!", None, "not_an_address"),
        ('192.0.2.1, "198.51.100.2', None, "not_an_address"),
    ],
)
def test_of_a_list_only_the_last_entry_is_believed(raw: str, address: str | None, rule: str) -> None:
    assert one(raw) == (address, None, rule)


@settings(deadline=None)  # the machine may be busy
@given(st.ip_addresses())
def test_addresses_are_written_as_the_standard_library_writes_them(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    mapped = getattr(address, "ipv4_mapped", None)
    expected = (str(mapped or address), None, "peer")
    for raw in (str(address), address.exploded, str(address).upper(), f"[{address}]", f"[{address}]:80"):
        assert one(raw) == expected
    assert one(address.exploded + ":8080") == expected


@settings(deadline=None)  # the machine may be busy
@given(st.text(alphabet='0123456789abcdefx.:%[]"-_, /=;', max_size=40) | st.text(max_size=20))
def test_any_text_gives_one_answer_and_never_a_lax_address(raw: str) -> None:
    address, host, rule = one(raw)
    assert rule in RULES
    assert (address is not None) == (rule in ("peer", "list_rightmost"))
    assert (host is not None) == (rule == "hostname")
    if address is not None:
        assert str(ipaddress.ip_address(address)) == address
    try:
        strict = ipaddress.ip_address(raw)
    except ValueError:
        return
    assert address is not None
    if "%" not in raw:
        assert address == str(getattr(strict, "ipv4_mapped", None) or strict)


# --- forwarded addresses ---

CLIENT, SPOOFED, PROXY = "203.0.113.9", "198.51.100.66", "10.0.0.1"


@pytest.mark.parametrize(
    ("raw", "forwarded", "address", "rule"),
    [
        (PROXY, CLIENT, CLIENT, "forwarded"),
        (PROXY, f"{SPOOFED}, {CLIENT}", CLIENT, "forwarded"),
        (PROXY, f"{SPOOFED}, {CLIENT}, 10.0.0.2, ::1", CLIENT, "forwarded"),
        (PROXY, f'"{SPOOFED}, {CLIENT}"', CLIENT, "forwarded"),
        (PROXY, f"{SPOOFED},{CLIENT}:4711,[fd00::1]:80", CLIENT, "forwarded"),
        (PROXY, f"::ffff:{CLIENT}", CLIENT, "forwarded"),
        (PROXY, f"{CLIENT}, ", CLIENT, "forwarded"),
        (PROXY, f"for={CLIENT};proto=http;by=10.0.0.3", CLIENT, "forwarded"),
        (PROXY, f"for={SPOOFED}, proto=https;For={CLIENT}", CLIENT, "forwarded"),
        (PROXY, 'for="[2001:db8::1]:4711"', V6, "forwarded"),
        (PROXY, f'for={CLIENT};host="x, for={SPOOFED}"', CLIENT, "forwarded"),
        (PROXY, f'for={CLIENT};host="x;for={SPOOFED}"', CLIENT, "forwarded"),
        (PROXY, f'for={SPOOFED};a="\\"", for={CLIENT}', CLIENT, "forwarded"),
        (PROXY, "10.0.0.9, 10.0.0.2", "10.0.0.9", "forwarded_all_trusted"),
        (PROXY, f"{CLIENT}, junk!, 10.0.0.2", "10.0.0.2", "forwarded_invalid"),
        (PROXY, f"{CLIENT}, unknown", PROXY, "forwarded_invalid"),
        (PROXY, "unknown", PROXY, "forwarded_invalid"),
        (PROXY, "<script>", PROXY, "forwarded_invalid"),
        (PROXY, "host.example.com", PROXY, "forwarded_invalid"),
        (PROXY, "for=_hidden", PROXY, "forwarded_invalid"),
        (PROXY, f"by={CLIENT}", PROXY, "forwarded_invalid"),
        (PROXY, f'for="a, for={CLIENT}', PROXY, "forwarded_invalid"),
        (PROXY, f'for="\\", for="[{V6}]"', PROXY, "forwarded_invalid"),
        (PROXY, "0x7f.1", PROXY, "forwarded_invalid"),
        (PROXY, None, PROXY, "peer"),
        (PROXY, "-", PROXY, "peer"),
        (PROXY, "", PROXY, "peer"),
        (CLIENT, SPOOFED, CLIENT, "peer"),
        ("::ffff:10.0.0.1", CLIENT, CLIENT, "forwarded"),
        ("unix:", CLIENT, None, "unix_socket"),
        ("-", CLIENT, None, "no_address"),
        # The list stands in the client column itself:
        (f"{SPOOFED}, {CLIENT}, {PROXY}", None, CLIENT, "forwarded"),
        (f"{CLIENT},{PROXY}", "-", CLIENT, "forwarded"),
        (f"{SPOOFED}, {CLIENT}", None, CLIENT, "list_rightmost"),
        (f"10.0.0.3, {PROXY}", CLIENT, CLIENT, "forwarded"),
        (f"10.0.0.3, {PROXY}", None, "10.0.0.3", "forwarded_all_trusted"),
    ],
)
def test_behind_trusted_proxies_the_rightmost_stranger_is_the_client(
    raw: str, forwarded: str | None, address: str | None, rule: str
) -> None:
    found = choose([raw], [forwarded], trusted_proxies=PRIVATE)
    assert (found.client_ip, found.rule) == ([address], [rule])
    assert found.peer_ip == choose([raw]).client_ip


def test_forwarded_addresses_are_ignored_unless_proxies_are_trusted() -> None:
    found = choose([PROXY, CLIENT], [CLIENT, SPOOFED])
    assert found.client_ip == [PROXY, CLIENT]
    assert found.rule == ["peer", "peer"]


def test_a_unix_socket_is_trusted_only_on_request() -> None:
    found = choose(["unix:", "unix:"], [CLIENT, "-"], trusted_proxies=TrustedProxies.parse(["unix:"]))
    assert (found.client_ip, found.peer_ip) == ([CLIENT, None], [None, None])
    assert found.rule == ["forwarded", "unix_socket"]


def test_one_host_name_does_not_shift_the_other_rows() -> None:
    found = choose(["a.example", PROXY, "-", CLIENT], [CLIENT, V6, CLIENT, None], trusted_proxies=PRIVATE)
    assert found.client_ip == [None, V6, None, CLIENT]
    assert found.client_host == ["a.example", None, None, None]
    assert found.peer_ip == [None, PROXY, None, CLIENT]
    assert found.rule == ["hostname", "forwarded", "no_address", "peer"]


@pytest.mark.parametrize(
    ("raw", "peer", "address", "peer_address", "rule"),
    [
        (CLIENT, CLIENT, CLIENT, CLIENT, "peer"),
        (CLIENT, f"::ffff:{CLIENT}", CLIENT, CLIENT, "peer"),
        (CLIENT, PROXY, CLIENT, PROXY, "server"),
        (CLIENT, "unix:", CLIENT, None, "server"),
        (CLIENT, None, CLIENT, CLIENT, "peer"),
        (CLIENT, "-", CLIENT, CLIENT, "peer"),
        (None, PROXY, PROXY, PROXY, "peer"),
        ("-", PROXY, PROXY, PROXY, "peer"),
        ("a.example", PROXY, None, PROXY, "hostname"),
        (f"{SPOOFED}, {CLIENT}", PROXY, CLIENT, PROXY, "list_rightmost"),
        (None, None, None, None, "no_address"),
    ],
)
def test_a_peer_column_is_kept_beside_the_client(
    raw: str | None, peer: str | None, address: str | None, peer_address: str | None, rule: str
) -> None:
    found = choose([raw], None, [peer])
    assert (found.client_ip, found.peer_ip, found.rule) == ([address], [peer_address], [rule])


def test_the_peer_column_can_be_the_trusted_proxy_where_the_client_column_is_empty() -> None:
    found = choose(["-"], [CLIENT], [PROXY], trusted_proxies=PRIVATE)
    assert (found.client_ip, found.peer_ip, found.rule) == ([CLIENT], [PROXY], ["forwarded"])


def test_no_rows_give_no_rows() -> None:
    found = choose([], [], [], trusted_proxies=PRIVATE)
    assert (found.client_ip, found.client_host, found.peer_ip, found.rule) == ([], [], [], [])


# --- trusted proxies ---


@settings(deadline=None)  # the machine may be busy
@given(
    st.lists(st.ip_addresses(), max_size=5),
    st.ip_addresses(v=4).flatmap(lambda a: st.tuples(st.just(a), st.integers(0, 32)))
    | st.ip_addresses(v=6).flatmap(lambda a: st.tuples(st.just(a), st.integers(0, 128))),
)
def test_networks_contain_what_the_standard_library_says(
    addresses: list[ipaddress.IPv4Address | ipaddress.IPv6Address],
    pair: tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int],
) -> None:
    network = ipaddress.ip_network((pair[0], pair[1]), strict=False)
    if network.version == 6 and str(network).startswith("::ffff:"):
        return
    proxies = TrustedProxies.parse([str(network)])
    asked = [*addresses, pair[0], network[0], network[-1]]
    assert proxies.contain(parse([str(address) for address in asked])).tolist() == [
        address in network for address in asked
    ]


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("private", "172.31.255.255", "172.32.0.0"),
        ("PRIVATE", "fd12::1", "fe00::1"),
        ("private", "169.254.1.1", "100.64.0.1"),
        ("192.0.2.0/24, 198.51.100.1", "198.51.100.1", "198.51.100.2"),
        ("::ffff:192.0.2.0/120", "192.0.2.200", "192.0.3.1"),
        ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"),
        ("unix:", "", "127.0.0.1"),
    ],
)
def test_trusted_proxies_are_networks_addresses_or_words(text: str, inside: str, outside: str) -> None:
    proxies = TrustedProxies.parse(text)
    assert proxies.contain(parse([inside, outside])).tolist() == [inside != "", False]


@pytest.mark.parametrize(
    ("text", "try_"),
    [
        ("10.0.0.1/8", "10.0.0.0/8"),
        ("10.0.0.0/33", ""),
        ("proxy.example.com", ""),
        ("10.0.0", ""),
        ("010.0.0.0/8", ""),
        ("\x1b[31m", ""),
    ],
)
def test_a_trusted_proxy_that_is_no_network_is_an_error(text: str, try_: str) -> None:
    with pytest.raises(OptionError) as caught:
        TrustedProxies.parse(["192.0.2.0/24", text])
    assert repr(text) in caught.value.given
    assert str(caught.value).isprintable()
    if try_:
        assert caught.value.try_ == try_


def test_every_rule_is_explained() -> None:
    assert all(meaning and name.islower() for name, meaning in RULES.items())


@pytest.mark.parametrize("piece", ['"', "a", 'for="\\', "a-.", "1:", ",", ";=", '","'])
def test_hostile_texts_take_little_time(piece: str) -> None:
    text = piece * 100_000
    start = time.perf_counter()
    choose([text, text + "!", text + ","], [None, None, None])
    choose([PROXY], [text], trusted_proxies=PRIVATE)
    assert time.perf_counter() - start < 2
