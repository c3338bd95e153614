"""The table of wrappers: what stands around lines, and how to take it off."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from logattr.patterns import lazily

__all__ = ["WRAPPERS", "YEARLESS", "Inner", "Wrapper"]

YEARLESS = "yearless"  # kind of a syslog time, which has to be given a year first
_DOCKER_PIECE = 16 << 10  # moby, daemon/logger/copier.go: longer lines come in pieces of this size


@dataclass(frozen=True, slots=True)
class Inner:
    """What a wrapper holds.

    Parameters
    ----------
    text
        The line inside.
    time
        Text of the time outside; null when there is none.
    stream
        Of a line that goes on in the next one of the same stream: that stream's name.
    unfinished
        Whether it does go on.
    """

    text: bytes
    time: bytes | None = None
    stream: bytes = b""
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Wrapper:
    """One way to wrap lines.

    Parameters
    ----------
    name
        For reports.
    open
        Gives what a line holds; null when the line is not wrapped so.
    time_kind
        How the time outside is written, as :func:`logattr.reading.times.combine` takes it.
    certain
        Whether a line that looks so cannot be anything else.
    few
        Whether it is enough that one line is wrapped so.
    """

    name: str
    open: Callable[[bytes], Inner | None]
    time_kind: str = "iso8601"
    certain: bool = False
    few: bool = False


def _pattern(pattern: bytes) -> Callable[[bytes], Inner | None]:
    compiled = lazily(pattern, re.DOTALL)

    def opened(line: bytes) -> Inner | None:
        match = compiled.fullmatch(line)
        if match is None:
            return None
        names = compiled.groupindex
        return Inner(
            match["text"] or b"",
            match["time"] if "time" in names else None,
            match["stream"] if "stream" in names else b"",
            "part" in names and match["part"] == b"P",
        )

    return opened


_ISO = rb"(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d))"
_COLOUR = lazily(rb"\x1b\[[0-9;]*m")  # ECMA-48 section 8.3.117, SGR


def _colours(line: bytes) -> Inner | None:
    return Inner(_COLOUR.sub(b"", line)) if b"\x1b[" in line else None


def _json_object(line: bytes, key: bytes) -> dict[str, object] | None:
    if not line.startswith(b"{") or key not in line:
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _bytes(value: object) -> bytes | None:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass").rstrip(b"\r\n")
    if type(value) in {int, float}:
        return str(value).encode()
    # journalctl writes what is no UTF-8 as a list of numbers (systemd.io/JOURNAL_EXPORT_FORMATS).
    if isinstance(value, list) and all(type(one) is int and 0 <= one < 256 for one in value):
        return bytes(value).rstrip(b"\r\n")
    return None


def _docker(line: bytes) -> Inner | None:
    found = _json_object(line, b'"log"')
    text = found.get("log") if found else None
    if found is None or not isinstance(text, str) or not found.keys() & {"stream", "time"}:
        return None
    inner = _bytes(text) or b""
    unfinished = not text.endswith("\n") and len(inner) >= _DOCKER_PIECE
    return Inner(inner, _bytes(found.get("time")), _bytes(found.get("stream")) or b"", unfinished)


def _keys(message: str, time: str) -> Callable[[bytes], Inner | None]:
    quoted = f'"{message}"'.encode()

    def opened(line: bytes) -> Inner | None:
        found = _json_object(line, quoted)
        text = _bytes(found.get(message)) if found and time in found else None
        return None if found is None or text is None else Inner(text, _bytes(found[time]))

    return opened


def _comma_separated(line: bytes) -> Inner | None:
    if line == b"timestamp,message":  # the header, which holds no line
        return Inner(b"")
    found = _CSV(line)
    if found is None or not found.text.startswith(b'"'):
        return found
    return Inner(found.text[1:-1].replace(b'""', b'"'), found.time)


_PAIR = lazily(rb'([A-Za-z_][\w.-]{0,63})=(?:"((?:[^"\\]|\\.)*+)"|([^\s"]*+))(?: +|\Z)')
_FEW_PAIRS = 4


def _logfmt(line: bytes) -> Inner | None:
    """``key=value key="value"`` (Heroku's router, Go's loggers) as a JSON object."""
    pairs: dict[str, str] = {}
    at = 0
    while at < len(line):
        match = _PAIR.match(line, at)
        if match is None:
            return None
        quoted, bare = match[2], match[3]
        text = bare if quoted is None else re.sub(rb"\\(.)", rb"\1", quoted)
        pairs[match[1].decode()] = text.decode("utf-8", "surrogateescape")
        at = match.end()
    if len(pairs) < _FEW_PAIRS:
        return None
    return Inner(json.dumps(pairs, ensure_ascii=False).encode("utf-8", "surrogateescape"))


_LABEL = lazily(rb"([0-9A-Za-z_.-]{1,64}):(.*)", re.DOTALL)


def _ltsv(line: bytes) -> Inner | None:
    """Labels and values between TABs (ltsv.org) as a JSON object, below a key that says so."""
    pairs = [_LABEL.fullmatch(piece) for piece in line.split(b"\t")]
    if len(pairs) < _FEW_PAIRS or not all(pairs):
        return None
    record = {match[1].decode(): match[2].decode("utf-8", "surrogateescape") for match in pairs if match}
    return Inner(json.dumps({"ltsv": record}, ensure_ascii=False).encode("utf-8", "surrogateescape"))


_BETWEEN_TABS = lazily(rb'[^\t"]+\t(?:[^\t"]*\t){0,4}\[\d\d/[A-Z][a-z]{2}/\d{4}:[^\t]{8,24}\]\t.*', re.DOTALL)


def _between_tabs(line: bytes) -> Inner | None:
    """Columns like Apache's with TABs between them, as with blanks."""
    return Inner(line.replace(b"\t", b" ")) if _BETWEEN_TABS.fullmatch(line) else None


