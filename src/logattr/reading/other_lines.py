"""Lines that are known to be something else than an access: error logs that stand between access lines."""

from __future__ import annotations

import re

__all__ = ["other_line"]

_KNOWN = (
    (
        "a line of nginx's error log",
        rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[(?:debug|info|notice|warn|error|crit|alert|emerg)\] \d+#\d+: ",
    ),
    (
        "a line of Apache's error log",
        rb"\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d(?:\.\d+)? \d{4}\] \[[a-z_0-9:]*\] ",
    ),
    (
        "a line of LiteSpeed's error log",
        rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \[(?:NOTICE|INFO|WARN|ERROR|DEBUG)\] ",
    ),
    (
        "a message of HAProxy about itself",
        rb"(?:.{0,200} haproxy\[\d+\]: (?:Proxy|Server|Backend|backend|Health) "
        rb"|\[(?:NOTICE|WARNING|ALERT)\]  ?)",
    ),
    ("a message of Zoraxy about itself", rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[[^\]]*\] \[[^\]:]*\] \[system:"),
)
_PATTERNS = tuple((what, re.compile(pattern)) for what, pattern in _KNOWN)


def other_line(line: bytes) -> str | None:
    """What a line is that no format reads, where its begin shows it.

    Examples
    --------
    >>> other_line(b"2024/01/10 08:01:02 [error] 31#31: *1 open() failed")
    "a line of nginx's error log, which records no access"
    """
    found = next((what for what, pattern in _PATTERNS if pattern.match(line)), None)
    return f"{found}, which records no access" if found else None
