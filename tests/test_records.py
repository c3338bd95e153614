"""Rows with columns: headers and what they change, odd blanks, quotes, states across blocks and inputs."""

import json
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logattr.errors import FormatError
from logattr.formats import FORMATS
from logattr.reading import records
from logattr.reading.assemble import _may_list
from logattr.reading.detect import detect
from logattr.reading.names import layout_of, meaning
from logattr.reading.readers import reader_for
from logattr.reading.requests import http_action, split_target
from logattr.reading.scan import ReadOptions, Scan
from logattr.reading.splitting import Grid, by_rows, split_azure, split_csv, split_quoted
from logattr.reading.times import NO_TIME, combine

from .reading import batch_of, events_of

CORPUS = Path(__file__).parents[1] / "../shared/corpus"
HEAD = b"#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query s-port sc-status"
ROW = b"2024-01-10 08:00:01 203.0.113.9 GET /a b=c 443 200"


def scan_of(tmp_path, data, **options):
    path = tmp_path / "u_ex240110.log"
    path.write_bytes(data)
    scan = Scan(str(path), ReadOptions(**options))
    rows = [row for batch in scan for row in batch.events.to_pylist()]
    return scan, rows


def reasons_of(lines, format_):
    return batch_of(b"\n".join(lines), formats=[format_]).rejects["reason"].to_pylist()


# Headers


def test_the_last_fields_line_counts_even_in_the_middle_of_a_block():
    rows = events_of(
        [HEAD, ROW, b"#Fields: date time c-ip sc-status", b"2024-01-10 08:00:02 203.0.113.9 404"],
        format_="iis",
    )

    assert [200, 404] == [row["status"] for row in rows]
    assert ["/a", None] == [row["path"] for row in rows]
    assert [2, 4] == [row["line"] for row in rows]


def test_events_stand_in_the_order_of_their_lines_when_two_headers_alternate():
    other = b"#Fields: date time c-ip sc-status"
    lines = [HEAD, ROW, other, b"2024-01-10 08:00:02 203.0.113.9 404"] * 40

    rows = events_of(lines, format_="iis")

    assert list(range(2, 161, 2)) == [row["line"] for row in rows]


@pytest.mark.parametrize("few", [0, 10_000])
def test_a_date_line_gives_the_date_of_the_rows_below_it(monkeypatch, few):
    monkeypatch.setattr(records, "_FEW", few)
    lines = [
        *(b"#Fields: time c-ip", b"08:00:01 203.0.113.9", b"#Date: 2024-01-09 23:00:00"),
        *(b"23:59:59 203.0.113.9", b"#DATE : 2024-01-10  // comment", b"00:00:01 203.0.113.9"),
    ]

    rows = events_of(lines, format_="iis")

    assert [None, "2024-01-09T23:59:59Z", "2024-01-10T00:00:01Z"] == [row["time"] for row in rows]


def test_a_header_counts_as_blank_and_never_as_a_reject():
    batch = batch_of(b"\n".join([b"#Version: 1.0", HEAD, b"", ROW, b"#Remark: x", b"#"]), formats=["iis"])

    assert (6, 1, 0, 5) == (batch.lines, len(batch.events), len(batch.rejects), batch.blank)


def test_a_remark_that_is_no_directive_is_a_reject():
    assert ["3 columns where 8 are named"] == reasons_of([HEAD, b"# rm -rf"], "iis")


def test_names_of_a_header_are_compared_without_regard_to_case():
    (row,) = events_of(
        [b"#FIELDS: DATE TIME C-IP SC-STATUS", b"2024-01-10 08:00:01 203.0.113.9 200"], format_="iis"
    )

    assert ("203.0.113.9", 200) == (row["client_ip"], row["status"])


def test_of_two_columns_of_one_name_the_first_counts_and_the_second_is_kept():
    (row,) = events_of([b"#Fields: c-ip sc-status sc-status", b"203.0.113.9 200 0"], format_="iis")

    assert 200 == row["status"]
    assert {"sc-status (2)": "0"} == json.loads(row["extra"])


