"""JSON records are read alike by compiled code and without: on every case, mutations, and any records."""

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logattr.errors import FormatError
from logattr.formats import FORMATS, Format
from logattr.reading import jsonspans, scan
from logattr.reading.assemble import batch_schema
from logattr.reading.columnar import bounds_of
from logattr.reading.detect import detect, sample_lines
from logattr.reading.jsonprogram import compile_paths
from logattr.reading.jsonspans import read_records, read_tokens
from logattr.reading.scan import ReadOptions, Scan
from logattr.reading.tokens import Bytes

from .cases import LOGS
from .reading import batch_of, reader
from .test_kernel import assert_equal

EXPECTED = ".expected.jsonl"
JSON_FORMATS = [name for name, one in FORMATS.items() if one.syntax == "json"]
# Of the others the values of a record's texts are records themselves.
FLAT = [name for name in JSON_FORMATS if reader(name).parser.is_flat]
JSON_LOGS = [path for path in LOGS if path.parent.name in JSON_FORMATS]
SAMPLES = {
    name: [
        *(line.encode() for line in FORMATS[name].samples),
        *(line for path in JSON_LOGS if path.parent.name == name for line in path.read_bytes().split(b"\n")),
    ]
    for name in JSON_FORMATS
}
PIECES = (
    *rb"""" \ \\ \" \u00e9 \ud800 \x22 \q \u12 { } [ ] , : {} [] "" null true nul - 0 00 1e5 1. .5 -1 null,
    "-" "a":1, "request":{}, "status":"404", "client_ip":"::1", "time":"soon", ["a"] ["a","b"] :443 [::1]:80
    /?prefix=b 192.0.2.1:80""".split(),
    *(b"\x00", b"\x1f", b"\x7f", b" ", b"\t", b"\r", b"\xff", "é".encode(), b"GET /a/ HTTP/1.1", b"/x y"),
    *(b"1" * 19, b"1" * 41, b"[" * 70),
)
CUSTOM = Format(
    name="mine",
    title="mine",
    syntax="json",
    template="""
requires  a | b.c
client    a | b.c
peer:address  b.d
time      t | u
status    s
bytes_sent  n | m
duration_ms:nanoseconds  e
user      x + y
request:request_line  r
target:target  r
query     q
host      h | i
referrer:percent_encoded  f
forwarded g
extra.o   o
extra.p:integer  p
""",
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.sampled_from(
        [
            *[
                "-",
                "192.0.2.1",
                "192.0.2.1:80",
                "2001:db8::1",
                "[2001:db8::1]:80",
                "[2001:db8::1]",
                "[::1]:",
                "a.example:1",
                "null",
                "12",
                "404",
                "000",
                "0.25",
                "[x]",
                "%41%zz",
            ],
            *[
                "2024-01-10T08:01:02Z",
                "2024-02-30T00:00:00Z",
                "2024-01-10T08:01:02",
                "1704873662",
                "1704873662345",
            ],
            *(
                "",
                "10/Jan/2024:08:01:02 +0100",
                "GET /a/?prefix=b HTTP/1.1",
                "/a b",
                "\x16\x03",
                "GET /é HTTP/2",
            ),
            *(
                404,
                0,
                1704873662.5,
                1704873662345,
                "404 Not Found",
                0.25,
                -1,
                10**17,
                999.5,
                ["a"],
                ["a", 1],
                [""],
                {},
            ),
        ]
    ),
)
RECORDS = st.lists(
    st.dictionaries(st.sampled_from([*"abtusnmexyrqhifgopz", "é"]), VALUES, max_size=12).map(
        lambda one: one | ({"b": {"c": one["b"], "d": one.get("a")}} if one.get("b") else {})
    ),
    max_size=8,
)


