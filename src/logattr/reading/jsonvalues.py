r"""JSON values, as they stand in the line, become the texts that the columns are made from.

Each function takes a value's own bytes, quotes and escapes included, and gives its text, or null;
none raises, whatever the bytes. They are called once per distinct value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import unquote_to_bytes

import msgspec

from logattr.reading import jsonbulk
from logattr.reading.tokens import Encoded

__all__ = ["KINDS", "NOTHING", "ValueKind", "text_of"]

#: Texts that say that there is nothing.
NOTHING = frozenset({None, b"", b"-"})

Convert = Callable[[bytes], "bytes | None"]
Numbers = Callable[[bytes, int], "jsonbulk.Numbers | None"]
Bulk = Callable[[bytes, int], "Encoded | None"]

_MEMBERS = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)
_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_ESCAPE = re.compile(
    rb"\\u[dD]([89aAbB][0-9a-fA-F]{2})\\u[dD]([c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\(.)",
    re.DOTALL,
)
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_NUMBER = re.compile(rb"[-+]?\d{1,18}(?:\.\d{1,20})?")
_GO_PIECE = re.compile(rb"(\d+(?:\.\d+)?)(ns|us|\xc2\xb5s|\xce\xbcs|ms|s|m|h)")
_GO_SECONDS = {b"ns": Decimal("1e-9"), b"us": Decimal("1e-6"), b"\xc2\xb5s": Decimal("1e-6"),
               b"\xce\xbcs": Decimal("1e-6"), b"ms": Decimal("1e-3"), b"s": Decimal(1), b"m": Decimal(60),
               b"h": Decimal(3600)}  # fmt: skip
_LARGEST = Decimal(10) ** 18
_OFFSET = re.compile(rb"(?:Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)$")


def text_of(raw: bytes) -> bytes | None:
    r"""Text of a string, digits of a number, the first member of a list, an object as it is.

    Escapes that are no JSON, and halves of surrogate pairs, stay as they are written; ``\xHH``, which
    nginx writes where ``escape=json`` was forgotten, becomes the byte.

    Examples
    --------
    >>> text_of(rb'"a\u00e9"').decode(), text_of(b'["a", "b"]'), text_of(b"12"), text_of(b"null")
    ('aé', b'a', b'12', None)
    >>> text_of(rb'"\ud800\x22"')
    b'\\ud800"'
    """
    if raw in {b"", b"null"}:
        return None
    if raw[:1] == b'"':
        return raw[1:-1] if b"\\" not in raw else _unescaped(raw)
    if raw[:1] == b"[":
        if _is_one_text(raw):
            return raw[2:-2] or None
        return next(filter(None, map(text_of, _members(raw))), None)
    return raw


def _is_one_text(raw: bytes) -> bool:
    """Whether a list has one member, a string without escapes."""
    return raw[:2] == b'["' and raw[-2:] == b'"]' and raw.count(b'"') == 2 and b"\\" not in raw


def _unescaped(raw: bytes) -> bytes:
    try:
        return _TEXT.decode(raw).encode()
    except _ERRORS:
        return _ESCAPE.sub(_one_escape, raw[1:-1])


def _one_escape(match: re.Match[bytes]) -> bytes:
    high, low, unit, byte, letter = match.groups()
    if high is not None:
        code = 0x10000 + (int(b"d" + high, 16) - 0xD800) * 0x400 + int(b"d" + low, 16) - 0xDC00
        return chr(code).encode()
    if unit is not None:
        return chr(int(unit, 16)).encode("utf-8", "backslashreplace")
    if byte is not None:
        return bytes.fromhex(byte.decode())
    return _LETTERS.get(letter, letter if letter in b'"\\/' else match[0])


def _members(raw: bytes) -> list[bytes]:
    try:
        return [bytes(one) for one in _MEMBERS.decode(raw)]
    except _ERRORS:
        return []


def _list(raw: bytes) -> bytes | None:
    """All members of a list, as one would stand in a header."""
    if raw[:1] != b"[" or _is_one_text(raw):
        return text_of(raw)
    return b", ".join(filter(None, map(text_of, _members(raw)))) or None


def _decimal(raw: bytes) -> Decimal | None:
    text = text_of(raw)
    if text is None or len(text) > 40:
        return None
    try:
        value = Decimal(text.decode("ascii").strip())
    except (InvalidOperation, UnicodeDecodeError, ValueError):
        return None
    return value if value.is_finite() and abs(value) < _LARGEST else None


def _plain(value: Decimal | None) -> bytes | None:
    return None if value is None else f"{value:f}".encode()


def _number(raw: bytes) -> bytes | None:
    return raw if _NUMBER.fullmatch(raw) else _plain(_decimal(raw))


def _integer(raw: bytes) -> bytes | None:
    if raw.isdigit() and len(raw) <= 18:
        return raw
    value = _decimal(raw)
    return None if value is None else str(int(value)).encode()


def _status(raw: bytes) -> bytes | None:
    """A status, perhaps with its reason behind it; 0 and 000 say that there was no response."""
    text = _integer((text_of(raw) or b"")[:4].strip())
    return text if text is not None and 0 < int(text) < 1000 else None


def _nanoseconds(raw: bytes) -> bytes | None:
    if raw.isdigit() and len(raw) <= 18:
        return b"%d.%03d" % divmod(int(raw), 1000)
    value = _decimal(raw)
    return None if value is None else _plain(value / 1000)


def _go_duration(raw: bytes) -> bytes | None:
    """Seconds as a number, or Go's text of a duration (``1m2.5s``, ``730µs``)."""
    if _NUMBER.fullmatch(raw):
        return raw
    text = text_of(raw) or b""
    if _NUMBER.fullmatch(text):
        return text
    pieces = _GO_PIECE.findall(text) if len(text) <= 40 else []
    if not pieces or b"".join(number + unit for number, unit in pieces) != text:
        return _plain(_decimal(raw))
    total = sum((Decimal(number.decode()) * _GO_SECONDS[unit] for number, unit in pieces), Decimal(0))
    return _plain(total) if total < _LARGEST else None