def test_a_forwarded_column_names_the_client_only_behind_trusted_proxies():
    lines = [b"#Fields: c-ip sc-status X-Forwarded-For", b"10.0.0.2 200 203.0.113.9,+10.0.0.3"]

    (row,) = events_of(lines, format_="iis")
    assert ("10.0.0.2", "203.0.113.9,+10.0.0.3") == (row["client_ip"], row["forwarded"])

    (row,) = events_of(
        [lines[0], b"10.0.0.2 200 203.0.113.9,10.0.0.3"], format_="iis", trusted=("10.0.0.0/8",)
    )
    assert "203.0.113.9" == row["client_ip"]


def test_rows_before_any_header_are_rejects_where_no_columns_are_known():
    assert ["no line before it says what its columns are"] == reasons_of([ROW], "w3c")


def test_a_header_cannot_ask_for_columns_without_end():
    wide = b"#Fields: " + b" ".join(b"c%d" % number for number in range(300))

    assert ["the header before it names 300 columns; 256 are read"] == reasons_of([wide, ROW], "iis")


def test_headers_cannot_ask_for_layouts_without_end():
    lines = [b"#Fields: c-ip x%d\n203.0.113.9 1" % number for number in range(110)]

    batch = batch_of(b"\n".join(lines), formats=["iis"])

    assert (100, 10) == (len(batch.events), len(batch.rejects))


# State


def test_what_a_header_says_is_carried_from_block_to_block(tmp_path):
    row = b"2024-01-10 08:00:01 203.0.113.9 GET /%d " + b"b" * 1000 + b" 443 200\n"
    data = HEAD + b"\n" + b"".join(row % number for number in range(20_000))

    scan, rows = scan_of(tmp_path, data)

    assert scan.events == 20_000
    assert scan.rejected == 0
    assert "/19999" == rows[-1]["path"]


def test_a_header_of_one_input_says_nothing_about_the_next(tmp_path):
    scan_of(tmp_path, HEAD + b"\n" + ROW)

    scan, _ = scan_of(tmp_path, ROW, format="w3c")

    assert (0, 1) == (scan.events, scan.rejected)


def test_detection_leaves_no_trace_in_the_readers_it_gives():
    lines = [b"2024-01-10 08:00:01 192.0.2.80 GET / - 443 - 203.0.113.9 curl/8.5 - 200 0 0 31", HEAD, ROW]

    found = detect(lines)

    assert "iis" == found.readers[0].format.name
    assert len(found.readers[0].parser.strict(lines[:1]).all_rows) == 1


# Detection


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"#Date: 2024-01-10\n#Software: Microsoft Internet Information Services 10.0", "iis"),
        (b"#Fields: date time s-sitename c-ip", "iis"),
        (b"#Fields: date time c-ip cs-uri s-reason", "httperr"),
        (b"#Version: 1.0\n#Fields: date time x-edge-location c-ip", "cloudfront"),
        (b"#Fields: c-ip date\n#Version: 2.0\n#Software: Apache Tomcat/9.0.1", "tomcat_extended"),
        (b"#Software: Incapsula LOGS API", "incapsula"),
        (b"#software: IIS Advanced Logging Module", "iis_advanced"),
        (b"#Version: 1.0", "w3c"),
        (b"#separator \\x09\n#path\tconn", "zeek_http"),
        (b'"time_micros","c_ip"', "gcs_usage"),
        (b'"bucket","storage_byte_hours"', "gcs_usage"),
    ],
)
def test_a_header_at_the_start_decides(head, name):
    found = detect([*head.split(b"\n"), b"x y z"])

    assert name == found.scores[0][0]
    assert f"{name}, as the header of the file says" == found.describe()


def test_a_header_that_is_injected_behind_other_lines_decides_nothing():
    line = b'203.0.113.9 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326'

    assert "common" == detect([line, b"#Fields: date time c-ip", line]).scores[0][0]


