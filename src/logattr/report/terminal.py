"""Findings on a terminal: short, in tables, and deaf to whatever a log tries to tell the terminal."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from logattr.report import (
    account,
    age,
    answer,
    cards,
    counted,
    headline,
    lines_account,
    moment,
    period,
    place_short,
    question,
    set_aside,
)
from logattr.report.copies import changes
from logattr.report.escape import shorten, terminal_text
from logattr.report.selection import equal_rows, first_rows, plain_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from logattr.report import Card
    from logattr.report.findings import Findings

__all__ = ["findings_text", "print_findings"]

PLAIN_WIDTH = 100
MAX_ROWS = 25
MAX_CARDS = 5
MAX_INPUTS = 5
MAX_WARNINGS = 20
MAX_LINES = 3
MAX_VALUES = 3
MAX_CHARACTERS = 300
_LABEL_CELLS = 18
_FEWEST_CELLS = 10  # of a value, on however narrow a terminal
_GAP = "  "


def findings_text(findings: Findings) -> str:
    """Render the terminal summary as plain text, 100 columns wide, without colours.

    Parameters
    ----------
    findings
        The result of :func:`logattr.investigate`.

    Returns
    -------
    str
        Lines without trailing blanks; the same findings give the same text in every environment.
    """
    from rich.console import Console

    stream = io.StringIO()
    # Everything that rich would take from the environment is fixed here.
    console = Console(
        file=stream,
        width=PLAIN_WIDTH,
        force_terminal=False,
        force_jupyter=False,
        force_interactive=False,
        color_system=None,
        legacy_windows=False,
        _environ={},
    )
    print_findings(findings, console)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def print_findings(findings: Findings, console: Console) -> None:
    """Print the summary of findings.

    Text from the log is never read as markup and its control characters are shown, not sent.
    Colours follow the console, which respects ``NO_COLOR``.

    Parameters
    ----------
    findings
        The result of :func:`logattr.investigate`.
    console
        Where to; ``rich.console.Console(stderr=True)`` for messages, or any other.
    """
    _print_question(findings, console)
    _print_highlighted(findings, console)
    _print_data(findings, console)
    _print_classes(findings, console)
    _print_cards(findings, console)
    _print_set_aside(findings, console)
    _print_changes(findings, console)
    _print_warnings(findings, console)
    _print_sources(findings, console)
    _print_sentences("Other explanations", findings.alternatives, console)
    _print_sentences("Limits", findings.limits, console)


def _text(text: object, style: str = "") -> Text:
    """Text that rich takes as it is: no markup, no emoji codes, no control characters."""
    from rich.text import Text

    return Text(terminal_text(shorten(str(text), MAX_CHARACTERS * 4)), style=style, overflow="fold")


def _heading(title: str, console: Console) -> None:
    console.print()
    console.print(_text(title, "bold"))


def _print_grid(rows: Iterable[tuple[str, object]], console: Console) -> None:
    """Labels on the left, values on the right; in a tenth of the time that a table of rich takes."""
    from rich.text import Text

    texts = [(label, _text(value)) for label, value in rows]
    room = max(console.width - _LABEL_CELLS - 2 * len(_GAP), _FEWEST_CELLS)
    width = min(room, max((text.cell_len for _, text in texts), default=0))
    printed = []
    for label, text in texts:
        start = _text(f"  {label}", "dim")
        start.truncate(_LABEL_CELLS, pad=True)
        for line in text.wrap(console, room):
            line.pad_right(width - line.cell_len)
            printed.append(Text.assemble(start, _GAP, line, _GAP))
            start = _text(" " * _LABEL_CELLS)
    console.print(Text("\n").join(printed), no_wrap=True, overflow="ignore", crop=False)


def _table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    """Text columns and numbers; numbers stand right."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    cells = [list(row) for row in rows]
    for index, title in enumerate(columns):
        numeric = all(isinstance(row[index], int) for row in cells)
        table.add_column(_text(title), justify="right" if numeric else "left", no_wrap=numeric)
    for row in cells:
        table.add_row(*(_text(f"{cell:,}" if isinstance(cell, int) else cell) for cell in row))
    return table


def _print_question(findings: Findings, console: Console) -> None:
    console.print(_text(f"logattr {findings.version}", "dim"))
    console.print(_text(question(findings), "bold"))
    console.print(_text(headline(findings)))


def _print_highlighted(findings: Findings, console: Console) -> None:
    """The answer at a glance: who was singled out, one a line."""
    mask = equal_rows(findings.clients, "highlighted", value=True)
    total = int(mask.sum())
    if not total:
        return
    _heading("Singled out", console)
    cells = [
        (
            *(row["client"], answer(row), place_short(row), row["grade"], row["requests"]),
            *(moment(time)[:10] if (time := row[name]) else "-" for name in ("first_seen", "last_seen")),
        )
        for row in plain_rows(first_rows(findings.clients, mask, MAX_ROWS))
    ]
    titles = ("client", "answer", "place", "grade", "events", "first seen", "last seen")
    console.print(_table(titles, cells))
    if total > MAX_ROWS:
        console.print(_text(f"and {counted(total - MAX_ROWS, 'more client')}: see JSON or CSV"))


