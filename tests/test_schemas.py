"""What the records of vendors' databases mean in our columns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logattr.addresses import parse
from logattr.columns import ADDRESSES
from logattr.databases.embedded import find_embedded
from logattr.databases.mmdb import open_database
from logattr.databases.schemas import Schema, anonymity, geo_columns, network_columns, recognise
from logattr.databases.vendors import LAYOUTS
from logattr.errors import DatabaseError

SAMPLES = Path(__file__).parents[1] / "../shared/data/mmdb/maxmind"
EMBEDDED = find_embedded()
MAXMIND = {"description": "GeoLite2 City, made up for a test"}


def names(text: str) -> dict[str, Any]:
    return {"names": {"en": text, "de": "anders"}}


def place(country: str, *subdivisions: tuple[str | None, str], city: str | None = None) -> dict[str, Any]:
    """A record in MaxMind's layout; subdivisions are (ISO code or None, name)."""
    record: dict[str, Any] = {
        "continent": {"code": "EU", **names("Europe")},
        "country": {"iso_code": country, **names(f"name of {country}")},
        "registered_country": {"iso_code": "US", **names("United States")},
    }
    if subdivisions:
        record["subdivisions"] = [
            {**({"iso_code": code} if code else {}), **names(name)} for code, name in subdivisions
        ]
    if city:
        record["city"] = names(city)
    return record


@pytest.fixture
def city(write_mmdb: Callable[..., Path]) -> Schema:
    path = write_mmdb(
        "city.mmdb", {"1.0.0.0/8": place("ES", city="x")}, database_type="GeoLite2-City", **MAXMIND
    )
    return recognise(open_database(path))


@pytest.fixture
def db_ip(write_mmdb: Callable[..., Path]) -> Schema:
    records = {"1.0.0.0/8": place("ES", (None, "Catalonia"), city="x")}
    return recognise(open_database(write_mmdb("d.mmdb", records, database_type="DBIP-City-Lite")))


def geo(schema: Schema, record: Any) -> dict[str, Any]:
    """The columns of one record that are not null."""
    columns = geo_columns(schema, [record])
    return {name: values[0] for name, values in columns.items() if values[0] is not None}


# Recognising


@pytest.mark.parametrize(
    ("record", "kind", "expected"),
    [
        (
            place("ES", city="x"),
            ("GeoLite2-City", "GeoLite2 City database"),
            ("MaxMind City", "maxmind", {"geo"}),
        ),
        (place("ES"), ("GeoIP2-Country", "GeoIP2 Country"), ("MaxMind Country", "maxmind", {"geo"})),
        (
            place("ES", ("MD", "Madrid")),
            ("GeoLite2-City", "IP2LITE"),
            ("IP2Location City", "ip2location", {"geo"}),
        ),
        (
            place("ES", ("MD", "Madrid")),
            ("GeoLite2-City", "by somebody"),
            ("MaxMind-compatible City", "maxmind-compatible", {"geo"}),
        ),
        (place("ES"), ("my own", "by hand"), ("MaxMind-compatible Country", "maxmind-compatible", {"geo"})),
        (place("ES"), ("DBIP-Country-Lite", "DB-IP.com"), ("DB-IP Country", "db-ip", {"geo"})),
        (place("ES", (None, "Madrid")), ("DBIP-City-Lite", ""), ("DB-IP City", "db-ip", {"geo"})),
        (
            {"country": {"iso_code": "ES"}},
            ("GeoOpen-Country", ""),
            ("CIRCL Geo Open Country", "circl", {"geo"}),
        ),
        (
            {**place("ES", city="x"), "traits": {"autonomous_system_number": 64496}},
            ("GeoIP2-Enterprise", "GeoIP2"),
            ("MaxMind Enterprise", "maxmind", {"geo", "network"}),
        ),
        (
            {"autonomous_system_number": 64496},
            ("GeoLite2-ASN", "GeoLite2"),
            ("MaxMind ASN", "maxmind", {"network"}),
        ),
        (
            {"autonomous_system_number": 64496, "isp": "x"},
            ("GeoIP2-ISP", "GeoIP2"),
            ("MaxMind ISP", "maxmind", {"network"}),
        ),
        (
            {"autonomous_system_number": 64496},
            ("DBIP-ASN-Lite (compat=GeoLite2-ASN)", ""),
            ("DB-IP ASN", "db-ip", {"network"}),
        ),
        (
            {"is_anonymous": True},
            ("GeoIP2-Anonymous-IP", "GeoIP2"),
            ("MaxMind Anonymous-IP", "maxmind", {"anonymity"}),
        ),
        ({}, ("GeoIP2-Anonymous-IP", "GeoIP2"), ("MaxMind Anonymous-IP", "maxmind", {"anonymity"})),
        (
            {"is_anonymous_vpn": True, "provider_name": "x"},
            ("GeoIP-Anonymous-Plus", "GeoIP"),
            ("MaxMind Anonymous-Plus", "maxmind", {"anonymity"}),
        ),
    ],
)
def test_a_database_is_recognised(
    record: Any, kind: tuple[str, str], expected: tuple[str, str, set[str]], write_mmdb: Callable[..., Path]
) -> None:
    database_type, description = kind
    path = write_mmdb("x.mmdb", {"1.0.0.0/8": record}, database_type=database_type, description=description)
    schema = recognise(open_database(path))
    assert (schema.name, schema.vendor, schema.roles) == expected
    assert database_type in schema.how


