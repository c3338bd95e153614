"""Fetching, against a real HTTP server on the loopback interface."""

from __future__ import annotations

import datetime as dt
import email.utils
import errno
import gzip
import hashlib
import io
import lzma
import os
import ssl
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from logattr.databases import download
from logattr.databases.catalog import CatalogSource, read_catalog
from logattr.databases.download import Outcome
from logattr.databases.store import Store
from logattr.databases.stored import read_copy
from logattr.databases.transfer import Edition, Key, Unavailable, fetch
from logattr.errors import OptionError, SourceError

from .http_server import Answer, Server, serving
from .mmdb_writer import database_bytes

TODAY = dt.date(2024, 6, 15)
GOOD = b"192.0.2.0/24\n198.51.100.7\n"
CITY = database_bytes({"192.0.2.0/24": {"country": {"iso_code": "ES"}}}, database_type="X-City")
LIST = CatalogSource(
    name="ours",
    title="Ours",
    about="ours",
    homepage="https://example.org/",
    url="https://example.org/",
    parser="lines",
    class_="vpn",
    lineage="ours",
    cadence="daily",
    size_mb=1,
    licence="MIT",
    attribution="us",
)
DATABASE = replace(LIST, parser="mmdb", class_="")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the machine's environment says of proxies and certificates."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in {
            "SSL_CERT_FILE",
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
        }:
            monkeypatch.delenv(name)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data", today=TODAY)


