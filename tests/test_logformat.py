"""Apache's LogFormat: the whole grammar, and what is refused."""

import json

import pytest

from logattr.errors import FormatError
from logattr.reading.apache import DIRECTIVES, parse_logformat
from logattr.reading.readers import reader_for

from .reading import events_of

COMBINED = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"'


def columns(text):
    return [field.column for field in parse_logformat(text).fields]


# format, line, expected columns of the event
READ = [
    ("%h %>s", "192.0.2.1 200", {"client_ip": "192.0.2.1", "status": 200}),
    ("%h %s", "192.0.2.1 -", {"status": None}),
    ("%h %<s %s %>s", "192.0.2.1 201 202 203", {"status": 203, "extra": {"%<s": 201, "%s": 202}}),
    ("%h %B %b %O", "192.0.2.1 10 11 12", {"bytes_sent": 11, "extra": {"%B": 10, "%O": 12}}),
    ("%h %I %O", "192.0.2.1 10 12", {"bytes_received": 10, "bytes_sent": 12}),
    ("%h %D", "192.0.2.1 1500", {"duration_ms": 1.5}),
    ("%h %T %{ms}T", "192.0.2.1 1 1042", {"duration_ms": 1042.0, "extra": {"%T": 1}}),
    ("%h %T", "192.0.2.1 3", {"duration_ms": 3000.0}),
    ("%h %{us}T", "192.0.2.1 250", {"duration_ms": 0.25}),
    (
        "%h %u %t",
        "192.0.2.1 kim@EXAMPLE.ORG [10/Oct/2000:13:55:36 -0700]",
        {"user": "kim@EXAMPLE.ORG", "time": "2000-10-10T20:55:36Z"},
    ),
    ('%h "%u"', '192.0.2.1 "a \\"b\\" c"', {"user": 'a "b" c'}),
    ("%h %u", '192.0.2.1 ""', {"user": ""}),
    ("%a %{c}a", "192.0.2.1 10.0.0.1", {"client_ip": "192.0.2.1", "peer_ip": "10.0.0.1"}),
    ("%a %h", "192.0.2.1 host.example", {"client_ip": "192.0.2.1", "extra": {"%h": "host.example"}}),
    ("%{c}a", "10.0.0.1", {"client_ip": "10.0.0.1"}),
    (
        "%a:%{remote}p -> %A:%p",
        "2001:db8::1:44782 -> 192.0.2.2:80",
        {"client_ip": "2001:db8::1", "extra": {"%{remote}p": 44782, "%A": "192.0.2.2", "%p": 80}},
    ),
    (
        '%h "%m" "%U%q" %H',
        '192.0.2.1 "GET" "/a?b=c" HTTP/1.1',
        {"method": "GET", "path": "/a", "query": "b=c", "protocol": "HTTP/1.1", "action": "read"},
    ),
    ('%h "%U%q"', '192.0.2.1 "/a"', {"path": "/a", "query": None}),
    ("%h %400,501{User-agent}i", "192.0.2.1 -", {"user_agent": None}),
    ("%h %!200,304,302{Referer}i", "192.0.2.1 http://example.org/", {"referrer": "http://example.org/"}),
    (
        '%h "%{Referer}i" "%>{Referer}i"',
        '192.0.2.1 "a" "b"',
        {"referrer": "b", "extra": {"%{Referer}i": "a"}},
    ),
    ('%h "%400r" "%r"', '192.0.2.1 "-" "GET / HTTP/1.1"', {"method": "GET"}),
    ("%h %{%Y-%m-%d %H:%M:%S %z}t", "192.0.2.1 2019-05-05 20:49:14 +0200", {"time": "2019-05-05T18:49:14Z"}),
    (
        "%h %{%Y-%m-%d}t %{%H:%M:%S}t.%{usec_frac}t%{%z}t",
        "192.0.2.1 2019-05-06 12:09:43.123456-0400",
        {"time": "2019-05-06T16:09:43.123456Z", "time_zone_known": True},
    ),
    ("%h %{sec}t", "192.0.2.1 1557072554", {"time": "2019-05-05T16:09:14Z"}),
    ("%h %{msec}t", "192.0.2.1 1557072554123", {"time": "2019-05-05T16:09:14.123000Z"}),
    ("%h %{usec}t", "192.0.2.1 1557072554123456", {"time": "2019-05-05T16:09:14.123456Z"}),
    (
        "%h %{begin:%s}t %{end:%s}t",
        "192.0.2.1 1557072554 1557072560",
        {"time": "2019-05-05T16:09:14Z", "extra": {"%{end:%s}t": "1557072560"}},
    ),
    (
        "%h %{%d/%b/%y %I:%M:%S %p}t",
        "192.0.2.1 05/May/19 04:09:14 PM",
        {"time": "2019-05-05T16:09:14Z", "time_zone_known": False},
    ),
    ("%h %{%j %Y %T}t", "192.0.2.1 125 2019 16:09:14", {"time": "2019-05-05T16:09:14Z"}),
    ("%h %200t", "192.0.2.1 -", {"time": None}),
    ("%h %200t", "192.0.2.1 [10/Oct/2000:13:55:36 -0700]", {"time": "2000-10-10T20:55:36Z"}),
    ("%h %X %k", "192.0.2.1 + 4", {"extra": {"%X": "+", "%k": 4}}),
    ("%h %{UNIQUE_ID}e", "192.0.2.1 XLl0", {"request_id": "XLl0"}),
    (
        "%h %{SSL_PROTOCOL}x %{SSL_CIPHER}x",
        "192.0.2.1 TLSv1.3 AES",
        {"tls": "TLSv1.3", "extra": {"%{SSL_CIPHER}x": "AES"}},
    ),
    ("%h %^FB %{x}^ti", "192.0.2.1 17 y", {"extra": {"%^FB": 17, "%{x}^ti": "y"}}),
    ("%h 100%% %>s", "192.0.2.1 100% 200", {"status": 200}),
    ("%h\t%>s", "192.0.2.1\t200", {"status": 200}),
    (r"%h\t%>s", "192.0.2.1\t200", {"status": 200}),
    (r"%h \"%r\" %>s", '192.0.2.1 "GET / HTTP/1.1" 200', {"method": "GET", "status": 200}),
    ('LogFormat "%h \\"%r\\" %>s" nick', '192.0.2.1 "GET / HTTP/1.1" 200', {"method": "GET", "status": 200}),
    (
        "%{X-Forwarded-For}i %>s",
        "10.0.0.1, 192.0.2.9 200",
        {"client_ip": "192.0.2.9", "client_rule": "list_rightmost"},
    ),
    ("%h|%{X-Test}i|%>s", "192.0.2.1|a b c|200", {"extra": {"%{X-Test}i": "a b c"}}),
    (
        "%h %{Foo}C %{Bar}n %{Baz}o %f %R %P %{tid}P %{hextid}P %S",
        "192.0.2.1 a b c /f handler 1 2 7fb9 3",
        {
            "extra": {
                "%{Foo}C": "a",
                "%{Bar}n": "b",
                "%{Baz}o": "c",
                "%f": "/f",
                "%R": "handler",
                "%P": 1,
                "%{tid}P": 2,
                "%{hextid}P": "7fb9",
                "%S": 3,
            }
        },
    ),
]


