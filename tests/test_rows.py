"""Rows of columns are read alike by the kernel and by the parser of records, whatever stands in them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logattr.columns import EVENTS, schema
from logattr.formats import FORMATS
from logattr.reading import records, scan
from logattr.reading.assemble import batch_schema
from logattr.reading.columnar import bounds_of
from logattr.reading.names import _TABLE, layout_of
from logattr.reading.program import HOW, WHAT, compile_row
from logattr.reading.readers import reader_for
from logattr.reading.records import RecordParser
from logattr.reading.requests import http_action, split_target
from logattr.reading.rows import read_rows
from logattr.reading.scan import ReadOptions, Scan
from logattr.reading.splitting import Slices
from logattr.reading.targets import in_short, target_parts
from logattr.reading.tokens import Encoded

from .cases import LOGS
from .reading import batch_of, reader
from .test_kernel import assert_equal

CORPUS = Path(__file__).parents[1] / "../shared/corpus"


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
    *(b"-", b"", b" ", b"\t", b"  ", b'"', b'""', b"#", b"\r", b"\0", b"\xff", b"caf\xc3\xa9", b"?", b"/", b"+"),
    *(b"0", b"-1", b"007", b"9" * 19, b"1.5", b".5", b"1e3", b"200", b"000", b"99", b"(empty)", b"HTTP/1.1", b"1.1"),
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
    "path", [path for path in LOGS if path.parent.name in BY_COLUMNS], ids=lambda path: f"{path.parent.name}/{path.stem}"
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
