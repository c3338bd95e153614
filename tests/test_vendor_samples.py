"""Every record of the vendors' sample databases, against a second reading of what it was made from.

MaxMind publishes the records as JSON; they are read here in plain Python, without the package. Of
IPinfo there are only the databases: they are iterated with maxminddb and read by the short reference
below. The codes of ISO 3166-2, whose rules are tested in test_place_codes.py, are taken from the
package; that a code is made from the right fields is what is tested here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import maxminddb
import pytest

from logattr.addresses import parse
from logattr.databases.coverage import coverage
from logattr.databases.mmdb import Database, open_database
from logattr.databases.schemas import Schema, recognise
from logattr.errors import DatabaseError
from logattr.places import country_name, level, parent, region_by_name, region_code

SAMPLES = Path(__file__).resolve().parents[1] / "../shared/data/mmdb"
pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the vendors' sample databases are not beside the repository (../shared)"
)
BAD = sorted((SAMPLES / "maxmind/bad").glob("*/*.mmdb"))

#: Source file, and the databases that are made from it.
SOURCES = {
    "GeoIP-Anonymous-Plus-Test": ["GeoIP-Anonymous-Plus-Test"],
    "GeoIP-Residential-Proxy-Test": ["GeoIP-Residential-Proxy-Test"],
    "GeoIP2-Anonymous-IP-Test": ["GeoIP2-Anonymous-IP-Test"],
    "GeoIP2-City-Test": ["GeoIP2-City-Test", "GeoIP2-City-Shield-Test"],
    "GeoIP2-Connection-Type-Test": ["GeoIP2-Connection-Type-Test"],
    "GeoIP2-Country-Test": ["GeoIP2-Country-Test", "GeoIP2-Country-Shield-Test"],
    "GeoIP2-DensityIncome-Test": ["GeoIP2-DensityIncome-Test"],
    "GeoIP2-Domain-Test": ["GeoIP2-Domain-Test"],
    "GeoIP2-Enterprise-Test": ["GeoIP2-Enterprise-Test", "GeoIP2-Enterprise-Shield-Test"],
    "GeoIP2-IP-Risk-Test": ["GeoIP2-IP-Risk-Test"],
    "GeoIP2-ISP-Test": ["GeoIP2-ISP-Test"],
    "GeoIP2-Precision-Enterprise-Test": [
        "GeoIP2-Precision-Enterprise-Test",
        "GeoIP2-Precision-Enterprise-Shield-Test",
    ],
    "GeoIP2-Static-IP-Score-Test": ["GeoIP2-Static-IP-Score-Test"],
    "GeoIP2-User-Count-Test": ["GeoIP2-User-Count-Test"],
    "GeoLite2-ASN-Test": ["GeoLite2-ASN-Test"],
    "GeoLite2-City-Test": ["GeoLite2-City-Test"],
    "GeoLite2-Country-Test": ["GeoLite2-Country-Test"],
}
PAIRS = [(source, database) for source, databases in SOURCES.items() for database in databases]


def source_records(name: str) -> dict[Any, Any]:
    """Record of every network of a source file, in its order."""
    entries = json.loads((SAMPLES / f"maxmind/source/{name}.json").read_text(encoding="utf-8"))
    records: dict[Any, Any] = {}
    for entry in entries:
        for text, record in entry.items():
            network = ip_network(text, strict=False)  # a few have host bits
            if network.version == 6 and int(network.network_address) < 1 << 32 and network.prefixlen >= 96:
                low = ip_network((int(network.network_address), network.prefixlen - 96))
                network = low
            records.pop(network, None)
            records[network] = record
    return records


def deciding(networks: Sequence[Any], addresses: Sequence[Any]) -> list[int]:
    """Position of the network that has an address: MaxMind's writer lets a later one replace it."""
    ranges = [
        (at, network.version, int(network[0]), int(network[-1])) for at, network in enumerate(networks)
    ][::-1]
    return [
        next(at for at, version, low, high in ranges if low <= number <= high and version == address.version)
        for address in addresses
        for number in [int(address)]
    ]


def ends(network: Any) -> tuple[Any, Any]:
    return network[0], network[-1]


def told(database: Database, schema: Schema, addresses: list[Any]) -> list[dict[str, Any]]:
    """What our reading says of each address, without what is null."""
    matches = database.lookup(parse([str(address) for address in addresses]))
    rows = [schema.read(record) for record in matches.records]
    return [
        {name: value for name, value in rows[at].items() if value is not None} if at >= 0 else {}
        for at in matches.record.tolist()
    ]