@pytest.mark.parametrize(("format_", "line", "expected"), READ, ids=[row[0] for row in READ])
def test_a_line_is_read_by_its_logformat(format_, line, expected):
    (event,) = events_of([line.encode()], format_=format_)

    got = {name: event[name] for name in expected}
    if "extra" in expected:
        got["extra"] = json.loads(event["extra"])
    assert expected == got


REFUSED = [
    ("%h%l", "nothing separates %h from %l at position 3"),
    ("%U%h", "position 3"),
    ("%h %y", "'%y' at position 4"),
    ("%h %", "position 4"),
    ("%h %{Referer", "position 4"),
    ("%h %i", "position 4"),
    ("%h %{foo}h", "position 4"),
    ("%h %{%Q}t", "'%Q' at position 1"),
    ("%h\n%r", "line break"),
    (r"%h\n%r", "line break"),
    ("no directives at all", "neither a known name nor a format string"),
    ("100%% sure", "no fields"),
]


@pytest.mark.parametrize(("format_", "message"), REFUSED, ids=[repr(row[0]) for row in REFUSED])
def test_what_cannot_be_read_unambiguously_is_refused_with_the_position(format_, message):
    with pytest.raises(FormatError) as caught:
        reader_for(format_)

    assert message in str(caught.value)


@pytest.mark.parametrize("key", DIRECTIVES)
def test_every_directive_of_the_table_is_accepted(key):
    argument, _, letter = key.rpartition("}")
    needs = letter in {"C", "e", "i", "n", "o", "x", "c", "^ti", "^to"} and not argument
    text = f"%{argument}{'}' if argument else ''}{'{Name}' if needs else ''}{letter}"

    assert len(parse_logformat(text).fields) == 1


def test_the_debian_vhost_format_takes_the_size_from_bytes_out():
    assert columns(f"%v:%p {COMBINED.replace('%b', '%O')}") == [
        "host",
        None,
        "client",
        None,
        "user",
        "time",
        "request",
        "status",
        "bytes_sent",
        "referrer",
        "user_agent",
    ]


def test_the_cases_of_another_parser_of_logformat_are_read(shared):
    path = shared / "corpus" / "apache_logformat_cases" / "jwodder+apachelogs__test_parse.cases.jsonl"
    cases = [json.loads(line) for line in path.read_text().splitlines()]

    for case in cases:
        (event,) = events_of([case["line"].encode("latin-1")], format_=case["format"])
        fields = case["fields"]
        if "final_status" in fields or "status" in fields:
            status = fields.get("final_status", fields.get("status"))
            assert event["status"] == (status or None), case["format"]
        when = fields.get("request_time")
        if isinstance(when, dict):
            from datetime import UTC, datetime

            assert datetime.fromisoformat(event["time"]) == datetime.fromisoformat(when["$dt"]).astimezone(
                UTC
            )
        if "remote_user" in fields:
            assert event["user"] == fields["remote_user"]
    assert len(cases) > 30
