"""What detection leaves out before it makes readers could not have read the lines."""

import os
import re
import subprocess
import sys
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logattr.errors import FormatError
from logattr.formats import FORMATS
from logattr.reading.candidates import candidates, fitting_shapes, may_reach, reach
from logattr.reading.detect import _ALIKE, detect
from logattr.reading.reference import ReferenceParser
from logattr.reading.sampled import Sample
from logattr.reading.shapes import ShapesParser, parse_shapes

from .cases import LOGS
from .reading import reader

LINES = sorted(
    {line.encode() for one in FORMATS.values() for sample in one.samples for line in sample.split("\n")}
    | {line for path in LOGS for line in path.read_bytes()[: 1 << 14].split(b"\n")[:12] if len(line) < 2000}
)
PIECES = [
    b"",
    b" ",
    b"  ",
    b'"',
    b"-",
    b"[",
    b"]",
    b"\t",
    b", ",
    b";",
    b"#",
    b"x",
    b"0",
    b"2024-01-10",
    b"\xff",
]
NAMES = [name for name, one in FORMATS.items() if one.syntax != "json"]
JSON = [one for one in FORMATS.values() if one.syntax == "json"]


@st.composite
def mangled(draw):
    line = bytearray(draw(st.sampled_from(LINES)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(line)))
        line[at : at + draw(st.integers(0, 4))] = draw(st.sampled_from(PIECES))
    return bytes(line).replace(b"\n", b"")


def assert_left_out_rightly(lines):
    """Each line that a format reads on its own is one that it, and one of its shapes, is kept for."""
    kept = [{one.name for one in candidates(FORMATS.values(), [line])} for line in lines]
    for name in NAMES:
        for how in ("strict", "loose"):
            rows = rows_read(name, how, lines)
            for row in rows:
                assert name in kept[row], (name, how, lines[row])
                if FORMATS[name].syntax == "template":
                    shapes = fitting_shapes(FORMATS[name], [lines[row]])
                    assert any(row in rows_of(shape, how, lines) for shape in shapes), (name, how, lines[row])


def rows_read(name, how, lines):
    """Lines that a format reads; one that remembers lines reads each as the first of a log."""
    if not reader(name).stateful:
        return getattr(reader(name).parser, how)(lines).all_rows.tolist()
    alone = [getattr(reader(name).fresh().parser, how)([line]).all_rows for line in lines]
    return [row for row, found in enumerate(alone) if len(found)]


@cache
def _rows_of(shape, how, lines):
    return frozenset(ReferenceParser(shape).rows(lines, how))


def rows_of(shape, how, lines):
    return _rows_of(shape, how, tuple(lines))


def test_no_line_of_a_sample_or_case_is_left_out():
    assert_left_out_rightly(LINES)


@settings(deadline=None, max_examples=150)
@given(mangled())
@example(b" 2024-01-10 08:01:02 192.0.2.80 GET /a - 443 - 203.0.113.9 curl/8.5 - 200 0 0 31")
@example(b"-")
@example(b"")
def test_no_mangled_line_is_left_out(line):
    assert_left_out_rightly([line])


@settings(deadline=None, max_examples=100)
@given(mangled())
def test_a_line_gets_no_further_than_its_reach(line):
    for name in NAMES:
        found = reader(name).fresh()
        passed, misfit = found.parser.progress(line)
        share = passed / max(1, len(found.template.fields))
        assert share < _ALIKE or may_reach(FORMATS[name], [line], _ALIKE), name
        if isinstance(found.parser, ReferenceParser):
            assert reach(found.template.items, line, may_miss=True) >= passed, name
            assert not passed or found.parser.passes(line, passed), name
            assert misfit is None or not found.parser.passes(line, passed + 1), name


def test_records_are_counted_as_they_are_read():
    lines = [line for one in JSON for sample in one.samples for line in sample.encode().split(b"\n")]
    lines += [b"", b"x", b'{"a": 1}', lines[0].replace(b'"', b'\\"', 3), lines[0][:-1], lines[1] + b"}"]
    for one in JSON:
        parser = reader(one.name).parser
        for how in ("strict", "loose"):
            assert parser.rows(lines, how) == getattr(parser, how)(lines).all_rows.tolist(), one.name


def test_lines_that_are_alike_are_compared_once():
    sample = Sample([b"GET /a 1", b"GET /b/c 22", b"PUT /x 333", b"-"])
    assert sample.alike == {b"GET /a 1": 2, b"GET /b/c 22": 1, b"-": 1}
    assert (sample.most(b"/"), sample.begins([b"PUT"]), sample.begins([b"UT", b"x"])) == (2, True, False)


def test_formats_that_ask_for_a_header_are_tried_only_on_files_that_begin_with_one():
    """What the shortcut before the expressions of headers rests on."""
    for one in FORMATS.values():
        if one.header.startswith("^#"):
            assert all(rest.startswith("#") for rest in re.split(r"\|\^", one.header)[1:]), one.name
            assert "|^" in one.header or re.sub(r"\([^()]*\)", "", one.header).count("|") == 0, one.name


def test_several_shapes_read_together_what_each_reads_alone():
    shapes = parse_shapes(FORMATS["clf_variant"].template, escapes=FORMATS["clf_variant"].escapes)
    together = ShapesParser(shapes)
    for how in ("strict", "loose"):
        alone = [
            row
            for row, line in enumerate(LINES)
            if any(ReferenceParser(one).rows([line], how) for one in shapes)
        ]
        assert alone == getattr(together, how)(LINES).rows.tolist()


TIED = """
from logattr.formats import FORMATS
from logattr.reading.detect import detect
common, tied = (next(iter(FORMATS[name].samples)).encode() for name in ("gunicorn", "nginx_combined"))
print(detect([common, tied, tied]).scores[0][0])
"""


@pytest.mark.parametrize("seed", ["0", "1", "2", "3"])
def test_of_formats_that_read_as_many_lines_the_first_of_the_table_is_chosen(seed):
    """Whatever order the names of a set have in this process."""
    done = subprocess.run(
        [sys.executable, "-c", TIED],
        env=os.environ | {"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == next(name for name in FORMATS if name in {"combined", "nginx_combined"})


def test_prose_is_close_to_no_format():
    with pytest.raises(FormatError) as caught:
        detect([b"lorem ipsum dolor sit amet"] * 3)
    assert "closest" not in str(caught.value)
