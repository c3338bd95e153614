"""Bad input of every kind: a message with what was given, expected and to try, and the right status."""

from __future__ import annotations

import gzip
import json
import os
import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
WriteLog = Callable[..., str]

UNREADABLE, USAGE, NO_DATABASE = 1, 2, 3
ANALYSIS = {"report": ["report", "--place", "Spain"], "parse": ["parse"]}
SPAIN = '81.32.0.1 - - [10/Jan/2024:08:00:02 +0800] "GET /a HTTP/1.1" 200 5 "-" "-"'


@pytest.fixture(params=list(ANALYSIS))
def analyse(request: pytest.FixtureRequest, logattr: Run) -> Run:
    """Return a function that runs ``report`` or ``parse`` on logs and options: each test runs twice."""
    return lambda *arguments, **options: logattr(*ANALYSIS[request.param], *arguments, **options)


def assert_message(result: Result, status: int, *parts: str) -> None:
    """Assert the status, the parts of the message in this order, and that nothing is on stdout."""
    assert "Traceback" not in result.output
    assert result.exit_code == status, result.output
    position = 0
    for part in parts:
        assert part in result.stderr[position:], (part, result.stderr)
        position = result.stderr.index(part, position) + len(part)
    assert result.stdout == ""


def counts(result: Result) -> str:
    return result.stderr.splitlines()[-1]


# ------------------------------------------------------------------ paths


def test_a_missing_log_is_named_with_the_nearest_names(analyse: Run, write_log: WriteLog) -> None:
    write_log("access.log")

    assert_message(analyse("acces.log"), 1, "acces.log does not exist", "expected a file", "Try: access.log")


def test_a_missing_log_in_a_missing_folder_is_told_apart(analyse: Run) -> None:
    assert_message(analyse("nowhere/a.log"), UNREADABLE, "nowhere/a.log does not exist", "no nowhere")


def test_a_pattern_without_a_match_is_an_error(analyse: Run) -> None:
    assert_message(analyse("no*.such"), UNREADABLE, "no file matches no*.such", "expected a pattern")


def test_a_folder_without_files_is_no_log(analyse: Run, in_tmp_path: Path) -> None:
    (in_tmp_path / "logs").mkdir()

    assert_message(analyse("logs"), UNREADABLE, "logs is a folder without files", "expected a folder of logs")


def test_a_folder_without_readable_logs_is_an_error(analyse: Run, in_tmp_path: Path) -> None:
    (in_tmp_path / "logs").mkdir()
    for name in ("notes.txt", "more.txt"):
        (in_tmp_path / "logs" / name).write_text("nothing of interest\n")

    assert_message(analyse("logs"), UNREADABLE, "logs/more.txt: no known format reads any", "Try: --format")


def test_one_of_several_named_files_that_is_no_log_makes_status_1_after_the_work(
    analyse: Run, write_log: WriteLog, in_tmp_path: Path
) -> None:
    (in_tmp_path / "notes.txt").write_text("nothing of interest\n")

    result = analyse(write_log(), "notes.txt")

    assert result.exit_code == UNREADABLE
    assert counts(result).startswith("13 lines: 12 read, 1 not understood (first: notes.txt line 1)")


def test_what_is_no_access_log_in_a_folder_is_counted_and_named(
    analyse: Run, write_log: WriteLog, in_tmp_path: Path
) -> None:
    (in_tmp_path / "logs").mkdir()
    write_log("logs/access.log")
    (in_tmp_path / "logs" / "error.log").write_text("2024/01/10 08:00:02 [error] 1#1: *1 open() failed\n" * 3)

    result = analyse("logs")

    assert result.exit_code == 0
    assert counts(result).startswith("15 lines: 12 read, 3 not understood (first: logs/error.log line 1)")
    output = " ".join(result.output.split())
    assert "a line of nginx's error log in 3 of the first 3 lines" in output
    assert "none of its lines were read" in output


