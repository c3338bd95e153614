"""The whole way: logs to events, addresses to tags, and both to findings."""

from __future__ import annotations

import copy
import gzip
import io
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest

from logattr.columns import ADDRESSES, CLIENTS, EVENTS, EVIDENCE_LINES, REJECTS, schema
from logattr.databases.embedded import find_embedded
from logattr.enrichment import Sources, open_sources
from logattr.errors import FormatError, ListError, OptionError, PlaceError, SourceError
from logattr.investigation import investigate
from logattr.pipeline import attribute, enrich, lookup, read_log, scan_log

if TYPE_CHECKING:
    from logattr.report.findings import Findings

SAMPLES = Path(__file__).parents[1] / "sample_logs"
CASE = SAMPLES / "cloud-storage-access.log"
SPAIN, LIAONING, ELSEWHERE = "81.32.0.1", "175.160.0.1", "8.8.8.8"
PLACES = ["Liaoning", "Spain"]
NEVER_NULL = {column.name for column in CLIENTS if column.null == "never null"}

pytestmark = pytest.mark.skipif(find_embedded() is None, reason="logattr[embedded] is not installed")

WriteLog = Callable[..., str]


@pytest.fixture(scope="module")
def sources() -> Sources:
    return open_sources(environ={})


@pytest.fixture(scope="module")
def case() -> Findings:
    return investigate(CASE, places=PLACES, evidence_lines=5)


# --- lookup ---------------------------------------------------------------------------------------


def test_lookup_gives_one_row_per_address_in_order(sources: Sources) -> None:
    asked = [SPAIN, "junk", None, SPAIN, LIAONING, "10.0.0.1", SPAIN, ""]
    tags = lookup(asked, sources=sources)
    assert list(tags.columns) == [column.name for column in ADDRESSES]
    assert list(tags.index) == list(range(len(asked)))
    countries = [None if pd.isna(value) else value for value in tags["geo_country"]]
    assert countries == ["ES", None, None, "ES", "CN", None, "ES", None]
    assert tags.iloc[0].astype(str).tolist() == tags.iloc[3].astype(str).tolist()
    assert list(tags["ip_scope"].iloc[[1, 2, 5, 7]]) == ["invalid", "invalid", "private", "invalid"]


def test_lookup_of_nothing_has_the_same_columns_and_types(sources: Sources) -> None:
    nothing, something = lookup([], sources=sources), lookup([SPAIN, None], sources=sources)
    assert len(nothing) == 0
    assert list(nothing.columns) == list(something.columns)
    for name in nothing.columns:
        assert isinstance(nothing[name].dtype, type(something[name].dtype)), name


def test_lookup_has_nullable_integers_and_no_floats_for_counts(sources: Sources) -> None:
    tags = lookup([SPAIN, "junk"], sources=sources)
    assert [str(tags[name].dtype) for name in ("ip_version", "as_number", "geo_region_agree")] == [
        "Int8",
        "Int64",
        "Int32",
    ]
    assert tags["ip_version"].tolist() == [4, pd.NA]


# --- enrich ---------------------------------------------------------------------------------------

ADDRESSED = [SPAIN, None, LIAONING, SPAIN, "junk", SPAIN]
INDEXES = {
    "plain": pd.RangeIndex(6),
    "reversed": pd.Index([5, 4, 3, 2, 1, 0], name="n"),
    "duplicated": pd.Index(["a", "a", "b", "b", "a", "c"]),
    "several levels": pd.MultiIndex.from_product([["x", "y"], [1, 2, 3]], names=["k", "n"]),
    "times": pd.DatetimeIndex(["2024-01-10"] * 6, tz="UTC"),
}


