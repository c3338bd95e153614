"""OpenSSH's sftp server: the client is named once a session, later lines have only the process id.

Source: sftp-server.c of OpenSSH; names are encoded by vis(3) and lines cut by syslog.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from logattr.patterns import lazily
from logattr.reading.template import KINDS, Field, Template
from logattr.reading.tokens import Tokens, encode

if TYPE_CHECKING:
    from logattr.formats.model import Format

__all__ = ["MARKS", "SftpParser", "sftp_template"]

_FIELDS = (
    Field("time", "time", "iso8601"),
    Field("client", "client", "client"),
    Field("user", "user", "text"),
    Field("operation", "operation", "word"),
    Field("object_key", "object_key", "text"),
    Field("bytes_sent", "bytes_sent", "integer"),
    Field("bytes_received", "bytes_received", "integer"),
    Field("mode", None, "word"),
    Field("new_name", None, "text"),
    Field("message", None, "text"),
    Field("pid", None, "integer"),
)
_NAMES = tuple(field.name for field in _FIELDS)
#: One of these stands in each line.
MARKS = (b"internal-sftp[", b"sftp-server[", b"sshd")
_LINE = lazily(
    (
        rf"(?:(?P<time>{KINDS['iso8601'].removesuffix('|-')}) |"
        r"(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} )?"
        # In a chroot without a log device, sshd writes what the server says (monitor.c of OpenSSH).
        r"(?:[^ ]+ )?(?:internal-sftp|sftp-server|sshd(?:-session)?(?=.* \[postauth\]\Z))"
        r"\[(?P<pid>\d{1,10})\]: (?P<rest>.*?)(?: \[postauth\])?"
    ).encode(),
    re.DOTALL,
)
_SESSION = lazily(
    rb"(?P<operation>session (?:opened|closed)) for local user (?P<user>.+) from \[(?P<client>[^\]]*)\]"
)
_MESSAGES = (
    _SESSION,
    lazily(
        rb'(?P<operation>(?:forced )?close) "(?P<object_key>.*)" '
        rb"bytes read (?P<bytes_sent>\d{1,18}) written (?P<bytes_received>\d{1,18})"
    ),
    lazily(rb'(?P<operation>open) "(?P<object_key>.*)" flags (?P<message>[A-Z,]+ mode 0[0-7]*)'),
    lazily(rb'(?P<operation>[a-z@.-]+) old "(?P<object_key>.*)" new "(?P<new_name>.*)"'),
    lazily(rb'(?P<operation>[a-z@.-]+) name "(?P<object_key>.*)"(?P<message>(?: mode 0[0-7]*)?)'),
    lazily(rb'(?P<operation>[a-z@.-]+) "(?P<object_key>.*)"'),
    lazily(rb'(?P<operation>set) "(?P<object_key>.*)" (?P<message>(?:size|mode|modtime|owner) [^"]*)'),
    lazily(rb"(?P<operation>sent status|set) (?P<message>.*)"),
)


def sftp_template(format_: Format) -> Template:
    """The fields, for documents; the lines are not read by a template."""
    return Template(_FIELDS, format_.escapes)


class SftpParser:
    """Reads lines of one input, from front to back, and remembers who is behind each process id.

    A line of a session whose begin is not in the input has no client.

    Examples
    --------
    >>> parser = SftpParser()
    >>> tokens = parser.strict([
    ...     b"internal-sftp[7]: session opened for local user kim from [203.0.113.9]",
    ...     b'internal-sftp[7]: remove name "/a"',
    ... ])
    >>> tokens.columns[1].expand(), tokens.columns[4].expand()
    ([b'203.0.113.9', b'203.0.113.9'], [None, b'/a'])
    """

    def __init__(self) -> None:
        self._sessions: dict[bytes, tuple[bytes, bytes]] = {}

    def strict(self, lines: Sequence[bytes]) -> Tokens:
        """Every line of the sftp server; messages of other kinds are no events."""
        rows: list[int] = []
        columns: list[list[bytes | None]] = [[] for _ in _FIELDS]
        for row, line in enumerate(lines):
            values = self._read(line)
            if values is not None:
                rows.append(row)
                for column, name in zip(columns, _NAMES, strict=True):
                    column.append(values.get(name) or None)
        return Tokens(_FIELDS, np.array(rows, np.int64), tuple(map(encode, columns)))

    def loose(self, lines: Sequence[bytes]) -> Tokens:
        """Nothing: there is one way to read these lines."""
        return Tokens(_FIELDS, np.zeros(0, np.int64), (encode(()),) * len(_FIELDS))

    def progress(self, line: bytes) -> tuple[int, Field | None]:
        """How far a line gets: to its message, or nowhere."""
        return (3, _FIELDS[3]) if _LINE.fullmatch(line) else (0, _FIELDS[1])

    def _read(self, line: bytes) -> dict[str, bytes | None] | None:
        match = _LINE.fullmatch(line)
        if match is None:
            return None
        found = next(filter(None, (one.fullmatch(match["rest"]) for one in _MESSAGES)), None)
        if found is None:
            return None
        values = {**found.groupdict(), "time": match["time"], "pid": match["pid"]}
        pid = match["pid"]
        if "user" in values:  # of a session, the only message that names one
            if found["operation"].endswith(b"opened"):
                self._sessions[pid] = found["user"], found["client"]
            else:
                self._sessions.pop(pid, None)
        elif pid in self._sessions:
            values["user"], values["client"] = self._sessions[pid]
        if "bytes_sent" in values:
            # One line for both directions: what was written was not only read.
            values["mode"] = (
                b"written"
                if found["bytes_received"] != b"0"
                else b"read"
                if found["bytes_sent"] != b"0"
                else None
            )
        return values
