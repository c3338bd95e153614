"""One command that makes the data, runs logattr and its peers in turn, and prints a table.

    python -m benchmarks [--large] [--rounds N] [--only FIGURE...] [--json FILE] [--markdown] [--write PAGE]

Data stay in a folder and are made once: about 3 GB, with --large 7 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.datasets import ADDRESSES, DATASETS, Facts
from benchmarks.figures import FIGURES
from benchmarks.jobs import JOBS, Setup, version
from benchmarks.measure import FailedError, Runs, run
from benchmarks.table import block, result, write_into

_HERE = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str] | None = None) -> None:
    given = _options(arguments)
    found = json.loads(given.read.read_text(encoding="utf-8")) if given.read else _measure(given)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if given.write:
        write_into(given.write, block(found, markdown=True))
    print(block(found, markdown=given.markdown), end="")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    default = Path(tempfile.gettempdir()) / "logattr-benchmarks"
    options.add_argument("--data", type=Path, default=default, help="folder of the data [%(default)s]")
    options.add_argument("--rounds", type=int, default=5, help="runs of each, in turn [%(default)s]")
    options.add_argument("--only", nargs="+", metavar="FIGURE", choices=[*FIGURES], help=", ".join(FIGURES))
    options.add_argument("--large", action="store_true", help="also 20 million lines (4 GB)")
    options.add_argument("--quick", action="store_true", help="small data: shows that it works, not how fast")
    options.add_argument("--json", type=Path, metavar="FILE", help="write all that was measured")
    options.add_argument("--read", type=Path, metavar="FILE", help="show what --json wrote, measure nothing")
    options.add_argument("--markdown", action="store_true", help="print exactly what --write writes")
    options.add_argument("--write", type=Path, metavar="PAGE", help="replace the table in a page")
    return options.parse_args(arguments)


def _measure(given: argparse.Namespace) -> dict[str, Any]:
    figures = given.only or list(FIGURES)
    wanted = dict.fromkeys(job for name in figures for job in FIGURES[name].jobs)
    notes = {name: "not installed" for name in wanted if JOBS[name].needs and not version(JOBS[name].needs)}
    if not given.large:
        notes |= {name: "only with --large" for name in wanted if JOBS[name].log == "large"}
    # Where one side of a ratio is missing, the other need not run for it.
    possible = [FIGURES[name].jobs for name in figures if not notes.keys() & set(FIGURES[name].jobs)]
    names = [name for name in JOBS if any(name in jobs for jobs in possible)]
    with tempfile.TemporaryDirectory(prefix="logattr-benchmarks-") as scratch:
        setup, facts = _setup(given, names, Path(scratch))
        measured = _rounds(names, setup, facts, notes, rounds=given.rounds)
    return result(measured, notes, figures, quick=given.quick)


def _setup(given: argparse.Namespace, names: Sequence[str], scratch: Path) -> tuple[Setup, dict[str, Facts]]:
    """Make what is missing; in processes of their own, so that this one stays small."""
    from logattr.databases.embedded import find_embedded

    city = find_embedded()
    if city is None:
        sys.exit("no City database: install logattr[embedded]")
    folder = given.data / "quick" if given.quick else given.data
    needed = dict.fromkeys(["small", *(JOBS[name].log for name in names if JOBS[name].log)])
    command = [sys.executable, "-m", "benchmarks.generate", str(folder), *needed]
    _say(f"data in {folder}: {', '.join(needed)}")
    subprocess.run([*command, *["--quick"] * given.quick], check=True, cwd=_HERE, stdout=sys.stderr)
    logs = {name: folder / DATASETS[name].file for name in needed}
    facts = {name: Facts.read(path) for name, path in logs.items()}
    lists = {path.name.partition(".")[0]: path for path in sorted((folder / "lists").glob("*.txt"))}
    ranges = folder / "city-ranges.parquet"
    if "duckdb" in names and not ranges.exists():
        _say("City ranges to Parquet, once, a minute or two")
        most = "20000" if given.quick else "0"
        unfinished = ranges.with_suffix(".part")
        command = [sys.executable, "-m", "benchmarks.tasks", "city_ranges", str(unfinished), str(city), most]
        subprocess.run(command, check=True, cwd=_HERE, stdout=subprocess.DEVNULL)
        unfinished.rename(ranges)
    return Setup(logs, lists, city, ranges, scratch, 1_000 if given.quick else ADDRESSES), facts


def _rounds(
    names: Sequence[str], setup: Setup, facts: dict[str, Facts], notes: dict[str, str], *, rounds: int
) -> dict[str, Runs]:
    """All jobs once, then all again; one of ours runs before, for what is compiled on first use and kept."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOGATTR_")}
    environment |= {"LOGATTR_DATA": str(setup.output / "none"), "PYTHONPATH": str(_HERE)}
    measured: dict[str, Runs] = {}
    first = next((name for name in names if JOBS[name].ours), "")
    for number in range(rounds + 1):
        for name in names:
            job = JOBS[name]
            if name in notes and name not in measured and number:
                continue  # it failed before
            if number == 0 and name != first:
                continue
            _say(f"round {number} of {rounds}: {name}" if number else f"before: {name}")
            try:
                one = run(job.command(setup), environment)
            except (FailedError, subprocess.CalledProcessError) as error:
                if job.ours:
                    raise SystemExit(str(error)) from None
                notes[name] = f"failed: {str(error).splitlines()[-1]}"
                _say(str(error))
                continue
            if number:
                measured.setdefault(name, Runs()).runs.append(one)
            if number <= 1 and job.log:
                _check(name, one.answer, setup, facts[job.log], notes)
    return measured


def _check(name: str, answer: Any, setup: Setup, facts: Facts, notes: dict[str, str]) -> None:
    """Nobody is fast by leaving out lines: ours must find all, what others lose is noted."""
    if name.startswith("report"):
        command = [sys.executable, "-m", "benchmarks.tasks", "counts", str(setup.output / "report.json")]
        found = subprocess.run(command, check=True, cwd=_HERE, capture_output=True, text=True)
        answer = json.loads(found.stdout)
    events = facts.lines - facts.rejects - facts.headers
    read = answer.get("events", events)
    if read == events and answer.get("rejects", facts.rejects) == facts.rejects:
        return
    said = f"read {read:,} of {events:,} events"
    if JOBS[name].ours:
        raise SystemExit(
            f"{name}: {said}, and {answer.get('rejects')} rejects where {facts.rejects} are right"
        )
    notes[name] = said


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
