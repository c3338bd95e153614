"""The command line: what each command writes, where to, and with which exit status."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from pyarrow import parquet

from logattr.columns import CLIENTS, EVENTS, schema

Run = Callable[..., Result]
Process = Callable[..., "subprocess.CompletedProcess[bytes]"]
WriteLog = Callable[..., str]

EVERYTHING_READ = "12 lines: 12 read, 0 not understood, 0 blank"
# All that a terminal obeys or that cannot be seen, but for the line feed.
RAW_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def last_line(text: str) -> str:
    return text.splitlines()[-1]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# ------------------------------------------------------------------ report


def test_report_prints_findings_on_stdout_and_counts_on_stderr(logattr: Run, write_log: WriteLog) -> None:
    result = logattr("report", write_log(), "--place", "Spain", "--place", "Liaoning")

    assert result.exit_code == 0
    assert "2 of 4 clients" in " ".join(result.stdout.split())
    assert "81.32.0.1" in result.stdout
    assert result.stderr == EVERYTHING_READ + "\n"


def test_report_writes_html_json_and_csv_of_the_same_clients(logattr: Run, write_log: WriteLog) -> None:
    names = {"--html": "r.html", "--json": "r.json", "--csv": "r.csv"}
    options = [text for pair in names.items() for text in pair]

    result = logattr("report", write_log(), "--place", "ES", *options)

    assert result.exit_code == 0
    assert result.stderr.splitlines() == ["wrote r.html", "wrote r.json", "wrote r.csv", EVERYTHING_READ]
    assert Path("r.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    clients = json.loads(Path("r.json").read_text(encoding="utf-8"))["clients"]
    table = rows(Path("r.csv").read_text(encoding="utf-8"))
    assert [row["client"] for row in clients if row["highlighted"]] == ["81.32.0.1"]
    assert [row["client"] for row in table] == [row["client"] for row in clients]
    assert list(table[0]) == [column.name for column in CLIENTS]
    assert {path.name for path in Path().iterdir()} == {"access.log", *names.values()}


def test_report_exits_with_0_when_nobody_matched(logattr: Run, write_log: WriteLog) -> None:
    result = logattr("report", write_log(clients=["8.8.8.8"]), "--place", "Spain")

    assert result.exit_code == 0
    assert "none is placed in Spain" in " ".join(result.stdout.split())


@pytest.mark.parametrize(("options", "status"), [([], 0), (["--strict"], 1)])
@pytest.mark.parametrize("command", [["report", "--place", "ES"], ["parse"]], ids=["report", "parse"])
def test_a_line_that_is_not_understood_is_counted_and_is_an_error_only_with_strict(
    command: list[str], options: list[str], status: int, logattr: Run, write_log: WriteLog
) -> None:
    result = logattr(*command, write_log(lines=["what is this?", ""]), *options)

    assert result.exit_code == status
    assert last_line(result.stderr) == "14 lines: 12 read, 1 not understood (first: line 13), 1 blank"


def test_strict_is_content_when_every_line_is_understood(logattr: Run, write_log: WriteLog) -> None:
    assert logattr("report", write_log(), "--place", "ES", "--strict").exit_code == 0


def test_of_several_logs_the_one_with_the_first_reject_is_named(logattr: Run, write_log: WriteLog) -> None:
    logs = [write_log("a.log"), write_log("b.log", lines=["what is this?"])]

    result = logattr("report", *logs, "--place", "ES")

    assert last_line(result.stderr) == "25 lines: 24 read, 1 not understood (first: b.log line 13), 0 blank"


def test_self_sets_the_observers_aside(logattr: Run, write_log: WriteLog) -> None:
    options = ["--place", "Spain", "--json", "r.json"]

    logattr("report", write_log(), *options, "--self", "81.32.0.0/16")

    clients = json.loads(Path("r.json").read_text(encoding="utf-8"))["clients"]
    assert {row["client"]: row["class"] for row in clients}["81.32.0.1"] == "observer"
    assert not any(row["highlighted"] for row in clients)


def test_a_pattern_stands_for_all_files_that_match(logattr: Run, write_log: WriteLog) -> None:
    write_log("a-1.log"), write_log("a-2.log"), write_log("b.log")

    result = logattr("report", "a-*.log", "--place", "ES")

    assert last_line(result.stderr).startswith("24 lines: 24 read")


def test_the_same_log_named_twice_counts_once(logattr: Run, write_log: WriteLog) -> None:
    name = write_log()

    result = logattr("report", name, f"./{name}", "--place", "ES")

    assert last_line(result.stderr) == EVERYTHING_READ


def test_report_reads_standard_input_and_still_shows_the_lines(process: Process, write_log: WriteLog) -> None:
    with Path(write_log()).open("rb") as log:
        done = process("report", "-", "--place", "Spain", "--json", "r.json", stdin=log)

    assert done.returncode == 0
    lines = json.loads(Path("r.json").read_text(encoding="utf-8"))["lines"]
    assert [(line["source"], line["line"]) for line in lines] == [("-", 1), ("-", 2), ("-", 3)]
    assert lines[0]["text"].startswith("81.32.0.1 - - ")


def test_report_reads_gzip_and_shows_its_lines(logattr: Run, write_log: WriteLog) -> None:
    Path("a.log.gz").write_bytes(gzip.compress(Path(write_log()).read_bytes()))

    result = logattr("report", "a.log.gz", "--place", "Spain", "--json", "r.json")

    assert last_line(result.stderr) == EVERYTHING_READ
    assert len(json.loads(Path("r.json").read_text(encoding="utf-8"))["lines"]) == 3


def test_lines_limits_the_lines_kept_of_each_client(logattr: Run, write_log: WriteLog) -> None:
    logattr("report", write_log(), "--place", "ES", "--place", "CN", "--json", "r.json", "--lines", "1")

    lines = json.loads(Path("r.json").read_text(encoding="utf-8"))["lines"]
    assert [line["client"] for line in lines] == ["81.32.0.1", "175.160.0.1"]


@pytest.mark.parametrize("option", ["--html", "--json", "--csv"])
def test_a_report_whose_name_has_another_ending_is_a_matter_of_usage(
    option: str, logattr: Run, write_log: WriteLog
) -> None:
    result = logattr("report", write_log(), "--place", "ES", option, "report.txt")

    assert result.exit_code == 2
    assert f"{option} 'report.txt': expected a file name that ends in .{option[2:]}" in result.stderr
    assert result.stdout == ""
    assert not Path("report.txt").exists()


def test_report_needs_a_place_and_a_log(logattr: Run, write_log: WriteLog) -> None:
    assert logattr("report", write_log()).exit_code == 2
    assert logattr("report", "--place", "Spain").exit_code == 2


def test_two_runs_of_a_report_write_the_same_bytes(process: Process, write_log: WriteLog) -> None:
    name = write_log(lines=["what is this?"])
    for seed, output in (("1", "a"), ("2", "b")):
        options = ("--json", f"{output}.json", "--html", f"{output}.html", "--csv", f"{output}.csv")
        process("report", name, "--place", "ES", "--place", "CN", *options, env={"PYTHONHASHSEED": seed})

    for ending in ("json", "html", "csv"):
        assert Path(f"a.{ending}").read_bytes() == Path(f"b.{ending}").read_bytes()


@pytest.mark.parametrize("command", ["report", "lookup"])
def test_no_color_is_respected_even_where_colours_are_forced(
    command: str, process: Process, write_log: WriteLog
) -> None:
    arguments = ["report", write_log(), "--place", "ES"] if command == "report" else ["lookup", "8.8.8.8"]
    arguments += ["--to", "table"] if command == "lookup" else []

    coloured = process(*arguments, env={"NO_COLOR": "", "FORCE_COLOR": "1", "TERM": "xterm-256color"})
    plain = process(*arguments, env={"NO_COLOR": "1"})

    assert re.search(rb"\x1b\[", coloured.stdout)
    assert b"\x1b" not in plain.stdout


def test_a_terminal_that_has_no_unicode_gets_escapes(process: Process, write_log: WriteLog) -> None:
    name = write_log(agent="\N{SNOWMAN}")

    done = process("report", name, "--place", "Liaoning", env={"PYTHONIOENCODING": "ascii"})

    assert done.returncode == 0
    assert b"\\u2603" in done.stdout


# ------------------------------------------------------------------ parse


def test_parse_writes_json_lines(logattr: Run, write_log: WriteLog) -> None:
    result = logattr("parse", write_log())

    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(events) == 12
    assert events[0]["time"] == "2024-01-10T00:00:02Z"
    assert events[0]["client_ip"] == "81.32.0.1"
    assert "referrer" not in events[0]
    assert result.stderr.startswith("access.log: combined, which reads 100 % of the first 12 lines")
    assert last_line(result.stderr) == EVERYTHING_READ


def test_parse_writes_csv_with_one_header(logattr: Run, write_log: WriteLog) -> None:
    result = logattr("parse", write_log("a.log"), write_log("b.log"), "--to", "csv")

    table = rows(result.stdout)
    assert list(table[0]) == [column.name for column in EVENTS]
    assert [row["source"] for row in table] == ["a.log"] * 12 + ["b.log"] * 12
    assert {row["status"] for row in table} == {"200"}


def test_parse_writes_parquet_that_has_the_declared_schema(logattr: Run, write_log: WriteLog) -> None:
    result = logattr("parse", write_log(), "--to", "parquet", "-o", "events.parquet")

    assert (result.exit_code, result.stdout) == (0, "")
    table = parquet.read_table("events.parquet")
    assert table.schema.names == schema(EVENTS).names
    assert table.schema.field("time").type == schema(EVENTS).field("time").type
    assert table["client_ip"].to_pylist()[::3] == ["81.32.0.1", "175.160.0.1", "8.8.8.8", "10.0.0.1"]


def test_parse_refuses_to_write_binary_data_to_a_terminal(write_log: WriteLog) -> None:
    pty = pytest.importorskip("pty")
    write_log()
    parent, child = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "logattr", "parse", "access.log", "--to", "parquet"],
            stdin=subprocess.DEVNULL,
            stdout=child,
            stderr=subprocess.PIPE,
            check=False,
            timeout=120,
        )
    finally:
        os.close(child)
        os.close(parent)

    assert done.returncode == 2
    assert b"name a file with -o" in done.stderr


@pytest.mark.parametrize(
    ("command", "bars"),
    [
        (["report", "access.log", "--place", "Spain"], True),
        (["parse", "access.log", "-o", "events.jsonl"], True),
        (["parse", "access.log"], False),
    ],
    ids=["report", "parse to a file", "parse to the same terminal"],
)
def test_long_input_shows_a_progress_bar_to_a_person_who_watches(
    command: list[str], bars: bool, write_log: WriteLog
) -> None:
    pty = pytest.importorskip("pty")
    write_log()
    code = "import logattr.console as c; c._LONG_INPUT_BYTES = 1; from logattr.cli import main; main()"
    parent, child = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if bars else child,
            stderr=child,
            check=False,
            timeout=120,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "120"},
        )
        shown = os.read(parent, 1 << 16).decode()
    finally:
        os.close(child)
        os.close(parent)

    assert done.returncode == 0
    # Which stage is drawn, and how much of its name, depends on how fast the machine is.
    assert ("\u2501" in shown and " kB " in shown) == bars


def test_a_defect_is_a_message_with_its_place_and_no_traceback(write_log: WriteLog) -> None:
    write_log()
    code = (
        "import logattr.reading.scan as scan\n"
        "def broken(*_): raise ZeroDivisionError('of a \\x1b test')\n"
        "scan.parse_block = broken\n"
        "from logattr.cli import main\nmain()"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, "parse", "access.log"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(
        r"logattr: unexpected ZeroDivisionError in reading/scan\.py:\d+: of a \\x1b test\. "
        r"This is a defect of logattr\. Try: .*\n",
        done.stderr,
    )


def test_parse_writes_rejects_with_place_and_reason(logattr: Run, write_log: WriteLog) -> None:
    logattr("parse", write_log(lines=["what is this?"]), "-o", "events.jsonl", "--rejects", "rejects.jsonl")

    (reject,) = map(json.loads, Path("rejects.jsonl").read_text(encoding="utf-8").splitlines())
    offset = Path("access.log").read_bytes().index(b"what")
    assert (reject["source"], reject["line"], reject["offset"]) == ("access.log", 13, offset)
    assert reject["text"] == "what is this?"
    assert reject["reason"]


def test_parse_gives_an_output_the_rights_of_any_new_file(logattr: Run, write_log: WriteLog) -> None:
    before = os.umask(0o027)
    try:
        logattr("parse", write_log(), "-o", "events.jsonl")
    finally:
        os.umask(before)

    assert Path("events.jsonl").stat().st_mode & 0o777 == 0o640


def test_parse_replaces_an_output_only_when_all_is_written(logattr: Run, write_log: WriteLog) -> None:
    Path("events.jsonl").write_text("from yesterday\n", encoding="utf-8")
    Path("junk.log").write_bytes(b"\x1f\x8b\x08 this is no gzip")

    result = logattr("parse", write_log(), "junk.log", "-o", "events.jsonl", "--rejects", "rejects.jsonl")

    assert result.exit_code == 1
    assert Path("events.jsonl").read_text(encoding="utf-8") == "from yesterday\n"
    assert {path.name for path in Path().iterdir()} == {"access.log", "events.jsonl", "junk.log"}


@pytest.mark.parametrize("to", ["jsonl", "csv", "parquet"])
def test_an_interrupted_parse_leaves_nothing_behind(to: str, in_tmp_path: Path, write_log: WriteLog) -> None:
    line = Path(write_log()).read_bytes()
    command = [sys.executable, "-m", "logattr", "parse", "-", "--to", to, "-o", "events"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdin is not None
        running.stdin.write(line)
        running.stdin.flush()
        for _ in range(600):
            if any(in_tmp_path.glob(".logattr-*")):
                break
            time.sleep(0.05)
        assert list(in_tmp_path.glob(".logattr-*")), "it has begun to write"
        running.send_signal(signal.SIGINT)
        _, stderr = running.communicate(timeout=60)

    assert running.returncode == 1
    assert b"Traceback" not in stderr
    assert [path.name for path in in_tmp_path.iterdir()] == ["access.log"]


def test_parse_reads_standard_input(logattr: Run, write_log: WriteLog) -> None:
    result = logattr("parse", "-", stdin=Path(write_log()).read_bytes())

    assert {json.loads(line)["source"] for line in result.stdout.splitlines()} == {"-"}
    assert last_line(result.stderr) == EVERYTHING_READ


def test_parse_takes_the_format_that_it_is_told(logattr: Run) -> None:
    result = logattr("parse", "-", "--format", "%h %>s", stdin="192.0.2.1 404\n")

    (event,) = map(json.loads, result.stdout.splitlines())
    assert (event["client_ip"], event["status"], event["format"]) == ("192.0.2.1", 404, "custom")


def test_times_without_an_offset_are_of_the_time_zone_given_and_not_of_the_machine(logattr: Run) -> None:
    command = ["parse", "-", "--format", "%h %{%Y-%m-%d %H:%M:%S}t"]
    line = "192.0.2.1 2024-07-01 12:00:00\n"

    default = json.loads(logattr(*command, stdin=line).stdout)
    madrid = logattr(*command, "--timezone", "Europe/Madrid", stdin=line)

    assert (default["time"], default["time_zone_known"]) == ("2024-07-01T12:00:00Z", False)
    assert json.loads(madrid.stdout)["time"] == "2024-07-01T10:00:00Z"
    assert "Europe/Madrid was assumed" in madrid.stderr


def test_forwarded_addresses_count_only_behind_a_trusted_proxy(logattr: Run) -> None:
    command = ["parse", "-", "--format", "%h %{X-Forwarded-For}i"]
    line = "10.0.0.1 8.8.8.8\n"

    trusting = json.loads(logattr(*command, "--trusted-proxy", "10.0.0.0/8", stdin=line).stdout)

    assert json.loads(logattr(*command, stdin=line).stdout)["client_ip"] == "10.0.0.1"
    assert (trusting["client_ip"], trusting["peer_ip"]) == ("8.8.8.8", "10.0.0.1")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    "command",
    ["parse big.log", "parse big.log --to csv", "report big.log --place Spain", "lookup --to csv big.log"],
)
def test_a_reader_that_goes_away_early_is_no_error_to_talk_about(command: str, write_log: WriteLog) -> None:
    text = Path(write_log()).read_bytes()
    Path("big.log").write_bytes(text * 500)  # far more than a pipe holds

    done = subprocess.run(
        f"{sys.executable} -m logattr {command} | head -n 1",
        shell=True,
        capture_output=True,
        check=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )

    assert done.stdout.count(b"\n") == 1
    assert not re.search(rb"Traceback|Error|Exception|Broken", done.stderr)


# ------------------------------------------------------------------ hostile text

HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07",
    "\u202eevil\u2066\u200b\ufeff",
    "\x9b31m\x85\x7f",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "[bold red]markup[/] :smile: [link=http://example.com]",
    "=cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd",
    "+1+1",
    "-2+3",
]


@pytest.fixture
def hostile_log(write_log: WriteLog) -> str:
    """Write a log whose every free field carries something that must not be obeyed."""
    made = [
        f'81.32.{number}.1 - {bad.replace(" ", "")} [10/Jan/2024:08:00:02 +0800] "GET /{bad} HTTP/1.1" 200 5 '
        f'"{bad}" "{bad}"'
        for number, bad in enumerate(HOSTILE)
    ]
    made += [f'{HOSTILE[0].replace(" ", "")} - - [10/Jan/2024:08:00:02 +0800] "{HOSTILE[1]}" 200 5 "-" "-"']
    return write_log("hostile.log", [], lines=[*made, HOSTILE[0] + HOSTILE[1] + " is no line of a log"])


@pytest.mark.parametrize(
    "command",
    [
        ["report", "hostile.log", "--place", "Spain"],
        ["parse", "hostile.log"],
        ["parse", "hostile.log", "--rejects", "-", "-o", "events"],
        ["parse", "hostile.log", "--to", "csv"],
        ["lookup", "--to", "table", "hostile.log"],
        ["lookup", "--to", "jsonl", "hostile.log"],
        ["lookup", "--to", "csv", "hostile.log"],
        ["lookup", HOSTILE[0] + HOSTILE[1]],
        ["parse", "hostile.log", "--format", HOSTILE[0] + "%h" + HOSTILE[1]],
        ["parse", "hostile.log", "--format", HOSTILE[0] + "%Q" + HOSTILE[1]],
        ["report", "hostile.log", "--place", HOSTILE[0] + HOSTILE[1]],
        ["report", HOSTILE[0] + HOSTILE[1], "--place", "ES"],
        ["report", "hostile.log", "--place", "ES", "--db", HOSTILE[0] + HOSTILE[1]],
        ["report", "hostile.log", "--place", "ES", "--html", HOSTILE[0] + HOSTILE[1]],
        ["parse", "hostile.log", "-o", HOSTILE[0] + "/" + HOSTILE[1]],
        ["formats", HOSTILE[0] + HOSTILE[1]],
        ["verify", HOSTILE[0] + HOSTILE[1]],
        ["db", "info", HOSTILE[0] + HOSTILE[1]],
    ],
    ids=lambda command: " ".join(command[:2]).encode("ascii", "replace").decode().replace("\x1b", "?"),
)
@pytest.mark.usefixtures("hostile_log")
def test_no_control_character_reaches_the_terminal(command: list[str], logattr: Run) -> None:
    result = logattr(*command)

    assert result.stdout + result.stderr
    assert not RAW_CONTROLS.search(result.stdout.replace("\r\n", "\n"))
    assert not RAW_CONTROLS.search(result.stderr)


def test_text_of_a_log_is_no_markup_to_the_terminal(hostile_log: str, logattr: Run) -> None:
    result = logattr("report", hostile_log, "--place", "Spain")

    assert "<script>alert(1)</script>" in result.stdout
    assert "[bold red]markup[/] :smile:" in result.stdout
    assert ":smile:" in logattr("lookup", "--to", "table", hostile_log).stdout


@pytest.mark.parametrize(
    "command", [["report", "--place", "Spain", "--csv", "out.csv"], ["parse", "--to", "csv"]]
)
def test_no_cell_of_a_csv_is_a_formula(command: list[str], hostile_log: str, logattr: Run) -> None:
    result = logattr(command[0], hostile_log, *command[1:])

    text = Path("out.csv").read_text(encoding="utf-8") if "out.csv" in command else result.stdout
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any(cell.startswith("'=cmd") for cell in cells)
    texts = [cell for cell in cells if not re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", cell)]  # numbers stay
    assert [cell for cell in texts if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}] == []


def test_json_lines_hold_the_exact_text_of_a_hostile_log(hostile_log: str, logattr: Run) -> None:
    events = [json.loads(line) for line in logattr("parse", hostile_log).stdout.splitlines()]

    assert [event["user_agent"] for event in events[: len(HOSTILE)]] == HOSTILE


# ------------------------------------------------------------------ lookup


def test_lookup_takes_addresses_files_and_standard_input_together(logattr: Run, in_tmp_path: Path) -> None:
    (in_tmp_path / "some.txt").write_text("# mine\n\n175.160.0.1\n  8.8.8.8  \r\n", encoding="utf-8")
    (in_tmp_path / "more.gz").write_bytes(gzip.compress(b"2001:DB8::1\n"))

    result = logattr("lookup", "81.32.0.1", "some.txt", "more.gz", "-", stdin="10.0.0.1\n8.8.8.8")

    table = rows(result.stdout)
    assert result.exit_code == 0
    assert [row["asked"] for row in table] == [
        "81.32.0.1", "175.160.0.1", "8.8.8.8", "2001:DB8::1", "10.0.0.1", "8.8.8.8",
    ]  # fmt: skip
    assert [row["geo_country"] for row in table] == ["ES", "CN", "US", "", "", "US"]
    assert table[3]["ip"] == "2001:db8::1"


def test_lookup_answers_junk_with_invalid_rows(logattr: Run) -> None:
    result = logattr("lookup", "-", "--to", "jsonl", stdin=b"8.8.8.8\n010.0.0.1\n\xff\n=cmd()\n1.2.3.4:80\n")

    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [(row["asked"], row["ip_scope"]) for row in answers] == [
        ("8.8.8.8", "global"),
        ("010.0.0.1", "invalid"),
        ("\\xff", "invalid"),
        ("=cmd()", "invalid"),
        ("1.2.3.4:80", "invalid"),
    ]


def test_lookup_prints_a_table_when_told_to(logattr: Run) -> None:
    result = logattr("lookup", "175.160.0.1", "10.0.0.1", "--to", "table")

    assert "Liaoning, China" in result.stdout
    assert "not_global" in result.stdout
    assert "no anonymiser evidence in 1 source" in result.stdout


def test_lookup_of_nothing_is_a_header(logattr: Run) -> None:
    result = logattr("lookup", "-", stdin="\n# nobody\n")

    assert result.exit_code == 0
    assert result.stdout.startswith("asked,ip,ip_version")
    assert rows(result.stdout) == []


def test_lookup_shows_lines_of_lists_that_were_not_understood(logattr: Run, in_tmp_path: Path) -> None:
    (in_tmp_path / "vpn.txt").write_text("81.32.0.0/24\nno network\n", encoding="utf-8")

    result = logattr("lookup", "81.32.0.1", "--list", "vpn=vpn.txt")

    assert "has 1 line that was not understood, the first is line 2: 'no network'" in result.stderr
    assert "has no date" in result.stderr
    assert rows(result.stdout)[0]["anon_class"] == "vpn"


def test_lookup_reports_what_a_list_says(logattr: Run, in_tmp_path: Path) -> None:
    (in_tmp_path / "vpn.txt").write_text("81.32.0.0/24 # Example VPN\n", encoding="utf-8")

    result = logattr("lookup", "81.32.0.1", "--list", "vpn=vpn.txt@2024-01-01", "--to", "jsonl")

    answer = json.loads(result.stdout)
    assert (answer["anon_class"], answer["anon_strength"]) == ("vpn", "range")
    assert answer["anon_evidence"][0]["date"] == "2024-01-01"


# ------------------------------------------------------------------ places, formats, databases


def test_places_shows_how_names_are_understood(logattr: Run) -> None:
    result = logattr("places", "辽宁", "es")

    assert result.stdout == "CN-LN\tLiaoning\tregion\tCN\nES\tSpain\tcountry\t-\n"


def test_formats_lists_every_format(logattr: Run) -> None:
    from logattr.formats import FORMATS

    lines = logattr("formats").stdout.splitlines()

    assert [line.split()[0] for line in lines] == list(FORMATS)


def test_formats_shows_one_with_fields_and_samples(logattr: Run) -> None:
    from logattr.formats import FORMATS

    for name in FORMATS:
        result = logattr("formats", name)

        assert result.exit_code == 0
        assert FORMATS[name].url in result.stdout
        assert "FIELD" in result.stdout
        assert "for example:" in result.stdout


def test_db_list_shows_databases_and_lists_in_order(
    logattr: Run, in_tmp_path: Path, write_mmdb: Callable[..., Path]
) -> None:
    write_mmdb(
        "own.mmdb", {"192.0.2.0/24": {"country": {"iso_code": "ES"}}}, database_type="GeoLite2-Country"
    )
    (in_tmp_path / "tor.txt").write_text("192.0.2.7\n", encoding="utf-8")

    result = logattr("db", "list", "--db", "own.mmdb", "--list", "tor_exit=tor.txt@2024-01-01")

    names = [line.split()[0] for line in result.stdout.splitlines() if line]
    assert names[:3] == ["NAME", "own.mmdb", "GeoLite2-City.mmdb"]
    assert "2024-01-01" in next(line for line in result.stdout.splitlines() if "tor.txt" in line)


def test_databases_of_the_environment_are_asked(
    logattr: Run, monkeypatch: pytest.MonkeyPatch, write_mmdb: Callable[..., Path]
) -> None:
    path = write_mmdb("own.mmdb", {"8.8.8.0/24": {"country": {"iso_code": "ES"}}}, database_type="X-Country")
    monkeypatch.setenv("LOGATTR_DATABASES", str(path))

    (answer,) = rows(logattr("lookup", "8.8.8.8").stdout)

    assert (answer["geo_country"], answer["geo_db"]) == ("ES", "own.mmdb")


def test_db_info_shows_what_a_database_is(logattr: Run, write_mmdb: Callable[..., Path]) -> None:
    path = write_mmdb(
        "own.mmdb", {"192.0.2.0/24": {"country": {"iso_code": "ES"}}}, database_type="GeoLite2-Country"
    )

    result = logattr("db", "info", str(path))

    assert result.exit_code == 0
    assert "GeoLite2-Country" in result.stdout
    assert '{"country": {"iso_code": "ES"}}' in result.stdout


@pytest.mark.parametrize("records", range(1, 9))
def test_db_info_shows_three_records_that_say_something(
    logattr: Run, write_mmdb: Callable[..., Path], records: int
) -> None:
    telling = {
        f"192.0.{number}.0/24": {"country": {"iso_code": "ES"}, "n": number} for number in range(records)
    }
    silent = {f"198.51.{number}.0/24": {"country": {}, "n": number} for number in range(9)}
    path = write_mmdb("own.mmdb", telling | silent, database_type="X-Country")

    shown = logattr("db", "info", str(path)).stdout

    assert shown.count("  record: ") == 3
    assert shown.count("geo_country=ES") == (3 if records >= 3 else shown.count('"ES"'))


def test_db_info_of_fewer_records_shows_them_all(logattr: Run, write_mmdb: Callable[..., Path]) -> None:
    records = {
        f"192.0.{number}.0/24": {"country": {"iso_code": code}} for number, code in enumerate(["ES", "FR"])
    }

    shown = logattr("db", "info", str(write_mmdb("own.mmdb", records))).stdout

    assert shown.count("  record: ") == 2


# ------------------------------------------------------------------ verify


@pytest.fixture
def findings(logattr: Run, write_log: WriteLog) -> str:
    """Write findings as JSON, of a log and with a list that lie beside it."""
    Path("vpn.txt").write_text("8.8.8.0/24\n", encoding="utf-8")
    options = ["--place", "Spain", "--list", "vpn=vpn.txt@2024-01-01", "--json", "r.json"]
    assert logattr("report", write_log(), *options).exit_code == 0
    return "r.json"


def test_verify_repeats_a_report(findings: str, logattr: Run) -> None:
    result = logattr("verify", findings)

    assert result.exit_code == 0
    assert result.stdout == "the same inputs, databases and lists give the same findings\n"


def test_verify_says_that_a_log_has_changed(findings: str, logattr: Run, write_log: WriteLog) -> None:
    write_log(clients=["81.32.0.1"])

    result = logattr("verify", findings)

    assert result.exit_code == 1
    assert "inputs access.log: sha256_raw was" in result.stdout
    assert "counts: not the same" in result.stdout
    assert "databases" not in result.stdout


def test_verify_says_that_a_list_has_changed(findings: str, logattr: Run) -> None:
    Path("vpn.txt").write_text("81.32.0.0/24\n", encoding="utf-8")

    result = logattr("verify", findings)

    assert result.exit_code == 1
    assert re.search(r"lists \S*vpn\.txt: sha256 was", result.stdout)
    assert "inputs" not in result.stdout


def test_verify_says_that_findings_were_edited(findings: str, logattr: Run) -> None:
    text = Path(findings).read_text(encoding="utf-8")
    Path(findings).write_text(text.replace('"highlighted": true', '"highlighted": false'), encoding="utf-8")

    result = logattr("verify", findings)

    assert result.exit_code == 1
    assert result.stdout == "clients: not the same\n"


def test_verify_says_that_only_the_text_was_edited(findings: str, logattr: Run) -> None:
    found = json.loads(Path(findings).read_text(encoding="utf-8"))
    Path(findings).write_text(json.dumps(found), encoding="utf-8")

    result = logattr("verify", findings)

    assert result.exit_code == 1
    assert result.stdout == "the text of the file differs, its content does not\n"


def test_verify_of_a_report_from_standard_input_takes_the_log_there(
    process: Process, write_log: WriteLog
) -> None:
    log = Path(write_log()).read_bytes()
    process("report", "-", "--place", "Spain", "--json", "r.json", input=log)

    assert process("verify", "r.json", input=log).returncode == 0
    assert process("verify", "r.json", input=log[:-1]).returncode == 1


# ------------------------------------------------------------------ the process


def test_the_version_is_printed(logattr: Run) -> None:
    from importlib.metadata import version

    assert version("logattr") in logattr("--version").stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_closed_standard_stream_is_no_error(closed: str, write_log: WriteLog) -> None:
    write_log()

    done = subprocess.run(
        f"{sys.executable} -m logattr parse access.log {closed}",
        shell=True,
        capture_output=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert done.stdout.count(b"\n") == (0 if closed == ">&-" else 12)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", [["parse", "access.log"], ["report", "access.log", "--place", "ES"]])
def test_an_output_that_takes_nothing_is_said_in_one_line(command: list[str], write_log: WriteLog) -> None:
    write_log()
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "logattr", *command],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=120,
        )

    assert done.returncode == 1
    assert done.stderr == b"logattr: the output: No space left on device\n"


def test_lookup_of_a_log_says_that_no_line_is_an_address(logattr: Run, write_log: WriteLog) -> None:
    result = logattr("lookup", write_log(clients=["8.8.8.8"]))

    assert result.exit_code == 1
    assert "3 of 3 lines are no address, the first: '8.8.8.8 - - [" in result.stderr
    assert "`logattr report` for logs" in result.stderr
    assert len(rows(result.stdout)) == 3


def test_lookup_says_how_many_lines_are_no_address(logattr: Run) -> None:
    result = logattr("lookup", "-", stdin="8.8.8.8\nclient\n")

    assert (result.exit_code, result.stderr) == (0, "1 of 2 lines are no address, the first: 'client'\n")


@pytest.mark.parametrize("command", [("parse",), ("report", "--place", "Spain")], ids=["parse", "report"])
def test_folders_in_a_folder_are_told_and_a_pattern_reads_them(
    logattr: Run, write_log: WriteLog, command: tuple[str, ...]
) -> None:
    Path("logs/deeper").mkdir(parents=True)
    write_log("logs/a.log", ["8.8.8.8"])
    write_log("logs/deeper/b.log", ["8.8.8.8"])

    assert "logs/: 1 folder in it not read. Try: 'logs/**'" in logattr(*command, "logs/").stderr
    all_of_them = logattr(*command, "logs/**")
    assert "6 lines: 6 read" in all_of_them.stderr
    assert "not read" not in all_of_them.stderr


def test_what_was_read_as_nothing_is_not_said_to_be_without_lines(logattr: Run, write_log: WriteLog) -> None:
    Path("logs").mkdir()
    write_log("logs/a.log", ["8.8.8.8"])
    Path("logs/README").write_text("Not a log.\n")

    parsed = logattr("parse", "logs")
    reported = logattr("report", "logs", "--place", "Spain", "--html", "report.html")

    assert "no lines" not in parsed.stderr
    assert "logs/README: no known format" in parsed.stderr
    assert "read as no format" in reported.stdout
    assert "<dd>no format<" in Path("report.html").read_text(encoding="utf-8")


def test_formats_of_a_file_says_how_to_check_one(logattr: Run, write_log: WriteLog) -> None:
    result = logattr("formats", write_log())

    assert result.exit_code == 2
    assert "'access.log' is a file: --check NAME" in result.stderr
