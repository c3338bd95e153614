"""One file over HTTPS: conditional, resumed, retried, bounded, and never taken for what it is not.

Rules: TLS is verified; https never becomes http, also not by a redirect (http is for this very machine
only: a mirror, a test); a user's key goes to the host it is for and into no message, log or manifest;
what arrives is bounded; a page of HTML is no data, whatever its status says. Proxies come from
``HTTPS_PROXY`` and ``NO_PROXY``, own certificate authorities from ``SSL_CERT_FILE``, ``SSL_CERT_DIR``,
``REQUESTS_CA_BUNDLE`` or ``CURL_CA_BUNDLE``.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

from logattr.databases.catalog import is_safe_url
from logattr.errors import SourceError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

__all__ = ["Edition", "Key", "Missing", "Progress", "Unavailable", "fetch", "fetch_text"]

T = TypeVar("T")

#: Called with the name of what is fetched, the bytes so far, and all of them (None: not known).
Progress = Callable[[str, int, int | None], None]

ATTEMPTS = 5
_LONGEST_WAIT_SECONDS = 120.0
_CONNECT_SECONDS, _READ_SECONDS = 15.0, 60.0
_REDIRECTS = 5
_CHUNK = 1 << 18
_LARGEST_TEXT = 4 << 20
_AGENT = "logattr (+https://pypi.org/project/logattr/)"


class Unavailable(SourceError):  # noqa: N818  # as Missing: what it is, not that it is an error
    """A server that does not answer, or not with the file."""


class Missing(Unavailable):
    """A file that its server does not have (404, 410)."""


class _Again(Exception):  # noqa: N818  # it is no error but a request for another attempt
    """The attempt failed, another one may not."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Key:
    """What a vendor asks for: ``user`` and ``password`` of basic authentication, or a ``token``."""

    user: str = ""
    password: str = ""
    token: str = ""

    def apply(self, url: str) -> tuple[str, dict[str, str]]:
        """The address and the headers that carry the key."""
        if self.token:
            return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode({'token': self.token})}", {}
        if self.user:
            from urllib3.util import make_headers

            headers = make_headers(basic_auth=f"{self.user}:{self.password}")
            return url, {"Authorization": headers["authorization"]}
        return url, {}

    def scrub(self, text: str) -> str:
        """A text without the key."""
        for secret in (self.token, self.password):
            for written in {secret, urlencode({"": secret})[1:]} - {""}:
                text = text.replace(written, "***")
        return text


@dataclass(frozen=True, slots=True)
class Edition:
    """What a server calls the edition that was fetched."""

    etag: str
    last_modified: str

    @property
    def day(self) -> dt.date | None:
        """The day of ``Last-Modified``; None when there is none."""
        try:
            return email.utils.parsedate_to_datetime(self.last_modified).astimezone(dt.UTC).date()
        except (ValueError, TypeError, OverflowError):
            return None


