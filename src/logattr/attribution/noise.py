"""Scanners, watchers and the observers themselves: labelled with the reason, never dropped.

On an open server this decides everything: most visitors are none of the people one asks about.
A label is taken from behaviour or from published networks, never from what a client says of itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.patterns import lazily

if TYPE_CHECKING:
    from logattr.attribution.facts import Facts

__all__ = ["PROBES", "SCANNER_PROBES", "WATCHER_DAYS", "WATCHER_LISTS", "is_background", "is_probe", "labels"]

# Paths that scanners try on every server; nobody who came for the content of a server asks for them.
# Collected from public write-ups of mass scanning and the crowdsecurity/hub probing scenario (MIT).
_PROBE_PARTS = r"""
    /\.(?:env|git|svn|hg|aws|ssh|vscode|ds_store|htaccess|htpasswd|config)\b
    | /(?:wp-(?:admin|login|content|includes|json|config)|xmlrpc\.php|wlwmanifest)
    | /(?:phpmyadmin|myadmin|mysqladmin|adminer|phpinfo|eval-stdin|alfacgiapi|alfa_data)
    | /(?:pma|mysql|info|test|shell|cmd|alfa)\d*(?:\.php\b|/|\?|$)
    | /(?:cgi-bin|boaform|hnap1|gponform|setup\.cgi|tmunblock|goform|luci)\b
    | /(?:actuator|solr|jenkins|hudson|manager/html|console|druid|geoserver|struts|invoker|jmx-console)\b
    | /(?:vendor/phpunit|_ignition|telescope|laravel|thinkphp|index\.php\?s=/index)
    | /(?:owa/|autodiscover|ecp/|aspnet_client|remote/login|dana-na|vpn/index|global-protect|\+cscoe\+)
    | /(?:server-status|server-info|\.well-known/security|sdk$|evox/|nmaplowercheck|portal/redlion)
    | /(?:etc/passwd|proc/self|win\.ini) | \.\.[/\\] | %2e%2e
    | (?:jndi:|base64_decode|union.+select|/bin/sh|;wget\b|;curl\b)
"""
# The front page, and what browsers, robots and monitors ask for by themselves: neither content nor probe.
_BACKGROUND_PARTS = r"""
    /(?: (?:index|default)\.(?:html?|php|aspx?|jsp)
       | favicon[\w-]*\.(?:ico|png|svg) | apple-touch-icon[\w-]*\.png | site\.webmanifest | manifest\.json
       | browserconfig\.xml | robots\.txt | sitemap[\w-]*\.xml | (?:app-)?ads\.txt | humans\.txt
       | \.well-known/.* )?
    | .*\.(?:css|js|mjs|woff2?|ttf|otf|eot)
"""

PROBES = lazily("".join(_PROBE_PARTS.split()), re.IGNORECASE)
_BACKGROUND = lazily("".join(_BACKGROUND_PARTS.split()), re.IGNORECASE)
_LOOKED_AT = 2048  # characters

SCANNER_PROBES = 3
WATCHER_LISTS = 20
WATCHER_DAYS = 5


def is_probe(target: str | None) -> bool:
    """Whether a target is one that only scanners ask for.

    Examples
    --------
    >>> is_probe("/.env"), is_probe("/films/scene-12.mov")
    (True, False)
    """
    return target is not None and PROBES.search(target[:_LOOKED_AT]) is not None


def is_background(path: str | None) -> bool:
    """Whether a path is the front page, a part of pages, or one that programs fetch by themselves.

    Examples
    --------
    >>> is_background("/"), is_background("/site.css"), is_background("/films/")
    (True, True, False)
    """
    return path is not None and _BACKGROUND.fullmatch(path[-_LOOKED_AT:]) is not None


def are_probes(targets: pa.Array) -> NDArray[np.bool_]:
    """:func:`is_probe` of many distinct texts, at a twentieth of the cost."""
    return _matches(targets, f"(?i){PROBES.pattern}", is_probe)


def are_background(paths: pa.Array) -> NDArray[np.bool_]:
    """:func:`is_background` of many distinct texts."""
    return _matches(paths, rf"(?i)\A(?:{_BACKGROUND.pattern})\z", is_background)


def _matches(texts: pa.Array, pattern: str, one: Callable[[str | None], bool]) -> NDArray[np.bool_]:
    r"""Whether texts match, by RE2 where it is sure to mean the same as Python's ``re``.

    The two differ in what ``\b``, ``\d`` and letters of either case are beyond ASCII, and in whether ``$``
    stands before a last line feed (https://github.com/google/re2/wiki/Syntax).
    """
    found: NDArray[np.bool_] = pc.match_substring_regex(texts, pattern=pattern).to_numpy(zero_copy_only=False)
    if _is_plain(texts):
        return found
    alike = pc.and_(
        pc.and_(pc.string_is_ascii(texts), pc.less_equal(pc.binary_length(texts), _LOOKED_AT)),
        pc.invert(pc.match_substring(texts, pattern="\n")),
    )
    odd = np.flatnonzero(~alike.to_numpy(zero_copy_only=False))
    if len(odd):
        found = found.copy()
        found[odd] = [one(text) for text in texts.take(pa.array(odd)).to_pylist()]
    return found


def _is_plain(texts: pa.Array) -> bool:
    """Whether a look at all bytes at once shows that the texts are ASCII, of one line and not long."""
    _, offsets, data = texts.buffers()
    if data is None or texts.type != pa.string():
        return False
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    whole = data.to_pybytes()
    return whole.isascii() and b"\n" not in whole and int(np.diff(ends).max(initial=0)) <= _LOOKED_AT


def behaviour(counts: dict[str, NDArray[np.int64]]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Who behaves as a scanner, and who as a watcher."""
    odd = counts["probes"] + counts["malformed"]
    scanners = (odd >= SCANNER_PROBES) & (counts["content"] == 0)
    watchers = (
        (counts["lists"] >= WATCHER_LISTS)
        & (counts["days_active"] >= WATCHER_DAYS)
        & (counts["fetched"] + counts["logins"] == 0)
    )
    return scanners, watchers


def labels(facts: Facts, is_self: NDArray[np.bool_]) -> tuple[list[str | None], list[str | None]]:
    """Observer, robot, scanner or watcher, and why; null for everybody else."""
    found: list[str | None] = [None] * len(is_self)
    reasons: list[str | None] = [None] * len(is_self)
    scanners, watchers = behaviour(facts.counts)
    for row in np.flatnonzero(watchers).tolist():
        found[row] = "watcher"
        reasons[row] = (
            f"{facts.count('lists', row):,} requests for folders or the front page on "
            f"{facts.count('days_active', row)} days, and no content read, written or deleted"
        )
    for row in np.flatnonzero(scanners).tolist():
        found[row] = "scanner"
        reasons[row] = (
            f"{facts.count('probes', row):,} requests for known probe paths and "
            f"{facts.count('malformed', row):,} that are no HTTP request, and no content reached"
        )
    for row, evidence in enumerate(facts["anon_class"]):
        if evidence == "robot":
            found[row] = "robot"
            reasons[row] = f"in the networks of {facts['anon_provider'][row] or 'a crawler operator'}"
    for row in np.flatnonzero(is_self).tolist():
        found[row], reasons[row] = "observer", "named with --self"
    return found, reasons
