"""The summary on a terminal."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from logattr.report.terminal import findings_text, print_findings

from .report_fixtures import client_rows, line_rows, make_findings, with_every_text

HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\u200b\r\n[red]x[/red][/] :smile:"


def test_the_summary_names_question_counts_evidence_sources_and_limits() -> None:
    text = " ".join(findings_text(make_findings()).split())

    for part in (
        "placed in Liaoning (CN-LN) or Spain (ES)",
        "3 of 13 clients (300 of 20,148 events) are placed",
        "1 of 13 clients (12 of 20,148 events) may be there",
        "Spain includes the Canary Islands.",
        "20,152 lines = 20,148 events + 2 rejected + 2 blank",
        "read as combined (margin 0.41 over common)",
        "1 rejected: no field for the time",
        "all 13 20,148",
        "203.0.113.24 grade 6 of 6",
        "GeoLite2-City, built 2018-07-03, 2,035 days older than the last event",
        "accuracy radius 50 km",
        "no anonymiser evidence in 3 sources (newest 2024-01-29)",
        "AS64496 · Example Province Network",
        "131 reads, 22 writes, 9 lists",
        "against it The database is 2,035 days older",
        "missing A second database of another vendor.",
        "would change it Another database that places",
        "access.log:1 203.0.113.24 - editor2",
        "anonymiser evidence 1 4,112 1 3,800",
        "scanner 1 852 0 0",
        "warning: The last line is cut off.",
        "tor-exits.txt (tor_exit), 1,290 entries, undated",
        "weak evidence that there was none",
    ):
        assert part in text


def test_every_highlighted_client_and_no_other_has_a_block() -> None:
    text = findings_text(make_findings())

    expected = [row["client"] for row in client_rows() if row["highlighted"]]
    assert expected == [line.split()[1] for line in text.splitlines() if " of 6: " in line]


def test_the_text_fits_a_hundred_columns_and_has_no_trailing_blanks() -> None:
    lines = findings_text(with_every_text(make_findings(), lambda text: text + "x" * 150)).splitlines()

    assert max(map(len, lines)) <= 100
    assert [line.rstrip() for line in lines] == lines


def test_it_never_says_that_somebody_is_no_vpn() -> None:
    text = findings_text(make_findings()).lower()

    assert "non-vpn" not in text
    assert "not a vpn" not in text


def test_nothing_from_the_log_reaches_the_terminal_as_a_command_or_as_markup() -> None:
    text = findings_text(with_every_text(make_findings(), lambda text: HOSTILE + text))

    assert set() == {character for character in text if not character.isprintable()} - {"\n"}
    assert "[red]x[/red][/]" in text
    assert ":smile:" in text
    assert "\\x1b[2J" in text
    assert "\\u202e" in text


def test_on_a_colour_terminal_the_only_escapes_are_the_consoles_own() -> None:
    def coloured(hostile: str) -> str:
        stream = io.StringIO()
        console = Console(file=stream, width=100, force_terminal=True, color_system="standard", _environ={})
        print_findings(with_every_text(make_findings(), lambda text: hostile + text), console)
        return stream.getvalue()

    sequences = {part.split("m")[0] for part in coloured(HOSTILE).split("\x1b")[1:]}
    harmless = {part.split("m")[0] for part in coloured("").split("\x1b")[1:]}
    assert harmless == sequences


def test_no_color_is_respected() -> None:
    stream = io.StringIO()
    print_findings(make_findings(), Console(file=stream, force_terminal=True, _environ={"NO_COLOR": "1"}))

    assert "\x1b[3" not in stream.getvalue()


def test_the_text_does_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = findings_text(make_findings())
    for name, value in {"COLUMNS": "40", "FORCE_COLOR": "1", "TERM": "dumb", "TZ": "Asia/Pyongyang"}.items():
        monkeypatch.setenv(name, value)

    assert expected == findings_text(make_findings())


@pytest.mark.parametrize(
    ("clients", "listed", "cards", "said"),
    [
        (5, 5, 5, []),
        (6, 6, 5, ["Evidence on 1 more client: see"]),
        (27, 25, 5, ["and 2 more clients: see", "Evidence on 22 more clients: see"]),
    ],
)
def test_many_highlighted_clients_are_listed_then_cut_and_counted(
    clients: int, listed: int, cards: int, said: list[str]
) -> None:
    rows = [client_rows()[0] | {"client": f"203.0.113.{number}"} for number in range(clients)]
    text = findings_text(make_findings(clients=rows))

    table = text[text.index("Singled out") : text.index("\nData\n")]
    assert listed == table.count("203.0.113.")
    assert cards == text.count("grade 6 of 6")
    assert said == [
        re.split(" (?:HTML|JSON)", line)[0] for line in text.splitlines() if " more client" in line
    ]


def test_the_clients_that_are_singled_out_come_first_one_a_line() -> None:
    lines = findings_text(make_findings()).splitlines()
    start = lines.index("Singled out")

    assert lines[start + 4].split() == [
        *("203.0.113.24", "in", "CN-LN", "Liaoning,", "China", "6", "187", "2024-01-03", "2024-01-29")
    ]
    assert any("203.0.113.201   possibly in CN-LN" in line for line in lines[start:])
    assert start < lines.index("Data")


def test_the_licence_of_the_database_is_satisfied() -> None:
    from logattr.databases.embedded import ATTRIBUTION

    (database,) = make_findings().databases
    text = findings_text(make_findings(databases=(replace(database, attribution=ATTRIBUTION),)))

    assert ATTRIBUTION in " ".join(text.split())


def test_inputs_and_warnings_beyond_what_a_screen_holds_are_counted() -> None:
    (one,) = make_findings().inputs
    inputs = tuple(replace(one, name=f"access.log.{number}") for number in range(31))
    warnings = tuple(f"access.log.{number}: the file is cut off" for number in range(31))
    text = " ".join(findings_text(make_findings(inputs=inputs, warnings=warnings)).split())

    assert "and 26 more inputs: see HTML or JSON" in text
    assert f"all inputs {one.lines * 31:,} lines = {one.events * 31:,} events" in text
    assert "access.log.19: the file" in text
    assert "access.log.20: the file" not in text
    assert "and 11 more warnings: see HTML or JSON" in text


def test_a_long_name_of_an_input_is_shown_whole() -> None:
    (one,) = make_findings().inputs
    name = "logs/of/the/server/in/question/access.log"

    assert name in findings_text(make_findings(inputs=(replace(one, name=name),)))


def test_at_most_three_log_lines_are_shown_per_client() -> None:
    findings = make_findings()
    line = next(row for row in line_rows() if row["client"] == "203.0.113.24")
    rows = [line | {"line": number, "text": f"line number {number}"} for number in range(1, 8)]
    table = findings.lines.from_pylist(rows, schema=findings.lines.schema)
    text = findings_text(make_findings(lines=table))

    assert "line number 3" in text
    assert "line number 4" not in text


def test_without_places_nobody_is_singled_out() -> None:
    rows = [row | {"highlighted": False, "class": "outside"} for row in client_rows()]
    text = " ".join(findings_text(make_findings(places=(), clients=rows)).split())

    assert "No place was asked for, so no client is singled out." in text
    assert "grade" not in text


def test_without_a_match_the_denominators_are_still_there() -> None:
    rows = [row for row in client_rows() if not row["highlighted"]]
    text = " ".join(findings_text(make_findings(clients=rows)).split())

    assert "Of 9 clients and 19,836 events, none is placed in Liaoning (CN-LN) or Spain (ES)" in text


def test_the_hours_of_a_client_are_shown_where_it_has_some() -> None:
    rows = client_rows()
    rows[0]["hours"] = ["Mon 08: 2", "Tue 09: 12"]
    lines = findings_text(make_findings(clients=rows)).splitlines()

    (shown,) = (line for line in lines if "busiest, UTC" in line)
    assert shown.split()[2:] == ["Tue", "09", "(12),", "Mon", "08", "(2)"]


def test_an_empty_log_and_no_source_give_a_summary_too() -> None:
    text = findings_text(make_findings(clients=[], databases=(), lists=(), inputs=(), classes=()))

    assert "no event has a readable time" in text
    assert "no database and no list was asked" in text


def test_the_repr_is_the_summary() -> None:
    assert findings_text(make_findings()) == repr(make_findings())
