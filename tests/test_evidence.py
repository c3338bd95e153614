"""Log lines are fetched from where they stand, and are those that reading again finds."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from logattr.attribution import evidence
from logattr.attribution.positions import Positions
from logattr.attribution.tops import Tops, _best
from logattr.databases.embedded import find_embedded
from logattr.investigation import investigate
from logattr.report.findings import Findings

pytestmark = pytest.mark.skipif(find_embedded() is None, reason="logattr[embedded] is not installed")

SPAIN, LIAONING, ELSEWHERE = "81.32.0.1", "175.160.0.1", "8.8.8.8"
PLACES = ["Liaoning", "Spain"]


def log(count: int = 60, end: str = "\n") -> str:
    """Lines of three clients; some lines are long, some hold letters beyond ASCII, one is none."""
    lines = []
    for number in range(count):
        client = (SPAIN, LIAONING, ELSEWHERE)[number % 3]
        path = "/" + "é" * (number % 5) + "x" * (5000 if number == 9 else number)
        lines.append(
            f'{client} - - [10/Jan/2024:08:{number:02}:02 +0800] "GET {path} HTTP/1.1" 200 12 "-" "curl/8"'
        )
    return end.join([*lines[:7], "what is this?", "", *lines[7:]]) + end


def zipped(text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.log", text)
    return stream.getvalue()


def docker(text: str) -> str:
    lines = [
        json.dumps({"log": line + "\n", "stream": "stdout", "time": "2024-01-10T00:00:00Z"})
        for line in text.split("\n")
        if line
    ]
    return "\n".join(lines) + "\n"


FORMS: dict[str, tuple[str, bytes]] = {
    "plain": ("a.log", log().encode()),
    "no last line end": ("a.log", log().rstrip().encode()),
    "carriage returns too": ("a.log", log(end="\r\n").encode()),
    "carriage returns alone": ("a.log", log(end="\r").encode()),
    "byte order mark": ("a.log", b"\xef\xbb\xbf" + log().encode()),
    "behind NUL bytes": ("a.log", bytes(3 << 20) + log().encode()),
    "utf-16": ("a.log", log().encode("utf-16")),
    "gzip": ("a.log.gz", gzip.compress(log().encode())),
    "zip": ("a.zip", zipped(log())),
    "docker": ("a.log", docker(log()).encode()),
}


def looked_for(monkeypatch: pytest.MonkeyPatch, *arguments: Any, **options: Any) -> Findings:
    """The same investigation with the lines looked for by reading once more."""
    with monkeypatch.context() as patch:
        patch.setattr("logattr.attribution.positions._MOST_ROWS", 0)
        return investigate(*arguments, **options)


@pytest.mark.parametrize("most", [0, 1, 7, 20])
@pytest.mark.parametrize(("name", "data"), FORMS.values(), ids=FORMS)
def test_lines_are_those_that_reading_again_finds(
    name: str, data: bytes, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.write_bytes(data)

    fetched = investigate(path, places=PLACES, evidence_lines=most)

    assert fetched.lines.num_rows == 2 * most
    assert set(fetched.lines["client"].to_pylist()) == ({SPAIN, LIAONING} if most else set())
    again = looked_for(monkeypatch, path, places=PLACES, evidence_lines=most)
    assert fetched.lines.equals(again.lines)
    assert fetched.warnings == again.warnings


def test_lines_of_several_inputs_and_blocks_stand_in_the_order_of_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logattr.reading.sources.BLOCK_BYTES", 700)
    monkeypatch.setattr("logattr.attribution.clients._MERGE_ROWS", 5)
    for name in ("b.log", "a.log", "c.log.gz"):
        data = log(30).encode()
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    names = [tmp_path / name for name in ("b.log", "a.log", "c.log.gz")]

    fetched = investigate(names, places=PLACES, evidence_lines=25)

    assert fetched.lines.equals(looked_for(monkeypatch, names, places=PLACES, evidence_lines=25).lines)
    assert fetched.lines.num_rows == 50
    assert len(set(fetched.lines["source"].to_pylist())) == 3


def test_lines_of_standard_input_are_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(log().encode())
    of_file = investigate(tmp_path / "a.log", places=PLACES).lines
    of_stdin = investigate("-", places=PLACES, stdin=io.BytesIO(log().encode())).lines
    assert of_stdin.drop(["source"]).equals(of_file.drop(["source"]))


def test_lines_beyond_what_is_remembered_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.log").write_bytes(log().encode())
    remembered = investigate(tmp_path / "a.log", places=PLACES).lines
    monkeypatch.setattr(evidence, "fetch", lambda *_, **__: pytest.fail("nothing is remembered"))
    assert looked_for(monkeypatch, tmp_path / "a.log", places=PLACES).lines.equals(remembered)


def written_on(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(log(9).encode())


def replaced(path: Path) -> None:
    path.write_bytes(log(30).encode().replace(b"curl/8", b"wget/2"))


def same_size(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"curl/8", b"wget/2"))


CHANGES: dict[str, tuple[Callable[[Path], Any], bool]] = {
    "touched": (lambda path: path.write_bytes(path.read_bytes()), True),
    "written on": (written_on, True),
    "replaced": (replaced, False),
    "another text of the same size": (same_size, False),
    "emptied": (lambda path: path.write_bytes(b""), False),
    "deleted": (lambda path: path.unlink(), False),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize(("change", "kept"), CHANGES.values(), ids=CHANGES)
def test_a_file_that_changes_while_it_is_read_shows_no_lines_that_were_not_counted(
    change: Callable[[Path], Any],
    kept: bool,
    packed: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / ("a.log.gz" if packed else "a.log")
    path.write_bytes(gzip.compress(log().encode(), mtime=0) if packed else log().encode())
    before = investigate(path, places=PLACES)
    from logattr.attribution import findings

    judge = findings.clients_table

    def meanwhile(*arguments: Any) -> pa.Table:
        if packed and path.exists() and change is not CHANGES["touched"][0]:
            path.write_bytes(gzip.decompress(path.read_bytes()))
            change(path)
            if path.exists():
                path.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        else:
            change(path)
        return judge(*arguments)

    monkeypatch.setattr(findings, "clients_table", meanwhile)
    after = investigate(path, places=PLACES)

    said = [warning for warning in after.warnings if "changed while it was read" in warning]
    # A packed file that was packed anew is another file, whatever it begins with.
    if kept and not (packed and change is written_on):
        assert after.lines.equals(before.lines)
        assert not said
    else:
        assert after.lines.num_rows == 0
        assert len(said) == 1
        assert after.inputs[0].warnings
    assert after.clients.equals(before.clients)


def test_positions_keep_the_first_lines_of_every_client_whatever_the_blocks() -> None:
    random = np.random.default_rng(3)
    owners = random.integers(0, 40, 3000)
    numbers = np.arange(3000)
    positions = Positions(5)
    for part in np.array_split(numbers, 17):
        rows = [(0, owners[half], half, half * 10, half * 100) for half in np.array_split(part, 2)]
        positions.add(rows, 40)
    wanted = np.zeros(40, np.bool_)
    wanted[[3, 9, 30]] = True
    found = positions.of(wanted)
    expected = sorted(line for client in (3, 9, 30) for line in np.flatnonzero(owners == client)[:5])
    assert found.line.tolist() == expected
    assert (owners[found.line] == found.client).all()
    assert (found.offset == found.line * 10).all()
    assert (found.time == found.line * 100).all()


@pytest.mark.parametrize("huge", [False, True], ids=["packed", "too wide to pack"])
def test_top_texts_are_those_of_counting_one_by_one(huge: bool) -> None:
    random = np.random.default_rng(5)
    texts = [f"/{number}é" for number in range(60)]
    base = 2**20 if huge else 0
    tops, counted = Tops(320), {}  # type: ignore[var-annotated]
    for _ in range(9):
        own = random.permutation(60)[:30]
        clients, codes = random.integers(0, 7, 4000), random.integers(0, 30, 4000)
        tops.add([(pa.array([texts[number] for number in own]), base + clients, codes.astype(np.int32))])
        for client, code in zip(clients.tolist(), codes.tolist(), strict=True):
            key = client, texts[own[code]]
            counted[key] = counted.get(key, 0) + 1
    if huge:
        tops._counts.change(lambda clients, texts, counts: (clients, texts, counts * 2**36))
        alphabet = tops._texts.sorted(np.arange(len(tops._texts.array)))
        best_of = [_best(columns, alphabet, 10) for columns in tops._counts]
        best_rows = tuple(map(np.concatenate, zip(*best_of, strict=True)))
        found = [texts_of(tops, best_rows, base + client) for client in range(7)]
    else:
        found = tops.most_frequent(7, 10).to_pylist()
    for client in range(7):
        own_texts = [text for owner, text in counted if owner == client]
        best = sorted(own_texts, key=lambda text, c=client: (-counted[c, text], text))
        assert found[client] == best[:10]


def texts_of(tops: Tops, best: tuple[Any, Any, Any], client: int) -> list[str]:
    owners, codes, _ = best
    return tops._texts.array.take(pa.array(codes[owners == client])).to_pylist()
