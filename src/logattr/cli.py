"""The command line: argument mapping and printing, nothing else.

Data goes to standard output, messages and progress to standard error. Exit status: 0 done, also when
nobody matched; 1 an input is unreadable or not understood; 2 usage; 3 no usable database.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from logattr.cli_db import db, store_report
from logattr.console import (
    UNREADABLE,
    finish,
    message,
    progress_bar,
    the_process,
    with_messages,
    without_traceback,
)

if TYPE_CHECKING:
    from logattr.reading.scan import Scan

__all__ = ["main"]


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several click options as one decorator, shown in the order given."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


_reading = _options(
    click.argument("logs", metavar="LOG...", nargs=-1, required=True),
    click.option(
        "--format",
        "format_",
        metavar="NAME|STRING|FILE.toml",
        help="Format, LogFormat, log_format, or file with one. [default: detect]",
    ),
    click.option("--timezone", default="UTC", show_default=True, help="Zone of times that state no offset."),
    click.option(
        "--year",
        type=click.IntRange(1970, 9999),
        help="Year of the first line, for syslog times. [default: from the lines]",
    ),
    click.option(
        "--trusted-proxy",
        "trusted_proxies",
        metavar="CIDR",
        multiple=True,
        help="Believe forwarded-for entries of this network; `private` for private space. Repeatable.",
    ),
    click.option(
        "--max-ratio",
        type=click.IntRange(1),
        default=1000,
        show_default=True,
        help="Refuse what unpacks to more than so many times its size, beyond 1 GB.",
    ),
    click.option("--strict", is_flag=True, help="Exit with status 1 if any line is not understood."),
)
_enriching = _options(
    click.option(
        "--db",
        "databases",
        metavar="PATH",
        multiple=True,
        help=".mmdb file or folder, PATH:mapping.toml for one of an unknown kind; also $LOGATTR_DATABASES. "
        "Repeatable, first answers first.",
    ),
    click.option(
        "--list",
        "lists",
        metavar="CLASS=PATH[@DATE]",
        multiple=True,
        help="List of networks or AS numbers: vpn, tor_exit, hosting, ... Repeatable.",
    ),
)


class _Process(click.Group):
    """A group that, when it is the process and not a function in one, makes the process fit for it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with the_process(), without_traceback():
            return super().__call__(*args, **kwargs)


@click.group(cls=_Process, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="logattr")
def main() -> None:
    """Who came to this server, from where, and who was not hiding?

    \b
    logattr report access.log --place Liaoning --place Spain --html report.html
    logattr parse access.log.gz --to csv -o events.csv
    logattr lookup 203.0.113.9
    """  # noqa: D301, D400  # \b is a backspace: it tells click to keep the lines


@main.command()
@_reading
@click.option(
    "--place",
    "places",
    metavar="NAME",
    multiple=True,
    required=True,
    help="Place of interest: CN-LN, Liaoning, Spain, 'Madrid, ES'. Repeatable.",
)
@_enriching
@click.option(
    "--self", "self_networks", metavar="CIDR", multiple=True, help="Network of the observers. Repeatable."
)
@click.option(
    "--lines",
    "evidence_lines",
    type=click.IntRange(0, 1000),
    default=20,
    show_default=True,
    help="Log lines kept per highlighted client.",
)
@click.option("--html", metavar="FILE", help="Write the report as one HTML page.")
@click.option("--json", "json_", metavar="FILE", help="Write the findings as JSON.")
@click.option("--csv", "csv_", metavar="FILE", help="Write all clients as CSV.")
@with_messages
def report(
    *,
    logs: tuple[str, ...],
    html: str | None,
    json_: str | None,
    csv_: str | None,
    strict: bool,
    format_: str | None,
    **options: Any,
) -> None:
    """Highlight clients in places of interest that no anonymiser evidence explains."""
    outputs = {"--html": html, "--json": json_, "--csv": csv_}
    _check_endings(outputs)
    from rich.console import Console

    from logattr.investigation import investigate
    from logattr.networks.lists import parse_list_option
    from logattr.report.outputs import check_outputs
    from logattr.report.terminal import print_findings

    names, stdin = _files(logs, options["max_ratio"]), sys.stdin.buffer
    lists = [path for _, path, _ in map(parse_list_option, options["lists"])]
    check_outputs(outputs, [*names, *options["databases"], *lists], stdin)
    with progress_bar(names) as progress:
        findings = investigate(
            names, format=_check_format(format_), stdin=stdin, progress=progress, **options
        )
    for path in filter(None, outputs.values()):
        findings.write(path)
    print_findings(findings, Console(width=None if sys.stdout.isatty() else 100))
    for path in filter(None, outputs.values()):
        message(f"wrote {path}")
    counts, first = findings.counts, findings.rejects.slice(0, 1).to_pylist()
    finish(
        names,
        lines=counts["lines"],
        events=counts["events"],
        blank=counts["blank"],
        first=first,
        # What was found in a folder or an archive need not be a log; what was named must be one.
        strict=strict or any(one.rejects and not one.chosen and one.name in logs for one in findings.inputs),
    )


