"""Texts in UTF-16 and files with carriage returns alone: made into what all other stages expect."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["UTF8_BOM", "Text", "recognise", "to_utf8"]

UTF8_BOM = b"\xef\xbb\xbf"
_LOOKED_AT = 4096  # bytes, for UTF-16 without a byte order mark


@dataclass(frozen=True, slots=True)
class Text:
    """How the bytes of a file stand for lines of text.

    Parameters
    ----------
    encoding
        ``utf-8`` (which includes bytes that are no UTF-8), ``utf-16-le`` or ``utf-16-be``.
    old_mac
        Whether lines end with a carriage return alone.
    """

    encoding: str = "utf-8"
    old_mac: bool = False


def recognise(head: bytes) -> Text:
    r"""Tell the encoding and the line ends from the beginning of a file.

    Parameters
    ----------
    head
        The first 64 KB, or all there is.

    Examples
    --------
    >>> recognise("one\r\ntwo".encode("utf-16"))
    Text(encoding='utf-16-le', old_mac=False)
    >>> recognise(b"one\rtwo\r")
    Text(encoding='utf-8', old_mac=True)
    """
    encoding = _encoding(head)
    start = head if encoding == "utf-8" else head.decode(encoding, "replace").encode()
    return Text(encoding, b"\r" in start.rstrip(b"\r") and b"\n" not in start)


def _encoding(head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    # Log lines are ASCII but for a few characters, so one byte of each pair is NUL and the other is not.
    pairs = min(len(head), _LOOKED_AT) // 2
    first, second = (head[start : 2 * pairs : 2].count(0) for start in (0, 1))
    if pairs >= 8 and max(first, second) >= 0.8 * pairs and min(first, second) <= 0.05 * pairs:
        return "utf-16-le" if second > first else "utf-16-be"
    return "utf-8"


def to_utf8(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    r"""Pieces of UTF-16 as UTF-8.

    A surrogate without its other half becomes the three bytes that it would have in UTF-8, which no
    text in UTF-8 has, so nothing is lost. A last byte without its other half becomes U+FFFD.

    Examples
    --------
    >>> b"".join(to_utf8([b"o\0n\0", b"e", b"\0!"], "utf-16-le")).decode()
    'one\ufffd'
    """
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    for piece in pieces:
        yield decoder.decode(piece).encode("utf-8", "surrogatepass")
    rest = decoder.getstate()[0]
    if rest:
        whole = rest[: len(rest) // 2 * 2].decode(encoding, "surrogatepass")
        yield (whole + "\ufffd" * (len(rest) % 2)).encode("utf-8", "surrogatepass")
