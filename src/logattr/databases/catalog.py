"""The catalogue: what ``logattr db update`` can fetch, from where, under which licence, and what it means.

It is data, not code: ``catalog.toml`` has one table per source. ``--catalog FILE`` takes another one of
the same form, for an organisation with mirrors or lists of its own.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from logattr.errors import OptionError
from logattr.networks.classes import LIST_CLASSES
from logattr.patterns import lazily

__all__ = ["CADENCES", "PARSERS", "CatalogSource", "is_safe_url", "read_catalog", "source_name"]

#: What a source's file can be: ``mmdb`` is a database, all others are forms of lists, which are told
#: apart by their content when they are read (:mod:`logattr.networks.published`).
PARSERS = ("mmdb", "lines", "exit_addresses", "geofeed", "aws", "google", "azure", "oracle", "fastly", "misp")
#: How often a source changes, as its publisher or the dates of its files say.
CADENCES = (
    "hourly",
    "daily",
    "several times a week",
    "twice a week",
    "weekly",
    "twice a month",
    "monthly",
    "rarely",
)

_NAME = lazily(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_URLS = (
    "url",
    "homepage",
    "licence_url",
    "checksum_url",
    "history_url",
    "index_url",
    "history_index",
    "key_url",
)
_REQUIRED = (
    "title",
    "about",
    "homepage",
    "url",
    "parser",
    "lineage",
    "cadence",
    "size_mb",
    "licence",
    "attribution",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogSource:
    """One source that can be fetched; a table of ``catalog.toml``.

    Parameters
    ----------
    name
        How commands and the store's folders call it.
    title, about, homepage
        What it is, what it is good for, and where its publisher describes it.
    url
        The newest edition; ``{year}``, ``{month}`` and ``{day}`` stand for the day of the fetch.
    index_url, index_link
        Where the address changes with every edition: a page, and the pattern of the link to take from it,
        with the edition's day as the group ``date``.
    checksum_url
        Where the publisher gives the SHA-256 of what ``url`` gives; empty when it does not.
    history_url
        An edition of the past, with ``{year}``, ``{month}``, ``{day}`` of the day asked for; empty if none.
    history_index, history_link
        The same by way of a page that links to dated editions.
    git_file
        Path of the file in the git repository of its publisher, whose clone is a history.
    history_size_mb
        Size of what the history gives, where it is a whole archive; 0 when it is the size of an edition.
    parser
        One of :data:`PARSERS`.
    class_
        What an entry of a list means, one of ``LIST_CLASSES``; empty for a database.
    lineage
        Origin of the data; sources of one lineage are one witness.
    provider
        Who runs the networks of a list; empty where its entries say so, or nobody does.
    cadence
        One of :data:`CADENCES`.
    size_mb
        About how many megabytes it has, unpacked. Ten times as much is refused.
    licence, licence_url, attribution
        Terms of the data, and the text that they ask to show.
    keep_days
        Days that an old copy may be kept after a newer edition appeared; None: for ever.
    auth, key_env, key_url
        ``basic`` (user and password) or ``token`` with the environment variables that hold them, and where
        to get them; empty when everybody may fetch.
    """

    name: str
    title: str
    about: str
    homepage: str
    url: str
    parser: str
    lineage: str
    cadence: str
    size_mb: float
    licence: str
    attribution: str
    licence_url: str = ""
    class_: str = ""
    provider: str = ""
    checksum_url: str = ""
    index_url: str = ""
    index_link: str = ""
    history_url: str = ""
    history_index: str = ""
    history_link: str = ""
    git_file: str = ""
    history_size_mb: float = 0
    keep_days: int | None = None
    auth: str = ""
    key_env: tuple[str, ...] = ()
    key_url: str = ""

    @property
    def is_database(self) -> bool:
        """Whether it is a database and not a list."""
        return self.parser == "mmdb"

    @property
    def has_history(self) -> bool:
        """Whether editions of the past can be fetched."""
        return bool(self.history_url or self.history_index)

    def has_key(self, environ: Mapping[str, str]) -> bool:
        """Whether it needs no key, or the environment holds it."""
        return all(environ.get(name) for name in self.key_env)


def is_safe_url(url: str) -> bool:
    """Whether a URL is one to fetch from: https, or http on this very machine (a mirror, a test).

    Examples
    --------
    >>> is_safe_url("https://example.org/a"), is_safe_url("http://example.org/a"), is_safe_url("file:///a")
    (True, False, False)
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if parts.username or parts.password:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


def fill(template: str, day: dt.date) -> str:
    """Put a day into a URL.

    Examples
    --------
    >>> fill("https://example.org/a-{year}-{month}.gz", dt.date(2024, 1, 15))
    'https://example.org/a-2024-01.gz'
    """
    parts = {"year": f"{day.year:04}", "month": f"{day.month:02}", "day": f"{day.day:02}"}
    return re.sub(r"\{(year|month|day)\}", lambda match: parts[match[1]], template)


