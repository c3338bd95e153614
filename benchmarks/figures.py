"""The figures that logattr holds itself to: one table of what is compared, and the bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.measure import Runs

__all__ = ["FIGURES", "Figure"]

Measured = Mapping[str, Runs]
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: what, of which jobs, how it is computed from their medians, and the bound if there is one."""

    what: str
    jobs: tuple[str, ...]
    value: Callable[[Measured], float]
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def target(self) -> str:
        """The bound as a reader sees it; empty without one."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g}{self.unit}"
        return f"≤ {self.at_most:g}{self.unit}" if self.at_most is not None else ""

    def met(self, value: float) -> bool | None:
        """Whether the bound is kept, null without one."""
        if self.at_least is not None:
            return value >= self.at_least
        return value <= self.at_most if self.at_most is not None else None


def _times(slow: str, fast: str) -> Callable[[Measured], float]:
    return lambda runs: runs[slow].seconds / runs[fast].seconds


def _seconds(job: str) -> Callable[[Measured], float]:
    return lambda runs: runs[job].seconds


def _peak(job: str) -> Callable[[Measured], float]:
    return lambda runs: runs[job].peak / _MB


def _lines(job: str) -> Callable[[Measured], float]:
    return lambda runs: runs[job].answer["lines"] / runs[job].seconds / 1e6


FIGURES = {
    "report_goaccess": Figure(
        "report, 2 million lines: times as fast as GoAccess",
        ("goaccess", "report"),
        _times("goaccess", "report"),
        "×",
        at_least=15,
    ),
    "report_duckdb": Figure(
        "report, 2 million lines: times as fast as the DuckDB script",
        ("duckdb", "report"),
        _times("duckdb", "report"),
        "×",
        at_least=1,
    ),
    "parse_limit": Figure(
        "parsing to Arrow: times the C limit", ("arrow", "limit"), _times("arrow", "limit"), "×", at_most=6
    ),
    "parse_polars": Figure(
        "parsing to Arrow: times as fast as Polars",
        ("polars", "arrow"),
        _times("polars", "arrow"),
        "×",
        at_least=2,
    ),
    "parse_apachelogs": Figure(
        "parsing to Arrow: times as fast as apachelogs",
        ("apachelogs", "arrow"),
        _times("apachelogs", "arrow"),
        "×",
        at_least=40,
    ),
    "parse_re": Figure(
        "parsing to Arrow: times as fast as Python's `re`", ("re", "arrow"), _times("re", "arrow"), "×"
    ),
    "large_time": Figure(
        "report, 20 million lines: times the time of 2 million",
        ("report_large", "report"),
        _times("report_large", "report"),
        "×",
        at_most=10.5,
    ),
    "large_peak_ratio": Figure(
        "report, 20 million lines: times the peak memory of 2 million",
        ("report_large", "report"),
        lambda runs: runs["report_large"].peak / runs["report"].peak,
        "×",
        at_most=1.2,
    ),
    "large_peak": Figure(
        "report, 20 million lines: peak memory", ("report_large",), _peak("report_large"), " MB", at_most=600
    ),
    "clients_peak": Figure(
        "report, a million clients: peak memory",
        ("report_clients",),
        _peak("report_clients"),
        " MB",
        at_most=1500,
    ),
    "gzip": Figure(
        "report, gzip: times the time of plain input",
        ("report_gz", "report"),
        _times("report_gz", "report"),
        "×",
        at_most=1.3,
    ),
    "frame_time": Figure("`read_log`, 2 million lines: time", ("frame",), _seconds("frame"), " s", at_most=2),
    "frame_size": Figure(
        "`read_log`, 2 million lines: the frame",
        ("frame",),
        lambda runs: runs["frame"].answer["frame_bytes"] / _MB,
        " MB",
        at_most=450,
    ),
    "small": Figure("report, 1,000 lines", ("report_small",), _seconds("report_small"), " s", at_most=0.8),
    "small_lists": Figure(
        "report of 1,000 lines beside 200,000 networks of lists",
        ("report_small_lists",),
        _seconds("report_small_lists"),
        " s",
    ),
    "parquet_peak": Figure("`parse --to parquet`: peak memory", ("parquet",), _peak("parquet"), " MB"),
    "iis": Figure("IIS: million lines a second", ("iis",), _lines("iis"), ""),
    "s3": Figure("S3: million lines a second", ("s3",), _lines("s3"), ""),
    "json": Figure("nginx JSON: million lines a second", ("json",), _lines("json"), ""),
    "maxminddb": Figure(
        "a million addresses: times as fast as `maxminddb.get`",
        ("maxminddb", "walk"),
        _times("maxminddb", "walk"),
        "×",
    ),
    "geoip2": Figure(
        "a million addresses: times as fast as geoip2", ("geoip2", "walk"), _times("geoip2", "walk"), "×"
    ),
}
