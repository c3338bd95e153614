"""Whatever bytes come: every line is exactly one event, one reject, or blank; and nothing raises."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logattr.columns import EVENTS, REJECTS, schema
from logattr.formats import FORMATS
from logattr.reading.parse import parse_block
from logattr.reading.reference import ReferenceParser
from logattr.reading.requests import split_request
from logattr.reading.scan import ReadOptions, Scan
from logattr.reading.sources import Block
from logattr.reading.template import KINDS, parse_template
from logattr.reading.tokens import encode

from .cases import LOGS
from .reading import batch_of, reader

REAL_LINES = [line for path in LOGS for line in path.read_bytes().split(b"\n")]


@st.composite
def mangled_lines(draw):
    """A line of a log with bytes cut out, put in or changed."""
    line = bytearray(draw(st.sampled_from(REAL_LINES)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(line)))
        cut = draw(st.integers(0, 6))
        line[at : at + cut] = draw(
            st.binary(max_size=4) | st.sampled_from([b'"', b'" "', b"\\", b"\0", b" ", b"\r", b"["])
        )
    return bytes(line).replace(b"\n", b"")


for _name in FORMATS:
    reader(_name)  # compiled here, so that no example waits for it

# Header lines say what the rows below them mean; they are counted as blank.
HEADERS = (b"#", b'"time_micros"', b"time_micros", b'"bucket"', b"bucket")
BLOCKS = st.lists(st.binary(max_size=60) | mangled_lines(), max_size=12).map(b"\n".join)


@settings(deadline=None)  # the machine may be busy
@given(BLOCKS, st.booleans())
@example(b"", False)
@example(b"\n\n \n\r\n", True)
@example(b"\0 ", False)
@example(b" \0\t\n\0\n", True)
@example(b'\0\0\0192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1', False)
def test_every_line_is_an_event_a_reject_or_blank(data, ends):
    data = data + b"\n" if ends else data

    batch = batch_of(data, formats=list(FORMATS))

    lines = data.split(b"\n")[: None if data and not data.endswith(b"\n") else -1]
    numbers = sorted(batch.events["line"].to_pylist() + batch.rejects["line"].to_pylist())
    blank = [number for number, line in enumerate(lines, 1) if not line.strip()]
    silent = set(range(1, len(lines) + 1)) - set(numbers)
    assert batch.lines == len(lines)
    assert len(numbers) == len(set(numbers))
    assert len(silent) == batch.blank
    assert set(blank) <= silent
    assert all(lines[number - 1].lstrip(b"\0").startswith(HEADERS) for number in silent - set(blank))
    assert batch.events.schema == schema(EVENTS)
    assert batch.rejects.schema == schema(REJECTS)


@settings(deadline=None)  # the machine may be busy
@given(BLOCKS)
def test_offsets_point_at_the_first_byte_of_their_line(data):
    batch = batch_of(data, formats=list(FORMATS))

    for table in (batch.events, batch.rejects):
        for number, offset in zip(table["line"].to_pylist(), table["offset"].to_pylist(), strict=True):
            assert data[:offset].count(b"\n") == number - 1
            assert offset == 0 or data[offset - 1 : offset] == b"\n"


@settings(deadline=None)  # the machine may be busy
@given(BLOCKS)
def test_events_do_not_depend_on_how_lines_are_cut_into_blocks(data):
    readers = [reader(name).fresh() for name in FORMATS]
    context = _context()

    whole = parse_block(Block("test", data, 1, 0), readers, context).events.to_pylist()

    readers = [reader(name).fresh() for name in FORMATS]

    apart, offset = [], 0
    for number, line in enumerate(data.split(b"\n"), 1):
        apart += parse_block(Block("test", line, number, offset), readers, context).events.to_pylist()
        offset += len(line) + 1
    assert whole == apart


def _context():
    from zoneinfo import ZoneInfo

    from logattr.reading.assemble import Context

    return Context("test", ZoneInfo("UTC"))


@given(st.text(alphabet=st.characters(exclude_characters="\n"), max_size=80))
def test_a_request_line_is_never_lost(line):
    request = split_request(line)

    if request.method is None:
        assert request.target == line
    else:
        parts = [request.method, request.target] + ([request.protocol] if request.protocol else [])
        assert " ".join(parts) == line


@pytest.mark.parametrize("kind", [kind for kind, pattern in KINDS.items() if pattern])
def test_every_kind_is_a_regular_expression_that_a_dash_cannot_break(kind):
    re.compile(KINDS[kind].encode())
    parser = ReferenceParser(parse_template("{client} {x:" + kind + "}{?} {y}"))

    assert parser.strict([b"192.0.2.1 -"]).columns is not None


@given(st.lists(st.none() | st.binary(max_size=3)))
def test_encoding_a_column_keeps_it(values):
    encoded = encode(values)

    assert values == encoded.expand()
    assert len(set(encoded.values)) == len(encoded.values)


def test_a_line_that_is_too_long_for_a_loose_reading_is_rejected():
    line = (
        b'192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1 "-" "' + b'a "b" ' * 4000 + b'"'
    )

    batch = batch_of(line, formats=["combined"])

    assert len(batch.events) == 0
    assert len(batch.rejects) == 1


def test_rejected_text_is_cut_to_four_kilobytes():
    batch = batch_of(b"x" * 100_000, formats=["combined"])

    assert len(batch.rejects["text"][0].as_py()) == 4096


@pytest.mark.parametrize(
    "time", ["31/Dec/9999:23:59:59 -1200", "01/Jan/0001:00:00:00 +1400", "10/Jan/0000:00:00:00 +0000"]
)
def test_a_time_outside_the_years_that_datetimes_hold_is_no_time(tmp_path, time):
    path = tmp_path / "log"
    path.write_text(f'192.0.2.1 - - [{time}] "GET / HTTP/1.0" 200 1\n')

    scan = Scan(str(path), ReadOptions())

    assert [batch.events["time"].to_pylist() for batch in scan] == [[None]]
    assert scan.first_time is None
