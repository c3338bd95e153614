"""Archives and folders of logs: each file in them is an input of its own."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import random
import stat
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import logattr as package
from logattr.errors import SourceError
from logattr.reading import archives, compression
from logattr.reading.sources import expand, open_source

LOG = b'81.32.0.1 - - [10/Jan/2024:08:00:02 +0800] "GET /%d HTTP/1.1" 200 5 "-" "-"\n'
FILES = {"b.log": LOG % 1 * 3, "logs/a.log": LOG % 2, "c.log.gz": gzip.compress(LOG % 3 * 2)}
UNPACKED = {"b.log": LOG % 1 * 3, "logs/a.log": LOG % 2, "c.log.gz": LOG % 3 * 2}


def tar(files: Mapping[str, bytes], *more: tarfile.TarInfo, mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for member in more:
            archive.addfile(member, io.BytesIO(bytes(member.size)))
    return out.getvalue()


def zipped(files: Mapping[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


PACK: dict[str, Callable[[Mapping[str, bytes]], bytes]] = {
    "tar": tar,
    "tar.gz": lambda files: gzip.compress(tar(files)),
    "tar.bz2": lambda files: bz2.compress(tar(files)),
    "tar.xz": lambda files: lzma.compress(tar(files)),
    "zip": zipped,
    "zip-bzip2": lambda files: zipped(files, zipfile.ZIP_BZIP2),
    "zip-lzma": lambda files: zipped(files, zipfile.ZIP_LZMA),
    "zip-stored": lambda files: zipped(files, zipfile.ZIP_STORED),
}


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, bytes], str]:
    monkeypatch.chdir(tmp_path)

    def writer(name: str, data: bytes) -> str:
        Path(name).write_bytes(data)
        return name

    return writer


Write = Callable[[str, bytes], str]


def content(name: str) -> bytes:
    return b"".join(block.data for block in open_source(name))


@pytest.mark.parametrize("kind", list(PACK))
def test_each_file_in_an_archive_is_an_input_by_content_and_sorted(write: Write, kind: str) -> None:
    write("logs.bin", PACK[kind](FILES))

    names = expand(["logs.bin"])

    assert names == ["logs.bin!b.log", "logs.bin!c.log.gz", "logs.bin!logs/a.log"]
    assert [content(name) for name in names] == [UNPACKED[name.partition("!")[2]] for name in names]


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
def test_hashes_and_sizes_are_those_of_the_unpacked_file(write: Write, kind: str) -> None:
    write("a", PACK[kind](FILES))
    source = open_source("a!c.log.gz")

    blocks = list(source)

    assert {block.source for block in blocks} == {"a!c.log.gz"}
    assert source.sha256_raw == hashlib.sha256(FILES["c.log.gz"]).hexdigest()
    assert source.sha256_decoded == hashlib.sha256(UNPACKED["c.log.gz"]).hexdigest()
    assert (source.compression, source.raw_bytes) == ("gzip", len(FILES["c.log.gz"]))
    assert source.path == Path("a")
    assert source.warnings == []


def test_a_member_can_be_named_and_comes_once(write: Write) -> None:
    write("a.zip", zipped(FILES))

    assert expand(["a.zip!b.log"]) == ["a.zip!b.log"]
    assert expand(["./a.zip!b.log", "a.zip", "*.zip"]) == [
        "./a.zip!b.log",
        "a.zip!c.log.gz",
        "a.zip!logs/a.log",
    ]


def test_a_file_of_that_very_name_goes_first(write: Write) -> None:
    write("a.zip", zipped(FILES))
    write("a.zip!b.log", b"plain\n")

    assert content("a.zip!b.log") == b"plain\n"


def test_a_member_with_the_separator_in_its_name_is_found(write: Write) -> None:
    Path("x!y").mkdir()
    write("x!y/a.tar", tar({"odd!name.log": LOG % 1}))

    (name,) = expand(["x!y/a.tar"])

    assert content(name) == LOG % 1


def test_a_member_that_is_not_there_is_an_error_that_names_some(write: Write) -> None:
    write("a.zip", zipped(FILES))

    with pytest.raises(SourceError, match=r"a\.zip holds no d\.log") as caught:
        open_source("a.zip!d.log")
    assert "b.log" in caught.value.try_


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
def test_an_archive_as_one_input_is_refused_with_the_way_to_name_a_file_in_it(
    write: Write, kind: str
) -> None:
    write("a", PACK[kind](FILES))

    with pytest.raises(SourceError, match="archive") as caught:
        list(open_source("a"))
    assert caught.value.try_ == "a!MEMBER for one of its files"


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
def test_an_archive_on_standard_input_is_refused(kind: str) -> None:
    with pytest.raises(SourceError, match="archive") as caught:
        list(open_source("-", stdin=io.BytesIO(PACK[kind](FILES))))
    assert "save it to a file" in caught.value.try_


@pytest.mark.parametrize("outer", ["tar", "tar.gz", "zip"])
@pytest.mark.parametrize("inner", ["tar", "tar.gz", "zip"])
def test_an_archive_in_an_archive_is_refused(write: Write, outer: str, inner: str) -> None:
    write("a", PACK[outer]({"inner": PACK[inner](FILES)}))

    with pytest.raises(SourceError, match=r"a!inner is a .* archive") as caught:
        list(open_source(expand(["a"])[0]))
    assert caught.value.try_ == "unpack the archive and name the files"


def special(name: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "b.log"
    return member


def test_links_devices_and_names_that_lead_out_are_left_out_and_counted(write: Write) -> None:
    names = {"/etc/a.log": b"", "../a.log": b"", "x/../../a.log": b"", "C:a.log": b"", ".hidden": b""}
    members = [
        special(f"special{number}", kind)
        for number, kind in enumerate((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE))
    ]
    write("a.tar", tar(FILES | names | {"__MACOSX/b.log": b""}, special("folder", tarfile.DIRTYPE), *members))

    listed = expand(["a.tar"])

    assert [name.partition("!")[2] for name in listed] == sorted(FILES)
    source = open_source(listed[0])
    assert source.warnings == [
        "2 of the archive's entries left out: hidden files",
        "4 of the archive's entries left out: links, devices and the like",
        "4 of the archive's entries left out: names that lead out of the archive",
    ]
    assert open_source(listed[1]).warnings == []


def test_a_link_in_a_zip_is_left_out(write: Write) -> None:
    link = zipfile.ZipInfo("link.log")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    write("a.zip", zipped({link: b"/etc/passwd", "b.log": LOG % 1, "folder/": b""}))

    assert expand(["a.zip"]) == ["a.zip!b.log"]


def test_of_two_files_of_one_name_the_last_stays_and_the_first_is_counted(write: Write) -> None:
    one = tar({"a.log": LOG % 1})[:1024]
    write("a.tar", one + tar({"a.log": LOG % 2}))

    assert content("a.tar!a.log") == LOG % 2
    assert "replaced by a later file" in open_source("a.tar!a.log").warnings[0]


@pytest.mark.parametrize("kind", ["tar", "zip", "tar.gz"])
def test_an_archive_without_files_is_an_error(write: Write, kind: str) -> None:
    write("a", PACK[kind]({}))

    if kind == "zip":
        with pytest.raises(SourceError, match="is an archive without files"):
            expand(["a"])
    else:  # nothing but NUL bytes, which begin like no tar
        assert expand(["a"]) == ["a"]


@pytest.mark.parametrize("kind", ["tar", "tar.gz"])
def test_a_cut_archive_gives_what_came_out_and_says_so(write: Write, kind: str) -> None:
    noise = random.Random(1).randbytes(60_000).hex().encode() + b"\n"
    whole = PACK[kind]({"a.log": LOG % 1, "b.log": noise, "c.log": LOG % 2})
    write("a", whole[: len(whole) * 2 // 3])

    names = expand(["a"])

    assert names == ["a!a.log", "a!b.log"]
    assert content("a!a.log") == LOG % 1
    cut = open_source("a!b.log")
    assert noise.startswith(b"".join(block.data for block in cut))
    assert 0 < cut.raw_bytes < len(noise)
    assert cut.warnings == ["the archive ends within this file"]


def test_a_zip_that_is_cut_is_an_error(write: Write) -> None:
    write("a.zip", zipped(FILES)[:-30])

    with pytest.raises(SourceError, match="a damaged ZIP archive"):
        expand(["a.zip"])


def test_damage_in_a_zip_ends_the_file_with_a_warning(write: Write) -> None:
    noise = random.Random(1).randbytes(50_000).hex().encode() + b"\n"
    data = bytearray(zipped({"a.log": noise}))
    data[len(data) // 2 : len(data) // 2 + 40] = b"\xff" * 40
    write("a.zip", bytes(data))
    source = open_source("a.zip!a.log")

    out = b"".join(block.data for block in source)

    assert noise[:30_000] == out[:30_000]
    assert source.warnings[0].startswith("the archive is damaged here: ")


def test_an_encrypted_zip_is_an_error(write: Write) -> None:
    data = bytearray(zipped({"a.log": LOG % 1}))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # APPNOTE.TXT 4.4.4, bit 0
        data[data.index(magic) + at] |= 1
    write("a.zip", bytes(data))

    with pytest.raises(SourceError, match="cannot be unpacked"):
        open_source("a.zip!a.log")


def test_a_bomb_in_an_archive_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "FREE_BYTES", 1 << 20)
    for kind in ("tar.gz", "tar.xz", "zip"):
        write(kind, PACK[kind]({"zeros.log": bytes(4 << 20)}))

        with pytest.raises(SourceError, match="unpacks to more than 100 times") as caught:
            expand([kind], max_ratio=100)
        assert "--max-ratio 1000" in caught.value.try_
        assert expand([kind], max_ratio=100_000) == [f"{kind}!zeros.log"]


def test_a_header_that_asks_for_gigabytes_is_no_crash(write: Write) -> None:
    member = tarfile.TarInfo("x")
    member.size, member.type = 8 << 30, tarfile.XHDTYPE
    write(
        "a.tar", tar({"a.log": LOG % 1}).rstrip(b"\0").ljust(1024, b"\0") + member.tobuf(tarfile.PAX_FORMAT)
    )

    assert expand(["a.tar"]) == ["a.tar!a.log"]
    assert "cut off or damaged" in open_source("a.tar!a.log").warnings[0]


def test_an_archive_of_too_many_files_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MAX_MEMBERS", 5)
    for kind in ("tar", "zip"):
        write(kind, PACK[kind]({f"{number}.log": b"" for number in range(9)}))

        with pytest.raises(SourceError, match="more than 5 files"):
            expand([kind])


def test_two_members_can_be_read_in_turns(write: Write) -> None:
    files = {name: b"".join(LOG % number for number in range(40_000)) for name in ("a", "b")}
    write("x", gzip.compress(tar(files)))
    one, two = (iter(open_source(f"x!{name}", block_bytes=1000)) for name in "ab")

    pairs = [(first.data, second.data) for first, second in zip(one, two, strict=True)]

    assert len(pairs) > 2
    assert b"".join(first for first, _ in pairs) == b"".join(second for _, second in pairs) == files["a"]


def test_an_archive_that_changed_is_read_anew(write: Write) -> None:
    write("a.tar", tar({"a.log": LOG % 1}))
    assert expand(["a.tar"]) == ["a.tar!a.log"]
    write("b.tar", tar({"b.log": LOG % 2}))
    Path("b.tar").replace("a.tar")

    assert expand(["a.tar"]) == ["a.tar!b.log"]


# --- folders ---


def test_a_folder_means_the_files_in_it(write: Write) -> None:
    Path("logs/deeper").mkdir(parents=True)
    for name in ("b.log", "a.log", ".hidden", "deeper/c.log"):
        write(f"logs/{name}", LOG % 1)
    write("logs/old.zip", zipped({"z.log": LOG % 2}))
    Path("logs/link.log").symlink_to("a.log")
    Path("logs/broken").symlink_to("nowhere")

    assert expand(["logs"]) == ["logs/a.log", "logs/b.log", "logs/old.zip!z.log"]


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()

    with pytest.raises(SourceError, match="is a folder without files"):
        expand([tmp_path])


def test_a_folder_of_mixed_formats_is_read_in_one_call(write: Write) -> None:
    Path("logs").mkdir()
    write("logs/combined.log", LOG % 1 * 3)
    write(
        "logs/common.log.gz",
        gzip.compress(b'192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1'),
    )
    write("logs/more.tar", tar({"utf16.log": (LOG % 4).decode().encode("utf-16")}))

    frame = package.read_log("logs")

    assert frame.groupby("source", observed=True)["format"].first().to_dict() == {
        "logs/combined.log": "combined",
        "logs/common.log.gz": "common",
        "logs/more.tar!utf16.log": "combined",
    }


def test_the_lines_of_a_client_are_found_again_in_an_archive(
    write: Write, logattr: Callable[..., object]
) -> None:
    write("a.tgz", gzip.compress(tar({"x.log": b"\r\n" + LOG % 1 * 2, "y.log": LOG % 2})))

    result = logattr("report", "a.tgz", "--place", "Spain", "--json", "r.json")

    assert result.exit_code == 0, result.output  # type: ignore[attr-defined]
    findings = json.loads(Path("r.json").read_text(encoding="utf-8"))
    assert [(line["source"], line["line"]) for line in findings["lines"]] == [
        ("a.tgz!x.log", 2),
        ("a.tgz!x.log", 3),
        ("a.tgz!y.log", 1),
    ]
    assert all(line["text"].encode() + b"\n" in (LOG % 1, LOG % 2) for line in findings["lines"])
    assert logattr("verify", "r.json").exit_code == 0  # type: ignore[attr-defined]
