"""What the text formats of servers, proxies and file servers have in common."""

import time

import pytest

from logattr.formats import FORMATS
from logattr.reading.detect import detect
from logattr.reading.operations_text import DECIDERS, METHODS, PATHS
from logattr.reading.other_lines import other_line
from logattr.reading.readers import reader_for
from logattr.reading.scan import ReadOptions, Scan
from logattr.reading.template import KINDS

from .reading import batch_of, events_of

HOSTILE = [b'a "b" ', b" ", b'" ', b"[", b"|", b", ", b"] ", b": ", b"1/", b'" "', b" - ", b"(", b") "]


def test_every_format_decides_actions_by_a_table_that_exists():
    assert {one.actions for one in FORMATS.values()} <= {"http", *DECIDERS, *METHODS, *PATHS}


def test_what_failed_was_not_done():
    line = b'[kim] %s DOWNLOAD: Client "203.0.113.9", "/a", 12 bytes, 1.00Kbyte/sec'

    done, failed = events_of([line % b"OK", line % b"FAIL"], format_="vsftpd")

    assert [done["action"], failed["action"]] == ["read", "other"]
    assert [done["bytes_sent"], failed["bytes_sent"]] == [12, 12]


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("alb", "2001:db8::7:2817"),
        ("alb", "2001:db8:0:0:0:0:0:7:50599"),
        ("haproxy", "2001:db8::7:80"),
        ("haproxy", "2001:db8::7:58430"),
    ],
)
def test_the_port_behind_an_ipv6_client_is_no_part_of_the_address(format_, text):
    line = next(iter(FORMATS[format_].samples))
    old = "203.0.113.9:2817" if format_ == "alb" else "2001:db8::7:14853"

    (event,) = events_of([line.replace(old, text).encode()], format_=format_)

    assert event["client_ip"] == "2001:db8::7"
    assert event["client_raw"] == text


def test_a_time_without_an_offset_is_local_to_the_zone_asked_for():
    line = next(iter(FORMATS["xferlog"].samples)).encode()

    (event,) = events_of([line], format_="xferlog", zone="Asia/Shanghai")

    assert event["time"] == "2023-03-04T00:12:30Z"
    assert event["time_zone_known"] is False


def test_a_time_that_is_utc_by_definition_is_not_local():
    line = next(iter(FORMATS["nlb_tls"].samples)).encode()

    (event,) = events_of([line], format_="nlb_tls", zone="Asia/Shanghai")

    assert event["time"] == "2018-12-20T02:59:40Z"


def test_the_wrong_sign_of_pure_ftpd_is_a_warning_and_mended_on_request(tmp_path):
    log = tmp_path / "a.log"
    log.write_text('203.0.113.9 - kim [10/Jan/2024:08:01:02 -0100] "GET /a" 200 4\n', encoding="utf-8")
    detected, mended = (
        Scan(str(log), ReadOptions()),
        Scan(str(log), ReadOptions(format="pureftpd_clf_mended")),
    )

    hours = [next(iter(scan)).events["time"][0].as_py().hour for scan in (detected, mended)]

    assert hours == [9, 7]
    assert any("wrong sign" in text for text in detected.warnings())
    assert not any("wrong sign" in text for text in mended.warnings())


def test_a_special_format_is_chosen_over_a_general_one_that_reads_a_few_lines_more():
    special = next(iter(FORMATS["lighttpd"].samples)).encode()
    general = b'203.0.113.9 - - [10/Jan/2024:08:01:02 +0100] "GET /a HTTP/1.0" 200 12 "-" "-"'

    assert detect([special, special, general]).scores[0][0] == "lighttpd"
    assert detect([special, general, general]).scores[0][0] == "combined"


def test_sessions_of_one_sftp_log_are_not_known_in_the_next():
    opened = b"internal-sftp[7]: session opened for local user kim from [203.0.113.9]"
    later = b'internal-sftp[7]: remove name "/a"'

    assert detect([opened, later]).readers[0].parser.strict([later]).columns[1].expand() == [None]


@pytest.mark.parametrize(
    "line",
    [
        b"2024/01/10 08:01:02 [error] 31#31: *1 open() failed, client: 203.0.113.9",
        b"[Wed Jan 10 08:01:02.000001 2024] [core:error] [pid 1] [client 203.0.113.9:5] x",
        b"2024-01-10 08:01:02.774649 [NOTICE] [1226033] x",
        b"Feb 25 16:19:38 lb haproxy[1]: Proxy in started.",
        b"[NOTICE]   (1) : New worker (8) forked",
    ],
)
def test_a_line_of_an_error_log_is_rejected_as_what_it_is(line):
    batch = batch_of(line, formats=["combined", "haproxy", "litespeed"])

    assert len(batch.events) == 0
    assert batch.rejects["reason"].to_pylist() == [other_line(line)]
    assert "no access" in other_line(line)


@pytest.mark.parametrize("name", FORMATS)
def test_a_hostile_line_takes_no_time(name):
    parser = reader_for(name).parser
    sample = next(iter(FORMATS[name].samples)).encode()
    for text in HOSTILE:
        for cut in (len(sample) // 3, len(sample) * 2 // 3):
            line = sample[:cut] + text * ((8000 - cut) // len(text)) + sample[cut:]
            begin = time.process_time()
            parser.strict([line])
            parser.loose([line])
            parser.progress(line)
            # Far more than any needs, far less than a pattern that backtracks without end would take.
            assert time.process_time() - begin < 3


def test_kinds_hold_no_groups_that_would_shift_the_fields():
    assert not [
        kind for kind, pattern in KINDS.items() if "(" in pattern.replace("(?", "").replace("\\(", "")
    ]


def test_lists_of_upstreams_in_a_log_format_are_told_apart():
    line = b"203.0.113.9 10.0.0.1:80, 10.0.0.2:80 : [2001:db8::1]:80 502, 502 : 200 0.1, - : 0.2 200"
    text = "$remote_addr $upstream_addr $upstream_status $upstream_response_time $status"

    (event,) = events_of([line], format_=text)

    assert event["status"] == 200
    assert '"$upstream_status": "502, 502 : 200"' in event["extra"]