def _timestamp(raw: bytes) -> bytes | None:
    text = text_of(raw)
    if text is not None and (b"e" in text or b"E" in text) and (value := _decimal(raw)) is not None:
        return _plain(value)
    return text


# What Azure's portal exports; morning and afternoon are written in English alone, with the month first.
_PORTAL_TIME = re.compile(rb"(\d{1,2})/(\d{1,2})/(\d{4}), (\d{1,2}):(\d\d:\d\d(?:\.\d{1,9})?) ([AP])M")


def _timestamp_utc(raw: bytes) -> bytes | None:
    """A time that is in UTC by definition, and does not say so."""
    text = _timestamp(raw)
    if (found := _PORTAL_TIME.fullmatch(text or b"")) is not None:
        hour = int(found[4]) % 12 + 12 * (found[6] == b"P")
        month, day = int(found[1]), int(found[2])
        text = b"%b-%02d-%02dT%02d:%b" % (found[3], month, day, hour, found[5])
    has_no_offset = text is not None and not text.replace(b".", b"").isdigit() and not _OFFSET.search(text)
    return text + b"Z" if text is not None and has_no_offset else text


_REQUEST_LINE_PATTERN = r"(?s)\A(?:[A-Za-z]+ .*|.* HTTP/[0-9](?:\.[0-9])?)\z"
_REQUEST_LINE = re.compile(rb"[A-Za-z]+ .*|.* HTTP/\d(?:\.\d)?", re.DOTALL)


def _request_line(raw: bytes) -> bytes | None:
    """A request line, not the target alone that some give under the same name."""
    text = text_of(raw)
    return None if text and text[:1] == b"/" and not _REQUEST_LINE.fullmatch(text) else text


def _target(raw: bytes) -> bytes | None:
    """A target, not the whole request line that some give under the same name."""
    text = text_of(raw)
    return None if text and _REQUEST_LINE.fullmatch(text) else text


def _rooted(raw: bytes) -> bytes | None:
    """A path that is written without its first slash."""
    text = text_of(raw)
    return b"/" + text if text and text[:1] not in {b"/", b"-"} else text


