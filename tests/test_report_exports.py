"""JSON and CSV of findings, files, and the one place where text from a log is made harmless."""

from __future__ import annotations

import csv
import datetime
import io
import json
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logattr.columns import CLIENTS, EVENTS, schema
from logattr.errors import OptionError, SourceError
from logattr.investigation import investigate
from logattr.report.escape import csv_cell, iso_times, json_text, shorten, terminal_text, write_csv
from logattr.report.exports import findings_csv, findings_json, write_findings

from .report_fixtures import client_rows, make_findings, with_every_text

CONTROLS = [*range(0x20), 0x7F, *range(0x80, 0xA0)]
DIRECTIONS = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]
HIDDEN = [0x00AD, *range(0x200B, 0x200E), 0x2028, 0x2029, 0x2060, 0xFEFF, 0xE0041, 0xD800, 0xDC80, 0xDFFF]
ANY_TEXT = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize("code", [*CONTROLS, *DIRECTIONS, *HIDDEN])
def test_a_character_that_acts_or_hides_becomes_a_visible_escape(code: int) -> None:
    digits = f"x{code:02x}" if code < 0x100 else f"u{code:04x}" if code < 0x10000 else f"U{code:08x}"

    assert f"a\\{digits}b" == terminal_text(f"a{chr(code)}b")


@pytest.mark.parametrize(
    "text", ["GET / HTTP/1.1", "辽宁", "España", "Ελλάδα", "😀", "\\x1b", "\ufffd", "a [red] b"]
)
def test_a_visible_text_stays_as_it_is(text: str) -> None:
    assert text == terminal_text(text)


@given(ANY_TEXT)
def test_no_control_or_format_character_survives(text: str) -> None:
    categories = {unicodedata.category(character) for character in terminal_text(text)}

    assert categories.isdisjoint({"Cc", "Cs", "Zl", "Zp"})


@given(ANY_TEXT)
def test_json_escapes_lose_nothing_and_leave_nothing_to_act(text: str) -> None:
    written = json_text(json.dumps({"k": text}, ensure_ascii=False))

    assert {"k": text} == json.loads(written)
    assert written == terminal_text(written)


def test_a_long_text_says_how_much_is_left_out() -> None:
    assert shorten("abc", 3) == "abc"
    assert shorten("abc" + "d" * 1997, 3) == "abc… (1,997 characters more)"


@pytest.mark.parametrize("lead", ["", " ", "   ", "\u00a0", "\u3000", "\ufeff", "\u200b"])
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_text_that_begins_like_a_formula_gets_an_apostrophe(start: str, lead: str) -> None:
    assert csv_cell(f"{lead}{start}1+1").startswith("'")


@pytest.mark.parametrize("start", ["\t", "\r", "\n"])
def test_text_that_begins_with_a_separator_gets_an_apostrophe(start: str) -> None:
    assert csv_cell(f"{start}=1+1").startswith("'\\x")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (-5, "-5"),
        (-0.5, "-0.5"),
        (float("nan"), ""),
        (float("inf"), ""),
        (True, "true"),
        (False, "false"),
        ("a=b", "a=b"),
        ("/a-b", "/a-b"),
        ("", ""),
        (["a", "b"], "a | b"),
        (["=a", "b"], "'=a | b"),
        (datetime.date(2024, 1, 2), "2024-01-02"),
    ],
)
def test_numbers_dates_lists_and_harmless_text_keep_their_form(value: object, cell: str) -> None:
    assert cell == csv_cell(value)


@given(st.lists(st.tuples(ANY_TEXT, st.none() | st.integers(-9, 9)), max_size=20))
def test_any_csv_reads_back_as_the_cells_that_were_meant(rows: list[tuple[str, int | None]]) -> None:
    rows = [(text.encode("utf-8", "replace").decode(), number) for text, number in rows]
    table = pa.table(
        {"text": pa.array([r[0] for r in rows], pa.string()), "n": pa.array([r[1] for r in rows])}
    )
    out = io.StringIO(newline="")

    write_csv(table, out)

    expected = [["text", "n"], *([csv_cell(text), csv_cell(number)] for text, number in rows)]
    assert expected == list(csv.reader(io.StringIO(out.getvalue(), newline=""), strict=True))
    assert out.getvalue().endswith("\r\n")


def test_csv_of_events_writes_times_with_z_and_categories_as_text() -> None:
    row = {"source": "a", "line": 1, "offset": 0, "time": datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC)}
    table = pa.Table.from_pylist(
        [row | {"user_agent": "=cmd()"}, row | {"time": None}], schema=schema(EVENTS)
    )
    out = io.StringIO(newline="")

    write_csv(table, out, header=False)

    first, second = csv.reader(io.StringIO(out.getvalue()))
    names = [column.name for column in EVENTS]
    assert first[names.index("time")] == "2024-01-02T00:00:00Z"
    assert first[names.index("user_agent")] == "'=cmd()"
    assert second[names.index("time")] == ""
    assert second[names.index("user_agent")] == ""