@pytest.mark.parametrize("index", INDEXES.values(), ids=INDEXES)
def test_enrich_keeps_rows_order_and_index_and_touches_nothing(index: pd.Index, sources: Sources) -> None:
    frame = pd.DataFrame({"n": range(6), "client_ip": ADDRESSED}, index=index)
    frame.attrs["note"] = ["kept"]
    before, attrs = frame.copy(deep=True), copy.deepcopy(frame.attrs)
    rich = enrich(frame, sources=sources)
    pd.testing.assert_frame_equal(frame, before)
    assert frame.attrs == attrs == rich.attrs
    pd.testing.assert_frame_equal(rich[["n", "client_ip"]], before)
    assert len(rich) == 6  # k rows of one address stay k rows, they do not become k * k
    found = [None if pd.isna(value) else value for value in rich["geo_country"]]
    assert found == ["ES", None, "CN", "ES", None, "ES"]


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(ADDRESSED, dtype="object"),
        pd.Series(ADDRESSED, dtype="string"),
        pd.Series(ADDRESSED, dtype="category"),
        pd.Series(ADDRESSED, dtype=pd.ArrowDtype(pa.string())),
        pd.Series(ADDRESSED, dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))),
    ],
    ids=["object", "string", "category", "arrow", "arrow dictionary"],
)
def test_enrich_takes_any_kind_of_text_column(values: pd.Series, sources: Sources) -> None:
    rich = enrich(pd.DataFrame({"address": values}), column="address", sources=sources)
    assert rich["geo_status"].tolist() == ["ok", "invalid", "ok", "ok", "invalid", "ok"]
    assert rich["address"].dtype == values.dtype


def test_enrich_of_an_empty_frame_has_all_columns(sources: Sources) -> None:
    rich = enrich(pd.DataFrame({"client_ip": pd.Series([], dtype="object")}), sources=sources)
    assert len(rich) == 0
    assert list(rich.columns) == ["client_ip", *(column.name for column in ADDRESSES)]


def test_enrich_refuses_to_overwrite_and_to_guess_the_column(sources: Sources) -> None:
    frame = pd.DataFrame({"client_ip": [SPAIN]})
    with pytest.raises(OptionError, match="geo_country"):
        enrich(frame.assign(geo_country="?"), sources=sources)
    with pytest.raises(OptionError, match="ip_scope"):
        enrich(enrich(frame, sources=sources), sources=sources)
    with pytest.raises(OptionError, match=r"the column 'address'.*client_ip"):
        enrich(frame, column="address", sources=sources)


# --- read_log and scan_log ------------------------------------------------------------------------


def test_read_log_has_the_declared_columns_and_types(write_log: WriteLog) -> None:
    frame = read_log(write_log(lines=['8.8.4.4 - - [x] "-" 408 - "-" "-"']))
    assert list(frame.columns) == [column.name for column in EVENTS]
    types = {column.name: str(frame[column.name].dtype) for column in EVENTS}
    assert types["time"] == "datetime64[us, UTC]"
    assert {types[column.name] for column in EVENTS if column.type == "category"} == {"category"}
    assert [types[name] for name in ("line", "status", "bytes_sent", "time_zone_known")] == [
        "Int64",
        "Int16",
        "Int64",
        "boolean",
    ]
    assert frame["time"].iloc[0] == pd.Timestamp("2024-01-10T00:00:02Z")


def test_read_log_puts_several_inputs_end_to_end_and_their_counts_add_up(
    write_log: WriteLog, in_tmp_path: Path
) -> None:
    write_log("a.log", [SPAIN, LIAONING], lines=["", "no log line at all"])
    write_log("b.log", [ELSEWHERE], agent="Wget/1")
    (in_tmp_path / "c.log.gz").write_bytes(gzip.compress((in_tmp_path / "a.log").read_bytes()))
    frame = read_log(["b.log", "*a.log", Path("c.log.gz")])
    about = frame.attrs["logattr"]
    assert [one["source"] for one in about] == ["b.log", "a.log", "c.log.gz"]
    assert [(one["lines"], one["events"], one["rejects"], one["blank"]) for one in about] == [
        (3, 3, 0, 0),
        (8, 6, 1, 1),
        (8, 6, 1, 1),
    ]
    assert len(frame) == sum(one["events"] for one in about)
    assert frame["source"].tolist() == ["b.log"] * 3 + ["a.log"] * 6 + ["c.log.gz"] * 6
    assert frame["client_ip"].tolist() == [ELSEWHERE] * 3 + ([SPAIN] * 3 + [LIAONING] * 3) * 2
    assert set(frame["user_agent"]) == {"Wget/1", "curl/8"}
    assert frame["line"].tolist() == [1, 2, 3, *range(1, 7), *range(1, 7)]


