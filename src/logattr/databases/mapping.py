"""Mapping files: where our columns are in the records of a database that nobody knows.

A mapping is a TOML file. ``--db PATH:mapping.toml`` reads the database through it::

    name = "our own list"              # for readers; default: the database's file name
    vendor = "example"                 # two databases of one vendor are one witness
    licence = "internal"
    roles = ["geo", "network"]         # default: what the tables below can answer
    like = "Country"                   # read as this known layout first; what follows comes on top
    listed = "relay"                   # to be in the database at all is evidence of this class
    provider = "Example"               # who runs it, where the records do not say

    [columns]                          # our column or fact = where it is
    geo_country = "location.country"                           # a path of keys
    geo_region = "location.regions.0.code"                     # a number counts in a list
    geo_lat = { path = "lat", kind = "float" }
    geo_city = { path = ["names.en", 0] }                      # as a list, for keys with dots
    as_org = "."                                               # the record itself, if it is no table
    as_number = "asn"                                          # 64496, "64496" or "AS64496"

    [flags]                            # class of evidence = where it is stated
    vpn = "is_vpn"
    hosting = { path = "usage", words = ["DCH", "SES"] }       # these words mean yes
    proxy = ["is_proxy", "is_socks"]                           # any of several

    [evidence]                         # what goes with the flags
    provider = "operator"
    confidence = "score"
    last_seen = "seen"
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from logattr.columns import ADDRESSES
from logattr.databases.facts import FACTS
from logattr.databases.values import KINDS, Reader, Record, default_kind
from logattr.databases.vendors import LAYOUTS
from logattr.databases.vendors.layout import Field, Flags, parse_path, reader
from logattr.errors import DatabaseError
from logattr.networks.classes import ACCESS, LIST_CLASSES
from logattr.patterns import lazily

__all__ = ["MappedSchema", "load_mapping", "split_mapping"]

_MOST_BYTES = 64 * 1024
_MOST_STEPS = 16
_MOST_TEXT = 500
_NAMES = [column.name for column in ADDRESSES]
_PLACE = _NAMES[_NAMES.index("geo_country") : _NAMES.index("geo_is_anycast") + 1]
#: What ``[columns]`` may name: what a record can tell, not what is worked out later.
_TARGETS = (*_PLACE, "as_number", "as_org", *FACTS)
_ROLES = ("geo", "network", "anonymity", "details")
_TOP = ("name", "vendor", "licence", "roles", "like", "listed", "provider", "columns", "flags", "evidence")
_DETAILS = ("provider", "confidence", "last_seen")
# A drive such as D:\ belongs to the mapping's path.
_MAPPING = lazily(r"(?P<database>.+?):(?P<mapping>([A-Za-z]:[\\/])?[^:]+\.toml)", re.DOTALL | re.IGNORECASE)


def _by_title() -> dict[str, Reader]:
    """Known layouts by title; where two vendors share one, the first is as good as the second."""
    titles: dict[str, Reader] = {}
    for layout in LAYOUTS:
        if layout.read is not None:
            titles.setdefault(f"{layout.vendor} {layout.product}".strip(), layout.read)
    return titles


@dataclass(frozen=True, slots=True)
class MappedSchema:
    """What a mapping file says.

    Parameters
    ----------
    name, vendor, roles, licence, read
        As in :class:`~logattr.databases.schemas.Schema`.
    origin
        Name and SHA-256 of the file.
    """

    name: str
    vendor: str
    roles: frozenset[str]
    licence: str
    read: Reader
    origin: str


def split_mapping(given: str | Path) -> tuple[Path, Path | None]:
    """Split ``PATH:mapping.toml``; a file that has the whole text for its name is that file.

    Examples
    --------
    >>> [str(part) for part in split_mapping("data/own.mmdb:own.toml")]
    ['data/own.mmdb', 'own.toml']
    >>> split_mapping("data/own.mmdb")[1] is None
    True
    """
    found = _MAPPING.fullmatch(str(given))
    # A colon after one letter is a Windows drive, not the end of a database's name.
    if found is None or len(found["database"]) == 1 or Path(given).exists():
        return Path(given), None
    return Path(found["database"]), Path(found["mapping"])


def load_mapping(path: Path, database: str) -> MappedSchema:
    """Read a mapping file.

    Parameters
    ----------
    path
        The file.
    database
        Name of the database, for a mapping that gives none.

    Raises
    ------
    DatabaseError
        The file is missing or no TOML, or names a column, class, kind or key that does not exist.
    """
    content = _content(path)
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
        digest = hashlib.sha256(content).hexdigest()
        return _parse(table, database, f"{path.name}, SHA-256 {digest}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DatabaseError(f"the mapping {path} is no TOML ({error})", "a TOML file", _HELP) from error
    except _WrongError as error:
        raise DatabaseError(
            f"the mapping {path}: {error.given}", error.expected, error.try_ or _HELP
        ) from error


_HELP = "docs/mapping.md, which has an example"


class _WrongError(DatabaseError):
    """What is wrong in a mapping, before its file is named."""


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise DatabaseError(f"the mapping {path} does not exist or is no file", "a TOML file", _HELP)
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise DatabaseError(f"the mapping {path} cannot be read ({error.strerror})", "a TOML file") from error
    if len(content) > _MOST_BYTES:
        raise DatabaseError(f"the mapping {path} is too long", f"at most {_MOST_BYTES} bytes")
    return content


def _parse(table: Mapping[str, Any], database: str, origin: str) -> MappedSchema:
    _known("key", table, _TOP)
    columns = {
        name: _field(f"columns.{name}", value, default_kind(name))
        for name, value in _table(table, "columns", _TARGETS).items()
    }
    flags = _flags(table)
    base = _like(table)
    if not columns and flags is None and base is None:
        raise _WrongError("nothing is mapped", "[columns], [flags], listed or like")
    place = any(name.startswith("geo_") and name not in FACTS for name in columns)
    own = reader(columns, flags, place=place)
    return MappedSchema(
        name=_text(table, "name") or database,
        vendor=_text(table, "vendor") or f"mapping of {database}",
        roles=_roles(table, columns, anonymity=flags is not None and _tells_of_hiding(flags)),
        licence=_text(table, "licence") or "not known: the mapping does not say",
        read=_over(base, own) if base else own,
        origin=origin,
    )


def _over(base: Reader, own: Reader) -> Reader:
    """Read as a known layout, then put on top what the mapping finds."""

    def read(record: Any) -> Record:
        before, after = base(record), own(record)
        found = {name: value for name, value in after.items() if value is not None and name != "anonymity"}
        if found.get("geo_status") == "not_found":
            del found["geo_status"]
        return before | found | {"anonymity": [*before.get("anonymity", []), *after.get("anonymity", [])]}

    return read


def _like(table: Mapping[str, Any]) -> Reader | None:
    title = _text(table, "like")
    if title is None:
        return None
    _known("layout", [title], _by_title())
    return _by_title()[title]


def _roles(table: Mapping[str, Any], columns: Mapping[str, Field], *, anonymity: bool) -> frozenset[str]:
    given = table.get("roles")
    if given is None and "like" in table:
        layout = next(one for one in LAYOUTS if f"{one.vendor} {one.product}".strip() == table["like"])
        given = layout.roles.split()
    elif given is None:
        given = ["geo"] if "geo_country" in columns else []
        given += ["network"] if "as_number" in columns else []
    elif not isinstance(given, list) or not all(isinstance(role, str) for role in given):
        raise _WrongError(f"roles = {given!r}", f"a list of {', '.join(_ROLES)}")
    _known("role", given, _ROLES)
    return frozenset(given) | ({"anonymity"} if anonymity and "roles" not in table else set()) or frozenset(
        {"details"}
    )


def _flags(table: Mapping[str, Any]) -> Flags | None:
    listed, provider = _text(table, "listed"), _text(table, "provider")
    _known("class", [listed] if listed else [], LIST_CLASSES)
    rows = [
        (class_, _word(field), field)
        for class_, given in _table(table, "flags", LIST_CLASSES).items()
        for field in (
            _field(f"flags.{class_}", value, "flag")
            for value in (given if isinstance(given, list) else [given])
        )
    ]
    details = {
        name: _field(f"evidence.{name}", value, "scalar")
        for name, value in _table(table, "evidence", _DETAILS).items()
    }
    if not rows and not listed:
        return None
    named = details.pop("provider", Field(()))
    return Flags(
        rows, provider=replace(named, kind="text", otherwise=provider), details=details, listed=listed
    )


def _tells_of_hiding(flags: Flags) -> bool:
    """Whether it knows more than how people get online: else it was not asked about anonymisers."""
    return any(class_ not in ACCESS for class_ in (*(row[0] for row in flags.flags), flags.listed) if class_)


def _word(field: Field) -> str:
    """How evidence from a flag names it."""
    path = ".".join(map(str, field.path))
    return f"{path} is {' or '.join(sorted(field.words))}" if field.words else path


def _field(where: str, given: Any, kind: str) -> Field:
    """Read one entry: a path, or a table with a path and how its value is read."""
    entry = given if isinstance(given, dict) else {"path": given}
    _known(f"key of {where}", entry, ("path", "kind", "words"))
    words = entry.get("words", [])
    path = _path(entry.get("path"))
    if path is None:
        raise _WrongError(
            f"{where} = {given!r:.200}",
            'a path such as "country.iso_code" or ["country", 0]; "." is the record',
        )
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise _WrongError(f"{where} has words = {words!r}", "a list of texts that mean yes")
    kind = entry.get("kind", "flag" if words else kind)
    _known("kind", [kind], KINDS)
    return Field(path, kind, frozenset(word.strip().lower() for word in words))


def _path(given: Any) -> tuple[str | int, ...] | None:
    """Steps of a path, None for what is none."""
    if given == ".":
        return ()
    steps = parse_path(given) if isinstance(given, str) else given if isinstance(given, list) else []
    if not 1 <= len(steps) <= _MOST_STEPS or not all(
        type(step) in (str, int) and step != "" for step in steps
    ):
        return None
    return tuple(steps)


def _table(table: Mapping[str, Any], name: str, keys: Collection[str]) -> dict[str, Any]:
    """Read a table of the file and refuse keys that it cannot have."""
    found = table.get(name, {})
    if not isinstance(found, dict):
        raise _WrongError(f"{name} = {found!r}", f"a table: [{name}], then one entry a line")
    _known(f"entry of [{name}]", found, keys)
    return found


def _text(table: Mapping[str, Any], name: str) -> str | None:
    found = table.get(name)
    if found is None:
        return None
    if not isinstance(found, str) or not found.strip() or len(found) > _MOST_TEXT:
        raise _WrongError(f"{name} = {found!r:.80}", f"a text of at most {_MOST_TEXT} characters")
    return found.strip()


def _known(what: str, given: Iterable[Any], known: Collection[str]) -> None:
    """Refuse a word that means nothing, and offer the nearest that does."""
    for word in given:
        if not isinstance(word, str) or word not in known:
            near = get_close_matches(str(word), known, n=1)
            raise _WrongError(
                f"the {what} {word!r} is not known",
                "one of " + ", ".join(known),
                repr(near[0]) if near else "",
            )