def _files(logs: tuple[str, ...], max_ratio: int) -> list[str]:
    """The inputs that the arguments stand for; says which folders are not looked into."""
    from logattr.reading.inputs import expand, folders_below
    from logattr.report import counted

    for given in logs:
        if below := folders_below(given):
            message(
                f"{given}: {counted(below, 'folder')} in it not read. "
                f"Try: '{given.rstrip('/')}/**' for the files of all"
            )
    return expand(list(logs), max_ratio=max_ratio)


def _check_endings(outputs: dict[str, str | None]) -> None:
    for option, path in outputs.items():
        ending = option.replace("--", ".")
        if path and not path.lower().endswith(ending):
            raise click.UsageError(f"{option} {path!r}: expected a file name that ends in {ending}")


def _check_format(format_: str | None, option: str = "--format") -> str | None:
    """Refuse a wrong format string as a matter of usage, before anything is read."""
    from logattr.errors import FormatError
    from logattr.reading.readers import reader_for

    try:
        if format_ is not None:
            reader_for(format_)
    except FormatError as error:
        raise click.UsageError(f"{option}: {error}") from None
    return format_


@main.command()
@_reading
@click.option(
    "--to", "to", type=click.Choice(["jsonl", "csv", "parquet"]), default="jsonl", show_default=True
)
@click.option("-o", "--output", metavar="FILE", help="Write here. [default: standard output]")
@click.option("--rejects", metavar="FILE", help="Write lines that were not understood here, as JSON lines.")
@with_messages
def parse(
    *,
    logs: tuple[str, ...],
    format_: str | None,
    timezone: str,
    trusted_proxies: tuple[str, ...],
    max_ratio: int,
    year: int | None,
    strict: bool,
    to: str,
    output: str | None,
    rejects: str | None,
) -> None:
    """Write the events of logs for other tools."""
    from logattr.reading.scan import ReadOptions, Scan, raise_if_all_failed
    from logattr.report.events import event_writer, reject_writer
    from logattr.report.outputs import check_outputs

    if to == "parquet" and output in {None, "-"} and sys.stdout.isatty():
        raise click.UsageError("--to parquet writes binary data: name a file with -o")
    _check_format(format_)
    names, stdin = _files(logs, max_ratio), sys.stdin.buffer
    check_outputs({"-o": "-" if output is None else output, "--rejects": rejects}, names, stdin)
    options = ReadOptions(format_, timezone, trusted_proxies, max_ratio=max_ratio, year=year)
    options.zone()  # refuses what is none before anything is written
    options.proxies()
    scans: list[Scan] = []
    # A bar and events on one terminal would overwrite each other.
    watched = () if output in {None, "-"} and sys.stdout.isatty() else names
    with (
        progress_bar(watched) as progress,
        event_writer(to, output) as write,
        reject_writer(rejects) as write_rejects,
    ):
        for name in names:
            scan = Scan(
                name,
                options,
                stdin=stdin,
                progress=progress and partial(progress, f"reading {name}"),
                alone=len(names) == 1,
            )
            scans.append(scan)
            for batch in scan:
                write(batch.events)
                write_rejects(batch.rejects)
    raise_if_all_failed(scans)
    for scan in scans:
        if scan.chosen:  # else a warning says why
            message(f"{scan.name}: {scan.chosen}")
        for warning in scan.warnings():
            message(f"{scan.name}: {warning}")
    total = {key: sum(getattr(scan, key) for scan in scans) for key in ("lines", "events", "blank")}
    first: list[dict[str, Any]] = next(
        (scan.rejects.slice(0, 1).to_pylist() for scan in scans if len(scan.rejects)), []
    )
    named = any(scan.failure and scan.name in logs for scan in scans)
    finish(names, **total, first=first, strict=strict or named)