def test_a_name_that_is_too_long_does_not_exist(analyse: Run) -> None:
    assert_message(analyse("a" * 5000), UNREADABLE, "does not exist")


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
@pytest.mark.parametrize("command", [*ANALYSIS.values(), ["lookup"]], ids=[*ANALYSIS, "lookup"])
def test_an_unreadable_file_says_so(
    command: list[str], logattr: Run, in_tmp_path: Path, write_log: WriteLog, request: pytest.FixtureRequest
) -> None:
    name = write_log()
    logattr(*command, name), logattr(*command, "missing")  # imports all that is needed
    Path(name).chmod(0)
    if os.geteuid() == 0:  # nothing is unreadable to root, so root is somebody else for a moment
        in_tmp_path.chmod(0o755)
        request.addfinalizer(lambda: os.seteuid(0))
        os.seteuid(65534)

    result = logattr(*command, name)

    assert_message(result, UNREADABLE, "access.log may not be read", "expected a file you may read", "Try: ")


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="names there are always Unicode")
def test_a_name_that_is_no_utf8_is_read_and_reported(
    process: Callable[..., object], write_log: WriteLog
) -> None:
    Path(write_log()).rename(os.fsdecode(b"access-\xff.log"))

    done = process("report", b"access-\xff.log", "--place", "Spain", "--json", "r.json", "--html", "r.html")
    again = process("verify", "r.json")

    assert (done.returncode, again.returncode) == (0, 0)  # type: ignore[attr-defined]
    lines = json.loads(Path("r.json").read_text(encoding="utf-8"))["lines"]
    assert {line["source"] for line in lines} == {"access-\\udcff.log"}


# ------------------------------------------------------------------ contents


def test_an_empty_log_has_nothing_to_misunderstand_so_it_is_a_warning_and_status_0(
    logattr: Run, in_tmp_path: Path
) -> None:
    (in_tmp_path / "empty.log").touch()

    report = logattr("report", "empty.log", "--place", "Spain", "--json", "r.json")
    parse = logattr("parse", "empty.log")

    assert (report.exit_code, parse.exit_code) == (0, 0)
    assert counts(report) == counts(parse) == "0 lines: 0 read, 0 not understood, 0 blank"
    assert "the input is empty" in report.stdout
    assert "the input is empty" in parse.stderr
    assert parse.stdout == ""
    assert json.loads((in_tmp_path / "r.json").read_text(encoding="utf-8"))["clients"] == []


def test_a_log_of_blank_lines_counts_them(analyse: Run, in_tmp_path: Path) -> None:
    (in_tmp_path / "blank.log").write_bytes(b"\n  \n\r\n\n")

    result = analyse("blank.log")

    assert result.exit_code == 0
    assert counts(result) == "4 lines: 0 read, 0 not understood, 4 blank"


def test_an_empty_standard_input_is_an_empty_log(analyse: Run) -> None:
    assert analyse("-", stdin=b"").exit_code == 0


def test_random_bytes_are_no_log(analyse: Run, in_tmp_path: Path) -> None:
    data = random.Random(1).randbytes(100_000)
    (in_tmp_path / "random.log").write_bytes(b"\x00" + data)

    assert_message(
        analyse("random.log"),
        UNREADABLE,
        "random.log: this is a binary file of no known kind",
        "Try: look at it with: file",
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x04\x22\x4d\x18" + bytes(20), "LZ4"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(20), "7-Zip"),
    ],
    ids=["lz4", "7z"],
)
def test_what_is_another_kind_of_file_is_named_with_the_way_to_read_it(
    content: bytes, what: str, analyse: Run, in_tmp_path: Path
) -> None:
    (in_tmp_path / "a.log").write_bytes(content)

    assert_message(analyse("a.log"), UNREADABLE, "a.log is", what, "expected plain text or", "Try: ")


@pytest.mark.parametrize(
    "content",
    [
        b"BZh91AY&SY" + bytes(20),
        b"\xfd7zXZ\x00" + bytes(20),
        b"\x28\xb5\x2f\xfd" + b"\xff" * 20,
        b"PK\x03\x04" + bytes(20),
    ],
    ids=["bzip2", "xz", "zstd", "zip"],
)
def test_what_only_begins_like_another_kind_of_file_is_an_error(
    content: bytes, analyse: Run, in_tmp_path: Path
) -> None:
    (in_tmp_path / "a.log").write_bytes(content)

    assert_message(analyse("a.log"), UNREADABLE, "a.log", "expected", "Try: ")


def test_an_output_may_not_replace_the_archive_that_is_read(logattr: Run, write_log: WriteLog) -> None:
    with zipfile.ZipFile("a.csv", "w") as archive:
        archive.write(write_log())

    assert_message(logattr("parse", "a.csv", "-o", "a.csv"), USAGE, "is one of the inputs")


