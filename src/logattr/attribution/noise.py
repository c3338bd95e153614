"""Scanners, watchers and the observers themselves: labelled with the reason, never dropped.

On an open server this decides everything: most visitors are none of the people one asks about.
A label is taken from behaviour or from published networks, never from what a client says of itself.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from logattr.attribution.facts import Facts

__all__ = ["PROBES", "SCANNER_PROBES", "WATCHER_DAYS", "WATCHER_LISTS", "is_background", "is_probe", "labels"]

# Paths that scanners try on every server; nobody who came for the content of a server asks for them.
# Collected from public write-ups of mass scanning and the crowdsecurity/hub probing scenario (MIT).
PROBES = re.compile(
    r"""(?ix)
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
)
# The front page, and what browsers, robots and monitors ask for by themselves: neither content nor probe.
_BACKGROUND = re.compile(
    r"""(?ix)
    /(?: (?:index|default)\.(?:html?|php|aspx?|jsp)
       | favicon[\w-]*\.(?:ico|png|svg) | apple-touch-icon[\w-]*\.png | site\.webmanifest | manifest\.json
       | browserconfig\.xml | robots\.txt | sitemap[\w-]*\.xml | (?:app-)?ads\.txt | humans\.txt
       | \.well-known/.* )?
    | .*\.(?:css|js|mjs|woff2?|ttf|otf|eot)
    """
)

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
    return target is not None and PROBES.search(target[:2048]) is not None


def is_background(path: str | None) -> bool:
    """Whether a path is the front page, a part of pages, or one that programs fetch by themselves.

    Examples
    --------
    >>> is_background("/"), is_background("/site.css"), is_background("/films/")
    (True, True, False)
    """
    return path is not None and _BACKGROUND.fullmatch(path[-2048:]) is not None


def labels(facts: Facts, is_self: NDArray[np.bool_]) -> tuple[list[str | None], list[str | None]]:
    """Observer, robot, scanner or watcher, and why; null for everybody else."""
    counts = facts.counts
    found: list[str | None] = [None] * len(is_self)
    reasons: list[str | None] = [None] * len(is_self)
    odd = counts["probes"] + counts["malformed"]
    scanners = (odd >= SCANNER_PROBES) & (counts["content"] == 0)
    watchers = (
        (counts["lists"] >= WATCHER_LISTS)
        & (counts["days_active"] >= WATCHER_DAYS)
        & (counts["fetched"] + counts["logins"] == 0)
    )
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
