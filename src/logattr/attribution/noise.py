"""Scanners, watchers and the observers themselves: labelled with the reason, never dropped.

On an open server this decides everything: most visitors are none of the people one asks about.
A label is taken from behaviour or from published networks, never from what a client says of itself.
"""

from __future__ import annotations

import re

__all__ = ["PROBES", "SCANNER_PROBES", "WATCHER_DAYS", "WATCHER_LISTS", "is_background", "is_probe"]

# Paths that scanners try on every server; nobody who came for the content of a server asks for them.
# Collected from public write-ups of mass scanning and the crowdsecurity/hub probing scenario (MIT).
PROBES = re.compile(
    r"""(?ix)
    /\.(?:env|git|svn|hg|aws|ssh|vscode|ds_store|htaccess|htpasswd|config)\b
    | /(?:wp-(?:admin|login|content|includes|json|config)|xmlrpc\.php|wlwmanifest)
    | /(?:phpmyadmin|pma|myadmin|mysql|adminer|phpinfo|info\.php|test\.php|shell|cmd|eval-stdin|alfa)
    | /(?:cgi-bin|boaform|hnap1|gponform|setup\.cgi|tmunblock|goform|luci)\b
    | /(?:actuator|solr|jenkins|hudson|manager/html|console|druid|geoserver|struts|invoker|jmx-console)\b
    | /(?:vendor/phpunit|_ignition|telescope|laravel|thinkphp|index\.php\?s=/index)
    | /(?:owa/|autodiscover|ecp/|aspnet_client|remote/login|dana-na|vpn/index|global-protect|\+cscoe\+)
    | /(?:server-status|server-info|\.well-known/security|sdk$|evox/|nmaplowercheck|portal/redlion)
    | /(?:etc/passwd|proc/self|win\.ini) | \.\.[/\\] | %2e%2e
    | (?:jndi:|base64_decode|union.+select|/bin/sh|;wget\b|;curl\b)
    """
)
# Paths that browsers and monitors ask for by themselves: neither content nor probe.
_BACKGROUND = re.compile(r"(?i)/(?:favicon\.ico|robots\.txt|apple-touch-icon[\w-]*\.png|sitemap\.xml)?$")

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
    """Whether a path is the front page or one that browsers fetch by themselves.

    Examples
    --------
    >>> is_background("/"), is_background("/films/")
    (True, False)
    """
    return path is not None and _BACKGROUND.fullmatch(path) is not None
