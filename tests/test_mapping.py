"""Mapping files: any database, when somebody says what its records mean."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logattr.databases import mapping as module
from logattr.databases import open_databases
from logattr.databases.mapping import load_mapping, split_mapping
from logattr.databases.mmdb import open_database
from logattr.databases.schemas import recognise
from logattr.databases.values import KINDS
from logattr.enrichment import open_sources, tag_addresses
from logattr.errors import DatabaseError

RECORD = {
    "where": {
        "cc": "ES",
        "areas": [{"code": "CT"}, {"code": "ES-B"}],
        "town": "Badalona",
        "pos": ["41.45", 2.25],
    },
    "net": {"asn": "AS64496", "holder": "Example"},
    "names.en": ["Spain"],
    "usage": "DCH",
    "is_vpn": "true",
    "is_socks": 1,
    "operator": "Example VPN",
    "score": 80,
    "seen": "2026-01-02",
    "mobile": "no",
}
MAPPING = """
name = "our own list"
vendor = "example"
licence = "internal"

[columns]
geo_country = "where.cc"
geo_country_name = { path = ["names.en", 0] }
geo_region = "where.areas.0.code"
geo_subregion = "where.areas[1].code"
geo_city = "where.town"
geo_lat = { path = "where.pos.0", kind = "float" }
geo_lon = "where.pos.1"
as_number = "net.asn"
as_org = "net.holder"
is_mobile = "mobile"

[flags]
vpn = "is_vpn"
hosting = { path = "usage", words = ["DCH", "SES"] }
proxy = ["is_http", "is_socks"]

