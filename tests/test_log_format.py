"""nginx's log_format: variables, escape modes, and what is refused."""

import json

import pytest

from logattr.errors import FormatError
from logattr.reading.nginx import parse_log_format
from logattr.reading.readers import reader_for

from .reading import batch_of, events_of

READ = [
    ("$remote_addr $status", "192.0.2.1 200", {"client_ip": "192.0.2.1", "status": 200}),
    ("${remote_addr}x$status", "192.0.2.1x200", {"client_ip": "192.0.2.1", "status": 200}),
    ("$remote_addr $status", "192.0.2.1 000", {"status": None}),
    (
        "$remote_addr [$time_local]",
        "192.0.2.1 [10/Oct/2000:13:55:36 -0700]",
        {"time": "2000-10-10T20:55:36Z"},
    ),
    ("$remote_addr $time_iso8601", "192.0.2.1 2024-01-02T03:04:05+05:30", {"time": "2024-01-01T21:34:05Z"}),
    ("$remote_addr $msec", "192.0.2.1 1557072554.123", {"time": "2019-05-05T16:09:14.123000Z"}),
    ("$remote_addr $request_time", "192.0.2.1 0.042", {"duration_ms": 42.0}),
    (
        "$remote_addr $body_bytes_sent $bytes_sent $request_length",
        "192.0.2.1 1 2 3",
        {"bytes_sent": 1, "bytes_received": 3, "extra": {"$bytes_sent": 2}},
    ),
    (
        '$remote_addr "$request_uri" $request_method',
        '192.0.2.1 "/a?b" GET',
        {"target": "/a?b", "path": "/a", "query": "b", "method": "GET", "action": "read"},
    ),
    (
        '$remote_addr "$http_user_agent"',
        '192.0.2.1 "a \\x22b\\x22 \\xE4\\xBD\\xA0 \\\\n"',
        {"user_agent": 'a "b" 你 \\\\n'},
    ),
    (
        "$realip_remote_addr $remote_addr",
        "10.0.0.1 192.0.2.1",
        {"client_ip": "192.0.2.1", "peer_ip": "10.0.0.1", "client_rule": "server"},
    ),
    (
        '$remote_addr $upstream_addr "$upstream_response_time"',
        '192.0.2.1 10.0.0.1:80 "0.001, 0.002"',
        {"extra": {"$upstream_addr": "10.0.0.1:80", "$upstream_response_time": "0.001, 0.002"}},
    ),
    (
        'escape=json {"ip":"$remote_addr","ua":"$http_user_agent","t":$upstream_time,"s":$status}',
        '{"ip":"192.0.2.1","ua":"say \\"hi\\" \\u4f60","t":,"s":200}',
        {"client_ip": "192.0.2.1", "user_agent": 'say "hi" 你', "status": 200, "extra": None},
    ),
    (
        'escape=json {"ip":"$remote_addr","t":$upstream_time,"s":$status}',
        '{"ip":"192.0.2.1","t":0.001, 0.002,"s":200}',
        {"status": 200, "extra": {"$upstream_time": "0.001, 0.002"}},
    ),
    (
        'escape=json {"ip":"$remote_addr","n":$request_length}',
        '{"ip":"192.0.2.1","n":}',
        {"bytes_received": None},
    ),
    (
        "log_format main '$remote_addr - $remote_user '\n  '\"$request\" $status';",
        '192.0.2.1 - kim lee "GET / HTTP/1.1" 200',
        {"user": "kim lee", "status": 200},
    ),
    (
        'log_format x escape=json "{\\"ip\\":\\"$remote_addr\\"}";',
        '{"ip":"192.0.2.1"}',
        {"client_ip": "192.0.2.1"},
    ),
    ("log_format x escape=none $remote_addr;", "192.0.2.1", {"client_ip": "192.0.2.1"}),
    ('escape=none $remote_addr "$http_user_agent" $status', '192.0.2.1 "plain" 200', {"user_agent": "plain"}),
    (
        'escape=none $remote_addr "$http_user_agent" $status',
        '192.0.2.1 "a "b" c" 200',
        {"user_agent": 'a "b" c'},
    ),
]


@pytest.mark.parametrize(("format_", "line", "expected"), READ)
def test_a_line_is_read_by_its_log_format(format_, line, expected):
    (event,) = events_of([line.encode()], format_=format_)

    got = {name: event[name] for name in expected}
    if expected.get("extra"):
        got["extra"] = json.loads(event["extra"])
    assert expected == got


REFUSED = [
    ("$remote_addr$remote_user", "nothing separates $remote_addr from $remote_user at position 13"),
    ("$remote_addr $", "position 14"),
    ("$remote_addr ${x", "position 14"),
    ("escape=yaml $remote_addr", "escape=yaml"),
    ("log_format x '$remote_addr' broken;", "position"),
    ("$remote_addr\n$status", "line break"),
]


@pytest.mark.parametrize(("format_", "message"), REFUSED)
def test_what_cannot_be_read_unambiguously_is_refused_with_the_position(format_, message):
    with pytest.raises(FormatError) as caught:
        reader_for(format_)

    assert message in str(caught.value)


def test_a_line_that_unescaped_quotes_make_ambiguous_is_rejected():
    format_ = 'escape=none $remote_addr "$http_referer" "$http_user_agent"'

    batch = batch_of(b'192.0.2.1 "a" "b" "c"\n', formats=[format_])

    assert len(batch.events) == 0
    assert "more than one way" in batch.rejects["reason"][0].as_py()


def test_variables_of_the_users_own_go_to_extra():
    template = parse_log_format("$remote_addr $my_own_variable")

    assert [field.column for field in template.fields] == ["client", None]
