"""The result of an investigation: one object with tables, numbers, evidence and exports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from logattr.report.selection import equal_rows, first_rows

if TYPE_CHECKING:
    import datetime
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from logattr.places import Place

__all__ = ["ClassCount", "DatabaseSummary", "Findings", "InputSummary", "ListSummary"]


@dataclass(frozen=True, slots=True)
class InputSummary:
    """One input: what it was, what came out, and its hashes.

    ``lines == events + rejects + blank`` always holds. ``formats`` counts the events per format;
    ``chosen`` says which format was chosen and why, with the margin and the runners-up.
    """

    name: str
    raw_bytes: int
    decoded_bytes: int
    sha256_raw: str
    sha256_decoded: str
    lines: int
    events: int
    rejects: int
    blank: int
    formats: dict[str, int]
    chosen: str
    reject_reasons: dict[str, int]
    first_time: datetime.datetime | None
    last_time: datetime.datetime | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatabaseSummary:
    """One address database that was asked; ``age_days`` is its age at the last event, negative if newer."""

    name: str
    schema: str
    vendor: str
    roles: tuple[str, ...]
    database_type: str
    build_date: datetime.date | None
    age_days: int | None
    sha256: str
    attribution: str


@dataclass(frozen=True, slots=True)
class ListSummary:
    """One list of networks or AS numbers that was asked; ``age_days`` as for databases."""

    name: str
    classes: tuple[str, ...]
    kind: str
    entries: int
    bad_lines: int
    date: datetime.date | None
    age_days: int | None
    sha256: str
    lineage: str


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How many clients and requests one class of clients holds (see ``attribution.classes``)."""

    name: str
    label: str
    meaning: str
    clients: int
    requests: int


@dataclass(frozen=True, slots=True)
class Findings:
    """Who came, from where, and who was not hiding: the result of :func:`logattr.investigate`.

    ``clients`` has one row per client (columns: ``columns.CLIENTS``), highlighted ones first;
    ``lines`` the log lines of the highlighted clients (``columns.EVIDENCE_LINES``, at most
    ``options["evidence_lines"]`` per client); ``rejects`` the first rejected lines.
    Every sentence in ``warnings``, ``alternatives`` and ``limits`` is part of the finding.
    """

    version: str
    places: tuple[Place, ...]
    options: dict[str, Any]
    inputs: tuple[InputSummary, ...]
    databases: tuple[DatabaseSummary, ...]
    lists: tuple[ListSummary, ...]
    counts: dict[str, int]
    classes: tuple[ClassCount, ...]
    clients: pa.Table = field(repr=False)
    lines: pa.Table = field(repr=False)
    rejects: pa.Table = field(repr=False)
    warnings: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    def to_pandas(self, *, highlighted_only: bool = False) -> pd.DataFrame:
        """One row per client as a DataFrame; null means what ``columns.CLIENTS`` says."""
        from logattr.frames import to_frame

        if highlighted_only:
            return to_frame(first_rows(self.clients, equal_rows(self.clients, "highlighted", value=True)))
        return to_frame(self.clients)

    @property
    def highlighted(self) -> pd.DataFrame:
        """The clients that are singled out, one row each."""
        return self.to_pandas(highlighted_only=True)

    def to_json(self) -> str:
        """Everything as JSON; the same inputs give the same bytes."""
        from logattr.report.exports import findings_json

        return findings_json(self)

    def to_html(self) -> str:
        """One self-contained HTML page without scripts or outside requests."""
        from logattr.report.html import findings_html

        return findings_html(self)

    def to_csv(self) -> str:
        """One row per client, safe to open in a spreadsheet."""
        from logattr.report.exports import findings_csv

        return findings_csv(self)

    def to_text(self) -> str:
        """The summary that the command line prints, as plain text."""
        from logattr.report.terminal import findings_text

        return findings_text(self)

    def write(self, path: str | Path) -> None:
        """Write the findings to a file; its name's ending (.html .json .csv .txt) says how.

        Raises
        ------
        OptionError
            If the ending is none of these.
        """
        from logattr.report.exports import write_findings

        write_findings(self, path)

    def __repr__(self) -> str:
        """The plain-text summary."""
        return self.to_text()

    def _repr_html_(self) -> str:
        """A short HTML summary for notebooks; every value from the log is escaped."""
        from logattr.report.html import findings_fragment

        return findings_fragment(self)
