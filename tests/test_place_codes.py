"""Region codes and names as databases spell them, and the hierarchy above a code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logattr.places import country_name, level, parent, region_by_name, region_code, region_is_standard
from logattr.places.codes import is_known, lineage, successors
from logattr.places.names import codes_by_name, fold, without_generic_words
from logattr.places.tables import aliases, cities, countries, former_codes, subdivisions

MAXMIND = Path(__file__).parents[1] / "../shared/data/mmdb/maxmind/source"

CURRENT = [
    ("CN", "21", "CN-LN"),
    ("CN", "22", "CN-JL"),
    ("CN", "LN", "CN-LN"),
    ("CN", "ln", "CN-LN"),
    ("CN", "CN-21", "CN-LN"),
    ("cn", "cn-ln", "CN-LN"),
    ("TR", "1", "TR-01"),
    ("IR", "7", "IR-07"),
    ("JP", "1", "JP-01"),
    ("ZA", "GT", "ZA-GP"),
    ("ZA", "NL", "ZA-KZN"),
    ("IN", "TG", "IN-TS"),
    ("IN", "OR", "IN-OD"),
    ("IN", "CT", "IN-CG"),
    ("IN", "UT", "IN-UK"),
    ("FR", "COR", "FR-20R"),
    ("FR", "U", "FR-PAC"),
    ("FR", "75", "FR-75C"),
    ("FR", "13", "FR-13"),
    ("IT", "SD", "IT-SU"),
    ("NO", "02", "NO-32"),
    ("NO", "2", "NO-32"),
    ("NO", "12", "NO-46"),
    ("PL", "MZ", "PL-14"),
    ("KZ", "ALA", "KZ-75"),
    ("EE", "78", "EE-79"),
    ("MX", "DIF", "MX-CMX"),
    ("GB", "POL", "GB-BCP"),
    # divided, so no single code is right
    ("GB", "NTH", "GB-NTH"),
    ("NO", "30", "NO-30"),
    ("KZ", "KAR", "KZ-KAR"),
    # the database's own
    ("HK", "HSO", "HK-HSO"),
    ("HK", "ZZZ", "HK-ZZZ"),
    ("CN", "ZZ", "CN-ZZ"),
    # a region stays a region, even where a country has its place
    ("CN", "HK", "CN-HK"),
    ("FR", "974", "FR-974"),
]


@pytest.mark.parametrize(("country", "code", "current"), CURRENT)
def test_a_vendors_code_becomes_the_current_one(country: str, code: str, current: str) -> None:
    assert region_code(country, code) == current


@pytest.mark.parametrize(
    ("country", "code"), [("", "LN"), ("CN", ""), ("", ""), ("CN", "  "), (None, "LN"), ("CN", None)]
)
def test_no_country_or_no_code_is_no_region(country, code) -> None:
    assert region_code(country, code) is None


@pytest.mark.parametrize(
    ("code", "name", "current"),
    [
        ("07", "Tehran", "IR-23"),
        ("07", "Fars", "IR-07"),
        ("04", "Isfahan", "IR-10"),
        ("07", "Atlantis", "IR-07"),
        ("23", None, "IR-23"),
    ],
)
def test_in_iran_the_name_outweighs_the_number_that_iso_gave_to_another_province(code, name, current) -> None:
    assert region_code("IR", code, name=name) == current


def test_elsewhere_the_code_outweighs_the_name() -> None:
    assert region_code("CN", "LN", name="Jilin") == "CN-LN"


@given(st.sampled_from(sorted(countries())), st.text(max_size=12))
def test_current_codes_do_not_change_any_further(country: str, text: str) -> None:
    once = region_code(country, text)
    assert once is None or region_code(country, once) == once


def test_every_code_in_use_stays_what_it_is() -> None:
    changed = {
        s.code
        for s in pycountry.subdivisions
        if region_code(s.country_code, s.code.partition("-")[2]) != s.code
    }
    assert changed == set()


def test_no_country_uses_a_number_with_and_without_leading_zeros() -> None:
    parts = Counter(
        (c[:2], c[3:].lstrip("0")) for c in subdivisions() if c[3:].isdigit() and c[3:].strip("0")
    )
    assert [part for part, times in parts.items() if times > 1] == []


@pytest.mark.parametrize(
    ("code", "up"),
    [
        ("ES-B", ["ES-CT", "ES"]),
        ("FR-13", ["FR-PAC", "FR"]),
        ("FR-67", ["FR-6AE", "FR-GES", "FR"]),
        ("IT-MI", ["IT-25", "IT"]),
        ("GB-WBK", ["GB-ENG", "GB"]),
        ("CN-LN", ["CN"]),
        ("HK-HSO", ["HK"]),
        ("GR-54", ["GR"]),
        ("ES", []),
    ],
)
def test_the_way_up_ends_in_the_country(code: str, up: list[str]) -> None:
    assert list(lineage(code)[1:]) == up
    assert parent(code) == (up[0] if up else None)
    assert level(code) == ("country", "region", "subregion", "subregion")[len(up)]


def test_every_known_code_lies_in_its_own_country() -> None:
    for code in subdivisions():
        above = lineage(code)
        assert above[-1] == code[:2]
        assert all(is_known(c) and c.startswith(code[:2]) for c in above)


def test_standard_codes_are_those_that_iso_lists() -> None:
    assert all(region_is_standard(s.code) for s in pycountry.subdivisions)
    assert not any(region_is_standard(code) for code in ("CN-21", "HK-HSO", "CN-ZZ", "ES", "", "XK-01"))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("TW", "Taiwan"),
        ("XK", "Kosovo"),
        ("KP", "North Korea"),
        ("KR", "South Korea"),
        ("RU", "Russia"),
        ("IR", "Iran"),
        ("PS", "Palestine"),
        ("VA", "Vatican City"),
        ("CD", "Democratic Republic of the Congo"),
        ("ZZ", None),
        ("CN-LN", None),
    ],
)
def test_countries_have_the_names_that_people_use(code: str, name: str | None) -> None:
    assert country_name(code) == name


def test_no_country_name_is_inverted_or_bracketed() -> None:
    assert [name for name in countries().values() if "," in name or "(" in name] == []


@pytest.mark.parametrize(
    ("country", "name", "code"),
    [
        ("CN", "Liaoning", "CN-LN"),
        ("CN", "Inner Mongolia Autonomous Region", "CN-NM"),
        ("CN", "Tibet", "CN-XZ"),
        ("ES", "Catalonia", "ES-CT"),
        ("ES", "Comunidad de Madrid", "ES-MD"),
        ("ES", "Madrid", "ES-MD"),
        ("ES", "Principality of Asturias", "ES-AS"),
        ("ES", "Valencia", "ES-VC"),
        ("ES", "Granada", "ES-GR"),
        ("FR", "Île-de-France", "FR-IDF"),
        ("FR", "Ile-de-France", "FR-IDF"),
        ("FR", "Auvergne-Rhone-Alpes", "FR-ARA"),
        ("DE", "Bavaria", "DE-BY"),
        ("DE", "North Rhine-Westphalia", "DE-NW"),
        ("IT", "Lombardy", "IT-25"),
        ("IT", "Province of Pisa", "IT-PI"),
        ("GB", "England", "GB-ENG"),
        ("US", "Georgia", "US-GA"),
        ("US", "District of Columbia", "US-DC"),
        ("CA", "Quebec", "CA-QC"),
        ("RU", "Moscow", "RU-MOW"),
        ("RU", "Primorye", "RU-PRI"),
        ("KR", "Seoul", "KR-11"),
        ("KR", "Gyeonggi-do", "KR-41"),
        ("JP", "Tokyo", "JP-13"),
        ("CO", "Departamento del Cauca", "CO-CAU"),
        ("HK", "Yuen Long District", "HK-NYL"),
        ("NL", "North Holland", "NL-NH"),
        ("NL", "North Holland (Noord-Holland)", "NL-NH"),
        ("PL", "Mazovia", "PL-14"),
        ("cn", "LIAONING", "CN-LN"),
        # not there, not in this country, or not one
        ("CN", "Atlantis", None),
        ("US", "Liaoning", None),
        ("CN", "China", None),
        ("AR", "Buenos Aires", None),
        ("", "Liaoning", None),
        ("CN", "", None),
        ("CN", "x" * 10_000, None),
    ],
)
def test_a_databases_name_of_a_region_becomes_its_code(country: str, name: str, code: str | None) -> None:
    assert region_by_name(country, name) == code


def test_a_name_of_the_second_level_is_looked_up_within_the_first() -> None:
    assert region_by_name("ES", "Madrid", within="ES-MD") == "ES-M"
    assert region_by_name("ES", "Navarre", within="ES-NC") == "ES-NA"
    assert region_by_name("ES", "Barcelona", within="ES-MD") is None


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Île-de-France", "ile de france"),
        ("CÔTE D’IVOIRE", "cote divoire"),
        ("Łódź", "lodz"),
        ("İstanbul", "istanbul"),
        ("St. Gallen", "saint gallen"),
        ("Ｌｉａｏｎｉｎｇ", "liaoning"),
        ("서울", "서울"),
        ("辽宁", "辽宁"),
        ("Київ", "киів"),
        (" \t ", ""),
    ],
)
def test_folding_keeps_letters_and_drops_marks(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=80))
def test_folding_is_the_same_when_repeated_and_in_any_case(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("liaoning sheng", "liaoning"),
        ("departamento del cauca", "cauca"),
        ("mexico city", "mexico city"),
        ("吉林省", "吉林"),
        ("吉林市", "吉林市"),
        ("province", "province"),
        ("", ""),
    ],
)
def test_generic_words_go_but_a_city_stays_a_city(name: str, short: str) -> None:
    assert without_generic_words(name) == short


def test_the_tables_name_only_codes_that_exist_and_each_only_once() -> None:
    assert all(is_known(code) for code in aliases())
    assert all(is_known(code) for _, code in cities())
    assert all(is_known(code) for after in former_codes().values() for code in after)
    own = {code for code in aliases() if "-" in code and pycountry.subdivisions.get(code=code) is None}
    assert {code[:3] for code in own} == {"HK-", "NO-"}
    for table in ("aliases.csv", "former_codes.csv"):
        path = Path(sys.modules["logattr.places"].__file__).with_name(table)
        keys = [line.split(",")[0] for line in path.read_text(encoding="utf-8").splitlines()]
        assert [key for key, times in Counter(keys).items() if times > 1] == []


def test_no_retired_code_is_replaced_by_another_retired_one() -> None:
    assert [old for old, after in former_codes().items() for new in after if successors(new)] == []


def test_a_city_of_the_table_is_no_region_at_the_same_time() -> None:
    # London is: ISO's "London, City of" is the square mile, which people who say London do not mean.
    assert {city for city, _ in cities() if codes_by_name(city)} <= {"London", "Edinburgh"}


def test_importing_the_places_loads_neither_pycountry_nor_numpy_nor_arrow() -> None:
    heavy = ["pycountry", "numpy", "pyarrow", "pandas"]
    code = f"import sys, logattr.places; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(not MAXMIND.is_dir(), reason="MaxMind's test sources are not beside the repository")
def test_every_region_of_maxminds_test_sources_has_a_standard_code() -> None:
    found, files = {}, sorted(MAXMIND.glob("*.json"))
    for path in files:
        for entry in json.loads(path.read_text(encoding="utf-8")):
            for record in filter(lambda record: isinstance(record, dict), entry.values()):
                for subdivision in record.get("subdivisions", ()):
                    pair = record["country"]["iso_code"], subdivision["iso_code"]
                    found[pair] = region_code(*pair, name=subdivision.get("names", {}).get("en"))
    assert len(found) > 15
    assert found["CN", "22"] == "CN-JL"
    assert {pair: code for pair, code in found.items() if not region_is_standard(code)} == {}


def test_subdivisions_are_those_of_pycountry() -> None:
    import pycountry

    from logattr.places.tables import subdivisions

    expected = {one.code: (one.name, one.parent_code or one.country_code) for one in pycountry.subdivisions}
    found = {code: (one.iso_name, one.parent) for code, one in subdivisions().items() if code in expected}
    assert found == expected
    assert list(found) == list(expected)
