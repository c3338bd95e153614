"""Every case file is read as the file beside it says, line for line."""

import json

import pytest

from logattr.formats import FORMATS

from .cases import FOLDER, LOGS, rows_of

IDS = [str(path.relative_to(FOLDER)) for path in LOGS]


@pytest.mark.parametrize("path", LOGS, ids=IDS)
def test_a_case_gives_the_expected_rows(path):
    expected = [
        json.loads(line) for line in path.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
    ]

    rows, scan = rows_of(path)

    assert expected == rows
    assert scan.lines == scan.events + scan.rejected + scan.blank
    assert scan.lines == len(path.read_bytes().removesuffix(b"\n").split(b"\n"))


@pytest.mark.parametrize("path", [path for path in LOGS if path.parent.name in FORMATS], ids=str)
def test_the_format_that_a_case_is_filed_under_is_detected(path):
    _, scan = rows_of(path)

    assert path.parent.name == scan.chosen.partition(",")[0]
    assert not any(warning.startswith("unsure") for warning in scan.warnings())


def test_a_file_of_two_formats_that_have_nothing_in_common_is_said_to_be_unsure(tmp_path):
    combined, s3 = (FOLDER / name for name in ("combined/crlf.log", "s3/clients.log"))
    mixed = tmp_path / "mixed.log"
    mixed.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[0] for path in (combined, s3)))

    _, scan = rows_of(mixed)

    assert (
        "unsure of the format: s3 read about as many of the first lines as combined; --format decides"
        in scan.warnings()
    )


def test_formats_that_read_nothing_are_no_rivals_of_one_that_reads_little(tmp_path):
    first = (FOLDER / "combined/crlf.log").read_bytes().splitlines(keepends=True)[0]
    mixed = tmp_path / "mixed.log"
    mixed.write_bytes(first + b"nothing that anybody reads\n" * 15)

    _, scan = rows_of(mixed)

    assert scan.events == 1
    assert not any(warning.startswith("unsure") for warning in scan.warnings())


def test_cases_and_expectations_come_in_pairs():
    assert [path.with_suffix(".jsonl") for path in LOGS] == sorted(FOLDER.glob("*/*.jsonl"))
    assert len(LOGS) >= 6