def test_a_fraction_of_a_second_is_written_only_where_there_is_one() -> None:
    times = pa.chunked_array([pa.array([0, 1, 20_000_000], pa.timestamp("us", tz="UTC"))])

    expected = ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:20Z"]
    assert expected == iso_times(times).to_pylist()


@pytest.mark.parametrize(
    ("column", "written"),
    [
        (pa.array([None, None], pa.string()), 'a\r\n""\r\n""\r\n'),
        (pa.array(["", "x"]).dictionary_encode(), 'a\r\n""\r\nx\r\n'),
        (pa.array([7, 7]), "a\r\n7\r\n7\r\n"),
        (pa.array([True, True]), "a\r\ntrue\r\ntrue\r\n"),
        (pa.array([], pa.int64()), "a\r\n"),
    ],
)
def test_a_csv_of_one_column_has_no_blank_line(column: pa.Array, written: str) -> None:
    stream = io.StringIO()
    write_csv(pa.table({"a": column}), stream)

    assert stream.getvalue() == written


def test_findings_csv_has_every_column_and_every_client() -> None:
    rows = list(csv.DictReader(io.StringIO(findings_csv(make_findings()), newline="")))

    assert [column.name for column in CLIENTS] == list(rows[0])
    assert [row["client"] for row in client_rows()] == [row["client"] for row in rows]
    assert rows[0]["first_seen"] == "2024-01-03T01:00:09Z"
    assert rows[0]["paths"] == "/projects/ep03/cut_0117.mov | /projects/ep03/notes_修改意见.docx | /projects/"


def test_no_cell_of_a_hostile_log_is_a_formula() -> None:
    hostile = with_every_text(make_findings(), lambda text: "=HYPERLINK(1);" + text)
    rows = csv.reader(io.StringIO(findings_csv(hostile), newline=""))

    assert [cell for row in rows for cell in row if cell[:1] in {"=", "+", "@", "\t"}] == []


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def test_findings_json_is_strict_and_holds_everything() -> None:
    document = json.loads(findings_json(make_findings()), parse_constant=_no_constant)

    assert document["logattr_findings"] == 1
    assert [place["code"] for place in document["question"]["places"]] == ["CN-LN", "ES"]
    expected = (
        "alternatives classes clients counts databases inputs limits lines lists logattr_findings options"
    )
    assert [*expected.split(), "question", "rejects", "version", "warnings"] == list(document)
    assert document["inputs"][0]["sha256_decoded"] == "a" * 64
    assert document["inputs"][0]["last_time"] == "2024-01-31T23:59:09Z"
    assert document["databases"][0]["build_date"] == "2018-07-03"
    assert sorted(column.name for column in CLIENTS) == list(document["clients"][0])
    assert len(document["clients"]) == 13
    assert document["clients"][0]["first_seen"] == "2024-01-03T01:00:09Z"
    assert document["clients"][4]["anon_evidence"][0]["network"] == "192.0.2.0/26"
    assert document["clients"][12]["first_seen"] is None


TIMES = st.datetimes(datetime.datetime(814, 1, 1), datetime.datetime(9999, 12, 31))
FEW_TEXTS = st.none() | st.sampled_from(["", "a", 'b"', "辽", "\u202e"])
CELLS = {
    "number": (st.none() | st.integers(-2, 2), pa.int32()),
    "degrees": (st.none() | st.sampled_from([0.0, -0.0, 1.5, 1e300]), pa.float64()),
    "known": (st.none() | st.booleans(), pa.bool_()),
    "text": (FEW_TEXTS, pa.string()),
    "category": (FEW_TEXTS, pa.dictionary(pa.int32(), pa.string())),
    "texts": (st.none() | st.lists(FEW_TEXTS.filter(bool), max_size=2), pa.list_(pa.string())),
    "time": (st.none() | TIMES, pa.timestamp("us", tz="UTC")),
}


@given(st.data(), st.integers(0, 5), st.integers(1, 3))
def test_any_rows_are_read_back_from_json_also_where_all_cells_of_a_column_are_equal(
    data: st.DataObject, rows: int, at_once: int
) -> None:
    from logattr.report import cells
    from logattr.report.exports import _rows

    columns = {}
    for name, (values, type_) in CELLS.items():
        same = data.draw(st.booleans())
        drawn = [data.draw(values)] * rows if same else [data.draw(values) for _ in range(rows)]
        columns[name] = pa.array(drawn, type_) if name != "texts" else _lists(drawn)
    table = pa.table(columns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "_ROWS_AT_ONCE", at_once)
        written = b"".join(_rows(table, ())).decode().removeprefix(",")

    found = json.loads(f"[{written}]")
    expected = table.to_pylist()
    for row in expected:
        if row["time"] is not None:
            row["time"] = row["time"].replace(tzinfo=None).isoformat() + "Z"
    assert found == expected
    assert [str(row["degrees"]) for row in found] == [
        str(row["degrees"]) for row in expected
    ]  # -0.0 is not 0.0