def _bracketed(raw: bytes) -> bytes | None:
    """A text that CloudTrail may put into square brackets."""
    text = text_of(raw)
    return text[1:-1] if text and text[:1] == b"[" and text[-1:] == b"]" else text


def _percent_encoded(raw: bytes) -> bytes | None:
    text = text_of(raw)
    return unquote_to_bytes(text) if text and b"%" in text else text


def _http_version(raw: bytes) -> bytes | None:
    """A version with the name of the protocol; Azure writes four numbers, 2.0.0.0."""
    text = text_of(raw)
    return b"HTTP/" + text.removesuffix(b".0.0") if text and text[:1].isdigit() else text


def _address(raw: bytes) -> bytes | None:
    """An address without its port, which differs in every record and says nothing."""
    if raw.count(b":") == 1 and raw[:1] == b'"' and b"\\" not in raw:
        return raw[1 : raw.index(b":")]
    text = text_of(raw)
    if text is None or b":" not in text:
        return text
    address, _, port = text.rpartition(b":")
    bracketed = address[:1] == b"[" and address[-1:] == b"]"
    return address if port.isdigit() and (bracketed or b":" not in address) else text


# Nextcloud's and ownCloud's admin_audit app writes sentences (apps/admin_audit/lib/Actions).
_FILE_SENTENCE = re.compile(
    rb'(File|Folder|Preview)(?: with id "[^"]*"| id(?= copied)| "([^"]*)"(?= (?:deleted|restored) from))? '
    rb"(accessed|written to|updated|created|copied|renamed|deleted|restored)"
    rb'\b(?:.* (?:path from|path:|with id "[^"]*" from)(?= "[^"]*"))?[^"]*(?:"([^"]*)")?.*',
    re.DOTALL,
)
_SHARE_SENTENCE = re.compile(
    rb"The (shared (?:file|folder)) with the token .* has been accessed\.?", re.DOTALL
)
_OWNCLOUD_ACTION = re.compile(rb"[a-z]+(?:_[a-z]+)+")
_LOGIN_SENTENCE = re.compile(
    rb"(Login successful|Login attempt|Login failed|Logout occurred|Unsuccessful login).*", re.DOTALL
)


def _audit_operation(raw: bytes) -> bytes | None:
    text = text_of(raw) or b""
    if _OWNCLOUD_ACTION.fullmatch(text):
        return text
    if (found := _SHARE_SENTENCE.fullmatch(text)) is not None:
        return found[1] + b" accessed"
    if (found := _LOGIN_SENTENCE.fullmatch(text)) is not None:
        return found[1]
    found = _FILE_SENTENCE.fullmatch(text)
    return found[1] + b" " + found[3] if found else None


def _audit_object(raw: bytes) -> bytes | None:
    text = text_of(raw) or b""
    found = _FILE_SENTENCE.fullmatch(text)
    return found[2] or found[4] if found else text if text[:1] == b"/" else None


_ZEEK_FORWARDED = re.compile(rb"X-FORWARDED-FOR -> (.*?)(?=, [A-Z][A-Z-]+ -> |\Z)", re.DOTALL)


def _zeek_proxied(raw: bytes) -> bytes | None:
    """Of the headers that Zeek lists with their names what was forwarded for."""
    return b", ".join(_ZEEK_FORWARDED.findall(_list(raw) or b"")) or None


# A bucket and a request; keys have blanks, too, but hardly end in the version of HTTP.
_RGW_REQUEST = re.compile(rb"([^ ]+) [A-Z]+ (?:/\1/([^?]+?)(?:\?.*)?|.*) HTTP/\d(?:\.\d)?", re.DOTALL)


def _rgw_object(raw: bytes) -> bytes | None:
    """The object; also out of a bucket and a request whose path begins with it."""
    text = text_of(raw) or b""
    found = _RGW_REQUEST.fullmatch(text)
    return found[2] if found else text


def _arn_name(raw: bytes) -> bytes | None:
    """The name at the end of an ARN, ``arn:aws:s3:::films``; or the name alone."""
    return (text_of(raw) or b"").rpartition(b":")[2] or None


