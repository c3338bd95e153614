"""Request lines to method, target, path, query and protocol; and what a request did."""

from __future__ import annotations

import re
from dataclasses import dataclass

from logattr.patterns import lazily

__all__ = [
    "LISTING_PARAMETERS",
    "NO_REQUEST",
    "Request",
    "http_action",
    "s3_action",
    "split_request",
    "split_target",
]

# RFC 9110 section 9.1 allows any token; a leading letter keeps `-` and binary leftovers out.
_METHOD = lazily(r"[A-Za-z][!#$%&'*+.^_`|~0-9A-Za-z-]*")
_PROTOCOL = lazily(r"HTTPS?/\d(?:\.\d)?", re.IGNORECASE)
# Without a protocol (HTTP/0.9) only a known method makes a request line: anything has two words.
_SIMPLE_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND", "CONNECT", "TRACE"}
)
_ABSOLUTE = lazily(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")


@dataclass(frozen=True, slots=True)
class Request:
    """A request line taken apart; all but ``target`` are null where it is not HTTP."""

    method: str | None
    target: str | None
    path: str | None
    query: str | None
    protocol: str | None


NO_REQUEST = Request(None, None, None, None, None)


def split_request(line: str) -> Request:
    r"""Split a request line at its first and last blank, as targets may hold raw blanks.

    Examples
    --------
    >>> split_request("GET /a b?c HTTP/1.1")
    Request(method='GET', target='/a b?c', path='/a b', query='c', protocol='HTTP/1.1')
    >>> split_request(r"\x16\x03\x01").method is None
    True
    """
    method, _, rest = line.partition(" ")
    target, _, protocol = rest.rpartition(" ")
    if not _PROTOCOL.fullmatch(protocol):
        if (
            method not in _SIMPLE_METHODS
            or not (rest.startswith("/") or _ABSOLUTE.match(rest))
            or " " in rest
        ):
            return Request(None, line, None, None, None)
        target, protocol = rest, ""
    if not _METHOD.fullmatch(method):
        return Request(None, line, None, None, None)
    # CONNECT names an authority, not a path (RFC 9112 section 3.2.3).
    path, query = split_target(target) if method != "CONNECT" else (None, None)
    return Request(method, target, path, query, protocol or None)


def split_target(target: str) -> tuple[str | None, str | None]:
    """Path and query of a target; an absolute target loses scheme and host, as RFC 9112 3.2.2 says.

    Examples
    --------
    >>> split_target("http://example.com/a?b")
    ('/a', 'b')
    """
    absolute = _ABSOLUTE.match(target)
    rest = target[absolute.end() :] or "/" if absolute else target
    path, mark, query = rest.partition("?")
    return path or None, query if mark else None


# What each method does to content (RFC 9110, RFC 4918). HEAD fetches none.
_ACTIONS = {
    "GET": "read",
    "POST": "write",
    "PUT": "write",
    "PATCH": "write",
    "MKCOL": "write",
    "COPY": "write",
    "MOVE": "write",
    "DELETE": "delete",
    "PROPFIND": "list",
    "SEARCH": "list",
    "REPORT": "list",
}
#: Parameters of a query that lists a bucket or container (Amazon S3, Google Cloud Storage, Azure).
LISTING_PARAMETERS = ("list-type", "prefix", "delimiter", "comp=list", "restype=container")
_LISTING_QUERY = lazily(rf"(?:^|&)(?:{'|'.join(LISTING_PARAMETERS)})(?:=|&|$)")


def http_action(method: str | None, path: str | None, query: str | None) -> str | None:
    """What a request did. A GET of a folder, or with the query of a bucket listing, is a listing.

    Examples
    --------
    >>> http_action("GET", "/films/", None), http_action("GET", "/films/a.mp4", None)
    ('list', 'read')
    """
    if method is None:
        return None
    action = _ACTIONS.get(method.upper(), "other")
    if action == "read" and ((path or "").endswith("/") or (query and _LISTING_QUERY.search(query))):
        return "list"
    return action


# Amazon S3 server access log format, "Operation": REST.METHOD.RESOURCE and friends.
_S3_READS = ("REST.GET.OBJECT", "WEBSITE.GET.OBJECT", "REST.COPY.OBJECT_GET", "REST.SELECT.OBJECT")
_S3_WRITES = (
    "REST.PUT.OBJECT",
    "REST.POST.OBJECT",
    "REST.COPY.OBJECT",
    "REST.PUT.PART",
    "REST.COPY.PART",
    "REST.POST.UPLOAD",
    "REST.POST.UPLOADS",
    "S3.CREATE",
)
_S3_LISTS = (
    "REST.GET.BUCKET",
    "REST.GET.BUCKETVERSIONS",
    "REST.GET.UPLOADS",
    "REST.GET.SERVICE",
    "REST.LIST.",
)
_S3_DELETES = (
    "REST.DELETE.OBJECT",
    "REST.POST.MULTI_OBJECT_DELETE",
    "BATCH.DELETE.OBJECT",
    "S3.EXPIRE.OBJECT",
)


def s3_action(operation: str | None) -> str | None:
    """What an operation of an S3 server access log did.

    Examples
    --------
    >>> s3_action("REST.GET.OBJECT"), s3_action("REST.GET.BUCKET"), s3_action("REST.GET.ACL")
    ('read', 'list', 'other')
    """
    if operation is None:
        return None
    for action, names in (
        ("read", _S3_READS),
        ("list", _S3_LISTS),
        ("delete", _S3_DELETES),
        ("write", _S3_WRITES),
    ):
        if operation in names:
            return action
    return "other"
