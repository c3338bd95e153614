"""JSON records by path: what is read, what is refused and why, and that nothing ever raises."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logattr.columns import EVENTS, REJECTS, schema
from logattr.errors import FormatError
from logattr.formats import FORMATS, Format
from logattr.reading.assemble import Context
from logattr.reading.detect import detect
from logattr.reading.jsonlines import JsonParser
from logattr.reading.jsonmap import COLUMNS, parse_mapping
from logattr.reading.jsonrepair import repair
from logattr.reading.jsonvalues import KINDS, text_of
from logattr.reading.operations import operation_action
from logattr.reading.parse import parse_block
from logattr.reading.readers import reader_for
from logattr.reading.sources import Block
from logattr.reading.times import NO_TIME
from logattr.reading.timestamps import timestamps

from .reading import batch_of, events_of, reader

JSON_FORMATS = [name for name, one in FORMATS.items() if one.syntax == "json"]
SAMPLES = [line.encode() for name in JSON_FORMATS for line in FORMATS[name].samples]


def access(**values):
    """A line of json_access with some values of its own."""
    record = {"remote_addr": "203.0.113.9", "request": "GET /a HTTP/1.1", "status": 200, **values}
    return json.dumps(record).encode()


def raw(pairs: str) -> bytes:
    return f'{{"remote_addr":"203.0.113.9","request":"GET /a HTTP/1.1",{pairs}}}'.encode()


def one(line: bytes, format_: str = "json_access"):
    (event,) = events_of([line], format_=format_)
    return event


def why(line: bytes, format_: str) -> str:
    (reject,) = batch_of(line, formats=[format_]).rejects.to_pylist()
    return reject["reason"]


def custom(template: str) -> Format:
    return Format(name="mine", title="mine", syntax="json", template=template)


def events_by(template: str, *lines: bytes):
    data = b"".join(line + b"\n" for line in lines)
    reader, context = reader_for(custom(template)), Context("test", ZoneInfo("UTC"))
    return parse_block(Block("test", data, 1, 0), [reader], context).events.to_pylist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rb'"\u00e9"', "é"),
        (rb'"\ud83d\ude00"', "😀"),
        (rb'"\ud83d\ude00\x22"', '😀"'),
        (rb'"\ud800"', r"\ud800"),
        (rb'"\udc00\ud800"', r"\udc00\ud800"),
        (rb'"a\/b\n\t\"\\"', 'a/b\n\t"\\'),
        (b'"caf\xe9"', "café"),
        (b'"caf\xc3\xa9"', "café"),
        (b'"caf\xe9 \\u00e9"', "café é"),
        (rb'"\x1b[31m"', "\x1b[31m"),
    ],
)
def test_strings_are_unescaped_and_no_byte_is_lost(text, expected):
    line = (
        b'{"remote_addr":"203.0.113.9","status":200,"request":"GET /a HTTP/1.1","http_user_agent":'
        + text
        + b"}"
    )

    assert one(line)["user_agent"] == expected


@pytest.mark.parametrize(
    ("pairs", "column", "expected"),
    [
        ('"status":"404"', "status", 404),
        ('"status":404.0', "status", 404),
        ('"status":0', "status", None),
        ('"status":"000"', "status", None),
        ('"status":99999', "status", None),
        ('"status":-1', "status", None),
        ('"status":"404 Not Found"', "status", 404),
        ('"body_bytes_sent":"-"', "bytes_sent", None),
        ('"body_bytes_sent":12.0', "bytes_sent", 12),
        ('"body_bytes_sent":1e3', "bytes_sent", 1000),
        ('"body_bytes_sent":1e999', "bytes_sent", None),
        (f'"body_bytes_sent":{"9" * 5000}', "bytes_sent", None),
        ('"body_bytes_sent":999999999999999999', "bytes_sent", 999_999_999_999_999_999),
        ('"body_bytes_sent":9999999999999999999', "bytes_sent", None),
        ('"body_bytes_sent":true', "bytes_sent", None),
        ('"body_bytes_sent":[5]', "bytes_sent", 5),
        ('"body_bytes_sent":{"a":5}', "bytes_sent", None),
        ('"request_time":"0.25"', "duration_ms", 250.0),
        ('"request_time":0.001', "duration_ms", 1.0),
        ('"http_user_agent":["a","b"]', "user_agent", "a"),
        ('"http_user_agent":[]', "user_agent", None),
        ('"http_user_agent":null', "user_agent", None),
        ('"http_user_agent":"-"', "user_agent", None),
        ('"http_x_forwarded_for":["192.0.2.1","192.0.2.2"]', "forwarded", "192.0.2.1, 192.0.2.2"),
        ('"status":200,"status":404', "status", 404),
    ],
)
def test_a_value_of_any_type_is_read_or_is_null(pairs, column, expected):
    assert one(raw(pairs if "status" in pairs else f'"status":200,{pairs}'))[column] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1704873662", "2024-01-10T08:01:02"),
        ("1704873662.345", "2024-01-10T08:01:02.345"),
        ("1704873662.3456789", "2024-01-10T08:01:02.345678"),
        ("1704873662345", "2024-01-10T08:01:02.345"),
        ("1704873662345.678", "2024-01-10T08:01:02.345678"),
        ("1704873662345678", "2024-01-10T08:01:02.345678"),
        ("1704873662345678901", "2024-01-10T08:01:02.345678"),
        ("1.704873662e9", "2024-01-10T08:01:02"),
        ('"2024-01-10T08:01:02Z"', "2024-01-10T08:01:02"),
        ('"2024-01-10T09:01:02+01:00"', "2024-01-10T08:01:02"),
        ('"2024-01-10T02:31:02-0530"', "2024-01-10T08:01:02"),
        ('"2024-01-10T09:01:02+01"', "2024-01-10T08:01:02"),
        ('"2024-01-10 08:01:02,5 UTC"', "2024-01-10T08:01:02.5"),
        ('"2024/01/10 08:01:02.123456789Z"', "2024-01-10T08:01:02.123456"),
        ('"10/Jan/2024:16:01:02 +0800"', "2024-01-10T08:01:02"),
        ('"2024-02-29T23:59:60Z"', "2024-03-01T00:00:00"),
    ],
)
def test_times_of_every_spelling_are_the_same_instant(text, expected):
    event = one(raw(f'"status":200,"time":{text}'))

    assert datetime.fromisoformat(event["time"].rstrip("Z")) == datetime.fromisoformat(expected)
    assert event["time_zone_known"] is True


@pytest.mark.parametrize(
    "text",
    [
        *("-5", '"soon"', "true", "{}", '""', '"2024-02-30T00:00:00Z"', '"2024-13-01T00:00:00Z"', "1" * 21),
        *(
            '"2024-01-01T24:00:00Z"',
            '"2024-01-01T00:60:00Z"',
            '"2024-01-01T00:00:00+24:00"',
            '"0000-01-01T00:00:00Z"',
        ),
        '"10/Foo/2024:16:01:02 +0800"',
    ],
)
def test_what_is_no_time_is_no_time(text):
    assert one(raw(f'"status":200,"time":{text}'))["time"] is None


def test_a_time_without_an_offset_is_in_the_assumed_zone_and_says_so():
    (event,) = events_of([access(time="2024-07-10T10:01:02.5")], format_="json_access", zone="Europe/Madrid")

    assert (event["time"], event["time_zone_known"]) == ("2024-07-10T08:01:02.500000Z", False)


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
    st.integers(0, 6),
)
def test_any_instant_in_any_spelling_is_read_as_python_reads_it(when, minutes, digits):
    when = when.replace(tzinfo=UTC)
    when -= timedelta(microseconds=when.microsecond % 10 ** (6 - digits))
    micros = (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    local = when + timedelta(minutes=minutes)
    fraction = f".{when.microsecond:06}"[: digits + 1] if digits else ""
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    texts = [
        f"{local:%Y-%m-%dT%H:%M:%S}{fraction}{offset}",
        f"{micros // 10**6}{fraction}",
        f"{local:%d/%b/%Y:%H:%M:%S}{fraction} {offset.replace(':', '')}",
    ]

    times, known = timestamps([text.encode() for text in texts], ZoneInfo("UTC"))

    assert times.tolist() == [micros] * 3
    assert known.all()


@given(st.lists(st.none() | st.binary(max_size=40) | st.from_regex(rb"[0-9:TZ.+/-]{0,30}", fullmatch=True)))
def test_no_text_of_a_time_raises(texts):
    times, known = timestamps(texts, ZoneInfo("Asia/Shanghai"))

    assert len(times) == len(known) == len(texts)
    assert not known[times == NO_TIME].any() or texts


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        (b'{"t": ,"a":1}', b'{"t": null,"a":1}'),
        (b'{"a":1,"t":}', b'{"a":1,"t":null}'),
        (b'{"t":-,"a":1}', b'{"t":null,"a":1}'),
        (b'{"t":0.001, 0.002,"a":1}', b'{"t":"0.001, 0.002","a":1}'),
        (b'{"t":0.001, - : 0.002}', b'{"t":"0.001, - : 0.002"}'),
        (b'{"s":000}', b'{"s":"000"}'),
        (b'{"s":NaN,"t":Infinity}', b'{"s":null,"t":null}'),
        (b'{"a":1,}', b'{"a":1}'),
        (rb'{"a":"\x22\xC3\xA9"}', b'{"a":"\\u0022\xc3\xa9"}'),
        (b'{"a":"\t\x01"}', b'{"a":"\\u0009\\u0001"}'),
        (rb'{"a":"\q"}', rb'{"a":"\\q"}'),
        (rb'{"a":"\ud800 \ud83d\ude00"}', rb'{"a":"\\ud800 \ud83d\ude00"}'),
    ],
)
def test_almost_json_is_mended_as_it_was_meant(line, mended):
    assert repair(line) == mended
    json.loads(mended.decode("latin-1"))


@pytest.mark.parametrize(
    "line",
    [
        b'{"a":1}',
        b'{"a":"x, y","b":[1,2],"c":{"d":null}}',
        b"",
        b"text",
        b'{"a":"' + b"x" * 300_000 + b'\x01"}',
    ],
)
def test_what_needs_no_mending_is_left_alone(line):
    assert repair(line) is None


def test_nothing_inside_a_string_becomes_a_value():
    line = raw(r'"status": ,"http_user_agent":"x\",\"remote_addr\":\"198.51.100.1"')

    event = one(line)

    assert event["client_ip"] == "203.0.113.9"
    assert event["user_agent"] == 'x","remote_addr":"198.51.100.1'


@pytest.mark.parametrize(
    ("line", "format_", "reason"),
    [
        (b"192.0.2.1 - -", "caddy_json", "caddy_json: no JSON object"),
        (b'{"a":1', "caddy_json", "caddy_json: a JSON object that does not end"),
        (
            b'{"level":"info","ts":1,"logger":"tls","msg":"x"}',
            "caddy_json",
            "no logger = http.log.access* or msg",
        ),
        (b'{"a":}}', "caddy_json", "caddy_json: no valid JSON"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "caddy_json", "nested too deeply"),
        (
            b'{"id.orig_h":"192.0.2.1","uid":"C","proto":"tcp"}',
            "zeek_http_json",
            "no method or uri or status_code",
        ),
        (b'{"version":6,"connections":{}}', "json_access", "json_access: no remote_addr or client_ip"),
        (b'{"ClientHost":null,"RequestMethod":"GET"}', "traefik_json", "no ClientHost or ClientAddr"),
        (b'{"logger":"http.log.access","request":{"method":"GET"}} x', "caddy_json", "no valid JSON"),
        (b'{"logger":"http.log.access","request":"GET"}', "caddy_json", "no request.method"),
    ],
)
def test_a_line_that_is_no_record_is_refused_with_the_reason(line, format_, reason):
    assert reason in why(line, format_)


@pytest.mark.parametrize(
    "line",
    [
        b'{"version":6,"nginx_version":"1.9.4","address":"203.0.113.1","connections":{"active":2},"requests":{"total":5}}',
        b'{"ts":1320279554.5,"uid":"C1","id.orig_h":"192.0.2.76","id.orig_p":52025,"proto":"tcp","orig_bytes":0}',
    ],
)
def test_json_that_is_no_access_log_is_refused_with_its_keys_and_a_way_on(line):
    with pytest.raises(FormatError, match=r"their keys are (version|ts).*FILE\.toml"):
        detect([line] * 5)


def test_a_path_through_null_or_a_missing_object_gives_null():
    template = "client  a.b.ip | ip\nstatus  a.status"

    rows = events_by(
        template, b'{"a":null,"ip":"192.0.2.1"}', b'{"a":{"b":null,"status":200},"ip":"192.0.2.1"}', b"{}"
    )

    assert [(row["client_ip"], row["status"]) for row in rows] == [
        ("192.0.2.1", None),
        ("192.0.2.1", 200),
        (None, None),
    ]


def test_alternatives_are_taken_record_by_record():
    rows = events_by(
        "client  a | b",
        b'{"a":"192.0.2.1","b":"192.0.2.2"}',
        b'{"a":"-","b":"192.0.2.3"}',
        b'{"b":"192.0.2.4"}',
    )

    assert [row["client_ip"] for row in rows] == ["192.0.2.1", "192.0.2.3", "192.0.2.4"]


def test_request_line_and_separate_values_may_alternate():
    lines = [
        access(),
        b'{"remote_addr":"192.0.2.1","method":"PATCH","uri":"/b?c","status":200}',
        b'{"remote_addr":"192.0.2.1","method":"GET","uri":"/d/","args":"e","status":200}',
        access(request="\x16\x03\x01"),
    ]

    rows = events_of(lines, format_="json_access")

    assert [(row["method"], row["path"], row["query"], row["action"]) for row in rows] == [
        ("GET", "/a", None, "read"),
        ("PATCH", "/b", "c", "write"),
        ("GET", "/d/", "e", "list"),
        (None, None, None, None),
    ]
    assert rows[3]["target"] == "\x16\x03\x01"


def test_keys_may_hold_dots_blanks_and_brackets():
    (row,) = events_by(
        "client  id\\.orig_h\ntime  Time [UTC]\nuser  cs(User)",
        b'{"id.orig_h":"192.0.2.1","Time [UTC]":5,"cs(User)":"kim"}',
    )

    assert (row["client_ip"], row["user"], row["time"].second) == ("192.0.2.1", "kim", 5)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("", "without a row"),
        ("client", "a column, blanks"),
        ("colour  x", "row 1 .*expected extra.NAME"),
        ("# a\nclient:blue  x", "row 2 .*a kind of text"),
        ("client  a\nclient  b", "one row per column"),
        ("client  a\nstatus  a.b", "'a' is used as a value"),
        ("client  a..b", "keys with dots"),
        ("client  .a", "keys with dots"),
        ("client  a.", "keys with dots"),
        ('client  a"b', "without quotes"),
        ("client  a\ntime  t\ntime_format  %Q", "strftime"),
    ],
)
def test_a_wrong_table_of_paths_is_refused_with_the_row(template, message):
    with pytest.raises(FormatError, match=message):
        parse_mapping(template)


def test_every_column_may_be_given_a_path():
    template = "\n".join(f"{name}  x{number}" for number, name in enumerate(COLUMNS))
    record = {f"x{number}": "203.0.113.9" for number, _ in enumerate(COLUMNS)}

    (row,) = events_by(template, json.dumps(record).encode())

    assert row["client_ip"] == row["object_key"] == "203.0.113.9"


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        *[
            (name, "read")
            for name in ("GetObject", "s3:GetObject", "s3.getobject", "get_obj", "GetBlob", "File accessed")
        ],
        *[
            (name, "write")
            for name in ("PutObject", "PutBlob", "storage.objects.create", "Upload", "File written to")
        ],
        *[(name, "list") for name in ("ListObjectsV2", "ListBlobs", "list_bucket", "storage.objects.list")],
        *[
            (name, "delete")
            for name in ("DeleteObjects", "DeleteBlob", "delete_obj", "Remove", "File deleted")
        ],
        *[(name, "login") for name in ("ConsoleLogin", "Login successful")],
        *[(name, "other") for name in ("Login attempt", "Login failed", "connection_failed")],
        *[(name, "other") for name in ("GetBucketAcl", "", "SSHCommand")],
        (None, None),
    ],
)
def test_operations_of_storage_say_what_was_done(operation, action):
    assert operation_action(operation) == action


@pytest.mark.parametrize(
    ("message", "operation", "key"),
    [
        ('File with id "5" written to: "/kim/a"', "File written to", "/kim/a"),
        ('File accessed: "/kim/a"', "File accessed", "/kim/a"),
        ('File with id "5" deleted: "/kim/a"', "File deleted", "/kim/a"),
        ('Login successful: "kim"', "Login successful", None),
        ('Login attempt: "kim"', "Login attempt", None),
        ("Cron job failed", None, None),
    ],
)
def test_what_nextclouds_audit_says_in_words_is_understood(message, operation, key):
    record = {
        "reqId": "a",
        "remoteAddr": "203.0.113.9",
        "app": "admin_audit",
        "message": message,
        "time": "x",
    }

    event = one(json.dumps(record).encode(), "nextcloud_json")

    assert (event["operation"], event["object_key"]) == (operation, key)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
KEYS = sorted(
    {
        path[0]
        for name in JSON_FORMATS
        for path in JsonParser(parse_mapping(FORMATS[name].template)).mapping.paths
    }
)


@st.composite
def mangled(draw):
    line = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(line)))
        cut = draw(st.integers(0, 5))
        line[at : at + cut] = draw(
            st.binary(max_size=3) | st.sampled_from([b'"', b"\\", b",", b"}", b"\\ud800", b"1e9", b"null"])
        )
    return bytes(line).replace(b"\n", b"")


RECORDS = st.dictionaries(st.sampled_from(KEYS), JSON_VALUES, max_size=12).map(
    lambda one: json.dumps(one).encode()
)
LINES = st.lists(
    mangled() | RECORDS | st.binary(max_size=40).map(lambda one: one.replace(b"\n", b"")), max_size=8
)


@settings(deadline=None)
@given(LINES)
@example([b'{"remote_addr":"\xff\xfe","request":"\\ud800","status":1}'])
@example([b'{"remote_addr":"192.0.2.1","request":"x","status":1,"\\r\\u0000":1}'])
@example(
    [
        b'{"remote_addr":"192.0.2.1","request":"x","status":1'
        + b"".join(b',"%d":1' % n for n in range(999))
        + b"}"
    ]
)
def test_every_line_is_one_event_one_reject_or_blank(lines):
    data = b"\n".join(lines)

    batch = batch_of(data, formats=JSON_FORMATS)

    assert batch.lines == len(batch.events) + len(batch.rejects) + batch.blank
    assert batch.events.schema == schema(EVENTS)
    assert batch.rejects.schema == schema(REJECTS)
    numbers = sorted(batch.events["line"].to_pylist() + batch.rejects["line"].to_pylist())
    assert len(set(numbers)) == len(numbers)


@settings(deadline=None)
@given(LINES)
def test_a_record_means_the_same_whatever_stands_beside_it(lines):
    readers = [reader(name).fresh() for name in JSON_FORMATS]
    context = Context("test", ZoneInfo("UTC"))

    together = parse_block(Block("test", b"\n".join(lines), 1, 0), readers, context).events.to_pylist()

    apart, offset = [], 0
    for number, line in enumerate(lines, 1):
        apart += parse_block(Block("test", line, number, offset), readers, context).events.to_pylist()
        offset += len(line) + 1
    assert together == apart


@settings(deadline=None)
@given(RECORDS, st.integers(0, 299))
def test_records_of_other_keys_are_read_though_the_first_shaped_the_reading(record, at):
    usual = access(time_iso8601="2024-01-10T08:01:02Z")
    lines = [usual] * 299
    lines.insert(at, record)
    parser = reader_for("json_access").parser

    together = parser.strict(lines)
    apart = parser.strict([record])

    assert (at in together.rows.tolist()) == (len(apart.rows) == 1)
    assert len(together.rows) == 299 + len(apart.rows)
    by_field = {field.name: column for field, column in zip(together.fields, together.columns, strict=True)}
    for field, column in zip(apart.fields, apart.columns, strict=True):
        if len(apart.rows) and field.name not in {"method", "target", "path", "query", "protocol", "request"}:
            assert by_field[field.name].expand()[at] == column.expand()[0]


@settings(deadline=None)
@given(LINES, st.lists(st.sampled_from(SAMPLES), max_size=2))
def test_the_family_reads_the_same_whether_its_fallback_stands_first_or_last(lines, samples):
    lines = [access(time_iso8601="2024-01-10T08:01:02Z"), *lines, *samples]
    others = [reader(name).fresh() for name in JSON_FORMATS if not FORMATS[name].fallback]
    fallback = reader("json_access").fresh()
    block, context = Block("test", b"\n".join(lines), 1, 0), Context("test", ZoneInfo("UTC"))

    last = parse_block(block, [*others, fallback], context)
    alone = parse_block(block, [fallback, *others], context)

    assert alone.events.to_pylist() == last.events.to_pylist()
    assert alone.rejects["line"].to_pylist() == last.rejects["line"].to_pylist()


@given(st.binary(max_size=30) | JSON_VALUES.map(lambda one: json.dumps(one).encode()))
def test_no_value_of_any_kind_raises(text):
    for kind in KINDS.values():
        found = kind.convert(text)
        assert found is None or isinstance(found, bytes)
    for kind in ("integer", "status"):
        found = KINDS[kind].convert(text)
        assert found is None or str(int(found)).encode()


PLAIN = (
    st.from_regex(rb"(0|[1-9][0-9]{0,19})(\.[0-9]{1,22})?", fullmatch=True)
    | st.from_regex(rb'"[0-9.:a-z-]{0,12}(:[0-9]{1,5})?"', fullmatch=True)
    | st.sampled_from([b"", b"null", b'"a\\n"', b"1e9", b"-1", b"[1]", b'["a"]', b'"', b"{}"])
)


@st.composite
def plain_columns(draw):
    """A column as one text, and its values one by one; of one kind, or mixed."""
    like = st.just(draw(PLAIN)) if draw(st.booleans()) else PLAIN
    values = draw(st.lists(like | PLAIN.filter(bool), min_size=1, max_size=6))
    return b"".join(value + b"\n" for value in values), values


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.bulk])
@settings(deadline=None)
@given(plain_columns())
def test_a_column_of_texts_read_as_a_whole_is_what_its_values_are_one_by_one(name, column):
    joined, values = column

    whole = KINDS[name].bulk(joined, len(values))

    if whole is not None:
        assert whole.expand() == [KINDS[name].convert(value) or b"" for value in values]


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.numbers])
@settings(deadline=None)
@given(plain_columns())
@example((b"12345\n", [b"12345"]))
@example((b"10000000000000001\n", [b"10000000000000001"]))
@example((b"0.12345678901234567891\n", [b"0.12345678901234567891"]))
def test_a_column_of_numbers_read_as_a_whole_is_what_its_values_are_one_by_one(name, column):
    joined, values = column

    whole = KINDS[name].numbers(joined, len(values))

    if whole is not None:
        exactly = int if whole.dtype.kind == "i" else float
        assert whole.tolist() == [exactly(KINDS[name].convert(value)) for value in values]


@pytest.mark.parametrize(
    "odd", [None, "", "-", "soon", 1704873662, "192.0.2.1", "[2001:db8::1]:5", "a\\b", [1, 2]]
)
def test_values_that_nearly_all_differ_are_read_as_those_of_a_few_records(odd):
    records = [
        {
            "ClientHost": f"192.0.{at // 256}.{at % 256}",
            "ClientAddr": f"192.0.2.{at % 256}:{1024 + at}",
            "RequestMethod": "GET",
            "RequestPath": f"/{at}",
            "DownstreamStatus": 200,
            "DownstreamContentSize": at,
            "Duration": 1000 + at * 7919,
            "StartUTC": f"2024-01-10T08:{at // 60:02}:{at % 60:02}.{at:03}Z",
        }
        for at in range(600)
    ]
    for key in ("ClientAddr", "Duration", "StartUTC", "DownstreamContentSize"):
        records[500] = {**records[500], key: odd}
    lines = [json.dumps(record).encode() for record in records]

    together = events_of(lines, format_="traefik_json")

    apart = [
        row for at in range(0, 600, 100) for row in events_of(lines[at : at + 100], format_="traefik_json")
    ]
    where = {"line", "offset"}
    assert [{k: v for k, v in row.items() if k not in where} for row in together] == [
        {k: v for k, v in row.items() if k not in where} for row in apart
    ]


@pytest.mark.parametrize(
    "line", [b"{", b'{"remote_addr":"192.0.2.1","http":3', b"[]", b"", b'{"\xff":1,"remote_addr":1}']
)
def test_lines_that_are_no_records_among_many_cost_none_of_the_others(line):
    lines = [access(body_bytes_sent=at) for at in range(600)]
    for at in (0, 1, 255, 256, 300, 599):
        lines[at] = line

    tokens = reader_for("json_access").parser.strict(lines)

    assert tokens.rows.tolist() == [at for at in range(600) if lines[at] != line]


def test_keys_that_change_again_and_again_are_all_read():
    keys = (
        "uri",
        "host",
        "user",
        "referer",
        "msec",
        "agent",
        "trace_id",
        "tls_version",
        "args",
        "bytes_in",
        "xff",
    )
    lines = [access(**{key: "192.0.2.1"}) for key in keys for _ in range(3)] * 10

    tokens = reader_for("json_access").parser.strict(lines)

    assert len(tokens.rows) == len(lines)
    found = {
        field.column: sum(value is not None for value in column.expand())
        for field, column in zip(tokens.fields, tokens.columns, strict=True)
    }
    assert (
        found["host"] == found["user"] == found["referrer"] == found["user_agent"] == found["forwarded"] == 30
    )


@given(st.text(max_size=30))
def test_a_text_is_what_the_standard_library_reads(text):
    for ascii_only in (True, False):
        try:
            line = json.dumps(text, ensure_ascii=ascii_only).encode()
        except UnicodeEncodeError:
            continue
        if text.isprintable() or ascii_only:
            assert text_of(line) == text.encode("utf-8", "backslashreplace")


def test_codes_point_into_the_distinct_values():
    tokens = reader_for("json_access").parser.strict([access(), access(status=404), b"x", access()])

    assert tokens.rows.tolist() == [0, 1, 3]
    for column in tokens.columns:
        assert column.codes.dtype == np.int32
        assert len(set(column.values)) == len(column.values)
