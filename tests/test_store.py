"""The store: dated copies that are whole or not there, whatever happens to those who write."""

from __future__ import annotations

import datetime as dt
import errno
import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logattr.addresses import parse
from logattr.databases import open_databases, stored
from logattr.databases.catalog import read_catalog
from logattr.databases.intake import add_file
from logattr.databases.store import About, Copy, Store, data_folder
from logattr.databases.stored import newest_copies, read_copy, stored_lists
from logattr.enrichment import open_sources, tag_addresses
from logattr.errors import DatabaseError, ListError, OptionError, SourceError

JANUARY, FEBRUARY, MARCH = (dt.date(2024, month, 1) for month in (1, 2, 3))
LIST = About(parser="lines", class_="vpn", lineage="ours", licence="MIT")
GEOLITE = About(parser="mmdb", lineage="maxmind", licence="GeoLite EULA", keep_days=30)
SPAIN = {"81.32.0.0/16": {"country": {"iso_code": "PT"}, "city": {"names": {"en": "Lisbon"}}}}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data", today=dt.date(2024, 6, 1))


@pytest.fixture
def put(store: Store, tmp_path: Path) -> Callable[..., Copy]:
    """Return a function that stores a text under a name and day."""

    def add(
        text: str = "192.0.2.0/24\n",
        *,
        source: str = "ours",
        date: dt.date = FEBRUARY,
        about: About = LIST,
        into: Store = store,
    ) -> Copy:
        file = tmp_path / "given.txt"
        file.write_text(text, encoding="utf-8")
        return into.add(file, source=source, date=date, about=about)

    return add


Put = Callable[..., Copy]


def files(store: Store) -> set[str]:
    return {str(path.relative_to(store.root)) for path in store.root.rglob("*") if path.is_file()}


# ------------------------------------------------------------------ asking


def test_a_store_that_is_not_there_is_empty_and_stays_away(store: Store) -> None:
    assert (store.sources(), store.copies("ours"), store.newest("ours")) == ((), (), None)
    assert store.nearest("ours", JANUARY) is None
    assert store.obey_licences() == ()
    assert not store.root.exists()


def test_a_copy_has_a_folder_of_its_own_with_file_and_manifest(store: Store, put: Put) -> None:
    copy = put("192.0.2.0/24\n")

    assert files(store) == {
        "ours/2024-02-01/ours_2024-02-01.txt",
        "ours/2024-02-01/manifest.json",
        ".lock",
    }
    manifest = json.loads((copy.path.parent / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["sha256"] == hashlib.sha256(b"192.0.2.0/24\n").hexdigest()
    expected = {"source": "ours", "date": "2024-02-01", "size": 13, "licence": "MIT", "class": "vpn"}
    assert {key: manifest[key] for key in expected} == expected
    assert manifest["fetched_at"].endswith("+00:00")


def test_what_was_stored_is_what_is_found(store: Store, put: Put) -> None:
    about = replace(
        LIST, provider="P", title="T", about="A", licence_url="L", attribution="B", url="U", etag='"e"'
    )

    copy = put(about=about)

    assert store.copies("ours") == (copy,)
    assert store.copies("ours")[0].about == about


def test_copies_are_sorted_by_day_and_sources_by_name(store: Store, put: Put) -> None:
    for source, date in (("b", MARCH), ("b", JANUARY), ("a", FEBRUARY), ("b", FEBRUARY)):
        put(source=source, date=date)

    assert store.sources() == ("a", "b")
    assert [copy.date for copy in store.copies("b")] == [JANUARY, FEBRUARY, MARCH]
    assert store.newest("b") == store.copies("b")[-1]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (dt.date(2023, 6, 1), JANUARY),  # none is so old: the earliest
        (JANUARY, JANUARY),
        (dt.date(2024, 2, 29), FEBRUARY),
        (dt.date(2025, 1, 1), MARCH),
    ],
)
def test_the_nearest_copy_is_the_newest_that_is_not_later(
    store: Store, put: Put, day: dt.date, expected: dt.date
) -> None:
    for date in (JANUARY, FEBRUARY, MARCH):
        put(date=date)

    assert store.nearest("ours", day).date == expected  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["../ours", "a/b", "", ".", "A"])