@pytest.mark.parametrize(
    ("dates", "name"),
    [
        ([b"03/04/24", b"04/04/24"], "iis_native"),
        ([b"03/04/24", b"13/04/24"], "iis_native_day_first"),
        ([b"03/04/24", b"03/13/24"], "iis_native"),
    ],
)
def test_the_order_of_a_local_date_is_told_by_a_day_beyond_twelve(dates, name):
    row = b"203.0.113.9, -, %s, 7:55:20, W3SVC2, WEB1, 192.0.2.80, 4502, 163, 3223, 200, 0, GET, /a, -,"

    assert name == detect([row % date for date in dates]).scores[0][0]


@pytest.mark.parametrize(("date", "warned"), [(b"03/04/24", True), (b"03/13/24", False)])
def test_dates_that_fit_both_orders_are_warned_of(tmp_path, date, warned):
    row = b"203.0.113.9, -, %s, 7:55:20, W3SVC2, WEB1, 192.0.2.80, 4502, 163, 3223, 200, 0, GET, /a, -,"

    scan, _ = scan_of(tmp_path, row % date)

    assert warned == any("--format iis_native_day_first" in warning for warning in scan.warnings())


def test_local_times_follow_the_time_zone_asked_for_and_say_that_it_was_assumed():
    row = b"203.0.113.9, -, 03/20/2024, 7:55:20, W3SVC2, WEB1, 192.0.2.80, 1, 1, 1, 200, 0, GET, /a, -,"

    (event,) = events_of([row], format_="iis_native", zone="Asia/Shanghai")

    assert ("2024-03-19T23:55:20Z", False) == (event["time"], event["time_zone_known"])


# Field lists of the user


def test_a_list_of_fields_reads_rows_without_a_header():
    (row,) = events_of(
        [b"1704873662.123\t203.0.113.9\t200\t/a b\t0.5"],
        format_="#Fields: timestamp, c-ip, sc-status, cs-uri-stem, time-taken",
    )

    assert ("2024-01-10T08:01:02.123000Z", "/a b", 500.0) == (row["time"], row["path"], row["duration_ms"])


def test_a_list_of_fields_may_state_kinds():
    (row,) = events_of([b"203.0.113.9 31"], format_="#Fields: c-ip time-taken:milliseconds")

    assert 31.0 == row["duration_ms"]


@pytest.mark.parametrize("text", ["#Fields:", "#Fields: c-ip time-taken:minutes"])
def test_a_list_of_fields_that_says_nothing_or_nonsense_is_refused(text):
    with pytest.raises(FormatError):
        reader_for(text)


# Blanks


ANCHORED = b"#Fields: date time cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip sc-status"


def one_row(line, head=ANCHORED):
    batch = batch_of(head + b"\n" + line, formats=["iis"])
    return batch.events.to_pylist()[0] if len(batch.events) else batch.rejects["reason"][0].as_py()


@pytest.mark.parametrize(
    ("line", "query"),
    [
        (b"2024-01-10 08:00:01 GET /a x=1; y=2; z 443 - 203.0.113.9 200", "x=1; y=2; z"),
        (b"2024-01-10 08:00:01 GET  /a b 443 - 203.0.113.9 200", "b"),
        (b"2024-01-10 08:00:01 GET /a b 443 - 203.0.113.9 200 ", "b"),
        (b"2024-01-10 08:00:01 GET /a  443 - 203.0.113.9 200", None),
    ],
)
def test_blanks_too_many_are_mended_where_one_reading_fits(line, query):
    row = one_row(line)

    assert ("203.0.113.9", "/a", query, 200) == (row["client_ip"], row["path"], row["query"], row["status"])


@pytest.mark.parametrize(
    "line",
    [
        b"2024-01-10 08:00:01 GET /a b 443 kim is here 203.0.113.9 200",
        b"2024-01-10 08:00:01 GET /a b c 443x - 203.0.113.9 200",
        b"2024-01-10 08:00:01 GET /a",
        b"2024-01-10 08:00:01 GET /a b 443 - 203.0.113.9 200 0",
    ],
)
def test_rows_that_could_mean_several_things_are_rejects(line):
    assert isinstance(one_row(line), str)