def source_name(text: str) -> str:
    """Turn any text into what may name a source (and so a folder).

    Examples
    --------
    >>> source_name("My VPNs (2024).txt")
    'my-vpns-2024-txt'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:64].strip("-") or "source"


def is_source_name(text: str) -> bool:
    """Whether a text may name a source.

    Examples
    --------
    >>> is_source_name("x4bnet-vpn"), is_source_name("../x")
    (True, False)
    """
    return _NAME.fullmatch(text) is not None


def read_catalog(path: str | Path | None = None) -> dict[str, CatalogSource]:
    """Read a catalogue.

    Parameters
    ----------
    path
        A file of the form of ``catalog.toml``; None for the one that comes with the package.

    Raises
    ------
    OptionError
        It cannot be read, or an entry is wrong; the error names entry and key.

    Examples
    --------
    >>> catalog = read_catalog()
    >>> catalog["dbip-city-lite"].licence, catalog["geolite2-city"].keep_days
    ('CC BY 4.0', 30)
    """
    name = str(path) if path is not None else "catalog.toml"
    try:
        text = (
            Path(path).read_text(encoding="utf-8")
            if path is not None
            else files(__package__).joinpath("catalog.toml").read_text(encoding="utf-8")
        )
        tables = tomllib.loads(text)
    except (OSError, ValueError) as error:  # ValueError: no UTF-8, no TOML, or a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise OptionError(
            f"the catalogue {name} cannot be read ({reason})", "a TOML file with one table per source"
        ) from error
    return {key: _source(name, key, table) for key, table in tables.items()}


def _source(catalogue: str, name: str, table: Any) -> CatalogSource:
    for what, expected in _mistakes(name, table):
        raise OptionError(f"the entry {name!r} of the catalogue {catalogue}: {what}", expected)
    values = {("class_" if key == "class" else key): value for key, value in table.items()}
    values["key_env"] = tuple(values.get("key_env", ()))
    return CatalogSource(name=name, **values)


_TYPES = {field.name.rstrip("_"): str(field.type) for field in fields(CatalogSource) if field.name != "name"}


def _mistakes(name: str, table: Any) -> Iterator[tuple[str, str]]:
    """What is wrong with an entry, and what would be right."""
    if not is_source_name(name):
        yield "its name", "small letters, digits and hyphens"
    if not isinstance(table, dict):
        yield "it is no table", "[name] and keys below"
        return
    for key, value in table.items():
        if key not in _TYPES:
            yield f"the key {key!r} is unknown", "one of " + ", ".join(_TYPES)
        elif not _fits(_TYPES[key], value):
            yield f"{key} is {value!r}", _TYPES[key]
    missing = [key for key in _REQUIRED if not table.get(key)]
    if missing:
        yield f"{missing[0]} is missing", "a value"
    yield from _wrong_choices(table)
    for key in _URLS:
        if table.get(key) and not is_safe_url(table[key]):
            yield f"{key} is {table[key]!r}", "a https address without user and password"


def _fits(type_: str, value: Any) -> bool:
    if type_ == "str":
        return isinstance(value, str)
    if type_.startswith("tuple"):
        return isinstance(value, list) and all(isinstance(item, str) and item for item in value)
    numbers = int if type_.startswith("int") else int | float
    return isinstance(value, numbers) and not isinstance(value, bool) and value >= 0


def _wrong_choices(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if table.get("parser") not in PARSERS:
        yield f"parser is {table.get('parser')!r}", "one of " + ", ".join(PARSERS)
    if table.get("cadence") not in CADENCES:
        yield f"cadence is {table.get('cadence')!r}", "one of " + ", ".join(CADENCES)
    if table.get("parser") == "mmdb":
        if table.get("class"):
            yield "a database has no class", "no key `class`"
    elif table.get("class") not in LIST_CLASSES:
        yield f"class is {table.get('class')!r}", "one of " + ", ".join(LIST_CLASSES)
    keys = {"": 0, "token": 1, "basic": 2}.get(table.get("auth", ""))
    if keys is None or len(table.get("key_env", ())) != keys:
        yield "auth and key_env do not fit", "`token` with one variable, or `basic` with two"
    for link, page in (("index_link", "index_url"), ("history_link", "history_index")):
        if bool(table.get(link)) != bool(table.get(page)):
            yield f"{link} and {page} belong together", "both or none"
        elif table.get(link) and not _is_link_pattern(table[link]):
            yield f"{link} is {table[link]!r}", "a regular expression with the group `date`"


def _is_link_pattern(pattern: str) -> bool:
    try:
        return "date" in re.compile(pattern).groupindex
    except re.error:
        return False
