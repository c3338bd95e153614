"""Undoing what writers do to the text that clients send: one function per dialect.

Sources: Apache ``ap_escape_logitem`` (httpd trunk, server/util.c), nginx
``ngx_http_log_escape`` (src/http/modules/ngx_http_log_module.c), RFC 8259 for JSON;
HAProxy's configuration manual, section 8.6; rsync's rsyncd.conf(5); vis(3).
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from logattr.patterns import lazily

__all__ = ["DIALECTS", "to_text"]

_LATIN_1 = "logattr.latin-1"
_C_ESCAPES = {b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b"f": b"\f", b"a": b"\a"}
_BACKSLASH = lazily(rb"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_NUMBER_SIGN = lazily(rb"#([0-9A-F]{2})")
_OCTAL = lazily(rb"\\(?:#?([0-3][0-7]{2})|(\\))")
_HEX_ONLY = lazily(rb"\\x([0-9A-Fa-f]{2})")
# Only what is closed: a query such as `&copy=1` must stay what it is.
_ENTITY = lazily(r"&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});")
_JSON = lazily(rb"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)


def _byte_for_byte(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_LATIN_1, _byte_for_byte)


def to_text(data: bytes) -> str:
    r"""Bytes as text: UTF-8, and latin-1 for the bytes that are none.

    Nothing is dropped or replaced; a line's own bytes can be found again by its offset.

    Examples
    --------
    >>> to_text(b"caf\xc3\xa9"), to_text(b"caf\xe9")
    ('café', 'café')
    """
    return data.decode("utf-8", _LATIN_1)


def _apache(match: re.Match[bytes]) -> bytes:
    if match[1] is not None:
        return bytes.fromhex(match[1].decode())
    if match[2] is not None:
        # Tomcat's form. Apache writes a backslash as two, so that it cannot stand in its logs.
        return chr(int(match[2], 16)).encode("utf-8", "backslashreplace")
    # Only these letters are written by Apache; any other character stands for itself.
    return _C_ESCAPES.get(match[3], match[3] if match[3] in b'"\\' else match[0])


def decode_apache(data: bytes) -> str:
    r"""Undo ``\" \\ \b \n \r \t \v \xhh``, and Tomcat's ``\uXXXX``.

    Examples
    --------
    >>> decode_apache(rb'say \"\xe2\x82\xac\"')
    'say "€"'
    """
    return to_text(_BACKSLASH.sub(_apache, data)) if b"\\" in data else to_text(data)


def decode_nginx(data: bytes) -> str:
    r"""Undo ``\xHH``, the only form that nginx writes with ``escape=default``."""
    return (
        to_text(_HEX_ONLY.sub(lambda m: bytes.fromhex(m[1].decode()), data))
        if b"\\" in data
        else to_text(data)
    )


def _json(match: re.Match[bytes]) -> bytes:
    if match[1] is not None:
        return chr(int(match[1], 16)).encode("utf-8", "backslashreplace")
    return _C_ESCAPES.get(match[2], match[2])


def decode_json(data: bytes) -> str:
    r"""Undo the escapes of JSON; bytes from 0x80 up are copied raw by nginx and may be no UTF-8."""
    return to_text(_JSON.sub(_json, data)) if b"\\" in data else to_text(data)


def decode_quotes(data: bytes) -> str:
    r"""Undo ``\"``, the only form that gunicorn writes; a backslash stands for itself."""
    return to_text(data.replace(b'\\"', b'"'))


def decode_haproxy(data: bytes) -> str:
    """Undo ``#XX``, HAProxy's form for what cannot be printed and for its own marks.

    Examples
    --------
    >>> decode_haproxy(b"a#22b")
    'a"b'
    """
    return to_text(_NUMBER_SIGN.sub(lambda m: bytes.fromhex(m[1].decode()), data))


def decode_percent(data: bytes) -> str:
    """Undo percent-encoding (RFC 3986), which Swift puts over every field.

    Examples
    --------
    >>> decode_percent(b"curl%2F8%20x")
    'curl/8 x'
    """
    return to_text(unquote_to_bytes(data))


def decode_octal(data: bytes) -> str:
    r"""Undo ``\ooo`` of vis(3) and ``\#ooo`` of rsync.

    Examples
    --------
    >>> decode_octal(rb"caf\303\251 \#012")
    'café \n'
    """
    return to_text(_OCTAL.sub(lambda m: bytes([int(m[1], 8)]) if m[1] else b"\\", data))


def decode_html(data: bytes) -> str:
    """Undo entities, as Azure Storage writes them: ``&quot;``, ``&amp;``."""
    if b"&" not in data:
        return to_text(data)
    return _ENTITY.sub(lambda match: html.unescape(match[0]), to_text(data))


DIALECTS: dict[str, Callable[[bytes], str]] = {
    "apache": decode_apache,
    "nginx": decode_nginx,
    "json": decode_json,
    "quotes": decode_quotes,
    "haproxy": decode_haproxy,
    "percent": decode_percent,
    "octal": decode_octal,
    # As `none`, but a value that is missing is never left out.
    "plain": to_text,
    "html": decode_html,
    "none": to_text,
}
