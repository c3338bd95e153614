"""What stands around the lines of a server: recognised, taken off, and used where the line has no time."""

from __future__ import annotations

import json
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logattr.errors import FormatError
from logattr.reading.assemble import Context
from logattr.reading.parse import parse_block
from logattr.reading.readers import reader_for
from logattr.reading.scan import ReadOptions, Scan
from logattr.reading.sources import Block
from logattr.reading.unwrap import Unwrapper, infer_year, recognise
from logattr.reading.wrappers import WRAPPERS, Wrapper

from .cases import FOLDER

BY_NAME = {wrapper.name: wrapper for wrapper in WRAPPERS}
ROW = b'203.0.113.9 - - [31/Dec/2023:23:59:01 +0000] "GET /a HTTP/1.1" 200 1 "-" "curl/8"'
SYSLOG = "syslog_embedded/tstack+lnav__logfile_syslog_with_access_log.0"
TIMELESS = '%h "%r" %>s'
LINE = '203.0.113.9 "GET /a HTTP/1.1" 200'


def scan_of(
    path: Path, text: str | bytes, options: ReadOptions | None = None
) -> tuple[Scan, list[dict[str, object]]]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    scan = Scan(str(path), options or ReadOptions())
    rows = [row for batch in scan for row in batch.events.to_pylist()]
    return scan, rows


# (file, what the report names, lines that are read)
@pytest.mark.parametrize(
    ("name", "wrappers", "lines"),
    [
        ("docker-json", "Docker json-file", [2, 3, 4, 6, 7, 9]),
        ("cri", "CRI", [1, 3, 5]),
        ("compose-colours", "ANSI colours, docker compose", [1, 2, 4, 5]),
        ("journald", "journald JSON", [1, 2, 5]),
        ("syslog-5424", "syslog (RFC 5424)", [1, 2, 3]),
        ("syslog-3164", "syslog (RFC 3164)", [1, 2, 4, 6]),
        ("syslog-rfc3339", "syslog (RFC 3339 time)", [1, 2]),
        ("cloudwatch", "CloudWatch export", [1, 2]),
        ("cloudwatch-csv", "CloudWatch CSV", [2, 3]),
        ("kubectl", "kubectl prefix", [1, 3]),
        ("kubectl-timestamps", "kubectl prefix, time before the line", [1, 2]),
        ("docker-timestamps", "time before the line", [1, 2]),
    ],
)
def test_a_wrapped_log_is_read_and_the_wrapper_named(name: str, wrappers: str, lines: list[int]) -> None:
    scan = Scan(str(FOLDER / "wrapped" / f"{name}.log"), ReadOptions())

    found = [line for batch in scan for line in batch.events["line"].to_pylist()]

    assert found == lines
    assert scan.chosen.startswith("combined, ")
    assert scan.chosen.endswith(f"; inside {wrappers}")


def test_offsets_and_rejects_are_those_of_the_wrapped_lines() -> None:
    path = FOLDER / "wrapped" / "syslog-3164.log"
    data = path.read_bytes()
    scan = Scan(str(path), ReadOptions())
    (batch,) = list(scan)

    for line, offset in zip(
        batch.events["line"].to_pylist(), batch.events["offset"].to_pylist(), strict=True
    ):
        assert data[:offset].count(b"\n") == line - 1
        assert data[offset - 1 : offset] in {b"", b"\n"}
    assert batch.rejects["text"].to_pylist()[0] == "Dec 31 23:59:03 web CRON[9]: (root) CMD (true)"
    assert scan.lines == scan.events + scan.rejected + scan.blank == 6


def test_parts_of_a_line_are_joined_within_their_stream() -> None:
    scan = Scan(str(FOLDER / "wrapped" / "cri.log"), ReadOptions())

    rows = {row["line"]: row for batch in scan for row in batch.events.to_pylist()}

    assert rows[5]["bytes_sent"] == 2
    assert rows[3]["bytes_sent"] == 3
    assert scan.blank == 3  # two parts and an empty message


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 6])
def test_parts_are_joined_across_blocks(cut: int) -> None:
    lines = (FOLDER / "wrapped" / "cri.log").read_bytes().splitlines(keepends=True)
    context = Context("test", ZoneInfo("UTC"))

    def events(*parts: list[bytes]) -> list[dict[str, object]]:
        unwrapper, found, number, offset = Unwrapper((BY_NAME["CRI"],)), [], 1, 0
        for part in parts:
            block = Block("test", b"".join(part), number, offset)
            found += parse_block(block, [reader_for("combined")], context, unwrapper).events.to_pylist()
            number, offset = number + len(part), offset + len(block.data)
        return found

    assert events(lines[:cut], lines[cut:]) == events(lines)