@pytest.mark.parametrize(
    "record",
    [
        {"country": "Spain", "country_code": "ES"},
        {"country": "Spain"},
        {"country": "Spain", "country_name": "Spain"},
        {"country_code": "Spain"},
        {"connection_type": "Cellular", "speed": 1},
        {"domain": "example.com"},
        {"name": "Example", "domain": "example.com"},
        {"hosting": True, "vpn": True},
        "just a text",
        {},
        {"score": 0.5},
    ],
)
def test_a_database_of_unknown_shape_is_refused_with_its_type_and_a_record(
    record: Any, write_mmdb: Callable[..., Path]
) -> None:
    path = write_mmdb("x.mmdb", {"1.0.0.0/8": record}, database_type="ipinfo something.mmdb")
    with pytest.raises(DatabaseError) as caught:
        recognise(open_database(path))
    assert str(path) in caught.value.given
    assert "'ipinfo something.mmdb'" in caught.value.given
    assert repr(record) in caught.value.given
    assert f"{path}:mapping.toml" in caught.value.try_


@pytest.mark.parametrize(
    "record",
    [
        {"country": {"code": "ES"}},
        {"country": {"iso_code": "Spain"}},
        {"country": {"names": {"es": "España"}}},
        {"country": {"iso_code": "None", "AutonomousSystemNumber": "None"}},
        {"autonomous_system_number": "none"},
        {"connection_type": 5, "isp": {}, "organization": []},
    ],
)
def test_a_layout_that_finds_nothing_in_any_record_is_a_wrong_guess(
    record: Any, write_mmdb: Callable[..., Path]
) -> None:
    path = write_mmdb("x.mmdb", {"1.0.0.0/8": record}, database_type="GeoLite2-Country")
    with pytest.raises(DatabaseError, match="of a kind that is not understood"):
        recognise(open_database(path))
    # One record that says something is enough: the others may have nothing to say.
    if "country" in record and "AutonomousSystemNumber" not in record["country"]:
        networks = {"1.0.0.0/8": record, "2.0.0.0/8": {"country": {"iso_code": "ES"}}}
        assert recognise(open_database(write_mmdb("y.mmdb", networks))).roles == {"geo"}


SAMPLE_SCHEMAS = {
    "GeoIP-Anonymous-Plus-Test": "MaxMind Anonymous-Plus",
    "GeoIP-Residential-Proxy-Test": "MaxMind Residential-Proxy",
    "GeoIP2-Anonymous-IP-Test": "MaxMind Anonymous-IP",
    "GeoIP2-City-Shield-Test": "MaxMind City",
    "GeoIP2-City-Test": "MaxMind City",
    "GeoIP2-Country-Test": "MaxMind Country",
    "GeoIP2-Enterprise-Test": "MaxMind Enterprise",
    "GeoIP2-IP-Risk-Test": "MaxMind IP-Risk",
    "GeoIP2-ISP-Test": "MaxMind ISP",
    "GeoIP2-Precision-Enterprise-Test": "MaxMind Enterprise",
    "GeoLite2-ASN-Test": "MaxMind ASN",
    "GeoLite2-City-Test": "MaxMind City",
    "GeoLite2-Country-Test": "MaxMind Country",
    "GeoIP2-Connection-Type-Test": "MaxMind Connection-Type",
    "GeoIP2-Domain-Test": "MaxMind Domain",
    "GeoIP2-DensityIncome-Test": "MaxMind DensityIncome",
    "GeoIP2-Static-IP-Score-Test": "MaxMind Static-IP-Score",
    "GeoIP2-User-Count-Test": "MaxMind User-Count",
    "MaxMind-DB-test-decoder": None,
    "MaxMind-DB-string-value-entries": None,
}


@pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the vendors' sample databases are not beside the repository"
)
@pytest.mark.parametrize("stem", SAMPLE_SCHEMAS)
def test_the_vendors_samples_are_recognised(stem: str) -> None:
    database = open_database(SAMPLES / f"{stem}.mmdb")
    if SAMPLE_SCHEMAS[stem] is None:
        with pytest.raises(DatabaseError, match="not understood"):
            recognise(database)
        return
    schema = recognise(database)
    records = database.sample(10_000)
    assert schema.name == SAMPLE_SCHEMAS[stem]
    if "geo" in schema.roles:
        assert any(geo_columns(schema, records)["geo_country"])
    if "network" in schema.roles:
        assert any(network_columns(schema, records)["as_number"])
    if "anonymity" in schema.roles:
        assert any(anonymity(schema, records))


# Places


def test_every_geographical_column_is_given_once_per_record(city: Schema) -> None:
    declared = [column.name for column in ADDRESSES]
    columns = geo_columns(city, [place("ES"), {}, None])
    assert list(columns) == declared[declared.index("geo_status") : declared.index("geo_is_anycast") + 1]
    assert {len(values) for values in columns.values()} == {3}
    assert geo_columns(city, [])["geo_country"] == []


def test_a_full_record_fills_every_column(city: Schema) -> None:
    record = place("ES", ("CT", "Catalonia"), ("B", "Barcelona"), city="Badalona") | {
        "location": {"latitude": 41.5, "longitude": 2.25, "accuracy_radius": 20},
        "represented_country": {"iso_code": "US", "type": "military"},
        "traits": {"is_anycast": True},
    }
    assert geo(city, record) == {
        "geo_status": "ok",
        "geo_country": "ES",
        "geo_country_name": "name of ES",
        "geo_registered_country": "US",
        "geo_represented_country": "US",
        "geo_continent": "EU",
        "geo_region": "ES-CT",
        "geo_region_name": "Catalonia",
        "geo_subregion": "ES-B",
        "geo_subregion_name": "Barcelona",
        "geo_city": "Badalona",
        "geo_lat": 41.5,
        "geo_lon": 2.25,
        "geo_accuracy_km": 20.0,
        "geo_is_anycast": True,
    }


@pytest.mark.parametrize(
    ("country", "subdivisions", "region", "subregion"),
    [
        ("CN", [("LN", "Liaoning")], "CN-LN", None),
        ("CN", [("21", "Liaoning")], "CN-LN", None),  # the code until 2017-11-23
        ("ES", [("MD", "Madrid"), ("M", "Madrid")], "ES-MD", "ES-M"),
        ("ES", [("M", "Madrid")], "ES-MD", "ES-M"),
        ("FR", [("PAC", "Provence-Alpes-Côte d'Azur"), ("13", "Bouches-du-Rhône")], "FR-PAC", "FR-13"),
        ("GB", [("ENG", "England"), ("WBK", "West Berkshire")], "GB-ENG", "GB-WBK"),
        ("GB", [("ENG", "England")], "GB-ENG", None),
        ("IT", [("25", "Lombardy"), ("MI", "Milan")], "IT-25", "IT-MI"),
        ("US", [("CA", "California")], "US-CA", None),
        ("CN", [(None, "Liaoning")], "CN-LN", None),
        ("ES", [(None, "Catalonia")], "ES-CT", None),
    ],
)
def test_regions_become_full_iso_3166_2_codes_at_two_levels(
    country: str,
    subdivisions: list[tuple[str | None, str]],
    region: str,
    subregion: str | None,
    city: Schema,
) -> None:
    found = geo(city, place(country, *subdivisions))
    assert (found["geo_status"], found.get("geo_region"), found.get("geo_subregion")) == (
        "ok",
        region,
        subregion,
    )


@pytest.mark.parametrize("code", [None, "<b>", "TOOLONG", "md", ""])
def test_a_region_without_a_usable_code_or_a_known_name_keeps_its_name(
    code: str | None, city: Schema
) -> None:
    found = geo(city, place("ES", (code, "Nowhere")))
    assert (found["geo_status"], found["geo_region_name"]) == ("ok", "Nowhere")
    assert "geo_region" not in found


def test_a_code_that_iso_lacks_is_kept(city: Schema) -> None:
    assert geo(city, place("HK", ("HSO", "Southern")))["geo_region"] == "HK-HSO"


