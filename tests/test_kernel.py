"""The kernel reads as the reference parser does: on every case, on mutations of them, on any bytes."""

import os
import random
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from ipaddress import IPv6Address
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logattr.columns import EVENTS, schema
from logattr.formats import FORMATS
from logattr.reading import reference
from logattr.reading.assemble import batch_schema
from logattr.reading.clients import choose
from logattr.reading.columnar import bounds_of, plain_addresses, program_of, read_columns
from logattr.reading.parse import first_template
from logattr.reading.program import compile_program
from logattr.reading.readers import SYNTAXES
from logattr.reading.reference import ReferenceParser
from logattr.reading.template import parse_template
from logattr.reading.threads import ahead, in_order
from logattr.reading.tokens import Bytes

from .cases import LOGS
from .reading import batch_of, reader

FIRST = {name: first_template(reader(name)) for name in FORMATS}
WITH_PROGRAM = [name for name, one in FIRST.items() if one is not None and program_of(one, None) is not None]
# Every way in which the kernel ends a field, and every type that it makes.
TEMPLATES = {
    "iso8601": ('{client} [{time:iso8601}] "{request}" {status} {duration_ms:seconds}', "json"),
    "epoch": (
        '{time:epoch_seconds} {client} {bytes_sent} {duration_ms:milliseconds} "{user_agent}"',
        "apache",
    ),
    "epoch_milliseconds": (
        "{time:epoch_milliseconds} {client} {duration_ms:microseconds}|{x:between_bars}|{y}",
        "none",
    ),
    "quoted": ("{client} {time:clf_bracketed} {referrer:quoted} {user_agent:quoted} {ok:=OK|FAIL}", "apache"),
    "quoted_plain": ("{client} {referrer:quoted} {status}", "none"),
    "host": ("{host:host}:{port:integer} {client} {user} {size:hex}", "apache"),
    "optional": ("{client} {status}{?} {bytes_sent} {duration_ms:seconds}", "none"),
    "two_times": ("{client} {time:epoch_seconds} {time:millisecond_fraction} {status}", "none"),
    "bytes": ("{client} {bytes_sent} {bytes_received} {status:integer}", "nginx"),
    "padded": ("{time:epoch_seconds} {duration_ms:padded} {client} {x:padded}", "none"),
    "tail": ("{client} {status}{?} {bytes_sent} {host:word}{tail}", "quotes"),
    "bracket": ("<{client}> ({x}) {y};", "octal"),
}
LINES = {
    "iso8601": b'192.0.2.1 [2024-02-29T23:59:60.123456789+05:30] "GET /a/?prefix=b HTTP/1.1" 200 0.031',
    "epoch": b'1704844862.5 192.0.2.1 - 12.25 "say \\"\\xe4\\" \\x"',
    "epoch_milliseconds": b"1704844862123 2001:db8::1 999999999999999999|a b|rest of it",
    "quoted": b'192.0.2.1 [10/Oct/2000:13:55:36 -0700] "a \\" b" - OK',
    "quoted_plain": b'192.0.2.1 "a b" 200',
    "host": b"a.example:443 192.0.2.1 kim 0fA",
    "optional": b"192.0.2.1 200 17 0.5",
    "two_times": b"192.0.2.1 1704844862 123 200",
    "bytes": b"192.0.2.1 -5 007 000",
    "padded": b"1704844862.123    -12 192.0.2.1  7",
    "tail": b'192.0.2.1 200 17 a.example "b c" [d] -',
    "bracket": b"<192.0.2.1> (a\\012b) c;",
}
SAMPLES = {
    name: [
        *(line.encode() for line in FORMATS[name].samples),
        *(line for path in LOGS if path.parent.name == name for line in path.read_bytes().split(b"\n")),
    ]
    for name in WITH_PROGRAM
}
PIECES = (
    *(
        b'"',
        b'" "',
        b"\\",
        b"\\\\",
        b'\\"',
        b"\\xe4",
        b"\\x",
        b"\r",
        b"\0",
        b" ",
        b"  ",
        b"-",
        b"[",
        b"]",
        b"?",
    ),
    *(
        b"\xff",
        b"caf\xc3\xa9",
        b"0",
        b"9" * 19,
        b".",
        b":",
        b"+",
        b"HTTP/1.1",
        b"?list-type=2&a",
        b"CONNECT ",
        b"%20",
    ),
    *(b"31/Feb/2024", b"::1", b"256", b"010.1.1.1", b"unix:", b"\t", b"|", b";", b",", b", "),
)