def test_scan_log_gives_batches_whose_counts_add_up(write_log: WriteLog) -> None:
    scan = scan_log(write_log(lines=["", "no log line at all"]))
    batches = list(scan)
    assert all(batch.events.schema == schema(EVENTS) for batch in batches)
    assert all(batch.rejects.schema == schema(REJECTS) for batch in batches)
    assert all(batch.lines == len(batch.events) + len(batch.rejects) + batch.blank for batch in batches)
    assert scan.lines == scan.events + scan.rejected + scan.blank == 14
    assert (scan.rejected, scan.blank) == (1, 1)


def test_the_time_zone_is_assumed_only_where_the_log_states_none(write_log: WriteLog) -> None:
    line = '8.8.8.8 "GET /a HTTP/1.1" 200 [10/Jan/2024 08:01:02]'
    write_log("zoneless.log", [], lines=[line])
    format_ = '%h "%r" %>s [%{%d/%b/%Y %H:%M:%S}t]'
    times = {}
    for zone in ("UTC", "Asia/Shanghai"):
        frame = read_log("zoneless.log", format=format_, timezone=zone)
        times[zone] = frame["time"].iloc[0]
        assert frame["time_zone_known"].tolist() == [False]
        assert any(zone in text for text in frame.attrs["logattr"][0]["warnings"])
    assert times["UTC"] - times["Asia/Shanghai"] == pd.Timedelta(hours=8)
    known = read_log(write_log("known.log"), timezone="Asia/Shanghai")
    assert known["time_zone_known"].all()
    assert known["time"].iloc[0] == pd.Timestamp("2024-01-10T00:00:02Z")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"timezone": "Mars/Olympus"}, OptionError),
        ({"trusted_proxies": ["nobody"]}, OptionError),
        ({"format": "no such format"}, FormatError),
    ],
)
def test_wrong_options_are_errors_of_ours(
    options: dict[str, Any], error: type[Exception], write_log: WriteLog
) -> None:
    with pytest.raises(error):
        read_log(write_log(), **options)