def test_a_text_at_the_end_swallows_no_surplus_columns():
    reason = one_row(ROW, b"#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query")
    assert "8 columns where 6 are named" == reason

    reason = one_row(ROW + b" 200", HEAD)
    assert "9 columns where 8 are named" == reason


# Values


def test_bad_values_of_one_row_do_not_disturb_the_others():
    lines = [HEAD, *([ROW] * 100), ROW.replace(b"443", b"x" * 10), *([ROW] * 100)]

    batch = batch_of(b"\n".join(lines), formats=["iis"])

    assert 200 == len(batch.events)
    assert ["s-port holds no number"] == batch.rejects["reason"].to_pylist()
    assert [102] == batch.rejects["line"].to_pylist()


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        (b"2024-02-29", b"23:59:60", 1709251200_000_000),
        (b"2023-02-29", b"00:00:00", NO_TIME),
        (b"2024-01-10", b"24:00:00", NO_TIME),
        (b"2024-01-10", b"08:00:0x", NO_TIME),
        (b"2024-01-10", b"08:00:01.123456789", 1704873601_123_456),
        (b"2024-01-10", b"-", NO_TIME),
        (None, b"08:00:01", NO_TIME),
    ],
)
def test_dates_and_times_of_w3c_logs_are_utc(date, time, expected):
    times, known = combine(["w3c_date", "w3c_time"], [[date], [time]], UTC)

    assert ([expected], [True]) == (times.tolist(), known.tolist())


def test_a_path_and_its_query_make_the_target_also_where_one_is_null():
    lines = [b"#Fields: c-ip cs-uri-stem cs-uri-query", b"192.0.2.1 /a b", b"192.0.2.1 /a -"]
    lines += [b"192.0.2.1 - b", b"192.0.2.1 - -"]

    assert ["/a?b", "/a", None, None] == [row["target"] for row in events_of(lines, format_="iis")]


def test_entities_are_undone_only_where_they_are_closed():
    sample = next(iter(FORMATS["azure_storage"].samples)).replace("Mozilla/5.0", "&quot;a&quot; &copy=1&#59;")

    (row,) = events_of([sample.encode()], format_="azure_storage")

    assert '"a" &copy=1; (X11; Linux)' == row["user_agent"]


@pytest.mark.parametrize(
    ("split", "line", "words"),
    [
        (split_azure, b'a;"b;c";', [b"a", b"b;c", b""]),
        (split_azure, b'"";"x"', [b"", b"x"]),
        (split_azure, b'a;"b', []),
        (split_azure, b'a;"', []),
        (split_azure, b'"[{"k":"v"}]"', [b'[{"k":"v"}]']),
        (split_quoted, b'"a b" "" -', [b"a b", b"", b"-"]),
        (split_quoted, b'a"b c', [b'a"b', b"c"]),
        (split_quoted, b'"a"b c', []),
        (split_quoted, b"a\tb c\t", [b"a", b"b c", b""]),
        (split_quoted, b'"a" ', [b"a"]),
        (split_csv, b'"a","b ""c"", d",e', [b"a", b'b "c", d', b"e"]),
        (split_csv, b'"', []),
        (split_csv, b"", [b""]),
    ],
)
def test_quotes_are_undone_as_their_writer_meant_them(split, line, words):
    assert words == split(line)


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), min_size=1, max_size=20))
@example([b"", b"a b", b" ", b"a  b "])
def test_splitting_in_bulk_and_one_by_one_give_the_same_columns(lines):
    grid = Grid(lines, b" ")

    assert [len(line.split(b" ")) for line in lines] == grid.counts.tolist()
    for count in set(grid.counts.tolist()):
        rows = np.flatnonzero(grid.counts == count)
        slow = by_rows([lines[row].split(b" ") for row in rows.tolist()])
        assert [column.expand() for column in slow] == [
            grid.column(index, rows).expand() for index in range(count)
        ]
    assert [row for row, line in enumerate(lines) if line.startswith(b"#")] == grid.beginning_with(
        b"#"
    ).tolist()
    assert [row for row, line in enumerate(lines) if b'"' in line] == grid.holding(b'"').tolist()


