"""Milliseconds that detection takes: the first call of a fresh process, imports left out, and one of many.

usage: python benchmarks/detection.py [FOLDER]

Logs of some formats of every kind, made of their own sample lines, and two that no format reads; or the logs
below a folder.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_RUNS = 3
_LINES = 3000
_FORMATS = (
    *(
        "combined",
        "common",
        "vhost_combined",
        "gunicorn",
        "nginx_main",
        "haproxy",
        "squid",
        "s3",
        "alb",
        "vsftpd",
    ),
    *("iis_native", "cloudfront", "azure_storage", "json_access", "traefik_json", "caddy_json", "cloudtrail"),
)
# Everything that reading imports anyhow stands before the clock starts; pyarrow imports pandas.
_CHILD = """
import json, sys, time
from pathlib import Path
import pandas
from logattr.errors import FormatError
from logattr.reading import scan
from logattr.reading.detect import detect, sample_lines
lines = sample_lines(Path(sys.argv[1]).read_bytes())
times, chosen = [], ""
for _ in range(6):
    begin = time.process_time()
    try:
        chosen = detect(lines).scores[0][0]
    except FormatError:
        chosen = "nothing fits"
    times.append((time.process_time() - begin) * 1000)
print(json.dumps([times[0], min(times[1:]), chosen]))
"""


def own_logs(folder: Path) -> None:
    """A log of every format that is detected, and logs of other things."""
    from logattr.formats import FORMATS

    for name in _FORMATS:
        lines = [line for sample in FORMATS[name].samples for line in sample.split("\n")]
        text = "\n".join(lines * (1 + _LINES // len(lines)))
        (folder / f"{name}.log").write_text(text + "\n", encoding="utf-8")
    jobs = [f'2024-01-10 08:01:02,{at:03} INFO [main] job {at}: wrote "a b" in {at} ms' for at in range(999)]
    (folder / "~application.log").write_text("\n".join(jobs) + "\n", encoding="utf-8")
    words = [f"lorem ipsum {at} dolor sit amet, consectetur adipiscing elit" for at in range(_LINES)]
    (folder / "~prose.log").write_text("\n".join(words) + "\n", encoding="utf-8")


def measure(path: Path) -> tuple[float, float, str]:
    """First call and later ones, and what was found."""
    runs = []
    for _ in range(_RUNS):
        done = subprocess.run([sys.executable, "-c", _CHILD, path], capture_output=True, check=True)
        runs.append(json.loads(done.stdout))
    return statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs), runs[0][2]


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(made)
        if len(sys.argv) == 1:
            own_logs(folder)
        paths = sorted(one for one in folder.rglob("*") if one.is_file())
        found = [(*measure(path), path.relative_to(folder)) for path in paths]
    print(f"milliseconds of processor time, medians of {_RUNS} processes\n{'first':>8}{'later':>8}")
    for first, later, chosen, path in sorted(found, key=lambda row: -row[0]):
        print(f"{first:8.1f}{later:8.1f}  {path}: {chosen}")
    for name, times in (("first", [row[0] for row in found]), ("later", [row[1] for row in found])):
        print(f"{name}: median {statistics.median(times):.1f}, most {max(times):.1f}")
    print(f"a loop of 10 million additions takes {_speed():.0f} ms on this machine now")


def _speed() -> float:
    begin, total = time.process_time(), 0
    for number in range(10_000_000):
        total += number
    return (time.process_time() - begin) * 1000


if __name__ == "__main__":
    main()
