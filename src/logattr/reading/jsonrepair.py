r"""What writers of almost-JSON meant, where it can be meant in one way only.

nginx writes log lines by filling in a text: a number that is missing leaves nothing behind its colon,
several upstreams give ``0.001, 0.002`` without quotes, a status of 0 gives ``000``, and without
``escape=json`` a quote is ``\x22``. Python and JavaScript write ``NaN``, and halves of surrogate pairs
as escapes. Nothing inside a closed
string is ever taken for structure.
"""

from __future__ import annotations

import re

__all__ = ["repair"]

_LONGEST = 256 << 10  # bytes; longer lines are not worth a second try

# A string; or the colon and whatever bare text stands before the next key or the end of the object.
_PIECE = re.compile(
    rb'"(?:[^"\\]++|\\.)*+"'
    rb'|(?P<colon>:[ \t]*+)(?P<bare>(?:[^"{}\[\],]|,(?=[ \t]*+[^" \t{}\[\],])(?![ \t]*+\}))*+)(?=[,}])',
    re.DOTALL,
)
_LITERAL = re.compile(rb"(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)\Z")
_NOTHING = frozenset({b"", b"-", b"NaN", b"nan", b"Infinity", b"-Infinity", b"undefined", b"None", b"nil"})
_BARE = re.compile(rb"[0-9A-Za-z_.:, +/-]*\Z")
# JSON knows these escapes; a control character must be escaped (RFC 8259 section 7).
_WRONG_IN_STRING = re.compile(
    rb"(?P<pair>\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2})"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9A-Fa-f]{2})"
    rb'|(?P<right>\\(?:u[0-9A-Fa-f]{4}|["\\/bfnrt]))'
    rb"|\\x(?P<byte>[0-9A-Fa-f]{2})|(?P<wrong>\\.)|(?P<control>[\x00-\x1f])",
    re.DOTALL,
)
_TRAILING_COMMA = re.compile(rb",(?=[ \t]*+\}[ \t]*+\Z)")


def repair(line: bytes) -> bytes | None:
    r"""A line as the JSON that its writer meant; null where nothing had to be mended or can be.

    Examples
    --------
    >>> repair(rb'{"t": , "u": 0.1, 0.2, "s": 000, "a": "\x22"}')
    b'{"t": null, "u": "0.1, 0.2", "s": "000", "a": "\\u0022"}'
    >>> repair(b'{"a": 1}') is None
    True
    """
    if len(line) > _LONGEST or not line.startswith(b"{"):
        return None
    mended = _TRAILING_COMMA.sub(b"", _PIECE.sub(_mend, line))
    return mended if mended != line else None


def _mend(match: re.Match[bytes]) -> bytes:
    if match["colon"] is None:
        return _WRONG_IN_STRING.sub(_escape, match[0])
    value = match["bare"].strip()
    if value in _NOTHING:
        return match["colon"] + b"null"
    if _LITERAL.match(value) or not _BARE.match(value):
        return match[0]
    return match["colon"] + b'"' + value + b'"'


def _escape(match: re.Match[bytes]) -> bytes:
    if match["control"] is not None:
        return b"\\u%04x" % match["control"][0]
    if match["byte"] is not None:
        code = int(match["byte"], 16)
        return b"\\u%04x" % code if code < 0x80 else bytes([code])
    # Half of a surrogate pair is no character: what is written stays, as text.
    return b"\\" + match[0] if match["half"] or match["wrong"] else match[0]
