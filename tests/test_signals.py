import dataclasses
import datetime
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logattr import columns
from logattr.addresses import Addresses, parse
from logattr.networks.lists import load_list
from logattr.networks.signals import (
    ACCESS,
    BUILT_IN,
    CLASSES,
    LIST_CLASSES,
    STRENGTHS,
    Hits,
    Source,
    assess,
    holder_key,
    list_hits,
    negative_sentence,
    source_of,
)

REAL = Path(__file__).parents[1] / "../shared/data/lists"
needs_real_lists = pytest.mark.skipif(not REAL.is_dir(), reason="the real lists are not beside the checkout")
DAY = datetime.date(2024, 2, 1)


def source(name="ours", date=DAY, lineage=None):
    return Source(name, date, lineage or name, "", "networks")


def hits(*pieces, of=None, row=0, checked=None):
    """Hits on one address from (class, strength) or (class, strength, provider)."""
    full = [(*piece, None)[:3] for piece in pieces]
    return Hits(
        of or source(),
        np.full(len(full), row, np.int64),
        [class_ for class_, _, _ in full],
        [strength for _, strength, _ in full],
        [provider for _, _, provider in full],
        [f"{class_} {strength}" for class_, strength, _ in full],
        [None if strength == "as_only" else "192.0.2.0/24" for _, strength, _ in full],
        checked,
    )


def verdict(*pieces):
    found = assess(1, [hits(*pieces)], [source()])
    return found["anon_class"][0], found["anon_strength"][0]


def ask(network_list, ips, as_numbers=None, as_orgs=None):
    numbers = np.array(as_numbers or [0] * len(ips), np.int64)
    return list_hits(network_list, parse(ips), numbers, as_orgs or [None] * len(ips))


@pytest.fixture
def load(tmp_path):
    def _load(class_, content, **options):
        path = tmp_path / f"{class_}-{len(list(tmp_path.iterdir()))}.txt"
        path.write_text(content)
        return load_list(class_, path, **options)

    return _load


# ------------------------------------------------------------------ the order of evidence

ORDER = [
    ("the closest match decides within a class", [("vpn", "as_only"), ("vpn", "exact")], ("vpn", "exact")),
    ("a network is closer than an AS", [("vpn", "as_only"), ("vpn", "range")], ("vpn", "range")),
    ("class decides before closeness", [("hosting", "exact"), ("vpn", "as_only")], ("vpn", "as_only")),
    ("a named relay is no VPN", [("vpn", "exact"), ("relay", "range")], ("relay", "range")),
    ("a named relay is no proxy", [("proxy", "range"), ("relay", "exact")], ("relay", "exact")),
    ("a relay by AS only gives way to a VPN", [("vpn", "range"), ("relay", "as_only")], ("vpn", "range")),
    (
        "a relay by AS only stands before hosting",
        [("hosting", "range"), ("relay", "as_only")],
        ("relay", "as_only"),
    ),
    ("a Tor exit stays one", [("relay", "range"), ("tor_exit", "exact")], ("tor_exit", "exact")),
    ("a robot never hides a VPN", [("robot", "exact"), ("vpn", "as_only")], ("vpn", "as_only")),
    (
        "a robot's own network says more than its host",
        [("hosting", "range"), ("robot", "range")],
        ("robot", "range"),
    ),
    (
        "a gateway of companies is no VPN, a VPN hit is",
        [("sase", "exact"), ("vpn", "range")],
        ("vpn", "range"),
    ),
    ("hosting alone is hosting", [("hosting", "as_only")], ("hosting", "as_only")),
]


@pytest.mark.parametrize(
    ("pieces", "expected"), [case[1:] for case in ORDER], ids=[case[0] for case in ORDER]
)
def test_one_verdict_comes_from_several_pieces_in_whatever_order(pieces, expected):
    assert verdict(*pieces) == expected
    assert verdict(*reversed(pieces)) == expected


# ------------------------------------------------------------------ how people get online

ACCESS_ORDER = [
    ("access is the class where nothing hides", [("mobile", "range")], ("mobile", "range")),
    ("hosting says more than access", [("mobile", "exact"), ("hosting", "as_only")], ("hosting", "as_only")),
    ("an anonymiser says more than access", [("satellite", "exact"), ("vpn", "as_only")], ("vpn", "as_only")),
    (
        "satellite weakens a place most",
        [("mobile", "exact"), ("satellite", "as_only")],
        ("satellite", "as_only"),
    ),
]


@pytest.mark.parametrize(
    ("pieces", "expected"), [row[1:] for row in ACCESS_ORDER], ids=[r[0] for r in ACCESS_ORDER]
)
def test_how_somebody_gets_online_stands_behind_whatever_hides(pieces, expected):
    assert verdict(*pieces) == expected


