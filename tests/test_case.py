"""The case that the package was made for: four clients stand out, and everybody is counted."""

import csv
import json
import re
from pathlib import Path

import pytest

import logattr
from logattr.databases.embedded import find_embedded

ROOT = Path(__file__).parents[1]
LOG = ROOT / "sample_logs" / "cloud-storage-access.log"
GOLDEN = Path(__file__).parent / "golden" / "cloud-storage-access.csv"

pytestmark = pytest.mark.skipif(find_embedded() is None, reason="logattr[embedded] is not installed")


@pytest.fixture(scope="module")
def findings():
    return logattr.investigate(LOG, places=["Liaoning", "Spain"])


def test_exactly_four_clients_are_singled_out(findings):
    found = findings.highlighted.set_index("client")

    assert {
        "175.160.0.1": ("matched", "CN-LN", "region", 6),
        "42.176.0.1": ("matched", "CN-LN", "region", 6),
        "81.32.0.1": ("matched", "ES", "country", 6),
        "116.128.0.1": ("possible", "CN-LN", "country", 3),
    } == {
        client: (row["class"], row["place"], row["place_level"], row["grade"])
        for client, row in found.iterrows()
    }
    assert list(found["place_match"]) == ["in", "in", "in", "undetermined"]


def test_the_counts_add_up_to_the_lines_of_the_file(findings):
    counts = findings.counts
    lines = len(LOG.read_bytes().split(b"\n"))

    assert lines == counts["lines"] == 20_606
    assert counts["lines"] == counts["events"] + counts["rejects"] + counts["blank"]
    assert counts["events"] == sum(one.requests for one in findings.classes)
    assert counts["clients"] == sum(one.clients for one in findings.classes) == len(findings.clients)


def test_every_client_has_the_class_grade_and_count_of_the_golden_table(findings):
    with GOLDEN.open(newline="") as stream:
        expected = list(csv.DictReader(stream))

    got = [
        {name: str(row[name]) for name in ("client", "class", "grade", "requests")}
        for row in sorted(findings.clients.to_pylist(), key=lambda row: row["client"])
    ]
    assert expected == got


def test_the_classes_are_counted_as_told(findings):
    assert {
        "matched": (3, 63),
        "possible": (1, 21),
        "outside": (48, 484),
        "unlocated": (1, 7),
        "anonymised": (10, 4_826),
        "infrastructure": (6, 3_309),
        "scanner": (7, 411),
        "robot": (4, 571),
        "watcher": (2, 810),
        "local": (4, 9_651),
        "no_address": (1, 450),
    } == {one.name: (one.clients, one.requests) for one in findings.classes}


def test_watchers_and_scanners_are_labelled_with_the_reason(findings):
    for row in findings.clients.to_pylist():
        if row["class"] in {"watcher", "scanner"}:
            assert row["noise"] == row["class"]
            assert row["noise_reason"]


def test_the_evidence_is_the_lines_of_the_file(findings):
    lines = LOG.read_bytes().split(b"\n")

    for row in findings.lines.to_pylist():
        assert lines[row["line"] - 1].decode("utf-8", "backslashreplace") == row["text"]
        assert row["text"].startswith(row["client"])
    assert set(findings.lines["client"].to_pylist()) == set(findings.highlighted["client"])


def test_the_same_inputs_give_the_same_json(findings):
    again = logattr.investigate(LOG, places=["Liaoning", "Spain"])

    assert findings.to_json() == again.to_json()
    assert json.loads(again.to_json())["counts"]["highlighted_clients"] == 4


def test_the_age_of_the_database_is_warned_of(findings):
    assert any("2018-07-03" in warning and "older than the log" in warning for warning in findings.warnings)
    assert all(row["geo_db_age_days"] > 2_000 for row in findings.clients.to_pylist() if row["geo_country"])


def test_no_sentence_says_more_than_the_data(findings):
    page = re.sub(r"(?s)<style>.*?</style>", "", findings.to_html())
    for text in (findings.to_text(), page, findings.to_json()):
        for word in (
            "is not a VPN",
            "non-VPN",
            "residential address",
            "absolute",
            "certain ",
            "threat actor",
        ):
            assert word not in text
