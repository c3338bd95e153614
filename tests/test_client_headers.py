"""Headers of delivery networks that name the client, in every language of formats."""

from __future__ import annotations

import pytest

from logattr.reading.client_headers import CLIENT_HEADERS

from .reading import batch_of

NAMES = [one.name for one in CLIENT_HEADERS]
LINE = b'192.0.2.9 [10/Jan/2024:08:01:02 +0000] "GET / HTTP/1.1" 200 "%b"'


def client_of(line: bytes, format_: str, *trusted: str) -> tuple[str, str, str]:
    """Client, peer and rule of one line."""
    batch = batch_of(line, formats=[format_], trusted=trusted)
    assert batch.rejects.to_pylist() == []
    (row,) = batch.events.to_pylist()
    return row["client_ip"], row["peer_ip"], row["client_rule"]


def formats_of(name: str) -> list[tuple[str, bytes]]:
    """A format string with a header, and a line for its value, in each language."""
    variable = f"$http_{name.replace('-', '_')}"
    w3c = "#Fields: date time cs-method cs-uri-stem c-ip sc-status {}"
    row = b"2024-01-10 08:01:02 GET / 192.0.2.9 200 %b"
    return [
        (f'%h %t "%r" %>s "%{{{name.title()}}}i"', LINE),
        (f'$remote_addr [$time_local] "$request" $status "{variable}"', LINE),
        (w3c.format(name.title()), row),
        (w3c.format(f"cs({name})"), row),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_client_of_a_trusted_network_is_the_one_that_its_header_names(name: str) -> None:
    port = b":4711" if name == "cloudfront-viewer-address" else b""
    for format_, line in formats_of(name):
        for address in ("203.0.113.9", "2001:db8::7"):
            text = line % (address.encode() + port)
            assert client_of(text, format_, "192.0.2.0/24") == (address, "192.0.2.9", "forwarded")
            assert client_of(text, format_) == ("192.0.2.9", "192.0.2.9", "peer")
            assert client_of(text, format_, "10.0.0.0/8") == ("192.0.2.9", "192.0.2.9", "peer")


@pytest.mark.parametrize("name", NAMES)
def test_a_list_of_proxies_goes_before_a_single_address(name: str) -> None:
    line = LINE % b"198.51.100.6" + b' "203.0.113.9, 192.0.2.8"'
    format_ = f'%h %t "%r" %>s "%{{{name}}}i" "%{{X-Forwarded-For}}i"'

    assert client_of(line, format_, "192.0.2.0/24")[0] == "203.0.113.9"


@pytest.mark.parametrize(
    "text", [b"203.0.113.9,+192.0.2.8", b"203.0.113.9,%20192.0.2.8", b"203.0.113.9,%2520192.0.2.8"]
)
def test_blanks_that_a_server_encodes_stand_between_the_entries_of_a_list(text: bytes) -> None:
    format_ = "#Fields: date time cs-method cs-uri-stem c-ip sc-status X-Forwarded-For"

    found = client_of(b"2024-01-10 08:01:02 GET / 192.0.2.9 200 " + text, format_, "192.0.2.0/24")

    assert found == ("203.0.113.9", "192.0.2.9", "forwarded")
