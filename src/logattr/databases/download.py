"""From the catalogue to the store: what to fetch, fetching it, and looking at it before it counts.

The only code of the package that uses a network, and only when somebody runs ``logattr db update`` or
calls :func:`update`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urljoin

from logattr.databases.catalog import CatalogSource, fill, is_safe_url
from logattr.databases.clones import copy_of_day
from logattr.databases.intake import about_source, called, check_vendor, inspect
from logattr.databases.store import Copy, Store
from logattr.databases.stored import keep_read
from logattr.databases.transfer import Edition, Key, Missing, Progress, Unavailable, fetch, fetch_text
from logattr.databases.unpack import exits_of_day, unpack
from logattr.errors import DatabaseError, LogattrError, OptionError, SourceError

__all__ = ["Outcome", "choose", "update"]

_MEGABYTE = 1_000_000
_LEAST_LIMIT = 16 * _MEGABYTE
_TIMES_TOO_LARGE = 10
_ARCHIVE_UNPACKS = 20  # a month of exit lists unpacks to about ten times its size
_MONTHS_BACK = 12  # before the month asked for; what is older says little about it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one source.

    Parameters
    ----------
    source
        The source.
    status
        ``new`` (a copy was stored), ``unchanged`` (the newest one is there), ``planned`` (a dry run),
        ``skipped`` (a key or a history is missing) or ``failed``; the store is as it was in the last three.
    message
        In a sentence.
    copy
        The copy that is there now; None when there is none.
    """

    source: CatalogSource
    status: str
    message: str
    copy: Copy | None = None


def choose(
    catalog: Mapping[str, CatalogSource], names: Sequence[str], environ: Mapping[str, str] = os.environ
) -> list[CatalogSource]:
    """The sources of some names; without names, all that need no key, or whose key is there.

    Raises
    ------
    OptionError
        A name is not in the catalogue.
    """
    for name in names:
        if name not in catalog:
            near = get_close_matches(name, catalog, n=3, cutoff=0.4)
            raise OptionError(
                f"the source {name!r}", "one of " + ", ".join(catalog), f"{near[0]}" if near else ""
            )
    if names:
        return [catalog[name] for name in dict.fromkeys(names)]
    return [source for source in catalog.values() if source.has_key(environ)]


