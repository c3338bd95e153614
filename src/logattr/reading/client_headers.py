"""Headers in which proxies and delivery networks name the client: one table for all languages of formats.

Sources: Cloudflare "HTTP headers", CloudFront "Add CloudFront request headers", Fastly "Fastly-Client-IP",
Akamai and Cloudflare "True-Client-IP", Azure Front Door "Protocol support for HTTP headers", Imperva
"Incap-Client-IP", nginx ngx_http_realip_module for X-Real-IP.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CLIENT_HEADERS", "Header"]


@dataclass(frozen=True, slots=True)
class Header:
    """One header, in lower case.

    Parameters
    ----------
    name
        Its name.
    rank
        Of several in one line the one with the lowest rank is taken.
    kind
        Key of :data:`logattr.reading.template.KINDS`.
    """

    name: str
    rank: int
    kind: str = "client"


_FIRST = 10  # behind X-Forwarded-For and Forwarded, which name the proxies as well
_NAMES = (
    *("true-client-ip", "cf-connecting-ip", "cf-connecting-ipv6", "fastly-client-ip"),
    *("cloudfront-viewer-address", "x-azure-clientip", "incap-client-ip"),
    *("x-real-ip", "x-client-ip", "x-cluster-client-ip"),
)
#: CloudFront puts the port behind the address, also behind IPv6 without brackets.
CLIENT_HEADERS = tuple(
    Header(name, _FIRST + at, "client_and_port" if name == "cloudfront-viewer-address" else "client")
    for at, name in enumerate(_NAMES)
)
