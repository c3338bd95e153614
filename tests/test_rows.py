"""Rows of columns are read alike by the kernel and by the parser of records, whatever stands in them."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logattr.columns import EVENTS, schema
from logattr.formats import FORMATS
from logattr.reading import extras, records, scan
from logattr.reading.assemble import batch_schema
from logattr.reading.columnar import bounds_of, marks_of
from logattr.reading.escapes import to_text
from logattr.reading.names import _TABLE, layout_of
from logattr.reading.program import HOW, WHAT, compile_row
from logattr.reading.readers import reader_for
from logattr.reading.records import RecordParser
from logattr.reading.requests import http_action, split_target
from logattr.reading.rows import read_rows
from logattr.reading.scan import ReadOptions, Scan
from logattr.reading.splitting import Slices
from logattr.reading.targets import in_short, target_parts
from logattr.reading.template import Field
from logattr.reading.tokens import Bytes, Encoded, encode

from .cases import LOGS
from .reading import batch_of, reader
from .test_kernel import assert_equal


def _columnar(name):
    parser = reader(name).parser
    return isinstance(parser, RecordParser) and parser.columnar


BY_COLUMNS = [name for name in FORMATS if _columnar(name)]
TABS = {name for name in BY_COLUMNS if FORMATS[name].syntax in {"w3c_tabs", "zeek"}}
SAMPLES = {
    name: [
        line
        for text in (
            *(sample.encode() for sample in FORMATS[name].samples),
            *(path.read_bytes() for path in LOGS if path.parent.name == name),
        )
        for line in text.split(b"\n")
    ]
    for name in BY_COLUMNS
}
NAMES = [line.split("|")[0].strip().encode() for line in _TABLE.strip().splitlines()]
PIECES = [
    *(
        b"-",
        b"",
        b" ",
        b"\t",
        b"  ",
        b'"',
        b'""',
        b"#",
        b"\r",
        b"\0",
        b"\xff",
        b"caf\xc3\xa9",
        b"?",
        b"/",
        b"+",
    ),
    *(
        b"0",
        b"-1",
        b"007",
        b"9" * 19,
        b"1.5",
        b".5",
        b"1e3",
        b"200",
        b"000",
        b"99",
        b"(empty)",
        b"HTTP/1.1",
        b"1.1",
    ),
    *(b"2024-01-10", b"2024-02-30", b"0000-01-01", b"9999-12-31", b"08:00:01", b"23:59:60", b"24:00:00"),
    *(b"08:00:01.5", b"08:00:01.", b"08:00:01.1234567890", b"1704873662.123456", b"203.0.113.9", b"::1%0"),
    *(b"?list-type=2", b"prefix=", b"http://a/b/?c", b"a:443", b"GET", b"X-FORWARDED-FOR -> 192.0.2.1"),
]
HEADS = [
    b"#Date: 2024-01-09 00:00:00",
    b"#Date: 2024-13-09",
    b"#Fields: time c-ip cs-uri-stem sc-status",
    b"#Fields: date time c-ip cs-uri sc-status time-taken sc-bytes",
    b"#Fields: date c-ip",
    b"#fields\tts\tid.orig_h\turi\tversion\tproxied\tresponse_body_len",
    b"#path\tconn",
    b"#path\thttp",
    b"#Fields:",
    b"#",
    b"# remark",
]


@pytest.mark.parametrize(
    "path",
    [path for path in LOGS if path.parent.name in BY_COLUMNS],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_case_files_are_read_alike(path):
    for name in {path.parent.name, "iis", "w3c", "cloudfront", "zeek_http"}:
        assert_equal(path.read_bytes(), name)


def test_the_formats_that_are_met_most_are_read_by_columns():
    assert {"iis", "w3c", "cloudfront", "zeek_http", "httperr"} <= set(BY_COLUMNS)


@pytest.mark.parametrize("name", ["iis", "cloudfront", "zeek_http", "httperr", "pureftpd_w3c"])
def test_the_kernel_itself_reads_the_samples(name, monkeypatch):
    """Else the comparisons here would compare the parser of records with itself."""
    monkeypatch.setattr(RecordParser, "_read_left", lambda *_: None)

    for sample in FORMATS[name].samples:
        batch = batch_of(sample.encode(), formats=[name], columnar=True)
        assert len(batch.events) == 1, sample


@st.composite
def mangled(draw):
    """Lines of the samples with some bytes replaced, between headers of all kinds."""
    name = draw(st.sampled_from(BY_COLUMNS))
    lines = []
    for _ in range(draw(st.integers(1, 8))):
        line = bytearray(draw(st.sampled_from(SAMPLES[name]) | st.sampled_from(HEADS)))
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(line)))
            line[at : at + draw(st.integers(0, 5))] = draw(st.binary(max_size=3) | st.sampled_from(PIECES))
        lines.append(bytes(line) + draw(st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\n \n"])))
    return name, b"".join(lines)


@settings(deadline=None, max_examples=400)
@given(mangled())
def test_mangled_lines_are_read_alike(found):
    name, data = found
    assert_equal(data, name)


@st.composite
def tables(draw):
    """Rows of any values under any header of known names, more of them right than wrong."""
    name = draw(st.sampled_from(["iis", "w3c", "cloudfront", "zeek_http"]))
    mark = b"\t" if name in TABS else b" "
    names = draw(st.lists(st.sampled_from([*NAMES, b"x-other", b"date", b"time"]), min_size=1, max_size=7))
    fields = layout_of([one.decode() for one in names]).fields
    values = [st.sampled_from([*RIGHT.get(one.kind, RIGHT["text"])] * 3 + PIECES) for one in fields]
    rows = [mark.join(draw(one) for one in values) for _ in range(draw(st.integers(1, 8)))]
    head = (b"#fields\t" if name == "zeek_http" else b"#Fields: ") + (mark if mark == b"\t" else b" ").join(
        names
    )
    date = draw(st.sampled_from([b"#Date: 2024-01-09", b"#Date: 2024-02-30", b"#"]))
    return name, b"\n".join([date, head, *rows])


RIGHT = {
    "text": [b"GET", b"/a/b.mov", b"/a/", b"prefix=x&y", b"/a?b=c", b"-", b"curl/8.5"],
    "client": [b"203.0.113.9", b"2001:db8::7", b"-", b"192.0.2.1:443"],
    "status": [b"200", b"404", b"-"],
    "integer": [b"0", b"17", b"-"],
    "seconds": [b"0.125", b"3", b"-"],
    "milliseconds": [b"31", b"31.5"],
    "microseconds": [b"31000"],
    "w3c_date": [b"2024-01-10", b"2024-02-29"],
    "w3c_time": [b"08:00:01", b"23:59:60", b"08:00:01.123"],
    "local_time": [b"8:00:01"],
    "strftime:%Y-%m-%d": [b"2024-01-10"],
    "epoch_seconds": [b"1704873662.123456"],
    "epoch_milliseconds": [b"1704873662123"],
    "epoch_microseconds": [b"1704873662123456"],
}


@settings(deadline=None, max_examples=400)
@given(tables())
@example(("iis", b"#Fields: timestamp(ms) c-ip\n-1 192.0.2.1\n- 192.0.2.1"))
@example(("w3c", b"#Fields: date time c-ip\n2024-01-10 08:00:01 ::1\n#Fields: time c-ip\n08:00:01 ::1"))
def test_rows_under_any_header_are_read_alike(found):
    name, data = found
    assert_equal(data, name)


@settings(deadline=None)
@given(st.sampled_from(BY_COLUMNS), st.binary(max_size=200))
@example("iis", b"")
@example("iis", b"\n")
@example("iis", b"\r")
@example("iis", b"\0\n")
def test_any_bytes_are_read_alike(name, data):
    assert_equal(data, name)


@pytest.mark.parametrize(
    "columns",
    [{"client_ip"}, {"path", "action"}, {"user_agent", "status", "target"}, {"extra"}, {"bytes_sent"}],
)
def test_wanted_columns_are_the_same_alone(columns):
    for path in LOGS:
        if path.parent.name in BY_COLUMNS:
            whole = batch_of(path.read_bytes(), formats=[path.parent.name])
            part = batch_of(
                path.read_bytes(), formats=[path.parent.name], columnar=True, columns=frozenset(columns)
            )
            assert part.events.schema == batch_schema(frozenset(columns))
            assert part.events.to_pylist() == whole.events.select(part.events.column_names).to_pylist()


@pytest.mark.parametrize(
    "name",
    ["iis", "w3c", "cloudfront", "zeek_http", "httperr", "tomcat_extended", "pureftpd_w3c", "incapsula"],
)
def test_corpus_logs_are_read_alike(name, shared):
    for path in sorted((shared / "corpus").rglob("*")):
        if path.is_file() and path.suffix not in {".md", ".py", ".json", ".jsonl", ".gz"}:
            data = path.read_bytes()[: 1 << 18]
            if b"#" in data[:1] or path.parent.name.startswith(("iis", "w3c")):
                assert_equal(data, name)


def test_many_rows_are_read_alike():
    """Good and odd ones, under two headers that take turns, with texts that need mending among them."""
    lines = [b"#Date: 2024-01-10"]
    for number in range(6000):
        if number % 1000 == 0:
            lines.append(b"#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query s-port c-ip sc-status")
        if number % 1000 == 700:
            lines.append(b"#Fields: time c-ip cs-uri-stem x-y")
        stem, query = (
            b"/%d/%s" % (number, b"" if number % 5 else b"a.mov"),
            b"a b" if number % 50 == 3 else b"-",
        )
        if number % 1000 < 700:
            lines.append(
                b"2024-01-10 08:%02d:01 192.0.2.%d GET %s %s 443 ::%x %s"
                % (number % 61, number % 300, stem, query, number, b"x" if number % 77 == 0 else b"200")
            )
        else:
            lines.append(
                b"08:00:%02d 192.0.2.1 %s %s" % (number % 62, stem, b"caf\xc3\xa9" if number % 3 else b'"')
            )
    for name in ("iis", "w3c"):
        batch = assert_equal(b"\n".join(lines), name)
        assert len(batch.events) > 4000
        assert len(batch.rejects) > 10


# What only rows of columns have


def test_blanks_within_a_value_make_no_program():
    fields = layout_of(["timestamp", "c-ip"], {"timestamp": ("time", "iso8601")}).fields

    assert compile_row(fields, " ", "none") is None
    assert compile_row(fields, "\t", "none") is not None


def test_dates_and_times_of_day_are_read_apart_and_joined():
    data = b"08:00:01 a 2024-01-10\n08:00:60 b 2024-02-29\n08:00:61 c 2024-01-10\n08:00:01 d 2024-02-30\n"
    starts, ends = bounds_of(data)
    dates = Encoded([None], np.zeros(len(starts), np.int32))

    found = read_rows(
        Slices(data, starts, ends),
        np.arange(len(starts)),
        dates,
        [layout_of(["time", "c-ip", "date"])],
        separator=b" ",
        odd=(),
        escapes="none",
        columns=None,
    )

    assert [0, 1] == found.rows.tolist()
    assert [1704873601_000_000, 1709193660_000_000] == found.columns[0].values.tolist()
    assert ["date", "time_of_day"] == [
        list(HOW)[how] for how in compile_row(layout_of(["date", "time"]).fields, " ", "none").how
    ]
    assert [WHAT["time"]] * 2 == compile_row(layout_of(["date", "time"]).fields, " ", "none").what.tolist()


LIST_LIKE = st.from_regex(
    r"(http://a|-)?[/?a]{0,4}(\?|&)?(prefix|list-type|comp=list)?[=&?/#x\xff]{0,3}", fullmatch=True
).map(lambda text: text.encode("latin-1"))


@settings(deadline=None)
@given(st.lists(LIST_LIKE, unique=True, max_size=5))
def test_targets_in_bulk_are_those_one_by_one(texts):
    values = Bytes(pa.array(texts, pa.binary()), marks_of(texts, 0))
    path, query = target_parts(values, {b"-", b""})
    expected = [
        split_target(to_text(one)) if one not in {b"-", b""} and b"/" in one else (None, None)
        for one in texts
    ]
    assert expected == list(zip(path.to_pylist(), query.to_pylist(), strict=True))
    for name in ("path", "query", "target"):
        short = in_short(name, values).expand()
        for text, one in zip(map(to_text, texts), short, strict=True):
            parts = {"target": split_target(text), "path": (text, None), "query": (None, text)}[name]
            assert (one not in {None, b"-"}) == (http_action("GET", *parts) == "list")


# Blocks in threads


ROW = b"2024-01-10 08:00:01 203.0.113.9 /%d 200\n"


@pytest.mark.parametrize("nul", [b"", b"\0\0"])
def test_what_a_header_says_holds_in_the_blocks_that_other_threads_read(tmp_path, monkeypatch, nul):
    monkeypatch.setattr(scan, "KERNEL_BYTES", 1)
    rows = [ROW % number + b"%s#Remark: x\r\n" % nul for number in range(300)]
    rows[100] += nul + b"#Fields: time c-ip cs-uri-stem sc-status\r\n#Date: 2024-01-11\n"
    rows[101:200] = [row.partition(b" ")[2] for row in rows[101:200]]
    rows[200] = b"#Fields: date time c-ip cs-uri-stem sc-status\n" + rows[200]
    path = tmp_path / "u_ex240110.log"
    path.write_bytes(b"#Fields: date time c-ip cs-uri-stem sc-status\n" + b"".join(rows))
    found = []
    for block_bytes in (1000, 1 << 20):
        one = Scan(str(path), ReadOptions())
        one.source._block_bytes = block_bytes
        found.append([row for batch in one for row in batch.events.to_pylist()])
        assert (300, 0) == (one.events, one.rejected)

    assert found[0] == found[1]
    assert {f"/{number}" for number in range(300)} == {row["path"] for row in found[0]}
    assert schema(EVENTS).names == list(found[0][0])


def test_a_forked_parser_knows_the_headers_before_it_and_none_behind():
    parser = reader_for("w3c").parser
    head = b"#Fields: date time c-ip cs-uri-stem sc-status\n"

    before = parser.forked(head + ROW % 1)

    assert len(before.strict([(ROW % 1).strip()]).all_rows) == 0
    assert len(parser.strict([(ROW % 1).strip()]).all_rows) == 1
    assert [] == list(records._marked_lines(b"", b"#"))
    assert [b"#", b"#a", b"#b"] == list(records._marked_lines(b"#\nx#\n#a\r\n\n#b", b"#"))
    assert [b"#", b"#b"] == list(records._marked_lines(b"\0#\r\nx#\n\0\0#b\0"[:-1], b"#"))


# Fields without a column


WORDS = st.sampled_from(
    [
        b"-",
        b"",
        b"a",
        b'"',
        b"\\",
        b"caf\xc3\xa9",
        b"\xff",
        b"\x01",
        b", ",
        b"{",
        b"0",
        b"-7",
        b"007",
        b"0.5",
        b"1.0",
    ]
)
NUMBERS = st.from_regex(rb"-?[0-9]{1,9}(\.[0-9]{1,6})?", fullmatch=True) | st.sampled_from([b"-", b""])


@pytest.mark.parametrize("few", [1, 4, 2048])
@settings(deadline=None)
@given(st.lists(st.tuples(WORDS, NUMBERS, WORDS, NUMBERS), max_size=12))
@example([(b"-", b"-", b"-", b"-"), (b"a", b"0.001", b"-", b"0.0001")])
def test_extra_fields_in_bulk_are_those_one_by_one(few, rows):
    kinds = ("text", "seconds", "text", "milliseconds")
    fields = [Field(f"x-{at}", None, kind) for at, kind in enumerate(kinds)]
    columns = []
    for values in zip(*rows, strict=True) if rows else [[]] * 4:
        listed = encode(values)
        texts = Bytes(pa.array(listed.values, pa.binary()), marks_of(listed.values, 0))
        columns.append(Encoded(texts, listed.codes))
    pairs = list(zip(fields, columns, strict=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extras, "_FEW_COMBINATIONS", few)
        found = extras.extra_column(pairs, len(rows), to_text)

    assert extras._one_by_one(pairs, len(rows), to_text).to_pylist() == found.to_pylist()
