"""Lists that are made from each other count once."""

from pathlib import Path

import pytest

from logattr.enrichment import open_sources, tag_addresses
from logattr.networks.lineage import with_shared_origins
from logattr.networks.lists import load_list

REAL = Path(__file__).parents[1] / "../shared/data/lists"
needs_real_lists = pytest.mark.skipif(not REAL.is_dir(), reason="the real lists are not beside the checkout")


@pytest.fixture
def load(tmp_path):
    def _load(name, numbers, class_="vpn", **options):
        path = tmp_path / name
        path.write_text("\n".join(f"192.0.2.{number}" for number in numbers) + "\n")
        return load_list(class_, path, **options)

    return _load


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (range(100), range(10, 120), True),
        (range(100), range(11, 120), False),  # 89 of 100
        (range(100), range(50, 200), False),
        (range(200), range(20), True),
        (range(200), range(19), False),  # too few to tell
    ],
)
def test_lists_that_share_nine_tenths_of_the_smaller_one_are_one_witness(load, one, other, same):
    found = with_shared_origins([load("one", one), load("other", other)])
    assert (found[0].lineage == found[1].lineage) is same


def test_all_of_a_known_origin_follow_it(load):
    mine = load("mine", range(100))
    theirs = load("theirs", range(95), lineage="x4bnet")
    others = load("others", range(150, 200), lineage="x4bnet")
    found = with_shared_origins([mine, theirs, others])
    assert {one.lineage for one in found} == {mine.lineage}
    assert [one.name for one in found] == [mine.name, theirs.name, others.name]


def test_two_files_of_one_origin_are_one_lineage_in_the_answer(load, tmp_path):
    load("one", range(100))
    load("other", range(3, 100))
    options = [f"vpn={tmp_path / name}" for name in ("one", "other")]
    sources = open_sources(lists=options, environ={"LOGATTR_DATA": str(tmp_path / "no-store")}, require=False)
    (row,) = tag_addresses(["192.0.2.9"], sources).to_pylist()
    assert row["anon_lineages_hit"] == 1


@needs_real_lists
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("x4bnet/2026-08-22/output/datacenter/ipv4.txt", "misp-warninglists/vpn-ipv4/list.json", True),
        ("x4bnet/2026-08-22/input/datacenter/ASN.txt", "bad-asn-list/bad-asn-list.csv", True),
        ("bad-asn-list/bad-asn-list.csv", "ipset/datacenter_asns.json", True),
        ("apple-private-relay/ip-ranges.txt", "misp-warninglists/icloud-private-relay/list.json", True),
        ("x4bnet/2026-08-22/output/vpn/ipv4.txt", "ipranges/protonvpn/ipv4_merged.txt", False),
        ("x4bnet/2026-08-22/output/vpn/ipv4.txt", "misp-warninglists/vpn-ipv4/list.json", False),
        ("aws/ip-ranges.json", "google/cloud.json", False),
    ],
)
def test_published_lists_are_told_apart_by_their_origin(one, other, same):
    found = with_shared_origins([load_list("hosting", REAL / name) for name in (one, other)])
    assert (found[0].lineage == found[1].lineage) is same