def _lists(rows: list[list[str] | None]) -> pa.Array:
    """Lists of categories, as clients have them."""
    plain = pa.array(rows, pa.list_(pa.string()))
    codes = plain.values.dictionary_encode()
    return pa.ListArray.from_arrays(plain.offsets, codes, mask=plain.is_null() if rows else None)


@given(st.lists(st.tuples(FEW_TEXTS, st.none() | TIMES), max_size=4))
def test_rows_made_by_column_are_those_of_arrow_without_the_zone_of_times(
    rows: list[tuple[str | None, datetime.datetime | None]],
) -> None:
    from logattr.report.selection import plain_rows

    table = pa.table(
        {
            "a": pa.array([one for one, _ in rows], pa.string()).dictionary_encode(),
            "b": pa.array([one for _, one in rows], pa.timestamp("us", tz="UTC")),
        }
    )

    assert plain_rows(table) == [{"a": text, "b": time} for text, time in rows]


def test_the_same_findings_give_the_same_bytes_whatever_the_order_of_keys() -> None:
    findings = make_findings()
    turned = replace(findings, options=dict(reversed(findings.options.items())))

    assert findings_json(findings) == findings_json(turned)
    assert findings_json(make_findings()) == findings_json(findings)


def test_odd_values_become_plain_json() -> None:
    options = {
        "nan": float("nan"),
        "set": {"b", "a"},
        "path": Path("a"),
        "gap": datetime.timedelta(minutes=30),
        "at": datetime.datetime(2024, 1, 1, 8, tzinfo=datetime.timezone(datetime.timedelta(hours=8))),
        "text": "\x1b[2J\u202e\udc80",
    }
    written = findings_json(make_findings(options=options))

    plain = {"nan": None, "set": ["a", "b"], "path": "a", "gap": 1800.0, "at": "2024-01-01T00:00:00Z"}
    assert plain | {"text": options["text"]} == json.loads(written)["options"]
    assert written.replace("\n", "") == terminal_text(written.replace("\n", ""))


def test_a_broken_json_column_stays_text() -> None:
    rows = client_rows()
    rows[0]["geo_alternatives"] = "{broken"
    rows[1]["geo_alternatives"] = "[NaN]"
    clients = json.loads(findings_json(make_findings(clients=rows)))["clients"]

    assert [clients[0]["geo_alternatives"], clients[1]["geo_alternatives"]] == ["{broken", [None]]


@pytest.mark.parametrize(
    ("name", "start"),
    [("r.html", "<!DOCTYPE html>"), ("r.json", "{\n"), ("r.csv", "client,"), ("r.TXT", "logattr 0.1.0")],
)
def test_the_ending_of_the_name_says_how_a_report_is_written(tmp_path: Path, name: str, start: str) -> None:
    (tmp_path / name).write_text("the old one")

    write_findings(make_findings(), tmp_path / name)

    assert (tmp_path / name).read_bytes().decode().startswith(start)
    assert [name] == [path.name for path in tmp_path.iterdir()]


def test_a_written_csv_keeps_its_line_ends(tmp_path: Path) -> None:
    write_findings(make_findings(), str(tmp_path / "r.csv"))

    assert findings_csv(make_findings()).encode() == (tmp_path / "r.csv").read_bytes()


@pytest.mark.parametrize("name", ["r.pdf", "r", "r.html.exe"])
def test_an_unknown_ending_names_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(OptionError, match=r"\.html, \.json, \.csv, \.txt") as caught:
        write_findings(make_findings(), tmp_path / name)

    assert name in caught.value.given
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist") as caught:
        write_findings(make_findings(), tmp_path / "nowhere" / "r.html")

    assert "mkdir" in caught.value.try_


def test_a_folder_that_has_the_name_of_a_report_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "r.html").mkdir()

    with pytest.raises(SourceError, match="not a regular file"):
        write_findings(make_findings(), tmp_path / "r.html")


@pytest.mark.parametrize("name", ["r" * 300 + ".json", "r\0.json"])
def test_a_name_that_no_file_can_have_gives_a_message_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="cannot be written"):
        write_findings(make_findings(), tmp_path / name)

    assert list(tmp_path.iterdir()) == []


def test_tables_with_chunks_without_rows_are_written(write_log: Callable[..., str]) -> None:
    """The rejects of several inputs are such a table."""
    logs = [write_log(name, lines=["?"]) for name in ("a.log", "b.log", "c.log")]

    found = json.loads(investigate(logs, places=["Spain"]).to_json())
    text = io.StringIO()
    table = pa.table({"status": [200]})
    write_csv(pa.concat_tables([table, table.slice(0, 0), table]), text)

    assert [(row["source"], row["line"]) for row in found["rejects"]] == [(name, 13) for name in logs]
    assert text.getvalue() == "status\r\n200\r\n200\r\n"
