import csv
import datetime
from ipaddress import collapse_addresses, ip_network
from pathlib import Path

import numpy as np
import pytest

from logattr.addresses import parse, scopes
from logattr.networks import providers as module
from logattr.networks.lists import load_list
from logattr.networks.providers import NAME, coverage, load_providers, providers
from logattr.networks.signals import BUILT_IN, CLASSES, LIST_CLASSES, assess, holder_key, list_hits

REAL = Path(__file__).parents[1] / "../shared/data/lists"
needs_real_lists = pytest.mark.skipif(not REAL.is_dir(), reason="the real lists are not beside the checkout")
TABLE = Path(module.__file__).with_name("providers.csv")
NETWORKS = [(ip_network(text), row.name) for row in providers() for text in row.networks]
ANONYMISERS = [row for row in providers() if CLASSES[row.class_].group == "anonymiser"]

# Sell Internet access at home or carry such customers: Spanish, Chinese and German carriers, transit
# with tunnels (Hurricane Electric), a wireless provider that hosting lists name by mistake, Starlink.
CONSUMER_AS_NUMBERS = {
    3352, 12479, 12430, 6739, 57269, 15704, 766, 12338, 12334, 4134, 4837, 4808, 9808, 56044, 134762,
    4812, 3209, 8881, 3320, 6939, 394330, 4323, 3561, 395978, 14593, 131279,
}  # fmt: skip


def ask(ips, numbers=None, orgs=None):
    hits = list_hits(
        load_providers(),
        parse(ips),
        np.array(numbers or [0] * len(ips), np.int64),
        orgs or [None] * len(ips),
    )
    return hits, assess(len(ips), [hits], [hits.source])


def test_there_are_enough_operators_and_vpn_companies_with_networks():
    assert coverage().operators >= 150
    assert len([row for row in providers() if row.class_ == "vpn" and row.networks]) >= 12


def test_the_file_is_plain_utf8_csv_with_one_row_per_operator_and_class():
    rows = list(csv.reader(TABLE.read_text(encoding="utf-8").splitlines(), strict=True))
    assert {len(row) for row in rows} == {9}
    keys = [(row.name, row.class_) for row in providers()]
    assert len(keys) == len(set(keys)) == len(rows) - 1


@pytest.mark.parametrize("row", providers(), ids=lambda row: row.name)
def test_every_row_says_what_where_from_and_when(row):
    assert row.class_ in LIST_CLASSES
    assert row.source
    assert datetime.date(2017, 1, 1) < row.date <= datetime.date(2026, 12, 31)
    assert row.as_numbers or row.networks
    assert bool(row.networks) == bool(row.network_basis)
    assert all(0 < number < 2**32 for number in row.as_numbers)
    assert [str(ip_network(text)) for text in row.networks] == list(row.networks)
    assert list(row.as_numbers) == sorted(set(row.as_numbers))


def test_as_numbers_are_unique_and_none_is_a_consumer_carriers():
    numbers = [number for row in providers() for number in row.as_numbers]
    assert len(numbers) == len(set(numbers))
    by_class = {number: row.class_ for row in providers() for number in row.as_numbers}
    assert {by_class[number] for number in CONSUMER_AS_NUMBERS & set(numbers)} == {"satellite"}


def test_holder_names_are_unique_and_none_is_too_general():
    owners = {}
    for row in providers():
        for name in row.holder_names:
            assert owners.setdefault(holder_key(name), row.name) == row.name
            assert len(holder_key(name)) >= 3


def test_networks_overlap_only_where_a_crawlers_lies_inside_its_cloud():
    rows = [(ip_network(text), row.class_, row.name) for row in providers() for text in row.networks]
    ordered = sorted(rows, key=lambda row: (row[0].version, int(row[0][0]), row[0].prefixlen))
    around = ordered[0]
    inside = 0
    for row in ordered[1:]:
        if row[0].version != around[0].version or not row[0].overlaps(around[0]):
            around = row
            continue
        assert (around[1], row[1]) == ("hosting", "robot"), (around, row)
        assert row[0].prefixlen > around[0].prefixlen
        inside += 1
    assert inside


def test_a_crawler_inside_a_cloud_is_a_crawler():
    _, found = ask(["13.66.139.9", "13.66.138.9"])
    assert found["anon_class"] == ["robot", "hosting"]
    assert found["anon_provider"] == ["Bingbot", "Microsoft Azure"]


def test_satellite_operators_are_access_and_no_anonymisers():
    _, found = ask(["153.66.1.1", "198.51.100.1", "2605:59c0::1"], [0, 14593, 0])
    assert found["anon_class"] == ["satellite"] * 3
    assert found["anon_provider"] == ["Starlink"] * 3
    assert found["anon_strength"] == ["range", "as_only", "range"]
    assert found["anon_sources_checked"].tolist() == [1, 1, 1]


def test_the_cloud_inside_china_is_a_cloud():
    _, found = ask(["47.96.1.1", "198.51.100.1", "114.55.0.1"], [0, 37963, 0])
    assert found["anon_class"] == ["hosting"] * 3