# The reference for MaxMind: plain walks over the JSON, one assignment a field.

FLAGS = {
    "is_tor_exit_node": "tor_exit",
    "is_anonymous_vpn": "vpn",
    "is_public_proxy": "proxy",
    "is_residential_proxy": "residential_proxy",
    "is_hosting_provider": "hosting",
}
TRAITS = {
    "autonomous_system_number": "as_number",
    "autonomous_system_organization": "as_org",
    "isp": "isp",
    "organization": "organization",
    "mobile_country_code": "mobile_country_code",
    "mobile_network_code": "mobile_network_code",
    "domain": "domain",
    "connection_type": "connection_type",
    "user_type": "user_type",
    "static_ip_score": "static_ip_score",
}
OTHERS = {
    "GeoIP2-User-Count": {
        "ipv4_32": "users_in_ipv4_32",
        "ipv4_24": "users_in_ipv4_24",
        "ipv6_64": "users_in_ipv6_64",
        "ipv6_48": "users_in_ipv6_48",
        "ipv6_32": "users_in_ipv6_32",
    },
    "GeoIP2-Static-IP-Score": {"score": "static_ip_score"},
    "GeoIP2-DensityIncome": {"average_income": "average_income", "population_density": "population_density"},
    "GeoIP2-Domain": {"domain": "domain"},
}
MISSING = object()


def details(record: dict[str, Any]) -> str:
    said = []
    if "anonymizer_confidence" in record:
        said.append(f"confidence {record['anonymizer_confidence']}")
    if "network_last_seen" in record:
        said.append(f"last seen {record['network_last_seen']}")
    return f" ({', '.join(said)})" if said else ""


def maxmind_anonymity(record: dict[str, Any]) -> list[Any]:
    provider = record.get("provider_name")
    found = [(FLAGS[flag], provider, flag + details(record)) for flag in FLAGS if record.get(flag)]
    if not found and record.get("is_anonymous"):
        found = [("proxy", provider, "is_anonymous" + details(record))]
    return found