def test_a_gzip_that_is_none_is_an_error(analyse: Run, in_tmp_path: Path) -> None:
    (in_tmp_path / "a.log.gz").write_bytes(bytes(range(256)) * 10)
    (in_tmp_path / "b.log.gz").write_bytes(b"\x1f\x8b\x08\x00" + b"garbage" * 50)

    by_name, by_magic = analyse("a.log.gz"), analyse("b.log.gz")

    assert_message(by_name, UNREADABLE, "a.log.gz is a gzip file by name", "expected gzip data", "Try: ")
    assert_message(
        by_magic, UNREADABLE, "b.log.gz begins like a gzip file", "expected a gzip", "Try: gzip -t"
    )


def test_plain_text_that_is_named_gzip_is_read_with_a_warning(analyse: Run, write_log: WriteLog) -> None:
    result = analyse(write_log("access.log.gz"))

    assert result.exit_code == 0
    assert "a gzip file by name, but plain text by content" in " ".join(result.output.split())


def test_a_truncated_gzip_yields_what_came_out_and_says_so(analyse: Run, write_log: WriteLog) -> None:
    data = gzip.compress(
        random.Random(1).randbytes(40).hex().encode().join([Path(write_log()).read_bytes()] * 400)
    )
    Path("cut.gz").write_bytes(data[: len(data) // 2])

    result = analyse("cut.gz")

    lines, read = (int(part.replace(",", "")) for part in counts(result).split()[0:3:2])
    assert result.exit_code == 0
    assert 0 < read <= lines < 4800
    assert "the gzip data end too early" in " ".join(result.output.split())


def test_a_log_in_which_nothing_is_understood_shows_first_lines_and_closest_formats(
    analyse: Run, in_tmp_path: Path
) -> None:
    line = "192.0.2.1 - - [10/Jan/2024:08:01:02 +0000] hello\n"
    (in_tmp_path / "a.log").write_text(line * 2 + "third\n", encoding="utf-8")

    assert_message(
        analyse("a.log"),
        UNREADABLE,
        "a.log: no known format reads any of the first 3 lines",
        "[10/Jan/2024:08:01:02 +0000] hello'; 'third'",
        "the closest formats are ",
        "Try: --format",
        "`logattr formats`",
    )


def test_a_format_that_reads_no_line_says_where_the_first_line_fails(
    analyse: Run, write_log: WriteLog
) -> None:
    result = analyse(write_log(), "--format", "s3")

    assert result.exit_code == UNREADABLE
    message, last = result.stderr.splitlines()[-2:]
    assert message.startswith("logattr: no line was understood; the first, access.log line 1: s3: ")
    assert "Try: --format" in message
    assert last == "12 lines: 0 read, 12 not understood (first: line 1), 0 blank"


# ------------------------------------------------------------------ lines


def test_a_line_of_10_mb_is_one_reject_among_its_neighbours(analyse: Run, write_log: WriteLog) -> None:
    name = write_log(lines=[b"a" * 10_000_000, SPAIN])

    result = analyse(name)

    assert result.exit_code == 0
    assert counts(result) == "14 lines: 13 read, 1 not understood (first: line 13), 0 blank"


def test_a_log_that_is_one_line_of_10_mb_is_not_understood(analyse: Run, in_tmp_path: Path) -> None:
    (in_tmp_path / "a.log").write_bytes(b"a" * 10_000_000)

    result = analyse("a.log")

    assert result.exit_code == UNREADABLE
    assert "no line was understood; the first, a.log line 1: line of more than" in result.stderr
    assert counts(result) == "1 line: 0 read, 1 not understood (first: line 1), 0 blank"


def test_of_a_reject_that_is_too_long_only_the_beginning_is_kept(logattr: Run, write_log: WriteLog) -> None:
    logattr("parse", write_log(lines=[b"a" * 2_000_000]), "--rejects", "rejects.jsonl")

    (reject,) = map(json.loads, Path("rejects.jsonl").read_text(encoding="utf-8").splitlines())
    assert reject["text"] == "a" * 4096


def test_nul_bytes_before_a_line_are_skipped_and_alone_are_a_reject(
    logattr: Run, write_log: WriteLog
) -> None:
    name = write_log(lines=[bytes(5000) + SPAIN.encode(), bytes(100)])

    result = logattr("parse", name, "--rejects", "rejects.jsonl")

    assert counts(result) == "14 lines: 13 read, 1 not understood (first: line 14), 0 blank"
    assert json.loads(result.stdout.splitlines()[-1])["client_ip"] == "81.32.0.1"
    assert "NUL" in Path("rejects.jsonl").read_text(encoding="utf-8")


def test_nul_bytes_inside_a_line_stay_in_their_field(logattr: Run, write_log: WriteLog) -> None:
    line = SPAIN.encode().replace(b'"-" "-"', b'"-" "a\x00b"')

    result = logattr("parse", write_log(lines=[line]))

    assert json.loads(result.stdout.splitlines()[-1])["user_agent"] == "a\x00b"
    assert "\x00" not in result.stdout


def test_bytes_that_are_no_utf8_are_latin_1_in_events_and_escapes_in_rejects(
    logattr: Run, write_log: WriteLog
) -> None:
    line = SPAIN.encode().replace(b'"-" "-"', b'"-" "caf\xe9 \xed\xa0\x80"')

    result = logattr("parse", write_log(lines=[line, b"\xff\xfe\xfd"]), "--rejects", "rejects.jsonl")
    report = logattr("report", "access.log", "--place", "ES", "--html", "r.html", "--json", "r.json")

    assert counts(result) == counts(report) == "14 lines: 13 read, 1 not understood (first: line 14), 0 blank"
    assert json.loads(result.stdout.splitlines()[-1])["user_agent"] == "café \xed\xa0\x80"
    assert json.loads(Path("rejects.jsonl").read_text(encoding="utf-8"))["text"] == "\\xff\\xfe\\xfd"


def test_a_surrogate_that_an_escape_spells_does_no_harm(analyse: Run, write_log: WriteLog) -> None:
    escaped = [SPAIN.replace('"-" "-"', f'"-" "{text}"') for text in (r"\xed\xa0\x80", r"\ud800")]
    json_line = '81.32.0.1 "\\ud800"'
    Path("json.log").write_text(json_line + "\n", encoding="utf-8")

    assert analyse(write_log(lines=escaped)).exit_code == 0
    own = 'escape=json $remote_addr "$http_user_agent"'
    assert analyse("json.log", "--format", own).exit_code == 0


def test_a_line_of_200_kb_that_could_be_read_in_many_ways_is_not_tried_loosely(
    logattr: Run, write_log: WriteLog
) -> None:
    # Bare quotes inside a quoted field are read loosely on a line of usual length, and every quote
    # doubles the ways; on one of 200 KB that would take hours.
    head = '81.32.0.1 - - [10/Jan/2024:08:00:02 +0800] "GET /a'
    short, long = (head + ' "b"' * count + ' HTTP/1.1" 200 5 "-" "-"' for count in (1, 50_000))

    result = logattr("parse", write_log(lines=[short, long]), "--rejects", "rejects.jsonl")

    assert len(long) > 200_000
    assert counts(result) == "14 lines: 13 read, 1 not understood (first: line 14), 0 blank"
    assert json.loads(result.stdout.splitlines()[-1])["line"] == 13


@pytest.mark.parametrize("digits", ["9" * 30, "9" * 400])
def test_numbers_without_measure_are_no_crash(digits: str, logattr: Run) -> None:
    line = f"81.32.0.1 [10/Jan/2024:08:00:02 +0800] 200 {digits} {digits}\n"

    result = logattr("parse", "-", "--format", "%h %t %>s %b %D", stdin=line)

    assert result.exit_code in {0, 1}
    assert counts(result).startswith("1 line: ")
    assert "Infinity" not in result.stdout


# ------------------------------------------------------------------ databases


@pytest.fixture
def no_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the embedded database one that is not installed."""
    monkeypatch.setattr("logattr.databases.embedded.find_embedded", lambda: None)


@pytest.mark.usefixtures("no_embedded")
@pytest.mark.parametrize(
    "command", [["report", "--place", "ES", "access.log"], ["lookup", "8.8.8.8"], ["db", "list"]]
)
def test_without_a_database_it_says_how_to_get_one(
    command: list[str], logattr: Run, write_log: WriteLog
) -> None:
    write_log()

    assert_message(
        logattr(*command),
        NO_DATABASE,
        "no address database was found",
        "expected at least one .mmdb file",
        "Try: pip install 'logattr[embedded]'",
        "--db PATH",
        "LOGATTR_DATABASES",
    )


@pytest.mark.usefixtures("no_embedded")
def test_parse_needs_no_database(logattr: Run, write_log: WriteLog) -> None:
    assert logattr("parse", write_log()).exit_code == 0


@pytest.mark.usefixtures("no_embedded")
def test_a_database_that_knows_no_places_is_not_enough(
    logattr: Run, write_log: WriteLog, write_mmdb: Callable[..., Path]
) -> None:
    record = {"autonomous_system_number": 64496, "autonomous_system_organization": "Example"}
    path = write_mmdb("asn.mmdb", {"8.8.8.0/24": record}, database_type="GeoLite2-ASN")

    result = logattr("report", write_log(), "--place", "Spain", "--db", str(path))

    assert_message(result, NO_DATABASE, "no database of places among 1 given", "Try: ")


IP2LOCATION_BIN = struct.pack("<5B", 3, 5, 24, 1, 15) + struct.pack("<4I", 1000, 65, 500, 20000) + bytes(3000)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (IP2LOCATION_BIN, ["IP2Location", "expected an address database", "Try: ", "MMDB"]),
        (
            b"1.0.0.0,1.0.0.255,AU\n" * 50,
            ["is a text file", "expected an address database", "Try: ", ".mmdb"],
        ),
        (b"", ["is empty", "expected an address database", "Try: "]),
        (random.Random(2).randbytes(5000), ["is no .mmdb file", "expected an address database", "Try: "]),
        (gzip.compress(b"\xab\xcd\xefMaxMind.com"), ["compressed with gzip", "expected", "Try: `gunzip`"]),
        (
            bytes(500) + b"\xab\xcd\xefMaxMind.com" + b"\xff" * 50,
            ["is damaged", "expected", "Try: downloading"],
        ),
    ],
    ids=["ip2location", "text", "empty", "random", "gzip", "corrupt"],
)
@pytest.mark.parametrize("command", [["report", "--place", "ES", "access.log"], ["lookup", "8.8.8.8"]])
def test_what_is_no_database_is_named(
    command: list[str], content: bytes, parts: list[str], logattr: Run, write_log: WriteLog
) -> None:
    write_log()
    Path("some.mmdb").write_bytes(content)

    assert_message(logattr(*command, "--db", "some.mmdb"), NO_DATABASE, "some.mmdb", *parts)
    assert_message(logattr("db", "info", "some.mmdb"), NO_DATABASE, "some.mmdb", *parts)


def test_a_database_that_is_cut_short_is_damaged(logattr: Run, write_mmdb: Callable[..., Path]) -> None:
    networks = {f"10.{number}.0.0/16": {"country": {"iso_code": "ES"}} for number in range(256)}
    path = write_mmdb("cut.mmdb", networks, database_type="GeoLite2-Country")
    data = path.read_bytes()
    marker = data.rindex(b"\xab\xcd\xefMaxMind.com")
    path.write_bytes(data[: marker // 2] + data[marker:])

    result = logattr("lookup", "8.8.8.8", "--db", str(path))

    assert_message(result, NO_DATABASE, "cut.mmdb is damaged", "expected", "Try: downloading it again")


@pytest.mark.parametrize("name", ["missing.mmdb", "empty-folder"])
def test_a_database_that_is_not_there_is_named(name: str, logattr: Run, in_tmp_path: Path) -> None:
    (in_tmp_path / "empty-folder").mkdir()

    assert_message(logattr("lookup", "8.8.8.8", "--db", name), NO_DATABASE, name)


def test_a_database_of_the_environment_that_is_not_there_is_named(
    logattr: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGATTR_DATABASES", "gone.mmdb")

    assert_message(logattr("lookup", "8.8.8.8"), NO_DATABASE, "gone.mmdb does not exist")


# ------------------------------------------------------------------ options


@pytest.mark.parametrize(
    ("format_", "parts"),
    [
        ("%h %Q %t", ["'%Q %t'", "position 4", "expected % with optional modifiers", "Try: %% "]),
        ("%h%u", ["nothing separates %h from %u", "position 3", "expected a literal"]),
        ("%h %", ["position 4"]),
        ("$remote_addr$http_user_agent", ["nothing separates", "position 13"]),
        ("{client} {", ["position 10", "Try: {{ and }}"]),
        ("%h %{%Q}t", ["'%Q'", "position 1"]),
        ("combind", ["'combind'", "neither a known name nor a format string", "Try: --format combined"]),
        ("", ["expected"]),
        ("%%", ["has no fields"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_format_string_is_refused_with_the_position(
    format_: str, parts: list[str], analyse: Run, write_log: WriteLog
) -> None:
    result = analyse(write_log(), "--format", format_)

    assert_message(result, USAGE, "--format: ", *parts)


def test_an_unknown_format_has_no_page(logattr: Run) -> None:
    assert_message(
        logattr("formats", "combind"),
        USAGE,
        "'combind'",
        "expected one of",
        "Try: `logattr formats combined`",
    )


@pytest.mark.parametrize(
    "command", [["report", "access.log", "--place"], ["places"]], ids=["report", "places"]
)
@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Atlantis", ["'Atlantis' is no known country or region", "expected a name or an ISO 3166 code"]),
        ("Lioaning", ["'Lioaning' is no known", "Try: is it", "Liaoning (CN-LN)"]),
        ("CN-ZZ", ["'CN-ZZ' is no region of China", "Try: "]),
        ("Georgia", ["'Georgia' is the name of 2 places", "Georgia (GE)", "US-GA"]),
        ("Córdoba", ["is the name of", "ES-CO"]),
        ("", ["is no place", "Try: Liaoning"]),
        ("x" * 1000, ["is no place"]),
        ("\udcff", ["'\\udcff'"]),
    ],
    ids=["unknown", "misspelt", "no-region", "ambiguous", "ambiguous-accent", "empty", "long", "no-utf8"],
)
def test_a_place_that_is_not_one_place_is_refused(
    name: str, parts: list[str], command: list[str], logattr: Run, write_log: WriteLog
) -> None:
    write_log()

    assert_message(logattr(*command, name), USAGE, *parts)


@pytest.mark.parametrize(
    ("option", "status", "parts"),
    [
        ("vpnn=good.txt", USAGE, ["the class 'vpnn' of a list", "expected one of", "Try: vpn"]),
        ("none_found=good.txt", USAGE, ["'none_found'", "an answer and not evidence"]),
        ("good.txt", USAGE, ["the list option 'good.txt'", "expected CLASS=PATH", "Try: "]),
        ("vpn=", USAGE, ["the list option 'vpn='", "expected CLASS=PATH"]),
        ("vpn=good.txt@2024-02-31", USAGE, ["'2024-02-31'", "expected a day"]),
        ("vpn=missing.txt", UNREADABLE, ["missing.txt cannot be read", "expected a readable file"]),
        ("vpn=junk.txt", UNREADABLE, ["nothing in the list junk.txt was understood", "expected one address"]),
        ("vpn=empty.txt", UNREADABLE, ["empty.txt is empty", "expected addresses"]),
        ("vpn=.", UNREADABLE, ["cannot be read"]),
    ],
    ids=["class", "no-evidence", "no-class", "no-path", "no-day", "missing", "junk", "empty", "folder"],
)
@pytest.mark.parametrize("command", [["report", "access.log", "--place", "ES"], ["lookup", "8.8.8.8"]])
def test_a_wrong_list_option_is_refused(
    *, option: str, status: int, parts: list[str], command: list[str], logattr: Run, write_log: WriteLog
) -> None:
    write_log()
    Path("good.txt").write_text("192.0.2.0/24\n", encoding="utf-8")
    Path("junk.txt").write_text("this is\nno list\n", encoding="utf-8")
    Path("empty.txt").touch()

    assert_message(logattr(*command, "--list", option), status, *parts)


@pytest.mark.parametrize("network", ["home", "192.0.2.0/33", "", "010.0.0.1", "\udcff"])
def test_a_network_of_observers_that_is_none_is_refused(
    network: str, logattr: Run, write_log: WriteLog
) -> None:
    result = logattr("report", write_log(), "--place", "ES", "--self", network)

    assert_message(result, USAGE, "the network", "expected an address or a network", "Try: ")


@pytest.mark.parametrize("network", ["home", "10.0.0.0/33", "\udcff"])
def test_a_trusted_proxy_that_is_no_network_is_refused(
    network: str, analyse: Run, write_log: WriteLog
) -> None:
    result = analyse(write_log(), "--trusted-proxy", network)

    assert_message(result, USAGE, "expected")


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "../../etc/passwd", "/etc/passwd", "", "Europe", "a\0b", "\udcff"]
)
def test_a_time_zone_that_is_none_is_refused(zone: str, analyse: Run, write_log: WriteLog) -> None:
    result = analyse(write_log(), "--timezone", zone)

    assert_message(result, USAGE, "the time zone", "expected an IANA name", "Try: UTC")


@pytest.mark.parametrize("text", ["no-such-file", "", "1.2.3.4.5", "a\0b", "a" * 5000, "\udcff"])
def test_an_argument_of_lookup_that_is_neither_address_nor_file_is_refused(text: str, logattr: Run) -> None:
    result = logattr("lookup", "8.8.8.8", text)

    assert_message(result, UNREADABLE, "is neither an address nor a file", "expected an IPv4", "Try: ")


def test_a_folder_cannot_be_looked_up(logattr: Run, in_tmp_path: Path) -> None:
    (in_tmp_path / "folder").mkdir()

    assert_message(logattr("lookup", "folder"), UNREADABLE, "folder is a folder", "expected a file")


def test_a_line_of_10_mb_is_one_invalid_address(logattr: Run) -> None:
    result = logattr("lookup", "-", "--to", "jsonl", stdin=b"8.8.8.8\n" + b"1" * 10_000_000 + b"\n8.8.4.4")

    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["ip_scope"] for row in answers] == ["global", "invalid", "global"]


# ------------------------------------------------------------------ outputs

OUTPUTS = {
    "html": ["report", "access.log", "--place", "ES", "--html", "{}.html"],
    "json": ["report", "access.log", "--place", "ES", "--json", "{}.json"],
    "csv": ["report", "access.log", "--place", "ES", "--csv", "{}.csv"],
    "events": ["parse", "access.log", "-o", "{}.jsonl"],
    "rejects": ["parse", "access.log", "--rejects", "{}.jsonl"],
}


@pytest.mark.parametrize("command", OUTPUTS.values(), ids=OUTPUTS)
def test_an_output_in_a_missing_folder_is_refused_before_anything_is_read(
    command: list[str], logattr: Run, write_log: WriteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logattr.reading.scan.Scan.__init__", lambda *_, **__: pytest.fail("it was read"))
    write_log()

    result = logattr(*(text.format("nowhere/out") for text in command))

    assert_message(
        result, USAGE, "is in a folder that does not exist", "expected a folder", "Try: mkdir -p nowhere"
    )


@pytest.mark.parametrize("command", OUTPUTS.values(), ids=OUTPUTS)
def test_an_output_that_is_a_folder_is_refused(command: list[str], logattr: Run, write_log: WriteLog) -> None:
    write_log()
    for ending in ("html", "json", "csv", "jsonl"):
        Path(f"out.{ending}").mkdir()

    assert_message(
        logattr(*(text.format("out") for text in command)), USAGE, "is a folder", "expected the name"
    )


@pytest.mark.parametrize("command", OUTPUTS.values(), ids=OUTPUTS)
def test_an_output_in_a_folder_that_may_not_be_written_is_refused(
    command: list[str], logattr: Run, write_log: WriteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_log()
    Path("closed").mkdir()
    real = os.access
    # Root may write everywhere, so the answer of the system is replaced.
    monkeypatch.setattr(os, "access", lambda path, mode: str(path)[:6] != "closed" and real(path, mode))

    result = logattr(*(text.format("closed/out") for text in command))

    assert_message(result, USAGE, "may not be written", "expected a folder to write to")


@pytest.mark.parametrize("name", ["", "a\0b.jsonl", "a" * 300 + "/b.jsonl"])
def test_an_output_that_is_no_name_is_refused(name: str, logattr: Run, write_log: WriteLog) -> None:
    assert_message(logattr("parse", write_log(), "-o", name), USAGE, "-o ", "expected ")


def test_an_output_whose_name_is_too_long_is_refused_and_leaves_nothing(
    logattr: Run, write_log: WriteLog
) -> None:
    result = logattr("parse", write_log(), "-o", "a" * 300)

    assert "Traceback" not in result.output
    assert result.exit_code == UNREADABLE
    assert "File name too long" in result.stderr
    assert [path.name for path in Path().iterdir()] == ["access.log"]


LINKS = {
    "name": lambda path: path,
    "dot": lambda path: Path("sub/..") / path,
    "symlink": lambda path: (Path("other").symlink_to(path), Path("other"))[1],
    "hardlink": lambda path: (Path("other").hardlink_to(path), Path("other"))[1],
}


@pytest.mark.parametrize("option", ["-o", "--rejects"])
@pytest.mark.parametrize("link", LINKS)
def test_an_output_onto_the_input_is_refused_and_the_input_survives(
    link: str, option: str, logattr: Run, write_log: WriteLog
) -> None:
    log = Path(write_log())
    before = log.read_bytes()
    Path("sub").mkdir()
    output = LINKS[link](log)

    result = logattr("parse", str(log), option, str(output))

    assert_message(result, USAGE, f"{option} ", "is one of the inputs", "Try: another name")
    assert log.read_bytes() == before


def test_an_output_onto_a_redirected_standard_input_is_refused(
    process: Callable[..., subprocess.CompletedProcess[bytes]], write_log: WriteLog
) -> None:
    log = Path(write_log())
    before = log.read_bytes()
    with log.open("rb") as stdin:
        done = process("parse", "-", "-o", "access.log", stdin=stdin)

    assert done.returncode == USAGE
    assert b"is one of the inputs" in done.stderr
    assert log.read_bytes() == before


@pytest.mark.parametrize("option", ["--list", "--db"])
def test_a_report_onto_a_list_or_database_is_refused(option: str, logattr: Run, write_log: WriteLog) -> None:
    Path("own.csv").write_text("192.0.2.0/24\n", encoding="utf-8")
    value = "vpn=own.csv" if option == "--list" else "own.csv"

    result = logattr("report", write_log(), "--place", "ES", option, value, "--csv", "own.csv")

    assert_message(result, USAGE, "--csv 'own.csv' is one of the inputs")
    assert Path("own.csv").read_text(encoding="utf-8") == "192.0.2.0/24\n"


@pytest.mark.parametrize(
    "options", [["-o", "a", "--rejects", "./a"], ["--rejects", "-"], ["-o", "-", "--rejects", "-"]]
)
def test_two_outputs_do_not_share_a_file(options: list[str], logattr: Run, write_log: WriteLog) -> None:
    assert_message(logattr("parse", write_log(), *options), USAGE, "--rejects", "is written by -o already")


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs /dev/null")
def test_a_device_takes_any_number_of_outputs_and_stays_a_device(logattr: Run, write_log: WriteLog) -> None:
    result = logattr("parse", write_log(lines=["?"]), "-o", "/dev/null", "--rejects", "/dev/null")

    assert result.exit_code == 0
    assert Path("/dev/null").is_char_device()


# ------------------------------------------------------------------ findings to verify


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no JSON",
        b"\xff\xfe",
        b"[1, 2]",
        b"{}",
        b'{"options": 5}',
        b'{"options": {"logs": ["a.log"]}}',
        b"[" * 100_000,
    ],
    ids=["empty", "text", "no-utf8", "list", "object", "options", "half", "deep"],
)
def test_what_holds_no_findings_cannot_be_verified(content: bytes, logattr: Run, in_tmp_path: Path) -> None:
    (in_tmp_path / "r.json").write_bytes(content)

    assert_message(
        logattr("verify", "r.json"), UNREADABLE, "'r.json'", "expected a JSON file that `logattr report"
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("logs", 5),
        ("logs", [5]),
        ("places", "Spain"),
        ("timezone", None),
        ("format", 1),
        ("evidence_lines", "x"),
    ],
)
def test_findings_with_edited_options_are_refused(
    key: str, value: object, logattr: Run, write_log: WriteLog
) -> None:
    logattr("report", write_log(), "--place", "ES", "--json", "r.json")
    found = json.loads(Path("r.json").read_text(encoding="utf-8"))
    found["options"][key] = value
    Path("r.json").write_text(json.dumps(found), encoding="utf-8")

    assert_message(logattr("verify", "r.json"), UNREADABLE, "'r.json' holds no findings")


@pytest.mark.parametrize("key", ["inputs", "databases", "lists", "clients"])
@pytest.mark.parametrize("value", [5, [5], {"a": 1}, None])
def test_findings_with_edited_parts_differ(
    key: str, value: object, logattr: Run, write_log: WriteLog
) -> None:
    logattr("report", write_log(), "--place", "ES", "--json", "r.json")
    found = json.loads(Path("r.json").read_text(encoding="utf-8"))
    found[key] = value
    Path("r.json").write_text(json.dumps(found), encoding="utf-8")

    result = logattr("verify", "r.json")

    assert result.exit_code == UNREADABLE
    assert f"{key}: not the same" in result.stdout


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_missing_findings_cannot_be_verified(name: str, logattr: Run) -> None:
    assert_message(logattr("verify", name), UNREADABLE, f"'{name}' cannot be read", "expected a JSON file")


def test_a_log_that_is_gone_cannot_be_verified(logattr: Run, write_log: WriteLog) -> None:
    logattr("report", write_log(), "--place", "ES", "--json", "r.json")
    Path("access.log").unlink()

    assert_message(logattr("verify", "r.json"), UNREADABLE, "access.log does not exist")