def test_a_line_whose_end_never_comes_is_said(tmp_path: Path) -> None:
    part = "2023-12-31T23:59:07Z stdout P unfinished"
    scan, rows = scan_of(tmp_path / "a", f"2023-12-31T23:59:07Z stdout F {ROW.decode()}\n{part}\n")

    assert len(rows) == 1
    assert "the input ends within a line of several parts, which was left out" in scan.warnings()


@pytest.mark.parametrize(
    ("line", "time", "known"),
    [
        (json.dumps({"log": LINE + "\n", "time": "2024-01-10T08:01:02.5Z"}), "08:01:02.500", True),
        (f"2024-01-10T09:01:02+01:00 stderr F {LINE}", "08:01:02.000", True),
        (f"<13>1 2024-01-10T08:01:02.003Z h app 1 - - {LINE}", "08:01:02.003", True),
        (f"2024-01-10T08:01:02Z {LINE}", "08:01:02.000", True),
        (json.dumps({"MESSAGE": LINE, "__REALTIME_TIMESTAMP": "1704873662000000"}), "08:01:02.000", True),
        (f"1704873662000\t{LINE}", "08:01:02.000", True),
        (f"Jan 10 2024 08:01:02 h app: {LINE}", "08:01:02.000", False),
        (f"Jan 10 08:01:02 h app: {LINE}", "08:01:02.000", False),
    ],
)  # fmt: skip
def test_a_line_without_a_time_gets_the_one_outside(
    tmp_path: Path, line: str, time: str, known: bool
) -> None:
    _, (row,) = scan_of(tmp_path / "a", line + "\n", ReadOptions(format=TIMELESS, year=2024))

    assert row["time"].isoformat(timespec="milliseconds") == f"2024-01-10T{time}+00:00"  # type: ignore[attr-defined]
    assert row["time_zone_known"] is known


def test_lines_that_are_joined_by_their_process_get_the_time_outside(tmp_path: Path) -> None:
    lines = """\
Dec 31 23:59:58 h CRON[1]: pam_unix(cron:session): session opened for user root
Dec 31 23:59:59 h internal-sftp[7]: session opened for local user kim from [203.0.113.9]
Jan  1 00:00:01 h internal-sftp[7]: remove name "/a"
"""

    _, rows = scan_of(tmp_path / "a", lines, ReadOptions(year=2023))

    assert [f"{row['time']:%Y-%m-%d %H:%M:%S} {row['user']}" for row in rows] == [
        "2023-12-31 23:59:59 kim",
        "2024-01-01 00:00:01 kim",
    ]


def test_the_time_inside_goes_first() -> None:
    scan = Scan(str(FOLDER / "wrapped" / "docker-json.log"), ReadOptions())

    (batch,) = list(scan)

    assert {str(one)[:17] for one in batch.events["time"].to_pylist()} == {"2023-12-31 23:59:"}
    assert [one.second for one in batch.events["time"].to_pylist()] == [1, 2, 3, 5, 4, 6]


def test_syslog_times_take_the_zone_of_the_caller(tmp_path: Path) -> None:
    options = ReadOptions(format=TIMELESS, timezone="America/New_York", year=2024)

    scan, rows = scan_of(
        tmp_path / "a", f"Jul 10 08:00:00 h app: {LINE}\nDec 10 08:00:00 h app: {LINE}\n", options
    )

    assert [row["time"].hour for row in rows] == [12, 13]  # type: ignore[attr-defined]  # summer and winter
    assert [warning for warning in scan.warnings() if "offset" in warning] == [
        "times that state no offset from UTC: 2; America/New_York was assumed"
    ]


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("Europe/Madrid", "Oct 29 02:30:00", "00:30"),  # comes twice; the first, in summer time
        ("Europe/Madrid", "Oct 29 03:30:00", "02:30"),
        ("Europe/Madrid", "Mar 26 02:30:00", "01:30"),  # does not exist; with the offset of winter
        ("Asia/Shanghai", "Oct 29 02:30:00", "18:30"),
    ],
)
def test_hours_that_come_twice_or_never_are_taken_as_documented(
    tmp_path: Path, zone: str, local: str, utc: str
) -> None:
    options = ReadOptions(format=TIMELESS, timezone=zone, year=2023)

    _, (row,) = scan_of(tmp_path / "a", f"{local} h app: {LINE}\n", options)

    assert f"{row['time']:%H:%M}" == utc