def maxmind_traits(traits: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {ours: traits[theirs] for theirs, ours in TRAITS.items() if theirs in traits}
    if traits.get("connection_type") == "Cellular" or traits.get("user_type") == "cellular":
        facts["is_mobile"] = True
    if traits.get("connection_type") == "Satellite":
        facts["is_satellite"] = True
    return facts


def maxmind_access(traits: dict[str, Any]) -> list[Any]:
    """How somebody gets online, by the two traits that say so; the user type goes first."""
    classes = {"cellular": "mobile", "government": "government", "military": "government"}
    classes |= {"college": "education", "school": "education"}
    user = classes.get(traits.get("user_type", ""))
    found = [(user, traits.get("organization"), f"user_type {traits['user_type']}")] if user else []
    line = {"Cellular": "mobile", "Satellite": "satellite"}.get(traits.get("connection_type", ""))
    if line and line != user:
        found.append((line, traits.get("isp"), f"connection_type {traits['connection_type']}"))
    return found


def maxmind_place(record: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for theirs in ("country", "registered_country", "represented_country"):
        if "iso_code" in record.get(theirs, {}):
            facts[f"geo_{theirs}"] = record[theirs]["iso_code"]
    country = facts.get("geo_country")
    if country:
        facts["geo_country_name"] = record["country"]["names"]["en"]
    if "code" in record.get("continent", {}):
        facts["geo_continent"] = record["continent"]["code"]
    location = record.get("location", {})
    for theirs, ours in (
        ("latitude", "geo_lat"),
        ("longitude", "geo_lon"),
        ("accuracy_radius", "geo_accuracy_km"),
        ("time_zone", "geo_tz"),
    ):
        if theirs in location:
            facts[ours] = location[theirs]
    if "code" in record.get("postal", {}):
        facts["geo_postal"] = record["postal"]["code"]
    if "en" in record.get("city", {}).get("names", {}):
        facts["geo_city"] = record["city"]["names"]["en"]
    if record.get("traits", {}).get("is_anycast"):
        facts["geo_is_anycast"] = True
    if country:
        levels = [
            (one.get("iso_code"), one.get("names", {}).get("en")) for one in record.get("subdivisions", [])
        ]
        facts |= regions(country, levels)
    finer = {"geo_region", "geo_region_name", "geo_subregion", "geo_city"} & facts.keys()
    facts["geo_status"] = (
        ("ok" if finer else "country_only")
        if country
        else "registered_only"
        if "geo_registered_country" in facts
        else "continent_only"
        if "geo_continent" in facts
        else "not_found"
    )
    return facts


def regions(country: str, levels: list[tuple[str | None, str | None]]) -> dict[str, Any]:
    """Columns of one or two subdivisions; a single one of the second level belongs to its parent."""
    codes = [
        region_code(country, code, name=name) if code else region_by_name(country, name) if name else None
        for code, name in levels
    ]
    names = [name for _, name in levels]
    if not levels or not any(codes + names):
        return {}
    if len(levels) == 1 and codes[0] and level(codes[0]) == "subregion":
        found = [parent(codes[0]), None, codes[0], names[0]]
    elif len(levels) == 1:
        found = [codes[0], names[0], None, None]
    else:
        found = [codes[0], names[0], codes[-1], names[-1]]
    columns = ("geo_region", "geo_region_name", "geo_subregion", "geo_subregion_name")
    return {column: value for column, value in zip(columns, found, strict=True) if value}


def maxmind_expected(product: str, record: dict[str, Any]) -> dict[str, Any]:
    if "Residential-Proxy" in product:
        found = [("residential_proxy", record.get("provider_name"), "listed" + details(record))]
        return {"anonymity": found}
    if "Anonymous" in product or "IP-Risk" in product:
        risk = {"ip_risk": record["ip_risk"]} if "ip_risk" in record else {}
        return {**risk, "anonymity": maxmind_anonymity(record)}
    for name, fields in OTHERS.items():
        if name in product:
            return {ours: record[theirs] for theirs, ours in fields.items() if theirs in record}
    if "Connection-Type" in product:
        return maxmind_traits(record) | {"anonymity": maxmind_access(record)}
    if "ASN" in product or "ISP" in product:
        return {ours: record[theirs] for theirs, ours in TRAITS.items() if theirs in record}
    traits = record.get("traits", {})
    evidence = []
    told_by = {
        "hosting": "hosting",
        "consumer_privacy_network": "relay",
        "content_delivery_network": "cdn",
        "search_engine_spider": "robot",
    }.get(traits.get("user_type"))
    if told_by:
        evidence.append((told_by, traits.get("organization"), f"user_type {traits['user_type']}"))
    if traits.get("is_legitimate_proxy"):
        evidence.append(("sase", traits.get("organization"), "is_legitimate_proxy"))
    access = maxmind_access(traits)
    by_user = [piece for piece in access if piece[2].startswith("user_type")]
    by_line = [piece for piece in access if piece not in by_user]
    return maxmind_place(record) | maxmind_traits(traits) | {"anonymity": by_user + evidence + by_line}


@pytest.mark.parametrize(("source", "name"), PAIRS, ids=[name for _, name in PAIRS])
def test_every_record_of_maxminds_samples_says_what_its_source_says(source: str, name: str) -> None:
    database = open_database(SAMPLES / f"maxmind/{name}.mmdb")
    schema = recognise(database)
    networks, records = zip(*source_records(source).items(), strict=True)
    addresses = [address for network in networks for address in ends(network)]
    by = deciding(networks, addresses)
    expected = [maxmind_expected(source, records[at]) for at in by]
    found = told(database, schema, addresses)
    wrong = [
        (str(address), ours, theirs)
        for address, ours, theirs in zip(addresses, found, expected, strict=True)
        if ours != theirs
    ]
    assert not wrong, wrong[:3]
    replaced = len(networks) - len(set(by))
    assert replaced <= 2  # in IP-Risk, two /64 by the /32 around them


@pytest.mark.parametrize(("source", "name"), PAIRS, ids=[name for _, name in PAIRS])
def test_every_network_of_maxminds_samples_is_read_as_the_reference_reads_it(source: str, name: str) -> None:
    path = SAMPLES / f"maxmind/{name}.mmdb"
    database = open_database(path)
    with maxminddb.open_database(path) as reader:
        networks: list[tuple[Any, Any]] = list(reader)
    found = told(database, recognise(database), [network[-1] for network, _ in networks])
    expected = [maxmind_expected(source, record) for _, record in networks]
    wrong = [pair for pair in zip(networks, found, expected, strict=True) if pair[1] != pair[2]]
    assert not wrong, wrong[:3]
    assert networks


def test_no_sample_is_left_out() -> None:
    compared = {database for databases in SOURCES.values() for database in databases}
    left = {path.stem for path in SAMPLES.glob("maxmind/*.mmdb")} - compared
    assert all(name.startswith("MaxMind-DB-") or "Broken" in name or "Invalid" in name for name in left), left
    unused = {path.stem for path in SAMPLES.glob("maxmind/source/*.json")} - SOURCES.keys()
    assert unused == {"GeoIP2-Precision-Enterprise-Sandbox-Test"}  # no database is made from it


# The reference for IPinfo.


def yes(value: Any) -> bool:
    return value is True or value == "true"


def renamed(given: dict[str, Any], **names: str) -> dict[str, Any]:
    return {ours: given[theirs] for ours, theirs in names.items() if theirs in given}


def ipinfo_place(given: dict[str, Any]) -> dict[str, Any]:
    """Places of the three generations: the country is a code in all but the one that has country_code."""
    if "country_code" in given:
        facts = renamed(given, geo_country="country_code", geo_country_name="country")
        facts |= renamed(given, geo_continent="continent_code", geo_is_anycast="is_anycast")
        facts |= renamed(given, is_mobile="is_mobile", is_satellite="is_satellite")
        levels = [(given.get("region_code"), given.get("region"))]
    elif "country_name" in given:
        facts = renamed(
            given, geo_country="country", geo_country_name="country_name", geo_continent="continent"
        )
        levels = [(given.get("region"), given.get("region_name"))]
    else:
        facts = renamed(given, geo_country="country") | {"geo_country_name": country_name(given["country"])}
        levels = [(given.get("region_code"), given.get("region"))]
    facts |= renamed(given, geo_city="city", geo_postal="postal_code", geo_tz="timezone")
    numbers = renamed(given, geo_lat="lat", geo_lon="lng", geo_accuracy_km="radius")
    numbers |= renamed(given, geo_lat="latitude", geo_lon="longitude")
    facts |= {name: float(value) for name, value in numbers.items()}
    facts |= regions(facts["geo_country"], levels)
    finer = {"geo_region", "geo_region_name", "geo_subregion", "geo_city"} & facts.keys()
    return facts | {"geo_status": "ok" if finer else "country_only"}


def ipinfo_expected(stem: str, record: dict[str, Any]) -> dict[str, Any]:
    given = {key: value for key, value in record.items() if value != ""}
    facts = renamed(given, as_org="as_name", as_domain="as_domain", as_type="as_type")
    if "asn" in given:
        facts["as_number"] = int(given["asn"][2:])
    if any(word in stem for word in ("geolocation", "location", "country", "lite", "core", "plus")):
        facts |= ipinfo_place(given)
    elif stem in ("asn_sample", "ip_asn_sample", "ipinfo_asn_sample"):
        facts |= renamed(given, as_org="name", as_domain="domain", as_type="type")
    elif "company" in stem:
        facts |= renamed(given, organization="name", organization_domain="domain", organization_type="type")
        told = given.get("type") in {"hosting", "education", "government"}
        piece = (given.get("type"), given.get("name"), f"type {given.get('type')}")
        facts["anonymity"] = [piece] if told else []
    elif "carrier" in stem:
        facts |= renamed(given, carrier="name", mobile_country_code="mcc", mobile_network_code="mnc")
        facts |= renamed(given, carrier="carrier") | {"is_mobile": True}
        facts["anonymity"] = [("mobile", facts["carrier"], "carrier")]
    elif "device_count" in stem:
        facts |= {name: value for name, value in given.items() if name.startswith("devices_")}
    return facts | ipinfo_anonymity(stem, record)


def ipinfo_anonymity(stem: str, record: dict[str, Any]) -> dict[str, Any]:
    classes = {"tor": "tor_exit", "vpn": "vpn", "proxy": "proxy", "relay": "relay", "hosting": "hosting"}
    provider = record.get("service") or record.get("vpn_name") or None
    seen = f"last seen {record['last_seen']}" if "last_seen" in record else ""
    if "residential" in stem:
        word = f"listed (percent of days seen {record['percent_days_seen']}, {seen})"
        return {"anonymity": [("residential_proxy", provider, word)]}
    if "privacy" in stem:
        first = f"first seen {record['first_seen']}, " if "first_seen" in record else ""
        more = f" (confidence {record['confidence']:.0f}, {first}{seen})" if "confidence" in record else ""
        found = [(classes[key], provider, key + more) for key in classes if yes(record.get(key))]
        return {"anonymity": found}
    if "core" in stem or "plus" in stem:
        found = [(classes[key], None, f"is_{key}") for key in classes if yes(record.get(f"is_{key}"))]
        for key in ("satellite", "mobile"):
            if yes(record.get(f"is_{key}")):
                found.append((key, None, f"is_{key}"))
        if yes(record["is_anonymous"]) and not {piece[0] for piece in found} - {
            "hosting",
            "satellite",
            "mobile",
        }:
            found.append(("proxy", None, "is_anonymous"))
        return {"anonymity": found}
    return {}


REFUSED = {"hosted_domains_sample", "ip_rdns_domains_sample"}
IPINFO = sorted(path.stem for path in SAMPLES.glob("ipinfo/*.mmdb"))


@pytest.mark.parametrize("stem", IPINFO)
def test_every_record_of_ipinfos_samples_is_read_as_the_reference_reads_it(stem: str) -> None:
    path = SAMPLES / f"ipinfo/{stem}.mmdb"
    database = open_database(path)
    if stem in REFUSED:
        with pytest.raises(DatabaseError, match=r"IPinfo .* domains"):
            recognise(database)
        return
    schema = recognise(database)
    assert schema.vendor == "ipinfo"
    with maxminddb.open_database(path) as reader:
        networks: list[tuple[Any, Any]] = list(reader)
    found = told(database, schema, [network[0] for network, _ in networks])
    expected = [ipinfo_expected(stem, record) for _, record in networks]
    wrong = [pair for pair in zip(networks, found, expected, strict=True) if pair[1] != pair[2]]
    assert not wrong, wrong[:3]
    assert len(networks) >= 18


def healthy() -> Iterator[Path]:
    for path in sorted(SAMPLES.glob("*/*.mmdb")):
        if "roken" not in path.stem and "Invalid" not in path.stem and "no-ipv4" not in path.stem:
            yield path


@pytest.mark.parametrize("path", list(healthy()), ids=lambda path: path.stem)
def test_coverage_is_what_iterating_over_the_database_gives(path: Path) -> None:
    with maxminddb.open_database(path) as reader:
        networks = [network for network, _ in reader]
    unicast = ip_network("2000::/3")
    found = coverage(open_database(path))
    four = [network for network in networks if network.version == 4]
    assert found.ipv4_networks == len(four)
    assert found.ipv4_share == sum(network.num_addresses for network in four) / 2**32
    assert found.ipv6_networks == sum(one.version == 6 and one.subnet_of(unicast) for one in networks)


# Broken files

PROBE = """
import pathlib, sys, time
from logattr.addresses import parse
from logattr.databases.coverage import coverage
from logattr.databases.mmdb import open_database
from logattr.databases.schemas import recognise
from logattr.errors import DatabaseError

import logattr.places, pycountry  # loaded before the clock starts

asked = parse(["1.1.1.1", "0.0.0.1", "255.255.255.255", "2001:db8::1", "::2"])
start = time.process_time()  # of this process, not of what else the machine does
for step in (
    lambda path: recognise(open_database(path)),
    lambda path: open_database(path).lookup(asked),
    lambda path: coverage(open_database(path)),
):
    try:
        step(sys.argv[1])
        print("answer")
    except DatabaseError as error:
        print("error", error)
seconds = time.process_time() - start
print("seconds", seconds)
# Not ru_maxrss, which a process inherits from its parent.
status = pathlib.Path("/proc/self/status").read_text()
print("kilobytes", status.split("VmHWM:")[1].split()[0])
"""


def probe(path: Path) -> tuple[list[str], float, int]:
    """What recognising, looking up and counting give, in a process of its own; seconds and kilobytes."""
    if not Path("/proc/self/status").is_file():
        pytest.skip("the most memory that a process had is read from /proc")
    command = [sys.executable, "-c", PROBE, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    *lines, seconds, kilobytes = done.stdout.splitlines()
    return lines, float(seconds.split()[1]), int(kilobytes.split()[1])


def pure_reading(path: Path, address: str) -> Any:
    """Record of an address after maxminddb's own reader."""
    with maxminddb.open_database(path) as reader:
        return reader.get(address)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_is_an_error_that_names_it_or_a_right_answer_soon_and_small(path: Path) -> None:
    lines, seconds, kilobytes = probe(path)
    assert len(lines) == 3
    for line in lines:
        assert line == "answer" or (line.startswith("error ") and str(path) in line)
    assert lines[0].startswith("error ")  # whoever recognises it, which every lookup does first, is told
    errors = [line for line in lines if line != "answer"]
    assert all("is damaged: " in line or "not understood" in line or "no .mmdb" in line for line in errors)
    if lines[1] == "answer":
        # The lookup answered: then so does the reference, and it says the same.
        matches = open_database(path).lookup(parse(["1.1.1.1"]))
        at = int(matches.record[0])
        assert (matches.records[at] if at >= 0 else None) == pure_reading(path, "1.1.1.1")
    assert seconds < 1
    assert kilobytes < 200_000


def test_all_the_bad_files_are_there() -> None:
    assert len(BAD) == 21
