"""``logattr db``: what it says, what it keeps, and with which status it leaves."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from logattr.databases.catalog import read_catalog
from logattr.databases.store import About, Store, data_folder

from .http_server import Answer, Server, serving

Run = Callable[..., Result]
GOOD = b"192.0.2.0/24\n198.51.100.7\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a store of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGATTR_DATA", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def catalog(server: Server, *names: str) -> str:
    """Write a catalogue of VPN lists at paths of the server, and give its name."""
    entry = (
        '[{name}]\ntitle = "T"\nabout = "VPN of {name}"\nhomepage = "https://example.org/"\nurl = "{url}"\n'
        'parser = "lines"\nclass = "vpn"\nlineage = "{name}"\ncadence = "daily"\nsize_mb = 1\n'
        'licence = "MIT"\nlicence_url = "https://example.org/licence"\nattribution = "A"\n'
    )
    Path("own.toml").write_text(
        "\n".join(entry.format(name=name, url=server.url(f"/{name}")) for name in names), encoding="utf-8"
    )
    return "own.toml"


def put(source: str, date: dt.date, about: About) -> None:
    Path("put.txt").write_bytes(GOOD)
    Store(data_folder()).add("put.txt", source=source, date=date, about=about)


# ------------------------------------------------------------------ update


def test_update_fetches_every_source_and_says_what_it_got(logattr: Run, server: Server) -> None:
    own = catalog(server, "one", "two")
    server.give("/one", Answer(GOOD))
    server.give("/two", Answer(b"192.0.2.9\n"))

    result = logattr("db", "update", "--catalog", own)

    assert result.exit_code == 0
    assert [line.split(":")[:2] for line in result.stdout.splitlines()] == [["one", " new"], ["two", " new"]]
    assert "2 networks" in result.stdout
    assert Store(data_folder()).sources() == ("one", "two")


def test_update_fetches_only_what_is_named(logattr: Run, server: Server) -> None:
    own = catalog(server, "one", "two")
    server.give("/two", Answer(GOOD))

    assert logattr("db", "update", "two", "--catalog", own).exit_code == 0
    assert [path for path, _ in server.asked] == ["/two"]


def test_a_source_that_fails_does_not_keep_the_others_from_being_fetched(
    logattr: Run, server: Server
) -> None:
    own = catalog(server, "one", "two")
    server.give("/two", Answer(GOOD))

    result = logattr("db", "update", "--catalog", own)

    assert result.exit_code == 1
    assert result.stdout.startswith("two: new")
    assert result.stderr.startswith("one: failed")
    assert "status 404" in result.stderr


def test_a_dry_run_shows_addresses_sizes_and_licences_and_changes_nothing(logattr: Run, folder: Path) -> None:
    result = logattr("db", "update", "--dry-run")

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert len(lines) == sum(not source.key_env for source in read_catalog().values())
    assert all("would fetch https://" in line and "licence: " in line for line in lines)
    assert "left out, as they need a key: geolite2-city" in result.stderr
    assert not (folder / "data").exists()


def test_a_source_without_its_key_is_an_error_only_when_it_is_named(logattr: Run) -> None:
    result = logattr("db", "update", "ipinfo-lite")

    assert result.exit_code == 1
    assert "IPINFO_TOKEN" in result.stderr


def test_update_of_a_day_takes_the_sources_that_have_a_history(logattr: Run) -> None:
    result = logattr("db", "update", "--as-of", "2024-01-15", "--dry-run")

    names = [line.split(":")[0] for line in result.stdout.splitlines()]
    assert names == ["dbip-city-lite", "dbip-asn-lite", "circl-country-asn", "tor-exit-addresses"]
    assert "dbip-city-lite-2024-01.mmdb.gz" in result.stdout
    assert "exit-list-2024-01.tar.xz" in result.stdout
    (left,) = result.stderr.splitlines()
    assert left.startswith("left out, as they have no edition of 2024-01-15 to fetch, or need a key: ")
    assert {"aws", "geolite2-city", "x4bnet-vpn"} <= set(left.split(": ")[1].split(", "))


def test_a_key_is_not_asked_for_where_it_would_not_help(logattr: Run) -> None:
    result = logattr("db", "update", "geolite2-city", "--as-of", "2024-01-15")

    assert "has old builds destroyed within 30 days, so there is no history" in result.stderr
    assert "key" not in result.stderr


def test_a_source_without_a_history_says_what_to_do(logattr: Run) -> None:
    result = logattr("db", "update", "x4bnet-vpn", "--as-of", "2024-01-15")

    assert result.exit_code == 1
    assert "--git CLONE" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["update", "dbip"], "the source 'dbip'"),
        (["update", "--as-of", "yesterday"], "expected YYYY-MM-DD"),
        (["update", "--catalog", "gone.toml"], "gone.toml cannot be read"),
        (["add"], "give one or more files"),
        (["add", "a.txt", "--git", "clone", "--file", "a"], "give one or more files"),
        (["add", "--git", "clone"], "give one or more files"),
        (["add", "a.txt", "--as-of", "2024-01-01"], "--as-of goes with --git"),
        (["remove", "ours"], "there is no copy of 'ours'"),
        (["remove", "../.."], "there is no copy of '../..'"),
        (["remove", "ours", "2024"], "expected YYYY-MM-DD"),
    ],
)
def test_a_wrong_command_is_a_matter_of_usage(logattr: Run, arguments: list[str], words: str) -> None:
    result = logattr("db", *arguments)

    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_hostile_answers_reach_no_terminal(logattr: Run, server: Server) -> None:
    own = catalog(server, "one")
    server.give("/one", Answer(b"\x1b]0;owned\x07\n"))

    result = logattr("db", "update", "--catalog", own)

    assert result.exit_code == 1
    assert "\x1b" not in result.stderr


# ------------------------------------------------------------------ add and remove


def test_add_keeps_a_list_and_lookups_use_it(logattr: Run) -> None:
    Path("vpn-2024-02-01.txt").write_bytes(b"8.8.8.0/24\n")

    added = logattr("db", "add", "vpn-2024-02-01.txt", "--class", "vpn")
    row = json.loads(logattr("lookup", "8.8.8.8", "--to", "jsonl").stdout)

    said = "vpn-2024-02-01 2024-02-01: 1 network of class vpn; 11 bytes, SHA-256 "
    assert added.stdout.startswith(said)
    assert row["anon_class"] == "vpn"
    assert row["anon_evidence"][0]["source"] == "vpn-2024-02-01"
    assert row["anon_evidence"][0]["date"] == "2024-02-01"


def test_add_keeps_a_database_and_lookups_prefer_it(logattr: Run, write_mmdb: Callable[..., Path]) -> None:
    record = {"country": {"iso_code": "PT"}, "city": {"names": {"en": "Lisbon"}}}
    path = write_mmdb("mine.mmdb", {"81.32.0.0/16": record}, database_type="X-City")

    assert logattr("db", "add", str(path)).stdout.startswith(
        "mine 2024-01-01: MaxMind-compatible City (geo); "
    )
    row = json.loads(logattr("lookup", "81.32.0.1", "--to", "jsonl").stdout)

    assert (row["geo_country"], row["geo_db"]) == ("PT", "mine_2024-01-01.mmdb")


def test_add_takes_several_files_and_stops_at_the_first_that_is_none(logattr: Run) -> None:
    Path("a.txt").write_bytes(GOOD)
    Path("b.txt").write_bytes(b"<html>")

    result = logattr("db", "add", "a.txt", "b.txt", "--class", "vpn", "--date", "2024-02-01")

    assert result.exit_code == 1
    assert "b.txt" in result.stderr
    assert Store(data_folder()).sources() == ("a",)


def test_add_shows_lines_that_were_not_understood(logattr: Run) -> None:
    Path("a.txt").write_bytes(b"192.0.2.0/24\nno network\x1b[2J\n?\n")

    result = logattr("db", "add", "a.txt", "--class", "vpn", "--date", "2024-02-01")

    assert "a: 2 lines were not understood, the first is line 2: 'no network[2J'" in result.stderr
    assert "\x1b" not in result.output


def test_add_says_when_it_replaces_what_was_there(logattr: Run) -> None:
    options = ("--as", "ours", "--class", "vpn", "--date", "2024-02-01")
    Path("a.txt").write_bytes(b"192.0.2.0/24\n")
    Path("b.txt").write_bytes(b"198.51.100.0/24\n")

    assert "in place of" not in logattr("db", "add", "a.txt", *options).stdout
    assert "in place of" not in logattr("db", "add", "a.txt", *options).stdout
    assert "in place of other content of that day" in logattr("db", "add", "b.txt", *options).stdout
    assert logattr("db", "add", "a.txt", "b.txt", *options).exit_code == 2


def test_add_takes_a_mapping_for_a_database_of_an_unknown_kind(
    logattr: Run, write_mmdb: Callable[..., Path]
) -> None:
    path = write_mmdb("own.mmdb", {"81.32.0.0/16": {"where": "PT"}}, database_type="Own")
    Path("own.toml").write_text('[columns]\ngeo_country = "where"\n', encoding="utf-8")

    assert "not understood" in logattr("db", "add", str(path)).stderr
    assert logattr("db", "add", f"{path}:own.toml").exit_code == 0
    row = json.loads(logattr("lookup", "81.32.0.1", "--to", "jsonl").stdout)

    assert (row["geo_country"], row["geo_db"]) == ("PT", "own_2024-01-01.mmdb")
    assert "own_2024-01-01" in logattr("db", "list").stdout


def test_remove_takes_a_day_or_all(logattr: Run) -> None:
    for day in (1, 2, 3):
        put("ours", dt.date(2024, 2, day), About(parser="lines", class_="vpn"))

    assert logattr("db", "remove", "ours", "2024-02-02").stdout == "removed ours 2024-02-02\n"
    assert len(logattr("db", "remove", "ours").stdout.splitlines()) == 2
    assert logattr("db", "remove", "ours").exit_code == 2


def test_a_store_that_cannot_be_written_is_explained(
    logattr: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("file").write_bytes(GOOD)
    monkeypatch.setenv("LOGATTR_DATA", str(folder / "file" / "data"))

    result = logattr("db", "add", "file", "--class", "vpn", "--date", "2024-02-01")

    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
    assert "LOGATTR_DATA" in result.stderr


# ------------------------------------------------------------------ from a clone


@pytest.fixture
def clone(folder: Path) -> Path:
    """Return a clone with a list of January 2024 and another of March."""
    path = folder / "clone"
    environment = os.environ | {"HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*arguments: str, when: str = "") -> None:
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when} if when else {}
        command = ["git", "-c", "user.name=T", "-c", "user.email=t@example.org", "-C", str(path), *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=60, env=environment | dates)

    path.mkdir()
    try:
        git("init", "--quiet")
    except OSError:
        pytest.skip("git is not installed")
    (path / "out").mkdir()
    for text, when in (("192.0.2.1\n", "2024-01-10T23:30:00-0200"), ("192.0.2.3\n", "2024-03-01T00:00:00Z")):
        (path / "out" / "ip v4.txt").write_text(text)
        git("add", ".")
        git("commit", "--quiet", "-m", "x", when=when)
    return path


@pytest.mark.parametrize(
    ("as_of", "expected", "text"),
    [
        (["--as-of", "2024-01-15"], "2024-01-11", "192.0.2.1\n"),
        (["--as-of", "2024-01-11"], "2024-01-11", "192.0.2.1\n"),
        (["--as-of", "2024-03-01"], "2024-03-01", "192.0.2.3\n"),
        ([], "2024-03-01", "192.0.2.3\n"),
    ],
)
def test_a_list_of_a_day_is_taken_from_the_history_of_a_clone(
    logattr: Run, clone: Path, as_of: list[str], expected: str, text: str
) -> None:
    source = ["--git", str(clone), "--file", "out/ip v4.txt", "--as", "x4bnet-vpn"]

    result = logattr("db", "add", *source, *as_of)

    assert result.exit_code == 0, result.stderr
    (copy,) = Store(data_folder()).copies("x4bnet-vpn")
    assert (str(copy.date), copy.path.read_text()) == (expected, text)
    assert (copy.about.class_, copy.about.lineage) == ("vpn", "x4bnet")
    assert re.fullmatch(rf"[0-9a-f]{{40}} of {expected}, out/ip v4\.txt", copy.about.commit)
    assert f"commit {copy.about.commit}" in result.stdout


@pytest.fixture
def in_git(folder: Path) -> list[str]:
    """A catalogue with one source that is kept in the clone, one that is not, and one by address."""
    table = """
    title = "Ours"
    about = "ours"
    homepage = "https://example.org/ours"
    url = "https://example.org/ours/raw"
    parser = "lines"
    class = "vpn"
    lineage = "ours"
    cadence = "daily"
    size_mb = 1
    licence = "MIT"
    licence_url = "https://example.org/licence"
    attribution = "Ours"
    """
    text = f'[ours]{table}git_file = "out/ip v4.txt"\n[other]{table}git_file = "gone.txt"\n[third]{table}'
    path = folder / "catalog.toml"
    path.write_text(text)
    return ["--catalog", str(path)]


def test_update_of_a_day_takes_from_a_clone_what_it_has(logattr: Run, clone: Path, in_git: list[str]) -> None:
    result = logattr("db", "update", "--as-of", "2024-01-15", "--git", str(clone), *in_git)

    assert result.exit_code == 0, result.stderr
    assert re.fullmatch(
        r"ours: new: commit [0-9a-f]{40} of 2024-01-11, out/ip v4\.txt, \d+ bytes", result.stdout.strip()
    )
    (copy,) = Store(data_folder()).copies("ours")
    assert (str(copy.date), copy.about.licence, copy.about.class_) == ("2024-01-11", "MIT", "vpn")
    assert Store(data_folder()).sources() == ("ours",)
    again = logattr("db", "update", "ours", "--as-of", "2024-01-15", "--git", str(clone), *in_git)
    assert again.stdout.startswith("ours: unchanged: commit ")


def test_a_dry_run_with_a_clone_takes_nothing(logattr: Run, clone: Path, in_git: list[str]) -> None:
    result = logattr("db", "update", "--dry-run", "--as-of", "2024-01-15", "--git", str(clone), *in_git)

    assert "ours: planned: would take out/ip v4.txt of 2024-01-15 from" in result.stdout
    assert "licence: MIT (https://example.org/licence)" in result.stdout
    assert Store(data_folder()).sources() == ()


def test_what_no_clone_has_then_is_an_error_when_it_is_named(
    logattr: Run, clone: Path, in_git: list[str]
) -> None:
    result = logattr("db", "update", "other", "--as-of", "2024-01-15", "--git", str(clone), *in_git)

    assert result.exit_code == 1
    assert "has no commit of 'gone.txt' on or before 2024-01-15" in result.stderr


def test_a_clone_without_a_day_is_a_matter_of_usage(logattr: Run, clone: Path) -> None:
    result = logattr("db", "update", "--git", str(clone))

    assert result.exit_code == 2
    assert "--git goes with --as-of" in result.stderr


@pytest.mark.parametrize(
    ("file", "as_of", "words"),
    [
        ("out/ip v4.txt", "2023-12-31", "no commit of 'out/ip v4.txt' on or before 2023-12-31"),
        ("gone.txt", "2024-06-01", "no commit of 'gone.txt'"),
        ("--output=evil", "2024-06-01", "no commit of '--output=evil'"),
        ("../outside", "2024-06-01", "git cannot read"),
        ("out", "2024-06-01", "git cannot read"),
    ],
)
def test_what_a_clone_does_not_have_is_explained(
    logattr: Run, clone: Path, file: str, as_of: str, words: str
) -> None:
    result = logattr(
        "db", "add", "--git", str(clone), f"--file={file}", "--as", "x4bnet-vpn", "--as-of", as_of
    )

    assert result.exit_code == 2
    assert words in result.stderr
    assert Store(data_folder()).sources() == ()


def test_a_folder_that_is_no_clone_is_explained(logattr: Run, folder: Path) -> None:
    result = logattr("db", "add", "--git", str(folder / "none"), "--file", "a", "--as", "x4bnet-vpn")

    assert result.exit_code == 2
    assert "git cannot read" in result.stderr


# ------------------------------------------------------------------ list


def test_list_shows_what_is_there_how_old_what_for_and_what_is_missing(logattr: Run) -> None:
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=3)
    about = About(parser="lines", class_="vpn", about="VPN networks", licence="MIT")
    put("x4bnet-vpn", day, about)

    output = logattr("db", "list").stdout

    asked, held, missing = output.split("\n\n")
    assert f"x4bnet-vpn                  list of networks  {day}  vpn" in asked
    assert "GeoLite2-City.mmdb" in asked
    row = held.splitlines()[-1]
    assert row.split()[:4] == ["x4bnet-vpn", str(day), "3", "days"]
    assert "vpn: VPN networks" in row
    assert row.endswith("MIT")
    names = [line.split()[0] for line in missing.splitlines()[2:]]
    assert names == [name for name in read_catalog() if name != "x4bnet-vpn"]


def test_list_of_an_empty_store_says_so(logattr: Run, folder: Path) -> None:
    assert f"store: {folder / 'data'} (empty)" in logattr("db", "list").stdout
    assert not (folder / "data").exists()


def test_a_build_whose_licence_is_over_is_destroyed_and_the_reason_said(logattr: Run) -> None:
    about = About(parser="lines", class_="vpn", licence="GeoLite EULA", keep_days=30)
    for month in (1, 2):
        put("geolite", dt.date(2024, month, 1), about)

    result = logattr("db", "list")

    assert "destroyed geolite of 2024-01-01: its licence (GeoLite EULA) lets nobody keep" in result.stderr
    assert [copy.date.month for copy in Store(data_folder()).copies("geolite")] == [2]


def test_no_command_but_update_uses_a_network(
    logattr: Run, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    Path("vpn.txt").write_bytes(GOOD)

    commands = (
        ["db", "add", "vpn.txt", "--class", "vpn", "--date", "2024-02-01"],
        ["db", "list"],
        ["lookup", "8.8.8.8"],
        ["db", "update", "--dry-run"],
        ["db", "remove", "vpn"],
    )
    assert [logattr(*command).exit_code for command in commands] == [0] * len(commands)