PIECES = st.sampled_from(
    [
        b" ",
        b"  ",
        b'"',
        b"\t",
        b"-",
        b"200",
        b"/a",
        b"GET",
        b"203.0.113.9",
        b"2024-01-10 08:00:01",
        b"x",
        b"#",
    ]
)
ROWS = st.lists(PIECES, max_size=12).map(b"".join) | st.sampled_from(
    [ROW, HEAD, b"#Date: 2024-01-10", b"#Fields: time c-ip", b"08:00:01 ::1%0", b"#Fields: c-ip sc-status x"]
)


@pytest.mark.parametrize(
    "name", [name for name, one in FORMATS.items() if one.syntax in {"w3c", "iis", "w3c_tabs"}]
)
@given(rows=st.lists(ROWS, max_size=15))
def test_small_and_large_blocks_are_read_alike(name, rows):
    found = []
    for few in (0, 10_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(records, "_FEW", few)
            batch = batch_of(b"\n".join(rows), formats=[name])
        found.append((batch.events.to_pylist(), batch.rejects.to_pylist(), batch.blank))

    assert found[0] == found[1]


def test_every_name_of_the_table_has_a_kind_that_exists():
    for one in layout_of(["date", "time", "c-ip", "cs-uri-stem"]).fields:
        assert meaning(one.name)[0] == one.column


# Logs that list no requests


@pytest.mark.parametrize("few", [0, 10_000])
def test_logs_that_list_no_requests_end_in_rejects_that_say_so(monkeypatch, few):
    monkeypatch.setattr(records, "_FEW", few)
    zeek = [
        b"#separator \\x09",
        b"#path\tconn",
        b"#fields\tts\tuid\tid.orig_h",
        b"1704873601.1\tC\t203.0.113.9",
    ]
    cloud = [b'"bucket","storage_byte_hours"', b'"films","7303632"']

    assert ["Zeek conn.log, which lists no requests; http.log does"] == reasons_of(zeek, "zeek_http")
    assert ["Cloud Storage storage log, which lists no requests; the usage log does"] == reasons_of(
        cloud, "gcs_usage"
    )


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of real logs is not beside the repository")
def test_a_real_log_of_connections_gives_no_event(tmp_path):
    (log,) = (path for path in (CORPUS / "zeek_conn").iterdir() if path.suffix == ".0")

    scan, rows = scan_of(tmp_path, log.read_bytes())

    assert rows == []
    assert scan.rejected > 90
    assert set(scan.reject_reasons) == {"Zeek conn.log, which lists no requests; http.log does"}


@given(
    st.from_regex(r"(http://a)?[/?a]{0,4}(\?|&)?(prefix|list-type|comp=list)?[=&?/#]{0,2}", fullmatch=True)
)
def test_whatever_makes_a_listing_is_not_passed_over(text):
    path, query = split_target(text)

    for name, value in (("target", text), ("path", path), ("query", query)):
        parts = {"target": (path, query), "path": (path, None), "query": (None, query)}[name]
        if value and http_action("GET", *parts) == "list":
            assert _may_list(value.encode())


def test_extra_fields_are_the_same_whether_lines_share_them_or_not():
    header = b"#Fields: date time c-ip cs-uri-stem sc-status x-edge-location cs(Cookie) c-port"
    rows = [
        b"2024-01-10 08:00:01 203.0.113.9 /a 200 M%d %s %d" % (at, b"-" if at % 3 else b'caf\xc3\xa9"x', at)
        for at in range(40)
    ]

    together = events_of([header, *rows], format_="iis")

    apart = [event for row in rows for event in events_of([header, row], format_="iis")]
    assert [event["extra"] for event in together] == [event["extra"] for event in apart]
    assert json.loads(together[3]["extra"])["c-port"] == 3