@main.command()
@click.argument("addresses", metavar="IP|FILE|-...", nargs=-1, required=True)
@_enriching
@click.option(
    "--to",
    "to",
    type=click.Choice(["table", "jsonl", "csv"]),
    help="[default: table on a terminal, else csv]",
)
@click.option(
    "--as-of",
    metavar="YYYY-MM-DD",
    help="Ask the copies of that day, and the newest beside them.  [default: the newest only]",
)
@with_messages
def lookup(
    addresses: tuple[str, ...],
    databases: tuple[str, ...],
    lists: tuple[str, ...],
    to: str | None,
    as_of: str | None,
) -> None:
    """Tag addresses, given one by one or in files with one a line."""
    from logattr.enrichment import open_sources, parse_day, tag_day
    from logattr.enrichment.ages import age_warnings
    from logattr.errors import OptionError
    from logattr.report.events import address_texts, write_addresses

    try:
        day = None if as_of is None else parse_day(as_of)
    except OptionError as error:
        raise click.UsageError(f"--as-of: {error}") from None
    texts = address_texts(addresses, sys.stdin.buffer)
    sources = open_sources(databases, lists)
    if day is not None:
        sources, date = sources.for_days([day]), dt.date(1970, 1, 1) + dt.timedelta(day)
        for warning in age_warnings(sources, date, log="the day asked about", event="it"):
            message(warning)
    for one in sources.lists:
        for warning in one.warnings:
            message(warning)
    table = tag_day(texts, sources, day)
    write_addresses(table, texts, to or ("table" if sys.stdout.isatty() else "csv"))
    _tell_of_others(texts, table["ip_version"].is_null().to_pylist())


def _tell_of_others(texts: list[str], is_none: list[bool]) -> None:
    """Say how many lines of files are no address; a file without any is none of addresses."""
    none = sum(is_none)
    if none:
        first = texts[is_none.index(True)][:80]
        message(f"{none:,} of {len(texts):,} lines are no address, the first: {first!r}")
    if none and none == len(texts):
        message("logattr: no line is an address; expected one a line. Try: `logattr report` for logs")
        sys.exit(UNREADABLE)


@main.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@with_messages
def places(names: tuple[str, ...]) -> None:
    """Show how names of places are understood."""
    from logattr.places import resolve_many

    for place in resolve_many(names):
        click.echo(f"{place.code}\t{place.name}\t{place.level}\t{place.parent or '-'}")


@main.command()
@click.argument("name", metavar="[NAME|LOG]", required=False)
@click.option(
    "--check", metavar="NAME|STRING|FILE.toml", help="Show how a format reads the first lines of LOG."
)
@with_messages
def formats(name: str | None, check: str | None) -> None:
    """List the formats that are read, or show one with its fields and samples."""
    from logattr.errors import FormatError
    from logattr.report.catalogue import format_page, format_table

    if check is not None:
        from logattr.report.check import check_page

        if name is None:
            raise click.UsageError("--check reads a log: name one")
        _check_format(check, "--check")
        click.echo(check_page(check, name, stdin=sys.stdin.buffer))
        return
    try:
        click.echo(format_page(name) if name else format_table())
    except FormatError as error:
        from pathlib import Path

        if Path(name or "").is_file():
            raise click.UsageError(f"{name!r} is a file: --check NAME shows how a format reads it") from None
        raise click.UsageError(str(error)) from None


main.add_command(db)


@db.command(name="list")
@_enriching
@with_messages
def db_list(databases: tuple[str, ...], lists: tuple[str, ...]) -> None:
    """Show the databases and lists that lookups would ask, in order; the store, and what it lacks."""
    from logattr.enrichment import open_sources
    from logattr.report.catalogue import sources_table

    click.echo(sources_table(open_sources(databases, lists)) + "\n\n" + store_report())


@db.command(name="info")
@click.argument("path")
@with_messages
def db_info(path: str) -> None:
    """Show what a database is, how it was recognised, and three records."""
    from logattr.report.catalogue import database_page

    click.echo(database_page(path))


@main.command()
@click.argument("findings", metavar="FINDINGS.json")
@with_messages
def verify(findings: str) -> None:
    """Repeat a report from its JSON and compare: same inputs, same findings."""
    from logattr.report.escape import terminal_text
    from logattr.report.verify import differences

    found = list(differences(findings, stdin=None if sys.stdin.isatty() else sys.stdin.buffer))
    for line in found:
        click.echo(terminal_text(line))
    if found:
        sys.exit(UNREADABLE)
    click.echo("the same inputs, databases and lists give the same findings")