def custom(name):
    template, escapes = TEMPLATES[name]
    return FORMATS["combined"].__class__(
        name=name, title=name, syntax="template", template=template, escapes=escapes
    )


READERS = {name: name for name in WITH_PROGRAM} | {name: custom(name) for name in TEMPLATES}
SAMPLES["gunicorn"] += [b"192.0.2.1" + line for line in SAMPLES["gunicorn"]]  # theirs came through a socket
SAMPLES["combined"] += [line.replace(b" ", b", ", 1) for line in SAMPLES["combined"]]  # a list of clients
SAMPLES |= {name: [LINES[name]] for name in TEMPLATES}


def assert_equal(data, format_, *, zone="Asia/Kathmandu"):
    slow = batch_of(data, formats=[format_], zone=zone)
    fast = batch_of(data, formats=[format_], zone=zone, columnar=True)
    assert fast.events.schema == schema(EVENTS)
    assert fast.events.to_pylist() == slow.events.to_pylist()
    assert fast.rejects.to_pylist() == slow.rejects.to_pylist()
    assert (fast.lines, fast.blank) == (slow.lines, slow.blank)
    for column in fast.events.columns:
        for chunk in column.chunks:
            chunk.validate(full=True)
            if pa.types.is_dictionary(chunk.type):
                values = chunk.dictionary.to_pylist()
                assert len(values) == len(set(values))
    return fast


