"""Every published list that lies beside the checkout, read by us and by a plain search for addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network, summarize_address_range
from pathlib import Path

import pytest

from logattr.enrichment import open_sources
from logattr.networks.lists import NetworkList

LISTS = Path(__file__).parents[1] / "../shared/data/lists"
NO_LISTS = {"README.md", "egress-ip-ranges.mmdb"}
FILES = sorted(
    str(path.relative_to(LISTS))
    for path in LISTS.rglob("*")
    if path.is_file() and path.name not in NO_LISTS and path.parent.name != "LICENSES"
)
AS_FILES = [name for name in FILES if "asn" in Path(name).name.lower()]
RANGE_FILES = ["ipcat/datacenters.csv"]

pytestmark = pytest.mark.skipif(not LISTS.is_dir(), reason="the real lists are not beside the checkout")
Network = IPv4Network | IPv6Network


def through_the_option(name: str) -> NetworkList:
    """What ``--list vpn=FILE`` opens, warnings and all."""
    return open_sources(lists=[f"vpn={LISTS / name}"], environ={"LOGATTR_DATA": "no-store"}).lists[0]


def addresses(text: str) -> Iterator[Network]:
    """Whatever looks like an address or network anywhere in a text."""
    for word in re.findall(r"(?<![\w.:])[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]+(?:/\d{1,3})?(?![\w.:/])", text):
        try:
            yield ip_network(word)
        except ValueError:
            continue


def numbers(text: str) -> set[int]:
    lines = [re.sub(r"#.*", "", line) for line in text.splitlines()]
    return {
        int(found[1]) for line in lines for found in re.finditer(r'(?:^|[\s"])(?:AS)?(\d+)(?=[\s",]|$)', line)
    }


def test_there_are_lists() -> None:
    assert len(FILES) >= 35


@pytest.mark.parametrize("name", [name for name in FILES if name not in AS_FILES + RANGE_FILES])
def test_networks_are_those_that_a_search_of_the_text_finds(name: str) -> None:
    found = through_the_option(name)

    assert found.bad_count == 0
    assert {ip_network(value) for value in found.values} == set(addresses((LISTS / name).read_text()))


@pytest.mark.parametrize("name", RANGE_FILES)
def test_ranges_cover_what_their_first_and_last_addresses_do(name: str) -> None:
    found = through_the_option(name)

    rows = [line.split(",")[:2] for line in (LISTS / name).read_text().splitlines()]
    expected = {tuple(map(ip_address, row)) for row in rows}
    read = set()
    for value in found.values:
        first, _, last = value.partition("-")
        network = None if last else ip_network(value)
        read.add((network[0], network[-1]) if network else (ip_address(first), ip_address(last)))
    assert found.bad_count == 0
    assert read == expected
    assert all(
        "-" not in value or len(list(summarize_address_range(*ends))) > 1
        for value, ends in (
            (value, tuple(map(ip_address, value.split("-")))) for value in found.values if "-" in value
        )
    )


@pytest.mark.parametrize("name", AS_FILES)
def test_as_numbers_are_those_that_a_search_of_the_text_finds(name: str) -> None:
    found = through_the_option(name)

    text = (LISTS / name).read_text()
    if name.endswith(".csv"):  # the holders' names hold numbers too
        text = "\n".join(line.partition(",")[0] for line in text.splitlines()[1:])
    assert found.bad_count == 0
    assert set(found.as_numbers.tolist()) == numbers(text)
