"""From logs to findings in one pass, block by block: memory holds clients, never lines.

The stages are those of :mod:`logattr.pipeline`, which has whole tables in memory.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa

from logattr.attribution.clients import ClientTable
from logattr.attribution.evidence import EvidenceLines, FileState, fetch, file_state, lines_table
from logattr.attribution.positions import Place
from logattr.attribution.summary import SUMMARISED, Summary
from logattr.enrichment import event_days, open_sources
from logattr.enrichment.sources import Sources, path_texts
from logattr.formats import Format
from logattr.memory import give_back
from logattr.reading.blocks import Block
from logattr.reading.compression import MAX_RATIO
from logattr.reading.inputs import Logs, expand
from logattr.reading.parse import Batch
from logattr.reading.scan import ReadOptions, Scan, raise_if_all_failed
from logattr.reading.sources import read_once, spool
from logattr.reading.threads import begun

if TYPE_CHECKING:
    from logattr.report.findings import Findings

__all__ = ["investigate"]

EVIDENCE_CLIENTS = 10_000
"""Highlighted clients whose lines are kept; more than a person can read, less than fills a memory."""
_BLOCK_BYTES = 4 << 20  # half the usual: what waits between threads is most of a report's memory

Progress = Callable[[str, int, int | None], None]


def investigate(
    logs: Logs,
    *,
    places: str | Sequence[str],
    databases: Sequence[str | os.PathLike[str]] = (),
    lists: Sequence[str] = (),
    format: str | Format | None = None,
    timezone: str = "UTC",
    trusted_proxies: Sequence[str] = (),
    max_ratio: int = MAX_RATIO,
    year: int | None = None,
    self_networks: Sequence[str] = (),
    evidence_lines: int = 20,
    stdin: IO[bytes] | None = None,
    progress: Progress | None = None,
) -> Findings:
    r"""From logs to the clients in places of interest that no anonymiser evidence explains.

    Reads the logs once, to count clients and to remember where their first lines stand; the lines of
    those that are highlighted are then fetched from there. Memory grows with the number of distinct
    clients, never with the number of lines.

    Parameters
    ----------
    logs
        A path, a folder, a glob, ``-`` for standard input, or several of them; of an archive all
        files, or one as ``ARCHIVE!MEMBER``.
    places
        Names or ISO 3166 codes, see :mod:`logattr.places`.
    databases, lists
        See :func:`lookup`.
    format, timezone, trusted_proxies, max_ratio, year
        See :func:`scan_log`.
    self_networks
        Networks of the observers themselves; their clients are labelled and set aside.
    evidence_lines
        Log lines kept per highlighted client, for the first 10,000 of them.
    stdin
        Stream that ``-`` means; it is copied to a temporary file, to fetch lines from.
    progress
        Called with the name of the stage, and bytes done and in all.

    Raises
    ------
    PlaceError, OptionError, SourceError, FormatError, DatabaseError, ListError
        See there.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> log = Path(mkdtemp(), "access.log")
    >>> line = '81.32.0.1 - - [10/Jan/2024:08:01:02 +0800] "GET /a HTTP/1.1" 200 12'
    >>> _ = log.write_text(line + "\n")
    >>> findings = investigate(log, places=["Spain"])
    >>> findings.highlighted[["client", "place", "class"]].iloc[0].to_list()
    ['81.32.0.1', 'ES', 'matched']
    """
    from logattr.attribution.findings import build_findings, clients_table, parse_networks
    from logattr.places import resolve_many

    places = [places] if isinstance(places, str) else list(places)
    asked = resolve_many(places)
    parse_networks(self_networks)
    options = ReadOptions(format, timezone, tuple(trusted_proxies), max_ratio=max_ratio, year=year)
    names = expand([logs] if isinstance(logs, str | os.PathLike) else list(logs), max_ratio=max_ratio)
    # Reading leaves a processor time enough for this, and asks nothing of it.
    opening = begun(partial(_opened, path_texts(databases), lists))
    with ExitStack() as stack:
        once = [name for name in names if read_once(name)]
        if once:
            opening.result()  # a copy may take for ever: what is broken is told before
        held = {name: stack.enter_context(_copy(name, stdin)) for name in once}
        clients = ClientTable(evidence_lines)
        scans, states = [], []
        for number, name in enumerate(names):
            scan = _scan(
                name, options, held, SUMMARISED, stage="reading", progress=progress, alone=len(names) == 1
            )
            states.append(file_state(scan.source.path))
            for summaries in scan.each(partial(_summaries, clients, number)):
                clients.take(summaries)
                if opening.done():
                    opening.result()  # a source that is broken is told at once, not after the last line
            scans.append(scan)
        raise_if_all_failed(scans)
        sources, digests = opening.result()
        sources = sources.for_days(event_days(clients.last_seen))
        give_back()
        table = clients_table(clients, asked, sources, self_networks)
        give_back()
        wanted = table["client"].filter(table["highlighted"]).slice(0, EVIDENCE_CLIENTS)
        wanted = pa.concat_arrays(wanted.chunks) if wanted.num_chunks else pa.array([], pa.string())
        where = clients.lines(wanted)
        if where is None:
            lines = _evidence(
                names, wanted.to_pylist(), options, held, most=evidence_lines, progress=progress
            )
        else:
            lines = _fetched(names, scans, states, where, clients.keys, held, options, progress=progress)
    for digest in digests:
        digest.result()
    used: dict[str, Any] = {
        "databases": path_texts(databases),
        "evidence_lines": evidence_lines,
        "format": format.name if isinstance(format, Format) else format,
        "lists": list(lists),
        "logs": names,
        "max_ratio": max_ratio,
        "places": places,
        "self_networks": list(self_networks),
        "timezone": timezone,
        "trusted_proxies": list(trusted_proxies),
        "year": year,
    }
    return build_findings(asked, used, scans, sources, table, lines)


def _opened(databases: Sequence[str], lists: Sequence[str]) -> tuple[Sources, list[Future[str]]]:
    """Databases and lists, and the digests of databases, for which nothing but the end waits."""
    sources = open_sources(databases, lists)
    return sources, [begun(partial(getattr, database, "sha256")) for database, _ in sources.databases]


def _copy(name: str, stdin: IO[bytes] | None) -> IO[bytes]:
    """A copy of an input that can be read only once."""
    if name == "-":
        return spool(stdin or sys.stdin.buffer)
    with Path(name).open("rb") as stream:
        return spool(stream)


def _scan(
    name: str,
    options: ReadOptions,
    held: Mapping[str, IO[bytes]],
    columns: frozenset[str],
    *,
    stage: str,
    progress: Progress | None,
    alone: bool = False,
) -> Scan:
    report = (lambda done, total: progress(f"{stage} {name}", done, total)) if progress else None
    return Scan(
        name,
        options,
        copy=held.get(name),
        progress=report,
        alone=alone,
        columns=columns,
        block_bytes=_BLOCK_BYTES,
    )


def _summaries(clients: ClientTable, source: int, _: Block, batch: Batch) -> list[Summary]:
    return clients.summaries(batch.events, source)


def _evidence(
    names: Sequence[str],
    wanted: Sequence[str],
    options: ReadOptions,
    held: Mapping[str, IO[bytes]],
    *,
    most: int,
    progress: Progress | None,
) -> pa.Table:
    """The first lines of each highlighted client, by a second pass over the inputs."""
    collected = EvidenceLines(wanted, most)
    for name in names if wanted and most > 0 else []:
        scan = _scan(name, options, held, EvidenceLines.COLUMNS, stage="evidence from", progress=progress)
        for block, batch in scan.with_blocks():
            collected.add(block, batch.events)
            if collected.full:
                break
    return collected.table()


def _fetched(  # noqa: PLR0917 - one argument per thing that is known of an input
    names: Sequence[str],
    scans: Sequence[Scan],
    states: Sequence[FileState],
    places: Place,
    keys: pa.Array,
    held: Mapping[str, IO[bytes]],
    options: ReadOptions,
    *,
    progress: Progress | None,
) -> pa.Table:
    """The same lines, from where they stand."""
    found: list[tuple[Place, str, list[str]]] = []
    for number, (name, scan, state) in enumerate(zip(names, scans, states, strict=True)):
        own = places.take(places.source == number)
        if not len(own.line):
            continue
        texts = fetch(
            scan.source,
            own.offset,
            state,
            copy=held.get(name),
            max_ratio=options.max_ratio,
            progress=partial(progress, f"evidence from {name}") if progress else None,
        )
        if texts is not None:
            found.append((own, scan.name, texts))
    return lines_table([one[0] for one in found], keys, [one[1] for one in found], [one[2] for one in found])