def test_every_network_is_public_space_and_no_wider_than_an_operator_is():
    ends = parse([str(end) for network, _ in NETWORKS for end in (network[0], network[-1])])
    codes, names = scopes(ends)
    assert {names[code] for code in set(codes.tolist())} == {"global"}
    assert min(network.prefixlen for network, _ in NETWORKS if network.version == 4) >= 13
    assert min(network.prefixlen for network, _ in NETWORKS if network.version == 6) >= 29


def test_roles_that_are_often_mistaken_are_right():
    class_of = {number: row.class_ for row in providers() for number in row.as_numbers}
    assert class_of[13335] == class_of[54113] == "cdn"
    assert class_of[36183] == "relay"
    assert class_of[398391] == "sase"
    assert class_of[9009] == class_of[16509] == "hosting"
    assert class_of[136787] == class_of[209854] == class_of[39351] == "vpn"
    assert class_of[60729] == "tor_exit"


def test_a_network_an_as_number_and_a_holder_are_each_found():
    hits, found = ask(
        ["185.213.154.66", "198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4", "2a03:1b20::1"],
        [0, 39351, 0, 64496, 3352, 0],
        [None, "31173 SERVICES AB.", "31173 Services AB", "DigitalOcean LLC", "Telefonica De Espana", None],
    )
    assert found["anon_class"] == ["vpn", "vpn", "vpn", "hosting", "none_found", "vpn"]
    assert found["anon_strength"] == ["range", "as_only", "as_only", "as_only", None, "range"]
    assert found["anon_provider"][0] == "Mullvad VPN (31173 Services)"
    assert hits.values[1:4] == ["AS39351", "31173 Services AB", "DigitalOcean, LLC"]
    assert hits.source.name == NAME
    assert hits.source.lineage == BUILT_IN


def test_a_known_as_number_is_not_overruled_by_its_holders_name():
    hits, _ = ask(["198.51.100.1"], [9009], ["31173 Services AB"])
    assert hits.values == ["AS9009"]


def test_a_search_engines_robot_is_a_robot_though_its_owner_is_a_host():
    _, found = ask(["66.249.66.1", "157.55.39.1", "2001:4860:4801:10::1"], [15169, 8075, 15169])
    assert found["anon_class"] == ["robot"] * 3


def test_without_a_database_of_as_numbers_only_networks_answer():
    hits, found = ask(["185.65.135.1", "3.5.7.9"])
    assert (hits.rows.tolist(), found["anon_class"]) == ([0], ["vpn", "none_found"])
    assert found["anon_sources_checked"].tolist() == [1, 1]


def test_the_source_says_how_little_it_covers():
    sentence = load_providers().covers
    assert "7.4%" in sentence
    assert "3.14 million" in sentence
    assert "fraction" in sentence
    held = load_providers()
    assert coverage().networks == len(NETWORKS)
    assert coverage().ipv4_addresses == held.intervals.address_count(4)
    assert coverage().as_numbers == len(held.as_numbers)


def test_the_date_of_the_table_is_that_of_its_anonymisers():
    assert load_providers().date == max(row.date for row in ANONYMISERS)


@needs_real_lists
def test_the_shares_that_the_module_states_are_what_the_real_lists_give():
    def share(path, rows=ANONYMISERS):
        held = load_list("vpn", REAL / path)
        networks = collapse_addresses(
            n for n in (ip_network(text) for row in rows for text in row.networks) if n.version == 4
        )
        starts, ends = (
            held.intervals.v4.first_low.astype(np.int64),
            held.intervals.v4.last_low.astype(np.int64),
        )
        both = 0
        for network in networks:
            common = np.minimum(ends, int(network[-1])) - np.maximum(starts, int(network[0])) + 1
            both += int(common[common > 0].sum())
        return both / held.intervals.address_count(4), held.intervals.address_count(4)

    now, addresses = share("x4bnet/2026-08-22/output/vpn/ipv4.txt")
    assert addresses == module.X4BNET_ADDRESSES
    assert now == pytest.approx(module.X4BNET_SHARE, abs=0.0005)
    before, _ = share("x4bnet/2024-02-01/output/vpn/ipv4.txt")
    assert before == pytest.approx(module.X4BNET_SHARE_2024, abs=0.0005)
    hosting, _ = share("x4bnet/2026-08-22/output/datacenter/ipv4.txt", providers())
    assert hosting == pytest.approx(module.X4BNET_HOSTING_SHARE, abs=0.0005)


@needs_real_lists
def test_the_share_of_known_exits_is_what_the_module_states():
    exits = load_list("vpn", REAL / "protonvpn/protonvpn_ips.txt")
    _, found = ask([value.partition("/")[0] for value in exits.values])
    hidden = sum(CLASSES[class_].group == "anonymiser" for class_ in found["anon_class"])
    assert hidden / len(exits.values) == pytest.approx(module.EXITS_SHARE, abs=0.0005)
