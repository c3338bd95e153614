"""Parquet files are read row by row as JSON records; what is none says so."""

import datetime
import gzip
import io
import json
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logattr.errors import SourceError
from logattr.reading.scan import ReadOptions, Scan
from logattr.reading.sources import open_source
from logattr.report.events import json_lines

ROWS = {
    "date": ["2024-01-10", "2024-01-10", "2024-01-10"],
    "time": ["08:01:02", "08:01:03", "08:01:04"],
    "x_edge_location": ["MAD51-C1", "MAD51-C1", None],
    "x_edge_request_id": ["R1", "R2", "R3"],
    "c_ip": ["203.0.113.9", "2001:db8::7", None],
    "cs_method": ["GET", "PUT", "GET"],
    "cs_uri_stem": ["/a.mov", "/caf%C3%A9", "/"],
    "sc_status": ["200", "403", "000"],
    "sc_bytes": ["512", "-", None],
    "cs_user_agent": ["Mozilla/5.0%20(X11)", "-", "line\nbreak"],
}


def parquet(columns):
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def events_of(path, **options):
    scan = Scan(str(path), ReadOptions(**options))
    rows = [json.loads(line) for batch in scan for line in json_lines(batch.events, objects=["extra"])]
    assert scan.lines == scan.events + scan.rejected + scan.blank
    return rows, scan


def test_rows_of_cloudfront_are_events_and_lines_are_rows(tmp_path):
    path = tmp_path / "log.parquet"
    path.write_bytes(parquet(ROWS))

    rows, scan = events_of(path)

    assert [row["line"] for row in rows] == [1, 2]
    assert rows[0]["client_ip"] == "203.0.113.9"
    assert rows[0]["time"] == "2024-01-10T08:01:02Z"
    assert rows[0]["user_agent"] == "Mozilla/5.0 (X11)"
    assert rows[1]["status"] == 403
    assert "bytes_sent" not in rows[1]
    assert scan.rejects["line"].to_pylist() == [3]
    assert "a Parquet file, whose rows were read as JSON records; lines are its rows" in scan.warnings()
    assert scan.source.sha256_raw != scan.source.sha256_decoded


@pytest.mark.parametrize("wrap", [gzip.compress, lambda data: data], ids=["gzip", "bare"])
def test_every_name_and_wrapping_gives_the_same_rows(tmp_path, wrap):
    path = tmp_path / "log"
    path.write_bytes(wrap(parquet(ROWS)))

    assert [row["client_ip"] for row in events_of(path)[0]] == ["203.0.113.9", "2001:db8::7"]


def test_a_member_of_an_archive_may_be_parquet(tmp_path):
    path = tmp_path / "logs.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.parquet", parquet(ROWS))

    rows, _ = events_of(f"{path}!a.parquet")

    assert len(rows) == 2


def test_columns_of_other_types_are_read_by_the_formats_of_json(tmp_path):
    when = datetime.datetime(2024, 1, 10, 8, 1, 2, 345678, tzinfo=datetime.UTC)
    path = tmp_path / "log.parquet"
    columns = {
        "timestamp": [when],
        "remote_addr": [b"203.0.113.9"],
        "request": ["GET /a HTTP/1.1"],
        "status": [200],
    }
    path.write_bytes(parquet(columns))

    (row,), _ = events_of(path)

    assert (row["client_ip"], row["time"], row["path"]) == (
        "203.0.113.9",
        "2024-01-10T08:01:02.345678Z",
        "/a",
    )


@pytest.mark.parametrize("size", [4, 100, -1, -8])
def test_a_file_that_is_cut_off_says_so(tmp_path, size):
    path = tmp_path / "log.parquet"
    path.write_bytes(parquet(ROWS)[:size])

    with pytest.raises(SourceError, match="cannot be read as one"):
        list(open_source(path))


def test_many_rows_come_in_blocks_with_their_numbers(tmp_path):
    count = 10_000
    path = tmp_path / "log.parquet"
    path.write_bytes(parquet({**{name: values[:1] * count for name, values in ROWS.items()}}))

    rows, scan = events_of(path)

    assert [row["line"] for row in rows] == list(range(1, count + 1))
    assert scan.lines == count