@pytest.mark.parametrize("class_", sorted(ACCESS))
def test_access_without_a_source_of_anonymisers_leaves_the_address_unassessed(class_):
    nobody = np.zeros(1, np.bool_)
    found = assess(1, [hits((class_, "range"), checked=nobody)], [source()])
    assert (found["anon_class"], found["anon_strength"], found["anon_provider"]) == (
        ["not_assessed"],
        [None],
        [None],
    )
    assert f'"class":"{class_}"' in found["anon_evidence"][0]


@pytest.mark.parametrize("class_", sorted(ACCESS))
def test_a_list_of_access_networks_does_not_count_as_a_source_of_anonymisers(load, class_):
    held = load(class_, "192.0.2.0/24\n")
    found = ask(held, ["192.0.2.1", "198.51.100.1"])
    assert found.checked.tolist() == [False, False]
    assert found.classes == [class_]
    found = assess(2, [found], [source_of(held)])
    assert (found["anon_class"], found["anon_sources_checked"].tolist()) == (["not_assessed"] * 2, [0, 0])


def test_evidence_says_when_it_was_first_and_last_seen_where_the_source_does():
    first, last = datetime.date(2024, 1, 3), datetime.date(2024, 1, 29)
    told = dataclasses.replace(
        hits(("tor_exit", "exact"), ("vpn", "range")), seen=[(first, last), (None, None)]
    )
    piece, other = json.loads(assess(1, [told], [source()])["anon_evidence"][0])
    assert (piece["first_seen"], piece["last_seen"]) == ("2024-01-03", "2024-01-29")
    assert "first_seen" not in other
    assert "last_seen" not in other


def test_all_pieces_stay_in_the_evidence_the_deciding_one_first():
    found = assess(1, [hits(("vpn", "range"), ("relay", "range"), ("hosting", "as_only"))], [source()])
    evidence = json.loads(found["anon_evidence"][0])
    assert [piece["class"] for piece in evidence] == ["relay", "vpn", "hosting"]
    assert evidence[0] == {
        "source": "ours",
        "class": "relay",
        "strength": "range",
        "provider": None,
        "value": "relay range",
        "network": "192.0.2.0/24",
        "date": "2024-02-01",
        "lineage": "ours",
    }


def test_the_provider_comes_from_the_closest_piece_of_the_class_that_names_one():
    pieces = [("vpn", "range"), ("vpn", "as_only", "Example VPN"), ("hosting", "exact", "Example Host")]
    assert assess(1, [hits(*pieces)], [])["anon_provider"] == ["Example VPN"]
    assert assess(1, [hits(("vpn", "range"), ("hosting", "exact", "Host"))], [])["anon_provider"] == [None]


def test_the_order_of_sources_and_hits_does_not_change_a_byte():
    a, b = source("a", lineage="one"), source("b", None, lineage="two")
    parts = [
        hits(("vpn", "range", "é"), of=b),
        hits(("vpn", "range", "x"), of=a),
        hits(("relay", "exact"), of=b),
    ]
    one, other = assess(1, parts, [a, b]), assess(1, [parts[1], parts[0], parts[2]], [b, a])
    assert {name: list(map(str, value)) for name, value in one.items()} == {
        name: list(map(str, value)) for name, value in other.items()
    }
    assert one["anon_evidence"][0].count("é") == 1


# ------------------------------------------------------------------ absence


def test_without_any_source_nothing_is_assessed():
    found = assess(2, [], [])
    assert found["anon_class"] == ["not_assessed", "not_assessed"]
    assert found["anon_sources_checked"].tolist() == [0, 0]
    assert np.isnat(found["anon_newest_source"]).all()
    assert found["anon_evidence"] == [None, None]


def test_a_source_without_hits_was_asked_about_every_address():
    found = assess(2, [], [source("a", None), source("b", DAY)])
    assert found["anon_class"] == ["none_found", "none_found"]
    assert found["anon_sources_checked"].tolist() == [2, 2]
    assert found["anon_newest_source"].astype(str).tolist() == ["2024-02-01"] * 2


@pytest.mark.parametrize("order", [1, -1])
def test_the_day_of_the_built_in_table_stands_only_where_no_other_source_has_one(order):
    later = datetime.date(2026, 8, 22)
    table, ours, undated = source("t", later, lineage=BUILT_IN), source("a", DAY), source("b", None)
    for asked, day in (([table, ours], DAY), ([table, undated], later), ([table], later)):
        assert assess(1, [], asked[::order])["anon_newest_source"].astype(str).tolist() == [str(day)]