def test_a_province_without_its_community_tells_the_community(city: Schema) -> None:
    found = geo(city, place("ES", (None, "Nowhere"), ("B", "Barcelona")))
    assert (found["geo_region"], found["geo_subregion"]) == ("ES-CT", "ES-B")
    found = geo(city, place("ES", ("B", "Barcelona")))
    assert (found["geo_region"], found["geo_subregion_name"]) == ("ES-CT", "Barcelona")
    assert "geo_region_name" not in found  # the database did not name the community


def test_the_registered_country_is_never_a_location(city: Schema) -> None:
    found = geo(city, {"registered_country": {"iso_code": "AU", **names("Australia")}})
    assert found == {"geo_status": "registered_only", "geo_registered_country": "AU"}


@pytest.mark.parametrize(
    ("record", "status"),
    [
        (place("ES"), "country_only"),
        (place("ES", city="Madrid"), "ok"),
        ({"continent": {"code": "AS"}}, "continent_only"),
        ({"traits": {"is_anycast": True}}, "not_found"),
        ({}, "not_found"),
        (None, "not_found"),
        ("text", "not_found"),
        ([], "not_found"),
    ],
)
def test_the_status_says_how_far_the_record_goes(record: Any, status: str, city: Schema) -> None:
    assert geo(city, record)["geo_status"] == status


@pytest.mark.parametrize(
    ("code", "country"),
    [("ES", "ES"), ("UK", "GB"), ("EL", "GR"), ("XK", "XK"), ("TW", "TW")]
    + [
        (code, None)
        for code in ("AP", "EU", "A1", "A2", "T1", "XX", "ZZ", "AN", "None", "es", "ESP", "", "E", "ES\n")
    ],
)
def test_only_codes_of_countries_are_countries(code: str, country: str | None, city: Schema) -> None:
    record = {"country": {"iso_code": code, **names("Name")}, "registered_country": {"iso_code": code}}
    found = geo(city, record)
    assert (found.get("geo_country"), found.get("geo_registered_country")) == (country, country)
    assert found.get("geo_country_name") == ("Name" if country else None)


def test_a_country_without_a_name_gets_that_of_the_standard(city: Schema) -> None:
    assert geo(city, {"country": {"iso_code": "ES"}})["geo_country_name"] == "Spain"


def test_absent_flags_are_unknown_and_not_false(city: Schema) -> None:
    assert "geo_is_anycast" not in geo(city, place("ES", city="Madrid"))


def test_db_ip_cities_lose_their_district_and_regions_go_by_name(db_ip: Schema) -> None:
    found = geo(db_ip, place("ES", (None, "Catalonia"), city="Barcelona (Ciutat Vella)"))
    assert (found["geo_city"], found["geo_region"], found["geo_region_name"]) == (
        "Barcelona",
        "ES-CT",
        "Catalonia",
    )


def test_other_vendors_brackets_belong_to_the_name(city: Schema) -> None:
    assert geo(city, place("DE", city="Frankfurt (Oder)"))["geo_city"] == "Frankfurt (Oder)"


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 181, -181, "north", "1e1", "9" * 400, "nan", True, None, [], 10**400],
)
def test_impossible_coordinates_are_none(value: Any, city: Schema) -> None:
    found = geo(city, place("ES") | {"location": {"latitude": value, "longitude": value}})
    assert not {"geo_lat", "geo_lon"} & found.keys()


