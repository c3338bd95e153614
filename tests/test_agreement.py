"""Several databases about one address: witnesses, distances, default points, and what verdicts make of it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logattr import investigate
from logattr.enrichment import open_sources, tag_addresses
from logattr.enrichment.agreement import _compare, _kilometres, _Voice

VENDORS = {
    "maxmind": ("GeoLite2-City", "GeoLite2 City of MaxMind"),
    "geoip2": ("GeoIP2-City", "GeoIP2 City of MaxMind"),
    "db-ip": ("DBIP-City-Lite", "DB-IP"),
    "ip2location": ("City", "IP2Location LITE"),
    "circl": ("GeoOpen-Country", "GeoOpen"),
}
SHENYANG, JILIN = (41.79, 123.43), (43.85, 126.56)


@pytest.fixture(autouse=True)
def _nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("logattr.databases.embedded.find_embedded", lambda: None)
    monkeypatch.delenv("LOGATTR_DATABASES", raising=False)
    monkeypatch.setenv("LOGATTR_DATA", str(tmp_path / "store"))


def place(
    country: str, region: str | None = None, city: str | None = None, at: tuple[float, float] | None = None
) -> dict[str, Any]:
    record: dict[str, Any] = {"country": {"iso_code": country, "names": {"en": country}}}
    if region:
        record["subdivisions"] = [{"iso_code": region, "names": {"en": region}}]
    if city:
        record["city"] = {"names": {"en": city}}
    if at:
        record["location"] = {"latitude": at[0], "longitude": at[1], "accuracy_radius": 50}
    return record


@pytest.fixture
def said(write_mmdb: Any) -> Any:
    """A function that writes what vendors say of 175.160.0.0/16, in order, and gives the paths."""

    def write(answers: Sequence[tuple[str, dict[str, Any]]]) -> list[Path]:
        paths = []
        for number, (vendor, record) in enumerate(answers):
            type_, text = VENDORS[vendor]
            name = f"{number}-{vendor}.mmdb"
            records = {"175.160.0.0/16": record, "9.9.9.0/24": place("US", "CA", "X", (1.0, 1.0))}
            paths.append(write_mmdb(name, records, database_type=type_, description=text))
        return paths

    return write


def tag(paths: Sequence[Path], text: str = "175.160.0.1") -> dict[str, Any]:
    row: dict[str, Any] = tag_addresses([text], open_sources(paths)).to_pylist()[0]
    return row


def test_databases_of_one_vendor_are_one_witness(said: Any) -> None:
    liaoning, jilin = place("CN", "LN"), place("CN", "JL")
    row = tag(said([("maxmind", liaoning), ("geoip2", jilin), ("db-ip", liaoning), ("ip2location", jilin)]))
    assert (row["geo_sources_n"], row["geo_country_agree"], row["geo_region_agree"]) == (3, 3, 2)
    assert [one["db"] for one in json.loads(row["geo_alternatives"])] == ["3-ip2location.mmdb"]
    answers = json.loads(row["geo_answers"])
    assert [(one["vendor"], one["region"]) for one in answers] == [
        ("maxmind", "CN-LN"),
        ("maxmind", "CN-JL"),
        ("db-ip", "CN-LN"),
        ("ip2location", "CN-JL"),
    ]


def test_a_vendors_database_that_knows_the_region_speaks_for_one_that_knows_the_country(said: Any) -> None:
    row = tag(said([("db-ip", place("CN", "LN")), ("maxmind", place("CN")), ("geoip2", place("CN", "LN"))]))
    assert (row["geo_sources_n"], row["geo_region_agree"]) == (2, 2)


def test_distances_are_to_other_vendors_and_radii_are_kept(said: Any) -> None:
    paths = said(
        [
            ("maxmind", place("CN", "LN", "Shenyang", SHENYANG)),
            ("geoip2", place("CN", "LN", "Dalian", (38.9, 121.6))),
            ("db-ip", place("CN", "JL", "Jilin", JILIN)),
        ]
    )
    row = tag(paths)
    assert row["geo_distance_km"] == pytest.approx(342, abs=5)
    first, same, other = json.loads(row["geo_answers"])
    assert (first["distance_km"], other["distance_km"]) == (0.0, row["geo_distance_km"])
    assert same["distance_km"] == pytest.approx(357, abs=5)  # of the same vendor: shown, not counted
    assert {one["accuracy_km"] for one in (first, same, other)} == {50.0}
    assert (row["geo_lat"], row["geo_lon"]) == SHENYANG  # never averaged


def test_the_rule_says_how_the_answer_was_chosen(said: Any) -> None:
    registered = {"registered_country": {"iso_code": "AU"}}
    assert tag(said([("maxmind", registered), ("db-ip", place("CN"))]))["geo_rule"] == "only"
    assert tag(said([("maxmind", place("CN")), ("db-ip", place("CN"))]))["geo_rule"] == "priority"
    assert tag(said([("maxmind", registered)]))["geo_rule"] == "no_country"
    assert tag(said([("maxmind", registered)]), "8.8.8.8")["geo_rule"] is None


def test_cities_are_compared_without_case_accents_and_brackets(said: Any) -> None:
    row = tag(
        said(
            [
                ("maxmind", place("ES", "MD", "Alcalá de Henares")),
                ("ip2location", place("ES", "MD", "alcala de henares (Centro)")),
                ("db-ip", place("ES", "MD", "Getafe")),
            ]
        )
    )
    assert (row["geo_region_agree"], row["geo_city_agree"]) == (3, 2)


def test_one_database_agrees_with_itself(said: Any) -> None:
    row = tag(said([("maxmind", place("ES", "MD", "Madrid", (40.4, -3.7)))]))
    names = ("geo_sources_n", "geo_country_agree", "geo_region_agree", "geo_city_agree")
    assert [row[name] for name in names] == [1, 1, 1, 1]
    assert row["geo_distance_km"] is row["geo_answers"] is row["geo_alternatives"] is None


@given(
    places=st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from([("CN", None), ("CN", "CN-LN"), ("CN", "CN-JL"), ("KR", None)]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_counts_are_those_of_vendors_whatever_the_databases_say(places: list[Any]) -> None:
    voices = [
        _Voice(vendor, str(at), {"geo_country": country, "geo_region": region}, at == 0)
        for at, (vendor, (country, region)) in enumerate(places)
    ]
    count, country, region, _, others = _compare(voices)
    assert count == len({vendor for vendor, _ in places})
    assert 1 <= (country or 0) <= count
    assert (region is None) == (places[0][1][1] is None)
    assert (region or 0) <= (country or 0)
    differing = json.loads(others or "[]")
    assert len(differing) <= count
    assert all((one["country"], one["region"]) != places[0][1] for one in differing)


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        ((0.0, 0.0), (0.0, 180.0), math.pi * 6371.0088),
        ((40.4168, -3.7038), (41.3874, 2.1686), 505),  # Madrid and Barcelona
        ((90.0, 0.0), (-90.0, 77.0), math.pi * 6371.0088),
        ((10.0, 179.9), (10.0, -179.9), 21.9),
    ],
)
def test_distances_are_great_circles(one: Any, other: Any, km: float) -> None:
    import numpy as np

    found = _kilometres(np.array(one)[:, None], np.array(other)[:, None])
    assert found[0] == pytest.approx(km, rel=0.01)


# --- default points -------------------------------------------------------------------------------

CENTRE, CAPITAL = (40.4172, -3.684), (41.38, 2.17)


def test_points_of_a_whole_country_or_region_are_marked(write_mmdb: Any) -> None:
    path = write_mmdb(
        "city.mmdb",
        {
            "81.32.0.0/16": place("ES", at=CENTRE),
            "81.33.0.0/16": place("ES", "CT", at=CAPITAL),
            "81.34.0.0/16": place("ES", "CT", "Barcelona", CAPITAL),
            "81.35.0.0/16": place("ES", "CT", "Girona", (41.98, 2.82)),
            "81.36.0.0/16": place("ES", "MD", "Madrid", CENTRE),
            "81.37.0.0/16": place("ES"),
        },
    )
    texts = [f"81.{number}.0.1" for number in range(32, 38)]
    rows = tag_addresses(texts, open_sources([path])).to_pylist()
    assert [row["geo_default_point"] for row in rows] == [
        "country",
        "region",
        "region",
        None,
        "country",
        None,
    ]


def log(path: Path, *clients: str) -> Path:
    line = '{} - - [10/Jan/2024:08:01:0{} +0000] "GET /files/a{}.zip HTTP/1.1" 200 12\n'
    path.write_text("".join(line.format(one, nth, nth) for one in clients for nth in range(4)))
    return path


def only(findings: Any) -> dict[str, Any]:
    (row,) = findings.clients.to_pylist()
    found: dict[str, Any] = row
    return found


def test_a_region_that_has_the_point_of_its_country_is_coarse(write_mmdb: Any, tmp_path: Path) -> None:
    networks = {"81.32.0.0/16": place("ES", at=CENTRE), "81.36.0.0/16": place("ES", "MD", "Madrid", CENTRE)}
    path = write_mmdb("city.mmdb", networks)
    file = log(tmp_path / "access.log", "81.32.0.1", "81.36.0.1")
    findings = investigate(file, places=["ES-MD"], databases=[path])
    row = next(one for one in findings.clients.to_pylist() if one["client"] == "81.36.0.1")
    assert (row["class"], row["grade"]) == ("matched", 4)
    assert any("point for the whole country" in text for text in row["counter_reasons"])


@pytest.mark.parametrize(
    ("traits", "words"),
    [({"is_anycast": True}, "announced from many places"), ({"connection_type": "Satellite"}, "satellite")],
)
def test_anycast_and_satellite_lower_the_trust_in_a_place(
    traits: dict[str, Any], words: str, write_mmdb: Any, tmp_path: Path
) -> None:
    found = {}
    for name, more in {"plain": {}, "odd": {"traits": traits}}.items():
        path = write_mmdb(f"{name}.mmdb", {"81.32.0.0/16": {**place("ES", "MD", "Madrid"), **more}})
        findings = investigate(log(tmp_path / "access.log", "81.32.0.1"), places=["Spain"], databases=[path])
        found[name] = only(findings)
    assert found["plain"]["grade"] == 6
    assert found["odd"]["grade"] == 4
    assert any(words in text for text in found["odd"]["counter_reasons"])


# --- verdicts -------------------------------------------------------------------------------------

IN, OUT, COUNTRY = place("CN", "LN"), place("CN", "JL"), place("CN")
CASES = {
    "single": ([("maxmind", IN)], "in", "single", 6),
    "agreed": ([("maxmind", IN), ("db-ip", IN)], "in", "agreed", 6),
    "one vendor twice": ([("maxmind", IN), ("geoip2", IN)], "in", "single", 6),
    "one vendor against itself": ([("maxmind", IN), ("geoip2", OUT)], "in", "single", 6),
    "one against one": ([("maxmind", IN), ("db-ip", OUT)], "in", "disputed", 4),
    "one against two": (
        [("maxmind", IN), ("db-ip", OUT), ("ip2location", OUT)],
        "undetermined",
        "disputed",
        3,
    ),
    "two of one vendor against one": ([("maxmind", IN), ("db-ip", OUT), ("db-ip", OUT)], "in", "disputed", 4),
    "knows less": ([("maxmind", IN), ("db-ip", COUNTRY)], "in", "single", 6),
    "first outside": ([("maxmind", OUT), ("db-ip", IN)], "undetermined", "disputed", 3),
    "agreed outside": ([("maxmind", OUT), ("db-ip", OUT)], "out", "agreed", 0),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_disagreement_at_the_level_asked_for(case: Any, said: Any, tmp_path: Path) -> None:
    answers, match, agreement, grade = case
    file = log(tmp_path / "access.log", "175.160.0.1")
    findings = investigate(file, places=["Liaoning"], databases=said(answers))
    row = only(findings)
    assert (row["place_match"], row["place_agreement"], row["grade"]) == (match, agreement, grade)
    if agreement == "disputed":
        against = " ".join(row["counter_reasons"])
        assert "CN-JL" in against or "places it outside" in against
        assert row["geo_answers"] is not None
    if match == "undetermined":
        assert row["place"] == "CN-LN"
        assert "possibly in Liaoning" in row["reasons"][0]
    text = " ".join(findings.to_text().split())
    if row["highlighted"] and len(answers) > 1:
        assert "(db-ip): CN" in text or "(maxmind): CN" in text
    assert findings.to_html()


def test_numbers_of_as_that_differ_are_shown(write_mmdb: Any, tmp_path: Path) -> None:
    city = write_mmdb("city.mmdb", {"81.32.0.0/16": place("ES", "MD")})
    numbers = [
        write_mmdb(
            f"{name}.mmdb",
            {"81.32.0.0/16": {"autonomous_system_number": number, "autonomous_system_organization": name}},
            database_type=type_,
            description=text,
        )
        for name, number, type_, text in (
            ("one", 64500, "GeoLite2-ASN", "GeoLite2 ASN of MaxMind"),
            ("two", 64500, "DBIP-ASN-Lite (compat=GeoLite2-ASN)", "DB-IP"),
            ("three", 64501, "ASN", "IP2Location LITE ASN"),
        )
    ]
    file = log(tmp_path / "access.log", "81.32.0.1")
    findings = investigate(file, places=["Spain"], databases=[city, *numbers])
    row = only(findings)
    assert (row["as_number"], row["as_sources_n"], row["as_agree"]) == (64500, 3, 2)
    assert json.loads(row["as_alternatives"]) == [{"db": "three.mmdb", "number": 64501, "org": "three"}]
    assert any("AS64501" in text for text in row["counter_reasons"])
    assert "AS64501" in findings.to_text()