def _print_data(findings: Findings, console: Console) -> None:
    _heading("Data", console)
    rows: list[tuple[str, object]] = [("period", period(findings))]
    rows += [(place.name, place.note) for place in findings.places if place.note]
    for summary in findings.inputs[:MAX_INPUTS]:
        rows += [
            ("input", summary.name),
            ("", lines_account(summary)),
            ("", f"read as {summary.chosen or 'no format'}"),
        ]
        rows += [
            ("", f"{count:,} rejected: {reason}") for reason, count in sorted(summary.reject_reasons.items())
        ]
        rows += [("", f"warning: {warning}") for warning in summary.warnings]
    left_out = len(findings.inputs) - MAX_INPUTS
    if left_out > 0:
        names = ("lines", "events", "rejects", "blank")
        totals = (sum(getattr(summary, name) for summary in findings.inputs) for name in names)
        rows += [
            ("", f"and {counted(left_out, 'more input')}: see HTML or JSON"),
            ("all inputs", account(*totals)),
        ]
    _print_grid(rows, console)


def _print_classes(findings: Findings, console: Console) -> None:
    clients = sum(row.clients for row in findings.classes)
    requests = sum(row.requests for row in findings.classes)
    _heading("Counts", console)
    rows = [(row.label, row.clients, row.requests) for row in findings.classes if row.clients]
    console.print(_table(("class", "clients", "events"), [*rows, ("all", clients, requests)]))


def _print_cards(findings: Findings, console: Console) -> None:
    import pyarrow.compute as pc

    total = pc.sum(findings.clients["highlighted"]).as_py() or 0
    shown = cards(findings, limit=MAX_CARDS)
    for number, card in enumerate(shown, 1):
        console.print()
        title = _text(f"{number}  {card.client}", "bold cyan")
        title.append_text(_text(f"  grade {card.grade} of 6: {card.grade_meaning}", "bold"))
        console.print(title)
        _print_grid(_card_rows(card), console)
    if total > len(shown):
        console.print()
        console.print(_text(f"Evidence on {counted(total - len(shown), 'more client')}: see HTML or JSON."))


def _card_rows(card: Card) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        ("counted as", card.class_label),
        ("place", card.place),
        ("", "; ".join(card.place_notes)),
        ("anonymiser", card.anonymiser),
        ("network", card.network),
        ("seen", card.seen),
        *([("busiest, UTC", card.hours)] if card.hours else []),
        ("activity", card.activity),
        ("", card.volume),
    ]
    lists = {
        "users": card.users,
        "user agents": card.user_agents,
        "supports it": card.reasons,
        "against it": card.counter_reasons,
        "missing": card.missing,
        "would change it": card.would_change,
    }
    for label, values in lists.items():
        # Arguments are never cut; only what the client itself sent is.
        limit = MAX_VALUES if label.startswith("user") else len(values)
        rows += [("" if index else label, value) for index, value in enumerate(values[:limit])]
        if len(values) > limit:
            rows.append(("", f"and {len(values) - limit} more"))
    lines = [f"{position}  {shorten(text, MAX_CHARACTERS)}" for position, text in card.lines[:MAX_LINES]]
    return rows + [("" if index else "log lines", line) for index, line in enumerate(lines)]


def _print_set_aside(findings: Findings, console: Console) -> None:
    rows = set_aside(findings)
    if not rows:
        return
    _heading("In the places asked for, or possibly there, and not singled out", console)
    cells = [
        (row.label, row.clients_in, row.requests_in, row.clients_undetermined, row.requests_undetermined)
        for row in rows
    ]
    console.print(_table(("class", "placed there", "events", "possibly there", "events"), cells))


def _print_changes(findings: Findings, console: Console) -> None:
    rows = changes(findings)
    if not rows:
        return
    _heading("As of the events, and after the newest copies of the sources", console)
    cells = [(row.what, row.then, row.now, row.clients, row.requests) for row in rows]
    console.print(_table(("what", "as of the events", "now", "clients", "events"), cells))


def _print_sources(findings: Findings, console: Console) -> None:
    _heading("Sources", console)
    rows: list[tuple[str, object]] = [
        (
            "database",
            f"{row.name} ({row.database_type}), built {row.build_date or 'nobody knows when'}, "
            f"{age(row.age_days)}{f'. {row.attribution}' if row.attribution else ''}",
        )
        for row in findings.databases
    ]
    rows += [
        (
            "list",
            f"{row.name} ({', '.join(row.classes)}), {counted(row.entries, 'entry')}, "
            f"{f'dated {row.date}' if row.date else 'undated'}, {age(row.age_days)}",
        )
        for row in findings.lists
    ]
    _print_grid(rows or [("none", "no database and no list was asked")], console)


def _print_warnings(findings: Findings, console: Console) -> None:
    shown = findings.warnings[:MAX_WARNINGS]
    if left_out := len(findings.warnings) - len(shown):
        shown = (*shown, f"and {counted(left_out, 'more warning')}: see HTML or JSON")
    _print_sentences("Warnings", shown, console, style="yellow")


def _print_sentences(title: str, sentences: tuple[str, ...], console: Console, *, style: str = "") -> None:
    from rich.table import Table

    if not sentences:
        return
    _heading(title, console)
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=3, justify="right")
    grid.add_column(overflow="fold")
    for sentence in sentences:
        grid.add_row(_text("-", style), _text(sentence, style))
    console.print(grid)