KEYS = st.sampled_from(
    [
        *("country", "registered_country", "continent", "subdivisions", "city", "location", "traits"),
        *("iso_code", "code", "names", "en", "latitude", "accuracy_radius", "is_anycast"),
        *("is_anonymous_vpn", "provider_name", "autonomous_system_number", "user_type"),
        *("country_code", "region", "region_code", "state1", "lat", "radius", "asn", "name", "type", "vpn"),
        *("is_vpn", "confidence", "last_seen", "mcc", "AutonomousSystemNumber", "devices_daily", "domain"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@given(record=JSON)
def test_no_record_however_odd_breaks_the_reading(record: Any) -> None:
    for layout in LAYOUTS:
        if layout.read is not None:
            schema = Schema("x", "x", frozenset(layout.roles.split()), "x", layout.read)
            assert ("geo" not in schema.roles) or geo(schema, record)["geo_status"]
            assert len(network_columns(schema, [record])["as_number"]) == 1
            assert len(anonymity(schema, [record])) == 1


# Networks and anonymisers


def schema_of(write_mmdb: Callable[..., Path], record: Any, database_type: str) -> Schema:
    return recognise(open_database(write_mmdb("x.mmdb", {"1.0.0.0/8": record}, database_type=database_type)))


def test_networks_give_number_and_holder(write_mmdb: Callable[..., Path]) -> None:
    record = {"autonomous_system_number": 64496, "autonomous_system_organization": "Example"}
    schema = schema_of(write_mmdb, record, "GeoLite2-ASN")
    numbers = [64496, 1 << 32, 0, -1, True, "AS64497", "64498", "ASX", None, 1.0]
    records = [{"autonomous_system_number": number} for number in numbers]
    assert network_columns(schema, [record, {}, *records]) == {
        "as_number": [64496, None, 64496, None, None, None, None, 64497, 64498, None, None, None],
        "as_org": ["Example", *[None] * 11],
    }


def test_an_enterprise_record_gives_place_and_network(write_mmdb: Callable[..., Path]) -> None:
    traits = {"autonomous_system_number": 64496, "autonomous_system_organization": "Example"}
    record = place("ES", city="Madrid") | {"traits": traits}
    schema = schema_of(write_mmdb, record, "GeoIP2-Enterprise")
    assert network_columns(schema, [record]) == {"as_number": [64496], "as_org": ["Example"]}
    assert geo(schema, record)["geo_city"] == "Madrid"


@pytest.mark.parametrize(
    ("record", "evidence"),
    [
        ({}, []),
        (None, []),
        ({"is_tor_exit_node": True, "is_anonymous": True}, [("tor_exit", None, "is_tor_exit_node")]),
        (
            {"is_anonymous": True, "is_anonymous_vpn": True, "provider_name": "Example VPN"},
            [("vpn", "Example VPN", "is_anonymous_vpn")],
        ),
        (
            {"is_public_proxy": True, "is_hosting_provider": True},
            [("proxy", None, "is_public_proxy"), ("hosting", None, "is_hosting_provider")],
        ),
        ({"is_residential_proxy": True}, [("residential_proxy", None, "is_residential_proxy")]),
        ({"is_anonymous": True}, [("proxy", None, "is_anonymous")]),
        ({"is_anonymous_vpn": False, "is_hosting_provider": "false", "is_public_proxy": 0}, []),
        ({"is_anonymous_vpn": "", "is_hosting_provider": "maybe", "is_public_proxy": 2}, []),
        ({"is_anonymous_vpn": "true"}, [("vpn", None, "is_anonymous_vpn")]),
        (
            {"is_anonymous_vpn": True, "anonymizer_confidence": 30, "network_last_seen": "2025-04-14"},
            [("vpn", None, "is_anonymous_vpn (confidence 30, last seen 2025-04-14)")],
        ),
    ],
)
def test_flags_become_evidence_in_the_vendors_words(
    record: Any, evidence: list[Any], write_mmdb: Callable[..., Path]
) -> None:
    schema = schema_of(write_mmdb, {"is_anonymous": True}, "GeoIP2-Anonymous-IP")
    assert anonymity(schema, [record]) == [evidence]


def test_the_residential_proxy_database_speaks_by_listing(write_mmdb: Callable[..., Path]) -> None:
    record = {"provider_name": "Example", "network_last_seen": "2026-01-01", "anonymizer_confidence": 82}
    schema = schema_of(write_mmdb, record, "GeoIP-Residential-Proxy")
    said = "listed (confidence 82, last seen 2026-01-01)"
    assert anonymity(schema, [record, {}]) == [[("residential_proxy", "Example", said)], []]


def test_an_old_city_database_names_anonymous_proxies_without_vouching_for_the_others(
    city: Schema,
) -> None:
    record = {"country": {"iso_code": "ES"}, "traits": {"is_anonymous_proxy": True}}
    assert anonymity(city, [record, place("ES")]) == [[("proxy", None, "is_anonymous_proxy")], []]
    assert "anonymity" not in city.roles


@pytest.mark.skipif(EMBEDDED is None, reason="logattr[embedded] is not installed")
def test_the_embedded_database_tells_regions_of_china_and_spain() -> None:
    assert EMBEDDED is not None
    database = open_database(EMBEDDED)
    schema = recognise(database)
    assert (schema.name, schema.vendor, schema.roles) == ("MaxMind City", "maxmind", {"geo"})
    # Large blocks of national carriers; which region each has is the database's word of 2018.
    matches = database.lookup(parse(["175.160.0.1", "88.0.0.1"]))
    columns = geo_columns(schema, [matches.records[at] for at in matches.record])
    assert columns["geo_country"] == ["CN", "ES"]
    assert columns["geo_region"][0] == "CN-LN"
    assert all(region.startswith("ES-") for region in columns["geo_region"][1:] if region)
