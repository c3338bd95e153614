"""Lists in the shapes in which operators publish them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from logattr.databases.catalog import read_catalog
from logattr.errors import ListError
from logattr.networks.lists import load_list

TWO = ["192.0.2.0/24", "2001:db8::/32"]
EXITS = """@type tordnsel 1.0
Downloaded 2024-01-15 00:02:00
ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E
Published 2024-01-14 10:11:12
LastStatus 2024-01-14 23:00:00
ExitAddress 192.0.2.7 2024-01-14 23:10:11
ExitAddress 192.0.2.8 2024-01-14 22:10:11
"""
SHAPES = {
    "aws": {
        "syncToken": "1",
        "createDate": "2024-01-15-10-11-12",
        "prefixes": [{"ip_prefix": TWO[0], "region": "GLOBAL", "service": "EC2"}] * 2,
        "ipv6_prefixes": [{"ipv6_prefix": TWO[1], "service": "EC2"}],
    },
    "google": {
        "creationTime": "2024-01-15T01:02:03.4",
        "prefixes": [{"ipv4Prefix": TWO[0]}, {"ipv6Prefix": TWO[1]}],
    },
    "azure": {"changeNumber": 7, "values": [{"name": "A", "properties": {"addressPrefixes": TWO}}, {}]},
    "oracle": {
        "last_updated_timestamp": "2024-01-15T00:00:00.1",
        "regions": [{"region": "r", "cidrs": [{"cidr": one, "tags": []} for one in TWO]}],
    },
    "fastly": {"addresses": TWO[:1], "ipv6_addresses": TWO[1:]},
    "misp": {"name": "n", "type": "cidr", "version": 20240115, "list": TWO},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_json_of_operators_is_read_whole(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("\ufeff" + json.dumps(SHAPES[shape]), encoding="utf-8")

    found = load_list("hosting", path)

    assert (list(found.values), found.bad_count) == (TWO, 0)
    assert found.date == (None if shape in {"azure", "fastly"} else dt.date(2024, 1, 15))


def test_every_address_of_a_tor_exit_is_read_and_the_day_is_that_of_the_measurement(tmp_path: Path) -> None:
    path = tmp_path / "exit-addresses"
    path.write_text(EXITS, encoding="utf-8")

    found = load_list("tor_exit", path)

    assert found.values == ("192.0.2.7/32", "192.0.2.8/32")
    assert (found.bad_count, found.date) == (0, dt.date(2024, 1, 15))


def test_a_live_exit_list_states_no_day(tmp_path: Path) -> None:
    path = tmp_path / "exit-addresses"
    path.write_text("\n".join(EXITS.splitlines()[2:]), encoding="utf-8")

    assert load_list("tor_exit", path).date is None


def test_networks_of_a_geofeed_are_read_without_taking_places_for_providers(tmp_path: Path) -> None:
    path = tmp_path / "egress.csv"
    path.write_text(
        "192.0.2.0/31,GB,GB-EN,London,\n2001:db8::/64,US,US-CA,Los Angeles,\n198.51.100.0/24,,,,\n", "utf-8"
    )

    found = load_list("relay", path)

    assert len(found.values) == 3
    assert (set(found.labels), found.bad_count) == ({""}, 0)


@pytest.mark.parametrize("text", ['{"a": 1}', '{"prefixes": 1}', '{"prefixes": [{"x": 1}]}', '{"list": []}'])
def test_json_objects_without_networks_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ListError):
        load_list("vpn", path)


def test_what_is_no_network_in_an_object_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps({"list": ["192.0.2.1", "example.org", None, {"a": 1}, 7]}), encoding="utf-8")

    found = load_list("vpn", path)

    assert (found.entries, found.bad_count) == (1, 4)


REAL = {
    "aws": ("aws/ip-ranges.json", 16817),
    "google-cloud": ("google/cloud.json", 1092),
    "googlebot": ("google/googlebot.json", 315),
    "azure": ("azure/ServiceTags_Public.json", 60927),
    "oracle": ("oracle/public_ip_ranges.json", 1102),
    "fastly": ("fastly/public-ip-list.json", 21),
    "misp-vpn-ipv4": ("misp-warninglists/vpn-ipv4/list.json", 42426),
    "misp-openai-gptbot": ("misp-warninglists/openai-gptbot/list.json", 2),
    "tor-exit-addresses": ("tor/exit-addresses", 44),
    "x4bnet-vpn6": ("x4bnet/2026-08-22/output/vpn/ipv6.txt", 498),
}


@pytest.mark.parametrize("name", REAL)
def test_real_lists_of_the_catalogue_are_read_whole(name: str, shared: Path) -> None:
    file, entries = REAL[name]

    found = load_list(read_catalog()[name].class_, shared / "data/lists" / file)

    assert (found.entries, found.bad_count) == (entries, 0)
