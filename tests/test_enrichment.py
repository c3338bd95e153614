"""Tagging addresses: places, networks and evidence from small databases and lists written here."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logattr.columns import ADDRESSES, schema
from logattr.databases.mmdb import open_database
from logattr.databases.schemas import recognise
from logattr.enrichment import Sources, open_sources, tag_addresses
from logattr.errors import DatabaseError, ListError, LogattrError, OptionError

Open = Callable[..., Sources]

BUILT = datetime.date(2024, 1, 1)  # the writer's default


def place(country: str | None = None, *regions: str, **more: Any) -> dict[str, Any]:
    """A record in the layout of MaxMind City."""
    record: dict[str, Any] = dict(more)
    if country:
        record["country"] = {"iso_code": country, "names": {"en": f"Land {country}"}}
    if regions:
        record["subdivisions"] = [{"iso_code": code, "names": {"en": f"Region {code}"}} for code in regions]
    return record


REGISTERED = {"registered_country": {"iso_code": "AU"}}
CONTINENT = {"continent": {"code": "EU"}}
CITY = {
    "81.32.0.0/16": place("ES", "CT", "B", location={"accuracy_radius": 20, "latitude": 41.4}),
    "81.33.0.0/16": place("ES", "B"),
    "81.34.0.0/16": place("ES"),
    "175.160.0.0/12": place("CN", "LN", city={"names": {"en": "Dalian"}}),
    "116.128.0.0/16": place("CN", location={"accuracy_radius": 1000}),
    "1.128.0.0/16": REGISTERED,
    "2.16.0.0/16": CONTINENT,
    "2a02:9000::/24": place("ES", "MD", traits={"is_anycast": True}),
}


@pytest.fixture(autouse=True)
def _nothing_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logattr.databases.embedded.find_embedded", lambda: None)


@pytest.fixture
def city(write_mmdb: Any) -> Path:
    path: Path = write_mmdb("city.mmdb", CITY, database_type="GeoLite2-City")
    return path


def tag(sources: Sources, *texts: str | None, days: Sequence[int] | None = None) -> list[dict[str, Any]]:
    table = tag_addresses(texts, sources, event_days=None if days is None else np.array(days, np.int64))
    assert table.schema == schema(ADDRESSES)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def opened(*paths: Path, lists: Sequence[str] = ()) -> Sources:
    return open_sources(paths, lists, environ={})


def a_list(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


# --- status and place -----------------------------------------------------------------------------

STATUSES = {
    "175.160.0.1": ("ok", "CN", "CN-LN", None),
    "81.32.7.7": ("ok", "ES", "ES-CT", "ES-B"),
    "81.33.0.1": ("ok", "ES", "ES-CT", "ES-B"),  # a province alone tells its community
    "81.34.0.1": ("country_only", "ES", None, None),
    "116.128.0.1": ("country_only", "CN", None, None),
    "1.128.0.1": ("registered_only", None, None, None),
    "2.16.0.1": ("continent_only", None, None, None),
    "8.8.8.8": ("not_found", None, None, None),
    "10.0.0.1": ("not_global", None, None, None),
    "192.0.2.1": ("not_global", None, None, None),
    "fe80::1": ("not_global", None, None, None),
    "2a02:9000::1": ("ok", "ES", "ES-MD", None),
    "example.net": ("invalid", None, None, None),
}


@pytest.mark.parametrize(("text", "expected"), STATUSES.items(), ids=STATUSES)
def test_every_status_and_level_is_told(text: str, expected: tuple[str | None, ...], city: Path) -> None:
    (row,) = tag(opened(city), text)
    assert (row["geo_status"], row["geo_country"], row["geo_region"], row["geo_subregion"]) == expected
    answered = expected[0] not in {"not_found", "not_global", "invalid"}
    assert (row["geo_db"], row["geo_db_build"]) == (("city.mmdb", BUILT) if answered else (None, None))
    assert (row["geo_network"] is not None) == answered
    assert row["geo_sources_n"] == (expected[1] is not None)
    assert row["geo_country_agree"] == (1 if expected[1] else None)
    assert row["geo_region_agree"] == (1 if expected[2] else None)
    assert row["geo_alternatives"] is None


def test_the_country_of_registration_is_kept_apart_from_the_country(city: Path) -> None:
    (row,) = tag(opened(city), "1.128.0.1")
    assert (row["geo_country"], row["geo_registered_country"]) == (None, "AU")


def test_without_a_database_of_places_the_status_says_so(write_mmdb: Any) -> None:
    path = write_mmdb("asn.mmdb", {"8.8.8.0/24": {"autonomous_system_number": 64500}})
    with pytest.raises(DatabaseError, match="no database of places"):
        opened(path)
    sources = open_sources([path], environ={}, require=False)
    rows = tag(sources, "8.8.8.8", "10.0.0.1", "x")
    assert [row["geo_status"] for row in rows] == ["no_db", "not_global", "invalid"]
    assert rows[0]["as_number"] == 64500


def test_no_database_at_all_is_an_error_that_says_how_to_get_one() -> None:
    with pytest.raises(DatabaseError, match=r"no address database.*logattr\[embedded\]"):
        opened()


def test_text_columns_of_the_record_arrive(city: Path) -> None:
    dalian, barcelona, anycast = tag(opened(city), "175.160.0.1", "81.32.0.1", "2a02:9000::1")
    assert (dalian["geo_city"], dalian["geo_country_name"]) == ("Dalian", "Land CN")
    assert dalian["geo_network"] == "175.160.0.0/12"
    assert (barcelona["geo_accuracy_km"], barcelona["geo_lat"]) == (20.0, 41.4)
    assert (barcelona["geo_region_name"], barcelona["geo_subregion_name"]) == ("Region CT", "Region B")
    assert (barcelona["geo_is_anycast"], anycast["geo_is_anycast"]) == (None, True)


EMBEDDED = {
    "::ffff:175.160.0.1": "v4_mapped",
    "2002:afa0:1::1": "6to4",
    "2001:0:5102:4445::505f:fffe": "teredo",  # the client's bits are inverted: af a0 00 01
    "64:ff9b::175.160.0.1": "nat64",
}


@pytest.mark.parametrize(("text", "kind"), EMBEDDED.items(), ids=EMBEDDED.values())
def test_the_ipv4_address_inside_is_looked_up(text: str, kind: str, city: Path, tmp_path: Path) -> None:
    vpn = a_list(tmp_path, "vpn.txt", "175.160.0.1")
    (row,) = tag(opened(city, lists=[f"vpn={vpn}"]), text)
    assert (row["ip_embedding"], row["ip_lookup"], row["ip_version"]) == (kind, "175.160.0.1", 6)
    assert (row["geo_region"], row["geo_network"]) == ("CN-LN", "175.160.0.0/12")
    assert (row["anon_class"], row["anon_strength"]) == ("vpn", "exact")


def test_a_private_address_inside_is_not_asked_about(write_mmdb: Any) -> None:
    path = write_mmdb("city.mmdb", {"10.0.0.0/8": place("ES", "MD"), "2002::/16": place("CN", "LN")})
    (row,) = tag(opened(path), "2002:0a00:1::1")
    assert (row["ip_lookup"], row["geo_status"], row["geo_country"]) == ("10.0.0.1", "not_global", None)


# --- several databases ----------------------------------------------------------------------------


def test_the_first_database_with_a_country_answers(write_mmdb: Any) -> None:
    first = write_mmdb("a.mmdb", {"1.128.0.0/16": REGISTERED, "1.129.0.0/16": place("AU", "NSW")})
    second = write_mmdb(
        "b.mmdb",
        {"1.128.0.0/15": place("NZ"), "1.130.0.0/16": CONTINENT, "1.131.0.0/16": place("NZ", "AUK")},
        build_epoch=1_706_745_600,
    )
    texts = ["1.128.0.1", "1.129.0.1", "1.130.0.1", "1.131.0.1", "1.132.0.1"]
    rows = tag(opened(first, second), *texts, days=[19_723] * 5)
    assert [(row["geo_db"], row["geo_status"], row["geo_country"]) for row in rows] == [
        ("b.mmdb", "country_only", "NZ"),  # a registered country does not stand in the way of a place
        ("a.mmdb", "ok", "AU"),
        ("b.mmdb", "continent_only", None),
        ("b.mmdb", "ok", "NZ"),
        (None, "not_found", None),
    ]
    assert rows[0]["geo_registered_country"] is None  # no mixture of two records
    assert [row["geo_db_age_days"] for row in rows] == [-31, 0, -31, -31, None]
    swapped = tag(opened(second, first), "1.129.0.1")
    assert (swapped[0]["geo_db"], swapped[0]["geo_country"]) == ("b.mmdb", "NZ")


def test_where_no_database_has_a_country_the_first_with_anything_answers(write_mmdb: Any) -> None:
    first = write_mmdb("a.mmdb", {"1.128.0.0/16": REGISTERED, "1.0.0.0/16": place("AU")})
    second = write_mmdb("b.mmdb", {"1.128.0.0/16": CONTINENT, "1.0.0.0/16": place("AU")})
    (row,) = tag(opened(first, second), "1.128.0.1")
    assert (row["geo_db"], row["geo_status"], row["geo_sources_n"]) == ("a.mmdb", "registered_only", 0)


def test_agreement_is_counted_and_who_differs_is_named(write_mmdb: Any) -> None:
    records = [place("CN", "LN"), place("CN", "LN"), place("CN"), place("CN", "JL"), place("KR")]
    paths = [
        write_mmdb(f"{name}.mmdb", {"175.160.0.0/16": record})
        for name, record in zip("abcde", records, strict=True)
    ]
    (row,) = tag(opened(*paths), "175.160.0.1")
    assert (row["geo_sources_n"], row["geo_country_agree"], row["geo_region_agree"]) == (5, 4, 2)
    assert json.loads(row["geo_alternatives"]) == [
        {"db": "d.mmdb", "country": "CN", "region": "CN-JL"},
        {"db": "e.mmdb", "country": "KR", "region": None},
    ]


def test_another_province_of_the_same_region_is_a_differing_answer(write_mmdb: Any) -> None:
    paths = [write_mmdb(f"{code}.mmdb", {"81.32.0.0/16": place("ES", "CT", code)}) for code in ("B", "GI")]
    (row,) = tag(opened(*paths), "81.32.0.1")
    assert (row["geo_region_agree"], row["geo_subregion"]) == (2, "ES-B")
    assert json.loads(row["geo_alternatives"]) == [
        {"db": "GI.mmdb", "country": "ES", "region": "ES-CT", "subregion": "ES-GI"}
    ]


@given(
    answers=st.lists(
        st.lists(
            st.sampled_from(
                [None, {}, REGISTERED, CONTINENT, place("ES"), place("ES", "MD"), place("CN", "LN")]
            ),
            min_size=4,
            max_size=4,
        ),
        min_size=1,
        max_size=3,
    )
)
@settings(max_examples=40, deadline=None)
def test_the_choice_equals_the_rule_told_row_by_row(
    answers: list[list[Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    from .mmdb_writer import write

    folder = tmp_path_factory.mktemp("choice")
    databases = []
    for number, records in enumerate(answers):
        networks = {f"1.{at}.0.0/16": record for at, record in enumerate(records) if record is not None}
        networks["9.9.9.9/32"] = place("US")  # an empty database would have no shape
        databases.append(open_database(write(folder / f"{number}.mmdb", networks)))
    sources = Sources(tuple((database, recognise(database)) for database in databases), ())
    for at, row in enumerate(tag(sources, *(f"1.{at}.0.1" for at in range(4)))):
        said = [recognise(databases[0]).read(records[at]) for records in answers if records[at] is not None]
        names = [f"{n}.mmdb" for n, records in enumerate(answers) if records[at] is not None]
        order = [*(one for one in said if one["geo_country"]), *said]
        order = [one for one in order if one["geo_status"] != "not_found"]
        expected = order[0] if order else {"geo_status": "not_found", "geo_country": None, "geo_region": None}
        for column in ("geo_status", "geo_country", "geo_region"):
            assert row[column] == expected[column]
        assert row["geo_sources_n"] == sum(one["geo_country"] is not None for one in said)
        if order:
            assert row["geo_db"] == names[next(i for i, one in enumerate(said) if one == expected)]


# --- age, networks --------------------------------------------------------------------------------


def test_the_age_is_counted_from_the_build_to_the_event(city: Path) -> None:
    built = (BUILT - datetime.date(1970, 1, 1)).days
    days = [built + 40, built - 3, built, -1, built]
    rows = tag(opened(city), *["81.34.0.1"] * 4, "8.8.8.8", days=days)
    assert [row["geo_db_age_days"] for row in rows] == [40, -3, 0, None, None]
    assert tag(opened(city), "81.34.0.1")[0]["geo_db_age_days"] is None


def asn(number: int, holder: str | None = None) -> dict[str, Any]:
    return {"autonomous_system_number": number} | (
        {"autonomous_system_organization": holder} if holder else {}
    )


def test_networks_come_from_the_first_database_that_knows_the_number(city: Path, write_mmdb: Any) -> None:
    first = write_mmdb("as1.mmdb", {"81.32.0.0/17": asn(64500, "Example One")})
    second = write_mmdb("as2.mmdb", {"81.32.0.0/16": asn(64501)})
    rows = tag(opened(city, first, second), "81.32.0.1", "81.32.200.1", "81.34.0.1", "10.0.0.1")
    assert [(row["as_number"], row["as_org"], row["as_network"], row["as_db"]) for row in rows] == [
        (64500, "Example One", "81.32.0.0/17", "as1.mmdb"),
        (64501, None, "81.32.0.0/16", "as2.mmdb"),
        (None, None, None, None),
        (None, None, None, None),
    ]


def test_facts_without_a_column_are_told_with_their_database(city: Path, write_mmdb: Any) -> None:
    isp = {"isp": "Example ISP", "organization": "Example", "autonomous_system_number": 64500}
    first = write_mmdb("isp.mmdb", {"81.32.0.0/17": isp, "81.32.128.0/17": {"isp": "Other"}})
    second = write_mmdb("domain.mmdb", {"81.32.0.0/16": {"domain": "example.net"}}, database_type="X-Domain")
    rows = tag(opened(city, first, second), "81.32.0.1", "81.32.200.1", "81.34.0.1", "10.0.0.1", "no")
    domain = {"db": "domain.mmdb", "build": "2024-01-01", "domain": "example.net"}
    assert [row["facts"] and json.loads(row["facts"]) for row in rows] == [
        [{"db": "isp.mmdb", "build": "2024-01-01", "isp": "Example ISP", "organization": "Example"}, domain],
        [{"db": "isp.mmdb", "build": "2024-01-01", "isp": "Other"}, domain],
        None,
        None,
        None,
    ]
    assert tag(opened(city), "81.32.0.1")[0]["facts"] is None


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="names there are always Unicode")
def test_names_of_files_need_not_be_utf8(tmp_path: Path, city: Path, write_mmdb: Any) -> None:
    isp = write_mmdb("isp.mmdb", {"81.32.0.0/17": {"isp": "Example", "autonomous_system_number": 64500}})
    paths = [one.rename(tmp_path / os.fsdecode(b"%d-\xff.mmdb" % at)) for at, one in enumerate((city, isp))]
    vpn = a_list(tmp_path, os.fsdecode(b"\xff.txt"), "81.32.0.1")
    (row,) = tag(opened(*paths, lists=[f"vpn={vpn}"]), "81.32.0.1")
    assert (row["geo_db"], row["as_db"]) == (r"0-\udcff.mmdb", r"1-\udcff.mmdb")
    assert json.loads(row["facts"])[0]["db"] == r"1-\udcff.mmdb"
    assert json.loads(row["anon_evidence"])[0]["source"].endswith(r"\udcff.txt")


def test_a_fact_that_is_no_number_is_none(city: Path, write_mmdb: Any) -> None:
    traits = {"isp": "Example", "static_ip_score": float("inf")}
    path = write_mmdb("big.mmdb", {"81.32.0.0/16": {"country": {"iso_code": "ES"}, "traits": traits}})
    (row,) = tag(opened(city, path), "81.32.0.1")
    assert json.loads(row["facts"]) == [{"db": "big.mmdb", "build": "2024-01-01", "isp": "Example"}]


def test_a_long_fact_is_cut(city: Path, write_mmdb: Any) -> None:
    path = write_mmdb("domain.mmdb", {"81.32.0.0/16": {"domain": "x" * 100_000}}, database_type="X-Domain")
    (row,) = tag(opened(city, path), "81.32.0.1")
    assert json.loads(row["facts"])[0]["domain"] == "x" * 200


# --- evidence -------------------------------------------------------------------------------------


def test_a_list_of_as_numbers_speaks_only_where_the_as_is_known(
    city: Path, write_mmdb: Any, tmp_path: Path
) -> None:
    network = write_mmdb("as.mmdb", {"81.32.0.0/16": asn(64500), "2a02:9000::/24": asn(64501)})
    numbers = a_list(tmp_path, "exits.txt", "AS64500")
    texts = ["81.32.0.1", "2a02:9000::1", "2a03:8000::1"]
    without = tag(opened(city, lists=[f"vpn={numbers}"]), *texts)
    known = tag(opened(city, network, lists=[f"vpn={numbers}"]), *texts)
    assert [row["anon_class"] for row in known] == ["vpn", "none_found", without[2]["anon_class"]]
    assert known[0]["anon_strength"] == "as_only"
    more = [
        after["anon_sources_checked"] - before["anon_sources_checked"]
        for before, after in zip(without, known, strict=True)
    ]
    # The second also counts as an answer of the built-in list's AS numbers to an IPv6 address.
    assert more[0] == 1
    assert more[1] >= 1
    assert more[2] == 0


def test_not_assessed_means_that_no_source_could_know_the_address(write_mmdb: Any, tmp_path: Path) -> None:
    path = write_mmdb("city.mmdb", CITY)
    database = open_database(path)
    sources = Sources(((database, recognise(database)),), ())
    texts = ["81.32.0.1", "2a02:9000::1", "10.0.0.1", "-", None]
    for row in tag(sources, *texts):
        assert (row["anon_class"], row["anon_sources_checked"]) == ("not_assessed", 0)
        assert row["anon_newest_source"] is None
    four = a_list(tmp_path, "four.txt", "8.8.4.0/24")
    only_ipv4 = open_sources([path], [f"vpn={four}@2024-01-31"], environ={}).lists[0]
    rows = tag(Sources(sources.databases, (only_ipv4,)), *texts)
    assert [row["anon_class"] for row in rows] == ["none_found", *["not_assessed"] * 4]
    assert [row["anon_sources_checked"] for row in rows] == [1, 0, 0, 0, 0]
    assert rows[0]["anon_newest_source"] == datetime.date(2024, 1, 31)
    assert rows[1]["anon_newest_source"] is None


ANONYMOUS = {
    "81.32.0.0/24": {"is_anonymous": True, "is_anonymous_vpn": True},
    "81.32.1.1/32": {"is_anonymous": True, "is_tor_exit_node": True, "is_hosting_provider": True},
    "81.32.2.0/24": {"is_hosting_provider": True},
}


def test_a_database_of_anonymisers_is_evidence_exact_or_of_a_range(city: Path, write_mmdb: Any) -> None:
    path = write_mmdb("anon.mmdb", ANONYMOUS, database_type="GeoIP2-Anonymous-IP")
    texts = ["81.32.0.9", "81.32.1.1", "81.32.2.9", "81.34.0.1"]
    rows = tag(opened(city, path), *texts)
    assert [(row["anon_class"], row["anon_strength"]) for row in rows] == [
        ("vpn", "range"),
        ("tor_exit", "exact"),
        ("hosting", "range"),
        ("none_found", None),
    ]
    assert json.loads(rows[0]["anon_evidence"]) == [
        {
            "class": "vpn",
            "date": BUILT.isoformat(),
            "lineage": "maxmind-compatible",
            "network": "81.32.0.0/24",
            "provider": None,
            "source": "anon.mmdb",
            "strength": "range",
            "value": "is_anonymous_vpn",
        }
    ]
    assert [piece["class"] for piece in json.loads(rows[1]["anon_evidence"])] == ["tor_exit", "hosting"]
    silent = tag(opened(city), *texts)
    for one, other in zip(rows, silent, strict=True):
        assert one["anon_sources_checked"] == other["anon_sources_checked"] + 1


def test_an_ipv4_database_of_anonymisers_is_not_asked_about_ipv6(city: Path, write_mmdb: Any) -> None:
    path = write_mmdb("anon.mmdb", ANONYMOUS, database_type="GeoIP2-Anonymous-IP", ip_version=4)
    with_it, without = (
        [row["anon_sources_checked"] for row in tag(sources, "81.34.0.1", "2a02:9000::1")]
        for sources in (opened(city, path), opened(city))
    )
    assert [one - other for one, other in zip(with_it, without, strict=True)] == [1, 0]


def test_an_old_city_database_that_flags_a_proxy_is_evidence_but_no_source_when_silent(
    write_mmdb: Any,
) -> None:
    flagged = place("ES", traits={"is_anonymous_proxy": True})
    path = write_mmdb("city.mmdb", {"81.32.0.0/24": flagged, "81.33.0.0/24": place("ES")})
    database = open_database(path)
    rows = tag(Sources(((database, recognise(database)),), ()), "81.32.0.1", "81.33.0.1")
    assert [(row["anon_class"], row["anon_sources_checked"]) for row in rows] == [
        ("proxy", 1),
        ("not_assessed", 0),
    ]


def test_a_list_gives_class_network_and_date(city: Path, tmp_path: Path) -> None:
    path = a_list(tmp_path, "exits.txt", "81.32.0.0/24")
    (row,) = tag(opened(city, lists=[f"vpn={path}@2024-01-31"]), "81.32.0.7")
    (piece,) = json.loads(row["anon_evidence"])
    assert (piece["class"], piece["network"], piece["date"]) == ("vpn", "81.32.0.0/24", "2024-01-31")
    assert row["anon_lineages_hit"] == 1
    assert row["anon_newest_source"] >= datetime.date(2024, 1, 31)


def test_a_named_relay_stands_before_a_vpn_list(city: Path, tmp_path: Path) -> None:
    vpn = a_list(tmp_path, "vpn.txt", "81.32.0.0/24")
    relay = a_list(tmp_path, "relay.txt", "81.32.0.0/16")
    (row,) = tag(opened(city, lists=[f"vpn={vpn}", f"relay={relay}"]), "81.32.0.7")
    assert row["anon_class"] == "relay"
    assert [piece["class"] for piece in json.loads(row["anon_evidence"])] == ["relay", "vpn"]
    assert row["anon_lineages_hit"] == 2


def test_hosting_stands_behind_a_vpn(city: Path, tmp_path: Path) -> None:
    hosting = a_list(tmp_path, "hosting.txt", "81.32.0.7")
    vpn = a_list(tmp_path, "vpn.txt", "81.32.0.0/16")
    rows = tag(opened(city, lists=[f"hosting={hosting}", f"vpn={vpn}"]), "81.32.0.7", "81.33.0.1")
    assert [row["anon_class"] for row in rows] == ["vpn", "none_found"]


@pytest.mark.parametrize("option", ["vpn", "nonsense=x", "vpn=no-such-file", "vpn=x@yesterday"])
def test_a_bad_list_option_is_an_error_of_ours(option: str, city: Path) -> None:
    with pytest.raises((ListError, OptionError)):
        opened(city, lists=[option])


# --- any input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("texts", [(), ("x", None, "", "999.1.1.1"), ("81.32.0.1", "175.160.0.1")])
def test_the_schema_is_the_same_for_every_input(texts: tuple[str | None, ...], city: Path) -> None:
    table = tag_addresses(texts, opened(city))
    assert table.schema == schema(ADDRESSES)
    assert len(table) == len(texts)
    for field in schema(ADDRESSES):
        never_null = next(column.null for column in ADDRESSES if column.name == field.name) == "never null"
        assert not (never_null and table[field.name].null_count), field.name


def test_dictionaries_hold_what_occurs_and_nothing_else(city: Path) -> None:
    table = tag_addresses(["175.160.0.1", "10.0.0.1"], opened(city))
    for name in ("geo_country", "geo_status", "ip_scope", "anon_class", "geo_db"):
        encoded = table[name].combine_chunks()
        assert set(encoded.dictionary.to_pylist()) == set(table[name].to_pylist()) - {None}


ADDRESS = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
    st.sampled_from(list(STATUSES) + list(EMBEDDED)),
)
TEXT = st.one_of(st.none(), st.text(max_size=50), ADDRESS)


@given(texts=st.lists(TEXT, max_size=30))
@settings(deadline=None)
def test_there_is_one_row_per_text_in_order_whatever_the_texts(
    texts: list[str | None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = folder / "whatever.mmdb"
    if not path.exists():
        from .mmdb_writer import write

        write(path, CITY, database_type="GeoLite2-City")
    sources = opened(path)
    rows = tag(sources, *texts)
    assert len(rows) == len(texts)
    for text, row in zip(texts, rows, strict=True):
        try:
            address = ipaddress.ip_address(text or "")
        except ValueError:
            address = None
        if address is None or getattr(address, "scope_id", None):
            assert (row["ip"], row["geo_status"], row["anon_class"]) == (None, "invalid", "not_assessed")
        else:
            assert ipaddress.ip_address(row["ip"]) == address
            assert row["ip_version"] == address.version
            assert row == tag(sources, text)[0]


@given(option=st.text(max_size=40))
def test_any_list_option_is_understood_or_refused(option: str) -> None:
    from logattr.networks.lists import parse_list_option

    try:
        class_, path, _ = parse_list_option(option)
    except LogattrError:
        return
    assert class_
    assert str(path)
