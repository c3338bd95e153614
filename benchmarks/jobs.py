"""Who is measured: one table of commands, ours and our peers'; what they mean stands in figures.py."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["JOBS", "Job", "Setup", "version"]

#: The lists' day; the logs are of January 2024.
_DAY = "2024-01-15"


@dataclass(frozen=True, slots=True)
class Setup:
    """Where everything is: logs and lists by name, the City database, its ranges, and a folder for output."""

    logs: dict[str, Path]
    lists: dict[str, Path]
    city: Path
    ranges: Path
    output: Path
    addresses: int


@dataclass(frozen=True, slots=True)
class Job:
    """One process: what it does, on which log, and how; ``needs`` is the peer that must be installed."""

    what: str
    log: str
    command: Callable[[Setup], list[str]]
    needs: str = ""

    @property
    def ours(self) -> bool:
        """Whether it is logattr that runs."""
        return not self.needs


def _task(name: str, log: str, *more: Callable[[Setup], object]) -> Callable[[Setup], list[str]]:
    return lambda setup: [
        *(sys.executable, "-m", "benchmarks.tasks", name),
        *([str(setup.logs[log])] if log else []),
        *(str(part(setup)) for part in more),
    ]


def _report(log: str, *, with_lists: bool = True) -> Callable[[Setup], list[str]]:
    def command(setup: Setup) -> list[str]:
        given = setup.lists if with_lists else {}
        lists = [f"--list={name}={path}@{_DAY}" for name, path in given.items()]
        outputs = [f"--{kind}={setup.output / f'report.{kind}'}" for kind in ("html", "json")]
        places = ["--place=CN-LN", "--place=Spain"]
        start = [sys.executable, "-m", "logattr", "report", str(setup.logs[log])]
        return [*start, *places, f"--db={setup.city}", *lists, *outputs]

    return command


def _parquet(setup: Setup) -> list[str]:
    start = [sys.executable, "-m", "logattr", "parse", str(setup.logs["combined"])]
    return [*start, "--to=parquet", f"--output={setup.output / 'events.parquet'}"]


def _goaccess(setup: Setup) -> list[str]:
    command = ["goaccess", str(setup.logs["combined"]), "--log-format=COMBINED", "--no-global-config"]
    command += [
        "--no-progress",
        f"--geoip-database={setup.city}",
        f"--output={setup.output / 'goaccess.html'}",
    ]
    return [*command, *(["--jobs=2"] if "--jobs" in _goaccess_help() else [])]


@cache
def _goaccess_help() -> str:
    return subprocess.run(["goaccess", "--help"], capture_output=True, text=True, check=False).stdout


def _limit(setup: Setup) -> list[str]:
    return [str(compiled(setup.output)), str(setup.logs["combined"])]


def compiled(folder: Path) -> Path:
    """limit.c, built by the system's compiler."""
    program = folder / "limit"
    if not program.exists():
        source = Path(__file__).with_name("limit.c")
        flags = ["-O3", "-march=native", "-pthread"]
        subprocess.run(["cc", *flags, "-o", str(program), str(source)], check=True)
    return program


def version(peer: str) -> str | None:
    """The version of a peer, null when it is not installed."""
    if peer in {"goaccess", "cc"}:
        if shutil.which(peer) is None:
            return None
        said = subprocess.run([peer, "--version"], capture_output=True, text=True, check=False).stdout
        first = said.partition("\n")[0].removeprefix("GoAccess - ").rstrip(".")
        return (
            f"{first}, which has no --jobs"
            if peer == "goaccess" and "--jobs" not in _goaccess_help()
            else first
        )
    if peer == "python":
        return sys.version.split()[0]
    return importlib.metadata.version(peer) if importlib.util.find_spec(peer) else None


def _city(setup: Setup) -> Path:
    return setup.city


def _addresses(setup: Setup) -> int:
    return setup.addresses


JOBS = {
    "report": Job("`logattr report` with City and five lists", "combined", _report("combined")),
    "goaccess": Job("GoAccess, HTML report with City", "combined", _goaccess, "goaccess"),
    "duckdb": Job(
        "DuckDB script: group by client, range join, IPv4 only",
        "combined",
        _task("duckdb_report", "combined", lambda s: s.ranges, lambda s: s.output / "duckdb.csv"),
        "duckdb",
    ),
    "arrow": Job("`logattr.scan_log` to Arrow, in process", "combined", _task("arrow", "combined")),
    "limit": Job("C, two threads, offsets only", "combined", _limit, "cc"),
    "polars": Job(
        "Polars capture groups, typed, in process", "combined", _task("polars", "combined"), "polars"
    ),
    "re": Job("Python `re`, in process", "combined", _task("expression", "combined"), "python"),
    "apachelogs": Job(
        "apachelogs, in process, scaled from 100,000 lines",
        "combined",
        _task("apachelogs", "combined"),
        "apachelogs",
    ),
    "report_gz": Job("`logattr report` of the same log as .gz", "combined_gz", _report("combined_gz")),
    "report_clients": Job("`logattr report`, a million clients", "clients", _report("clients")),
    "report_small": Job(
        "`logattr report`, 1,000 lines, with City", "small", _report("small", with_lists=False)
    ),
    "report_small_lists": Job(
        "`logattr report`, 1,000 lines, with City and five lists", "small", _report("small")
    ),
    "frame": Job("`logattr.read_log` to pandas, in process", "combined", _task("frame", "combined")),
    "parquet": Job("`logattr parse --to parquet`", "combined", _parquet),
    "iis": Job("`logattr.scan_log` of IIS, in process", "iis", _task("arrow", "iis")),
    "s3": Job("`logattr.scan_log` of S3, in process", "s3", _task("arrow", "s3")),
    "json": Job("`logattr.scan_log` of nginx JSON, in process", "json", _task("arrow", "json")),
    "walk": Job("a million addresses through City, in process", "", _task("walk", "", _city, _addresses)),
    "maxminddb": Job(
        "`maxminddb.get`, scaled from 50,000 addresses",
        "",
        _task("maxminddb", "", _city, _addresses),
        "maxminddb",
    ),
    "geoip2": Job(
        "geoip2, scaled from 50,000 addresses", "", _task("geoip2", "", _city, _addresses), "geoip2"
    ),
    "report_large": Job("`logattr report`, 20 million lines", "large", _report("large")),
}
