"""What lists say about an address: the classes of evidence, and one verdict per address.

Absence is never a verdict. An address without evidence is ``none_found`` in so many sources of such
an age, or ``not_assessed`` when no source was asked about it; it is never "not a VPN". Hosting is not
VPN, and a relay keeps the geography of its user.

How one verdict comes from several pieces of evidence (all of which are kept):

1. Class decides first, in the order of :data:`logattr.networks.classes.CLASSES`: a VPN known by its AS
   number only stands before a hosting company known by the exact address, because hosting does not
   contradict VPN.
2. One exception: an address or network that a list names as a relay is ``relay`` even where a VPN or
   proxy list has it too, because VPN lists carry nearly all of Apple's relay networks by mistake. A
   relay known only by AS number has no such precedence, because those AS numbers announce much else.
3. Within a class the closest match decides: exact address, then network, then AS number or holder.
4. How somebody gets online (satellite, mobile, ...) is the class only where a source that could know an
   anonymiser was asked and has none; where none was asked, the address is not assessed all the same.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.addresses import Addresses
from logattr.distinct import starts_of_runs
from logattr.networks.classes import ACCESS, CLASSES, LIST_CLASSES, STRENGTHS, Signal
from logattr.networks.intervals import NO_ROW
from logattr.patterns import lazily

if TYPE_CHECKING:
    from logattr.networks.lists import NetworkList

__all__ = [
    "ACCESS",
    "BUILT_IN",
    "CLASSES",
    "LIST_CLASSES",
    "STRENGTHS",
    "Decided",
    "Hits",
    "Seen",
    "Signal",
    "Source",
    "assess",
    "decide",
    "holder_key",
    "list_hits",
    "negative_sentence",
    "source_of",
]


#: Lineage of the built-in table. It describes companies, for years: its day says nothing about how well the
#: sources asked fit an event, so it counts as the newest one only where no other source has a day.
BUILT_IN = "logattr-providers"

_CLASS_RANK = {name: rank for rank, name in enumerate(CLASSES)}
_STRENGTH_RANK = {name: rank for rank, name in enumerate(STRENGTHS)}
# Between tor_exit (0) and vpn (1); see rule 2 of the module's docstring.
_NAMED_RELAY_RANK = 0.5

_PUNCTUATION = lazily(r"""[\s.,'"()_-]+""")
_LONGEST_PROVIDER = 100
_JSON = msgspec.json.Encoder(order="sorted")

#: First and last day on which a source saw what it says; None where it does not say.
Seen = tuple[datetime.date | None, datetime.date | None]
_UNSAID: Seen = (None, None)

# Positions of addresses, the list's row for each, and whether a network (not an AS) matched.
_Part = tuple[NDArray[np.int64], NDArray[np.int32], bool]


@dataclass(frozen=True, slots=True)
class Source:
    """Something that was asked about addresses.

    Parameters
    ----------
    name, date, lineage
        How evidence names it, the day it describes (None: it states none), and its origin; sources of
        one lineage are one witness.
    covers
        What it can know, in words.
    kind
        ``networks``, ``as_numbers``, ``mixed`` or ``database``.
    """

    name: str
    date: datetime.date | None
    lineage: str
    covers: str
    kind: str


@dataclass(frozen=True, slots=True)
class Hits:
    """What one source has on some addresses; one address can occur several times.

    Parameters
    ----------
    source
        Who says so.
    rows
        Positions of the addresses.
    classes, strengths, providers, values, networks
        As long as ``rows``: a key of :data:`CLASSES`, one of :data:`STRENGTHS`, who runs it (None:
        unnamed), the entry as the source has it, and the network that matched (None: matched by AS).
    checked
        Per address, whether the source could have known an anonymiser there; None: all of them.
    seen
        As long as ``rows``; None where the source never says when.
    """

    source: Source
    rows: NDArray[np.int64]
    classes: Sequence[str]
    strengths: Sequence[str]
    providers: Sequence[str | None]
    values: Sequence[str]
    networks: Sequence[str | None]
    checked: NDArray[np.bool_] | None = None
    seen: Sequence[Seen] | None = None


def holder_key(name: str) -> str:
    """Name of an AS's holder without what databases spell differently: case, dots, commas, blanks.

    Examples
    --------
    >>> holder_key("DigitalOcean, LLC") == holder_key("DIGITALOCEAN LLC.")
    True
    """
    return _PUNCTUATION.sub(" ", name.casefold()).strip()


def source_of(network_list: NetworkList) -> Source:
    """How evidence names a list."""
    return Source(
        network_list.name, network_list.date, network_list.lineage, network_list.covers, network_list.kind
    )


def list_hits(
    network_list: NetworkList,
    addresses: Addresses,
    as_numbers: NDArray[np.int64],
    as_orgs: Sequence[str | None] | pa.DictionaryArray,
    *,
    ordered: NDArray[np.intp] | None = None,
) -> Hits:
    """Ask one list about a column of addresses.

    Parameters
    ----------
    network_list
        A loaded list, or :func:`logattr.networks.providers.load_providers`.
    addresses
        As looked up.
    as_numbers, as_orgs
        Number and holder of the AS that announces each, 0 and None where unknown.
    ordered
        As :meth:`Intervals.match <logattr.networks.intervals.Intervals.match>` takes it.

    Returns
    -------
    Hits
        ``checked`` is true where the list could have known the address: it has networks of that IP
        version, or AS numbers and the address's AS is known. A list of satellite, mobile or similar
        networks knows no anonymiser, so it is true nowhere.

    Examples
    --------
    >>> from logattr.addresses import parse
    >>> from logattr.networks.providers import load_providers
    >>> hits = list_hits(load_providers(), parse(["203.0.113.9"]), np.array([9009]), ["M247"])
    >>> hits.classes, hits.strengths, hits.values
    (['hosting'], ['as_only'], ['AS9009'])
    """
    versions = network_list.intervals.versions() if network_list.intervals else ()
    checked = np.isin(addresses.version, versions)
    # The empty part keeps the concatenation below typed when nothing at all matches.
    parts: list[_Part] = [(np.empty(0, np.int64), np.empty(0, np.int32), False)]
    if network_list.intervals:
        found = network_list.intervals.match(addresses, ordered=ordered)
        hit = np.flatnonzero(found != NO_ROW)
        parts.append((hit, found[hit], True))
    if len(network_list.as_numbers):
        known = as_numbers > 0
        checked |= known & (addresses.version > 0)
        parts.extend(_as_matches(network_list, as_numbers, as_orgs))
    rows = np.concatenate([part[0] for part in parts])
    entries = np.concatenate([part[1] for part in parts])
    by_network = np.concatenate([np.full(len(part[0]), part[2], np.bool_) for part in parts])
    order = np.argsort(rows, kind="stable")
    if network_list.class_ in ACCESS:
        checked[:] = False
    return _hits(network_list, rows[order], entries[order], by_network[order], checked)


def _as_matches(
    network_list: NetworkList,
    as_numbers: NDArray[np.int64],
    as_orgs: Sequence[str | None] | pa.DictionaryArray,
) -> list[_Part]:
    """By AS number; by holder where the number says nothing. A number may stand in several classes."""
    left = np.searchsorted(network_list.as_numbers, as_numbers, side="left")
    right = np.searchsorted(network_list.as_numbers, as_numbers, side="right")
    parts: list[_Part] = []
    for nth in range(int((right - left).max(initial=0))):
        hit = np.flatnonzero(left + nth < right)
        parts.append((hit, network_list.as_rows[left[hit] + nth], False))
    if network_list.holders:
        if not isinstance(as_orgs, pa.DictionaryArray):
            as_orgs = pa.array(as_orgs, pa.string()).dictionary_encode()
        held = [network_list.holders.get(holder_key(org), NO_ROW) for org in as_orgs.dictionary.to_pylist()]
        codes = as_orgs.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        found = np.array([*held, NO_ROW], np.int32)[codes]  # -1 is the last
        hit = np.flatnonzero((found != NO_ROW) & (left == right))
        parts.append((hit, found[hit], False))
    return parts


def _hits(
    network_list: NetworkList,
    rows: NDArray[np.int64],
    entries: NDArray[np.int32],
    by_network: NDArray[np.bool_],
    checked: NDArray[np.bool_],
) -> Hits:
    strength = np.where(by_network, np.where(network_list.exact[entries], 0, 1), 2)
    picked = entries.tolist()
    # Thousands of addresses share a network, whose text is written only once.
    quotes = {entry: network_list.values[entry] for entry in np.unique(entries).tolist()}
    values = [quotes[entry] for entry in picked]
    return Hits(
        source=source_of(network_list),
        rows=rows.astype(np.int64),
        classes=[network_list.classes[entry] for entry in picked],
        strengths=[STRENGTHS[rank] for rank in strength.tolist()],
        providers=[_provider(network_list.labels[entry]) for entry in picked],
        values=values,
        networks=[value if own else None for value, own in zip(values, by_network.tolist(), strict=True)],
        checked=checked,
        seen=[network_list.seen[entry] for entry in picked] if network_list.seen else None,
    )


def _provider(label: str) -> str | None:
    """Take a list's comment as the provider, unless it is a link to why the entry is there."""
    return None if not label or "://" in label else label[:_LONGEST_PROVIDER]


def assess(count: int, hits: Sequence[Hits], sources: Sequence[Source]) -> dict[str, Any]:
    """Turn hits into the ``anon_*`` columns, one value per address.

    Parameters
    ----------
    count
        Number of addresses.
    hits
        What the sources have; rows are positions below ``count``.
    sources
        Sources that were asked. One without any :class:`Hits` was asked about every address; one with
        hits about those that ``checked`` says.

    Returns
    -------
    dict
        The columns of :data:`logattr.columns.ADDRESSES` that begin with ``anon_``: lists (None is
        null), int32 arrays for the two counts, and datetime64[D] for ``anon_newest_source`` (NaT is
        null). ``anon_evidence`` is JSON text, the deciding piece first, equal for equal input.

    Examples
    --------
    >>> source = Source("ours", datetime.date(2024, 2, 1), "ours", "10 VPN networks", "networks")
    >>> piece = ["vpn"], ["range"], ["Example VPN"], ["192.0.2.0/24"], ["192.0.2.0/24"]
    >>> found = assess(2, [Hits(source, np.array([1]), *piece)], [source])
    >>> found["anon_class"], found["anon_provider"], found["anon_sources_checked"].tolist()
    (['none_found', 'vpn'], [None, 'Example VPN'], [1, 1])
    """
    found = decide(count, hits, sources)
    class_: list[str] = np.where(found.checked > 0, "none_found", "not_assessed").tolist()
    strength: list[str | None] = [None] * count
    provider: list[str | None] = [None] * count
    evidence: list[str | None] = [None] * count
    for nth, row in enumerate(found.rows.tolist()):
        class_[row], strength[row] = found.classes[nth], found.strengths[nth]
        provider[row], evidence[row] = found.providers[nth], found.evidence[nth]
    return {
        "anon_class": class_,
        "anon_strength": strength,
        "anon_provider": provider,
        "anon_evidence": evidence,
        "anon_sources_checked": found.checked,
        "anon_lineages_hit": found.lineages,
        "anon_newest_source": found.newest,
    }


@dataclass(frozen=True, slots=True)
class Decided:
    """What :func:`assess` says, without a value for each of the many addresses without evidence.

    Parameters
    ----------
    rows
        Positions of the addresses with evidence, ascending.
    classes, strengths, providers, evidence
        As long as ``rows``.
    checked, lineages, newest
        Per address, as ``anon_sources_checked``, ``anon_lineages_hit`` and ``anon_newest_source``.
    """

    rows: NDArray[np.int64]
    classes: list[str]
    strengths: list[str | None]
    providers: list[str | None]
    evidence: list[str]
    checked: NDArray[np.int32]
    lineages: NDArray[np.int32]
    newest: NDArray[np.datetime64]


def decide(count: int, hits: Sequence[Hits], sources: Sequence[Source]) -> Decided:
    """As :func:`assess`, for the addresses with evidence only."""
    checked, newest = _asked(count, hits, sources)
    pieces, order, starts = _ordered_pieces(hits)
    rows, firsts = pieces.rows[order][starts], order[starts].tolist()
    texts = _piece_texts(pieces)
    classes, strengths = [pieces.classes[i] for i in firsts], [pieces.strengths[i] for i in firsts]
    providers = [pieces.providers[i] for i in firsts]
    evidence = [f"[{texts[i]}]" for i in firsts]
    ends = np.append(starts[1:], len(order))
    for nth in np.flatnonzero(ends - starts > 1).tolist():
        group = order[starts[nth] : ends[nth]].tolist()
        named = (pieces.providers[i] for i in group if _names(pieces, i, classes[nth]))
        providers[nth] = next(named, None)
        evidence[nth] = f"[{','.join([texts[i] for i in group])}]"
    # How somebody gets online is no answer where nobody was asked whether they hide.
    silent = (checked[rows] == 0) & np.array([class_ in ACCESS for class_ in classes], np.bool_)
    for nth in np.flatnonzero(silent).tolist():
        classes[nth], strengths[nth], providers[nth] = "not_assessed", None, None
    return Decided(rows, classes, strengths, providers, evidence, checked, _lineages(count, pieces), newest)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """All hits of all sources, end to end."""

    rows: NDArray[np.int64]
    sources: list[Source]
    classes: list[str]
    strengths: list[str]
    providers: list[str | None]
    values: list[str]
    networks: list[str | None]
    seen: list[Seen]


def _asked(
    count: int, hits: Sequence[Hits], sources: Sequence[Source]
) -> tuple[NDArray[np.int32], NDArray[np.datetime64]]:
    """Count the sources asked per address, and find the day of the newest of them."""
    asked: dict[Source, NDArray[np.bool_]] = {}
    for part in hits:
        could_know = np.ones(count, np.bool_) if part.checked is None else part.checked
        asked[part.source] = asked.get(part.source, np.zeros(count, np.bool_)) | could_know
    checked = np.zeros(count, np.int32)
    newest = np.full(count, np.datetime64("NaT"), "datetime64[D]")
    # The built-in table last: its day stands only where there is no other.
    for source in sorted(dict.fromkeys([*sources, *asked]), key=lambda one: one.lineage == BUILT_IN):
        could_know = asked.get(source, np.ones(count, np.bool_))
        checked += could_know
        if source.date is not None:
            dated = could_know & np.isnat(newest) if source.lineage == BUILT_IN else could_know
            newest[dated] = np.fmax(newest[dated], np.datetime64(source.date))
    return checked, newest


def _ordered_pieces(hits: Sequence[Hits]) -> tuple[_Pieces, NDArray[np.intp], NDArray[np.intp]]:
    """Pieces, the order that puts the deciding one of each address first, and where addresses begin."""
    in_order = sorted(hits, key=lambda part: (part.source.name, part.source.lineage))
    pieces = _Pieces(
        np.concatenate([part.rows for part in in_order] or [np.empty(0, np.int64)]),
        [part.source for part in in_order for _ in range(len(part.rows))],
        [text for part in in_order for text in part.classes],
        [text for part in in_order for text in part.strengths],
        [text for part in in_order for text in part.providers],
        [text for part in in_order for text in part.values],
        [text for part in in_order for text in part.networks],
        [days for part in in_order for days in part.seen or (_UNSAID,) * len(part.rows)],
    )
    size = len(pieces.rows)
    closeness = np.fromiter((_STRENGTH_RANK[name] for name in pieces.strengths), np.int8, size)
    meaning = np.fromiter((_CLASS_RANK[name] for name in pieces.classes), np.float64, size)
    relay = meaning == _CLASS_RANK["relay"]
    meaning[relay & (closeness < _STRENGTH_RANK["as_only"])] = _NAMED_RELAY_RANK
    order = np.lexsort((closeness, meaning, pieces.rows))  # stable: then by source and its own order
    rows = pieces.rows[order]
    starts = starts_of_runs(rows)
    return pieces, order, starts


def _names(pieces: _Pieces, index: int, class_: str) -> bool:
    return pieces.classes[index] == class_ and pieces.providers[index] is not None


def _piece_texts(pieces: _Pieces) -> list[str]:
    """Each piece as JSON; thousands of addresses share a network, so a text is made once."""
    known: dict[tuple[Any, ...], str] = {}
    columns = pieces.classes, pieces.strengths, pieces.providers, pieces.values, pieces.networks, pieces.seen
    keys = list(zip(map(id, pieces.sources), *columns, strict=True))  # hashing a source itself is slow
    for source, key in zip(pieces.sources, keys, strict=True):
        if key not in known:
            known[key] = _piece_text(source, *key[1:])
    return [known[key] for key in keys]


def _piece_text(  # noqa: PLR0917 - one argument per fact
    source: Source,
    class_: str,
    strength: str,
    provider: str | None,
    value: str,
    network: str | None,
    seen: Seen,
) -> str:
    piece = {
        "source": source.name,
        "class": class_,
        "strength": strength,
        "provider": provider,
        "value": value,
        "network": network,
        "date": source.date.isoformat() if source.date else None,
        "lineage": source.lineage,
    }
    days = zip(("first_seen", "last_seen"), seen, strict=True)
    return _JSON.encode(piece | {name: day.isoformat() for name, day in days if day}).decode()


def _lineages(count: int, pieces: _Pieces) -> NDArray[np.int32]:
    """Distinct origins among the sources that have something on each address."""
    codes: dict[str, int] = {}
    lineage = np.fromiter(
        (codes.setdefault(source.lineage, len(codes)) for source in pieces.sources),
        np.int64,
        len(pieces.sources),
    )
    pairs = np.unique(pieces.rows * max(len(codes), 1) + lineage)
    return np.bincount(pairs // max(len(codes), 1), minlength=count).astype(np.int32)


def negative_sentence(n: int, newest: datetime.date | None, lineages: int) -> str:
    """Say that nothing was found, with what that is worth.

    Parameters
    ----------
    n
        Sources that were asked; 0 gives the sentence for "not assessed".
    newest
        Date of the newest of them, None when none has a date.
    lineages
        Independent origins among them; mentioned when there are fewer than sources.

    Examples
    --------
    >>> negative_sentence(3, datetime.date(2024, 2, 1), 2)
    'no anonymiser evidence in 3 sources of 2 origins (newest 2024-02-01)'
    >>> negative_sentence(0, None, 0)
    'not assessed: no source was asked'
    """
    if n == 0:
        return "not assessed: no source was asked"
    origins = f" of {lineages} origin{'s' * (lineages != 1)}" if lineages < n else ""
    age = f"newest {newest.isoformat()}" if newest else "none has a date"
    return f"no anonymiser evidence in {n} source{'s' * (n != 1)}{origins} ({age})"