def test_a_name_that_could_lead_elsewhere_is_refused(store: Store, put: Put, name: str) -> None:
    with pytest.raises(OptionError):
        put(source=name)
    with pytest.raises(OptionError):
        store.remove(name)
    assert store.copies(name) == ()
    assert not store.root.exists()


# ------------------------------------------------------------------ replacing


def test_a_copy_of_the_same_day_is_replaced(store: Store, put: Put) -> None:
    first, second, third = (put(f"192.0.2.{number}\n") for number in (1, 2, 3))

    assert store.copies("ours") == (third,)
    assert third.path.read_text() == "192.0.2.3\n"
    # Whoever has just asked can still open the one before; the one before that is gone.
    assert second.path.exists()
    assert not first.path.exists()


def test_the_same_bytes_again_change_only_what_is_known_of_them(store: Store, put: Put) -> None:
    first = put()

    second = put(about=replace(LIST, etag='"new"'))

    assert second.path == first.path
    assert store.newest("ours").about.etag == '"new"'  # type: ignore[union-attr]


def test_a_server_that_has_nothing_newer_is_noted(store: Store, put: Put) -> None:
    copy = put()

    checked = store.checked(replace(copy, checked_at=copy.checked_at - dt.timedelta(days=9)))

    assert checked.checked_at >= copy.checked_at
    assert store.copies("ours") == (checked,)


def test_noting_does_not_bring_back_what_was_removed(store: Store, put: Put) -> None:
    copy = put()
    store.remove("ours")

    store.checked(copy)

    assert store.sources() == ()


@pytest.mark.parametrize("failing", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES])
def test_a_disk_that_does_not_take_it_leaves_the_good_copy(
    store: Store, put: Put, monkeypatch: pytest.MonkeyPatch, failing: str, number: int
) -> None:
    good = put("192.0.2.1\n")

    def fail(*_: Any) -> None:
        raise OSError(number, os.strerror(number), "somewhere")

    monkeypatch.setattr(*((os, "fsync") if failing == "fsync" else (Path, "replace")), fail)
    with pytest.raises(SourceError) as error:
        put("192.0.2.2\n")
    monkeypatch.undo()

    assert "cannot be written" in str(error.value)
    assert os.strerror(number) in str(error.value)
    assert "LOGATTR_DATA" in str(error.value)
    assert store.copies("ours") == (good,)
    assert good.path.read_text() == "192.0.2.1\n"


def test_a_folder_that_cannot_be_made_is_an_error_with_a_way_out(put: Put, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SourceError, match="LOGATTR_DATA"):
        put(into=Store(tmp_path / "file" / "data"))


def test_a_file_that_cannot_be_read_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.txt cannot be read"):
        store.add(tmp_path / "gone.txt", source="ours", date=JANUARY, about=LIST)
    assert store.sources() == ()


KILLED = """
import datetime, os, sys
from pathlib import Path
from logattr.databases.store import About, Store
real = {"replace": Path.replace, "fsync": os.fsync}
steps = int(sys.argv[3])
def counted(name):
    def call(*arguments):
        global steps
        steps -= 1
        if steps == 0:
            print("waiting", flush=True)
            sys.stdin.read()
        return real[name](*arguments)
    return call
Path.replace, os.fsync = counted("replace"), counted("fsync")
about = About(parser="lines", class_="vpn")
Store(Path(sys.argv[1])).add(sys.argv[2], source="ours", date=datetime.date(2024, 2, 1), about=about)
print("done", flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_a_process_that_is_killed_on_the_way_leaves_the_good_copy_and_no_lock(
    store: Store, put: Put, tmp_path: Path, step: int
) -> None:
    good = put("192.0.2.1\n")
    (tmp_path / "new.txt").write_text("192.0.2.2\n")
    command = [sys.executable, "-c", KILLED, str(store.root), str(tmp_path / "new.txt"), str(step)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"waiting\n"  # type: ignore[union-attr]
        process.kill()

    assert store.copies("ours") == (good,)
    assert good.path.read_text() == "192.0.2.1\n"
    after = put("192.0.2.3\n")
    assert store.copies("ours") == (after,)
    assert not [name for name in files(store) if name.endswith((".part", ".manifest"))]


WRITER = """
import datetime, sys
from pathlib import Path
from logattr.databases.store import About, Store
store, own = Store(Path(sys.argv[1])), Path(sys.argv[2])
about = About(parser="lines", class_="vpn")
for number in range(15):
    own.write_text(f"{sys.argv[3]}.{number}\\n" * 1000)
    store.add(own, source="ours", date=datetime.date(2024, 2, 1), about=about)
