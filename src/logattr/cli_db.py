"""The commands below ``logattr db``: what is there, and how it gets there."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logattr.console import UNREADABLE, message, with_messages

if TYPE_CHECKING:
    from logattr.databases.download import Outcome
    from logattr.databases.intake import Kept
    from logattr.databases.store import Store

__all__ = ["db", "store_report"]

_catalog = click.option(
    "--catalog", metavar="FILE", help="Sources to know, in the form of catalog.toml. [default: its own]"
)


@click.group()
def db() -> None:
    """Show, fetch and keep databases and lists."""


def _day(_context: click.Context, option: click.Parameter, value: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value) if value else None
    except ValueError:
        raise click.BadParameter(f"{value!r} is no day; expected YYYY-MM-DD", param=option) from None


@db.command()
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only say what would be fetched, and under which licence.")
@click.option("--as-of", metavar="DATE", callback=_day, help="Fetch the edition of that day instead.")
@click.option(
    "--git", "clones", metavar="CLONE", multiple=True, help="With --as-of: take lists from this local clone."
)
@_catalog
@with_messages
def update(
    *,
    sources: tuple[str, ...],
    dry_run: bool,
    as_of: dt.date | None,
    clones: tuple[str, ...],
    catalog: str | None,
) -> None:
    """Fetch the newest databases and lists, or those of a day.

    Without SOURCE: all that need no key, and those whose key is in the environment. This is the only
    command that uses a network.
    """
    from logattr.databases import download
    from logattr.databases.catalog import read_catalog
    from logattr.databases.clones import has_copy_of_day

    if clones and not as_of:
        raise click.UsageError("--git goes with --as-of; what is newest is fetched from the publisher")
    known, store, folders = read_catalog(catalog), _store(), [Path(clone) for clone in clones]
    chosen = download.choose(known, sources)
    if as_of and not sources:
        chosen = [one for one in chosen if one.has_history or has_copy_of_day(one, folders, as_of)]
    failed = 0
    with _download_bar() as progress:
        for source in chosen:
            done = download.update(
                source, store, as_of=as_of, dry_run=dry_run, clones=folders, progress=progress
            )
            failed += done.status in ({"failed", "skipped"} if sources else {"failed"})
            _show(done)
    if not sources and (left := [one.name for one in known.values() if one not in chosen]):
        why = f"have no edition of {as_of} to fetch, or need a key" if as_of else "need a key"
        message(f"left out, as they {why}: {', '.join(left)}")
    if not dry_run:
        _obey(store)
    if failed:
        sys.exit(UNREADABLE)


def _show(done: Outcome) -> None:
    from logattr.report.escape import terminal_text

    line = terminal_text(f"{done.source.name}: {done.status}: {done.message}")
    click.echo(line, err=done.status in {"failed", "skipped"})


@db.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option(
    "--as", "source", metavar="SOURCE", help="Name of its source: one of the catalogue, or your own."
)
@click.option("--class", "class_", metavar="CLASS", help="What an entry of a list means: vpn, hosting, ...")
@click.option("--date", metavar="DATE", callback=_day, help="The day it describes. [default: as it states]")
@click.option("--git", metavar="CLONE", help="Take --file from a local clone, as it was on --as-of.")
@click.option("--file", "file", metavar="PATH", help="Path in the clone.")
@click.option("--as-of", metavar="DATE", callback=_day, help="Day of the clone's history. [default: newest]")
@_catalog
@with_messages
def add(
    *,
    paths: tuple[str, ...],
    source: str | None,
    class_: str | None,
    date: dt.date | None,
    git: str | None,
    file: str | None,
    as_of: dt.date | None,
    catalog: str | None,
) -> None:
    """Keep copies of files of your own: any database, any list."""
    from logattr.databases.catalog import read_catalog
    from logattr.databases.history import file_of_day
    from logattr.databases.intake import add_file
    from logattr.databases.mapping import split_mapping

    if bool(git) != bool(file) or bool(git) == bool(paths):
        raise click.UsageError("give one or more files, or --git with --file")
    if as_of and not git:
        raise click.UsageError("--as-of goes with --git; the day of a file is --date")
    if source and date and len(paths) > 1:
        raise click.UsageError("--as and --date name one copy, and one file is one copy")
    known, store = read_catalog(catalog), _store()
    if git and file:
        with file_of_day(Path(git), file, as_of) as one:
            day = date or one.day
            _added(
                add_file(store, one.path, known, source=source, class_=class_, date=day, commit=one.commit)
            )
    for given in paths:
        path, mapping = split_mapping(given)
        kept = add_file(store, path, known, source=source, class_=class_, date=date, mapping=mapping)
        _added(kept)
    _obey(store)


def _added(kept: Kept) -> None:
    """Say what was kept, and as what it was understood."""
    from logattr.report.escape import terminal_text

    copy, content = kept.copy, kept.content
    commit = f", commit {copy.about.commit}" if copy.about.commit else ""
    means = f"of class {copy.about.class_}" if copy.about.class_ else f"({', '.join(content.roles)})"
    replaced = ", in place of other content of that day" if kept.replaced else ""
    line = f"{copy.source} {copy.date}: {content.what} {means}; {copy.size:,} bytes, SHA-256 {copy.sha256}"
    click.echo(terminal_text(f"{line}{commit}{replaced}"))
    if content.bad_lines:
        message(f"{copy.source}: {content.bad_lines}")


@db.command()
@click.argument("source")
@click.argument("date", metavar="[DATE]", required=False, callback=_day)
@with_messages
def remove(source: str, date: dt.date | None) -> None:
    """Remove the copy of a day, or all copies of a source."""
    from logattr.databases.catalog import is_source_name
    from logattr.errors import OptionError

    store = _store()
    gone = store.remove(source, date) if is_source_name(source) and store.root.is_dir() else ()
    if not gone:
        have = ", ".join(str(copy.date) for copy in store.copies(source)) or "no copies"
        raise OptionError(
            f"there is no copy of {source!r}{f' of {date}' if date else ''}",
            f"one that `logattr db list` shows; of {source!r} it has {have}",
        )
    for copy in gone:
        click.echo(f"removed {copy.source} {copy.date}")


def _store() -> Store:
    from logattr.databases.store import Store, data_folder

    return Store(data_folder())


def _obey(store: Store) -> None:
    """Destroy what licences no longer let anybody keep, and say so."""
    for copy in store.obey_licences():
        message(
            f"destroyed {copy.source} of {copy.date}: its licence ({copy.about.licence}) lets nobody keep a "
            f"build for more than {copy.about.keep_days} days after the next one"
        )


def store_report() -> str:
    """What is in the store, and what the catalogue has beyond it; licences are obeyed first."""
    from logattr.databases.catalog import read_catalog
    from logattr.report.holdings import holdings_text

    store = _store()
    _obey(store)
    return holdings_text(store, read_catalog())


@contextmanager
def _download_bar() -> Iterator[Callable[[str, int, int | None], None] | None]:
    """A progress bar on standard error for a person who watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda name, done, total: bar.update(task, description=name, completed=done, total=total)