def fetch(
    url: str,
    target: Path,
    *,
    limit: int,
    known: Edition | None = None,
    key: Key = Key(),
    name: str = "",
    progress: Progress | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Edition | None:
    """Fetch a file, going on where an earlier attempt was cut off.

    Parameters
    ----------
    url
        Without any key.
    target
        Where to put it; its folder exists. ``target`` + ``.part`` holds what has arrived so far.
    limit
        Most bytes to accept.
    known
        The edition that is there already; its server is asked for another one only.
    key
        The user's key.
    name
        What progress is reported under.
    progress
        Called now and then.
    sleep
        Waits between attempts.

    Returns
    -------
    Edition or None
        None: the known edition is still the newest, and nothing was written.

    Raises
    ------
    Missing, Unavailable
        With what was wrong, and what to try; never with the key.
    SourceError
        What came is too large, or a web page.
    """
    part = target.with_name(target.name + ".part")
    state = target.with_name(target.name + ".part.json")

    def once() -> Edition | None:
        edition = _attempt(url, part, state, limit=limit, known=known, key=key, name=name, progress=progress)
        if edition is not None:
            part.replace(target)
            state.unlink(missing_ok=True)
        return edition

    return _retried(once, url, key, sleep)


def fetch_text(url: str, *, key: Key = Key(), sleep: Callable[[float], None] = time.sleep) -> str:
    """Fetch a page or a checksum file as text, at most 4 MB; errors as of :func:`fetch`."""

    def once() -> str:
        with _opened(url, key, {}) as response:
            _refuse_status(response, url, key)
            data = b"".join(_bounded(response, _LARGEST_TEXT, url))
        return data.decode("utf-8", "replace")

    return _retried(once, url, key, sleep)


def _retried(once: Callable[[], T], url: str, key: Key, sleep: Callable[[float], None]) -> T:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return once()
        except _Again as again:
            wait = again.wait
            if wait is None:
                # Exponential, with jitter, so that many who were cut off together do not return together.
                wait = min(2.0**attempt, _LONGEST_WAIT_SECONDS) * random.uniform(0.5, 1)  # noqa: S311
            host = urlsplit(url).hostname
            if wait > _LONGEST_WAIT_SECONDS:
                raise Unavailable(
                    f"{host} asks to wait {wait:,.0f} seconds ({again})", try_="again after that"
                ) from None
            if attempt == ATTEMPTS:
                raise Unavailable(
                    key.scrub(f"{url} could not be fetched in {ATTEMPTS} attempts ({again})"),
                    try_="again later; what has arrived is kept and the next attempt goes on from there",
                ) from None
            sleep(wait)
    raise AssertionError  # the loop returns or raises


# ------------------------------------------------------------------ one attempt


def _attempt(
    url: str,
    part: Path,
    state: Path,
    *,
    limit: int,
    known: Edition | None,
    key: Key,
    name: str,
    progress: Progress | None,
) -> Edition | None:
    headers = _conditions(url, part, state, known)
    with _opened(url, key, headers) as response:
        if response.status == 304 and known is not None:
            return None
        if response.status == 416:  # the edition has become shorter than what is there of the old one
            part.unlink(missing_ok=True)
            raise _Again("the server has no such part")
        _refuse_status(response, url, key)
        start = _resumed_from(response, part) if response.status == 206 else 0
        edition = Edition(response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
        total = _total(response, start, limit, url)
        state.write_text(json.dumps({"url": url, "validator": _validator(edition)}), encoding="utf-8")
        with part.open("ab" if start else "wb") as file:
            done = start
            try:
                for chunk in _bounded(response, limit - start, url):
                    if not done:
                        _refuse_page(chunk, url)
                    file.write(chunk)
                    done += len(chunk)
                    if progress:
                        progress(name, done, total)
            except SourceError:  # wrong, not cut off: nothing to go on with
                file.close()
                part.unlink(missing_ok=True)
                raise
    return edition


def _conditions(url: str, part: Path, state: Path, known: Edition | None) -> dict[str, str]:
    """Headers that ask for the rest of what is there, else for another edition than the known one."""
    try:
        saved = json.loads(state.read_text(encoding="utf-8"))
        size = part.stat().st_size
        if size and saved["url"] == url and isinstance(saved["validator"], str) and saved["validator"]:
            return {"Range": f"bytes={size}-", "If-Range": saved["validator"]}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    part.unlink(missing_ok=True)
    wanted = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified} if known else {}
    return {header: value for header, value in wanted.items() if value}


def _validator(edition: Edition) -> str:
    """What ``If-Range`` takes: a strong ETag, else a date (RFC 9110, section 13.1.5)."""
    return edition.last_modified if edition.etag.startswith("W/") or not edition.etag else edition.etag


def _resumed_from(response: BaseHTTPResponse, part: Path) -> int:
    size = part.stat().st_size if part.exists() else 0
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if not match or int(match[1]) != size:
        part.unlink(missing_ok=True)
        raise _Again("the server sent another part than the one asked for")
    return size


def _total(response: BaseHTTPResponse, start: int, limit: int, url: str) -> int | None:
    length = response.headers.get("Content-Length", "")
    total = start + int(length) if re.fullmatch(r"\d{1,18}", length) else None
    if total is not None and total > limit:
        raise _too_large(url, limit)
    return total


def _bounded(response: BaseHTTPResponse, limit: int, url: str) -> Iterator[bytes]:
    done = 0
    for chunk in response.stream(_CHUNK, decode_content=False):
        done += len(chunk)
        if done > limit:
            raise _too_large(url, limit)
        yield chunk


def _too_large(url: str, limit: int) -> SourceError:
    return SourceError(
        f"{url} sends more than {limit:,} bytes, ten times as much as it should",
        try_="looking at it in a browser; if it has grown, a catalogue of your own (`--catalog`)",
    )


def _refuse_page(head: bytes, url: str) -> None:
    text = head[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<error")):
        raise SourceError(
            f"{url} gives a web page instead of data",
            "the file itself",
            "the address in a browser: a login page, a notice, or a captive network may be in between",
        )


def _refuse_status(response: BaseHTTPResponse, url: str, key: Key) -> None:
    status = response.status
    if status in {200, 206}:
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding not in {"identity", "", "gzip", "x-gzip"}:
            raise Unavailable(f"{url} comes in the encoding {encoding[:40]!r}, which was not asked for")
        return
    if status in {408, 425, 429} or status >= 500:
        raise _Again(f"status {status}", _retry_after(response.headers.get("Retry-After", "")))
    if status in {401, 403}:
        given = "the key was refused" if key != Key() else "it wants a key, or refuses this network"
        raise Unavailable(f"{url} answers with status {status}: {given}")
    if status in {404, 410}:
        raise Missing(f"{url} is not there (status {status})", try_="the publisher's page: it may have moved")
    raise Unavailable(f"{url} answers with status {status}")


def _retry_after(value: str) -> float | None:
    """Seconds, or a date (RFC 9110, section 10.2.3); None when it says nothing."""
    if re.fullmatch(r"\d{1,9}", value.strip()):
        return float(value)
    try:
        until = email.utils.parsedate_to_datetime(value)
        return max(0.0, (until - dt.datetime.now(dt.UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


# ------------------------------------------------------------------ connections


@contextmanager
def _opened(url: str, key: Key, headers: Mapping[str, str]) -> Iterator[BaseHTTPResponse]:
    """Open a URL and follow its redirects; the key goes to the first host only."""
    from urllib3.exceptions import HTTPError, ProxySchemeUnknown, SSLError

    first, secret = key.apply(url)
    try:
        response = _request(first, {**headers, **secret})
        here = first
        for _ in range(_REDIRECTS):
            if response.status not in {301, 302, 303, 307, 308}:
                break
            there = _redirected(here, response.headers.get("Location", ""), url)
            response.close()
            same = urlsplit(there)[:2] == urlsplit(first)[:2]
            response, here = _request(there, {**headers, **secret} if same else dict(headers)), there
        else:
            response.close()
            raise Unavailable(f"{url} redirects more than {_REDIRECTS} times")
        try:
            yield response
        finally:
            response.close()
    except SSLError as error:
        raise Unavailable(
            key.scrub(f"{urlsplit(url).hostname}: no trusted connection ({_reason(error)})"),
            "a certificate of a known authority",
            "SSL_CERT_FILE with the authority of your network, if it inspects TLS",
        ) from None
    except ProxySchemeUnknown as error:
        raise Unavailable(f"the proxy of the environment cannot be used ({error})", "a http proxy") from None
    except HTTPError as error:
        raise _Again(key.scrub(_reason(error))) from None


def _redirected(here: str, location: str, url: str) -> str:
    there = urljoin(here, location)
    shown = f"{urlsplit(there).scheme}://{urlsplit(there).hostname}" if location else "nowhere"
    # https must stay https; http on this machine must stay on it.
    if not location or not is_safe_url(there) or urlsplit(there).scheme != urlsplit(here).scheme:
        raise Unavailable(f"{url} redirects to {shown}, which is not followed", "https all the way")
    return there


def _request(url: str, headers: Mapping[str, str]) -> BaseHTTPResponse:
    import urllib3

    if not is_safe_url(url):
        raise Unavailable(f"{urlsplit(url).scheme}://{urlsplit(url).hostname} is not fetched from", "https")
    response: BaseHTTPResponse = _pool(url).request(
        "GET",
        url,
        headers={"User-Agent": _AGENT, "Accept-Encoding": "identity", "Accept": "*/*", **headers},
        redirect=False,
        retries=False,
        preload_content=False,
        decode_content=False,
        timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
    )
    return response


def _pool(url: str) -> Any:
    import ssl
    from urllib.request import getproxies, proxy_bypass

    import urllib3

    # The defaults verify names and certificates, and read SSL_CERT_FILE and SSL_CERT_DIR.
    authorities = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None
    try:
        context = ssl.create_default_context(cafile=authorities)
    except OSError as error:
        reason = error.strerror or error
        raise Unavailable(f"the authorities in {authorities} cannot be read ({reason})") from error
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or parts.scheme == "http" or proxy_bypass(parts.hostname or ""):
        return urllib3.PoolManager(ssl_context=context)
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    auth = urlsplit(proxy)
    given = f"{auth.username}:{auth.password or ''}" if auth.username else None
    return urllib3.ProxyManager(
        proxy, ssl_context=context, proxy_headers=urllib3.make_headers(proxy_basic_auth=given)
    )


def _reason(error: Exception) -> str:
    """The cause in an exception of urllib3, without objects' addresses."""
    text = str(error.args[-1] if error.args else error) or type(error).__name__
    return re.sub(r"<[^<>]*object at 0x[0-9a-f]+>:? ?", "", text)[:300]
