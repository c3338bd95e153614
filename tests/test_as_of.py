"""Dated copies: which one answers, what the newest says beside it, and what reports make of both."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from logattr import enrich, investigate, lookup
from logattr.cli import main
from logattr.columns import ADDRESSES, schema
from logattr.databases.intake import add_file
from logattr.databases.store import Store
from logattr.enrichment import open_sources, tag_addresses
from logattr.enrichment.families import Family, database_families, day_number, list_families
from logattr.errors import OptionError
from logattr.report.copies import changes
from logattr.report.verify import differences

LISTS = Path(__file__).resolve().parents[1] / "../shared/data/lists/x4bnet"
BEFORE, OLD, BETWEEN, NEW = (
    datetime.date(2024, 1, 10),
    datetime.date(2024, 2, 1),
    datetime.date(2025, 3, 4),
    datetime.date(2026, 8, 22),
)


@pytest.fixture(autouse=True)
def _nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("logattr.databases.embedded.find_embedded", lambda: None)
    monkeypatch.delenv("LOGATTR_DATABASES", raising=False)
    monkeypatch.setenv("LOGATTR_DATA", str(tmp_path / "store"))


def epoch(day: datetime.date) -> int:
    return day_number(day) * 86_400


def place(country: str, region: str | None = None) -> dict[str, Any]:
    record: dict[str, Any] = {"country": {"iso_code": country, "names": {"en": country}}}
    if region:
        record["subdivisions"] = [{"iso_code": region, "names": {"en": region}}]
        record["location"] = {"latitude": 41.8, "longitude": 123.4, "accuracy_radius": 50}
    return record


CITY = {
    OLD: {"175.160.0.0/16": place("CN", "LN"), "81.32.0.0/16": place("ES"), "81.33.0.0/16": place("ES")},
    NEW: {"175.160.0.0/16": place("CN", "JL"), "81.32.0.0/16": place("ES"), "81.34.0.0/16": place("ES")},
}
VPN = {OLD: ["81.32.0.0/24", "81.33.0.1"], NEW: ["175.160.0.0/24", "81.33.0.1"]}


@pytest.fixture
def cities(tmp_path: Path, write_mmdb: Any) -> list[Path]:
    """Two builds of one database, with file names that say nothing."""
    found = []
    for day, records in CITY.items():
        (tmp_path / str(day.year)).mkdir()
        found.append(
            write_mmdb(
                f"{day.year}/city.mmdb",
                records,
                database_type="GeoIP2-City",  # of GeoLite2 the store keeps no old build
                description="GeoIP2 City database of MaxMind",
                build_epoch=epoch(day),
            )
        )
    return found


@pytest.fixture
def lists(tmp_path: Path) -> list[str]:
    options = []
    for day, networks in VPN.items():
        path = tmp_path / "lists" / str(day) / "vpn.txt"
        path.parent.mkdir(parents=True)
        path.write_text("\n".join(networks))
        options.append(f"vpn={path}")
    return options


def rows_of(
    texts: Sequence[str], paths: Sequence[Path], lists: Sequence[str] = (), *, day: datetime.date | None
) -> list[dict[str, Any]]:
    days = None if day is None else np.full(len(texts), day_number(day), np.int64)
    table = tag_addresses(texts, open_sources(paths, lists), event_days=days)
    assert table.schema == schema(ADDRESSES)
    found: list[dict[str, Any]] = table.to_pylist()
    return found


# --- which copies there are -----------------------------------------------------------------------


@given(
    copies=st.lists(st.integers(0, 60), min_size=1, max_size=6, unique=True),
    day=st.integers(-1, 70),
)
def test_the_copy_nearest_before_answers_else_the_earliest(copies: list[int], day: int) -> None:
    family = Family(tuple(sorted(copies)), tuple(sorted(copies)))
    chosen = family.copies[int(family.chosen(np.array([day]))[0])]
    if day < 0:
        assert chosen == max(copies)
    elif min(copies) > day:
        assert chosen == min(copies)
    else:
        assert chosen == max(one for one in copies if one <= day)


def test_databases_of_one_product_are_copies_and_others_are_not(cities: list[Path], write_mmdb: Any) -> None:
    text = "GeoLite2 database of MaxMind"
    other = write_mmdb("c.mmdb", CITY[OLD], database_type="GeoLite2-Country", description=text)
    same_day = write_mmdb(
        "d.mmdb", CITY[OLD], database_type="GeoIP2-City", description=text, build_epoch=epoch(NEW)
    )
    unknown = [
        write_mmdb(f"{name}.mmdb", CITY[OLD], description="by nobody", build_epoch=epoch(day))
        for name, day in (("x", OLD), ("y", NEW), ("own-2024-02-01", OLD), ("own-2026-08-22", NEW))
    ]
    sources = open_sources([*cities, other, same_day, *unknown])
    found = [[one.path.name for one, _ in family.copies] for family in database_families(sources.databases)]
    assert found == [
        ["city.mmdb", "city.mmdb"],
        ["c.mmdb"],
        ["d.mmdb"],
        ["x.mmdb"],
        ["y.mmdb"],
        ["own-2024-02-01.mmdb", "own-2026-08-22.mmdb"],
    ]


def test_lists_whose_paths_differ_in_dates_only_are_copies(
    cities: list[Path], lists: list[str], tmp_path: Path
) -> None:
    more = []
    for name, text in {
        "a-20240201.txt": "198.18.0.1",
        "a-20260822.txt": "198.18.0.2",
        "b.txt": "198.18.0.3",
    }.items():
        (tmp_path / name).write_text(text)
        more.append(f"vpn={tmp_path / name}@{'2024-02-01' if '2024' in name else '2026-08-22'}")
    hosting = [option.replace("vpn=", "hosting=") for option in lists[:1]]
    sources = open_sources(cities, [*lists, *hosting, *more])
    found = [[(one.class_, one.date) for one in family.copies] for family in list_families(sources.lists)]
    assert found[:4] == [
        [("vpn", OLD), ("vpn", NEW)],
        [("hosting", OLD)],
        [("vpn", OLD), ("vpn", NEW)],
        [("vpn", NEW)],
    ]


def test_the_embedded_database_is_no_copy_of_a_given_one(
    cities: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logattr.databases.embedded.find_embedded", lambda: cities[0])
    (row,) = rows_of(["175.160.0.1"], cities[1:], day=BETWEEN)
    assert (row["geo_region"], row["geo_copy"], row["geo_now"]) == ("CN-JL", "only", None)


# --- as of and now --------------------------------------------------------------------------------

TEXTS = ["175.160.0.1", "81.32.0.1", "81.33.0.1", "81.34.0.1", "10.0.0.1"]


def test_both_answers_are_kept_where_they_differ(cities: list[Path], lists: list[str]) -> None:
    moved, left, stays, came, private = rows_of(TEXTS, cities, lists, day=BEFORE)
    assert [row["geo_copy"] for row in (moved, left, stays, came)] == ["after", "after", "after", None]
    assert (moved["geo_region"], moved["geo_db_build"], moved["geo_db_age_days"]) == ("CN-LN", OLD, -22)
    now = json.loads(moved["geo_now"])
    assert (now["region"], now["build"], now["status"]) == ("CN-JL", str(NEW), "ok")
    assert left["geo_now"] is None
    assert json.loads(stays["geo_now"]) == {"status": "not_found"}
    assert (came["geo_status"], json.loads(came["geo_now"])["country"]) == ("not_found", "ES")
    classes = [(row["anon_class"], row["anon_class_now"]) for row in (moved, left, stays, came)]
    assert classes == [("none_found", "vpn"), ("vpn", "none_found"), ("vpn", None), ("none_found", None)]
    assert json.loads(moved["anon_evidence_now"])[0]["date"] == str(NEW)
    assert left["anon_evidence_now"] is None
    assert {row["anon_newest_source_now"] for row in (moved, left, stays, came)} == {NEW}
    assert private["anon_newest_source_now"] is private["geo_now"] is None


def test_an_event_after_the_newest_copy_has_one_answer(cities: list[Path], lists: list[str]) -> None:
    for day in (NEW, None):
        for row in rows_of(TEXTS, cities, lists, day=day):
            assert row["geo_now"] is row["anon_class_now"] is row["anon_newest_source_now"] is None
            assert row["geo_copy"] in (None, "before" if day else "newest")


def test_each_address_has_the_copies_of_its_own_day(cities: list[Path], lists: list[str]) -> None:
    days = np.array([day_number(day) if day else -1 for day in (BETWEEN, NEW, None)], np.int64)
    table = tag_addresses(["175.160.0.1"] * 3, open_sources(cities, lists), event_days=days)
    assert table["geo_region"].to_pylist() == ["CN-LN", "CN-JL", "CN-JL"]
    assert table["geo_copy"].to_pylist() == ["before", "before", "newest"]
    assert table["anon_class"].to_pylist() == ["none_found", "vpn", "vpn"]
    assert table["geo_db_age_days"].to_pylist() == [(BETWEEN - OLD).days, 0, None]
    ages = table["anon_age_days"].to_pylist()
    assert ages[1:] == [0, None]


def test_one_copy_is_one_answer_that_says_so(cities: list[Path], lists: list[str]) -> None:
    (row,) = rows_of(["175.160.0.1"], cities[1:], lists[1:], day=BEFORE)
    assert (row["geo_copy"], row["geo_db_build"], row["geo_now"]) == ("only", NEW, None)
    assert (row["anon_class"], row["anon_class_now"]) == ("vpn", None)
    assert row["geo_db_age_days"] == (BEFORE - NEW).days


def test_numbers_of_as_have_both_answers(cities: list[Path], write_mmdb: Any) -> None:
    paths = [
        write_mmdb(
            f"asn{day.year}.mmdb",
            {"81.32.0.0/16": {"autonomous_system_number": number}},
            database_type="GeoLite2-ASN",
            description="GeoLite2 ASN database of MaxMind",
            build_epoch=epoch(day),
        )
        for day, number in ((OLD, 64500), (NEW, 64501))
    ]
    (row,) = rows_of(["81.32.0.1"], [*cities, *paths], day=BETWEEN)
    assert (row["as_number"], row["as_db_build"], row["as_copy"]) == (64500, OLD, "before")
    assert row["as_db_age_days"] == (BETWEEN - OLD).days
    now = {"number": 64501, "network": "81.32.0.0/16", "db": "asn2026.mmdb", "build": str(NEW)}
    assert json.loads(row["as_now"]) == now
    (row,) = rows_of(["81.32.0.1"], [*cities, paths[1]], day=BETWEEN)
    assert (row["as_copy"], row["as_db_age_days"]) == ("only", (BETWEEN - NEW).days)
    (row,) = rows_of(["81.99.0.1"], [*cities, *paths], day=BETWEEN)
    assert (row["as_db_build"], row["as_db_age_days"], row["as_copy"]) == (None, None, None)


@given(
    days=st.lists(st.sampled_from([None, BEFORE, OLD, BETWEEN, NEW]), min_size=1, max_size=6),
    texts=st.lists(st.sampled_from(TEXTS), min_size=6, max_size=6),
)
@settings(max_examples=15, deadline=None)
def test_one_call_says_what_a_call_per_address_with_its_copies_says(
    days: list[datetime.date | None], texts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    from .mmdb_writer import write

    folder = tmp_path_factory.mktemp("as-of")
    more = {"database_type": "GeoLite2-City", "description": "GeoLite2 of MaxMind"}
    paths = [
        write(folder / f"{day.year}.mmdb", records, build_epoch=epoch(day), **more)
        for day, records in CITY.items()
    ]
    for day, networks in VPN.items():
        (folder / f"vpn-{day}.txt").write_text("\n".join(networks))
    both = [f"vpn={folder}/vpn-{day}.txt" for day in VPN]
    numbers = np.array([day_number(day) if day else -1 for day in days], np.int64)
    asked = texts[: len(days)]
    found = tag_addresses(asked, open_sources(paths, both), event_days=numbers).to_pylist()
    for text, day, row in zip(asked, days, found, strict=True):
        nth = 1 if day in (None, NEW) else 0
        (then,) = rows_of([text], paths[nth : nth + 1], both[nth : nth + 1], day=day)
        (now,) = rows_of([text], paths[1:], both[1:], day=day)
        same = ("geo_status", "geo_country", "geo_region", "geo_db_build", "anon_class", "anon_evidence")
        assert [row[name] for name in same] == [then[name] for name in same]
        assert row["anon_class_now"] == (
            now["anon_class"] if now["anon_class"] != row["anon_class"] else None
        )
        place_now = {} if row["geo_now"] is None else json.loads(row["geo_now"])
        differs = any(now[name] != row[name] for name in ("geo_status", "geo_country", "geo_region"))
        assert bool(place_now) == differs
        if differs:
            assert place_now.get("region") == now["geo_region"]


# --- the store ------------------------------------------------------------------------------------


def test_copies_of_the_store_are_taken_for_the_days_that_occur(
    cities: list[Path], lists: list[str], tmp_path: Path
) -> None:
    store = Store(tmp_path / "store")
    for path in cities:
        add_file(store, path, {}, source="ours")
    for option, day in zip(lists, VPN, strict=True):
        add_file(store, Path(option.removeprefix("vpn=")), {}, source="exits", class_="vpn", date=day)
    newest = lookup("175.160.0.1").iloc[0]
    assert (newest["geo_region"], newest["anon_class"]) == ("CN-JL", "vpn")
    then = lookup("175.160.0.1", as_of=BEFORE).iloc[0]
    assert (then["geo_region"], then["anon_class"], then["anon_class_now"]) == ("CN-LN", "none_found", "vpn")
    assert json.loads(then["geo_now"])["region"] == "CN-JL"
    opened = open_sources()
    assert len(opened.databases) == 1
    assert len(opened.for_days([day_number(NEW)]).databases) == 1
    assert [one.build_date for one, _ in opened.for_days([day_number(BETWEEN), -1]).databases] == [NEW, OLD]


# --- lookup ---------------------------------------------------------------------------------------


def test_lookup_on_the_command_line_takes_a_day(cities: list[Path], lists: list[str]) -> None:
    given = ["lookup", "175.160.0.1", *(f"--db={path}" for path in cities)]
    given += [part for option in lists for part in ("--list", option)]
    shown = CliRunner().invoke(main, [*given, "--to", "table", "--as-of", "2024-01-10"])
    assert shown.exit_code == 0, shown.output
    words = " ".join(shown.stdout.split())
    assert "by the newest" in words
    assert "VPN" in words
    lines = CliRunner().invoke(main, [*given, "--to", "jsonl", "--as-of", "2024-01-10"]).stdout
    row = json.loads(lines)
    assert (row["anon_class"], row["anon_class_now"], row["geo_now"]["region"]) == (
        "none_found",
        "vpn",
        "CN-JL",
    )
    # One copy of the city is of the time, and of the list as well: there is nothing to warn of but the table.
    assert [line.split(" is ")[0] for line in shown.stderr.splitlines()] == [
        "the list logattr built-in providers"
    ]
    late = CliRunner().invoke(main, [*given, "--to", "jsonl", "--as-of", "2025-09-01"]).stderr
    assert f"city.mmdb is older than the day asked about: built {OLD}, " in late
    without = json.loads(CliRunner().invoke(main, [*given, "--to", "jsonl"]).stdout)
    assert (without["anon_class"], "anon_class_now" in without) == ("vpn", False)


@pytest.mark.parametrize("day", ["2024-13-01", "yesterday", "1969-12-31", ""])
def test_what_is_no_day_is_refused(day: str, cities: list[Path]) -> None:
    with pytest.raises(OptionError, match="YYYY-MM-DD"):
        lookup("175.160.0.1", databases=cities, as_of=day)
    refused = CliRunner().invoke(main, ["lookup", "175.160.0.1", "--as-of", day])
    assert refused.exit_code == 2
    assert "YYYY-MM-DD" in refused.stderr


def test_enrich_takes_the_day_of_each_row(cities: list[Path], lists: list[str]) -> None:
    times = pd.to_datetime(["2024-01-10T23:59:59Z", "2026-08-22T00:00:00Z", None], utc=True)
    frame = pd.DataFrame(
        {"client_ip": ["175.160.0.1"] * 3, "time": times, "own": times[::-1]}, index=[5, 6, 7]
    )
    found = enrich(frame, databases=cities, lists=lists)
    assert found.index.to_list() == [5, 6, 7]
    assert found["geo_region"].to_list() == ["CN-LN", "CN-JL", "CN-JL"]
    assert found["geo_copy"].to_list() == ["after", "before", "newest"]
    reversed_ = enrich(frame, databases=cities, lists=lists, as_of="own")
    assert reversed_["geo_region"].to_list() == ["CN-JL", "CN-JL", "CN-LN"]
    assert set(enrich(frame, databases=cities, as_of=None)["geo_region"]) == {"CN-JL"}
    assert set(enrich(frame, databases=cities, as_of=OLD)["geo_region"]) == {"CN-LN"}
    assert set(enrich(frame[["client_ip"]], databases=cities)["geo_copy"]) == {"newest"}
    with pytest.raises(OptionError, match="a column of times"):
        enrich(frame, databases=cities, as_of="client_ip")


# --- reports --------------------------------------------------------------------------------------


def write_log(path: Path, clients: Sequence[str], day: datetime.date) -> Path:
    lines = [
        f'{client} - - [{day:%d/%b/%Y}:08:01:02 +0000] "GET /files/a{number}.zip HTTP/1.1" 200 12\n'
        for client in clients
        for number in range(4)
    ]
    path.write_text("".join(lines))
    return path


def test_no_evidence_is_said_only_when_both_say_so(
    cities: list[Path], lists: list[str], tmp_path: Path
) -> None:
    log = write_log(tmp_path / "access.log", ["175.160.0.1", "175.160.9.9", "81.32.0.1", "81.32.9.9"], BEFORE)
    findings = investigate(log, places=["CN-LN", "Spain"], databases=cities, lists=lists)
    rows = {row["client"]: row for row in findings.clients.to_pylist()}
    assert {client: row["class"] for client, row in rows.items()} == {
        "175.160.0.1": "anonymised",  # only the list of 2026 has it
        "175.160.9.9": "matched",
        "81.32.0.1": "anonymised",  # only the list of 2024 has it
        "81.32.9.9": "matched",
    }
    assert rows["175.160.0.1"]["anon_class"] == "none_found"
    assert any("newest copies only" in text for text in rows["175.160.0.1"]["counter_reasons"])
    assert any("say otherwise" in text for text in rows["81.32.0.1"]["counter_reasons"])
    assert any("nor in the newest copies" in text for text in rows["81.32.9.9"]["reasons"])
    assert any(
        "the newest copy, places it in CN-JL" in text for text in rows["175.160.9.9"]["counter_reasons"]
    )
    found = [(one.what, one.then, one.now, one.clients, one.requests) for one in changes(findings)]
    assert found == [
        ("anonymiser", "VPN", "no anonymiser evidence", 1, 4),
        ("anonymiser", "no anonymiser evidence", "VPN", 1, 4),
        ("place", "CN-LN", "CN-JL", 2, 8),
    ]
    for text in (findings.to_text(), findings.to_html()):
        assert "As of the events" in text
        assert "CN-JL" in text


def test_a_report_as_of_the_events_is_repeated_to_the_byte(
    cities: list[Path], lists: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = write_log(tmp_path / "access.log", ["175.160.0.1", "81.32.0.1"], BETWEEN)
    findings = investigate(log, places=["Spain"], databases=cities, lists=lists)
    written = tmp_path / "findings.json"
    findings.write(written)
    monkeypatch.chdir(tmp_path)
    assert list(differences(written)) == []
    found = json.loads(written.read_text())
    assert [row["build_date"] for row in found["databases"]] == [str(OLD), str(NEW)]
    assert {row["geo_copy"] for row in found["clients"]} == {"before"}
    assert all(row["geo_now"] is None or isinstance(row["geo_now"], dict) for row in found["clients"])


@pytest.mark.parametrize(
    ("copies", "word"), [(slice(0, 1), "older than the log"), (slice(1, 2), "newer than the log")]
)
def test_warnings_tell_older_from_newer(
    copies: slice, word: str, cities: list[Path], lists: list[str], tmp_path: Path
) -> None:
    log = write_log(tmp_path / "access.log", ["81.32.0.1"], BETWEEN)
    findings = investigate(log, places=["Spain"], databases=cities[copies], lists=lists[copies])
    of = [text for text in findings.warnings if word in text]
    assert any(text.startswith("city.mmdb is") for text in of)
    assert any(text.startswith("the list ") and "vpn.txt" in text for text in of)


def test_a_copy_of_the_time_of_the_events_is_not_warned_of(
    cities: list[Path], lists: list[str], tmp_path: Path
) -> None:
    log = write_log(tmp_path / "access.log", ["81.32.0.1"], OLD)
    findings = investigate(log, places=["Spain"], databases=cities, lists=lists)
    assert not [text for text in findings.warnings if "vpn.txt" in text or "city.mmdb" in text]


# --- the published lists of two days --------------------------------------------------------------


@pytest.mark.skipif(not LISTS.is_dir(), reason="the dated lists are not beside the repository (../shared)")
@pytest.mark.parametrize("kind", ["vpn", "datacenter"])
def test_the_lists_of_x4bnet_of_two_days_give_both_answers(
    kind: str, write_mmdb: Callable[..., Path], tmp_path: Path
) -> None:
    import ipaddress

    class_ = "vpn" if kind == "vpn" else "hosting"
    paths = [LISTS / str(day) / "output" / kind / "ipv4.txt" for day in (OLD, NEW)]
    networks = [
        list(ipaddress.collapse_addresses(map(ipaddress.ip_network, path.read_text().split())))
        for path in paths
    ]
    # Every first address of either list, asked of plain Python as the reference.
    numbers = [{int(one.network_address) for one in some} for some in networks]
    texts = [str(ipaddress.ip_address(one)) for one in sorted(numbers[0] ^ numbers[1])[::7]]
    spans = [sorted((int(one[0]), int(one[-1])) for one in some) for some in networks]
    listed = [[_in(spans_of, int(ipaddress.ip_address(text))) for text in texts] for spans_of in spans]
    place_db = write_mmdb("city.mmdb", {"0.0.0.0/1": place("ES"), "128.0.0.0/1": place("ES")})
    # The built-in table knows some of them at any time.
    alone = lookup(texts, databases=[place_db])
    asked = ((alone["anon_class"] == "none_found") & (alone["ip_scope"] == "global")).tolist()
    texts = [text for text, known in zip(texts, asked, strict=True) if known]
    listed = [[old for old, known in zip(some, asked, strict=True) if known] for some in listed]
    options = [f"{class_}={path}@{day}" for path, day in zip(paths, (OLD, NEW), strict=True)]
    then = lookup(texts, databases=[place_db], lists=options, as_of=BEFORE)
    today = lookup(texts, databases=[place_db], lists=options)
    assert (then["geo_copy"] == "only").all()
    found = {"old only": 0, "new only": 0}
    for row, now, old, new in zip(then.to_dict("records"), today.to_dict("records"), *listed, strict=True):
        assert (row["anon_class"] == class_) == old
        assert (now["anon_class"] == class_) == new
        differs = isinstance(row["anon_class_now"], str)
        assert differs == (old != new)
        if differs:
            assert row["anon_class_now"] == now["anon_class"]
            found["old only" if old else "new only"] += 1
    assert min(found.values()) > 100

    chosen = [text for text, old, new in zip(texts, *listed, strict=True) if old != new][:40]
    log = write_log(tmp_path / "access.log", chosen, BEFORE)
    findings = investigate(log, places=["Spain"], databases=[place_db], lists=options)
    of_both = sum(one.clients for one in changes(findings) if one.what == "anonymiser")
    assert of_both == len(chosen)
    assert findings.counts["highlighted_clients"] == 0  # nobody is without evidence in both
    for text in (findings.to_text(), findings.to_html()):
        assert "As of the events" in text


def _in(spans: list[tuple[int, int]], number: int) -> bool:
    from bisect import bisect_right

    at = bisect_right(spans, (number, 1 << 32)) - 1
    return at >= 0 and spans[at][1] >= number
