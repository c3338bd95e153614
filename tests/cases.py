"""Case files: ``cases/<format>/NAME.log`` with the expected rows in ``NAME.jsonl`` beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from logattr.formats import FORMATS
from logattr.reading.scan import ReadOptions, Scan
from logattr.report.events import json_lines

FOLDER = Path(__file__).parent / "cases"
LOGS = sorted(FOLDER.glob("*/*.log"))
#: Detected as another format that reads their lines to the same values, and here to be asked for.
ASKED_FOR = frozenset({"nginx_combined"})


def rows_of(path: Path, format_: str | None = None) -> tuple[list[dict[str, Any]], Scan]:
    """Events and rejects of a log in order of its lines, without the source's name and the rejected text."""
    filed = FORMATS.get(path.parent.name)
    if format_ is None and filed is not None and (not filed.detected or filed.name in ASKED_FOR):
        format_ = filed.name  # its lines look like another format's: it is there to be asked for
    scan = Scan(str(path), ReadOptions(format=format_))
    rows: list[dict[str, Any]] = []
    for batch in scan:
        rows += map(json.loads, json_lines(batch.events, objects=["extra"]))
        rows += map(json.loads, json_lines(batch.rejects))
    for row in rows:
        del row["source"]
        row.pop("text", None)
    return sorted(rows, key=lambda row: row["line"]), scan


def write_expectations() -> None:
    """Write what is read now; look at the difference before committing it."""
    for path in LOGS:
        lines = (json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows_of(path)[0])
        path.with_suffix(".jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    write_expectations()