class Waits(list[float]):
    """What was waited for; nobody really waits."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def update(store: Store) -> Callable[..., Outcome]:
    def run(source: CatalogSource, **options: Any) -> Outcome:
        return download.update(
            source, options.pop("store", store), **{"sleep": Waits(), "environ": {}} | options
        )

    return run


Update = Callable[..., Outcome]


def with_good_copy(server: Server, update: Update, **changes: Any) -> CatalogSource:
    """Return a source whose good copy of yesterday is in the store."""
    source = replace(LIST, url=server.give("/list", Answer(b"# date 2024-06-14\n" + GOOD)), **changes)
    assert update(source).status == "new"
    return source


def assert_good_copy(store: Store) -> None:
    (copy,) = store.copies("ours")
    assert copy.path.read_bytes() == b"# date 2024-06-14\n" + GOOD


def leftovers(store: Store) -> list[str]:
    folder = store.root / ".fetching" / "ours"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# ------------------------------------------------------------------ success


def test_a_list_is_fetched_and_its_manifest_says_from_where_and_under_which_licence(
    server: Server, store: Store, update: Update
) -> None:
    headers = {"ETag": '"1"', "Last-Modified": "Sat, 01 Jun 2024 01:02:03 GMT"}
    url = server.give("/list", Answer(GOOD, headers=headers))

    done = update(replace(LIST, url=url))

    (copy,) = store.copies("ours")
    assert (done.status, done.copy) == ("new", copy)
    assert copy.date == dt.date(2024, 6, 1)  # the list states no day, its server does
    assert copy.sha256 == hashlib.sha256(GOOD).hexdigest()
    about = copy.about
    assert (about.url, about.etag, about.licence, about.lineage) == (url, '"1"', "MIT", "ours")
    assert leftovers(store) == []
    (sent,) = server.headers("/list")
    assert sent["user-agent"].startswith("logattr")
    assert sent["accept-encoding"] == "identity"


def test_without_any_statement_the_day_is_that_of_the_fetch(
    server: Server, store: Store, update: Update
) -> None:
    update(replace(LIST, url=server.give("/list", Answer(GOOD))))

    assert store.copies("ours")[0].date == TODAY


@pytest.mark.parametrize("packing", ["plain", "gzip", "zip", "tar.gz"])
def test_a_database_is_unpacked_and_its_day_is_that_of_its_build(
    server: Server, store: Store, update: Update, packing: str
) -> None:
    body = {
        "plain": lambda: CITY,
        "gzip": lambda: gzip.compress(CITY),
        "zip": lambda: zipped({"README.TXT": b"read", "IP2LOCATION-LITE-DB11.MMDB": CITY}),
        "tar.gz": lambda: gzip.compress(tarred({"X_20240101/X.mmdb": CITY, "X_20240101/LICENSE.txt": b"l"})),
    }[packing]()

    done = update(replace(DATABASE, url=server.give("/db", Answer(body))))

    (copy,) = store.copies("ours")
    assert (done.status, copy.date, copy.build_date) == ("new", dt.date(2024, 1, 1), dt.date(2024, 1, 1))
    assert copy.path.read_bytes() == CITY
    assert leftovers(store) == []


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in members.items():
            item = tarfile.TarInfo(name)
            item.size = len(data)
            archive.addfile(item, io.BytesIO(data))
    return buffer.getvalue()


def test_progress_is_told_what_is_fetched_and_how_far_it_is(server: Server, update: Update) -> None:
    told: list[tuple[str, int, int | None]] = []

    update(
        replace(LIST, url=server.give("/list", Answer(GOOD))),
        progress=lambda *arguments: told.append(arguments),
    )

    assert told[-1] == ("ours", len(GOOD), len(GOOD))


def test_a_dry_run_says_what_would_be_fetched_under_which_licence_and_asks_nobody(
    server: Server, store: Store, update: Update
) -> None:
    source = replace(LIST, url=server.url("/list"), licence_url="https://example.org/licence")

    done = update(source, dry_run=True)

    assert done.status == "planned"
    for words in (source.url, "about 1 MB", "MIT", source.licence_url):
        assert words in done.message
    assert server.asked == []
    assert not store.root.exists()


# ------------------------------------------------------------------ only what is new


def test_what_did_not_change_is_not_fetched_again(server: Server, store: Store, update: Update) -> None:
    url = server.give("/list", Answer(GOOD, headers={"ETag": '"1"'}))
    first = update(replace(LIST, url=url))

    second = update(replace(LIST, url=url), store=replace(store, today=TODAY + dt.timedelta(days=5)))

    assert (first.status, second.status) == ("new", "unchanged")
    assert server.headers("/list")[1]["if-none-match"] == '"1"'
    (copy,) = store.copies("ours")
    assert copy.checked_at >= copy.fetched_at


def test_without_an_etag_the_date_of_the_last_change_is_asked_with(server: Server, update: Update) -> None:
    when = "Sat, 01 Jun 2024 01:02:03 GMT"
    url = server.give("/list", Answer(GOOD, headers={"Last-Modified": when}), Answer(b"", 304))

    statuses = [update(replace(LIST, url=url)).status for _ in range(2)]

    assert statuses == ["new", "unchanged"]
    assert server.headers("/list")[1]["if-modified-since"] == when


def test_the_same_content_again_is_no_new_copy(server: Server, store: Store, update: Update) -> None:
    url = server.give("/list", Answer(GOOD))

    assert [update(replace(LIST, url=url)).status for _ in range(2)] == ["new", "unchanged"]
    assert len(store.copies("ours")) == 1


def test_a_new_edition_is_a_new_copy_beside_the_old_one(server: Server, store: Store, update: Update) -> None:
    source = with_good_copy(server, update)
    server.give("/list", Answer(b"# date 2024-06-15\n192.0.2.1\n"))

    assert update(source).status == "new"
    assert [copy.date.day for copy in store.copies("ours")] == [14, 15]


# ------------------------------------------------------------------ answers that are none

WRONG = {
    "404": ([Answer(b"", 404)], "is not there (status 404)"),
    "400": ([Answer(b"", 400)], "status 400"),
    "html": ([Answer(b"\n<!DOCTYPE html><html>login</html>")], "a web page instead of data"),
    "xml": ([Answer(b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>')], "a web page"),
    "empty": ([Answer(b"")], "is empty"),
    "text": ([Answer(b"come back later\n")], "nothing in the list"),
    "too-long": ([Answer(b"", headers={"Content-Length": "999999999999"})], "more than 16,000,000 bytes"),
    "bomb": ([Answer(gzip.compress(b"192.0.2.1\n" * 2_000_000))], "unpacks to more than 16,000,000 bytes"),
    "gzip-cut": ([Answer(gzip.compress(GOOD * 99)[:-20])], "cannot be unpacked as gzip"),
    "zip-two": ([Answer(zipped({"a.txt": GOOD, "b.txt": GOOD}))], "exactly one file"),
    "zip-bomb": ([Answer(zipped({"a.txt": b"\0" * 17_000_000}))], "unpacks to more than"),
    "gzip-gzip": ([Answer(gzip.compress(gzip.compress(gzip.compress(gzip.compress(GOOD)))))], "packed more"),
    "encoding": ([Answer(GOOD, headers={"Content-Encoding": "br"})], "encoding 'br'"),
    "redirects": ([Answer(b"", 302, {"Location": "/list"})], "redirects more than 5 times"),
    "nowhere": ([Answer(b"", 302)], "redirects to nowhere"),
    "file": ([Answer(b"", 302, {"Location": "file:///etc/passwd"})], "redirects to file://"),
    "plain-http": ([Answer(b"", 301, {"Location": "http://example.org/list"})], "http://example.org, which"),
    "other-scheme": ([Answer(b"", 301, {"Location": "https://127.0.0.1:1/"})], "which is not followed"),
    "500": ([Answer(b"", 500)], "could not be fetched in 5 attempts (status 500)"),
    "429-long": ([Answer(b"", 429, {"Retry-After": "86400"})], "asks to wait 86,400 seconds"),
    "cut": ([Answer(GOOD, cut=5)], "could not be fetched in 5 attempts"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_answer_that_is_not_the_list_is_explained_and_leaves_the_good_copy(
    server: Server, store: Store, update: Update, case: str
) -> None:
    answers, words = WRONG[case]
    source = with_good_copy(server, update)
    server.give("/list", *answers)

    done = update(source)

    assert done.status == "failed"
    assert words in done.message
    assert_good_copy(store)
    assert done.copy == store.newest("ours")
    assert [name for name in leftovers(store) if ".part" not in name] == []


@pytest.mark.parametrize(
    "body", [CITY[:-30], CITY[: len(CITY) // 2], b"192.0.2.1\n", b"\0" * 5000, gzip.compress(b"", mtime=0)]
)
def test_what_is_no_whole_database_never_enters_the_store(
    server: Server, store: Store, update: Update, body: bytes
) -> None:
    done = update(replace(DATABASE, url=server.give("/db", Answer(body))))

    assert done.status == "failed"
    assert store.sources() == ()


def test_an_unknown_kind_of_database_never_enters_the_store(
    server: Server, store: Store, update: Update
) -> None:
    strange = database_bytes({"192.0.2.0/24": {"colour": "red"}}, database_type="Colours")

    done = update(replace(DATABASE, url=server.give("/db", Answer(strange))))

    assert "a kind that is not understood" in done.message
    assert store.sources() == ()


def test_a_body_without_a_stated_length_is_bounded_too(server: Server, store: Store, update: Update) -> None:
    body = b"192.0.2.1\n" * 1_800_000
    chunked = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    # The length of a chunked body is not stated: RFC 9112, section 6.2.
    server.give("/list", Answer(chunked, headers={"Transfer-Encoding": "chunked", "Content-Length": ""}))

    done = update(replace(LIST, url=server.url("/list")))

    assert "sends more than 16,000,000 bytes" in done.message
    assert leftovers(store) == ["ours.part.json"]


# ------------------------------------------------------------------ trying again


def test_a_server_that_is_busy_is_asked_again_after_the_time_that_it_names(
    server: Server, update: Update
) -> None:
    soon = email.utils.format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60), usegmt=True)
    url = server.give(
        "/list",
        Answer(b"", 429, {"Retry-After": "7"}),
        Answer(b"", 503, {"Retry-After": soon}),
        Answer(b"", 500),
        Answer(GOOD),
    )
    waits = Waits()

    assert update(replace(LIST, url=url), sleep=waits).status == "new"
    assert waits[0] == 7
    assert 50 < waits[1] <= 60
    assert 4 <= waits[2] <= 8  # the third attempt: 8 s, less up to half by chance


def test_waits_grow_and_differ(server: Server, update: Update) -> None:
    source = replace(LIST, url=server.give("/list", Answer(b"", 500)))
    first, second = Waits(), Waits()

    update(source, sleep=first)
    update(source, sleep=second)

    assert [2 ** (n - 1) <= wait <= 2**n for n, wait in enumerate(first, 1)] == [True] * 4
    assert first != second


def test_a_refused_connection_is_tried_again_and_explained(update: Update) -> None:
    with serving() as gone:
        url = gone.url("/list")
    waits = Waits()

    done = update(replace(LIST, url=url), sleep=waits)

    assert done.status == "failed"
    assert "refused" in done.message.lower()
    assert len(waits) == 4


@pytest.mark.parametrize("cut", [1, 12, 25])
def test_a_connection_that_was_cut_goes_on_from_there(
    server: Server, store: Store, update: Update, cut: int
) -> None:
    headers = {"ETag": '"1"'}
    url = server.give("/list", Answer(GOOD, headers=headers, cut=cut), Answer(GOOD, headers=headers))

    assert update(replace(LIST, url=url)).status == "new"

    first, second = server.headers("/list")
    assert "range" not in first
    assert (second["range"], second["if-range"]) == (f"bytes={cut}-", '"1"')
    assert store.copies("ours")[0].path.read_bytes() == GOOD


def test_the_next_run_goes_on_where_the_last_one_was_cut_off(
    server: Server, store: Store, update: Update
) -> None:
    headers = {"Last-Modified": "Sat, 01 Jun 2024 01:02:03 GMT"}
    url = server.give("/list", Answer(GOOD, headers={"ETag": '"1"'} | headers, cut=9), Answer(b"", 500))
    assert update(replace(LIST, url=url)).status == "failed"
    assert leftovers(store) == ["ours.part", "ours.part.json"]
    server.give("/list", Answer(GOOD, headers={"ETag": '"1"'} | headers))

    assert update(replace(LIST, url=url)).status == "new"
    assert server.headers("/list")[-1]["range"] == "bytes=9-"
    assert store.copies("ours")[0].path.read_bytes() == GOOD


@pytest.mark.parametrize(
    "headers", [{"ETag": '"2"'}, {"ETag": 'W/"1"'}, {}], ids=["changed", "weak", "without"]
)
def test_the_rest_of_another_edition_is_never_put_behind_the_first_half(
    server: Server, store: Store, update: Update, headers: dict[str, str]
) -> None:
    first = {"ETag": '"1"'} if headers.get("ETag") == '"2"' else headers
    other = b"203.0.113.0/24\n" * 3
    url = server.give("/list", Answer(GOOD, headers=first, cut=9), Answer(other, headers=headers))

    assert update(replace(LIST, url=url)).status == "new"
    assert store.copies("ours")[0].path.read_bytes() == other


@pytest.mark.parametrize(
    "answer",
    [
        Answer(GOOD[3:], 206, {"Content-Range": f"bytes 3-{len(GOOD) - 1}/{len(GOOD)}"}),
        Answer(GOOD[9:], 206),
        Answer(b"", 416),
    ],
    ids=["another part", "which part", "no such part"],
)
def test_a_part_that_does_not_fit_is_thrown_away(
    server: Server, store: Store, update: Update, answer: Answer
) -> None:
    url = server.give("/list", Answer(GOOD, headers={"ETag": '"1"'}, cut=9), answer, Answer(GOOD))

    assert update(replace(LIST, url=url)).status == "new"
    assert store.copies("ours")[0].path.read_bytes() == GOOD


# ------------------------------------------------------------------ checksums


@pytest.mark.parametrize("form", ["{}", "{}  GeoLite2-City.tar.gz\n", '{{"checksums": {{"sha256": "{}"}}}}'])
def test_a_checksum_that_fits_lets_the_file_in(server: Server, update: Update, form: str) -> None:
    packed = gzip.compress(CITY)
    given = server.give("/sum", Answer(form.format(hashlib.sha256(packed).hexdigest()).encode()))
    source = replace(DATABASE, url=server.give("/db", Answer(packed)), checksum_url=given)

    assert update(source).status == "new"


@pytest.mark.parametrize(
    ("given", "words"), [(b"0" * 64, "expected " + "0" * 64), (b"none", "gives no SHA-256")]
)
def test_a_checksum_that_does_not_fit_or_is_none_keeps_it_out(
    server: Server, store: Store, update: Update, given: bytes, words: str
) -> None:
    source = with_good_copy(server, update)
    server.give("/list", Answer(b"192.0.2.9\n"))

    done = update(replace(source, checksum_url=server.give("/sum", Answer(given))))

    assert done.status == "failed"
    assert words in done.message
    assert_good_copy(store)


# ------------------------------------------------------------------ keys

SECRET = "s3cret+/ key"
BASIC = {"auth": "basic", "key_env": ("ID", "KEY"), "key_url": "https://example.org/key"}
TOKEN = {"auth": "token", "key_env": ("KEY",), "key_url": "https://example.org/key"}


def test_without_its_key_a_source_is_skipped_with_where_to_get_one(server: Server, update: Update) -> None:
    done = update(replace(DATABASE, url=server.url("/db"), **BASIC), environ={"ID": "1"})

    assert done.status == "skipped"
    assert "ID and KEY" in done.message
    assert "https://example.org/key" in done.message
    assert server.asked == []


def test_a_dry_run_without_the_key_says_what_the_key_would_bring(server: Server, update: Update) -> None:
    done = update(replace(DATABASE, url=server.url("/db"), licence_url="", **BASIC), environ={}, dry_run=True)

    assert done.status == "skipped"
    assert f"; with it, would fetch {server.url('/db')}, about" in done.message
    assert done.message.endswith(f"licence: {DATABASE.licence}")
    assert server.asked == []


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("kind", [BASIC, TOKEN], ids=["basic", "token"])
def test_a_refused_key_is_explained_and_shown_nowhere(
    server: Server, update: Update, status: int, kind: dict[str, Any]
) -> None:
    source = replace(DATABASE, url=server.give("/db", Answer(b"no", status)), **kind)

    done = update(source, environ={"ID": "12345", "KEY": SECRET})

    assert f"status {status}: the key was refused" in done.message
    assert "The key is taken from" in done.message
    assert "https://example.org/key" in done.message
    assert SECRET not in done.message
    assert "s3cret" not in done.message


def test_a_refusal_that_comes_as_a_text_of_status_200_hints_at_the_key(
    server: Server, store: Store, update: Update
) -> None:
    source = replace(DATABASE, url=server.give("/db", Answer(b"NO PERMISSION")), **TOKEN)

    done = update(source, environ={"KEY": SECRET})

    assert done.status == "failed"
    assert "is a text file" in done.message
    assert "The key is taken from KEY; get one at https://example.org/key" in done.message
    assert store.sources() == ()


def test_a_key_goes_to_its_host_and_not_to_the_one_it_redirects_to(
    server: Server, store: Store, update: Update
) -> None:
    with serving() as other:
        other.give("/signed", Answer(CITY))
        here = server.give("/db", Answer(b"", 302, {"Location": "/moved"}))
        server.give("/moved", Answer(b"", 302, {"Location": other.url("/signed?signature=1", "localhost")}))

        done = update(replace(DATABASE, url=here, **BASIC), environ={"ID": "12345", "KEY": SECRET})

    assert done.status == "new"
    assert "authorization" in server.headers("/db")[0]
    assert "authorization" in server.headers("/moved")[0]
    assert "authorization" not in other.headers("/signed")[0]
    manifest = (store.copies("ours")[0].path.parent / "manifest.json").read_text()
    assert "12345" not in manifest
    assert "signature" not in manifest


def test_a_token_is_sent_in_the_address_and_written_nowhere(
    server: Server, store: Store, update: Update
) -> None:
    source = replace(DATABASE, url=server.give("/db", Answer(CITY)) + "?file=A", **TOKEN)

    assert update(source, environ={"KEY": SECRET}).status == "new"

    assert server.asked[0][0] == "/db?file=A&token=s3cret%2B%2F+key"
    written = b"".join(path.read_bytes() for path in store.root.rglob("*") if path.is_file())
    assert b"s3cret" not in written


def test_an_unreachable_host_does_not_show_the_token(update: Update) -> None:
    with serving() as gone:
        url = gone.url("/db")

    done = update(replace(DATABASE, url=url, **TOKEN), environ={"KEY": SECRET})

    assert done.status == "failed"
    assert "s3cret" not in done.message


# ------------------------------------------------------------------ connections


def test_an_address_without_tls_is_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="not fetched from"):
        fetch("http://example.org/", tmp_path / "a", limit=10)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with key and certificate of ``localhost``, made just now."""
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += [
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
    ]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("there is no openssl to make a certificate with")
    both = folder / "both.pem"
    both.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    return both


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(context) as running:
        yield running


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(tls_server: Server, update: Update) -> None:
    tls_server.give("/list", Answer(GOOD))
    waits = Waits()

    done = update(replace(LIST, url=f"https://localhost:{tls_server.port}/list"), sleep=waits)

    assert done.status == "failed"
    assert "no trusted connection" in done.message
    assert "SSL_CERT_FILE" in done.message
    assert waits == []
    assert tls_server.asked == []


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_authority_of_the_environment_is_trusted(
    tls_server: Server, update: Update, certificate: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(certificate))
    tls_server.give("/list", Answer(GOOD))

    assert update(replace(LIST, url=f"https://localhost:{tls_server.port}/list")).status == "new"


