"""What is no access log is called by its name, with what to try instead."""

import pytest

from logattr.errors import FormatError
from logattr.reading.detect import detect
from logattr.reading.other_lines import other_file, other_line

FILES = [
    (b"<!DOCTYPE html>\n<html>", "an HTML page", "fetch the log itself"),
    (b"\n  <html><body>", "an HTML page", "fetch the log itself"),
    (
        b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>',
        "an XML document",
        "fetch the log itself",
    ),
    (b'<?xml version="1.0"?>\n<Events><Event/></Events>', "an event log of Windows as XML", "inetpub"),
    (b"%PDF-1.7\n%\xe2\xe3", "a PDF document", "the log"),
    (b"\x89PNG\r\n\x1a\n\0\0", "a picture", ""),
    (b"\x7fELF\x02\x01\x01\0\0", "a program", ""),
    (b"SQLite format 3\0\x10\0", "an SQLite database", "sqlite3"),
    (b"\xd4\xc3\xb2\xa1\x02\0\x04\0", "a capture of packets", "zeek"),
    (b"ElfFile\0\0\0", "an event log of Windows", "inetpub"),
    (b"LPKSHHRH\0\0", "a journal of systemd", "journalctl"),
    (bytes(range(256)) * 4, "a binary file of no known kind", "file"),
]


@pytest.mark.parametrize(("data", "what", "try_"), FILES, ids=[what for _, what, _ in FILES])
def test_a_file_of_another_kind_is_named(data, what, try_):
    with pytest.raises(FormatError) as caught:
        detect(data.split(b"\n"))

    assert f"this is {what}" in caught.value.given
    assert try_ in (caught.value.try_ or "")


LINES = [
    (b"2024/01/10 08:01:02 [error] 31#31: *1 open() failed", "nginx's error log"),
    (b"[Wed Jan 10 08:01:02.123456 2024] [core:error] [pid 12:tid 13] AH00126: x", "Apache's error log"),
    (b"[Wed Jan 10 08:01:02 2024] [error] [client 203.0.113.9] File does not exist", "Apache's error log"),
    (b"2022-06-09 12:22:07.353044 [NOTICE] [1226038] started", "LiteSpeed's error log"),
    (b"2024-01-10 08:01:02: (server.c.1551) server started", "lighttpd's error log"),
    (b"2024/01/10 08:01:02 kid1| Starting Squid Cache", "Squid's cache.log"),
    (b"[10-Jan-2024 08:01:02 UTC] PHP Warning:  x", "PHP's error log"),
    (b"10-Jan-2024 08:01:02.123 INFO [main] org.apache.catalina.x", "Tomcat"),
    (b"Jan 10 08:01:02 lb haproxy[7]: Proxy in started.", "HAProxy"),
    (b"[2024-01-10 08:01:02 +0000] [7] [INFO] Starting gunicorn 21.2.0", "gunicorn"),
    (b"Jan 10 08:01:02 h sshd[1]: Failed password for root from 203.0.113.9 port 22 ssh2", "SSH"),
    (
        b"2 123456789010 eni-1235b8ca 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1 2 ACCEPT OK",
        "VPC flow log",
    ),
    (b"Jan 10 08:01:02 h kernel: [1.2] DROP IN=eth0 OUT= SRC=203.0.113.9", "firewall"),
    (b"[2023/01/12 22:50:50.123456,  3] ../../auth/auth_log.c:647(x)", "Samba"),
]


@pytest.mark.parametrize(("line", "what"), LINES, ids=[what for _, what in LINES])
def test_a_line_of_another_log_is_named_and_so_is_its_file(line, what):
    assert what in (other_line(line) or "")

    with pytest.raises(FormatError) as caught:
        detect([line, line, b"and a line more"])
    assert what in caught.value.given
    assert "in 2 of the first 3 lines" in caught.value.given


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [b""],
        [b"hello"],
        ["naïve café".encode()],
        [b"\0" * 100 + b"hello there, this is text"],
        [b"\x1b[31mred\x1b[0m"],
    ],
)
def test_nothing_is_said_of_plain_text(lines):
    assert other_file(lines) is None


def test_prose_is_not_called_close_to_a_format():
    with pytest.raises(FormatError) as caught:
        detect([b"hello world", b"this is text"])

    assert "closest" not in caught.value.expected
