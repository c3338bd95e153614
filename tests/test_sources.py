"""Inputs: what comes out of them, where it lay, and what is said about the broken ones."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import pickle
import random
import threading
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logattr.errors import SourceError
from logattr.reading import paths, sources
from logattr.reading.blocks import Cutter
from logattr.reading.sources import Block, LongLine, Source, expand, open_source, spool

Ask = Callable[[str], object]

LOG = b"".join(
    b'203.0.113.%d - - [10/Jan/2024:08:01:02 +0800] "GET /%d HTTP/1.1" 200 %d "-" "curl/8"\n'
    % (i % 256, i * 7919 % 10007, i * 31 % 65536)
    for i in range(3000)
)


def write(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def data_of(blocks: list[Block]) -> bytes:
    return b"".join(block.data for block in blocks)


def read(name: str, block_bytes: int = sources.BLOCK_BYTES) -> tuple[Source, list[Block]]:
    source = open_source(name, block_bytes=block_bytes)
    return source, list(source)


# --- positions and lines ---


def expected_lines(data: bytes) -> list[bytes]:
    """Split at line ends, the plain way."""
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]


@settings(deadline=None)  # the machine may be busy
@given(
    st.lists(st.sampled_from([b"", b"a", b"bb", b"ccc\r", b"d" * 9, b"\xff\0\x85", b"e" * 30]), max_size=20),
    st.booleans(),
    st.lists(st.integers(1, 12), min_size=1, max_size=5),
)
def test_any_cut_gives_the_same_lines_with_their_numbers_and_offsets(
    lines: list[bytes], ended: bool, sizes: list[int]
) -> None:
    data = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    cutter = Cutter("x", max_line_bytes=8)
    blocks: list[Block] = []
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        blocks += cutter.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    blocks += cutter.finish()

    seen: list[bytes] = []
    for block in blocks:
        assert block.first_line == len(seen) + 1
        assert bool(block.data) != bool(block.oversized)
        if block.data:
            assert data[block.offset : block.offset + len(block.data)] == block.data
            assert block.data.endswith(b"\n") or block is blocks[-1]
            assert all(len(line) <= 8 for line in expected_lines(block.data))
            seen += expected_lines(block.data)
        for long in block.oversized:
            assert (long.line, long.offset) == (block.first_line, block.offset)
            assert long.length > 8
            line = data[long.offset : long.offset + long.length]
            assert line.startswith(long.head)
            assert len(long.head) > 8  # as much as makes it too long; with the real limit, 4096
            seen.append(line)
    assert seen == expected_lines(data)
    assert cutter.line - 1 == len(seen)


@pytest.mark.parametrize("block_bytes", [1, 700, 1 << 20])
def test_blocks_are_whole_lines_that_follow_each_other(tmp_path: Path, block_bytes: int) -> None:
    source, blocks = read(write(tmp_path / "a.log", LOG), block_bytes=block_bytes)
    assert data_of(blocks) == LOG
    assert all(block.data.endswith(b"\n") for block in blocks)
    assert [block.offset for block in blocks] == [LOG.index(block.data) for block in blocks]
    assert [b.first_line for b in blocks] == [LOG[: b.offset].count(b"\n") + 1 for b in blocks]
    assert (source.lines, source.raw_bytes, source.decoded_bytes) == (3000, len(LOG), len(LOG))
    assert source.sha256_raw == source.sha256_decoded == hashlib.sha256(LOG).hexdigest()
    assert source.compression == "none"
    assert source.path == tmp_path / "a.log"
    assert source.warnings == []


@pytest.mark.parametrize("long", [0, 5000, 70_000])
def test_a_plain_file_is_read_up_to_the_end_of_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long: int
) -> None:
    """Its blocks are what was read; those of a pipe, and of a line whose end is far, are cut out of it."""
    data = LOG + b"x" * long + b"\n" + LOG
    cut = []
    given = Cutter._hold
    monkeypatch.setattr(Cutter, "_hold", lambda self, rest: (cut.append(len(rest)), given(self, rest)))
    source, blocks = read(write(tmp_path / "a.log", data), block_bytes=70_000)
    of_file, cut[:] = sum(map(bool, cut)), []
    piped = list(open_source("-", stdin=io.BytesIO(data), block_bytes=70_000))
    assert data_of(blocks) == data_of(piped) == data
    assert source.sha256_raw == hashlib.sha256(data).hexdigest()
    # The head, from which the kind of a file is told, is read before.
    assert of_file <= 1 + (long > 4096) < sum(map(bool, cut))
    monkeypatch.delattr(os, "pread")
    assert data_of(read(write(tmp_path / "a.log", data), block_bytes=70_000)[1]) == data


def test_only_a_newline_ends_a_line(tmp_path: Path) -> None:
    data = "a\rb\x0bc\x0cd\x85e\u2028f\r\ng".encode()
    source, blocks = read(write(tmp_path / "a.log", data))
    assert source.lines == 2
    assert data_of(blocks) == data


def test_an_empty_file_has_no_blocks_and_is_no_error(tmp_path: Path) -> None:
    source, blocks = read(write(tmp_path / "a.log", b""))
    assert blocks == []
    assert (source.lines, source.decoded_bytes) == (0, 0)
    assert source.sha256_raw == hashlib.sha256().hexdigest()


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_byte_order_mark_is_skipped_but_counted(tmp_path: Path, compress: type[bytes]) -> None:
    data = b"\xef\xbb\xbfone\ntwo\n"
    source, blocks = read(write(tmp_path / "a.log", compress(data)))
    assert [(block.data, block.first_line, block.offset) for block in blocks] == [(b"one\ntwo\n", 1, 3)]
    assert source.decoded_bytes == len(data)
    assert source.sha256_decoded == hashlib.sha256(data).hexdigest()


def test_a_byte_order_mark_alone_is_no_line(tmp_path: Path) -> None:
    source, blocks = read(write(tmp_path / "a.log", b"\xef\xbb\xbf"))
    assert (blocks, source.lines) == ([], 0)


# --- long lines ---


@pytest.mark.parametrize("ended", [True, False])
def test_a_line_of_10_mb_is_reported_and_what_follows_keeps_its_place(tmp_path: Path, ended: bool) -> None:
    long = b"x" * (10 << 20)
    data = b"one\n" + long + (b"\nthree\n" if ended else b"")
    source, blocks = read(write(tmp_path / "a.log", data))
    assert blocks[0] == Block(source.name, b"one\n", 1, 0)
    assert blocks[1] == Block(source.name, b"", 2, 4, (LongLine(2, 4, b"x" * 4096, len(long)),))
    assert blocks[2:] == ([Block(source.name, b"three\n", 3, 5 + len(long))] if ended else [])
    assert source.lines == len(blocks)


@pytest.mark.parametrize(("length", "is_long"), [(1 << 20, False), ((1 << 20) + 1, True)])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_the_limit_of_a_line_is_exact(tmp_path: Path, length: int, is_long: bool, end: bytes) -> None:
    _, blocks = read(write(tmp_path / "a.log", b"y" * length + end), block_bytes=600_000)
    assert [bool(block.oversized) for block in blocks] == [is_long]


def test_an_endless_line_needs_little_memory() -> None:
    class Endless(io.RawIOBase):
        left = 300

        def read(self, size: int = -1) -> bytes:
            self.left -= 1
            return b"z" * min(size, 1 << 20) if self.left >= 0 else b""

    tracemalloc.start()
    try:
        (block,) = open_source("-", stdin=Endless())  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert block.oversized[0].length > 250 << 20
    assert peak < 40 << 20


# --- gzip ---


@pytest.mark.parametrize("name", ["a.log.gz", "a.log"])
def test_gzip_is_known_by_content(tmp_path: Path, name: str) -> None:
    packed = gzip.compress(LOG)
    source, blocks = read(write(tmp_path / name, packed))
    assert data_of(blocks) == LOG
    assert source.compression == "gzip"
    assert (source.raw_bytes, source.decoded_bytes, source.lines) == (len(packed), len(LOG), 3000)
    assert source.sha256_raw == hashlib.sha256(packed).hexdigest()
    assert source.sha256_decoded == hashlib.sha256(LOG).hexdigest()
    assert source.warnings == []


def test_members_follow_each_other_even_within_a_line(tmp_path: Path) -> None:
    packed = gzip.compress(LOG[:1000]) + gzip.compress(b"") + gzip.compress(LOG[1000:]) + bytes(1000)
    source, blocks = read(write(tmp_path / "a.gz", packed))
    assert data_of(blocks) == LOG
    assert source.warnings == []
    assert source.sha256_raw == hashlib.sha256(packed).hexdigest()


def test_members_may_begin_anywhere_in_a_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "READ_BYTES", 7)
    monkeypatch.setattr(sources, "_HEAD_BYTES", 7)
    packed = b"".join(gzip.compress(b"%d\n" % i) + bytes(i % 9) for i in range(60))
    source, blocks = read(write(tmp_path / "a.gz", packed))
    assert data_of(blocks) == b"".join(b"%d\n" % i for i in range(60))
    assert source.warnings == []


def test_many_tiny_members_are_read_in_reasonable_time(tmp_path: Path) -> None:
    source, _ = read(write(tmp_path / "a.gz", gzip.compress(b"x\n") * 20_000))
    assert source.lines == 20_000


@pytest.mark.parametrize("garbage", [b"garbage", b"\x1f", b"\0\0\0no gzip"])
def test_what_follows_the_last_member_is_left_out_with_a_warning(tmp_path: Path, garbage: bytes) -> None:
    source, blocks = read(write(tmp_path / "a.gz", gzip.compress(LOG) + garbage))
    assert data_of(blocks) == LOG
    (warning,) = source.warnings
    left = len(garbage.lstrip(b"\0"))
    assert warning == f"{left} bytes behind the gzip data are no gzip data and were left out"
    assert source.raw_bytes == len(gzip.compress(LOG)) + len(garbage)


def cuts() -> list[int]:
    one = len(gzip.compress(LOG[:90_000], mtime=0))
    whole = one + len(gzip.compress(LOG[90_000:], mtime=0))
    return [
        2,
        3,
        9,
        10,
        11,
        50,
        one // 2,
        one - 8,
        one - 1,
        one + 2,
        one + 10,
        one + 900,
        whole - 8,
        whole - 1,
    ]


@pytest.mark.parametrize("cut", cuts())
def test_a_gzip_cut_anywhere_gives_what_came_out_and_says_so(tmp_path: Path, cut: int) -> None:
    packed = gzip.compress(LOG[:90_000], mtime=0) + gzip.compress(LOG[90_000:], mtime=0)
    raw = packed[:cut]
    one = len(gzip.compress(LOG[:90_000], mtime=0))
    reference = zlib.decompressobj(wbits=31)
    expected = reference.decompress(raw[:one]) + reference.flush()
    if cut > one:
        reference = zlib.decompressobj(wbits=31)
        expected += reference.decompress(raw[one:]) + reference.flush()
    source, blocks = read(write(tmp_path / "a.gz", raw))
    assert data_of(blocks) == expected
    assert source.sha256_raw == hashlib.sha256(raw).hexdigest()
    lines = len(expected_lines(expected))
    assert source.lines == lines
    assert source.warnings == [
        f"the gzip data end too early: {len(expected):,} bytes in {lines:,} lines came out"
    ]


def test_a_damaged_gzip_gives_what_came_out_before_the_damage(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(LOG))
    middle = len(packed) // 2
    packed[middle : middle + 50] = b"\xff" * 50
    source, blocks = read(write(tmp_path / "a.gz", bytes(packed)))
    out = data_of(blocks)
    assert out[: len(LOG) // 3] == LOG[: len(LOG) // 3]
    assert len(out) < len(LOG)
    assert source.warnings[0].startswith(f"the gzip data are damaged: {len(out):,} bytes in ")
    assert source.raw_bytes == len(packed)
    assert source.sha256_raw == hashlib.sha256(packed).hexdigest()


def test_a_wrong_checksum_loses_no_line(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(LOG))
    packed[-8] ^= 1
    source, blocks = read(write(tmp_path / "a.gz", bytes(packed)))
    assert data_of(blocks) == LOG
    assert source.warnings == [f"the gzip data are damaged: {len(LOG):,} bytes in 3,000 lines came out"]


@settings(deadline=None)  # the machine may be busy
@given(st.integers(0, 10**6), st.integers(0, 255), st.booleans())
def test_a_gzip_with_any_byte_changed_gives_the_lines_before_the_change(
    tmp_path_factory: pytest.TempPathFactory, where: int, value: int, cut: bool
) -> None:
    first, second = gzip.compress(LOG[:2000], mtime=0), gzip.compress(LOG[2000:9000], mtime=0)
    packed = bytearray(first + second)
    where %= len(packed)
    packed[where] = value
    raw = bytes(packed[: where + 1] if cut else packed)
    source = open_source(write(tmp_path_factory.getbasetemp() / "changed", raw))
    try:
        out = data_of(list(source))
    except SourceError:
        assert where < len(first)  # an error is one of two right answers
        return
    if where >= len(first):  # the first member is whole
        assert out.startswith(LOG[:2000])
    assert source.warnings or out == LOG[:9000] or out == raw
    assert source.sha256_raw == hashlib.sha256(raw).hexdigest()
    assert source.sha256_decoded == hashlib.sha256(out).hexdigest()


@pytest.mark.parametrize("rest", [b"this is text\n" * 9, b"\x08\0\0\0\0\0\0\3" + b"\xff" * 99])
def test_a_gzip_that_is_none_is_an_error(tmp_path: Path, rest: bytes) -> None:
    source = open_source(write(tmp_path / "a.gz", b"\x1f\x8b" + rest))
    with pytest.raises(SourceError, match="begins like a gzip file, but nothing in it"):
        list(source)


def test_plain_text_named_gz_is_read_with_a_warning(tmp_path: Path) -> None:
    source, blocks = read(write(tmp_path / "a.GZ", LOG))
    assert data_of(blocks) == LOG
    assert source.warnings == ["a gzip file by name, but plain text by content; read as plain text"]


def test_noise_named_gz_is_an_error(tmp_path: Path) -> None:
    name = write(tmp_path / "a.gz", b"\x01" + random.Random(1).randbytes(5000))
    with pytest.raises(SourceError, match="neither gzip data nor text"):
        open_source(name)


def test_a_bomb_is_unpacked_in_bounded_memory(tmp_path: Path) -> None:
    squeeze = zlib.compressobj(9, wbits=31)
    zeros = bytes(1 << 20)
    packed = b"".join([*(squeeze.compress(zeros) for _ in range(200)), squeeze.flush()])
    name = write(tmp_path / "bomb.gz", packed)
    tracemalloc.start()
    try:
        source, blocks = read(name)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert source.decoded_bytes == 200 << 20
    assert blocks[0].oversized[0].length == 200 << 20
    assert peak < 40 << 20


# --- standard input ---


def test_standard_input_is_read_once_and_left_open() -> None:
    stream = io.BytesIO(LOG)
    source = open_source("-", stdin=stream)
    assert data_of(list(source)) == LOG
    assert (source.name, source.path) == ("-", None)
    assert not stream.closed


def test_gzip_comes_through_standard_input_too() -> None:
    source = open_source("-", stdin=io.BytesIO(gzip.compress(LOG)))
    assert data_of(list(source)) == LOG


def test_a_spooled_stream_can_be_read_twice_and_is_gone_when_closed() -> None:
    with spool(io.BytesIO(LOG)) as copy:
        for _ in range(2):
            copy.seek(0)
            assert data_of(list(open_source("-", stdin=copy))) == LOG
    assert copy.closed


def test_a_full_disk_is_a_source_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", fail)
    with pytest.raises(SourceError, match="No space left on device"):
        spool(io.BytesIO(LOG))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the platform has no named pipes")
def test_a_named_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(gzip.compress(LOG),))
    writer.start()
    _, blocks = read(str(pipe))
    writer.join()
    assert data_of(blocks) == LOG


# --- what a source tells ---


def test_progress_counts_raw_bytes_up_to_the_size_of_the_file(tmp_path: Path) -> None:
    packed = gzip.compress(random.Random(2).randbytes(300_000))
    calls: list[tuple[int, int | None]] = []
    list(open_source(write(tmp_path / "a", packed), progress=lambda *call: calls.append(call)))
    done = [call[0] for call in calls]
    assert done == sorted(done)
    assert done[-1] == len(packed)
    assert {call[1] for call in calls} == {len(packed)}


def test_progress_of_a_stream_has_no_total() -> None:
    calls: list[tuple[int, int | None]] = []
    list(open_source("-", stdin=io.BytesIO(LOG), progress=lambda *call: calls.append(call)))
    assert {call[1] for call in calls} == {None}
    assert calls[-1][0] == len(LOG)


def test_a_source_is_iterated_once(tmp_path: Path) -> None:
    source, _ = read(write(tmp_path / "a.log", LOG))
    with pytest.raises(SourceError, match="was read already"):
        list(source)


def test_a_source_that_is_left_early_has_no_hash_and_is_closed(tmp_path: Path) -> None:
    with open_source(write(tmp_path / "a.log", LOG), block_bytes=600) as source:
        next(iter(source))
    assert source.sha256_raw == ""
    assert source._stream.closed


def test_a_disk_that_fails_is_a_source_error() -> None:
    class Failing(io.RawIOBase):
        calls = 0

        def read(self, _size: int = -1) -> bytes:
            self.calls += 1
            if self.calls > 1:
                raise OSError(5, "Input/output error")
            return LOG

    with pytest.raises(SourceError, match="cannot be read: Input/output error"):
        list(open_source("-", stdin=Failing()))  # type: ignore[arg-type]


# --- inputs that are refused ---


@pytest.mark.parametrize(
    ("data", "what", "tool"),
    [
        ("203.0.113.9 - -".encode("utf-32"), "text in UTF-32", "iconv -f UTF-32"),
        (b"\x04\x22\x4d\x18" + bytes(20), "an LZ4 file", "lz4 -dc"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(20), "a 7-Zip archive", "7z x -so"),
        (b"Rar!\x1a\x07" + bytes(20), "a RAR archive", "unrar p"),
        (gzip.compress(b"\x04\x22\x4d\x18" + bytes(20), mtime=0), "an LZ4 file", "lz4 -dc"),
    ],
)
def test_other_kinds_of_files_are_refused_with_the_tool_to_use(
    tmp_path: Path, data: bytes, what: str, tool: str
) -> None:
    name = write(tmp_path / "a b.log", data)
    with pytest.raises(SourceError) as caught:
        list(open_source(name))
    assert what in caught.value.given
    assert caught.value.try_.startswith(tool)
    assert f"'{name}'" in caught.value.try_
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("data", [b"BZh9 is not a bzip2 file\n", b"PK is a user\n"])
def test_a_log_that_begins_almost_like_an_archive_is_read(tmp_path: Path, data: bytes) -> None:
    _, blocks = read(write(tmp_path / "a.log", data))
    assert data_of(blocks) == data


@pytest.mark.parametrize("ask", [open_source, lambda name: expand([name])])
class TestPathsThatCannotBeRead:
    def test_a_missing_file_gives_the_nearest_names(
        self, tmp_path: Path, ask: Callable[[str], object]
    ) -> None:
        write(tmp_path / "access.log", LOG)
        with pytest.raises(SourceError, match=r"acess\.log does not exist") as caught:
            ask(str(tmp_path / "acess.log"))
        assert caught.value.try_ == str(tmp_path / "access.log")

    def test_a_missing_folder_is_named(self, tmp_path: Path, ask: Ask) -> None:
        with pytest.raises(SourceError) as caught:
            ask(str(tmp_path / "nowhere" / "a.log"))
        assert caught.value.try_ == f"a folder that exists; there is no {tmp_path / 'nowhere'}"

    @pytest.mark.parametrize("name", ["", "no\x1b[31mred", "with\0nul", "half\udcff", "a.log/b"])
    def test_odd_names_are_escaped_in_the_message(
        self, tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "a.log", LOG)
        with pytest.raises(SourceError, match=r"does not exist|no file matches") as caught:
            ask(name)
        assert str(caught.value).isprintable()


def test_a_folder_is_no_single_input(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a folder") as caught:
        open_source(str(tmp_path))
    assert caught.value.try_ == f"the files in it: {tmp_path}/*.log"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_an_error(tmp_path: Path) -> None:
    name = write(tmp_path / "a.log", LOG)
    Path(name).chmod(0)
    with pytest.raises(SourceError, match="may not be read"):
        open_source(name)


def test_a_refused_permission_is_explained() -> None:
    error = paths.os_error("a.log", PermissionError(13, "Permission denied"))
    assert str(error) == "a.log may not be read; expected a file you may read. Try: another user, or chmod"


# --- expand ---


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("b.log", "a.log", "x[1].log", "x1.log"):
        write(tmp_path / name, LOG)
    (tmp_path / "deep.log").mkdir()
    write(tmp_path / "deep.log" / "c.log", LOG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("inputs", "names"),
    [
        (["b.log", "a.log"], ["b.log", "a.log"]),
        (["?.log"], ["a.log", "b.log"]),
        (["*.log"], ["a.log", "b.log", "x1.log", "x[1].log"]),
        (["x[1].log"], ["x[1].log"]),
        (["x[0-9].log"], ["x1.log"]),
        (["**/c.log"], ["deep.log/c.log"]),
        (["-", "a.log", "-", "./a.log", "*.log"], ["-", "a.log", "b.log", "x1.log", "x[1].log"]),
        ([Path("a.log")], ["a.log"]),
        ([], []),
    ],
)
def test_inputs_are_named_one_by_one(inputs: list[str], names: list[str]) -> None:
    assert expand(inputs) == names


def test_a_link_to_a_file_named_already_is_left_out(folder: Path) -> None:
    (folder / "link.log").symlink_to("a.log")
    assert expand(["a.log", "link.log"]) == ["a.log"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("pattern", ["*.gz", "deep.*", "nowhere/*.log"])
def test_a_pattern_without_files_is_an_error(pattern: str) -> None:
    with pytest.raises(SourceError, match="no file matches"):
        expand([pattern])
