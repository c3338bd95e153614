"""Compressed inputs of every kind: several members, cut, damaged, misnamed, and bombs."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import random
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from logattr.errors import SourceError
from logattr.reading import compression, gunzip
from logattr.reading.sources import Source, open_source

if sys.version_info < (3, 14):
    zstandard = pytest.importorskip("zstandard", reason="zstandard is not installed")
    zstd_compress = zstandard.ZstdCompressor(write_checksum=True).compress
else:
    from compression.zstd import compress as zstd_compress

LOG = b"".join(
    b'203.0.113.%d - - [10/Jan/2024:08:01:02 +0800] "GET /%d HTTP/1.1" 200 %d "-" "curl/8"\n'
    % (i % 256, i * 7919 % 10007, i * 31 % 65536)
    for i in range(10_000)
)
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": lambda data: bz2.compress(data, 1),
    "xz": lambda data: lzma.compress(data, preset=0),
    "zstd": zstd_compress,
}
SUFFIX = {"gzip": ".gz", "bzip2": ".bz2", "xz": ".xz", "zstd": ".zst"}


@pytest.fixture(params=list(COMPRESS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def read(path: Path, data: bytes, **options: int) -> tuple[Source, bytes]:
    path.write_bytes(data)
    source = open_source(path, **options)
    return source, b"".join(block.data for block in source)


def test_a_compressed_log_is_known_by_content_whatever_its_name(tmp_path: Path, kind: str) -> None:
    packed = COMPRESS[kind](LOG)

    source, out = read(tmp_path / "access.log", packed)

    assert out == LOG
    assert (source.compression, source.lines, source.warnings) == (kind, 10_000, [])
    assert (source.raw_bytes, source.decoded_bytes) == (len(packed), len(LOG))
    assert source.sha256_raw == hashlib.sha256(packed).hexdigest()
    assert source.sha256_decoded == hashlib.sha256(LOG).hexdigest()


def test_it_comes_through_standard_input_too(kind: str) -> None:
    source = open_source("-", stdin=io.BytesIO(COMPRESS[kind](LOG)))

    assert b"".join(block.data for block in source) == LOG


def test_members_follow_each_other_even_within_a_line(tmp_path: Path, kind: str) -> None:
    compress = COMPRESS[kind]

    source, out = read(
        tmp_path / "a", compress(LOG[:1000]) + compress(b"") + compress(LOG[1000:]) + bytes(64)
    )

    assert out == LOG
    assert source.warnings == []


def test_what_follows_the_last_member_is_left_out_with_a_warning(tmp_path: Path, kind: str) -> None:
    source, out = read(tmp_path / "a", COMPRESS[kind](LOG) + b"garbage")

    assert out == LOG
    assert source.warnings == [f"7 bytes behind the {kind} data are no {kind} data and were left out"]


@pytest.mark.parametrize("share", [0.3, 0.7, 0.999])
def test_a_cut_file_gives_what_came_out_and_says_so(tmp_path: Path, kind: str, share: float) -> None:
    packed = COMPRESS[kind](LOG)
    cut = packed[: int(len(packed) * share)]

    source, out = read(tmp_path / "a", cut)

    assert LOG.startswith(out)
    assert len(out) > len(LOG) * (share - 0.3)
    assert source.warnings == [
        f"the {kind} data end too early: {len(out):,} bytes in {source.lines:,} lines came out"
    ]
    assert source.sha256_raw == hashlib.sha256(cut).hexdigest()


def test_a_damaged_file_gives_what_came_out_before_the_damage(tmp_path: Path, kind: str) -> None:
    packed = bytearray(COMPRESS[kind](LOG))
    middle = len(packed) * 2 // 3
    packed[middle : middle + 50] = b"\xff" * 50

    source, out = read(tmp_path / "a", bytes(packed))

    # xz and zstd may give wrong bytes before they see that their checksum is wrong.
    assert out[: len(LOG) // 3] == LOG[: len(LOG) // 3]
    assert len(out) < len(LOG)
    assert source.warnings == [
        f"the {kind} data are damaged: {len(out):,} bytes in {source.lines:,} lines came out"
    ]
    assert source.raw_bytes == len(packed)


def test_a_file_of_which_nothing_comes_out_is_an_error(tmp_path: Path, kind: str) -> None:
    packed = COMPRESS[kind](LOG)[:10] + b"\xff" * 3000

    with pytest.raises(SourceError, match="nothing in it can be unpacked") as caught:
        read(tmp_path / "a", packed)

    assert "-t on the file" in caught.value.try_


def test_plain_text_with_such_a_name_is_read_with_a_warning(tmp_path: Path, kind: str) -> None:
    source, out = read(tmp_path / f"access.log{SUFFIX[kind]}", LOG)

    assert out == LOG
    assert len(source.warnings) == 1
    assert source.warnings[0].endswith("file by name, but plain text by content; read as plain text")


def test_another_compression_than_the_name_says_is_read_with_a_warning(tmp_path: Path, kind: str) -> None:
    other = "xz" if kind == "gzip" else "gzip"

    source, out = read(tmp_path / f"access.log{SUFFIX[other]}", COMPRESS[kind](LOG))

    assert out == LOG
    assert len(source.warnings) == 1
    assert source.warnings[0].endswith(f"file by name, but {kind} by content; read as that")


def test_noise_with_such_a_name_is_an_error(tmp_path: Path, kind: str) -> None:
    with pytest.raises(SourceError, match=f"neither {kind} data nor text"):
        read(tmp_path / f"a{SUFFIX[kind]}", b"\x01" + random.Random(1).randbytes(5000))


def test_a_file_that_is_compressed_twice_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(SourceError, match=r"file in a compressed one; expected one compression"):
        read(tmp_path / "a", gzip.compress(COMPRESS[kind](LOG)))


# Of 100 MB of zeros xz makes 15 KB, zstd 3 KB and bzip2 less than 1 KB.
def test_a_bomb_is_unpacked_in_bounded_memory(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(COMPRESS[kind](bytes(100 << 20)))
    tracemalloc.start()
    try:
        source = open_source(path)
        blocks = list(source)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert source.decoded_bytes == 100 << 20
    assert [block.oversized[0].length for block in blocks] == [100 << 20]
    assert peak < 80 << 20


def test_a_bomb_is_refused_with_the_option_that_lets_it_through(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compression, "FREE_BYTES", 1 << 20)
    packed = COMPRESS[kind](bytes(4 << 20))
    ratio = (4 << 20) // len(packed)

    with pytest.raises(SourceError, match="unpacks to more than") as caught:
        read(tmp_path / "a", packed, max_ratio=ratio // 2)
    source, _ = read(tmp_path / "a", packed, max_ratio=ratio + 1)

    assert "--max-ratio" in caught.value.try_
    assert source.decoded_bytes == 4 << 20


def test_an_xz_file_that_asks_for_gigabytes_of_memory_is_no_crash(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 4 << 10}]
    packed = bytearray(lzma.compress(LOG, filters=filters))
    # The size of the dictionary is the byte behind the filter's number and length (xz-file-format 3.1.5).
    at = packed.index(b"\x21\x01") + 2
    packed[at] = 40  # 4 GB
    packed[20:24] = __import__("zlib").crc32(packed[12:20]).to_bytes(4, "little")

    with pytest.raises(SourceError, match="nothing in it can be unpacked"):
        read(tmp_path / "a", bytes(packed))


def test_a_skippable_frame_before_the_data_is_skipped(tmp_path: Path) -> None:
    frame = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"abcd"

    source, out = read(tmp_path / "a.zst", frame + zstd_compress(LOG) + frame)

    assert out == LOG
    assert source.warnings == []


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the standard library unpacks it")
def test_without_the_package_zstandard_the_message_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)

    with pytest.raises(SourceError, match=r"a\.zst is a Zstandard file; expected the package zstandard"):
        read(tmp_path / "a.zst", zstd_compress(LOG))


@pytest.mark.parametrize("data", [b"BZh9 is not a bzip2 file\n", b"PK is a user\n", b"(\xb5/ is no zstd\n"])
def test_a_log_that_begins_almost_like_another_kind_is_read(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path / "a.log", data)[1] == data


@pytest.mark.parametrize("seed", range(40))
def test_both_engines_give_the_same_bytes_also_of_damaged_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    zlib_ng = pytest.importorskip("zlib_ng.zlib_ng", reason="zlib-ng is not installed")
    choose = random.Random(seed)
    packed = bytearray(gzip.compress(LOG[: choose.randrange(1, len(LOG))], choose.choice((1, 6, 9))))
    for _ in range(choose.randrange(3)):
        packed[choose.randrange(10, len(packed))] ^= 1 << choose.randrange(8)
    packed = packed[: choose.randrange(20, len(packed))] if seed % 3 == 0 else packed
    found = []
    for engine in (zlib, zlib_ng):
        monkeypatch.setattr(gunzip, "_engine", lambda engine=engine: engine)
        source, out = read(tmp_path / "access.log", bytes(packed))
        found.append((out, source.warnings, source.sha256_raw))

    assert found[0] == found[1]
