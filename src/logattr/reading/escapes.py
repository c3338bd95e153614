"""Undoing what writers do to the text that clients send: one function per dialect.

Sources: Apache ``ap_escape_logitem`` (httpd trunk, server/util.c), nginx
``ngx_http_log_escape`` (src/http/modules/ngx_http_log_module.c), RFC 8259 for JSON.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Callable

__all__ = ["DIALECTS", "to_text"]

_LATIN_1 = "logattr.latin-1"
_C_ESCAPES = {b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b"f": b"\f", b"a": b"\a"}
_BACKSLASH = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_HEX_ONLY = re.compile(rb"\\x([0-9A-Fa-f]{2})")
# Only what is closed: a query such as `&copy=1` must stay what it is.
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});")
_JSON = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)


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
    # Only these letters are written by Apache; any other character stands for itself.
    return _C_ESCAPES.get(match[2], match[2] if match[2] in b'"\\' else match[0])


def decode_apache(data: bytes) -> str:
    r"""Undo ``\" \\ \b \n \r \t \v \xhh``.

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


def decode_html(data: bytes) -> str:
    """Undo entities, as Azure Storage writes them: ``&quot;``, ``&amp;``."""
    if b"&" not in data:
        return to_text(data)
    return _ENTITY.sub(lambda match: html.unescape(match[0]), to_text(data))


DIALECTS: dict[str, Callable[[bytes], str]] = {
    "apache": decode_apache,
    "nginx": decode_nginx,
    "json": decode_json,
    "html": decode_html,
    "none": to_text,
}
