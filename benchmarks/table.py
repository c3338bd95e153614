"""What was measured as one block of text: the machine, a row per figure, a row per run."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import FIGURES
from benchmarks.jobs import JOBS, version
from benchmarks.measure import Runs

__all__ = ["block", "machine", "result", "write_into"]

MARKER = "<!-- table -->"
_END = "<!-- end of table -->"
_OURS = ("logattr", "numpy", "pyarrow", "pandas", "numba", "zlib-ng", "zstandard", "maxminddb")


def machine() -> dict[str, str]:
    """What it ran on."""
    about = {"processor": _processor(), "cores": str(len(os.sched_getaffinity(0)))}
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    about |= {"memory": f"{pages / 1e9:.0f} GB", "system": f"{platform.system()} {platform.release()}"}
    about["Python"] = platform.python_version()
    for name in _OURS:
        try:
            about[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            about[name] = "not installed"
    return about


def result(
    measured: Mapping[str, Runs], notes: Mapping[str, str], names: Sequence[str], *, quick: bool = False
) -> dict[str, Any]:
    """Everything that was found, ready for JSON."""
    return {
        "quick": quick,
        "machine": machine(),
        "peers": {job.needs: version(job.needs) for job in JOBS.values() if job.needs},
        "figures": [_figure(name, measured, notes, quick=quick) for name in names],
        "runs": [
            {
                "name": name,
                "what": JOBS[name].what,
                "note": notes.get(name, ""),
                "seconds": runs.seconds,
                "each": runs.each,
                "cpu_seconds": runs.cpu,
                "peak_bytes": runs.peak,
                "answer": dict(runs.answer),
            }
            for name, runs in measured.items()
        ],
        "not_measured": [
            {"name": name, "what": job.what, "why": notes[name]}
            for name, job in JOBS.items()
            if name not in measured and name in notes
        ],
    }


def block(found: Mapping[str, Any], *, markdown: bool) -> str:
    """The machine and both tables, as docs/performance.md shows them or aligned for a terminal."""
    about = found["machine"]
    peers = {name: said or "not installed" for name, said in found["peers"].items() if name != "python"}
    parts = ["Small data: these show that it works, not how fast."] * found["quick"] + [
        f"{about['processor']}, {about['cores']} cores, {about['memory']}, {about['system']}.",
        "Ours: " + ", ".join(f"{name} {about[name]}" for name in ("Python", *_OURS)) + ".",
        "Peers: " + ", ".join(f"{name} {said}" for name, said in peers.items()) + ".",
    ]
    figures = [(row["what"], row["target"], row["measured"], row["met"]) for row in found["figures"]]
    runs = [
        (
            *(
                row["what"],
                _number(row["seconds"]),
                f"{_number(min(row['each']))}–{_number(max(row['each']))}",
            ),
            *(_number(row["cpu_seconds"]), f"{row['peak_bytes'] / 1e6:,.0f}", row["note"]),
        )
        for row in found["runs"]
    ]
    runs += [(row["what"], "", "", "", "", row["why"]) for row in found["not_measured"]]
    tables = [
        _table(("what", "target", "measured", "met"), "lrrl", figures, markdown=markdown),
        _table(
            ("who", "seconds", "least–most", "CPU s", "peak MB", "note"), "lrrrrl", runs, markdown=markdown
        ),
    ]
    return "\n\n".join(["\n".join(parts), *tables]) + "\n"


def write_into(page: Path, text: str) -> None:
    """Replace what stands between the markers of a page."""
    held = page.read_text(encoding="utf-8")
    between = re.compile(re.escape(MARKER) + r"\n.*?" + re.escape(_END), re.DOTALL)
    if len(between.findall(held)) != 1:
        raise SystemExit(f"{page}: expected one {MARKER} with one {_END} behind it")
    page.write_text(between.sub(lambda _: f"{MARKER}\n{text}{_END}", held), encoding="utf-8")


def _figure(
    name: str, measured: Mapping[str, Runs], notes: Mapping[str, str], *, quick: bool
) -> dict[str, Any]:
    figure = FIGURES[name]
    row = {"name": name, "what": figure.what, "target": figure.target, "value": None}
    missing = [job for job in figure.jobs if job not in measured]
    if missing:
        return row | {
            "measured": f"{missing[0]}: {notes.get(missing[0], 'not measured')}",
            "met": "not measured",
        }
    value = figure.value(measured)
    met = "not judged" if quick else {True: "yes", False: "no", None: ""}[figure.met(value)]
    return row | {"value": value, "measured": f"{_number(value)}{figure.unit}", "met": met}


def _number(value: float) -> str:
    """About three digits that count, and no power of ten."""
    digits = next((digits for bound, digits in ((100, 0), (10, 1), (0.1, 2)) if value >= bound), 3)
    return f"{value:,.{digits}f}"


def _table(head: Sequence[str], sides: str, rows: Sequence[Sequence[str]], *, markdown: bool) -> str:
    if markdown:
        rule = ["---:" if side == "r" else "---" for side in sides]
        return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if side == "r" else cell.ljust(width)
            for cell, width, side in zip(row, widths, sides, strict=True)
        ).rstrip()
        for row in (head, *rows)
    )


def _processor() -> str:
    """From Linux, which is where the peers run; elsewhere what Python knows."""
    about = Path("/proc/cpuinfo")
    names = re.findall(r"(?m)^model name\s*:\s*(.+)$", about.read_text()) if about.exists() else []
    return names[0] if names else platform.processor()