def test_a_missing_log_is_an_error_that_names_it(in_tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.log"):
        read_log("nowhere.log")


# --- attribute ------------------------------------------------------------------------------------


def test_attribute_equals_the_clients_of_investigate(case: Findings, sources: Sources) -> None:
    clients = attribute(read_log(CASE), PLACES, sources=sources)
    pd.testing.assert_frame_equal(clients, case.to_pandas())


def test_attribute_of_filtered_events_has_the_clients_that_are_left(
    write_log: WriteLog, sources: Sources
) -> None:
    frame = read_log(write_log())
    clients = attribute(frame[frame["client_ip"] == SPAIN], PLACES, sources=sources)
    assert clients[["client", "requests"]].to_numpy().tolist() == [[SPAIN, 3]]
    shuffled = attribute(frame.sample(frac=1, random_state=3), PLACES, sources=sources)
    whole = attribute(frame, PLACES, sources=sources)
    pd.testing.assert_frame_equal(shuffled, whole, check_categorical=False)


def test_attribute_refuses_frames_that_are_no_events_and_places_that_are_none(
    write_log: WriteLog, sources: Sources
) -> None:
    frame = read_log(write_log())
    with pytest.raises(OptionError, match="client_ip"):
        attribute(frame.drop(columns="client_ip"), PLACES, sources=sources)
    with pytest.raises(PlaceError):
        attribute(frame, ["Atlantis"], sources=sources)


def test_attribute_of_no_events_has_all_columns(write_log: WriteLog, sources: Sources) -> None:
    clients = attribute(read_log(write_log()).iloc[:0], PLACES, sources=sources)
    assert len(clients) == 0
    assert list(clients.columns) == [column.name for column in CLIENTS]


# --- investigate ----------------------------------------------------------------------------------


def counts_add_up(findings: Findings) -> None:
    counts = findings.counts
    assert counts["lines"] == counts["events"] + counts["rejects"] + counts["blank"]
    for name in ("lines", "events", "rejects", "blank"):
        assert counts[name] == sum(getattr(one, name) for one in findings.inputs)
    assert counts["clients"] == sum(one.clients for one in findings.classes) == len(findings.clients)
    assert counts["events"] == sum(one.requests for one in findings.classes)
    assert counts["events"] == sum(findings.clients["requests"].to_pylist())
    assert counts["highlighted_clients"] == len(findings.highlighted)
    assert counts["highlighted_requests"] == findings.highlighted["requests"].sum()


def lines_are_those_of_the_logs(findings: Findings, logs: dict[str, bytes], most: int) -> None:
    """Every line of evidence stands in its log at its number and offset, and it is the first ones."""
    assert findings.lines.schema == schema(EVIDENCE_LINES)
    rows = findings.lines.to_pylist()
    for row in rows:
        data = logs[row["source"]]
        text = data[row["offset"] :].split(b"\n", 1)[0]
        assert text == data.split(b"\n")[row["line"] - 1]
        assert row["text"] == text.rstrip(b"\r").decode("utf-8", "backslashreplace")
    events = read_log(list(logs)) if all(Path(name).exists() for name in logs) else None
    for client, group in itertools.groupby(
        sorted(rows, key=lambda row: str(row["client"])), lambda r: r["client"]
    ):
        own = list(group)
        assert len(own) <= most
        if events is not None:
            wanted = events[events["client_ip"] == client][["source", "line"]].head(most)
            assert [(row["source"], row["line"]) for row in own] == list(
                wanted.itertuples(index=False, name=None)
            )


def test_the_case_adds_up_and_shows_the_first_lines_of_those_singled_out(case: Findings) -> None:
    counts_add_up(case)
    assert case.clients.schema == schema(CLIENTS)
    assert case.counts["highlighted_clients"] == 4
    lines_are_those_of_the_logs(case, {str(CASE): CASE.read_bytes()}, 5)
    assert set(case.lines["client"].to_pylist()) == set(case.highlighted["client"])
    assert len(case.lines) == 20
    for name in NEVER_NULL:
        assert case.clients[name].null_count == 0, name


def test_the_same_inputs_give_the_same_json(case: Findings) -> None:
    again = investigate(CASE, places=PLACES, evidence_lines=5)
    assert again.to_json() == case.to_json()
    assert json.loads(case.to_json())


def test_findings_show_themselves(case: Findings) -> None:
    assert SPAIN in repr(case)
    assert SPAIN in case._repr_html_()
    assert len(repr(case)) < 20_000


def test_several_inputs_plain_and_compressed_are_one_investigation(
    write_log: WriteLog, in_tmp_path: Path
) -> None:
    write_log("a.log", [SPAIN, ELSEWHERE], lines=["", "no log line at all"])
    write_log("b.log", [LIAONING, SPAIN], request="PUT /films/new.mov HTTP/1.1")
    plain = {name: (in_tmp_path / name).read_bytes() for name in ("a.log", "b.log")}
    (in_tmp_path / "b.log").rename("unpacked")
    (in_tmp_path / "b.log.gz").write_bytes(gzip.compress(plain["b.log"]))
    findings = investigate(["a.log", "b.log.gz"], places=PLACES, evidence_lines=4)
    counts_add_up(findings)
    lines_are_those_of_the_logs(findings, {"a.log": plain["a.log"], "b.log.gz": plain["b.log"]}, 4)
    spain = findings.highlighted.set_index("client").loc[SPAIN]
    assert (spain["requests"], spain["reads"], spain["writes"]) == (6, 3, 3)
    sources = [row["source"] for row in findings.lines.to_pylist() if row["client"] == SPAIN]
    assert sources == ["a.log"] * 3 + ["b.log.gz"]
    assert [one.name for one in findings.inputs] == ["a.log", "b.log.gz"]
    globbed = investigate("*.log*", places=PLACES, evidence_lines=4)
    assert globbed.clients.equals(findings.clients)


def test_a_list_that_is_missing_is_told_before_anything_is_read_that_can_be_read_once() -> None:
    stream = io.BytesIO(b"not to be read")
    with pytest.raises(ListError, match=r"missing\.txt"):
        investigate("-", places=PLACES, lists=["vpn=missing.txt"], stdin=stream)
    assert stream.tell() == 0


def test_standard_input_gives_the_same_clients_and_lines_as_the_file(
    write_log: WriteLog, in_tmp_path: Path
) -> None:
    name = write_log(
        lines=[b'81.32.0.1 - - [10/Jan/2024:08:09:02 +0800] "GET /\xff HTTP/1.1" 200 1 "-" "\xfe"']
    )
    data = (in_tmp_path / name).read_bytes()
    from_file = investigate(name, places=PLACES)
    from_stdin = investigate("-", places=PLACES, stdin=io.BytesIO(data))
    assert from_stdin.clients.equals(from_file.clients)
    assert from_stdin.lines.drop(["source"]).equals(from_file.lines.drop(["source"]))
    assert from_stdin.inputs[0].sha256_raw == from_file.inputs[0].sha256_raw
    lines_are_those_of_the_logs(from_stdin, {"-": data}, 20)


@pytest.mark.parametrize("most", [0, 1, 2, 100])
def test_evidence_lines_are_bounded_per_client(most: int, write_log: WriteLog) -> None:
    findings = investigate(write_log(), places=PLACES, evidence_lines=most)
    taken = [findings.lines["client"].to_pylist().count(client) for client in (SPAIN, LIAONING, ELSEWHERE)]
    assert taken == [min(most, 3), min(most, 3), 0]


def test_lines_are_kept_for_so_many_clients_and_the_rest_is_said(
    write_log: WriteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, said = write_log(), "log lines are kept for 1 of 2 clients that are singled out"
    everything = investigate(name, places=PLACES)
    monkeypatch.setattr("logattr.investigation.EVIDENCE_CLIENTS", 1)
    bounded = investigate(name, places=PLACES)

    assert said not in everything.warnings
    assert said in bounded.warnings
    assert set(bounded.lines["client"].to_pylist()) == {bounded.highlighted["client"].iloc[0]}
    assert said not in investigate(name, places=PLACES, evidence_lines=0).warnings


def test_what_a_list_warns_of_reaches_the_findings(write_log: WriteLog, in_tmp_path: Path) -> None:
    (in_tmp_path / "vpn.txt").write_text("192.0.2.1/24\n198.51.100.0/24\nwhat is this?\n", encoding="utf-8")
    warnings = investigate(write_log(), places=PLACES, lists=["vpn=vpn.txt"]).warnings

    about = " ".join(text for text in warnings if "vpn.txt" in text)
    assert [part in about for part in ("has no date", "not understood", "what is this?", "host bits")] == [
        True
    ] * 4


def test_observers_are_set_aside_and_counted(write_log: WriteLog) -> None:
    findings = investigate(write_log(), places=PLACES, self_networks=["81.32.0.0/16"])
    counts_add_up(findings)
    assert findings.highlighted["client"].tolist() == [LIAONING]
    (observer,) = (one for one in findings.classes if one.name == "observer")
    assert (observer.clients, observer.requests) == (1, 3)
    assert any("the observers themselves" in text for text in findings.alternatives)
    with pytest.raises(OptionError, match="the network"):
        investigate("access.log", places=PLACES, self_networks=["nobody"])


def test_forwarded_addresses_are_believed_of_trusted_proxies_only() -> None:
    log = SAMPLES / "nginx-main.log"
    peers = investigate(log, places=PLACES)
    clients = investigate(log, places=PLACES, trusted_proxies=["10.20.0.0/16"])
    counts_add_up(peers)
    counts_add_up(clients)
    assert peers.clients["client"].to_pylist() == ["10.20.0.2"]
    assert "198.51.100.23" in clients.clients["client"].to_pylist()
    assert clients.counts["events"] == peers.counts["events"]


def test_lines_behind_a_trusted_proxy_are_found_by_the_forwarded_client(write_log: WriteLog) -> None:
    line = '10.0.0.1 - - [10/Jan/2024:08:01:02 +0800] "GET /a HTTP/1.1" 200 12 "-" "x" "{}"'
    lines = [line.format(f"1.2.3.4, {ip}") for ip in (SPAIN, ELSEWHERE, SPAIN)]
    name = write_log("main.log", [], lines=lines)
    findings = investigate(name, places=PLACES, format="nginx_main", trusted_proxies=["private"])
    assert findings.highlighted["client"].tolist() == [SPAIN]
    assert findings.lines["line"].to_pylist() == [1, 3]


def test_rotated_logs_read_newest_first_count_the_same(in_tmp_path: Path) -> None:
    lines = CASE.read_bytes().splitlines(keepends=True)
    (in_tmp_path / "access.log").write_bytes(b"".join(lines[-3000:]))
    (in_tmp_path / "access.log.1").write_bytes(b"".join(lines[:-3000]))
    (in_tmp_path / "whole").write_bytes(b"".join(lines))
    rotated = investigate("access.log*", places=PLACES, evidence_lines=0).to_pandas()
    whole = investigate("whole", places=PLACES, evidence_lines=0).to_pandas()
    pd.testing.assert_frame_equal(rotated, whole, check_categorical=False)


def test_progress_tells_the_stage_and_reaches_the_end(write_log: WriteLog) -> None:
    calls: list[tuple[str, int, int | None]] = []
    name = write_log()
    investigate(name, places=PLACES, progress=lambda *call: calls.append(call))
    size = Path(name).stat().st_size
    assert [stage for stage, _ in itertools.groupby(call[0] for call in calls)] == [
        f"reading {name}",
        f"evidence from {name}",
    ]
    assert (f"reading {name}", size, size) in calls


def test_a_log_without_anybody_in_the_places_has_findings_without_highlights(write_log: WriteLog) -> None:
    findings = investigate(write_log(clients=[ELSEWHERE, "10.0.0.1"]), places=PLACES)
    counts_add_up(findings)
    assert len(findings.highlighted) == len(findings.lines) == 0
    assert findings.to_json()
    assert repr(findings)


def test_an_empty_log_has_findings_without_clients(in_tmp_path: Path) -> None:
    (in_tmp_path / "empty.log").write_bytes(b"")
    findings = investigate("empty.log", places=PLACES)
    counts_add_up(findings)
    assert findings.counts["clients"] == 0
    assert any("empty" in text for text in findings.warnings)


def test_a_place_that_is_none_is_refused_before_anything_is_read() -> None:
    with pytest.raises(PlaceError):
        investigate("nowhere.log", places=["Atlantis"])


def test_a_real_log_adds_up(shared: Path) -> None:
    logs = sorted((shared / "corpus" / "apache_combined").glob("*.log"))
    assert logs
    findings = investigate(logs, places=PLACES)
    counts_add_up(findings)
    assert findings.counts["lines"] > 0


def test_a_log_beside_its_packed_copy_is_named(write_log: WriteLog) -> None:
    names = [write_log("a.log"), "a.log.gz", write_log("b.log", ["8.8.8.8"]), "empty.log", "none.log"]
    Path("a.log.gz").write_bytes(gzip.compress(Path("a.log").read_bytes()))
    for name in names[3:]:
        Path(name).write_bytes(b"")

    found = investigate(names, places=PLACES)

    copies = [warning for warning in found.warnings if "once more" in warning]
    assert copies == ["a.log.gz: the same lines as in a.log, counted once more"]
