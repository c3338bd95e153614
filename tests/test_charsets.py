"""UTF-16, byte order marks, old line ends and NUL bytes: what comes out, and where it lay."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logattr.reading.blocks import Block, Cutter
from logattr.reading.charsets import recognise, to_utf8
from logattr.reading.sources import Source, open_source

TEXT = '203.0.113.9 - - [10/Jan/2024:08:01:02 +0800] "GET /é/漢/😀 HTTP/1.1" 200 5 "-" "-"\r\nsecond\r\n'


def read(path: Path, data: bytes, block_bytes: int = 1 << 20) -> tuple[Source, list[Block]]:
    path.write_bytes(data)
    source = open_source(path, block_bytes=block_bytes)
    return source, list(source)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("bom", ["\ufeff", ""])
def test_utf16_becomes_utf8_and_offsets_count_that(
    tmp_path: Path, encoding: str, bom: str, pack: Callable[[bytes], bytes]
) -> None:
    raw = pack((bom + TEXT * 20_000).encode(encoding))
    decoded = (bom + TEXT * 20_000).encode()

    source, blocks = read(tmp_path / "a.log", raw, block_bytes=700)

    assert b"".join(block.data for block in blocks) == (TEXT * 20_000).encode()
    assert len(blocks) > 3
    for block in blocks:
        assert decoded[block.offset : block.offset + len(block.data)] == block.data
        assert decoded[: block.offset].count(b"\n") == block.first_line - 1
    assert (source.encoding, source.lines, source.decoded_bytes) == (encoding, 40_000, len(decoded))
    assert source.sha256_raw == hashlib.sha256(raw).hexdigest()
    assert source.sha256_decoded == hashlib.sha256(decoded).hexdigest()
    assert source.warnings == ["text in UTF-16, read as UTF-8; offsets count the bytes of that"]


@given(st.text(st.characters(exclude_categories=[])), st.lists(st.integers(1, 9), min_size=1), st.booleans())
@example("\ud83d", [1], True)
@example("a\udc00b", [3], False)
def test_any_utf16_however_cut_is_kept_reversibly(text: str, sizes: list[int], little: bool) -> None:
    encoding = "utf-16-le" if little else "utf-16-be"
    data = text.encode(encoding, "surrogatepass")
    pieces, at = [], 0
    while at < len(data):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(data[at : at + size])
        at += size

    out = b"".join(to_utf8(pieces, encoding))

    assert out.decode("utf-8", "surrogatepass").encode(encoding, "surrogatepass") == data


def test_a_last_half_character_is_marked(tmp_path: Path) -> None:
    _, blocks = read(tmp_path / "a", "one\ntwo".encode("utf-16") + b"!")

    assert [block.data for block in blocks] == [b"one\n", "two\ufffd".encode()]


@pytest.mark.parametrize(
    "data",
    [
        b"one\ntwo\n" * 9,
        b"\0" * 100,
        b"\0" * 99 + b"192.0.2.1 - -\n",
        b"a\0\0\0b\0\0\0" * 9,
        "é".encode("latin-1") * 20,
        bytes(range(256)),
        b"a\0",
    ],
)
def test_what_is_not_utf16_stays_as_it_is(data: bytes) -> None:
    assert recognise(data).encoding == "utf-8"


def test_carriage_returns_alone_end_lines_where_there_is_no_line_feed(tmp_path: Path) -> None:
    data = b"one\rtwo\r\rthree"

    source, blocks = read(tmp_path / "a", data)

    assert [(block.data, block.first_line, block.offset) for block in blocks] == [
        (b"one\ntwo\n\n", 1, 0),
        (b"three", 4, 9),
    ]
    assert source.lines == 4
    assert source.sha256_decoded == source.sha256_raw == hashlib.sha256(data).hexdigest()
    assert source.warnings == ["no line feed in the first 64 KB; carriage returns were taken for line ends"]


@pytest.mark.parametrize("data", [b"one\r\ntwo\r\n", b"a\rb\n", b"one\r", b"one", b"", b"\xef\xbb\xbfa\r\nb"])
def test_carriage_returns_stay_where_line_feeds_end_lines(tmp_path: Path, data: bytes) -> None:
    source, blocks = read(tmp_path / "a", data)

    assert b"".join(block.data for block in blocks) == data.removeprefix(b"\xef\xbb\xbf")
    assert source.warnings == []


def test_separators_of_unicode_end_no_line(tmp_path: Path) -> None:
    data = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg".encode() + b"\x85h\n"

    source, blocks = read(tmp_path / "a", data)

    assert (source.lines, blocks[0].data) == (1, data)


# --- runs of NUL bytes ---


@pytest.mark.parametrize("ended", [True, False])
def test_a_line_behind_megabytes_of_nul_bytes_is_kept(tmp_path: Path, ended: bool) -> None:
    good = b'192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1'
    data = b"one\n" + bytes(5 << 20) + good + (b"\nthree\n" if ended else b"")

    source, blocks = read(tmp_path / "a", data)

    start = 4 + (5 << 20)
    end = b"\nthree\n" if ended else b""
    assert [(block.data, block.first_line, block.offset) for block in blocks if block.data] == [
        (b"one\n", 1, 0),
        (good + end, 2, start),
    ]
    assert not any(block.oversized for block in blocks)
    assert source.lines == (3 if ended else 2)


@pytest.mark.parametrize("ended", [True, False])
def test_megabytes_of_nul_bytes_alone_are_one_long_line(tmp_path: Path, ended: bool) -> None:
    _, blocks = read(tmp_path / "a", bytes(3 << 20) + (b"\nnext\n" if ended else b""))

    long = blocks[0].oversized[0]
    assert (long.line, long.offset, long.length) == (1, 0, 3 << 20)
    assert [(block.data, block.first_line, block.offset) for block in blocks[1:]] == (
        [(b"next\n", 2, (3 << 20) + 1)] if ended else []
    )


@given(
    st.lists(
        st.sampled_from([b"", b"a", b"\0", b"\0" * 9, b"\0" * 30, b"b" * 5, b"c" * 9, b"\n"]), max_size=20
    ),
    st.lists(st.integers(1, 12), min_size=1, max_size=5),
)
def test_any_cut_skips_the_same_nul_bytes(parts: list[bytes], sizes: list[int]) -> None:
    data, most = b"".join(parts), 8
    expected = []
    offset = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        kept = line.lstrip(b"\0") if len(line) > most and line.strip(b"\0") else line
        if line or offset < len(data):
            expected.append(
                (number, offset + len(line) - len(kept), kept if len(kept) <= most else len(kept))
            )
        offset += len(line) + 1

    cutter, blocks, at, turn = Cutter("x", max_line_bytes=most), [], 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        blocks += cutter.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    blocks += cutter.finish()

    found: list[tuple[int, int, bytes | int]] = []
    for block in blocks:
        position = block.offset
        for number, line in enumerate(block.data.removesuffix(b"\n").split(b"\n") if block.data else []):
            found.append((block.first_line + number, position, line))
            position += len(line) + 1
        found += [(long.line, long.offset, long.length) for long in block.oversized]
    assert found == expected
    assert cutter.line - 1 == len(expected)
