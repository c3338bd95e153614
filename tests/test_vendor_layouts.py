"""Every vendor's layout, from small databases written here: what it is taken for, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from logattr.addresses import parse
from logattr.databases.coverage import coverage
from logattr.databases.mmdb import open_database
from logattr.databases.schemas import Schema, recognise
from logattr.databases.vendors.names import licence
from logattr.errors import DatabaseError

LITE = {
    "country": "Spain",
    "country_code": "ES",
    "continent": "Europe",
    "continent_code": "EU",
    "asn": "AS64496",
    "as_name": "Example",
    "as_domain": "example.com",
}
CORE = LITE | {
    "city": "Badalona",
    "region": "Catalonia",
    "region_code": "CT",
    "postal_code": "08911",
    "latitude": 41.45,
    "longitude": 2.25,
    "timezone": "Europe/Madrid",
    "as_type": "isp",
    "is_anonymous": True,
    "is_anycast": False,
    "is_hosting": True,
    "is_mobile": True,
    "is_satellite": False,
}
PLUS = CORE | {"radius": 50, "is_proxy": False, "is_relay": True, "is_tor": True, "is_vpn": True}
LITE_FACTS = {
    "geo_status": "country_only",
    "geo_country": "ES",
    "geo_country_name": "Spain",
    "geo_continent": "EU",
    "as_number": 64496,
    "as_org": "Example",
    "as_domain": "example.com",
}
PLACE_FACTS = {
    "geo_status": "ok",
    "geo_country": "ES",
    "geo_country_name": "Spain",
    "geo_region": "ES-CT",
    "geo_region_name": "Catalonia",
    "geo_city": "Badalona",
    "geo_lat": 41.45,
    "geo_lon": 2.25,
}
CORE_FACTS = (
    LITE_FACTS
    | PLACE_FACTS
    | {
        "geo_is_anycast": False,
        "geo_postal": "08911",
        "geo_tz": "Europe/Madrid",
        "as_type": "isp",
        "is_mobile": True,
        "is_satellite": False,
    }
)
OLD_PLACE = {
    "country": "ES",
    "region": "Catalonia",
    "region_code": "CT",
    "city": "Badalona",
    "lat": "41.45",
    "lng": "2.25",
    "postal_code": "",
    "geoname_id": "3129028",
    "timezone": "Europe/Madrid",
}
OLD_COUNTRY = {"country": "ES", "country_name": "Spain", "continent": "EU", "continent_name": "Europe"}
PRIVACY = {
    "hosting": False,
    "proxy": False,
    "relay": True,
    "tor": False,
    "vpn": True,
    "service": "Example VPN",
}
OLD_PRIVACY = {"hosting": "true", "proxy": "", "relay": "", "service": "", "tor": "true", "vpn": ""}
NESTED = {"country": {"iso_code": "ES", "names": {"en": "Spain"}}}
NESTED_FACTS = {"geo_status": "country_only", "geo_country": "ES", "geo_country_name": "Spain"}
TRAITS = {
    "autonomous_system_number": 64496,
    "autonomous_system_organization": "Example",
    "isp": "Example ISP",
    "organization": "Example Hosting",
    "connection_type": "Satellite",
    "user_type": "hosting",
    "domain": "example.com",
    "static_ip_score": 1.5,
    "mobile_country_code": "214",
    "mobile_network_code": "01",
}
TRAITS_FACTS = {
    "as_number": 64496,
    "as_org": "Example",
    "isp": "Example ISP",
    "organization": "Example Hosting",
    "connection_type": "Satellite",
    "is_satellite": True,
    "user_type": "hosting",
    "domain": "example.com",
    "static_ip_score": 1.5,
    "mobile_country_code": "214",
    "mobile_network_code": "01",
    "anonymity": [
        ("hosting", "Example Hosting", "user_type hosting"),
        ("satellite", "Example ISP", "connection_type Satellite"),
    ],
}

#: database_type, description, record; then name, vendor family, roles, and facts that are not null.
CASES: dict[str, tuple[tuple[str, str, Any], tuple[str, str, str, dict[str, Any]]]] = {
    "IPinfo Lite": (
        ("ipinfo bundle_location_lite.mmdb", "", LITE),
        ("IPinfo Lite", "ipinfo", "geo network", LITE_FACTS),
    ),
    "IPinfo Lite under another name": (
        ("my own", "", LITE),
        ("IPinfo-compatible Lite", "ipinfo-compatible", "geo network", LITE_FACTS),
    ),
    "IPinfo country": (
        ("ipinfo x", "", {key: LITE[key] for key in ("country", "country_code", "continent_code")}),
        (
            "IPinfo country",
            "ipinfo",
            "geo",
            {**NESTED_FACTS, "geo_continent": "EU"},
        ),
    ),
    # Core says that an address is anonymous, not how, and hosting apart from it.
    "IPinfo Core": (
        ("ipinfo bundle_location_core.mmdb", "", CORE),
        (
            "IPinfo Core",
            "ipinfo",
            "geo network anonymity",
            CORE_FACTS
            | {
                "anonymity": [
                    ("hosting", None, "is_hosting"),
                    ("mobile", None, "is_mobile"),
                    ("proxy", None, "is_anonymous"),
                ]
            },
        ),
    ),
    "IPinfo Plus": (
        ("ipinfo bundle_location_plus.mmdb", "", PLUS),
        (
            "IPinfo Plus",
            "ipinfo",
            "geo network anonymity",
            CORE_FACTS
            | {
                "geo_accuracy_km": 50.0,
                "anonymity": [
                    ("tor_exit", None, "is_tor"),
                    ("vpn", None, "is_vpn"),
                    ("relay", None, "is_relay"),
                    ("hosting", None, "is_hosting"),
                    ("mobile", None, "is_mobile"),
                ],
            },
        ),
    ),
    "IPinfo location": (
        (
            "ipinfo standard_location_new.mmdb",
            "",
            {key: value for key, value in CORE.items() if not key.startswith(("is_", "as"))},
        ),
        (
            "IPinfo location",
            "ipinfo",
            "geo",
            {**PLACE_FACTS, "geo_continent": "EU", "geo_postal": "08911", "geo_tz": "Europe/Madrid"},
        ),
    ),
    "IPinfo location of old": (
        ("ipinfo standard_location_mmdb.mmdb", "", OLD_PLACE),
        ("IPinfo location, older schema", "ipinfo", "geo", {**PLACE_FACTS, "geo_tz": "Europe/Madrid"}),
    ),
    "IPinfo location, extended": (
        (
            "ipinfo extended_location_v2.mmdb",
            "",
            {
                "country": "ES",
                "country_name": "Spain",
                "region": "B",
                "region_name": "Barcelona",
                "city": "Badalona",
                "latitude": "41.45",
                "longitude": "2.25",
                "radius": "50",
            },
        ),
        (
            "IPinfo location, extended",
            "ipinfo",
            "geo",
            {key: value for key, value in PLACE_FACTS.items() if key != "geo_region_name"}
            | {"geo_subregion": "ES-B", "geo_subregion_name": "Barcelona", "geo_accuracy_km": 50.0},
        ),
    ),
    "IPinfo country and ASN of old": (
        (
            "ipinfo generic_country_free_country_asn.mmdb",
            "",
            OLD_COUNTRY | {"asn": "AS64496", "as_name": "Example", "as_domain": ""},
        ),
        (
            "IPinfo country and ASN, older schema",
            "ipinfo",
            "geo network",
            {key: value for key, value in LITE_FACTS.items() if key != "as_domain"},
        ),
    ),
    "IPinfo country of old": (
        ("ipinfo generic_country_free.mmdb", "", OLD_COUNTRY),
        ("IPinfo country, older schema", "ipinfo", "geo", {**NESTED_FACTS, "geo_continent": "EU"}),
    ),
    "IPinfo ASN": (
        (
            "ipinfo standard_asn_new.mmdb",
            "",
            {"asn": "AS64496", "name": "Example", "domain": "example.com", "type": "isp", "country": "US"},
        ),
        (
            "IPinfo ASN",
            "ipinfo",
            "network",
            {"as_number": 64496, "as_org": "Example", "as_domain": "example.com", "as_type": "isp"},
        ),
    ),
    "IPinfo company": (
        (
            "ipinfo standard_company.mmdb",
            "",
            {
                "name": "Example Cloud",
                "domain": "example.org",
                "type": "hosting",
                "country": "ES",
                "asn": "AS64496",
                "as_name": "Example",
                "as_domain": "example.com",
                "as_type": "isp",
            },
        ),
        (
            "IPinfo company",
            "ipinfo",
            "network",
            {
                "as_number": 64496,
                "as_org": "Example",
                "as_domain": "example.com",
                "as_type": "isp",
                "organization": "Example Cloud",
                "organization_domain": "example.org",
                "organization_type": "hosting",
                "anonymity": [("hosting", "Example Cloud", "type hosting")],
            },
        ),
    ),
    "IPinfo privacy": (
        ("ipinfo standard_privacy_new.mmdb", "", PRIVACY),
        (
            "IPinfo privacy",
            "ipinfo",
            "anonymity",
            {"anonymity": [("vpn", "Example VPN", "vpn"), ("relay", "Example VPN", "relay")]},
        ),
    ),
    "IPinfo privacy of old": (
        ("ipinfo standard_privacy.mmdb", "", OLD_PRIVACY),
        (
            "IPinfo privacy",
            "ipinfo",
            "anonymity",
            {"anonymity": [("tor_exit", None, "tor"), ("hosting", None, "hosting")]},
        ),
    ),
    "IPinfo privacy, extended": (
        (
            "ipinfo extended_privacy_new.mmdb",
            "",
            PRIVACY
            | {"relay": False, "confidence": 3.0, "last_seen": "2026-08-01", "first_seen": "2026-05-01"},
        ),
        (
            "IPinfo privacy, extended",
            "ipinfo",
            "anonymity",
            {
                "anonymity": [
                    ("vpn", "Example VPN", "vpn (confidence 3, first seen 2026-05-01, last seen 2026-08-01)")
                ]
            },
        ),
    ),
    "IPinfo privacy, extended, of old": (
        (
            "ipinfo extended_privacy.mmdb",
            "",
            {key: value for key, value in OLD_PRIVACY.items() if key != "service"}
            | {
                "vpn_name": "Example VPN",
                "anycast": "false",
                "census": "true",
                "network": "192.0.2.1-192.0.2.9",
            },
        ),
        (
            "IPinfo privacy, extended, older schema",
            "ipinfo",
            "anonymity",
            {"anonymity": [("tor_exit", "Example VPN", "tor"), ("hosting", "Example VPN", "hosting")]},
        ),
    ),
    "IPinfo residential proxy": (
        (
            "ipinfo generic_privacy_proxy_residential_30d.mmdb",
            "",
            {"service": "Example", "last_seen": "2026-08-03", "percent_days_seen": 42},
        ),
        (
            "IPinfo residential proxy",
            "ipinfo",
            "anonymity",
            {
                "anonymity": [
                    (
                        "residential_proxy",
                        "Example",
                        "listed (percent of days seen 42, last seen 2026-08-03)",
                    )
                ]
            },
        ),
    ),
    "IPinfo carrier": (
        (
            "ipinfo standard_carrier_new.mmdb",
            "",
            {"name": "Example", "country": "ES", "mcc": "214", "mnc": "01"},
        ),
        (
            "IPinfo carrier",
            "ipinfo",
            "details",
            {
                "carrier": "Example",
                "mobile_country_code": "214",
                "mobile_network_code": "01",
                "is_mobile": True,
                "anonymity": [("mobile", "Example", "carrier")],
            },
        ),
    ),
    "IPinfo carrier of old": (
        (
            "ipinfo standard_carrier_mmdb.mmdb",
            "",
            {"carrier": "Example", "cc": "ES", "mcc": "214", "mnc": "01"},
        ),
        (
            "IPinfo carrier, older schema",
            "ipinfo",
            "details",
            {
                "carrier": "Example",
                "mobile_country_code": "214",
                "mobile_network_code": "01",
                "is_mobile": True,
                "anonymity": [("mobile", "Example", "carrier")],
            },
        ),
    ),
    "IPinfo device count": (
        (
            "ipinfo generic_stats_device_count_v2.mmdb",
            "",
            {
                "asn": "AS64496",
                "devices_daily": 1,
                "devices_weekly": 10,
                "devices_monthly": 100,
                "shared": "daily",
            },
        ),
        (
            "IPinfo device count",
            "ipinfo",
            "network",
            {"as_number": 64496, "devices_daily": 1, "devices_weekly": 10, "devices_monthly": 100},
        ),
    ),
    "IPLocate country": (
        (
            "iplocate ip-to-country",
            "",
            {"continent_code": "EU", "country_code": "ES", "country_name": "Spain"},
        ),
        ("IPLocate Country", "iplocate", "geo", {**NESTED_FACTS, "geo_continent": "EU"}),
    ),
    "IPLocate ASN": (
        (
            "iplocate ip-to-asn",
            "",
            {"asn": "64496", "country_code": "ES", "name": "EX", "org": "Example", "domain": "example.com"},
        ),
        (
            "IPLocate ASN",
            "iplocate",
            "network",
            {"as_number": 64496, "as_org": "Example", "as_domain": "example.com"},
        ),
    ),
    "ip-location-db country": (
        ("ip-location-db geo-asn-country", "", {"country_code": "ES"}),
        ("ip-location-db Country", "ip-location-db", "geo", NESTED_FACTS),
    ),
    "ip-location-db country that names nobody": (
        ("Country", "", {"country_code": "ES"}),
        ("ip-location-db-compatible Country", "ip-location-db-compatible", "geo", NESTED_FACTS),
    ),
    "ip-location-db city": (
        (
            "ip-location-db dbip-city",
            "",
            {
                "country_code": "ES",
                "state1": "Catalonia",
                "state2": "Barcelona",
                "city": "Badalona",
                "postcode": "",
                "latitude": "41.45",
                "longitude": "2.25",
                "timezone": "",
            },
        ),
        (
            "ip-location-db City",
            "ip-location-db",
            "geo",
            PLACE_FACTS | {"geo_subregion": "ES-B", "geo_subregion_name": "Barcelona"},
        ),
    ),
    "ip-location-db ASN": (
        (
            "ip-location-db asn",
            "",
            {"autonomous_system_number": 64496, "autonomous_system_organization": "Example"},
        ),
        ("ip-location-db ASN", "ip-location-db", "network", {"as_number": 64496, "as_org": "Example"}),
    ),
    "CIRCL country": (
        ("GeoOpen-Country", "Geo Open MMDB database", {"country": {"iso_code": "ES"}}),
        ("CIRCL Geo Open Country", "circl", "geo", {**NESTED_FACTS, "anonymity": []}),
    ),
    "CIRCL country and ASN": (
        (
            "GeoOpen-Country-ASN",
            "",
            {
                "country": {
                    "iso_code": "ES",
                    "AutonomousSystemNumber": "64496",
                    "AutonomousSystemOrganization": "Example",
                }
            },
        ),
        (
            "CIRCL Geo Open Country-ASN",
            "circl",
            "geo network",
            {**NESTED_FACTS, "as_number": 64496, "as_org": "Example", "anonymity": []},
        ),
    ),
    "DB-IP city and ISP": (
        ("DBIP-Location-ISP (compat=Enterprise)", "", NESTED | {"traits": TRAITS}),
        ("DB-IP Location-ISP", "db-ip", "geo network", NESTED_FACTS | TRAITS_FACTS),
    ),
    "DB-IP ISP": (
        ("DBIP-ISP (compat=Enterprise)", "", {"traits": TRAITS}),
        ("DB-IP ISP", "db-ip", "network", TRAITS_FACTS),
    ),
    "DB-IP city": (
        (
            "DBIP-City-Lite",
            "DB-IP.com",
            NESTED
            | {
                "city": {"names": {"en": "Barcelona (Gracia)"}},
                "subdivisions": [{"names": {"en": "Catalonia"}}],
            },
        ),
        (
            "DB-IP City",
            "db-ip",
            "geo",
            NESTED_FACTS
            | {
                "geo_status": "ok",
                "geo_region": "ES-CT",
                "geo_region_name": "Catalonia",
                "geo_city": "Barcelona",
                "anonymity": [],
            },
        ),
    ),
    "MaxMind Enterprise": (
        ("GeoIP2-Precision-Enterprise-Shield", "GeoIP2", NESTED | {"traits": TRAITS}),
        ("MaxMind Enterprise", "maxmind", "geo network", NESTED_FACTS | TRAITS_FACTS),
    ),
    "IP2Location": (
        ("GeoLite2-Country", "IP2Location LITE", NESTED),
        ("IP2Location Country", "ip2location", "geo", {**NESTED_FACTS, "anonymity": []}),
    ),
    "IP2Proxy": (
        ("GeoIP2-Anonymous-IP", "IP2Proxy PX10", {"is_anonymous": True, "is_public_proxy": True}),
        (
            "IP2Location Anonymous-IP",
            "ip2location",
            "anonymity",
            {"anonymity": [("proxy", None, "is_public_proxy")]},
        ),
    ),
    "Connection-Type": (
        ("GeoIP2-Connection-Type", "GeoIP2", {"connection_type": "Cellular"}),
        (
            "MaxMind Connection-Type",
            "maxmind",
            "details",
            {
                "connection_type": "Cellular",
                "is_mobile": True,
                "anonymity": [("mobile", None, "connection_type Cellular")],
            },
        ),
    ),
    "Domain": (
        ("GeoIP2-Domain", "GeoIP2", {"domain": "example.com"}),
        ("MaxMind Domain", "maxmind", "details", {"domain": "example.com"}),
    ),
    "User-Count": (
        ("GeoIP2-User-Count", "GeoIP2", {"ipv4_24": 4, "ipv4_32": 0}),
        ("MaxMind User-Count", "maxmind", "details", {"users_in_ipv4_24": 4, "users_in_ipv4_32": 0}),
    ),
    "Static-IP-Score": (
        ("GeoIP2-Static-IP-Score", "GeoIP2", {"score": 0.5}),
        ("MaxMind Static-IP-Score", "maxmind", "details", {"static_ip_score": 0.5}),
    ),
    "DensityIncome": (
        ("GeoIP2-DensityIncome", "GeoIP2", {"average_income": 1, "population_density": 2}),
        (
            "MaxMind DensityIncome",
            "maxmind",
            "details",
            {"average_income": 1, "population_density": 2},
        ),
    ),
    "IP-Risk": (
        ("GeoIP2-IP-Risk", "GeoIP2", {"ip_risk": 50, "is_anonymous": True, "anonymizer_confidence": 70}),
        (
            "MaxMind IP-Risk",
            "maxmind",
            "anonymity",
            {"ip_risk": 50.0, "anonymity": [("proxy", None, "is_anonymous (confidence 70)")]},
        ),
    ),
}


def told(schema: Schema, record: Any) -> dict[str, Any]:
    return {name: value for name, value in schema.read(record).items() if value is not None}


@pytest.mark.parametrize("case", CASES)
def test_a_layout_is_recognised_and_read(case: str, write_mmdb: Callable[..., Path]) -> None:
    (database_type, description, record), (name, vendor, roles, facts) = CASES[case]
    path = write_mmdb("x.mmdb", {"1.0.0.0/8": record}, database_type=database_type, description=description)
    database = open_database(path)
    schema = recognise(database)
    assert (schema.name, schema.vendor, schema.roles) == (name, vendor, frozenset(roles.split()))
    matches = database.lookup(parse(["1.2.3.4"]))
    assert told(schema, matches.records[0]) == facts


@pytest.mark.parametrize(
    ("record", "product"),
    [
        ({"domain": "example.com", "size": "255"}, "reverse DNS domains"),
        ({"domains": "example.com,example.org", "total": "2", "network": "192.0.2.1/32"}, "hosted domains"),
        (
            {"address": "x", "country": "ES", "email": "a@example.com", "phone": "1", "name": "x"},
            "abuse contacts",
        ),
        ({"name": "x", "category": "cafe", "brand": "x"}, "places"),
    ],
)
def test_a_product_that_tells_nothing_here_is_named_and_refused(
    record: Any, product: str, write_mmdb: Callable[..., Path]
) -> None:
    path = write_mmdb("x.mmdb", {"1.0.0.0/8": record}, database_type="ipinfo x.mmdb")
    with pytest.raises(DatabaseError, match=f"the database IPinfo {product}") as caught:
        recognise(open_database(path))
    assert "Lite, location, ASN and privacy" in caught.value.given


def test_a_clone_that_names_nobody_is_known_by_the_name_of_its_file(write_mmdb: Callable[..., Path]) -> None:
    path = write_mmdb("IP2LOCATION-LITE-DB1.MMDB", {"1.0.0.0/8": NESTED}, database_type="GeoLite2-Country")
    schema = recognise(open_database(path))
    assert (schema.name, schema.vendor) == ("IP2Location Country", "ip2location")
    assert schema.how.endswith("the file's name")


@pytest.mark.parametrize("empty", ["", "-", "None", "ZZ"])
def test_a_country_that_is_none_is_none_in_flat_records_too(
    empty: str, write_mmdb: Callable[..., Path]
) -> None:
    path = write_mmdb("x.mmdb", {"1.0.0.0/8": {"country_code": "ES"}, "2.0.0.0/8": {"country_code": "-"}})
    schema = recognise(open_database(path))
    assert told(schema, {"country_code": empty}) == {"geo_status": "not_found"}


def test_a_second_level_of_the_same_name_is_looked_for_inside_the_first(
    write_mmdb: Callable[..., Path],
) -> None:
    record = {"country_code": "ES", "state1": "Madrid", "state2": "Madrid", "city": "Getafe"}
    schema = recognise(open_database(write_mmdb("x.mmdb", {"1.0.0.0/8": record})))
    facts = told(schema, record)
    assert (facts["geo_region"], facts["geo_subregion"]) == ("ES-MD", "ES-M")


def test_circl_writes_none_for_nothing(write_mmdb: Callable[..., Path]) -> None:
    nothing = {"iso_code": "None", "AutonomousSystemNumber": "None", "AutonomousSystemOrganization": "None"}
    records = {"1.0.0.0/8": {"country": nothing}, "2.0.0.0/8": {"country": {"iso_code": "ES"}}}
    path = write_mmdb("x.mmdb", records, database_type="GeoOpen-Country-ASN")
    schema = recognise(open_database(path))
    assert told(schema, {"country": nothing}) == {"geo_status": "not_found", "anonymity": []}


@pytest.mark.parametrize(
    ("user_type", "class_"),
    [
        ("hosting", "hosting"),
        ("consumer_privacy_network", "relay"),
        ("content_delivery_network", "cdn"),
        ("search_engine_spider", "robot"),
        ("cellular", "mobile"),
        ("college", "education"),
        ("school", "education"),
        ("government", "government"),
        ("military", "government"),
        ("residential", None),
        ("business", None),
        ("nonsense", None),
    ],
)
def test_user_types_that_tell_who_is_behind_are_evidence(
    user_type: str, class_: str | None, write_mmdb: Callable[..., Path]
) -> None:
    traits = {"autonomous_system_number": 64496, "user_type": user_type}
    path = write_mmdb("x.mmdb", {"1.0.0.0/8": NESTED | {"traits": traits}}, database_type="GeoIP2-Enterprise")
    schema = recognise(open_database(path))
    expected = [(class_, None, f"user_type {user_type}")] if class_ else []
    assert schema.read(NESTED | {"traits": traits})["anonymity"] == expected
    assert "anonymity" not in schema.roles  # its silence says nothing


@pytest.mark.parametrize(
    ("traits", "evidence"),
    [
        ({"connection_type": "Cellular", "user_type": "cellular"}, [("mobile", "user_type cellular")]),
        ({"connection_type": "Cellular", "isp": "Example"}, [("mobile", "connection_type Cellular")]),
        ({"connection_type": "Satellite"}, [("satellite", "connection_type Satellite")]),
        ({"is_satellite_provider": True}, [("satellite", "is_satellite_provider")]),
        (
            {"is_satellite_provider": True, "connection_type": "Satellite"},
            [("satellite", "connection_type Satellite")],
        ),
        ({"connection_type": "Cable/DSL"}, []),
    ],
)
def test_how_somebody_gets_online_is_said_once(
    traits: dict[str, Any], evidence: list[tuple[str, str]], write_mmdb: Callable[..., Path]
) -> None:
    record = NESTED | {"traits": traits}
    schema = recognise(open_database(write_mmdb("x.mmdb", {"1.0.0.0/8": record})))
    found = schema.read(record)["anonymity"]
    assert [(class_, said) for class_, _, said in found] == evidence


@pytest.mark.parametrize("kind", ["education", "government", "hosting", "isp", "business"])
def test_what_a_company_does_is_evidence_where_it_is_no_seller_of_access(
    kind: str, write_mmdb: Callable[..., Path]
) -> None:
    record = {"name": "Example", "domain": "example.com", "type": kind, "asn": "AS64496", "as_name": "x"}
    path = write_mmdb("x.mmdb", {"1.0.0.0/8": record}, database_type="ipinfo standard_company.mmdb")
    found = recognise(open_database(path)).read(record)["anonymity"]
    expected = [(kind, "Example", f"type {kind}")] if kind not in {"isp", "business"} else []
    assert found == expected


def test_a_legitimate_proxy_is_a_gateway_and_no_anonymiser(write_mmdb: Callable[..., Path]) -> None:
    record = NESTED | {"traits": {"autonomous_system_number": 64496, "is_legitimate_proxy": True}}
    schema = recognise(open_database(write_mmdb("x.mmdb", {"1.0.0.0/8": record})))
    assert schema.read(record)["anonymity"] == [("sase", None, "is_legitimate_proxy")]


@pytest.mark.parametrize(
    ("database_type", "description", "built", "words"),
    [
        ("GeoLite2-City", "GeoLite2", 1_530_000_000, "CC BY-SA 4.0"),
        ("GeoLite2-City", "GeoLite2", 1_780_000_000, "within 30 days"),
        ("GeoIP2-City", "GeoIP2", 1_530_000_000, "commercial"),
        ("DBIP-City-Lite", "", 1_780_000_000, "CC BY 4.0"),
        ("DBIP-Location (compat=City)", "", 1_780_000_000, "commercial"),
        ("ipinfo bundle_location_lite.mmdb", "", 1_780_000_000, "CC BY-SA 4.0"),
        ("ipinfo standard_location_new.mmdb", "", 1_780_000_000, "commercial"),
        ("GeoLite2-City", "IP2Location LITE", 1_780_000_000, "CC BY-SA 4.0"),
        ("GeoLite2-City", "by hand", 1_780_000_000, "not known"),
    ],
)
def test_the_licence_goes_with_vendor_edition_and_date(
    database_type: str, description: str, built: int, words: str, write_mmdb: Callable[..., Path]
) -> None:
    record = NESTED | {"country_code": "ES", "continent_code": "EU", "country": {"iso_code": "ES"}}
    path = write_mmdb(
        "x.mmdb",
        {"1.0.0.0/8": record},
        database_type=database_type,
        description=description,
        build_epoch=built,
    )
    schema = recognise(open_database(path))
    assert words in schema.licence
    assert schema.licence == licence(open_database(path), schema.vendor)


def test_coverage_counts_networks_and_leaves_the_copies_of_ipv4_out(write_mmdb: Callable[..., Path]) -> None:
    networks = {
        "1.0.0.0/8": {"x": 1},
        "2.0.0.0/16": {"x": 2},
        "2001:db8::/32": {"x": 3},
        "2a00::/12": {"x": 4},
    }
    found = coverage(open_database(write_mmdb("six.mmdb", networks)))
    assert (found.ipv4_networks, found.ipv6_networks) == (2, 2)
    assert found.ipv4_share == 2**-8 + 2**-16
    four = write_mmdb("four.mmdb", {"0.0.0.0/1": {"x": 1}}, ip_version=4)
    assert coverage(open_database(four)).ipv4_share == 0.5
    assert coverage(open_database(four)).ipv6_networks == 0


def test_coverage_of_a_tree_that_meets_itself_again_ends(write_mmdb: Callable[..., Path]) -> None:
    path = write_mmdb("x.mmdb", {"0.0.0.0/32": {"x": 1}}, ip_version=4, record_size=32)
    content = bytearray(path.read_bytes())
    for node in range(31):  # both children of every node but the last are the next one: 2**31 ways
        content[node * 8 + 4 : node * 8 + 8] = content[node * 8 : node * 8 + 4]
    path.write_bytes(content)
    found = coverage(open_database(path))
    assert (found.ipv4_networks, found.ipv4_share) == (2**31, 0.5)


def test_the_page_of_a_database_shows_what_is_known_of_it(
    write_mmdb: Callable[..., Path], logattr: Callable[..., Any]
) -> None:
    path = write_mmdb(
        "x.mmdb", {"1.0.0.0/8": PLUS, "2.0.0.0/8": LITE}, database_type="ipinfo bundle_location_plus.mmdb"
    )
    shown = logattr("db", "info", str(path)).output
    for words in (
        "IPinfo Plus",
        "2024-01-01",
        "commercial, IPinfo",
        "0.78% of all addresses",
        "2 networks with a record",
        "1.0.0.0/8",
        "geo_region=ES-CT",
        "anonymity=tor_exit: is_tor; vpn: is_vpn",
        '"country_code": "ES"',
    ):
        assert words in shown