# --- the year of syslog ---


def years(lines: list[str], year: int | None = 2023) -> list[int | None]:
    unwrapper = Unwrapper((BY_NAME["syslog (RFC 3164)"],), year)
    _, times = unwrapper.unwrap([line.encode() + b" h app: text" for line in lines])
    return [int(one[1][:4]) if one else None for one in times]


def test_the_year_goes_up_when_december_has_passed() -> None:
    days = ["Nov 30 23:00:00", "Dec 31 23:59:59", "Jan  1 00:00:00", "Dec 31 23:59:59", "Jan  1 00:00:01"]

    assert years(days) == [2023, 2023, 2024, 2023, 2024]
    assert years(["Jan  1 00:00:00", "Sep  1 00:00:00", "Feb  1 00:00:00"]) == [2023, 2023, 2024]
    assert years(["Mar  1 00:00:00", "Feb 29 23:59:59", "Mar  1 00:00:01"]) == [2023] * 3


def test_without_any_year_times_stay_unknown_and_the_option_is_named(tmp_path: Path) -> None:
    scan, (row,) = scan_of(tmp_path / "a", f"Jan 10 08:01:02 h app: {LINE}\n", ReadOptions(format=TIMELESS))

    assert row["time"] is None
    assert "1 times of syslog state no year; --year sets that of the first" in scan.warnings()


def test_the_year_is_taken_from_a_line_that_states_its_day_once_more(tmp_path: Path) -> None:
    lines = [
        f"Dec 31 23:59:59 h app: {LINE}",
        f"Jan  1 00:00:00 h app: {LINE}",
        "Jan  1 00:00:01 h other: see 05/Mar/1999: that is another day",
        'Jan  1 00:00:02 h proxy: 192.0.2.1 - - [01/Jan/2024:00:00:02 +0000] "GET / HTTP/1.1" 200 1',
    ]
    scan, rows = scan_of(tmp_path / "a", "\n".join([*lines, ""]), ReadOptions(format=TIMELESS))

    assert [str(row["time"])[:10] for row in rows] == ["2023-12-31", "2024-01-01"]
    assert "times of syslog state no year; that of the first was taken for 2023" in scan.warnings()


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_no_year_is_inferred_from_lines_without_one(lines: list[bytes]) -> None:
    syslog = BY_NAME["syslog (RFC 3164)"]

    assert infer_year((syslog,), [line for line in lines if b"/" not in line and b"-" not in line]) is None


# --- what is left alone ---


# Their lines come through syslog: what it puts in front is taken off, and gives the time.
THROUGH_SYSLOG = {
    *(
        "pureftpd",
        "rsyncd",
        "samba_audit",
        "sftp",
        "swift_proxy",
        "synology",
        "synology_connection",
        "wrapped",
    )
}


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(FOLDER.glob("*/*.log")) if path.parent.name not in THROUGH_SYSLOG],
    ids=lambda path: path.stem,
)
def test_logs_without_a_wrapper_are_not_unwrapped(path: Path) -> None:
    scan = Scan(str(path), ReadOptions())
    list(scan)

    assert "inside" not in scan.chosen


def test_a_format_of_the_user_that_reads_the_wrapped_line_goes_first(tmp_path: Path) -> None:
    scan, (row,) = scan_of(tmp_path / "a", f"web-1  | {LINE}\n", ReadOptions(format=f"%v  | {TIMELESS}"))

    assert scan.chosen == "custom, as asked"
    assert row["host"] == "web-1"