@pytest.mark.parametrize("path", LOGS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case_files_are_read_alike(path):
    data = path.read_bytes()
    for name in {path.parent.name, "combined", "common", "nginx_main", "s3"} & set(WITH_PROGRAM):
        assert_equal(data, name)


@pytest.mark.parametrize("name", list(SAMPLES))
def test_the_kernel_itself_reads_the_samples(name):
    """Else the comparisons here would compare the reference parser with itself."""
    read = 0
    for line in SAMPLES[name]:
        template = first_template(reader(READERS[name]))
        data = line.split(b"\n")[-1] + b"\n"
        read += len(read_columns(data, *bounds_of(data), np.arange(1), program_of(template, None)).rows)
    assert read >= 1


@pytest.mark.parametrize("name", ["combined", "s3"])
def test_blocks_are_given_to_the_kernel(name, monkeypatch):
    from logattr.reading import columnar

    read = []
    given = columnar.read_columns

    def watched(*arguments):
        read.append(given(*arguments))
        return read[-1]

    monkeypatch.setattr(columnar, "read_columns", watched)
    assert_equal(SAMPLES[name][0] + b"\n", name)
    assert [len(tokens.rows) for tokens in read] == [1]


def test_the_formats_that_are_met_most_have_programs():
    assert {"combined", "common", "vhost_combined", "nginx_combined", "nginx_main", "s3"} <= set(WITH_PROGRAM)


@st.composite
def mangled(draw):
    name = draw(st.sampled_from(sorted(SAMPLES)))
    lines = []
    for _ in range(draw(st.integers(1, 5))):
        line = bytearray(draw(st.sampled_from(SAMPLES[name])).split(b"\n")[-1])
        for _ in range(draw(st.integers(0, 4))):
            at = draw(st.integers(0, len(line)))
            line[at : at + draw(st.integers(0, 5))] = draw(st.binary(max_size=3) | st.sampled_from(PIECES))
        lines.append(bytes(line) + draw(st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\n \n"])))
    data = b"".join(lines)
    return name, data if draw(st.booleans()) else data.rstrip(b"\n")


@settings(deadline=None, max_examples=400)
@given(mangled())
@example(("epoch_milliseconds", LINES["epoch_milliseconds"].replace(b"1704844862123", b"-1")))
def test_mangled_lines_are_read_alike(found):
    name, data = found
    assert_equal(data, READERS[name])


@settings(deadline=None)
@given(st.sampled_from(sorted(READERS)), st.binary(max_size=200))
@example("combined", b"")
@example("combined", b"\n")
@example("combined", b"\r")
@example("combined", b"\0\n")
def test_any_bytes_are_read_alike(name, data):
    assert_equal(data, READERS[name])


def test_many_lines_are_read_alike():
    """More than are looked at together, and more distinct texts than the first table has places."""
    choose = random.Random(5)
    lines = []
    for number in range(9000):
        line = choose.choice(list(FORMATS["combined"].samples)).encode()
        line = line.replace(
            b"203.0.113.9", b"2001:db8::%x" % number if number % 7 else b"198.51.100.%d" % (number % 256)
        )
        lines.append(line.replace(b"/a ", b"/%d%s " % (number, b"?prefix=x" if number % 5 == 0 else b"")))
        if number % 100 == 0:
            lines.append(b'203.0.113.9 - - [10/Jan/2024:08:01:02 +0800] "GET /a "b" HTTP/1.1" 200 12 "-" "x"')
    batch = assert_equal(b"\n".join(lines), "combined")
    assert len(batch.events) == 9090


def test_texts_that_collide_are_read_the_slow_way(monkeypatch):
    from logattr.reading import columnar, kernel

    def nothing_differs(data, at, size, seed):
        return np.uint64(7)

    # The compiled loop has its hash inside: this compiles one that has a useless hash.
    scan = {name: getattr(kernel, name) for name in ("_hash", "_scan", "tokenize")}
    from numba import njit

    monkeypatch.setattr(kernel, "_hash", njit(nothing_differs))
    monkeypatch.setattr(kernel, "_scan", njit(scan["_scan"].py_func))
    monkeypatch.setattr(columnar, "tokenize", njit(scan["tokenize"].py_func))
    data = b"".join(
        b'192.0.2.1 - - [10/Jan/2024:08:01:02 +0800] "GET /%d HTTP/1.1" 200 12\n' % n for n in range(300)
    )
    tokens = read_columns(data, *bounds_of(data), np.arange(300), program_of(reader("common").template, None))
    assert 60 < len(tokens.rows) < 300
    assert_equal(data, "common")


@pytest.mark.parametrize(
    "columns", [{"client_ip"}, {"path", "action"}, {"user_agent", "status", "target"}, {"extra"}]
)
def test_wanted_columns_are_the_same_alone(columns):
    for path in LOGS:
        if path.parent.name not in WITH_PROGRAM:
            continue
        data = path.read_bytes()
        whole = batch_of(data, formats=[path.parent.name])
        for columnar in (False, True):
            part = batch_of(data, formats=[path.parent.name], columnar=columnar, columns=frozenset(columns))
            assert part.events.schema == batch_schema(frozenset(columns))
            names = part.events.column_names
            assert part.events.to_pylist() == whole.events.select(names).to_pylist()


GROUP = st.sampled_from(["0", "0", "0", "1", "00", "0a", "db8", "ffff", "FF", "12345", "", "192.0.2.1", "g"])


CANONICAL = ["::", "::1", "1::", "1:0:0:2::", "1::2:0:0:3", "::ffff:102:304", "64:ff9b::", "192.0.2.1"]
NO_ADDRESSES = ["", ":", ":::", "1:2:3:4:5:6:7::", "1:2", "1::2::3", "1:2:3:4:5:6:7:8:9", "192.0.2."]


@st.composite
def like_addresses(draw):
    """Texts that look like addresses, many of them IPv6 ones in their canonical form."""
    if draw(st.booleans()):
        groups = draw(st.lists(st.sampled_from([0, 0, 1, 0xFFFF]), max_size=8))
        address = IPv6Address(sum(part << 16 * at for at, part in enumerate(groups)))
        return draw(st.sampled_from([str(address), address.exploded]))
    return "::".join(":".join(draw(st.lists(GROUP, max_size=8))) for _ in range(draw(st.integers(1, 3))))


def are_plain(texts):
    """Which texts the kernel takes for addresses in their canonical form."""
    array = pa.array([text.encode() for text in texts], pa.binary())
    return plain_addresses(Bytes(array, np.zeros(len(texts), np.uint8))).tolist()


@given(st.lists(like_addresses(), min_size=1, max_size=20))
@example([*CANONICAL, *NO_ADDRESSES])
@settings(deadline=None)
def test_addresses_that_stay_as_they_are(texts):
    """What the kernel marks is what choosing the client leaves alone; but for mapped ones it misses none."""
    chosen = choose(texts)
    said = zip(chosen.client_ip, chosen.client_host, chosen.rule, strict=True)
    for text, plain, (address, host, rule) in zip(texts, are_plain(texts), said, strict=True):
        alone = (address, host, rule) == (text, None, "peer")
        assert plain == (alone and not text.startswith("::ffff:")), text


def test_templates_that_need_looking_ahead_have_no_program():
    for text in ("{path:path} {status}", "{client} {time:ctime}", "{a:list} {status}"):
        assert compile_program(parse_template(text)) is None
    assert all(FORMATS[name].syntax in SYNTAXES for name in WITH_PROGRAM)


def test_corpus_logs_are_read_alike(shared):
    for path in sorted((shared / "corpus").rglob("*")):
        if path.is_file() and path.suffix not in {".md", ".py", ".json", ".jsonl", ".gz"}:
            data = path.read_bytes()[: 1 << 20]
            for name in ("combined", "common", "vhost_combined", "nginx_main", "s3", "aws_elb_classic"):
                if name in WITH_PROGRAM:
                    assert_equal(data, name)


CHECKED = """
import sys
sys.path.insert(0, {root!r})
from tests.cases import LOGS
from tests.reading import batch_of, reader
from tests.test_kernel import CANONICAL, NO_ADDRESSES, READERS, SAMPLES, WITH_PROGRAM, are_plain
are_plain([text[:cut] for text in [*CANONICAL, *NO_ADDRESSES] for cut in range(len(text) + 1)])
for path in LOGS:
    if path.parent.name in WITH_PROGRAM:
        batch_of(path.read_bytes(), formats=[path.parent.name], columnar=True)
for name, lines in SAMPLES.items():
    for cut in range(0, len(lines[0]), 3):
        batch_of(lines[0][:cut], formats=[READERS[name]], columnar=True)
print("no index was out of bounds")
"""


def test_every_index_stays_within_its_array():
    """numba's bounds checking, which a process has for all of its functions or for none."""
    with tempfile.TemporaryDirectory() as cache:
        done = subprocess.run(
            [sys.executable, "-c", CHECKED.format(root=str(Path(__file__).parents[1]))],
            env=os.environ | {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": cache},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.stdout == "no index was out of bounds\n", done.stderr


SLOW = """
import time
from logattr.reading import columnar
columnar._prepared = lambda: time.sleep(1.5)
columnar.prepare()
columnar._prepared = lambda: None
columnar.prepare()
"""


def test_compiling_says_so_once_where_it_takes_long():
    done = subprocess.run([sys.executable, "-c", SLOW], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert done.stderr.count("compiling the fast reader") == 1


def test_without_a_folder_to_keep_it_in_the_kernel_is_compiled_each_time(monkeypatch):
    """As in a container with a read-only file system and without a home."""
    from numba.core import caching

    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    from logattr.reading import kernel

    def double(number):
        return 2 * number

    assert kernel._compiled(double)(21) == 42


def test_reading_ahead_raises_where_it_is_asked():
    def items():
        yield 1
        raise ValueError("torn")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="torn"):
        next(found)


def test_giving_up_closes_what_is_read():
    closed = []

    def items():
        try:
            yield from range(100)
        finally:
            closed.append(True)

    found = ahead(items())
    assert next(found) == 0
    found.close()
    assert closed == [True]


def test_results_come_in_order_and_none_is_begun_after_giving_up():
    begun = []

    def work(number):
        begun.append(number)
        return number

    results = in_order(work, range(1000), threads=3)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    results.close()
    assert len(begun) < 20


def test_threads_that_ask_one_parser_where_lines_go_wrong_get_the_same_answer(monkeypatch):
    parser = ReferenceParser(parse_template("{client} [{time:clf}]"))
    compiled, together = reference._compiled, threading.Barrier(2)

    def slowly(*arguments):
        with suppress(threading.BrokenBarrierError):
            together.wait(timeout=5)
        return compiled(*arguments)

    monkeypatch.setattr(reference, "_compiled", slowly)
    first, second = in_order(parser.progress, [b"192.0.2.1 [?]", b"192.0.2.2 [!]"], threads=2)

    assert first == second == ReferenceParser(parser.template).progress(b"192.0.2.1 [?]")
    assert first[0] == 1
