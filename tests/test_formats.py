"""Formats are data: every sample is read as it says, and no format claims another's samples."""

import json

import pytest

from logattr.errors import FormatError
from logattr.formats import FORMATS
from logattr.reading.detect import detect
from logattr.reading.readers import reader_for

from .reading import events_of

SAMPLES = [(name, line) for name, one in FORMATS.items() for line in one.samples]


@pytest.mark.parametrize(("name", "line"), SAMPLES)
def test_a_sample_is_read_as_its_format_says(name, line):
    (event,) = events_of(line.encode().split(b"\n"), format_=name)

    expected = FORMATS[name].samples[line]
    got = {
        column: json.loads(event[column]) if column == "extra" and event[column] else event[column]
        for column in expected
    }
    want = {column: json.loads(value) if column == "extra" else value for column, value in expected.items()}
    assert want == got


def _read(name, lines):
    return [lines[row] for row in reader_for(name).parser.strict(lines).all_rows]


@pytest.mark.parametrize(("name", "line"), SAMPLES)
def test_only_formats_that_say_so_claim_another_formats_sample(name, line):
    lines = line.encode().split(b"\n")  # header lines may stand before the line
    claimed = {
        other for other, one in FORMATS.items() if one.detected and lines[-1:] == _read(other, lines)[-1:]
    }

    allowed = {other for other, one in FORMATS.items() if name in one.reads_also}
    assert claimed <= {name} | allowed


@pytest.mark.parametrize(("name", "line"), SAMPLES)
def test_a_sample_is_detected_as_its_format_or_one_that_reads_it_as_well(name, line):
    found = detect(line.encode().split(b"\n")).scores[0][0]

    assert found == name or name in FORMATS[found].reads_also


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_has_a_title_an_address_and_a_sample(name):
    one = FORMATS[name]

    assert one.name == name
    assert one.title
    assert one.url.startswith("https://")
    assert one.samples


def test_formats_of_one_family_name_only_known_formats():
    for one in FORMATS.values():
        assert one.reads_also <= set(FORMATS)


def test_an_unknown_name_is_answered_with_near_ones():
    with pytest.raises(FormatError, match="combined"):
        reader_for("combinde")