def test_nothing_is_read_to_decide_where_no_line_looks_wrapped() -> None:
    def read(_: object) -> tuple[float, float]:
        raise AssertionError("not to be asked")

    assert recognise([ROW] * 200, read) == ((), [ROW] * 200)


def test_words_of_the_wrapper_are_not_taken_for_a_host_name(tmp_path: Path) -> None:
    lines = 'Mar 24 14:02:50 web app.log: client.example - - "GET /a HTTP/1.1" 200\n' * 3
    _, rows = scan_of(tmp_path / "a", lines, ReadOptions(format='%h %l %u "%r" %>s', year=2012))

    assert [row["client_host"] for row in rows] == ["client.example"] * 3


def test_wrappers_may_stand_in_each_other(tmp_path: Path) -> None:
    inner = json.dumps({"log": f"\x1b[32m{ROW.decode()}\x1b[0m\n", "stream": "stdout"})

    scan, rows = scan_of(tmp_path / "a", f"Dec 31 23:59:01 node dockerd[3]: {inner}\n" * 3)

    assert scan.chosen.endswith("; inside syslog (RFC 3164), Docker json-file, ANSI colours")
    assert [row["user_agent"] for row in rows] == ["curl/8"] * 3


@given(st.sampled_from(WRAPPERS), st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
def test_no_line_makes_a_wrapper_fail(wrapper: Wrapper, line: bytes) -> None:
    wrapper.open(line)
    wrapper.open(b'{"log":' + line + b',"MESSAGE":' + line + b"}")
    wrapper.open(b"<1>1 - a b c d " + line)


@pytest.mark.parametrize(
    "line",
    [
        b"<1>1 - a b c d " + b"[a" * 100_000,
        b"<1>1 - a b c d " + b'["\\"' * 50_000,
        b"Jan  1 00:00:00 " + b"a" * 500_000,
        b"Jan  1 00:00:00 " + b"a[" * 250_000,
        b"2024-01-01T00:00:00Z " + b":" * 500_000,
        b"a" * 500_000,
        b"a " * 250_000,
        b"\x1b[" * 250_000,
        b'{"log":' + b"[" * 100_000,
        b'1704873662000,"' + b'""' * 200_000,
    ],
    ids=range(10),
)
def test_hostile_lines_are_looked_at_in_linear_time(line: bytes) -> None:
    start = time.process_time()
    for wrapper in WRAPPERS:
        wrapper.open(line)

    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("path", "name", "share", "start"),
    [
        (SYSLOG, "syslog (RFC 3164)", 0.8, b"127.0.0.1 - "),
        ("haproxy_http/tstack+lnav__logfile_haproxy.0", "syslog (RFC 3164)", 1.0, b"141.35.244.171:53332 ["),
        ("fastly_json/crowdsecurity+hub__fastly-logs.log", "syslog (RFC 3339 time)", 1.0, b"{     "),
        ("caddy_json/tstack+lnav__logfile_caddy_log.0", "docker compose", 1.0, b'{"level":"info","ts":'),
    ],
)  # fmt: skip
def test_real_logs_are_unwrapped(shared: Path, path: str, name: str, share: float, start: bytes) -> None:
    lines = (shared / "corpus" / path).read_bytes().splitlines()

    inner = [BY_NAME[name].open(line) for line in lines if line]

    assert sum(one is not None for one in inner) == share * len(inner)
    assert any(one is not None and one.text.startswith(start) for one in inner)


def test_access_lines_in_a_real_syslog_are_read(shared: Path) -> None:
    path = shared / "corpus" / SYSLOG
    scan = Scan(str(path), ReadOptions(format='%h %l %u "%r" %>s %b %{x}n', year=2012))

    rows = [row for batch in scan for row in batch.events.to_pylist()]

    assert [(row["line"], str(row["time"]), row["status"]) for row in rows] == [
        (2, "2012-03-24 14:02:50+00:00", 200),
        (3, "2012-03-24 14:02:50+00:00", 404),
    ]


def test_lines_that_no_format_reads_are_shown_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("2024-01-10T08:01:02Z h app: nothing of interest\n" * 3)

    with pytest.raises(FormatError, match="which begin '2024-01-10T08:01:02Z h app: nothing"):
        list(Scan(str(tmp_path / "a"), ReadOptions()))