def test_what_a_source_could_not_know_it_was_not_asked(load):
    by_as = load("hosting", "AS64496\n", date=datetime.date(2024, 3, 1))
    by_v4 = load("vpn", "192.0.2.0/24\n", date=DAY)
    ips, numbers = (
        ["198.51.100.1", "198.51.100.2", "2001:db8::1", "2001:db8::2", "-"],
        [64500, 0, 64500, 0, 0],
    )
    parts = [ask(by_as, ips, numbers), ask(by_v4, ips, numbers)]
    found = assess(5, parts, [part.source for part in parts])
    assert found["anon_sources_checked"].tolist() == [2, 1, 1, 0, 0]
    assert found["anon_class"] == ["none_found"] * 3 + ["not_assessed"] * 2
    assert found["anon_newest_source"].astype(str).tolist() == [
        "2024-03-01", "2024-02-01", "2024-03-01", "NaT", "NaT"
    ]  # fmt: skip


def test_two_files_of_one_lineage_are_two_sources_and_one_witness():
    parts = [
        hits(("vpn", "range"), of=source(name, lineage=line)) for name, line in zip("abc", "xxy", strict=True)
    ]
    found = assess(2, parts, [part.source for part in parts])
    assert found["anon_lineages_hit"].tolist() == [2, 0]
    assert found["anon_sources_checked"].tolist() == [3, 3]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((3, DAY, 3), "no anonymiser evidence in 3 sources (newest 2024-02-01)"),
        ((1, DAY, 1), "no anonymiser evidence in 1 source (newest 2024-02-01)"),
        ((3, DAY, 1), "no anonymiser evidence in 3 sources of 1 origin (newest 2024-02-01)"),
        ((2, None, 2), "no anonymiser evidence in 2 sources (none has a date)"),
        ((0, None, 0), "not assessed: no source was asked"),
    ],
)
def test_the_negative_says_what_it_is_worth(arguments, sentence):
    assert negative_sentence(*arguments) == sentence


def test_no_wording_claims_that_somebody_is_no_vpn():
    for signal in CLASSES.values():
        assert "non-vpn" not in (signal.meaning + signal.wording).casefold()
        assert "is not a vpn" not in (signal.meaning + signal.wording).casefold()


# ------------------------------------------------------------------ asking a list


def test_a_list_answers_exact_address_network_and_as_number(load):
    nets = load("vpn", "192.0.2.0/24 # Example VPN\n192.0.2.8\n2001:db8::5/128 # https://example.com/why\n")
    found = ask(nets, ["192.0.2.1", "192.0.2.8", "2001:db8::5", "198.51.100.1"])
    assert found.rows.tolist() == [0, 1, 2]
    assert found.strengths == ["range", "exact", "exact"]
    assert found.providers == ["Example VPN", None, None]
    assert found.networks == ["192.0.2.0/24", "192.0.2.8/32", "2001:db8::5/128"]
    by_as = ask(load("hosting", "AS64496 # Example\n"), ["198.51.100.1", "198.51.100.2"], [64496, 0])
    assert (by_as.rows.tolist(), by_as.strengths, by_as.values, by_as.networks) == (
        [0],
        ["as_only"],
        ["AS64496"],
        [None],
    )


def test_a_list_without_hits_gives_empty_hits(load):
    found = ask(load("vpn", "192.0.2.0/24\n"), ["198.51.100.1"])
    assert (found.rows.tolist(), found.classes, found.checked.tolist()) == ([], [], [True])
    assert assess(1, [found], [found.source])["anon_class"] == ["none_found"]
    nothing = ask(load("vpn", "192.0.2.0/24\n"), [])
    assert assess(0, [nothing], [nothing.source])["anon_class"] == []


def test_holder_names_match_however_they_are_written():
    assert holder_key("M247 Ltd.") == holder_key("m247  LTD")
    assert holder_key("M247 Ltd") != holder_key("M247 Europe SRL")


def test_the_columns_are_those_of_the_table_and_fit_its_types():
    import pyarrow as pa

    found = assess(2, [hits(("vpn", "range", "Example VPN"))], [source()])
    wanted = [column.name for column in columns.ADDRESSES if column.name.startswith("anon_")]
    # What compares copies and counts days is worked out by the callers.
    wanted = [name for name in wanted if not name.endswith("_now") and name != "anon_age_days"]
    assert list(found) == wanted
    schema = columns.schema(columns.ADDRESSES)
    for name in wanted:
        kind = schema.field(name).type
        plain = kind.value_type if pa.types.is_dictionary(kind) else kind
        assert pa.array(found[name], type=plain).null_count <= 1