def _azure_container(raw: bytes) -> bytes | None:
    """The container in the key of an object, ``/account/container/blob``."""
    return [*(text_of(raw) or b"").split(b"/", 3), b"", b""][2] or None


def _query(raw: bytes) -> bytes | None:
    """A query without its question mark."""
    text = text_of(raw)
    return text and text.removeprefix(b"?")


def _gcs_object(raw: bytes) -> bytes | None:
    """The object in the name of a resource of Google Cloud Storage."""
    return (text_of(raw) or b"").partition(b"/objects/")[2] or None


@dataclass(frozen=True, slots=True)
class ValueKind:
    """How values of a kind are read, and the kind of the field that they then fill.

    Parameters
    ----------
    convert
        Reads any value.
    field_kind
        See :data:`logattr.reading.template.KINDS`.
    unusual
        Pattern of the texts that only ``convert`` reads rightly: any other string without escapes is taken
        as it is. None: ``convert`` reads all; an empty one: none of them.
    refused
        Pattern of the texts that are nothing; empty: none.
    bulk, numbers
        Read a column of plain values that nearly all differ, see :mod:`jsonbulk`.
    reads
        How compiled code reads a column of plain values, see :mod:`jsonspans`.
    has_port
        Whether an address may have its port behind it, which differs in nearly every record.
    """

    convert: Convert
    field_kind: str = "text"
    unusual: str | None = None
    refused: str = ""
    bulk: Bulk | None = None
    numbers: Numbers | None = None
    reads: str = ""
    has_port: bool = False


# A colon, unless the whole is an IPv6 address in brackets.
_WITH_PORT = r"(?s)\A(?:[^\[].*)?:|\A\[[0-9A-Fa-f:.]*(?:[^0-9A-Fa-f:.\]]|\].|\z)"
_INTEGERS, _REALS, _NANOSECONDS = jsonbulk.integers, jsonbulk.reals, jsonbulk.nanoseconds

KINDS: dict[str, ValueKind] = {
    "text": ValueKind(text_of, unusual=""),
    "list": ValueKind(_list, unusual=""),
    "integer": ValueKind(_integer, "integer", numbers=_INTEGERS, reads="integers"),
    "number": ValueKind(_number, "seconds", numbers=_REALS, reads="reals"),
    "status": ValueKind(_status, "status", reads="status"),
    "seconds": ValueKind(_number, "seconds", numbers=_REALS, reads="reals"),
    "milliseconds": ValueKind(_number, "milliseconds", numbers=_REALS, reads="reals"),
    "microseconds": ValueKind(_number, "microseconds", numbers=_REALS, reads="reals"),
    "nanoseconds": ValueKind(_nanoseconds, "microseconds", numbers=_NANOSECONDS, reads="thousandths"),
    "go_duration": ValueKind(_go_duration, "seconds", numbers=_REALS, reads="reals"),
    "timestamp": ValueKind(_timestamp, "timestamp", unusual="", bulk=jsonbulk.timestamps, reads="times"),
    "timestamp_utc": ValueKind(_timestamp_utc, "timestamp", reads="utc_times"),
    "request_line": ValueKind(_request_line, unusual="^/"),
    "target": ValueKind(_target, unusual="", refused=_REQUEST_LINE_PATTERN),
    "rooted": ValueKind(_rooted),
    "bracketed": ValueKind(_bracketed, unusual="^\\["),
    "percent_encoded": ValueKind(_percent_encoded, unusual="%"),
    "http_version": ValueKind(_http_version),
    "address": ValueKind(_address, unusual=_WITH_PORT, bulk=jsonbulk.addresses, has_port=True),
    "gcs_object": ValueKind(_gcs_object),
    "zeek_proxied": ValueKind(_zeek_proxied),
    "rgw_object": ValueKind(_rgw_object),
    "azure_container": ValueKind(_azure_container),
    "arn_name": ValueKind(_arn_name, unusual=":"),
    "query": ValueKind(_query, unusual=r"^\?"),
    "audit_operation": ValueKind(_audit_operation),
    "audit_object": ValueKind(_audit_object),
}