def update(
    source: CatalogSource,
    store: Store,
    *,
    as_of: dt.date | None = None,
    dry_run: bool = False,
    environ: Mapping[str, str] = os.environ,
    clones: Sequence[Path] = (),
    progress: Progress | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Bring one source up to date, or fetch its edition of a day in the past.

    Parameters
    ----------
    source, store
        What, and where to.
    as_of
        A day; None for the newest edition.
    dry_run
        Only say what would be fetched, from where, and under which licence; no network is used.
    environ
        Environment variables that may hold keys.
    clones
        The user's own clones of git repositories; where a source is kept in one, an edition of the past is
        taken from it.
    progress
        Called with a name, the bytes so far, and all of them (None: not known).
    sleep
        Waits between attempts.

    Returns
    -------
    Outcome
        Never an exception for what can go wrong with one source, so that the others go on.

    Examples
    --------
    >>> from logattr.databases.catalog import read_catalog
    >>> done = update(read_catalog()["x4bnet-vpn"], Store(Path("no-such-folder")), dry_run=True)
    >>> done.status, done.message.split(", ")[1]
    ('planned', 'about 0.2 MB')
    """
    from_clone = bool(as_of and source.git_file and clones)
    refused = "" if from_clone else _refusal(source, as_of, store.today, environ)
    if refused:
        if dry_run and as_of is None:  # for want of a key
            refused += f"; with it, {_plan(source, as_of, store.today)}"
        return Outcome(source, "skipped", refused, store.newest(source.name))
    if from_clone and as_of:
        return _from_clone(source, store, clones, as_of, dry_run=dry_run)
    if dry_run:
        return Outcome(source, "planned", _plan(source, as_of, store.today), store.newest(source.name))
    key = _key(source, environ)
    try:
        with _working_folder(store, source) as folder:
            work = _Work(source, store, folder, key, progress, sleep)
            return _newest(work) if as_of is None else _historical(work, as_of)
    except LogattrError as error:
        hint = ""
        # Some vendors say that a key is refused in a text of status 200 (IP2Location: "NO PERMISSION").
        of_key = isinstance(error, Unavailable) and re.search(r"status 40[13]", str(error))
        if source.key_env and (of_key or isinstance(error, DatabaseError)):
            hint = f". The key is taken from {' and '.join(source.key_env)}; get one at {source.key_url}"
        return Outcome(source, "failed", key.scrub(f"{error}{hint}"), store.newest(source.name))
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"the data folder {store.root} cannot be written ({reason}); what it holds is as it was"
        return Outcome(source, "failed", message, store.newest(source.name))


def _refusal(source: CatalogSource, as_of: dt.date | None, today: dt.date, environ: Mapping[str, str]) -> str:
    """Why a source is not even tried; empty when it is."""
    if as_of is not None and (never := _no_edition(source, as_of, today)):
        return never
    if not source.has_key(environ):
        return f"needs a key in {' and '.join(source.key_env)}; get one at {source.key_url}"
    return ""


def _no_edition(source: CatalogSource, as_of: dt.date, today: dt.date) -> str:
    """Why no edition of a day can be fetched, with or without a key; empty when one can."""
    if as_of > today:
        return f"{as_of} is in the future"
    if source.keep_days is not None:
        return (
            f"its licence ({source.licence}, {source.licence_url}) has old builds destroyed within "
            f"{source.keep_days} days, so there is no history"
        )
    if not source.has_history:
        return (
            "its publisher offers no history by address. With a copy of that time: "
            f"`logattr db add FILE --as {source.name} --date {as_of}`" + _with_a_clone(source, as_of)
        )
    return ""


def _with_a_clone(source: CatalogSource, day: dt.date) -> str:
    """How a clone of its repository helps, where it is kept in one."""
    if not source.git_file:
        return ""
    command = f"`logattr db update {source.name} --as-of {day} --git CLONE`"
    return f"; with a clone of its repository ({source.homepage}): {command}"


def _from_clone(
    source: CatalogSource, store: Store, clones: Sequence[Path], day: dt.date, *, dry_run: bool
) -> Outcome:
    """Take the edition of a day from the history of a clone."""
    if dry_run:
        where = " or ".join(map(str, clones))
        said = f"would take {source.git_file} of {day} from {where}, licence: {_licence(source)}"
        return Outcome(source, "planned", said, store.newest(source.name))
    before = store.copies(source.name)
    try:
        copy = copy_of_day(source, store, clones, day)
    except LogattrError as error:
        return Outcome(source, "failed", str(error), store.newest(source.name))
    same = any(one.date == copy.date and one.sha256 == copy.sha256 for one in before)
    said = f"commit {copy.about.commit}, {_size(copy)}"
    return Outcome(source, "unchanged" if same else "new", said, copy)


def _plan(source: CatalogSource, as_of: dt.date | None, today: dt.date) -> str:
    if as_of is None:
        url, size = source.index_url or fill(source.url, today), source.size_mb
    else:
        url = source.history_index or fill(source.history_url, as_of)
        size = source.history_size_mb or source.size_mb
    return f"would fetch {url}, about {size:g} MB, licence: {_licence(source)}"


def _size(copy: Copy) -> str:
    megabytes = copy.size / _MEGABYTE
    return f"{megabytes:,.1f} MB" if megabytes >= 0.1 else f"{copy.size:,} bytes"


def _licence(source: CatalogSource) -> str:
    return f"{source.licence} ({source.licence_url})" if source.licence_url else source.licence


def _key(source: CatalogSource, environ: Mapping[str, str]) -> Key:
    values = [environ[name] for name in source.key_env]
    if source.auth == "basic":
        return Key(user=values[0], password=values[1])
    return Key(token=values[0]) if source.auth == "token" else Key()


# ------------------------------------------------------------------ fetching


@dataclass(frozen=True, slots=True)
class _Work:
    """What all steps of one source need."""

    source: CatalogSource
    store: Store
    folder: Path
    key: Key
    progress: Progress | None
    sleep: Callable[[float], None]

    @property
    def limit(self) -> int:
        return max(_LEAST_LIMIT, int(self.source.size_mb * _TIMES_TOO_LARGE * _MEGABYTE))

    def fetch(self, url: str, *, known: Edition | None = None, limit: int | None = None) -> Edition | None:
        return fetch(
            url,
            self.packed,
            limit=limit or self.limit,
            known=known,
            key=self.key,
            name=self.source.name,
            progress=self.progress,
            sleep=self.sleep,
        )

    @property
    def packed(self) -> Path:
        return self.folder / self.source.name


@contextmanager
def _working_folder(store: Store, source: CatalogSource) -> Iterator[Path]:
    """A hidden folder that keeps what has arrived; one process at a time works on a source."""
    folder = store.root / ".fetching" / source.name
    folder.mkdir(parents=True, exist_ok=True)
    with store.locked(f".fetching/{source.name}.lock", seconds=-1):
        try:
            yield folder
        finally:
            for file in folder.iterdir():
                if ".part" not in file.suffixes:  # what has not arrived whole is gone on with next time
                    with suppress(OSError):  # Windows does not delete what is still mapped
                        file.unlink()


def _newest(work: _Work) -> Outcome:
    source, today = work.source, work.store.today
    if source.index_url:
        links = _links(work, source.index_url, source.index_link)
        if not links:
            raise Unavailable(f"{source.index_url} has no link to a file any more", try_="the page itself")
        day, url = links[-1]
        return _fetched(work, url, day)
    urls = [fill(source.url, today)]
    if "{month}" in source.url:  # a month's file may come out some days into the month
        urls.append(fill(source.url, today.replace(day=1) - dt.timedelta(days=1)))
    for url in urls[:-1]:
        try:
            return _fetched(work, url, None)
        except Missing:
            continue
    return _fetched(work, urls[-1], None)


def _historical(work: _Work, day: dt.date) -> Outcome:
    source = work.source
    if source.history_index:
        links = [link for link in _links(work, source.history_index, source.history_link) if link[0] <= day]
        if not links:
            raise Missing(f"{source.history_index} has nothing of {day} or before")
        return _fetched(work, links[-1][1], links[-1][0])
    urls = list(dict.fromkeys(fill(source.history_url, earlier) for earlier in _months_back(day)))
    for place, url in enumerate(urls):
        try:
            done = _of_archive(work, url, day) if url.endswith(".tar.xz") else _fetched(work, url, None)
        except Missing:
            continue
        if place == 0:
            return done
        said = f"{done.message}; the publisher has no {day:%Y-%m} any more, this is the nearest before it"
        return replace(done, message=said)
    raise Missing(
        f"{urls[0]} is not there, nor is any of the {len(urls) - 1} months before it",
        try_="an edition nearer to today",
    )


def _months_back(day: dt.date) -> Iterator[dt.date]:
    """The day, then the last days of the months before it."""
    yield day
    for _ in range(_MONTHS_BACK):
        day = day.replace(day=1) - dt.timedelta(days=1)
        yield day


def _of_archive(work: _Work, url: str, day: dt.date) -> Outcome:
    """Take the list of a day, or the last one before it, out of an archive of a month."""
    limit = int(work.source.history_size_mb * _TIMES_TOO_LARGE * _MEGABYTE)
    edition = work.fetch(url, limit=limit)
    plain, of = exits_of_day(work.packed, day, limit=limit * _ARCHIVE_UNPACKS)
    done = _stored(work, plain, url, edition, of)
    same_month = of != day and (of.year, of.month) == (day.year, day.month)
    return replace(done, message=f"{done.message}; it has no list of {day}") if same_month else done


def _links(work: _Work, page: str, pattern: str) -> list[tuple[dt.date, str]]:
    """Dated links of a page, the oldest first."""
    text = fetch_text(page, key=work.key, sleep=work.sleep)
    found = {}
    for match in re.finditer(pattern, text):
        digits = match["date"].replace("-", "")
        try:
            day = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
        except ValueError:
            continue
        url = urljoin(page, match[0])
        if is_safe_url(url):
            found[day] = url
    return sorted(found.items())


def _fetched(work: _Work, url: str, day: dt.date | None) -> Outcome:
    """Fetch an edition unless the store has it, check it, store it."""
    copies = work.store.copies(work.source.name)
    same = next((copy for copy in reversed(copies) if copy.about.url == url), None)
    known = Edition(same.about.etag, same.about.last_modified) if same else None
    edition = work.fetch(url, known=known)
    if edition is None and same is not None:
        copy = work.store.checked(same)
        return Outcome(work.source, "unchanged", f"nothing newer than the copy of {copy.date}", copy)
    if work.source.checksum_url:
        _compare_checksum(work)
    plain = unpack(
        work.packed, work.folder, limit=work.limit, ending=".mmdb" if work.source.is_database else ""
    )
    return _stored(work, plain, url, edition, day)


def _compare_checksum(work: _Work) -> None:
    text = fetch_text(work.source.checksum_url, key=work.key, sleep=work.sleep)
    given = re.search(r"\b[0-9a-fA-F]{64}\b", text)
    if not given:
        raise Unavailable(f"{work.source.checksum_url} gives no SHA-256, so the file cannot be checked")
    with work.packed.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != given[0].lower():
        work.packed.unlink()
        raise SourceError(
            f"{work.source.url} has the SHA-256 {found}",
            f"{given[0].lower()}, as its publisher says",
            "again in some minutes: the publisher may be replacing the file just now",
        )


def _stored(work: _Work, plain: Path, url: str, edition: Edition | None, day: dt.date | None) -> Outcome:
    source, store = work.source, work.store
    with called(plain, url):
        content = inspect(plain, source.class_, name=source.name)
    check_vendor(source, content)
    edition = edition or Edition("", "")
    # What a file says of itself comes first; the day of the fetch is the last resort.
    date = content.date or day or edition.day or store.today
    date = min(date, store.today)
    before = next((copy for copy in store.copies(source.name) if copy.date == date), None)
    about = about_source(source, url=url, etag=edition.etag, last_modified=edition.last_modified)
    copy = store.add(
        plain, source=source.name, date=date, about=about, build_date=None if source.class_ else content.date
    )
    if content.entries:
        keep_read(copy, content.entries)
    if before and before.sha256 == copy.sha256:
        return Outcome(source, "unchanged", f"the same as the copy of {copy.date}", copy)
    bad = f"; {content.bad_lines}" if content.bad_lines else ""
    said = f"{content.what}, of {copy.date}, {_size(copy)}{bad}"
    return Outcome(source, "new", said, copy)