@pytest.mark.parametrize("path", JSON_LOGS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case_files_are_read_alike(path):
    data = path.read_bytes()
    for name in (path.parent.name, "json_access"):
        assert_equal(data, name)


@pytest.mark.parametrize("path", JSON_LOGS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_all_formats_of_the_family_give_the_same(path):
    data = path.read_bytes()
    names = [path.parent.name, *(name for name in JSON_FORMATS if name != path.parent.name)]
    slow, fast = (batch_of(data, formats=names, columnar=columnar) for columnar in (False, True))
    assert fast.events.to_pylist() == slow.events.to_pylist()
    assert fast.rejects.to_pylist() == slow.rejects.to_pylist()


@pytest.mark.parametrize("name", FLAT)
def test_compiled_code_itself_reads_the_samples(name):
    """Else the comparisons here would compare the slow way with itself."""
    for line in FORMATS[name].samples:
        data = line.encode() + b"\n"
        tokens = read_tokens(reader(name).parser, data, *bounds_of(data), np.arange(1))
        assert tokens.rows.tolist() == [0]
        assert any(
            isinstance(getattr(column, "values", None), (Bytes, np.ndarray)) for column in tokens.columns
        )


@st.composite
def mangled(draw):
    name = draw(st.sampled_from(JSON_FORMATS))
    lines = []
    for _ in range(draw(st.integers(1, 6))):
        line = bytearray(draw(st.sampled_from(SAMPLES[name])))
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(line)))
            line[at : at + draw(st.integers(0, 5))] = draw(st.binary(max_size=3) | st.sampled_from(PIECES))
        lines.append(bytes(line) + draw(st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\n \n"])))
    data = b"".join(lines)
    return name, data if draw(st.booleans()) else data.rstrip(b"\n")


@settings(deadline=None, max_examples=400)
@given(mangled())
def test_mangled_lines_are_read_alike(found):
    name, data = found
    assert_equal(data, name)


@settings(deadline=None, max_examples=400)
@given(RECORDS, st.sampled_from([(",", ":"), (", ", ": ")]), st.booleans())
@example([{"a": "-", "r": "\xff", "h": "x"}, {"a": "192.0.2.1", "r": "/", "q": "prefix=x"}], (",", ":"), True)
def test_any_records_are_read_alike(records, separators, ascii_only):
    lines = [json.dumps(one, separators=separators, ensure_ascii=ascii_only).encode() for one in records]
    assert_equal(b"\n".join(lines), CUSTOM)


@settings(deadline=None, max_examples=500)
@given(mangled())
def test_no_line_is_a_record_that_json_does_not_know(found):
    data = found[1]
    records = read_records(
        data, *(bounds := bounds_of(data)), np.arange(len(bounds[0])), compile_paths((("a",),))
    )
    for row in records.rows.tolist():
        # Bytes that are no UTF-8 are let through in strings, where each of them stands for itself.
        assert isinstance(json.loads(data[bounds[0][row] : bounds[1][row]].decode("latin-1")), dict)


RIGHT = rb"""
{}
{"a":1}
{"a":{"b":[1,{"c":null}]}}
{"a":-0.5e+10,"b":[],"c":[[]]}
{"a":"\"\\\/\b\f\n\r\t\u00Ff"}
{"":""}
{"a" : "b" , "c" : [ 1 , 2 ] }
{"b":1,"b":2}
"""
WRONG = rb"""
{
}
[]
 {"a":1}
{"a"}
{"a":}
{"a":1,}
{,"a":1}
{1:1}
{"a":[1,]}
{"a":[,1]}
{"a":01}
{"a":1.}
{"a":.5}
{"a":+1}
{"a":1e}
{"a":-}
{"a":NaN}
{"a":tru}
{"a":nulL}
{"a":1}}
{"a":1} x
{"a":1 2}
{"a":1]}
{"a":[1}
{"a":{"b":1]}
{"a":"\x22"}
{"a":"\u12"}
{"a":"b}
{"a":"b\"}
{"a":"b""c"}
{"a"=1}
{"a":1;"b":2}
{'a':1}
{"a":1,"a":2}
{"\u0061":1}
"""
A = compile_paths((("a",),))


@pytest.mark.parametrize("line", [*RIGHT.strip().split(b"\n"), b'{"a":"\xff"}', b'{"a":\t1}\r', b'{"a":1 }'])
def test_json_is_accepted(line):
    assert len(read_records(line, *bounds_of(line), np.arange(1), A).rows) == 1


@pytest.mark.parametrize(
    "line",
    [
        *WRONG.strip(b"\n").split(b"\n"),
        *(b'{"a":"\t"}', b'{"a":"\x00"}', b'{"\xe9":1}', b'{"a":%b}' % (b"1" * 41)),
        b'{"a":%b%b}' % (b"[" * 64, b"]" * 64),
    ],
)
def test_what_is_not_surely_a_record_is_left(line):
    """Alone, and behind one that is: then it is compared with that."""
    assert len(read_records(line, *bounds_of(line), np.arange(1), A).rows) == 0
    for before in (b'{"a":1}', b'{"a":"b"}', b'{"a":[1]}', b'{"a":{"b":1}}'):
        data = before + b"\n" + line
        assert read_records(data, *bounds_of(data), np.arange(2), A).rows.tolist() == [0]


def test_records_of_changing_keys_are_read_alike():
    """Layouts that come again, that never do, and values where the kept record has others."""
    choose = random.Random(3)
    lines = []
    for number in range(4000):
        record = {
            "remote_addr": f"198.51.{number >> 8 & 255}.{number & 255}",
            "request": f"GET /{number % 900}{'/' * (number % 5 == 0)} HTTP/1.1",
            "status": choose.choice([200, 404, "304", "-"]) if number > 2000 else 200,
            "time_iso8601": f"2024-01-10T08:{number // 60 % 60:02}:{number % 60:02}+01:00",
            "request_time": number / 1000,
        }
        if number % 500 > 250:
            record[choose.choice(["http_referer", "host", "upstream"])] = choose.choice(
                ["x", None, True, [1], {"a": "b"}]
            )
        if number % 700 > 600:
            record = dict(choose.sample(list(record.items()), len(record)))
        lines.append(json.dumps(record).encode())
        if number % 97 == 0:
            lines.append(lines[-1].replace(b'": "', b'": "\\x', 1))
    batch = assert_equal(b"\n".join(lines), "json_access")
    assert len(batch.events) > 4000


LEAF = st.sampled_from(
    [
        "-",
        "",
        "192.0.2.1",
        "192.0.2.1:80",
        "[::1]:80",
        "a\\b",
        "x" * 40,
        0,
        200,
        12.5,
        -1,
        None,
        True,
        ["a"],
        ["b"],
    ]
)
BASE = st.dictionaries(st.sampled_from([*"abtusnmexyrqhifgopz", "long-key-of-no-column"]), LEAF, min_size=3)


@st.composite
def hardly_varying(draw):
    """Lines of one record, so many that it is kept, in which now and then a value is another."""
    base = draw(BASE)
    if draw(st.booleans()):
        base["b"] = {"c": draw(LEAF), "d": draw(LEAF), "e": [draw(LEAF)]}
    records = [dict(base) for _ in range(draw(st.integers(40, 90)))]
    for _ in range(draw(st.integers(0, 20))):
        at, key = draw(st.integers(0, len(records) - 1)), draw(st.sampled_from(sorted(base)))
        last = at + draw(st.sampled_from([1, 1, 20]))
        value, inside = draw(LEAF), draw(st.sampled_from([None, "c", "d"]))
        for record in records[at:last]:
            if inside and isinstance(record[key], dict):
                record[key] = {**record[key], inside: value}
            else:
                record[key] = value
    lines = [json.dumps(record).encode() for record in records]
    for _ in range(draw(st.integers(0, 3))):
        row = draw(st.integers(0, len(lines) - 1))
        at = draw(st.integers(0, len(lines[row])))
        lines[row] = (
            lines[row][:at] + draw(st.sampled_from(PIECES)) + lines[row][at + draw(st.integers(0, 3)) :]
        )
    return b"\n".join(line.replace(b"\n", b"") for line in lines)


@settings(deadline=None, max_examples=300)
@given(hardly_varying())
def test_records_whose_values_hardly_vary_are_read_alike(data):
    assert_equal(data, CUSTOM)


@pytest.mark.parametrize("at", [1, 20, 33, 40, 70, 99])
def test_a_value_that_varies_once_is_found(at):
    """Wherever that is: before a record is kept, where it is, and behind."""
    lines = [b'{"a":"192.0.2.1","s":200,"n":7,"u":"x","z":[1]}'] * 100
    lines[at] = lines[at].replace(b"200", b"404").replace(b'"x"', b'"longer"').replace(b"7", b"null")
    records = read_records(
        b"\n".join(lines), *bounds_of(b"\n".join(lines)), np.arange(100),
        compile_paths((("a",), ("s",), ("n",), ("u",), ("z",), ("absent",))),
    )  # fmt: skip
    found = {path[0]: list(column.encoded.expand()) for path, column in records.columns.items()}
    assert found["a"] == [b'"192.0.2.1"'] * 100
    assert found["s"] == [b"200"] * at + [b"404"] + [b"200"] * (99 - at)
    assert found["n"] == [b"7"] * at + [None] + [b"7"] * (99 - at)
    assert found["u"] == [b'"x"'] * at + [b'"longer"'] + [b'"x"'] * (99 - at)
    assert (found["z"], found["absent"]) == ([b"[1]"] * 100, [None] * 100)
    kept = records.kept(np.arange(100) == at)
    assert [list(kept.columns[name,].encoded.expand()) for name in "asn"] == [
        [b'"192.0.2.1"'],
        [b"404"],
        [None],
    ]
    assert records.kept(np.zeros(100, np.bool_)).columns["a",].count == 0


def test_lines_of_other_formats_go_to_them_first():
    lines = [
        line
        for name in ("json_access", "nextcloud_json", "caddy_json", "s3_json")
        for line in FORMATS[name].samples
    ]
    data = "\n".join(lines * 3).encode()
    names = ["json_access", *(name for name in JSON_FORMATS if name != "json_access")]
    slow, fast = (batch_of(data, formats=names, columnar=columnar) for columnar in (False, True))
    assert fast.events.to_pylist() == slow.events.to_pylist()
    assert set(fast.events["format"].to_pylist()) >= {"json_access", "nextcloud_json", "caddy_json"}


def test_texts_of_one_hash_are_encoded_all_the_same(monkeypatch):
    from logattr.reading import columnar

    def all_fail(*arguments):
        arguments[-3][:] = True  # the rows that failed
        return 0

    monkeypatch.setattr(columnar, "encode_spans", all_fail)
    assert_equal("\n".join(FORMATS["caddy_json"].samples).encode(), "caddy_json")


@pytest.mark.parametrize(
    "columns", [{"client_ip"}, {"path", "action"}, {"user_agent", "status"}, {"extra"}, set()]
)
def test_wanted_columns_are_the_same_alone(columns):
    for path in JSON_LOGS:
        data = path.read_bytes()
        whole = batch_of(data, formats=[path.parent.name])
        part = batch_of(data, formats=[path.parent.name], columnar=True, columns=frozenset(columns))
        assert part.events.schema == batch_schema(frozenset(columns))
        assert part.events.to_pylist() == whole.events.select(part.events.column_names).to_pylist()


@pytest.mark.parametrize("trusted", [(), ("private",)])
def test_clients_and_peers_are_the_same(trusted):
    addresses = [
        "203.0.113.9",
        "10.0.0.2",
        "2001:DB8::1",
        "-",
        "a.example",
        "10.0.0.2,203.0.113.9",
        "::ffff:192.0.2.1",
    ]
    more = {"RequestMethod": "GET", "DownstreamStatus": 200, "request_X-Forwarded-For": "198.51.100.7"}
    lines = [
        json.dumps({"ClientHost": one, "ClientAddr": f"{other}:{at}", **more})
        for one in ["", *addresses]
        for at, other in enumerate(["", *addresses])
    ]
    odd = ["[2001:db8::1]:80", "[2001:db8::1]:", "[2001:db8::1]", "[::1]x:80", "[1]:80", "[1:]:80", "[]:80"]
    odd += ["[:]:8", "[::g]:80", "[::1:80", "1.2.3.4:", ":80", "["]
    lines += [json.dumps({"ClientHost": "192.0.2.1", "ClientAddr": one, **more}) for one in odd]
    data = "\n".join(lines).encode()
    slow, fast = (
        batch_of(data, formats=["traefik_json"], trusted=trusted, columnar=columnar)
        for columnar in (False, True)
    )
    assert fast.events.to_pylist() == slow.events.to_pylist()


def test_corpus_logs_are_read_alike(shared):
    found = set()
    for path in sorted((shared / "corpus").rglob("*")):
        if path.is_file() and path.suffix not in {".md", ".py", ".gz"} and not path.name.endswith(EXPECTED):
            data = path.read_bytes()[: 1 << 20]
            if data.lstrip()[:1] != b"{":
                continue
            try:
                names = {one.format.name for one in detect(sample_lines(data)).readers[:1]}
            except FormatError:
                names = set()
            found |= names
            for name in {*names, "json_access"} & set(JSON_FORMATS):
                assert_equal(data, name)
    assert len(found) > 5


def test_large_files_are_read_by_compiled_code_with_the_same_result(monkeypatch, tmp_path):
    path = tmp_path / "access.log"
    lines = [line.encode() for line in FORMATS["caddy_json"].samples] * 300
    lines[77] = lines[77].replace(b'"GET"', b'"\\x47ET"')
    lines[78:80] = [b"", b"no record"]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    slow = list(Scan(str(path), ReadOptions()))
    read = []
    monkeypatch.setattr(
        jsonspans, "_tokens", lambda *one, given=jsonspans._tokens: read.append(given(*one)) or read[-1]
    )
    monkeypatch.setattr(jsonspans, "_TOGETHER", 100)
    monkeypatch.setattr(scan, "KERNEL_BYTES", 1)
    counted = Scan(str(path), ReadOptions())
    fast = list(counted)
    assert [len(tokens.rows) for tokens in read] == [98, 100, 99]
    assert [batch.events.to_pylist() for batch in fast] == [batch.events.to_pylist() for batch in slow]
    assert [batch.rejects.to_pylist() for batch in fast] == [batch.rejects.to_pylist() for batch in slow]
    assert (counted.lines, counted.events, counted.blank, counted.rejected) == (300, 298, 1, 1)


def test_more_sets_of_keys_than_are_told_apart_are_read_alike(monkeypatch):
    monkeypatch.setattr(jsonspans, "_MOST_SETS", 2)
    keys = [
        "app",
        "reqId",
        "message",
        "ClientHost",
        "RequestMethod",
        "bucket_arn",
        "operation",
        "request_time",
    ]
    lines = [
        json.dumps(
            {
                "remote_addr": "192.0.2.1",
                "status": 200,
                "request": f"GET /{at} HTTP/1.1",
                **dict.fromkeys(keys[:at], "x"),
            }
        )
        for at in range(len(keys))
    ]
    data = "\n".join(lines * 3).encode()
    names = ["json_access", *(name for name in JSON_FORMATS if name != "json_access")]
    slow, fast = (batch_of(data, formats=names, columnar=columnar) for columnar in (False, True))
    assert fast.events.to_pylist() == slow.events.to_pylist()


CHECKED = """
import sys
sys.path.insert(0, {root!r})
from tests.reading import batch_of
from tests.test_json_columns import CUSTOM, FLAT, JSON_LOGS, SAMPLES
for path in JSON_LOGS:
    batch_of(path.read_bytes(), formats=[path.parent.name], columnar=True)
for name in FLAT:
    for cut in range(0, len(SAMPLES[name][0]), 7):
        batch_of(SAMPLES[name][0] + b"\\n" + SAMPLES[name][0][:cut], formats=[name], columnar=True)
for value in rb'''" "" "-" "- - 1 "192.0.2.1:1" "192.0.2.1:1 ["a"] [""] [] nul'''.split():
    for key in b"abtsnergop":
        line = b'{{"a":"b","%c":%b}}\\n{{"%c":%b' % (key, value, key, value)
        batch_of(line, formats=[CUSTOM], columnar=True)
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
