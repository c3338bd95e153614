"""From counted clients to the findings: tag, judge, count the classes, and say what is uncertain."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr import addresses as addr
from logattr.attribution.classes import CLASSES, HIGHLIGHTED
from logattr.attribution.clients import ClientTable
from logattr.attribution.combinations import judge_all
from logattr.columns import CLIENTS, REJECTS, schema
from logattr.databases.embedded import ATTRIBUTION, LICENCE, find_embedded
from logattr.enrichment import Sources, event_days, tag_addresses
from logattr.enrichment.ages import age_warnings
from logattr.errors import OptionError
from logattr.memory import give_back
from logattr.networks.intervals import Intervals, Range
from logattr.places import Place
from logattr.reading.scan import REJECTS_KEPT, Scan
from logattr.reading.threads import all_of, workers
from logattr.report.findings import ClassCount, DatabaseSummary, Findings, InputSummary, ListSummary
from logattr.report.selection import equal_rows, sums_by

__all__ = ["build_findings", "clients_table", "parse_networks"]

_JUDGED = (
    *("requests", "reads", "writes", "lists", "deletes", "logins"),
    *("probes", "malformed", "content", "fetched"),
)

_SIDE_BY_SIDE = 100_000  # clients; of more the one after the other takes less memory

_LIMITS = (
    "A database says where a network is registered or believed to be, not where a person sat.",
    "No list shows residential proxies, private VPN servers or exits that are new; on the known exits of one "
    "large VPN provider, free VPN and hosting lists together caught 88 % of those they had not been given.",
    "Free VPN lists hardly ever name networks inside Chinese provinces: the absence of evidence there says "
    "little.",
    "Several people can share an address, and one person can use many.",
    "Grades say how far the data support a line. They are not likelihoods, and they name nobody.",
)


def parse_networks(texts: Sequence[str]) -> Intervals:
    """Networks given by the user, as intervals.

    Raises
    ------
    OptionError
        If one is neither an address nor a network.
    """
    ranges = []
    for row, text in enumerate(texts):
        try:
            network = ipaddress.ip_network(text.strip(), strict=False)
        except ValueError as error:
            raise OptionError(
                f"the network {text!r}", "an address or a network", "203.0.113.7 or 203.0.113.0/24"
            ) from error
        ranges.append(Range(int(network[0]), int(network[-1]), network.version, row))
    return Intervals.build(ranges)


def clients_table(
    clients: ClientTable, places: Sequence[Place], sources: Sources, self_networks: Sequence[str] = ()
) -> pa.Table:
    """One row per client with tags, class, grade and reasons, highlighted clients first.

    Parameters
    ----------
    clients
        What was counted; afterwards it has its counters and lines only.
    places
        What was asked for.
    sources
        Databases and lists.
    self_networks
        Networks of the observers.

    Returns
    -------
    pyarrow.Table
        With the schema ``columns.CLIENTS``.
    """
    last_seen, names, is_address = clients.last_seen, clients.keys, clients.is_address
    texts: list[str | None] = (
        names if is_address.all() else pc.if_else(pa.array(is_address), names, None)
    ).to_pylist()
    is_self = _contained(texts, parse_networks(self_networks))
    parts: list[Callable[[], Any]] = [
        partial(_counted, clients),
        partial(tag_addresses, texts, sources, event_days=event_days(last_seen)),
    ]
    counted, tagged = all_of(parts, threads=workers() if len(names) <= _SIDE_BY_SIDE else 1)
    del texts
    give_back()
    counts = {name: clients.counter(name) for name in _JUDGED}
    counts["days_active"] = counted["days_active"].to_numpy().astype(np.int64)
    verdicts, verdict = judge_all(
        counts,
        counted["users"],
        is_address=is_address,
        is_self=is_self,
        addresses=tagged,
        places=places,
    )
    order = _order(verdicts, verdict, counts["requests"], names)
    del counts
    give_back()
    rows, own = pa.array(order), pa.array(verdict[order])
    columns = []
    for field in schema(CLIENTS):
        # One column at a time: a million clients are not held twice.
        if field.name in verdicts:
            columns.append(_typed(verdicts[field.name], field.type).take(own))
        elif field.name in counted:
            columns.append(_typed(counted.pop(field.name).take(rows), field.type))
        else:
            columns.append(tagged[field.name].take(rows))
            tagged = tagged.drop_columns([field.name])
    return pa.table(columns, schema=schema(CLIENTS))


def _counted(clients: ClientTable) -> dict[str, pa.Array]:
    """What was counted, and no longer what it was counted from."""
    counted = clients.table()
    clients.let_go()
    return counted


def _typed(values: Any, type_: pa.DataType) -> Any:
    return (
        values.dictionary_encode() if pa.types.is_dictionary(type_) and values.type == pa.string() else values
    )


def _contained(texts: Sequence[str | None], intervals: Intervals) -> NDArray[np.bool_]:
    if not intervals.versions():
        return np.zeros(len(texts), np.bool_)
    matched: NDArray[np.bool_] = intervals.match(addr.parse(texts)) >= 0
    return matched


def _order(
    verdicts: dict[str, pa.Array], verdict: NDArray[np.int64], requests: NDArray[np.int64], names: pa.Array
) -> NDArray[np.int64]:
    """Rows by class, then the highest grade, the most requests, and the name."""
    rank = {name: index for index, name in enumerate(CLASSES)}
    classes = np.array([rank[name] for name in verdicts["class"].to_pylist()], np.int64)
    keys = {
        "class": pa.array(classes[verdict]),
        "grade": pa.array(-verdicts["grade"].to_numpy().astype(np.int64)[verdict]),
        "requests": pa.array(-requests),
        "name": names,
    }
    order = pc.sort_indices(pa.table(keys), sort_keys=[(name, "ascending") for name in keys])
    sorted_rows: NDArray[np.int64] = order.to_numpy().astype(np.int64)
    return sorted_rows


def build_findings(  # noqa: PLR0917 - one argument per stage of the way
    places: Sequence[Place],
    options: dict[str, Any],
    scans: Sequence[Scan],
    sources: Sources,
    clients: pa.Table,
    lines: pa.Table,
) -> Findings:
    """Put the result object together.

    Parameters
    ----------
    places, options
        The question, and the arguments that lead to this answer.
    scans
        The inputs, read to their end.
    sources
        The databases and lists that were asked.
    clients
        See :func:`clients_table`.
    lines
        Log lines of the highlighted clients.
    """
    last = max((scan.last_time for scan in scans if scan.last_time), default=None)
    databases, lists = _databases(sources, last), _lists(sources, last)
    classes = _class_counts(clients)
    rejects = pa.concat_tables([scan.rejects for scan in scans] or [schema(REJECTS).empty_table()])
    counts = {
        "lines": sum(scan.lines for scan in scans),
        "events": sum(scan.events for scan in scans),
        "rejects": sum(scan.rejected for scan in scans),
        "blank": sum(scan.blank for scan in scans),
        "clients": len(clients),
        "highlighted_clients": sum(one.clients for one in classes if one.name in HIGHLIGHTED),
        "highlighted_requests": sum(one.requests for one in classes if one.name in HIGHLIGHTED),
    }
    return Findings(
        version=version("logattr"),
        places=tuple(places),
        options=options,
        inputs=tuple(map(_input, scans)),
        databases=databases,
        lists=lists,
        counts=counts,
        classes=classes,
        clients=clients,
        lines=lines,
        rejects=rejects.slice(0, REJECTS_KEPT),
        warnings=(*_warnings(scans, sources, last), *_left_out(counts, lines, options)),
        alternatives=tuple(_alternatives(clients)),
        limits=_LIMITS,
    )


def _input(scan: Scan) -> InputSummary:
    source = scan.source
    return InputSummary(
        name=scan.name,
        raw_bytes=source.raw_bytes,
        decoded_bytes=source.decoded_bytes,
        sha256_raw=source.sha256_raw,
        sha256_decoded=source.sha256_decoded,
        lines=scan.lines,
        events=scan.events,
        rejects=scan.rejected,
        blank=scan.blank,
        formats=dict(sorted(scan.formats.items())),
        chosen=scan.chosen,
        reject_reasons=dict(sorted(scan.reject_reasons.items())),
        first_time=scan.first_time,
        last_time=scan.last_time,
        warnings=tuple(scan.warnings()),
    )


def _age(date: datetime.date | None, last: datetime.datetime | None) -> int | None:
    return (last.date() - date).days if date is not None and last is not None else None


def _databases(sources: Sources, last: datetime.datetime | None) -> tuple[DatabaseSummary, ...]:
    embedded = find_embedded()
    return tuple(
        DatabaseSummary(
            name=database.name,
            schema=f"{shape.name}, recognised by {shape.how}",
            vendor=shape.vendor,
            roles=tuple(sorted(shape.roles)),
            database_type=database.database_type,
            build_date=database.build_date,
            age_days=_age(database.build_date, last),
            sha256=database.sha256,
            attribution=f"{ATTRIBUTION} ({LICENCE})" if database.path == embedded else "",
        )
        for database, shape in sources.databases
    )


def _lists(sources: Sources, last: datetime.datetime | None) -> tuple[ListSummary, ...]:
    return tuple(
        ListSummary(
            name=one.name,
            classes=tuple(sorted(set(one.classes))),
            kind=one.kind,
            entries=one.entries,
            bad_lines=one.bad_count,
            date=one.date,
            age_days=_age(one.date, last),
            sha256=one.sha256,
            lineage=one.lineage,
        )
        for one in sources.lists
    )


def _class_counts(clients: pa.Table) -> tuple[ClassCount, ...]:
    found = sums_by(clients, ("class",))
    return tuple(
        ClassCount(one.name, one.label, one.meaning, *found[one.name,])
        for one in CLASSES.values()
        if (one.name,) in found
    )


def _warnings(scans: Sequence[Scan], sources: Sources, last: datetime.datetime | None) -> list[str]:
    found = [f"{scan.name}: {warning}" for scan in scans for warning in scan.warnings()]
    found += _copies(scans)
    found += age_warnings(sources, last.date() if last else None)
    found += [warning for one in sources.lists for warning in one.warnings]
    if len(sources.lists) == 1 and not sources.with_role("anonymity"):
        from logattr.networks.providers import coverage

        found.append(coverage().sentence())
    return found


def _copies(scans: Sequence[Scan]) -> list[str]:
    """Say which inputs hold what another one holds: a log beside its packed copy counts twice."""
    first: dict[str, str] = {}
    hashes = ((scan.source.sha256_decoded, scan.name) for scan in scans if scan.lines)
    return [
        f"{name}: the same lines as in {before}, counted once more"
        for sha256, name in hashes
        if sha256 and (before := first.setdefault(sha256, name)) != name
    ]


def _left_out(counts: dict[str, int], lines: pa.Table, options: dict[str, Any]) -> list[str]:
    """Say so when there are more highlighted clients than lines are kept for."""
    kept, wanted = len(lines["client"].unique()), counts["highlighted_clients"]
    if kept == wanted or not options.get("evidence_lines"):
        return []
    return [f"log lines are kept for {kept:,} of {wanted:,} clients that are singled out"]


def _alternatives(clients: pa.Table) -> list[str]:
    """Other explanations of the highlighted clients, and who else was in the places asked for."""
    found = []
    if pc.any(clients["highlighted"]).as_py():
        found = [
            "Someone who usually hides did not do so here: compare the files and times with the anonymised "
            "clients.",
            "An unrelated visitor: whoever knew the server's address could open it, researchers included.",
            "An anonymiser that no source asked here knows, such as a residential proxy or a private server.",
        ]
    aside = equal_rows(clients, "place_match", "in") & ~clients["highlighted"].to_numpy()
    counts = {name: number for (name,), (number, _) in sums_by(clients, ("class",), aside).items()}
    for name in filter(counts.get, CLASSES):
        who = (
            "client that a database places there is"
            if counts[name] == 1
            else ("clients that a database places there are")
        )
        found.append(f"{counts[name]:,} more {who} set aside as: {CLASSES[name].label}.")
    return found