[evidence]
provider = "operator"
confidence = "score"
last_seen = "seen"
"""
DETAILS = "(confidence 80, last seen 2026-01-02)"
FACTS = {
    "geo_status": "ok",
    "geo_country": "ES",
    "geo_country_name": "Spain",
    "geo_region": "ES-CT",
    "geo_subregion": "ES-B",
    "geo_city": "Badalona",
    "geo_lat": 41.45,
    "geo_lon": 2.25,
    "as_number": 64496,
    "as_org": "Example",
    "is_mobile": False,
    "anonymity": [
        ("vpn", "Example VPN", f"is_vpn {DETAILS}"),
        ("hosting", "Example VPN", f"usage is dch or ses {DETAILS}"),
        ("proxy", "Example VPN", f"is_socks {DETAILS}"),
    ],
}


@pytest.fixture
def mapped(write_mmdb: Callable[..., Path], tmp_path: Path) -> Callable[..., Any]:
    """Return a function that reads one record through a mapping: its schema and what it tells."""

    def read(text: str, record: Any = RECORD) -> tuple[Any, dict[str, Any]]:
        database = write_mmdb("own.mmdb", {"1.0.0.0/8": record})
        (tmp_path / "own.toml").write_text(text, encoding="utf-8")
        schema = recognise(open_database(database, tmp_path / "own.toml"))
        return schema, {key: value for key, value in schema.read(record).items() if value is not None}

    return read


def test_a_mapping_says_what_records_mean(mapped: Callable[..., Any]) -> None:
    schema, facts = mapped(MAPPING)
    assert facts == FACTS
    assert (schema.name, schema.vendor, schema.licence) == ("our own list", "example", "internal")
    assert schema.roles == {"geo", "network", "anonymity"}
    assert schema.how.startswith("mapping own.toml, SHA-256 ")


@pytest.mark.parametrize(
    ("text", "record", "roles", "facts"),
    [
        ('[columns]\ngeo_country = "."', "ES", "geo", {"geo_country": "ES", "geo_country_name": "Spain"}),
        (
            '[columns]\ngeo_country = {path = "c", kind = "country_name"}',
            {"c": "Deutschland"},
            "geo",
            {"geo_country": "DE", "geo_country_name": "Germany"},
        ),
        ('[columns]\nas_number = "a"', {"a": "64496"}, "network", {"as_number": 64496}),
        ('[columns]\nas_number = "a.2"', {"a": {"2": 64496}}, "network", {"as_number": 64496}),
        ('[columns]\nis_satellite = "s"', {"s": "yes"}, "details", {"is_satellite": True}),
        (
            'listed = "relay"\nprovider = "Example"',
            {"x": 1},
            "anonymity",
            {"anonymity": [("relay", "Example", "listed")]},
        ),
        ('[flags]\nvpn = "v"', {"v": "false"}, "anonymity", {"anonymity": []}),
        ('roles = ["geo"]\n[flags]\nvpn = "v"', {"v": True}, "geo", {"anonymity": [("vpn", None, "v")]}),
        (
            '[columns]\nusers_in_ipv4_32 = {path = "n", kind = "int"}\nisp = {path = "n", kind = "scalar"}',
            {"n": "12"},
            "details",
            {"users_in_ipv4_32": 12, "isp": "12"},
        ),
        ('like = "ASN"', {"autonomous_system_number": 64496}, "network", {"as_number": 64496}),
        (
            'like = "IPinfo Lite"\n[columns]\nas_org = "holder"',
            {"country": "Spain", "country_code": "ES", "as_name": "x", "holder": "Example"},
            "geo network",
            {"geo_country": "ES", "as_org": "Example"},
        ),
        (
            '[flags]\nmobile = "m"',
            {"m": True},
            "details",
            {"anonymity": [("mobile", None, "m")]},
        ),
        (
            '[flags]\nmobile = "m"\nvpn = "v"',
            {"m": True},
            "anonymity",
            {"anonymity": [("mobile", None, "m")]},
        ),
        ('listed = "satellite"', {"x": 1}, "details", {"anonymity": [("satellite", None, "listed")]}),
    ],
)
def test_columns_kinds_roles_and_flags(
    text: str, record: Any, roles: str, facts: dict[str, Any], mapped: Callable[..., Any]
) -> None:
    schema, found = mapped(text, record)
    assert schema.roles == set(roles.split())
    assert facts.items() <= found.items()


def test_a_database_of_relays_that_calls_itself_country_is_told_what_it_is(
    write_mmdb: Callable[..., Path], tmp_path: Path
) -> None:
    record = {"country": {"iso_code": "ES", "names": {"en": "Spain"}}}
    database = write_mmdb("relay.mmdb", {"1.0.0.0/8": record}, database_type="GeoIP2-Country")
    text = 'like = "Country"\nlisted = "relay"\nprovider = "Apple"\nvendor = "apple"'
    (tmp_path / "relay.toml").write_text(text, encoding="utf-8")
    sources = open_sources([f"{database}:{tmp_path / 'relay.toml'}"], environ={})
    row = tag_addresses(["1.2.3.4", "9.9.9.9"], sources).to_pylist()[0]
    assert (row["geo_country"], row["geo_db"]) == ("ES", "relay.mmdb")
    assert (row["anon_class"], row["anon_provider"]) == ("relay", "Apple")


def test_a_database_that_nobody_knows_tags_addresses_through_its_mapping(
    write_mmdb: Callable[..., Path], tmp_path: Path, process: Callable[..., Any], logattr: Callable[..., Any]
) -> None:
    database = write_mmdb("own.mmdb", {"1.0.0.0/8": RECORD})
    (tmp_path / "own.toml").write_text(MAPPING, encoding="utf-8")
    given = f"{database}:{tmp_path / 'own.toml'}"
    row = json.loads(process("lookup", "1.2.3.4", "--db", given, "--to", "jsonl").stdout)
    columns = ("geo_region", "as_number", "anon_class", "anon_provider")
    assert [row[name] for name in columns] == ["ES-CT", 64496, "vpn", "Example VPN"]
    page = logattr("db", "info", given).output
    assert "our own list" in page
    assert "mapping own.toml, SHA-256" in page
    assert "internal" in page


@pytest.mark.parametrize(
    ("given", "database", "mapping"),
    [
        ("a.mmdb:b.toml", "a.mmdb", "b.toml"),
        ("a.mmdb:B.TOML", "a.mmdb", "B.TOML"),
        ("x:y/a.mmdb:../b.toml", "x:y/a.mmdb", "../b.toml"),
        ("a.mmdb", "a.mmdb", None),
        ("a.mmdb:b.txt", "a.mmdb:b.txt", None),
        ("b.toml", "b.toml", None),
        ("C:\\b.toml", "C:\\b.toml", None),
        ("C:\\a.mmdb:b.toml", "C:\\a.mmdb", "b.toml"),
        ("C:\\a.mmdb:D:\\b.toml", "C:\\a.mmdb", "D:\\b.toml"),
    ],
)
def test_the_mapping_follows_the_last_colon(given: str, database: str, mapping: str | None) -> None:
    assert split_mapping(given) == (Path(database), Path(mapping) if mapping else None)


def test_a_file_that_is_named_so_is_itself(in_tmp_path: Path) -> None:
    Path("a.mmdb:b.toml").write_bytes(b"")
    assert split_mapping("a.mmdb:b.toml") == (Path("a.mmdb:b.toml"), None)


def test_the_environment_variable_takes_mappings_too(write_mmdb: Callable[..., Path], tmp_path: Path) -> None:
    one, two = write_mmdb("one.mmdb", {"1.0.0.0/8": {}}), write_mmdb("two.mmdb", {"1.0.0.0/8": {}})
    named = os.pathsep.join([str(one), "m.toml", str(two)]) if os.pathsep == ":" else f"{one}:m.toml;{two}"
    opened = open_databases([], environ={"LOGATTR_DATABASES": named})[:2]
    assert [(database.path, database.mapping) for database in opened] == [(one, Path("m.toml")), (two, None)]


def test_a_folder_with_a_mapping_is_read_through_it(write_mmdb: Callable[..., Path], tmp_path: Path) -> None:
    write_mmdb("one.mmdb", {"1.0.0.0/8": {}})
    opened = open_databases([f"{tmp_path}:m.toml"], environ={})
    assert (opened[0].path.name, opened[0].mapping) == ("one.mmdb", Path("m.toml"))


def test_a_database_keeps_its_mapping_on_the_way_to_another_process(write_mmdb: Callable[..., Path]) -> None:
    database = open_database(write_mmdb("one.mmdb", {"1.0.0.0/8": {}}), Path("m.toml"))
    assert pickle.loads(pickle.dumps(database)).mapping == Path("m.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing is mapped"),
        ("name = 'x'", "nothing is mapped"),
        ("columns = 1", "columns = 1"),
        ("[columns]\ngeo_county = 'x'", "geo_county"),
        ("[columns]\ngeo_status = 'x'", "geo_status"),
        ("[columns]\nip = 'x'", "'ip'"),
        ("[columns]\ngeo_country = ''", "columns.geo_country = ''"),
        ("[columns]\ngeo_country = 'a..b'", "columns.geo_country"),
        ("[columns]\ngeo_country = 1", "columns.geo_country = 1"),
        ("[columns]\ngeo_country = [true]", "columns.geo_country = [True]"),
        ("[columns]\ngeo_country = []", "columns.geo_country = []"),
        (f"[columns]\ngeo_country = '{'a.' * 20}a'", "columns.geo_country"),
        ("[columns]\ngeo_country = {kind = 'text'}", "columns.geo_country"),
        ("[columns]\ngeo_country = {path = 'x', kind = 'number'}", "kind 'number'"),
        ("[columns]\ngeo_country = {path = 'x', kind = ['a']}", "kind ['a']"),
        ("[columns]\ngeo_country = {path = 'x', type = 'text'}", "key of columns.geo_country 'type'"),
        ("[flags]\nvnp = 'x'", "'vnp'"),
        ("[flags]\nnone_found = 'x'", "'none_found'"),
        ("[flags]\nvpn = {path = 'x', words = 'yes'}", "words = 'yes'"),
        ("[evidence]\nscore = 'x'\n[flags]\nvpn = 'x'", "'score'"),
        ("listed = 'vnp'", "'vnp'"),
        ("listed = 1", "listed = 1"),
        ("like = 'City of Gold'", "'City of Gold'"),
        ("roles = 'geo'\nlisted = 'vpn'", "roles = 'geo'"),
        ("roles = ['geography']\nlisted = 'vpn'", "'geography'"),
        ("colums = 1", "'colums'"),
        ("name = ''\nlisted = 'vpn'", "name = ''"),
        (f"name = '{'x' * 600}'\nlisted = 'vpn'", "name = "),
        ("[columns", "no TOML"),
        ("x = " + "[" * 5000, "no TOML"),
        (b"\xff\xfe", "no TOML"),
        (" " * 70_000, "too long"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_file_and_what_is_wrong(
    text: str | bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DatabaseError) as caught:
        load_mapping(path, "own")
    assert type(caught.value) is DatabaseError  # one class for callers, and it unpickles
    assert str(path) in caught.value.given
    assert words in caught.value.given


def test_a_misspelt_word_is_answered_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("[columns]\ngeo_county = 'x'")
    with pytest.raises(DatabaseError) as caught:
        load_mapping(tmp_path / "own.toml", "own")
    assert "geo_country" in caught.value.try_


@pytest.mark.parametrize("name", ["missing.toml", "", "folder"])
def test_a_mapping_that_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(DatabaseError, match="does not exist or is no file"):
        load_mapping(tmp_path / name, "own")


def test_the_byte_order_mark_of_windows_is_no_content(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b"\xef\xbb\xbflisted = 'vpn'")
    assert load_mapping(tmp_path / "own.toml", "own").roles == {"anonymity"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=VALUES, kind=st.sampled_from(sorted(KINDS)), step=st.sampled_from(["", "0", "a", "-1"]))
def test_no_record_however_odd_breaks_a_mapping(record: Any, kind: str, step: str, tmp_path: Path) -> None:
    path = f"x.{step}" if step else "."
    columns = f"[columns]\nas_org = {{path = '{path}', kind = '{kind}'}}\ngeo_country = 'x'\n"
    text = f"{columns}[flags]\nvpn = '{path}'"
    (tmp_path / "own.toml").write_text(text)
    read = load_mapping(tmp_path / "own.toml", "own").read
    for value in (record, {"x": record}):
        assert read(value)["geo_status"]


def test_the_example_in_the_documentation_is_one(tmp_path: Path) -> None:
    page = Path(__file__).parents[1] / "docs" / "mapping.md"
    examples = page.read_text(encoding="utf-8").split("```toml\n")[1:]
    assert len(examples) >= 2
    for example in examples:
        (tmp_path / "own.toml").write_text(example.split("```")[0], encoding="utf-8")
        assert load_mapping(tmp_path / "own.toml", "own").roles
    text = (module.__doc__ or "").split("::\n", 1)[1]
    (tmp_path / "own.toml").write_text("\n".join(line[4:] for line in text.splitlines()), encoding="utf-8")
    assert load_mapping(tmp_path / "own.toml", "own").name == "our own list"
