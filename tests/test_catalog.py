"""The catalogue of sources: every entry is one that can be used."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from logattr.databases.catalog import (
    CADENCES,
    PARSERS,
    CatalogSource,
    fill,
    is_safe_url,
    is_source_name,
    read_catalog,
    source_name,
)
from logattr.errors import OptionError
from logattr.networks.classes import LIST_CLASSES
from logattr.networks.lists import load_list

CATALOG = read_catalog()
ENTRY = {
    "title": "T",
    "about": "A",
    "homepage": "https://example.org/",
    "url": "https://example.org/a.txt",
    "parser": "lines",
    "class": "vpn",
    "lineage": "example",
    "cadence": "daily",
    "size_mb": 1,
    "licence": "MIT",
    "attribution": "Example",
}


def written(folder: Path, **changes: object) -> Path:
    """Write a catalogue with one entry; a change to None leaves the key out."""
    values = {key: value for key, value in {**ENTRY, **changes}.items() if value is not None}
    lines = [f"{key} = {value!r}" for key, value in values.items()]
    path = folder / "own.toml"
    path.write_text("[own]\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("source", CATALOG.values(), ids=CATALOG)
def test_every_entry_can_be_used(source: CatalogSource) -> None:
    assert source.parser in PARSERS
    assert source.cadence in CADENCES
    assert (source.class_ in LIST_CLASSES) is not source.is_database
    urls = [
        getattr(source, name)
        for name in ("url", "homepage", "licence_url", "checksum_url", "history_url", "index_url", "key_url")
    ]
    assert all(urlsplit(url).scheme == "https" for url in urls if url)
    assert all((source.licence, source.licence_url, source.attribution, source.lineage, source.title))
    assert 0 < source.size_mb < 1000
    assert bool(source.key_env) == bool(source.key_url)


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
def test_real_files_of_the_catalogue_are_read_whole(name: str, shared: Path) -> None:
    file, entries = REAL[name]

    found = load_list(CATALOG[name].class_, shared / "data/lists" / file)

    assert (found.entries, found.bad_count) == (entries, 0)


def test_networks_of_the_relay_list_are_read(tmp_path: Path) -> None:
    path = tmp_path / "egress.csv"
    path.write_text("192.0.2.0/31,GB,GB-EN,London,\n2001:db8::/64,US,US-CA,Los Angeles,\n", "utf-8")

    found = load_list(CATALOG["icloud-private-relay"].class_, path)

    assert (list(found.values), found.bad_count) == (["192.0.2.0/31", "2001:db8::/64"], 0)


@pytest.mark.parametrize(
    "name",
    [
        "dbip-city-lite",
        "dbip-asn-lite",
        "circl-country-asn",
        "ip-location-db-asn",
        "tor-bulk-exit",
        "tor-exit-addresses",
        "x4bnet-vpn",
        "x4bnet-vpn6",
        "x4bnet-datacenter",
        "x4bnet-datacenter6",
        "icloud-private-relay",
        "aws",
        "google-cloud",
        "google",
        "googlebot",
        "azure",
        "oracle",
        "cloudflare",
        "cloudflare6",
        "fastly",
        "bingbot",
        "misp-vpn-ipv4",
    ],
)
def test_sources_that_need_no_account_need_no_key(name: str) -> None:
    assert CATALOG[name].key_env == ()
    assert CATALOG[name].has_key({})


def test_sources_with_a_key_are_there_only_with_the_whole_key() -> None:
    geolite = CATALOG["geolite2-city"]

    assert not geolite.has_key({"MAXMIND_ACCOUNT_ID": "1"})
    assert geolite.has_key({"MAXMIND_ACCOUNT_ID": "1", "MAXMIND_LICENSE_KEY": "k"})
    assert {source.keep_days for source in CATALOG.values() if source.lineage == "maxmind"} == {30}


def test_lists_that_are_made_from_another_share_its_lineage() -> None:
    assert CATALOG["misp-vpn-ipv4"].lineage == CATALOG["x4bnet-datacenter"].lineage
    assert CATALOG["misp-icloud-private-relay"].lineage == CATALOG["icloud-private-relay"].lineage
    assert CATALOG["tor-bulk-exit"].lineage == CATALOG["tor-exit-addresses"].lineage


def test_a_misnamed_vpn_list_has_the_class_of_what_it_holds() -> None:
    assert CATALOG["misp-vpn-ipv4"].class_ == "hosting"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://example.org/2026-06-26-GeoOpen-Country-ASN.mmdb", ["2026-06-26"]),
        ("2026-06-26-GeoOpen-Country.mmdb latest.mmdb", []),
    ],
)
def test_the_pattern_of_dated_builds_matches_their_names(text: str, found: list[str]) -> None:
    pattern = CATALOG["circl-country-asn"].history_link

    assert [match["date"] for match in re.finditer(pattern, text)] == found


def test_the_pattern_of_azure_matches_links_to_its_own_host_only() -> None:
    pattern = CATALOG["azure"].index_link
    path = "/download/7/1/d/71d86715-5596-4529-9b13-da13a5de5b63/ServiceTags_Public_20261116.json"

    assert re.search(pattern, f'<a href="https://download.microsoft.com{path}">')["date"] == "20261116"
    assert not re.search(pattern, f'<a href="https://example.org{path}">')


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"parser": "xml"}, "parser is 'xml'"),
        ({"class": "bad"}, "class is 'bad'"),
        ({"class": None}, "class is None"),
        ({"parser": "mmdb"}, "a database has no class"),
        ({"url": "http://example.org/a"}, "url is 'http://example.org/a'"),
        ({"url": "file:///etc/passwd"}, "url is"),
        ({"url": "https://user:secret@example.org/"}, "url is"),
        ({"licence": ""}, "licence is missing"),
        ({"lineage": None}, "lineage is missing"),
        ({"cadence": "often"}, "cadence is 'often'"),
        ({"size_mb": "1"}, "size_mb is '1'"),
        ({"size_mb": -1}, "size_mb is -1"),
        ({"key_env": ["A"]}, "auth and key_env do not fit"),
        ({"auth": "token"}, "auth and key_env do not fit"),
        ({"colour": "red"}, "the key 'colour' is unknown"),
        ({"name": "x"}, "the key 'name' is unknown"),
        ({"index_url": "https://example.org/"}, "index_link and index_url belong together"),
        ({"index_url": "https://example.org/", "index_link": "(x"}, "index_link is"),
        ({"keep_days": 1.5}, "keep_days is 1.5"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    with pytest.raises(OptionError) as error:
        read_catalog(written(tmp_path, **changes))

    assert words in str(error.value)
    assert "'own'" in str(error.value)


def test_an_own_catalogue_is_read(tmp_path: Path) -> None:
    assert read_catalog(written(tmp_path))["own"].class_ == "vpn"


@pytest.mark.parametrize("text", [b"\xff", b"[a", b'["../a"]\nx = 1', b"a = 1"])
def test_what_is_no_catalogue_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "bad.toml").write_bytes(text)

    with pytest.raises(OptionError):
        read_catalog(tmp_path / "bad.toml")


@pytest.mark.parametrize("path", ["no-such.toml", ".", "a\0b"])
def test_a_catalogue_that_cannot_be_read_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(OptionError, match="cannot be read"):
        read_catalog(str(tmp_path / path))


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org/a", True),
        ("http://127.0.0.1:8080/a", True),
        ("http://[::1]/a", True),
        ("http://127.0.0.1.example.org/a", False),
        ("http://example.org", False),
        ("ftp://example.org", False),
        ("https://", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_only_https_and_this_machine_are_fetched_from(url: str, safe: bool) -> None:
    assert is_safe_url(url) is safe


def test_a_day_is_put_into_an_address_and_nothing_else_is() -> None:
    assert fill("{year}/{month}/{day}/{name}", dt.date(2024, 2, 3)) == "2024/02/03/{name}"


@pytest.mark.parametrize("text", ["..", "a/b", "", "A", "-a", "a-", "a" * 65, "a\n", ".hidden"])
def test_what_could_lead_out_of_the_store_is_no_name(text: str) -> None:
    assert not is_source_name(text)
    assert is_source_name(source_name(text))
