"""The benchmarks: the data are what they say, the harness runs, every figure has its row; no timing."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests import the benchmarks, which are no part of the package."""
    monkeypatch.syspath_prepend(str(ROOT))


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """One of the commands, as a user starts it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with all logs in small, but the large one."""
    made = tmp_path_factory.mktemp("benchmarks")
    command("benchmarks.generate", str(made / "quick"), "--quick")
    return made


def facts(log: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(log.with_name(f"{log.name}.facts.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    ("name", "client"),
    [
        ("small.log", rb"^(\S+)"),
        ("combined.log", rb"^(\S+)"),
        ("clients.log", rb"^(\S+)"),
        ("iis.log", rb"^[^#]\S* \S+ 192.0.2.80 \S+ \S+ \S+ 443 \S+ (\S+)"),
        ("s3.log", rb"^\S+ \S+ \[[^\]]+\] (\S+)"),
        ("nginx.jsonl", rb'"remote_addr":"([^"]+)"'),
    ],
)
def test_a_log_is_what_it_says_and_all_of_it_is_read(folder: Path, name: str, client: bytes) -> None:
    import logattr

    log = folder / "quick" / name
    said, content = facts(log), log.read_bytes()
    assert content.count(b"\n") == said["lines"]
    assert len(content) == said["bytes"]
    assert len(set(re.findall(client, content, re.MULTILINE))) == said["clients"]
    scan = logattr.scan_log(log)
    events = sum(len(batch.events) for batch in scan)
    assert (scan.lines, scan.blank, scan.rejected) == (said["lines"], said["headers"], said["rejects"])
    assert events == said["lines"] - said["headers"] - said["rejects"]


def test_a_combined_log_is_no_easy_one(folder: Path) -> None:
    log = folder / "quick" / "combined.log"
    requests = re.findall(rb'\] "((?:[^"\\]|\\.)*)"', log.read_bytes())
    assert 0.25 < len(set(requests)) / len(requests) < 0.75
    assert facts(log)["rejects"] > 0
    assert any(rb"\x16" in request for request in requests)
    assert any(rb"\"" in request for request in requests)
    assert re.search(rb"(?m)^[0-9a-f]+:[0-9a-f:]+ ", log.read_bytes())


def test_the_packed_log_is_the_plain_one(folder: Path) -> None:
    plain, packed = folder / "quick" / "combined.log", folder / "quick" / "combined.log.gz"
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert facts(packed) == facts(plain)


def test_the_same_is_made_again_and_what_is_there_is_kept(folder: Path, tmp_path: Path) -> None:
    before = (folder / "quick" / "small.log").stat().st_mtime_ns
    command("benchmarks.generate", str(folder / "quick"), "small", "--quick")
    assert (folder / "quick" / "small.log").stat().st_mtime_ns == before
    command("benchmarks.generate", str(tmp_path), "small", "--quick")
    assert (tmp_path / "small.log").read_bytes() == (folder / "quick" / "small.log").read_bytes()


def test_lists_hold_networks_of_some_clients(folder: Path) -> None:
    from ipaddress import ip_address, ip_network

    lists = sorted((folder / "quick" / "lists").glob("*.txt"))
    assert len(lists) == 5
    networks = {ip_network(text) for path in lists for text in path.read_text().split()}
    lengths = {(network.version, network.prefixlen) for network in networks}
    clients = {line.split(b" ")[0] for line in (folder / "quick" / "combined.log").read_bytes().splitlines()}
    addresses = [ip_address(text.decode()) for text in clients]
    listed = sum(
        any(
            ip_network((one, length), strict=False) in networks
            for version, length in lengths
            if version == one.version
        )
        for one in addresses
    )
    assert 0 < listed < len(clients) / 2


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler to build benchmarks/limit.c")
def test_the_c_program_counts_the_same_lines(folder: Path, tmp_path: Path) -> None:
    from benchmarks.jobs import compiled

    log = folder / "quick" / "combined.log"
    for threads in ("1", "2"):
        said = subprocess.run(
            [compiled(tmp_path), log, threads], capture_output=True, text=True, check=True, timeout=60
        )
        found = json.loads(said.stdout)
        assert (found["lines"], found["rejects"]) == (facts(log)["lines"], facts(log)["rejects"])


def test_the_harness_measures_and_has_a_row_for_each_figure(folder: Path, tmp_path: Path) -> None:
    from benchmarks.figures import FIGURES

    output = tmp_path / "found.json"
    chosen = ["parse_re", "large_time"]
    said = command(
        "benchmarks", "--quick", f"--data={folder}", "--rounds=2", f"--json={output}", "--only", *chosen
    )
    found = json.loads(output.read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in found["figures"]}
    assert list(rows) == chosen
    assert rows["parse_re"]["value"] > 0
    assert rows["large_time"]["measured"] == "report_large: only with --large"
    runs = {run["name"]: run for run in found["runs"]}
    assert list(runs) == ["arrow", "re"]
    assert all(
        len(run["each"]) == 2 and run["peak_bytes"] > 5e6 and run["cpu_seconds"] > 0 for run in runs.values()
    )
    for name in chosen:
        assert FIGURES[name].what in said.stdout


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from benchmarks import __main__ as harness
    from benchmarks.figures import FIGURES
    from benchmarks.jobs import JOBS
    from benchmarks.table import block, result

    monkeypatch.setattr(harness, "version", lambda _: None)
    monkeypatch.setattr(harness, "_setup", lambda *_: (None, {}))
    monkeypatch.setattr(harness, "_rounds", lambda *_, **__: {})
    found = harness._measure(harness._options(["--quick", f"--data={tmp_path}"]))
    peers = {job.what for job in JOBS.values() if job.needs}
    assert {row["what"] for row in found["not_measured"] if row["why"] == "not installed"} == peers
    for markdown in (False, True):
        text = block(result({}, {}, list(FIGURES)), markdown=markdown)
        for figure in FIGURES.values():
            assert sum(figure.what in line for line in text.splitlines()) == 1, figure.what


def test_a_job_that_fails_is_no_figure(tmp_path: Path) -> None:
    from benchmarks.measure import FailedError, run

    with pytest.raises(FailedError, match="exit status 3\nout of luck"):
        run(
            [sys.executable, "-c", "import sys; print('out of luck', file=sys.stderr); sys.exit(3)"],
            os.environ,
        )
    one = run([sys.executable, "-c", "print('{\"seconds\": 7}')"], os.environ)
    assert one.answer == {"seconds": 7}
    assert one.wall > 0


def test_bounds_are_judged_on_their_side() -> None:
    from benchmarks.figures import FIGURES

    assert FIGURES["report_goaccess"].met(15) is True
    assert FIGURES["report_goaccess"].met(14.9) is False
    assert FIGURES["gzip"].met(1.3) is True
    assert FIGURES["gzip"].met(1.31) is False
    assert FIGURES["iis"].met(1) is None


def test_the_table_replaces_what_stands_between_the_markers(tmp_path: Path) -> None:
    from benchmarks.table import block, result, write_into

    page = tmp_path / "performance.md"
    page.write_text(PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    text = block(result({}, {}, ["small"]), markdown=True)
    for _ in range(2):  # and again
        write_into(page, text)
        assert f"<!-- table -->\n{text}<!-- end of table -->\n" in page.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").count("<!-- table -->") == 1
    page.write_text("no markers", encoding="utf-8")
    with pytest.raises(SystemExit, match="expected one"):
        write_into(page, text)
