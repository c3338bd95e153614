"""Lines and files that are known to be something else than accesses: what to call them, and what to try."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from logattr.patterns import lazily

__all__ = ["other_file", "other_line"]

_BESIDE = "the access log, which is usually beside it"
# What a line is, the pattern of its begin, and what to try instead of a file of such lines.
_KNOWN = (
    (
        "a line of nginx's error log",
        rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[(?:debug|info|notice|warn|error|crit|alert|emerg)\] \d+#\d+: ",
        _BESIDE,
    ),
    (
        "a line of Apache's error log",
        rb"\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d(?:\.\d+)? \d{4}\] \[[a-z_0-9:]*\] ",
        _BESIDE,
    ),
    (
        "a line of LiteSpeed's error log",
        rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \[(?:NOTICE|INFO|WARN|ERROR|DEBUG)\] ",
        _BESIDE,
    ),
    (
        "a line of lighttpd's error log",
        rb"(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d{10}): \([\w.]+\.c\.\d+\) ",
        _BESIDE,
    ),
    ("a line of Squid's cache.log", rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?: kid\d+)?\| ", _BESIDE),
    ("a line of PHP's error log", rb"\[\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d [\w/+-]+\] ", _BESIDE),
    (
        "a message of Tomcat",
        rb"\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d\.\d+ [A-Z]+ \[",
        "localhost_access_log, which is usually beside it",
    ),
    (
        "a message of HAProxy about itself",
        rb"(?:.{0,200} haproxy\[\d+\]: (?:Proxy|Server|Backend|backend|Health) "
        rb"|\[(?:NOTICE|WARNING|ALERT)\]  ?)",
        _BESIDE,
    ),
    (
        "a message of Zoraxy about itself",
        rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[[^\]]*\] \[[^\]:]*\] \[system:",
        _BESIDE,
    ),
    (
        "a message of gunicorn about itself",
        rb"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\] \[\d+\] \[[A-Z]+\] ",
        "what --access-logfile of gunicorn writes",
    ),
    (
        "the head of a message in Samba's debug log",
        rb"\[\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)?, +\d+\] ",
        "what vfs_full_audit or auth_audit write",
    ),
    (
        "a message of the SSH server",
        rb"(?:(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.+-]+Z?) )?\S+ "
        rb"sshd(?:-session)?\[\d+\]: ",
        "the log of internal-sftp, for file transfers",
    ),
    (
        "a line of an AWS VPC flow log",
        rb"\d (?:\d{12}|unknown) eni-[0-9a-f]+ ",
        "the log of the load balancer or the server; for addresses alone: logattr lookup",
    ),
    (
        "a line of a firewall log",
        rb".{0,120} kernel: .{0,80}\bIN=\S* OUT=",
        "the log of the server; for addresses alone: logattr lookup",
    ),
    ("a line of MySQL's error log", rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d) \d+ \[", ""),
    ("a line of PostgreSQL's log", rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Z]+ \[\d+\]", ""),
    ("a part of ModSecurity's audit log", rb"--[0-9A-Za-z]{8}-[A-Z]--", _BESIDE),
    ("a traceback of Python", rb'Traceback \(most recent call last\):|  File "[^"]+", line \d+', ""),
)
_PATTERNS = tuple((what, lazily(pattern, re.DOTALL), try_) for what, pattern, try_ in _KNOWN)

_FETCH = "fetch the log itself: a page came instead, such as one for signing in, or that it was not found"
# Begin of a file -> what it is, and what to try.
_FILES = tuple(
    (lazily(pattern, re.DOTALL | re.IGNORECASE), what, try_)
    for pattern, what, try_ in (
        (rb"\s*(?:<!doctype html|<html|<head)", "an HTML page", _FETCH),
        (
            rb"\s*(?:<\?xml[^>]*>\s*)?<(?:Events?)\b",
            "an event log of Windows as XML",
            "the log files of the server, for IIS usually below inetpub\\logs\\LogFiles",
        ),
        (rb"\s*<\?xml|\s*<Error>", "an XML document", _FETCH),
        (rb"%PDF-", "a PDF document", "the log that it was made from"),
        (rb"\x89PNG|GIF8[79]a|\xff\xd8\xff|RIFF....WEBP", "a picture", ""),
        (rb"\x7fELF|MZ.{2,60}\0\0|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe", "a program", ""),
        (
            rb"SQLite format 3\0",
            "an SQLite database",
            "an export as text: sqlite3 -csv FILE 'select ...', and --format with its columns",
        ),
        (
            rb"\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x0a\x0d\x0d\x0a",
            "a capture of packets",
            "zeek -r FILE, and http.log, which it writes",
        ),
        (
            rb"ElfFile\0",
            "an event log of Windows",
            "the log files of the server, for IIS usually below inetpub\\logs\\LogFiles",
        ),
        (rb"\xd0\xcf\x11\xe0", "a document of Microsoft Office", "an export as CSV or text"),
        (rb"bplist00", "a binary property list", ""),
        (rb"LPKSHHRH|\x00\x00\x00\x00.{4}LPKSHHRH", "a journal of systemd", "journalctl --file FILE -o json"),
        (rb"ORC|Obj\x01", "a file of columns (ORC or Avro)", "Parquet, or JSON lines"),
    )
)
_SHARE = 0.5  # of the lines must be of one kind


def other_line(line: bytes) -> str | None:
    """What a line is that no format reads, where its begin shows it.

    Examples
    --------
    >>> other_line(b"2024/01/10 08:01:02 [error] 31#31: *1 open() failed")
    "a line of nginx's error log, which records no access"
    """
    found = next((what for what, pattern, _ in _PATTERNS if pattern.match(line)), None)
    return f"{found}, which records no access" if found else None


def other_file(lines: Sequence[bytes]) -> tuple[str, str, str] | None:
    """What to say of a file that no format reads: given, expected, try; null where nothing is known.

    Parameters
    ----------
    lines
        The first lines.

    Examples
    --------
    >>> other_file([b"<!DOCTYPE html>", b"<html>"])[0]
    'this is an HTML page'
    >>> other_file([b"hello"]) is None
    True
    """
    head = b"\n".join(lines[:20])[:4096]
    for pattern, what, try_ in _FILES:
        if pattern.match(head):
            return f"this is {what}", "an access log", try_
    kinds = Counter(
        next(((what, try_) for what, pattern, try_ in _PATTERNS if pattern.match(line)), None)
        for line in lines
    )
    del kinds[None]
    (kind, count), *_ = kinds.most_common(1) or [(None, 0)]
    if kind is not None and count >= _SHARE * len(lines):
        what, try_ = kind
        return (
            f"{what} in {count} of the first {len(lines)} lines; it records no access",
            "an access log",
            try_,
        )
    if _is_binary(head):
        return "this is a binary file of no known kind", "an access log, as text", "look at it with: file"
    return None


def _is_binary(head: bytes) -> bool:
    """Whether bytes are no text: NULs among them, or many control characters (perlfunc, -T)."""
    text = head.lstrip(b"\0")
    odd = len(text.translate(None, bytes(range(32, 256)) + b"\t\n\r\f\b\x1b"))
    return odd > 0.02 * len(text) or b"\0\0" in text