def test_the_table_of_classes_is_consistent():
    assert set(LIST_CLASSES) | {"none_found", "not_assessed"} == set(CLASSES)
    assert {signal.group for signal in CLASSES.values()} == {
        *("anonymiser", "infrastructure", "access", "neither")
    }
    assert [name for name, signal in CLASSES.items() if signal.group == "access"] == [
        *("satellite", "mobile", "education", "government")
    ]
    assert not CLASSES["satellite"].keeps_geography
    hiding = [name for name, signal in CLASSES.items() if signal.group == "anonymiser"]
    assert [name for name in hiding if CLASSES[name].keeps_geography] == ["relay"]
    assert CLASSES["hosting"].group == "infrastructure"


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5),
            st.sampled_from(LIST_CLASSES),
            st.sampled_from(STRENGTHS),
            st.sampled_from("ab"),
        ),
        max_size=30,
    )
)
def test_every_address_with_evidence_gets_a_class_that_its_evidence_holds(drawn):
    parts = [hits((class_, strength), of=source(name), row=row) for row, class_, strength, name in drawn]
    found = assess(6, parts, [source("a"), source("b")])
    for row in range(6):
        own = [(class_, strength) for r, class_, strength, _ in drawn if r == row]
        if not own:
            assert (found["anon_class"][row], found["anon_evidence"][row]) == ("none_found", None)
            continue
        evidence = json.loads(found["anon_evidence"][row])
        assert sorted((piece["class"], piece["strength"]) for piece in evidence) == sorted(own)
        assert (found["anon_class"][row], found["anon_strength"][row]) in own
        assert found["anon_lineages_hit"][row] == len({name for r, _, _, name in drawn if r == row})


def test_many_addresses_are_assessed_without_work_per_address_that_has_no_hit(load):
    import time

    held = load("vpn", "192.0.2.0/24\n")
    count = 500_000
    low = np.arange(count, dtype=np.uint64) + np.uint64(2**31)
    addresses = Addresses(np.zeros_like(low), low, np.full(count, 4, np.int8))
    started = time.perf_counter()
    found = list_hits(held, addresses, np.zeros(count, np.int64), [None] * count)
    assess(count, [found], [found.source])
    assert time.perf_counter() - started < 5  # 0.1 s when idle; per-address objects would take far longer


# ------------------------------------------------------------------ real lists


@needs_real_lists
def test_relay_networks_are_taken_out_of_a_real_vpn_list():
    vpn = load_list("vpn", REAL / "x4bnet/2026-08-22/output/vpn/ipv4.txt", date=datetime.date(2026, 8, 22))
    relay = load_list("relay", REAL / "ipranges/apple-proxy/ipv4_merged.txt", date=datetime.date(2026, 8, 17))
    ips = [value.partition("/")[0] for value in relay.values]
    parts = [ask(vpn, ips), ask(relay, ips)]
    assert len(parts[0].rows) > 0.99 * len(ips)
    found = assess(len(ips), parts, [source_of(vpn), source_of(relay)])
    assert set(found["anon_class"]) == {"relay"}
    assert sum('"class":"vpn"' in text for text in found["anon_evidence"]) == len(parts[0].rows)


@needs_real_lists
def test_known_exits_are_found_as_often_as_was_measured():
    exits = load_list("vpn", REAL / "protonvpn/protonvpn_ips.txt")
    vpn = load_list("vpn", REAL / "x4bnet/2026-08-22/output/vpn/ipv4.txt")
    hosting = load_list("hosting", REAL / "x4bnet/2026-08-22/output/datacenter/ipv4.txt")
    ips = [value.partition("/")[0] for value in exits.values]
    parts = [ask(vpn, ips), ask(hosting, ips)]
    found = assess(len(ips), parts, [])
    share = {name: found["anon_class"].count(name) / len(ips) for name in ("vpn", "hosting", "none_found")}
    assert share["vpn"] == pytest.approx(0.869, abs=0.001)
    assert share["vpn"] + share["hosting"] == pytest.approx(0.947, abs=0.001)
    assert set(ask(exits, ips).strengths) == {"exact"}


@needs_real_lists
def test_full_length_ipv6_tor_exits_are_found_in_their_short_spelling():
    tor = load_list("tor_exit", REAL / "tor/tor-exit-nodes.lst", date=datetime.date(2024, 2, 27))
    v6 = [value.partition("/")[0] for value in tor.values if ":" in value]
    found = ask(tor, v6)
    assert len(v6) > 100
    assert found.rows.tolist() == list(range(len(v6)))
    assert set(found.strengths) == {"exact"}