def test_a_name_that_the_certificate_does_not_have_is_refused(
    tls_server: Server, update: Update, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    done = update(replace(LIST, url=f"https://127.0.0.1:{tls_server.port}/list"))

    assert "no trusted connection" in done.message


def test_https_does_not_become_http_not_even_on_this_machine(
    tls_server: Server,
    server: Server,
    update: Update,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    plain = server.give("/list", Answer(GOOD))
    tls_server.give("/list", Answer(b"", 301, {"Location": plain}))

    done = update(replace(LIST, url=f"https://localhost:{tls_server.port}/list"))

    assert "which is not followed" in done.message
    assert server.asked == []


def test_authorities_that_cannot_be_read_are_named(update: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "no-such.pem")

    done = update(replace(LIST, url="https://localhost:1/list"))

    assert "no-such.pem cannot be read" in done.message


def test_the_proxy_of_the_environment_is_used(
    server: Server, update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", server.url("", "127.0.0.1").replace("//", "//me:pw@"))
    server.give("example.invalid:443", Answer(b"", 403))

    done = update(replace(LIST, url="https://example.invalid/list"))

    assert done.status == "failed"
    assert server.asked[0][0] == "example.invalid:443"
    assert server.asked[0][1]["proxy-authorization"].startswith("Basic ")
    assert "me:pw" not in done.message


def test_hosts_without_proxy_go_without(
    server: Server, update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", server.url(""))
    monkeypatch.setenv("NO_PROXY", "localhost")

    update(replace(LIST, url="https://localhost:1/list"))

    assert server.asked == []


def test_a_proxy_of_an_unknown_kind_is_explained(update: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "carrier-pigeon://127.0.0.1:1")

    assert "proxy" in update(replace(LIST, url="https://example.invalid/list")).message


# ------------------------------------------------------------------ several at once, and full disks

PROCESS = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.test_download import LIST
from logattr.databases.download import update
from logattr.databases.store import Store
print(update(replace(LIST, url=sys.argv[2]), Store(Path(sys.argv[1])), environ={}).status)
"""


def test_two_updates_at_once_fetch_once(server: Server, store: Store) -> None:
    url = server.give("/list", Answer(GOOD, headers={"ETag": '"1"'}))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(store.root), url],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(2)
    ]

    answers = sorted(process.communicate(timeout=60)[0].strip() for process in running)

    assert answers == ["new", "unchanged"]
    assert sorted(headers.get("if-none-match", "") for headers in server.headers("/list")) == ["", '"1"']
    assert len(store.copies("ours")) == 1


def test_a_folder_that_cannot_be_written_is_explained(server: Server, update: Update, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = update(
        replace(LIST, url=server.give("/list", Answer(GOOD))), store=Store(tmp_path / "file" / "data")
    )

    assert done.status == "failed"
    assert "cannot be written" in done.message


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC])
def test_a_disk_that_does_not_take_it_leaves_the_good_copy(
    server: Server, store: Store, update: Update, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    source = with_good_copy(server, update)
    server.give("/list", Answer(b"192.0.2.9\n"))

    def fail(*_: Any) -> None:
        raise OSError(number, os.strerror(number), "somewhere")

    monkeypatch.setattr(Path, "replace", fail)
    done = update(source)
    monkeypatch.undo()

    assert os.strerror(number) in done.message
    assert_good_copy(store)


# ------------------------------------------------------------------ months, pages and the past


def test_the_file_of_last_month_is_taken_while_this_months_is_not_there(
    server: Server, store: Store, update: Update
) -> None:
    server.give("/db-2024-05.gz", Answer(gzip.compress(CITY)))

    done = update(replace(DATABASE, url=server.url("/db-{year}-{month}.gz")))

    assert done.status == "new"
    assert [path for path, _ in server.asked] == ["/db-2024-06.gz", "/db-2024-05.gz"]
    assert store.copies("ours")[0].about.url == server.url("/db-2024-05.gz")


def test_the_address_of_the_edition_is_taken_from_the_page_that_links_to_it(
    server: Server, store: Store, update: Update
) -> None:
    page = "".join(
        f'<a href="{server.url(f"/tags_{day}.txt")}">' for day in ("20240603", "20240610", "20249999")
    )
    server.give("/page", Answer(page.encode(), headers={"Content-Type": "text/html"}))
    server.give("/tags_20240610.txt", Answer(GOOD))
    link = r"http://127\.0\.0\.1:\d+/tags_(?P<date>\d{8})\.txt"

    done = update(replace(LIST, index_url=server.url("/page"), index_link=link))

    assert done.status == "new"
    assert store.copies("ours")[0].date == dt.date(2024, 6, 10)


def test_a_page_without_the_link_is_explained(server: Server, update: Update) -> None:
    server.give("/page", Answer(b"<html>we have moved</html>"))

    done = update(replace(LIST, index_url=server.url("/page"), index_link=r"(?P<date>\d{8})"))

    assert "has no link to a file any more" in done.message


def test_the_month_of_a_day_in_the_past_is_fetched(server: Server, store: Store, update: Update) -> None:
    server.give("/db-2024-01.gz", Answer(gzip.compress(CITY)))
    source = replace(DATABASE, history_url=server.url("/db-{year}-{month}.gz"))

    assert update(source, as_of=dt.date(2024, 1, 15)).status == "new"
    assert store.nearest("ours", dt.date(2024, 1, 15)).date == dt.date(2024, 1, 1)  # type: ignore[union-attr]
    gone = update(source, as_of=dt.date(2020, 1, 15))
    assert gone.status == "failed"
    assert "/db-2020-01.gz is not there, nor is any of the 12 months before it" in gone.message
    assert server.asked[-1][0] == "/db-2019-01.gz"


def test_where_a_month_is_missing_the_nearest_before_it_is_taken_and_said(
    server: Server, store: Store, update: Update
) -> None:
    server.give("/db-2024-01.gz", Answer(gzip.compress(CITY)))
    server.give("/db-2024-05.gz", Answer(gzip.compress(CITY)))
    source = replace(DATABASE, history_url=server.url("/db-{year}-{month}.gz"))

    done = update(source, as_of=dt.date(2024, 3, 31))

    assert (done.status, done.copy.about.url) == ("new", server.url("/db-2024-01.gz"))  # type: ignore[union-attr]
    assert "the publisher has no 2024-03 any more, this is the nearest before it" in done.message
    asked = [path for path, _ in server.asked]
    assert asked == ["/db-2024-03.gz", "/db-2024-02.gz", "/db-2024-01.gz"]


def test_the_dated_build_before_a_day_is_fetched(server: Server, store: Store, update: Update) -> None:
    days = ("2023-12-20", "2024-01-10", "2024-01-20")
    page = "".join(f'<a href="{day}-X.mmdb">{day}-X.mmdb</a>' for day in days)
    server.give("/builds/", Answer(page.encode()))
    server.give("/builds/2024-01-10-X.mmdb", Answer(CITY))
    source = replace(
        DATABASE, history_index=server.url("/builds/"), history_link=r"(?P<date>\d{4}-\d\d-\d\d)-X\.mmdb"
    )

    assert update(source, as_of=dt.date(2024, 1, 15)).status == "new"
    assert server.asked[-1][0] == "/builds/2024-01-10-X.mmdb"
    assert "nothing of 2020-01-01 or before" in update(source, as_of=dt.date(2020, 1, 1)).message


def month_of_exits() -> bytes:
    def block(*addresses: str) -> bytes:
        lines = [f"ExitNode {'A' * 40}", "Published 2024-01-14 01:02:03"]
        lines += [f"ExitAddress {address} 2024-01-15 00:02:03" for address in addresses]
        return ("@type tordnsel 1.0\n" + "\n".join(lines) + "\n").encode()

    names = {
        "exit-list-2024-01/14/2024-01-14-23-02-00": block("192.0.2.1"),
        "exit-list-2024-01/15/2024-01-15-00-02-00": block("192.0.2.2", "192.0.2.3"),
        "exit-list-2024-01/15/2024-01-15-01-02-00": block("192.0.2.3", "2001:db8::1"),
    }
    return lzma.compress(tarred(names))


@pytest.fixture
def exits(server: Server) -> CatalogSource:
    server.give("/exit-list-2024-01.tar.xz", Answer(month_of_exits()))
    return replace(
        LIST,
        parser="exit_addresses",
        class_="tor_exit",
        history_url=server.url("/exit-list-{year}-{month}.tar.xz"),
        history_size_mb=1,
    )


def test_the_exits_of_a_day_are_taken_from_the_archive_of_its_month(
    exits: CatalogSource, store: Store, update: Update
) -> None:
    done = update(exits, as_of=dt.date(2024, 1, 15))

    (copy,) = store.copies("ours")
    assert (done.status, copy.date) == ("new", dt.date(2024, 1, 15))
    lines = copy.path.read_text().splitlines()
    assert "2 hourly exit lists" in lines[0]
    found = read_copy(copy)
    assert list(found.values) == ["192.0.2.2/32", "192.0.2.3/32", "2001:db8::1/128"]
    day = dt.date(2024, 1, 15)
    assert found.seen == ((day, day),) * 3
    assert (found.bad_count, found.date) == (0, day)
    assert leftovers(store) == []


def test_a_day_that_the_archive_lacks_gives_the_last_one_before_it_and_says_so(
    exits: CatalogSource, store: Store, update: Update
) -> None:
    done = update(exits, as_of=dt.date(2024, 1, 31))

    (copy,) = store.copies("ours")
    assert (done.status, copy.date) == ("new", dt.date(2024, 1, 15))
    assert "it has no list of 2024-01-31" in done.message


def test_an_archive_of_the_month_before_gives_its_last_day(
    exits: CatalogSource, store: Store, update: Update
) -> None:
    done = update(exits, as_of=dt.date(2024, 2, 3))

    (copy,) = store.copies("ours")
    assert copy.date == dt.date(2024, 1, 15)
    assert "no 2024-02 any more, this is the nearest before it" in done.message


def bomb_of_exits() -> bytes:
    """An archive of 40 KB that unpacks to 210 MB."""
    item = tarfile.TarInfo("exit-list-2024-01/15/2024-01-15-00-02-00")
    item.size = 210_000_000
    xz, zeros = lzma.LZMACompressor(preset=0), bytes(1_000_000)
    return xz.compress(item.tobuf()) + b"".join(xz.compress(zeros) for _ in range(211)) + xz.flush()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            lambda: lzma.compress(tarred({"exit-list-2024-02/01/2024-02-01-00-02-00": b"ExitNode A"})),
            "has no exit list of 2024-01-31 or before",
        ),
        (lambda: month_of_exits()[:-40], "no whole archive"),
        (bomb_of_exits, "unpacks to far more"),
        (lambda: b"\xfd7zXZ\0nonsense", "no whole archive"),
        (lambda: b"\xfd7z", "no whole archive"),
    ],
    ids=["no such day", "cut", "bomb", "nonsense", "short"],
)
def test_an_archive_without_the_day_or_broken_is_explained(
    server: Server,
    exits: CatalogSource,
    store: Store,
    update: Update,
    *,
    body: Callable[[], bytes],
    words: str,
) -> None:
    server.give("/exit-list-2024-01.tar.xz", Answer(body()))

    done = update(exits, as_of=dt.date(2024, 1, 31))

    assert done.status == "failed"
    assert words in done.message
    assert store.sources() == ()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x4bnet-vpn", "logattr db add FILE --as x4bnet-vpn --date 2024-01-15"),
        ("geolite2-city", "has old builds destroyed within 30 days"),
    ],
)
def test_where_there_is_no_history_it_says_why_and_what_to_do(update: Update, name: str, words: str) -> None:
    environ = {"MAXMIND_ACCOUNT_ID": "1", "MAXMIND_LICENSE_KEY": "k"}

    done = update(read_catalog()[name], as_of=dt.date(2024, 1, 15), environ=environ)

    assert done.status == "skipped"
    assert words in done.message


def test_the_future_has_no_edition(update: Update) -> None:
    done = update(replace(LIST, history_url="https://example.org/"), as_of=TODAY + dt.timedelta(days=1))

    assert (done.status, done.message) == ("skipped", "2024-06-16 is in the future")


# ------------------------------------------------------------------ choosing


def test_without_names_all_sources_whose_key_is_there_are_chosen() -> None:
    catalog = read_catalog()

    without = {source.name for source in download.choose(catalog, (), {})}
    with_key = {source.name for source in download.choose(catalog, (), {"IPINFO_TOKEN": "t"})}

    assert with_key - without == {"ipinfo-lite"}
    assert not without & {"geolite2-city", "geolite2-asn", "ip2location-lite"}
    assert len(without) == len(catalog) - 4


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(OptionError, match="Try: dbip-city-lite"):
        download.choose(read_catalog(), ("dbip-city",), {})


def test_a_name_twice_is_one_source() -> None:
    assert len(download.choose(read_catalog(), ("aws", "aws"), {})) == 1


# ------------------------------------------------------------------ the parts


@pytest.mark.parametrize(
    ("text", "day"),
    [("Sat, 01 Jun 2024 23:30:00 -0200", dt.date(2024, 6, 2)), ("", None), ("yesterday", None)],
)
def test_the_day_of_the_last_change_is_that_of_utc(text: str, day: dt.date | None) -> None:
    assert Edition("", text).day == day


def test_a_key_is_taken_out_of_any_text_also_as_an_address_has_it() -> None:
    assert Key(token="a b").scrub("?token=a+b and a b") == "?token=*** and ***"
    assert Key().scrub("as it is") == "as it is"


def test_errors_of_one_source_are_errors_of_the_package() -> None:
    assert issubclass(Unavailable, SourceError)