"""


def test_processes_that_write_the_same_copy_at_once_leave_it_whole_at_every_moment(
    store: Store, tmp_path: Path
) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(store.root), str(tmp_path / f"{net}.txt"), net])
        for net in ("192.0.2", "198.51.100")
    ]
    seen = 0
    until = time.monotonic() + 60
    try:
        while any(writer.poll() is None for writer in writers) and time.monotonic() < until:
            copy = store.newest("ours")
            try:
                data = copy.path.read_bytes() if copy else None
            except FileNotFoundError:
                continue  # replaced twice between the two lines above
            if copy is None or data is None or store.newest("ours") != copy:
                continue  # replaced in between: these bytes may be another copy's
            seen += 1
            assert hashlib.sha256(data).hexdigest() == copy.sha256
        codes = [writer.wait(60) for writer in writers]
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()

    assert codes == [0, 0]
    assert seen > 0
    assert len(store.copies("ours")) == 1


# ------------------------------------------------------------------ removing, and licences


def test_a_day_or_a_whole_source_can_be_removed(store: Store, put: Put) -> None:
    for date in (JANUARY, FEBRUARY, MARCH):
        put(date=date)
    put(source="other")

    assert [copy.date for copy in store.remove("ours", FEBRUARY)] == [FEBRUARY]
    assert [copy.date for copy in store.copies("ours")] == [JANUARY, MARCH]
    assert len(store.remove("ours")) == 2
    assert store.sources() == ("other",)
    assert not (store.root / "ours").exists()


def test_removing_what_is_not_there_removes_nothing(store: Store, put: Put) -> None:
    put()

    assert store.remove("ours", MARCH) == store.remove("other") == ()
    assert store.sources() == ("ours",)


@pytest.mark.parametrize(("days", "left"), [(29, 2), (30, 1), (400, 1)])
def test_a_geolite_build_is_not_used_and_destroyed_30_days_after_the_next_one(
    put: Put, tmp_path: Path, days: int, left: int
) -> None:
    store = Store(tmp_path / "data", today=FEBRUARY + dt.timedelta(days=days))
    old, new = (put(date=date, about=GEOLITE, into=store) for date in (JANUARY, FEBRUARY))

    assert len(store.copies("ours")) == left
    assert store.obey_licences() == ((old,) if left == 1 else ())
    assert old.path.exists() is (left == 2)
    assert store.newest("ours") == new
    assert new.path.exists()


def test_a_single_geolite_build_and_copies_under_other_licences_stay(put: Put, tmp_path: Path) -> None:
    store = Store(tmp_path / "data", today=dt.date(2030, 1, 1))
    put(source="single", about=GEOLITE, into=store)
    for date in (JANUARY, FEBRUARY):
        put(date=date, into=store)

    assert store.obey_licences() == ()
    assert len(store.copies("ours")) == 2


# ------------------------------------------------------------------ manifests from elsewhere


@pytest.mark.parametrize(
    "change",
    [
        {"file": "../../../etc/passwd"},
        {"file": "/etc/passwd"},
        {"file": ".."},
        {"file": ""},
        {"file": "manifest.json"},
        {"file": 7},
        {"file": "a\0b"},
        {"mapping": "../own.toml"},
        {"mapping": "/etc/passwd"},
        {"mapping": ["own.toml"]},
        {"source": "other"},
        {"date": "2024-02-02"},
        {"date": None},
        {"size": 1},
        {"parser": "xml"},
        {"class": "nothing"},
        {"keep_days": "30"},
        {"licence": ["MIT"]},
        {"fetched_at": "yesterday"},
    ],
)
def test_a_manifest_that_is_wrong_is_no_copy(store: Store, put: Put, change: dict[str, Any]) -> None:
    path = put().path.parent / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    assert store.copies("ours") == ()
    assert store.sources() == ()


@given(st.binary(max_size=200))
def test_no_bytes_of_a_manifest_are_an_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    root = tmp_path_factory.mktemp("store")
    folder = root / "ours" / "2024-02-01"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_bytes(data)

    assert Store(root).copies("ours") == ()


KEYS = ("source", "date", "file", "sha256", "size", "build_date", "fetched_at", "keep_days", "class", "url")
ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)


@given(st.dictionaries(st.sampled_from(KEYS), ANY, min_size=1, max_size=3))
def test_no_values_in_a_manifest_are_an_error(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    root = tmp_path_factory.mktemp("store")
    (root / "list.txt").write_text("192.0.2.1\n")
    copy = Store(root).add(root / "list.txt", source="ours", date=FEBRUARY, about=LIST)
    path = copy.path.parent / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))

    for found in Store(root).copies("ours"):
        assert (found.source, found.date, found.path.parent) == ("ours", FEBRUARY, copy.path.parent)


def test_a_file_without_its_manifest_is_no_copy(store: Store, put: Put) -> None:
    (put().path.parent / "manifest.json").unlink()

    assert store.sources() == ()


# ------------------------------------------------------------------ where it is


def test_the_folder_is_that_of_the_variable_else_of_the_platform(tmp_path: Path) -> None:
    assert data_folder({"LOGATTR_DATA": str(tmp_path)}) == tmp_path
    assert data_folder({}).name == data_folder({"LOGATTR_DATA": ""}).name == "logattr"


def test_the_tests_use_no_folder_of_the_user() -> None:
    home = Path("~").expanduser()

    assert not data_folder().is_relative_to(home)
    assert not data_folder({}).is_relative_to(home) or sys.platform != "linux"


# ------------------------------------------------------------------ files of the user


def test_a_database_says_itself_what_it_is_and_of_which_day(
    store: Store, write_mmdb: Callable[..., Path]
) -> None:
    path = write_mmdb("My City (2024).mmdb", SPAIN, database_type="X-City")

    copy = add_file(store, path, read_catalog()).copy

    assert (copy.source, copy.date, copy.build_date) == ("my-city-2024", JANUARY, JANUARY)
    assert (copy.is_database, copy.about.lineage) == (True, "maxmind-compatible")
    assert copy.path.read_bytes() == path.read_bytes()


def test_a_geolite_build_is_kept_under_its_licence_also_when_a_user_adds_it(
    store: Store, write_mmdb: Callable[..., Path]
) -> None:
    options = {"database_type": "GeoLite2-City", "description": "GeoLite2 City database"}
    new = write_mmdb("a.mmdb", SPAIN, **options)
    old = write_mmdb("b.mmdb", SPAIN, build_epoch=1_530_576_000, **options)

    kept = [add_file(store, path, read_catalog()).copy for path in (new, old)]

    assert [copy.source for copy in kept] == ["geolite2-city"] * 2
    assert [copy.about.keep_days for copy in kept] == [30, None]
    assert kept[1].about.licence == "CC BY-SA 4.0"


def test_a_clone_that_calls_itself_geolite_is_not_taken_for_it(
    store: Store, write_mmdb: Callable[..., Path]
) -> None:
    path = write_mmdb("ip2location.mmdb", SPAIN, database_type="GeoLite2-City", description="by others")

    copy = add_file(store, path, read_catalog()).copy

    assert (copy.source, copy.about.keep_days) == ("ip2location", None)


def test_all_of_geolite_is_kept_under_its_licence_whatever_it_is_called(
    store: Store, write_mmdb: Callable[..., Path]
) -> None:
    path = write_mmdb(
        "mine.mmdb", SPAIN, database_type="GeoLite2-Country", description="GeoLite2 Country database"
    )

    # Its build decides, and not a day that somebody gives it.
    copy = add_file(store, path, {}, source="mine", date=dt.date(2018, 7, 3)).copy

    assert (copy.source, copy.about.keep_days) == ("mine", 30)
    assert copy.about.licence == "GeoLite End User License Agreement"


def test_a_database_of_one_vendor_is_not_kept_under_the_terms_of_another(
    store: Store, write_mmdb: Callable[..., Path]
) -> None:
    text = "GeoLite2 City database"
    path = write_mmdb("a.mmdb", SPAIN, database_type="GeoLite2-City", description=text)

    with pytest.raises(SourceError, match="of the vendor db-ip, and this file is MaxMind City"):
        add_file(store, path, read_catalog(), source="dbip-city-lite")

    assert store.sources() == ()


def test_a_database_that_is_added_brings_the_licence_of_its_vendor(
    store: Store, write_mmdb: Callable[..., Path]
) -> None:
    path = write_mmdb("a.mmdb", SPAIN, database_type="DBIP-City", description="by DB-IP")

    assert add_file(store, path, {}).copy.about.licence == "commercial, DB-IP (https://db-ip.com/db/)"


def test_a_list_of_the_same_file_name_does_not_replace_another_one(store: Store, tmp_path: Path) -> None:
    paths = [tmp_path / name / "ipv4.txt" for name in ("vpn", "datacenter")]
    for path, text in zip(paths, ("192.0.2.0/24", "198.51.100.0/24"), strict=True):
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
    add_file(store, paths[0], {}, class_="vpn", date=JANUARY)

    assert add_file(store, paths[0], {}, class_="vpn", date=JANUARY).replaced is False
    with pytest.raises(OptionError, match="has a copy of 2024-01-01 with other content"):
        add_file(store, paths[1], {}, class_="vpn", date=JANUARY)
    with pytest.raises(OptionError, match="of the class vpn, and this is a copy of lists of the class host"):
        add_file(store, paths[1], {}, class_="hosting", date=FEBRUARY)

    assert [copy.path.read_text() for copy in store.copies("ipv4")] == ["192.0.2.0/24"]
    # By its name it is what somebody asks for.
    assert add_file(store, paths[1], {}, source="ipv4", class_="vpn", date=JANUARY).replaced is True
    assert [copy.path.read_text() for copy in store.copies("ipv4")] == ["198.51.100.0/24"]


def test_a_database_does_not_become_a_copy_of_a_list(
    store: Store, put: Put, write_mmdb: Callable[..., Path]
) -> None:
    put(source="ours")

    with pytest.raises(OptionError, match="and this is a copy of a database"):
        add_file(store, write_mmdb("ours.mmdb", SPAIN, database_type="X-City"), {})


@pytest.mark.parametrize("day", [dt.date(1969, 12, 31), dt.date(2024, 6, 2)])
def test_a_day_without_events_or_in_the_future_is_refused(store: Store, tmp_path: Path, day: dt.date) -> None:
    path = tmp_path / "list.txt"
    path.write_text("192.0.2.1", encoding="utf-8")
    stated = tmp_path / f"vpn-{day}.txt"
    stated.write_text("192.0.2.1", encoding="utf-8")

    for file, date in ((path, day), (stated, None)):
        with pytest.raises(OptionError, match="expected one from 1970-01-01 to today, 2024-06-01"):
            add_file(store, file, {}, class_="vpn", date=date)


MAPPING = 'name = "Relays"\nlisted = "relay"\nprovider = "Example"\n'


def test_a_database_is_kept_with_its_mapping_and_asked_through_it(
    tmp_path: Path, write_mmdb: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "data")
    monkeypatch.setenv("LOGATTR_DATA", str(store.root))
    (own := tmp_path / "own.toml").write_text(MAPPING, encoding="utf-8")
    days = [1_704_067_200, 1_706_745_600]  # of January and February
    for number, epoch in enumerate(days):
        network = f"81.32.{number}.0/24"
        path = write_mmdb(f"{number}.mmdb", {network: {"x": 1}}, database_type="Own", build_epoch=epoch)
        kept = add_file(store, path, {}, source="relays", mapping=own)
    own.unlink()

    assert kept.content.what == "Relays"
    assert kept.copy.mapping is not None
    assert kept.copy.mapping.read_text(encoding="utf-8") == MAPPING
    asked = ["81.32.0.1", "81.32.1.1"]
    assert tag_addresses(asked, open_sources())["anon_class"].to_pylist() == ["none_found", "relay"]
    # Its copies are copies of one source.
    day = np.full(2, (JANUARY - dt.date(1970, 1, 1)).days)
    table = tag_addresses(asked, open_sources().for_days(day), event_days=day)
    assert table["anon_class"].to_pylist() == ["relay", "none_found"]
    assert table["anon_class_now"].to_pylist() == ["none_found", "relay"]


def test_a_mapping_that_changes_goes_with_its_copy(
    store: Store, tmp_path: Path, write_mmdb: Callable[..., Path]
) -> None:
    path = write_mmdb("a.mmdb", {"81.32.0.0/24": {"x": 1}}, database_type="Own")
    for class_ in ("relay", "vpn", "vpn", "proxy"):
        (own := tmp_path / "own.toml").write_text(f'listed = "{class_}"', encoding="utf-8")
        copy = add_file(store, path, {}, mapping=own).copy
        assert copy.mapping is not None
        assert class_ in copy.mapping.read_text(encoding="utf-8")

    assert store.copies("a") == (copy,)
    # That of the copy before may be in use and stays until the next change.
    assert len(list(copy.path.parent.glob("*.toml"))) == 2


@pytest.mark.parametrize("options", [{"class_": "vpn", "date": JANUARY}, {"source": "dbip-city-lite"}])
def test_an_error_names_the_file_that_was_given_and_not_what_was_inside(
    store: Store, tmp_path: Path, options: dict[str, Any]
) -> None:
    path = tmp_path / "list.txt.gz"
    path.write_bytes(gzip.compress(b"nothing\n"))

    with pytest.raises((ListError, DatabaseError)) as error:
        add_file(store, path, read_catalog(), **options)

    assert str(path) in error.value.given
    assert "logattr-" not in str(error.value)


def test_a_list_that_unpacks_without_end_is_refused_on_the_way(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logattr.databases.intake.MAX_BYTES", 1000)
    path = tmp_path / "list.txt.gz"
    path.write_bytes(gzip.compress(bytes(2_000_000)))

    with pytest.raises(SourceError, match="unpacks to more than 1,000 bytes"):
        add_file(store, path, {}, class_="vpn", date=JANUARY)


def test_a_list_takes_no_mapping(store: Store, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="a mapping for a database, or none for a list"):
        add_file(store, tmp_path / "a.txt", {}, class_="vpn", mapping=tmp_path / "own.toml")


def test_a_broken_database_of_the_store_says_how_to_remove_it(
    tmp_path: Path, write_mmdb: Callable[..., Path]
) -> None:
    store = Store(tmp_path / "data")
    copy = add_file(store, write_mmdb("a.mmdb", SPAIN, database_type="X-City"), {}).copy
    copy.path.write_bytes(bytes(copy.size))

    with pytest.raises(DatabaseError, match="`logattr db remove a 2024-01-01`"):
        open_databases([], environ={"LOGATTR_DATA": str(store.root)})


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("192.0.2.1\n", {}, "nothing says of what"),
        ("192.0.2.1\n", {"class_": "vpn"}, "does not say which day"),
        ("192.0.2.1\n", {"class_": "vnp"}, "'vnp'"),
        ("192.0.2.1\n", {"source": "x4bnet-vpn", "class_": "tor_exit"}, "expected vpn"),
        ("192.0.2.1\n", {"source": "../x", "class_": "vpn", "date": JANUARY}, "'../x'"),
        ("<html>", {"class_": "vpn", "date": JANUARY}, "nothing in the list"),
        ("192.0.2.1\n", {"source": "dbip-city-lite"}, "text file"),
        ("", {"class_": "vpn", "date": JANUARY}, "is empty"),
    ],
)
def test_a_file_that_lookups_could_not_use_is_refused(
    store: Store, tmp_path: Path, text: str, options: dict[str, Any], words: str
) -> None:
    path = tmp_path / "list.txt"
    path.write_text(text, encoding="utf-8")

    with pytest.raises((OptionError, ListError, DatabaseError)) as error:
        add_file(store, path, read_catalog(), **options)

    assert words in str(error.value)
    assert store.sources() == ()


# ------------------------------------------------------------------ what lookups ask


def test_lookups_ask_the_newest_copies_between_the_named_and_the_embedded_database(
    store: Store, tmp_path: Path, write_mmdb: Callable[..., Path]
) -> None:
    environ = {"LOGATTR_DATA": str(store.root)}
    named = write_mmdb("named.mmdb", SPAIN, database_type="X-City")
    for day, epoch in ((JANUARY, 1_704_067_200), (FEBRUARY, 1_706_745_600)):
        path = write_mmdb("city.mmdb", SPAIN, database_type="X-City", build_epoch=epoch)
        assert add_file(store, path, read_catalog()).copy.date == day

    opened = open_databases([named], environ=environ)

    assert [one.path.name for one in opened] == ["named.mmdb", "city_2024-02-01.mmdb", "GeoLite2-City.mmdb"]


def test_a_database_that_is_named_and_stored_is_one_witness(
    store: Store, write_mmdb: Callable[..., Path]
) -> None:
    path = write_mmdb("city.mmdb", SPAIN, database_type="X-City")
    add_file(store, path, read_catalog())

    opened = open_databases([path], environ={"LOGATTR_DATA": str(store.root)})

    assert [one.path.name for one in opened] == ["city.mmdb", "GeoLite2-City.mmdb"]


def test_stored_lists_are_evidence_with_class_day_lineage_and_provider_of_their_manifest(
    store: Store, put: Put
) -> None:
    put("192.0.2.0/24\n", date=JANUARY)
    put("8.8.8.8\n9.9.9.0/24 # named\n?\n", about=replace(LIST, provider="Example VPN"))

    sources = open_sources(environ={"LOGATTR_DATA": str(store.root)})
    rows = tag_addresses(["8.8.8.8", "9.9.9.9"], sources).to_pylist()

    ours = sources.lists[0]
    assert (ours.name, ours.date, ours.lineage, ours.class_) == ("ours", FEBRUARY, "ours", "vpn")
    assert [row["anon_class"] for row in rows] == ["vpn", "vpn"]
    assert [row["anon_provider"] for row in rows] == ["Example VPN", "Example VPN"]
    evidence = json.loads(rows[0]["anon_evidence"])[0]
    assert (evidence["source"], evidence["date"], evidence["strength"]) == ("ours", "2024-02-01", "exact")


def test_without_a_provider_in_the_manifest_the_entries_name_theirs(store: Store, put: Put) -> None:
    copy = put("8.8.8.8 # Example VPN\n9.9.9.9\n")

    assert read_copy(copy).labels == ("Example VPN", "")


def test_a_list_that_is_named_and_stored_is_one_witness(store: Store, put: Put, tmp_path: Path) -> None:
    put()
    named = f"vpn={tmp_path / 'given.txt'}@2024-02-01"

    sources = open_sources(lists=[named], environ={"LOGATTR_DATA": str(store.root)})

    assert [one.name for one in sources.lists[1:]] == ["logattr built-in providers"]


def test_what_is_kept_of_a_list_that_was_read_is_what_reading_it_gives(store: Store, put: Put) -> None:
    text = "# ours\n192.0.2.0/24 # a\n192.0.2.8\n2001:db8::/32\nnonsense\n10.0.0.1/8\n"
    copy = put(text)

    first, second = read_copy(copy), read_copy(copy)

    assert (copy.path.parent / stored._KEPT).exists()
    assert list(first.values) == list(second.values)
    for name in ("kind", "entries", "labels", "classes", "bad", "bad_count", "mended", "warnings"):
        assert getattr(first, name) == getattr(second, name), name
    assert np.array_equal(first.exact, second.exact)
    asked = parse(["192.0.2.7", "192.0.2.8", "2001:db8::1", "10.9.9.9", "8.8.8.8"])
    assert first.intervals.match(asked).tolist() == second.intervals.match(asked).tolist()  # type: ignore[union-attr]
    assert second.intervals.match(asked).tolist()[-1] == -1  # type: ignore[union-attr]


def test_lists_of_as_numbers_are_kept_too(store: Store, put: Put) -> None:
    copy = put("AS64496 # Example\n64497\n")

    read_copy(copy)
    again = read_copy(copy)

    assert (again.kind, again.intervals) == ("as_numbers", None)
    assert again.as_numbers.tolist() == [64496, 64497]
    assert again.labels == ("Example", "")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x93NUMPY", b"x" * 1000])
def test_what_was_kept_and_is_damaged_is_read_again(store: Store, put: Put, data: bytes) -> None:
    copy = put()
    (copy.path.parent / stored._KEPT).write_bytes(data)

    assert list(read_copy(copy).values) == ["192.0.2.0/24"]


def test_a_list_that_changed_on_the_disk_is_not_used(store: Store, put: Put) -> None:
    copy = put("192.0.2.0/24\n")
    read_copy(copy)
    copy.path.write_text("192.0.3.0/24\n")  # as long as before

    with pytest.raises(ListError, match="logattr db remove ours 2024-02-01"):
        stored_lists({"LOGATTR_DATA": str(store.root)})


def test_own_sources_are_asked_before_those_of_the_catalogue(store: Store, put: Put) -> None:
    for source in ("x4bnet-vpn", "tor-bulk-exit", "zz-ours", "aws"):
        put(source=source)

    names = [copy.source for copy in newest_copies(store)]

    assert names == ["zz-ours", "tor-bulk-exit", "x4bnet-vpn", "aws"]
