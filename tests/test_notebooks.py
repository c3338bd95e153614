"""notebooks/: every notebook runs in a fresh kernel without a warning, and is stored without outputs."""

from __future__ import annotations

import base64
import json
import os
import re
import struct
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TOUR = ROOT / "notebooks" / "01_tour.ipynb"
SINGLED_OUT = {"175.160.0.1", "42.176.0.1", "81.32.0.1", "116.128.0.1"}
CELL_SECONDS = 120

# In a process of its own: event loops and sockets of the Jupyter libraries warn in ways that are not
# ours to mend, and warnings are errors here. The kernel's own output is what the tests look at.
# Matplotlib first, so that its font cache is built before a cell could be warned that it takes a while.
EXECUTE = """
import sys
import matplotlib.font_manager
import nbformat
from nbclient import NotebookClient

source, folder, seconds, target = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
where = {"metadata": {"path": folder}}
NotebookClient(notebook, timeout=int(seconds), kernel_name="python3", resources=where).execute()
nbformat.write(notebook, target)
"""

missing = [name for name in ("nbclient", "ipykernel", "matplotlib") if find_spec(name) is None]
executes = pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def cells(path: Path, kind: str = "code") -> list[dict[str, Any]]:
    """The cells of one kind, as stored."""
    stored = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in stored if cell["cell_type"] == kind]


def files() -> set[Path]:
    """What lies where a notebook could leave something, but for what tests that run beside this one leave."""
    return {
        path
        for folder in (ROOT, ROOT / "notebooks", ROOT / "sample_logs")
        for path in folder.glob("*.*")
        if path.name not in {".hypothesis", ".pytest_cache"}
    }


def environment(scratch: Path) -> dict[str, str]:
    """The tests' environment with nobody's Jupyter, IPython or matplotlib settings, and inline plots."""
    own = {
        name: str(scratch / name)
        for name in (
            "IPYTHONDIR",
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "MPLCONFIGDIR",
        )
    }
    for folder in own.values():
        Path(folder).mkdir(exist_ok=True)
    return {name: value for name, value in os.environ.items() if name != "MPLBACKEND"} | own


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a function that executes a notebook, once however often it is asked, and gives its path."""
    scratch = tmp_path_factory.mktemp("notebooks")

    @cache
    def execute(path: Path) -> Path:
        executed = scratch / path.name
        command = [sys.executable, "-c", EXECUTE, path, path.parent, str(CELL_SECONDS), executed]
        before = files()
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=600, env=environment(scratch)
        )
        assert done.returncode == 0, done.stderr
        assert files() == before, "a notebook leaves nothing behind in the repository"
        return executed

    return execute


def outputs(path: Path) -> list[dict[str, Any]]:
    """All outputs of all cells, each with the id of its cell."""
    return [output | {"cell": cell["id"]} for cell in cells(path) for output in cell["outputs"]]


def test_there_are_notebooks() -> None:
    assert TOUR in NOTEBOOKS


@every_notebook
def test_a_notebook_is_stored_without_outputs_and_execution_counts(path: Path) -> None:
    stored = cells(path)

    assert stored
    assert [cell["id"] for cell in stored if cell["outputs"]] == []
    assert [cell["id"] for cell in stored if cell["execution_count"] is not None] == []


@every_notebook
def test_a_notebook_names_its_cells_and_asks_for_any_python_3_kernel(path: Path) -> None:
    stored = json.loads(path.read_text(encoding="utf-8"))
    names = [cell["id"] for cell in stored["cells"]]

    assert (stored["nbformat"], stored["nbformat_minor"]) == (4, 5)
    assert stored["metadata"]["kernelspec"]["name"] == "python3"
    assert len(names) == len(set(names))
    # Jupyter gives hexadecimal ids to new cells; a word says what a cell is for, and stays.
    assert [name for name in names if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", name)] == []


@executes
@every_notebook
def test_a_notebook_runs_without_warnings_and_draws_its_plots(path: Path, run: Any) -> None:
    shown = outputs(run(path))

    assert [(one["cell"], one["text"]) for one in shown if one.get("name") == "stderr"] == []
    plots = [one["data"]["image/png"] for one in shown if "image/png" in one.get("data", {})]
    drawing = sum("plt.show()" in "".join(cell["source"]) for cell in cells(path))
    assert len(plots) == drawing > 0
    for plot in plots:
        width, height = struct.unpack(">II", base64.b64decode(plot)[16:24])  # IHDR, PNG specification 11.2.2
        assert 400 < width < 1000
        assert 200 < height < 600


@executes
def test_the_tour_singles_out_the_four_and_nobody_else(run: Any) -> None:
    tables = [one for one in outputs(run(TOUR)) if one["cell"] == "singled-out"]

    (table,) = tables
    assert set(re.findall(r"\d+\.\d+\.\d+\.\d+", "".join(table["data"]["text/html"]))) == SINGLED_OUT


@executes
def test_the_tour_shows_the_findings_as_html_with_their_warnings(run: Any) -> None:
    (findings,) = [one for one in outputs(run(TOUR)) if one["cell"] == "investigate"]
    html = "".join(findings["data"]["text/html"])

    assert all(client in html for client in SINGLED_OUT)
    assert "older than the log" in html


@executes
def test_the_tour_is_right_that_no_stranger_writes(run: Any) -> None:
    (table,) = [one for one in outputs(run(TOUR)) if one["cell"] == "writes"]
    rows = re.findall(
        r"(?s)<th>(\w+)</th>\s*<td>[^<]*</td>\s*<td>\d+</td>\s*<td>(\d+)</td>",
        "".join(table["data"]["text/html"]),
    )

    assert {name for name, writers in rows if writers != "0"} == {"matched", "anonymised", "local"}
    assert dict(rows)["matched"] == "2"


def test_the_tour_says_first_that_its_log_is_invented() -> None:
    first = "".join(cells(TOUR, "markdown")[0]["source"])

    assert "log in this notebook is invented" in first
    assert "accuse nobody" in first


@executes
def test_the_tour_finds_its_sample_from_the_root_of_the_repository_too(tmp_path: Path) -> None:
    (set_up,) = [cell for cell in cells(TOUR) if cell["id"] == "set-up"]
    script = "".join(set_up["source"]) + "\nprint(sample.resolve())\n"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=CELL_SECONDS,
        cwd=ROOT,
        env=environment(tmp_path),
    )

    assert done.stdout.splitlines() == [str(ROOT / "sample_logs" / "cloud-storage-access.log")]
    assert done.stderr == ""
