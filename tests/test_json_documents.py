"""JSON documents: their records become events where they begin, and every line is counted."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logattr.investigation import investigate
from logattr.pipeline import read_log
from logattr.reading.jsondocs import ENVELOPES, DocumentCutter, is_document
from logattr.reading.scan import ReadOptions, Scan
from logattr.reading.sources import MAX_LINE_BYTES, open_source


def record(number: int, **values):
    """An event of CloudTrail whose client tells its number."""
    return {
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "eventTime": "2024-01-10T08:01:02Z",
        "sourceIPAddress": f"203.0.113.{number % 256}",
        "requestParameters": {"bucketName": "films", "key": 'reel/{"a": [}]\\".mov'},
        **values,
    }


def scan_of(data: bytes, format_: str | None = "cloudtrail"):
    scan = Scan("-", ReadOptions(format=format_), stdin=io.BytesIO(data))
    events, rejects = [], []
    for batch in scan:
        assert batch.lines == len(batch.events) + len(batch.rejects) + batch.blank
        events += batch.events.to_pylist()
        rejects += batch.rejects.to_pylist()
    assert scan.lines == scan.events + scan.rejected + scan.blank
    return events, rejects, scan


def check_positions(data: bytes, rows) -> None:
    for row in rows:
        assert data[: row["offset"]].count(b"\n") == row["line"] - 1
        assert data[row["offset"] : row["offset"] + 1] == b"{"


RECORDS = [record(number) for number in range(5)]
LAYOUTS = {
    "one line": json.dumps({"Records": RECORDS}),
    "one line, compact": json.dumps({"Records": RECORDS}, separators=(",", ":")),
    "printed": json.dumps({"Records": RECORDS}, indent=2),
    "printed, with line end": json.dumps({"Records": RECORDS}, indent=2) + "\n",
    "array": json.dumps(RECORDS),
    "array, printed": json.dumps(RECORDS, indent="\t"),
    "array, one a line": "[\n" + ",\n".join(map(json.dumps, RECORDS)) + "\n]\n",
    "printed one by one": "\n".join(json.dumps(one, indent=4) for one in RECORDS),
    "without line ends": "".join(map(json.dumps, RECORDS)),
    "with commas": ",".join(map(json.dumps, RECORDS)),
    "blanks and line ends": " \n".join(map(json.dumps, RECORDS)) + "\n\n",
    "values before and behind": json.dumps(
        {"NextToken": "x]{", "n": 1, "Records": RECORDS, "End": {}, "z": "}"}
    ),
    "several documents": json.dumps({"Records": RECORDS[:2]}) + "\n" + json.dumps({"Records": RECORDS[2:]}),
    "carriage returns": json.dumps({"Records": RECORDS}, indent=2).replace("\n", "\r\n"),
    "lines": "".join(json.dumps(one) + "\n" for one in RECORDS),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("format_", ["cloudtrail", None])
def test_every_layout_gives_the_same_events_at_their_places(layout, format_):
    data = LAYOUTS[layout].encode()

    events, rejects, scan = scan_of(data, format_)

    assert [row["client_ip"] for row in events] == [one["sourceIPAddress"] for one in RECORDS]
    assert {row["object_key"] for row in events} == {'reel/{"a": [}]\\".mov'}
    assert rejects == []
    check_positions(data, events)
    assert scan.source.lines == len(data.removesuffix(b"\n").split(b"\n"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_line_counts_once_for_each_record_that_begins_in_it_and_once_if_none_does(layout):
    data = LAYOUTS[layout].encode()

    events, _, scan = scan_of(data)

    begins = [row["line"] for row in events]
    lines = data.removesuffix(b"\n").split(b"\n")
    assert scan.blank == len(lines) - len(set(begins))
    assert scan.lines == scan.blank + len(events)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("block_bytes", [512, 700, 8 << 20])
def test_events_do_not_depend_on_the_size_of_blocks(layout, block_bytes):
    data = LAYOUTS[layout].encode()
    cutter, wanted = DocumentCutter("-"), []
    for block in [*cutter.feed(data), *cutter.finish()]:
        wanted += zip(
            block.data.splitlines(),
            block.positions.lines.tolist(),
            block.positions.offsets.tolist(),
            strict=True,
        )

    pieces, found, blank = DocumentCutter("-"), [], 0
    blocks = [
        block for at in range(0, len(data), block_bytes) for block in pieces.feed(data[at : at + block_bytes])
    ]
    for block in [*blocks, *pieces.finish()]:
        found += zip(
            block.data.splitlines(),
            block.positions.lines.tolist(),
            block.positions.offsets.tolist(),
            strict=True,
        )
        blank += block.positions.blank

    assert found == wanted
    assert pieces.line == cutter.line == len(data.removesuffix(b"\n").split(b"\n")) + 1
    assert len({line for _, line, _ in found}) + blank == pieces.line - 1


@pytest.mark.parametrize("key", ENVELOPES)
def test_every_known_key_holds_records(key):
    events, rejects, _ = scan_of(json.dumps({key: RECORDS}).encode())

    assert (len(events), rejects) == (5, [])


def test_an_empty_document_has_no_events():
    for data in (b'{"Records": []}', b'{"Records": [\n]\n}\n', b"[{}]"):
        events, rejects, scan = scan_of(data)
        assert (events, len(rejects), scan.lines) == (
            [],
            scan.lines - scan.blank,
            len(data.rstrip().split(b"\n")),
        )


def test_events_looked_up_are_texts_inside_of_records():
    events = [{"EventId": str(n), "CloudTrailEvent": json.dumps(record(n))} for n in range(3)]
    data = json.dumps({"Events": events, "NextToken": "x"}, indent=4).encode()

    rows, rejects, scan = scan_of(data, None)

    assert [row["client_ip"] for row in rows] == ["203.0.113.0", "203.0.113.1", "203.0.113.2"]
    assert rejects == []
    assert scan.chosen.startswith("cloudtrail_lookup,")


def test_a_document_that_breaks_off_keeps_its_records_and_rejects_the_rest():
    data = json.dumps({"Records": RECORDS}, indent=2).encode()
    cut = data[: data.rindex(b"eventTime")]

    events, (reject,), _ = scan_of(cut)

    assert len(events) == 4
    assert "does not end" in reject["reason"]
    check_positions(cut, [reject])


def test_a_damaged_record_costs_itself_and_no_other():
    whole = json.dumps({"Records": RECORDS}, indent=2).encode()
    at = whole.index(b"GetObject", whole.index(b"203.0.113.1"))
    data = whole[:at] + b"Get\nObject" + whole[at + 9 :]

    events, rejects, _ = scan_of(data)

    # The line end inside of a string is in the record of client 2.
    assert [row["client_ip"][-1] for row in events] == ["0", "1", "3", "4"]
    assert rejects


def test_what_stands_between_records_and_is_none_is_rejected():
    data = (
        json.dumps(record(0)).encode()
        + b" "
        + json.dumps(record(1)).encode()
        + b"\nno record\n"
        + json.dumps(record(2)).encode()
    )

    events, (reject,), scan = scan_of(data)

    assert len(events) == 3
    assert (reject["line"], reject["text"], reject["reason"]) == (
        2,
        "no record",
        "cloudtrail: no JSON object",
    )
    assert scan.lines == 4  # the first line holds two records


def test_a_record_beyond_the_limit_is_one_reject_and_reading_goes_on():
    long = record(1, extra="x" * (MAX_LINE_BYTES + 10))
    data = json.dumps({"Records": [record(0), long, record(2)]}, indent=1).encode()

    events, (reject,), _ = scan_of(data)

    assert [row["client_ip"][-1] for row in events] == ["0", "2"]
    assert reject["reason"] == "line of more than 1 MB"
    check_positions(data, [*events, reject])


def test_memory_is_bounded_by_the_longest_record(tmp_path):
    path = tmp_path / "bomb.json"
    with path.open("wb") as file:
        file.write(b'{"Records": [{"a": "')
        for _ in range(32):
            file.write(b"x" * (1 << 20))

    tracemalloc.start()
    blocks = list(open_source(path, block_bytes=1 << 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [len(block.oversized) for block in blocks] == [1]
    assert blocks[0].oversized[0].length == 7 + (32 << 20)
    assert peak < 12 << 20


def test_a_document_of_many_brackets_takes_no_more_than_linear_time():
    data = b'{"Records": [' + b'{"a":' * 400_000

    _, rejects, _ = scan_of(data)

    assert len(rejects) == 1


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'{"a":1}\n{"a":2}', False),
        (b'{"a":1}', False),
        (b'{"a":1}\n', False),
        (b'{"a": "cut off\n{"a": 2}', False),
        (b'{"a":1} {"a":2}', True),
        (b'{"a":1},\n{"a":2}', False),
        (b'{"a":1},{"a":2}', True),
        (b'{\n"a":1}', True),
        (b'{"a":\n1}', True),
        (b"[{}]", True),
        (b" \n[ \n{", True),
        (b"[10/Oct/2000:13:55:36 -0700] GET", False),
        (b"[", False),
        (b"", False),
        (b"192.0.2.1 - - [", False),
        (b'{"x":1,"Records":[{', True),
        (b'{"Records":[1,2]}', False),
        (b'{"a":{"Records":[{}]}}', False),
        (b'{"a":"\\"Records\\":[{"}', False),
        (b'{"' + b"a" * 100_000, False),
    ],
)
def test_documents_are_told_from_lines(head, expected):
    assert is_document(head) is expected


def test_compressed_documents_and_a_byte_order_mark_are_read(tmp_path):
    path = tmp_path / "trail.json.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + json.dumps({"Records": RECORDS}).encode()))

    frame = read_log(path)

    assert frame["client_ip"].tolist() == [one["sourceIPAddress"] for one in RECORDS]
    assert frame["line"].tolist() == [1] * 5
    assert frame["offset"].iloc[0] == 16  # behind the mark and `{"Records": [`


def test_evidence_shows_the_record_and_not_its_line(tmp_path, monkeypatch):
    monkeypatch.delenv("LOGATTR_DATABASES", raising=False)
    from logattr.attribution.evidence import EvidenceLines

    data = json.dumps({"Records": RECORDS}, indent=2).encode()
    scan = Scan("-", ReadOptions(format="cloudtrail"), stdin=io.BytesIO(data))
    lines = EvidenceLines(["203.0.113.3"], 5)
    for block, batch in scan.with_blocks():
        lines.add(block, batch.events)

    (row,) = lines.table().to_pylist()
    assert json.loads(row["text"]) == RECORDS[3]
    check_positions(data, [row])


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=3), JSON_VALUES, max_size=3), min_size=1, max_size=4)


@given(
    OBJECTS,
    st.sampled_from([None, 0, 2]),
    st.sampled_from(["array", "envelope", "stream"]),
    st.integers(1, 40),
)
def test_any_records_in_any_layout_come_out_as_they_went_in(objects, indent, layout, size):
    if layout == "array":
        text = json.dumps(objects, indent=indent)
    elif layout == "envelope":
        text = json.dumps({"Records": objects}, indent=indent)
    else:
        text = "".join(json.dumps(one, indent=indent) for one in objects)
    data = text.encode()

    cutter = DocumentCutter("-")
    blocks = [block for at in range(0, len(data), size) for block in cutter.feed(data[at : at + size])]
    rows = [row for block in [*blocks, *cutter.finish()] for row in block.data.split(b"\n")[:-1]]

    assert [json.loads(row) for row in rows] == objects


FRAGMENTS = st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b"\\", b"\n", b",", b":", b'"Records":[', b" ", b"a", b"\r", b"\0"]
)


@settings(max_examples=300)
@given(st.lists(FRAGMENTS | st.binary(max_size=3), max_size=40).map(b"".join), st.integers(1, 50))
@example(b'[{}\n"\\', 3)
@example(b'{"Records":[{"a":"\\\n"}]}', 5)
def test_whatever_bytes_come_every_line_is_accounted_for(data, size):
    def cut(step):
        cutter = DocumentCutter("-", max_record_bytes=20)
        blocks = [block for at in range(0, len(data), step) for block in cutter.feed(data[at : at + step])]
        blocks += cutter.finish()
        lines, offsets, blank = [], [], 0
        for block in blocks:
            if block.positions is None:
                lines += [long.line for long in block.oversized]
                offsets += [long.offset for long in block.oversized]
            else:
                lines += block.positions.lines.tolist()
                offsets += block.positions.offsets.tolist()
                blank += block.positions.blank
                assert len(block.positions.lines) == block.data.count(b"\n")
        assert len(set(lines)) + blank == cutter.line - 1
        assert offsets == sorted(set(offsets))
        for line, offset in zip(lines, offsets, strict=True):
            assert data[:offset].count(b"\n") == line - 1
        return lines, offsets

    whole = len(data.removesuffix(b"\n").split(b"\n")) if data else 0
    cutter = DocumentCutter("-")
    list(cutter.feed(data))
    list(cutter.finish())
    assert cutter.line - 1 == whole
    assert cut(size) == cut(len(data) or 1)


@settings(deadline=None)
@given(st.lists(FRAGMENTS | st.sampled_from([json.dumps(record(1)).encode()]), max_size=12).map(b"".join))
def test_whatever_document_comes_the_counts_add_up(data):
    if data:
        scan_of(b"[{}\n" + data)


def test_a_document_can_be_investigated(tmp_path):
    path = tmp_path / "trail.json"
    path.write_text(json.dumps({"Records": RECORDS}), encoding="utf-8")
    pytest.importorskip("geolite2")

    findings = investigate(path, places=["Spain"])

    assert (findings.counts["events"], findings.counts["lines"]) == (5, 5)