# An address with its port at the begin of the line inside is no tag.
_TAG = rb"(?![0-9A-Fa-f.]+:\S)[^\s:\[{]{1,64}(?:\[[^\]\s]*\])?:"

_CSV = _pattern(rb'(?P<time>\d{13}),(?P<text>"(?:[^"]|"")*"|[^",]*)')

#: Tried in this order; of equals the first is chosen.
WRAPPERS: tuple[Wrapper, ...] = (
    Wrapper("ANSI colours", _colours, ""),
    Wrapper("Docker json-file", _docker, certain=True),
    # k8s.io/kubernetes pkg/kubelet/kuberuntime/logs: time, stream, tags (P: goes on, F: ends), message.
    Wrapper(
        "CRI",
        _pattern(_ISO + rb" (?P<stream>stdout|stderr) (?P<part>[FP])(?::[^ ]*)? (?P<text>.*)"),
        certain=True,
    ),
    Wrapper("journald JSON", _keys("MESSAGE", "__REALTIME_TIMESTAMP"), "epoch_microseconds", certain=True),
    Wrapper("JSON with message and @timestamp", _keys("message", "@timestamp")),
    Wrapper("JSON with message and timestamp", _keys("message", "timestamp")),
    Wrapper("JSON with log and @timestamp", _keys("log", "@timestamp")),
    Wrapper("JSON of Fluent Bit", _keys("log", "date"), "epoch_seconds"),
    Wrapper("JSON of Google Cloud Logging", _keys("textPayload", "timestamp")),
    Wrapper("JSON of Loki", _keys("line", "timestamp")),
    # Samba, lib/audit_logging: the debug log has a line with time and place before each record.
    Wrapper(
        "Samba JSON audit", _pattern(rb" *JSON [A-Za-z ]{1,40}: (?P<text>\{.*\})"), "", certain=True, few=True
    ),
    # zap's console encoder, as Caddy uses it: time, level, logger, message and fields, between TABs.
    Wrapper(
        "Caddy console",
        _pattern(
            rb"(?P<time>\d[\d/:.TZ+ -]+)\t(?:\x1b\[\d+m)?[A-Za-z]+(?:\x1b\[0m)?\t"
            rb"http\.log\.access[^\t]*\t[^\t]*\t(?P<text>\{.*\})"
        ),
        "timestamp",
        certain=True,
    ),
    Wrapper("logfmt", _logfmt, ""),
    Wrapper("LTSV", _ltsv, "", certain=True),
    Wrapper("TABs between columns", _between_tabs, ""),
    Wrapper("docker compose", _pattern(rb"[A-Za-z0-9][\w.@-]* +\| ?(?P<text>.*)"), ""),
    Wrapper(
        "kubectl prefix", _pattern(rb"\[(?:pod|job|deployment)/[^\]\s]+\] (?P<text>.*)"), "", certain=True
    ),
    # RFC 5424 section 6: a structured value holds ], " and \ only behind a backslash.
    Wrapper(
        "syslog (RFC 5424)",
        _pattern(
            rb"<\d{1,3}>1 (?:-|" + _ISO + rb") \S+ \S+ \S+ \S+ "
            rb'(?:-|(?:\[(?:[^"\]]|"(?:[^"\\]|\\.)*")*\])+)(?: (?:\xef\xbb\xbf)?(?P<text>.*))?'
        ),
        certain=True,
    ),
    # RFC 3164 section 4.1.2: the tag ends at a character that is no letter or digit; the host may be
    # missing. Some writers put the year behind the day.
    Wrapper(
        "syslog (RFC 3164)",
        _pattern(
            rb"(?:<\d{1,3}>)?(?P<time>[A-Z][a-z]{2} [ \d]?\d (?:\d{4} )?\d\d:\d\d:\d\d)(?:\.\d+)? "
            rb"(?:[^\s:\[]\S*(?<!:) )?" + _TAG + rb" ?(?P<text>.*)"
        ),
        YEARLESS,
    ),
    # rsyslog.conf, RSYSLOG_FileFormat; the tag may be empty.
    Wrapper(
        "syslog (RFC 3339 time)",
        _pattern(
            rb"(?:<\d{1,3}>)?" + _ISO + rb" (?:\S+(?<!:) (?:" + _TAG + rb")?|" + _TAG + rb") ?(?P<text>.*)",
        ),
    ),
    # ProFTPD's own SystemLog has no colon behind the process; lines of OpenSSH's sftp are joined by theirs.
    Wrapper(
        "syslog time",
        _pattern(
            rb"(?:<\d{1,3}>)?(?P<time>[A-Z][a-z]{2} [ \d]?\d (?:\d{4} )?\d\d:\d\d:\d\d)(?:\.\d+)? "
            rb"(?P<text>(?:\S+ )?(?:proftpd\[\d+\] |"
            rb"(?:internal-sftp|sftp-server|sshd(?:-session)?)\[\d+\]: ).*)"
        ),
        YEARLESS,
        few=True,
    ),
    # Synology's Log Center: the name of the service has no colon behind it.
    Wrapper(
        "syslog time and host",
        _pattern(
            rb"(?:<\d{1,3}>)?(?P<time>[A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d) \S+ "
            rb"(?P<text>[A-Za-z]+:? Event: .*)"
        ),
        YEARLESS,
    ),
    # Host and tag without a time, which a collector has put beside them or left out.
    Wrapper("syslog without time", _pattern(rb"[\w.-]+ " + _TAG + rb" (?P<text>.*)"), ""),
    # grep in several files, or zgrep; numbers alone (-n) could be the begin of an IPv6 address.
    Wrapper("file name of grep", _pattern(rb"[\w./-]+\.(?:log|txt|gz)[\w.-]*:(?:\d+:)?(?P<text>.*)"), ""),
    Wrapper("time before the line", _pattern(_ISO + rb"[ \t]+(?P<text>.*)")),  # kubectl, docker logs -t
    Wrapper("CloudWatch export", _pattern(rb"(?P<time>\d{13})\t(?P<text>.*)"), "epoch_milliseconds"),
    Wrapper("CloudWatch CSV", _comma_separated, "epoch_milliseconds"),
)
